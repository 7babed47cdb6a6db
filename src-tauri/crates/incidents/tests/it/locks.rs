//! Locks: what an open incident holds back, how it ends, and what two people can do about it.

use domain::incident::{GuardedAct, IncidentCategory, IncidentSeverity, IncidentStatus};
use incidents::incident::event::{Condition, ElectionRef};
use incidents::locks::{ElectionFacts, holding_back, locks, overrides};
use incidents::{Incident, IncidentEvent, RefusalCode};

use crate::desk::{Desk, choice, election};

const FOUR: [GuardedAct; 4] = [GuardedAct::Close, GuardedAct::Count, GuardedAct::Certify, GuardedAct::Publish];

fn going_on(act: GuardedAct, second: &str, reason: &str) -> IncidentEvent {
    IncidentEvent::GuardOverridden {
        guard: "hold-close-and-tally".to_owned(),
        act,
        election: "e1".to_owned(),
        second_person: second.to_owned(),
        reason: reason.to_owned(),
    }
}

fn condition(condition: Condition, holds: bool) -> IncidentEvent {
    IncidentEvent::ConditionSet { condition, holds, reason: "Seen by the operator".to_owned() }
}

#[test]
fn an_integrity_incident_of_high_or_critical_holds_the_four_acts_back() {
    for severity in IncidentSeverity::ALL {
        let desk =
            Desk::declare_with(None, *severity, |declaration| declaration.category = IncidentCategory::Integrity);
        let is_grave = matches!(severity, IncidentSeverity::Critical | IncidentSeverity::High);
        assert_eq!(desk.held(), if is_grave { FOUR.to_vec() } else { Vec::new() }, "{severity}");
        let other = Desk::declare(None, *severity);
        assert_eq!(other.held(), [], "an incident of another category without playbook holds nothing");
    }
    let mut desk = Desk::declare_with(None, IncidentSeverity::Medium, |declaration| {
        declaration.category = IncidentCategory::Integrity;
    });
    desk.severity(IncidentSeverity::High, "");
    assert_eq!(desk.held(), FOUR, "raised later");
}

#[test]
fn a_lock_names_its_incident_and_says_what_to_do() {
    let desk = Desk::declare(Some("ballot-stuffing"), IncidentSeverity::High);
    let found = holding_back([&desk.incident], &election(), GuardedAct::Close);
    assert_eq!(found.len(), 1, "one guard of one id, not two");
    let lock = &found[0];
    assert_eq!(lock.incident.as_ref(), Some(&desk.incident.id));
    assert_eq!(lock.guard, "hold-close-and-tally");
    assert!(lock.message.starts_with("An integrity incident is unresolved."));
    assert!(lock.override_allowed);
    assert_eq!(lock.since, Some(desk.now));
    let edit = holding_back([&desk.incident], &election(), GuardedAct::EditData);
    assert!(edit.iter().all(|lock| !lock.override_allowed));
    assert_eq!(holding_back([&desk.incident], &election(), GuardedAct::Extend), [], "extending is the remedy");
    let elsewhere = ElectionFacts { id: "e2".to_owned(), ..election() };
    assert_eq!(holding_back([&desk.incident], &elsewhere, GuardedAct::Close), []);
}

#[test]
fn an_incident_without_elections_touches_all_of_them() {
    let desk = Desk::declare_with(Some("evidence-integrity"), IncidentSeverity::High, |declaration| {
        declaration.elections.clear();
    });
    assert_eq!(desk.held()[..4], FOUR, "the standing rule, though the playbook only guards the data");
}

#[test]
fn locks_end_with_the_resolution_and_come_back_with_a_step_back() {
    let mut desk = Desk::declare(Some("credential-leakage"), IncidentSeverity::High);
    for status in [IncidentStatus::Investigating, IncidentStatus::Contained, IncidentStatus::Monitoring] {
        desk.status(status);
        assert_eq!(desk.held(), FOUR, "{status}");
    }
    desk.status(IncidentStatus::Resolved);
    assert_eq!(desk.held(), []);
    desk.act("Ada", IncidentEvent::StatusChanged { to: IncidentStatus::Investigating, reason: "More leaks".into() });
    assert_eq!(desk.held(), FOUR);
    desk.act("Ada", going_on(GuardedAct::Close, "Bo", "Ordered by the body"));
    let lifted = IncidentEvent::HoldReleased {
        guard: "hold-close-and-tally".to_owned(),
        second_person: "Bo".to_owned(),
        reason: "Matched".to_owned(),
    };
    desk.act("Ada", lifted);
    assert_eq!(desk.held(), []);
    desk.status(IncidentStatus::Resolved);
    desk.act("Ada", IncidentEvent::StatusChanged { to: IncidentStatus::Investigating, reason: "And more".into() });
    assert_eq!(desk.held(), FOUR, "what was allowed before the resolution is not allowed anew");
    let mut alarm = Desk::declare(Some("credential-leakage"), IncidentSeverity::High);
    alarm.act("Ada", IncidentEvent::StatusChanged { to: IncidentStatus::FalseAlarm, reason: "A test mail".into() });
    assert_eq!(alarm.held(), []);
}

#[test]
fn an_override_takes_two_different_people_without_conflict_and_a_reason() {
    let mut desk = Desk::declare(Some("ballot-stuffing"), IncidentSeverity::High);
    let reason = "The governing body orders the count, letter of today";
    assert_eq!(desk.refused("Ada", going_on(GuardedAct::Count, "", reason)).code, RefusalCode::TwoPeople);
    assert_eq!(desk.refused("Ada", going_on(GuardedAct::Count, "ada ", reason)).code, RefusalCode::TwoPeople);
    assert_eq!(desk.refused("Ada", going_on(GuardedAct::Count, "Bo", " ")).code, RefusalCode::ReasonMissing);
    assert_eq!(desk.refused("Scrutineer", going_on(GuardedAct::Count, "Bo", reason)).code, RefusalCode::Person);
    assert_eq!(desk.refused("Ada", going_on(GuardedAct::Extend, "Bo", reason)).code, RefusalCode::Guard);
    desk.act("Ada", IncidentEvent::ConflictMarked { person: "Bo".into(), reason: "Named in the complaint".into() });
    let refused = desk.refused("Ada", going_on(GuardedAct::Count, "bo", reason));
    assert!(refused.code == RefusalCode::TwoPeople && refused.why.contains("conflicted"), "{refused}");
    assert_eq!(desk.refused("Bo", going_on(GuardedAct::Count, "Ada", reason)).code, RefusalCode::Person);
    let data = IncidentEvent::GuardOverridden {
        guard: "no-manual-data-changes".to_owned(),
        act: GuardedAct::EditData,
        election: "e1".to_owned(),
        second_person: "Cy".to_owned(),
        reason: reason.to_owned(),
    };
    assert_eq!(desk.refused("Ada", data).code, RefusalCode::Guard);
    desk.act("Ada", going_on(GuardedAct::Count, "Cy", reason));
    assert_eq!(
        desk.held()[..3],
        [GuardedAct::Close, GuardedAct::Certify, GuardedAct::Publish],
        "the count alone is free"
    );
    let named = overrides([&desk.incident], "e1");
    assert_eq!(named.len(), 1);
    assert_eq!((named[0].1.by.as_str(), named[0].1.second_person.as_str()), ("Ada", "Cy"));
    desk.severity(IncidentSeverity::Critical, "");
    assert_eq!(desk.held()[..4], FOUR, "graver: the guard holds anew");
    assert_eq!(overrides([&desk.incident], "e1").len(), 1, "and the cover still names what was done");
}

#[test]
fn a_guard_is_lifted_by_named_decision_of_two() {
    let mut desk = Desk::declare(Some("ballot-stuffing"), IncidentSeverity::High);
    let lift = |guard: &str, second: &str| IncidentEvent::HoldReleased {
        guard: guard.to_owned(),
        second_person: second.to_owned(),
        reason: "Every ballot is matched".to_owned(),
    };
    assert_eq!(desk.refused("Ada", lift("hold-close-and-tally", "Ada")).code, RefusalCode::TwoPeople);
    assert_eq!(desk.refused("Ada", lift("no-manual-data-changes", "Bo")).code, RefusalCode::Guard);
    assert_eq!(desk.refused("Ada", lift("nothing", "Bo")).code, RefusalCode::Unknown);
    desk.act("Ada", lift("hold-close-and-tally", "Bo"));
    assert_eq!(desk.held(), [GuardedAct::EditData, GuardedAct::DeleteData]);
    assert_eq!(desk.refused("Ada", lift("hold-close-and-tally", "Bo")).code, RefusalCode::Guard, "lifted before");
}

#[test]
fn a_hold_set_by_hand_lasts_until_it_is_lifted() {
    let mut desk = Desk::declare(Some("closed-by-mistake"), IncidentSeverity::Critical);
    let hold = |id: &str, election: Option<&str>| IncidentEvent::HoldSet {
        hold: id.to_owned(),
        blocks: vec![GuardedAct::Publish],
        election: election.map(str::to_owned),
        message: "Not before the body has met".to_owned(),
        override_allowed: false,
    };
    assert_eq!(desk.refused("Ada", hold("h1", Some("e9"))).code, RefusalCode::Unknown);
    assert_eq!(desk.refused("Ada", hold("never-reopen-closed", None)).code, RefusalCode::Repeated);
    desk.act("Ada", hold("h1", Some("e1")));
    assert!(desk.held().contains(&GuardedAct::Publish));
    assert_eq!(desk.refused("Ada", hold("h1", None)).code, RefusalCode::Repeated);
    desk.status(IncidentStatus::Resolved);
    assert_eq!(desk.held(), [GuardedAct::Publish], "a hold outlives the resolution");
}

#[test]
fn mail_failing_for_many_voters_holds_the_end_back() {
    let mut desk = Desk::declare(None, IncidentSeverity::Medium);
    desk.act("Bo", condition(Condition::MailFailing, true));
    let found = holding_back([&desk.incident], &election(), GuardedAct::Close);
    assert_eq!(found[0].guard, "no-end-while-mail-fails");
    assert!(found[0].message.contains("extend"));
    desk.act("Bo", condition(Condition::MailFailing, false));
    assert_eq!(desk.held(), []);
    let mail = Desk::declare(Some("email-failure"), IncidentSeverity::High);
    assert_eq!(mail.held(), [GuardedAct::Close], "the playbook says so by itself");
    let mut directory = Desk::declare(None, IncidentSeverity::Medium);
    directory.act("Bo", condition(Condition::DirectoryUnstable, true));
    directory.act("Bo", condition(Condition::Outage, true));
    assert_eq!(directory.held(), [GuardedAct::Open, GuardedAct::Close]);
}

#[test]
fn the_single_retry_stays_free_until_it_is_done() {
    let mut desk = Desk::declare(Some("tally-failure"), IncidentSeverity::High);
    assert!(!desk.held().contains(&GuardedAct::Count), "the playbook itself asks for one retry");
    assert!(desk.held().contains(&GuardedAct::Publish));
    let evidence = desk.evidence(None);
    let mut first = incidents::incident::event::StepChange::new(
        "tally-failure",
        "preserve-first",
        domain::incident::StepState::Done,
        "",
    );
    first.evidence = vec![evidence];
    desk.act("Bo", IncidentEvent::StepChanged(first));
    desk.done("tally-failure", "retry", "The same error");
    let held = holding_back([&desk.incident], &election(), GuardedAct::Count);
    let guards: Vec<&str> = held.iter().map(|lock| lock.guard.as_str()).collect();
    assert_eq!(guards, ["one-retry-only", "hold-close-and-tally"]);
    // Closing again is free only once it is decided that the close did not complete.
    let mut late = Desk::declare(Some("close-failure-c"), IncidentSeverity::High);
    assert!(late.held().contains(&GuardedAct::Close));
    late.act("Ada", IncidentEvent::DecisionTaken(choice("close-failure-c", "status", "open", false)));
    assert!(!late.held().contains(&GuardedAct::Close));
    assert!(late.held().contains(&GuardedAct::Count));
}

#[test]
fn damage_holds_the_result_back_once_it_is_suspected() {
    let mut desk = Desk::declare(Some("database-issues"), IncidentSeverity::High);
    assert_eq!(desk.held(), [GuardedAct::EditData, GuardedAct::DeleteData]);
    desk.act("Ada", IncidentEvent::DecisionTaken(choice("database-issues", "corrupt", "yes", false)));
    assert_eq!(desk.held()[..4], FOUR);
    desk.act("Ada", condition(Condition::CorruptionSuspected, false));
    assert_eq!(desk.held(), [GuardedAct::EditData, GuardedAct::DeleteData], "said otherwise later");
}

#[test]
fn some_rules_hold_without_any_incident() {
    let none: [&Incident; 0] = [];
    let acts = |facts: &ElectionFacts| -> Vec<(String, bool)> {
        locks(none, facts).into_iter().map(|lock| (lock.guard, lock.override_allowed)).collect()
    };
    assert_eq!(acts(&election()), [("no-manual-data-changes".to_owned(), false)]);
    let facts = ElectionFacts { is_anonymized: true, failed_closes: 1, failed_counts: 2, ..election() };
    assert_eq!(
        acts(&facts),
        [
            ("no-manual-data-changes".to_owned(), false),
            ("never-reopen-closed".to_owned(), false),
            ("one-retry-only".to_owned(), true)
        ]
    );
    let count = holding_back(none, &facts, GuardedAct::Count);
    assert!(count[0].message.starts_with("Counting failed 2 times"));
    assert_eq!(holding_back(none, &facts, GuardedAct::Close), [], "one retry is allowed");
}

#[test]
fn an_anonymised_election_is_never_rolled_back() {
    let mut desk = Desk::declare(Some("closed-by-mistake"), IncidentSeverity::Critical);
    assert_eq!(holding_back([&desk.incident], &election(), GuardedAct::RollBack), []);
    let anonymised = ElectionFacts { is_anonymized: true, ..election() };
    let held = holding_back([&desk.incident], &anonymised, GuardedAct::RollBack);
    assert_eq!(held.len(), 2, "by the playbook and by the standing rule");
    assert!(held.iter().all(|lock| !lock.override_allowed));
    let election = ElectionRef { id: "e2".to_owned(), name: "Board".to_owned() };
    desk.act("Bo", IncidentEvent::ElectionAdded(election));
    assert!(desk.incident.touches("e2"));
}
