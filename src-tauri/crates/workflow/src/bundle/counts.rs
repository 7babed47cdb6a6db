//! Each contest with its ballots, rule and result (`FORMAT.md`, "Counts").

use domain::contest::{Contest, Mark};
use domain::{Job, report::ElectionReport};
use serde_json::{Map, Value, json};

use super::stage::Stage;
use crate::count::{CaseRequest, Counted, Made};
use crate::{Case, Error};

/// Writes the counts of an election; none where its source is not counted here.
pub(super) fn write(
    case: &Case,
    stage: &mut Stage,
    election: &ElectionReport,
    job: &dyn Job,
) -> Result<Vec<Value>, Error> {
    let mut listed = Vec::new();
    for name in contests_of(case, election)? {
        // What cannot be counted (no result, nothing to count) is told by the report.
        let Ok(counted) = case.count(&name, &CaseRequest::default(), job) else { continue };
        let mut before = 0;
        for part in &counted.parts {
            let path = format!("counts/{}.json", listed.len() + 1);
            let count = of_part(&counted, before, part.rounds, &part.made);
            before += part.rounds;
            listed.push(json!({"path": path, "contest": count["contest"], "rule": count["rule"]}));
            let mut bytes = serde_json::to_vec_pretty(&count).unwrap_or_default();
            bytes.push(b'\n');
            stage.add(&path, bytes);
        }
    }
    Ok(listed)
}

/// Names under which the contests of an election are counted.
fn contests_of(case: &Case, election: &ElectionReport) -> Result<Vec<String>, Error> {
    let id = &election.election_id;
    if election.system != crate::audit::scrutineer::SYSTEM {
        return Ok(vec![id.clone()]);
    }
    let found = crate::audit::scrutineer::countable(&case.reader()?, id, &domain::Unwatched)?;
    let contests = found.map(|found| found.setup.contests).unwrap_or_default();
    Ok(contests.iter().map(|contest| format!("{id}/{}", contest.id)).collect())
}

fn of_part(counted: &Counted, before: usize, rounds: usize, made: &Made) -> Value {
    let whole = &counted.count;
    let own = &whole.rounds[before..before + rounds];
    let candidates: Vec<Value> = (counted.ids.iter().zip(&whole.candidates).enumerate())
        .map(|(place, (id, name))| json!({"number": place + 1, "id": id, "name": name}))
        .collect();
    let is_whole = rounds == whole.rounds.len();
    let elected: Vec<usize> = if is_whole {
        whole.elected.clone()
    } else {
        own.iter().flat_map(|round| round.elected.iter().copied()).collect()
    };
    let numbers = |places: &[usize]| -> Value { places.iter().map(|place| place + 1).collect() };
    let rounds: Vec<Value> = own
        .iter()
        .enumerate()
        .map(|(place, round)| {
            let votes: Map<String, Value> = (round.votes.iter().enumerate())
                .filter_map(|(place, votes)| Some(((place + 1).to_string(), json!(votes.as_ref()?))))
                .collect();
            json!({
                "round": place + 1,
                "votes": votes,
                "elected": numbers(&round.elected),
                "excluded": numbers(&round.excluded),
                "exhausted": round.exhausted,
                "transfers": round.transfers.iter().map(|transfer| json!({
                    "from": transfer.from + 1,
                    "to": transfer.to.map(|to| to + 1),
                    "votes": transfer.votes,
                })).collect::<Vec<_>>(),
                "tie": round.tie.as_ref().map(|tie| json!({
                    "candidates": numbers(&tie.candidates),
                    "picked": tie.picked + 1,
                    "picked_for": tie.picked_for,
                    "how": tie.how,
                })),
                "sentence": round.sentence,
                "quota": round.quota,
                "causes": round.causes,
            })
        })
        .collect();
    json!({
        "contest": contest_title(counted, made),
        "title": counted.title,
        "rule": whole.rule.name,
        "version": whole.rule.version,
        "seats": seats(made).unwrap_or(whole.seats),
        "candidates": candidates,
        "ballots": ballots(made),
        "elected": numbers(&elected),
        "rounds": rounds,
        "ties": whole.tie_dependent,
    })
}

fn contest_of(made: &Made) -> Option<&Contest> {
    match made {
        Made::Contest(contest, _) | Made::Logbook(contest) | Made::Rctab(contest, _) => Some(contest),
        Made::Astra(..) => None,
    }
}

fn contest_title(counted: &Counted, made: &Made) -> String {
    contest_of(made).map_or_else(|| counted.title.clone(), |contest| contest.title.clone())
}

fn seats(made: &Made) -> Option<u32> {
    contest_of(made).and_then(|contest| contest.seats)
}

/// Each way of marking with its votes.
fn ballots(made: &Made) -> Value {
    if let Made::Astra(election, _) = made {
        let number =
            |id: &i64| election.candidates.iter().position(|candidate| candidate.id == *id).map(|place| place + 1);
        return (election.ballots.iter())
            .map(|ballot| {
                let marks: Vec<[usize; 1]> = ballot.ranking.iter().filter_map(number).map(|number| [number]).collect();
                json!([ballot.weight.to_string(), marks])
            })
            .collect();
    }
    let Some(contest) = contest_of(made) else { return json!([]) };
    (contest.ballots.iter())
        .map(|ballot| {
            let choices = ballot.marks.chunk_by(|one, other| one.value == other.value);
            let marks: Vec<Vec<u32>> = choices
                .map(|choice| {
                    choice
                        .iter()
                        .map(|mark| if mark.candidate == Mark::OVERVOTE { 0 } else { u32::from(mark.candidate) + 1 })
                        .collect()
                })
                .collect();
            json!([ballot.votes.to_string(), marks])
        })
        .collect()
}
