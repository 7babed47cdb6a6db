//! Prints of incidents: papers laid out as `reports.toml` says, each as PDF with a CSV for every table in it.
//!
//! * `known`: everything that a paper may want, read once;
//! * `sections` fills the sections of a layout; `tables` makes the rows; `custody`, `desk`, `metrics` are papers of their own;
//! * `redact` blacks out personal data in a finished paper, so that no text escapes it.
//!
//! The clock of the case gives the time, so the same case at the same time gives the same bytes. A print is an act in the
//! ledger. Papers that list evidence hash it again first, which is an entry of the custody log.

mod custody;
mod desk;
mod figures;
mod known;
mod redact;
mod sections;
mod tables;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::paper::Paper;
use domain::{Instant, Job, ReportLayout, digest};
use incidents::command_fill::EnvironmentProfile;
use incidents::incident::event::{CustodyAct, CustodyEntry, PROGRAM};
use incidents::{Incident, IncidentEvent, Library};
use reports::documents::incident as documents;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use self::known::Known;
use super::{CaseMetrics, EvidenceCheck, Responders};
use crate::export::{make_folder, write_whole};
use crate::{Case, Error};

/// Name of the fact with the hash of the ledger entry up to which a paper tells.
const LEDGER_HEAD: &str = "Ledger head";
/// Id of the page of a playbook, which no layout describes.
const QUICK_REFERENCE: &str = "quick-reference";
/// Ids of layouts that need no incident.
const WITHOUT_INCIDENT: [&str; 2] = ["call-list", "metrics"];
/// Layouts that other commands print.
const PRINTED_ELSEWHERE: [&str; 1] = ["forensics"];

/// A document that can be printed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentDocument {
    /// Id, for example `one-page`.
    pub id: String,
    /// Heading.
    pub title: String,
    /// True where it is about one incident.
    pub needs_incident: bool,
    /// True where a playbook can be named.
    pub takes_playbook: bool,
    /// True where a single item of evidence can be named.
    pub takes_evidence: bool,
    /// True where a month can be named.
    pub takes_month: bool,
}

/// What is blacked out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Redaction {
    /// Names of people that the incident, its roles and the contacts know, in free text too.
    pub names: bool,
    /// Mail addresses.
    pub emails: bool,
    /// Telephone numbers.
    pub phones: bool,
    /// Addresses of computers.
    pub addresses: bool,
}

impl Redaction {
    /// Everything.
    pub const ALL: Self = Self { names: true, emails: true, phones: true, addresses: true };

    /// True where anything is blacked out.
    pub fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// What is to be printed, and how.
#[derive(Clone, Debug, Default)]
pub struct PrintRequest {
    /// Id of the document; see [`incident_documents`].
    pub document: String,
    /// The incident, for documents that are about one.
    pub incident: Option<String>,
    /// The playbook of a quick reference page; those of the incident where absent.
    pub playbook: Option<String>,
    /// The item of a custody sheet; all where absent.
    pub evidence: Option<String>,
    /// The month of the metrics, `2026-11`; all where absent.
    pub month: Option<String>,
    /// What is blacked out.
    pub redaction: Redaction,
    /// Values of commands.
    pub profile: EnvironmentProfile,
}

/// A kind of personal data that was blacked out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RedactedKind {
    /// In words.
    pub kind: String,
    /// Different values.
    pub values: usize,
    /// Places.
    pub places: usize,
}

/// A printed document.
#[derive(Clone, Debug)]
pub struct Printed {
    /// Id.
    pub document: String,
    /// Heading.
    pub title: String,
    /// Proposed file name, without ending.
    pub file_name: String,
    /// The PDF.
    pub pdf: Vec<u8>,
    /// SHA-256 of the PDF, hex.
    pub sha256: String,
    /// A CSV for each table: name without ending, bytes.
    pub tables: Vec<(String, Vec<u8>)>,
    /// What was blacked out; empty without a redaction.
    pub redacted: Vec<RedactedKind>,
}

/// Every document, in the order of the layouts.
pub fn incident_documents(library: &Library) -> Vec<IncidentDocument> {
    let layouts = library.reports.iter().filter(|layout| !PRINTED_ELSEWHERE.contains(&layout.id.as_str()));
    let of_layouts = layouts.map(|layout| IncidentDocument {
        needs_incident: !WITHOUT_INCIDENT.contains(&layout.id.as_str()),
        takes_playbook: false,
        takes_evidence: layout.id == "custody-sheet",
        takes_month: layout.id == "metrics",
        id: layout.id.clone(),
        title: layout.title.clone(),
    });
    let page = IncidentDocument {
        id: QUICK_REFERENCE.to_owned(),
        title: "Quick reference of a playbook".to_owned(),
        needs_incident: false,
        takes_playbook: true,
        takes_evidence: false,
        takes_month: false,
    };
    of_layouts.chain([page]).collect()
}

/// True where a layout lists evidence, which is then hashed again.
fn lists_evidence(layout: &ReportLayout) -> bool {
    layout.section("evidence").is_some() || layout.section("item").is_some()
}

impl Case {
    /// Prints a document about incidents. The print is an act in the ledger; documents that list evidence hash it again first,
    /// which the custody log tells.
    ///
    /// # Errors
    /// Refused for a document, incident, playbook or item that is not there, and as [`Case::incident`]; [`Error::Cancelled`].
    pub fn print_incident(
        &mut self,
        by: &Responders,
        library: &Library,
        request: &PrintRequest,
        job: &dyn Job,
    ) -> Result<Printed, Error> {
        let documents = incident_documents(library);
        let Some(document) = documents.iter().find(|document| document.id == request.document) else {
            let known: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
            return Err(Error::refused(format!(
                "there is no document \"{}\"; there are {}",
                request.document,
                known.join(", ")
            )));
        };
        if document.needs_incident && request.incident.is_none() {
            return Err(Error::refused(format!("\"{}\" is about one incident; name it", document.title)));
        }
        let mut names = Names::default();
        let paper = match (request.document.as_str(), library.report(&request.document)) {
            (QUICK_REFERENCE, _) => self.quick_reference(by, library, request, &mut names)?,
            ("metrics", Some(layout)) => {
                let metrics = self.metrics_of_month(library, request.month.as_deref(), Some(by))?;
                names.of_metrics(&metrics);
                figures::paper(&metrics, library, layout, request.month.as_deref())
            }
            ("call-list", Some(layout)) => {
                let incident = request.incident.as_deref().map(|id| self.incident(id, Some(by))).transpose()?;
                names.of_contacts(library);
                desk::call_list(library, layout, incident.as_ref(), &request.profile, self.instant())
            }
            (_, Some(layout)) => self.paper_of_incident(by, library, layout, request, &mut names, job)?,
            (_, None) => return Err(Error::refused(format!("no layout describes \"{}\"", document.title))),
        };
        names.of_contacts(library);
        names.of_case(self)?;
        let printed = finish(paper, request, library, &names, (Some(self), self.instant()))?;
        self.record(
            "report.print",
            json!({
                "report": printed.document, "incident": request.incident, "sha256": printed.sha256,
                "redacted": request.redaction.is_any(),
            }),
        )?;
        Ok(printed)
    }

    fn paper_of_incident(
        &mut self,
        by: &Responders,
        library: &Library,
        layout: &ReportLayout,
        request: &PrintRequest,
        names: &mut Names,
        job: &dyn Job,
    ) -> Result<Paper, Error> {
        let id = request.incident.as_deref().unwrap_or_default().trim();
        let evidence = request.evidence.as_deref().filter(|_| layout.section("item").is_some());
        let hashed = match lists_evidence(layout) {
            true => self.hash_before_print(by, id, evidence, &layout.title, job)?,
            false => Vec::new(),
        };
        let mut sheet = self.custody_sheet(id, Some(by))?;
        if let Some(wanted) = evidence {
            sheet.items.retain(|(item, _)| item.id == wanted.trim());
        }
        let view = self.incident_view(library, id, Some(by))?;
        names.of_incident(&view.incident, library);
        for (item, _) in &sheet.items {
            names.add(&item.captured_by);
        }
        for record in self.incident_records(id, Some(by))? {
            if let IncidentEvent::Reported(report) = &record.event {
                names.add(&report.reporter);
            }
        }
        let claims = self.latest_report()?.map_or_else(Vec::new, |report| {
            let touched = report.elections.into_iter().filter(|one| view.incident.touches(&one.election_id));
            touched
                .flat_map(|one| {
                    let title = one.title;
                    one.claims.into_iter().map(move |claim| (title.clone(), claim))
                })
                .collect()
        });
        let known = Known { library, view, sheet, hashed, claims };
        Ok(if layout.section("item").is_some() {
            custody::paper(&known, layout)
        } else {
            sections::paper(&known, layout)
        })
    }

    /// Hashes evidence again before it is listed on paper, and tells the custody log.
    fn hash_before_print(
        &mut self,
        by: &Responders,
        id: &str,
        item: Option<&str>,
        title: &str,
        job: &dyn Job,
    ) -> Result<Vec<EvidenceCheck>, Error> {
        let checks = self.hash_evidence(by, id, item, job)?;
        if checks.is_empty() || self.is_read_only() {
            return Ok(checks);
        }
        self.change_incident(by, id, |writing| {
            for check in &checks {
                let problems = check.problems.join("; ");
                let end = if problems.is_empty() { String::new() } else { format!(": {problems}") };
                writing.add(IncidentEvent::CustodyEntered(CustodyEntry {
                    evidence: check.id.clone(),
                    act: CustodyAct::Verified,
                    from: String::new(),
                    to: String::new(),
                    why: format!("Before printing: {title}{end}"),
                    hash_agreed: Some(check.is_whole),
                }))?;
            }
            Ok(())
        })?;
        Ok(checks)
    }

    fn quick_reference(
        &self,
        by: &Responders,
        library: &Library,
        request: &PrintRequest,
        names: &mut Names,
    ) -> Result<Paper, Error> {
        let incident = request.incident.as_deref().map(|id| self.incident(id, Some(by))).transpose()?;
        let of_incident = |incident: &'_ Incident| names.of_incident(incident, library);
        incident.as_ref().map(of_incident);
        let applied = incident.as_ref().map_or(&[][..], |incident| &incident.playbooks[..]);
        let wanted = request.playbook.as_deref();
        let mut pages: Vec<desk::Page<'_>> = applied
            .iter()
            .filter(|applied| wanted.is_none_or(|wanted| wanted == applied.playbook.id))
            .map(|applied| desk::Page { playbook: &applied.playbook, sha256: applied.sha256, applied: Some(applied) })
            .collect();
        if let (true, Some(wanted)) = (pages.is_empty(), wanted) {
            let file = library.playbook(wanted).ok_or_else(|| {
                Error::refused(format!("there is no playbook \"{wanted}\"; `incident playbooks list` shows them"))
            })?;
            pages.push(desk::Page { playbook: &file.playbook, sha256: file.sha256, applied: None });
        }
        if pages.is_empty() {
            return Err(Error::refused("no playbook is in use here; name the one to print"));
        }
        Ok(desk::quick_reference(library, &pages, incident.as_ref(), &request.profile, self.instant()))
    }

    /// Metrics over the incidents of this case, or those declared in a month.
    fn metrics_of_month(
        &self,
        library: &Library,
        month: Option<&str>,
        viewer: Option<&Responders>,
    ) -> Result<CaseMetrics, Error> {
        let metrics = self.incident_metrics(library, viewer)?;
        metrics.of_month(library, month)
    }

    /// Prints a document and writes it: the PDF, and a CSV for each table into a folder.
    ///
    /// # Errors
    /// As [`Case::print_incident`], and [`Error::Output`] where a file cannot be written.
    pub fn save_incident_print(
        &mut self,
        by: &Responders,
        library: &Library,
        request: &PrintRequest,
        (pdf, csv): (Option<&Path>, Option<&Path>),
        job: &dyn Job,
    ) -> Result<(Printed, Vec<PathBuf>), Error> {
        let printed = self.print_incident(by, library, request, job)?;
        let written = printed.write(pdf, csv)?;
        Ok((printed, written))
    }
}

impl Printed {
    /// Writes the PDF into a file and the tables into a folder.
    ///
    /// # Errors
    /// [`Error::Output`] where one cannot be written.
    pub fn write(&self, pdf: Option<&Path>, csv: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
        let mut written = Vec::new();
        if let Some(path) = pdf {
            write_whole(path, &self.pdf)?;
            written.push(path.to_owned());
        }
        if let Some(folder) = csv {
            make_folder(folder)?;
            for (name, bytes) in &self.tables {
                let path = folder.join(format!("{name}.csv"));
                write_whole(&path, bytes)?;
                written.push(path);
            }
        }
        Ok(written)
    }
}

/// Prints the metrics of several cases; see [`super::metrics_of_cases`].
///
/// # Errors
/// Refused for a month that is none.
pub fn print_metrics(metrics: &CaseMetrics, library: &Library, request: &PrintRequest) -> Result<Printed, Error> {
    let layout = library.report("metrics").ok_or_else(|| Error::refused("no layout describes \"metrics\""))?;
    let metrics = metrics.of_month(library, request.month.as_deref())?;
    let mut names = Names::default();
    names.of_metrics(&metrics);
    names.of_contacts(library);
    let paper = figures::paper(&metrics, library, layout, request.month.as_deref());
    finish(paper, request, library, &names, (None, metrics.metrics.at))
}

/// Redacts, lays out and writes a paper into bytes; the ledger of the case, if there is one, knows the head that it prints.
fn finish(
    mut paper: Paper,
    request: &PrintRequest,
    library: &Library,
    names: &Names,
    (case, now): (Option<&Case>, Instant),
) -> Result<Printed, Error> {
    let redacted = match request.redaction.is_any() {
        true => redact::apply(&mut paper, request.redaction, &names.listed(library)),
        false => Vec::new(),
    };
    let failed = |error: reports::Error| Error::Output { path: format!("{}.pdf", paper.id), reason: error.to_string() };
    let mut document = documents::document(&paper);
    let head = paper.made_from.iter().find(|(name, _)| name == LEDGER_HEAD);
    if let (Some(case), Some((_, head))) = (case, head) {
        case.carry_ledger_head(&mut document, head)?;
    }
    let pdf = reports::render_pdf(&document, now).map_err(failed)?;
    let mut tables = Vec::new();
    for table in documents::tables(&paper) {
        let columns: Vec<&str> = table.columns.iter().map(String::as_str).collect();
        let bytes = reports::write_csv(&columns, &table.rows).map_err(failed)?;
        tables.push((table.name, bytes));
    }
    let mut file_name = vec![paper.id.clone()];
    file_name.extend(request.incident.clone().or_else(|| request.month.clone()));
    file_name.extend(request.evidence.clone());
    file_name.extend(request.redaction.is_any().then(|| "redacted".to_owned()));
    Ok(Printed {
        document: paper.id,
        title: paper.title,
        file_name: file_name.join("-"),
        sha256: digest::encode_hex(&Sha256::digest(&pdf)),
        pdf,
        tables,
        redacted,
    })
}

/// Names of people that the case knows, in the order in which they were first met.
#[derive(Default)]
struct Names {
    seen: BTreeSet<String>,
    all: Vec<String>,
}

impl Names {
    fn add(&mut self, name: &str) {
        let name = name.trim();
        if name.chars().count() > 1 && name != PROGRAM && self.seen.insert(name.to_lowercase()) {
            self.all.push(name.to_owned());
        }
    }

    /// The names, without the words that only name a role.
    fn listed(&self, library: &Library) -> Vec<String> {
        let contacts = &library.contacts;
        let titles = contacts.contacts.iter().flat_map(|contact| [contact.role.as_str(), contact.id.as_str()]);
        let roles = contacts.roles.iter().flat_map(|role| [role.title.as_str(), role.id.as_str()]);
        let no_names: BTreeSet<String> = titles.chain(roles).map(str::to_lowercase).collect();
        self.all.iter().filter(|name| !no_names.contains(&name.to_lowercase())).cloned().collect()
    }

    fn of_contacts(&mut self, library: &Library) {
        for contact in &library.contacts.contacts {
            self.add(&contact.name);
        }
    }

    fn of_case(&mut self, case: &Case) -> Result<(), Error> {
        for account in case.accounts()? {
            self.add(&account.name);
        }
        Ok(())
    }

    fn of_metrics(&mut self, metrics: &CaseMetrics) {
        for action in metrics.incidents.iter().flat_map(|one| &one.actions) {
            self.add(&action.owner);
        }
    }

    fn of_incident(&mut self, incident: &Incident, library: &Library) {
        let mut names: Vec<&str> = incident.roles.values().map(String::as_str).collect();
        names.extend(incident.timeline.iter().map(|entry| entry.by.as_str()));
        names.extend(incident.access.iter().map(String::as_str));
        names.extend(incident.conflicts.iter().map(|one| one.person.as_str()));
        names.extend(incident.statuses.iter().map(|one| one.by.as_str()));
        names.extend(incident.severities.iter().map(|one| one.by.as_str()));
        for decision in &incident.decisions {
            names.push(&decision.by);
            names.extend(decision.confirmation.second_person.as_deref());
        }
        names.extend(incident.released.iter().flat_map(|one| [one.by.as_str(), one.second_person.as_str()]));
        names.extend(incident.overrides.iter().flat_map(|one| [one.by.as_str(), one.second_person.as_str()]));
        for record in &incident.custody {
            names.push(&record.by);
            if record.entry.act == CustodyAct::Transferred {
                names.extend([record.entry.from.as_str(), record.entry.to.as_str()]);
            }
        }
        names.extend(incident.escalations.iter().flat_map(|call| [call.person.as_str(), call.by.as_str()]));
        names.extend(incident.checks.iter().map(|check| check.by.as_str()));
        names.extend(incident.actions.iter().map(|action| action.owner.as_str()));
        names.extend(incident.review.participants.iter().map(String::as_str));
        names.extend(incident.review.signatures.iter().map(|one| one.person.as_str()));
        names.extend(incident.checklist_items.values().map(|mark| mark.by.as_str()));
        for message in &incident.messages {
            names.push(&message.prepared_by);
            names.extend(message.approved_by.as_deref());
            names.extend(message.sent_by.as_deref());
        }
        for name in names {
            self.add(name);
        }
        self.of_contacts(library);
    }
}
