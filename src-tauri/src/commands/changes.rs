//! What may change while an election runs: its end, single votes, its phase backwards.

use tauri::State;
use workflow::domain::Instant;

use crate::state::Desk;
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::office::Approving;

/// Moves the end of voting later.
#[tauri::command]
pub(crate) async fn extend_election(
    desk: State<'_, Desk>,
    id: String,
    end: String,
    reason: String,
    approving: Approving,
) -> Result<(), ErrorView> {
    let end = instant(&end)?;
    desk.act(approving, move |case, by, _| case.extend_election(by, &id, end, &reason).map(drop)).await
}

/// Leaves a vote out of the count; it is named by its receipt code or its place.
#[tauri::command]
pub(crate) async fn exclude_vote(
    desk: State<'_, Desk>,
    id: String,
    vote: String,
    reason: String,
    approving: Approving,
) -> Result<(), ErrorView> {
    desk.act(approving, move |case, by, _| case.exclude_vote(by, &id, &vote, &reason).map(drop)).await
}

/// Lets a written-in name mean a candidate, or another written-in name.
#[tauri::command]
pub(crate) async fn merge_write_ins(
    desk: State<'_, Desk>,
    id: String,
    contest: String,
    written: String,
    target: String,
) -> Result<(), ErrorView> {
    desk.act_alone(move |case, by| case.merge_write_ins(by, &id, &contest, &written, &target)).await
}

/// Sets an election back to open, or to draft before the first ballot.
#[tauri::command]
pub(crate) async fn roll_back_election(
    desk: State<'_, Desk>,
    id: String,
    reason: String,
    end: Option<String>,
    approving: Approving,
) -> Result<(), ErrorView> {
    let end = end.map(|end| instant(&end)).transpose()?;
    desk.act(approving, move |case, by, _| case.roll_back_election(by, &id, &reason, end).map(drop)).await
}

/// Gives an election up.
#[tauri::command]
pub(crate) async fn cancel_election(
    desk: State<'_, Desk>,
    id: String,
    reason: String,
    approving: Approving,
) -> Result<(), ErrorView> {
    desk.act_with_key(approving, move |case, by, key| case.cancel_election(by, key, &id, &reason)).await
}

fn instant(text: &str) -> Result<Instant, ErrorView> {
    let wrong = || ErrorView::new(ErrorCode::Refused, format!("`{text}` is no time."), "Write day and time again.");
    Instant::parse(text).ok_or_else(wrong)
}
