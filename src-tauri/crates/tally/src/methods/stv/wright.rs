//! Wright's system, after J. Wright, "Mirror of the nation's mind" (1980), as A. van der Craats proposes it for Australian
//! upper houses: weighted inclusive Gregory, counted anew after every exclusion.
//!
//! The quota is the whole Droop quota of the votes that still name a continuing candidate. Surpluses pass on, the largest
//! first, each ballot at its worth × surplus ÷ votes; where seats stay open once all surpluses have passed on, the last
//! candidate is excluded, and everything starts again as if that candidate had never stood. The texts give no precision:
//! six decimal places are shown and nine more are kept, so that nothing cut off keeps anybody below a quota that was
//! reached. Ties by the order given.

use super::arithmetic::Arithmetic;
use super::board::{Board, State};
use super::gregory::{Parcel, Quota};
use super::papers::Why;
use super::ties::Before;

pub(super) fn count<A: Arithmetic>(board: &mut Board<'_, A>) {
    start(board);
    board.open_round();
    while !board.is_over() {
        board.elect_reached(Quota::Droop);
        if board.is_over() {
            return;
        }
        if board.how_many(State::Pending) > 0 {
            let candidate = board.largest_pending(Before::Nothing);
            board.transfer_surplus(candidate, Parcel::Weighted);
        } else {
            let loser = board.lowest(Before::Nothing);
            let why = format!("is excluded with the fewest votes, {}", board.text(loser));
            board.exclude(loser, &why);
            board.say("The count starts again without that candidate.");
            for state in &mut board.states {
                if matches!(state, State::Elected | State::Pending) {
                    *state = State::Hopeful;
                }
            }
            board.forget_elected(false);
            start(board);
        }
        board.open_round();
    }
}

/// Deals all ballots to the first continuing candidates that they name.
fn start<A: Arithmetic>(board: &mut Board<'_, A>) {
    let math = board.math;
    board.note_all(Vec::new());
    board.deal_again();
    let active = math.sum(&board.votes);
    let exhausted = math.minus(&math.whole(board.papers.valid), &active);
    board.lost.retain(|why, _| *why == Why::NothingValid);
    board.lose(Why::NoMoreChoices, &exhausted);
    board.quota = Quota::Droop.of(math, &active, board.seats);
}
