//! The receipt desk: receipts that voters hold, against the ballots in the case. Their text is not kept; what was found stays
//! until the next voter comes, so that it can be printed.

use tauri::{AppHandle, State};
use workflow::domain::ReceiptStatement;

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::receipts::ReceiptsView;

/// Looks up what was typed or pasted: codes, a receipt message, JSON or CSV.
#[tauri::command]
pub(crate) async fn check_receipts(desk: State<'_, Desk>, text: String) -> Result<ReceiptsView, ErrorView> {
    let receipts = workflow::read_receipts_text(&text, "the receipt")?;
    Ok(answer(&desk, desk.write(move |case| case.check_receipts(&receipts)).await?))
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
    Ok(Some(answer(&desk, desk.write(move |case| case.check_receipts(&receipts)).await?)))
}

/// Asks where to save the statement about the receipts that were looked up last, and prints it there; answers the path,
/// or nothing where the user cancelled or no receipt was looked up.
#[tauri::command]
pub(crate) async fn print_receipts(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<String>, ErrorView> {
    let Some(statement) = desk.receipts() else { return Ok(None) };
    let places = desk.places.clone();
    let ask = move || dialogs::save(&app, &places, "Save the receipt statement", "Receipt statement.pdf", "pdf");
    let Some(path) = in_background(ask).await? else { return Ok(None) };
    let saved = path.display().to_string();
    desk.write(move |case| case.save_receipts(&statement, Some(&path), None)).await?;
    Ok(Some(saved))
}

/// Forgets what was looked up last.
#[tauri::command]
pub(crate) fn forget_receipts(desk: State<'_, Desk>) {
    desk.hold_receipts(None);
}

fn answer(desk: &Desk, statement: ReceiptStatement) -> ReceiptsView {
    let view = statement.answers.clone().into();
    desk.hold_receipts(Some(statement));
    view
}
