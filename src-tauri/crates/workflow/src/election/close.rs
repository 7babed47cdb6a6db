//! The end of voting: the page before it, what it destroys, and the proof that it is gone.

use domain::Instant;
use domain::election::{ElectionAct, Phase};
use importers::scrutineer::rules;
use serde_json::json;
use store::tables::native::election::ElectionRow;
use store::{Change, Elections, LedgerEntry, Scrubbed};
use verification::keyed::KeyedHash;

use super::change::reason_of;
use super::open::{LINK_KEY, SALT, SIGNING_KEY};
use super::people::open_secret;
use super::{Approval, CaseKey, ElectionResult, Gravity, Stamp, Turnout, find, hex};
use crate::{Case, Error};

/// What is looked at before an election is closed.
#[derive(Clone, Debug)]
pub struct PreClose {
    /// Election.
    pub election_id: String,
    /// Its title.
    pub title: String,
    /// Now, ISO text.
    pub now: String,
    /// When voting is to end.
    pub ends_at: Option<String>,
    /// True where that lies in the future.
    pub is_early: bool,
    /// Who took part, and what the quorum asks for.
    pub turnout: Turnout,
    /// Unusual things that one should know, in sentences.
    pub remarks: Vec<String>,
    /// Incidents that are open, in sentences; those that lock the election stand first.
    pub incidents: Vec<String>,
    /// True where a notice of the early end is prepared.
    pub early_end_notice: bool,
    /// What closing destroys.
    pub destroys: WhatCloseDestroys,
}

/// What is looked at after an election was closed, read again from the store.
#[derive(Clone, Debug)]
pub struct PostClose {
    /// Where it stands now.
    pub phase: Phase,
    /// When it was closed, ISO text.
    pub closed_at: Option<String>,
    /// True in a secret election: its second public event must be there.
    pub is_secret: bool,
    /// The public event "closed" of the ledger.
    pub closed: Option<LedgerEntry>,
    /// The public event "anonymized" of the ledger; a secret election has one.
    pub anonymized: Option<LedgerEntry>,
    /// The search of the raw bytes for what was destroyed.
    pub searched: Option<LedgerEntry>,
    /// Links from credentials to voters that are still there; 0 in a closed secret election.
    pub links_left: u64,
}

/// What closing destroys, in figures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WhatCloseDestroys {
    /// False in an election with identified ballots: nothing is destroyed.
    pub is_secret: bool,
    /// Credentials whose voters are forgotten.
    pub credentials: u64,
    /// Messages with credentials that are scrubbed.
    pub messages: u64,
}

/// What is asked to close.
#[derive(Clone, Debug, Default)]
pub struct CloseRequest {
    /// Id or title, typed.
    pub confirm: String,
    /// Why voting ends early, where it does and no notice of it is prepared.
    pub early_reason: Option<String>,
    /// Count at once.
    pub count_now: bool,
    /// True where the end that was announced closes it, not a decision.
    pub by_clock: bool,
}

/// How closing ended.
#[derive(Debug)]
pub enum Closed {
    /// Closed, to be counted later.
    Closed {
        /// What the scrub found.
        scrubbed: Scrubbed,
    },
    /// Closed and counted.
    ClosedAndCounted {
        /// What the scrub found.
        scrubbed: Scrubbed,
        /// The result.
        result: Box<ElectionResult>,
    },
    /// Closed, but the count failed; it may be tried again.
    ClosedNotCounted {
        /// What the scrub found.
        scrubbed: Scrubbed,
        /// The exact error.
        error: String,
    },
}

impl Closed {
    /// What happened, in one sentence for each of the three outcomes.
    pub fn sentence(&self, title: &str) -> String {
        match self {
            Self::Closed { .. } => format!("{title} is closed. It is not counted yet; count it when you are ready."),
            Self::ClosedAndCounted { .. } => format!("{title} is closed and counted."),
            Self::ClosedNotCounted { error, .. } => format!(
                "{title} is closed, but the count failed: {error}. No ballot was lost or changed; retry once, then open an incident."
            ),
        }
    }

    /// What the search of the raw bytes found.
    pub fn scrubbed(&self) -> Scrubbed {
        match self {
            Self::Closed { scrubbed }
            | Self::ClosedAndCounted { scrubbed, .. }
            | Self::ClosedNotCounted { scrubbed, .. } => *scrubbed,
        }
    }
}

fn destroys(elections: &Elections<'_>, row: &ElectionRow) -> Result<WhatCloseDestroys, Error> {
    let linked = elections.credentials(&row.id)?.iter().filter(|credential| credential.link.is_some()).count();
    let notices = elections.notices(&row.id)?;
    let secret = notices.iter().filter(|notice| notice.is_secret && notice.messages.is_some());
    Ok(WhatCloseDestroys {
        is_secret: row.setup.is_secret(),
        credentials: u64::try_from(linked).unwrap_or(u64::MAX),
        messages: secret.map(|notice| notice.recipients).sum(),
    })
}

fn has_early_notice(elections: &Elections<'_>, id: &str) -> Result<bool, Error> {
    Ok(elections.notices(id)?.iter().any(|notice| notice.template == "voter-early-end"))
}

/// Takes everything out of a secret election that leads from a voter to a ballot. Answers byte strings that must be gone.
pub(super) fn destroy_links(
    change: &Change<'_>,
    key: &CaseKey,
    row: &mut ElectionRow,
    stamp: &Stamp,
) -> Result<Vec<Vec<u8>>, Error> {
    let mut gone: Vec<Vec<u8>> = Vec::new();
    for kind in [SALT, LINK_KEY] {
        if let Some(sealed) = change.secret(&row.id, kind)? {
            gone.push(open_secret(change, key, &row.id, kind)?.to_vec());
            gone.push(sealed);
        }
        change.destroy_secret(&row.id, kind)?;
    }
    let issued = change.credentials(&row.id)?;
    gone.extend(issued.iter().filter_map(|credential| credential.link.clone()));
    let mailed: u64 = change
        .notices(&row.id)?
        .iter()
        .filter(|notice| notice.template == "voter-credential")
        .map(|notice| notice.recipients)
        .sum();
    let credentials = change.cut_links(&row.id)?;
    let messages = change.scrub_notices(&row.id)?;
    row.is_scrubbing = true;
    // Whoever got credentials by message got one a credential; fewer messages than credentials then means that some lie elsewhere.
    let is_anomaly = mailed > 0 && messages < credentials;
    let detail = json!({
        "title": row.setup.title,
        "credentials_affected": credentials,
        "emails_scrubbed": messages,
        "scrub_anomaly": is_anomaly,
        "salt_sha256": row.facts["salt_sha256"],
        "link_key_sha256": row.facts["link_key_sha256"],
    });
    let gravity = if is_anomaly { Gravity::Warning } else { Gravity::Info };
    stamp.event(change, row, "election_anonymized", gravity, detail)?;
    Ok(gone)
}

impl Case {
    /// What is looked at before an election is closed.
    ///
    /// # Errors
    /// Refused unless it is open.
    pub fn pre_close(&self, id: &str) -> Result<PreClose, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        super::next_phase(&elections, &row, ElectionAct::Close)?;
        let now = self.now();
        let turnout = super::status::turnout(&elections, &row)?;
        let end = row.ends_at.as_deref().and_then(Instant::parse);
        let is_early = Instant::parse(&now).zip(end).is_some_and(|(now, end)| now < end);
        Ok(PreClose {
            election_id: row.id.clone(),
            title: row.setup.title.clone(),
            is_early,
            remarks: super::status::remarks(&elections, &row, &turnout)?,
            incidents: crate::incident::locks::sentences(&elections, &row)?,
            early_end_notice: has_early_notice(&elections, id)?,
            destroys: destroys(&elections, &row)?,
            ends_at: row.ends_at.clone(),
            turnout,
            now,
        })
    }

    /// What is looked at after an election was closed: the state as the store holds it, and the public events of the ledger.
    ///
    /// # Errors
    /// No such election; the store's.
    pub fn post_close(&self, id: &str) -> Result<PostClose, Error> {
        let entries = self.ledger()?;
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let own = format!("\"election_id\":\"{id}\"");
        let newest =
            |act: &str| entries.iter().rev().find(|entry| entry.act == act && entry.detail.contains(&own)).cloned();
        Ok(PostClose {
            phase: row.phase,
            closed_at: row.closed_at.clone(),
            is_secret: row.setup.is_secret(),
            closed: newest("election_closed"),
            anonymized: newest("election_anonymized"),
            searched: newest("election_scrubbed"),
            links_left: destroys(&elections, &row)?.credentials,
        })
    }

    /// Closes an election, destroys in a secret one what leads from voters to ballots, proves that it is gone from every byte of the
    /// file, and counts if asked to. Called again for an election whose scrub could not finish, it finishes that.
    ///
    /// # Errors
    /// Refused where it is not open, the typed text is neither id nor title, or it ends early without notice or reason; the
    /// election is then open as before.
    pub fn close_election(
        &mut self,
        by: &Approval,
        key: &CaseKey,
        id: &str,
        request: &CloseRequest,
    ) -> Result<Closed, Error> {
        let is_waiting = find(&self.file()?.elections(), id)?.is_scrubbing;
        let mut gone = Vec::new();
        if !is_waiting {
            let closed = self.act(id, ElectionAct::Close, by, |change, row, stamp| {
                confirm(row, &request.confirm)?;
                let end = row.ends_at.as_deref().and_then(Instant::parse);
                let is_early = end.is_some_and(|end| stamp.instant() < end);
                let reason = match (&request.early_reason, is_early) {
                    (Some(reason), true) => Some(reason_of(reason)?),
                    (None, true) if !has_early_notice(change, id)? => {
                        return Err(Error::refused(format!(
                            "voting was announced to end {}; to end it early, prepare the notice voter-early-end or give a reason",
                            super::result::shown(row.ends_at.as_ref())
                        )));
                    }
                    _ => None,
                };
                let pending: Vec<u64> = change
                    .batches(id)?
                    .into_iter()
                    .filter(|batch| !matches!(batch.state.as_str(), "counted" | "voided"))
                    .map(|batch| batch.number)
                    .collect();
                if !pending.is_empty() {
                    let detail = json!({"batch_ids": pending, "detail": "not complete when voting ended, so not counted"});
                    let event = "election_manual_ballots_unattested_at_close";
                    stamp.event(change, row, event, Gravity::Warning, detail)?;
                }
                let announced = row.ends_at.clone();
                if request.by_clock {
                    stamp.event(change, row, "election_auto_closed", Gravity::Info, json!({"title": row.setup.title}))?;
                }
                row.closed_at = Some(stamp.at.clone());
                let signing = KeyedHash::new(&open_secret(change, key, id, SIGNING_KEY)?);
                let text = rules::closing_text(id, row.ballots, row.chain_head);
                row.facts["seal"] = json!(signing.hex(&text));
                let detail = json!({
                    "title": row.setup.title,
                    "anonymity_salt_destroyed": row.setup.is_secret(),
                    "ip_metadata_purged": false,
                    "announced_end": announced,
                    "early_reason": reason,
                    "ballots": row.ballots,
                    "chain_head": hex(row.chain_head),
                    "seal": row.facts["seal"],
                    "second_person": super::people_of(by),
                });
                stamp.event(change, row, "election_closed", Gravity::Info, detail)?;
                if row.setup.is_secret() {
                    gone = destroy_links(change, key, row, stamp)?;
                }
                Ok(())
            });
            if let Err(error) = closed {
                self.note_failed_close(by, id, &error)?;
                return Err(error);
            }
        }
        let scrubbed = self.finish_scrub(by, id, &gone)?;
        if !request.count_now {
            return Ok(Closed::Closed { scrubbed });
        }
        match self.count_election(by, key, id) {
            Ok(result) => Ok(Closed::ClosedAndCounted { scrubbed, result: Box::new(result) }),
            Err(error) => Ok(Closed::ClosedNotCounted { scrubbed, error: error.to_string() }),
        }
    }

    /// A close that the store could not make is recorded, where that still can be; one that a rule refused is not.
    fn note_failed_close(&mut self, by: &Approval, id: &str, error: &Error) -> Result<(), Error> {
        if matches!(error, Error::Refused { .. } | Error::NoElection { .. }) {
            return Ok(());
        }
        let Ok(stamp) = self.stamp(by.first.name()) else { return Ok(()) };
        let text = error.to_string();
        // The medium may be what failed; then the first error is the one to tell.
        let _ = self.change_case(|change| {
            let row = find(change, id)?;
            stamp.event(
                change,
                &row,
                "election_close_failed",
                Gravity::Critical,
                json!({"title": row.setup.title, "error": text}),
            )
        });
        Ok(())
    }

    /// Rewrites the file so that nothing of what was destroyed is left in it, and records what a search of the raw bytes found.
    pub(super) fn finish_scrub(&mut self, by: &Approval, id: &str, gone: &[Vec<u8>]) -> Result<Scrubbed, Error> {
        let row = find(&self.file()?.elections(), id)?;
        if !row.is_scrubbing {
            return Ok(Scrubbed::default());
        }
        let path = self.path().to_owned();
        let scrubbed = self.file_mut()?.scrub(gone).map_err(|error| match error {
            store::StoreError::Locked { .. } => Error::refused(format!(
                "{}: the election is closed, but another program reads this case, so what closing destroys is still in its journal; close the case there, then close the election once more here to finish",
                path.display()
            )),
            other => Error::from(other).of_case(&path),
        })?;
        let stamp = self.stamp(by.first.name())?;
        self.change_case(|change| {
            let mut row = find(change, id)?;
            let is_clean = scrubbed.found == 0;
            row.is_scrubbing = !is_clean;
            change.put_election(&row)?;
            let detail = json!({
                "title": row.setup.title,
                "bytes_searched": scrubbed.bytes_searched,
                "searched_for": scrubbed.searched_for,
                "found": scrubbed.found,
                "rewritten": true,
            });
            let gravity = if is_clean { Gravity::Info } else { Gravity::Critical };
            stamp.event(change, &row, "election_scrubbed", gravity, detail)
        })?;
        if scrubbed.found > 0 {
            return Err(Error::refused(
                "the election is closed, but bytes of what closing destroys are still in the case file; keep the file on this machine and close the election once more to try again",
            ));
        }
        Ok(scrubbed)
    }
}

/// Irreversible acts are confirmed by typing id or title.
fn confirm(row: &ElectionRow, typed: &str) -> Result<(), Error> {
    let typed = typed.trim().to_lowercase();
    if !typed.is_empty() && (typed == row.id.to_lowercase() || typed == row.setup.title.trim().to_lowercase()) {
        return Ok(());
    }
    Err(Error::refused(format!(
        "closing cannot be undone, so it is confirmed by typing the election's id or its title exactly: {} or {}",
        row.id, row.setup.title
    )))
}
