//! Letters with credentials. Credentials go from the case into files that this side writes, never into the window.

use std::path::PathBuf;

use tauri::{AppHandle, State};
use workflow::election::LetterTargets;

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::office::Approving;
use crate::wire::outbox::{LetterForm, WrittenView};

/// Asks where the letters shall lie and writes them; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn write_letters(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    form: LetterForm,
    approving: Approving,
) -> Result<Option<WrittenView>, ErrorView> {
    let Some(path) = ask(app, &desk, form, "Letters").await? else { return Ok(None) };
    let (targets, shown) = (targets(form, path.clone()), path.display().to_string());
    let writing = desk.act_with_key(approving, move |case, by, key| case.write_letters(&by.first, key, &id, &targets));
    let (count, files) = writing.await?;
    let written = WrittenView { count: u64::try_from(count).unwrap_or(u64::MAX), path: shown };
    if files.is_empty() { Err(not_written()) } else { Ok(Some(written)) }
}

/// Withdraws the credential of a voter and writes the letter with a new one; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn reissue_credential(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    voter: String,
    form: LetterForm,
    approving: Approving,
) -> Result<Option<WrittenView>, ErrorView> {
    let Some(path) = ask(app, &desk, form, "Letter").await? else { return Ok(None) };
    let (targets, shown) = (targets(form, path.clone()), path.display().to_string());
    desk.act_with_key(approving, move |case, by, key| case.write_reissued(&by.first, key, &id, &voter, &targets))
        .await?;
    Ok(Some(WrittenView { count: 1, path: shown }))
}

async fn ask(app: AppHandle, desk: &Desk, form: LetterForm, name: &str) -> Result<Option<PathBuf>, ErrorView> {
    let (places, name) = (desk.places.clone(), name.to_owned());
    in_background(move || match form {
        LetterForm::Pdf => dialogs::save(&app, &places, "Save the letters", &format!("{name}.pdf"), "pdf"),
        LetterForm::Csv => dialogs::save(&app, &places, "Save the letters", &format!("{name}.csv"), "csv"),
        LetterForm::Eml => dialogs::open(&app, &places, Wanted::Target).into_iter().next(),
    })
    .await
}

/// Nothing came out: a form that this version does not write is not to be taken for written.
fn not_written() -> ErrorView {
    let message = "No letter was written in this form.";
    ErrorView::new(ErrorCode::Output, message, "Save the letters as a table (CSV) and merge them into your own letter.")
}

fn targets(form: LetterForm, path: PathBuf) -> LetterTargets {
    let none = LetterTargets::default();
    match form {
        LetterForm::Pdf => LetterTargets { pdf: Some(path), ..none },
        LetterForm::Csv => LetterTargets { csv: Some(path), ..none },
        LetterForm::Eml => LetterTargets { eml: Some(path), ..none },
    }
}
