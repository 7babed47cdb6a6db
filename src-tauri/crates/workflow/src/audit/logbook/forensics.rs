//! The forensics report in the origin's field names, recomputed from the rows, with what the origin cuts under `extra`.

use std::collections::BTreeMap;

use domain::report::VoteIntegrity;
use domain::{AuditRecord, Instant, Numbers, VoteRecord};
use importers::json::Json;
use importers::logbook::events;
use importers::logbook::rows::{Election, Token};
use serde_json::{Map, Value, json};
use store::Reader;

use super::facts::Facts;
use super::log::Listing;
use super::pass::Seen;
use super::ties::{self, Addresses};
use crate::Error;

/// Votes per hour, from votes per minute.
pub(crate) fn hours(minutes: &BTreeMap<String, i64>) -> BTreeMap<String, i64> {
    let mut hours = BTreeMap::new();
    for (minute, count) in minutes {
        let hour = if minute == "unknown" { minute.clone() } else { format!("{}:00", &minute[..13]) };
        *hours.entry(hour).or_insert(0) += count;
    }
    hours
}

/// ISO text of a stored time; text that is no time stands as it is.
fn iso(text: &Option<String>) -> Value {
    match text.as_deref() {
        None | Some("") => Value::Null,
        Some(text) => Instant::parse(text).map_or_else(|| text.to_owned(), Instant::to_iso).into(),
    }
}

fn iso_instant(instant: Option<Instant>) -> Value {
    instant.map_or(Value::Null, |instant| instant.to_iso().into())
}

/// JSON as it was kept, for printing.
fn plain(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => (*value).into(),
        Json::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| text.clone().into()),
        Json::Text(text) => text.clone().into(),
        Json::Array(items) => items.iter().map(plain).collect(),
        Json::Object(members) => {
            Value::Object(members.iter().map(|(key, value)| (key.clone(), plain(value))).collect())
        }
    }
}

fn entry_json(entry: &AuditRecord) -> Value {
    let data = entry.event_data.as_deref().and_then(events::data_of);
    json!({
        "id": entry.id.to_string(),
        "timestamp": iso(&entry.timestamp),
        "event_type": entry.event_type,
        "severity": entry.severity,
        "user_id": entry.user_id,
        "ip_address": entry.ip_address,
        "event_data": data.as_ref().map_or(Value::Null, plain),
    })
}

/// What the report is made from.
pub(crate) struct Material<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) election_id: &'a str,
    pub(crate) election: Option<&'a Election>,
    pub(crate) seen: &'a Seen,
    pub(crate) addresses: &'a Addresses,
    pub(crate) tokens: &'a [Token],
    pub(crate) listing: &'a Listing,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) integrity: Option<&'a VoteIntegrity>,
    /// Most rows of tokens and audit entries; the command line asks for all.
    pub(crate) limit: usize,
}

/// Votes of a list, with what is to be told of each. The origin lists them all; a stored conclusion keeps as many as its
/// limit.
fn votes(
    reader: &Reader,
    numbers: &Numbers,
    limit: usize,
    tell: fn(&VoteRecord) -> Value,
) -> Result<Vec<Value>, Error> {
    let mut told = Vec::new();
    let numbers: Vec<i64> = numbers.iter().take(limit).collect();
    for numbers in numbers.chunks(4096) {
        told.extend(reader.votes_by_number(numbers)?.iter().map(tell));
    }
    Ok(told)
}

/// The report.
pub(crate) fn report(material: &Material<'_>) -> Result<Value, Error> {
    let election = material.election;
    let (reader, seen) = (material.reader, material.seen);
    let deleted = votes(reader, &seen.deleted, material.limit, |vote| {
        json!({
            "vote_id": vote.id,
            "candidate_id": vote.candidate_id,
            "position": vote.position,
            "deleted_at": iso(&vote.deleted_at),
            "deleted_by": vote.deleted_by,
            "deletion_reason": vote.deletion_reason,
        })
    })?;
    let tokens: Vec<Value> = material
        .tokens
        .iter()
        .take(material.limit)
        .map(|token| {
            json!({
                "token_id": token.id,
                "used": token.is_used,
                "used_at": iso_instant(token.used_at),
                "first_accessed_at": iso_instant(token.first_accessed_at),
                "access_count": token.access_count,
                "positions_voted": token.positions_voted,
                "created_at": iso_instant(token.created_at),
                "expires_at": iso_instant(token.expires_at),
            })
        })
        .collect();
    let texts = ties::address_texts(reader, &material.addresses.votes)?;
    let counts = material.addresses.votes.iter().map(|address| i64::try_from(address.count).unwrap_or(i64::MAX));
    let mut addresses: BTreeMap<String, i64> = texts.into_iter().zip(counts).collect();
    let suspicious: Map<String, Value> = addresses
        .iter()
        .filter(|(_, count)| usize::try_from(**count).is_ok_and(|count| count > ties::ORIGIN_SUSPICIOUS))
        .map(|(address, count)| (address.clone(), (*count).into()))
        .collect();
    if seen.without_address > 0 {
        addresses.insert("unknown".to_owned(), seen.without_address);
    }
    let proxies = votes(reader, &seen.proxies, material.limit, |vote| {
        json!({
            "vote_id": vote.id,
            "position": vote.position,
            "proxy_voter_id": vote.proxy_voter_id,
            "delegating_user_id": vote.proxy_delegating_user_id,
            "authorization_id": vote.proxy_authorization_id,
            "voted_at": iso(&vote.voted_at),
        })
    })?;
    let listed = &material.listing.newest;
    let is_purged = election.is_some_and(|election| election.is_anonymous && election.status == "closed");
    Ok(json!({
        "election_id": material.election_id,
        "election_title": election.map(|election| &election.title),
        "election_status": election.map(|election| &election.status),
        "voting_method": election.map(|election| &election.voting_method),
        "anonymous_voting": election.map(|election| election.is_anonymous),
        "created_at": iso_instant(election.and_then(|election| election.created_at)),
        "vote_integrity": material.integrity,
        "deleted_votes": {"count": seen.deleted.len(), "records": deleted},
        "rollback_history": election.map(|election| election.rollback_history.iter().map(plain).collect::<Vec<_>>()).unwrap_or_default(),
        "voting_tokens": {
            "total_issued": material.tokens.len(),
            "total_used": material.tokens.iter().filter(|token| token.is_used).count(),
            "records": tokens,
        },
        "audit_log": {"total_entries": listed.len(), "entries": listed.iter().map(entry_json).collect::<Vec<_>>()},
        "anomaly_detection": {
            "suspicious_ips": suspicious,
            "unique_ip_count": material.addresses.known,
            "ip_metadata_purged": is_purged,
        },
        "proxy_voting": {
            "authorizations": election.map(|election| election.proxy_authorizations.iter().map(plain).collect::<Vec<_>>()).unwrap_or_default(),
            "total_proxy_votes": seen.proxies.len(),
            "proxy_votes": proxies,
        },
        "voting_timeline": hours(&seen.minutes),
        "extra": extra(material, &addresses),
    }))
}

fn extra(material: &Material<'_>, addresses: &BTreeMap<String, i64>) -> Value {
    let listing = material.listing;
    let milestones: Vec<Value> = material
        .facts
        .milestones
        .iter()
        .map(|(at, kind, text)| json!({"at": at.to_iso(), "kind": kind, "text": text}))
        .collect();
    json!({
        "votes_by_address": addresses,
        "votes_by_minute": material.seen.minutes,
        "audit_entries_total": listing.total,
        "audit_entries": listing.oldest.iter().map(entry_json).collect::<Vec<_>>(),
        "actors": listing.actors(),
        "events": milestones,
    })
}
