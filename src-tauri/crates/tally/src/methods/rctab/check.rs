//! What cannot be counted, and why. A configuration that was read from a file has passed the same rules by name there.

use domain::contest::{Contest, Mark, MarksAre};
use domain::rctab::{OvervoteRule, RctabRules, WinnerMode};

use super::amount::{MAX_DECIMALS, MAX_VOTES};
use crate::count::CannotCount;

pub(super) fn check(contest: &Contest, rules: &RctabRules) -> Result<(), CannotCount> {
    candidates_and_ballots(contest, rules)?;
    seats(contest, rules)?;
    options(rules)
}

fn candidates_and_ballots(contest: &Contest, rules: &RctabRules) -> Result<(), CannotCount> {
    let refuse = |kind, message: &str| Err(CannotCount::new(kind, message));
    let is_candidate = |place: u16| usize::from(place) < contest.candidates.len();
    let standing = contest
        .candidates
        .iter()
        .zip(0u16..)
        .filter(|(candidate, place)| !candidate.withdrawn && Some(*place) != rules.write_ins)
        .count();
    if standing == 0 {
        return refuse("no_candidates", "the contest has no candidate who is not excluded; there is nobody to elect");
    }
    if contest.candidates.len() > Mark::MAX_CANDIDATES {
        return refuse("too_large", "the contest has more than 65,534 candidates");
    }
    if rules.write_ins.is_some_and(|place| !is_candidate(place)) {
        return refuse("bad_option", "undeclared write-ins stand for a candidate whom the contest does not have");
    }
    if contest.marks_are != MarksAre::Ranks {
        return refuse("not_ranked", "the ballots hold scores or plain choices; this rule counts ranks");
    }
    if contest.ballots.votes() >= MAX_VOTES {
        return refuse("too_large", "the ballots stand for more votes than this rule can calculate with exactly");
    }
    for mark in contest.ballots.iter().flat_map(|ballot| ballot.marks) {
        if mark.candidate == Mark::OVERVOTE {
            if rules.overvotes == OvervoteRule::ExhaustIfSeveralContinue {
                return refuse(
                    "bad_option",
                    "a ballot says that a rank is overvoted and not by whom, so that nobody can tell which of the \
                     candidates continue; set overvoteRule to alwaysSkipToNextRank or exhaustImmediately",
                );
            }
        } else if !is_candidate(mark.candidate) {
            return refuse("bad_ballot", "a ballot ranks a candidate whom the contest does not have");
        }
    }
    if !rules.slices.is_empty() && contest.ballots.slices().iter().all(String::is_empty) {
        return refuse("no_slices", "results are asked for by precinct or batch, and the ballots name none");
    }
    Ok(())
}

fn seats(contest: &Contest, rules: &RctabRules) -> Result<(), CannotCount> {
    let refuse = |kind, message: &str| Err(CannotCount::new(kind, message));
    match (rules.mode, rules.winners) {
        (WinnerMode::BottomsUpPercentage, 0) => match rules.percentage {
            Some(share) if share.units > 0 && share.decimals <= 6 && share.units <= 100 * 10u32.pow(share.decimals) => {
            }
            _ => {
                return refuse(
                    "bad_option",
                    "multiSeatBottomsUpPercentageThreshold must be more than 0 and at most 100 percent, with at most 6 decimals",
                );
            }
        },
        (WinnerMode::BottomsUpPercentage, _) => {
            return refuse("bad_option", "numberOfWinners must be 0 where a percentage says who is elected");
        }
        (_, 0) => return refuse("no_seats", "there is no seat to fill; set numberOfWinners to at least 1"),
        (WinnerMode::SingleWinner, 1) => {}
        (WinnerMode::SingleWinner, _) => {
            return refuse(
                "bad_option",
                "a count with a single winner cannot fill several seats; choose another winnerElectionMode",
            );
        }
        (_, 1) => {
            return refuse(
                "bad_option",
                "a count for several seats cannot fill a single one; set winnerElectionMode to singleWinnerMajority",
            );
        }
        (WinnerMode::MultiPass, seats) => {
            let standing = contest
                .candidates
                .iter()
                .zip(0u16..)
                .filter(|(candidate, place)| !candidate.withdrawn && Some(*place) != rules.write_ins)
                .count();
            if usize::try_from(seats).is_ok_and(|seats| seats > standing) {
                return refuse(
                    "too_few_candidates",
                    "there are more seats than candidates, so that the last passes have nobody to elect",
                );
            }
        }
        (_, seats) if seats > 65_534 => {
            return refuse("bad_option", "numberOfWinners is larger than any contest can be");
        }
        _ => {}
    }
    Ok(())
}

fn options(rules: &RctabRules) -> Result<(), CannotCount> {
    let refuse = |message: &str| Err(CannotCount::new("bad_option", message));
    let passes_surpluses_on = matches!(rules.mode, WinnerMode::OneWinnerPerRound | WinnerMode::ManyWinnersPerRound);
    let elects_several = rules.winners > 1 && rules.mode != WinnerMode::MultiPass;
    if rules.decimal_places == 0 || rules.decimal_places > MAX_DECIMALS {
        return refuse("decimalPlacesForVoteArithmetic must be a number from 1 to 20");
    }
    if rules.ties.needs_seed() && rules.seed.is_none() {
        return refuse("ties are cut by lot and no randomSeed is given, so that nobody could draw the same again");
    }
    if rules.minimum_votes > 1_000_000 {
        return refuse("minimumVoteThreshold must be at most 1,000,000");
    }
    if rules.stop_after_round == Some(0) {
        return refuse("stopTabulationEarlyAfterRound must be at least 1");
    }
    if rules.max_rankings == Some(0) {
        return refuse("maxRankingsAllowed must be at least 1");
    }
    if rules.is_hare && rules.has_fractional_threshold {
        return refuse("hareQuota and nonIntegerWinningThreshold exclude one another");
    }
    if (rules.is_hare || rules.has_fractional_threshold) && !passes_surpluses_on {
        return refuse("hareQuota and nonIntegerWinningThreshold belong to counts that pass surpluses on");
    }
    if (rules.continues_until_two || rules.eliminates_batches) && elects_several {
        return refuse(
            "continueUntilTwoCandidatesRemain and batchElimination belong to counts that elect one winner at a time",
        );
    }
    if rules.mode == WinnerMode::BottomsUpPercentage && (rules.eliminates_batches || rules.continues_until_two) {
        return refuse("batchElimination and continueUntilTwoCandidatesRemain cannot be used with a percentage");
    }
    Ok(())
}
