//! One pass of the count: rounds until the seats are filled, or as far as the rules want.
//!
//! In each round the ballots are given to those still in the count, the threshold is set, and then either winners are
//! found or somebody is eliminated, never both.

use domain::contest::Contest;
use domain::rctab::{RctabRules, WinnerMode};

use super::amount::Amount;
use super::ballots::{Papers, Tally, Target};
use super::eliminations::Why;
use super::lots;
use super::ties::{Cut, Ties};
use crate::count::CannotCount;

/// One round.
#[derive(Clone, Debug)]
pub(super) struct Round {
    /// All ballots.
    pub(super) whole: Tally,
    /// The parts of the electorate, in the order of [`Pass::parts`].
    pub(super) parts: Vec<Tally>,
    pub(super) threshold: Amount,
    /// Elected in this round, by name.
    pub(super) elected: Vec<u16>,
    /// Eliminated in this round, by name.
    pub(super) eliminated: Vec<u16>,
    pub(super) why: Why,
    pub(super) tie: Option<Cut>,
}

/// Where a candidate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    In,
    Elected,
    Eliminated,
    /// Not counted for at all.
    Excluded,
}

/// A pass under way.
pub(super) struct Pass<'a> {
    pub(super) rules: &'a RctabRules,
    pub(super) mode: WinnerMode,
    pub(super) seats: usize,
    names: &'a [String],
    papers: Papers<'a>,
    pub(super) ties: Ties<'a>,
    pub(super) states: Vec<State>,
    pub(super) rounds: Vec<Round>,
}

impl<'a> Pass<'a> {
    /// Begins a pass. `elected_before`: winners of earlier passes, who are out of this one.
    pub(super) fn new(
        contest: &'a Contest,
        rules: &'a RctabRules,
        names: &'a [String],
        parts_of: &'a [Vec<usize>],
        parts: usize,
        elected_before: &[u16],
    ) -> Self {
        let is_one_of_many = rules.mode == WinnerMode::MultiPass;
        let mut states: Vec<State> = contest
            .candidates
            .iter()
            .map(|candidate| if candidate.withdrawn { State::Excluded } else { State::In })
            .collect();
        for winner in elected_before {
            states[usize::from(*winner)] = State::Excluded;
        }
        let declared = (0u16..).take(names.len()).filter(|place| Some(*place) != rules.write_ins).collect();
        Self {
            rules,
            mode: if is_one_of_many { WinnerMode::SingleWinner } else { rules.mode },
            seats: if is_one_of_many { 1 } else { usize::try_from(rules.winners).unwrap_or(usize::MAX) },
            names,
            papers: Papers::new(&contest.ballots, rules, parts_of, parts),
            ties: Ties::new(rules, names, declared),
            states,
            rounds: Vec::new(),
        }
    }

    /// Runs all rounds. `look` is shown how the ballots lie in each, by its number from 1.
    pub(super) fn run(mut self, look: &mut dyn FnMut(usize, &Papers<'_>)) -> Result<Vec<Round>, CannotCount> {
        while self.goes_on() {
            let continuing: Vec<bool> =
                (0u16..).take(self.states.len()).map(|place| self.is_continuing(place)).collect();
            if !continuing.contains(&true) && !self.rounds.is_empty() && !self.has_surpluses() {
                break;
            }
            let is_full = self.has_surpluses() && self.elected() == self.seats;
            let (whole, parts) = self.papers.distribute(&continuing, is_full);
            look(self.rounds.len() + 1, &self.papers);
            let threshold = self.threshold(&whole);
            let mut round = Round {
                whole,
                parts,
                threshold,
                elected: Vec::new(),
                eliminated: Vec::new(),
                why: Why::Nothing,
                tie: None,
            };
            self.find_winners(&mut round)?;
            if round.elected.is_empty() {
                if self.must_eliminate() && continuing.contains(&true) {
                    self.eliminate(&mut round)?;
                }
            } else {
                self.elect(&mut round);
            }
            if self.seats > 1 {
                self.settle_earlier_winners(&mut round);
            }
            let is_idle = round.elected.is_empty() && round.eliminated.is_empty();
            self.rounds.push(round);
            if is_idle {
                break;
            }
        }
        Ok(self.rounds)
    }

    /// Whether surpluses of winners are passed on.
    pub(super) fn has_surpluses(&self) -> bool {
        self.seats > 1 && self.mode != WinnerMode::BottomsUp
    }

    pub(super) fn elected(&self) -> usize {
        self.states.iter().filter(|state| **state == State::Elected).count()
    }

    pub(super) fn eliminated(&self) -> usize {
        self.states.iter().filter(|state| **state == State::Eliminated).count()
    }

    /// Candidates of this pass, undeclared write-ins among them.
    pub(super) fn candidates(&self) -> usize {
        self.states.iter().filter(|state| **state != State::Excluded).count()
    }

    /// A winner stays in the count where rounds go on until two are left.
    pub(super) fn is_continuing(&self, place: u16) -> bool {
        match self.states[usize::from(place)] {
            State::In => true,
            State::Elected => self.rules.continues_until_two,
            State::Eliminated | State::Excluded => false,
        }
    }

    pub(super) fn sort_by_name(&self, places: &mut [u16]) {
        let name = |place: &u16| self.names[usize::from(*place)].as_str();
        places.sort_by(|one, other| lots::compare(name(one), name(other)));
    }

    /// Whether another round follows.
    fn goes_on(&self) -> bool {
        let rounds = u32::try_from(self.rounds.len()).unwrap_or(u32::MAX);
        if self.rules.stop_after_round.is_some_and(|last| rounds >= last) {
            return false;
        }
        let Some(last) = self.rounds.last() else { return true };
        // With more seats than candidates all are elected, and seats stay empty.
        let nobody_is_left = !self.states.contains(&State::In);
        if nobody_is_left && self.seats > self.candidates() {
            return false;
        }
        if self.rules.continues_until_two {
            // The last elimination is followed by a round that shows where its votes went.
            return self.eliminated() + self.elected() + 1 < self.candidates() || !last.eliminated.is_empty();
        }
        if self.mode == WinnerMode::BottomsUpPercentage {
            return self.elected() == 0;
        }
        // Likewise the last surpluses.
        self.elected() < self.seats || (self.has_surpluses() && !last.elected.is_empty())
    }

    /// Votes that elect in this round.
    fn threshold(&self, tally: &Tally) -> Amount {
        // Rounds that only go on until two are left have nobody to elect, and no new threshold.
        let is_won = self.seats == 1 && self.elected() == 1;
        let is_kept = self.seats > 1 || self.rules.is_first_threshold_kept || is_won;
        if let (true, Some(last)) = (is_kept, self.rounds.last()) {
            return last.threshold;
        }
        let active = tally.active;
        let threshold = if self.mode == WinnerMode::BottomsUpPercentage {
            self.rules.percentage.map_or(Amount::ZERO, Amount::percent).of(active)
        } else {
            let decimals = if self.rules.has_fractional_threshold { self.rules.decimal_places } else { 0 };
            let seats = u64::try_from(self.seats).unwrap_or(u64::MAX);
            if self.rules.is_hare {
                active.shared(seats, decimals, true)
            } else {
                // The next number above the exact share.
                active.shared(seats.saturating_add(1), decimals, false).plus(Amount::step(decimals))
            }
        };
        let minimum = Amount::whole(self.rules.minimum_votes);
        if minimum.is_positive() && minimum > threshold { minimum } else { threshold }
    }

    fn find_winners(&mut self, round: &mut Round) -> Result<(), CannotCount> {
        let tally = &round.whole;
        let inside: Vec<u16> = (0u16..).take(self.states.len()).filter(|place| self.is_continuing(*place)).collect();
        let is_write_in = |place: &u16| Some(*place) == self.rules.write_ins;
        // Nobody is elected while undeclared write-ins hold votes.
        if inside.is_empty() || inside.iter().any(|place| is_write_in(place) && !tally.of(*place).is_zero()) {
            return Ok(());
        }
        if self.mode == WinnerMode::BottomsUpPercentage {
            if inside.iter().all(|place| tally.of(*place) > round.threshold) {
                round.elected = inside;
            }
            return Ok(());
        }
        let unfilled = self.seats.saturating_sub(self.elected());
        let most = inside.iter().map(|place| tally.of(*place)).max().unwrap_or(Amount::ZERO);
        let leading: Vec<u16> = inside.iter().copied().filter(|place| tally.of(*place) == most).collect();
        let mut winners = if unfilled == 0 {
            Vec::new()
        } else if inside.len() <= unfilled {
            inside.clone()
        } else if self.rules.is_first_threshold_kept && inside.len() == self.seats.saturating_add(1) {
            // Nobody may reach a threshold of round 1 any more; those who lead win.
            leading.clone()
        } else if self.mode == WinnerMode::BottomsUp {
            Vec::new()
        } else {
            inside.iter().copied().filter(|place| tally.of(*place) >= round.threshold).collect()
        };
        let is_one_each = self.mode == WinnerMode::OneWinnerPerRound || self.rules.is_first_threshold_kept;
        // Two are left, and neither has a majority: the tie is cut here, not by eliminating one of the two.
        let minimum = Amount::whole(self.rules.minimum_votes);
        let is_last_pair = self.seats == 1
            && winners.is_empty()
            && unfilled == 1
            && inside.len() == 2
            && inside.iter().all(|place| tally.of(*place) >= minimum);
        if (winners.len() > 1 && is_one_each) || is_last_pair {
            winners = leading;
            if winners.len() > 1 {
                let cut = self.ties.cut(true, winners, most, &self.rounds)?;
                winners = vec![cut.picked];
                round.tie = Some(cut);
            }
        }
        winners.retain(|place| Some(*place) != self.rules.write_ins);
        round.elected = winners;
        Ok(())
    }

    fn elect(&mut self, round: &mut Round) {
        self.sort_by_name(&mut round.elected);
        for winner in round.elected.clone() {
            self.states[usize::from(winner)] = State::Elected;
            if self.has_surpluses() {
                let votes = round.whole.of(winner);
                let surplus = votes.minus(round.threshold);
                let fraction =
                    if surplus.is_positive() { surplus.over(votes, self.rules.decimal_places) } else { Amount::ZERO };
                self.papers.keep(winner, fraction);
            }
        }
    }

    /// Puts the votes of earlier winners into the tally: what they kept. The part above the threshold that could not be
    /// passed on for want of decimals is nobody's.
    fn settle_earlier_winners(&self, round: &mut Round) {
        let Some(last) = self.rounds.last() else { return };
        let earlier: Vec<u16> = (0u16..)
            .take(self.states.len())
            .filter(|place| self.states[usize::from(*place)] == State::Elected && !round.elected.contains(place))
            .collect();
        let (new, old): (Vec<u16>, Vec<u16>) = earlier.into_iter().partition(|place| last.elected.contains(place));
        for winner in old {
            let place = usize::from(winner);
            round.whole.votes[place] = last.whole.votes[place];
            for (part, before) in round.parts.iter_mut().zip(&last.parts) {
                part.votes[place] = before.votes[place];
            }
        }
        if new.is_empty() {
            return;
        }
        let kept = if self.has_surpluses() { self.papers.kept(&new) } else { Vec::new() };
        for (winner, (whole, parts)) in new.iter().zip(kept) {
            let place = usize::from(*winner);
            let residual = whole.minus(round.threshold);
            if residual.is_positive() {
                round.whole.votes[place] = Some(round.threshold);
                round.whole.add_transfer(*winner, Target::Residual, residual);
            } else {
                round.whole.votes[place] = Some(whole);
            }
            for (part, votes) in round.parts.iter_mut().zip(parts) {
                part.votes[place] = Some(votes);
            }
        }
    }

    /// Whether somebody goes where nobody was elected.
    fn must_eliminate(&self) -> bool {
        self.elected() < self.seats
            || (self.rules.continues_until_two && self.eliminated() + 2 < self.candidates())
            || self.mode == WinnerMode::BottomsUpPercentage
    }
}
