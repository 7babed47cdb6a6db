//! The statement that a voter takes home: what the export says about the receipt, and how anyone can look it up again
//! without this program. It names no choice.

use domain::receipt::{ReceiptAnswer, ReceiptStatement};
use domain::{Instant, PROGRAM_VERSION};

use super::CsvTable;
use crate::document::{Block, Column, Cover, Document, Span, Table, Tone};

/// Receipts that get their details printed; the CSV has all.
const DETAILED: usize = 20;
/// Receipts that the printed list shows.
const LISTED: usize = 5_000;

/// What a receipt came to, in a word or two, and its weight.
fn word(answer: &ReceiptAnswer) -> (&'static str, Tone) {
    match answer {
        _ if !answer.well_formed => ("not a receipt code", Tone::Minor),
        _ if !answer.found_in_public_ballots && answer.is_contradiction() => ("absent", Tone::Critical),
        _ if !answer.found_in_public_ballots => ("not found", Tone::Minor),
        _ if answer.is_contradiction() => ("other content", Tone::Critical),
        _ if answer.superseded => ("replaced by a later ballot", Tone::Info),
        _ => ("included", Tone::Good),
    }
}

/// The statement about one receipt or many.
pub fn document(statement: &ReceiptStatement) -> Document {
    let mut document = Document::new("Receipt statement", cover(statement));
    let blocks = &mut document.blocks;
    match statement.answers.as_slice() {
        [one] => facts(blocks, one, false),
        many => {
            blocks.push(Block::heading(1, "Receipts"));
            blocks.push(Block::Table(list(many)));
            let (first, _) = many.split_at(many.len().min(DETAILED));
            for (number, answer) in (1..).zip(first) {
                blocks.push(Block::heading(2, format!("Receipt {number}")));
                details(blocks, answer);
            }
            if many.len() > DETAILED {
                blocks.push(Block::paragraph(format!(
                    "The details of {} more receipts stand in receipts.csv.",
                    many.len() - DETAILED
                )));
            }
        }
    }
    by_yourself(blocks, statement);
    // What a voter takes home is one sheet, whatever the paper.
    if statement.answers.len() == 1 {
        *blocks = vec![Block::OnePage(std::mem::take(blocks))];
    }
    document.carry_ledger_head(statement.ledger_number, &statement.ledger_head);
    document
}

fn cover(statement: &ReceiptStatement) -> Cover {
    let answers = &statement.answers;
    let count = |fits: fn(&ReceiptAnswer) -> bool| answers.iter().filter(|answer| fits(answer)).count();
    let (verdict, (verdict_word, tone)) = match answers.as_slice() {
        [one] => (one.told.clone(), word(one)),
        many => {
            let against = count(ReceiptAnswer::is_contradiction);
            let sentence = format!(
                "{} receipts were looked up. {} are in the export, {} of them replaced by a later ballot of the same voter. {} speak against the export.",
                many.len(),
                count(|one| one.found_in_public_ballots),
                count(|one| one.superseded),
                against
            );
            let all = count(|one| one.found_in_public_ballots) == many.len();
            let worst = match (against, all) {
                (0, true) => ("all included", Tone::Good),
                (0, false) => ("not all found", Tone::Minor),
                _ => ("contradicted", Tone::Critical),
            };
            (sentence, worst)
        }
    };
    let mut facts = Vec::new();
    if let [one] = answers.as_slice() {
        facts.push(("Receipt code".to_owned(), one.receipt_hash.clone()));
    }
    facts.push(("Looked up".to_owned(), Instant::parse(&statement.at).map_or_else(String::new, |at| at.to_display())));
    facts.push(("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")));
    facts.push(("Ledger head".to_owned(), statement.ledger_head.clone()));
    facts.retain(|(_, value)| !value.is_empty());
    let title = if statement.election.is_empty() { "Receipt statement".to_owned() } else { statement.election.clone() };
    Cover { title, verdict, verdict_word: verdict_word.to_owned(), tone, facts, is_own_page: false }
}

fn compared(fits: Option<bool>, yes: &'static str, no: &'static str) -> &'static str {
    match fits {
        Some(true) => yes,
        Some(false) => no,
        None => "the receipt does not say",
    }
}

/// The checks of a receipt, each with its answer.
fn checks(answer: &ReceiptAnswer) -> Vec<(&'static str, String)> {
    let place = match (answer.previous_chain_hash_matches, answer.chain_hash_matches) {
        (None, None) => None,
        (before, own) => Some(before != Some(false) && own != Some(false)),
    };
    let mut rows = Vec::new();
    if answer.well_formed {
        let found = match &answer.place {
            Some((path, row)) => format!("yes: {path}, row {row}"),
            None if answer.found_in_public_ballots => "yes".to_owned(),
            None => "no".to_owned(),
        };
        rows.push(("In the export", found));
    } else {
        rows.push(("Form of the code", "not 64 letters from 0-9 and a-f".to_owned()));
    }
    if answer.found_in_public_ballots {
        let counts = if answer.superseded { "no: a later ballot of the same voter counts" } else { "yes" };
        rows.push(("Counts", counts.to_owned()));
        for (what, fits) in [
            ("Place in the chain of ballots", place),
            ("Ranking", answer.ranking_matches_export),
            ("Weight", answer.weight_matches_export),
        ] {
            rows.push((what, compared(fits, "as on the receipt", "other than on the receipt").to_owned()));
        }
    }
    if answer.well_formed {
        let itself = match answer.hash_matches {
            Some(true) => "yes",
            Some(false) => "no",
            None => "cannot tell: the receipt does not name all of them",
        };
        rows.push(("The details on the receipt give its code", itself.to_owned()));
    }
    rows
}

fn details(blocks: &mut Vec<Block>, answer: &ReceiptAnswer) {
    blocks.push(Block::callout(word(answer).1, word(answer).0, answer.told.clone()));
    facts(blocks, answer, true);
}

fn facts(blocks: &mut Vec<Block>, answer: &ReceiptAnswer, with_code: bool) {
    let mut facts = Vec::new();
    if with_code {
        blocks.push(Block::CodeLines(vec![answer.receipt_hash.clone()]));
    }
    facts.extend(checks(answer).into_iter().map(|(what, result)| (what.to_owned(), result)));
    if !answer.findings.is_empty() {
        facts.push(("Codes of findings".to_owned(), answer.findings.join(", ")));
    }
    blocks.push(Block::KeyValues(facts));
}

fn list(answers: &[ReceiptAnswer]) -> Table {
    let rows = (1..).zip(answers.iter().take(LISTED));
    Table {
        columns: vec![Column::right("No.", 0.4), Column::mono("Receipt code", 5.0), Column::left("Answer", 2.0)],
        rows: rows
            .map(|(number, answer): (u64, _)| {
                vec![number.to_string(), answer.receipt_hash.clone(), word(answer).0.to_owned()]
            })
            .collect(),
        note: match answers.len().checked_sub(LISTED) {
            Some(more) if more > 0 => format!("{more} more rows stand in receipts.csv."),
            _ => String::new(),
        },
        ..Table::default()
    }
}

/// How to repeat the look-up with nothing but the published file.
fn by_yourself(blocks: &mut Vec<Block>, statement: &ReceiptStatement) {
    blocks.push(Block::heading(1, "How to check this yourself"));
    blocks.push(Block::Bullets(vec![
        vec![Span::plain(
            "Get the file with the ballots that the organizer published, and compute its SHA-256. If it is not the one below, you look at another file.",
        )],
        vec![Span::plain(
            "Open the file in a text editor and search for the receipt code. The code stands in the field named ",
        ), Span::code("ballot_hash"), Span::plain(".")],
        vec![Span::plain("A ballot whose field "), Span::code("superseded_by"), Span::plain(
            " is filled was replaced by a later ballot of the same voter.",
        )],
        vec![Span::plain(
            "Keep the receipt message. It names the choice: show it only to whom you trust. This statement names no choice.",
        )],
    ]));
    blocks.push(Block::Table(Table {
        title: "Files that were searched".to_owned(),
        columns: vec![Column::left("File", 2.4), Column::right("Rows", 0.7), Column::mono("SHA-256", 4.6)],
        rows: statement
            .files
            .iter()
            .map(|(path, digest, rows)| vec![path.clone(), rows.to_string(), digest.clone()])
            .collect(),
        ..Table::default()
    }));
}

/// All receipts as one table.
pub fn table(statement: &ReceiptStatement) -> CsvTable {
    let flag = |value: Option<bool>| value.map(|value| value.to_string()).unwrap_or_default();
    let rows = statement.answers.iter().map(|answer| {
        let (file, row) =
            answer.place.as_ref().map_or_else(Default::default, |(path, row)| (path.clone(), row.to_string()));
        vec![
            answer.receipt_hash.clone(),
            word(answer).0.to_owned(),
            answer.well_formed.to_string(),
            flag(answer.hash_matches),
            answer.found_in_public_ballots.to_string(),
            answer.superseded.to_string(),
            flag(answer.previous_chain_hash_matches),
            flag(answer.chain_hash_matches),
            flag(answer.ranking_matches_export),
            flag(answer.weight_matches_export),
            answer.findings.join(" "),
            file,
            row,
            answer.told.clone(),
        ]
    });
    let columns = [
        "receipt_hash",
        "answer",
        "well_formed",
        "hash_matches",
        "found_in_public_ballots",
        "superseded",
        "previous_chain_hash_matches",
        "chain_hash_matches",
        "ranking_matches_export",
        "weight_matches_export",
        "findings",
        "file",
        "row",
        "told",
    ];
    CsvTable { name: "receipts".to_owned(), columns: columns.map(str::to_owned).to_vec(), rows: rows.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(found: bool, superseded: bool, codes: &[&str]) -> ReceiptAnswer {
        ReceiptAnswer {
            receipt_hash: "ab".repeat(32),
            well_formed: true,
            hash_matches: Some(true),
            found_in_public_ballots: found,
            superseded,
            r#final: found && !superseded,
            previous_chain_hash_matches: found.then_some(true),
            chain_hash_matches: found.then_some(true),
            ranking_matches_export: found.then_some(true),
            weight_matches_export: None,
            findings: codes.iter().map(|code| (*code).to_owned()).collect(),
            told: "Told.".to_owned(),
            place: found.then(|| ("public-ballots.json".to_owned(), 17)),
        }
    }

    fn statement(answers: Vec<ReceiptAnswer>) -> ReceiptStatement {
        ReceiptStatement {
            election: "Board 2026".to_owned(),
            files: vec![("public-ballots.json".to_owned(), "cd".repeat(32), 126)],
            ledger_head: String::new(),
            ledger_number: 0,
            at: "2026-03-01T10:00:00Z".to_owned(),
            answers,
        }
    }

    #[test]
    fn one_receipt_gets_its_word_on_the_cover_and_its_row() {
        let included = document(&statement(vec![answer(true, false, &[])]));
        assert_eq!((included.cover.verdict_word.as_str(), included.cover.tone), ("included", Tone::Good));
        assert!(included.to_text().contains("yes: public-ballots.json, row 17"));
        let absent = document(&statement(vec![answer(false, false, &["K801"])]));
        assert_eq!((absent.cover.verdict_word.as_str(), absent.cover.tone), ("absent", Tone::Critical));
    }

    #[test]
    fn a_list_is_as_bad_as_its_worst_receipt() {
        let many = vec![answer(true, false, &[]), answer(true, true, &["K803"]), answer(true, false, &["K802"])];
        let printed = document(&statement(many.clone()));
        assert_eq!(printed.cover.verdict_word, "contradicted");
        assert!(printed.to_text().contains("3 receipts were looked up. 3 are in the export, 1 of them replaced"));
        let words: Vec<_> = table(&statement(many)).rows.into_iter().map(|row| row[1].clone()).collect();
        assert_eq!(words, ["included", "replaced by a later ballot", "other content"]);
    }
}
