//! `cargo xtask fuzz`: coverage-guided fuzzing of every reader with libFuzzer, on the stable compiler.
//!
//! cargo-fuzz asks for a nightly compiler because of its sanitizers. Ours needs none of them, memory being safe; what it
//! needs is coverage, and the flags for that are stable. A C++ compiler builds libFuzzer itself.
//!
//! What was found useful stays in `target/fuzz/corpus`, and an input that broke something in `target/fuzz/found`, so that a
//! later run begins where this one ended.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};

use crate::house::{self, House};

/// Makes the compiler count which code an input reaches, and which values it was compared with.
const COVERAGE: &[&str] = &[
    "--cfg=fuzzing",
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
];

/// One thing to fuzz.
struct Target {
    /// Its name in `tests/fuzz/src/main.rs`.
    name: &'static str,
    /// Fixtures with these endings are its first inputs, beside `tests/fuzz/seeds`.
    seeds: &'static [&'static str],
    /// Its inputs begin with a byte that chooses among so many settings.
    settings: u8,
}

const TARGETS: &[Target] = &[
    Target { name: "delimited_quoted", seeds: &["csv"], settings: 3 },
    Target { name: "delimited_escaped", seeds: &["csv", "txt"], settings: 3 },
    Target { name: "delimited_plain", seeds: &["tsv", "csv"], settings: 3 },
    Target { name: "json_rows", seeds: &["json", "jsonl"], settings: 3 },
    Target { name: "json_canonical", seeds: &["json"], settings: 0 },
    Target { name: "sql", seeds: &["sql"], settings: 0 },
    Target { name: "recognise", seeds: &["json", "jsonl", "csv", "tsv", "sql"], settings: 6 },
    Target { name: "archive", seeds: &["zip"], settings: 2 },
    Target { name: "keys", seeds: &["json", "env"], settings: 0 },
    Target { name: "case", seeds: &[], settings: 0 },
    Target { name: "entry", seeds: &["jsonl"], settings: 12 },
    Target { name: "stored", seeds: &["tsv"], settings: 0 },
];

/// Seconds for each target where none are asked for.
const SECONDS: u32 = 60;
/// Longest first input: short ones are changed much faster.
const SEED_BYTES: usize = 3000;
/// First inputs for each ending.
const SEEDS_PER_ENDING: usize = 24;

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let (targets, seconds) = choose(options)?;
    let program = build(house)?;
    let folder = folder(house)?;
    for target in targets {
        house::heading(&format!("{} for {seconds} seconds", target.name));
        let corpus = folder.join("corpus").join(target.name);
        let found = folder.join("found");
        for folder in [&corpus, &found] {
            fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        }
        sow(house, target, &corpus)?;
        let mut command = house.command(&program, ".", [&corpus]);
        command.env("FUZZ_TARGET", target.name);
        command.arg(format!("-max_total_time={seconds}"));
        command.arg(format!("-artifact_prefix={}/{}-", found.display(), target.name));
        command.args(["-max_len=8192", "-timeout=20", "-rss_limit_mb=1500", "-print_final_stats=1", "-verbosity=1"]);
        house::run(&mut command).with_context(|| {
            format!(
                "{0} was broken by an input in {1}; again with: FUZZ_TARGET={0} {2} INPUT",
                target.name,
                found.display(),
                program.display()
            )
        })?;
    }
    Ok(())
}

/// The targets and the seconds that the options ask for.
fn choose(options: &[String]) -> Result<(Vec<&'static Target>, u32)> {
    let mut targets: Vec<&Target> = TARGETS.iter().collect();
    let mut seconds = SECONDS;
    let mut options = options.iter();
    while let Some(option) = options.next() {
        if option == "--seconds" {
            let value = options.next().context("--seconds needs a number")?;
            seconds = value.parse().map_err(|_| anyhow!("--seconds needs a number, not {value:?}"))?;
        } else if let Some(target) = TARGETS.iter().find(|target| target.name == option) {
            targets = vec![target];
        } else {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            bail!("no target `{option}`; the targets are {}", names.join(", "));
        }
    }
    Ok((targets, seconds))
}

/// Where programs, corpora and findings of the fuzzer lie: beside the profiles in the target folder.
fn folder(house: &House) -> Result<PathBuf> {
    let program = house.built("fuzz", "fuzz")?;
    Ok(program.parent().context("a program lies in a folder")?.to_owned())
}

fn build(house: &House) -> Result<PathBuf> {
    let version = house::output("rustc", &["-vV"]).context("rustc does not answer")?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let folder = folder(house)?;
    let mut command = house.command(
        std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()),
        "tests/fuzz",
        ["build", "--release", "--locked", "--target", host],
    );
    // Named targets keep these flags away from build scripts and macros.
    command.env("CARGO_ENCODED_RUSTFLAGS", COVERAGE.join("\u{1f}")).env("CARGO_TARGET_DIR", &folder);
    house::run(&mut command)?;
    Ok(folder.join(host).join("release").join(format!("fuzz{}", std::env::consts::EXE_SUFFIX)))
}

/// Puts the first inputs into a corpus: the beginnings of fixtures, once for each setting.
fn sow(house: &House, target: &Target, corpus: &Path) -> Result<()> {
    let mut files = Vec::new();
    for folder in ["tests/fixtures", "tests/fuzz/seeds"] {
        list(&house.path(folder), &mut files)?;
    }
    files.sort();
    for ending in target.seeds {
        let is_wanted = |path: &&PathBuf| path.extension().is_some_and(|it| it == *ending);
        for (number, path) in files.iter().filter(is_wanted).take(SEEDS_PER_ENDING).enumerate() {
            let bytes = fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let bytes = &bytes[..bytes.len().min(SEED_BYTES)];
            for setting in 0..target.settings.max(1) {
                let head: &[u8] = if target.settings == 0 { &[] } else { &[setting] };
                fs::write(corpus.join(format!("seed-{ending}-{number}-{setting}")), [head, bytes].concat())?;
            }
        }
    }
    Ok(())
}

fn list(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            list(&path, into)?;
        } else {
            into.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(options: &[&str]) -> Result<(Vec<&'static str>, u32)> {
        let options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        let (targets, seconds) = choose(&options)?;
        Ok((targets.iter().map(|target| target.name).collect(), seconds))
    }

    #[test]
    fn all_targets_run_unless_one_is_named() {
        assert_eq!(chosen(&[]).unwrap().0.len(), TARGETS.len());
        assert_eq!(chosen(&["sql", "--seconds", "600"]).unwrap(), (vec!["sql"], 600));
        assert!(chosen(&["sqll"]).unwrap_err().to_string().contains("json_rows"));
    }

    #[test]
    fn the_fuzzer_knows_every_target_by_the_same_name() {
        let program = fs::read_to_string(House::find().unwrap().path("tests/fuzz/src/main.rs")).unwrap();
        for target in TARGETS {
            assert!(program.contains(&format!("(\"{}\",", target.name)), "{}", target.name);
        }
        assert_eq!(
            program.matches("    (\"").count(),
            TARGETS.len(),
            "the fuzzer has a target that is not listed here"
        );
    }
}
