//! Reports: asks where to write and writes there.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use workflow::bundle::BundleRequest;
use workflow::{Case, Identity, ReportKind};

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
            ExportKind::Bundle => {
                // The page tells how many originals are in it by their digests only, so nothing has to be asked for here.
                let request =
                    BundleRequest { election_id: Some(election_id), originals: Vec::new(), without_originals: true };
                let written = slot.beside(|path| {
                    Case::open(path)?.write_bundle(&request, &Identity::of_this_machine()?, &dest, progress)
                })?;
                let paths = vec![written.path.display().to_string()];
                return Ok(JobOutcome::Saved { paths, signer: Some(written.signer) });
            }
        };
        let files = slot.beside(|path| Case::open(path)?.save_report(&election_id, report, &dest))?;
        Ok(JobOutcome::Saved { paths: files.iter().map(|file| file.display().to_string()).collect(), signer: None })
    });
    work.map(Some)
}

fn ask(app: &AppHandle, places: &crate::places::Places, kind: ExportKind) -> Option<std::path::PathBuf> {
    let (title, name, ending) = match kind {
        ExportKind::Pdf => ("Save the report", "Report.pdf", "pdf"),
        // Tables are several files, so what is named here becomes their folder.
        ExportKind::Csv => ("Name a folder for the tables", "Tables", ""),
        ExportKind::Json => ("Save the answers", "Report.json", "json"),
        ExportKind::Bundle => ("Save the evidence bundle", "Bundle.zip", "zip"),
    };
    dialogs::save(app, places, title, name, ending)
}
