//! Cutting ties: totals of the round before, support now, first preferences, and at last a fixed text.
//!
//! The first rule that leaves one candidate ends it, and the others follow by id without being ranked any further. Only
//! where the text has to decide are all of them sorted by the four rules. An exclusion looks for the weakest by the same
//! rules.

use std::cmp::Ordering;

use super::outcome::{TieBreak, TieKind, TieStep};
use crate::decimal::Decimal;

/// What ties are cut by; numbers and texts by place.
#[derive(Clone, Copy)]
pub(super) struct Standing<'a> {
    /// Totals kept at the end of the round before.
    pub(super) prior: &'a [Decimal],
    /// Votes arriving in this round.
    pub(super) incoming: &'a [Decimal],
    /// First preferences at the start.
    pub(super) first: &'a [Decimal],
    pub(super) tiebreaks: &'a [String],
}

impl Standing<'_> {
    /// Compares two candidates by one rule, 1 to 4.
    fn by_rule(&self, rule: u8, one: usize, other: usize) -> Ordering {
        match rule {
            1 => self.prior[one].cmp(&self.prior[other]),
            2 => self.incoming[one].cmp(&self.incoming[other]),
            3 => self.first[one].cmp(&self.first[other]),
            _ => self.tiebreaks[one].cmp(&self.tiebreaks[other]),
        }
    }

    /// Compares two candidates by all rules.
    pub(super) fn by_all(&self, one: usize, other: usize) -> Ordering {
        (1..=4).map(|rule| self.by_rule(rule, one, other)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }

    fn text(&self, rule: u8, place: usize) -> String {
        match rule {
            1 => self.prior[place].to_string(),
            2 => self.incoming[place].to_string(),
            3 => self.first[place].to_string(),
            _ => self.tiebreaks[place].clone(),
        }
    }

    /// Orders candidates who are level, given by place: the strongest first for an election, the weakest first for an
    /// exclusion. `ids` names the places in the record.
    pub(super) fn cut(&self, kind: TieKind, tied: &[usize], ids: &[i64]) -> (Vec<usize>, TieBreak) {
        let wins = |order: Ordering| if kind == TieKind::ElectionOrder { order } else { order.reverse() };
        let named = |places: &[usize]| places.iter().map(|place| ids[*place]).collect::<Vec<_>>();
        let mut tied = tied.to_vec();
        tied.sort_unstable();
        let mut left = tied.clone();
        let mut trace = Vec::new();
        let mut ordered = None;
        for rule in 1..=4 {
            let best = left
                .iter()
                .copied()
                .reduce(|best, next| if wins(self.by_rule(rule, next, best)).is_gt() { next } else { best });
            left.retain(|place| best.is_some_and(|best| self.by_rule(rule, *place, best).is_eq()));
            let is_decided = left.len() == 1;
            trace.push(TieStep {
                rule,
                values: tied.iter().map(|place| (ids[*place], self.text(rule, *place))).collect(),
                remaining: named(&left),
                is_decided,
            });
            if is_decided && rule < 4 {
                let others = tied.iter().copied().filter(|place| *place != left[0]);
                ordered = Some(left.iter().copied().chain(others).collect::<Vec<_>>());
                break;
            }
        }
        let ordered = ordered.unwrap_or_else(|| {
            let mut all = tied.clone();
            all.sort_by(|one, other| wins(self.by_all(*other, *one)));
            all
        });
        let record = TieBreak { kind, candidates: named(&tied), ordered: named(&ordered), trace };
        (ordered, record)
    }
}
