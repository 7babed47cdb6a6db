//! Whole files: recognition, archives, key files, case files, audit entries, and an import from end to end.

use std::fs;
use std::path::Path;

use domain::{AuditRecord, AuditSource, FileId, Place, Unwatched};
use importers::inputs::{FileHead, InputSet};
use importers::logbook::{events, rules, tables};
use workflow::Case;

/// Recognition takes any name and any bytes.
pub fn is_recognised_or_not(name: &str, bytes: &[u8]) {
    let head = FileHead { name: name.to_owned(), bytes: bytes.to_owned(), is_gzip: bytes.len() % 2 == 1 };
    let _ = tables::recognise(&head);
}

/// An archive is unpacked or refused; nothing is written beside its own folder.
///
/// # Panics
/// Where a member came out beside the place made for it.
pub fn archive_stays_in_its_place(bytes: &[u8], folder: &Path) {
    let archive = folder.join("export.zip");
    fs::write(&archive, bytes).expect("written");
    if let Ok(set) = InputSet::gather(std::slice::from_ref(&archive)) {
        for file in &set.files {
            let _ = file.head();
        }
    }
    let beside: Vec<_> =
        fs::read_dir(folder).expect("a folder").filter_map(Result::ok).map(|it| it.file_name()).collect();
    assert_eq!(beside, ["export.zip"], "something came out of the archive");
}

/// A key file is read or refused, and the refusal does not show what stands in it.
///
/// # Panics
/// Where a message holds a longer piece of the text.
pub fn keys_are_read_or_refused(text: &str) {
    let Err(error) = workflow::read_keys_text(text, "pasted text") else { return };
    let message = error.to_string();
    for word in text.split_whitespace().filter(|word| word.chars().count() >= 12) {
        assert!(!message.contains(word), "{message}");
    }
}

/// The bytes of a small case that holds evidence and a conclusion.
///
/// # Panics
/// Where it cannot be made.
pub fn sound_case() -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, copy) = (folder.path().join("case.scrutineer"), folder.path().join("copy.scrutineer"));
    let mut case = Case::create(&path, "a sound case").expect("a case");
    let votes = crate::logbook().join("03_votes_candidate_changed/votes.csv");
    case.import(&[votes], None, &Unwatched).expect("an import");
    case.verify(&crate::keys(0), &Unwatched).expect("a verification");
    case.backup(&copy).expect("a copy");
    fs::read(copy).expect("a file")
}

/// A case file is opened or refused; opening and looking at it never goes wrong otherwise.
pub fn case_is_opened_or_refused(bytes: &[u8], folder: &Path) {
    let path = folder.join("case.scrutineer");
    for suffix in ["", "-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("case.scrutineer{suffix}")));
    }
    fs::write(&path, bytes).expect("written");
    if let Ok(mut case) = Case::open(&path) {
        let _ = case.info();
        let _ = case.rejects();
        let _ = case.latest_report();
        let _ = case.recheck(&Unwatched);
    }
}

/// An audit entry with any data is understood or passed over, and its hashed text can be built or not.
pub fn entry_is_understood_or_not(event_type: &str, data: &str) {
    let entry = AuditRecord {
        place: Place { file: FileId(1), row: 1 },
        source: AuditSource::Table,
        id: 1,
        timestamp: Some(data.chars().take(30).collect()),
        timestamp_nanos: None,
        event_type: event_type.to_owned(),
        event_category: None,
        severity: None,
        user_id: None,
        username: None,
        session_id: None,
        organization_id: None,
        ip_address: None,
        user_agent: None,
        event_data: Some(data.to_owned()),
        previous_hash: None,
        current_hash: None,
        hash_version: None,
    };
    let _ = events::event(&entry);
    let _ = rules::audit_text(&entry, rules::audit_version(&entry));
    let _ = rules::legacy_audit_text(&entry);
}

/// A file of any name and content is imported, or refused with a message and a next step.
///
/// # Panics
/// Where a refusal says nothing.
pub fn import_ends_well(name: &str, bytes: &[u8], folder: &Path) {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("written");
    if let Err(error) = Case::plan_import(std::slice::from_ref(&path), None, &Unwatched) {
        assert!(!error.to_string().is_empty() && !error.next_step().is_empty());
    }
    let _ = fs::remove_file(path);
}
