//! Every Electra fixture: the origin's own verdicts exactly, each tampering named with its rows, the same verdicts from
//! every way of writing the same data, and known defects of the origin told as what they are.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::report::{AuditReport, Verdict};
use domain::{KeyRing, SigningKey};
use serde_json::{Value, json};
use testkit::{above_info, audit, json, subjects};

fn electra() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/electra")
}

fn expected() -> Value {
    json(&electra().join("expected.json"))
}

/// The named public keys of the fixtures.
fn keys(names: &[&str]) -> KeyRing {
    let mut ring = KeyRing::default();
    for name in names {
        let pem = std::fs::read(electra().join(format!("keys/{name}.pem"))).expect("a key");
        ring.add("PEM", SigningKey::new(pem, format!("file {name}.pem")));
    }
    ring
}

fn audit_one(file: &str, names: &[&str]) -> AuditReport {
    audit(&[electra().join(file)], &keys(names))
}

/// The chain answer that the lists of `expected.json` mean.
fn expected_chain(offline: &Value) -> Value {
    let kinds = [
        ("content_hash_mismatch", "hash_mismatch"),
        ("bad_signature", "invalid_signature"),
        ("unsigned", "unsigned"),
        ("prev_hash_mismatch", "chain_broken"),
        ("missing_positions", "missing_position"),
        ("duplicate_positions", "duplicate_position"),
    ];
    let mut errors: Vec<(i64, usize)> = Vec::new();
    for (rank, (list, _)) in kinds.iter().enumerate() {
        let positions = offline[*list].as_array().expect("a list");
        errors.extend(positions.iter().map(|position| (position.as_i64().expect("a number"), rank)));
    }
    errors.sort_unstable();
    let errors: Vec<Value> =
        errors.iter().map(|(position, rank)| json!({"log_id": position, "kind": kinds[*rank].1})).collect();
    json!({
        "verified": offline["chain_valid"],
        "total_checked": offline["entries"],
        "last_id": offline["last_position"],
        "errors": errors,
    })
}

fn chain_of(report: &AuditReport) -> Value {
    let mut chain = serde_json::to_value(&report.audit_chain).expect("a chain");
    chain.as_object_mut().expect("an answer").shift_remove("first_id");
    chain
}

#[test]
fn the_chain_answer_is_the_expected_one_for_every_variant_in_every_form() {
    for (name, case) in expected()["audit"].as_object().expect("cases") {
        let wanted = expected_chain(&case["offline"]);
        for form in ["file", "csv"] {
            let Some(file) = case[form].as_str() else { continue };
            let report = audit_one(file, &["public_key"]);
            assert_eq!(chain_of(&report), wanted, "{name}, {file}");
        }
    }
}

/// Folder with some files of the fixtures under names of their own.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (from, name) in files {
        std::fs::copy(electra().join(from), folder.path().join(name)).expect("a copy");
    }
    folder
}

/// Tables as JSON, and an audit log. The search for the times of drifted tokens takes a while, so most tests leave them out.
fn tables_with(log: &str, has_tokens: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    testkit::copy_files(&electra().join("tables"), folder.path(), |name| {
        name.ends_with(".json") && (has_tokens || name != "ballots_ballot_token.json")
    });
    if !log.is_empty() {
        std::fs::copy(electra().join(log), folder.path().join("audit_log.json")).expect("a copy");
    }
    folder
}

/// Writes rows as a JSON array.
fn write_rows(folder: &Path, name: &str, rows: &[Value]) {
    std::fs::write(folder.join(name), serde_json::to_string(rows).expect("JSON")).expect("a file");
}

fn rows(file: &str) -> Vec<Value> {
    json(&electra().join(file)).as_array().expect("rows").clone()
}

fn ids<'a>(kind: &str, list: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    list.into_iter().map(|id| format!("{kind}:{}", id.as_str().map_or_else(|| id.to_string(), str::to_owned))).collect()
}

fn claim<'a>(report: &'a AuditReport, election: &str, id: &str) -> &'a domain::report::Claim {
    let of = report.elections.iter().find(|it| it.election_id == election).expect("the election");
    of.claims.iter().find(|claim| claim.id == id).unwrap_or_else(|| panic!("{id}"))
}

const UNION: &str = "a89a553f-ccb6-472e-8a0c-49af6477d98f";

#[test]
fn a_clean_log_is_proved_and_says_nothing_above_info() {
    for file in ["audit/clean.json", "audit/clean.csv", "audit/clean.dumpdata.json"] {
        let report = audit_one(file, &["audit_public", "public_key"]);
        assert_eq!(above_info(&report), Vec::<String>::new(), "{file}");
        let claim = claim(&report, UNION, "audit.chain");
        assert_eq!((claim.verdict, claim.checked, claim.failed), (Verdict::Proved, 201, 0), "{file}");
        assert_eq!(claim.detail["ranges"][0]["from"], 1);
        assert_eq!(claim.detail["ranges"][0]["to"], 201);
        assert!(claim.detail["ranges"][0]["key"].as_str().expect("a key").contains("public_key.pem"));
        let restored = expected()["dumpdata"]["entries_whose_timestamp_lost_microseconds"].clone();
        assert_eq!(claim.detail["restored_times"], if file.contains("dumpdata") { restored } else { json!(0) });
        assert_eq!(report.audit_chain.expect("a chain").first_id, Some(1));
    }
}

#[test]
fn one_object_a_line_and_a_plain_dump_are_the_same_log() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries = rows("audit/tampered/edit_and_rehash.json");
    let lines: Vec<String> = entries.iter().map(Value::to_string).collect();
    let jsonl = folder.path().join("audit_log.jsonl");
    std::fs::write(&jsonl, lines.join("\n")).expect("a file");
    // As pg_dump writes a table: tabs between fields, backslashes escaped, NULL as \N.
    let names: Vec<&String> = entries[0].as_object().expect("a row").keys().collect();
    let field = |value: &Value| match value {
        Value::Null => "\\N".to_owned(),
        Value::Bool(flag) => if *flag { "t" } else { "f" }.to_owned(),
        Value::String(text) => {
            let text = text.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n");
            text.replace('\r', "\\r")
        }
        other => other.to_string().replace('\\', "\\\\"),
    };
    let columns: Vec<&str> = names.iter().map(|name| name.as_str()).collect();
    let mut dump =
        format!("--\n-- PostgreSQL database dump\n--\n\nCOPY public.audit_log ({}) FROM stdin;\n", columns.join(", "));
    for entry in &entries {
        let fields: Vec<String> = names.iter().map(|name| field(&entry[name.as_str()])).collect();
        dump.push_str(&fields.join("\t"));
        dump.push('\n');
    }
    dump.push_str("\\.\n");
    let sql = folder.path().join("dump.sql");
    std::fs::write(&sql, dump).expect("a file");
    let wanted = expected_chain(&expected()["audit"]["edit_and_rehash"]["offline"]);
    for file in [jsonl, sql] {
        let report = audit(std::slice::from_ref(&file), &keys(&["public_key"]));
        assert_eq!(chain_of(&report), wanted, "{}", file.display());
        assert!(!subjects(&report).contains_key("I901"));
    }
}

/// Folder, code and the list of `expected.json` whose positions the code's subjects must be.
const NAMED: &[(&str, &str, &str)] = &[
    ("edit_description", "C201", "content_hash_mismatch"),
    ("edit_timestamp", "C201", "content_hash_mismatch"),
    ("edit_timestamp", "S108", "bad_signature"),
    ("edit_and_rehash", "S108", "bad_signature"),
    ("edit_and_rehash", "C202", "prev_hash_mismatch"),
    ("rehash_tail", "S108", "bad_signature"),
    ("delete_and_renumber", "S108", "bad_signature"),
    ("swap_positions", "C201", "content_hash_mismatch"),
    ("swap_positions", "S108", "bad_signature"),
    ("swap_positions", "C202", "prev_hash_mismatch"),
    ("signature_removed", "S108", "unsigned"),
    ("short_salt_signature", "S108", "bad_signature"),
    ("append_forged", "S108", "bad_signature"),
    ("duplicate_position", "C201", "content_hash_mismatch"),
    ("duplicate_position", "C204", "duplicate_positions"),
];

#[test]
fn each_tampering_of_the_log_is_named_with_its_positions_and_no_others() {
    let expected = expected();
    for (name, code, list) in NAMED {
        let case = &expected["audit"][*name];
        let report = audit_one(case["file"].as_str().expect("a file"), &["public_key"]);
        let wanted = ids("audit", case["offline"][*list].as_array().expect("a list"));
        assert_eq!(subjects(&report).get(*code), Some(&wanted), "{name}: {code}");
    }
    for (name, code, positions) in [
        ("delete_middle", "C202", vec![113, 114]),
        ("truncate_head", "C207", (1..=11).collect()),
        ("unsealed_flag", "C210", vec![51]),
        ("user_id_removed", "C210", vec![61]),
    ] {
        let report = audit_one(&format!("audit/tampered/{name}.json"), &["public_key"]);
        let wanted: BTreeSet<String> = positions.iter().map(|position| format!("audit:{position}")).collect();
        assert_eq!(subjects(&report).get(code), Some(&wanted), "{name}: {code}");
    }
}

#[test]
fn what_was_done_to_the_log_is_told_in_words() {
    for (name, words) in [
        ("edit_description", "edited in place"),
        ("edit_and_rehash", "altered and its hash made again"),
        ("rehash_tail", "From there to the end every hash and link was made again"),
        ("delete_and_renumber", "numbered anew"),
        ("swap_positions", "the entries were exchanged"),
        ("append_forged", "Entry 91 carries the signature of entry 90"),
        ("delete_middle", "Entry 113 is missing"),
        ("signature_removed", "1 of them are followed by a signed entry"),
    ] {
        let report = audit_one(&format!("audit/tampered/{name}.json"), &["public_key"]);
        let all: Vec<&str> = report.findings.iter().map(|finding| finding.detail.as_str()).collect();
        assert!(all.iter().any(|detail| detail.contains(words)), "{name}: {all:?}");
    }
}

#[test]
fn a_wrong_key_is_suspected_before_anybody_is_accused() {
    for (file, names) in [
        ("audit/tampered/resigned_by_other_key.json", &["public_key"][..]),
        ("audit/clean.json", &["unrelated_public_key", "audit_public"][..]),
        ("audit/clean.json", &[][..]),
    ] {
        let report = audit_one(file, names);
        let codes: BTreeSet<&str> = report.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert!(codes.contains("S103") && !codes.contains("S108"), "{file} {names:?}: {codes:?}");
        assert!(report.findings.iter().all(|finding| finding.severity != "critical"), "{file} {names:?}");
        assert_eq!(claim(&report, UNION, "audit.chain").verdict, Verdict::CannotTell, "{file} {names:?}");
        assert!(!report.audit_chain.expect("a chain").verified);
    }
    let report = audit_one("audit/tampered/resigned_by_other_key.json", &["public_key", "unrelated_public_key"]);
    assert!(report.audit_chain.as_ref().expect("a chain").verified);
    let range = &claim(&report, UNION, "audit.chain").detail["ranges"];
    assert!(range[0]["key"].as_str().expect("a key").contains("unrelated_public_key.pem"), "{range}");
}

#[test]
fn pages_of_the_api_are_compared_but_never_verified() {
    let detailed = "audit/api_logs_detailed_page1.json";
    let report = audit_one(detailed, &["public_key"]);
    assert!(report.audit_chain.is_none(), "a list without hashes is no chain");
    assert!(subjects(&report).contains_key("I902"));

    let both = folder(&[
        (detailed, "page1.json"),
        ("audit/api_logs_summary_page1.json", "summary.json"),
        ("audit/api_verify_response.json", "verification.json"),
        ("audit/clean.json", "audit_log.json"),
    ]);
    let report = audit(&[both.path().to_owned()], &keys(&["public_key"]));
    assert_eq!(above_info(&report), Vec::<String>::new());

    let cut = folder(&[(detailed, "page1.json"), ("audit/tampered/truncate_tail.json", "audit_log.json")]);
    let named = &subjects(&audit(&[cut.path().to_owned()], &keys(&["public_key"])))["C205"];
    let wanted: BTreeSet<String> = (190..=201).map(|position| format!("audit:{position}")).collect();
    assert!(wanted.is_subset(named), "{named:?}");

    let edited = folder(&[(detailed, "page1.json"), ("audit/tampered/edit_description.json", "audit_log.json")]);
    let named = &subjects(&audit(&[edited.path().to_owned()], &keys(&["public_key"])))["R313"];
    assert_eq!(*named, BTreeSet::from(["audit:107".to_owned()]));
}

#[test]
fn an_answer_of_the_server_that_counted_more_entries_shows_a_cut() {
    let cut = folder(&[
        ("audit/api_verify_response.json", "verification.json"),
        ("audit/tampered/truncate_tail.json", "audit_log.json"),
    ]);
    let found = subjects(&audit(&[cut.path().to_owned()], &keys(&["public_key"])));
    assert!(found["C205"].contains("audit:189"), "{found:?}");
}

#[test]
fn lines_of_the_second_log_are_judged_one_by_one() {
    let expected = expected();
    let jsonl = &expected["audit_jsonl"];
    for file in jsonl["files"].as_array().expect("files") {
        let report = audit_one(file["file"].as_str().expect("a file"), &["public_key", "audit_public"]);
        assert_eq!(above_info(&report), Vec::<String>::new());
    }
    for case in jsonl["tampered"].as_array().expect("cases") {
        let file = case["file"].as_str().expect("a file");
        let report = audit_one(file, &["public_key", "audit_public"]);
        let text = std::fs::read_to_string(electra().join(file)).expect("lines");
        let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let failing = |member: &str| -> BTreeSet<String> {
            let failing = case["failing_lines"].as_array().expect("a list").iter().filter(|line| line[member] == false);
            let at = failing.map(|line| usize::try_from(line["line"].as_u64().expect("a number")).expect("small") - 1);
            at.map(|at| format!("audit:{}", lines[at]["id"].as_str().expect("an id"))).collect()
        };
        let found = subjects(&report);
        let of = |code: &str| found.get(code).cloned().unwrap_or_default();
        assert_eq!(of("S108"), failing("signature_ok"), "{file}");
        assert_eq!(of("C201"), failing("content_hash_ok"), "{file}");
        assert_eq!(found.contains_key("R312"), file.contains("reordered"), "{file}: only times show it");
    }
    let report = audit_one("audit-jsonl/audit-2026-03-03.jsonl", &["public_key"]);
    let codes = subjects(&report);
    assert!(codes.contains_key("S103") && !codes.contains_key("S108"), "the second log has a key of its own");
}

#[test]
fn tokens_signed_before_their_stored_time_are_told_from_forged_ones() {
    let expected = expected();
    let tables = tables_with("audit/clean.json", true);
    let report = audit(&[tables.path().to_owned()], &keys(&["public_key"]));
    let drifted = expected["tokens"]["not_verifying_as_stored"].as_object().expect("tokens");
    let wanted: BTreeSet<String> = drifted.keys().map(|id| format!("token:{id}")).collect();
    let found = subjects(&report);
    assert_eq!(found.get("S107"), Some(&wanted));
    assert!(!found.contains_key("S108"), "none is forged");
    let gaps: Vec<i64> =
        drifted.values().filter_map(|token| token["drift_recovery"]["issued_at_drift_us"].as_i64()).collect();
    let detail = report.elections.iter().flat_map(|it| &it.findings).find(|it| it.code == "S107").expect("it");
    let range = format!("{} to {} microseconds", gaps.iter().min().expect("one"), gaps.iter().max().expect("one"));
    assert!(detail.detail.contains(&range), "{}", detail.detail);
    let sum = |member: &str| -> u64 {
        let of = report.elections.iter().flat_map(|it| &it.claims).filter(|claim| claim.id == "tokens.signatures");
        of.filter_map(|claim| claim.detail[member].as_u64()).sum()
    };
    assert_eq!(Some(sum("valid_as_stored")), expected["tokens"]["valid"].as_u64());
    assert_eq!(sum("signed_before_stored_time"), 6);
}

#[test]
fn every_case_of_a_token_has_its_verdict() {
    let cases = rows("tokens/cases.json");
    let folder = tempfile::tempdir().expect("a folder");
    let all: Vec<Value> = cases.iter().map(|case| case["row"].clone()).collect();
    write_rows(folder.path(), "ballots_ballot_token.json", &all);
    std::fs::copy(electra().join("tables/elections_election.json"), folder.path().join("elections_election.json"))
        .expect("a copy");
    let found = subjects(&audit(&[folder.path().to_owned()], &keys(&["public_key"])));
    let named =
        |code: &str, id: &str| found.get(code).is_some_and(|subjects| subjects.contains(&format!("token:{id}")));
    for case in &cases {
        let (name, id) = (case["case"].as_str().expect("a name"), case["row"]["id"].as_str().expect("an id"));
        let is_valid = !named("S108", id) && !named("S107", id);
        assert_eq!(Some(is_valid), case["signature_valid"].as_bool(), "{name}");
        // One microsecond is what the known defect looks like, so nobody is accused.
        let is_drift = name == "issued_at_one_microsecond_later";
        assert_eq!(named("S107", id), is_drift, "{name}");
    }
}

#[test]
fn tokens_cut_to_milliseconds_are_verified_after_restoring_them() {
    let folder = tempfile::tempdir().expect("a folder");
    let cut = |text: &str| {
        let (start, rest) = text.split_once('.').unwrap_or((text.trim_end_matches("+00:00"), ""));
        let micros: String = rest.chars().take_while(char::is_ascii_digit).chain("000000".chars()).take(6).collect();
        if micros == "000000" { format!("{start}Z") } else { format!("{start}.{}Z", &micros[..3]) }
    };
    let drifted = expected()["tokens"]["not_verifying_as_stored"].clone();
    let mut untouched = 0;
    let tokens: Vec<Value> = rows("tables/ballots_ballot_token.json")
        .into_iter()
        .filter(|row| drifted.get(row["id"].as_str().expect("an id")).is_none())
        .take(6)
        .map(|mut row| {
            let mut fields = row.as_object_mut().expect("a row").clone();
            let pk = fields.shift_remove("id").expect("an id");
            for name in ["user", "election"] {
                let value = fields.shift_remove(&format!("{name}_id")).expect("a key");
                fields.insert(name.to_owned(), value);
            }
            let is_whole = |time: &Value| !time.as_str().expect("a time").trim_end_matches("+00:00").contains('.');
            let is_short = |time: &Value| time.as_str().expect("a time").trim_end_matches("+00:00").len() <= 23;
            untouched += u64::from(
                ["issued_at", "expires_at"].iter().all(|name| is_whole(&fields[*name]) || is_short(&fields[*name])),
            );
            for name in ["issued_at", "expires_at"] {
                fields[name] = json!(cut(fields[name].as_str().expect("a time")));
            }
            json!({"model": "ballots.ballottoken", "pk": pk, "fields": fields})
        })
        .collect();
    write_rows(folder.path(), "dump.json", &tokens);
    let report = audit(&[folder.path().to_owned()], &keys(&["public_key"]));
    let claim = claim(&report, UNION, "tokens.signatures");
    assert_eq!((claim.checked, claim.failed), (6, 0));
    assert!(untouched < 6, "some lost digits");
    assert_eq!(claim.detail["valid_with_restored_times"], 6 - untouched, "{}", claim.detail);
    assert_eq!(claim.detail["valid_as_stored"], untouched, "{}", claim.detail);
}

#[test]
fn every_case_of_a_vote_has_its_verdict_and_its_link() {
    let cases = rows("votes/cases.json");
    let folder = tempfile::tempdir().expect("a folder");
    let all: Vec<Value> = cases.iter().map(|case| case["row"].clone()).collect();
    write_rows(folder.path(), "votes_vote.json", &all);
    std::fs::copy(electra().join("tables/ballots_ballot_token.json"), folder.path().join("ballots_ballot_token.json"))
        .expect("a copy");
    let found = subjects(&audit(&[folder.path().to_owned()], &keys(&["public_key"])));
    let named = |code: &str, id: &str| found.get(code).is_some_and(|subjects| subjects.contains(&format!("vote:{id}")));
    for case in &cases {
        let (name, id) = (case["case"].as_str().expect("a name"), case["row"]["id"].as_str().expect("an id"));
        assert_eq!(Some(!named("S101", id)), case["signature_valid"].as_bool(), "{name}");
        // A vote that was moved to another election still leads to its token, and stands where it does not belong.
        let is_moved = name == "election_changed";
        assert_eq!(Some(!named("R303", id) || is_moved), case["token_link_ok"].as_bool(), "{name}");
        assert!(!is_moved || named("R303", id), "{name}");
    }
}

#[test]
fn all_tables_with_the_log_agree_but_for_the_origin_s_own_defects() {
    let expected = expected();
    let crosschecks = &expected["crosschecks"];
    for form in ["json", "csv"] {
        let folder = tempfile::tempdir().expect("a folder");
        testkit::copy_files(&electra().join("tables"), folder.path(), |name| name.ends_with(form));
        let log = format!("audit_log.{form}");
        std::fs::copy(electra().join(format!("audit/clean.{form}")), folder.path().join(&log)).expect("a copy");
        let report = audit(&[folder.path().to_owned()], &keys(&["public_key"]));
        assert_eq!(chain_of(&report), expected_chain(&expected["audit"]["clean"]["offline"]), "{form}");
        let mut above: Vec<(String, String, BTreeSet<String>)> = report
            .elections
            .iter()
            .flat_map(|election| &election.findings)
            .chain(&report.findings)
            .filter(|finding| finding.severity != "info")
            .map(|finding| (finding.code.clone(), finding.severity.clone(), finding.subjects.iter().cloned().collect()))
            .collect();
        above.sort();
        let junk = ids("vote", expected["votes"]["invalid_signature_ids"].as_array().expect("a list"));
        let mut lost = ids("token", crosschecks["used_tokens_without_vote"].as_array().expect("a list"));
        // The other offline endpoint loses votes too, and leaves the token as it was.
        lost.extend(ids("token", rows("tables/votes_offline_queue.json").iter().map(|row| &row["ballot_token_id"])));
        let silent = ids("election", crosschecks["elections_without_activation_entry"].as_array().expect("a list"));
        let own = |code: &str, severity: &str, rows: BTreeSet<String>| (code.to_owned(), severity.to_owned(), rows);
        assert_eq!(
            above,
            [own("P705", "minor", silent), own("R302", "major", lost), own("S101", "critical", junk)],
            "{form}"
        );
        let signatures = claim(&report, UNION, "votes.signatures");
        assert_eq!(Some(signatures.checked), expected["votes"]["count"].as_u64());
        assert_eq!(signatures.detail["valid"], expected["votes"]["valid_signatures"]);
        assert_eq!(signatures.failed, 1);
        let voters = claim(&report, UNION, "votes.voters");
        assert_eq!(voters.detail["linked"], crosschecks["votes_linked_to_a_token"]);
        assert_eq!(voters.detail["used"], crosschecks["used_tokens"]);
        let accounted = claim(&report, UNION, "votes.accounted");
        assert_eq!(accounted.detail["vote_cast_entries"], crosschecks["vote_cast_audit_entries"]);
        assert_eq!(accounted.detail["used_tokens_without_vote"], 1);
        assert_eq!(accounted.verdict, Verdict::Proved);
        let issued: u64 = report
            .elections
            .iter()
            .flat_map(|election| &election.claims)
            .filter_map(|claim| claim.detail["token_issued_entries"].as_u64())
            .sum();
        assert_eq!(Some(issued), crosschecks["token_issued_audit_entries"].as_u64());
        let link = claim(&report, UNION, "secrecy.link");
        assert_eq!(link.detail["by_notes"], crosschecks["usage_log_rows_that_name_a_vote_token"]);
        let named = subjects(&report);
        assert_eq!(named["P703"].len(), 1, "the tie between voter and vote is told, as information, but not printed");
        let told = report.elections.iter().flat_map(|it| &it.findings).find(|it| it.code == "P703").expect("told");
        assert!(told.detail.contains("68 votes") && told.rows.iter().all(|row| row.path.is_empty()), "{}", told.detail);
        assert_eq!(report.elections.len(), 4);
    }
}

#[test]
fn a_cut_at_the_end_of_the_log_shows_in_the_tables() {
    let tables = tables_with("audit/tampered/truncate_tail.json", false);
    let report = audit(&[tables.path().to_owned()], &keys(&["public_key"]));
    assert!(report.audit_chain.as_ref().expect("a chain").verified, "the chain itself cannot show it");
    let found = subjects(&report);
    let late: BTreeSet<String> = rows("tables/analytics_export_verification.json")
        .iter()
        .filter(|row| row["created_at"].as_str().expect("a time") > "2026-03-03T17:33:13")
        .map(|row| format!("export:{}", row["id"].as_str().expect("an id")))
        .chain(["audit:189".to_owned()])
        .collect();
    assert_eq!(found.get("C205"), Some(&late));
    assert_eq!(claim(&report, UNION, "audit.chain").verdict, Verdict::Contradicted);
}

#[test]
fn votes_and_tokens_that_were_put_in_taken_out_or_moved_are_named() {
    let tables = tables_with("audit/clean.json", false);
    let mut votes = rows("tables/votes_vote.json");
    let removed = votes.remove(3)["id"].as_str().expect("an id").to_owned();
    votes[5]["submitted_at"] = json!("2026-03-03T19:00:00.5+00:00");
    let moved = votes[5]["id"].as_str().expect("an id").to_owned();
    votes[7]["ballot_token_hash"] = votes[8]["ballot_token_hash"].clone();
    let (first, second) = (votes[7]["id"].as_str().expect("id"), votes[8]["id"].as_str().expect("id"));
    let twins = BTreeSet::from([format!("vote:{first}"), format!("vote:{second}")]);
    let mut stuffed = votes[0].clone();
    stuffed["id"] = json!("00000000-0000-4000-8000-000000000001");
    stuffed["vote_token"] = json!("00000000-0000-5000-8000-000000000002");
    stuffed["ballot_token_hash"] = json!("0".repeat(64));
    votes.push(stuffed);
    write_rows(tables.path(), "votes_vote.json", &votes);
    let drifted = expected()["tokens"]["not_verifying_as_stored"].clone();
    let mut tokens = rows("tables/ballots_ballot_token.json");
    tokens.retain(|row| drifted.get(row["id"].as_str().expect("an id")).is_none());
    let revoked = tokens.iter_mut().find(|row| row["status"] == "invalidated").expect("one");
    revoked["status"] = json!("issued");
    let revoked = format!("token:{}", revoked["id"].as_str().expect("an id"));
    write_rows(tables.path(), "ballots_ballot_token.json", &tokens);
    let found = subjects(&audit(&[tables.path().to_owned()], &keys(&["public_key"])));
    assert!(found["R302"].contains(&format!("vote:{removed}")));
    assert!(found["R310"].contains(&format!("vote:{moved}")));
    assert!(found["C210"].contains(&format!("vote:{moved}")), "the signed entry tells another time");
    assert!(found["C210"].contains(&revoked), "the log says that it was revoked");
    assert!(twins.is_subset(&found["R311"]));
    for code in ["R301", "R303", "S101"] {
        assert!(found[code].contains("vote:00000000-0000-4000-8000-000000000001"), "{code}");
    }
}

#[test]
fn delivered_files_are_told_from_altered_and_from_converted_ones() {
    let expected = expected();
    let tables = tables_with("audit/clean.json", false);
    testkit::copy_files(&electra().join("exports"), tables.path(), |_| true);
    let report = audit(&[tables.path().to_owned()], &keys(&["public_key"]));
    let found = subjects(&report);
    for code in ["E601", "E602", "R309"] {
        assert!(!found.contains_key(code), "{code}: {:?}", found.get(code));
    }
    let exports = &report.elections[0].exhibit["extra"]["exports"];
    assert_eq!(*exports, json!({"files": 6, "records": 6, "anchored": 6}), "file, record and signed entry agree");
    let figures = claim(&report, UNION, "result.figures");
    assert_eq!((figures.verdict, figures.checked), (Verdict::Proved, 2), "a file and an answer of the API");

    for case in expected["exports"]["tampered"].as_array().expect("cases") {
        let file = case["file"].as_str().expect("a file");
        let tables = tables_with("audit/clean.json", false);
        std::fs::copy(electra().join(file), tables.path().join("delivered.csv")).expect("a copy");
        let report = audit(&[tables.path().to_owned()], &keys(&["public_key"]));
        let finding = report.findings.iter().find(|finding| finding.code == "E601").expect(file);
        assert!(finding.subjects.contains(&"file:delivered.csv".to_owned()), "{file}");
        let is_converted = file.contains("line_endings");
        assert_eq!(finding.severity, if is_converted { "info" } else { "critical" }, "{file}");
        let has_footer = case["footer_hash_matches_prefix"] == true;
        assert_eq!(finding.detail.contains("last line fits"), has_footer, "{file}: {}", finding.detail);
        assert_eq!(subjects(&report).contains_key("R309"), !is_converted, "{file}: a figure was changed");
    }
}

#[test]
fn the_same_folder_in_two_forms_is_one_export() {
    let folder = tempfile::tempdir().expect("a folder");
    testkit::copy_files(&electra().join("tables"), folder.path(), |name| !name.contains("token.json"));
    testkit::copy_files(&electra().join("audit"), folder.path(), |_| true);
    testkit::copy_files(&electra().join("keys"), folder.path(), |_| true);
    let report = audit(&[folder.path().to_owned()], &keys(&["public_key"]));
    let found = subjects(&report);
    assert!(report.inputs.iter().any(|file| file.path == "public_key.pem" && file.kind == "ignored"));
    assert!(!found.contains_key("R313"), "{:?}", found.get("R313"));
    assert!(!found.contains_key("I901"), "{:?}", found.get("I901"));
    assert_eq!(report.audit_chain.expect("a chain").total_checked, 201);
}

#[test]
fn a_row_that_could_not_be_read_is_not_called_absent() {
    let folder = tempfile::tempdir().expect("a folder");
    testkit::copy_files(&electra().join("tables"), folder.path(), |name| name.ends_with("csv"));
    std::fs::copy(electra().join("audit/clean.csv"), folder.path().join("audit_log.csv")).expect("a copy");
    let votes = folder.path().join("votes_vote.csv");
    let text = std::fs::read_to_string(&votes).expect("a table");
    // A comma more in the fifth row of votes.
    let lines = text.lines().enumerate().map(|(at, line)| if at == 5 { format!("{line},x") } else { line.to_owned() });
    std::fs::write(&votes, lines.collect::<Vec<_>>().join("\n") + "\n").expect("written");
    let report = audit(&[folder.path().to_owned()], &keys(&["public_key"]));
    let rejected: Vec<&String> =
        report.findings.iter().filter(|finding| finding.code == "I901").flat_map(|finding| &finding.subjects).collect();
    assert_eq!(rejected, ["row:votes_vote.csv:5"]);
    let absent =
        report.elections.iter().flat_map(|election| &election.findings).filter(|finding| finding.code == "R302");
    let accused: Vec<_> = absent.filter(|finding| finding.severity == "critical").collect();
    assert!(accused.is_empty(), "{accused:?}");
}
