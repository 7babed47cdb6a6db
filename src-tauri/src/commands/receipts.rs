//! The receipt desk: receipts that voters hold, against the ballots in the case. Their text is not kept.

use tauri::{AppHandle, State};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::receipts::ReceiptsView;

/// Looks up what was typed or pasted: codes, a receipt message, JSON or CSV.
#[tauri::command]
pub(crate) async fn check_receipts(desk: State<'_, Desk>, text: String) -> Result<ReceiptsView, ErrorView> {
    let receipts = workflow::read_receipts_text(&text, "the receipt")?;
    Ok(desk.write(move |case| case.check_receipts(&receipts)).await?.into())
}

/// Asks for a file with receipts and looks them up; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn check_receipt_file(
    app: AppHandle,
    desk: State<'_, Desk>,
) -> Result<Option<ReceiptsView>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Receipts)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    let receipts = in_background(move || workflow::read_receipts_file(&path)).await??;
    Ok(Some(desk.write(move |case| case.check_receipts(&receipts)).await?.into()))
}
