//! Elections that are run in this case, one file per table. Reads hang on [`crate::Elections`], writes on [`crate::Change`].

pub mod ballot;
pub mod credential;
pub mod election;
pub mod notice;
pub mod paper;
pub mod person;
pub mod roll;

use rusqlite::{Connection, Params, Row};

use crate::StoreError;

/// All rows of a query.
fn rows<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(params, map)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// The one row of a query, where there is one.
fn row<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Option<T>, StoreError> {
    Ok(rows(connection, sql, params, map)?.into_iter().next())
}

/// Runs a statement that must change exactly as many rows as it is told.
fn change_rows(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, StoreError> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// Counts are never negative and fit 63 bits.
fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

/// As the database keeps it.
fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
