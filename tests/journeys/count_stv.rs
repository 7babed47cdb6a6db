//! Transferable votes against reference counts that other programs made: every total of every stage, quotas, the order of
//! election and exclusion. The files are third-party data and lie beside the project, in `../shared/fixtures/stv`; where
//! they are missing these tests say so and pass.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tally::methods::stv;
use testkit::json;

/// The folder of reference counts, where it is there.
fn references() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/fixtures/stv");
    if folder.join("index.json").is_file() {
        return Some(folder);
    }
    eprintln!("Left out: there are no reference counts at {}.", folder.display());
    None
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// Stages of a reference that are a state of the piles: the first count, and each transfer.
fn states(expected: &Value) -> Vec<&Value> {
    list(&expected["stages"]).iter().filter(|stage| stage["tag"] != "end").collect()
}

/// What differs between a count and a reference; nothing where they agree.
fn differences(folder: &Path, contest: &domain::contest::Contest, reference: &Value) -> Vec<String> {
    let rule = reference["rule"].as_str().expect("a rule");
    let expected = json(&folder.join(reference["expected"].as_str().expect("a path")));
    let arithmetic = reference["variant"].as_str().map(str::to_owned);
    let options = stv::Options { arithmetic, ..stv::Options::default() };
    let count = match stv::count(contest, rule, &options) {
        Ok(count) => count,
        Err(error) => return vec![format!("no count: {error}")],
    };
    let mut differences = Vec::new();
    let mut compare = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            differences.push(format!("{what}: ours {ours}, reference {theirs}"));
        }
    };
    let numbers = |places: &[usize]| places.iter().map(|place| place + 1).collect::<Vec<_>>();
    let of = |value: &Value| {
        list(value)
            .iter()
            .map(|it| usize::try_from(it["candidate"].as_u64().unwrap_or(0)).unwrap_or(0))
            .collect::<Vec<_>>()
    };
    compare("elected", format!("{:?}", numbers(&count.elected)), format!("{:?}", of(&expected["elected"])));
    compare("quota", count.quota.clone().unwrap_or_default(), expected["quota"].as_str().unwrap_or("").to_owned());
    let excluded: Vec<usize> = count.rounds.iter().flat_map(|round| numbers(&round.excluded)).collect();
    compare("excluded", format!("{excluded:?}"), format!("{:?}", of(&expected["defeated"])));
    let states = states(&expected);
    let is_meek = rule.starts_with("meek") || rule == "warren";
    let begins = states.first().is_some_and(|stage| stage["tag"] == "begin");
    let mut rounds: Vec<_> = count.rounds.iter().collect();
    let mut pairs = Vec::new();
    if is_meek {
        let end = list(&expected["stages"]).last().expect("an end");
        pairs.extend([(rounds[0], states[0]), (rounds[rounds.len() - 1], end)]);
    } else if rule == "qpq" {
        // Their states are those before each decision as well, behind a first one without votes.
        pairs.extend(rounds.iter().copied().zip(states[1..].iter().copied()));
        compare("states", rounds.len().to_string(), (states.len() - 1).to_string());
    } else {
        if !begins {
            rounds.remove(0);
        }
        compare("states", rounds.len().to_string(), states.len().to_string());
        pairs.extend(rounds.iter().copied().zip(states.iter().copied()));
    }
    for (round, state) in pairs {
        let at = format!("round {} ({})", round.round, state["action"]);
        compare(
            &format!("{at} quota"),
            round.quota.clone().unwrap_or_default(),
            state["quota"].as_str().unwrap_or("").to_owned(),
        );
        for (place, votes) in round.votes.iter().enumerate() {
            let theirs = state["votes"][(place + 1).to_string()].as_str().unwrap_or("missing");
            let is_zero = theirs.trim_matches(['0', '.']).is_empty();
            match votes {
                None if is_zero => {}
                None if rule == "qpq" => {}
                // Who is elected keeps the ballots on their sheet.
                Some(votes) if rule == "qpq" && votes.trim_matches(['0', '.']).is_empty() => {}
                votes => compare(
                    &format!("{at} candidate {}", place + 1),
                    votes.clone().unwrap_or_default(),
                    theirs.to_owned(),
                ),
            }
        }
        if let Some(theirs) = state["nontransferable"].as_str() {
            let lost: Vec<_> = round
                .causes
                .iter()
                .filter(|cause| cause.cause != "rounding")
                .map(|cause| cause.votes.clone())
                .collect();
            let ours = if lost.is_empty() {
                theirs.chars().map(|it| if it.is_ascii_digit() { '0' } else { it }).collect::<String>()
            } else {
                lost.join("+")
            };
            let ours = ours.trim_start_matches('0').to_owned();
            compare(&format!("{at} nontransferable"), ours, theirs.trim_start_matches('0').to_owned());
        }
    }
    differences
}

#[test]
fn every_reference_count_comes_out_stage_by_stage() {
    let Some(folder) = references() else { return };
    let (mut right, mut wrong) = (0, Vec::new());
    for entry in list(&json(&folder.join("index.json"))["contests"]) {
        let path = folder.join(entry["blt"].as_str().expect("a path"));
        let contest = importers::ballot_files::read(&path).unwrap_or_else(|error| panic!("{error}"));
        for reference in list(&entry["references"]) {
            let found = differences(&folder, &contest, reference);
            if found.is_empty() {
                right += 1;
            } else {
                wrong.push(format!("{}\n    {}", reference["expected"], found.join("\n    ")));
            }
        }
    }
    eprintln!("{right} reference counts agree.");
    assert!(wrong.is_empty(), "{} reference counts differ:\n{}", wrong.len(), wrong.join("\n"));
}
