//! The records of an incident's journal: what happened, when, when it was written down, and by whom.
//!
//! A record is JSON with a version; unknown fields are refused, so that nothing in a verified journal goes unread. The
//! store chains the records by hash; [`super::Incident`] folds them.

use domain::Instant;
use domain::incident::{EntryKind, GuardedAct, IncidentId, IncidentSeverity, IncidentStatus};
use serde::{Deserialize, Serialize};

pub use super::payload::{
    ActionDraft, ActionPriority, CheckInput, CheckRun, Condition, Confirmation, CustodyAct, CustodyEntry, Declaration,
    ElectionRef, EvidenceLink, FrozenPlaybook, IncidentTime, Link, MessageDraft, OwnChoice, OwnOption, PlaybookChoice,
    Report, StepChange,
};

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
