//! Looking closer. What was found last stays until the next question, so that it can be printed.

use std::path::PathBuf;
use std::sync::Arc;

use tauri::{AppHandle, State};
use workflow::domain::Unwatched;
use workflow::{Case, compare_exports};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::investigate::{ComparisonView, InquiryView, PrintKind, SubjectView};

/// Every suspicion about an election, answered step by step.
#[tauri::command]
pub(crate) async fn inquiries(desk: State<'_, Desk>, election_id: String) -> Result<Vec<InquiryView>, ErrorView> {
    let found = desk.read(move |open| open.case.investigate(&election_id, None)).await?;
    Ok(found.into_iter().map(InquiryView::from).collect())
}

/// Everything about one vote, hash, token, address, person or event.
#[tauri::command]
pub(crate) async fn look_up_subject(desk: State<'_, Desk>, text: String) -> Result<SubjectView, ErrorView> {
    let slot = desk.slot();
    let sheet = in_background(move || slot.beside(|path| Case::open(path)?.about_subject(&text, &Unwatched))).await??;
    let view = SubjectView::from(&sheet);
    desk.hold_subject(sheet);
    Ok(view)
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
) -> Result<Option<ComparisonView>, ErrorView> {
    let (places, slot) = (desk.places.clone(), desk.slot());
    let wanted = if is_case { Wanted::Case } else { Wanted::Folder };
    let chosen = in_background(move || dialogs::open(&app, &places, wanted)).await?;
    let Some(other) = chosen.into_iter().next() else { return Ok(None) };
    let found = in_background(move || slot.beside(|path| compare_exports(path, &other, &Unwatched))).await??;
    let view = ComparisonView::from(&found);
    desk.hold_comparison(Arc::new(found));
    Ok(Some(view))
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
