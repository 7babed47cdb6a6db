//! Meek's method: "A new approach to the single transferable vote" (1969), "Algorithm 123" (1987). Warren's differs only in what an elected candidate keeps of a ballot.
//!
//! Every elected candidate keeps just enough of what reaches him for the quota; shares are adjusted until the surplus is
//! small enough, then the last candidate is excluded and everything is counted again without him. The quota falls as
//! ballots run out. Candidates may share a rank.
//!
//! Profiles: in general (iterates until the surplus is at most 10^-omega; sure losers go as soon as they are seen), and
//! the PR Foundation's reference rule with nine decimal places, omega 6, no sure losers
//! (<https://prfound.org/resources/reference/reference-meek-rule/>). Ties: candidates within the surplus of the lowest are
//! level, and the order given decides.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::arithmetic::Arithmetic;
use super::board::{Board, State};
use super::gregory::Quota;
use super::papers::Why;
use super::ties::Before;
use super::tree::{Keep, Tree};
use crate::CannotCount;

/// Iterations of one round after which a count would not end.
const MOST_ITERATIONS: usize = 100_000;

/// What tells the profiles apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) keep: Keep,
    /// Sure losers are excluded before the shares stand still.
    pub(super) batch: bool,
    /// Iterations end when the surplus is below 10^-omega, not only at most as large.
    pub(super) below: bool,
}

/// In general.
pub(super) const MEEK: Plan = Plan { keep: Keep::Share, batch: true, below: false };
/// In general, after Warren.
pub(super) const WARREN: Plan = Plan { keep: Keep::AtMost, batch: true, below: false };
/// The reference rule.
pub(super) const REFERENCE: Plan = Plan { keep: Keep::Share, batch: false, below: true };

/// Why a round stopped iterating.
enum Stopped {
    Elected,
    Settled,
    Losers(Vec<usize>),
}

struct Meek<'b, 'a, A: Arithmetic> {
    board: &'b mut Board<'a, A>,
    tree: Tree<'a>,
    shares: Vec<A::Value>,
    plan: Plan,
    omega: A::Value,
    surplus: A::Value,
    iterations: usize,
    /// Tells where a number has grown too long to go on.
    too_long: &'b dyn Fn(&A::Value) -> bool,
}

/// Counts. `omega` is the surplus at which iterations end; `too_long` tells numbers that have grown without bounds.
pub(super) fn count<A: Arithmetic>(
    board: &mut Board<'_, A>,
    plan: Plan,
    omega: A::Value,
    too_long: &dyn Fn(&A::Value) -> bool,
) -> Result<(), CannotCount> {
    let math = board.math;
    let shares = board.states.iter().map(|state| math.whole(u64::from(*state == State::Hopeful))).collect();
    let tree = Tree::grow(board.papers);
    let mut meek = Meek { board, tree, shares, plan, omega, surplus: math.zero(), iterations: 0, too_long };
    meek.hand_down();
    meek.note_piles();
    meek.board.open_round();
    let mut is_first = true;
    while meek.board.left() > 0 && meek.board.how_many(State::Hopeful) > meek.board.left() {
        let stopped = if is_first { meek.first_round()? } else { meek.iterate(true)? };
        is_first = false;
        match stopped {
            Stopped::Elected => {}
            Stopped::Losers(losers) => {
                for loser in losers {
                    meek.exclude(loser, "and cannot catch up any more");
                }
            }
            Stopped::Settled => {
                let (loser, why) = meek.lowest();
                meek.exclude(loser, why);
            }
        }
    }
    meek.finish();
    Ok(())
}

impl<A: Arithmetic> Meek<'_, '_, A> {
    /// Hands all ballots down and sets votes, what is lost, and the quota.
    fn hand_down(&mut self) {
        let handed = self.tree.hand_down(self.board.math, &self.shares, self.plan.keep);
        self.board.votes = handed.votes;
        self.board.lost.insert(Why::NoMoreChoices, handed.exhausted);
        let votes = self.board.math.sum(&self.board.votes);
        self.board.quota = Quota::Exact.of(self.board.math, &votes, self.board.seats);
    }

    /// Elects who has the quota, in the order of the ballot paper; true where there is somebody.
    fn elect_reached(&mut self, opens_round: bool) -> bool {
        let reached: Vec<usize> = self
            .board
            .all(State::Hopeful)
            .into_iter()
            .filter(|&candidate| self.board.has_reached(candidate, Quota::Exact))
            .collect();
        if opens_round && !reached.is_empty() {
            self.open_round();
        }
        for &candidate in &reached {
            if self.board.left() > 0 {
                let why = format!(
                    "is elected with {} votes; the quota is {}",
                    self.board.text(candidate),
                    self.board.math.text(&self.board.quota)
                );
                self.board.elect(candidate, State::Elected, &why);
            }
        }
        !reached.is_empty()
    }

    /// Notes where ballots lie by the present shares, where somebody asks for it.
    fn note_piles(&mut self) {
        let wanted = self.board.wanted();
        if !wanted.is_empty() {
            let slips = self.tree.slips(self.board.math, &self.shares, self.plan.keep, &wanted);
            self.board.note_all(slips);
        }
    }

    fn open_round(&mut self) {
        self.note_piles();
        self.board.open_round();
        if self.iterations > 1 {
            let sentence = format!(
                "After {} steps those elected keep what they need, and the surplus that is left is {}.",
                self.iterations,
                self.board.math.text(&self.surplus)
            );
            self.board.say(sentence);
        }
    }

    fn first_round(&mut self) -> Result<Stopped, CannotCount> {
        if self.elect_reached(false) { Ok(Stopped::Elected) } else { self.iterate(false) }
    }

    /// Adjusts shares until somebody is elected or nothing moves any more, and opens the round that this gives.
    fn iterate(&mut self, opens_round: bool) -> Result<Stopped, CannotCount> {
        let mut before: Option<A::Value> = None;
        self.iterations = 0;
        loop {
            self.iterations += 1;
            self.hand_down();
            let math = self.board.math;
            self.surplus = self.total_surplus();
            if self.elect_reached(opens_round) {
                return Ok(Stopped::Elected);
            }
            let order = math.compare(&self.surplus, &self.omega);
            let is_small = if self.plan.below { order == Ordering::Less } else { order != Ordering::Greater };
            let stands = before.as_ref().is_some_and(|before| math.compare(&self.surplus, before) != Ordering::Less);
            if is_small || stands {
                if opens_round {
                    self.open_round();
                }
                return Ok(Stopped::Settled);
            }
            if self.plan.batch {
                let losers = self.board.sure_losers(&self.surplus);
                if !losers.is_empty() {
                    if opens_round {
                        self.open_round();
                    }
                    return Ok(Stopped::Losers(losers));
                }
            }
            for candidate in self.board.all(State::Elected) {
                let votes = &self.board.votes[candidate];
                let needed = math.mul_up(&self.shares[candidate], &self.board.quota);
                let share = math.div_up(&needed, votes).min(math.whole(1));
                if (self.too_long)(&share) {
                    return Err(CannotCount::new(
                        "too_large",
                        "exact fractions grow without bounds in this count; ask for decimals, such as guarded-p18-g9",
                    ));
                }
                self.shares[candidate] = share;
            }
            if self.iterations > MOST_ITERATIONS {
                return Err(CannotCount::new(
                    "does_not_settle",
                    "the shares of those elected do not settle; ask for more places or a larger omega",
                ));
            }
            before = Some(self.surplus.clone());
        }
    }

    /// Votes above the quota of all who are elected.
    fn total_surplus(&self) -> A::Value {
        let math = self.board.math;
        let mut sum = math.zero();
        for candidate in self.board.all(State::Elected) {
            sum += &self.board.votes[candidate];
            sum -= &self.board.quota;
        }
        sum.max(math.zero())
    }

    /// The last candidate. Who is above the lowest by no more than the surplus is level with him.
    fn lowest(&mut self) -> (usize, &'static str) {
        let board = &mut *self.board;
        let hopeful = board.all(State::Hopeful);
        let low = board.extreme(&hopeful, &board.votes, Ordering::Less)[0];
        let reach = board.math.plus(&board.votes[low], &self.surplus);
        let level: Vec<usize> = hopeful
            .into_iter()
            .filter(|&candidate| board.math.compare(&board.votes[candidate], &reach) != Ordering::Greater)
            .collect();
        let loser = board.pick(&level, Ordering::Less, Before::Nothing, "exclusion");
        let is_lowest = board.math.compare(&board.votes[loser], &board.votes[low]) == Ordering::Equal;
        (loser, if is_lowest { "the fewest" } else { "above the fewest by no more than the surplus" })
    }

    /// Excludes, and tells where the votes go at first.
    fn exclude(&mut self, loser: usize, why: &str) {
        let math = self.board.math;
        let why = format!("is excluded with {} votes, {why}", self.board.text(loser));
        self.board.exclude(loser, &why);
        self.shares[loser] = math.zero();
        let handed = self.tree.hand_down(math, &self.shares, self.plan.keep);
        let mut gains: BTreeMap<Option<usize>, A::Value> = BTreeMap::new();
        for (candidate, votes) in handed.votes.iter().enumerate() {
            if *votes > self.board.votes[candidate] {
                gains.insert(Some(candidate), math.minus(votes, &self.board.votes[candidate]));
            }
        }
        if let Some(lost) = self.board.lost.get(&Why::NoMoreChoices)
            && handed.exhausted > *lost
        {
            gains.insert(None, math.minus(&handed.exhausted, lost));
        }
        self.board.record_transfers(loser, &gains);
        self.board.votes = handed.votes;
        self.board.lost.insert(Why::NoMoreChoices, handed.exhausted);
    }

    /// All seats filled, or no more candidates than seats: elects or excludes the rest and hands the ballots down once more.
    fn finish(&mut self) {
        if self.board.left() > 0 {
            self.board.elect_remaining();
        }
        let rest = self.board.all(State::Hopeful);
        for &candidate in &rest {
            self.exclude(candidate, "as all seats are filled");
        }
        let shown = self.board.history.last();
        if shown.is_some_and(|shown| *shown != self.board.votes) {
            self.note_piles();
            self.board.open_round();
            self.board.say("This is how the votes lie at the end.");
        }
    }
}
