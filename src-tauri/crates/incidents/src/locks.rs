//! Which acts on an election are held back now, by which incident and guard; and the rules that hold without any.
//!
//! * Every guard of an open incident's playbook holds as long as its condition does.
//! * An open integrity incident of canonical severity critical or high holds close, count, certify and publish back,
//!   whatever its playbook says; only a playbook's own single retry of closing or counting stays free until it is done.
//! * Mail failing for many voters holds the end of voting back.
//! * An anonymised election is never rolled back, nobody edits or deletes election data by hand, and after two failed
//!   attempts closing and counting wait for two people. These hold without an incident.
//! * A guard that allows it is overridden by two people with a reason, for one act of one election.

use domain::Lock;
use domain::incident::GuardedAct;

use crate::incident::{Incident, Override};

/// What the guards must know about an election.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ElectionFacts {
    /// Id.
    pub id: String,
    /// True once closing has cut the link between voter and credential.
    pub is_anonymized: bool,
    /// Attempts to close that failed, since the last success.
    pub failed_closes: u32,
    /// Attempts to count that failed, since the last success.
    pub failed_counts: u32,
}

/// Failed attempts after which an act waits for two people: the first one and its single retry.
const ATTEMPTS: u32 = 2;

/// Everything that is held back on an election now, incidents first in the order given. Overrides are taken off.
pub fn locks<'a>(incidents: impl IntoIterator<Item = &'a Incident>, election: &ElectionFacts) -> Vec<Lock> {
    let mut found: Vec<Lock> =
        incidents.into_iter().flat_map(|incident| incident.locks(&election.id, election.is_anonymized)).collect();
    found.extend(standing(election));
    found
}

/// What holds one act back now; empty where it may go on.
pub fn holding_back<'a>(
    incidents: impl IntoIterator<Item = &'a Incident>,
    election: &ElectionFacts,
    act: GuardedAct,
) -> Vec<Lock> {
    locks(incidents, election).into_iter().filter(|lock| lock.holds_back(act)).collect()
}

/// Every override that touches an election, for the cover of its result. Those that no longer allow anything count too.
pub fn overrides<'a>(
    incidents: impl IntoIterator<Item = &'a Incident>,
    election: &str,
) -> Vec<(&'a Incident, &'a Override)> {
    let of_one = |incident: &'a Incident| {
        incident.overrides.iter().filter(|known| known.election == election).map(move |known| (incident, known))
    };
    incidents.into_iter().flat_map(of_one).collect()
}

/// The rules that hold without any incident.
fn standing(election: &ElectionFacts) -> Vec<Lock> {
    let lock = |guard: &str, blocks: &[GuardedAct], message: &str, override_allowed: bool| Lock {
        incident: None,
        incident_title: String::new(),
        guard: guard.to_owned(),
        election: Some(election.id.clone()),
        blocks: blocks.to_vec(),
        message: message.to_owned(),
        override_allowed,
        since: None,
    };
    let mut found = vec![lock(
        "no-manual-data-changes",
        &[GuardedAct::EditData, GuardedAct::DeleteData],
        "Do not alter or delete election data by hand. Every change destroys evidence and makes later verification fail.",
        false,
    )];
    if election.is_anonymized {
        found.push(lock(
            "never-reopen-closed",
            &[GuardedAct::RollBack],
            "An election that was anonymised on closing is never set back to open. The remedy is a replacement election.",
            false,
        ));
    }
    for (act, failed, word) in [
        (GuardedAct::Close, election.failed_closes, "Closing"),
        (GuardedAct::Count, election.failed_counts, "Counting"),
    ] {
        if failed >= ATTEMPTS {
            let message =
                format!("{word} failed {failed} times; it is retried once only. Escalate instead of trying again.");
            found.push(lock("one-retry-only", &[act], &message, true));
        }
    }
    found
}
