//! Simple methods: counts that need no transfers, one file each.
//!
//! * `plurality`: the first choice of every ballot; the most votes win, as many as there are seats.
//! * `approval`: every candidate chosen (marked, on ranked ballots) gets a vote.
//! * `score`: the sum of the scores; `star`: the two highest sums meet, and who is above the other on more ballots wins.
//! * `borda`: points by rank; `schulze` and `ranked-pairs`: candidates compared two by two.
//!
//! A tie at the last seat is cut by the order that the source gives, or by the order of the ballot paper in the place of a
//! lot, and is on record. Candidates who stood down get nothing.

mod pairs;
mod scores;
mod tables;

use domain::contest::{Contest, Mark, MarksAre};

use crate::count::{Count, Pile, PileAsked, Rule};
use crate::methods::piles::{Piece, Whole, close, page};
use crate::methods::stv::seats_of;
use crate::{CannotCount, METHODS};

/// Whether a method of this name lives here.
pub fn is_rule(name: &str) -> bool {
    matches!(name, "plurality" | "approval" | "score" | "star" | "borda" | "schulze" | "ranked-pairs")
}

/// Counts a contest by a method of this folder.
///
/// # Errors
/// `no_candidates`, `no_seats`, `seats_unknown`, `too_few_candidates`, `no_ballots`, `bad_ballots` (ballots that the method
/// cannot read), `bad_option` (an unknown method, or several seats where the method has one), `too_large`.
pub fn count(contest: &Contest, rule: &str, seats: Option<u32>) -> Result<Count, CannotCount> {
    let Some(method) = METHODS.iter().find(|method| method.name == rule && is_rule(rule)) else {
        return Err(CannotCount::new("bad_option", format!("there is no rule named {rule}")));
    };
    let seats = seats_of(contest, seats.or(contest.seats).or(Some(1)))?;
    if contest.ballots.votes() == 0 {
        return Err(CannotCount::new("no_ballots", "there is no ballot, so nobody can be elected"));
    }
    let table = tables::Table::new(
        contest,
        seats,
        Rule { name: method.name, version: method.version, arithmetic: "integer".to_owned() },
    );
    match rule {
        "plurality" => scores::plurality(table),
        "approval" => scores::approval(table),
        "score" => scores::score(table),
        "star" => scores::star(table),
        "borda" => scores::borda(table),
        "schulze" => pairs::schulze(table),
        _ => pairs::ranked_pairs(table),
    }
}

/// Counts once more and answers the piles that are asked for, in that order: ballots that choose a candidate, under
/// `approval` on the piles of all whom they choose, under `score` at the score they give.
///
/// # Errors
/// As [`count`], and `bad_option` where there is no such round or candidate, or the method lays no ballots on piles.
pub fn piles(contest: &Contest, rule: &str, seats: Option<u32>, asked: &[PileAsked]) -> Result<Vec<Pile>, CannotCount> {
    let count = count(contest, rule, seats)?;
    let lays: fn(&Contest, &[Mark]) -> scores::Lies = match rule {
        "plurality" => scores::lies_by_first_choice,
        "approval" => scores::lies_by_choice,
        "score" => scores::lies_by_score,
        _ => {
            let message =
                format!("the rule {rule} compares candidates or gives points by rank; it lays no ballots on piles");
            return Err(CannotCount::new("bad_option", message));
        }
    };
    let open = asked.iter().map(|asked| {
        let mut pieces = Vec::new();
        let mut kinds = std::collections::BTreeMap::new();
        for (place, ballot) in contest.ballots.iter().enumerate() {
            let kind = *kinds.entry(ballot.marks).or_insert(place);
            let (with, ends) = lays(contest, ballot.marks);
            let worth = match asked.holder {
                None => u128::from(!ends.is_empty()),
                Some(holder) => with.iter().filter(|(place, _)| *place == holder).map(|(_, worth)| *worth).sum(),
            };
            if worth > 0 {
                pieces.push(Piece { kind, ends, ballots: ballot.votes, worth });
            }
        }
        Some(page(&Whole(contest), asked, pieces))
    });
    close(&count, asked, open.collect())
}

/// Marks of a ballot by falling liking, in groups of equal ones; only candidates who stand, each once.
fn groups(contest: &Contest, marks: &[Mark]) -> Vec<Vec<usize>> {
    let mut sorted: Vec<Mark> = Vec::with_capacity(marks.len());
    for mark in marks {
        let stands = contest.candidates.get(usize::from(mark.candidate)).is_some_and(|it| !it.withdrawn);
        if stands && !sorted.iter().any(|it| it.candidate == mark.candidate) {
            sorted.push(*mark);
        }
    }
    match contest.marks_are {
        MarksAre::Ranks => sorted.sort_by_key(|mark| mark.value),
        MarksAre::Scores => sorted.sort_by_key(|mark| std::cmp::Reverse(mark.value)),
        MarksAre::Choices => {}
    }
    let is_same = |one: &Mark, other: &Mark| contest.marks_are == MarksAre::Choices || one.value == other.value;
    sorted.chunk_by(is_same).map(|group| group.iter().map(|mark| usize::from(mark.candidate)).collect()).collect()
}

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod obvious;
#[cfg(test)]
mod tests;
