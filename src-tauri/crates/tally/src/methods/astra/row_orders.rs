//! Whether the order of the ballots decides anything.
//!
//! The origin reads ballots in whatever order its database gives, and adds them up with rounding. Two candidates who are
//! exactly level then differ in the eightieth digit, one way or the other by the order of the rows, and no tie rule is
//! asked. Counting in several orders brings that out; it proves dependence, and makes its absence likely. How likely, the
//! count itself tells: it only happens where candidates are level but for low digits ([`Outcome::hidden_ties`]), and
//! where there are such, many more orders are tried. In the fixture made for it one order in nine elects another.

use super::ballots::Rows;
use super::compare::is_level;
use super::contest::Contest;
use super::rounds::Count;
use super::sentences::listed;
use super::{CountError, Election, Outcome};
use crate::decimal::Decimal;

/// Orders tried at most where candidates are level but for low digits.
const SEARCHED: usize = 400;
/// Ballots times orders of that search at most, so that it ends in minutes for large elections as well.
const SEARCHED_BALLOTS: usize = 4_000_000;
/// A number with digits down here has been rounded: whole votes and their exact fractions end far above.
const ROUNDED_AT: i32 = -60;

/// Candidates whom only low digits, or rules applied to rounded numbers, told apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenTie {
    /// Number of the round.
    pub round: usize,
    /// Ids, ascending.
    pub candidates: Vec<i64>,
}

impl Outcome {
    /// Decisions in which candidates were level within 1E-60 of their votes, and their votes had been rounded: who is
    /// excluded, or who is elected first. Another row order can decide these another way.
    pub fn hidden_ties(&self) -> Vec<HiddenTie> {
        let mut found = Vec::new();
        for round in &self.rounds {
            let kept = |id: &i64| {
                let at = round.retained_totals.binary_search_by_key(id, |(id, _)| *id);
                at.map_or(Decimal::ZERO, |at| round.retained_totals[at].1)
            };
            let mut note = |mut candidates: Vec<i64>| {
                if candidates.len() > 1 && candidates.iter().any(|id| kept(id).exponent() <= ROUNDED_AT) {
                    candidates.sort_unstable();
                    found.push(HiddenTie { round: round.iteration, candidates });
                }
            };
            if let Some(out) = round.eliminated {
                let others = round.eligible.iter().chain(&round.elected_to_fill).copied();
                let least = kept(&out);
                note(std::iter::once(out).chain(others.filter(|id| is_level(&kept(id), &least))).collect());
            }
            let mut reached = round.quota_reached.clone().unwrap_or_default();
            reached.sort_by_key(kept);
            reached.chunk_by(|one, next| is_level(&kept(one), &kept(next))).for_each(|level| note(level.to_vec()));
        }
        found
    }
}

/// Two orders of the same ballots with different results.
#[derive(Clone, Debug)]
pub struct OrderDependence {
    /// The other order, in words: "reversed", "sorted by ranking", "shuffled (3)".
    pub order: String,
    /// True where other persons are elected, not only in another sequence.
    pub winners_differ: bool,
    /// Ids elected in the order given, in sequence.
    pub winners_as_given: Vec<i64>,
    /// Ids elected in the other order, in sequence; empty where that count failed.
    pub winners_otherwise: Vec<i64>,
    /// Why the count in the other order failed, if it did.
    pub failure: Option<CountError>,
    /// The whole in a sentence, with names.
    pub sentence: String,
}

/// Who is elected or leaves, one after the other, whatever the round.
#[derive(PartialEq, Eq)]
enum Step {
    Elected(i64),
    Eliminated(i64),
    Forced(i64),
}

/// Counts in the order given, reversed, sorted by ranking and in `shuffles` random orders drawn from `seed`, and answers
/// the first other order with other winners; failing that, the first with another sequence of elections and exclusions.
///
/// Costs 3 + `shuffles` counts in [`super::Order::AsGiven`], and where there are hidden ties up to 400 more, fewer above
/// 10,000 ballots. The same seed always draws the same orders.
///
/// # Errors
/// As [`super::count`], for the order given.
pub fn order_dependence(
    election: &Election,
    shuffles: usize,
    seed: u64,
) -> Result<Option<OrderDependence>, CountError> {
    let contest = Contest::new(election)?;
    let rows = Rows::new(&contest, &election.ballots);
    let count = |rows: &Rows| Count::new(&contest, rows, rows.first_preferences()).run();
    let as_given = count(&rows)?;
    let mut draws = Draws(seed);
    let mut other_sequence = None;
    let searched =
        if as_given.hidden_ties().is_empty() { 0 } else { SEARCHED.min(SEARCHED_BALLOTS / rows.len().max(1)) };
    for number in 0..2 + shuffles.max(searched) {
        let mut other = rows.clone();
        let name = match number {
            0 => {
                other.reverse();
                "reversed".to_owned()
            }
            1 => {
                other.sort();
                "sorted by ranking".to_owned()
            }
            _ => {
                (1..other.len()).rev().for_each(|at| other.swap(at, draws.below(at + 1)));
                format!("shuffled ({})", number - 1)
            }
        };
        let result = count(&other);
        let Some(found) = difference(&as_given, result, name) else {
            continue;
        };
        if found.winners_differ {
            return Ok(Some(found));
        }
        other_sequence.get_or_insert(found);
    }
    Ok(other_sequence)
}

fn difference(as_given: &Outcome, other: Result<Outcome, CountError>, order: String) -> Option<OrderDependence> {
    let winners_as_given = as_given.elected.clone();
    let named = |ids: &[i64]| {
        if ids.is_empty() { "nobody".to_owned() } else { listed(ids.iter().map(|id| as_given.name(*id))) }
    };
    let elected = named(&winners_as_given);
    let other = match other {
        Ok(other) => other,
        Err(failure) => {
            let sentence = format!(
                "The result depends on the order of the ballots: as they stand {elected} are elected, \
                 {order} the count fails ({}).",
                failure.message
            );
            let winners_otherwise = Vec::new();
            let failure = Some(failure);
            return Some(OrderDependence {
                order,
                winners_differ: true,
                winners_as_given,
                winners_otherwise,
                failure,
                sentence,
            });
        }
    };
    if steps(as_given) == steps(&other) {
        return None;
    }
    let winners_otherwise = other.elected;
    let sorted = |ids: &[i64]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    let winners_differ = sorted(&winners_as_given) != sorted(&winners_otherwise);
    let sentence = if winners_differ {
        let instead = named(&winners_otherwise);
        format!(
            "The result depends on the order of the ballots: as they stand {elected} are elected, {order} {instead}."
        )
    } else {
        format!(
            "The order of the ballots decides in which sequence candidates are elected or excluded, but not \
             who is elected: {order} they go another way."
        )
    };
    Some(OrderDependence { order, winners_differ, winners_as_given, winners_otherwise, failure: None, sentence })
}

fn steps(outcome: &Outcome) -> Vec<Step> {
    let of_round = |round: &super::Round| {
        let to_fill = round.elected_to_fill.clone();
        let by_quota = round.elected.iter().copied().filter(move |id| !to_fill.contains(id)).map(Step::Elected);
        let forced = round.forced_exclusions.iter().map(|event| Step::Forced(event.candidate));
        let eliminated = round.eliminated.map(Step::Eliminated);
        let filled = round.elected_to_fill.iter().copied().map(Step::Elected);
        by_quota.chain(forced).chain(eliminated).chain(filled).collect::<Vec<_>>()
    };
    outcome.rounds.iter().flat_map(of_round).collect()
}

/// A small generator (SplitMix64): orders must be the same on every machine.
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; the bias of the remainder is far below what a million rows could show.
    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(u64::MAX);
        usize::try_from(self.next() % end).unwrap_or(0)
    }
}
