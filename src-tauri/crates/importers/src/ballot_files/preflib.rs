//! PrefLib's files of orders (<https://preflib.github.io/PrefLib-Jekyll/format>): header lines behind `#`, then
//! `count: 1,{2,3},4`. `.soc` and `.toc` are complete, `.soi` and `.toi` incomplete, `t` allows ties in braces. The older form
//! (number of candidates, `number,name` lines, a line of sums, `count,1,2`) is read as well. No seats are told.

use std::io::BufRead;

use domain::contest::{Candidate, Contest, Mark};

use super::{Lines, Repairs, add, broken, drop_repeated, number, text};
use crate::formats::ReadError;

pub(super) fn read<R: BufRead>(lines: &mut Lines<R>) -> Result<Contest, ReadError> {
    let mut contest = Contest::default();
    let mut repairs = Repairs::default();
    let (mut told_voters, mut line_number) = (None, 0);
    let mut marks: Vec<Mark> = Vec::new();
    let mut seen = Vec::new();
    // Lines of the older header that are still to come: names, then the sums.
    let mut old_header: Option<usize> = None;
    while let Some(line) = lines.next(&mut repairs)? {
        line_number += 1;
        let bytes = line.trim_ascii();
        if bytes.is_empty() {
            continue;
        }
        if let [b'#', header @ ..] = bytes {
            let header = text(header, line_number, &mut repairs);
            told_voters = header_line(&header, line_number, &mut contest)?.or(told_voters);
            continue;
        }
        if contest.candidates.is_empty() && old_header.is_none() {
            let count = number(bytes).filter(|count| *count <= Mark::MAX_CANDIDATES as u64);
            let Some(count) = count.and_then(|count| usize::try_from(count).ok()) else {
                return Err(broken(line_number, 0, "the number of candidates is expected before the first order"));
            };
            old_header = Some(count + 1);
            continue;
        }
        if let Some(left) = old_header {
            if left > 1 {
                let name = bytes.iter().position(|byte| *byte == b',').map_or(&b""[..], |comma| &bytes[comma + 1..]);
                let name = text(name.trim_ascii(), line_number, &mut repairs);
                let id = (contest.candidates.len() + 1).to_string();
                contest.candidates.push(Candidate { id, name, withdrawn: false });
                old_header = Some(left - 1);
                continue;
            }
            if left == 1 {
                told_voters = bytes.split(|byte| *byte == b',').next().and_then(number);
                old_header = Some(0);
                continue;
            }
        }
        let separator = if old_header.is_some() { b',' } else { b':' };
        let Some(end) = line.iter().position(|byte| *byte == separator) else {
            return Err(broken(line_number, 0, "a number of ballots and a colon are expected before an order"));
        };
        let Some(votes) = number(line[..end].trim_ascii()) else {
            return Err(broken(line_number, 0, "the number of ballots is no whole number up to 2^64 - 1"));
        };
        order(line, end + 1, line_number, contest.candidates.len(), &mut marks)?;
        drop_repeated(&mut marks, &mut seen, line_number, &mut repairs);
        add(&mut contest, votes, &marks, line_number)?;
    }
    if contest.candidates.is_empty() {
        return Err(ReadError::broken(line_number, "", "the file ends before the number of candidates"));
    }
    if old_header.is_some_and(|left| left > 0) {
        return Err(ReadError::broken(line_number, "", "the file breaks off in its header"));
    }
    if let Some(told) = told_voters
        && told != contest.ballots.votes()
    {
        let reason = format!(
            "the header tells of {told} voters and the orders hold {}; the file is cut off or altered",
            contest.ballots.votes()
        );
        return Err(ReadError::broken(line_number, "", reason));
    }
    contest.repairs = repairs.into_list();
    Ok(contest)
}

/// A line of the header; answers the number of voters where it tells it.
fn header_line(header: &str, line: u64, contest: &mut Contest) -> Result<Option<u64>, ReadError> {
    let Some((key, value)) = header.split_once(':') else { return Ok(None) };
    let (key, value) = (key.trim().to_ascii_uppercase(), value.trim());
    match key.as_str() {
        "TITLE" => value.clone_into(&mut contest.title),
        "NUMBER VOTERS" => return Ok(number(value.as_bytes())),
        "NUMBER ALTERNATIVES" => {
            let count = number(value.as_bytes()).filter(|count| *count <= Mark::MAX_CANDIDATES as u64);
            let Some(count) = count else {
                return Err(broken(line, 0, format!("{value} is no number of candidates that can be read")));
            };
            contest.candidates =
                (1..=count).map(|number| Candidate { id: number.to_string(), ..Candidate::default() }).collect();
        }
        "DATA TYPE" if !matches!(value, "soc" | "soi" | "toc" | "toi") => {
            return Err(broken(
                line,
                0,
                format!("the data type {value} is no list of orders; soc, soi, toc and toi are read"),
            ));
        }
        _ => {
            if let Some(candidate) = key.strip_prefix("ALTERNATIVE NAME ") {
                let place = number(candidate.trim().as_bytes()).and_then(|number| usize::try_from(number).ok());
                match place.and_then(|place| contest.candidates.get_mut(place.wrapping_sub(1))) {
                    Some(candidate) => value.clone_into(&mut candidate.name),
                    None => return Err(broken(line, 0, format!("{candidate} is no candidate of this file"))),
                }
            }
        }
    }
    Ok(None)
}

/// One order from a byte of the line on.
fn order(
    line: &[u8],
    start: usize,
    number_of_line: u64,
    candidates: usize,
    marks: &mut Vec<Mark>,
) -> Result<(), ReadError> {
    marks.clear();
    let mut rank = 0_u16;
    let mut in_braces = false;
    let mut at = start;
    while at < line.len() {
        match line[at] {
            b' ' | b'\t' | b',' | b'\r' => at += 1,
            b'{' if !in_braces => {
                in_braces = true;
                rank = rank.saturating_add(1);
                at += 1;
            }
            b'}' if in_braces => {
                in_braces = false;
                at += 1;
            }
            _ => {
                let end = line[at..].iter().position(|byte| !byte.is_ascii_digit()).map_or(line.len(), |end| at + end);
                let found = number(&line[at..end]).and_then(|number| u16::try_from(number).ok());
                let Some(candidate) = found.filter(|it| *it >= 1 && usize::from(*it) <= candidates) else {
                    let shown = String::from_utf8_lossy(&line[at..end.max(at + 1)]).into_owned();
                    return Err(broken(
                        number_of_line,
                        at,
                        format!("{shown} is no candidate; the file has candidates 1 to {candidates}"),
                    ));
                };
                if !in_braces {
                    rank = rank.saturating_add(1);
                }
                marks.push(Mark { candidate: candidate - 1, value: rank });
                at = end;
            }
        }
    }
    if in_braces {
        return Err(broken(number_of_line, line.len(), "a tie does not end with a brace"));
    }
    Ok(())
}
