//! Who may vote, and who votes for somebody else.

use domain::election::RollEntry;
use rusqlite::params;

use super::{change_rows, row, rows, signed, unsigned};
use crate::{Change, Elections, StoreError};

/// One person votes for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxyRow {
    /// Number in the case.
    pub id: i64,
    /// Whose vote.
    pub voter: String,
    /// Who casts it.
    pub proxy: String,
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub granted_by: String,
    /// When it was taken back.
    pub revoked_at: Option<String>,
}

fn entry(row: &rusqlite::Row<'_>) -> rusqlite::Result<RollEntry> {
    let groups: String = row.get("groups")?;
    Ok(RollEntry {
        voter: row.get("voter")?,
        name: row.get("name")?,
        email: row.get("email")?,
        address: row.get("address")?,
        weight: unsigned(row.get("weight")?),
        groups: serde_json::from_str(&groups).unwrap_or_default(),
    })
}

fn proxy(row: &rusqlite::Row<'_>) -> rusqlite::Result<ProxyRow> {
    Ok(ProxyRow {
        id: row.get("id")?,
        voter: row.get("voter")?,
        proxy: row.get("proxy")?,
        reason: row.get("reason")?,
        granted_by: row.get("granted_by")?,
        revoked_at: row.get("revoked_at")?,
    })
}

impl Elections<'_> {
    /// The roll by voter.
    ///
    /// # Errors
    /// The database's.
    pub fn roll(&self, election: &str) -> Result<Vec<RollEntry>, StoreError> {
        rows(self.0, "SELECT * FROM native_roll WHERE election = ?1 ORDER BY voter", [election], entry)
    }

    /// One voter.
    ///
    /// # Errors
    /// The database's.
    pub fn voter(&self, election: &str, voter: &str) -> Result<Option<RollEntry>, StoreError> {
        row(self.0, "SELECT * FROM native_roll WHERE election = ?1 AND voter = ?2", [election, voter], entry)
    }

    /// Voters on the roll, and their votes together.
    ///
    /// # Errors
    /// The database's.
    pub fn roll_size(&self, election: &str) -> Result<(u64, u64), StoreError> {
        let sql = "SELECT count(*), coalesce(sum(weight), 0) FROM native_roll WHERE election = ?1";
        let found = row(self.0, sql, [election], |row| Ok((unsigned(row.get(0)?), unsigned(row.get(1)?))))?;
        Ok(found.unwrap_or_default())
    }

    /// The proxy that a voter gave and did not take back.
    ///
    /// # Errors
    /// The database's.
    pub fn proxy_of(&self, election: &str, voter: &str) -> Result<Option<ProxyRow>, StoreError> {
        let sql = "SELECT * FROM native_proxy WHERE election = ?1 AND voter = ?2 AND revoked_at IS NULL ORDER BY id";
        row(self.0, sql, [election, voter], proxy)
    }

    /// All proxies of an election, revoked ones among them.
    ///
    /// # Errors
    /// The database's.
    pub fn proxies(&self, election: &str) -> Result<Vec<ProxyRow>, StoreError> {
        rows(self.0, "SELECT * FROM native_proxy WHERE election = ?1 ORDER BY id", [election], proxy)
    }
}

impl Change<'_> {
    /// Puts another roll in place of the one there is.
    ///
    /// # Errors
    /// The database's.
    pub fn replace_roll(&self, election: &str, roll: &[RollEntry]) -> Result<(), StoreError> {
        change_rows(self.connection(), "DELETE FROM native_roll WHERE election = ?1", [election])?;
        for entry in roll {
            change_rows(
                self.connection(),
                "INSERT INTO native_roll (election, voter, name, email, address, weight, groups)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                params![
                    election,
                    entry.voter,
                    entry.name,
                    entry.email,
                    entry.address,
                    signed(entry.weight),
                    serde_json::to_string(&entry.groups).unwrap_or_default()
                ],
            )?;
        }
        Ok(())
    }

    /// Lets one person vote for another; answers the number of the permission.
    ///
    /// # Errors
    /// The database's.
    pub fn add_proxy(
        &self,
        election: &str,
        voter: &str,
        proxy: &str,
        reason: &str,
        by: &str,
    ) -> Result<i64, StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO native_proxy (election, voter, proxy, reason, granted_by) VALUES (?1, ?2, ?3, ?4, ?5)",
            [election, voter, proxy, reason, by],
        )?;
        Ok(self.connection().last_insert_rowid())
    }

    /// Takes a permission back.
    ///
    /// # Errors
    /// The database's.
    pub fn revoke_proxy(&self, id: i64, at: &str) -> Result<(), StoreError> {
        change_rows(self.connection(), "UPDATE native_proxy SET revoked_at = ?2 WHERE id = ?1", params![id, at])?;
        Ok(())
    }
}
