//! What can go wrong while a report is rendered.

/// Rendering failed. None of these depends on the text of a document: any text can be printed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A bundled font could not be read: the program file is damaged.
    #[error("the bundled font {name} cannot be read; the program file may be damaged, please install it again")]
    Font {
        /// File name of the font.
        name: &'static str,
    },
    /// The PDF writer left something out, so the pages might be incomplete.
    #[error("the PDF could not be written completely: {detail}")]
    PdfIncomplete {
        /// What the writer said.
        detail: String,
    },
    /// The finished PDF could not be put into bytes.
    #[error("the PDF could not be put into bytes")]
    PdfBytes(#[source] std::io::Error),
    /// A CSV row could not be written.
    #[error("row {row} of the CSV file could not be written")]
    Csv {
        /// Row from 1; 0 is the header.
        row: u64,
        /// What the writer said.
        #[source]
        source: csv::Error,
    },
    /// A CSV row does not have one cell for each column.
    #[error("row {row} of the CSV file has {found} cells where the header has {expected}")]
    CsvCells {
        /// Row from 1.
        row: u64,
        /// Cells of the header.
        expected: usize,
        /// Cells of the row.
        found: usize,
    },
}
