//! `cargo xtask generate`: a large export of The Logbook with the keys that fit it, for measuring and for trying out.
//!
//! The work is done by a small program of the package `testkit`; its options are passed on as they are.

use std::env;

use anyhow::{Context, Result};

use crate::house::{self, House};

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let here = env::current_dir().context("the current folder cannot be read")?;
    let mut passed: Vec<String> = Vec::with_capacity(options.len());
    for option in options {
        // cargo runs the program in the root folder; the person means the folder they are in.
        let is_folder = passed.last().is_some_and(|name| name == "--out");
        passed.push(if is_folder { here.join(option).display().to_string() } else { option.clone() });
    }
    house::run(house.cargo(["run", "--quiet", "--locked", "--bin", "generate", "--"]).args(passed))
}
