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
