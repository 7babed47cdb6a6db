//! Properties of all rules: a second, obvious count agrees; the order of ballots does not matter; votes add up; unanimous
//! voters get whom they want; what cannot be counted is told.
//!
//! The ordinary run looks at a few hundred random elections per rule; `SCRUTINEER_HARDEN` set, at 10,000.

use domain::contest::{Candidate, Contest, Mark, MarksAre};

use super::obvious::{self, Goes, Manner, Small, Told};
use super::obvious_ers::{self, Step};
use super::obvious_parcels;
use super::obvious_shares::{self, Shares};
use super::*;

/// A small generator of random numbers, the same in every run.
pub(super) struct Random(pub(super) u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).unwrap()
    }

    pub(super) fn election(&mut self) -> Small {
        let candidates = 2 + self.below(5);
        let seats = 1 + self.below(candidates.min(4) - 1);
        let mut ballots = Vec::new();
        for _ in 0..1 + self.below(12) {
            let mut left: Vec<usize> = (0..candidates).collect();
            let prefs: Vec<usize> =
                (0..1 + self.below(candidates)).map(|_| left.remove(self.below(left.len()))).collect();
            let votes = 1 + self.below(9);
            ballots.extend(std::iter::repeat_n(prefs, votes));
        }
        Small { seats, candidates, ballots }
    }
}

pub(super) fn contest(small: &Small) -> Contest {
    let candidates =
        (1..=small.candidates).map(|it| Candidate { id: it.to_string(), name: format!("C{it}"), withdrawn: false });
    let mut contest =
        Contest { seats: u32::try_from(small.seats).ok(), candidates: candidates.collect(), ..Contest::default() };
    for prefs in &small.ballots {
        contest.ballots.add(1, &marks(prefs)).unwrap();
    }
    contest
}

fn marks(prefs: &[usize]) -> Vec<Mark> {
    prefs
        .iter()
        .zip(1..)
        .map(|(&candidate, value)| Mark { candidate: u16::try_from(candidate).unwrap(), value })
        .collect()
}

pub(super) fn elections() -> usize {
    if std::env::var_os("SCRUTINEER_HARDEN").is_some_and(|value| !value.is_empty()) { 10_000 } else { 300 }
}

fn counted(contest: &Contest, rule: &str) -> Count {
    count(contest, rule, &Options::default()).unwrap_or_else(|error| panic!("{rule}: {error}"))
}

/// Units of the last shown place.
pub(super) fn units(text: &str) -> i128 {
    text.replace('.', "").parse().unwrap()
}

const PLAIN: Manner = Manner {
    digits: 4,
    hidden: 0,
    whole_quota: false,
    looks_back: false,
    looks_first: false,
    losers_together: false,
    surpluses_together: false,
    stops_early: false,
    goes: Goes::ByWorth,
    again: false,
    losers_first: false,
};

#[test]
fn a_slow_and_obvious_count_agrees_stage_by_stage() {
    let cfer = Manner { digits: 5, surpluses_together: true, stops_early: true, ..PLAIN };
    let chosen = Manner { digits: 18, hidden: 9, whole_quota: true, ..PLAIN };
    let rules = [
        ("scotland", Manner { digits: 5, whole_quota: true, looks_back: true, ..PLAIN }),
        ("wigm", Manner { digits: 18, hidden: 9, ..PLAIN }),
        ("wigm-prf", PLAIN),
        ("wigm-prf-batch", Manner { losers_together: true, ..PLAIN }),
        ("cfer", cfer),
        ("cfer-batch", Manner { losers_together: true, ..cfer }),
        ("mpls", Manner { whole_quota: true, losers_first: true, ..PLAIN }),
        ("wright", Manner { digits: 6, hidden: 9, whole_quota: true, again: true, ..PLAIN }),
        ("gregory-weighted", chosen),
        ("gregory-inclusive", Manner { goes: Goes::Alike, ..chosen }),
        ("gregory-last-parcel", Manner { goes: Goes::Last, ..chosen }),
    ];
    let mut random = Random(2026);
    for number in 0..elections() {
        let small = random.election();
        let contest = contest(&small);
        for (rule, manner) in rules {
            let theirs = obvious::gregory(&small, manner);
            let ours = counted(&contest, rule);
            assert_eq!(ours.elected, theirs.elected, "{rule} {number} {small:?}");
            let excluded: Vec<usize> = ours.rounds.iter().flat_map(|round| round.excluded.clone()).collect();
            assert_eq!(excluded, theirs.excluded, "{rule} {number} {small:?}");
            assert_eq!(ours.rounds.len(), theirs.steps.len(), "{rule} {number} {small:?}");
            let hidden = num_bigint::BigInt::from(10).pow(manner.hidden);
            for (round, step) in ours.rounds.iter().zip(&theirs.steps) {
                for (votes, theirs) in round.votes.iter().zip(step) {
                    let theirs: num_bigint::BigInt = (theirs * 2 + &hidden) / (&hidden * 2);
                    let ours = votes.as_deref().map_or(0, units);
                    let near = if manner.hidden == 0 {
                        theirs == ours.into()
                    } else {
                        (theirs - ours).magnitude() <= &1_u32.into()
                    };
                    assert!(near, "{rule} {number} round {} {small:?}", round.round);
                }
            }
        }
    }
}

#[test]
fn a_slow_and_obvious_meek_agrees() {
    let meek = Shares { digits: 18, hidden: 9, omega: 9, warren: false, losers_together: true, below: false };
    let rules = [
        ("meek", meek),
        ("warren", Shares { warren: true, ..meek }),
        ("meek-prf", Shares { digits: 9, hidden: 0, omega: 6, warren: false, losers_together: false, below: true }),
    ];
    let mut random = Random(77);
    for number in 0..elections() {
        let small = random.election();
        let contest = contest(&small);
        for (rule, manner) in rules {
            let Told { elected, excluded, .. } = obvious_shares::meek(&small, manner);
            let ours = counted(&contest, rule);
            let out: Vec<usize> = ours.rounds.iter().flat_map(|round| round.excluded.clone()).collect();
            assert_eq!((ours.elected, out), (elected, excluded), "{rule} {number} {small:?}");
        }
    }
}

#[test]
fn slow_and_obvious_irish_ballots_agree() {
    let mut random = Random(1992);
    for number in 0..elections() {
        let mut small = random.election();
        small.ballots.sort();
        let theirs =
            obvious_parcels::irish(&small, Manner { digits: 0, whole_quota: true, looks_first: true, ..PLAIN });
        let ours = counted(&contest(&small), "dublin");
        let out: Vec<usize> = ours.rounds.iter().flat_map(|round| round.excluded.clone()).collect();
        assert_eq!((&ours.elected, out), (&theirs.elected, theirs.excluded), "{number} {small:?}");
        let steps: Vec<Vec<i128>> = ours
            .rounds
            .iter()
            .map(|round| round.votes.iter().map(|votes| votes.as_deref().map_or(0, units)).collect())
            .collect();
        let theirs: Vec<Vec<i128>> =
            theirs.steps.iter().map(|step| step.iter().map(|votes| units(&votes.to_string())).collect()).collect();
        assert_eq!(steps, theirs, "{number} {small:?}");
    }
}

#[test]
fn slow_and_obvious_papers_of_newland_and_britton_agree() {
    let mut random = Random(1997);
    for number in 0..elections() {
        let small = random.election();
        let ours = counted(&contest(&small), "ers97");
        let (elected, steps) = obvious_ers::ers(&small);
        assert_eq!(ours.elected, elected, "{number} {small:?}");
        let rounds = ours.rounds.iter().map(|round| Step {
            votes: round.votes.iter().map(|votes| votes.as_deref().map_or(0, units)).collect(),
            quota: round.quota.as_deref().map_or(0, units),
            elected: round.elected.clone(),
            excluded: round.excluded.clone(),
            tie: round.tie.clone().map(|tie| (tie.candidates, tie.picked, tie.picked_for)),
        });
        for (number_of_round, (ours, theirs)) in rounds.zip(&steps).enumerate() {
            assert_eq!(&ours, theirs, "{number} round {} {small:?}", number_of_round + 1);
        }
        assert_eq!(ours.rounds.len(), steps.len(), "{number} {small:?}");
    }
}

#[test]
fn slow_and_obvious_quotients_agree() {
    let mut random = Random(5);
    for number in 0..elections() {
        let small = random.election();
        let theirs = obvious_shares::quotients(&small);
        let ours = counted(&contest(&small), "qpq");
        let out: Vec<usize> = ours.rounds.iter().flat_map(|round| round.excluded.clone()).collect();
        assert_eq!((ours.elected, out), (theirs.elected, theirs.excluded), "{number} {small:?}");
    }
}

#[test]
fn votes_add_up_and_the_order_of_ballots_does_not_matter() {
    let mut random = Random(99);
    for _ in 0..elections() / 3 {
        let small = random.election();
        let mut shuffled = small.clone();
        for at in (1..shuffled.ballots.len()).rev() {
            shuffled.ballots.swap(at, random.below(at + 1));
        }
        let (one, other) = (contest(&small), contest(&shuffled));
        for profile in PROFILES {
            let count = counted(&one, profile.name);
            assert_eq!(format!("{count:?}"), format!("{:?}", counted(&other, profile.name)), "{}", profile.name);
            assert_eq!(count.elected.len(), small.seats, "{} {small:?}", profile.name);
            for round in &count.rounds {
                let places =
                    u32::try_from(round.exhausted.split_once('.').map_or(0, |(_, places)| places.len())).unwrap();
                let all = i128::try_from(small.ballots.len()).unwrap() * 10_i128.pow(places);
                let sum: i128 = round.votes.iter().flatten().map(|text| units(text)).sum();
                assert_eq!(sum + units(&round.exhausted), all, "{} {small:?} {round:?}", profile.name);
                let causes: i128 = round.causes.iter().map(|cause| units(&cause.votes)).sum();
                assert_eq!(causes, units(&round.exhausted), "{} {small:?}", profile.name);
                assert!(!round.sentence.is_empty() && round.sentence.ends_with('.'), "{} {round:?}", profile.name);
            }
        }
    }
}

#[test]
fn unanimous_voters_get_whom_they_want() {
    let small = Small { seats: 2, candidates: 4, ballots: vec![vec![2, 1, 0, 3]; 30] };
    for profile in PROFILES {
        let mut elected = counted(&contest(&small), profile.name).elected;
        elected.sort_unstable();
        assert_eq!(elected, [1, 2], "{}", profile.name);
    }
}

#[test]
fn huge_weights_are_counted_exactly() {
    let mut contest = contest(&Small { seats: 1, candidates: 2, ballots: vec![] });
    contest.ballots.add(1 << 63, &marks(&[0, 1])).unwrap();
    contest.ballots.add((1 << 63) - 1, &marks(&[1])).unwrap();
    for profile in PROFILES {
        let count = counted(&contest, profile.name);
        assert_eq!(count.elected, [0], "{}", profile.name);
    }
}

#[test]
fn what_cannot_be_counted_is_told_in_a_sentence() {
    let small = Small { seats: 1, candidates: 2, ballots: vec![vec![0]] };
    let good = contest(&small);
    let mut withdrawn = good.clone();
    withdrawn.candidates.iter_mut().for_each(|it| it.withdrawn = true);
    let mut weightless = contest(&Small { ballots: vec![], ..small.clone() });
    weightless.ballots.add(0, &marks(&[0])).unwrap();
    let mut choices = good.clone();
    choices.marks_are = MarksAre::Choices;
    let mut unknown = good.clone();
    unknown.seats = None;
    let seats = |seats| Options { seats: Some(seats), ..Options::default() };
    let arithmetic = |text: &str| Options { arithmetic: Some(text.to_owned()), ..Options::default() };
    for (contest, rule, options, kind) in [
        (&Contest::default(), "meek", Options::default(), "no_candidates"),
        (&withdrawn, "meek", Options::default(), "no_candidates"),
        (&unknown, "scotland", Options::default(), "seats_unknown"),
        (&good, "scotland", seats(0), "no_seats"),
        (&good, "scotland", seats(3), "too_few_candidates"),
        (&weightless, "scotland", Options::default(), "no_ballots"),
        (&choices, "wigm", Options::default(), "bad_ballots"),
        (&good, "scotland", arithmetic("rational"), "bad_option"),
        (&good, "scotland", arithmetic("fixed-p4"), "bad_option"),
        (&good, "wigm", arithmetic("floating"), "bad_option"),
        (&good, "scotland", Options { quota: Some(Quota::Hare), ..Options::default() }, "bad_option"),
        (&good, "nonsense", Options::default(), "bad_option"),
    ] {
        let error = count(contest, rule, &options).unwrap_err();
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.message.len() > 20, "{error}");
    }
    assert_eq!(count(&good, "scotland", &arithmetic("fixed-p5-d5")).unwrap().elected, [0]);
    assert_eq!(count(&good, "scotland", &seats(2)).unwrap().elected, [0, 1]);
}

pub(super) fn weighted(seats: usize, candidates: usize, ballots: &[(usize, &[usize])]) -> Contest {
    let ballots = ballots.iter().flat_map(|(votes, prefs)| std::iter::repeat_n(prefs.to_vec(), *votes)).collect();
    contest(&Small { seats, candidates, ballots })
}

fn shown(round: &crate::count::Round) -> Vec<&str> {
    round.votes.iter().map(|votes| votes.as_deref().unwrap_or("out")).collect()
}

/// By hand: the quota is 6, so the first has a surplus of 4 over 9 ballots that name another one: 6 × 4/9 = 2 2/3 and 3 × 4/9 =
/// 1 1/3, of which the larger fraction gets the ballot that is left. Then the second has more than the last two together, and
/// gets the last seat.
#[test]
fn irish_surpluses_are_divided_into_whole_ballots() {
    let contest = weighted(2, 4, &[(6, &[0, 1]), (3, &[0, 2]), (1, &[0]), (2, &[1]), (3, &[2])]);
    let count = counted(&contest, "dublin");
    assert_eq!((count.quota.as_deref(), count.elected), (Some("6"), vec![0, 1]));
    assert_eq!(shown(&count.rounds[1]), ["6", "5", "4", "0"]);
    assert_eq!((count.rounds[1].excluded.as_slice(), count.rounds.len()), (&[2, 3][..], 2));
}

/// By hand: the quota is 16/3, rounded up to 5.34; the surplus of 2.66 goes over 6 transferable ballots at 0.44 each and
/// leaves 0.02; then the last candidate's ballot elects the third.
#[test]
fn newland_and_britton_pass_on_a_surplus_in_hundredths() {
    let contest = weighted(2, 4, &[(5, &[0, 1]), (1, &[0, 2]), (2, &[0]), (3, &[1]), (4, &[2]), (1, &[3, 2])]);
    let count = counted(&contest, "ers97");
    assert_eq!((count.quota.as_deref(), &count.elected[..]), (Some("5.34"), &[0, 2][..]));
    assert_eq!(shown(&count.rounds[1]), ["5.34", "5.20", "4.44", "1.00"]);
    assert_eq!(count.rounds[1].exhausted, "0.02");
    assert_eq!(shown(&count.rounds[2])[2], "5.44");
}

/// The first two stages of the model election that is published with the rules, section 8: 753 valid votes for six places,
/// Smith with 134, the last two with 24 and 23, 123 transferable papers of Smith's. The published text names no
/// other first preferences; those here are made up to fill the total.
#[test]
fn newland_and_britton_begin_as_in_their_model_election() {
    let mut ballots: Vec<(usize, &[usize])> = vec![(60, &[0, 1]), (40, &[0, 2]), (23, &[0, 10]), (11, &[0])];
    let firsts: [(usize, &[usize]); 10] = [
        (100, &[1]),
        (95, &[2]),
        (90, &[3]),
        (80, &[4]),
        (70, &[5]),
        (55, &[6]),
        (45, &[7]),
        (37, &[8]),
        (24, &[9]),
        (23, &[10]),
    ];
    ballots.extend(firsts);
    let count = counted(&weighted(6, 11, &ballots), "ers97");
    assert_eq!(count.quota.as_deref(), Some("107.58"));
    let first = &count.rounds[0];
    assert_eq!((first.votes[0].as_deref(), &first.elected[..]), (Some("134.00"), &[0][..]));
    assert!(first.sentence.contains("26.42"), "the surplus: {}", first.sentence);
    let second = &count.rounds[1];
    assert_eq!((second.votes[0].as_deref(), second.exhausted.as_str()), (Some("107.58"), "0.59"));
    let gains: Vec<i128> = second
        .votes
        .iter()
        .zip(&first.votes)
        .map(|(new, old)| units(new.as_deref().unwrap()) - units(old.as_deref().unwrap()))
        .collect();
    // 0.21 for each of 60, 40 and 23 papers: 25.83 in all.
    assert_eq!((gains[1], gains[2], gains[10]), (1260, 840, 483));
}

/// Two have the quota of 2 for one place and were never unequal: a lot excludes one (5.6.2, 5.2.5), and the other one is
/// elected without a transfer (5.5.1).
#[test]
fn newland_and_britton_do_not_elect_one_of_two_who_are_level() {
    let count = counted(&weighted(1, 2, &[(2, &[0]), (2, &[1])]), "ers97");
    let tie = count.rounds[0].tie.clone().unwrap();
    assert_eq!((tie.candidates, tie.picked, tie.picked_for), (vec![0, 1], 0, "exclusion"));
    assert_eq!((&count.elected[..], count.rounds.len(), count.tie_dependent), (&[1][..], 1, true));
}

/// 6 votes for 1 then 2, 3 for 3: quotas of one seat by each choice.
#[test]
fn quotas_are_as_chosen() {
    let mut ballots = vec![vec![0, 1]; 6];
    ballots.extend(vec![vec![2]; 3]);
    let contest = contest(&Small { seats: 2, candidates: 3, ballots });
    for (name, quota) in [("droop", "4.00"), ("hagenbach-bischoff", "3.00"), ("hare", "4.50"), ("exact", "3.01")] {
        for rule in ["gregory-weighted", "gregory-inclusive", "gregory-last-parcel", "wigm"] {
            let options =
                Options { quota: Quota::named(name), arithmetic: Some("fixed-p2".to_owned()), ..Options::default() };
            let count = count(&contest, rule, &options).unwrap();
            assert_eq!(count.quota.as_deref(), Some(quota), "{rule}");
            assert_eq!(count.elected, [0, 2], "{rule} {name}");
        }
    }
}

/// `cargo test -p tally --release -- --ignored --nocapture` tells how long a million ballots take.
#[test]
#[ignore = "tells a speed"]
fn a_million_ballots_of_twenty_candidates() {
    let mut random = Random(11);
    let mut contest = contest(&Small { seats: 6, candidates: 20, ballots: vec![] });
    for _ in 0..1_000_000 {
        let mut left: Vec<usize> = (0..20).collect();
        let prefs: Vec<usize> = (0..1 + random.below(6)).map(|_| left.remove(random.below(left.len()) / 2)).collect();
        contest.ballots.add(1, &marks(&prefs)).unwrap();
    }
    println!("{} kinds of ballots", contest.ballots.len());
    for (rule, arithmetic) in PROFILES
        .iter()
        .map(|profile| (profile.name, None))
        .chain([("meek", Some("fixed-p9")), ("wigm", Some("rational"))])
    {
        let start = std::time::Instant::now();
        let options = Options { arithmetic: arithmetic.map(str::to_owned), ..Options::default() };
        let result = count(&contest, rule, &options).map(|count| count.rounds.len());
        println!("{rule} {arithmetic:?}: {:?}, {result:?} rounds", start.elapsed());
    }
}
