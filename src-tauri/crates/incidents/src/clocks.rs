//! Clocks: start, due time, met or missed, to the second, computed from stored instants only.
//!
//! Nothing runs: the same records give the same clocks after a restart, after sleep, and whatever the local time does. All
//! arithmetic is in UTC. What is computed for an incident is in `incident/clocks.rs`; here are the figures and the rules.
//!
//! * A change of severity starts a new clock from the change. A raised incident keeps the running due time where that is
//!   earlier.
//! * A pause moves the due time by its length. It saves no clock that was missed before it began, and the notice to the
//!   authority cannot be paused.
//! * What is met exactly at its due time is met.

use std::collections::BTreeMap;

use domain::Instant;
use domain::incident::{ClockKind, IncidentSeverity};
use serde::{Deserialize, Serialize};

use crate::common::checklists::FIRST_LOOK;
use crate::library::Library;

/// Hours from awareness of a personal data breach to the notice to the authority (GDPR, article 33).
pub const AUTHORITY_NOTICE_MINUTES: u32 = 72 * 60;

/// Minutes to the notice to voters: critical within an hour, high within four.
const VOTER_NOTICE_MINUTES: [(IncidentSeverity, u32); 2] =
    [(IncidentSeverity::Critical, 60), (IncidentSeverity::High, 240)];

/// The id of the clock for the notice to the authority.
pub const AUTHORITY_NOTICE: &str = "authority_notice";

/// The minutes of all clocks as they were when an incident was declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClockFigures {
    /// Name of the profile; empty for the usual figures.
    pub profile: String,
    /// To the first responder's action, from the report.
    pub respond_min: BTreeMap<IncidentSeverity, u32>,
    /// To the resolution, from the declaration.
    pub resolve_min: BTreeMap<IncidentSeverity, u32>,
    /// Between updates.
    pub update_min: BTreeMap<IncidentSeverity, u32>,
    /// To the notice to voters, from the declaration; no entry means none.
    pub voter_notice_min: BTreeMap<IncidentSeverity, u32>,
    /// To the acknowledgement whatever the severity, where the profile asks for it instead of `respond_min`.
    pub acknowledge_min: Option<u32>,
    /// To the end of the first look.
    pub first_look_min: u32,
    /// Required items of the first look.
    pub first_look_items: Vec<String>,
    /// After which each level of the ladder is called, from the report; the last is for critical incidents that last.
    pub ladder_min: Vec<u32>,
    /// To a date for the review, from the resolution, for critical and high.
    pub review_schedule_min: u32,
    /// To the review, from the resolution.
    pub review_hold_min: u32,
    /// To the review in working days, instead of `review_hold_min`.
    pub review_hold_business_days: Option<u32>,
    /// To the notice to the authority, from awareness.
    pub authority_notice_min: u32,
    /// For an action item without a date of its own, in days.
    pub action_days: u32,
}

impl ClockFigures {
    /// The figures of the severity file, with a profile of it (`ps-plan`, `ps-oncall`, ...) where one is named.
    ///
    /// # Errors
    /// A sentence that lists the profiles, where there is none of this name.
    pub fn from_library(library: &Library, profile: Option<&str>) -> Result<Self, String> {
        let table = &library.severity;
        let by_level = |minutes: fn(&crate::common::severity::Level) -> u32| {
            table.levels.iter().map(|level| (level.severity, minutes(level))).collect::<BTreeMap<_, _>>()
        };
        let first_look_items = library.checklist(FIRST_LOOK).map_or_else(Vec::new, |list| {
            list.items.iter().filter(|item| item.required).map(|item| item.id.clone()).collect()
        });
        let mut figures = Self {
            profile: String::new(),
            respond_min: by_level(|level| level.respond_within_min),
            resolve_min: by_level(|level| level.resolve_target_min),
            update_min: by_level(|level| level.update_every_min),
            voter_notice_min: VOTER_NOTICE_MINUTES.into_iter().collect(),
            acknowledge_min: None,
            first_look_min: table.communication.first_assessment_within_min,
            first_look_items,
            ladder_min: table.ladder.iter().map(|step| step.after_min).collect(),
            review_schedule_min: table.review.schedule_within_min,
            review_hold_min: table.review.hold_within_min,
            review_hold_business_days: None,
            authority_notice_min: AUTHORITY_NOTICE_MINUTES,
            action_days: table.review.action_items_target_days,
        };
        let Some(name) = profile.filter(|name| !name.is_empty()) else { return Ok(figures) };
        let Some(alternative) = table.alternatives.get(name) else {
            let known = table.alternatives.keys().cloned().collect::<Vec<_>>().join(", ");
            return Err(format!("There is no profile \"{name}\"; write one of {known}"));
        };
        figures.profile = name.to_owned();
        figures.update_min.extend(&alternative.update_every_min);
        figures.acknowledge_min = alternative.acknowledge_within_min;
        for (level, minutes) in figures.ladder_min.iter_mut().skip(1).zip(alternative.ladder_after_min) {
            *level = minutes.unwrap_or(*level);
        }
        figures.review_hold_business_days = alternative.review_within_business_days;
        Ok(figures)
    }

    pub(crate) fn respond(&self, severity: IncidentSeverity) -> Option<u32> {
        self.acknowledge_min.or_else(|| self.respond_min.get(&severity).copied())
    }

    /// The due time of a review after a resolution.
    pub(crate) fn review_due(&self, resolved_at: Instant) -> Instant {
        match self.review_hold_business_days {
            Some(days) => after_business_days(resolved_at, days),
            None => after_minutes(resolved_at, self.review_hold_min),
        }
    }
}

/// `minutes` after an instant.
pub fn after_minutes(from: Instant, minutes: u32) -> Instant {
    Instant { micros: from.micros.saturating_add(i64::from(minutes) * 60_000_000) }
}

/// The same time of day, so many working days later; Saturday and Sunday in UTC do not count.
pub fn after_business_days(from: Instant, days: u32) -> Instant {
    const DAY: i64 = 86_400_000_000;
    // 1970-01-01 was a Thursday; Monday is 0.
    let weekday = |micros: i64| (micros.div_euclid(DAY) + 3).rem_euclid(7);
    let mut micros = from.micros;
    // From a weekend one counts as from the Friday before.
    micros = micros.saturating_sub((weekday(micros) - 4).max(0) * DAY);
    // Whole weeks at once, so that a large number takes no time.
    micros = micros.saturating_add(i64::from(days / 5) * 7 * DAY);
    for _ in 0..days % 5 {
        let step = if weekday(micros) == 4 { 3 } else { 1 };
        micros = micros.saturating_add(step * DAY);
    }
    Instant { micros }
}

/// A span during which a clock stood still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pause {
    /// From when.
    pub from: Instant,
    /// Until when; `None` while it lasts.
    pub to: Option<Instant>,
    /// Why.
    pub reason: String,
    /// Who paused it.
    pub by: String,
}

/// One clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Clock {
    /// Stable: the word of the kind, `step:PLAYBOOK/STEP`, `action:ID` or a name of its own.
    pub id: String,
    /// Which clock.
    pub kind: ClockKind,
    /// What it is about, in words.
    pub title: String,
    /// Start event.
    pub start: Instant,
    /// Due time, pauses included.
    pub due: Instant,
    /// When it was met.
    pub met_at: Option<Instant>,
    /// When it ended without being met: replaced by a new one after a change of severity, or no longer needed.
    pub ended_at: Option<Instant>,
    /// When it stood still.
    pub pauses: Vec<Pause>,
    /// The severity that gave the due time, where one did.
    pub severity: Option<IncidentSeverity>,
}

/// How a clock stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum ClockState {
    /// Time is left.
    Running {
        /// Seconds left, rounded down.
        left_s: i64,
    },
    /// It stands still.
    Paused {
        /// Seconds that were left when it stopped, rounded down.
        left_s: i64,
    },
    /// Past its due time and not met.
    Overdue {
        /// Seconds since the due time, rounded down.
        by_s: i64,
    },
    /// Met in time.
    Met {
        /// Seconds that were left, rounded down.
        left_s: i64,
    },
    /// Met too late.
    MetLate {
        /// Seconds after the due time, rounded down.
        by_s: i64,
    },
    /// Replaced or no longer needed before it was due.
    Ended,
    /// Replaced or no longer needed after it was due: missed.
    EndedLate {
        /// Seconds between the due time and the end, rounded down.
        by_s: i64,
    },
}

impl Clock {
    /// How it stands at `now`.
    pub fn state(&self, now: Instant) -> ClockState {
        let seconds = |from: Instant, to: Instant| to.micros.saturating_sub(from.micros).div_euclid(1_000_000);
        match (self.met_at, self.ended_at) {
            (Some(met), _) if met <= self.due => ClockState::Met { left_s: seconds(met, self.due) },
            (Some(met), _) => ClockState::MetLate { by_s: seconds(self.due, met) },
            (None, Some(ended)) if ended <= self.due => ClockState::Ended,
            (None, Some(ended)) => ClockState::EndedLate { by_s: seconds(self.due, ended) },
            (None, None) if now > self.due => ClockState::Overdue { by_s: seconds(self.due, now) },
            (None, None) if self.is_paused(now) => ClockState::Paused { left_s: seconds(now, self.due) },
            (None, None) => ClockState::Running { left_s: seconds(now, self.due) },
        }
    }

    fn is_paused(&self, now: Instant) -> bool {
        self.pauses.iter().any(|pause| pause.to.is_none() && pause.from <= now && pause.from < self.due)
    }

    /// True where it counts as missed at `now`: overdue, met late, or ended late.
    pub fn is_missed(&self, now: Instant) -> bool {
        matches!(
            self.state(now),
            ClockState::Overdue { .. } | ClockState::MetLate { .. } | ClockState::EndedLate { .. }
        )
    }

    /// Moves the due time by the pauses that fall into the clock's time, as seen at `now`.
    pub(crate) fn with_pauses(mut self, pauses: &[Pause], now: Instant) -> Self {
        let until = self.met_at.into_iter().chain(self.ended_at).min().unwrap_or(now);
        for pause in pauses {
            let from = pause.from.max(self.start);
            let to = pause.to.unwrap_or(until).min(until);
            if from >= self.due || from >= to {
                continue;
            }
            self.due = Instant { micros: self.due.micros.saturating_add(to.micros.saturating_sub(from.micros)) };
            self.pauses.push(pause.clone());
        }
        self
    }
}

/// From when on which number of minutes applies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) at: Instant,
    pub(crate) severity: IncidentSeverity,
    /// `None` where there is no such clock.
    pub(crate) minutes: Option<u32>,
}

/// A clock whose minutes follow the severity.
pub(crate) struct SeverityClock<'a> {
    pub(crate) kind: ClockKind,
    pub(crate) title: &'a str,
    pub(crate) start: Instant,
    pub(crate) met_at: Option<Instant>,
    pub(crate) ended_at: Option<Instant>,
    /// In order of time; those up to the start give the first figure.
    pub(crate) settings: &'a [Setting],
}

impl SeverityClock<'_> {
    /// The clock, and those that it replaced.
    pub(crate) fn clocks(&self) -> Vec<Clock> {
        let stop = self.met_at.into_iter().chain(self.ended_at).min();
        let fresh = |start: Instant, setting: &Setting| {
            setting.minutes.map(|minutes| Clock {
                id: self.kind.word().to_owned(),
                kind: self.kind,
                title: self.title.to_owned(),
                start,
                due: after_minutes(start, minutes),
                met_at: None,
                ended_at: None,
                pauses: Vec::new(),
                severity: Some(setting.severity),
            })
        };
        let first = self.settings.iter().rposition(|setting| setting.at <= self.start).unwrap_or(0);
        let Some(mut before) = self.settings.get(first).copied() else { return Vec::new() };
        let mut done = Vec::new();
        let mut current = fresh(self.start, &before);
        for setting in &self.settings[first + 1..] {
            if stop.is_some_and(|stop| stop <= setting.at) {
                break;
            }
            let new = fresh(setting.at.max(self.start), setting);
            let same = setting.severity == before.severity && setting.minutes == before.minutes;
            let is_kept = match (&current, &new) {
                (Some(old), Some(new)) => same || setting.severity.is_above(before.severity) && old.due <= new.due,
                _ => false,
            };
            before = *setting;
            if is_kept {
                continue;
            }
            if let Some(old) = current.take() {
                done.push(Clock { ended_at: Some(setting.at), ..old });
            }
            current = new;
        }
        done.extend(current.map(|clock| Clock { met_at: self.met_at, ended_at: self.ended_at, ..clock }));
        done
    }
}

/// A time of the computer's clock beside the time that really passed since the computer or program started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimePair {
    /// The clock on the wall.
    pub wall: Instant,
    /// Milliseconds of a clock that only goes forward, also during sleep.
    pub monotonic_ms: u64,
    /// Which start of the computer or program the milliseconds belong to.
    pub run: u64,
}

/// A change of the computer's clock between two records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClockJump {
    /// Time of the earlier record.
    pub before: Instant,
    /// Time of the later record.
    pub after: Instant,
    /// Milliseconds that really passed between them.
    pub elapsed_ms: u64,
    /// By how many milliseconds the clock was set forward; negative for backward.
    pub jump_ms: i64,
}

/// From more than this on a change of the clock is recorded.
const JUMP_MS: u64 = 2 * 60 * 1000;

/// Every change of the clock by more than two minutes between neighbouring records of one run.
pub fn clock_jumps(pairs: &[TimePair]) -> Vec<ClockJump> {
    let mut jumps = Vec::new();
    for pair in pairs.windows(2) {
        let [earlier, later] = pair else { continue };
        let Some(elapsed_ms) = later.monotonic_ms.checked_sub(earlier.monotonic_ms) else { continue };
        if earlier.run != later.run {
            continue;
        }
        let wall_ms = later.wall.micros.saturating_sub(earlier.wall.micros) / 1000;
        let jump_ms = wall_ms.saturating_sub(i64::try_from(elapsed_ms).unwrap_or(i64::MAX));
        if jump_ms.unsigned_abs() > JUMP_MS {
            jumps.push(ClockJump { before: earlier.wall, after: later.wall, elapsed_ms, jump_ms });
        }
    }
    jumps
}
