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

fn fixture(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path).display().to_string()
}

/// A case with an export in it, in a folder that goes with the answer.
fn case_of(inputs: &[&str]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("a.scrutineer").display().to_string();
    scrutineer(["case", "new", &case]).end().expect(0);
    let inputs: Vec<String> = inputs.iter().map(|input| fixture(input)).collect();
    scrutineer(["import", &case].into_iter().map(str::to_owned).chain(inputs)).end().expect(0);
    (folder, case)
}

/// Votes of a table's rows by round and candidate.
fn sums(csv: &str, votes: usize) -> std::collections::BTreeMap<(String, String), f64> {
    let mut sums = std::collections::BTreeMap::new();
    for row in csv::Reader::from_reader(csv.as_bytes()).records() {
        let row = row.expect("a row");
        let number: f64 = row[votes].parse().expect("a number");
        *sums.entry((row[0].to_owned(), row[1].to_owned())).or_insert(0.0) += number;
    }
    sums
}

#[test]
fn an_election_of_the_logbook_is_counted_contest_by_contest_under_another_rule() {
    let (_folder, case) = case_of(&["logbook/08_votes_mixed"]);
    let election = "88327ee5-72a7-46d7-931b-4a0db9f77ab9";
    let run = |more: &[&str]| scrutineer(["count", &case, "--election", election, "--json"].iter().chain(more)).end();
    let own = run(&[]).expect(0).json();
    assert_eq!(own["what_if"], Value::Null);
    let told = own["sensitivity"].as_array().expect("a list");
    // 13 against 6: four changed ballots make 9 against 10. 13 against 10: two make 11 against 12.
    assert!(told[0].as_str().expect("a text").contains("4 changed ballots, and no fewer"), "{told:?}");
    assert!(told[1].as_str().expect("a text").contains("2 changed ballots, and no fewer"), "{told:?}");
    for (more, elected) in [(&["--rule", "plurality"][..], 2), (&["--rule", "meek", "--seats", "2"], 4)] {
        let other = run(more).expect(0).json();
        assert!(other["what_if"].as_str().expect("a text").contains("decided by logbook-plurality"));
        assert_eq!(other["elected"].as_array().map(Vec::len), Some(elected), "{more:?}");
        assert_eq!(other["rounds"][0]["round"], 1);
    }
    let refused = run(&["--seats", "2"]).expect(2);
    assert!(refused.err.contains("name another rule with --rule"), "{}", refused.err);
}

#[test]
fn piles_of_the_table_add_up_to_the_votes_of_the_rounds() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("board.blt").display().to_string();
    let mut ballots = String::from("5 2\n");
    for (votes, ranks) in [(40, "1 2 3"), (25, "2 3"), (11, "3 4 1"), (9, "4 3 2"), (7, "5 4"), (3, "5")] {
        ballots.push_str(&format!("{votes} {ranks} 0\n"));
    }
    std::fs::write(&path, ballots + "0\n\"A\"\n\"B\"\n\"C\"\n\"D\"\n\"E\"\n\"Board\"\n").expect("a file");
    for rule in ["scotland", "meek-prf", "ers97", "dublin", "qpq", "wright", "cfer", "plurality"] {
        let out = folder.path().join(rule);
        let csv = out.display().to_string();
        scrutineer(["count", "--ballots", &path, "--rule", rule, "--csv", &csv]).end().expect(0);
        let text = |name: &str| std::fs::read_to_string(out.join(name)).expect("a table");
        let (piles, votes) = (sums(&text("piles.csv"), 6), sums(&text("votes.csv"), 2));
        assert!(!votes.is_empty());
        for (place, votes) in votes {
            let lying = piles.get(&place).copied().unwrap_or(0.0);
            assert!((lying - votes).abs() < 1e-9, "{rule} {place:?}: {lying} on the pile, {votes} in the round");
        }
    }
}

#[test]
fn hart_signatures_are_checked_while_counting() {
    let signed = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/rctab/signature_validation");
    if !signed.is_dir() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let records = folder.path().join("records");
    std::fs::create_dir(&records).expect("a folder");
    for name in ["test.xml", "test.xml.sig.xml"] {
        std::fs::write(records.join(name), std::fs::read(signed.join(name)).expect("a file")).expect("a file");
    }
    let config = folder.path().join("config.json");
    let configuration = json!({
        "tabulatorVersion": "TEST",
        "outputSettings": {"contestName": "Board", "outputDirectory": "out"},
        "cvrFileSources": [{"filePath": "records", "provider": "hart", "contestId": "f15b1a85-3975-4928-8361-c5daa1e9ff20",
            "undeclaredWriteInLabel": ""}],
        "candidates": [{"name": "Mickey Mouse"}, {"name": "Bugs Bunny"}, {"name": "Homer Simpson"},
            {"name": "Woody Woodpecker"}, {"name": "Scrooge McDuck"}, {"name": "Toucan Sam"}],
        "rules": {"tiebreakMode": "useCandidateOrder", "overvoteRule": "exhaustImmediately", "winnerElectionMode": "singleWinnerMajority",
            "numberOfWinners": "1", "maxSkippedRanksAllowed": "1", "maxRankingsAllowed": "max", "rulesDescription": "",
            "decimalPlacesForVoteArithmetic": "4", "minimumVoteThreshold": "0"}
    });
    std::fs::write(&config, configuration.to_string()).expect("a file");
    let config = config.display().to_string();
    let run = |key: &str| {
        let key = signed.join(key).display().to_string();
        scrutineer(["count", "--ballots", &config, "--rule", "rctab", "--keys", &key, "--json"]).end()
    };
    let answer = run("public_key.txt").expect(0).json();
    assert_eq!(answer["signatures"], json!({"records": 1, "valid": 1, "unsigned": [], "failed": []}));
    let answer = run("incorrect_public_key.txt").expect(1).json();
    assert_eq!(answer["signatures"]["failed"][0]["path"], "test.xml");
    std::fs::remove_file(records.join("test.xml.sig.xml")).expect("removed");
    assert_eq!(run("public_key.txt").expect(0).json()["signatures"]["unsigned"], json!(["test.xml"]));
    let out = folder.path().join("records.csv").display().to_string();
    scrutineer(["convert", &config, "--to", "csv", "--out", &out]).end().expect(0);
    assert_eq!(std::fs::read_to_string(&out).expect("a file").lines().count(), 2, "a header and one record");
    assert_eq!(scrutineer(["convert", "absent.json", "--to", "cdf", "--out", &out]).end().code, Some(3));
}

#[test]
fn bad_options_are_told() {
    let (_folder, path) = file("board.blt", BOARD);
    let (_huge_folder, huge) = file("huge.blt", "2 1\n9223372036854775808 1 2 0\n1 2 0\n0\n\"A\"\n\"B\"\n\"H\"\n");
    let (_more_folder, more) = file("more.blt", "2 1\n18446744073709551615 1 2 0\n1 2 0\n0\n\"A\"\n\"B\"\n\"H\"\n");
    for (path, options, code, kind) in [
        (&path, &["--rule", "meek", "--seats", "0"][..], 3, "no_seats"),
        (&path, &["--rule", "meek", "--seats", "4"], 3, "too_few_candidates"),
        (&path, &["--rule", "nonsense"], 2, "bad_option"),
        (&path, &["--rule", "meek", "--arithmetic", "floating"], 2, "bad_option"),
        (&path, &["--rule", "scotland", "--arithmetic", "rational"], 2, "bad_option"),
        (&path, &["--rule", "plurality", "--arithmetic", "rational"], 2, "bad_option"),
        (&path, &["--rule", "meek", "--keys", "key.pem"], 2, "bad_option"),
    ] {
        let ended = scrutineer(["count", "--ballots", path, "--json"].iter().chain(options)).end().expect(code);
        assert_eq!(ended.json()["error"]["type"], kind, "{options:?}");
    }
    let limited = scrutineer(["count", "--ballots", &huge, "--rule", "logbook-plurality", "--json"]).end().expect(3);
    assert_eq!(limited.json()["error"]["type"], "too_large");
    for rule in ["meek", "scotland", "plurality"] {
        let answer = scrutineer(["count", "--ballots", &huge, "--rule", rule, "--json"]).end().expect(0).json();
        assert_eq!(answer["elected"], json!([1]), "{rule}");
        let refused = scrutineer(["count", "--ballots", &more, "--rule", rule]).end().expect(3);
        assert!(refused.err.contains("more.blt"), "{}", refused.err);
    }
    assert_eq!(scrutineer(["count", "--ballots", &path, "--rule", "meek", "--seats", "-1"]).end().code, Some(2));
}
