//! Rows of a smaller table (credentials and the like) in the order of the export, with a filter.

use domain::TableRow;
use rusqlite::params;
use rusqlite::types::Value;

use super::{Filter, Listing, Path, Segment, lower, runs, small};
use crate::tables::source_row;
use crate::{Reader, StoreError};

/// Which rows are wanted; the default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowFilter {
    /// Fields with the exact text that they must hold.
    pub fields: Vec<(&'static str, String)>,
    /// Flags with what they must say.
    pub flags: Vec<(&'static str, bool)>,
    /// Fields that must hold something, or nothing.
    pub filled: Vec<(&'static str, bool)>,
    /// Part of any field.
    pub text: String,
}

impl RowFilter {
    fn filter(&self) -> Filter {
        let mut filter = Filter::default();
        for (name, text) in &self.fields {
            filter.require(format!("json_extract(body, '$.{name}') = ?"), [Value::Text(text.clone())]);
        }
        for (name, is_set) in &self.flags {
            let list = "('', '0', 'false', 'False', 'FALSE', 'b''0''', 'f')";
            let not = if *is_set { "NOT " } else { "" };
            filter.require(format!("trim(coalesce(json_extract(body, '$.{name}'), '')) {not}IN {list}"), []);
        }
        for (name, is_filled) in &self.filled {
            let sign = if *is_filled { "<>" } else { "=" };
            filter.require(format!("coalesce(json_extract(body, '$.{name}'), '') {sign} ''"), []);
        }
        if !self.text.trim().is_empty() {
            filter.require("instr(lower(body), ?) > 0", [lower(&self.text)]);
        }
        filter
    }
}

impl Listing {
    /// Rows of a table. The whole table is counted once, over an index; keep the listing.
    ///
    /// # Errors
    /// The database's.
    pub fn rows(reader: &Reader, table: &str, wanted: &RowFilter) -> Result<Self, StoreError> {
        let mut statement = reader
            .connection()
            .prepare_cached("SELECT count(*), min(number), max(number) FROM source_row WHERE tbl = ?1")?;
        let (total, first, last) = statement.query_row([table], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, Option<i64>>(2)?))
        })?;
        let segment =
            Segment { clause: "tbl = ?".to_owned(), values: vec![Value::Text(table.to_owned())], path: Path::Numbers };
        let direct = match (first, last) {
            (Some(first), Some(last)) if last - first + 1 == total => Some(first),
            _ => None,
        };
        Ok(Self::new("source_row", vec![segment], wanted.filter(), direct, small(total), last.unwrap_or(0)))
    }

    /// Rows at places `from` to `from + limit`, as far as they are known, each with its number in the case.
    ///
    /// # Errors
    /// The database's.
    pub fn read_rows(&self, reader: &Reader, from: u64, limit: u32) -> Result<Vec<(i64, TableRow)>, StoreError> {
        let keys = self.slice(reader.connection(), from, limit)?;
        let mut statement = reader.connection().prepare_cached(
            "SELECT * FROM source_row NOT INDEXED WHERE number >= ?1 AND number <= ?2 ORDER BY number",
        )?;
        let mut found = Vec::with_capacity(keys.len());
        for (first, last) in runs(keys.into_iter().map(|key| key.number)) {
            let mut rows = statement.query(params![first, last])?;
            while let Some(row) = rows.next()? {
                found.push((row.get("number")?, source_row::decode(row)?));
            }
        }
        Ok(found)
    }
}
