//! A second count of the same rules, for tests: slow and obvious. Every ballot is on its own, votes are added up anew at
//! every step, and nothing is shared with the rules but their names.
//!
//! Numbers are integers of any size in units of the last (hidden) place.

use num_bigint::BigInt;

/// An election: seats, candidates, ballots as preferences, one entry each.
#[derive(Clone, Debug)]
pub(super) struct Small {
    pub(super) seats: usize,
    pub(super) candidates: usize,
    pub(super) ballots: Vec<Vec<usize>>,
}

/// What came out: elected and excluded in order, votes of all candidates at every step.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) elected: Vec<usize>,
    pub(super) excluded: Vec<usize>,
    pub(super) steps: Vec<Vec<BigInt>>,
}

/// Which ballots of a surplus go, and at what worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goes {
    /// All, in proportion to their worth.
    ByWorth,
    /// All, alike.
    Alike,
    /// Those that came last and go on to somebody.
    Last,
}

/// How a rule after Gregory goes about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Manner {
    pub(super) digits: u32,
    pub(super) hidden: u32,
    pub(super) whole_quota: bool,
    pub(super) looks_back: bool,
    /// Ties are looked up from the first stage on.
    pub(super) looks_first: bool,
    pub(super) losers_together: bool,
    pub(super) surpluses_together: bool,
    pub(super) stops_early: bool,
    /// Which ballots of a surplus go.
    pub(super) goes: Goes,
    /// Starts again after each exclusion.
    pub(super) again: bool,
    /// As in Minneapolis: sure losers first, then whoever has the largest surplus is elected.
    pub(super) losers_first: bool,
}

pub(super) struct State<'a> {
    pub(super) small: &'a Small,
    pub(super) manner: Manner,
    pub(super) one: BigInt,
    pub(super) quota: BigInt,
    /// Of each ballot: its worth and who has it.
    pub(super) ballots: Vec<(BigInt, Option<usize>)>,
    /// Of each ballot: the step in which it came there.
    pub(super) came: Vec<usize>,
    /// Votes that stay with those whose surplus has passed on.
    pub(super) settled: Vec<Option<BigInt>>,
    pub(super) is_in: Vec<bool>,
    pub(super) waits: Vec<bool>,
    pub(super) told: Told,
}

/// A power of ten.
pub(super) fn ten(power: u32) -> BigInt {
    BigInt::from(10).pow(power)
}

impl State<'_> {
    pub(super) fn votes(&self) -> Vec<BigInt> {
        (0..self.small.candidates)
            .map(|candidate| match &self.settled[candidate] {
                Some(votes) => votes.clone(),
                None => self.ballots.iter().filter(|(_, held)| *held == Some(candidate)).map(|(worth, _)| worth).sum(),
            })
            .collect()
    }

    pub(super) fn hopeful(&self) -> Vec<usize> {
        (0..self.small.candidates).filter(|it| self.is_in[*it] && !self.told.elected.contains(it)).collect()
    }

    pub(super) fn left(&self) -> usize {
        self.small.seats - self.told.elected.len()
    }

    fn same(&self, one: &BigInt, other: &BigInt) -> bool {
        let apart = if one > other { one - other } else { other - one };
        if self.manner.hidden == 0 { apart == BigInt::ZERO } else { apart * 2 < ten(self.manner.hidden) }
    }

    pub(super) fn reaches(&self, votes: &BigInt) -> bool {
        let is_exact = self.manner.hidden > 0 && !self.manner.whole_quota;
        (votes > &self.quota && !self.same(votes, &self.quota)) || (!is_exact && self.same(votes, &self.quota))
    }

    pub(super) fn note(&mut self) {
        let votes = self.votes();
        self.told.steps.push(votes);
    }

    pub(super) fn over(&mut self) -> bool {
        if self.left() > 0 && self.hopeful().len() > self.left() {
            return false;
        }
        let rest = self.hopeful();
        if self.left() > 0 {
            self.told.elected.extend(rest)
        } else {
            self.told.excluded.extend(rest)
        }
        true
    }

    /// Gives a ballot to the next hopeful candidate behind its holder.
    pub(super) fn move_on(&mut self, ballot: usize) {
        let prefs = &self.small.ballots[ballot];
        let held = self.ballots[ballot].1.expect("held");
        let at = prefs.iter().position(|it| *it == held).expect("ranked");
        let hopeful = self.hopeful();
        self.ballots[ballot].1 = prefs[at + 1..].iter().copied().find(|it| hopeful.contains(it));
        self.came[ballot] = self.told.steps.len();
    }

    fn pass_surplus(&mut self, from: usize) {
        let votes = self.votes()[from].clone();
        let surplus = if votes > self.quota { &votes - &self.quota } else { BigInt::ZERO };
        let all = 0..self.ballots.len();
        let mut going: Vec<usize> = all.filter(|it| self.ballots[*it].1 == Some(from)).collect();
        if self.manner.goes == Goes::Last {
            let last = going.iter().map(|it| self.came[*it]).max();
            let hopeful = self.hopeful();
            let goes_on = |ballot: usize| {
                let behind = self.small.ballots[ballot].iter().skip_while(|it| **it != from).skip(1);
                behind.clone().any(|it| hopeful.contains(it))
            };
            going.retain(|it| Some(self.came[*it]) == last && goes_on(*it));
        }
        let worth: BigInt = going.iter().map(|it| &self.ballots[*it].0).sum();
        let number = going.len();
        for ballot in going {
            let own = self.ballots[ballot].0.clone();
            self.ballots[ballot].0 = match self.manner.goes {
                Goes::ByWorth => own * &surplus / &votes,
                Goes::Alike => &surplus / number,
                Goes::Last if worth <= surplus => own,
                Goes::Last => own * &surplus / &worth,
            };
            self.move_on(ballot);
        }
        self.settled[from] = Some(votes - surplus);
        self.waits[from] = false;
    }

    pub(super) fn pass_all(&mut self, from: usize) {
        for ballot in 0..self.ballots.len() {
            if self.ballots[ballot].1 == Some(from) {
                self.move_on(ballot);
            }
        }
    }

    pub(super) fn pick(&self, among: &[usize], most: bool) -> usize {
        let mut left = among.to_vec();
        let mut tables: Vec<Vec<BigInt>> = vec![self.votes()];
        if self.manner.looks_first {
            tables.extend(self.told.steps[..self.told.steps.len() - 1].iter().cloned());
        }
        if self.manner.looks_back {
            tables.extend(self.told.steps[..self.told.steps.len() - 1].iter().rev().cloned());
        }
        for votes in tables {
            let best =
                left.iter().map(|it| &votes[*it]).reduce(|one, other| if (one > other) == most { one } else { other });
            let best = best.expect("somebody").clone();
            left.retain(|it| self.same(&votes[*it], &best));
        }
        left[0]
    }

    pub(super) fn surplus_of(&self, among: &[usize]) -> BigInt {
        let votes = self.votes();
        among.iter().filter(|it| votes[**it] > self.quota).map(|it| &votes[*it] - &self.quota).sum()
    }

    /// The longest start of the candidates by votes that cannot reach the next one.
    pub(super) fn losers(&self, surplus: &BigInt) -> Vec<usize> {
        let votes = self.votes();
        let mut order = self.hopeful();
        order.sort_by_key(|it| votes[*it].clone());
        let spare = order.len().saturating_sub(self.left());
        for count in (1..=spare).rev() {
            if count == order.len() {
                continue;
            }
            let sum: BigInt = order[..count].iter().map(|it| &votes[*it]).sum::<BigInt>() + surplus;
            if sum < votes[order[count]] && !self.same(&sum, &votes[order[count]]) {
                order.truncate(count);
                return order;
            }
        }
        Vec::new()
    }

    pub(super) fn start(&mut self) {
        self.settled.fill(None);
        self.waits.fill(false);
        self.told.elected.clear();
        let hopeful = self.hopeful();
        let mut active = 0_u64;
        for (ballot, prefs) in self.small.ballots.iter().enumerate() {
            let first = prefs.iter().copied().find(|it| hopeful.contains(it));
            active += u64::from(first.is_some());
            self.ballots[ballot] = (self.one.clone(), first);
        }
        let parts = self.small.seats + 1;
        self.quota = if self.manner.whole_quota {
            BigInt::from(active / parts as u64 + 1) * &self.one
        } else if self.manner.hidden > 0 {
            BigInt::from(active) * &self.one / parts
        } else {
            BigInt::from(active) * &self.one / parts + 1
        };
    }
}

/// All ballots with their first preferences, told as the first step.
pub(super) fn begin(small: &Small, manner: Manner) -> State<'_> {
    let one = ten(manner.digits + manner.hidden);
    let mut state = State {
        small,
        manner,
        quota: BigInt::ZERO,
        ballots: vec![(one.clone(), None); small.ballots.len()],
        came: vec![0; small.ballots.len()],
        settled: vec![None; small.candidates],
        is_in: vec![true; small.candidates],
        waits: vec![false; small.candidates],
        told: Told { elected: Vec::new(), excluded: Vec::new(), steps: Vec::new() },
        one,
    };
    state.start();
    state.note();
    state
}

/// Counts by a rule after Gregory.
pub(super) fn gregory(small: &Small, manner: Manner) -> Told {
    let mut state = begin(small, manner);
    if manner.losers_first {
        minneapolis(&mut state);
        return state.told;
    }
    while !state.over() {
        let votes = state.votes();
        let mut reached: Vec<usize> = state.hopeful().into_iter().filter(|it| state.reaches(&votes[*it])).collect();
        while state.left() > 0 && !reached.is_empty() {
            let best = reached.iter().copied().max_by(|one, other| {
                if state.same(&votes[*one], &votes[*other]) { one.cmp(other) } else { votes[*one].cmp(&votes[*other]) }
            });
            let best = best.expect("somebody");
            reached.retain(|it| *it != best);
            state.told.elected.push(best);
            state.waits[best] = true;
        }
        if state.over() {
            break;
        }
        let waiting: Vec<usize> = (0..small.candidates).filter(|it| state.waits[*it]).collect();
        let losers = if manner.losers_together { state.losers(&state.surplus_of(&waiting)) } else { Vec::new() };
        if !losers.is_empty() {
            losers.iter().for_each(|it| state.is_in[*it] = false);
            state.told.excluded.extend(&losers);
            if state.over() {
                break;
            }
            for loser in losers {
                state.pass_all(loser);
                state.note();
            }
            continue;
        }
        if waiting.is_empty() {
            let loser = state.pick(&state.hopeful(), false);
            state.is_in[loser] = false;
            state.told.excluded.push(loser);
            if manner.stops_early && state.over() {
                break;
            }
            if manner.again {
                state.start()
            } else {
                state.pass_all(loser)
            }
            state.note();
        } else if manner.surpluses_together {
            for candidate in waiting {
                state.pass_surplus(candidate);
                state.note();
            }
        } else {
            let candidate = state.pick(&waiting, true);
            state.pass_surplus(candidate);
            state.note();
        }
    }
    state.told
}

fn minneapolis(state: &mut State<'_>) {
    loop {
        let votes = state.votes();
        let reached: Vec<usize> = state.hopeful().into_iter().filter(|it| state.reaches(&votes[*it])).collect();
        if reached.len() >= state.left() {
            let mut order = reached;
            order.sort_by_key(|it| (std::cmp::Reverse(votes[*it].clone()), std::cmp::Reverse(*it)));
            order.truncate(state.left());
            state.told.elected.extend(order);
            state.over();
            return;
        }
        let losers = state.losers(&state.surplus_of(&reached));
        if !losers.is_empty() {
            losers.iter().for_each(|it| state.is_in[*it] = false);
            state.told.excluded.extend(&losers);
            for loser in losers {
                state.pass_all(loser);
                state.note();
            }
        } else if !reached.is_empty() {
            let winner = state.pick(&reached, true);
            state.told.elected.push(winner);
            state.pass_surplus(winner);
            state.note();
        } else {
            if state.hopeful().len() > state.left() {
                let loser = state.pick(&state.hopeful(), false);
                state.is_in[loser] = false;
                state.told.excluded.push(loser);
                if !state.over() {
                    state.pass_all(loser);
                    state.note();
                    continue;
                }
                return;
            }
            state.over();
            return;
        }
    }
}
