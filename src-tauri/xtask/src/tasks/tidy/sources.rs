//! Every Rust file opens with what it is for, and nothing is left half done in any source file.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::house::House;

/// Where people write; fixtures and golden outputs are material, not sources.
const FOLDERS: &[&str] = &["src-tauri", "tests", "ui/src", "ui/messages"];
const SKIPPED: &[&str] =
    &["target", "node_modules", "dist", "output", "fixtures", "golden", "generated", "paraglide", "gen"];
const SOURCES: &[&str] = &["rs", "ts", "js", "mjs", "svelte", "css", "html", "sql", "toml"];

/// Marks of unfinished work, put together here so that this file does not contain them.
const UNFINISHED: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

/// Everything wrong with the source files.
pub(super) fn problems(house: &House) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        visit(&house.path(folder), &mut |path| {
            let extension = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            if !SOURCES.contains(&extension.as_str()) {
                return Ok(());
            }
            let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
            let shown = path.strip_prefix(&house.root).unwrap_or(path).display().to_string();
            problems.extend(judge(&text, extension == "rs").into_iter().map(|problem| format!("{shown}{problem}")));
            Ok(())
        })?;
    }
    problems.sort();
    Ok(problems)
}

fn visit(path: &Path, act: &mut impl FnMut(&Path) -> Result<()>) -> Result<()> {
    if path.is_file() {
        return act(path);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if !path.is_dir() || SKIPPED.contains(&name.as_ref()) {
        return Ok(());
    }
    for entry in fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))? {
        visit(&entry?.path(), act)?;
    }
    Ok(())
}

fn judge(text: &str, is_rust: bool) -> Vec<String> {
    let mut problems = Vec::new();
    if is_rust && !text.starts_with("//!") {
        problems.push(": the first line must be a `//!` comment that says what the file is for".to_owned());
    }
    for (number, line) in (1_u32..).zip(text.lines()) {
        let is_unfinished = line.split(|c: char| !c.is_alphanumeric()).any(|word| UNFINISHED.contains(&word));
        if is_unfinished {
            problems.push(format!(":{number}: finish this or write it into an issue: {}", line.trim()));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rust_file_opens_with_its_purpose() {
        assert!(judge("//! Counts.\nfn main() {}\n", true).is_empty());
        assert_eq!(judge("fn main() {}\n", true).len(), 1);
        assert!(judge("body {}\n", false).is_empty());
    }

    #[test]
    fn unfinished_work_is_found_by_whole_words() {
        let text = format!("a\n// {}: later\nlet {}NE = 1;\n", UNFINISHED[0], UNFINISHED[0]);
        let problems = judge(&text, false);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with(":2:"));
    }
}
