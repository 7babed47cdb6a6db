//! Where things lie in the repository, and how the tasks run other programs.
//!
//! Each command is printed before it runs, so that a reader of a log can repeat it by hand from the root folder.

use std::env;
use std::ffi::OsStr;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The feature that makes a plain `cargo build` embed `ui/dist` instead of asking a development server for it.
///
/// The same feature is given to every cargo command of the tasks: another set of features would build the window's
/// dependencies a second time.
pub(crate) const EMBED_UI: [&str; 2] = ["--features", "scrutineer-desktop/custom-protocol"];

/// The desktop crate, and the name of its binary.
pub(crate) const DESKTOP: &str = "scrutineer-desktop";

/// The repository on this machine.
pub(crate) struct House {
    pub(crate) root: PathBuf,
}

impl House {
    /// Finds the root: the folder above this crate when cargo runs it, else the nearest workspace above the current one.
    pub(crate) fn find() -> Result<Self> {
        let start = match env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => env::current_dir().context("the current folder cannot be read")?,
        };
        let root = start
            .ancestors()
            .find(|dir| dir.join("src-tauri").is_dir() && dir.join("Cargo.toml").is_file())
            .with_context(|| format!("no Scrutineer repository above {}", start.display()))?;
        Ok(Self { root: root.to_owned() })
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    /// The binary `name` as cargo builds it in `profile_folder` ("debug" or "release").
    ///
    /// This program lies in the target folder itself, whatever CARGO_TARGET_DIR or a cargo configuration say about it.
    pub(crate) fn built(&self, profile_folder: &str, name: &str) -> Result<PathBuf> {
        let own = env::current_exe().context("this program cannot tell where it lies")?;
        let target = own.parent().and_then(Path::parent).context("this program lies outside a target folder")?;
        Ok(target.join(profile_folder).join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }

    /// cargo, the same one that runs this task, in the root folder.
    pub(crate) fn cargo<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        self.command(program, ".", arguments)
    }

    /// A program in a folder relative to the root.
    pub(crate) fn command<S: AsRef<OsStr>>(
        &self,
        program: impl AsRef<OsStr>,
        folder: &str,
        arguments: impl IntoIterator<Item = S>,
    ) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(if folder == "." { self.root.clone() } else { self.path(folder) });
        command
    }
}

/// True when a person can answer: never under CI, never without a terminal to read from.
pub(crate) fn may_ask() -> bool {
    env::var_os("CI").is_none_or(|value| value.is_empty() || value == "false") && io::stdin().is_terminal()
}

/// A line that stands out; colour only on a terminal that wants it.
pub(crate) fn heading(text: &str) {
    if io::stdout().is_terminal() && env::var_os("NO_COLOR").is_none() {
        println!("\n\x1b[1m== {text}\x1b[0m");
    } else {
        println!("\n== {text}");
    }
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned();
    command.get_args().fold(program, |line, argument| line + " " + &argument.to_string_lossy())
}

/// Prints the command, runs it, and fails when it fails.
///
/// # Errors
/// The program is missing, or it ended with anything but success.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let code = exit_code(command)?;
    if code != 0 {
        bail!("`{}` ended with exit code {code}", shown(command));
    }
    Ok(())
}

/// Prints the command, runs it, and returns its exit code (a signal counts as -1).
///
/// # Errors
/// The program is missing.
pub(crate) fn exit_code(command: &mut Command) -> Result<i32> {
    println!("$ {}", shown(command));
    if !may_ask() {
        command.stdin(Stdio::null());
    }
    let status = command.status().with_context(|| format!("`{}` could not be started", shown(command)))?;
    Ok(status.code().unwrap_or(-1))
}

/// What a program prints, without showing it; `None` when it is missing or fails.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let answer = Command::new(program).args(arguments).stdin(Stdio::null()).output().ok()?;
    answer.status.success().then(|| String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_typed_from_the_root() {
        let house = House { root: PathBuf::from("/house") };
        assert_eq!(shown(&house.command("/usr/bin/npm", "ui", ["ci", "--no-fund"])), "npm ci --no-fund");
    }

    #[test]
    fn the_root_is_found_from_inside_this_crate() {
        assert!(House::find().unwrap().path("src-tauri/xtask/Cargo.toml").is_file());
    }

    #[test]
    fn a_failing_command_is_an_error_that_names_it() {
        let error = run(&mut Command::new("false")).unwrap_err().to_string();
        assert!(error.contains("`false`") && error.contains("1"), "{error}");
    }
}
