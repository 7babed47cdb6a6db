//! NIST SP 1500-103, what JSON and XML have in common: who a selection stands for, and which positions on it count.
//!
//! A record holds up to three snapshots (original, interpreted, modified); the one it calls current counts. A rank may
//! stand on the selection or on each of its positions. Positions without an indication, or not allocable, do not count.

use std::collections::HashMap;

use super::Reading;
use super::sink::Record;

/// Who is meant by a selection of the contest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Who {
    /// The candidate of this name.
    Named(String),
    /// Somebody whose name the voter wrote in.
    WriteIn,
    /// Nobody that the report names, so that only a vote for him is an error.
    Unknown(String),
}

/// What a report says about its contest once, for all records.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Id of the contest that is counted.
    pub(super) contest: String,
    /// Its selections by id.
    pub(super) selections: HashMap<String, Who>,
    /// Precincts and districts by id.
    pub(super) units: HashMap<String, String>,
}

/// A contest as a report states it.
#[derive(Clone, Debug, Default)]
pub(super) struct Stated {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) selections: Vec<StatedSelection>,
}

/// A selection of a contest as a report states it.
#[derive(Clone, Debug, Default)]
pub(super) struct StatedSelection {
    pub(super) id: String,
    pub(super) candidates: Vec<String>,
    pub(super) is_write_in: bool,
}

impl Names {
    /// Finds the contest by its name, or by its id where no contest has the name.
    ///
    /// # Errors
    /// A sentence where there is none, or an id stands twice.
    pub(super) fn find(
        wanted: &str,
        contests: &[Stated],
        candidates: &HashMap<String, String>,
        units: HashMap<String, String>,
    ) -> Result<Self, String> {
        let by_name = contests.iter().rfind(|contest| contest.name == wanted);
        let contest = by_name.or_else(|| contests.iter().find(|contest| contest.id == wanted));
        let contest =
            contest.ok_or_else(|| format!("no contest is named \"{wanted}\"; contestId names the contest"))?;
        let mut selections = HashMap::new();
        for selection in &contest.selections {
            let who = match selection.candidates.first() {
                _ if selection.is_write_in => Who::WriteIn,
                Some(id) => candidates.get(id).map_or_else(
                    || {
                        Who::Unknown(format!(
                            "selection {} names candidate {id}, who is not in the report",
                            selection.id
                        ))
                    },
                    |name| Who::Named(name.clone()),
                ),
                None => Who::Unknown(format!("selection {} names no candidate", selection.id)),
            };
            if selections.insert(selection.id.clone(), who).is_some() {
                return Err(format!("selection {} stands twice in the contest", selection.id));
            }
        }
        Ok(Self { contest: contest.id.clone(), selections, units })
    }
}

/// A selection on a record.
#[derive(Clone, Debug, Default)]
pub(super) struct Selected {
    pub(super) selection: String,
    pub(super) status: String,
    pub(super) rank: Option<String>,
    pub(super) positions: Vec<Position>,
}

/// One place where it could be marked.
#[derive(Clone, Debug, Default)]
pub(super) struct Position {
    pub(super) rank: Option<String>,
    pub(super) has_indication: String,
    pub(super) is_allocable: String,
    pub(super) is_write_in: bool,
}

/// Takes a record: its selections in the contest, and its names.
///
/// # Errors
/// A sentence where a selection is unknown, a rank is missing or a precinct is not in the report.
pub(super) fn take(
    reading: &mut Reading<'_>,
    names: &Names,
    selected: &[Selected],
    record: Record<'_>,
    unit: Option<&str>,
) -> Result<(), String> {
    for one in selected.iter().filter(|one| one.status != "needs-adjudication") {
        let who = names
            .selections
            .get(&one.selection)
            .ok_or_else(|| format!("selection {} is not one of the contest", one.selection))?;
        if one.rank.is_some() {
            mark(reading, who, one.rank.as_deref(), false)?;
            continue;
        }
        let counts = |position: &&Position| position.has_indication != "no" && position.is_allocable != "no";
        for position in one.positions.iter().filter(counts) {
            mark(reading, who, position.rank.as_deref(), position.is_write_in)?;
        }
    }
    let precinct = match unit {
        None => None,
        Some(id) => Some(names.units.get(id).ok_or_else(|| format!("precinct {id} is not in the report"))?.as_str()),
    };
    reading.finish(Record { precinct, ..record })
}

fn mark(reading: &mut Reading<'_>, who: &Who, rank: Option<&str>, is_write_in: bool) -> Result<(), String> {
    let rank = rank.ok_or("a marked selection has no rank")?;
    let rank = rank.trim().parse().map_err(|_| format!("rank {rank:?} is no whole number"))?;
    match who {
        Who::WriteIn => reading.mark_write_in(rank),
        _ if is_write_in => reading.mark_write_in(rank),
        Who::Named(name) => reading.mark(rank, name),
        Who::Unknown(reason) => Err(reason.clone()),
    }
}
