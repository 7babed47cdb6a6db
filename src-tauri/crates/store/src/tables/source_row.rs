//! Rows of the smaller tables and whole documents.

use domain::TableRow;
use rusqlite::{Connection, Row, params};

use crate::StoreError;

/// Writes a row.
pub fn insert(connection: &Connection, row: &TableRow) -> Result<(), StoreError> {
    let body: serde_json::Map<String, serde_json::Value> =
        row.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
    connection
        .prepare_cached("INSERT INTO source_row (tbl, key, file_id, row, body) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            row.table,
            row.key,
            row.place.file.0,
            i64::try_from(row.place.row).unwrap_or(i64::MAX),
            serde_json::Value::Object(body).to_string()
        ])?;
    Ok(())
}

/// A row as it came.
pub(crate) fn decode(row: &Row<'_>) -> Result<TableRow, StoreError> {
    let body: String = row.get("body")?;
    let fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&body)
        .map_err(|error| StoreError::Value { table: "source_row", reason: error.to_string() })?;
    Ok(TableRow {
        table: row.get("tbl")?,
        place: super::evidence::place(row)?,
        key: row.get("key")?,
        fields: fields.into_iter().map(|(name, value)| (name, value.as_str().map(str::to_owned))).collect(),
    })
}

/// All rows of a table in the order of the export.
pub fn of_table(connection: &Connection, table: &str) -> Result<Vec<TableRow>, StoreError> {
    let mut found = Vec::new();
    scan(connection, table, &mut |row| {
        found.push(row);
        true
    })?;
    Ok(found)
}

/// Goes over the rows of a table in the order of the export, until `each` answers false.
pub fn scan(connection: &Connection, table: &str, each: &mut dyn FnMut(TableRow) -> bool) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM source_row WHERE tbl = ?1 ORDER BY number")?;
    let mut rows = statement.query([table])?;
    while let Some(row) = rows.next()? {
        if !each(decode(row)?) {
            break;
        }
    }
    Ok(())
}

/// Rows of a table with a key.
pub fn by_key(connection: &Connection, table: &str, key: &str) -> Result<Vec<TableRow>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT * FROM source_row WHERE tbl = ?1 AND key = ?2 ORDER BY number")?;
    let mut rows = statement.query(params![table, key])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(row)?);
    }
    Ok(found)
}

/// Tables that hold rows, with their counts.
pub fn tables(connection: &Connection) -> Result<Vec<(String, i64)>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT tbl, count(*) FROM source_row GROUP BY tbl ORDER BY tbl")?;
    let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    Ok(found)
}
