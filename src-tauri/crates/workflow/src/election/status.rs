//! Where an election stands: phase, turnout, quorum, what waits for somebody; and what is due by the clock.

use domain::Instant;
use domain::election::{ElectionAct, Phase, Quorum, Role};
use serde::Serialize;
use store::Elections;
use store::tables::native::election::ElectionRow;

use super::{Approval, CaseKey, CloseRequest, Closed, counting, facts, find, outbox};
use crate::incident::locks;
use crate::{Case, Error};

/// Who took part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Turnout {
    /// Voters on the roll.
    pub eligible_voters: u64,
    /// Votes that they have together.
    pub eligible_votes: u64,
    /// Voters with a ballot that counts, paper ballots among them.
    pub voters: u64,
    /// Votes of their ballots.
    pub votes: u64,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Ballots that a later one replaced.
    pub replaced: u64,
    /// Ballots that were excluded.
    pub excluded: u64,
    /// Paper ballots that count.
    pub paper: u64,
    /// Voters that the quorum asks for; 0 without one.
    pub quorum_required: u64,
    /// Whether they took part; true without a quorum.
    pub quorum_met: bool,
}

/// An election in a list.
#[derive(Clone, Debug, Serialize)]
pub struct ElectionSummary {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub phase: Phase,
    /// When voting is to end.
    pub ends_at: Option<String>,
    /// True where closing has not yet finished destroying.
    pub is_scrubbing: bool,
}

/// Where an election stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// Name of the form.
    pub schema: String,
    /// Id.
    pub election_id: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub phase: Phase,
    /// The election that it is a runoff or copy of.
    pub parent: Option<String>,
    /// When voting began, ISO text.
    pub opened_at: Option<String>,
    /// When voting is to end.
    pub ends_at: Option<String>,
    /// When it ended.
    pub closed_at: Option<String>,
    /// When it was counted.
    pub counted_at: Option<String>,
    /// When it was certified.
    pub certified_at: Option<String>,
    /// When it was published.
    pub published_at: Option<String>,
    /// When it was cancelled.
    pub cancelled_at: Option<String>,
    /// Whether ballots carry no voter.
    pub is_secret: bool,
    /// Hash of the newest ballot, or the genesis value.
    pub chain_head: String,
    /// Who took part.
    pub turnout: Turnout,
    /// Incidents that are open, in sentences; those that hold something back stand first.
    pub incidents: Vec<String>,
    /// What incidents and standing rules hold back.
    pub locks: Vec<domain::Lock>,
    /// Acts that are possible now.
    pub possible: Vec<ElectionAct>,
    /// What one should know, in sentences.
    pub remarks: Vec<String>,
    /// True until a person confirms that leadership was told of a roll back or an excluded vote.
    pub leadership_not_yet_told: bool,
}

/// Whether an act is possible now, for the one who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActState {
    /// The act.
    pub act: ElectionAct,
    /// Why not, in a sentence; `None` where it is possible.
    pub refused: Option<String>,
    /// True where a second person must approve.
    pub needs_second: bool,
}

pub(super) fn turnout(elections: &Elections<'_>, row: &ElectionRow) -> Result<Turnout, Error> {
    let figures = counting::each_counted(elections, &row.id, |_| Ok(()))?;
    let (eligible_voters, eligible_votes) = elections.roll_size(&row.id)?;
    let quorum_required = match row.setup.quorum {
        Quorum::None => 0,
        quorum => quorum.required(eligible_voters),
    };
    Ok(Turnout {
        eligible_voters,
        eligible_votes,
        voters: figures.counted,
        votes: figures.votes,
        ballots: figures.all,
        replaced: figures.replaced,
        excluded: figures.excluded,
        paper: figures.paper,
        quorum_required,
        quorum_met: figures.counted >= quorum_required,
    })
}

/// What one should know of an election as it stands.
pub(super) fn remarks(elections: &Elections<'_>, row: &ElectionRow, turnout: &Turnout) -> Result<Vec<String>, Error> {
    let mut remarks = Vec::new();
    if row.is_scrubbing {
        remarks.push("Closing has not yet destroyed everything; close the election once more to finish.".to_owned());
    }
    if turnout.voters > turnout.eligible_voters && turnout.eligible_voters > 0 {
        remarks.push(format!(
            "More ballots count ({}) than there are voters on the roll ({}).",
            turnout.voters, turnout.eligible_voters
        ));
    }
    if turnout.excluded > 0 {
        remarks.push(format!("{} excluded from the count.", super::ballots_were(turnout.excluded)));
    }
    for batch in elections.batches(&row.id)? {
        match batch.state.as_str() {
            "entered" => remarks.push(format!("{} was entered once and waits for a second person.", batch.label)),
            "differs" => remarks
                .push(format!("{} was entered twice with different figures; look at the paper again.", batch.label)),
            "pending" => remarks.push(format!("{} waits for attestation.", batch.label)),
            _ => {}
        }
    }
    if let Some(reopened) = row.facts["reopened_at"].as_str() {
        let at = Instant::parse(reopened).map(Instant::to_display).unwrap_or_default();
        remarks.push(format!("Voting was reopened {at}; ballots cast since then stay marked."));
    }
    remarks.extend(locks::override_remarks(row));
    Ok(remarks)
}

impl Case {
    /// Elections that are run in this case, oldest first.
    ///
    /// # Errors
    /// The store's.
    pub fn own_elections(&self) -> Result<Vec<ElectionSummary>, Error> {
        let all = self.file()?.elections().all()?;
        Ok(all
            .into_iter()
            .map(|row| ElectionSummary {
                id: row.id,
                title: row.setup.title,
                phase: row.phase,
                ends_at: row.ends_at,
                is_scrubbing: row.is_scrubbing,
            })
            .collect())
    }

    /// Where an election stands.
    ///
    /// # Errors
    /// No such election.
    pub fn election_status(&self, id: &str) -> Result<Status, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let turnout = turnout(&elections, &row)?;
        let facts = facts(&elections, &row)?;
        let possible = ElectionAct::ALL.into_iter().filter(|act| row.phase.after(*act, facts).is_ok()).collect();
        Ok(Status {
            schema: "scrutineer/election-status/1".to_owned(),
            remarks: remarks(&elections, &row, &turnout)?,
            incidents: locks::sentences(&elections, &row)?,
            locks: locks::all(&elections, &row)?,
            leadership_not_yet_told: outbox::leadership_waits(&elections, id)?,
            election_id: row.id,
            title: row.setup.title.clone(),
            phase: row.phase,
            parent: row.parent,
            opened_at: row.opened_at,
            ends_at: row.ends_at,
            closed_at: row.closed_at,
            counted_at: row.counted_at,
            certified_at: row.certified_at,
            published_at: row.published_at,
            cancelled_at: row.cancelled_at,
            is_secret: row.setup.is_secret(),
            chain_head: row.chain_head.to_hex(),
            turnout,
            possible,
        })
    }

    /// Every act with why it is not possible now: what stands in the way of everybody first, then what the role may not.
    ///
    /// # Errors
    /// No such election.
    pub fn election_acts(&self, id: &str, role: Option<Role>) -> Result<Vec<ActState>, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let facts = facts(&elections, &row)?;
        let by_role = |act: ElectionAct| match role {
            None => Some("nobody is signed in; sign in first".to_owned()),
            Some(role) if role.may(act) => None,
            Some(role) => {
                let allowed: Vec<&str> = Role::ALL.into_iter().filter(|role| role.may(act)).map(Role::word).collect();
                Some(format!(
                    "the role {} may not {}; ask a person with the role {}",
                    role.word(),
                    act.verb(),
                    allowed.join(" or ")
                ))
            }
        };
        Ok(ElectionAct::ALL
            .into_iter()
            .map(|act| ActState {
                act,
                refused: row.phase.after(act, facts).err().map(|refused| refused.0).or_else(|| by_role(act)),
                needs_second: matches!(act, ElectionAct::Certify | ElectionAct::Override)
                    || row.setup.second_person.contains(&act),
            })
            .collect())
    }

    /// What is due by the clock: open elections whose end has passed are to be closed, closed ones to be counted.
    ///
    /// # Errors
    /// The store's.
    pub fn due(&self) -> Result<Vec<(ElectionSummary, ElectionAct)>, Error> {
        let now = Instant::parse(&self.now());
        let is_over =
            |at: Option<&String>| at.and_then(|at| Instant::parse(at)).zip(now).is_some_and(|(end, now)| end <= now);
        let all = self.own_elections()?;
        Ok(all
            .into_iter()
            .filter_map(|election| match election.phase {
                Phase::Open if is_over(election.ends_at.as_ref()) => Some((election, ElectionAct::Close)),
                Phase::Closed => Some((election, ElectionAct::Count)),
                _ => None,
            })
            .collect())
    }

    /// Does what is due: closes, then counts, election by election. An election that fails does not stop the others.
    ///
    /// # Errors
    /// The store's.
    #[allow(clippy::type_complexity, reason = "a list of elections with what became of each")]
    pub fn advance_elections(
        &mut self,
        by: &Approval,
        key: &CaseKey,
    ) -> Result<Vec<(ElectionSummary, Result<Closed, Error>)>, Error> {
        let mut done = Vec::new();
        for (election, act) in self.due()? {
            let request = CloseRequest {
                confirm: election.id.clone(),
                count_now: true,
                by_clock: true,
                ..CloseRequest::default()
            };
            let outcome = if act == ElectionAct::Close {
                self.close_election(by, key, &election.id, &request)
            } else {
                let counted = self.count_election(by, key, &election.id);
                counted.map(|result| Closed::ClosedAndCounted {
                    scrubbed: store::Scrubbed::default(),
                    result: Box::new(result),
                })
            };
            done.push((election, outcome));
        }
        Ok(done)
    }
}
