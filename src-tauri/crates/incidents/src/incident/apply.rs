//! Takes records one by one. Each rule is checked before anything changes, so that a refused record leaves no trace.

use std::collections::BTreeMap;

use domain::incident::{IncidentCategory, IncidentStatus, StepPhase};

use super::describe::describe;
use super::event::{
    Condition, Declaration, FrozenPlaybook, IncidentEvent, IncidentRecord, IncidentTime, RECORD_VERSION, Report,
};
use super::{
    Applied, AppliedPlaybook, ChecklistMark, Conflict, Hold, Incident, IncidentTimes, Override, Refusal, RefusalCode,
    Review, SeverityAt, Stamp, StatusAt, TimelineEntry, Warning, same_person,
};
use crate::library::sha256;
use crate::playbook::Playbook;

impl Incident {
    /// Begins an incident with its first record: a report or a declaration.
    ///
    /// # Errors
    /// A record of another kind or version, or one that breaks a rule.
    pub fn open(record: &IncidentRecord) -> Result<Self, Refusal> {
        check_frame(record)?;
        let mut incident = Self::empty(record);
        incident.check_writer(record)?;
        match &record.event {
            IncidentEvent::Reported(report) => incident.report(record, report)?,
            IncidentEvent::Declared(declaration) => incident.declare(record, declaration)?,
            _ => {
                return Err(Refusal::new(
                    RefusalCode::Declaration,
                    "an incident begins with a report or a declaration",
                    "record one of them first",
                ));
            }
        }
        incident.write_entry(record);
        Ok(incident)
    }

    fn empty(record: &IncidentRecord) -> Self {
        Self {
            id: record.incident.clone(),
            title: String::new(),
            description: String::new(),
            elections: Vec::new(),
            category: IncidentCategory::Operations,
            system: String::new(),
            is_drill: false,
            severities: Vec::new(),
            statuses: Vec::new(),
            figures: None,
            playbooks: Vec::new(),
            roles: BTreeMap::new(),
            conflicts: Vec::new(),
            access: Vec::new(),
            timeline: Vec::new(),
            checklist_items: BTreeMap::new(),
            decisions: Vec::new(),
            conditions: BTreeMap::new(),
            holds: Vec::new(),
            released: Vec::new(),
            overrides: Vec::new(),
            evidence: Vec::new(),
            evidence_explained: BTreeMap::new(),
            custody: Vec::new(),
            messages: Vec::new(),
            updates: Vec::new(),
            escalations: Vec::new(),
            checks: Vec::new(),
            actions: Vec::new(),
            review: Review::default(),
            sections: BTreeMap::new(),
            related: BTreeMap::new(),
            duplicate_of: None,
            named_clocks: Vec::new(),
            pauses: BTreeMap::new(),
            figures_watched: Vec::new(),
            estimate: None,
            cause: None,
            times: IncidentTimes::default(),
            order_breaches: Vec::new(),
        }
    }

    /// Takes one more record.
    ///
    /// # Errors
    /// Why the record is not taken and what is possible instead; the incident is as it was.
    pub fn apply(&mut self, record: &IncidentRecord) -> Result<Applied, Refusal> {
        check_frame(record)?;
        if record.incident != self.id {
            let why = format!("the record belongs to {}, not to {}", record.incident, self.id);
            return Err(Refusal::new(RefusalCode::Record, why, "apply it to its own incident"));
        }
        self.check_writer(record)?;
        self.check_stage(record)?;
        let warnings = self.take(record)?;
        let entry = self.write_entry(record);
        Ok(Applied { entry, warnings })
    }

    /// Before the declaration little can be done; after the end only what belongs to the aftermath.
    fn check_stage(&self, record: &IncidentRecord) -> Result<(), Refusal> {
        let event = &record.event;
        if self.times.declared.is_none() {
            let is_early = matches!(
                event,
                IncidentEvent::Declared(_)
                    | IncidentEvent::StatusChanged { .. }
                    | IncidentEvent::DuplicateOf { .. }
                    | IncidentEvent::Noted { .. }
                    | IncidentEvent::Corrected { .. }
                    | IncidentEvent::TimeEntered { .. }
                    | IncidentEvent::ElectionAdded(_)
                    | IncidentEvent::EvidenceLinked(_)
                    | IncidentEvent::CustodyEntered(_)
                    | IncidentEvent::ConflictMarked { .. }
                    | IncidentEvent::AccessRestricted { .. }
                    | IncidentEvent::Related { .. }
                    | IncidentEvent::ClockJumped { .. }
            );
            return if is_early {
                Ok(())
            } else {
                let why = format!("{} was reported, but not declared", self.id);
                Err(Refusal::new(RefusalCode::Declaration, why, "declare it first"))
            };
        }
        let is_aftermath = matches!(
            event,
            IncidentEvent::StatusChanged { .. }
                | IncidentEvent::Noted { .. }
                | IncidentEvent::Corrected { .. }
                | IncidentEvent::CustodyEntered(_)
                | IncidentEvent::EvidenceLinked(_)
                | IncidentEvent::ActionChanged { .. }
                | IncidentEvent::ActionDone { .. }
                | IncidentEvent::ActionDropped { .. }
                | IncidentEvent::AlarmJudged { .. }
                | IncidentEvent::Related { .. }
                | IncidentEvent::ReviewSigned { .. }
                | IncidentEvent::TimeEntered { .. }
                | IncidentEvent::AccessRestricted { .. }
                | IncidentEvent::ConflictMarked { .. }
                | IncidentEvent::ConflictLifted { .. }
                | IncidentEvent::ClockStopped { .. }
                | IncidentEvent::ClockJumped { .. }
        );
        if self.status().is_final() && !is_aftermath {
            let why = format!("{} ended as \"{}\"", self.id, self.status());
            return Err(Refusal::new(RefusalCode::Status, why, "take it up again by setting it to investigating"));
        }
        Ok(())
    }

    fn report(&mut self, record: &IncidentRecord, report: &Report) -> Result<(), Refusal> {
        if report.title.trim().is_empty() {
            return Err(Refusal::reason("a report without a title"));
        }
        self.title = report.title.clone();
        self.description = report.description.clone();
        self.elections = report.elections.clone();
        self.stamp(IncidentTime::Reported, record.happened_at);
        self.stamp(IncidentTime::Detected, record.happened_at);
        self.statuses.push(StatusAt {
            at: record.happened_at,
            status: IncidentStatus::Reported,
            by: record.by.clone(),
            reason: String::new(),
            is_back_step: false,
        });
        Ok(())
    }

    fn declare(&mut self, record: &IncidentRecord, declaration: &Declaration) -> Result<(), Refusal> {
        if self.times.declared.is_some() || self.status().is_final() {
            let why = format!("{} was declared before", self.id);
            return Err(Refusal::new(RefusalCode::Declaration, why, "change its severity or status instead"));
        }
        self.check_is_person(record, "a declaration")?;
        if declaration.title.trim().is_empty() {
            return Err(Refusal::new(
                RefusalCode::ReasonMissing,
                "the title is missing",
                "say in a line what is wrong",
            ));
        }
        if let Some(lead) = declaration.lead.as_ref().filter(|lead| !self.may_act(lead)) {
            return Err(Refusal::new(RefusalCode::Person, format!("{lead} may not act here"), "name another lead"));
        }
        let applied = declaration.playbook.as_ref().map(|frozen| thaw(record, frozen)).transpose()?;
        self.title = declaration.title.clone();
        self.description = declaration.description.clone();
        self.elections = declaration.elections.clone();
        self.category = declaration.category;
        self.system = declaration.system.clone();
        self.is_drill = declaration.is_drill;
        self.figures = Some(declaration.figures.clone());
        self.severities.push(SeverityAt {
            at: record.happened_at,
            severity: declaration.severity,
            scale: declaration.scale.clone(),
            label: declaration.label.clone(),
            provisional: declaration.provisional,
            by: record.by.clone(),
            reason: String::new(),
        });
        self.playbooks.extend(applied);
        if let Some(lead) = &declaration.lead {
            self.roles.insert("lead".to_owned(), lead.clone());
        }
        self.times.declared = Some(record.happened_at);
        for (time, at) in [
            (IncidentTime::Reported, declaration.reported_at),
            (IncidentTime::Detected, declaration.detected_at.unwrap_or(declaration.reported_at)),
        ] {
            let is_entered = self.times.known.get(&time).is_some_and(|stamp| stamp.is_entered);
            if !is_entered {
                self.times.known.insert(time, Stamp { at, latest: None, is_entered: false });
            }
        }
        self.enter_status(record, IncidentStatus::Declared, "", false);
        Ok(())
    }

    fn take(&mut self, record: &IncidentRecord) -> Result<Vec<Warning>, Refusal> {
        let at = record.happened_at;
        match &record.event {
            IncidentEvent::Reported(_) => {
                let why = format!("{} was reported before", self.id);
                return Err(Refusal::new(RefusalCode::Declaration, why, "add an entry to the timeline"));
            }
            IncidentEvent::Declared(declaration) => self.declare(record, declaration)?,
            IncidentEvent::SeverityChanged { .. } => self.change_severity(record)?,
            IncidentEvent::StatusChanged { to, reason } => self.change_status(record, *to, reason)?,
            IncidentEvent::CauseFound { text } => {
                check_text(text, "the cause")?;
                self.cause = Some(text.clone());
            }
            IncidentEvent::TimeEntered { time, at, latest } => {
                if latest.is_some_and(|latest| latest < *at) {
                    let why = "the latest time is before the earliest";
                    return Err(Refusal::new(RefusalCode::Record, why, "give the earlier one first"));
                }
                self.times.known.insert(*time, Stamp { at: *at, latest: *latest, is_entered: true });
            }
            IncidentEvent::Noted { text, .. } => check_text(text, "the entry")?,
            IncidentEvent::Corrected { entry, text } => self.correct(*entry, text)?,
            IncidentEvent::RoleSet { role, person } => return self.set_role(role, person.as_deref()),
            IncidentEvent::Acknowledged {} => {
                self.check_is_person(record, "an acknowledgement")?;
                self.stamp(IncidentTime::Acknowledged, at);
            }
            IncidentEvent::ElectionAdded(election) => {
                if election.id.trim().is_empty() || self.elections.iter().any(|known| known.id == election.id) {
                    return Err(Refusal::repeated("election", &election.id));
                }
                self.elections.push(election.clone());
            }
            IncidentEvent::PlaybookApplied(frozen) => {
                if self.applied(&frozen.id).is_some() {
                    return Err(Refusal::repeated("playbook", &frozen.id));
                }
                let applied = thaw(record, frozen)?;
                self.playbooks.push(applied);
            }
            IncidentEvent::StepChanged(change) => return self.change_step(record, change),
            IncidentEvent::ChecklistChanged { checklist, item, done, note } => {
                let mark = ChecklistMark { done: *done, by: record.by.clone(), at, note: note.clone() };
                self.checklist_items.insert(format!("{checklist}/{item}"), mark);
            }
            IncidentEvent::DecisionTaken(choice) => self.take_decision(record, choice)?,
            IncidentEvent::OwnDecisionTaken(choice) => self.take_own_decision(record, choice)?,
            IncidentEvent::ConditionSet { condition, holds, reason } => {
                self.set_condition(*condition, *holds, reason)?;
            }
            IncidentEvent::HoldSet { hold, blocks, election, message, override_allowed } => {
                let hold = Hold {
                    id: hold.clone(),
                    blocks: blocks.clone(),
                    election: election.clone(),
                    message: message.clone(),
                    override_allowed: *override_allowed,
                    since: at,
                    by: record.by.clone(),
                };
                self.set_hold(record, hold)?;
            }
            IncidentEvent::HoldReleased { guard, second_person, reason } => {
                self.release_guard(record, guard, second_person, reason)?;
            }
            IncidentEvent::GuardOverridden { guard, act, election, second_person, reason } => {
                let wanted = Override {
                    guard: guard.clone(),
                    act: *act,
                    election: election.clone(),
                    at,
                    by: record.by.clone(),
                    second_person: second_person.clone(),
                    reason: reason.clone(),
                    is_in_force: true,
                };
                self.override_guard(record, wanted)?;
            }
            _ => self.take_work(record)?,
        }
        Ok(Vec::new())
    }

    fn change_severity(&mut self, record: &IncidentRecord) -> Result<(), Refusal> {
        let IncidentEvent::SeverityChanged { to, scale, label, provisional, reason } = &record.event else {
            return Ok(());
        };
        let last = self.severities.last().cloned();
        let before = last.as_ref().map(|last| last.severity);
        let is_lower = before.is_some_and(|before| before.is_above(*to));
        if is_lower {
            self.check_is_person(record, "lowering the severity")?;
            check_reason(reason, "lowering the severity")?;
        }
        let is_same = last.as_ref().is_some_and(|last| {
            last.severity == *to && last.scale == *scale && last.label == *label && last.provisional == *provisional
        });
        if is_same {
            let why = format!("the severity is \"{to}\" already");
            return Err(Refusal::new(RefusalCode::Status, why, "choose another, or add an entry"));
        }
        if before.is_some_and(|before| to.is_above(before)) {
            self.renew_guards();
        }
        let at = last.map_or(record.happened_at, |last| last.at.max(record.happened_at));
        self.severities.push(SeverityAt {
            at,
            severity: *to,
            scale: scale.clone(),
            label: label.clone(),
            provisional: *provisional,
            by: record.by.clone(),
            reason: reason.clone(),
        });
        Ok(())
    }

    fn set_condition(&mut self, condition: Condition, holds: bool, reason: &str) -> Result<(), Refusal> {
        check_reason(reason, "a circumstance")?;
        self.conditions.insert(condition, holds);
        Ok(())
    }

    fn correct(&mut self, entry: u64, text: &str) -> Result<(), Refusal> {
        check_text(text, "the correction")?;
        let next = self.next_entry();
        let Some(corrected) = self.timeline.iter_mut().find(|known| known.number == entry) else {
            let why = format!("there is no entry {entry}");
            return Err(Refusal::new(RefusalCode::Unknown, why, format!("entries go from 1 to {}", next - 1)));
        };
        corrected.corrected_by.push(next);
        Ok(())
    }

    fn set_role(&mut self, role: &str, person: Option<&str>) -> Result<Vec<Warning>, Refusal> {
        check_text(role, "the role")?;
        let Some(person) = person else {
            return match self.roles.remove(role) {
                Some(_) => Ok(Vec::new()),
                None => Err(Refusal::unknown("holder of the role", role, &[])),
            };
        };
        check_text(person, "the person")?;
        if self.is_conflicted(person) {
            let why = format!("{person} is marked as conflicted and must hold no role in {}", self.id);
            return Err(Refusal::new(RefusalCode::Person, why, "name somebody who is not part of the matter"));
        }
        if !self.may_act(person) {
            let why = format!("{person} has no access to {}", self.id);
            return Err(Refusal::new(RefusalCode::Person, why, "give access first, or name somebody else"));
        }
        self.roles.insert(role.to_owned(), person.to_owned());
        let both = ["lead", "technical"].map(|role| self.roles.get(role));
        Ok(match both {
            [Some(lead), Some(technical)] if same_person(lead, technical) => {
                vec![Warning::LeadIsTechnical { person: lead.clone() }]
            }
            _ => Vec::new(),
        })
    }

    pub(super) fn hold_review(&mut self, record: &IncidentRecord, participants: &[String]) -> Result<(), Refusal> {
        if self.times.resolved.is_none() {
            let why = format!("{} is not resolved", self.id);
            return Err(Refusal::new(RefusalCode::Status, why, "resolve it before the review"));
        }
        if participants.iter().all(|person| person.trim().is_empty()) {
            return Err(Refusal::reason("a review without participants"));
        }
        self.review.held_at.get_or_insert(record.happened_at);
        self.review.scheduled_at.get_or_insert(record.happened_at);
        self.review.participants = participants.to_vec();
        Ok(())
    }

    pub(super) fn restrict_access(
        &mut self,
        record: &IncidentRecord,
        people: &[String],
        reason: &str,
    ) -> Result<(), Refusal> {
        check_reason(reason, "a restriction of access")?;
        self.check_is_person(record, "a restriction of access")?;
        if !people.is_empty() && !people.iter().any(|person| same_person(person, &record.by)) {
            let why = "the list leaves out the person who sets it";
            return Err(Refusal::new(RefusalCode::Person, why, format!("add {}", record.by)));
        }
        self.access = people.to_vec();
        Ok(())
    }

    pub(super) fn mark_conflict(&mut self, record: &IncidentRecord, person: &str, reason: &str) -> Result<(), Refusal> {
        check_text(person, "the person")?;
        check_reason(reason, "a mark of conflict")?;
        if self.is_conflicted(person) {
            return Err(Refusal::repeated("mark of conflict for", person));
        }
        self.roles.retain(|_, holder| !same_person(holder, person));
        self.access.retain(|name| !same_person(name, person));
        self.conflicts.push(Conflict {
            person: person.to_owned(),
            reason: reason.to_owned(),
            since: record.happened_at,
            lifted: None,
        });
        Ok(())
    }

    pub(super) fn check_other(&self, other: &domain::IncidentId) -> Result<(), Refusal> {
        if *other == self.id {
            let why = format!("{} is this incident itself", self.id);
            return Err(Refusal::new(RefusalCode::Record, why, "name another incident"));
        }
        Ok(())
    }

    /// Sets a time from the records unless it is known already.
    pub(super) fn stamp(&mut self, time: IncidentTime, at: domain::Instant) {
        self.times.known.entry(time).or_insert(Stamp { at, latest: None, is_entered: false });
    }

    pub(super) fn note_first_step(&mut self, record: &IncidentRecord, phase: StepPhase) {
        self.times.first_step.get_or_insert(record.happened_at);
        if matches!(phase, StepPhase::Containment | StepPhase::Investigation) {
            self.stamp(IncidentTime::FirstAction, record.happened_at);
        }
    }

    pub(super) fn place_of_playbook(&self, id: &str) -> Result<usize, Refusal> {
        self.playbooks.iter().position(|applied| applied.playbook.id == id).ok_or_else(|| {
            let known: Vec<String> = self.playbooks.iter().map(|applied| applied.playbook.id.clone()).collect();
            Refusal::unknown("playbook", id, &known)
        })
    }

    /// The number that the entry of the record at hand gets.
    pub(super) fn next_entry(&self) -> u64 {
        u64::try_from(self.timeline.len()).unwrap_or(u64::MAX).saturating_add(1)
    }

    fn write_entry(&mut self, record: &IncidentRecord) -> u64 {
        let number = self.next_entry();
        let (kind, text, links) = describe(&record.event);
        let corrects = match &record.event {
            IncidentEvent::Corrected { entry, .. } => Some(*entry),
            _ => None,
        };
        self.timeline.push(TimelineEntry {
            number,
            happened_at: record.happened_at,
            recorded_at: record.recorded_at,
            by: record.by.clone(),
            kind,
            text,
            links,
            corrects,
            corrected_by: Vec::new(),
        });
        number
    }
}

/// Version and times of a record.
fn check_frame(record: &IncidentRecord) -> Result<(), Refusal> {
    if record.version != RECORD_VERSION {
        let why = format!("the record has version {}, this program reads version {RECORD_VERSION}", record.version);
        return Err(Refusal::new(RefusalCode::Record, why, "use the program that wrote it, or a newer one"));
    }
    if record.happened_at > record.recorded_at {
        let why = format!(
            "it happened at {}, after it was written down at {}",
            record.happened_at.to_display(),
            record.recorded_at.to_display()
        );
        return Err(Refusal::new(RefusalCode::Record, why, "correct the time; look at the computer's clock"));
    }
    Ok(())
}

pub(super) fn check_text(text: &str, what: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() {
        return Err(Refusal::new(RefusalCode::ReasonMissing, format!("{what} is empty"), "write it"));
    }
    Ok(())
}

pub(super) fn check_reason(reason: &str, what: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() { Err(Refusal::reason(what)) } else { Ok(()) }
}

/// Reads a frozen playbook back and compares it with its hash.
fn thaw(record: &IncidentRecord, frozen: &FrozenPlaybook) -> Result<AppliedPlaybook, Refusal> {
    let refuse = |why: String, instead: &str| Err(Refusal::new(RefusalCode::Playbook, why, instead));
    let digest = sha256(frozen.text.as_bytes());
    if digest != frozen.sha256 {
        return refuse(
            format!("the text of the playbook \"{}\" does not have the hash {}", frozen.id, frozen.sha256),
            "take the playbook from the library again",
        );
    }
    let file = format!("{}.toml", frozen.id);
    match Playbook::parse(&file, frozen.text.as_bytes()) {
        Ok(playbook) if playbook.version == frozen.version => Ok(AppliedPlaybook {
            playbook,
            sha256: digest,
            applied_at: record.happened_at,
            steps: BTreeMap::new(),
            chosen: BTreeMap::new(),
            confirmed: BTreeMap::new(),
        }),
        Ok(playbook) => refuse(
            format!("the playbook \"{}\" has version {}, not {}", frozen.id, playbook.version, frozen.version),
            "take the playbook from the library again",
        ),
        Err(problems) => {
            let list = problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
            refuse(format!("the playbook \"{}\" cannot be read: {list}", frozen.id), "choose another playbook")
        }
    }
}
