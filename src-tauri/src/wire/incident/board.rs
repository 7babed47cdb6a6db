//! One incident: who, where it stands, its clocks. The rest of the board is in `work` and `story`.

use serde::Serialize;
use ts_rs::TS;
use workflow::incident::incidents::incident::Obstacle;
use workflow::incident::incidents::incident::event::IncidentTime;
use workflow::incident::incidents::{ClockState, Library};
use workflow::incident::{ClockView, IncidentView};

use super::held::{ConditionView, HeldBack, override_sentence};
use super::story::{EntryView, IncidentMessage, IncidentReview};
use super::work::{
    CheckView, ChecklistBox, DecisionAsked, DecisionTaken, MissingEvidence, PlaybookView, StepLine, WatchLine,
};
use super::{GravityWord, IncidentElection, iso, word};

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClockWord {
    /// Time is left.
    Running,
    /// It stands still.
    Paused,
    /// Past its due time and not met.
    Overdue,
    /// Met in time.
    Met,
    /// Met too late.
    MetLate,
    /// Replaced or no longer needed.
    Ended,
    /// The same after it was due.
    EndedLate,
}

/// A clock as it stands.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClockLine {
    /// Id.
    pub id: String,
    /// Word of its kind.
    pub kind: String,
    /// What it is about.
    pub title: String,
    /// When it began.
    pub start: String,
    /// When it is due.
    pub due: String,
    /// How it stands.
    pub state: ClockWord,
    /// Seconds left, or seconds late.
    pub seconds: i64,
}

/// The clocks of an incident at one time, for a look every few seconds.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ClocksView {
    /// At which time.
    pub now: String,
    /// Records of the journal: another number means that the rest of the board changed too.
    pub records: u64,
    /// Word of the phase.
    pub phase: Option<String>,
    /// The clocks that run or were missed.
    pub clocks: Vec<ClockLine>,
}

impl From<&ClockView> for ClockLine {
    fn from(view: &ClockView) -> Self {
        let (state, seconds) = match view.state {
            ClockState::Running { left_s } => (ClockWord::Running, left_s),
            ClockState::Paused { left_s } => (ClockWord::Paused, left_s),
            ClockState::Overdue { by_s } => (ClockWord::Overdue, by_s),
            ClockState::Met { left_s } => (ClockWord::Met, left_s),
            ClockState::MetLate { by_s } => (ClockWord::MetLate, by_s),
            ClockState::Ended => (ClockWord::Ended, 0),
            ClockState::EndedLate { by_s } => (ClockWord::EndedLate, by_s),
        };
        let clock = &view.clock;
        Self {
            id: clock.id.clone(),
            kind: clock.kind.word().to_owned(),
            title: clock.title.clone(),
            start: clock.start.to_iso(),
            due: clock.due.to_iso(),
            state,
            seconds,
        }
    }
}

impl From<&IncidentView> for ClocksView {
    fn from(view: &IncidentView) -> Self {
        Self {
            now: view.now.to_iso(),
            records: super::super::count(view.records),
            phase: view.phase.map(|phase| phase.word().to_owned()),
            clocks: view.clocks.iter().map(ClockLine::from).collect(),
        }
    }
}

/// A role and who holds it.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RoleLine {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// What the person does.
    pub duties: Vec<String>,
    /// Who; null for nobody.
    pub person: Option<String>,
    /// True where somebody must hold it at this severity.
    pub is_required: bool,
}

/// Somebody of the ladder or beside it.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CallLine {
    /// Level; 0 beside the ladder.
    pub level: u32,
    /// Role.
    pub role: String,
    /// Person.
    pub person: String,
    /// By which way.
    pub method: String,
    /// Why.
    pub reason: String,
    /// When the call was made.
    pub tried_at: String,
    /// When the person took it.
    pub acknowledged_at: Option<String>,
}

/// A reason to call the next level.
#[derive(Clone, Debug, Serialize, TS)]
pub struct CallProposed {
    /// Level; null for the next that was not called.
    pub level: Option<u32>,
    /// Why.
    pub reason: String,
    /// From when on.
    pub since: Option<String>,
}

/// A time of the incident.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TimeLine {
    /// Word of the time.
    pub time: String,
    /// When; null where it is not known.
    pub at: Option<String>,
    /// True where a person entered it.
    pub is_entered: bool,
}

/// Everything that is known about an incident now.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BoardView {
    /// Number.
    pub id: String,
    /// One line.
    pub title: String,
    /// What is seen.
    pub description: String,
    /// What it is about, in a word.
    pub category: String,
    /// An exercise.
    pub is_drill: bool,
    /// Word of the status.
    pub status: String,
    /// The status in the words of notices.
    pub external_status: String,
    /// True while it is declared and not resolved.
    pub is_open: bool,
    /// True once it is closed, a false alarm or a duplicate.
    pub is_final: bool,
    /// Severity; null before the declaration.
    pub severity: Option<GravityWord>,
    /// Severity with the label in which it was reported.
    pub severity_label: String,
    /// True while the severity is a precaution.
    pub is_provisional: bool,
    /// Name of its channel.
    pub channel: Option<String>,
    /// When it was declared.
    pub declared_at: Option<String>,
    /// When it was resolved.
    pub resolved_at: Option<String>,
    /// Elections concerned.
    pub elections: Vec<IncidentElection>,
    /// Clocks.
    pub clocks: ClocksView,
    /// True once the first responder answered.
    pub is_acknowledged: bool,
    /// Roles.
    pub roles: Vec<RoleLine>,
    /// Persons who are part of the matter, with why.
    pub conflicts: Vec<(String, String)>,
    /// Who may see it; empty for everybody.
    pub access: Vec<String>,
    /// Calls, the oldest first.
    pub calls: Vec<CallLine>,
    /// Reasons to call.
    pub proposals: Vec<CallProposed>,
    /// Contacts and services that still hold shipped examples.
    pub warnings: Vec<String>,
    /// Playbooks in use.
    pub playbooks: Vec<PlaybookView>,
    /// Checklists that fit now.
    pub checklists: Vec<ChecklistBox>,
    /// Every step.
    pub steps: Vec<StepLine>,
    /// Questions that playbooks ask.
    pub questions: Vec<DecisionAsked>,
    /// Decisions that were taken, the oldest first.
    pub decisions: Vec<DecisionTaken>,
    /// Checks that were run, the oldest first.
    pub checks: Vec<CheckView>,
    /// What is held back.
    pub held: Vec<HeldBack>,
    /// Overrides, in sentences.
    pub overrides: Vec<String>,
    /// Circumstances that guards look at.
    pub conditions: Vec<ConditionView>,
    /// Figures to watch.
    pub watch: Vec<WatchLine>,
    /// Required evidence of the playbooks that is missing.
    pub missing: Vec<MissingEvidence>,
    /// Items of the locker that belong to it: id and what it is.
    pub evidence: Vec<(String, String)>,
    /// Messages.
    pub messages: Vec<IncidentMessage>,
    /// The timeline, in the order of what happened.
    pub timeline: Vec<EntryView>,
    /// The review with its action items.
    pub review: IncidentReview,
    /// Times of the incident.
    pub times: Vec<TimeLine>,
    /// How long it may still take.
    pub estimate: Option<String>,
    /// The cause, once it is known.
    pub cause: Option<String>,
    /// What is left to do before it can be closed: kind and text.
    pub obstacles: Vec<(String, String)>,
    /// Statuses that can be set now.
    pub possible: Vec<String>,
    /// Hash of the newest record.
    pub journal_head: String,
}

/// The kind of an obstacle, and what it is about.
fn obstacle(one: &Obstacle) -> (String, String) {
    let (kind, text) = match one {
        Obstacle::Step { text, .. } => ("step", text.as_str()),
        Obstacle::Decision { text, .. } => ("decision", text.as_str()),
        Obstacle::Condition { text, .. } => ("condition", text.as_str()),
        Obstacle::Evidence { text, .. } => ("evidence", text.as_str()),
        Obstacle::Hold { hold } => ("hold", hold.as_str()),
        Obstacle::Review => ("review", ""),
        Obstacle::AuthorityNotice => ("authority_notice", ""),
    };
    (kind.to_owned(), text.to_owned())
}

impl BoardView {
    /// Puts the board together.
    pub fn new(view: &IncidentView, library: &Library) -> Self {
        let incident = &view.incident;
        let last = incident.severities.last();
        let vacant = |id: &str| view.vacant_roles.iter().any(|(known, _)| known == id);
        let roles = library.contacts.roles.iter().map(|role| RoleLine {
            id: role.id.clone(),
            title: role.title.clone(),
            duties: role.duties.clone(),
            person: incident.roles.get(&role.id).cloned(),
            is_required: vacant(&role.id),
        });
        let calls = incident.escalations.iter().map(|call| CallLine {
            level: call.level,
            role: call.role.clone(),
            person: call.person.clone(),
            method: call.method.clone(),
            reason: call.reason.clone(),
            tried_at: call.tried_at.to_iso(),
            acknowledged_at: iso(call.acknowledged_at),
        });
        let proposals = view.escalation.iter().map(|one| CallProposed {
            level: one.level,
            reason: one.reason.clone(),
            since: iso(one.since),
        });
        let times = [
            IncidentTime::Began,
            IncidentTime::Detected,
            IncidentTime::Reported,
            IncidentTime::Acknowledged,
            IncidentTime::FirstAction,
            IncidentTime::Contained,
        ];
        let times = times.into_iter().map(|time| {
            let known = incident.times.known.get(&time);
            TimeLine {
                time: word(&time),
                at: known.map(|stamp| stamp.at.to_iso()),
                is_entered: known.is_some_and(|stamp| stamp.is_entered),
            }
        });
        let active = incident.conflicts.iter().filter(|conflict| conflict.lifted.is_none());
        Self {
            id: incident.id.to_string(),
            title: incident.title.clone(),
            description: incident.description.clone(),
            category: incident.category.word().to_owned(),
            is_drill: incident.is_drill,
            status: incident.status().word().to_owned(),
            external_status: view.external_status.clone(),
            is_open: incident.status().is_open(),
            is_final: incident.status().is_final(),
            severity: incident.severity().map(GravityWord::from),
            severity_label: view.severity_label.clone(),
            is_provisional: last.is_some_and(|entry| entry.provisional),
            channel: view.channel.clone(),
            declared_at: iso(incident.declared_at()),
            resolved_at: iso(incident.times.resolved),
            elections: incident.elections.iter().map(IncidentElection::from).collect(),
            clocks: ClocksView::from(view),
            is_acknowledged: incident.times.at(IncidentTime::Acknowledged).is_some(),
            roles: roles.collect(),
            conflicts: active.map(|conflict| (conflict.person.clone(), conflict.reason.clone())).collect(),
            access: incident.access.clone(),
            calls: calls.collect(),
            proposals: proposals.collect(),
            warnings: view.warnings.clone(),
            playbooks: PlaybookView::all(incident),
            checklists: view.checklists.iter().map(|list| ChecklistBox::new(list, library)).collect(),
            steps: view.steps.iter().map(|step| StepLine::new(step, incident, library)).collect(),
            questions: DecisionAsked::all(incident, library),
            decisions: incident.decisions.iter().map(DecisionTaken::from).collect(),
            checks: incident.checks.iter().map(CheckView::from).collect(),
            held: HeldBack::all(view),
            overrides: incident.overrides.iter().map(override_sentence).collect(),
            conditions: ConditionView::all(incident),
            watch: WatchLine::all(incident, library),
            missing: MissingEvidence::all(incident),
            evidence: incident.evidence.iter().map(|item| (item.id.clone(), item.what.clone())).collect(),
            messages: incident.messages.iter().map(IncidentMessage::from).collect(),
            timeline: EntryView::all(incident),
            review: IncidentReview::new(incident, library),
            times: times.collect(),
            estimate: incident.estimate.as_ref().map(|estimate| estimate.text.clone()),
            cause: incident.cause.clone(),
            obstacles: view.obstacles.iter().map(obstacle).collect(),
            possible: view.possible_statuses.iter().map(|status| status.word().to_owned()).collect(),
            journal_head: view.journal_head.clone(),
        }
    }
}
