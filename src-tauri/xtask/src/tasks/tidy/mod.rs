//! `cargo xtask tidy`: the rules of the house that no compiler knows.
//!
//! Every rule looks at the files alone, so the task needs no build and takes well under a second. All problems are
//! listed at once; each line names the file and what to do about it.

mod crates;
mod manifest;
mod migrations;
mod sources;

use anyhow::{Result, bail};

use crate::house::House;

/// Looks at the files and returns one line per problem.
type Rule = fn(&House) -> Result<Vec<String>>;

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let [] = super::flags(options, [])?;
    let rules: [(&str, Rule); 3] = [
        ("crates: direction, owners of libraries, no network", crates::problems),
        ("store: released migrations are unchanged", migrations::problems),
        ("sources: module docs, nothing left half done", sources::problems),
    ];
    let mut problems = Vec::new();
    for (rule, check) in rules {
        let found = check(house)?;
        println!("{} {rule}", if found.is_empty() { "ok  " } else { "FAIL" });
        problems.extend(found);
    }
    if problems.is_empty() {
        return Ok(());
    }
    bail!("{} things to tidy:\n  {}", problems.len(), problems.join("\n  "));
}
