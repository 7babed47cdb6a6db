//! Handing votes down the rankings: ballot by ballot in a given order, or merged in a tree.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Ballot;
use super::contest::Contest;
use crate::decimal::Decimal;

/// What reaches each candidate and what of it stays, by place.
#[derive(Clone)]
pub(super) struct Totals {
    pub(super) incoming: Vec<Decimal>,
    pub(super) retained: Vec<Decimal>,
}

impl Totals {
    pub(super) fn zero(candidates: usize) -> Self {
        Self { incoming: vec![Decimal::ZERO; candidates], retained: vec![Decimal::ZERO; candidates] }
    }

    #[inline]
    fn add(&mut self, place: usize, arriving: &Decimal, staying: &Decimal) {
        self.incoming[place] = self.incoming[place].plus(arriving);
        self.retained[place] = self.retained[place].plus(staying);
    }
}

/// Ballots that votes can be handed down from.
pub(super) trait Ballots {
    /// Hands all votes down by the shares that candidates keep, by place; those who are out keep nothing.
    fn hand_down(&self, shares: &[Decimal]) -> Totals;
}

/// One ballot: its weight and where its ranking stands.
#[derive(Clone)]
struct Row {
    weight: u64,
    ranking: Range<usize>,
}

/// Ballots in a given order, with rankings by place. Ballots without weight are left out; no step of the count sees them.
#[derive(Clone)]
pub(super) struct Rows {
    candidates: usize,
    rows: Vec<Row>,
    places: Vec<u16>,
}

impl Rows {
    pub(super) fn new(contest: &Contest, ballots: &[Ballot]) -> Self {
        let mut rows = Vec::with_capacity(ballots.len());
        let mut places = Vec::new();
        for ballot in ballots {
            let start = places.len();
            let known = ballot.ranking.iter().filter_map(|id| contest.place_of(*id));
            // A contest has at most 10,000 candidates.
            places.extend(known.filter_map(|place| u16::try_from(place).ok()));
            if let Some(weight) = u64::try_from(ballot.weight).ok().filter(|weight| *weight > 0) {
                rows.push(Row { weight, ranking: start..places.len() });
            }
        }
        Self { candidates: contest.ids.len(), rows, places }
    }

    /// Votes of the ballots that name a candidate first, by place.
    pub(super) fn first_preferences(&self) -> Vec<Decimal> {
        let mut votes = vec![0_u64; self.candidates];
        for row in &self.rows {
            if let Some(first) = self.ranking(row).first() {
                votes[usize::from(*first)] += row.weight;
            }
        }
        votes.into_iter().map(Decimal::from).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn reverse(&mut self) {
        self.rows.reverse();
    }

    pub(super) fn swap(&mut self, one: usize, other: usize) {
        self.rows.swap(one, other);
    }

    /// By ranking, then weight.
    pub(super) fn sort(&mut self) {
        let places = &self.places;
        self.rows.sort_by(|a, b| {
            let rankings = places[a.ranking.clone()].cmp(&places[b.ranking.clone()]);
            rankings.then(a.weight.cmp(&b.weight))
        });
    }

    fn ranking(&self, row: &Row) -> &[u16] {
        &self.places[row.ranking.clone()]
    }
}

impl Ballots for Rows {
    fn hand_down(&self, shares: &[Decimal]) -> Totals {
        let mut totals = Totals::zero(self.candidates);
        for row in &self.rows {
            let mut rest = Decimal::from(row.weight);
            for place in self.ranking(row) {
                let place = usize::from(*place);
                let share = &shares[place];
                if share.is_plain_one() {
                    // The product would be the rest itself, and nothing would be left.
                    totals.add(place, &rest, &rest);
                    break;
                }
                if !share.is_positive() {
                    continue;
                }
                let staying = rest.times(share);
                totals.add(place, &rest, &staying);
                rest = rest.minus(&staying);
                if !rest.is_positive() {
                    break;
                }
            }
        }
        totals
    }
}

/// One candidate behind one beginning of rankings.
struct Node {
    place: usize,
    /// Candidates before this one.
    depth: usize,
    /// Votes of all ballots that begin like this.
    weight: u64,
    /// Where the nodes below this one end.
    end: usize,
}

/// Ballots merged by how their rankings begin: nodes in the order in which a walk meets them, each before those below it.
pub(super) struct Tree {
    candidates: usize,
    nodes: Vec<Node>,
    deepest: usize,
}

impl Tree {
    pub(super) fn new(rows: &Rows) -> Self {
        let mut merged: BTreeMap<&[u16], u64> = BTreeMap::new();
        for row in &rows.rows {
            *merged.entry(rows.ranking(row)).or_default() += row.weight;
        }
        let mut nodes: Vec<Node> = Vec::new();
        // Nodes from the root down to the last ranking put in.
        let mut path: Vec<usize> = Vec::new();
        let mut deepest = 0;
        for (ranking, weight) in merged {
            let shared =
                path.iter().zip(ranking).take_while(|(at, place)| nodes[**at].place == usize::from(**place)).count();
            for closed in path.drain(shared..) {
                nodes[closed].end = nodes.len();
            }
            for place in &ranking[shared..] {
                path.push(nodes.len());
                nodes.push(Node { place: usize::from(*place), depth: path.len() - 1, weight: 0, end: 0 });
            }
            for at in &path {
                nodes[*at].weight += weight;
            }
            deepest = deepest.max(path.len());
        }
        for closed in path {
            nodes[closed].end = nodes.len();
        }
        Self { candidates: rows.candidates, nodes, deepest }
    }
}

impl Ballots for Tree {
    fn hand_down(&self, shares: &[Decimal]) -> Totals {
        let mut totals = Totals::zero(self.candidates);
        // What is left of one vote that arrives at each depth.
        let mut left = vec![Decimal::ONE; self.deepest + 1];
        let mut at = 0;
        while let Some(node) = self.nodes.get(at) {
            let share = &shares[node.place];
            let here = left[node.depth];
            at += 1;
            if !share.is_positive() {
                left[node.depth + 1] = here;
                continue;
            }
            let weight = Decimal::from(node.weight);
            let arriving = if here.is_plain_one() { weight } else { weight.times(&here) };
            if share.is_plain_one() {
                totals.add(node.place, &arriving, &arriving);
                at = node.end;
                continue;
            }
            totals.add(node.place, &arriving, &arriving.times(share));
            let below = here.minus(&here.times(share));
            if below.is_positive() {
                left[node.depth + 1] = below;
            } else {
                at = node.end;
            }
        }
        totals
    }
}
