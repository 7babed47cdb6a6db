//! The custody sheet: each item of evidence with every access to it, the heads that vouch for the log, lines to sign.

use domain::paper::{Paper, PaperPart};
use domain::{PaperSection, ReportLayout};

use super::super::{CustodyLine, EvidenceItem};
use super::known::{Known, custody_word, facts, table, text, told_at, utc};
use super::sections;

/// Builds the sheet for the items that it holds, each on a page of its own.
pub(super) fn paper(known: &Known<'_>, layout: &ReportLayout) -> Paper {
    // The layout's sections are filled item by item; head and signatures stand once, at the end.
    let empty = ReportLayout { sections: Vec::new(), ..layout.clone() };
    let mut paper = sections::paper(known, &empty);
    let items = &known.sheet.items;
    for (place, (item, lines)) in items.iter().enumerate() {
        for section in &layout.sections {
            let mut parts = match section.id.as_str() {
                "item" => vec![facts(about(item))],
                "events" => vec![PaperPart::Table(accesses(item, lines))],
                _ => continue,
            };
            let is_first_part = section.id == layout.sections.first().map_or("", |first| first.id.as_str());
            if place > 0 && is_first_part {
                parts.insert(0, PaperPart::PageBreak);
            }
            let title = format!("{} {}", section.title, item.id);
            paper.sections.push(PaperSection { id: section.id.clone(), title, parts });
        }
    }
    if items.is_empty() {
        let title = layout.section("item").map_or_else(|| "Item".to_owned(), |section| section.title.clone());
        let parts = vec![PaperPart::Nothing("No evidence was kept.".to_owned())];
        paper.sections.push(PaperSection { id: "item".to_owned(), title, parts });
    }
    for section in &layout.sections {
        let parts = match section.id.as_str() {
            "item" | "events" => continue,
            "head" => vec![facts([
                ("Head of the custody chain", known.sheet.journal_head.clone()),
                ("Head of the ledger", known.sheet.ledger_head.clone()),
                ("Entries of the custody log", known.incident().custody.len().to_string()),
                ("Items on this sheet", items.len().to_string()),
            ])],
            "sign" => vec![PaperPart::Lines(
                ["Handed over by", "Received by", "Handed over by", "Received by"]
                    .map(|who| vec![format!("{who} (name)"), "Signature".to_owned(), "Place and date".to_owned()])
                    .to_vec(),
            )],
            _ => vec![PaperPart::Nothing("This program does not know how to fill this section.".to_owned())],
        };
        paper.sections.push(PaperSection { id: section.id.clone(), title: section.title.clone(), parts });
    }
    paper
}

fn about(item: &EvidenceItem) -> [(&'static str, String); 16] {
    let about = &item.about;
    [
        ("Item", item.id.clone()),
        ("Description", about.what.clone()),
        ("Original name", item.name.clone()),
        ("Size", format!("{} bytes", item.bytes)),
        ("SHA-256", item.sha256.clone()),
        ("Captured by", item.captured_by.clone()),
        ("Captured at", told_at(&item.captured_at)),
        ("From where", if about.path.is_empty() { about.source.clone() } else { about.path.clone() }),
        ("Source", if about.path.is_empty() { String::new() } else { about.source.clone() }),
        ("How", about.program.clone()),
        ("Why", about.why.clone()),
        ("Last changed before", about.modified_at.map_or_else(String::new, domain::Instant::to_display)),
        ("Kind of file", about.media_type.clone()),
        ("Sensitivity", about.sensitivity.clone()),
        ("Made from", about.derived_from.join(", ")),
        ("Asked for by the playbook as", about.fulfils.clone().unwrap_or_default()),
    ]
}

fn accesses(item: &EvidenceItem, lines: &[CustodyLine]) -> domain::PaperTable {
    let rows = lines.iter().map(|line| {
        let (checked, result) = match line.entry.hash_agreed {
            Some(true) => ("yes", "agrees"),
            Some(false) => ("yes", "DIFFERS"),
            None => ("no", ""),
        };
        vec![
            utc(line.at),
            custody_word(line.entry.act).to_owned(),
            line.by.clone(),
            line.entry.from.clone(),
            line.entry.to.clone(),
            line.entry.why.clone(),
            checked.to_owned(),
            result.to_owned(),
        ]
    });
    let columns = vec![
        text("Time (UTC)", 10),
        text("Act", 9),
        text("Who", 9),
        text("From", 12),
        text("To", 12),
        text("Why", 18),
        text("Hash checked", 7),
        text("Result", 7),
    ];
    table(&format!("custody-{}", item.id), "No access was recorded.", columns, rows.collect())
}
