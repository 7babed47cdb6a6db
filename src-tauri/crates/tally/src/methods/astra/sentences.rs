//! A count told in sentences, one paragraph a round: who was elected or left, why, and where a tie was cut.

use super::outcome::{Outcome, Round, TieBreak, TieKind};
use crate::decimal::Decimal;

/// Digits behind the point where a number is only told.
const PLACES: usize = 4;

impl Outcome {
    /// Name of a candidate, or "candidate 12" where there is none.
    pub fn name(&self, id: i64) -> String {
        self.names.get(&id).filter(|name| !name.is_empty()).cloned().unwrap_or_else(|| format!("candidate {id}"))
    }

    /// One paragraph for each round, in order, in plain English. Votes are told to four digits behind the point; where
    /// that would hide what decided a tie, to the last one.
    pub fn sentences(&self) -> Vec<String> {
        self.rounds.iter().map(|round| self.told(round)).collect()
    }

    /// [`Outcome::sentences`] with rounds of which nothing is to be told put together: first and last round, and what
    /// happened.
    pub fn story(&self) -> Vec<(usize, usize, String)> {
        let mut story: Vec<(usize, usize, String)> = Vec::new();
        let mut was_quiet = false;
        for round in &self.rounds {
            let is_quiet = round.is_quiet() && !round.has_converged && round.elected_total < self.seats;
            match story.last_mut() {
                Some((_, last, text)) if is_quiet && was_quiet => {
                    *last = round.iteration;
                    "Nobody else reaches the quota; votes still move from round to round.".clone_into(text);
                }
                _ => {
                    let told = self.told(round);
                    let text = told.split_once(": ").map_or(told.as_str(), |(_, text)| text);
                    story.push((round.iteration, round.iteration, text.to_owned()));
                }
            }
            was_quiet = is_quiet;
        }
        story
    }

    fn told(&self, round: &Round) -> String {
        let mut told = Vec::new();
        let kept = |id: i64| {
            let total = round.retained_totals.iter().find(|(other, _)| *other == id);
            votes(total.map_or(&Decimal::ZERO, |(_, votes)| votes))
        };
        for tie in &round.tie_breaks {
            told.push(self.tie(tie, &tie.candidates.first().map(|id| kept(*id)).unwrap_or_default()));
        }
        let by_quota: Vec<i64> =
            round.elected.iter().copied().filter(|id| !round.elected_to_fill.contains(id)).collect();
        for id in &by_quota {
            let (name, votes, quota) = (self.name(*id), kept(*id), self.quota);
            told.push(format!("{name} has {votes} votes, reaches the quota of {quota} and is elected."));
        }
        for events in round.forced_exclusions.chunk_by(|one, next| {
            (one.triggered_by, &one.group_public_id, &one.group_name)
                == (next.triggered_by, &next.group_public_id, &next.group_name)
        }) {
            let (winner, group) = (self.name(events[0].triggered_by), &events[0].group_name);
            let out = listed(events.iter().map(|event| self.name(event.candidate)));
            let may = if events.len() == 1 { "leaves" } else { "leave" };
            told.push(format!("With {winner} elected the exclusion group “{group}” is full: {out} {may} the count."));
        }
        if let Some(id) = round.eliminated {
            let (name, votes) = (self.name(id), kept(id));
            told.push(if round.tie_breaks.is_empty() {
                format!("{name} has the fewest votes ({votes}) and is excluded.")
            } else {
                format!("{name} is excluded with {votes} votes.")
            });
        }
        if !round.elected_to_fill.is_empty() {
            let names = listed(round.elected_to_fill.iter().map(|id| self.name(*id)));
            let are = if round.elected_to_fill.len() == 1 { "is" } else { "are" };
            told.push(format!("As many candidates as seats are left, so {names} {are} elected whatever the quota."));
        }
        if told.is_empty() {
            told.push(if round.has_converged {
                "Nobody else reaches the quota, and no vote moves any more.".to_owned()
            } else {
                let change = small(&round.largest_change);
                format!("Nobody else reaches the quota; votes still move (shares change by {change} at most).")
            });
        }
        if round.elected_total >= self.seats {
            told.push(match self.seats {
                1 => "The seat is filled.".to_owned(),
                seats => format!("All {seats} seats are filled."),
            });
        } else if round.eligible.is_empty() {
            let vacant = self.seats - round.elected_total;
            let seats = if vacant == 1 { "seat stays" } else { "seats stay" };
            told.push(format!("Nobody is left to elect; {vacant} {seats} vacant."));
        }
        format!("Round {}: {}", round.iteration, told.join(" "))
    }

    fn tie(&self, tie: &TieBreak, level_at: &str) -> String {
        let names = listed(tie.candidates.iter().map(|id| self.name(*id)));
        let Some((first, last)) = tie.ordered.first().map(|id| self.name(*id)).zip(tie.trace.last()) else {
            return format!("{names} are level at {level_at} votes.");
        };
        let elects = tie.kind == TieKind::ElectionOrder;
        let rule = match (last.rule, elects) {
            (1, true) => "more votes in the round before",
            (1, false) => "fewer votes in the round before",
            (2, true) => "more support in this round",
            (2, false) => "less support in this round",
            (3, true) => "more first preferences",
            (3, false) => "fewer first preferences",
            (_, true) => "the fixed tie-break text, which sorts last",
            (_, false) => "the fixed tie-break text, which sorts first",
        };
        let values = shown(last.values.iter().map(|(_, value)| value.as_str()));
        let compared =
            listed(last.values.iter().zip(values).map(|((id, _), value)| format!("{} {value}", self.name(*id))));
        let then = if elects { "comes first" } else { "is the one to go" };
        format!("{names} are level at {level_at} votes; {first} {then} by {rule} ({compared}).")
    }
}

impl Round {
    /// Nobody was elected, left or was level.
    fn is_quiet(&self) -> bool {
        self.elected.is_empty()
            && self.eliminated.is_none()
            && self.forced_exclusions.is_empty()
            && self.tie_breaks.is_empty()
            && !self.eligible.is_empty()
    }
}

/// A share, to four places.
fn small(number: &Decimal) -> String {
    let short = votes(number);
    if short == "0" && !number.is_zero() { "less than 0.0001".to_owned() } else { short }
}

/// Votes to four places, without zeros at the end.
pub(super) fn votes(number: &Decimal) -> String {
    let text = number.to_places(PLACES);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Numbers shortened, unless that makes different ones look the same; other texts as they are.
pub(super) fn shown<'a>(texts: impl Iterator<Item = &'a str> + Clone) -> Vec<String> {
    let short: Option<Vec<(Decimal, String)>> =
        texts.clone().map(|text| text.parse().ok().map(|number| (number, votes(&number)))).collect();
    let hides = |short: &Vec<(Decimal, String)>| {
        short
            .iter()
            .enumerate()
            .any(|(at, one)| short[..at].iter().any(|other| (one.0 == other.0) != (one.1 == other.1)))
    };
    match short.filter(|short| !hides(short)) {
        Some(short) => short.into_iter().map(|(_, text)| text).collect(),
        None => texts.map(str::to_owned).collect(),
    }
}

/// "a", "a and b", "a, b and c".
pub(super) fn listed(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}
