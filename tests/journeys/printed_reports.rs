//! Printed reports beside their tables on file: each number of a table stands on paper, or the paper says how many rows are on
//! file only; the files are sound, and each font in them is embedded as far as it is used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::election::{Phase, Secrecy};
use domain::{KeyRing, Unwatched};
use testkit::office::Office;
use testkit::pdf::{check, check_fonts, pages, solid};
use testkit::program::scrutineer;
use testkit::{fixtures, keys, logbook};
use workflow::IntegrityPaper;

/// Runs of digits, with a point inside where there is one.
fn numbers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_ascii_digit() && letter != '.')
        .map(|number| number.trim_matches('.'))
        .filter(|number| !number.is_empty())
}

/// The text of a report, ready to be searched.
struct Printed {
    text: String,
    solid: String,
    /// How often each number stands there.
    numbers: BTreeMap<String, usize>,
}

impl Printed {
    fn of(path: &Path) -> Option<Self> {
        let text = pages(&std::fs::read(path).expect("a report"))?.join("\n");
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        for number in numbers(&text) {
            *counted.entry(number.to_owned()).or_default() += 1;
        }
        // A sentence or a cell that broke in two lines is one text again.
        Some(Self { solid: solid(&text), numbers: counted, text: text.replace('\n', " ") })
    }

    /// Whether a number is there: as it is, as part of an id, or cut with the sign that says so.
    fn holds(&self, number: &str) -> bool {
        let is_cut = || {
            let (units, digits) = number.split_once('.')?;
            Some(self.solid.contains(&format!("{units}.{}…", digits.get(..6)?)))
        };
        self.solid.contains(number) || is_cut().unwrap_or(false)
    }

    /// Rows that the report leaves to the file, as it says itself.
    fn left_to(&self, file: &str) -> usize {
        let end = format!(" more rows stand in {file}.csv.");
        let told = self.text.match_indices(&end).map(|(at, _)| {
            let before = &self.text[..at];
            before.rsplit(' ').next().and_then(|count| count.parse::<usize>().ok()).expect("a count of rows")
        });
        told.sum()
    }
}

/// Every table of a folder against the report.
fn compare(name: &str, pdf: &Path, folder: &Path) {
    check(pdf);
    check_fonts(pdf);
    let Some(printed) = Printed::of(pdf) else { return };
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{name}: no table");
    for file in files {
        let table = file.file_stem().expect("a name").to_string_lossy().into_owned();
        // The paper says of these that they are on file only.
        let is_on_file = |column: &str| {
            let told = match (table.as_str(), column) {
                ("audit_entries", "event_data") => "What each entry says stands in audit_entries.csv.",
                ("timeline", _) => "Each minute stands in timeline.csv.",
                ("piles", _) => "piles.csv lists them.",
                // Of rows that only one export has, and of answers of the system.
                (_, "a" | "b" | "place_a" | "place_b" | "column") => {
                    return ["What added and removed rows say stands in", "What differs stands in"]
                        .iter()
                        .any(|start| printed.text.contains(&format!("{start} {table}.csv.")));
                }
                _ => return false,
            };
            printed.text.contains(told)
        };
        let mut rows = csv::Reader::from_path(&file).expect("a table");
        let columns: Vec<String> = rows.headers().expect("a header").iter().map(str::to_owned).collect();
        let left = printed.left_to(&table);
        let mut missing = Vec::new();
        let mut counted: BTreeMap<String, usize> = BTreeMap::new();
        for (number, row) in rows.records().enumerate() {
            let row = row.expect("a row");
            let cells = || columns.iter().zip(&row).filter(|(column, _)| !is_on_file(column));
            let lacking = cells().flat_map(|(_, cell)| numbers(cell)).find(|number| !printed.holds(number));
            if let Some(lacking) = lacking {
                missing.push(format!("row {}: {lacking}", number + 1));
            }
            // What heads a section or a column on paper stands there once, and in each row of the file.
            let is_own = |column: &str, cell: &str| {
                let is_number = !cell.is_empty() && cell.bytes().all(|byte| byte.is_ascii_digit());
                is_number && !["election_id", "round"].contains(&column)
            };
            for (_, cell) in cells().filter(|(column, cell)| is_own(column, cell)) {
                *counted.entry(cell.to_owned()).or_default() += 1;
            }
        }
        assert!(missing.len() <= left, "{name}: {table}.csv, of which {left} rows are on file only: {missing:?}");
        // A number that stands in twenty rows of the file stands twenty times on paper, at least.
        if left == 0 {
            for (number, times) in counted {
                let found = printed.numbers.get(&number).copied().unwrap_or(0);
                assert!(found >= times, "{name}: {table}.csv has {number} in {times} rows, the report {found} times");
            }
        }
    }
}

fn audited(folder: &Path, keys: &KeyRing) {
    let out = tempfile::tempdir().expect("a folder");
    let name = folder.display().to_string();
    let done = workflow::audit_inputs(&[folder.to_owned()], None, keys, None, None, &Unwatched)
        .unwrap_or_else(|error| panic!("{name}: {error}"));
    workflow::write_reports(&done.case, &done.report, out.path()).expect("reports");
    compare(&name, &out.path().join("report.pdf"), &out.path().join("csv"));
}

#[test]
fn reports_about_the_logbook_hold_the_numbers_of_their_tables() {
    let folders = [
        "01_clean_open",
        "08_votes_mixed",
        "13_votes_signatures_exchanged",
        "25_audit_unhashed_fields",
        "40_softdelete_rollback",
        "50_burst",
        "60_ranked_choice",
        "80_paper_proxy_writein",
    ];
    for folder in folders {
        audited(&logbook().join(folder), &keys(0));
    }
}

#[test]
fn reports_about_astra_and_electra_hold_the_numbers_of_their_tables() {
    for folder in ["astra/clean", "astra/dump", "electra/audit", "electra/tables", "electra/exports"] {
        audited(&fixtures().join(folder), &KeyRing::default());
    }
}

/// 8.5 x 11 inches are 612 x 792 points, 210 x 297 mm are 595.28 x 841.89.
#[test]
fn a_count_holds_the_numbers_of_its_tables_on_either_paper() {
    let folder = tempfile::tempdir().expect("a folder");
    let tally = fixtures().join("astra").join("tally");
    for (file, paper, size) in [
        ("02-one-seat-eliminations.json", "a4", "/MediaBox[0 0 595.28 841.89]"),
        ("09-exclusion-group-max1.json", "letter", "/MediaBox[0 0 612 792]"),
    ] {
        let (pdf, csv) = (folder.path().join("count.pdf"), folder.path().join(file));
        let ballots = tally.join(file);
        scrutineer([
            "count".as_ref(),
            "--ballots".as_ref(),
            ballots.as_os_str(),
            "--rule".as_ref(),
            "astra-meek".as_ref(),
            "--paper".as_ref(),
            paper.as_ref(),
            "--pdf".as_ref(),
            pdf.as_os_str(),
            "--csv".as_ref(),
            csv.as_os_str(),
        ])
        .end()
        .expect(0);
        compare(file, &pdf, &csv);
        let bytes = std::fs::read(&pdf).expect("a report");
        assert!(bytes.windows(size.len()).any(|part| part == size.as_bytes()), "{paper}: {size} is missing");
    }
}

#[test]
fn a_comparison_and_the_papers_about_one_election_hold_the_numbers_of_their_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pdf, csv) = (folder.path().join("comparison.pdf"), folder.path().join("comparison"));
    for other in ["03_votes_candidate_changed", "11_votes_middle_deleted"] {
        let found = workflow::compare_exports(&logbook().join("02_clean_closed"), &logbook().join(other), &Unwatched);
        found.expect("compared").write(Some(&pdf), Some(&csv)).expect("written");
        compare(other, &pdf, &csv);
    }
    let inputs = [logbook().join("08_votes_mixed")];
    let mut done = workflow::audit_inputs(&inputs, None, &keys(0), None, None, &Unwatched).expect("audited");
    let election = done.report.elections[0].election_id.clone();
    for (number, paper) in [IntegrityPaper::Certificate, IntegrityPaper::Anonymity].into_iter().enumerate() {
        let csv = folder.path().join(format!("integrity-{number}"));
        done.case.save_integrity(paper, &election, &pdf, Some(&csv)).expect("printed");
        if paper == IntegrityPaper::Anonymity {
            compare(paper.title(), &pdf, &csv);
        }
    }
    let csv = folder.path().join("subject");
    let sheet = done.case.about_subject("audit:6", &Unwatched).expect("looked up");
    done.case.save_subject(&sheet, Some(&pdf), Some(&csv)).expect("printed");
    compare("subject", &pdf, &csv);
}

#[test]
fn the_result_of_an_own_election_holds_the_numbers_of_its_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::found(folder.path());
    let election = office.in_phase(Phase::Tallied, Secrecy::Secret);
    let (pdf, csv) = (folder.path().join("result.pdf"), folder.path().join("csv"));
    office.case.print_result(&election, Some(&pdf), Some(&csv)).expect("a result");
    compare("result", &pdf, &csv);
}
