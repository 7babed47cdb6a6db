//! An incident as a fold over the records of its journal.
//!
//! [`Incident::open`] takes the first record, [`Incident::apply`] each further one; the same records give the same
//! incident. A record that breaks a rule is refused with a reason and with what is possible instead, and changes nothing.
//!
//! ```text
//! reported -> declared -> investigating -> contained -> monitoring -> resolved -> reviewed -> closed
//!     \__________\______________\______________\____________\-> false_alarm, duplicate
//! steps back are allowed with a reason and recorded
//! ```
//!
//! Times of status and severity never go back: where a record tells of an earlier time than the one before it (the
//! computer's clock was wrong), the change counts from the one before. The timeline keeps the time as told.

mod apply;
mod apply_work;
mod clocks;
mod closing;
mod decisions;
mod describe;
pub mod event;
mod guards;
mod payload;
mod people;
mod records;
mod refusal;
mod steps;
mod views;
mod work;

use std::collections::BTreeMap;

use domain::Instant;
use domain::incident::{IncidentCategory, IncidentId, IncidentSeverity, IncidentStatus};
use serde::Serialize;

use crate::clocks::{ClockFigures, Pause};
pub use closing::Obstacle;
use event::{Condition, ElectionRef, IncidentRecord};
pub use people::same_person;
pub use records::{
    ActionItem, ActionState, AppliedPlaybook, CheckRecord, ChecklistMark, Conflict, CustodyRecord, DecisionRecord,
    EscalationRecord, Estimate, EvidenceRecord, Hold, IncidentTimes, MessageRecord, MessageState, NamedClock, Override,
    Release, Review, SeverityAt, Signature, Stamp, StatusAt, StepRecord, TimelineEntry, WatchedFigure,
};
pub use refusal::{Refusal, RefusalCode, Warning};
pub use views::{ChecklistItemView, ChecklistView, EscalationProposal, StepView};

/// An incident as its records tell it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// Number.
    pub id: IncidentId,
    /// One line.
    pub title: String,
    /// What is seen.
    pub description: String,
    /// Elections concerned; none means that all may be.
    pub elections: Vec<ElectionRef>,
    /// What it is about.
    pub category: IncidentCategory,
    /// System concerned; may be empty.
    pub system: String,
    /// True for an exercise.
    pub is_drill: bool,
    /// Every severity it had, the present one last. Empty before the declaration.
    pub severities: Vec<SeverityAt>,
    /// Every status it had, the present one last.
    pub statuses: Vec<StatusAt>,
    /// Minutes of all clocks.
    pub figures: Option<ClockFigures>,
    /// Playbooks in use, in the order in which they were taken up.
    pub playbooks: Vec<AppliedPlaybook>,
    /// Who holds which role.
    pub roles: BTreeMap<String, String>,
    /// Persons who are part of the matter.
    pub conflicts: Vec<Conflict>,
    /// Persons who may see and change it; empty for everybody.
    pub access: Vec<String>,
    /// Every record as an entry, the oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// Items of checklists by `CHECKLIST/ITEM`.
    pub checklist_items: BTreeMap<String, ChecklistMark>,
    /// Decisions, the oldest first.
    pub decisions: Vec<DecisionRecord>,
    /// Circumstances that guards look at.
    pub conditions: BTreeMap<Condition, bool>,
    /// Holds set by hand.
    pub holds: Vec<Hold>,
    /// Guards of playbooks and standing ones that were lifted by two people.
    pub released: Vec<Release>,
    /// Overrides.
    pub overrides: Vec<Override>,
    /// Evidence.
    pub evidence: Vec<EvidenceRecord>,
    /// Why required evidence is missing, by `PLAYBOOK/ITEM`.
    pub evidence_explained: BTreeMap<String, String>,
    /// What happened to evidence, the oldest first.
    pub custody: Vec<CustodyRecord>,
    /// Messages.
    pub messages: Vec<MessageRecord>,
    /// Times of updates.
    pub updates: Vec<Instant>,
    /// Calls up the ladder, the oldest first.
    pub escalations: Vec<EscalationRecord>,
    /// Checks.
    pub checks: Vec<CheckRecord>,
    /// Action items.
    pub actions: Vec<ActionItem>,
    /// The review.
    pub review: Review,
    /// Texts of reports by `REPORT/SECTION`.
    pub sections: BTreeMap<String, String>,
    /// Incidents that have to do with it, and how.
    pub related: BTreeMap<IncidentId, String>,
    /// The incident that is about the same.
    pub duplicate_of: Option<IncidentId>,
    /// Deadlines that were started by name.
    pub named_clocks: Vec<NamedClock>,
    /// Pauses by clock.
    pub pauses: BTreeMap<String, Vec<Pause>>,
    /// Figures that were watched, the oldest first.
    pub figures_watched: Vec<WatchedFigure>,
    /// The last estimate.
    pub estimate: Option<Estimate>,
    /// The cause, once it is known.
    pub cause: Option<String>,
    /// Times.
    pub times: IncidentTimes,
    /// Steps that changed something before evidence was preserved, as `PLAYBOOK/STEP`.
    pub order_breaches: Vec<String>,
}

/// What [`Incident::apply`] has to say about a record that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Applied {
    /// Number of the timeline entry.
    pub entry: u64,
    /// What is worth a word.
    pub warnings: Vec<Warning>,
}

impl Incident {
    /// The present status.
    pub fn status(&self) -> IncidentStatus {
        self.statuses.last().map_or(IncidentStatus::Reported, |entry| entry.status)
    }

    /// The present severity; `None` before the declaration.
    pub fn severity(&self) -> Option<IncidentSeverity> {
        self.severities.last().map(|entry| entry.severity)
    }

    /// When it was declared.
    pub fn declared_at(&self) -> Option<Instant> {
        self.times.declared
    }

    /// A playbook in use.
    pub fn applied(&self, playbook: &str) -> Option<&AppliedPlaybook> {
        self.playbooks.iter().find(|applied| applied.playbook.id == playbook)
    }

    /// A message.
    pub fn message(&self, id: &str) -> Option<&MessageRecord> {
        self.messages.iter().find(|message| message.draft.message == id)
    }

    /// True where a review is expected: critical or high, or a playbook asks for one.
    pub fn needs_review(&self) -> bool {
        self.severity().is_some_and(|severity| severity.rank() <= 1)
            || self.playbooks.iter().any(|applied| applied.playbook.asks_for_review())
    }

    /// True where the incident touches this election. One without elections touches all.
    pub fn touches(&self, election: &str) -> bool {
        self.elections.is_empty() || self.elections.iter().any(|known| known.id == election)
    }

    /// Folds a whole journal.
    ///
    /// # Errors
    /// The number of the record that is refused (from 1), and why.
    pub fn replay<'a>(records: impl IntoIterator<Item = &'a IncidentRecord>) -> Result<Self, (usize, Refusal)> {
        let mut incident: Option<Self> = None;
        for (number, record) in (1..).zip(records) {
            match &mut incident {
                None => incident = Some(Self::open(record).map_err(|refusal| (number, refusal))?),
                Some(incident) => {
                    incident.apply(record).map_err(|refusal| (number, refusal))?;
                }
            }
        }
        incident.ok_or_else(|| {
            let refusal = Refusal::new(RefusalCode::Declaration, "the journal is empty", "declare an incident first");
            (0, refusal)
        })
    }
}
