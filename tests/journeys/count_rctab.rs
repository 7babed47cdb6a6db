//! The count by a contest configuration of RCTab against RCTab's own reports: every contest of the shared fixtures, from
//! the cast vote records of each maker to every number of every round.
//!
//! The fixtures are data of third parties and lie beside the project (`shared/fixtures/rctab`), not in it; without them
//! these tests say so and test nothing.

use std::path::{Path, PathBuf};

use domain::RctabRules;
use domain::contest::Contest;
use importers::cvr;
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

fn read(folder: &Path, id: &str) -> (Contest, RctabRules) {
    cvr::read_configured(&configuration(folder, id)).unwrap_or_else(|error| panic!("{id}: {error}"))
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
