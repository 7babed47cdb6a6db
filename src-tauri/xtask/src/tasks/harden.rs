//! `cargo xtask harden`: everything that is done to the command line to break it, in full. `cargo xtask test` does a small
//! part of the same.
//!
//! The command is the optimised one, so that sizes may be such that a kill lands in every phase. Some of the tests need the
//! administrator's rights (a small disk of their own) or strace; they say so where they are left out.

use anyhow::{Result, bail};

use crate::house::{self, House};

/// Test programs of the package `testkit`, in the order of their patience.
const TESTS: &[&str] = &["network", "malformed", "medium", "kill"];

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let tests: Vec<&str> = match options {
        [] => TESTS.to_vec(),
        [only, name] if only == "--only" && TESTS.contains(&name.as_str()) => vec![name.as_str()],
        _ => bail!("the only option is --only TEST; the tests are {}", TESTS.join(", ")),
    };
    house::run(&mut house.cargo(["build", "--release", "--locked", "--bin", "scrutineer"]))?;
    for name in tests {
        house::heading(name);
        let mut command =
            house.cargo(["test", "--locked", "--package", "testkit", "--test", name, "--", "--nocapture"]);
        command.env("SCRUTINEER_COMMAND", house.built("release", "scrutineer")?).env("SCRUTINEER_HARDEN", "1");
        house::run(&mut command)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_test_program_is_there() {
        let manifest = std::fs::read_to_string(House::find().unwrap().path("tests/Cargo.toml")).unwrap();
        for name in TESTS {
            assert!(manifest.contains(&format!("path = \"hardening/{name}.rs\"")), "{name}");
        }
    }
}
