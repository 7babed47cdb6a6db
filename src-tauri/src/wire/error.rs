//! How a failure is told to the window: what happened, where, and what to try.

use serde::Serialize;
use ts_rs::TS;

/// What the window may branch on; the message is for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// A file could not be read or is not what it should be.
    Input,
    /// The case file could not be used.
    Case,
    /// Another program uses the case.
    Locked,
    /// A name that does not exist.
    NotFound,
    /// A rule forbids it, or something must be done first.
    Refused,
    /// The user stopped the work.
    Cancelled,
    /// A file could not be written.
    Output,
    /// Other work on the case is still running.
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
        let view = Self::new(ErrorCode::from(error.code()), sentence(&error.to_string()), error.next_step());
        match error {
            workflow::Error::Input { path, row, column, .. } => Self {
                file: Some(path).filter(|path| !path.is_empty()),
                row: Some(row).filter(|row| *row > 0),
                column: Some(column).filter(|column| !column.is_empty()),
                ..view
            },
            _ => view,
        }
    }
}

impl From<workflow::ErrorCode> for ErrorCode {
    fn from(code: workflow::ErrorCode) -> Self {
        match code {
            workflow::ErrorCode::Input => Self::Input,
            workflow::ErrorCode::Case => Self::Case,
            workflow::ErrorCode::Locked => Self::Locked,
            workflow::ErrorCode::NotFound => Self::NotFound,
            workflow::ErrorCode::Refused => Self::Refused,
            workflow::ErrorCode::Cancelled => Self::Cancelled,
            workflow::ErrorCode::Output => Self::Output,
        }
    }
}

/// Messages for a terminal begin small and end open; a window shows sentences. A path at the beginning stays as it is.
fn sentence(message: &str) -> String {
    let first_word = message.split(' ').next().unwrap_or_default();
    let mut letters = message.chars();
    let mut text = match letters.next() {
        Some(first) if first_word.chars().all(char::is_alphabetic) => first.to_uppercase().chain(letters).collect(),
        _ => message.to_owned(),
    };
    if !text.ends_with(['.', '!', '?']) {
        text.push('.');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences_and_paths_stay() {
        assert_eq!(sentence("the file is empty"), "The file is empty.");
        assert_eq!(sentence("votes.csv, row 3: no number."), "votes.csv, row 3: no number.");
    }

    #[test]
    fn a_place_in_a_file_is_kept() {
        let error = workflow::Error::Input {
            path: "votes.csv".to_owned(),
            row: 3,
            column: String::new(),
            message: "votes.csv, row 3: no number".to_owned(),
        };
        let view = ErrorView::from(error);
        assert_eq!((view.file.as_deref(), view.row, view.column), (Some("votes.csv"), Some(3), None));
    }
}
