//! Papers about incidents: a [`domain::Paper`] as a document, and each of its tables as CSV.
//!
//! What the sections say was put together where incidents are known; here it gets its form. Document control stands on
//! every paper, and a procedure set that is not approved or overdue is marked before anything else.

use domain::paper::{ColumnKind, Paper, PaperBars, PaperCommand, PaperPart, PaperSection, PaperTable, Remark, Weight};
use domain::{Instant, PROGRAM_VERSION, ProcedureControl};

use super::CsvTable;
use crate::document::{Align, Bar, Bars, Block, BoxItem, BoxMark, Column, Cover, Document, Span, Table, Tone};

fn tone(weight: Weight) -> Tone {
    match weight {
        Weight::Critical => Tone::Critical,
        Weight::Major => Tone::Major,
        Weight::Minor => Tone::Minor,
        Weight::Info => Tone::Info,
        Weight::Good => Tone::Good,
        Weight::Neutral => Tone::Neutral,
    }
}

fn day(at: Instant) -> String {
    at.to_display().split(' ').next().unwrap_or_default().to_owned()
}

/// Document control in one line.
fn control_line(control: &ProcedureControl) -> String {
    let review = match control.next_review_on {
        Some(at) if control.is_overdue => format!("{} (overdue)", day(at)),
        Some(at) => day(at),
        None => "not known".to_owned(),
    };
    let status = match control.status.as_str() {
        "approved" if control.is_draft => "approved, but no day of approval is given".to_owned(),
        "approved" => "approved".to_owned(),
        other => format!("{other}, not approved"),
    };
    let ProcedureControl { title, version, owner, classification, .. } = control;
    format!(
        "{title}, version {version}: {status}; owner: {owner}; classification: {classification}; next review: {review}"
    )
}

/// Builds the document.
pub fn document(paper: &Paper) -> Document {
    let mut facts = paper.facts.clone();
    if !paper.is_one_page {
        facts.extend(paper.made_from.iter().cloned());
        facts.push(("Procedures".to_owned(), control_line(&paper.control)));
        facts.push(("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")));
    }
    facts.retain(|(_, value)| !value.is_empty());
    let cover = Cover {
        title: paper.heading.clone(),
        verdict: paper.sentence.clone(),
        verdict_word: paper.state.clone(),
        tone: tone(paper.weight),
        facts,
        is_own_page: false,
    };
    let mut document = Document::new(paper.title.clone(), cover);
    let mut blocks = Vec::new();
    let control = &paper.control;
    if control.is_draft || control.is_overdue {
        let marks = control.marks.join(" ");
        blocks.push(Block::callout(Tone::Major, "The procedures behind this paper are not in order", marks));
    } else if !control.marks.is_empty() {
        blocks.push(Block::callout(Tone::Minor, "About the procedures behind this paper", control.marks.join(" ")));
    }
    blocks.extend(paper.remarks.iter().map(callout));
    for section in &paper.sections {
        set_section(section, paper.is_one_page, &mut blocks);
    }
    if paper.is_one_page {
        blocks.push(Block::heading(3, "Procedures and source"));
        let mut source = paper.made_from.clone();
        source.push(("Program".to_owned(), format!("scrutineer {PROGRAM_VERSION}")));
        blocks.push(Block::paragraph(format!("{}.", control_line(control))));
        blocks.push(close_facts(&source));
        blocks = vec![Block::OnePage(blocks)];
    }
    document.blocks = blocks;
    document.stamp_footer_id();
    document
}

fn callout(remark: &Remark) -> Block {
    Block::callout(tone(remark.weight), remark.title.as_str(), remark.text.as_str())
}

/// Values up to this length share a line on the one page.
const SHORT: usize = 34;

/// Facts where room is short: short ones beside one another, each long one on a line of its own.
fn close_facts(facts: &[(String, String)]) -> Block {
    let mut spans: Vec<Span> = Vec::new();
    let mut shares_line = false;
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        let is_short = value.chars().count() <= SHORT && !value.contains('\n');
        if !spans.is_empty() {
            spans.push(Span::plain(if shares_line && is_short { "   ·   " } else { "\n" }));
        }
        spans.push(Span::strong(format!("{name} ")));
        spans.push(Span::plain(value.replace('\n', "; ")));
        shares_line = is_short;
    }
    Block::Paragraph(spans)
}

fn set_section(section: &PaperSection, is_one_page: bool, blocks: &mut Vec<Block>) {
    let level = if is_one_page { 3 } else { 1 };
    let is_break = |part: &PaperPart| *part == PaperPart::PageBreak;
    if section.parts.first().is_some_and(is_break) {
        blocks.push(Block::PageBreak);
    }
    blocks.push(Block::heading(level, section.title.as_str()));
    let skipped = usize::from(section.parts.first().is_some_and(is_break));
    for part in &section.parts[skipped..] {
        match part {
            PaperPart::Facts(facts) if is_one_page => blocks.push(close_facts(facts)),
            part => set_part(part, level + 1, blocks),
        }
    }
}

fn set_part(part: &PaperPart, level: u8, blocks: &mut Vec<Block>) {
    match part {
        PaperPart::Heading(text) => blocks.push(Block::heading(level, text.as_str())),
        PaperPart::Text(text) | PaperPart::Nothing(text) => blocks.push(Block::paragraph(text.as_str())),
        PaperPart::Facts(facts) => {
            let facts: Vec<_> = facts.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
            if !facts.is_empty() {
                blocks.push(Block::KeyValues(facts));
            }
        }
        PaperPart::Points(points) => {
            blocks.push(Block::Bullets(points.iter().map(|point| vec![point.as_str().into()]).collect()));
        }
        PaperPart::Table(table) => set_table(table, blocks),
        PaperPart::Remark(remark) => blocks.push(callout(remark)),
        PaperPart::Command(command) => set_command(command, blocks),
        PaperPart::Bars(bars) => blocks.push(Block::Bars(set_bars(bars))),
        PaperPart::Boxes(boxes) => {
            let boxes = boxes.iter().map(|one| BoxItem {
                mark: if one.is_done { BoxMark::Ticked } else { BoxMark::Empty },
                text: vec![Span::plain(one.text.as_str())],
                note: one.note.clone(),
            });
            // Long lists may go on on the next page; a box and its text never part.
            let boxes: Vec<BoxItem> = boxes.collect();
            blocks.extend(boxes.chunks(6).map(|some| Block::Boxes(some.to_vec())));
        }
        PaperPart::Lines(rows) => blocks.push(Block::WritingLines(rows.clone())),
        PaperPart::PageBreak => blocks.push(Block::PageBreak),
    }
}

fn set_table(table: &PaperTable, blocks: &mut Vec<Block>) {
    if table.rows.is_empty() {
        if !table.title.is_empty() {
            blocks.push(Block::heading(3, table.title.as_str()));
        }
        blocks.push(Block::paragraph(table.empty.as_str()));
        return;
    }
    if table.is_cards {
        if !table.title.is_empty() {
            blocks.push(Block::heading(2, table.title.as_str()));
        }
        for row in &table.rows {
            let mut cells = table.columns.iter().zip(row);
            if let Some((column, cell)) = cells.next() {
                blocks.push(Block::heading(3, format!("{} {cell}", column.name)));
            }
            let facts = cells.filter(|(_, cell)| !cell.is_empty());
            blocks.push(Block::KeyValues(facts.map(|(column, cell)| (column.name.clone(), cell.clone())).collect()));
        }
        if !table.note.is_empty() {
            blocks.push(Block::paragraph(table.note.as_str()));
        }
        return;
    }
    let column = |column: &domain::paper::PaperColumn| Column {
        header: column.name.clone(),
        align: match column.kind {
            ColumnKind::Text => Align::Left,
            ColumnKind::Number => Align::Right,
            ColumnKind::Code => Align::Mono,
        },
        weight: f32::from(column.weight.max(1)) / 10.0,
    };
    blocks.push(Block::Table(Table {
        title: table.title.clone(),
        columns: table.columns.iter().map(column).collect(),
        rows: table.rows.clone(),
        note: table.note.clone(),
    }));
}

fn set_command(command: &PaperCommand, blocks: &mut Vec<Block>) {
    blocks.push(Block::heading(3, format!("{} ({})", command.title, command.effect)));
    if command.is_destructive {
        blocks.push(Block::callout(Tone::Critical, "Cannot be undone. Read this first.", command.note.as_str()));
    } else if !command.note.is_empty() {
        blocks.push(Block::paragraph(command.note.as_str()));
    }
    if !command.missing.is_empty() {
        blocks.push(Block::paragraph(command.missing.as_str()));
    }
    if command.is_note {
        blocks.push(Block::paragraph(command.text.as_str()));
    } else {
        blocks.push(Block::CodeLines(command.text.lines().map(str::to_owned).collect()));
    }
}

fn set_bars(bars: &PaperBars) -> Bars {
    let bar = |bar: &domain::paper::PaperBar| Bar {
        label: bar.label.clone(),
        value: bar.value,
        shown: bar.shown.clone(),
        target: bar.target,
        of: bar.of,
    };
    Bars { title: bars.title.clone(), bars: bars.bars.iter().map(bar).collect(), note: bars.note.clone() }
}

/// Name of a column in a CSV file: small letters, digits and underscores.
fn csv_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars() {
        if letter.is_alphanumeric() {
            out.extend(letter.to_lowercase());
        } else if !out.ends_with('_') && !out.is_empty() {
            out.push('_');
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// Every table of a paper for CSV files, cell by cell as printed. Tables of one name become one file, bars and commands a
/// table of their section.
pub fn tables(paper: &Paper) -> Vec<CsvTable> {
    let mut tables: Vec<CsvTable> = Vec::new();
    let mut add = |name: &str, columns: Vec<String>, rows: Vec<Vec<String>>| match tables
        .iter_mut()
        .find(|table| table.name == name && table.columns == columns)
    {
        Some(table) => table.rows.extend(rows),
        None => tables.push(CsvTable { name: name.to_owned(), columns, rows }),
    };
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for section in &paper.sections {
        for part in &section.parts {
            match part {
                PaperPart::Table(table) => {
                    let columns = table.columns.iter().map(|column| csv_name(&column.name)).collect();
                    add(&table.name, columns, table.rows.clone());
                }
                PaperPart::Command(command) => {
                    let row = [&command.title, &command.effect, &command.note, &command.text, &command.missing]
                        .map(Clone::clone);
                    add("commands", owned(&["command", "effect", "note", "text", "missing"]), vec![row.to_vec()]);
                }
                PaperPart::Heading(_)
                | PaperPart::Text(_)
                | PaperPart::Nothing(_)
                | PaperPart::Facts(_)
                | PaperPart::Points(_)
                | PaperPart::Remark(_)
                | PaperPart::Bars(_)
                | PaperPart::Boxes(_)
                | PaperPart::Lines(_)
                | PaperPart::PageBreak => {}
            }
        }
    }
    tables
}
