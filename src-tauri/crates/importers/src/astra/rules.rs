//! The exact texts that Astra hashes and attests.

use sha2::{Digest, Sha256};

use crate::json::Json;

/// Behind the election's id in the text of the genesis value.
const GENESIS_TAIL: &str = ". alex estuvo aqu\u{ed}, dej\u{e1}ndose el alma.";
/// Genesis value before 2026-01-03.
pub const LEGACY_GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// SHA-256 of a text, as 64 lower-case hex letters.
pub fn sha256_hex(text: &str) -> String {
    domain::digest::encode_hex(&Sha256::digest(text))
}

/// The value that the chain of an election starts from.
pub fn genesis(election_id: &str) -> String {
    sha256_hex(&format!("election:{election_id}{GENESIS_TAIL}"))
}

/// The value that a chain of version 2 starts from: it covers the digest of the configuration.
pub fn genesis_v2(election_id: &str, manifest_sha256: &str) -> String {
    sha256_hex(&format!("election-v2:{election_id}:{manifest_sha256}{GENESIS_TAIL}"))
}

/// The election, among those with a number up to `most`, whose chain starts from a value.
pub fn election_of_genesis(wanted: &str, most: u32) -> Option<u32> {
    let mut bytes = [0u8; 32];
    domain::digest::decode_lower_hex(wanted.as_bytes(), &mut bytes)?;
    (0..=most).find(|id| Sha256::digest(format!("election:{id}{GENESIS_TAIL}")).as_slice() == bytes)
}

/// The link that follows a previous hash with a ballot.
pub fn link(previous: &str, ballot_hash: &str) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(previous);
    hasher.update(b":");
    hasher.update(ballot_hash);
    hasher.finalize().into()
}

/// What the receipt code of a ballot is computed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotContent<'a> {
    /// Election.
    pub election_id: i64,
    /// Public id of the credential.
    pub credential: &'a str,
    /// Candidates by id, in order of preference.
    pub ranking: &'a [i64],
    /// Weight of the credential.
    pub weight: i64,
    /// Random value of the submission.
    pub nonce: &'a str,
}

/// The receipt code: SHA-256 over compact JSON with sorted members, texts in plain UTF-8.
pub fn ballot_hash(content: &BallotContent<'_>) -> String {
    let ranking: Vec<String> = content.ranking.iter().map(i64::to_string).collect();
    sha256_hex(&format!(
        r#"{{"credential_public_id":{},"election_id":{},"nonce":{},"ranking":[{}],"weight":{}}}"#,
        plain_json_text(content.credential),
        content.election_id,
        plain_json_text(content.nonce),
        ranking.join(","),
        content.weight
    ))
}

/// A JSON text in which only quotes, backslashes and control letters are escaped.
fn plain_json_text(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            letter if u32::from(letter) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

/// Canonical message of an audit event, version 1: what is attested.
pub fn canonical_message(event_type: &str, public_payload: &Json) -> String {
    Json::Object(vec![
        ("event_type".to_owned(), Json::Text(event_type.to_owned())),
        ("payload".to_owned(), public_payload.clone()),
    ])
    .canonical_compact()
}

/// Digest of a configuration manifest (chain version 2).
pub fn manifest_digest(manifest: &Json) -> String {
    sha256_hex(&manifest.canonical_compact())
}

/// What of a stored payload is published.
pub fn public_payload(event_type: &str, stored: &Json) -> Json {
    let Json::Object(members) = stored else {
        return Json::Object(vec![("data".to_owned(), stored.clone())]);
    };
    let only = |wanted: &[&str]| {
        Json::Object(members.iter().filter(|(name, _)| wanted.contains(&name.as_str())).cloned().collect())
    };
    match event_type {
        "election_started" if stored.get("config_manifest").is_some() => only(&[
            "chain_version",
            "config_manifest_version",
            "config_manifest_sha256",
            "chain_anchor_hash",
            "config_manifest",
        ]),
        "election_started" => match only(&["genesis_chain_hash", "candidates"]) {
            Json::Object(members) => Json::Object(
                members
                    .into_iter()
                    .map(|(name, value)| {
                        let value = if name == "candidates" { public_candidates(&value) } else { value };
                        (name, value)
                    })
                    .collect(),
            ),
            other => other,
        },
        "election_closed" => only(&["chain_head", "automation", "scheduled_for", "transitioned_at"]),
        "rekor_attestation_failed" => Json::Object(Vec::new()),
        _ => Json::Object(members.iter().filter(|(name, _)| name != "actor").cloned().collect()),
    }
}

/// Candidates with the three members that are published.
fn public_candidates(candidates: &Json) -> Json {
    let Some(items) = candidates.as_array() else { return candidates.clone() };
    Json::Array(
        items
            .iter()
            .map(|item| match item {
                Json::Object(members) => Json::Object(
                    members
                        .iter()
                        .filter(|(name, _)| ["id", "freeipa_username", "tiebreak_uuid"].contains(&name.as_str()))
                        .cloned()
                        .collect(),
                ),
                other => other.clone(),
            })
            .collect(),
    )
}

/// Events that are attested where attestation is configured.
pub const ATTESTED: &[&str] =
    &["election_started", "election_end_extended", "quorum_reached", "election_closed", "tally_completed"];
