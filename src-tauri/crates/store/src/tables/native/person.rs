//! People who act, and the lock of the case.

use domain::election::Role;
use rusqlite::params;

use super::{change_rows, row, rows};
use crate::{Change, Elections, StoreError};

/// An account.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonRow {
    /// Name, unique in the case.
    pub name: String,
    /// Role.
    pub role: Role,
    /// Argon2id string of the passphrase.
    pub passphrase: String,
    /// False for an account that was switched off; the row stays, since acts name it.
    pub is_active: bool,
}

/// The passphrase of the case: salt and proof.
#[derive(Clone)]
pub struct CaseLock {
    /// Salt of the derivation.
    pub salt: Vec<u8>,
    /// A known text, sealed.
    pub proof: Vec<u8>,
}

fn person(row: &rusqlite::Row<'_>) -> rusqlite::Result<PersonRow> {
    let role: String = row.get("role")?;
    Ok(PersonRow {
        name: row.get("name")?,
        role: Role::of_word(&role).unwrap_or(Role::Auditor),
        passphrase: row.get("passphrase")?,
        is_active: row.get("is_active")?,
    })
}

impl Elections<'_> {
    /// All accounts by name.
    ///
    /// # Errors
    /// The database's.
    pub fn people(&self) -> Result<Vec<PersonRow>, StoreError> {
        rows(self.0, "SELECT * FROM person ORDER BY name", [], person)
    }

    /// An account by its name.
    ///
    /// # Errors
    /// The database's.
    pub fn person(&self, name: &str) -> Result<Option<PersonRow>, StoreError> {
        row(self.0, "SELECT * FROM person WHERE name = ?1", [name], person)
    }

    /// The lock of the case; `None` before a passphrase was set.
    ///
    /// # Errors
    /// The database's.
    pub fn case_lock(&self) -> Result<Option<CaseLock>, StoreError> {
        row(self.0, "SELECT salt, proof FROM case_lock", [], |row| {
            Ok(CaseLock { salt: row.get("salt")?, proof: row.get("proof")? })
        })
    }
}

impl Change<'_> {
    /// Adds an account, or changes role, passphrase and state of one.
    ///
    /// # Errors
    /// The database's.
    pub fn put_person(&self, person: &PersonRow) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO person (name, role, passphrase, is_active) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO UPDATE SET role = ?2, passphrase = ?3, is_active = ?4",
            params![person.name, person.role.word(), person.passphrase, person.is_active],
        )?;
        Ok(())
    }

    /// Sets the lock of the case; there is one only.
    ///
    /// # Errors
    /// The database's.
    pub fn put_case_lock(&self, lock: &CaseLock) -> Result<(), StoreError> {
        change_rows(
            self.connection(),
            "INSERT INTO case_lock (id, salt, proof) VALUES (1, ?1, ?2)",
            params![lock.salt, lock.proof],
        )?;
        Ok(())
    }
}
