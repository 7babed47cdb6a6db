//! The `scrutineer` command: clap on top of the use cases. Answers go to standard output, everything else to standard
//! error. Exit codes: 0 nothing contradicted, 1 a claim contradicted, 2 wrong use, 3 input or case unreadable, 4 refused
//! by a rule, 130 cancelled.

#![allow(clippy::print_stdout, reason = "standard output is where this program answers")]

mod arguments;
mod bundle;
mod election;
mod incident;
mod progress;
mod run;
mod statistics;

use clap::Parser;

fn main() -> std::process::ExitCode {
    let arguments = arguments::Arguments::parse();
    std::process::ExitCode::from(run::run(arguments))
}
