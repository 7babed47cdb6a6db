//! The roll: a file, its columns, its problems; the people on it; who votes for whom.

use std::path::Path;

use tauri::{AppHandle, State};
use workflow::Error;
use workflow::election::{RollColumns, read_roll, read_roll_header};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::roll::{ProxyView, RollColumnsView, RollPageView, RollPlanView};

/// Asks for a roll file and tells what it would bring; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn choose_roll(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<RollPlanView>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Roll)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    desk.hold_roll_file(path.clone());
    Ok(Some(in_background(move || plan(&path, None)).await??))
}

/// What the chosen file would bring with other columns.
#[tauri::command]
pub(crate) async fn plan_roll(desk: State<'_, Desk>, columns: RollColumnsView) -> Result<RollPlanView, ErrorView> {
    let path = desk.roll_file().ok_or_else(no_file)?;
    Ok(in_background(move || plan(&path, Some(columns.into()))).await??)
}

/// Puts the chosen file in place of the roll of an election.
#[tauri::command]
pub(crate) async fn import_roll(desk: State<'_, Desk>, id: String, columns: RollColumnsView) -> Result<(), ErrorView> {
    let path = desk.roll_file().ok_or_else(no_file)?;
    let (roll, problems) = in_background(move || read_roll(&path, &columns.into())).await??;
    if let Some(first) = problems.first() {
        let message = format!("{} rows cannot be taken; the first: {}.", problems.len(), first.reason);
        return Err(ErrorView::new(ErrorCode::Refused, message, "Correct the file and choose it again."));
    }
    desk.act_alone(move |case, by| case.put_roll(by, &id, &roll)).await
}

/// The people on the roll whose number or name holds a text.
#[tauri::command]
pub(crate) async fn roll_page(desk: State<'_, Desk>, id: String, text: String) -> Result<RollPageView, ErrorView> {
    desk.read(move |open| Ok(RollPageView::of(&open.case.roll(&id)?, &text))).await
}

/// Who votes for whom.
#[tauri::command]
pub(crate) async fn proxies(desk: State<'_, Desk>, id: String) -> Result<Vec<ProxyView>, ErrorView> {
    let proxies = desk.read(move |open| open.case.proxies(&id)).await?;
    Ok(proxies.into_iter().map(ProxyView::from).collect())
}

/// Lets one person vote for another.
#[tauri::command]
pub(crate) async fn grant_proxy(
    desk: State<'_, Desk>,
    id: String,
    voter: String,
    proxy: String,
    reason: String,
) -> Result<(), ErrorView> {
    desk.act_alone(move |case, by| case.grant_proxy(by, &id, &voter, &proxy, &reason).map(drop)).await
}

/// Takes a proxy back.
#[tauri::command]
pub(crate) async fn revoke_proxy(desk: State<'_, Desk>, id: String, number: i64) -> Result<(), ErrorView> {
    desk.act_alone(move |case, by| case.revoke_proxy(by, &id, number)).await
}

/// With columns that hold too little to read a roll, the file is shown without rows, so that others can be chosen.
fn plan(path: &Path, columns: Option<RollColumns>) -> Result<RollPlanView, Error> {
    let (header, usual) = read_roll_header(path)?;
    let columns = columns.unwrap_or(usual);
    let is_readable = columns.voter.is_some() && columns.name.is_some();
    let (roll, problems) = if is_readable { read_roll(path, &columns)? } else { (Vec::new(), Vec::new()) };
    Ok(RollPlanView::new(path.display().to_string(), header, columns, &roll, problems))
}

fn no_file() -> ErrorView {
    ErrorView::new(ErrorCode::Refused, "No roll file is chosen.", "Choose the CSV file first.")
}
