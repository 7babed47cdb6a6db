//! RCTab's count: ranked choice by the options of a contest configuration, as its release 2.0 counts.
//!
//! One winner by majority, several with transferred surpluses, eliminations from the bottom up, or one winner after the
//! other. What a ballot does at an overvote, a skipped rank or a candidate ranked twice, how the threshold is set, who is
//! eliminated together and how ties are cut, all comes from [`domain::RctabRules`].
//!
//! Where RCTab's answer depends on its language so do we: its decimals keep the scale they were calculated with, its lots
//! come from a generator of 48 bits, its lists are sorted by UTF-16 units. Three things differ, because its own count
//! would stop with an exception or elect nobody: undeclared write-ins are never elected, a count with more seats than
//! candidates ends when all are elected even if others were excluded, and a tie that is left to a person is an error that
//! names the candidates.
//!
//! The parts: `check` (what cannot be counted), `amount` (decimals), `lots` (Java's orders and draws), `ballots` (whom a
//! ballot counts for), `rounds` (one pass), `eliminations`, `ties`, `answer` (rounds for everybody), `sentences`,
//! `report` (RCTab's own summary).
//!
//! Sources: RCTab's technical data package (Configuration File Parameters, Tabulation Options), its published program,
//! read for what it does and written anew here, and the elections of its test data.

mod amount;
mod answer;
mod ballots;
mod check;
mod eliminations;
mod lots;
mod report;
mod rounds;
mod sentences;
#[cfg(test)]
mod tests;
mod ties;

use amount::Amount;
use domain::contest::Contest;
use domain::rctab::{RctabRules, SLICE_SEPARATOR, SliceKind, WinnerMode};

pub use report::{SliceReport, slices_to_json, to_json};

use crate::count::{CannotCount, Count, Pile, PileAsked};
use crate::methods::piles::exact::Exact;
use crate::methods::piles::{Open, Showing, close, page, ranking_of};
use rounds::{Pass, Round};

/// A finished count, with what RCTab's report says beyond the rounds.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The rounds in the form of all counts. Rounds of several passes follow one another.
    pub count: Count,
    rules: RctabRules,
    names: Vec<String>,
    parts: Vec<(SliceKind, String)>,
    passes: Vec<Vec<Round>>,
}

/// Counts a contest.
///
/// # Errors
/// [`CannotCount`]: no candidate or no seat, options that exclude one another or are out of range, a tie that is left to
/// a person (`tie`), nobody at the minimum number of votes (`nobody_left`), more votes than can be calculated with.
pub fn count(contest: &Contest, rules: &RctabRules) -> Result<Outcome, CannotCount> {
    Ok(run(contest, rules, &[])?.0)
}

/// Counts once more and answers the piles that are asked for, in that order.
///
/// # Errors
/// As [`count`], and `bad_option` where there is no such round or candidate.
pub fn piles(contest: &Contest, rules: &RctabRules, asked: &[PileAsked]) -> Result<Vec<Pile>, CannotCount> {
    let (outcome, open) = run(contest, rules, asked)?;
    close(&outcome.count, asked, open)
}

/// How pieces of a count are shown.
struct Shown<'a>(&'a Contest);

impl Showing for Shown<'_> {
    type Value = Amount;

    fn times(&self, value: &Amount, ballots: u64) -> Amount {
        value.times(ballots)
    }

    fn exact(&self, value: &Amount) -> Exact {
        Exact::parse(&value.to_string())
    }

    fn ranking(&self, kind: usize) -> Vec<Vec<usize>> {
        ranking_of(self.0, kind)
    }
}

fn run(
    contest: &Contest,
    rules: &RctabRules,
    asked: &[PileAsked],
) -> Result<(Outcome, Vec<Option<Open>>), CannotCount> {
    let mut open: Vec<Option<Open>> = vec![None; asked.len()];
    let mut before = 0;
    check::check(contest, rules)?;
    let names: Vec<String> = contest.candidates.iter().map(|candidate| candidate.name.clone()).collect();
    let (parts, parts_of) = parts(contest, &rules.slices);
    let seats = if rules.mode == WinnerMode::MultiPass { rules.winners } else { 1 };
    let mut passes = Vec::new();
    let mut elected: Vec<u16> = Vec::new();
    for _ in 0..seats {
        let pass = Pass::new(contest, rules, &names, &parts_of, parts.len(), &elected);
        let rounds = pass.run(&mut |round, papers| {
            for (asked, open) in asked.iter().zip(&mut open).filter(|(asked, _)| asked.round == before + round) {
                *open = Some(page(&Shown(contest), asked, papers.pieces(asked.holder)));
            }
        })?;
        before += rounds.len();
        let winners: Vec<u16> = rounds.iter().flat_map(|round| round.elected.iter().copied()).collect();
        passes.push(rounds);
        // A pass that was stopped early elects nobody; then the next would be the same again.
        if winners.is_empty() {
            break;
        }
        elected.extend(winners);
    }
    let count = answer::answer(rules, &names, &passes);
    Ok((Outcome { count, rules: rules.clone(), names, parts, passes }, open))
}

/// The parts of the electorate by name, and for each slice of the ballots which of them it belongs to.
fn parts(contest: &Contest, kinds: &[SliceKind]) -> (Vec<(SliceKind, String)>, Vec<Vec<usize>>) {
    let slices = contest.ballots.slices();
    let mut parts: Vec<(SliceKind, String)> = Vec::new();
    for (place, kind) in kinds.iter().enumerate() {
        let mut names: Vec<&str> =
            slices.iter().map(|slice| slice.split(SLICE_SEPARATOR).nth(place).unwrap_or_default()).collect();
        names.sort_by(|one, other| lots::compare(one, other));
        names.dedup();
        parts.extend(names.into_iter().map(|name| (*kind, name.to_owned())));
    }
    let place_of: std::collections::HashMap<(&str, &str), usize> =
        parts.iter().enumerate().map(|(place, (kind, name))| ((kind.name(), name.as_str()), place)).collect();
    let parts_of = slices
        .iter()
        .map(|slice| {
            let names = slice.split(SLICE_SEPARATOR);
            kinds.iter().zip(names).filter_map(|(kind, name)| place_of.get(&(kind.name(), name)).copied()).collect()
        })
        .collect();
    (parts, parts_of)
}
