//! Tests of the result report as text.

use super::*;
use crate::documents::tests::keep;

fn named(names: &[(&str, &str)]) -> Vec<Candidate> {
    let candidate = |(name, votes): &(&str, &str)| Candidate {
        name: (*name).to_owned(),
        votes: (*votes).to_owned(),
        is_written_in: false,
    };
    names.iter().map(candidate).collect()
}

/// Three contests, one for each way in which most end.
fn result() -> ElectionResult {
    let round = |round: usize, votes: [Option<&str>; 3], sentence: &str| CountedRound {
        round,
        votes: votes.map(|votes| votes.map(str::to_owned)).to_vec(),
        exhausted: "0".to_owned(),
        sentence: sentence.to_owned(),
        ..CountedRound::default()
    };
    let mut rounds = vec![
        round(1, [Some("60"), Some("50"), Some("40")], "Nobody has more than half of the votes; Cy Broad is excluded."),
        round(2, [Some("70"), Some("80"), None], "Bo Short has more than half of the votes and is elected."),
    ];
    rounds[0].excluded = vec![2];
    rounds[1].elected = vec![1];
    ElectionResult {
        election: "Board of the river cooperative 2026".to_owned(),
        election_id: "7f1d2c3b-4a59-4687-9f0e-112233445566".to_owned(),
        period: "8 March 2026, 09:00 to 9 March 2026, 18:00 (Europe/Vienna)".to_owned(),
        counted_at: "9 March 2026, 18:20 (Europe/Vienna)".to_owned(),
        participation: Participation {
            eligible: 200,
            voters: 150,
            quorum_required: 100,
            ballots: 150,
            counted: 150,
            ..Participation::default()
        },
        contests: vec![
            Contest {
                title: "Chair".to_owned(),
                rule: "irv, version 1".to_owned(),
                seats: 1,
                votes: 150,
                candidates: named(&[("Ada Long", "70"), ("Bo Short", "80"), ("Cy Broad", "40")]),
                elected: vec![1],
                sentences: vec!["Bo Short has 80 of 150 votes.".to_owned()],
                rounds,
                tie_order: Some(TieOrder {
                    order: ["Cy Broad", "Ada Long", "Bo Short"].map(str::to_owned).to_vec(),
                    nonce: "0123456789abcdef".repeat(2),
                    text: format!("ties:e:c,a,b:{}", "0123456789abcdef".repeat(2)),
                    commitment: "ab".repeat(32),
                    decided: false,
                }),
                ..Contest::default()
            },
            Contest {
                title: "Auditors".to_owned(),
                rule: "approval".to_owned(),
                seats: 3,
                outcome: ContestOutcome::PartlyDecided,
                votes: 140,
                candidates: named(&[("Di Tall", "90"), ("Eve Wide", "80"), ("Fay Low", "3")]),
                elected: vec![0, 1],
                ..Contest::default()
            },
        ],
        chain_head: "fedcba9876543210".repeat(4),
        rules_sha256: "01".repeat(32),
        result_sha256: "0123456789abcdef".repeat(4),
        files: vec![("ballots.jsonl".to_owned(), "cd".repeat(32))],
        ledger_head: "9a".repeat(32),
        ..ElectionResult::default()
    }
}

/// The same with everything that must be told first.
fn troubled() -> ElectionResult {
    let mut troubled = result();
    troubled.remarks = vec![
        "The lock of the open incident \"Tokens in a mail\" was overridden by Ada Long and Bo Short: checked, no token was used."
            .to_owned(),
    ];
    troubled.participation =
        Participation { excluded: 1, paper: 24, reopened: 7, counted: 149, ..troubled.participation };
    troubled.exclusions = vec![Exclusion {
        ballot: "77".repeat(32),
        reason: "cast with a credential that was reported stolen".to_owned(),
        person: "Ada Long with Bo Short".to_owned(),
        at: "9 March 2026, 12:00".to_owned(),
    }];
    troubled.batches = vec![PaperBatch {
        label: "Home for the elderly".to_owned(),
        ballots: 24,
        state: "counted".to_owned(),
        entered_by: ["Di Tall", "Eve Wide"].map(str::to_owned).to_vec(),
        attested_by: vec!["Bo Short".to_owned()],
    }];
    troubled
}

#[test]
fn each_contest_is_told_in_one_sentence() {
    let printed = document(&result());
    assert_eq!(printed.cover.verdict, "1 of 2 contests are decided.");
    let text = printed.to_text();
    for part in [
        "Chair: Bo Short is elected.",
        "Auditors: Di Tall and Eve Wide are elected; 1 of 3 seats stay empty.",
        "Voters who took part: 150 (75.0 %)",
        "Quorum: met: 100 voters were needed",
        "Cy Broad | 40 \u{2013} | ",
        "Bo Short | 50 | 80 *",
        "Random value: 0123456789abcdef0123456789abcdef",
        "    ties:e:c,a,b:0123456789abcdef0123456789abcdef",
        "No tie had to be cut by it.",
        "ballots.jsonl | cdcd",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("To be known before"));
    keep("election-result", &printed);
}

#[test]
fn what_must_be_known_stands_before_the_outcome() {
    let printed = document(&troubled());
    let text = printed.to_text();
    let outcome = text.find("## Outcome").unwrap();
    for part in [
        "was overridden by Ada Long and Bo Short",
        "7 ballots were cast after voting had been reopened",
        "1 ballot was excluded from the count",
        "24 ballots were entered from paper",
        "reported stolen | Ada Long with Bo Short | 9 March 2026, 12:00",
        "Home for the elderly | 24 | counted | Di Tall, Eve Wide | Bo Short",
    ] {
        assert!(text.find(part).is_some_and(|at| at < outcome), "{part}\n{text}");
    }
    keep("election-result-remarks", &printed);
}

#[test]
fn a_missed_quorum_is_the_first_thing_told() {
    let mut missed = result();
    missed.participation.voters = 99;
    for contest in &mut missed.contests {
        contest.outcome = ContestOutcome::QuorumNotMet;
        contest.elected.clear();
    }
    let printed = document(&missed);
    assert_eq!((printed.cover.verdict_word.as_str(), printed.cover.tone), ("quorum not met", Tone::Major));
    assert!(printed.to_text().contains("Chair: Nobody is elected: too few voters took part."));
    assert!(printed.to_text().contains("99 (49.5 %)"));
}

#[test]
fn a_share_is_never_rounded_up() {
    assert_eq!(percent(4999, 10_000), "49.9 %");
    assert_eq!(percent(1, 3), "33.3 %");
    assert_eq!(percent(7, 7), "100.0 %");
    assert_eq!(percent(0, 0), "0.0 %");
}

#[test]
fn the_tables_hold_every_number_once() {
    let tables = tables(&troubled());
    let rows = |name: &str| tables.iter().find(|table| table.name == name).map(|table| table.rows.len());
    let found =
        ["remarks", "exclusions", "batches", "participation", "outcome", "candidates", "rounds", "votes", "tie_orders"]
            .map(|name| rows(name).unwrap());
    assert_eq!(found, [4, 1, 1, 10, 2, 6, 2, 5, 1]);
    for table in &tables {
        assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.name);
    }
}
