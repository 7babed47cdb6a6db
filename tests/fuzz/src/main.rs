//! One program for all targets; the environment variable `FUZZ_TARGET` names the one to run. libFuzzer drives it: it
//! keeps every input that reaches new code, and changes those further.
//!
//! The properties are those of `testkit::properties`. A target only turns bytes into their arguments.
#![no_main]

use std::cell::OnceCell;
use std::path::Path;

use importers::formats::delimited::Style;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;
use testkit::archive::{self, Member};
use testkit::properties::json::Form;
use testkit::properties::{delimited, files, json, sql, stored};

/// Every target by its name.
const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("delimited_quoted", |bytes| delimited_text(bytes, Style::Quoted)),
    ("delimited_escaped", |bytes| delimited_text(bytes, Style::Escaped)),
    ("delimited_plain", |bytes| delimited_text(bytes, Style::Plain)),
    ("json_rows", json_rows),
    ("json_canonical", |bytes| as_text(bytes, json::canonical_form_holds)),
    ("sql", |bytes| drop(sql::outcome(bytes))),
    ("recognise", recognise),
    ("archive", archived),
    ("keys", |bytes| as_text(bytes, files::keys_are_read_or_refused)),
    ("case", case),
    ("entry", entry),
    ("stored", votes),
];

fuzz_target!(|bytes: &[u8]| chosen()(bytes));

fn chosen() -> fn(&[u8]) {
    thread_local!(static CHOSEN: OnceCell<fn(&[u8])> = const { OnceCell::new() });
    CHOSEN.with(|chosen| {
        *chosen.get_or_init(|| {
            let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
            let found = TARGETS.iter().find(|(known, _)| *known == name);
            let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            found.unwrap_or_else(|| panic!("no target {name:?}; FUZZ_TARGET is one of {}", names.join(", "))).1
        })
    })
}

/// The first byte chooses among the settings of a target.
fn split(bytes: &[u8]) -> (usize, &[u8]) {
    bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest))
}

fn as_text(bytes: &[u8], property: fn(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        property(text);
    }
}

fn delimited_text(bytes: &[u8], style: Style) {
    let (settings, bytes) = split(bytes);
    let dialect = delimited::dialect(style, b",\t;"[settings % 3], settings & 16 == 0);
    delimited::agrees_with_the_csv_crate(bytes, &dialect);
}

fn json_rows(bytes: &[u8]) {
    let (settings, bytes) = split(bytes);
    json::agrees_with_the_strict_parser(bytes, [Form::Tables, Form::Rows, Form::Envelope][settings % 3]);
}

fn recognise(bytes: &[u8]) {
    const NAMES: [&str; 6] = ["votes.json", "votes.csv", "audit_logs.jsonl", "dump.sql", "elections.tsv", "anything"];
    let (settings, bytes) = split(bytes);
    files::is_recognised_or_not(NAMES[settings % NAMES.len()], bytes);
}

fn entry(bytes: &[u8]) {
    const EVENTS: [&str; 12] = [
        "election_created",
        "election_opened",
        "election_closed",
        "election_rollback",
        "candidate_created",
        "candidate_updated",
        "election_write_ins_merged",
        "vote_cast",
        "vote_soft_deleted",
        "election_manual_ballots_recorded",
        "election_manual_ballots_attested",
        "ballot_submitted_token",
    ];
    let (settings, bytes) = split(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        files::entry_is_understood_or_not(EVENTS[settings % EVENTS.len()], text);
    }
}

/// Bytes as an archive, or an archive put together from lines: a name, a tab, what is packed. So the fuzzer need not find
/// out checksums and offsets before it reaches anything.
fn archived(bytes: &[u8]) {
    let (settings, bytes) = split(bytes);
    let archive = if settings & 1 == 0 {
        bytes.to_owned()
    } else {
        let member = |line: &[u8]| {
            let (name, packed) = match line.iter().position(|byte| *byte == b'\t') {
                Some(at) => (&line[..at], &line[at + 1..]),
                None => (line, &line[..0]),
            };
            Member {
                name: name.to_owned(),
                packed: packed.to_owned(),
                method: if settings & 2 == 0 { 0 } else { 8 },
                marks: u16::from(settings & 4 != 0),
                mode: if settings & 8 == 0 { 0 } else { 0o120_777 },
                claims: (settings & 16 != 0).then_some(u32::MAX - 1),
                ..Member::default()
            }
        };
        archive::bytes(&bytes.split(|byte| *byte == b'\n').map(member).collect::<Vec<_>>())
    };
    in_folder(|folder| files::archive_stays_in_its_place(&archive, folder));
}

/// Changes of a sound case: four bytes each, three that say where (as a share of the file) and one that is put there.
/// Where the last is zero and stands alone, the file is cut there.
fn case(bytes: &[u8]) {
    thread_local!(static SOUND: OnceCell<Vec<u8>> = const { OnceCell::new() });
    SOUND.with(|sound| {
        let mut changed = sound.get_or_init(files::sound_case).clone();
        for change in bytes.chunks(4) {
            let mut place = [0u8; 4];
            place[1..=change.len().min(3)].copy_from_slice(&change[..change.len().min(3)]);
            let share = u64::from(u32::from_be_bytes(place));
            let at = usize::try_from(share * changed.len() as u64 >> 24).unwrap_or(0);
            match change.get(3) {
                Some(byte) => {
                    if let Some(place) = changed.get_mut(at) {
                        *place = *byte;
                    }
                }
                None => changed.truncate(at),
            }
        }
        in_folder(|folder| files::case_is_opened_or_refused(&changed, folder));
    });
}

/// Lines are votes, their fields stand between tabs; a lone `-` is NULL.
fn votes(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let votes: Vec<stored::Texts> = text
        .split('\n')
        .take(50)
        .map(|line| line.split('\t').map(|field| (field != "-").then(|| field.to_owned())).collect())
        .collect();
    in_folder(|folder| stored::votes_come_back(&votes, folder));
}

/// A folder in memory that is made once and emptied by whoever fills it.
fn in_folder(act: impl FnOnce(&Path)) {
    thread_local!(static FOLDER: OnceCell<TempDir> = const { OnceCell::new() });
    FOLDER.with(|folder| {
        let folder = folder.get_or_init(|| {
            let memory = Path::new("/dev/shm");
            let made = if memory.is_dir() { tempfile::tempdir_in(memory) } else { tempfile::tempdir() };
            made.expect("a folder")
        });
        act(folder.path());
    });
}
