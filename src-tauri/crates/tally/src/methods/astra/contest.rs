//! What is fixed before the first round: the candidates by place, their orders, the groups, the quota.
//!
//! Candidates are places from here on: 0 is the one with the smallest id, so that "by id" and "by place" are one order.

use std::collections::BTreeMap;

use super::table_order::table_order;
use super::{Ballot, CountError, Election};
use crate::decimal::Decimal;

/// Largest id and largest weight.
pub(super) const LARGEST: i64 = 1_000_000;
const MOST_SEATS: i64 = 10_000;
const MOST_CANDIDATES: usize = 10_000;
const MOST_BALLOTS: usize = 1_000_000;
const LONGEST_TIEBREAK: usize = 200;

/// An exclusion group that is switched on.
pub(super) struct Group {
    pub(super) public_id: String,
    pub(super) name: String,
    pub(super) max_elected: usize,
    /// Places in ascending order.
    pub(super) members: Vec<usize>,
}

/// An election that can be counted.
pub(super) struct Contest {
    pub(super) seats: usize,
    pub(super) quota: u64,
    pub(super) max_iterations: usize,
    pub(super) epsilon: Decimal,
    /// Ids by place, ascending.
    pub(super) ids: Vec<i64>,
    /// Names by place; empty where there is none.
    pub(super) names: Vec<String>,
    /// Tie-break texts by place.
    pub(super) tiebreaks: Vec<String>,
    /// Places by folded name, then id.
    pub(super) by_name: Vec<usize>,
    /// Places as the origin's set holds them.
    pub(super) by_table: Vec<usize>,
    pub(super) groups: Vec<Group>,
}

impl Contest {
    /// Checks an election. Of several faults the first in this order is told: candidates, seats, tie-break texts, groups,
    /// ballots. In which order the origin looks is not known; the fixtures hold one fault each.
    pub(super) fn new(election: &Election) -> Result<Self, CountError> {
        let candidates = &election.candidates;
        if candidates.is_empty() {
            return Err(CountError::value("must have at least one candidate"));
        }
        if candidates.len() > MOST_CANDIDATES {
            return Err(CountError::value(format!("more than {MOST_CANDIDATES} candidates")));
        }
        if election.seats <= 0 {
            return Err(CountError::value("seats must be positive"));
        }
        let seats = usize::try_from(election.seats).ok().filter(|_| election.seats <= MOST_SEATS);
        let seats = seats.ok_or_else(|| CountError::value(format!("more than {MOST_SEATS} seats")))?;
        let mut known: BTreeMap<i64, (String, &str)> = BTreeMap::new();
        for candidate in candidates {
            let id = candidate.id;
            if !(0..=LARGEST).contains(&id) {
                return Err(CountError::value(format!("candidate id {id} out of valid range [0, {LARGEST}]")));
            }
            let tiebreak = candidate.tiebreak.as_str();
            if tiebreak.is_empty() || tiebreak.chars().count() > LONGEST_TIEBREAK {
                return Err(CountError::value(format!("candidate {id} has invalid or missing tiebreak_uuid")));
            }
            let entry = known.entry(id).or_default();
            entry.1 = tiebreak;
            if !candidate.name.is_empty() {
                entry.0.clone_from(&candidate.name);
            }
        }
        let ids: Vec<i64> = known.keys().copied().collect();
        let (names, tiebreaks): (Vec<String>, Vec<String>) =
            known.into_values().map(|(name, tiebreak)| (name, tiebreak.to_owned())).unzip();
        let place_of = |id: i64| ids.binary_search(&id).ok();
        let mut groups = Vec::new();
        for group in &election.exclusion_groups {
            let most = group.max_elected;
            let within = usize::try_from(most).ok().filter(|most| *most <= seats).ok_or_else(|| {
                let why = format!("exclusion group max_elected {most} out of valid range");
                CountError::value(format!("invalid exclusion group max_elected: {why}"))
            })?;
            if within > 0 {
                let mut members: Vec<usize> = group.candidates.iter().filter_map(|id| place_of(*id)).collect();
                members.sort_unstable();
                members.dedup();
                let (public_id, name) = (group.public_id.clone(), group.name.clone());
                groups.push(Group { public_id, name, max_elected: within, members });
            }
        }
        let quota = total_weight(&election.ballots)? / (election.seats.unsigned_abs() + 1) + 1;
        let folded: Vec<String> = names.iter().map(|name| fold(name)).collect();
        let mut by_name: Vec<usize> = (0..ids.len()).collect();
        by_name.sort_by(|a, b| folded[*a].cmp(&folded[*b]));
        let by_table = table_order(candidates.iter().filter_map(|candidate| usize::try_from(candidate.id).ok()));
        let by_table = by_table.into_iter().filter_map(|id| i64::try_from(id).ok()).filter_map(place_of).collect();
        let (max_iterations, epsilon) = (election.max_iterations, election.epsilon);
        Ok(Self { seats, quota, max_iterations, epsilon, ids, names, tiebreaks, by_name, by_table, groups })
    }

    /// Place of an id, if it is a candidate's.
    pub(super) fn place_of(&self, id: i64) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }
}

fn total_weight(ballots: &[Ballot]) -> Result<u64, CountError> {
    if ballots.len() > MOST_BALLOTS {
        return Err(CountError::value(format!("more than {MOST_BALLOTS} ballots")));
    }
    let mut total = 0;
    for ballot in ballots {
        let weight = ballot.weight;
        total += u64::try_from(weight)
            .ok()
            .filter(|_| weight <= LARGEST)
            .ok_or_else(|| CountError::value(format!("ballot weight {weight} out of valid range [0, {LARGEST}]")))?;
    }
    Ok(total)
}

/// Full case folding, as the origin's language does it for sorting names.
///
/// Upper and then lower case of each character is the same, but for the dotless i, the capital sharp s, and Cherokee,
/// which folds to its capitals: compared with Python 3.11 over all of Unicode.
fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for character in name.chars() {
        match character {
            'ı' | '\u{13a0}'..='\u{13f5}' => folded.push(character),
            'ẞ' => folded.push_str("ss"),
            '\u{13f8}'..='\u{13fd}' | '\u{ab70}'..='\u{abbf}' => folded.extend(character.to_uppercase()),
            _ => folded.extend(character.to_uppercase().flat_map(char::to_lowercase)),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;

    /// Expected texts from Python's `str.casefold`.
    #[test]
    fn names_fold_as_in_the_origins_language() {
        for (name, expected) in [
            ("ALPHA", "alpha"),
            ("Ångström", "ångström"),
            ("Straße", "strasse"),
            ("STRAẞE", "strasse"),
            ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
            ("σίσυφος", "σίσυφοσ"),
            ("ﬁn", "fin"),
            ("İı", "i\u{307}ı"),
            ("ꭰᏸ", "ᎠᏰ"),
            ("µ", "μ"),
        ] {
            assert_eq!(fold(name), expected, "{name}");
        }
    }
}
