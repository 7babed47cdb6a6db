//! The ledger: an append-only hash chain of every act in the case.
//!
//! The hash of an entry is SHA-256 over six lines of UTF-8 text joined by `\n`: number, time, actor, act, detail (compact
//! JSON), previous hash in hex. The first entry's previous hash is 32 zero bytes.

use domain::Sha256Digest;
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// Acts that only look: they do not change what a report says.
pub const LOOKING_ACTS: &[&str] =
    &["report.print", "report.export", "evidence.verify", "receipts.check", "case.recheck", "case.backup"];

/// One act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Running number, from 1.
    pub number: i64,
    /// When, ISO text.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What, a stable word such as `evidence.import`.
    pub act: String,
    /// Particulars, compact JSON.
    pub detail: String,
    /// Hash of the entry before.
    pub previous: Sha256Digest,
    /// Hash of this entry.
    pub hash: Sha256Digest,
}

impl LedgerEntry {
    /// The hash that the entry must carry.
    pub fn computed_hash(&self) -> Sha256Digest {
        let text = format!(
            "{}\n{}\n{}\n{}\n{}\n{}",
            self.number,
            self.at,
            self.actor,
            self.act,
            self.detail,
            self.previous.to_hex()
        );
        Sha256Digest(Sha256::digest(text).into())
    }
}

fn entry(row: &Row<'_>) -> rusqlite::Result<LedgerEntry> {
    Ok(LedgerEntry {
        number: row.get("number")?,
        at: row.get("at")?,
        actor: row.get("actor")?,
        act: row.get("act")?,
        detail: row.get("detail")?,
        previous: Sha256Digest(row.get("previous")?),
        hash: Sha256Digest(row.get("hash")?),
    })
}

/// Appends an act. Call inside the transaction of the change itself.
pub fn append(
    connection: &Connection,
    at: &str,
    actor: &str,
    act: &str,
    detail: &serde_json::Value,
) -> Result<LedgerEntry, StoreError> {
    append_after(connection, newest(connection)?.as_ref(), at, actor, act, detail)
}

/// Appends an act after the newest one, which the caller has read in the same transaction.
pub fn append_after(
    connection: &Connection,
    last: Option<&LedgerEntry>,
    at: &str,
    actor: &str,
    act: &str,
    detail: &serde_json::Value,
) -> Result<LedgerEntry, StoreError> {
    let mut entry = LedgerEntry {
        number: last.map_or(1, |entry| entry.number + 1),
        at: at.to_owned(),
        actor: actor.to_owned(),
        act: act.to_owned(),
        detail: detail.to_string(),
        previous: last.map_or(Sha256Digest([0; 32]), |entry| entry.hash),
        hash: Sha256Digest([0; 32]),
    };
    entry.hash = entry.computed_hash();
    connection
        .prepare_cached(
            "INSERT INTO ledger (number, at, actor, act, detail, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            entry.number,
            entry.at,
            entry.actor,
            entry.act,
            entry.detail,
            entry.previous.0,
            entry.hash.0
        ])?;
    Ok(entry)
}

/// The newest entry.
pub fn newest(connection: &Connection) -> Result<Option<LedgerEntry>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger ORDER BY number DESC LIMIT 1")?;
    let found = statement.query_map([], entry)?.next().transpose()?;
    Ok(found)
}

/// The newest entry that is no print, export or verification: the head that reports print.
pub fn newest_change(connection: &Connection) -> Result<Option<LedgerEntry>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger ORDER BY number DESC")?;
    for found in statement.query_map([], entry)? {
        let found = found?;
        if !LOOKING_ACTS.contains(&found.act.as_str()) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// All entries in order.
pub fn all(connection: &Connection) -> Result<Vec<LedgerEntry>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM ledger ORDER BY number")?;
    let found = statement.query_map([], entry)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Checks numbers, links and hashes. Answers the first entry that does not fit and why.
pub fn first_break(entries: &[LedgerEntry]) -> Option<(i64, String)> {
    let mut previous = Sha256Digest([0; 32]);
    for (expected, entry) in (1i64..).zip(entries) {
        if entry.number != expected {
            return Some((expected, format!("the next number is {}, entries are missing", entry.number)));
        }
        if entry.previous != previous {
            return Some((entry.number, "the link to the entry before does not fit".to_owned()));
        }
        if entry.computed_hash() != entry.hash {
            return Some((entry.number, "the content does not fit its hash".to_owned()));
        }
        previous = entry.hash;
    }
    None
}
