//! Piles of all rules on random small elections: the votes of a pile are those of the round, every ballot lies somewhere as
//! a whole, and nothing lies loose with a candidate who continues.

use std::collections::BTreeMap;

use domain::contest::Mark;

use super::tests::{Random, contest, elections, units};
use super::*;

/// Every pile of every round, whole.
fn all_piles(contest: &Contest, rule: &str) -> (Count, Vec<Pile>) {
    let count = count(contest, rule, &Options::default()).unwrap();
    let holders = || (0..count.candidates.len()).map(Some).chain([None]);
    let ask = |round: usize, holder| PileAsked { round, holder, naming: None, from: 0, limit: usize::MAX };
    let asked: Vec<PileAsked> =
        (1..=count.rounds.len()).flat_map(|round| holders().map(move |holder| ask(round, holder))).collect();
    let piles = piles(contest, rule, &Options::default(), &asked).unwrap();
    assert_eq!(piles.len(), asked.len());
    (count, piles)
}

#[test]
fn piles_hold_what_the_rounds_show() {
    let mut random = Random(314);
    for number in 0..elections() / 3 {
        let small = random.election();
        let contest = contest(&small);
        for profile in PROFILES {
            let rule = profile.name;
            let is_plain = matches!(profile.arithmetic, ArithmeticName::Fixed { .. });
            let (count, piles) = all_piles(&contest, rule);
            let mut decided: Vec<usize> = Vec::new();
            for round in &count.rounds {
                let one = units(&one_like(&round.exhausted));
                let mut of_ballots: BTreeMap<Vec<Vec<usize>>, i128> = BTreeMap::new();
                for pile in piles.iter().filter(|pile| pile.round == round.round) {
                    let told = format!("{rule} {number} {pile:?} {round:?} {small:?}");
                    let shown = pile.holder.map_or(Some(&round.exhausted), |place| round.votes[place].as_ref());
                    assert_eq!(units(&pile.votes), shown.map_or(0, |votes| units(votes)), "{told}");
                    let listed: i128 = pile.listed.iter().map(|group| units(&group.votes)).sum();
                    let loose = pile.loose.as_deref().map_or(0, units);
                    assert_eq!(listed + loose, units(&pile.votes), "{told}");
                    let rounded = i128::try_from(pile.listed.len()).unwrap();
                    let allowed = if is_plain { 0 } else { rounded };
                    // Who stood when the round opened has passed on nothing yet.
                    let continues = pile.holder.is_some_and(|place| !decided.contains(&place));
                    assert!(!continues || loose.abs() <= allowed, "{told}");
                    for group in &pile.listed {
                        assert_eq!(group.ends.is_empty(), pile.holder.is_some(), "{told}");
                        if is_plain {
                            assert_eq!(units(&group.worth) * i128::from(group.ballots), units(&group.votes), "{told}");
                        }
                        *of_ballots.entry(group.ranking.clone()).or_default() += units(&group.votes);
                    }
                }
                let mut cast: BTreeMap<Vec<Vec<usize>>, i128> = BTreeMap::new();
                for prefs in &small.ballots {
                    *cast.entry(prefs.iter().map(|&place| vec![place]).collect()).or_default() += one;
                }
                for (ranking, votes) in &cast {
                    let lying = of_ballots.get(ranking).copied().unwrap_or(0);
                    let allowed = if is_plain { 0 } else { 1 + count.candidates.len() as i128 };
                    assert!(
                        (lying - votes).abs() <= allowed,
                        "{rule} {number} {ranking:?} {lying} {round:?} {small:?}"
                    );
                }
                decided.extend(round.elected.iter().chain(&round.excluded));
            }
        }
    }
}

/// Three votes for a shared first rank, one for the third: each of the two lies with half of the three. A round that does not
/// exist is told.
#[test]
fn shared_ranks_lie_with_all_who_share() {
    let mut contest = contest(&super::obvious::Small { seats: 1, candidates: 3, ballots: vec![vec![2]] });
    let shared = [0, 1].map(|candidate| Mark { candidate, value: 1 });
    contest.ballots.add(3, &shared).unwrap();
    let ask = |holder, naming| PileAsked { round: 1, holder, naming, from: 0, limit: 5 };
    let asked = [ask(Some(0), None), ask(Some(1), Some(0)), ask(Some(1), Some(2)), ask(None, None)];
    let options = Options { arithmetic: Some("fixed-p2".to_owned()), ..Options::default() };
    let found = piles(&contest, "meek", &options, &asked).unwrap();
    for pile in &found[..2] {
        let [group] = &pile.listed[..] else { panic!("{pile:?}") };
        assert_eq!((&group.ranking, group.ballots), (&vec![vec![0, 1]], 3));
        assert_eq!((group.worth.as_str(), group.votes.as_str(), pile.votes.as_str()), ("0.50", "1.50", "1.50"));
    }
    assert_eq!((found[2].groups, found[2].votes.as_str(), found[2].together.as_str()), (0, "1.50", "0"));
    assert_eq!((found[3].groups, found[3].votes.as_str()), (0, "0.00"));
    let late = PileAsked { round: 99, ..asked[0] };
    assert_eq!(piles(&contest, "meek", &options, &[late]).unwrap_err().kind, "bad_option");
    let stranger = PileAsked { holder: Some(7), ..asked[0] };
    assert_eq!(piles(&contest, "meek", &options, &[stranger]).unwrap_err().kind, "bad_option");
}

/// One vote with as many places as a number has.
fn one_like(like: &str) -> String {
    match like.split_once('.') {
        Some((_, places)) => format!("1.{}", "0".repeat(places.len())),
        None => "1".to_owned(),
    }
}
