//! Looking closer. What was found last stays until the next question, so that it can be printed.

use std::path::PathBuf;
use std::sync::Arc;

use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};
use workflow::{Case, compare_exports};

use crate::dialogs::{self, Wanted};
use crate::jobs::{Access, JobId};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::investigate::{ComparisonView, InquiryView, PrintKind, SubjectView};
use crate::wire::job::{JobEvent, JobOutcome};

/// Every suspicion about an election, answered step by step.
#[tauri::command]
pub(crate) async fn inquiries(desk: State<'_, Desk>, election_id: String) -> Result<Vec<InquiryView>, ErrorView> {
    let found = desk.read(move |open| open.case.investigate(&election_id, None)).await?;
    Ok(found.into_iter().map(InquiryView::from).collect())
}

/// Everything about one vote, hash, token, address, person or event.
#[tauri::command]
pub(crate) async fn look_up_subject(
    app: AppHandle,
    desk: State<'_, Desk>,
    text: String,
    channel: Channel<JobEvent>,
) -> Result<JobId, ErrorView> {
    let slot = desk.slot();
    desk.jobs.start(Access::Reads, channel, move |job| {
        let sheet = slot.beside(|path| Case::open(path)?.about_subject(&text, job))?;
        let subject = Box::new(SubjectView::from(&sheet));
        app.state::<Desk>().hold_subject(sheet);
        Ok(JobOutcome::Subject { subject })
    })
}

/// Asks where to save what was found last about a subject; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn print_subject(
    app: AppHandle,
    desk: State<'_, Desk>,
    kind: PrintKind,
) -> Result<Option<String>, ErrorView> {
    let Some(sheet) = desk.subject() else { return Ok(None) };
    let Some(path) = ask(&app, &desk, kind, "Subject.pdf").await? else { return Ok(None) };
    let saved = path.display().to_string();
    desk.write(move |case| match kind {
        PrintKind::Pdf => case.save_subject(&sheet, Some(&path), None),
        PrintKind::Csv => case.save_subject(&sheet, None, Some(&path)),
    })
    .await?;
    Ok(Some(saved))
}

/// Asks for another export or case and compares the open case with it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn compare_with(
    app: AppHandle,
    desk: State<'_, Desk>,
    is_case: bool,
    channel: Channel<JobEvent>,
) -> Result<Option<JobId>, ErrorView> {
    let (places, slot, asker) = (desk.places.clone(), desk.slot(), app.clone());
    let wanted = if is_case { Wanted::Case } else { Wanted::Folder };
    let chosen = in_background(move || dialogs::open(&asker, &places, wanted)).await?;
    let Some(other) = chosen.into_iter().next() else { return Ok(None) };
    let work = desk.jobs.start(Access::Reads, channel, move |job| {
        let found = slot.beside(|path| compare_exports(path, &other, job))?;
        let comparison = Box::new(ComparisonView::from(&found));
        app.state::<Desk>().hold_comparison(Arc::new(found));
        Ok(JobOutcome::Compared { comparison })
    });
    work.map(Some)
}

/// Asks where to save the comparison that was made last; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn print_comparison(
    app: AppHandle,
    desk: State<'_, Desk>,
    kind: PrintKind,
) -> Result<Option<String>, ErrorView> {
    let Some(comparison) = desk.comparison() else { return Ok(None) };
    let Some(path) = ask(&app, &desk, kind, "Comparison.pdf").await? else { return Ok(None) };
    let saved = path.display().to_string();
    in_background(move || match kind {
        PrintKind::Pdf => comparison.write(Some(&path), None),
        PrintKind::Csv => comparison.write(None, Some(&path)),
    })
    .await??;
    Ok(Some(saved))
}

async fn ask(app: &AppHandle, desk: &Desk, kind: PrintKind, name: &'static str) -> Result<Option<PathBuf>, ErrorView> {
    let (app, places) = (app.clone(), desk.places.clone());
    in_background(move || match kind {
        PrintKind::Pdf => dialogs::save(&app, &places, "Save the pages", name, "pdf"),
        PrintKind::Csv => dialogs::save(&app, &places, "Name a folder for the tables", "Tables", ""),
    })
    .await
}
