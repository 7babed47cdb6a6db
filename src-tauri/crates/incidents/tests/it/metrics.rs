//! The metrics of twenty incidents equal a table that was computed without the program (`fixtures/compute_metrics.py`).

use std::collections::BTreeMap;

use domain::Instant;
use domain::incident::{
    CheckResult, ClockKind, IncidentCategory, IncidentId, IncidentSeverity, IncidentStatus, StepState,
};
use incidents::IncidentEvent;
use incidents::incident::event::{ActionDraft, ActionPriority, CheckRun, IncidentTime, StepChange};
use incidents::metrics::{
    ActionFigure, AlarmFigure, ClockFigure, IncidentFigures, Interval, Metrics, Rate, hours_and_minutes, metrics,
};

use crate::desk::{DECLARED, Desk, at, library, plus};

const TABLE: &str = include_str!("../fixtures/twenty_incidents.csv");

fn row(header: &[&str], line: &str) -> IncidentFigures {
    let cells: BTreeMap<&str, &str> = header.iter().copied().zip(line.split(',')).collect();
    let time = |name: &str| Some(cells[name]).filter(|text| !text.is_empty()).map(at);
    let list = |name: &str, between: char| -> Vec<&str> {
        cells[name].split(between).filter(|text| !text.is_empty()).collect()
    };
    let pair = |text: &str| {
        let (name, value) = text.rsplit_once(':').expect("name:value");
        (name.to_owned(), value == "1")
    };
    let action = |(number, text): (usize, &str)| {
        let parts: Vec<&str> = text.split('/').collect();
        ActionFigure {
            id: format!("a{number}"),
            text: String::new(),
            owner: String::new(),
            due: at(parts[0]),
            done_at: Some(parts[1]).filter(|text| !text.is_empty()).map(at),
            is_dropped: parts[2] == "1",
        }
    };
    let resolved = time("resolved");
    IncidentFigures {
        id: IncidentId::parse(cells["id"]).expect("a number"),
        severity: IncidentSeverity::from_word(cells["severity"]).expect("a severity"),
        category: IncidentCategory::from_word(cells["category"]).expect("a category"),
        elections: list("elections", ';').into_iter().map(str::to_owned).collect(),
        system: cells["system"].to_owned(),
        status: IncidentStatus::from_word(cells["status"]).expect("a status"),
        is_drill: cells["drill"] == "1",
        began: time("began"),
        detected: time("detected"),
        reported: time("reported"),
        acknowledged: time("acknowledged"),
        first_action: time("first_action"),
        contained: time("contained"),
        resolved,
        needs_review: cells["needs_review"] == "1",
        review_due: resolved.map(|resolved| plus(resolved, 48 * 3600)),
        review_held: time("review_held"),
        actions: list("actions", '|').into_iter().enumerate().map(action).collect(),
        clocks: list("clocks", '|')
            .into_iter()
            .map(pair)
            .map(|(kind, is_met)| ClockFigure { kind: ClockKind::from_word(&kind).expect("a clock"), is_met })
            .collect(),
        alarms: list("alarms", '|')
            .into_iter()
            .map(pair)
            .map(|(check, is_false)| AlarmFigure { check, is_false })
            .collect(),
    }
}

fn table() -> Vec<IncidentFigures> {
    let mut lines = TABLE.lines().map(|line| line.trim_end_matches('\r'));
    let header: Vec<&str> = lines.next().expect("a header").split(',').collect();
    lines.map(|line| row(&header, line)).collect()
}

fn computed(rows: &[IncidentFigures]) -> Metrics {
    let severity = library().severity.clone();
    metrics(rows, &severity.targets, &severity.review, at("2026-07-01T00:00:00Z"))
}

fn figures(interval: &Interval) -> (usize, usize, i64, i64, i64, i64) {
    let value = |ms: Option<i64>| ms.expect("there are incidents");
    (
        interval.n,
        interval.without,
        interval.sum_ms,
        value(interval.mean_ms),
        value(interval.median_ms),
        value(interval.p90_ms),
    )
}

fn rate(count: usize, of: usize) -> Rate {
    Rate { count, of, target_permille: None }
}

#[test]
fn intervals_equal_the_table() {
    let rows = table();
    assert_eq!(rows.len(), 20);
    let found = computed(&rows);
    let real = &found.incidents;
    assert_eq!((real.incidents, found.drills.incidents, found.false_alarms, found.duplicates), (17, 1, 1, 1));
    assert_eq!(figures(&real.mttd), (13, 3, 415_560_000, 31_966_154, 1_020_000, 86_400_000));
    assert_eq!(real.mttd.negative, [IncidentId::parse("INC-2026-04-18-015").expect("a number")]);
    assert_eq!(figures(&real.mttr_respond), (16, 1, 145_920_000, 9_120_000, 2_550_000, 18_000_000));
    assert_eq!(figures(&real.mtta), (16, 1, 104_700_000, 6_543_750, 630_000, 6_900_000));
    assert_eq!(figures(&real.mttc), (12, 5, 79_320_000, 6_610_000, 4_500_000, 14_400_000));
    assert_eq!(figures(&real.mttr_resolve), (16, 1, 1_026_420_000, 64_151_250, 19_530_000, 120_660_000));
    let by: Vec<_> = real.mttr_resolve_by_severity.values().map(figures).collect();
    assert_eq!(
        by,
        [
            (4, 0, 87_120_000, 21_780_000, 19_530_000, 36_660_000),
            (7, 0, 251_760_000, 35_965_714, 9_600_000, 120_660_000),
            (3, 1, 61_080_000, 20_360_000, 4_260_000, 54_000_000),
            (2, 0, 626_460_000, 313_230_000, 313_230_000, 540_000_000),
        ],
        "critical, high, medium, low"
    );
    // 15 min, 1 h, 4 h for critical only: section 9 of the domain model.
    assert_eq!((real.mttd.target_ms, real.mttr_respond.target_ms), (Some(900_000), Some(3_600_000)));
    let targets: Vec<_> = real.mttr_resolve_by_severity.values().map(|interval| interval.target_ms).collect();
    assert_eq!(targets, [Some(14_400_000), None, None, None]);
    assert_eq!(real.mttr_respond.mean_text(), "2:32");
    assert_eq!(figures(&found.drills.mttr_resolve), (1, 0, 6_000_000, 6_000_000, 6_000_000, 6_000_000), "drills apart");
}

#[test]
fn rates_and_counts_equal_the_table() {
    let found = computed(&table());
    let real = &found.incidents;
    assert_eq!((real.reviews.count, real.reviews.of, real.reviews.target_permille), (11, 13, Some(1000)));
    assert_eq!(real.reviews_in_time, rate(9, 13));
    assert_eq!((real.actions.count, real.actions.of, real.actions.target_permille), (9, 11, Some(900)));
    assert_eq!(real.actions.permille(), Some(818));
    let overdue: Vec<_> = real.overdue_actions.iter().map(|late| (late.incident.as_str(), late.action.due)).collect();
    assert_eq!(
        overdue,
        [("INC-2026-01-09-002", at("2026-02-08T22:10:30Z")), ("INC-2026-03-03-008", at("2026-04-02T07:15:00Z"))]
    );
    let clocks: Vec<_> = real.clocks.iter().map(|(kind, rate)| (kind.word(), rate.count, rate.of)).collect();
    assert_eq!(clocks, [("respond", 10, 13), ("update", 7, 10), ("resolve", 5, 8), ("voter_notice", 1, 1)]);
    assert_eq!(real.updates, rate(7, 10));
    let alarms: Vec<_> =
        real.false_alarms_of_checks.iter().map(|(check, rate)| (check.as_str(), rate.count, rate.of)).collect();
    assert_eq!(
        alarms,
        [
            ("check.audit_chain", 1, 2),
            ("check.ballot_rate", 2, 3),
            ("check.login_failures", 0, 1),
            ("check.vote_signatures", 1, 1)
        ]
    );
    let severities: Vec<usize> = real.by_severity.values().copied().collect();
    assert_eq!(severities, [4, 7, 4, 2]);
    let categories: Vec<_> = real.by_category.iter().map(|(category, count)| (category.word(), *count)).collect();
    assert_eq!(
        categories,
        [
            ("integrity", 4),
            ("availability", 5),
            ("privacy", 1),
            ("security", 1),
            ("operations", 5),
            ("investigation", 1)
        ]
    );
    let elections: Vec<_> = real.by_election.iter().map(|(id, count)| (id.as_str(), *count)).collect();
    assert_eq!(elections, [("e1", 7), ("e2", 4), ("e3", 3), ("e4", 2)]);
    let systems: Vec<_> = real.by_system.iter().map(|(id, count)| (id.as_str(), *count)).collect();
    assert_eq!(systems, [("astra", 4), ("electra", 7), ("logbook", 4)]);
}

#[test]
fn no_incidents_give_no_figures_and_no_division() {
    let found = computed(&[]);
    assert_eq!(found.incidents.mttd.mean_ms, None);
    assert_eq!((found.incidents.reviews.permille(), found.incidents.mttd.mean_text().as_str()), (None, ""));
    assert_eq!(hours_and_minutes(59_999), "0:00");
    assert_eq!(hours_and_minutes(90_060_000), "25:01");
}

#[test]
fn the_order_of_the_incidents_changes_no_figure() {
    let rows = table();
    let turned: Vec<IncidentFigures> = rows.iter().rev().cloned().collect();
    let (one, other) = (computed(&rows), computed(&turned));
    assert_eq!(one.incidents.mttr_resolve, other.incidents.mttr_resolve);
    assert_eq!(one.incidents.overdue_actions, other.incidents.overdue_actions);
    assert_ne!(one.made_from, other.made_from, "the digest is of the figures as given");
}

#[test]
fn an_incident_gives_the_figures_of_its_records() {
    let mut desk = Desk::declare(Some("tally-failure"), IncidentSeverity::High);
    let begin = plus(at(DECLARED), -600);
    let entered = IncidentEvent::TimeEntered { time: IncidentTime::Began, at: begin, latest: Some(at(DECLARED)) };
    desk.act("Bo", entered);
    desk.wait(60).act("Bo", IncidentEvent::Acknowledged {});
    let run = CheckRun {
        run: "r1".to_owned(),
        function: "check.recount".to_owned(),
        program_version: "0.1.0".to_owned(),
        inputs: Vec::new(),
        parameters: BTreeMap::new(),
        result: CheckResult::Fail,
        summary: "One ballot differs".to_owned(),
        findings: vec!["T401".to_owned()],
    };
    desk.act("Bo", IncidentEvent::CheckRun(run));
    desk.wait(60);
    let step = StepChange::new("tally-failure", "hands-off", StepState::Done, "Nobody touched it");
    desk.act("Bo", IncidentEvent::StepChanged(step));
    desk.act(
        "Bo",
        IncidentEvent::ActionAdded(ActionDraft {
            action: "a1".to_owned(),
            text: "Buy a second disk".to_owned(),
            priority: ActionPriority::High,
            owner: "Bo".to_owned(),
            due: None,
        }),
    );
    desk.wait(3600).status(IncidentStatus::Contained);
    desk.wait(3600).status(IncidentStatus::Resolved);
    let found = desk.incident.metric_figures(desk.now).expect("declared");
    let declared = at(DECLARED);
    let seconds = |time: Option<Instant>| time.map(|time| time.seconds() - declared.seconds());
    assert_eq!(seconds(found.began), Some(-600));
    assert_eq!(seconds(found.acknowledged), Some(60));
    assert_eq!(seconds(found.first_action), Some(120), "the first step of containment");
    assert_eq!(seconds(found.contained), Some(3720));
    assert_eq!(seconds(found.resolved), Some(7320));
    assert_eq!(found.review_due.map(|due| due.seconds() - declared.seconds()), Some(7320 + 48 * 3600));
    assert!(found.needs_review && found.review_held.is_none());
    assert_eq!(found.alarms, [AlarmFigure { check: "check.recount".to_owned(), is_false: false }]);
    assert_eq!(found.actions.len(), 1);
    assert!(found.clocks.contains(&ClockFigure { kind: ClockKind::Respond, is_met: true }));
    assert!(found.clocks.contains(&ClockFigure { kind: ClockKind::Update, is_met: false }), "no update was given");
}
