//! What the journeys share: fixtures, keys, short ways to audit, readers of what must come out, large exports, and the properties of every reader.

pub mod archive;
pub mod ballot_speed;
pub mod generate;
pub mod office;
pub mod pdf;
pub mod pdf_speed;
pub mod playing;
pub mod program;
pub mod properties;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use domain::report::AuditReport;
use domain::{KeyRing, SigningKey, Unwatched};
use serde_json::Value;

/// Folder of the Logbook fixtures.
pub fn logbook() -> PathBuf {
    fixtures().join("logbook")
}

/// The folder of fixtures, one folder a system.
pub fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// A JSON file.
pub fn json(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What must come out of each fixture folder.
pub fn expected() -> serde_json::Map<String, Value> {
    match json(&logbook().join("expected.json")) {
        Value::Object(members) => members,
        other => panic!("expected.json holds an object, not {other}"),
    }
}

/// The fixture keys with the legacy boundary of a folder.
pub fn keys(legacy_max_id: i64) -> KeyRing {
    let file = json(&logbook().join("keys.json"));
    let mut ring = KeyRing::default();
    for name in ["VOTE_SIGNING_KEY", "AUDIT_LOG_SIGNING_KEY", "SECRET_KEY"] {
        let text = file[name].as_str().expect("a key is a text");
        ring.add(name, SigningKey::new(text.as_bytes(), "the fixtures"));
    }
    ring.set("AUDIT_LOG_LEGACY_MAX_ID", &legacy_max_id.to_string());
    ring
}

/// A one-shot audit of inputs.
pub fn audit(inputs: &[PathBuf], keys: &KeyRing) -> AuditReport {
    workflow::audit_inputs(inputs, None, keys, None, None, &Unwatched)
        .unwrap_or_else(|error| panic!("{inputs:?}: {error}"))
        .report
}

/// Codes with all their subjects, over a whole report.
pub fn subjects(report: &AuditReport) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let of_elections = report.elections.iter().flat_map(|election| &election.findings);
    for finding in of_elections.chain(&report.findings) {
        found.entry(finding.code.clone()).or_default().extend(finding.subjects.iter().cloned());
    }
    found
}

/// Findings above `info`, as lines.
pub fn above_info(report: &AuditReport) -> Vec<String> {
    let of_elections = report.elections.iter().flat_map(|election| &election.findings);
    of_elections
        .chain(&report.findings)
        .filter(|finding| finding.severity != "info")
        .map(|finding| format!("{} {} {:?}", finding.code, finding.detail, finding.subjects))
        .collect()
}

/// Copies a folder's files, without sub-folders, where `keep` says so.
pub fn copy_files(from: &Path, to: &Path, keep: impl Fn(&str) -> bool) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_file() && keep(&name) {
            std::fs::copy(entry.path(), to.join(name)).expect("a copy");
        }
    }
}
