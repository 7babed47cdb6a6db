//! What open incidents hold back in elections that are run here, and how two people go on all the same.
//!
//! Overrides are written three times: in the journal of the incident, in the ledger, and with the election itself
//! (`facts.lock_overrides`), from where the result, the status and the public files name them.

use domain::Lock;
use domain::election::{ElectionAct, people};
use domain::incident::GuardedAct;
use incidents::locks::ElectionFacts;
use incidents::{Incident, IncidentEvent};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::tables::native::election::ElectionRow;
use store::{Change, Elections, StoreError};

use super::Responders;
use super::journal::{Writing, read};
use crate::Error;
use crate::election::{Approval, Gravity, Stamp};

/// Guard that stands for a journal that does not verify.
const BROKEN_JOURNAL: &str = "journal-does-not-verify";

/// An override as it is kept with the election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeptOverride {
    incident: Option<String>,
    guard: String,
    act: GuardedAct,
    at: String,
    by: String,
    second_person: String,
    reason: String,
}

impl KeptOverride {
    fn sentence(&self) -> String {
        let whose = self.incident.as_ref().map_or_else(String::new, |incident| format!(" of {incident}"));
        format!(
            "The lock \"{}\"{whose} was overridden for \"{}\" by {} and {}: {}",
            self.guard,
            self.act.word().replace('_', " "),
            self.by,
            self.second_person,
            self.reason
        )
    }
}

/// What a lifecycle act is in the words of guards; `None` for acts that no guard holds back.
fn guarded(act: ElectionAct) -> Option<GuardedAct> {
    match act {
        ElectionAct::Open => Some(GuardedAct::Open),
        ElectionAct::Close => Some(GuardedAct::Close),
        ElectionAct::Count => Some(GuardedAct::Count),
        ElectionAct::Certify => Some(GuardedAct::Certify),
        ElectionAct::Publish => Some(GuardedAct::Publish),
        ElectionAct::RollBack => Some(GuardedAct::RollBack),
        ElectionAct::Extend => Some(GuardedAct::Extend),
        _ => None,
    }
}

fn facts(elections: &Elections<'_>, row: &ElectionRow) -> Result<ElectionFacts, Error> {
    let incidents = elections.incidents();
    Ok(ElectionFacts {
        id: row.id.clone(),
        is_anonymized: row.setup.is_secret() && row.closed_at.is_some(),
        failed_closes: incidents.acts_since(&row.id, "election_close_failed", "election_closed")?,
        failed_counts: incidents.acts_since(&row.id, "election_count_failed", "election_counted")?,
    })
}

/// What one incident holds back on an election.
pub(super) fn of_incident(
    elections: &Elections<'_>,
    row: &ElectionRow,
    incident: &Incident,
) -> Result<Vec<Lock>, Error> {
    let mut locks = incidents::locks::locks([incident], &facts(elections, row)?);
    locks.retain(|lock| lock.incident.is_some());
    Ok(locks)
}

/// Incidents of the case, and a lock for each whose journal does not verify: then nobody knows what it holds back.
fn known(elections: &Elections<'_>) -> Result<(Vec<Incident>, Vec<Lock>), Error> {
    let handle = elections.incidents();
    let (mut incidents, mut broken) = (Vec::new(), Vec::new());
    for id in handle.ids()? {
        match read(&handle, &id) {
            Ok(journal) => incidents.push(journal.incident),
            Err(Error::Store(StoreError::Value { .. })) => broken.push(Lock {
                incident: domain::IncidentId::parse(&id),
                incident_title: String::new(),
                guard: BROKEN_JOURNAL.to_owned(),
                election: None,
                blocks: vec![GuardedAct::Close, GuardedAct::Count, GuardedAct::Certify, GuardedAct::Publish],
                message: format!(
                    "The journal of {id} was changed outside this program, so nobody knows what it holds back. Keep the file and open a backup."
                ),
                override_allowed: true,
                since: None,
            }),
            Err(error) => return Err(error),
        }
    }
    Ok((incidents, broken))
}

/// Everything that incidents and standing rules hold back on an election.
pub(crate) fn all(elections: &Elections<'_>, row: &ElectionRow) -> Result<Vec<Lock>, Error> {
    let (incidents, broken) = known(elections)?;
    let mut locks = incidents::locks::locks(&incidents, &facts(elections, row)?);
    locks.extend(broken);
    Ok(locks)
}

/// Open incidents that touch an election, in sentences; those that hold something back stand first.
pub(crate) fn sentences(elections: &Elections<'_>, row: &ElectionRow) -> Result<Vec<String>, Error> {
    let (incidents, broken) = known(elections)?;
    let mut locking: Vec<String> = broken.into_iter().map(|lock| lock.message).collect();
    let mut others = Vec::new();
    for incident in incidents.iter().filter(|incident| incident.touches(&row.id)) {
        let held: Vec<GuardedAct> =
            of_incident(elections, row, incident)?.into_iter().flat_map(|lock| lock.blocks).collect();
        let mut words: Vec<String> = GuardedAct::ALL
            .iter()
            .filter(|act| held.contains(act) && !matches!(act, GuardedAct::EditData | GuardedAct::DeleteData))
            .map(|act| act.word().replace('_', " "))
            .collect();
        words.dedup();
        let title = if incident.access.is_empty() { format!(" ({})", incident.title) } else { String::new() };
        let grave = incident.severity().map_or("not declared", domain::IncidentSeverity::word);
        let told = format!("{}{title}, {grave}, {}", incident.id, incident.status().word().replace('_', " "));
        if !words.is_empty() {
            locking.push(format!("{told}: holds back {}.", words.join(", ")));
        } else if incident.status().is_open() {
            others.push(format!("{told}."));
        }
    }
    locking.extend(others);
    Ok(locking)
}

fn kept(row: &ElectionRow) -> Vec<KeptOverride> {
    serde_json::from_value(row.facts["lock_overrides"].clone()).unwrap_or_default()
}

/// Locks of an election that were overridden, in sentences.
pub(crate) fn override_remarks(row: &ElectionRow) -> Vec<String> {
    kept(row).iter().map(KeptOverride::sentence).collect()
}

/// The same as far as they led to the result: what was overridden to certify or publish came after it.
pub(crate) fn override_remarks_of_result(row: &ElectionRow) -> Vec<String> {
    let led_to_it = |known: &&KeptOverride| !matches!(known.act, GuardedAct::Certify | GuardedAct::Publish);
    kept(row).iter().filter(led_to_it).map(KeptOverride::sentence).collect()
}

fn refusal(act: ElectionAct, locks: &[Lock]) -> Error {
    let told: Vec<String> = locks
        .iter()
        .map(|lock| {
            let whose = lock.incident.as_ref().map_or_else(|| "a standing rule".to_owned(), ToString::to_string);
            format!("{whose}, guard \"{}\": {}", lock.guard, lock.message)
        })
        .collect();
    let instead = if locks.iter().all(|lock| lock.override_allowed) {
        "Resolve the incident first. Where it cannot wait, two people override the lock with a written reason (--override-lock); the result will name it"
    } else {
        "This cannot be overridden by anybody"
    };
    Error::refused(format!("to {} is held back. {} {instead}", act.verb(), told.join(" ")))
}

/// Lets an act pass where nothing holds it back, or where two people override what does; each override is kept.
pub(crate) fn pass(
    change: &Change<'_>,
    row: &mut ElectionRow,
    act: ElectionAct,
    by: &Approval,
    stamp: &Stamp,
) -> Result<(), Error> {
    let Some(guarded) = guarded(act) else { return Ok(()) };
    let (incidents, broken) = known(change)?;
    for incident in incidents.iter().filter(|incident| incident.status().is_open() && incident.touches(&row.id)) {
        let concerned = [Some(&by.first), by.second.as_ref()].into_iter().flatten();
        if let Some(person) = concerned.into_iter().find(|person| incident.is_conflicted(person.name())) {
            return Err(Error::refused(format!(
                "{} is marked as part of the matter in {}, so somebody else must {}",
                person.name(),
                incident.id,
                act.verb()
            )));
        }
    }
    let mut locks = incidents::locks::holding_back(&incidents, &facts(change, row)?, guarded);
    locks.extend(broken.into_iter().filter(|lock| lock.holds_back(guarded)));
    if locks.is_empty() {
        return Ok(());
    }
    let Some(reason) = by.override_reason.as_deref().filter(|_| locks.iter().all(|lock| lock.override_allowed)) else {
        return Err(refusal(act, &locks));
    };
    let reason = crate::election::reason_of(reason)?;
    let second = by.second.as_ref().map(crate::election::Person::acting);
    people::check(ElectionAct::Override, by.first.acting(), second, &row.setup.second_person)
        .map_err(|refused| Error::refused(refused.0))?;
    let second = by.second.as_ref().map_or("", |second| second.name());
    let responders = Responders::of(by);
    let mut all = kept(row);
    for lock in &locks {
        if let Some(incident) = lock.incident.as_ref().filter(|_| lock.guard != BROKEN_JOURNAL) {
            let mut writing = Writing::open(change, incident.as_str(), &responders, stamp)?;
            writing.add(IncidentEvent::GuardOverridden {
                guard: lock.guard.clone(),
                act: guarded,
                election: row.id.clone(),
                second_person: second.to_owned(),
                reason: reason.clone(),
            })?;
        }
        let detail = json!({
            "title": row.setup.title,
            "incident": lock.incident,
            "guard": lock.guard,
            "act": guarded,
            "reason": reason,
            "second_person": second,
        });
        stamp.event(change, row, "election_lock_overridden", Gravity::Critical, detail)?;
        all.push(KeptOverride {
            incident: lock.incident.as_ref().map(ToString::to_string),
            guard: lock.guard.clone(),
            act: guarded,
            at: stamp.at.clone(),
            by: by.first.name().to_owned(),
            second_person: second.to_owned(),
            reason: reason.clone(),
        });
    }
    row.facts["lock_overrides"] = serde_json::to_value(&all).unwrap_or(Value::Null);
    Ok(())
}
