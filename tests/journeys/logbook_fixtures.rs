//! Every Logbook fixture: the origin's own answers exactly, each tampering named with its rows, clean sets clean, and the
//! same verdicts from every way of writing the same data.

use std::collections::BTreeSet;
use std::path::PathBuf;

use domain::report::{AuditReport, Verdict};
use serde_json::{Value, json};
use testkit::{above_info, audit, copy_files, expected, keys, logbook, subjects};

/// Kinds of the contract for the origin's English error texts.
fn kind_of(text: &str) -> &'static str {
    match text.split(" - ").next().unwrap_or(text) {
        "Hash mismatch" => "hash_mismatch",
        "Chain broken" => "chain_broken",
        "Chain head missing" => "head_missing",
        "Chain tail truncated" => "tail_truncated",
        "Hash version downgrade" => "version_downgrade",
        other if other.starts_with("Unkeyed hash") => "unkeyed_after_boundary",
        other => panic!("unknown error text {other}"),
    }
}

fn expected_chain(chain: &Value) -> Value {
    let errors: Vec<Value> = chain["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|error| json!({"log_id": error["log_id"], "kind": kind_of(error["error"].as_str().expect("a text"))}))
        .collect();
    json!({
        "verified": chain["verified"],
        "total_checked": chain["total_checked"],
        "first_id": chain["first_id"],
        "last_id": chain["last_id"],
        "errors": errors,
    })
}

/// Results with candidates of equal counts in one order, since the origin leaves that to its database.
fn settled(results: &Value) -> Value {
    let mut results = results.clone();
    let sort = |list: &mut Value| {
        let items = list.as_array_mut().expect("a list");
        items.sort_by_key(|entry| {
            (-entry["vote_count"].as_i64().unwrap_or(0), entry["candidate_id"].as_str().unwrap_or("").to_owned())
        });
    };
    for position in results["results_by_position"].as_array_mut().expect("a list") {
        sort(&mut position["candidates"]);
    }
    sort(&mut results["overall_results"]);
    results
}

fn report_of(folder: &str) -> AuditReport {
    let legacy = expected()[folder]["legacy_max_id"].as_i64().unwrap_or(0);
    audit(&[logbook().join(folder)], &keys(legacy))
}

#[test]
fn the_origin_s_own_answers_come_out_exactly() {
    for (folder, expected) in expected() {
        let report = report_of(&folder);
        if let Some(chain) = expected.get("audit_chain") {
            let ours = serde_json::to_value(&report.audit_chain).expect("a chain");
            assert_eq!(ours, expected_chain(chain), "{folder}: audit chain");
        }
        for (id, expected) in expected.get("elections").and_then(Value::as_object).into_iter().flatten() {
            let election = report.elections.iter().find(|election| election.election_id == *id).expect("the election");
            let mut integrity =
                expected.get("vote_integrity").or(expected.get("integrity")).expect("an answer").clone();
            integrity.as_object_mut().expect("an object").remove("error");
            assert_eq!(
                serde_json::to_value(&election.vote_integrity).expect("json"),
                integrity,
                "{folder} {id}: integrity"
            );
            let tally = election.tally.as_ref().expect("a count");
            assert_eq!(settled(&tally.recounted), settled(&expected["results"]), "{folder} {id}: results");
            assert_eq!(tally.agrees, Some(true), "{folder} {id}: the published result is theirs");
            assert_eq!(election.exhibit["extra"]["stats"], expected["stats"], "{folder} {id}: stats");
            if let Some(anomalies) = expected.get("anomaly_detection") {
                assert_eq!(election.exhibit["anomaly_detection"], *anomalies, "{folder} {id}: anomalies");
                assert_eq!(election.exhibit["voting_timeline"], expected["voting_timeline"], "{folder} {id}: timeline");
                assert_eq!(
                    election.exhibit["deleted_votes"]["count"], expected["deleted_count"],
                    "{folder} {id}: excluded"
                );
                assert_eq!(
                    election.exhibit["voting_tokens"]["total_used"], expected["tokens_used"],
                    "{folder} {id}: tokens"
                );
            }
        }
    }
}

/// Folder, code, and where the subjects stand in `expected.json`.
const NAMED: &[(&str, &str, &str, &str)] = &[
    ("03_votes_candidate_changed", "S101", "vote", "/tamper/vote_ids"),
    ("03_votes_candidate_changed", "S107", "vote", "/tamper/vote_ids"),
    ("04_votes_time_changed", "S101", "vote", "/tamper/vote_ids"),
    ("04_votes_time_changed", "S107", "vote", "/tamper/vote_ids"),
    ("05_votes_signature_blanked", "S102", "vote", "/tamper/vote_ids"),
    ("05_votes_signature_blanked", "C202", "vote", "/tamper/vote_ids"),
    ("06_votes_inserted_unsigned", "S102", "vote", "/tamper/vote_ids"),
    ("06_votes_inserted_unsigned", "C202", "vote", "/tamper/vote_ids"),
    ("06_votes_inserted_unsigned", "R301", "vote", "/tamper/vote_ids"),
    ("06_votes_inserted_unsigned", "R303", "vote", "/tamper/vote_ids"),
    ("07_votes_inserted_forged", "S101", "vote", "/tamper/vote_ids"),
    ("07_votes_inserted_forged", "C205", "vote", "/tamper/vote_ids"),
    ("07_votes_inserted_forged", "R301", "vote", "/tamper/vote_ids"),
    ("08_votes_mixed", "S101", "vote", "/tamper/candidate_changed"),
    ("08_votes_mixed", "S101", "vote", "/tamper/voted_at_changed"),
    ("08_votes_mixed", "S102", "vote", "/tamper/signature_blanked"),
    ("08_votes_mixed", "S102", "vote", "/tamper/inserted_unsigned"),
    ("08_votes_mixed", "R301", "vote", "/tamper/inserted_unsigned"),
    ("09_votes_hidden_as_test", "R305", "vote", "/tamper/vote_ids"),
    ("10_votes_tail_deleted", "R302", "vote", "/tamper/vote_ids"),
    ("11_votes_middle_deleted", "R302", "vote", "/tamper/vote_ids"),
    ("12_candidates_swapped", "R304", "candidate", "/tamper/candidate_ids"),
    ("13_votes_signatures_exchanged", "S101", "vote", "/tamper/vote_ids"),
    ("13_votes_signatures_exchanged", "S106", "vote", "/tamper/vote_ids"),
    ("21_audit_entry_edited", "C201", "audit", "/tamper/log_ids"),
    ("22_audit_actor_changed", "C201", "audit", "/tamper/log_ids"),
    ("23_audit_entry_deleted", "C202", "audit", "/tamper/log_ids"),
    ("24_audit_reordered", "C202", "audit", "/tamper/log_ids"),
    ("25_audit_unhashed_fields", "C210", "audit", "/tamper/log_ids"),
    ("26_audit_downgrade", "C206", "audit", "/tamper/log_ids"),
    ("27_audit_head_deleted", "C207", "audit", "/tamper/log_ids"),
    ("29_audit_tail_deleted_with_checkpoint", "C205", "audit", "/tamper/log_ids"),
    ("40_softdelete_rollback", "P702", "vote", "/soft_deleted_vote_ids"),
    ("40_softdelete_rollback", "C209", "vote", "/soft_deleted_vote_ids"),
    ("40_softdelete_rollback", "P701", "vote", "/votes_in_reopened_window"),
    ("80_paper_proxy_writein", "P703", "vote", "/authenticated_votes_linked_by_audit"),
    ("90_named_double_votes", "R311", "vote", "/double_voters"),
];

#[test]
fn each_tampering_is_named_with_its_rows() {
    for (folder, code, kind, path) in NAMED {
        let expected = expected();
        let wanted = expected[*folder].pointer(path).unwrap_or_else(|| panic!("{folder}{path}"));
        let mut ids = BTreeSet::new();
        for item in wanted.as_array().expect("a list") {
            match item {
                Value::Object(members) => {
                    let votes = members.iter().filter(|(name, _)| name.ends_with("vote") || *name == "vote_id");
                    ids.extend(votes.filter_map(|(_, id)| id.as_str()).map(|id| format!("vote:{id}")));
                }
                Value::String(id) => {
                    ids.insert(format!("{kind}:{id}"));
                }
                other => {
                    ids.insert(format!("{kind}:{other}"));
                }
            }
        }
        let found = subjects(&report_of(folder));
        let named = found.get(*code).cloned().unwrap_or_default();
        assert!(ids.is_subset(&named), "{folder}: {code} names {ids:?}, found {named:?}");
    }
}

#[test]
fn what_the_folders_say_beside_their_lists() {
    let report = report_of("40_softdelete_rollback");
    let named = &subjects(&report)["P701"];
    let reopened = expected()["40_softdelete_rollback"]["votes_in_reopened_window"].as_array().expect("a list").len();
    assert_eq!(named.iter().filter(|subject| subject.starts_with("vote:")).count(), reopened, "and no others");
    let found = subjects(&report_of("28_audit_tail_deleted_no_checkpoint"));
    assert_eq!(found["R301"].len(), 4, "entries 50 to 53 named the last four votes");
    assert!(found.contains_key("P705"), "and the closing lost its entry");
    let found = subjects(&report_of("31_audit_archived_bad_attestation"));
    assert!(found["C207"].contains("audit:13"));
    let found = subjects(&report_of("50_burst"));
    for code in ["A501", "A502", "A503"] {
        assert!(found.contains_key(code), "{code}");
    }
    assert!(found["A502"].contains("address:203.0.113.77"));
    assert!(!found["A502"].contains("address:198.51.100.6"), "five votes are nothing unusual");
    let found = subjects(&report_of("60_ranked_choice"));
    assert!(found.contains_key("T402"), "the hidden tie is shown");
}

/// The burst folder, with what a person says about it.
fn burst_with(said: &Value) -> AuditReport {
    let Value::Object(values) = said.clone() else { panic!("an object") };
    let said = workflow::Assumed { origin: "office.json".to_owned(), values };
    let input = [logbook().join("50_burst")];
    let done = workflow::audit_inputs(&input, None, &keys(0), None, Some(&said), &domain::Unwatched);
    done.unwrap_or_else(|error| panic!("{said:?}: {error}")).report
}

#[test]
fn known_events_and_shared_addresses_are_left_out_and_named() {
    let details = |report: &AuditReport, code: &str| -> Vec<String> {
        let findings = report.elections.iter().flat_map(|election| &election.findings);
        findings.filter(|finding| finding.code == code).map(|finding| finding.detail.clone()).collect()
    };
    let plain = report_of("50_burst");
    for code in ["A501", "A502", "A503"] {
        let detail = details(&plain, code).join(" ");
        assert!(detail.contains(" tests of this election") && detail.contains("seed"), "{code}: {detail}");
        assert!(detail.contains("they cannot tell"), "46 ballots are few: {detail}");
    }
    let claims = |report: &AuditReport| report.elections[0].claims.clone();
    let claim = claims(&plain).into_iter().find(|claim| claim.id == "votes.patterns").expect("the claim");
    assert!(!claim.assumption.contains("Left out"), "nothing was said: {}", claim.assumption);

    // A station that is told of hides nothing else, and the planted votes are found as before.
    let station = json!({"shared_addresses": [{"address": "198.51.100.5", "what": "station computer"}]});
    let report = burst_with(&station);
    let found = subjects(&report);
    for code in ["A501", "A502", "A503"] {
        assert!(found.contains_key(code), "{code}");
        assert!(
            details(&report, code).iter().all(|detail| detail.contains("198.51.100.5 (station computer)")),
            "{code}"
        );
    }
    let claim = claims(&report).into_iter().find(|claim| claim.id == "votes.patterns").expect("the claim");
    assert_eq!(claim.verdict, Verdict::Consistent);
    for part in ["office.json", "198.51.100.5 (station computer)", "cannot tell"] {
        assert!(claim.assumption.contains(part), "{part}: {}", claim.assumption);
    }

    // The busy address itself, told of, is no finding; the minutes still are.
    let hall = json!({"shared_addresses": [{"address": "203.0.113.77", "what": "hall"}]});
    let found = subjects(&burst_with(&hall));
    assert!(found.contains_key("A501") && !found.contains_key("A502") && !found.contains_key("A503"), "{found:?}");

    // The minutes, told of, are no finding; the address still is.
    let event = |from: &str, to: &str| json!({"known_events": [{"from": from, "to": to, "what": "meeting"}]});
    let found = subjects(&burst_with(&event("2026-02-10T17:57:00Z", "2026-02-10T18:01:00Z")));
    assert!(!found.contains_key("A501") && found.contains_key("A502"), "{found:?}");
    // An event in the morning excuses no burst in the evening.
    let found = subjects(&burst_with(&event("2026-02-10T15:00:00Z", "2026-02-10T15:30:00Z")));
    assert!(found.contains_key("A501"), "{found:?}");
}

#[test]
fn an_event_that_cannot_be_read_is_refused_with_its_place() {
    let values = json!({"known_events": [{"from": "five o'clock", "to": "six", "what": "meeting"}]});
    let Value::Object(values) = values else { panic!("an object") };
    let said = workflow::Assumed { origin: "office.json".to_owned(), values };
    let input = [logbook().join("50_burst")];
    let refused = workflow::audit_inputs(&input, None, &keys(0), None, Some(&said), &domain::Unwatched);
    let Err(error) = refused else { panic!("it was taken") };
    let error = error.to_string();
    assert!(error.contains("office.json: known_events, item 1: from"), "{error}");
}

#[test]
fn genuine_votes_of_old_releases_are_recovered_and_altered_ones_named() {
    let report = report_of("91_legacy_signatures");
    let truth = expected()["91_legacy_signatures"]["truth"].clone();
    let altered: BTreeSet<String> = truth
        .as_object()
        .expect("an object")
        .iter()
        .filter(|(_, vote)| vote["tampered"] == true)
        .map(|(id, _)| format!("vote:{id}"))
        .collect();
    assert_eq!(subjects(&report)["S101"], altered);
    let total: u64 = report
        .elections
        .iter()
        .filter_map(|election| election.vote_integrity.as_ref())
        .map(|answer| answer.tampered_votes)
        .sum();
    assert_eq!(total, 8, "the origin's own check knows none of the old schemes");
}

#[test]
fn clean_folders_have_nothing_above_info() {
    for folder in ["01_clean_open", "02_clean_closed", "20_audit_clean", "30_audit_archived_head"] {
        assert_eq!(above_info(&report_of(folder)), Vec::<String>::new(), "{folder}");
    }
}

fn essence(report: &AuditReport) -> Vec<(String, Verdict, Value)> {
    report
        .elections
        .iter()
        .map(|election| {
            let answer = serde_json::to_value(&election.vote_integrity).expect("json");
            (election.election_id.clone(), election.verdict, answer)
        })
        .collect()
}

#[test]
fn json_and_csv_give_the_same_verdicts() {
    for (folder, expected) in expected() {
        if expected.get("elections").is_none() {
            continue;
        }
        let legacy = keys(expected["legacy_max_id"].as_i64().unwrap_or(0));
        let only = |ending: &'static str, other: &'static str| {
            let copy = tempfile::tempdir().expect("a folder");
            copy_files(&logbook().join(&folder), copy.path(), |name| {
                let is_table = !name.starts_with("audit_shipping")
                    && name
                        .rsplit_once('.')
                        .is_some_and(|(stem, _)| logbook().join(&folder).join(format!("{stem}.{other}")).exists());
                name.ends_with(ending) && (is_table || ending == "json")
                    || name.ends_with(".gz")
                    || ["results", "stats", "integrity", "forensics"].iter().any(|document| name.starts_with(document))
            });
            audit(&[copy.path().to_owned()], &legacy)
        };
        let (from_json, from_csv) = (only("json", "csv"), only("csv", "json"));
        assert_eq!(essence(&from_json), essence(&from_csv), "{folder}");
        assert_eq!(from_json.audit_chain, from_csv.audit_chain, "{folder}");
        assert_eq!(
            subjects(&from_json).keys().filter(|code| *code != "R312").collect::<Vec<_>>(),
            subjects(&from_csv).keys().filter(|code| *code != "R312").collect::<Vec<_>>(),
            "{folder}: the same codes"
        );
    }
}

#[test]
fn every_way_of_writing_the_same_tables_gives_the_same_answers() {
    let variants = logbook().join("02_clean_closed/variants");
    let whole = essence(&report_of("02_clean_closed"));
    let pick = |names: &[&str]| -> Vec<PathBuf> { names.iter().map(|name| variants.join(name)).collect() };
    let ways = [
        pick(&["dump.sql"]),
        pick(&["audit_logs.tsv", "candidates.tsv", "elections.tsv", "votes.tsv", "voting_tokens.tsv"]),
        pick(&[
            "audit_logs.outfile.csv",
            "candidates.outfile.csv",
            "elections.outfile.csv",
            "votes.outfile.csv",
            "voting_tokens.outfile.csv",
        ]),
    ];
    for way in ways {
        let report = audit(&way, &keys(0));
        let ours: Vec<_> = essence(&report).into_iter().map(|(id, _, answer)| (id, answer)).collect();
        let theirs: Vec<_> = whole.iter().map(|(id, _, answer)| (id.clone(), answer.clone())).collect();
        assert_eq!(ours, theirs, "{way:?}");
        assert_eq!(above_info(&report), Vec::<String>::new(), "{way:?}");
        let chain = report.audit_chain.expect("a chain");
        assert!(chain.verified, "{way:?}: {:?}", chain.errors);
    }
    let texts = audit(&pick(&["votes_allstrings.json"]), &keys(0));
    assert_eq!(essence(&texts)[0].2, whole[0].2, "values as texts");
}
