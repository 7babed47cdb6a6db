//! The documents: one file per report, each building a [`crate::Document`] from domain values.
//!
//! A document here is a pure function and is tested as text; how it looks is the business of [`crate::formats`].

pub mod ballot;
pub mod certificate;
pub mod close;
pub mod comparison;
pub mod count;
pub mod election_result;
pub mod forensics;
pub mod incident;
pub mod integrity;
pub mod letters;
pub mod receipt_slip;
pub mod receipts;
pub mod subject;

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

#[cfg(test)]
mod tests {
    use domain::Instant;

    use crate::{Document, render_pdf};

    /// Renders a document, twice to the same bytes. To look at the pages, name a folder in `SCRUTINEER_SAMPLES`.
    pub(super) fn keep(name: &str, document: &Document) -> Vec<u8> {
        let render = || render_pdf(document, Instant::from_seconds(0)).unwrap();
        let pdf = render();
        assert!(pdf == render(), "two renderings of {name} differ");
        if let Some(folder) = std::env::var_os("SCRUTINEER_SAMPLES") {
            std::fs::write(std::path::Path::new(&folder).join(format!("{name}.pdf")), &pdf).unwrap();
        }
        pdf
    }
}
