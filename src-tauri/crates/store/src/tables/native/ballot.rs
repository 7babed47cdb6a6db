//! Ballots in their chain, and those that are left out of the count.

use std::collections::BTreeSet;

use domain::Sha256Digest;
use rusqlite::params;

use super::{change_rows, row, rows, signed, unsigned};
use crate::{Change, Elections, StoreError};

/// A ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NativeBallot {
    /// Place in the chain, from 1.
    pub position: u64,
    /// The voter of the body, for finding an earlier ballot: 32 bytes of a pseudonym, or a number on the roll; `None` on paper.
    pub voter: Option<Vec<u8>>,
    /// What the ballot hash covers.
    pub body: String,
    /// Ballot hash.
    pub hash: Sha256Digest,
    /// Chain hash before.
    pub previous: Sha256Digest,
    /// Chain hash.
    pub chain: Sha256Digest,
    /// Signature.
    pub signature: [u8; 32],
    /// When it was cast; kept for identified ballots only.
    pub cast_at: Option<String>,
}

/// A ballot that is left out of the count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExclusionRow {
    /// Place of the ballot.
    pub position: u64,
    /// Why.
    pub reason: String,
    /// When.
    pub excluded_at: String,
    /// Who.
    pub excluded_by: String,
    /// Who approved it; empty where one person was enough.
    pub second: String,
}

fn ballot(row: &rusqlite::Row<'_>) -> rusqlite::Result<NativeBallot> {
    Ok(NativeBallot {
        position: unsigned(row.get("position")?),
        voter: row.get("voter")?,
        body: row.get("body")?,
        hash: Sha256Digest(row.get("hash")?),
        previous: Sha256Digest(row.get("previous")?),
        chain: Sha256Digest(row.get("chain")?),
        signature: row.get("signature")?,
        cast_at: row.get("cast_at")?,
    })
}

impl Elections<'_> {
    /// Hands over all ballots of an election in the order of their chain.
    ///
    /// # Errors
    /// The database's, or what `take` answers.
    pub fn each_ballot<E: From<StoreError>>(
        &self,
        election: &str,
        mut take: impl FnMut(NativeBallot) -> Result<(), E>,
    ) -> Result<(), E> {
        let sql = "SELECT * FROM native_ballot WHERE election = ?1 ORDER BY position";
        let mut statement = self.0.prepare_cached(sql).map_err(StoreError::from)?;
        let mut found = statement.query([election]).map_err(StoreError::from)?;
        while let Some(row) = found.next().map_err(StoreError::from)? {
            take(ballot(row).map_err(StoreError::from)?)?;
        }
        Ok(())
    }

    /// The newest ballot of a voter; walks over the ballots of the election.
    ///
    /// # Errors
    /// The database's.
    pub fn ballot_of(&self, election: &str, voter: &[u8]) -> Result<Option<NativeBallot>, StoreError> {
        let sql = "SELECT * FROM native_ballot WHERE election = ?1 AND voter = ?2 ORDER BY position DESC LIMIT 1";
        row(self.0, sql, params![election, voter], ballot)
    }

    /// A ballot by its hash, which is also its id: election and ballot. Walks over all ballots.
    ///
    /// # Errors
    /// The database's.
    pub fn ballot_by_hash(&self, hash: Sha256Digest) -> Result<Option<(String, NativeBallot)>, StoreError> {
        row(self.0, "SELECT * FROM native_ballot WHERE hash = ?1", [hash.0], |row| {
            Ok((row.get("election")?, ballot(row)?))
        })
    }

    /// Who cast at least one ballot with a credential, as ballots carry them.
    ///
    /// # Errors
    /// The database's.
    pub fn who_voted(&self, election: &str) -> Result<BTreeSet<Vec<u8>>, StoreError> {
        let sql = "SELECT voter FROM native_ballot WHERE election = ?1 AND voter IS NOT NULL";
        Ok(rows(self.0, sql, [election], |row| row.get(0))?.into_iter().collect())
    }

    /// Voters who cast at least one ballot with a credential.
    ///
    /// # Errors
    /// The database's.
    pub fn voters(&self, election: &str) -> Result<u64, StoreError> {
        let sql = "SELECT count(DISTINCT voter) FROM native_ballot WHERE election = ?1";
        Ok(row(self.0, sql, [election], |row| row.get(0))?.map_or(0, unsigned))
    }

    /// Ballots that are left out, by place.
    ///
    /// # Errors
    /// The database's.
    pub fn exclusions(&self, election: &str) -> Result<Vec<ExclusionRow>, StoreError> {
        rows(self.0, "SELECT * FROM native_exclusion WHERE election = ?1 ORDER BY position", [election], |row| {
            Ok(ExclusionRow {
                position: unsigned(row.get("position")?),
                reason: row.get("reason")?,
                excluded_at: row.get("excluded_at")?,
                excluded_by: row.get("excluded_by")?,
                second: row.get("second")?,
            })
        })
    }
}

impl Change<'_> {
    /// Adds a ballot at the end of its chain.
    ///
    /// # Errors
    /// The database's.
    pub fn add_ballot(&self, election: &str, ballot: &NativeBallot) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_ballot (election, position, voter, body, hash, previous, chain, signature, cast_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                election,
                signed(ballot.position),
                ballot.voter,
                ballot.body,
                ballot.hash.0,
                ballot.previous.0,
                ballot.chain.0,
                ballot.signature,
                ballot.cast_at
            ],
        )?;
        Ok(())
    }

    /// Leaves a ballot out of the count; the ballot itself stays as it is.
    ///
    /// # Errors
    /// The database's.
    pub fn add_exclusion(&self, election: &str, exclusion: &ExclusionRow) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_exclusion (election, position, reason, excluded_at, excluded_by, second)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                election,
                signed(exclusion.position),
                exclusion.reason,
                exclusion.excluded_at,
                exclusion.excluded_by,
                exclusion.second
            ],
        )?;
        Ok(())
    }
}
