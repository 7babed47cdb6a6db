//! Long tables read by place: "rows 7,300,000 to 7,300,200", in an order, with a filter, at the same cost at any depth.
//!
//! A [`Listing`] maps places to rows. Where an election's votes stand without a gap the place follows from the number;
//! everywhere else the listing walks the order once, in short stretches, and keeps a waypoint every [`STRIDE`] rows. A
//! filter is decided in the same walk and leaves one bit a row, so that the answer holds every match once, in a stable
//! order, and a page of matches is found by counting bits. A walk goes only as far as the caller's time allows and goes
//! on where it stopped; with an index on ids a search needs no walk.

mod audit;
mod ballots;
mod bits;
mod indexes;
mod keys;
mod rows;
#[cfg(test)]
mod tests;
mod votes;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::time::Instant as Clock;

use domain::Instant;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, params_from_iter};

pub use audit::AuditFilter;
pub use indexes::{Index, build_index};
pub use rows::RowFilter;
pub use votes::{VoteFilter, VoteSort};

use crate::StoreError;
use bits::Bits;

/// Rows between two waypoints.
const STRIDE: u64 = 256;
/// Rows of one statement of a walk; between two statements the clock is looked at.
const CHUNK: i64 = 4096;
/// Matches that are listed one by one when an index finds them.
const LISTED_MAX: usize = 10_000;
/// Rows that are sorted in memory where no index holds the order.
const SORTED_IN_MEMORY: u64 = 50_000;

/// Where a row stands in an order.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    segment: usize,
    order: Value,
    number: i64,
}

impl Key {
    /// Before every row of a segment.
    fn before(segment: usize) -> Self {
        Self { segment, order: Value::Integer(i64::MIN), number: i64::MIN }
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.segment
            .cmp(&other.segment)
            .then_with(|| match (&self.order, &other.order) {
                // Only sorted segments have an order besides the number, and theirs is never empty.
                (Value::Null, _) | (_, Value::Null) => Ordering::Equal,
                (left, right) => compare_values(left, right),
            })
            .then_with(|| self.number.cmp(&other.number))
    }
}

/// The order in which SQLite sorts values.
fn compare_values(left: &Value, right: &Value) -> Ordering {
    let class = |value: &Value| match value {
        Value::Null => 0,
        Value::Integer(_) | Value::Real(_) => 1,
        Value::Text(_) => 2,
        Value::Blob(_) => 3,
    };
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => left.cmp(right),
        (Value::Text(left), Value::Text(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Blob(left), Value::Blob(right)) => left.cmp(right),
        _ => class(left).cmp(&class(right)),
    }
}

/// How the rows of a segment are reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    /// By ranges of the table's own number.
    Numbers,
    /// Along an index whose rows come in the order of their numbers.
    Index(&'static str),
    /// Along an index that sorts by a column first.
    Sorted(&'static str, &'static str),
}

/// Rows of one stretch of an order.
#[derive(Clone, Debug)]
struct Segment {
    clause: String,
    values: Vec<Value>,
    path: Path,
}

/// What a row must be: an expression for the database, and what only we can decide.
#[derive(Clone, Debug, Default)]
struct Filter {
    clauses: Vec<String>,
    values: Vec<Value>,
    /// Ids that match, in stored form, with the column that holds them.
    named: Option<(&'static str, HashSet<Vec<u8>>)>,
    /// Seconds from and to, both included, with the column that holds the time.
    time: Option<(&'static str, i64, i64)>,
}

impl Filter {
    fn require(&mut self, clause: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.clauses.push(clause.into());
        self.values.extend(values);
    }

    /// One of several ranges of a column.
    fn require_ranges(&mut self, columns: &[&str], ranges: &[Vec<(Value, Value)>]) {
        let mut parts = Vec::new();
        let mut values = Vec::new();
        for (column, ranges) in columns.iter().zip(ranges) {
            for (low, high) in ranges {
                parts.push(format!("{column} BETWEEN ? AND ?"));
                values.extend([low.clone(), high.clone()]);
            }
        }
        self.require(format!("({})", parts.join(" OR ")), values);
    }

    /// Times stored as seconds are compared by the database; those kept as text are read by [`Filter::accepts`].
    fn require_time(&mut self, column: &'static str, from: Option<i64>, to: Option<i64>) {
        if from.is_none() && to.is_none() {
            return;
        }
        let (from, to) = (from.unwrap_or(i64::MIN), to.unwrap_or(i64::MAX));
        self.require(
            format!("(typeof({column}) = 'text' OR {column} BETWEEN ? AND ?)"),
            [Value::Integer(from), Value::Integer(to)],
        );
        self.time = Some((column, from, to));
    }

    fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.named.is_none()
    }

    fn clause(&self) -> String {
        if self.clauses.is_empty() { "1".to_owned() } else { self.clauses.join(" AND ") }
    }

    /// The columns that [`Filter::accepts`] looks at.
    fn extra(&self) -> String {
        let named = self.named.as_ref().map_or("NULL", |(column, _)| column);
        let time = self.time.map_or("NULL", |(column, ..)| column);
        format!("{named}, {time}")
    }

    fn accepts(&self, id: ValueRef<'_>, time: ValueRef<'_>) -> bool {
        if let Some((_, ids)) = &self.named
            && !stored_form(id).is_some_and(|form| ids.contains(&form))
        {
            return false;
        }
        match (self.time, time) {
            (Some((_, from, to)), ValueRef::Text(text)) => std::str::from_utf8(text)
                .ok()
                .and_then(Instant::parse)
                .is_some_and(|instant| (from..=to).contains(&instant.seconds())),
            _ => true,
        }
    }
}

/// An id as bytes, with its kind in front, since bytes and text are different ids.
fn stored_form(value: ValueRef<'_>) -> Option<Vec<u8>> {
    let (kind, bytes) = match value {
        ValueRef::Blob(bytes) => (1, bytes),
        ValueRef::Text(bytes) => (2, bytes),
        _ => return None,
    };
    Some([&[kind], bytes].concat())
}

/// Which places of the order are in the listing.
#[derive(Clone, Debug)]
enum Matches {
    All,
    Bits(Bits),
    Listed(Vec<Key>),
}

/// A table in an order, with or without a filter.
pub struct Listing {
    table: &'static str,
    segments: Vec<Segment>,
    filter: Filter,
    /// Number of the row at place 0 where the others follow without a gap.
    direct: Option<i64>,
    /// Largest number of the table.
    last_number: i64,
    total: u64,
    walked: u64,
    cursor: Key,
    waypoints: Vec<Key>,
    matches: Matches,
    is_done: bool,
}

/// How far a listing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Rows that can be read now: all matches once the walk is done.
    pub known: u64,
    /// Rows that the filter was tried on.
    pub searched: u64,
    /// Rows of the table, filtered or not.
    pub total: u64,
    /// True once every match is known.
    pub is_done: bool,
}

fn small(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

impl Listing {
    fn new(
        table: &'static str,
        segments: Vec<Segment>,
        filter: Filter,
        direct: Option<i64>,
        total: u64,
        last_number: i64,
    ) -> Self {
        let is_filtered = !filter.is_empty();
        let mut listing = Self {
            table,
            segments,
            direct,
            last_number,
            total,
            walked: 0,
            cursor: Key::before(0),
            waypoints: Vec::new(),
            matches: if is_filtered { Matches::Bits(Bits::default()) } else { Matches::All },
            is_done: false,
            filter,
        };
        if let Some(first) = direct {
            listing.cursor.number = first - 1;
            listing.last_number = first - 1 + i64::try_from(total).unwrap_or(i64::MAX);
        } else if listing.segments.first().is_some_and(|segment| segment.path == Path::Numbers) {
            listing.cursor.number = 0;
        }
        if total == 0 || (direct.is_some() && !is_filtered) {
            listing.walked = total;
            listing.is_done = true;
        }
        listing
    }

    /// A listing whose rows are known one by one.
    fn listed(table: &'static str, rows: Vec<Key>, total: u64) -> Self {
        let mut listing = Self::new(table, Vec::new(), Filter::default(), None, 0, 0);
        listing.total = total;
        listing.walked = total;
        listing.matches = Matches::Listed(rows);
        listing
    }

    /// How far the listing is.
    pub fn extent(&self) -> Extent {
        let known = match &self.matches {
            Matches::All => self.walked,
            Matches::Bits(bits) => bits.len(),
            Matches::Listed(rows) => u64::try_from(rows.len()).unwrap_or(0),
        };
        Extent { known, searched: self.walked, total: self.total, is_done: self.is_done }
    }

    /// Goes on until everything is known, `wanted` rows can be read, or the time is up; at least one stretch.
    ///
    /// # Errors
    /// The database's.
    pub fn advance(&mut self, connection: &Connection, wanted: u64, until: Clock) -> Result<(), StoreError> {
        while !self.is_done && self.extent().known < wanted {
            self.stretch(connection)?;
            if Clock::now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// One statement's worth of the walk.
    fn stretch(&mut self, connection: &Connection) -> Result<(), StoreError> {
        let at = self.cursor.segment;
        let Some(segment) = self.segments.get(at).cloned() else {
            self.is_done = true;
            return Ok(());
        };
        let high = self.cursor.number.saturating_add(CHUNK).min(self.last_number);
        let (sql, values) = self.statement(&segment, &self.cursor, Some(high), CHUNK);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        let mut count = 0;
        while let Some(row) = rows.next()? {
            count += 1;
            let key = Key { segment: at, order: row.get(1)?, number: row.get(0)? };
            let place = match self.direct {
                Some(first) => small(key.number - first),
                None => {
                    if self.walked.is_multiple_of(STRIDE) {
                        self.waypoints.push(self.cursor.clone());
                    }
                    self.walked += 1;
                    self.cursor = key;
                    self.walked - 1
                }
            };
            let is_match = row.get::<_, Option<bool>>(2)?.unwrap_or(false)
                && self.filter.accepts(row.get_ref(3)?, row.get_ref(4)?);
            if is_match && let Matches::Bits(bits) = &mut self.matches {
                bits.push(place);
            }
        }
        let is_over = match segment.path {
            Path::Numbers => {
                self.cursor.number = high;
                if let Some(first) = self.direct {
                    self.walked = small(high - first + 1);
                }
                high >= self.last_number
            }
            Path::Index(_) | Path::Sorted(..) => count < CHUNK,
        };
        if is_over {
            self.cursor = Key::before(at + 1);
            self.is_done = self.cursor.segment >= self.segments.len();
            if self.is_done {
                // What was counted beforehand and what was walked are the same rows; the walk has the last word.
                self.total = self.total.max(self.walked);
            }
        }
        Ok(())
    }

    /// Rows of a segment behind a key: number, order, whether the filter accepts, and what the filter looks at itself.
    fn statement(&self, segment: &Segment, after: &Key, high: Option<i64>, limit: i64) -> (String, Vec<Value>) {
        let (table, extra) = (self.table, self.filter.extra());
        let test = self.filter.clause();
        let mut values = Vec::new();
        let number = Value::Integer(after.number);
        let sql = match (segment.path, high) {
            (Path::Numbers, Some(high)) if self.direct.is_some() => {
                values.extend([number, Value::Integer(high)]);
                values.extend(self.filter.values.iter().cloned());
                format!(
                    "SELECT number, NULL, 1, {extra} FROM {table} NOT INDEXED WHERE number > ? AND number <= ? AND {test} ORDER BY number"
                )
            }
            (Path::Numbers, high) => {
                values.extend(self.filter.values.iter().cloned());
                values.extend([number, Value::Integer(high.unwrap_or(self.last_number))]);
                values.extend(segment.values.iter().cloned());
                values.push(Value::Integer(limit));
                format!(
                    "SELECT number, NULL, ({test}), {extra} FROM {table} NOT INDEXED WHERE number > ? AND number <= ? AND {} ORDER BY number LIMIT ?",
                    segment.clause
                )
            }
            (Path::Index(index), _) => {
                values.extend(self.filter.values.iter().cloned());
                values.extend(segment.values.iter().cloned());
                values.extend([number, Value::Integer(limit)]);
                format!(
                    "SELECT number, NULL, ({test}), {extra} FROM {table} INDEXED BY {index} WHERE {} AND number > ? ORDER BY number LIMIT ?",
                    segment.clause
                )
            }
            (Path::Sorted(index, column), _) => {
                values.extend(self.filter.values.iter().cloned());
                values.extend(segment.values.iter().cloned());
                values.extend([after.order.clone(), number, Value::Integer(limit)]);
                format!(
                    "SELECT number, {column}, ({test}), {extra} FROM {table} INDEXED BY {index} WHERE {} AND ({column}, number) > (?, ?) ORDER BY {column}, number LIMIT ?",
                    segment.clause
                )
            }
        };
        (sql, values)
    }

    /// Keys of rows behind a key, over the ends of segments.
    fn keys_after(&self, connection: &Connection, after: &Key, limit: u64) -> Result<Vec<Key>, StoreError> {
        let unfiltered = Self { filter: Filter::default(), ..self.outline() };
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found: Vec<Key> = Vec::new();
        let mut after = after.clone();
        while found.len() < limit
            && let Some(segment) = self.segments.get(after.segment)
        {
            let rest = i64::try_from(limit - found.len()).unwrap_or(i64::MAX);
            let (sql, values) = unfiltered.statement(segment, &after, None, rest);
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            while let Some(row) = rows.next()? {
                found.push(Key { segment: after.segment, order: row.get(1)?, number: row.get(0)? });
            }
            after = Key::before(after.segment + 1);
        }
        Ok(found)
    }

    /// The same order without what was walked.
    fn outline(&self) -> Self {
        Self {
            table: self.table,
            segments: Vec::new(),
            filter: Filter::default(),
            direct: None,
            last_number: self.last_number,
            total: self.total,
            walked: 0,
            cursor: Key::before(0),
            waypoints: Vec::new(),
            matches: Matches::All,
            is_done: true,
        }
    }

    /// Keys of the rows at places `from` to `from + limit`, as far as they are known.
    fn slice(&self, connection: &Connection, from: u64, limit: u32) -> Result<Vec<Key>, StoreError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let places: Vec<u64> = match &self.matches {
            Matches::Listed(rows) => {
                return Ok(rows
                    .iter()
                    .skip(usize::try_from(from).unwrap_or(usize::MAX))
                    .take(limit)
                    .cloned()
                    .collect());
            }
            Matches::Bits(bits) => bits.slice(from, limit),
            Matches::All => {
                let end = self.walked.min(from.saturating_add(u64::try_from(limit).unwrap_or(u64::MAX)));
                (from..end).collect()
            }
        };
        if let Some(first) = self.direct {
            let number = |place: u64| first + i64::try_from(place).unwrap_or(0);
            return Ok(places
                .into_iter()
                .map(|place| Key { segment: 0, order: Value::Null, number: number(place) })
                .collect());
        }
        let mut keys = Vec::with_capacity(places.len());
        let mut at = 0;
        while let Some(first) = places.get(at) {
            let waypoint = first / STRIDE;
            let end = at + places[at..].partition_point(|place| place / STRIDE == waypoint);
            let Some(start) = self.waypoints.get(usize::try_from(waypoint).unwrap_or(usize::MAX)) else { break };
            let reach = places[end - 1] - waypoint * STRIDE + 1;
            let run = self.keys_after(connection, start, reach)?;
            for place in &places[at..end] {
                if let Some(key) = run.get(usize::try_from(place - waypoint * STRIDE).unwrap_or(usize::MAX)) {
                    keys.push(key.clone());
                }
            }
            at = end;
        }
        Ok(keys)
    }

    /// The place of a row, by its number; `None` where the listing does not hold it, or not yet.
    ///
    /// # Errors
    /// The database's.
    pub fn place_of(&self, connection: &Connection, number: i64) -> Result<Option<u64>, StoreError> {
        if let Matches::Listed(rows) = &self.matches {
            let at = rows.iter().position(|key| key.number == number);
            return Ok(at.and_then(|at| u64::try_from(at).ok()));
        }
        let place = match self.direct {
            Some(first) if number >= first && number <= self.last_number => Some(small(number - first)),
            Some(_) => None,
            None => self.walked_place(connection, number)?,
        };
        Ok(match &self.matches {
            Matches::Bits(bits) => place.filter(|place| bits.contains(*place)).map(|place| bits.rank(place)),
            _ => place,
        })
    }

    fn walked_place(&self, connection: &Connection, number: i64) -> Result<Option<u64>, StoreError> {
        let Some(key) = self.key_of(connection, number)? else { return Ok(None) };
        let behind = self.waypoints.partition_point(|waypoint| waypoint.compare(&key) == Ordering::Less);
        let Some(waypoint) = behind.checked_sub(1) else { return Ok(None) };
        let run = self.keys_after(connection, &self.waypoints[waypoint], STRIDE)?;
        let within = run.iter().position(|found| found.number == number);
        let start = u64::try_from(waypoint).unwrap_or(0) * STRIDE;
        Ok(within
            .and_then(|within| u64::try_from(within).ok())
            .map(|within| start + within)
            .filter(|place| *place < self.walked))
    }

    fn key_of(&self, connection: &Connection, number: i64) -> Result<Option<Key>, StoreError> {
        for (at, segment) in self.segments.iter().enumerate() {
            let column = match segment.path {
                Path::Sorted(_, column) => column,
                Path::Numbers | Path::Index(_) => "NULL",
            };
            let sql =
                format!("SELECT {column} FROM {} NOT INDEXED WHERE number = ? AND {}", self.table, segment.clause);
            let values = std::iter::once(Value::Integer(number)).chain(segment.values.iter().cloned());
            let mut statement = connection.prepare_cached(&sql)?;
            let mut rows = statement.query(params_from_iter(values))?;
            if let Some(row) = rows.next()? {
                return Ok(Some(Key { segment: at, order: row.get(0)?, number }));
            }
        }
        Ok(None)
    }
}

/// Runs of numbers that follow one another, as (first, last).
fn runs(numbers: impl IntoIterator<Item = i64>) -> Vec<(i64, i64)> {
    let mut found: Vec<(i64, i64)> = Vec::new();
    for number in numbers {
        match found.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => found.push((number, number)),
        }
    }
    found
}

/// A text as part of a pattern that ignores case: every match contains it.
fn lower(text: &str) -> Value {
    Value::Text(text.trim().to_lowercase())
}
