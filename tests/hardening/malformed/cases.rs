//! Case files that are not sound: cut off, with bytes changed, of another program, of a newer one, or in use elsewhere.

use std::fs;
use std::path::Path;

use testkit::program::{Ended, is_in_full, scrutineer};
use testkit::properties::files::sound_case;

use super::{MEMORY, fixture};

fn run(words: &[&str], case: &Path) -> Ended {
    let word = |word: &&str| if *word == "CASE" { case.to_owned() } else { word.into() };
    scrutineer(words.iter().map(word)).with_memory(MEMORY).end()
}

/// Everything that may be asked of a case. Each answers, or refuses in words; what was changed is told, or does not matter.
fn ends_well(case: &Path, what: &str) -> Vec<Option<i32>> {
    let copy = case.with_file_name("copy.scrutineer");
    let _ = fs::remove_file(&copy);
    let copy = copy.display().to_string();
    let asked: [&[&str]; 5] = [
        &["case", "info", "CASE"],
        &["case", "verify", "CASE"],
        &["ledger", "CASE", "--verify"],
        &["verify", "CASE", "--json"],
        &["case", "backup", "CASE", &copy],
    ];
    asked
        .iter()
        .map(|words| {
            let ended = run(words, case);
            assert!(!ended.err.contains("panicked"), "{what}: {words:?}: {ended:?}");
            match ended.code {
                Some(0 | 1) => {}
                Some(3) => {
                    assert!(ended.err.contains("case.scrutineer"), "{what}: {words:?}: no name in {ended:?}");
                    return ended.expect_refusal().code;
                }
                _ => panic!("{what}: {words:?}: {ended:?}"),
            }
            ended.code
        })
        .collect()
}

#[test]
fn a_case_that_is_not_sound_is_refused_in_words_or_answers() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case.scrutineer");
    let sound = sound_case();
    let put = |bytes: &[u8]| {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(folder.path().join(format!("case.scrutineer{suffix}")));
        }
        fs::write(&case, bytes).expect("written");
    };
    put(&sound);
    assert!(ends_well(&case, "sound").iter().all(|code| *code != Some(3)));

    let mut refused = 0;
    let tries = if is_in_full() { 40 } else { 4 };
    for number in 0..tries {
        let cut = sound.len() * number / tries + number;
        put(&sound[..cut.min(sound.len() - 1)]);
        let codes = ends_well(&case, &format!("cut after {cut} bytes"));
        assert!(codes.contains(&Some(3)), "cut after {cut} bytes: {codes:?}");
        refused += 1;
    }
    let mut state = 20_261_121_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap_or(0) % below
    };
    for number in 0..tries * 3 {
        let mut bytes = sound.clone();
        let (at, length) = (draw(bytes.len()), 1 << draw(12));
        let end = (at + length).min(bytes.len());
        for byte in &mut bytes[at..end] {
            *byte ^= 0x5a;
        }
        put(&bytes);
        let codes = ends_well(&case, &format!("{number}: bytes {at} to {end} changed"));
        refused += usize::from(codes.contains(&Some(3)));
        // Whatever a second look lets pass did not change the evidence: votes and entries are those of the sound case.
        if codes[1] == Some(0) {
            let info = run(&["case", "info", "CASE"], &case);
            assert!(info.out.contains("votes 45") || info.code == Some(3), "{number}: {info:?}");
        }
    }
    assert!(refused >= tries, "hardly anything was refused: {refused}");
}

#[test]
fn what_is_no_case_or_is_not_ours_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case.scrutineer");
    let sound = sound_case();
    // The layout's version stands at byte 60 of the header, the program's mark at byte 68.
    let changed = |at: usize, byte: u8| {
        let mut bytes = sound.clone();
        bytes[at] = byte;
        bytes
    };
    for (what, bytes, wanted) in [
        ("newer", changed(63, 99), "newer"),
        ("of another program", changed(68, 0), "not a Scrutineer case"),
        ("empty", Vec::new(), "not a Scrutineer case"),
        ("a letter", b"this is a letter, not a case, although it is long enough".to_vec(), "not a Scrutineer case"),
        ("an export", fixture("votes.json"), "not a Scrutineer case"),
    ] {
        fs::write(&case, bytes).expect("written");
        let ended = run(&["case", "info", "CASE"], &case).expect_refusal();
        assert!(ended.err.contains(wanted) && ended.err.contains("case.scrutineer"), "{what}: {ended:?}");
        assert_eq!(ends_well(&case, what), vec![Some(3); 5], "{what}");
    }
    fs::remove_file(&case).expect("removed");
    assert!(run(&["case", "info", "CASE"], &case).expect_refusal().err.contains("no such file"));
    fs::create_dir(&case).expect("a folder");
    run(&["case", "info", "CASE"], &case).expect_refusal();
    run(&["case", "new", "CASE"], &case).expect_refusal();
}

#[test]
fn a_case_in_use_elsewhere_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case.scrutineer");
    fs::write(&case, sound_case()).expect("written");
    let file = store::CaseFile::open(&case).expect("opens");
    let import = file.begin_import(false, "somebody", "2026-01-01T00:00:00+00:00").expect("begun");
    let votes = folder.path().join("votes.csv");
    fs::write(&votes, fixture("votes.csv")).expect("written");
    let ended = run(&["import", "CASE", &votes.display().to_string()], &case).expect_refusal();
    assert!(ended.err.contains("case.scrutineer") && ended.err.contains("lose"), "{ended:?}");
    drop(import);
    run(&["case", "verify", "CASE"], &case).expect(0);
}

#[test]
fn a_conclusion_that_was_changed_in_the_file_is_told_and_never_printed() {
    let folder = tempfile::tempdir().expect("a folder");
    let case = folder.path().join("case.scrutineer");
    let mut bytes = sound_case();
    let mark = b"\"valid_signatures\":";
    let at = bytes.windows(mark.len()).position(|window| window == mark).expect("a stored conclusion") + mark.len();
    bytes[at] = if bytes[at] == b'9' { b'8' } else { bytes[at] + 1 };
    fs::write(&case, bytes).expect("written");
    let looked = run(&["case", "verify", "CASE"], &case).expect(1);
    assert!(looked.out.contains("conclusion"), "{looked:?}");
    let id = testkit::json(&testkit::logbook().join("03_votes_candidate_changed/elections.json"))[0]["id"].clone();
    let pdf = folder.path().join("report.pdf");
    let words =
        ["report", "forensics", "CASE", "--id", id.as_str().expect("an id"), "--pdf", &pdf.display().to_string()];
    let refused = run(&words, &case).expect_refusal();
    assert!(refused.err.contains("not the one that the ledger recorded") && !pdf.exists(), "{refused:?}");
    // A new verification concludes again, and then all is well.
    assert!(matches!(run(&["verify", "CASE"], &case).code, Some(0 | 1)));
    run(&words, &case).expect(0);
}
