//! Welcome: what the window opens with, new cases, cases from before.

use std::path::PathBuf;

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use workflow::Case;

use super::{describe, open_path};
use crate::dialogs::{self, Wanted};
use crate::jobs::{Access, JobId};
use crate::places::CASE_ENDING;
use crate::state::{Desk, in_background};
use crate::wire::case::{CaseView, RecentCase, Start};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::job::{JobEvent, JobOutcome};

/// What the window opens with.
#[tauri::command]
pub(crate) async fn start(desk: State<'_, Desk>) -> Result<Start, ErrorView> {
    let opening = desk.take_opening();
    let (case, error) = match &opening.case {
        Some(path) => match open_path(&desk, path).await {
            Ok(case) => (Some(case), None),
            Err(error) => (None, Some(error)),
        },
        None => (None, None),
    };
    let version = domain::PROGRAM_VERSION.to_owned();
    Ok(Start { version, case, error, is_sample: opening.is_sample, recent: desk.places.recent() })
}

/// Asks where the new case shall lie and makes it; nothing where the user cancelled. The sample needs no question.
#[tauri::command]
pub(crate) async fn new_case(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<CaseView>, ErrorView> {
    let Some(path) = new_case_path(app, &desk).await? else { return Ok(None) };
    let title = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let made = path.clone();
    in_background(move || Case::create(&made, &title).map(drop)).await??;
    open_path(&desk, &path).await.map(Some)
}

/// Asks for a case and opens it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn open_case(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<CaseView>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Case)).await?;
    let Some(path) = chosen.first() else { return Ok(None) };
    open_path(&desk, path).await.map(Some)
}

/// Opens a case by its path: a recent or a dropped one.
#[tauri::command]
pub(crate) async fn open_recent(desk: State<'_, Desk>, path: PathBuf) -> Result<CaseView, ErrorView> {
    open_path(&desk, &path).await
}

/// Takes a case off the list of recent ones.
#[tauri::command]
pub(crate) async fn forget_recent(desk: State<'_, Desk>, path: String) -> Result<Vec<RecentCase>, ErrorView> {
    desk.places.forget(&path);
    Ok(desk.places.recent())
}

/// Closes the case and forgets its keys.
#[tauri::command]
pub(crate) async fn close_case(desk: State<'_, Desk>) -> Result<Vec<RecentCase>, ErrorView> {
    desk.close();
    Ok(desk.places.recent())
}

/// The open case as it is now.
#[tauri::command]
pub(crate) async fn case_info(desk: State<'_, Desk>) -> Result<CaseView, ErrorView> {
    desk.read(describe).await
}

/// Checks in the background that the evidence in the case is still what was imported.
#[tauri::command]
pub(crate) async fn recheck(desk: State<'_, Desk>, channel: Channel<JobEvent>) -> Result<JobId, ErrorView> {
    let slot = desk.slot();
    desk.jobs.start(Access::Reads, channel, move |job| {
        let problems = slot.beside(|path| Case::open(path)?.recheck(job))?.problems;
        Ok(JobOutcome::Rechecked { problems })
    })
}

async fn new_case_path(app: AppHandle, desk: &Desk) -> Result<Option<PathBuf>, ErrorView> {
    let places = desk.places.clone();
    let is_sample = desk.inputs().is_sample;
    in_background(move || {
        if is_sample {
            return places.fresh_case(crate::sample::NAME).map(Some);
        }
        let name = format!("Case.{CASE_ENDING}");
        match dialogs::save(&app, &places, "Where shall the case lie?", &name, "") {
            Some(path) if path.extension().is_some_and(|ending| ending == CASE_ENDING) => Ok(Some(path)),
            // A test names its reports here; a case then gets a name of its own beside them.
            _ if places.test_dir().is_some() => places.fresh_case("Case").map(Some),
            Some(path) => Ok(Some(dialogs::with_ending(path, CASE_ENDING))),
            None => Ok(None),
        }
    })
    .await?
    .map_err(|error| ErrorView::new(ErrorCode::Output, error.to_string(), "Choose another folder for the case."))
}
