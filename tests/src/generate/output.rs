//! The votes file: rows with their changes, as CSV or JSON, in the order of casting or in that of the ids.
//!
//! Another order is made without holding the rows: they go into up to 256 files by the first letters of their ids, and
//! each of these is sorted by itself.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};

use rayon::prelude::*;
use tempfile::TempDir;

use super::plan::{CANDIDATES, Election, Kind, POSITIONS, Plan, Planted, drawn_uuid};
use super::votes::{Cast, clock};
use super::{Options, log};

/// Rows that one file of a sorted export should hold at most.
const ROWS_PER_BUCKET: u64 = 100_000;

/// How rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Csv,
    Json,
}

impl Layout {
    pub(super) fn file_name(self, table: &str) -> String {
        format!("{table}.{}", if self == Self::Csv { "csv" } else { "json" })
    }
}

/// A table that grows row by row.
pub(super) struct TableFile {
    layout: Layout,
    out: BufWriter<File>,
    pub(super) rows: u64,
}

impl TableFile {
    pub(super) fn create(options: &Options, layout: Layout, table: &str, columns: &[&str]) -> io::Result<Self> {
        let file = File::create(options.out.join(layout.file_name(table)))?;
        let mut out = BufWriter::with_capacity(1 << 20, file);
        match layout {
            Layout::Csv => writeln!(out, "{}", columns.join(","))?,
            Layout::Json => out.write_all(b"[")?,
        }
        Ok(Self { layout, out, rows: 0 })
    }

    pub(super) fn row(&mut self, line: &[u8]) -> io::Result<()> {
        match self.layout {
            Layout::Csv => {
                self.out.write_all(line)?;
                self.out.write_all(b"\n")?;
            }
            Layout::Json => {
                self.out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
                self.out.write_all(line)?;
            }
        }
        self.rows += 1;
        Ok(())
    }

    pub(super) fn finish(mut self) -> io::Result<()> {
        if self.layout == Layout::Json {
            self.out.write_all(b"\n]\n")?;
        }
        self.out.flush()
    }
}

/// The file `votes`.
pub(super) struct VotesFile {
    layout: Layout,
    table: TableFile,
    buckets: Option<Buckets>,
    /// Row of each changed vote, by its id.
    rows_of: HashMap<Vec<u8>, u64>,
}

struct Buckets {
    _folder: TempDir,
    files: Vec<BufWriter<File>>,
}

const COLUMNS: [&str; 25] = [
    "id",
    "election_id",
    "candidate_id",
    "voter_id",
    "voter_hash",
    "position",
    "vote_rank",
    "voted_at",
    "vote_signature",
    "vote_dedup_hash",
    "chain_hash",
    "receipt_hash",
    "is_test",
    "is_manual",
    "recorded_by",
    "manual_batch_id",
    "is_proxy_vote",
    "proxy_voter_id",
    "proxy_authorization_id",
    "proxy_delegating_user_id",
    "ip_address",
    "user_agent",
    "deleted_at",
    "deleted_by",
    "deletion_reason",
];

impl VotesFile {
    pub(super) fn create(options: &Options, layout: Layout) -> io::Result<Self> {
        let table = TableFile::create(options, layout, "votes", &COLUMNS)?;
        let buckets = options.is_shuffled.then(|| Buckets::create(options)).transpose()?;
        Ok(Self { layout, table, buckets, rows_of: HashMap::new() })
    }

    /// Writes a block whose first vote has the number `first` in its election.
    pub(super) fn write(&mut self, plan: &Plan, election: &Election, first: u64, votes: &[Cast]) -> io::Result<()> {
        const PIECE: usize = 1 << 11;
        let layout = self.layout;
        let pieces: Vec<Vec<u8>> = votes
            .par_chunks(PIECE)
            .enumerate()
            .map(|(piece, votes)| {
                let mut lines = Vec::with_capacity(votes.len() * 512);
                for (number, vote) in (first + (piece * PIECE) as u64..).zip(votes) {
                    changed_row(plan, election, number, vote, layout, &mut lines);
                }
                lines
            })
            .collect();
        for (number, _) in plan.changes.range(election.first + first..election.first + first + votes.len() as u64) {
            let (id, _) = changed_id(plan, election, *number);
            self.rows_of.insert(id.into_bytes(), 0);
        }
        for line in pieces.iter().flat_map(|piece| piece.split(|byte| *byte == b'\n')) {
            if line.is_empty() {
                continue;
            }
            match &mut self.buckets {
                Some(buckets) => buckets.add(id_of(layout, line), line)?,
                None => row(&mut self.table, &mut self.rows_of, layout, line)?,
            }
        }
        Ok(())
    }

    /// Ends the file and answers what was changed in it.
    pub(super) fn finish(mut self, plan: &Plan) -> io::Result<Vec<Planted>> {
        for file in self.buckets.iter_mut().flat_map(|buckets| buckets.files.drain(..)) {
            let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
            let mut lines = Vec::new();
            file.rewind()?;
            file.read_to_end(&mut lines)?;
            let mut lines: Vec<&[u8]> = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
            lines.par_sort_unstable();
            for line in lines {
                row(&mut self.table, &mut self.rows_of, self.layout, line)?;
            }
        }
        let mut planted = Vec::new();
        for election in &plan.elections {
            for (number, kind) in plan.changes.range(election.first..election.first + election.votes) {
                if kind.is_of_log() {
                    continue;
                }
                let (id, _) = changed_id(plan, election, *number);
                let row = self.rows_of.get(id.as_bytes()).copied().filter(|row| *row > 0);
                planted.push(Planted { id, kind: *kind, election_id: election.id.clone(), row });
            }
        }
        self.table.finish()?;
        Ok(planted)
    }
}

fn row(table: &mut TableFile, rows_of: &mut HashMap<Vec<u8>, u64>, layout: Layout, line: &[u8]) -> io::Result<()> {
    table.row(line)?;
    if let Some(row) = rows_of.get_mut(id_of(layout, line)) {
        *row = table.rows;
    }
    Ok(())
}

/// Rows begin with their id: 36 letters, in JSON behind `{"id":"`.
fn id_of(layout: Layout, line: &[u8]) -> &[u8] {
    let start = if layout == Layout::Csv { 0 } else { 7 };
    &line[start..start + 36]
}

impl Buckets {
    fn create(options: &Options) -> io::Result<Self> {
        let folder = tempfile::tempdir_in(&options.out)?;
        let count = (options.votes / ROWS_PER_BUCKET + 1).min(256);
        let files = (0..count)
            .map(|index| {
                let path = folder.path().join(format!("{index}"));
                let file = File::options().read(true).write(true).create_new(true).open(path)?;
                Ok(BufWriter::with_capacity(1 << 16, file))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { _folder: folder, files })
    }

    fn add(&mut self, id: &[u8], line: &[u8]) -> io::Result<()> {
        let digits = std::str::from_utf8(&id[..2]).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
        let index = digits.unwrap_or(0) * self.files.len() / 256;
        self.files[index].write_all(line)?;
        self.files[index].write_all(b"\n")
    }
}

/// The id of the row that a change is about, and whether that row was made up.
fn changed_id(plan: &Plan, election: &Election, number: u64) -> (String, bool) {
    let [high, low, other_high, other_low] = plan.draws(election.index, number - election.first);
    match plan.changes.get(&number) {
        Some(Kind::RowInserted) => (drawn_uuid(other_high, other_low), true),
        _ => (drawn_uuid(high, low), false),
    }
}

/// The fields of a row that may differ from row to row.
struct Row<'a> {
    id: &'a str,
    candidate: &'a str,
    voter: &'a str,
    position: &'a str,
    voted_at: &'a str,
    signature: &'a str,
    dedup: &'a str,
    chain: &'a str,
    receipt: &'a str,
    is_test: u8,
}

/// Appends the row as it stands in the database after the changes: none, one, or the vote and a made-up one.
fn changed_row(plan: &Plan, election: &Election, number: u64, vote: &Cast, layout: Layout, lines: &mut Vec<u8>) {
    let change = plan.changes.get(&(election.first + number)).copied();
    let candidates = &election.candidates[vote.contest];
    let voted_at = clock(vote.second).replace('T', " ");
    let mut row = Row {
        id: &vote.id,
        candidate: &candidates[vote.choice],
        voter: &vote.voter,
        position: POSITIONS[vote.contest],
        voted_at: &voted_at,
        signature: &vote.signature,
        dedup: &vote.dedup,
        chain: &vote.chain,
        receipt: &vote.receipt,
        is_test: 0,
    };
    let (other_time, other_position, garbled, made_up, made_up_voter);
    match change {
        Some(Kind::CandidateChanged) => row.candidate = &candidates[(vote.choice + 1) % CANDIDATES],
        Some(Kind::TimeChanged) => {
            other_time = clock(vote.second + 3601).replace('T', " ");
            row.voted_at = &other_time;
        }
        Some(Kind::PositionChanged) => {
            other_position = format!("{} Alternate", row.position);
            row.position = &other_position;
        }
        Some(Kind::SignatureBlanked) => row.signature = "",
        Some(Kind::SignatureGarbled) => {
            let first = if vote.signature.starts_with('0') { '1' } else { '0' };
            garbled = format!("{first}{}", &vote.signature[1..]);
            row.signature = &garbled;
        }
        Some(Kind::MarkedAsTest) => row.is_test = 1,
        Some(Kind::RowDeleted) => return,
        Some(Kind::RowInserted) => {
            append(plan, election, vote, &row, layout, lines);
            made_up = changed_id(plan, election, election.first + number).0;
            made_up_voter = log::hash_of(&made_up);
            row = Row { id: &made_up, voter: &made_up_voter, signature: "", dedup: "", chain: "", receipt: "", ..row };
        }
        Some(Kind::EntryEdited | Kind::EntryDeleted) | None => {}
    }
    append(plan, election, vote, &row, layout, lines);
}

fn append(plan: &Plan, election: &Election, vote: &Cast, row: &Row<'_>, layout: Layout, lines: &mut Vec<u8>) {
    let Row { id, candidate, voter, position, voted_at, signature, dedup, chain, receipt, is_test } = row;
    let election = &election.id;
    let (address, browser) = if plan.keeps_addresses { (&*vote.address, "GeneratedClient/1.0") } else { ("", "") };
    // Writing into memory cannot fail.
    let _ = match layout {
        Layout::Csv => writeln!(
            lines,
            "{id},{election},{candidate},,{voter},{position},,{voted_at},{signature},{dedup},{chain},{receipt},{is_test},0,,,0,,,,{address},{browser},,,"
        ),
        Layout::Json => {
            let or_null = |text: &str| if text.is_empty() { "null".to_owned() } else { format!("\"{text}\"") };
            let (signature, dedup, chain) = (or_null(signature), or_null(dedup), or_null(chain));
            let (receipt, address, browser) = (or_null(receipt), or_null(address), or_null(browser));
            writeln!(
                lines,
                "{{\"id\":\"{id}\",\"election_id\":\"{election}\",\"candidate_id\":\"{candidate}\",\"voter_id\":null,\"voter_hash\":\"{voter}\",\"position\":\"{position}\",\"vote_rank\":null,\"voted_at\":\"{voted_at}\",\"vote_signature\":{signature},\"vote_dedup_hash\":{dedup},\"chain_hash\":{chain},\"receipt_hash\":{receipt},\"is_test\":{is_test},\"is_manual\":0,\"recorded_by\":null,\"manual_batch_id\":null,\"is_proxy_vote\":0,\"proxy_voter_id\":null,\"proxy_authorization_id\":null,\"proxy_delegating_user_id\":null,\"ip_address\":{address},\"user_agent\":{browser},\"deleted_at\":null,\"deleted_by\":null,\"deletion_reason\":null}}"
            )
        }
    };
}
