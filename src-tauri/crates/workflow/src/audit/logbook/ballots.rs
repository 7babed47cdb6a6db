//! The votes of an election as ballots, one contest for each position: what another rule than the origin's counts, and what
//! piles are made of.
//!
//! Only votes that the origin counts; a merged write-in is its target. Where one vote is one choice, each is a ballot with
//! one preference; under approval the choices of a voter are one ballot, under ranked choice the ranks.

use std::collections::{BTreeMap, HashMap};

use domain::contest::{self, Contest, Mark, MarksAre};
use domain::vote::{filled, non_empty};
use domain::{Job, VoteView};
use importers::logbook::rows::Election;
use store::Reader;
use tally::CannotCount;
use tally::methods::logbook::{Count, Rules};

use super::{Tables, outcome};
use crate::Error;

/// Votes between two looks at whether the job was cancelled.
const STRETCH: i64 = 50_000;

/// An election whose votes can be read as ballots.
pub(crate) struct Voted {
    election: Election,
    count: Count,
    /// Contests in ballot order; one without a name where the election has none.
    positions: Vec<Option<String>>,
    /// Candidates whom nobody was merged into another, by place: id, name, number of the contest.
    standing: Vec<(String, String, usize)>,
}

/// One ballot.
pub(crate) struct Cast<'a> {
    /// Number of the contest.
    pub(crate) position: usize,
    pub(crate) marks: &'a [Mark],
    /// Number of its first vote.
    pub(crate) number: i64,
}

/// Votes of one voter in one contest: rank, number, candidate.
type Slip = (i64, i64, Option<u16>);

impl Voted {
    /// Reads what the case says of an election; nothing where it has no row of it.
    ///
    /// # Errors
    /// The store's.
    pub(crate) fn open(reader: &Reader, election_id: &str) -> Result<Option<Self>, Error> {
        let tables = Tables::load(reader)?;
        let Some(election) = tables.election(election_id).cloned() else { return Ok(None) };
        let mut candidates = Tables::of(&tables.candidates, |candidate| candidate.election_id == election_id);
        candidates.sort_by(|left, right| {
            (left.display_order, &left.created_at, &left.id).cmp(&(right.display_order, &right.created_at, &right.id))
        });
        let batches = Tables::of(&tables.batches, |batch| batch.election_id == election_id);
        let count = outcome::empty_count(&election, &candidates, &batches, 0);
        let mut positions: Vec<Option<String>> = election.positions.iter().cloned().map(Some).collect();
        if positions.is_empty() {
            positions.push(None);
        }
        let standing = positions.iter().enumerate().flat_map(|(number, position)| {
            let stands = move |it: &&tally::methods::logbook::Candidate| {
                non_empty(&it.merged_into).is_none() && (position.is_none() || it.position == *position)
            };
            count.candidates().iter().filter(stands).map(move |it| (it.id.clone(), it.name.clone(), number))
        });
        let standing = standing.collect();
        Ok(Some(Self { election, count, positions, standing }))
    }

    /// Rules of the origin's count.
    pub(crate) fn rules(&self) -> &Rules {
        self.count.rules()
    }

    /// Names of the contests; empty for one without a name.
    pub(crate) fn positions(&self) -> Vec<String> {
        self.positions.iter().map(|position| position.clone().unwrap_or_default()).collect()
    }

    /// Gives the candidates other places: those of `ids`, which has the same ones.
    pub(crate) fn reorder(&mut self, ids: &[String]) {
        let places: HashMap<&str, usize> = ids.iter().map(String::as_str).zip(0..).collect();
        self.standing.sort_by_key(|(id, ..)| places.get(id.as_str()).copied().unwrap_or(usize::MAX));
    }

    /// All ballots, one contest for each position. Every contest has all candidates of the election, so that places mean the
    /// same everywhere; those of other positions do not stand.
    ///
    /// # Errors
    /// The store's; more votes than can be counted; cancelled.
    pub(crate) fn contests(&self, reader: &Reader, job: &dyn Job) -> Result<Vec<Contest>, Error> {
        let marks_are = if self.rules().voting_method == "approval" { MarksAre::Choices } else { MarksAre::Ranks };
        let mut contests: Vec<Contest> = (self.positions.iter().enumerate())
            .map(|(number, position)| Contest {
                title: position.clone().unwrap_or_else(|| self.election.title.clone()),
                seats: Some(1),
                candidates: self
                    .standing
                    .iter()
                    .map(|(id, name, of)| contest::Candidate {
                        id: id.clone(),
                        name: name.clone(),
                        withdrawn: *of != number,
                    })
                    .collect(),
                marks_are,
                ..Contest::default()
            })
            .collect();
        let mut too_many = None;
        self.each(reader, job, &mut |cast| {
            if let Err(error) = contests[cast.position].ballots.add(1, cast.marks) {
                too_many = Some(error);
            }
        })?;
        match too_many {
            Some(error) => Err(CannotCount::new("too_large", error.to_string()).into()),
            None => Ok(contests),
        }
    }

    /// Goes over all ballots. Ranked and approving ones, whose votes must be brought together first, are held in memory.
    ///
    /// # Errors
    /// The store's; cancelled.
    pub(crate) fn each(&self, reader: &Reader, job: &dyn Job, each: &mut dyn FnMut(Cast<'_>)) -> Result<(), Error> {
        let is_ranked = self.rules().voting_method == "ranked_choice";
        let is_single = !is_ranked && self.rules().voting_method != "approval";
        let targets = self.targets();
        let mut together: BTreeMap<(usize, String), Vec<Slip>> = BTreeMap::new();
        let mut take = |vote: &VoteView<'_>| {
            let Some(position) = self.positions.iter().position(|it| it.is_none() || it.as_deref() == vote.position)
            else {
                return;
            };
            let place = targets.get(&(position, vote.candidate_id)).copied();
            let rank = vote.vote_rank.and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
            let own = (rank, vote.number, place);
            // Rows without identity are one ranked ballot for the origin, and one ballot each elsewhere.
            let identity = if is_ranked {
                Some(vote.identity().unwrap_or("None"))
            } else {
                filled(if self.election.is_anonymous { vote.voter_hash } else { vote.voter_id })
            };
            match identity {
                Some(identity) if !is_single => {
                    together.entry((position, identity.to_owned())).or_default().push(own);
                }
                _ => each(Cast { position, marks: &marks(&mut [own], false), number: vote.number }),
            }
        };
        let last = reader.last_vote_number()?;
        let mut after = 0;
        while after < last {
            if job.is_cancelled() {
                return Err(Error::Cancelled);
            }
            let up_to = after.saturating_add(STRETCH);
            reader.scan_votes((after, up_to), &mut |vote, _| {
                if vote.election_id == self.election.id && self.count.counts_vote(vote) {
                    take(vote);
                }
                true
            })?;
            after = up_to;
        }
        for ((position, _), mut slips) in together {
            let number = slips.iter().map(|(_, number, _)| *number).min().unwrap_or(0);
            each(Cast { position, marks: &marks(&mut slips, is_ranked), number });
        }
        Ok(())
    }

    /// Places of the candidates that votes count for, by contest and candidate voted for.
    fn targets(&self) -> HashMap<(usize, &str), u16> {
        let places: HashMap<(usize, &str), u16> =
            self.standing.iter().zip(0_u16..).map(|((id, _, of), place)| ((*of, id.as_str()), place)).collect();
        let mut targets = HashMap::new();
        for (number, position) in self.positions.iter().enumerate() {
            let members = self.count.candidates().iter();
            for candidate in members.filter(|it| position.is_none() || it.position == *position) {
                let target = non_empty(&candidate.merged_into).unwrap_or(&candidate.id);
                if let Some(place) = places.get(&(number, target)) {
                    targets.insert((number, candidate.id.as_str()), *place);
                }
            }
        }
        targets
    }
}

/// Marks in the order in which the origin reads the votes.
fn marks(slips: &mut [Slip], is_ranked: bool) -> Vec<Mark> {
    slips.sort_unstable();
    let value = |rank: i64| if is_ranked { u16::try_from(rank.max(1)).unwrap_or(u16::MAX) } else { 1 };
    slips.iter().filter_map(|(rank, _, place)| Some(Mark { candidate: (*place)?, value: value(*rank) })).collect()
}
