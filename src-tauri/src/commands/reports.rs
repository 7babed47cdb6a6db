//! Reports: asks where to write and writes there.

use std::path::PathBuf;

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use workflow::bundle::BundleRequest;
use workflow::{Case, Identity, IntegrityPaper, ReportKind};

use crate::dialogs;
use crate::jobs::{Access, JobId};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::job::{JobEvent, JobOutcome};
use crate::wire::report::ExportKind;

/// Asks where to write a report and writes it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn export(
    app: AppHandle,
    desk: State<'_, Desk>,
    election_id: String,
    kind: ExportKind,
    channel: Channel<JobEvent>,
) -> Result<Option<JobId>, ErrorView> {
    let (slot, places) = (desk.slot(), desk.places.clone());
    let Some(dest) = in_background(move || ask(&app, &places, kind)).await? else { return Ok(None) };
    let work = desk.jobs.start(Access::Writes, channel, move |progress| {
        let report = match kind {
            ExportKind::Pdf => ReportKind::Pdf,
            ExportKind::Csv => ReportKind::Csv,
            ExportKind::Json => ReportKind::Json,
            ExportKind::Certificate | ExportKind::Anonymity => {
                let paper = match kind {
                    ExportKind::Anonymity => IntegrityPaper::Anonymity,
                    _ => IntegrityPaper::Certificate,
                };
                let files = slot.beside(|path| Case::open(path)?.save_integrity(paper, &election_id, &dest, None))?;
                return Ok(saved(&files, None));
            }
            ExportKind::Bundle => {
                // The page tells how many originals are in it by their digests only, so nothing has to be asked for here.
                let request =
                    BundleRequest { election_id: Some(election_id), originals: Vec::new(), without_originals: true };
                let written = slot.beside(|path| {
                    Case::open(path)?.write_bundle(&request, &Identity::of_this_machine()?, &dest, progress)
                })?;
                return Ok(saved(&[written.path], Some(written.signer)));
            }
        };
        let files = slot.beside(|path| Case::open(path)?.save_report(&election_id, report, &dest))?;
        Ok(saved(&files, None))
    });
    work.map(Some)
}

fn saved(files: &[PathBuf], signer: Option<String>) -> JobOutcome {
    JobOutcome::Saved { paths: files.iter().map(|file| file.display().to_string()).collect(), signer }
}

fn ask(app: &AppHandle, places: &crate::places::Places, kind: ExportKind) -> Option<PathBuf> {
    let (title, name, ending) = match kind {
        ExportKind::Pdf => ("Save the report", "Report.pdf", "pdf"),
        // Tables are several files, so what is named here becomes their folder.
        ExportKind::Csv => ("Name a folder for the tables", "Tables", ""),
        ExportKind::Json => ("Save the answers", "Report.json", "json"),
        ExportKind::Bundle => ("Save the evidence bundle", "Bundle.zip", "zip"),
        ExportKind::Certificate => ("Save the certificate", "Integrity certificate.pdf", "pdf"),
        ExportKind::Anonymity => ("Save the audit of anonymity", "Audit of anonymity.pdf", "pdf"),
    };
    dialogs::save(app, places, title, name, ending)
}
