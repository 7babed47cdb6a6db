//! The work on an incident: steps, checks, checklists, decisions, roles, calls, holds, action items.

use domain::job::Unwatched;
use tauri::State;
use workflow::domain::Instant;
use workflow::incident::incidents::incident::event::{ActionPriority, Confirmation, PlaybookChoice};
use workflow::incident::{CheckAsked, EscalationCall, StepReport, TickedItem};

use crate::state::Desk;
use crate::wire::error::ErrorView;
use crate::wire::incident::RecordedView;
use crate::wire::incident::record;
use crate::wire::incident::work::{ChoiceAsked, StepAsked};
use crate::wire::office::Approving;

/// Changes a step.
#[tauri::command]
pub(crate) async fn change_step(desk: State<'_, Desk>, id: String, step: StepAsked) -> Result<RecordedView, ErrorView> {
    let report = StepReport::from(step);
    desk.respond_alone(move |case, by| case.change_step(by, &id, &report)).await.map(Into::into)
}

/// Runs what a step names, and records the step with what came out.
#[tauri::command]
pub(crate) async fn run_step(
    desk: State<'_, Desk>,
    id: String,
    step: StepAsked,
    approving: Approving,
) -> Result<RecordedView, ErrorView> {
    let (library, report) = (desk.library()?, StepReport::from(step));
    let running = desk.respond(approving, move |case, by, key| {
        case.run_step(by, &library, &id, &report, key, &Unwatched).map(|(_, recorded)| recorded)
    });
    running.await.map(Into::into)
}

/// Runs a check outside of any step.
#[tauri::command]
pub(crate) async fn run_check(
    desk: State<'_, Desk>,
    id: String,
    function: String,
    approving: Approving,
) -> Result<RecordedView, ErrorView> {
    let library = desk.library()?;
    let running = desk.respond(approving, move |case, by, key| {
        let asked = CheckAsked { function: &function, election: None, key };
        case.run_check(by, &library, &id, &asked, &Unwatched).map(|(_, recorded)| recorded)
    });
    running.await.map(Into::into)
}

/// Ticks an item of a checklist, or takes the tick back.
#[tauri::command]
pub(crate) async fn tick_item(
    desk: State<'_, Desk>,
    id: String,
    checklist: String,
    item: String,
    done: bool,
    note: String,
) -> Result<RecordedView, ErrorView> {
    let (library, tick) = (desk.library()?, TickedItem { checklist, item, done, note });
    desk.respond_alone(move |case, by| case.tick(by, &library, &id, &tick)).await.map(Into::into)
}

/// Takes a decision that a playbook asks for.
#[tauri::command]
pub(crate) async fn take_decision(
    desk: State<'_, Desk>,
    id: String,
    choice: ChoiceAsked,
    approving: Approving,
) -> Result<RecordedView, ErrorView> {
    let choice = PlaybookChoice {
        playbook: choice.playbook,
        decision: choice.decision,
        option: choice.option,
        reason: choice.reason,
        evidence: Vec::new(),
        confirmation: Confirmation {
            second_person: None,
            typed: Some(choice.typed).filter(|typed| !typed.is_empty()),
            consequence_accepted: choice.is_accepted,
        },
    };
    desk.respond(approving, move |case, by, _| case.decide(by, &id, choice)).await.map(Into::into)
}

/// Gives a role to a person, or to nobody.
#[tauri::command]
pub(crate) async fn set_incident_role(
    desk: State<'_, Desk>,
    id: String,
    role: String,
    person: Option<String>,
) -> Result<RecordedView, ErrorView> {
    let library = desk.library()?;
    desk.respond_alone(move |case, by| case.set_incident_role(by, &library, &id, &role, person)).await.map(Into::into)
}

/// Notes that somebody of the ladder, or beside it, was called.
#[tauri::command]
pub(crate) async fn note_call(
    desk: State<'_, Desk>,
    id: String,
    level: Option<u32>,
    person: Option<String>,
    method: String,
    reason: String,
) -> Result<RecordedView, ErrorView> {
    let (library, call) = (desk.library()?, EscalationCall { level, role: None, person, method, reason });
    desk.respond_alone(move |case, by| case.escalate(by, &library, &id, &call)).await.map(Into::into)
}

/// Holds acts back by hand.
#[tauri::command]
pub(crate) async fn hold_back(
    desk: State<'_, Desk>,
    id: String,
    acts: Vec<String>,
    election: Option<String>,
    message: String,
) -> Result<RecordedView, ErrorView> {
    let acts = record::acts(&acts)?;
    desk.respond_alone(move |case, by| case.hold(by, &id, &acts, election, &message)).await.map(Into::into)
}

/// Notes that two people go on although a guard holds, for an election that is not run here.
#[tauri::command]
pub(crate) async fn note_override(
    desk: State<'_, Desk>,
    id: String,
    guard: String,
    act: String,
    election: String,
    approving: Approving,
) -> Result<RecordedView, ErrorView> {
    let act = record::acts(&[act])?;
    let reason = approving.override_reason.clone().unwrap_or_default();
    desk.respond(approving, move |case, by, _| {
        let act = act.first().copied().unwrap_or(workflow::domain::incident::GuardedAct::Publish);
        case.note_override(by, &id, &guard, act, &election, &reason)
    })
    .await
    .map(Into::into)
}

/// Adds an action item; without a day it is due after the usual number of days.
#[tauri::command]
pub(crate) async fn add_action(
    desk: State<'_, Desk>,
    id: String,
    text: String,
    owner: String,
    priority: String,
    due: Option<String>,
) -> Result<RecordedView, ErrorView> {
    let priority = match priority.as_str() {
        "high" => ActionPriority::High,
        "low" => ActionPriority::Low,
        _ => ActionPriority::Medium,
    };
    let due = due.as_deref().and_then(Instant::parse);
    let adding = desk.respond_alone(move |case, by| case.add_action_item(by, &id, &text, &owner, priority, due));
    adding.await.map(|(_, recorded)| recorded.into())
}
