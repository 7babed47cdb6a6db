//! The recount and what it says about the published result.

use domain::report::TallyComparison;
use domain::{Finding, FindingCode};
use serde_json::{Value, json};
use tally::methods::astra::{self, Ballot, Candidate, Election, ExclusionGroup, Order, RowOrder};

use super::ballots::{COUNTED_IN_ORDER, Seen};
use super::sources::Sources;

/// Ballots up to which other orders of rows are tried.
const TRIED_IN_OTHER_ORDERS: u64 = 5_000;
/// Random orders tried, besides the reversed one and the one by ranking.
const SHUFFLES: usize = 3;

/// What the recount showed.
#[derive(Default)]
pub(super) struct Recount {
    pub(super) comparison: Option<TallyComparison>,
    /// Why nothing could be counted.
    pub(super) missing: Option<String>,
    /// What happened in which rounds, first and last.
    pub(super) story: Vec<(usize, usize, String)>,
    /// Names of those elected, in order.
    pub(super) elected: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

/// Counts the final ballots again and compares.
pub(super) fn recount(sources: &Sources, seen: &Seen, seed: u64) -> Recount {
    let mut recount = Recount::default();
    let published = sources.published.as_ref();
    let missing = what_is_missing(sources, seen);
    if let Some(missing) = missing {
        if published.is_some() {
            let detail = format!("The published result cannot be counted again: {missing}.");
            recount.findings.push(
                Finding::new(FindingCode::CannotRecount, detail)
                    .as_info()
                    .about(result_subject(sources), sources.published_at),
            );
            recount.comparison = Some(TallyComparison {
                published: published.map_or(Value::Null, |(result, _)| result.clone()),
                recounted: Value::Null,
                agrees: None,
                first_difference: None,
            });
        }
        recount.missing = Some(missing);
        return recount;
    }
    if !sources.is_closed() && published.is_none() {
        recount.missing = Some("the election is not closed, so there is nothing to count yet".to_owned());
        return recount;
    }
    let (election, order) = input(sources, seen);
    let names = |id: i64| {
        let found = sources.candidates.iter().find(|candidate| candidate.id == id);
        found.filter(|candidate| !candidate.name.is_empty()).map_or_else(|| id.to_string(), |it| it.name.clone())
    };
    match astra::count(&election, order) {
        Err(error) => {
            recount.missing = Some(format!("the origin's count ends in an error: {}", error.message));
            let detail = format!("Counted under the origin's rule these ballots give no result: {}.", error.message);
            let finding = Finding::new(FindingCode::CannotRecount, detail);
            let finding = if published.is_some() {
                Finding { code: FindingCode::RecountDiffers, severity: domain::Severity::Critical, ..finding }
            } else {
                finding
            };
            recount.findings.push(finding.about(result_subject(sources), sources.published_at));
            recount.comparison = Some(TallyComparison {
                published: published.map_or(Value::Null, |(result, _)| result.clone()),
                recounted: json!({"error": {"type": error.kind, "message": error.message}}),
                agrees: published.map(|_| false),
                first_difference: published.map(|_| error.message.clone()),
            });
        }
        Ok(outcome) => {
            recount.story = outcome.story();
            recount.elected = outcome.elected.iter().map(|id| names(*id)).collect();
            let recounted = outcome.to_stored_json();
            let difference = published
                .and_then(|(result, _)| astra::first_difference(result, &recounted, RowOrder::Unknown, &outcome.names));
            if let (Some(difference), Some((result, path))) = (&difference, published) {
                let same_winners = result.get("elected") == recounted.get("elected");
                let mut finding = Finding::new(FindingCode::RecountDiffers, format!("{path}: {difference}"))
                    .about(result_subject(sources), sources.published_at);
                finding.outcome_can_change = Some(!same_winners);
                if same_winners {
                    "the same candidates are elected in the recount"
                } else {
                    "other candidates are elected in the recount"
                }
                .clone_into(&mut finding.outcome_note);
                recount.findings.push(finding);
            }
            if seen.finals <= TRIED_IN_OTHER_ORDERS
                && let Ok(Some(dependence)) = astra::order_dependence(&election, SHUFFLES, seed)
            {
                let detail = format!(
                    "{} The origin counts in whatever order its database gives. Random orders were drawn from {seed}.",
                    dependence.sentence
                );
                recount.findings.push(
                    Finding::new(FindingCode::OrderDecides, detail)
                        .about(result_subject(sources), sources.published_at),
                );
            }
            recount.comparison = Some(TallyComparison {
                published: published.map_or(Value::Null, |(result, _)| result.clone()),
                recounted,
                agrees: published.map(|_| difference.is_none()),
                first_difference: difference,
            });
        }
    }
    recount
}

fn result_subject(sources: &Sources) -> String {
    format!("result:{}", sources.id.as_deref().unwrap_or("unknown"))
}

/// What nobody told and the origin's count needs, as a sentence.
pub(super) fn what_is_missing(sources: &Sources, seen: &Seen) -> Option<String> {
    let mut missing = Vec::new();
    if !sources.has_ballots() {
        missing.push("the ballots");
    }
    if seen.rows > 0 && seen.ranked == 0 {
        missing.push("the rankings");
    }
    if seen.rows > 0 && seen.weighted == 0 {
        missing.push("the weights");
    }
    if sources.seats.is_none() {
        missing.push("the number of seats (no export names it)");
    }
    if sources.candidates.is_empty() || sources.candidates.iter().any(|candidate| candidate.tiebreak.is_empty()) {
        missing.push("the candidates with their tie-break texts");
    }
    let excluded = sources.published.as_ref().and_then(|(result, _)| result["forced_excluded"].as_array());
    if sources.groups.is_none() && excluded.is_some_and(|ids| !ids.is_empty()) {
        missing.push("the exclusion groups (no export names them)");
    }
    (!missing.is_empty()).then(|| format!("{} must be given", missing.join(" and ")))
}

/// The ballots as the origin's count takes them.
pub(super) fn input(sources: &Sources, seen: &Seen) -> (Election, Order) {
    let ballots: Vec<Ballot>;
    let order;
    if seen.rows <= COUNTED_IN_ORDER {
        order = Order::AsGiven;
        ballots = seen
            .in_order
            .iter()
            .map(|ballot| Ballot { weight: ballot.weight, ranking: ballot.ranking.clone() })
            .collect();
    } else {
        // Equal rankings are put together; a weight above the rule's limit is dealt out over several ballots.
        order = Order::Merged;
        ballots = seen
            .alike
            .iter()
            .flat_map(|((ranking, weight), count)| {
                let mut rest = i128::from(*weight) * i128::from(*count);
                std::iter::from_fn(move || {
                    let part = rest.min(1_000_000);
                    rest -= part;
                    (part > 0).then(|| Ballot { weight: i64::try_from(part).unwrap_or(0), ranking: ranking.clone() })
                })
            })
            .collect();
    }
    let election = Election {
        seats: sources.seats.as_ref().map_or(0, |(seats, _)| *seats),
        candidates: sources
            .candidates
            .iter()
            .map(|candidate| Candidate {
                id: candidate.id,
                name: candidate.name.clone(),
                tiebreak: candidate.tiebreak.clone(),
            })
            .collect(),
        exclusion_groups: sources
            .groups
            .as_ref()
            .map(|(groups, _)| groups.as_slice())
            .unwrap_or_default()
            .iter()
            .map(|group| ExclusionGroup {
                public_id: group.public_id.clone(),
                name: group.name.clone(),
                max_elected: group.max_elected,
                candidates: group.candidates.clone(),
            })
            .collect(),
        ballots,
        max_iterations: astra::MAX_ITERATIONS,
        epsilon: astra::EPSILON,
    };
    (election, order)
}
