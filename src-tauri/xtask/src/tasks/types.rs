//! `cargo xtask types`: the TypeScript types of the UI, written from the Rust types of the window.
//!
//! The window's own binary `export-types` writes them through ts-rs; this task says where to, and with `--check`
//! compares a fresh export with the files in `ui/src/ipc/generated/` without touching those.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result, bail};

use crate::house::{self, DESKTOP, EMBED_UI, House};
use crate::setup;

const GENERATED: &str = "ui/src/ipc/generated";

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    let [check] = super::flags(options, ["--check"])?;
    let committed = house.path(GENERATED);
    let fresh = Scratch::new()?;
    export(house, &fresh.0)?;
    let (wanted, found) = (files(&fresh.0)?, files(&committed)?);
    if wanted.is_empty() {
        bail!("the export wrote no file");
    }
    let differing = differences(&wanted, &found);
    if check {
        if differing.is_empty() {
            println!("{GENERATED}: {} files, all current.", wanted.len());
            return Ok(());
        }
        bail!("{GENERATED} is out of date; `cargo xtask types` writes it anew:\n  {}", differing.join("\n  "));
    }
    for name in found.keys().filter(|name| !wanted.contains_key(*name)) {
        fs::remove_file(committed.join(name)).with_context(|| format!("{name} cannot be removed"))?;
    }
    for (name, content) in wanted.iter().filter(|(name, content)| found.get(*name) != Some(content)) {
        let path = committed.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&committed))?;
        fs::write(&path, content).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    println!("{GENERATED}: {} files, {} changed.", wanted.len(), differing.len());
    Ok(())
}

fn export(house: &House, to: &Path) -> Result<()> {
    setup::ui(house)?;
    // The whole workspace is built as the tests build it, so that nothing is compiled twice for another set of features.
    house::run(house.cargo(["build", "--workspace", "--bins", "--locked"]).args(EMBED_UI))?;
    let mut command = house.command(house.built("debug", "export-types")?, ".", [to]);
    // JSON delivers numbers, so u64 is `number` in TypeScript; ids and digests are strings anyway.
    command.env("TS_RS_LARGE_INT", "number").env("TS_RS_EXPORT_DIR", to);
    house::run(&mut command).with_context(|| format!("{DESKTOP} did not export its types"))
}

/// All TypeScript files below a folder, by their path relative to it.
fn files(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(dir) = open.pop() {
        if !dir.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&dir).with_context(|| format!("{} cannot be read", dir.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "ts") {
                let name = path.strip_prefix(folder)?.to_string_lossy().into_owned();
                found.insert(name, fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

/// One line per file that is missing, surplus or different.
fn differences(wanted: &BTreeMap<String, Vec<u8>>, found: &BTreeMap<String, Vec<u8>>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, content) in wanted {
        match found.get(name) {
            None => lines.push(format!("{name}: missing")),
            Some(old) if old != content => lines.push(format!("{name}: differs")),
            Some(_) => {}
        }
    }
    lines.extend(found.keys().filter(|name| !wanted.contains_key(*name)).map(|name| format!("{name}: no longer made")));
    lines
}

/// A folder of our own that is gone at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Result<Self> {
        let path = env::temp_dir().join(format!("scrutineer-types-{}", process::id()));
        fs::create_dir_all(&path).with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Leaving a few files in the temporary folder is no reason to fail.
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> BTreeMap<String, Vec<u8>> {
        files.iter().map(|(name, content)| ((*name).to_owned(), content.as_bytes().to_vec())).collect()
    }

    #[test]
    fn equal_trees_have_no_differences() {
        assert!(differences(&tree(&[("A.ts", "a")]), &tree(&[("A.ts", "a")])).is_empty());
    }

    #[test]
    fn missing_changed_and_surplus_files_are_named() {
        let lines = differences(&tree(&[("A.ts", "a"), ("B.ts", "b")]), &tree(&[("B.ts", "old"), ("C.ts", "c")]));
        assert_eq!(lines, ["A.ts: missing", "B.ts: differs", "C.ts: no longer made"]);
    }
}
