//! What a board shows: steps, checklists of the phase, proposals to escalate or to change the severity, words outside.

use domain::Instant;
use domain::incident::{ClockKind, IncidentStatus, ResponsePhase, StepState};
use serde::Serialize;

use super::event::{Condition, IncidentTime};
use super::steps::Applies;
use super::{ChecklistMark, Incident, StepRecord};
use crate::clocks::AUTHORITY_NOTICE;
use crate::common::checklists::{Checklist, ChecklistItem, FIRST_LOOK};
use crate::common::contacts::Role;
use crate::library::Library;
use crate::playbook::Step;

/// A step as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StepView {
    /// Playbook.
    pub playbook: String,
    /// The step.
    pub step: Step,
    /// How it stands.
    pub state: StepState,
    /// The decision that it waits for; shown greyed.
    pub waits_for: Option<String>,
    /// When it is due.
    pub due: Option<Instant>,
    /// What was done.
    pub record: Option<StepRecord>,
}

/// A checklist as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChecklistView {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// True where the items follow one another.
    pub order_matters: bool,
    /// The items.
    pub items: Vec<ChecklistItemView>,
}

/// An item as it stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChecklistItemView {
    /// The item.
    pub item: ChecklistItem,
    /// Whether it was ticked.
    pub mark: Option<ChecklistMark>,
    /// When it is due.
    pub due: Option<Instant>,
}

/// A reason to call the next level. Nothing is done by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EscalationProposal {
    /// Level of the ladder; `None` for the next one that was not called.
    pub level: Option<u32>,
    /// Role of this level; empty where the level is open.
    pub role: String,
    /// Why.
    pub reason: String,
    /// From when on.
    pub since: Option<Instant>,
}

const CLOSING_SOON_SECONDS: i64 = 6 * 3600;

impl Incident {
    /// Every step of every playbook in use, in order.
    pub fn steps(&self) -> Vec<StepView> {
        let mut views = Vec::new();
        for applied in &self.playbooks {
            for step in &applied.playbook.steps {
                let waits_for = match applied.applies(step) {
                    Applies::Undecided(decision) => Some(decision),
                    Applies::Yes | Applies::No(_) => None,
                };
                views.push(StepView {
                    playbook: applied.playbook.id.clone(),
                    step: step.clone(),
                    state: applied.state_of(step),
                    waits_for,
                    due: step.due.and_then(|due| self.due_at(due, applied.applied_at)).map(|(_, due)| due),
                    record: applied.steps.get(&step.id).cloned(),
                });
            }
        }
        views
    }

    /// The phase that the time since the declaration falls into; the last one goes on until the end.
    pub fn phase_at(&self, library: &Library, now: Instant) -> Option<ResponsePhase> {
        let minutes = now.seconds().saturating_sub(self.times.declared?.seconds()).div_euclid(60);
        let spans = &library.severity.phases;
        let current = spans.iter().find(|span| minutes < i64::from(span.to_min));
        current.or(spans.last()).map(|span| span.phase)
    }

    /// A checklist with its marks; `None` where it is not for this severity.
    pub fn checklist(&self, list: &Checklist) -> Option<ChecklistView> {
        let is_for_it = list.applies_to.is_empty() || self.severity().is_some_and(|one| list.applies_to.contains(&one));
        let declared = self.times.declared?;
        is_for_it.then(|| ChecklistView {
            id: list.id.clone(),
            title: list.title.clone(),
            order_matters: list.order_matters,
            items: list
                .items
                .iter()
                .map(|item| ChecklistItemView {
                    item: item.clone(),
                    mark: self.checklist_items.get(&format!("{}/{}", list.id, item.id)).cloned(),
                    due: item.due.and_then(|due| self.due_at(due, declared)).map(|(_, due)| due),
                })
                .collect(),
        })
    }

    /// The lists that fit now: the first look, the declaration where it is grave, the phase, and after the resolution
    /// the lists for that.
    pub fn checklists_now(&self, library: &Library, now: Instant) -> Vec<ChecklistView> {
        let phase = self.phase_at(library, now);
        let is_over = self.times.resolved.is_some();
        let is_wanted = |list: &&Checklist| match list.id.as_str() {
            FIRST_LOOK | "declaration" => !is_over && phase == Some(ResponsePhase::Triage),
            "restored" | "post-incident" => is_over,
            _ => list.phase.is_some() && list.phase == phase,
        };
        library.checklists.iter().filter(is_wanted).filter_map(|list| self.checklist(list)).collect()
    }

    /// Roles that must be held at this severity and are not.
    pub fn vacant_roles<'a>(&self, library: &'a Library) -> Vec<&'a Role> {
        let Some(severity) = self.severity() else { return Vec::new() };
        let roles = library.contacts.roles.iter();
        roles
            .filter(|role| role.required_from.is_some_and(|from| severity.rank() <= from.rank()))
            .filter(|role| !self.roles.contains_key(&role.id))
            .collect()
    }

    /// The word for the status in notices: `Investigating`, `Identified`, `Implementing fix`, `Resolved`.
    pub fn external_status(&self, library: &Library) -> String {
        let id = match self.status() {
            IncidentStatus::Reported | IncidentStatus::Declared | IncidentStatus::Investigating => {
                if self.cause.is_some() { "identified" } else { "investigating" }
            }
            IncidentStatus::Contained => "contained",
            IncidentStatus::Monitoring => "monitoring",
            IncidentStatus::Resolved
            | IncidentStatus::Reviewed
            | IncidentStatus::Closed
            | IncidentStatus::FalseAlarm
            | IncidentStatus::Duplicate => "resolved",
        };
        let words = &library.severity.status_words;
        words.iter().find(|word| word.id == id).map_or_else(|| id.to_owned(), |word| word.external.clone())
    }

    /// Name of the channel of the incident: the template of the contacts with the time of the declaration in UTC.
    /// `None` before the declaration, and below high.
    pub fn channel_name(&self, library: &Library) -> Option<String> {
        let declared = self.times.declared?;
        self.severity().filter(|severity| severity.rank() <= 1)?;
        let channel = library.contacts.channels.iter().find(|channel| channel.id == "incident")?;
        let text = declared.to_utc().date_and_time('T');
        let (date, time) = text.split_once('T')?;
        let hhmm: String = time.chars().filter(char::is_ascii_digit).take(4).collect();
        Some(channel.name.replace("{{declared_date}}", date).replace("{{declared_hhmm}}", &hhmm))
    }

    /// Reasons to call the next level, seen at `now`. `next_close` is the nearest end of voting of an open election
    /// that the incident touches.
    pub fn escalation_proposals(&self, now: Instant, next_close: Option<Instant>) -> Vec<EscalationProposal> {
        let mut proposals = Vec::new();
        let Some(figures) = self.figures.as_ref().filter(|_| self.status().is_open()) else { return proposals };
        self.propose_ladder(figures, now, &mut proposals);
        let mut propose = |reason: &str, since: Option<Instant>| {
            proposals.push(EscalationProposal { level: None, role: String::new(), reason: reason.to_owned(), since });
        };
        let raised = self.severities.windows(2).rfind(|pair| pair[1].severity.is_above(pair[0].severity));
        if let Some([_, raised]) = raised {
            propose("The severity was raised", Some(raised.at));
        }
        for clock in self.clocks(now).iter().filter(|clock| clock.met_at.is_none() && clock.ended_at.is_none()) {
            if clock.due >= now {
                continue;
            }
            match clock.kind {
                ClockKind::Respond => propose("Nobody responded in time", Some(clock.due)),
                ClockKind::Update => propose("An update is overdue", Some(clock.due)),
                ClockKind::Resolve => propose("The target for the resolution is past", Some(clock.due)),
                _ => {}
            }
        }
        if let Some(check) = self
            .checks
            .iter()
            .rfind(|check| check.run.result == domain::incident::CheckResult::Fail && check.judged_false.is_none())
        {
            propose(&format!("A check failed: {}", check.run.function), Some(check.at));
        }
        for (function, what) in [("act.retry_close_once", "closing"), ("act.retry_tally_once", "counting")] {
            if let Some(at) = self.failed_retry(function) {
                propose(&format!("The retry of {what} failed"), Some(at));
            }
        }
        if let Some(conflict) = self.conflicts.iter().find(|conflict| conflict.lifted.is_none()) {
            let reason = format!("{} is part of the matter: escalate around this person", conflict.person);
            propose(&reason, Some(conflict.since));
        }
        if let Some(clock) =
            self.named_clocks.iter().find(|clock| clock.id == AUTHORITY_NOTICE && clock.met_at.is_none())
        {
            propose("Personal data is concerned", Some(clock.start));
        }
        let left = next_close.map(|close| close.seconds().saturating_sub(now.seconds()));
        if left.is_some_and(|left| (0..=CLOSING_SOON_SECONDS).contains(&left)) {
            propose("Voting ends within six hours", None);
        }
        if self.elections.len() > 1 {
            propose("More than one election is concerned", None);
        }
        if let Some(custody) = self.custody.iter().rfind(|record| record.entry.hash_agreed == Some(false)) {
            propose(&format!("The evidence {} does not have its hash", custody.entry.evidence), Some(custody.at));
        }
        if self.has_condition(Condition::CorruptionSuspected) {
            propose("Stored data may be damaged", None);
        }
        proposals
    }

    /// When a step that is the single retry was done without success.
    fn failed_retry(&self, function: &str) -> Option<Instant> {
        self.playbooks.iter().find_map(|applied| {
            let step = applied.playbook.steps.iter().find(|step| step.auto.as_deref() == Some(function))?;
            let record = applied.steps.get(&step.id).filter(|record| record.state == StepState::Done)?;
            let asked = applied.playbook.decisions.iter().find(|decision| decision.after_step == step.id);
            let failed = asked.is_some_and(|asked| {
                applied.chosen.get(&asked.id).is_some_and(|option| matches!(option.as_str(), "no" | "failed"))
            });
            failed.then_some(record.at)
        })
    }

    fn propose_ladder(
        &self,
        figures: &crate::clocks::ClockFigures,
        now: Instant,
        proposals: &mut Vec<EscalationProposal>,
    ) {
        let Some(reported) = self.times.at(IncidentTime::Reported) else { return };
        let is_answered = self.times.at(IncidentTime::Acknowledged).is_some();
        let roles = ["primary", "secondary", "manager", "director"];
        for ((level, minutes), role) in (1_u32..).zip(&figures.ladder_min).zip(roles) {
            let was_called = self.escalations.iter().any(|call| call.level == level);
            let (start, is_wanted) = match level {
                1 => (reported, !is_answered),
                2 | 3 => (reported, !is_answered),
                _ => {
                    let critical = self.severities.iter().rev();
                    let since = critical
                        .take_while(|entry| entry.severity == domain::IncidentSeverity::Critical)
                        .last()
                        .map(|entry| entry.at);
                    (since.unwrap_or(now), since.is_some())
                }
            };
            let due = crate::clocks::after_minutes(start, *minutes);
            if is_wanted && !was_called && now >= due {
                let reason = match level {
                    1 => "The first responder is called at once".to_owned(),
                    2 | 3 => format!("No acknowledgement within {minutes} minutes"),
                    _ => format!("Critical and unresolved for {minutes} minutes"),
                };
                let (level, role) = (Some(level), role.to_owned());
                proposals.push(EscalationProposal { level, role, reason, since: Some(due) });
            }
        }
    }
}
