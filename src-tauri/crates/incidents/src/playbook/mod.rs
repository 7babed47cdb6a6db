//! One playbook: the signals, guards, steps, decisions and evidence of one kind of incident, read from TOML.

mod read;

pub(crate) use read::read_due;

use domain::incident::{GuardedAct, IncidentCategory, IncidentSeverity, StepKind, StepPhase};
use serde::Serialize;

/// The step that comes before every act: evidence first.
pub const PRESERVE_FIRST: &str = "preserve-first";

/// A playbook as it was read from one file.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Playbook {
    /// Equals the file name without `.toml`; stable.
    pub id: String,
    /// Shown to staff.
    pub title: String,
    /// Shown to staff, one sentence.
    pub summary: String,
    /// Three numbers, raised on every change.
    pub version: String,
    /// What it is about.
    pub category: IncidentCategory,
    /// Severity that is proposed on declaring.
    pub default_severity: IncidentSeverity,
    /// When to raise it; proposed, never done by itself.
    pub raise: Option<Raise>,
    /// Codes of the runbooks it was made from.
    pub sources: Vec<String>,
    /// Ids of the message templates it offers.
    pub templates: Vec<String>,
    /// Each must be confirmed before the incident can be closed.
    pub close_when: Vec<String>,
    /// How one notices it.
    pub signals: Vec<Signal>,
    /// What must not be done meanwhile.
    pub guards: Vec<Guard>,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What to choose.
    pub decisions: Vec<Decision>,
    /// What to keep.
    pub evidence: Vec<EvidenceItem>,
}

impl Playbook {
    /// The step of this id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The decision of this id.
    pub fn decision(&self, id: &str) -> Option<&Decision> {
        self.decisions.iter().find(|decision| decision.id == id)
    }

    /// The guard of this id.
    pub fn guard(&self, id: &str) -> Option<&Guard> {
        self.guards.iter().find(|guard| guard.id == id)
    }

    /// The evidence item of this id.
    pub fn evidence_item(&self, id: &str) -> Option<&EvidenceItem> {
        self.evidence.iter().find(|item| item.id == id)
    }

    /// True where one of the steps is the review.
    pub fn asks_for_review(&self) -> bool {
        self.steps.iter().any(|step| step.auto.as_deref() == Some("act.start_postmortem"))
    }
}

/// When to raise the severity.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Raise {
    /// To what.
    pub to: IncidentSeverity,
    /// If what is so.
    pub condition: String,
}

/// How one notices it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signal {
    /// Unique in the file.
    pub id: String,
    /// What is seen.
    pub text: String,
    /// The check that can notice it.
    pub auto: Option<String>,
    /// From when on it counts.
    pub threshold: Option<String>,
}

/// While what a guard holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GuardWhile {
    /// The incident is open: declared and not yet resolved.
    IncidentOpen,
    /// Always.
    Always,
    /// Closing has cut the link between voter and credential.
    Anonymized,
    /// Somebody suspects that stored data is damaged.
    CorruptionSuspected,
    /// The step of this id is done.
    StepDone(String),
}

impl GuardWhile {
    /// Reads the word of a file.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "incident_open" => Some(Self::IncidentOpen),
            "always" => Some(Self::Always),
            "anonymized" => Some(Self::Anonymized),
            "corruption_suspected" => Some(Self::CorruptionSuspected),
            other => {
                let step = other.strip_prefix("step:")?.strip_suffix(" done")?;
                (!step.is_empty()).then(|| Self::StepDone(step.to_owned()))
            }
        }
    }
}

/// What must not be done meanwhile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guard {
    /// Unique in the file.
    pub id: String,
    /// What is held back.
    pub blocks: Vec<GuardedAct>,
    /// While what.
    pub holds_while: GuardWhile,
    /// True where two people with a written reason may go on all the same.
    pub override_allowed: bool,
    /// Why.
    pub message: String,
}

/// From when a due time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DueFrom {
    /// The declaration.
    Declared,
    /// The resolution.
    Resolved,
}

impl DueFrom {
    /// Both.
    pub const ALL: &'static [DueFrom] = &[Self::Declared, Self::Resolved];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Resolved => "resolved",
        }
    }
}

/// When a step or an item of a checklist is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Due {
    /// Minutes.
    pub minutes: u32,
    /// Counted from.
    pub from: DueFrom,
}

/// A step applies only if this option was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct When {
    /// Id of a decision of the same file.
    pub decision: String,
    /// Id of one of its options.
    pub option: String,
}

/// One step.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// From 1.
    pub order: u32,
    /// Unique in the file.
    pub id: String,
    /// Part of the work.
    pub phase: StepPhase,
    /// What it asks for.
    pub kind: StepKind,
    /// What to do.
    pub text: String,
    /// A required step may be skipped only with a reason.
    pub required: bool,
    /// When it is due.
    pub due: Option<Due>,
    /// Under which choice it applies.
    pub when: Option<When>,
    /// Function that the program runs for it.
    pub auto: Option<String>,
    /// Function that is offered as a button.
    pub offers: Option<String>,
    /// Message to prepare.
    pub template: Option<String>,
    /// Other playbook to open.
    pub playbook: Option<String>,
    /// Commands to show.
    pub commands: Vec<String>,
}

/// One choice that has to be made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// Unique in the file.
    pub id: String,
    /// Step after which it is asked.
    pub after_step: String,
    /// The question.
    pub question: String,
    /// The answers.
    pub options: Vec<DecisionOption>,
}

impl Decision {
    /// The option of this id.
    pub fn option(&self, id: &str) -> Option<&DecisionOption> {
        self.options.iter().find(|option| option.id == id)
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionOption {
    /// Unique in the decision.
    pub id: String,
    /// Shown.
    pub label: String,
    /// What follows from it.
    pub consequence: String,
    /// Needs two people and typed confirmation.
    pub irreversible: bool,
    /// Function that is offered.
    pub offers: Option<String>,
    /// Playbook to go on with.
    pub playbook: Option<String>,
}

/// What to keep.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceItem {
    /// Unique in the file.
    pub id: String,
    /// What it is.
    pub what: String,
    /// Function that takes it.
    pub capture_with: String,
    /// If it is missing at the end, somebody must explain why.
    pub required: bool,
}
