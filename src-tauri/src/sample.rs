//! The bundled sample: the export of a fictitious fire company's election in which some votes were altered.
//!
//! It is embedded, so that the window shows it without a file beside the program. What was done to it is told in
//! `tests/fixtures/logbook/README.md`, set 08.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

macro_rules! sample_files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../tests/fixtures/logbook/08_votes_mixed/", $name)))),*]
    };
}

const FILES: &[(&str, &[u8])] = sample_files![
    "audit_logs.json",
    "candidates.json",
    "elections.json",
    "forensics.json",
    "integrity.json",
    "results.json",
    "stats.json",
    "votes.json",
    "voting_tokens.json",
];

/// The keys that belong to the sample. They are published with it, so showing where they come from harms nobody.
pub(crate) const KEYS: &str = include_str!("../../tests/fixtures/logbook/keys.json");

/// Name of the sample's folder, which becomes the name of its case.
pub(crate) const NAME: &str = "Sample election";

/// Writes the sample's files below `parent` and returns their folder.
///
/// # Errors
/// A file cannot be written.
pub(crate) fn write(parent: &Path) -> io::Result<PathBuf> {
    let folder = parent.join("export");
    fs::create_dir_all(&folder)?;
    for (name, content) in FILES {
        fs::write(folder.join(name), content)?;
    }
    Ok(folder)
}
