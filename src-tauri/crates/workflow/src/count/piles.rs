//! Which ballots lie where: a count is made again with the question, from what it was made of. Where the ballots are rows of
//! a case, they are named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::contest::{Contest, Mark};
use domain::count::{Pile, PileAsked};
use domain::rctab::RctabRules;
use domain::{Job, Unwatched};
use reports::documents::CsvTable;
use tally::methods::astra::{Election, Order};
use tally::methods::{astra, logbook, rctab};
use tally::{CannotCount, Count};

use super::{Counted, Manner};
use crate::audit::logbook::Voted;
use crate::{Case, Error};

/// Ballots of a group that are named.
const NAMED: usize = 20;
/// Groups of a pile in the table, at most.
const LISTED: usize = 100;
/// Rows that the table may have, about.
const ROWS: usize = 400_000;

/// What some rounds of a count were made of.
#[derive(Clone, Debug)]
pub(crate) enum Made {
    /// A contest by a rule of [`Manner`].
    Contest(Arc<Contest>, Manner),
    /// A contest by a method of The Logbook.
    Logbook(Arc<Contest>),
    /// A contest by the options of a configuration.
    Rctab(Arc<Contest>, Arc<RctabRules>),
    /// An election of Astra by its own rule.
    Astra(Arc<Election>, Order),
}

/// Rounds of a count that were made together.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// How many.
    pub(crate) rounds: usize,
    /// Number of the contest within the election.
    pub(super) position: usize,
    pub(crate) made: Made,
}

impl Made {
    /// Piles of these rounds. `told`: the count with these rounds alone.
    fn piles(&self, told: &Count, asked: &[PileAsked]) -> Result<Vec<Pile>, CannotCount> {
        match self {
            Self::Contest(contest, manner) => manner.piles(contest, asked),
            Self::Logbook(contest) => logbook::piles(contest, told, asked),
            Self::Rctab(contest, rules) => rctab::piles(contest, rules, asked),
            Self::Astra(election, order) => {
                let of_origin = |error: astra::CountError| CannotCount::new(error.kind, error.message);
                let outcome = astra::count(election, *order).map_err(of_origin)?;
                astra::piles(election, &outcome, told, asked).map_err(of_origin)
            }
        }
    }
}

/// Candidates by rank.
type Ranking = Vec<Vec<usize>>;
/// Place of a pile, and of a group in it.
type At = (usize, usize);

/// Candidates by rank, without ranks that were left out, each candidate once.
fn plain(ranking: &[Vec<usize>]) -> Ranking {
    let mut seen = BTreeSet::new();
    let ranks = ranking.iter().map(|rank| rank.iter().copied().filter(|place| seen.insert(*place)).collect());
    let mut ranks: Ranking = ranks.collect();
    ranks.retain(|rank| !rank.is_empty());
    ranks
}

fn ranks_of(marks: &[Mark]) -> Ranking {
    let ranks = marks.chunk_by(|one, other| one.value == other.value);
    ranks.map(|rank| rank.iter().map(|mark| usize::from(mark.candidate)).collect()).collect()
}

/// Groups that are to be named, by how their ballots are ranked.
struct Wanted {
    /// By the whole ranking: places of the group in the piles.
    whole: BTreeMap<Ranking, Vec<At>>,
    /// Rankings that a ballot only begins with, as something ends it there.
    begun: Vec<(Ranking, At)>,
}

impl Wanted {
    fn of(piles: &[Pile]) -> Self {
        let mut wanted = Self { whole: BTreeMap::new(), begun: Vec::new() };
        for (pile, list) in piles.iter().enumerate() {
            for (group, one) in list.listed.iter().enumerate() {
                let ranking = plain(&one.ranking);
                if matches!(one.ends, "overvote" | "skipped ranks") {
                    wanted.begun.push((ranking, (pile, group)));
                } else {
                    wanted.whole.entry(ranking).or_default().push((pile, group));
                }
            }
        }
        wanted
    }

    fn take(&self, piles: &mut [Pile], ranking: &[Vec<usize>], is_of: impl Fn(&Pile) -> bool, id: impl Fn() -> String) {
        let ranking = plain(ranking);
        let begun = self.begun.iter().filter(|(begin, _)| ranking.starts_with(begin)).map(|(_, at)| at);
        for &(pile, group) in self.whole.get(&ranking).into_iter().flatten().chain(begun) {
            if is_of(&piles[pile]) {
                let group = &mut piles[pile].listed[group];
                group.rows += 1;
                if group.ids.len() < NAMED {
                    group.ids.push(id());
                }
            }
        }
    }
}

impl Counted {
    /// Whether an election of a case was counted, whose ballots can be named.
    pub fn is_of_case(&self) -> bool {
        self.election_id.is_some()
    }

    /// The piles that are asked for, in that order.
    ///
    /// # Errors
    /// [`Error::CannotCount`] where there is no such round or candidate, or the rule lays no ballots on piles.
    pub fn piles(&self, asked: &[PileAsked]) -> Result<Vec<Pile>, Error> {
        let mut found: Vec<Option<Pile>> = vec![None; asked.len()];
        let mut before = 0;
        for Part { rounds, made, .. } in &self.parts {
            let own = before + 1..=before + rounds;
            let of_part: Vec<usize> = (0..asked.len()).filter(|&at| own.contains(&asked[at].round)).collect();
            if !of_part.is_empty() {
                let told = self.count.with_rounds(self.count.rounds[before..before + rounds].to_vec());
                let local: Vec<PileAsked> =
                    of_part.iter().map(|&at| PileAsked { round: asked[at].round - before, ..asked[at] }).collect();
                for (at, pile) in of_part.into_iter().zip(made.piles(&told, &local)?) {
                    found[at] = Some(Pile { round: asked[at].round, ..pile });
                }
            }
            before += rounds;
        }
        let missing = |asked: &PileAsked| {
            let message = format!(
                "the ballots of round {} cannot be shown: this count has {} rounds",
                asked.round,
                self.count.rounds.len()
            );
            Error::from(CannotCount::new("bad_option", message))
        };
        found.into_iter().zip(asked).map(|(pile, asked)| pile.ok_or_else(|| missing(asked))).collect()
    }

    /// All piles of all rounds as a table, the largest groups of each; nothing where the rule lays no ballots on piles. The
    /// votes of a pile in the table add up to those of the round.
    pub(super) fn piles_table(&self) -> Option<CsvTable> {
        let holders = self.count.candidates.len() + 1;
        let limit = (ROWS / (self.count.rounds.len() * holders).max(1)).clamp(5, LISTED);
        let ask = |round, holder| PileAsked { round, holder, naming: None, from: 0, limit };
        let asked: Vec<PileAsked> = (1..=self.count.rounds.len())
            .flat_map(|round| (0..holders).map(move |place| ask(round, (place + 1 < holders).then_some(place))))
            .collect();
        let piles = self.piles(&asked).ok()?;
        Some(reports::documents::count::piles(&self.count, &piles))
    }
}

impl Case {
    /// Names the ballots on piles of a count of this case, the first of each group: by their hash in Astra, by the id of their
    /// first vote in The Logbook. Does nothing to counts of other files.
    ///
    /// # Errors
    /// The store's; cancelled.
    pub fn name_ballots(&self, counted: &Counted, piles: &mut [Pile], job: &dyn Job) -> Result<(), Error> {
        let Some(election_id) = &counted.election_id else { return Ok(()) };
        let reader = self.reader()?;
        let wanted = Wanted::of(piles);
        if let Some(mut voted) = Voted::open(&reader, election_id)? {
            voted.reorder(&counted.ids);
            let mut numbers: Vec<(At, Vec<i64>)> = Vec::new();
            let position_of = |round: usize| {
                let mut end = 0;
                let part = counted.parts.iter().find(|part| {
                    end += part.rounds;
                    round <= end
                });
                part.map(|part| part.position)
            };
            voted.each(&reader, job, &mut |cast| {
                let is_of = |pile: &Pile| position_of(pile.round) == Some(cast.position);
                wanted.take(piles, &ranks_of(cast.marks), is_of, || cast.number.to_string());
            })?;
            for (at, pile) in piles.iter_mut().enumerate() {
                for (group, one) in pile.listed.iter_mut().enumerate() {
                    let named = std::mem::take(&mut one.ids);
                    numbers.push(((at, group), named.iter().filter_map(|text| text.parse().ok()).collect()));
                }
            }
            for ((pile, group), numbers) in numbers {
                let votes = reader.votes_by_number(&numbers)?;
                piles[pile].listed[group].ids = votes.into_iter().map(|vote| vote.id).collect();
            }
            return Ok(());
        }
        let places: BTreeMap<i64, usize> =
            counted.ids.iter().zip(0..).filter_map(|(id, place)| Some((id.parse().ok()?, place))).collect();
        crate::audit::astra::each_final(&reader, election_id, job, &mut |ballot, ranking| {
            let ranking: Ranking = ranking.iter().filter_map(|id| Some(vec![*places.get(id)?])).collect();
            let id = || ballot.ballot_hash.clone().or_else(|| ballot.id.clone()).unwrap_or_default();
            wanted.take(piles, &ranking, |_| true, id);
        })
    }

    /// The piles that are asked for of a count of this case, with ballots named.
    ///
    /// # Errors
    /// As [`Counted::piles`] and [`Case::name_ballots`].
    pub fn piles(&self, counted: &Counted, asked: &[PileAsked]) -> Result<Vec<Pile>, Error> {
        let mut piles = counted.piles(asked)?;
        self.name_ballots(counted, &mut piles, &Unwatched)?;
        Ok(piles)
    }
}
