//! Two exports of one election, row by row: what differs, and which audit entry explains it.

use domain::PROGRAM_VERSION;

use super::CsvTable;
use crate::document::{Block, Column, Cover, Document, Table, Tone};

/// Changed rows of one table that are printed; the CSV has all.
const PRINTED: usize = 500;

/// One table of both exports.
#[derive(Clone, Debug, Default)]
pub struct ComparedTable {
    /// Table.
    pub name: String,
    /// Rows in the first and in the second export, and equal ones.
    pub rows: (u64, u64, u64),
    /// Rows that differ.
    pub changed: u64,
    /// False for answers that the system wrote about itself.
    pub is_evidence: bool,
    /// The rows.
    pub changes: Vec<ComparedRow>,
}

/// A row that differs.
#[derive(Clone, Debug, Default)]
pub struct ComparedRow {
    /// How findings name it.
    pub key: String,
    /// Added, removed or altered.
    pub change: String,
    /// Where it stands in both: file and row.
    pub places: (String, String),
    /// Columns that differ: name, before, after.
    pub fields: Vec<(String, String, String)>,
    /// The audit entry that explains it; empty where none does.
    pub explained: String,
}

/// A file: path, bytes and SHA-256.
pub type ComparedFile = (String, u64, String);

/// Number and hash of a ledger entry.
pub type LedgerHead = (i64, String);

/// What is compared.
#[derive(Clone, Debug, Default)]
pub struct ComparisonSheet {
    /// Paths of both.
    pub compared: (String, String),
    /// Titles of the elections in both.
    pub titles: (Vec<String>, Vec<String>),
    /// Files of both.
    pub inputs: (Vec<ComparedFile>, Vec<ComparedFile>),
    /// The ledger entry up to which a side tells; none where it lies in no case.
    pub heads: (Option<LedgerHead>, Option<LedgerHead>),
    /// Tables of both.
    pub tables: Vec<ComparedTable>,
    /// Tables that only one has, in a sentence each.
    pub only_in_one: Vec<String>,
}

impl ComparisonSheet {
    fn unexplained(&self) -> usize {
        let evidence = self.tables.iter().filter(|table| table.is_evidence);
        evidence.flat_map(|table| &table.changes).filter(|row| row.explained.is_empty()).count()
    }

    fn changed(&self) -> u64 {
        self.tables.iter().filter(|table| table.is_evidence).map(|table| table.changed).sum()
    }

    /// What was found, in a sentence.
    pub fn sentence(&self) -> String {
        match (self.changed(), self.unexplained()) {
            (0, _) => "Every row is the same in both exports.".to_owned(),
            (changed, 0) => {
                format!(
                    "{changed} rows differ, and an audit entry that was written between both explains each of them."
                )
            }
            (changed, unexplained) => {
                format!("{changed} rows differ. {unexplained} of them are explained by no audit entry (R313).")
            }
        }
    }
}

/// The printed comparison.
pub fn document(sheet: &ComparisonSheet) -> Document {
    let verdict = sheet.sentence();
    let (word, tone) = match (sheet.changed(), sheet.unexplained()) {
        (0, _) => ("the same", Tone::Good),
        (_, 0) => ("explained", Tone::Info),
        _ => ("unexplained", Tone::Critical),
    };
    let titles = |titles: &[String]| if titles.is_empty() { "no election".to_owned() } else { titles.join(", ") };
    let head = |head: &Option<LedgerHead>| head.as_ref().map(|(number, hash)| format!("entry {number}: {hash}"));
    let mut facts =
        vec![("First".to_owned(), sheet.compared.0.clone()), ("Elections in it".to_owned(), titles(&sheet.titles.0))];
    facts.extend(head(&sheet.heads.0).map(|head| ("Its ledger head".to_owned(), head)));
    facts.push(("Second".to_owned(), sheet.compared.1.clone()));
    facts.push(("Elections in it".to_owned(), titles(&sheet.titles.1)));
    facts.extend(head(&sheet.heads.1).map(|head| ("Its ledger head".to_owned(), head)));
    facts.push(("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")));
    let cover = Cover {
        title: "Comparison of two exports".to_owned(),
        verdict,
        verdict_word: word.to_owned(),
        tone,
        facts,
        is_own_page: false,
    };
    let mut document = Document::new("Comparison of two exports", cover);
    let blocks = &mut document.blocks;
    blocks.push(Block::heading(1, "Tables"));
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::left("Table", 3.0),
            Column::right("Rows in the first", 1.5),
            Column::right("in the second", 1.5),
            Column::right("Same", 1.0),
            Column::right("Different", 1.0),
        ],
        rows: (sheet.tables.iter())
            .map(|table| {
                let numbers =
                    [table.rows.0, table.rows.1, table.rows.2, table.changed].map(|number| number.to_string());
                [vec![table.name.clone()], numbers.to_vec()].concat()
            })
            .collect(),
        ..Table::default()
    }));
    for sentence in &sheet.only_in_one {
        blocks.push(Block::paragraph(sentence.clone()));
    }
    for table in sheet.tables.iter().filter(|table| table.changed > 0) {
        blocks.push(Block::heading(1, table.name.clone()));
        if !table.is_evidence {
            blocks.push(Block::paragraph(
                "An answer that the system wrote about itself. It tells its own time, so two of them always differ.",
            ));
            blocks.push(Block::paragraph(format!("What differs stands in {}.csv.", table.name)));
            continue;
        }
        let rows = table.changes.iter().take(PRINTED);
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::mono("Row", 3.0),
                Column::left("Change", 1.0),
                Column::left("What differs", 4.0),
                Column::left("Explained by", 2.5),
            ],
            rows: rows
                .map(|row| {
                    let explained = if row.explained.is_empty() { "nothing" } else { row.explained.as_str() };
                    [row.key.as_str(), &row.change, &told(row), explained].map(str::to_owned).to_vec()
                })
                .collect(),
            ..Table::default()
        }));
        if table.changes.iter().any(|row| row.change != "altered") {
            blocks.push(Block::paragraph(format!("What added and removed rows say stands in {}.csv.", table.name)));
        }
        if table.changes.len() > PRINTED {
            blocks.push(Block::paragraph(format!(
                "{} more rows stand in {}.csv.",
                table.changes.len() - PRINTED,
                table.name
            )));
        }
    }
    blocks.push(Block::heading(1, "How to read this"));
    blocks.push(Block::paragraph(
        "Rows are matched by their own key. NULL and an empty text count as the same, since some files cannot tell them apart. A change is explained \
         where an audit entry that one export has and the other does not have yet speaks of it; whether the entry itself is true is another question.",
    ));
    blocks.push(Block::heading(1, "Files"));
    blocks.push(Block::paragraph(
        "Both exports as they came. Anyone can compute the SHA-256 of these files and compare.",
    ));
    let both = [("first", &sheet.inputs.0), ("second", &sheet.inputs.1)];
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::left("In the", 0.8),
            Column::left("File", 2.6),
            Column::right("Bytes", 0.9),
            Column::mono("SHA-256", 4.6),
        ],
        rows: both
            .into_iter()
            .flat_map(|(side, files)| files.iter().map(move |(path, bytes, hash)| (side, path, bytes, hash)))
            .map(|(side, path, bytes, hash)| vec![side.to_owned(), path.clone(), bytes.to_string(), hash.clone()])
            .collect(),
        ..Table::default()
    }));
    document.stamp_footer_id();
    // One code has its place on a cover; the second head stands among the facts.
    if let Some((number, hash)) = sheet.heads.0.as_ref().or(sheet.heads.1.as_ref()) {
        document.carry_ledger_head(*number, hash);
    }
    document
}

/// What differs in a row, in one cell.
fn told(row: &ComparedRow) -> String {
    if row.change != "altered" {
        let (first, second) = &row.places;
        return [first, second].into_iter().filter(|place| !place.is_empty()).cloned().collect::<Vec<_>>().join(", ");
    }
    let quoted = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
    let fields =
        row.fields.iter().map(|(name, before, after)| format!("{name}: {} → {}", quoted(before), quoted(after)));
    fields.collect::<Vec<_>>().join("; ")
}

/// One table for each that differs: a row for each column that differs.
pub fn tables(sheet: &ComparisonSheet) -> Vec<CsvTable> {
    let columns = ["key", "change", "place_a", "place_b", "column", "a", "b", "explained"];
    let differing = sheet.tables.iter().filter(|table| table.changed > 0);
    differing
        .map(|table| CsvTable {
            name: table.name.clone(),
            columns: columns.map(str::to_owned).to_vec(),
            rows: (table.changes.iter())
                .flat_map(|row| {
                    row.fields.iter().map(|(name, before, after)| {
                        let (first, second) = &row.places;
                        [&row.key, &row.change, first, second, name, before, after, &row.explained]
                            .map(String::clone)
                            .to_vec()
                    })
                })
                .collect(),
        })
        .collect()
}
