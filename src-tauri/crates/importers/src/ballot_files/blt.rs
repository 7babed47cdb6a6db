//! BLT: `candidates seats`, perhaps withdrawn candidates (`-2 -5`) and options in brackets, then ballots (weight,
//! preferences, 0), then 0, then names and title in quotes. First described beside
//! "Algorithm 123" (1987); the dialects of Droop (`#` and `/* */`, `[tie ...]`, `[nick ...]`), OpaVote (`-` for a skipped rank, ids in parentheses) and
//! of spreadsheets (commas, doubled quotes, a byte order mark) are understood.

use std::collections::HashMap;
use std::io::BufRead;

use domain::contest::{Candidate, Contest, Mark};

use super::{Lines, Repairs, add, broken, drop_repeated, number, text};
use crate::formats::ReadError;

/// Which part of the file comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Header,
    Ballots,
    Names,
}

struct Reader {
    contest: Contest,
    repairs: Repairs,
    part: Part,
    line: u64,
    /// Inside `/* */`.
    in_comment: bool,
    /// Text of an option that goes on in the next line.
    option: Option<Vec<u8>>,
    header: Option<u64>,
    /// Weight of the ballot that is being read.
    weight: Option<u64>,
    marks: Vec<Mark>,
    rank: u16,
    /// An `=` stood before: the next candidate shares the rank.
    is_joined: bool,
    nicknames: HashMap<Vec<u8>, u16>,
    texts: Vec<String>,
    seen: Vec<u64>,
}

pub(super) fn read<R: BufRead>(lines: &mut Lines<R>) -> Result<Contest, ReadError> {
    let mut reader = Reader {
        contest: Contest::default(),
        repairs: Repairs::default(),
        part: Part::Header,
        line: 0,
        in_comment: false,
        option: None,
        header: None,
        weight: None,
        marks: Vec::new(),
        rank: 0,
        is_joined: false,
        nicknames: HashMap::new(),
        texts: Vec::new(),
        seen: Vec::new(),
    };
    while let Some(line) = lines.next(&mut reader.repairs)? {
        reader.line += 1;
        if reader.part == Part::Names { reader.names(line) } else { reader.numbers(line)? }
    }
    reader.finish()
}

impl Reader {
    /// A line before the names.
    fn numbers(&mut self, line: &[u8]) -> Result<(), ReadError> {
        let mut at = 0;
        while at < line.len() {
            if self.in_comment {
                at = match line[at..].windows(2).position(|two| two == b"*/") {
                    Some(end) => {
                        self.in_comment = false;
                        at + end + 2
                    }
                    None => line.len(),
                };
                continue;
            }
            if self.option.is_some() {
                at = self.option_text(line, at)?;
                continue;
            }
            match line[at] {
                b' ' | b'\t' | b'\r' => at += 1,
                b',' => {
                    self.repairs.note(self.line, "a comma between the numbers was passed over");
                    at += 1;
                }
                b'#' => break,
                b'/' if line[at..].starts_with(b"/*") => {
                    self.in_comment = true;
                    at += 2;
                }
                b'[' => {
                    self.option = Some(Vec::new());
                    at += 1;
                }
                b'(' => {
                    let Some(end) = line[at..].iter().position(|byte| *byte == b')') else {
                        return Err(broken(self.line, at, "an id in parentheses does not end in this line"));
                    };
                    at += end + 1;
                }
                b'"' if self.part == Part::Ballots && self.weight.is_none() => {
                    self.repairs.note(self.line, "the 0 that ends the ballots is missing before the names");
                    self.part = Part::Names;
                    self.names(&line[at..]);
                    return Ok(());
                }
                b'=' if self.weight.is_some() && !self.marks.is_empty() && !self.is_joined => {
                    self.is_joined = true;
                    at += 1;
                }
                _ => {
                    let is_end = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b',' | b'=' | b'#' | b'[' | b'(');
                    let end = line[at..].iter().position(is_end).map_or(line.len(), |end| at + end);
                    let end = end.max(at + 1);
                    self.word(&line[at..end], at)?;
                    at = end;
                    if self.part == Part::Names {
                        self.names(&line[at..]);
                        return Ok(());
                    }
                }
            }
        }
        if self.weight.is_some() {
            return Err(broken(
                self.line,
                line.len(),
                "the ballot does not end with 0; write it in one line with a closing 0",
            ));
        }
        Ok(())
    }

    fn word(&mut self, word: &[u8], at: usize) -> Result<(), ReadError> {
        match (self.part, self.weight) {
            (Part::Header, _) => self.header_word(word, at),
            (_, None) => self.first_word(word, at),
            (_, Some(weight)) => self.preference(word, at, weight),
        }
    }

    fn header_word(&mut self, word: &[u8], at: usize) -> Result<(), ReadError> {
        let what = if self.header.is_none() { "the number of candidates" } else { "the number of seats" };
        let Some(value) = number(word) else {
            let shown = String::from_utf8_lossy(word).into_owned();
            return Err(broken(self.line, at, format!("{what} is expected here, not {shown}")));
        };
        let Some(candidates) = self.header else {
            if value > Mark::MAX_CANDIDATES as u64 {
                let reason = format!("{value} candidates are more than the {} that can be read", Mark::MAX_CANDIDATES);
                return Err(broken(self.line, at, reason));
            }
            self.header = Some(value);
            return Ok(());
        };
        let Ok(seats) = u32::try_from(value) else {
            return Err(broken(self.line, at, format!("{value} seats are too many")));
        };
        self.contest.seats = Some(seats);
        self.contest.candidates =
            (1..=candidates).map(|number| Candidate { id: number.to_string(), ..Candidate::default() }).collect();
        self.part = Part::Ballots;
        Ok(())
    }

    /// A weight, a withdrawn candidate, or the 0 that ends the ballots.
    fn first_word(&mut self, word: &[u8], at: usize) -> Result<(), ReadError> {
        if let [b'-', digits @ ..] = word {
            let candidate = self.candidate(digits, at)?;
            self.contest.candidates[usize::from(candidate)].withdrawn = true;
            return Ok(());
        }
        match number(word) {
            Some(0) => self.part = Part::Names,
            Some(weight) => {
                self.weight = Some(weight);
                self.marks.clear();
                self.rank = 0;
                self.is_joined = false;
            }
            None => {
                let shown = String::from_utf8_lossy(word).into_owned();
                let reason =
                    format!("the weight of a ballot is expected here, a whole number up to 2^64 - 1, not {shown}");
                return Err(broken(self.line, at, reason));
            }
        }
        Ok(())
    }

    fn preference(&mut self, word: &[u8], at: usize, weight: u64) -> Result<(), ReadError> {
        match word {
            b"0" if self.is_joined => return Err(broken(self.line, at, "a candidate is expected after =")),
            b"0" => {
                if self.marks.len() > 1 {
                    drop_repeated(&mut self.marks, &mut self.seen, self.line, &mut self.repairs);
                }
                self.weight = None;
                return add(&mut self.contest, weight, &self.marks, self.line);
            }
            b"-" => {
                self.rank = self.next_rank(at)?;
                return Ok(());
            }
            _ => {}
        }
        let candidate = self.candidate(word, at)?;
        if !std::mem::take(&mut self.is_joined) {
            self.rank = self.next_rank(at)?;
        }
        self.marks.push(Mark { candidate, value: self.rank });
        Ok(())
    }

    fn next_rank(&self, at: usize) -> Result<u16, ReadError> {
        self.rank
            .checked_add(1)
            .ok_or_else(|| broken(self.line, at, "the ballot has more ranks than there can be candidates"))
    }

    /// A candidate by number or nickname.
    fn candidate(&self, word: &[u8], at: usize) -> Result<u16, ReadError> {
        if let Some(candidate) = self.nicknames.get(word) {
            return Ok(*candidate);
        }
        let count = self.contest.candidates.len();
        let found = number(word)
            .and_then(|number| u16::try_from(number).ok())
            .filter(|it| *it >= 1 && usize::from(*it) <= count);
        found.map(|number| number - 1).ok_or_else(|| {
            let shown = String::from_utf8_lossy(word).into_owned();
            broken(self.line, at, format!("{shown} is no candidate; the file has candidates 1 to {count}"))
        })
    }

    /// Text of an option up to its bracket; answers where to go on.
    fn option_text(&mut self, line: &[u8], at: usize) -> Result<usize, ReadError> {
        let mut option = self.option.take().unwrap_or_default();
        let Some(end) = line[at..].iter().position(|byte| *byte == b']') else {
            option.extend_from_slice(&line[at..]);
            option.push(b' ');
            self.option = Some(option);
            return Ok(line.len());
        };
        option.extend_from_slice(&line[at..at + end]);
        let words: Vec<&[u8]> = option.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).collect();
        match words.split_first() {
            Some((&b"nick", names)) => {
                if names.len() != self.contest.candidates.len() {
                    let reason = format!("{} nicknames for {} candidates", names.len(), self.contest.candidates.len());
                    return Err(broken(self.line, at, reason));
                }
                self.nicknames = (0..).zip(names).map(|(place, name)| (name.to_vec(), place)).collect();
            }
            Some((&b"tie", names)) => {
                let order = names.iter().map(|name| self.candidate(name, at)).collect::<Result<_, _>>()?;
                self.contest.tie_order = order;
            }
            Some((&(b"withdrawn" | b"withdraw"), names)) => {
                for name in names {
                    let candidate = self.candidate(name, at)?;
                    self.contest.candidates[usize::from(candidate)].withdrawn = true;
                }
            }
            _ => {
                let shown = String::from_utf8_lossy(&option).trim().to_owned();
                self.repairs.note(self.line, &format!("the option [{shown}] is not known and was passed over"));
            }
        }
        Ok(at + end + 1)
    }

    /// A line of names: one in quotes or bare, or several in quotes.
    fn names(&mut self, line: &[u8]) {
        if self.texts.len() > self.contest.candidates.len() {
            if !line.trim_ascii().is_empty() {
                self.repairs.note(self.line, "text behind the title was passed over");
            }
            return;
        }
        for line in line.split(|byte| *byte == b'\r') {
            let mut line = line.trim_ascii();
            while let [rest @ .., b','] = line {
                self.repairs.note(self.line, "a comma at the end of a name was passed over");
                line = rest.trim_ascii_end();
            }
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            for name in quoted(line, self.line, &mut self.repairs) {
                let name = text(&name, self.line, &mut self.repairs);
                self.texts.push(name.trim().to_owned());
            }
        }
    }

    fn finish(mut self) -> Result<Contest, ReadError> {
        match self.part {
            Part::Header => {
                return Err(ReadError::broken(
                    self.line,
                    "",
                    "the file ends before the numbers of candidates and seats",
                ));
            }
            Part::Ballots => {
                let reason = "the file breaks off: the ballots do not end with a line that holds only 0";
                return Err(ReadError::broken(self.line, "", reason));
            }
            Part::Names => {}
        }
        let count = self.contest.candidates.len();
        if self.texts.len() < count {
            self.repairs.note(0, &format!("The file names {} of {count} candidates", self.texts.len()));
        }
        let mut texts = self.texts.into_iter();
        for (candidate, name) in self.contest.candidates.iter_mut().zip(texts.by_ref()) {
            candidate.name = name;
        }
        self.contest.title = texts.next().unwrap_or_default();
        self.contest.repairs = self.repairs.into_list();
        Ok(self.contest)
    }
}

/// The names in a line that is not empty.
fn quoted(line: &[u8], number: u64, repairs: &mut Repairs) -> Vec<Vec<u8>> {
    if !line.starts_with(b"\"") {
        repairs.note(number, "a name stands without quotes");
        return vec![line.to_vec()];
    }
    let mut names = Vec::new();
    let mut rest = line;
    while let [b'"', inner @ ..] = rest {
        // Closed by a quote that is not doubled and is followed by the end, white space, a comma or a comment.
        let mut name = Vec::new();
        let mut at = 0;
        let mut is_closed = false;
        while at < inner.len() {
            let next = inner.get(at + 1);
            match (inner[at], next) {
                (b'"', Some(b'"')) if !(inner[at + 2..].is_empty() && name.is_empty()) => {
                    repairs.note(number, "doubled quotes inside a name were read as one");
                    name.push(b'"');
                    at += 2;
                }
                (b'"', None | Some(b' ' | b'\t' | b',' | b'#' | b'/')) if is_last_quote(&inner[at + 1..]) => {
                    is_closed = true;
                    at += 1;
                    break;
                }
                (byte, _) => {
                    name.push(byte);
                    at += 1;
                }
            }
        }
        if !is_closed {
            repairs.note(number, "a name has no closing quote");
        }
        names.push(name);
        rest = inner[at..].trim_ascii_start();
        while let [b',', more @ ..] = rest {
            rest = more.trim_ascii_start();
        }
    }
    names
}

/// True where a quote closes a name: what follows is nothing, a comment, or the next name.
fn is_last_quote(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii_start();
    let rest = rest.strip_prefix(b",").map_or(rest, <[u8]>::trim_ascii_start);
    rest.is_empty() || rest.starts_with(b"\"") || rest.starts_with(b"#") || rest.starts_with(b"/*")
}
