//! The parts of an incident as its records tell them.

use std::collections::BTreeMap;

use domain::incident::{CheckResult, EntryKind, GuardedAct, IncidentSeverity, IncidentStatus, StepState};
use domain::{Instant, Sha256Digest};
use serde::Serialize;

use super::event::{ActionPriority, CheckRun, Confirmation, CustodyEntry, IncidentTime, Link, MessageDraft};
use crate::playbook::Playbook;

/// A severity and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeverityAt {
    /// Since when.
    pub at: Instant,
    /// Canonical.
    pub severity: IncidentSeverity,
    /// Scale in which it was said; empty for the canonical one.
    pub scale: String,
    /// Label in that scale.
    pub label: String,
    /// True while it is a precaution.
    pub provisional: bool,
    /// Who set it.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// A status and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusAt {
    /// Since when.
    pub at: Instant,
    /// Which.
    pub status: IncidentStatus,
    /// Who set it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// True for a step back.
    pub is_back_step: bool,
}

/// A playbook in use and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AppliedPlaybook {
    /// The playbook as it was then.
    pub playbook: Playbook,
    /// SHA-256 of its file.
    pub sha256: Sha256Digest,
    /// Since when.
    pub applied_at: Instant,
    /// Steps that were worked on.
    pub steps: BTreeMap<String, StepRecord>,
    /// Options chosen, by decision.
    pub chosen: BTreeMap<String, String>,
    /// Conditions of closing that were confirmed, by place from 1.
    pub confirmed: BTreeMap<usize, String>,
}

/// How a step stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepRecord {
    /// How far.
    pub state: StepState,
    /// Who changed it last.
    pub by: String,
    /// When.
    pub at: Instant,
    /// What came out.
    pub result: String,
    /// Why it was skipped or opened again.
    pub reason: String,
    /// Evidence taken.
    pub evidence: Vec<String>,
    /// Messages sent.
    pub messages: Vec<String>,
    /// Checks run.
    pub checks: Vec<String>,
}

/// A person who is part of the matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Who.
    pub person: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub since: Instant,
    /// Until when, where two people cleared it.
    pub lifted: Option<Instant>,
}

/// An entry of the timeline. Entries are never changed; a correction is an entry of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TimelineEntry {
    /// From 1, in the order of the records.
    pub number: u64,
    /// When it happened.
    pub happened_at: Instant,
    /// When it was written down.
    pub recorded_at: Instant,
    /// Who wrote it down.
    pub by: String,
    /// What kind.
    pub kind: EntryKind,
    /// What it tells.
    pub text: String,
    /// What it points at.
    pub links: Vec<Link>,
    /// The entry that it corrects.
    pub corrects: Option<u64>,
    /// Entries that correct it.
    pub corrected_by: Vec<u64>,
}

/// An item of a checklist that was ticked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChecklistMark {
    /// True while ticked.
    pub done: bool,
    /// Who.
    pub by: String,
    /// When.
    pub at: Instant,
    /// A word about it.
    pub note: String,
}

/// A decision that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DecisionRecord {
    /// Number of its timeline entry.
    pub entry: u64,
    /// `PLAYBOOK/DECISION`; `None` where no playbook asks for it.
    pub source: Option<String>,
    /// The question.
    pub question: String,
    /// Every option with its consequence, in the order shown.
    pub options: Vec<(String, String)>,
    /// Label of the chosen one.
    pub chosen: String,
    /// What follows from it.
    pub consequence: String,
    /// True where it cannot be taken back.
    pub irreversible: bool,
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: String,
    /// Evidence it rests on.
    pub evidence: Vec<String>,
    /// Who confirmed it and how.
    pub confirmation: Confirmation,
}

/// A hold set by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// Unique in the incident.
    pub id: String,
    /// What is held back.
    pub blocks: Vec<GuardedAct>,
    /// Election; `None` for all of the incident.
    pub election: Option<String>,
    /// Why.
    pub message: String,
    /// True where two people may go on all the same.
    pub override_allowed: bool,
    /// Since when.
    pub since: Instant,
    /// Who set it.
    pub by: String,
}

/// A guard or hold that was lifted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Release {
    /// Id.
    pub guard: String,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// The other person.
    pub second_person: String,
    /// Why.
    pub reason: String,
    /// False once the incident was taken up again, or the severity raised: the guard holds anew.
    pub is_in_force: bool,
}

/// An act that two people allowed although a guard holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Override {
    /// Id of the guard or hold.
    pub guard: String,
    /// The act.
    pub act: GuardedAct,
    /// Election.
    pub election: String,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// The other person.
    pub second_person: String,
    /// Why.
    pub reason: String,
    /// False once the incident was taken up again, or the severity raised.
    pub is_in_force: bool,
}

/// An item of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceRecord {
    /// Id.
    pub id: String,
    /// What it is.
    pub what: String,
    /// Hash.
    pub sha256: Sha256Digest,
    /// `PLAYBOOK/ITEM` that it is.
    pub fulfils: Option<String>,
    /// Who linked it.
    pub by: String,
    /// When.
    pub at: Instant,
}

/// What happened to an item of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustodyRecord {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What.
    pub entry: CustodyEntry,
}

/// How far a message is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageState {
    /// Written.
    Prepared,
    /// Approved as it stands.
    Approved,
    /// Out.
    Sent,
    /// Not to be sent.
    Withdrawn,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageRecord {
    /// As prepared.
    pub draft: MessageDraft,
    /// How far.
    pub state: MessageState,
    /// Who prepared it.
    pub prepared_by: String,
    /// When.
    pub prepared_at: Instant,
    /// Who approved it.
    pub approved_by: Option<String>,
    /// When.
    pub approved_at: Option<Instant>,
    /// Who confirmed that it went out.
    pub sent_by: Option<String>,
    /// When.
    pub sent_at: Option<Instant>,
    /// By which way.
    pub sent_channel: String,
}

/// A call up the ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EscalationRecord {
    /// Level from 1; 0 beside the ladder.
    pub level: u32,
    /// Role.
    pub role: String,
    /// Person.
    pub person: String,
    /// By which way.
    pub method: String,
    /// Why.
    pub reason: String,
    /// Who called.
    pub by: String,
    /// When.
    pub tried_at: Instant,
    /// When the person took it.
    pub acknowledged_at: Option<Instant>,
}

/// A check and how its alarm was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckRecord {
    /// As it was run.
    pub run: CheckRun,
    /// When.
    pub at: Instant,
    /// Who ran it.
    pub by: String,
    /// True where its alarm was false, with the reason.
    pub judged_false: Option<(bool, String)>,
}

impl CheckRecord {
    /// True where it raised an alarm.
    pub fn is_alarm(&self) -> bool {
        matches!(self.run.result, CheckResult::Warn | CheckResult::Fail)
    }
}

/// How far an action item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ActionState {
    /// To do.
    Open,
    /// Done.
    Done {
        /// When.
        at: Instant,
        /// What shows it.
        proof: String,
    },
    /// Given up.
    Dropped {
        /// When.
        at: Instant,
        /// Why.
        reason: String,
    },
}

/// An action item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionItem {
    /// Unique in the incident.
    pub id: String,
    /// What is to be done.
    pub text: String,
    /// How grave.
    pub priority: ActionPriority,
    /// Who does it.
    pub owner: String,
    /// Since when.
    pub created_at: Instant,
    /// Until when.
    pub due: Instant,
    /// How far.
    pub state: ActionState,
}

/// The review.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Review {
    /// The day that was set.
    pub planned_for: Option<Instant>,
    /// When it was set.
    pub scheduled_at: Option<Instant>,
    /// When it was held.
    pub held_at: Option<Instant>,
    /// Who took part.
    pub participants: Vec<String>,
    /// Who signed, as what, when.
    pub signatures: Vec<Signature>,
}

/// A signature under the review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Signature {
    /// Who.
    pub person: String,
    /// As what.
    pub role: String,
    /// When.
    pub at: Instant,
}

/// A deadline that was started by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NamedClock {
    /// Id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// From when.
    pub start: Instant,
    /// Until when.
    pub due: Instant,
    /// When it was met.
    pub met_at: Option<Instant>,
    /// By what.
    pub outcome: String,
}

/// A figure that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchedFigure {
    /// Which.
    pub watch: String,
    /// What it showed.
    pub value: String,
    /// When.
    pub at: Instant,
    /// Who read it.
    pub by: String,
}

/// How long it may still take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// In words.
    pub text: String,
    /// When.
    pub until: Option<Instant>,
    /// When it was given.
    pub given_at: Instant,
}

/// A time and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// When; the earliest where it is a span.
    pub at: Instant,
    /// The latest, where it is a span.
    pub latest: Option<Instant>,
    /// True where a person entered it, false where the records give it.
    pub is_entered: bool,
}

/// The times of an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IncidentTimes {
    /// As people entered them or the first records gave them.
    pub known: BTreeMap<IncidentTime, Stamp>,
    /// Declared.
    pub declared: Option<Instant>,
    /// First change of a step, of whatever kind.
    pub first_step: Option<Instant>,
    /// Resolved for the last time; `None` while it is open again.
    pub resolved: Option<Instant>,
    /// Closed, declared a false alarm, or a duplicate.
    pub ended: Option<Instant>,
}

impl IncidentTimes {
    /// One of the times that people can enter.
    pub fn at(&self, time: IncidentTime) -> Option<Instant> {
        self.known.get(&time).map(|stamp| stamp.at)
    }
}
