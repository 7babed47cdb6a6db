//! The forensics report in the origin's field names, recomputed from the rows, with what the origin cuts under `extra`.

use std::collections::{BTreeMap, BTreeSet};

use domain::report::VoteIntegrity;
use domain::vote::{flag, non_empty};
use domain::{Instant, VoteRecord};
use importers::json::Json;
use importers::logbook::events;
use importers::logbook::rows::{Election, Token};
use serde_json::{Map, Value, json};

use super::facts::Facts;
use super::log::{Entry, Log};

/// Entries that the origin lists.
const ORIGIN_ENTRIES: usize = 200;
/// Votes from one address above which the origin calls it suspicious.
const ORIGIN_SUSPICIOUS: i64 = 5;

/// Votes not excluded per piece of their time text: 13 characters are hours, 16 minutes.
pub(crate) fn timeline(votes: &[VoteRecord], characters: usize, suffix: &str) -> BTreeMap<String, i64> {
    let mut buckets = BTreeMap::new();
    for vote in votes.iter().filter(|vote| !vote.is_deleted()) {
        let key = vote.voted_at.as_deref().and_then(domain::time::WallClock::parse).map_or_else(
            || "unknown".to_owned(),
            |clock| format!("{}{suffix}", &clock.date_and_time(' ')[..characters]),
        );
        *buckets.entry(key).or_insert(0) += 1;
    }
    buckets
}

/// Votes not excluded per address; votes without one stand under `unknown`.
pub(crate) fn addresses(votes: &[VoteRecord]) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for vote in votes.iter().filter(|vote| !vote.is_deleted()) {
        *counts.entry(non_empty(&vote.ip_address).unwrap_or("unknown").to_owned()).or_insert(0) += 1;
    }
    counts
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

fn entry_json(entry: &Entry) -> Value {
    let data = entry.record.event_data.as_deref().and_then(events::data_of);
    json!({
        "id": entry.record.id.to_string(),
        "timestamp": iso(&entry.record.timestamp),
        "event_type": entry.record.event_type,
        "severity": entry.record.severity,
        "user_id": entry.record.user_id,
        "ip_address": entry.record.ip_address,
        "event_data": data.as_ref().map_or(Value::Null, plain),
    })
}

/// What the report is made from.
pub(crate) struct Material<'a> {
    pub(crate) election_id: &'a str,
    pub(crate) election: Option<&'a Election>,
    pub(crate) votes: &'a [VoteRecord],
    pub(crate) tokens: &'a [Token],
    pub(crate) log: &'a Log,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) integrity: Option<&'a VoteIntegrity>,
    /// Most rows of tokens and audit entries; the command line asks for all.
    pub(crate) limit: usize,
}

/// The report.
pub(crate) fn report(material: &Material<'_>) -> Value {
    let election = material.election;
    let active = material.votes.iter().filter(|vote| !vote.is_deleted());
    let deleted: Vec<Value> = material
        .votes
        .iter()
        .filter(|vote| vote.is_deleted())
        .map(|vote| {
            json!({
                "vote_id": vote.id,
                "candidate_id": vote.candidate_id,
                "position": vote.position,
                "deleted_at": iso(&vote.deleted_at),
                "deleted_by": vote.deleted_by,
                "deletion_reason": vote.deletion_reason,
            })
        })
        .collect();
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
    let mut listed: Vec<&Entry> = material
        .log
        .of(material.election_id)
        .filter(|entry| entry.record.event_category.as_deref().is_none_or(|category| category == events::CATEGORY))
        .collect();
    // Newest first; entries of one second stand as they were written.
    listed.sort_by_key(|entry| (std::cmp::Reverse(entry.at), entry.record.id));
    listed.truncate(ORIGIN_ENTRIES);
    let addresses = addresses(material.votes);
    let suspicious: Map<String, Value> = addresses
        .iter()
        .filter(|(address, count)| *address != "unknown" && **count > ORIGIN_SUSPICIOUS)
        .map(|(address, count)| (address.clone(), (*count).into()))
        .collect();
    let proxies: Vec<Value> = active
        .filter(|vote| flag(vote.is_proxy_vote.as_deref()).unwrap_or(true))
        .map(|vote| {
            json!({
                "vote_id": vote.id,
                "position": vote.position,
                "proxy_voter_id": vote.proxy_voter_id,
                "delegating_user_id": vote.proxy_delegating_user_id,
                "authorization_id": vote.proxy_authorization_id,
                "voted_at": iso(&vote.voted_at),
            })
        })
        .collect();
    let is_purged = election.is_some_and(|election| election.is_anonymous && election.status == "closed");
    json!({
        "election_id": material.election_id,
        "election_title": election.map(|election| &election.title),
        "election_status": election.map(|election| &election.status),
        "voting_method": election.map(|election| &election.voting_method),
        "anonymous_voting": election.map(|election| election.is_anonymous),
        "created_at": iso_instant(election.and_then(|election| election.created_at)),
        "vote_integrity": material.integrity,
        "deleted_votes": {"count": deleted.len(), "records": deleted},
        "rollback_history": election.map(|election| election.rollback_history.iter().map(plain).collect::<Vec<_>>()).unwrap_or_default(),
        "voting_tokens": {
            "total_issued": material.tokens.len(),
            "total_used": material.tokens.iter().filter(|token| token.is_used).count(),
            "records": tokens,
        },
        "audit_log": {"total_entries": listed.len(), "entries": listed.iter().map(|entry| entry_json(entry)).collect::<Vec<_>>()},
        "anomaly_detection": {
            "suspicious_ips": suspicious,
            "unique_ip_count": addresses.keys().filter(|address| *address != "unknown").count(),
            "ip_metadata_purged": is_purged,
        },
        "proxy_voting": {
            "authorizations": election.map(|election| election.proxy_authorizations.iter().map(plain).collect::<Vec<_>>()).unwrap_or_default(),
            "total_proxy_votes": proxies.len(),
            "proxy_votes": proxies,
        },
        "voting_timeline": timeline(material.votes, 13, ":00"),
        "extra": extra(material, &addresses),
    })
}

fn extra(material: &Material<'_>, addresses: &BTreeMap<String, i64>) -> Value {
    let mut all: Vec<&Entry> = material
        .log
        .entries
        .iter()
        .filter(|entry| {
            entry.election_id.as_deref() == Some(material.election_id)
                || entry.record.event_data.as_deref().is_some_and(|data| data.contains(material.election_id))
        })
        .collect();
    all.sort_by_key(|entry| (entry.at, entry.record.id));
    let total = all.len();
    let actors: BTreeSet<&str> = all.iter().filter_map(|entry| entry.record.user_id.as_deref()).collect();
    let milestones: Vec<Value> = material
        .facts
        .milestones
        .iter()
        .map(|(at, kind, text)| json!({"at": at.to_iso(), "kind": kind, "text": text}))
        .collect();
    json!({
        "votes_by_address": addresses,
        "votes_by_minute": timeline(material.votes, 16, ""),
        "audit_entries_total": total,
        "audit_entries": all.iter().take(material.limit).map(|entry| entry_json(entry)).collect::<Vec<_>>(),
        "actors": actors.len(),
        "events": milestones,
    })
}
