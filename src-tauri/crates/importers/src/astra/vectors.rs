//! The rules against independently computed vectors (`tests/fixtures/astra/vectors.json`).

use serde_json::Value;

use super::rules::{
    BallotContent, ballot_hash, canonical_message, election_of_genesis, genesis, link, public_payload, sha256_hex,
};
use crate::json::Json;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../../tests/fixtures/astra/vectors.json")).expect("JSON")
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().expect("a text")
}

#[test]
fn genesis_values_and_links() {
    let vectors = vectors();
    for case in vectors["genesis"].as_array().expect("a list") {
        assert_eq!(genesis(&case["election_id"].to_string()), text(case, "hash"));
    }
    assert_eq!(election_of_genesis(&genesis("41"), 100), Some(41));
    assert_eq!(election_of_genesis(&genesis("141"), 100), None);
    for case in vectors["chain_next"].as_array().expect("a list") {
        let found = link(text(case, "previous_chain_hash"), text(case, "ballot_hash"));
        assert_eq!(domain::digest::encode_hex(&found), text(case, "chain_hash"));
    }
}

#[test]
fn ballot_hashes() {
    for case in vectors()["ballot_hash"].as_array().expect("a list") {
        let input = &case["input"];
        let ranking: Vec<i64> =
            input["ranking"].as_array().expect("a list").iter().map(|id| id.as_i64().expect("an id")).collect();
        let content = BallotContent {
            election_id: input["election_id"].as_i64().expect("an id"),
            credential: text(input, "credential_public_id"),
            ranking: &ranking,
            weight: input["weight"].as_i64().expect("a weight"),
            nonce: text(input, "nonce"),
        };
        assert_eq!(ballot_hash(&content), text(case, "hash"), "{}", text(case, "preimage_utf8"));
    }
}

#[test]
fn canonical_messages() {
    for case in vectors()["canonical_v1"].as_array().expect("a list") {
        let event = text(case, "event_type");
        let stored = Json::parse(&case["stored_payload"].to_string()).expect("JSON");
        let public = Json::parse(&case["public_payload"].to_string()).expect("JSON");
        assert_eq!(canonical_message(event, &public_payload(event, &stored)), text(case, "canonical_ascii"));
        assert_eq!(sha256_hex(&canonical_message(event, &public)), text(case, "sha256"));
    }
}
