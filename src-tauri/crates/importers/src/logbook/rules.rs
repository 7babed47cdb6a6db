//! The exact texts that The Logbook signs and hashes, in every version it ever used.

use std::fmt::Write as _;

use domain::time::WallClock;
use domain::vote::flag;
use domain::{AuditRecord, Instant, VoteView};
use sha2::{Digest, Sha256};

use crate::json::Json;

/// First link of a vote chain and of the audit chain.
pub const VOTE_GENESIS: &str = "GENESIS";
/// Previous hash of the very first audit entry.
pub const AUDIT_GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Key that releases of February 2026 fell back to. Whoever reads their source knows it.
pub const PUBLISHED_DEFAULT_KEY: &str = "default-signing-key";
/// First release that signed votes (v1): nothing before can carry a signature of it.
pub const V1_SINCE: &str = "2026-02-11 00:00:00";
/// First release of v2, less a day for time zones.
pub const V2_SINCE: &str = "2026-03-04 00:00:00";
/// Votes from this instant on carry whole seconds and need no search (2026-07-29).
pub const CURRENT_SCHEME_SINCE: &str = "2026-07-29 00:00:00";

/// How a vote was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SignatureScheme {
    /// Six fields, time with microseconds that were not stored (2026-02-12 to 03-04).
    V1,
    /// Nine fields, time with microseconds and offset (2026-03-05 to 07-28).
    V2,
    /// Nine fields, whole seconds (2026-07-29, for hours).
    V3,
    /// Ten fields (since).
    V4,
}

impl SignatureScheme {
    /// Name in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V3 => "v3",
            Self::V4 => "v4",
        }
    }
}

/// The signed text of a vote under the current scheme, with fields as stored.
pub fn signed_text(vote: &VoteView<'_>) -> String {
    let mut text = String::with_capacity(256);
    write_signed_text(vote, SignatureScheme::V4, &mut text);
    text
}

/// Writes the signed text of a vote into `out`, which is cleared first. V1 and V2 are written as they would be signed with
/// the real id and whole seconds; [`DriftSearch`] covers what was really signed.
pub fn write_signed_text(vote: &VoteView<'_>, scheme: SignatureScheme, out: &mut String) {
    out.clear();
    let mut field = |text: &str| {
        out.push_str(text);
        out.push(':');
    };
    field(vote.id);
    field(vote.election_id);
    field(vote.candidate_id);
    field(vote.identity().unwrap_or("None"));
    field(vote.position.unwrap_or("None"));
    if scheme != SignatureScheme::V1 {
        field(vote.vote_rank.unwrap_or("None"));
        field(flag_text(vote.is_proxy_vote));
        field(vote.proxy_delegating_user_id.unwrap_or("None"));
    }
    write_signed_time(vote.voted_at, out);
    if scheme == SignatureScheme::V4 {
        out.push(':');
        out.push_str(flag_text(vote.is_manual));
    }
}

/// `True` or `False`; text that is no flag stands as it is, so that it cannot pass for one.
fn flag_text(value: Option<&str>) -> &str {
    match flag(value) {
        Some(true) => "True",
        Some(false) => "False",
        None => value.unwrap_or("None"),
    }
}

/// Wall clock digits without fraction and offset. A text that is no time stands as it is.
fn write_signed_time(value: Option<&str>, out: &mut String) {
    let Some(text) = value else { return out.push_str("None") };
    match WallClock::parse(text) {
        // The digits stand in the text already; only a year below 1000 is written shorter.
        Some(clock) if clock.year >= 1000 => {
            out.push_str(&text[..10]);
            out.push('T');
            out.push_str(&text[11..19]);
        }
        Some(clock) => {
            let _ = write!(
                out,
                "{}-{:02}-{:02}T{:02}:{:02}:{:02}",
                clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second
            );
        }
        None => out.push_str(text),
    }
}

/// One family of candidate texts of the older schemes: everything but the microseconds is fixed.
#[derive(Clone, Debug)]
pub struct DriftSearch {
    /// Scheme.
    pub scheme: SignatureScheme,
    /// Text before the fraction, up to and including the seconds.
    pub prefix: String,
    /// Text behind the fraction.
    pub suffix: String,
    /// Microseconds to try, from and to (exclusive). Zero means: no fraction is written.
    pub micros: std::ops::Range<u32>,
}

/// All texts that an older release may have signed for a vote, in order of likelihood.
pub fn drift_searches(vote: &VoteView<'_>) -> Vec<DriftSearch> {
    let Some(clock) = vote.voted_at.and_then(WallClock::parse) else { return Vec::new() };
    let identity = vote.identity().unwrap_or("None");
    let position = vote.position.unwrap_or("None");
    let stored = clock.instant();
    // MariaDB cuts the fraction; MySQL rounds half up, so the signed second may be the one before.
    let second_before = Instant::from_seconds(stored.seconds() - 1).to_utc().date_and_time('T');
    let same_second = stored.to_utc().date_and_time('T');
    let proxy_text = match flag(vote.is_proxy_vote) {
        Some(true) => "True",
        _ => "None",
    };
    let mut searches = Vec::new();
    for id in ["None", vote.id] {
        let head = format!("{id}:{}:{}:{identity}:{position}:", vote.election_id, vote.candidate_id);
        let middle = format!(
            "{}:{proxy_text}:{}:",
            vote.vote_rank.unwrap_or("None"),
            vote.proxy_delegating_user_id.unwrap_or("None")
        );
        // The really signed id was `None`; with the real id only whole seconds were ever signed.
        let ranges = if id == "None" {
            vec![(&same_second, 0..1_000_000), (&second_before, 500_000..1_000_000)]
        } else {
            vec![(&same_second, 0..1)]
        };
        for (second, micros) in ranges {
            searches.push(DriftSearch {
                scheme: SignatureScheme::V1,
                prefix: format!("{head}{second}"),
                suffix: String::new(),
                micros: micros.clone(),
            });
            searches.push(DriftSearch {
                scheme: SignatureScheme::V2,
                prefix: format!("{head}{middle}{second}"),
                suffix: "+00:00".to_owned(),
                micros,
            });
        }
    }
    searches
}

/// `voter_hash`: the keyed hash of a member, with the salt's text as key.
pub fn voter_hash_text(user_id: &str, election_id: &str) -> String {
    format!("{user_id}:{election_id}")
}

/// The text behind `vote_dedup_hash` for a voter's identity.
pub fn dedup_text(election_id: &str, voter: &str, position: Option<&str>, discriminator: Option<&str>) -> String {
    let position = position.filter(|text| !text.is_empty()).unwrap_or("__NO_POS__");
    match discriminator {
        None => format!("{election_id}:{voter}:{position}"),
        Some(discriminator) => format!("{election_id}:{voter}:{position}:{discriminator}"),
    }
}

/// The next link of a vote chain.
pub fn vote_link(previous: &str, signature: &str) -> String {
    domain::digest::encode_hex(&vote_link_digest(previous, signature))
}

/// [`vote_link`] as bytes.
pub fn vote_link_digest(previous: &str, signature: &str) -> [u8; 32] {
    Sha256::new().chain_update(previous).chain_update(":").chain_update(signature).finalize().into()
}

/// SHA-256 of a text, hex.
pub fn sha256_hex(text: &str) -> String {
    domain::digest::encode_hex(&Sha256::digest(text))
}

/// Hash rule of an audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AuditVersion {
    /// SHA-256 without key.
    V1,
    /// HMAC, organization not covered.
    V2,
    /// HMAC, organization covered.
    V3,
}

/// The version that an entry names; NULL means 1. Numbers that no release wrote are taken as the newest rule.
pub fn audit_version(entry: &AuditRecord) -> AuditVersion {
    match entry.hash_version {
        None | Some(i64::MIN..=1) => AuditVersion::V1,
        Some(2) => AuditVersion::V2,
        Some(_) => AuditVersion::V3,
    }
}

/// The hashed text of an audit entry; `None` where `event_data` is no JSON.
pub fn audit_text(entry: &AuditRecord, version: AuditVersion) -> Option<String> {
    let data = entry.event_data.as_deref().map(Json::parse);
    audit_text_of(entry, version, data.as_ref().map(Option::as_ref))
}

/// [`audit_text`] with `event_data` parsed already: `None` for NULL, `Some(None)` for a text that is no JSON.
pub fn audit_text_of(entry: &AuditRecord, version: AuditVersion, data: Option<Option<&Json>>) -> Option<String> {
    let data = match data {
        None => "null".to_owned(),
        Some(data) => data?.canonical(),
    };
    Some(audit_text_with(entry, version, &data))
}

/// The form of February to April 2026, with the Python literal of the data.
pub fn legacy_audit_text(entry: &AuditRecord) -> Option<String> {
    let data = match &entry.event_data {
        None => "None".to_owned(),
        Some(text) => Json::parse(text)?.python_literal(),
    };
    Some(audit_text_with(entry, AuditVersion::V1, &data))
}

fn audit_text_with(entry: &AuditRecord, version: AuditVersion, data: &str) -> String {
    let none_or = |value: &Option<String>| value.clone().unwrap_or_else(|| "None".to_owned());
    let organization = match version {
        AuditVersion::V3 => format!("{}|", none_or(&entry.organization_id)),
        AuditVersion::V1 | AuditVersion::V2 => String::new(),
    };
    format!(
        "{}|{}|{}|{}|{organization}{}|{data}|{}",
        audit_time(entry.timestamp.as_deref()),
        none_or(&entry.timestamp_nanos),
        entry.event_type,
        none_or(&entry.user_id),
        none_or(&entry.ip_address),
        none_or(&entry.previous_hash),
    )
}

/// Time of an audit entry as hashed: UTC, six zeros as fraction. Text that is no time stands as it is.
pub fn audit_time(text: Option<&str>) -> String {
    match text {
        None => "None".to_owned(),
        Some(text) => match WallClock::parse(text) {
            Some(clock) => {
                let utc = clock.instant().to_utc();
                format!("{}.000000+00:00", utc.date_and_time('T'))
            }
            None => text.to_owned(),
        },
    }
}

/// The attested text of an archive boundary.
pub fn attestation_text(first: i64, last: i64, last_hash: &str) -> String {
    format!("audit-archive|{first}|{last}|{last_hash}")
}

/// The hashed text of a checkpoint.
pub fn checkpoint_text(first: &str, last: &str, count: &str, root: &str) -> String {
    format!("{first}|{last}|{count}|{root}")
}
