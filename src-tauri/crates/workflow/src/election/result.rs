//! The count of an election, what its rules make of it, and the certificate.

use std::collections::BTreeMap;

use domain::contest::Contest;
use domain::election::{BallotKind, ContestSetup, ElectionAct, Setup, TiePolicy, Victory};
use domain::{Instant, digest};
use importers::scrutineer::rules;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Elections;
use store::tables::native::election::ElectionRow;
use verification::keyed::KeyedHash;

use super::counting::{self, BallotFigures};
use super::open::{SIGNING_KEY, TIE_ORDER, TieOrder};
use super::people::open_secret;
use super::seal::random;
use super::setup::draft;
use super::{Approval, CaseKey, Gravity, find};
use crate::count::Counted;
use crate::{Case, Error};

/// How the remark on ballots of a reopened window ends.
const REOPENED: &str = "cast after the election had been reopened";
/// How the remark on excluded ballots ends.
const EXCLUDED: &str = "excluded from the count; what was cast stays in the chain";

/// How a contest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Every seat is filled.
    Decided,
    /// Some seats stay empty.
    PartlyDecided,
    /// Nobody reached what the rules ask for.
    Undecided,
    /// Nobody voted in the contest.
    NoVotes,
    /// Too few took part in the election.
    QuorumNotMet,
}

/// The result of one contest.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ContestResult {
    /// Contest.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Seats.
    pub seats: u32,
    /// Who is elected, ids in order of election.
    pub elected: Vec<String>,
    /// Their names.
    pub elected_names: Vec<String>,
    /// How it ended.
    pub outcome: Outcome,
    /// Votes in the contest, abstentions left out.
    pub votes: u64,
    /// What decided, in sentences.
    pub sentences: Vec<String>,
    /// Candidates who are level for the last seat; empty where there is no tie.
    pub tied: Vec<String>,
    /// The count as `count --json` prints it; null where there was nothing to count.
    pub count: Value,
    /// The order that cuts ties, as it was drawn.
    pub tie_order: Vec<String>,
    /// The random value under its hash.
    pub tie_order_nonce: String,
}

/// The result of an election.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ElectionResult {
    /// Name of the form.
    pub schema: String,
    /// Election.
    pub election_id: String,
    /// Its title.
    pub title: String,
    /// When it was counted, ISO text.
    pub counted_at: String,
    /// Voters on the roll.
    pub eligible_voters: u64,
    /// Voters who took part, paper ballots among them.
    pub voters: u64,
    /// Voters that the rules ask for.
    pub quorum_required: u64,
    /// Whether they took part.
    pub quorum_met: bool,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Ballots that count.
    pub ballots_counted: u64,
    /// Ballots that a later one replaced.
    pub ballots_replaced: u64,
    /// Ballots that were excluded.
    pub ballots_excluded: u64,
    /// Ballots without any choice.
    pub ballots_blank: u64,
    /// Paper ballots that count.
    pub ballots_paper: u64,
    /// Ballots of a reopened window.
    pub ballots_reopened: u64,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// Locks that were overridden, and what else a reader must know.
    pub remarks: Vec<String>,
    /// Contests in the order of the ballot paper.
    pub contests: Vec<ContestResult>,
}

/// A certified result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Certificate {
    /// Name of the form.
    pub schema: String,
    /// Election.
    pub election_id: String,
    /// Its title.
    pub title: String,
    /// When, ISO text.
    pub certified_at: String,
    /// Who signed: name and role.
    pub signed_by: Vec<(String, String)>,
    /// Who could use the signing key of the election: every active account that knows the passphrase of the case may.
    pub key_holders: Vec<String>,
    /// SHA-256 of the result.
    pub result_sha256: String,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Ledger head before the certificate.
    pub ledger_head: String,
    /// Locks that were overridden on the way; left out where there were none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<String>,
    /// Random value of this certificate.
    pub nonce: String,
    /// HMAC-SHA-256 under the election's key over the certificate without this member.
    pub signature: String,
}

impl Certificate {
    /// Its one form, the text that `certificate_sha256` covers.
    pub(crate) fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The text under its signature.
    pub(crate) fn signed_text(&self) -> String {
        Self { signature: String::new(), ..self.clone() }.text()
    }
}

impl ElectionResult {
    /// Whether a remark only repeats a figure of the result, which a report tells with people and times.
    pub fn is_figure(remark: &str) -> bool {
        remark.contains(REOPENED) || remark.contains(EXCLUDED)
    }

    /// The bytes that are hashed and published.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// SHA-256 of them, hex.
    pub fn sha256(&self) -> String {
        digest::encode_hex(&Sha256::digest(self.bytes()))
    }
}

/// What the victory condition and the tie policy make of a count by choices.
fn judge_choices(
    setup: &ContestSetup,
    counted: &Counted,
    votes: u64,
    told: &mut Vec<String>,
) -> (Vec<usize>, Vec<usize>) {
    let Some(round) = counted.count.rounds.last() else { return (Vec::new(), Vec::new()) };
    let votes_of = |place: usize| -> u64 {
        round.votes.get(place).and_then(Option::as_deref).and_then(|text| text.parse().ok()).unwrap_or(0)
    };
    let name = |place: usize| counted.count.candidates.get(place).cloned().unwrap_or_default();
    let needed = match setup.victory {
        Victory::MostVotes => 1,
        Victory::Majority => votes / 2 + 1,
        Victory::Percentage(percent) => votes.saturating_mul(u64::from(percent)).div_ceil(100).max(1),
        Victory::Votes(needed) => needed.max(1),
    };
    if setup.victory != Victory::MostVotes {
        told.push(format!("{needed} of {votes} votes were needed."));
    }
    let mut order: Vec<usize> = (0..counted.count.candidates.len()).collect();
    let elected_place =
        |place: &usize| counted.count.elected.iter().position(|known| known == place).unwrap_or(usize::MAX);
    order.sort_by_key(|place| (std::cmp::Reverse(votes_of(*place)), elected_place(place), *place));
    order.retain(|place| votes_of(*place) >= needed);
    let seats = usize::try_from(setup.seats).unwrap_or(usize::MAX);
    if order.len() <= seats {
        return (order, Vec::new());
    }
    let last = votes_of(order[seats - 1]);
    let level: Vec<usize> = order.iter().copied().filter(|place| votes_of(*place) == last).collect();
    if votes_of(order[seats]) < last {
        order.truncate(seats);
        return (order, Vec::new());
    }
    let names: Vec<String> = level.iter().map(|place| name(*place)).collect();
    match setup.ties {
        TiePolicy::DrawnOrder => {
            order.truncate(seats);
            let won: Vec<String> =
                order.iter().filter(|place| level.contains(place)).map(|place| name(*place)).collect();
            told.push(format!(
                "{} were level with {last} votes; the order that was drawn and committed before the first ballot decided for {}.",
                names.join(", "),
                won.join(", ")
            ));
        }
        TiePolicy::CoWinners => {
            order.retain(|place| votes_of(*place) >= last);
            told.push(format!(
                "{} were level with {last} votes; all of them are elected, as the rules say.",
                names.join(", ")
            ));
        }
        TiePolicy::Undecided => {
            order.retain(|place| votes_of(*place) > last);
            told.push(format!(
                "{} are level with {last} votes; none of them is elected, as the rules say.",
                names.join(", ")
            ));
        }
    }
    (order, level)
}

/// Counts every contest and applies quorum, victory conditions and tie policies.
pub(super) fn count_election(
    elections: &Elections<'_>,
    row: &ElectionRow,
    ties: &BTreeMap<String, TieOrder>,
    at: &str,
) -> Result<ElectionResult, Error> {
    let (contests, figures) = counting::contests(elections, row, Some(ties))?;
    let (eligible, _, _) = participation(elections, row, &figures)?;
    let chain_head = row.chain_head.to_hex();
    let mut result = judge(&Judged {
        election_id: &row.id,
        setup: &row.setup,
        chain_head: &chain_head,
        at,
        eligible,
        figures,
        contests: &contests,
        ties,
    })?;
    // Locks that were overridden stand first: whoever reads the result must know of them.
    result.remarks.splice(0..0, crate::incident::locks::override_remarks_of_result(row));
    Ok(result)
}

/// Everything that a result is made of.
pub(crate) struct Judged<'a> {
    pub(crate) election_id: &'a str,
    pub(crate) setup: &'a Setup,
    /// Hash of the newest ballot.
    pub(crate) chain_head: &'a str,
    /// When it is counted, ISO text.
    pub(crate) at: &'a str,
    /// Voters on the roll.
    pub(crate) eligible: u64,
    pub(crate) figures: BallotFigures,
    /// Contests with the ballots that count, in the order of the ballot paper.
    pub(crate) contests: &'a [Contest],
    pub(crate) ties: &'a BTreeMap<String, TieOrder>,
}

/// Counts every contest by its rule and applies quorum, victory conditions and tie policies. Reads nothing: the count of a case and
/// the recount of a publication are this one function.
pub(crate) fn judge(judged: &Judged<'_>) -> Result<ElectionResult, Error> {
    let &Judged { setup: rules, eligible, figures, contests, ties, .. } = judged;
    let voters = figures.counted;
    let required = rules.quorum.required(eligible);
    let quorum_met = voters >= required;
    let mut results = Vec::new();
    for (setup, contest) in rules.contests.iter().zip(contests) {
        let tie = ties.get(&setup.id);
        let votes = contest.ballots.votes();
        let mut told = Vec::new();
        let mut result = ContestResult {
            id: setup.id.clone(),
            title: setup.title.clone(),
            seats: setup.seats,
            elected: Vec::new(),
            elected_names: Vec::new(),
            outcome: Outcome::NoVotes,
            votes,
            sentences: Vec::new(),
            tied: Vec::new(),
            count: Value::Null,
            tie_order: tie.map(|tie| tie.order.clone()).unwrap_or_default(),
            tie_order_nonce: tie.map(|tie| tie.nonce.clone()).unwrap_or_default(),
        };
        if votes == 0 {
            told.push("Nobody voted in this contest, so nobody is elected.".to_owned());
        } else {
            let counted = counting::count(setup, contest)?;
            let by_choices = matches!(setup.kind(), BallotKind::One | BallotKind::Several);
            let (elected, level) = if by_choices {
                judge_choices(setup, &counted, votes, &mut told)
            } else {
                (counted.count.elected.clone(), Vec::new())
            };
            let ids = |places: &[usize]| -> Vec<String> {
                places.iter().filter_map(|place| contest.candidates.get(*place)).map(|it| it.id.clone()).collect()
            };
            if !by_choices && counted.count.tie_dependent {
                told.push("A tie was cut by the order that was drawn and committed before the first ballot; another order could have elected somebody else.".to_owned());
            }
            result.tied = ids(&level);
            result.count = counted.to_json();
            if quorum_met {
                result.elected = ids(&elected);
                result.elected_names = elected
                    .iter()
                    .filter_map(|place| contest.candidates.get(*place))
                    .map(|it| it.name.clone())
                    .collect();
            }
            let seats = usize::try_from(setup.seats).unwrap_or(usize::MAX);
            result.outcome = match elected.len() {
                _ if !quorum_met => Outcome::QuorumNotMet,
                0 => Outcome::Undecided,
                filled if filled < seats => Outcome::PartlyDecided,
                _ => Outcome::Decided,
            };
            match result.outcome {
                Outcome::QuorumNotMet => told.push(format!(
                    "{voters} of {eligible} took part and {required} were needed, so nobody is elected."
                )),
                Outcome::Undecided => told.push("Nobody is elected.".to_owned()),
                Outcome::PartlyDecided => {
                    told.push(format!("{} of {} seats are filled.", elected.len(), setup.seats));
                }
                Outcome::Decided | Outcome::NoVotes => {}
            }
            told.extend(counted.sensitivity);
        }
        result.sentences = told;
        results.push(result);
    }
    let mut remarks = Vec::new();
    if figures.reopened > 0 {
        remarks.push(format!("{} {REOPENED}.", super::ballots_were(figures.reopened)));
    }
    if figures.excluded > 0 {
        remarks.push(format!("{} {EXCLUDED}.", super::ballots_were(figures.excluded)));
    }
    Ok(ElectionResult {
        schema: "scrutineer/result/1".to_owned(),
        election_id: judged.election_id.to_owned(),
        title: rules.title.clone(),
        counted_at: judged.at.to_owned(),
        eligible_voters: eligible,
        voters,
        quorum_required: required,
        quorum_met,
        ballots: figures.all,
        ballots_counted: figures.counted,
        ballots_replaced: figures.replaced,
        ballots_excluded: figures.excluded,
        ballots_blank: figures.blank,
        ballots_paper: figures.paper,
        ballots_reopened: figures.reopened,
        chain_head: judged.chain_head.to_owned(),
        remarks,
        contests: results,
    })
}

/// Voters on the roll, voters who took part, voters that the quorum asks for.
pub(super) fn participation(
    elections: &Elections<'_>,
    row: &ElectionRow,
    figures: &BallotFigures,
) -> Result<(u64, u64, u64), Error> {
    let (eligible, _) = elections.roll_size(&row.id)?;
    Ok((eligible, figures.counted, row.setup.quorum.required(eligible)))
}

impl Case {
    /// Counts a closed election. Where a rule gives no result the election stays closed, the exact error is recorded, and it may
    /// be tried again.
    ///
    /// # Errors
    /// Refused unless it is closed; [`Error::CannotCount`] where a rule gives no result.
    pub fn count_election(&mut self, by: &Approval, key: &CaseKey, id: &str) -> Result<ElectionResult, Error> {
        let counted = self.act(id, ElectionAct::Count, by, |change, row, stamp| {
            if row.is_scrubbing {
                return Err(Error::refused(
                    "what closing destroys is not gone from the file yet; finish that with `election close`, then count",
                ));
            }
            let ties = tie_orders(change, key, row)?;
            let result = count_election(change, row, &ties, &stamp.at)?;
            let body = String::from_utf8(result.bytes()).unwrap_or_default();
            row.counted_at = Some(stamp.at.clone());
            let number = change.add_result(id, "result", &stamp.at, &body)?;
            let elected: BTreeMap<&str, &[String]> =
                result.contests.iter().map(|contest| (contest.id.as_str(), contest.elected.as_slice())).collect();
            let detail = json!({
                "title": row.setup.title,
                "result": number,
                "result_sha256": result.sha256(),
                "elected": elected,
                "quorum_met": result.quorum_met,
                "second_person": super::people_of(by),
            });
            let tied: Vec<&str> =
                result.contests.iter().filter(|contest| !contest.tied.is_empty()).map(|contest| contest.id.as_str()).collect();
            if !tied.is_empty() {
                let detail = json!({"positions": tied, "tie_policy": row.setup.contests.iter().find(|contest| tied.contains(&contest.id.as_str())).map(|contest| contest.ties)});
                stamp.event(change, row, "election_tie_detected", Gravity::Warning, detail)?;
            }
            stamp.event(change, row, "election_counted", Gravity::Info, detail)?;
            make_runoff(change, row, &result, stamp)?;
            Ok(result)
        });
        if let Err(error @ Error::CannotCount(_)) = &counted {
            let stamp = self.stamp(by.first.name())?;
            let text = error.to_string();
            self.change_case(|change| {
                let row = find(change, id)?;
                stamp.event(
                    change,
                    &row,
                    "election_count_failed",
                    Gravity::Critical,
                    json!({"title": row.setup.title, "error": text}),
                )
            })?;
        }
        counted
    }

    /// The newest result of an election; nothing before it was counted.
    ///
    /// # Errors
    /// No such election, or a result that cannot be read.
    pub fn election_result(&self, id: &str) -> Result<Option<ElectionResult>, Error> {
        let elections = self.file()?.elections();
        find(&elections, id)?;
        newest(&elections, id, "result")
    }

    /// The certificate of an election; nothing before it was certified.
    ///
    /// # Errors
    /// No such election.
    pub fn certificate(&self, id: &str) -> Result<Option<Certificate>, Error> {
        let elections = self.file()?.elections();
        find(&elections, id)?;
        newest(&elections, id, "certificate")
    }

    /// Certifies a result: two people, each with their own passphrase, say that it is the one that was counted.
    ///
    /// # Errors
    /// Refused unless it is counted, or where a second count of the same ballots gives another result.
    pub fn certify_election(&mut self, by: &Approval, key: &CaseKey, id: &str) -> Result<Certificate, Error> {
        self.act(id, ElectionAct::Certify, by, |change, row, stamp| {
            let result: ElectionResult =
                newest(change, id, "result")?.ok_or_else(|| Error::refused("there is no result to certify"))?;
            // What is signed is what the ballots give now, not what was once written down.
            let ties = tie_orders(change, key, row)?;
            let again = count_election(change, row, &ties, &result.counted_at)?;
            if again.sha256() != result.sha256() {
                return Err(Error::refused(
                    "counting the ballots again gives another result than the one that is kept: the case was changed outside this program; do not certify, open an incident",
                ));
            }
            let signing = KeyedHash::new(&open_secret(change, key, id, SIGNING_KEY)?);
            let people = [Some(&by.first), by.second.as_ref()];
            let mut certificate = Certificate {
                schema: "scrutineer/certificate/1".to_owned(),
                election_id: id.to_owned(),
                title: row.setup.title.clone(),
                certified_at: stamp.at.clone(),
                signed_by: people
                    .into_iter()
                    .flatten()
                    .map(|person| (person.name().to_owned(), person.role().word().to_owned()))
                    .collect(),
                key_holders: change.people()?.into_iter().filter(|row| row.is_active).map(|row| row.name).collect(),
                result_sha256: result.sha256(),
                chain_head: row.chain_head.to_hex(),
                ballots: row.ballots,
                ledger_head: change.newest_act()?.map(|act| act.hash.to_hex()).unwrap_or_default(),
                remarks: crate::incident::locks::override_remarks(row),
                nonce: digest::encode_hex(&random::<16>()?),
                signature: String::new(),
            };
            certificate.signature = signing.hex(&certificate.signed_text());
            let body = certificate.text();
            change.add_result(id, "certificate", &stamp.at, &body)?;
            row.certified_at = Some(stamp.at.clone());
            row.facts["certificate_sha256"] = json!(rules::sha256(&body).to_hex());
            let detail = json!({
                "title": row.setup.title,
                "result_sha256": certificate.result_sha256,
                "certificate_sha256": row.facts["certificate_sha256"],
                "second_person": super::people_of(by),
            });
            stamp.event(change, row, "election_certified", Gravity::Info, detail)?;
            Ok(certificate)
        })
    }
}

pub(super) fn newest<T: serde::de::DeserializeOwned>(
    elections: &Elections<'_>,
    id: &str,
    kind: &str,
) -> Result<Option<T>, Error> {
    let Some(row) = elections.results(id)?.into_iter().rev().find(|row| row.kind == kind) else { return Ok(None) };
    serde_json::from_str(&row.body).map(Some).map_err(|_| {
        Error::refused(format!(
            "the stored {kind} of this election cannot be read: the case was changed outside this program"
        ))
    })
}

pub(super) fn tie_orders(
    elections: &Elections<'_>,
    key: &CaseKey,
    row: &ElectionRow,
) -> Result<BTreeMap<String, TieOrder>, Error> {
    let text = open_secret(elections, key, &row.id, TIE_ORDER)?;
    let ties: BTreeMap<String, TieOrder> =
        serde_json::from_slice(&text).map_err(|_| Error::refused("the order that cuts ties cannot be read"))?;
    for (contest, tie) in &ties {
        let committed = row.facts["tie_order_sha256"][contest.as_str()].as_str();
        let hash = rules::sha256(&rules::tie_order_text(&row.id, &tie.order, &tie.nonce)).to_hex();
        if committed != Some(hash.as_str()) {
            return Err(Error::refused(
                "the order that cuts ties is not the one that was committed before the first ballot; open an incident",
            ));
        }
    }
    Ok(ties)
}

/// Makes the draft of a runoff for the contests that stayed undecided, where the rules ask for one.
fn make_runoff(
    change: &store::Change<'_>,
    row: &ElectionRow,
    result: &ElectionResult,
    stamp: &super::Stamp,
) -> Result<(), Error> {
    if row.setup.runoff_round >= row.setup.most_runoffs || !result.quorum_met {
        return Ok(());
    }
    let round = row.setup.runoff_round + 1;
    let mut setup = row.setup.clone();
    setup.title = format!("{}: runoff {round}", row.setup.title.split(": runoff ").next().unwrap_or_default());
    setup.runoff_round = round;
    (setup.starts_at, setup.ends_at) = (None, None);
    setup.contests.retain_mut(|contest| {
        let Some(outcome) = result.contests.iter().find(|result| result.id == contest.id) else { return false };
        if !matches!(outcome.outcome, Outcome::Undecided | Outcome::PartlyDecided) {
            return false;
        }
        let filled = u32::try_from(outcome.elected.len()).unwrap_or(u32::MAX);
        contest.seats = contest.seats.saturating_sub(filled).max(1);
        contest.write_ins = false;
        let stay = runoff_candidates(outcome, contest.seats);
        contest.candidates.retain(|candidate| stay.contains(&candidate.id));
        !contest.candidates.is_empty()
    });
    if setup.contests.is_empty() {
        return Ok(());
    }
    let id = digest::encode_hex(&random::<8>()?);
    let runoff = ElectionRow { ends_at: None, ..draft(id.clone(), setup, &stamp.at, Some(row.id.clone())) };
    change.put_election(&runoff)?;
    change.replace_roll(&id, &change.roll(&row.id)?)?;
    let detail = json!({"parent_election_id": row.id, "runoff_election_id": id, "runoff_round": round});
    stamp.event(change, row, "runoff_election_created", Gravity::Info, detail)
}

/// Who goes into a runoff: twice as many as there are seats, by votes of the last round, and all who are level with the last of
/// them; nobody who is elected already.
fn runoff_candidates(outcome: &ContestResult, seats: u32) -> Vec<String> {
    let votes = outcome.count["rounds"].as_array().and_then(|rounds| rounds.last()).map(|round| round["votes"].clone());
    let mut order: Vec<(u64, String)> = votes
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(id, _)| !outcome.elected.contains(*id))
        .map(|(id, votes)| (votes.as_str().and_then(|text| text.parse().ok()).unwrap_or(0), id.clone()))
        .collect();
    order.sort_by(|a, b| b.cmp(a));
    let most = usize::try_from(seats).unwrap_or(usize::MAX).saturating_mul(2);
    let last = order.get(most.saturating_sub(1)).map_or(0, |(votes, _)| *votes);
    order
        .into_iter()
        .enumerate()
        .filter(|(place, (votes, _))| *place < most || *votes == last)
        .map(|(_, (_, id))| id)
        .collect()
}

/// The instant of an ISO text, for showing.
pub(super) fn shown(at: Option<&String>) -> String {
    at.and_then(|at| Instant::parse(at)).map(Instant::to_display).unwrap_or_default()
}
