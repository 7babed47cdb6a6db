//! Whom each ballot counts for, round by round.
//!
//! Ballots marked alike share everything: whom they count for, why they stopped counting, and what parts of them elected
//! candidates have kept. A ballot stays where it is while its candidate is in the count; then it is read again from its
//! first rank.

use std::collections::BTreeMap;

use domain::contest::{Ballots, Mark};
use domain::rctab::{OvervoteRule, RctabRules};

use super::amount::Amount;
use crate::methods::piles::Piece;

/// Why a ballot counts for nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// Nobody was ranked on it.
    Blank,
    /// An overvoted rank ended it.
    Overvote,
    /// Too many ranks in a row were skipped.
    Skipped,
    /// Nobody ranked on it is left.
    Exhausted,
    /// A candidate was ranked twice.
    Repeated,
    /// It was surplus of the last winners, when nobody was to be elected any more.
    FinalSurplus,
}

impl Cause {
    pub(super) const ALL: [Self; 6] =
        [Self::Blank, Self::Overvote, Self::Skipped, Self::Exhausted, Self::Repeated, Self::FinalSurplus];

    /// The word of [`crate::count::Cause::cause`].
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Blank => "no choices",
            Self::Overvote => "overvote",
            Self::Skipped => "skipped ranks",
            Self::Exhausted => "no more choices",
            Self::Repeated => "repeated candidate",
            Self::FinalSurplus => "surplus of the last winners",
        }
    }
}

/// Where votes of a candidate went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    Candidate(u16),
    /// To nobody.
    Exhausted,
    /// Lost by cutting decimals: the winner ends with the threshold, the rest is nobody's.
    Residual,
}

/// Votes of a round, for all ballots or for those of one part of the electorate.
#[derive(Clone, Debug)]
pub(super) struct Tally {
    /// Of each candidate; `None` for who is out.
    pub(super) votes: Vec<Option<Amount>>,
    /// Of all candidates who are in the count.
    pub(super) active: Amount,
    /// Of ballots that count for nobody, in the order of [`Cause::ALL`].
    pub(super) inactive: [Amount; 6],
    /// Moves that led to this tally.
    pub(super) transfers: BTreeMap<(u16, Target), Amount>,
}

impl Tally {
    fn new(continuing: &[bool]) -> Self {
        Self {
            votes: continuing.iter().map(|is_in| is_in.then_some(Amount::ZERO)).collect(),
            active: Amount::ZERO,
            inactive: [Amount::ZERO; 6],
            transfers: BTreeMap::new(),
        }
    }

    /// Votes of a candidate; none where he is out.
    pub(super) fn of(&self, candidate: u16) -> Amount {
        self.votes[usize::from(candidate)].unwrap_or(Amount::ZERO)
    }

    pub(super) fn inactive_for(&self, cause: Cause) -> Amount {
        self.inactive[cause as usize]
    }

    fn count(&mut self, candidate: u16, votes: Amount) {
        let place = &mut self.votes[usize::from(candidate)];
        *place = Some(place.unwrap_or(Amount::ZERO).plus(votes));
        self.active = self.active.plus(votes);
    }

    fn rest(&mut self, cause: Cause, votes: Amount) {
        let place = &mut self.inactive[cause as usize];
        *place = place.plus(votes);
    }

    pub(super) fn add_transfer(&mut self, from: u16, to: Target, votes: Amount) {
        let sum = self.transfers.entry((from, to)).or_insert(Amount::ZERO);
        *sum = sum.plus(votes);
    }
}

/// What ballots marked alike have been through.
#[derive(Clone, Debug, Default)]
struct History {
    holder: Option<u16>,
    cause: Option<Cause>,
    /// What winners have kept, of one ballot.
    kept: Vec<(u16, Amount)>,
}

impl History {
    /// What is left of one ballot.
    fn value(&self) -> Amount {
        self.kept.iter().fold(Amount::ONE, |left, (_, kept)| left.minus(*kept))
    }
}

/// All ballots of a contest during one pass of the count.
pub(super) struct Papers<'a> {
    ballots: &'a Ballots,
    rules: &'a RctabRules,
    /// For each slice of the ballots the parts of the electorate that it belongs to.
    parts_of: &'a [Vec<usize>],
    parts: usize,
    histories: Vec<History>,
}

impl<'a> Papers<'a> {
    pub(super) fn new(ballots: &'a Ballots, rules: &'a RctabRules, parts_of: &'a [Vec<usize>], parts: usize) -> Self {
        Self { ballots, rules, parts_of, parts, histories: vec![History::default(); ballots.len()] }
    }

    /// Gives every ballot to the candidate it counts for now. Answers the tally of all ballots, and of each part.
    ///
    /// `is_full`: all seats are filled, and what moves now is surplus of the last winners.
    pub(super) fn distribute(&mut self, continuing: &[bool], is_full: bool) -> (Tally, Vec<Tally>) {
        let mut whole = Tally::new(continuing);
        let mut parts = vec![whole.clone(); self.parts];
        for (ballot, history) in self.ballots.iter().zip(&mut self.histories) {
            let stays = |holder: u16| continuing[usize::from(holder)];
            let value = history.value().times(ballot.votes);
            let mut moved = None;
            if history.cause.is_none() && !history.holder.is_some_and(stays) {
                let to = if is_full && !ballot.marks.is_empty() {
                    Err(Cause::FinalSurplus)
                } else {
                    read(ballot.marks, self.rules, continuing)
                };
                moved = history.holder.filter(|_| value.is_positive());
                history.holder = to.ok();
                history.cause = to.err();
            }
            let parts_of = self.parts_of.get(ballot.slice as usize).map_or(&[][..], Vec::as_slice);
            let tell = |tally: &mut Tally| {
                if let Some(from) = moved {
                    tally.add_transfer(from, history.holder.map_or(Target::Exhausted, Target::Candidate), value);
                }
                match (history.holder, history.cause) {
                    (Some(holder), None) => tally.count(holder, value),
                    (_, cause) => tally.rest(cause.unwrap_or(Cause::Exhausted), value),
                }
            };
            tell(&mut whole);
            for part in parts_of {
                tell(&mut parts[*part]);
            }
        }
        (whole, parts)
    }

    /// Lets a new winner keep all but a fraction of the ballots that count for him.
    pub(super) fn keep(&mut self, winner: u16, surplus: Amount) {
        for history in &mut self.histories {
            if history.holder == Some(winner) {
                let value = history.value();
                let passed_on = value.part(surplus, self.rules.decimal_places);
                history.kept.push((winner, value.minus(passed_on)));
            }
        }
    }

    /// What lies with a candidate now, or with nobody: whole ballots, what is left of them, and what winners have kept. Ballots
    /// marked alike of several parts of the electorate are one kind.
    pub(super) fn pieces(&self, holder: Option<usize>) -> Vec<Piece<Amount>> {
        let mut first: BTreeMap<&[Mark], usize> = BTreeMap::new();
        let mut pieces = Vec::new();
        for (place, (ballot, history)) in self.ballots.iter().zip(&self.histories).enumerate() {
            let kind = *first.entry(ballot.marks).or_insert(place);
            let mut lay = |ends: &'static str, worth: Amount| {
                if !worth.is_zero() {
                    pieces.push(Piece { kind, ends, ballots: ballot.votes, worth });
                }
            };
            for (winner, kept) in &history.kept {
                if Some(usize::from(*winner)) == holder {
                    lay("", *kept);
                }
            }
            match (history.holder, history.cause) {
                (Some(with), None) if Some(usize::from(with)) == holder => lay("", history.value()),
                (Some(_), None) => {}
                (_, cause) if holder.is_none() => lay(cause.unwrap_or(Cause::Exhausted).word(), history.value()),
                _ => {}
            }
        }
        pieces
    }

    /// What winners have kept, of all ballots and of those of each part.
    pub(super) fn kept(&self, winners: &[u16]) -> Vec<(Amount, Vec<Amount>)> {
        let mut sums = vec![(Amount::ZERO, vec![Amount::ZERO; self.parts]); winners.len()];
        for (ballot, history) in self.ballots.iter().zip(&self.histories) {
            for (winner, kept) in &history.kept {
                let Some(place) = winners.iter().position(|one| one == winner) else { continue };
                let (whole, parts) = &mut sums[place];
                let votes = kept.times(ballot.votes);
                *whole = whole.plus(votes);
                for part in self.parts_of.get(ballot.slice as usize).map_or(&[][..], Vec::as_slice) {
                    parts[*part] = parts[*part].plus(votes);
                }
            }
        }
        sums
    }
}

/// Reads a ballot from its first rank: the candidate it counts for, or why for none.
fn read(marks: &[Mark], rules: &RctabRules, continuing: &[bool]) -> Result<u16, Cause> {
    let is_in = |candidate: u16| continuing.get(usize::from(candidate)).copied().unwrap_or(false);
    let mut last_rank = 0u32;
    let mut seen: Vec<u16> = Vec::new();
    for rank in marks.chunk_by(|one, other| one.value == other.value) {
        let number = u32::from(rank[0].value);
        if let Some(allowed) = rules.max_skipped_ranks
            && number.saturating_sub(last_rank) > allowed.saturating_add(1)
        {
            return Err(Cause::Skipped);
        }
        last_rank = number;
        if rules.exhausts_on_duplicate {
            for mark in rank {
                if seen.contains(&mark.candidate) {
                    return Err(Cause::Repeated);
                }
                seen.push(mark.candidate);
            }
        }
        let is_overvoted = rank.len() > 1 || rank[0].candidate == Mark::OVERVOTE;
        let goes_on = match rules.overvotes {
            _ if !is_overvoted => true,
            OvervoteRule::SkipRank => false,
            OvervoteRule::Exhaust => return Err(Cause::Overvote),
            OvervoteRule::ExhaustIfSeveralContinue => {
                if rank.iter().filter(|mark| is_in(mark.candidate)).count() > 1 {
                    return Err(Cause::Overvote);
                }
                true
            }
        };
        if let Some(mark) = rank.iter().find(|mark| goes_on && is_in(mark.candidate)) {
            return Ok(mark.candidate);
        }
    }
    // Ranks left empty behind the last mark are no skipped ranks.
    Err(if marks.is_empty() { Cause::Blank } else { Cause::Exhausted })
}
