//! The receipt desk: what voters hold against what a case or an export holds.

use std::path::{Path, PathBuf};

use domain::{Instant, Job, ReceiptAnswer, ReceiptStatement};
use importers::astra::receipts::{Receipt, read};
use reports::documents;
use serde_json::json;
use store::Reader;

use crate::audit::receipts::LookedUp;
use crate::export::{write_table, write_whole};
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

/// Looks receipts up in the ballots of every system that gives receipts. Where a case holds several, the one that knows the ballot
/// answers.
fn look_up(reader: &Reader, receipts: &[Receipt]) -> Result<LookedUp, Error> {
    let systems = audit::systems(&reader.evidence()?);
    let own = systems.contains(audit::scrutineer::SYSTEM).then(|| audit::scrutineer::receipts::check(reader, receipts));
    let astra = (!reader.ballot_runs()?.is_empty()).then(|| audit::astra::receipts::check(reader, receipts));
    match (own.transpose()?, astra.transpose()?) {
        (Some(found), None) | (None, Some(found)) => Ok(found),
        (Some(own), Some(astra)) => Ok(LookedUp {
            election: String::new(),
            files: own.files.into_iter().chain(astra.files).collect(),
            answers: own
                .answers
                .into_iter()
                .zip(astra.answers)
                .map(|(own, astra)| if own.found_in_public_ballots { own } else { astra })
                .collect(),
        }),
        (None, None) => {
            let message = "the case holds no ballots with receipt codes; import the public ballots first".to_owned();
            Err(Error::NotYet { message })
        }
    }
}

impl Case {
    /// Looks receipts up in the case, in the order given. The ledger records how many were looked up, never which.
    ///
    /// # Errors
    /// [`Error::NotYet`] where the case holds no ballots with receipts; the store's.
    pub fn check_receipts(&mut self, receipts: &[Receipt]) -> Result<ReceiptStatement, Error> {
        let reader = self.reader()?;
        let found = look_up(&reader, receipts).map_err(|error| error.of_case(self.path()))?;
        drop(reader);
        let count = |of: fn(&ReceiptAnswer) -> bool| found.answers.iter().filter(|answer| of(answer)).count();
        self.record(
            "receipts.check",
            json!({
                "receipts": found.answers.len(),
                "found": count(|answer| answer.found_in_public_ballots),
                "contradicted": count(ReceiptAnswer::is_contradiction),
            }),
        )?;
        let head = self.file()?.printed_head()?;
        Ok(ReceiptStatement {
            election: found.election,
            files: found.files.into_iter().map(|file| (file.path, file.sha256.to_hex(), file.rows)).collect(),
            ledger_number: head.as_ref().map(|entry| entry.number).unwrap_or_default(),
            ledger_head: head.map(|entry| entry.hash.to_hex()).unwrap_or_default(),
            at: self.now(),
            answers: found.answers,
        })
    }

    /// Prints what was found about receipts, and records that it was printed.
    ///
    /// # Errors
    /// As [`write_receipts`].
    pub fn save_receipts(
        &mut self,
        statement: &ReceiptStatement,
        pdf: Option<&Path>,
        csv: Option<&Path>,
    ) -> Result<(), Error> {
        write_receipts(statement, pdf, csv)?;
        for (act, path) in [("report.print", pdf), ("report.export", csv)] {
            if let Some(name) = path.and_then(Path::file_name) {
                let files = [name.to_string_lossy()];
                self.record(act, json!({"receipts": statement.answers.len(), "files": files}))?;
            }
        }
        Ok(())
    }
}

/// Prints what was found about receipts: the statement as PDF, the table as one CSV file.
///
/// # Errors
/// [`Error::Output`] where a file cannot be written.
pub fn write_receipts(statement: &ReceiptStatement, pdf: Option<&Path>, csv: Option<&Path>) -> Result<(), Error> {
    if let Some(path) = pdf {
        let at = Instant::parse(&statement.at).unwrap_or(Instant { micros: 0 });
        let bytes = reports::render_pdf(&documents::receipts::document(statement), at)
            .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
        write_whole(path, &bytes)?;
    }
    if let Some(path) = csv {
        write_table(&documents::receipts::table(statement), path)?;
    }
    Ok(())
}

/// Looks receipts up in an export without keeping a case. The statement takes the newest instant of the export as its time.
///
/// # Errors
/// As [`Case::import`] and [`Case::check_receipts`].
pub fn check_receipts_in(
    inputs: &[PathBuf],
    receipts: &[Receipt],
    assumed: Option<&Assumed>,
    job: &dyn Job,
) -> Result<ReceiptStatement, Error> {
    let folder = tempfile::tempdir()?;
    let mut case = Case::unfounded(&folder.path().join("receipts.scrutineer"), "Receipts")?;
    let plan = case.import(inputs, None, job)?;
    if let Some(assumed) = assumed {
        case.assume(plan.system(), assumed)?;
    }
    let mut statement = case.check_receipts(receipts)?;
    // The ledger of a case that nobody keeps proves nothing to anybody.
    statement.ledger_head.clear();
    statement.ledger_number = 0;
    Ok(statement)
}
