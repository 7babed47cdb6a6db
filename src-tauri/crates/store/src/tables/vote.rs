//! Votes: compact, in the order of the export, and lossless.

use std::collections::HashMap;

use domain::{FileId, Place, VoteRecord};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter};

use super::short::{self, Short};
use crate::StoreError;

/// Columns written per vote, in statement order.
const COLUMNS: usize = 19;
/// Rows per INSERT statement.
pub const ROWS_PER_INSERT: usize = 32;

/// Names of the texts that repeat, by number.
#[derive(Default)]
pub struct Terms {
    by_text: HashMap<String, i64>,
    by_number: HashMap<i64, String>,
}

impl Terms {
    /// All terms of a case.
    pub fn load(connection: &Connection) -> Result<Self, StoreError> {
        let mut terms = Self::default();
        let mut statement = connection.prepare_cached("SELECT id, text FROM term")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (number, text): (i64, String) = (row.get(0)?, row.get(1)?);
            terms.by_text.insert(text.clone(), number);
            terms.by_number.insert(number, text);
        }
        Ok(terms)
    }

    /// The number of a text, given out anew where it is unknown.
    pub fn number(&mut self, connection: &Connection, text: &str) -> Result<i64, StoreError> {
        if let Some(number) = self.by_text.get(text) {
            return Ok(*number);
        }
        connection.prepare_cached("INSERT INTO term (text) VALUES (?1)")?.execute([text])?;
        let number = connection.last_insert_rowid();
        self.by_text.insert(text.to_owned(), number);
        self.by_number.insert(number, text.to_owned());
        Ok(number)
    }

    /// The number of a text that is known already.
    pub fn find(&self, text: &str) -> Option<i64> {
        self.by_text.get(text).copied()
    }

    /// The text of a number.
    pub fn text(&self, number: i64) -> &str {
        self.by_number.get(&number).map_or("", String::as_str)
    }
}

/// Text of the multi-row INSERT.
pub fn insert_sql(rows: usize) -> String {
    let tuple = format!("({})", vec!["?"; COLUMNS].join(", "));
    format!(
        "INSERT INTO vote (number, file_id, row, vote_id, election, candidate, voter_id, voter_hash, position, vote_rank, voted_at, \
         signature, dedup_hash, chain_hash, receipt_hash, flags, ip_address, user_agent, rest) VALUES {}",
        vec![tuple; rows].join(", ")
    )
}

/// Flags take two bits each: NULL, `0`, `1`, or another text that stands in `rest`.
fn pack_flag(value: Option<&str>) -> i64 {
    match value {
        None => 0,
        Some("0") => 1,
        Some("1") => 2,
        Some(_) => 3,
    }
}

fn unpack_flag(bits: i64, rest: &mut HashMap<String, String>, name: &str) -> Option<String> {
    match bits & 3 {
        0 => None,
        1 => Some("0".to_owned()),
        2 => Some("1".to_owned()),
        _ => rest.remove(name),
    }
}

/// Rare fields, kept together as JSON.
const RARE: [&str; 8] = [
    "recorded_by",
    "manual_batch_id",
    "proxy_voter_id",
    "proxy_authorization_id",
    "proxy_delegating_user_id",
    "deleted_at",
    "deleted_by",
    "deletion_reason",
];

/// Values of one row in statement order.
pub fn encode(
    connection: &Connection,
    terms: &mut Terms,
    number: i64,
    vote: &VoteRecord,
    out: &mut Vec<Short>,
) -> Result<(), StoreError> {
    let place = vote.place.unwrap_or(Place { file: FileId(0), row: 0 });
    let optional_term = |terms: &mut Terms, text: &Option<String>| -> Result<Short, StoreError> {
        Ok(match text {
            None => Short::Null,
            Some(text) => Short::Integer(terms.number(connection, text)?),
        })
    };
    out.push(Short::Integer(number));
    out.push(Short::Integer(place.file.0));
    out.push(Short::Integer(i64::try_from(place.row).unwrap_or(i64::MAX)));
    out.push(short::id(Some(&vote.id)));
    out.push(Short::Integer(terms.number(connection, &vote.election_id)?));
    out.push(Short::Integer(terms.number(connection, &vote.candidate_id)?));
    out.push(short::id(vote.voter_id.as_deref()));
    out.push(short::hash(vote.voter_hash.as_deref()));
    out.push(optional_term(terms, &vote.position)?);
    out.push(short::number(vote.vote_rank.as_deref()));
    out.push(short::time(vote.voted_at.as_deref()));
    out.push(short::hash(vote.vote_signature.as_deref()));
    out.push(short::hash(vote.vote_dedup_hash.as_deref()));
    out.push(short::hash(vote.chain_hash.as_deref()));
    out.push(short::hash(vote.receipt_hash.as_deref()));
    let flags = [("is_test", &vote.is_test), ("is_manual", &vote.is_manual), ("is_proxy_vote", &vote.is_proxy_vote)];
    let mut bits = 0;
    let mut rest = serde_json::Map::new();
    for (index, (name, value)) in flags.into_iter().enumerate() {
        let packed = pack_flag(value.as_deref());
        bits |= packed << (index * 2);
        if packed == 3 {
            rest.insert(name.to_owned(), value.clone().into());
        }
    }
    for name in RARE {
        if let Some(text) = vote.column(name) {
            rest.insert(name.to_owned(), text.into());
        }
    }
    out.push(Short::Integer(bits));
    out.push(vote.ip_address.clone().map_or(Short::Null, Short::Text));
    out.push(optional_term(terms, &vote.user_agent)?);
    out.push(if rest.is_empty() { Short::Null } else { Short::Text(serde_json::Value::Object(rest).to_string()) });
    Ok(())
}

/// Writes encoded rows.
pub fn insert(connection: &Connection, rows: usize, values: &[Short]) -> Result<(), StoreError> {
    connection.prepare_cached(&insert_sql(rows))?.execute(params_from_iter(values))?;
    Ok(())
}

fn decode(row: &Row<'_>, terms: &Terms, ambiguous: &[i64]) -> Result<VoteRecord, StoreError> {
    let value = |name: &str| row.get_ref(name);
    let term = |name: &str| -> rusqlite::Result<Option<String>> {
        Ok(row.get::<_, Option<i64>>(name)?.map(|number| terms.text(number).to_owned()))
    };
    let mut rest: HashMap<String, String> = match value("rest")? {
        ValueRef::Text(bytes) => serde_json::from_slice(bytes)
            .map_err(|error| StoreError::Value { table: "vote", reason: error.to_string() })?,
        _ => HashMap::new(),
    };
    let flags: i64 = row.get("flags")?;
    let place = super::evidence::place(row)?;
    let mut vote = VoteRecord {
        number: row.get("number")?,
        place: Some(place),
        id: short::id_text(value("vote_id")?).unwrap_or_default(),
        election_id: term("election")?.unwrap_or_default(),
        candidate_id: term("candidate")?.unwrap_or_default(),
        voter_id: short::id_text(value("voter_id")?),
        voter_hash: short::hash_text(value("voter_hash")?),
        position: term("position")?,
        vote_rank: short::plain_text(value("vote_rank")?),
        voted_at: short::time_text(value("voted_at")?),
        vote_signature: short::hash_text(value("signature")?),
        vote_dedup_hash: short::hash_text(value("dedup_hash")?),
        chain_hash: short::hash_text(value("chain_hash")?),
        receipt_hash: short::hash_text(value("receipt_hash")?),
        is_test: unpack_flag(flags, &mut rest, "is_test"),
        is_manual: unpack_flag(flags >> 2, &mut rest, "is_manual"),
        is_proxy_vote: unpack_flag(flags >> 4, &mut rest, "is_proxy_vote"),
        ip_address: row.get("ip_address")?,
        user_agent: term("user_agent")?,
        has_ambiguous_nulls: ambiguous.contains(&place.file.0),
        ..VoteRecord::default()
    };
    for name in RARE {
        if let Some(text) = rest.remove(name)
            && let Some(column) = vote.column_mut(name)
        {
            *column = Some(text);
        }
    }
    Ok(vote)
}

/// What a page of votes is cut by.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Only this election.
    pub election_id: Option<&'a str>,
    /// Rows with a larger number.
    pub after_number: i64,
    /// Rows with a number up to this one, for parallel readers.
    pub up_to_number: i64,
    /// Most rows.
    pub limit: u32,
}

/// Reads votes by number range: a page costs the same at any depth.
pub fn page(
    connection: &Connection,
    terms: &Terms,
    ambiguous: &[i64],
    page: Page<'_>,
) -> Result<Vec<VoteRecord>, StoreError> {
    let election = match page.election_id {
        None => None,
        Some(id) => match terms.find(id) {
            None => return Ok(Vec::new()),
            found => found,
        },
    };
    let mut statement = connection.prepare_cached(
        "SELECT * FROM vote WHERE number > ?1 AND number <= ?2 AND (?3 IS NULL OR election = ?3) ORDER BY number LIMIT ?4",
    )?;
    let mut rows = statement.query(rusqlite::params![page.after_number, page.up_to_number, election, page.limit])?;
    let mut votes = Vec::new();
    while let Some(row) = rows.next()? {
        votes.push(decode(row, terms, ambiguous)?);
    }
    Ok(votes)
}

/// The vote with an id, through an index that is made when it is first needed.
pub fn by_id(
    connection: &Connection,
    terms: &Terms,
    ambiguous: &[i64],
    id: &str,
) -> Result<Option<VoteRecord>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM vote WHERE vote_id = ?1 ORDER BY number LIMIT 1")?;
    let mut rows = statement.query([short::id(Some(id))])?;
    match rows.next()? {
        None => Ok(None),
        Some(row) => decode(row, terms, ambiguous).map(Some),
    }
}

/// Makes the index behind [`by_id`].
pub fn index_by_id(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("CREATE INDEX IF NOT EXISTS vote_by_id ON vote (vote_id)")?;
    Ok(())
}

/// Largest number in use; 0 without votes.
pub fn last_number(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .query_row("SELECT max(number) FROM vote", [], |row| row.get::<_, Option<i64>>(0))
        .optional()?
        .flatten()
        .unwrap_or(0))
}
