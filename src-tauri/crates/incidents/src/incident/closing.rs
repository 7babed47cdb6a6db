//! The status of an incident: which change is possible, and what must be finished before it can be closed.

use domain::incident::{IncidentStatus, StepState};
use serde::Serialize;

use super::event::{IncidentRecord, IncidentTime};
use super::steps::Applies;
use super::{Incident, Refusal, RefusalCode, Review, Stamp, StatusAt};
use crate::clocks::AUTHORITY_NOTICE;

/// Something that is left to do before an incident can be closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Obstacle {
    /// A required step is neither done nor skipped with a reason.
    Step {
        /// Playbook.
        playbook: String,
        /// Step.
        step: String,
        /// What it asks for.
        text: String,
    },
    /// A required step hangs on a decision that was not taken.
    Decision {
        /// Playbook.
        playbook: String,
        /// Decision.
        decision: String,
        /// The question.
        text: String,
    },
    /// A condition of closing is not confirmed.
    Condition {
        /// Playbook.
        playbook: String,
        /// Place in its list, from 1.
        condition: usize,
        /// The sentence.
        text: String,
    },
    /// Required evidence is missing and not explained.
    Evidence {
        /// `PLAYBOOK/ITEM`.
        item: String,
        /// What it is.
        text: String,
    },
    /// A hold set by hand was not lifted.
    Hold {
        /// Id.
        hold: String,
    },
    /// The review was not held.
    Review,
    /// The notice to the authority was neither given nor decided against.
    AuthorityNotice,
}

impl std::fmt::Display for Obstacle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Step { step, text, .. } => write!(formatter, "the required step \"{step}\" is open ({text})"),
            Self::Decision { text, .. } => write!(formatter, "the question \"{text}\" is not decided"),
            Self::Condition { text, .. } => write!(formatter, "\"{text}\" is not confirmed"),
            Self::Evidence { item, text } => write!(formatter, "the evidence \"{item}\" is missing ({text})"),
            Self::Hold { hold } => write!(formatter, "the hold \"{hold}\" is not lifted"),
            Self::Review => write!(formatter, "the review was not held"),
            Self::AuthorityNotice => {
                write!(formatter, "the notice to the authority was neither given nor decided against")
            }
        }
    }
}

/// Place of a status in the usual order; `None` for the two other ends.
fn place(status: IncidentStatus) -> Option<u8> {
    match status {
        IncidentStatus::Reported => Some(0),
        IncidentStatus::Declared => Some(1),
        IncidentStatus::Investigating => Some(2),
        IncidentStatus::Contained => Some(3),
        IncidentStatus::Monitoring => Some(4),
        IncidentStatus::Resolved => Some(5),
        IncidentStatus::Reviewed => Some(6),
        IncidentStatus::Closed => Some(7),
        IncidentStatus::FalseAlarm | IncidentStatus::Duplicate => None,
    }
}

impl Incident {
    /// Everything that is left to do before the incident can be closed.
    pub fn obstacles(&self) -> Vec<Obstacle> {
        let mut obstacles = Vec::new();
        for applied in &self.playbooks {
            let playbook = &applied.playbook.id;
            for step in applied.playbook.steps.iter().filter(|step| step.required) {
                let is_finished =
                    matches!(applied.state_of(step), StepState::Done | StepState::Skipped | StepState::NotApplicable);
                let obstacle = match applied.applies(step) {
                    _ if is_finished => continue,
                    Applies::Undecided(decision) => Obstacle::Decision {
                        playbook: playbook.clone(),
                        text: applied.playbook.decision(&decision).map_or_else(String::new, |one| one.question.clone()),
                        decision,
                    },
                    Applies::Yes | Applies::No(_) => {
                        Obstacle::Step { playbook: playbook.clone(), step: step.id.clone(), text: step.text.clone() }
                    }
                };
                if !obstacles.contains(&obstacle) {
                    obstacles.push(obstacle);
                }
            }
            for (condition, text) in (1_usize..).zip(&applied.playbook.close_when) {
                if !applied.confirmed.contains_key(&condition) {
                    obstacles.push(Obstacle::Condition { playbook: playbook.clone(), condition, text: text.clone() });
                }
            }
            for item in applied.playbook.evidence.iter().filter(|item| item.required) {
                let name = format!("{playbook}/{}", item.id);
                let is_there = self.evidence.iter().any(|known| known.fulfils.as_ref() == Some(&name));
                if !is_there && !self.evidence_explained.contains_key(&name) {
                    obstacles.push(Obstacle::Evidence { item: name, text: item.what.clone() });
                }
            }
        }
        for hold in &self.holds {
            if !self.released.iter().any(|release| release.is_in_force && release.guard == hold.id) {
                obstacles.push(Obstacle::Hold { hold: hold.id.clone() });
            }
        }
        if self.needs_review() && self.review.held_at.is_none() {
            obstacles.push(Obstacle::Review);
        }
        if self.named_clocks.iter().any(|clock| clock.id == AUTHORITY_NOTICE && clock.met_at.is_none()) {
            obstacles.push(Obstacle::AuthorityNotice);
        }
        obstacles
    }

    /// The statuses that can be set now, in their order.
    pub fn possible_statuses(&self) -> Vec<IncidentStatus> {
        IncidentStatus::ALL.iter().copied().filter(|to| self.check_status(*to, "because").is_ok()).collect()
    }

    fn check_status(&self, to: IncidentStatus, reason: &str) -> Result<bool, Refusal> {
        let from = self.status();
        let refuse = |why: String, instead: &str| Err(Refusal::new(RefusalCode::Status, why, instead));
        let needs_reason = |is_back_step: bool, what: &str| {
            if reason.trim().is_empty() { Err(Refusal::reason(what)) } else { Ok(is_back_step) }
        };
        if from == to {
            return refuse(format!("{} is \"{to}\" already", self.id), "set another status, or add an entry");
        }
        match to {
            IncidentStatus::Reported => {
                return refuse("a declared incident is never only reported again".to_owned(), "set it to declared");
            }
            IncidentStatus::Duplicate => {
                return refuse(
                    "a duplicate must name the other incident".to_owned(),
                    "record of which incident it is a duplicate",
                );
            }
            IncidentStatus::FalseAlarm if from.is_open() || from == IncidentStatus::Reported => {
                return needs_reason(false, "a false alarm");
            }
            IncidentStatus::FalseAlarm => {
                return refuse(format!("\"{from}\" is no longer open"), "take it up again first");
            }
            _ => {}
        }
        if from == IncidentStatus::Reported {
            return refuse(format!("{} has not been declared", self.id), "declare it, or call it a false alarm");
        }
        if from.is_final() {
            return if to == IncidentStatus::Investigating {
                needs_reason(true, "taking an incident up again")
            } else {
                refuse(format!("{} ended as \"{from}\"", self.id), "take it up again by setting it to investigating")
            };
        }
        let (Some(old), Some(new)) = (place(from), place(to)) else {
            return refuse(format!("\"{to}\" does not follow \"{from}\""), "choose another status");
        };
        if new < old {
            return needs_reason(true, "a step back");
        }
        match to {
            IncidentStatus::Reviewed if from != IncidentStatus::Resolved => {
                refuse(format!("\"{from}\" is not resolved"), "resolve the incident before the review")
            }
            IncidentStatus::Reviewed if self.review.held_at.is_none() => {
                refuse("the review was not held".to_owned(), "hold the review and record who took part")
            }
            IncidentStatus::Closed => self.check_closing(from).map(|()| false),
            _ => Ok(false),
        }
    }

    fn check_closing(&self, from: IncidentStatus) -> Result<(), Refusal> {
        let is_ready = from == IncidentStatus::Reviewed || from == IncidentStatus::Resolved && !self.needs_review();
        if !is_ready {
            let instead = if self.needs_review() { "resolve and review it first" } else { "resolve it first" };
            return Err(Refusal::new(RefusalCode::Status, format!("\"{from}\" cannot be closed"), instead));
        }
        let obstacles = self.obstacles();
        if obstacles.is_empty() {
            return Ok(());
        }
        let list = obstacles.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
        Err(Refusal::new(
            RefusalCode::NotFinished,
            format!("{} cannot be closed: {list}", self.id),
            "finish each, or skip and explain it with a reason",
        ))
    }

    pub(super) fn change_status(
        &mut self,
        record: &IncidentRecord,
        to: IncidentStatus,
        reason: &str,
    ) -> Result<(), Refusal> {
        let is_back_step = self.check_status(to, reason)?;
        self.check_is_person(record, "a change of the status")?;
        self.enter_status(record, to, reason, is_back_step);
        Ok(())
    }

    pub(super) fn enter_status(
        &mut self,
        record: &IncidentRecord,
        to: IncidentStatus,
        reason: &str,
        is_back_step: bool,
    ) {
        let was_open = self.status().is_open();
        let at = self.statuses.last().map_or(record.happened_at, |last| last.at.max(record.happened_at));
        self.statuses.push(StatusAt { at, status: to, by: record.by.clone(), reason: reason.to_owned(), is_back_step });
        self.times.ended = to.is_final().then_some(at);
        match to {
            IncidentStatus::Contained => {
                let stamp = Stamp { at, latest: None, is_entered: false };
                self.times.known.entry(IncidentTime::Contained).or_insert(stamp);
            }
            IncidentStatus::Resolved if !is_back_step => self.times.resolved = Some(at),
            _ if to.is_open() => {
                self.times.resolved = None;
                if !was_open && self.statuses.len() > 1 && is_back_step {
                    self.review = Review::default();
                    self.renew_guards();
                }
            }
            _ => {}
        }
    }
}
