//! Public files of an election of this program: recognition by their `schema`, and the step from raw row to record.

use domain::{Place, Record, TableRow};

use crate::formats::RawRow;
use crate::inputs::FileHead;
use crate::reading::{Container, FileKind, RowError};
use crate::tables::first_key;

/// Rows of the ballots file.
pub const BALLOTS: &str = "ballots";
/// Everything of the ballots file but the ballots.
pub const BALLOTS_FILE: &str = "ballots_file";
/// Rows of the audit file.
pub const ENTRIES: &str = "ledger_entries";
/// Everything of the audit file but the entries.
pub const AUDIT_FILE: &str = "audit_file";
/// The election with its rules.
pub const ELECTION: &str = "election";
/// The result.
pub const RESULT: &str = "result";
/// The certificate.
pub const CERTIFICATE: &str = "certificate";
/// The signing key, where it was revealed.
pub const SIGNING_KEY: &str = "signing_key";
/// The events in the common data format.
pub const EVENT_LOG: &str = "event_log";
/// Digests of the files.
pub const SUMS: &str = "sums";

/// Name of the signing key, in key files and in `signing-key.json`.
pub const KEY_NAME: &str = "SCRUTINEER_SIGNING_KEY";

const BALLOT_COLUMNS: &[&str] =
    &["position", "ballot_hash", "previous_chain_hash", "chain_hash", "signature", "excluded", "body", "voter"];
const ENTRY_COLUMNS: &[&str] = &["number", "previous", "hash", "at", "actor", "act", "detail", "withheld"];

/// Columns of a table by its name; empty for an unknown table.
pub fn columns(table: &str) -> &'static [&'static str] {
    match table {
        BALLOTS => BALLOT_COLUMNS,
        ENTRIES => ENTRY_COLUMNS,
        _ => &[],
    }
}

/// Tells what a file holds from its name and first bytes.
pub fn recognise(head: &FileHead) -> Option<FileKind> {
    let text = String::from_utf8_lossy(&head.bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if !text.starts_with('{') {
        return is_sums(head, text).then(|| FileKind::table(SUMS, Container::Whole, None));
    }
    let document = |name: &str| Some(FileKind { holds_rows: false, ..FileKind::table(name, Container::Json, None) });
    let around = |name: &str, member: &'static str, envelope: &'static str| {
        Some(FileKind {
            rows_in: Some(member),
            envelope: Some(envelope),
            holds_rows: false,
            ..FileKind::table(name, Container::Json, None)
        })
    };
    match first_key(text)?.as_str() {
        "schema" => match schema_of(text)? {
            "scrutineer/ballots/1" => around(BALLOTS, "ballots", BALLOTS_FILE),
            "scrutineer/audit-log/1" => around(ENTRIES, "entries", AUDIT_FILE),
            "scrutineer/election/1" => document(ELECTION),
            "scrutineer/result/1" => document(RESULT),
            "scrutineer/certificate/1" => document(CERTIFICATE),
            _ => None,
        },
        "@type" if text.contains("\"EventLogging.ElectionEventLog\"") => document(EVENT_LOG),
        KEY_NAME => document(SIGNING_KEY),
        _ => None,
    }
}

/// The value of the first member.
fn schema_of(text: &str) -> Option<&str> {
    let rest = text.split_once(':')?.1.trim_start().strip_prefix('"')?;
    rest.split('"').next()
}

/// Digests as `sha256sum` writes them, of our files: other exports have such lists too.
fn is_sums(head: &FileHead, text: &str) -> bool {
    head.name == "sha256sums"
        && ["  ballots.json", "  election.json", "  audit.json"]
            .iter()
            .all(|name| text.lines().any(|line| line.ends_with(name)))
}

/// Turns a raw row into a record.
///
/// # Errors
/// [`RowError`] where a ballot or entry lacks the hash that everything hangs on.
pub fn record(kind: &FileKind, row: RawRow, place: Place) -> Result<Record, RowError> {
    let needed = match kind.name.as_str() {
        BALLOTS => "ballot_hash",
        ENTRIES => "hash",
        _ => return Ok(Record::Ignored),
    };
    if row.get(needed).is_none_or(str::is_empty) {
        return Err(RowError::absent(needed));
    }
    // A row is named by where it stands: what it says of itself may be altered.
    let key = format!("{}/{}", place.file.0, place.row);
    Ok(Record::Row(TableRow { table: kind.name.clone(), place, key, fields: row.fields }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(name: &str, text: &str) -> Option<String> {
        let head = FileHead { name: name.to_owned(), bytes: text.as_bytes().to_vec(), is_gzip: false };
        recognise(&head).map(|kind| kind.name)
    }

    #[test]
    fn files_are_told_by_their_schema_and_by_nothing_else() {
        let of =
            |schema: &str| kind_of("x.json", &format!("{{\n \"schema\": \"scrutineer/{schema}/1\",\"ballots\": []}}"));
        assert_eq!(of("ballots").as_deref(), Some(BALLOTS));
        assert_eq!(of("audit-log").as_deref(), Some(ENTRIES));
        assert_eq!(of("result").as_deref(), Some(RESULT));
        assert_eq!(of("audit"), None, "the answer of an audit is no export");
        assert_eq!(of("receipt"), None, "what voters hold is no export");
        assert_eq!(kind_of("k", "{\"SCRUTINEER_SIGNING_KEY\": \"00\"}").as_deref(), Some(SIGNING_KEY));
        assert_eq!(kind_of("e", "{\"@type\": \"EventLogging.ElectionEventLog\"}").as_deref(), Some(EVENT_LOG));
        let sums = "00  audit.json\n00  ballots.json\n00  election.json\n";
        assert_eq!(kind_of("sha256sums", sums).as_deref(), Some(SUMS));
        assert_eq!(kind_of("sha256sums", "00  votes.csv\n"), None, "digests of another export");
        assert_eq!(kind_of("x.json", "[]"), None);
    }
}
