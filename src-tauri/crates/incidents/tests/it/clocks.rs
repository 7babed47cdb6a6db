//! Every clock falls due to the second as the tables of the sources say; pauses, changes of severity, local time and
//! restarts change nothing that they must not.

use crate::desk::{DECLARED, Desk, at, plus, severity_change};
use domain::incident::{ClockKind, IncidentSeverity, IncidentStatus, StepState};
use incidents::clocks::{ClockJump, TimePair, after_business_days, clock_jumps};
use incidents::incident::event::{ActionDraft, ActionPriority, StepChange};
use incidents::{ClockFigures, ClockState, IncidentEvent, Library, RefusalCode};

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

/// Section 2.2 and section 3 of the domain model, in minutes: severity, respond, resolve, update, notice to voters.
const TABLE: [(IncidentSeverity, i64, i64, i64, Option<i64>); 4] = [
    (IncidentSeverity::Critical, 15, 240, 15, Some(60)),
    (IncidentSeverity::High, 60, 1440, 15, Some(240)),
    (IncidentSeverity::Medium, 240, 2880, 60, None),
    (IncidentSeverity::Low, 1440, 10_080, 60, None),
];

fn all_clocks_at_the_second(severity: IncidentSeverity, id: &str, minutes: i64) {
    let mut desk = Desk::declare(None, severity);
    desk.status(IncidentStatus::Investigating);
    let due = plus(at(DECLARED), minutes * MINUTE);
    let clock = desk.clock(id);
    assert_eq!(clock.due, due, "{severity} {id}");
    assert_eq!(
        clock.state(due),
        ClockState::Running { left_s: 0 },
        "{severity} {id}: at the second itself time is up, not over"
    );
    assert_eq!(clock.state(plus(due, 1)), ClockState::Overdue { by_s: 1 }, "{severity} {id}");
    assert_eq!(clock.state(plus(due, -1)), ClockState::Running { left_s: 1 });
}

#[test]
fn every_deadline_of_every_severity_falls_due_to_the_second() {
    for (severity, respond, resolve, update, voters) in TABLE {
        all_clocks_at_the_second(severity, "respond", respond);
        all_clocks_at_the_second(severity, "resolve", resolve);
        all_clocks_at_the_second(severity, "update", update);
        all_clocks_at_the_second(severity, "first_look", 5);
        match voters {
            Some(minutes) => all_clocks_at_the_second(severity, "voter_notice", minutes),
            None => assert!(!Desk::declare(None, severity).clocks().iter().any(|clock| clock.id == "voter_notice")),
        }
        let desk = Desk::declare(None, severity);
        let director = desk.clocks().into_iter().find(|clock| clock.kind == ClockKind::DirectorNotice);
        let due = director.map(|clock| clock.due);
        assert_eq!(due, (severity == IncidentSeverity::Critical).then(|| plus(at(DECLARED), HOUR)));
    }
}

#[test]
fn clocks_count_from_the_report_and_are_met_by_the_first_action() {
    let mut desk = Desk::declare_with(None, IncidentSeverity::Critical, |declaration| {
        declaration.reported_at = at("2026-02-10T14:20:00Z");
    });
    assert_eq!(desk.clock("respond").due, at("2026-02-10T14:35:00Z"), "fifteen minutes after the report");
    desk.wait(5 * MINUTE).act("Bo", IncidentEvent::Acknowledged {});
    assert_eq!(desk.clock("respond").state(desk.now), ClockState::Met { left_s: 0 }, "exactly in time is in time");
    let mut late = Desk::declare(None, IncidentSeverity::Critical);
    late.wait(15 * MINUTE + 1).act("Bo", IncidentEvent::Acknowledged {});
    late.wait(HOUR);
    assert_eq!(late.clock("respond").state(late.now), ClockState::MetLate { by_s: 1 }, "missed stays missed");
}

#[test]
fn the_first_look_is_met_by_its_last_required_item() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    let tick = |item: &str, done: bool| IncidentEvent::ChecklistChanged {
        checklist: "initial-assessment".to_owned(),
        item: item.to_owned(),
        done,
        note: String::new(),
    };
    // The required items of the list; "load" is not required.
    for item in ["acknowledge", "second-source", "overall", "releases"] {
        desk.wait(30).act("Bo", tick(item, true));
    }
    assert!(matches!(desk.clock("first_look").state(desk.now), ClockState::Running { .. }));
    desk.wait(30).act("Bo", tick("logs", true));
    assert_eq!(desk.clock("first_look").state(desk.now), ClockState::Met { left_s: 150 });
    desk.act("Bo", tick("logs", false));
    assert!(matches!(desk.clock("first_look").state(desk.now), ClockState::Running { .. }), "unticked again");
}

#[test]
fn updates_restart_their_clock_until_the_incident_is_resolved() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    let update = || IncidentEvent::UpdateGiven { text: "Still looking".to_owned() };
    desk.wait(15 * MINUTE).act("Bo", update());
    desk.wait(15 * MINUTE + 1).act("Bo", update());
    desk.wait(10 * MINUTE);
    assert_eq!(desk.incident.next_update_due(desk.now), Some(plus(desk.now, 5 * MINUTE)));
    desk.status(IncidentStatus::Resolved);
    desk.wait(HOUR);
    let states: Vec<ClockState> = desk
        .clocks()
        .iter()
        .filter(|clock| clock.kind == ClockKind::Update)
        .map(|clock| clock.state(desk.now))
        .collect();
    assert_eq!(states, [ClockState::Met { left_s: 0 }, ClockState::MetLate { by_s: 1 }, ClockState::Ended]);
    assert_eq!(desk.incident.next_update_due(desk.now), None);
    desk.act("Ada", IncidentEvent::StatusChanged { to: IncidentStatus::Investigating, reason: "It is back".into() });
    assert_eq!(desk.incident.next_update_due(desk.now), Some(plus(desk.now, 15 * MINUTE)), "taken up again");
}

#[test]
fn a_low_incident_owes_updates_only_while_somebody_works_on_it() {
    let mut desk = Desk::declare(None, IncidentSeverity::Low);
    assert_eq!(desk.incident.next_update_due(desk.now), None);
    desk.wait(3 * HOUR).status(IncidentStatus::Investigating);
    assert_eq!(desk.incident.next_update_due(desk.now), Some(plus(desk.now, HOUR)));
}

#[test]
fn raising_keeps_the_earlier_due_time_and_lowering_starts_anew() {
    // High, declared 14:30: resolution due 14:30 next day. Critical at 15:30: due 19:30, earlier than the running one.
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    desk.wait(HOUR).severity(IncidentSeverity::Critical, "");
    assert_eq!(desk.clock("resolve").due, at("2026-02-10T19:30:00Z"));
    // Respond: due 15:30 at high. Raised at 15:20 it would be 15:35: the running 15:30 is earlier and stays.
    let mut soon = Desk::declare(None, IncidentSeverity::High);
    soon.wait(50 * MINUTE).severity(IncidentSeverity::Critical, "");
    assert_eq!(soon.clock("respond").due, at("2026-02-10T15:30:00Z"));
    assert_eq!(soon.clocks().iter().filter(|clock| clock.id == "respond").count(), 1);
    assert_eq!(soon.clock("director_notice").due, at("2026-02-10T16:20:00Z"), "starts when it becomes critical");
    // Lowered to medium at 14:40: four hours from then; the old clock ends without being missed.
    let mut lower = Desk::declare(None, IncidentSeverity::Critical);
    lower.wait(10 * MINUTE).severity(IncidentSeverity::Medium, "One station only");
    let responds: Vec<_> = lower.clocks().into_iter().filter(|clock| clock.id == "respond").collect();
    assert_eq!(responds.len(), 2);
    assert_eq!(responds[0].state(plus(lower.now, 99 * HOUR)), ClockState::Ended);
    assert_eq!(responds[1].due, at("2026-02-10T18:40:00Z"));
    assert!(!lower.clocks().iter().any(|clock| clock.kind == ClockKind::VoterNotice && clock.ended_at.is_none()));
    // Lowered after it was missed: the missed one stays missed.
    let mut missed = Desk::declare(None, IncidentSeverity::Critical);
    missed.wait(20 * MINUTE).severity(IncidentSeverity::Medium, "One station only");
    let first = missed.clocks().into_iter().find(|clock| clock.id == "respond").expect("the first");
    assert_eq!(first.state(plus(missed.now, HOUR)), ClockState::EndedLate { by_s: 5 * MINUTE });
    assert!(first.is_missed(missed.now));
}

#[test]
fn lowering_needs_a_reason_and_raising_does_not() {
    let mut desk = Desk::declare(None, IncidentSeverity::Medium);
    assert_eq!(desk.refused("Ada", severity_change(IncidentSeverity::Low, " ")).code, RefusalCode::ReasonMissing);
    desk.severity(IncidentSeverity::High, "");
    desk.severity(IncidentSeverity::Low, "Cosmetic after all");
}

#[test]
fn review_clocks_run_from_the_last_resolution() {
    let mut desk = Desk::declare(Some("ballot-stuffing"), IncidentSeverity::High);
    assert!(!desk.clocks().iter().any(|clock| clock.kind == ClockKind::ReviewHeld));
    desk.wait(2 * HOUR).status(IncidentStatus::Resolved);
    let resolved = desk.now;
    assert_eq!(desk.clock("review_scheduled").due, plus(resolved, 24 * HOUR));
    assert_eq!(desk.clock("review_held").due, plus(resolved, 48 * HOUR));
    assert_eq!(desk.clock("step:ballot-stuffing/post-mortem").due, plus(resolved, 2880 * MINUTE));
    assert_eq!(desk.clock("step:ballot-stuffing/update-runbook").due, plus(resolved, 4320 * MINUTE));
    desk.wait(HOUR);
    desk.act("Ada", IncidentEvent::ReviewScheduled { planned_for: plus(resolved, 30 * HOUR) });
    assert_eq!(desk.clock("review_scheduled").state(desk.now), ClockState::Met { left_s: 23 * HOUR });
    desk.wait(HOUR);
    desk.act("Ada", IncidentEvent::StatusChanged { to: IncidentStatus::Monitoring, reason: "It is back".into() });
    assert!(!desk.clocks().iter().any(|clock| clock.kind == ClockKind::ReviewHeld), "open again");
    desk.wait(HOUR).status(IncidentStatus::Resolved);
    assert_eq!(desk.clock("review_held").due, plus(desk.now, 48 * HOUR));
    assert_eq!(desk.clock("resolve").met_at, Some(desk.now), "the last resolution counts");
    let mut medium = Desk::declare(Some("performance-degradation"), IncidentSeverity::Medium);
    medium.status(IncidentStatus::Resolved);
    assert!(!medium.clocks().iter().any(|clock| clock.kind == ClockKind::ReviewScheduled), "critical and high only");
    assert_eq!(medium.clock("review_held").due, plus(medium.now, 48 * HOUR));
}

#[test]
fn the_authority_notice_runs_72_hours_from_awareness_and_cannot_be_paused() {
    let mut desk = Desk::declare(Some("data-breach"), IncidentSeverity::Critical);
    let aware = at("2026-02-09T08:00:00Z");
    let start = |due| IncidentEvent::ClockStarted {
        clock: "authority_notice".to_owned(),
        title: "Notice to the authority".to_owned(),
        start: aware,
        due,
    };
    assert_eq!(desk.refused("Ada", start(Some(plus(aware, 9 * HOUR)))).code, RefusalCode::Clock);
    desk.act("Ada", start(None));
    assert_eq!(desk.clock("authority_notice").due, at("2026-02-12T08:00:00Z"));
    let pause = IncidentEvent::ClockPaused { clock: "authority_notice".to_owned(), reason: "Waiting".to_owned() };
    assert_eq!(desk.refused("Ada", pause).code, RefusalCode::Clock);
    desk.status(IncidentStatus::Resolved);
    assert!(matches!(desk.clock("authority_notice").state(desk.now), ClockState::Running { .. }), "owed all the same");
    desk.act("Ada", IncidentEvent::StatusChanged { to: IncidentStatus::Contained, reason: "Not over".into() });
    desk.wait(HOUR).send("data-breach-authority");
    assert!(matches!(desk.clock("authority_notice").state(desk.now), ClockState::Met { .. }), "the notice meets it");
}

#[test]
fn a_pause_moves_the_due_time_by_its_length_and_saves_no_missed_clock() {
    let pause = |clock: &str, reason: &str| IncidentEvent::ClockPaused { clock: clock.into(), reason: reason.into() };
    let resume = |clock: &str| IncidentEvent::ClockResumed { clock: clock.into() };
    let mut desk = Desk::declare(None, IncidentSeverity::Critical);
    assert_eq!(desk.refused("Ada", pause("resolve", "")).code, RefusalCode::ReasonMissing);
    assert_eq!(desk.refused("Ada", pause("nothing", "x")).code, RefusalCode::Unknown);
    assert_eq!(desk.refused("Ada", resume("resolve")).code, RefusalCode::Clock);
    desk.wait(HOUR).act("Ada", pause("resolve", "The vendor works on it"));
    assert_eq!(desk.refused("Ada", pause("resolve", "again")).code, RefusalCode::Clock);
    desk.wait(2 * HOUR);
    assert_eq!(desk.clock("resolve").state(desk.now), ClockState::Paused { left_s: 3 * HOUR });
    desk.act("Ada", resume("resolve"));
    assert_eq!(desk.clock("resolve").due, at("2026-02-10T20:30:00Z"), "18:30 and two hours");
    desk.wait(10 * HOUR).act("Ada", pause("resolve", "too late"));
    desk.wait(10 * HOUR).act("Ada", resume("resolve"));
    assert_eq!(desk.clock("resolve").due, at("2026-02-10T20:30:00Z"), "a missed clock stays missed");
    assert!(desk.clock("resolve").is_missed(desk.now));
}

#[test]
fn steps_fall_due_as_their_playbook_says() {
    let mut desk = Desk::declare(Some("credential-leakage"), IncidentSeverity::High);
    for (step, minutes) in
        [("record-basics", 5), ("describe-symptoms", 10), ("preserve-first", 15), ("warn-voters", 30)]
    {
        let clock = desk.clock(&format!("step:credential-leakage/{step}"));
        assert_eq!(clock.due, plus(at(DECLARED), minutes * MINUTE), "{step}");
        assert_eq!(clock.kind, ClockKind::Step);
    }
    desk.wait(5 * MINUTE).done("credential-leakage", "record-basics", "14:30, Officers 2026");
    let clock = desk.clock("step:credential-leakage/record-basics");
    assert_eq!(clock.state(desk.now), ClockState::Met { left_s: 0 });
    let mut skip = StepChange::new("credential-leakage", "describe-symptoms", StepState::Skipped, "");
    skip.reason = "Written down by the reporter".to_owned();
    desk.act("Bo", IncidentEvent::StepChanged(skip));
    assert!(matches!(desk.clock("step:credential-leakage/describe-symptoms").state(desk.now), ClockState::Met { .. }));
    // A step that hangs on a decision has no clock before it is decided.
    let wrong = Desk::declare(Some("admin-error"), IncidentSeverity::High);
    assert!(!wrong.clocks().iter().any(|clock| clock.id == "step:admin-error/inform"));
}

#[test]
fn action_items_are_due_after_thirty_days_unless_a_date_is_given() {
    let mut desk = Desk::declare(None, IncidentSeverity::Low);
    let action = |id: &str, due| {
        IncidentEvent::ActionAdded(ActionDraft {
            action: id.to_owned(),
            text: "Write it down".to_owned(),
            priority: ActionPriority::Medium,
            owner: "Bo".to_owned(),
            due,
        })
    };
    desk.act("Ada", action("a1", None));
    desk.act("Ada", action("a2", Some(at("2026-02-20T12:00:00Z"))));
    assert_eq!(desk.clock("action:a1").due, at("2026-03-12T14:30:00Z"));
    assert_eq!(desk.clock("action:a2").due, at("2026-02-20T12:00:00Z"));
    let done = |proof: &str| IncidentEvent::ActionDone { action: "a2".into(), proof: proof.into() };
    assert_eq!(desk.refused("Bo", done("")).code, RefusalCode::ReasonMissing);
    desk.act("Bo", done("Minutes of 11 February"));
    assert!(matches!(desk.clock("action:a2").state(desk.now), ClockState::Met { .. }));
}

#[test]
fn a_change_of_local_time_moves_no_clock() {
    // In the night of 29 March 2026 clocks in central Europe go from 02:00 +01:00 to 03:00 +02:00.
    let declared = at("2026-03-29T01:50:00+01:00");
    let mut desk =
        Desk::declare_with(None, IncidentSeverity::Critical, |declaration| declaration.reported_at = declared);
    desk.records[0].happened_at = declared;
    desk.records[0].recorded_at = declared;
    let spring = desk.replayed();
    let due = |id: &str| spring.clocks(declared).into_iter().find(|clock| clock.id == id).expect(id).due;
    assert_eq!(due("respond"), at("2026-03-29T03:05:00+02:00"), "fifteen minutes later, seventy-five on the wall");
    assert_eq!(due("resolve"), at("2026-03-29T06:50:00+02:00"), "four hours later");
    // In the night of 25 October 2026 02:30 comes twice.
    let autumn = at("2026-10-25T02:50:00+02:00");
    desk.records[0].happened_at = autumn;
    desk.records[0].recorded_at = autumn;
    if let IncidentEvent::Declared(declaration) = &mut desk.records[0].event {
        declaration.reported_at = autumn;
    }
    let autumn_incident = desk.replayed();
    let clocks = autumn_incident.clocks(autumn);
    let respond = clocks.iter().find(|clock| clock.id == "respond").expect("respond");
    assert_eq!(respond.due, at("2026-10-25T02:05:00+01:00"), "earlier on the wall, later in time");
}

#[test]
fn a_restart_changes_no_clock() {
    let mut desk = Desk::declare(Some("ballot-stuffing"), IncidentSeverity::High);
    desk.wait(7 * MINUTE).act("Bo", IncidentEvent::Acknowledged {});
    desk.wait(HOUR).severity(IncidentSeverity::Critical, "");
    desk.act("Ada", IncidentEvent::ClockPaused { clock: "resolve".into(), reason: "Vendor".into() });
    desk.wait(HOUR);
    assert_eq!(desk.replayed().clocks(desk.now), desk.clocks());
}

#[test]
fn profiles_change_the_figures_of_new_incidents_only() {
    let library = Library::shipped();
    let figures = |name: &str| ClockFigures::from_library(&library, Some(name)).expect(name);
    // Section 12 and [alternatives] of severity.toml.
    let plan = figures("ps-plan").update_min;
    assert_eq!(plan.values().copied().collect::<Vec<_>>(), [15, 30, 120, 1440], "critical to low");
    assert_eq!(figures("ps-oncall").acknowledge_min, Some(5));
    assert_eq!(figures("ps-oncall").ladder_min, [0, 10, 30, 60]);
    assert_eq!(figures("ps-dr").ladder_min, [0, 15, 30, 60]);
    assert_eq!(figures("ps-runbook").review_hold_business_days, Some(5));
    let unknown = ClockFigures::from_library(&library, Some("ps")).expect_err("no such profile");
    assert!(unknown.contains("ps-dr, ps-oncall, ps-plan, ps-runbook"), "{unknown}");
    let desk =
        Desk::declare_with(None, IncidentSeverity::Medium, |declaration| declaration.figures = figures("ps-oncall"));
    assert_eq!(desk.clock("respond").due, plus(at(DECLARED), 5 * MINUTE));
}

#[test]
fn working_days_leave_out_saturday_and_sunday() {
    // 2026-02-10 is a Tuesday; five working days later it is the next Tuesday.
    for (from, days, to) in [
        ("2026-02-10T14:30:00Z", 5, "2026-02-17T14:30:00Z"),
        ("2026-02-13T14:30:00Z", 1, "2026-02-16T14:30:00Z"),
        ("2026-02-14T14:30:00Z", 1, "2026-02-16T14:30:00Z"),
        ("2026-02-15T14:30:00Z", 2, "2026-02-17T14:30:00Z"),
        ("2026-02-12T14:30:00Z", 3, "2026-02-17T14:30:00Z"),
        ("2026-02-10T14:30:00Z", 0, "2026-02-10T14:30:00Z"),
    ] {
        assert_eq!(after_business_days(at(from), days), at(to), "{from} and {days}");
    }
}

#[test]
fn only_changes_of_the_clock_by_more_than_two_minutes_are_told() {
    let pair = |wall: &str, monotonic_ms: u64, run: u64| TimePair { wall: at(wall), monotonic_ms, run };
    let pairs = [
        pair("2026-02-10T14:00:00Z", 0, 1),
        pair("2026-02-10T14:12:00Z", 600_000, 1),
        pair("2026-02-10T14:24:00.001Z", 1_200_000, 1),
        pair("2026-02-10T14:00:00Z", 1_260_000, 1),
        pair("2026-02-10T18:00:00Z", 5, 2),
    ];
    let jumps = clock_jumps(&pairs);
    assert_eq!(
        jumps,
        [
            ClockJump {
                before: at("2026-02-10T14:12:00Z"),
                after: at("2026-02-10T14:24:00.001Z"),
                elapsed_ms: 600_000,
                jump_ms: 120_001
            },
            ClockJump {
                before: at("2026-02-10T14:24:00.001Z"),
                after: at("2026-02-10T14:00:00Z"),
                elapsed_ms: 60_000,
                jump_ms: -1_500_001
            },
        ],
        "two minutes exactly are no jump, and another run cannot be compared"
    );
}
