//! `cargo xtask generate`: writes a large export of The Logbook into a folder, with the keys that fit it; or one of Astra.
#![allow(clippy::print_stdout, reason = "a tool talks to the person who started it")]

use std::process::ExitCode;

use testkit::generate::{Options, generate};

const USAGE: &str = "Usage: cargo xtask generate --votes N --out DIR [--audit] [--json] [--seed S] [--tamper K] \
                     [--elections E] [--open] [--shuffle], or --astra --votes N --out DIR";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_astra = arguments.iter().any(|argument| argument == "--astra");
    arguments.retain(|argument| argument != "--astra");
    let options = match read(arguments.into_iter()) {
        Ok(options) => options,
        Err(reason) => {
            eprintln!("{reason}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let started = std::time::Instant::now();
    if is_astra {
        return match testkit::generate::astra::generate(&options.out, options.votes) {
            Ok(()) => {
                let folder = options.out.display();
                println!(
                    "{} ranked ballots in {folder} after {:.1} s.",
                    options.votes,
                    started.elapsed().as_secs_f64()
                );
                println!("Audit them with: scrutineer audit {folder} --config {folder}/election-config.json");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{}: {error}", options.out.display());
                ExitCode::from(3)
            }
        };
    }
    match generate(&options) {
        Ok(planted) => {
            let (folder, seconds) = (options.out.display(), started.elapsed().as_secs_f64());
            println!("{} votes in {folder} after {seconds:.1} s, {} changes planted.", options.votes, planted.len());
            println!("Audit them with: scrutineer audit {folder} --keys {folder}/keys.env");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{}: {error}", options.out.display());
            ExitCode::from(3)
        }
    }
}

fn read(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { votes: 0, ..Options::default() };
    while let Some(name) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{name} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text:?} is no whole number"));
        match name.as_str() {
            "--votes" => options.votes = number(value()?)?,
            "--out" => options.out = value()?.into(),
            "--seed" => options.seed = value()?,
            "--tamper" => options.tamper = number(value()?)?,
            "--elections" => options.elections = number(value()?)?,
            "--audit" => options.with_audit = true,
            "--json" => options.as_json = true,
            "--open" => options.stays_open = true,
            "--shuffle" => options.is_shuffled = true,
            other => return Err(format!("unknown option {other}")),
        }
    }
    if options.votes == 0 || options.out.as_os_str().is_empty() {
        return Err("--votes and --out are needed".to_owned());
    }
    Ok(options)
}
