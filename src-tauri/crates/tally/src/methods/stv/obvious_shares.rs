//! The second, slow and obvious count of rules after Meek and by quotients, for tests.

use num_bigint::BigInt;

use super::obvious::{Small, Told, ten};

/// How a rule after Meek goes about it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shares {
    pub(super) digits: u32,
    pub(super) hidden: u32,
    pub(super) omega: u32,
    pub(super) warren: bool,
    pub(super) losers_together: bool,
    pub(super) below: bool,
}

/// Counts by Meek's or Warren's method: elected and excluded only.
pub(super) fn meek(small: &Small, manner: Shares) -> Told {
    let one = ten(manner.digits + manner.hidden);
    let omega = ten(manner.digits + manner.hidden - manner.omega);
    let near = if manner.hidden == 0 { BigInt::from(1) } else { ten(manner.hidden) / 2 };
    let up = |above: BigInt, below: &BigInt| (above + below - BigInt::from(1)) / below;
    let mut keep = vec![one.clone(); small.candidates];
    let mut told = Told { elected: Vec::new(), excluded: Vec::new(), steps: Vec::new() };
    let mut before: Option<BigInt> = None;
    loop {
        let hopeful: Vec<usize> =
            (0..small.candidates).filter(|it| !told.elected.contains(it) && !told.excluded.contains(it)).collect();
        let left = small.seats - told.elected.len();
        if left == 0 {
            told.excluded.extend(hopeful);
            return told;
        }
        if hopeful.len() <= left {
            told.elected.extend(hopeful);
            return told;
        }
        let mut votes = vec![BigInt::ZERO; small.candidates];
        for prefs in &small.ballots {
            let mut rest = one.clone();
            for &candidate in prefs {
                let kept = if manner.warren {
                    rest.clone().min(keep[candidate].clone())
                } else {
                    up(&rest * &keep[candidate], &one)
                };
                votes[candidate] += &kept;
                rest -= kept;
            }
        }
        let quota = votes.iter().sum::<BigInt>() / (small.seats + 1) + u32::from(manner.hidden == 0);
        let reached: Vec<usize> = hopeful
            .iter()
            .copied()
            .filter(|it| if manner.hidden == 0 { votes[*it] >= quota } else { &votes[*it] - &quota >= near })
            .collect();
        if !reached.is_empty() {
            told.elected.extend(reached.into_iter().take(left));
            before = None;
            continue;
        }
        let surplus = told.elected.iter().map(|it| &votes[*it] - &quota).sum::<BigInt>().max(BigInt::ZERO);
        let is_near = |one: &BigInt, other: &BigInt| one - other < near && other - one < near;
        let small_enough = if manner.below {
            surplus < omega && !is_near(&surplus, &omega)
        } else {
            surplus < omega || is_near(&surplus, &omega)
        };
        let stands = before.as_ref().is_some_and(|before| surplus > *before || is_near(&surplus, before));
        let mut losers = Vec::new();
        if small_enough || stands {
            let least = hopeful.iter().map(|it| votes[*it].clone()).min().expect("somebody");
            let reach = least + &surplus;
            losers.extend(hopeful.iter().copied().find(|it| votes[*it] <= reach || is_near(&votes[*it], &reach)));
        } else if manner.losers_together {
            let mut order = hopeful.clone();
            order.sort_by_key(|it| votes[*it].clone());
            for count in 1..=order.len() - left {
                let sum = order[..count].iter().map(|it| &votes[*it]).sum::<BigInt>() + &surplus;
                if count < order.len() && sum < votes[order[count]] && !is_near(&sum, &votes[order[count]]) {
                    losers = order[..count].to_vec();
                }
            }
        }
        if losers.is_empty() {
            for &candidate in &told.elected {
                keep[candidate] = up(up(&keep[candidate] * &quota, &one) * &one, &votes[candidate]).min(one.clone());
            }
            before = Some(surplus);
        } else {
            losers.iter().for_each(|it| keep[*it] = BigInt::ZERO);
            told.excluded.extend(losers);
            before = None;
        }
    }
}

/// Counts by quotients, in exact fractions of integers: elected (in the order of their first election) and excluded.
pub(super) fn quotients(small: &Small) -> Told {
    let one = ten(18);
    let near = ten(9) / 2;
    let level = |one: &BigInt, other: &BigInt| one - other < near && other - one < near;
    let mut told = Told { elected: Vec::new(), excluded: Vec::new(), steps: Vec::new() };
    let mut ever: Vec<usize> = Vec::new();
    let mut given = vec![BigInt::ZERO; small.ballots.len()];
    loop {
        let hopeful: Vec<usize> =
            (0..small.candidates).filter(|it| !told.elected.contains(it) && !told.excluded.contains(it)).collect();
        let left = small.seats - told.elected.len();
        if left == 0 || hopeful.len() <= left {
            if left > 0 {
                ever.extend(hopeful.iter().filter(|it| !ever.contains(it)).copied().collect::<Vec<_>>());
                told.elected.extend(hopeful);
            } else {
                told.excluded.extend(hopeful);
            }
            told.elected.sort_by_key(|it| ever.iter().position(|other| other == it));
            return told;
        }
        let first: Vec<Option<usize>> =
            small.ballots.iter().map(|prefs| prefs.iter().copied().find(|it| hopeful.contains(it))).collect();
        let sum = |wanted: &dyn Fn(Option<usize>) -> bool| {
            let chosen = first.iter().zip(&given).filter(|(first, _)| wanted(**first));
            chosen.fold((0_u64, BigInt::ZERO), |(count, sum), (_, given)| (count + 1, sum + given))
        };
        let quotient: Vec<BigInt> = (0..small.candidates)
            .map(|candidate| {
                let (votes, elected) = sum(&|first| first == Some(candidate));
                BigInt::from(votes) * &one * &one / (&one + elected)
            })
            .collect();
        let (active, _) = sum(&|first| first.is_some());
        let (_, spent) = sum(&|first| first.is_none());
        let quota = BigInt::from(active) * &one * &one / (BigInt::from(small.seats + 1) * &one - spent);
        let best = |most: bool| {
            let extreme = hopeful
                .iter()
                .map(|it| &quotient[*it])
                .reduce(|one, other| if (one > other) == most { one } else { other });
            let extreme = extreme.expect("somebody").clone();
            hopeful.iter().copied().find(|it| level(&quotient[*it], &extreme)).expect("somebody")
        };
        let high = best(true);
        if quotient[high] > quota && !level(&quotient[high], &quota) {
            told.elected.push(high);
            if !ever.contains(&high) {
                ever.push(high);
            }
            for (ballot, first) in first.iter().enumerate() {
                if *first == Some(high) {
                    given[ballot] = &one * &one / &quotient[high];
                }
            }
        } else {
            let low = best(false);
            told.excluded.push(low);
            if hopeful.len() - 1 > left {
                told.elected.clear();
                given.fill(BigInt::ZERO);
            }
        }
    }
}
