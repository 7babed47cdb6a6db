//! Properties of the simple methods on random small elections: a second, obvious count agrees on who is elected in which
//! order, on all totals and on ties; unanimous voters get whom they want; the order of ballots does not matter; votes add
//! up.
//!
//! The ordinary run looks at a few hundred elections per rule; `SCRUTINEER_HARDEN` set, at 10,000.

use std::collections::BTreeSet;

use domain::contest::Candidate;

use super::obvious::{Chosen, Papers, Tally, tally};
use super::*;

const RULES: [&str; 7] = ["plurality", "approval", "score", "star", "borda", "schulze", "ranked-pairs"];

/// A small generator of random numbers, the same in every run.
struct Random(u64);

/// Ballots before they are added: votes and marks.
type Cast = Vec<(u64, Vec<Mark>)>;

impl Random {
    fn below(&mut self, limit: u16) -> u16 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u16::try_from(self.0 % u64::from(limit)).unwrap()
    }

    fn order(&mut self, candidates: u16) -> Vec<u16> {
        let mut left: Vec<u16> = (0..candidates).collect();
        (0..candidates).map(|_| left.remove(usize::from(self.below(u16::try_from(left.len()).unwrap())))).collect()
    }

    /// Marks with equal and left out ranks, candidates named twice, and ranks overvoted by nobody knows whom.
    fn marks(&mut self, marks_are: MarksAre, candidates: u16) -> Vec<Mark> {
        let named = self.below(candidates + 1);
        let chosen = self.order(candidates).into_iter().take(usize::from(named));
        let mut rank = 1;
        let mut marks: Vec<Mark> = Vec::new();
        for candidate in chosen {
            let value = match marks_are {
                MarksAre::Ranks => rank,
                MarksAre::Scores => self.below(6),
                MarksAre::Choices => 1,
            };
            let is_overvote = marks_are != MarksAre::Scores && self.below(20) == 0;
            marks.push(Mark { candidate: if is_overvote { Mark::OVERVOTE } else { candidate }, value });
            if self.below(10) == 0 {
                let other = self.below(6);
                let value = if marks_are == MarksAre::Scores { other } else { value };
                marks.push(Mark { candidate: self.below(candidates), value });
            }
            rank += [0, 1, 1, 1, 1, 1, 2][usize::from(self.below(7))];
        }
        marks
    }

    fn election(&mut self, marks_are: MarksAre) -> (Contest, Cast) {
        let candidates = [1, 2, 3, 3, 4, 4, 4, 5][usize::from(self.below(8))];
        let mut contest = Contest { marks_are, ..Contest::default() };
        for number in 1..=candidates {
            let withdrawn = number > 1 && self.below(12) == 0;
            contest.candidates.push(Candidate { id: number.to_string(), name: format!("C{number}"), withdrawn });
        }
        let standing = u16::try_from(contest.candidates.iter().filter(|it| !it.withdrawn).count()).unwrap();
        contest.seats = Some(u32::from(1 + self.below(standing)));
        if self.below(2) == 0 {
            let given = self.below(candidates + 1);
            contest.tie_order = self.order(candidates).into_iter().take(usize::from(given)).collect();
        }
        let most = 1 + self.below(3);
        let cast: Cast = (0..1 + self.below(9))
            .map(|_| (u64::from(1 + self.below(most)), self.marks(marks_are, candidates)))
            .collect();
        (with(contest, &cast), cast)
    }
}

fn with(mut contest: Contest, cast: &Cast) -> Contest {
    contest.ballots = domain::contest::Ballots::default();
    for (votes, marks) in cast {
        contest.ballots.add(*votes, marks).unwrap();
    }
    contest
}

fn elections() -> usize {
    if std::env::var_os("SCRUTINEER_HARDEN").is_some_and(|value| !value.is_empty()) { 10_000 } else { 300 }
}

/// The kinds of marks that a rule can read.
fn kinds(rule: &str) -> &'static [MarksAre] {
    match rule {
        "plurality" | "approval" => &[MarksAre::Ranks, MarksAre::Scores, MarksAre::Choices],
        "score" | "star" => &[MarksAre::Scores, MarksAre::Scores, MarksAre::Choices],
        _ => &[MarksAre::Ranks, MarksAre::Ranks, MarksAre::Scores],
    }
}

fn each_election(seed: u64, rule: &str, mut look: impl FnMut(&Contest, &Cast, &Count, &str)) {
    let mut random = Random(seed);
    for number in 0..elections() {
        let (mut contest, cast) = random.election(kinds(rule)[number % 3]);
        if rule == "star" {
            contest.seats = Some(1);
        }
        let told = format!("{rule} {number}: {contest:?}");
        let counted = count(&contest, rule, None).unwrap_or_else(|error| panic!("{error} {told}"));
        look(&contest, &cast, &counted, &told);
    }
}

fn doubled(text: &str) -> u64 {
    let (whole, half) = text.split_once('.').unwrap_or((text, "0"));
    2 * whole.parse::<u64>().unwrap() + u64::from(half == "5")
}

/// All orders of the candidates.
fn orders(of: &[usize]) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let starting = |first: &usize| {
        let rest: Vec<usize> = of.iter().copied().filter(|it| it != first).collect();
        orders(&rest).into_iter().map(|rest| [&[*first][..], &rest].concat()).collect::<Vec<_>>()
    };
    of.iter().flat_map(starting).collect()
}

/// The order that cuts ties: as given, then the ballot paper.
fn own_order(contest: &Contest, standing: &[usize]) -> Vec<usize> {
    let given = contest.tie_order.iter().map(|it| usize::from(*it)).filter(|it| standing.contains(it));
    let mut order: Vec<usize> = given.collect();
    order.extend(standing.iter().filter(|it| !contest.tie_order.iter().any(|given| usize::from(*given) == **it)));
    order
}

/// Those who are in by some of the sets and out by others.
fn doubtful<'a>(sets: impl Iterator<Item = &'a Vec<usize>> + Clone, standing: &[usize]) -> Vec<usize> {
    let is_in_some = |it: usize| sets.clone().any(|set| set.contains(&it));
    let is_in_all = |it: usize| sets.clone().all(|set| set.contains(&it));
    standing.iter().copied().filter(|it| is_in_some(*it) && !is_in_all(*it)).collect()
}

#[test]
fn a_slow_and_obvious_count_agrees_on_winners_totals_and_ties() {
    for (seed, rule) in (1_u64..).zip(RULES) {
        let mut ties = 0;
        each_election(seed * 7919, rule, |contest, _, ours, told| {
            let papers = Papers::of(contest);
            let theirs = tally(&papers, contest.candidates.len(), rule);
            let order = own_order(contest, &papers.standing);
            let seats = contest.seats.unwrap() as usize;
            let chosen = theirs.choose(&order, seats);
            assert_eq!(ours.elected, chosen.elected, "{told}");
            let votes: Vec<Option<u64>> = ours.rounds[0].votes.iter().map(|it| it.as_deref().map(doubled)).collect();
            let shown = theirs.shown();
            let shown: Vec<Option<u64>> =
                (0..shown.len()).map(|it| papers.standing.contains(&it).then_some(shown[it])).collect();
            assert_eq!(votes, shown, "{told}");
            let lost = if let Tally::Sums { lost, .. } = theirs { lost } else { 0 };
            assert_eq!(ours.rounds[0].exhausted, lost.to_string(), "{told}");

            let all: Vec<Chosen> = orders(&papers.standing).iter().map(|order| theirs.choose(order, seats)).collect();
            if let Tally::Star { sums, over } = &theirs {
                star_agrees(ours, &chosen, (sums, over), papers.len(), told);
            }
            let is_star = matches!(theirs, Tally::Star { .. });
            let sets = all.iter().map(|it| if is_star { &it.finalists } else { &it.elected });
            let level = doubtful(sets, &papers.standing);
            let other_victories: BTreeSet<_> = all.iter().map(|it| &it.kept).collect();
            let tie = ours.rounds[0].tie.as_ref();
            assert_eq!(tie.is_some(), !level.is_empty() || other_victories.len() > 1, "{level:?} {told}");
            if let Some(tie) = tie {
                ties += 1;
                assert!(tie.candidates.contains(&tie.picked) && ours.tie_dependent, "{tie:?} {told}");
                if other_victories.len() == 1 {
                    assert_eq!(tie.candidates, level, "{told}");
                    let picked = if is_star { &chosen.finalists } else { &chosen.elected };
                    assert_eq!(picked.iter().rev().find(|it| level.contains(it)), Some(&tie.picked), "{told}");
                }
            }
            // Whatever another order would change is told.
            let winners = doubtful(all.iter().map(|it| &it.elected), &papers.standing);
            assert!(winners.is_empty() || ours.tie_dependent, "{winners:?} {told}");
        });
        assert!(ties > elections() / 50, "{rule}: only {ties} ties were looked at");
    }
}

/// The run-off between two.
fn star_agrees(ours: &Count, chosen: &Chosen, (sums, over): (&[u64], &[Vec<u64>]), ballots: usize, told: &str) {
    let [first, second] = chosen.finalists[..] else { return };
    let (for_first, for_second) = (over[first][second], over[second][first]);
    let round = &ours.rounds[1];
    let shown = |it: usize| round.votes[it].as_deref().map(doubled);
    assert_eq!((shown(first), shown(second)), (Some(2 * for_first), Some(2 * for_second)), "{told}");
    assert_eq!(round.votes.iter().flatten().count(), 2, "{told}");
    assert_eq!(round.exhausted, (ballots as u64 - for_first - for_second).to_string(), "{told}");
    let tie = round.tie.as_ref();
    assert_eq!(tie.is_some(), for_first == for_second, "{told}");
    if let Some(tie) = tie {
        assert_eq!((&tie.candidates[..], tie.picked), (&[first.min(second), first.max(second)][..], first), "{told}");
        assert_eq!(tie.how == "the larger sum of scores", sums[first] > sums[second], "{told}");
    }
}

#[test]
fn the_order_of_ballots_does_not_matter() {
    for (seed, rule) in (1_u64..).zip(RULES) {
        let mut random = Random(seed);
        each_election(seed * 104_729, rule, |contest, cast, ours, told| {
            // Ballots one by one, in another order.
            let mut single: Cast =
                cast.iter().flat_map(|(votes, marks)| (0..*votes).map(|_| (1, marks.clone()))).collect();
            for at in (1..single.len()).rev() {
                single.swap(at, usize::from(random.below(u16::try_from(at + 1).unwrap())));
            }
            let other = count(&with(contest.clone(), &single), rule, None).unwrap();
            assert_eq!(format!("{ours:?}"), format!("{other:?}"), "{told}");
        });
    }
}

#[test]
fn votes_add_up() {
    for (seed, rule) in (1_u64..).zip(RULES) {
        each_election(seed * 1_299_709, rule, |contest, _, ours, told| {
            let standing: Vec<bool> = contest.candidates.iter().map(|it| !it.withdrawn).collect();
            let size = standing.iter().filter(|it| **it).count() as u64;
            assert_eq!(ours.elected.len(), ours.seats as usize, "{told}");
            assert!(ours.elected.iter().all(|it| standing[*it]), "{told}");
            let all = 2 * contest.ballots.votes();
            for round in &ours.rounds {
                let sum: u64 = round.votes.iter().flatten().map(|it| doubled(it)).sum();
                let lost = doubled(&round.exhausted);
                let causes: u64 = round.causes.iter().map(|it| doubled(&it.votes)).sum();
                assert!(round.causes.is_empty() || causes == lost, "{told}");
                assert!(round.sentence.ends_with('.'), "{told}");
                match rule {
                    "plurality" => assert_eq!(sum + lost, all, "{told}"),
                    "star" if round.round == 2 && size > 1 => assert_eq!(sum + lost, all, "{told}"),
                    "approval" => assert!(sum + lost >= all && sum + lost <= all * size, "{told}"),
                    "schulze" | "ranked-pairs" => assert!(sum <= size * (size - 1), "{told}"),
                    "borda" => assert!(sum + lost * size * (size - 1) / 2 <= all * size * (size - 1) / 2, "{told}"),
                    _ => {}
                }
            }
        });
    }
}

/// Whole rankings give away all points and all comparisons.
#[test]
fn whole_rankings_give_all_points() {
    let mut random = Random(31);
    for _ in 0..elections() {
        let size = 1 + random.below(5);
        let rank = |order: Vec<u16>| order.into_iter().zip(1..).map(|(candidate, value)| Mark { candidate, value });
        let cast: Cast = (0..2 * random.below(5) + 1).map(|_| (1, rank(random.order(size)).collect())).collect();
        let candidates = (1..=size).map(|it| Candidate { id: it.to_string(), ..Candidate::default() }).collect();
        let contest = with(Contest { candidates, ..Contest::default() }, &cast);
        let pairs = u64::from(size) * u64::from(size - 1) / 2;
        for (rule, all) in [("borda", pairs * cast.len() as u64), ("schulze", pairs), ("ranked-pairs", pairs)] {
            let counted = count(&contest, rule, None).unwrap();
            let sum: u64 = counted.rounds[0].votes.iter().flatten().map(|it| doubled(it)).sum();
            assert_eq!(sum, 2 * all, "{rule} {cast:?}");
        }
    }
}

#[test]
fn unanimous_voters_get_whom_they_want() {
    for rule in RULES {
        let mut random = Random(5);
        for number in 0..elections() {
            let size = 2 + random.below(4);
            let order = random.order(size);
            let marks_are = kinds(rule)[number % 3];
            let value = |place: u16| match marks_are {
                MarksAre::Ranks => place + 1,
                MarksAre::Scores => size - place,
                MarksAre::Choices => 1,
            };
            let mut marks: Vec<Mark> =
                (0..).zip(&order).map(|(place, &candidate)| Mark { candidate, value: value(place) }).collect();
            if marks_are == MarksAre::Choices || rule == "approval" {
                marks.truncate(1);
            }
            let candidates = (1..=size).map(|it| Candidate { id: it.to_string(), ..Candidate::default() }).collect();
            let votes = u64::from(1 + random.below(50));
            let contest = with(Contest { candidates, marks_are, ..Contest::default() }, &vec![(votes, marks)]);
            let counted = count(&contest, rule, Some(1)).unwrap();
            let elected: Vec<usize> = vec![usize::from(order[0])];
            assert_eq!((&counted.elected, counted.rounds.last().unwrap().tie.is_some()), (&elected, false), "{rule}");
        }
    }
}
