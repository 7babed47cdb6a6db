//! What verifications concluded. The newest one is shown; earlier ones stay.

use rusqlite::{Connection, OptionalExtension, params};

use crate::StoreError;

/// Writes a conclusion. Call inside the transaction of its ledger entry.
pub fn insert(connection: &Connection, at: &str, body: &str) -> Result<(), StoreError> {
    connection.prepare_cached("INSERT INTO conclusion (at, program, body) VALUES (?1, ?2, ?3)")?.execute(params![
        at,
        domain::PROGRAM_VERSION,
        body
    ])?;
    Ok(())
}

/// The newest conclusion.
pub fn newest(connection: &Connection) -> Result<Option<String>, StoreError> {
    Ok(connection.query_row("SELECT body FROM conclusion ORDER BY id DESC LIMIT 1", [], |row| row.get(0)).optional()?)
}
