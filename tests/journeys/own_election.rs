//! Elections that this program runs are one more source: run by the use cases under a clock that steps, published, read back and
//! tested like any other export. Then every file is altered, one thing at a time, by somebody who puts every unkeyed digest right
//! again; each alteration must be told, and speak against the right claim.
//!
//! Hashes and signatures are computed here a second time, from their description in `importers/src/scrutineer/rules.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::election::setup::CandidateSetup;
use domain::election::{Choice, Choices, ContestSetup, Quorum, Role, RollEntry, SecondBallot, Secrecy, Setup, Victory};
use domain::report::{AuditReport, ElectionReport, Verdict};
use domain::{Instant, KeyRing, SigningKey, Unwatched};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use workflow::election::{Approval, CaseKey, CloseRequest, PaperBallots, Passphrase, Person, PublicForm, Receipt};
use workflow::{Case, CaseRequest, Clock};

/// 1 November 2026, noon.
const START: i64 = 1_793_534_400;

/// A clock that goes on by a second whenever it is asked.
struct Steps(AtomicI64);

impl Clock for Steps {
    fn now(&self) -> String {
        Instant::from_seconds(self.0.fetch_add(1, Ordering::Relaxed)).to_iso()
    }

    fn actor(&self) -> String {
        "desk".to_owned()
    }
}

/// A published election, with what the people who ran it know beside the files.
struct Election {
    folder: TempDir,
    id: String,
    /// Hex.
    key: String,
    receipts: Vec<(Receipt, Choices)>,
}

struct Office {
    case: Case,
    anna: Person,
    ben: Person,
    cleo: Person,
    key: CaseKey,
}

impl Office {
    fn open(folder: &Path) -> Self {
        let clock = Box::new(Steps(AtomicI64::new(START)));
        let mut case = Case::create_with(&folder.join("club.scrutineer"), "Club", clock).expect("a case");
        let anna = case.found_office("Anna", &pass("anna"), &pass("case")).expect("an office");
        case.put_account(&anna, "Ben", Role::Witness, Some(&pass("ben")), true).expect("an account");
        case.put_account(&anna, "Cleo", Role::Clerk, Some(&pass("cleo")), true).expect("an account");
        let ben = case.sign_in("Ben", &pass("ben")).expect("signed in");
        let cleo = case.sign_in("Cleo", &pass("cleo")).expect("signed in");
        let key = case.unlock(&pass("case")).expect("unlocked");
        Self { case, anna, ben, cleo, key }
    }

    fn both(&self) -> Approval {
        Approval::of_two(self.anna.clone(), self.ben.clone())
    }

    fn close(&mut self, id: &str) {
        let by = self.both();
        let request = CloseRequest {
            confirm: id.to_owned(),
            early_reason: Some("everybody present has voted".to_owned()),
            count_now: false,
            by_clock: false,
        };
        self.case.close_election(&by, &self.key, id, &request).expect("closed");
    }
}

fn pass(of: &str) -> Passphrase {
    Passphrase::new(format!("{of} has a long passphrase"))
}

fn contest(id: &str, method: &str, seats: u32, candidates: &[&str]) -> ContestSetup {
    ContestSetup {
        id: id.to_owned(),
        title: id.to_uppercase(),
        seats,
        method: method.to_owned(),
        most_points: 5,
        candidates: candidates
            .iter()
            .map(|name| CandidateSetup {
                id: (*name).to_owned(),
                name: name.to_uppercase(),
                ..CandidateSetup::default()
            })
            .collect(),
        ..ContestSetup::default()
    }
}

fn setup(ballots: Secrecy, second_ballot: SecondBallot, weighted: bool) -> Setup {
    let mut chair = contest("chair", "plurality", 1, &["ash", "birch"]);
    chair.write_ins = true;
    let mut motion = contest("motion", "approval", 1, &["yes", "no"]);
    motion.victory = Victory::Majority;
    Setup {
        title: "Club board".to_owned(),
        ends_at: Some(Instant::from_seconds(START + 86_400)),
        ballots,
        second_ballot,
        quorum: Quorum::Percentage(30),
        weighted,
        contact: "office".to_owned(),
        contests: vec![chair, contest("board", "scotland", 2, &["cedar", "elm", "fir", "oak"]), motion],
        ..Setup::default()
    }
}

fn listed(marks: &[&str]) -> Choice {
    Choice::Listed(marks.iter().map(|mark| (*mark).to_owned()).collect())
}

/// Ballots that differ from voter to voter, the same in every run.
fn choices(voter: usize) -> Choices {
    let board: &[&str] = match voter % 4 {
        0 => &["cedar", "elm"],
        1 => &["elm", "fir", "oak"],
        2 => &["fir"],
        _ => &["oak", "cedar", "fir"],
    };
    let mut choices = Choices::from([
        ("board".to_owned(), listed(board)),
        ("motion".to_owned(), listed(&[if voter.is_multiple_of(3) { "no" } else { "yes" }])),
    ]);
    match voter % 5 {
        0 => drop(choices.insert("chair".to_owned(), listed(&["=Jo  Doe"]))),
        1 => drop(choices.insert("chair".to_owned(), listed(&["=jo d."]))),
        2 | 3 => drop(choices.insert("chair".to_owned(), listed(&["ash"]))),
        _ => {}
    }
    choices
}

/// Runs an election with 24 voters: 16 at the desk, one of them twice, paper, an exclusion, an extension, and what the kind of the
/// election asks for.
fn run(setup: Setup, form: PublicForm, reveal: bool) -> Election {
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::open(folder.path());
    let (anna, cleo, both) = (office.anna.clone(), office.cleo.clone(), office.both());
    let (weighted, identified) = (setup.weighted, setup.ballots == Secrecy::Identified);
    let replaces = setup.second_ballot == SecondBallot::Replace;
    let id = office.case.new_election(&anna, setup).expect("a draft");
    let roll: Vec<RollEntry> = (0..24)
        .map(|number| RollEntry {
            voter: format!("V{number:03}"),
            name: format!("Voter {number}"),
            weight: if weighted { 1 + number % 3 } else { 1 },
            ..RollEntry::default()
        })
        .collect();
    office.case.put_roll(&anna, &id, &roll).expect("a roll");
    office.case.open_election(&both, &office.key, &id).expect("open");
    let letters = office.case.letters(&anna, &office.key, &id).expect("letters");
    let mut receipts = Vec::new();
    let mut booth = office.case.open_booth(&cleo, &office.key, &id).expect("a desk");
    for (number, letter) in letters.iter().take(16).enumerate() {
        let choices = choices(number);
        receipts.push((office.case.cast(&mut booth, &letter.code, &choices).expect("cast"), choices));
    }
    let again = office.case.cast(&mut booth, &letters[0].code, &choices(7));
    assert_eq!(again.is_ok(), replaces, "a second ballot is as the rules say");
    receipts.extend(again.ok().map(|receipt| (receipt, choices(7))));
    let paper = [PaperBallots { choices: choices(2), count: 3 }, PaperBallots { choices: choices(9), count: 1 }];
    for by in [&cleo, &anna] {
        let number = (by.name() == "Anna").then_some(1);
        let by = Approval::of(by.clone());
        office.case.enter_paper(&by, &office.key, &id, number, "Box", &paper).expect("entered");
    }
    let wrong = [PaperBallots { choices: choices(3), count: 2 }];
    for (by, number) in [(&cleo, None), (&anna, Some(2))] {
        let by = Approval::of((*by).clone());
        office.case.enter_paper(&by, &office.key, &id, number, "Second box", &wrong).expect("entered");
    }
    office.case.void_paper(&both, &id, 2, "the box was open").expect("voided");
    let vote = receipts[3].0.ballot_hash.clone();
    office.case.exclude_vote(&both, &id, &vote, "two ballots in one envelope").expect("excluded");
    let later = Instant::from_seconds(START + 90_000);
    office.case.extend_election(&both, &id, later, "the hall was locked until noon").expect("extended");
    office.case.merge_write_ins(&anna, &id, "chair", "jo d.", "=jo doe").expect("merged");
    office.close(&id);
    if identified {
        let later = Some(Instant::from_seconds(START + 95_000));
        office.case.roll_back_election(&both, &id, "a box was found after the close", later).expect("rolled back");
        let mut booth = office.case.open_booth(&cleo, &office.key, &id).expect("a desk");
        for (number, letter) in letters.iter().enumerate().skip(16).take(2) {
            let choices = choices(number);
            receipts.push((office.case.cast(&mut booth, &letter.code, &choices).expect("cast"), choices));
        }
        office.close(&id);
    }
    office.case.count_election(&both, &office.key, &id).expect("counted");
    office.case.certify_election(&both, &office.key, &id).expect("certified");
    let key = reveal.then(|| office.case.reveal_key(&both, &office.key, &id).expect("revealed"));
    let files = folder.path().join("public");
    office.case.publish_election(&both, &id, &files, Some(form), true).expect("published");
    // A key that is revealed later is known to us and is not in the files.
    let key = key.unwrap_or_else(|| office.case.reveal_key(&both, &office.key, &id).expect("revealed"));
    Election { folder, id, key, receipts }
}

fn full() -> &'static Election {
    static RUN: OnceLock<Election> = OnceLock::new();
    RUN.get_or_init(|| run(setup(Secrecy::Secret, SecondBallot::Replace, false), PublicForm::Full, false))
}

fn sealed() -> &'static Election {
    static RUN: OnceLock<Election> = OnceLock::new();
    RUN.get_or_init(|| run(setup(Secrecy::Secret, SecondBallot::Refuse, true), PublicForm::Sealed, false))
}

fn identified() -> &'static Election {
    static RUN: OnceLock<Election> = OnceLock::new();
    RUN.get_or_init(|| run(setup(Secrecy::Identified, SecondBallot::Refuse, true), PublicForm::Full, true))
}

impl Election {
    fn public(&self) -> PathBuf {
        self.folder.path().join("public")
    }

    fn ring(&self) -> KeyRing {
        let mut ring = KeyRing::default();
        ring.add("SCRUTINEER_SIGNING_KEY", SigningKey::new(self.key.as_bytes(), "the test"));
        ring
    }
}

fn only(report: AuditReport) -> ElectionReport {
    assert_eq!(report.findings.len(), 0, "nothing beside the election: {:?}", report.findings);
    let [election] = <[ElectionReport; 1]>::try_from(report.elections).expect("one election");
    election
}

fn verdicts(election: &ElectionReport) -> BTreeMap<&str, Verdict> {
    election.claims.iter().map(|claim| (claim.id.as_str(), claim.verdict)).collect()
}

fn contradicted(election: &ElectionReport) -> BTreeSet<&str> {
    let wrong = election.claims.iter().filter(|claim| claim.verdict == Verdict::Contradicted);
    wrong.map(|claim| claim.id.as_str()).collect()
}

fn codes(election: &ElectionReport, least: &[&str]) -> BTreeSet<String> {
    let found = election.findings.iter().filter(|finding| least.contains(&finding.severity.as_str()));
    found.map(|finding| finding.code.clone()).collect()
}

// ------------------------------------------------------------------------------------------------------------- clean

#[test]
fn a_full_publication_is_proved_where_it_can_be() {
    let run = full();
    let election = only(testkit::audit(&[run.public()], &run.ring()));
    assert_eq!(contradicted(&election), BTreeSet::new(), "{:#?}", election.findings);
    assert_eq!(election.election_id, run.id);
    let verdicts = verdicts(&election);
    for claim in [
        "audit.chain",
        "audit.events",
        "ballot.definition",
        "ballots.chain",
        "ballots.hashes",
        "ballots.reopened",
        "ballots.seal",
        "ballots.signatures",
        "certificate.digests",
        "certificate.signature",
        "result.count",
        "ties.commitment",
    ] {
        assert_eq!(verdicts.get(claim), Some(&Verdict::Proved), "{claim}");
    }
    for claim in ["ballots.eligible", "ballots.single", "files.sums", "procedure.lifecycle", "secrecy.link"] {
        assert_eq!(verdicts.get(claim), Some(&Verdict::Consistent), "{claim}");
    }
    assert_eq!(election.tally.as_ref().and_then(|tally| tally.agrees), Some(true));
    // 16 voters, one of them twice, 4 paper ballots that stay and 2 that were voided, one excluded.
    assert_eq!(election.exhibit["ballots"]["rows"], 23);
    assert_eq!(election.exhibit["ballots"]["replaced"], 1);
    assert_eq!(election.exhibit["ballots"]["excluded"], 3);
    assert_eq!(election.exhibit["ballots"]["counted"], 19);
    // What is lawful and grave is told, and nothing else: exclusions.
    assert_eq!(codes(&election, &["critical"]), BTreeSet::new());
    assert_eq!(codes(&election, &["major"]), BTreeSet::from(["P702".to_owned()]));
    assert!(codes(&election, &["info"]).contains("P710"), "the order of casting is told");
    assert_eq!(
        election.claims.iter().find(|it| it.id == "secrecy.link").map(|it| it.detail["links"].clone()),
        Some(json!(0))
    );
}

#[test]
fn without_the_key_signatures_alone_cannot_be_told() {
    let run = full();
    let election = only(testkit::audit(&[run.public()], &KeyRing::default()));
    let open: Vec<&str> = election
        .claims
        .iter()
        .filter(|claim| claim.verdict == Verdict::CannotTell)
        .map(|claim| claim.id.as_str())
        .collect();
    assert_eq!(open, ["ballots.seal", "ballots.signatures", "certificate.signature"]);
    assert_eq!(contradicted(&election), BTreeSet::new());
    let mut other = KeyRing::default();
    other.add("SCRUTINEER_SIGNING_KEY", SigningKey::new("ab".repeat(32).as_bytes(), "the test"));
    let election = only(testkit::audit(&[run.public()], &other));
    assert_eq!(contradicted(&election), BTreeSet::new(), "a wrong key accuses nobody");
    assert_eq!(verdicts(&election)["ballots.signatures"], Verdict::CannotTell);
}

#[test]
fn a_sealed_publication_is_counted_from_its_piles() {
    let run = sealed();
    let election = only(testkit::audit(&[run.public()], &run.ring()));
    assert_eq!(contradicted(&election), BTreeSet::new(), "{:#?}", election.findings);
    let verdicts = verdicts(&election);
    assert_eq!(verdicts["result.count"], Verdict::Consistent);
    assert_eq!(verdicts["ballots.signatures"], Verdict::Proved);
    assert!(!verdicts.contains_key("ballots.hashes"), "there is no content to hash");
    assert!(codes(&election, &["info"]).contains("P708"), "the second ballot that was refused");
    assert_eq!(election.tally.as_ref().and_then(|tally| tally.first_difference.clone()), None);
}

#[test]
fn a_reopened_election_with_named_voters_holds_and_tells_what_happened() {
    let run = identified();
    let election = only(testkit::audit(&[run.public()], &KeyRing::default()));
    assert_eq!(contradicted(&election), BTreeSet::new(), "{:#?}", election.findings);
    let verdicts = verdicts(&election);
    assert!(!verdicts.contains_key("secrecy.link"), "named ballots promise no secrecy");
    assert_eq!(verdicts["ballots.signatures"], Verdict::Consistent, "everybody has the key");
    let signatures = election.claims.iter().find(|claim| claim.id == "ballots.signatures").expect("a claim");
    assert!(signatures.assumption.contains("of the export itself"), "{}", signatures.assumption);
    assert_eq!(codes(&election, &["major"]), BTreeSet::from(["P701".to_owned(), "P702".to_owned()]));
    assert_eq!(election.exhibit["ballots"]["rows"], 24);
}

/// Required members and closed lists of the published JSON schema of NIST SP 1500-101, version 1.
#[test]
fn the_event_log_has_the_members_that_the_format_requires() {
    for run in [full(), identified()] {
        let log = testkit::json(&run.public().join("event-log.json"));
        let text =
            |value: &Value, name: &str| value[name].as_str().unwrap_or_else(|| panic!("{name} in {value}")).to_owned();
        let within = |value: &Value, known: &[&str]| {
            value
                .as_object()
                .expect("an object")
                .keys()
                .for_each(|name| assert!(known.contains(&name.as_str()), "{name}"));
        };
        assert_eq!(text(&log, "@type"), "EventLogging.ElectionEventLog");
        assert!(Instant::parse(&text(&log, "GeneratedTime")).is_some());
        within(&log, &["@type", "Details", "Device", "ElectionId", "GeneratedTime"]);
        let device = &log["Device"][0];
        assert_eq!(text(device, "@type"), "EventLogging.Device");
        assert!(!text(device, "Id").is_empty());
        assert_eq!((text(device, "Type"), text(device, "HashType")), ("ems".to_owned(), "sha-256".to_owned()));
        let known = [
            "@type",
            "Details",
            "Event",
            "HashType",
            "Id",
            "Manufacturer",
            "Model",
            "OtherHashType",
            "OtherType",
            "Type",
            "Version",
        ];
        within(device, &known);
        let events = device["Event"].as_array().expect("events");
        assert!(events.len() > 10);
        let known = [
            "@type",
            "Description",
            "Details",
            "Disposition",
            "Hash",
            "Id",
            "OtherDisposition",
            "Sequence",
            "Severity",
            "TimeStamp",
            "Type",
            "UserId",
        ];
        for event in events {
            assert_eq!(text(event, "@type"), "EventLogging.Event");
            for name in ["Id", "Sequence", "Type"] {
                assert!(!text(event, name).is_empty());
            }
            assert!(["failure", "na", "other", "success"].contains(&text(event, "Disposition").as_str()));
            assert!(Instant::parse(&text(event, "TimeStamp")).is_some());
            within(event, &known);
        }
        let told = |act: &str| events.iter().any(|event| event["Id"] == act);
        let is_secret = run.id == full().id;
        assert_eq!(told("ballot_submitted_token"), !is_secret, "times of ballots stay out of a secret election's log");
        assert!(told("election_opened") && told("election_published"));
    }
}

#[test]
fn receipts_are_found_replaced_and_hashed_again() {
    for run in [full(), sealed()] {
        let mut held: Vec<Value> = Vec::new();
        for (receipt, choices) in &run.receipts {
            let mut with = serde_json::to_value(receipt).expect("a receipt");
            held.push(with.clone());
            with["choices"] = json!(choices);
            held.push(with);
        }
        let mut absent = held[0].clone();
        absent["ballot_hash"] = json!("ab".repeat(32));
        held.push(absent);
        let mut moved = held[0].clone();
        moved["position"] = json!(5);
        held.push(moved);
        let read = workflow::read_receipts_text(&json!({"receipts": held}).to_string(), "test").expect("receipts");
        let answers = workflow::check_receipts_in(&[run.public()], &read, None, &Unwatched).expect("answers").answers;
        let was_replaced = run.receipts.last().is_some_and(|(last, _)| last.replaces);
        for (at, pair) in answers[..run.receipts.len() * 2].chunks(2).enumerate() {
            for answer in pair {
                assert!(answer.found_in_public_ballots && answer.well_formed);
                assert_eq!(answer.chain_hash_matches, Some(true));
                assert_eq!(answer.previous_chain_hash_matches, Some(true));
                assert_eq!(
                    answer.superseded,
                    at == 0 && was_replaced,
                    "the first voter came twice where it is allowed"
                );
                assert_eq!(answer.r#final, !answer.superseded && at != 3, "the fourth ballot was excluded");
                assert!(!answer.is_contradiction());
            }
            assert_eq!(pair[1].hash_matches, Some(true), "with the choices the code comes out");
        }
        let [absent, moved] = &answers[run.receipts.len() * 2..] else { panic!("two more") };
        assert!(!absent.found_in_public_ballots && absent.findings == ["K801"]);
        assert!(moved.is_contradiction() && moved.findings.contains(&"K802".to_owned()));
    }
    // The choices as the paper takes them give the code; others do not.
    let (receipt, _) = &full().receipts[2];
    let mut with = serde_json::to_value(receipt).expect("a receipt");
    for (chair, fits) in [("ash", true), ("birch", false)] {
        let mut choices = choices(2);
        choices.insert("chair".to_owned(), listed(&[chair]));
        with["choices"] = json!(choices);
        let read = workflow::read_receipts_text(&with.to_string(), "test").expect("a receipt");
        let answers =
            workflow::check_receipts_in(&[full().public()], &read, None, &Unwatched).expect("answers").answers;
        assert_eq!((answers[0].hash_matches, answers[0].ranking_matches_export), (Some(fits), Some(fits)));
    }
}

#[test]
fn a_case_counts_reports_and_says_what_it_cannot_answer() {
    let run = full();
    let folder = tempfile::tempdir().expect("a folder");
    let mut case =
        Case::create_with(&folder.path().join("dispute.scrutineer"), "Dispute", Box::new(Steps(AtomicI64::new(START))))
            .expect("a case");
    let plan = case.import(&[run.public()], None, &Unwatched).expect("imported");
    assert_eq!(plan.system(), "scrutineer");
    assert_eq!(plan.rejects.len(), 0);
    case.verify(&run.ring(), &Unwatched).expect("verified");
    assert_eq!(case.info().expect("info").elections, [(run.id.clone(), "Club board".to_owned())]);
    let published = testkit::json(&run.public().join("result.json"));
    for (at, contest) in ["chair", "board", "motion"].iter().enumerate() {
        let counted = case
            .count(&format!("{}/{contest}", run.id), &CaseRequest::default(), &Unwatched)
            .expect("counted")
            .to_json();
        assert_eq!(counted["elected"], published["contests"][at]["elected"], "{contest}");
        assert_eq!(counted["result"], published);
    }
    let first = case.count(&run.id, &CaseRequest::default(), &Unwatched).expect("counted");
    assert!(first.title.contains("the first of 3 contests"), "{}", first.title);
    let other = case
        .count(
            &format!("{}/board", run.id),
            &CaseRequest { rule: Some("meek".to_owned()), ..CaseRequest::default() },
            &Unwatched,
        )
        .expect("counted");
    assert!(other.what_if.is_some());
    let error =
        case.count(&format!("{}/nobody", run.id), &CaseRequest::default(), &Unwatched).expect_err("no such contest");
    assert!(error.to_string().contains("/chair"), "{error}");
    let error = case
        .origin_answer(workflow::OriginAnswer::Forensics, &run.id, &KeyRing::default(), &Unwatched)
        .expect_err("no report of that kind");
    assert!(error.to_string().contains("Scrutineer"), "{error}");
    for kind in [workflow::ReportKind::Pdf, workflow::ReportKind::Csv] {
        case.save_report(&run.id, kind, &folder.path().join(format!("{kind:?}"))).expect("a report");
    }
}

// ------------------------------------------------------------------------------------------------------- alterations

fn sha(text: &str) -> String {
    domain::digest::encode_hex(&Sha256::digest(text))
}

fn hmac(key: &str, text: &str) -> String {
    let mut bytes = vec![0u8; key.len() / 2];
    domain::digest::decode_hex(key.as_bytes(), &mut bytes).expect("hex");
    let mut mac = Hmac::<Sha256>::new_from_slice(&bytes).expect("a key");
    mac.update(text.as_bytes());
    domain::digest::encode_hex(&mac.finalize().into_bytes())
}

/// A copy of a publication in the hands of somebody who alters it.
struct Copy {
    folder: TempDir,
    ring: KeyRing,
    id: String,
}

impl Copy {
    fn of(run: &Election) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for entry in std::fs::read_dir(run.public()).expect("files") {
            let path = entry.expect("a file").path();
            std::fs::copy(&path, folder.path().join(path.file_name().expect("a name"))).expect("copied");
        }
        Self { folder, ring: run.ring(), id: run.id.clone() }
    }

    fn edit(&self, name: &str, change: impl FnOnce(&mut Value)) -> &Self {
        let path = self.folder.path().join(name);
        let mut value = testkit::json(&path);
        change(&mut value);
        let bytes = if name == "result.json" { serde_json::to_vec(&value) } else { serde_json::to_vec_pretty(&value) };
        std::fs::write(path, bytes.expect("JSON")).expect("written");
        self
    }

    /// Computes every ballot and chain hash again, and puts the new head where the files repeat it.
    fn rehash(&self) -> &Self {
        let (mut head, mut rows) = (sha(&format!("scrutineer election {}", self.id)), 0);
        self.edit("ballots.json", |file| {
            for ballot in file["ballots"].as_array_mut().expect("ballots") {
                rows += 1;
                if ballot["body"].is_object() {
                    ballot["ballot_hash"] = json!(sha(&ballot["body"].to_string()));
                }
                ballot["position"] = json!(rows);
                ballot["previous_chain_hash"] = json!(head);
                head = sha(&format!("{head}:{}", ballot["ballot_hash"].as_str().expect("a hash")));
                ballot["chain_hash"] = json!(head);
            }
            file["chain_head"] = json!(head);
        });
        self.edit("election.json", |file| {
            file["chain_head"] = json!(head);
            file["ballots"] = json!(rows);
        })
    }

    /// Signs every ballot, with a key of somebody's own.
    fn sign(&self, key: &str) -> &Self {
        self.edit("ballots.json", |file| {
            for ballot in file["ballots"].as_array_mut().expect("ballots") {
                ballot["signature"] =
                    json!(hmac(key, &format!("ballot:{}", ballot["chain_hash"].as_str().expect("a hash"))));
            }
        })
    }

    /// Links every entry of the log anew.
    fn relink(&self) -> &Self {
        self.edit("audit.json", |file| {
            let mut previous: Option<String> = None;
            for entry in file["entries"].as_array_mut().expect("entries") {
                if let Some(previous) = previous {
                    entry["previous"] = json!(previous);
                }
                if entry["act"].is_string() {
                    let part = |name: &str| entry[name].as_str().expect("a text").to_owned();
                    let text = [
                        entry["number"].to_string(),
                        part("at"),
                        part("actor"),
                        part("act"),
                        part("detail"),
                        part("previous"),
                    ];
                    entry["hash"] = json!(sha(&text.join("\n")));
                }
                previous = entry["hash"].as_str().map(str::to_owned);
            }
            file["ledger_head"] = json!(previous);
        })
    }

    /// Audits the copy with digests that fit its files.
    fn audit(&self) -> ElectionReport {
        let mut sums = String::new();
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .expect("files")
            .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
            .filter(|name| name != "SHA256SUMS")
            .collect();
        names.sort();
        for name in names {
            let bytes = std::fs::read(self.folder.path().join(&name)).expect("a file");
            sums.push_str(&format!("{}  {name}\n", domain::digest::encode_hex(&Sha256::digest(&bytes))));
        }
        std::fs::write(self.folder.path().join("SHA256SUMS"), sums).expect("written");
        only(testkit::audit(&[self.folder.path().to_owned()], &self.ring))
    }
}

fn ballots(file: &mut Value) -> &mut Vec<Value> {
    file["ballots"].as_array_mut().expect("ballots")
}

fn entries(file: &mut Value) -> &mut Vec<Value> {
    file["entries"].as_array_mut().expect("entries")
}

fn place_of(file: &Value, act: &str) -> usize {
    let entries = file["entries"].as_array().expect("entries");
    entries.iter().position(|entry| entry["act"] == act).unwrap_or_else(|| panic!("no entry {act}"))
}

/// An alteration, and the claims that must be contradicted, no more and no fewer.
type Alteration = (&'static str, fn(&Copy), &'static [&'static str]);

fn each_is_found(run: &Election, alterations: &[Alteration]) {
    let untouched = Copy::of(run);
    assert_eq!(contradicted(&untouched.audit()), BTreeSet::new(), "a copy is as good as the files");
    for (name, alter, expected) in alterations {
        let copy = Copy::of(run);
        alter(&copy);
        let election = copy.audit();
        let expected: BTreeSet<&str> = expected.iter().copied().collect();
        assert_eq!(contradicted(&election), expected, "{name}: {:#?}", election.findings);
    }
}

const OTHER_KEY: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

#[test]
fn every_alteration_of_a_full_publication_is_found() {
    each_is_found(
        full(),
        &[
            (
                "a choice is flipped",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[8]["body"]["choices"]["motion"] = json!(["no"]));
                },
                &["ballots.hashes", "result.count"],
            ),
            (
                "a choice is flipped and every hash computed again",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[8]["body"]["choices"]["motion"] = json!(["no"]))
                        .rehash();
                },
                &["ballots.chain", "ballots.signatures", "ballots.seal", "result.count"],
            ),
            (
                "the last ballot is dropped",
                |copy| {
                    copy.edit("ballots.json", |file| drop(ballots(file).pop())).rehash();
                },
                &["audit.events", "ballots.chain", "ballots.seal", "result.count"],
            ),
            (
                "two ballots are exchanged",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file).swap(9, 10));
                },
                &["ballots.chain"],
            ),
            (
                "a weight is changed",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[8]["body"]["weight"] = json!(3));
                },
                &["ballots.eligible", "ballots.hashes", "result.count"],
            ),
            (
                "a ballot is added, with a chain that fits and no signature",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        let mut more = ballots(file)[8].clone();
                        more["body"]["nonce"] = json!("cd".repeat(16));
                        more["body"]["voter"] = json!("ef".repeat(32));
                        more["signature"] = Value::Null;
                        ballots(file).push(more);
                    })
                    .rehash();
                },
                &["audit.events", "ballots.chain", "ballots.seal", "ballots.signatures", "result.count"],
            ),
            (
                "everything is signed with another key, which lies in the export",
                |copy| {
                    copy.sign(OTHER_KEY);
                    let file = copy.folder.path().join("signing-key.json");
                    std::fs::write(file, format!("{{\"SCRUTINEER_SIGNING_KEY\": \"{OTHER_KEY}\"}}")).expect("written");
                },
                &["ballots.signatures"],
            ),
            (
                "a signature is exchanged for that of another ballot",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        let other = ballots(file)[9]["signature"].clone();
                        ballots(file)[8]["signature"] = other;
                    });
                },
                &["ballots.signatures"],
            ),
            (
                "a ballot that counts is excluded",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        ballots(file)[8]["excluded"] = json!({"reason": "so", "at": "2026-11-01T12:00:00+00:00"})
                    });
                },
                &["audit.events", "result.count"],
            ),
            (
                "an exclusion is taken back",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[3]["excluded"] = Value::Null);
                },
                &["audit.events", "result.count"],
            ),
            (
                "a ballot carries a time",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[8]["cast_at"] = json!("2026-11-01T12:00:00+00:00"));
                },
                &["secrecy.link"],
            ),
            (
                "a ballot names its voter",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[8]["body"]["voter"] = json!("V008"));
                },
                &["ballots.hashes", "secrecy.link"],
            ),
            (
                "the result names another winner",
                |copy| {
                    copy.edit("result.json", |file| file["contests"][0]["elected"] = json!(["birch"]));
                },
                &["audit.events", "certificate.digests", "result.count"],
            ),
            (
                "the order that cuts ties is another one",
                |copy| {
                    copy.edit("result.json", |file| {
                        file["contests"][0]["tie_order"].as_array_mut().expect("an order").reverse();
                    });
                },
                &["certificate.digests", "ties.commitment"],
            ),
            (
                "the certificate names another person",
                |copy| {
                    copy.edit("certificate.json", |file| file["signed_by"][1][0] = json!("Dora"));
                },
                &["certificate.digests", "certificate.signature"],
            ),
            (
                "the certificate says more than what is signed",
                |copy| {
                    copy.edit("certificate.json", |file| file["note"] = json!("approved by all"));
                },
                &["certificate.signature"],
            ),
            (
                "a candidate has another name",
                |copy| {
                    copy.edit("election.json", |file| {
                        file["setup"]["contests"][1]["candidates"][0]["name"] = json!("Cypress")
                    });
                },
                &["ballot.definition", "result.count"],
            ),
            (
                "the roll was larger",
                |copy| {
                    copy.edit("election.json", |file| file["frozen"]["eligible_voters"] = json!(30));
                },
                &["audit.events"],
            ),
            (
                "an entry of the log is removed",
                |copy| {
                    copy.edit("audit.json", |file| {
                        let at = place_of(file, "vote_soft_deleted");
                        entries(file).remove(at);
                    });
                },
                &["audit.chain", "audit.events"],
            ),
            (
                "an entry of the log is removed, and the others are numbered and linked again",
                |copy| {
                    copy.edit("audit.json", |file| {
                        let at = place_of(file, "election_extended");
                        entries(file).remove(at);
                        for entry in &mut entries(file)[at..] {
                            entry["number"] = json!(entry["number"].as_u64().expect("a number") - 1);
                        }
                    })
                    .relink();
                },
                &["audit.chain", "audit.events"],
            ),
            (
                "the first entry of the log is removed",
                |copy| {
                    copy.edit("audit.json", |file| drop(entries(file).remove(0)));
                },
                &["audit.chain", "audit.events"],
            ),
            (
                "an entry is said to be withheld",
                |copy| {
                    copy.edit("audit.json", |file| {
                        let at = place_of(file, "vote_soft_deleted");
                        let entry = entries(file)[at].as_object_mut().expect("an entry");
                        for name in ["at", "actor", "act", "detail"] {
                            entry.shift_remove(name);
                        }
                        entry.insert("withheld".to_owned(), json!("voting"));
                    });
                },
                &["audit.events"],
            ),
            (
                "an entry says something else",
                |copy| {
                    copy.edit("audit.json", |file| {
                        let at = place_of(file, "vote_soft_deleted");
                        entries(file)[at]["actor"] = json!("Dora");
                    });
                },
                &["audit.chain", "audit.events"],
            ),
            (
                "the event log leaves an event out",
                |copy| {
                    copy.edit("event-log.json", |file| {
                        drop(file["Device"][0]["Event"].as_array_mut().expect("events").pop())
                    });
                },
                &["audit.events"],
            ),
            (
                "the seal is another one",
                |copy| {
                    copy.edit("election.json", |file| file["frozen"]["seal"] = json!("00".repeat(32)));
                },
                &["audit.events"],
            ),
        ],
    );
    // Digests that do not fit.
    let copy = Copy::of(full());
    copy.edit("election.json", |_| {});
    let election = only(testkit::audit(&[copy.folder.path().to_owned()], &copy.ring));
    assert_eq!(contradicted(&election), BTreeSet::from(["files.sums"]), "the same content in other bytes");
}

#[test]
fn every_alteration_of_a_sealed_publication_is_found() {
    each_is_found(
        sealed(),
        &[
            (
                "a pile grows",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        let votes = file["piles"]["motion"][0]["votes"].as_u64().expect("votes");
                        file["piles"]["motion"][0]["votes"] = json!(votes + 1);
                    });
                },
                &["result.count"],
            ),
            (
                "a pile names somebody who does not stand",
                |copy| {
                    copy.edit("ballots.json", |file| file["piles"]["motion"][0]["choice"] = json!(["maybe"]));
                },
                &["ballot.definition", "result.count"],
            ),
            (
                "the last ballot is dropped",
                |copy| {
                    copy.edit("ballots.json", |file| drop(ballots(file).pop())).rehash();
                },
                &["audit.events", "ballots.chain", "ballots.seal", "result.count"],
            ),
            (
                "two ballots are exchanged",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file).swap(4, 5));
                },
                &["ballots.chain"],
            ),
            (
                "a code is another one",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[4]["ballot_hash"] = json!("ab".repeat(32)));
                },
                &["ballots.chain"],
            ),
            (
                "a code is another one, and every chain hash computed again",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[4]["ballot_hash"] = json!("ab".repeat(32))).rehash();
                },
                &["ballots.chain", "ballots.seal", "ballots.signatures", "result.count"],
            ),
            (
                "a ballot carries its content after all",
                |copy| {
                    copy.edit("ballots.json", |file| ballots(file)[4]["weight"] = json!(2));
                },
                &["secrecy.link"],
            ),
            (
                "two ballots carry one pseudonym",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        let other = ballots(file)[5]["voter"].clone();
                        ballots(file)[6]["voter"] = other;
                    });
                },
                &["ballots.single", "result.count"],
            ),
            (
                "the result counts more voters",
                |copy| {
                    copy.edit("result.json", |file| file["voters"] = json!(20));
                },
                &["certificate.digests", "result.count"],
            ),
        ],
    );
}

#[test]
fn every_alteration_of_a_reopened_election_is_found() {
    each_is_found(
        identified(),
        &[
            (
                "a ballot of the reopened window loses its mark",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        ballots(file).last_mut().expect("a ballot")["body"]["reopened"] = json!(false)
                    });
                },
                &["ballots.hashes", "ballots.reopened", "result.count"],
            ),
            (
                "a ballot is cast in another voter's name",
                |copy| {
                    copy.edit("ballots.json", |file| {
                        let other = ballots(file)[5]["body"]["voter"].clone();
                        ballots(file)[6]["body"]["voter"] = other;
                    });
                },
                &["ballots.hashes", "ballots.single", "result.count"],
            ),
            (
                "the entry of a ballot is withheld",
                |copy| {
                    copy.edit("audit.json", |file| {
                        let at = place_of(file, "ballot_submitted_token");
                        let entry = entries(file)[at].as_object_mut().expect("an entry");
                        for name in ["at", "actor", "act", "detail"] {
                            entry.shift_remove(name);
                        }
                    });
                },
                &["audit.events"],
            ),
        ],
    );
    // Somebody who has the key adds a second ballot of a voter and signs it: the chain fits, the log does not.
    let run = identified();
    let copy = Copy::of(run);
    copy.edit("ballots.json", |file| {
        let mut more = ballots(file)[5].clone();
        more["body"]["nonce"] = json!("cd".repeat(16));
        more["body"]["reopened"] = json!(true);
        ballots(file).push(more);
    })
    .rehash()
    .sign(&run.key);
    let found: BTreeSet<String> = contradicted(&copy.audit()).into_iter().map(str::to_owned).collect();
    for claim in ["audit.events", "ballots.chain", "ballots.seal", "ballots.single", "result.count"] {
        assert!(found.contains(claim), "{claim}: {found:?}");
    }
    assert!(!found.contains("ballots.signatures"), "whoever has the key can sign");
}
