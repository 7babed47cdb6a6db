//! The properties of all readers over drawn texts: a fixed number of cases from a fixed seed, so that every run tries the
//! same. `cargo xtask fuzz` looks further.

use importers::formats::delimited::Style;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, RngSeed};
use testkit::properties::json::Form;
use testkit::properties::{delimited, files, json, sql, stored};

fn budget(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_algorithm: RngAlgorithm::ChaCha,
        rng_seed: RngSeed::Fixed(20_261_121),
        // Nothing is remembered between runs; a case that fails once fails always.
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Texts made of the pieces that readers stumble over.
fn pieces(of: &'static [&'static str], most: usize) -> BoxedStrategy<String> {
    vec(proptest::sample::select(of), 0..most).prop_map(|pieces| pieces.concat()).boxed()
}

const DELIMITED: &[&str] = &[
    "id", "name", "data", ",", ",", "\t", ";", "\"", "\"", "\"\"", "\n", "\n", "\r\n", "\r", "\\", "\\N", "\\\"",
    "NULL", "a", " ", "é", "\u{feff}", "\0", "1", "x\"y", "`",
];
const JSON: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "{",
    "}",
    ",",
    ",",
    ":",
    ":",
    "\"id\"",
    "\"votes\"",
    "\"elections\"",
    "\"entries\"",
    "\"a\"",
    "\"\\\"[\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "1",
    "-0",
    "1.0",
    "1e400",
    "01",
    "true",
    "null",
    "nul",
    " ",
    "\n",
    "\u{c}",
    "\u{feff}",
    "\"é\"",
    "{\"id\":1}",
    "[{\"id\":\"a\"}",
    "\"type\":\"header\"",
    "//",
    "'",
];
const SQL: &[&str] = &[
    "INSERT INTO ",
    "REPLACE INTO ",
    "`votes`",
    "votes",
    "`d`.`votes`",
    " VALUES ",
    "(",
    ")",
    ",",
    ";",
    "'",
    "'a'",
    "''",
    "\\'",
    "\"",
    "`",
    "NULL",
    "1",
    "-1.5",
    "0x4142",
    "_binary ",
    "b'1'",
    "-- note\n",
    "#\n",
    "/*",
    "*/",
    "/*!40101 SET */",
    "CREATE TABLE `votes` (`id` int, `name` text)",
    " ",
    "\n",
    "\\",
    "é",
];

proptest! {
    #![proptest_config(budget(400))]

    #[test]
    fn delimited_text_agrees_with_the_csv_crate(text in pieces(DELIMITED, 40), style in 0..3usize, delimiter in 0..3usize, has_header: bool) {
        let style = [Style::Quoted, Style::Escaped, Style::Plain][style];
        let dialect = delimited::dialect(style, b",\t;"[delimiter], has_header);
        delimited::agrees_with_the_csv_crate(text.as_bytes(), &dialect);
    }

    #[test]
    fn rows_with_escapes_come_back(rows in vec([option::of(any::<String>().boxed()), option::of(pieces(DELIMITED, 6)), option::of(".*".boxed())], 1..5)) {
        delimited::escaped_rows_come_back(&rows);
    }

    #[test]
    fn json_agrees_with_the_strict_parser(text in pieces(JSON, 30), form in 0..3usize) {
        json::agrees_with_the_strict_parser(text.as_bytes(), [Form::Tables, Form::Rows, Form::Envelope][form]);
    }

    #[test]
    fn json_that_is_nearly_right_agrees_too(rows in vec(pieces(JSON, 6), 0..5), form in 0..3usize, wrap in 0..5usize) {
        let rows: Vec<String> = rows.iter().map(|row| format!("{{\"id\":1,{row}}}")).collect();
        let (open, between, close) = [("[", ",", "]"), ("", "\n", ""), ("{\"votes\":[", ",", "],\"elections\":[]}"), ("{\"entries\":[", ",", "]}"), ("{\"elections\":[", ",", "]")][wrap];
        let text = format!("{open}{}{close}", rows.join(between));
        json::agrees_with_the_strict_parser(text.as_bytes(), [Form::Tables, Form::Rows, Form::Envelope][form]);
    }

    #[test]
    fn the_canonical_form_holds(text in pieces(JSON, 20)) {
        json::canonical_form_holds(&text);
    }

    #[test]
    fn dumps_are_read_alike_in_all_pieces(text in pieces(SQL, 40)) {
        let _ = sql::outcome(text.as_bytes());
    }

    #[test]
    fn dumped_rows_come_back(rows in vec([option::of(any::<String>().boxed()), option::of(pieces(SQL, 6)), option::of(".*".boxed())], 1..5)) {
        sql::dumped_rows_come_back(&rows);
    }

    #[test]
    fn anything_is_recognised_or_not(bytes in vec(any::<u8>(), 0..200), text in pieces(JSON, 20), name in "(votes|audit_logs|elections)?[.](csv|json|sql|tsv)") {
        files::is_recognised_or_not(&name, &bytes);
        files::is_recognised_or_not(&name, text.as_bytes());
    }

    #[test]
    fn keys_stay_out_of_messages(text in "(\\{|VOTE_SIGNING_KEY=|#|\n|\"|=|:|\\}|[a-z]{12,20}| ){0,12}") {
        files::keys_are_read_or_refused(&text);
    }

    #[test]
    fn entries_are_understood_or_not(text in pieces(JSON, 20), event in "(vote_cast|election_opened|election_manual_ballots_recorded|election_write_ins_merged|election_rollback)") {
        files::entry_is_understood_or_not(&event, &text);
    }
}

/// What canonical forms look like, and what only looks like one.
const STORED: &[&str] = &[
    "0a1b2c3d-0000-4fff-8abc-0123456789ab",
    "0A1B2C3D-0000-4fff-8abc-0123456789ab",
    "0a1b2c3d00004fff8abc0123456789ab----",
    "abababababababababababababababababababababababababababababababab",
    "2026-02-10 15:30:00",
    "2026-02-10T15:30:00",
    "2026-02-10 15:30:00.000000",
    "2026-02-30 15:30:00",
    "0000-00-00 00:00:00",
    "9999-12-31 23:59:59",
    "0",
    "1",
    "01",
    "-0",
    "+1",
    "-1",
    "9223372036854775807",
    "9223372036854775808",
    "",
    " ",
    "true",
    "False",
    "NULL",
    "\\N",
    "é",
    "\0",
    "10.0.0.1",
];

proptest! {
    #![proptest_config(budget(24))]

    #[test]
    fn votes_come_back_from_the_store(votes in vec(vec(option::of(prop_oneof![proptest::sample::select(STORED).prop_map(str::to_owned), any::<String>()]), 25), 1..40)) {
        let folder = tempfile::tempdir().expect("a folder");
        stored::votes_come_back(&votes, folder.path());
    }

    #[test]
    fn imports_end_well(bytes in vec(any::<u8>(), 0..200), text in pieces(JSON, 20), dump in pieces(SQL, 20), table in pieces(DELIMITED, 20)) {
        let folder = tempfile::tempdir().expect("a folder");
        files::import_ends_well("votes.json", text.as_bytes(), folder.path());
        files::import_ends_well("votes.csv", format!("id,election_id,candidate_id,voted_at\n{table}").as_bytes(), folder.path());
        files::import_ends_well("dump.sql", format!("INSERT INTO `votes` {dump}").as_bytes(), folder.path());
        files::archive_stays_in_its_place(&[b"PK\x03\x04", &bytes[..]].concat(), tempfile::tempdir().expect("a folder").path());
    }
}
