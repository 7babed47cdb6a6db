//! Everything that is looked at in one election, with one error rate for all of it.
//!
//! Seven questions are fixed before looking: a burst, the cadence of all ballots, many ballots of an address, the rhythm of an
//! address, the choices in their order, what was left out, how often credentials were opened. Those that can be asked share the
//! level equally, the tests of a question its part; Holm's step-down with these weights
//! keeps the chance of any false finding in an honest election at the level, however the tests depend on one another.

use std::collections::BTreeMap;

use super::addresses::{address_p, gap_variation, regularity_p};
use super::choices::{self, Drift, Excluded, Run, drift, longest_run};
use super::draws::{Draws, Effort};
use super::float;
use super::scan::{Burst, scan, unit_of};

/// The chance of any finding in an honest election.
pub const LEVEL: f64 = 0.05;
/// Ballots below which the tests have little power: nothing found means nothing.
pub const SMALL: u64 = 100;
/// Ballots below which the cadence of an election means nothing.
const MIN_CADENCE: u64 = 20;
/// Variation of the gaps below which no queue of people comes.
const MACHINE_VARIATION: f64 = 0.15;
/// Ballots that cadence and rhythm are judged by.
pub const MOST_TIMES: usize = 5000;
/// Ballots of an address below which its rhythm means nothing.
pub const MIN_RHYTHM: u64 = 8;
/// Ballots of an address below which their number means nothing.
pub const MIN_SHARED: u64 = 3;
/// Questions that are asked at most.
const QUESTIONS: f64 = 7.0;
/// Ballots from which fewer draws are taken.
const MANY: u64 = 20_000;

/// An address of several ballots that nobody told of.
#[derive(Clone, Debug)]
pub struct Address {
    /// Ballots from it.
    pub ballots: u64,
    /// Seconds of its first ballots, ascending; empty where its rhythm is not asked.
    pub times: Vec<i64>,
}

/// Votes of one contest.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    /// Choices in the order of casting, without those that were left out; empty where nobody knows it.
    pub order: Vec<u32>,
    /// Votes by choice: kept ones, and those that were left out.
    pub votes: BTreeMap<u32, (u64, u64)>,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub struct Observed<'a> {
    /// Ballots by their second.
    pub ballots: &'a BTreeMap<i64, u32>,
    /// First and last seconds of known events.
    pub events: &'a [(i64, i64)],
    /// Addresses of [`MIN_SHARED`] or more ballots that nobody told of.
    pub addresses: &'a [Address],
    /// Ballots of all addresses that nobody told of.
    pub address_ballots: u64,
    /// All addresses that nobody told of.
    pub address_count: u64,
    /// Contests with votes.
    pub contests: &'a [Contest],
    /// How often each credential was opened that was opened at all.
    pub openings: &'a [u64],
}

/// What is unusual.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// A burst in time.
    Burst(Burst),
    /// All gaps are nearly constant; their variation.
    Cadence(f64),
    /// Many ballots of the address at this place of the list.
    Concentration(usize),
    /// Gaps of the address at this place of the list vary too little.
    Rhythm(usize),
    /// Equal choices in a row, in the contest at this place of the list.
    Run(usize, Run),
    /// A share that drifts, in the contest at this place of the list.
    Drift(usize, Drift),
    /// Votes of one choice that were left out, in the contest at this place of the list.
    Excluded(usize, Excluded),
    /// The credential at this place of the list was opened too often.
    Openings(usize),
}

/// Something unusual with its chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Unusual {
    /// What it is.
    pub what: What,
    /// Its own p-value.
    pub p: f64,
    /// The p-value corrected for all tests of the election.
    pub corrected: f64,
}

/// The answer to all questions.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// Tests that were made.
    pub tests: u64,
    /// Questions that were asked.
    pub questions: u32,
    /// What is significant after correction.
    pub unusual: Vec<Unusual>,
}

/// How many draws an election of so many ballots gets.
pub fn effort_of(ballots: u64) -> Effort {
    if ballots > MANY { Effort::SHORT } else { Effort::FULL }
}

/// Whether the rhythm of so many addresses can be told: with more of them no draw could be rare enough.
pub fn can_ask_rhythm(addresses: u64, effort: Effort) -> bool {
    addresses > 0 && effort.smallest_p() * QUESTIONS * float(addresses) <= LEVEL
}

/// Asks all questions about an election.
pub fn examine(observed: &Observed<'_>, effort: Effort, draws: &mut Draws) -> Answer {
    let ballots: u64 = observed.ballots.values().map(|count| u64::from(*count)).sum();
    let rhythmic = observed.addresses.iter().filter(|address| !address.times.is_empty()).count();
    let rhythmic = u64::try_from(rhythmic).unwrap_or(u64::MAX);
    let asks_cadence = ballots >= MIN_CADENCE;
    let asks_addresses = observed.address_count > 1;
    let asks_rhythm = can_ask_rhythm(rhythmic, effort);
    let ordered: Vec<(f64, What)> = (observed.contests.iter().enumerate())
        .flat_map(|(at, contest)| {
            let run = longest_run(&contest.order).map(|run| (run.p, What::Run(at, run)));
            let drift = drift(&contest.order).map(|drift| (drift.p, What::Drift(at, drift)));
            [run, drift].into_iter().flatten()
        })
        .collect();
    let excluded: Vec<(f64, What)> = (observed.contests.iter().enumerate())
        .filter_map(|(at, contest)| choices::exclusions(&contest.votes).map(|it| (it.p, What::Excluded(at, it))))
        .collect();
    let openings: u64 = observed.openings.iter().sum();
    let opened = u64::try_from(observed.openings.len()).unwrap_or(u64::MAX);
    let asks_openings = opened > 1 && openings > opened;
    let questions =
        [true, asks_cadence, asks_addresses, asks_rhythm, !ordered.is_empty(), !excluded.is_empty(), asks_openings];
    let questions = questions.into_iter().map(u32::from).sum::<u32>();
    let share = 1.0 / f64::from(questions);
    let mut found: Vec<(f64, f64, What)> = Vec::new();

    if let Some(burst) = scan(observed.ballots, observed.events, effort, draws) {
        found.push((burst.p, share, What::Burst(burst)));
    }
    if asks_cadence {
        let all = observed.ballots.iter();
        let all = all.flat_map(|(second, count)| std::iter::repeat_n(*second, usize::try_from(*count).unwrap_or(0)));
        let times: Vec<i64> = all.take(MOST_TIMES).collect();
        // Whole elections may well be steadier than chance (a queue at a desk): only a machine's cadence is told.
        if let Some(variation) = gap_variation(&times).filter(|variation| *variation < MACHINE_VARIATION)
            && let Some(p) = regularity_p(&times, unit_of(times.iter()), effort, draws)
        {
            found.push((p, share, What::Cadence(variation)));
        }
    }
    if asks_addresses {
        for (at, address) in observed.addresses.iter().enumerate() {
            let p = address_p(address.ballots, observed.address_ballots, observed.address_count);
            found.push((p, share / float(observed.address_count), What::Concentration(at)));
        }
    }
    if asks_rhythm {
        for (at, address) in observed.addresses.iter().enumerate() {
            if let Some(p) = regularity_p(&address.times, unit_of(address.times.iter()), effort, draws) {
                found.push((p, share / float(rhythmic), What::Rhythm(at)));
            }
        }
    }
    let lengths = [ordered.len(), excluded.len()].map(|length| u64::try_from(length).unwrap_or(u64::MAX));
    for (asked, tests) in [ordered, excluded].into_iter().zip(lengths) {
        found.extend(asked.into_iter().map(|(p, what)| (p, share / float(tests), what)));
    }
    if asks_openings {
        for (at, times) in observed.openings.iter().enumerate() {
            // Of very many credentials only those are kept that could be told.
            let p = address_p(*times, openings, opened);
            if p <= LEVEL {
                found.push((p, share / float(opened), What::Openings(at)));
            }
        }
    }
    let tests = 1
        + lengths.iter().sum::<u64>()
        + if asks_openings { opened } else { 0 }
        + u64::from(asks_cadence)
        + if asks_addresses { observed.address_count } else { 0 }
        + if asks_rhythm { rhythmic } else { 0 };
    Answer { tests, questions, unusual: step_down(found) }
}

/// Holm's step-down over (p, weight, what), weights adding up to at most one; what stays at or below the level.
fn step_down(mut found: Vec<(f64, f64, What)>) -> Vec<Unusual> {
    found.sort_by(|left, right| (left.0 / left.1).total_cmp(&(right.0 / right.1)));
    let (mut weight_left, mut least) = (1.0f64, 0.0f64);
    let mut unusual = Vec::new();
    for (p, weight, what) in found {
        least = least.max((weight_left * p / weight).min(1.0));
        if least > LEVEL {
            break;
        }
        unusual.push(Unusual { what, p, corrected: least });
        weight_left = (weight_left - weight).max(0.0);
    }
    unusual
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holm_steps_down_as_in_the_book() {
        // Holm's rule for three equal tests: 0.01 * 3, 0.02 * 2, then 0.04 * 1 lifted to no less than before.
        let third = 1.0 / 3.0;
        let of = |p: [f64; 3]| {
            let found = p.iter().enumerate().map(|(at, p)| (*p, third, What::Rhythm(at))).collect();
            step_down(found).into_iter().map(|it| it.corrected).collect::<Vec<_>>()
        };
        let close = |found: Vec<f64>, wanted: &[f64]| {
            assert_eq!(found.len(), wanted.len(), "{found:?}");
            assert!(found.iter().zip(wanted).all(|(left, right)| (left - right).abs() < 1e-12), "{found:?}");
        };
        close(of([0.01, 0.04, 0.02]), &[0.03, 0.04, 0.04]);
        close(of([0.02, 0.3, 0.001]), &[0.003, 0.04]);
        close(of([0.017, 0.001, 0.03]), &[0.003, 0.034, 0.034]);
        close(of([0.02, 0.02, 0.02]), &[]);
    }

    #[test]
    fn more_tests_make_each_of_them_harder() {
        let ballots: BTreeMap<i64, u32> = (0..40i64).map(|at| (at * 977 % 36_000, 1)).collect();
        let unusual = |addresses: u64| {
            let shared = [Address { ballots: 8, times: Vec::new() }];
            let observed = Observed {
                ballots: &ballots,
                events: &[],
                addresses: &shared,
                address_ballots: 20 + addresses,
                address_count: addresses,
                contests: &[],
                openings: &[],
            };
            let answer = examine(&observed, Effort::FULL, &mut Draws::new(1));
            assert_eq!(answer.tests, 2 + addresses, "burst, cadence, one for each address");
            answer.unusual.iter().find(|it| matches!(it.what, What::Concentration(0))).map(|it| it.corrected)
        };
        let p = address_p(8, 220, 200);
        let corrected = unusual(200).expect("8 of 220 ballots");
        assert!((corrected - p * 3.0 * 200.0).abs() < 1e-9, "three questions, 200 addresses");
        assert_eq!(unusual(15), None, "8 of 35 ballots over 15 addresses are nothing");
    }
}
