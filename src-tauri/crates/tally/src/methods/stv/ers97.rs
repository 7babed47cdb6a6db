//! "How to conduct an election by the Single Transferable Vote", third edition, ERS 1997; numbers below are its paragraphs.
//!
//! Two decimal places. The quota is rounded up to a hundredth (5.1.6), and is counted anew after exclusions until somebody
//! is elected (5.4.8). Whoever has it, or as much as the votes still active divided by one more than the places still open,
//! is elected, most votes first, also between the batches of an exclusion (5.1.7, 5.3.13, 5.4.9). Of more who are level
//! than there are places, those with more votes at the first stage where they were unequal are elected; where there is no
//! such stage, nobody is elected yet (5.6.2).
//!
//! A surplus passes on as the batch that came last: transferable ballots at surplus ÷ their number, or at what they are
//! worth where that is not more than the surplus (5.3). Surpluses wait where together they are no more than what parts the
//! last candidate, or those who go together, from the next one (5.2.2).
//!
//! As many candidates as possible go together whose votes, with surpluses that wait, are no more than those of the next one
//! above (5.2.5); this one has more votes than each of them, so that no lot parts such a group. Where an exclusion leaves
//! as many candidates as places, they are elected and no ballot passes on (5.5.1). Ballots of those excluded pass on by
//! value, the largest first, and nobody gets any after being elected (5.4). Ties: the first stage at which votes were
//! unequal, then lot. Preferences must be consecutive.

use std::cmp::Ordering;

use super::arithmetic::Arithmetic;
use super::board::{Board, Bundle, State};
use super::papers::Why;
use super::ties::{Before, Cut};

pub(super) fn count<A: Arithmetic>(board: &mut Board<'_, A>) {
    set_quota(board);
    board.open_round();
    while !board.is_over() {
        elect(board);
        if board.is_over() {
            return;
        }
        let surplus = board.pending_surplus();
        let mut losers = losers_together(board, &surplus);
        if surplus != board.math.zero() && losers.is_empty() && !may_wait(board, &surplus) {
            let candidate = board.largest_pending(Before::First);
            transfer(board, candidate);
            board.open_round();
            continue;
        }
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
        if !pass_on(board, &losers) {
            continue;
        }
        // Before anybody is elected all ballots are worth one vote, so that an exclusion is a single batch.
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

/// Elects who has the quota, or an equal part of the votes still active, in the order of votes.
fn elect<A: Arithmetic>(board: &mut Board<'_, A>) {
    while board.left() > 0 {
        let math = board.math;
        let hopeful = board.all(State::Hopeful);
        let high = board.by_votes(&board.extreme(&hopeful, &board.votes, Ordering::Greater));
        let Some(&first) = high.first() else { return };
        let has_quota = board.votes[first] >= board.quota;
        if !has_quota && math.times(&board.votes[first], board.left() as u64 + 1) < active(board) {
            return;
        }
        let mut picked = first;
        if high.len() > board.left() {
            let Some(earlier) = with_more_earlier(board, &high) else {
                let names: Vec<&str> = high.iter().rev().map(|&it| board.names[it].as_str()).collect();
                let sentence = format!(
                    "{} have votes enough to be elected, but they have always been level and there are not places for all, so nobody of them is elected yet.",
                    names.join(", ")
                );
                board.say(sentence);
                return;
            };
            picked = earlier;
            let mut tied = high;
            tied.sort_unstable();
            board.record_tie(&Cut { tied, picked, how: "an earlier round", is_arbitrary: false }, "election");
        }
        let why = if has_quota {
            format!("is elected with {} votes; the quota is {}", board.text(picked), math.text(&board.quota))
        } else {
            format!(
                "is elected with {} votes, no fewer than an equal part of the votes still active",
                board.text(picked)
            )
        };
        board.elect(picked, State::Pending, &why);
    }
}

/// Votes still active: those of continuing candidates, and those that wait to be passed on.
fn active<A: Arithmetic>(board: &Board<'_, A>) -> A::Value {
    let (states, votes) = (&board.states, &board.votes);
    let held = (0..votes.len()).filter(|&it| matches!(states[it], State::Hopeful | State::Out)).map(|it| &votes[it]);
    board.math.plus(&board.math.sum(held), &board.pending_surplus())
}

/// Of more who are level than there are places: the one with most votes at the first round where they were unequal. `None`
/// where more than there are places have always been level.
fn with_more_earlier<A: Arithmetic>(board: &Board<'_, A>, level: &[usize]) -> Option<usize> {
    let mut left = level.to_vec();
    for votes in &board.history {
        left = board.extreme(&left, votes, Ordering::Greater);
    }
    if left.len() > board.left() { None } else { left.first().copied() }
}

/// The largest group of two or more who together, with `surplus`, have no more votes than the one above them, who has more
/// than each of them. As many as seats are left over are spared. Lowest first; empty where there is none.
fn losers_together<A: Arithmetic>(board: &Board<'_, A>, surplus: &A::Value) -> Vec<usize> {
    let mut hopeful = board.by_votes(&board.all(State::Hopeful));
    hopeful.reverse();
    let most = hopeful.len().saturating_sub(board.left());
    let mut sum = surplus.clone();
    let mut losers = 0;
    for count in 1..=most {
        sum += &board.votes[hopeful[count - 1]];
        let next = hopeful.get(count).map(|&next| &board.votes[next]);
        if count > 1 && next.is_some_and(|next| sum <= *next && board.votes[hopeful[count - 1]] < *next) {
            losers = count;
        }
    }
    hopeful.truncate(losers);
    hopeful
}

/// True where surpluses together are no more than what parts the last candidate from the next one.
fn may_wait<A: Arithmetic>(board: &Board<'_, A>, surplus: &A::Value) -> bool {
    match board.by_votes(&board.all(State::Hopeful))[..] {
        [.., next, last] => board.math.plus(&board.votes[last], surplus) <= board.votes[next],
        _ => false,
    }
}

/// Passes on the surplus: all ballots where it came of first preferences, otherwise the last batch.
fn transfer<A: Arithmetic>(board: &mut Board<'_, A>, from: usize) {
    let math = board.math;
    let surplus = board.surplus(from);
    let sentence = format!("The surplus of {}, {} votes, passes on.", board.names[from], math.text(&surplus));
    board.say(sentence);
    board.states[from] = State::Elected;
    let pile = std::mem::take(&mut board.piles[from]);
    let last = pile.iter().map(|bundle| bundle.came).max().unwrap_or(0);
    let goes = |bundle: &Bundle<A::Value>| bundle.came == last && board.next(bundle.paper, bundle.at).is_some();
    let (parcel, stays): (Vec<_>, Vec<_>) = pile.into_iter().partition(goes);
    board.piles[from] = stays;
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
    loop {
        let lying = losers.iter().flat_map(|&loser| &board.piles[loser]);
        let Some(worth) = lying.map(|bundle| &bundle.worth).max().cloned() else { return true };
        for &loser in losers {
            let pile = std::mem::take(&mut board.piles[loser]);
            let (batch, rest): (Vec<_>, Vec<_>) = pile.into_iter().partition(|bundle| bundle.worth == worth);
            board.piles[loser] = rest;
            if !batch.is_empty() {
                let moved = board.hand_on(loser, batch, Clone::clone);
                board.votes[loser] = board.math.minus(&board.votes[loser], &moved);
            }
        }
        if losers.iter().any(|&loser| !board.piles[loser].is_empty()) {
            board.open_round();
            elect(board);
            if board.left() == 0 {
                // What is still to be passed on stays with those excluded.
                return false;
            }
        }
    }
}
