//! The Logbook's counts: over an election of a case, and over a ballot file as if its votes had been cast there.

use std::collections::BTreeMap;

use domain::contest::{Contest, MarksAre};
use domain::{Job, KeyRing, VoteView};
use serde_json::{Value, json};
use store::Reader;
use tally::count::{Cause, Round, Rule, Tie};
use tally::methods::logbook::{Candidate, Count as Ballots, Results, Rules};
use tally::{CannotCount, Count};

use super::{CountRequest, Counted};
use crate::case::OriginAnswer;
use crate::{Case, Error};

/// Ballots that ranked choice keeps one by one.
const MOST_RANKED: u64 = 2_000_000;

/// Counts a ballot file under one of The Logbook's methods. The election has one contest, one seat, the plainest victory
/// condition of the method, and everybody who voted was eligible.
pub(super) fn count_contest(contest: &Contest, request: &CountRequest) -> Result<Counted, CannotCount> {
    if request.arithmetic.is_some() {
        let message = format!("the rule {} leaves no choice of arithmetic", request.rule);
        return Err(CannotCount::new("bad_option", message));
    }
    if request.seats.or(contest.seats).is_some_and(|seats| seats != 1) {
        let message = "The Logbook elects one candidate per contest, so it cannot fill several seats; give --seats 1 to count for one";
        return Err(CannotCount::new("bad_option", message));
    }
    if contest.candidates.iter().all(|candidate| candidate.withdrawn) {
        return Err(CannotCount::new("no_candidates", "nobody stands in this contest, so there is nothing to count"));
    }
    let (method, victory) = match request.rule.as_str() {
        "logbook-approval" => ("approval", "most_votes"),
        "logbook-supermajority" => ("supermajority", "supermajority"),
        "logbook-ranked" => ("ranked_choice", "most_votes"),
        _ => ("simple_majority", "most_votes"),
    };
    let rules = Rules {
        title: contest.title.clone(),
        status: "closed".to_owned(),
        positions: vec![contest.title.clone()],
        is_anonymous: true,
        voting_method: method.to_owned(),
        victory_condition: victory.to_owned(),
        max_votes_per_position: 1,
        quorum_type: "none".to_owned(),
        eligible: contest.ballots.votes(),
        ..Rules::default()
    };
    let standing = contest.candidates.iter().filter(|candidate| !candidate.withdrawn);
    let candidates = standing.map(|candidate| Candidate {
        id: candidate.id.clone(),
        name: candidate.name.clone(),
        position: Some(contest.title.clone()),
        merged_into: None,
    });
    let mut ballots = Ballots::new(rules, candidates.collect(), Vec::new());
    fill(&mut ballots, contest, method)?;
    let results = ballots.results();
    let ids: Vec<String> = contest.candidates.iter().map(|candidate| candidate.id.clone()).collect();
    let names = contest.candidates.iter().map(|candidate| candidate.name.clone()).collect();
    let mut count = to_count(&results, &ids, names, &request.rule);
    if method == "ranked_choice" {
        ranked_rounds(&mut count, &ballots, &contest.title, &ids);
    }
    let result = serde_json::to_value(results).unwrap_or(Value::Null);
    Ok(Counted { result, ..Counted::of(count, ids, contest) })
}

/// Puts the ballots into the count: all choices for approval, all ranks for ranked choice, otherwise the first.
fn fill(ballots: &mut Ballots, contest: &Contest, method: &str) -> Result<(), CannotCount> {
    let position = Some(contest.title.as_str());
    let too_many = || CannotCount::new("too_large", "these are more ballots than The Logbook's count can hold");
    if method == "ranked_choice" && contest.ballots.votes() > MOST_RANKED {
        return Err(too_many());
    }
    let (mut voters, mut number) = (0_i64, 0_i64);
    for ballot in contest.ballots.iter() {
        let stands = |place: u16| contest.candidates.get(usize::from(place)).is_some_and(|it| !it.withdrawn);
        let marks: Vec<_> = ballot.marks.iter().filter(|mark| stands(mark.candidate)).collect();
        let votes = i64::try_from(ballot.votes).map_err(|_| too_many())?;
        if marks.is_empty() {
            continue;
        }
        voters = voters.checked_add(votes).ok_or_else(too_many)?;
        let id = |place: u16| contest.candidates[usize::from(place)].id.as_str();
        match method {
            "ranked_choice" => {
                for _ in 0..votes {
                    number += 1;
                    let voter = format!("ballot {number}");
                    for (mark, row) in marks.iter().zip(0..) {
                        let rank = mark.value.to_string();
                        ballots.add(&VoteView {
                            number: number * 100_000 + row,
                            candidate_id: id(mark.candidate),
                            position,
                            voter_hash: Some(&voter),
                            vote_rank: Some(&rank),
                            ..VoteView::default()
                        });
                    }
                }
            }
            "approval" => marks.iter().for_each(|mark| ballots.add_rows(position, id(mark.candidate), votes)),
            _ if contest.marks_are == MarksAre::Choices && marks.len() > 1 => {
                let message = "a ballot chooses several candidates, and this rule counts one; use logbook-approval";
                return Err(CannotCount::new("bad_ballots", message));
            }
            _ => {
                let best = match contest.marks_are {
                    MarksAre::Scores => marks.iter().max_by_key(|mark| mark.value),
                    MarksAre::Ranks | MarksAre::Choices => marks.first(),
                };
                if let Some(mark) = best {
                    ballots.add_rows(position, id(mark.candidate), votes);
                }
            }
        }
    }
    if method != "ranked_choice" {
        ballots.count_voters_apart(voters, BTreeMap::from([(Some(contest.title.clone()), voters)]));
    }
    Ok(())
}

/// The origin's results in the shape of all counts: one round per contest.
fn to_count(results: &Results, ids: &[String], names: Vec<String>, rule: &str) -> Count {
    let method = tally::METHODS.iter().find(|method| method.name == rule).unwrap_or(&tally::METHODS[0]);
    let place = |id: &str| ids.iter().position(|it| it == id);
    let mut count = Count {
        rule: Rule { name: method.name, version: method.version, arithmetic: "integer".to_owned() },
        seats: u32::try_from(results.results_by_position.len()).unwrap_or(1),
        candidates: names,
        elected: Vec::new(),
        quota: None,
        rounds: Vec::new(),
        tie_dependent: false,
    };
    for contest in &results.results_by_position {
        let mut round = Round {
            round: count.rounds.len() + 1,
            votes: vec![None; ids.len()],
            exhausted: "0".to_owned(),
            ..Round::default()
        };
        let mut told = Vec::new();
        for entry in &contest.candidates {
            let Some(place) = place(&entry.candidate_id) else { continue };
            round.votes[place] = Some(entry.vote_count.to_string());
            if entry.is_winner {
                round.elected.push(place);
                told.push(format!("{} is elected with {} votes.", entry.candidate_name, entry.vote_count));
            }
        }
        if told.is_empty() {
            told.push(
                if contest.is_tie { "The first are level, so nobody is elected." } else { "Nobody is elected." }
                    .to_owned(),
            );
        }
        if !contest.position.is_empty() && results.results_by_position.len() > 1 {
            told.insert(0, format!("{}:", contest.position));
        }
        round.sentence = told.join(" ");
        count.elected.extend(&round.elected);
        count.rounds.push(round);
    }
    count
}

/// The rounds of ranked choice in place of the last one alone.
fn ranked_rounds(count: &mut Count, ballots: &Ballots, position: &str, ids: &[String]) {
    let place = |id: &String| ids.iter().position(|it| it == id);
    let rounds = ballots.rounds(position);
    let last = rounds.len();
    let elected = count.elected.clone();
    count.rounds = rounds
        .into_iter()
        .zip(1..)
        .map(|(round, number)| {
            let mut votes = vec![None; ids.len()];
            for (id, count) in &round.votes {
                if let Some(place) = place(id) {
                    votes[place] = Some(count.to_string());
                }
            }
            let name = |place: usize| count.candidates[place].as_str();
            let dropped = round.dropped.as_ref().and_then(place);
            let level: Vec<usize> = round.lowest.iter().filter_map(place).collect();
            let tie = dropped.filter(|_| level.len() > 1).map(|picked| Tie {
                candidates: level,
                picked,
                picked_for: "exclusion",
                how: "the smallest id".to_owned(),
            });
            count.tie_dependent |= tie.is_some();
            let sentence = match (dropped, number == last) {
                (Some(dropped), _) => format!("{} is dropped with the fewest votes.", name(dropped)),
                (None, true) if !elected.is_empty() => {
                    format!("{} is elected.", elected.iter().map(|place| name(*place)).collect::<Vec<_>>().join(", "))
                }
                _ => "Nobody is elected.".to_owned(),
            };
            let causes =
                (round.exhausted > 0).then(|| Cause { cause: "no more choices", votes: round.exhausted.to_string() });
            Round {
                round: number,
                votes,
                elected: if number == last { elected.clone() } else { Vec::new() },
                excluded: dropped.into_iter().collect(),
                exhausted: round.exhausted.to_string(),
                causes: causes.into_iter().collect(),
                tie,
                sentence,
                ..Round::default()
            }
        })
        .collect();
}

/// Counts an election of The Logbook that a case holds, by its own method.
pub(super) fn count_case(
    case: &Case,
    reader: &Reader,
    election_id: &str,
    rule: Option<&str>,
    job: &dyn Job,
) -> Result<Counted, Error> {
    let found = crate::audit::logbook::voting_method(reader, election_id)?;
    let Some((title, method)) = found else {
        let known = crate::audit::election_titles(reader)?;
        if known.iter().any(|(id, _)| id == election_id) {
            let message = "the ballots of this election are secret and counted by its own system; there is nothing here to count again";
            return Err(Error::NotYet { message: message.to_owned() });
        }
        let known = known.into_iter().map(|(id, _)| id).collect::<Vec<_>>().join(", ");
        return Err(Error::NoElection { id: election_id.to_owned(), known });
    };
    let own = tally::logbook_profile(&method).name;
    if let Some(rule) = rule.filter(|rule| *rule != own) {
        let message = format!("this election is counted by {own}; its votes cannot be counted by {rule}");
        return Err(CannotCount::new("bad_option", message).into());
    }
    let result = case.origin_answer(OriginAnswer::Results, election_id, &KeyRing::default(), job)?;
    let results: Results = serde_json::from_value(result.clone())
        .map_err(|error| Error::NotYet { message: format!("this election cannot be counted: {error}") })?;
    let entries = results.results_by_position.iter().flat_map(|contest| &contest.candidates);
    let (ids, names): (Vec<String>, Vec<String>) =
        entries.map(|entry| (entry.candidate_id.clone(), entry.candidate_name.clone())).unzip();
    let count = to_count(&results, &ids, names, own);
    let result = if result.is_null() { json!({}) } else { result };
    Ok(Counted {
        count,
        ids,
        title,
        result,
        sensitivity: Vec::new(),
        compared: None,
        repairs: Vec::new(),
        what_if: None,
        votes: None,
        files: Vec::new(),
    })
}
