//! Collects what a reader hands out, row by row, and feeds readers in pieces of any size.

use std::io::Read;

use importers::formats::{Item, ReadError, Receive, RowEvent};

/// One thing that a reader hands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A row: its table, its number, its fields.
    Row(String, u64, Vec<(String, Option<String>)>),
    /// A row that cannot be read, by its number.
    Reject(u64),
    /// A whole document.
    Document(String),
}

/// The file as a whole was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused;

/// What reading came to. What was handed out before a refusal does not count: an import is all or nothing.
pub type Outcome = Result<Vec<Line>, Refused>;

/// Runs a reader and collects all it hands out.
///
/// # Panics
/// Where the reader says that the receiver stopped it, which this one never does, or fails without a reason.
pub fn collect(read: impl FnOnce(Receive<'_>) -> Result<(), ReadError>) -> Outcome {
    let mut lines = Vec::new();
    let mut broken = None;
    let outcome = read(&mut |item| {
        match item {
            Item::Piece(piece) => {
                let mut names = Vec::new();
                let taken = piece.each_row(&mut |event| match event {
                    RowEvent::Names(now) => names = now.to_vec(),
                    RowEvent::Row { number, values } => {
                        let values = values.iter().map(|value| value.as_deref().map(str::to_owned));
                        lines.push(Line::Row(piece.table.clone(), number, names.iter().cloned().zip(values).collect()));
                    }
                    RowEvent::Reject { number, .. } => lines.push(Line::Reject(number)),
                });
                broken = broken.take().or(taken.err());
            }
            Item::Reject { number, .. } => lines.push(Line::Reject(number)),
            Item::Document(text) => lines.push(Line::Document(text)),
            Item::Table(_) => {}
        }
        true
    });
    match broken.map_or(outcome, Err) {
        Ok(()) => Ok(lines),
        Err(ReadError::Cancelled) => panic!("the receiver stopped nothing"),
        Err(error) => {
            assert!(!error.to_string().is_empty(), "an error says what is wrong");
            Err(Refused)
        }
    }
}

/// Hands out a few bytes at a time, so that every edge between two chunks is met. The first read brings four at least, as
/// a file does: readers may look for a byte order mark in it.
pub struct Dripping<'a> {
    rest: &'a [u8],
    at_a_time: usize,
    has_begun: bool,
}

impl<'a> Dripping<'a> {
    /// At most `at_a_time` bytes with each read.
    pub fn new(bytes: &'a [u8], at_a_time: usize) -> Self {
        Self { rest: bytes, at_a_time: at_a_time.max(1), has_begun: false }
    }
}

impl Read for Dripping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = if std::mem::replace(&mut self.has_begun, true) { self.at_a_time } else { self.at_a_time.max(4) };
        let count = most.min(buffer.len()).min(self.rest.len());
        let (taken, rest) = self.rest.split_at(count);
        buffer[..count].copy_from_slice(taken);
        self.rest = rest;
        Ok(count)
    }
}

/// Asserts that chunks of several sizes give what the whole gives, and answers that.
///
/// # Panics
/// Where they do not.
pub fn at_every_chunk_size(bytes: &[u8], read: impl Fn(Dripping<'_>) -> Outcome) -> Outcome {
    // A reader may take its time over each read, and a fuzzer has millions of texts to try.
    let most_reads = if std::env::var_os("FUZZ_TARGET").is_some() { 16 } else { 200 };
    let whole = read(Dripping::new(bytes, bytes.len()));
    for size in [1, 2, 7, 61, 509] {
        if size < bytes.len() && bytes.len() / size <= most_reads {
            assert_eq!(read(Dripping::new(bytes, size)), whole, "in pieces of {size} bytes");
        }
    }
    whole
}
