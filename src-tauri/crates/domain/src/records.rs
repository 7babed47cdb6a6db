//! What an import hands from a reader to a case: records, files, and the trait between both.

use crate::evidence::Reject;
use crate::{AuditRecord, FileId, Place, Sha256Digest, VoteRecord};

/// One record ready for the case.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// A vote.
    Vote(Box<VoteRecord>),
    /// An audit entry.
    Audit(Box<AuditRecord>),
    /// A row of any other table.
    Row(TableRow),
    /// A row that is not needed.
    Ignored,
}

/// A row of a table without a layout of its own: fields as they came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRow {
    /// Table or document.
    pub table: String,
    /// Where it stands.
    pub place: Place,
    /// Key within the table.
    pub key: String,
    /// Fields in the order written; `None` is NULL.
    pub fields: Vec<(String, Option<String>)>,
}

/// A file that was read to its end.
#[derive(Clone, Debug)]
pub struct ReadFile {
    /// Path relative to the input.
    pub path: String,
    /// Where the bytes are.
    pub location: std::path::PathBuf,
    /// SHA-256 over the bytes as they came.
    pub sha256: Sha256Digest,
    /// Size.
    pub bytes: u64,
    /// Source system; empty for a file that belongs to none.
    pub system: String,
    /// Table, document or `ignored`; several tables are joined by `+`.
    pub kind: String,
    /// Records read, rejected ones included.
    pub rows: u64,
    /// True where the file cannot tell NULL from an empty text.
    pub has_ambiguous_nulls: bool,
}

/// Receives what an import reads. The sink may refuse by an error, which ends the import.
pub trait RecordSink {
    /// What the sink answers when it cannot go on.
    type Error;
    /// A file begins; answers its number in the case.
    ///
    /// # Errors
    /// The sink's own.
    fn begin_file(&mut self, path: &str) -> Result<FileId, Self::Error>;
    /// Records of the current file, in order.
    ///
    /// # Errors
    /// The sink's own.
    fn take(&mut self, records: Vec<Record>) -> Result<(), Self::Error>;
    /// A row that could not be read.
    ///
    /// # Errors
    /// The sink's own.
    fn reject(&mut self, reject: Reject) -> Result<(), Self::Error>;
    /// The current file ended.
    ///
    /// # Errors
    /// The sink's own.
    fn end_file(&mut self, file: ReadFile) -> Result<(), Self::Error>;
}
