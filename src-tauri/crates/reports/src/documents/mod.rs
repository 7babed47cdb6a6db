//! The documents: one file per report, each building a [`crate::Document`] from domain values.
//!
//! A document here is a pure function and is tested as text; how it looks is the business of [`crate::formats`].
pub mod count;
pub mod forensics;
pub mod letters;
pub mod receipts;

/// A table for a CSV file.
#[derive(Clone, Debug)]
pub struct CsvTable {
    /// File name without ending.
    pub name: String,
    /// Stable column names.
    pub columns: Vec<String>,
    /// Cells.
    pub rows: Vec<Vec<String>>,
}
