//! What an office keeps for its incidents: contacts, values of commands; metrics; prints.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use domain::job::Unwatched;
use tauri::{AppHandle, State};
use workflow::incident::incidents::command_fill::{EnvironmentProfile, KnownValues, fill, incident_stamp};
use workflow::incident::incidents::{Draft, DraftValue};
use workflow::incident::{PrintRequest, Redaction, incident_documents, metrics_csv};

use crate::dialogs;
use crate::places::Places;
use crate::state::{Desk, in_background};
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::incident::contacts::{CommandView, ContactLine, ContactsView, ServiceLine};
use crate::wire::incident::figures::MetricsView;
use crate::wire::incident::papers::{DocumentLine, PrintAsked, PrintedView};

/// File of the office's contacts.
const CONTACTS: &str = "contacts.toml";

/// File of the values that commands take.
const PROFILE: &str = "commands.json";

/// Everybody who can be called.
#[tauri::command]
pub(crate) async fn contacts(desk: State<'_, Desk>) -> Result<ContactsView, ErrorView> {
    Ok(ContactsView::new(desk.library()?.as_ref(), desk.places.office().display().to_string()))
}

/// Keeps the contacts as the office gives them; what the program does not know of the file stays.
#[tauri::command]
pub(crate) async fn save_contacts(
    desk: State<'_, Desk>,
    contacts: Vec<ContactLine>,
    services: Vec<ServiceLine>,
) -> Result<ContactsView, ErrorView> {
    let folder = desk.places.office();
    let text = changed_contacts(&folder, &contacts, &services)?;
    keep(&folder, CONTACTS, &text)?;
    Ok(ContactsView::new(desk.library()?.as_ref(), folder.display().to_string()))
}

fn changed_contacts(folder: &Path, contacts: &[ContactLine], services: &[ServiceLine]) -> Result<String, ErrorView> {
    let own = fs::read(folder.join(CONTACTS)).ok();
    let draft = own.and_then(|bytes| Draft::open(CONTACTS, &bytes).ok()).or_else(|| Draft::of_common(CONTACTS));
    let mut draft = draft.ok_or_else(ErrorView::internal)?;
    let refused = |error: workflow::incident::incidents::DraftError| {
        ErrorView::new(ErrorCode::Refused, format!("{error}."), "Reload the contacts and change them again.")
    };
    for contact in contacts {
        let at = |key: &str| format!("contact[{}].{key}", contact.id);
        if draft.get(&at("role")).is_none() {
            draft.add("contact", &contact.id, None).map_err(refused)?;
        }
        let level = contact.level.map_or(DraftValue::Absent, DraftValue::Number);
        let example = if contact.is_example { DraftValue::Flag(true) } else { DraftValue::Absent };
        for (key, value) in [
            ("role", DraftValue::Text(contact.role.trim().to_owned())),
            ("name", DraftValue::Text(contact.name.trim().to_owned())),
            ("ladder_level", level),
            ("phone", DraftValue::Text(contact.phone.trim().to_owned())),
            ("email", DraftValue::Text(contact.email.trim().to_owned())),
            ("when", DraftValue::Text(contact.when.trim().to_owned())),
            ("example", example),
        ] {
            draft.set(&at(key), value).map_err(refused)?;
        }
    }
    for service in services {
        let at = |key: &str| format!("service[{}].{key}", service.id);
        let example = if service.is_example { DraftValue::Flag(true) } else { DraftValue::Absent };
        draft.set(&at("address"), DraftValue::Text(service.address.trim().to_owned())).map_err(refused)?;
        draft.set(&at("example"), example).map_err(refused)?;
    }
    let shipped = workflow::incident::incidents::Library::shipped();
    match draft.problems(&shipped, &[]).first() {
        None => Ok(draft.text()),
        Some(problem) => Err(ErrorView::new(
            ErrorCode::Refused,
            format!("The contacts cannot be kept: {}.", problem.reason),
            format!("{}.", problem.advice),
        )),
    }
}

/// Writes a file of the office whole or not at all.
fn keep(folder: &Path, name: &str, text: &str) -> Result<(), ErrorView> {
    let path = folder.join(name);
    let draft = path.with_extension("new");
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(&draft, text));
    written.and_then(|()| fs::rename(&draft, &path)).map_err(|error| {
        let message = format!("{} cannot be written: {error}.", path.display());
        ErrorView::new(ErrorCode::Output, message, "Look whether the folder can be written to.")
    })
}

fn profile(places: &Places) -> EnvironmentProfile {
    let text = fs::read_to_string(places.office().join(PROFILE)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or(EnvironmentProfile { use_examples: true, ..EnvironmentProfile::default() })
}

/// Commands with their placeholders filled. A destructive one comes without its text until its warning was read.
#[tauri::command]
pub(crate) async fn incident_commands(
    desk: State<'_, Desk>,
    id: String,
    commands: Vec<String>,
    warnings_read: Vec<String>,
) -> Result<Vec<CommandView>, ErrorView> {
    let (library, profile) = (desk.library()?, profile(&desk.places));
    desk.look_at_incidents(move |case, viewer| {
        let incident = case.incident(&id, viewer)?;
        let mut known = KnownValues::new();
        known.insert("incident_id".to_owned(), id.clone());
        if let Some(declared) = incident.declared_at() {
            known.insert("incident_stamp".to_owned(), incident_stamp(declared));
        }
        if let Some(election) = incident.elections.first() {
            known.insert("election_id".to_owned(), election.id.clone());
        }
        let mut used = profile.values.clone();
        used.extend(known.clone());
        let view = |command: &String| {
            let filled = fill(&library.commands, command, &profile, &known).map_err(|error| error.to_string());
            CommandView::new(&library, command, filled, &used, warnings_read.contains(command))
        };
        Ok(commands.iter().filter_map(view).collect())
    })
    .await
}

/// Keeps values that commands take from now on.
#[tauri::command]
pub(crate) async fn save_command_values(
    desk: State<'_, Desk>,
    values: BTreeMap<String, String>,
) -> Result<(), ErrorView> {
    let mut kept = profile(&desk.places);
    kept.values.extend(values);
    kept.values.retain(|_, value| !value.trim().is_empty());
    let text = serde_json::to_string_pretty(&kept).map_err(|_| ErrorView::internal())?;
    keep(&desk.places.office(), PROFILE, &text)
}

/// Metrics over the incidents of this case.
#[tauri::command]
pub(crate) async fn incident_metrics(desk: State<'_, Desk>) -> Result<MetricsView, ErrorView> {
    let library = desk.library()?;
    let made = desk.look_at_incidents(move |case, viewer| case.incident_metrics(&library, viewer)).await?;
    Ok(MetricsView::from(&made))
}

/// Asks for a folder name and writes the metrics and the incident log there as tables; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn export_metrics(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<String>, ErrorView> {
    let (library, places) = (desk.library()?, desk.places.clone());
    let ask = move || dialogs::save(&app, &places, "Name a folder for the tables", "Incident metrics", "");
    let Some(folder) = in_background(ask).await? else { return Ok(None) };
    let made = desk.look_at_incidents(move |case, viewer| {
        let made = case.incident_metrics(&library, viewer)?;
        metrics_csv(&made)
    });
    let (metrics, log) = made.await?;
    in_background(move || {
        write_files(&folder, &[("metrics.csv".to_owned(), metrics), ("incidents.csv".to_owned(), log)])?;
        Ok(Some(folder.display().to_string()))
    })
    .await?
}

fn write_files(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<(), ErrorView> {
    let written = fs::create_dir_all(folder)
        .and_then(|()| files.iter().try_for_each(|(name, bytes)| fs::write(folder.join(name), bytes)));
    written.map_err(|error| {
        let message = format!("{} cannot be written: {error}.", folder.display());
        ErrorView::new(ErrorCode::Output, message, "Choose another folder.")
    })
}

/// Documents that can be printed.
#[tauri::command]
pub(crate) async fn incident_papers(desk: State<'_, Desk>) -> Result<Vec<DocumentLine>, ErrorView> {
    let documents = incident_documents(desk.library()?.as_ref());
    let line = |document: workflow::incident::IncidentDocument| DocumentLine {
        id: document.id,
        title: document.title,
        needs_incident: document.needs_incident,
        takes_playbook: document.takes_playbook,
        takes_evidence: document.takes_evidence,
        takes_month: document.takes_month,
    };
    Ok(documents.into_iter().map(line).collect())
}

/// Asks where the document shall lie and prints it, with its tables in a folder beside it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn print_incident(
    app: AppHandle,
    desk: State<'_, Desk>,
    asked: PrintAsked,
) -> Result<Option<PrintedView>, ErrorView> {
    let (library, places) = (desk.library()?, desk.places.clone());
    let name = match &asked.incident {
        Some(incident) => format!("{incident} {}.pdf", asked.document),
        None => format!("{}.pdf", asked.document),
    };
    let ask = move || dialogs::save(&app, &places, "Save the document", &name, "pdf");
    let Some(path) = in_background(ask).await? else { return Ok(None) };
    let request = PrintRequest {
        document: asked.document,
        incident: asked.incident,
        playbook: asked.playbook,
        evidence: asked.evidence,
        month: asked.month,
        redaction: Redaction {
            names: asked.without_names,
            emails: asked.without_emails,
            phones: asked.without_phones,
            addresses: asked.without_addresses,
        },
        profile: profile(&desk.places),
    };
    let printing = desk.respond_alone(move |case, by| case.print_incident(by, &library, &request, &Unwatched));
    let printed = printing.await?;
    in_background(move || {
        let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        write_files(&folder, &[(name, printed.pdf)])?;
        let tables: Vec<(String, Vec<u8>)> =
            printed.tables.into_iter().map(|(name, bytes)| (format!("{name}.csv"), bytes)).collect();
        if asked.with_tables && !tables.is_empty() {
            write_files(&path.with_extension("tables"), &tables)?;
        }
        Ok(Some(PrintedView {
            path: path.display().to_string(),
            tables: if asked.with_tables { u64::try_from(tables.len()).unwrap_or(u64::MAX) } else { 0 },
            sha256: printed.sha256,
            redacted: printed
                .redacted
                .into_iter()
                .map(|kind| (kind.kind, u64::try_from(kind.places).unwrap_or(u64::MAX)))
                .collect(),
        }))
    })
    .await?
}

#[cfg(test)]
mod tests {
    use workflow::incident::read_library;

    use super::*;

    #[test]
    fn contacts_of_the_office_are_kept_and_what_the_program_does_not_know_stays() {
        let folder = std::env::temp_dir().join(format!("scrutineer-contacts-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let own = "schema = 1\n# ours\n[[contact]]\nid = \"primary\"\nrole = \"Duty desk\"\nladder_level = 1\nphone = \"1\"\nwhen = \"at once\"\nexample = true\nroom = \"12\"\n";
        keep(&folder, CONTACTS, own).expect("the file is written");
        let view = ContactsView::new(&read_library(Some(&folder)).expect("a library"), String::new());
        let mut first = view.contacts.first().expect("the ladder").clone();
        assert_eq!((first.role.as_str(), first.is_example), ("Duty desk", true));
        (first.phone, first.is_example) = ("+43 1 234".to_owned(), false);
        let text = changed_contacts(&folder, &[first], &[]).expect("a change");
        keep(&folder, CONTACTS, &text).expect("the file is written");
        assert!(text.contains("# ours") && text.contains("room = \"12\""), "{text}");
        let library = read_library(Some(&folder)).expect("a library");
        let primary = library.contacts.contacts.iter().find(|contact| contact.id == "primary").expect("kept");
        assert_eq!((primary.phone.as_str(), primary.example), ("+43 1 234", false));
        assert!(library.contacts.contacts.len() > 1, "the others of the shipped set are there still");
        fs::remove_dir_all(folder).expect("the folder goes");
    }
}
