//! The open case, the list of recent ones, and what was chosen to be imported.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::error::ErrorView;

/// What the window knows when it opens.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Start {
    /// Version of the program.
    pub version: String,
    /// Case named on the command line.
    pub case: Option<CaseView>,
    /// Why that case could not be opened.
    pub error: Option<ErrorView>,
    /// True with `--sample`: show the sample's import page at once.
    pub is_sample: bool,
    /// Cases opened before, newest first.
    pub recent: Vec<RecentCase>,
}

/// One line of the list of recent cases.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RecentCase {
    /// Where the file lies.
    pub path: String,
    /// Title as it was when the case was last open.
    pub title: String,
}

/// An election of the case.
#[derive(Debug, Serialize, TS)]
pub struct ElectionName {
    /// Id as in the source.
    pub id: String,
    /// Title, or empty where the export holds none.
    pub title: String,
}

/// The open case.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CaseView {
    /// Title.
    pub title: String,
    /// Where the file lies.
    pub path: String,
    /// When it was created.
    pub created_at: String,
    /// Newest hash of the ledger.
    pub ledger_head: String,
    /// Entries of the ledger.
    pub ledger_entries: u64,
    /// Evidence files.
    pub evidence_files: u64,
    /// Vote rows.
    pub votes: u64,
    /// Audit log rows.
    pub audit_entries: u64,
    /// Elections.
    pub elections: Vec<ElectionName>,
    /// True once conclusions are stored.
    pub has_report: bool,
    /// True where the case has accounts, so that elections can be run in it.
    pub has_office: bool,
    /// True where the case holds the sample, whose key the program knows.
    pub is_sample: bool,
}

/// Files and folders chosen for import. Their paths stay on the Rust side, so that any file name works.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChosenInputs {
    /// Paths, for showing.
    pub paths: Vec<String>,
    /// True for the bundled sample.
    pub is_sample: bool,
}

/// Files over the window, or let go there.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum DropEvent {
    /// Files hover over the window.
    Over,
    /// They left.
    Left,
    /// They were dropped and are now the chosen inputs.
    Dropped {
        /// Paths, for showing.
        paths: Vec<String>,
    },
    /// A case file was dropped.
    CaseDropped {
        /// The case file.
        path: String,
    },
}

/// A file as it came.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EvidenceRow {
    /// Path relative to the input it came with.
    pub path: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Source system, or empty.
    pub system: String,
    /// What it holds.
    pub kind: String,
    /// Records in it.
    pub rows: u64,
    /// True where the original bytes lie in the case.
    pub is_kept: bool,
}

/// One act in the ledger.
#[derive(Debug, Serialize, TS)]
pub struct LedgerRow {
    /// Number, from 1.
    pub number: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What was done.
    pub act: String,
    /// To what.
    pub detail: String,
    /// Hash of the entry, hex.
    pub hash: String,
}

impl From<domain::EvidenceFile> for EvidenceRow {
    fn from(file: domain::EvidenceFile) -> Self {
        Self {
            path: file.path,
            sha256: file.sha256.to_hex(),
            bytes: file.bytes,
            system: file.system,
            kind: file.kind,
            rows: file.rows,
            is_kept: file.is_kept,
        }
    }
}

impl From<workflow::LedgerEntry> for LedgerRow {
    fn from(entry: workflow::LedgerEntry) -> Self {
        Self {
            number: entry.number,
            at: entry.at,
            actor: entry.actor,
            act: entry.act,
            detail: readable(&entry.detail),
            hash: entry.hash.to_hex(),
        }
    }
}

/// Particulars of an act, `{"title":"A","files":[..]}`, as `title: A, files: 3`. The ledger itself keeps the JSON.
fn readable(detail: &str) -> String {
    let Ok(Value::Object(members)) = serde_json::from_str(detail) else { return detail.to_owned() };
    let parts = members.iter().map(|(name, value)| format!("{}: {}", name.replace('_', " "), brief(value)));
    parts.collect::<Vec<_>>().join(", ")
}

/// A value in a few words: lists of words in full, lists of things by their number.
fn brief(value: &Value) -> String {
    match value {
        // Digests are in the ledger's own text; here they would bury the rest.
        Value::String(text) if text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            format!("{}…{}", &text[..8], &text[58..])
        }
        Value::String(text) => text.clone(),
        Value::Array(items) if items.iter().all(Value::is_string) => {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" ")
        }
        Value::Array(items) => items.len().to_string(),
        Value::Object(members) if members.contains_key("after") && members.contains_key("to") => {
            let number = |name: &str| members.get(name).and_then(Value::as_i64).unwrap_or(0);
            format!("{} to {}", number("after") + 1, number("to"))
        }
        Value::Object(members) => {
            let parts = members.iter().map(|(name, value)| format!("{} {}", name.replace('_', " "), brief(value)));
            parts.collect::<Vec<_>>().join(", ")
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particulars_read_like_words() {
        assert_eq!(readable(r#"{"title":"A","rows_known":3}"#), "title: A, rows known: 3");
        assert_eq!(readable(r#"{"files":[{"path":"a"}],"tables":{"votes":46}}"#), "files: 1, tables: votes 46");
        assert_eq!(readable("plain"), "plain");
        let rows = format!(r#"{{"rows":{{"vote":{{"after":0,"to":46,"sha256":"{}"}}}}}}"#, "ab".repeat(32));
        assert_eq!(readable(&rows), "rows: vote 1 to 46");
        assert_eq!(readable(&format!(r#"{{"subjects":"{}"}}"#, "ab".repeat(32))), "subjects: abababab…ababab");
    }
}
