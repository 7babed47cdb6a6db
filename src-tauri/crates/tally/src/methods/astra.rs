//! Astra's count: a transferable vote after Meek for several seats, "Meek STV (High-Precision Variant)" 1.0, digit for
//! digit as the origin computes it (its release of June 2026).
//!
//! Every candidate has a share that he keeps of what reaches him: all of it until elected, then just enough for the
//! quota, nothing once out. Votes are handed down each ranking by these shares, shares are adjusted until they stand
//! still, and only then the last candidate is excluded. All of it runs in decimals of 80 digits ([`crate::decimal`]),
//! each step rounded, so that even the *order of the ballots* shows in the last digits, and where two candidates are
//! level but for these digits it can decide a seat. Therefore the caller always says which [`Order`] to count in,
//! [`first_difference`] is told whether the order is the origin's, and [`order_dependence`] tries others.
//!
//! What the origin does is done here too: where exactly as many candidates as seats are left they are all elected, even
//! against an exclusion group; two candidates who only trade votes with one another can make the count fail for good.
//!
//! The parts: `input` (JSON as the origin takes it), `contest` (what is fixed before the count), `table_order` (the one
//! list whose order comes from a hash table), `ballots` (handing down votes), `rounds` (the count), `ties`, `outcome`
//! (the origin's JSON), `piles`, `sentences`, `compare`, `row_orders`.

mod ballots;
mod compare;
mod contest;
mod input;
mod outcome;
mod piles;
mod rounds;
mod row_orders;
mod sentences;
mod table_order;
mod ties;

pub use compare::{RowOrder, first_difference};
pub use outcome::{ForcedExclusion, Outcome, Round, TieBreak, TieKind, TieStep};
pub use piles::piles;
pub use row_orders::{HiddenTie, OrderDependence, order_dependence};

use crate::decimal::Decimal;
use ballots::{Rows, Tree};
use contest::Contest;
use rounds::Count;

/// Rounds that one phase may take before the origin gives up.
pub const MAX_ITERATIONS: usize = 200;
/// Changes and distances to the quota below this count as none.
pub const EPSILON: Decimal = Decimal::power_of_ten(-28);

/// A candidate as the count sees it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Id, 0 to 1,000,000.
    pub id: i64,
    /// Name as shown; may be empty. Lists of candidates who are still eligible are sorted by it.
    pub name: String,
    /// The last word in a tie, compared as text: 1 to 200 characters.
    pub tiebreak: String,
}

/// Candidates of whom only so many may be elected.
#[derive(Clone, Debug)]
pub struct ExclusionGroup {
    /// Public id, shown in the events.
    pub public_id: String,
    /// Name, shown in the events.
    pub name: String,
    /// Members who may be elected, 0 to the number of seats; 0 switches the group off.
    pub max_elected: i64,
    /// Ids of the members; unknown ones are passed over.
    pub candidates: Vec<i64>,
}

/// A final ballot.
#[derive(Clone, Debug)]
pub struct Ballot {
    /// Votes it stands for, 0 to 1,000,000.
    pub weight: i64,
    /// Ids in order of preference; unknown ones are passed over, a repeated one gets his share once more.
    pub ranking: Vec<i64>,
}

/// All that the count takes.
#[derive(Clone, Debug)]
pub struct Election {
    /// Seats, 1 to 10,000.
    pub seats: i64,
    /// Candidates in the origin's order (account name, id), which only shows in `quota_reached`.
    pub candidates: Vec<Candidate>,
    /// Groups in the origin's order (name, id), which only shows in the order of events.
    pub exclusion_groups: Vec<ExclusionGroup>,
    /// Final ballots; their order shows in the last digits.
    pub ballots: Vec<Ballot>,
    /// Rounds that one phase may take; [`MAX_ITERATIONS`] unless told otherwise.
    pub max_iterations: usize,
    /// [`EPSILON`] unless told otherwise.
    pub epsilon: Decimal,
}

/// In which order the votes are added up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ballot by ballot as they stand in [`Election::ballots`]: equal to the origin in every digit if the order is that of
    /// the origin's database. Each round looks at every ballot.
    AsGiven,
    /// Ballots with the same beginning are counted together, down a tree of rankings. A million ballots with few different
    /// rankings take seconds, and the order of the ballots cannot matter. The same numbers up to the last digits, which
    /// means: the same result unless two candidates are level but for these digits.
    Merged,
}

/// Why there is no count. The origin records type and message of its exception; where its wording is known from the
/// fixtures these are the same.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind}: {message}")]
pub struct CountError {
    /// Type of the origin's exception; always `ValueError`.
    pub kind: &'static str,
    /// Its message.
    pub message: String,
}

impl CountError {
    fn value(message: impl Into<String>) -> Self {
        Self { kind: "ValueError", message: message.into() }
    }
}

/// Counts an election.
///
/// # Errors
/// No candidates, no seats, numbers out of their ranges, a candidate without tie-break text, a group that may elect more
/// than there are seats; and shares that do not come to rest within [`Election::max_iterations`].
pub fn count(election: &Election, order: Order) -> Result<Outcome, CountError> {
    let contest = Contest::new(election)?;
    let rows = Rows::new(&contest, &election.ballots);
    match order {
        Order::AsGiven => Count::new(&contest, &rows, rows.first_preferences()).run(),
        Order::Merged => Count::new(&contest, &Tree::new(&rows), rows.first_preferences()).run(),
    }
}

#[cfg(test)]
mod tests;
