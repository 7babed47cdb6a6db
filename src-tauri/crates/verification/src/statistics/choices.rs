//! Choices in the order in which they were cast, and choices of votes that were left out.

use std::collections::BTreeMap;

use super::addresses::households_p;
use super::float;

/// Ballots of a contest below which their order means nothing.
const MIN_ORDERED: usize = 50;
/// Choices whose shares are followed: those with the most ballots. An export may name thousands.
const MOST_FOLLOWED: usize = 20;
/// Ballots that a choice must have, and that all others must have, before its share is followed.
const MIN_CHOSEN: u64 = 5;

/// Equal choices in a row.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The choice.
    pub choice: u32,
    /// Place of its first ballot in the order.
    pub first: usize,
    /// Ballots in it.
    pub length: u64,
    /// Ballots of the choice, and the runs that they fall into.
    pub of: (u64, u64),
    /// Its chance, corrected for the choices of the contest.
    pub p: f64,
}

/// A share that differs between the beginning and the end.
#[derive(Clone, Debug, PartialEq)]
pub struct Drift {
    /// The choice.
    pub choice: u32,
    /// Ballots before the place where the difference is greatest.
    pub before: usize,
    /// Its share of them, and of the ballots after that place.
    pub shares: (f64, f64),
    /// Its chance, corrected for the choices of the contest.
    pub p: f64,
}

/// Votes of a choice that were left out.
#[derive(Clone, Debug, PartialEq)]
pub struct Excluded {
    /// The choice.
    pub choice: u32,
    /// Votes of it that were left out, and all that were.
    pub excluded: (u64, u64),
    /// Votes of it, and all votes, those left out included.
    pub all: (u64, u64),
    /// Its chance, corrected for the choices of the contest.
    pub p: f64,
}

/// The run of equal choices that chance explains least.
///
/// Null: as many ballots of each choice in as many runs, cut into them in any way, each way being equally likely. So neighbours may be
/// alike more often than not (families, groups that come together), as long as no single run stands out. The chance of a run of a
/// length or more is exact for one run; for the longest of several it is bounded by their number. What breaks it: a group that
/// votes as one, one after the other. A choice whose votes are all in one run is not judged: no other run of it can be compared.
pub fn longest_run(order: &[u32]) -> Option<Run> {
    if order.len() < MIN_ORDERED {
        return None;
    }
    #[derive(Default)]
    struct Of {
        ballots: u64,
        runs: u64,
        longest: (u64, usize),
    }
    let mut choices: BTreeMap<u32, Of> = BTreeMap::new();
    let mut first = 0;
    for end in 1..=order.len() {
        if end < order.len() && order[end] == order[first] {
            continue;
        }
        let length = u64::try_from(end - first).unwrap_or(u64::MAX);
        let of = choices.entry(order[first]).or_default();
        of.ballots += length;
        of.runs += 1;
        if length > of.longest.0 {
            of.longest = (length, first);
        }
        first = end;
    }
    let tested = u64::try_from(choices.values().filter(|of| of.runs > 1).count()).unwrap_or(u64::MAX);
    let runs = choices.into_iter().filter(|(_, of)| of.runs > 1).map(|(choice, of)| Run {
        choice,
        first: of.longest.1,
        length: of.longest.0,
        of: (of.ballots, of.runs),
        p: (households_p(of.longest.0, of.ballots, of.runs) * float(of.runs) * float(tested)).min(1.0),
    });
    runs.min_by(|left, right| left.p.total_cmp(&right.p))
}

/// The choice whose share drifts most over the order.
///
/// Null: the share of a choice is the same all along; neighbours may be alike. The statistic is the largest cumulative sum of
/// deviations from the mean over its standard error (Kolmogorov's distribution of a Brownian bridge); the variance takes in how
/// neighbours go together (Bartlett's weights over the cube root of the ballots) and is never taken smaller than without. What
/// breaks it: groups that vote at different times.
pub fn drift(order: &[u32]) -> Option<Drift> {
    if order.len() < MIN_ORDERED {
        return None;
    }
    let all = u64::try_from(order.len()).unwrap_or(u64::MAX);
    let mut chosen: BTreeMap<u32, u64> = BTreeMap::new();
    for choice in order {
        *chosen.entry(*choice).or_default() += 1;
    }
    chosen.retain(|_, ballots| *ballots >= MIN_CHOSEN && all - *ballots >= MIN_CHOSEN);
    let mut chosen: Vec<(u32, u64)> = chosen.into_iter().collect();
    chosen.sort_by_key(|(choice, ballots)| (std::cmp::Reverse(*ballots), *choice));
    chosen.truncate(MOST_FOLLOWED);
    let tested = u64::try_from(chosen.len()).unwrap_or(u64::MAX);
    let drifts = chosen.into_iter().map(|(choice, ballots)| {
        let mean = float(ballots) / float(all);
        let off = |at: usize| f64::from(u8::from(order[at] == choice)) - mean;
        let (mut sum, mut largest, mut before) = (0.0f64, 0.0f64, 0usize);
        for at in 0..order.len() {
            sum += off(at);
            if sum.abs() > largest {
                (largest, before) = (sum.abs(), at + 1);
            }
        }
        let alone = mean * (1.0 - mean);
        let lags = (1..=order.len()).take_while(|lag| lag * lag * lag <= order.len()).last().unwrap_or(1);
        let mut variance = alone;
        for lag in 1..=lags {
            let together: f64 = (lag..order.len()).map(|at| off(at) * off(at - lag)).sum::<f64>() / float(all);
            let weight = 1.0 - float(lag as u64) / float(lags as u64 + 1);
            variance += 2.0 * weight * together;
        }
        let statistic = largest / (variance.max(alone) * float(all)).sqrt();
        let share = |part: &[u32]| {
            let own = part.iter().filter(|other| **other == choice).count();
            float(own as u64) / float((part.len() as u64).max(1))
        };
        Drift {
            choice,
            before,
            shares: (share(&order[..before]), share(&order[before..])),
            p: (kolmogorov_p(statistic) * float(tested)).min(1.0),
        }
    });
    drifts.min_by(|left, right| left.p.total_cmp(&right.p))
}

/// Chance of a larger value of Kolmogorov's statistic.
fn kolmogorov_p(statistic: f64) -> f64 {
    if statistic < 0.3 {
        return 1.0;
    }
    let mut p = 0.0;
    for term in 1..=100_i32 {
        let value = 2.0 * (-2.0 * f64::from(term * term) * statistic * statistic).exp();
        p += if term % 2 == 1 { value } else { -value };
        if value < 1e-18 {
            break;
        }
    }
    p.clamp(f64::MIN_POSITIVE, 1.0)
}

/// The choice that was left out most unlike the others. `votes` by choice: kept ones and those left out.
///
/// Null: which votes are left out has nothing to do with their choice. The chance is Fisher's exact one, on both sides: of all
/// ways to leave out as many votes, those that are no more likely than what was seen. What breaks it: a cause that concerns one
/// group, such as a batch that was counted twice.
pub fn exclusions(votes: &BTreeMap<u32, (u64, u64)>) -> Option<Excluded> {
    let excluded: u64 = votes.values().map(|(_, excluded)| excluded).sum();
    let all: u64 = votes.values().map(|(kept, excluded)| kept + excluded).sum();
    if excluded == 0 || excluded == all || votes.len() < 2 {
        return None;
    }
    // Of two choices the second says what the first says.
    let tested = if votes.len() == 2 { 1 } else { u64::try_from(votes.len()).unwrap_or(u64::MAX) };
    let judged = votes.iter().map(|(choice, (kept, out))| Excluded {
        choice: *choice,
        excluded: (*out, excluded),
        all: (kept + out, all),
        p: (fisher_p(*out, kept + out, excluded, all) * float(tested)).min(1.0),
    });
    // Between two that say the same, the one that lost more than its part.
    judged.min_by(|left, right| {
        let part = |it: &Excluded| float(it.excluded.0) / float(it.all.0.max(1));
        left.p.total_cmp(&right.p).then(part(right).total_cmp(&part(left)))
    })
}

/// Fisher's exact chance, two-sided: `marked` of `drawn` where `of` of `all` are marked.
fn fisher_p(marked: u64, of: u64, drawn: u64, all: u64) -> f64 {
    let ln_choose = |all: u64, some: u64| ln_factorial(all) - ln_factorial(some) - ln_factorial(all - some);
    let whole = ln_choose(all, drawn);
    let ln_p = |count: u64| ln_choose(of, count) + ln_choose(all - of, drawn - count) - whole;
    let seen = ln_p(marked);
    let least = drawn.saturating_sub(all - of);
    let p: f64 = (least..=of.min(drawn)).map(ln_p).filter(|other| *other <= seen + 1e-9).map(f64::exp).sum();
    p.min(1.0)
}

/// Natural logarithm of a factorial: summed where that is short, by Stirling's series otherwise (error below 1e-12).
fn ln_factorial(number: u64) -> f64 {
    if number < 32 {
        return (2..=number).map(|factor| float(factor).ln()).sum();
    }
    let n = float(number);
    n * n.ln() - n + 0.5 * (2.0 * std::f64::consts::PI * n).ln() + 1.0 / (12.0 * n) - 1.0 / (360.0 * n.powi(3))
        + 1.0 / (1260.0 * n.powi(5))
}

#[cfg(test)]
mod tests {
    use super::super::Draws;
    use super::*;

    #[test]
    fn fisher_s_chance_is_that_of_the_books() {
        // Fisher's tea: 3 of 4 cups right of 8 has 0.4857 on both sides, 4 of 4 has 2/70.
        assert!((fisher_p(3, 4, 4, 8) - 34.0 / 70.0).abs() < 1e-12);
        assert!((fisher_p(4, 4, 4, 8) - 2.0 / 70.0).abs() < 1e-12);
        // Counted by hand over all ways: 5 of 10 marked, 2 drawn, none marked: (10 + 10)/45 since both ends are as likely.
        assert!((fisher_p(0, 5, 2, 10) - 20.0 / 45.0).abs() < 1e-12);
    }

    #[test]
    fn factorials_fit_where_the_ways_meet() {
        let sum: f64 = (2..=40_u32).map(|factor| f64::from(factor).ln()).sum();
        assert!((ln_factorial(40) - sum).abs() < 1e-11);
        assert!((ln_factorial(32) - ln_factorial(31) - 32f64.ln()).abs() < 1e-11);
    }

    #[test]
    fn kolmogorov_s_chances_are_those_of_the_tables() {
        // Critical values of the tables: 1.224 for 0.10, 1.358 for 0.05, 1.628 for 0.01.
        for (statistic, p) in [(1.224, 0.10), (1.358, 0.05), (1.628, 0.01)] {
            assert!((kolmogorov_p(statistic) - p).abs() < 5e-4, "{statistic}");
        }
        assert!((kolmogorov_p(0.2) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_long_run_among_short_ones_is_told_and_a_habit_of_pairs_is_not() {
        let mut order: Vec<u32> = (0..60).map(|at| at / 2 % 2).collect();
        let pairs = longest_run(&order).expect("60 ballots");
        assert!((pairs.p - 1.0).abs() < 1e-12, "every run is a pair: {pairs:?}");
        order.splice(30..30, std::iter::repeat_n(1, 20));
        let run = longest_run(&order).expect("80 ballots");
        assert_eq!((run.choice, run.length), (1, 22));
        // 50 ballots in 15 runs: one of 22 or more has C(28, 14) / C(49, 14) = 40116600 / 675248872536, 15 runs, two choices.
        assert_eq!(run.of, (50, 15));
        let exact = 40_116_600.0 / 675_248_872_536.0 * 30.0;
        assert!((run.p / exact - 1.0).abs() < 1e-9, "{} {exact}", run.p);
    }

    #[test]
    fn a_share_that_falls_is_told_and_one_that_stays_is_not() {
        let mut draws = Draws::new(3);
        let drawn = |shares: [u64; 2], draws: &mut Draws| -> Vec<u32> {
            (0..400).map(|at| u32::from(draws.below(100) >= shares[at / 200])).collect()
        };
        let told = drift(&drawn([70, 40], &mut draws)).expect("400 ballots");
        assert!(told.p < 0.001 && told.before.abs_diff(200) < 40, "{told:?}");
        // Under the null a p-value is below 0.05 in about 5 of 100.
        let small = (0..400).filter(|_| drift(&drawn([60, 60], &mut draws)).is_some_and(|it| it.p <= 0.05)).count();
        assert!(small <= 28, "{small} of 400");
    }

    #[test]
    fn votes_of_one_choice_that_are_left_out_are_told() {
        let votes = |of: [(u64, u64); 3]| (0..).zip(of).collect::<BTreeMap<u32, (u64, u64)>>();
        let told = exclusions(&votes([(90, 9), (100, 0), (50, 1)])).expect("ten left out");
        assert_eq!((told.choice, told.excluded, told.all), (0, (9, 10), (99, 250)));
        // By another way: nine or more of ten, where 99 of 250 are theirs, or as unlikely on the other side.
        assert!(told.p < 0.01, "{}", told.p);
        let even = exclusions(&votes([(90, 4), (100, 4), (50, 2)])).expect("ten left out");
        assert!((even.p - 1.0).abs() < 1e-12, "{even:?}");
        assert_eq!(exclusions(&votes([(90, 0), (100, 0), (50, 0)])), None, "none is left out");
    }
}
