//! ABIF, the aggregated ballot information format (<https://github.com/electorama/abif>): lines `weight: A>B=C`, with scores
//! (`27: A/5, B/2`) or bare lists (`5: A,B`), candidates declared as `=A:[Full Name]` or known by first mention, metadata in
//! braces, comments behind `#`.
//!
//! A file whose ballots rank (`>` or `=`) is one of ranks, whatever scores stand beside; one where every choice has a
//! score is one of scores; a file of bare lists is one of choices.

use std::collections::HashMap;
use std::io::BufRead;

use domain::contest::{Ballots, Candidate, Contest, Mark, MarksAre};

use super::{Lines, Repairs, broken, drop_repeated, number, text};
use crate::formats::ReadError;

/// Largest score that is read.
const HIGHEST: u64 = 65_535;

#[derive(Default)]
struct Reader {
    contest: Contest,
    repairs: Repairs,
    places: HashMap<String, u16>,
    /// Ballots as scores, as long as every choice has one.
    scored: Option<Ballots>,
    /// A ballot with `>` or `=`, or a single choice without a score, was seen.
    is_ranked: bool,
    /// A choice without a score was seen.
    has_bare: bool,
    seen: Vec<u64>,
}

pub(super) fn read<R: BufRead>(lines: &mut Lines<R>) -> Result<Contest, ReadError> {
    let mut reader = Reader { scored: Some(Ballots::default()), ..Reader::default() };
    let (mut line_number, mut has_content) = (0, false);
    let mut metadata = String::new();
    while let Some(line) = lines.next(&mut reader.repairs)? {
        line_number += 1;
        let trimmed = line.trim_ascii();
        let first = trimmed.first().copied();
        if first.is_none_or(|byte| byte == b'#') && metadata.is_empty() {
            continue;
        }
        has_content = true;
        let trimmed = match trimmed.strip_prefix(b"ABIF ") {
            // The version of the format, perhaps with metadata behind it.
            Some(rest) => {
                let Some(brace) = rest.iter().position(|byte| *byte == b'{') else { continue };
                &rest[brace..]
            }
            None => trimmed,
        };
        if trimmed.starts_with(b"{") || !metadata.is_empty() {
            metadata.push_str(&text(trimmed, line_number, &mut reader.repairs));
            if metadata.matches('{').count() <= metadata.matches('}').count() {
                reader.metadata(&std::mem::take(&mut metadata), line_number);
            }
            continue;
        }
        let before = trimmed.iter().position(|byte| *byte == b':').map(|colon| trimmed.split_at(colon));
        match before {
            _ if first == Some(b'=') => reader.declaration(&trimmed[1..], line_number)?,
            // A candidate or a setting, as older files write them.
            Some((_, [b':', b'[' | b'"', ..])) => reader.declaration(trimmed, line_number)?,
            Some((key, _)) if is_word(key) => {
                let key = String::from_utf8_lossy(key).into_owned();
                reader.repairs.note(line_number, &format!("the setting {key} was passed over"));
            }
            _ => reader.ballots(line, line_number)?,
        }
    }
    if !metadata.is_empty() {
        return Err(ReadError::broken(line_number, "", "the file breaks off inside braces"));
    }
    if !has_content {
        return Err(ReadError::broken(line_number, "", "the file is empty"));
    }
    reader.finish()
}

impl Reader {
    /// `{"title": "..."}`; what else it tells is not needed.
    fn metadata(&mut self, given: &str, line: u64) {
        match serde_json::from_str::<serde_json::Value>(given) {
            Ok(given) => {
                if let Some(title) = given["title"].as_str() {
                    title.clone_into(&mut self.contest.title);
                }
                let seats = given["seats"].as_u64().or_else(|| given["max_winners"].as_u64());
                self.contest.seats = seats.and_then(|seats| u32::try_from(seats).ok()).or(self.contest.seats);
            }
            Err(_) => match given.trim_matches(['{', '}']).split_once(':') {
                Some((key, value)) if key.trim().trim_matches(['"', '\'']) == "title" => {
                    value.trim().trim_matches(['"', '\'']).clone_into(&mut self.contest.title);
                }
                _ => self.repairs.note(line, "metadata in braces is no JSON and was passed over"),
            },
        }
    }

    /// `A:[Full Name]`, or `[Full Name]:A`.
    fn declaration(&mut self, line: &[u8], line_number: u64) -> Result<(), ReadError> {
        let line = text(line, line_number, &mut self.repairs);
        let split = if line.trim_start().starts_with('[') {
            line.split_once("]:").map(|(name, token)| (token, name.trim_start().trim_start_matches('[')))
        } else {
            line.split_once(':')
        };
        let Some((token, name)) = split else {
            return Err(broken(line_number, 0, "a candidate is declared as =ID:[Full Name]"));
        };
        let name = name.trim().trim_matches(['[', ']', '"']).trim().to_owned();
        let place = self.place(unwrapped(token), line_number)?;
        self.contest.candidates[usize::from(place)].name = name;
        Ok(())
    }

    fn place(&mut self, token: &str, line: u64) -> Result<u16, ReadError> {
        if let Some(place) = self.places.get(token) {
            return Ok(*place);
        }
        // A ballot may write out the full name of a declared candidate.
        let named = self.contest.candidates.iter().position(|candidate| candidate.name == token);
        let place = named.unwrap_or(self.contest.candidates.len());
        if place >= Mark::MAX_CANDIDATES {
            return Err(ReadError::broken(line, "", "the file has more candidates than can be read"));
        }
        let place = u16::try_from(place).unwrap_or(u16::MAX);
        if named.is_none() {
            let (id, name) = (token.to_owned(), token.to_owned());
            self.contest.candidates.push(Candidate { id, name, withdrawn: false });
        }
        self.places.insert(token.to_owned(), place);
        Ok(place)
    }

    /// `weight: choices`.
    fn ballots(&mut self, line: &[u8], line_number: u64) -> Result<(), ReadError> {
        let colon = line.iter().position(|byte| *byte == b':');
        let Some(votes) = colon.and_then(|colon| number(line[..colon].trim_ascii())) else {
            return Err(broken(
                line_number,
                0,
                "a whole number of ballots and a colon are expected before the choices",
            ));
        };
        let start = colon.map_or(0, |colon| colon + 1);
        let mut ranks: Vec<Mark> = Vec::new();
        let mut scores: Vec<Mark> = Vec::new();
        let (mut rank, mut is_ordered, mut at) = (1_u16, false, start);
        loop {
            let (token, next) = token(line, at, line_number)?;
            if token.is_empty() {
                if !ranks.is_empty() || line.get(next).is_some_and(|byte| *byte != b'#') {
                    return Err(broken(line_number, next.min(line.len()), "a candidate is expected here"));
                }
                break;
            }
            let token = text(token, line_number, &mut self.repairs);
            let candidate = self.place(unwrapped(&token), line_number)?;
            ranks.push(Mark { candidate, value: rank });
            at = skip_space(line, next);
            if line.get(at) == Some(&b'/') {
                let from = skip_space(line, at + 1);
                let end =
                    line[from..].iter().position(|byte| !byte.is_ascii_digit()).map_or(line.len(), |end| from + end);
                let Some(score) = number(&line[from..end]).filter(|score| *score <= HIGHEST) else {
                    return Err(broken(line_number, from, "a score is expected after /, a whole number up to 65535"));
                };
                scores.push(Mark { candidate, value: u16::try_from(score).unwrap_or(u16::MAX) });
                at = skip_space(line, end);
            }
            match line.get(at) {
                Some(b'>') => (rank, is_ordered) = (rank.saturating_add(1), true),
                Some(b'=') => is_ordered = true,
                Some(b',') => {}
                None | Some(b'#') => break,
                Some(_) => return Err(broken(line_number, at, "one of > = , is expected here")),
            }
            at += 1;
        }
        self.is_ranked |= is_ordered;
        let is_scored = scores.len() == ranks.len();
        self.has_bare |= !is_scored;
        if is_scored && !is_ordered && scores.windows(2).any(|two| two[0].value != two[1].value) {
            ranks_of_scores(&scores, &mut ranks);
        }
        drop_repeated(&mut ranks, &mut self.seen, line_number, &mut self.repairs);
        drop_repeated(&mut scores, &mut self.seen, line_number, &mut self.repairs);
        super::add(&mut self.contest, votes, &ranks, line_number)?;
        match &mut self.scored {
            Some(ballots) if is_scored => {
                ballots.add(votes, &scores).map_err(|error| ReadError::broken(line_number, "", error.to_string()))?;
            }
            other => *other = None,
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Contest, ReadError> {
        self.contest.marks_are = MarksAre::Ranks;
        if !self.is_ranked {
            if let Some(scored) = self.scored.filter(|_| !self.has_bare) {
                self.contest.ballots = scored;
                self.contest.marks_are = MarksAre::Scores;
            } else {
                // Every rank is 1, which is what a choice is as well.
                self.contest.marks_are = MarksAre::Choices;
            }
        }
        self.contest.repairs = self.repairs.into_list();
        Ok(self.contest)
    }
}

/// The name of a setting.
fn is_word(key: &[u8]) -> bool {
    key.first().is_some_and(u8::is_ascii_alphabetic)
        && key.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Ranks by falling scores; equal scores share a rank.
fn ranks_of_scores(scores: &[Mark], ranks: &mut Vec<Mark>) {
    let mut sorted = scores.to_vec();
    sorted.sort_by_key(|mark| std::cmp::Reverse(mark.value));
    ranks.clear();
    let (mut rank, mut last) = (0, None);
    for mark in sorted {
        if last != Some(mark.value) {
            rank += 1;
            last = Some(mark.value);
        }
        ranks.push(Mark { candidate: mark.candidate, value: rank });
    }
}

fn skip_space(line: &[u8], at: usize) -> usize {
    line[at..].iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\r')).map_or(line.len(), |space| at + space)
}

/// The token at a byte and where it ends: in brackets or quotes, or up to the next sign.
fn token(line: &[u8], at: usize, line_number: u64) -> Result<(&[u8], usize), ReadError> {
    let start = skip_space(line, at);
    let closing = match line.get(start) {
        Some(b'[') => Some(b']'),
        Some(b'"') => Some(b'"'),
        _ => None,
    };
    if let Some(closing) = closing {
        let Some(end) = line[start + 1..].iter().position(|byte| *byte == closing) else {
            return Err(broken(line_number, start, "a name does not end in this line"));
        };
        let end = start + end + 2;
        return Ok((&line[start..end], end));
    }
    let is_end = |byte: &u8| matches!(byte, b'>' | b'=' | b',' | b'/' | b'#');
    let end = line[start..].iter().position(is_end).map_or(line.len(), |end| start + end);
    Ok((line[start..end].trim_ascii_end(), end))
}

/// A token without its brackets or quotes.
fn unwrapped(token: &str) -> &str {
    token.trim().trim_matches(['[', ']', '"']).trim()
}
