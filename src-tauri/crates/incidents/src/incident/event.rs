//! The records of an incident's journal: what happened, when, when it was written down, and by whom.
//!
//! A record is JSON with a version; unknown fields are refused, so that nothing in a verified journal goes unread. The
//! store chains the records by hash; [`super::Incident`] folds them.

use std::collections::BTreeMap;

use domain::incident::{
    CheckResult, EntryKind, GuardedAct, IncidentCategory, IncidentId, IncidentSeverity, IncidentStatus, StepState,
};
use domain::{Instant, Sha256Digest};
use serde::{Deserialize, Serialize};

use crate::clocks::ClockFigures;

/// The version of the records that this program writes.
pub const RECORD_VERSION: u32 = 1;

/// The name that stands for the program where no person acted.
pub const PROGRAM: &str = "Scrutineer";

/// One record of an incident's journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentRecord {
    /// [`RECORD_VERSION`].
    pub version: u32,
    /// The incident.
    pub incident: IncidentId,
    /// When it happened.
    pub happened_at: Instant,
    /// When it was written down.
    pub recorded_at: Instant,
    /// Who wrote it down; [`PROGRAM`] where nobody did.
    pub by: String,
    /// What happened.
    pub event: IncidentEvent,
}

impl IncidentRecord {
    /// A record of something that happens now.
    pub fn now(incident: &IncidentId, at: Instant, by: &str, event: IncidentEvent) -> Self {
        Self::earlier(incident, at, at, by, event)
    }

    /// A record of something that happened before it was written down.
    pub fn earlier(
        incident: &IncidentId,
        happened: Instant,
        recorded: Instant,
        by: &str,
        event: IncidentEvent,
    ) -> Self {
        Self {
            version: RECORD_VERSION,
            incident: incident.clone(),
            happened_at: happened,
            recorded_at: recorded,
            by: by.to_owned(),
            event,
        }
    }
}

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

/// What can happen to an incident.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum IncidentEvent {
    /// It reached the office. May be the first record.
    Reported(Report),
    /// It was declared. The first record, or the one after the report.
    Declared(Box<Declaration>),
    /// The severity changed. Lowering needs a reason, raising does not.
    SeverityChanged {
        /// Canonical.
        to: IncidentSeverity,
        /// Scale in which it was said; empty for the canonical one.
        scale: String,
        /// Label in that scale.
        label: String,
        /// True while it is a precaution.
        provisional: bool,
        /// Why; may be empty when raising.
        reason: String,
    },
    /// The status changed. A step back needs a reason.
    StatusChanged {
        /// To what.
        to: IncidentStatus,
        /// Why; may be empty when going forward.
        reason: String,
    },
    /// The cause is known.
    CauseFound {
        /// What it is.
        text: String,
    },
    /// A person says when something was.
    TimeEntered {
        /// Which time.
        time: IncidentTime,
        /// When; the earliest where it is a span.
        at: Instant,
        /// The latest, where it is a span.
        latest: Option<Instant>,
    },
    /// An entry of the timeline.
    Noted {
        /// What kind.
        kind: EntryKind,
        /// What it tells.
        text: String,
        /// What it points at.
        links: Vec<Link>,
    },
    /// An entry is corrected by this one; it stays as it was.
    Corrected {
        /// Number of the entry.
        entry: u64,
        /// What is right.
        text: String,
    },
    /// Somebody takes a role, or gives it back.
    RoleSet {
        /// Id of the role.
        role: String,
        /// Who; `None` for nobody.
        person: Option<String>,
    },
    /// The first responder answers.
    Acknowledged {},
    /// One more election is concerned.
    ElectionAdded(ElectionRef),
    /// One more playbook is followed.
    PlaybookApplied(FrozenPlaybook),
    /// A step went on.
    StepChanged(StepChange),
    /// An item of a checklist was ticked or unticked.
    ChecklistChanged {
        /// Checklist.
        checklist: String,
        /// Item.
        item: String,
        /// True for ticked.
        done: bool,
        /// A word about it; may be empty.
        note: String,
    },
    /// A decision of a playbook was taken.
    DecisionTaken(PlaybookChoice),
    /// Another decision was taken.
    OwnDecisionTaken(OwnChoice),
    /// A circumstance that guards look at.
    ConditionSet {
        /// Which.
        condition: Condition,
        /// Whether it is so.
        holds: bool,
        /// How it is known.
        reason: String,
    },
    /// Acts are held back by hand.
    HoldSet {
        /// Unique in the incident.
        hold: String,
        /// What is held back.
        blocks: Vec<GuardedAct>,
        /// Election; `None` for all of the incident.
        election: Option<String>,
        /// Why.
        message: String,
        /// True where two people may go on all the same.
        override_allowed: bool,
    },
    /// A hold, or a guard of a playbook, is lifted by two people.
    HoldReleased {
        /// Id of the hold or guard.
        guard: String,
        /// The other person.
        second_person: String,
        /// Why.
        reason: String,
    },
    /// Two people go on although a guard holds.
    GuardOverridden {
        /// Id of the hold or guard.
        guard: String,
        /// The act that is allowed.
        act: GuardedAct,
        /// Election.
        election: String,
        /// The other person.
        second_person: String,
        /// Why.
        reason: String,
    },
    /// Evidence belongs to the incident.
    EvidenceLinked(EvidenceLink),
    /// Required evidence is missing for a reason.
    EvidenceExplained {
        /// `PLAYBOOK/ITEM`.
        item: String,
        /// Why.
        reason: String,
    },
    /// Something happened to an item of evidence.
    CustodyEntered(CustodyEntry),
    /// A message was prepared.
    MessagePrepared(MessageDraft),
    /// A message was approved as it stands.
    MessageApproved {
        /// Which.
        message: String,
    },
    /// A person confirms that a message went out.
    MessageSent {
        /// Which.
        message: String,
        /// By which way.
        channel: String,
        /// True where it is the regular update that starts the clock anew.
        is_update: bool,
    },
    /// A message will not be sent.
    MessageWithdrawn {
        /// Which.
        message: String,
        /// Why.
        reason: String,
    },
    /// An update was given without a message, for example by voice.
    UpdateGiven {
        /// What was told.
        text: String,
    },
    /// Somebody of the ladder was called.
    EscalationTried {
        /// Level of the ladder, from 1; 0 for somebody beside it.
        level: u32,
        /// Role.
        role: String,
        /// Person.
        person: String,
        /// By which way.
        method: String,
        /// Why.
        reason: String,
    },
    /// Somebody of the ladder took it.
    EscalationAcknowledged {
        /// Level.
        level: u32,
        /// Person.
        person: String,
    },
    /// A check was run.
    CheckRun(CheckRun),
    /// The alarm of a check was judged.
    AlarmJudged {
        /// The run.
        run: String,
        /// True where it was false.
        is_false: bool,
        /// Why.
        reason: String,
    },
    /// An action item was added.
    ActionAdded(ActionDraft),
    /// Owner or due date of an action item changed.
    ActionChanged {
        /// Which.
        action: String,
        /// Owner now.
        owner: String,
        /// Due now.
        due: Instant,
        /// Why.
        reason: String,
    },
    /// An action item is done.
    ActionDone {
        /// Which.
        action: String,
        /// What shows it.
        proof: String,
    },
    /// An action item is given up.
    ActionDropped {
        /// Which.
        action: String,
        /// Why.
        reason: String,
    },
    /// The review has a date.
    ReviewScheduled {
        /// When.
        planned_for: Instant,
    },
    /// The review was held.
    ReviewHeld {
        /// Who took part.
        participants: Vec<String>,
    },
    /// Somebody signed the review.
    ReviewSigned {
        /// As what.
        role: String,
    },
    /// A text of a report was written; the last one counts.
    SectionWritten {
        /// Report.
        report: String,
        /// Section.
        section: String,
        /// Text.
        text: String,
    },
    /// Another incident has to do with this one.
    Related {
        /// Which.
        incident: IncidentId,
        /// How.
        how: String,
    },
    /// Another incident is about the same; this one ends.
    DuplicateOf {
        /// Which.
        incident: IncidentId,
        /// Why.
        reason: String,
    },
    /// Only these people may see and change the incident.
    AccessRestricted {
        /// Who.
        people: Vec<String>,
        /// Why.
        reason: String,
    },
    /// A person is part of the matter and acts no more in it.
    ConflictMarked {
        /// Who.
        person: String,
        /// Why.
        reason: String,
    },
    /// A conflict was cleared by two people.
    ConflictLifted {
        /// Whose.
        person: String,
        /// The other person.
        second_person: String,
        /// Why.
        reason: String,
    },
    /// A deadline begins: the notice to the authority, or one with a name of its own.
    ClockStarted {
        /// `authority_notice`, or a name of its own.
        clock: String,
        /// What it is about.
        title: String,
        /// From when.
        start: Instant,
        /// Until when; `None` only for the authority notice, whose span is fixed.
        due: Option<Instant>,
    },
    /// A clock pauses.
    ClockPaused {
        /// Id of the clock.
        clock: String,
        /// Why.
        reason: String,
    },
    /// A clock goes on.
    ClockResumed {
        /// Id of the clock.
        clock: String,
    },
    /// The authority notice or a named clock is met.
    ClockStopped {
        /// Id of the clock.
        clock: String,
        /// By what: the notice, or the decision that none is due.
        outcome: String,
    },
    /// One of the sentences under which the incident may be closed is true.
    CloseConditionConfirmed {
        /// Playbook.
        playbook: String,
        /// Place in its list, from 1.
        condition: usize,
        /// A word about it; may be empty.
        note: String,
    },
    /// A figure to watch was read.
    FigureNoted {
        /// Id of the figure.
        watch: String,
        /// What it showed.
        value: String,
    },
    /// How long it may still take.
    EstimateGiven {
        /// In words.
        text: String,
        /// When; `None` where only words were given.
        until: Option<Instant>,
    },
    /// The computer's clock was changed.
    ClockJumped {
        /// The last time before.
        before: Instant,
        /// The first time after.
        after: Instant,
        /// Milliseconds that really passed.
        elapsed_ms: u64,
    },
}
