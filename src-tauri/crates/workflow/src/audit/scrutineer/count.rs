//! The recount: every contest by the rule that it names, with the order that cuts ties, then quorum, victory conditions and tie
//! policies, by the same function that counts an election here. Before it the drawn orders against what was committed.

use std::collections::BTreeMap;

use domain::contest::Contest;
use domain::election::{Choice, Choices, Setup};
use domain::report::TallyComparison;
use domain::{Finding, FindingCode};
use importers::scrutineer::rules;
use serde_json::{Value, json};

use super::ballots::Seen;
use super::sources::Sources;
use crate::Error;
use crate::election::ElectionResult;
use crate::election::counting::{self, BallotFigures, Merge};
use crate::election::open::TieOrder;
use crate::election::result::{Judged, judge};

/// What the recount showed.
#[derive(Default)]
pub(super) struct Recount {
    pub(super) comparison: Option<TallyComparison>,
    /// Why nothing could be counted or compared.
    pub(super) missing: Option<String>,
    pub(super) result: Option<ElectionResult>,
    /// Orders that cut ties: looked at, and equal to what was committed.
    pub(super) ties: (u64, u64),
    /// Piles of the sealed form.
    pub(super) piles: u64,
    pub(super) findings: Vec<Finding>,
}

/// The orders that cut ties, as the result tells them.
pub(super) fn tie_orders(sources: &Sources) -> BTreeMap<String, TieOrder> {
    let result = sources.result.as_ref().and_then(|(_, read)| read.as_ref());
    result
        .map_or(&[][..], |result| &result.contests)
        .iter()
        .map(|contest| {
            let tie = TieOrder { order: contest.tie_order.clone(), nonce: contest.tie_order_nonce.clone() };
            (contest.id.clone(), tie)
        })
        .collect()
}

/// Written-in names that were merged, as the log records it: contest, name, what it means.
pub(super) fn merges(sources: &Sources, setup: &Setup) -> Vec<Merge> {
    let mut merges = Vec::new();
    for event in sources.all("election_write_ins_merged") {
        let (Some(contest), Some(target)) = (event.text("contest_id"), event.text("target_candidate_id")) else {
            continue;
        };
        if setup.contest(contest).is_none() {
            continue;
        }
        let names = event.detail["merged_names"].as_array().into_iter().flatten().filter_map(Value::as_str);
        merges.extend(names.map(|name| (contest.to_owned(), name.to_owned(), target.to_owned())));
    }
    merges
}

/// The contests of an election with the ballots that count, as a count takes them.
pub(super) fn contests(sources: &Sources, setup: &Setup, seen: &Seen) -> Result<Vec<Contest>, Error> {
    let ties = tie_orders(sources);
    let piles = piles(sources);
    counting::contests_of(setup, merges(sources, setup), Some(&ties), &|take| {
        for (choices, votes, _) in &seen.ways {
            take(choices, *votes)?;
        }
        for (choices, votes) in &piles {
            take(choices, *votes)?;
        }
        Ok(())
    })
}

/// The piles of the sealed form, each as choices in its one contest.
fn piles(sources: &Sources) -> Vec<(Choices, u64)> {
    let file = sources.ballots.as_ref().filter(|_| !sources.is_full());
    let mut all = Vec::new();
    for (contest, ways) in file.and_then(|file| file.value["piles"].as_object()).into_iter().flatten() {
        for way in ways.as_array().into_iter().flatten() {
            let choice = serde_json::from_value::<Choice>(way["choice"].clone());
            if let (Ok(choice), Some(votes)) = (choice, way["votes"].as_u64()) {
                all.push((Choices::from([(contest.clone(), choice)]), votes));
            }
        }
    }
    all
}

/// Checks the drawn orders, counts again and compares.
pub(super) fn recount(sources: &Sources, seen: &Seen) -> Result<Recount, Error> {
    let mut recount = Recount::default();
    check_ties(sources, &mut recount);
    let (Some(setup), Some(file)) = (&sources.setup, &sources.ballots) else {
        recount.missing = Some("the election file with its rules and the ballots file must be there".to_owned());
        return Ok(recount);
    };
    let has_piles = file.value["piles"].is_object();
    if !sources.is_full() && !has_piles {
        recount.missing = Some("the ballots file holds neither choices nor piles".to_owned());
        return Ok(recount);
    }
    check_piles(sources, setup, seen, &mut recount);
    let published = sources.result.as_ref();
    let read = published.and_then(|(_, read)| read.as_ref());
    let eligible = sources.frozen("eligible_voters").as_u64().or(read.map(|read| read.eligible_voters)).unwrap_or(0);
    let mut figures = seen.figures;
    if let (false, Some(read)) = (sources.is_full(), read) {
        // What only the content of single ballots tells stays as it is stated.
        figures = BallotFigures { blank: read.ballots_blank, reopened: read.ballots_reopened, ..figures };
    }
    let ties = tie_orders(sources);
    let at = read.map_or("", |read| read.counted_at.as_str());
    let contests = contests(sources, setup, seen)?;
    let judged = judge(&Judged {
        election_id: &sources.id,
        setup,
        chain_head: &seen.head,
        at,
        eligible,
        figures,
        contests: &contests,
        ties: &ties,
    });
    let place = published.and_then(|(file, _)| file.place());
    let subject = format!("result:{}", sources.id);
    let stated = published.map_or(Value::Null, |(file, _)| file.value.clone());
    match judged {
        Err(Error::CannotCount(error)) => {
            recount.missing = Some(format!("the rule gives no result: {}", error.message));
            if published.is_some() {
                let detail =
                    format!("A result is published, but counted again these ballots give none: {}.", error.message);
                recount.findings.push(Finding::new(FindingCode::RecountDiffers, detail).about(subject, place));
            }
            recount.comparison = Some(TallyComparison {
                published: stated,
                recounted: json!({"error": {"type": error.kind, "message": error.message}}),
                agrees: published.map(|_| false),
                first_difference: published.map(|_| error.message.clone()),
            });
        }
        Err(error) => return Err(error),
        Ok(result) => {
            let counted = serde_json::to_value(&result).unwrap_or_default();
            let difference = published.and_then(|_| first_difference("result", &stated, &counted));
            if let Some(difference) = &difference {
                let mut finding =
                    Finding::new(FindingCode::RecountDiffers, format!("{difference}.")).about(subject.clone(), place);
                let elected = |value: &Value| -> Vec<Value> {
                    value["contests"].as_array().into_iter().flatten().map(|it| it["elected"].clone()).collect()
                };
                let is_same = elected(&stated) == elected(&counted);
                finding.outcome_can_change = Some(!is_same);
                let who = if is_same { "the same" } else { "other" };
                finding.outcome_note = format!("{who} candidates are elected in the recount");
                recount.findings.push(finding);
            }
            for contest in &result.contests {
                if !contest.tied.is_empty() || contest.count["tie_dependent"].as_bool() == Some(true) {
                    let detail = format!("{}: {}", contest.title, contest.sentences.join(" "));
                    recount
                        .findings
                        .push(Finding::new(FindingCode::TieBreakDecides, detail).about(subject.clone(), place));
                }
            }
            if published.is_none() {
                recount.missing = Some("no published result is there to compare with".to_owned());
            }
            recount.comparison = Some(TallyComparison {
                agrees: published.map(|_| difference.is_none()),
                published: stated,
                recounted: counted,
                first_difference: difference,
            });
            recount.result = Some(result);
        }
    }
    Ok(recount)
}

fn check_ties(sources: &Sources, recount: &mut Recount) {
    let committed = sources.frozen("tie_order_sha256");
    let place = sources.result.as_ref().and_then(|(file, _)| file.place());
    let mut wrong = Finding::new(FindingCode::DefinitionAltered, "").against("ties.commitment");
    let mut names = Vec::new();
    for (contest, tie) in tie_orders(sources) {
        let Some(hash) = committed[contest.as_str()].as_str() else { continue };
        recount.ties.0 += 1;
        if rules::sha256(&rules::tie_order_text(&sources.id, &tie.order, &tie.nonce)).to_hex() == hash {
            recount.ties.1 += 1;
        } else {
            wrong.add(format!("contest:{contest}"), place);
            names.push(contest);
        }
    }
    if !wrong.is_empty() {
        wrong.detail = format!(
            "The order that cuts ties is not the one whose hash was committed before the first ballot, in: {}.",
            names.join(", ")
        );
        recount.findings.push(wrong);
    }
}

/// Piles must hold only what the ballot paper allows, and no more votes than ballots can stand for.
fn check_piles(sources: &Sources, setup: &Setup, seen: &Seen, recount: &mut Recount) {
    if sources.is_full() {
        return;
    }
    let place = sources.ballots.as_ref().and_then(super::sources::Document::place);
    let mut votes: BTreeMap<String, u64> = BTreeMap::new();
    let mut strange = Finding::new(
        FindingCode::NotOnBallot,
        "Piles of the sealed form name something that was not on the ballot paper, or are marked as it does not allow.",
    )
    .against("ballot.definition");
    for (choices, pile) in piles(sources) {
        recount.piles += 1;
        let Some(contest) = choices.keys().next() else { continue };
        let total = votes.entry(contest.clone()).or_default();
        *total = total.saturating_add(pile);
        if !setup.accept(&choices).is_ok_and(|accepted| accepted == choices) {
            strange.add(format!("contest:{contest}"), place);
        }
    }
    if !strange.is_empty() {
        recount.findings.push(strange);
    }
    let most = if setup.weighted {
        sources.frozen("eligible_votes").as_u64().unwrap_or(u64::MAX)
    } else {
        seen.figures.counted
    };
    for (contest, votes) in votes {
        if votes > most {
            let detail = format!(
                "The piles of {contest} hold {votes} votes, but the ballots that count can stand for {most} at most."
            );
            recount.findings.push(
                Finding::new(FindingCode::TotalsDisagree, detail)
                    .about(format!("contest:{contest}"), place)
                    .against("ballots.eligible"),
            );
        }
    }
}

/// The first place where two documents differ, as a sentence without its end.
fn first_difference(path: &str, published: &Value, counted: &Value) -> Option<String> {
    match (published, counted) {
        (Value::Object(left), Value::Object(right)) => {
            let own = right.iter().find_map(|(name, value)| {
                first_difference(&format!("{path}.{name}"), left.get(name).unwrap_or(&Value::Null), value)
            });
            own.or_else(|| {
                let more = left.keys().find(|name| !right.contains_key(*name))?;
                Some(format!("{path}.{more} is published, and the count gives no such member"))
            })
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            (0..).zip(left.iter().zip(right)).find_map(|(at, (left, right)): (usize, _)| {
                let name = right["id"].as_str().map_or_else(|| at.to_string(), str::to_owned);
                first_difference(&format!("{path}[{name}]"), left, right)
            })
        }
        _ if published == counted => None,
        _ => Some(format!("{path} is published as {} and counted as {}", short(published), short(counted))),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(200) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
