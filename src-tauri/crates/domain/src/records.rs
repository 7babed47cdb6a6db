//! What an import hands from a reader to a case: records and files. Votes go another way, see [`crate::VoteView`].

use crate::{AuditRecord, BallotRecord, Place, Sha256Digest};

/// One record ready for the case.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// An audit entry.
    Audit(Box<AuditRecord>),
    /// A ranked ballot.
    Ballot(Box<BallotRecord>),
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
