//! The generator against the program: what is untouched is clean, what was planted is found, and both agree with the
//! published format about every signature.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::KeyRing;
use domain::report::AuditReport;
use testkit::generate::{Keyed, Kind, Options, Planted, SignedFields, generate};
use testkit::{above_info, json, logbook, subjects};

fn audited(options: &Options) -> (AuditReport, Vec<Planted>) {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Options { out: folder.path().join("export"), ..options.clone() };
    let planted = generate(&options).expect("an export");
    let mut keys = KeyRing::default();
    workflow::read_key_file(&options.out.join("keys.env"), &mut keys).expect("its keys");
    (testkit::audit(&[options.out], &keys), planted)
}

#[test]
fn an_untouched_export_audits_clean_in_every_form() {
    let plain = Options { votes: 601, ..Options::default() };
    for options in [
        plain.clone(),
        Options { with_audit: true, ..plain.clone() },
        Options { with_audit: true, as_json: true, is_shuffled: true, elections: 3, ..plain.clone() },
        Options { with_audit: true, stays_open: true, seed: "another".to_owned(), ..plain.clone() },
    ] {
        let (report, planted) = audited(&options);
        assert_eq!((above_info(&report), planted), (Vec::new(), Vec::new()), "{options:?}");
        assert_eq!(report.elections.len() as u64, options.elections);
        for election in &report.elections {
            let answer = election.vote_integrity.as_ref().expect("the origin's answer");
            assert_eq!(answer.integrity_status, "PASS", "{options:?}");
            assert_eq!(answer.valid_signatures, answer.total_votes);
        }
    }
}

#[test]
fn every_planted_change_is_found_where_it_stands() {
    let base = Options { votes: 2000, tamper: 30, with_audit: true, ..Options::default() };
    for options in [base.clone(), Options { as_json: true, is_shuffled: true, elections: 2, ..base }] {
        let (report, planted) = audited(&options);
        assert_eq!(planted.len(), 30);
        let found = subjects(&report);
        let rows = rows_of(&report);
        for change in &planted {
            let (code, subject) = match change.kind {
                Kind::CandidateChanged | Kind::TimeChanged | Kind::SignatureGarbled | Kind::PositionChanged => {
                    ("S101", format!("vote:{}", change.id))
                }
                Kind::SignatureBlanked | Kind::RowInserted => ("S102", format!("vote:{}", change.id)),
                Kind::MarkedAsTest => ("R305", format!("vote:{}", change.id)),
                Kind::RowDeleted => ("R302", format!("vote:{}", change.id)),
                Kind::EntryEdited => ("C201", format!("audit:{}", change.id)),
                Kind::EntryDeleted => {
                    let gap = format!("number {} is missing", change.id);
                    assert!(above_info(&report).iter().any(|line| line.contains(&gap)), "{change:?}");
                    continue;
                }
            };
            assert!(found.get(code).is_some_and(|all| all.contains(&subject)), "{change:?}: {found:?}");
            if let Some(row) = change.row {
                assert_eq!(rows.get(&subject), Some(&row), "{change:?}");
            }
        }
    }
}

/// The row of each subject that has one.
fn rows_of(report: &AuditReport) -> BTreeMap<String, u64> {
    let of_elections = report.elections.iter().flat_map(|election| &election.findings);
    of_elections
        .chain(&report.findings)
        .flat_map(|finding| &finding.rows)
        .filter(|row| !row.path.is_empty())
        .map(|row| (row.subject.clone(), row.row))
        .collect()
}

#[test]
fn the_same_options_write_the_same_bytes_and_another_seed_others() {
    let folder = tempfile::tempdir().expect("a folder");
    let written = |name: &str, seed: &str| {
        let out = folder.path().join(name);
        let options = Options { votes: 500, out: out.clone(), seed: seed.to_owned(), ..Options::default() };
        generate(&Options { with_audit: true, tamper: 9, is_shuffled: true, ..options }).expect("an export");
        ["votes.csv", "audit_logs.csv", "planted.json", "keys.env"]
            .map(|file| fs::read(out.join(file)).expect("a file"))
    };
    let first = written("first", "7");
    assert!(first == written("again", "7"), "two runs differ");
    assert!(first.iter().zip(&written("other", "8")).all(|(left, right)| left != right), "a seed changes every file");
    let text = String::from_utf8(first[0].clone()).expect("text");
    let ids: Vec<&str> = text.lines().skip(1).map(|line| &line[..36]).collect();
    assert!(ids.is_sorted(), "shuffled means: by id");
}

#[test]
fn signatures_are_those_of_the_published_format() {
    let vectors = json(&logbook().join("vectors.json"));
    let key = Keyed::new(vectors["vote_signing_key"].as_str().expect("a key"));
    let mut seen = 0;
    for case in vectors["vote_signature_current"].as_array().expect("cases") {
        let signed = case["canonical"].as_str().expect("the signed text");
        let expected = case["signature"].as_str().expect("a signature");
        assert_eq!(key.hex(signed), expected, "{signed}");
        // The text itself is built here only for ordinary votes.
        let parts: Vec<&str> = signed.split(':').collect();
        let is_ordinary = parts.len() == 12 && parts[5..8] == ["None", "False", "None"] && parts[11] == "False";
        if is_ordinary {
            let fields = SignedFields {
                vote: parts[0],
                election: parts[1],
                candidate: parts[2],
                voter: parts[3],
                position: parts[4],
                voted_at: &parts[8..11].join(":"),
            };
            assert_eq!(fields.text(), signed);
            seen += 1;
        }
    }
    assert!(seen > 0, "no ordinary vote among the vectors");
}

/// Where the house keeps another generator, written by other hands: both must sign alike.
#[test]
fn signatures_agree_with_the_shared_generator() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/tools/gen_logbook.py");
    if !script.is_file() {
        println!("left out: there is no {} here", script.display());
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("shared");
    let run = Command::new("python3")
        .arg(&script)
        .args(["--rows", "60", "--audit", "--format", "csv", "--out"])
        .arg(&out)
        .output()
        .expect("python3 starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let expected = json(&out.join("expected.json"));
    let key = Keyed::new(expected["vote_key"].as_str().expect("a key"));
    let rows = csv_rows(out.join("votes.csv"));
    assert_eq!(rows.len(), 60);
    for row in rows {
        let time = row["voted_at"].replace(' ', "T");
        let text = SignedFields {
            vote: &row["id"],
            election: &row["election_id"],
            candidate: &row["candidate_id"],
            voter: &row["voter_hash"],
            position: &row["position"],
            voted_at: &time,
        }
        .text();
        assert_eq!(key.hex(&text), row["vote_signature"]);
    }
}

/// Rows of a CSV file without quotes.
fn csv_rows(path: PathBuf) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(path).expect("a file");
    let mut lines = text.lines();
    let columns: Vec<&str> = lines.next().expect("a header").split(',').collect();
    lines
        .map(|line| columns.iter().zip(line.split(',')).map(|(name, it)| ((*name).to_owned(), it.to_owned())).collect())
        .collect()
}
