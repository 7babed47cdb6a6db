//! Credentials: what lets one voter vote.

use rusqlite::params;

use super::{change_rows, row, rows, signed, unsigned};
use crate::{Change, Elections, StoreError};

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRow {
    /// Election.
    pub election: String,
    /// Random public id, 16 bytes.
    pub id: Vec<u8>,
    /// SHA-256 of the code that the voter holds.
    pub code_hash: Vec<u8>,
    /// Votes, frozen when the election opened.
    pub weight: u64,
    /// False once it was withdrawn.
    pub is_valid: bool,
    /// Ballots that were cast with it.
    pub uses: u64,
    /// True where the voter held another credential before, and may have voted with it.
    pub comes_after: bool,
    /// Voter and code, sealed; gone once a secret election is closed.
    pub link: Option<Vec<u8>>,
}

fn credential(row: &rusqlite::Row<'_>) -> rusqlite::Result<CredentialRow> {
    let state: String = row.get("state")?;
    Ok(CredentialRow {
        election: row.get("election")?,
        id: row.get("id")?,
        code_hash: row.get("code_hash")?,
        weight: unsigned(row.get("weight")?),
        is_valid: state == "valid",
        uses: unsigned(row.get("uses")?),
        comes_after: row.get("comes_after")?,
        link: row.get("link")?,
    })
}

impl Elections<'_> {
    /// The credential of a code, in whatever election of the case.
    ///
    /// # Errors
    /// The database's.
    pub fn credential_by_code(&self, code_hash: &[u8]) -> Result<Option<CredentialRow>, StoreError> {
        row(self.0, "SELECT * FROM native_credential WHERE code_hash = ?1", [code_hash], credential)
    }

    /// All credentials of an election by their random ids.
    ///
    /// # Errors
    /// The database's.
    pub fn credentials(&self, election: &str) -> Result<Vec<CredentialRow>, StoreError> {
        rows(self.0, "SELECT * FROM native_credential WHERE election = ?1 ORDER BY id", [election], credential)
    }

    /// Valid credentials and their votes together.
    ///
    /// # Errors
    /// The database's.
    pub fn credential_totals(&self, election: &str) -> Result<(u64, u64), StoreError> {
        let sql =
            "SELECT count(*), coalesce(sum(weight), 0) FROM native_credential WHERE election = ?1 AND state = 'valid'";
        let found = row(self.0, sql, [election], |row| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?))))?;
        Ok(found.unwrap_or_default())
    }
}

impl Change<'_> {
    /// Adds a credential.
    ///
    /// # Errors
    /// The database's.
    pub fn add_credential(&self, credential: &CredentialRow) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_credential (election, id, code_hash, weight, state, uses, comes_after, link)
             VALUES (?1, ?2, ?3, ?4, 'valid', 0, ?5, ?6)",
            params![
                credential.election,
                credential.id,
                credential.code_hash,
                signed(credential.weight),
                credential.comes_after,
                credential.link
            ],
        )?;
        Ok(())
    }

    /// Notes that a ballot was cast with a credential.
    ///
    /// # Errors
    /// The database's.
    pub fn use_credential(&self, election: &str, id: &[u8]) -> Result<(), StoreError> {
        let sql = "UPDATE native_credential SET uses = uses + 1 WHERE election = ?1 AND id = ?2";
        change_rows(self.connection(), sql, params![election, id])?;
        Ok(())
    }

    /// Withdraws one credential, or all of an election.
    ///
    /// # Errors
    /// The database's.
    pub fn withdraw_credentials(&self, election: &str, id: Option<&[u8]>) -> Result<u64, StoreError> {
        let sql = "UPDATE native_credential SET state = 'withdrawn'
                   WHERE election = ?1 AND state = 'valid' AND (?2 IS NULL OR id = ?2)";
        let changed = change_rows(self.connection(), sql, params![election, id])?;
        Ok(u64::try_from(changed).unwrap_or(0))
    }

    /// Takes the voters off all credentials of an election, and which were issued anew; answers how many there were.
    ///
    /// # Errors
    /// The database's.
    pub fn cut_links(&self, election: &str) -> Result<u64, StoreError> {
        let sql = "UPDATE native_credential SET link = NULL, comes_after = 0 WHERE election = ?1 AND link IS NOT NULL";
        Ok(u64::try_from(change_rows(self.connection(), sql, [election])?).unwrap_or(0))
    }
}
