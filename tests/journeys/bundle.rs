//! Evidence bundles: the same bytes again, checked by this program, by the checker inside, and by common tools; and nothing that
//! is changed goes unseen.

use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;

use domain::Unwatched;
use testkit::office::Office;
use testkit::playing::{anna, declare, titled};
use testkit::program::scrutineer;
use workflow::bundle::{BundleCheck, BundleRequest, check_bundle};
use workflow::incident::About;
use workflow::incident::incidents::Library;
use workflow::{Case, Identity, read_key_file};

/// Flips of single bits that are tried.
const FLIPS: u64 = 1_000;

fn fixtures(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn identity(folder: &Path) -> Identity {
    Identity::at(&folder.join("identity")).expect("an identity")
}

/// Bundles of all elections of an export.
fn bundles_of(export: &Path, keys: Option<&Path>, identity: &Identity, folder: &Path) -> Vec<PathBuf> {
    let mut ring = domain::KeyRing::default();
    if let Some(keys) = keys {
        read_key_file(keys, &mut ring).expect("keys");
    }
    let inputs = [export.to_owned()];
    let mut done = workflow::audit_inputs(&inputs, None, &ring, None, None, &Unwatched).expect("audited");
    let mut elections: Vec<Option<String>> =
        done.report.elections.iter().map(|election| Some(election.election_id.clone())).collect();
    if elections.is_empty() {
        elections.push(None);
    }
    let written = elections.into_iter().enumerate().map(|(number, election_id)| {
        let request = BundleRequest { election_id, originals: inputs.to_vec(), without_originals: false };
        let path = folder.join(format!("{number}.zip"));
        done.case.write_bundle(&request, identity, &path, &Unwatched).expect("written");
        path
    });
    written.collect()
}

fn holds(path: &Path) -> BundleCheck {
    let check = check_bundle(path, None).expect("a bundle");
    assert!(check.holds(), "{}: {:#?}", path.display(), check.problems);
    check
}

/// A small bundle, for what is tried often.
fn small(folder: &Path) -> (PathBuf, Identity) {
    let identity = identity(folder);
    let export = folder.join("export");
    fs::create_dir(&export).expect("a folder");
    let from = fixtures("logbook/02_clean_closed");
    for name in ["votes.json", "candidates.json", "elections.json"] {
        fs::copy(from.join(name), export.join(name)).expect("copied");
    }
    let path = bundles_of(&export, Some(&fixtures("logbook/keys.json")), &identity, folder).remove(0);
    (path, identity)
}

/// Runs a program; `None` where this machine has none of that name.
fn run(program: &str, arguments: &[&str], folder: &Path) -> Option<bool> {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => Some(output.status.success()),
        Err(_) => {
            eprintln!("left out: there is no {program} on this machine");
            None
        }
    }
}

fn unpack(bundle: &Path, folder: &Path) {
    let bytes = fs::read(bundle).expect("a file");
    zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP file").extract(folder).expect("unpacked");
}

#[test]
fn each_export_gives_the_same_bundle_again_and_every_check_passes() {
    let folder = tempfile::tempdir().expect("a folder");
    let identity = identity(folder.path());
    let keys = fixtures("logbook/keys.json");
    let mut exports: Vec<(PathBuf, Option<&Path>)> =
        vec![(fixtures("astra/clean"), None), (fixtures("astra/dump"), None)];
    for name in ["electra/tables", "electra/audit", "electra/exports"] {
        exports.push((fixtures(name), None));
    }
    for name in [
        "02_clean_closed",
        "08_votes_mixed",
        "11_votes_middle_deleted",
        "40_softdelete_rollback",
        "21_audit_entry_edited",
        "27_audit_head_deleted",
        "60_ranked_choice",
        "70_results_matrix",
    ] {
        exports.push((fixtures("logbook").join(name), Some(&keys)));
    }
    exports.retain(|(export, _)| export.exists());
    assert!(exports.len() >= 11, "the fixtures are there");
    for (number, (export, keys)) in exports.iter().enumerate() {
        let (first, second) = (folder.path().join(format!("{number}a")), folder.path().join(format!("{number}b")));
        fs::create_dir(&first).and_then(|()| fs::create_dir(&second)).expect("folders");
        let bundles = bundles_of(export, *keys, &identity, &first);
        for (bundle, again) in bundles.iter().zip(bundles_of(export, *keys, &identity, &second)) {
            assert!(
                fs::read(bundle).expect("one") == fs::read(again).expect("two"),
                "{}: other bytes",
                export.display()
            );
            let check = holds(bundle);
            assert_eq!(check.signer, identity.words());
            let unpacked = bundle.with_extension("unpacked");
            unpack(bundle, &unpacked);
            let shown = bundle.display().to_string();
            let script = unpacked.join("check.py").display().to_string();
            for (program, arguments) in [
                ("python3", vec![script.as_str(), &shown, "--signer", &check.signer]),
                ("sha256sum", vec!["--check", "--strict", "--quiet", "MANIFEST"]),
                (
                    "openssl",
                    vec![
                        "pkeyutl",
                        "-verify",
                        "-pubin",
                        "-inkey",
                        "signer.pem",
                        "-rawin",
                        "-in",
                        "MANIFEST",
                        "-sigfile",
                        "MANIFEST.sig",
                    ],
                ),
                ("minisign", vec!["-V", "-p", "signer.pub", "-m", "MANIFEST", "-x", "MANIFEST.minisig"]),
            ] {
                assert_ne!(
                    run(program, &arguments, &unpacked),
                    Some(false),
                    "{program} refuses {shown} of {}",
                    export.display()
                );
            }
        }
    }
}

#[test]
fn any_flipped_bit_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, _) = small(folder.path());
    holds(&path);
    let bytes = fs::read(&path).expect("bytes");
    let changed = folder.path().join("changed.zip");
    let script = folder.path().join("check.py");
    fs::write(&script, include_bytes!("../../src-tauri/crates/workflow/src/bundle/check.py")).expect("the checker");
    let bits = bytes.len() as u64 * 8;
    let mut draw = 0x2545_F491_4F6C_DD1D_u64;
    for number in 0..FLIPS {
        draw ^= draw << 13;
        draw ^= draw >> 7;
        draw ^= draw << 17;
        let bit = draw % bits;
        let mut other = bytes.clone();
        other[usize::try_from(bit / 8).expect("small")] ^= 1 << (bit % 8);
        fs::write(&changed, &other).expect("written");
        let check = check_bundle(&changed, None).expect("an answer");
        assert!(!check.holds(), "bit {bit} is not looked at");
        if number % 50 == 0 {
            let arguments = [script.display().to_string(), changed.display().to_string()];
            let told = run("python3", &[&arguments[0], &arguments[1]], folder.path());
            assert_ne!(told, Some(true), "bit {bit} is not looked at by the checker");
        }
    }
}

#[test]
fn originals_that_are_missing_are_asked_for_by_name() {
    let folder = tempfile::tempdir().expect("a folder");
    let identity = identity(folder.path());
    let export = folder.path().join("export");
    fs::create_dir(&export).expect("a folder");
    for name in ["public-ballots.json", "public-audit.json"] {
        fs::copy(fixtures("astra/clean").join(name), export.join(name)).expect("copied");
    }
    let inputs = [export.clone()];
    let keys = domain::KeyRing::default();
    let path = folder.path().join("case.scrutineer");
    let done = workflow::audit_inputs(&inputs, None, &keys, Some(&path), None, &Unwatched).expect("audited");
    let election_id = done.report.elections[0].election_id.clone();
    drop(done);
    let mut case = Case::open(&path).expect("opens");
    let request = BundleRequest { election_id: Some(election_id), ..BundleRequest::default() };
    let bundle = folder.path().join("bundle.zip");
    let before = case.ledger().expect("a ledger").len();
    case.write_bundle(&request, &identity, &bundle, &Unwatched).expect("the case keeps small originals");
    let first = fs::read(&bundle).expect("bytes");
    assert_eq!(case.ledger().expect("a ledger").len(), before + 1, "a bundle is recorded");
    case.write_bundle(&request, &identity, &bundle, &Unwatched).expect("once more");
    assert!(first == fs::read(&bundle).expect("bytes"), "that a bundle was made changes no bundle");
    let other = BundleRequest { election_id: Some("none".to_owned()), ..BundleRequest::default() };
    let refused = case.write_bundle(&other, &identity, &bundle, &Unwatched).expect_err("no such election");
    assert!(refused.to_string().contains("there is no election none"), "{refused}");
    assert!(first == fs::read(&bundle).expect("bytes"), "a refusal leaves the file");
}

#[test]
fn the_bundle_of_an_incident_holds_its_evidence_and_its_journal() {
    let folder = tempfile::tempdir().expect("a folder");
    let identity = identity(folder.path());
    let mut office = Office::found(folder.path());
    let library = Library::shipped();
    let by = anna(&office);
    let id = declare(&mut office, &library, titled("Receipts do not arrive"));
    let seen = "bounced: 17 of 200\n";
    let about = About { what: "Mail log".to_owned(), why: "Shows the bounces".to_owned(), ..About::default() };
    let (item, _) = office.case.add_evidence_note(&by, &id, seen, &about).expect("kept");
    let bundle = folder.path().join("incident.zip");
    office.case.write_incident_bundle(&by, &library, &id, &identity, &bundle, &Unwatched).expect("written");
    assert_eq!(holds(&bundle).says.0, id);
    let sheet = office.case.custody_sheet(&id, Some(&by)).expect("a sheet");
    let acts = format!("{:?}", sheet.items);
    assert!(acts.contains("Exported") && acts.contains("incident.zip"), "custody tells that it left: {acts}");
    let unpacked = folder.path().join("unpacked");
    unpack(&bundle, &unpacked);
    let about = fs::read_to_string(unpacked.join("inputs.jsonl")).expect("inputs");
    let about: serde_json::Value = serde_json::from_str(about.trim()).expect("one line");
    assert_eq!(about["sha256"], item.sha256.as_str());
    let kept = fs::read_to_string(unpacked.join(about["bundled"].as_str().expect("a path"))).expect("evidence");
    assert_eq!(kept, seen);
    let script = unpacked.join("check.py").display().to_string();
    assert_ne!(run("python3", &[&script, &bundle.display().to_string()], folder.path()), Some(false));
    // A journal of which one record says something else.
    let journal = unpacked.join("chains/incident-journal.jsonl");
    let text = fs::read_to_string(&journal).expect("a journal");
    fs::write(&journal, text.replacen("Receipts do not arrive", "Receipts did all arrive", 1)).expect("altered");
    assert_ne!(run("python3", &[&script, &unpacked.display().to_string()], folder.path()), Some(true));
}

#[test]
fn the_command_makes_and_checks_bundles() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out").display().to_string();
    let export = fixtures("astra/clean").display().to_string();
    scrutineer(["audit", &export, "--out", &out]).end().expect(0);
    let bundle = format!("{out}/bundle.zip");
    let words = scrutineer(["identity", "--json"]).end().expect(0).json()["words"].as_str().expect("words").to_owned();
    let check = scrutineer(["bundle", "verify", &bundle, "--signer", &words, "--json"]).end().expect(0).json();
    assert_eq!((&check["ok"], &check["signer"]), (&true.into(), &words.clone().into()));
    let other = scrutineer(["bundle", "verify", &bundle, "--signer", "babab-babab-babab-babab-babab"]).end().expect(1);
    assert!(other.out.contains("not by babab"), "{other:?}");
    scrutineer(["bundle", "verify", &format!("{export}/public-ballots.json")]).end().expect(1);
    scrutineer(["bundle", "verify", "nowhere.zip"]).end().expect_refusal();
}
