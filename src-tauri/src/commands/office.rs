//! The people of the case: the first administrator, accounts, signing in, locking.

use tauri::State;

use crate::state::Desk;
use crate::wire::error::ErrorView;
use crate::wire::office::{AccountAsked, OfficeView, Secret};

/// Accounts, who is signed in, whether a desk is open.
#[tauri::command]
pub(crate) async fn office(desk: State<'_, Desk>) -> Result<OfficeView, ErrorView> {
    desk.office_view().await
}

/// Adds the first administrator, sets the passphrase of the case, and lets the person in.
#[tauri::command]
pub(crate) async fn found_office(
    desk: State<'_, Desk>,
    name: String,
    passphrase: Secret,
    case_passphrase: Secret,
) -> Result<OfficeView, ErrorView> {
    let found = desk.write(move |case| {
        let person = case.found_office(&name, &passphrase.0, &case_passphrase.0)?;
        Ok((person, case.unlock(&case_passphrase.0)?))
    });
    let (person, key) = found.await?;
    desk.office().enter(person, Some(key));
    desk.office_view().await
}

/// Lets a person in; with the passphrase of the case, its key is held until the office locks.
#[tauri::command]
pub(crate) async fn sign_in(
    desk: State<'_, Desk>,
    name: String,
    passphrase: Secret,
    case_passphrase: Option<Secret>,
) -> Result<OfficeView, ErrorView> {
    let signing = desk.write(move |case| {
        let person = case.sign_in(&name, &passphrase.0)?;
        Ok((person, case_passphrase.map(|passphrase| case.unlock(&passphrase.0)).transpose()?))
    });
    let (person, key) = signing.await?;
    desk.office().enter(person, key);
    desk.office_view().await
}

/// Locks the office: the person and the key of the case are forgotten.
#[tauri::command]
pub(crate) async fn sign_out(desk: State<'_, Desk>) -> Result<OfficeView, ErrorView> {
    desk.office().lock();
    desk.office_view().await
}

/// Says that somebody is there.
#[tauri::command]
pub(crate) async fn touch_office(desk: State<'_, Desk>) -> Result<OfficeView, ErrorView> {
    desk.office().touch();
    desk.office_view().await
}

/// Chooses after how many minutes without input the office locks, 1 to 120.
#[tauri::command]
pub(crate) async fn set_idle_minutes(desk: State<'_, Desk>, minutes: u64) -> Result<OfficeView, ErrorView> {
    desk.office().set_idle_minutes(minutes);
    desk.office_view().await
}

/// Adds an account, or changes one.
#[tauri::command]
pub(crate) async fn put_account(desk: State<'_, Desk>, account: AccountAsked) -> Result<OfficeView, ErrorView> {
    desk.act_alone(move |case, by| {
        let passphrase = account.passphrase.as_ref().map(|passphrase| &passphrase.0);
        case.put_account(by, &account.name, account.role.into(), passphrase, account.is_active)
    })
    .await?;
    desk.office_view().await
}
