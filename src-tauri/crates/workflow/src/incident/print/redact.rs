//! Blacks out personal data in a finished paper: names that the case knows, mail addresses, telephone numbers, addresses of
//! computers. Each value becomes the same token wherever it stands ("Person 1"), so that a reader can still follow who did
//! what. What was blacked out is listed by kind and number, never by value.
//!
//! Hashes, ids, versions and times stay: without them nobody could hold the copy against the original.

use std::collections::BTreeMap;

use domain::PaperSection;
use domain::paper::{Paper, PaperPart};

use super::known::{number, table, text};
use super::{RedactedKind, Redaction};

/// Values of one kind with their tokens.
#[derive(Default)]
struct Kind {
    word: &'static str,
    numbers: BTreeMap<String, usize>,
    /// Values that stood somewhere.
    used: std::collections::BTreeSet<usize>,
    places: usize,
}

impl Kind {
    fn new(word: &'static str) -> Self {
        Self { word, ..Self::default() }
    }

    /// The token of a value; the same for the same value.
    fn token(&mut self, value: &str) -> String {
        let next = self.numbers.len() + 1;
        let number = *self.numbers.entry(value.to_lowercase()).or_insert(next);
        self.used.insert(number);
        self.places += 1;
        format!("{} {number}", self.word)
    }

    fn told(&self, kind: &str) -> RedactedKind {
        RedactedKind { kind: kind.to_owned(), values: self.used.len(), places: self.places }
    }
}

/// A name, whole or in part, and the whole name that it stands for.
struct Known {
    found: String,
    whole: String,
    /// Parts must be written with their capital letter, so that "May" hides no "may".
    is_part: bool,
}

/// Blacks out what is asked for, and adds a list of it to the paper. `names` are those that the case knows, in a fixed order.
pub(super) fn apply(paper: &mut Paper, redaction: Redaction, names: &[String]) -> Vec<RedactedKind> {
    let (mut people, mut mails, mut phones, mut hosts) =
        (Kind::new("Person"), Kind::new("Mail address"), Kind::new("Telephone number"), Kind::new("Computer address"));
    let known = known_names(names);
    for name in names {
        let next = people.numbers.len() + 1;
        people.numbers.entry(name.to_lowercase()).or_insert(next);
    }
    paper.visit_texts(&mut |text: &mut String| {
        if redaction.emails {
            *text = replace(text, next_mail, &mut mails);
        }
        if redaction.addresses {
            *text = replace(text, next_address, &mut hosts);
        }
        if redaction.phones {
            *text = replace(text, next_phone, &mut phones);
        }
        if redaction.names {
            *text = replace_names(text, &known, &mut people);
        }
    });
    let told: Vec<RedactedKind> = [
        (redaction.names, people.told("Names of people")),
        (redaction.emails, mails.told("Mail addresses")),
        (redaction.phones, phones.told("Telephone numbers")),
        (redaction.addresses, hosts.told("Addresses of computers")),
    ]
    .into_iter()
    .filter_map(|(is_asked, told)| is_asked.then_some(told))
    .collect();
    add_list(paper, &told);
    told
}

fn add_list(paper: &mut Paper, told: &[RedactedKind]) {
    let rows: Vec<Vec<String>> =
        told.iter().map(|one| vec![one.kind.clone(), one.values.to_string(), one.places.to_string()]).collect();
    let columns = vec![text("Kind", 24), number("Different values"), number("Places")];
    let list = table("redacted", "Nothing was blacked out.", columns, rows);
    let word = "Personal data was blacked out in this copy. A token such as \"Person 1\" stands for the same value everywhere; the original is with the office.";
    paper.sections.push(PaperSection {
        id: "redacted".to_owned(),
        title: "What was blacked out".to_owned(),
        parts: vec![PaperPart::Text(word.to_owned()), PaperPart::Table(list)],
    });
    paper.title.push_str(" (redacted copy)");
}

/// Whole names, and the words of names that have several; the longest first.
fn known_names(names: &[String]) -> Vec<Known> {
    let mut all: Vec<Known> = Vec::new();
    let mut add = |found: &str, whole: &str, is_part: bool| {
        if !all.iter().any(|known| known.found.eq_ignore_ascii_case(found)) {
            all.push(Known { found: found.to_owned(), whole: whole.to_owned(), is_part });
        }
    };
    for name in names {
        add(name, name, false);
    }
    for name in names {
        let words: Vec<&str> = name.split_whitespace().collect();
        for word in words.iter().filter(|_| words.len() > 1) {
            let word = word.trim_matches(|letter: char| !letter.is_alphanumeric());
            let is_name = word.chars().count() >= 3 && word.chars().next().is_some_and(char::is_uppercase);
            if is_name && word.chars().any(char::is_lowercase) {
                add(word, name, true);
            }
        }
    }
    all.sort_by_key(|known| std::cmp::Reverse(known.found.len()));
    all
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric()
}

/// Replaces what `next` finds, over and over.
fn replace(text: &str, next: fn(&str) -> Option<(usize, usize)>, kind: &mut Kind) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((from, to)) = next(rest) {
        out.push_str(&rest[..from]);
        out.push_str(&kind.token(&rest[from..to]));
        rest = &rest[to..];
    }
    out.push_str(rest);
    out
}

fn replace_names(text: &str, known: &[Known], kind: &mut Kind) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before: Option<char> = None;
    let mut rest = text;
    'text: while let Some(letter) = rest.chars().next() {
        if !before.is_some_and(is_word) {
            for known in known {
                let Some(length) = starts_with(rest, &known.found, !known.is_part) else { continue };
                if rest[length..].chars().next().is_some_and(is_word) {
                    continue;
                }
                out.push_str(&kind.token(&known.whole));
                before = rest[..length].chars().next_back();
                rest = &rest[length..];
                continue 'text;
            }
        }
        out.push(letter);
        before = Some(letter);
        rest = &rest[letter.len_utf8()..];
    }
    out
}

/// Bytes of `text` that are `wanted`, where it begins with it.
fn starts_with(text: &str, wanted: &str, ignores_case: bool) -> Option<usize> {
    let mut length = 0;
    let mut letters = text.chars();
    for expected in wanted.chars() {
        let letter = letters.next()?;
        let is_same = letter == expected || ignores_case && letter.to_lowercase().eq(expected.to_lowercase());
        if !is_same {
            return None;
        }
        length += letter.len_utf8();
    }
    Some(length)
}

/// The next mail address: letters, an at sign, a name with a dot.
fn next_mail(text: &str) -> Option<(usize, usize)> {
    let is_local = |letter: char| letter.is_alphanumeric() || "._%+-'".contains(letter);
    let is_host = |letter: char| letter.is_alphanumeric() || ".-".contains(letter);
    for (at, _) in text.match_indices('@') {
        let before = text[..at].chars().rev().take_while(|letter| is_local(*letter));
        let from = at - before.map(char::len_utf8).sum::<usize>();
        let behind = text[at + 1..].chars().take_while(|letter| is_host(*letter));
        let to = at + 1 + behind.map(char::len_utf8).sum::<usize>();
        let host = text[at + 1..to].trim_end_matches(['.', '-']);
        if from < at && host.len() > 2 && host.contains('.') {
            return Some((from, at + 1 + host.len()));
        }
    }
    None
}

/// The next telephone number: with a plus or a leading zero from seven digits on, or in the groups 555-0123. Times, dates, ids and digests
/// are none.
fn next_phone(text: &str) -> Option<(usize, usize)> {
    let is_part = |letter: char| letter.is_ascii_digit() || " -./()\u{a0}".contains(letter);
    let mut from = 0;
    while from < text.len() {
        let rest = &text[from..];
        let letter = rest.chars().next()?;
        let before = text[..from].chars().next_back();
        let begins = letter.is_ascii_digit() || letter == '+' || letter == '(';
        let is_free = !before.is_some_and(|before| is_word(before) || "-_.:/+".contains(before));
        if !begins || !is_free {
            from += letter.len_utf8();
            continue;
        }
        let sign = usize::from(letter == '+');
        let run: usize = rest[sign..].chars().take_while(|letter| is_part(*letter)).map(char::len_utf8).sum();
        let run = sign + run;
        let number = rest[..run].trim_end_matches(|letter: char| !letter.is_ascii_digit());
        let behind = rest[number.len()..].chars().next();
        let is_cut = behind.is_some_and(|behind| is_word(behind) || behind == ':' || behind == '_')
            || run > 0
                && !rest[..run].ends_with(' ')
                && rest[run..].chars().next().is_some_and(|behind| is_word(behind) || ":_".contains(behind));
        if !is_cut && is_phone(number) {
            return Some((from, from + number.len()));
        }
        // A run that is none may still hold one behind a space: "at 12 +43 1 234567".
        from += rest[..run.max(1)].find([' ', '\u{a0}']).map_or(run.max(letter.len_utf8()), |space| space + 1);
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    None
}

fn is_phone(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    if !(7..=15).contains(&digits) {
        return false;
    }
    if number.starts_with('+') || number.starts_with('(') {
        return true;
    }
    let groups: Vec<&str> =
        number.split([' ', '-', '.', '/', '(', ')', '\u{a0}']).filter(|group| !group.is_empty()).collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    match lengths.as_slice() {
        [3, 4] | [3, 3, 4] | [1, 3, 3, 4] => true,
        // 0664 1234567, 0043 1 23 45 67; not 0.1234567, and no date.
        [first, ..] if number.starts_with('0') => *first >= 2,
        _ => false,
    }
}

/// The next address of a computer: four numbers up to 255, or the groups of version 6.
fn next_address(text: &str) -> Option<(usize, usize)> {
    let is_part = |letter: char| letter.is_ascii_hexdigit() || ".:".contains(letter);
    let mut from = 0;
    while from < text.len() {
        let rest = &text[from..];
        let letter = rest.chars().next()?;
        let is_free = !text[..from].chars().next_back().is_some_and(|before| is_word(before) || ".:".contains(before));
        if !is_part(letter) || !is_free {
            from += letter.len_utf8();
            continue;
        }
        let run: usize = rest.chars().take_while(|letter| is_part(*letter)).map(char::len_utf8).sum();
        let whole = &rest[..run];
        let trimmed = if whole.ends_with("::") { whole } else { whole.trim_end_matches(['.', ':']) };
        let is_cut = rest[run..].chars().next().is_some_and(is_word);
        if !is_cut {
            if is_version_4(trimmed) || is_version_6(trimmed) {
                return Some((from, from + trimmed.len()));
            }
            // An address with a port.
            if let Some((host, port)) = trimmed.rsplit_once(':')
                && is_version_4(host)
                && port.bytes().all(|byte| byte.is_ascii_digit())
            {
                return Some((from, from + host.len()));
            }
        }
        from += run.max(1);
    }
    None
}

fn is_version_4(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.len() <= 3 && part.parse::<u8>().is_ok())
}

fn is_version_6(text: &str) -> bool {
    let groups: Vec<&str> = text.split(':').collect();
    let is_group = |group: &&str| group.len() <= 4 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    let shortened = text.matches("::").count();
    let has_room = if shortened == 1 { groups.len() <= 8 } else { groups.len() == 8 };
    let has_digits = groups.iter().any(|group| !group.is_empty());
    // Without the short form all eight groups are there, so no time of day is one.
    shortened <= 1
        && has_room
        && has_digits
        && groups.iter().all(is_group)
        && (shortened == 1 || groups.iter().all(|group| !group.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redacted(text: &str, names: &[&str]) -> String {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut paper = Paper { heading: text.to_owned(), ..Paper::default() };
        apply(&mut paper, Redaction::ALL, &names);
        paper.heading
    }

    #[test]
    fn names_are_found_whole_and_in_part_and_keep_their_token() {
        let names = ["Anna Berg", "Ben"];
        for (text, expected) in [
            ("Anna Berg called ben; Berg's answer", "Person 1 called Person 2; Person 1's answer"),
            ("ANNA BERG and Anna", "Person 1 and Person 1"),
            ("Annabel, Bergen and Benedict stay", "Annabel, Bergen and Benedict stay"),
            ("a berg of ice", "a berg of ice"),
            ("/home/ben/log", "/home/Person 2/log"),
        ] {
            assert_eq!(redacted(text, &names), expected);
        }
    }

    #[test]
    fn mails_phones_and_addresses_go() {
        for (text, expected) in [
            ("Write to a.b@example.org, or A.B@EXAMPLE.ORG.", "Write to Mail address 1, or Mail address 1."),
            ("+1-555-0123 or (01) 234 56 78", "Telephone number 1 or Telephone number 2"),
            ("call 555-0123 at 12", "call Telephone number 1 at 12"),
            ("call 0664 1234567, twice", "call Telephone number 1, twice"),
            ("room 12 +43 1 234567", "room 12 Telephone number 1"),
            ("from 10.0.0.7:443 and 2001:db8::1", "from Computer address 1:443 and Computer address 2"),
        ] {
            assert_eq!(redacted(text, &[]), expected, "{text}");
        }
    }

    #[test]
    fn times_ids_digests_and_versions_stay() {
        for text in [
            "2026-11-21 12:00:00 UTC",
            "2026-11-21T12:00:00.123456+00:00",
            "INC-2026-11-21-001, EV-0001",
            "01234567-89ab-4cde-8f01-23456789abcd",
            "0123456789012345678901234567890123456789012345678901234567890123",
            "deadbeef00112233445566778899aabbccddeeff00112233445566778899aabb",
            "version 1.0.0, 12 of 13, 0.35, 100 %, 1,234,567 votes",
            "12:00:00",
            "hold-close-and-tally",
        ] {
            assert_eq!(redacted(text, &[]), text);
        }
    }
}
