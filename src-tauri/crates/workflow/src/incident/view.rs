//! An incident as a board or a report wants it: status, clocks, checklists, steps, guards, what is left to do.

use domain::incident::{ClockKind, IncidentCategory, IncidentSeverity, IncidentStatus, ResponsePhase};
use domain::{Instant, Lock};
use incidents::incident::event::ElectionRef;
use incidents::incident::{ChecklistView, EscalationProposal, Obstacle, StepView, TimelineEntry};
use incidents::{Clock, ClockState, Incident, Library, severity};
use serde::Serialize;

use super::Responders;
use super::journal::{may_see, read};
use crate::{Case, Error};

/// An incident in a list.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentSummary {
    /// Number.
    pub id: String,
    /// One line; empty where access is restricted to others.
    pub title: String,
    /// Where it stands.
    pub status: Option<IncidentStatus>,
    /// Canonical severity; `None` before the declaration.
    pub severity: Option<IncidentSeverity>,
    /// What it is about.
    pub category: Option<IncidentCategory>,
    /// An exercise.
    pub is_drill: bool,
    /// Elections concerned; none where all may be.
    pub elections: Vec<ElectionRef>,
    /// Playbooks in use.
    pub playbooks: Vec<String>,
    /// Who leads.
    pub lead: Option<String>,
    /// When it was declared.
    pub declared_at: Option<Instant>,
    /// When it was resolved.
    pub resolved_at: Option<Instant>,
    /// Clocks that are overdue.
    pub late: Vec<ClockKind>,
    /// True where access is restricted to others.
    pub is_restricted: bool,
    /// Why its journal cannot be relied on.
    pub problem: Option<String>,
}

/// A clock as it stands.
#[derive(Clone, Debug, Serialize)]
pub struct ClockView {
    /// The clock.
    pub clock: Clock,
    /// How it stands now.
    pub state: ClockState,
    /// True where it is or was missed.
    pub is_late: bool,
}

/// What an incident holds back on one election.
#[derive(Clone, Debug, Serialize)]
pub struct GuardView {
    /// Election; `None` where the incident names none.
    pub election: Option<ElectionRef>,
    /// True where the lifecycle of this program enforces it; elsewhere it is an instruction.
    pub is_enforced: bool,
    /// What is held back.
    pub locks: Vec<Lock>,
}

/// Everything that is known about an incident now.
#[derive(Clone, Debug, Serialize)]
pub struct IncidentView {
    /// Name of the form.
    pub schema: &'static str,
    /// At which time.
    pub now: Instant,
    /// Status in the words of notices.
    pub external_status: String,
    /// Severity with the label in which it was reported.
    pub severity_label: String,
    /// The part of the response that the time since the declaration falls into.
    pub phase: Option<ResponsePhase>,
    /// Name of its channel.
    pub channel: Option<String>,
    /// Every clock.
    pub clocks: Vec<ClockView>,
    /// Ids of clocks that are overdue now.
    pub late: Vec<String>,
    /// Checklists that fit now.
    pub checklists: Vec<ChecklistView>,
    /// Every step of every playbook.
    pub steps: Vec<StepView>,
    /// What is held back, election by election.
    pub guards: Vec<GuardView>,
    /// Roles that must be held and are not: id and title.
    pub vacant_roles: Vec<(String, String)>,
    /// Reasons to call the next level.
    pub escalation: Vec<EscalationProposal>,
    /// What is left to do before it can be closed.
    pub obstacles: Vec<Obstacle>,
    /// The same, in sentences.
    pub obstacle_sentences: Vec<String>,
    /// Statuses that can be set now.
    pub possible_statuses: Vec<IncidentStatus>,
    /// Contacts and services that still hold shipped examples.
    pub warnings: Vec<String>,
    /// Records in the journal.
    pub records: usize,
    /// Hash of the newest record, hex.
    pub journal_head: String,
    /// The incident as its records tell it.
    pub incident: Incident,
}

fn is_late(state: &ClockState) -> bool {
    matches!(state, ClockState::Overdue { .. } | ClockState::MetLate { .. } | ClockState::EndedLate { .. })
}

impl Case {
    /// Every incident of the case, oldest first. Those that these people may not see are listed by number only; one whose
    /// journal does not verify is listed with the reason.
    ///
    /// # Errors
    /// The store's.
    pub fn incidents(&self, viewer: Option<&Responders>) -> Result<Vec<IncidentSummary>, Error> {
        let now = self.instant();
        let handle = self.file()?.incidents();
        let mut list = Vec::new();
        for id in handle.ids()? {
            let mut summary = IncidentSummary {
                id: id.clone(),
                title: String::new(),
                status: None,
                severity: None,
                category: None,
                is_drill: false,
                elections: Vec::new(),
                playbooks: Vec::new(),
                lead: None,
                declared_at: None,
                resolved_at: None,
                late: Vec::new(),
                is_restricted: false,
                problem: None,
            };
            match read(&handle, &id) {
                Err(error) => summary.problem = Some(error.to_string()),
                Ok(journal) if !may_see(&journal.incident, viewer) => {
                    summary.is_restricted = true;
                    summary.status = Some(journal.incident.status());
                }
                Ok(journal) => {
                    let incident = journal.incident;
                    summary.status = Some(incident.status());
                    summary.severity = incident.severity();
                    summary.category = Some(incident.category);
                    summary.late = incident
                        .clocks(now)
                        .iter()
                        .filter(|clock| matches!(clock.state(now), ClockState::Overdue { .. }))
                        .map(|clock| clock.kind)
                        .collect();
                    summary.lead = incident.roles.get("lead").cloned();
                    summary.declared_at = incident.declared_at();
                    summary.resolved_at = incident.times.resolved;
                    summary.is_drill = incident.is_drill;
                    summary.playbooks = incident.playbooks.iter().map(|applied| applied.playbook.id.clone()).collect();
                    summary.title = incident.title;
                    summary.elections = incident.elections;
                }
            }
            list.push(summary);
        }
        Ok(list)
    }

    /// Everything that is known about an incident now.
    ///
    /// # Errors
    /// As [`Case::incident`].
    pub fn incident_view(
        &self,
        library: &Library,
        id: &str,
        viewer: Option<&Responders>,
    ) -> Result<IncidentView, Error> {
        let now = self.instant();
        let journal = self.read_incident(id, viewer)?;
        let incident = journal.incident;
        let clocks: Vec<ClockView> = incident
            .clocks(now)
            .into_iter()
            .map(|clock| {
                let state = clock.state(now);
                ClockView { is_late: is_late(&state), state, clock }
            })
            .collect();
        let late = clocks.iter().filter(|clock| matches!(clock.state, ClockState::Overdue { .. }));
        let late = late.map(|clock| clock.clock.id.clone()).collect();
        let (guards, next_close) = self.guards_of(&incident)?;
        let obstacles = incident.obstacles();
        let label = incident.severities.last().map_or_else(String::new, |entry| {
            let printed = severity::printed(&library.severity, entry.severity, &entry.scale);
            if entry.provisional { format!("{printed}, provisional") } else { printed }
        });
        Ok(IncidentView {
            schema: "scrutineer/incident/1",
            now,
            external_status: incident.external_status(library),
            severity_label: label,
            phase: incident.phase_at(library, now),
            channel: incident.channel_name(library),
            late,
            clocks,
            checklists: incident.checklists_now(library, now),
            steps: incident.steps(),
            guards,
            vacant_roles: incident
                .vacant_roles(library)
                .into_iter()
                .map(|role| (role.id.clone(), role.title.clone()))
                .collect(),
            escalation: incident.escalation_proposals(now, next_close),
            obstacle_sentences: obstacles.iter().map(ToString::to_string).collect(),
            obstacles,
            possible_statuses: incident.possible_statuses(),
            warnings: library.contacts.warnings(),
            records: journal.records.len(),
            journal_head: journal.head.to_hex(),
            incident,
        })
    }

    /// What an incident holds back on each election, and the nearest end of voting among those that are open here.
    fn guards_of(&self, incident: &Incident) -> Result<(Vec<GuardView>, Option<Instant>), Error> {
        let elections = self.file()?.elections();
        let own = elections.all()?;
        let touched: Vec<_> = own.iter().filter(|row| incident.touches(&row.id)).collect();
        let mut guards = Vec::new();
        for row in &touched {
            let locks = super::locks::of_incident(&elections, row, incident)?;
            let election = Some(ElectionRef { id: row.id.clone(), name: row.setup.title.clone() });
            guards.push(GuardView { election, is_enforced: true, locks });
        }
        for election in incident.elections.iter().filter(|election| !touched.iter().any(|row| row.id == election.id)) {
            let facts = incidents::locks::ElectionFacts { id: election.id.clone(), ..Default::default() };
            let mut locks = incidents::locks::locks([incident], &facts);
            locks.retain(|lock| lock.incident.is_some());
            guards.push(GuardView { election: Some(election.clone()), is_enforced: false, locks });
        }
        if guards.is_empty() && incident.elections.is_empty() {
            let mut locks = incidents::locks::locks([incident], &incidents::locks::ElectionFacts::default());
            locks.retain(|lock| lock.incident.is_some());
            guards.push(GuardView { election: None, is_enforced: false, locks });
        }
        let next_close = touched
            .iter()
            .filter(|row| row.phase == domain::election::Phase::Open)
            .filter_map(|row| row.ends_at.as_deref().and_then(Instant::parse))
            .min();
        Ok((guards, next_close))
    }

    /// Entries of the timeline in the order of the time at which they happened.
    ///
    /// # Errors
    /// As [`Case::incident`].
    pub fn incident_timeline(&self, id: &str, viewer: Option<&Responders>) -> Result<Vec<TimelineEntry>, Error> {
        let mut timeline = self.incident(id, viewer)?.timeline;
        timeline.sort_by_key(|entry| (entry.happened_at, entry.number));
        Ok(timeline)
    }
}
