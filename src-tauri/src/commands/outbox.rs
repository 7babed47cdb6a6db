//! The outbox: notices are prepared here, sent by a person, and confirmed.

use std::collections::BTreeMap;

use tauri::{AppHandle, State};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::office::Approving;
use crate::wire::outbox::{MessagesView, NoticeView, TemplateView, WrittenView};

/// The outbox of an election.
#[tauri::command]
pub(crate) async fn notices(desk: State<'_, Desk>, id: String) -> Result<Vec<NoticeView>, ErrorView> {
    let notices = desk.read(move |open| open.case.notices(&id)).await?;
    Ok(notices.into_iter().map(NoticeView::from).collect())
}

/// Templates with what each still needs.
#[tauri::command]
pub(crate) async fn notice_templates(desk: State<'_, Desk>, id: String) -> Result<Vec<TemplateView>, ErrorView> {
    let templates = desk.read(move |open| open.case.notice_templates(&id)).await?;
    Ok(templates.into_iter().map(TemplateView::from).collect())
}

/// Prepares a notice; answers its number.
#[tauri::command]
pub(crate) async fn prepare_notice(
    desk: State<'_, Desk>,
    id: String,
    template: String,
    values: BTreeMap<String, String>,
    approving: Approving,
) -> Result<i64, ErrorView> {
    desk.act(approving, move |case, by, key| case.prepare_notice(&by.first, key, &id, &template, &values)).await
}

/// Messages of a notice without credentials; one that holds credentials is refused, since they stay on this side.
#[tauri::command]
pub(crate) async fn notice_messages(desk: State<'_, Desk>, id: String, notice: i64) -> Result<MessagesView, ErrorView> {
    desk.read(move |open| open.case.notice_messages(None, &id, notice).map(MessagesView::from)).await
}

/// Asks for a folder and writes the messages of a notice there as mail files; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn write_notice(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    notice: i64,
    approving: Approving,
) -> Result<Option<WrittenView>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Target)).await?;
    let Some(folder) = chosen.into_iter().next() else { return Ok(None) };
    let path = folder.display().to_string();
    let count = desk.act(approving, move |case, _, key| case.write_notice(key, &id, notice, &folder)).await?;
    Ok(Some(WrittenView { count: u64::try_from(count).unwrap_or(u64::MAX), path }))
}

/// Says that a notice went out, and how well.
#[tauri::command]
pub(crate) async fn confirm_notice(
    desk: State<'_, Desk>,
    id: String,
    notice: i64,
    sent: u64,
    failed: u64,
    skipped: u64,
) -> Result<(), ErrorView> {
    desk.act_alone(move |case, by| case.confirm_notice(by, &id, notice, (sent, failed, skipped))).await
}
