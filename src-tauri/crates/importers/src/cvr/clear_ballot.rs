//! Clear Ballot: one row for each ballot, one column for each contest, rank and candidate with 0 or 1.
//!
//! A column is called `Choice_<id>_<n>:<contest>:<rank>:Vote For <k>:<candidate>:<party>`. An empty cell says that the
//! contest is not on the ballot.

use super::delimited::Rows;
use super::sink::Record;
use super::{CvrError, Reading};

/// Columns before the choices; the names are read from the header.
const FIRST_CHOICE: usize = 10;

/// A column of the contest.
struct Choice {
    column: usize,
    rank: u64,
    name: String,
}

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let mut rows = Rows::open(&reading.at)?;
    let mut choices: Vec<Choice> = Vec::new();
    let mut place_of = [None; 3];
    while let Some((number, row)) = rows.next().map_err(|error| CvrError::file(&reading.at, error))? {
        if number == 1 {
            let found = |name: &str| row.iter().position(|cell| cell.trim() == name);
            place_of = ["BallotID", "PrecinctID", "BoxID"].map(found);
            choices = header(reading, row)?;
            continue;
        }
        if row.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let mut is_on_ballot = false;
        for choice in &choices {
            let cell = row.get(choice.column).unwrap_or_default().trim();
            is_on_ballot |= !cell.is_empty();
            let taken = match cell {
                "" | "0" => Ok(()),
                "1" => reading.mark(choice.rank, &choice.name),
                other => Err(format!("{other:?} is neither 0 nor 1")),
            };
            taken.map_err(|reason| reading.broken(number, (choice.column + 1).to_string(), reason))?;
        }
        if !is_on_ballot {
            continue;
        }
        let cell =
            |place: usize| place_of[place].and_then(|column: usize| row.get(column)).filter(|cell| !cell.is_empty());
        let record = Record { id: cell(0), precinct: cell(1), batch: cell(2), ..Record::default() };
        reading.finish(record).map_err(|reason| reading.broken(number, "", reason))?;
    }
    if choices.is_empty() {
        return Err(reading.broken(1, "", "the file is empty; a header was expected"));
    }
    Ok(())
}

fn header(reading: &Reading<'_>, row: &csv::StringRecord) -> Result<Vec<Choice>, CvrError> {
    let mut choices = Vec::new();
    for (column, cell) in row.iter().enumerate().skip(FIRST_CHOICE) {
        let broken = |reason: &str| reading.broken(1, (column + 1).to_string(), reason);
        let is_of_contest = |cell: &str| {
            cell.split_once(':').and_then(|(_, rest)| rest.strip_prefix(reading.source.contest.as_str())).is_some()
        };
        if cell.trim().is_empty() || !is_of_contest(cell) {
            continue;
        }
        // The contest's name may hold colons; what follows it are four fields, of which the candidate's may hold some.
        let rest = cell.split_once(':').map_or("", |(_, rest)| rest);
        let Some(fields) = rest[reading.source.contest.len()..].strip_prefix(':') else { continue };
        let mut parts = fields.splitn(3, ':');
        let (rank, _, name) = (parts.next(), parts.next(), parts.next());
        let (Some(rank), Some(name)) = (rank, name) else {
            return Err(broken(
                "a choice column has contest, rank, rule, candidate and party, with colons between them",
            ));
        };
        let rank = rank.trim().parse().map_err(|_| broken("the rank of the choice column is no number"))?;
        let name = name.rsplit_once(':').map_or(name, |(name, _party)| name);
        choices.push(Choice { column, rank, name: name.to_owned() });
    }
    if choices.is_empty() {
        let reason = format!("no column is of the contest \"{}\"; contestId names the contest", reading.source.contest);
        return Err(reading.broken(1, "", reason));
    }
    Ok(choices)
}
