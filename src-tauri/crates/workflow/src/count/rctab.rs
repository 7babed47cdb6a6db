//! Cast vote records with a contest configuration: counted by the options of the configuration, or by another rule.

use std::path::Path;
use std::sync::Arc;

use domain::contest::Contest;
use importers::cvr::{self, CvrError};
use importers::formats::ReadError;
use tally::CannotCount;
use tally::methods::rctab;

use super::{CountRequest, Counted, Made, count_contest, sensitivity};
use crate::Error;

/// Whether a file is a contest configuration: its member with the sources tells.
pub(super) fn is_config(path: &Path) -> bool {
    use std::io::Read as _;
    let mut head = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(1 << 20).read_to_end(&mut head));
    read.is_ok() && String::from_utf8_lossy(&head).contains("\"cvrFileSources\"")
}

/// Counts records. Where `path` is the configuration itself, the records lie where it says.
pub(super) fn count_file(path: &Path, request: &CountRequest) -> Result<Counted, Error> {
    let (contest, rules) = match &request.config {
        Some(config) => cvr::read(path, config),
        None if is_config(path) => cvr::read_configured(path),
        None => {
            let message = "cast vote records need the contest configuration: give it with --config";
            return Err(CannotCount::new("bad_option", message).into());
        }
    }
    .map_err(of_reading)?;
    if request.rule != "rctab" {
        let plain = CountRequest { config: None, ..request.clone() };
        let seats = request.seats.or(contest.seats);
        return count_contest(contest, &CountRequest { seats, ..plain });
    }
    if request.seats.is_some() || request.arithmetic.is_some() {
        let message = "the contest configuration says how many are elected and how it is calculated; leave both out";
        return Err(CannotCount::new("bad_option", message).into());
    }
    let outcome = rctab::count(&contest, &rules)?;
    let result = rctab::to_json(&outcome);
    let again = |other: &Contest| rctab::count(other, &rules).ok().map(|outcome| outcome.count);
    let sensitivity = sensitivity::told(&contest, &outcome.count, &again);
    let contest = Arc::new(contest);
    let made = Made::Rctab(Arc::clone(&contest), Arc::new(rules.clone()));
    Ok(Counted { result, sensitivity, ..Counted::of(outcome.count, &contest, made) })
}

pub(super) fn of_reading(error: CvrError) -> Error {
    let message = error.to_string();
    match error {
        CvrError::File { path, source: ReadError::Broken { row, column, .. } } => {
            Error::Input { path, row, column, message }
        }
        CvrError::File { path, .. } | CvrError::Config { path, .. } => {
            Error::Input { path, row: 0, column: String::new(), message }
        }
        _ => Error::Input { path: String::new(), row: 0, column: String::new(), message },
    }
}
