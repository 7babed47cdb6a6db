//! Elections whose every stage was counted by programs of other people, run apart from this one. Only their numbers are here.

use super::tests::{units, weighted};
use super::*;

/// An election with what another program told of it. Candidates are counted from 0; somebody who is out has 0 votes.
struct Outside {
    told: &'static str,
    seats: usize,
    candidates: usize,
    ballots: &'static [(usize, &'static [usize])],
    /// One for each stage.
    quotas: &'static [&'static str],
    elected: &'static [usize],
    /// Votes of all candidates, stage by stage.
    stages: &'static [&'static str],
}

/// Compares all stages that the other program shows; of `after` more of ours it may show nothing. `near` are units of the
/// place that is shown to `places`.
fn agrees(rule: &str, elections: &[Outside], places: usize, near: i128, after: usize) {
    for other in elections {
        let contest = weighted(other.seats, other.candidates, other.ballots);
        let count = count(&contest, rule, &Options::default()).unwrap();
        assert_eq!(count.elected, other.elected, "{rule}, {}", other.told);
        let more = count.rounds.len().checked_sub(other.stages.len());
        assert!(more.is_some_and(|more| more <= after), "{rule}, {}: {} stages", other.told, count.rounds.len());
        assert_eq!(other.quotas.len(), other.stages.len());
        for ((round, stage), quota) in count.rounds.iter().zip(other.stages).zip(other.quotas) {
            let text = format!("{rule}, {}, stage {}", other.told, round.round);
            let quotas = [round.quota.as_deref().unwrap(), *quota].map(|quota| units(&padded(quota, places)));
            assert_eq!(quotas[0], quotas[1], "{text}: the quota");
            let theirs: Vec<i128> = stage.split(' ').map(|votes| units(&padded(votes, places))).collect();
            assert_eq!(theirs.len(), round.votes.len(), "{text}");
            for (candidate, (ours, theirs)) in round.votes.iter().zip(theirs).enumerate() {
                let ours = ours.as_deref().map_or(0, |votes| units(&padded(votes, places)));
                assert!((ours - theirs).abs() <= near, "{text}, candidate {candidate}: {ours}, not {theirs}");
            }
        }
    }
}

/// A number with so many places, cut or filled up.
fn padded(number: &str, places: usize) -> String {
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}.{part:0<places$.places$}")
}

/// By ERS97STV of OpenSTV 1.6.1 (J. O'Neill, GPL 2 or later), whose author validated it against eSTV. The first are the
/// ballots that RunasSudo derived from the model election in section 8 of the rules.
#[test]
fn openstv_agrees_on_newland_and_britton() {
    let elections = [
        Outside {
            told: "the model election",
            seats: 6,
            candidates: 11,
            ballots: &[
                (35, &[0, 1]),
                (3, &[0, 2, 8]),
                (11, &[0, 2, 5]),
                (5, &[0, 2, 6]),
                (6, &[0, 2, 7]),
                (20, &[0, 3]),
                (7, &[0, 3, 8]),
                (4, &[0, 3, 10]),
                (8, &[0, 4]),
                (4, &[0, 7]),
                (1, &[0, 9, 4, 6]),
                (1, &[0, 9, 8]),
                (18, &[0, 10]),
                (11, &[0]),
                (81, &[1]),
                (23, &[2, 0, 1]),
                (2, &[2, 0, 1, 6]),
                (1, &[2, 0, 1, 7]),
                (1, &[2, 0]),
                (3, &[3, 0, 2, 6]),
                (1, &[3, 7]),
                (11, &[3, 4, 5]),
                (3, &[3, 1]),
                (5, &[3, 1, 10]),
                (1, &[3, 2]),
                (105, &[4]),
                (91, &[5]),
                (64, &[6]),
                (5, &[7]),
                (42, &[7, 8]),
                (12, &[7, 6]),
                (55, &[8]),
                (2, &[9, 4]),
                (5, &[9, 7]),
                (14, &[9, 8]),
                (2, &[9, 0, 10]),
                (90, &[10]),
            ],
            quotas: &["107.58", "107.58", "107.58", "107.58", "107.58", "107.58", "107.58", "107.58"],
            elected: &[0, 4, 1, 5, 8, 10],
            stages: &[
                "134.00 81.00 27.00 24.00 105.00 91.00 64.00 59.00 55.00 23.00 90.00",
                "107.58 88.35 32.25 30.51 106.68 91.00 64.00 59.84 55.00 23.42 93.78",
                "107.58 88.35 32.25 30.51 108.68 91.00 64.00 64.84 69.00 0.42 95.78",
                "107.58 88.35 32.25 30.51 108.68 91.00 64.21 64.84 69.21 0.00 95.78",
                "107.58 122.35 5.25 6.51 108.68 102.00 67.21 65.84 69.21 0.00 95.78",
                "107.58 122.35 0.00 0.00 108.68 104.31 68.26 67.10 71.31 0.00 96.62",
                "107.58 107.58 0.00 0.00 108.68 104.31 70.26 68.10 71.31 0.00 101.62",
                "107.58 107.58 0.00 0.00 108.68 104.31 82.26 2.10 113.31 0.00 101.62",
            ],
        },
        Outside {
            told: "an exclusion in batches",
            seats: 2,
            candidates: 7,
            ballots: &[
                (66, &[3, 5, 2]),
                (30, &[4, 0, 5, 3, 2, 1, 6]),
                (23, &[2]),
                (23, &[3, 0, 4, 2, 5, 1, 6]),
                (4, &[0, 2, 5]),
                (37, &[0, 5, 2, 4, 3, 1, 6]),
                (11, &[4]),
                (21, &[5, 0, 2]),
                (16, &[3, 2]),
            ],
            quotas: &["77.00", "77.00", "77.00", "77.00", "77.00"],
            elected: &[3, 0],
            stages: &[
                "41.00 0.00 23.00 105.00 41.00 21.00 0.00",
                "46.98 0.00 27.16 77.00 41.00 38.16 0.00",
                "46.98 0.00 4.16 77.00 41.00 38.16 0.00",
                "46.98 0.00 0.00 77.00 41.00 38.16 0.00",
                "67.98 0.00 0.00 77.00 41.00 17.16 0.00",
            ],
        },
        Outside {
            told: "a group that goes together",
            seats: 2,
            candidates: 7,
            ballots: &[
                (10, &[5]),
                (9, &[2, 5, 6, 4, 3, 1, 0]),
                (1, &[6, 1, 2]),
                (12, &[5, 6]),
                (7, &[4, 1, 2, 5, 3, 6, 0]),
                (5, &[4, 2, 6, 1, 5, 3, 0]),
                (13, &[4]),
                (13, &[2, 5, 1, 4, 6, 3, 0]),
                (10, &[1, 2]),
                (1, &[2, 4]),
            ],
            quotas: &["27.00", "27.00", "27.00"],
            elected: &[2, 4],
            stages: &[
                "0.00 10.00 23.00 0.00 25.00 22.00 1.00",
                "0.00 0.00 34.00 0.00 25.00 22.00 0.00",
                "0.00 0.00 27.00 0.00 25.00 22.00 0.00",
            ],
        },
        Outside {
            told: "a surplus that waits, and an equal part of the active votes",
            seats: 3,
            candidates: 7,
            ballots: &[
                (23, &[1, 3]),
                (22, &[6, 2, 0, 3, 5, 1, 4]),
                (22, &[6, 3, 0]),
                (40, &[2, 6, 3]),
                (44, &[0]),
                (38, &[2]),
                (42, &[3]),
                (43, &[3, 6, 2]),
                (20, &[6]),
            ],
            quotas: &["73.50", "73.50"],
            elected: &[3, 2, 6],
            stages: &["44.00 23.00 78.00 85.00 0.00 0.00 64.00", "44.00 0.00 78.00 85.00 0.00 0.00 64.00"],
        },
        Outside {
            told: "a quota that falls, and a surplus of transferred ballots",
            seats: 2,
            candidates: 7,
            ballots: &[
                (9, &[3, 0]),
                (11, &[2]),
                (2, &[4, 0]),
                (12, &[0]),
                (12, &[6, 3, 4]),
                (12, &[4]),
                (8, &[4, 0, 2]),
                (7, &[3, 4, 2]),
            ],
            quotas: &["24.34", "20.67", "20.67", "20.67"],
            elected: &[4, 3],
            stages: &[
                "12.00 0.00 11.00 16.00 22.00 0.00 12.00",
                "12.00 0.00 0.00 16.00 22.00 0.00 12.00",
                "13.30 0.00 0.00 16.00 20.67 0.00 12.00",
                "13.30 0.00 0.00 28.00 20.67 0.00 0.00",
            ],
        },
        Outside {
            told: "several of these",
            seats: 3,
            candidates: 6,
            ballots: &[
                (31, &[5]),
                (7, &[2, 5, 0]),
                (35, &[2, 0, 3, 1, 5, 4]),
                (1, &[0, 2, 1, 3, 5, 4]),
                (5, &[1, 2]),
                (20, &[3, 0, 5, 1, 4, 2]),
                (15, &[3, 4]),
                (32, &[1]),
                (30, &[2, 3, 4, 5, 0, 1]),
                (9, &[5, 4]),
                (3, &[2, 1]),
                (22, &[2, 4]),
            ],
            quotas: &["52.50", "52.50", "52.50", "52.50", "52.50"],
            elected: &[2, 3, 1],
            stages: &[
                "1.00 37.00 97.00 35.00 0.00 40.00",
                "16.75 38.35 52.50 48.50 9.90 43.15",
                "15.75 39.35 52.50 48.50 9.90 43.15",
                "0.00 39.35 52.50 64.25 0.00 43.15",
                "0.00 50.90 52.50 52.50 0.00 43.15",
            ],
        },
    ];
    agrees("ers97", &elections, 2, 0, 0);
}

/// By WrightTalleyCSM8, a program of floating numbers kept with pyRCV (no licence named), and alike by pyRCV itself (RunasSudo,
/// AGPL 3 or later), which calculates with exact fractions. Both stop where as many candidates are left as seats; here
/// the ballots are dealt once more. In the last election only pyRCV sees that the quota is reached.
#[test]
fn two_other_programs_agree_on_wright() {
    let elections = [
        Outside {
            told: "starts again, with surpluses",
            seats: 2,
            candidates: 6,
            ballots: &[
                (12, &[2, 0, 1, 5, 3, 4]),
                (8, &[3, 4]),
                (10, &[1, 3]),
                (1, &[5, 0]),
                (13, &[5, 3, 2, 1, 4, 0]),
                (4, &[3, 5]),
                (4, &[4, 3]),
                (7, &[5, 4, 0, 3, 2, 1]),
                (9, &[4, 0, 3, 5, 1, 2]),
                (8, &[3, 5, 2, 1, 0, 4]),
                (12, &[3, 0, 2, 4, 5, 1]),
            ],
            quotas: &["30", "30", "30", "30", "30", "30", "30", "30"],
            elected: &[3, 5],
            stages: &[
                "0.0000 10.0000 12.0000 32.0000 13.0000 21.0000",
                "0.7500 10.0000 12.0000 30.0000 13.5000 21.7500",
                "0.0000 10.0000 12.0000 32.0000 13.0000 21.0000",
                "0.0000 10.0000 12.7500 30.0000 13.5000 21.7500",
                "0.0000 0.0000 12.0000 42.0000 13.0000 21.0000",
                "0.0000 0.0000 15.4286 30.0000 15.2857 24.4286",
                "0.0000 0.0000 12.0000 55.0000 0.0000 21.0000",
                "0.0000 0.0000 17.4545 30.0000 0.0000 30.5455",
            ],
        },
        Outside {
            told: "a quota that changes",
            seats: 2,
            candidates: 7,
            ballots: &[
                (38, &[3, 5]),
                (4, &[3, 6]),
                (40, &[5, 0]),
                (6, &[4, 6, 0]),
                (30, &[0, 2, 6]),
                (12, &[0, 4, 2, 5, 6, 3, 1]),
                (14, &[5, 4]),
                (11, &[4, 0, 6]),
                (25, &[2]),
                (7, &[4, 5]),
                (3, &[5, 2, 6]),
                (41, &[0, 5, 4]),
                (43, &[6, 5]),
                (16, &[0, 4, 5]),
            ],
            quotas: &["97", "97", "97", "97", "97", "97", "89", "89", "89"],
            elected: &[0, 5],
            stages: &[
                "99.0000 0.0000 25.0000 42.0000 24.0000 57.0000 43.0000",
                "97.0000 0.0000 25.6061 42.0000 24.5657 57.8283 43.0000",
                "99.0000 0.0000 25.0000 42.0000 24.0000 57.0000 43.0000",
                "97.0000 0.0000 25.6061 42.0000 24.5657 57.8283 43.0000",
                "110.0000 0.0000 25.0000 42.0000 0.0000 64.0000 49.0000",
                "97.0000 0.0000 29.9636 42.0000 0.0000 70.7364 50.3000",
                "110.0000 0.0000 0.0000 42.0000 0.0000 64.0000 49.0000",
                "89.0000 0.0000 0.0000 42.0000 0.0000 77.1727 56.8273",
                "110.0000 0.0000 0.0000 0.0000 0.0000 102.0000 53.0000",
            ],
        },
        Outside {
            told: "a surplus of somebody elected by a surplus",
            seats: 3,
            candidates: 5,
            ballots: &[(9, &[2, 3]), (3, &[3, 2, 4, 1, 0]), (1, &[0]), (4, &[2, 3, 1]), (1, &[2]), (2, &[4, 2])],
            quotas: &["6", "6", "6", "6", "6", "6"],
            elected: &[2, 3, 4],
            stages: &[
                "1.0000 0.0000 14.0000 3.0000 2.0000",
                "1.0000 0.0000 6.0000 10.4286 2.0000",
                "1.0000 0.9706 6.0000 6.0000 3.2740",
                "1.0000 0.0000 14.0000 3.0000 2.0000",
                "1.0000 0.0000 6.0000 10.4286 2.0000",
                "1.0000 0.0000 6.0000 6.0000 3.2740",
            ],
        },
        Outside {
            told: "two surpluses at once",
            seats: 3,
            candidates: 5,
            ballots: &[
                (7, &[4, 0, 1, 3, 2]),
                (11, &[0, 2, 1, 3, 4]),
                (4, &[3, 1, 4, 2, 0]),
                (3, &[1, 3]),
                (4, &[3, 0, 4, 1, 2]),
                (4, &[0, 3]),
                (11, &[1, 0, 4]),
                (4, &[3, 2, 1, 0, 4]),
                (4, &[0, 1]),
                (9, &[0, 1, 3]),
                (1, &[1, 0, 2, 3, 4]),
                (3, &[0, 1, 3, 4, 2]),
                (2, &[0, 2]),
            ],
            quotas: &["17", "17", "17", "17", "17", "17"],
            elected: &[0, 1, 3],
            stages: &[
                "33.0000 15.0000 0.0000 12.0000 7.0000",
                "17.0000 22.7576 6.3030 13.9394 7.0000",
                "17.0000 17.0000 6.5560 16.1704 9.7830",
                "33.0000 15.0000 0.0000 12.0000 7.0000",
                "17.0000 28.0909 0.0000 13.9394 7.0000",
                "17.0000 17.0000 0.0000 19.9215 11.3430",
            ],
        },
        Outside {
            told: "a quota that is reached exactly, by sixths",
            seats: 3,
            candidates: 4,
            ballots: &[
                (2, &[2, 3, 1, 0]),
                (2, &[3, 1]),
                (3, &[0, 3, 2, 1]),
                (2, &[1, 2, 3, 0]),
                (3, &[3, 1, 0, 2]),
                (1, &[1, 3]),
                (1, &[2, 3, 1]),
                (3, &[2, 3]),
                (1, &[1, 3, 2, 0]),
                (2, &[3, 2, 1]),
                (1, &[1, 0, 2, 3]),
            ],
            quotas: &["6", "6"],
            elected: &[3, 2, 1],
            stages: &["3.0000 5.0000 6.0000 7.0000", "3.0000 6.0000 6.0000 6.0000"],
        },
    ];
    agrees("wright", &elections, 4, 1, 1);
}

/// No other program was found that carries out all of the Irish rule. These totals are those of a separate count, written
/// from the Act and its amendment of 2001. They stay the same however doubtful points are read (deposits, which surpluses
/// wait, when the last seats are filled), and no mixing of ballots changes them. First surpluses were also divided by
/// PRSTV_Solution (Gourrege, no licence named).
#[test]
fn irish_counts_agree_where_no_reading_of_the_act_matters() {
    let elections = [
        Outside {
            told: "a surplus that waits, and two that pass on",
            seats: 4,
            candidates: 7,
            ballots: &[
                (18, &[4, 1]),
                (7, &[1, 5, 3, 6, 0, 2, 4]),
                (25, &[1, 3]),
                (28, &[6, 3, 1, 5, 0, 4, 2]),
                (28, &[2, 1, 6, 5, 3, 0, 4]),
                (22, &[5, 1]),
                (1, &[3, 1, 5, 0, 6, 4, 2]),
                (30, &[2, 5, 0]),
                (10, &[1, 0, 3]),
                (13, &[3, 5, 1, 6, 2, 4, 0]),
            ],
            quotas: &["37", "37", "37", "37", "37", "37"],
            elected: &[2, 1, 6, 5],
            stages: &[
                "0 42 58 14 18 22 28",
                "0 42 37 14 18 33 38",
                "1 37 37 17 18 34 38",
                "0 37 37 18 18 34 38",
                "0 37 37 18 18 35 37",
                "0 37 37 0 18 49 37",
            ],
        },
        Outside {
            told: "a group that goes together",
            seats: 3,
            candidates: 7,
            ballots: &[
                (6, &[4, 3, 0, 1, 2, 5, 6]),
                (2, &[4, 0]),
                (12, &[0, 1, 3, 4, 5, 6, 2]),
                (1, &[3, 4, 0, 1, 5, 2, 6]),
                (8, &[3, 5, 1, 4, 0, 2, 6]),
                (3, &[2, 0, 4, 3, 1, 5, 6]),
                (3, &[1, 4, 3, 0, 2, 5, 6]),
                (13, &[5, 1, 0, 3, 4, 6, 2]),
                (8, &[4, 0, 1, 3, 5, 6, 2]),
                (4, &[1, 3, 4, 0, 5, 6, 2]),
                (3, &[4, 3]),
                (13, &[1, 4, 3]),
                (9, &[3, 4, 0, 1, 6, 2, 5]),
            ],
            quotas: &["22", "22", "22", "22", "22"],
            elected: &[1, 0, 3],
            stages: &[
                "12 20 3 18 19 13 0",
                "15 20 0 18 19 13 0",
                "15 33 0 18 19 0 0",
                "26 22 0 18 19 0 0",
                "22 22 0 22 19 0 0",
            ],
        },
        Outside {
            told: "a group, and a surplus",
            seats: 3,
            candidates: 7,
            ballots: &[
                (15, &[2, 0, 3]),
                (27, &[0, 3, 2, 1, 6, 5, 4]),
                (8, &[2, 6, 1]),
                (32, &[6, 0, 2, 5, 1, 3, 4]),
                (33, &[2, 3, 5, 0, 6, 1, 4]),
                (32, &[1, 2]),
                (23, &[2, 1]),
                (36, &[5, 1]),
                (36, &[0, 1, 2, 5, 6, 3, 4]),
                (34, &[1, 2, 0, 3, 5, 6, 4]),
                (2, &[1, 0]),
            ],
            quotas: &["70", "70", "70", "70"],
            elected: &[2, 1, 0],
            stages: &["63 68 79 0 0 36 32", "65 70 70 4 0 36 33", "65 70 70 0 0 40 33", "97 70 70 0 0 40 0"],
        },
        Outside {
            told: "all of these",
            seats: 5,
            candidates: 11,
            ballots: &[
                (17, &[3, 6, 5, 8, 2, 7, 4, 1, 0, 10, 9]),
                (15, &[8]),
                (7, &[2]),
                (19, &[2, 5, 4, 8, 0, 3, 10, 6, 1, 9, 7]),
                (18, &[2, 4, 3, 1, 10]),
                (9, &[10, 4, 3, 5, 2, 8, 1, 0, 7, 6, 9]),
                (2, &[5, 4, 2, 8, 0]),
                (11, &[1, 0, 4, 5]),
                (14, &[8, 10, 4, 7, 2, 9, 5, 1, 3, 0, 6]),
                (12, &[2, 0, 4]),
                (6, &[9, 4, 10, 8, 5, 0, 2, 1, 7, 6, 3]),
                (17, &[2, 8, 10, 4, 6, 1, 5, 0, 9, 7, 3]),
                (14, &[1, 7, 10, 5]),
                (16, &[9]),
                (11, &[5]),
            ],
            quotas: &["32", "32", "32", "32", "32", "32", "32"],
            elected: &[2, 8, 4, 5, 1],
            stages: &[
                "0 25 73 17 0 13 0 0 29 22 9",
                "7 25 32 17 11 25 0 0 40 22 9",
                "7 25 32 17 11 25 0 0 32 22 17",
                "0 25 32 17 18 25 0 0 32 22 17",
                "0 25 32 17 35 25 0 0 32 22 0",
                "0 25 32 0 35 42 0 0 32 22 0",
                "0 35 32 0 35 32 0 0 32 22 0",
            ],
        },
    ];
    agrees("dublin", &elections, 0, 0, 0);
}

/// The same separate count on what the Act says expressly: the last seats (section 124 with the amendment of 2001), a surplus
/// that could bring the last candidate level with the next one, and equal surpluses in the order in which they arose.
#[test]
fn irish_counts_end_and_wait_as_the_act_says() {
    let elections = [
        Outside {
            told: "all but the last are sure",
            seats: 3,
            candidates: 6,
            ballots: &[
                (39, &[5]),
                (27, &[2, 4, 0, 3, 5, 1]),
                (80, &[2, 0]),
                (5, &[0, 5, 2, 4, 3, 1]),
                (25, &[2]),
                (41, &[3, 0]),
                (3, &[2, 3, 0, 5, 4, 1]),
                (33, &[4, 2]),
                (10, &[0, 2]),
            ],
            quotas: &["66", "66", "66"],
            elected: &[2, 0, 4],
            stages: &["15 0 135 41 33 39", "65 0 66 43 50 39", "65 0 66 43 50 0"],
        },
        Outside {
            told: "one has more than all others",
            seats: 4,
            candidates: 5,
            ballots: &[
                (6, &[4, 3, 2]),
                (7, &[1, 2]),
                (6, &[4, 2, 3]),
                (6, &[1, 2, 4, 3, 0]),
                (4, &[3, 2]),
                (3, &[2, 4]),
                (4, &[2]),
                (8, &[1]),
                (7, &[2, 1]),
                (2, &[0, 2, 4]),
            ],
            quotas: &["11", "11"],
            elected: &[1, 2, 4, 3],
            stages: &["2 21 14 4 12", "2 11 14 10 12"],
        },
        Outside {
            told: "nobody else is left",
            seats: 4,
            candidates: 6,
            ballots: &[
                (9, &[2, 4, 1, 3, 0, 5]),
                (28, &[2, 0, 4, 3, 1, 5]),
                (27, &[2, 3, 4, 1, 0, 5]),
                (45, &[2]),
                (25, &[1]),
                (33, &[0]),
                (10, &[1, 3, 2, 4, 0, 5]),
            ],
            quotas: &["36", "36", "36"],
            elected: &[2, 0, 1, 4],
            stages: &["33 35 109 0 0 0", "61 35 36 27 9 0", "36 35 36 27 34 0"],
        },
        Outside {
            told: "a surplus that must pass on before four go together",
            seats: 2,
            candidates: 7,
            ballots: &[
                (3, &[1, 4, 0, 2, 6, 5, 3]),
                (15, &[0, 2, 1, 6, 4, 5, 3]),
                (3, &[0, 6, 1, 2, 4, 3, 5]),
                (6, &[1]),
                (4, &[0, 4, 6]),
                (32, &[6]),
                (4, &[0, 6, 4]),
                (5, &[4, 6, 1]),
                (4, &[4]),
                (4, &[6, 0]),
                (10, &[4, 0, 1, 6, 2, 5, 3]),
                (7, &[4, 2, 0]),
            ],
            quotas: &["33", "33", "33"],
            elected: &[6, 0],
            stages: &["26 9 0 0 26 0 36", "29 9 0 0 26 0 33", "29 0 0 0 29 0 33"],
        },
        Outside {
            told: "equal surpluses, and the one that arose first",
            seats: 5,
            candidates: 7,
            ballots: &[
                (24, &[0, 1, 3, 6]),
                (10, &[0, 2, 5]),
                (6, &[0, 4]),
                (12, &[1]),
                (17, &[2]),
                (18, &[3]),
                (12, &[4]),
                (9, &[5]),
                (6, &[6]),
            ],
            quotas: &["20", "20", "20", "20", "20"],
            elected: &[0, 1, 2, 3, 4],
            stages: &[
                "40 12 17 18 12 9 6",
                "20 24 22 18 15 9 6",
                "20 20 22 22 15 9 6",
                "20 20 20 22 15 11 6",
                "20 20 20 22 15 11 0",
            ],
        },
    ];
    agrees("dublin", &elections, 0, 0, 0);
}
