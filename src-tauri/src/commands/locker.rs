//! Evidence of an incident: taken in, looked at, checked, handed out; logs searched; exports of monitoring systems.

use std::path::PathBuf;

use domain::job::Unwatched;
use tauri::{AppHandle, State};
use workflow::incident::{About, LogQuery};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::incident::RecordedView;
use crate::wire::incident::locker::{AboutAsked, AlertsView, LockerView, LogAsked, LogView, LookedAgain};

/// Items of the locker with what happened to each.
#[tauri::command]
pub(crate) async fn locker(desk: State<'_, Desk>, id: String) -> Result<LockerView, ErrorView> {
    desk.look_at_incidents(move |case, viewer| case.custody_sheet(&id, viewer)).await.map(Into::into)
}

/// Takes files into the locker: those that were dropped on the window, or those that are asked for. Answers their ids.
#[tauri::command]
pub(crate) async fn add_evidence(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    about: AboutAsked,
    are_dropped: bool,
) -> Result<Vec<String>, ErrorView> {
    let paths: Vec<PathBuf> = if are_dropped {
        desk.inputs().paths
    } else {
        let places = desk.places.clone();
        in_background(move || dialogs::open(&app, &places, Wanted::Evidence)).await?
    };
    let about = About::from(about);
    desk.respond_alone(move |case, by| {
        let mut ids = Vec::new();
        for path in &paths {
            ids.push(case.add_evidence_file(by, &id, path, &about)?.0.id);
        }
        Ok(ids)
    })
    .await
}

/// Takes typed text into evidence; answers its id.
#[tauri::command]
pub(crate) async fn add_evidence_note(
    desk: State<'_, Desk>,
    id: String,
    text: String,
    about: AboutAsked,
) -> Result<String, ErrorView> {
    let about = About::from(about);
    let adding = desk.respond_alone(move |case, by| case.add_evidence_note(by, &id, &text, &about));
    adding.await.map(|(item, _)| item.id)
}

/// Hashes items again, one or all.
#[tauri::command]
pub(crate) async fn verify_evidence(
    desk: State<'_, Desk>,
    id: String,
    item: Option<String>,
) -> Result<Vec<LookedAgain>, ErrorView> {
    let checking = desk.respond_alone(move |case, by| case.verify_evidence(by, &id, item.as_deref(), &Unwatched));
    checking.await.map(|checks| checks.into_iter().map(LookedAgain::from).collect())
}

/// Seals the evidence under a manifest; answers the id of the manifest.
#[tauri::command]
pub(crate) async fn seal_evidence(desk: State<'_, Desk>, id: String) -> Result<String, ErrorView> {
    desk.respond_alone(move |case, by| case.seal_evidence(by, &id, &Unwatched)).await.map(|(_, item)| item.id)
}

/// Asks where to write an item and writes it there; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn export_evidence(
    app: AppHandle,
    desk: State<'_, Desk>,
    item: String,
    name: String,
    why: String,
) -> Result<Option<String>, ErrorView> {
    let places = desk.places.clone();
    let ask = move || dialogs::save(&app, &places, "Save a copy of the evidence", &name, "");
    let Some(path) = in_background(ask).await? else { return Ok(None) };
    let shown = path.display().to_string();
    desk.respond_alone(move |case, by| case.export_evidence(by, &item, &path, &why)).await?;
    Ok(Some(shown))
}

/// Searches a log of the locker.
#[tauri::command]
pub(crate) async fn search_log(desk: State<'_, Desk>, item: String, asked: LogAsked) -> Result<LogView, ErrorView> {
    let query = LogQuery::from(asked);
    desk.respond_alone(move |case, by| case.search_log(by, &item, &query, "Searched")).await.map(Into::into)
}

/// Pins a line of a log to the timeline.
#[tauri::command]
pub(crate) async fn pin_line(
    desk: State<'_, Desk>,
    item: String,
    number: u64,
    note: String,
) -> Result<RecordedView, ErrorView> {
    desk.respond_alone(move |case, by| case.pin_line(by, &item, number, &note)).await.map(Into::into)
}

/// Takes a range of lines of a log as an item of its own; answers its id.
#[tauri::command]
pub(crate) async fn take_excerpt(
    desk: State<'_, Desk>,
    item: String,
    from: u64,
    to: u64,
    about: AboutAsked,
) -> Result<String, ErrorView> {
    let about = About::from(about);
    let taking = desk.respond_alone(move |case, by| case.capture_log_excerpt(by, &item, (from, to), &about));
    taking.await.map(|(item, _)| item.id)
}

/// Asks for an export of Alertmanager or Kubernetes and takes it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn import_alerts(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
) -> Result<Option<AlertsView>, ErrorView> {
    let (library, places) = (desk.library()?, desk.places.clone());
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Alerts)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    let taking = desk.respond_alone(move |case, by| case.import_alerts(by, &library, &id, &path));
    taking.await.map(|(taken, _)| Some(taken.into()))
}
