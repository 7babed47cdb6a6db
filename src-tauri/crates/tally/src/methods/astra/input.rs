//! Elections from JSON, as leniently as the origin takes them.
//!
//! Where its language turns a value into an integer so do we: whole numbers, truth values as 0 and 1, fractions cut
//! towards zero, text with white space around, a sign and single underscores between digits.

use serde_json::Value;

use super::contest::LARGEST;
use super::{Ballot, Candidate, CountError, EPSILON, Election, ExclusionGroup, MAX_ITERATIONS};
use crate::decimal::Decimal;

impl Election {
    /// Reads what the origin's count is given: an object with `seats`, `candidates` [`id`, `name`, `tiebreak_uuid`],
    /// `exclusion_groups` [`public_id`, `name`, `max_elected`, `candidate_ids`], `ballots` [`weight`, `ranking`], and
    /// optionally `max_iterations` and `epsilon`.
    ///
    /// Members that are missing or empty get the origin's defaults: no groups, weight 0, 200 rounds, epsilon 1E-28. A
    /// ranking that is not a list is empty; entries that are no integers, or none of 0 to 1,000,000, are dropped.
    ///
    /// # Errors
    /// An id, weight, number of seats or maximum that is no integer at all. The origin raises an exception there as well;
    /// its wording is not known. Numbers out of range are told by [`super::count`].
    pub fn from_json(input: &Value) -> Result<Self, CountError> {
        let mut candidates = Vec::new();
        for candidate in list(&input["candidates"]) {
            candidates.push(Candidate {
                id: required(&candidate["id"], "candidate id")?,
                name: text(&candidate["name"]),
                tiebreak: text(&candidate["tiebreak_uuid"]),
            });
        }
        let mut exclusion_groups = Vec::new();
        for group in list(&input["exclusion_groups"]) {
            exclusion_groups.push(ExclusionGroup {
                public_id: text(&group["public_id"]),
                name: text(&group["name"]),
                max_elected: or_zero(&group["max_elected"], "exclusion group max_elected")?,
                candidates: list(&group["candidate_ids"]).iter().filter_map(integer).collect(),
            });
        }
        let mut ballots = Vec::new();
        for ballot in list(&input["ballots"]) {
            let ranking = list(&ballot["ranking"]).iter().filter_map(integer);
            ballots.push(Ballot {
                weight: or_zero(&ballot["weight"], "ballot weight")?,
                ranking: ranking.filter(|id| (0..=LARGEST).contains(id)).collect(),
            });
        }
        let max_iterations = match &input["max_iterations"] {
            Value::Null => MAX_ITERATIONS,
            given => usize::try_from(required(given, "max_iterations")?).unwrap_or(0),
        };
        let epsilon = match &input["epsilon"] {
            Value::Null => EPSILON,
            given => text(given)
                .parse::<Decimal>()
                .map_err(|error| CountError::value(format!("epsilon {given}: {error}")))?,
        };
        let seats = or_zero(&input["seats"], "seats")?;
        Ok(Self { seats, candidates, exclusion_groups, ballots, max_iterations, epsilon })
    }
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(false) => String::new(),
        other => other.to_string(),
    }
}

/// An integer, or nothing where the origin's language would refuse.
fn integer(value: &Value) -> Option<i64> {
    match value {
        Value::Bool(truth) => Some(i64::from(*truth)),
        Value::Number(number) => number.as_i64().or_else(|| number.as_f64().map(whole)),
        Value::String(text) => from_text(text),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A fraction cut towards zero; far beyond every range it stays out of range.
#[allow(clippy::cast_possible_truncation, reason = "cutting is the rule, and larger numbers saturate")]
fn whole(number: f64) -> i64 {
    number as i64
}

fn from_text(text: &str) -> Option<i64> {
    // The four separators count as white space in the origin's language.
    let text = text.trim_matches(|character: char| character.is_whitespace() || matches!(character, '\x1c'..='\x1f'));
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let is_number = digits.split('_').all(|run| !run.is_empty() && run.bytes().all(|byte| byte.is_ascii_digit()));
    let clamped = if sign.is_empty() { i64::MAX } else { i64::MIN };
    is_number.then(|| format!("{sign}{}", digits.replace('_', "")).parse().unwrap_or(clamped))
}

fn required(value: &Value, what: &str) -> Result<i64, CountError> {
    integer(value).ok_or_else(|| CountError::value(format!("{what} {value} is not an integer")))
}

/// As the origin reads a weight: whatever its language takes for false is 0.
fn or_zero(value: &Value, what: &str) -> Result<i64, CountError> {
    let is_empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if is_empty { Ok(0) } else { required(value, what) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Expected answers from Python's `int`.
    #[test]
    fn integers_are_read_as_in_the_origins_language() {
        for (value, expected) in [
            (json!(7), Some(7)),
            (json!(7.9), Some(7)),
            (json!(-7.9), Some(-7)),
            (json!(true), Some(1)),
            (json!(" 7\n"), Some(7)),
            (json!("+5"), Some(5)),
            (json!("-0"), Some(0)),
            (json!("007"), Some(7)),
            (json!("1_0"), Some(10)),
            (json!("1__0"), None),
            (json!("_1"), None),
            (json!("0x1"), None),
            (json!("7.0"), None),
            (json!(""), None),
            (json!(null), None),
            (json!([1]), None),
        ] {
            assert_eq!(integer(&value), expected, "{value}");
        }
        assert!(integer(&json!("99999999999999999999")).is_some_and(|number| number > LARGEST));
        assert!(integer(&json!(1e300)).is_some_and(|number| number > LARGEST));
    }

    #[test]
    fn what_is_missing_gets_the_origins_defaults() {
        let election = Election::from_json(&json!({
            "seats": "2",
            "candidates": [{ "id": "5", "tiebreak_uuid": "x" }],
            "ballots": [{ "ranking": [5, "5", 2_000_000, null, true] }, { "weight": 2.9, "ranking": "none" }],
        }))
        .expect("readable");
        assert_eq!((election.seats, election.max_iterations, election.epsilon), (2, 200, EPSILON));
        assert_eq!((election.ballots[0].weight, &election.ballots[0].ranking), (0, &vec![5, 5, 1]));
        assert_eq!((election.ballots[1].weight, election.ballots[1].ranking.len()), (2, 0));
        let refused = Election::from_json(&json!({ "ballots": [{ "weight": "x" }] })).expect_err("no weight");
        assert_eq!(refused.to_string(), "ValueError: ballot weight \"x\" is not an integer");
    }
}
