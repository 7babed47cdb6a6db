//! A migration that was released is never edited: case files in the world were made with the text it had.
//!
//! `migrations/HASHES` pins each file in the format of `sha256sum`, one line per migration. A new migration adds a line;
//! the problem printed for it is that line.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::house::House;

const MIGRATIONS: &str = "src-tauri/crates/store/migrations";

/// Everything wrong with the pinned hashes.
pub(super) fn problems(house: &House) -> Result<Vec<String>> {
    let folder = house.path(MIGRATIONS);
    let found = hashes(&folder)?;
    let pins = fs::read_to_string(folder.join("HASHES")).unwrap_or_default();
    Ok(compare(&found, &parse(&pins)))
}

/// The SHA-256 of each `.sql` file; empty while the store has no migrations.
fn hashes(folder: &Path) -> Result<BTreeMap<String, String>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(BTreeMap::new()) };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".sql") {
            names.push(name);
        }
    }
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    names.sort();
    // coreutils rather than a hash of our own: the standard library has none, and every Debian has this.
    let mut command = Command::new("sha256sum");
    command.args(&names).current_dir(folder).stdin(Stdio::null());
    let answer = command.output().context("`sha256sum` could not be started; it comes with coreutils")?;
    if !answer.status.success() {
        bail!("`sha256sum` failed: {}", String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(parse(&String::from_utf8_lossy(&answer.stdout)))
}

/// Lines `HASH  NAME` as name -> hash; comments start with `#`.
fn parse(text: &str) -> BTreeMap<String, String> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once(char::is_whitespace));
    pairs.map(|(hash, name)| (name.trim().trim_start_matches('*').to_owned(), hash.to_lowercase())).collect()
}

fn compare(found: &BTreeMap<String, String>, pinned: &BTreeMap<String, String>) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, hash) in found {
        match pinned.get(name) {
            None => problems.push(format!("{MIGRATIONS}/HASHES: a new migration adds the line `{hash}  {name}`")),
            Some(pin) if pin != hash => {
                problems.push(format!("{MIGRATIONS}/{name}: released migrations are never edited; write a new one"));
            }
            Some(_) => {}
        }
    }
    for name in pinned.keys().filter(|name| !found.contains_key(*name)) {
        problems.push(format!("{MIGRATIONS}/{name}: pinned in HASHES, but the file is gone"));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pinned_and_unchanged_is_fine() {
        let pins = parse("# released\nABC  0001_case.sql\n");
        assert!(compare(&parse("abc  0001_case.sql\n"), &pins).is_empty());
    }

    #[test]
    fn edited_new_and_lost_migrations_are_named() {
        let found = parse("bbb  0001_case.sql\nccc  0002_new.sql\n");
        let problems = compare(&found, &parse("aaa  0001_case.sql\nddd  0003_lost.sql\n"));
        assert_eq!(problems.len(), 3, "{problems:?}");
        assert!(problems[0].contains("never edited"));
        assert!(problems[1].contains("`ccc  0002_new.sql`"));
        assert!(problems[2].contains("gone"));
    }
}
