//! Thousands of random small elections against a second count that is slow and obvious, conservation of votes in every
//! round, and single rules on ballots made for them.
//!
//! The second count knows nothing of the first: it holds every ballot by itself, with the units it is worth, and walks
//! over its ranks one by one.

use domain::contest::{Candidate, Contest, Mark};
use domain::rctab::{OvervoteRule, Percentage, RctabRules, SliceKind, TieRule, WinnerMode};

use super::amount::Amount;
use super::{Outcome, count, slices_to_json, to_json};
use crate::count::PileAsked;

/// Numbers that look drawn, the same in every run.
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.below(list.len() as u64)).unwrap()]
    }
}

/// Ranks of one ballot: who is marked at each, nobody at a skipped one.
type Paper = Vec<Vec<u16>>;

fn contest(candidates: usize, papers: &[Paper]) -> Contest {
    let candidate = |place: usize| Candidate {
        id: (place + 1).to_string(),
        name: char::from(b'A' + u8::try_from(place).unwrap()).to_string(),
        withdrawn: false,
    };
    let mut contest = Contest { candidates: (0..candidates).map(candidate).collect(), ..Contest::default() };
    for paper in papers {
        let mut marks = Vec::new();
        for (rank, who) in (1u16..).zip(paper) {
            marks.extend(who.iter().map(|candidate| Mark { candidate: *candidate, value: rank }));
        }
        contest.ballots.add(1, &marks).unwrap();
    }
    contest
}

fn papers(draw: &mut Draw, candidates: u64) -> Vec<Paper> {
    let how_many = draw.below(40);
    let rank = |draw: &mut Draw| -> Vec<u16> {
        let marks = draw.one_of(&[0, 1, 1, 1, 1, 1, 2]);
        (0..marks).map(|_| u16::try_from(draw.below(candidates)).unwrap()).collect()
    };
    (0..how_many)
        .map(|_| {
            let ranks = draw.below(5);
            (0..ranks).map(|_| rank(draw)).collect()
        })
        .collect()
}

/// Where a ballot of the second count stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stand {
    With(u16),
    Nowhere,
    Dead,
}

/// Whom a ballot is for, walking over all ranks, skipped ones too.
fn walk(paper: &Paper, rules: &RctabRules, inside: &[u16]) -> Stand {
    let mut skipped = 0;
    let mut seen = Vec::new();
    for who in paper {
        if who.is_empty() {
            skipped += 1;
            continue;
        }
        if rules.max_skipped_ranks.is_some_and(|most| skipped > most) {
            return Stand::Dead;
        }
        skipped = 0;
        for one in who {
            if rules.exhausts_on_duplicate && seen.contains(one) {
                return Stand::Dead;
            }
            seen.push(*one);
        }
        let left: Vec<u16> = who.iter().copied().filter(|one| inside.contains(one)).collect();
        let goes_on = match (who.len(), rules.overvotes, left.len()) {
            (1, _, _) | (_, OvervoteRule::ExhaustIfSeveralContinue, 0 | 1) => true,
            (_, OvervoteRule::SkipRank, _) => false,
            _ => return Stand::Dead,
        };
        if goes_on && !left.is_empty() {
            return Stand::With(left[0]);
        }
    }
    Stand::Dead
}

/// One round of the second count: units of votes of those inside, and who was elected or eliminated.
#[derive(Debug, PartialEq, Eq)]
struct Plain {
    votes: Vec<(u16, u128)>,
    elected: Vec<u16>,
    eliminated: Vec<u16>,
}

/// A count for one seat or several with surpluses; ties by the order of the candidates, earlier is better.
fn slow(candidates: u16, papers: &[Paper], rules: &RctabRules) -> Vec<Plain> {
    let unit = 10u128.pow(rules.decimal_places);
    let seats = usize::try_from(rules.winners).unwrap();
    let mut inside: Vec<u16> = (0..candidates).collect();
    let mut worth: Vec<u128> = vec![unit; papers.len()];
    let mut stands = vec![Stand::Nowhere; papers.len()];
    let mut elected: Vec<u16> = Vec::new();
    let mut threshold = 0;
    let mut rounds: Vec<Plain> = Vec::new();
    loop {
        for (paper, stand) in papers.iter().zip(&mut stands) {
            let stays = matches!(stand, Stand::With(one) if inside.contains(one));
            if *stand != Stand::Dead && !stays {
                *stand = walk(paper, rules, &inside);
            }
        }
        let of = |one: u16, worth: &[u128]| -> u128 {
            stands.iter().zip(worth).filter(|(stand, _)| **stand == Stand::With(one)).map(|(_, worth)| worth).sum()
        };
        let votes: Vec<(u16, u128)> = inside.iter().map(|one| (*one, of(*one, &worth))).collect();
        if seats == 1 || rounds.is_empty() {
            let all: u128 = votes.iter().map(|(_, votes)| votes).sum();
            threshold = if rules.has_fractional_threshold {
                all / (seats as u128 + 1) + 1
            } else {
                (all / unit / (seats as u128 + 1) + 1) * unit
            };
        }
        let open = seats.saturating_sub(elected.len());
        let most = votes.iter().map(|(_, votes)| *votes).max().unwrap_or(0);
        let mut winners: Vec<u16> = votes
            .iter()
            .filter(|(_, votes)| open > 0 && (*votes >= threshold || inside.len() <= open))
            .map(|(one, _)| *one)
            .collect();
        let is_pair = seats == 1 && winners.is_empty() && inside.len() == 2 && open == 1;
        if is_pair || (winners.len() > 1 && rules.mode == WinnerMode::OneWinnerPerRound) {
            winners = votes.iter().filter(|(_, votes)| *votes == most).map(|(one, _)| *one).take(1).collect();
        }
        let mut round = Plain { votes: votes.clone(), elected: winners.clone(), eliminated: Vec::new() };
        if winners.is_empty() && open > 0 && !inside.is_empty() {
            let fewest = votes.iter().map(|(_, votes)| *votes).min().unwrap_or(0);
            let last = votes.iter().rfind(|(_, votes)| *votes == fewest).map(|(one, _)| *one).unwrap();
            round.eliminated.push(last);
            inside.retain(|one| *one != last);
        }
        for winner in &winners {
            let votes = of(*winner, &worth);
            if seats > 1 {
                let fraction = if votes > threshold { (votes - threshold) * unit / votes } else { 0 };
                for (stand, worth) in stands.iter().zip(&mut worth) {
                    if *stand == Stand::With(*winner) {
                        *worth = *worth * fraction / unit;
                    }
                }
                inside.retain(|one| one != winner);
            }
            elected.push(*winner);
        }
        let is_last = winners.is_empty() && round.eliminated.is_empty();
        let is_done = elected.len() >= seats && (seats == 1 || winners.is_empty());
        rounds.push(round);
        if is_last || is_done {
            return rounds;
        }
    }
}

/// The same from the count under test, in the same units; winners of earlier rounds left out.
fn plain(outcome: &Outcome, rules: &RctabRules) -> Vec<Plain> {
    let mut before: Vec<u16> = Vec::new();
    let mut rounds = Vec::new();
    for round in &outcome.passes[0] {
        let votes = (0u16..)
            .zip(&round.whole.votes)
            .filter(|(place, _)| !before.contains(place))
            .filter_map(|(place, votes)| Some((place, units((*votes)?, rules.decimal_places))))
            .collect();
        rounds.push(Plain { votes, elected: round.elected.clone(), eliminated: round.eliminated.clone() });
        before.extend(&round.elected);
    }
    rounds
}

fn units(votes: Amount, decimals: u32) -> u128 {
    u128::try_from(votes.times(10u64.pow(decimals)).floor()).unwrap()
}

/// Votes of candidates, of ballots that count for nobody, and those lost by cutting decimals add up to the ballots.
fn assert_conserved(outcome: &Outcome, ballots: usize) {
    let all = Amount::whole(ballots as u64);
    for pass in &outcome.passes {
        let mut lost = Amount::ZERO;
        for round in pass {
            for ((_, to), votes) in &round.whole.transfers {
                if *to == super::ballots::Target::Residual {
                    lost = lost.plus(*votes);
                }
            }
            let held = round.whole.votes.iter().flatten().fold(lost, |sum, votes| sum.plus(*votes));
            let sum = round.whole.inactive.iter().fold(held, |sum, votes| sum.plus(*votes));
            assert_eq!(sum, all, "{round:?}");
        }
    }
    for (told, round) in outcome.count.rounds.iter().zip(outcome.passes.iter().flatten()) {
        assert_eq!(told.elected.len(), round.elected.len());
        assert!(!told.sentence.is_empty());
    }
}

/// Every pile of every round holds the votes that the round shows, and every ballot lies somewhere as a whole.
fn assert_piles_hold_all(outcome: &Outcome, contest: &Contest, rules: &RctabRules) {
    let number = |text: &str| text.parse::<f64>().unwrap();
    let count = &outcome.count;
    let holders = || (0..count.candidates.len()).map(Some).chain([None]);
    let ask = |round, holder| PileAsked { round, holder, naming: None, from: 0, limit: usize::MAX };
    let asked: Vec<PileAsked> =
        (1..=count.rounds.len()).flat_map(|round| holders().map(move |holder| ask(round, holder))).collect();
    let mut cut = vec![0.0; count.rounds.len() + 1];
    for pile in super::piles(contest, rules, &asked).unwrap() {
        let round = &count.rounds[pile.round - 1];
        let shown = pile.holder.map_or(Some(&round.exhausted), |place| round.votes[place].as_ref());
        assert_eq!(number(&pile.votes), shown.map_or(0.0, |votes| number(votes)), "{pile:?}");
        let listed: f64 = pile.listed.iter().map(|group| number(&group.votes)).sum();
        let loose = pile.loose.as_deref().map_or(0.0, number);
        assert!((listed + loose - number(&pile.votes)).abs() < 1e-9, "{pile:?}");
        let stays = pile
            .holder
            .is_some_and(|place| !count.rounds[..pile.round - 1].iter().any(|round| round.elected.contains(&place)));
        assert!(!stays || loose == 0.0, "{pile:?}");
        cut[pile.round] += loose;
    }
    assert!(cut.iter().all(|sum| sum.abs() < 1e-9), "what one pile lacks another one has: {cut:?}");
}

fn compare(rules: &RctabRules, draw: &mut Draw) {
    let candidates = 2 + draw.below(5);
    let papers = papers(draw, candidates);
    let contest = contest(usize::try_from(candidates).unwrap(), &papers);
    let outcome = count(&contest, rules).unwrap();
    assert_conserved(&outcome, papers.len());
    if draw.below(8) == 0 {
        assert_piles_hold_all(&outcome, &contest, rules);
    }
    let slow = slow(u16::try_from(candidates).unwrap(), &papers, rules);
    assert_eq!(plain(&outcome, rules), slow, "{rules:?}\n{papers:?}");
}

fn options(draw: &mut Draw) -> RctabRules {
    RctabRules {
        overvotes: draw.one_of(&[
            OvervoteRule::SkipRank,
            OvervoteRule::Exhaust,
            OvervoteRule::ExhaustIfSeveralContinue,
        ]),
        max_skipped_ranks: draw.one_of(&[None, Some(0), Some(1), Some(2)]),
        exhausts_on_duplicate: draw.one_of(&[false, true]),
        ..RctabRules::default()
    }
}

#[test]
fn one_seat_comes_out_as_in_a_slow_count() {
    let mut draw = Draw(0x5eed_0001);
    for _ in 0..4000 {
        let rules = options(&mut draw);
        compare(&rules, &mut draw);
    }
}

#[test]
fn several_seats_come_out_as_in_a_slow_count() {
    let mut draw = Draw(0x5eed_0002);
    for _ in 0..4000 {
        let rules = RctabRules {
            mode: draw.one_of(&[WinnerMode::OneWinnerPerRound, WinnerMode::ManyWinnersPerRound]),
            winners: draw.one_of(&[2, 3]),
            decimal_places: draw.one_of(&[1, 4, 6]),
            has_fractional_threshold: draw.one_of(&[false, true]),
            ..options(&mut draw)
        };
        let candidates = 4 + draw.below(3);
        let papers = papers(&mut draw, candidates);
        let contest = contest(usize::try_from(candidates).unwrap(), &papers);
        let outcome = count(&contest, &rules).unwrap();
        assert_conserved(&outcome, papers.len());
        let mut told = plain(&outcome, &rules);
        let mut slow = slow(u16::try_from(candidates).unwrap(), &papers, &rules);
        // Within a round the report lists by name; so does the slow count, whose places are the names' order.
        for round in told.iter_mut().chain(&mut slow) {
            round.elected.sort_unstable();
        }
        // Where all seats are filled the last round shows only where surpluses went.
        assert_eq!(told.len(), slow.len(), "{rules:?}\n{papers:?}");
        told.pop();
        slow.pop();
        assert_eq!(told, slow, "{rules:?}\n{papers:?}");
        assert_eq!(outcome.count.elected.len(), usize::try_from(rules.winners).unwrap());
    }
}

#[test]
fn votes_are_conserved_under_every_mode_and_the_answer_does_not_depend_on_the_order_of_ballots() {
    let mut draw = Draw(0x5eed_0003);
    for _ in 0..3000 {
        let mode = draw.one_of(&[
            WinnerMode::SingleWinner,
            WinnerMode::OneWinnerPerRound,
            WinnerMode::ManyWinnersPerRound,
            WinnerMode::BottomsUp,
            WinnerMode::BottomsUpPercentage,
            WinnerMode::MultiPass,
        ]);
        let one_at_a_time = matches!(mode, WinnerMode::SingleWinner | WinnerMode::MultiPass);
        let any = |draw: &mut Draw, allowed: bool| allowed && draw.below(2) == 0;
        let rules = RctabRules {
            mode,
            winners: match mode {
                WinnerMode::SingleWinner => 1,
                WinnerMode::BottomsUpPercentage => 0,
                _ => 2,
            },
            percentage: Some(Percentage { units: draw.one_of(&[1, 10, 25]), decimals: 0 }),
            ties: draw.one_of(&[TieRule::Random, TieRule::EarlierRoundsThenRandom, TieRule::DrawnOrder]),
            seed: Some(i64::try_from(draw.below(1000)).unwrap()),
            eliminates_batches: any(&mut draw, one_at_a_time),
            continues_until_two: any(&mut draw, one_at_a_time),
            is_first_threshold_kept: any(&mut draw, one_at_a_time),
            stop_after_round: draw.one_of(&[None, None, Some(2)]),
            ..options(&mut draw)
        };
        let candidates = 3 + draw.below(4);
        let mut papers = papers(&mut draw, candidates);
        let size = usize::try_from(candidates).unwrap();
        let outcome = count(&contest(size, &papers), &rules).unwrap();
        assert_conserved(&outcome, papers.len());
        papers.reverse();
        let turned = count(&contest(size, &papers), &rules).unwrap();
        assert_eq!(to_json(&outcome), to_json(&turned), "{rules:?}");
    }
}

#[test]
fn the_votes_of_precincts_and_batches_add_up_to_the_whole() {
    let mut draw = Draw(0x5eed_0004);
    let papers = papers(&mut draw, 4);
    let mut contest = contest(4, &[]);
    for (number, paper) in papers.iter().chain(&papers).enumerate() {
        let slice = contest.ballots.slice(&format!("precinct {}\u{1f}batch {}", number % 3, number % 2));
        let marks: Vec<Mark> = (1u16..)
            .zip(paper)
            .flat_map(|(value, who)| who.iter().map(move |candidate| Mark { candidate: *candidate, value }))
            .collect();
        contest.ballots.add_to(slice, 1, &marks).unwrap();
    }
    let rules = RctabRules { slices: vec![SliceKind::Precinct, SliceKind::Batch], ..RctabRules::default() };
    let outcome = count(&contest, &rules).unwrap();
    let reports = slices_to_json(&outcome);
    let names: Vec<_> = reports.iter().map(|report| (report.kind.name(), report.name.as_str())).collect();
    let precinct = |number| ("precinct", ["precinct 0", "precinct 1", "precinct 2"][number]);
    assert_eq!(names, [precinct(0), precinct(1), precinct(2), ("batch", "batch 0"), ("batch", "batch 1")]);
    for round in &outcome.passes[0] {
        for parts in [&round.parts[..3], &round.parts[3..]] {
            let sum = |place: usize| parts.iter().filter_map(|part| part.votes[place]).fold(Amount::ZERO, Amount::plus);
            for place in 0..4 {
                assert_eq!(sum(place), round.whole.votes[place].unwrap_or(Amount::ZERO));
            }
        }
    }
}

#[test]
fn a_tie_left_to_a_person_stops_the_count_and_names_the_candidates() {
    let contest = contest(2, &[vec![vec![0]], vec![vec![1]]]);
    let rules = RctabRules { ties: TieRule::Ask, ..RctabRules::default() };
    let error = count(&contest, &rules).unwrap_err();
    assert_eq!(error.kind, "tie");
    assert!(error.message.contains("between A, B"), "{}", error.message);
}

#[test]
fn votes_of_the_round_before_cut_a_tie_without_chance() {
    // A leads B by one, C's two ballots go to B and to nobody: after C both have five.
    let mut papers = vec![vec![vec![0]]; 5];
    papers.extend(vec![vec![vec![1]]; 4]);
    papers.extend([vec![vec![2], vec![1]], vec![vec![2]]]);
    let rules = RctabRules { ties: TieRule::EarlierRoundsThenRandom, seed: Some(7), ..RctabRules::default() };
    let count = count(&contest(3, &papers), &rules).unwrap().count;
    assert_eq!((count.elected.as_slice(), count.tie_dependent), (&[0][..], false));
    assert_eq!(count.rounds[1].tie.as_ref().map(|tie| tie.how.as_str()), Some("votes of round 1"));
}

#[test]
fn undeclared_write_ins_go_first_and_never_win() {
    let papers = [vec![vec![2], vec![1]], vec![vec![2], vec![1]], vec![vec![2]], vec![vec![0]], vec![vec![1]]];
    let rules = RctabRules { write_ins: Some(2), ..RctabRules::default() };
    let count = count(&contest(3, &papers), &rules).unwrap().count;
    assert_eq!(count.rounds[0].excluded, [2]);
    assert_eq!(count.elected, [1]);
}

#[test]
fn impossible_profiles_are_refused_with_a_reason() {
    let kind = |contest: &Contest, rules: RctabRules| count(contest, &rules).unwrap_err().kind;
    let some = contest(3, &[vec![vec![0]]]);
    assert_eq!(kind(&contest(0, &[]), RctabRules::default()), "no_candidates");
    assert_eq!(kind(&some, RctabRules { winners: 0, ..RctabRules::default() }), "no_seats");
    assert_eq!(kind(&some, RctabRules { winners: 2, ..RctabRules::default() }), "bad_option");
    assert_eq!(kind(&some, RctabRules { decimal_places: 21, ..RctabRules::default() }), "bad_option");
    assert_eq!(kind(&some, RctabRules { decimal_places: 0, ..RctabRules::default() }), "bad_option");
    assert_eq!(kind(&some, RctabRules { ties: TieRule::Random, ..RctabRules::default() }), "bad_option");
    assert_eq!(kind(&some, RctabRules { minimum_votes: 5, ..RctabRules::default() }), "nobody_left");
    assert_eq!(kind(&some, RctabRules { slices: vec![SliceKind::Batch], ..RctabRules::default() }), "no_slices");
    let passes = RctabRules { mode: WinnerMode::MultiPass, winners: 4, ..RctabRules::default() };
    assert_eq!(kind(&some, passes), "too_few_candidates");
    let mut many = contest(2, &[]);
    many.ballots.add(u64::MAX, &[Mark { candidate: 0, value: 1 }]).unwrap();
    assert_eq!(kind(&many, RctabRules::default()), "too_large");
    let unknown = contest(1, &[vec![vec![5]]]);
    assert_eq!(kind(&unknown, RctabRules::default()), "bad_ballot");
    let overvote = contest(2, &[vec![vec![Mark::OVERVOTE]]]);
    let rules = RctabRules { overvotes: OvervoteRule::ExhaustIfSeveralContinue, ..RctabRules::default() };
    assert_eq!(kind(&overvote, rules), "bad_option");
}
