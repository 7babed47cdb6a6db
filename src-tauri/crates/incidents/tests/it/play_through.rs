//! Plays each of the shipped playbooks from declaration to closed, once for each option of its decisions, and looks at
//! guards, clocks, which steps apply, and evidence on the way.

use domain::incident::{CheckResult, ClockKind, GuardedAct, IncidentStatus, StepKind, StepState};
use incidents::incident::Obstacle;
use incidents::incident::event::{CheckRun, StepChange};
use incidents::playbook::{DueFrom, GuardWhile, PRESERVE_FIRST, Playbook, Step};
use incidents::{ClockState, IncidentEvent, RefusalCode};

use crate::desk::{DECLARED, Desk, at, choice, election, library, plus};

const MINUTE: i64 = 60;

/// Which acts the incident must hold back, told from the playbook alone.
fn expected_locks(desk: &Desk, playbook: &Playbook) -> Vec<GuardedAct> {
    let applied = desk.incident.applied(&playbook.id).expect("in use");
    let is_done = |step: &str| applied.steps.get(step).is_some_and(|record| record.state == StepState::Done);
    let is_open = desk.incident.status().is_open();
    let mut acts: Vec<GuardedAct> = Vec::new();
    for guard in &playbook.guards {
        let holds = match &guard.holds_while {
            GuardWhile::IncidentOpen | GuardWhile::Always => is_open,
            GuardWhile::Anonymized => false,
            GuardWhile::CorruptionSuspected => {
                is_open && applied.chosen.get("corrupt").is_some_and(|option| option == "yes")
            }
            GuardWhile::StepDone(step) => is_open && is_done(step),
        };
        if holds {
            acts.extend(&guard.blocks);
        }
    }
    let is_grave = desk.incident.severity().is_some_and(|severity| severity.rank() <= 1);
    if is_open && is_grave && playbook.category == domain::incident::IncidentCategory::Integrity {
        // tally-failure retries the count, close-failure-c the close where it did not complete; see the rule.
        let free = match playbook.id.as_str() {
            "tally-failure" if !is_done("retry") => Some(GuardedAct::Count),
            "close-failure-c" if applied.chosen.get("status").is_some_and(|option| option == "open") => {
                let again = playbook.steps.iter().find(|step| step.auto.as_deref() == Some("act.retry_close_once"));
                Some(GuardedAct::Close).filter(|_| !is_done(&again.expect("the retry").id))
            }
            _ => None,
        };
        let four = [GuardedAct::Close, GuardedAct::Count, GuardedAct::Certify, GuardedAct::Publish];
        acts.extend(four.into_iter().filter(|act| Some(*act) != free));
    }
    acts.sort();
    acts.dedup();
    acts
}

/// Does what a step asks for, as its kind demands.
fn do_step(desk: &mut Desk, playbook: &Playbook, step: &Step, option: usize) {
    let mut change = StepChange::new(&playbook.id, &step.id, StepState::Done, "");
    let asked: Vec<_> = playbook.decisions.iter().filter(|decision| decision.after_step == step.id).cloned().collect();
    let decide = |desk: &mut Desk| {
        for decision in &asked {
            let chosen = &decision.options[option.min(decision.options.len() - 1)];
            let event = choice(&playbook.id, &decision.id, &chosen.id, chosen.irreversible);
            if chosen.irreversible {
                let mut alone = event.clone();
                alone.confirmation.second_person = None;
                assert_eq!(desk.refused("Ada", IncidentEvent::DecisionTaken(alone)).code, RefusalCode::TwoPeople);
            }
            desk.act("Ada", IncidentEvent::DecisionTaken(event));
        }
    };
    if step.kind == StepKind::Decide {
        decide(desk);
    }
    match step.kind {
        StepKind::Do => {}
        StepKind::Record | StepKind::Decide | StepKind::Link => change.result = "Written down.".to_owned(),
        StepKind::Capture => {
            desk.refused("Bo", IncidentEvent::StepChanged(change.clone()));
            change.evidence = vec![desk.evidence(None)];
        }
        StepKind::Check => match &step.auto {
            Some(function) => {
                let run = desk.next_id("run");
                desk.act(
                    "Scrutineer",
                    IncidentEvent::CheckRun(CheckRun {
                        run: run.clone(),
                        function: function.clone(),
                        program_version: "0.1.0".to_owned(),
                        inputs: Vec::new(),
                        parameters: Default::default(),
                        result: CheckResult::Pass,
                        summary: "Nothing found".to_owned(),
                        findings: Vec::new(),
                    }),
                );
                change.checks = vec![run];
            }
            None => change.result = "As it should be.".to_owned(),
        },
        StepKind::Notify => match &step.template {
            Some(template) => change.messages = vec![desk.send(template)],
            None => change.result = "Told by telephone.".to_owned(),
        },
        StepKind::Escalate => {
            desk.act(
                "Bo",
                IncidentEvent::EscalationTried {
                    level: 1,
                    role: "primary".into(),
                    person: "Eve".into(),
                    method: "telephone".into(),
                    reason: step.text.clone(),
                },
            );
            desk.act("Bo", IncidentEvent::EscalationAcknowledged { level: 1, person: "Eve".into() });
        }
    }
    let warnings = desk.act("Bo", IncidentEvent::StepChanged(change)).warnings;
    assert_eq!(warnings, [], "{}/{}: evidence comes first", playbook.id, step.id);
    if step.kind != StepKind::Decide {
        decide(desk);
    }
}

/// Works through the open steps that apply now, in order, until none is left.
fn work(desk: &mut Desk, playbook: &Playbook, from: DueFrom, option: usize) {
    loop {
        let next = desk.incident.steps().into_iter().find(|view| {
            let is_later = view.step.due.is_some_and(|due| due.from == DueFrom::Resolved);
            view.state == StepState::Open && view.waits_for.is_none() && (from == DueFrom::Resolved || !is_later)
        });
        let Some(view) = next else { break };
        desk.wait(20);
        do_step(desk, playbook, &view.step, option);
        assert_eq!(desk.held(), expected_locks(desk, playbook), "{} after {}", playbook.id, view.step.id);
    }
}

fn play(id: &str, option: usize) {
    let library = library();
    let playbook = library.playbook(id).expect(id).playbook.clone();
    let mut desk = Desk::declare(Some(id), playbook.default_severity);
    assert_eq!(desk.held(), expected_locks(&desk, &playbook), "{id}: from the declaration on");

    // Steps that hang on a decision wait for it and cannot be done before.
    for step in playbook.steps.iter().filter(|step| step.when.is_some()) {
        let early = IncidentEvent::StepChanged(StepChange::new(id, &step.id, StepState::Done, "early"));
        assert_eq!(desk.refused("Bo", early).code, RefusalCode::Step, "{id}/{}", step.id);
    }
    // Due times from the declaration, to the second.
    for step in playbook.steps.iter().filter(|step| step.when.is_none()) {
        let id = format!("step:{id}/{}", step.id);
        let clock = desk.clocks().into_iter().find(|clock| clock.id == id);
        match step.due.filter(|due| due.from == DueFrom::Declared) {
            Some(due) => {
                assert_eq!(clock.expect(&id).due, plus(at(DECLARED), i64::from(due.minutes) * MINUTE), "{id}");
            }
            None => assert!(clock.is_none(), "{id} has no clock yet"),
        }
    }
    desk.wait(2 * MINUTE).act("Bo", IncidentEvent::Acknowledged {});
    for item in ["acknowledge", "second-source", "overall", "releases", "logs"] {
        let (checklist, item, note) = ("initial-assessment".to_owned(), item.to_owned(), String::new());
        desk.act("Bo", IncidentEvent::ChecklistChanged { checklist, item, done: true, note });
    }
    desk.status(IncidentStatus::Investigating);
    work(&mut desk, &playbook, DueFrom::Declared, option);
    for view in desk.incident.steps() {
        if let Some(when) = &view.step.when {
            let chosen = &desk.incident.applied(id).expect("in use").chosen[&when.decision];
            let expected = if *chosen == when.option { StepState::Done } else { StepState::NotApplicable };
            assert_eq!(view.state, expected, "{id}/{}", view.step.id);
        }
    }
    desk.act("Ada", IncidentEvent::CauseFound { text: "Known now".into() });
    desk.wait(MINUTE).status(IncidentStatus::Contained);
    desk.status(IncidentStatus::Monitoring);
    assert_eq!(desk.held(), expected_locks(&desk, &playbook));
    desk.wait(MINUTE).status(IncidentStatus::Resolved);
    let resolved = desk.now;
    assert_eq!(desk.held(), [], "{id}: nothing is held back once it is resolved");
    assert_eq!(desk.locks(&election()).len(), 1, "but the rule that holds always");
    finish(&mut desk, &playbook, resolved, option);
}

/// From the resolution to the end.
fn finish(desk: &mut Desk, playbook: &Playbook, resolved: domain::Instant, option: usize) {
    let id = playbook.id.as_str();
    let close = || IncidentEvent::StatusChanged { to: IncidentStatus::Closed, reason: String::new() };
    let needs_review = playbook.default_severity.rank() <= 1 || playbook.step("post-mortem").is_some();
    assert_eq!(desk.incident.needs_review(), needs_review, "{id}");
    if needs_review {
        assert_eq!(desk.clock("review_held").due, plus(resolved, 48 * 60 * MINUTE));
        assert_eq!(desk.refused("Ada", close()).code, RefusalCode::Status, "{id}: not before the review");
        desk.wait(60 * MINUTE).act("Ada", IncidentEvent::ReviewScheduled { planned_for: plus(resolved, 86_400) });
        desk.wait(23 * 60 * MINUTE);
        let people = vec!["Ada".to_owned(), "Bo".to_owned(), "Cy".to_owned()];
        desk.act("Ada", IncidentEvent::ReviewHeld { participants: people });
    }
    work(desk, playbook, DueFrom::Resolved, option);
    if needs_review {
        desk.status(IncidentStatus::Reviewed);
    }
    let expected = playbook.close_when.len() + playbook.evidence.iter().filter(|item| item.required).count();
    assert_eq!(desk.incident.obstacles().len(), expected, "{id}: conditions and evidence are left");
    if expected > 0 {
        assert_eq!(desk.refused("Ada", close()).code, RefusalCode::NotFinished);
    }
    let required: Vec<String> =
        playbook.evidence.iter().filter(|item| item.required).map(|item| format!("{id}/{}", item.id)).collect();
    for (number, item) in required.iter().enumerate() {
        if number == 0 {
            let (item, reason) = (item.clone(), "The machine is gone".to_owned());
            desk.act("Bo", IncidentEvent::EvidenceExplained { item, reason });
        } else {
            desk.evidence(Some(item));
        }
    }
    let is_condition = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Condition { .. });
    assert!(desk.incident.obstacles().iter().all(is_condition), "{id}");
    for condition in 1..=playbook.close_when.len() {
        let (playbook, note) = (id.to_owned(), String::new());
        desk.act("Ada", IncidentEvent::CloseConditionConfirmed { playbook, condition, note });
    }
    desk.act("Ada", close());
    assert_eq!(desk.incident.status(), IncidentStatus::Closed);
    desk.wait(30 * 86_400);
    for clock in desk.clocks() {
        let is_over = !matches!(
            clock.state(desk.now),
            ClockState::Running { .. } | ClockState::Overdue { .. } | ClockState::Paused { .. }
        );
        assert!(is_over, "{id}: nothing runs on after the end: {clock:?}");
        let is_in_time = matches!(clock.state(desk.now), ClockState::Met { .. } | ClockState::Ended);
        // Voters are told only where the playbook has a message for them; long playbooks outlast an update.
        let may_miss = matches!(clock.kind, ClockKind::VoterNotice | ClockKind::Update | ClockKind::Step);
        assert!(is_in_time || may_miss, "{id}: {clock:?}");
    }
    assert!(desk.incident.order_breaches.is_empty());
    assert_eq!(desk.replayed(), desk.incident, "{id}: the journal alone gives the same incident");
}

#[test]
fn every_playbook_can_be_played_to_its_end_with_every_option() {
    let library = library();
    let mut played = 0;
    for file in &library.playbooks {
        let options = file.playbook.decisions.iter().map(|decision| decision.options.len()).max().unwrap_or(1);
        for option in 0..options {
            play(&file.playbook.id, option);
            played += 1;
        }
    }
    // 32 playbooks; the sum of their longest lists of options, counted in the files by another script.
    assert_eq!((library.playbooks.len(), played), (32, PLAYED));
}

/// See `fixtures/count_options.py`.
const PLAYED: usize = 70;

#[test]
fn evidence_is_preserved_before_every_act_in_the_order_of_every_playbook() {
    for file in &library().playbooks {
        let playbook = &file.playbook;
        let Some(preserve) = playbook.step(PRESERVE_FIRST) else { panic!("{} lacks it", playbook.id) };
        let first_act = playbook.steps.iter().find(|step| step.kind == StepKind::Do);
        assert!(first_act.is_none_or(|act| preserve.order < act.order), "{}", playbook.id);
    }
}
