//! Votes: compact, in the order of the export, and lossless.

use std::collections::HashMap;

use domain::vote::VOTE_COLUMNS;
use domain::{FileId, Instant, Place, Sha256Digest, VoteRecord, VoteView};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

use super::short::{self, Short};
use crate::StoreError;

/// Columns written per vote, in statement order.
const COLUMNS: usize = 19;

/// Names of the texts that repeat, by number.
#[derive(Default)]
pub struct Terms {
    by_text: HashMap<String, i64>,
    by_number: HashMap<i64, String>,
}

impl Terms {
    /// All terms of a case.
    pub fn load(connection: &Connection) -> Result<Self, StoreError> {
        let mut terms = Self::default();
        let mut statement = connection.prepare_cached("SELECT id, text FROM term")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (number, text): (i64, String) = (row.get(0)?, row.get(1)?);
            terms.by_text.insert(text.clone(), number);
            terms.by_number.insert(number, text);
        }
        Ok(terms)
    }

    /// The number of a text, given out anew where it is unknown.
    pub fn number(&mut self, connection: &Connection, text: &str) -> Result<i64, StoreError> {
        if let Some(number) = self.by_text.get(text) {
            return Ok(*number);
        }
        connection.prepare_cached("INSERT INTO term (text) VALUES (?1)")?.execute([text])?;
        let number = connection.last_insert_rowid();
        self.by_text.insert(text.to_owned(), number);
        self.by_number.insert(number, text.to_owned());
        Ok(number)
    }

    /// The number of a text that is known already.
    pub fn find(&self, text: &str) -> Option<i64> {
        self.by_text.get(text).copied()
    }

    /// The text of a number.
    pub fn text(&self, number: i64) -> &str {
        self.by_number.get(&number).map_or("", String::as_str)
    }
}

/// Columns in statement order.
const NAMES: &str = "number, file_id, row, vote_id, election, candidate, voter_id, voter_hash, position, vote_rank, voted_at, \
     signature, dedup_hash, chain_hash, receipt_hash, flags, ip_address, user_agent, rest";

/// Flags take two bits each: NULL, `0`, `1`, or another text that stands in `rest`.
fn pack_flag(value: Option<&str>) -> i64 {
    match value {
        None => 0,
        Some("0") => 1,
        Some("1") => 2,
        Some(_) => 3,
    }
}

/// Votes in stored form, before they have numbers: made on any thread, written by the one writer.
#[derive(Default)]
pub struct VoteBatch {
    cells: Vec<Short>,
    /// Texts that the cells name by their number here.
    terms: Vec<String>,
    term_of: HashMap<String, usize>,
    /// The terms of the row before, by column: most rows repeat some.
    latest: [usize; 4],
    newest: Option<Instant>,
    has_ambiguous_nulls: bool,
    /// SHA-256 of each row, see [`row_digest`].
    digests: Vec<u8>,
    /// Room to write a row in.
    row: Vec<u8>,
}

/// Columns that hold the number of a term.
const TERM_COLUMNS: [usize; 4] = [4, 5, 8, 17];

/// SHA-256 over a row as stored: every column but its number, with its type, texts that repeat in full.
fn row_digest<'r, 't>(
    column: impl Fn(usize) -> rusqlite::Result<ValueRef<'r>>,
    term: impl Fn(i64) -> &'t str,
    text: &mut Vec<u8>,
) -> rusqlite::Result<[u8; 32]> {
    text.clear();
    let add = |tag: u8, bytes: &[u8], text: &mut Vec<u8>| {
        text.push(tag);
        text.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        text.extend_from_slice(bytes);
    };
    for index in 1..COLUMNS {
        match column(index)? {
            ValueRef::Null => text.push(0),
            ValueRef::Integer(number) if TERM_COLUMNS.contains(&index) => add(5, term(number).as_bytes(), text),
            ValueRef::Integer(number) => {
                text.push(1);
                text.extend_from_slice(&number.to_be_bytes());
            }
            ValueRef::Real(number) => {
                text.push(2);
                text.extend_from_slice(&number.to_be_bytes());
            }
            ValueRef::Text(bytes) => add(3, bytes, text),
            ValueRef::Blob(bytes) => add(4, bytes, text),
        }
    }
    Ok(Sha256::digest(&text).into())
}

/// SHA-256 over the digests of all rows of a number range: what the ledger records of the votes of an import.
pub fn rows_digest(connection: &Connection, after: i64, up_to: i64) -> Result<Sha256Digest, StoreError> {
    let terms = Terms::load(connection)?;
    let mut statement = connection
        .prepare_cached(&format!("SELECT {NAMES} FROM vote WHERE number > ?1 AND number <= ?2 ORDER BY number"))?;
    let mut rows = statement.query([after, up_to])?;
    let (mut whole, mut text) = (Sha256::new(), Vec::with_capacity(512));
    while let Some(row) = rows.next()? {
        whole.update(row_digest(|index| row.get_ref(index), |number| terms.text(number), &mut text)?);
    }
    Ok(Sha256Digest(whole.finalize().into()))
}

fn as_value(cell: &Short) -> ValueRef<'_> {
    match cell {
        Short::Null => ValueRef::Null,
        Short::Integer(number) => ValueRef::Integer(*number),
        Short::Term(number) => ValueRef::Integer(i64::try_from(*number).unwrap_or(-1)),
        Short::Bytes16(bytes) => ValueRef::Blob(bytes),
        Short::Bytes32(bytes) => ValueRef::Blob(bytes),
        Short::Text(text) => ValueRef::Text(text.as_bytes()),
    }
}

impl VoteBatch {
    /// An empty batch for about so many votes.
    pub fn with_capacity(votes: usize) -> Self {
        Self { cells: Vec::with_capacity(votes * COLUMNS), ..Self::default() }
    }

    /// Votes in it.
    pub fn len(&self) -> usize {
        self.cells.len() / COLUMNS
    }

    /// True without votes.
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The newest time of casting.
    pub fn newest(&self) -> Option<Instant> {
        self.newest
    }

    fn term(&mut self, slot: usize, text: &str) -> Short {
        if self.terms.get(self.latest[slot]).is_some_and(|latest| latest == text) {
            return Short::Term(self.latest[slot]);
        }
        let number = match self.term_of.get(text) {
            Some(number) => *number,
            None => {
                self.terms.push(text.to_owned());
                self.term_of.insert(text.to_owned(), self.terms.len() - 1);
                self.terms.len() - 1
            }
        };
        self.latest[slot] = number;
        Short::Term(number)
    }

    /// Adds a vote.
    pub fn push(&mut self, vote: &VoteView<'_>) {
        let place = vote.place.unwrap_or(Place { file: FileId(0), row: 0 });
        let voted_at = short::time(vote.voted_at);
        let at = match &voted_at {
            Short::Integer(seconds) => Some(Instant::from_seconds(*seconds)),
            _ => vote.voted_at.and_then(Instant::parse),
        };
        self.newest = self.newest.max(at);
        self.has_ambiguous_nulls = vote.has_ambiguous_nulls;
        let election = self.term(0, vote.election_id);
        let candidate = self.term(1, vote.candidate_id);
        let position = vote.position.map_or(Short::Null, |text| self.term(2, text));
        let user_agent = vote.user_agent.map_or(Short::Null, |text| self.term(3, text));
        let flags = [("is_test", vote.is_test), ("is_manual", vote.is_manual), ("is_proxy_vote", vote.is_proxy_vote)];
        let mut bits = 0;
        let mut rest = serde_json::Map::new();
        for (index, (name, value)) in flags.into_iter().enumerate() {
            let packed = pack_flag(value);
            bits |= packed << (index * 2);
            if packed == 3 {
                rest.insert(name.to_owned(), value.into());
            }
        }
        for (name, value) in rare(vote) {
            if let Some(text) = value {
                rest.insert(name.to_owned(), text.into());
            }
        }
        self.cells.extend([
            Short::Null,
            Short::Integer(place.file.0),
            Short::Integer(i64::try_from(place.row).unwrap_or(i64::MAX)),
            short::id(Some(vote.id)),
            election,
            candidate,
            short::id(vote.voter_id),
            short::hash(vote.voter_hash),
            position,
            short::number(vote.vote_rank),
            voted_at,
            short::hash(vote.vote_signature),
            short::hash(vote.vote_dedup_hash),
            short::hash(vote.chain_hash),
            short::hash(vote.receipt_hash),
            Short::Integer(bits),
            vote.ip_address.map_or(Short::Null, |text| Short::Text(text.to_owned())),
            user_agent,
            if rest.is_empty() { Short::Null } else { Short::Text(serde_json::Value::Object(rest).to_string()) },
        ]);
        let cells = &self.cells[self.cells.len() - COLUMNS..];
        let term = |number: i64| {
            usize::try_from(number).ok().and_then(|number| self.terms.get(number)).map_or("", String::as_str)
        };
        let digest = row_digest(|index| Ok(as_value(&cells[index])), term, &mut self.row);
        // Cells in memory can always be read.
        self.digests.extend(digest.unwrap_or_default());
    }

    /// SHA-256 of each row, one behind the other.
    pub fn digests(&self) -> &[u8] {
        &self.digests
    }

    /// The votes, taken apart again.
    pub fn records(&self) -> Result<Vec<VoteRecord>, StoreError> {
        let mut texts = VoteTexts::default();
        let lookup = |number: i64| usize::try_from(number).ok().and_then(|number| self.terms.get(number));
        self.cells
            .chunks_exact(COLUMNS)
            .map(|row| {
                let read = |index: usize| Ok(as_value(&row[index]));
                let vote = texts.fill(&read, &|number| lookup(number).map_or("", String::as_str))?.0;
                Ok(VoteRecord { has_ambiguous_nulls: self.has_ambiguous_nulls, ..vote.to_record() })
            })
            .collect()
    }

    /// Writes all votes under numbers from `first` on. Answers for each election how many belong to it, and
    /// the number of the first.
    pub fn write(
        mut self,
        connection: &Connection,
        terms: &mut Terms,
        first: i64,
    ) -> Result<Vec<(i64, i64, i64)>, StoreError> {
        let numbers: Vec<i64> =
            self.terms.iter().map(|text| terms.number(connection, text)).collect::<Result<_, _>>()?;
        let mut per_election: Vec<(i64, i64, i64)> = Vec::new();
        for (number, row) in (first..).zip(self.cells.chunks_exact_mut(COLUMNS)) {
            row[0] = Short::Integer(number);
            for index in TERM_COLUMNS {
                if let Short::Term(term) = row[index] {
                    row[index] = Short::Integer(numbers[term]);
                }
            }
            if let Short::Integer(election) = row[4] {
                match per_election.iter_mut().find(|(known, ..)| *known == election) {
                    Some((_, count, _)) => *count += 1,
                    None => per_election.push((election, 1, number)),
                }
            }
        }
        super::batch::insert(connection, "vote", NAMES, COLUMNS, &self.cells)?;
        Ok(per_election)
    }
}

fn rare<'a>(vote: &VoteView<'a>) -> [(&'static str, Option<&'a str>); 8] {
    [
        ("recorded_by", vote.recorded_by),
        ("manual_batch_id", vote.manual_batch_id),
        ("proxy_voter_id", vote.proxy_voter_id),
        ("proxy_authorization_id", vote.proxy_authorization_id),
        ("proxy_delegating_user_id", vote.proxy_delegating_user_id),
        ("deleted_at", vote.deleted_at),
        ("deleted_by", vote.deleted_by),
        ("deletion_reason", vote.deletion_reason),
    ]
}

/// Numbers of the texts that repeat, as the row holds them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoteTerms {
    /// Election.
    pub election: i64,
    /// Candidate.
    pub candidate: i64,
    /// Contest; `None` is NULL.
    pub position: Option<i64>,
}

/// Room for the texts of one vote, used again for the next.
#[derive(Default)]
pub struct VoteTexts {
    text: String,
    spans: [Option<(usize, usize)>; VOTE_COLUMNS.len()],
    rest: HashMap<String, String>,
}

/// Places of the columns in [`VOTE_COLUMNS`] that are kept in full, each with its statement column and its reader.
type Push = fn(ValueRef<'_>, &mut String) -> bool;
const KEPT: [(usize, usize, Push); 10] = [
    (0, 3, short::push_id),
    (3, 6, short::push_id),
    (4, 7, short::push_hash),
    (6, 9, short::push_plain),
    (7, 10, short::push_time),
    (8, 11, short::push_hash),
    (9, 12, short::push_hash),
    (10, 13, short::push_hash),
    (11, 14, short::push_hash),
    (20, 16, short::push_plain),
];

impl VoteTexts {
    /// Rebuilds a vote from its columns in statement order.
    fn fill<'a, 'r>(
        &'a mut self,
        column: &dyn Fn(usize) -> rusqlite::Result<ValueRef<'r>>,
        term: &dyn Fn(i64) -> &'a str,
    ) -> Result<(VoteView<'a>, VoteTerms), StoreError> {
        self.text.clear();
        self.spans = [None; VOTE_COLUMNS.len()];
        self.rest.clear();
        for (place, index, push) in KEPT {
            let start = self.text.len();
            if push(column(index)?, &mut self.text) {
                self.spans[place] = Some((start, self.text.len()));
            }
        }
        if let ValueRef::Text(bytes) = column(18)? {
            self.rest = serde_json::from_slice(bytes)
                .map_err(|error| StoreError::Value { table: "vote", reason: error.to_string() })?;
        }
        let integer = |index: usize| -> rusqlite::Result<Option<i64>> {
            column(index)?.as_i64_or_null().map_err(|error| {
                rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Integer, Box::new(error))
            })
        };
        let flags = integer(15)?.unwrap_or(0);
        let (election, candidate) = (integer(4)?.unwrap_or(0), integer(5)?.unwrap_or(0));
        let (position, user_agent) = (integer(8)?, integer(17)?);
        let place =
            Place { file: FileId(integer(1)?.unwrap_or(0)), row: u64::try_from(integer(2)?.unwrap_or(0)).unwrap_or(0) };
        let this: &'a Self = self;
        let mut vote = VoteView { number: integer(0)?.unwrap_or(0), place: Some(place), ..VoteView::default() };
        for (place, ..) in KEPT {
            let text = this.spans[place].map(|(start, end)| &this.text[start..end]);
            vote.set(place, text);
        }
        vote.election_id = term(election);
        vote.candidate_id = term(candidate);
        vote.position = position.map(term);
        vote.user_agent = user_agent.map(term);
        let rest = |name: &str| this.rest.get(name).map(String::as_str);
        let flag = |bits: i64, name: &str| match bits & 3 {
            0 => None,
            1 => Some("0"),
            2 => Some("1"),
            _ => rest(name),
        };
        vote.is_test = flag(flags, "is_test");
        vote.is_manual = flag(flags >> 2, "is_manual");
        vote.is_proxy_vote = flag(flags >> 4, "is_proxy_vote");
        if !this.rest.is_empty() {
            vote.recorded_by = rest("recorded_by");
            vote.manual_batch_id = rest("manual_batch_id");
            vote.proxy_voter_id = rest("proxy_voter_id");
            vote.proxy_authorization_id = rest("proxy_authorization_id");
            vote.proxy_delegating_user_id = rest("proxy_delegating_user_id");
            vote.deleted_at = rest("deleted_at");
            vote.deleted_by = rest("deleted_by");
            vote.deletion_reason = rest("deletion_reason");
        }
        Ok((vote, VoteTerms { election, candidate, position }))
    }

    /// Rebuilds a vote from a row selected as [`NAMES`].
    fn read<'a>(
        &'a mut self,
        row: &Row<'_>,
        terms: &'a Terms,
        ambiguous: &[i64],
    ) -> Result<(VoteView<'a>, VoteTerms), StoreError> {
        let (mut vote, numbers) = self.fill(&|index| row.get_ref(index), &|number| terms.text(number))?;
        vote.has_ambiguous_nulls = vote.place.is_some_and(|place| ambiguous.contains(&place.file.0));
        Ok((vote, numbers))
    }
}

/// Goes over the votes of a number range, in order, until `each` answers false.
pub fn scan(
    connection: &Connection,
    terms: &Terms,
    ambiguous: &[i64],
    (after, up_to): (i64, i64),
    each: &mut dyn FnMut(&VoteView<'_>, VoteTerms) -> bool,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached(&format!("SELECT {NAMES} FROM vote WHERE number > ?1 AND number <= ?2 ORDER BY number"))?;
    let mut rows = statement.query([after, up_to])?;
    let mut texts = VoteTexts::default();
    while let Some(row) = rows.next()? {
        let (vote, numbers) = texts.read(row, terms, ambiguous)?;
        if !each(&vote, numbers) {
            break;
        }
    }
    Ok(())
}

/// The votes with these numbers, in the order given; numbers that no vote has are left out.
pub fn by_numbers(
    connection: &Connection,
    terms: &Terms,
    ambiguous: &[i64],
    numbers: &[i64],
) -> Result<Vec<VoteRecord>, StoreError> {
    let mut statement = connection.prepare_cached(&format!("SELECT {NAMES} FROM vote WHERE number = ?1"))?;
    let mut texts = VoteTexts::default();
    let mut votes = Vec::with_capacity(numbers.len());
    for number in numbers {
        let mut rows = statement.query([number])?;
        if let Some(row) = rows.next()? {
            votes.push(texts.read(row, terms, ambiguous)?.0.to_record());
        }
    }
    Ok(votes)
}

/// What a page of votes is cut by.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a> {
    /// Only this election.
    pub election_id: Option<&'a str>,
    /// Rows with a larger number.
    pub after_number: i64,
    /// Rows with a number up to this one, for parallel readers.
    pub up_to_number: i64,
    /// Most rows.
    pub limit: u32,
}

/// Reads votes by number range: a page costs the same at any depth.
pub fn page(
    connection: &Connection,
    terms: &Terms,
    ambiguous: &[i64],
    page: Page<'_>,
) -> Result<Vec<VoteRecord>, StoreError> {
    let election = match page.election_id {
        None => None,
        Some(id) => match terms.find(id) {
            None => return Ok(Vec::new()),
            found => found,
        },
    };
    let mut statement = connection.prepare_cached(
        &format!("SELECT {NAMES} FROM vote WHERE number > ?1 AND number <= ?2 AND (?3 IS NULL OR election = ?3) ORDER BY number LIMIT ?4"),
    )?;
    let mut rows = statement.query(rusqlite::params![page.after_number, page.up_to_number, election, page.limit])?;
    let mut texts = VoteTexts::default();
    let mut votes = Vec::new();
    while let Some(row) = rows.next()? {
        votes.push(texts.read(row, terms, ambiguous)?.0.to_record());
    }
    Ok(votes)
}

/// The vote with an id, through an index that is made when it is first needed.
pub fn by_id(
    connection: &Connection,
    terms: &Terms,
    ambiguous: &[i64],
    id: &str,
) -> Result<Option<VoteRecord>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("SELECT {NAMES} FROM vote WHERE vote_id = ?1 ORDER BY number LIMIT 1"))?;
    let mut rows = statement.query([short::id(Some(id))])?;
    match rows.next()? {
        None => Ok(None),
        Some(row) => Ok(Some(VoteTexts::default().read(row, terms, ambiguous)?.0.to_record())),
    }
}

/// Makes the index behind [`by_id`].
pub fn index_by_id(connection: &Connection) -> Result<(), StoreError> {
    connection.execute_batch("CREATE INDEX IF NOT EXISTS vote_by_id ON vote (vote_id)")?;
    Ok(())
}

/// Largest number in use; 0 without votes.
pub fn last_number(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection
        .query_row("SELECT max(number) FROM vote", [], |row| row.get::<_, Option<i64>>(0))
        .optional()?
        .flatten()
        .unwrap_or(0))
}
