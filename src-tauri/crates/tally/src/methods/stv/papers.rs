//! The ballots of a contest as a transferable vote reads them: preferences in order, each sequence once, sorted, so that
//! no count depends on the order in which ballots were read.

use std::collections::BTreeMap;

use domain::contest::{Contest, Mark, MarksAre};

use crate::CannotCount;

/// Why votes stand with no candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Why {
    /// No preference for a continuing candidate is left.
    NoMoreChoices,
    /// Candidates with the same rank, or a rank that the source calls overvoted.
    EqualRanks,
    /// A rank was left out, and the rule asks for consecutive ones.
    SkippedRank,
    /// Nobody is chosen at all.
    NothingValid,
    /// Fractions that the rule cuts off.
    Rounding,
}

impl Why {
    /// The word of [`crate::count::Cause::cause`].
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NoMoreChoices => "no more choices",
            Self::EqualRanks => "overvote",
            Self::SkippedRank => "skipped ranks",
            Self::NothingValid => "no valid choice",
            Self::Rounding => "rounding",
        }
    }
}

/// How a rule reads what is not one candidate per rank, without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reading {
    /// Ranks that were left out end the ballot; otherwise the next rank takes their place.
    pub(crate) gaps_end: bool,
    /// Candidates of one rank share the vote; otherwise they end the ballot.
    pub(crate) equals_share: bool,
}

/// Ballots with the same preferences.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paper {
    /// How many votes.
    pub(crate) votes: u64,
    start: usize,
    end: usize,
    /// What becomes of them after their last preference.
    pub(crate) then: Why,
}

/// Ballots where some candidates share a rank, for rules that allow it: votes, and groups of candidates by rank.
pub(crate) type Shared = (u64, Vec<Vec<u16>>);

/// All ballots.
#[derive(Debug, Default)]
pub(crate) struct Papers {
    prefs: Vec<u16>,
    list: Vec<Paper>,
    /// Ballots with shared ranks; empty where the rule ends such ballots.
    pub(crate) shared: Vec<Shared>,
    /// Votes with at least one preference that can be counted.
    pub(crate) valid: u64,
    /// Votes without one.
    pub(crate) blank: u64,
}

impl Papers {
    /// Reads the ballots of a contest.
    ///
    /// # Errors
    /// Where they are choices without an order.
    pub(crate) fn read(contest: &Contest, reading: Reading) -> Result<Self, CannotCount> {
        if contest.marks_are == MarksAre::Choices {
            return Err(CannotCount::new(
                "bad_ballots",
                "these ballots choose candidates without an order; a transferable vote needs rankings, so count them as plurality or approval",
            ));
        }
        let mut raw: Vec<(Vec<u16>, Why, u64)> = Vec::with_capacity(contest.ballots.len());
        let mut shared: BTreeMap<Vec<Vec<u16>>, u64> = BTreeMap::new();
        let mut papers = Self::default();
        let mut by_score = Vec::new();
        for ballot in contest.ballots.iter() {
            let marks = if contest.marks_are == MarksAre::Scores {
                by_score.clear();
                by_score.extend(ballot.marks.iter().map(|mark| Mark { value: u16::MAX - mark.value, ..*mark }));
                by_score.sort_by_key(|mark| mark.value);
                &by_score[..]
            } else {
                ballot.marks
            };
            let reading = Reading { gaps_end: reading.gaps_end && contest.marks_are == MarksAre::Ranks, ..reading };
            let (groups, then) = preferences(contest, marks, reading);
            if groups.is_empty() {
                papers.blank += ballot.votes;
            } else if groups.iter().any(|group| group.len() > 1) {
                papers.valid += ballot.votes;
                *shared.entry(groups).or_default() += ballot.votes;
            } else {
                papers.valid += ballot.votes;
                raw.push((groups.into_iter().flatten().collect(), then, ballot.votes));
            }
        }
        raw.sort_unstable();
        for (prefs, then, votes) in raw {
            if let Some(last) = papers.list.last_mut()
                && last.then == then
                && papers.prefs[last.start..last.end] == prefs[..]
            {
                last.votes += votes;
                continue;
            }
            let start = papers.prefs.len();
            papers.prefs.extend_from_slice(&prefs);
            papers.list.push(Paper { votes, start, end: papers.prefs.len(), then });
        }
        papers.shared = shared.into_iter().map(|(groups, votes)| (votes, groups)).collect();
        Ok(papers)
    }

    /// All papers, sorted by their preferences.
    pub(crate) fn list(&self) -> &[Paper] {
        &self.list
    }

    /// Preferences of a paper.
    pub(crate) fn prefs(&self, paper: &Paper) -> &[u16] {
        &self.prefs[paper.start..paper.end]
    }

    /// Votes of all ballots, valid or not.
    pub(crate) fn all(&self) -> u64 {
        self.valid + self.blank
    }
}

/// Groups of candidates by rank, without those who stood down or were named before, and why the ballot ends there.
fn preferences(contest: &Contest, marks: &[Mark], reading: Reading) -> (Vec<Vec<u16>>, Why) {
    let mut groups: Vec<Vec<u16>> = Vec::with_capacity(marks.len());
    let mut next = 1_u32;
    let mut at = 0;
    while let Some(first) = marks.get(at) {
        let end = at + marks[at..].iter().take_while(|mark| mark.value == first.value).count();
        if reading.gaps_end && u32::from(first.value) > next {
            return (groups, Why::SkippedRank);
        }
        next = u32::from(first.value) + 1;
        let rank = &marks[at..end];
        at = end;
        if rank.iter().any(|mark| mark.candidate == Mark::OVERVOTE) {
            return (groups, Why::EqualRanks);
        }
        let mut group: Vec<u16> = Vec::with_capacity(1);
        for mark in rank {
            let stands = contest.candidates.get(usize::from(mark.candidate)).is_some_and(|it| !it.withdrawn);
            let is_new = !group.contains(&mark.candidate) && !groups.iter().any(|it| it.contains(&mark.candidate));
            if stands && is_new {
                group.push(mark.candidate);
            }
        }
        if group.len() > 1 {
            if !reading.equals_share {
                return (groups, Why::EqualRanks);
            }
            group.sort_unstable();
        }
        if !group.is_empty() {
            groups.push(group);
        }
    }
    (groups, Why::NoMoreChoices)
}
