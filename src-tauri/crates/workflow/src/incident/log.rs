//! Log files of the locker: searched by text and time in constant memory, lines with their numbers, pinned to the timeline.

use domain::Instant;
use domain::incident::EntryKind;
use incidents::IncidentEvent;
use incidents::incident::event::{CustodyAct, Link};
use serde::Serialize;
use store::tables::locker::LockerItem;

use super::journal::evidence_id;
use super::locker::take_in;
use super::{About, EvidenceItem, Recorded, Responders};
use crate::{Case, Error};

/// Bytes of a line that are kept; the rest is only counted.
const LINE_BYTES: usize = 16 << 10;

/// Bytes at the beginning of a line in which its time is looked for.
const TIME_WITHIN: usize = 160;

/// What is looked for in a log.
#[derive(Clone, Debug, Default)]
pub struct LogQuery {
    /// Text that the line holds, capital letters or not; empty for all.
    pub text: String,
    /// Not before.
    pub from: Option<Instant>,
    /// Not after.
    pub to: Option<Instant>,
    /// Only lines behind this number; 0 for the beginning.
    pub after: u64,
    /// At most so many lines; 200 where 0.
    pub limit: usize,
}

/// A line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// From 1.
    pub number: u64,
    /// Its time; a line without one has that of the line before.
    pub at: Option<Instant>,
    /// Its text, cut after 16 KiB.
    pub text: String,
}

/// Lines that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogPage {
    /// Item.
    pub evidence: String,
    /// The lines.
    pub lines: Vec<LogLine>,
    /// Lines that were looked at, those skipped among them.
    pub looked_at: u64,
    /// False where there may be more behind the last line.
    pub is_complete: bool,
}

/// The first time in a line: `YYYY-MM-DD`, `T` or a space, `HH:MM:SS`, a fraction, an offset. Without an offset it is UTC.
fn time_of(line: &str) -> Option<Instant> {
    let bytes = line.as_bytes();
    let head = bytes.len().min(TIME_WITHIN);
    let is_date = |at: usize| {
        let Some(part) = bytes.get(at..at + 19) else { return false };
        part.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            10 => matches!(byte, b'T' | b' '),
            13 | 16 => *byte == b':',
            _ => byte.is_ascii_digit(),
        })
    };
    let start = (0..head).find(|at| is_date(*at))?;
    let mut end = start + 19;
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut fraction = String::new();
    if matches!(bytes.get(end), Some(b'.' | b',')) && digits(end + 1) > end + 1 {
        let to = digits(end + 1).min(end + 7);
        fraction = format!(".{}", &line[end + 1..to]);
        end = digits(end + 1);
    }
    let zone = match bytes.get(end) {
        Some(b'Z') => "Z".to_owned(),
        Some(b'+' | b'-') => match bytes.get(end + 1..end + 6) {
            Some([a, b, b':', c, d]) if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => {
                line[end..end + 6].to_owned()
            }
            _ => match bytes.get(end + 1..end + 5) {
                Some(four) if four.iter().all(u8::is_ascii_digit) => {
                    format!("{}:{}", &line[end..end + 3], &line[end + 3..end + 5])
                }
                _ => "Z".to_owned(),
            },
        },
        _ => "Z".to_owned(),
    };
    let date = &line[start..start + 10];
    let clock = &line[start + 11..start + 19];
    Instant::parse(&format!("{date}T{clock}{fraction}{zone}"))
}

/// Cuts pieces into lines without ever holding more than one line.
#[derive(Default)]
struct Lines {
    number: u64,
    line: Vec<u8>,
    at: Option<Instant>,
}

impl Lines {
    fn take(&mut self, piece: &[u8], each: &mut dyn FnMut(LogLine) -> bool) -> bool {
        let mut rest = piece;
        while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
            self.keep(&rest[..end]);
            rest = &rest[end + 1..];
            if !self.end(each) {
                return false;
            }
        }
        self.keep(rest);
        true
    }

    fn keep(&mut self, bytes: &[u8]) {
        let left = LINE_BYTES.saturating_sub(self.line.len());
        self.line.extend_from_slice(&bytes[..bytes.len().min(left)]);
    }

    fn end(&mut self, each: &mut dyn FnMut(LogLine) -> bool) -> bool {
        self.number += 1;
        let text = String::from_utf8_lossy(&self.line).trim_end_matches('\r').to_owned();
        self.line.clear();
        self.at = time_of(&text).or(self.at);
        each(LogLine { number: self.number, at: self.at, text })
    }
}

impl Case {
    fn each_line(&self, stored: &LockerItem, each: &mut dyn FnMut(LogLine) -> bool) -> Result<(), Error> {
        let mut lines = Lines::default();
        let mut is_going = true;
        self.file()?
            .incidents()
            .read_locker::<Error>(stored, |piece| {
                is_going = lines.take(piece, each);
                Ok(is_going)
            })
            .map_err(|error| error.of_case(self.path()))?;
        if is_going && !lines.line.is_empty() {
            lines.end(each);
        }
        Ok(())
    }

    /// Searches a log file of the locker. The look is an entry of the custody log.
    ///
    /// # Errors
    /// No such item, or bytes that are not as they came.
    pub fn search_log(&mut self, by: &Responders, item: &str, query: &LogQuery, why: &str) -> Result<LogPage, Error> {
        let stored = self.locker_item(item)?;
        self.look(by, &stored, CustodyAct::Viewed, by.name(), why)?;
        let limit = if query.limit == 0 { 200 } else { query.limit };
        let wanted = query.text.to_lowercase();
        let (mut found, mut looked_at, mut is_complete) = (Vec::new(), 0, true);
        self.each_line(&stored, &mut |line| {
            let is_inside = query.from.is_none_or(|from| line.at.is_some_and(|at| at >= from))
                && query.to.is_none_or(|to| line.at.is_some_and(|at| at <= to));
            let is_wanted = line.number > query.after
                && is_inside
                && (wanted.is_empty() || line.text.to_lowercase().contains(&wanted));
            if is_wanted && found.len() == limit {
                is_complete = false;
                return false;
            }
            looked_at = line.number;
            if is_wanted {
                found.push(line);
            }
            true
        })?;
        Ok(LogPage { evidence: evidence_id(stored.number), lines: found, looked_at, is_complete })
    }

    /// Pins a line of a log to the timeline of its incident, at the time that the line tells.
    ///
    /// # Errors
    /// Refused where there is no such line.
    pub fn pin_line(&mut self, by: &Responders, item: &str, number: u64, note: &str) -> Result<Recorded, Error> {
        let stored = self.locker_item(item)?;
        let mut found = None;
        self.each_line(&stored, &mut |line| {
            let is_it = line.number == number;
            if is_it {
                found = Some(line);
            }
            !is_it
        })?;
        let Some(line) = found else {
            return Err(Error::refused(format!("{item} has no line {number}; lines are counted from 1")));
        };
        let id = evidence_id(stored.number);
        let note = if note.trim().is_empty() { String::new() } else { format!("{}: ", note.trim()) };
        let event = IncidentEvent::Noted {
            kind: EntryKind::Fact,
            text: format!("{note}{} ({id}, line {number})", line.text.trim()),
            links: vec![Link { kind: "log_line".to_owned(), id: format!("{id}#L{number}") }],
        };
        let add = |writing: &mut super::journal::Writing<'_>| {
            let now = writing.now();
            // A line from the future tells of a clock that was wrong there; it is pinned now.
            writing.add_earlier(line.at.filter(|at| *at <= now).unwrap_or(now), event)
        };
        Ok(self.change_incident(by, &stored.incident, add)?.1)
    }

    /// Takes a marked range of a log as an item of its own, with line numbers and the hash of the whole file.
    ///
    /// # Errors
    /// Refused for an empty range.
    pub fn capture_log_excerpt(
        &mut self,
        by: &Responders,
        item: &str,
        (from, to): (u64, u64),
        about: &About,
    ) -> Result<(EvidenceItem, Recorded), Error> {
        let stored = self.locker_item(item)?;
        let id = evidence_id(stored.number);
        let mut text = format!("Lines {from} to {to} of {id} ({}), SHA-256 {}\n", stored.name, stored.sha256.to_hex());
        let mut count = 0_u64;
        self.each_line(&stored, &mut |line| {
            if (from..=to).contains(&line.number) {
                text.push_str(&format!("{:>8}  {}\n", line.number, line.text));
                count += 1;
            }
            line.number < to && text.len() < (64 << 20)
        })?;
        if count == 0 {
            return Err(Error::refused(format!("{item} has no lines {from} to {to}")));
        }
        let about = About { derived_from: vec![id], source: stored.name.clone(), ..about.clone() };
        let name = format!("lines-{from}-{to}-of-{}.txt", stored.name);
        let incident = stored.incident;
        self.change_incident(by, &incident, |writing| take_in(writing, &name, &about, text.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_found_wherever_logs_put_them() {
        let at = |text: &str| Instant::parse(text);
        for (line, expected) in [
            ("2026-02-10T14:30:00.123Z ERROR x", at("2026-02-10T14:30:00.123Z")),
            ("[2026-02-10 14:30:00,5] warn", at("2026-02-10T14:30:00.5Z")),
            ("10.0.0.1 - 2026-02-10T15:30:00+01:00 GET /", at("2026-02-10T14:30:00Z")),
            ("2026-02-10T15:30:00+0100 GET /", at("2026-02-10T14:30:00Z")),
            ("2026-02-10T14:30:00.123456789Z", at("2026-02-10T14:30:00.123456Z")),
            ("gr\u{fc}n 2026-02-10 14:30:00", at("2026-02-10T14:30:00Z")),
            ("no time here", None),
            ("2026-02-31 14:30:00", None),
        ] {
            assert_eq!(time_of(line), expected, "{line}");
        }
    }

    #[test]
    fn lines_are_counted_over_pieces_and_long_ones_are_cut() {
        let mut seen = Vec::new();
        let mut lines = Lines::default();
        let long = vec![b'x'; LINE_BYTES + 100];
        for piece in [&b"one\r\ntw"[..], b"o\n\n", &long, b"\nlast"] {
            assert!(lines.take(piece, &mut |line| {
                seen.push((line.number, line.text.len()));
                true
            }));
        }
        lines.end(&mut |line| {
            seen.push((line.number, line.text.len()));
            true
        });
        assert_eq!(seen, [(1, 3), (2, 3), (3, 0), (4, LINE_BYTES), (5, 4)]);
    }
}
