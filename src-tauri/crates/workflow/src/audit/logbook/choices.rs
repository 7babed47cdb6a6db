//! Choices as the tests of their order see them: gathered vote by vote, and laid out by contest.

use std::collections::BTreeMap;

use domain::{Numbers, VoteView};
use store::Reader;
use store::tables::vote::VoteTerms;
use verification::statistics::family::Contest;

use super::known::Known;

/// Votes of an election up to which their order is looked at: beyond it the votes would have to be held as a whole.
const MOST_ORDERED: usize = 100_000;

/// Contest and candidate, as terms of the case.
type Choice = (Option<i64>, i64);

/// Votes that people cast themselves: no paper, no test, and of a ranking its first preference.
#[derive(Default)]
pub(crate) struct Choices {
    kept: BTreeMap<Choice, u64>,
    excluded: BTreeMap<Choice, Numbers>,
    /// Kept votes; empty where there are too many.
    order: Vec<Cast>,
    is_long: bool,
}

/// One of many votes, in few bytes.
#[derive(Clone, Copy)]
struct Cast {
    second: i64,
    number: i64,
    /// Terms of contest and candidate; no contest is the largest number, which no term reaches.
    choice: (u32, u32),
}

fn small(choice: Choice) -> (u32, u32) {
    let term = |term: i64| u32::try_from(term).unwrap_or(u32::MAX);
    (choice.0.map_or(u32::MAX, term), term(choice.1))
}

/// A contest with what its choices stand for.
pub(crate) struct Named {
    /// The contest; empty where there is but one.
    pub(crate) position: String,
    /// Ids of candidates by the numbers that the tests know them by.
    pub(crate) candidates: Vec<String>,
    /// Numbers of votes in their order.
    pub(crate) numbers: Vec<i64>,
    /// Votes that were left out, by candidate.
    pub(crate) excluded: Vec<Numbers>,
}

impl Choices {
    /// Takes a vote in.
    pub(crate) fn add(&mut self, vote: &VoteView<'_>, terms: VoteTerms, second: Option<i64>) {
        let is_first = vote.vote_rank.is_none_or(|rank| matches!(rank, "" | "0" | "1"));
        if vote.is_test_ballot() || vote.is_paper() || !is_first {
            return;
        }
        let choice = (terms.position, terms.candidate);
        if vote.is_deleted() {
            self.excluded.entry(choice).or_default().push(vote.number);
            return;
        }
        *self.kept.entry(choice).or_default() += 1;
        if let Some(second) = second {
            self.order.push(Cast { second, number: vote.number, choice: small(choice) });
        }
    }

    /// Adds what a later block showed.
    pub(crate) fn append(&mut self, later: Self) {
        for (choice, votes) in later.kept {
            *self.kept.entry(choice).or_default() += votes;
        }
        for (choice, votes) in later.excluded {
            self.excluded.entry(choice).or_default().append(votes);
        }
        self.is_long |= later.is_long || self.order.len() + later.order.len() > MOST_ORDERED;
        if self.is_long {
            self.order = Vec::new();
        } else {
            self.order.extend(later.order);
        }
    }

    /// Contests in the order of their texts; votes of known events are not in their order.
    pub(crate) fn contests(&self, reader: &Reader, known: &Known) -> (Vec<Contest>, Vec<Named>) {
        let mut positions: BTreeMap<&str, Vec<(&str, Choice)>> = BTreeMap::new();
        let mut all: Vec<Choice> = self.kept.keys().chain(self.excluded.keys()).copied().collect();
        all.sort_unstable();
        all.dedup();
        for choice in all {
            let position = choice.0.map_or("", |position| reader.term(position));
            positions.entry(position).or_default().push((reader.term(choice.1), choice));
        }
        let mut order = self.order.clone();
        order.retain(|cast| {
            known.events.iter().all(|event| cast.second < event.from.seconds() || cast.second > event.to.seconds())
        });
        order.sort_unstable_by_key(|cast| (cast.second, cast.number));
        let (mut contests, mut named) = (Vec::new(), Vec::new());
        for (position, mut candidates) in positions {
            candidates.sort_unstable();
            let mut contest = Contest::default();
            let mut name = Named {
                position: position.to_owned(),
                candidates: candidates.iter().map(|(text, _)| (*text).to_owned()).collect(),
                numbers: Vec::new(),
                excluded: Vec::new(),
            };
            let numbers: BTreeMap<Choice, u32> =
                (0..).zip(&candidates).map(|(at, (_, choice))| (*choice, at)).collect();
            for (choice, at) in &numbers {
                let excluded = self.excluded.get(choice).map_or(0, Numbers::len);
                let kept = self.kept.get(choice).copied().unwrap_or(0);
                contest.votes.insert(*at, (kept, u64::try_from(excluded).unwrap_or(u64::MAX)));
            }
            for (_, choice) in &candidates {
                name.excluded.push(self.excluded.get(choice).cloned().unwrap_or_default());
            }
            let places: BTreeMap<(u32, u32), u32> = numbers.iter().map(|(choice, at)| (small(*choice), *at)).collect();
            for cast in &order {
                if let Some(at) = places.get(&cast.choice) {
                    contest.order.push(*at);
                    name.numbers.push(cast.number);
                }
            }
            contests.push(contest);
            named.push(name);
        }
        (contests, named)
    }
}
