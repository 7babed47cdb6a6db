//! One file per table: SQL beside its row mapping.

pub mod assumption;
pub mod audit;
pub mod ballot;
mod batch;
pub mod conclusion;
pub mod evidence;
pub mod incident;
pub mod ledger;
pub mod locker;
pub mod native;
pub mod review;
pub mod short;
pub mod source_row;
pub mod vote;

use rusqlite::Connection;

/// Whether the case has a table: a case of an older layout on a medium that takes no writes lacks the younger ones.
pub(crate) fn is_there(connection: &Connection, table: &str) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)",
        [table],
        |row| row.get(0),
    )
}
