//! `cargo xtask start`: from a fresh machine to a window with a sample election ready to audit.
//!
//! Where no window can open, the same audit runs on the command line; that needs neither webview nor Node.
//!
//! The build is the one the tests use, so that whoever ran one command has the other almost for free, and a newcomer
//! waits minutes less than for an optimised one. `--release` is for elections with very many votes.

use std::env;

use anyhow::{Result, bail};

use crate::house::{self, DESKTOP, EMBED_UI, House};
use crate::setup;

/// A tampered election of a fictitious fire company; `tests/fixtures/logbook/README.md` tells what was done to it.
const SAMPLE: &str = "tests/fixtures/logbook/08_votes_mixed";
const SAMPLE_KEYS: &str = "tests/fixtures/logbook/keys.json";

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let [is_release, command_line] = super::flags(options, ["--release", "--command-line"])?;
    let build = if is_release { Build::Release } else { Build::Debug };
    if command_line {
        return audit_on_command_line(house, build);
    }
    if !has_display(env::var_os("DISPLAY").is_some(), env::var_os("WAYLAND_DISPLAY").is_some()) {
        println!("There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set), so no window can open.");
        println!("The same sample is audited on the command line instead.");
        return audit_on_command_line(house, build);
    }
    open_window(house, build)
}

/// How the program is built.
#[derive(Clone, Copy)]
enum Build {
    Debug,
    Release,
}

impl Build {
    fn arguments(self) -> &'static [&'static str] {
        match self {
            Self::Debug => &["build", "--locked"],
            Self::Release => &["build", "--locked", "--release"],
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Release => "release",
        }
    }
}

/// A window opens through X or Wayland on Linux; elsewhere the desktop is always there.
fn has_display(has_x: bool, has_wayland: bool) -> bool {
    has_x || has_wayland || !cfg!(target_os = "linux")
}

fn open_window(house: &House, build: Build) -> Result<()> {
    house::heading("1 of 3: system packages and Node");
    setup::system_packages(setup::BUILD_PACKAGES)?;
    setup::node()?;

    house::heading("2 of 3: building the UI and the program (several minutes the first time)");
    setup::ui(house)?;
    house::run(house.cargo(build.arguments()).args(["--workspace", "--bins"]).args(EMBED_UI))?;

    house::heading("3 of 3: opening the window");
    println!("The sample is a copy; nothing you do to it can harm anything. Close the window to end this command.");
    house::run(&mut house.command(house.built(build.folder(), DESKTOP)?, ".", ["--sample"]))
}

fn audit_on_command_line(house: &House, build: Build) -> Result<()> {
    house::heading("1 of 2: building the command line");
    house::run(house.cargo(build.arguments()).args(["--bin", "scrutineer"]))?;

    house::heading("2 of 2: auditing the sample");
    let program = house.built(build.folder(), "scrutineer")?;
    let code = house::exit_code(&mut house.command(&program, ".", ["audit", SAMPLE, "--keys", SAMPLE_KEYS]))?;
    match code {
        0 => Ok(()),
        1 => {
            println!(
                "\nExit code 1 says that at least one claim is contradicted. In this sample that is the right answer."
            );
            println!("For your own export: {} audit FOLDER --keys FILE", program.display());
            Ok(())
        }
        other => bail!("the audit of the sample ended with exit code {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_kind_of_display_will_do() {
        assert!(has_display(true, false));
        assert!(has_display(false, true));
        assert_eq!(has_display(false, false), !cfg!(target_os = "linux"));
    }
}
