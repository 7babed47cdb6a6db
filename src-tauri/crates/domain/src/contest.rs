//! One contest with its ballots, as every ballot file, cast vote record and election comes down to it before a count.
//!
//! Ballots that are marked alike are kept once, with the votes they stand for, in the order in which each way of marking
//! first appeared. A million ballots of one contest are a few hundred thousand such ways.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, RandomState};

use crate::Place;

/// Candidates of one contest, and the ballots.
#[derive(Clone, Debug, Default)]
pub struct Contest {
    /// Title as written; may be empty.
    pub title: String,
    /// Seats to fill, where the source says so.
    pub seats: Option<u32>,
    /// Candidates in the order of the ballot paper. A mark names them by their place here, from 0.
    pub candidates: Vec<Candidate>,
    /// What the values of the marks are.
    pub marks_are: MarksAre,
    /// The ballots.
    pub ballots: Ballots,
    /// Order that cuts ties, where the source gives one: whoever stands first is picked. Candidates that it leaves out follow
    /// in the order of the ballot paper.
    pub tie_order: Vec<u16>,
    /// What was put right while reading, one sentence each, with the place.
    pub repairs: Vec<Repair>,
}

/// Something that a reader passed over or put right, told to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// Where it stands, where one place can be named.
    pub place: Option<Place>,
    /// What was done, a sentence.
    pub what: String,
}

/// A candidate on the ballot paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Id as the source writes it: the number on the ballot paper, from 1, where it has no other.
    pub id: String,
    /// Name as shown.
    pub name: String,
    /// Stood down before the count: cannot be elected, marks for it are passed over.
    pub withdrawn: bool,
}

/// What the value of a [`Mark`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarksAre {
    /// A rank: 1 is the first. A missing rank was skipped, candidates with the same rank share it.
    #[default]
    Ranks,
    /// A score: more is better.
    Scores,
    /// 1 for every candidate chosen.
    Choices,
}

/// One mark on a ballot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mark {
    /// Place of the candidate in [`Contest::candidates`], or [`Mark::OVERVOTE`].
    pub candidate: u16,
    /// Rank or score, as [`Contest::marks_are`] says.
    pub value: u16,
}

impl Mark {
    /// In place of a candidate: the source says that this rank was overvoted, and not by whom.
    pub const OVERVOTE: u16 = u16::MAX;
    /// Candidates that one contest may have.
    pub const MAX_CANDIDATES: usize = u16::MAX as usize - 1;
}

/// Ballots marked alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ballot<'a> {
    /// Votes they stand for: how many there are, each times its weight.
    pub votes: u64,
    /// Place of the part of the electorate in [`Ballots::slices`].
    pub slice: u32,
    /// Marks: ranks ascending, candidates of one rank and the marks of other ballots in the order of the source.
    pub marks: &'a [Mark],
}

/// More votes than 64 bits can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the ballots stand for more than 18,446,744,073,709,551,615 votes")]
pub struct TooManyVotes;

/// All ballots of a contest, each way of marking once.
#[derive(Clone, Debug, Default)]
pub struct Ballots {
    marks: Vec<Mark>,
    /// Of each way of marking: end of its marks, votes, slice.
    ways: Vec<Way>,
    /// Ways by the hash of slice and marks; ways with equal hashes are chained by `Way::next`.
    by_hash: HashMap<u64, u32>,
    hasher: RandomState,
    slices: Vec<String>,
    votes: u64,
}

#[derive(Clone, Copy, Debug)]
struct Way {
    end: usize,
    votes: u64,
    slice: u32,
    next: u32,
}

const NONE: u32 = u32::MAX;

impl Ballots {
    /// Adds ballots of the whole electorate.
    ///
    /// # Errors
    /// More votes than 64 bits can count; nothing is added.
    pub fn add(&mut self, votes: u64, marks: &[Mark]) -> Result<(), TooManyVotes> {
        if self.slices.is_empty() {
            self.slices.push(String::new());
        }
        self.add_to(0, votes, marks)
    }

    /// The place of a part of the electorate (a precinct, a batch) by its name.
    pub fn slice(&mut self, name: &str) -> u32 {
        let place = self.slices.iter().position(|known| known == name).unwrap_or_else(|| {
            self.slices.push(name.to_owned());
            self.slices.len() - 1
        });
        u32::try_from(place).expect("fewer slices than ballots of one file")
    }

    /// Adds ballots of one part of the electorate.
    ///
    /// # Errors
    /// More votes than 64 bits can count; nothing is added.
    pub fn add_to(&mut self, slice: u32, votes: u64, marks: &[Mark]) -> Result<(), TooManyVotes> {
        let all = self.votes.checked_add(votes).ok_or(TooManyVotes)?;
        let hash = self.hasher.hash_one((slice, marks));
        let new = u32::try_from(self.ways.len()).expect("fewer ways of marking than 32 bits count");
        let next = match self.by_hash.entry(hash) {
            Entry::Vacant(entry) => {
                entry.insert(new);
                NONE
            }
            Entry::Occupied(mut entry) => {
                let mut at = *entry.get();
                while at != NONE {
                    let start = if at == 0 { 0 } else { self.ways[at as usize - 1].end };
                    let way = &mut self.ways[at as usize];
                    if way.slice == slice && self.marks[start..way.end] == *marks {
                        way.votes += votes;
                        self.votes = all;
                        return Ok(());
                    }
                    at = way.next;
                }
                entry.insert(new)
            }
        };
        self.votes = all;
        self.marks.extend_from_slice(marks);
        self.ways.push(Way { end: self.marks.len(), votes, slice, next });
        Ok(())
    }

    /// Votes that all ballots stand for.
    pub fn votes(&self) -> u64 {
        self.votes
    }

    /// Different ways of marking.
    pub fn len(&self) -> usize {
        self.ways.len()
    }

    /// Whether there is no ballot.
    pub fn is_empty(&self) -> bool {
        self.ways.is_empty()
    }

    /// Names of the parts of the electorate; one empty name where the source tells none apart.
    pub fn slices(&self) -> &[String] {
        &self.slices
    }

    /// The way of marking at a place.
    ///
    /// # Panics
    /// Where there is none at that place.
    pub fn get(&self, place: usize) -> Ballot<'_> {
        let start = if place == 0 { 0 } else { self.ways[place - 1].end };
        let way = &self.ways[place];
        Ballot { votes: way.votes, slice: way.slice, marks: &self.marks[start..way.end] }
    }

    /// All ways of marking, as they first appeared.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Ballot<'_>> {
        (0..self.len()).map(|place| self.get(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranks(candidates: &[u16]) -> Vec<Mark> {
        candidates.iter().zip(1..).map(|(&candidate, value)| Mark { candidate, value }).collect()
    }

    #[test]
    fn equal_ballots_are_kept_once_in_order_of_appearance() {
        let mut ballots = Ballots::default();
        for (votes, order) in [(2, [0, 1]), (1, [1, 0]), (3, [0, 1])] {
            ballots.add(votes, &ranks(&order)).unwrap();
        }
        ballots.add(1, &[]).unwrap();
        let seen: Vec<_> = ballots.iter().map(|ballot| (ballot.votes, ballot.marks.to_vec())).collect();
        assert_eq!(seen, [(5, ranks(&[0, 1])), (1, ranks(&[1, 0])), (1, vec![])]);
        assert_eq!(ballots.votes(), 7);
    }

    #[test]
    fn precincts_are_kept_apart() {
        let mut ballots = Ballots::default();
        let (north, south) = (ballots.slice("North"), ballots.slice("South"));
        for slice in [north, south, north] {
            ballots.add_to(slice, 1, &ranks(&[0])).unwrap();
        }
        assert_eq!(ballots.slice("South"), south);
        assert_eq!(ballots.iter().map(|ballot| (ballot.slice, ballot.votes)).collect::<Vec<_>>(), [(0, 2), (1, 1)]);
    }

    #[test]
    fn more_votes_than_fit_are_refused() {
        let mut ballots = Ballots::default();
        ballots.add(u64::MAX, &ranks(&[0])).unwrap();
        assert_eq!(ballots.add(1, &ranks(&[0])), Err(TooManyVotes));
        assert_eq!(ballots.votes(), u64::MAX);
    }
}
