//! Plurality, approval, score, STAR and Borda: sums over ballots.

use domain::contest::{Contest, Mark, MarksAre};

use super::groups;
use super::pairs::Pairs;
use super::tables::Table;
use crate::CannotCount;
use crate::count::{Count, Round, Tie};

fn whole(value: u128) -> String {
    value.to_string()
}

/// The marks that choose somebody: a score of 0 does not, and of a candidate marked twice the first mark counts.
pub(super) fn chosen(marks_are: MarksAre, marks: &[Mark]) -> Vec<Mark> {
    let is_first = |at: usize| !marks[..at].iter().any(|it| it.candidate == marks[at].candidate);
    let is_chosen = |at: usize| marks_are != MarksAre::Scores || (marks[at].value > 0 && is_first(at));
    (0..marks.len()).filter(|&at| is_chosen(at)).map(|at| marks[at]).collect()
}

/// With whom a ballot lies and for how much, and why with nobody (empty where with somebody).
pub(super) type Lies = (Vec<(usize, u128)>, &'static str);

const BLANK: &str = "no valid choice";

/// For plurality: with the first choice.
pub(super) fn lies_by_first_choice(contest: &Contest, marks: &[Mark]) -> Lies {
    let marks = chosen(contest.marks_are, marks);
    let groups = groups(contest, &marks);
    let first = groups.first().and_then(|group| group.first());
    let best = marks.iter().find(|mark| first.is_some_and(|&place| usize::from(mark.candidate) == place));
    let is_first =
        |mark: &Mark| contest.marks_are == MarksAre::Choices || best.is_none_or(|best| mark.value <= best.value);
    let is_overvoted = contest.marks_are != MarksAre::Scores
        && marks.iter().any(|mark| mark.candidate == Mark::OVERVOTE && is_first(mark));
    match groups.first().map(Vec::as_slice) {
        _ if is_overvoted => (Vec::new(), "overvote"),
        None => (Vec::new(), BLANK),
        Some(&[first]) => (vec![(first, 1)], ""),
        Some(_) => (Vec::new(), "overvote"),
    }
}

/// For approval: with everybody chosen.
pub(super) fn lies_by_choice(contest: &Contest, marks: &[Mark]) -> Lies {
    let with: Vec<(usize, u128)> =
        groups(contest, &chosen(contest.marks_are, marks)).into_iter().flatten().map(|place| (place, 1)).collect();
    let ends = if with.is_empty() { BLANK } else { "" };
    (with, ends)
}

/// For score: with everybody scored, at the score.
pub(super) fn lies_by_score(contest: &Contest, marks: &[Mark]) -> Lies {
    let mut with: Vec<(usize, u128)> = Vec::new();
    for mark in marks {
        let place = usize::from(mark.candidate);
        let stands = contest.candidates.get(place).is_some_and(|it| !it.withdrawn);
        if stands && !with.iter().any(|(it, _)| *it == place) {
            with.push((place, u128::from(mark.value)));
        }
    }
    (with, "")
}

/// One vote for the first choice; a ballot with several first choices counts for nobody, and neither does one whose source
/// calls the first rank overvoted. Where all scores are 0 nobody is chosen.
pub(super) fn plurality(table: Table<'_>) -> Result<Count, CannotCount> {
    let mut values = vec![0_u128; table.names.len()];
    let (mut blank, mut overvoted) = (0, 0);
    for ballot in table.contest.ballots.iter() {
        match lies_by_first_choice(table.contest, ballot.marks) {
            (with, "") => with.iter().for_each(|(place, _)| values[*place] += u128::from(ballot.votes)),
            (_, BLANK) => blank += ballot.votes,
            _ => overvoted += ballot.votes,
        }
    }
    Ok(table.by_values(&values, whole, "votes", &[(BLANK, blank), ("overvote", overvoted)]))
}

/// One vote for every candidate chosen: marked, ranked, or scored above 0. Votes of one ballot may be many, so they do not
/// add up to the ballots; only ballots that choose nobody are told.
pub(super) fn approval(table: Table<'_>) -> Result<Count, CannotCount> {
    let mut values = vec![0_u128; table.names.len()];
    let mut blank = 0;
    for ballot in table.contest.ballots.iter() {
        let (with, _) = lies_by_choice(table.contest, ballot.marks);
        if with.is_empty() {
            blank += ballot.votes;
        }
        for (place, _) in with {
            values[place] += u128::from(ballot.votes);
        }
    }
    Ok(table.by_values(&values, whole, "votes", &[(BLANK, blank)]))
}

/// Sum of the scores of each candidate; a choice scores 1, no mark 0.
fn sums(table: &Table<'_>) -> Result<Vec<u128>, CannotCount> {
    if table.contest.marks_are == MarksAre::Ranks {
        let message = "these ballots rank and this method needs scores; count them as borda, or as approval";
        return Err(CannotCount::new("bad_ballots", message));
    }
    let mut values = vec![0_u128; table.names.len()];
    for ballot in table.contest.ballots.iter() {
        for (place, score) in lies_by_score(table.contest, ballot.marks).0 {
            values[place] += u128::from(ballot.votes) * score;
        }
    }
    Ok(values)
}

/// The largest sums of scores win.
pub(super) fn score(table: Table<'_>) -> Result<Count, CannotCount> {
    let values = sums(&table)?;
    Ok(table.by_values(&values, whole, "points", &[]))
}

/// Score, then automatic run-off (<https://www.starvoting.org/star>): the two largest sums meet, and the one whom more
/// ballots score higher wins; no mark is a score of 0. Two who are level for the second place: whom more ballots prefer;
/// more than two, or level for both places: the order that cuts ties. Level in the run-off: the larger sum, then that order.
pub(super) fn star(mut table: Table<'_>) -> Result<Count, CannotCount> {
    if table.seats != 1 {
        return Err(CannotCount::new("bad_option", "star fills one seat; give --seats 1"));
    }
    let values = sums(&table)?;
    let pairs = Pairs::of(&table, |marks| chosen(table.contest.marks_are, marks))?;
    let mut ranked = table.ranked(&values);
    let shown = |places: &[usize], values: &[u128]| {
        let mut votes = vec![None; values.len()];
        for &place in places {
            votes[place] = Some(values[place].to_string());
        }
        votes
    };
    let mut tie = None;
    if let [first, second, ..] = ranked[..] {
        let level: Vec<usize> = ranked.iter().copied().filter(|&it| values[it] == values[second]).collect();
        let places = if values[first] == values[second] { 2 } else { 1 };
        let are_two = places == 1 && level.len() == 2;
        if are_two && pairs.beats(level[1], level[0]) {
            ranked.swap(1, 2);
        } else if level.len() > places && !(are_two && pairs.beats(level[0], level[1])) {
            tie = Some(table.cut(level, second));
        }
    }
    let finalists: Vec<usize> = ranked.iter().copied().take(2).collect();
    let [first, second] = finalists[..] else {
        let winner = ranked[0];
        let sentence = format!("{} is elected, being the only candidate.", table.names[winner]);
        table.round(Round {
            votes: shown(&ranked, &values),
            elected: vec![winner],
            exhausted: "0".to_owned(),
            sentence,
            ..Round::default()
        });
        return Ok(table.finish(vec![winner]));
    };
    let names: Vec<&str> = finalists.iter().map(|&place| table.names[place].as_str()).collect();
    let sentence =
        format!("{} have the most points and meet in the run-off.{}", names.join(" and "), table.told(tie.as_ref()));
    let out: Vec<usize> = ranked.iter().skip(2).copied().collect();
    table.round(Round {
        votes: shown(&ranked, &values),
        excluded: out,
        exhausted: "0".to_owned(),
        tie,
        sentence,
        ..Round::default()
    });
    let mut votes = vec![0_u128; values.len()];
    votes[first] = u128::from(pairs.for_over(first, second));
    votes[second] = u128::from(pairs.for_over(second, first));
    let (winner, loser) = if votes[second] > votes[first] { (second, first) } else { (first, second) };
    let neither = u128::from(table.contest.ballots.votes()) - votes[first] - votes[second];
    let tie = (votes[first] == votes[second]).then(|| Tie {
        candidates: vec![first.min(second), first.max(second)],
        picked: winner,
        picked_for: "election",
        how: if values[first] == values[second] {
            table.how().to_owned()
        } else {
            "the larger sum of scores".to_owned()
        },
    });
    let sentence = format!(
        "{} is elected: {} ballots score that candidate above {}, {} the other way round.{}",
        table.names[winner],
        votes[winner],
        table.names[loser],
        votes[loser],
        table.told(tie.as_ref())
    );
    table.round(Round {
        votes: shown(&finalists, &votes),
        elected: vec![winner],
        exhausted: neither.to_string(),
        tie,
        sentence,
        ..Round::default()
    });
    Ok(table.finish(vec![winner]))
}

/// Points by rank: with n candidates who stand, n - 1 for the first, n - 2 for the next. Candidates who share a rank get
/// the mean of its points; those who are not ranked get nothing.
pub(super) fn borda(table: Table<'_>) -> Result<Count, CannotCount> {
    if table.contest.marks_are == MarksAre::Choices {
        return Err(CannotCount::new("bad_ballots", "these ballots choose without an order; count them as approval"));
    }
    let candidates = table.standing().len() as u128;
    // In halves: the mean of whole points that follow one another is a whole number of them.
    let mut values = vec![0_u128; table.names.len()];
    let mut blank = 0;
    for ballot in table.contest.ballots.iter() {
        let groups = groups(table.contest, ballot.marks);
        if groups.is_empty() {
            blank += ballot.votes;
        }
        let mut above = 0;
        for group in groups {
            let size = group.len() as u128;
            let halves = 2 * (candidates - above) - size - 1;
            above += size;
            for place in group {
                values[place] += u128::from(ballot.votes) * halves;
            }
        }
    }
    let shown =
        |halves: u128| if halves.is_multiple_of(2) { (halves / 2).to_string() } else { format!("{}.5", halves / 2) };
    Ok(table.by_values(&values, shown, "points", &[(BLANK, blank)]))
}
