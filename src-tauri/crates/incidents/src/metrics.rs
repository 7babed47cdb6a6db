//! Metrics over incidents, each with its number of incidents, median and 90th percentile, so that a mean of three
//! misleads nobody.
//!
//! Intervals are exact, in milliseconds. The median of an even number is the mean of the two in the middle, rounded down;
//! the 90th percentile is the smallest value that at least nine tenths do not exceed (nearest rank). An interval below
//! zero is an error in the data: listed, not averaged. False alarms and duplicates do not count; exercises are reported
//! apart. "MTTR" always says which: respond or resolve.

use std::collections::BTreeMap;

use domain::incident::{ClockKind, IncidentCategory, IncidentId, IncidentSeverity, IncidentStatus};
use domain::{Instant, Sha256Digest};
use serde::Serialize;

use crate::clocks::ClockState;
use crate::common::severity::{ReviewRules, Targets};
use crate::incident::event::IncidentTime;
use crate::incident::{ActionState, Incident};

/// What the metrics need of one incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct IncidentFigures {
    /// Number.
    pub id: IncidentId,
    /// Present severity.
    pub severity: IncidentSeverity,
    /// What it was about.
    pub category: IncidentCategory,
    /// Ids of the elections.
    pub elections: Vec<String>,
    /// System; may be empty.
    pub system: String,
    /// Present status.
    pub status: IncidentStatus,
    /// True for an exercise.
    pub is_drill: bool,
    /// Harm began; the earliest estimate.
    pub began: Option<Instant>,
    /// First sign noticed.
    pub detected: Option<Instant>,
    /// Reached the office.
    pub reported: Option<Instant>,
    /// First responder answered.
    pub acknowledged: Option<Instant>,
    /// First step of containment or investigation.
    pub first_action: Option<Instant>,
    /// Damage held.
    pub contained: Option<Instant>,
    /// Resolved for the last time.
    pub resolved: Option<Instant>,
    /// True where a review is expected.
    pub needs_review: bool,
    /// When the review is due.
    pub review_due: Option<Instant>,
    /// When it was held.
    pub review_held: Option<Instant>,
    /// Action items.
    pub actions: Vec<ActionFigure>,
    /// Clocks.
    pub clocks: Vec<ClockFigure>,
    /// Alarms of checks.
    pub alarms: Vec<AlarmFigure>,
}

/// An action item, as the metrics see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionFigure {
    /// Id.
    pub id: String,
    /// What is to be done.
    pub text: String,
    /// Who.
    pub owner: String,
    /// Until when.
    pub due: Instant,
    /// When it was done.
    pub done_at: Option<Instant>,
    /// True where it was given up.
    pub is_dropped: bool,
}

/// A clock, as the metrics see it: met in time, or missed. Running and ended ones are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockFigure {
    /// Which.
    pub kind: ClockKind,
    /// True where it was met in time.
    pub is_met: bool,
}

/// An alarm of a check, as the metrics see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlarmFigure {
    /// Function.
    pub check: String,
    /// True where it was closed as false.
    pub is_false: bool,
}

impl Incident {
    /// What the metrics need of this incident at `now`; `None` before the declaration.
    pub fn metric_figures(&self, now: Instant) -> Option<IncidentFigures> {
        let severity = self.severity()?;
        let clock = |clock: &crate::Clock| match clock.state(now) {
            ClockState::Met { .. } => Some(ClockFigure { kind: clock.kind, is_met: true }),
            ClockState::MetLate { .. } | ClockState::Overdue { .. } | ClockState::EndedLate { .. } => {
                Some(ClockFigure { kind: clock.kind, is_met: false })
            }
            ClockState::Running { .. } | ClockState::Paused { .. } | ClockState::Ended => None,
        };
        let clocks = self.clocks(now);
        let action = |action: &crate::incident::ActionItem| ActionFigure {
            id: action.id.clone(),
            text: action.text.clone(),
            owner: action.owner.clone(),
            due: action.due,
            done_at: match &action.state {
                ActionState::Done { at, .. } => Some(*at),
                ActionState::Open | ActionState::Dropped { .. } => None,
            },
            is_dropped: matches!(action.state, ActionState::Dropped { .. }),
        };
        let alarms = self.checks.iter().filter(|check| check.is_alarm());
        Some(IncidentFigures {
            id: self.id.clone(),
            severity,
            category: self.category,
            elections: self.elections.iter().map(|election| election.id.clone()).collect(),
            system: self.system.clone(),
            status: self.status(),
            is_drill: self.is_drill,
            began: self.times.at(IncidentTime::Began),
            detected: self.times.at(IncidentTime::Detected),
            reported: self.times.at(IncidentTime::Reported),
            acknowledged: self.times.at(IncidentTime::Acknowledged),
            first_action: self.times.at(IncidentTime::FirstAction),
            contained: self.times.at(IncidentTime::Contained),
            resolved: self.times.resolved,
            needs_review: self.needs_review(),
            review_due: clocks.iter().find(|clock| clock.kind == ClockKind::ReviewHeld).map(|clock| clock.due),
            review_held: self.review.held_at,
            actions: self.actions.iter().map(action).collect(),
            clocks: clocks.iter().filter_map(clock).collect(),
            alarms: alarms
                .map(|check| AlarmFigure {
                    check: check.run.function.clone(),
                    is_false: check.judged_false.as_ref().is_some_and(|(is_false, _)| *is_false),
                })
                .collect(),
        })
    }
}

/// A mean interval with what is needed to judge it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// Incidents with both times.
    pub n: usize,
    /// Incidents that lack one of them.
    pub without: usize,
    /// Sum in milliseconds.
    pub sum_ms: i64,
    /// Mean, rounded to the nearest millisecond; `None` without incidents.
    pub mean_ms: Option<i64>,
    /// Median.
    pub median_ms: Option<i64>,
    /// 90th percentile.
    pub p90_ms: Option<i64>,
    /// What it is compared with.
    pub target_ms: Option<i64>,
    /// Incidents whose times contradict one another; they are not in the figures.
    pub negative: Vec<IncidentId>,
}

impl Interval {
    /// The mean as `h:min`, rounded down; empty without incidents.
    pub fn mean_text(&self) -> String {
        self.mean_ms.map_or_else(String::new, hours_and_minutes)
    }
}

/// Milliseconds as `h:min`, rounded down.
pub fn hours_and_minutes(ms: i64) -> String {
    let minutes = ms.max(0) / 60_000;
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// A share, kept as two numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// Those that are.
    pub count: usize,
    /// Of all that could be.
    pub of: usize,
    /// The target in thousandths, where there is one.
    pub target_permille: Option<u32>,
}

impl Rate {
    fn add(&mut self, is_counted: bool) {
        self.of += 1;
        self.count += usize::from(is_counted);
    }

    /// Thousandths, rounded down; `None` where nothing could be.
    pub fn permille(self) -> Option<u64> {
        let (count, of) = (u64::try_from(self.count).ok()?, u64::try_from(self.of).ok()?);
        (of > 0).then(|| count * 1000 / of)
    }
}

/// An action item that is late.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverdueAction {
    /// Incident.
    pub incident: IncidentId,
    /// The item.
    pub action: ActionFigure,
}

/// The metrics of one set of incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct MetricsOf {
    /// Incidents counted.
    pub incidents: usize,
    /// Began to detected.
    pub mttd: Interval,
    /// Detected to first action.
    pub mttr_respond: Interval,
    /// Reported to acknowledged.
    pub mtta: Interval,
    /// Detected to contained.
    pub mttc: Interval,
    /// Detected to resolved.
    pub mttr_resolve: Interval,
    /// Detected to resolved, by severity.
    pub mttr_resolve_by_severity: BTreeMap<IncidentSeverity, Interval>,
    /// Reviews held of resolved incidents that need one. An incident counts once its review was held or is past due.
    pub reviews: Rate,
    /// Reviews held in time, of the same incidents.
    pub reviews_in_time: Rate,
    /// Action items done, of those due.
    pub actions: Rate,
    /// Action items that are due and not done.
    pub overdue_actions: Vec<OverdueAction>,
    /// Clocks met in time, of those that ended or are past due, by kind.
    pub clocks: BTreeMap<ClockKind, Rate>,
    /// Updates given in time, of those due.
    pub updates: Rate,
    /// Alarms closed as false, of all alarms, by check.
    pub false_alarms_of_checks: BTreeMap<String, Rate>,
    /// Incidents by severity.
    pub by_severity: BTreeMap<IncidentSeverity, usize>,
    /// Incidents by category.
    pub by_category: BTreeMap<IncidentCategory, usize>,
    /// Incidents by election; one that touches several counts for each.
    pub by_election: BTreeMap<String, usize>,
    /// Incidents by system.
    pub by_system: BTreeMap<String, usize>,
}

/// The metrics of all incidents given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// At which time.
    pub at: Instant,
    /// Of real incidents.
    pub incidents: MetricsOf,
    /// Of exercises.
    pub drills: MetricsOf,
    /// False alarms that were left out.
    pub false_alarms: usize,
    /// Duplicates that were left out.
    pub duplicates: usize,
    /// SHA-256 over the figures, as JSON, that the metrics were made from.
    pub made_from: Sha256Digest,
}

/// Computes all metrics at `now`.
pub fn metrics(all: &[IncidentFigures], targets: &Targets, review: &ReviewRules, now: Instant) -> Metrics {
    let with = |status: IncidentStatus| all.iter().filter(|one| one.status == status && !one.is_drill).count();
    let counted = |is_drill: bool| -> Vec<&IncidentFigures> {
        all.iter()
            .filter(|one| one.is_drill == is_drill)
            .filter(|one| !matches!(one.status, IncidentStatus::FalseAlarm | IncidentStatus::Duplicate))
            .collect()
    };
    let json = serde_json::to_vec(all).unwrap_or_default();
    Metrics {
        at: now,
        incidents: metrics_of(&counted(false), targets, review, now),
        drills: metrics_of(&counted(true), targets, review, now),
        false_alarms: with(IncidentStatus::FalseAlarm),
        duplicates: with(IncidentStatus::Duplicate),
        made_from: crate::library::sha256(&json),
    }
}

type Time = fn(&IncidentFigures) -> Option<Instant>;

fn metrics_of(all: &[&IncidentFigures], targets: &Targets, review: &ReviewRules, now: Instant) -> MetricsOf {
    let began: Time = |one| one.began;
    let detected: Time = |one| one.detected;
    let resolved: Time = |one| one.resolved;
    let minutes = |minutes: u32| Some(i64::from(minutes) * 60_000);
    let mut found = MetricsOf {
        incidents: all.len(),
        mttd: interval(all, began, detected, minutes(targets.mttd_min)),
        mttr_respond: interval(all, detected, |one| one.first_action, minutes(targets.mttr_respond_min)),
        mtta: interval(all, |one| one.reported, |one| one.acknowledged, None),
        mttc: interval(all, detected, |one| one.contained, None),
        mttr_resolve: interval(all, detected, resolved, None),
        ..MetricsOf::default()
    };
    for severity in IncidentSeverity::ALL {
        let of_one: Vec<&IncidentFigures> = all.iter().copied().filter(|one| one.severity == *severity).collect();
        if !of_one.is_empty() {
            let is_critical = *severity == IncidentSeverity::Critical;
            let target = minutes(targets.mttr_resolve_critical_min).filter(|_| is_critical);
            let by_severity = interval(&of_one, detected, resolved, target);
            found.mttr_resolve_by_severity.insert(*severity, by_severity);
            found.by_severity.insert(*severity, of_one.len());
        }
    }
    found.reviews.target_permille = Some(review.completion_target_permille);
    found.actions.target_permille = Some(review.action_items_target_permille);
    for one in all {
        count_review(&mut found, one, now);
        for action in one.actions.iter().filter(|action| !action.is_dropped && action.due <= now) {
            let is_done = action.done_at.is_some_and(|at| at <= now);
            found.actions.add(is_done);
            if !is_done {
                found.overdue_actions.push(OverdueAction { incident: one.id.clone(), action: action.clone() });
            }
        }
        for clock in &one.clocks {
            found.clocks.entry(clock.kind).or_default().add(clock.is_met);
            if clock.kind == ClockKind::Update {
                found.updates.add(clock.is_met);
            }
        }
        for alarm in &one.alarms {
            found.false_alarms_of_checks.entry(alarm.check.clone()).or_default().add(alarm.is_false);
        }
        *found.by_category.entry(one.category).or_default() += 1;
        for election in &one.elections {
            *found.by_election.entry(election.clone()).or_default() += 1;
        }
        if !one.system.is_empty() {
            *found.by_system.entry(one.system.clone()).or_default() += 1;
        }
    }
    found
        .overdue_actions
        .sort_by(|a, b| (a.action.due, &a.incident, &a.action.id).cmp(&(b.action.due, &b.incident, &b.action.id)));
    found
}

fn count_review(found: &mut MetricsOf, one: &IncidentFigures, now: Instant) {
    let is_inside = one.review_due.is_none_or(|due| now <= due);
    if !one.needs_review || one.resolved.is_none() || one.review_held.is_none() && is_inside {
        return;
    }
    found.reviews.add(one.review_held.is_some());
    let in_time = one.review_held.zip(one.review_due).is_some_and(|(held, due)| held <= due);
    found.reviews_in_time.add(in_time);
}

fn interval(all: &[&IncidentFigures], from: Time, to: Time, target_ms: Option<i64>) -> Interval {
    let mut found = Interval { target_ms, ..Interval::default() };
    let mut spans: Vec<i64> = Vec::new();
    for one in all {
        match from(one).zip(to(one)) {
            None => found.without += 1,
            Some((from, to)) if to < from => found.negative.push(one.id.clone()),
            Some((from, to)) => spans.push(to.micros.saturating_sub(from.micros) / 1000),
        }
    }
    spans.sort_unstable();
    found.n = spans.len();
    found.sum_ms = spans.iter().fold(0_i64, |sum, span| sum.saturating_add(*span));
    let Ok(n) = i64::try_from(spans.len()) else { return found };
    if n == 0 {
        return found;
    }
    found.mean_ms = Some(found.sum_ms.saturating_add(n / 2) / n);
    let middle = spans.len() / 2;
    found.median_ms = if spans.len().is_multiple_of(2) {
        Some(spans[middle - 1] + (spans[middle] - spans[middle - 1]) / 2)
    } else {
        Some(spans[middle])
    };
    // The rank of the 90th percentile is nine tenths of n, rounded up.
    found.p90_ms = spans.get((spans.len() * 9).div_ceil(10) - 1).copied();
    found
}
