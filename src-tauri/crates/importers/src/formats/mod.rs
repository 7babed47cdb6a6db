//! Readers of the containers that tables come in: delimited text, JSON, JSON Lines, SQL dumps. They know no source
//! system; each hands out rows of named fields.

pub mod delimited;
pub mod json_rows;
pub mod sql;

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

/// What a container hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// A row.
    Row(RawRow),
    /// A whole document that is no table, as JSON text.
    Document(String),
    /// A row that cannot be read; reading goes on behind it.
    Reject {
        /// Table, where known.
        table: String,
        /// Data row.
        number: u64,
        /// Column, where known.
        column: String,
        /// What is wrong.
        reason: String,
    },
}

/// Why reading a file had to stop.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The medium failed.
    #[error("the file could not be read: {0}")]
    Io(#[from] std::io::Error),
    /// The content ended or broke off.
    #[error("row {row}{}: {reason}", if column.is_empty() { String::new() } else { format!(", column {column}") })]
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

/// Takes items one by one; false stops the reading.
pub type Receive<'a> = &'a mut dyn FnMut(Item) -> bool;
