//! What an incident holds back: locks, overrides, and the circumstances that guards look at.

use serde::Serialize;
use ts_rs::TS;
use workflow::domain::Lock;
use workflow::incident::IncidentView;
use workflow::incident::incidents::Incident;
use workflow::incident::incidents::incident::Override;
use workflow::incident::incidents::incident::event::Condition;

use super::{IncidentElection, iso, word};

/// A lock: what is held back, by what, why.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LockView {
    /// Incident; null for a rule that holds without any.
    pub incident: Option<String>,
    /// Its title.
    pub incident_title: String,
    /// Guard or hold.
    pub guard: String,
    /// Words of the acts.
    pub blocks: Vec<String>,
    /// Why, and what to do instead.
    pub message: String,
    /// True where two people with a written reason may go on all the same.
    pub may_override: bool,
    /// Since when.
    pub since: Option<String>,
}

impl From<Lock> for LockView {
    fn from(lock: Lock) -> Self {
        Self {
            incident: lock.incident.map(String::from),
            incident_title: lock.incident_title,
            guard: lock.guard,
            blocks: lock.blocks.iter().map(|act| act.word().to_owned()).collect(),
            message: lock.message,
            may_override: lock.override_allowed,
            since: iso(lock.since),
        }
    }
}

/// What an incident holds back on one election.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HeldBack {
    /// Election; null where the incident names none.
    pub election: Option<IncidentElection>,
    /// True where this program enforces it; elsewhere it is an instruction.
    pub is_enforced: bool,
    /// What is held back.
    pub locks: Vec<LockView>,
}

impl HeldBack {
    /// Election by election.
    pub fn all(view: &IncidentView) -> Vec<Self> {
        let one = |guard: &workflow::incident::GuardView| Self {
            election: guard.election.as_ref().map(IncidentElection::from),
            is_enforced: guard.is_enforced,
            locks: guard.locks.iter().cloned().map(LockView::from).collect(),
        };
        view.guards.iter().map(one).collect()
    }
}

/// An override in a sentence.
pub(super) fn override_sentence(one: &Override) -> String {
    let act = one.act.word().replace('_', " ");
    format!("{} and {} went on to {act} although \"{}\" held: {}", one.by, one.second_person, one.guard, one.reason)
}

/// A circumstance that guards look at.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ConditionView {
    /// Word.
    pub condition: String,
    /// Whether it is so.
    pub holds: bool,
}

impl ConditionView {
    /// All of them.
    pub fn all(incident: &Incident) -> Vec<Self> {
        let all = [
            Condition::CorruptionSuspected,
            Condition::MailFailing,
            Condition::DirectoryUnstable,
            Condition::VotersLockedOut,
            Condition::Outage,
        ];
        all.into_iter().map(|one| Self { condition: word(&one), holds: incident.has_condition(one) }).collect()
    }
}
