//! A report, a declaration: number, playbook, severity, elections, clocks.

use domain::incident::{EntryKind, IncidentCategory, IncidentId, IncidentSeverity};
use domain::{FindingCode, Instant};
use incidents::incident::event::{Declaration, ElectionRef, FrozenPlaybook, Link, Report};
use incidents::{ClockFigures, IncidentEvent, Library, severity, triggers};
use store::{Change, Incidents};

use super::journal::{Writing, parse_id};
use super::{Recorded, Responders};
use crate::{Case, Error, audit};

/// What is said when an incident is declared; everything but the title may be left out.
#[derive(Clone, Debug, Default)]
pub struct NewIncident {
    /// One line.
    pub title: String,
    /// What is seen, by whom, since when.
    pub description: String,
    /// Ids of the elections concerned; none where all may be.
    pub elections: Vec<String>,
    /// What it is about; the playbook's where left out.
    pub category: Option<IncidentCategory>,
    /// Severity; the label's, the playbook's, or high where left out.
    pub severity: Option<IncidentSeverity>,
    /// Scale and label in which it was reported.
    pub label: Option<(String, String)>,
    /// True while the severity is a precaution.
    pub is_provisional: bool,
    /// Playbook; the one that the finding proposes where left out.
    pub playbook: Option<String>,
    /// A finding that it comes from.
    pub finding: Option<FindingCode>,
    /// Who leads.
    pub lead: Option<String>,
    /// When it reached the office; now where left out.
    pub reported_at: Option<Instant>,
    /// When the first sign was noticed.
    pub detected_at: Option<Instant>,
    /// An exercise.
    pub is_drill: bool,
    /// System concerned.
    pub system: String,
    /// Profile of clocks; the usual figures where left out.
    pub profile: Option<String>,
}

/// The next number of the day.
fn next_id(incidents: &Incidents<'_>, now: Instant) -> Result<IncidentId, Error> {
    let first = IncidentId::new(now, 1);
    let day = first.as_str().trim_end_matches("001").to_owned();
    let last = incidents.ids()?.iter().filter_map(|id| id.strip_prefix(&day)?.parse::<u32>().ok()).max();
    Ok(IncidentId::new(now, last.unwrap_or(0).saturating_add(1)))
}

/// What a declaration says about severity: canonical, scale, label, whether it is a precaution.
fn severity_of(
    library: &Library,
    new: &NewIncident,
    playbook: Option<&incidents::PlaybookFile>,
) -> Result<(IncidentSeverity, String, String, bool), Error> {
    if let Some((scale, label)) = &new.label {
        let meant = severity::from_label(&library.severity, scale, label).or(new.severity);
        let Some(meant) = meant else {
            let known: Vec<&str> = severity::SCALES.iter().map(|(id, _)| *id).collect();
            return Err(Error::refused(format!(
                "\"{label}\" is no label of the scale \"{scale}\"; scales are {}; or say critical, high, medium or low",
                known.join(", ")
            )));
        };
        return Ok((new.severity.unwrap_or(meant), scale.clone(), label.clone(), new.is_provisional));
    }
    Ok(match (new.severity, playbook) {
        (Some(severity), _) => (severity, String::new(), String::new(), new.is_provisional),
        (None, Some(file)) => (file.playbook.default_severity, String::new(), String::new(), true),
        (None, None) => (severity::in_doubt(&library.severity), String::new(), String::new(), true),
    })
}

impl Case {
    /// Elections that an incident may name: those that are run here and those of imported evidence, id and name.
    ///
    /// # Errors
    /// The store's.
    pub fn known_elections(&self) -> Result<Vec<(String, String)>, Error> {
        let mut known: Vec<(String, String)> =
            self.own_elections()?.into_iter().map(|election| (election.id, election.title)).collect();
        let imported = audit::election_titles(&self.reader()?).map_err(|error| error.of_case(self.path()))?;
        for (id, title) in imported {
            if !known.iter().any(|(other, _)| *other == id) {
                known.push((id, title));
            }
        }
        Ok(known)
    }

    pub(super) fn election_refs(&self, ids: &[String]) -> Result<Vec<ElectionRef>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let known = self.known_elections()?;
        let find = |id: &String| {
            known
                .iter()
                .find(|(other, _)| other == id)
                .map(|(id, name)| ElectionRef { id: id.clone(), name: name.clone() })
                .ok_or_else(|| Error::NoElection {
                    id: id.clone(),
                    known: known.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join(", "),
                })
        };
        ids.iter().map(find).collect()
    }

    /// Writes down what reached the office before anybody declared anything: the new number.
    ///
    /// # Errors
    /// Refused without a title, or for an election that the case does not hold.
    pub fn report_incident(
        &mut self,
        by: &Responders,
        title: &str,
        description: &str,
        elections: &[String],
        reporter: &str,
    ) -> Result<Recorded, Error> {
        let elections = self.election_refs(elections)?;
        let stamp = self.stamp(by.name())?;
        let report = Report {
            title: title.trim().to_owned(),
            description: description.trim().to_owned(),
            elections,
            reporter: reporter.trim().to_owned(),
        };
        self.change_case(|change| {
            by.check(change)?;
            let id = next_id(&change.incidents(), stamp.instant())?;
            Ok(Writing::begin(change, &id, by, &stamp, IncidentEvent::Reported(report))?.done())
        })
    }

    /// Declares an incident, new or reported before (`reported`): clocks run and guards hold from now on.
    ///
    /// # Errors
    /// Refused without a title, for an election, playbook or profile that does not exist, and where it was declared before.
    pub fn declare_incident(
        &mut self,
        by: &Responders,
        library: &Library,
        new: &NewIncident,
        reported: Option<&str>,
    ) -> Result<Recorded, Error> {
        let stamp = self.stamp(by.name())?;
        let now = stamp.instant();
        let proposal = new.finding.and_then(|code| triggers::for_finding(library, code));
        let wanted = new.playbook.clone().or_else(|| proposal.as_ref().map(|proposal| proposal.playbook.clone()));
        let playbook = wanted.map(|id| known_playbook(library, &id)).transpose()?;
        let (severity, scale, label, provisional) = severity_of(library, new, playbook)?;
        let figures = ClockFigures::from_library(library, new.profile.as_deref()).map_err(Error::refused)?;
        for (time, what) in [(new.reported_at, "reached the office"), (new.detected_at, "was noticed")] {
            if time.is_some_and(|time| time > now) {
                return Err(Error::refused(format!("the incident {what} in the future; give a time that has passed")));
            }
        }
        let declaration = Declaration {
            title: new.title.trim().to_owned(),
            description: new.description.trim().to_owned(),
            elections: self.election_refs(&new.elections)?,
            category: new
                .category
                .or(playbook.map(|file| file.playbook.category))
                .unwrap_or(IncidentCategory::Investigation),
            severity,
            scale,
            label,
            provisional,
            playbook: playbook.map(FrozenPlaybook::from),
            lead: new.lead.clone(),
            reported_at: new.reported_at.unwrap_or(now),
            detected_at: new.detected_at,
            figures,
            is_drill: new.is_drill,
            system: new.system.trim().to_owned(),
        };
        let reported = reported.map(parse_id).transpose()?;
        self.change_case(|change: &Change<'_>| {
            by.check(change)?;
            let event = IncidentEvent::Declared(Box::new(declaration));
            let mut writing = match &reported {
                Some(id) => {
                    let mut writing = Writing::open(change, id.as_str(), by, &stamp)?;
                    writing.add(event)?;
                    writing
                }
                None => {
                    let id = next_id(&change.incidents(), now)?;
                    Writing::begin(change, &id, by, &stamp, event)?
                }
            };
            if let Some(code) = new.finding {
                writing.add(IncidentEvent::Noted {
                    kind: EntryKind::Fact,
                    text: format!("It comes from the finding {}: {}", code.code(), code.text().title),
                    links: vec![Link { kind: "finding".to_owned(), id: code.code().to_owned() }],
                })?;
            }
            Ok(writing.done())
        })
    }
}

pub(super) fn known_playbook<'a>(library: &'a Library, id: &str) -> Result<&'a incidents::PlaybookFile, Error> {
    library.playbook(id).ok_or_else(|| {
        let left_out = library.left_out.iter().find(|left| left.file.ends_with(&format!("{id}.toml")));
        match left_out {
            Some(left) => {
                let problems = left.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                Error::refused(format!("the playbook \"{id}\" was left out: {problems}"))
            }
            None => Error::refused(format!("there is no playbook \"{id}\"; `incident playbooks` lists them")),
        }
    })
}
