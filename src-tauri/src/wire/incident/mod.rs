//! Incidents as the window shows them: declared, worked on, closed, measured.
//!
//! * `declare`: what the dialog of a declaration offers and answers, and the list of incidents;
//! * `board`: one incident, with its clocks and people;
//! * `work`, `held`: steps, checklists, decisions, checks; what is held back;
//! * `record`: what a person may write into the journal;
//! * `story`: timeline, messages, the review;
//! * `locker`: evidence, its custody, log files;
//! * `contacts`, `figures`, `papers`: whom to call; metrics; printed documents.
//!
//! Words of the domain cross as they stand in files (`follow_up`); the window has a text for each.

pub mod board;
pub mod contacts;
pub mod declare;
pub mod figures;
pub mod held;
pub mod locker;
pub mod papers;
pub mod record;
pub mod story;
pub mod work;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::Instant;
use workflow::domain::incident::IncidentSeverity;
use workflow::incident::Recorded;
use workflow::incident::incidents::incident::event::ElectionRef;

/// The canonical scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GravityWord {
    /// Integrity or privacy of an election is broken or nearly so, or nobody can vote.
    Critical,
    /// Integrity or privacy may be affected, or many cannot vote.
    High,
    /// Limited effect and a way around.
    Medium,
    /// Cosmetic.
    Low,
}

impl From<IncidentSeverity> for GravityWord {
    fn from(severity: IncidentSeverity) -> Self {
        match severity {
            IncidentSeverity::Critical => Self::Critical,
            IncidentSeverity::High => Self::High,
            IncidentSeverity::Medium => Self::Medium,
            IncidentSeverity::Low => Self::Low,
        }
    }
}

impl From<GravityWord> for IncidentSeverity {
    fn from(word: GravityWord) -> Self {
        match word {
            GravityWord::Critical => Self::Critical,
            GravityWord::High => Self::High,
            GravityWord::Medium => Self::Medium,
            GravityWord::Low => Self::Low,
        }
    }
}

/// An election that an incident is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct IncidentElection {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

impl From<&ElectionRef> for IncidentElection {
    fn from(election: &ElectionRef) -> Self {
        Self { id: election.id.clone(), name: election.name.clone() }
    }
}

/// What became of a record.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RecordedView {
    /// The incident.
    pub incident: String,
    /// What is worth a word although it was taken.
    pub warnings: Vec<String>,
}

impl From<Recorded> for RecordedView {
    fn from(recorded: Recorded) -> Self {
        Self { incident: recorded.incident, warnings: recorded.warnings }
    }
}

/// ISO text of a time, where there is one.
fn iso(at: Option<Instant>) -> Option<String> {
    at.map(Instant::to_iso)
}

/// The word under which a domain value is written; empty for one that is no plain word.
fn word(value: &impl Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}
