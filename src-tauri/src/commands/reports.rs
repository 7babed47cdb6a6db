//! Reports: asks where to write and writes there.

use std::path::PathBuf;

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use workflow::bundle::BundleRequest;
use workflow::{Case, Identity, IntegrityPaper, PaperSize, ReportKind};

use crate::dialogs::{self, Wanted};
use crate::jobs::{Access, JobId};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::job::{JobEvent, JobOutcome};
use crate::wire::report::{ExportKind, PaperWord};

/// Asks where to write a report and writes it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn export(
    app: AppHandle,
    desk: State<'_, Desk>,
    election_id: String,
    kind: ExportKind,
    with_originals: bool,
    channel: Channel<JobEvent>,
) -> Result<Option<JobId>, ErrorView> {
    let (slot, places) = (desk.slot(), desk.places.clone());
    let asked = in_background(move || {
        let originals = if with_originals { dialogs::open(&app, &places, Wanted::Originals) } else { Vec::new() };
        if with_originals && originals.is_empty() {
            return None;
        }
        ask(&app, &places, kind).map(|dest| (originals, dest))
    });
    let Some((originals, dest)) = asked.await? else { return Ok(None) };
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
                // The page tells which originals the case keeps by their digests only, and asks whether they are at hand.
                let request =
                    BundleRequest { election_id: Some(election_id), originals, without_originals: !with_originals };
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

/// Chooses the paper of everything that is printed from now on.
#[tauri::command]
pub(crate) fn print_on(paper: PaperWord) {
    workflow::print_on(match paper {
        PaperWord::A4 => PaperSize::A4,
        PaperWord::Letter => PaperSize::Letter,
    });
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
