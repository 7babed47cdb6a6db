//! Candidates compared two by two: Schulze's method and ranked pairs.
//!
//! A ballot prefers who stands higher; a candidate without a mark stands below all who have one, and two of the same rank are
//! not compared. The strength of a victory is the ballots on the winning side. With several seats, the first of the
//! ranking are elected.

use domain::contest::{Mark, MarksAre};

use super::groups;
use super::tables::Table;
use crate::CannotCount;
use crate::count::{Count, Round, Tie};

/// More candidates than this take too long to compare.
const MOST_CANDIDATES: usize = 600;

/// How many ballots prefer each candidate to each other.
pub(super) struct Pairs {
    size: usize,
    over: Vec<u64>,
}

impl Pairs {
    /// `read` tells which marks of a ballot count.
    pub(super) fn of(table: &Table<'_>, read: impl Fn(&[Mark]) -> Vec<Mark>) -> Result<Self, CannotCount> {
        let size = table.names.len();
        if size > MOST_CANDIDATES {
            let message =
                format!("{size} candidates are too many to compare two by two; up to {MOST_CANDIDATES} can be");
            return Err(CannotCount::new("too_large", message));
        }
        let standing = table.standing();
        let mut over = vec![0; size * size];
        for ballot in table.contest.ballots.iter() {
            let mut below: Vec<bool> = vec![false; size];
            standing.iter().for_each(|&place| below[place] = true);
            for group in groups(table.contest, &read(ballot.marks)) {
                group.iter().for_each(|&place| below[place] = false);
                for winner in group {
                    for &loser in standing.iter().filter(|&&loser| below[loser]) {
                        over[winner * size + loser] += ballot.votes;
                    }
                }
            }
        }
        Ok(Self { size, over })
    }

    /// Ballots that prefer one to the other.
    pub(super) fn for_over(&self, one: usize, other: usize) -> u64 {
        self.over[one * self.size + other]
    }

    /// True where more ballots prefer one to the other than the other way round.
    pub(super) fn beats(&self, one: usize, other: usize) -> bool {
        self.for_over(one, other) > self.for_over(other, one)
    }
}

fn compared<'a>(table: &Table<'a>) -> Result<Pairs, CannotCount> {
    if table.contest.marks_are == MarksAre::Choices {
        return Err(CannotCount::new("bad_ballots", "these ballots choose without an order; count them as approval"));
    }
    Pairs::of(table, <[Mark]>::to_vec)
}

/// M. Schulze, "A new monotonic, clone-independent, reversal symmetric, and Condorcet-consistent single-winner election
/// method" (2011), with winning votes.
pub(super) fn schulze(table: Table<'_>) -> Result<Count, CannotCount> {
    let pairs = compared(&table)?;
    let standing = table.standing();
    let size = pairs.size;
    let mut paths = vec![0_u64; size * size];
    for &one in &standing {
        for &other in standing.iter().filter(|&&other| pairs.beats(one, other)) {
            paths[one * size + other] = pairs.for_over(one, other);
        }
    }
    for &through in &standing {
        for &from in &standing {
            for &to in &standing {
                if from != to {
                    let way = paths[from * size + through].min(paths[through * size + to]);
                    let path = &mut paths[from * size + to];
                    *path = way.max(*path);
                }
            }
        }
    }
    let is_above = |one: usize, other: usize| paths[one * size + other] > paths[other * size + one];
    Ok(finish(table, &pairs, is_above, None, "its strongest path of victories"))
}

/// T. N. Tideman, "Independence of clones as a criterion for voting rules" (1987): victories are kept from the largest
/// down, unless they close a circle. Of equally large ones the one with the smaller losing side goes first, then by the
/// order that cuts ties the one whose loser stands last in it, then the one whose winner stands first, so that a circle of
/// equal victories is won by who stands first. Where such an order drops a victory it is on record as a tie, as another
/// one might elect others: finding out whether it does takes too long in large elections.
pub(super) fn ranked_pairs(table: Table<'_>) -> Result<Count, CannotCount> {
    let pairs = compared(&table)?;
    let standing = table.standing();
    let size = pairs.size;
    let mut victories: Vec<(usize, usize)> = standing
        .iter()
        .flat_map(|&one| standing.iter().map(move |&other| (one, other)))
        .filter(|&(one, other)| pairs.beats(one, other))
        .collect();
    victories.sort_by_key(|&(one, other)| {
        let strength = (std::cmp::Reverse(pairs.for_over(one, other)), pairs.for_over(other, one));
        (strength, std::cmp::Reverse(table.order[other]), table.order[one])
    });
    // What is kept, and everything that follows from it; the same before the victories that are as large as this one.
    let mut above = vec![false; size * size];
    let mut before = (above.clone(), (0, 0));
    let mut dropped = None;
    for (one, other) in victories {
        let strength = (pairs.for_over(one, other), pairs.for_over(other, one));
        if strength != before.1 {
            before = (above.clone(), strength);
        }
        if above[other * size + one] && !before.0[other * size + one] {
            dropped = dropped.or_else(|| Some(table.cut(vec![one, other], other)));
        }
        if above[other * size + one] || above[one * size + other] {
            continue;
        }
        let higher: Vec<usize> = standing.iter().copied().filter(|&it| it == one || above[it * size + one]).collect();
        let lower: Vec<usize> =
            standing.iter().copied().filter(|&it| it == other || above[other * size + it]).collect();
        for &high in &higher {
            lower.iter().for_each(|&low| above[high * size + low] = true);
        }
    }
    let is_above = |one: usize, other: usize| above[one * size + other];
    Ok(finish(table, &pairs, is_above, dropped, "the victories that were kept"))
}

/// The answer, from who stands above whom: nobody who is below a candidate still left comes first. Votes of the round are
/// the others whom each candidate beats. There is a tie where another order would elect others: it is between all who can
/// be in, having fewer than the seats above them, and can be out, as enough others are not below them. `earlier` is a tie
/// that was cut before.
fn finish(
    mut table: Table<'_>,
    pairs: &Pairs,
    is_above: impl Fn(usize, usize) -> bool,
    earlier: Option<Tie>,
    by: &str,
) -> Count {
    let mut left = table.standing();
    left.sort_by_key(|&place| table.order[place]);
    let beaten = |place: usize, all: &[usize]| all.iter().filter(|&&other| pairs.beats(place, other)).count();
    let mut votes = vec![None; pairs.size];
    for &place in &left {
        votes[place] = Some(beaten(place, &left).to_string());
    }
    let all = left.clone();
    let mut ranking = Vec::new();
    while !left.is_empty() {
        let first = (0..left.len()).find(|&at| left.iter().all(|&other| !is_above(other, left[at]))).unwrap_or(0);
        ranking.push(left.remove(first));
    }
    let elected = ranking[..table.seats].to_vec();
    let hangs = |place: usize| {
        let over = all.iter().filter(|&&other| is_above(other, place)).count();
        let under = all.iter().filter(|&&other| is_above(place, other)).count();
        over < table.seats && under + table.seats < all.len()
    };
    let level: Vec<usize> = all.iter().copied().filter(|&place| hangs(place)).collect();
    let picked = elected.iter().rev().copied().find(|place| level.contains(place));
    let tie = picked.map(|picked| table.cut(level, picked)).or(earlier);
    let sentences: Vec<String> = elected
        .iter()
        .map(|&place| {
            let count = beaten(place, &all);
            let why = if count + 1 == all.len() {
                "beats every other candidate".to_owned()
            } else {
                format!("comes first by {by}")
            };
            format!("{} is elected: {why} ({count} of {}).", table.names[place], all.len() - 1)
        })
        .collect();
    let sentence = sentences.join(" ") + &table.told(tie.as_ref());
    table.round(Round {
        votes,
        elected: elected.clone(),
        exhausted: "0".to_owned(),
        tie,
        sentence,
        ..Round::default()
    });
    table.finish(elected)
}
