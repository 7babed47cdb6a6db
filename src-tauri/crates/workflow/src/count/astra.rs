//! Astra's count: from its own JSON, and from a case; its ballots under other rules.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use domain::Job;
use domain::contest::{Candidate, Contest, Mark};
use store::Reader;
use tally::count::{Round, Rule, Tie};
use tally::decimal::Decimal;
use tally::methods::astra::{self, Ballot, Election, Order, Outcome, TieKind};
use tally::{CannotCount, Count};

use super::{CaseRequest, CountRequest, Counted, Made, Part, count_contest, read_json, sensitivity};
use crate::Error;
use crate::audit::astra::{Countable, countable};

/// Counts the JSON that the origin's count is given, alone or as member `input`.
pub(super) fn count_file(path: &Path) -> Result<Counted, Error> {
    let value = read_json(path)?;
    let input = if value["input"].is_object() { &value["input"] } else { &value };
    if !input["candidates"].is_array() {
        let message = format!("{}: this is no election of Astra: it has no list `candidates`", path.display());
        return Err(Error::Input {
            path: path.display().to_string(),
            row: 0,
            column: "candidates".to_owned(),
            message,
        });
    }
    let election = Election::from_json(input).map_err(of_origin)?;
    count(election, Order::AsGiven, value["name"].as_str().unwrap_or_default())
}

/// Counts an Astra election of a case; nothing where the case has none of this id.
pub(super) fn count_case(
    reader: &Reader,
    election_id: &str,
    request: &CaseRequest,
    job: &dyn Job,
) -> Result<Option<Counted>, Error> {
    let Some(Countable { title, mut election, order, missing }) = countable(reader, election_id, job)? else {
        return Ok(None);
    };
    let rule = request.rule.as_deref().unwrap_or("astra-meek");
    if rule == "astra-meek" {
        if request.arithmetic.is_some() {
            let message = "astra-meek counts with 80 digits and nothing else; leave the arithmetic out";
            return Err(CannotCount::new("bad_option", message).into());
        }
        if let Some(missing) = missing {
            return Err(Error::NotYet { message: format!("this election cannot be counted: {missing}") });
        }
        let own = election.seats;
        election.seats = request.seats.map_or(own, i64::from);
        let is_own = election.seats == own;
        let counted = count(election, order, &title)?;
        let what_if = format!(
            "This election fills {own} seats; here its ballots are counted for {} instead.",
            counted.count.seats
        );
        return Ok(Some(Counted { what_if: (!is_own).then_some(what_if), ..counted }));
    }
    let contest = contest_of(&election, title)?;
    let is_weighted = election.ballots.iter().any(|ballot| ballot.weight != 1);
    let request = CountRequest {
        rule: rule.to_owned(),
        seats: request.seats,
        arithmetic: request.arithmetic.clone(),
        ..CountRequest::default()
    };
    let mut counted = count_contest(contest, &request)?;
    let told = std::mem::take(&mut counted.sensitivity);
    counted.sensitivity = told.into_iter().map(|sentence| in_votes(sentence, is_weighted)).collect();
    counted.what_if = Some(format!(
        "This election is decided by astra-meek; here its ballots are counted by {rule} instead, without its exclusion groups."
    ));
    Ok(Some(counted))
}

/// Counts a contest of an election that is run here by Astra's rule. Ties are cut by the order of the contest, which stands in the
/// place of Astra's tie-break texts.
pub(super) fn count_here(
    contest: &Contest,
    seats: u32,
    groups: &[domain::election::ExclusionGroup],
) -> Result<Counted, Error> {
    let place_of = |id: &str| contest.candidates.iter().position(|candidate| candidate.id == id);
    let id_of = |place: usize| i64::try_from(place).unwrap_or(i64::MAX).saturating_add(1);
    let order: Vec<usize> = contest.tie_order.iter().map(|place| usize::from(*place)).collect();
    let rank = |place: usize| order.iter().position(|known| *known == place).unwrap_or(order.len() + place);
    let candidates = contest.candidates.iter().enumerate().map(|(place, candidate)| astra::Candidate {
        id: id_of(place),
        name: candidate.name.clone(),
        tiebreak: format!("{:06}", rank(place)),
    });
    let groups = groups.iter().map(|group| astra::ExclusionGroup {
        public_id: group.name.clone(),
        name: group.name.clone(),
        max_elected: i64::from(group.most_elected),
        candidates: group.candidates.iter().filter_map(|id| place_of(id)).map(id_of).collect(),
    });
    let mut ballots = Vec::new();
    for ballot in contest.ballots.iter() {
        let weight = i64::try_from(ballot.votes)
            .map_err(|_| CannotCount::new("too_large", "these are more votes than this rule can count"))?;
        let ranking: Vec<i64> = ballot.marks.iter().map(|mark| id_of(usize::from(mark.candidate))).collect();
        // One ballot of Astra stands for a million votes at most.
        let mut rest = weight;
        while rest > 0 {
            let part = rest.min(1_000_000);
            ballots.push(astra::Ballot { weight: part, ranking: ranking.clone() });
            rest -= part;
        }
    }
    let election = Election {
        seats: i64::from(seats),
        candidates: candidates.collect(),
        exclusion_groups: groups.collect(),
        ballots,
        max_iterations: astra::MAX_ITERATIONS,
        epsilon: astra::EPSILON,
    };
    let mut counted = count(election, Order::Merged, &contest.title)?;
    counted.ids = contest.candidates.iter().map(|candidate| candidate.id.clone()).collect();
    Ok(counted)
}

/// Errors of the origin keep its type and message.
fn of_origin(error: astra::CountError) -> Error {
    CannotCount::new(error.kind, error.message).into()
}

/// Different rankings up to which a count is repeated to see what would change it.
const MOST_KINDS: usize = 5_000;

fn count(election: Election, order: Order, title: &str) -> Result<Counted, Error> {
    let outcome = astra::count(&election, order).map_err(of_origin)?;
    let count = to_count(&election, &outcome);
    let mut votes = election.ballots.iter().map(|ballot| u64::try_from(ballot.weight).unwrap_or(0));
    let votes = votes.try_fold(0_u64, u64::checked_add);
    let sensitivity = match contest_of(&election, String::new()) {
        Ok(contest) if contest.ballots.len() <= MOST_KINDS => {
            let again = |other: &Contest| {
                let changed = Election { ballots: ballots_of(&election, other), ..without_ballots(&election) };
                astra::count(&changed, Order::Merged).ok().map(|outcome| to_count(&changed, &outcome))
            };
            let told = sensitivity::told(&contest, &count, &again);
            let is_weighted = election.ballots.iter().any(|ballot| ballot.weight != 1);
            told.into_iter().map(|sentence| in_votes(sentence, is_weighted)).collect()
        }
        _ => Vec::new(),
    };
    let made = Made::Astra(Arc::new(election.clone()), order);
    let part = Part { rounds: count.rounds.len(), position: 0, made };
    Ok(Counted {
        count,
        ids: election.candidates.iter().map(|candidate| candidate.id.to_string()).collect(),
        title: title.to_owned(),
        result: outcome.to_json(),
        votes,
        files: Vec::new(),
        sensitivity,
        compared: None,
        repairs: Vec::new(),
        what_if: None,
        signatures: None,
        election_id: None,
        ledger_head: None,
        parts: vec![part],
    })
}

/// Where ballots have weights, what was counted in changed ballots is a number of votes.
fn in_votes(sentence: String, is_weighted: bool) -> String {
    if is_weighted { sentence.replace("changed ballot", "changed vote") } else { sentence }
}

fn without_ballots(election: &Election) -> Election {
    Election {
        seats: election.seats,
        candidates: election.candidates.clone(),
        exclusion_groups: election.exclusion_groups.clone(),
        ballots: Vec::new(),
        max_iterations: election.max_iterations,
        epsilon: election.epsilon,
    }
}

/// Ballots of a contest as the origin takes them: a weight above its limit is dealt out over several.
fn ballots_of(election: &Election, contest: &Contest) -> Vec<Ballot> {
    let id = |mark: &Mark| election.candidates.get(usize::from(mark.candidate)).map(|candidate| candidate.id);
    let mut ballots = Vec::new();
    for ballot in contest.ballots.iter() {
        let ranking: Vec<i64> = ballot.marks.iter().filter_map(id).collect();
        let mut left = ballot.votes;
        while left > 0 {
            let weight = left.min(1_000_000);
            left -= weight;
            ballots.push(Ballot { weight: i64::try_from(weight).unwrap_or(0), ranking: ranking.clone() });
        }
    }
    ballots
}

/// The origin's outcome in the shape of all counts.
fn to_count(election: &Election, outcome: &Outcome) -> Count {
    let places: BTreeMap<i64, usize> = election.candidates.iter().map(|it| it.id).zip(0..).collect();
    let places_of = |ids: &[i64]| ids.iter().filter_map(|id| places.get(id).copied()).collect::<Vec<_>>();
    let version = tally::METHODS.iter().find(|method| method.name == "astra-meek").map_or("", |method| method.version);
    let weights = election.ballots.iter().map(|ballot| Decimal::from(ballot.weight));
    let all = weights.fold(Decimal::ZERO, |sum, weight| sum.plus(&weight));
    let mut is_tie_dependent = false;
    let rounds = outcome
        .rounds
        .iter()
        .zip(outcome.sentences())
        .map(|(round, sentence)| {
            let mut votes = vec![None; election.candidates.len()];
            let mut exhausted = all;
            for (id, total) in &round.retained_totals {
                exhausted = exhausted.minus(total);
                if let Some(place) = places.get(id) {
                    votes[*place] = Some(total.to_string());
                }
            }
            is_tie_dependent |= round.tie_breaks.iter().any(|tie| tie.trace.last().is_some_and(|step| step.rule == 4));
            let tie = round.tie_breaks.first().map(|tie| Tie {
                candidates: places_of(&tie.candidates),
                picked: places_of(&tie.ordered).first().copied().unwrap_or_default(),
                picked_for: if tie.kind == TieKind::Elimination { "exclusion" } else { "election" },
                how: match tie.trace.last().map(|step| step.rule) {
                    Some(1) => "the round before",
                    Some(2) => "votes arriving now",
                    Some(3) => "first preferences",
                    _ => "the tie-break text",
                }
                .to_owned(),
            });
            let mut excluded: Vec<i64> = round.eliminated.into_iter().collect();
            excluded.extend(round.forced_exclusions.iter().map(|it| it.candidate));
            Round {
                round: round.iteration,
                votes,
                quota: Some(outcome.quota.to_string()),
                elected: places_of(&round.elected),
                excluded: places_of(&excluded),
                exhausted: exhausted.to_string(),
                tie,
                sentence,
                ..Round::default()
            }
        })
        .collect();
    let name = |it: &astra::Candidate| if it.name.is_empty() { it.id.to_string() } else { it.name.clone() };
    Count {
        rule: Rule { name: "astra-meek", version, arithmetic: "decimal-80".to_owned() },
        seats: u32::try_from(outcome.seats).unwrap_or(u32::MAX),
        candidates: election.candidates.iter().map(name).collect(),
        elected: places_of(&outcome.elected),
        quota: Some(outcome.quota.to_string()),
        rounds,
        tie_dependent: is_tie_dependent,
    }
}

/// The ballots for a rule that is not the origin's.
fn contest_of(election: &Election, title: String) -> Result<Contest, Error> {
    let places: BTreeMap<i64, u16> = election.candidates.iter().map(|it| it.id).zip(0..).collect();
    let candidates = election.candidates.iter().map(|candidate| Candidate {
        id: candidate.id.to_string(),
        name: candidate.name.clone(),
        withdrawn: false,
    });
    let mut contest = Contest {
        title,
        seats: u32::try_from(election.seats).ok().filter(|seats| *seats > 0),
        candidates: candidates.collect(),
        ..Contest::default()
    };
    for ballot in &election.ballots {
        let ranked = ballot.ranking.iter().filter_map(|id| places.get(id));
        let marks: Vec<Mark> = ranked.zip(1..).map(|(&candidate, value)| Mark { candidate, value }).collect();
        let votes = u64::try_from(ballot.weight).unwrap_or(0);
        let too_many = |error: domain::contest::TooManyVotes| CannotCount::new("too_large", error.to_string());
        contest.ballots.add(votes, &marks).map_err(too_many)?;
    }
    Ok(contest)
}
