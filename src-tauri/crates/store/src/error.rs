//! What can go wrong with a case file.

use std::path::PathBuf;

use crate::medium;

/// Why a case file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is a file already.
    #[error("{path}: there is a file of this name already; choose another name")]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{path}: there is no such file")]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A file of something else.
    #[error("{path}: this is not a Scrutineer case")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer program.
    #[error(
        "{path}: the case was written by a newer program (layout {found}, this program knows up to {known}); update Scrutineer"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Layout of the file.
        found: i64,
        /// Newest layout known.
        known: i64,
    },
    /// The database is damaged.
    #[error("{path}: the case file is damaged ({reason}); open a backup of it")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What the check said.
        reason: String,
    },
    /// The ledger does not verify.
    #[error(
        "{path}: the ledger does not verify at entry {number}: {reason}; the case was changed outside this program"
    )]
    LedgerBroken {
        /// The file.
        path: PathBuf,
        /// Entry.
        number: i64,
        /// What does not fit.
        reason: String,
    },
    /// Somebody else writes.
    #[error("{path}: another program is writing to this case; close it there first")]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// The case lies on a medium that takes no writes.
    #[error("{path}: the file or its folder is read-only, so nothing can be written into the case")]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// The case was not closed, and on a medium that takes no writes its journal cannot be worked in.
    #[error(
        "{path}: the case was not closed before it came onto this read-only medium; {journal} holds its newest acts, which cannot be worked in here"
    )]
    UnclosedReadOnly {
        /// The file.
        path: PathBuf,
        /// Its journal.
        journal: PathBuf,
    },
    /// The medium refused.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database refused.
    #[error("the case file could not be used: {0}")]
    Sql(#[from] rusqlite::Error),
    /// A stored value cannot be read.
    #[error("a stored value of {table} cannot be read: {reason}")]
    Value {
        /// Table.
        table: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl StoreError {
    /// Full medium, read-only medium and locks deserve their own words; everything else at least names the file.
    pub fn explain(self, path: &std::path::Path) -> Self {
        use rusqlite::ErrorCode;
        let failure = match &self {
            Self::Sql(rusqlite::Error::SqliteFailure(failure, _)) => *failure,
            // What was stored well can be read back.
            Self::Sql(_) | Self::Value { .. } => {
                return Self::Damaged { path: path.to_owned(), reason: self.to_string() };
            }
            Self::Io { .. } => {
                let Self::Io { path, source } = self else { return self };
                return Self::Io { path, source: plain(source) };
            }
            _ => return self,
        };
        let path = path.to_owned();
        match failure.code {
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Locked { path },
            ErrorCode::NotADatabase => Self::Foreign { path },
            ErrorCode::DatabaseCorrupt => Self::Damaged { path, reason: "the database check failed".to_owned() },
            _ if failure.extended_code == rusqlite::ffi::SQLITE_IOERR_SHORT_READ => {
                Self::Damaged { path, reason: "the file ends too early".to_owned() }
            }
            ErrorCode::DiskFull => Self::Io { path, source: plain(std::io::ErrorKind::StorageFull.into()) },
            ErrorCode::ReadOnly => Self::ReadOnly { path },
            // The database does not say why: a trial does.
            ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::PermissionDenied => {
                match medium::trial(&path) {
                    Err(error) if medium::is_refusal(&error) => Self::ReadOnly { path },
                    Err(error) => Self::Io { path, source: plain(error) },
                    Ok(()) => Self::Io { path, source: std::io::Error::other(self.to_string()) },
                }
            }
            _ => self,
        }
    }
}

/// What the system said, in words that everybody knows.
fn plain(error: std::io::Error) -> std::io::Error {
    match error.kind() {
        std::io::ErrorKind::StorageFull => std::io::Error::new(std::io::ErrorKind::StorageFull, "the disk is full"),
        _ => error,
    }
}
