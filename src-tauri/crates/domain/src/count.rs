//! What every count answers, whatever its rule: rounds with their votes, who was elected and excluded and why, where the
//! votes went. Votes are decimal texts, written as the rule rounds them, so that no reader rounds them again.

use serde::Serialize;

/// A finished count.
#[derive(Clone, Debug, Serialize)]
pub struct Count {
    /// The rule that was used.
    pub rule: Rule,
    /// Seats that were to be filled.
    pub seats: u32,
    /// Candidates by their places in the contest; every number below is such a place, from 0.
    pub candidates: Vec<String>,
    /// Elected, in order of election.
    pub elected: Vec<usize>,
    /// Votes that elect, where the rule has a quota: the first one where it moves, as each round tells its own.
    pub quota: Option<String>,
    /// All rounds.
    pub rounds: Vec<Round>,
    /// True where a tie that was cut by lot, by an order given beforehand or by a person decided who is elected or
    /// excluded in some round.
    pub tie_dependent: bool,
}

impl Count {
    /// The same with other rounds.
    #[must_use]
    pub fn with_rounds(&self, rounds: Vec<Round>) -> Self {
        Self {
            rule: self.rule.clone(),
            seats: self.seats,
            candidates: self.candidates.clone(),
            elected: self.elected.clone(),
            quota: self.quota.clone(),
            rounds,
            tie_dependent: self.tie_dependent,
        }
    }
}

/// Name of a rule and how it calculates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Name on the command line.
    pub name: &'static str,
    /// Version of the rule as written here.
    pub version: &'static str,
    /// How it calculates: `fixed-p5-d5`, `rational`, `integer` and so on.
    pub arithmetic: String,
}

/// One round (stage) of a count.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Round {
    /// Number, from 1.
    pub round: usize,
    /// Votes of each candidate at the end of the round, before what it decides is carried out; `None` for one that is out.
    pub votes: Vec<Option<String>>,
    /// Votes that elect in this round, where the rule has such a number.
    pub quota: Option<String>,
    /// Elected in this round, in order.
    pub elected: Vec<usize>,
    /// Excluded in this round, in order.
    pub excluded: Vec<usize>,
    /// Votes that no candidate holds any more.
    pub exhausted: String,
    /// The same by cause, where the rule tells causes apart; they add up to `exhausted`.
    pub causes: Vec<Cause>,
    /// Where votes went, after what this round decided.
    pub transfers: Vec<Transfer>,
    /// The tie that was cut in this round.
    pub tie: Option<Tie>,
    /// What happened and why, in plain sentences.
    pub sentence: String,
}

/// Votes without a candidate, by cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// Why: `no more choices`, `overvote`, `skipped ranks`, `repeated candidate`, `rounding` and the like.
    pub cause: &'static str,
    /// Votes.
    pub votes: String,
}

/// Votes that went from one candidate to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transfer {
    /// Who gave them.
    pub from: usize,
    /// Who got them; `None` where no candidate did.
    pub to: Option<usize>,
    /// Votes.
    pub votes: String,
}

/// A tie, and how it was cut.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tie {
    /// Who were level.
    pub candidates: Vec<usize>,
    /// Who was picked.
    pub picked: usize,
    /// What for: `election`, `exclusion`, or `transfer` where it is only about whose surplus goes first.
    pub picked_for: &'static str,
    /// How: `earlier round`, `order given beforehand`, `lot`, and so on, with what was drawn.
    pub how: String,
}

/// One pile that somebody wants to look through. Counts keep no piles; they are made again for each question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PileAsked {
    /// Number of the round, from 1.
    pub round: usize,
    /// Whose pile; `None` for the votes that no candidate holds.
    pub holder: Option<usize>,
    /// Only ballots that name this candidate, where set.
    pub naming: Option<usize>,
    /// First group wanted, from 0; the largest come first.
    pub from: usize,
    /// Groups wanted.
    pub limit: usize,
}

/// What lies on one pile in one round: ballots with the same preferences and the same worth together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pile {
    /// Number of the round.
    pub round: usize,
    /// Whose pile; `None` for the votes that no candidate holds.
    pub holder: Option<usize>,
    /// Votes of the whole pile as the round shows them.
    pub votes: String,
    /// `votes` without those of the ballots on the pile: what rounding added or cut off, and votes that passed to nobody and
    /// of which no ballot can be named. Absent where there is nothing of the kind.
    pub loose: Option<String>,
    /// Groups, of those that name the candidate asked for.
    pub groups: usize,
    /// Ballots in these groups.
    pub ballots: u64,
    /// Votes of these groups.
    pub together: String,
    /// Votes of those of them that are not listed.
    pub unlisted: String,
    /// The groups that were wanted.
    pub listed: Vec<PileGroup>,
}

/// Ballots on one pile with the same preferences and the same worth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PileGroup {
    /// Candidates by rank as the rule reads the ballot; several share a rank, and an empty rank was left out.
    pub ranking: Vec<Vec<usize>>,
    /// Why the ballot counts no further: on the pile without a candidate always, elsewhere where something other than its
    /// last preference ends it.
    pub ends: &'static str,
    /// How many ballots, each times its weight.
    pub ballots: u64,
    /// What of each of them lies here.
    pub worth: String,
    /// The same of all together.
    pub votes: String,
    /// Ids of the first of them, where the source has such.
    pub ids: Vec<String>,
    /// How many rows of the source they are; another number than `ballots` where rows have weights. 0 where it has no ids.
    pub rows: u64,
}

/// Why a contest cannot be counted. The message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CannotCount {
    /// A short stable name: `no_candidates`, `no_seats`, `too_few_candidates`, `bad_option`, `tie`, `too_large` and so on.
    pub kind: &'static str,
    /// What is wrong and what to do, a sentence.
    pub message: String,
}

impl CannotCount {
    /// An error of a kind.
    pub fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}
