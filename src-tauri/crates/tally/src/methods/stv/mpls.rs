//! The rule of Minneapolis for offices with several seats: Code of Ordinances, title 8.5, section 167.70.
//!
//! Weighted inclusive Gregory with four decimal places and a whole threshold. Whoever cannot win any more goes first, all
//! together; then the largest surplus passes on, and only thereby its holder is elected; then the last candidate goes.

use std::cmp::Ordering;

use super::arithmetic::Arithmetic;
use super::board::{Board, State};
use super::gregory::{Parcel, Quota};
use super::ties::Before;

pub(super) fn count<A: Arithmetic>(board: &mut Board<'_, A>) {
    board.quota = Quota::Droop.of(board.math, &board.math.whole(board.papers.valid), board.seats);
    board.open_round();
    loop {
        let reached: Vec<usize> = board
            .all(State::Hopeful)
            .into_iter()
            .filter(|&candidate| board.has_reached(candidate, Quota::Droop))
            .collect();
        if reached.len() >= board.left() {
            board.elect_reached(Quota::Droop);
            board.is_over();
            return;
        }
        let surpluses: Vec<A::Value> = reached.iter().map(|&candidate| board.surplus(candidate)).collect();
        let losers = board.sure_losers(&board.math.sum(&surpluses));
        if !losers.is_empty() {
            for &loser in &losers {
                let why = format!("is excluded with {} votes and cannot win any more", board.text(loser));
                board.exclude(loser, &why);
            }
            for loser in losers {
                board.transfer_all(loser);
                board.open_round();
            }
        } else if !reached.is_empty() {
            let high = board.extreme(&reached, &board.votes, Ordering::Greater);
            let winner = board.pick(&high, Ordering::Greater, Before::Nothing, "transfer");
            let why = format!(
                "is elected with {} votes; the threshold is {}",
                board.text(winner),
                board.math.text(&board.quota)
            );
            board.elect(winner, State::Pending, &why);
            board.transfer_surplus(winner, Parcel::Weighted);
            board.open_round();
        } else {
            if board.how_many(State::Hopeful) > board.left() {
                let loser = board.lowest(Before::Nothing);
                let why = format!("is excluded with the fewest votes, {}", board.text(loser));
                board.exclude(loser, &why);
                if !board.is_over() {
                    board.transfer_all(loser);
                    board.open_round();
                    continue;
                }
            } else {
                board.is_over();
            }
            return;
        }
    }
}
