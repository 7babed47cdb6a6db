//! Which ballots lie with whom in a round, by the shares that the round began with.
//!
//! Ballots with the same ranking are one kind, worth what is left of one vote. The origin adds in another order, so that the
//! last of its eighty digits may differ; that is what lies loose.

use std::collections::BTreeMap;

use super::{Ballot, CountError, Election, Outcome};
use crate::count::{Count, Pile, PileAsked};
use crate::decimal::Decimal;
use crate::methods::piles::exact::Exact;
use crate::methods::piles::{Piece, Showing, close, page};

/// Rankings by place in [`Election::candidates`].
struct Rankings(Vec<Vec<usize>>);

impl Showing for Rankings {
    type Value = Decimal;

    fn times(&self, value: &Decimal, ballots: u64) -> Decimal {
        value.times(&Decimal::from(ballots))
    }

    fn exact(&self, value: &Decimal) -> Exact {
        Exact::parse(&value.to_string())
    }

    fn ranking(&self, kind: usize) -> Vec<Vec<usize>> {
        self.0[kind].iter().map(|place| vec![*place]).collect()
    }
}

/// Piles of a finished count, in the order asked for. `told` is the outcome in the shape of all counts.
///
/// # Errors
/// Where there is no such round or candidate.
pub fn piles(
    election: &Election,
    outcome: &Outcome,
    told: &Count,
    asked: &[PileAsked],
) -> Result<Vec<Pile>, CountError> {
    let places: BTreeMap<i64, usize> = election.candidates.iter().map(|it| it.id).zip(0..).collect();
    let ranking = |ballot: &Ballot| ballot.ranking.iter().filter_map(|id| places.get(id).copied()).collect();
    let mut merged: BTreeMap<Vec<usize>, u64> = BTreeMap::new();
    for ballot in &election.ballots {
        *merged.entry(ranking(ballot)).or_default() += u64::try_from(ballot.weight).unwrap_or(0);
    }
    let (rankings, weights): (Vec<Vec<usize>>, Vec<u64>) = merged.into_iter().unzip();
    let rankings = Rankings(rankings);
    let open = asked.iter().map(|asked| {
        // A round is counted with the shares that the one before left.
        let mut shares = vec![Decimal::ONE; election.candidates.len()];
        let before = asked.round.checked_sub(2).and_then(|at| outcome.rounds.get(at));
        for (id, share) in before.iter().flat_map(|round| &round.retention_factors) {
            if let Some(place) = places.get(id) {
                shares[*place] = *share;
            }
        }
        let mut pieces = Vec::new();
        for (kind, (ranking, weight)) in rankings.0.iter().zip(&weights).enumerate() {
            let worth = part(ranking, &shares, asked.holder);
            if *weight > 0 && !worth.is_zero() {
                let ends = if asked.holder.is_some() {
                    ""
                } else if ranking.is_empty() {
                    "no valid choice"
                } else {
                    "no more choices"
                };
                pieces.push(Piece { kind, ends, ballots: *weight, worth });
            }
        }
        Some(page(&rankings, asked, pieces))
    });
    close(told, asked, open.collect()).map_err(|error| CountError { kind: "ValueError", message: error.message })
}

/// What of one vote lies with a holder: the steps of the count itself.
fn part(ranking: &[usize], shares: &[Decimal], holder: Option<usize>) -> Decimal {
    let mut rest = Decimal::ONE;
    let mut sum = Decimal::ZERO;
    for place in ranking {
        let share = &shares[*place];
        if !share.is_positive() {
            continue;
        }
        let staying = if share.is_plain_one() { rest } else { rest.times(share) };
        rest = rest.minus(&staying);
        if holder == Some(*place) {
            sum = sum.plus(&staying);
        }
        if !rest.is_positive() {
            return sum;
        }
    }
    if holder.is_none() { rest } else { sum }
}
