//! What can go wrong, with a code for programs and a next step for people.

use std::path::Path;

use domain::evidence::Reject;
use store::StoreError;

/// The few kinds of failure that a caller may branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorCode {
    /// A file could not be read or is not what it should be.
    Input,
    /// The case file could not be used.
    Case,
    /// Another program uses the case.
    Locked,
    /// A name that does not exist (election, system).
    NotFound,
    /// A rule forbids it.
    Refused,
    /// The user stopped it.
    Cancelled,
    /// A report could not be written.
    Output,
}

/// Why a use case did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An input could not be read; the place is named.
    #[error("{message}")]
    Input {
        /// File, where known.
        path: String,
        /// Row, from 1; 0 where none is meant.
        row: u64,
        /// Column, where known.
        column: String,
        /// The whole message, place included.
        message: String,
    },
    /// The case file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such election in the case.
    #[error("there is no election {id} in this case; it holds: {known}")]
    NoElection {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// There is no such incident in the case.
    #[error("there is no incident {id} in this case; {known}")]
    NoIncident {
        /// What was asked for.
        id: String,
        /// What there is.
        known: String,
    },
    /// Something must be done first.
    #[error("{message}")]
    NotYet {
        /// What is missing.
        message: String,
    },
    /// A rule of the lifecycle, a role or a lock forbids it.
    #[error("{message}")]
    Refused {
        /// Why, and what is possible instead.
        message: String,
    },
    /// The user stopped it; nothing was changed.
    #[error("cancelled; nothing was changed")]
    Cancelled,
    /// A report or file could not be written.
    #[error("{path}: {reason}")]
    Output {
        /// Where to.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A rule gives no result, or was asked for something that it does not offer.
    #[error("{}", .0.message)]
    CannotCount(#[from] tally::CannotCount),
    /// A key file that is none.
    #[error("{path}: {reason}")]
    Keys {
        /// The file.
        path: String,
        /// What was expected.
        reason: String,
    },
}

impl From<std::io::Error> for Error {
    /// Temporary files are the only ones that are written without a path of their own.
    fn from(error: std::io::Error) -> Self {
        Self::Output { path: std::env::temp_dir().display().to_string(), reason: error.to_string() }
    }
}

impl Error {
    /// Refused by a rule; the message says why and what is possible instead.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Refused { message: message.into() }
    }

    /// The code for programs.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Input { .. } | Self::Keys { .. } => ErrorCode::Input,
            Self::Store(StoreError::Locked { .. }) => ErrorCode::Locked,
            Self::Store(_) => ErrorCode::Case,
            Self::NoElection { .. } | Self::NoIncident { .. } => ErrorCode::NotFound,
            Self::NotYet { .. } | Self::Refused { .. } => ErrorCode::Refused,
            Self::CannotCount(error) if matches!(error.kind, "bad_option" | "seats_unknown") => ErrorCode::NotFound,
            Self::CannotCount(_) => ErrorCode::Input,
            Self::Cancelled => ErrorCode::Cancelled,
            Self::Output { .. } => ErrorCode::Output,
        }
    }

    /// What the reader can try next.
    pub fn next_step(&self) -> String {
        match self {
            Self::Input { row: 0, .. } => {
                "Check the path, and choose the files as the election system exported them. The case is as it was."
            }
            Self::Input { .. } => "Open the file at the named place, correct it or export it again, then import it once more. The case is as it was.",
            Self::Keys { .. } => "Give a file with lines NAME=value or a JSON object of names and values.",
            Self::Store(StoreError::Locked { .. }) => "Close the case in the other window or program, then try again.",
            Self::Store(StoreError::Newer { .. }) => "Install the newer version of Scrutineer.",
            Self::Store(StoreError::Damaged { .. } | StoreError::LedgerBroken { .. }) => {
                "Keep this file as it is and open a backup; compare both."
            }
            Self::Store(StoreError::Foreign { .. }) => "Choose a file that ends in .scrutineer, or make a new case.",
            Self::Store(StoreError::ReadOnly { .. }) => {
                "Copy the case to a folder that can be written, and go on with the copy."
            }
            Self::Store(StoreError::UnclosedReadOnly { .. }) => {
                "Copy the case together with the files beside it to a folder that can be written, and open it there."
            }
            Self::Store(StoreError::Io { source, .. }) if source.kind() == std::io::ErrorKind::StorageFull => {
                "Free some space on this disk or choose another one, then try again. The case is as it was."
            }
            Self::Store(_) => "Check the path and the free space, then try again.",
            Self::NoElection { .. } | Self::NoIncident { .. } => "Use one of the ids listed.",
            Self::NotYet { .. } => "Do that first, then come back.",
            Self::Refused { .. } => "Nothing else was changed.",
            Self::CannotCount(_) => "Look at the ballots and at what was asked for; `scrutineer count --help` names the options.",
            Self::Cancelled => "Start again whenever you like.",
            Self::Output { .. } => "Choose a folder that can be written and has room enough.",
        }
        .to_owned()
    }

    /// Names the case where the store could not: its readers know no path.
    pub(crate) fn of_case(self, path: &Path) -> Self {
        match self {
            Self::Store(error) => Self::Store(error.explain(path)),
            other => other,
        }
    }

    pub(crate) fn from_import(error: importers::ImportError<StoreError>) -> Self {
        use importers::ImportError;
        use importers::formats::ReadError;
        let message = error.to_string();
        match error {
            ImportError::Sink(error) => Self::Store(error),
            ImportError::Cancelled => Self::Cancelled,
            ImportError::File { path, source: ReadError::Broken { row, column, .. } } => {
                Self::Input { path, row, column, message }
            }
            ImportError::File { path, .. }
            | ImportError::Encoding { path, .. }
            | ImportError::UnknownSystem { path, .. } => Self::Input { path, row: 0, column: String::new(), message },
            _ => Self::Input { path: String::new(), row: 0, column: String::new(), message },
        }
    }

    /// A file that was read alone could not be.
    pub(crate) fn from_reading(error: importers::ballot_files::BallotFileError) -> Self {
        use importers::ImportError;
        use importers::formats::ReadError;
        let message = error.to_string();
        match error {
            ImportError::File { path, source: ReadError::Broken { row, column, .. } } => {
                Self::Input { path, row, column, message }
            }
            ImportError::File { path, .. } | ImportError::Encoding { path, .. } => {
                Self::Input { path, row: 0, column: String::new(), message }
            }
            _ => Self::Input { path: String::new(), row: 0, column: String::new(), message },
        }
    }

    pub(crate) fn input(error: &importers::inputs::InputError) -> Self {
        Self::Input { path: String::new(), row: 0, column: String::new(), message: error.to_string() }
    }
}

/// One line about a rejected row.
pub(crate) fn reject_line(reject: &Reject) -> String {
    let column = if reject.column.is_empty() { String::new() } else { format!(", column {}", reject.column) };
    format!("{}, row {}{column}: {}", reject.path, reject.row, reject.reason)
}
