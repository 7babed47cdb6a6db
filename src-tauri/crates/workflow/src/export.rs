//! Writing reports to files: JSON of everything, the forensics report as PDF, one CSV per table.

use std::io::Write;
use std::path::{Path, PathBuf};

use domain::report::AuditReport;
use reports::documents::CsvTable;
use reports::documents::integrity::{self, IntegrityPaper};
use serde_json::json;

use crate::{Case, Error};

/// What to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// The forensics report for printing.
    Pdf,
    /// One file per table.
    Csv,
    /// The audit answer.
    Json,
}

/// Paper of a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaperSize {
    /// 210 x 297 mm.
    A4,
    /// 8.5 x 11 inches.
    Letter,
}

/// Chooses the paper of everything that this process prints from now on; A4 where nobody does. Slips keep their size.
pub fn print_on(size: PaperSize) {
    reports::print_on(match size {
        PaperSize::A4 => reports::Paper::A4,
        PaperSize::Letter => reports::Paper::Letter,
    });
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Error + '_ {
    use std::io::ErrorKind;
    move |error| {
        let reason = match error.kind() {
            ErrorKind::StorageFull => "the disk is full".to_owned(),
            ErrorKind::ReadOnlyFilesystem => "the folder is read-only".to_owned(),
            _ => error.to_string(),
        };
        Error::Output { path: path.display().to_string(), reason }
    }
}

/// Writes a file completely or not at all: under a name of its own until it is on the disk.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().map_err(|error| {
        let _ = std::fs::remove_file(&part);
        failed(path)(error)
    })
}

/// Writes a file that is made piece by piece, completely or not at all.
pub(crate) fn write_through(path: &Path, make: impl FnOnce(&mut dyn Write) -> Result<(), Error>) -> Result<(), Error> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let file = std::fs::File::create(&part).map_err(failed(path))?;
    let mut file = std::io::BufWriter::new(file);
    let made = make(&mut file).and_then(|()| {
        let whole = file.into_inner().map_err(std::io::IntoInnerError::into_error).map_err(failed(path))?;
        whole.sync_all().and_then(|()| std::fs::rename(&part, path)).map_err(failed(path))
    });
    if made.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    made
}

/// The audit answer as pretty JSON with a line end.
pub(crate) fn json_bytes(report: &AuditReport) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&report.contract()).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Writes `report.json`, `report.pdf` and `csv/*.csv` into a folder.
///
/// # Errors
/// [`Error::Output`] where the folder cannot be written.
pub fn write_reports(case: &Case, report: &AuditReport, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let csv = folder.join("csv");
    make_folder(&csv)?;
    let mut written = Vec::new();
    let json = folder.join("report.json");
    write_whole(&json, &json_bytes(report))?;
    written.push(json);
    let pdf = folder.join("report.pdf");
    write_whole(&pdf, &pdf_bytes(case, report, None, None)?)?;
    written.push(pdf);
    written.extend(write_tables(report, None, &csv)?);
    Ok(written)
}

/// The forensics report of one election, or of all; `signer` is who signs the bundle that it lies in.
pub(crate) fn pdf_bytes(
    case: &Case,
    report: &AuditReport,
    election_id: Option<&str>,
    signer: Option<&str>,
) -> Result<Vec<u8>, Error> {
    let rejects = case.rejects()?;
    let head = case.printed_head()?;
    let mut document = reports::documents::forensics::document(report, election_id, &head, &rejects);
    if let Some(signer) = signer {
        document.cover.facts.push(("Signed by".to_owned(), signer.to_owned()));
        document.stamp_footer_id();
    }
    case.carry_ledger_head(&mut document, &head)?;
    let at = reports::documents::forensics::newest_instant(report);
    reports::render_pdf(&document, at)
        .map_err(|error| Error::Output { path: "report.pdf".to_owned(), reason: error.to_string() })
}

/// File names, without the folders that they lie in.
fn names_of(paths: &[PathBuf]) -> Vec<String> {
    paths.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect()
}

fn write_tables(report: &AuditReport, election_id: Option<&str>, folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    for table in reports::documents::forensics::tables(report, election_id) {
        let path = folder.join(format!("{}.csv", table.name));
        write_table(&table, &path)?;
        written.push(path);
    }
    Ok(written)
}

/// Makes a folder with all above it.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(folder).map_err(failed(folder))
}

/// Writes one table as CSV.
pub(crate) fn write_table(table: &CsvTable, path: &Path) -> Result<(), Error> {
    let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
    let bytes = reports::write_csv(&columns, &table.rows)
        .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
    write_whole(path, &bytes)
}

impl Case {
    /// Writes the newest conclusion about an election to a file (PDF, JSON) or a folder (CSV), and records it.
    ///
    /// # Errors
    /// [`Error::NotYet`] before the first verification, [`Error::Output`] where nothing can be written.
    pub fn save_report(
        &mut self,
        election_id: &str,
        kind: ReportKind,
        destination: &Path,
    ) -> Result<Vec<PathBuf>, Error> {
        let report = self
            .latest_report()?
            .ok_or_else(|| Error::NotYet { message: "nothing was verified in this case yet".to_owned() })?;
        let known: Vec<&str> = report.elections.iter().map(|election| election.election_id.as_str()).collect();
        if !known.is_empty() && !known.contains(&election_id) {
            return Err(Error::NoElection { id: election_id.to_owned(), known: known.join(", ") });
        }
        let election = (!known.is_empty()).then_some(election_id);
        let written = match kind {
            ReportKind::Pdf => {
                write_whole(destination, &pdf_bytes(self, &report, election, None)?)?;
                vec![destination.to_owned()]
            }
            ReportKind::Json => {
                write_whole(destination, &json_bytes(&report))?;
                vec![destination.to_owned()]
            }
            ReportKind::Csv => {
                make_folder(destination)?;
                write_tables(&report, election, destination)?
            }
        };
        let act = if kind == ReportKind::Pdf { "report.print" } else { "report.export" };
        self.record(act, json!({"election": election_id, "files": names_of(&written)}))?;
        Ok(written)
    }

    /// Prints the integrity certificate or the audit of anonymity of an election, with a CSV for each table into a folder, and
    /// records it.
    ///
    /// # Errors
    /// As [`Case::save_report`].
    pub fn save_integrity(
        &mut self,
        paper: IntegrityPaper,
        election_id: &str,
        pdf: &Path,
        csv: Option<&Path>,
    ) -> Result<Vec<PathBuf>, Error> {
        let report = self
            .latest_report()?
            .ok_or_else(|| Error::NotYet { message: "nothing was verified in this case yet".to_owned() })?;
        let Some(election) = report.elections.iter().find(|election| election.election_id == election_id) else {
            let known: Vec<&str> = report.elections.iter().map(|election| election.election_id.as_str()).collect();
            return Err(Error::NoElection { id: election_id.to_owned(), known: known.join(", ") });
        };
        let head = self.printed_head()?;
        let mut document = integrity::document(paper, &report, election, &head);
        self.carry_ledger_head(&mut document, &head)?;
        let at = reports::documents::forensics::newest_instant(&report);
        let bytes = reports::render_pdf(&document, at)
            .map_err(|error| Error::Output { path: pdf.display().to_string(), reason: error.to_string() })?;
        write_whole(pdf, &bytes)?;
        let mut written = vec![pdf.to_owned()];
        if let Some(folder) = csv {
            make_folder(folder)?;
            for table in integrity::tables(paper, &report, election) {
                let path = folder.join(format!("{}.csv", table.name));
                write_table(&table, &path)?;
                written.push(path);
            }
        }
        let detail = json!({"election": election_id, "report": paper.title(), "files": names_of(&written)});
        self.record("report.print", detail)?;
        Ok(written)
    }
}
