//! The count by a contest configuration of RCTab against RCTab's own reports: every contest of the shared fixtures, from
//! the cast vote records of each maker to every number of every round.
//!
//! The fixtures are data of third parties and lie beside the project (`shared/fixtures/rctab`), not in it; without them
//! these tests say so and test nothing.

use std::fs;
use std::path::{Path, PathBuf};

use domain::rctab::SliceKind;
use importers::cvr::hart_signature::{Detached, PublicKey};
use importers::cvr::{self, convert};
use serde_json::Value;
use tally::methods::rctab;
use testkit::json;

/// The folder of the fixtures, where it is there.
fn fixtures() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/rctab");
    if folder.join("index.json").is_file() {
        return Some(folder);
    }
    eprintln!("left out: {} is not there", folder.display());
    None
}

fn configuration(folder: &Path, id: &str) -> PathBuf {
    folder.join(id).join(format!("{id}_config.json"))
}

/// A report without the name of the program that made it.
fn without_program(mut report: Value) -> Value {
    report["config"].as_object_mut().expect("a heading").remove("generatedBy").expect("the program");
    report
}

/// Equal, or the first round or member that differs.
fn difference(expected: &Value, found: &Value) -> Option<String> {
    let rounds = |report: &Value| report["results"].as_array().cloned().unwrap_or_default();
    for (one, other) in rounds(expected).iter().zip(&rounds(found)) {
        for member in ["tally", "threshold", "inactiveBallots", "tallyResults", "round"] {
            if one[member] != other[member] {
                return Some(format!(
                    "round {}, {member}: {} expected, {} counted",
                    one["round"], one[member], other[member]
                ));
            }
        }
    }
    if rounds(expected).len() != rounds(found).len() {
        return Some(format!("{} rounds expected, {} counted", rounds(expected).len(), rounds(found).len()));
    }
    let rest = ["summary", "config", "jsonFormatVersion"].iter().find(|member| expected[**member] != found[**member]);
    rest.map(|member| format!("{member}: {} expected, {} counted", expected[*member], found[*member]))
        .or_else(|| (expected != found).then(|| "a member that none of the checks knows".to_owned()))
}

#[test]
fn every_round_of_every_contest_comes_out() {
    let Some(folder) = fixtures() else { return };
    let mut failures = Vec::new();
    let mut counted = 0;
    for contest in json(&folder.join("index.json"))["contests"].as_array().expect("contests") {
        let id = contest["id"].as_str().expect("an id");
        let files: Vec<&str> =
            contest["expected"].as_array().expect("a list").iter().filter_map(|one| one["file"].as_str()).collect();
        if files.is_empty() {
            continue;
        }
        let (ballots, rules) = match cvr::read_configured(&configuration(&folder, id)) {
            Ok(read) => read,
            Err(error) => {
                failures.push(format!("{id}: {error}"));
                continue;
            }
        };
        let outcome = rctab::count(&ballots, &rules).unwrap_or_else(|error| panic!("{id}: {error}"));
        let reports = match rctab::to_json(&outcome) {
            Value::Array(reports) => reports,
            report => vec![report],
        };
        assert_eq!(reports.len(), files.len(), "{id}: reports");
        for (file, report) in files.iter().zip(reports) {
            let expected = without_program(json(&folder.join(file)));
            failures.extend(difference(&expected, &without_program(report)).map(|what| format!("{file}: {what}")));
            counted += 1;
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(counted >= 33, "only {counted} reports");
}

#[test]
fn winners_and_eliminations_are_those_of_the_index() {
    let Some(folder) = fixtures() else { return };
    for contest in json(&folder.join("index.json"))["contests"].as_array().expect("contests") {
        let id = contest["id"].as_str().expect("an id");
        let expected = contest["expected"].as_array().expect("a list");
        if expected.is_empty() {
            continue;
        }
        let (ballots, rules) = cvr::read_configured(&configuration(&folder, id)).expect("a contest");
        let count = rctab::count(&ballots, &rules).unwrap_or_else(|error| panic!("{id}: {error}")).count;
        let names = |member: &str| -> Vec<String> {
            let acts = expected.iter().flat_map(|one| one[member].as_array().cloned().unwrap_or_default());
            acts.map(|act| act["candidate"].as_str().expect("a name").to_owned()).collect()
        };
        let told =
            |places: &[usize]| -> Vec<String> { places.iter().map(|place| count.candidates[*place].clone()).collect() };
        assert_eq!(told(&count.elected), names("winners"), "{id}");
        let excluded: Vec<usize> = count.rounds.iter().flat_map(|round| round.excluded.clone()).collect();
        assert_eq!(told(&excluded), names("eliminations"), "{id}");
        assert!(count.rounds.iter().all(|round| !round.sentence.is_empty()), "{id}");
    }
}

#[test]
fn a_precinct_has_the_report_that_is_expected_of_it() {
    let Some(folder) = fixtures() else { return };
    let (ballots, rules) = cvr::read_configured(&configuration(&folder, "precinct_example")).expect("a contest");
    let reports = rctab::slices_to_json(&rctab::count(&ballots, &rules).expect("a count"));
    let file = "precinct_example_expected_MINNEAPOLIS_W-1_P-02_precinct_detailed_report.json";
    let expected = without_program(json(&folder.join("precinct_example/Tabulate by Precinct").join(file)));
    let found = reports.iter().find(|report| report.name == expected["config"]["precinct"]).expect("the precinct");
    assert_eq!(found.kind, SliceKind::Precinct);
    assert_eq!(difference(&expected, &without_program(found.report.clone())), None);
}

#[test]
fn the_records_are_found_by_the_path_given_too() {
    let Some(folder) = fixtures() else { return };
    let there = |path: &str, id: &str| {
        let (ballots, _) =
            cvr::read(&folder.join(path), &configuration(&folder, id)).unwrap_or_else(|error| panic!("{id}: {error}"));
        ballots.ballots.votes()
    };
    assert_eq!(there("skip_to_next_test/skip_to_next_test_cvr.xlsx", "skip_to_next_test"), 15);
    assert_eq!(there("_shared/dominion_alaska/alaska_input_data", "dominion_alaska"), 1000);
    assert_eq!(
        there("_shared/hart_cvr_archive", "hart_cedar_park_school_board"),
        there("_shared", "hart_cedar_park_school_board")
    );
    assert_eq!(there("_shared/cdf_json", "aliases_cdf_json"), 30);
}

#[test]
fn what_cannot_be_counted_is_refused_with_the_member_or_the_place() {
    let Some(folder) = fixtures() else { return };
    let refused = |id: &str| cvr::read_configured(&configuration(&folder, id)).expect_err(id).to_string();
    let params = refused("invalid_params_test");
    for member in [
        "cvrFileSources",
        "candidates",
        "rules.tiebreakMode",
        "rules.overvoteRule",
        "rules.winnerElectionMode",
        "rules.decimalPlacesForVoteArithmetic",
        "rules.maxRankingsAllowed",
        "rules.maxSkippedRanksAllowed",
    ] {
        assert!(params.contains(&format!("{member}: ")), "{member} in {params}");
    }
    let sources = refused("invalid_sources_test");
    for member in ["cvrFileSources[1].firstVoteColumnIndex", "cvrFileSources[2].filePath", "rules.winnerElectionMode"] {
        assert!(sources.contains(&format!("{member}: ")), "{member} in {sources}");
    }
    let ranks = refused("max_ranking_enforcement");
    assert!(ranks.contains("max_ranking_enforcement_cvr.csv: row 2: rank 4"), "{ranks}");
    assert!(ranks.contains("maxRankingsAllowed"), "{ranks}");
}

#[test]
fn records_are_converted_as_expected() {
    let Some(folder) = fixtures() else { return };
    for id in ["conversions_from_ess", "conversions_from_cdf"] {
        let mut csv = Vec::new();
        convert::to_csv(&configuration(&folder, id), &mut csv).unwrap_or_else(|error| panic!("{id}: {error}"));
        let expected = fs::read_to_string(folder.join(id).join(format!("{id}_expected.csv"))).expect("a CSV");
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&String::from_utf8(csv).expect("UTF-8")), lines(&expected), "{id}");

        let mut cdf = Vec::new();
        convert::to_cdf(&configuration(&folder, id), "2026-01-01T00:00:00Z", &mut cdf)
            .unwrap_or_else(|error| panic!("{id}: {error}"));
        let found: Value = serde_json::from_slice(&cdf).unwrap_or_else(|error| panic!("{id}: {error}"));
        // Selections of aliases stand under the candidates' names in ours, so that they lead somewhere.
        let mut text =
            fs::read_to_string(folder.join(id).join(format!("{id}_expected_cdf_cvr.json"))).expect("a report");
        for (alias, name) in [
            ("candidate_a_name_file_1", "unused_display_name_candidate_a"),
            ("candidate_a_name_file_2", "unused_display_name_candidate_a"),
            ("candidate_b_name_file_2", "candidate_b_name_file_1"),
            ("candidate_c_name_file_2", "candidate_c_name_file_1"),
            ("candidate_d_name_file_2", "candidate_d_name_file_1"),
        ] {
            text = text.replace(&format!("\"cs-{alias}\""), &format!("\"cs-{name}\""));
        }
        let expected: Value = serde_json::from_str(&text).expect("JSON");
        for member in ["CVR", "Election", "GpUnit", "@type", "Version", "ReportGeneratingDeviceIds"] {
            assert_eq!(found[member], expected[member], "{id}: {member}");
        }
    }
}

#[test]
fn a_hart_signature_holds_for_its_file_and_the_configured_key_alone() {
    let Some(folder) = fixtures() else { return };
    let folder = folder.join("signature_validation");
    let text = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let record = fs::read(folder.join("test.xml")).expect("the record");
    let key = |name: &str| PublicKey::parse(&text(name)).expect("a key");
    let holds = |signature: &str, key: &PublicKey, record: &[u8]| {
        let signature = Detached::parse(&text(signature)).expect("a signature");
        assert_eq!(signature.file, "test.xml");
        signature.is_over(record)
            && verification::rsa_pkcs1::verify(&key.modulus, &key.exponent, &signature.signed, &signature.signature)
    };
    let right = key("public_key.txt");
    assert!(holds("test.xml.sig.xml", &right, &record));
    assert!(!holds("incorrect_signature.xml.sig.xml", &right, &record), "the signature was altered");
    assert!(
        !holds("test.xml.sig.xml", &key("incorrect_public_key.txt"), &record),
        "another key, though the file holds the right one"
    );
    let mut altered = record.clone();
    let last = altered.len() - 1;
    altered[last] ^= 1;
    assert!(!holds("test.xml.sig.xml", &right, &altered), "the record was altered");
}
