//! Counts the ballots of a bundle again, for rules that are a sum (`FORMAT.md`, "Counts").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Which choices of a ballot count.
fn counted(rule: &str) -> Option<bool> {
    match rule {
        "plurality" | "logbook-plurality" => Some(false),
        "approval" | "logbook-approval" => Some(true),
        _ => None,
    }
}

/// Checks a count; answers what was done, or what is wrong.
pub(super) fn check(count: &Value) -> Result<String, String> {
    let rule = count["rule"].as_str().unwrap_or_default();
    let Some(takes_all) = counted(rule) else {
        return Ok(format!("the rule {rule} is told, and not counted again here."));
    };
    let malformed = || "this is no count as FORMAT.md says.".to_owned();
    let candidates = count["candidates"].as_array().ok_or_else(malformed)?.len() as u64;
    let mut totals: BTreeMap<u64, u128> = (1..=candidates).map(|number| (number, 0)).collect();
    let mut ballots: u128 = 0;
    for ballot in count["ballots"].as_array().ok_or_else(malformed)? {
        let votes: u128 = ballot[0].as_str().and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
        ballots += votes;
        let choices = ballot[1].as_array().ok_or_else(malformed)?;
        let taken = if takes_all { choices.as_slice() } else { &choices[..choices.len().min(1)] };
        let chosen: BTreeSet<u64> =
            taken.iter().flat_map(|choice| choice.as_array().into_iter().flatten()).filter_map(Value::as_u64).collect();
        for number in chosen {
            if let Some(total) = totals.get_mut(&number) {
                *total += votes;
            }
        }
    }
    let round = &count["rounds"][0]["votes"];
    for (number, total) in &totals {
        let told = round[number.to_string()].as_str().unwrap_or("0");
        if told.parse::<u128>().ok() != Some(*total) {
            return Err(format!("candidate {number} has {total} votes, and {told} are told."));
        }
    }
    let elected: Vec<u64> =
        count["elected"].as_array().ok_or_else(malformed)?.iter().filter_map(Value::as_u64).collect();
    let seats = count["seats"].as_u64().unwrap_or(0);
    let best_left_out = totals.iter().filter(|(number, _)| !elected.contains(number)).map(|(_, votes)| *votes).max();
    let worst_elected = elected.iter().filter_map(|number| totals.get(number)).min();
    let has_tie = count["ties"] == true;
    if !has_tie && (elected.len() as u64 > seats || worst_elected.copied() < best_left_out && worst_elected.is_some()) {
        return Err("the elected are not those with the most votes.".to_owned());
    }
    Ok(format!("{ballots} votes were counted again and give the same totals."))
}
