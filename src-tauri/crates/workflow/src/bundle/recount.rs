//! Counts the ballots of a bundle again, for rules that are a sum (`FORMAT.md`, "Counts").

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// Whom the votes of a ballot go to, by its choices.
fn takers(rule: &str, choices: &[Vec<u64>]) -> BTreeSet<u64> {
    let first = choices.first().map_or(&[][..], Vec::as_slice);
    match rule {
        "plurality" if first.len() > 1 => BTreeSet::new(),
        "plurality" => first.iter().copied().collect(),
        "logbook-plurality" => first.iter().take(1).copied().collect(),
        _ => choices.iter().flatten().copied().collect(),
    }
}

/// Checks a count; answers what was done, or what is wrong.
pub(super) fn check(count: &Value) -> Result<String, String> {
    let rule = count["rule"].as_str().unwrap_or_default();
    if !matches!(rule, "plurality" | "approval" | "logbook-plurality" | "logbook-approval") {
        return Ok(format!("the rule {rule} is told, and not counted again here."));
    }
    let malformed = || "this is no count as FORMAT.md says.".to_owned();
    let candidates = count["candidates"].as_array().ok_or_else(malformed)?.len() as u64;
    let mut totals: BTreeMap<u64, u128> = (1..=candidates).map(|number| (number, 0)).collect();
    let mut ballots: u128 = 0;
    for ballot in count["ballots"].as_array().ok_or_else(malformed)? {
        let votes: u128 = ballot[0].as_str().and_then(|text| text.parse().ok()).ok_or_else(malformed)?;
        ballots += votes;
        let choices: Vec<Vec<u64>> = serde_json::from_value(ballot[1].clone()).map_err(|_| malformed())?;
        for number in takers(rule, &choices) {
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
    let of_elected: Vec<u128> = elected.iter().filter_map(|number| totals.get(number)).copied().collect();
    let best_left_out = totals.iter().filter(|(number, _)| !elected.contains(number)).map(|(_, votes)| *votes).max();
    let last = of_elected.iter().min().copied();
    let is_logbook = rule.starts_with("logbook-");
    let is_enough = is_logbook || of_elected.len() as u64 == seats.min(candidates);
    // Under the rules of The Logbook all who are level at the last seat are elected together.
    let certain =
        of_elected.iter().filter(|votes| !is_logbook || Some(**votes) > last).count() + usize::from(is_logbook);
    let is_ahead =
        last.zip(best_left_out).is_none_or(|(last, best)| last > best || last == best && count["ties"] == true);
    if !is_enough || !is_ahead || last.is_some() && certain as u64 > seats {
        return Err("the elected are not those with the most votes.".to_owned());
    }
    Ok(format!("{ballots} votes were counted again and give the same totals."))
}
