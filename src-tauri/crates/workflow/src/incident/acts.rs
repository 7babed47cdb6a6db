//! What people do in an incident: steps, checklists, decisions, holds, calls, the review, and entries of their own.

use domain::Instant;
use domain::incident::{GuardedAct, IncidentStatus, StepState};
use incidents::incident::event::{
    ActionDraft, ActionPriority, CustodyAct, FrozenPlaybook, OwnChoice, PlaybookChoice, StepChange,
};
use incidents::{IncidentEvent, Library};

use super::declare::known_playbook;
use super::{Recorded, Responders};
use crate::{Case, Error};

/// A change of a step, as a person says it.
#[derive(Clone, Debug, Default)]
pub struct StepReport {
    /// Playbook; the only one in use where left out.
    pub playbook: Option<String>,
    /// Step.
    pub step: String,
    /// To what; done where left out.
    pub state: Option<StepState>,
    /// What came out.
    pub result: String,
    /// Why it is skipped or opened again.
    pub reason: String,
    /// Evidence, messages and checks that belong to it.
    pub evidence: Vec<String>,
    /// Messages that were sent.
    pub messages: Vec<String>,
    /// Checks that were run.
    pub checks: Vec<String>,
}

/// An item of a checklist that is ticked or unticked.
#[derive(Clone, Debug, Default)]
pub struct TickedItem {
    /// Checklist.
    pub checklist: String,
    /// Item.
    pub item: String,
    /// True for ticked.
    pub done: bool,
    /// A word about it.
    pub note: String,
}

/// A call up the ladder or beside it.
#[derive(Clone, Debug, Default)]
pub struct EscalationCall {
    /// Level from 1; the next that was not called where left out; 0 beside the ladder.
    pub level: Option<u32>,
    /// Role; that of the level where left out.
    pub role: Option<String>,
    /// Who was called; the contact of the level where left out.
    pub person: Option<String>,
    /// By which way.
    pub method: String,
    /// Why.
    pub reason: String,
}

/// Records that only the program makes itself, from what it did or checked.
fn is_made_by_program(event: &IncidentEvent) -> bool {
    match event {
        IncidentEvent::Declared(_)
        | IncidentEvent::Reported(_)
        | IncidentEvent::PlaybookApplied(_)
        | IncidentEvent::CheckRun(_)
        | IncidentEvent::EvidenceLinked(_)
        | IncidentEvent::MessagePrepared(_)
        | IncidentEvent::GuardOverridden { .. } => true,
        IncidentEvent::CustodyEntered(entry) => {
            !matches!(entry.act, CustodyAct::Transferred | CustodyAct::Copied | CustodyAct::Disposed)
        }
        _ => false,
    }
}

/// The second person that a record names must be the one who stands beside the first.
fn check_second(by: &Responders, event: &IncidentEvent) -> Result<(), Error> {
    let named = match event {
        IncidentEvent::HoldReleased { second_person, .. } | IncidentEvent::ConflictLifted { second_person, .. } => {
            Some(second_person.as_str())
        }
        IncidentEvent::DecisionTaken(choice) => choice.confirmation.second_person.as_deref(),
        IncidentEvent::OwnDecisionTaken(choice) => choice.confirmation.second_person.as_deref(),
        _ => None,
    };
    match (named, by.second()) {
        (None, _) => Ok(()),
        (Some(named), Some(second)) if named == second => Ok(()),
        (Some(named), _) => Err(Error::refused(format!(
            "{named} is named as second person, but does not stand beside {} here; let {named} confirm with their own passphrase",
            by.name()
        ))),
    }
}

impl Case {
    /// Takes a record of whatever kind, with the rules applied. What only the program can know (a check that ran, evidence that
    /// was taken, an override) it writes itself and does not take from anybody.
    ///
    /// # Errors
    /// Refused with the rule's reason and what is possible instead; nothing is changed then.
    pub fn record_in_incident(
        &mut self,
        by: &Responders,
        id: &str,
        happened: Option<Instant>,
        event: IncidentEvent,
    ) -> Result<Recorded, Error> {
        if is_made_by_program(&event) {
            return Err(Error::refused(
                "records of declarations, playbooks, checks, evidence, messages and overrides come from the acts themselves; use the command that does it",
            ));
        }
        check_second(by, &event)?;
        let add = |writing: &mut super::journal::Writing<'_>| {
            let happened = happened.unwrap_or(writing.now());
            writing.add_earlier(happened, event)
        };
        Ok(self.change_incident(by, id, add)?.1)
    }

    /// Takes up one more playbook.
    ///
    /// # Errors
    /// Refused where it does not exist or is in use.
    pub fn apply_playbook(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        playbook: &str,
    ) -> Result<Recorded, Error> {
        let frozen = FrozenPlaybook::from(known_playbook(library, playbook)?);
        Ok(self.change_incident(by, id, |writing| writing.add(IncidentEvent::PlaybookApplied(frozen)))?.1)
    }

    /// Adds an election that is concerned too.
    ///
    /// # Errors
    /// No such election in the case, or refused where it is named already.
    pub fn add_election_to_incident(&mut self, by: &Responders, id: &str, election: &str) -> Result<Recorded, Error> {
        let mut refs = self.election_refs(&[election.to_owned()])?;
        let Some(election) = refs.pop() else { return Err(Error::refused("name an election")) };
        Ok(self.change_incident(by, id, |writing| writing.add(IncidentEvent::ElectionAdded(election)))?.1)
    }

    /// Changes a step.
    ///
    /// # Errors
    /// Refused where the step lacks what its kind asks for.
    pub fn change_step(&mut self, by: &Responders, id: &str, report: &StepReport) -> Result<Recorded, Error> {
        let work = |writing: &mut super::journal::Writing<'_>| {
            let change = step_change(&writing.incident, report)?;
            writing.add(IncidentEvent::StepChanged(change))
        };
        Ok(self.change_incident(by, id, work)?.1)
    }

    /// Ticks an item of a checklist, or takes the tick back.
    ///
    /// # Errors
    /// Refused where there is no such list or item.
    pub fn tick(&mut self, by: &Responders, library: &Library, id: &str, tick: &TickedItem) -> Result<Recorded, Error> {
        let Some(list) = library.checklist(&tick.checklist) else {
            let known: Vec<&str> = library.checklists.iter().map(|list| list.id.as_str()).collect();
            return Err(Error::refused(format!(
                "there is no checklist \"{}\"; there are {}",
                tick.checklist,
                known.join(", ")
            )));
        };
        if !list.items.iter().any(|item| item.id == tick.item) {
            let known: Vec<&str> = list.items.iter().map(|item| item.id.as_str()).collect();
            return Err(Error::refused(format!(
                "\"{}\" has no item \"{}\"; it has {}",
                list.id,
                tick.item,
                known.join(", ")
            )));
        }
        let event = IncidentEvent::ChecklistChanged {
            checklist: tick.checklist.clone(),
            item: tick.item.clone(),
            done: tick.done,
            note: tick.note.clone(),
        };
        self.record_in_incident(by, id, None, event)
    }

    /// Gives a role to a person, or to nobody.
    ///
    /// # Errors
    /// Refused where there is no such role, or the person is part of the matter.
    pub fn set_incident_role(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        role: &str,
        person: Option<String>,
    ) -> Result<Recorded, Error> {
        if !library.contacts.roles.iter().any(|known| known.id == role) {
            let known: Vec<&str> = library.contacts.roles.iter().map(|role| role.id.as_str()).collect();
            return Err(Error::refused(format!("there is no role \"{role}\"; there are {}", known.join(", "))));
        }
        self.record_in_incident(by, id, None, IncidentEvent::RoleSet { role: role.to_owned(), person })
    }

    /// Takes a decision that a playbook asks for. The second person stands beside the first.
    ///
    /// # Errors
    /// Refused without a reason, and for what cannot be taken back without second person, accepted consequence and typed name.
    pub fn decide(&mut self, by: &Responders, id: &str, mut choice: PlaybookChoice) -> Result<Recorded, Error> {
        choice.confirmation.second_person = by.second().map(str::to_owned);
        let work = |writing: &mut super::journal::Writing<'_>| {
            choice.playbook = playbook_of(&writing.incident, Some(&choice.playbook))?;
            writing.add(IncidentEvent::DecisionTaken(choice))
        };
        Ok(self.change_incident(by, id, work)?.1)
    }

    /// Takes another decision, with the options that there were.
    ///
    /// # Errors
    /// As [`Case::decide`].
    pub fn decide_otherwise(&mut self, by: &Responders, id: &str, mut choice: OwnChoice) -> Result<Recorded, Error> {
        choice.confirmation.second_person = by.second().map(str::to_owned);
        self.record_in_incident(by, id, None, IncidentEvent::OwnDecisionTaken(choice))
    }

    /// Holds acts back by hand.
    ///
    /// # Errors
    /// Refused without an act or a reason.
    pub fn hold(
        &mut self,
        by: &Responders,
        id: &str,
        blocks: &[GuardedAct],
        election: Option<String>,
        message: &str,
    ) -> Result<Recorded, Error> {
        Ok(self.change_incident(by, id, |writing| add_hold(writing, blocks, election, message))?.1)
    }

    /// Lifts a hold or a guard; two people do that.
    ///
    /// # Errors
    /// Refused without a second person or reason, or for a guard that nobody may lift.
    pub fn release_hold(&mut self, by: &Responders, id: &str, guard: &str, reason: &str) -> Result<Recorded, Error> {
        let event = IncidentEvent::HoldReleased {
            guard: guard.to_owned(),
            second_person: by.second_or_refuse("lifting a hold or guard")?.to_owned(),
            reason: reason.trim().to_owned(),
        };
        self.record_in_incident(by, id, None, event)
    }

    /// Notes that two people go on although a guard holds, for an election that is not run here: the lifecycle of one that is
    /// asks for the override with the act itself.
    ///
    /// # Errors
    /// Refused for elections that are run here, without a second person or reason, or for a guard that nobody may override.
    pub fn note_override(
        &mut self,
        by: &Responders,
        id: &str,
        guard: &str,
        act: GuardedAct,
        election: &str,
        reason: &str,
    ) -> Result<Recorded, Error> {
        if self.own_elections()?.iter().any(|own| own.id == election) {
            return Err(Error::refused(format!(
                "the election {election} is run here, so the override belongs to the act itself: `scrutineer election ... --override-lock REASON`"
            )));
        }
        let second_person = by.second_or_refuse("overriding a guard")?.to_owned();
        let event = IncidentEvent::GuardOverridden {
            guard: guard.to_owned(),
            act,
            election: election.to_owned(),
            second_person,
            reason: reason.trim().to_owned(),
        };
        Ok(self.change_incident(by, id, |writing| writing.add(event))?.1)
    }

    /// Notes that somebody of the ladder was called; the next level and its contact where nothing else is said.
    ///
    /// # Errors
    /// Refused where there is no such level, or the person is part of the matter.
    pub fn escalate(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        call: &EscalationCall,
    ) -> Result<Recorded, Error> {
        let work = |writing: &mut super::journal::Writing<'_>| {
            let ladder = library.contacts.ladder();
            let called = writing.incident.escalations.iter().map(|call| call.level).max().unwrap_or(0);
            let level = call.level.unwrap_or(called + 1);
            let contact = ladder.iter().find(|contact| contact.ladder_level == Some(level));
            if level > 0 && contact.is_none() {
                return Err(Error::refused(format!(
                    "the ladder has no level {level}; it has {} levels, and level 0 stands for somebody beside it",
                    ladder.len()
                )));
            }
            let named = contact
                .map(|contact| if contact.name.is_empty() { contact.role.clone() } else { contact.name.clone() });
            let Some(person) = call.person.clone().or(named) else {
                return Err(Error::refused("say who was called"));
            };
            let role = call.role.clone().or_else(|| contact.map(|contact| contact.role.clone())).unwrap_or_default();
            let method = if call.method.is_empty() { "telephone".to_owned() } else { call.method.clone() };
            writing.add(IncidentEvent::EscalationTried { level, role, person, method, reason: call.reason.clone() })
        };
        Ok(self.change_incident(by, id, work)?.1)
    }

    /// Sets the status.
    ///
    /// # Errors
    /// Refused where it does not follow, and for closing with everything that is left to do.
    pub fn set_incident_status(
        &mut self,
        by: &Responders,
        id: &str,
        to: IncidentStatus,
        reason: &str,
    ) -> Result<Recorded, Error> {
        let event = IncidentEvent::StatusChanged { to, reason: reason.trim().to_owned() };
        self.record_in_incident(by, id, None, event)
    }

    /// Adds an action item; its id is the answer.
    ///
    /// # Errors
    /// Refused without text or owner.
    pub fn add_action_item(
        &mut self,
        by: &Responders,
        id: &str,
        text: &str,
        owner: &str,
        priority: ActionPriority,
        due: Option<Instant>,
    ) -> Result<(String, Recorded), Error> {
        self.change_incident(by, id, |writing| {
            let action = format!("A-{}", writing.incident.actions.len() + 1);
            writing.add(IncidentEvent::ActionAdded(ActionDraft {
                action: action.clone(),
                text: text.trim().to_owned(),
                priority,
                owner: owner.trim().to_owned(),
                due,
            }))?;
            Ok(action)
        })
    }
}

/// Adds a hold under the next free id.
pub(super) fn add_hold(
    writing: &mut super::journal::Writing<'_>,
    blocks: &[GuardedAct],
    election: Option<String>,
    message: &str,
) -> Result<u64, Error> {
    let hold = format!("hold-{}", writing.incident.holds.len() + 1);
    writing.add(IncidentEvent::HoldSet {
        hold,
        blocks: blocks.to_vec(),
        election,
        message: message.trim().to_owned(),
        override_allowed: true,
    })
}

/// The playbook that is meant: the one named, or the only one in use.
pub(super) fn playbook_of(incident: &incidents::Incident, named: Option<&str>) -> Result<String, Error> {
    let known: Vec<&str> = incident.playbooks.iter().map(|applied| applied.playbook.id.as_str()).collect();
    match (named.filter(|name| !name.is_empty()), &known[..]) {
        (Some(name), _) => Ok(name.to_owned()),
        (None, [only]) => Ok((*only).to_owned()),
        (None, []) => Err(Error::refused(format!("{} follows no playbook yet; take one up first", incident.id))),
        (None, _) => {
            Err(Error::refused(format!("{} follows {}; say which playbook is meant", incident.id, known.join(", "))))
        }
    }
}

pub(super) fn step_change(incident: &incidents::Incident, report: &StepReport) -> Result<StepChange, Error> {
    Ok(StepChange {
        playbook: playbook_of(incident, report.playbook.as_deref())?,
        step: report.step.clone(),
        state: report.state.unwrap_or(StepState::Done),
        result: report.result.trim().to_owned(),
        reason: report.reason.trim().to_owned(),
        evidence: report.evidence.clone(),
        messages: report.messages.clone(),
        checks: report.checks.clone(),
    })
}
