//! The rows of a case table by table, whatever kind of table holds them: a name, a key, and fields as texts. Bundles and
//! comparisons look at a case in this way.

use domain::vote::VOTE_COLUMNS;
use domain::{AuditRecord, AuditSource, BallotRecord, Place, VoteView};
use serde_json::{Map, Value, json};
use store::{Reader, StoreError};

use crate::Error;

/// One row.
pub(crate) struct CaseRow {
    pub(crate) place: Option<Place>,
    /// How findings name it, or its own key.
    pub(crate) key: String,
    /// Texts and nulls by column.
    pub(crate) fields: Map<String, Value>,
}

/// Where the rows of a table are kept.
enum Kept {
    Votes,
    Ballots,
    Entries(AuditSource),
    Rows(String),
}

/// A table that holds rows.
pub(crate) struct CaseTable {
    pub(crate) name: String,
    kept: Kept,
}

/// Every table of a case that holds rows.
pub(crate) fn tables(reader: &Reader) -> Result<Vec<CaseTable>, Error> {
    let mut found = Vec::new();
    let mut add = |name: &str, kept| found.push(CaseTable { name: name.to_owned(), kept });
    if reader.last_vote_number()? > 0 {
        add("votes", Kept::Votes);
    }
    if reader.ballot_count()? > 0 {
        add("ballots", Kept::Ballots);
    }
    for (source, ..) in reader.audit_sources()? {
        let name = match source {
            AuditSource::Table => "audit_log",
            AuditSource::Shipped => "audit_log_shipped",
            AuditSource::Archive => "audit_log_archived",
            AuditSource::Export => "audit_log_export",
            AuditSource::List => "audit_log_listed",
        };
        add(name, Kept::Entries(source));
    }
    for (name, _) in reader.tables()? {
        // A table of its own with that name goes first.
        let is_taken = found.iter().any(|table| table.name == name);
        let shown = if is_taken { format!("{name}_rows") } else { name.clone() };
        found.push(CaseTable { name: shown, kept: Kept::Rows(name) });
    }
    Ok(found)
}

impl CaseTable {
    /// Whether this is the table of votes or ballots of a source system.
    pub(crate) fn holds_ballots_of(&self, system: &str) -> bool {
        match &self.kept {
            Kept::Votes => system == "logbook",
            Kept::Ballots => system == "astra",
            Kept::Entries(_) => false,
            Kept::Rows(name) => match system {
                "scrutineer" => name == importers::scrutineer::tables::BALLOTS,
                "electra" => name == "votes",
                _ => false,
            },
        }
    }

    /// Goes over the rows in the order of the export; the first failure ends it.
    pub(crate) fn each(
        &self,
        reader: &Reader,
        take: &mut dyn FnMut(CaseRow) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut failure = None;
        let mut keep = |row: CaseRow| {
            failure = take(row).err();
            failure.is_none()
        };
        self.scan(reader, &mut keep)?;
        failure.map_or(Ok(()), Err)
    }

    fn scan(&self, reader: &Reader, keep: &mut dyn FnMut(CaseRow) -> bool) -> Result<(), StoreError> {
        match &self.kept {
            Kept::Votes => {
                let last = reader.last_vote_number()?;
                reader.scan_votes((0, last), &mut |vote, _| {
                    keep(CaseRow { place: vote.place, key: format!("vote:{}", vote.id), fields: vote_fields(vote) })
                })
            }
            Kept::Ballots => {
                let last = reader.ballot_count()?;
                reader.scan_ballots((0, last), &mut |ballot| {
                    keep(CaseRow { place: ballot.place, key: ballot.subject(), fields: ballot_fields(&ballot) })
                })
            }
            Kept::Entries(source) => reader.scan_audit((i64::MIN, i64::MAX), &mut |_, entry| {
                entry.source != *source
                    || keep(CaseRow {
                        place: Some(entry.place),
                        key: format!("audit:{}", entry.id),
                        fields: entry_fields(&entry),
                    })
            }),
            Kept::Rows(name) => reader.scan_rows(name, &mut |found| {
                let fields: Map<String, Value> =
                    found.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                let hash = fields.get("ballot_hash").and_then(Value::as_str);
                let hash = hash.filter(|_| *name == importers::scrutineer::tables::BALLOTS);
                let key = hash.map_or_else(|| found.key.clone(), |hash| format!("ballot:{hash}"));
                keep(CaseRow { place: Some(found.place), key, fields })
            }),
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn vote_fields(vote: &VoteView<'_>) -> Map<String, Value> {
    VOTE_COLUMNS.iter().map(|name| ((*name).to_owned(), vote.column(name).into())).collect()
}

fn ballot_fields(ballot: &BallotRecord) -> Map<String, Value> {
    object(json!({
        "election_id": ballot.election_id,
        "id": ballot.id,
        "credential": ballot.credential,
        "ballot_hash": ballot.ballot_hash,
        "previous_chain_hash": ballot.previous_chain_hash,
        "chain_hash": ballot.chain_hash,
        "ranking": ballot.ranking,
        "weight": ballot.weight,
        "is_counted": ballot.is_counted,
        "superseded_by": ballot.superseded_by,
        "created_at": ballot.created_at,
    }))
}

fn entry_fields(entry: &AuditRecord) -> Map<String, Value> {
    object(json!({
        "id": entry.id.to_string(),
        "timestamp": entry.timestamp,
        "timestamp_nanos": entry.timestamp_nanos,
        "event_type": entry.event_type,
        "event_category": entry.event_category,
        "severity": entry.severity,
        "user_id": entry.user_id,
        "username": entry.username,
        "session_id": entry.session_id,
        "organization_id": entry.organization_id,
        "ip_address": entry.ip_address,
        "user_agent": entry.user_agent,
        "event_data": entry.event_data,
        "previous_hash": entry.previous_hash,
        "current_hash": entry.current_hash,
        "hash_version": entry.hash_version.map(|version| version.to_string()),
    }))
}
