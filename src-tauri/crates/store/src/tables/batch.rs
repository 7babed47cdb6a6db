//! Writing many rows with few statements.

use rusqlite::Connection;

use super::short::Short;
use crate::StoreError;

/// Rows per INSERT statement.
const ROWS_PER_INSERT: usize = 32;

/// Writes rows whose cells stand one behind the other, `columns` for each.
pub(super) fn insert(
    connection: &Connection,
    table: &str,
    names: &str,
    columns: usize,
    cells: &[Short],
) -> Result<(), StoreError> {
    let sql = |rows: usize| {
        let tuple = format!("({})", vec!["?"; columns].join(", "));
        format!("INSERT INTO {table} ({names}) VALUES {}", vec![tuple; rows].join(", "))
    };
    // One statement for all full groups of rows: its text is long, and looking it up costs more than a group.
    let full = cells.len() / (ROWS_PER_INSERT * columns) * (ROWS_PER_INSERT * columns);
    let (groups, rest) = cells.split_at(full);
    for (cells, rows) in [(groups, ROWS_PER_INSERT), (rest, rest.len() / columns)] {
        if cells.is_empty() {
            continue;
        }
        let mut statement = connection.prepare_cached(&sql(rows))?;
        for group in cells.chunks(rows * columns) {
            statement.clear_bindings();
            for (index, cell) in group.iter().enumerate() {
                if *cell != Short::Null {
                    statement.raw_bind_parameter(index + 1, cell)?;
                }
            }
            statement.raw_execute()?;
        }
    }
    Ok(())
}
