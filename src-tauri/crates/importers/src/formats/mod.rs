//! Readers of the containers that tables come in: delimited text, JSON, JSON Lines, SQL dumps. They know no source
//! system.
//!
//! Reading has two steps, so that the costly one can run on several threads: a reader goes through the file once, in order,
//! and cuts it into [`RawPiece`]s of whole rows; [`RawPiece::each_row`] then takes a piece apart, on any thread.

use std::borrow::Cow;
use std::sync::Arc;

pub mod delimited;
pub mod json_rows;
pub mod outline;
pub mod sql;

/// Bytes of a piece, about.
pub const PIECE_BYTES: usize = 1 << 20;
/// Rows of a piece that comes from a reader which must take rows apart to find their ends.
const PIECE_ROWS: usize = 2048;

/// One row of a table: names and texts; `None` is NULL. JSON values arrive as their JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawRow {
    /// Table named by the container (SQL dumps, keyed JSON); empty where the container names none.
    pub table: String,
    /// Data row, from 1, counted per table and file.
    pub number: u64,
    /// Fields in the order written.
    pub fields: Vec<(String, Option<String>)>,
}

impl RawRow {
    /// The text of a field; `None` where it is NULL or absent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.as_deref())
    }

    /// True where the row has the field, NULL or not.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }
}

/// Whole rows of one table, in order, still to be taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawPiece {
    /// Table named by the container; empty where the container names none.
    pub table: String,
    /// Number of its first row.
    pub first_row: u64,
    /// Rows in it.
    pub rows: u64,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    /// Lines of delimited text.
    Lines(delimited::Lines),
    /// JSON objects, one behind the other.
    Objects(json_rows::Objects),
    /// Rows that were taken apart already.
    Rows(Vec<RawRow>),
}

/// What a piece holds, in order.
#[derive(Debug, PartialEq)]
pub enum RowEvent<'a> {
    /// Names of the fields of the rows that follow. Comes before the first row, and again where they change.
    Names(&'a [String]),
    /// A row: one text for each name.
    Row {
        /// Data row.
        number: u64,
        /// Texts; `None` is NULL.
        values: &'a [Option<Cow<'a, str>>],
    },
    /// A row that cannot be read; reading goes on behind it.
    Reject {
        /// Data row.
        number: u64,
        /// Column, where known.
        column: &'a str,
        /// What is wrong.
        reason: String,
    },
}

impl RawPiece {
    /// Takes the rows apart.
    ///
    /// # Errors
    /// [`ReadError::Broken`] where the text breaks off or is not what the container promises.
    pub fn each_row(&self, receive: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ReadError> {
        match &self.content {
            Content::Lines(lines) => lines.each_row(self.first_row, receive),
            Content::Objects(objects) => objects.each_row(self.first_row, receive),
            Content::Rows(rows) => {
                let mut names: Vec<String> = Vec::new();
                for row in rows {
                    let is_known = row.fields.len() == names.len()
                        && row.fields.iter().zip(&names).all(|((field, _), name)| field == name);
                    if !is_known || names.is_empty() {
                        names = row.fields.iter().map(|(name, _)| name.clone()).collect();
                        receive(RowEvent::Names(&names));
                    }
                    let values: Vec<Option<Cow<'_, str>>> =
                        row.fields.iter().map(|(_, value)| value.as_deref().map(Cow::Borrowed)).collect();
                    receive(RowEvent::Row { number: row.number, values: &values });
                }
                Ok(())
            }
        }
    }
}

/// What a container hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A table is named here, which may turn out to have no rows.
    Table(String),
    /// Rows.
    Piece(RawPiece),
    /// A whole document that is no table, as JSON text.
    Document(String),
    /// A row that cannot be read; reading goes on behind it.
    Reject {
        /// Data row.
        number: u64,
        /// Column, where known.
        column: String,
        /// What is wrong.
        reason: String,
    },
}

/// Collects rows of readers that take rows apart themselves.
struct Gather<'a> {
    receive: Receive<'a>,
    rows: Vec<RawRow>,
}

impl<'a> Gather<'a> {
    fn new(receive: Receive<'a>) -> Self {
        Self { receive, rows: Vec::new() }
    }

    fn row(&mut self, row: RawRow) -> Result<(), ReadError> {
        if self.rows.len() >= PIECE_ROWS || self.rows.last().is_some_and(|last| last.table != row.table) {
            self.flush()?;
        }
        self.rows.push(row);
        Ok(())
    }

    /// A table begins, with rows or without.
    fn table(&mut self, table: &str) -> Result<(), ReadError> {
        self.flush()?;
        hand_over(self.receive, Item::Table(table.to_owned()))
    }

    fn reject(&mut self, number: u64, column: &str, reason: String) -> Result<(), ReadError> {
        self.flush()?;
        hand_over(self.receive, Item::Reject { number, column: column.to_owned(), reason })
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        let rows = std::mem::take(&mut self.rows);
        let Some(first) = rows.first() else { return Ok(()) };
        let piece = RawPiece {
            table: first.table.clone(),
            first_row: first.number,
            rows: u64::try_from(rows.len()).unwrap_or(u64::MAX),
            content: Content::Rows(rows),
        };
        hand_over(self.receive, Item::Piece(piece))
    }
}

fn hand_over(receive: Receive<'_>, item: Item) -> Result<(), ReadError> {
    if receive(item) { Ok(()) } else { Err(ReadError::Cancelled) }
}

/// Names shared by all pieces of a file.
type Names = Arc<Vec<String>>;

/// Why reading a file had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The medium failed.
    #[error("the file could not be read: {0}")]
    Io(#[from] std::io::Error),
    /// The content ended or broke off.
    #[error("{}{reason}", place_of(*row, column))]
    Broken {
        /// Data row, from 1; 0 before the first.
        row: u64,
        /// Column, where known.
        column: String,
        /// What is wrong.
        reason: String,
    },
    /// The receiver asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl ReadError {
    /// A break at a row.
    pub fn broken(row: u64, column: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Broken { row, column: column.into(), reason: reason.into() }
    }
}

/// `row 7, column id: `, as far as it is known.
fn place_of(row: u64, column: &str) -> String {
    match (row, column) {
        (0, "") => String::new(),
        (0, column) => format!("column {column}: "),
        (row, "") => format!("row {row}: "),
        (row, column) => format!("row {row}, column {column}: "),
    }
}

/// Takes items one by one; false stops the reading.
pub type Receive<'a> = &'a mut dyn FnMut(Item) -> bool;

#[cfg(test)]
mod tests {
    use super::*;

    /// A row, or what is wrong with it: number, column, reason.
    type Expanded = Result<RawRow, (u64, String, String)>;

    /// All rows of an item, for tests of the readers.
    pub(super) fn expand(item: &Item) -> Result<Vec<Expanded>, ReadError> {
        let mut rows = Vec::new();
        match item {
            Item::Piece(piece) => {
                let mut names = Vec::new();
                piece.each_row(&mut |event| match event {
                    RowEvent::Names(now) => names = now.to_vec(),
                    RowEvent::Row { number, values } => {
                        let values = values.iter().map(|value| value.as_deref().map(str::to_owned));
                        let fields = names.iter().cloned().zip(values).collect();
                        rows.push(Ok(RawRow { table: piece.table.clone(), number, fields }));
                    }
                    RowEvent::Reject { number, column, reason } => {
                        rows.push(Err((number, column.to_owned(), reason)));
                    }
                })?;
                assert_eq!(u64::try_from(rows.len()).ok(), Some(piece.rows), "a piece holds as many rows as it says");
            }
            Item::Document(_) | Item::Table(_) => {}
            Item::Reject { number, column, reason } => rows.push(Err((*number, column.clone(), reason.clone()))),
        }
        Ok(rows)
    }
}
