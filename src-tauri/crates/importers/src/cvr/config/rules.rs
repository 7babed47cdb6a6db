//! The member `rules` of a configuration.

use domain::rctab::{OvervoteRule, Percentage, RctabRules, TieRule, WinnerMode};

use super::members::Members;

const MODES: &[(&[&str], WinnerMode)] = &[
    (
        &["singleWinnerMajority", "standard", "standardSingleWinner", "singleSeatContinueUntilTwoCandidatesRemain"],
        WinnerMode::SingleWinner,
    ),
    (&["multiWinnerAllowOnlyOneWinnerPerRound", "multiSeatAllowOnlyOneWinnerPerRound"], WinnerMode::OneWinnerPerRound),
    (
        &["multiWinnerAllowMultipleWinnersPerRound", "multiSeatAllowMultipleWinnersPerRound"],
        WinnerMode::ManyWinnersPerRound,
    ),
    (&["bottomsUp", "multiSeatBottomsUp", "multiSeatBottomsUpUntilNWinners"], WinnerMode::BottomsUp),
    (
        &["bottomsUpUsingPercentageThreshold", "multiSeatBottomsUpUsingPercentageThreshold"],
        WinnerMode::BottomsUpPercentage,
    ),
    (&["multiPassIrv", "multiSeatSequentialWinnerTakesAll"], WinnerMode::MultiPass),
];

const TIES: &[(&[&str], TieRule)] = &[
    (&["random"], TieRule::Random),
    (&["stopCountingAndAsk", "interactive"], TieRule::Ask),
    (&["previousRoundCountsThenRandom"], TieRule::EarlierRoundsThenRandom),
    (&["previousRoundCountsThenAsk", "previousRoundCountsThenInteractive"], TieRule::EarlierRoundsThenAsk),
    (&["useCandidateOrder", "usePermutationInConfig"], TieRule::CandidateOrder),
    (&["generatePermutation"], TieRule::DrawnOrder),
];

const OVERVOTES: &[(&[&str], OvervoteRule)] = &[
    (&["alwaysSkipToNextRank"], OvervoteRule::SkipRank),
    (&["exhaustImmediately"], OvervoteRule::Exhaust),
    (&["exhaustIfMultipleContinuing"], OvervoteRule::ExhaustIfSeveralContinue),
];

const SEED: i64 = 1 << 47;

pub(super) fn read(rules: &Members<'_>, problems: &mut Vec<String>) -> RctabRules {
    let u32_of = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    let largest = i64::from(i32::MAX);
    let mode = rules.option("winnerElectionMode", MODES, problems);
    let is_old_until_two = rules.text("winnerElectionMode", problems) == "singleSeatContinueUntilTwoCandidatesRemain";
    let ties = rules.option("tiebreakMode", TIES, problems);
    let read = RctabRules {
        mode,
        winners: u32_of(rules.needed("numberOfWinners", 0, 65_533, problems)),
        percentage: percentage(rules, problems),
        overvotes: rules.option("overvoteRule", OVERVOTES, problems),
        ties,
        seed: rules.number("randomSeed", -SEED, SEED - 1, problems),
        decimal_places: u32_of(rules.needed("decimalPlacesForVoteArithmetic", 1, 20, problems)),
        minimum_votes: rules
            .number("minimumVoteThreshold", 0, 1_000_000, problems)
            .and_then(|votes| u64::try_from(votes).ok())
            .unwrap_or(0),
        max_skipped_ranks: or_word(rules, "maxSkippedRanksAllowed", "unlimited", 0, problems),
        max_rankings: or_word(rules, "maxRankingsAllowed", "max", 1, problems),
        has_fractional_threshold: rules.flag("nonIntegerWinningThreshold", problems),
        is_hare: rules.flag("hareQuota", problems),
        is_first_threshold_kept: rules.flag("doesFirstRoundDetermineThreshold", problems),
        eliminates_batches: rules.flag("batchElimination", problems),
        eliminates_below_threshold: rules.flag("cutoffElimination", problems),
        continues_until_two: rules.flag("continueUntilTwoCandidatesRemain", problems) || is_old_until_two,
        exhausts_on_duplicate: rules.flag("exhaustOnDuplicateCandidate", problems),
        stop_after_round: rules.number("stopTabulationEarlyAfterRound", 1, largest, problems).map(u32_of),
        ..RctabRules::default()
    };
    if read.ties.needs_seed() && read.seed.is_none() {
        problems.push(format!("{}: needed, as ties are cut by lot", rules.at("randomSeed")));
    }
    check(&read, rules, problems);
    read
}

/// A number from `from`, or a word for no limit.
fn or_word(rules: &Members<'_>, member: &str, word: &str, from: i64, problems: &mut Vec<String>) -> Option<u32> {
    let text = rules.text(member, problems);
    if text.trim().eq_ignore_ascii_case(word) {
        return None;
    }
    match text.trim().parse::<i64>() {
        Ok(number) if number >= from && number <= i64::from(i32::MAX) => u32::try_from(number).ok(),
        _ => {
            problems
                .push(format!("{}: {text:?} is neither \"{word}\" nor a whole number from {from}", rules.at(member)));
            None
        }
    }
}

fn percentage(rules: &Members<'_>, problems: &mut Vec<String>) -> Option<Percentage> {
    let member = "multiSeatBottomsUpPercentageThreshold";
    let text = rules.text(member, problems);
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
    let digits = format!("{whole}{decimals}");
    let places = u32::try_from(decimals.len()).unwrap_or(u32::MAX);
    let units: Option<u32> =
        if !whole.is_empty() && is_number(&digits) && places <= 6 { digits.parse().ok() } else { None };
    match units {
        Some(units) if units > 0 && units <= 100 * 10u32.pow(places) => Some(Percentage { units, decimals: places }),
        _ => {
            problems.push(format!("{}: {text:?} is no percentage above 0 and up to 100", rules.at(member)));
            None
        }
    }
}

/// Options that exclude one another.
fn check(read: &RctabRules, rules: &Members<'_>, problems: &mut Vec<String>) {
    let mut refuse = |member: &str, why: &str| problems.push(format!("{}: {why}", rules.at(member)));
    let is_share = read.mode == WinnerMode::BottomsUpPercentage;
    match read.winners {
        0 if !is_share => refuse("numberOfWinners", "0 goes with bottomsUpUsingPercentageThreshold alone"),
        0 if read.percentage.is_none() => {
            refuse("multiSeatBottomsUpPercentageThreshold", "needed, as numberOfWinners is 0");
        }
        1.. if is_share => refuse("numberOfWinners", "must be 0, as a percentage says who is elected"),
        1 if read.mode != WinnerMode::SingleWinner => {
            refuse("winnerElectionMode", "a single seat is filled by singleWinnerMajority");
        }
        2.. if read.mode == WinnerMode::SingleWinner => {
            refuse("winnerElectionMode", "several seats need a mode for several winners");
        }
        _ => {}
    }
    let one_at_a_time = read.winners <= 1 || read.mode == WinnerMode::MultiPass;
    if read.continues_until_two && (!one_at_a_time || is_share) {
        refuse("continueUntilTwoCandidatesRemain", "belongs to counts that elect one winner at a time");
    }
    if read.eliminates_batches && (!one_at_a_time || is_share) {
        refuse("batchElimination", "belongs to counts that elect one winner at a time");
    }
    let passes_on = matches!(read.mode, WinnerMode::OneWinnerPerRound | WinnerMode::ManyWinnersPerRound);
    if read.has_fractional_threshold && !passes_on {
        refuse("nonIntegerWinningThreshold", "belongs to counts that pass surpluses on");
    }
    if read.is_hare && !passes_on {
        refuse("hareQuota", "belongs to counts that pass surpluses on");
    }
    if read.is_hare && read.has_fractional_threshold {
        refuse("hareQuota", "cannot be used together with nonIntegerWinningThreshold");
    }
}
