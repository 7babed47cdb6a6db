//! Two exports of one election: comparing the clean one with each that was tampered with names exactly the rows that were
//! tampered with, as the fixtures tell them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use domain::Unwatched;
use serde_json::Value;
use sha2::{Digest, Sha256};
use testkit::program::scrutineer;
use workflow::{Comparison, compare_exports};

fn logbook(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/logbook").join(name)
}

fn expected() -> Value {
    let text = std::fs::read_to_string(logbook("expected.json")).expect("the expectations");
    serde_json::from_str(&text).expect("JSON")
}

fn compare(clean: &str, other: &str) -> Comparison {
    compare_exports(&logbook(clean), &logbook(other), &Unwatched).expect("compared")
}

fn unexplained(comparison: &Comparison, table: &str) -> BTreeSet<String> {
    comparison.unexplained().filter(|(name, _)| *name == table).map(|(_, row)| row.key.clone()).collect()
}

/// Every id that a value names.
fn ids_in(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            found.insert(text.clone());
        }
        Value::Number(number) => {
            found.insert(number.to_string());
        }
        Value::Array(values) => values.iter().for_each(|value| ids_in(value, found)),
        Value::Object(members) => members.values().for_each(|value| ids_in(value, found)),
        _ => {}
    }
}

#[test]
fn the_tampered_votes_are_named_and_no_others() {
    let expected = expected();
    for (set, base) in [
        ("03_votes_candidate_changed", "02_clean_closed"),
        ("04_votes_time_changed", "02_clean_closed"),
        ("05_votes_signature_blanked", "02_clean_closed"),
        ("06_votes_inserted_unsigned", "02_clean_closed"),
        ("07_votes_inserted_forged", "02_clean_closed"),
        ("08_votes_mixed", "02_clean_closed"),
        ("09_votes_hidden_as_test", "02_clean_closed"),
        ("10_votes_tail_deleted", "02_clean_closed"),
        ("11_votes_middle_deleted", "02_clean_closed"),
        ("13_votes_signatures_exchanged", "02_clean_closed"),
    ] {
        let mut tampered = BTreeSet::new();
        ids_in(&expected[set]["tamper"], &mut tampered);
        let found = unexplained(&compare(base, set), "votes");
        assert!(!found.is_empty(), "{set}");
        for key in &found {
            let id = key.strip_prefix("vote:").expect("a vote");
            assert!(tampered.contains(id), "{set}: {id} was not tampered with; {}", expected[set]["tamper"]);
        }
        let named = tampered.iter().filter(|id| found.contains(&format!("vote:{id}"))).count();
        let uuids = tampered.iter().filter(|text| text.len() == 36).count();
        assert!(named >= 1 && named <= uuids, "{set}: {named} of {uuids}");
    }
    let swapped = compare("02_clean_closed", "12_candidates_swapped");
    assert!(!unexplained(&swapped, "candidates").is_empty(), "candidates were exchanged");
    assert!(unexplained(&swapped, "votes").is_empty(), "no vote was");
}

#[test]
fn the_tampered_entries_are_named_and_no_others() {
    let expected = expected();
    for set in [
        "21_audit_entry_edited",
        "22_audit_actor_changed",
        "23_audit_entry_deleted",
        "24_audit_reordered",
        "25_audit_unhashed_fields",
        "26_audit_downgrade",
        "27_audit_head_deleted",
    ] {
        let log_ids = expected[set]["tamper"]["log_ids"].as_array().expect("entries");
        let tampered: BTreeSet<String> = log_ids.iter().map(|id| format!("audit:{id}")).collect();
        assert_eq!(unexplained(&compare("20_audit_clean", set), "audit_log"), tampered, "{set}");
    }
    let archived = compare("20_audit_clean", "30_audit_archived_head");
    assert!(unexplained(&archived, "audit_log").is_empty(), "what was archived is there");
}

#[test]
fn nothing_differs_between_an_export_and_itself() {
    let comparison = compare("02_clean_closed", "02_clean_closed");
    assert_eq!(comparison.unexplained().count(), 0);
    assert!(comparison.tables.iter().all(|table| table.changed == 0), "{:?}", comparison.only_in_one);
}

#[test]
fn what_happened_lawfully_is_explained_by_its_entry() {
    let comparison = compare("01_clean_open", "02_clean_closed");
    let told: Vec<_> = comparison.unexplained().map(|(table, row)| (table, &row.key, &row.fields)).collect();
    assert!(told.is_empty(), "closing explains everything: {told:#?}");
    let votes = comparison.tables.iter().find(|table| table.table == "votes").expect("votes");
    assert!(votes.changed > 0, "closing empties the addresses");
}

/// The printed text without the breaks of its lines; nothing where the tool is not installed.
fn text_of(pdf: &Path) -> Option<String> {
    let output = std::process::Command::new("pdftotext").arg(pdf).arg("-").output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8_lossy(&output.stdout).split_whitespace().collect())
}

#[test]
fn the_command_compares_and_prints() {
    let folder = tempfile::tempdir().expect("a folder");
    let (pdf, csv) = (folder.path().join("compared.pdf"), folder.path().join("csv"));
    let paths = ["02_clean_closed", "08_votes_mixed"].map(|name| logbook(name).display().to_string());
    let (pdf_path, csv_path) = (pdf.display().to_string(), csv.display().to_string());
    let arguments = ["compare", &paths[0], &paths[1], "--json", "--pdf", &pdf_path, "--csv", &csv_path];
    let answer = scrutineer(arguments).end().expect(1).json();
    assert_eq!(answer["findings"][0]["code"], "R313");
    assert!(csv.join("votes.csv").exists());
    // Both name the files that were compared by what anybody can compute.
    let printed = text_of(&pdf);
    for (side, set) in [("a", "02_clean_closed"), ("b", "08_votes_mixed")] {
        let bytes = std::fs::read(logbook(set).join("votes.json")).expect("votes");
        let hash = domain::digest::encode_hex(&Sha256::digest(&bytes));
        let inputs = answer[side]["inputs"].as_array().expect("inputs");
        let votes = inputs.iter().find(|input| input["path"] == "votes.json").expect("votes");
        assert_eq!(
            (votes["sha256"].as_str(), votes["bytes"].as_u64()),
            (Some(&*hash), u64::try_from(bytes.len()).ok())
        );
        assert!(answer[side]["ledger_head"].is_null(), "an export lies in no case");
        if let Some(printed) = &printed {
            assert!(printed.contains(&hash), "{set}: {hash}");
        }
    }

    // A case tells up to which entry of its ledger it speaks.
    let case = folder.path().join("first.scrutineer").display().to_string();
    scrutineer(["case", "new", &case]).end().expect(0);
    scrutineer(["import", &case, &paths[0]]).end().expect(0);
    let head = scrutineer(["case", "info", &case, "--json"]).end().expect(0).json()["ledger"]["head"].clone();
    let kept = scrutineer(["compare", &case, &paths[1], "--json", "--pdf", &pdf_path]).end().expect(1).json();
    assert_eq!(kept["a"]["ledger_head"], head);
    if let Some(printed) = text_of(&pdf) {
        assert!(printed.contains(head.as_str().expect("a hash")), "{head}");
    }
    let electra = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/electra/tables").display().to_string();
    let refused = scrutineer(["compare", &paths[0], &electra]).end().expect(4);
    assert!(refused.err.contains("two exports of one system"), "{refused:?}");
}
