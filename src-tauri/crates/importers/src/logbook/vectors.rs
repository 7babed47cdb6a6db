//! Single values of every hash and signature, computed by the origin itself, against our texts.

use domain::{AuditRecord, AuditSource, FileId, Place, SigningKey, VoteRecord};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::rules::{self, AuditVersion, SignatureScheme};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../../../../tests/fixtures/logbook/vectors.json")).expect("vectors")
}

fn keyed(key: &str, text: &str) -> String {
    let key = SigningKey::new(key.as_bytes(), "vectors");
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).expect("any length");
    mac.update(text.as_bytes());
    domain::digest::encode_hex(&mac.finalize().into_bytes())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn vote(value: &Value) -> VoteRecord {
    let mut vote = VoteRecord {
        id: text(&value["id"]).expect("an id"),
        election_id: text(&value["election_id"]).expect("an id"),
        candidate_id: text(&value["candidate_id"]).expect("an id"),
        ..VoteRecord::default()
    };
    for name in [
        "voter_id",
        "voter_hash",
        "position",
        "vote_rank",
        "is_proxy_vote",
        "proxy_delegating_user_id",
        "is_manual",
        "voted_at",
    ] {
        *vote.column_mut(name).expect("a column") = text(&value[name]);
    }
    vote
}

#[test]
fn current_signatures() {
    let vectors = vectors();
    let key = vectors["vote_signing_key"].as_str().expect("a key");
    for case in vectors["vote_signature_current"].as_array().expect("cases") {
        let ours = rules::signed_text(&vote(&case["vote"]).view());
        assert_eq!(ours, case["canonical"].as_str().expect("a text"), "{}", case["case"]);
        assert_eq!(keyed(key, &ours), case["signature"].as_str().expect("a signature"), "{}", case["case"]);
    }
}

#[test]
fn signatures_of_older_releases_with_a_real_id() {
    let vectors = vectors();
    let key = vectors["vote_signing_key"].as_str().expect("a key");
    for case in vectors["vote_signature_older_releases"].as_array().expect("cases") {
        // The July release wrote the flag raw at first and as a word hours later; we write the word.
        let vote = vote(&case["vote"]);
        let mut ours = String::new();
        rules::write_signed_text(&vote.view(), SignatureScheme::V3, &mut ours);
        assert_eq!(keyed(key, &ours), case["2026-07-29b"].as_str().expect("a signature"), "{}", case["case"]);
    }
}

#[test]
fn hashes_of_voters_second_votes_chains_and_checkpoints() {
    let vectors = vectors();
    for case in vectors["voter_hash"].as_array().expect("cases") {
        let ours =
            rules::voter_hash_text(case["user_id"].as_str().expect("id"), case["election_id"].as_str().expect("id"));
        assert_eq!(keyed(case["salt"].as_str().expect("salt"), &ours), case["voter_hash"]);
    }
    for case in vectors["dedup_hash"].as_array().expect("cases") {
        let discriminator = case["discriminator"].as_str().filter(|text| !text.is_empty());
        let ours = rules::dedup_text(
            case["election_id"].as_str().expect("id"),
            case["voter"].as_str().expect("voter"),
            case["position"].as_str(),
            discriminator,
        );
        assert_eq!(rules::sha256_hex(&ours), case["vote_dedup_hash"]);
    }
    for case in vectors["vote_chain"].as_array().expect("cases") {
        let previous = case["previous"].as_str().unwrap_or(rules::VOTE_GENESIS);
        assert_eq!(rules::vote_link(previous, case["vote_signature"].as_str().expect("text")), case["chain_hash"]);
    }
    let checkpoint = &vectors["checkpoint"];
    let hashes: String =
        checkpoint["current_hashes"].as_array().expect("hashes").iter().filter_map(Value::as_str).collect();
    assert_eq!(rules::sha256_hex(&hashes), checkpoint["merkle_root"]);
    let text = rules::checkpoint_text("11", "13", "3", checkpoint["merkle_root"].as_str().expect("root"));
    assert_eq!(rules::sha256_hex(&text), checkpoint["checkpoint_hash"]);
    let text = rules::attestation_text(11, 13, checkpoint["last_log_hash"].as_str().expect("hash"));
    assert_eq!(
        keyed(vectors["audit_log_signing_key"].as_str().expect("key"), &text),
        checkpoint["archive_attestation"]
    );
}

#[test]
fn audit_entries_in_all_versions() {
    // Numbers must come through as written, so the data are cut out of the text, not out of a parsed value.
    let file = include_str!("../../../../../tests/fixtures/logbook/vectors.json");
    let raw = crate::json::Json::parse(file).expect("json");
    let vectors = vectors();
    let key = vectors["audit_log_signing_key"].as_str().expect("a key");
    let raw_cases = raw.get("audit_hash").and_then(crate::json::Json::as_array).expect("cases");
    for (case, raw) in vectors["audit_hash"].as_array().expect("cases").iter().zip(raw_cases) {
        let fields = &case["fields"];
        let data = raw.get("fields").and_then(|fields| fields.get("event_data")).expect("data").canonical();
        let entry = AuditRecord {
            place: Place { file: FileId(1), row: 1 },
            source: AuditSource::Table,
            id: 1,
            timestamp: text(&fields["timestamp"]),
            timestamp_nanos: text(&fields["timestamp_nanos"]),
            event_type: text(&fields["event_type"]).expect("a type"),
            event_category: None,
            severity: None,
            user_id: text(&fields["user_id"]),
            username: None,
            session_id: None,
            organization_id: text(&fields["organization_id"]),
            ip_address: text(&fields["ip_address"]),
            user_agent: None,
            event_data: (data != "null").then_some(data),
            previous_hash: text(&case["previous_hash"]),
            current_hash: None,
            hash_version: None,
        };
        let of = |version| rules::audit_text(&entry, version).expect("json");
        assert_eq!(rules::sha256_hex(&of(AuditVersion::V1)), case["v1"], "{}", case["case"]);
        assert_eq!(keyed(key, &of(AuditVersion::V2)), case["v2"], "{}", case["case"]);
        assert_eq!(keyed(key, &of(AuditVersion::V3)), case["v3"], "{}", case["case"]);
    }
    for case in vectors["audit_timestamp_normalization"].as_array().expect("cases") {
        assert_eq!(rules::audit_time(case["input"].as_str()), case["output"].as_str().expect("text"));
    }
}
