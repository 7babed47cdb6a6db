//! Public files and database tables of Astra: names, columns, recognition, and the step from raw row to record.

use domain::{BallotRecord, Place, Record, TableRow};

use crate::django::{self, Model};
use crate::formats::RawRow;
use crate::inputs::FileHead;
use crate::reading::{Container, FileKind, RowError};
use crate::tables::{self, Table};

/// Ballots as published.
pub const PUBLIC_BALLOTS: &str = "public_ballots";
/// Audit events as published.
pub const PUBLIC_AUDIT: &str = "public_audit";
/// The published result.
pub const TALLY_RESULT: &str = "tally_result";
/// Answers of the attestation log.
pub const LOG_ENTRIES: &str = "attestation_entries";
/// Rows of a Django dump, each naming its model.
const DJANGO: &str = "dumpdata";

const TABLES: &[Table] = &[
    Table {
        name: "core_election",
        columns: &[
            "id",
            "name",
            "description",
            "start_datetime",
            "end_datetime",
            "number_of_seats",
            "status",
            "tally_result",
            "created_at",
            "updated_at",
            "url",
            "voting_email_template_id",
            "voting_email_subject",
            "voting_email_html",
            "voting_email_text",
            "quorum",
            "eligible_group_cn",
            "public_ballots_file",
            "public_audit_file",
            "artifacts_generated_at",
        ],
        marks: &["number_of_seats", "end_datetime", "status"],
    },
    Table {
        name: "core_candidate",
        columns: &["id", "freeipa_username", "description", "tiebreak_uuid", "election_id", "nominated_by", "url"],
        marks: &["tiebreak_uuid", "nominated_by", "election_id"],
    },
    Table {
        name: "core_exclusiongroup",
        columns: &["id", "name", "max_elected", "public_id", "election_id"],
        marks: &["max_elected", "public_id", "election_id"],
    },
    Table {
        name: "core_exclusiongroupcandidate",
        columns: &["id", "candidate_id", "exclusion_group_id"],
        marks: &["candidate_id", "exclusion_group_id"],
    },
    Table {
        name: "core_votingcredential",
        columns: &["id", "public_id", "freeipa_username", "weight", "created_at", "election_id"],
        marks: &["public_id", "freeipa_username", "weight"],
    },
    Table {
        name: "core_electionroll",
        columns: &["id", "freeipa_username", "election_id"],
        marks: &["id", "freeipa_username", "election_id"],
    },
    Table {
        name: "core_ballot",
        columns: &[
            "id",
            "credential_public_id",
            "ranking",
            "weight",
            "ballot_hash",
            "created_at",
            "election_id",
            "previous_chain_hash",
            "chain_hash",
            "superseded_by_id",
            "is_counted",
        ],
        marks: &["credential_public_id", "ballot_hash", "previous_chain_hash"],
    },
    Table {
        name: "core_auditlogentry",
        columns: &[
            "id",
            "timestamp",
            "event_type",
            "payload",
            "is_public",
            "election_id",
            "organization_id",
            "rekor_canonical_message_version",
            "rekor_endpoint",
            "rekor_integrated_time",
            "rekor_log_id",
            "rekor_log_index",
            "rekor_message_digest_hex",
        ],
        marks: &["event_type", "payload", "is_public"],
    },
    Table {
        name: "post_office_email",
        columns: &[
            "id",
            "from_email",
            "to",
            "cc",
            "bcc",
            "subject",
            "message",
            "html_message",
            "status",
            "created",
            "last_updated",
            "context",
        ],
        marks: &["from_email", "html_message", "context"],
    },
];

const MODELS: &[Model] = &[
    Model { name: "core.election", table: "core_election", foreign_keys: &["voting_email_template"] },
    Model { name: "core.candidate", table: "core_candidate", foreign_keys: &["election"] },
    Model { name: "core.exclusiongroup", table: "core_exclusiongroup", foreign_keys: &["election"] },
    Model {
        name: "core.exclusiongroupcandidate",
        table: "core_exclusiongroupcandidate",
        foreign_keys: &["candidate", "exclusion_group"],
    },
    Model { name: "core.votingcredential", table: "core_votingcredential", foreign_keys: &["election"] },
    Model { name: "core.electionroll", table: "core_electionroll", foreign_keys: &["election"] },
    Model { name: "core.ballot", table: "core_ballot", foreign_keys: &["election", "superseded_by"] },
    Model { name: "core.auditlogentry", table: "core_auditlogentry", foreign_keys: &["election", "organization"] },
    Model { name: "post_office.email", table: "post_office_email", foreign_keys: &["template", "backend_alias"] },
];

/// Columns of a table by its name; empty for an unknown table.
pub fn columns(table: &str) -> &'static [&'static str] {
    TABLES.iter().find(|known| known.name == table).map_or(&[], |known| known.columns)
}

/// Tells what a file holds from its name and first bytes.
pub fn recognise(head: &FileHead) -> Option<FileKind> {
    let text = String::from_utf8_lossy(&head.bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.as_bytes().first()? {
        b'{' | b'[' => json_kind(head, text),
        _ if tables::is_sql(text) => tables::of_sql(text, TABLES),
        _ => tables::of_delimited(head, TABLES),
    }
}

fn json_kind(head: &FileHead, text: &str) -> Option<FileKind> {
    let has = |member: &str| tables::has_member(text, member);
    let rows = |name: &str| Some(FileKind::table(name, Container::Json, None));
    let document = |name: &str| Some(FileKind { holds_rows: false, ..FileKind::table(name, Container::Json, None) });
    let public = |name: &'static str, member: &'static str| {
        Some(FileKind {
            rows_in: Some(member),
            envelope: Some(name),
            holds_rows: false,
            ..FileKind::table(name, Container::Json, None)
        })
    };
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).take(3).collect();
    if bare == "[]" {
        return rows(tables::named(&head.name, TABLES)?.name);
    }
    if text.starts_with('{') {
        let first = tables::first_key(text)?;
        if !columns(&first).is_empty() {
            return document("");
        }
        if has("audit_log") && (has("event_type") || has("algorithm") || first == "audit_log") {
            return public(PUBLIC_AUDIT, "audit_log");
        }
        if has("ballots") && (has("chain_hash") || has("chain_head")) {
            return public(PUBLIC_BALLOTS, "ballots");
        }
        if has("quota") && has("rounds") && has("elected") && (has("retained_totals") || has("forced_excluded")) {
            return document(TALLY_RESULT);
        }
        if has("logIndex") && has("integratedTime") && has("body") {
            return document(LOG_ENTRIES);
        }
        if has("exclusion_groups") {
            // What a person gives beside the export (a configuration, the input of a count) is no part of it.
            return None;
        }
    }
    if text.starts_with('[') && has("model") && has("pk") && has("fields") {
        return MODELS.iter().any(|model| has(model.name)).then(|| FileKind::table(DJANGO, Container::Json, None));
    }
    tables::of_json(head, text, TABLES).and_then(|table| rows(table.name))
}

/// Turns a raw row into a record.
///
/// # Errors
/// [`RowError`] where a field that everything hangs on is missing or unreadable.
pub fn record(kind: &FileKind, row: RawRow, place: Place) -> Result<Record, RowError> {
    let row = match kind.name.as_str() {
        DJANGO => match django::row(MODELS, row)? {
            Some(row) => row,
            None => return Ok(Record::Ignored),
        },
        _ => row,
    };
    let table = if row.table.is_empty() { kind.name.as_str() } else { row.table.as_str() };
    match table {
        PUBLIC_BALLOTS => {
            if !row.has("ballot_hash") && !row.has("chain_hash") {
                return Err(RowError::absent("ballot_hash"));
            }
            Ok(ballot(row, place, "superseded_by"))
        }
        "core_ballot" => {
            tables::required(&row, "id")?;
            tables::required(&row, "election_id")?;
            // Without this column nothing tells which ballots count; an empty field says that this one does.
            if !row.has("superseded_by_id") {
                return Err(RowError::absent("superseded_by_id"));
            }
            Ok(ballot(row, place, "superseded_by_id"))
        }
        // Public events have no number of their own, and copies of one election may lie beside each other: the row is named
        // by where it stands.
        PUBLIC_AUDIT => {
            tables::required(&row, "event_type")?;
            let key = format!("{}/{}", place.file.0, place.row);
            Ok(Record::Row(TableRow { table: PUBLIC_AUDIT.to_owned(), place, key, fields: row.fields }))
        }
        other if !columns(other).is_empty() => {
            let key = format!("{}/{}", place.file.0, tables::required(&row, "id")?);
            Ok(Record::Row(TableRow { table: other.to_owned(), place, key, fields: row.fields }))
        }
        _ => Ok(Record::Ignored),
    }
}

fn ballot(mut row: RawRow, place: Place, replaced: &str) -> Record {
    let mut take =
        |name: &str| row.fields.iter_mut().find(|(field, _)| field == name).and_then(|(_, value)| value.take());
    Record::Ballot(Box::new(BallotRecord {
        number: 0,
        place: Some(place),
        election_id: take("election_id"),
        id: take("id"),
        credential: take("credential_public_id"),
        ballot_hash: take("ballot_hash"),
        previous_chain_hash: take("previous_chain_hash"),
        chain_hash: take("chain_hash"),
        ranking: take("ranking"),
        weight: take("weight"),
        is_counted: take("is_counted"),
        superseded_by: take(replaced),
        created_at: take("created_at"),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(name: &str, text: &str) -> Option<String> {
        let head = FileHead { name: name.to_owned(), bytes: text.as_bytes().to_vec(), is_gzip: false };
        recognise(&head).map(|kind| kind.name)
    }

    #[test]
    fn files_are_told_by_their_members() {
        let ballots = r#"{"chain_head": "x", "ballots": []}"#;
        assert_eq!(kind_of("a.json", ballots).as_deref(), Some(PUBLIC_BALLOTS));
        assert_eq!(kind_of("a.json", r#"{"algorithm": {}, "audit_log": []}"#).as_deref(), Some(PUBLIC_AUDIT));
        assert_eq!(kind_of("a.json", r#"{"core_election": [], "core_ballot": []}"#).as_deref(), Some(""));
        let dumpdata = r#"[{"model": "core.ballot", "pk": 1, "fields": {}}]"#;
        assert_eq!(kind_of("a.json", dumpdata).as_deref(), Some(DJANGO));
        assert_eq!(kind_of("a.sql", "--\nCOPY public.core_ballot (id) FROM stdin;").as_deref(), Some(""));
        assert_eq!(kind_of("core_ballot.json", "[]").as_deref(), Some("core_ballot"));
        let receipts =
            r#"[{"election_id": 1, "voting_credential": "c", "ballot_hash": "h", "previous_chain_hash": "p"}]"#;
        assert_eq!(kind_of("receipts.json", receipts), None, "what voters hold is no export");
        assert_eq!(kind_of("a.json", r#"{"seats": 3, "candidates": [], "ballots": [{"weight": 1}]}"#), None);
    }
}
