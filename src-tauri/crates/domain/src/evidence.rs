//! Where every fact comes from: files as they came, and places inside them.

use crate::Sha256Digest;

/// Number of an evidence file within its case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub i64);

/// One row of one evidence file. Rows count from 1; the header line of a table is not a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file.
    pub file: FileId,
    /// Data row within the file, from 1.
    pub row: u64,
}

/// A file as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EvidenceFile {
    /// Number within the case.
    pub id: FileId,
    /// Path relative to the input it came with, with `/` between parts.
    pub path: String,
    /// SHA-256 over the bytes as they came.
    pub sha256: Sha256Digest,
    /// Size in bytes.
    pub bytes: u64,
    /// Source system that the file belongs to, or empty where it belongs to none.
    pub system: String,
    /// What the file holds (a table's name, `forensics`, `audit_export`, `ignored`, ...).
    pub kind: String,
    /// Records read from it, rejected ones included.
    pub rows: u64,
    /// True where the original bytes lie in the case.
    pub is_kept: bool,
}

/// A row that could not be taken over, with the reason a person can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    /// Path of the file, as in [`EvidenceFile::path`].
    pub path: String,
    /// Data row within the file, from 1; 0 where the whole file is meant.
    pub row: u64,
    /// Column or field; empty where the whole row is meant.
    pub column: String,
    /// What is wrong and what was expected.
    pub reason: String,
}

/// Two files that hold the same table row with different content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Table, in the source's own name.
    pub table: String,
    /// Key of the row.
    pub key: String,
    /// Column that differs, or empty where the row is absent from the file that counts.
    pub column: String,
    /// True where the column is signed or hashed by the source.
    pub is_protected: bool,
    /// The value that counts.
    pub kept: String,
    /// The value of the other file.
    pub other: String,
    /// Where the other value stands.
    pub place: Place,
}
