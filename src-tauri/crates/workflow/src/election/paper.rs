//! Paper ballots: entered twice by two people, compared, attested, then put into the chain one by one.

use std::collections::BTreeMap;

use domain::digest;
use domain::election::{Choices, ElectionAct};
use importers::scrutineer::rules::BallotBody;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::tables::native::ballot::ExclusionRow;
use store::tables::native::election::ElectionRow;
use store::tables::native::paper::BatchRow;
use store::{Change, Elections};
use verification::keyed::KeyedHash;

use super::booth::add_ballot;
use super::open::SIGNING_KEY;
use super::people::open_secret;
use super::seal::{random, shuffle};
use super::{Approval, CaseKey, Gravity, Person, Stamp, find, hex};
use crate::{Case, Error};

/// Most ballots of one batch.
const MOST_IN_BATCH: u64 = 2000;
/// Most equal ballots of one batch.
const MOST_ALIKE: u64 = 500;

/// Equal paper ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaperBallots {
    /// What they choose.
    pub choices: Choices,
    /// How many there are.
    pub count: u64,
}

/// A batch as it stands.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Number within the election.
    pub number: u64,
    /// What it is called.
    pub label: String,
    /// `entered`, `differs`, `pending`, `counted`, `voided`.
    pub state: String,
    /// Who entered it: once or twice.
    pub entered_by: Vec<String>,
    /// Who attested it.
    pub attested_by: Vec<String>,
    /// How many officers must attest it.
    pub attestations_needed: u32,
    /// Ballots of the newest entry.
    pub ballots: u64,
    /// Where two entries differ: what was chosen, and how many each entered.
    pub differences: Vec<(String, u64, u64)>,
}

fn total(entry: &[PaperBallots]) -> u64 {
    entry.iter().map(|ballots| ballots.count).sum()
}

fn parse(text: &str) -> Vec<PaperBallots> {
    serde_json::from_str(text).unwrap_or_default()
}

/// One form of an entry: each way of marking once, in order.
fn normal(row: &ElectionRow, entry: &[PaperBallots]) -> Result<Vec<PaperBallots>, Error> {
    let mut ways: BTreeMap<String, PaperBallots> = BTreeMap::new();
    for (place, ballots) in entry.iter().enumerate() {
        let line = place + 1;
        let choices = row
            .setup
            .accept(&ballots.choices)
            .map_err(|bad| Error::refused(format!("line {line} of the batch: {bad}")))?;
        if ballots.count == 0 || ballots.count > MOST_ALIKE {
            return Err(Error::refused(format!(
                "line {line} of the batch says {} equal ballots; give 1 to {MOST_ALIKE}, and divide larger piles into batches",
                ballots.count
            )));
        }
        let key = serde_json::to_string(&choices).unwrap_or_default();
        ways.entry(key).or_insert(PaperBallots { choices, count: 0 }).count += ballots.count;
    }
    let entry: Vec<PaperBallots> = ways.into_values().collect();
    match total(&entry) {
        0 => Err(Error::refused("there is no ballot in this batch")),
        many if many > MOST_IN_BATCH => Err(Error::refused(format!(
            "{many} ballots are too many for one batch; divide them, {MOST_IN_BATCH} at most"
        ))),
        _ => Ok(entry),
    }
}

/// What two entries do not agree about.
fn differences(row: &ElectionRow, first: &[PaperBallots], second: &[PaperBallots]) -> Vec<(String, u64, u64)> {
    let mut counts: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for ballots in first {
        counts.entry(shown(row, &ballots.choices)).or_default().0 += ballots.count;
    }
    for ballots in second {
        counts.entry(shown(row, &ballots.choices)).or_default().1 += ballots.count;
    }
    counts.into_iter().filter(|(_, (a, b))| a != b).map(|(choices, (a, b))| (choices, a, b)).collect()
}

/// Choices as people read them.
pub(super) fn shown(row: &ElectionRow, choices: &Choices) -> String {
    if choices.is_empty() {
        return "blank".to_owned();
    }
    let contests = choices.iter().map(|(id, choice)| {
        let Some(contest) = row.setup.contest(id) else { return id.clone() };
        let names: Vec<String> = match choice {
            domain::election::Choice::Listed(list) => list.iter().map(|mark| contest.shown(mark)).collect(),
            domain::election::Choice::Scored(scores) => {
                scores.iter().map(|(mark, points)| format!("{} {points}", contest.shown(mark))).collect()
            }
        };
        format!("{}: {}", contest.title, names.join(", "))
    });
    contests.collect::<Vec<_>>().join("; ")
}

fn batch_of(row: &ElectionRow, batch: &BatchRow) -> Batch {
    let (first, second) = (parse(&batch.first), batch.second.as_deref().map(parse));
    let entered_by = [Some(batch.first_by.clone()), batch.second_by.clone()].into_iter().flatten().collect();
    Batch {
        number: batch.number,
        label: batch.label.clone(),
        state: batch.state.clone(),
        entered_by,
        attested_by: batch.attested.clone(),
        attestations_needed: row.setup.paper_attestations,
        ballots: total(second.as_deref().unwrap_or(&first)),
        differences: second.map(|second| differences(row, &first, &second)).unwrap_or_default(),
    }
}

/// Paper ballots that are in the chain or wait to be.
fn paper_total(elections: &Elections<'_>, id: &str) -> Result<u64, Error> {
    let batches = elections.batches(id)?;
    let live = batches.iter().filter(|batch| batch.state != "voided");
    Ok(live.map(|batch| total(&parse(&batch.first))).sum())
}

impl Case {
    /// Enters a batch of paper ballots: as a new one, or a second time by another person. Where both entries agree and nobody must
    /// attest it, its ballots get into the chain at once. More ballots than voters are left is refused unless a second person
    /// approves.
    ///
    /// # Errors
    /// Refused where the entry does not fit the ballot paper or the batch is complete already.
    pub fn enter_paper(
        &mut self,
        by: &Approval,
        key: &CaseKey,
        id: &str,
        number: Option<u64>,
        label: &str,
        entry: &[PaperBallots],
    ) -> Result<Batch, Error> {
        self.act(id, ElectionAct::RecordPaper, by, |change, row, stamp| {
            let entry = normal(row, entry)?;
            let text = serde_json::to_string(&entry).unwrap_or_default();
            let person = by.first.name();
            let mut batch = match number {
                None => {
                    let next = change.batches(id)?.last().map_or(1, |batch| batch.number + 1);
                    let label = if label.trim().is_empty() { format!("Batch {next}") } else { label.trim().to_owned() };
                    BatchRow {
                        number: next,
                        label,
                        state: "entered".to_owned(),
                        first_by: person.to_owned(),
                        first: text,
                        second_by: None,
                        second: None,
                        attested: Vec::new(),
                        reason: None,
                    }
                }
                Some(number) => {
                    let mut batch = find_batch(change, id, number)?;
                    if !matches!(batch.state.as_str(), "entered" | "differs") {
                        return Err(Error::refused(format!(
                            "{} is {} and cannot be entered again; void it and enter a new one",
                            batch.label, batch.state
                        )));
                    }
                    if person == batch.first_by {
                        if batch.second.is_none() {
                            return Err(Error::refused(format!(
                                "{person} entered {} already; another person must enter it again from the paper",
                                batch.label
                            )));
                        }
                        batch.first = text;
                    } else if batch.second_by.as_deref().is_none_or(|known| known == person) {
                        batch.second_by = Some(person.to_owned());
                        batch.second = Some(text);
                    } else {
                        return Err(Error::refused(format!(
                            "{} was entered by {} and {}; they resolve what differs",
                            batch.label,
                            batch.first_by,
                            batch.second_by.unwrap_or_default()
                        )));
                    }
                    batch.state = "differs".to_owned();
                    batch
                }
            };
            let (eligible, _) = change.credential_totals(id)?;
            let paper = paper_total(change, id)? + if number.is_none() { total(&entry) } else { 0 };
            let people = paper + change.voters(id)?;
            let on_roll = change.roll_size(id)?.0;
            let is_over = people > on_roll;
            if is_over && by.second.is_none() {
                return Err(Error::refused(format!(
                    "with this batch {people} ballots stand against {on_roll} voters on the roll; check the piles, and if it is right let a second person approve"
                )));
            }
            let agreed = batch.second.as_deref() == Some(batch.first.as_str());
            if agreed {
                batch.state = "pending".to_owned();
            }
            let detail = json!({
                "batch_id": batch.number,
                "total": total(&entry),
                "notes": batch.label,
                "over_count_override": is_over,
                "required_attestations": row.setup.paper_attestations,
                "batch_status": batch.state,
                "valid_credentials": eligible,
            });
            let gravity = if is_over { Gravity::Warning } else { Gravity::Info };
            stamp.event(change, row, "election_manual_ballots_recorded", gravity, detail)?;
            if agreed && row.setup.paper_attestations == 0 {
                put_into_chain(change, key, row, &mut batch, stamp)?;
            }
            change.put_batch(id, &batch)?;
            Ok(batch_of(row, &batch))
        })
    }

    /// Attests a batch; the last attestation that is needed puts its ballots into the chain.
    ///
    /// # Errors
    /// Refused where the batch is not complete, or the person entered or attested it.
    pub fn attest_paper(&mut self, by: &Person, key: &CaseKey, id: &str, number: u64) -> Result<Batch, Error> {
        self.act(id, ElectionAct::AttestPaper, &Approval::of(by.clone()), |change, row, stamp| {
            let mut batch = find_batch(change, id, number)?;
            if batch.state != "pending" {
                return Err(Error::refused(format!(
                    "{} is {}; only a batch that two people entered alike is attested",
                    batch.label, batch.state
                )));
            }
            if by.name() == batch.first_by || batch.second_by.as_deref() == Some(by.name()) {
                return Err(Error::refused(format!("{} entered this batch; somebody else attests it", by.name())));
            }
            if batch.attested.iter().any(|known| known == by.name()) {
                return Err(Error::refused(format!("{} has attested this batch already", by.name())));
            }
            batch.attested.push(by.name().to_owned());
            let is_enough = batch.attested.len() >= usize::try_from(row.setup.paper_attestations).unwrap_or(usize::MAX);
            let detail = json!({
                "batch_id": batch.number,
                "attestations": batch.attested.len(),
                "required": row.setup.paper_attestations,
                "confirmed": is_enough,
            });
            stamp.event(change, row, "election_manual_ballots_attested", Gravity::Info, detail)?;
            if is_enough {
                put_into_chain(change, key, row, &mut batch, stamp)?;
            }
            change.put_batch(id, &batch)?;
            Ok(batch_of(row, &batch))
        })
    }

    /// Voids a batch. Ballots that are in the chain stay there, left out of the count.
    ///
    /// # Errors
    /// Refused without a reason, or where it is voided already.
    pub fn void_paper(&mut self, by: &Approval, id: &str, number: u64, reason: &str) -> Result<(), Error> {
        self.act(id, ElectionAct::VoidPaper, by, |change, row, stamp| {
            let reason = reason.trim();
            if reason.is_empty() {
                return Err(Error::refused("a batch is voided with a reason; write one"));
            }
            let mut batch = find_batch(change, id, number)?;
            if batch.state == "voided" {
                return Err(Error::refused(format!("{} is voided already", batch.label)));
            }
            let excluded: Vec<u64> = change.exclusions(id)?.into_iter().map(|row| row.position).collect();
            let mut places = Vec::new();
            change.each_ballot::<Error>(id, |ballot| {
                let body: BallotBody = super::counting::body_of(&ballot)?;
                if body.batch == Some(number) && !excluded.contains(&ballot.position) {
                    places.push(ballot.position);
                }
                Ok(())
            })?;
            for position in &places {
                change.add_exclusion(
                    id,
                    &ExclusionRow {
                        position: *position,
                        reason: format!("{} voided: {reason}", batch.label),
                        excluded_at: stamp.at.clone(),
                        excluded_by: stamp.actor.clone(),
                        second: by.second.as_ref().map(|second| second.name().to_owned()).unwrap_or_default(),
                    },
                )?;
            }
            batch.state = "voided".to_owned();
            batch.reason = Some(reason.to_owned());
            change.put_batch(id, &batch)?;
            let detail = json!({"batch_id": number, "count": places.len(), "reason": reason});
            stamp.event(change, row, "election_manual_ballots_voided", Gravity::Warning, detail)
        })
    }

    /// All batches of an election.
    ///
    /// # Errors
    /// No such election.
    pub fn paper_batches(&self, id: &str) -> Result<Vec<Batch>, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        Ok(elections.batches(id)?.iter().map(|batch| batch_of(&row, batch)).collect())
    }
}

fn find_batch(elections: &Elections<'_>, id: &str, number: u64) -> Result<BatchRow, Error> {
    elections
        .batch(id, number)?
        .ok_or_else(|| Error::refused(format!("there is no paper batch {number} in this election")))
}

/// One ballot of the chain for each paper, in a random order.
fn put_into_chain(
    change: &Change<'_>,
    key: &CaseKey,
    row: &mut ElectionRow,
    batch: &mut BatchRow,
    stamp: &Stamp,
) -> Result<(), Error> {
    let signing = KeyedHash::new(&open_secret(change, key, &row.id, SIGNING_KEY)?);
    let mut ballots: Vec<Choices> = Vec::new();
    for alike in parse(&batch.first) {
        for _ in 0..alike.count {
            ballots.push(alike.choices.clone());
        }
    }
    shuffle(&mut ballots)?;
    let cast_at = (!row.setup.is_secret()).then(|| stamp.at.clone());
    for choices in ballots {
        let body = BallotBody {
            batch: Some(batch.number),
            choices,
            election: row.id.clone(),
            nonce: digest::encode_hex(&random::<16>()?),
            reopened: row.facts["reopened_at"].is_string(),
            voter: None,
            weight: 1,
        };
        add_ballot(change, row, &signing, body, cast_at.as_deref())?;
    }
    batch.state = "counted".to_owned();
    let detail = json!({"batch_id": batch.number, "ballots": row.ballots, "chain_hash": hex(row.chain_head)});
    stamp.event(change, row, "election_manual_ballots_chained", Gravity::Info, detail)
}
