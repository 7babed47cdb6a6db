//! The bundle of an incident: its journal, link by link, its evidence untouched, its printed report, and the ledger.

use std::path::Path;

use domain::Job;
use incidents::Library;
use incidents::incident::event::CustodyAct;
use serde_json::{Value, json};
use store::tables::incident::JournalRow;
use store::tables::locker::LockerItem;

use super::chains::{self, Link};
use super::stage::Stage;
use super::{BundleWritten, Contents, Subject, cancelled, pretty, tables};
use crate::identity::Identity;
use crate::incident::{PrintRequest, Responders};
use crate::{Case, Error};

/// Evidence of all items together that lies in a bundle; what is beyond is named by its digest. A bundle stays below 4 GiB.
const MOST_BYTES: u64 = 3 << 30;
/// What is printed into the bundle; the first is its report.
const DOCUMENTS: [&str; 2] = ["incident-report", "custody-sheet"];

impl Case {
    /// Writes the evidence bundle of an incident and records it. Evidence leaves the locker with it, which the custody log tells first.
    ///
    /// # Errors
    /// As [`Case::incident`]; [`Error::Cancelled`]; [`Error::Output`] where the file cannot be written.
    pub fn write_incident_bundle(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        identity: &Identity,
        destination: &Path,
        job: &dyn Job,
    ) -> Result<BundleWritten, Error> {
        let id = self.incident(id, Some(by))?.id.to_string();
        job.begin("Putting the bundle together", None);
        let items = self.file()?.incidents().locker(Some(&id))?;
        for item in &items {
            let to = destination.display().to_string();
            self.look(by, item, CustodyAct::Exported, &to, "Evidence bundle")?;
        }
        let mut stage = Stage::new()?;
        for document in DOCUMENTS {
            cancelled(job)?;
            let request =
                PrintRequest { document: document.to_owned(), incident: Some(id.clone()), ..PrintRequest::default() };
            let printed = self.print_incident(by, library, &request, job)?;
            let name = if document == DOCUMENTS[0] { "report" } else { document };
            stage.add(&format!("report/{name}.pdf"), printed.pdf);
            for (table, bytes) in printed.tables {
                stage.add(&format!("report/csv/{name}-{}.csv", tables::plain_name(&table)), bytes);
            }
        }
        let incident = self.incident(&id, Some(by))?;
        let journal = self.file()?.incidents().journal(&id)?;
        let (inputs, missing) = self.bundle_evidence(&mut stage, &items, job)?;
        let status = json!(incident.status());
        let status = status.as_str().unwrap_or_default();
        stage.add(
            "report/report.json",
            pretty(&json!({
                "schema": "scrutineer/incident-bundle/1",
                "incident_id": id,
                "title": incident.title,
                "system": "incident",
                "verdict": status,
                "inputs": inputs,
                "elections": [],
                "findings": [],
                "incident": incident,
            })),
        );
        let newest = self.ledger()?.last().map(|entry| entry.at.clone()).unwrap_or_default();
        let subject = Subject {
            election_id: None,
            incident_id: Some(&id),
            title: &incident.title,
            system: "incident",
            verdict: status,
            newest_instant: &newest,
        };
        let contents = Contents {
            tables: Vec::new(),
            verdicts: tables::no_verdicts(&mut stage)?,
            chains: vec![journal_chain(&mut stage, &id, &journal)?],
            counts: Vec::new(),
            missing,
        };
        self.describe_bundle(&mut stage, &subject, contents, identity)?;
        self.finish_bundle(&mut stage, json!({"incident": id}), identity, missing, destination)
    }

    /// Adds the items of the locker. Answers what is said of each, and how many are named only.
    fn bundle_evidence(
        &self,
        stage: &mut Stage,
        items: &[LockerItem],
        job: &dyn Job,
    ) -> Result<(Vec<Value>, usize), Error> {
        let (mut lines, mut reported, mut missing, mut bytes) = (String::new(), Vec::new(), 0, 0);
        for item in items {
            cancelled(job)?;
            let fits = bytes + item.bytes <= MOST_BYTES;
            let mut bundled = None;
            if fits {
                bytes += item.bytes;
                let path = stage.free_path(&item.name);
                stage.write(&path, |out| {
                    self.file()?.incidents().read_locker::<Error>(item, |piece| {
                        out.write_all(piece)?;
                        Ok(true)
                    })
                })?;
                stage.must_be(&path, &item.sha256.to_hex())?;
                bundled = Some(path);
            }
            missing += usize::from(!fits);
            let mut about = json!({
                "path": item.name,
                "sha256": item.sha256.to_hex(),
                "bytes": item.bytes,
                "system": "incident",
                "kind": "evidence",
                "rows": 0,
            });
            reported.push(about.clone());
            about["bundled"] = json!(bundled);
            lines.push_str(&about.to_string());
            lines.push('\n');
        }
        stage.add("inputs.jsonl", lines.into_bytes());
        Ok((reported, missing))
    }
}

/// The journal as a chain: what was hashed for each record, as the store says.
fn journal_chain(stage: &mut Stage, id: &str, journal: &[JournalRow]) -> Result<Value, Error> {
    let links = journal.iter().map(|row| Link {
        key: format!("record:{}", row.number),
        previous: row.previous.to_hex(),
        text: Some(row.hashed_text(id)),
        hash: row.hash.to_hex(),
    });
    chains::of_links(stage, "incident-journal", links)
}
