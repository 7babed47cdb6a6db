//! Making, changing, cloning and removing elections; nominations; what is missing before opening.

use domain::election::setup::{CandidateSetup, is_id};
use domain::election::{ElectionAct, Missing, Phase, Setup, Standing};
use domain::{Instant, digest};
use importers::scrutineer::rules;
use serde_json::{Value, json};
use store::Elections;
use store::tables::native::election::{ChainMark, ElectionRow};

use super::seal::random;
use super::{Approval, Gravity, Person, facts, find, is_method};
use crate::{Case, Error};

fn new_id() -> Result<String, Error> {
    let bytes: [u8; 8] = random()?;
    Ok(digest::encode_hex(&bytes))
}

pub(super) fn draft(id: String, setup: Setup, at: &str, parent: Option<String>) -> ElectionRow {
    let genesis = rules::genesis(&id);
    ElectionRow {
        id,
        phase: Phase::Draft,
        ends_at: setup.ends_at.map(Instant::to_iso),
        setup,
        created_at: at.to_owned(),
        parent,
        opened_at: None,
        closed_at: None,
        counted_at: None,
        certified_at: None,
        published_at: None,
        cancelled_at: None,
        ballots: 0,
        chain_head: genesis,
        noted: ChainMark { ballots: 0, head: genesis },
        is_scrubbing: false,
        facts: json!({"rules_version": rules::VERSION}),
    }
}

/// Reads something written as JSON: a setup, paper ballots, ballots to cast. `what` says what it should be.
///
/// # Errors
/// [`Error::Input`] with line and column.
pub fn read_json_as<T: serde::de::DeserializeOwned>(path: &std::path::Path, what: &str) -> Result<T, Error> {
    let shown = path.display().to_string();
    let input = |row: u64, column: String, message: String| Error::Input { path: shown.clone(), row, column, message };
    let bytes = std::fs::read(path).map_err(|error| input(0, String::new(), format!("{shown}: {error}")))?;
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(text).map_err(|error| {
        let row = u64::try_from(error.line()).unwrap_or(0);
        input(row, error.column().to_string(), format!("{shown}: this is no {what}: {error}"))
    })
}

/// Members in which two setups differ, for the ledger.
fn changed_fields(before: &Setup, after: &Setup) -> Vec<String> {
    let (before, after) = (json!(before), json!(after));
    let names: std::collections::BTreeSet<&String> =
        [&before, &after].into_iter().filter_map(Value::as_object).flat_map(serde_json::Map::keys).collect();
    names.into_iter().filter(|name| before[name.as_str()] != after[name.as_str()]).cloned().collect()
}

impl Case {
    /// Makes an election as a draft; answers its id.
    ///
    /// # Errors
    /// Refused where the person may not.
    pub fn new_election(&mut self, by: &Person, setup: Setup) -> Result<String, Error> {
        let id = new_id()?;
        self.add_draft(by, draft(id.clone(), setup, &self.now(), None), "election_created", json!({}))?;
        Ok(id)
    }

    fn add_draft(&mut self, by: &Person, row: ElectionRow, event: &str, more: Value) -> Result<(), Error> {
        let stamp = self.stamp(by.name())?;
        let by = Approval::of(by.clone());
        self.change_case(|change| {
            super::people::check(change, ElectionAct::Edit, &by, &row.setup)?;
            if row.setup.title.trim().is_empty() {
                return Err(Error::refused("an election needs a title; give one, everything else can wait"));
            }
            change.put_election(&row)?;
            let mut detail = json!({
                "title": row.setup.title,
                "election_type": if row.setup.runoff_round > 0 { "runoff" } else { "election" },
                "voting_method": row.setup.contests.iter().map(|contest| contest.method.clone()).collect::<Vec<_>>(),
                "anonymous": row.setup.is_secret(),
            });
            if let (Value::Object(detail), Value::Object(more)) = (&mut detail, more) {
                detail.extend(more);
            }
            stamp.event(change, &row, event, Gravity::Info, detail)
        })
    }

    /// The rules of an election.
    ///
    /// # Errors
    /// No such election.
    pub fn election_setup(&self, id: &str) -> Result<Setup, Error> {
        Ok(find(&self.file()?.elections(), id)?.setup)
    }

    /// Puts other rules in place of a draft's.
    ///
    /// # Errors
    /// Refused once the election has opened.
    pub fn set_election(&mut self, by: &Person, id: &str, setup: Setup) -> Result<Vec<String>, Error> {
        self.act(id, ElectionAct::Edit, &Approval::of(by.clone()), |change, row, stamp| {
            if setup.title.trim().is_empty() {
                return Err(Error::refused("an election needs a title"));
            }
            let changed = changed_fields(&row.setup, &setup);
            row.ends_at = setup.ends_at.map(Instant::to_iso);
            row.setup = setup;
            let detail = json!({"title": row.setup.title, "updated_fields": changed});
            stamp.event(change, row, "election_updated", Gravity::Info, detail)?;
            Ok(changed)
        })
    }

    /// Removes a draft. That there was one stays in the ledger.
    ///
    /// # Errors
    /// Refused for everything but drafts that were never open.
    pub fn delete_election(&mut self, by: &Person, id: &str) -> Result<(), Error> {
        let stamp = self.stamp(by.name())?;
        let by = Approval::of(by.clone());
        self.change_case(|change| {
            let row = find(change, id)?;
            super::allow(change, &row, ElectionAct::Delete, &by)?;
            if !change.credentials(id)?.is_empty() {
                return Err(Error::refused(
                    "this election was open before it was set back to draft, so it stays; cancel it instead",
                ));
            }
            change.delete_election(id)?;
            stamp.event(change, &row, "election_deleted", Gravity::Warning, json!({"title": row.setup.title}))
        })
    }

    /// Copies the rules of an election, of any phase, into a new draft without its end; answers the id.
    ///
    /// # Errors
    /// No such election, or refused by role.
    pub fn clone_election(&mut self, by: &Person, id: &str, title: Option<&str>) -> Result<String, Error> {
        let source = find(&self.file()?.elections(), id)?;
        let mut setup = source.setup.clone();
        setup.title = title.map_or_else(|| format!("{} (copy)", setup.title), str::to_owned);
        (setup.starts_at, setup.ends_at) = (None, None);
        let candidates: usize = setup.contests.iter().map(|contest| contest.candidates.len()).sum();
        let clone = new_id()?;
        let detail =
            json!({"source_election_id": source.id, "clone_election_id": clone, "candidates_copied": candidates});
        self.add_draft(by, draft(clone.clone(), setup, &self.now(), Some(source.id)), "election_cloned", detail)?;
        let roll = self.file()?.elections().roll(id)?;
        if !roll.is_empty() {
            self.put_roll(by, &clone, &roll)?;
        }
        Ok(clone)
    }

    /// Begins or ends nominations.
    ///
    /// # Errors
    /// Refused outside draft and nominating.
    pub fn nominations(&mut self, by: &Person, id: &str, are_open: bool) -> Result<(), Error> {
        let act = if are_open { ElectionAct::OpenNominations } else { ElectionAct::CloseNominations };
        self.act(id, act, &Approval::of(by.clone()), |change, row, stamp| {
            if are_open && row.setup.contests.is_empty() {
                return Err(Error::refused("there is nothing to be nominated for; add a contest first"));
            }
            let event = if are_open { "nominations_opened" } else { "nominations_closed" };
            stamp.event(change, row, event, Gravity::Info, json!({"title": row.setup.title}))
        })
    }

    /// Names a candidate for a contest. Somebody who names themselves has accepted.
    ///
    /// # Errors
    /// Refused where the contest or the person is unknown, or the name stands already.
    pub fn nominate(
        &mut self,
        by: &Person,
        id: &str,
        contest: &str,
        mut candidate: CandidateSetup,
    ) -> Result<(), Error> {
        self.act(id, ElectionAct::Nominate, &Approval::of(by.clone()), |change, row, stamp| {
            if !is_id(&candidate.id) {
                return Err(Error::refused("a candidate needs a short id of letters, digits, `-`, `_` and `.`"));
            }
            if row.setup.contests.iter().any(|contest| contest.candidates.iter().any(|known| known.id == candidate.id))
            {
                return Err(Error::refused(format!("there is a candidate with the id {} already", candidate.id)));
            }
            for (voter, what) in [(&candidate.voter, "candidate"), (&candidate.nominated_by, "nominator")] {
                if !voter.is_empty() && change.voter(id, voter)?.is_none() {
                    return Err(Error::refused(format!("the {what} {voter} is not on the roll")));
                }
            }
            let is_self = !candidate.voter.is_empty() && candidate.voter == candidate.nominated_by;
            candidate.standing = if is_self { Standing::Accepted } else { Standing::Nominated };
            let detail = json!({
                "candidate_id": candidate.id,
                "nominee_user_id": candidate.voter,
                "position": contest,
                "self_nomination": is_self,
            });
            let known: Vec<String> = row.setup.contests.iter().map(|contest| contest.id.clone()).collect();
            let Some(contest) = row.setup.contests.iter_mut().find(|known| known.id == contest) else {
                return Err(Error::refused(format!("there is no contest {contest}; there are: {}", known.join(", "))));
            };
            contest.candidates.push(candidate);
            stamp.event(change, row, "candidate_nominated", Gravity::Info, detail)
        })
    }

    /// Notes that a candidate accepted, declined or stood down.
    ///
    /// # Errors
    /// Refused where there is no such candidate.
    pub fn answer_nomination(
        &mut self,
        by: &Person,
        id: &str,
        candidate: &str,
        standing: Standing,
    ) -> Result<(), Error> {
        self.act(id, ElectionAct::Nominate, &Approval::of(by.clone()), |change, row, stamp| {
            let found = row.setup.contests.iter_mut().find_map(|contest| {
                let found = contest.candidates.iter_mut().find(|known| known.id == candidate)?;
                found.standing = standing;
                Some((contest.id.clone(), found.name.clone()))
            });
            let Some((contest, name)) = found else {
                return Err(Error::refused(format!("there is no candidate {candidate} in this election")));
            };
            let event = match standing {
                Standing::Accepted => "nomination_accepted",
                Standing::Nominated => "candidate_updated",
                Standing::Declined | Standing::Withdrawn => "nomination_declined",
            };
            let detail = json!({"candidate_id": candidate, "position": contest, "candidate_name": name});
            stamp.event(change, row, event, Gravity::Info, detail)
        })
    }

    /// What stands in the way of opening, and what one should know before.
    ///
    /// # Errors
    /// No such election.
    pub fn missing_before_opening(&self, id: &str) -> Result<Vec<Missing>, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let now = Instant::parse(&self.now()).unwrap_or(Instant { micros: 0 });
        missing(&elections, &row, now)
    }
}

/// What stands in the way of opening: phase, rules, roll.
pub(super) fn missing(elections: &Elections<'_>, row: &ElectionRow, now: Instant) -> Result<Vec<Missing>, Error> {
    let mut found = Vec::new();
    if let Err(refused) = row.phase.after(ElectionAct::Open, facts(elections, row)?) {
        found.push(Missing { place: "phase".to_owned(), text: refused.0, is_blocking: true });
    }
    found.extend(row.setup.missing(now, &is_method));
    if !super::zone::is_zone(&row.setup.time_zone) {
        let text = format!("There is no time zone {}; write a name such as Europe/Vienna or UTC.", row.setup.time_zone);
        found.push(Missing { place: "time_zone".to_owned(), text, is_blocking: true });
    }
    for contest in &row.setup.contests {
        if let Some(text) = super::counting::objection(contest) {
            found.push(Missing {
                place: contest.title.clone(),
                text: format!("It could not be counted: {text}."),
                is_blocking: true,
            });
        }
    }
    let (voters, votes) = elections.roll_size(&row.id)?;
    let mut tell = |is_blocking: bool, text: String| {
        found.push(Missing { place: "roll".to_owned(), text, is_blocking });
    };
    if voters == 0 {
        tell(true, "Nobody is on the roll; bring it in from a CSV file.".to_owned());
    }
    if !row.setup.weighted && votes != voters {
        tell(
            true,
            "The roll gives some voters more than one vote, but the rules do not; set `weighted`, or correct the roll."
                .to_owned(),
        );
    }
    for contest in &row.setup.contests {
        for candidate in contest.standing().filter(|candidate| !candidate.voter.is_empty()) {
            if elections.voter(&row.id, &candidate.voter)?.is_none() {
                tell(true, format!("{} stands for {} but is not on the roll.", candidate.name, contest.title));
            }
        }
    }
    if voters > 0 && voters < 5 && row.setup.is_secret() {
        tell(
            false,
            format!("With {voters} voters a secret ballot keeps little secret: totals alone tell how people voted."),
        );
    }
    Ok(found)
}
