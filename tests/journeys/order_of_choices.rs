//! Choices in their order, what was left out, and how often credentials were opened: an export in which nothing of the kind stands
//! out says nothing; each thing that is planted is named with its votes, and nothing else is.

use std::collections::BTreeSet;
use std::path::Path;

use domain::report::AuditReport;
use serde_json::{Value, json};
use testkit::{audit, keys, logbook};

const VOTERS: usize = 300;
const CODES: [&str; 4] = ["A504", "A505", "A506", "A507"];

/// Tables of an election for one office with three candidates, after those of a fixture.
struct Export {
    elections: Value,
    candidates: Vec<Value>,
    votes: Vec<Value>,
    tokens: Vec<Value>,
}

fn rows(table: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(logbook().join("02_clean_closed").join(table)).expect("a table");
    serde_json::from_str(&text).expect("rows")
}

impl Export {
    /// 300 people over some hours, whose choices have nothing to do with anything.
    fn honest() -> Self {
        let mut elections = rows("elections.json");
        elections[0]["positions"] = json!(["Chief"]);
        let mut candidates: Vec<Value> =
            rows("candidates.json").into_iter().filter(|row| row["position"] == "Chief").take(3).collect();
        let mut third = candidates[0].clone();
        third["id"] = json!("00000000-0000-4000-8000-000000000003");
        third["name"] = json!("Member 99");
        candidates.truncate(2);
        candidates.push(third);
        let (vote, token) = (rows("votes.json").remove(0), rows("voting_tokens.json").remove(0));
        let mut state = 77_u64;
        let mut below = |limit: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % limit
        };
        let mut export = Self { elections: json!(elections), candidates, votes: Vec::new(), tokens: Vec::new() };
        for number in 0..VOTERS {
            let hash = format!("{number:064x}");
            let mut vote = vote.clone();
            let seconds = 14 * 3600 + 1800 + number * 60 + usize::try_from(below(50)).expect("small");
            let at = format!("2026-02-10 {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
            let drawn = below(100);
            let choice = if drawn < 50 { 0 } else { 1 + usize::from(drawn >= 80) };
            vote["id"] = json!(format!("10000000-0000-4000-8000-{number:012}"));
            vote["candidate_id"] = export.candidates[choice]["id"].clone();
            vote["voter_hash"] = json!(hash);
            vote["voted_at"] = json!(at);
            for name in ["vote_signature", "vote_dedup_hash", "chain_hash", "receipt_hash"] {
                vote[name] = Value::Null;
            }
            let mut token = token.clone();
            token["id"] = json!(format!("20000000-0000-4000-8000-{number:012}"));
            token["token"] = json!(format!("{:064x}", number + 1000));
            token["voter_hash"] = json!(hash);
            token["used_at"] = json!(at);
            token["first_accessed_at"] = json!(at);
            token["access_count"] = json!(1 + below(3));
            token["positions_voted"] = json!(["Chief"]);
            export.votes.push(vote);
            export.tokens.push(token);
        }
        // A few votes are left out, of whom they may be.
        for number in [20, 90, 91, 150, 222, 260] {
            export.leave_out(number);
        }
        export
    }

    fn leave_out(&mut self, number: usize) {
        self.votes[number]["deleted_at"] = json!("2026-02-10 19:40:00");
        self.votes[number]["deletion_reason"] = json!("Two ballots in one envelope");
    }

    fn report(&self) -> AuditReport {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, rows: &Value| {
            std::fs::write(folder.path().join(name), rows.to_string()).expect("written");
        };
        write("elections.json", &self.elections);
        write("candidates.json", &json!(self.candidates));
        write("votes.json", &json!(self.votes));
        write("voting_tokens.json", &json!(self.tokens));
        audit(&[Path::new(folder.path()).to_owned()], &keys(0))
    }
}

/// Codes of this kind with what they name.
fn told(report: &AuditReport) -> Vec<(String, BTreeSet<String>, String)> {
    let findings = report.elections.iter().flat_map(|election| &election.findings);
    findings
        .filter(|finding| CODES.contains(&finding.code.as_str()))
        .map(|finding| (finding.code.clone(), finding.subjects.iter().cloned().collect(), finding.detail.clone()))
        .collect()
}

fn vote_ids(numbers: impl IntoIterator<Item = usize>) -> BTreeSet<String> {
    numbers.into_iter().map(|number| format!("vote:10000000-0000-4000-8000-{number:012}")).collect()
}

#[test]
fn honest_choices_in_any_order_say_nothing() {
    let report = Export::honest().report();
    assert_eq!(told(&report), []);
    let claim = report.elections[0].claims.iter().find(|claim| claim.id == "votes.patterns").expect("the claim");
    // Burst, cadence, a run and a drift, exclusions, and each credential that was opened; addresses are gone.
    assert_eq!(claim.detail["tests"], json!(2 + 2 + 1 + VOTERS), "{claim:?}");
}

#[test]
fn equal_votes_in_a_row_are_named() {
    let mut export = Export::honest();
    let candidate = export.candidates[2]["id"].clone();
    for vote in &mut export.votes[100..130] {
        vote["candidate_id"] = candidate.clone();
    }
    let report = export.report();
    let found = told(&report);
    let [(code, votes, detail)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(code, "A504");
    assert!(votes.is_superset(&vote_ids(100..130)) && votes.len() <= 34, "{votes:?}");
    assert!(detail.contains("Member 99 (Chief)") && detail.contains("corrected (Holm)"), "{detail}");
    let finding = report.elections[0].findings.iter().find(|finding| finding.code == "A504").expect("the finding");
    assert!(finding.outcome_can_change.is_some(), "told beside the margin");
}

#[test]
fn a_share_that_moves_is_told_with_both_shares() {
    let mut export = Export::honest();
    let candidates = export.candidates.clone();
    // Three of five for the first in the morning, one of five later; never many in a row.
    for (number, vote) in export.votes.iter_mut().enumerate() {
        let is_first = if number < 150 { number % 5 < 3 } else { number % 5 == 0 };
        let other = 1 + number % 2;
        vote["candidate_id"] = candidates[if is_first { 0 } else { other }]["id"].clone();
    }
    let found = told(&export.report());
    let [(code, subjects, detail)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(code, "A505");
    let id = candidates[0]["id"].as_str().expect("an id");
    assert!(subjects.contains(&format!("candidate:{id}")), "{subjects:?}");
    let shares: Vec<f64> =
        detail.split(" %").filter_map(|part| part.rsplit(' ').next()).filter_map(|share| share.parse().ok()).collect();
    assert!((shares[0] - 60.0).abs() < 3.0 && (shares[1] - 20.0).abs() < 3.0, "{detail}");
}

#[test]
fn votes_of_one_candidate_that_are_left_out_are_named() {
    let mut export = Export::honest();
    let leader = export.candidates[1]["id"].clone();
    let own: Vec<usize> =
        (0..VOTERS).filter(|number| export.votes[*number]["candidate_id"] == leader).step_by(3).take(20).collect();
    for number in &own {
        export.leave_out(*number);
    }
    let report = export.report();
    let found = told(&report);
    let [(code, votes, detail)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(code, "A506");
    assert!(votes.is_superset(&vote_ids(own.iter().copied())), "{votes:?}");
    assert!(detail.contains("Fisher"), "{detail}");
}

#[test]
fn a_credential_that_was_opened_again_and_again_is_named() {
    let mut export = Export::honest();
    export.tokens[7]["access_count"] = json!(60);
    let found = told(&export.report());
    let [(code, subjects, detail)] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!(code, "A507");
    assert_eq!(*subjects, BTreeSet::from(["token:20000000-0000-4000-8000-000000000007".to_owned()]));
    assert!(detail.contains("60 times"), "{detail}");

    // A figure that cannot be is told, and takes no time.
    export.tokens[7]["access_count"] = json!(i64::MAX);
    export.tokens[8]["access_count"] = json!(i64::MAX);
    let found = told(&export.report());
    assert!(
        found.iter().any(|(code, _, detail)| code == "A507" && detail.contains("9223372036854775807 times")),
        "{found:?}"
    );
}
