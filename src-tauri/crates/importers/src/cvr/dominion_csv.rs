//! Dominion's CSV: four header rows (election, contests, candidates, names of the first columns), then one row for each
//! ballot with 0 or 1. In a ranked contest a candidate has one column for each rank, called `Name(2)`.
//!
//! An empty cell says that the contest is not on the ballot.

use super::delimited::Rows;
use super::sink::Record;
use super::{CvrError, Reading};

/// A column of the contest.
struct Choice {
    column: usize,
    rank: u64,
    name: String,
}

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let mut rows = Rows::open(&reading.at)?;
    let mut columns: Vec<usize> = Vec::new();
    let mut choices: Vec<Choice> = Vec::new();
    let mut place_of = [None; 4];
    while let Some((number, row)) = rows.next().map_err(|error| CvrError::file(&reading.at, error))? {
        match number {
            1 => {}
            2 => columns = columns_of(&reading.source.contest, row),
            3 => choices = columns.iter().map(|column| choice(*column, row.get(*column).unwrap_or_default())).collect(),
            4 => {
                let found = |name: &str| row.iter().position(|cell| cell.trim() == name);
                place_of = ["RecordId", "TabulatorNum", "BatchId", "PrecinctPortion"].map(found);
            }
            _ => take(reading, number, row, &choices, place_of)?,
        }
    }
    if choices.is_empty() {
        let reason = format!("no column is of the contest \"{}\"; contestId names the contest", reading.source.contest);
        return Err(reading.broken(2, "", reason));
    }
    Ok(())
}

/// Columns of the contest; its name may be followed by `(Vote For=1)` and the like.
fn columns_of(contest: &str, row: &csv::StringRecord) -> Vec<usize> {
    let is_it = |cell: &str| {
        let cell = cell.trim();
        cell == contest || cell.strip_prefix(contest).is_some_and(|rest| rest.trim_start().starts_with('('))
    };
    row.iter().enumerate().filter(|(_, cell)| is_it(cell)).map(|(column, _)| column).collect()
}

fn choice(column: usize, cell: &str) -> Choice {
    let cell = cell.trim();
    let ranked = cell.strip_suffix(')').and_then(|open| open.rsplit_once('('));
    match ranked.and_then(|(name, rank)| Some((name.trim(), rank.trim().parse().ok()?))) {
        Some((name, rank)) => Choice { column, rank, name: name.to_owned() },
        None => Choice { column, rank: 1, name: cell.to_owned() },
    }
}

fn take(
    reading: &mut Reading<'_>,
    number: u64,
    row: &csv::StringRecord,
    choices: &[Choice],
    place_of: [Option<usize>; 4],
) -> Result<(), CvrError> {
    // Spreadsheets are handed texts as `="text"` so that they leave numbers alone.
    let bare = |cell: &str| cell.trim().trim_start_matches('=').trim_matches('"').to_owned();
    let mut is_on_ballot = false;
    for choice in choices {
        let cell = bare(row.get(choice.column).unwrap_or_default());
        is_on_ballot |= !cell.is_empty();
        let taken = match cell.as_str() {
            "" | "0" => Ok(()),
            "1" => reading.mark(choice.rank, &choice.name),
            other => Err(format!("{other:?} is neither 0 nor 1")),
        };
        taken.map_err(|reason| reading.broken(number, format!("{} ({})", choice.column + 1, choice.name), reason))?;
    }
    if !is_on_ballot {
        return Ok(());
    }
    let [id, tabulator, batch, precinct] = place_of
        .map(|column| column.and_then(|column: usize| row.get(column)).map(bare).filter(|cell| !cell.is_empty()));
    let record = Record {
        id: id.as_deref(),
        tabulator: tabulator.as_deref(),
        batch: batch.as_deref(),
        precinct: precinct.as_deref(),
        portion: None,
    };
    reading.finish(record).map_err(|reason| reading.broken(number, "", reason))
}
