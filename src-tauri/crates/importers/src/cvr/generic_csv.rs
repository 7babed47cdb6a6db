//! A CSV with one column for each candidate; the cells hold ranks, an empty cell ranks nobody.

use super::delimited::Rows;
use super::sink::Record;
use super::{CvrError, Reading};

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let mut rows = Rows::open(&reading.at)?;
    let mut names: Vec<String> = Vec::new();
    while let Some((number, row)) = rows.next().map_err(|error| CvrError::file(&reading.at, error))? {
        if number == 1 {
            names = row.iter().map(str::to_owned).collect();
        }
        if number <= reading.source.first_row.max(1) {
            continue;
        }
        for (column, cell) in row.iter().enumerate().skip(reading.source.first_column) {
            let cell = cell.trim();
            if cell.is_empty() {
                continue;
            }
            let name = names.get(column).map_or("", |name| name.trim());
            let at = format!("{} ({name})", column + 1);
            let taken = match cell.parse::<u64>() {
                Ok(rank) => reading.mark(rank, name),
                Err(_) => Err(format!("{cell:?} is no rank; a whole number or an empty cell was expected")),
            };
            taken.map_err(|reason| reading.broken(number, at, reason))?;
        }
        reading.finish(Record::default()).map_err(|reason| reading.broken(number, "", reason))?;
    }
    Ok(())
}
