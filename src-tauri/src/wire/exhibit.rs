//! What stands beside the claims on the verdict page: timeline, exclusions, reopenings, credentials, addresses.
//!
//! The exhibit arrives in the origin's own field names. It is read leniently, since a field that one source lacks must
//! not empty the page; nothing here decides a verdict.

use serde::Serialize;
use serde_json::{Map, Value};
use ts_rs::TS;

use super::count;
use super::report::ROWS_SHOWN;

/// The exhibit of one election.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ExhibitView {
    /// State that the source claims, `closed`; empty where unknown.
    pub status: String,
    /// Votes in time, by minute where the rows are there, else by hour; in order of time.
    pub timeline: Vec<TimeBucket>,
    /// True where a bucket is a minute, false where it is an hour.
    pub is_by_minute: bool,
    /// Events to draw over the timeline, in order of time.
    pub events: Vec<TimelineEvent>,
    /// Excluded votes.
    pub excluded: Vec<ExcludedVote>,
    /// Excluded votes.
    pub excluded_total: u64,
    /// Times that voting was set back or reopened.
    pub rollbacks: Vec<Rollback>,
    /// Credentials; `None` where the evidence holds none.
    pub tokens: Option<TokenFigures>,
    /// Addresses with their votes, most first.
    pub addresses: Vec<AddressVotes>,
    /// Different addresses.
    pub addresses_total: u64,
    /// True where the source deleted the addresses when the election closed.
    pub are_addresses_deleted: bool,
}

/// Votes within one minute or hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct TimeBucket {
    /// Beginning, `2026-02-10 17:58`.
    pub at: String,
    /// Votes.
    pub votes: u64,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct TimelineEvent {
    /// When, as written.
    pub at: String,
    /// Stable word, `opened`.
    pub kind: String,
    /// For people.
    pub text: String,
}

/// One excluded vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ExcludedVote {
    /// Vote id.
    pub id: String,
    /// Contest.
    pub position: String,
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// Why; empty where no reason is recorded.
    pub reason: String,
}

/// One return to an earlier state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Rollback {
    /// When.
    pub at: String,
    /// Who.
    pub by: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// Why.
    pub reason: String,
}

/// Credentials in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TokenFigures {
    /// Issued.
    pub issued: u64,
    /// Used.
    pub used: u64,
    /// Opened and not used.
    pub opened_unused: u64,
}

/// Votes from one address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AddressVotes {
    /// Address.
    pub address: String,
    /// Votes.
    pub votes: u64,
    /// The origin's own report marks it.
    pub is_marked: bool,
}

/// A page of addresses, those with most votes first.
#[derive(Debug, Serialize, TS)]
pub struct AddressesPage {
    /// Addresses.
    pub rows: Vec<AddressVotes>,
    /// Addresses in all.
    pub total: u64,
}

/// All addresses of an exhibit, those with most votes first.
pub(crate) fn all_addresses(exhibit: &Value) -> Vec<AddressVotes> {
    let nothing = Value::Null;
    let part = |name: &str| exhibit.get(name).unwrap_or(&nothing);
    addresses(part("extra"), part("anomaly_detection"))
}

/// Members of which an exhibit of this kind has at least one.
const MEMBERS: [&str; 4] = ["voting_timeline", "deleted_votes", "anomaly_detection", "rollback_history"];

impl ExhibitView {
    /// Reads what is there; nothing where the source records nothing of the kind, since "none" would then be untrue.
    pub fn of(exhibit: &Value) -> Option<Self> {
        MEMBERS.iter().any(|name| exhibit.get(name).is_some()).then(|| Self::read(exhibit))
    }

    /// Reads what is there.
    pub fn read(exhibit: &Value) -> Self {
        let extra = exhibit.get("extra").unwrap_or(&Value::Null);
        let by_minute = buckets(extra.get("votes_by_minute"));
        let is_by_minute = !by_minute.is_empty();
        let deleted = exhibit.get("deleted_votes").unwrap_or(&Value::Null);
        let excluded: Vec<ExcludedVote> =
            items(deleted, "records").iter().take(ROWS_SHOWN).map(excluded_vote).collect();
        let anomalies = exhibit.get("anomaly_detection").unwrap_or(&Value::Null);
        let addresses = addresses(extra, anomalies);
        let mut events: Vec<TimelineEvent> = items(extra, "events")
            .iter()
            .map(|event| TimelineEvent { at: text(event, "at"), kind: text(event, "kind"), text: text(event, "text") })
            .collect();
        events.sort_by(|left, right| left.at.cmp(&right.at));
        Self {
            status: text(exhibit, "election_status"),
            timeline: if is_by_minute { by_minute } else { buckets(exhibit.get("voting_timeline")) },
            is_by_minute,
            events,
            excluded_total: number(deleted, "count").max(count(excluded.len())),
            excluded,
            rollbacks: items(exhibit, "rollback_history").iter().map(rollback).collect(),
            tokens: exhibit.get("voting_tokens").filter(|tokens| tokens.is_object()).map(token_figures),
            addresses_total: number(anomalies, "unique_ip_count").max(count(addresses.len())),
            addresses: addresses.into_iter().take(ROWS_SHOWN).collect(),
            are_addresses_deleted: anomalies.get("ip_metadata_purged").and_then(Value::as_bool).unwrap_or(false),
        }
    }
}

fn excluded_vote(record: &Value) -> ExcludedVote {
    ExcludedVote {
        id: text(record, "vote_id"),
        position: text(record, "position"),
        at: text(record, "deleted_at"),
        by: text(record, "deleted_by"),
        reason: text(record, "deletion_reason"),
    }
}

fn rollback(record: &Value) -> Rollback {
    Rollback {
        at: text(record, "timestamp"),
        by: text(record, "performed_by"),
        from: text(record, "from_status"),
        to: text(record, "to_status"),
        reason: text(record, "reason"),
    }
}

fn token_figures(tokens: &Value) -> TokenFigures {
    let opened_unused = items(tokens, "records").iter().filter(|record| {
        let is_used = record.get("used").and_then(Value::as_bool).unwrap_or(false);
        !is_used && record.get("first_accessed_at").is_some_and(|at| !at.is_null())
    });
    TokenFigures {
        issued: number(tokens, "total_issued"),
        used: number(tokens, "total_used"),
        opened_unused: count(opened_unused.count()),
    }
}

/// Addresses from the rows where they are there, else those that the origin's report marks.
fn addresses(extra: &Value, anomalies: &Value) -> Vec<AddressVotes> {
    let empty = Map::new();
    let marked = anomalies.get("suspicious_ips").and_then(Value::as_object).unwrap_or(&empty);
    let counted = extra.get("votes_by_address").and_then(Value::as_object).filter(|map| !map.is_empty());
    let mut found: Vec<AddressVotes> = counted
        .unwrap_or(marked)
        .iter()
        // The origin's word for votes without an address.
        .filter(|(address, _)| *address != "unknown")
        .map(|(address, votes)| AddressVotes {
            address: address.clone(),
            votes: votes.as_u64().unwrap_or(0),
            is_marked: marked.contains_key(address),
        })
        .collect();
    found.sort_by(|left, right| right.votes.cmp(&left.votes).then_with(|| left.address.cmp(&right.address)));
    found
}

/// A map of time to votes, in order of time; a key that is no time (`unknown`) has no place on an axis.
fn buckets(value: Option<&Value>) -> Vec<TimeBucket> {
    let Some(map) = value.and_then(Value::as_object) else { return Vec::new() };
    let mut found: Vec<TimeBucket> = map
        .iter()
        .filter(|(at, _)| at.starts_with(|first: char| first.is_ascii_digit()))
        .map(|(at, votes)| TimeBucket { at: at.clone(), votes: votes.as_u64().unwrap_or(0) })
        .collect();
    found.sort_by(|left, right| left.at.cmp(&right.at));
    found
}

fn items<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: &Value, name: &str) -> String {
    match value.get(name) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn nothing_gives_an_empty_exhibit() {
        assert_eq!(ExhibitView::read(&Value::Null), ExhibitView::default());
    }

    #[test]
    fn a_source_that_records_nothing_of_the_kind_has_no_exhibit() {
        assert_eq!(ExhibitView::of(&json!({"seats": 3, "extra": {"tokens": 5}})), None);
        assert!(ExhibitView::of(&json!({"deleted_votes": {"count": 0}})).is_some());
    }

    #[test]
    fn minutes_win_over_hours_and_stand_in_order_of_time() {
        let exhibit = json!({
            "voting_timeline": {"2026-02-10 14:00": 5, "unknown": 1},
            "extra": {"votes_by_minute": {"2026-02-10 14:03": 2, "2026-02-10 14:01": 1}},
        });
        let view = ExhibitView::read(&exhibit);
        assert!(view.is_by_minute);
        assert_eq!(view.timeline[0], TimeBucket { at: "2026-02-10 14:01".to_owned(), votes: 1 });
        let hours = ExhibitView::read(&json!({"voting_timeline": {"2026-02-10 14:00": 5, "unknown": 1}}));
        assert_eq!((hours.is_by_minute, hours.timeline.len()), (false, 1));
    }

    #[test]
    fn addresses_are_sorted_by_votes_and_keep_the_origins_mark() {
        let exhibit = json!({
            "anomaly_detection": {"suspicious_ips": {"203.0.113.77": 18}, "unique_ip_count": 17},
            "extra": {"votes_by_address": {"198.51.100.5": 6, "203.0.113.77": 18}},
        });
        let view = ExhibitView::read(&exhibit);
        assert_eq!(view.addresses[0].address, "203.0.113.77");
        assert!(view.addresses[0].is_marked && !view.addresses[1].is_marked);
        assert_eq!(view.addresses_total, 17);
    }

    #[test]
    fn credentials_opened_and_not_used_are_counted() {
        let exhibit = json!({"voting_tokens": {"total_issued": 3, "total_used": 1, "records": [
            {"used": true, "first_accessed_at": "x"}, {"used": false, "first_accessed_at": "x"},
            {"used": false, "first_accessed_at": null}]}});
        let tokens = ExhibitView::read(&exhibit).tokens.expect("tokens are there");
        assert_eq!((tokens.issued, tokens.used, tokens.opened_unused), (3, 1, 1));
    }
}
