//! The end of an election: closing, counting, certifying, publishing.

use tauri::{AppHandle, State};
use workflow::election::CloseRequest;

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::office::Approving;
use crate::wire::outcome::{
    CertificateView, ClosedView, GuardView, OwnResultView, PostCloseView, PreCloseView, PublicFormWord, PublishedView,
};

/// What is looked at before an election is closed.
#[tauri::command]
pub(crate) async fn pre_close(desk: State<'_, Desk>, id: String) -> Result<PreCloseView, ErrorView> {
    desk.read(move |open| open.case.pre_close(&id).map(PreCloseView::from)).await
}

/// Closes an election.
#[tauri::command]
pub(crate) async fn close_own_election(
    desk: State<'_, Desk>,
    id: String,
    confirm: String,
    early_reason: Option<String>,
    count_now: bool,
    approving: Approving,
) -> Result<ClosedView, ErrorView> {
    let request = CloseRequest { confirm, early_reason, count_now, by_clock: false };
    desk.act_with_key(approving, move |case, by, key| {
        let title = case.election_setup(&id)?.title;
        Ok(ClosedView::new(&case.close_election(by, key, &id, &request)?, &title))
    })
    .await
}

/// What is looked at after closing, read again from the store.
#[tauri::command]
pub(crate) async fn post_close(desk: State<'_, Desk>, id: String) -> Result<PostCloseView, ErrorView> {
    desk.read(move |open| open.case.post_close(&id).map(PostCloseView::from)).await
}

/// Counts a closed election.
#[tauri::command]
pub(crate) async fn count_own_election(
    desk: State<'_, Desk>,
    id: String,
    approving: Approving,
) -> Result<OwnResultView, ErrorView> {
    let counting = desk.act_with_key(approving, move |case, by, key| case.count_election(by, key, &id));
    counting.await.map(|result| OwnResultView::from(&result))
}

/// The result of an election; nothing before it is counted.
#[tauri::command]
pub(crate) async fn own_result(desk: State<'_, Desk>, id: String) -> Result<Option<OwnResultView>, ErrorView> {
    let result = desk.read(move |open| open.case.election_result(&id)).await?;
    Ok(result.as_ref().map(OwnResultView::from))
}

/// Certifies a result by two people.
#[tauri::command]
pub(crate) async fn certify_election(
    desk: State<'_, Desk>,
    id: String,
    approving: Approving,
) -> Result<CertificateView, ErrorView> {
    let certifying = desk.act_with_key(approving, move |case, by, key| case.certify_election(by, key, &id));
    certifying.await.map(CertificateView::from)
}

/// The certificate; nothing before the result is certified.
#[tauri::command]
pub(crate) async fn certificate(desk: State<'_, Desk>, id: String) -> Result<Option<CertificateView>, ErrorView> {
    let certificate = desk.read(move |open| open.case.certificate(&id)).await?;
    Ok(certificate.map(CertificateView::from))
}

/// Asks where the certificate shall lie and prints it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn print_certificate(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
) -> Result<Option<String>, ErrorView> {
    let places = desk.places.clone();
    let ask = move || dialogs::save(&app, &places, "Save the certificate", "Certificate.pdf", "pdf");
    let Some(path) = in_background(ask).await? else { return Ok(None) };
    let saved = path.clone();
    desk.write(move |case| case.print_certificate(&id, &saved)).await?;
    if path.exists() { Ok(Some(path.display().to_string())) } else { Err(not_written()) }
}

/// What publishing could give away.
#[tauri::command]
pub(crate) async fn privacy_guard(desk: State<'_, Desk>, id: String) -> Result<GuardView, ErrorView> {
    desk.read(move |open| open.case.privacy_guard(&id).map(GuardView::from)).await
}

/// Asks for a folder and writes the public files there; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn publish_election(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    form: PublicFormWord,
    accepts_risks: bool,
    approving: Approving,
) -> Result<Option<PublishedView>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Target)).await?;
    let Some(folder) = chosen.into_iter().next() else { return Ok(None) };
    let shown = folder.display().to_string();
    let publishing = desk
        .act(approving, move |case, by, _| case.publish_election(by, &id, &folder, Some(form.into()), accepts_risks));
    publishing.await.map(|published| Some(PublishedView::new(&published, shown)))
}

/// Makes the signing key public; answers it.
#[tauri::command]
pub(crate) async fn reveal_key(desk: State<'_, Desk>, id: String, approving: Approving) -> Result<String, ErrorView> {
    desk.act_with_key(approving, move |case, by, key| case.reveal_key(by, key, &id)).await
}

/// Nothing came out: what is not on the disk is not to be taken for printed.
fn not_written() -> ErrorView {
    let message = "The certificate was not printed.";
    ErrorView::new(
        ErrorCode::Output,
        message,
        "Publish the election: certificate.json among its files holds all of it.",
    )
}
