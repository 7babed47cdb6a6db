//! From ballots to counts: which ballots count, contest by contest, under the rule that each contest names. The count of a case
//! and the recount of a publication take the same way; only where the ballots come from differs.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::contest::{Candidate, Contest, Mark, MarksAre};
use domain::election::ballot::written_in;
use domain::election::{BallotKind, Choice, Choices, ContestSetup, Setup};
use importers::scrutineer::rules::BallotBody;
use store::Elections;
use store::tables::native::ballot::NativeBallot;
use store::tables::native::election::ElectionRow;
use tally::CannotCount;

use super::open::TieOrder;
use crate::Error;
use crate::count::{CountRequest, Counted, count_native};

/// Counting rules that contests held here may name: those that need nothing but the ballot paper.
pub const CONTEST_METHODS: &[&str] = &[
    "plurality",
    "approval",
    "score",
    "star",
    "borda",
    "schulze",
    "ranked-pairs",
    "scotland",
    "wigm",
    "wigm-prf",
    "wigm-prf-batch",
    "meek",
    "meek-prf",
    "warren",
    "cfer",
    "cfer-batch",
    "mpls",
    "qpq",
    "ers97",
    "wright",
    "dublin",
    "gregory-weighted",
    "gregory-inclusive",
    "gregory-last-parcel",
    "astra-meek",
];

/// Whether a contest held here may name a counting rule.
pub fn is_method(name: &str) -> bool {
    CONTEST_METHODS.contains(&name)
}

/// Ballots of an election by what becomes of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BallotFigures {
    /// In the chain.
    pub(crate) all: u64,
    /// That count.
    pub(crate) counted: u64,
    /// Votes that they stand for.
    pub(crate) votes: u64,
    /// That a later ballot of the same voter replaced.
    pub(crate) replaced: u64,
    /// That were excluded.
    pub(crate) excluded: u64,
    /// Paper ballots that count.
    pub(crate) paper: u64,
    /// Cast in a reopened window.
    pub(crate) reopened: u64,
    /// Without any choice.
    pub(crate) blank: u64,
}

/// What a stored ballot says.
pub(super) fn body_of(ballot: &NativeBallot) -> Result<BallotBody, Error> {
    serde_json::from_str(&ballot.body).map_err(|_| {
        Error::refused(format!(
            "ballot {} cannot be read: the case was changed outside this program; check it with `case verify`",
            ballot.position
        ))
    })
}

/// Hands over the ballots that count. A voter's last ballot counts; one that was excluded does not bring an earlier one back.
pub(super) fn each_counted(
    elections: &Elections<'_>,
    id: &str,
    mut take: impl FnMut(&BallotBody) -> Result<(), Error>,
) -> Result<BallotFigures, Error> {
    let mut last: HashMap<Vec<u8>, u64> = HashMap::new();
    elections.each_ballot::<Error>(id, |ballot| {
        if let Some(voter) = ballot.voter {
            last.insert(voter, ballot.position);
        }
        Ok(())
    })?;
    let excluded: BTreeSet<u64> = elections.exclusions(id)?.into_iter().map(|row| row.position).collect();
    let mut figures = BallotFigures::default();
    elections.each_ballot::<Error>(id, |ballot| {
        let body = body_of(&ballot)?;
        figures.all += 1;
        figures.reopened += u64::from(body.reopened);
        let is_last = ballot.voter.as_ref().is_none_or(|voter| last.get(voter) == Some(&ballot.position));
        if excluded.contains(&ballot.position) {
            figures.excluded += 1;
        } else if !is_last {
            figures.replaced += 1;
        } else {
            figures.counted += 1;
            figures.votes += body.weight;
            figures.paper += u64::from(body.batch.is_some());
            figures.blank += u64::from(body.choices.is_empty());
            take(&body)?;
        }
        Ok(())
    })?;
    Ok(figures)
}

/// Written-in names as they are counted: those that were merged under their target, the others under themselves.
struct WrittenIn {
    merged: BTreeMap<(String, String), String>,
}

impl WrittenIn {
    fn mark(&self, contest: &str, mark: &str) -> String {
        let Some(name) = written_in(mark) else { return mark.to_owned() };
        let key = (contest.to_owned(), name.to_lowercase());
        self.merged.get(&key).cloned().unwrap_or_else(|| format!("={}", name.to_lowercase()))
    }
}

/// Hands over the choices of the ballots that count, with the votes that they stand for; may be asked more than once.
pub(crate) type EachChoice<'a> = dyn Fn(&mut dyn FnMut(&Choices, u64) -> Result<(), Error>) -> Result<(), Error> + 'a;

/// A merged write-in: contest, written name in small letters, what it means.
pub(crate) type Merge = (String, String, String);

/// The contests of an election with the ballots that count, in the order of the ballot paper.
pub(super) fn contests(
    elections: &Elections<'_>,
    row: &ElectionRow,
    ties: Option<&BTreeMap<String, TieOrder>>,
) -> Result<(Vec<Contest>, BallotFigures), Error> {
    let figures = std::cell::Cell::new(BallotFigures::default());
    let contests = contests_of(&row.setup, elections.merges(&row.id)?, ties, &|take| {
        figures.set(each_counted(elections, &row.id, |body| take(&body.choices, body.weight))?);
        Ok(())
    })?;
    Ok((contests, figures.get()))
}

/// [`contests`] of ballots from anywhere.
pub(crate) fn contests_of(
    setup: &Setup,
    merges: Vec<Merge>,
    ties: Option<&BTreeMap<String, TieOrder>>,
    each: &EachChoice<'_>,
) -> Result<Vec<Contest>, Error> {
    let merged = merges.into_iter().map(|(contest, written, target)| ((contest, written), target));
    let written = WrittenIn { merged: merged.collect() };
    // The written-in names come first, so that candidates have one order whatever the order of the ballots.
    let mut names: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    each(&mut |choices, _| {
        for (contest, choice) in choices {
            for mark in choice.names() {
                if let Some(name) = written_in(mark) {
                    let id = written.mark(contest, mark);
                    if written_in(&id).is_some() {
                        let shown =
                            names.entry(contest.clone()).or_default().entry(id).or_insert_with(|| name.to_owned());
                        // The spelling that stands first in the alphabet is shown, whoever came first.
                        if name < shown.as_str() {
                            name.clone_into(shown);
                        }
                    }
                }
            }
        }
        Ok(())
    })?;
    let mut contests: Vec<(Contest, HashMap<String, u16>)> =
        setup.contests.iter().map(|contest| empty_contest(contest, names.get(&contest.id), ties)).collect();
    each(&mut |choices, votes| {
        for (setup, (contest, places)) in setup.contests.iter().zip(&mut contests) {
            let Some(choice) = choices.get(&setup.id) else { continue };
            let place = |mark: &str| places.get(&written.mark(&setup.id, mark)).copied();
            let mut marks: Vec<Mark> = Vec::new();
            match choice {
                Choice::Listed(list) => {
                    for (mark, rank) in list.iter().zip(1..) {
                        if let Some(candidate) = place(mark) {
                            let value = if setup.kind() == BallotKind::Ranked { rank } else { 1 };
                            // Two written names that were merged are one candidate: the better rank stays.
                            if !marks.iter().any(|known| known.candidate == candidate) {
                                marks.push(Mark { candidate, value });
                            }
                        }
                    }
                }
                Choice::Scored(scores) => {
                    for (mark, points) in scores {
                        if let Some(candidate) = place(mark) {
                            match marks.iter_mut().find(|known| known.candidate == candidate) {
                                Some(known) => known.value = known.value.max(*points),
                                None => marks.push(Mark { candidate, value: *points }),
                            }
                        }
                    }
                }
            }
            let too_many = |error: domain::contest::TooManyVotes| CannotCount::new("too_large", error.to_string());
            contest.ballots.add(votes, &marks).map_err(too_many)?;
        }
        Ok(())
    })?;
    Ok(contests.into_iter().map(|(contest, _)| contest).collect())
}

fn empty_contest(
    setup: &ContestSetup,
    written: Option<&BTreeMap<String, String>>,
    ties: Option<&BTreeMap<String, TieOrder>>,
) -> (Contest, HashMap<String, u16>) {
    let standing = setup.standing().map(|candidate| (candidate.id.clone(), candidate.name.clone()));
    let written = written.into_iter().flatten().map(|(id, name)| (id.clone(), format!("{name} (written in)")));
    let all: Vec<(String, String)> = standing.chain(written).take(Mark::MAX_CANDIDATES).collect();
    let places: HashMap<String, u16> = all.iter().map(|(id, _)| id.clone()).zip(0..).collect();
    let order = ties.and_then(|ties| ties.get(&setup.id)).map(|tie| tie.order.as_slice()).unwrap_or_default();
    let contest = Contest {
        title: setup.title.clone(),
        seats: Some(setup.seats),
        candidates: all.into_iter().map(|(id, name)| Candidate { id, name, withdrawn: false }).collect(),
        marks_are: match setup.kind() {
            BallotKind::Ranked => MarksAre::Ranks,
            BallotKind::Scores => MarksAre::Scores,
            BallotKind::One | BallotKind::Several => MarksAre::Choices,
        },
        tie_order: order.iter().filter_map(|id| places.get(id).copied()).collect(),
        ..Contest::default()
    };
    (contest, places)
}

/// Counts one contest by its own rule. Where there are fewer candidates than seats, only so many seats are filled.
pub(crate) fn count(setup: &ContestSetup, contest: &Contest) -> Result<Counted, Error> {
    let candidates = u32::try_from(contest.candidates.len()).unwrap_or(u32::MAX);
    let request = CountRequest {
        rule: setup.method.clone(),
        seats: Some(setup.seats.min(candidates)),
        arithmetic: setup.arithmetic.clone(),
        ..CountRequest::default()
    };
    count_native(contest, &request, &setup.exclusion_groups)
}

/// Why the rule of a contest could never count it, found by counting one ballot: a wrong arithmetic, more seats than the rule has.
pub(super) fn objection(setup: &ContestSetup) -> Option<String> {
    let (mut contest, _) = empty_contest(setup, None, None);
    if contest.candidates.is_empty() || !is_method(&setup.method) {
        return None;
    }
    let value = if setup.kind() == BallotKind::Scores { setup.most_points } else { 1 };
    contest.ballots.add(1, &[Mark { candidate: 0, value }]).ok()?;
    count(setup, &contest).err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use domain::election::setup::CandidateSetup;

    use super::*;

    #[test]
    fn every_rule_counts_a_contest_of_its_own_kind() {
        for method in CONTEST_METHODS {
            for (seats, standing) in [(1, 1), (1, 3), (2, 3), (3, 2)] {
                let setup = ContestSetup {
                    id: "c".to_owned(),
                    title: "C".to_owned(),
                    seats,
                    method: (*method).to_owned(),
                    most_points: 5,
                    candidates: (0..standing)
                        .map(|number| CandidateSetup {
                            id: format!("c{number}"),
                            name: format!("C{number}"),
                            ..CandidateSetup::default()
                        })
                        .collect(),
                    ..ContestSetup::default()
                };
                let told = objection(&setup);
                let has_one_seat = *method == "star" && seats > 1;
                assert_eq!(
                    told.is_some(),
                    has_one_seat,
                    "{method} with {seats} seats and {standing} candidates: {told:?}"
                );
            }
            let odd = ContestSetup {
                method: (*method).to_owned(),
                arithmetic: Some("fixed-p99-d99".to_owned()),
                candidates: vec![CandidateSetup { id: "a".to_owned(), ..CandidateSetup::default() }],
                seats: 1,
                ..ContestSetup::default()
            };
            assert!(objection(&odd).is_some() || *method == "astra-meek", "{method} takes an arithmetic that is none");
        }
    }
}
