//! The rule of Irish elections to the Dáil: Electoral Act 1992, sections 118 to 125. Whole ballots are transferred, never
//! fractions.
//!
//! A surplus is taken from the parcel that came last (first preferences: all ballots). Where its transferable ballots are no
//! more than the surplus all of them go; otherwise each continuing candidate gets a share of the surplus in proportion to
//! those that name him next, whole parts first, then one each by the largest fractions; equal fractions by the larger
//! sub-parcel, then by more votes at the first stage at which they were unequal, then by the order that cuts ties.
//!
//! Which ballots of a sub-parcel go is chance by law (those filed last, after mixing). Here it is certain: ballots lie in
//! the order of their preferences, by candidate numbers, shorter before longer, and the last go first. The mark of a count that
//! hung on it is that another mixing gives other totals; no reference can be equal in every case.
//!
//! A surplus waits where all surpluses together can neither elect anybody nor bring the last candidate level with the one
//! before. Of equal surpluses the one that arose first passes on first. Candidates who together cannot catch up go together.
//! Ties by the first stage at which votes were unequal, then by lot. Preferences must be consecutive.
//!
//! Where as many candidates are left as seats, they are elected, and nothing more passes on; so too where all but the last
//! are sure of the seats that are left, and where one has more votes than all others for the last seat (section 124, as amended
//! in 2001). Deposits and the repayment of expenses, for which the Act may have votes pass on a little longer, are not
//! looked at.

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

use super::arithmetic::Arithmetic;
use super::board::{Board, Bundle, State};
use super::gregory::Quota;
use super::papers::Why;
use super::ties::Before;

pub(super) fn count<A: Arithmetic>(board: &mut Board<'_, A>) {
    board.quota = Quota::Droop.of(board.math, &board.math.whole(board.papers.valid), board.seats);
    board.open_round();
    while !board.is_over() {
        board.elect_reached(Quota::Droop);
        if board.is_over() {
            return;
        }
        let surplus = board.pending_surplus();
        if fill_last(board, &surplus) {
            return;
        }
        if surplus != board.math.zero() && !may_wait(board, &surplus) {
            let candidate = next_surplus(board);
            transfer(board, candidate);
        } else {
            let mut losers = board.sure_losers(&surplus);
            if losers.is_empty() {
                losers = vec![board.lowest(Before::First)];
            }
            for &loser in &losers {
                let why = format!("is excluded with {} votes", board.text(loser));
                board.exclude(loser, &why);
            }
            if board.is_over() {
                return;
            }
            for loser in losers {
                board.transfer_all(loser);
            }
        }
        board.open_round();
    }
}

/// True where all surpluses together lift nobody to the quota and leave the last candidate behind the one before.
fn may_wait<A: Arithmetic>(board: &Board<'_, A>, surplus: &A::Value) -> bool {
    match board.by_votes(&board.all(State::Hopeful))[..] {
        [first, .., next, last] | [first @ next, last] => {
            let with = |candidate: usize| board.math.plus(&board.votes[candidate], surplus);
            with(first) < board.quota && with(last) < board.votes[next]
        }
        _ => false,
    }
}

/// Fills the last seats where it is certain who gets them; true where that ends the count.
fn fill_last<A: Arithmetic>(board: &mut Board<'_, A>, surplus: &A::Value) -> bool {
    let mut hopeful = board.by_votes(&board.all(State::Hopeful));
    let left = board.left();
    let votes = |candidates: &[usize]| board.math.sum(candidates.iter().map(|&it| &board.votes[it]));
    let behind = if left == 1 || hopeful.len() == left + 1 { &hopeful[left..] } else { return false };
    if board.math.plus(&votes(behind), surplus) >= board.votes[hopeful[left - 1]] {
        return false;
    }
    hopeful.truncate(left);
    for candidate in hopeful {
        let why = format!("is elected with {} votes, as nobody else can get a seat any more", board.text(candidate));
        board.elect(candidate, State::Elected, &why);
    }
    board.is_over()
}

/// Whose surplus goes next: the largest; of equal ones that which arose first.
fn next_surplus<A: Arithmetic>(board: &mut Board<'_, A>) -> usize {
    let mut largest = board.extreme(&board.all(State::Pending), &board.votes, Ordering::Greater);
    let first = largest.iter().map(|&it| board.elected_in(it)).min();
    largest.retain(|&it| Some(board.elected_in(it)) == first);
    board.pick(&largest, Ordering::Greater, Before::First, "transfer")
}

/// A part of a parcel that names the same candidate next.
struct SubParcel<V> {
    to: usize,
    ballots: u64,
    bundles: Vec<Bundle<V>>,
}

fn transfer<A: Arithmetic>(board: &mut Board<'_, A>, from: usize) {
    let math = board.math;
    let sentence = format!(
        "The surplus of {}, {} votes, passes on in whole ballots.",
        board.names[from],
        math.text(&board.surplus(from))
    );
    board.say(sentence);
    let surplus = whole_votes(math, &board.surplus(from));
    board.states[from] = State::Elected;
    let pile = std::mem::take(&mut board.piles[from]);
    let last = pile.iter().map(|bundle| bundle.came).max().unwrap_or(0);
    let (parcel, kept): (Vec<_>, Vec<_>) = pile.into_iter().partition(|bundle| bundle.came == last);
    board.piles[from] = kept;
    let mut by_next: BTreeMap<usize, SubParcel<A::Value>> = BTreeMap::new();
    for bundle in parcel {
        match board.next(bundle.paper, bundle.at) {
            Some((_, to)) => {
                let part = by_next.entry(to).or_insert_with(|| SubParcel { to, ballots: 0, bundles: Vec::new() });
                part.ballots += bundle.ballots;
                part.bundles.push(bundle);
            }
            None => board.piles[from].push(bundle),
        }
    }
    let parts: Vec<SubParcel<A::Value>> = by_next.into_values().collect();
    let transferable: u64 = parts.iter().map(|part| part.ballots).sum();
    let shares = if transferable <= surplus {
        parts.iter().map(|part| part.ballots).collect()
    } else {
        divide(board, &parts, surplus, transferable)
    };
    let mut going = Vec::new();
    for (mut part, share) in parts.into_iter().zip(shares) {
        part.bundles.sort_by_key(|bundle| Reverse(bundle.paper));
        let mut left = share;
        for mut bundle in part.bundles {
            let taken = bundle.ballots.min(left);
            left -= taken;
            if taken > 0 {
                going.push(Bundle { ballots: taken, ..bundle.clone() });
            }
            bundle.ballots -= taken;
            if bundle.ballots > 0 {
                board.piles[from].push(bundle);
            }
        }
    }
    let moved = board.hand_on(from, going, Clone::clone);
    let rest = math.minus(&math.whole(surplus), &moved);
    board.lose(Why::NoMoreChoices, &rest);
    board.votes[from] = board.quota.clone();
}

/// Shares of a surplus in proportion to sub-parcels, in whole ballots.
fn divide<A: Arithmetic>(board: &mut Board<'_, A>, parts: &[SubParcel<A::Value>], surplus: u64, all: u64) -> Vec<u64> {
    let product = |part: &SubParcel<A::Value>| u128::from(part.ballots) * u128::from(surplus);
    let whole = |part: &SubParcel<A::Value>| u64::try_from(product(part) / u128::from(all)).unwrap_or(u64::MAX);
    let mut shares: Vec<u64> = parts.iter().map(whole).collect();
    let left = surplus - shares.iter().sum::<u64>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let stages = |to: usize| board.history.iter().map(|votes| votes[to].clone()).collect::<Vec<_>>();
    order.sort_by_key(|&place| {
        let part = &parts[place];
        (
            Reverse(product(part) % u128::from(all)),
            Reverse(part.ballots),
            Reverse(stages(part.to)),
            board.order[part.to],
        )
    });
    for &place in order.iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        shares[place] += 1;
    }
    shares
}

/// Whole votes as a number.
fn whole_votes<A: Arithmetic>(math: &A, votes: &A::Value) -> u64 {
    u64::try_from(math.shown(votes)).expect("Irish votes are whole and were counted in 64 bits")
}
