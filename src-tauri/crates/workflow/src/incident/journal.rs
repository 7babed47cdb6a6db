//! Journals of incidents: read and folded, judged and written, verified against their hashes and the ledger.

use std::collections::BTreeMap;

use domain::incident::{IncidentId, IncidentStatus};
use domain::{Instant, Job, Sha256Digest};
use incidents::{Incident, IncidentEvent, IncidentRecord};
use serde::Serialize;
use serde_json::{Value, json};
use store::tables::incident::first_break;
use store::{Act, Change, Incidents, LedgerEntry, StoreError};

use super::Responders;
use crate::election::Stamp;
use crate::{Case, Error};

/// What became of a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// The incident.
    pub incident: String,
    /// Number of the newest timeline entry.
    pub entry: u64,
    /// What is worth a word although it was taken.
    pub warnings: Vec<String>,
}

/// A journal that was read, verified and folded.
pub(super) struct Journal {
    pub(super) incident: Incident,
    pub(super) records: Vec<IncidentRecord>,
    pub(super) head: Sha256Digest,
}

pub(super) fn parse_id(id: &str) -> Result<IncidentId, Error> {
    IncidentId::try_from(id.trim().to_owned()).map_err(Error::refused)
}

fn damaged(id: &str, reason: String) -> Error {
    Error::Store(StoreError::Value { table: "incident_record", reason: format!("{id}: {reason}") })
}

/// Reads a journal, checks its chain, and folds it.
pub(super) fn read(incidents: &Incidents<'_>, id: &str) -> Result<Journal, Error> {
    let rows = incidents.journal(id)?;
    let Some(last) = rows.last() else {
        let known = incidents.ids()?;
        let known =
            if known.is_empty() { "it holds none".to_owned() } else { format!("it holds {}", known.join(", ")) };
        return Err(Error::NoIncident { id: id.to_owned(), known });
    };
    if let Some((number, reason)) = first_break(id, &rows) {
        return Err(damaged(
            id,
            format!("record {number} of its journal: {reason}; it was changed outside this program"),
        ));
    }
    let mut records: Vec<IncidentRecord> = Vec::with_capacity(rows.len());
    for row in &rows {
        let record: IncidentRecord = serde_json::from_str(&row.body)
            .map_err(|error| damaged(id, format!("record {} cannot be read ({error})", row.number)))?;
        if record.incident.as_str() != id {
            return Err(damaged(id, format!("record {} belongs to {}", row.number, record.incident)));
        }
        records.push(record);
    }
    let incident = Incident::replay(&records)
        .map_err(|(number, refusal)| damaged(id, format!("record {number} breaks a rule: {refusal}")))?;
    Ok(Journal { incident, records, head: last.hash })
}

/// An incident that is being written to; every record goes through the rules.
pub(super) struct Writing<'a> {
    pub(super) change: &'a Change<'a>,
    pub(super) incident: Incident,
    pub(super) by: &'a Responders,
    pub(super) stamp: &'a Stamp,
    entry: u64,
    warnings: Vec<String>,
}

impl<'a> Writing<'a> {
    pub(super) fn open(change: &'a Change<'a>, id: &str, by: &'a Responders, stamp: &'a Stamp) -> Result<Self, Error> {
        let incident = read(&change.incidents(), id)?.incident;
        Ok(Self { change, incident, by, stamp, entry: 0, warnings: Vec::new() })
    }

    /// Begins an incident with its first record.
    pub(super) fn begin(
        change: &'a Change<'a>,
        id: &IncidentId,
        by: &'a Responders,
        stamp: &'a Stamp,
        event: IncidentEvent,
    ) -> Result<Self, Error> {
        let record = IncidentRecord::now(id, stamp.instant(), by.name(), event);
        let incident = Incident::open(&record).map_err(|refusal| refused(id.as_str(), &refusal))?;
        let mut writing = Self { change, incident, by, stamp, entry: 1, warnings: Vec::new() };
        writing.keep(&record)?;
        Ok(writing)
    }

    pub(super) fn now(&self) -> Instant {
        self.stamp.instant()
    }

    /// Takes a record of something that happens now.
    pub(super) fn add(&mut self, event: IncidentEvent) -> Result<u64, Error> {
        self.add_earlier(self.now(), event)
    }

    /// Takes a record of something that happened before.
    pub(super) fn add_earlier(&mut self, happened: Instant, event: IncidentEvent) -> Result<u64, Error> {
        let id = self.incident.id.clone();
        let record = IncidentRecord::earlier(&id, happened, self.now(), self.by.name(), event);
        let applied = self.incident.apply(&record).map_err(|refusal| refused(id.as_str(), &refusal))?;
        self.warnings.extend(applied.warnings.iter().map(ToString::to_string));
        self.entry = applied.entry;
        self.keep(&record)?;
        Ok(applied.entry)
    }

    fn keep(&mut self, record: &IncidentRecord) -> Result<(), Error> {
        let body = serde_json::to_string(record)
            .map_err(|error| damaged(record.incident.as_str(), format!("a record cannot be written ({error})")))?;
        let row = self.change.add_incident_record(record.incident.as_str(), &body)?;
        let (act, subject) = ledger_words(&record.event);
        let mut detail = json!({
            "incident": record.incident.as_str(),
            "record": row.number,
            "journal": row.hash.to_hex(),
        });
        if !subject.is_null() {
            detail["subject"] = subject;
        }
        self.change.record(&Act { at: &self.stamp.at, actor: self.by.name(), act, detail })?;
        Ok(())
    }

    pub(super) fn done(self) -> Recorded {
        Recorded { incident: self.incident.id.to_string(), entry: self.entry, warnings: self.warnings }
    }
}

fn refused(id: &str, refusal: &incidents::Refusal) -> Error {
    let text = refusal.to_string();
    Error::refused(if text.contains(id) { text } else { format!("{id}: {text}") })
}

/// The act in the ledger, and what it is about: ids and words only, no free text.
fn ledger_words(event: &IncidentEvent) -> (&'static str, Value) {
    use IncidentEvent as E;
    match event {
        E::Reported(_) => ("incident.report", Value::Null),
        E::Declared(declared) => (
            "incident.declare",
            json!({
                "severity": declared.severity, "category": declared.category, "drill": declared.is_drill,
                "playbook": declared.playbook.as_ref().map(|playbook| &playbook.id),
                "elections": declared.elections.iter().map(|election| &election.id).collect::<Vec<_>>(),
            }),
        ),
        E::SeverityChanged { to, .. } => ("incident.severity", json!(to)),
        E::StatusChanged { to: IncidentStatus::Resolved, .. } => ("incident.resolve", Value::Null),
        E::StatusChanged { to: IncidentStatus::Closed, .. } => ("incident.close", Value::Null),
        E::StatusChanged { to, .. } => ("incident.status", json!(to)),
        E::DuplicateOf { incident, .. } => ("incident.status", json!({"duplicate_of": incident})),
        E::StepChanged(change) => {
            ("incident.step", json!({"playbook": change.playbook, "step": change.step, "state": change.state}))
        }
        E::ChecklistChanged { checklist, item, done, .. } => {
            ("incident.checklist", json!({"checklist": checklist, "item": item, "done": done}))
        }
        E::DecisionTaken(choice) => (
            "incident.decide",
            json!({"playbook": choice.playbook, "decision": choice.decision, "option": choice.option,
                   "second_person": choice.confirmation.second_person}),
        ),
        E::OwnDecisionTaken(choice) => ("incident.decide", json!({"second_person": choice.confirmation.second_person})),
        E::HoldSet { hold, blocks, election, .. } => {
            ("incident.hold", json!({"hold": hold, "blocks": blocks, "election": election}))
        }
        E::HoldReleased { guard, second_person, .. } => {
            ("incident.release", json!({"guard": guard, "second_person": second_person}))
        }
        E::GuardOverridden { guard, act, election, second_person, .. } => (
            "incident.override",
            json!({"guard": guard, "act": act, "election": election, "second_person": second_person}),
        ),
        E::EvidenceLinked(link) => {
            ("incident.evidence", json!({"item": link.evidence, "sha256": link.sha256.to_hex()}))
        }
        E::EvidenceExplained { item, .. } => ("incident.evidence", json!({"missing": item})),
        E::CustodyEntered(entry) => {
            ("incident.custody", json!({"item": entry.evidence, "act": entry.act, "hash_agreed": entry.hash_agreed}))
        }
        E::MessagePrepared(draft) => {
            ("incident.notice", json!({"message": draft.message, "template": draft.template, "state": "prepared"}))
        }
        E::MessageApproved { message } => ("incident.notice", json!({"message": message, "state": "approved"})),
        E::MessageSent { message, .. } => ("incident.notice", json!({"message": message, "state": "sent"})),
        E::MessageWithdrawn { message, .. } => ("incident.notice", json!({"message": message, "state": "withdrawn"})),
        E::UpdateGiven { .. } => ("incident.notice", json!({"state": "update"})),
        E::EscalationTried { level, role, .. } => ("incident.escalate", json!({"level": level, "role": role})),
        E::EscalationAcknowledged { level, .. } => ("incident.escalate", json!({"level": level, "acknowledged": true})),
        E::CheckRun(run) => ("incident.check", json!({"run": run.run, "function": run.function, "result": run.result})),
        E::AlarmJudged { run, is_false, .. } => ("incident.check", json!({"run": run, "false_alarm": is_false})),
        E::ActionAdded(action) => ("incident.action", json!({"action": action.action, "state": "open"})),
        E::ActionChanged { action, .. } => ("incident.action", json!({"action": action, "state": "changed"})),
        E::ActionDone { action, .. } => ("incident.action", json!({"action": action, "state": "done"})),
        E::ActionDropped { action, .. } => ("incident.action", json!({"action": action, "state": "dropped"})),
        E::ReviewScheduled { .. } => ("incident.review", json!({"state": "scheduled"})),
        E::ReviewHeld { .. } => ("incident.review", json!({"state": "held"})),
        E::ReviewSigned { .. } => ("incident.review", json!({"state": "signed"})),
        E::SectionWritten { report, section, .. } => ("incident.review", json!({"report": report, "section": section})),
        E::RoleSet { role, person } => ("incident.role", json!({"role": role, "person": person})),
        E::AccessRestricted { people, .. } => ("incident.access", json!({"people": people})),
        E::ConflictMarked { person, .. } => ("incident.access", json!({"conflicted": person})),
        E::ConflictLifted { person, second_person, .. } => {
            ("incident.access", json!({"lifted": person, "second_person": second_person}))
        }
        E::PlaybookApplied(playbook) => {
            ("incident.playbook", json!({"playbook": playbook.id, "sha256": playbook.sha256.to_hex()}))
        }
        E::ElectionAdded(election) => ("incident.election", json!(election.id)),
        E::ClockStarted { clock, .. } => ("incident.clock", json!({"clock": clock, "state": "started"})),
        E::ClockPaused { clock, .. } => ("incident.clock", json!({"clock": clock, "state": "paused"})),
        E::ClockResumed { clock } => ("incident.clock", json!({"clock": clock, "state": "resumed"})),
        E::ClockStopped { clock, .. } => ("incident.clock", json!({"clock": clock, "state": "met"})),
        E::ClockJumped { .. } => ("incident.clock", json!({"state": "jumped"})),
        E::ConditionSet { condition, holds, .. } => {
            ("incident.condition", json!({"condition": condition, "holds": holds}))
        }
        E::CloseConditionConfirmed { playbook, condition, .. } => {
            ("incident.condition", json!({"playbook": playbook, "number": condition}))
        }
        E::Acknowledged {} => ("incident.acknowledge", Value::Null),
        E::CauseFound { .. }
        | E::TimeEntered { .. }
        | E::Noted { .. }
        | E::Corrected { .. }
        | E::Related { .. }
        | E::FigureNoted { .. }
        | E::EstimateGiven { .. } => ("incident.note", Value::Null),
    }
}

/// Everything in the journals that does not fit its hashes, its rules, or what the ledger says of it.
pub(crate) fn journal_problems(incidents: &Incidents<'_>, ledger: &[LedgerEntry]) -> Result<Vec<String>, Error> {
    let mut problems = Vec::new();
    // What the ledger says: the newest record of each incident.
    let mut recorded: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for entry in ledger.iter().filter(|entry| entry.act.starts_with("incident.")) {
        let Ok(detail) = serde_json::from_str::<Value>(&entry.detail) else { continue };
        if let (Some(id), Some(number), Some(hash)) =
            (detail["incident"].as_str(), detail["record"].as_i64(), detail["journal"].as_str())
        {
            recorded.insert(id.to_owned(), (number, hash.to_owned()));
        }
    }
    let ids = incidents.ids()?;
    for id in &ids {
        match read(incidents, id) {
            Err(Error::Store(StoreError::Value { reason, .. })) => {
                problems.push(format!("The journal does not verify: {reason}."));
            }
            Err(error) => return Err(error),
            Ok(journal) => {
                let number = i64::try_from(journal.records.len()).unwrap_or(i64::MAX);
                match recorded.get(id) {
                    Some((wanted, hash)) if *wanted == number && *hash == journal.head.to_hex() => {}
                    Some((wanted, _)) => problems.push(format!(
                        "{id}: its journal ends with record {number}, but the ledger tells of record {wanted} as its newest."
                    )),
                    None => problems.push(format!("{id}: the ledger does not tell of this incident.")),
                }
            }
        }
    }
    for id in recorded.keys().filter(|id| !ids.contains(id)) {
        problems.push(format!("{id}: the ledger tells of this incident, but its journal is missing."));
    }
    Ok(problems)
}

/// Items of the locker, by number.
pub(super) fn evidence_id(number: i64) -> String {
    format!("EV-{number:04}")
}

/// Every item of the locker whose bytes are not those that came, named to the piece; the number of items looked at.
pub(crate) fn locker_problems(incidents: &Incidents<'_>, job: &dyn Job) -> Result<(Vec<String>, u64), Error> {
    let mut problems = Vec::new();
    let mut linked: BTreeMap<String, Sha256Digest> = BTreeMap::new();
    for id in incidents.ids()? {
        // A journal that does not verify is told of where journals are checked.
        if let Ok(journal) = read(incidents, &id) {
            linked.extend(journal.incident.evidence.iter().map(|item| (item.id.clone(), item.sha256)));
        }
    }
    let items = incidents.locker(None)?;
    let mut looked = 0;
    for item in &items {
        let id = evidence_id(item.number);
        let Some(check) = incidents.check_locker(item, &|| job.is_cancelled())? else { break };
        looked += 1;
        for broken in &check.broken {
            problems.push(format!(
                "{id} ({}), piece {}, bytes {} to {}: {}.",
                item.name, broken.piece, broken.from, broken.to, broken.reason
            ));
        }
        if !check.is_whole && check.broken.is_empty() {
            problems.push(format!("{id} ({}): its bytes do not have the hash of the whole file.", item.name));
        }
        match linked.remove(&id) {
            Some(hash) if hash == item.sha256 => {}
            Some(_) => problems
                .push(format!("{id} ({}): its hash is not the one in the journal of {}.", item.name, item.incident)),
            None => problems.push(format!("{id} ({}): no incident tells of this item.", item.name)),
        }
        job.advance(1);
    }
    if looked == u64::try_from(items.len()).unwrap_or(u64::MAX) {
        problems.extend(linked.keys().map(|id| format!("{id}: an incident tells of this item, but it is missing.")));
    }
    Ok((problems, looked))
}

impl Case {
    /// Runs an act of an incident: who acts, the journal, the work, all in one transaction.
    pub(super) fn change_incident<T>(
        &mut self,
        by: &Responders,
        id: &str,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, Error>,
    ) -> Result<(T, Recorded), Error> {
        let stamp = self.stamp(by.name())?;
        let id = parse_id(id)?;
        self.change_case(|change| {
            by.check(change)?;
            let mut writing = Writing::open(change, id.as_str(), by, &stamp)?;
            let value = work(&mut writing)?;
            Ok((value, writing.done()))
        })
    }

    /// One incident, verified and folded, as far as these people may see it.
    ///
    /// # Errors
    /// No such incident, a journal that does not verify, or refused where access is restricted to others.
    pub fn incident(&self, id: &str, viewer: Option<&Responders>) -> Result<Incident, Error> {
        Ok(self.read_incident(id, viewer)?.incident)
    }

    pub(super) fn read_incident(&self, id: &str, viewer: Option<&Responders>) -> Result<Journal, Error> {
        let journal = read(&self.file()?.incidents(), id.trim()).map_err(|error| error.of_case(self.path()))?;
        if may_see(&journal.incident, viewer) {
            return Ok(journal);
        }
        Err(Error::refused(format!(
            "{id} is restricted to {}; one of them can show it after signing in",
            journal.incident.access.join(", ")
        )))
    }

    /// The records of an incident in order, for reports and copies.
    ///
    /// # Errors
    /// As [`Case::incident`].
    pub fn incident_records(&self, id: &str, viewer: Option<&Responders>) -> Result<Vec<IncidentRecord>, Error> {
        Ok(self.read_incident(id, viewer)?.records)
    }
}

/// True where these people may see an incident: everybody, unless access is restricted.
pub(super) fn may_see(incident: &Incident, viewer: Option<&Responders>) -> bool {
    incident.access.is_empty() || viewer.is_some_and(|viewer| incident.may_act(viewer.name()))
}
