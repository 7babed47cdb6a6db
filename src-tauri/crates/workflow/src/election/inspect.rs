//! Looking into an election that is run here: does every ballot stand as it was cast, and what happened when. Only administrators
//! and auditors do that, and that they did is recorded.

use std::collections::BTreeMap;

use domain::election::ElectionAct;
use importers::scrutineer::rules;
use serde::Serialize;
use serde_json::{Value, json};
use store::Elections;
use store::tables::native::election::ElectionRow;
use verification::keyed::KeyedHash;

use super::chain::walk;
use super::open::SIGNING_KEY;
use super::people::open_secret;
use super::{Approval, CaseKey, Gravity, Person, Turnout, find, status};
use crate::{Case, Error};

/// Whether every ballot stands as it was cast.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BallotIntegrity {
    /// Ballots in the chain.
    pub total_votes: u64,
    /// Ballots with a signature that fits.
    pub valid_signatures: u64,
    /// Places of ballots whose content, hash or signature does not fit.
    pub tampered_votes: Vec<u64>,
    /// True where every ballot follows the one before and the head is the last one.
    pub chain_verified: bool,
    /// Place of the first ballot that does not follow the one before.
    pub chain_break_at: Option<u64>,
    /// True where the seal of the close fits; `None` before the close.
    pub seal_fits: Option<bool>,
    /// `PASS` or `FAIL`.
    pub integrity_status: &'static str,
}

/// An act of the election, as the ledger tells it.
#[derive(Clone, Debug, Serialize)]
pub struct ElectionEvent {
    /// Number in the ledger.
    pub number: i64,
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What, in the event names of the origin systems.
    pub event: String,
    /// How grave.
    pub severity: String,
    /// Particulars.
    pub data: Value,
    /// Hash of the entry.
    pub hash: String,
}

/// Everything about an election on one page.
#[derive(Clone, Debug, Serialize)]
pub struct ElectionForensics {
    /// Name of the form.
    pub schema: &'static str,
    /// Election.
    pub election_id: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub phase: domain::election::Phase,
    /// Ballots and chain.
    pub integrity: BallotIntegrity,
    /// Who took part.
    pub turnout: Turnout,
    /// Ballots by hour, as the ledger tells them.
    pub ballots_by_hour: BTreeMap<String, u64>,
    /// Second attempts that were refused.
    pub refused_second_ballots: u64,
    /// Ballots that were excluded: place, reason, when, who, second person.
    pub excluded: Vec<Value>,
    /// Every act, oldest first; ballots are left out.
    pub events: Vec<ElectionEvent>,
}

fn integrity(elections: &Elections<'_>, key: &CaseKey, row: &ElectionRow) -> Result<BallotIntegrity, Error> {
    let mut found = BallotIntegrity { chain_verified: true, ..BallotIntegrity::default() };
    if row.opened_at.is_none() {
        found.integrity_status = "PASS";
        return Ok(found);
    }
    let signing = KeyedHash::new(&open_secret(elections, key, &row.id, SIGNING_KEY)?);
    let walked = walk(elections, row, Some(&signing), |ballot, looked| {
        if !looked.follows {
            found.chain_verified = false;
            found.chain_break_at.get_or_insert(ballot.position);
        }
        let is_own = looked.content_fits && looked.link_fits && looked.body.is_some();
        if is_own && looked.signature_fits == Some(true) {
            found.valid_signatures += 1;
        } else {
            found.tampered_votes.push(ballot.position);
        }
    })?;
    found.total_votes = walked.ballots;
    if !walked.is_whole {
        found.chain_verified = false;
        found.chain_break_at.get_or_insert(found.total_votes + 1);
    }
    if let (Some(seal), true) = (row.facts["seal"].as_str(), row.closed_at.is_some()) {
        found.seal_fits = Some(signing.hex(&rules::closing_text(&row.id, found.total_votes, walked.head)) == seal);
    }
    let is_sound = found.chain_verified && found.tampered_votes.is_empty() && found.seal_fits != Some(false);
    found.integrity_status = if is_sound { "PASS" } else { "FAIL" };
    Ok(found)
}

impl Case {
    /// The acts of an election, as the ledger tells them, oldest first.
    ///
    /// # Errors
    /// No such election.
    pub fn election_events(&self, id: &str) -> Result<Vec<ElectionEvent>, Error> {
        find(&self.file()?.elections(), id)?;
        let events = self.ledger()?.into_iter().filter_map(|entry| {
            let mut data: Value = serde_json::from_str(&entry.detail).ok()?;
            if data["election_id"] != json!(id) {
                return None;
            }
            let severity = data["severity"].as_str().unwrap_or("info").to_owned();
            if let Some(members) = data.as_object_mut() {
                members.retain(|name, _| !matches!(name.as_str(), "category" | "severity" | "election_id"));
            }
            Some(ElectionEvent {
                number: entry.number,
                at: entry.at,
                actor: entry.actor,
                event: entry.act,
                severity,
                data,
                hash: entry.hash.to_hex(),
            })
        });
        Ok(events.collect())
    }

    /// Looks at every ballot again: content, hash, chain, signature, and the seal of the close.
    ///
    /// # Errors
    /// Refused to clerks and witnesses.
    pub fn check_election(&mut self, by: &Person, key: &CaseKey, id: &str) -> Result<BallotIntegrity, Error> {
        self.act(id, ElectionAct::Inspect, &Approval::of(by.clone()), |change, row, stamp| {
            let found = integrity(change, key, row)?;
            let gravity = if found.integrity_status == "PASS" { Gravity::Info } else { Gravity::Critical };
            let detail = json!({
                "title": row.setup.title,
                "total_votes": found.total_votes,
                "valid_signatures": found.valid_signatures,
                "tampered_votes": found.tampered_votes.len(),
                "chain_verified": found.chain_verified,
                "chain_break_at": found.chain_break_at,
                "integrity_status": found.integrity_status,
            });
            stamp.event(change, row, "vote_integrity_check", gravity, detail)?;
            Ok(found)
        })
    }

    /// Everything about an election: ballots, participation, acts.
    ///
    /// # Errors
    /// Refused to clerks and witnesses.
    pub fn election_forensics(&mut self, by: &Person, key: &CaseKey, id: &str) -> Result<ElectionForensics, Error> {
        let mut report = self.act(id, ElectionAct::Inspect, &Approval::of(by.clone()), |change, row, stamp| {
            let detail = json!({"title": row.setup.title});
            stamp.event(change, row, "forensics_report_generated", Gravity::Info, detail)?;
            let excluded = change.exclusions(id)?.into_iter().map(|row| {
                json!({"position": row.position, "reason": row.reason, "at": row.excluded_at, "by": row.excluded_by, "second_person": row.second})
            });
            Ok(ElectionForensics {
                schema: "scrutineer/election-forensics/1",
                election_id: row.id.clone(),
                title: row.setup.title.clone(),
                phase: row.phase,
                integrity: integrity(change, key, row)?,
                turnout: status::turnout(change, row)?,
                ballots_by_hour: BTreeMap::new(),
                refused_second_ballots: 0,
                excluded: excluded.collect(),
                events: Vec::new(),
            })
        })?;
        for event in self.election_events(id)? {
            match event.event.as_str() {
                "ballot_submitted_token" | "proxy_vote_cast" => {
                    let hour = event.at.get(..13).unwrap_or_default().to_owned();
                    *report.ballots_by_hour.entry(hour).or_default() += 1;
                }
                "vote_double_attempt_token" => report.refused_second_ballots += 1,
                _ => report.events.push(event),
            }
        }
        Ok(report)
    }
}
