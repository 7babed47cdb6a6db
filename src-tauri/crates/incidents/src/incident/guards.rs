//! Guards of one incident: those of its playbooks, those that stand for every incident, and holds set by hand.

use domain::incident::{GuardedAct, IncidentCategory};
use domain::{Instant, Lock};

use super::event::{Condition, IncidentRecord};
use super::steps::Applies;
use super::{Hold, Incident, Override, Refusal, RefusalCode, Release};
use crate::playbook::GuardWhile;

/// The four acts that fix or publish a result.
pub(crate) const RESULT_ACTS: [GuardedAct; 4] =
    [GuardedAct::Close, GuardedAct::Count, GuardedAct::Certify, GuardedAct::Publish];

/// Id of the standing guard over the result while an integrity incident is open.
pub(crate) const HOLD_CLOSE_AND_TALLY: &str = "hold-close-and-tally";

/// Standing guards that hang on a circumstance of the incident.
const BY_CONDITION: [(Condition, &str, GuardedAct, &str); 4] = [
    (
        Condition::MailFailing,
        "no-end-while-mail-fails",
        GuardedAct::Close,
        "Delivery is failing for many voters. Do not end the election; extend it.",
    ),
    (
        Condition::DirectoryUnstable,
        "no-start-on-unstable-directory",
        GuardedAct::Open,
        "The directory is not stable. Starting now may leave voters without credentials.",
    ),
    (
        Condition::VotersLockedOut,
        "no-close-while-locked-out",
        GuardedAct::Close,
        "Many voters cannot log in. Extend instead of closing.",
    ),
    (
        Condition::Outage,
        "no-close-during-outage",
        GuardedAct::Close,
        "Voters cannot reach the system. Extend rather than close.",
    ),
];

/// A guard as it applies to one incident.
pub(crate) struct IncidentGuard {
    pub(crate) id: String,
    pub(crate) blocks: Vec<GuardedAct>,
    pub(crate) election: Option<String>,
    pub(crate) message: String,
    pub(crate) override_allowed: bool,
    pub(crate) since: Option<Instant>,
    /// True where it holds now.
    pub(crate) holds: bool,
}

impl Incident {
    /// True where a circumstance was recorded, or follows from a decision of a playbook.
    pub fn has_condition(&self, condition: Condition) -> bool {
        let told = self.conditions.get(&condition).copied();
        let decided = condition == Condition::CorruptionSuspected
            && self.playbooks.iter().any(|applied| applied.chosen.get("corrupt").is_some_and(|option| option == "yes"));
        told.unwrap_or(decided)
    }

    /// Every guard and hold of the incident. `anonymized` says whether the election has cut its links to voters.
    pub(crate) fn guards(&self, anonymized: bool) -> Vec<IncidentGuard> {
        let is_open = self.status().is_open();
        let opened = self.statuses.iter().rev().take_while(|entry| entry.status.is_open()).last().map(|entry| entry.at);
        let mut guards: Vec<IncidentGuard> = Vec::new();
        for applied in &self.playbooks {
            for guard in &applied.playbook.guards {
                let holds = match &guard.holds_while {
                    GuardWhile::Always => !self.status().is_final(),
                    GuardWhile::IncidentOpen => is_open,
                    GuardWhile::Anonymized => is_open && anonymized,
                    GuardWhile::CorruptionSuspected => is_open && self.has_condition(Condition::CorruptionSuspected),
                    GuardWhile::StepDone(step) => is_open && applied.is_done(step),
                };
                guards.push(IncidentGuard {
                    id: guard.id.clone(),
                    blocks: guard.blocks.clone(),
                    election: None,
                    message: guard.message.clone(),
                    override_allowed: guard.override_allowed,
                    since: opened.map(|opened| opened.max(applied.applied_at)),
                    holds,
                });
            }
        }
        if let Some(standing) = self.integrity_guard(&guards, is_open, opened) {
            guards.push(standing);
        }
        for (condition, id, act, message) in BY_CONDITION {
            if self.has_condition(condition) && !guards.iter().any(|guard| guard.id == id) {
                guards.push(IncidentGuard {
                    id: id.to_owned(),
                    blocks: vec![act],
                    election: None,
                    message: message.to_owned(),
                    override_allowed: true,
                    since: opened,
                    holds: is_open,
                });
            }
        }
        guards.extend(self.holds.iter().map(|hold| IncidentGuard {
            id: hold.id.clone(),
            blocks: hold.blocks.clone(),
            election: hold.election.clone(),
            message: hold.message.clone(),
            override_allowed: hold.override_allowed,
            since: Some(hold.since),
            holds: !self.status().is_final(),
        }));
        guards
    }

    /// The standing rule: an open integrity incident of severity critical or high holds close, count, certify and
    /// publish back. One exception: a playbook whose own step is the single retry of closing or counting leaves that
    /// one act free until the step is done.
    fn integrity_guard(
        &self,
        guards: &[IncidentGuard],
        is_open: bool,
        opened: Option<Instant>,
    ) -> Option<IncidentGuard> {
        let is_grave = self.severity().is_some_and(|severity| severity.rank() <= 1);
        if self.category != IncidentCategory::Integrity || !is_grave {
            return None;
        }
        let known: Vec<GuardedAct> = guards
            .iter()
            .filter(|guard| guard.holds && guard.id == HOLD_CLOSE_AND_TALLY)
            .flat_map(|guard| guard.blocks.iter().copied())
            .collect();
        let blocks: Vec<GuardedAct> =
            RESULT_ACTS.into_iter().filter(|act| !known.contains(act) && !self.is_free_retry(*act)).collect();
        (!blocks.is_empty()).then(|| IncidentGuard {
            id: HOLD_CLOSE_AND_TALLY.to_owned(),
            blocks,
            election: None,
            message: "An integrity incident is unresolved. Closing, counting, certifying and publishing wait until it \
                      is resolved."
                .to_owned(),
            override_allowed: true,
            since: opened,
            holds: is_open,
        })
    }

    fn is_free_retry(&self, act: GuardedAct) -> bool {
        let function = match act {
            GuardedAct::Close => "act.retry_close_once",
            GuardedAct::Count => "act.retry_tally_once",
            _ => return false,
        };
        self.playbooks.iter().any(|applied| {
            let mut steps = applied.playbook.steps.iter().filter(|step| step.auto.as_deref() == Some(function));
            steps.any(|step| applied.applies(step) == Applies::Yes && !applied.is_done(&step.id))
        })
    }

    /// What holds acts on an election back now because of this incident; overrides are taken off.
    pub(crate) fn locks(&self, election: &str, anonymized: bool) -> Vec<Lock> {
        if !self.touches(election) {
            return Vec::new();
        }
        let mut locks = Vec::new();
        for guard in self.guards(anonymized) {
            let is_elsewhere = guard.election.as_ref().is_some_and(|other| other != election);
            let is_released = self.released.iter().any(|release| release.is_in_force && release.guard == guard.id);
            if !guard.holds || is_elsewhere || is_released {
                continue;
            }
            let is_overridden = |act: &GuardedAct| {
                self.overrides.iter().any(|known| {
                    known.is_in_force && known.guard == guard.id && known.act == *act && known.election == election
                })
            };
            let blocks: Vec<GuardedAct> = guard.blocks.iter().copied().filter(|act| !is_overridden(act)).collect();
            if !blocks.is_empty() {
                locks.push(Lock {
                    incident: Some(self.id.clone()),
                    incident_title: self.title.clone(),
                    guard: guard.id,
                    election: Some(election.to_owned()),
                    blocks,
                    message: guard.message,
                    override_allowed: guard.override_allowed,
                    since: guard.since,
                });
            }
        }
        locks
    }

    pub(super) fn set_hold(&mut self, record: &IncidentRecord, hold: Hold) -> Result<(), Refusal> {
        if hold.id.trim().is_empty() || self.guards(true).iter().any(|guard| guard.id == hold.id) {
            return Err(Refusal::repeated("guard or hold", &hold.id));
        }
        if hold.blocks.is_empty() || hold.message.trim().is_empty() {
            return Err(Refusal::new(
                RefusalCode::ReasonMissing,
                "a hold must say what it holds back and why",
                "name at least one act and write the reason",
            ));
        }
        if let Some(election) = hold.election.as_ref().filter(|election| !self.touches(election)) {
            return Err(Refusal::unknown("election", election, &self.election_ids()));
        }
        self.check_is_person(record, "a hold")?;
        self.holds.push(hold);
        Ok(())
    }

    pub(super) fn release_guard(
        &mut self,
        record: &IncidentRecord,
        guard: &str,
        second_person: &str,
        reason: &str,
    ) -> Result<(), Refusal> {
        self.check_guard(guard, None)?;
        if self.released.iter().any(|release| release.is_in_force && release.guard == guard) {
            let why = format!("\"{guard}\" was lifted before");
            return Err(Refusal::new(RefusalCode::Guard, why, "nothing is left to lift"));
        }
        if reason.trim().is_empty() {
            return Err(Refusal::reason("lifting a guard"));
        }
        self.check_two(record, second_person, "lifting a guard")?;
        self.released.push(Release {
            guard: guard.to_owned(),
            at: record.happened_at,
            by: record.by.clone(),
            second_person: second_person.to_owned(),
            reason: reason.to_owned(),
            is_in_force: true,
        });
        Ok(())
    }

    pub(super) fn override_guard(&mut self, record: &IncidentRecord, wanted: Override) -> Result<(), Refusal> {
        self.check_guard(&wanted.guard, Some(wanted.act))?;
        if !self.touches(&wanted.election) || wanted.election.trim().is_empty() {
            return Err(Refusal::unknown("election", &wanted.election, &self.election_ids()));
        }
        if wanted.reason.trim().is_empty() {
            return Err(Refusal::reason("going on although a guard holds"));
        }
        self.check_two(record, &wanted.second_person, "going on although a guard holds")?;
        self.overrides.push(wanted);
        Ok(())
    }

    /// The guard must exist, hold the act back, and allow two people to lift it.
    fn check_guard(&self, id: &str, act: Option<GuardedAct>) -> Result<(), Refusal> {
        let guards = self.guards(true);
        let known: Vec<String> = guards.iter().map(|guard| guard.id.clone()).collect();
        let mut same = guards.iter().filter(|guard| guard.id == id).peekable();
        if same.peek().is_none() {
            return Err(Refusal::unknown("guard or hold", id, &known));
        }
        let same: Vec<&IncidentGuard> = same.collect();
        if same.iter().any(|guard| !guard.override_allowed) {
            let message = same.iter().map(|guard| guard.message.as_str()).next().unwrap_or_default();
            let why = format!("the guard \"{id}\" cannot be lifted by anybody");
            return Err(Refusal::new(RefusalCode::Guard, why, message));
        }
        if let Some(act) = act.filter(|act| !same.iter().any(|guard| guard.blocks.contains(act))) {
            let why = format!("the guard \"{id}\" does not hold back \"{act}\"");
            return Err(Refusal::new(RefusalCode::Guard, why, "go on without an override, or name the right guard"));
        }
        Ok(())
    }

    /// Guards hold anew: the incident was taken up again or became graver.
    pub(super) fn renew_guards(&mut self) {
        for release in &mut self.released {
            release.is_in_force = false;
        }
        for known in &mut self.overrides {
            known.is_in_force = false;
        }
    }

    pub(super) fn election_ids(&self) -> Vec<String> {
        self.elections.iter().map(|election| election.id.clone()).collect()
    }
}
