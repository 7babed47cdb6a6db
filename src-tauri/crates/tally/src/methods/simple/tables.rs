//! What the simple methods share: who stands, who comes first among equals, and the answer.

use domain::contest::Contest;

use crate::count::{Cause, Count, Round, Rule, Tie};

/// A contest about to be counted in one go.
pub(super) struct Table<'a> {
    pub(super) contest: &'a Contest,
    pub(super) seats: usize,
    pub(super) names: Vec<String>,
    /// Rank of each candidate in the order that cuts ties.
    pub(super) order: Vec<usize>,
    rule: Rule,
    rounds: Vec<Round>,
    is_tie_dependent: bool,
}

impl<'a> Table<'a> {
    pub(super) fn new(contest: &'a Contest, seats: usize, rule: Rule) -> Self {
        let count = contest.candidates.len();
        let mut order = vec![usize::MAX; count];
        let mut rank = 0;
        for candidate in contest.tie_order.iter().map(|it| usize::from(*it)).chain(0..count) {
            if let Some(place @ &mut usize::MAX) = order.get_mut(candidate) {
                *place = rank;
                rank += 1;
            }
        }
        let name = |it: &domain::contest::Candidate| {
            if it.name.is_empty() { format!("candidate {}", it.id) } else { it.name.clone() }
        };
        let names = contest.candidates.iter().map(name).collect();
        Self { contest, seats, names, order, rule, rounds: Vec::new(), is_tie_dependent: false }
    }

    /// Places of the candidates who stand.
    pub(super) fn standing(&self) -> Vec<usize> {
        (0..self.names.len()).filter(|&place| !self.contest.candidates[place].withdrawn).collect()
    }

    /// Candidates who stand, largest value first, equals by the order that cuts ties.
    pub(super) fn ranked(&self, values: &[u128]) -> Vec<usize> {
        let mut ranked = self.standing();
        ranked.sort_by_key(|&place| (std::cmp::Reverse(values[place]), self.order[place]));
        ranked
    }

    /// How a tie is cut where no vote does it.
    pub(super) fn how(&self) -> &'static str {
        if self.contest.tie_order.is_empty() {
            "the order of the ballot paper, in the place of a lot"
        } else {
            "the order given beforehand"
        }
    }

    /// The tie between who is in and who is not, where there is one: `is_level` tells whether two places are.
    pub(super) fn tie(&self, ranked: &[usize], seats: usize, is_level: impl Fn(usize, usize) -> bool) -> Option<Tie> {
        let (&last, &first_out) = (ranked.get(seats.checked_sub(1)?)?, ranked.get(seats)?);
        if !is_level(last, first_out) {
            return None;
        }
        let level = ranked.iter().copied().filter(|&place| place == last || is_level(last, place)).collect();
        Some(self.cut(level, last))
    }

    /// A tie that the order cuts.
    pub(super) fn cut(&self, mut candidates: Vec<usize>, picked: usize) -> Tie {
        candidates.sort_unstable();
        Tie { candidates, picked, picked_for: "election", how: self.how().to_owned() }
    }

    /// Says a tie in a sentence.
    pub(super) fn told(&self, tie: Option<&Tie>) -> String {
        tie.map_or_else(String::new, |tie| {
            let names: Vec<&str> = tie.candidates.iter().map(|place| self.names[*place].as_str()).collect();
            format!(" {} are level; {} is picked by {}.", names.join(", "), self.names[tie.picked], tie.how)
        })
    }

    /// Adds a round.
    pub(super) fn round(&mut self, mut round: Round) {
        round.round = self.rounds.len() + 1;
        self.is_tie_dependent |= round.tie.as_ref().is_some_and(|tie| tie.how == self.how());
        self.rounds.push(round);
    }

    /// The answer.
    pub(super) fn finish(self, elected: Vec<usize>) -> Count {
        Count {
            rule: self.rule,
            seats: u32::try_from(self.seats).unwrap_or(u32::MAX),
            candidates: self.names,
            elected,
            quota: None,
            rounds: self.rounds,
            tie_dependent: self.is_tie_dependent,
        }
    }

    /// The answer of a method that counts once: the largest values win.
    pub(super) fn by_values(
        mut self,
        values: &[u128],
        shown: impl Fn(u128) -> String,
        unit: &str,
        lost: &[(&'static str, u64)],
    ) -> Count {
        let ranked = self.ranked(values);
        let elected = ranked[..self.seats].to_vec();
        let tie = self.tie(&ranked, self.seats, |one, other| values[one] == values[other]);
        let sentences: Vec<String> = elected
            .iter()
            .map(|&place| format!("{} is elected with {} {unit}.", self.names[place], shown(values[place])))
            .collect();
        let causes: Vec<Cause> = lost
            .iter()
            .filter(|(_, votes)| *votes > 0)
            .map(|(cause, votes)| Cause { cause, votes: votes.to_string() })
            .collect();
        let mut votes = vec![None; values.len()];
        for &place in &ranked {
            votes[place] = Some(shown(values[place]));
        }
        self.round(Round {
            votes,
            elected: elected.clone(),
            exhausted: lost.iter().map(|(_, votes)| u128::from(*votes)).sum::<u128>().to_string(),
            causes,
            sentence: sentences.join(" ") + &self.told(tie.as_ref()),
            tie,
            ..Round::default()
        });
        self.finish(elected)
    }
}
