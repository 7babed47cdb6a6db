//! Import: choosing, dropping, the dry run, the import itself.

use tauri::ipc::Channel;
use tauri::{AppHandle, State};
use workflow::Case;

use crate::dialogs::{self, Wanted};
use crate::jobs::{Access, JobId};
use crate::sample;
use crate::state::{Desk, Inputs, in_background};
use crate::wire::case::{ChosenInputs, DropEvent};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::job::{JobEvent, JobOutcome};
use crate::wire::plan::PlanView;

/// Tells the window about files that are dragged over it or dropped.
#[tauri::command]
pub(crate) async fn watch_drops(desk: State<'_, Desk>, channel: Channel<DropEvent>) -> Result<(), ErrorView> {
    desk.watch_drops(channel);
    Ok(())
}

/// Asks for the folder of an export; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn choose_folder(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<ChosenInputs>, ErrorView> {
    choose(app, &desk, Wanted::Folder).await
}

/// Asks for the files of an export; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn choose_files(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<ChosenInputs>, ErrorView> {
    choose(app, &desk, Wanted::Files).await
}

/// Chooses the bundled sample.
#[tauri::command]
pub(crate) async fn choose_sample(desk: State<'_, Desk>) -> Result<ChosenInputs, ErrorView> {
    let folder = desk.places.sample();
    let export = in_background(move || sample::write(&folder)).await?.map_err(|error| {
        ErrorView::new(
            ErrorCode::Output,
            format!("The sample cannot be written: {error}"),
            "Free some space and try again.",
        )
    })?;
    Ok(desk.choose(Inputs { paths: vec![export], is_sample: true }))
}

/// Reads the chosen inputs without taking anything over.
#[tauri::command]
pub(crate) async fn plan_import(desk: State<'_, Desk>, channel: Channel<JobEvent>) -> Result<JobId, ErrorView> {
    let inputs = desk.inputs().paths;
    desk.jobs.start(Access::Reads, channel, move |job| {
        Ok(JobOutcome::Planned { plan: PlanView::from(Case::plan_import(&inputs, None, job)?) })
    })
}

/// Takes the chosen inputs over: everything or nothing.
#[tauri::command]
pub(crate) async fn import(desk: State<'_, Desk>, channel: Channel<JobEvent>) -> Result<JobId, ErrorView> {
    let (slot, inputs) = (desk.slot(), desk.inputs().paths);
    desk.jobs.start(Access::Writes, channel, move |job| {
        let plan = slot.alone(job, |case| case.import(&inputs, None, job))?;
        Ok(JobOutcome::Imported { plan: PlanView::from(plan) })
    })
}

/// Asks a job to stop. Answered on the window's own thread, so that it works however busy the others are.
#[tauri::command]
pub(crate) fn cancel_job(desk: State<'_, Desk>, id: JobId) {
    desk.jobs.cancel(id);
}

async fn choose(app: AppHandle, desk: &Desk, wanted: Wanted) -> Result<Option<ChosenInputs>, ErrorView> {
    let places = desk.places.clone();
    let paths = in_background(move || dialogs::open(&app, &places, wanted)).await?;
    Ok((!paths.is_empty()).then(|| desk.choose(Inputs { paths, is_sample: false })))
}
