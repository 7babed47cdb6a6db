//! Prints of incidents: PDF, and a CSV for each table.

use std::path::{Path, PathBuf};

use serde_json::json;
use workflow::domain::Job;
use workflow::incident::incidents::command_fill::EnvironmentProfile;
use workflow::incident::{
    PrintRequest, Printed, Redaction, incident_documents, metrics_of_cases, print_metrics, read_library,
};
use workflow::{Error, Identity};

use super::arguments::{Desk, On, PrintArguments, RedactName};
use super::kinds::refused;
use super::office::Response;
use super::playbooks::read_profile;
use crate::arguments::ReportArguments;
use crate::run::{DONE, answer, say, tell};

/// What is blacked out; everything where no kind is named.
fn redaction(asked: Option<&[RedactName]>) -> Redaction {
    let Some(asked) = asked else { return Redaction::default() };
    if asked.is_empty() || asked.iter().any(|name| matches!(name, RedactName::All)) {
        return Redaction::ALL;
    }
    let mut redaction = Redaction::default();
    for name in asked {
        match name {
            RedactName::All => {}
            RedactName::Names => redaction.names = true,
            RedactName::Emails => redaction.emails = true,
            RedactName::Phones => redaction.phones = true,
            RedactName::Addresses => redaction.addresses = true,
        }
    }
    redaction
}

pub(super) fn run(arguments: PrintArguments, job: &dyn Job) -> Result<u8, Error> {
    let Some(document) = arguments.document else {
        return list(&arguments.desk);
    };
    if arguments.pdf.is_none() && arguments.csv.is_none() {
        return Err(refused("say where it goes: --pdf FILE, --csv DIR, or both"));
    }
    let mut profile = match &arguments.profile {
        Some(path) => read_profile(path)?,
        None => EnvironmentProfile::default(),
    };
    profile.values.extend(arguments.values);
    let request = PrintRequest {
        document,
        incident: arguments.id,
        playbook: arguments.playbook,
        evidence: arguments.item,
        month: arguments.month,
        redaction: redaction(arguments.redact.as_deref()),
        profile,
    };
    print(&arguments.desk, &request, (arguments.pdf.as_deref(), arguments.csv.as_deref()), job)
}

/// A paper about an incident under its name among the reports.
pub(crate) fn report(arguments: &ReportArguments, document: &str, job: &dyn Job) -> Result<u8, Error> {
    let desk = Desk {
        case: arguments.case.clone(),
        person: arguments.person.clone(),
        second: None,
        passphrases: arguments.passphrases.clone(),
        playbooks: arguments.playbooks.clone(),
        json: false,
    };
    let request =
        PrintRequest { document: document.to_owned(), incident: Some(arguments.id.clone()), ..PrintRequest::default() };
    print(&desk, &request, (Some(&arguments.pdf), arguments.csv.as_deref()), job)
}

/// Writes the evidence bundle of an incident.
pub(super) fn bundle(on: &On, out: &Path, job: &dyn Job) -> Result<u8, Error> {
    let mut office = Response::open(&on.desk)?;
    let identity = Identity::of_this_machine()?;
    crate::bundle::told(&identity);
    let written = office.case.write_incident_bundle(&office.by, &office.playbooks, &on.id, &identity, out, job)?;
    crate::bundle::written_told(&written, on.desk.json);
    Ok(DONE)
}

/// Prints a document and names the files.
fn print(
    desk: &Desk,
    request: &PrintRequest,
    targets: (Option<&Path>, Option<&Path>),
    job: &dyn Job,
) -> Result<u8, Error> {
    let mut office = Response::open(desk)?;
    let (printed, written) = office.case.save_incident_print(&office.by, &office.playbooks, request, targets, job)?;
    if office.case.is_read_only() {
        say("Note: the case lies on a read-only medium, so its ledger does not record this.");
    }
    told(&printed, &written, desk.json);
    Ok(DONE)
}

fn told(printed: &Printed, written: &[PathBuf], is_json: bool) {
    let files: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    if is_json {
        answer(&json!({
            "schema": "scrutineer/incident-print/1", "document": printed.document, "title": printed.title,
            "sha256": printed.sha256, "files": files, "redacted": printed.redacted,
        }));
        return;
    }
    tell(&files.join("\n"));
    for one in &printed.redacted {
        say(&format!("{} blacked out: {} in {} places.", one.kind, one.values, one.places));
    }
}

fn list(desk: &Desk) -> Result<u8, Error> {
    let documents = incident_documents(&read_library(desk.playbooks.as_deref())?);
    if desk.json {
        answer(&json!({"schema": "scrutineer/incident-documents/1", "documents": documents}));
        return Ok(DONE);
    }
    for one in &documents {
        let needs = if one.needs_incident { "  (--id)" } else { "" };
        tell(&format!("{:22} {}{needs}", one.id, one.title));
    }
    Ok(DONE)
}

/// Prints the metrics over several cases.
pub(super) fn metrics(
    cases: &[PathBuf],
    playbooks: Option<&Path>,
    month: Option<String>,
    pdf: &Path,
) -> Result<Printed, Error> {
    let library = read_library(playbooks)?;
    let request = PrintRequest { document: "metrics".to_owned(), month, ..PrintRequest::default() };
    let printed = print_metrics(&metrics_of_cases(cases, &library)?, &library, &request)?;
    printed.write(Some(pdf), None)?;
    Ok(printed)
}
