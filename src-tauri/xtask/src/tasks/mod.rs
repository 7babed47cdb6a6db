//! The table of tasks: a new task is a file here and an entry in [`TASKS`].

mod bench;
mod fuzz;
mod generate;
mod harden;
mod start;
mod test;
mod tidy;
mod types;

use anyhow::Result;

use crate::house::House;

/// A thing `cargo xtask` can do.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    /// The options, as the help shows them; empty where there are none.
    pub(crate) options: &'static str,
    pub(crate) about: &'static str,
    pub(crate) run: fn(&House, &[String]) -> Result<()>,
}

/// All tasks, in the order a newcomer needs them.
pub(crate) const TASKS: &[Task] = &[
    Task {
        name: "start",
        options: "[--release] [--command-line]",
        about: "Set up this machine, build, and open the window with a sample election ready to audit",
        run: start::run,
    },
    Task {
        name: "test",
        options: "[--skip-e2e] [--only STEP] [--large]",
        about: "Set up this machine and run every check and test, the real window included",
        run: test::run,
    },
    Task {
        name: "types",
        options: "[--check]",
        about: "Write the UI's TypeScript types from the Rust ones; --check only says whether they are current",
        run: types::run,
    },
    Task {
        name: "tidy",
        options: "",
        about: "Check the house: direction of crates, forbidden dependencies, pinned migrations, module docs",
        run: tidy::run,
    },
    Task {
        name: "generate",
        options: "--votes N --out DIR [--audit] [--json] [--seed S] [--tamper K] [--elections E] [--open] [--shuffle]",
        about: "Write a large export of The Logbook with its keys; --tamper plants changes and lists them",
        run: generate::run,
    },
    Task {
        name: "bench",
        options: "[--large] [--rounds N] [--data DIR]",
        about: "Measure speed and memory as ratios to a peer; --large with ten million votes, too",
        run: bench::run,
    },
    Task {
        name: "harden",
        options: "[--only TEST]",
        about: "Kill, starve, fill up and mislead the command line, in full; `test` does a small part of it",
        run: harden::run,
    },
    Task {
        name: "fuzz",
        options: "[TARGET] [--seconds N]",
        about: "Fuzz every reader, guided by coverage; 60 seconds each where nothing else is said",
        run: fuzz::run,
    },
];

/// Takes the known flags out of `options`; anything else is refused by name.
///
/// # Errors
/// An option that `known` does not list.
fn flags<const N: usize>(options: &[String], known: [&str; N]) -> Result<[bool; N]> {
    let mut seen = [false; N];
    for option in options {
        let position = known.iter().position(|name| name == option);
        let position = position.ok_or_else(|| anyhow::anyhow!("unknown option `{option}`; see cargo xtask help"))?;
        seen[position] = true;
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_flags_are_found_in_any_order_and_unknown_ones_refused() {
        let options = ["--b".to_owned()];
        assert_eq!(flags(&options, ["--a", "--b"]).unwrap(), [false, true]);
        assert!(flags(&options, ["--a"]).unwrap_err().to_string().contains("--b"));
    }
}
