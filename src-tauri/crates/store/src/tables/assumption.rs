//! What a person said about an election because the export lacks it.

use rusqlite::{Connection, params};

use crate::StoreError;

/// One statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// Source system that it is about.
    pub system: String,
    /// Election as the person named it; empty where it was not named.
    pub election: String,
    /// Where it was taken from: a file's name, or the window.
    pub origin: String,
    /// The values, a JSON object.
    pub body: String,
}

/// Writes a statement.
pub fn add(connection: &Connection, at: &str, actor: &str, assumption: &Assumption) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO assumption (at, actor, system, election, origin, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![at, actor, assumption.system, assumption.election, assumption.origin, assumption.body])?;
    Ok(())
}

/// All statements, oldest first.
pub fn all(connection: &Connection) -> Result<Vec<Assumption>, StoreError> {
    if !super::is_there(connection, "assumption")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached("SELECT * FROM assumption ORDER BY number")?;
    let found = statement
        .query_map([], |row| {
            Ok(Assumption {
                system: row.get("system")?,
                election: row.get("election")?,
                origin: row.get("origin")?,
                body: row.get("body")?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}
