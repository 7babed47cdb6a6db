//! The receipt desk: what voters hold against what a case or an export holds.

use std::path::{Path, PathBuf};

use domain::Job;
use importers::astra::receipts::{Receipt, read};
use serde_json::json;

pub use crate::audit::astra::receipts::ReceiptAnswer;
use crate::{Assumed, Case, Error, audit};

/// Largest file of receipts.
const MAX_BYTES: u64 = 64 << 20;

/// Reads a file of receipts: one or many as JSON, a CSV, codes one a line, or the text of a receipt message.
///
/// # Errors
/// [`Error::Input`] with the receipt where it cannot be read.
pub fn read_receipts_file(path: &Path) -> Result<Vec<Receipt>, Error> {
    let shown = path.display().to_string();
    let failed = |message: String| Error::Input { path: shown.clone(), row: 0, column: String::new(), message };
    let meta = std::fs::metadata(path).map_err(|error| failed(format!("{shown}: {error}")))?;
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err(failed(format!("{shown}: a file of at most 64 MiB was expected")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| failed(format!("{shown}: {error}")))?;
    read_receipts_text(&text, &shown)
}

/// [`read_receipts_file`] for text that was typed or pasted.
///
/// # Errors
/// [`Error::Input`] with the receipt where it cannot be read.
pub fn read_receipts_text(text: &str, origin: &str) -> Result<Vec<Receipt>, Error> {
    read(text).map_err(|error| Error::Input {
        path: origin.to_owned(),
        row: error.row,
        column: String::new(),
        message: format!("{origin}: {error}"),
    })
}

impl Case {
    /// Looks receipts up in the case, in the order given. The ledger records how many were looked up, never which.
    ///
    /// # Errors
    /// [`Error::NotYet`] where the case holds no ballots with receipts; the store's.
    pub fn check_receipts(&mut self, receipts: &[Receipt]) -> Result<Vec<ReceiptAnswer>, Error> {
        let reader = self.reader()?;
        if reader.ballot_runs()?.is_empty() {
            let message = "the case holds no ballots with receipt codes; import the public ballots first".to_owned();
            return Err(Error::NotYet { message });
        }
        let answers = audit::astra::receipts::check(&reader, receipts).map_err(|error| error.of_case(self.path()))?;
        drop(reader);
        let count = |of: fn(&ReceiptAnswer) -> bool| answers.iter().filter(|answer| of(answer)).count();
        self.record(
            "receipts.check",
            json!({
                "receipts": answers.len(),
                "found": count(|answer| answer.found_in_public_ballots),
                "contradicted": count(is_contradiction),
            }),
        )?;
        Ok(answers)
    }
}

/// True where a receipt speaks against the export.
pub fn is_contradiction(answer: &ReceiptAnswer) -> bool {
    answer.findings.iter().any(|code| code == "K801" || code == "K802")
}

/// Looks receipts up in an export without keeping a case.
///
/// # Errors
/// As [`Case::import`] and [`Case::check_receipts`].
pub fn check_receipts_in(
    inputs: &[PathBuf],
    receipts: &[Receipt],
    assumed: Option<&Assumed>,
    job: &dyn Job,
) -> Result<Vec<ReceiptAnswer>, Error> {
    let folder = tempfile::tempdir()?;
    let mut case = Case::unfounded(&folder.path().join("receipts.scrutineer"), "Receipts")?;
    let plan = case.import(inputs, None, job)?;
    if let Some(assumed) = assumed {
        case.assume(plan.system(), assumed)?;
    }
    case.check_receipts(receipts)
}
