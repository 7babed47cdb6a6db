//! The second, slow and obvious count by the rules of ERS 1997, for tests: paper by paper, each paragraph of the rules on its
//! own. Votes are integers of hundredths; the only fraction, a surplus over a number of papers, is cut off there.
//!
//! Groups are found by looking at all sets of candidates, the active vote is what paragraph 5.6.1 subtracts, and an earlier
//! stage is looked up by comparing whole histories.

use super::obvious::Small;

/// A tie: who was level, who was picked, and what for.
pub(super) type Tied = (Vec<usize>, usize, &'static str);

/// One state of the piles, and what was decided on it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) votes: Vec<i128>,
    pub(super) quota: i128,
    pub(super) elected: Vec<usize>,
    pub(super) excluded: Vec<usize>,
    pub(super) tie: Option<Tied>,
}

#[derive(Clone)]
struct Paper {
    prefs: Vec<usize>,
    holder: Option<usize>,
    value: i128,
    batch: usize,
}

struct Count {
    candidates: usize,
    seats: usize,
    papers: Vec<Paper>,
    /// What a candidate keeps whose surplus has passed on.
    kept: Vec<Option<i128>>,
    quota: i128,
    elected: Vec<usize>,
    excluded: Vec<usize>,
    steps: Vec<Step>,
}

impl Count {
    fn votes(&self) -> Vec<i128> {
        let held = |candidate| self.papers.iter().filter(move |it| it.holder == Some(candidate));
        (0..self.candidates)
            .map(|candidate| self.kept[candidate].unwrap_or_else(|| held(candidate).map(|it| it.value).sum()))
            .collect()
    }

    fn continuing(&self) -> Vec<usize> {
        (0..self.candidates).filter(|it| !self.elected.contains(it) && !self.excluded.contains(it)).collect()
    }

    fn places(&self) -> usize {
        self.seats - self.elected.len()
    }

    fn total(&self) -> i128 {
        self.papers.len() as i128 * 100
    }

    fn non_transferable(&self) -> i128 {
        self.total() - self.votes().iter().sum::<i128>()
    }

    /// 5.6.1: the total valid vote without the quotas (or votes, if fewer) of those elected and the non-transferable vote.
    fn active(&self) -> i128 {
        let votes = self.votes();
        let taken: i128 = self.elected.iter().map(|it| votes[*it].min(self.quota)).sum();
        self.total() - taken - self.non_transferable()
    }

    fn surplus(&self, candidate: usize) -> i128 {
        if self.elected.contains(&candidate) { (self.votes()[candidate] - self.quota).max(0) } else { 0 }
    }

    fn step(&mut self) {
        self.steps.push(Step { votes: self.votes(), quota: self.quota, ..Step::default() });
    }

    fn now(&mut self) -> &mut Step {
        self.steps.last_mut().expect("a step")
    }

    /// Votes at all stages, so that the first stage where two differ decides how their histories compare.
    fn history(&self, candidate: usize) -> Vec<i128> {
        self.steps.iter().map(|step| step.votes[candidate]).collect()
    }

    /// 5.1.6.
    fn set_quota(&mut self) {
        let (valid, parts) = (self.total() - self.non_transferable(), self.seats as i128 + 1);
        self.quota = (valid + parts - 1) / parts;
    }

    fn elect(&mut self, candidate: usize) {
        self.elected.push(candidate);
        self.now().elected.push(candidate);
    }

    fn exclude(&mut self, candidate: usize) {
        self.excluded.push(candidate);
        self.now().excluded.push(candidate);
    }

    /// 5.1.7, 5.3.13, 5.4.9 and 5.6.2. Where places suffice for all who are level the last on the ballot paper is named first,
    /// as by all rules here.
    fn deem_elected(&mut self) {
        while self.places() > 0 {
            let votes = self.votes();
            let best = self.continuing().into_iter().map(|it| votes[it]).max();
            let Some(best) = best else { return };
            if best < self.quota && best * (self.places() as i128 + 1) < self.active() {
                return;
            }
            let level: Vec<usize> = self.continuing().into_iter().filter(|it| votes[*it] == best).collect();
            if level.len() <= self.places() {
                self.elect(level[level.len() - 1]);
                continue;
            }
            let mut order = level.clone();
            order.sort_by_key(|it| std::cmp::Reverse(self.history(*it)));
            // Whoever stands at the edge must differ from the next one, and the others go before.
            let places = self.places();
            let edge = |at: usize| self.history(order[at - 1]) != self.history(order[at]);
            let Some(first) = (1..=places).find(|at| edge(*at)) else { return };
            let mut certain: Vec<usize> = order[..first].to_vec();
            certain.sort_unstable();
            // Of those with equal histories the last on the ballot paper is named first.
            let picked = certain[certain.len() - 1];
            self.elect(picked);
            self.now().tie = Some((level, picked, "election"));
        }
    }

    /// 5.2.5: of all sets of two or more that lie below everybody else, the largest that may go.
    fn together(&self, deferred: i128) -> Vec<usize> {
        let votes = self.votes();
        let all = self.continuing();
        let mut best: Vec<usize> = Vec::new();
        for bits in 0..1_u32 << all.len() {
            let (mut set, rest): (Vec<usize>, Vec<usize>) =
                all.iter().partition(|it| bits >> all.iter().position(|at| at == *it).expect("there") & 1 == 1);
            let Some(above) = rest.iter().map(|it| votes[*it]).min() else { continue };
            let is_below = set.iter().all(|it| votes[*it] < above);
            let sum: i128 = set.iter().map(|it| votes[*it]).sum();
            if set.len() > best.len().max(1) && is_below && rest.len() >= self.places() && sum + deferred <= above {
                set.sort_by_key(|it| (votes[*it], *it));
                best = set;
            }
        }
        best
    }

    /// The one to pick of those who are level: by the first stage where they differ, then by lot, which is the ballot paper.
    fn pick(&mut self, level: Vec<usize>, wants_most: bool, what: &'static str) -> usize {
        let histories = level.iter().map(|it| self.history(*it));
        let best = if wants_most { histories.max() } else { histories.min() }.expect("somebody");
        let picked = *level.iter().find(|it| self.history(**it) == best).expect("somebody");
        if level.len() > 1 {
            self.now().tie = Some((level, picked, what));
        }
        picked
    }

    fn next(&self, paper: &Paper) -> Option<usize> {
        let at = paper.prefs.iter().position(|it| Some(*it) == paper.holder).expect("held by preference");
        let continuing = self.continuing();
        paper.prefs[at + 1..].iter().copied().find(|it| continuing.contains(it))
    }

    /// 5.3.
    fn transfer_surplus(&mut self, from: usize) {
        let surplus = self.surplus(from);
        let held = || self.papers.iter().enumerate().filter(|(_, it)| it.holder == Some(from));
        let last = held().map(|(_, it)| it.batch).max();
        let batch: Vec<(usize, usize)> = held()
            .filter(|(_, it)| Some(it.batch) == last)
            .filter_map(|(place, it)| Some((place, self.next(it)?)))
            .collect();
        let total: i128 = batch.iter().map(|(place, _)| self.papers[*place].value).sum();
        let stage = self.steps.len();
        for &(place, to) in &batch {
            let paper = &mut self.papers[place];
            let value = if total > surplus { surplus / batch.len() as i128 } else { paper.value };
            *paper = Paper { holder: Some(to), value, batch: stage, prefs: paper.prefs.clone() };
        }
        self.kept[from] = Some(self.quota);
        self.step();
    }

    /// 5.4.
    fn transfer_excluded(&mut self, losers: &[usize]) {
        loop {
            let waits = |it: &Paper| it.holder.is_some_and(|holder| losers.contains(&holder));
            let Some(value) = self.papers.iter().filter(|it| waits(it)).map(|it| it.value).max() else { break };
            let moves: Vec<(usize, Option<usize>)> = (self.papers.iter().enumerate())
                .filter(|(_, it)| waits(it) && it.value == value)
                .map(|(place, it)| (place, self.next(it)))
                .collect();
            let is_last = self.papers.iter().filter(|it| waits(it)).count() == moves.len();
            for (place, to) in moves {
                self.papers[place].holder = to;
                self.papers[place].batch = self.steps.len();
            }
            if is_last {
                break;
            }
            self.step();
            self.deem_elected();
            if self.places() == 0 {
                return;
            }
        }
        if self.elected.is_empty() {
            self.set_quota();
        }
        self.step();
    }

    /// 5.5; true at the end.
    fn is_complete(&mut self) -> bool {
        let rest = self.continuing();
        if self.places() == 0 {
            rest.into_iter().for_each(|it| self.exclude(it));
            return true;
        }
        let is_complete = rest.len() <= self.places();
        if is_complete {
            rest.into_iter().for_each(|it| self.elect(it));
        }
        is_complete
    }
}

/// Counts.
pub(super) fn ers(small: &Small) -> (Vec<usize>, Vec<Step>) {
    let papers = small.ballots.iter();
    let papers = papers.map(|prefs| Paper { prefs: prefs.clone(), holder: Some(prefs[0]), value: 100, batch: 0 });
    let mut count = Count {
        candidates: small.candidates,
        seats: small.seats,
        papers: papers.collect(),
        kept: vec![None; small.candidates],
        quota: 0,
        elected: Vec::new(),
        excluded: Vec::new(),
        steps: Vec::new(),
    };
    count.set_quota();
    count.step();
    while !count.is_complete() {
        count.deem_elected();
        if count.is_complete() {
            break;
        }
        let votes = count.votes();
        let surpluses: Vec<(usize, i128)> = (0..small.candidates).map(|it| (it, count.surplus(it))).collect();
        let deferred: i128 = surpluses.iter().map(|(_, surplus)| surplus).sum();
        let mut losers = count.together(deferred);
        let mut lowest: Vec<i128> = count.continuing().into_iter().map(|it| votes[it]).collect();
        lowest.sort_unstable();
        // 5.2.2 (a) and (b).
        let waits = deferred <= lowest[1] - lowest[0] || !losers.is_empty();
        if deferred > 0 && !waits {
            let largest = surpluses.iter().map(|(_, surplus)| *surplus).max().expect("somebody");
            let level = surpluses.into_iter().filter(|(_, surplus)| *surplus == largest).map(|(it, _)| it).collect();
            let from = count.pick(level, true, "transfer");
            count.transfer_surplus(from);
            continue;
        }
        if losers.is_empty() {
            let level = count.continuing().into_iter().filter(|it| votes[*it] == lowest[0]).collect();
            losers = vec![count.pick(level, false, "exclusion")];
        }
        losers.iter().for_each(|it| count.exclude(*it));
        if count.is_complete() {
            break;
        }
        count.transfer_excluded(&losers);
    }
    (count.elected, count.steps)
}
