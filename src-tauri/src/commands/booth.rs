//! The desk where voters cast ballots: full screen, nobody signed in, no way out without a passphrase.

use tauri::{AppHandle, Manager, State};
use workflow::election::{Booth, Person};

use crate::office::OpenBooth;
use crate::state::{Desk, lock};
use crate::wire::desk::{AcceptedView, BoothView, OwnReceiptView};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::office::{Approving, OfficeView, Secret, Typed};
use crate::wire::setup::{ChoicesView, SetupView};

/// Opens a desk, and locks the office: whoever stands before it can do nothing but vote.
#[tauri::command]
pub(crate) async fn open_booth(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    approving: Approving,
) -> Result<BoothView, ErrorView> {
    let booth = desk.act_with_key(approving, move |case, by, key| case.open_booth(&by.first, key, &id)).await?;
    *lock(&desk.office().booth) = Some(OpenBooth { booth, credential: None });
    desk.office().lock();
    full_screen(&app, true);
    describe(&desk).await?.ok_or_else(ErrorView::internal)
}

/// The open desk; nothing where none is.
#[tauri::command]
pub(crate) async fn booth(desk: State<'_, Desk>) -> Result<Option<BoothView>, ErrorView> {
    describe(&desk).await
}

/// Looks at a credential; where it may be used it is kept here until the ballot is cast or the voter leaves.
#[tauri::command]
pub(crate) async fn sign_in_voter(desk: State<'_, Desk>, credential: Typed) -> Result<AcceptedView, ErrorView> {
    desk.at_booth(move |case, open| {
        let accepted = case.sign_in_voter(&open.booth, &credential.0)?;
        open.credential = Some(credential.0);
        Ok(AcceptedView { weight: accepted.weight, has_voted: accepted.has_voted })
    })
    .await
}

/// Casts the ballot of the voter who stands before the desk.
#[tauri::command]
pub(crate) async fn cast_ballot(desk: State<'_, Desk>, choices: ChoicesView) -> Result<OwnReceiptView, ErrorView> {
    let choices = choices.into_choices()?;
    desk.at_booth(move |case, open| {
        let typed = open.credential.clone().unwrap_or_default();
        let receipt = case.cast(&mut open.booth, &typed, &choices)?;
        open.credential = None;
        Ok(receipt.into())
    })
    .await
}

/// Forgets the credential of the voter who left.
#[tauri::command]
pub(crate) async fn leave_voter(desk: State<'_, Desk>) -> Result<(), ErrorView> {
    if let Some(open) = lock(&desk.office().booth).as_mut() {
        open.credential = None;
    }
    Ok(())
}

/// Closes the desk with the passphrase of a clerk or an administrator, who is signed in from then on.
#[tauri::command]
pub(crate) async fn close_booth(
    app: AppHandle,
    desk: State<'_, Desk>,
    name: String,
    passphrase: Secret,
) -> Result<OfficeView, ErrorView> {
    let person = desk.write(move |case| case.sign_in(&name, &passphrase.0)).await?;
    may_serve(&person)?;
    *lock(&desk.office().booth) = None;
    desk.office().enter(person, None);
    full_screen(&app, false);
    desk.office_view().await
}

async fn describe(desk: &Desk) -> Result<Option<BoothView>, ErrorView> {
    let office = desk.office();
    let Some(id) = lock(&office.booth).as_ref().map(|open| Booth::election(&open.booth).to_owned()) else {
        return Ok(None);
    };
    let election_id = id.clone();
    let setup = desk.read(move |open| open.case.election_setup(&id)).await?;
    Ok(Some(BoothView { election_id, setup: SetupView::of(&setup)? }))
}

fn may_serve(person: &Person) -> Result<(), ErrorView> {
    if person.role().may(workflow::domain::election::ElectionAct::Cast) {
        return Ok(());
    }
    let message = format!("{} has the role {}, which does not serve voters.", person.name(), person.role().word());
    Err(ErrorView::new(ErrorCode::Refused, message, "Call a clerk or an administrator."))
}

/// A display that has no full screen shows the desk in the window.
fn full_screen(app: &AppHandle, is_full: bool) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.set_fullscreen(is_full);
    }
}
