//! Tables and files of Electra: names, columns, recognition, and the step from raw row to record.
//!
//! Every row goes to the case under its table's database name, with its id as key. What the API lists of the audit log goes
//! to a table of its own ([`AUDIT_API`]), because it lacks the hashes: it is compared with the log, never verified.

use domain::{Place, Record, TableRow};

use crate::django;
use crate::formats::RawRow;
use crate::formats::delimited::{Dialect, Style};
use crate::formats::outline::{self, Member};
use crate::inputs::FileHead;
use crate::reading::{Container, FileKind, RowError};

/// The hash chain.
pub const AUDIT_LOG: &str = "audit_log";
/// Pages of the API with entries of it.
pub const AUDIT_API: &str = "audit_api";
/// Document: what stands around the rows of such a page.
pub const AUDIT_API_PAGE: &str = "audit_api_page";
/// Document: the server's answer to its own verification of the log.
pub const AUDIT_VERIFICATION: &str = "audit_verification";
/// The second log, one signed JSON object a line.
pub const AUDIT_JSONL: &str = "audit_jsonl";
/// Elections.
pub const ELECTIONS: &str = "elections_election";
/// Tokens.
pub const TOKENS: &str = "ballots_ballot_token";
/// Notes on tokens.
pub const USAGE_LOG: &str = "ballots_usage_log";
/// Offline submissions to the token endpoint.
pub const BALLOT_QUEUE: &str = "ballots_offline_queue";
/// Votes.
pub const VOTES: &str = "votes_vote";
/// Companions of votes.
pub const VOTE_TOKENS: &str = "votes_vote_token";
/// Offline submissions to the vote endpoint.
pub const VOTE_QUEUE: &str = "votes_offline_queue";
/// Notes on votes.
pub const VOTE_NOTES: &str = "votes_audit_log";
/// Records of analytics exports.
pub const EXPORTS: &str = "analytics_export_verification";
/// People.
pub const USERS: &str = "electra_auth_user";
/// File: a delivered analytics export, kept whole.
pub const EXPORT_FILE: &str = "analytics_export";
/// Document: turnout as the API answers it.
pub const TURNOUT: &str = "turnout";
/// Kind of a file that holds several tables as Django writes them.
const DUMP: &str = "dumpdata";

/// One table: its name, its columns in database order, and those that tell it from every other table.
struct Table {
    name: &'static str,
    columns: &'static [&'static str],
    marks: &'static [&'static str],
    /// App that its model belongs to.
    app: &'static str,
}

const TABLES: &[Table] = &[
    Table {
        name: AUDIT_LOG,
        columns: &[
            "id",
            "action_type",
            "action_description",
            "user_identifier",
            "session_key",
            "ip_address",
            "user_agent",
            "target_resource_type",
            "target_resource_id",
            "outcome",
            "metadata",
            "error_details",
            "timestamp",
            "previous_hash",
            "content_hash",
            "chain_position",
            "signature",
            "is_sealed",
            "election_id",
            "user_id",
        ],
        marks: &["action_type", "previous_hash", "content_hash", "chain_position"],
        app: "audit",
    },
    Table {
        name: AUDIT_JSONL,
        columns: &[
            "id",
            "timestamp",
            "event_type",
            "user_id",
            "data",
            "version",
            "system",
            "content_hash",
            "signature",
            "signed_at",
        ],
        marks: &["event_type", "data", "system", "content_hash", "signed_at"],
        app: "",
    },
    Table {
        name: TOKENS,
        columns: &[
            "id",
            "token_uuid",
            "signature",
            "status",
            "issued_at",
            "expires_at",
            "used_at",
            "invalidated_at",
            "offline_data",
            "issued_ip",
            "issued_user_agent",
            "election_id",
            "user_id",
        ],
        marks: &["token_uuid", "signature", "issued_at", "expires_at", "user_id", "election_id", "issued_ip"],
        app: "ballots",
    },
    Table {
        name: USAGE_LOG,
        columns: &["id", "action", "ip_address", "user_agent", "metadata", "timestamp", "ballot_token_id"],
        marks: &["action", "metadata", "timestamp", "ballot_token_id"],
        app: "ballots",
    },
    Table {
        name: BALLOT_QUEUE,
        columns: &[
            "id",
            "encrypted_data",
            "is_synced",
            "created_at",
            "synced_at",
            "sync_attempts",
            "last_sync_error",
            "ballot_token_id",
        ],
        marks: &["encrypted_data", "is_synced", "sync_attempts", "ballot_token_id"],
        app: "ballots",
    },
    Table {
        name: VOTES,
        columns: &[
            "id",
            "vote_token",
            "encrypted_data",
            "encryption_nonce",
            "signature",
            "status",
            "ballot_token_hash",
            "submitted_at",
            "submitted_ip",
            "encryption_key_hash",
            "election_id",
        ],
        marks: &["vote_token", "encrypted_data", "encryption_nonce", "signature", "ballot_token_hash"],
        app: "votes",
    },
    Table {
        name: VOTE_NOTES,
        columns: &[
            "id",
            "action",
            "vote_token",
            "ballot_token_hash",
            "ip_address",
            "user_agent",
            "metadata",
            "timestamp",
            "result",
            "error_details",
            "election_id",
            "vote_id",
        ],
        marks: &["action", "vote_token", "ballot_token_hash", "result", "vote_id"],
        app: "votes",
    },
    Table {
        name: VOTE_TOKENS,
        columns: &["id", "vote_token", "ballot_token_hash", "is_used", "created_at", "used_at", "election_id"],
        marks: &["vote_token", "ballot_token_hash", "is_used", "election_id"],
        app: "votes",
    },
    Table {
        name: VOTE_QUEUE,
        columns: &[
            "id",
            "encrypted_vote_data",
            "client_timestamp",
            "queued_at",
            "is_synced",
            "synced_at",
            "sync_result",
            "client_ip",
            "ballot_token_id",
        ],
        marks: &["encrypted_vote_data", "queued_at", "is_synced", "ballot_token_id"],
        app: "votes",
    },
    Table {
        name: EXPORTS,
        columns: &[
            "id",
            "export_type",
            "content_hash",
            "verification_hash",
            "export_params",
            "filename",
            "file_size",
            "created_at",
            "request_ip",
            "requested_by_id",
        ],
        marks: &["export_type", "content_hash", "verification_hash", "filename", "requested_by_id"],
        app: "analytics",
    },
    Table {
        name: ELECTIONS,
        columns: &[
            "id",
            "title",
            "description",
            "start_time",
            "end_time",
            "status",
            "delayed_reveal",
            "created_at",
            "updated_at",
            "created_by_id",
        ],
        marks: &["title", "start_time", "end_time", "status", "delayed_reveal"],
        app: "elections",
    },
    Table {
        name: USERS,
        columns: &["id", "email", "matric_number", "staff_id", "full_name", "role", "is_active", "date_joined"],
        marks: &["email", "matric_number", "staff_id", "role"],
        app: "electra_auth",
    },
];

/// Marks of an API page's rows.
const LISTED: &[&str] = &["action_type", "action_type_display", "chain_position", "outcome_display"];

/// Relations: `dumpdata` names them without the `_id` of their column.
const FOREIGN_KEYS: &[&str] = &["user", "election", "ballot_token", "vote", "requested_by", "created_by"];

impl Table {
    fn has_marks(&self, names: &[&str]) -> bool {
        self.marks.iter().all(|mark| names.contains(mark))
    }
}

/// Columns of a table by its name; empty for an unknown table.
pub fn columns(table: &str) -> &'static [&'static str] {
    TABLES.iter().find(|known| known.name == table).map_or(&[], |known| known.columns)
}

fn kind(name: &str, container: Container) -> FileKind {
    FileKind {
        name: name.to_owned(),
        container,
        dialect: None,
        rows_in: None,
        envelope: None,
        holds_rows: !columns(name).is_empty() || matches!(name, AUDIT_API | DUMP),
        poverty: 0,
    }
}

/// Tells what a file holds from its name and first bytes.
pub fn recognise(head: &FileHead) -> Option<FileKind> {
    if is_export_file(head) {
        return Some(kind(EXPORT_FILE, Container::Whole));
    }
    let text = String::from_utf8_lossy(&head.bytes);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.as_bytes().first()? {
        b'{' | b'[' => json_kind(head, text),
        _ => sql_kind(text).or_else(|| delimited_kind(head)),
    }
}

/// A delivered export: by its first line, or by the name that the origin gives it (Electra, "Files").
fn is_export_file(head: &FileHead) -> bool {
    const FIRST_LINE: &[u8] = b"# Electra Analytics Export";
    let bytes = head.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&head.bytes);
    if bytes.starts_with(FIRST_LINE) {
        return true;
    }
    let Some((base, extension)) = head.name.rsplit_once('.') else { return false };
    let has_magic = match extension {
        "xlsx" => bytes.starts_with(b"PK"),
        "pdf" => bytes.starts_with(b"%PDF"),
        _ => false,
    };
    has_magic && ["turnout_metrics_", "time_series_"].iter().any(|start| base.starts_with(start))
}

fn json_kind(head: &FileHead, text: &str) -> Option<FileKind> {
    // A list with nothing in it is told by its name.
    let bare: String = text.chars().filter(|letter| !letter.is_whitespace()).take(3).collect();
    if bare == "[]" {
        return TABLES.iter().find(|table| is_named(head, table)).map(|table| kind(table.name, Container::Json));
    }
    let members = outline::members(text);
    let has_all = |names: &[&str], wanted: &[&str]| wanted.iter().all(|name| names.contains(name));
    if text.starts_with('{') {
        let names = outline::first_names(&members, 1);
        if has_all(&names, &["count", "results"]) && has_all(&outline::first_names(&members, 3), LISTED) {
            // The summary holds less than the details, so it comes behind them.
            let is_summary = !outline::first_names(&members, 3).contains(&"metadata");
            return Some(FileKind {
                rows_in: Some("results"),
                envelope: Some(AUDIT_API_PAGE),
                poverty: 2 + u8::from(is_summary),
                ..kind(AUDIT_API, Container::Json)
            });
        }
        if has_all(&names, &["is_valid", "total_entries", "verified_entries", "failed_entries", "chain_breaks"]) {
            return Some(kind(AUDIT_VERIFICATION, Container::Json));
        }
        if has_all(&names, &["overall_turnout", "per_election", "summary"]) {
            return Some(kind(TURNOUT, Container::Json));
        }
        if names.first().is_some_and(|name| !columns(name).is_empty()) {
            return Some(FileKind { holds_rows: false, ..kind("", Container::Json) });
        }
        return table_of(head, &names).map(|table| kind(table.name, Container::Json));
    }
    if is_dump(&members) {
        return Some(FileKind { poverty: 1, ..kind(DUMP, Container::Json) });
    }
    table_of(head, &outline::first_names(&members, 2)).map(|table| kind(table.name, Container::Json))
}

/// The table of a model. The names of the models are the developers' own affair, so the app and the columns tell.
fn table_of_model(model: &str, columns: &[&str]) -> Option<&'static Table> {
    let (app, _) = model.split_once('.')?;
    TABLES.iter().find(|table| table.app == app && table.has_marks(columns))
}

/// True where the text begins like a dump and one of the models in it is ours.
fn is_dump(members: &[Member<'_>]) -> bool {
    let first = outline::first_names(members, 2);
    if !["model", "fields"].iter().all(|name| first.contains(name)) {
        return false;
    }
    members.iter().enumerate().any(|(at, member)| {
        if member.depth != 2 || member.name != "model" {
            return false;
        }
        // The fields of this object, as far as the text goes.
        let own = members[at..].iter().take_while(|other| other.depth != 2 || other.object == member.object);
        let names: Vec<String> = own
            .filter(|other| other.depth == 3)
            .map(|other| {
                let is_relation = FOREIGN_KEYS.contains(&other.name);
                if is_relation { format!("{}_id", other.name) } else { other.name.to_owned() }
            })
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        table_of_model(member.text.unwrap_or_default(), &names).is_some()
    })
}

/// The table that rows with these columns belong to.
fn table_of(head: &FileHead, names: &[&str]) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.has_marks(names)).or_else(|| {
        // A first row that is longer than what was looked at shows only some of its marks; then the name must help.
        let is_cut = head.bytes.len() >= crate::inputs::HEAD_BYTES;
        let has_some = |table: &&Table| table.marks.iter().any(|mark| names.contains(mark));
        TABLES.iter().filter(has_some).find(|table| is_cut && is_named(head, table))
    })
}

fn is_named(head: &FileHead, table: &Table) -> bool {
    head.name.rsplit_once('.').map_or(head.name.as_str(), |(base, _)| base) == table.name
}

/// `pg_dump` in plain form names the tables in its `COPY` lines or `INSERT` statements.
fn sql_kind(text: &str) -> Option<FileKind> {
    let starts = ["COPY ", "INSERT INTO "];
    let names = |line: &str| {
        let rest = starts.iter().find_map(|start| line.strip_prefix(start))?;
        let name = rest.split([' ', '(']).next()?;
        let name = name.rsplit('.').next()?.trim_matches('"');
        TABLES.iter().find(|table| table.name == name)
    };
    text.lines().any(|line| names(line).is_some()).then(|| FileKind { holds_rows: true, ..kind("", Container::Sql) })
}

fn delimited_kind(head: &FileHead) -> Option<FileKind> {
    let line = head.bytes.split(|byte| *byte == b'\n').next()?;
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    [b',', b';', b'\t'].into_iter().find_map(|delimiter| {
        let names = Dialect::header_of(line, delimiter);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let table = TABLES.iter().find(|table| table.has_marks(&names))?;
        // `COPY` doubles its quotes and escapes nothing: texts are full of backslashes that mean themselves. Between tabs it
        // is the other way round.
        let (style, container) = match delimiter {
            b'\t' => (Style::Plain, Container::Tsv),
            _ => (Style::Quoted, Container::Csv),
        };
        let dialect = Dialect { delimiter, style, columns: None };
        Some(FileKind { dialect: Some(dialect), ..kind(table.name, container) })
    })
}

/// Turns a raw row into a record.
///
/// # Errors
/// [`RowError`] where a field that everything hangs on is missing or unreadable.
pub fn record(kind: &FileKind, row: RawRow, place: Place) -> Result<Record, RowError> {
    let row = if kind.name == DUMP {
        let model = row.get("model").ok_or_else(|| RowError::absent("model"))?;
        let fields = django::columns(&row, FOREIGN_KEYS)?;
        let names: Vec<&str> = fields.iter().map(|(name, _)| name.as_str()).collect();
        match table_of_model(model, &names) {
            Some(table) => RawRow { table: table.name.to_owned(), number: row.number, fields },
            None => return Ok(Record::Ignored),
        }
    } else {
        row
    };
    let table = if row.table.is_empty() { kind.name.clone() } else { row.table.clone() };
    if columns(&table).is_empty() && table != AUDIT_API {
        return Ok(Record::Ignored);
    }
    let needed = |column: &str| row.get(column).filter(|text| !text.is_empty()).ok_or_else(|| RowError::absent(column));
    let key = needed("id")?.to_owned();
    if table == AUDIT_LOG {
        let position = needed("chain_position")?;
        position.trim().parse::<i64>().map_err(|_| RowError {
            column: "chain_position".to_owned(),
            reason: format!("a whole number was expected, not {position:?}"),
        })?;
    }
    Ok(Record::Row(TableRow { table, place, key, fields: row.fields }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(name: &str, text: &str) -> Option<(String, u8)> {
        let head = FileHead { name: name.to_owned(), bytes: text.as_bytes().to_vec(), is_gzip: false };
        recognise(&head).map(|kind| (kind.name, kind.poverty))
    }

    fn is(name: &str, poverty: u8) -> Option<(String, u8)> {
        Some((name.to_owned(), poverty))
    }

    #[test]
    fn every_table_is_told_by_its_own_columns_and_by_no_others() {
        for table in TABLES {
            assert_eq!(kind_of("x.csv", &format!("{}\n", table.columns.join(","))), is(table.name, 0));
            let members: Vec<String> = table.columns.iter().map(|column| format!("\"{column}\": \"x\"")).collect();
            let object = format!("{{{}}}", members.join(", "));
            assert_eq!(kind_of("x.json", &format!("[{object}]")), is(table.name, 0));
            assert_eq!(kind_of("x.jsonl", &format!("{object}\n{object}\n")), is(table.name, 0));
            let nested = format!("[{{\"case\": \"a\", \"row\": {object}}}]");
            assert_eq!(kind_of("cases.json", &nested), None, "rows inside other objects are no table");
            assert_eq!(kind_of(&format!("{}.json", table.name), "[\n]"), is(table.name, 0));
            if !table.app.is_empty() {
                let bare = object.replace("_by_id\"", "_by\"").replace("_token_id\"", "_token\"");
                let bare = bare.replace("\"vote_id\"", "\"vote\"").replace("\"election_id\"", "\"election\"");
                let bare = bare.replace("\"user_id\"", "\"user\"");
                let dump = format!("[{{\"model\": \"{}.x\", \"pk\": \"1\", \"fields\": {bare}}}]", table.app);
                assert_eq!(kind_of("x.json", &dump), is(DUMP, 1), "{dump}");
                let copy = format!("--\nCOPY public.{} (id) FROM stdin;\n", table.name);
                assert_eq!(kind_of("x.sql", &copy), is("", 0));
            }
        }
        assert_eq!(kind_of("audit_log.csv", "a,b\n1,2\n"), None, "a wrong file with a right name is not taken");
        assert_eq!(kind_of("x.pem", "-----BEGIN PUBLIC KEY-----\n"), None);
    }

    #[test]
    fn exports_are_told_by_their_first_line_or_their_name() {
        assert_eq!(kind_of("renamed.csv", "# Electra Analytics Export\r\n"), is(EXPORT_FILE, 0));
        assert_eq!(kind_of("turnout_metrics_20260303_173301.xlsx", "PK\u{3}\u{4}"), is(EXPORT_FILE, 0));
        assert_eq!(kind_of("time_series_daily_20260303_173351.pdf", "%PDF-1.4"), is(EXPORT_FILE, 0));
        assert_eq!(kind_of("budget.xlsx", "PK\u{3}\u{4}"), None);
    }
}
