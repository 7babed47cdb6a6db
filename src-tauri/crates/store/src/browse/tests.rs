//! Every listing must answer as the plain way does: read all votes, keep those that fit, put them in order.

use std::collections::BTreeSet;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use domain::{AuditRecord, AuditSource, FileId, Place, ReadFile, Record, Sha256Digest, TableRow, VoteRecord};
use serde_json::json;

use super::*;
use crate::tables::vote::{Page, VoteBatch};
use crate::{Act, CaseFile, Reader};

const AT: &str = "2026-01-01T00:00:00+00:00";

fn uuid(number: u64) -> String {
    // Scattered, so that the order of ids is not the order of rows.
    let mixed = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    format!("{:08x}-{:04x}-4000-8000-{:012x}", mixed >> 32, mixed & 0xffff, number)
}

fn vote(number: u64, election: &str, file: FileId) -> VoteRecord {
    let text = |is: bool, text: &str| is.then(|| text.to_owned());
    VoteRecord {
        place: Some(Place { file, row: number }),
        id: if number.is_multiple_of(97) { format!("odd-{number}") } else { uuid(number) },
        election_id: election.to_owned(),
        candidate_id: format!("candidate-{}", number % 5),
        voter_hash: text(!number.is_multiple_of(3), &format!("{:064x}", number / 2)),
        voter_id: text(number.is_multiple_of(3), &uuid(number / 3)),
        position: text(!number.is_multiple_of(11), if number.is_multiple_of(2) { "Chief" } else { "Secretary" }),
        voted_at: match number % 13 {
            0 => None,
            1 => Some(format!("2026-02-10T12:{:02}:{:02}", number / 60 % 60, number % 60)),
            _ => Some(format!("2026-02-10 {:02}:{:02}:{:02}", 12 + number % 7, number / 60 % 60, number % 60)),
        },
        vote_signature: text(!number.is_multiple_of(17), &format!("{number:064x}")),
        is_test: text(true, if number.is_multiple_of(19) { "1" } else { "0" }),
        is_manual: text(number.is_multiple_of(23), "true"),
        is_proxy_vote: text(number.is_multiple_of(29), "1"),
        ip_address: text(number.is_multiple_of(2), &format!("10.0.{}.{}", number % 4, number % 9)),
        deleted_at: text(number.is_multiple_of(31), "2026-02-11 00:00:00"),
        ..VoteRecord::default()
    }
}

/// A case whose votes come in the order of `elections`, with audit entries and credentials.
fn case(folder: &FilePath, elections: impl Iterator<Item = &'static str>) -> PathBuf {
    let path = folder.join("case.scrutineer");
    let act = |name: &'static str| Act { at: AT, actor: "tester", act: name, detail: json!({}) };
    let mut case = CaseFile::create(&path, "case", AT).expect("made");
    case.write(&act("case.create"), |_| Ok(())).expect("founded");
    let original = folder.join("export");
    std::fs::write(&original, b"x").expect("written");
    let mut import = case.begin_import(false, "tester", AT).expect("begun");
    let file = import.begin_file("export");
    let mut votes = VoteBatch::default();
    for (number, election) in (1..).zip(elections) {
        votes.push(&vote(number, election, file).view());
    }
    import.votes(votes).expect("taken");
    let entries = (1..=900i64).map(|number| {
        Record::Audit(Box::new(AuditRecord {
            place: Place { file, row: 1 },
            source: AuditSource::Table,
            id: (number * 7) % 901,
            timestamp: Some(format!("2026-02-10 12:{:02}:00", number % 60)),
            timestamp_nanos: None,
            event_type: if number % 5 == 0 { "vote_cast" } else { "login_failed" }.to_owned(),
            event_category: None,
            severity: Some(if number % 9 == 0 { "Warning" } else { "info" }.to_owned()),
            user_id: Some(uuid(u64::try_from(number % 4).expect("small"))),
            username: Some(format!("Member {}", number % 4)),
            session_id: None,
            organization_id: None,
            ip_address: None,
            user_agent: None,
            event_data: Some(format!("{{\"n\": \"Value {}\"}}", number % 50)),
            previous_hash: None,
            current_hash: None,
            hash_version: Some(2),
        }))
    });
    import.take(entries.collect()).expect("taken");
    let rows = (1..=700u64).map(|number| {
        let field = |name: &str, value: Option<String>| (name.to_owned(), value);
        Record::Row(TableRow {
            table: if number.is_multiple_of(10) { "candidates" } else { "voting_tokens" }.to_owned(),
            place: Place { file, row: number },
            key: uuid(number),
            fields: vec![
                field("id", Some(uuid(number))),
                field("election_id", Some(if number.is_multiple_of(2) { "first" } else { "second" }.to_owned())),
                field("used", Some(if number.is_multiple_of(3) { "1" } else { "0" }.to_owned())),
                field("first_accessed_at", (number.is_multiple_of(4)).then(|| AT.to_owned())),
            ],
        })
    });
    import.take(rows.collect()).expect("taken");
    import
        .end_file(ReadFile {
            path: "export".to_owned(),
            location: original,
            sha256: Sha256Digest([7; 32]),
            bytes: 1,
            system: "logbook".to_owned(),
            kind: "votes".to_owned(),
            rows: 1,
            has_ambiguous_nulls: false,
        })
        .expect("ended");
    import.finish(&act("evidence.import"), None).expect("finished");
    path
}

fn everything(reader: &Reader, election: &str) -> Vec<VoteRecord> {
    reader
        .votes(Page { election_id: Some(election), after_number: 0, up_to_number: i64::MAX, limit: u32::MAX })
        .expect("votes")
}

/// Walks a listing to its end with no patience at all, so that it is taken up again after every stretch.
fn finish(reader: &Reader, listing: &mut Listing) {
    while !listing.extent().is_done {
        reader.advance(listing, u64::MAX, Clock::now()).expect("goes on");
    }
}

/// All rows of a finished listing, read in pages of an odd size from the last page to the first.
fn read_all(reader: &Reader, listing: &Listing) -> Vec<i64> {
    let known = listing.extent().known;
    let mut numbers = Vec::new();
    let mut from = known / 73 * 73;
    loop {
        let page = listing.read_votes(reader, from, 73).expect("a page");
        numbers.splice(0..0, page.into_iter().map(|vote| vote.number));
        if from == 0 {
            return numbers;
        }
        from -= 73;
    }
}

type Case = (&'static str, VoteFilter, fn(&VoteRecord) -> bool);

fn filters() -> Vec<Case> {
    let base = VoteFilter::default;
    let noon = Instant::parse("2026-02-10 12:10:00").expect("a time").seconds();
    vec![
        ("all", base(), |_| true),
        ("an id", VoteFilter { id: uuid(1234), ..base() }, |vote| vote.id == uuid(1234)),
        ("an odd id", VoteFilter { id: "odd-97".to_owned(), ..base() }, |vote| vote.id.starts_with("odd-97")),
        ("the beginning of an id", VoteFilter { id: uuid(77)[..2].to_owned(), ..base() }, |vote| {
            vote.id.starts_with(&uuid(77)[..2])
        }),
        ("a hash", VoteFilter { voter: format!("{:064x}", 50), ..base() }, |vote| {
            vote.voter_hash.as_deref() == Some(format!("{:064x}", 50).as_str())
        }),
        ("a voter", VoteFilter { voter: uuid(40), ..base() }, |vote| vote.voter_id == Some(uuid(40))),
        ("a candidate", VoteFilter { candidate: Some("candidate-3".to_owned()), ..base() }, |vote| {
            vote.candidate_id == "candidate-3"
        }),
        ("a candidate nobody knows", VoteFilter { candidate: Some("nobody".to_owned()), ..base() }, |_| false),
        ("a contest", VoteFilter { contest: Some("Chief".to_owned()), ..base() }, |vote| {
            vote.position.as_deref() == Some("Chief")
        }),
        ("a time", VoteFilter { from: Some(noon), to: Some(noon + 600), ..base() }, |vote| {
            let noon = Instant::parse("2026-02-10 12:10:00").expect("a time").seconds();
            let at = vote.voted_at.as_deref().and_then(Instant::parse).map(Instant::seconds);
            at.is_some_and(|at| (noon..=noon + 600).contains(&at))
        }),
        ("an address", VoteFilter { address: "10.0.2.".to_owned(), ..base() }, |vote| {
            vote.ip_address.as_deref().is_some_and(|address| address.starts_with("10.0.2."))
        }),
        ("excluded", VoteFilter { is_excluded: true, ..base() }, VoteRecord::is_deleted),
        ("tests", VoteFilter { is_test: true, ..base() }, VoteRecord::is_test_ballot),
        ("paper", VoteFilter { is_paper: true, ..base() }, VoteRecord::is_paper),
        ("proxy", VoteFilter { is_proxy: true, ..base() }, |vote| vote.is_proxy_vote.as_deref() == Some("1")),
        ("unsigned", VoteFilter { is_unsigned: true, ..base() }, |vote| vote.vote_signature.is_none()),
        ("named by findings", VoteFilter { named: Some(Arc::new(named())), ..base() }, |vote| {
            named().contains(&vote.id)
        }),
        (
            "two at once",
            VoteFilter { contest: Some("Chief".to_owned()), is_test: true, id: "0".to_owned(), ..base() },
            |vote| vote.position.as_deref() == Some("Chief") && vote.is_test_ballot() && vote.id.starts_with('0'),
        ),
    ]
}

fn named() -> BTreeSet<String> {
    (1..400).map(|step| uuid(step * 13)).chain(["odd-970".to_owned()]).collect()
}

fn label(candidate: &str) -> String {
    // Names in another order than ids.
    match candidate {
        "candidate-0" => "Zoe".to_owned(),
        other => other.to_owned(),
    }
}

fn order(votes: &mut [VoteRecord], sort: VoteSort) {
    // NULL first, then times that are stored as seconds, then those that are kept as text.
    let time = |vote: &VoteRecord| match &vote.voted_at {
        None => (0, String::new()),
        Some(text) => (if text.contains('T') { 2 } else { 1 }, text.clone()),
    };
    let contest = |vote: &VoteRecord| vote.position.clone().unwrap_or_default();
    match sort {
        VoteSort::Number => {}
        VoteSort::Time => votes.sort_by_key(|vote| (time(vote), vote.number)),
        VoteSort::Contest => votes.sort_by_key(|vote| (contest(vote), label(&vote.candidate_id), vote.number)),
        VoteSort::Choice => votes.sort_by_key(|vote| (label(&vote.candidate_id), contest(vote), vote.number)),
    }
}

fn compare_all(reader: &Reader, election: &str) {
    let all = everything(reader, election);
    for (what, filter, fits) in filters() {
        for sort in [VoteSort::Number, VoteSort::Time, VoteSort::Contest, VoteSort::Choice] {
            let mut wanted: Vec<VoteRecord> = all.iter().filter(|vote| fits(vote)).cloned().collect();
            order(&mut wanted, sort);
            let wanted: Vec<i64> = wanted.iter().map(|vote| vote.number).collect();
            let listing = Listing::votes(reader, election, &filter, sort, &label).expect("a listing");
            let mut listing = listing.expect("an order that is there");
            finish(reader, &mut listing);
            assert_eq!(read_all(reader, &listing), wanted, "{what}, {sort:?}, {election}");
            for (place, number) in (0u64..).zip(&wanted).step_by(61) {
                let found = reader.place_of(&listing, *number).expect("a place");
                assert_eq!(found, Some(place), "place of {number}: {what}, {sort:?}, {election}");
            }
            let extent = listing.extent();
            assert_eq!(
                (extent.searched, extent.total),
                (extent.total, u64::try_from(all.len()).expect("small")),
                "{what}"
            );
        }
    }
}

fn interleaved() -> impl Iterator<Item = &'static str> {
    (0..6000u32).map(|number| if number % 7 < 3 { "first" } else { "second" })
}

fn one_after_another() -> impl Iterator<Item = &'static str> {
    (0..6000u32).map(|number| if number < 2500 { "first" } else { "second" })
}

#[test]
fn a_listing_answers_as_the_plain_way_does() {
    for rows in [Box::new(interleaved()) as Box<dyn Iterator<Item = &'static str>>, Box::new(one_after_another())] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = case(folder.path(), rows);
        let reader = Reader::open(&path).expect("opens");
        compare_all(&reader, "first");
        compare_all(&reader, "second");
    }
}

/// The same through indexes; the limit below which rows are sorted in memory is lifted by walking the index itself.
#[test]
fn indexes_change_the_speed_and_not_the_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = case(folder.path(), interleaved());
    for index in Index::ALL {
        build_index(&path, index, 6000, &|_| {}, &|| false).expect("made");
    }
    let reader = Reader::open(&path).expect("opens");
    assert_eq!(reader.indexes().expect("indexes").len(), Index::ALL.len());
    compare_all(&reader, "first");
    let election = reader.term_number("second").expect("known");
    let last = reader.last_vote_number().expect("votes");
    let all = everything(&reader, "second");
    for sort in [VoteSort::Time, VoteSort::Contest, VoteSort::Choice] {
        let segments = votes::segments(&reader, election, sort, &label).expect("segments");
        let total = u64::try_from(all.len()).expect("small");
        let mut filter = Filter::default();
        filter.require("flags & 3 = 2", []);
        for filter in [Filter::default(), filter] {
            let is_filtered = !filter.is_empty();
            let mut listing = Listing::new("vote", segments.clone(), filter, None, total, last);
            finish(&reader, &mut listing);
            let mut wanted: Vec<VoteRecord> =
                all.iter().filter(|vote| !is_filtered || vote.is_test_ballot()).cloned().collect();
            order(&mut wanted, sort);
            let wanted: Vec<i64> = wanted.iter().map(|vote| vote.number).collect();
            assert_eq!(read_all(&reader, &listing), wanted, "{sort:?}");
            for (place, number) in (0u64..).zip(&wanted).step_by(37) {
                assert_eq!(reader.place_of(&listing, *number).expect("a place"), Some(place), "{sort:?}");
            }
        }
    }
}

#[test]
fn a_cancelled_index_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = case(folder.path(), interleaved());
    let refused = build_index(&path, Index::VoteId, 6000, &|_| {}, &|| true);
    let reader = Reader::open(&path).expect("opens");
    // A small index may be done before anybody can stop it; a stopped one must not be there.
    assert_eq!(refused.is_ok(), reader.indexes().expect("indexes").contains(&Index::VoteId));
}

#[test]
fn a_search_tells_how_far_it_is_and_goes_on_by_asking_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = case(folder.path(), one_after_another());
    let reader = Reader::open(&path).expect("opens");
    let filter = VoteFilter { address: "10.0.2.".to_owned(), ..VoteFilter::default() };
    let mut listing =
        Listing::votes(&reader, "second", &filter, VoteSort::Number, &label).expect("made").expect("made");
    reader.advance(&mut listing, 1, Clock::now() + Duration::from_secs(5)).expect("goes on");
    let first = listing.extent();
    assert!(first.known > 0 && first.searched < first.total || first.is_done, "{first:?}");
    finish(&reader, &mut listing);
    assert_eq!(listing.extent().searched, 3500);
}

#[test]
fn audit_entries_stand_in_the_order_of_their_numbers() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = case(folder.path(), std::iter::empty());
    let reader = Reader::open(&path).expect("opens");
    let all = reader.audit_entries((i64::MIN, i64::MIN), u32::MAX).expect("entries");
    assert_eq!(all.len(), 900);
    let base = AuditFilter::default;
    type AuditCase = (AuditFilter, fn(&AuditRecord) -> bool);
    let cases: Vec<AuditCase> = vec![
        (base(), |_| true),
        (AuditFilter { event: "Vote".to_owned(), ..base() }, |entry| entry.event_type == "vote_cast"),
        (AuditFilter { severity: "warning".to_owned(), ..base() }, |entry| {
            entry.severity.as_deref() == Some("Warning")
        }),
        (AuditFilter { actor: uuid(2), ..base() }, |entry| entry.user_id == Some(uuid(2))),
        (AuditFilter { actor: "member 3".to_owned(), ..base() }, |entry| entry.username.as_deref() == Some("Member 3")),
        (AuditFilter { text: "value 7\"".to_owned(), ..base() }, |entry| {
            entry.event_data.as_deref().is_some_and(|data| data.contains("Value 7\""))
        }),
        (AuditFilter { text: "45".to_owned(), ..base() }, |entry| {
            entry.id.to_string().starts_with("45")
                || entry.event_data.as_deref().is_some_and(|data| data.contains("45"))
        }),
        (AuditFilter { named: Some(vec![3, 99, 5000]), ..base() }, |entry| [3, 99].contains(&entry.id)),
        (AuditFilter { event: "nothing".to_owned(), ..base() }, |_| false),
    ];
    for (filter, fits) in cases {
        let wanted: Vec<i64> = all.iter().filter(|(_, entry)| fits(entry)).map(|(_, entry)| entry.id).collect();
        let mut listing = Listing::audit(&reader, &filter).expect("made");
        finish(&reader, &mut listing);
        let mut found = Vec::new();
        for from in (0..listing.extent().known).step_by(71) {
            let page = listing.read_audit(&reader, from, 71).expect("a page");
            found.extend(page.into_iter().map(|(_, entry)| entry.id));
        }
        assert_eq!(found, wanted, "{filter:?}");
        if let Some(last) = wanted.last() {
            let number = Listing::audit_number(&reader, *last).expect("found").expect("there");
            let place = reader.place_of(&listing, number).expect("a place");
            assert_eq!(place, u64::try_from(wanted.len() - 1).ok(), "{filter:?}");
        }
    }
}

#[test]
fn credentials_are_found_among_other_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = case(folder.path(), std::iter::empty());
    let reader = Reader::open(&path).expect("opens");
    let fits = |number: u64| {
        !number.is_multiple_of(10) && number.is_multiple_of(2) && number.is_multiple_of(3) && !number.is_multiple_of(4)
    };
    let filter = RowFilter {
        fields: vec![("election_id", "first".to_owned())],
        flags: vec![("used", true)],
        filled: vec![("first_accessed_at", false)],
        text: String::new(),
    };
    let mut listing = Listing::rows(&reader, "voting_tokens", &filter).expect("made");
    finish(&reader, &mut listing);
    let found: Vec<String> =
        listing.read_rows(&reader, 0, 1000).expect("rows").into_iter().map(|(_, row)| row.key).collect();
    let wanted: Vec<String> = (1..=700).filter(|number| fits(*number)).map(uuid).collect();
    assert_eq!(found, wanted);
    let one = RowFilter { text: uuid(33).to_uppercase(), ..RowFilter::default() };
    let mut listing = Listing::rows(&reader, "voting_tokens", &one).expect("made");
    finish(&reader, &mut listing);
    assert_eq!(listing.extent().known, 1);
    let mut nothing = Listing::rows(&reader, "no_such_table", &RowFilter::default()).expect("made");
    finish(&reader, &mut nothing);
    assert_eq!((nothing.extent().known, nothing.extent().is_done), (0, true));
}
