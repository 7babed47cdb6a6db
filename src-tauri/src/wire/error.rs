//! How a failure is told to the window: what happened, where, and what to try.

use serde::Serialize;
use ts_rs::TS;

/// What the window may branch on; the message is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Wrong use.
    Usage,
    /// An input or a case could not be read.
    Input,
    /// A rule refused the act.
    Refused,
    /// The user stopped the work.
    Cancelled,
    /// A file could not be read or written.
    File,
    /// The case file itself is damaged or newer than the program.
    Case,
    /// Another job is running.
    Busy,
    /// No case is open.
    NoCase,
    /// A fault of the program.
    Internal,
}

/// A failure, for showing.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ErrorView {
    /// Kind.
    pub code: ErrorCode,
    /// What happened, to which thing.
    pub message: String,
    /// File concerned.
    pub file: Option<String>,
    /// Row concerned, from 1.
    pub row: Option<u64>,
    /// Column concerned.
    pub column: Option<String>,
    /// What to try.
    pub next_step: String,
}

impl ErrorView {
    /// A failure without a place in a file.
    pub fn new(code: ErrorCode, message: impl Into<String>, next_step: impl Into<String>) -> Self {
        Self { code, message: message.into(), file: None, row: None, column: None, next_step: next_step.into() }
    }

    /// A fault of the program itself. What went wrong is on standard error, without personal data.
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "The program made a mistake and stopped this work. The case was not changed.",
            "Try again. If it happens again, start the program from a terminal and report what it prints.",
        )
    }

    /// Nothing is open.
    pub fn no_case() -> Self {
        Self::new(ErrorCode::NoCase, "No case is open.", "Open a case or make a new one.")
    }
}

impl From<workflow::Error> for ErrorView {
    fn from(error: workflow::Error) -> Self {
        Self::new(ErrorCode::from(error.code()), error.to_string(), error.next_step())
    }
}

impl From<workflow::ErrorCode> for ErrorCode {
    fn from(code: workflow::ErrorCode) -> Self {
        match code {
            workflow::ErrorCode::Usage => Self::Usage,
            workflow::ErrorCode::Input => Self::Input,
            workflow::ErrorCode::Refused => Self::Refused,
            workflow::ErrorCode::Cancelled => Self::Cancelled,
        }
    }
}
