//! The count report: who was elected and why, round by round, so that a reader can follow every vote with pencil and paper.

use domain::count::{Count, Pile, Round};
use domain::{Instant, PROGRAM_VERSION};

use super::CsvTable;
use crate::document::{Block, Column, Cover, Document, Table, Tone};

/// Rounds beside one another in a printed table.
const ACROSS: usize = 6;
/// Rounds that are printed; the CSV has all.
const PRINTED: usize = 120;

/// What is printed beside a count.
#[derive(Clone, Debug, Default)]
pub struct CountSheet {
    /// Title of the contest.
    pub title: String,
    /// Files that the ballots came from: path, SHA-256 in hex.
    pub files: Vec<(String, String)>,
    /// Ballots counted, in votes.
    pub votes: String,
    /// Why this is no result, where the rule is not the one of the election; empty otherwise.
    pub what_if: String,
    /// What the reader of the ballots put right, one sentence each.
    pub repairs: Vec<String>,
    /// How the count compares with a published one: the first difference, or that there is none; empty without one.
    pub compared: String,
    /// What it would take to change the outcome, sentences.
    pub sensitivity: Vec<String>,
    /// Number and hash (hex) of the ledger entry up to which the counted case tells; absent for files.
    pub ledger_head: Option<(i64, String)>,
}

/// Digits behind the point that are printed where a rule keeps many more; the CSV has all.
const DIGITS: usize = 6;

/// A number as it is printed.
fn short(votes: &str) -> String {
    match votes.split_once('.') {
        Some((units, digits)) if digits.len() > DIGITS + 3 && digits.is_ascii() => {
            format!("{units}.{}…", &digits[..DIGITS])
        }
        _ => votes.to_owned(),
    }
}

fn names(count: &Count, places: &[usize]) -> String {
    let names: Vec<&str> = places.iter().filter_map(|place| count.candidates.get(*place)).map(String::as_str).collect();
    names.join(", ")
}

/// Builds the report.
pub fn document(count: &Count, sheet: &CountSheet) -> Document {
    let mut document = Document::new("Count report", cover(count, sheet));
    let blocks = &mut document.blocks;
    if !sheet.what_if.is_empty() {
        let text = format!(
            "{} The ballots were counted under another rule than that of the election, to see what it would have given. Voters marked their ballots for the election's own rule.",
            sheet.what_if
        );
        blocks.push(Block::callout(Tone::Major, "This is not the result", text));
    }
    blocks.push(Block::heading(1, "Outcome"));
    blocks.push(outcome(count));
    for (title, sentences) in [
        ("What it would take to change the outcome", &sheet.sensitivity),
        ("What was put right while reading", &sheet.repairs),
    ] {
        if !sentences.is_empty() {
            blocks.push(Block::heading(1, title));
            blocks.push(Block::Bullets(sentences.iter().map(|sentence| vec![sentence.as_str().into()]).collect()));
        }
    }
    blocks.push(Block::heading(1, "Round by round"));
    blocks.push(story(&count.rounds));
    blocks.push(Block::heading(1, "Votes in each round"));
    blocks.extend(votes(&count.candidates, &count.rounds));
    transfers(blocks, count);
    ties(blocks, count);
    blocks.push(Block::heading(1, "Appendix: inputs and program"));
    blocks.push(Block::paragraph(
        "Every figure of this report follows from these files under the rule named on the first page. Anyone can compute their SHA-256 and count again. Where the ballots of each round are known, piles.csv lists them.",
    ));
    blocks.push(Block::Table(Table {
        columns: vec![Column::left("File", 2.4), Column::mono("SHA-256", 4.6)],
        rows: sheet.files.iter().map(|(path, digest)| vec![path.clone(), digest.clone()]).collect(),
        ..Table::default()
    }));
    match &sheet.ledger_head {
        Some((number, hash)) => document.carry_ledger_head(*number, hash),
        None => document.stamp_footer_id(),
    }
    document
}

/// When the report is dated: counts of files have no clock of their own.
pub fn undated() -> Instant {
    Instant { micros: 0 }
}

fn cover(count: &Count, sheet: &CountSheet) -> Cover {
    let elected = names(count, &count.elected);
    let verdict = match count.elected.len() {
        0 => "Nobody is elected.".to_owned(),
        1 => format!("{elected} is elected."),
        _ => format!("Elected, in this order: {elected}."),
    };
    let (verdict_word, tone) = match (!sheet.what_if.is_empty(), count.tie_dependent) {
        (true, _) => ("not the result", Tone::Major),
        (false, true) => ("counted, a tie decided", Tone::Minor),
        (false, false) => ("counted", Tone::Good),
    };
    let mut facts = vec![
        ("Rule".to_owned(), format!("{}, version {}", count.rule.name, count.rule.version)),
        ("Arithmetic".to_owned(), count.rule.arithmetic.clone()),
        ("Seats".to_owned(), count.seats.to_string()),
        ("Candidates".to_owned(), count.candidates.len().to_string()),
        ("Votes".to_owned(), sheet.votes.clone()),
        ("Quota".to_owned(), count.quota.clone().unwrap_or_default()),
        ("Rounds".to_owned(), count.rounds.len().to_string()),
        ("Compared".to_owned(), sheet.compared.clone()),
        ("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")),
        ("Ledger head".to_owned(), sheet.ledger_head.as_ref().map(|(_, hash)| hash.clone()).unwrap_or_default()),
    ];
    facts.retain(|(_, value)| !value.is_empty());
    let title = if sheet.title.is_empty() { "Count report".to_owned() } else { sheet.title.clone() };
    Cover { title, verdict, verdict_word: verdict_word.to_owned(), tone, facts, is_own_page: false }
}

/// What became of a candidate, and in which round.
fn fate(count: &Count, place: usize) -> (String, Option<usize>) {
    let round = |of: fn(&Round) -> &Vec<usize>| count.rounds.iter().find(|round| of(round).contains(&place));
    if let Some(seat) = count.elected.iter().position(|elected| *elected == place) {
        let at = round(|round| &round.elected).map(|round| round.round);
        return (format!("elected, seat {}", seat + 1), at);
    }
    match round(|round| &round.excluded) {
        Some(round) => ("excluded".to_owned(), Some(round.round)),
        None => ("not elected".to_owned(), None),
    }
}

fn last_votes(count: &Count, place: usize) -> String {
    let held = count.rounds.iter().rev().find_map(|round| round.votes.get(place).cloned().flatten());
    held.unwrap_or_default()
}

fn outcome(count: &Count) -> Block {
    let is_cut = (0..count.candidates.len()).map(|place| last_votes(count, place)).any(|votes| short(&votes) != votes);
    let rows = count.candidates.iter().enumerate().map(|(place, name)| {
        let (fate, round) = fate(count, place);
        let first = count.rounds.first().and_then(|round| round.votes.get(place).cloned().flatten());
        vec![
            (place + 1).to_string(),
            name.clone(),
            fate,
            round.map(|round| round.to_string()).unwrap_or_default(),
            short(&first.unwrap_or_default()),
            short(&last_votes(count, place)),
        ]
    });
    Block::Table(Table {
        columns: vec![
            Column::right("No.", 0.5),
            Column::left("Candidate", 3.0),
            Column::left("", 1.6),
            Column::right("Round", 0.7),
            Column::right("First votes", 1.4),
            Column::right("Last votes", 1.4),
        ],
        rows: rows.collect(),
        note: if is_cut { "Numbers that were cut stand in full in outcome.csv.".to_owned() } else { String::new() },
        ..Table::default()
    })
}

/// What happened in each round, as a table.
pub(super) fn story(rounds: &[Round]) -> Block {
    let rows = rounds.iter().take(PRINTED).map(|round| vec![round.round.to_string(), round.sentence.clone()]);
    Block::Table(Table {
        columns: vec![Column::right("Round", 0.6), Column::left("What happened", 8.0)],
        rows: rows.collect(),
        note: more(rounds, "rounds.csv"),
        ..Table::default()
    })
}

fn more(rounds: &[Round], file: &str) -> String {
    match rounds.len().saturating_sub(PRINTED) {
        0 => String::new(),
        more => format!("{more} more rounds stand in {file}."),
    }
}

/// Tables of some rounds each, candidates below one another.
pub(super) fn votes(candidates: &[String], all: &[Round]) -> Vec<Block> {
    let shown = &all[..all.len().min(PRINTED)];
    let tables = shown.chunks(ACROSS).map(|rounds| {
        let mut columns = vec![Column::left("Candidate", 2.6)];
        columns.extend(rounds.iter().map(|round| Column::right(format!("Round {}", round.round), 1.2)));
        let mut rows: Vec<Vec<String>> = (0..candidates.len())
            .filter(|place| rounds.iter().any(|round| round.votes.get(*place).is_some_and(Option::is_some)))
            .map(|place| {
                let mark = |round: &Round| {
                    let held = short(&round.votes.get(place).cloned().flatten().unwrap_or_default());
                    if round.elected.contains(&place) {
                        format!("{held} *")
                    } else if round.excluded.contains(&place) {
                        format!("{held} \u{2013}")
                    } else {
                        held
                    }
                };
                let name = candidates[place].clone();
                std::iter::once(name).chain(rounds.iter().map(mark)).collect()
            })
            .collect();
        let line = |name: &str, of: &dyn Fn(&Round) -> String| {
            std::iter::once(name.to_owned()).chain(rounds.iter().map(of)).collect::<Vec<_>>()
        };
        rows.push(line("No candidate", &|round| short(&round.exhausted)));
        if rounds.iter().any(|round| round.quota.is_some()) {
            rows.push(line("Quota", &|round| round.quota.clone().unwrap_or_default()));
        }
        Block::Table(Table { columns, rows, ..Table::default() })
    });
    let mut blocks: Vec<Block> = tables.collect();
    if let Some(Block::Table(last)) = blocks.last_mut() {
        let mut numbers = shown.iter().flat_map(|round| round.votes.iter().flatten().chain([&round.exhausted]));
        let is_cut = numbers.any(|votes| short(votes) != *votes);
        let cut = if is_cut { " Numbers that were cut stand in full in votes.csv and rounds.csv." } else { "" };
        last.note = format!("* elected in this round, \u{2013} excluded.{cut} {}", more(all, "votes.csv"))
            .trim_end()
            .to_owned();
    }
    blocks
}

fn transfers(blocks: &mut Vec<Block>, count: &Count) {
    let rows: Vec<Vec<String>> = transfer_rows(count).collect();
    if rows.is_empty() {
        return;
    }
    let total = rows.len();
    blocks.push(Block::heading(1, "Where votes went"));
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::right("After round", 0.8),
            Column::left("From", 2.6),
            Column::left("To", 2.6),
            Column::right("Votes", 1.4),
        ],
        rows: rows.into_iter().take(1000).collect(),
        note: if total > 1000 { format!("{} more rows stand in transfers.csv.", total - 1000) } else { String::new() },
        ..Table::default()
    }));
    let causes: Vec<Vec<String>> = cause_rows(count).collect();
    if !causes.is_empty() {
        blocks.push(Block::heading(1, "Votes without a candidate, by cause"));
        blocks.push(Block::Table(Table {
            columns: vec![Column::right("Round", 0.8), Column::left("Cause", 4.0), Column::right("Votes", 1.4)],
            note: match causes.len().saturating_sub(1000) {
                0 => String::new(),
                more => format!("{more} more rows stand in exhausted.csv."),
            },
            rows: causes.into_iter().take(1000).collect(),
            ..Table::default()
        }));
    }
}

fn transfer_rows(count: &Count) -> impl Iterator<Item = Vec<String>> {
    let name = |place: usize| count.candidates.get(place).cloned().unwrap_or_default();
    count.rounds.iter().flat_map(move |round| {
        round.transfers.iter().map(move |transfer| {
            let to = transfer.to.map_or_else(|| "no candidate".to_owned(), name);
            vec![round.round.to_string(), name(transfer.from), to, transfer.votes.clone()]
        })
    })
}

fn cause_rows(count: &Count) -> impl Iterator<Item = Vec<String>> {
    count.rounds.iter().flat_map(|round| {
        round.causes.iter().map(|cause| vec![round.round.to_string(), cause.cause.to_owned(), cause.votes.clone()])
    })
}

fn ties(blocks: &mut Vec<Block>, count: &Count) {
    let rows: Vec<Vec<String>> = tie_rows(count).collect();
    if !rows.is_empty() {
        blocks.push(Block::heading(1, "Ties and how they were cut"));
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::right("Round", 0.6),
                Column::left("Level", 3.0),
                Column::left("Picked", 1.6),
                Column::left("For", 1.0),
                Column::left("How", 3.0),
            ],
            rows,
            ..Table::default()
        }));
    }
}

fn tie_rows(count: &Count) -> impl Iterator<Item = Vec<String>> {
    count.rounds.iter().filter_map(|round| {
        let tie = round.tie.as_ref()?;
        Some(vec![
            round.round.to_string(),
            names(count, &tie.candidates),
            names(count, &[tie.picked]),
            tie.picked_for.to_owned(),
            tie.how.clone(),
        ])
    })
}

/// Every table of the report, complete.
pub fn tables(count: &Count) -> Vec<CsvTable> {
    let table = |name: &str, columns: &[&str], rows: Vec<Vec<String>>| CsvTable {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    };
    let outcome = count.candidates.iter().enumerate().map(|(place, name)| {
        let (fate, round) = fate(count, place);
        vec![
            (place + 1).to_string(),
            name.clone(),
            fate,
            round.map(|round| round.to_string()).unwrap_or_default(),
            last_votes(count, place),
        ]
    });
    let rounds = count.rounds.iter().map(|round| {
        vec![
            round.round.to_string(),
            round.quota.clone().unwrap_or_default(),
            names(count, &round.elected),
            names(count, &round.excluded),
            round.exhausted.clone(),
            round.sentence.clone(),
        ]
    });
    let votes = count.rounds.iter().flat_map(|round| {
        count
            .candidates
            .iter()
            .zip(&round.votes)
            .filter_map(|(name, votes)| Some(vec![round.round.to_string(), name.clone(), votes.clone()?]))
    });
    vec![
        table("outcome", &["candidate_number", "candidate", "outcome", "round", "votes"], outcome.collect()),
        table("rounds", &["round", "quota", "elected", "excluded", "exhausted", "what_happened"], rounds.collect()),
        table("votes", &["round", "candidate", "votes"], votes.collect()),
        table("transfers", &["after_round", "from", "to", "votes"], transfer_rows(count).collect()),
        table("exhausted", &["round", "cause", "votes"], cause_rows(count).collect()),
        table("ties", &["round", "level", "picked", "picked_for", "how"], tie_rows(count).collect()),
    ]
}

/// Piles as a table. What of a pile is not listed stands in one row, and so do votes that lie with no single ballot, so that
/// the votes of a pile add up to those of its round.
pub fn piles(count: &Count, piles: &[Pile]) -> CsvTable {
    let mut rows = Vec::new();
    for pile in piles {
        let holder = pile.holder.map_or_else(|| "no candidate".to_owned(), |place| names(count, &[place]));
        let mut row = |what: String, ends: &str, ballots: String, worth: String, votes: String| {
            rows.push(vec![pile.round.to_string(), holder.clone(), what, ends.to_owned(), ballots, worth, votes]);
        };
        for group in &pile.listed {
            let ranking = ranking(count, &group.ranking);
            row(ranking, group.ends, group.ballots.to_string(), group.worth.clone(), group.votes.clone());
        }
        let unlisted = pile.groups.saturating_sub(pile.listed.len());
        if unlisted > 0 {
            let listed: u64 = pile.listed.iter().map(|group| group.ballots).sum();
            let ballots = pile.ballots.saturating_sub(listed).to_string();
            row(format!("({unlisted} more rankings)"), "", ballots, String::new(), pile.unlisted.clone());
        }
        if let Some(loose) = &pile.loose {
            row("(no single ballot)".to_owned(), "", String::new(), String::new(), loose.clone());
        }
    }
    let columns = ["round", "candidate", "ranking", "ends", "votes_cast", "worth", "votes"];
    CsvTable { name: "piles".to_owned(), columns: columns.map(str::to_owned).to_vec(), rows }
}

/// A ranking in words: `Ada > Bo = Cy`, with `-` for a rank that was left out.
pub fn ranking(count: &Count, ranking: &[Vec<usize>]) -> String {
    let name = |place: &usize| count.candidates.get(*place).map_or("", String::as_str);
    let rank = |rank: &Vec<usize>| match rank.as_slice() {
        [] => "-".to_owned(),
        places => places.iter().map(name).collect::<Vec<_>>().join(" = "),
    };
    ranking.iter().map(rank).collect::<Vec<_>>().join(" > ")
}

#[cfg(test)]
mod tests {
    use domain::count::{Rule, Tie, Transfer};

    use super::*;

    fn count() -> Count {
        let round = |round: usize, votes: [Option<&str>; 3]| Round {
            round,
            votes: votes.map(|votes| votes.map(str::to_owned)).to_vec(),
            exhausted: "0".to_owned(),
            sentence: format!("Round {round} happened."),
            ..Round::default()
        };
        let mut first = round(1, [Some("4"), Some("3"), Some("3")]);
        first.excluded = vec![2];
        first.transfers = vec![
            Transfer { from: 2, to: Some(1), votes: "2".to_owned() },
            Transfer { from: 2, to: None, votes: "1".to_owned() },
        ];
        first.tie = Some(Tie { candidates: vec![1, 2], picked: 2, picked_for: "exclusion", how: "lot".to_owned() });
        let mut second = round(2, [Some("4"), Some("5"), None]);
        second.elected = vec![1];
        second.exhausted = "1".to_owned();
        Count {
            rule: Rule { name: "scotland", version: "1", arithmetic: "fixed-p5-d5".to_owned() },
            seats: 1,
            candidates: ["Ada", "Bo", "Cy"].map(str::to_owned).to_vec(),
            elected: vec![1],
            quota: Some("6".to_owned()),
            rounds: vec![first, second],
            tie_dependent: true,
        }
    }

    #[test]
    fn the_report_says_who_is_elected_and_that_a_tie_decided() {
        let printed = document(&count(), &CountSheet { title: "Board".to_owned(), ..CountSheet::default() });
        assert_eq!(printed.cover.verdict, "Bo is elected.");
        assert_eq!(printed.cover.verdict_word, "counted, a tie decided");
        let text = printed.to_text();
        for part in ["Round 2 happened.", "5 *", "3 \u{2013}", "no candidate", "Bo, Cy"] {
            assert!(text.contains(part), "{part}");
        }
    }

    #[test]
    fn a_count_under_another_rule_is_never_called_the_result() {
        let printed =
            document(&count(), &CountSheet { what_if: "Counted by another rule.".to_owned(), ..CountSheet::default() });
        assert_eq!(printed.cover.verdict_word, "not the result");
        assert!(printed.to_text().contains("This is not the result"));
    }

    #[test]
    fn the_tables_hold_every_number_once() {
        let tables = tables(&count());
        let rows = |name: &str| tables.iter().find(|table| table.name == name).map(|table| table.rows.len());
        assert_eq!(
            (rows("votes"), rows("transfers"), rows("ties"), rows("outcome")),
            (Some(5), Some(2), Some(1), Some(3))
        );
    }
}
