//! `cargo xtask test`: every check and every test, on a fresh machine or in an automatic build, in one command.
//!
//! Steps run in order and the first failure ends the run, because later steps mostly fail for the same reason. The
//! closing table says how long each took and how to repeat the one that failed by itself.
//!
//! `--large` adds the window's tests over a case with a million votes, which the environment variable
//! `SCRUTINEER_LARGE_CASE` names; the ordinary run leaves them out, since making such a case takes minutes.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};

use super::{tidy, types};
use crate::house::{self, DESKTOP, EMBED_UI, House};
use crate::setup;

/// One step: a short name for `--only`, a heading, and the work.
struct Step {
    name: &'static str,
    about: &'static str,
    run: fn(&House) -> Result<()>,
}

const STEPS: &[Step] = &[
    Step { name: "setup", about: "system packages, Node, UI packages, UI build", run: set_up },
    Step { name: "fmt", about: "Rust is formatted", run: fmt },
    Step { name: "tidy", about: "the rules of the house", run: |house| tidy::run(house, &[]) },
    Step { name: "clippy", about: "clippy, warnings denied", run: clippy },
    Step { name: "rust", about: "Rust tests", run: rust_tests },
    Step { name: "ui", about: "UI: types, lint, unit tests", run: ui },
    Step {
        name: "types",
        about: "generated types are current",
        run: |house| types::run(house, &["--check".to_owned()]),
    },
    Step { name: "e2e", about: "end-to-end tests of the real window", run: |house| end_to_end(house, false) },
];

/// In the place of the last step where a million rows are asked for.
const LARGE: Step =
    Step { name: "e2e", about: "end-to-end tests of the real window, large", run: |house| end_to_end(house, true) };

/// Names the case with a million votes.
const LARGE_CASE: &str = "SCRUTINEER_LARGE_CASE";

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let chosen = choose(options)?;
    let started = Instant::now();
    let mut done: Vec<(&Step, Duration)> = Vec::new();
    for (index, step) in chosen.iter().enumerate() {
        house::heading(&format!("{} of {}: {} ({})", index + 1, chosen.len(), step.about, step.name));
        let step_started = Instant::now();
        let outcome = (step.run)(house);
        done.push((step, step_started.elapsed()));
        if let Err(error) = outcome {
            summary(&chosen, &done, true, started.elapsed());
            return Err(error.context(format!("step `{0}` failed; again with: cargo xtask test --only {0}", step.name)));
        }
    }
    summary(&chosen, &done, false, started.elapsed());
    Ok(())
}

/// The steps that the options ask for.
fn choose(options: &[String]) -> Result<Vec<&'static Step>> {
    let is_large = options.iter().any(|option| option == "--large");
    let options: Vec<String> = options.iter().filter(|option| *option != "--large").cloned().collect();
    let mut steps = choose_ordinary(&options)?;
    if is_large {
        let Some(last) = steps.last_mut().filter(|step| step.name == "e2e") else {
            bail!("--large is for the step e2e");
        };
        *last = &LARGE;
    }
    Ok(steps)
}

fn choose_ordinary(options: &[String]) -> Result<Vec<&'static Step>> {
    if let [only, name] = options
        && only == "--only"
    {
        let step = STEPS.iter().find(|step| step.name == name);
        let names: Vec<&str> = STEPS.iter().map(|step| step.name).collect();
        return Ok(vec![step.ok_or_else(|| anyhow!("no step `{name}`; the steps are {}", names.join(", ")))?]);
    }
    let [skips_e2e] = super::flags(options, ["--skip-e2e"])?;
    Ok(STEPS.iter().filter(|step| !(skips_e2e && step.name == "e2e")).collect())
}

fn summary(chosen: &[&Step], done: &[(&Step, Duration)], has_failed: bool, total: Duration) {
    house::heading("Summary");
    for (index, step) in chosen.iter().enumerate() {
        let (word, time) = match done.get(index) {
            Some((_, time)) if has_failed && index + 1 == done.len() => ("FAILED", shown_time(*time)),
            Some((_, time)) => ("passed", shown_time(*time)),
            None => ("not run", String::new()),
        };
        println!("  {word:<8}{time:>8}  {:<7} {}", step.name, step.about);
    }
    println!("  {:<8}{:>8}", "total", shown_time(total));
}

fn shown_time(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds < 60 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{}:{:02} m", seconds / 60, seconds % 60)
    }
}

/// Each later step also makes sure of the UI by itself, so that `--only` works on a fresh clone with the packages.
fn set_up(house: &House) -> Result<()> {
    setup::system_packages(&[setup::BUILD_PACKAGES, setup::TEST_PACKAGES].concat())?;
    setup::node()?;
    setup::ui(house)
}

fn fmt(house: &House) -> Result<()> {
    house::run(&mut house.cargo(["fmt", "--all", "--check"]))
}

fn clippy(house: &House) -> Result<()> {
    setup::ui(house)?;
    let mut command = house.cargo(["clippy", "--workspace", "--all-targets", "--locked"]);
    house::run(command.args(EMBED_UI).args(["--", "--deny", "warnings"]))
}

/// The desktop crate is tested with the rest: another selection of packages would compile shared dependencies twice. Tests
/// that drive the command from outside are told where it lies.
fn rust_tests(house: &House) -> Result<()> {
    setup::ui(house)?;
    house::run(house.cargo(["build", "--workspace", "--bins", "--locked"]).args(EMBED_UI))?;
    let command_line = house.built("debug", "scrutineer")?;
    let mut tests = if house::output("cargo", &["nextest", "--version"]).is_some() {
        house.cargo(["nextest", "run", "--workspace", "--locked"])
    } else {
        println!("cargo-nextest is not installed; `cargo test` runs the same tests, a little slower.");
        house.cargo(["test", "--workspace", "--locked", "--all-targets"])
    };
    house::run(tests.args(EMBED_UI).env("SCRUTINEER_COMMAND", command_line))?;
    // nextest leaves out the examples in the documentation.
    house::run(house.cargo(["test", "--workspace", "--locked", "--doc", "--quiet"]).args(EMBED_UI))
}

fn ui(house: &House) -> Result<()> {
    setup::ui(house)?;
    for script in ["check", "lint", "test"] {
        house::run(&mut house.command("npm", "ui", ["run", script]))?;
    }
    Ok(())
}

/// Builds the window with the UI inside and hands it to `tests/e2e`, on a display of its own.
fn end_to_end(house: &House, is_large: bool) -> Result<()> {
    if is_large && env::var_os(LARGE_CASE).is_none() {
        bail!("{LARGE_CASE} is not set; it names a verified case with a million votes");
    }
    setup::ui(house)?;
    house::run(house.cargo(["build", "--workspace", "--bins", "--locked"]).args(EMBED_UI))?;
    let output = house.path("tests/e2e/output");
    fs::create_dir_all(&output).with_context(|| format!("{} cannot be made", output.display()))?;
    let display = Display::start()?;
    let mut command = house.command("npm", "tests/e2e", ["test"]);
    command.env("SCRUTINEER_BINARY", house.built("debug", DESKTOP)?);
    command.env("DISPLAY", &display.name).env_remove("WAYLAND_DISPLAY");
    if !is_large {
        command.env_remove(LARGE_CASE);
    }
    println!("Screenshots and logs: {}", output.display());
    house::run(&mut command)
}

/// An X server without a screen, gone when dropped. It chooses a free number itself, so several may run side by side.
struct Display {
    server: Child,
    name: String,
}

impl Display {
    fn start() -> Result<Self> {
        let mut command = Command::new("Xvfb");
        command.args(["-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = command.spawn().context("`Xvfb` could not be started; it comes with the package xvfb")?;
        let mut number = String::new();
        if let Some(stdout) = server.stdout.take() {
            // The number arrives once the server takes connections; the end of the stream means it gave up.
            BufReader::new(stdout).read_line(&mut number)?;
        }
        let display = Self { server, name: format!(":{}", number.trim()) };
        if display.name == ":" {
            bail!("`Xvfb` ended without opening a display");
        }
        println!("Display {} (Xvfb, 1920x1080).", display.name);
        Ok(display)
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        // A server that is already gone is what we want.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(options: &[&str]) -> Result<Vec<&'static str>> {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        Ok(choose(&options)?.iter().map(|step| step.name).collect())
    }

    #[test]
    fn without_options_every_step_runs_and_the_setup_comes_first() {
        let all = names(&[]).unwrap();
        assert_eq!(all.len(), STEPS.len());
        assert_eq!((all.first(), all.last()), (Some(&"setup"), Some(&"e2e")));
    }

    #[test]
    fn the_window_can_be_left_out_and_one_step_repeated() {
        assert!(!names(&["--skip-e2e"]).unwrap().contains(&"e2e"));
        assert_eq!(names(&["--only", "clippy"]).unwrap(), ["clippy"]);
    }

    #[test]
    fn a_million_rows_are_asked_for_by_a_flag_and_only_of_the_window() {
        assert_eq!(names(&["--only", "e2e", "--large"]).unwrap(), ["e2e"]);
        assert_eq!(names(&["--large"]).unwrap().len(), STEPS.len());
        assert!(names(&["--only", "fmt", "--large"]).is_err());
        assert!(names(&["--skip-e2e", "--large"]).is_err());
    }

    #[test]
    fn an_unknown_step_is_refused_with_the_list() {
        assert!(names(&["--only", "clipy"]).unwrap_err().to_string().contains("clippy"));
    }

    #[test]
    fn times_are_short() {
        assert_eq!(shown_time(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(shown_time(Duration::from_secs(125)), "2:05 m");
    }
}
