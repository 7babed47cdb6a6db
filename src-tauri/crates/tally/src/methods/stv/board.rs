//! The state of a count that moves parcels of ballots from pile to pile, and its record: one round of the answer for
//! each state that the piles pass through.
//!
//! A rule opens a round, says who is elected and excluded, and moves at most one candidate's ballots; then it opens the
//! next. So every round shows the piles before what it decides is carried out.

use std::collections::BTreeMap;

use domain::contest::Contest;
use num_bigint::BigInt;

use super::arithmetic::{Arithmetic, decimal_text};
use super::papers::{Papers, Why};
use super::piles::{Notes, Slip};
use super::ties::Cut;
use crate::count::{Cause, Count, Round, Rule, Tie, Transfer};

/// Where a candidate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Continuing.
    Hopeful,
    /// Elected, the surplus still to be transferred.
    Pending,
    /// Elected.
    Elected,
    /// Excluded, or stood down before the count.
    Out,
}

/// Ballots with the same preferences and the same history, on one pile.
#[derive(Clone, Debug)]
pub(crate) struct Bundle<V> {
    /// Place in [`Papers::list`].
    pub(crate) paper: u32,
    /// Place of the preference by which they lie here.
    pub(crate) at: u32,
    /// How many ballots.
    pub(crate) ballots: u64,
    /// What each of them is worth.
    pub(crate) worth: V,
    /// Round in which they came, from 1.
    pub(crate) came: u32,
}

/// Candidates, votes and the record, for any rule.
pub(crate) struct Board<'a, A: Arithmetic> {
    pub(crate) math: &'a A,
    pub(crate) papers: &'a Papers,
    pub(crate) seats: usize,
    pub(crate) quota: A::Value,
    pub(crate) votes: Vec<A::Value>,
    pub(crate) states: Vec<State>,
    pub(crate) piles: Vec<Vec<Bundle<A::Value>>>,
    /// Votes without a candidate, by cause; what was cut off is told apart.
    pub(crate) lost: BTreeMap<Why, A::Value>,
    /// Votes at the start of each round.
    pub(crate) history: Vec<Vec<A::Value>>,
    /// Rank of each candidate in the order that cuts ties.
    pub(crate) order: Vec<usize>,
    pub(crate) is_order_given: bool,
    /// True where rounds show a quota.
    pub(crate) has_quota: bool,
    pub(crate) names: Vec<String>,
    /// What is noted for those who asked for piles.
    pub(crate) notes: Option<Notes<A::Value>>,
    elected: Vec<usize>,
    /// In the order in which they were first elected, for rules that start again.
    once_elected: Vec<usize>,
    rounds: Vec<Round>,
    said: Vec<String>,
    first_quota: Option<String>,
    is_tie_dependent: bool,
}

impl<'a, A: Arithmetic> Board<'a, A> {
    /// A board on which no ballot lies yet.
    pub(crate) fn empty(math: &'a A, contest: &Contest, papers: &'a Papers, seats: usize) -> Self {
        let count = contest.candidates.len();
        let mut order = vec![usize::MAX; count];
        let given = contest.tie_order.iter().map(|candidate| usize::from(*candidate));
        let mut rank = 0;
        for candidate in given.chain(0..count) {
            if let Some(place @ &mut usize::MAX) = order.get_mut(candidate) {
                *place = rank;
                rank += 1;
            }
        }
        let name = |candidate: &domain::contest::Candidate| {
            if candidate.name.is_empty() { format!("candidate {}", candidate.id) } else { candidate.name.clone() }
        };
        Self {
            math,
            papers,
            seats,
            quota: math.zero(),
            votes: vec![math.zero(); count],
            states: contest
                .candidates
                .iter()
                .map(|it| if it.withdrawn { State::Out } else { State::Hopeful })
                .collect(),
            piles: vec![Vec::new(); count],
            lost: BTreeMap::from([(Why::NothingValid, math.whole(papers.blank))]),
            history: Vec::new(),
            order,
            is_order_given: !contest.tie_order.is_empty(),
            has_quota: true,
            names: contest.candidates.iter().map(name).collect(),
            notes: None,
            elected: Vec::new(),
            once_elected: Vec::new(),
            rounds: Vec::new(),
            said: Vec::new(),
            first_quota: None,
            is_tie_dependent: false,
        }
    }

    /// A board with each ballot on the pile of its first preference.
    pub(crate) fn deal(math: &'a A, contest: &Contest, papers: &'a Papers, seats: usize) -> Self {
        let mut board = Self::empty(math, contest, papers, seats);
        board.deal_again();
        board
    }

    /// Puts each ballot on the pile of its first preference for a continuing candidate, at its full worth.
    pub(crate) fn deal_again(&mut self) {
        let (math, papers) = (self.math, self.papers);
        self.piles.iter_mut().for_each(Vec::clear);
        self.votes.fill(math.zero());
        let came = self.round_number() + 1;
        for (place, paper) in (0_u32..).zip(papers.list()) {
            let continuing = (0_u32..).zip(papers.prefs(paper)).map(|(at, &candidate)| (at, usize::from(candidate)));
            let first = continuing.into_iter().find(|&(_, candidate)| self.states[candidate] == State::Hopeful);
            if let Some((at, first)) = first {
                self.votes[first] += &math.whole(paper.votes);
                self.piles[first].push(Bundle { paper: place, at, ballots: paper.votes, worth: math.whole(1), came });
            } else {
                self.note(Slip { holder: None, paper: place as usize, ballots: paper.votes, worth: math.whole(1) });
            }
        }
    }

    /// Candidates in a state, in the order of the ballot paper.
    pub(crate) fn all(&self, state: State) -> Vec<usize> {
        (0..self.states.len()).filter(|&candidate| self.states[candidate] == state).collect()
    }

    /// How many stand so.
    pub(crate) fn how_many(&self, state: State) -> usize {
        self.states.iter().filter(|it| **it == state).count()
    }

    /// Seats without a candidate.
    pub(crate) fn left(&self) -> usize {
        self.seats - self.elected.len().min(self.seats)
    }

    /// Votes above the quota; zero where there are none.
    pub(crate) fn surplus(&self, candidate: usize) -> A::Value {
        let votes = &self.votes[candidate];
        if *votes > self.quota { self.math.minus(votes, &self.quota) } else { self.math.zero() }
    }

    /// Votes as they are shown.
    pub(crate) fn text(&self, candidate: usize) -> String {
        self.math.text(&self.votes[candidate])
    }

    /// Opens the next round: the piles as they lie now.
    pub(crate) fn open_round(&mut self) {
        self.close_round();
        self.look_at_piles();
        self.history.push(self.votes.clone());
        let zero = self.math.zero();
        let units: Vec<Option<BigInt>> = (self.states.iter().zip(&self.votes))
            .map(|(state, votes)| (*state != State::Out || *votes != zero).then(|| self.math.shown(votes)))
            .collect();
        let places = self.math.places();
        let all = BigInt::from(self.papers.all()) * BigInt::from(10).pow(places);
        // What is rounded for show is rounded here too, so that the numbers shown add up.
        let exhausted = all - units.iter().flatten().sum::<BigInt>();
        let mut rounding = exhausted.clone();
        let mut causes = Vec::new();
        for (why, votes) in self.lost.iter().filter(|(why, _)| **why != Why::Rounding) {
            let votes = self.math.shown(votes);
            rounding -= &votes;
            if votes != BigInt::ZERO {
                causes.push(Cause { cause: why.word(), votes: decimal_text(&votes, places) });
            }
        }
        if rounding != BigInt::ZERO {
            causes.push(Cause { cause: Why::Rounding.word(), votes: decimal_text(&rounding, places) });
        }
        let quota = self.has_quota.then(|| self.math.text(&self.quota));
        if self.first_quota.is_none() {
            self.first_quota.clone_from(&quota);
        }
        self.rounds.push(Round {
            round: self.rounds.len() + 1,
            votes: units.iter().map(|units| units.as_ref().map(|units| decimal_text(units, places))).collect(),
            quota,
            exhausted: decimal_text(&exhausted, places),
            causes,
            ..Round::default()
        });
    }

    /// Number of the round that is open.
    pub(crate) fn round_number(&self) -> u32 {
        u32::try_from(self.rounds.len()).unwrap_or(u32::MAX)
    }

    /// Adds a sentence to the round that is open.
    pub(crate) fn say(&mut self, sentence: impl Into<String>) {
        self.said.push(sentence.into());
    }

    fn open(&mut self) -> &mut Round {
        self.rounds.last_mut().expect("a round is open")
    }

    fn close_round(&mut self) {
        let said = std::mem::take(&mut self.said).join(" ");
        if let Some(round) = self.rounds.last_mut() {
            round.sentence = said;
        }
    }

    /// Elects; `why` follows the name.
    pub(crate) fn elect(&mut self, candidate: usize, state: State, why: &str) {
        self.states[candidate] = state;
        self.elected.push(candidate);
        if !self.once_elected.contains(&candidate) {
            self.once_elected.push(candidate);
        }
        self.open().elected.push(candidate);
        let sentence = format!("{} {why}.", self.names[candidate]);
        self.say(sentence);
    }

    /// Place of the round in which somebody was elected.
    pub(crate) fn elected_in(&self, candidate: usize) -> Option<usize> {
        self.rounds.iter().position(|round| round.elected.contains(&candidate))
    }

    /// Takes all elections back, for rules that start again; the order of the answer may stay that of the first time.
    pub(crate) fn forget_elected(&mut self, keeps_order: bool) {
        self.elected.clear();
        if !keeps_order {
            self.once_elected.clear();
        }
    }

    /// Excludes; `why` follows the name.
    pub(crate) fn exclude(&mut self, candidate: usize, why: &str) {
        self.states[candidate] = State::Out;
        self.open().excluded.push(candidate);
        let sentence = format!("{} {why}.", self.names[candidate]);
        self.say(sentence);
    }

    /// Elects all who are still there, in the order of the ballot paper.
    pub(crate) fn elect_remaining(&mut self) {
        for candidate in self.all(State::Hopeful) {
            let why =
                format!("is elected with {} votes, as no more candidates than seats are left", self.text(candidate));
            self.elect(candidate, State::Elected, &why);
        }
    }

    /// Records a tie that was cut.
    pub(crate) fn record_tie(&mut self, cut: &Cut, picked_for: &'static str) {
        let names: Vec<&str> = cut.tied.iter().map(|&candidate| self.names[candidate].as_str()).collect();
        let sentence = format!("{} are level; {} is picked by {}.", names.join(", "), self.names[cut.picked], cut.how);
        self.say(sentence);
        self.is_tie_dependent |= cut.is_arbitrary && picked_for != "transfer";
        self.open().tie =
            Some(Tie { candidates: cut.tied.clone(), picked: cut.picked, picked_for, how: cut.how.to_owned() });
    }

    /// The first preference behind `at` for a continuing candidate: its place and the candidate.
    pub(crate) fn next(&self, paper: u32, at: u32) -> Option<(u32, usize)> {
        let prefs = self.papers.prefs(&self.papers.list()[paper as usize]);
        (at + 1..).zip(&prefs[at as usize + 1..]).find_map(|(place, &candidate)| {
            let candidate = usize::from(candidate);
            (self.states[candidate] == State::Hopeful).then_some((place, candidate))
        })
    }

    /// Adds to what is lost.
    pub(crate) fn lose(&mut self, why: Why, votes: &A::Value) {
        let zero = self.math.zero();
        *self.lost.entry(why).or_insert(zero) += votes;
    }

    /// Moves bundles from a candidate to the next preferences, each ballot at a new worth, and records where they went.
    /// Answers the votes that moved, to candidates and to nobody. The giver's own votes are left to the caller.
    pub(crate) fn hand_on(
        &mut self,
        from: usize,
        bundles: Vec<Bundle<A::Value>>,
        worth: impl Fn(&A::Value) -> A::Value,
    ) -> A::Value {
        let math = self.math;
        let came = self.round_number() + 1;
        let mut gains: BTreeMap<Option<usize>, A::Value> = BTreeMap::new();
        let mut moved = math.zero();
        for bundle in bundles {
            let worth = worth(&bundle.worth);
            let (paper, ballots) = (bundle.paper as usize, bundle.ballots);
            if worth != bundle.worth {
                let kept = math.minus(&bundle.worth, &worth);
                self.note(Slip { holder: Some(from), paper, ballots, worth: kept });
            }
            let votes = math.times(&worth, bundle.ballots);
            moved += &votes;
            let to = self.next(bundle.paper, bundle.at);
            *gains.entry(to.map(|(_, candidate)| candidate)).or_insert_with(|| math.zero()) += &votes;
            match to {
                Some((at, candidate)) => {
                    self.votes[candidate] += &votes;
                    self.piles[candidate].push(Bundle { at, worth, came, ..bundle });
                }
                None => {
                    self.note(Slip { holder: None, paper, ballots, worth });
                    let why = self.papers.list()[bundle.paper as usize].then;
                    self.lose(why, &votes);
                }
            }
        }
        self.record_transfers(from, &gains);
        moved
    }

    /// Writes down where votes went, and says it.
    pub(crate) fn record_transfers(&mut self, from: usize, gains: &BTreeMap<Option<usize>, A::Value>) {
        let zero = self.math.zero();
        let mut parts = Vec::new();
        let of_candidates = gains.iter().filter(|(to, _)| to.is_some());
        for (to, votes) in of_candidates.chain(gains.iter().filter(|(to, _)| to.is_none())) {
            if *votes == zero {
                continue;
            }
            let votes = self.math.text(votes);
            parts.push(match to {
                Some(to) => format!("{votes} to {}", self.names[*to]),
                None => format!("{votes} to nobody"),
            });
            self.open().transfers.push(Transfer { from, to: *to, votes });
        }
        let moved = if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") };
        let sentence = format!("From {} go: {moved}.", self.names[from]);
        self.say(sentence);
    }

    /// Moves everything an excluded candidate has, at its worth.
    pub(crate) fn transfer_all(&mut self, from: usize) {
        let bundles = std::mem::take(&mut self.piles[from]);
        self.hand_on(from, bundles, Clone::clone);
        self.votes[from] = self.math.zero();
    }

    /// The answer.
    pub(crate) fn finish(mut self, rule: Rule) -> Count {
        self.close_round();
        let once = std::mem::take(&mut self.once_elected);
        self.elected.sort_by_key(|candidate| once.iter().position(|it| it == candidate));
        Count {
            rule,
            seats: u32::try_from(self.seats).unwrap_or(u32::MAX),
            candidates: self.names,
            elected: self.elected,
            quota: self.first_quota,
            rounds: self.rounds,
            tie_dependent: self.is_tie_dependent,
        }
    }
}
