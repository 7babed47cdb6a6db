//! Ten thousand random changes of signed fields, in odd ways of writing: each one is found while the file is read, and again
//! from the case; and no vote is accused that means what was signed.
//!
//! What was signed is told here once more, from the description of the format, so that the program's own rule is not its
//! own judge.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::{KeyRing, Unwatched};
use testkit::generate::{Options, generate};
use workflow::Case;

const VOTES: u64 = 20_204;
const CHANGES: usize = 10_102;

/// Random numbers that are the same everywhere.
struct Draws(u64);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % limit
    }
}

/// Columns of the votes that the signature covers, and the signature itself.
const SIGNED: [&str; 11] = [
    "id",
    "election_id",
    "candidate_id",
    "voter_hash",
    "position",
    "vote_rank",
    "voted_at",
    "vote_signature",
    "is_proxy_vote",
    "proxy_delegating_user_id",
    "is_manual",
];

/// Ways to change a text a little.
fn altered(text: &str, draws: &mut Draws) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = if letters.is_empty() { 0 } else { draws.below(letters.len()) };
    match draws.below(12) {
        0 => text.to_uppercase(),
        1 => format!("{text} "),
        2 => format!(" {text}"),
        3 => format!("{text}\u{200b}"),
        4 => String::new(),
        5 => format!("{text}0"),
        6 => text.replace('-', "\u{2010}"),
        7 => text.replace(' ', "T"),
        8 => format!("{text}.5"),
        9 => text.replace('e', "\u{435}"),
        10 if !letters.is_empty() => {
            letters.remove(at);
            letters.into_iter().collect()
        }
        _ if !letters.is_empty() => {
            letters[at] = char::from(b"0123456789abcdef:-,\"'"[draws.below(21)]);
            letters.into_iter().collect()
        }
        _ => "1".to_owned(),
    }
}

/// Digits of a time as they are signed; any other text stands as it is.
fn signed_time(text: Option<&str>) -> String {
    let Some(text) = text else { return "None".to_owned() };
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| -> Option<u32> {
        let part = text.get(from..to).filter(|part| part.bytes().all(|byte| byte.is_ascii_digit()))?;
        part.parse().ok()
    };
    let is_shaped = bytes.len() >= 19
        && [(4, b'-'), (7, b'-'), (13, b':'), (16, b':')].iter().all(|(at, byte)| bytes[*at] == *byte)
        && matches!(bytes[10], b' ' | b'T');
    let parts =
        (|| Some([digits(0, 4)?, digits(5, 7)?, digits(8, 10)?, digits(11, 13)?, digits(14, 16)?, digits(17, 19)?]))();
    let rest_is_fraction = |rest: &str| {
        rest.is_empty()
            || rest
                .strip_prefix('.')
                .is_some_and(|rest| (1..=9).contains(&rest.len()) && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    match parts {
        Some([year, month, day, hour, minute, second])
            if is_shaped
                && rest_is_fraction(&text[19..])
                && (1..=12).contains(&month)
                && (1..=28).contains(&day)
                && hour < 24
                && minute < 60
                && second < 60 =>
        {
            format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
        }
        _ => text.to_owned(),
    }
}

/// A stored flag as it is signed: numbers and the words that dumps use; anything else stands as it is.
fn signed_flag(text: Option<&str>) -> String {
    match text.map(str::trim) {
        None | Some("" | "0" | "false" | "False" | "FALSE" | "f" | "b'0'") => "False".to_owned(),
        Some("1" | "true" | "True" | "TRUE" | "t" | "b'1'") => "True".to_owned(),
        Some(other) => match other.parse::<i64>() {
            Ok(number) => if number == 0 { "False" } else { "True" }.to_owned(),
            Err(_) => text.unwrap_or_default().to_owned(),
        },
    }
}

/// The text behind a signature and the signature, from the fields of a row; an empty field is NULL.
fn signed(names: &[String], fields: &[String]) -> (String, String) {
    let field = |name: &str| -> Option<&str> {
        let index = names.iter().position(|known| known == name)?;
        Some(fields[index].as_str()).filter(|text| !text.is_empty() && *text != "NULL")
    };
    let or_none = |name: &str| field(name).unwrap_or("None").to_owned();
    let voter = field("voter_hash").or(field("voter_id")).unwrap_or("None").to_owned();
    let parts = [
        or_none("id"),
        or_none("election_id"),
        or_none("candidate_id"),
        voter,
        or_none("position"),
        or_none("vote_rank"),
        signed_flag(field("is_proxy_vote")),
        or_none("proxy_delegating_user_id"),
        signed_time(field("voted_at")),
        signed_flag(field("is_manual")),
    ];
    (parts.join(":"), or_none("vote_signature"))
}

fn read(path: &Path) -> (Vec<String>, Vec<Vec<String>>) {
    let text = fs::read_to_string(path).expect("the export");
    let mut lines = text.lines().map(|line| line.split(',').map(str::to_owned).collect::<Vec<_>>());
    (lines.next().expect("a header"), lines.collect())
}

fn write(path: &Path, names: &[String], rows: &[Vec<String>]) {
    let quoted = |field: &String| {
        let is_plain = !field.contains([',', '"', '\n', '\r']) && field.trim() == field;
        if is_plain { field.clone() } else { format!("\"{}\"", field.replace('"', "\"\"")) }
    };
    let mut text = names.join(",") + "\n";
    for row in rows {
        text.push_str(&row.iter().map(quoted).collect::<Vec<_>>().join(","));
        text.push('\n');
    }
    fs::write(path, text).expect("written");
}

#[test]
fn every_change_of_a_signed_field_is_found_while_reading_and_from_the_case() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("export");
    generate(&Options { votes: VOTES, out: out.clone(), ..Options::default() }).expect("an export");
    let file = out.join("votes.csv");
    let (names, mut rows) = read(&file);
    let before: Vec<(String, String)> = rows.iter().map(|row| signed(&names, row)).collect();
    let mut draws = Draws(20_261_121);
    let step = rows.len() / CHANGES;
    for (changed, row) in rows.iter_mut().step_by(step).take(CHANGES).enumerate() {
        let column = SIGNED[changed % SIGNED.len()];
        let index = names.iter().position(|name| name == column).expect("a column");
        let (stored, meant) = (row[index].clone(), signed(&names, row));
        for _ in 0..1000 {
            row[index] = altered(&stored, &mut draws);
            // Without the first three a row is no vote and is refused by name, which another test looks at.
            if signed(&names, row) != meant && (index > 2 || !row[index].is_empty()) {
                break;
            }
        }
        // Every hundredth is also written in another way that means the same, and must not be accused for it.
        if changed % 100 == 0 {
            row[index] = stored;
            let time = names.iter().position(|name| name == "voted_at").expect("a column");
            row[time] = row[time].replace(' ', "T") + ".000";
        }
    }
    let expected: BTreeSet<u64> = (1u64..)
        .zip(rows.iter().zip(&before))
        .filter(|(_, (row, before))| signed(&names, row) != **before)
        .map(|(number, _)| number)
        .collect();
    assert_eq!(expected.len(), CHANGES - CHANGES.div_ceil(100), "every draw changes something");
    write(&file, &names, &rows);

    let mut keys = KeyRing::default();
    workflow::read_key_file(&out.join("keys.env"), &mut keys).expect("keys");
    let inputs: Vec<PathBuf> =
        ["votes.csv", "elections.json", "candidates.json"].iter().map(|name| out.join(name)).collect();
    let found = |open: &[domain::Place]| -> BTreeSet<u64> { open.iter().map(|place| place.row).collect() };
    let differ = |found: &BTreeSet<u64>| {
        let lines = found.symmetric_difference(&expected).take(5);
        lines.map(|row| (*row, rows[usize::try_from(*row - 1).expect("small")].clone())).collect::<Vec<_>>()
    };

    let read = Case::check_files(&inputs, None, &keys, &Unwatched).expect("readable");
    let in_files = found(&read.open);
    assert_eq!(in_files, expected, "while reading: {:?}", differ(&in_files));
    let mut case = Case::create(&folder.path().join("case.scrutineer"), "changes").expect("a case");
    let plan = case.import_checked(&inputs, None, false, Some(&keys), &Unwatched).expect("an import");
    assert_eq!(plan.rejects.len(), 0, "every row is a vote");
    assert_eq!(found(&plan.signatures.expect("checked").open), expected, "in the pass of importing");
    let again = case.check_signatures(&keys, &Unwatched).expect("readable");
    let from_case = found(&again.open);
    assert_eq!(from_case, expected, "from the case: {:?}", differ(&from_case));
}
