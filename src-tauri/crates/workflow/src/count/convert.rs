//! Cast vote records of any maker written out in one form.

use std::path::Path;

use importers::cvr::{Config, convert};

use super::rctab::of_reading;
use crate::Error;
use crate::export::write_through;

/// What cast vote records can be written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordForm {
    /// One row for each record, one column for each rank.
    Csv,
    /// NIST SP 1500-103, JSON.
    Cdf,
}

/// Writes the records that a contest configuration names into one file, complete or not at all. `generated`: the instant that
/// the report of the second form states, in the form of ISO 8601; without one the date of the contest, so that the same
/// records give the same bytes.
///
/// # Errors
/// [`Error::Input`] where a record cannot be read, [`Error::Output`] where the file cannot be written.
pub fn convert_records(config: &Path, form: RecordForm, generated: Option<&str>, to: &Path) -> Result<(), Error> {
    let read = Config::load(config).map_err(of_reading)?;
    let date = &read.rules.heading.date;
    let date = if date.is_empty() { "1970-01-01" } else { date.as_str() };
    let generated = generated.map_or_else(|| format!("{date}T00:00:00Z"), str::to_owned);
    write_through(to, |file| match form {
        RecordForm::Csv => convert::to_csv(config, file).map_err(of_reading),
        RecordForm::Cdf => convert::to_cdf(config, &generated, file).map_err(of_reading),
    })
}
