//! Where a published result and a recount part.
//!
//! Both are the origin's JSON ([`super::Outcome::to_json`]). The two texts that the origin writes about each round follow
//! from the other members and are left out. How much else may differ is a question of the row order alone: ballots in the
//! origin's own order give every digit again; in another order the last digits are others, and with them which ties are
//! exact and in which sequence equal numbers stand.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::sentences::{listed, shown};
use crate::decimal::Decimal;

/// Members with prose of the origin.
const PROSE: [&str; 2] = ["audit_text", "summary_text"];
/// Numbers may differ by this much of themselves, and by this much of one vote where they are smaller.
const TOLERANCE: Decimal = Decimal::power_of_ten(-60);
/// Members of a round in the order in which they are looked at: causes before effects.
const ROUND: [&str; 15] = [
    "iteration",
    "seats",
    "retained_totals",
    "quota_reached",
    "tie_breaks",
    "elected",
    "forced_exclusions",
    "eliminated",
    "elected_to_fill_remaining_seats",
    "retention_factors",
    "max_retention_delta",
    "numerically_converged",
    "eligible_candidates",
    "elected_total",
    "count_complete",
];

/// In which order the recounted ballots stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowOrder {
    /// As the origin's database gave them: all but the prose must be equal.
    Origins,
    /// Any other, or merged: numbers may differ by 1E-60 of themselves (of one vote where they are smaller), lists of
    /// candidates who reached the quota may be in another sequence, and a tie may be on record on one side only.
    Unknown,
}

/// The first difference between a published result and a recount, as a sentence; `None` where they agree.
///
/// Both in the shape of [`super::Outcome::to_json`]. The member `algorithm` is compared where both have it. `names` gives
/// candidates their names by id; others are called by number. Quota first, then round by round, then the lists over all.
pub fn first_difference(
    published: &Value,
    recounted: &Value,
    row_order: RowOrder,
    names: &BTreeMap<i64, String>,
) -> Option<String> {
    let comparison = Comparison { row_order, names };
    match (published, recounted) {
        (Value::Object(published), Value::Object(recounted)) => comparison.results(published, recounted),
        (Value::Object(_), _) => Some("The recount gave no result.".to_owned()),
        _ => Some("The published result is no JSON object.".to_owned()),
    }
}

/// True where two numbers differ by low digits at most, as they do between row orders.
pub(super) fn is_level(one: &Decimal, other: &Decimal) -> bool {
    let scale = one.abs().max(other.abs()).max(Decimal::ONE);
    one.minus(other).abs() <= scale.times(&TOLERANCE)
}

/// Groups that a person described have no public id, and a name of that person's: what only names them is left out on both
/// sides.
fn without_unknown_groups(published: &Value, recounted: &Value) -> (Value, Value) {
    let is_described = |event: &Value| event["group_public_id"].as_str().is_some_and(str::is_empty);
    if !recounted.as_array().is_some_and(|events| events.iter().any(is_described)) {
        return (published.clone(), recounted.clone());
    }
    let bare = |events: &Value| {
        let mut events = events.clone();
        for event in events.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            event.retain(|name, _| !matches!(name.as_str(), "group_public_id" | "group_name"));
        }
        events
    };
    (bare(published), bare(recounted))
}

struct Comparison<'a> {
    row_order: RowOrder,
    names: &'a BTreeMap<i64, String>,
}

impl Comparison<'_> {
    fn results(&self, published: &Map<String, Value>, recounted: &Map<String, Value>) -> Option<String> {
        let members = ["quota", "rounds", "elected", "eliminated", "forced_excluded"];
        let algorithm = |key: &str| key == "algorithm" && !(published.contains_key(key) && recounted.contains_key(key));
        for key in union(&members, published, recounted).into_iter().filter(|key| !algorithm(key)) {
            let (Some(theirs), Some(ours)) = (published.get(key), recounted.get(key)) else {
                return Some(missing("The published result", key, published.contains_key(key)));
            };
            let found = match key {
                "rounds" => self.rounds(theirs, ours),
                "quota" => self.number("The quota", theirs, ours),
                "elected" => self.list("Elected in all", theirs, ours),
                "eliminated" => self.list("Excluded as last in all", theirs, ours),
                "forced_excluded" => self.list("Thrown out by exclusion groups in all", theirs, ours),
                _ => plain(&format!("The member “{key}”"), theirs, ours),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    fn rounds(&self, published: &Value, recounted: &Value) -> Option<String> {
        let (Some(theirs), Some(ours)) = (published.as_array(), recounted.as_array()) else {
            return plain("The list of rounds", published, recounted);
        };
        let differing =
            theirs.iter().zip(ours).enumerate().find_map(|(at, (theirs, ours))| self.round(at + 1, theirs, ours));
        let (published, recounted) = (theirs.len(), ours.len());
        differing.or_else(|| {
            (published != recounted)
                .then(|| format!("The published count took {published} rounds, the recount takes {recounted}."))
        })
    }

    fn round(&self, number: usize, published: &Value, recounted: &Value) -> Option<String> {
        let (Some(theirs), Some(ours)) = (published.as_object(), recounted.as_object()) else {
            return plain(&format!("Round {number}"), published, recounted);
        };
        for key in union(&ROUND, theirs, ours) {
            let (Some(published), Some(recounted)) = (theirs.get(key), ours.get(key)) else {
                return Some(missing(
                    &format!("Round {number} of the published result"),
                    key,
                    theirs.contains_key(key),
                ));
            };
            let what = |what: &str| format!("In round {number} {what}");
            let found = match key {
                "retained_totals" => self.numbers(&what("the total of"), published, recounted),
                "retention_factors" => self.numbers(&what("the share kept by"), published, recounted),
                "max_retention_delta" => self.number(&what("the largest change of a share"), published, recounted),
                "quota_reached" => self.set(&what("those who reached the quota"), published, recounted),
                "tie_breaks" => self.ties(&what("a tie"), published, recounted),
                "elected" => self.list(&what("the elected"), published, recounted),
                "elected_to_fill_remaining_seats" => {
                    self.list(&what("those who filled the remaining seats"), published, recounted)
                }
                "eligible_candidates" => self.list(&what("those still eligible"), published, recounted),
                "eliminated" => self.one(&what("the candidate excluded as last"), published, recounted),
                "forced_exclusions" => {
                    let (published, recounted) = without_unknown_groups(published, recounted);
                    self.events(&what("an exclusion by a group"), &published, &recounted)
                }
                _ => plain(&what(&format!("“{key}”")), published, recounted),
            };
            if found.is_some() {
                return found;
            }
        }
        None
    }

    /// Equal texts, or close enough where the row order is not the origin's.
    fn is_same_number(&self, published: &Value, recounted: &Value) -> bool {
        if published == recounted {
            return true;
        }
        let parsed = |value: &Value| value.as_str().and_then(|text| text.parse::<Decimal>().ok());
        match (self.row_order, parsed(published), parsed(recounted)) {
            (RowOrder::Unknown, Some(theirs), Some(ours)) => is_level(&theirs, &ours),
            _ => false,
        }
    }

    fn number(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        if self.is_same_number(published, recounted) {
            return None;
        }
        let Some((theirs, ours)) = published.as_str().zip(recounted.as_str()) else {
            return plain(what, published, recounted);
        };
        let is_same_value = theirs.parse::<Decimal>().ok().zip(ours.parse().ok()).is_some_and(|(a, b)| a == b);
        if is_same_value {
            return Some(format!("{what} is written {theirs} in the published result and {ours} in the recount."));
        }
        let both = shown([theirs, ours].into_iter());
        Some(format!("{what} is {} in the published result and {} in the recount.", both[0], both[1]))
    }

    /// Numbers by candidate.
    fn numbers(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        let (Some(theirs), Some(ours)) = (published.as_object(), recounted.as_object()) else {
            return plain(&format!("{what} candidates"), published, recounted);
        };
        union(&[], ours, theirs).into_iter().find_map(|id| {
            let what = format!("{what} {}", self.name_of_text(id));
            match (theirs.get(id), ours.get(id)) {
                (Some(published), Some(recounted)) => self.number(&what, published, recounted),
                (Some(_), None) => Some(format!("{what} is in the published result but not in the recount.")),
                _ => Some(format!("{what} is not in the published result.")),
            }
        })
    }

    fn set(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        let is_same = self.row_order == RowOrder::Unknown && ids(published).is_some() && {
            let set = |value| ids(value).map(BTreeSet::from_iter);
            set(published) == set(recounted)
        };
        if is_same { None } else { self.list(what, published, recounted) }
    }

    fn list(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        if published == recounted {
            return None;
        }
        let Some((theirs, ours)) = ids(published).zip(ids(recounted)) else {
            return plain(what, published, recounted);
        };
        let named = |ids: &[i64]| {
            if ids.is_empty() { "nobody".to_owned() } else { listed(ids.iter().map(|id| self.name(*id))) }
        };
        Some(format!("{what}: {} in the published result, {} in the recount.", named(&theirs), named(&ours)))
    }

    fn one(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        let named = |value: &Value| match value {
            Value::Null => "nobody".to_owned(),
            other => other.as_i64().map_or_else(|| other.to_string(), |id| self.name(id)),
        };
        let is_same = published == recounted;
        (!is_same).then(|| {
            format!("{what} is {} in the published result and {} in the recount.", named(published), named(recounted))
        })
    }

    fn events(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        if published == recounted {
            return None;
        }
        let out = |value: &Value| -> Option<Vec<i64>> {
            value.as_array()?.iter().map(|event| event["candidate_id"].as_i64()).collect()
        };
        match (out(published), out(recounted)) {
            (Some(theirs), Some(ours)) if theirs != ours => self.list(what, &Value::from(theirs), &Value::from(ours)),
            _ => plain(what, published, recounted),
        }
    }

    fn ties(&self, what: &str, published: &Value, recounted: &Value) -> Option<String> {
        let (Some(theirs), Some(ours)) = (published.as_array(), recounted.as_array()) else {
            return plain(what, published, recounted);
        };
        let between = |tie: &Value| {
            let names = ids(&tie["candidate_ids"]).unwrap_or_default();
            format!("{what} between {}", listed(names.iter().map(|id| self.name(*id))))
        };
        let same = |one: &&Value, other: &Value| {
            one["type"] == other["type"] && one["candidate_ids"] == other["candidate_ids"]
        };
        for tie in theirs {
            let Some(counterpart) = ours.iter().find(|other| same(&tie, other)) else {
                if self.row_order == RowOrder::Unknown {
                    continue;
                }
                return Some(format!("{} is in the published result but not in the recount.", between(tie)));
            };
            // Who is excluded must agree; the whole order is one of equals, which the last digits may change.
            let is_same = match self.row_order {
                RowOrder::Origins => tie == counterpart,
                RowOrder::Unknown => tie["selected"] == counterpart["selected"],
            };
            if !is_same {
                return Some(format!("{} was cut another way in the recount.", between(tie)));
            }
        }
        let new = ours.iter().find(|tie| !theirs.iter().any(|other| same(tie, other)));
        match (self.row_order, new) {
            (RowOrder::Origins, Some(tie)) => Some(format!("{} is not in the published result.", between(tie))),
            (RowOrder::Origins, None) if theirs != ours => {
                Some(format!("{what} stands at another place in the recount."))
            }
            _ => None,
        }
    }

    fn name(&self, id: i64) -> String {
        self.names.get(&id).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("candidate {id}"))
    }

    fn name_of_text(&self, id: &str) -> String {
        id.parse().map_or_else(|_| format!("candidate {id}"), |id| self.name(id))
    }
}

/// The keys of two objects without prose: those named first, then the others as they stand.
fn union<'a>(first: &[&'a str], one: &'a Map<String, Value>, other: &'a Map<String, Value>) -> Vec<&'a str> {
    let mut keys: Vec<&str> = Vec::new();
    let known = first.iter().copied().filter(|key| one.contains_key(*key) || other.contains_key(*key));
    let mut seen = BTreeSet::from(PROSE);
    for key in known.chain(one.keys().map(String::as_str)).chain(other.keys().map(String::as_str)) {
        if seen.insert(key) {
            keys.push(key);
        }
    }
    keys
}

fn ids(value: &Value) -> Option<Vec<i64>> {
    value.as_array()?.iter().map(Value::as_i64).collect()
}

fn missing(whose: &str, key: &str, is_published: bool) -> String {
    let holds = if is_published { "holds" } else { "lacks" };
    let recount = if is_published { "does not have" } else { "has" };
    format!("{whose} {holds} “{key}”, which the recount {recount}.")
}

fn plain(what: &str, published: &Value, recounted: &Value) -> Option<String> {
    (published != recounted)
        .then(|| format!("{what} is {published} in the published result and {recounted} in the recount."))
}
