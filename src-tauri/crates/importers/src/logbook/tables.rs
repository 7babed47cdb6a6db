//! Tables and documents of The Logbook: names, columns, recognition, and the step from raw row to record.

use domain::vote::VOTE_COLUMNS;
use domain::{AuditRecord, AuditSource, Place, Record, TableRow};

use crate::formats::RawRow;
use crate::inputs::FileHead;
use crate::reading::{Container, FileKind, RowError};
use crate::tables::{self, Table};

/// Columns of `audit_logs`.
const AUDIT: &[&str] = &[
    "id",
    "timestamp",
    "timestamp_nanos",
    "event_type",
    "event_category",
    "severity",
    "user_id",
    "username",
    "session_id",
    "organization_id",
    "ip_address",
    "user_agent",
    "geo_location",
    "event_data",
    "previous_hash",
    "current_hash",
    "hash_version",
    "created_at",
];

const ELECTIONS: &[&str] = &[
    "id",
    "organization_id",
    "title",
    "description",
    "election_type",
    "positions",
    "ballot_items",
    "position_eligibility",
    "email_sent",
    "email_sent_at",
    "email_recipients",
    "meeting_date",
    "meeting_id",
    "event_id",
    "start_date",
    "end_date",
    "auto_open",
    "reminder_hours_before_close",
    "reminder_sent_at",
    "nomination_deadline",
    "status",
    "anonymous_voting",
    "allow_write_ins",
    "max_votes_per_position",
    "results_visible_immediately",
    "eligible_voters",
    "voting_method",
    "victory_condition",
    "victory_threshold",
    "victory_percentage",
    "tie_policy",
    "eligible_roster_snapshot",
    "enable_runoffs",
    "runoff_type",
    "max_runoff_rounds",
    "is_runoff",
    "parent_election_id",
    "runoff_round",
    "voter_anonymity_salt",
    "attendees",
    "voter_overrides",
    "proxy_authorizations",
    "quorum_type",
    "quorum_value",
    "last_chain_hash",
    "rollback_history",
    "created_by",
    "created_at",
    "updated_at",
];

const CANDIDATES: &[&str] = &[
    "id",
    "election_id",
    "user_id",
    "name",
    "position",
    "statement",
    "photo_url",
    "nomination_date",
    "nominated_by",
    "accepted",
    "is_write_in",
    "merged_into_candidate_id",
    "display_order",
    "created_at",
    "updated_at",
];

const TOKENS: &[&str] = &[
    "id",
    "organization_id",
    "election_id",
    "token",
    "voter_hash",
    "created_at",
    "expires_at",
    "used",
    "used_at",
    "is_test",
    "eligible_item_ids",
    "eligible_positions",
    "first_accessed_at",
    "access_count",
    "positions_voted",
];

const CHECKPOINTS: &[&str] = &[
    "id",
    "checkpoint_time",
    "first_log_id",
    "last_log_id",
    "merkle_root",
    "checkpoint_hash",
    "signature",
    "total_entries",
    "verified_at",
    "archived_at",
    "last_log_hash",
    "archive_attestation",
    "created_at",
];

const BATCHES: &[&str] = &[
    "id",
    "election_id",
    "organization_id",
    "recorded_by",
    "notes",
    "status",
    "required_attestations",
    "ballots_cast",
    "created_at",
    "confirmed_at",
];

const ATTESTATIONS: &[&str] = &["id", "batch_id", "organization_id", "attested_by", "attested_at"];

const USERS: &[&str] = &["id", "organization_id", "username", "first_name", "last_name", "membership_type", "status"];

const TEMPLATES: &[&str] =
    &["id", "organization_id", "name", "description", "structure", "created_by", "created_at", "updated_at"];

const TABLES: &[Table] = &[
    Table { name: "votes", columns: &VOTE_COLUMNS, marks: &["election_id", "candidate_id", "voted_at"] },
    Table { name: "audit_logs", columns: AUDIT, marks: &["event_type", "event_data", "current_hash"] },
    Table { name: "elections", columns: ELECTIONS, marks: &["title", "voting_method", "start_date"] },
    Table { name: "voting_tokens", columns: TOKENS, marks: &["token", "voter_hash", "expires_at"] },
    Table {
        name: "audit_log_checkpoints",
        columns: CHECKPOINTS,
        marks: &["first_log_id", "last_log_id", "merkle_root"],
    },
    Table {
        name: "manual_ballot_batches",
        columns: BATCHES,
        marks: &["required_attestations", "election_id", "status"],
    },
    Table { name: "manual_ballot_attestations", columns: ATTESTATIONS, marks: &["batch_id", "attested_by"] },
    Table { name: "candidates", columns: CANDIDATES, marks: &["election_id", "name", "position"] },
    Table { name: "users", columns: USERS, marks: &["username", "membership_type"] },
    Table { name: "saved_ballot_templates", columns: TEMPLATES, marks: &["structure", "name"] },
];

/// Documents: answers of the API. Recognised by the members that only they have.
const DOCUMENTS: &[(&str, &[&str])] = &[
    ("forensics", &["vote_integrity", "anomaly_detection"]),
    ("integrity", &["integrity_status", "tampered_vote_ids"]),
    ("results", &["results_by_position", "overall_results"]),
    ("stats", &["total_votes_cast", "votes_by_position"]),
];

/// Columns of a table by its name; empty for an unknown table.
pub fn columns(table: &str) -> &'static [&'static str] {
    TABLES.iter().find(|known| known.name == table).map_or(&[], |known| known.columns)
}

/// Tells what a file holds from its name and first bytes.
pub fn recognise(head: &FileHead) -> Option<FileKind> {
    let text = String::from_utf8_lossy(&head.bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first = text.as_bytes().first()?;
    match first {
        b'{' | b'[' => json_kind(head, text),
        _ if tables::is_sql(text) => tables::of_sql(text, TABLES),
        _ => tables::of_delimited(head, TABLES),
    }
}

/// Fuller sources win: table dump, shipped lines, archive, official export, list answer.
fn poverty(name: &str) -> u8 {
    match name {
        "audit_shipping" => 1,
        "audit_archive" => 2,
        "audit_export" => 3,
        "audit_list" => 4,
        _ => 0,
    }
}

fn json_kind(head: &FileHead, text: &str) -> Option<FileKind> {
    let kind = |name: &str| {
        let rows_in = match name {
            "audit_export" => Some("entries"),
            "audit_list" => Some("logs"),
            _ => None,
        };
        Some(FileKind {
            name: name.to_owned(),
            container: Container::Json,
            dialect: None,
            rows_in,
            envelope: None,
            poverty: poverty(name),
            holds_rows: !columns(name).is_empty() || matches!(name, "audit_shipping" | "audit_archive"),
        })
    };
    let has = |member: &str| tables::has_member(text, member);
    // A list with nothing in it is told by its name.
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).take(3).collect();
    if bare == "[]" {
        return kind(tables::named(&head.name, TABLES)?.name);
    }
    if text.starts_with('{') {
        if let Some(first_key) = tables::first_key(text)
            && !columns(&first_key).is_empty()
        {
            return kind("");
        }
        if let Some((name, _)) = DOCUMENTS.iter().find(|(_, members)| members.iter().all(|member| has(member))) {
            return kind(name);
        }
        if has("exported_at") && has("entries") {
            return kind("audit_export");
        }
        if has("logs") && has("event_type") && has("total") || (tables::first_key(text).as_deref() == Some("logs")) {
            return kind("audit_list");
        }
        // One object a line from here on: shipped audit lines, archives, tables.
        if has("event_type") && has("current_hash") && has("previous_hash") {
            let is_table = has("created_at") && has("session_id");
            return kind(match (head.is_gzip || head.name.starts_with("audit_archive"), is_table) {
                (true, _) => "audit_archive",
                (false, true) => "audit_logs",
                (false, false) => "audit_shipping",
            });
        }
    }
    if tables::is_php_my_admin(text, TABLES) {
        return kind("");
    }
    tables::of_json(head, text, TABLES).and_then(|table| kind(table.name))
}

/// Turns a raw row of any table but `votes` into a record.
///
/// # Errors
/// [`RowError`] where a field that everything hangs on is missing or unreadable.
pub fn record(kind: &FileKind, row: RawRow, place: Place) -> Result<Record, RowError> {
    let table = if row.table.is_empty() { kind.name.as_str() } else { row.table.as_str() };
    match table {
        "audit_logs" => audit(row, place, AuditSource::Table).map(|entry| Record::Audit(Box::new(entry))),
        "audit_shipping" => audit(row, place, AuditSource::Shipped).map(|entry| Record::Audit(Box::new(entry))),
        "audit_archive" => audit(row, place, AuditSource::Archive).map(|entry| Record::Audit(Box::new(entry))),
        "audit_export" => audit(row, place, AuditSource::Export).map(|entry| Record::Audit(Box::new(entry))),
        "audit_list" => audit(row, place, AuditSource::List).map(|entry| Record::Audit(Box::new(entry))),
        "saved_ballot_templates" => Ok(Record::Ignored),
        other if !columns(other).is_empty() => {
            let key = tables::required(&row, "id")?.to_owned();
            Ok(Record::Row(TableRow { table: other.to_owned(), place, key, fields: row.fields }))
        }
        _ => Ok(Record::Ignored),
    }
}

/// The place of a column of `votes` among [`VOTE_COLUMNS`].
pub fn vote_column(name: &str) -> Option<usize> {
    VOTE_COLUMNS.iter().position(|column| *column == name)
}

fn audit(mut row: RawRow, place: Place, source: AuditSource) -> Result<AuditRecord, RowError> {
    let id = tables::required(&row, "id")?;
    let id = id.parse::<i64>().map_err(|_| RowError {
        column: "id".to_owned(),
        reason: format!("a whole number was expected, not {id:?}"),
    })?;
    let event_type = tables::required(&row, "event_type")?.to_owned();
    let hash_version = match row.get("hash_version") {
        None | Some("") => None,
        Some(text) => Some(text.parse::<i64>().map_err(|_| RowError {
            column: "hash_version".to_owned(),
            reason: format!("a whole number or nothing was expected, not {text:?}"),
        })?),
    };
    let mut take =
        |name: &str| row.fields.iter_mut().find(|(field, _)| field == name).and_then(|(_, value)| value.take());
    Ok(AuditRecord {
        place,
        source,
        id,
        timestamp: take("timestamp"),
        timestamp_nanos: take("timestamp_nanos"),
        event_type,
        event_category: take("event_category"),
        severity: take("severity"),
        user_id: take("user_id").filter(|text| !text.is_empty()),
        username: take("username").filter(|text| !text.is_empty()),
        session_id: take("session_id").filter(|text| !text.is_empty()),
        organization_id: take("organization_id").filter(|text| !text.is_empty()),
        ip_address: take("ip_address").filter(|text| !text.is_empty()),
        user_agent: take("user_agent").filter(|text| !text.is_empty()),
        event_data: take("event_data").filter(|text| !text.is_empty()),
        previous_hash: take("previous_hash"),
        current_hash: take("current_hash"),
        hash_version,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(name: &str, text: &str) -> Option<String> {
        let head = FileHead { name: name.to_owned(), bytes: text.as_bytes().to_vec(), is_gzip: false };
        recognise(&head).map(|kind| kind.name)
    }

    #[test]
    fn tables_are_told_by_their_columns_not_by_their_names() {
        assert_eq!(kind_of("x.csv", "id,election_id,candidate_id,voted_at\n"), Some("votes".to_owned()));
        assert_eq!(
            kind_of("x.json", r#"[{"id": "a", "token": "t", "voter_hash": "h", "expires_at": "x"}]"#),
            Some("voting_tokens".to_owned())
        );
        assert_eq!(kind_of("votes.csv", "a,b,c\n1,2,3\n"), None, "a wrong file with a right name is not taken");
        assert_eq!(kind_of("audit_log_checkpoints.json", "[ ]"), Some("audit_log_checkpoints".to_owned()));
        assert_eq!(kind_of("readme.md", "# votes\nhello"), None);
    }

    #[test]
    fn documents_are_told_by_their_members() {
        assert_eq!(
            kind_of("x", r#"{"integrity_status": "PASS", "tampered_vote_ids": []}"#),
            Some("integrity".to_owned())
        );
        assert_eq!(kind_of("x", r#"{"exported_at": "", "entries": []}"#), Some("audit_export".to_owned()));
        assert_eq!(kind_of("x", r#"{"votes": [], "elections": []}"#), Some(String::new()));
    }
}
