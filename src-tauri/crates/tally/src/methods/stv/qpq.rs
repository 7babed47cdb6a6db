//! Quota preferential by quotient: "QPQ, a quota-preferential STV-like election rule", Voting matters 17
//! (2003), with all candidates counted anew after each exclusion.
//!
//! Each ballot has elected some share of a candidate, at first none. A candidate's quotient is the number of ballots that
//! name him first among those who continue, divided by one more than the shares they have elected; the quota likewise,
//! over the ballots that still name somebody. The highest quotient above the quota elects, and each of those ballots has
//! then elected 1 ÷ quotient; otherwise the lowest quotient is excluded and everything starts again without that
//! candidate.
//!
//! Votes of a round are the ballots that name each continuing candidate first; those of the elected lie with the next
//! preferences. The order of election is that in which the elected were first elected, whatever was counted anew since.

use std::cmp::Ordering;

use super::arithmetic::Arithmetic;
use super::board::{Board, State};
use super::papers::{Paper, Why};
use super::piles::Slip;
use super::ties::Before;

pub(super) fn count<A: Arithmetic>(board: &mut Board<'_, A>) {
    let math = board.math;
    let papers = board.papers;
    // What each kind of ballots has elected so far, per ballot.
    let mut shares = vec![math.zero(); papers.list().len()];
    let standing: Vec<usize> = board.all(State::Hopeful);
    board.quota = math.div(&math.whole(papers.valid), &math.whole(board.seats as u64 + 1));
    loop {
        let mut first: Vec<Option<usize>> = vec![None; shares.len()];
        let mut votes = vec![math.zero(); board.states.len()];
        let mut elected = votes.clone();
        let mut active = math.zero();
        let mut spent = math.zero();
        for (place, paper) in papers.list().iter().enumerate() {
            let continuing = papers.prefs(paper).iter().map(|&it| usize::from(it));
            first[place] = continuing.clone().find(|&candidate| board.states[candidate] == State::Hopeful);
            let share = math.times(&shares[place], paper.votes);
            match first[place] {
                Some(candidate) => {
                    votes[candidate] += &math.whole(paper.votes);
                    elected[candidate] += &share;
                    active += &math.whole(paper.votes);
                }
                None => spent += &share,
            }
        }
        let seats = math.minus(&math.whole(board.seats as u64 + 1), &spent);
        board.quota = math.div(&active, &seats);
        board.lost.insert(Why::NoMoreChoices, math.minus(&math.whole(papers.valid), &active));
        board.votes = votes;
        if !board.wanted().is_empty() {
            let lying = first.iter().zip(papers.list()).enumerate();
            let slip = |(place, (first, paper)): (usize, (&Option<usize>, &Paper))| Slip {
                holder: *first,
                paper: place,
                ballots: paper.votes,
                worth: math.whole(1),
            };
            board.note_all(lying.map(slip).collect());
        }
        board.open_round();
        let hopeful = board.all(State::Hopeful);
        if hopeful.len() <= board.left() {
            board.elect_remaining();
            return;
        }
        let one = math.whole(1);
        let quotients: Vec<A::Value> = (board.votes.iter().zip(&elected))
            .map(|(votes, elected)| math.div(votes, &math.plus(&one, elected)))
            .collect();
        let high = board.extreme(&hopeful, &quotients, Ordering::Greater);
        if math.compare(&quotients[high[0]], &board.quota) == Ordering::Greater {
            let winner = board.pick(&high, Ordering::Greater, Before::Nothing, "election");
            let quotient = &quotients[winner];
            let why = format!(
                "is elected with the highest quotient, {}; the quota is {}",
                math.text(quotient),
                math.text(&board.quota)
            );
            board.elect(winner, State::Elected, &why);
            let share = math.div(&one, quotient);
            for (place, _) in first.iter().enumerate().filter(|(_, first)| **first == Some(winner)) {
                shares[place].clone_from(&share);
            }
            if board.left() == 0 {
                return finish(board);
            }
        } else {
            let low = board.extreme(&hopeful, &quotients, Ordering::Less);
            let loser = board.pick(&low, Ordering::Less, Before::Nothing, "exclusion");
            let why = format!(
                "is excluded with the lowest quotient, {}, as none is above the quota of {}",
                math.text(&quotients[loser]),
                math.text(&board.quota)
            );
            board.exclude(loser, &why);
            if board.how_many(State::Hopeful) <= board.left() {
                board.elect_remaining();
                return;
            }
            board.say("The count starts again without that candidate.");
            board.forget_elected(true);
            for &candidate in &standing {
                if board.states[candidate] == State::Elected {
                    board.states[candidate] = State::Hopeful;
                }
            }
            shares.fill(math.zero());
        }
    }
}

fn finish<A: Arithmetic>(board: &mut Board<'_, A>) {
    for candidate in board.all(State::Hopeful) {
        board.exclude(candidate, "is not elected, as all seats are filled");
    }
}
