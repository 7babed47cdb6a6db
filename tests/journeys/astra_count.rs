//! The recount of Astra elections against what Astra itself answered, digit for digit.
//!
//! `fixtures/astra/tally` holds one election a file with Astra's result or exception; `fixtures/astra/clean` an election
//! that was stored, with the ballots in the order its database gave them and in the order of the public export.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tally::decimal::Decimal;
use tally::methods::astra::{
    self, Ballot, CountError, Election, Order, Outcome, RowOrder, first_difference, order_dependence,
};
use testkit::json;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/astra").join(name)
}

/// All files of `tally/` by name.
fn cases() -> BTreeMap<String, Value> {
    let entries = std::fs::read_dir(folder("tally")).expect("the folder");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let cases: BTreeMap<_, _> = paths
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().expect("a name").to_string_lossy().into_owned(), json(&path)))
        .collect();
    assert!(cases.len() >= 36, "only {} files", cases.len());
    cases
}

fn count(input: &Value, order: Order) -> Result<Outcome, CountError> {
    astra::count(&Election::from_json(input)?, order)
}

/// A result without the two texts that Astra writes about each round.
fn without_prose(mut result: Value) -> Value {
    for round in result["rounds"].as_array_mut().expect("rounds") {
        let round = round.as_object_mut().expect("a round");
        assert!(round.remove("audit_text").is_some() && round.remove("summary_text").is_some());
    }
    result
}

/// Equal, or a panic that tells the first difference rather than two pages of JSON.
fn assert_same(name: &str, published: &Value, outcome: &Outcome) {
    let recounted = if published.get("algorithm").is_some() { outcome.to_stored_json() } else { outcome.to_json() };
    let difference = first_difference(published, &recounted, RowOrder::Origins, &outcome.names);
    assert_eq!(difference, None, "{name}");
    assert!(without_prose(published.clone()) == recounted, "{name}: a difference that was not told");
}

#[test]
fn every_election_of_the_fixtures_comes_out_digit_for_digit() {
    for (name, case) in cases() {
        let counted = count(&case["input"], Order::AsGiven);
        match (&case["expected"]["error"], counted) {
            (Value::Null, Ok(outcome)) => assert_same(&name, &case["expected"]["result"], &outcome),
            (expected, Err(error)) => {
                assert_eq!(json!({ "type": error.kind, "message": error.message }), *expected, "{name}");
            }
            (expected, Ok(_)) => panic!("{name}: counted, though Astra answers {expected}"),
        }
    }
}

#[test]
fn the_stored_result_comes_out_of_the_ballots_in_the_order_of_its_database() {
    let outcome = count(&json(&folder("clean/tally-input.json")), Order::AsGiven).expect("a count");
    assert_same("clean", &json(&folder("clean/tally_result.json")), &outcome);
    assert_eq!(outcome.elected, [4103, 4108, 4104]);
}

/// The clean election from what is public: final rows of the export, in its order.
fn from_the_export() -> Election {
    let config = json(&folder("clean/election-config.json"));
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let ids: BTreeMap<String, Value> = list(&config["candidates"])
        .iter()
        .map(|candidate| (candidate["freeipa_username"].as_str().expect("a name").to_owned(), candidate["id"].clone()))
        .collect();
    let ballots = list(&json(&folder("clean/public-ballots.json"))["ballots"]);
    let ballots: Vec<Value> = ballots
        .iter()
        .filter(|ballot| ballot["superseded_by"].is_null())
        .map(|ballot| {
            let ranking = list(&ballot["ranking"]);
            let ranking: Vec<&Value> = ranking.iter().map(|name| &ids[name.as_str().expect("a name")]).collect();
            json!({ "weight": ballot["weight"], "ranking": ranking })
        })
        .collect();
    let candidates: Vec<Value> = list(&config["candidates"])
        .iter()
        .map(|it| json!({ "id": it["id"], "name": it["freeipa_username"], "tiebreak_uuid": it["tiebreak_uuid"] }))
        .collect();
    Election::from_json(&json!({
        "seats": config["number_of_seats"],
        "candidates": candidates,
        "exclusion_groups": config["exclusion_groups"],
        "ballots": ballots,
    }))
    .expect("an election")
}

/// What `expected.json` calls `rounds_digest20`: SHA-256 of compact JSON with sorted keys, for each round the elected, the
/// eliminated and the totals to twenty places; what is zero to twenty places is written `0E-20`.
fn rounds_digest20(outcome: &Outcome) -> String {
    let rounds: Vec<String> = outcome
        .rounds
        .iter()
        .map(|round| {
            let short = |votes: &Decimal| votes.to_places(20).parse::<Decimal>().expect("a number");
            let totals: BTreeMap<String, Decimal> =
                round.retained_totals.iter().map(|(id, votes)| (id.to_string(), short(votes))).collect();
            let totals: Vec<String> = totals.iter().map(|(id, votes)| format!("\"{id}\":\"{votes}\"")).collect();
            format!("[{},{},{{{}}}]", json!(round.elected), json!(round.eliminated), totals.join(","))
        })
        .collect();
    let digest = Sha256::digest(format!("[{}]", rounds.join(",")));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_public_export_gives_the_same_result_up_to_the_last_digits() {
    let published = json(&folder("clean/tally_result.json"));
    let election = from_the_export();
    assert_eq!(election.ballots.len(), 60, "final ballots");
    for order in [Order::AsGiven, Order::Merged] {
        let outcome = astra::count(&election, order).expect("a count");
        assert_eq!((outcome.quota, outcome.rounds.len(), &outcome.elected[..]), (27, 68, &[4103, 4108, 4104][..]));
        assert_eq!(
            rounds_digest20(&outcome),
            "ac30705de63de14baa30ef09a91b89aa95a98f04561ecaaa5bd9714c07139ad5",
            "retally_from_public_ballots of expected.json, {order:?}"
        );
        let recounted = outcome.to_stored_json();
        assert_eq!(first_difference(&published, &recounted, RowOrder::Unknown, &outcome.names), None, "{order:?}");
        let told =
            first_difference(&published, &recounted, RowOrder::Origins, &outcome.names).expect("low digits differ");
        assert!(told.starts_with("In round "), "{told}");
    }
}

#[test]
fn merged_ballots_give_every_election_up_to_the_last_digits() {
    for (name, case) in cases() {
        // In this pair the last digits decide who is elected.
        if name.starts_with("order-winner") {
            continue;
        }
        match count(&case["input"], Order::Merged) {
            Ok(outcome) => {
                let published = &case["expected"]["result"];
                let difference = first_difference(published, &outcome.to_json(), RowOrder::Unknown, &outcome.names);
                assert_eq!(difference, None, "{name}");
            }
            Err(error) => assert_eq!(case["expected"]["error"]["message"], error.message, "{name}"),
        }
    }
}

#[test]
fn ballots_in_another_order_differ_in_low_digits_only() {
    let [a, b] = ["order-a.json", "order-b.json"].map(|name| json(&folder("tally").join(name)));
    let (theirs, ours) = (&a["expected"]["result"], &b["expected"]["result"]);
    let names = BTreeMap::new();
    assert!(first_difference(theirs, ours, RowOrder::Origins, &names).is_some());
    assert_eq!(first_difference(theirs, ours, RowOrder::Unknown, &names), None);
}

#[test]
fn a_winner_who_depends_on_the_row_order_is_found_from_either_order() {
    for (name, winners, others) in
        [("order-winner-a.json", [301, 302], [301, 303]), ("order-winner-b.json", [301, 303], [301, 302])]
    {
        let election = Election::from_json(&json(&folder("tally").join(name))["input"]).expect("an election");
        let given = astra::count(&election, Order::AsGiven).expect("a count");
        let level: Vec<_> = given.hidden_ties().into_iter().map(|tie| (tie.round, tie.candidates)).collect();
        assert_eq!(level, [(3, vec![302, 303])], "{name}");
        for seed in [1, 7, 2026] {
            let found = order_dependence(&election, 4, seed).expect("counts").expect("the order decides");
            assert!(found.winners_differ, "{name}: {found:?}");
            assert_eq!(found.winners_as_given, winners, "{name}");
            assert_eq!(found.winners_otherwise, others, "{name}");
            assert!(found.sentence.contains("cand303"), "{}", found.sentence);
        }
    }
    let clean = Election::from_json(&json(&folder("clean/tally-input.json"))).expect("an election");
    assert!(order_dependence(&clean, 8, 1).expect("counts").is_none(), "the clean election does not depend on it");
}

#[test]
fn every_round_of_every_election_is_told() {
    for (name, case) in cases() {
        let Ok(outcome) = count(&case["input"], Order::AsGiven) else {
            continue;
        };
        let told = outcome.sentences();
        assert_eq!(told.len(), outcome.rounds.len(), "{name}");
        for (round, sentence) in outcome.rounds.iter().zip(&told) {
            assert!(sentence.starts_with(&format!("Round {}: ", round.iteration)), "{name}: {sentence}");
            assert!(sentence.ends_with('.') && !sentence.contains("  "), "{name}: {sentence}");
            for id in round.elected.iter().chain(&round.eliminated) {
                assert!(sentence.contains(&outcome.name(*id)), "{name}: {sentence}");
            }
        }
    }
}

/// One seat, first preferences only, worked out by hand: the ballots as values instead of JSON.
#[test]
fn an_election_can_be_put_together_by_hand() {
    let mut election = from_the_export();
    election.seats = 1;
    election.exclusion_groups.clear();
    election.ballots = vec![Ballot { weight: 3, ranking: vec![4101] }, Ballot { weight: 2, ranking: vec![4102] }];
    let outcome = astra::count(&election, Order::AsGiven).expect("a count");
    assert_eq!((outcome.quota, outcome.elected), (3, vec![4101]));
}
