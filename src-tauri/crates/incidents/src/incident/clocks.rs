//! The clocks of one incident, from its records.

use domain::Instant;
use domain::incident::{ClockKind, IncidentSeverity, IncidentStatus, StepState};

use super::event::IncidentTime;
use super::{ActionState, Incident};
use crate::clocks::{AUTHORITY_NOTICE, Clock, ClockFigures, Setting, SeverityClock, after_minutes};
use crate::common::checklists::FIRST_LOOK;
use crate::common::templates::is_for_voters;
use crate::playbook::{Due, DueFrom};

/// The level of the ladder that the director stands on.
const DIRECTOR_LEVEL: u32 = 4;

impl Incident {
    /// Every clock as it stands at `now`, by kind, in the order of their starts. Before the declaration there is none.
    pub fn clocks(&self, now: Instant) -> Vec<Clock> {
        let (Some(figures), Some(declared)) = (&self.figures, self.times.declared) else { return Vec::new() };
        let mut clocks = Vec::new();
        clocks.extend(self.first_look(figures, declared));
        clocks.extend(self.severity_clocks(figures, declared));
        clocks.extend(self.update_clocks(figures));
        clocks.extend(self.review_clocks(figures));
        for clock in &self.named_clocks {
            let kind = if clock.id == AUTHORITY_NOTICE { ClockKind::AuthorityNotice } else { ClockKind::Named };
            clocks.push(self.fixed(&clock.id, kind, &clock.title, (clock.start, clock.due), clock.met_at));
        }
        clocks.extend(self.step_clocks(declared));
        for action in &self.actions {
            let (met, ended) = match &action.state {
                ActionState::Open => (None, None),
                ActionState::Done { at, .. } => (Some(*at), None),
                ActionState::Dropped { at, .. } => (None, Some(*at)),
            };
            let id = format!("action:{}", action.id);
            let span = (action.created_at, action.due);
            // An action item outlives the incident.
            let clock = self.fixed(&id, ClockKind::ActionItem, &action.text, span, met);
            clocks.push(Clock { ended_at: ended, ..clock });
        }
        let paused = |clock: Clock| {
            let pauses = self.pauses.get(&clock.id).map_or(&[][..], Vec::as_slice);
            clock.with_pauses(pauses, now)
        };
        let mut clocks: Vec<Clock> = clocks.into_iter().map(paused).collect();
        clocks.sort_by(|one, other| (one.kind, one.start, &one.id).cmp(&(other.kind, other.start, &other.id)));
        clocks
    }

    /// When the first responder did something: answered, or worked on a step.
    pub fn responded_at(&self) -> Option<Instant> {
        let answered = self.times.at(IncidentTime::Acknowledged);
        let acted = self.times.at(IncidentTime::FirstAction);
        answered.into_iter().chain(acted).chain(self.times.first_step).min()
    }

    /// When the next update is due.
    pub fn next_update_due(&self, now: Instant) -> Option<Instant> {
        let is_running = |clock: &Clock| clock.met_at.is_none() && clock.ended_at.is_none();
        self.clocks(now)
            .into_iter()
            .rfind(|clock| clock.kind == ClockKind::Update && is_running(clock))
            .map(|clock| clock.due)
    }

    /// A clock of one span; the end of the incident ends it.
    fn fixed(
        &self,
        id: &str,
        kind: ClockKind,
        title: &str,
        (start, due): (Instant, Instant),
        met_at: Option<Instant>,
    ) -> Clock {
        // The notice to the authority is owed whatever becomes of the incident.
        let ended_at = self.times.ended.filter(|_| met_at.is_none() && kind != ClockKind::AuthorityNotice);
        Clock {
            id: id.to_owned(),
            kind,
            title: title.to_owned(),
            start,
            due,
            met_at,
            ended_at,
            pauses: Vec::new(),
            severity: None,
        }
    }

    fn first_look(&self, figures: &ClockFigures, declared: Instant) -> Option<Clock> {
        if figures.first_look_items.is_empty() {
            return None;
        }
        let ticked = figures.first_look_items.iter().map(|item| {
            let mark = self.checklist_items.get(&format!("{FIRST_LOOK}/{item}"))?;
            mark.done.then_some(mark.at)
        });
        let met_at = ticked.collect::<Option<Vec<Instant>>>().and_then(|times| times.into_iter().max());
        let span = (declared, after_minutes(declared, figures.first_look_min));
        Some(self.fixed(ClockKind::FirstLook.word(), ClockKind::FirstLook, "First look", span, met_at))
    }

    fn settings(&self, minutes: impl Fn(IncidentSeverity) -> Option<u32>) -> Vec<Setting> {
        let setting = |entry: &super::SeverityAt| Setting {
            at: entry.at,
            severity: entry.severity,
            minutes: minutes(entry.severity),
        };
        self.severities.iter().map(setting).collect()
    }

    fn severity_clocks(&self, figures: &ClockFigures, declared: Instant) -> Vec<Clock> {
        let reported = self.times.at(IncidentTime::Reported).unwrap_or(declared);
        let over = self.times.resolved.into_iter().chain(self.times.ended).min();
        let told = self.messages.iter().filter(|message| is_for_voters(&message.draft.audience));
        let voters_told = told.filter_map(|message| message.sent_at).min();
        let director = self.escalations.iter().filter(|call| call.level == DIRECTOR_LEVEL);
        let director_knows = director.filter_map(|call| call.acknowledged_at).min();
        let last_of_ladder = figures.ladder_min.get(3).copied().unwrap_or(60);
        let critical_only = |severity| (severity == IncidentSeverity::Critical).then_some(last_of_ladder);
        let respond = self.settings(|severity| figures.respond(severity));
        let resolve = self.settings(|severity| figures.resolve_min.get(&severity).copied());
        let voters = self.settings(|severity| figures.voter_notice_min.get(&severity).copied());
        let notice = self.settings(critical_only);
        let clock = |kind, title, start, met_at: Option<Instant>, over: Option<Instant>, settings| {
            let ended_at = over.filter(|_| met_at.is_none());
            SeverityClock { kind, title, start, met_at, ended_at, settings }.clocks()
        };
        let ended = self.times.ended;
        let mut clocks =
            clock(ClockKind::Respond, "First responder's action", reported, self.responded_at(), over, &respond[..]);
        let resolved = self.times.resolved;
        clocks.extend(clock(ClockKind::Resolve, "Resolution", declared, resolved, ended, &resolve[..]));
        clocks.extend(clock(
            ClockKind::DirectorNotice,
            "Director informed",
            declared,
            director_knows,
            over,
            &notice[..],
        ));
        clocks.extend(clock(ClockKind::VoterNotice, "Notice to voters", declared, voters_told, ended, &voters[..]));
        clocks
    }

    /// One clock from each update to the next, while the incident is open. At severity low an update is owed only
    /// while somebody works on it: from `investigating` on.
    fn update_clocks(&self, figures: &ClockFigures) -> Vec<Clock> {
        let mut settings: Vec<Setting> = Vec::new();
        let mut instants: Vec<Instant> = self.severities.iter().map(|entry| entry.at).collect();
        instants.extend(self.statuses.iter().map(|entry| entry.at));
        instants.sort();
        instants.dedup();
        for at in instants {
            let Some(severity) = self.severities.iter().rfind(|entry| entry.at <= at).map(|entry| entry.severity)
            else {
                continue;
            };
            let status = self.statuses.iter().rfind(|entry| entry.at <= at).map(|entry| entry.status);
            let is_idle = severity == IncidentSeverity::Low && status == Some(IncidentStatus::Declared);
            let minutes = figures.update_min.get(&severity).copied().filter(|_| !is_idle);
            settings.push(Setting { at, severity, minutes });
        }
        let mut clocks = Vec::new();
        for (from, to) in self.open_spans() {
            let mut starts = vec![from];
            let mut updates: Vec<Instant> =
                self.updates.iter().copied().filter(|at| *at > from && to.is_none_or(|to| *at <= to)).collect();
            updates.sort();
            updates.dedup();
            starts.extend(&updates);
            for (number, start) in starts.iter().enumerate() {
                let met_at = updates.get(number).copied();
                if to == Some(*start) {
                    continue;
                }
                let ended_at = to.filter(|_| met_at.is_none());
                let clock = SeverityClock {
                    kind: ClockKind::Update,
                    title: "Next update",
                    start: *start,
                    met_at,
                    ended_at,
                    settings: &settings,
                };
                clocks.extend(clock.clocks());
            }
        }
        clocks
    }

    /// From when to when the incident was open; `None` while it is.
    fn open_spans(&self) -> Vec<(Instant, Option<Instant>)> {
        let mut spans: Vec<(Instant, Option<Instant>)> = Vec::new();
        for entry in &self.statuses {
            let is_running = spans.last().is_some_and(|(_, to)| to.is_none());
            match (entry.status.is_open(), is_running) {
                (true, false) => spans.push((entry.at, None)),
                (false, true) => {
                    if let Some((_, to)) = spans.last_mut() {
                        *to = Some(entry.at);
                    }
                }
                _ => {}
            }
        }
        spans
    }

    fn review_clocks(&self, figures: &ClockFigures) -> Vec<Clock> {
        let Some(resolved) = self.times.resolved.filter(|_| self.needs_review()) else { return Vec::new() };
        let mut clocks = Vec::new();
        if self.severity().is_some_and(|severity| severity.rank() <= 1) {
            let span = (resolved, after_minutes(resolved, figures.review_schedule_min));
            let kind = ClockKind::ReviewScheduled;
            clocks.push(self.fixed(kind.word(), kind, "Date of the review set", span, self.review.scheduled_at));
        }
        let span = (resolved, figures.review_due(resolved));
        let kind = ClockKind::ReviewHeld;
        clocks.push(self.fixed(kind.word(), kind, "Review held", span, self.review.held_at));
        clocks
    }

    /// When something with a due time is due; a playbook that was taken up later counts from then.
    pub(super) fn due_at(&self, due: Due, applied_at: Instant) -> Option<(Instant, Instant)> {
        let start = match due.from {
            DueFrom::Declared => self.times.declared?.max(applied_at),
            DueFrom::Resolved => self.times.resolved?.max(applied_at),
        };
        Some((start, after_minutes(start, due.minutes)))
    }

    fn step_clocks(&self, declared: Instant) -> Vec<Clock> {
        let mut clocks = Vec::new();
        for applied in &self.playbooks {
            for step in &applied.playbook.steps {
                let span = step.due.and_then(|due| self.due_at(due, applied.applied_at.max(declared)));
                let Some(span) = span else { continue };
                let record = applied.steps.get(&step.id);
                let is_waiting = matches!(applied.applies(step), super::steps::Applies::Undecided(_));
                let met_at = match applied.state_of(step) {
                    StepState::NotApplicable => continue,
                    StepState::Open | StepState::Doing if is_waiting => continue,
                    StepState::Open | StepState::Doing => None,
                    StepState::Done | StepState::Skipped => record.map(|record| record.at),
                };
                let id = format!("step:{}/{}", applied.playbook.id, step.id);
                clocks.push(self.fixed(&id, ClockKind::Step, &step.text, span, met_at));
            }
        }
        clocks
    }
}
