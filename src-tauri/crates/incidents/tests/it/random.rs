//! Whatever records come in whatever order: nothing panics, a refused record changes nothing, and the journal of those
//! that were taken gives the same incident again.

use domain::Instant;
use domain::incident::{CheckResult, EntryKind, GuardedAct, IncidentSeverity, IncidentStatus, StepState};
use incidents::incident::event::{
    ActionDraft, ActionPriority, CheckRun, Condition, Confirmation, CustodyAct, CustodyEntry, EvidenceLink,
    FrozenPlaybook, IncidentTime, MessageDraft, OwnChoice, OwnOption, PlaybookChoice, StepChange,
};
use incidents::{Incident, IncidentEvent, IncidentRecord, Library};
use proptest::prelude::*;

use crate::desk::{DECLARED, Desk, at, election, through_json};

const PEOPLE: [&str; 5] = ["Ada", "Bo", "Cy", "Scrutineer", ""];
const TEXTS: [&str; 4] = ["", "A word", "Officers 2026", "e1"];
const IDS: [&str; 4] = ["a", "b", "resolve", "authority_notice"];
const PLAYBOOKS: [&str; 3] = ["database-issues", "tally-failure", "nope"];

fn pick<'a>(from: &[&'a str], seed: u32) -> &'a str {
    from[usize::try_from(seed).unwrap_or(0) % from.len()]
}

fn one<T: Copy>(from: &[T], seed: u32) -> T {
    from[usize::try_from(seed).unwrap_or(0) % from.len()]
}

/// One record's event from three numbers.
fn event(library: &Library, kind: u32, x: u32, y: u32, time: Instant) -> IncidentEvent {
    let text = |seed: u32| pick(&TEXTS, seed).to_owned();
    let id = |seed: u32| pick(&IDS, seed).to_owned();
    let person = |seed: u32| pick(&PEOPLE, seed).to_owned();
    let playbook = pick(&PLAYBOOKS, x).to_owned();
    let file = library.playbook(&playbook).or(library.playbook("minor-issue")).expect("shipped");
    let number = |count: usize, seed: u32| usize::try_from(seed).unwrap_or(0) % count.max(1);
    let confirmation = Confirmation {
        second_person: Some(person(y)).filter(|person| !person.is_empty()),
        typed: Some(text(y)),
        consequence_accepted: y.is_multiple_of(2),
    };
    let steps = &file.playbook.steps;
    let step = steps[number(steps.len(), y)].id.clone();
    match kind % 36 {
        0 => IncidentEvent::SeverityChanged {
            to: one(IncidentSeverity::ALL, x),
            scale: text(y),
            label: text(x),
            provisional: y.is_multiple_of(2),
            reason: text(y),
        },
        1 | 2 => IncidentEvent::StatusChanged { to: one(IncidentStatus::ALL, x), reason: text(y) },
        3 => IncidentEvent::CauseFound { text: text(x) },
        4 => IncidentEvent::TimeEntered {
            time: one(&[IncidentTime::Began, IncidentTime::Detected, IncidentTime::Acknowledged], x),
            at: time,
            latest: Some(at(DECLARED)).filter(|_| y.is_multiple_of(2)),
        },
        5 => IncidentEvent::Noted { kind: one(EntryKind::ALL, x), text: text(y), links: Vec::new() },
        6 => IncidentEvent::Corrected { entry: u64::from(x % 7), text: text(y) },
        7 => IncidentEvent::RoleSet { role: id(x), person: Some(person(y)).filter(|person| !person.is_empty()) },
        8 => IncidentEvent::Acknowledged {},
        9 => IncidentEvent::PlaybookApplied(FrozenPlaybook::from(file)),
        10..=14 => {
            let mut change = StepChange::new(&playbook, &step, one(StepState::ALL, x), &text(y));
            change.reason = text(x);
            change.evidence = if y.is_multiple_of(3) { vec![id(x)] } else { Vec::new() };
            change.messages = if y % 3 == 1 { vec![id(x)] } else { Vec::new() };
            change.checks = if y % 3 == 2 { vec![id(x)] } else { Vec::new() };
            IncidentEvent::StepChanged(change)
        }
        15 => IncidentEvent::ChecklistChanged {
            checklist: "initial-assessment".to_owned(),
            item: pick(&["acknowledge", "second-source", "overall", "releases", "logs"], x).to_owned(),
            done: y.is_multiple_of(2),
            note: text(y),
        },
        16 | 17 => {
            let decisions = &file.playbook.decisions;
            let Some(decision) = decisions.get(number(decisions.len(), y)) else {
                return IncidentEvent::Acknowledged {};
            };
            IncidentEvent::DecisionTaken(PlaybookChoice {
                playbook,
                decision: decision.id.clone(),
                option: decision.options[number(decision.options.len(), x)].id.clone(),
                reason: text(y),
                evidence: Vec::new(),
                confirmation,
            })
        }
        18 => IncidentEvent::OwnDecisionTaken(OwnChoice {
            question: text(x),
            options: vec![OwnOption { label: text(y), consequence: text(x) }; number(4, y)],
            chosen: number(5, x),
            irreversible: x.is_multiple_of(2),
            reason: text(y),
            evidence: Vec::new(),
            confirmation,
        }),
        19 => IncidentEvent::ConditionSet {
            condition: one(&[Condition::CorruptionSuspected, Condition::MailFailing, Condition::Outage], x),
            holds: y.is_multiple_of(2),
            reason: text(x),
        },
        20 => IncidentEvent::HoldSet {
            hold: id(x),
            blocks: vec![one(GuardedAct::ALL, y)],
            election: Some(text(y)),
            message: text(x),
            override_allowed: y.is_multiple_of(2),
        },
        21 => IncidentEvent::HoldReleased {
            guard: pick(&["a", "hold-close-and-tally", "no-manual-data-changes"], x).to_owned(),
            second_person: person(y),
            reason: text(x),
        },
        22 => IncidentEvent::GuardOverridden {
            guard: pick(&["a", "hold-close-and-tally", "one-retry-only"], x).to_owned(),
            act: one(GuardedAct::ALL, y),
            election: text(x),
            second_person: person(y),
            reason: text(y),
        },
        23 => IncidentEvent::EvidenceLinked(EvidenceLink {
            evidence: id(x),
            what: text(y),
            sha256: domain::Sha256Digest([u8::try_from(y % 2).unwrap_or(0); 32]),
            fulfils: Some("tally-failure/recount".to_owned()).filter(|_| x.is_multiple_of(3)),
        }),
        24 => IncidentEvent::CustodyEntered(CustodyEntry {
            evidence: id(x),
            act: CustodyAct::Viewed,
            from: text(x),
            to: text(y),
            why: text(y),
            hash_agreed: Some(y.is_multiple_of(2)),
        }),
        25 => IncidentEvent::MessagePrepared(MessageDraft {
            message: id(x),
            template: "data-breach-authority".to_owned(),
            template_sha256: None,
            values: Default::default(),
            subject: text(y),
            body: text(x),
            audience: "voters".to_owned(),
            channel: String::new(),
            secret: y.is_multiple_of(2),
        }),
        26 => IncidentEvent::MessageApproved { message: id(x) },
        27 => IncidentEvent::MessageSent { message: id(x), channel: text(y), is_update: y.is_multiple_of(2) },
        28 => IncidentEvent::UpdateGiven { text: text(x) },
        29 => IncidentEvent::CheckRun(CheckRun {
            run: id(x),
            function: "check.totals".to_owned(),
            program_version: String::new(),
            inputs: Vec::new(),
            parameters: Default::default(),
            result: one(CheckResult::ALL, y),
            summary: text(y),
            findings: Vec::new(),
        }),
        30 => IncidentEvent::ActionAdded(ActionDraft {
            action: id(x),
            text: text(y),
            priority: ActionPriority::Low,
            owner: person(y),
            due: Some(time).filter(|_| x.is_multiple_of(2)),
        }),
        31 => IncidentEvent::ActionDone { action: id(x), proof: text(y) },
        32 => IncidentEvent::ReviewHeld { participants: vec![person(x)] },
        33 => match x % 3 {
            0 => IncidentEvent::AccessRestricted { people: vec![person(x), person(y)], reason: text(y) },
            1 => IncidentEvent::ConflictMarked { person: person(y), reason: text(x) },
            _ => IncidentEvent::ConflictLifted { person: person(x), second_person: person(y), reason: text(y) },
        },
        34 => match x % 3 {
            0 => IncidentEvent::ClockStarted { clock: id(y), title: text(x), start: time, due: Some(at(DECLARED)) },
            1 => IncidentEvent::ClockStarted { clock: id(y), title: text(x), start: time, due: None },
            _ => IncidentEvent::ClockStopped { clock: id(y), outcome: text(x) },
        },
        _ => match x % 3 {
            0 => {
                IncidentEvent::ClockPaused { clock: pick(&["resolve", "update", "respond"], y).into(), reason: text(x) }
            }
            1 => IncidentEvent::ClockResumed { clock: pick(&["resolve", "update", "respond"], y).into() },
            _ => IncidentEvent::ReviewScheduled { planned_for: time },
        },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_records_never_panic_and_replay_to_the_same(
        draws in prop::collection::vec((any::<u32>(), any::<u32>(), any::<u32>(), 0..5_u32, -9_000..90_000_i64), 0..60),
        severity in 0..4_u32,
        playbook in 0..3_usize,
    ) {
        let playbook = [Some("tally-failure"), Some("database-issues"), None][playbook];
        let mut desk = Desk::declare(playbook, one(IncidentSeverity::ALL, severity));
        for (kind, x, y, by, seconds) in draws {
            // The clock on the wall may go back and forth.
            let now = Instant { micros: desk.now.micros + seconds * 1_000_000 };
            desk.now = now;
            let event = event(desk.playbooks, kind, x, y, now);
            let record = IncidentRecord::now(&desk.incident.id, now, pick(&PEOPLE, by), event);
            let before = desk.incident.clone();
            match desk.incident.apply(&record) {
                Ok(applied) => {
                    prop_assert_eq!(applied.entry, u64::try_from(desk.records.len()).unwrap_or(0) + 1);
                    prop_assert_eq!(&desk.incident.timeline[..before.timeline.len()].iter().map(|e| &e.text).collect::<Vec<_>>(),
                        &before.timeline.iter().map(|e| &e.text).collect::<Vec<_>>(), "entries never change");
                    desk.records.push(through_json(&record));
                }
                Err(refusal) => {
                    prop_assert_eq!(&desk.incident, &before, "{}", refusal);
                    prop_assert!(!refusal.why.is_empty() && !refusal.instead.is_empty());
                }
            }
            // Everything that a board shows can be computed at any time.
            for clock in desk.incident.clocks(now) {
                prop_assert!(clock.due >= clock.start || clock.kind == domain::incident::ClockKind::ActionItem, "{clock:?}");
                let _ = clock.state(now);
            }
            let _ = desk.incident.escalation_proposals(now, Some(now));
            let _ = desk.incident.checklists_now(desk.playbooks, now);
            let _ = desk.incident.metric_figures(now);
            let _ = desk.incident.possible_statuses();
            let _ = desk.locks(&election());
        }
        prop_assert_eq!(&Incident::replay(&desk.records).expect("whole"), &desk.incident);
    }
}
