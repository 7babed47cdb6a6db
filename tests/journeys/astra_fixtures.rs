//! Every Astra fixture: chain, head, digests, rows and result as expected, each tampering named, clean sets clean, and every
//! receipt answered.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::report::{AuditReport, ElectionReport, Verdict};
use domain::{KeyRing, Unwatched};
use serde_json::Value;
use testkit::{above_info, json, subjects};
use workflow::{Assumed, Case};

fn astra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/astra")
}

fn expected() -> Value {
    json(&astra().join("expected.json"))
}

fn log_keys() -> KeyRing {
    let mut ring = KeyRing::default();
    for name in ["log-public-key.pem", "astra-signing-public-key.pem"] {
        workflow::read_key_file(&astra().join("clean/rekor").join(name), &mut ring).expect("a key");
    }
    ring
}

/// An audit with what the export lacks: seats, groups, the election's number.
fn audit_with(inputs: &[PathBuf], config: Option<&Path>) -> AuditReport {
    let assumed = config.map(|path| workflow::read_config_file(path).expect("a configuration"));
    workflow::audit_inputs(inputs, None, &log_keys(), None, assumed.as_ref(), &Unwatched)
        .unwrap_or_else(|error| panic!("{inputs:?}: {error}"))
        .report
}

fn only(report: &AuditReport) -> &ElectionReport {
    assert_eq!(report.elections.len(), 1, "one election");
    &report.elections[0]
}

/// A tampered folder together with what was published and attested before.
fn tampered(name: &str) -> AuditReport {
    let clean = astra().join("clean");
    let inputs = [astra().join("tampered").join(name), clean.join("tally_result.json"), clean.join("rekor")];
    audit_with(&inputs, Some(&clean.join("election-config.json")))
}

fn has(report: &AuditReport, code: &str) -> bool {
    let of_elections = report.elections.iter().flat_map(|election| &election.findings);
    of_elections.chain(&report.findings).any(|finding| finding.code == code && finding.severity != "info")
}

#[test]
fn the_clean_export_holds_and_is_counted_to_the_same_result() {
    let expected = &expected()["clean"];
    let clean = astra().join("clean");
    let public = [clean.join("public-ballots.json"), clean.join("public-audit.json")];
    let with = |more: &[PathBuf], config: bool| {
        let inputs: Vec<PathBuf> = public.iter().chain(more).cloned().collect();
        audit_with(&inputs, config.then(|| clean.join("election-config.json")).as_deref())
    };
    for (more, config) in [
        (vec![], false),
        (vec![], true),
        (vec![clean.join("tally_result.json"), clean.join("rekor")], true),
        (vec![clean.join("tally_result.json"), clean.join("rekor")], false),
    ] {
        let report = with(&more, config);
        assert_eq!(above_info(&report), Vec::<String>::new(), "{more:?} {config}");
        let election = only(&report);
        assert_eq!(election.election_id, expected["election_id"].to_string());
        assert!(election.verdict != Verdict::Contradicted);
        let chain = election.ballot_chain.as_ref().expect("a chain");
        assert!(chain.verified);
        assert_eq!(chain.head, expected["chain_head"].as_str().expect("a hash"));
        assert_eq!(chain.rows, expected["ballot_rows"].as_u64().expect("rows"));
        assert_eq!(election.exhibit["ballots"]["final"], expected["counted_rows"]);
        assert_eq!(election.exhibit["ballots"]["weight"], expected["counted_weight"].to_string());
        let attested = election.claims.iter().find(|claim| claim.id == "events.attested").expect("a claim");
        assert_eq!(attested.detail["matching"], expected["official_audit_script"]["digest_pass"]);
        if config {
            let tally = election.tally.as_ref().expect("a count");
            assert_eq!(tally.recounted["elected"], expected["elected"]);
            assert_eq!(tally.recounted["quota"], expected["quota"]);
            assert_eq!(
                tally.recounted["rounds"].as_array().map(Vec::len),
                expected["rounds"].as_u64().and_then(|n| n.try_into().ok())
            );
            assert_eq!(tally.agrees, (!more.is_empty()).then_some(true), "{:?}", tally.first_difference);
            let claim = election.claims.iter().find(|claim| claim.id == "result.count").expect("a claim");
            assert!(
                claim.assumption.contains("election-config.json"),
                "what a person gave is named: {}",
                claim.assumption
            );
        }
        if !more.is_empty() {
            assert_eq!(attested.detail["proved"], 5, "every log entry is proved under the log's key");
        }
    }
    // The whole folder, with its live copies.
    let report = audit_with(std::slice::from_ref(&clean), Some(&clean.join("election-config.json")));
    assert_eq!(above_info(&report), Vec::<String>::new());
    assert_eq!(only(&report).tally.as_ref().expect("a count").agrees, Some(true));
}

#[test]
fn an_election_without_ballots_is_told_by_its_head() {
    let folder = astra().join("empty");
    let report = audit_with(std::slice::from_ref(&folder), Some(&folder.join("election-config.json")));
    let election = only(&report);
    assert_eq!(election.election_id, expected()["empty"]["election_id"].to_string());
    let chain = election.ballot_chain.as_ref().expect("a chain");
    assert!(chain.verified && chain.rows == 0);
    assert_eq!(above_info(&report), Vec::<String>::new());
    assert_eq!(election.tally.as_ref().expect("a count").recounted["elected"], expected()["empty"]["elected"]);
}

/// Codes for the words in which the fixtures say what must be found. `None`: receipts are needed, see the last test.
fn codes(words: &str) -> Option<&'static [&'static str]> {
    Some(match words {
        "retally_mismatch" => &["T401"],
        "chain_disconnected" => &["C202"],
        "chain_hash_mismatch" => &["C201"],
        "chain_head_mismatch" => &["C205"],
        "missing_genesis" => &["C203"],
        "unknown candidate" => &["R308"],
        "attestation expected but absent" => &["E602"],
        "is_counted inconsistent with superseded_by" => &["R306"],
        "counted weight above the recorded participating weight" => &["R309"],
        "retally_mismatch or counted totals exceed recorded participation" => &["T401", "R309"],
        "chain_head differs from election_closed payload" | "chain_head differs from public-ballots" => &["C205"],
        "rekor_digest_mismatch on election_closed" | "rekor_digest_mismatch on election_started" => &["E601"],
        "rekor bundle holds entries with no matching event" => &["E603"],
        _ if words.starts_with("receipt") => return None,
        _ if words.contains("superseded_by") => &["R307"],
        _ if words.contains("fork") => &["C204"],
        _ if words.contains("duplicate") => &["R311", "C204"],
        _ if words.contains("order") => &["R312"],
        _ => return Some(&[]),
    })
}

#[test]
fn every_tampering_is_named() {
    let expected = expected();
    let mut unknown = Vec::new();
    for (name, wanted) in expected["tampered"].as_object().expect("sets") {
        let report = tampered(name);
        let election = only(&report);
        let official = &wanted["official_chain_script"]["exit"];
        let verified = election.ballot_chain.as_ref().expect("a chain").verified;
        assert_eq!(verified, *official == 0, "{name}: the origin's own chain check, {:?}", election.ballot_chain);
        let attested = election.claims.iter().find(|claim| claim.id == "events.attested").expect("a claim");
        assert_eq!(attested.detail["matching"], wanted["official_audit_script"]["digest_pass"], "{name}");
        let tally = election.tally.as_ref().expect("a count");
        assert_eq!(tally.agrees, wanted["retally_matches_published"].as_bool(), "{name}: {:?}", tally.first_difference);
        assert_eq!(tally.recounted["elected"], wanted["retally"]["elected"], "{name}");
        assert_eq!(tally.recounted["quota"], wanted["retally"]["quota"], "{name}");
        for item in wanted["must_detect"].as_array().expect("a list") {
            let item = item.as_str().expect("a text");
            match codes(item) {
                None => {}
                Some([]) => unknown.push(format!("{name}: {item}")),
                // The order of rows is no offence.
                Some(["R312"]) => assert!(subjects(&report).contains_key("R312"), "{name}: {item}"),
                Some(codes) => {
                    assert!(codes.iter().any(|code| has(&report, code)), "{name}: {item}: {:?}", above_info(&report))
                }
            }
        }
        if name != "rows-reordered" {
            assert_eq!(election.verdict == Verdict::Contradicted, has_critical(&report), "{name}");
        }
    }
    assert_eq!(unknown, Vec::<String>::new(), "every word of the fixtures has a code");
}

fn has_critical(report: &AuditReport) -> bool {
    report.elections.iter().flat_map(|election| &election.findings).any(|finding| finding.severity == "critical")
}

#[test]
fn tampered_rows_are_named_by_their_hash() {
    let clean = json(&astra().join("clean/public-ballots.json"));
    let rows = |name: &str| json(&astra().join("tampered").join(name).join("public-ballots.json"));
    // What differs from the clean file is what a finding must be about.
    for (name, code) in [
        ("chain-hash-broken", "C201"),
        ("ballot-hash-changed", "C201"),
        ("is-counted-true-on-superseded", "R306"),
        ("is-counted-false-on-final", "R306"),
        ("superseded-by-unknown", "R307"),
        ("superseded-by-earlier", "R307"),
        ("unknown-candidate", "R308"),
    ] {
        let tampered_rows = rows(name);
        let altered: Vec<String> = tampered_rows["ballots"]
            .as_array()
            .expect("rows")
            .iter()
            .zip(clean["ballots"].as_array().expect("rows"))
            .filter(|(left, right)| left != right)
            .map(|(left, _)| format!("ballot:{}", left["ballot_hash"].as_str().expect("a hash")))
            .collect();
        assert!(!altered.is_empty(), "{name}");
        let found = subjects(&tampered(name));
        for subject in altered {
            assert!(found.get(code).is_some_and(|named| named.contains(&subject)), "{name}: {subject}: {found:?}");
        }
    }
}

#[test]
fn dumps_of_every_stage_hold_but_for_the_known_weakness() {
    let expected = expected();
    for (stage, wanted) in expected["dump"].as_object().expect("stages") {
        let mut forms = vec![astra().join(format!("dump/{stage}.json"))];
        if stage == "5-tallied" {
            forms.push(astra().join("dump/5-tallied.pg_dump.sql"));
            forms.push(astra().join("dump/5-tallied.django-dumpdata.json"));
        }
        for form in forms {
            let done = workflow::audit_inputs(std::slice::from_ref(&form), None, &log_keys(), None, None, &Unwatched)
                .unwrap_or_else(|error| panic!("{}: {error}", form.display()));
            let report = &done.report;
            let election = only(report);
            assert_eq!(election.exhibit["status"], wanted["status"], "{}", form.display());
            let rows: u64 = wanted["rows"].as_object().expect("tables").values().filter_map(Value::as_u64).sum();
            let is_json = form.file_name().is_some_and(|name| *name == *format!("{stage}.json"));
            if is_json {
                assert_eq!(report.inputs.iter().map(|file| file.rows).sum::<u64>(), rows, "{}", form.display());
            }
            let tables: BTreeMap<String, u64> = done.plan.tables.iter().cloned().collect();
            for (table, rows) in wanted["rows"].as_object().expect("tables") {
                let name = if table == "core_ballot" { "ballots" } else { table };
                let found = tables.get(name).copied().unwrap_or(0);
                // Two forms leave out tables that the stage had.
                assert!(
                    found == rows.as_u64().unwrap_or(0) || (!is_json && found == 0),
                    "{}: {table}: {found}",
                    form.display()
                );
            }
            let above: Vec<String> = above_info(report).into_iter().filter(|line| !line.starts_with("P703")).collect();
            assert_eq!(above, Vec::<String>::new(), "{}", form.display());
            let is_closed = matches!(wanted["status"].as_str(), Some("closed" | "tallied"));
            assert_eq!(has(report, "P703"), is_closed, "{}: the order of issue undoes the anonymity", form.display());
            if is_closed {
                let finding = election.findings.iter().find(|finding| finding.code == "P703").expect("a finding");
                assert!(finding.detail.contains("106 voters"), "{}", finding.detail);
                assert!(!finding.detail.contains("voter0"), "no name is printed: {}", finding.detail);
            }
            if stage == "5-tallied" {
                // Django's own dump leaves out who belongs to which exclusion group, and then nothing can be counted.
                let wanted = (!form.to_string_lossy().contains("django")).then_some(true);
                assert_eq!(election.tally.as_ref().expect("a count").agrees, wanted, "{}", form.display());
            }
        }
    }
}

#[test]
fn recorded_failures_are_told() {
    let report = audit_with(&[astra().join("failures/dump.json")], None);
    assert!(has(&report, "P704"), "{:?}", above_info(&report));
    let detail: String = only(&report).findings.iter().map(|finding| finding.detail.clone()).collect();
    for wanted in ["simulated storage outage", "simulated database failure"] {
        assert!(detail.contains(wanted), "{detail}");
    }
}

#[test]
fn every_receipt_is_answered() {
    let clean = astra().join("clean");
    let inputs = [clean.join("public-ballots.json"), clean.join("public-audit.json")];
    let file = astra().join("receipts/receipts.json");
    let receipts = workflow::read_receipts_file(&file).expect("receipts");
    let answers = workflow::check_receipts_in(&inputs, &receipts, None, &Unwatched).expect("answers").answers;
    for (answer, case) in answers.iter().zip(json(&file).as_array().expect("cases")) {
        let (name, wanted) = (case["name"].as_str().expect("a name"), &case["expected"]);
        let answer = serde_json::to_value(answer).expect("JSON");
        for member in [
            "hash_matches",
            "well_formed",
            "found_in_public_ballots",
            "superseded",
            "final",
            "previous_chain_hash_matches",
            "chain_hash_matches",
            "ranking_matches_export",
        ] {
            assert_eq!(answer[member], wanted[member], "{name}: {member}");
        }
        let codes: &[&str] = match wanted["kind"].as_str().expect("a kind") {
            "valid" if wanted["superseded"] == true => &["K803"],
            "valid" => &[],
            "not-included" => &["K801"],
            "chain-position-mismatch" => &["K802"],
            _ => &["K804"],
        };
        assert_eq!(answer["findings"], serde_json::json!(codes), "{name}");
    }
    for number in [0, 5, 9] {
        let message =
            workflow::read_receipts_file(&astra().join(format!("receipts/email-{number}.txt"))).expect("a receipt");
        let answers = workflow::check_receipts_in(&inputs, &message, None, &Unwatched).expect("answers").answers;
        assert!(answers[0].found_in_public_ballots && answers[0].chain_hash_matches == Some(true), "{number}");
        assert!(answers[0].hash_matches.is_none(), "a message alone does not carry all that the code covers");
    }
}

#[test]
fn receipts_name_what_tampering_took_from_them() {
    let expected = expected();
    let all = workflow::read_receipts_file(&astra().join("receipts/all-clean-receipts.json")).expect("receipts");
    for (name, wanted) in expected["tampered"].as_object().expect("sets") {
        let inputs = [astra().join("tampered").join(name)];
        let answers = workflow::check_receipts_in(&inputs, &all, None, &Unwatched).expect("answers").answers;
        let missing = answers.iter().filter(|answer| answer.findings.contains(&"K801".to_owned())).count();
        assert_eq!(
            Some(missing),
            wanted["receipts_missing_from_export"].as_u64().and_then(|n| n.try_into().ok()),
            "{name}"
        );
        let differing = answers.iter().filter(|answer| answer.findings.contains(&"K802".to_owned())).count();
        let wants = wanted["must_detect"].as_array().expect("a list").iter().filter_map(Value::as_str).any(|item| {
            item.starts_with("receipt") && item.contains("mismatch") && !item.contains("needs")
                || item.contains("_mismatch (needs")
        });
        assert!(!wants || differing > 0 || missing > 0, "{name}");
        if name == "ranking-changed" || name == "weight-changed" {
            assert_eq!(differing, 1, "{name}: the one voter concerned can prove it");
        }
    }
}

#[test]
fn what_a_person_said_last_counts_and_its_source_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut case = Case::create(&folder.path().join("said.scrutineer"), "Said").expect("a case");
    let clean = astra().join("clean");
    let inputs = [clean.join("public-ballots.json"), clean.join("public-audit.json")];
    case.import(&inputs, None, &Unwatched).expect("imported");
    let settings = |case: &mut Case, values: Option<Value>| {
        if let Some(Value::Object(values)) = values {
            case.assume("astra", &Assumed { origin: "the window".to_owned(), values }).expect("kept");
        }
        only(&case.verify(&log_keys(), &Unwatched).expect("verified")).exhibit["settings"].clone()
    };
    let before = settings(&mut case, None);
    assert_eq!((&before["seats"]["value"], &before["groups"]["value"]), (&Value::Null, &Value::Null));
    assert_eq!(
        (&before["election_number"]["value"], &before["election_number"]["from"]),
        (&41.into(), &"found".into())
    );
    let group = serde_json::json!({"name": "Same employer", "max_elected": 1, "candidate_ids": [4103, 4107]});
    let said = settings(
        &mut case,
        Some(serde_json::json!({"election_id": 40, "number_of_seats": 2, "quorum": 40, "exclusion_groups": [group]})),
    );
    assert_eq!((&said["election_number"]["value"], &said["election_number"]["by"]), (&40.into(), &"the window".into()));
    assert_eq!((&said["quorum"]["from"], &said["groups"]["list"][0]["candidates"][1]), (&"said".into(), &4107.into()));
    let corrected = settings(&mut case, Some(serde_json::json!({"election_id": 41, "number_of_seats": 3})));
    assert_eq!((&corrected["election_number"]["value"], &corrected["seats"]["value"]), (&41.into(), &3.into()));
    assert_eq!(corrected["quorum"]["value"], Value::Null, "what is not said again is taken back");
    assert_eq!(case.assumed("astra", "41").expect("read").expect("said").values["number_of_seats"], 3);
    let unnamed = settings(&mut case, Some(serde_json::json!({"number_of_seats": 4})));
    assert_eq!((&unnamed["election_number"]["from"], &unnamed["seats"]["value"]), (&"found".into(), &4.into()));
}

#[test]
fn files_of_two_elections_and_of_two_systems_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::copy(astra().join("clean/public-ballots.json"), folder.path().join("public-ballots.json"))
        .expect("copied");
    let mut other = json(&astra().join("clean/public-audit.json"));
    let payload = &mut other["audit_log"][0]["payload"];
    payload["genesis_chain_hash"] =
        json(&astra().join("empty/public-audit.json"))["audit_log"][0]["payload"]["genesis_chain_hash"].clone();
    for candidate in payload["candidates"].as_array_mut().expect("candidates") {
        candidate["freeipa_username"] = format!("other{}", candidate["id"]).into();
    }
    std::fs::write(folder.path().join("public-audit.json"), other.to_string()).expect("written");
    let refusal = |inputs: &[PathBuf]| {
        workflow::audit_inputs(inputs, None, &KeyRing::default(), None, None, &Unwatched)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    };
    let case = tempfile::tempdir().expect("a folder");
    let mut kept = workflow::Case::create(&case.path().join("mixed.scrutineer"), "mixed").expect("a case");
    assert!(kept.import(&[folder.path().to_owned()], None, &Unwatched).is_err(), "the case stays without them");
    assert_eq!(kept.info().expect("readable").evidence_files, 0);
    let told = refusal(&[folder.path().to_owned()]);
    assert!(
        told.contains("election 41") && told.contains("election 42") && told.contains("public-audit.json"),
        "{told}"
    );
    let mixed = [astra().join("clean/public-ballots.json"), testkit::logbook().join("02_clean_closed/votes.json")];
    let told = refusal(&mixed);
    assert!(told.contains("Astra: ") && told.contains("The Logbook: "), "{told}");
}

#[test]
fn a_dump_without_the_column_of_replacements_accuses_nobody() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut dump = json(&astra().join("dump/5-tallied.json"));
    for ballot in dump["core_ballot"].as_array_mut().expect("ballots") {
        ballot.as_object_mut().expect("a row").remove("superseded_by_id");
    }
    std::fs::write(folder.path().join("dump.json"), dump.to_string()).expect("written");
    let report = testkit::audit(&[folder.path().to_owned()], &KeyRing::default());
    let told: Vec<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
    assert_eq!(told, ["I901"], "each row is told as unreadable");
    let of_elections = report.elections.iter().flat_map(|election| &election.findings);
    let accused: Vec<_> =
        of_elections.filter(|finding| finding.severity == "critical" && finding.code != "P703").collect();
    assert!(accused.is_empty(), "{accused:?}");
}
