//! From files to the printed page, twice: the same bytes whatever the number of cores, and a case that keeps its word.

use std::collections::BTreeMap;
use std::path::Path;

use domain::{KeyRing, Unwatched};
use testkit::{copy_files, keys, logbook};
use workflow::{Case, ReportKind};

fn all_files(folder: &Path, into: &mut BTreeMap<String, Vec<u8>>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            all_files(&path, into);
        } else {
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            into.insert(name, std::fs::read(&path).expect("a file"));
        }
    }
}

fn reports_of(folder: &str, threads: usize) -> BTreeMap<String, Vec<u8>> {
    let out = tempfile::tempdir().expect("a folder");
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool");
    pool.install(|| {
        let done = workflow::audit_inputs(&[logbook().join(folder)], None, &keys(0), None, None, &Unwatched)
            .expect("an audit");
        workflow::write_reports(&done.case, &done.report, out.path()).expect("reports");
    });
    let mut files = BTreeMap::new();
    all_files(out.path(), &mut files);
    files
}

#[test]
fn the_same_input_gives_the_same_bytes_on_one_core_and_on_two() {
    for folder in ["08_votes_mixed", "50_burst", "80_paper_proxy_writein", "23_audit_entry_deleted"] {
        let (one, two) = (reports_of(folder, 1), reports_of(folder, 2));
        assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>(), "{folder}");
        for (name, bytes) in &one {
            assert!(*bytes == two[name], "{folder}: {name} differs");
        }
        assert!(one["report.pdf"].starts_with(b"%PDF-"), "{folder}");
        assert!(one.contains_key("findings.csv") && one.contains_key("report.json"), "{folder}");
    }
}

#[test]
fn no_key_reaches_any_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let case_path = folder.path().join("kept.scrutineer");
    let inputs = [logbook().join("08_votes_mixed")];
    let done = workflow::audit_inputs(&inputs, None, &keys(0), Some(&case_path), None, &Unwatched).expect("an audit");
    workflow::write_reports(&done.case, &done.report, &folder.path().join("out")).expect("reports");
    drop(done);
    let mut files = BTreeMap::new();
    all_files(folder.path(), &mut files);
    assert!(files.contains_key("kept.scrutineer"));
    for (name, bytes) in files {
        for secret in ["fixture-vote-key", "fixture-audit-key", "fixture-secret-key"] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{name} holds {secret}");
        }
    }
}

#[test]
fn a_case_keeps_evidence_conclusion_and_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("dispute.scrutineer");
    let mut case = Case::create(&path, "Dispute").expect("a case");
    let plan = Case::plan_import(&[logbook().join("02_clean_closed")], None, &Unwatched).expect("a plan");
    assert_eq!(case.info().expect("info").votes, 0, "a plan changes nothing");
    let done = case.import(&[logbook().join("02_clean_closed")], None, &Unwatched).expect("an import");
    assert_eq!(plan.tables, done.tables, "the plan said what came");
    assert!(done.rejects.is_empty());
    case.verify(&keys(0), &Unwatched).expect("a verification");
    drop(case);

    let mut case = Case::open(&path).expect("opens again");
    let report = case.latest_report().expect("readable").expect("there");
    let election = report.elections[0].election_id.clone();
    let acts: Vec<String> = case.ledger().expect("a ledger").into_iter().map(|entry| entry.act).collect();
    assert_eq!(acts, ["case.create", "evidence.import", "evidence.verify"]);
    let head = case.printed_head().expect("a head");
    let pdf = folder.path().join("report.pdf");
    case.save_report(&election, ReportKind::Pdf, &pdf).expect("printed");
    assert_eq!(case.printed_head().expect("a head"), head, "printing does not move the printed head");
    assert!(case.recheck(&Unwatched).expect("a second look").problems.is_empty());

    let again = case.import(&[logbook().join("02_clean_closed")], None, &Unwatched).expect("the same once more");
    assert!(
        again.tables.iter().all(|(table, _)| ["forensics", "integrity", "results", "stats"].contains(&table.as_str())),
        "{:?}",
        again.tables
    );
    assert_eq!(case.info().expect("info").votes, 45, "rows with the same key and values are one row");

    let copy = folder.path().join("copy.scrutineer");
    case.backup(&copy).expect("a backup");
    assert!(case.backup(&copy).is_err(), "a backup overwrites nothing");
    let copy = Case::open(&copy).expect("the copy opens");
    assert_eq!(copy.info().expect("info").votes, 45);
}

#[test]
fn copies_that_differ_in_a_signed_field_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    copy_files(&logbook().join("02_clean_closed"), folder.path(), |name| name != "votes.csv");
    let csv = std::fs::read_to_string(logbook().join("02_clean_closed/votes.csv")).expect("a file");
    let line = csv.lines().nth(5).expect("a row");
    let id = line.split(',').next().expect("an id");
    let altered =
        csv.replace(line, &line.replacen(",Chief,", ",Treasurer,", 1).replacen(",Secretary,", ",Treasurer,", 1));
    std::fs::write(folder.path().join("votes.csv"), altered).expect("written");
    let report = testkit::audit(&[folder.path().to_owned()], &keys(0));
    assert_eq!(testkit::subjects(&report)["R313"], [format!("vote:{id}")].into());
}

#[test]
fn without_a_key_nothing_passes_for_proved() {
    let report = testkit::audit(&[logbook().join("02_clean_closed")], &KeyRing::default());
    let election = &report.elections[0];
    let claim = election.claims.iter().find(|claim| claim.id == "votes.signatures").expect("the claim");
    assert_eq!(claim.verdict, domain::Verdict::CannotTell);
    assert!(testkit::subjects(&report).contains_key("S103"));
    assert!(!report.is_contradicted());
}
