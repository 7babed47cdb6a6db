//! What the records of an incident carry: declarations, step changes, choices, messages, checks, evidence, action items.

use std::collections::BTreeMap;

use domain::incident::{CheckResult, IncidentCategory, IncidentSeverity, StepState};
use domain::{Instant, Sha256Digest};
use serde::{Deserialize, Serialize};

use crate::clocks::ClockFigures;

/// An election that an incident is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ElectionRef {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// A playbook as it was when an incident began to use it. The text is kept, so that later changes touch no incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenPlaybook {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// SHA-256 of the text.
    pub sha256: Sha256Digest,
    /// The file as it was.
    pub text: String,
}

impl From<&crate::PlaybookFile> for FrozenPlaybook {
    fn from(file: &crate::PlaybookFile) -> Self {
        Self {
            id: file.playbook.id.clone(),
            version: file.playbook.version.clone(),
            sha256: file.sha256,
            text: file.text.clone(),
        }
    }
}

/// A report that has not been declared an incident yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// One line.
    pub title: String,
    /// What was told.
    pub description: String,
    /// Elections concerned, as far as known.
    pub elections: Vec<ElectionRef>,
    /// Who told it; may be empty.
    pub reporter: String,
}

/// The declaration of an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declaration {
    /// One line.
    pub title: String,
    /// What is seen, by whom, since when.
    pub description: String,
    /// Elections concerned. None means that every election of the case may be.
    pub elections: Vec<ElectionRef>,
    /// What it is about.
    pub category: IncidentCategory,
    /// Canonical severity.
    pub severity: IncidentSeverity,
    /// Scale in which it was reported; empty for the canonical one.
    pub scale: String,
    /// Label in that scale.
    pub label: String,
    /// True while the severity is a precaution.
    pub provisional: bool,
    /// The playbook to follow; `None` where none fits.
    pub playbook: Option<FrozenPlaybook>,
    /// Who leads; `None` until somebody is named.
    pub lead: Option<String>,
    /// When it reached the office.
    pub reported_at: Instant,
    /// When the first sign was noticed; `None` for the time of the report.
    pub detected_at: Option<Instant>,
    /// Minutes of all clocks, frozen.
    pub figures: ClockFigures,
    /// True for an exercise.
    pub is_drill: bool,
    /// System concerned, for the metrics; may be empty.
    pub system: String,
}

/// What a timeline entry points at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// `finding`, `vote`, `audit`, `ledger`, `evidence`, `log_line`, `incident`, ...
    pub kind: String,
    /// Its id.
    pub id: String,
}

/// A time of an incident that a person can enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentTime {
    /// Harm began (estimated).
    Began,
    /// First sign noticed.
    Detected,
    /// It reached the office.
    Reported,
    /// The first responder answered.
    Acknowledged,
    /// First step of containment or investigation.
    FirstAction,
    /// The damage was held.
    Contained,
}

/// Circumstances that guards look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Condition {
    /// Stored data may be damaged.
    CorruptionSuspected,
    /// Mail fails for many voters.
    MailFailing,
    /// The directory is unstable.
    DirectoryUnstable,
    /// Many voters cannot sign in.
    VotersLockedOut,
    /// Voters cannot reach the system.
    Outage,
}

/// A change of a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepChange {
    /// Playbook.
    pub playbook: String,
    /// Step.
    pub step: String,
    /// To what.
    pub state: StepState,
    /// What came out, or the text of a record; may be empty.
    pub result: String,
    /// Why it is skipped or opened again; may be empty elsewhere.
    pub reason: String,
    /// Evidence taken.
    pub evidence: Vec<String>,
    /// Messages sent.
    pub messages: Vec<String>,
    /// Checks run.
    pub checks: Vec<String>,
}

impl StepChange {
    /// A change without attachments.
    pub fn new(playbook: &str, step: &str, state: StepState, result: &str) -> Self {
        Self {
            playbook: playbook.to_owned(),
            step: step.to_owned(),
            state,
            result: result.to_owned(),
            reason: String::new(),
            evidence: Vec::new(),
            messages: Vec::new(),
            checks: Vec::new(),
        }
    }
}

/// What confirms a choice that cannot be taken back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The other person.
    pub second_person: Option<String>,
    /// Id or name of the election as typed; the number of the incident where no election is concerned.
    pub typed: Option<String>,
    /// True where the consequence was shown and accepted.
    pub consequence_accepted: bool,
}

/// A decision of a playbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaybookChoice {
    /// Playbook.
    pub playbook: String,
    /// Decision.
    pub decision: String,
    /// Option chosen.
    pub option: String,
    /// Why.
    pub reason: String,
    /// Evidence it rests on.
    pub evidence: Vec<String>,
    /// Who confirms it.
    pub confirmation: Confirmation,
}

/// A decision that no playbook asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnChoice {
    /// The question.
    pub question: String,
    /// What could be chosen, with what follows from each.
    pub options: Vec<OwnOption>,
    /// Place of the chosen one, from 0.
    pub chosen: usize,
    /// True where it cannot be taken back.
    pub irreversible: bool,
    /// Why.
    pub reason: String,
    /// Evidence it rests on.
    pub evidence: Vec<String>,
    /// Who confirms it.
    pub confirmation: Confirmation,
}

/// One option of an [`OwnChoice`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnOption {
    /// Shown.
    pub label: String,
    /// What follows.
    pub consequence: String,
}

/// A message that was filled from a template or written by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessageDraft {
    /// Unique in the incident.
    pub message: String,
    /// Template; empty for a text of one's own.
    pub template: String,
    /// SHA-256 of the template file that was used.
    pub template_sha256: Option<Sha256Digest>,
    /// The values; empty for a secret message.
    pub values: BTreeMap<String, String>,
    /// Subject as filled; for a secret message the template's.
    pub subject: String,
    /// Text as filled; for a secret message the template's.
    pub body: String,
    /// For whom.
    pub audience: String,
    /// By which way it is to go.
    pub channel: String,
    /// True where it holds a credential or receipt: the filled text stays in the outbox and is not recorded here.
    pub secret: bool,
}

/// A check that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckRun {
    /// Unique in the incident.
    pub run: String,
    /// Function, for example `check.audit_chain`.
    pub function: String,
    /// Version of the program that ran it.
    pub program_version: String,
    /// Inputs with their hashes.
    pub inputs: Vec<CheckInput>,
    /// Parameters.
    pub parameters: BTreeMap<String, String>,
    /// What it said.
    pub result: CheckResult,
    /// In a sentence.
    pub summary: String,
    /// Findings, by code.
    pub findings: Vec<String>,
}

/// One input of a check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckInput {
    /// File or table.
    pub name: String,
    /// Its hash.
    pub sha256: Sha256Digest,
}

/// What happened to an item of evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustodyAct {
    /// Taken in.
    Captured,
    /// Looked at.
    Viewed,
    /// Written out.
    Exported,
    /// Hashes computed again.
    Verified,
    /// Handed over.
    Transferred,
    /// Copied.
    Copied,
    /// Put under the manifest.
    Sealed,
    /// Given up by order.
    Disposed,
}

/// An entry of the custody log, as far as the incident tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustodyEntry {
    /// Evidence.
    pub evidence: String,
    /// What was done.
    pub act: CustodyAct,
    /// From whom or where; may be empty.
    pub from: String,
    /// To whom or where; may be empty.
    pub to: String,
    /// Why.
    pub why: String,
    /// Whether the hash agreed; `None` where it was not checked.
    pub hash_agreed: Option<bool>,
}

/// An item of evidence that belongs to the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceLink {
    /// Id of the item.
    pub evidence: String,
    /// What it is.
    pub what: String,
    /// Its hash.
    pub sha256: Sha256Digest,
    /// Item of a playbook that it is, as `PLAYBOOK/ITEM`; `None` for other evidence.
    pub fulfils: Option<String>,
}

/// How grave an action item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionPriority {
    /// Before the next election.
    High,
    /// Soon.
    Medium,
    /// When there is time.
    Low,
}

/// An action item of the review.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionDraft {
    /// Unique in the incident.
    pub action: String,
    /// What is to be done.
    pub text: String,
    /// How grave.
    pub priority: ActionPriority,
    /// Who does it.
    pub owner: String,
    /// Until when; `None` for the usual number of days.
    pub due: Option<Instant>,
}
