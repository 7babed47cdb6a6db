//! The rounds in the form that all counts answer.

use domain::rctab::{RctabRules, WinnerMode};

use super::amount::Amount;
use super::ballots::{Cause, Target};
use super::rounds::Round;
use super::sentences;
use crate::count::{self, Count, Rule, Tie, Transfer};

pub(super) fn answer(rules: &RctabRules, names: &[String], passes: &[Vec<Round>]) -> Count {
    let passes_surpluses_on = matches!(rules.mode, WinnerMode::OneWinnerPerRound | WinnerMode::ManyWinnersPerRound);
    let arithmetic =
        if passes_surpluses_on { format!("fixed-p{0}-d{0}", rules.decimal_places) } else { "integer".to_owned() };
    let mut rounds = Vec::new();
    for (pass, of_pass) in passes.iter().enumerate() {
        let mut residual = Amount::ZERO;
        for (place, round) in of_pass.iter().enumerate() {
            let lost = round.whole.transfers.iter().filter(|((_, to), _)| *to == Target::Residual);
            residual = lost.fold(residual, |sum, (_, votes)| sum.plus(*votes));
            let next = of_pass.get(place + 1);
            let number = rounds.len() + 1;
            let heading = (rules.mode == WinnerMode::MultiPass).then_some((pass + 1, place + 1));
            rounds.push(count::Round {
                round: number,
                votes: round.whole.votes.iter().map(|votes| votes.map(|votes| votes.to_string())).collect(),
                quota: Some(round.threshold.to_string()),
                elected: round.elected.iter().copied().map(usize::from).collect(),
                excluded: round.eliminated.iter().copied().map(usize::from).collect(),
                exhausted: round.whole.inactive.iter().fold(residual, |sum, votes| sum.plus(*votes)).to_string(),
                causes: causes(round, residual),
                transfers: next.map(|next| transfers(round, next)).unwrap_or_default(),
                tie: round.tie.as_ref().map(|cut| Tie {
                    candidates: cut.level.iter().copied().map(usize::from).collect(),
                    picked: usize::from(cut.picked),
                    picked_for: if cut.is_election { "election" } else { "exclusion" },
                    how: cut.how.clone(),
                }),
                sentence: sentences::sentence(rules, names, round, next, heading),
            });
        }
    }
    let all = || passes.iter().flatten();
    Count {
        rule: Rule { name: "rctab", version: "2.0", arithmetic },
        seats: rules.winners,
        candidates: names.to_vec(),
        elected: all().flat_map(|round| round.elected.iter().copied().map(usize::from)).collect(),
        quota: all().last().map(|round| round.threshold.to_string()),
        rounds,
        tie_dependent: all().filter_map(|round| round.tie.as_ref()).any(|cut| !cut.is_by_votes),
    }
}

fn causes(round: &Round, residual: Amount) -> Vec<count::Cause> {
    let of_ballots = Cause::ALL.into_iter().map(|cause| (cause.word(), round.whole.inactive_for(cause)));
    of_ballots
        .chain([("rounding", residual)])
        .filter(|(_, votes)| votes.is_positive())
        .map(|(cause, votes)| count::Cause { cause, votes: votes.to_string() })
        .collect()
}

/// Where the votes went of those who were elected or eliminated in a round, as the next one has it.
fn transfers(round: &Round, next: &Round) -> Vec<Transfer> {
    let is_decided = |from: &u16| round.elected.contains(from) || round.eliminated.contains(from);
    next.whole
        .transfers
        .iter()
        .filter(|((from, _), _)| is_decided(from))
        .map(|((from, to), votes)| Transfer {
            from: usize::from(*from),
            to: match to {
                Target::Candidate(place) => Some(usize::from(*place)),
                Target::Exhausted | Target::Residual => None,
            },
            votes: votes.to_string(),
        })
        .collect()
}
