//! Messages of an incident: filled, looked at, edited, approved, written out, confirmed. The program sends nothing.

use std::collections::BTreeMap;

use tauri::{AppHandle, State};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::incident::RecordedView;
use crate::wire::incident::story::{MessagePreview, MessageTemplate};

/// Templates with what incident and election know; those that a playbook of the incident offers stand first.
#[tauri::command]
pub(crate) async fn incident_templates(desk: State<'_, Desk>, id: String) -> Result<Vec<MessageTemplate>, ErrorView> {
    let library = desk.library()?;
    desk.look_at_incidents(move |case, viewer| {
        let known = case.incident_notice_values(&library, &id, viewer)?;
        let incident = case.incident(&id, viewer)?;
        let is_offered = |id: &String| {
            incident.playbooks.iter().any(|applied| {
                applied.playbook.templates.contains(id)
                    || applied.playbook.steps.iter().any(|step| step.template.as_ref() == Some(id))
            })
        };
        let open = library.templates.iter().filter(|template| !template.secret);
        let mut views: Vec<MessageTemplate> =
            open.map(|template| MessageTemplate::new(template, &known, is_offered(&template.id))).collect();
        views.sort_by_key(|view| !view.is_offered);
        Ok(views)
    })
    .await
}

/// A message as it would stand; refused with every value that is missing.
#[tauri::command]
pub(crate) async fn preview_incident_notice(
    desk: State<'_, Desk>,
    id: String,
    template: String,
    values: BTreeMap<String, String>,
) -> Result<MessagePreview, ErrorView> {
    let library = desk.library()?;
    let looking =
        desk.look_at_incidents(move |case, viewer| case.preview_notice(&library, &id, &template, &values, viewer));
    looking.await.map(Into::into)
}

/// Prepares a message with the text as it was edited; without a template it is a text of one's own.
#[tauri::command]
#[allow(clippy::too_many_arguments, reason = "where, from what, with what, and what was edited")]
pub(crate) async fn prepare_incident_notice(
    desk: State<'_, Desk>,
    id: String,
    template: String,
    values: BTreeMap<String, String>,
    audience: String,
    subject: String,
    body: String,
    channel: String,
) -> Result<RecordedView, ErrorView> {
    let library = desk.library()?;
    let preparing = desk.respond_alone(move |case, by| {
        let text = (subject.as_str(), body.as_str());
        if template.is_empty() {
            return case.prepare_own_notice(by, &id, &audience, text, &channel);
        }
        case.prepare_incident_notice(by, &library, &id, &template, &values, Some(text), &channel)
    });
    preparing.await.map(|(_, recorded)| recorded.into())
}

/// Approves a message as it stands.
#[tauri::command]
pub(crate) async fn approve_incident_notice(
    desk: State<'_, Desk>,
    id: String,
    message: String,
) -> Result<RecordedView, ErrorView> {
    desk.respond_alone(move |case, by| case.approve_incident_notice(by, &id, &message)).await.map(Into::into)
}

/// Notes that an approved message went out.
#[tauri::command]
pub(crate) async fn confirm_incident_notice(
    desk: State<'_, Desk>,
    id: String,
    message: String,
    channel: String,
) -> Result<RecordedView, ErrorView> {
    let library = desk.library()?;
    let confirming =
        desk.respond_alone(move |case, by| case.confirm_incident_notice(by, &library, &id, &message, &channel));
    confirming.await.map(Into::into)
}

/// Asks for a folder and writes an approved message there, as a mail file and as text; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn write_incident_notice(
    app: AppHandle,
    desk: State<'_, Desk>,
    id: String,
    message: String,
) -> Result<Option<String>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Target)).await?;
    let Some(folder) = chosen.into_iter().next() else { return Ok(None) };
    let writing = desk.respond_alone(move |case, by| case.write_incident_notice(by, &id, &message, &folder));
    writing.await.map(|files| Some(files.eml.display().to_string()))
}
