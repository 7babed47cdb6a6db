//! The roll: columns of a file, problems in it, the people on it, and who votes for whom.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::election::RollEntry;
use workflow::election::{Proxy, RollColumns, RollProblem};

use super::count;

/// Rows of a roll file that are shown before it is taken over, and problems that are listed.
const SHOWN: usize = 200;

/// Which column holds what; empty for none.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
pub struct RollColumnsView {
    /// Number of the voter.
    pub voter: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Postal address.
    pub address: String,
    /// Votes.
    pub weight: String,
    /// Groups.
    pub groups: String,
}

/// A row that cannot be taken as it is.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RollProblemView {
    /// Row in the file, from 1, the header included.
    pub row: u64,
    /// Column.
    pub column: String,
    /// What is wrong and what to do.
    pub reason: String,
}

/// A voter on the roll.
#[derive(Clone, Debug, Serialize, TS)]
pub struct VoterView {
    /// Number.
    pub voter: String,
    /// Name.
    pub name: String,
    /// E-mail address.
    pub email: String,
    /// Postal address.
    pub address: String,
    /// Votes.
    pub weight: u64,
}

/// A roll file before it is taken over.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RollPlanView {
    /// The file.
    pub path: String,
    /// Its columns.
    pub header: Vec<String>,
    /// Which holds what.
    pub columns: RollColumnsView,
    /// Voters in it.
    pub voters: u64,
    /// Votes that they have together.
    pub votes: u64,
    /// The first rows.
    pub first: Vec<VoterView>,
    /// Problems, the first ones.
    pub problems: Vec<RollProblemView>,
    /// All problems.
    pub problems_total: u64,
}

/// Part of a roll.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RollPageView {
    /// Voters.
    pub voters: Vec<VoterView>,
    /// How many there are in all.
    pub total: u64,
}

/// One person who votes for another.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProxyView {
    /// Number.
    pub number: i64,
    /// Whose vote.
    pub voter: String,
    /// Who casts it.
    pub proxy: String,
    /// Why.
    pub reason: String,
    /// Who allowed it.
    pub granted_by: String,
    /// False once it was taken back.
    pub is_in_force: bool,
}

impl From<RollColumns> for RollColumnsView {
    fn from(columns: RollColumns) -> Self {
        Self {
            voter: columns.voter.unwrap_or_default(),
            name: columns.name.unwrap_or_default(),
            email: columns.email.unwrap_or_default(),
            address: columns.address.unwrap_or_default(),
            weight: columns.weight.unwrap_or_default(),
            groups: columns.groups.unwrap_or_default(),
        }
    }
}

impl From<RollColumnsView> for RollColumns {
    fn from(columns: RollColumnsView) -> Self {
        let chosen = |name: String| Some(name).filter(|name| !name.is_empty());
        Self {
            voter: chosen(columns.voter),
            name: chosen(columns.name),
            email: chosen(columns.email),
            address: chosen(columns.address),
            weight: chosen(columns.weight),
            groups: chosen(columns.groups),
        }
    }
}

impl From<&RollEntry> for VoterView {
    fn from(entry: &RollEntry) -> Self {
        Self {
            voter: entry.voter.clone(),
            name: entry.name.clone(),
            email: entry.email.clone(),
            address: entry.address.clone(),
            weight: entry.weight,
        }
    }
}

impl From<Proxy> for ProxyView {
    fn from(proxy: Proxy) -> Self {
        Self {
            number: proxy.number,
            voter: proxy.voter,
            proxy: proxy.proxy,
            reason: proxy.reason,
            granted_by: proxy.granted_by,
            is_in_force: proxy.is_in_force,
        }
    }
}

impl RollPlanView {
    /// What a file would bring onto the roll.
    pub fn new(
        path: String,
        header: Vec<String>,
        columns: RollColumns,
        roll: &[RollEntry],
        problems: Vec<RollProblem>,
    ) -> Self {
        Self {
            path,
            header,
            columns: columns.into(),
            voters: count(roll.len()),
            votes: roll.iter().map(|entry| entry.weight).sum(),
            first: roll.iter().take(8).map(VoterView::from).collect(),
            problems_total: count(problems.len()),
            problems: problems
                .into_iter()
                .take(SHOWN)
                .map(|problem| RollProblemView { row: problem.row, column: problem.column, reason: problem.reason })
                .collect(),
        }
    }
}

impl RollPageView {
    /// The people whose number or name holds a text, so many of them.
    pub fn of(roll: &[RollEntry], text: &str) -> Self {
        let text = text.trim().to_lowercase();
        let fits = |entry: &&RollEntry| {
            entry.voter.to_lowercase().contains(&text) || entry.name.to_lowercase().contains(&text)
        };
        let total = roll.iter().filter(fits).count();
        Self { voters: roll.iter().filter(fits).take(SHOWN).map(VoterView::from).collect(), total: count(total) }
    }
}
