//! The Logbook's counts: over an election of a case, and over a ballot file as if its votes had been cast there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::contest::{Contest, MarksAre};
use domain::{Job, KeyRing, VoteView};
use serde_json::{Value, json};
use store::Reader;
use tally::count::{Cause, Round, Rule, Tie};
use tally::methods::logbook::{Candidate, Count as Ballots, PositionResult, Results, Rules};
use tally::{CannotCount, Count};

use super::{CaseRequest, CountRequest, Counted, Made, Part, sensitivity};
use crate::audit::logbook::Voted;
use crate::case::OriginAnswer;
use crate::{Case, Error};

/// Ballots that ranked choice keeps one by one.
const MOST_RANKED: u64 = 2_000_000;

/// Counts a ballot file under one of The Logbook's methods. The election has one contest, one seat, the plainest victory
/// condition of the method, and everybody who voted was eligible.
pub(super) fn count_contest(contest: Contest, request: &CountRequest) -> Result<Counted, CannotCount> {
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
        status: "closed".to_owned(),
        is_anonymous: true,
        voting_method: method.to_owned(),
        victory_condition: victory.to_owned(),
        max_votes_per_position: 1,
        eligible: contest.ballots.votes(),
        title: contest.title.clone(),
        ..Rules::default()
    };
    let (count, results) = by_method(&contest, &rules, &request.rule)?;
    let sensitivity = told(&contest, &rules, &count);
    let result = serde_json::to_value(results).unwrap_or(Value::Null);
    let contest = Arc::new(contest);
    Ok(Counted { result, sensitivity, ..Counted::of(count, &contest, Made::Logbook(Arc::clone(&contest))) })
}

/// Counts one contest under rules of The Logbook, without a quorum.
fn by_method(contest: &Contest, rules: &Rules, rule: &str) -> Result<(Count, Results), CannotCount> {
    let mut ballots = empty(contest, rules);
    fill(&mut ballots, contest, &rules.voting_method)?;
    let results = ballots.results();
    let ids: Vec<String> = contest.candidates.iter().map(|candidate| candidate.id.clone()).collect();
    let names = contest.candidates.iter().map(|candidate| candidate.name.clone()).collect();
    let mut count = to_count(&results, &ids, names, rule);
    if rules.voting_method == "ranked_choice" {
        ranked_rounds(&mut count, &ballots, &contest.title, &ids);
    }
    Ok((count, results))
}

fn empty(contest: &Contest, rules: &Rules) -> Ballots {
    let rules = Rules { positions: vec![contest.title.clone()], quorum_type: "none".to_owned(), ..rules.clone() };
    let standing = contest.candidates.iter().filter(|candidate| !candidate.withdrawn);
    let candidates = standing.map(|candidate| Candidate {
        id: candidate.id.clone(),
        name: candidate.name.clone(),
        position: Some(contest.title.clone()),
        merged_into: None,
    });
    Ballots::new(rules, candidates.collect(), Vec::new())
}

/// What it would take to change the outcome of a contest under rules of The Logbook.
fn told(contest: &Contest, rules: &Rules, count: &Count) -> Vec<String> {
    if rules.voting_method == "ranked_choice" {
        let again = |other: &Contest| by_method(other, rules, count.rule.name).ok().map(|(count, _)| count);
        return sensitivity::told(contest, count, &again);
    }
    let voters = i64::try_from(contest.ballots.votes()).unwrap_or(i64::MAX);
    let is_approval = rules.voting_method == "approval";
    let elected = |votes: &[u64]| {
        let mut ballots = empty(contest, rules);
        for (candidate, votes) in contest.candidates.iter().zip(votes) {
            let votes = i64::try_from(*votes).unwrap_or(i64::MAX);
            ballots.add_rows(Some(&contest.title), &candidate.id, votes);
        }
        ballots.count_voters_apart(voters, BTreeMap::from([(Some(contest.title.clone()), voters)]));
        let results = ballots.results();
        let winners = results.results_by_position.into_iter().flat_map(|it| it.candidates).filter(|it| it.is_winner);
        winners.map(|it| it.candidate_id).collect::<BTreeSet<String>>()
    };
    sensitivity::of_sums(contest, is_approval, &elected).into_iter().collect()
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

/// Counts an election of The Logbook that a case holds: by its own method, or each contest in another way.
pub(super) fn count_case(
    case: &Case,
    reader: &Reader,
    election_id: &str,
    request: &CaseRequest,
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
    let voted = Voted::open(reader, election_id)?;
    let rule = request.rule.as_deref().unwrap_or(own);
    if rule != own {
        let Some(voted) = voted else {
            let message = "this election cannot be counted by another rule: the export lacks the table elections";
            return Err(Error::NotYet { message: message.to_owned() });
        };
        let request = CountRequest {
            rule: rule.to_owned(),
            seats: request.seats,
            arithmetic: request.arithmetic.clone(),
            ..CountRequest::default()
        };
        return what_if(&voted, reader, title, own, &request, job);
    }
    if request.seats.is_some() || request.arithmetic.is_some() {
        let message = format!(
            "{own}, the rule of this election, fills one seat per contest and leaves no choice; name another rule with --rule to see what it would give"
        );
        return Err(CannotCount::new("bad_option", message).into());
    }
    let result = case.origin_answer(OriginAnswer::Results, election_id, &KeyRing::default(), job)?;
    let mut results: Results = serde_json::from_value(result.clone())
        .map_err(|error| Error::NotYet { message: format!("this election cannot be counted: {error}") })?;
    if results.results_by_position.is_empty() && !results.overall_results.is_empty() {
        // An election without contests has one without a name.
        results.results_by_position.push(PositionResult {
            position: String::new(),
            total_votes: results.total_votes,
            candidates: results.overall_results.clone(),
            is_tie: results.overall_results.iter().any(|entry| entry.is_tied),
        });
    }
    let entries = results.results_by_position.iter().flat_map(|contest| &contest.candidates);
    let (ids, names): (Vec<String>, Vec<String>) =
        entries.map(|entry| (entry.candidate_id.clone(), entry.candidate_name.clone())).unzip();
    let mut counted = Counted {
        count: to_count(&results, &ids, names, own),
        ids,
        title,
        result: if result.is_null() { json!({}) } else { result },
        sensitivity: Vec::new(),
        compared: None,
        repairs: Vec::new(),
        what_if: None,
        votes: None,
        files: Vec::new(),
        signatures: None,
        election_id: None,
        ledger_head: None,
        parts: Vec::new(),
    };
    if let Some(mut voted) = voted {
        voted.reorder(&counted.ids);
        let contests = voted.contests(reader, job)?;
        if contests.len() == counted.count.rounds.len() {
            explain(&mut counted, results.quorum_met, voted.rules(), contests);
        }
    }
    Ok(counted)
}

/// Adds to the origin's own results what its votes tell beyond them: the rounds of ranked choice, what it would take to
/// change the outcome, and what piles are made of.
fn explain(counted: &mut Counted, is_quorum_met: bool, rules: &Rules, contests: Vec<Contest>) {
    let own_rounds = std::mem::take(&mut counted.count.rounds);
    let is_several = contests.len() > 1;
    for (position, (contest, own)) in contests.into_iter().zip(own_rounds).enumerate() {
        let rule = counted.count.rule.name;
        let is_ranked = rules.voting_method == "ranked_choice";
        let found = by_method(&contest, rules, rule).ok().map(|(count, _)| count);
        let votes = |round: &Round| -> Vec<String> { round.votes.iter().flatten().cloned().collect() };
        let sum = |round: &Round| -> u64 { votes(round).iter().filter_map(|votes| votes.parse::<u64>().ok()).sum() };
        let heading = if is_several { format!("{}: ", contest.title) } else { String::new() };
        let mut rounds = vec![own];
        if let Some(found) = found {
            let told = if is_quorum_met {
                told(&contest, rules, &found)
            } else {
                vec!["The quorum is not met, so nobody is elected however the ballots are changed.".to_owned()]
            };
            counted.sensitivity.extend(told.into_iter().map(|sentence| format!("{heading}{sentence}")));
            // The origin prints the last round alone; with a quorum that is not met, without a winner.
            let is_same = found.rounds.last().is_some_and(|last| sum(last) == sum(&rounds[0]));
            if is_ranked && is_same {
                counted.count.tie_dependent |= found.tie_dependent;
                let elected = std::mem::take(&mut rounds[0].elected);
                rounds = found.rounds;
                if let Some(last) = rounds.last_mut() {
                    last.elected = elected;
                }
            }
        }
        counted.votes = Some(counted.votes.unwrap_or(0).saturating_add(contest.ballots.votes()));
        let made = Made::Logbook(Arc::new(contest));
        counted.parts.push(Part { rounds: rounds.len(), position, made });
        append(&mut counted.count.rounds, rounds, &heading);
    }
}

/// Adds rounds of a contest behind those of others.
fn append(all: &mut Vec<Round>, rounds: Vec<Round>, heading: &str) {
    for mut round in rounds {
        round.round = all.len() + 1;
        if !round.sentence.starts_with(heading.trim_end()) {
            round.sentence.insert_str(0, heading);
        }
        all.push(round);
    }
}

/// Counts each contest of an election in another way than its own.
fn what_if(
    voted: &Voted,
    reader: &Reader,
    title: String,
    own: &str,
    request: &CountRequest,
    job: &dyn Job,
) -> Result<Counted, Error> {
    let positions = voted.positions();
    let is_several = positions.len() > 1;
    let mut whole: Option<Counted> = None;
    let mut not_counted = Vec::new();
    let mut first_error = None;
    for (position, contest) in voted.contests(reader, job)?.into_iter().enumerate() {
        let heading = if is_several { format!("{}: ", positions[position]) } else { String::new() };
        let counted = match super::count_contest(contest, request) {
            Ok(counted) => counted,
            Err(error) => {
                not_counted.push(format!("{heading}not counted: {error}."));
                first_error.get_or_insert(error);
                continue;
            }
        };
        let sensitivity = counted.sensitivity.iter().map(|sentence| format!("{heading}{sentence}"));
        let parts = counted.parts.into_iter().map(|part| Part { position, ..part });
        match &mut whole {
            None => {
                let mut count = counted.count;
                let rounds = std::mem::take(&mut count.rounds);
                append(&mut count.rounds, rounds, &heading);
                count.quota = count.quota.filter(|_| !is_several);
                whole = Some(Counted {
                    title: title.clone(),
                    result: json!({}),
                    sensitivity: sensitivity.collect(),
                    parts: parts.collect(),
                    count,
                    ..counted
                });
            }
            Some(whole) => {
                append(&mut whole.count.rounds, counted.count.rounds, &heading);
                whole.count.elected.extend(counted.count.elected);
                whole.count.seats += counted.count.seats;
                whole.count.tie_dependent |= counted.count.tie_dependent;
                whole.votes = whole.votes.zip(counted.votes).map(|(one, other)| one.saturating_add(other));
                whole.sensitivity.extend(sensitivity);
                whole.parts.extend(parts);
            }
        }
    }
    let Some(mut whole) = whole else {
        return Err(first_error.unwrap_or_else(|| Error::NotYet { message: "this election has no contest".to_owned() }));
    };
    whole.repairs.extend(not_counted);
    whole.what_if =
        Some(format!("This election is decided by {own}; here its votes are counted by {} instead.", request.rule));
    Ok(whole)
}
