//! Looking at a case: tables by place, review marks that survive a new verification and stand in every report.

use std::path::PathBuf;

use domain::Unwatched;
use domain::report::Verdict;
use domain::review::Mark;
use testkit::pdf::pages;
use testkit::{above_info, audit, copy_files, keys, logbook};
use workflow::{Browser, Case, IntegrityPaper, ReportKind, VotesQuery, finding_key};

/// A case with a fixture in it, verified.
fn case_of(folder: &tempfile::TempDir, fixture: &str) -> (PathBuf, Case) {
    let input = folder.path().join("input");
    std::fs::create_dir(&input).expect("a folder");
    copy_files(&logbook().join(fixture), &input, |_| true);
    let path = folder.path().join("case.scrutineer");
    let mut case = Case::create(&path, fixture).expect("made");
    case.import(&[input], None, &Unwatched).expect("imported");
    case.verify(&keys(0), &Unwatched).expect("verified");
    (path, case)
}

#[test]
fn a_mark_outlives_a_new_verification_and_stands_in_every_report() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, mut case) = case_of(&folder, "08_votes_mixed");
    let report = case.latest_report().expect("read").expect("there");
    let election = report.elections[0].election_id.clone();
    let finding = report.elections[0].findings.iter().find(|finding| finding.code == "S101").expect("a finding");
    let key = finding_key(&election, finding);
    let refused = case.mark_finding(&key, Mark::Explained, "  ").expect_err("a reason is needed");
    assert!(refused.to_string().contains("reason"), "{refused}");
    let before = case.ledger().expect("a ledger").len();
    case.mark_finding(&key, Mark::Explained, "=Restored from the backup of 10 February").expect("marked");
    let ledger = case.ledger().expect("a ledger");
    assert_eq!((ledger.len(), ledger[before].act.as_str()), (before + 1, "review.mark"));
    assert!(ledger[before].detail.contains("Restored"), "the ledger keeps what was said");
    case.verify(&keys(0), &Unwatched).expect("verified again");
    let marked = case.latest_report().expect("read").expect("there");
    let reviews: Vec<_> = marked.elections[0].findings.iter().filter_map(|finding| finding.review.as_ref()).collect();
    assert_eq!(reviews.len(), 1, "one finding was marked");
    assert_eq!(reviews[0].mark, Mark::Explained);
    let tables = folder.path().join("tables");
    case.save_report(&election, ReportKind::Csv, &tables).expect("saved");
    let findings = std::fs::read_to_string(tables.join("findings.csv")).expect("read");
    assert!(
        findings.lines().any(|line| line.contains(",S101,") && line.contains(",explained,'=Restored")),
        "{findings}"
    );
    let json = folder.path().join("report.json");
    case.save_report(&election, ReportKind::Json, &json).expect("saved");
    assert!(std::fs::read_to_string(json).expect("read").contains("\"mark\": \"explained\""));
    case.unmark_finding(&key).expect("taken back");
    let after = case.latest_report().expect("read").expect("there");
    assert!(after.elections[0].findings.iter().all(|finding| finding.review.is_none()));
    assert_eq!(
        case.ledger().expect("a ledger").last().map(|entry| entry.act.clone()).as_deref(),
        Some("review.withdraw")
    );
}

#[test]
fn a_mark_on_a_finding_that_nobody_made_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_, mut case) = case_of(&folder, "08_votes_mixed");
    let report = case.latest_report().expect("read").expect("there");
    let mut key = finding_key("no such election", &report.elections[0].findings[0]);
    case.mark_finding(&key, Mark::Confirmed, "").expect_err("another election");
    key.code = "S999".to_owned();
    case.mark_finding(&key, Mark::Confirmed, "").expect_err("another code");
}

#[test]
fn rows_that_findings_name_are_found_in_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, case) = case_of(&folder, "08_votes_mixed");
    let report = case.latest_report().expect("read").expect("there");
    let election = report.elections[0].election_id.clone();
    let mut browser = Browser::open(&path, Some(std::sync::Arc::new(report))).expect("opens");
    let all = browser.votes(&election, &VotesQuery::default(), 0, 100).expect("votes");
    assert_eq!(all.extent.known, 46);
    let asked = VotesQuery { is_named: true, ..VotesQuery::default() };
    let named = browser.votes(&election, &asked, 0, 100).expect("votes");
    assert!(named.extent.is_done && !named.rows.is_empty() && named.extent.known < 46);
    for (number, vote) in &named.rows {
        assert!(!browser.codes(&format!("vote:{}", vote.id)).is_empty(), "{}", vote.id);
        assert_eq!(
            browser.place_of_vote(&election, &VotesQuery::default(), *number).expect("a place"),
            u64::try_from(number - 1).ok()
        );
    }
}

/// A finding must name the claim that was judged by it.
#[test]
fn claims_lead_to_their_findings() {
    let mut failed = 0;
    for fixture in std::fs::read_dir(logbook()).expect("fixtures") {
        let fixture = fixture.expect("an entry").path();
        if !fixture.is_dir() {
            continue;
        }
        let report = audit(std::slice::from_ref(&fixture), &keys(0));
        for election in &report.elections {
            for claim in election.claims.iter().filter(|claim| claim.id != "audit.chain") {
                let mut rows: Vec<&String> = election
                    .findings
                    .iter()
                    .filter(|finding| finding.severity == "critical" && finding.claim == claim.id)
                    .flat_map(|finding| &finding.subjects)
                    .filter(|subject| !subject.starts_with("audit:"))
                    .collect();
                rows.sort();
                rows.dedup();
                assert_eq!(
                    claim.failed,
                    u64::try_from(rows.len()).expect("small"),
                    "{}: {}",
                    fixture.display(),
                    claim.id
                );
                failed += claim.failed;
            }
        }
        assert!(failed > 0 || above_info(&report).is_empty() || report.elections.is_empty() || claim_free(&report));
    }
    assert!(failed > 20, "the fixtures hold enough failures to tell");
}

/// True where nothing failed in a way that a claim counts.
fn claim_free(report: &domain::report::AuditReport) -> bool {
    report.elections.iter().all(|election| election.claims.iter().all(|claim| claim.failed == 0))
}

/// Rows of a file in which a text stands as a value, at any depth.
fn holding(path: PathBuf, text: &str) -> u64 {
    fn holds(value: &serde_json::Value, text: &str) -> bool {
        match value {
            serde_json::Value::String(found) => found == text,
            serde_json::Value::Array(items) => items.iter().any(|item| holds(item, text)),
            serde_json::Value::Object(members) => members.values().any(|member| holds(member, text)),
            _ => false,
        }
    }
    let rows: serde_json::Value =
        serde_json::from_slice(&std::fs::read(path).expect("a fixture")).expect("JSON of a fixture");
    rows.as_array().expect("rows").iter().filter(|row| holds(row, text)).count() as u64
}

#[test]
fn everything_about_one_subject_stands_on_one_page() {
    let folder = tempfile::tempdir().expect("a folder");
    let fixture = "03_votes_candidate_changed";
    let (_, mut case) = case_of(&folder, fixture);
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(logbook().join("expected.json")).expect("read")).expect("JSON");
    let elections = expected[fixture]["elections"].as_object().expect("elections");
    let integrity = &elections.values().next().expect("one")["vote_integrity"];
    let vote = integrity["tampered_vote_ids"][0].as_str().expect("an id");

    let found = case.about_subject(vote, &Unwatched).expect("looked up");
    let of = |name: &str| found.tables.iter().find(|table| table.name == name).map_or(0, |table| table.total);
    assert_eq!(of("votes"), holding(logbook().join(fixture).join("votes.json"), vote));
    assert_eq!(of("audit_log"), holding(logbook().join(fixture).join("audit_logs.json"), vote));
    assert!(found.findings.iter().any(|finding| finding.code == "S101"), "{:?}", found.findings);

    let person = "b1004979-9093-4ac6-8833-231f1240598b";
    let found = case.about_subject(person, &Unwatched).expect("looked up");
    let log = found.tables.iter().find(|table| table.name == "audit_log").expect("the log");
    assert_eq!(log.total, holding(logbook().join(fixture).join("audit_logs.json"), person));
    assert!(found.around.iter().any(|line| line.speaks));

    let event = case.about_subject("audit:6", &Unwatched).expect("looked up");
    let keys: Vec<&str> = event.around.iter().map(|line| line.key.as_str()).collect();
    assert_eq!(keys, ["audit:3", "audit:4", "audit:5", "audit:6", "audit:7", "audit:8", "audit:9"]);

    let (pdf, csv) = (folder.path().join("subject.pdf"), folder.path().join("tables"));
    let written = case.save_subject(&found, Some(&pdf), Some(&csv)).expect("saved");
    assert_eq!(written.len(), 4);
    assert!(case.about_subject("  ", &Unwatched).is_err());
    let nothing = case.about_subject("no such thing", &Unwatched).expect("looked up");
    assert_eq!((nothing.total(), nothing.findings.len()), (0, 0));
}

#[test]
fn the_certificate_is_one_page_and_tells_every_number_of_its_tables() {
    for fixture in ["02_clean_closed", "08_votes_mixed"] {
        let folder = tempfile::tempdir().expect("a folder");
        let (_, mut case) = case_of(&folder, fixture);
        let report = case.latest_report().expect("read").expect("there");
        let election = &report.elections[0];
        for paper in [IntegrityPaper::Certificate, IntegrityPaper::Anonymity] {
            let (pdf, csv) = (folder.path().join("paper.pdf"), folder.path().join("tables"));
            case.save_integrity(paper, &election.election_id, &pdf, Some(&csv)).expect("saved");
            let Some(pages) = pages(&std::fs::read(&pdf).expect("a PDF")) else { continue };
            let text = pages.join("\n");
            if paper == IntegrityPaper::Certificate {
                assert_eq!(pages.len(), 1, "{fixture}: {text}");
                for claim in &election.claims {
                    assert!(text.contains(&claim.title), "{fixture}: {} is missing", claim.title);
                }
            }
            let told = if election.verdict == Verdict::Contradicted { "contradicted" } else { "proved" };
            let is_whole = paper == IntegrityPaper::Certificate && election.verdict != Verdict::Consistent;
            assert!(!is_whole || text.contains(told), "{fixture}: {text}");
        }
    }
}
