//! The second, slow and obvious count of Irish elections, for tests: ballot by ballot, which must be sorted by preferences.

use num_bigint::BigInt;

use super::obvious::{Manner, Small, State, Told, begin};

/// Counts whole ballots.
pub(super) fn irish(small: &Small, manner: Manner) -> Told {
    let mut state = begin(small, manner);
    let mut arose = vec![0; small.candidates];
    while !state.over() {
        let votes = state.votes();
        let mut reached: Vec<usize> = state.hopeful().into_iter().filter(|it| state.reaches(&votes[*it])).collect();
        reached.sort_by_key(|it| (std::cmp::Reverse(votes[*it].clone()), std::cmp::Reverse(*it)));
        reached.truncate(state.left());
        for candidate in reached {
            state.told.elected.push(candidate);
            state.waits[candidate] = true;
            arose[candidate] = state.told.steps.len();
        }
        if state.over() {
            break;
        }
        let waiting: Vec<usize> = (0..small.candidates).filter(|it| state.waits[*it]).collect();
        let surplus = state.surplus_of(&waiting);
        let mut order = state.hopeful();
        order.sort_by_key(|it| (std::cmp::Reverse(votes[*it].clone()), std::cmp::Reverse(*it)));
        let (last, next) = (order[order.len() - 1], order[order.len() - 2]);
        let (sure, others) = order.split_at(state.left());
        let rest: BigInt = others.iter().map(|it| &votes[*it]).sum();
        if (others.len() == 1 || sure.len() == 1) && rest + &surplus < votes[sure[sure.len() - 1]] {
            state.told.elected.extend(sure);
            state.over();
            break;
        }
        let losers = state.losers(&surplus);
        let may_wait = &votes[order[0]] + &surplus < state.quota && &votes[last] + &surplus < votes[next];
        if surplus > BigInt::ZERO && !may_wait {
            let most = waiting.iter().map(|it| &votes[*it]).max();
            let mut largest: Vec<usize> = waiting.iter().copied().filter(|it| Some(&votes[*it]) == most).collect();
            let first = largest.iter().map(|it| arose[*it]).min();
            largest.retain(|it| Some(arose[*it]) == first);
            let from = state.pick(&largest, true);
            pass_surplus(&mut state, from);
        } else {
            let losers = if losers.is_empty() { vec![state.pick(&state.hopeful(), false)] } else { losers };
            losers.iter().for_each(|it| state.is_in[*it] = false);
            state.told.excluded.extend(&losers);
            if state.over() {
                break;
            }
            losers.into_iter().for_each(|it| state.pass_all(it));
        }
        state.note();
    }
    state.told
}

fn pass_surplus(state: &mut State<'_>, from: usize) {
    let surplus: usize = (state.votes()[from].clone() - &state.quota).try_into().expect("a small election");
    let held: Vec<usize> = (0..state.ballots.len()).filter(|it| state.ballots[*it].1 == Some(from)).collect();
    let last = held.iter().map(|it| state.came[*it]).max();
    let hopeful = state.hopeful();
    let next = |ballot: usize| {
        let behind = state.small.ballots[ballot].iter().skip_while(|it| **it != from).skip(1);
        behind.copied().find(|it| hopeful.contains(it))
    };
    let parcels: Vec<(usize, Vec<usize>)> = hopeful
        .iter()
        .map(|to| {
            (*to, held.iter().copied().filter(|it| Some(state.came[*it]) == last && next(*it) == Some(*to)).collect())
        })
        .collect();
    let all: usize = parcels.iter().map(|(_, ballots)| ballots.len()).sum();
    let mut shares: Vec<usize> =
        parcels.iter().map(|(_, it)| if all <= surplus { it.len() } else { it.len() * surplus / all }).collect();
    if all > surplus {
        let mut order: Vec<usize> = (0..parcels.len()).collect();
        order.sort_by_key(|it| {
            let (to, ballots) = &parcels[*it];
            let stages: Vec<BigInt> = state.told.steps.iter().map(|step| step[*to].clone()).collect();
            std::cmp::Reverse((ballots.len() * surplus % all, ballots.len(), stages, usize::MAX - to))
        });
        let left = surplus - shares.iter().sum::<usize>();
        order.into_iter().take(left).for_each(|it| shares[it] += 1);
    }
    for ((_, ballots), share) in parcels.into_iter().zip(shares) {
        ballots.into_iter().rev().take(share).for_each(|it| state.move_on(it));
    }
    // What stays counts for the quota and not a ballot more.
    state.settled[from] = Some(state.quota.clone());
    state.waits[from] = false;
}
