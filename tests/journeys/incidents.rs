//! Incidents from the declaration to the closed post-mortem, with an election that they lock, evidence that is kept and
//! guarded, and what is said where something was altered.

use std::io::Read;
use std::path::Path;

use domain::election::{SecondBallot, Secrecy};
use domain::incident::{EntryKind, GuardedAct, IncidentSeverity, IncidentStatus};
use domain::{FindingCode, Instant, Unwatched};
use testkit::office::Office;
use testkit::playing::{anna, declare, finish, send, set_status, titled, work};
use testkit::program::scrutineer;
use workflow::election::{CaseKey, CloseRequest};
use workflow::incident::incidents::incident::event::{ActionPriority, Link, MessageDraft};
use workflow::incident::incidents::{IncidentEvent, Library};
use workflow::incident::{About, CheckAsked, LogQuery, NewIncident, Responders, TickedItem, metrics_csv, read_library};
use workflow::{Case, Error, ErrorCode};

const REASON: &str = "The board cannot wait until Monday";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn refusal<T>(answer: Result<T, Error>) -> String {
    match answer {
        Ok(_) => panic!("it should have been refused"),
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::Refused, "{error}");
            error.to_string()
        }
    }
}

/// A check on all elections concerned.
fn asked<'a>(function: &'a str, key: Option<&'a CaseKey>) -> CheckAsked<'a> {
    CheckAsked { function, election: None, key }
}

/// An open election with two ballots in it.
fn open_election(office: &mut Office) -> String {
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let codes = office.open(&id);
    let mut booth = office.booth(&id);
    for (_, code) in codes.iter().take(2) {
        office.cast(&mut booth, code, "ash", &["elm"]).expect("cast");
    }
    id
}

fn close(office: &mut Office, id: &str, reason: Option<&str>) -> Result<(), Error> {
    let by = office.two();
    let by = match reason {
        Some(reason) => by.overriding(reason),
        None => by,
    };
    let key = office.key.clone();
    let request = CloseRequest {
        confirm: id.to_owned(),
        early_reason: Some("Everybody present has voted".to_owned()),
        count_now: false,
        by_clock: false,
    };
    office.case.close_election(&by, &key, id, &request).map(|_| ())
}

#[test]
fn every_playbook_is_played_from_the_declaration_to_closed() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    assert_eq!(library.playbooks.len(), 32);
    for file in &library.playbooks {
        let id = &file.playbook.id;
        let new = NewIncident { playbook: Some(id.clone()), ..titled(&format!("Exercise of {id}")) };
        let incident = declare(&mut office, &library, NewIncident { is_drill: true, ..new });
        let by = anna(&office);
        office.case.record_in_incident(&by, &incident, None, IncidentEvent::Acknowledged {}).expect("answered");
        work(&mut office, &library, &incident, false, 0);
        for status in [IncidentStatus::Contained, IncidentStatus::Resolved] {
            set_status(&mut office, &incident, status);
        }
        finish(&mut office, &library, &incident, 0);
        office.clock.pass(60);
    }
    let all = office.case.incidents(None).expect("listed");
    assert_eq!(all.len(), 32);
    assert!(all.iter().all(|one| one.status == Some(IncidentStatus::Closed)), "{all:?}");
    let problems = office.case.recheck(&Unwatched).expect("looked").problems;
    assert_eq!(problems, Vec::<String>::new());
    let metrics = office.case.incident_metrics(&library, None).expect("computed");
    assert_eq!((metrics.metrics.drills.incidents, metrics.metrics.incidents.incidents), (32, 0));
}

#[test]
fn a_finding_leads_to_an_incident_that_locks_the_election_until_two_people_override_or_it_is_resolved() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let election = open_election(&mut office);
    let new = NewIncident {
        finding: Some(FindingCode::Burst),
        elections: vec![election.clone()],
        lead: Some("Cleo".to_owned()),
        ..titled("Many ballots within a minute")
    };
    let incident = declare(&mut office, &library, new);
    assert_eq!(incident, "INC-2026-11-21-001");
    let by = anna(&office);
    let view = office.case.incident_view(&library, &incident, Some(&by)).expect("shown");
    assert_eq!(view.incident.playbooks[0].playbook.id, "ballot-stuffing", "A501 proposes it");
    assert!(view.incident.severities[0].provisional, "nobody said how grave it is");
    assert!(view.incident.timeline[1].text.contains("A501"), "{:?}", view.incident.timeline);
    let page = office.case.pre_close(&election).expect("the page before closing");
    assert!(page.incidents[0].contains("holds back close, count, certify, publish"), "{:?}", page.incidents);
    let status = office.case.election_status(&election).expect("status");
    assert!(status.locks.iter().any(|lock| lock.holds_back(GuardedAct::Close)), "{:?}", status.locks);

    let told = refusal(close(&mut office, &election, None));
    for part in ["INC-2026-11-21-001", "hold-close-and-tally", "Resolve the incident", "--override-lock"] {
        assert!(told.contains(part), "{part} is not in: {told}");
    }
    let told = refusal(close(&mut office, &election, Some("short")));
    assert!(told.contains("reason"), "{told}");
    let key = office.key.clone();
    let alone = office.one().overriding(REASON);
    let told = refusal(office.case.count_election(&alone, &key, &election));
    assert!(!told.contains("is held back"), "the phase is told first: {told}");
    assert_eq!(office.case.incident(&incident, None).expect("there").overrides, [], "what was refused left no trace");

    close(&mut office, &election, Some(REASON)).expect("two people override");
    let known = office.case.incident(&incident, None).expect("there");
    assert_eq!(known.overrides.len(), 1);
    assert_eq!((known.overrides[0].by.as_str(), known.overrides[0].second_person.as_str()), ("Anna", "Ben"));

    // Each act is overridden for itself.
    let two = office.two();
    let told = refusal(office.case.count_election(&two, &key, &election));
    assert!(told.contains("to count is held back"), "{told}");
    let told = refusal(office.case.count_election(&office.one().overriding(REASON), &key, &election));
    assert!(told.contains("second person"), "{told}");
    let result = office.case.count_election(&two.clone().overriding(REASON), &key, &election).expect("counted");
    assert_eq!(result.remarks.len(), 2, "the cover of the result names both: {:?}", result.remarks);
    for (remark, act) in result.remarks.iter().zip(["close", "count"]) {
        let expected = format!(
            "The lock \"hold-close-and-tally\" of INC-2026-11-21-001 was overridden for \"{act}\" by Anna and Ben: {REASON}"
        );
        assert_eq!(*remark, expected);
    }
    refusal(office.case.certify_election(&two, &key, &election));
    let certificate =
        office.case.certify_election(&two.clone().overriding(REASON), &key, &election).expect("certified");
    assert_eq!(certificate.remarks.len(), 3, "{:?}", certificate.remarks);
    let public = folder.path().join("public");
    let told = refusal(office.case.publish_election(&two, &election, &public, None, false));
    assert!(told.contains("to publish is held back"), "{told}");
    assert!(!public.exists());

    set_status(&mut office, &incident, IncidentStatus::Resolved);
    office.case.publish_election(&two, &election, &public, None, false).expect("nothing holds it back any more");
    let status = office.case.election_status(&election).expect("status");
    assert!(!status.locks.iter().any(|lock| lock.holds_back(GuardedAct::Publish)), "{:?}", status.locks);
    assert!(status.remarks.iter().filter(|remark| remark.contains("was overridden")).count() == 3);
    let acts: Vec<String> = office.case.ledger().expect("ledger").into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts.iter().filter(|act| *act == "election_lock_overridden").count(), 3);
    assert_eq!(acts.iter().filter(|act| *act == "incident.override").count(), 3);
    assert_eq!(office.case.recheck(&Unwatched).expect("looked").problems, Vec::<String>::new());
}

#[test]
fn other_acts_are_locked_by_circumstances_holds_and_conflicts_and_set_free_by_two() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let draft = office.draft(Secrecy::Secret, SecondBallot::Refuse, 3);
    let new = NewIncident { elections: vec![draft.clone()], ..titled("The directory is slow") };
    let incident = declare(&mut office, &library, NewIncident { severity: Some(IncidentSeverity::Medium), ..new });
    let by = anna(&office);
    office
        .case
        .hold(&by, &incident, &[GuardedAct::Open, GuardedAct::Extend], None, "Wait for the directory")
        .expect("held");
    let (one, key) = (office.one(), office.key.clone());
    let told = refusal(office.case.open_election(&one, &key, &draft));
    assert!(told.contains("hold-1") && told.contains("Wait for the directory"), "{told}");
    let alone = Responders::of_person(&office.anna);
    assert!(refusal(office.case.release_hold(&alone, &incident, "hold-1", "It runs again")).contains("second person"));
    office.case.release_hold(&by, &incident, "hold-1", "It runs again").expect("lifted by two");
    office.case.open_election(&one, &key, &draft).expect("opened");

    let event = IncidentEvent::ConflictMarked { person: "Ben".to_owned(), reason: "He runs the directory".to_owned() };
    let cleo = Responders::of_person(&office.cleo);
    office.case.record_in_incident(&cleo, &incident, None, event).expect("marked");
    let told = refusal(close(&mut office, &draft, None));
    assert!(told.contains("Ben is marked as part of the matter"), "{told}");
    set_status(&mut office, &incident, IncidentStatus::Resolved);
    close(&mut office, &draft, None).expect("the incident is over");
}

#[test]
fn what_holds_without_any_incident_waits_for_two_people_and_is_named_too() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let election = open_election(&mut office);
    close(&mut office, &election, None).expect("closed");
    let status = office.case.election_status(&election).expect("status");
    assert!(status.locks.iter().any(|lock| lock.guard == "never-reopen-closed"), "{:?}", status.locks);
    let told = refusal(office.case.roll_back_election(&office.two().overriding(REASON), &election, REASON, None));
    assert!(told.contains("anonymized when it closed"), "{told}");
}

#[test]
fn people_act_under_their_accounts_and_the_machine_user_where_there_are_none() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    assert!(refusal(office.case.machine_user(None)).contains("has accounts"));
    let path = folder.path().join("audit.scrutineer");
    let mut plain = Case::create_with(&path, "Audit", Box::new(office.clock.clone())).expect("a case");
    let user = plain.machine_user(Some("Eve")).expect("no accounts");
    let told = refusal(office.case.declare_incident(&user, &library, &titled("Somebody else's"), None));
    assert!(told.contains("signing in"), "{told}");
    let new = NewIncident { playbook: Some("disputed-election".to_owned()), ..titled("The result is disputed") };
    let incident = plain.declare_incident(&user, &library, &new, None).expect("declared").incident;
    let known = plain.incident(&incident, None).expect("there");
    assert_eq!(known.timeline[0].by, "tester");
    let (run, _) = plain
        .run_check(&user, &library, &incident, &asked("check.vote_signatures", None), &Unwatched)
        .expect("answered");
    assert_eq!(run.result, domain::incident::CheckResult::NotApplicable);
    assert!(run.summary.contains("neither imported evidence nor an election"), "{}", run.summary);

    let own = declare(&mut office, &library, titled("Not for everybody"));
    let by = anna(&office);
    let event = IncidentEvent::AccessRestricted { people: vec!["Anna".to_owned()], reason: "Personal data".to_owned() };
    office.case.record_in_incident(&by, &own, None, event).expect("restricted");
    let cleo = Responders::of_person(&office.cleo);
    assert!(refusal(office.case.incident(&own, Some(&cleo))).contains("restricted to Anna"));
    assert!(refusal(office.case.incident(&own, None)).contains("restricted"));
    let note = IncidentEvent::Noted { kind: EntryKind::Fact, text: "x".to_owned(), links: Vec::<Link>::new() };
    refusal(office.case.record_in_incident(&cleo, &own, None, note));
    let listed = office.case.incidents(Some(&cleo)).expect("listed");
    assert!(listed[0].is_restricted && listed[0].title.is_empty(), "{listed:?}");
    assert!(office.case.incident(&own, Some(&by)).is_ok());
    // What only the program can know is not taken from anybody.
    let forged = IncidentEvent::MessagePrepared(MessageDraft {
        message: "M-9".to_owned(),
        template: String::new(),
        template_sha256: None,
        values: Default::default(),
        subject: "s".to_owned(),
        body: "b".to_owned(),
        audience: "all".to_owned(),
        channel: "mail".to_owned(),
        secret: false,
    });
    assert!(refusal(office.case.record_in_incident(&by, &own, None, forged)).contains("come from the acts themselves"));
}

#[test]
fn clocks_run_on_across_a_restart_and_late_ones_are_named() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let new = NewIncident { playbook: Some("email-failure".to_owned()), ..titled("Mail fails") };
    let incident = declare(&mut office, &library, NewIncident { severity: Some(IncidentSeverity::Critical), ..new });
    let by = anna(&office);
    let tick = |item: &str| TickedItem {
        checklist: "initial-assessment".to_owned(),
        item: item.to_owned(),
        done: true,
        note: String::new(),
    };
    office.case.tick(&by, &library, &incident, &tick("acknowledge")).expect("ticked");
    assert!(refusal(office.case.tick(&by, &library, &incident, &tick("nothing"))).contains("has no item"));
    // The first look is due after five minutes, to the second.
    office.clock.pass(300);
    let late = |office: &Office| office.case.incident_view(&library, &incident, None).expect("shown").late;
    assert!(!late(&office).contains(&"first_look".to_owned()), "due, not late");
    office.clock.pass(1);
    let mut office = office.reopen();
    assert!(late(&office).contains(&"first_look".to_owned()), "{:?}", late(&office));
    assert!(!late(&office).contains(&"update".to_owned()));
    office.clock.pass(600);
    let view = office.case.incident_view(&library, &incident, None).expect("shown");
    assert!(view.clocks.iter().any(|clock| clock.is_late && clock.clock.kind == domain::incident::ClockKind::Update));
    assert!(view.escalation.iter().any(|proposal| proposal.level == Some(2)), "{:?}", view.escalation);
    send(&mut office, &library, &incident, "short-banner");
    assert_eq!(office.case.incident(&incident, None).expect("there").updates.len(), 1, "a banner is an update");
}

#[test]
fn messages_are_filled_edited_approved_and_written_and_secret_ones_belong_elsewhere() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let election = open_election(&mut office);
    let new = NewIncident { elections: vec![election], lead: Some("Anna".to_owned()), ..titled("A doubt") };
    let incident = declare(&mut office, &library, new);
    let by = anna(&office);
    let values = Default::default();
    let text =
        office.case.preview_notice(&library, &incident, "stakeholder-integrity", &values, Some(&by)).expect("filled");
    assert_eq!(text.subject, "Possible integrity problem in Board");
    assert!(text.body.contains("Incident INC-2026-11-21-001, severity high, lead Anna."), "{}", text.body);
    let told = refusal(office.case.preview_notice(&library, &incident, "voter-credential", &values, Some(&by)));
    assert!(told.contains("election notice prepare"), "{told}");
    let told = refusal(office.case.preview_notice(&library, &incident, "short-banner", &values, Some(&by)));
    assert!(told.contains("\"impact\" is empty"), "{told}");
    let edited = Some(("A doubt about the Board election", "We look into it.\n"));
    let (message, _) = office
        .case
        .prepare_incident_notice(&by, &library, &incident, "stakeholder-integrity", &values, edited, "mail")
        .expect("prepared");
    let out = folder.path().join("out");
    assert!(refusal(office.case.write_incident_notice(&by, &incident, &message, &out)).contains("not approved"));
    office.case.approve_incident_notice(&by, &incident, &message).expect("approved");
    let files = office.case.write_incident_notice(&by, &incident, &message, &out).expect("written");
    assert_eq!(read(&files.txt), "A doubt about the Board election\n\nWe look into it.\n");
    let eml = read(&files.eml);
    assert!(eml.contains("Subject: A doubt about the Board election\r\n") && eml.contains("X-Unsent: 1"), "{eml}");
    office.case.confirm_incident_notice(&by, &library, &incident, &message, "").expect("sent");
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("readable")
}

#[test]
fn custody_lists_each_access_and_logs_are_searched_and_pinned() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = declare(&mut office, &library, titled("Errors in the log"));
    let by = anna(&office);
    let log = folder.path().join("app.log");
    let lines: Vec<String> = (0..5000)
        .map(|number| format!("2026-11-21T{:02}:{:02}:00Z request {number} ok", number / 60 % 12, number % 60))
        .collect();
    let mut text = lines.join("\n");
    text.push_str("\n2026-11-21T11:30:00Z ERROR Timeout of the pool\n  at line two of the trace\n");
    std::fs::write(&log, &text).expect("written");
    let about = About { why: "Errors since noon".to_owned(), ..About::default() };
    let (item, _) = office.case.add_evidence_file(&by, &incident, &log, &about).expect("taken");
    assert_eq!((item.id.as_str(), item.about.media_type.as_str()), ("EV-0001", "text/plain"));
    let from = Instant::parse("2026-11-21T11:00:00Z");
    let query = LogQuery { text: "TIMEOUT".to_owned(), from, ..LogQuery::default() };
    let page = office.case.search_log(&by, &item.id, &query, "Find the error").expect("searched");
    assert_eq!(page.lines.len(), 1);
    assert_eq!((page.lines[0].number, page.looked_at, page.is_complete), (5001, 5002, true));
    let query = LogQuery { from: Instant::parse("2026-11-21T11:30:00Z"), after: 5001, ..LogQuery::default() };
    let page = office.case.search_log(&by, &item.id, &query, "Read on").expect("searched");
    assert_eq!(page.lines[0].text, "  at line two of the trace", "a line without time has that of the line before");
    office.case.pin_line(&by, &item.id, 5001, "First error").expect("pinned");
    let timeline = office.case.incident_timeline(&incident, Some(&by)).expect("timeline");
    let pinned = &timeline[0];
    assert_eq!(pinned.happened_at.to_iso(), Instant::parse("2026-11-21T11:30:00Z").expect("time").to_iso());
    assert_eq!(pinned.links[0].id, "EV-0001#L5001");
    assert!(refusal(office.case.pin_line(&by, &item.id, 9999, "")).contains("no line 9999"));
    let (excerpt, _) = office.case.capture_log_excerpt(&by, &item.id, (5000, 5002), &About::default()).expect("taken");
    assert_eq!(excerpt.about.derived_from, ["EV-0001"]);
    let out = folder.path().join("copy.log");
    office.case.export_evidence(&by, &item.id, &out, "For the maintainers").expect("written");
    assert_eq!(read(&out), text, "byte for byte");
    office.case.view_evidence(&by, &item.id, "A look", 10).expect("seen");
    let checks = office.case.verify_evidence(&by, &incident, None, &Unwatched).expect("hashed");
    assert!(checks.iter().all(|check| check.is_whole), "{checks:?}");
    let (manifest, _) = office.case.seal_evidence(&by, &incident, &Unwatched).expect("sealed");
    assert_eq!(manifest.items.len(), 2);
    let sheet = office.case.custody_sheet(&incident, Some(&by)).expect("sheet");
    let acts: Vec<String> =
        sheet.items[0].1.iter().map(|line| format!("{:?}", line.entry.act).to_lowercase()).collect();
    // Taken, searched twice, exported, looked at, verified twice (once for the seal), sealed.
    assert_eq!(acts, ["captured", "viewed", "viewed", "exported", "viewed", "verified", "verified", "sealed"]);

    let alerts = folder.path().join("alerts.json");
    let alert = r#"[{"labels":{"alertname":"ElectraDown","severity":"critical"},"annotations":{"summary":"No answer"},
        "startsAt":"2026-11-21T10:00:00Z","endsAt":"0001-01-01T00:00:00Z","fingerprint":"f1","status":{"state":"active"}}]"#;
    std::fs::write(&alerts, alert).expect("written");
    let (taken, _) = office.case.import_alerts(&by, &library, &incident, &alerts).expect("taken");
    assert_eq!((taken.entries, taken.known), (1, 0));
    assert_eq!(taken.proposals[0].playbook, "application-unavailable");
    let (again, _) = office.case.import_alerts(&by, &library, &incident, &alerts).expect("taken");
    assert_eq!((again.entries, again.known), (0, 1), "a row is entered once");
    std::fs::write(&alerts, "{").expect("written");
    let before = office.case.locker(None, Some(&by)).expect("listed").len();
    assert_eq!(
        office.case.import_alerts(&by, &library, &incident, &alerts).expect_err("broken").code(),
        ErrorCode::Input
    );
    assert_eq!(office.case.locker(None, Some(&by)).expect("listed").len(), before, "nothing is half taken");
}

/// Changes bytes of the case file from outside, everywhere they stand.
fn alter(path: &Path, from: &[u8], to: &[u8]) {
    assert_eq!(from.len(), to.len());
    let mut bytes = std::fs::read(path).expect("readable");
    let mut found = 0;
    let mut at = 0;
    while let Some(place) = bytes[at..].windows(from.len()).position(|window| window == from) {
        bytes[at + place..at + place + to.len()].copy_from_slice(to);
        at += place + to.len();
        found += 1;
    }
    assert!(found > 0, "the bytes are in the file");
    std::fs::write(path, bytes).expect("writable");
}

#[test]
fn an_altered_journal_is_found_told_and_locks_the_election() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let election = open_election(&mut office);
    let new = NewIncident { elections: vec![election.clone()], ..titled("Envelopes were opened early") };
    let incident = declare(&mut office, &library, new);
    let (path, clock) = (office.path.clone(), office.clock.clone());
    let (anna, ben, key) = (office.anna.clone(), office.ben.clone(), office.key.clone());
    drop(office);
    alter(&path, b"Envelopes were opened early", b"Envelopes were opened on ti");
    let mut case = Case::open_with(&path, Box::new(clock)).expect("the ledger is whole");
    let listed = case.incidents(None).expect("listed");
    assert!(listed[0].problem.as_ref().is_some_and(|problem| problem.contains("record 1")), "{listed:?}");
    let problems = case.recheck(&Unwatched).expect("looked").problems;
    assert!(problems.iter().any(|problem| problem.contains(&incident) && problem.contains("record 1")), "{problems:?}");
    let error = case.incident(&incident, None).expect_err("not to be relied on");
    assert_eq!(error.code(), ErrorCode::Case, "{error}");
    let by = workflow::election::Approval::of_two(anna, ben);
    let request = CloseRequest {
        confirm: election.clone(),
        early_reason: Some(REASON.to_owned()),
        count_now: false,
        by_clock: false,
    };
    let told = refusal(case.close_election(&by, &key, &election, &request));
    assert!(told.contains("journal-does-not-verify"), "nobody knows what it holds back: {told}");
    case.close_election(&by.overriding(REASON), &key, &election, &request).expect("two people can");
}

/// Bytes that do not compress and are the same every time.
struct Noise {
    state: u64,
    left: u64,
}

impl Read for Noise {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = out.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        for byte in &mut out[..count] {
            self.state = self.state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *byte = self.state.to_be_bytes()[0];
        }
        self.left -= u64::try_from(count).unwrap_or(self.left);
        Ok(count)
    }
}

#[test]
fn one_flipped_byte_of_stored_evidence_is_found_and_named() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let incident = declare(&mut office, &library, titled("A disk image"));
    let by = anna(&office);
    let piece = 4 << 20;
    let noise = |left: u64| Noise { state: 7, left };
    let about = About::default();
    let (item, _) =
        office.case.add_evidence(&by, &incident, "disk.img", &about, noise(2 * piece + 1000)).expect("taken");
    let (path, clock) = (office.path.clone(), office.clock.clone());
    drop(office);
    // The piece lies compressed; one byte of what lies there is flipped.
    let connection = rusqlite::Connection::open(&path).expect("opens");
    let read = "SELECT data FROM locker_chunk ORDER BY item, sequence LIMIT 1 OFFSET 1";
    let mut stored: Vec<u8> = connection.query_row(read, [], |row| row.get(0)).expect("piece 2");
    let middle = stored.len() / 2;
    stored[middle] ^= 1;
    connection.execute_batch("DROP TRIGGER locker_chunk_is_never_changed").expect("dropped");
    connection
        .execute(
            "UPDATE locker_chunk SET data = ?1 WHERE sequence = (SELECT min(sequence) + 1 FROM locker_chunk)",
            [&stored],
        )
        .expect("flipped");
    drop(connection);
    let mut case = Case::open_with(&path, Box::new(clock)).expect("opens");
    let checks = case.verify_evidence(&by, &incident, None, &Unwatched).expect("hashed");
    assert_eq!((checks[0].id.as_str(), checks[0].is_whole), ("EV-0001", false));
    assert!(checks[0].problems[0].starts_with("piece 2, bytes 4194304 to 8388608: "), "{:?}", checks[0].problems);
    let problems = case.recheck(&Unwatched).expect("looked").problems;
    assert!(problems.iter().any(|problem| problem.contains("EV-0001 (disk.img), piece 2")), "{problems:?}");
    let told = refusal(case.seal_evidence(&by, &incident, &Unwatched));
    assert!(told.contains("evidence-integrity"), "{told}");
    let view = case.incident_view(&library, &incident, None).expect("shown");
    assert!(view.escalation.iter().any(|proposal| proposal.reason.contains("does not have its hash")));
    assert!(case.export_evidence(&by, &item.id, &folder.path().join("out"), "x").is_err());
    assert!(!folder.path().join("out").exists());
}

#[test]
fn preserving_seals_reports_logs_and_the_time_in_one_act() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let election = open_election(&mut office);
    let new = NewIncident { elections: vec![election.clone()], ..titled("A dispute") };
    let incident =
        declare(&mut office, &library, NewIncident { playbook: Some("disputed-election".to_owned()), ..new });
    let by = anna(&office);
    let (preserved, _) = office.case.preserve(&by, &library, &incident, None).expect("preserved");
    let names: Vec<&str> = preserved.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, [&format!("election-{election}.json"), "ledger.jsonl", "time-note.json"]);
    assert_eq!(preserved.manifest.items.len(), 3);
    let ledger = office.case.view_evidence(&by, &preserved.items[1].id, "Compare", 1 << 20).expect("seen");
    let first = String::from_utf8_lossy(&ledger).lines().next().expect("a line").to_owned();
    assert!(first.contains("case.create") && first.contains("\"hash\""), "{first}");
    let known = office.case.incident(&incident, None).expect("there");
    for item in ["report", "time", "log"] {
        assert!(known.checklist_items[&format!("preserve-evidence/{item}")].done, "{item}");
    }
    // Every check answers something about an own election.
    let key = office.key.clone();
    let checks: Vec<String> = library
        .functions
        .iter()
        .filter(|function| function.id.starts_with("check."))
        .map(|one| one.id.clone())
        .collect();
    assert_eq!(checks.len(), 29);
    for check in &checks {
        let (run, _) = office
            .case
            .run_check(&by, &library, &incident, &asked(check, Some(&key)), &Unwatched)
            .unwrap_or_else(|error| panic!("{check}: {error}"));
        let word = run.result.word();
        assert!(matches!(word, "pass" | "not_applicable" | "warn"), "{check}: {word}: {}", run.summary);
        assert!(!run.summary.is_empty());
    }
    let known = office.case.incident(&incident, None).expect("there");
    let said = |function: &str| {
        let check = known.checks.iter().find(|check| check.run.function == function).expect("run");
        (check.run.result.word(), check.run.summary.clone())
    };
    assert_eq!(said("check.vote_signatures").0, "pass");
    assert!(said("check.vote_signatures").1.contains("2 ballots"), "{:?}", said("check.vote_signatures"));
    assert_eq!(said("check.recount").0, "not_applicable", "nothing is counted yet");
    assert_eq!(said("check.own_journal").0, "pass");
}

#[test]
fn checks_answer_from_the_newest_verification_of_imported_evidence() {
    let folder = folder();
    let path = folder.path().join("audit.scrutineer");
    let office = Office::found(folder.path());
    let mut case = Case::create_with(&path, "Audit", Box::new(office.clock.clone())).expect("a case");
    case.import(&[testkit::logbook().join("08_votes_mixed")], None, &Unwatched).expect("imported");
    let library = Library::shipped();
    let user = case.machine_user(None).expect("no accounts");
    let new = NewIncident { finding: Some(FindingCode::SignatureMismatch), ..titled("Signatures do not fit") };
    let incident = case.declare_incident(&user, &library, &new, None).expect("declared").incident;
    let run = |case: &mut Case, check: &str| {
        case.run_check(&user, &library, &incident, &asked(check, None), &Unwatched).expect("answered").0
    };
    let early = run(&mut case, "check.vote_signatures");
    assert!(early.summary.contains("not verified yet"), "{}", early.summary);
    case.verify(&testkit::keys(0), &Unwatched).expect("verified");
    let said = run(&mut case, "check.vote_signatures");
    assert_eq!(said.result.word(), "fail", "{}", said.summary);
    assert!(said.findings.contains(&"S101".to_owned()), "{:?}", said.findings);
    assert!(said.inputs.iter().any(|input| input.name.contains("votes")), "{:?}", said.inputs);
    assert_eq!(run(&mut case, "check.login_failures").result.word(), "not_applicable");
    let (preserved, _) = case.preserve(&user, &library, &incident, None).expect("preserved");
    assert!(preserved.items.iter().any(|item| item.name == "report.json"));
}

#[test]
fn an_office_folder_is_used_and_a_malformed_playbook_leaves_the_rest() {
    let folder = folder();
    let shipped = Library::shipped();
    let text = shipped.playbook("minor-issue").expect("shipped").text.clone();
    let own = text.replace("id = \"minor-issue\"", "id = \"our-issue\"");
    std::fs::write(folder.path().join("our-issue.toml"), own).expect("written");
    let broken = text.replace("default_severity = ", "default_severity = \"awful\" # ");
    std::fs::write(folder.path().join("minor-issue.toml"), broken).expect("written");
    let library = read_library(Some(folder.path())).expect("read");
    assert_eq!(library.playbooks.len(), 33, "the shipped one stays in use");
    let [left] = &library.left_out[..] else { panic!("{:?}", library.left_out) };
    assert_eq!(left.file, "minor-issue.toml");
    assert!(left.problems[0].to_string().contains("default_severity"), "{:?}", left.problems);
    let mut office = Office::found(folder.path());
    let new = NewIncident { playbook: Some("our-issue".to_owned()), ..titled("Ours") };
    declare(&mut office, &library, new);
    assert!(read_library(Some(&folder.path().join("missing"))).is_err());
}

#[test]
fn actions_and_metrics_follow_the_clock() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let began = Instant::parse("2026-11-21T11:00:00Z").expect("time");
    let detected = Instant::parse("2026-11-21T11:20:00Z");
    let new = NewIncident { detected_at: detected, severity: Some(IncidentSeverity::Low), ..titled("A small fault") };
    let incident = declare(&mut office, &library, new);
    let by = anna(&office);
    let time = IncidentEvent::TimeEntered {
        time: workflow::incident::incidents::incident::event::IncidentTime::Began,
        at: began,
        latest: None,
    };
    office.case.record_in_incident(&by, &incident, None, time).expect("entered");
    let (action, _) = office
        .case
        .add_action_item(&by, &incident, "Test the mail before opening", "Cleo", ActionPriority::High, None)
        .expect("added");
    assert_eq!(action, "A-1");
    office.clock.pass(40 * 60);
    set_status(&mut office, &incident, IncidentStatus::Resolved);
    finish(&mut office, &library, &incident, 0);
    office.clock.pass(31 * 86_400);
    let metrics = office.case.incident_metrics(&library, None).expect("computed");
    let figures = &metrics.metrics.incidents;
    // Began 11:00, seen 11:20, resolved 12:40.
    assert_eq!(figures.mttd.mean_ms, Some(20 * 60_000));
    assert_eq!(figures.mttr_resolve.mean_ms, Some(80 * 60_000));
    assert_eq!((figures.actions.count, figures.actions.of), (0, 1), "due after 30 days and not done");
    let (table, log) = metrics_csv(&metrics).expect("written");
    assert!(
        String::from_utf8_lossy(&table).contains("\nincidents,MTTD,1,0,0:20,0:20,0:20,0:15\n"),
        "{}",
        String::from_utf8_lossy(&table)
    );
    assert_eq!(String::from_utf8_lossy(&log).lines().count(), 2);
    let done = IncidentEvent::ActionDone { action, proof: "Tested on 1 December".to_owned() };
    office.case.record_in_incident(&by, &incident, None, done).expect("also after the end");
}

/// Data that the command may hold for itself while it takes 300 MB in.
const MEMORY: u64 = 160 << 20;

#[test]
fn the_command_takes_a_large_file_in_constant_memory() {
    let folder = folder();
    let case = folder.path().join("club.scrutineer");
    let case = case.to_str().expect("a path");
    scrutineer(["case", "new", case]).end().expect(0);
    let declared = scrutineer(["incident", "declare", case, "--title", "Disk image", "--json"]).end().expect(0).json();
    let id = declared["incident"].as_str().expect("a number").to_owned();
    assert_eq!(declared["severity"], "high", "in doubt");
    let image = folder.path().join("disk.img");
    // Zeros: quick to pack, and 300 MB all the same.
    std::fs::File::create(&image).and_then(|file| file.set_len(300_000_000)).expect("a file");
    let image = image.to_str().expect("a path");
    let added = scrutineer(["incident", "evidence", "add", case, "--id", &id, image, "--json"])
        .with_memory(MEMORY)
        .end()
        .expect(0)
        .json();
    assert_eq!(added["items"][0]["bytes"], 300_000_000);
    // `head -c 300000000 /dev/zero | sha256sum`
    assert_eq!(added["items"][0]["sha256"], ZEROS);
    let checked =
        scrutineer(["incident", "evidence", "verify", case, "--id", &id, "--json"]).with_memory(MEMORY).end().expect(0);
    assert_eq!(checked.json()["verified"], true);
}

const ZEROS: &str = "e8671610daa5dc152578d9bfe8e25346aa73fa600f908b235f55bf51d0eb5a05";

#[test]
fn the_command_declares_steps_and_closes_with_the_agreed_exit_codes() {
    let folder = folder();
    let case = folder.path().join("club.scrutineer");
    let case = case.to_str().expect("a path");
    scrutineer(["case", "new", case]).end().expect(0);
    let run = |words: &[&str]| scrutineer([&["incident"], words].concat()).end();
    let declared = run(&["declare", case, "--title", "A typo", "--playbook", "minor-issue", "--json"]).expect(0).json();
    assert_eq!(declared["playbook"], "minor-issue");
    let id = declared["incident"].as_str().expect("a number").to_owned();
    assert!(run(&["list", case]).expect(0).out.contains("A typo"));
    let shown = run(&["show", case, "--id", &id, "--json"]).expect(0).json();
    assert_eq!(shown["schema"], "scrutineer/incident/1");
    let first = shown["steps"][0]["step"]["id"].as_str().expect("a step").to_owned();
    run(&["step", case, "--id", &id, "--step", &first, "--result", "Noted"]).expect(0);
    run(&["check", case, "--id", &id, "--function", "check.own_journal", "--json"]).expect(0);
    run(&["record", case, "--id", &id, "--text", "A printer is out of paper", "--link", "finding=S101"]).expect(0);
    run(&["hold", case, "--id", &id, "--reason", "Wait"]).expect(0);
    run(&["release", case, "--id", &id, "--guard", "hold-1", "--reason", "No need"]).expect(4);
    run(&["release", case, "--id", &id, "--guard", "hold-1", "--reason", "No need", "--second", "Eve"]).expect(0);
    assert!(run(&["close", case, "--id", &id]).expect(4).err.contains("resolve"), "it says what comes first");
    run(&["resolve", case, "--id", &id]).expect(0);
    let left = run(&["close", case, "--id", &id]).expect(4);
    assert!(left.err.contains("the required step"), "{}", left.err);
    run(&["show", case, "--id", "INC-2020-01-01-001"]).expect(2);
    run(&["declare", case]).expect(2);
    run(&["playbooks", "list", "--json"]).expect(0);
    run(&["metrics", case]).expect(0);
    assert!(run(&["rules"]).expect(0).out.contains("ElectraDown"));
    run(&["commands"]).expect(0);
    let verified = scrutineer(["case", "verify", case, "--json"]).end().expect(0).json();
    assert_eq!(verified["verified"], true);
}
