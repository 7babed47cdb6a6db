//! What a record needs before it is taken: steps, decisions, people, the timeline, messages, closing.

use domain::incident::{EntryKind, IncidentId, IncidentSeverity, IncidentStatus, StepState};
use incidents::clocks::ClockFigures;
use incidents::incident::event::{
    CheckRun, Confirmation, Declaration, IncidentTime, OwnChoice, OwnOption, PlaybookChoice, Report, StepChange,
};
use incidents::incident::{Obstacle, Warning};
use incidents::{Incident, IncidentEvent, IncidentRecord, Library, RefusalCode};

use crate::desk::{DECLARED, Desk, at, choice, declaration, library, plus};

fn note(text: &str) -> IncidentEvent {
    IncidentEvent::Noted { kind: EntryKind::Fact, text: text.to_owned(), links: Vec::new() }
}

fn step(playbook: &str, step: &str, state: StepState) -> IncidentEvent {
    IncidentEvent::StepChanged(StepChange::new(playbook, step, state, ""))
}

fn check(run: &str, result: domain::incident::CheckResult) -> IncidentEvent {
    IncidentEvent::CheckRun(CheckRun {
        run: run.to_owned(),
        function: "check.vote_signatures".to_owned(),
        program_version: "0.1.0".to_owned(),
        inputs: Vec::new(),
        parameters: Default::default(),
        result,
        summary: "12 votes".to_owned(),
        findings: vec!["S101".to_owned()],
    })
}

#[test]
fn the_timeline_is_only_added_to_and_corrected_by_later_entries() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    let applied = desk.act("Bo", note("The sign-in page shows an error"));
    assert_eq!(applied.entry, 2);
    let wrong = IncidentEvent::Corrected { entry: 9, text: "no".to_owned() };
    assert_eq!(desk.refused("Bo", wrong).code, RefusalCode::Unknown);
    desk.act("Bo", IncidentEvent::Corrected { entry: 2, text: "It was the results page".to_owned() });
    let entries = &desk.incident.timeline;
    assert_eq!(entries[1].text, "The sign-in page shows an error", "the old entry stays");
    assert_eq!((entries[1].corrected_by.clone(), entries[2].corrects), (vec![3], Some(2)));
    assert_eq!(desk.refused("Bo", note(" ")).code, RefusalCode::ReasonMissing);
    let numbers: Vec<u64> = desk.incident.timeline.iter().map(|entry| entry.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[test]
fn an_entry_keeps_when_it_happened_and_when_it_was_written_down() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    desk.wait(600);
    let happened = plus(desk.now, -3600);
    let record = IncidentRecord::earlier(&desk.incident.id, happened, desk.now, "Bo", note("A voter called"));
    desk.incident.apply(&record).expect("told later");
    let entry = desk.incident.timeline.last().expect("the entry");
    assert_eq!((entry.happened_at, entry.recorded_at), (happened, desk.now));
    let future = IncidentRecord::earlier(&desk.incident.id, plus(desk.now, 1), desk.now, "Bo", note("x"));
    assert_eq!(desk.incident.apply(&future).expect_err("from the future").code, RefusalCode::Record);
}

#[test]
fn records_of_another_version_incident_or_shape_are_refused() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    let mut newer = desk.record("Bo", note("x"));
    newer.version = 2;
    assert!(desk.incident.apply(&newer).expect_err("newer").why.contains("version 2"));
    let mut foreign = desk.record("Bo", note("x"));
    foreign.incident = IncidentId::new(desk.now, 2);
    assert_eq!(desk.incident.apply(&foreign).expect_err("foreign").code, RefusalCode::Record);
    let json = serde_json::to_string(&desk.record("Bo", note("x"))).expect("JSON");
    let more = json.replacen("\"version\"", "\"extra\":1,\"version\"", 1);
    assert!(serde_json::from_str::<IncidentRecord>(&more).is_err(), "unknown fields are refused");
    let more = json.replacen("\"text\"", "\"extra\":1,\"text\"", 1);
    assert!(serde_json::from_str::<IncidentRecord>(&more).is_err(), "inside the event too");
    assert_eq!(desk.refused(" ", note("x")).code, RefusalCode::Person);
}

#[test]
fn a_report_comes_before_the_declaration_or_not_at_all() {
    let library = library();
    let id = IncidentId::new(at(DECLARED), 1);
    let report = IncidentEvent::Reported(Report {
        title: "A voter complains".to_owned(),
        description: String::new(),
        elections: Vec::new(),
        reporter: "A voter".to_owned(),
    });
    let earlier = at("2026-02-10T14:00:00Z");
    let mut incident = Incident::open(&IncidentRecord::now(&id, earlier, "Bo", report)).expect("a report");
    assert_eq!(incident.status(), IncidentStatus::Reported);
    assert!(incident.clocks(at(DECLARED)).is_empty(), "clocks run from the declaration");
    let early = IncidentRecord::now(&id, earlier, "Bo", IncidentEvent::Acknowledged {});
    assert_eq!(incident.apply(&early).expect_err("not declared").code, RefusalCode::Declaration);
    let mut declared = declaration(library, Some("suspected-coercion"), IncidentSeverity::High);
    declared.reported_at = earlier;
    let event = IncidentEvent::Declared(Box::new(declared));
    incident.apply(&IncidentRecord::now(&id, at(DECLARED), "Ada", event.clone())).expect("declared");
    assert_eq!(incident.times.at(IncidentTime::Reported), Some(earlier));
    let again = IncidentRecord::now(&id, at(DECLARED), "Ada", event);
    assert_eq!(incident.apply(&again).expect_err("twice").code, RefusalCode::Declaration);
    let first = IncidentRecord::now(&id, earlier, "Bo", note("x"));
    assert_eq!(Incident::open(&first).expect_err("begins with a note").code, RefusalCode::Declaration);
    assert_eq!(Incident::replay(&[]).expect_err("empty").0, 0);
}

#[test]
fn a_frozen_playbook_must_have_its_hash() {
    let library = library();
    let open = |change: &dyn Fn(&mut Declaration)| {
        let mut declared = declaration(library, Some("minor-issue"), IncidentSeverity::Low);
        change(&mut declared);
        let id = IncidentId::new(at(DECLARED), 1);
        Incident::open(&IncidentRecord::now(&id, at(DECLARED), "Ada", IncidentEvent::Declared(Box::new(declared))))
    };
    let changed = open(&|declared| {
        if let Some(playbook) = &mut declared.playbook {
            playbook.text = playbook.text.replace("required = true", "required = false");
        }
    });
    assert_eq!(changed.expect_err("the text was changed").code, RefusalCode::Playbook);
    let version = open(&|declared| {
        if let Some(playbook) = &mut declared.playbook {
            playbook.version = "2.0.0".to_owned();
        }
    });
    assert_eq!(version.expect_err("another version").code, RefusalCode::Playbook);
    assert!(open(&|_| {}).is_ok());
}

#[test]
fn each_kind_of_step_needs_what_it_asks_for() {
    let mut desk = Desk::declare(Some("credential-leakage"), IncidentSeverity::High);
    let name = "credential-leakage";
    let refused = desk.refused("Bo", step(name, "record-basics", StepState::Done));
    assert!(refused.why.contains("asks for a text"), "{refused}");
    let refused = desk.refused("Bo", step(name, "preserve-first", StepState::Done));
    assert!(refused.why.contains("asks for evidence"), "{refused}");
    let refused = desk.refused("Bo", step(name, "warn-voters", StepState::Done));
    assert!(refused.instead.contains("voter-credential-warning"), "{refused}");
    let refused = desk.refused("Bo", step(name, "misuse-check", StepState::Done));
    assert!(refused.why.contains("asks what was found"), "{refused}");
    let refused = desk.refused("Bo", step(name, "scope", StepState::Done));
    assert!(refused.why.contains("How far does the leak reach?"), "{refused}");
    let mut with_unknown = StepChange::new(name, "preserve-first", StepState::Done, "");
    with_unknown.evidence = vec!["ev-99".to_owned()];
    assert_eq!(desk.refused("Bo", IncidentEvent::StepChanged(with_unknown)).code, RefusalCode::Unknown);
    assert_eq!(desk.refused("Bo", step(name, "nope", StepState::Done)).code, RefusalCode::Unknown);
    assert_eq!(desk.refused("Bo", step("nope", "x", StepState::Done)).code, RefusalCode::Unknown);
    let sent = desk.send("voter-credential-warning");
    let mut told = StepChange::new(name, "warn-voters", StepState::Done, "");
    told.messages = vec![sent];
    desk.act("Bo", IncidentEvent::StepChanged(told));
}

#[test]
fn a_required_step_is_skipped_only_with_a_reason() {
    let mut desk = Desk::declare(Some("tally-failure"), IncidentSeverity::High);
    let refused = desk.refused("Bo", step("tally-failure", "hands-off", StepState::Skipped));
    assert_eq!(refused.code, RefusalCode::ReasonMissing);
    desk.act("Bo", step("tally-failure", "stuck", StepState::Skipped));
    let mut skip = StepChange::new("tally-failure", "hands-off", StepState::Skipped, "");
    skip.reason = "The database is out of reach".to_owned();
    desk.act("Bo", IncidentEvent::StepChanged(skip));
    let refused = desk.refused("Bo", step("tally-failure", "stuck", StepState::NotApplicable));
    assert_eq!(refused.code, RefusalCode::Step);
    let refused = desk.refused("Bo", step("tally-failure", "stuck", StepState::Open));
    assert_eq!(refused.code, RefusalCode::ReasonMissing, "opening again needs one too");
}

#[test]
fn acting_before_evidence_is_preserved_is_warned_about_and_recorded() {
    let mut desk = Desk::declare(Some("admin-error"), IncidentSeverity::High);
    let applied = desk.act("Bo", step("admin-error", "stop", StepState::Done));
    assert_eq!(applied.warnings, [Warning::EvidenceNotYetPreserved { step: "stop".to_owned() }]);
    assert!(applied.warnings[0].to_string().contains("before evidence was preserved"));
    assert_eq!(desk.incident.order_breaches, ["admin-error/stop"]);
    let mut sound = Desk::declare(Some("admin-error"), IncidentSeverity::High);
    let evidence = sound.evidence(None);
    let mut first = StepChange::new("admin-error", "preserve-first", StepState::Done, "");
    first.evidence = vec![evidence];
    sound.act("Bo", IncidentEvent::StepChanged(first));
    assert_eq!(sound.act("Bo", step("admin-error", "stop", StepState::Done)).warnings, []);
    assert!(sound.incident.order_breaches.is_empty());
}

#[test]
fn a_failed_check_completes_nothing_silently() {
    let mut desk = Desk::declare(Some("ballot-stuffing"), IncidentSeverity::High);
    let runs = [("run-1", domain::incident::CheckResult::Fail), ("run-2", domain::incident::CheckResult::Pass)];
    for (run, result) in runs {
        desk.act("Bo", check(run, result));
    }
    assert_eq!(desk.refused("Bo", check("run-1", runs[1].1)).code, RefusalCode::Repeated);
    let done = |desk: &mut Desk, run: &str| {
        let mut change = StepChange::new("ballot-stuffing", "signatures", StepState::Done, "");
        let known = desk.incident.applied("ballot-stuffing").expect("in use");
        let by_auto = known.playbook.steps.iter().find(|step| step.auto.as_deref() == Some("check.vote_signatures"));
        change.step = by_auto.expect("a step for it").id.clone();
        change.checks = vec![run.to_owned()];
        desk.act("Bo", IncidentEvent::StepChanged(change)).warnings
    };
    assert_eq!(done(&mut desk, "run-2"), []);
    assert!(matches!(done(&mut desk, "run-1")[..], [Warning::CheckDidNotPass { .. }]));
    let judge =
        |reason: &str| IncidentEvent::AlarmJudged { run: "run-1".into(), is_false: true, reason: reason.into() };
    assert_eq!(desk.refused("Bo", judge("")).code, RefusalCode::ReasonMissing);
    desk.act("Bo", judge("Wrong key"));
    let sound = IncidentEvent::AlarmJudged { run: "run-2".into(), is_false: true, reason: "x".into() };
    assert_eq!(desk.refused("Bo", sound).code, RefusalCode::Status);
}

#[test]
fn steps_follow_the_decision_they_hang_on() {
    let mut desk = Desk::declare(Some("credential-leakage"), IncidentSeverity::High);
    let name = "credential-leakage";
    let view = |desk: &Desk, id: &str| {
        let view = desk.incident.steps().into_iter().find(|view| view.step.id == id).expect(id);
        (view.state, view.waits_for)
    };
    assert_eq!(view(&desk, "reissue-one"), (StepState::Open, Some("scope".to_owned())), "greyed");
    let refused = desk.refused("Bo", step(name, "reissue-one", StepState::Done));
    assert!(refused.why.contains("How far does the leak reach?") && refused.instead.contains("decide"), "{refused}");
    desk.act("Ada", IncidentEvent::DecisionTaken(choice(name, "scope", "widespread", false)));
    assert_eq!(view(&desk, "reissue-one"), (StepState::NotApplicable, None));
    assert_eq!(view(&desk, "hold"), (StepState::Open, None));
    assert!(desk.refused("Bo", step(name, "reissue-one", StepState::Done)).why.contains("does not apply"));
    desk.act("Ada", IncidentEvent::DecisionTaken(choice(name, "scope", "isolated", false)));
    assert_eq!(view(&desk, "reissue-one").0, StepState::Open, "decided again");
    assert_eq!(desk.incident.decisions.len(), 2, "both decisions stay");
}

#[test]
fn what_cannot_be_taken_back_needs_two_people_a_typed_name_and_the_consequence_accepted() {
    let mut desk = Desk::declare(Some("credential-leakage"), IncidentSeverity::High);
    let rerun = || choice("credential-leakage", "remedy", "rerun", true);
    let with = |change: &dyn Fn(&mut PlaybookChoice)| {
        let mut choice = rerun();
        change(&mut choice);
        IncidentEvent::DecisionTaken(choice)
    };
    type Change<'a> = &'a dyn Fn(&mut PlaybookChoice);
    let cases: [(Change<'_>, RefusalCode); 8] = [
        (&|choice| choice.confirmation.second_person = None, RefusalCode::TwoPeople),
        (&|choice| choice.confirmation.second_person = Some(" ADA".to_owned()), RefusalCode::TwoPeople),
        (&|choice| choice.confirmation.second_person = Some("Scrutineer".to_owned()), RefusalCode::TwoPeople),
        (&|choice| choice.confirmation.typed = None, RefusalCode::NotConfirmed),
        (&|choice| choice.confirmation.typed = Some("Officers".to_owned()), RefusalCode::NotConfirmed),
        (&|choice| choice.confirmation.consequence_accepted = false, RefusalCode::NotConfirmed),
        (&|choice| choice.reason = String::new(), RefusalCode::ReasonMissing),
        (&|choice| choice.option = "again".to_owned(), RefusalCode::Unknown),
    ];
    for (change, code) in cases {
        assert_eq!(desk.refused("Ada", with(change)).code, code);
    }
    desk.act("Ada", IncidentEvent::ConflictMarked { person: "Cy".into(), reason: "Holds the keys".into() });
    assert_eq!(desk.refused("Ada", IncidentEvent::DecisionTaken(rerun())).code, RefusalCode::TwoPeople);
    desk.act(
        "Ada",
        with(&|choice| {
            choice.confirmation.second_person = Some("Di".to_owned());
            choice.confirmation.typed = Some("e1".to_owned());
        }),
    );
    let back = IncidentEvent::DecisionTaken(choice("credential-leakage", "remedy", "continue", false));
    assert_eq!(desk.refused("Ada", back).code, RefusalCode::Irreversible);
    let record = desk.incident.decisions.last().expect("taken");
    assert_eq!(record.options.len(), 3, "the alternatives are kept");
    assert!(record.irreversible && record.consequence.contains("declared invalid"));
}

#[test]
fn a_decision_of_ones_own_shows_its_options_and_consequences() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    let option = |label: &str, consequence: &str| OwnOption { label: label.into(), consequence: consequence.into() };
    let own = OwnChoice {
        question: "Move the count to Friday?".to_owned(),
        options: vec![option("Yes", "Results are late"), option("No", "Results may have to be withdrawn")],
        chosen: 0,
        irreversible: false,
        reason: "The check runs until Thursday".to_owned(),
        evidence: Vec::new(),
        confirmation: Confirmation::default(),
    };
    let one = OwnChoice { options: own.options[..1].to_vec(), ..own.clone() };
    assert_eq!(desk.refused("Ada", IncidentEvent::OwnDecisionTaken(one)).code, RefusalCode::ReasonMissing);
    let beyond = OwnChoice { chosen: 2, ..own.clone() };
    assert_eq!(desk.refused("Ada", IncidentEvent::OwnDecisionTaken(beyond)).code, RefusalCode::Unknown);
    let alone = OwnChoice { irreversible: true, ..own.clone() };
    assert_eq!(desk.refused("Ada", IncidentEvent::OwnDecisionTaken(alone)).code, RefusalCode::TwoPeople);
    desk.act("Ada", IncidentEvent::OwnDecisionTaken(own));
    assert_eq!(desk.incident.decisions[0].chosen, "Yes");
}

#[test]
fn a_conflicted_person_loses_roles_and_access() {
    let mut desk = Desk::declare(Some("admin-manipulation"), IncidentSeverity::Critical);
    let role = |role: &str, person: &str| IncidentEvent::RoleSet { role: role.into(), person: Some(person.into()) };
    desk.act("Ada", role("technical", "Bo"));
    desk.act("Ada", IncidentEvent::ConflictMarked { person: " bo ".into(), reason: "The accounts are theirs".into() });
    assert!(!desk.incident.roles.contains_key("technical"));
    assert_eq!(desk.refused("Bo", note("I did nothing")).code, RefusalCode::Person);
    assert_eq!(desk.refused("Ada", role("scribe", "Bo")).code, RefusalCode::Person);
    let call = IncidentEvent::EscalationTried {
        level: 1,
        role: "primary".into(),
        person: "Bo".into(),
        method: "telephone".into(),
        reason: "on call".into(),
    };
    assert!(desk.refused("Ada", call).instead.contains("around"), "the ladder goes around this person");
    let lift = |second: &str| IncidentEvent::ConflictLifted {
        person: "Bo".into(),
        second_person: second.into(),
        reason: "Was abroad".into(),
    };
    assert_eq!(desk.refused("Ada", lift("Bo")).code, RefusalCode::TwoPeople);
    desk.act("Ada", lift("Cy"));
    let warnings = desk.act("Bo", role("technical", "Ada")).warnings;
    assert!(matches!(warnings[..], [Warning::LeadIsTechnical { .. }]));
}

#[test]
fn a_restricted_incident_is_for_named_people() {
    let mut desk = Desk::declare(Some("suspected-coercion"), IncidentSeverity::High);
    let restrict = |people: &[&str]| IncidentEvent::AccessRestricted {
        people: people.iter().map(|person| (*person).to_owned()).collect(),
        reason: "Protects the reporter".into(),
    };
    assert_eq!(desk.refused("Ada", restrict(&["Bo"])).code, RefusalCode::Person, "nobody locks themselves out");
    desk.act("Ada", restrict(&["Ada", "Bo"]));
    assert!(!desk.incident.may_act("Cy"));
    assert_eq!(desk.refused("Cy", note("x")).code, RefusalCode::Person);
    desk.act("Bo", note("x"));
    desk.act("Scrutineer", note("A clock was missed"));
}

#[test]
fn the_status_goes_forward_freely_and_back_with_a_reason() {
    let mut desk = Desk::declare(None, IncidentSeverity::Medium);
    let to = |to: IncidentStatus, reason: &str| IncidentEvent::StatusChanged { to, reason: reason.into() };
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Declared, "x")).code, RefusalCode::Status, "it is that already");
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Reported, "x")).code, RefusalCode::Status);
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Reviewed, "x")).code, RefusalCode::Status);
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Closed, "x")).code, RefusalCode::Status);
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Duplicate, "x")).code, RefusalCode::Status);
    assert_eq!(desk.refused("Scrutineer", to(IncidentStatus::Resolved, "")).code, RefusalCode::Person);
    desk.status(IncidentStatus::Monitoring);
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Contained, "")).code, RefusalCode::ReasonMissing);
    desk.act("Ada", to(IncidentStatus::Contained, "It comes back"));
    assert!(desk.incident.statuses.last().expect("there").is_back_step);
    desk.status(IncidentStatus::Resolved);
    desk.status(IncidentStatus::Closed);
    assert_eq!(desk.refused("Bo", IncidentEvent::Acknowledged {}).code, RefusalCode::Status, "it has ended");
    assert_eq!(desk.refused("Ada", to(IncidentStatus::Monitoring, "x")).code, RefusalCode::Status);
    desk.act("Ada", to(IncidentStatus::Investigating, "It was not over"));
    assert_eq!(desk.incident.times.resolved, None);
    let own = IncidentEvent::DuplicateOf { incident: desk.incident.id.clone(), reason: "x".into() };
    assert_eq!(desk.refused("Ada", own).code, RefusalCode::Record);
    let other = IncidentId::new(desk.now, 9);
    desk.act("Ada", IncidentEvent::DuplicateOf { incident: other, reason: "The same outage".into() });
    assert_eq!(desk.incident.status(), IncidentStatus::Duplicate);
}

#[test]
fn closing_lists_everything_that_is_left_to_do() {
    let mut desk = Desk::declare(Some("minor-issue"), IncidentSeverity::Low);
    desk.status(IncidentStatus::Resolved);
    let kinds = |desk: &Desk| desk.incident.obstacles();
    // minor-issue: required record-basics, describe-symptoms, preserve-first, confirm-low, file; one condition.
    let steps = kinds(&desk).iter().filter(|obstacle| matches!(obstacle, Obstacle::Step { .. })).count();
    let conditions = kinds(&desk).iter().filter(|obstacle| matches!(obstacle, Obstacle::Condition { .. })).count();
    let required = desk.incident.steps().iter().filter(|view| view.step.required).count();
    assert_eq!((steps, conditions), (required, 1));
    let close = || IncidentEvent::StatusChanged { to: IncidentStatus::Closed, reason: String::new() };
    let refused = desk.refused("Ada", close());
    assert_eq!(refused.code, RefusalCode::NotFinished);
    assert!(refused.why.contains("Filed with an owner"), "{refused}");
    assert!(!desk.incident.needs_review(), "a minor issue needs no review");
    let no = IncidentEvent::CloseConditionConfirmed { playbook: "minor-issue".into(), condition: 2, note: "".into() };
    assert_eq!(desk.refused("Ada", no).code, RefusalCode::Unknown);
}

#[test]
fn required_evidence_is_there_or_explained() {
    let mut desk = Desk::declare(Some("tally-failure"), IncidentSeverity::High);
    let missing = |desk: &Desk| {
        let is_evidence = |obstacle: &&Obstacle| matches!(obstacle, Obstacle::Evidence { .. });
        desk.incident.obstacles().iter().filter(is_evidence).count()
    };
    assert_eq!(missing(&desk), 3);
    desk.evidence(Some("tally-failure/error-text"));
    assert_eq!(missing(&desk), 2);
    let explain =
        |item: &str, reason: &str| IncidentEvent::EvidenceExplained { item: item.into(), reason: reason.into() };
    assert_eq!(desk.refused("Bo", explain("tally-failure/recount", "")).code, RefusalCode::ReasonMissing);
    assert_eq!(desk.refused("Bo", explain("tally-failure/other", "x")).code, RefusalCode::Unknown);
    desk.act("Bo", explain("tally-failure/recount", "No ballots were exported"));
    assert_eq!(missing(&desk), 1);
}

#[test]
fn messages_go_from_prepared_over_approved_to_sent() {
    let mut desk = Desk::declare(None, IncidentSeverity::High);
    let id = desk.send("internal-update");
    assert_eq!(desk.incident.updates.len(), 1, "an update to the team starts the clock anew");
    let again = IncidentEvent::MessageSent { message: id.clone(), channel: "chat".into(), is_update: false };
    assert_eq!(desk.refused("Bo", again).code, RefusalCode::Status);
    let late = IncidentEvent::MessageWithdrawn { message: id, reason: "x".into() };
    assert!(desk.refused("Bo", late).instead.contains("correction"));
    let secret = desk.send("voter-credential");
    let message = desk.incident.message(&secret).expect("there").clone();
    assert!(message.draft.values.is_empty() && message.draft.body.contains("{{credential}}"), "nothing secret is kept");
    let mut leaking = message.draft.clone();
    leaking.message = "leak".to_owned();
    leaking.values.insert("credential".to_owned(), "abc".to_owned());
    assert_eq!(desk.refused("Bo", IncidentEvent::MessagePrepared(leaking)).code, RefusalCode::Record);
    let mut unapproved = message.draft.clone();
    unapproved.message = "m9".to_owned();
    desk.act("Bo", IncidentEvent::MessagePrepared(unapproved));
    let sent = IncidentEvent::MessageSent { message: "m9".into(), channel: "mail".into(), is_update: false };
    assert!(desk.refused("Bo", sent).why.contains("not approved"));
}

#[test]
fn the_ladder_and_other_reasons_to_escalate_are_proposed_in_time() {
    let mut desk = Desk::declare(None, IncidentSeverity::Critical);
    let levels = |desk: &Desk, seconds: i64| -> Vec<u32> {
        let proposals = desk.incident.escalation_proposals(plus(at(DECLARED), seconds), None);
        proposals.into_iter().filter_map(|proposal| proposal.level).collect()
    };
    assert_eq!(levels(&desk, 0), [1]);
    assert_eq!(levels(&desk, 15 * 60 - 1), [1]);
    assert_eq!(levels(&desk, 15 * 60), [1, 2]);
    assert_eq!(levels(&desk, 30 * 60), [1, 2, 3]);
    assert_eq!(levels(&desk, 60 * 60), [1, 2, 3, 4]);
    desk.act("Bo", IncidentEvent::Acknowledged {});
    assert_eq!(levels(&desk, 60 * 60), [4], "only the director of a critical one that lasts");
    let reasons = |desk: &Desk, seconds: i64, close: Option<i64>| -> Vec<String> {
        let now = plus(at(DECLARED), seconds);
        let close = close.map(|seconds| plus(now, seconds));
        desk.incident.escalation_proposals(now, close).into_iter().map(|proposal| proposal.reason).collect()
    };
    assert!(reasons(&desk, 16 * 60, None).contains(&"An update is overdue".to_owned()));
    assert!(reasons(&desk, 0, Some(6 * 3600)).contains(&"Voting ends within six hours".to_owned()));
    assert!(!reasons(&desk, 0, Some(6 * 3600 + 1)).contains(&"Voting ends within six hours".to_owned()));
    assert!(reasons(&desk, 4 * 3600 + 1, None).contains(&"The target for the resolution is past".to_owned()));
    desk.act("Bo", check("run-1", domain::incident::CheckResult::Fail));
    assert!(reasons(&desk, 0, None).iter().any(|reason| reason.starts_with("A check failed")));
}

#[test]
fn the_board_shows_phase_checklists_roles_channel_and_the_word_outside() {
    let mut desk = Desk::declare(Some("application-unavailable"), IncidentSeverity::Critical);
    let lists = |desk: &Desk, minutes: i64| -> Vec<String> {
        let now = plus(at(DECLARED), minutes * 60);
        desk.incident.checklists_now(desk.playbooks, now).into_iter().map(|list| list.id).collect()
    };
    assert_eq!(lists(&desk, 0), ["initial-assessment", "declaration", "phase-triage"]);
    assert_eq!(lists(&desk, 15), ["phase-response"]);
    assert_eq!(lists(&desk, 60), ["phase-resolution"]);
    assert_eq!(lists(&desk, 240), ["phase-follow-up"]);
    assert_eq!(lists(&desk, 99_999), ["phase-follow-up"]);
    let vacant: Vec<&str> = desk.incident.vacant_roles(desk.playbooks).iter().map(|role| role.id.as_str()).collect();
    assert_eq!(vacant, ["communications", "technical", "scribe", "governance", "security", "legal"]);
    assert_eq!(desk.incident.channel_name(desk.playbooks).as_deref(), Some("#incident-2026-02-10-1430"));
    assert_eq!(desk.incident.external_status(desk.playbooks), "Investigating");
    desk.act("Bo", IncidentEvent::CauseFound { text: "A full disk".into() });
    assert_eq!(desk.incident.external_status(desk.playbooks), "Identified");
    desk.status(IncidentStatus::Contained);
    assert_eq!(desk.incident.external_status(desk.playbooks), "Implementing fix");
    desk.status(IncidentStatus::Resolved);
    assert_eq!(desk.incident.external_status(desk.playbooks), "Resolved");
    assert!(
        lists(&desk, 30).contains(&"restored".to_owned()) && lists(&desk, 30).contains(&"post-incident".to_owned())
    );
    let low = Desk::declare(None, IncidentSeverity::Low);
    assert_eq!(low.incident.channel_name(low.playbooks), None);
    assert_eq!(lists(&low, 0), ["initial-assessment", "phase-triage"], "the declaration list is for grave ones");
}

#[test]
fn unapproved_or_overdue_procedures_are_marked() {
    let shipped = library().control.clone();
    let now = at("2026-11-21T12:00:00Z");
    let marks = shipped.marks(now);
    assert!(marks.is_draft && !marks.is_overdue && marks.next_review_on.is_none());
    let text = "schema = 1\nstatus = \"approved\"\napproved_on = \"2026-08-01\"\nlast_updated_on = \"2026-08-01\"\n";
    let file = incidents::OfficeFile { name: "control.toml".into(), bytes: text.as_bytes().to_vec() };
    let own = Library::with_office(&[file]).control;
    // 91 days after 1 August 2026 is 31 October 2026.
    assert_eq!(own.next_review(), Some(at("2026-10-31T00:00:00Z")));
    assert!(!own.marks(at("2026-10-31T23:59:59Z")).is_overdue, "the day itself is in time");
    let late = own.marks(at("2026-11-01T00:00:00Z"));
    assert!(late.is_overdue && !late.is_draft);
    assert_eq!(late.marks, ["Its review was due on 2026-10-31 and is overdue."]);
}

#[test]
fn a_declaration_without_figures_of_a_library_is_still_a_declaration() {
    let library = library();
    let figures = ClockFigures::from_library(library, Some("")).expect("no profile");
    assert_eq!(figures, ClockFigures::from_library(library, None).expect("the usual"));
}
