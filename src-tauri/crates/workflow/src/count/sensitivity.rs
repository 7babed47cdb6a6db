//! What it would take to change who is elected: exact where the rule is a plain sum, bounds elsewhere.
//!
//! * Plurality and approval: a changed ballot moves one vote from the last elected to the first who is not, so half of
//!   their distance, and one more, is needed and is enough.
//! * One seat by excluding the last: as long as fewer ballots change than half the smallest gap between the last and the
//!   next of any round, every exclusion stays as it was, and so does the winner: a lower bound.
//! * Every transferable rule: ballots are changed, one kind after the other, until the very same count elects somebody else.
//!   What was found is a proof that so many are enough: an upper bound. That fewer would not do is not claimed.

use domain::contest::{Ballots, Contest, Mark, MarksAre};
use tally::Count;

/// Kinds of ballots up to which counts are repeated.
const MOST_KINDS: usize = 60_000;
/// Counts that one search may take.
const MOST_COUNTS: usize = 60;

/// Sentences about the count of a contest; empty where nothing can be said. `again` counts another contest by the same rule.
pub(super) fn told(contest: &Contest, count: &Count, again: &dyn Fn(&Contest) -> Option<Count>) -> Vec<String> {
    match count.rule.name {
        "plurality" | "approval" => exact(count).into_iter().collect(),
        _ => {
            let mut sentences: Vec<String> = lower_bound(count).into_iter().collect();
            sentences.extend(upper_bound(contest, count, again));
            sentences
        }
    }
}

fn name(count: &Count, place: usize) -> &str {
    count.candidates.get(place).map_or("", String::as_str)
}

fn whole(votes: Option<&Option<String>>) -> Option<u64> {
    votes?.as_ref()?.split('.').next()?.parse().ok()
}

fn changed_ballots(votes: u64) -> String {
    if votes == 1 { "1 changed ballot".to_owned() } else { format!("{votes} changed ballots") }
}

fn exact(count: &Count) -> Option<String> {
    let round = count.rounds.last()?;
    let last = *count.elected.last()?;
    let held = whole(round.votes.get(last))?;
    let others = (0..count.candidates.len()).filter(|place| !count.elected.contains(place));
    let (votes, next) = others.filter_map(|place| Some((whole(round.votes.get(place))?, place))).max()?;
    let distance = held.checked_sub(votes)?;
    Some(format!(
        "{}, and no fewer, can elect {} instead of {}: {} votes lie between them.",
        changed_ballots(distance / 2 + 1),
        name(count, next),
        name(count, last),
        distance
    ))
}

/// Half the smallest gap between the last and the next of a round that excludes one; for one seat.
fn lower_bound(count: &Count) -> Option<String> {
    let is_simple = count.seats == 1 && count.rounds.iter().all(|round| round.excluded.len() <= 1);
    if !is_simple {
        return None;
    }
    let gaps = count.rounds.iter().filter_map(|round| {
        let out = *round.excluded.first()?;
        let own = whole(round.votes.get(out))?;
        let standing = (0..count.candidates.len()).filter(|place| *place != out && !round.elected.contains(place));
        let next = standing.filter_map(|place| whole(round.votes.get(place))).min()?;
        Some(next.saturating_sub(own))
    });
    let gap = gaps.min()?;
    let needed = gap.div_ceil(2);
    (needed > 1).then(|| {
        format!("Fewer than {needed} changed ballots cannot change the winner: no exclusion of any round was closer.")
    })
}

/// Looks for a number of ballots that is enough, by changing them and counting again.
fn upper_bound(contest: &Contest, count: &Count, again: &dyn Fn(&Contest) -> Option<Count>) -> Option<String> {
    if contest.marks_are != MarksAre::Ranks || contest.ballots.len() > MOST_KINDS || count.elected.is_empty() {
        return None;
    }
    let mut elected = count.elected.clone();
    elected.sort_unstable();
    let mut counts = 0;
    let mut changes = |votes: u64, victim: usize, target: usize| -> Option<bool> {
        counts += 1;
        if counts > MOST_COUNTS {
            return None;
        }
        let mut found = again(&changed(contest, votes, victim, target)?)?.elected;
        found.sort_unstable();
        Some(found != elected)
    };
    let round = count.rounds.last()?;
    let mut runners: Vec<usize> = (0..count.candidates.len()).filter(|place| !count.elected.contains(place)).collect();
    let last_held = |place: usize| {
        count.rounds.iter().rev().find_map(|round| whole(round.votes.get(place)).map(|votes| (round.round, votes)))
    };
    runners.sort_by_key(|place| std::cmp::Reverse(last_held(*place)));
    let victim = *count.elected.iter().min_by_key(|place| whole(round.votes.get(**place)).unwrap_or(u64::MAX))?;
    let mut best: Option<(u64, usize)> = None;
    for target in runners.into_iter().take(3) {
        let most = best.map_or(contest.ballots.votes(), |(votes, _)| votes - 1);
        if most == 0 || changes(most, victim, target) != Some(true) {
            continue;
        }
        // The smallest number is sought by halves; every number that is told was counted.
        let (mut low, mut high) = (0, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            match changes(middle, victim, target) {
                Some(true) => high = middle,
                Some(false) => low = middle,
                None => break,
            }
        }
        best = Some((high, target));
    }
    let (votes, target) = best?;
    let enough = if votes == 1 { "is" } else { "are" };
    let proved = if votes == 1 { "" } else { " Whether fewer would do was not proved." };
    Some(format!(
        "{} {enough} enough to change who is elected: so many that rank {} made to rank {} first, and the same count elects \
         others.{proved}",
        changed_ballots(votes),
        name(count, victim),
        name(count, target)
    ))
}

/// The contest with `votes` votes of ballots that prefer `victim` to `target` given to `target` first and last. Ballots that
/// rank `victim` highest are taken first.
fn changed(contest: &Contest, votes: u64, victim: usize, target: usize) -> Option<Contest> {
    let (victim, target) = (u16::try_from(victim).ok()?, u16::try_from(target).ok()?);
    let rank =
        |marks: &[Mark], of: u16| marks.iter().find(|mark| mark.candidate == of).map_or(u16::MAX, |mark| mark.value);
    let mut order: Vec<usize> = (0..contest.ballots.len())
        .filter(|place| {
            let marks = contest.ballots.get(*place).marks;
            rank(marks, victim) < rank(marks, target)
        })
        .collect();
    order.sort_by_key(|place| (rank(contest.ballots.get(*place).marks, victim), *place));
    let mut left = votes;
    let mut taken = vec![0u64; contest.ballots.len()];
    for place in order {
        let part = contest.ballots.get(place).votes.min(left);
        taken[place] = part;
        left -= part;
    }
    let mut ballots = Ballots::default();
    for name in contest.ballots.slices() {
        ballots.slice(name);
    }
    for (place, ballot) in contest.ballots.iter().enumerate() {
        if ballot.votes > taken[place] {
            ballots.add_to(ballot.slice, ballot.votes - taken[place], ballot.marks).ok()?;
        }
        if taken[place] > 0 {
            ballots.add_to(ballot.slice, taken[place], &[Mark { candidate: target, value: 1 }]).ok()?;
        }
    }
    Some(Contest { ballots, ..contest_without_ballots(contest) })
}

fn contest_without_ballots(contest: &Contest) -> Contest {
    Contest {
        title: contest.title.clone(),
        seats: contest.seats,
        candidates: contest.candidates.clone(),
        marks_are: contest.marks_are,
        ballots: Ballots::default(),
        tie_order: contest.tie_order.clone(),
        repairs: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use domain::contest::Candidate;
    use tally::methods::{simple, stv};

    use super::*;

    fn contest(ballots: &[(u64, &[u16])]) -> Contest {
        let mut contest = Contest {
            candidates: ["Ada", "Bo", "Cy"]
                .map(|name| Candidate { id: name.to_owned(), name: name.to_owned(), withdrawn: false })
                .to_vec(),
            ..Contest::default()
        };
        for (votes, ranks) in ballots {
            let marks: Vec<Mark> =
                ranks.iter().zip(1..).map(|(candidate, value)| Mark { candidate: *candidate, value }).collect();
            contest.ballots.add(*votes, &marks).expect("few votes");
        }
        contest
    }

    fn irv(contest: &Contest) -> Option<Count> {
        stv::count(contest, "wigm", &stv::Options { seats: Some(1), arithmetic: None, quota: None }).ok()
    }

    #[test]
    fn plurality_needs_half_of_the_distance_and_one() {
        let contest = contest(&[(10, &[0]), (5, &[1]), (1, &[2])]);
        let count = simple::count(&contest, "plurality", Some(1)).expect("a count");
        let told = told(&contest, &count, &|other| simple::count(other, "plurality", Some(1)).ok());
        assert!(told[0].starts_with("3 changed ballots"), "{told:?}");
        // Two changed ballots leave 8 against 7; three make 7 against 8.
        let elects =
            |votes: u64| simple::count(&changed(&contest, votes, 0, 1).unwrap(), "plurality", Some(1)).unwrap().elected;
        assert_eq!((elects(2), elects(3)), (vec![0], vec![1]));
    }

    #[test]
    fn what_is_said_to_be_enough_is_enough() {
        let contest = contest(&[(40, &[0]), (35, &[1, 2]), (25, &[2, 1])]);
        let count = irv(&contest).expect("a count");
        assert_eq!(count.elected, [1], "25 votes of Cy go to Bo");
        let sentence = upper_bound(&contest, &count, &irv).expect("a bound");
        let votes: u64 = sentence.split(' ').next().and_then(|text| text.parse().ok()).expect("a number");
        assert!((1..=11).contains(&votes), "{sentence}");
        let other = irv(&changed(&contest, votes, 1, 0).unwrap()).expect("a count").elected;
        let another = irv(&changed(&contest, votes, 1, 2).unwrap()).expect("a count").elected;
        assert!(other != [1] || another != [1], "{sentence}");
    }

    #[test]
    fn fewer_than_the_lower_bound_never_change_the_winner() {
        let contest = contest(&[(40, &[0]), (35, &[1, 2]), (25, &[2, 1])]);
        let count = irv(&contest).expect("a count");
        let sentence = lower_bound(&count).expect("a bound");
        assert!(sentence.starts_with("Fewer than 5"), "35 and 25 are ten apart: {sentence}");
    }
}
