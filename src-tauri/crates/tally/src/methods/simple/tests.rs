//! Simple methods on elections worked out by hand.

use super::*;
use domain::contest::Candidate;

fn contest(marks_are: MarksAre, candidates: u16, ballots: &[(u64, &[(u16, u16)])]) -> Contest {
    let candidates =
        (1..=candidates).map(|it| Candidate { id: it.to_string(), name: format!("C{it}"), withdrawn: false });
    let mut contest = Contest { candidates: candidates.collect(), marks_are, seats: Some(1), ..Contest::default() };
    for (votes, marks) in ballots {
        let marks: Vec<Mark> = marks.iter().map(|&(candidate, value)| Mark { candidate, value }).collect();
        contest.ballots.add(*votes, &marks).unwrap();
    }
    contest
}

fn ranks(candidates: u16, ballots: &[(u64, &[u16])]) -> Contest {
    let marked: Vec<(u64, Vec<(u16, u16)>)> =
        ballots.iter().map(|(votes, order)| (*votes, order.iter().copied().zip(1..).collect())).collect();
    let marked: Vec<(u64, &[(u16, u16)])> = marked.iter().map(|(votes, marks)| (*votes, &marks[..])).collect();
    contest(MarksAre::Ranks, candidates, &marked)
}

fn elected(contest: &Contest, rule: &str) -> Vec<usize> {
    count(contest, rule, None).unwrap_or_else(|error| panic!("{rule}: {error}")).elected
}

/// The capital of Tennessee, the usual example of voting theory.
fn tennessee() -> Contest {
    ranks(4, &[(42, &[0, 1, 2, 3]), (26, &[1, 2, 3, 0]), (15, &[2, 3, 1, 0]), (17, &[3, 2, 1, 0])])
}

#[test]
fn one_election_has_different_winners_by_rule() {
    let contest = tennessee();
    for (rule, winner, votes) in [
        ("plurality", 0, ["42", "26", "15", "17"]),
        ("borda", 1, ["126", "194", "173", "107"]),
        ("schulze", 1, ["0", "3", "2", "1"]),
        ("ranked-pairs", 1, ["0", "3", "2", "1"]),
    ] {
        let count = count(&contest, rule, None).unwrap();
        assert_eq!(count.elected, [winner], "{rule}");
        assert_eq!(count.rounds[0].votes, votes.map(|text| Some(text.to_owned())), "{rule}");
        assert!(!count.tie_dependent, "{rule}");
    }
}

/// Example 1 of Schulze's paper: 45 ballots, ranking E > A > C > B > D.
#[test]
fn schulze_ranks_the_example_of_the_paper() {
    let mut contest = ranks(
        5,
        &[
            (5, &[0, 2, 1, 4, 3]),
            (5, &[0, 3, 4, 2, 1]),
            (8, &[1, 4, 3, 0, 2]),
            (3, &[2, 0, 1, 4, 3]),
            (7, &[2, 0, 4, 1, 3]),
            (2, &[2, 1, 0, 3, 4]),
            (7, &[3, 2, 4, 1, 0]),
            (8, &[4, 1, 0, 3, 2]),
        ],
    );
    contest.seats = Some(4);
    assert_eq!(elected(&contest, "schulze"), [4, 0, 2, 1]);
}

#[test]
fn a_circle_loses_its_weakest_victory() {
    // A beats B 6 to 3, B beats C 7 to 2, C beats A 5 to 4.
    let contest = ranks(3, &[(4, &[0, 1, 2]), (3, &[1, 2, 0]), (2, &[2, 0, 1])]);
    assert_eq!(elected(&contest, "ranked-pairs"), [0]);
    assert_eq!(elected(&contest, "schulze"), [0]);
}

#[test]
fn star_lets_the_two_best_meet() {
    let contest =
        contest(MarksAre::Scores, 3, &[(3, &[(0, 5), (1, 4)]), (2, &[(1, 5), (2, 3)]), (4, &[(2, 5), (1, 4), (0, 3)])]);
    let score = count(&contest, "score", None).unwrap();
    assert_eq!((score.elected[..].to_vec(), score.rounds[0].votes[1].as_deref()), (vec![1], Some("38")));
    let star = count(&contest, "star", None).unwrap();
    // The second and the first have most points; 3 ballots prefer the first of the two, 6 the second.
    assert_eq!(star.rounds[0].votes, ["27", "38", "26"].map(|text| Some(text.to_owned())));
    assert_eq!(star.elected, [1]);
    assert_eq!(star.rounds[1].votes[..2], ["3", "6"].map(|text| Some(text.to_owned())));
}

#[test]
fn approval_counts_every_choice_and_ties_are_told() {
    let mut contest = contest(MarksAre::Choices, 3, &[(2, &[(0, 1), (1, 1)]), (1, &[(1, 1), (2, 1)]), (1, &[(0, 1)])]);
    let count = super::count(&contest, "approval", None).unwrap();
    assert_eq!(count.elected, [0]);
    let tie = count.rounds[0].tie.clone().unwrap();
    assert_eq!((tie.candidates, tie.picked, count.tie_dependent), (vec![0, 1], 0, true));
    contest.tie_order = vec![1];
    assert_eq!(elected(&contest, "approval"), [1]);
    contest.candidates[1].withdrawn = true;
    assert_eq!(elected(&contest, "approval"), [0]);
}

#[test]
fn borda_shares_points_and_gives_none_to_the_unranked() {
    let contest = contest(MarksAre::Ranks, 4, &[(1, &[(0, 1), (1, 1)]), (2, &[(2, 1)])]);
    let count = super::count(&contest, "borda", None).unwrap();
    assert_eq!(count.rounds[0].votes, ["2.5", "2.5", "6", "0"].map(|text| Some(text.to_owned())));
}

/// A ballot that gives nobody but the first a score above 0 puts the two others level, one marked 0 and one not at all.
#[test]
fn no_mark_is_a_score_of_0() {
    let scores = contest(MarksAre::Scores, 3, &[(3, &[(0, 5), (1, 0)]), (1, &[(2, 0), (1, 0)])]);
    let star = count(&scores, "star", None).unwrap();
    assert_eq!(star.rounds[0].tie.as_ref().map(|tie| &tie.candidates[..]), Some(&[1, 2][..]));
    let plurality = count(&scores, "plurality", None).unwrap();
    assert_eq!((plurality.rounds[0].votes[0].as_deref(), &plurality.rounds[0].exhausted[..]), (Some("3"), "1"));
    assert_eq!(plurality.rounds[0].causes[0].cause, "no valid choice");
}

#[test]
fn a_first_rank_that_the_source_calls_overvoted_elects_nobody() {
    let ballots: &[(u64, &[(u16, u16)])] = &[(2, &[(Mark::OVERVOTE, 1), (0, 2)]), (1, &[(1, 1), (Mark::OVERVOTE, 2)])];
    let count = count(&contest(MarksAre::Ranks, 2, ballots), "plurality", None).unwrap();
    assert_eq!((&count.elected[..], &count.rounds[0].exhausted[..]), (&[1][..], "2"));
    assert_eq!(count.rounds[0].causes[0].cause, "overvote");
}

/// The first beats the second, and the third is level with both: first and third could both be elected.
#[test]
fn a_tie_is_told_though_the_next_one_is_beaten() {
    let contest = ranks(3, &[(2, &[0, 1]), (1, &[2, 0, 1]), (1, &[2])]);
    for rule in ["schulze", "ranked-pairs"] {
        let tie = count(&contest, rule, None).unwrap().rounds[0].tie.clone().unwrap();
        assert_eq!((tie.candidates, tie.picked), (vec![0, 2], 0), "{rule}");
    }
}

/// A circle of three equally large victories: the order keeps two of them, and that is told.
#[test]
fn a_circle_of_equal_victories_is_a_tie() {
    let mut contest = ranks(3, &[(1, &[0, 1, 2]), (1, &[1, 2, 0]), (1, &[2, 0, 1])]);
    for (order, winner) in [(0, 0), (1, 1), (2, 2)] {
        contest.tie_order = vec![order];
        for rule in ["schulze", "ranked-pairs"] {
            let count = count(&contest, rule, None).unwrap();
            assert_eq!((&count.elected[..], count.tie_dependent), (&[winner][..], true), "{rule}");
        }
    }
}

#[test]
fn what_cannot_be_counted_is_told() {
    let ranked = tennessee();
    let chosen = contest(MarksAre::Choices, 2, &[(1, &[(0, 1)])]);
    for (contest, rule, seats, kind) in [
        (&ranked, "score", None, "bad_ballots"),
        (&chosen, "schulze", None, "bad_ballots"),
        (&ranked, "plurality", Some(0), "no_seats"),
        (&ranked, "plurality", Some(5), "too_few_candidates"),
        (&ranked, "lottery", None, "bad_option"),
        (&Contest::default(), "plurality", None, "no_candidates"),
        (&contest(MarksAre::Ranks, 2, &[]), "borda", None, "no_ballots"),
    ] {
        assert_eq!(count(contest, rule, seats).unwrap_err().kind, kind, "{rule}");
    }
}
