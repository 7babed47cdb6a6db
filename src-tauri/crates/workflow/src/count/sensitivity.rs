//! What it would take to change who is elected: exact where the rule is a plain sum, bounds elsewhere.
//!
//! * Plurality, approval and The Logbook's methods of sums: exact. A changed ballot moves one vote from one candidate to
//!   another, as far as there are ballots that choose the one and not the other.
//! * One seat by excluding the last: a change of k ballots moves the distance of two candidates by at most 2k, in every round
//!   where the same ones stand. As long as no exclusion was closer than that, and the winner was further above half of
//!   what the round holds, nothing changes: a lower bound. (Another one with a majority in an earlier round would keep it.)
//! * Several seats: the same for what was decided before the first surplus passed on; behind it votes are fractions that
//!   depend on one another, and no lower bound is claimed.
//! * Every transferable rule: ballots are changed, one kind after the other, until the very same count elects somebody else.
//!   What was found is a proof that so many are enough: an upper bound. That fewer would not do is not claimed.

use std::collections::BTreeSet;

use domain::contest::{Ballots, Contest, Mark, MarksAre};
use tally::Count;
use tally::count::Round;

/// Kinds of ballots up to which counts are repeated.
const MOST_KINDS: usize = 60_000;
/// Counts that one search may take.
const MOST_COUNTS: usize = 60;

/// Sentences about the count of a contest; empty where nothing can be said. `again` counts another contest by the same rule.
pub(super) fn told(contest: &Contest, count: &Count, again: &dyn Fn(&Contest) -> Option<Count>) -> Vec<String> {
    match count.rule.name {
        "plurality" | "approval" => exact(contest, count).into_iter().collect(),
        _ => {
            let mut sentences: Vec<String> = lower_bound(count).iter().map(|lower| lower.told(count)).collect();
            sentences.extend(upper_bound(contest, count, again));
            sentences
        }
    }
}

fn name(count: &Count, place: usize) -> &str {
    count.candidates.get(place).map_or("", String::as_str)
}

fn whole(votes: Option<&Option<String>>) -> Option<u64> {
    let votes = votes?.as_ref()?;
    match votes.split_once('E') {
        // Less than one vote, as some rules write it.
        Some((_, exponent)) if exponent.starts_with('-') => Some(0),
        Some(_) => None,
        None => votes.split('.').next()?.parse().ok(),
    }
}

fn changed_ballots(votes: u64) -> String {
    if votes == 1 { "1 changed ballot".to_owned() } else { format!("{votes} changed ballots") }
}

fn exact(contest: &Contest, count: &Count) -> Option<String> {
    let round = count.rounds.last()?;
    let last = *count.elected.last()?;
    let held = whole(round.votes.get(last))?;
    let others = (0..count.candidates.len()).filter(|place| !count.elected.contains(place));
    let (votes, next) = others.filter_map(|place| Some((whole(round.votes.get(place))?, place))).max()?;
    let distance = held.checked_sub(votes)?;
    // A ballot that chooses the one and not the other counts twice, any other one once.
    let twice = if count.rule.name == "approval" { choose_only(contest, last, next) } else { held };
    let needed = if distance / 2 < twice { distance / 2 + 1 } else { distance - twice + 1 };
    Some(format!(
        "{}, and no fewer, can elect {} instead of {}: {} votes lie between them.",
        changed_ballots(needed),
        name(count, next),
        name(count, last),
        distance
    ))
}

/// Votes of the ballots that choose one candidate and not the other.
fn choose_only(contest: &Contest, one: usize, other: usize) -> u64 {
    let chooses = |marks: &[Mark], place: usize| {
        let is_chosen = |mark: &Mark| contest.marks_are != MarksAre::Scores || mark.value > 0;
        marks.iter().any(|mark| usize::from(mark.candidate) == place && is_chosen(mark))
    };
    let ballots = contest.ballots.iter().filter(|it| chooses(it.marks, one) && !chooses(it.marks, other));
    ballots.map(|ballot| ballot.votes).sum()
}

/// Candidates whose votes are moved: whoever has fewer votes than these needs more changed ballots.
const MOVED: usize = 25;

/// A change of the sums of votes: who loses them, who gains them.
type Move = (Option<usize>, Option<usize>);

/// Exact, for rules that look at sums of votes: the fewest changed ballots that change `elected`. Under approval a ballot
/// chooses as many as it likes.
pub(super) fn of_sums(
    contest: &Contest,
    is_approval: bool,
    elected: &dyn Fn(&[u64]) -> BTreeSet<String>,
) -> Option<String> {
    let stands = |place: usize| contest.candidates.get(place).is_some_and(|candidate| !candidate.withdrawn);
    let mut votes = vec![0_u64; contest.candidates.len()];
    let mut ballots = 0;
    for ballot in contest.ballots.iter() {
        let chosen = ballot.marks.iter().map(|mark| usize::from(mark.candidate)).filter(|place| stands(*place));
        let chosen: BTreeSet<usize> = chosen.take(if is_approval { usize::MAX } else { 1 }).collect();
        ballots += if chosen.is_empty() { 0 } else { ballot.votes };
        chosen.into_iter().for_each(|place| votes[place] += ballot.votes);
    }
    let now = elected(&votes);
    let mut places: Vec<usize> = (0..votes.len()).filter(|place| stands(*place)).collect();
    places.sort_by_key(|place| (std::cmp::Reverse(votes[*place]), *place));
    places.truncate(MOVED);
    let some = || places.iter().copied().map(Some);
    let pairs = some().flat_map(|from| some().filter(move |to| *to != from).map(move |to| (from, to)));
    let moves: Vec<Move> = pairs.chain(some().map(|to| (None, to))).chain(some().map(|from| (from, None))).collect();
    let mut best: Option<(u64, Move)> = None;
    for change in moves {
        let both = match change {
            (Some(from), Some(to)) if is_approval => choose_only(contest, from, to),
            _ => u64::MAX,
        };
        let changes = |count: u64| {
            let votes = moved(&votes, ballots, is_approval.then_some(both), change, count)?;
            Some(elected(&votes) != now)
        };
        // What is sought is below the best so far; more cannot be moved than there is.
        let (mut low, mut high) = (0, best.map_or(ballots, |(votes, _)| votes - 1));
        if changes(high) == Some(false) {
            continue;
        }
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if changes(middle) == Some(false) { low = middle } else { high = middle }
        }
        if high > 0 && changes(high) == Some(true) {
            best = Some((high, change));
        }
        if high <= 1 && best.is_some_and(|(votes, _)| votes == 1) {
            break;
        }
    }
    let (needed, (from, to)) = best?;
    let name = |place: usize| contest.candidates[place].name.as_str();
    let how = match (from, to) {
        (Some(from), Some(to)) => format!("votes for {} that go to {}", name(from), name(to)),
        (None, Some(to)) => format!("votes for others that go to {}", name(to)),
        (Some(from), None) => format!("votes for {} that go to others", name(from)),
        (None, None) => return None,
    };
    Some(format!("{}, and no fewer, can change who is elected: {how}.", changed_ballots(needed)))
}

/// The sums after a change of `count` ballots; nothing where there are not so many to change.
fn moved(votes: &[u64], ballots: u64, both: Option<u64>, change: Move, count: u64) -> Option<Vec<u64>> {
    let mut votes = votes.to_vec();
    match (change, both) {
        ((Some(from), Some(to)), Some(both)) => {
            // Ballots that choose only the one lose it and gain the other; then those that choose both lose the one; then those
            // that choose neither gain the other.
            let twice = count.min(both);
            let dropped = (count - twice).min(votes[from] - both.min(votes[from]));
            let raised = count - twice - dropped;
            votes[from] = votes[from].checked_sub(twice + dropped)?;
            votes[to] += twice + raised;
            (votes[to] <= ballots).then_some(votes)
        }
        ((from, to), Some(_)) => {
            if let Some(from) = from {
                votes[from] = votes[from].checked_sub(count)?;
            }
            if let Some(to) = to {
                votes[to] += count;
                return (votes[to] <= ballots).then_some(votes);
            }
            Some(votes)
        }
        ((Some(from), to), None) => {
            votes[from] = votes[from].checked_sub(count)?;
            // To nobody in particular: to whoever has least, which lifts nobody first.
            let to = to.or_else(|| (0..votes.len()).filter(|place| *place != from).min_by_key(|place| votes[*place]));
            votes[to?] += count;
            Some(votes)
        }
        ((None, to), None) => {
            let to = to?;
            let mut left = count;
            while left > 0 {
                let from = (0..votes.len()).filter(|place| *place != to).max_by_key(|place| votes[*place])?;
                let next =
                    (0..votes.len()).filter(|place| *place != to && *place != from).map(|place| votes[place]).max();
                let part = left.min((votes[from] - next.unwrap_or(0)).max(1)).min(votes[from]);
                if part == 0 {
                    return None;
                }
                votes[from] -= part;
                votes[to] += part;
                left -= part;
            }
            Some(votes)
        }
    }
}

/// Rules that exclude the last by votes, whole ones until a surplus passes on.
fn excludes_the_last(rule: &str) -> bool {
    rule != "qpq" && (tally::methods::stv::is_rule(rule) || matches!(rule, "rctab" | "logbook-ranked" | "astra-meek"))
}

/// How far a count is sure to go the same way.
#[derive(Debug, PartialEq, Eq)]
struct Lower {
    /// Fewer changed ballots change none of it.
    needed: u64,
    elected: Vec<usize>,
    excluded: Vec<usize>,
}

impl Lower {
    fn told(&self, count: &Count) -> String {
        let needed = self.needed;
        if count.seats == 1 {
            return format!(
                "Fewer than {needed} changed ballots cannot change the winner: no exclusion of any round was closer, nor the majority at the end."
            );
        }
        let names = |places: &[usize]| places.iter().map(|place| name(count, *place)).collect::<Vec<_>>().join(", ");
        let fates = [("excluded", &self.excluded), ("elected", &self.elected)];
        let fates = fates.iter().filter(|(_, places)| !places.is_empty());
        let fates: Vec<String> = fates.map(|(word, places)| format!("{word}: {}", names(places))).collect();
        format!(
            "Fewer than {needed} changed ballots cannot change what was decided before the first surplus passed on ({}). For what follows no such bound is known.",
            fates.join("; ")
        )
    }
}

/// The bound from below: see the head of this file.
fn lower_bound(count: &Count) -> Option<Lower> {
    if !excludes_the_last(count.rule.name) {
        return None;
    }
    let is_single = count.seats == 1;
    let mut sure = Lower { needed: u64::MAX, elected: Vec::new(), excluded: Vec::new() };
    for round in &count.rounds {
        let votes = |place: usize| whole(round.votes.get(place));
        let standing: Vec<usize> = (0..count.candidates.len())
            .filter(|place| !sure.excluded.contains(place) && votes(*place).is_some())
            .collect();
        if !round.elected.is_empty() {
            let margin = if is_single { majority(round, &standing) } else { election(count, round, &standing) };
            if let Some(needed) = margin.map(|margin| margin.div_ceil(2)).filter(|needed| is_single || *needed > 1) {
                sure.needed = sure.needed.min(needed);
                sure.elected.clone_from(&round.elected);
            }
            break;
        }
        if round.excluded.is_empty() {
            continue;
        }
        let Some(needed) = exclusion(round, &standing, is_single).map(|margin| margin.div_ceil(2)) else { break };
        if needed <= 1 {
            break;
        }
        sure.needed = sure.needed.min(needed);
        sure.excluded.extend(&round.excluded);
    }
    let is_told = sure.needed < u64::MAX.div_ceil(2) && sure.needed > 1 && (!is_single || !sure.elected.is_empty());
    is_told.then_some(sure)
}

/// How far the winner is above all others of a round together. The only one left has won by the exclusion of the last but one.
fn majority(round: &Round, standing: &[usize]) -> Option<u64> {
    let votes = |place: usize| whole(round.votes.get(place));
    let winner = *round.elected.first()?;
    let others: Vec<u64> =
        standing.iter().filter(|place| **place != winner).filter_map(|place| votes(*place)).collect();
    if others.is_empty() { Some(u64::MAX) } else { votes(winner)?.checked_sub(others.iter().sum()) }
}

/// How far those who are elected are above the quota, and all others below it.
fn election(count: &Count, round: &Round, standing: &[usize]) -> Option<u64> {
    if count.rule.name == "ers97" {
        return None;
    }
    let quota = whole(Some(&round.quota))?;
    let margin = |place: &usize| {
        let votes = whole(round.votes.get(*place))?;
        if round.elected.contains(place) { votes.checked_sub(quota) } else { quota.checked_sub(votes) }
    };
    let margins: Option<Vec<u64>> = standing.iter().map(margin).collect();
    margins?.into_iter().min()
}

/// How far those who are excluded together are below the next one, and, of several seats, everybody below the quota.
fn exclusion(round: &Round, standing: &[usize], is_single: bool) -> Option<u64> {
    let votes = |place: &usize| whole(round.votes.get(*place));
    if round.excluded.len() > 1 && !is_single {
        return None;
    }
    let out: u64 = round.excluded.iter().map(votes).sum::<Option<u64>>()?;
    let next = standing.iter().filter(|place| !round.excluded.contains(place)).filter_map(votes).min()?;
    let margin = next.checked_sub(out)?;
    if is_single {
        return Some(margin);
    }
    let most = standing.iter().filter_map(votes).max()?;
    Some(margin.min(whole(Some(&round.quota))?.checked_sub(most)?))
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
    fn a_close_end_counts_in_the_lower_bound() {
        // Cy is ten behind, but Ada has 51 against 49 at the end: one changed ballot makes a tie.
        let close = contest(&[(40, &[0]), (35, &[1]), (11, &[2, 0]), (14, &[2, 1])]);
        let count = irv(&close).expect("a count");
        assert_eq!(count.elected, [0]);
        assert_eq!(lower_bound(&count), None);
        let clear = contest(&[(40, &[0]), (35, &[1, 2]), (25, &[2, 1])]);
        let found = lower_bound(&irv(&clear).expect("a count")).expect("a bound");
        assert_eq!(found.needed, 5, "35 and 25 are ten apart, 60 and 40 twenty");
    }

    /// A small generator of random numbers, the same in every run.
    struct Random(u64);

    impl Random {
        fn below(&mut self, limit: u64) -> u64 {
            self.0 ^= self.0 << 13;
            self.0 ^= self.0 >> 7;
            self.0 ^= self.0 << 17;
            self.0 % limit
        }

        fn ranks(&mut self, candidates: u64) -> Vec<u16> {
            let mut left: Vec<u16> = (0..u16::try_from(candidates).unwrap()).collect();
            let named = 1 + self.below(candidates);
            (0..named).map(|_| left.remove(usize::try_from(self.below(left.len() as u64)).unwrap())).collect()
        }

        /// Ballots of five candidates, some much liked so that there is something to be sure of.
        fn ballots(&mut self) -> Vec<Vec<u16>> {
            let mut ballots = Vec::new();
            for _ in 0..2 + self.below(6) {
                let ranks = self.ranks(5);
                let votes = 1 + self.below(12);
                ballots.extend((0..votes).map(|_| ranks.clone()));
            }
            ballots
        }
    }

    fn of_five(ballots: &[Vec<u16>], seats: u32) -> Contest {
        let mut contest = Contest { seats: Some(seats), ..Contest::default() };
        contest.candidates =
            (1..=5).map(|it| Candidate { id: it.to_string(), name: format!("C{it}"), withdrawn: false }).collect();
        for ranks in ballots {
            let marks: Vec<Mark> = ranks.iter().zip(1..).map(|(&candidate, value)| Mark { candidate, value }).collect();
            contest.ballots.add(1, &marks).unwrap();
        }
        contest
    }

    /// Random changes of as many ballots as the bound allows, on random elections.
    #[test]
    fn fewer_than_the_lower_bound_change_nothing_that_is_sure() {
        let mut random = Random(4711);
        let mut looked = 0;
        for rule in
            ["wigm", "scotland", "meek", "meek-prf", "ers97", "dublin", "mpls", "wright", "cfer-batch", "warren"]
        {
            for number in 0..400 {
                let seats = if number % 2 == 0 { 1 } else { 2 };
                let ballots = random.ballots();
                let again = |ballots: &[Vec<u16>]| {
                    stv::count(&of_five(ballots, seats), rule, &stv::Options::default()).unwrap()
                };
                let count = again(&ballots);
                let Some(sure) = lower_bound(&count) else { continue };
                looked += 1;
                for _ in 0..20 {
                    let mut changed = ballots.clone();
                    for _ in 1..sure.needed {
                        let at = usize::try_from(random.below(changed.len() as u64)).unwrap();
                        changed[at] = random.ranks(5);
                    }
                    let other = again(&changed);
                    let told = format!("{rule} {seats} {sure:?} {ballots:?} {changed:?}");
                    assert!(sure.elected.iter().all(|place| other.elected.contains(place)), "{told}");
                    assert!(!sure.excluded.iter().any(|place| other.elected.contains(place)), "{told}");
                }
            }
        }
        assert!(looked > 500, "{looked}");
    }

    /// All changes of small elections: fewer than the number told change nothing, and so many do.
    #[test]
    fn sums_are_changed_by_exactly_so_many_ballots() {
        let mut random = Random(99);
        for number in 0..300 {
            let is_approval = number % 2 == 0;
            let kinds: Vec<Vec<u16>> = if is_approval {
                vec![vec![0], vec![1], vec![2], vec![0, 1], vec![0, 2], vec![1, 2], vec![0, 1, 2]]
            } else {
                vec![vec![0], vec![1], vec![2]]
            };
            let draw = |random: &mut Random| usize::try_from(random.below(kinds.len() as u64)).unwrap();
            let cast: Vec<usize> = (0..2 + random.below(4)).map(|_| draw(&mut random)).collect();
            let threshold = 1 + random.below(4);
            let by_threshold = number % 3 == 0;
            let elected = |votes: &[u64]| -> BTreeSet<String> {
                let most = votes.iter().max().copied().unwrap_or(0);
                let wins = |votes: u64| if by_threshold { votes >= threshold } else { votes == most && votes > 0 };
                votes
                    .iter()
                    .enumerate()
                    .filter(|(_, votes)| wins(**votes))
                    .map(|(place, _)| place.to_string())
                    .collect()
            };
            let sums = |cast: &[usize]| {
                let mut votes = vec![0; 3];
                cast.iter().flat_map(|kind| &kinds[*kind]).for_each(|place| votes[usize::from(*place)] += 1);
                votes
            };
            let mut contest = contest(&[]);
            contest.marks_are = MarksAre::Choices;
            for kind in &cast {
                let marks: Vec<Mark> = kinds[*kind].iter().map(|&candidate| Mark { candidate, value: 1 }).collect();
                contest.ballots.add(1, &marks).unwrap();
            }
            let told = of_sums(&contest, is_approval, &elected);
            let needed = told.as_ref().map(|told| told.split(' ').next().unwrap().parse::<usize>().unwrap());
            // The fewest changed ballots of all ways to cast them.
            let now = elected(&sums(&cast));
            let ways = kinds.len().pow(u32::try_from(cast.len()).unwrap());
            let other = |mut way: usize| -> Vec<usize> {
                cast.iter()
                    .map(|_| {
                        let kind = way % kinds.len();
                        way /= kinds.len();
                        kind
                    })
                    .collect()
            };
            let changing = (0..ways).map(other).filter(|other| elected(&sums(other)) != now);
            let fewest = changing.map(|other| other.iter().zip(&cast).filter(|(one, own)| one != own).count()).min();
            assert_eq!(
                needed, fewest,
                "{told:?} {cast:?} approval {is_approval}, by threshold {by_threshold} {threshold}"
            );
        }
    }

    #[test]
    fn approvals_of_both_are_moved_one_by_one() {
        // Ada 10, Bo 4 on ballots that choose both: dropping Ada from such a ballot moves one vote, not two.
        let mut contest = contest(&[]);
        contest.marks_are = MarksAre::Choices;
        for (votes, chosen) in [(1, &[0][..]), (9, &[0, 1]), (3, &[2])] {
            let marks: Vec<Mark> = chosen.iter().map(|&candidate| Mark { candidate, value: 1 }).collect();
            contest.ballots.add(votes, &marks).unwrap();
        }
        let count = simple::count(&contest, "approval", Some(1)).unwrap();
        assert_eq!(count.elected, [0]);
        assert!(
            exact(&contest, &count).unwrap().starts_with("1 changed ballot"),
            "one for Ada alone makes 9 against 10"
        );
        contest.ballots.add(4, &[Mark { candidate: 0, value: 1 }, Mark { candidate: 1, value: 1 }]).unwrap();
        contest.ballots.add(2, &[Mark { candidate: 0, value: 1 }, Mark { candidate: 2, value: 1 }]).unwrap();
        let count = simple::count(&contest, "approval", Some(1)).unwrap();
        // Ada 16, Bo 13: of three ballots that choose Ada and not Bo two make 14 against 15.
        assert!(exact(&contest, &count).unwrap().starts_with("2 changed ballots"));
    }
}
