//! Votes of an election in an order, with a filter.

use std::collections::BTreeSet;
use std::sync::Arc;

use domain::VoteRecord;
use rusqlite::params_from_iter;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};
use rusqlite::{Connection, ToSql};

use super::keys::{Kind, ranges};
use super::{Filter, Index, Key, LISTED_MAX, Listing, Path, SORTED_IN_MEMORY, Segment, runs, stored_form};
use crate::tables::short;
use crate::tables::vote::Page;
use crate::{Reader, StoreError};

/// Which votes are wanted; the default is all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoteFilter {
    /// Vote id or its beginning.
    pub id: String,
    /// Hash or id of the voter, or its beginning.
    pub voter: String,
    /// Candidate chosen.
    pub candidate: Option<String>,
    /// Contest.
    pub contest: Option<String>,
    /// Not before, seconds.
    pub from: Option<i64>,
    /// Not after, seconds.
    pub to: Option<i64>,
    /// Beginning of the address.
    pub address: String,
    /// Only excluded ones.
    pub is_excluded: bool,
    /// Only tests.
    pub is_test: bool,
    /// Only those recorded from paper.
    pub is_paper: bool,
    /// Only those cast by a proxy.
    pub is_proxy: bool,
    /// Only those without a signature.
    pub is_unsigned: bool,
    /// Only these ids: the rows that findings name.
    pub named: Option<Arc<BTreeSet<String>>>,
}

/// In which order votes are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VoteSort {
    /// As they came.
    #[default]
    Number,
    /// By time cast; votes without one first.
    Time,
    /// By contest, then choice.
    Contest,
    /// By choice, then contest.
    Choice,
}

/// What two bits say: a flag is set, or its text stands beside them.
fn flag_clause(name: &str, shift: u8) -> String {
    format!(
        "((flags >> {shift} & 3) = 2 OR ((flags >> {shift} & 3) = 3 AND trim(json_extract(rest, '$.{name}')) NOT IN ('', '0', 'false', 'False', 'FALSE', 'b''0''', 'f')))"
    )
}

/// The form in which a vote id is stored.
fn stored_id(id: &str) -> Value {
    match short::id(Some(id)).to_sql() {
        Ok(ToSqlOutput::Borrowed(value)) => Value::try_from(value).unwrap_or(Value::Null),
        Ok(ToSqlOutput::Owned(value)) => value,
        _ => Value::Null,
    }
}

impl VoteFilter {
    /// The filter for the database; `None` where it names something that the case does not know, so that nothing fits.
    fn filter(&self, reader: &Reader) -> Option<Filter> {
        let mut filter = Filter::default();
        let term = |text: &str| reader.term_number(text).map(Value::Integer);
        if !self.id.trim().is_empty() {
            filter.require_ranges(&["vote_id"], &[ranges(&self.id, Kind::Id)]);
        }
        if !self.voter.trim().is_empty() {
            filter.require_ranges(
                &["voter_hash", "voter_id"],
                &[ranges(&self.voter, Kind::Hash), ranges(&self.voter, Kind::Id)],
            );
        }
        if let Some(candidate) = &self.candidate {
            filter.require("candidate = ?", [term(candidate)?]);
        }
        if let Some(contest) = &self.contest {
            filter.require("position = ?", [term(contest)?]);
        }
        filter.require_time("voted_at", self.from, self.to);
        let address = self.address.trim();
        if !address.is_empty() {
            filter.require(
                "ip_address BETWEEN ? AND ?",
                [Value::Text(address.to_owned()), Value::Text(format!("{address}\u{10FFFF}"))],
            );
        }
        if self.is_excluded {
            filter.require("rest IS NOT NULL AND coalesce(json_extract(rest, '$.deleted_at'), '') <> ''", []);
        }
        for (is_wanted, name, shift) in
            [(self.is_test, "is_test", 0), (self.is_paper, "is_manual", 2), (self.is_proxy, "is_proxy_vote", 4)]
        {
            if is_wanted {
                filter.require(flag_clause(name, shift), []);
            }
        }
        if self.is_unsigned {
            filter.require("coalesce(signature, '') = ''", []);
        }
        if let Some(ids) = &self.named {
            let forms = ids.iter().filter_map(|id| stored_form(ValueRef::from(&stored_id(id)))).collect();
            filter.named = Some(("vote_id", forms));
        }
        Some(filter)
    }
}

impl Listing {
    /// Votes of an election. `None` where the order needs an index that is not there; `labels` names candidates for
    /// sorting.
    ///
    /// # Errors
    /// The database's.
    pub fn votes(
        reader: &Reader,
        election_id: &str,
        wanted: &VoteFilter,
        sort: VoteSort,
        labels: &dyn Fn(&str) -> String,
    ) -> Result<Option<Self>, StoreError> {
        let connection = reader.connection();
        let counts = reader.vote_counts()?;
        let total = counts.iter().find(|(id, ..)| id == election_id).map_or(0, |(_, total, _)| *total);
        let (Some(election), Some(filter)) = (reader.term_number(election_id), wanted.filter(reader)) else {
            return Ok(Some(Self::listed("vote", Vec::new(), total)));
        };
        let last = reader.last_vote_number()?;
        let scope =
            Segment { clause: "election = ?".to_owned(), values: vec![Value::Integer(election)], path: Path::Numbers };
        if let Some(rows) = by_index(reader, wanted, &filter, &scope)? {
            return sorted(connection, rows, sort, reader, labels).map(|rows| Some(Self::listed("vote", rows, total)));
        }
        if sort == VoteSort::Number {
            let direct = first_of_run(&counts, election_id, last);
            return Ok(Some(Self::new("vote", vec![scope], filter, direct, total, last)));
        }
        if total <= SORTED_IN_MEMORY {
            let rows = matching(connection, &filter, &scope, last)?;
            return sorted(connection, rows, sort, reader, labels).map(|rows| Some(Self::listed("vote", rows, total)));
        }
        let index = if sort == VoteSort::Time { Index::VoteTime } else { Index::VoteChoice };
        if !index.is_there(connection)? {
            return Ok(None);
        }
        let segments = segments(reader, election, sort, labels)?;
        Ok(Some(Self::new("vote", segments, filter, None, total, last)))
    }

    /// Votes at places `from` to `from + limit`, as far as they are known.
    ///
    /// # Errors
    /// The database's.
    pub fn read_votes(&self, reader: &Reader, from: u64, limit: u32) -> Result<Vec<VoteRecord>, StoreError> {
        let keys = self.slice(reader.connection(), from, limit)?;
        let mut votes = Vec::with_capacity(keys.len());
        for (first, last) in runs(keys.into_iter().map(|key| key.number)) {
            let limit = u32::try_from(last - first + 1).unwrap_or(u32::MAX);
            votes.extend(reader.votes(Page {
                election_id: None,
                after_number: first - 1,
                up_to_number: last,
                limit,
            })?);
        }
        Ok(votes)
    }
}

/// Number of an election's first vote where the others follow without a gap. Numbers run through the whole case without
/// a gap, so this is so where each election begins where the one before it ends; up to the first that does not.
fn first_of_run(counts: &[(String, u64, i64)], election_id: &str, last: i64) -> Option<i64> {
    let mut ordered: Vec<&(String, u64, i64)> = counts.iter().collect();
    ordered.sort_by_key(|(_, _, first)| *first);
    for (at, (id, total, first)) in ordered.iter().enumerate() {
        let next = ordered.get(at + 1).map_or(last + 1, |(_, _, first)| *first);
        if i64::try_from(*total).ok()? != next - first {
            return None;
        }
        if id == election_id {
            return Some(*first);
        }
    }
    None
}

/// Rows that an index on ids finds, by number; `None` where no index fits or too many rows would have to be looked up.
fn by_index(
    reader: &Reader,
    wanted: &VoteFilter,
    filter: &Filter,
    scope: &Segment,
) -> Result<Option<Vec<Key>>, StoreError> {
    let connection = reader.connection();
    let mut lookups: Vec<(Index, &str, Value, Value)> = Vec::new();
    if !wanted.id.trim().is_empty() {
        for (low, high) in ranges(&wanted.id, Kind::Id) {
            lookups.push((Index::VoteId, "vote_id", low, high));
        }
    } else if !wanted.voter.trim().is_empty() {
        for (low, high) in ranges(&wanted.voter, Kind::Hash) {
            lookups.push((Index::VoterHash, "voter_hash", low, high));
        }
        for (low, high) in ranges(&wanted.voter, Kind::Id) {
            lookups.push((Index::VoterId, "voter_id", low, high));
        }
    } else if let Some(ids) = wanted.named.as_ref().filter(|ids| ids.len() <= LISTED_MAX) {
        for id in ids.iter() {
            let id = stored_id(id);
            lookups.push((Index::VoteId, "vote_id", id.clone(), id));
        }
        if lookups.is_empty() {
            return Ok(Some(Vec::new()));
        }
    }
    if lookups.is_empty() {
        return Ok(None);
    }
    let mut found = BTreeSet::new();
    for (index, column, low, high) in lookups {
        if !index.is_there(connection)? {
            return Ok(None);
        }
        // The index comes first in the text: its rows are looked up one by one and tried on the rest of the filter.
        let sql = format!(
            "SELECT number, {} FROM vote INDEXED BY {} WHERE {column} BETWEEN ? AND ? AND +{} AND {} LIMIT ?",
            filter.extra(),
            index.name(),
            scope.clause,
            filter.clause()
        );
        let limit = i64::try_from(LISTED_MAX + 1).unwrap_or(i64::MAX);
        let values = [low, high]
            .into_iter()
            .chain(scope.values.iter().cloned())
            .chain(filter.values.iter().cloned())
            .chain([Value::Integer(limit)]);
        let mut statement = connection.prepare_cached(&sql)?;
        let mut rows = statement.query(params_from_iter(values))?;
        while let Some(row) = rows.next()? {
            if filter.accepts(row.get_ref(1)?, row.get_ref(2)?) {
                found.insert(row.get::<_, i64>(0)?);
            }
        }
        if found.len() > LISTED_MAX {
            return Ok(None);
        }
    }
    Ok(Some(found.into_iter().map(|number| Key { segment: 0, order: Value::Null, number }).collect()))
}

/// All matches of a small election, by number.
fn matching(connection: &Connection, filter: &Filter, scope: &Segment, last: i64) -> Result<Vec<Key>, StoreError> {
    let sql = format!(
        "SELECT number, {} FROM vote NOT INDEXED WHERE number <= ? AND {} AND {} ORDER BY number",
        filter.extra(),
        scope.clause,
        filter.clause()
    );
    let values =
        std::iter::once(Value::Integer(last)).chain(scope.values.iter().cloned()).chain(filter.values.iter().cloned());
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        if filter.accepts(row.get_ref(1)?, row.get_ref(2)?) {
            found.push(Key { segment: 0, order: Value::Null, number: row.get(0)? });
        }
    }
    Ok(found)
}

/// Puts a short list of rows in order.
fn sorted(
    connection: &Connection,
    rows: Vec<Key>,
    sort: VoteSort,
    reader: &Reader,
    labels: &dyn Fn(&str) -> String,
) -> Result<Vec<Key>, StoreError> {
    if sort == VoteSort::Number {
        return Ok(rows);
    }
    let mut statement =
        connection.prepare_cached("SELECT voted_at, position, candidate FROM vote NOT INDEXED WHERE number = ?1")?;
    let mut keyed: Vec<(Value, (String, String), Key)> = Vec::with_capacity(rows.len());
    for key in rows {
        let (time, position, candidate) = statement.query_row([key.number], |row| {
            Ok((row.get::<_, Value>(0)?, row.get::<_, Option<i64>>(1)?, row.get::<_, i64>(2)?))
        })?;
        keyed.push((time, names(position, candidate, sort, reader, labels), key));
    }
    keyed.sort_by(|left, right| {
        let order = match sort {
            VoteSort::Number | VoteSort::Time => super::compare_values(&left.0, &right.0),
            VoteSort::Contest | VoteSort::Choice => left.1.cmp(&right.1),
        };
        order.then_with(|| left.2.number.cmp(&right.2.number))
    });
    Ok(keyed.into_iter().map(|(.., key)| key).collect())
}

/// What contests and choices are sorted by.
fn names(
    position: Option<i64>,
    candidate: i64,
    sort: VoteSort,
    reader: &Reader,
    labels: &dyn Fn(&str) -> String,
) -> (String, String) {
    let contest = position.map(|number| reader.term(number).to_owned()).unwrap_or_default();
    let choice = labels(reader.term(candidate));
    if sort == VoteSort::Choice { (choice, contest) } else { (contest, choice) }
}

/// The stretches of an order that an index holds.
pub(super) fn segments(
    reader: &Reader,
    election: i64,
    sort: VoteSort,
    labels: &dyn Fn(&str) -> String,
) -> Result<Vec<Segment>, StoreError> {
    match sort {
        VoteSort::Number | VoteSort::Time => Ok(time_segments(election)),
        VoteSort::Contest | VoteSort::Choice => choice_segments(reader.connection(), election, sort, reader, labels),
    }
}

/// Votes without a time, then the others by time.
fn time_segments(election: i64) -> Vec<Segment> {
    let with = |clause: &str, path| Segment {
        clause: format!("election = ? AND {clause}"),
        values: vec![Value::Integer(election)],
        path,
    };
    vec![
        with("voted_at IS NULL", Path::Index(Index::VoteTime.name())),
        with("voted_at IS NOT NULL", Path::Sorted(Index::VoteTime.name(), "voted_at")),
    ]
}

/// One stretch for each pair of contest and choice, in the order of their names. The pairs are found by jumping through
/// the index, without reading the rows between.
fn choice_segments(
    connection: &Connection,
    election: i64,
    sort: VoteSort,
    reader: &Reader,
    labels: &dyn Fn(&str) -> String,
) -> Result<Vec<Segment>, StoreError> {
    let first = |clause: &str| {
        format!(
            "SELECT position, candidate FROM vote INDEXED BY {} WHERE election = ? AND {clause} ORDER BY position, candidate LIMIT 1",
            Index::VoteChoice.name()
        )
    };
    let next = |clause: &str, values: Vec<Value>| -> Result<Option<(Option<i64>, i64)>, StoreError> {
        let mut statement = connection.prepare_cached(&first(clause))?;
        let mut rows = statement.query(params_from_iter(std::iter::once(Value::Integer(election)).chain(values)))?;
        Ok(match rows.next()? {
            None => None,
            Some(row) => Some((row.get(0)?, row.get(1)?)),
        })
    };
    let mut pairs = Vec::new();
    let mut at = next("position IS NULL", Vec::new())?;
    while let Some((position, candidate)) = at {
        pairs.push((position, candidate));
        at = next("position IS NULL AND candidate > ?", vec![Value::Integer(candidate)])?;
    }
    at = next("position IS NOT NULL", Vec::new())?;
    while let Some((Some(position), candidate)) = at {
        pairs.push((Some(position), candidate));
        // Two jumps, each straight to its place; a comparison of both columns at once would read all rows between.
        at = next("position = ? AND candidate > ?", vec![Value::Integer(position), Value::Integer(candidate)])?;
        if at.is_none() {
            at = next("position > ?", vec![Value::Integer(position)])?;
        }
    }
    pairs.sort_by_cached_key(|(position, candidate)| names(*position, *candidate, sort, reader, labels));
    Ok(pairs
        .into_iter()
        .map(|(position, candidate)| Segment {
            clause: "election = ? AND position IS ? AND candidate = ?".to_owned(),
            values: vec![
                Value::Integer(election),
                position.map_or(Value::Null, Value::Integer),
                Value::Integer(candidate),
            ],
            path: Path::Index(Index::VoteChoice.name()),
        })
        .collect())
}
