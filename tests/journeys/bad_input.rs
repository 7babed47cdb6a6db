//! Bad input is normal: each kind gets a message that names file and place, and the case stays as it was.

use std::path::{Path, PathBuf};

use domain::Unwatched;
use testkit::archive::{self, Member, write as zip};
use testkit::{copy_files, keys, logbook};
use workflow::{Case, Error, ErrorCode};

struct Try {
    folder: tempfile::TempDir,
}

impl Try {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    }

    /// Imports into a case that holds something already; answers the error and checks that nothing changed.
    fn refused(&self, input: &Path) -> Error {
        self.refused_with(input, &[logbook().join("50_burst")])
    }

    /// The same with what the case holds already.
    fn refused_with(&self, input: &Path, before: &[PathBuf]) -> Error {
        let path = self.folder.path().join("case.scrutineer");
        if !path.exists() {
            let mut case = Case::create(&path, "bad input").expect("a case");
            if !before.is_empty() {
                case.import(before, None, &Unwatched).expect("a good import");
            }
        }
        let mut case = Case::open(&path).expect("opens");
        let before = (case.info().expect("info").votes, case.ledger().expect("a ledger"));
        let error = case.import(&[input.to_owned()], None, &Unwatched).expect_err("refused");
        drop(case);
        let case = Case::open(&path).expect("opens after the refusal");
        assert_eq!(
            (case.info().expect("info").votes, case.ledger().expect("a ledger")),
            before,
            "the case is as it was"
        );
        assert_eq!(error.code(), ErrorCode::Input, "{error}");
        error
    }
}

const HEADER: &str = "id,election_id,candidate_id,voted_at\n";

#[test]
fn broken_files_are_refused_with_their_place() {
    let bed = Try::new();
    let votes = std::fs::read(logbook().join("02_clean_closed/votes.json")).expect("a file");
    let truncated = bed.file("votes.json", &votes[..votes.len() / 2]);
    let error = bed.refused(&truncated);
    assert!(error.to_string().contains("votes.json") && error.to_string().contains("row 2"), "{error}");

    for (name, bytes, wanted) in [
        ("double.csv", format!("{}id,x\n", HEADER.trim_end().to_owned() + ",").into_bytes(), "id"),
        ("utf16.csv", [&b"\xff\xfe"[..], &b"i\0d\0,\0"[..]].concat(), "UTF-16"),
        ("empty.json", Vec::new(), "empty.json"),
        ("other.json", b"{\"ballots\": []}".to_vec(), "no file of a known election system"),
        ("deep.json", "[".repeat(10_000).into_bytes(), "deep.json"),
        ("cut.sql", b"-- dump\nINSERT INTO `votes` (`id`) VALUES ('a'),('b".to_vec(), "truncated"),
    ] {
        let path = bed.file(name, &bytes);
        let error = bed.refused(&path);
        assert!(error.to_string().contains(wanted), "{name}: {error}");
        assert!(!error.next_step().is_empty());
    }
}

#[test]
fn unreadable_rows_are_rejected_one_by_one() {
    let bed = Try::new();
    let row = "0a1b2c3d-0000-4fff-8abc-0123456789ab,e,c,2026-02-10 10:00:00\n";
    let text = [HEADER.as_bytes(), row.as_bytes(), b"too,short\n", b"\xff\xfe,e,c,2026\n", b",e,c,2026\n"].concat();
    let path = bed.file("votes.csv", &text);
    let plan = Case::plan_import(&[path], None, &Unwatched).expect("a plan");
    let places: Vec<(u64, &str)> = plan.rejects.iter().map(|reject| (reject.row, reject.column.as_str())).collect();
    assert_eq!(places, [(2, ""), (3, "id"), (4, "id")], "{:?}", plan.rejects);
    assert_eq!(plan.tables, [("votes".to_owned(), 1)]);
}

#[test]
fn an_archive_is_read_and_a_hostile_one_refused() {
    let bed = Try::new();
    let votes = std::fs::read(logbook().join("02_clean_closed/votes.json")).expect("a file");
    let good = bed.folder.path().join("export.zip");
    zip(&good, &[("export/votes.json", &votes)]);
    let report = testkit::audit(&[good], &keys(0));
    assert_eq!(report.elections[0].vote_integrity.as_ref().expect("an answer").total_votes, 45);
    assert_eq!(report.inputs[0].path, "export/votes.json");

    let slip = bed.folder.path().join("slip.zip");
    zip(&slip, &[("../../votes.json", &votes)]);
    let error = bed.refused(&slip);
    assert!(error.to_string().contains("outside the archive"), "{error}");
    let broken = bed.file("broken.zip", b"PK\x03\x04 and nothing more");
    assert!(bed.refused(&broken).to_string().contains("damaged"));
}

#[test]
fn a_folder_named_like_a_table_and_links_do_no_harm() {
    let bed = Try::new();
    let input = bed.folder.path().join("input");
    std::fs::create_dir_all(input.join("votes.csv")).expect("a folder");
    copy_files(&logbook().join("02_clean_closed"), &input, |name| name.ends_with(".json"));
    #[cfg(unix)]
    std::os::unix::fs::symlink("/", input.join("everything")).expect("a link");
    let plan = Case::plan_import(&[input], None, &Unwatched).expect("a plan");
    assert!(plan.tables.contains(&("votes".to_owned(), 45)));
}

#[test]
fn case_files_that_are_none_are_refused_with_the_reason() {
    let bed = Try::new();
    let missing = Case::open(&bed.folder.path().join("none.scrutineer")).err().expect("refused");
    assert!(missing.to_string().contains("no such file"), "{missing}");
    let foreign = bed.file("foreign.scrutineer", b"this is a letter, not a case");
    assert!(Case::open(&foreign).err().expect("refused").to_string().contains("not a Scrutineer case"));
    let path = bed.folder.path().join("taken.scrutineer");
    Case::create(&path, "first").expect("a case");
    assert!(Case::create(&path, "second").is_err(), "a case overwrites nothing");
}

#[test]
fn an_archive_that_is_not_what_it_seems_is_refused_by_name() {
    let bed = Try::new();
    let votes = std::fs::read(logbook().join("02_clean_closed/votes.json")).expect("a file");
    let member = |name: &str| Member::stored(name, &votes);
    for (name, members, wanted) in [
        ("rooted.zip", vec![member("/etc/votes.json")], "outside the archive"),
        ("twice.zip", vec![member("votes.json"), Member::stored("votes.json", b"[]")], "twice"),
        ("locked.zip", vec![Member { marks: 1, ..member("votes.json") }], "password"),
    ] {
        let path = bed.file(name, &archive::bytes(&members));
        let error = bed.refused(&path).to_string();
        assert!(error.contains(name) && error.contains(wanted), "{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_pipe_and_a_device_are_refused_at_once() {
    let bed = Try::new();
    let pipe = bed.folder.path().join("votes.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo starts").success());
    for path in [pipe, "/dev/zero".into()] {
        assert!(bed.refused(&path).to_string().contains("neither a file nor a folder"));
    }
}

#[test]
fn utf_16_is_told_with_and_without_its_mark() {
    let bed = Try::new();
    let text = std::fs::read_to_string(logbook().join("02_clean_closed/votes.csv")).expect("a file");
    for mark in [&[][..], &[0xfeff]] {
        let units = || mark.iter().copied().chain(text.encode_utf16());
        let little: Vec<u8> = units().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = units().flat_map(u16::to_be_bytes).collect();
        for bytes in [little, big] {
            let error = bed.refused(&bed.file("votes.csv", &bytes)).to_string();
            assert!(error.contains("votes.csv") && error.contains("UTF-16"), "{error}");
        }
    }
}

#[test]
fn files_of_every_system_that_were_cut_off_are_refused_with_their_row() {
    let bed = Try::new();
    for (source, name, bytes) in [
        ("astra/clean/public-ballots.json", "public-ballots.json", 20_000),
        ("astra/clean/public-audit.json", "public-audit.json", 3_000),
        ("astra/dump/5-tallied.json", "dump.json", 30_000),
        ("astra/dump/5-tallied.pg_dump.sql", "dump.sql", 30_000),
        ("electra/audit/clean.json", "audit_log.json", 30_000),
        ("electra/audit/clean.csv", "audit_log.csv", 30_000),
        ("electra/audit-jsonl/audit-2026-03-03.jsonl", "audit-2026-03-03.jsonl", 3_000),
        ("electra/tables/votes_vote.csv", "votes_vote.csv", 3_000),
    ] {
        let whole = std::fs::read(testkit::fixtures().join(source)).expect(source);
        let error = bed.refused_with(&bed.file(name, &whole[..bytes]), &[]).to_string();
        assert!(error.contains(name) && error.contains("truncated"), "{source}: {error}");
        assert!(name.ends_with(".sql") || error.contains("row "), "{source}: {error}");
    }
}

#[test]
fn files_of_several_systems_are_refused_with_what_belongs_where() {
    let bed = Try::new();
    let folder = bed.folder.path().join("mixed");
    std::fs::create_dir(&folder).expect("a folder");
    let fixtures = testkit::fixtures();
    for (source, name) in [
        ("astra/clean/public-ballots.json", "public-ballots.json"),
        ("electra/audit/clean.json", "clean.json"),
        ("logbook/02_clean_closed/votes.json", "votes.json"),
    ] {
        std::fs::copy(fixtures.join(source), folder.join(name)).expect(source);
    }
    let error = bed.refused_with(&folder, &[]).to_string();
    for part in ["Astra: public-ballots.json", "Electra: clean.json", "The Logbook: votes.json", "its own case"] {
        assert!(error.contains(part), "{part}: {error}");
    }
}
