//! Evidence that the program takes itself: a note, and a snapshot of everything that a case knows about the elections of an
//! incident, sealed in one act.

use std::io::{Seek, Write};

use domain::incident::EntryKind;
use incidents::{IncidentEvent, Library};
use serde::Serialize;
use serde_json::{Value, json};

use super::journal::Writing;
use super::locker::{seal, take_in};
use super::{About, EvidenceItem, Manifest, Recorded, Responders};
use crate::{Case, Error};

/// Entries of an imported audit log that are written at once.
const PAGE: u32 = 5000;

/// The checklist of a first report of a dispute.
const CHECKLIST: &str = "preserve-evidence";

/// What was preserved.
#[derive(Clone, Debug, Serialize)]
pub struct Preserved {
    /// The items: reports, logs with hashes, the note of the time.
    pub items: Vec<EvidenceItem>,
    /// The manifest over them.
    pub manifest: Manifest,
    /// The manifest as an item.
    pub sealed_as: EvidenceItem,
}

/// Something that is to be taken: its name, what it is, its bytes in a file of its own.
struct Ready {
    name: String,
    what: String,
    file: std::fs::File,
}

impl Ready {
    fn new(name: &str, what: &str) -> Result<Self, Error> {
        Ok(Self { name: name.to_owned(), what: what.to_owned(), file: tempfile::tempfile()? })
    }

    fn with(name: &str, what: &str, value: &impl Serialize) -> Result<Self, Error> {
        let mut ready = Self::new(name, what)?;
        let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
        bytes.push(b'\n');
        ready.file.write_all(&bytes)?;
        Ok(ready)
    }
}

impl Case {
    /// Takes typed text into evidence.
    ///
    /// # Errors
    /// Refused for an empty text.
    pub fn add_evidence_note(
        &mut self,
        by: &Responders,
        id: &str,
        text: &str,
        about: &About,
    ) -> Result<(EvidenceItem, Recorded), Error> {
        if text.trim().is_empty() {
            return Err(Error::refused("the note is empty; write what is to be kept"));
        }
        self.add_evidence(by, id, "note.txt", about, text.as_bytes())
    }

    /// Preserves what the case knows: raw reports, audit logs with hashes and a note of the time, sealed under a manifest in one
    /// act. Items of the checklist `preserve-evidence` that this fulfils are ticked; `fulfils` names an item of a playbook.
    ///
    /// # Errors
    /// The store's; nothing is kept then.
    pub fn preserve(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        fulfils: Option<&str>,
    ) -> Result<(Preserved, Recorded), Error> {
        let incident = self.incident(id, Some(by))?;
        let mut ready = Vec::new();
        if let Some(report) = self.latest_report()? {
            ready.push(Ready::with("report.json", "Raw answer of the newest verification", &report)?);
            ready.push(Ready::with("inputs.json", "Imported files with their hashes", &report.inputs)?);
        }
        if self.info()?.audit_entries > 0 {
            ready.push(self.imported_log()?);
        }
        for election in self.own_elections()?.into_iter().filter(|election| incident.touches(&election.id)) {
            let status = json!({
                "status": self.election_status(&election.id)?,
                "setup": self.election_setup(&election.id)?,
                "result": self.election_result(&election.id)?,
            });
            let name = format!("election-{}.json", election.id);
            ready.push(Ready::with(&name, &format!("State of \"{}\"", election.title), &status)?);
        }
        ready.push(self.own_log()?);
        let elections: Vec<Value> = incident
            .elections
            .iter()
            .map(|election| json!({"election_id": election.id, "title": election.name}))
            .collect();
        let note = json!({
            "text": "The state of the case at this time, as its ledger vouches for it",
            "at": self.now(),
            "by": by.name(),
            "ledger_head": self.printed_head()?,
            "elections": elections,
            "program": domain::PROGRAM_VERSION,
        });
        ready.push(Ready::with("time-note.json", "Note of the time, with the head of the ledger", &note)?);
        let why = "Preserve the evidence before anything is changed";
        self.change_incident(by, id, |writing| {
            let mut items = Vec::new();
            for one in &mut ready {
                one.file.rewind()?;
                // The playbook's item is the first file, which holds most.
                let fulfils = fulfils.filter(|_| items.is_empty()).map(str::to_owned);
                let about = About {
                    what: one.what.clone(),
                    why: why.to_owned(),
                    source: "this case".to_owned(),
                    fulfils,
                    ..About::default()
                };
                items.push(take_in(writing, &one.name, &about, &one.file)?);
            }
            let ids: Vec<String> = items.iter().map(|item| item.id.clone()).collect();
            let (manifest, sealed_as) = seal(writing, Some(&ids))?;
            writing.add(IncidentEvent::Noted {
                kind: EntryKind::Evidence,
                text: format!("Preserved and sealed as {}: {} items", sealed_as.id, ids.len()),
                links: Vec::new(),
            })?;
            tick_fulfilled(writing, library, &sealed_as.id)?;
            Ok(Preserved { items, manifest, sealed_as })
        })
    }

    /// The imported audit log, one JSON object a line, hashes included.
    fn imported_log(&self) -> Result<Ready, Error> {
        let mut ready = Ready::new("audit-log.jsonl", "Imported audit log with its hashes")?;
        let mut out = std::io::BufWriter::new(&ready.file);
        let mut after = (i64::MIN, i64::MAX);
        let reader = self.reader()?;
        loop {
            let page = reader.audit_entries(after, PAGE)?;
            for (position, entry) in &page {
                serde_json::to_writer(&mut out, &super::checks::audit_json(entry))
                    .map_err(|error| Error::Output { path: "audit log".to_owned(), reason: error.to_string() })?;
                out.write_all(b"\n")?;
                after = (entry.id, *position);
            }
            if page.len() < PAGE as usize {
                break;
            }
        }
        out.flush()?;
        drop(out);
        ready.file.flush()?;
        Ok(ready)
    }

    /// The ledger of the case, one JSON object a line, hashes included.
    fn own_log(&self) -> Result<Ready, Error> {
        let mut ready = Ready::new("ledger.jsonl", "Ledger of the case with its hashes")?;
        for entry in self.ledger()? {
            let line = json!({
                "number": entry.number, "at": entry.at, "actor": entry.actor, "act": entry.act, "detail": entry.detail,
                "previous": entry.previous.to_hex(), "hash": entry.hash.to_hex(),
            });
            writeln!(ready.file, "{line}")?;
        }
        Ok(ready)
    }
}

/// Ticks what preserving has done; what only a person can vouch for stays open.
fn tick_fulfilled(writing: &mut Writing<'_>, library: &Library, sealed_as: &str) -> Result<(), Error> {
    let Some(list) = library.checklist(CHECKLIST) else { return Ok(()) };
    for item in list.items.iter().filter(|item| matches!(item.id.as_str(), "report" | "time" | "log")) {
        let is_done =
            writing.incident.checklist_items.get(&format!("{CHECKLIST}/{}", item.id)).is_some_and(|mark| mark.done);
        if !is_done && writing.incident.declared_at().is_some() {
            writing.add(IncidentEvent::ChecklistChanged {
                checklist: CHECKLIST.to_owned(),
                item: item.id.clone(),
                done: true,
                note: format!("Sealed as {sealed_as}"),
            })?;
        }
    }
    Ok(())
}
