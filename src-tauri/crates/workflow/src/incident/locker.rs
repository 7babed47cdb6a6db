//! The evidence locker: files of any kind and size, kept whole, each access in the custody log of the incident.
//!
//! An item is named in the journal by number and SHA-256, so that the hash chain vouches for it. Items are never changed and
//! never removed; what is made from one is an item of its own that names it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::path::Path;

use domain::{Instant, Job, Sha256Digest};
use incidents::IncidentEvent;
use incidents::incident::event::{CustodyAct, CustodyEntry, EvidenceLink};
use serde::{Deserialize, Serialize};
use store::StoreError;
use store::tables::locker::{BrokenPiece, LockerItem, NewItem};

use super::journal::{Writing, evidence_id};
use super::{Recorded, Responders};
use crate::{Case, Error};

/// Items above this size leave a journal beside the case that is worked in at once.
const LARGE: u64 = 64 << 20;

/// What is said of an item when it is taken in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct About {
    /// What it is.
    pub what: String,
    /// Why it is kept.
    pub why: String,
    /// Person, system or command that it comes from.
    pub source: String,
    /// Path as given; empty for typed text.
    pub path: String,
    /// By what its first bytes show.
    pub media_type: String,
    /// `public`, `internal`, `personal`, `voting secret`.
    pub sensitivity: String,
    /// Last change of the file, as the machine tells it.
    pub modified_at: Option<Instant>,
    /// Items that it was made from.
    pub derived_from: Vec<String>,
    /// Item of a playbook that it is, as `PLAYBOOK/ITEM`.
    pub fulfils: Option<String>,
    /// Version of the program that took it.
    pub program: String,
}

/// An item of the locker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceItem {
    /// Id, for example `EV-0001`.
    pub id: String,
    /// Incident.
    pub incident: String,
    /// Name as given.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// When, ISO text.
    pub captured_at: String,
    /// By whom.
    pub captured_by: String,
    /// What was said of it.
    pub about: About,
}

/// What a second look at an item found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EvidenceCheck {
    /// Item.
    pub id: String,
    /// Its name.
    pub name: String,
    /// True where every byte is as it came.
    pub is_whole: bool,
    /// Hash as kept, hex.
    pub sha256: String,
    /// Hash as it is now, hex; empty where a piece cannot be read.
    pub now: String,
    /// What is wrong, in sentences that name piece and bytes.
    pub problems: Vec<String>,
}

/// One line of the custody log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CustodyLine {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What.
    pub entry: CustodyEntry,
}

/// Everything that a custody sheet shows.
#[derive(Clone, Debug, Serialize)]
pub struct CustodySheet {
    /// Name of the form.
    pub schema: &'static str,
    /// Incident.
    pub incident: String,
    /// Items with their accesses, each in order of time.
    pub items: Vec<(EvidenceItem, Vec<CustodyLine>)>,
    /// Required evidence that is missing, with the reason given.
    pub missing: Vec<(String, String)>,
    /// Head of the journal of the incident, hex.
    pub journal_head: String,
    /// Head of the ledger that reports print, hex.
    pub ledger_head: String,
}

/// One line of a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestItem {
    /// Item.
    pub id: String,
    /// Its name.
    pub name: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// The manifest that seals the evidence of an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Name of the form.
    pub schema: String,
    /// Incident.
    pub incident: String,
    /// When, ISO text.
    pub sealed_at: String,
    /// Records in the journal before the seal.
    pub records: u64,
    /// Accesses in the custody log before the seal.
    pub custody_entries: u64,
    /// The items.
    pub items: Vec<ManifestItem>,
}

impl Manifest {
    /// The list that `sha256sum -c` reads, for items that were written out under their ids and names.
    pub fn checksums(&self) -> String {
        self.items.iter().map(|item| format!("{}  {}\n", item.sha256, file_name(&item.id, &item.name))).collect()
    }
}

/// The name under which an item is written out.
fn file_name(id: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|letter| if letter.is_control() || matches!(letter, '/' | '\\' | ':') { '_' } else { letter })
        .collect();
    format!("{id}-{plain}")
}

pub(super) fn to_item(item: &LockerItem) -> EvidenceItem {
    EvidenceItem {
        id: evidence_id(item.number),
        incident: item.incident.clone(),
        name: item.name.clone(),
        sha256: item.sha256.to_hex(),
        bytes: item.bytes,
        captured_at: item.captured_at.clone(),
        captured_by: item.captured_by.clone(),
        about: serde_json::from_str(&item.about).unwrap_or_default(),
    }
}

/// The number behind `EV-0001`.
fn number_of(id: &str) -> Option<i64> {
    id.trim().strip_prefix("EV-")?.parse().ok()
}

fn broken_sentence(broken: &BrokenPiece) -> String {
    format!("piece {}, bytes {} to {}: {}", broken.piece, broken.from, broken.to, broken.reason)
}

/// What the first bytes show.
fn media_type(head: &[u8]) -> &'static str {
    const KNOWN: [(&[u8], &str); 9] = [
        (b"\x89PNG", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF8", "image/gif"),
        (b"%PDF", "application/pdf"),
        (b"PK\x03\x04", "application/zip"),
        (b"\x1f\x8b", "application/gzip"),
        (b"SQLite format 3", "application/vnd.sqlite3"),
        (b"\x7fELF", "application/x-executable"),
        (b"MZ", "application/x-msdownload"),
    ];
    if let Some((_, known)) = KNOWN.iter().find(|(start, _)| head.starts_with(start)) {
        return known;
    }
    // A letter may be cut at the end of what was read.
    let is_text = std::str::from_utf8(head).map_or_else(|error| error.valid_up_to() + 4 > head.len(), |_| true);
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace());
    match first {
        Some(b'{' | b'[') if is_text => "application/json",
        Some(_) if is_text && !head.contains(&0) => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Takes bytes into the locker and tells the journal of it.
pub(super) fn take_in(
    writing: &mut Writing<'_>,
    name: &str,
    about: &About,
    mut source: impl Read,
) -> Result<EvidenceItem, Error> {
    if name.trim().is_empty() {
        return Err(Error::refused("evidence needs a name"));
    }
    let mut head = Vec::new();
    source.by_ref().take(512).read_to_end(&mut head)?;
    let mut about = about.clone();
    about.media_type = media_type(&head).to_owned();
    about.program = format!("scrutineer {}", domain::PROGRAM_VERSION);
    if about.what.trim().is_empty() {
        about.what = name.to_owned();
    }
    if about.sensitivity.is_empty() {
        about.sensitivity = "internal".to_owned();
    }
    let text = serde_json::to_string(&about).unwrap_or_default();
    let new = NewItem {
        incident: writing.incident.id.as_str(),
        name,
        captured_at: &writing.stamp.at,
        captured_by: writing.by.name(),
        about: &text,
    };
    let stored = writing.change.add_locker_item(&new, std::io::Cursor::new(head).chain(source))?;
    let item = to_item(&stored);
    writing.add(IncidentEvent::EvidenceLinked(EvidenceLink {
        evidence: item.id.clone(),
        what: about.what.clone(),
        sha256: stored.sha256,
        fulfils: about.fulfils.clone(),
    }))?;
    let from = if about.path.is_empty() { about.source.clone() } else { about.path.clone() };
    custody(writing, &item.id, CustodyAct::Captured, &from, "evidence locker", &about.why, Some(true))?;
    Ok(item)
}

pub(super) fn custody(
    writing: &mut Writing<'_>,
    evidence: &str,
    act: CustodyAct,
    from: &str,
    to: &str,
    why: &str,
    hash_agreed: Option<bool>,
) -> Result<(), Error> {
    let text = |text: &str| text.trim().to_owned();
    writing.add(IncidentEvent::CustodyEntered(CustodyEntry {
        evidence: evidence.to_owned(),
        act,
        from: text(from),
        to: text(to),
        why: text(why),
        hash_agreed,
    }))?;
    Ok(())
}

fn input(path: &Path, error: &std::io::Error) -> Error {
    Error::Input {
        path: path.display().to_string(),
        row: 0,
        column: String::new(),
        message: format!("{}: {error}", path.display()),
    }
}

impl Case {
    /// Items of the locker: of one incident, or all that these people may see.
    ///
    /// # Errors
    /// The store's, or refused where access to the incident is restricted.
    pub fn locker(&self, incident: Option<&str>, viewer: Option<&Responders>) -> Result<Vec<EvidenceItem>, Error> {
        if let Some(id) = incident {
            self.incident(id, viewer)?;
        }
        let handle = self.file()?.incidents();
        let mut seen: BTreeMap<String, bool> = BTreeMap::new();
        for id in handle.ids()? {
            let may = self.incident(&id, viewer).is_ok();
            seen.insert(id, may);
        }
        let mut items = handle.locker(incident)?;
        items.retain(|item| seen.get(&item.incident).copied().unwrap_or(false));
        Ok(items.iter().map(to_item).collect())
    }

    pub(super) fn locker_item(&self, id: &str) -> Result<LockerItem, Error> {
        let handle = self.file()?.incidents();
        let found = match number_of(id) {
            Some(number) => handle.locker_item(number)?,
            None => None,
        };
        found.ok_or_else(|| {
            Error::refused(format!(
                "there is no evidence {id} in this case; `incident evidence list` shows what there is"
            ))
        })
    }

    /// Takes a file into the locker: hashed while it is read, read back and compared before the act is done.
    ///
    /// # Errors
    /// Where the file cannot be read, or refused; nothing is kept then.
    pub fn add_evidence_file(
        &mut self,
        by: &Responders,
        id: &str,
        path: &Path,
        about: &About,
    ) -> Result<(EvidenceItem, Recorded), Error> {
        let file = std::fs::File::open(path).map_err(|error| input(path, &error))?;
        let known = file.metadata().map_err(|error| input(path, &error))?;
        if !known.is_file() {
            return Err(Error::refused(format!(
                "{} is no file; name each file, or pack the folder first",
                path.display()
            )));
        }
        let modified = known.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
        let modified_at =
            modified.and_then(|since| i64::try_from(since.as_micros()).ok()).map(|micros| Instant { micros });
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let about = About { path: path.display().to_string(), modified_at, ..about.clone() };
        let taken = self.add_evidence(by, id, &name, &about, std::io::BufReader::with_capacity(1 << 20, file));
        taken.map_err(|error| match error {
            // The store knows no path of what it reads from.
            Error::Store(StoreError::Io { path: none, source }) if none.as_os_str().is_empty() => input(path, &source),
            other => other,
        })
    }

    /// Takes bytes from any reader into the locker, in constant memory.
    ///
    /// # Errors
    /// As [`Case::add_evidence_file`].
    pub fn add_evidence(
        &mut self,
        by: &Responders,
        id: &str,
        name: &str,
        about: &About,
        source: impl Read,
    ) -> Result<(EvidenceItem, Recorded), Error> {
        let done = self.change_incident(by, id, |writing| take_in(writing, name, about, source))?;
        if done.0.bytes > LARGE {
            self.file()?.settle();
        }
        Ok(done)
    }

    /// Looks at an item's bytes: the first ones, up to `most`. The look is an entry of the custody log.
    ///
    /// # Errors
    /// No such item, or bytes that are not as they came.
    pub fn view_evidence(&mut self, by: &Responders, item: &str, why: &str, most: usize) -> Result<Vec<u8>, Error> {
        let stored = self.locker_item(item)?;
        let mut bytes = Vec::new();
        let read = self.file()?.incidents().read_locker::<Error>(&stored, |piece| {
            let left = most.saturating_sub(bytes.len());
            bytes.extend_from_slice(&piece[..piece.len().min(left)]);
            Ok(bytes.len() < most)
        });
        self.look(by, &stored, CustodyAct::Viewed, by.name(), why)?;
        read.map_err(|error| error.of_case(self.path()))?;
        Ok(bytes)
    }

    /// Writes an access into the custody log; on a medium that takes no writes there is none.
    pub(crate) fn look(
        &mut self,
        by: &Responders,
        stored: &LockerItem,
        act: CustodyAct,
        to: &str,
        why: &str,
    ) -> Result<(), Error> {
        self.incident(&stored.incident, Some(by))?;
        if self.is_read_only() {
            return Ok(());
        }
        let id = evidence_id(stored.number);
        self.change_incident(by, &stored.incident, |writing| {
            custody(writing, &id, act, "evidence locker", to, why, None)
        })?;
        Ok(())
    }

    /// Writes an item out as a file, whole or not at all.
    ///
    /// # Errors
    /// No such item, a destination that exists or cannot be written, or bytes that are not as they came.
    pub fn export_evidence(
        &mut self,
        by: &Responders,
        item: &str,
        destination: &Path,
        why: &str,
    ) -> Result<EvidenceItem, Error> {
        let stored = self.locker_item(item)?;
        let failed = |error: std::io::Error| Error::Output {
            path: destination.display().to_string(),
            reason: error.to_string(),
        };
        if destination.exists() {
            return Err(Error::Output {
                path: destination.display().to_string(),
                reason: "there is a file of this name already; choose another name".to_owned(),
            });
        }
        // The access is told before the bytes leave, so that no copy goes out untold.
        self.look(by, &stored, CustodyAct::Exported, &destination.display().to_string(), why)?;
        let folder = destination.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut part = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let written = self.file()?.incidents().read_locker::<Error>(&stored, |piece| {
            part.write_all(piece).map_err(failed)?;
            Ok(true)
        });
        written.map_err(|error| error.of_case(self.path()))?;
        part.as_file().sync_all().map_err(failed)?;
        part.persist(destination).map_err(|error| failed(error.error))?;
        Ok(to_item(&stored))
    }

    /// Hashes items again, one or all of an incident, and tells the custody log what was found.
    ///
    /// # Errors
    /// No such item, or [`Error::Cancelled`].
    pub fn verify_evidence(
        &mut self,
        by: &Responders,
        incident: &str,
        item: Option<&str>,
        job: &dyn Job,
    ) -> Result<Vec<EvidenceCheck>, Error> {
        let checks = self.hash_evidence(by, incident, item, job)?;
        if !self.is_read_only() && !checks.is_empty() {
            self.change_incident(by, incident, |writing| {
                for check in &checks {
                    let why = check.problems.join("; ");
                    custody(writing, &check.id, CustodyAct::Verified, "", "", &why, Some(check.is_whole))?;
                }
                Ok(())
            })?;
        }
        Ok(checks)
    }

    /// Hashes items again, one or all of an incident. The caller tells the custody log.
    pub(super) fn hash_evidence(
        &self,
        by: &Responders,
        incident: &str,
        item: Option<&str>,
        job: &dyn Job,
    ) -> Result<Vec<EvidenceCheck>, Error> {
        let known = self.incident(incident, Some(by))?;
        let mut items = self.file()?.incidents().locker(Some(incident))?;
        if let Some(wanted) = item {
            items.retain(|item| evidence_id(item.number) == wanted.trim());
            if items.is_empty() {
                return Err(Error::refused(format!("{incident} has no evidence {wanted}")));
            }
        }
        job.begin("Hashing evidence again", Some(u64::try_from(items.len()).unwrap_or(0)));
        let mut checks = Vec::new();
        for stored in &items {
            let check = self.file()?.incidents().check_locker(stored, &|| job.is_cancelled())?;
            let Some(check) = check else { return Err(Error::Cancelled) };
            let id = evidence_id(stored.number);
            let mut problems: Vec<String> = check.broken.iter().map(broken_sentence).collect();
            if !check.is_whole && problems.is_empty() {
                problems.push("its bytes do not have the hash of the whole file".to_owned());
            }
            let in_journal: Option<Sha256Digest> =
                known.evidence.iter().find(|entry| entry.id == id).map(|entry| entry.sha256);
            if in_journal != Some(stored.sha256) {
                problems.push("its hash is not the one in the journal of the incident".to_owned());
            }
            checks.push(EvidenceCheck {
                is_whole: problems.is_empty(),
                id,
                name: stored.name.clone(),
                sha256: stored.sha256.to_hex(),
                now: check.sha256.map(|digest| digest.to_hex()).unwrap_or_default(),
                problems,
            });
            job.advance(1);
        }
        let missing = known.evidence.iter().filter(|entry| number_of(&entry.id).is_some());
        let missing = missing.filter(|entry| item.is_none_or(|wanted| wanted.trim() == entry.id));
        for entry in missing.filter(|entry| !checks.iter().any(|check| check.id == entry.id)).collect::<Vec<_>>() {
            checks.push(EvidenceCheck {
                id: entry.id.clone(),
                name: entry.what.clone(),
                is_whole: false,
                sha256: entry.sha256.to_hex(),
                now: String::new(),
                problems: vec!["the journal tells of it, but it is missing".to_owned()],
            });
        }
        Ok(checks)
    }

    /// Seals the evidence of an incident: every item is hashed again, and a manifest with all hashes becomes an item itself.
    ///
    /// # Errors
    /// Refused where an item is not as it came, or there is none.
    pub fn seal_evidence(
        &mut self,
        by: &Responders,
        id: &str,
        job: &dyn Job,
    ) -> Result<(Manifest, EvidenceItem), Error> {
        let checks = self.verify_evidence(by, id, None, job)?;
        if let Some(bad) = checks.iter().find(|check| !check.is_whole) {
            return Err(Error::refused(format!(
                "{} ({}) is not as it came ({}); open the playbook evidence-integrity and do not seal",
                bad.id,
                bad.name,
                bad.problems.join("; ")
            )));
        }
        let (done, _) = self.change_incident(by, id, |writing| seal(writing, None))?;
        Ok(done)
    }

    /// Everything that a custody sheet shows.
    ///
    /// # Errors
    /// As [`Case::incident`].
    pub fn custody_sheet(&self, id: &str, viewer: Option<&Responders>) -> Result<CustodySheet, Error> {
        let journal = self.read_incident(id, viewer)?;
        let items = self.file()?.incidents().locker(Some(journal.incident.id.as_str()))?;
        let lines = |item: &EvidenceItem| -> Vec<CustodyLine> {
            let own = journal.incident.custody.iter().filter(|record| record.entry.evidence == item.id);
            own.map(|record| CustodyLine { at: record.at, by: record.by.clone(), entry: record.entry.clone() })
                .collect()
        };
        Ok(CustodySheet {
            schema: "scrutineer/custody/1",
            incident: journal.incident.id.to_string(),
            items: items
                .iter()
                .map(to_item)
                .map(|item| {
                    let lines = lines(&item);
                    (item, lines)
                })
                .collect(),
            missing: journal
                .incident
                .evidence_explained
                .iter()
                .map(|(item, why)| (item.clone(), why.clone()))
                .collect(),
            journal_head: journal.head.to_hex(),
            ledger_head: self.printed_head()?,
        })
    }
}

/// Puts items under a manifest: those named, or all of the incident. Their bytes were looked at just before.
pub(super) fn seal(writing: &mut Writing<'_>, only: Option<&[String]>) -> Result<(Manifest, EvidenceItem), Error> {
    let id = writing.incident.id.to_string();
    let mut items = writing.change.incidents().locker(Some(&id))?;
    items.retain(|item| only.is_none_or(|only| only.contains(&evidence_id(item.number))));
    if items.is_empty() {
        return Err(Error::refused(format!("{id} has no evidence that could be sealed")));
    }
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let manifest = Manifest {
        schema: "scrutineer/evidence-manifest/1".to_owned(),
        incident: id,
        sealed_at: writing.stamp.at.clone(),
        records: count(writing.incident.timeline.len()),
        custody_entries: count(writing.incident.custody.len()),
        items: items
            .iter()
            .map(|item| ManifestItem {
                id: evidence_id(item.number),
                name: item.name.clone(),
                sha256: item.sha256.to_hex(),
                bytes: item.bytes,
            })
            .collect(),
    };
    let about = About {
        what: "Manifest of the evidence".to_owned(),
        why: "Seal".to_owned(),
        source: "Scrutineer".to_owned(),
        derived_from: manifest.items.iter().map(|item| item.id.clone()).collect(),
        ..About::default()
    };
    let bytes = serde_json::to_vec_pretty(&manifest).unwrap_or_default();
    let item = take_in(writing, "manifest.json", &about, &bytes[..])?;
    for sealed in &manifest.items {
        custody(writing, &sealed.id, CustodyAct::Sealed, "", &item.id, "Put under the manifest", Some(true))?;
    }
    Ok((manifest, item))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_are_told_by_content() {
        for (head, expected) in [
            (&b"\x89PNG\r\n"[..], "image/png"),
            (b"%PDF-1.7", "application/pdf"),
            (b" {\"a\":1}", "application/json"),
            (b"2026-11-21 12:00:00 up", "text/plain"),
            ("gr\u{fc}n".as_bytes(), "text/plain"),
            (b"\x00\x01\x02\xff\xfe\xfd\xfc\xfb", "application/octet-stream"),
            (b"", "application/octet-stream"),
        ] {
            assert_eq!(media_type(head), expected, "{head:?}");
        }
        assert_eq!(file_name("EV-0001", "a/b:c.log"), "EV-0001-a_b_c.log");
    }
}
