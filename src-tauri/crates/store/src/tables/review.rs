//! What reviewers say about findings.

use domain::Sha256Digest;
use domain::review::{Mark, MarkedFinding};
use rusqlite::{Connection, Row, params};

use crate::StoreError;

/// A mark as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewMark {
    /// Which finding.
    pub finding: MarkedFinding,
    /// What is said about it.
    pub mark: Mark,
    /// Why; never empty where the finding is called explained.
    pub reason: String,
    /// Who said it.
    pub by: String,
    /// When, ISO text.
    pub at: String,
}

fn decode(row: &Row<'_>) -> Result<ReviewMark, StoreError> {
    let word: String = row.get("mark")?;
    Ok(ReviewMark {
        finding: MarkedFinding {
            election_id: row.get("election")?,
            code: row.get("code")?,
            subjects: Sha256Digest(row.get("subjects")?),
        },
        mark: Mark::from_word(&word)
            .ok_or(StoreError::Value { table: "review_mark", reason: format!("unknown mark {word}") })?,
        reason: row.get("reason")?,
        by: row.get("marked_by")?,
        at: row.get("marked_at")?,
    })
}

/// All marks. A case of an older layout on a medium that takes no writes has none.
pub fn all(connection: &Connection) -> Result<Vec<ReviewMark>, StoreError> {
    if !super::is_there(connection, "review_mark")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached("SELECT * FROM review_mark ORDER BY election, code, subjects")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(row)?);
    }
    Ok(found)
}

/// Gives a finding a mark, in the place of an earlier one. Call inside the transaction of its ledger entry.
pub fn put(connection: &Connection, mark: &ReviewMark) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO review_mark (election, code, subjects, mark, reason, marked_by, marked_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
             ON CONFLICT (election, code, subjects) DO UPDATE SET mark = excluded.mark, reason = excluded.reason, \
             marked_by = excluded.marked_by, marked_at = excluded.marked_at",
        )?
        .execute(params![
            mark.finding.election_id,
            mark.finding.code,
            mark.finding.subjects.0,
            mark.mark.word(),
            mark.reason,
            mark.by,
            mark.at,
        ])?;
    Ok(())
}

/// Takes a finding's mark back. Call inside the transaction of its ledger entry.
pub fn remove(connection: &Connection, finding: &MarkedFinding) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM review_mark WHERE election = ?1 AND code = ?2 AND subjects = ?3")?
        .execute(params![finding.election_id, finding.code, finding.subjects.0])?;
    Ok(())
}
