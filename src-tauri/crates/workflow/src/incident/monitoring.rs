//! What monitoring exports, taken as evidence and as entries of the timeline.

use std::path::Path;

use incidents::incident::event::Link;
use incidents::monitoring::{self, MonitoringKind};
use incidents::triggers::Proposal;
use incidents::{IncidentEvent, Library, triggers};
use serde::Serialize;

use super::locker::take_in;
use super::{About, EvidenceItem, Recorded, Responders};
use crate::{Case, Error};

/// Largest export that is read; monitoring exports are small.
const LARGEST: u64 = 256 << 20;

/// What became of a monitoring export.
#[derive(Clone, Debug, Serialize)]
pub struct TakenAlerts {
    /// The file as evidence.
    pub evidence: EvidenceItem,
    /// What it is.
    pub kind: MonitoringKind,
    /// New entries of the timeline.
    pub entries: usize,
    /// Rows that stand in the timeline already, from an earlier file.
    pub known: usize,
    /// Playbooks that the alerts offer.
    pub proposals: Vec<Proposal>,
}

impl Case {
    /// Takes an export of Alertmanager or Kubernetes: the file as evidence, its rows as entries, all or nothing. A row that an
    /// earlier file brought is not entered again.
    ///
    /// # Errors
    /// With the place of every row that cannot be read; nothing is taken then.
    pub fn import_alerts(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        path: &Path,
    ) -> Result<(TakenAlerts, Recorded), Error> {
        let shown = path.display().to_string();
        let unreadable = |message: String| Error::Input { path: shown.clone(), row: 0, column: String::new(), message };
        let size = std::fs::metadata(path).map_err(|error| unreadable(format!("{shown}: {error}")))?.len();
        if size > LARGEST {
            return Err(unreadable(format!(
                "{shown}: a monitoring export of {size} bytes is too large; export a shorter span"
            )));
        }
        let bytes = std::fs::read(path).map_err(|error| unreadable(format!("{shown}: {error}")))?;
        let name = path.file_name().map_or_else(|| shown.clone(), |name| name.to_string_lossy().into_owned());
        let read = monitoring::read(&name, &bytes).map_err(|error| unreadable(error.to_string()))?;
        let mut proposals: Vec<Proposal> = Vec::new();
        for entry in &read.entries {
            if let Some(proposal) = triggers::for_alert(library, &entry.name, entry.severity.as_deref())
                && !proposals.contains(&proposal)
            {
                proposals.push(proposal);
            }
        }
        let about = About {
            what: format!("Export of the monitoring system: {name}"),
            why: "Timeline".to_owned(),
            source: "monitoring".to_owned(),
            path: shown.clone(),
            ..About::default()
        };
        self.change_incident(by, id, |writing| {
            let evidence = take_in(writing, &name, &about, &bytes[..])?;
            let alert = |identity: &str| Link { kind: "alert".to_owned(), id: identity.to_owned() };
            let (mut entries, mut known) = (0, 0);
            for entry in &read.entries {
                let own = alert(&entry.identity);
                if writing.incident.timeline.iter().any(|other| other.links.contains(&own)) {
                    known += 1;
                    continue;
                }
                let mut event = entry.to_event(Some(&evidence.id));
                if let IncidentEvent::Noted { links, .. } = &mut event {
                    links.push(own);
                }
                // What is announced for later is entered now.
                let happened = entry.happened_at.min(writing.now());
                writing.add_earlier(happened, event)?;
                entries += 1;
            }
            Ok(TakenAlerts { evidence, kind: read.kind, entries, known, proposals })
        })
    }
}
