//! ES&S: one row for each ballot, one column for each rank; a cell holds a candidate or the word for an overvote, a
//! skipped rank or a write-in. A workbook (first sheet) or a CSV.
//!
//! An empty cell is a skipped rank, or a write-in where the configuration says so. Configurations of RCTab's newest
//! releases say nothing about it; then, as the maker states, an empty row is a ballot without this contest, and a picture
//! in a cell a write-in.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;

use calamine::{DataRef, Reader, Xlsx, open_workbook};

use super::delimited::Rows;
use super::sink::Record;
use super::{CvrError, Reading, has_ending, workbook};
use crate::formats::ReadError;

/// Cells with a picture: row from 1, column from 0.
type Pictures = HashSet<(u64, usize)>;

/// The precinct or batch of a row that names none.
const NO_PRECINCT: &str = "missing_precinct_id";
const NO_BATCH: &str = "missing_batch_id";
/// Most bytes of the texts that the cells of a workbook share; they are held in memory.
const MAX_SHARED: u64 = 2 << 30;
/// Most ranks of a ballot; a sheet has no more columns.
const MAX_RANKS: usize = 16_384;
/// Most bytes of the cells of one row.
const MAX_CELLS: usize = 16 << 20;

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    if has_ending(&reading.at, "csv") || has_ending(&reading.at, "txt") { delimited(reading) } else { sheet(reading) }
}

fn delimited(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let mut rows = Rows::open(&reading.at)?;
    let none = Pictures::new();
    let mut cells = Vec::new();
    while let Some((number, row)) = rows.next().map_err(|error| CvrError::file(&reading.at, error))? {
        if number <= reading.source.first_row {
            continue;
        }
        cells.clear();
        cells.extend(row.iter().map(str::to_owned));
        take(reading, number, &cells, &none)?;
    }
    Ok(())
}

fn sheet(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let at = reading.at.clone();
    let broken = |reason: String| CvrError::file(&at, ReadError::broken(0, "", reason));
    check_size(reading)?;
    let pictures =
        if reading.source.is_blank_elsewhere { workbook::pictures(&at).map_err(broken)? } else { Pictures::new() };
    let mut book: Xlsx<BufReader<File>> = open_workbook(&at)
        .map_err(|error| broken(format!("no workbook of the kind .xlsx: {error}; save it as one, or as CSV")))?;
    let sheet = book.sheet_names().first().cloned().ok_or_else(|| broken("the workbook has no sheet".to_owned()))?;
    let mut sheet = book.worksheet_cells_reader(&sheet).map_err(|error| broken(format!("the first sheet: {error}")))?;
    let mut cells: Vec<String> = Vec::new();
    let mut bytes = 0;
    let mut current: Option<u64> = None;
    loop {
        let cell = sheet
            .next_cell()
            .map_err(|error| CvrError::file(&at, ReadError::broken(current.unwrap_or(0), "", error.to_string())))?;
        let place = cell.as_ref().map(|cell| cell.get_position());
        let row = place.map(|(row, _)| u64::from(row) + 1);
        if let Some(number) = current.filter(|_| row != current) {
            if number > reading.source.first_row {
                take(reading, number, &cells, &pictures)?;
            }
            cells.clear();
            bytes = 0;
        }
        current = row;
        let (Some(cell), Some((_, column))) = (cell, place) else { return empty_rows(reading) };
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        // A sheet has 16,384 columns at most.
        if column < MAX_RANKS {
            if cells.len() <= column {
                cells.resize(column + 1, String::new());
            }
            cells[column] = text(cell.get_value());
            bytes += cells[column].len();
        }
        if bytes > MAX_CELLS {
            return Err(reading.broken(current.unwrap_or(0), "", "the row is longer than 16 MB"));
        }
    }
}

/// Rows that are in the sheet without cells are ballots that rank nobody.
fn empty_rows(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let rows = workbook::empty_rows(&reading.at).map_err(|reason| reading.broken(0, "", reason))?;
    let first = reading.source.first_row;
    let rows: Vec<u64> = rows.into_iter().filter(|row| *row > first).collect();
    if reading.source.is_blank_elsewhere {
        return Ok(());
    }
    for row in &rows {
        take(reading, *row, &[], &Pictures::new())?;
    }
    if let Some(row) = rows.first() {
        let what = format!(
            "{} rows of the sheet are empty, the first is row {row}; RCTab counts them as ballots that rank nobody, and so \
             does this count.",
            rows.len()
        );
        reading.sink.repair(what);
    }
    Ok(())
}

/// Refuses a workbook that would fill the memory before its first row is read.
fn check_size(reading: &Reading<'_>) -> Result<(), CvrError> {
    let file = File::open(&reading.at).map_err(|error| CvrError::file(&reading.at, error))?;
    let Ok(mut archive) = zip::ZipArchive::new(BufReader::new(file)) else { return Ok(()) };
    let shared = archive.by_name("xl/sharedStrings.xml").map_or(0, |member| member.size());
    if shared > MAX_SHARED {
        return Err(reading.broken(0, "", "the texts of the workbook are larger than 2 GB; save it as CSV"));
    }
    Ok(())
}

/// A cell as a person sees it.
fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Int(number) => number.to_string(),
        // Whole numbers are stored as fractions; Rust writes them without a point.
        DataRef::Float(number) => number.to_string(),
        DataRef::Bool(truth) => if *truth { "TRUE" } else { "FALSE" }.to_owned(),
        DataRef::DateTime(time) => time.as_f64().to_string(),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => format!("{error}"),
        DataRef::Empty => String::new(),
    }
}

/// Takes one row. Ranks beyond `maxRankingsAllowed` are other columns, not ranks.
fn take(reading: &mut Reading<'_>, number: u64, cells: &[String], pictures: &Pictures) -> Result<(), CvrError> {
    let (source, config) = (reading.source, reading.config);
    let declared = config.candidates.len() - usize::from(config.rules.write_ins.is_some());
    let columns = match config.rules.max_rankings {
        Some(most) => usize::try_from(most).unwrap_or(usize::MAX),
        None if source.is_blank_a_write_in => declared,
        None => cells.len().saturating_sub(source.first_column),
    };
    let mut has_marks = false;
    for place in 0..columns {
        let column = source.first_column.saturating_add(place);
        let cell = cells.get(column).map_or("", |cell| cell.trim());
        let rank = place as u64 + 1;
        let is_beyond = column >= cells.len() && !source.is_blank_a_write_in && pictures.is_empty();
        if is_beyond || place > MAX_RANKS {
            break;
        }
        let has_picture = cell.is_empty() && pictures.contains(&(number, column));
        has_marks |= has_picture || !cell.is_empty();
        if has_picture {
            reading.mark_write_in(rank).map_err(|reason| reading.broken(number, letters(column), reason))?;
            continue;
        }
        take_cell(reading, rank, cell).map_err(|reason| reading.broken(number, letters(column), reason))?;
    }
    if source.is_blank_elsewhere && !has_marks {
        return Ok(());
    }
    let cell = |column: Option<usize>| {
        // Names of precincts are kept as they stand; only the origin's own spaces make them the same.
        column.map(|column| cells.get(column).map(String::as_str).filter(|cell| !cell.trim().is_empty()))
    };
    let id = cell(source.id_column);
    if id == Some(None) {
        let column = letters(source.id_column.unwrap_or(0));
        return Err(reading.broken(number, column, "the id of the record is missing"));
    }
    let record = Record {
        id: id.flatten(),
        precinct: cell(source.precinct_column).map(|name| name.unwrap_or(NO_PRECINCT)),
        batch: cell(source.batch_column).map(|name| name.unwrap_or(NO_BATCH)),
        ..Record::default()
    };
    reading.finish(record).map_err(|reason| reading.broken(number, "", reason))
}

fn take_cell(reading: &mut Reading<'_>, rank: u64, cell: &str) -> Result<(), String> {
    let source = reading.source;
    if cell.is_empty() {
        return if source.is_blank_a_write_in { reading.mark_write_in(rank) } else { Ok(()) };
    }
    let is_skipped = |text: &str| !source.skipped_label.is_empty() && text == source.skipped_label;
    if source.overvote_delimiter.is_empty() || !cell.contains(&source.overvote_delimiter) {
        return if is_skipped(cell) { Ok(()) } else { reading.mark(rank, cell) };
    }
    for part in cell.split(&source.overvote_delimiter).map(str::trim) {
        if part.is_empty() || is_skipped(part) {
            return Err(format!("\"{cell}\" names several candidates, and one of them is blank or a skipped rank"));
        }
        reading.mark(rank, part)?;
    }
    Ok(())
}

/// A column as a spreadsheet names it.
fn letters(column: usize) -> String {
    let mut name = String::new();
    let mut left = column + 1;
    while left > 0 {
        let letter = u8::try_from((left - 1) % 26).unwrap_or(0);
        name.insert(0, char::from(b'A' + letter));
        left = (left - 1) / 26;
    }
    name
}

#[cfg(test)]
mod tests {
    use super::letters;

    #[test]
    fn columns_are_named_as_a_spreadsheet_does() {
        assert_eq!([0, 25, 26, 27, 701, 702].map(letters), ["A", "Z", "AA", "AB", "ZZ", "AAA"]);
    }
}
