//! Journals of incidents: records that are only added to, chained by hash incident by incident.
//!
//! The hash of a record is SHA-256 over four lines of UTF-8 text joined by `\n`: incident, number, body (JSON), previous hash
//! in hex. The first record's previous hash is 32 zero bytes.

use domain::Sha256Digest;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::{Change, Incidents, StoreError};

/// One record of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRow {
    /// Number within the journal, from 1.
    pub number: i64,
    /// The record, JSON.
    pub body: String,
    /// Hash of the record before.
    pub previous: Sha256Digest,
    /// Hash of this record.
    pub hash: Sha256Digest,
}

impl JournalRow {
    /// The text that is hashed.
    pub fn hashed_text(&self, incident: &str) -> String {
        format!("{incident}\n{}\n{}\n{}", self.number, self.body, self.previous.to_hex())
    }

    /// The hash that the record must carry.
    pub fn computed_hash(&self, incident: &str) -> Sha256Digest {
        Sha256Digest(Sha256::digest(self.hashed_text(incident)).into())
    }
}

/// Checks numbers, links and hashes of a whole journal. Answers the first record that does not fit and why.
pub fn first_break(incident: &str, rows: &[JournalRow]) -> Option<(i64, String)> {
    let mut previous = Sha256Digest([0; 32]);
    for (expected, row) in (1i64..).zip(rows) {
        if row.number != expected {
            return Some((expected, format!("the next number is {}, records are missing", row.number)));
        }
        if row.previous != previous {
            return Some((row.number, "the link to the record before does not fit".to_owned()));
        }
        if row.computed_hash(incident) != row.hash {
            return Some((row.number, "the content does not fit its hash".to_owned()));
        }
        previous = row.hash;
    }
    None
}

fn journal_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<JournalRow> {
    Ok(JournalRow {
        number: row.get("number")?,
        body: row.get("body")?,
        previous: Sha256Digest(row.get("previous")?),
        hash: Sha256Digest(row.get("hash")?),
    })
}

fn newest(connection: &Connection, incident: &str) -> rusqlite::Result<Option<JournalRow>> {
    connection
        .prepare_cached("SELECT * FROM incident_record WHERE incident = ?1 ORDER BY number DESC LIMIT 1")?
        .query_row([incident], journal_row)
        .optional()
}

impl Incidents<'_> {
    /// Numbers of all incidents, in order.
    ///
    /// # Errors
    /// The database's.
    pub fn ids(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT DISTINCT incident FROM incident_record ORDER BY incident")?;
        let found = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// The journal of an incident in the order of its numbers; empty where there is no such incident.
    ///
    /// # Errors
    /// The database's.
    pub fn journal(&self, incident: &str) -> Result<Vec<JournalRow>, StoreError> {
        let mut statement =
            self.0.prepare_cached("SELECT * FROM incident_record WHERE incident = ?1 ORDER BY number")?;
        let found = statement.query_map([incident], journal_row)?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// Problems that the database itself finds: damaged pages, rows whose other half is missing. Empty where all is well.
    ///
    /// # Errors
    /// The database's.
    pub fn database_problems(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self.0.prepare("PRAGMA integrity_check(20)")?;
        let mut found: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.retain(|line| line != "ok");
        let mut statement = self.0.prepare("PRAGMA foreign_key_check")?;
        let orphans: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        found.extend(orphans.into_iter().map(|table| format!("a row of {table} points to a row that is missing")));
        Ok(found)
    }

    /// Acts of an election of this kind behind the newest act of another kind, counted.
    ///
    /// # Errors
    /// The database's.
    pub fn acts_since(&self, election: &str, act: &str, since: &str) -> Result<u32, StoreError> {
        let sql = "SELECT count(*) FROM ledger WHERE act = ?2 AND json_extract(detail, '$.election_id') = ?1
                   AND number > (SELECT coalesce(max(number), 0) FROM ledger
                                 WHERE act = ?3 AND json_extract(detail, '$.election_id') = ?1)";
        let count: i64 = self.0.prepare_cached(sql)?.query_row([election, act, since], |row| row.get(0))?;
        Ok(u32::try_from(count).unwrap_or(u32::MAX))
    }
}

impl Change<'_> {
    /// Adds a record to a journal; its number and hash.
    ///
    /// # Errors
    /// The database's.
    pub fn add_incident_record(&self, incident: &str, body: &str) -> Result<JournalRow, StoreError> {
        let last = newest(self.connection(), incident)?;
        let mut row = JournalRow {
            number: last.as_ref().map_or(1, |last| last.number + 1),
            body: body.to_owned(),
            previous: last.map_or(Sha256Digest([0; 32]), |last| last.hash),
            hash: Sha256Digest([0; 32]),
        };
        row.hash = row.computed_hash(incident);
        self.connection()
            .prepare_cached(
                "INSERT INTO incident_record (incident, number, body, previous, hash) VALUES (?1, ?2, ?3, ?4, ?5)",
            )?
            .execute(params![incident, row.number, row.body, row.previous.0, row.hash.0])?;
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Act, CaseFile};

    #[test]
    fn records_are_chained_and_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut case = CaseFile::create(&folder.path().join("case.scrutineer"), "t", "").expect("made");
        case.change::<_, StoreError>(|change| {
            for body in ["{\"a\":1}", "{\"a\":2}"] {
                change.add_incident_record("INC-2026-11-21-001", body)?;
            }
            change.add_incident_record("INC-2026-11-21-002", "{}")?;
            change.record(&Act { at: "", actor: "t", act: "made", detail: serde_json::json!({}) })?;
            Ok(())
        })
        .expect("written");
        assert_eq!(case.incidents().ids().expect("ids"), ["INC-2026-11-21-001", "INC-2026-11-21-002"]);
        let mut rows = case.incidents().journal("INC-2026-11-21-001").expect("rows");
        // Recomputed by hand: sha256 of "INC-2026-11-21-001\n1\n{\"a\":1}\n" and 64 zeros.
        let first = "INC-2026-11-21-001\n1\n{\"a\":1}\n".to_owned() + &"0".repeat(64);
        assert_eq!(rows[0].hash.0, <[u8; 32]>::from(Sha256::digest(first)));
        assert_eq!(rows[1].previous, rows[0].hash);
        assert_eq!(first_break("INC-2026-11-21-001", &rows), None);
        assert_eq!(first_break("INC-2026-11-21-002", &rows).map(|(number, _)| number), Some(1), "another incident's");
        rows[1].body.push(' ');
        assert_eq!(first_break("INC-2026-11-21-001", &rows).map(|(number, _)| number), Some(2));
        rows.remove(0);
        assert_eq!(first_break("INC-2026-11-21-001", &rows).map(|(number, _)| number), Some(1));
        for sql in ["DELETE FROM incident_record", "UPDATE incident_record SET body = ''"] {
            assert!(case.connection.execute_batch(sql).is_err(), "{sql}");
        }
    }
}
