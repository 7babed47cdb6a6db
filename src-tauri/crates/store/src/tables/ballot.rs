//! Ranked ballots: compact, in the order of the export, and lossless.

use domain::{BallotRecord, FileId, Instant, Place};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::short::{self, Short};
use crate::StoreError;

/// Columns in statement order.
const NAMES: &str = "number, file_id, row, ballot_hash, election, origin_id, credential, previous_hash, chain_hash, ranking, weight, \
     is_counted, superseded_by, created_at";
/// How many they are.
const COLUMNS: usize = 14;

/// Ballots in stored form, before they have numbers: made on any thread, written by the one writer.
#[derive(Default)]
pub struct BallotBatch {
    cells: Vec<Short>,
    newest: Option<Instant>,
}

impl BallotBatch {
    /// Ballots in it.
    pub fn len(&self) -> usize {
        self.cells.len() / COLUMNS
    }

    /// True without ballots.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The newest time of casting.
    pub fn newest(&self) -> Option<Instant> {
        self.newest
    }

    /// Adds a ballot.
    pub fn push(&mut self, ballot: BallotRecord) {
        let place = ballot.place.unwrap_or(Place { file: FileId(0), row: 0 });
        self.newest = self.newest.max(ballot.created_at.as_deref().and_then(Instant::parse));
        let text = |text: Option<String>| text.map_or(Short::Null, Short::Text);
        self.cells.extend([
            Short::Null,
            Short::Integer(place.file.0),
            Short::Integer(i64::try_from(place.row).unwrap_or(i64::MAX)),
            short::hash(ballot.ballot_hash.as_deref()),
            text(ballot.election_id),
            short::number(ballot.id.as_deref()),
            text(ballot.credential),
            short::hash(ballot.previous_chain_hash.as_deref()),
            short::hash(ballot.chain_hash.as_deref()),
            text(ballot.ranking),
            short::number(ballot.weight.as_deref()),
            text(ballot.is_counted),
            replaced_by(ballot.superseded_by.as_deref()),
            text(ballot.created_at),
        ]);
    }

    /// Writes all ballots under numbers from `first` on.
    pub fn write(mut self, connection: &Connection, first: i64) -> Result<(), StoreError> {
        for (number, row) in (first..).zip(self.cells.chunks_exact_mut(COLUMNS)) {
            row[0] = Short::Integer(number);
        }
        super::batch::insert(connection, "ballot", NAMES, COLUMNS, &self.cells)
    }
}

/// A hash or a row number.
fn replaced_by(text: Option<&str>) -> Short {
    match short::hash(text) {
        Short::Text(_) => short::number(text),
        short => short,
    }
}

fn decode(row: &Row<'_>) -> Result<BallotRecord, StoreError> {
    let integer = |index: usize| row.get::<_, i64>(index);
    let hash = |index: usize| -> rusqlite::Result<Option<String>> { Ok(short::hash_text(row.get_ref(index)?)) };
    let plain = |index: usize| -> rusqlite::Result<Option<String>> { Ok(short::plain_text(row.get_ref(index)?)) };
    let replaced = row.get_ref(12)?;
    Ok(BallotRecord {
        number: integer(0)?,
        place: Some(Place { file: FileId(integer(1)?), row: u64::try_from(integer(2)?).unwrap_or(0) }),
        ballot_hash: hash(3)?,
        election_id: row.get(4)?,
        id: plain(5)?,
        credential: row.get(6)?,
        previous_chain_hash: hash(7)?,
        chain_hash: hash(8)?,
        ranking: row.get(9)?,
        weight: plain(10)?,
        is_counted: row.get(11)?,
        superseded_by: match replaced {
            ValueRef::Blob(_) => short::hash_text(replaced),
            other => short::plain_text(other),
        },
        created_at: row.get(13)?,
    })
}

/// Goes over the ballots of a number range, in order, until `each` answers false.
pub fn scan(
    connection: &Connection,
    (after, up_to): (i64, i64),
    each: &mut dyn FnMut(BallotRecord) -> bool,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {NAMES} FROM ballot WHERE number > ?1 AND number <= ?2 ORDER BY number"))?;
    let mut rows = statement.query([after, up_to])?;
    while let Some(row) = rows.next()? {
        if !each(decode(row)?) {
            break;
        }
    }
    Ok(())
}

/// The ballots with these numbers, in the order given; numbers that no ballot has are left out.
pub fn by_numbers(connection: &Connection, numbers: &[i64]) -> Result<Vec<BallotRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {NAMES} FROM ballot WHERE number = ?1"))?;
    let mut found = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([number])?;
        if let Some(row) = rows.next()? {
            found.push(decode(row)?);
        }
    }
    Ok(found)
}

/// Ballots with a hash, in the order of the case.
pub fn by_hash(connection: &Connection, hash: &str) -> Result<Vec<BallotRecord>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {NAMES} FROM ballot WHERE ballot_hash = ?1 ORDER BY number"))?;
    let mut rows = statement.query([short::hash(Some(hash))])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(decode(row)?);
    }
    Ok(found)
}

/// Ballots that stand together: of one file and of one election as named there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BallotRun {
    /// File.
    pub file: FileId,
    /// Election; `None` where the file does not name it.
    pub election: Option<String>,
    /// Number of the first ballot.
    pub first: i64,
    /// Number of the last ballot.
    pub last: i64,
}

/// Runs of ballots, in the order of the case.
pub fn runs(connection: &Connection) -> Result<Vec<BallotRun>, StoreError> {
    if !super::is_there(connection, "ballot")? {
        return Ok(Vec::new());
    }
    let mut statement = connection.prepare_cached("SELECT number, file_id, election FROM ballot ORDER BY number")?;
    let mut rows = statement.query([])?;
    let mut found: Vec<BallotRun> = Vec::new();
    while let Some(row) = rows.next()? {
        let (number, file, election) = (row.get::<_, i64>(0)?, row.get::<_, i64>(1)?, row.get_ref(2)?.as_str_or_null());
        let election = election.unwrap_or(None);
        match found.last_mut() {
            Some(run) if run.file.0 == file && run.election.as_deref() == election => run.last = number,
            _ => {
                let election = election.map(str::to_owned);
                found.push(BallotRun { file: FileId(file), election, first: number, last: number });
            }
        }
    }
    Ok(found)
}

/// Largest number in use; 0 without ballots.
pub fn last_number(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("SELECT coalesce(max(number), 0) FROM ballot", [], |row| row.get(0))?)
}
