//! Everything that a case says about one vote, hash, token, address, person or event.

use domain::PROGRAM_VERSION;
use serde::Serialize;

use super::CsvTable;
use super::forensics::severity_tone;
use crate::document::{Block, Column, Cover, Document, Table, Tone};

/// A row that speaks of the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SubjectRow {
    /// How findings name it, or its own key.
    pub key: String,
    /// File and row.
    pub place: String,
    /// Columns that speak of the subject; `key` where the row is the subject.
    pub columns: Vec<String>,
    /// What the row says: column, text.
    pub fields: Vec<(String, String)>,
}

/// One table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SubjectTable {
    /// Table.
    pub name: String,
    /// Rows in it.
    pub looked_at: u64,
    /// Rows that speak of the subject.
    pub total: u64,
    /// The first of them.
    pub rows: Vec<SubjectRow>,
}

/// A finding that names the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SubjectFinding {
    /// Code.
    pub code: String,
    /// Severity, in a word.
    pub severity: String,
    /// What it says.
    pub title: String,
    /// Election; empty where it belongs to none.
    pub election: String,
    /// What it names that is the subject or speaks of it.
    pub subjects: Vec<String>,
}

/// An entry of a log, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LogLine {
    /// How findings name it.
    pub key: String,
    /// Time as it came.
    pub at: String,
    /// Event.
    pub event: String,
    /// Who.
    pub who: String,
    /// What it says.
    pub data: String,
    /// True where it speaks of the subject; false for what stands before or after such an entry.
    pub speaks: bool,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SubjectSheet {
    /// What was looked for.
    pub subject: String,
    /// Head of the ledger.
    pub ledger_head: String,
    /// Files that the case holds.
    pub inputs: usize,
    /// Findings that name it.
    pub findings: Vec<SubjectFinding>,
    /// Every table that was looked through.
    pub tables: Vec<SubjectTable>,
    /// Entries of logs that speak of it, with those before and after.
    pub around: Vec<LogLine>,
}

impl SubjectSheet {
    /// Rows that speak of it.
    pub fn total(&self) -> u64 {
        self.tables.iter().map(|table| table.total).sum()
    }

    /// What was found, in a sentence.
    pub fn sentence(&self) -> String {
        let looked_at: u64 = self.tables.iter().map(|table| table.looked_at).sum();
        match (self.total(), self.findings.len()) {
            (0, 0) => format!("None of {looked_at} rows and no finding speaks of it."),
            (rows, findings) => format!("{rows} of {looked_at} rows speak of it, and {findings} findings name it."),
        }
    }
}

/// The printed page.
pub fn document(sheet: &SubjectSheet) -> Document {
    let worst = sheet.findings.iter().map(|finding| severity_tone(&finding.severity));
    let tone = Tone::ALL.into_iter().find(|tone| worst.clone().any(|found| found == *tone)).unwrap_or(Tone::Neutral);
    let cover = Cover {
        title: sheet.subject.clone(),
        verdict: sheet.sentence(),
        verdict_word: if sheet.findings.is_empty() { "no finding".to_owned() } else { "named by findings".to_owned() },
        tone,
        facts: vec![
            ("Input files".to_owned(), sheet.inputs.to_string()),
            ("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")),
            ("Ledger head".to_owned(), sheet.ledger_head.clone()),
        ],
        is_own_page: false,
    };
    let mut document = Document::new("Everything about one subject", cover);
    let blocks = &mut document.blocks;
    if !sheet.findings.is_empty() {
        blocks.push(Block::heading(1, "Findings"));
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::left("Code", 0.8),
                Column::left("Severity", 1.0),
                Column::left("Finding", 3.5),
                Column::left("Election", 2.0),
                Column::mono("Names", 3.0),
            ],
            rows: sheet.findings.iter().map(finding_cells).collect(),
            ..Table::default()
        }));
    }
    for table in sheet.tables.iter().filter(|table| table.total > 0) {
        blocks.push(Block::heading(1, format!("Rows of {}", table.name)));
        if (table.rows.len() as u64) < table.total {
            blocks.push(Block::paragraph(format!("The first {} of {} rows.", table.rows.len(), table.total)));
        }
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::mono("Row", 2.0),
                Column::left("Found in", 1.2),
                Column::left("Place", 1.5),
                Column::left("What it says", 5.0),
            ],
            rows: table.rows.iter().map(row_cells).collect(),
            ..Table::default()
        }));
    }
    if !sheet.around.is_empty() {
        blocks.push(Block::heading(1, "Before and after"));
        blocks.push(Block::paragraph(
            "Entries of the log that speak of it, marked with a star, with the entries next to them in the order of the log.",
        ));
        blocks.push(Block::Table(Table {
            columns: vec![
                Column::left("", 0.3),
                Column::mono("Entry", 1.2),
                Column::left("Time", 1.8),
                Column::left("Event", 1.8),
                Column::left("Who", 1.2),
                Column::left("What it says", 4.0),
            ],
            rows: sheet.around.iter().map(line_cells).collect(),
            ..Table::default()
        }));
    }
    blocks.push(Block::heading(1, "How to read this"));
    blocks.push(Block::paragraph(
        "A row speaks of a subject where its key or one of its fields is the subject, or a longer text holds it as a word of its own. What the \
         source system did not write down is not found here.",
    ));
    document.stamp_footer_id();
    document
}

fn finding_cells(finding: &SubjectFinding) -> Vec<String> {
    [&finding.code, &finding.severity, &finding.title, &finding.election, &finding.subjects.join(", ")]
        .map(String::clone)
        .to_vec()
}

fn row_cells(row: &SubjectRow) -> Vec<String> {
    let fields: Vec<String> = row.fields.iter().map(|(name, text)| format!("{name}: {text}")).collect();
    vec![row.key.clone(), row.columns.join(", "), row.place.clone(), fields.join("; ")]
}

fn line_cells(line: &LogLine) -> Vec<String> {
    let mark = if line.speaks { "*" } else { "" };
    [mark, &line.key, &line.at, &line.event, &line.who, &line.data].map(str::to_owned).to_vec()
}

/// The same tables as files.
pub fn tables(sheet: &SubjectSheet) -> Vec<CsvTable> {
    let table = |name: &str, columns: &[&str], rows: Vec<Vec<String>>| CsvTable {
        name: name.to_owned(),
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows,
    };
    let findings = sheet.findings.iter().map(finding_cells).collect();
    let rows = sheet
        .tables
        .iter()
        .flat_map(|table| table.rows.iter().map(|row| [vec![table.name.clone()], row_cells(row)].concat()));
    vec![
        table("findings", &["code", "severity", "finding", "election", "names"], findings),
        table("rows", &["table", "row", "found_in", "place", "content"], rows.collect()),
        table(
            "before_and_after",
            &["is_subject", "entry", "time", "event", "who", "content"],
            sheet.around.iter().map(line_cells).collect(),
        ),
    ]
}
