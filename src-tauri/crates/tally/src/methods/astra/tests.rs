//! Small elections with results that can be worked out by hand; the origin's own are in the journey `astra_count`.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

/// Candidates 1, 2, ... named in this order; ballots as (weight, ranking).
fn election(seats: i64, names: &[&str], ballots: &[(i64, &[i64])]) -> Election {
    let candidates =
        (1..).zip(names).map(|(id, name)| Candidate { id, name: (*name).to_owned(), tiebreak: format!("text {id}") });
    Election {
        seats,
        candidates: candidates.collect(),
        exclusion_groups: Vec::new(),
        ballots: ballots
            .iter()
            .map(|(weight, ranking)| Ballot { weight: *weight, ranking: ranking.to_vec() })
            .collect(),
        max_iterations: MAX_ITERATIONS,
        epsilon: EPSILON,
    }
}

fn with_group(mut election: Election, most: i64, members: &[i64]) -> Election {
    election.exclusion_groups.push(ExclusionGroup {
        public_id: "g".to_owned(),
        name: "One house".to_owned(),
        max_elected: most,
        candidates: members.to_vec(),
    });
    election
}

#[test]
fn a_surplus_goes_to_the_next_preference() {
    let ballots: &[(i64, &[i64])] = &[(12, &[1, 2]), (5, &[2]), (6, &[3])];
    for order in [Order::AsGiven, Order::Merged] {
        let outcome = count(&election(2, &["Ada", "Bo", "Cy"], ballots), order).expect("a count");
        // 23 votes, quota 8: Ada keeps 8 of 12, four go on to Bo, who has 9.
        assert_eq!((outcome.quota, outcome.elected), (8, vec![1, 2]), "{order:?}");
        let second = &outcome.rounds[1].retained_totals[1].1;
        assert_eq!(second.to_places(30), "9.000000000000000000000000000000", "{order:?}");
    }
}

/// 23 votes, quota 8: Ada keeps 8 of her 12 ballots that name Bo next, two thirds of each, once the shares have come to rest.
#[test]
fn piles_are_parts_of_ballots_and_add_up_to_the_rounds() {
    use crate::count::{Count, PileAsked, Round, Rule};
    let election = election(2, &["Ada", "Bo", "Cy"], &[(12, &[1, 2]), (5, &[2]), (6, &[3])]);
    let outcome = count(&election, Order::AsGiven).expect("a count");
    let round = |it: &super::Round| Round {
        votes: it.retained_totals.iter().map(|(_, votes)| Some(votes.to_string())).collect(),
        exhausted: "0".to_owned(),
        ..Round::default()
    };
    let told = Count {
        rule: Rule { name: "astra-meek", version: "1.0", arithmetic: String::new() },
        seats: 2,
        candidates: vec![String::new(); 3],
        elected: Vec::new(),
        quota: None,
        rounds: outcome.rounds.iter().map(round).collect(),
        tie_dependent: false,
    };
    let ask = |round, holder| PileAsked { round, holder, naming: None, from: 0, limit: 9 };
    let asked: Vec<PileAsked> = (1..=told.rounds.len())
        .flat_map(|number| [Some(0), Some(1), Some(2), None].map(|holder| ask(number, holder)))
        .collect();
    let piles = piles(&election, &outcome, &told, &asked).expect("piles");
    for pile in &piles {
        // Only digits behind the seventieth may be loose.
        let loose = pile.loose.as_deref().unwrap_or("0").trim_start_matches('-');
        assert!(loose == "0" || loose.starts_with(&format!("0.{}", "0".repeat(70))), "{pile:?}");
    }
    let first = &piles[0].listed;
    assert_eq!((first.len(), first[0].ballots, first[0].worth.as_str()), (1, 12, "1"));
    let last = &piles[piles.len() - 4..];
    assert!(last[0].listed[0].worth.starts_with("0.66666666"), "{:?}", last[0]);
    let with_bo: Vec<(Vec<Vec<usize>>, u64)> =
        last[1].listed.iter().map(|group| (group.ranking.clone(), group.ballots)).collect();
    assert_eq!(with_bo, [(vec![vec![1]], 5), (vec![vec![0], vec![1]], 12)]);
    assert!(super::piles(&election, &outcome, &told, &[ask(99, None)]).is_err());
}

#[test]
fn every_round_is_told_in_a_sentence() {
    let ballots: &[(i64, &[i64])] = &[(12, &[1, 2]), (4, &[2]), (4, &[3]), (3, &[4, 3])];
    let election = with_group(election(2, &["Ada", "Bo", "Cy", ""], ballots), 1, &[1, 2]);
    let told = count(&election, Order::AsGiven).expect("a count").sentences();
    assert_eq!(
        told[0],
        "Round 1: Ada has 12 votes, reaches the quota of 8 and is elected. With Ada elected the exclusion group \
         “One house” is full: Bo leaves the count."
    );
    assert_eq!(told[1], "Round 2: Nobody else reaches the quota, and no vote moves any more.");
    assert_eq!(
        told[2],
        "Round 3: candidate 4 has the fewest votes (3) and is excluded. As many candidates as seats are left, so Cy is \
         elected whatever the quota. All 2 seats are filled."
    );
    assert_eq!(told.len(), 3);
}

#[test]
fn a_tie_is_told_with_what_cut_it() {
    // Bo and Cy have 3 each once Di is gone; Bo had them from the start.
    let ballots: &[(i64, &[i64])] = &[(5, &[1]), (3, &[2]), (2, &[3]), (1, &[4, 3])];
    let told = count(&election(1, &["Ada", "Bo", "Cy", "Di"], ballots), Order::AsGiven).expect("a count").sentences();
    assert!(
        told.contains(
            &"Round 4: Bo and Cy are level at 3 votes; Cy is the one to go by fewer first preferences (Bo 3 and Cy 2). \
              Cy is excluded with 3 votes."
                .to_owned()
        ),
        "{told:#?}"
    );
}

#[test]
fn ballots_that_come_to_nothing_leave_seats_to_the_exact_fit() {
    let outcome = count(&election(2, &["Ada", "Bo"], &[]), Order::Merged).expect("a count");
    // Level in everything: the higher text is elected first.
    assert_eq!(outcome.elected, [2, 1]);
    assert!(outcome.rounds[0].is_complete);
}

#[test]
fn candidates_whom_only_the_text_tells_apart_are_all_sorted_by_it() {
    let ballots: &[(i64, &[i64])] = &[(5, &[1]), (5, &[2]), (5, &[3]), (1, &[4]), (1, &[5])];
    let outcome = count(&election(3, &["A", "B", "C", "D", "E"], ballots), Order::AsGiven).expect("a count");
    assert_eq!(outcome.elected, [3, 2, 1], "highest text first, the others not by id");
    assert_eq!(outcome.rounds[0].tie_breaks[0].trace.len(), 4);
}

#[test]
fn what_rounding_takes_from_a_full_quota_is_forgiven() {
    // Ada passes a third of 15 on: to Bo three of the nine that name him next, who then has the quota of 10. Rounded, he
    // has one unit of the eightieth digit less.
    let ballots: &[(i64, &[i64])] = &[(1, &[1, 2]), (8, &[1, 2]), (6, &[1, 3]), (7, &[2]), (6, &[3])];
    let outcome = count(&election(2, &["Ada", "Bo", "Cy"], ballots), Order::AsGiven).expect("a count");
    assert_eq!((outcome.quota, outcome.elected.as_slice(), outcome.rounds.len()), (10, &[1, 2][..], 2));
    let has = outcome.rounds[1].retained_totals[1].1;
    assert!(has < Decimal::from(10_u64) && outcome.rounds[1].elected == [2], "{has}");
}

#[test]
fn eligible_candidates_are_listed_by_folded_name() {
    let ballots: &[(i64, &[i64])] = &[(2, &[1]), (3, &[2]), (4, &[3])];
    let outcome = count(&election(1, &["bo", "Cy", "ada"], ballots), Order::AsGiven).expect("a count");
    assert_eq!(outcome.rounds[0].eligible, [3, 1, 2]);
}

#[test]
fn merged_and_given_order_agree_up_to_the_last_digits() {
    let mut state = 41_u64;
    let mut draw = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((state >> 33) % below).expect("small")
    };
    for seats in [1, 2, 3, 5] {
        let rankings: Vec<(i64, Vec<i64>)> =
            (0..300).map(|_| (draw(5), (0..draw(6)).map(|_| 1 + draw(9)).collect())).collect();
        let ballots: Vec<(i64, &[i64])> = rankings.iter().map(|(weight, ranking)| (*weight, &ranking[..])).collect();
        let election = with_group(election(seats, &["A", "B", "C", "D", "E", "F", "G", "H"], &ballots), 1, &[1, 2, 3]);
        let given = count(&election, Order::AsGiven).expect("a count");
        let merged = count(&election, Order::Merged).expect("a count");
        let (given_json, merged_json) = (given.to_json(), merged.to_json());
        assert_eq!(first_difference(&given_json, &merged_json, RowOrder::Unknown, &given.names), None);
        assert!(given.rounds.len() > 3 || seats == 1, "{} rounds", given.rounds.len());
    }
}

#[test]
fn a_difference_is_named_with_round_and_candidate() {
    let ballots: &[(i64, &[i64])] = &[(12, &[1, 2]), (5, &[2]), (6, &[3])];
    let outcome = count(&election(2, &["Ada", "Bo", "Cy"], ballots), Order::AsGiven).expect("a count");
    let ours = outcome.to_json();
    let told = |change: &dyn Fn(&mut serde_json::Value), row_order| {
        let mut published = ours.clone();
        change(&mut published);
        first_difference(&published, &ours, row_order, &outcome.names)
    };
    let exact = |change: &dyn Fn(&mut serde_json::Value)| told(change, RowOrder::Origins);
    let unknown = |change: &dyn Fn(&mut serde_json::Value)| told(change, RowOrder::Unknown);

    assert_eq!(exact(&|_| {}), None);
    assert_eq!(exact(&|it| it["rounds"][0]["audit_text"] = json!("prose")), None, "prose is left out");
    assert_eq!(exact(&|it| it["algorithm"] = json!({})), None, "the recount has none to compare with");
    let total =
        |text: &'static str| move |it: &mut serde_json::Value| it["rounds"][1]["retained_totals"]["3"] = json!(text);
    assert_eq!(
        unknown(&total("6.5")).as_deref(),
        Some("In round 2 the total of Cy is 6.5 in the published result and 6 in the recount.")
    );
    let low = "6.000000000000000000000000000000000000000000000000000000000000000000000000000001";
    assert_eq!(
        exact(&total(low)),
        Some(format!("In round 2 the total of Cy is {low} in the published result and 6 in the recount."))
    );
    assert_eq!(unknown(&total(low)), None, "low digits depend on the row order");
    assert!(unknown(&total("6.0000000000000000000000000000000000000000000000000000000001")).is_some());
    assert_eq!(
        exact(&total("6.0")).as_deref(),
        Some("In round 2 the total of Cy is written 6.0 in the published result and 6 in the recount.")
    );
    assert_eq!(
        unknown(&|it| it["elected"] = json!([1, 3])).as_deref(),
        Some("Elected in all: Ada and Cy in the published result, Ada and Bo in the recount.")
    );
    assert_eq!(
        unknown(&|it| it["rounds"][0]["quota_reached"] = json!([])).as_deref(),
        Some("In round 1 those who reached the quota: nobody in the published result, Ada in the recount.")
    );
    assert!(exact(&|it| it["rounds"][0]["more"] = json!(1)).is_some_and(|it| it.contains("holds “more”")));
    assert!(exact(&|it| it["quota"] = json!("9")).is_some_and(|it| it.starts_with("The quota is 9")));
    assert!(
        exact(&|it| it["rounds"].as_array_mut().expect("rounds").truncate(1))
            .is_some_and(|it| it.starts_with("The published count took 1 rounds"))
    );
    assert!(first_difference(&json!([]), &ours, RowOrder::Unknown, &BTreeMap::new()).is_some());
}

#[test]
fn lists_of_equals_may_stand_in_another_sequence_where_the_row_order_is_unknown() {
    let ballots: &[(i64, &[i64])] = &[(5, &[1]), (5, &[2]), (1, &[3])];
    let ours = count(&election(2, &["Ada", "Bo", "Cy"], ballots), Order::AsGiven).expect("a count").to_json();
    let names = BTreeMap::new();
    let mut published = ours.clone();
    published["rounds"][0]["quota_reached"] = json!([2, 1]);
    assert_eq!(first_difference(&published, &ours, RowOrder::Unknown, &names), None);
    assert!(first_difference(&published, &ours, RowOrder::Origins, &names).is_some());
    // A tie that only one side saw, and one that was put in another order.
    published["rounds"][0]["tie_breaks"] = json!([]);
    assert_eq!(first_difference(&published, &ours, RowOrder::Unknown, &names), None);
    published = ours.clone();
    published["rounds"][0]["tie_breaks"][0]["ordered"] = json!([1, 2]);
    assert_eq!(first_difference(&published, &ours, RowOrder::Unknown, &names), None);
    assert_eq!(
        first_difference(&published, &ours, RowOrder::Origins, &names).as_deref(),
        Some("In round 1 a tie between candidate 1 and candidate 2 was cut another way in the recount.")
    );
}

#[test]
fn a_clear_result_does_not_depend_on_the_row_order() {
    let ballots: &[(i64, &[i64])] = &[(12, &[1, 2]), (5, &[2]), (6, &[3])];
    let election = election(2, &["Ada", "Bo", "Cy"], ballots);
    assert!(order_dependence(&election, 4, 1).expect("counts").is_none());
}

#[test]
fn a_group_that_a_person_described_is_compared_without_its_public_id() {
    let event = |id: &str, name: &str, candidate: i64| serde_json::json!({"candidate_id": candidate, "triggered_by": 7, "group_public_id": id, "group_name": name});
    let result = |event: serde_json::Value| serde_json::json!({"quota": "2", "elected": [], "eliminated": [], "forced_excluded": [], "rounds": [{"forced_exclusions": [event]}]});
    let difference = |published: serde_json::Value, recounted: serde_json::Value| {
        first_difference(&result(published), &result(recounted), RowOrder::Unknown, &Default::default())
    };
    assert_eq!(difference(event("ff84", "Same employer", 3), event("", "employer", 3)), None);
    assert!(difference(event("ff84", "Same employer", 3), event("", "employer", 4)).is_some());
    assert!(difference(event("ff84", "Same employer", 3), event("ee11", "Same employer", 3)).is_some());
}
