//! "How to conduct an election by the Single Transferable Vote", third edition, ERS 1997.
//!
//! Two decimal places. The quota is rounded up to a hundredth, and is counted anew after exclusions until somebody has it;
//! later, whoever has as much as the votes still active divided by one more than the places still open is elected too
//! (5.3, 5.4.9). A surplus passes on as the parcel that last made it: transferable ballots at surplus ÷ their number, or
//! at what they are worth where that is less. A surplus waits where it could not change who is last. Candidates
//! who together cannot catch up go together; their ballots pass on by value, the largest first, and nobody gets any after
//! having reached the quota. Ties: the first stage at which votes were unequal, then lot. Preferences must be consecutive.

use std::cmp::Ordering;

use super::arithmetic::Arithmetic;
use super::board::{Board, Bundle, State};
use super::gregory::Quota;
use super::papers::Why;
use super::ties::Before;

pub(super) fn count<A: Arithmetic>(board: &mut Board<'_, A>) {
    set_quota(board);
    board.open_round();
    while !board.is_over() {
        elect(board);
        if board.is_over() {
            return;
        }
        let surplus = board.pending_surplus();
        if surplus != board.math.zero() && !may_wait(board, &surplus) {
            let candidate = board.largest_pending(Before::First);
            transfer(board, candidate);
            board.open_round();
            continue;
        }
        let mut losers = board.sure_losers(&surplus);
        if losers.len() < 2 {
            losers = vec![board.lowest(Before::First)];
        }
        for &loser in &losers {
            let why = format!("is excluded with {} votes", board.text(loser));
            board.exclude(loser, &why);
        }
        if !pass_on(board, &losers) {
            continue;
        }
        if board.left() == board.seats {
            set_quota(board);
        }
        board.open_round();
    }
}

/// Active votes divided by one more than the seats, rounded up to a hundredth where it is not exact.
fn set_quota<A: Arithmetic>(board: &mut Board<'_, A>) {
    let math = board.math;
    let active = math.sum(&board.votes);
    let seats = board.seats as u64 + 1;
    let quota = math.div(&active, &math.whole(seats));
    let is_whole = math.times(&quota, seats) == active;
    board.quota = if is_whole { quota } else { math.plus(&quota, &math.step()) };
}

/// Elects who has the quota, or as much of the active vote as makes a seat certain, in the order of votes.
fn elect<A: Arithmetic>(board: &mut Board<'_, A>) {
    board.elect_reached(Quota::Hare);
    while board.left() > 0 {
        let math = board.math;
        let hopeful = board.all(State::Hopeful);
        let waiting: Vec<A::Value> = hopeful.iter().map(|&candidate| board.votes[candidate].clone()).collect();
        let active = math.plus(&math.sum(&waiting), &board.pending_surplus());
        let places = board.left() as u64 + 1;
        let high = board.extreme(&hopeful, &board.votes, Ordering::Greater);
        // So many votes that not all others can have as many.
        if math.times(&board.votes[high[0]], places) <= active || high.len() > board.left() {
            return;
        }
        for candidate in high {
            let why = format!(
                "is elected with {} votes, more than an equal part of the votes still active",
                board.text(candidate)
            );
            board.elect(candidate, State::Pending, &why);
        }
    }
}

/// True where surpluses together are less than what parts the last candidate, or the sure losers, from the next one.
fn may_wait<A: Arithmetic>(board: &Board<'_, A>, surplus: &A::Value) -> bool {
    board.how_many(State::Hopeful) > board.left() && !board.sure_losers(surplus).is_empty()
}

/// Passes on the surplus: all ballots where it came of first preferences, otherwise the last parcel.
fn transfer<A: Arithmetic>(board: &mut Board<'_, A>, from: usize) {
    let math = board.math;
    let surplus = board.surplus(from);
    let sentence = format!("The surplus of {}, {} votes, passes on.", board.names[from], math.text(&surplus));
    board.say(sentence);
    board.states[from] = State::Elected;
    let mut parcel = std::mem::take(&mut board.piles[from]);
    let last = parcel.iter().map(|bundle| bundle.came).max().unwrap_or(0);
    parcel.retain(|bundle| bundle.came == last && board.next(bundle.paper, bundle.at).is_some());
    let ballots: u64 = parcel.iter().map(|bundle| bundle.ballots).sum();
    let worth = math.sum(&parcel.iter().map(|bundle| math.times(&bundle.worth, bundle.ballots)).collect::<Vec<_>>());
    if worth > surplus {
        let value = math.div(&surplus, &math.whole(ballots));
        let moved = board.hand_on(from, parcel, |worth| worth.min(&value).clone());
        board.lose(Why::Rounding, &math.minus(&surplus, &moved));
    } else {
        board.hand_on(from, parcel, Clone::clone);
        board.lose(Why::NoMoreChoices, &math.minus(&surplus, &worth));
    }
    board.votes[from] = math.minus(&board.votes[from], &surplus);
}

/// Passes on the ballots of those excluded, value by value; false where all seats were filled in between.
fn pass_on<A: Arithmetic>(board: &mut Board<'_, A>, losers: &[usize]) -> bool {
    let mut bundles: Vec<(usize, Bundle<A::Value>)> = Vec::new();
    for &loser in losers {
        bundles.extend(std::mem::take(&mut board.piles[loser]).into_iter().map(|bundle| (loser, bundle)));
    }
    bundles.sort_by(|(_, one), (_, other)| other.worth.cmp(&one.worth));
    while let Some((_, first)) = bundles.first() {
        let worth = first.worth.clone();
        let end = bundles.iter().take_while(|(_, bundle)| bundle.worth == worth).count();
        let batch: Vec<(usize, Bundle<A::Value>)> = bundles.drain(..end).collect();
        for &loser in losers {
            let own: Vec<Bundle<A::Value>> =
                batch.iter().filter(|(from, _)| *from == loser).map(|(_, bundle)| bundle.clone()).collect();
            if !own.is_empty() {
                let moved = board.hand_on(loser, own, Clone::clone);
                board.votes[loser] = board.math.minus(&board.votes[loser], &moved);
            }
        }
        if !bundles.is_empty() {
            board.open_round();
            board.elect_reached(Quota::Hare);
            if board.left() == 0 {
                // What is still to be passed on stays with those excluded.
                for (loser, bundle) in bundles {
                    board.piles[loser].push(bundle);
                }
                return false;
            }
        }
    }
    true
}
