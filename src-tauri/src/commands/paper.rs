//! Paper ballots: entered twice, compared, attested, voided.

use tauri::{AppHandle, State};
use workflow::election::{PaperBallots, read_json_as};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::desk::{BatchView, PaperBallotsView};
use crate::wire::error::ErrorView;
use crate::wire::office::Approving;

/// Batches of an election.
#[tauri::command]
pub(crate) async fn paper_batches(desk: State<'_, Desk>, id: String) -> Result<Vec<BatchView>, ErrorView> {
    let batches = desk.read(move |open| open.case.paper_batches(&id)).await?;
    Ok(batches.into_iter().map(BatchView::from).collect())
}

/// Enters a batch: a new one, or a known one a second time.
#[tauri::command]
pub(crate) async fn enter_paper(
    desk: State<'_, Desk>,
    id: String,
    number: Option<u64>,
    label: String,
    entry: Vec<PaperBallotsView>,
    approving: Approving,
) -> Result<BatchView, ErrorView> {
    let entry = entry.into_iter().map(PaperBallotsView::into_ballots).collect::<Result<Vec<_>, _>>()?;
    let batch =
        desk.act_with_key(approving, move |case, by, key| case.enter_paper(by, key, &id, number, &label, &entry));
    batch.await.map(BatchView::from)
}

/// Asks for a file with paper ballots and reads it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn choose_paper_file(
    app: AppHandle,
    desk: State<'_, Desk>,
) -> Result<Option<Vec<PaperBallotsView>>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Paper)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    let read = in_background(move || read_json_as::<Vec<PaperBallots>>(&path, "list of paper ballots")).await??;
    Ok(Some(read.iter().map(PaperBallotsView::from).collect()))
}

/// Attests a batch.
#[tauri::command]
pub(crate) async fn attest_paper(
    desk: State<'_, Desk>,
    id: String,
    number: u64,
    approving: Approving,
) -> Result<BatchView, ErrorView> {
    let attesting = desk.act_with_key(approving, move |case, by, key| case.attest_paper(&by.first, key, &id, number));
    attesting.await.map(BatchView::from)
}

/// Voids a batch.
#[tauri::command]
pub(crate) async fn void_paper(
    desk: State<'_, Desk>,
    id: String,
    number: u64,
    reason: String,
    approving: Approving,
) -> Result<(), ErrorView> {
    desk.act(approving, move |case, by, _| case.void_paper(by, &id, number, &reason)).await
}

/// Withdraws the credential of a voter who is handed a paper ballot.
#[tauri::command]
pub(crate) async fn hand_out_paper(
    desk: State<'_, Desk>,
    id: String,
    voter: String,
    approving: Approving,
) -> Result<(), ErrorView> {
    desk.act_with_key(approving, move |case, by, key| case.hand_out_paper(&by.first, key, &id, &voter)).await
}
