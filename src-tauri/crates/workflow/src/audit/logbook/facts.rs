//! What the audit log says of one election, gathered from its entries in order.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Instant, Place};
use importers::logbook::events::Event;

use super::log::Log;
use super::reconcile::{Update, Window};

/// How an election was recorded when it was made.
#[derive(Clone, Debug)]
pub(crate) struct Created {
    pub(crate) title: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) is_anonymous: Option<bool>,
}

/// How a candidate was recorded.
#[derive(Clone, Debug)]
pub(crate) struct RecordedCandidate {
    pub(crate) place: Place,
    pub(crate) name: Option<String>,
    pub(crate) position: Option<String>,
    pub(crate) is_position_known: bool,
    pub(crate) is_deleted: bool,
}

/// How a paper batch was recorded.
#[derive(Clone, Debug)]
pub(crate) struct RecordedBatch {
    pub(crate) total: Option<i64>,
    pub(crate) breakdown: Vec<(String, i64)>,
}

/// All facts of one election.
#[derive(Default)]
pub(crate) struct Facts<'a> {
    pub(crate) created: Option<Created>,
    pub(crate) is_clone: bool,
    pub(crate) updated: Vec<Update<'a>>,
    pub(crate) candidates: BTreeMap<String, RecordedCandidate>,
    pub(crate) merged: HashMap<String, String>,
    pub(crate) submissions: &'a [(Option<Instant>, i64)],
    pub(crate) has_abstentions: bool,
    pub(crate) openings: Vec<Instant>,
    pub(crate) roll_frozen: Option<i64>,
    /// Changes of being open: (when, open from then on).
    pub(crate) switches: Vec<(Instant, bool)>,
    pub(crate) last_state: Option<String>,
    pub(crate) rollbacks: usize,
    pub(crate) reopened: Vec<Window>,
    pub(crate) excluded: BTreeSet<String>,
    pub(crate) paper: HashMap<String, RecordedBatch>,
    pub(crate) confirmed: BTreeSet<String>,
    pub(crate) voided: BTreeSet<String>,
    pub(crate) checks: Vec<(i64, Place)>,
    pub(crate) refused: Vec<(i64, Place)>,
    /// Times that a reader of the timeline wants to see: when, kind, text.
    pub(crate) milestones: Vec<(Instant, &'static str, String)>,
}

impl Facts<'_> {
    /// Whether voting was open at an instant, as far as the entries say; true where they say nothing.
    pub(crate) fn was_open(&self, at: Instant) -> bool {
        if self.switches.is_empty() {
            return true;
        }
        // An entry is written within the second of its act; votes of that second are given the benefit.
        let mut is_open = self.switches.first().is_none_or(|(_, opens)| !opens);
        for (when, opens) in &self.switches {
            if when.seconds() < at.seconds() || (*opens && when.seconds() == at.seconds()) {
                is_open = *opens;
            }
        }
        is_open
    }
}

/// Gathers the facts of an election.
pub(crate) fn gather<'a>(log: &'a Log, election_id: &'a str) -> Facts<'a> {
    let mut facts = Facts {
        submissions: log.submissions.get(election_id).map(Vec::as_slice).unwrap_or_default(),
        ..Facts::default()
    };
    facts.has_abstentions = facts.submissions.iter().any(|(_, votes)| *votes == 0);
    for entry in &log.entries {
        if entry.record.event_type == "election_cloned"
            && entry.record.event_data.as_deref().is_some_and(|data| data.contains(election_id))
        {
            facts.is_clone = true;
        }
    }
    for entry in log.of(election_id) {
        let (id, place) = (entry.record.id, entry.record.place);
        let mut milestone = |kind: &'static str, text: String| {
            if let Some(at) = entry.at {
                facts.milestones.push((at, kind, text));
            }
        };
        match &entry.event {
            Event::Created { title, method, is_anonymous } => {
                facts.created =
                    Some(Created { title: title.clone(), method: method.clone(), is_anonymous: *is_anonymous });
            }
            Event::Updated { fields } => {
                if fields.iter().any(|field| field == "end_date") {
                    milestone("extended", "End of voting changed".to_owned());
                }
                facts.updated.push((entry, fields.clone()));
            }
            Event::Opened { roll, .. } => {
                milestone("opened", "Voting opened".to_owned());
                facts.openings.extend(entry.at);
                facts.roll_frozen = roll.or(facts.roll_frozen);
                facts.switches.extend(entry.at.map(|at| (at, true)));
                facts.last_state = Some("open".to_owned());
            }
            Event::Closed => {
                milestone("closed", "Voting closed".to_owned());
                facts.switches.extend(entry.at.map(|at| (at, false)));
                facts.last_state = Some("closed".to_owned());
                if let (Some(window), Some(at)) = (facts.reopened.last_mut(), entry.at)
                    && window.to.is_none()
                {
                    window.to = Some(at);
                }
            }
            Event::RolledBack { to, reason, from } => {
                facts.rollbacks += 1;
                let to = to.clone().unwrap_or_default();
                milestone("rolled_back", format!("Rolled back from {} to {to}", from.as_deref().unwrap_or("unknown")));
                let opens = to == "open";
                facts.switches.extend(entry.at.map(|at| (at, opens)));
                if opens && let Some(from) = entry.at {
                    facts.reopened.push(Window { log_id: id, place, from, to: None, reason: reason.clone() });
                }
                facts.last_state = Some(to);
            }
            Event::CandidateCreated { id, name, position } => {
                let record = RecordedCandidate {
                    place,
                    name: name.clone(),
                    position: position.clone(),
                    is_position_known: true,
                    is_deleted: false,
                };
                facts.candidates.insert(id.clone(), record);
            }
            Event::CandidateNominated { id, position } => {
                let record = RecordedCandidate {
                    place,
                    name: None,
                    position: position.clone(),
                    is_position_known: true,
                    is_deleted: false,
                };
                facts.candidates.insert(id.clone(), record);
            }
            Event::CandidateUpdated { id, name, fields } => {
                if let Some(record) = facts.candidates.get_mut(id) {
                    if fields.iter().any(|field| field == "name") {
                        record.name.clone_from(name);
                    }
                    if fields.iter().any(|field| field == "position") {
                        record.is_position_known = false;
                    }
                }
            }
            Event::CandidateDeleted { id } => {
                if let Some(record) = facts.candidates.get_mut(id) {
                    record.is_deleted = true;
                }
            }
            Event::WriteInsMerged { target, merged } => {
                for source in merged {
                    facts.merged.insert(source.clone(), target.clone());
                }
            }
            Event::SecondVoteRefused => facts.refused.push((id, place)),
            Event::VoteExcluded { vote_id, .. } => {
                milestone("excluded", "A vote was excluded".to_owned());
                facts.excluded.insert(vote_id.clone());
            }
            Event::PaperRecorded { batch_id, total, breakdown, required } => {
                milestone("paper", format!("{} paper votes recorded", total.unwrap_or(0)));
                facts.paper.insert(batch_id.clone(), RecordedBatch { total: *total, breakdown: breakdown.clone() });
                if *required == Some(0) {
                    facts.confirmed.insert(batch_id.clone());
                }
            }
            Event::PaperAttested { batch_id, is_confirmed } => {
                if *is_confirmed {
                    facts.confirmed.insert(batch_id.clone());
                }
            }
            Event::PaperVoided { batch_id } => {
                milestone("paper", "A paper batch was voided".to_owned());
                facts.voided.insert(batch_id.clone());
            }
            Event::BallotsMailed { recipients } => {
                milestone("mailed", format!("Ballots mailed to {}", recipients.unwrap_or(0)));
            }
            Event::Reminded => milestone("reminded", "Reminder sent".to_owned()),
            Event::CheckRun => facts.checks.push((id, place)),
            Event::VoteCast { .. }
            | Event::BallotSubmitted { .. }
            | Event::OverrideGranted
            | Event::ProxyGranted
            | Event::Other => {}
        }
    }
    facts
}
