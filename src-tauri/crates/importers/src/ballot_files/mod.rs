//! Ballot files: one contest with its ballots in one text file. [`read`] tells the format from the name and the first
//! lines: BLT (`blt`), ABIF (`abif`), PrefLib (`preflib`).
//!
//! Files are read line by line and never held whole; equal ballots are put together as they come. Small faults are put
//! right and told in [`Contest::repairs`], each kind once with the first line and how often; what could change the meaning of
//! a ballot is an error that names line and column.

mod abif;
mod blt;
mod preflib;

use std::convert::Infallible;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use domain::contest::{Contest, Mark, Repair};
use domain::{FileId, Place};

use crate::ImportError;
use crate::formats::ReadError;
use crate::inputs::InputError;

/// Why a ballot file could not be read; names the file, and line (as row) and column where known.
pub type BallotFileError = ImportError<Infallible>;

/// Formats of ballot files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BallotFormat {
    /// Candidates by number, weights in front, 0 at the end.
    Blt,
    /// `weight: A>B=C`.
    Abif,
    /// PrefLib's `.soc`, `.soi`, `.toc`, `.toi`.
    PrefLib,
}

/// Bytes that recognition looks at.
const HEAD_BYTES: usize = 8 << 10;
/// A line longer than this is no line of a ballot file.
const LONGEST_LINE: u64 = 64 << 20;

/// Tells the format of a file from its name and its first bytes; `None` where it is no ballot file.
pub fn recognise(name: &str, head: &[u8]) -> Option<BallotFormat> {
    let name = name.to_ascii_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "blt" => return Some(BallotFormat::Blt),
        "abif" => return Some(BallotFormat::Abif),
        "soc" | "soi" | "toc" | "toi" => return Some(BallotFormat::PrefLib),
        _ => {}
    }
    let text = String::from_utf8_lossy(head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head));
    let is_preflib = |line: &str| line.starts_with("# NUMBER ALTERNATIVES") || line.starts_with("# FILE NAME");
    if text.lines().any(is_preflib) {
        return Some(BallotFormat::PrefLib);
    }
    let line = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let numbers =
        line.split([' ', '\t', ',']).filter(|word| !word.is_empty()).take_while(|word| is_number(word)).count();
    let before = line.split_once(':').map(|(before, _)| before.trim());
    if line.starts_with("ABIF ") {
        Some(BallotFormat::Abif)
    } else if line.starts_with("{\"") && line.contains("\"ballots\"") {
        None
    } else if before.is_some_and(is_number) || (line.starts_with(['=', '{']) && before.is_some()) {
        Some(BallotFormat::Abif)
    } else if numbers >= 2 {
        Some(BallotFormat::Blt)
    } else {
        None
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a ballot file.
///
/// # Errors
/// Where it cannot be opened, is of no known format, breaks off, or holds something that is no ballot.
pub fn read(path: &Path) -> Result<Contest, BallotFileError> {
    let shown = path.display().to_string();
    let unreadable = |source| ImportError::Input(InputError::Unreadable { path: shown.clone(), source });
    let mut file = File::open(path).map_err(unreadable)?;
    let mut head = Vec::new();
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head).map_err(unreadable)?;
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        let reason = "the file is UTF-16; save it as UTF-8".to_owned();
        return Err(ImportError::Encoding { path: shown, reason });
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(format) = recognise(&name, &head) else {
        let reason = "this is no ballot file; BLT, ABIF and PrefLib files are read";
        return Err(ImportError::File { path: shown, source: ReadError::broken(0, "", reason) });
    };
    let content = BufReader::with_capacity(1 << 20, std::io::Cursor::new(head).chain(file));
    read_from(content, format).map_err(|source| ImportError::File { path: shown, source })
}

/// Reads a ballot file of a known format.
///
/// # Errors
/// As [`read`], without the name of the file.
pub fn read_from(content: impl BufRead, format: BallotFormat) -> Result<Contest, ReadError> {
    let mut lines = Lines { content, line: Vec::new(), number: 0 };
    match format {
        BallotFormat::Blt => blt::read(&mut lines),
        BallotFormat::Abif => abif::read(&mut lines),
        BallotFormat::PrefLib => preflib::read(&mut lines),
    }
}

/// The lines of a file, one at a time.
struct Lines<R> {
    content: R,
    line: Vec<u8>,
    /// Number of the line, from 1.
    number: u64,
}

impl<R: BufRead> Lines<R> {
    /// The next line without its end; `None` behind the last.
    fn next(&mut self, repairs: &mut Repairs) -> Result<Option<&[u8]>, ReadError> {
        self.line.clear();
        let read = self.content.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        self.number += 1;
        if read as u64 == LONGEST_LINE {
            return Err(ReadError::broken(
                self.number,
                "",
                "the line is longer than 64 MiB, so this is no ballot file",
            ));
        }
        if self.number == 1 && self.line.starts_with(b"\xef\xbb\xbf") {
            self.line.drain(..3);
            repairs.note(1, "a byte order mark before the first number was passed over");
        }
        while let [.., b'\n' | b'\r'] = self.line[..] {
            self.line.pop();
        }
        Ok(Some(&self.line))
    }
}

/// What was put right, each kind once.
#[derive(Default)]
struct Repairs {
    kinds: Vec<(String, u64, u64)>,
}

impl Repairs {
    /// Notes a repair at a line (0 where none is meant).
    fn note(&mut self, line: u64, what: &str) {
        match self.kinds.iter_mut().find(|(known, ..)| known == what) {
            Some((.., times)) => *times += 1,
            None => self.kinds.push((what.to_owned(), line, 1)),
        }
    }

    fn into_list(self) -> Vec<Repair> {
        let told = |(what, line, times): (String, u64, u64)| {
            let place = (line > 0).then_some(Place { file: FileId(0), row: line });
            let what = match (line, times) {
                (0, _) => format!("{what}."),
                (_, 1) => format!("Line {line}: {what}."),
                _ => format!("Line {line} and {} more: {what}.", times - 1),
            };
            Repair { place, what }
        };
        self.kinds.into_iter().map(told).collect()
    }
}

/// An error at a byte of a line; columns count from 1.
fn broken(line: u64, at: usize, reason: impl Into<String>) -> ReadError {
    ReadError::broken(line, (at + 1).to_string(), reason)
}

/// A text as it was meant: UTF-8, or else Latin-1.
fn text(bytes: &[u8], line: u64, repairs: &mut Repairs) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    repairs.note(line, "the text is not UTF-8 and was read as Latin-1");
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

/// A whole number, at most 2^64 - 1; `None` where the bytes are none.
fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// Adds ballots, or says at which line they became too many.
fn add(contest: &mut Contest, votes: u64, marks: &[Mark], line: u64) -> Result<(), ReadError> {
    contest.ballots.add(votes, marks).map_err(|error| ReadError::broken(line, "", error.to_string()))
}

/// Passes over candidates whom a ballot names twice; the first place counts.
fn drop_repeated(marks: &mut Vec<Mark>, seen: &mut Vec<u64>, line: u64, repairs: &mut Repairs) {
    seen.fill(0);
    let count = marks.len();
    marks.retain(|mark| {
        let (word, bit) = (usize::from(mark.candidate) / 64, 1 << (mark.candidate % 64));
        if seen.len() <= word {
            seen.resize(word + 1, 0);
        }
        let is_new = seen[word] & bit == 0;
        seen[word] |= bit;
        is_new
    });
    if marks.len() < count {
        repairs.note(line, "a ballot names a candidate twice; the first place counts");
    }
}

#[cfg(test)]
mod tests;
