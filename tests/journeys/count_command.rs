//! `scrutineer count` from outside: ballot files and elections of a case, the JSON contract, exit codes.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use testkit::json;
use testkit::program::scrutineer;

fn astra(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/astra").join(name)
}

/// A ballot file in a folder that goes with the answer.
fn file(name: &str, content: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, content).expect("a file");
    let path = path.display().to_string();
    (folder, path)
}

const BOARD: &str = "3 2\n4 1 2 0\n2 3 0\n0\n\"Ann\"\n\"Bob\"\n\"Cid\"\n\"Board\"\n";

#[test]
fn a_blt_file_is_counted_as_the_contract_says() {
    let (_folder, path) = file("board.blt", BOARD);
    let answer = scrutineer(["count", "--ballots", &path, "--rule", "scotland", "--json"]).end().expect(0).json();
    assert_eq!(answer["schema"], "scrutineer/count/1");
    assert_eq!(answer["rule"], json!({"name": "scotland", "version": "1", "arithmetic": "fixed-p5-d5"}));
    assert_eq!(
        (&answer["elected"], &answer["quota"], &answer["result"]),
        (&json!([1, 3]), &json!("3.00000"), &json!({}))
    );
    let round = &answer["rounds"][0];
    assert_eq!(round["votes"], json!({"1": "4.00000", "2": "0.00000", "3": "2.00000"}));
    assert_eq!((&round["elected"], &round["exhausted"], &round["tie"]), (&json!([1]), &json!("0.00000"), &Value::Null));
    assert_eq!(round["transfers"], json!([{"from": 1, "to": 2, "votes": "1.00000"}]));
    let text = scrutineer(["count", "--ballots", &path, "--rule", "scotland"]).end().expect(0).out;
    for part in ["Board", "Elected: Ann, Cid", "Round 3", "quota 3.00000", "Bob is excluded with the fewest votes"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn seats_arithmetic_and_quota_can_be_asked_for() {
    let (_folder, path) = file("board.blt", BOARD);
    let (_config_folder, config) = file("config.json", "{\"quota\": \"hare\"}");
    let arguments = ["count", "--ballots", &path, "--json", "--rule"];
    let run = |more: &[&str]| scrutineer(arguments.iter().chain(more)).end();
    let answer = run(&["wigm", "--seats", "1", "--arithmetic", "rational"]).expect(0).json();
    assert_eq!((&answer["quota"], &answer["rule"]["arithmetic"]), (&json!("3.000000000000"), &json!("rational-d12")));
    let answer = run(&["gregory-inclusive", "--arithmetic", "fixed-p2", "--config", &config]).expect(0).json();
    assert_eq!(answer["quota"], "3.00");
    let answer = run(&["plurality", "--seats", "1"]).expect(0).json();
    assert_eq!(answer["elected"], json!([1]));
    let answer = run(&["logbook-ranked", "--seats", "1"]).expect(0).json();
    assert_eq!(answer["elected"], json!([1]));
    assert_eq!(answer["result"]["results_by_position"][0]["total_votes"], 10);
}

#[test]
fn wrong_use_and_counts_that_fail_are_told_apart() {
    let (_folder, path) = file("board.blt", BOARD);
    let (_broken_folder, broken) = file("broken.blt", "3 2\n4 1 9 0\n0\n");
    let (_empty_folder, empty) = file("empty.blt", "2 1\n0\n\"A\"\n\"B\"\n\"T\"\n");
    let (_orders_folder, orders) = file("town.soi", "# NUMBER ALTERNATIVES: 2\n1: 1,2\n");
    for (ballots, rule, more, code, kind) in [
        (&path, "nonsense", &[][..], 2, "bad_option"),
        (&path, "scotland", &["--arithmetic", "rational"][..], 2, "bad_option"),
        (&orders, "scotland", &[][..], 2, "seats_unknown"),
        (&path, "scotland", &["--seats", "0"][..], 3, "no_seats"),
        (&path, "scotland", &["--seats", "4"][..], 3, "too_few_candidates"),
        (&empty, "scotland", &[][..], 3, "no_ballots"),
        (&path, "score", &[][..], 3, "bad_ballots"),
    ] {
        let arguments = ["count", "--json", "--ballots", ballots, "--rule", rule];
        let ended = scrutineer(arguments.iter().chain(more)).end().expect(code);
        let answer = ended.json();
        assert_eq!(
            (&answer["schema"], &answer["error"]["type"]),
            (&json!("scrutineer/count/1"), &json!(kind)),
            "{ended:?}"
        );
        assert!(answer["error"]["message"].as_str().is_some_and(|message| ended.err.contains(message)), "{ended:?}");
    }
    let ended = scrutineer(["count", "--ballots", &broken, "--rule", "meek"]).end().expect_refusal();
    assert!(ended.err.contains("broken.blt: row 2, column 5: 9 is no candidate"), "{}", ended.err);
    for arguments in
        [&["count"][..], &["count", "--ballots", &path], &["count", "x.scrutineer"], &["count", "--rule", "meek"]]
    {
        scrutineer(arguments).end().expect(2);
    }
}

#[test]
fn every_astra_fixture_is_counted_through_the_command() {
    let mut seen = 0;
    for entry in std::fs::read_dir(astra("tally")).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        seen += 1;
        let expected = json(&path)["expected"].clone();
        let shown = path.display().to_string();
        let ended = scrutineer(["count", "--ballots", &shown, "--rule", "astra-meek", "--json"]).end();
        if expected["error"].is_object() {
            assert_eq!(
                ended.expect(3).json(),
                json!({"schema": "scrutineer/count/1", "error": expected["error"]}),
                "{shown}"
            );
            continue;
        }
        let answer = ended.expect(0).json();
        for member in ["quota", "elected", "eliminated", "forced_excluded"] {
            assert_eq!(answer["result"][member], expected["result"][member], "{shown}: {member}");
        }
        assert_eq!(answer["elected"], expected["result"]["elected"], "{shown}");
        let rounds = answer["rounds"].as_array().expect("rounds");
        assert_eq!(Some(rounds.len()), answer["result"]["rounds"].as_array().map(Vec::len), "{shown}");
    }
    assert!(seen >= 36, "only {seen} files");
}

#[test]
fn elections_of_a_case_are_counted_by_their_own_rule_and_by_others_as_a_what_if() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("astra.scrutineer").display().to_string();
    scrutineer(["case", "new", &case]).end().expect(0);
    let config = astra("clean/election-config.json").display().to_string();
    let inputs = [
        astra("clean/public-ballots.json").display().to_string(),
        astra("clean/public-audit.json").display().to_string(),
    ];
    scrutineer(["import", &case, &inputs[0], &inputs[1], "--config", &config]).end().expect(0);
    let info = scrutineer(["case", "info", &case, "--json"]).end().expect(0).json();
    let id = info["elections"][0]["election_id"].as_str().expect("an election").to_owned();
    let answer = scrutineer(["count", &case, "--election", &id, "--json"]).end().expect(0).json();
    assert_eq!((&answer["rule"]["name"], &answer["elected"]), (&json!("astra-meek"), &json!([4103, 4108, 4104])));
    assert!(answer.get("what_if").is_none());
    let other = scrutineer(["count", &case, "--election", &id, "--rule", "meek-prf", "--json"]).end().expect(0).json();
    assert!(other["what_if"].as_str().is_some_and(|text| text.contains("decided by astra-meek")), "{other}");
    let text = scrutineer(["count", &case, "--election", &id, "--rule", "meek-prf"]).end().expect(0).out;
    assert!(text.starts_with("NOT THE RESULT. "), "{text}");
    scrutineer(["count", &case, "--election", "none", "--json"]).end().expect(2);
}

#[test]
fn a_logbook_election_is_counted_from_its_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("logbook.scrutineer").display().to_string();
    scrutineer(["case", "new", &case]).end().expect(0);
    let clean = testkit::logbook().join("02_clean_closed").display().to_string();
    scrutineer(["import", &case, &clean]).end().expect(0);
    let info = scrutineer(["case", "info", &case, "--json"]).end().expect(0).json();
    for election in info["elections"].as_array().expect("elections") {
        let id = election["election_id"].as_str().expect("an id");
        let answer = scrutineer(["count", &case, "--election", id, "--json"]).end().expect(0).json();
        let results = scrutineer(["results", &case, "--election", id, "--json"]).end().expect(0).json();
        assert_eq!(answer["result"], results, "{id}");
        assert!(answer["rule"]["name"].as_str().is_some_and(|name| name.starts_with("logbook-")), "{answer}");
    }
}
