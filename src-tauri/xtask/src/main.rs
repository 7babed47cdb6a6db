//! `cargo xtask`: everything a person or a machine does with this repository besides plain `cargo build`.
//!
//! One file per task under `tasks/`; this file only finds the task by name. The helpers beside it are shared: `house`
//! knows where things lie and runs commands, `setup` brings a fresh Debian or Ubuntu to the point where we can build.
//! The tasks use the standard library and anyhow alone, so that the first `cargo xtask` on a new machine answers at once.
#![allow(clippy::print_stdout, reason = "a build task talks to the person who started it")]

mod house;
mod setup;
mod tasks;

use std::env;
use std::process::ExitCode;

use crate::house::House;
use crate::tasks::TASKS;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[String]) -> anyhow::Result<()> {
    let Some((name, options)) = arguments.split_first() else {
        print!("{}", help());
        return Ok(());
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return Ok(());
    }
    let task = TASKS
        .iter()
        .find(|task| task.name == name)
        .ok_or_else(|| anyhow::anyhow!("there is no task `{name}`\n\n{}", help()))?;
    if options.iter().any(|option| matches!(option.as_str(), "--help" | "-h")) {
        println!("cargo xtask {} {}\n\n{}", task.name, task.options, task.about);
        return Ok(());
    }
    (task.run)(&House::find()?, options)
}

/// One line per task, from the same table that finds them.
fn help() -> String {
    let mut text = String::from("Usage: cargo xtask TASK [OPTIONS]\n\nTasks:\n");
    for task in TASKS {
        text.push_str(&format!("  {:<8} {}\n", task.name, task.about));
        if !task.options.is_empty() {
            text.push_str(&format!("  {:<8} options: {}\n", "", task.options));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn help_names_every_task() {
        for task in TASKS {
            assert!(help().contains(&format!("  {} ", task.name)), "help lacks {}", task.name);
        }
    }

    #[test]
    fn an_unknown_task_is_refused_with_the_list_of_tasks() {
        let error = run(&["tset".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("tset") && error.contains("cargo xtask TASK"), "{error}");
    }
}
