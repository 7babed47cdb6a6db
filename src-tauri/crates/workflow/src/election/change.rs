//! What may change while an election runs: its end, single votes, its phase backwards, its key.

use domain::election::ballot::written_in;
use domain::election::{ElectionAct, Phase};
use domain::{Instant, Sha256Digest, digest};
use serde_json::json;
use store::tables::native::ballot::ExclusionRow;

use super::close::destroy_links;
use super::open::{LINK_KEY, SALT, SIGNING_KEY, TIE_ORDER};
use super::outbox::{self, Audience};
use super::people::open_secret;
use super::{Approval, CaseKey, Gravity, Person, find, hex};
use crate::{Case, Error};

/// A later end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extension {
    /// Before.
    pub from: Option<Instant>,
    /// Now.
    pub to: Instant,
}

/// Reasons are written, not ticked.
pub(crate) fn reason_of(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if (10..=500).contains(&text.chars().count()) {
        return Ok(text.to_owned());
    }
    Err(Error::refused("this act needs a reason of 10 to 500 letters, which every report will show"))
}

impl Case {
    /// Moves the end of voting, only ever later.
    ///
    /// # Errors
    /// Refused unless the election is open and the new end is later than the old one and than now.
    pub fn extend_election(&mut self, by: &Approval, id: &str, end: Instant, reason: &str) -> Result<Extension, Error> {
        self.act(id, ElectionAct::Extend, by, |change, row, stamp| {
            let reason = reason_of(reason)?;
            let before = row.ends_at.as_deref().and_then(Instant::parse);
            if before.is_some_and(|before| end <= before) {
                return Err(Error::refused(format!(
                    "an end can only move later, and voting ends {} as it is; give a later time, or close when the time has come",
                    super::result::shown(row.ends_at.as_ref())
                )));
            }
            if end <= stamp.instant() {
                return Err(Error::refused("the new end has passed already; give a later one"));
            }
            row.ends_at = Some(end.to_iso());
            let detail = json!({
                "title": row.setup.title,
                "previous_end": before.map(Instant::to_iso),
                "new_end": end.to_iso(),
                "reason": reason,
                "second_person": super::people_of(by),
            });
            stamp.event(change, row, "election_extended", Gravity::Info, detail)?;
            Ok(Extension { from: before, to: end })
        })
    }

    /// Leaves a vote out of the count. The ballot stays in the chain, with reason and people, in every report; leadership must be
    /// told. The vote is named by its receipt code or its place.
    ///
    /// # Errors
    /// Refused without a reason, where there is no such ballot, or once it was counted.
    pub fn exclude_vote(&mut self, by: &Approval, id: &str, vote: &str, reason: &str) -> Result<String, Error> {
        self.act(id, ElectionAct::ExcludeVote, by, |change, row, stamp| {
            let reason = reason.trim();
            if reason.is_empty() {
                return Err(Error::refused("a vote is excluded with a reason; write one"));
            }
            let vote = vote.trim();
            let found = match Sha256Digest::from_hex(&vote.to_lowercase()) {
                Some(hash) => change
                    .ballot_by_hash(hash)?
                    .filter(|(election, _)| election == id)
                    .map(|(_, ballot)| (ballot.position, ballot.hash)),
                None => {
                    let wanted: u64 = vote.parse().unwrap_or(0);
                    let mut found = None;
                    change.each_ballot::<Error>(id, |ballot| {
                        if ballot.position == wanted {
                            found = Some((ballot.position, ballot.hash));
                        }
                        Ok(())
                    })?;
                    found
                }
            };
            let Some((position, hash)) = found else {
                return Err(Error::refused(format!(
                    "there is no vote {vote} in this election; give the receipt code, or the place in the chain"
                )));
            };
            if change.exclusions(id)?.iter().any(|known| known.position == position) {
                return Err(Error::refused("this vote is excluded already"));
            }
            change.add_exclusion(
                id,
                &ExclusionRow {
                    position,
                    reason: reason.to_owned(),
                    excluded_at: stamp.at.clone(),
                    excluded_by: stamp.actor.clone(),
                    second: by.second.as_ref().map(|second| second.name().to_owned()).unwrap_or_default(),
                },
            )?;
            let vote_id = hex(hash);
            let detail = json!({"vote_id": vote_id, "position_in_chain": position, "reason": reason, "second_person": super::people_of(by)});
            stamp.event(change, row, "vote_soft_deleted", Gravity::Warning, detail)?;
            let when = if row.phase == Phase::Open { "before the close" } else { "after the close" };
            outbox::tell_leadership(
                change,
                row,
                stamp,
                "leadership-vote-excluded",
                &[
                    ("vote_id", vote_id.clone()),
                    ("excluded_time", stamp.instant().to_display()),
                    ("before_or_after_close", when.to_owned()),
                    ("performed_by", stamp.actor.clone()),
                    ("second_person", by.second.as_ref().map_or_else(|| "nobody".to_owned(), |second| second.name().to_owned())),
                    ("reason", reason.to_owned()),
                ],
                Audience::Leadership,
            )?;
            Ok(vote_id)
        })
    }

    /// Lets a written-in name mean a candidate, or another written-in name.
    ///
    /// # Errors
    /// Refused where the contest or the target is unknown, or the target was merged itself.
    pub fn merge_write_ins(
        &mut self,
        by: &Person,
        id: &str,
        contest: &str,
        written: &str,
        target: &str,
    ) -> Result<(), Error> {
        let by = Approval::of(by.clone());
        self.act(id, ElectionAct::MergeWriteIns, &by, |change, row, stamp| {
            let Some(setup) = row.setup.contest(contest) else {
                return Err(Error::refused(format!("there is no contest {contest} in this election")));
            };
            let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
            let written = plain(written_in(written).unwrap_or(written));
            let target = match written_in(target) {
                Some(name) => format!("={}", plain(name)),
                None if setup.standing().any(|candidate| candidate.id == target) => target.to_owned(),
                None => {
                    return Err(Error::refused(format!(
                        "{target} is no candidate of {}; give a candidate's id, or `=` and a written-in name",
                        setup.title
                    )));
                }
            };
            let merges = change.merges(id)?;
            let is_source = |name: &str| merges.iter().any(|(at, from, _)| at == contest && from == name);
            if written.is_empty() || target == format!("={written}") {
                return Err(Error::refused("a name is merged into another one"));
            }
            if written_in(&target).is_some_and(is_source) {
                return Err(Error::refused(format!("{target} was merged itself; merge into what it means now")));
            }
            if merges.iter().any(|(at, _, to)| at == contest && *to == format!("={written}")) {
                return Err(Error::refused(format!("other names were merged into {written}; merge them first")));
            }
            change.put_merge(id, contest, &written, &target)?;
            let detail = json!({
                "contest_id": contest,
                "target_candidate_id": target,
                "target_name": setup.shown(&target),
                "merged_candidate_ids": [format!("={written}")],
                "merged_names": [written],
            });
            stamp.event(change, row, "election_write_ins_merged", Gravity::Info, detail)
        })
    }

    /// Sets an election back: from closed to open where ballots are identified, from open to draft before the first ballot.
    /// Leadership must be told; ballots of the reopened window stay marked.
    ///
    /// # Errors
    /// Refused for every other phase, for secret elections that were closed, and without a reason.
    pub fn roll_back_election(
        &mut self,
        by: &Approval,
        id: &str,
        reason: &str,
        new_end: Option<Instant>,
    ) -> Result<Phase, Error> {
        let before = find(&self.file()?.elections(), id)?.phase;
        self.act(id, ElectionAct::RollBack, by, |change, row, stamp| {
            let reason = reason_of(reason)?;
            let mut withdrawn = 0;
            if row.phase == Phase::Open {
                let end = new_end.or_else(|| row.ends_at.as_deref().and_then(Instant::parse));
                let Some(end) = end.filter(|end| *end > stamp.instant()) else {
                    return Err(Error::refused("voting needs an end in the future to be reopened; give a new one"));
                };
                row.ends_at = Some(end.to_iso());
                row.facts["reopened_at"] = json!(stamp.at);
                row.closed_at = None;
            } else {
                withdrawn = change.withdraw_credentials(id, None)?;
                change.cut_links(id)?;
                for kind in [SALT, LINK_KEY, SIGNING_KEY, TIE_ORDER] {
                    change.destroy_secret(id, kind)?;
                }
                row.opened_at = None;
            }
            let detail = json!({
                "title": row.setup.title,
                "from_status": before.word(),
                "to_status": row.phase.word(),
                "reason": reason,
                "anonymity_salt_regenerated": row.phase == Phase::Draft && row.setup.is_secret(),
                "voting_tokens_invalidated": withdrawn,
                "second_person": super::people_of(by),
            });
            stamp.event(change, row, "election_rollback", Gravity::Warning, detail)?;
            outbox::tell_leadership(
                change,
                row,
                stamp,
                "leadership-rollback",
                &[
                    ("rollback_time", stamp.instant().to_display()),
                    ("performed_by", stamp.actor.clone()),
                    (
                        "second_person",
                        by.second.as_ref().map_or_else(|| "nobody".to_owned(), |second| second.name().to_owned()),
                    ),
                    ("from_status", before.word().to_owned()),
                    ("to_status", row.phase.word().to_owned()),
                    ("reason", reason),
                    ("end_time", super::result::shown(row.ends_at.as_ref())),
                ],
                Audience::Leadership,
            )?;
            Ok(row.phase)
        })
    }

    /// Gives an election up before it is certified. Votes stay; in a secret election the voters' links go as at close.
    ///
    /// # Errors
    /// Refused for certified elections and without a reason.
    pub fn cancel_election(&mut self, by: &Approval, key: &CaseKey, id: &str, reason: &str) -> Result<(), Error> {
        let mut gone = Vec::new();
        self.act(id, ElectionAct::Cancel, by, |change, row, stamp| {
            let reason = reason_of(reason)?;
            row.cancelled_at = Some(stamp.at.clone());
            let detail = json!({"title": row.setup.title, "reason": reason, "second_person": super::people_of(by)});
            stamp.event(change, row, "election_cancelled", Gravity::Warning, detail)?;
            if row.opened_at.is_some() && row.closed_at.is_none() && row.setup.is_secret() {
                gone = destroy_links(change, key, row, stamp)?;
            }
            Ok(())
        })?;
        self.finish_scrub(by, id, &gone)?;
        Ok(())
    }

    /// Makes the signing key public, so that everybody can check the signatures. From then on the key proves nothing about ballots
    /// that are shown for the first time.
    ///
    /// # Errors
    /// Refused before voting has ended.
    pub fn reveal_key(&mut self, by: &Approval, key: &CaseKey, id: &str) -> Result<String, Error> {
        self.act(id, ElectionAct::RevealKey, by, |change, row, stamp| {
            let signing = open_secret(change, key, id, SIGNING_KEY)?;
            let text = digest::encode_hex(&signing);
            row.facts["revealed_key"] = json!(text);
            let detail = json!({
                "title": row.setup.title,
                "signing_key_sha256": rules_digest(&signing),
                "second_person": super::people_of(by),
            });
            stamp.event(change, row, "election_key_revealed", Gravity::Warning, detail)?;
            Ok(text)
        })
    }
}

fn rules_digest(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    digest::encode_hex(&sha2::Sha256::digest(bytes))
}
