//! Keys and the audit itself. Key values go one way: in.

use domain::KeyRing;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use workflow::Case;

use crate::dialogs::{self, Wanted};
use crate::jobs::{Access, JobId};
use crate::sample;
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::job::{JobEvent, JobOutcome};
use crate::wire::keys::{KeysChoice, KeysHeld};
use crate::wire::report::ReportView;

/// Names of the keys held in memory.
#[tauri::command]
pub(crate) async fn keys_held(desk: State<'_, Desk>) -> Result<KeysHeld, ErrorView> {
    Ok(desk.keys().as_ref().map(KeysHeld::from).unwrap_or_default())
}

/// Asks for a file with keys and holds them; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn choose_key_file(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<KeysHeld>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Keys)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    let mut keys = KeyRing::default();
    workflow::read_key_file(&path, &mut keys)?;
    let held = KeysHeld::from(&keys);
    desk.hold_keys(Some(keys));
    Ok(Some(held))
}

/// Tests every claim of the evidence.
#[tauri::command]
pub(crate) async fn audit(
    desk: State<'_, Desk>,
    keys: KeysChoice,
    channel: Channel<JobEvent>,
) -> Result<JobId, ErrorView> {
    let (slot, keys) = (desk.slot(), hold(&desk, keys)?);
    desk.jobs.start(Access::Writes, channel, move |job| {
        let verified = slot.beside(|path| {
            let mut case = Case::open(path)?;
            case.verify(&keys, job)?;
            // What is stored carries the marks of reviewers besides.
            case.latest_report()
        });
        slot.look_anew();
        let report = verified?.ok_or_else(ErrorView::internal)?;
        Ok(JobOutcome::Audited { report: Box::new(ReportView::from(report)) })
    })
}

/// The conclusions stored in the case, if an audit was run.
#[tauri::command]
pub(crate) async fn report(desk: State<'_, Desk>) -> Result<Option<ReportView>, ErrorView> {
    Ok(desk.read(|open| open.case.latest_report()).await?.map(ReportView::from))
}

/// The chosen keys; what is given now replaces what was held, and is held until the case is closed.
fn hold(desk: &Desk, choice: KeysChoice) -> Result<KeyRing, ErrorView> {
    let keys = match choice {
        KeysChoice::Skip => None,
        KeysChoice::Held => desk.keys(),
        KeysChoice::Sample => Some(workflow::read_keys_text(sample::KEYS, "the sample")?),
        KeysChoice::Pasted { text } => Some(workflow::read_keys_text(&text, "the pasted text")?),
    };
    desk.hold_keys(keys.clone());
    Ok(keys.unwrap_or_default())
}

impl From<&KeyRing> for KeysHeld {
    fn from(keys: &KeyRing) -> Self {
        let held = keys.names().into_iter().flat_map(|name| keys.get(name)).map(|key| key.origin().to_owned());
        Self { keys: held.collect(), warnings: keys.warnings().to_vec() }
    }
}
