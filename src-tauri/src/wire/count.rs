//! The counting room: rules, and a finished count with all its rounds. Votes are texts, written as the rule rounds them.

use serde::Serialize;
use ts_rs::TS;
use workflow::Counted;
use workflow::domain::count::{Pile, PileGroup, Round, Tie, Transfer};

use super::count;

/// A rule of counting.
#[derive(Debug, Serialize, TS)]
pub struct RuleView {
    /// Name, as on the command line.
    pub name: String,
    /// What it is, in a line.
    pub title: String,
}

/// A finished count. Candidates are named by their place in `candidates`, from 0.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CountView {
    /// Title of the contest, or empty.
    pub title: String,
    /// Name of the rule.
    pub rule: String,
    /// Its version.
    pub version: String,
    /// How it calculates.
    pub arithmetic: String,
    /// Seats to be filled.
    pub seats: u32,
    /// Votes that elect, where the rule has such a number.
    pub quota: Option<String>,
    /// Votes counted; null where the source does not say.
    pub votes: Option<u64>,
    /// Candidates.
    pub candidates: Vec<CountedCandidate>,
    /// Elected, in order.
    pub elected: Vec<u64>,
    /// Rounds.
    pub rounds: Vec<RoundView>,
    /// A tie that no vote decided had a part in it.
    pub is_tie_dependent: bool,
    /// Why this is not the result, or empty.
    pub what_if: String,
    /// What it would take to change the outcome.
    pub sensitivity: Vec<String>,
    /// How it compares with the published count that was given; null without one.
    pub compared: Option<ComparedView>,
    /// What was put right while reading.
    pub repairs: Vec<String>,
    /// Files that were counted: path and SHA-256.
    pub files: Vec<(String, String)>,
}

/// A comparison with a published count.
#[derive(Debug, Serialize, TS)]
pub struct ComparedView {
    /// Both are equal.
    pub agrees: bool,
    /// In words, with the first difference.
    pub told: String,
}

/// A candidate of a count.
#[derive(Debug, Serialize, TS)]
pub struct CountedCandidate {
    /// Id or number.
    pub id: String,
    /// Name.
    pub name: String,
}

/// One round.
#[derive(Debug, Serialize, TS)]
pub struct RoundView {
    /// Number, from 1.
    pub round: u64,
    /// Votes of each candidate; null for one that is out.
    pub votes: Vec<Option<String>>,
    /// Votes that elect in this round.
    pub quota: Option<String>,
    /// Elected in it.
    pub elected: Vec<u64>,
    /// Excluded in it.
    pub excluded: Vec<u64>,
    /// Votes without a candidate.
    pub exhausted: String,
    /// The same by cause.
    pub causes: Vec<(String, String)>,
    /// Where votes went.
    pub transfers: Vec<TransferView>,
    /// The tie that was cut.
    pub tie: Option<TieView>,
    /// What happened and why.
    pub sentence: String,
}

/// Votes that went from one candidate to another.
#[derive(Debug, Serialize, TS)]
pub struct TransferView {
    /// Who gave them.
    pub from: u64,
    /// Who got them; null where nobody did.
    pub to: Option<u64>,
    /// Votes.
    pub votes: String,
}

/// A tie.
#[derive(Debug, Serialize, TS)]
pub struct TieView {
    /// Who were level.
    pub candidates: Vec<u64>,
    /// Who was picked.
    pub picked: u64,
    /// How.
    pub how: String,
}

/// A pile of a round: what lies with a candidate, or with nobody.
#[derive(Debug, Serialize, TS)]
pub struct PileView {
    /// Votes of the whole pile, as the round shows them.
    pub votes: String,
    /// Votes of it that lie with no single ballot, as rounding added or cut them off; null without any.
    pub loose: Option<String>,
    /// Groups, of those that name the candidate asked for.
    pub groups: u64,
    /// Ballots in these groups.
    pub ballots: u64,
    /// Votes of these groups.
    pub together: String,
    /// The groups that were wanted.
    pub listed: Vec<PileGroupView>,
}

/// Ballots of a pile with the same preferences and the same worth.
#[derive(Debug, Serialize, TS)]
pub struct PileGroupView {
    /// Candidates by rank; several share a rank, an empty rank was left out.
    pub ranking: Vec<Vec<u64>>,
    /// Why the ballots count no further, or empty.
    pub ends: String,
    /// How many ballots, each times its weight.
    pub ballots: u64,
    /// What of each lies here.
    pub worth: String,
    /// The same together.
    pub votes: String,
    /// Ids of the first of them, where the case has such.
    pub ids: Vec<String>,
    /// How many rows of the case they are; 0 where it has no ids.
    pub rows: u64,
}

impl From<&Pile> for PileView {
    fn from(pile: &Pile) -> Self {
        Self {
            votes: pile.votes.clone(),
            loose: pile.loose.clone(),
            groups: count(pile.groups),
            ballots: pile.ballots,
            together: pile.together.clone(),
            listed: pile.listed.iter().map(PileGroupView::from).collect(),
        }
    }
}

impl From<&PileGroup> for PileGroupView {
    fn from(group: &PileGroup) -> Self {
        Self {
            ranking: group.ranking.iter().map(|rank| places(rank)).collect(),
            ends: group.ends.to_owned(),
            ballots: group.ballots,
            worth: group.worth.clone(),
            votes: group.votes.clone(),
            ids: group.ids.clone(),
            rows: group.rows,
        }
    }
}

fn places(places: &[usize]) -> Vec<u64> {
    places.iter().map(|place| count(*place)).collect()
}

impl From<&Counted> for CountView {
    fn from(counted: &Counted) -> Self {
        let done = &counted.count;
        let named = counted.ids.iter().zip(&done.candidates);
        Self {
            title: counted.title.clone(),
            rule: done.rule.name.to_owned(),
            version: done.rule.version.to_owned(),
            arithmetic: done.rule.arithmetic.clone(),
            seats: done.seats,
            quota: done.quota.clone(),
            votes: counted.votes,
            candidates: named.map(|(id, name)| CountedCandidate { id: id.clone(), name: name.clone() }).collect(),
            elected: places(&done.elected),
            rounds: done.rounds.iter().map(RoundView::from).collect(),
            is_tie_dependent: done.tie_dependent,
            what_if: counted.what_if.clone().unwrap_or_default(),
            sensitivity: counted.sensitivity.clone(),
            compared: counted.compared.as_ref().map(|compared| ComparedView {
                agrees: compared.first_difference.is_none(),
                told: compared.sentence(),
            }),
            repairs: counted.repairs.clone(),
            files: counted.files.clone(),
        }
    }
}

impl From<&Round> for RoundView {
    fn from(round: &Round) -> Self {
        Self {
            round: count(round.round),
            votes: round.votes.clone(),
            quota: round.quota.clone(),
            elected: places(&round.elected),
            excluded: places(&round.excluded),
            exhausted: round.exhausted.clone(),
            causes: round.causes.iter().map(|cause| (cause.cause.to_owned(), cause.votes.clone())).collect(),
            transfers: round.transfers.iter().map(TransferView::from).collect(),
            tie: round.tie.as_ref().map(TieView::from),
            sentence: round.sentence.clone(),
        }
    }
}

impl From<&Transfer> for TransferView {
    fn from(transfer: &Transfer) -> Self {
        Self { from: count(transfer.from), to: transfer.to.map(count), votes: transfer.votes.clone() }
    }
}

impl From<&Tie> for TieView {
    fn from(tie: &Tie) -> Self {
        Self { candidates: places(&tie.candidates), picked: count(tie.picked), how: tie.how.clone() }
    }
}
