//! A count against a published one: the first difference by round and candidate.
//!
//! Published may be the result of Astra (`tally_result.json`), a detailed report of RCTab, or any answer of
//! `scrutineer count --json`.

use std::collections::BTreeMap;

use serde_json::Value;
use tally::CannotCount;
use tally::methods::astra::{self, RowOrder};

use super::{COUNT_SCHEMA, Counted};

/// What the comparison showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// The first difference, a sentence; `None` where both are equal.
    pub first_difference: Option<String>,
}

impl Compared {
    /// In words.
    pub fn sentence(&self) -> String {
        match &self.first_difference {
            None => "The count agrees with the published one.".to_owned(),
            Some(difference) => format!("The count differs from the published one. First difference: {difference}"),
        }
    }
}

/// Compares a count with a published one.
///
/// # Errors
/// [`CannotCount`] where the published one is of no known kind, or of another rule.
pub(super) fn compare(counted: &Counted, published: &Value) -> Result<Compared, CannotCount> {
    let first_difference = if published["schema"] == COUNT_SCHEMA {
        of_answers(counted, published)
    } else if published["results"].is_array() && counted.count.rule.name == "rctab" {
        of_reports(&counted.result, published)
    } else if published["rounds"].is_array() && counted.count.rule.name == "astra-meek" {
        let names = counted.ids.iter().zip(&counted.count.candidates);
        let names = names.filter_map(|(id, name)| Some((id.parse().ok()?, name.clone()))).collect();
        astra::first_difference(published, &counted.result, RowOrder::Unknown, &names)
    } else {
        let message = format!(
            "the published result is no result of the rule {}: give Astra's tally_result.json, a detailed report of RCTab, or an answer of scrutineer count --json",
            counted.count.rule.name
        );
        return Err(CannotCount::new("bad_option", message));
    };
    Ok(Compared { first_difference })
}

/// Two answers of our own.
fn of_answers(counted: &Counted, published: &Value) -> Option<String> {
    let own = counted.to_json();
    let names: BTreeMap<&String, &String> = counted.ids.iter().zip(&counted.count.candidates).collect();
    let name = |id: &String| names.get(id).map_or_else(|| format!("candidate {id}"), |name| (*name).clone());
    let empty = Vec::new();
    let rounds = |value: &'_ Value| value["rounds"].as_array().cloned().unwrap_or_default();
    let (ours, theirs) = (rounds(&own), rounds(published));
    for (ours, theirs) in ours.iter().zip(&theirs) {
        let round = &ours["round"];
        let none = serde_json::Map::new();
        let (left, right) = (ours["votes"].as_object().unwrap_or(&none), theirs["votes"].as_object().unwrap_or(&none));
        for id in left.keys().chain(right.keys()) {
            let (counted, told) = (left.get(id), right.get(id));
            if counted != told {
                return Some(differs(round, &name(id), told, counted));
            }
        }
        for (member, what) in [("elected", "elected"), ("excluded", "excluded")] {
            if ours[member].as_array().unwrap_or(&empty) != theirs[member].as_array().unwrap_or(&empty) {
                return Some(format!(
                    "In round {round} others are {what}: published {}, counted {}.",
                    theirs[member], ours[member]
                ));
            }
        }
    }
    if ours.len() != theirs.len() {
        return Some(format!("The published count has {} rounds, this one {}.", theirs.len(), ours.len()));
    }
    (own["elected"] != published["elected"])
        .then(|| format!("Others are elected: published {}, counted {}.", published["elected"], own["elected"]))
}

/// Two detailed reports of RCTab.
fn of_reports(own: &Value, published: &Value) -> Option<String> {
    let (Some(ours), Some(theirs)) = (own["results"].as_array(), published["results"].as_array()) else {
        return Some("One of the two is no report of one contest.".to_owned());
    };
    for (ours, theirs) in ours.iter().zip(theirs) {
        let round = &ours["round"];
        let none = serde_json::Map::new();
        let (left, right) = (ours["tally"].as_object().unwrap_or(&none), theirs["tally"].as_object().unwrap_or(&none));
        for name in left.keys().chain(right.keys()) {
            if left.get(name) != right.get(name) {
                return Some(differs(round, name, right.get(name), left.get(name)));
            }
        }
        for (member, what) in [
            ("threshold", "threshold"),
            ("tallyResults", "outcome"),
            ("inactiveBallots", "number of ballots without a choice"),
        ] {
            if ours[member] != theirs[member] {
                return Some(format!(
                    "The {what} of round {round} differs: published {}, counted {}.",
                    theirs[member], ours[member]
                ));
            }
        }
    }
    (ours.len() != theirs.len())
        .then(|| format!("The published count has {} rounds, this one {}.", theirs.len(), ours.len()))
}

fn differs(round: &Value, name: &str, told: Option<&Value>, counted: Option<&Value>) -> String {
    let shown = |value: Option<&Value>| match value {
        None => "none".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    format!(
        "In round {round} {name} has {} votes in the published count and {} in this one.",
        shown(told),
        shown(counted)
    )
}

#[cfg(test)]
mod tests {
    use domain::contest::{Candidate, Contest, Mark};

    use super::super::{CountRequest, count_contest};
    use super::*;

    fn counted() -> Counted {
        let mut contest = Contest {
            candidates: ["Ada", "Bo", "Cy"]
                .iter()
                .zip(1..)
                .map(|(name, id)| Candidate { id: id.to_string(), name: (*name).to_owned(), withdrawn: false })
                .collect(),
            ..Contest::default()
        };
        for (votes, ranks) in [(4, vec![0u16]), (3, vec![1, 2]), (2, vec![2, 1])] {
            let marks: Vec<Mark> =
                ranks.into_iter().zip(1..).map(|(candidate, value)| Mark { candidate, value }).collect();
            contest.ballots.add(votes, &marks).expect("few votes");
        }
        let request = CountRequest { rule: "scotland".to_owned(), seats: Some(1), ..CountRequest::default() };
        count_contest(contest, &request).expect("a count")
    }

    #[test]
    fn a_count_agrees_with_itself_and_one_changed_number_is_named_by_round_and_candidate() {
        let counted = counted();
        let mut published = counted.to_json();
        assert_eq!(compare(&counted, &published), Ok(Compared { first_difference: None }));
        published["rounds"][1]["votes"]["2"] = "6.00000".into();
        let told = compare(&counted, &published).expect("comparable").first_difference.expect("a difference");
        assert_eq!(told, "In round 2 Bo has 6.00000 votes in the published count and 5.00000 in this one.");
        let mut published = counted.to_json();
        published["elected"] = serde_json::json!([1]);
        let told = compare(&counted, &published).expect("comparable").first_difference.expect("a difference");
        assert!(told.starts_with("Others are elected"), "{told}");
    }

    #[test]
    fn a_result_of_another_rule_is_refused() {
        let published = serde_json::json!({"rounds": [], "quota": "3"});
        assert_eq!(compare(&counted(), &published).expect_err("refused").kind, "bad_option");
    }
}
