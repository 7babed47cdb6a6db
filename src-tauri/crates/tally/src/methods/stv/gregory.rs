//! What rules after Gregory share: a surplus passes on as fractions of ballots, one surplus or one exclusion a stage.
//!
//! A rule is a [`Plan`]. Each stage: where no more candidates continue than seats are left they are elected; whoever has
//! the quota is elected; candidates who cannot catch up any more are excluded together where the plan says so; otherwise
//! the largest surplus passes on; where there is none the last candidate is excluded.

use std::cmp::Ordering;

use super::arithmetic::Arithmetic;
use super::board::{Board, Bundle, State};
use super::papers::Why;
use super::ties::Before;

/// Votes that elect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quota {
    /// The whole part of votes ÷ (seats + 1), and one more.
    Droop,
    /// Votes ÷ (seats + 1), which must be exceeded.
    HagenbachBischoff,
    /// Votes ÷ seats.
    Hare,
    /// Votes ÷ (seats + 1) and the smallest step of the arithmetic; as Hagenbach-Bischoff where that is exact.
    Exact,
}

impl Quota {
    /// By its name on the command line: `droop`, `hagenbach-bischoff`, `hare`, `exact`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "droop" => Self::Droop,
            "hagenbach-bischoff" => Self::HagenbachBischoff,
            "hare" => Self::Hare,
            "exact" => Self::Exact,
            _ => return None,
        })
    }

    /// The number.
    pub(crate) fn of<A: Arithmetic>(self, math: &A, votes: &A::Value, seats: usize) -> A::Value {
        let seats = seats as u64;
        let share = |parts: u64| math.div(votes, &math.whole(parts));
        match self {
            Self::Droop => math.plus(&math.floor(&share(seats + 1)), &math.whole(1)),
            Self::HagenbachBischoff => share(seats + 1),
            Self::Hare => share(seats),
            Self::Exact => math.plus(&share(seats + 1), &math.step()),
        }
    }

    /// True where the quota must be exceeded.
    pub(crate) fn is_exceeded<A: Arithmetic>(self, math: &A) -> bool {
        match self {
            Self::Droop | Self::Hare => false,
            Self::HagenbachBischoff => true,
            Self::Exact => math.is_exact(),
        }
    }
}

/// Which ballots of an elected candidate pass on, and at what worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parcel {
    /// All, each at its worth × surplus ÷ votes (weighted inclusive).
    Weighted,
    /// All, each at surplus ÷ number of ballots, whatever it was worth (inclusive).
    Inclusive,
    /// Those that came last, as far as they name another continuing candidate: at their worth × surplus ÷ their votes, and
    /// never at more than their worth.
    Last,
}

/// A rule.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) quota: Quota,
    pub(crate) parcel: Parcel,
    /// Where ties are looked up.
    pub(crate) before: Before,
    /// Candidates who cannot catch up are excluded together, before surpluses.
    pub(crate) batch: bool,
    /// All surpluses of a round pass on before anybody is elected again.
    pub(crate) all_surpluses: bool,
    /// After the exclusion of the last candidate the count ends before his ballots pass on, where it can.
    pub(crate) ends_early: bool,
}

impl<A: Arithmetic> Board<'_, A> {
    /// True where a candidate has what elects.
    pub(crate) fn has_reached(&self, candidate: usize, quota: Quota) -> bool {
        let order = self.math.compare(&self.votes[candidate], &self.quota);
        if quota.is_exceeded(self.math) { order == Ordering::Greater } else { order != Ordering::Less }
    }

    /// Elects who has the quota, most votes first.
    pub(crate) fn elect_reached(&mut self, quota: Quota) {
        let reached: Vec<usize> =
            self.all(State::Hopeful).into_iter().filter(|&candidate| self.has_reached(candidate, quota)).collect();
        for candidate in self.by_votes(&reached) {
            if self.left() > 0 {
                let why = format!(
                    "is elected with {} votes; the quota is {}",
                    self.text(candidate),
                    self.math.text(&self.quota)
                );
                self.elect(candidate, State::Pending, &why);
            }
        }
    }

    /// Ends the count where it can be ended: all seats filled, or no more candidates than seats.
    pub(crate) fn is_over(&mut self) -> bool {
        if self.left() > 0 && self.how_many(State::Hopeful) > self.left() {
            return false;
        }
        for candidate in self.all(State::Pending) {
            self.states[candidate] = State::Elected;
        }
        if self.left() > 0 {
            self.elect_remaining();
        }
        for candidate in self.all(State::Hopeful) {
            self.exclude(candidate, "is not elected, as all seats are filled");
        }
        true
    }

    /// Passes on the surplus of an elected candidate.
    pub(crate) fn transfer_surplus(&mut self, from: usize, parcel: Parcel) {
        let math = self.math;
        let surplus = self.surplus(from);
        let sentence = format!("The surplus of {}, {} votes, passes on.", self.names[from], math.text(&surplus));
        self.say(sentence);
        self.states[from] = State::Elected;
        let pile = std::mem::take(&mut self.piles[from]);
        let moved = match parcel {
            Parcel::Weighted => {
                let votes = self.votes[from].clone();
                self.hand_on(from, pile, |worth| math.mul_div(worth, &surplus, &votes))
            }
            Parcel::Inclusive => {
                let ballots = math.whole(pile.iter().map(|bundle| bundle.ballots).sum());
                self.hand_on(from, pile, |_| math.div(&surplus, &ballots))
            }
            Parcel::Last => self.hand_on_last(from, pile, &surplus),
        };
        self.votes[from] = math.minus(&self.votes[from], &surplus);
        let rest = math.minus(&surplus, &moved);
        self.lose(Why::Rounding, &rest);
    }

    /// Passes on the ballots that came last and can go somewhere. Answers what left the pile.
    fn hand_on_last(&mut self, from: usize, pile: Vec<Bundle<A::Value>>, surplus: &A::Value) -> A::Value {
        let math = self.math;
        let last = pile.iter().map(|bundle| bundle.came).max().unwrap_or(0);
        let goes = |bundle: &Bundle<A::Value>| bundle.came == last && self.next(bundle.paper, bundle.at).is_some();
        let (pile, stays): (Vec<_>, Vec<_>) = pile.into_iter().partition(goes);
        self.piles[from] = stays;
        let votes = math.sum(&pile.iter().map(|bundle| math.times(&bundle.worth, bundle.ballots)).collect::<Vec<_>>());
        if votes <= *surplus {
            let rest = math.minus(surplus, &votes);
            self.lose(Why::NoMoreChoices, &rest);
            self.hand_on(from, pile, Clone::clone);
            surplus.clone()
        } else {
            self.hand_on(from, pile, |worth| math.mul_div(worth, surplus, &votes))
        }
    }

    /// Votes above the quota of all who wait.
    pub(crate) fn pending_surplus(&self) -> A::Value {
        let surpluses: Vec<A::Value> =
            self.all(State::Pending).into_iter().map(|candidate| self.surplus(candidate)).collect();
        self.math.sum(&surpluses)
    }
}

/// Counts by a plan.
pub(crate) fn count<A: Arithmetic>(board: &mut Board<'_, A>, plan: Plan) {
    board.quota = plan.quota.of(board.math, &board.math.whole(board.papers.valid), board.seats);
    board.open_round();
    while !board.is_over() {
        board.elect_reached(plan.quota);
        if board.is_over() {
            return;
        }
        if plan.batch {
            let losers = board.sure_losers(&board.pending_surplus());
            if !losers.is_empty() {
                for &loser in &losers {
                    let why = format!("is excluded with {} votes and cannot catch up any more", board.text(loser));
                    board.exclude(loser, &why);
                }
                if board.is_over() {
                    return;
                }
                for loser in losers {
                    board.transfer_all(loser);
                    board.open_round();
                }
                continue;
            }
        }
        if board.how_many(State::Pending) == 0 {
            let loser = board.lowest(plan.before);
            let why = format!("is excluded with the fewest votes, {}", board.text(loser));
            board.exclude(loser, &why);
            if plan.ends_early && board.is_over() {
                return;
            }
            board.transfer_all(loser);
        } else if plan.all_surpluses {
            let pending = board.all(State::Pending);
            let last = pending.len() - 1;
            for (place, candidate) in pending.into_iter().enumerate() {
                board.transfer_surplus(candidate, plan.parcel);
                if place < last {
                    board.open_round();
                }
            }
        } else {
            let candidate = board.largest_pending(plan.before);
            board.transfer_surplus(candidate, plan.parcel);
        }
        board.open_round();
    }
}
