//! Elections, their secrets, results and merged write-ins.

use domain::Sha256Digest;
use domain::election::{Phase, Setup};
use rusqlite::params;
use serde_json::Value;

use super::{change_rows, row, rows, signed, unsigned};
use crate::{Change, Elections, StoreError};

/// An election.
#[derive(Clone, Debug)]
pub struct ElectionRow {
    /// Id.
    pub id: String,
    /// Where it stands.
    pub phase: Phase,
    /// Its rules.
    pub setup: Setup,
    /// When it was made, ISO text.
    pub created_at: String,
    /// The election that it is a runoff or a clone of.
    pub parent: Option<String>,
    /// When voting began.
    pub opened_at: Option<String>,
    /// When voting is to end, extensions included.
    pub ends_at: Option<String>,
    /// When voting ended.
    pub closed_at: Option<String>,
    /// When it was counted.
    pub counted_at: Option<String>,
    /// When the result was certified.
    pub certified_at: Option<String>,
    /// When the files were published.
    pub published_at: Option<String>,
    /// When it was cancelled.
    pub cancelled_at: Option<String>,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Hash of the newest ballot, or the genesis value.
    pub chain_head: Sha256Digest,
    /// The chain as the newest act that was no ballot left it.
    pub noted: ChainMark,
    /// True while what closing destroys is not yet gone from the file.
    pub is_scrubbing: bool,
    /// Facts by name, known since opening or closing.
    pub facts: Value,
}

/// How far a chain of ballots went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainMark {
    /// Ballots in it.
    pub ballots: u64,
    /// Hash of the newest ballot, or the genesis value.
    pub head: Sha256Digest,
}

/// A result, certificate or publication.
#[derive(Clone, Debug)]
pub struct ResultRow {
    /// Number within the election, from 1.
    pub number: u64,
    /// `result`, `certificate`, `publication`.
    pub kind: String,
    /// When.
    pub at: String,
    /// JSON.
    pub body: String,
}

fn election(row: &rusqlite::Row<'_>) -> rusqlite::Result<Result<ElectionRow, StoreError>> {
    let unreadable = |reason: String| StoreError::Value { table: "native_election", reason };
    let (phase, setup, facts): (String, String, String) = (row.get("phase")?, row.get("setup")?, row.get("facts")?);
    let parsed = || {
        Ok((
            Phase::of_word(&phase).ok_or_else(|| unreadable(format!("there is no phase {phase}")))?,
            serde_json::from_str(&setup).map_err(|error| unreadable(error.to_string()))?,
            serde_json::from_str(&facts).map_err(|error| unreadable(error.to_string()))?,
        ))
    };
    let (phase, setup, facts) = match parsed() {
        Ok(parsed) => parsed,
        Err(error) => return Ok(Err(error)),
    };
    let noted = ChainMark { ballots: unsigned(row.get("ballots")?), head: Sha256Digest(row.get("chain_head")?) };
    Ok(Ok(ElectionRow {
        id: row.get("id")?,
        phase,
        setup,
        created_at: row.get("created_at")?,
        parent: row.get("parent")?,
        opened_at: row.get("opened_at")?,
        ends_at: row.get("ends_at")?,
        closed_at: row.get("closed_at")?,
        counted_at: row.get("counted_at")?,
        certified_at: row.get("certified_at")?,
        published_at: row.get("published_at")?,
        cancelled_at: row.get("cancelled_at")?,
        ballots: noted.ballots,
        chain_head: noted.head,
        noted,
        is_scrubbing: row.get("is_scrubbing")?,
        facts,
    }))
}

impl Elections<'_> {
    /// All elections of this machine in the case, oldest first. Empty for a case of an older layout.
    ///
    /// # Errors
    /// The database's.
    pub fn all(&self) -> Result<Vec<ElectionRow>, StoreError> {
        if !crate::tables::is_there(self.0, "native_election")? {
            return Ok(Vec::new());
        }
        let found = rows(self.0, "SELECT * FROM native_election ORDER BY created_at, id", [], election)?;
        found.into_iter().map(|row| self.with_chain(row?)).collect()
    }

    /// An election by its id.
    ///
    /// # Errors
    /// The database's.
    pub fn election(&self, id: &str) -> Result<Option<ElectionRow>, StoreError> {
        let found = row(self.0, "SELECT * FROM native_election WHERE id = ?1", [id], election)?.transpose()?;
        found.map(|row| self.with_chain(row)).transpose()
    }

    /// While ballots are accepted the newest one tells the chain; afterwards what was noted stands, whatever the ballots say.
    fn with_chain(&self, mut election: ElectionRow) -> Result<ElectionRow, StoreError> {
        if election.phase == Phase::Open {
            let sql = "SELECT position, chain FROM native_ballot WHERE election = ?1 ORDER BY position DESC LIMIT 1";
            let newest = row(self.0, sql, [&election.id], |row| Ok((row.get(0)?, row.get(1)?)))?;
            if let Some((position, chain)) = newest {
                (election.ballots, election.chain_head) = (unsigned(position), Sha256Digest(chain));
            }
        }
        Ok(election)
    }

    /// A sealed secret of an election.
    ///
    /// # Errors
    /// The database's.
    pub fn secret(&self, election: &str, kind: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let sql = "SELECT sealed FROM native_secret WHERE election = ?1 AND kind = ?2";
        row(self.0, sql, [election, kind], |row| row.get(0))
    }

    /// Results, certificates and publications of an election, oldest first.
    ///
    /// # Errors
    /// The database's.
    pub fn results(&self, election: &str) -> Result<Vec<ResultRow>, StoreError> {
        rows(self.0, "SELECT * FROM native_result WHERE election = ?1 ORDER BY number", [election], |row| {
            Ok(ResultRow {
                number: unsigned(row.get("number")?),
                kind: row.get("kind")?,
                at: row.get("at")?,
                body: row.get("body")?,
            })
        })
    }

    /// Written-in names that mean another candidate: contest, written, target.
    ///
    /// # Errors
    /// The database's.
    pub fn merges(&self, election: &str) -> Result<Vec<(String, String, String)>, StoreError> {
        let sql = "SELECT contest, written, target FROM native_merge WHERE election = ?1 ORDER BY contest, written";
        rows(self.0, sql, [election], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
    }
}

impl Change<'_> {
    /// Adds an election or writes one anew.
    ///
    /// # Errors
    /// The database's.
    pub fn put_election(&self, election: &ElectionRow) -> Result<(), StoreError> {
        let unwritable =
            |error: serde_json::Error| StoreError::Value { table: "native_election", reason: error.to_string() };
        let setup = serde_json::to_string(&election.setup).map_err(unwritable)?;
        change_rows(
            self.connection(),
            "INSERT INTO native_election (id, phase, setup, created_at, parent, opened_at, ends_at, closed_at, counted_at,
                 certified_at, published_at, cancelled_at, ballots, chain_head, is_scrubbing, facts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
             ON CONFLICT (id) DO UPDATE SET phase = ?2, setup = ?3, opened_at = ?6, ends_at = ?7, closed_at = ?8,
                 counted_at = ?9, certified_at = ?10, published_at = ?11, cancelled_at = ?12, ballots = ?13,
                 chain_head = ?14, is_scrubbing = ?15, facts = ?16",
            params![
                election.id,
                election.phase.word(),
                setup,
                election.created_at,
                election.parent,
                election.opened_at,
                election.ends_at,
                election.closed_at,
                election.counted_at,
                election.certified_at,
                election.published_at,
                election.cancelled_at,
                signed(election.ballots),
                election.chain_head.0,
                election.is_scrubbing,
                election.facts.to_string(),
            ],
        )?;
        Ok(())
    }

    /// Removes a draft with all that hangs on it. Credentials are never removed, so an election that had some stays.
    ///
    /// # Errors
    /// The database's.
    pub fn delete_election(&self, id: &str) -> Result<(), StoreError> {
        for table in ["native_proxy", "native_roll", "native_secret", "native_notice", "native_merge"] {
            change_rows(self.connection(), &format!("DELETE FROM {table} WHERE election = ?1"), [id])?;
        }
        change_rows(self.connection(), "DELETE FROM native_election WHERE id = ?1", [id])?;
        Ok(())
    }

    /// Keeps a sealed secret.
    ///
    /// # Errors
    /// The database's.
    pub fn put_secret(&self, election: &str, kind: &str, sealed: &[u8]) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_secret (election, kind, sealed) VALUES (?1, ?2, ?3)
             ON CONFLICT (election, kind) DO UPDATE SET sealed = ?3",
            params![election, kind, sealed],
        )?;
        Ok(())
    }

    /// Takes a secret out of the case; its bytes go with [`crate::CaseFile::scrub`].
    ///
    /// # Errors
    /// The database's.
    pub fn destroy_secret(&self, election: &str, kind: &str) -> Result<(), StoreError> {
        let sql = "DELETE FROM native_secret WHERE election = ?1 AND kind = ?2";
        change_rows(self.connection(), sql, [election, kind])?;
        Ok(())
    }

    /// Adds a result, certificate or publication.
    ///
    /// # Errors
    /// The database's.
    pub fn add_result(&self, election: &str, kind: &str, at: &str, body: &str) -> Result<u64, StoreError> {
        let sql = "SELECT coalesce(max(number), 0) + 1 FROM native_result WHERE election = ?1";
        let number: i64 = self.connection().query_row(sql, [election], |row| row.get(0))?;
        change_rows(
            self.connection(),
            "INSERT INTO native_result (election, number, kind, at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![election, number, kind, at, body],
        )?;
        Ok(unsigned(number))
    }

    /// Lets a written-in name mean another candidate or name.
    ///
    /// # Errors
    /// The database's.
    pub fn put_merge(&self, election: &str, contest: &str, written: &str, target: &str) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_merge (election, contest, written, target) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (election, contest, written) DO UPDATE SET target = ?4",
            [election, contest, written, target],
        )?;
        Ok(())
    }
}

/// A draft for tests.
#[cfg(test)]
pub(crate) fn sample(id: &str) -> ElectionRow {
    ElectionRow {
        id: id.to_owned(),
        phase: Phase::Draft,
        setup: Setup::default(),
        created_at: String::new(),
        parent: None,
        opened_at: None,
        ends_at: None,
        closed_at: None,
        counted_at: None,
        certified_at: None,
        published_at: None,
        cancelled_at: None,
        ballots: 0,
        chain_head: Sha256Digest([0; 32]),
        noted: ChainMark { ballots: 0, head: Sha256Digest([0; 32]) },
        is_scrubbing: false,
        facts: serde_json::json!({}),
    }
}
