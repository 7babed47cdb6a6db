//! The one-shot audit: import into a case that nobody keeps, verify, answer.

use std::path::{Path, PathBuf};

use domain::report::AuditReport;
use domain::{Job, KeyRing};

use crate::import::ImportPlan;
use crate::{Assumed, Case, Error};

/// What a one-shot audit gives back. The temporary case lives as long as this does.
pub struct OneShot {
    /// The case.
    pub case: Case,
    /// What was read.
    pub plan: ImportPlan,
    /// What was concluded.
    pub report: AuditReport,
    _folder: Option<tempfile::TempDir>,
}

/// Audits inputs that are one export. With `case_path` the case stays there; otherwise it goes when the answer is dropped.
///
/// The clock of an audit without a lasting case is the newest instant in the evidence, so the same inputs give the same
/// bytes. `assumed` is what the export lacks and a person knows.
///
/// # Errors
/// Where an input cannot be read; with file, row and column.
pub fn audit_inputs(
    inputs: &[PathBuf],
    system: Option<&str>,
    keys: &KeyRing,
    case_path: Option<&Path>,
    assumed: Option<&Assumed>,
    job: &dyn Job,
) -> Result<OneShot, Error> {
    let (mut case, folder) = match case_path {
        Some(path) if path.exists() => (Case::open(path)?, None),
        Some(path) => (Case::create(path, &title_of(path))?, None),
        None => {
            let folder = tempfile::tempdir()
                .map_err(|error| Error::Output { path: "temporary folder".to_owned(), reason: error.to_string() })?;
            (Case::unfounded(&folder.path().join("audit.scrutineer"), "One-shot audit")?, Some(folder))
        }
    };
    let plan = case.import_checked(inputs, system, false, Some(keys), job)?;
    if let Some(assumed) = assumed {
        case.assume(plan.system(), assumed)?;
    }
    let report = case.verify(keys, job)?;
    Ok(OneShot { case, plan, report, _folder: folder })
}

fn title_of(path: &Path) -> String {
    path.file_stem().map_or_else(|| "Case".to_owned(), |name| name.to_string_lossy().into_owned())
}
