//! Batches of paper ballots.

use rusqlite::params;

use super::{change_rows, row, rows, signed, unsigned};
use crate::{Change, Elections, StoreError};

/// A batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRow {
    /// Number within the election, from 1.
    pub number: u64,
    /// What it is called.
    pub label: String,
    /// `entered` once, `differs` between two entries, `pending` attestation, `counted`, `voided`.
    pub state: String,
    /// Who entered it first.
    pub first_by: String,
    /// The first entry, JSON: a list of ballots with how many there are of each.
    pub first: String,
    /// Who entered it again.
    pub second_by: Option<String>,
    /// The second entry.
    pub second: Option<String>,
    /// Who attested it.
    pub attested: Vec<String>,
    /// Why it was voided.
    pub reason: Option<String>,
}

fn batch(row: &rusqlite::Row<'_>) -> rusqlite::Result<BatchRow> {
    let attested: String = row.get("attested")?;
    Ok(BatchRow {
        number: unsigned(row.get("number")?),
        label: row.get("label")?,
        state: row.get("state")?,
        first_by: row.get("first_by")?,
        first: row.get("first")?,
        second_by: row.get("second_by")?,
        second: row.get("second")?,
        attested: serde_json::from_str(&attested).unwrap_or_default(),
        reason: row.get("reason")?,
    })
}

impl Elections<'_> {
    /// All batches.
    ///
    /// # Errors
    /// The database's.
    pub fn batches(&self, election: &str) -> Result<Vec<BatchRow>, StoreError> {
        rows(self.0, "SELECT * FROM native_batch WHERE election = ?1 ORDER BY number", [election], batch)
    }

    /// Batches that were not voided.
    ///
    /// # Errors
    /// The database's.
    pub fn standing_batches(&self, election: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(*) FROM native_batch WHERE election = ?1 AND state <> 'voided'";
        Ok(row(self.0, sql, [election], |row| row.get(0))?.map_or(0, unsigned))
    }

    /// One batch.
    ///
    /// # Errors
    /// The database's.
    pub fn batch(&self, election: &str, number: u64) -> Result<Option<BatchRow>, StoreError> {
        let sql = "SELECT * FROM native_batch WHERE election = ?1 AND number = ?2";
        row(self.0, sql, params![election, signed(number)], batch)
    }
}

impl Change<'_> {
    /// Adds a batch or writes one anew.
    ///
    /// # Errors
    /// The database's.
    pub fn put_batch(&self, election: &str, batch: &BatchRow) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_batch (election, number, label, state, first_by, first, second_by, second, attested, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
             ON CONFLICT (election, number) DO UPDATE SET state = ?4, first_by = ?5, first = ?6, second_by = ?7, second = ?8,
                 attested = ?9, reason = ?10",
            params![
                election,
                signed(batch.number),
                batch.label,
                batch.state,
                batch.first_by,
                batch.first,
                batch.second_by,
                batch.second,
                serde_json::to_string(&batch.attested).unwrap_or_default(),
                batch.reason
            ],
        )?;
        Ok(())
    }
}
