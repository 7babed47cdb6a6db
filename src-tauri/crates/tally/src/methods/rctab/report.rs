//! RCTab's own summary: the JSON of its `detailed_report` files, members sorted by name, votes as texts.

use domain::rctab::{RctabRules, SliceKind, WinnerMode};
use serde_json::{Map, Value, json};

use super::Outcome;
use super::ballots::{Cause, Tally, Target};
use super::rounds::Round;

/// The summary of one part of the electorate.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceReport {
    /// Precinct or batch.
    pub kind: SliceKind,
    /// Its name.
    pub name: String,
    /// The summary: who is elected and eliminated is the whole contest's, votes are the part's.
    pub report: Value,
}

/// The summary of a count; of a count with one pass for each seat a list of them, as RCTab writes one file for each.
pub fn to_json(outcome: &Outcome) -> Value {
    let mut reports: Vec<Value> =
        outcome.passes.iter().map(|rounds| summary(outcome, rounds, None, &|round| &round.whole)).collect();
    if outcome.rules.mode != WinnerMode::MultiPass && reports.len() == 1 {
        return reports.remove(0);
    }
    Value::Array(reports)
}

/// The summaries of all precincts and batches of the last pass, by kind and name; empty where results are not told apart.
pub fn slices_to_json(outcome: &Outcome) -> Vec<SliceReport> {
    let Some(rounds) = outcome.passes.last() else { return Vec::new() };
    let parts = outcome.parts.iter().enumerate();
    parts
        .map(|(place, (kind, name))| SliceReport {
            kind: *kind,
            name: name.clone(),
            report: summary(outcome, rounds, Some((*kind, name)), &|round| &round.parts[place]),
        })
        .collect()
}

fn summary(
    outcome: &Outcome,
    rounds: &[Round],
    slice: Option<(SliceKind, &str)>,
    tally: &dyn Fn(&Round) -> &Tally,
) -> Value {
    let Outcome { rules, names, .. } = outcome;
    let heading = &rules.heading;
    let mut config = json!({
        "contest": heading.contest,
        "date": heading.date,
        "generatedBy": format!("Scrutineer {}", domain::PROGRAM_VERSION),
        "jurisdiction": heading.jurisdiction,
        "office": heading.office,
    });
    if let Some((kind, name)) = slice {
        config[kind.name()] = json!(name);
    }
    let winners = if rules.mode == WinnerMode::MultiPass { 1 } else { rules.winners };
    let results: Vec<Value> = (0..rounds.len()).map(|place| result(rules, names, rounds, place, tally)).collect();
    let first = rounds.first().map(tally);
    let ballots = first.map(|first| first.inactive.iter().fold(first.active, |sum, votes| sum.plus(*votes)).report());
    // A number, not a text, in the origin too; more than fit are refused before the count.
    let blank = first.map(|first| u64::try_from(first.inactive_for(Cause::Blank).floor()).unwrap_or(u64::MAX));
    json!({
        "config": config,
        "jsonFormatVersion": "1",
        "results": results,
        "summary": {
            "finalThreshold": rounds.last().map(|round| round.threshold.report()),
            "numCandidates": names.len(),
            "numWinners": winners,
            "totalNumBallots": ballots,
            "undervotes": blank,
        },
    })
}

fn result(
    rules: &RctabRules,
    names: &[String],
    rounds: &[Round],
    place: usize,
    tally: &dyn Fn(&Round) -> &Tally,
) -> Value {
    let round = &rounds[place];
    let own = tally(round);
    let mut inactive = json!({ "exhaustedChoices": own.inactive_for(Cause::Exhausted).report() });
    let passes_surpluses_on = matches!(rules.mode, WinnerMode::OneWinnerPerRound | WinnerMode::ManyWinnersPerRound);
    if passes_surpluses_on && place + 1 == rounds.len() {
        inactive["finalRoundSurplus"] = json!(own.inactive_for(Cause::FinalSurplus).report());
    }
    inactive["overvotes"] = json!(own.inactive_for(Cause::Overvote).report());
    inactive["repeatedRankings"] = json!(own.inactive_for(Cause::Repeated).report());
    inactive["skippedRankings"] = json!(own.inactive_for(Cause::Skipped).report());
    let held = own.votes.iter().zip(names).filter_map(|(votes, name)| Some((name.clone(), (*votes)?.report())));
    let moved = |from: u16| {
        let transfers = rounds.get(place + 1).map(|next| &tally(next).transfers);
        let of = transfers.into_iter().flatten().filter(|((giver, _), _)| *giver == from);
        sorted(of.map(|((_, to), votes)| {
            let name = match to {
                Target::Candidate(place) => names[usize::from(*place)].clone(),
                Target::Exhausted => "exhausted".to_owned(),
                Target::Residual => "residual surplus".to_owned(),
            };
            (name, votes.report())
        }))
    };
    let acts = |what: &str, who: &[u16]| -> Vec<Value> {
        who.iter().map(|place| json!({ what: names[usize::from(*place)], "transfers": moved(*place) })).collect()
    };
    let mut decided = acts("elected", &round.elected);
    decided.extend(acts("eliminated", &round.eliminated));
    json!({
        "inactiveBallots": inactive,
        "round": place + 1,
        "tally": sorted(held),
        "tallyResults": decided,
        "threshold": round.threshold.report(),
    })
}

fn sorted(members: impl Iterator<Item = (String, String)>) -> Map<String, Value> {
    let mut members: Vec<_> = members.collect();
    members.sort();
    members.into_iter().map(|(name, text)| (name, Value::String(text))).collect()
}
