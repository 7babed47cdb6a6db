//! Cutting ties: by earlier rounds where a rule says so, then by the order given beforehand, or by the order of the
//! ballot paper in the place of a lot, so that a count can be repeated.

use std::cmp::Ordering;

use super::arithmetic::Arithmetic;
use super::board::Board;

/// Where a rule looks before it draws lots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    /// Nowhere.
    Nothing,
    /// At the rounds before, the latest first.
    Latest,
    /// At the rounds before, the first one first.
    First,
}

/// A tie that was cut.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) tied: Vec<usize>,
    pub(crate) picked: usize,
    pub(crate) how: &'static str,
    /// True where no vote decided it.
    pub(crate) is_arbitrary: bool,
}

impl<A: Arithmetic> Board<'_, A> {
    /// Those with the most or the fewest votes among candidates.
    pub(crate) fn extreme(&self, candidates: &[usize], votes: &[A::Value], wanted: Ordering) -> Vec<usize> {
        let mut best: Vec<usize> = Vec::new();
        for &candidate in candidates {
            match best.first().map(|&other| self.math.compare(&votes[candidate], &votes[other])) {
                Some(Ordering::Equal) => best.push(candidate),
                None => best = vec![candidate],
                Some(order) if order == wanted => best = vec![candidate],
                Some(_) => {}
            }
        }
        best
    }

    /// Picks one of several who are level: the one with more (or fewer) votes in an earlier round, where the rule looks
    /// there; rounds are gone through until one candidate is left. Then by the order.
    pub(crate) fn cut(&self, tied: &[usize], wanted: Ordering, before: Before) -> Cut {
        let mut left = tied.to_vec();
        // The last entry is the round that is open.
        let earlier = self.history.len().saturating_sub(1);
        let rounds: Vec<usize> = match before {
            Before::Nothing => Vec::new(),
            Before::Latest => (0..earlier).rev().collect(),
            Before::First => (0..earlier).collect(),
        };
        for round in rounds {
            left = self.extreme(&left, &self.history[round], wanted);
            if let [picked] = left[..] {
                return Cut { tied: tied.to_vec(), picked, how: "an earlier round", is_arbitrary: false };
            }
        }
        let picked = left.into_iter().min_by_key(|&candidate| self.order[candidate]).expect("somebody is level");
        let how = if self.is_order_given {
            "the order given beforehand"
        } else {
            "the order of the ballot paper, in the place of a lot"
        };
        Cut { tied: tied.to_vec(), picked, how, is_arbitrary: true }
    }

    /// One of those who are level, with the tie on record where there is one.
    pub(crate) fn pick(
        &mut self,
        level: &[usize],
        wanted: Ordering,
        before: Before,
        picked_for: &'static str,
    ) -> usize {
        if let [only] = level[..] {
            return only;
        }
        let cut = self.cut(level, wanted, before);
        self.record_tie(&cut, picked_for);
        cut.picked
    }

    /// Who goes next: the continuing candidate with the fewest votes.
    pub(crate) fn lowest(&mut self, before: Before) -> usize {
        let hopeful = self.all(super::board::State::Hopeful);
        let low = self.extreme(&hopeful, &self.votes, Ordering::Less);
        self.pick(&low, Ordering::Less, before, "exclusion")
    }

    /// Whose surplus goes next: the largest among those who wait.
    pub(crate) fn largest_pending(&mut self, before: Before) -> usize {
        let pending = self.all(super::board::State::Pending);
        let high = self.extreme(&pending, &self.votes, Ordering::Greater);
        self.pick(&high, Ordering::Greater, before, "transfer")
    }

    /// Candidates by votes, most first; of two who are level the later on the ballot paper goes first.
    pub(crate) fn by_votes(&self, candidates: &[usize]) -> Vec<usize> {
        let mut sorted: Vec<usize> = Vec::with_capacity(candidates.len());
        for &candidate in candidates {
            let place = sorted.partition_point(|&other| {
                self.math.compare(&self.votes[other], &self.votes[candidate]) == Ordering::Greater
            });
            sorted.insert(place, candidate);
        }
        sorted
    }

    /// The largest group of the lowest candidates whose votes together, with `surplus`, stay below those of the next one;
    /// as many as seats are left over are spared. Lowest first; empty where there is none.
    pub(crate) fn sure_losers(&self, surplus: &A::Value) -> Vec<usize> {
        let mut hopeful = self.by_votes(&self.all(super::board::State::Hopeful));
        hopeful.reverse();
        let most = hopeful.len().saturating_sub(self.left());
        let mut sum = surplus.clone();
        let mut losers = 0;
        for (place, &candidate) in hopeful.iter().enumerate().take(most) {
            sum += &self.votes[candidate];
            let next = hopeful.get(place + 1);
            if next.is_some_and(|&next| self.math.compare(&sum, &self.votes[next]) == Ordering::Less) {
                losers = place + 1;
            }
        }
        hopeful.truncate(losers);
        hopeful
    }
}
