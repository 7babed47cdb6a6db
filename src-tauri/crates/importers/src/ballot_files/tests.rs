//! Ballot files with the oddities that occur, and files that must be refused with a place.

use domain::contest::MarksAre;

use super::*;

fn read_text(text: impl AsRef<[u8]>, format: BallotFormat) -> Result<Contest, ReadError> {
    read_from(text.as_ref(), format)
}

fn blt(text: impl AsRef<[u8]>) -> Contest {
    read_text(text, BallotFormat::Blt).unwrap_or_else(|error| panic!("{error}"))
}

/// Votes and marks of all ballots, as `votes: candidate/value ...`.
fn shown(contest: &Contest) -> Vec<String> {
    let mark = |mark: &Mark| format!("{}/{}", mark.candidate + 1, mark.value);
    contest
        .ballots
        .iter()
        .map(|it| format!("{}: {}", it.votes, it.marks.iter().map(mark).collect::<Vec<_>>().join(" ")))
        .collect()
}

fn names(contest: &Contest) -> Vec<&str> {
    contest.candidates.iter().map(|candidate| candidate.name.as_str()).collect()
}

#[test]
fn a_plain_blt_file_needs_no_repair() {
    let contest = blt("3 2\n-2\n4 1 2 0\n2 3 0\n1 1 2 0\n0\n\"Castor\"\n\"Pollux\"\n\"Helen\"\n\"A title\"\n");
    assert_eq!((contest.seats, contest.title.as_str()), (Some(2), "A title"));
    assert_eq!(names(&contest), ["Castor", "Pollux", "Helen"]);
    assert_eq!(shown(&contest), ["5: 1/1 2/2", "2: 3/1"]);
    assert!(contest.candidates[1].withdrawn && !contest.candidates[0].withdrawn);
    assert!(contest.repairs.is_empty(), "{:?}", contest.repairs);
}

#[test]
fn oddities_of_blt_files_are_understood_and_told() {
    let text = "\u{feff}3 2,\r\n[nick a b c] # the short names\n[tie 3 2\n 1]\n[droop precision=6]\n/* two\n lines */ 4 a - b=c 0,\n(id 7) 2 3 0 1 1 = 2 3 0\n3 1 1 2 0\n1 0\n0 \"One\" \"Two\"\n\"Party \"\"Three\"\"\",\nTitle, of sorts\nA: 4 votes\n";
    let contest = blt(text);
    assert_eq!(names(&contest), ["One", "Two", "Party \"Three\""]);
    assert_eq!(contest.title, "Title, of sorts");
    assert_eq!(contest.tie_order, [2, 1, 0]);
    assert_eq!(shown(&contest), ["4: 1/1 2/3 3/3", "2: 3/1", "1: 1/1 2/1 3/2", "3: 1/1 2/3", "1: "]);
    let repairs: Vec<&str> = contest.repairs.iter().map(|repair| repair.what.as_str()).collect();
    for told in [
        "byte order mark",
        "Line 1 and 1 more: a comma",
        "precision=6",
        "names a candidate twice",
        "doubled quotes",
        "without quotes",
        "comma at the end of a name",
        "behind the title",
    ] {
        assert!(repairs.iter().any(|repair| repair.contains(told)), "{told}: {repairs:?}");
    }
}

#[test]
fn names_in_latin_1_and_without_their_end_are_read() {
    let contest = blt(b"2 1\n1 1 0\n0\n\"Jos\xe9\"\n\"Ann \"the\" Smith\"\n\"No end\n");
    assert_eq!(names(&contest), ["Jos\u{e9}", "Ann \"the\" Smith"]);
    assert_eq!(contest.title, "No end");
    assert_eq!(contest.repairs.len(), 2, "{:?}", contest.repairs);
    let missing = blt("2 1\n1 1 0\n\"A\"\n");
    assert_eq!(names(&missing), ["A", ""]);
    assert!(missing.repairs.iter().any(|repair| repair.what.contains("the 0 that ends the ballots is missing")));
    assert!(missing.repairs.iter().any(|repair| repair.what.contains("names 1 of 2")));
}

#[test]
fn broken_files_are_refused_with_line_and_column() {
    for (text, place, told) in [
        ("", "", "ends before"),
        ("3\n", "row 1", "ends before"),
        ("three 2\n", "row 1, column 1", "number of candidates"),
        ("70000 2\n", "row 1, column 1", "70000 candidates"),
        ("3 5000000000\n", "row 1, column 3", "too many"),
        ("3 2\n4 1 2 0\n", "row 2", "breaks off"),
        ("3 2\n4 1 2\n2 3 0\n0\n", "row 2, column 6", "does not end with 0"),
        ("3 2\n4 1 7 0\n0\n", "row 2, column 5", "7 is no candidate"),
        ("3 2\n1.5 1 0\n0\n", "row 2, column 1", "weight"),
        ("3 2\n18446744073709551616 1 0\n0\n", "row 2, column 1", "weight"),
        ("3 2\n18446744073709551615 1 0\n1 2 0\n0\n", "row 3", "more than 18,446"),
        ("3 2\n1 2= 0\n0\n", "row 2, column 6", "after ="),
        ("3 2\n-9\n0\n", "row 2, column 1", "9 is no candidate"),
        ("3 2\n[nick a b]\n0\n", "row 2", "2 nicknames"),
    ] {
        let error = read_text(text, BallotFormat::Blt).expect_err(text).to_string();
        assert!(error.contains(place) && error.contains(told), "{text:?}: {error}");
    }
    let huge = blt("2 1\n9223372036854775808 1 0\n9223372036854775807 2 0\n0\n");
    assert_eq!(huge.ballots.votes(), u64::MAX);
}

#[test]
fn abif_tells_ranks_scores_and_choices_apart() {
    let read = |text: &str| read_text(text, BallotFormat::Abif).unwrap_or_else(|error| panic!("{error}"));
    let ranked =
        read("# comment\n{\"title\": \"T\"}\n=A:[Full Name]\n3: A>B=C # note\n2:B\n1: \"D E\" > [Full Name]\n");
    assert_eq!((ranked.title.as_str(), ranked.marks_are), ("T", MarksAre::Ranks));
    assert_eq!(names(&ranked), ["Full Name", "B", "C", "D E"]);
    assert_eq!(ranked.candidates[0].id, "A");
    assert_eq!(shown(&ranked), ["3: 1/1 2/2 3/2", "2: 2/1", "1: 4/1 1/2"]);
    let scored = read("27: A/5, B/2\n3: B/4\n");
    assert_eq!(scored.marks_are, MarksAre::Scores);
    assert_eq!(shown(&scored), ["27: 1/5 2/2", "3: 2/4"]);
    let both = read("27: A/5 > B/2\n3: B/4, A/1\n");
    assert_eq!(both.marks_are, MarksAre::Ranks);
    assert_eq!(shown(&both), ["27: 1/1 2/2", "3: 2/1 1/2"]);
    let old =
        read("ABIF 1.0 { \"title\": \"Old\" }\nballot_type: ordinal\n{version: \"0.1\"}\nA:[Ann]\n10:\n2: A > B\n");
    assert_eq!((old.title.as_str(), names(&old)), ("Old", vec!["Ann", "B"]));
    assert_eq!(shown(&old), ["10: ", "2: 1/1 2/2"]);
    assert_eq!(old.repairs.len(), 2, "{:?}", old.repairs);
    let chosen = read("27: A, B\n3: B\n");
    assert_eq!(chosen.marks_are, MarksAre::Choices);
    for (text, place, told) in [
        ("", "", "empty"),
        ("A>B\n", "row 1, column 1", "number of ballots"),
        ("2: A>\n", "row 1, column 6", "candidate is expected"),
        ("2: A/x\n", "row 1, column 6", "score"),
        ("2: [A\n", "row 1, column 4", "does not end"),
    ] {
        let error = read_text(text, BallotFormat::Abif).expect_err(text).to_string();
        assert!(error.contains(place) && error.contains(told), "{text:?}: {error}");
    }
}

#[test]
fn preflib_orders_are_read_in_both_forms() {
    let read = |text: &str| read_text(text, BallotFormat::PrefLib).unwrap_or_else(|error| panic!("{error}"));
    let new = "# FILE NAME: 1.toi\n# TITLE: Town\n# DATA TYPE: toi\n# NUMBER ALTERNATIVES: 3\n# NUMBER VOTERS: 5\n# ALTERNATIVE NAME 1: Ann\n# ALTERNATIVE NAME 3: Cid\n3: 1,{2,3}\n2: 3\n";
    let contest = read(new);
    assert_eq!((contest.title.as_str(), contest.seats), ("Town", None));
    assert_eq!(names(&contest), ["Ann", "", "Cid"]);
    assert_eq!(shown(&contest), ["3: 1/1 2/2 3/2", "2: 3/1"]);
    let old = read("2\n1,Ann\n2,Bob\n5,5,2\n3,1,2\n2,2\n");
    assert_eq!(names(&old), ["Ann", "Bob"]);
    assert_eq!(shown(&old), ["3: 1/1 2/2", "2: 2/1"]);
    for (text, told) in [
        ("", "number of candidates"),
        (&new.replace("2: 3\n", ""), "cut off"),
        (&new.replace("2: 3\n", "2: 4\n"), "row 9, column 4: 4 is no candidate"),
        (&new.replace("toi\n# NUMBER A", "cat\n# NUMBER A"), "data type cat"),
        (&new.replace("{2,3}", "{2,3"), "brace"),
    ] {
        let error = read_text(text, BallotFormat::PrefLib).expect_err(text).to_string();
        assert!(error.contains(told), "{text:?}: {error}");
    }
}

#[test]
fn formats_are_told_by_name_or_by_content() {
    for (name, head, format) in [
        ("a.BLT", "", Some(BallotFormat::Blt)),
        ("a.soi", "", Some(BallotFormat::PrefLib)),
        ("a.txt", "# note\n3 2\n", Some(BallotFormat::Blt)),
        ("a.txt", "5 1,\n", Some(BallotFormat::Blt)),
        ("a.txt", "# FILE NAME: x\n", Some(BallotFormat::PrefLib)),
        ("a.txt", "27: A>B\n", Some(BallotFormat::Abif)),
        ("a.txt", "=A:[B]\n", Some(BallotFormat::Abif)),
        ("a.csv", "a,b\n1,2\n", None),
        ("a.json", "{\"seats\": 1, \"ballots\": []}", None),
        ("a", "", None),
    ] {
        assert_eq!(recognise(name, head.as_bytes()), format, "{name} {head:?}");
    }
}

#[test]
fn no_alteration_of_a_file_makes_a_reader_fall_over() {
    let samples = [
        (
            "3 2\n-2\n[tie 3 2 1]\n4 1 2=3 0\n2 3 - 1 0\n0\n\"A \"\"x\"\"\"\n\"B\", \"C\" # no\nTitle\n",
            BallotFormat::Blt,
        ),
        ("ABIF 1.0\n{\"title\": \"T\"}\n=A:[Ann]\n3: A>B=C/4 # x\n2:[D e],\"F\"/5\n", BallotFormat::Abif),
        ("# NUMBER ALTERNATIVES: 3\n# ALTERNATIVE NAME 1: A\n3: 1,{2,3}\n2: 3\n", BallotFormat::PrefLib),
        ("2\n1,Ann\n2,Bob\n5,5,2\n3,1,2\n2,2\n", BallotFormat::PrefLib),
    ];
    let signs = b"0123456789 -=>,:#/*[](){}\"\n\r\t\xff";
    let mut seed = 9_u64;
    let mut random = |limit: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((seed >> 33) % limit as u64).unwrap()
    };
    for (sample, format) in samples {
        for _ in 0..3_000 {
            let mut text = sample.as_bytes().to_vec();
            for _ in 0..=random(4) {
                let at = random(text.len());
                match random(4) {
                    0 => text[at] = signs[random(signs.len())],
                    1 => text.insert(at, signs[random(signs.len())]),
                    2 => text.truncate(at.max(1)),
                    _ => drop(text.remove(at)),
                }
                if text.is_empty() {
                    text.push(b'0');
                }
            }
            if let Ok(contest) = read_text(&text, format) {
                let count = contest.candidates.len();
                let mut marks = contest.ballots.iter().flat_map(|ballot| ballot.marks.iter());
                assert!(marks.all(|mark| usize::from(mark.candidate) < count), "{text:?}");
            }
        }
    }
}

/// `cargo test -p importers --release -- --ignored --nocapture` tells how long a million ballots take.
#[test]
#[ignore = "tells a speed"]
fn a_million_ballots_are_read_in_a_second_or_two() {
    use std::fmt::Write as _;
    let mut text = "20 4\n".to_owned();
    let mut seed = 1_u64;
    for _ in 0..1_000_000 {
        text.push('1');
        let mut left: Vec<u8> = (1..=20).collect();
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let mut random = seed >> 11;
        for _ in 0..1 + (seed >> 60) {
            let at = usize::try_from(random % left.len() as u64).unwrap();
            random /= 19;
            let _ = write!(text, " {}", left.remove(at));
        }
        text.push_str(" 0\n");
    }
    text.push_str("0\n");
    let start = std::time::Instant::now();
    let contest = blt(&text);
    println!("{} bytes, {} kinds of ballots, {:?}", text.len(), contest.ballots.len(), start.elapsed());
    assert_eq!(contest.ballots.votes(), 1_000_000);
}
