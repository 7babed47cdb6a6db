//! Tests of the PDF rendering: the same bytes twice, text that can be read back, tables over pages.

use std::io::Write;
use std::process::{Command, Stdio};

use super::*;
use crate::{
    Block, BoxItem, BoxMark, Bucket, Column, Correction, Cover, QrBlock, QrCode, Span, Table, Timeline, TimelineEvent,
    Tone,
};

mod paper;

fn cover() -> Cover {
    Cover {
        title: "Board election of the river cooperative 2026".to_owned(),
        verdict: "One vote was changed after it was sealed; the published result can be another.".to_owned(),
        verdict_word: "Contradicted".to_owned(),
        tone: Tone::Critical,
        facts: vec![
            ("Election".to_owned(), "7f1d2c3b-4a59-4687-9f0e-112233445566".to_owned()),
            ("Votes examined".to_owned(), "12 408".to_owned()),
            ("Export".to_owned(), "0123456789abcdef".repeat(4)),
            ("Voting closed".to_owned(), "2026-03-01 18:00:00 (Europe/Athens)".to_owned()),
        ],
        is_own_page: true,
    }
}

fn document() -> Document {
    let mut document = Document::new("Integrity report", cover());
    document.subtitle = "Prepared for the election committee".to_owned();
    document
}

/// Every kind of block, with the texts that are known to be awkward.
fn sample() -> Document {
    let uuid = |n: usize| format!("7f1d2c3b-4a59-4687-9f0e-{n:012x}");
    let long_name = "Ναυσικά-Μελισσάνθη von und zu Quellenstein-Říčany d'Érablière";
    let mut document = document();
    document.blocks = vec![
        Block::heading(1, "What was found"),
        Block::paragraph(
            "The export was read completely. Every signature was recomputed with the key that the committee handed \
             over, and every link of the chain was compared with its neighbours. Figures in this report lead back to \
             a row of a file named in the last section.",
        ),
        Block::callout(
            Tone::Critical,
            "S101 One vote does not match its signature",
            "Row 4117 of votes.csv was signed over another candidate.\nInnocent causes: a repair by hand that left the \
             signature as it was.",
        ),
        Block::callout(Tone::Major, "C202 The chain is broken once", "Between entries 88 and 90."),
        Block::callout(Tone::Minor, "T310 Two clocks differ by 4 seconds", ""),
        Block::callout(Tone::Info, "Ballots of the paper batch were not part of the export", ""),
        Block::callout(Tone::Good, "R300 All totals agree with the recount", ""),
        Block::callout(Tone::Neutral, "Cannot tell whether receipts were issued", "The receipt file is missing."),
        Block::heading(2, "Claims and what carries them"),
        Block::Table(Table {
            title: "Claims".to_owned(),
            columns: vec![
                Column::mono("Claim", 1.0),
                Column::left("What was tested", 2.0),
                Column::left("Verdict", 0.8),
                Column::right("Checked", 0.5),
                Column::right("Failed", 0.5),
            ],
            rows: vec![
                vec![
                    "votes.signatures",
                    "Each vote carries the signature of its own content",
                    "contradicted",
                    "12408",
                    "1",
                ],
                vec!["votes.chain", "No vote was removed, inserted or moved", "consistent", "12408", "0"],
                vec![
                    "audit.chain",
                    "No entry of the audit log was removed, inserted or moved",
                    "contradicted",
                    "912",
                    "1",
                ],
                vec!["receipts.match", "Each receipt belongs to a vote", "cannot tell", "0", "0"],
            ]
            .into_iter()
            .map(|row| row.into_iter().map(str::to_owned).collect())
            .collect(),
            note: "A claim is proved where a keyed signature or an exact recomputation over complete data carries it."
                .to_owned(),
        }),
        Block::Timeline(Timeline {
            title: "Votes recorded per hour".to_owned(),
            buckets: (0..34)
                .map(|hour: u64| Bucket {
                    label: format!("{:02}:00", (hour + 8) % 24),
                    count: [120, 340, 890, 1204, 10_411, 310, 77, 0, 3][(hour % 9) as usize],
                })
                .collect(),
            events: vec![
                event(0.0, "2026-02-28 08:00", "Voting opens", Tone::Info),
                event(12.6, "2026-02-28 20:36", "Database restored from backup", Tone::Major),
                event(13.1, "2026-02-28 21:06", "Vote 4117 changed", Tone::Critical),
                event(33.9, "2026-03-01 18:00", "Voting closes", Tone::Info),
                event(
                    33.2,
                    "2026-03-01 17:12",
                    "An administrator signs in from an address seen only once",
                    Tone::Minor,
                ),
            ],
            note: "Hours of Europe/Athens.".to_owned(),
        }),
        Block::heading(1, "Votes concerned"),
        Block::Paragraph(vec![
            Span::plain("Signed fields are listed in "),
            Span::code("importers/src/logbook/rules.rs"),
            Span::plain(". "),
            Span::strong("No personal data"),
            Span::plain(" leaves this program; a → b, 3 ≥ 2, 5 − 3."),
        ]),
        Block::Bullets(vec![
            vec![Span::plain("Compare the paper record of the vote with the export.")],
            vec![Span::plain(
                "Ask the operator for the backup of 28 February and for the log of its restoration, and compare both with the files named below, row by row.",
            )],
        ]),
        Block::Table(Table {
            title: "Votes of the disputed hour".to_owned(),
            columns: vec![
                Column::right("Row", 0.4),
                Column::mono("Vote", 1.6),
                Column::left("Name on the roll", 1.6),
                Column::left("Cast at", 1.0),
                Column::right("Weight", 0.4),
            ],
            rows: (0..60)
                .map(|n| {
                    vec![
                        (4100 + n).to_string(),
                        uuid(n),
                        if n % 7 == 3 { long_name.to_owned() } else { format!("Voter {n}") },
                        format!("2026-02-28 20:{n:02}:00"),
                        if n % 5 == 0 { "1.25".to_owned() } else { "1.00".to_owned() },
                    ]
                })
                .collect(),
            note: String::new(),
        }),
        Block::heading(2, "Files"),
        Block::KeyValues(vec![
            ("votes.csv".to_owned(), "fedcba9876543210".repeat(4)),
            ("Name with a direction mark".to_owned(), "abc\u{202E}def שלום".to_owned()),
        ]),
        Block::CodeLines(vec![
            "$ scrutineer audit export/ --keys keys.json".to_owned(),
            "    4117  S101  signature mismatch".to_owned(),
            format!("    {}", "0123456789abcdef".repeat(8)),
        ]),
    ];
    document.stamp_footer_id();
    document
}

fn event(at: f32, time: &str, label: &str, tone: Tone) -> TimelineEvent {
    TimelineEvent { at, time: time.to_owned(), label: label.to_owned(), tone }
}

fn noon() -> Instant {
    Instant::from_seconds(1_772_366_400)
}

/// Text of the file as another program reads it; `None` where that program is missing.
fn extracted(pdf: &[u8]) -> Option<String> {
    read_by("pdftotext", &["-layout", "-enc", "UTF-8", "-", "-"], pdf)
}

/// What a program says about a file; `None` where the program is missing.
fn read_by(program: &str, arguments: &[&str], pdf: &[u8]) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("left out: {program} is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let bytes = pdf.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().unwrap();
    feeder.join().unwrap().unwrap();
    Some(String::from_utf8(output.stdout).unwrap())
}

fn page_count(pdf: &[u8]) -> usize {
    lopdf::Document::load_mem(pdf).unwrap().get_pages().len()
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    let first = render(&sample(), noon()).unwrap();
    let from_thread = std::thread::spawn(|| render(&sample(), noon()).unwrap()).join().unwrap();
    assert!(first == from_thread, "two renderings differ");
    // To look at the pages, name a file.
    if let Some(path) = std::env::var_os("SCRUTINEER_SAMPLE_PDF") {
        std::fs::write(path, &first).unwrap();
    }
}

#[test]
fn another_date_or_text_gives_another_file_id() {
    let id = |pdf: Vec<u8>| {
        let file = lopdf::Document::load_mem(&pdf).unwrap();
        file.trailer.get(b"ID").unwrap().as_array().unwrap()[0].as_str().unwrap().to_vec()
    };
    let first = id(render(&document(), noon()).unwrap());
    assert_eq!(first.len(), 16);
    assert_ne!(first, id(render(&document(), Instant::from_seconds(0)).unwrap()));
    let mut other = document();
    other.cover.verdict.push('!');
    assert_ne!(first, id(render(&other, noon()).unwrap()));
}

#[test]
fn greek_cyrillic_and_accents_are_extracted_as_written() {
    let words = ["Ελλάδα", "Ψηφοφορία", "Україна", "Ёжик", "Łódź", "Příliš", "naïve", "Ångström", "ŐŰő", "№5"];
    let mut document = document();
    document.blocks.push(Block::paragraph(words.join(" ")));
    document.blocks.push(Block::CodeLines(words.iter().map(|word| (*word).to_owned()).collect()));
    let Some(text) = extracted(&render(&document, noon()).unwrap()) else { return };
    for word in words {
        assert_eq!(text.matches(word).count(), 2, "{word} in\n{text}");
    }
}

#[test]
fn a_hebrew_name_shows_its_code_points() {
    let mut document = document();
    document.blocks.push(Block::paragraph("אב"));
    let Some(text) = extracted(&render(&document, noon()).unwrap()) else { return };
    assert!(text.contains("[U+05D0][U+05D1]"), "{text}");
}

#[test]
fn a_long_table_repeats_its_header_and_loses_no_row() {
    let mut document = document();
    document.blocks.push(Block::Table(Table {
        title: "Ballots".to_owned(),
        columns: vec![Column::right("Number", 1.0), Column::mono("Ballot", 3.0)],
        rows: (0..300).map(|n| vec![n.to_string(), format!("ballot-{n:04}")]).collect(),
        note: "End.".to_owned(),
    }));
    let pdf = render(&document, noon()).unwrap();
    let pages = page_count(&pdf);
    assert!(pages > 5, "{pages}");
    let Some(text) = extracted(&pdf) else { return };
    for n in 0..300 {
        assert_eq!(text.matches(&format!("ballot-{n:04}")).count(), 1, "row {n}");
    }
    let headers = text.lines().filter(|line| line.contains("Number") && line.contains("Ballot")).count();
    assert_eq!(headers, pages - 1, "every page but the cover");
    assert_eq!(text.matches("(continued)").count(), pages - 2);
    assert!(text.contains(&format!("page 2 of {pages}")), "{text}");
}

#[test]
fn a_row_taller_than_a_page_is_cut_and_complete() {
    let words: Vec<String> = (0..4000).map(|n| format!("word{n:04}")).collect();
    let mut document = document();
    document.blocks.push(Block::Table(Table {
        columns: vec![Column::left("Text", 1.0), Column::left("Other", 1.0)],
        rows: vec![vec![words.join(" "), "beside".to_owned()], vec!["after".to_owned()]],
        ..Table::default()
    }));
    let Some(text) = extracted(&render(&document, noon()).unwrap()) else { return };
    for word in words {
        assert!(text.contains(&word), "{word}");
    }
}

#[test]
fn awkward_documents_are_rendered_without_panic() {
    let mut document = Document::new("", Cover { facts: Vec::new(), is_own_page: false, ..cover() });
    document.blocks = vec![
        Block::Paragraph(Vec::new()),
        Block::Bullets(vec![Vec::new()]),
        Block::KeyValues(Vec::new()),
        Block::CodeLines(Vec::new()),
        Block::Table(Table::default()),
        Block::Table(Table { columns: vec![Column::left("", f32::NAN); 40], rows: vec![vec![]], ..Table::default() }),
        Block::Table(Table {
            columns: vec![Column::left("One", 1.0)],
            rows: vec![vec!["a".to_owned(), "surplus".to_owned()]],
            ..Table::default()
        }),
        Block::Timeline(Timeline::default()),
        Block::Timeline(Timeline {
            buckets: vec![Bucket { label: String::new(), count: u64::MAX }],
            events: (0..40).map(|_| event(f32::NAN, "", &"long ".repeat(80), Tone::Minor)).collect(),
            ..Timeline::default()
        }),
        Block::callout(Tone::Info, "long", "line\n".repeat(300)),
        Block::heading(0, ""),
        Block::heading(9, "last"),
        Block::PageBreak,
        Block::PageBreak,
    ];
    let pdf = render(&document, noon()).unwrap();
    if let Some(text) = extracted(&pdf) {
        assert!(text.contains("surplus"), "cells beyond the last column are printed");
    }
}

#[test]
fn metadata_names_title_author_language_and_bookmarks() {
    let pdf = render(&sample(), noon()).unwrap();
    let file = lopdf::Document::load_mem(&pdf).unwrap();
    assert_eq!(file.version, "1.7");
    let catalog = file.catalog().unwrap();
    assert_eq!(catalog.get(b"Lang").unwrap(), &text("en"));
    let info = file.get_dictionary(file.trailer.get(b"Info").unwrap().as_reference().unwrap()).unwrap();
    assert_eq!(info.get(b"Title").unwrap(), &text("Integrity report"));
    assert_eq!(info.get(b"Author").unwrap(), &text("Scrutineer"));
    assert_eq!(info.get(b"CreationDate").unwrap().as_str().unwrap(), b"D:20260301120000Z");
    let outlines = file.get_dictionary(catalog.get(b"Outlines").unwrap().as_reference().unwrap()).unwrap();
    assert_eq!(outlines.get(b"Count").unwrap().as_i64().unwrap(), 2, "one for each heading of level 1");
}

#[test]
fn only_used_glyphs_are_embedded() {
    let pdf = render(&document(), noon()).unwrap();
    assert!(pdf.len() < 60_000, "{} bytes: the fonts went in whole", pdf.len());
}

/// Extents of the rings that are filled on the first page: left, bottom, right, top in points.
fn rings_of(pdf: &[u8]) -> Vec<[f32; 4]> {
    let file = lopdf::Document::load_mem(pdf).unwrap();
    let page = *file.get_pages().get(&1).unwrap();
    let content = lopdf::content::Content::decode(&file.get_page_content(page)).unwrap();
    let mut rings: Vec<Vec<(f32, f32)>> = Vec::new();
    for operation in content.operations {
        let numbers: Vec<f32> = operation.operands.iter().filter_map(|number| number.as_float().ok()).collect();
        match (operation.operator.as_str(), numbers.as_slice()) {
            ("m", [x, y]) => rings.push(vec![(*x, *y)]),
            ("l", [x, y]) => rings.last_mut().unwrap().push((*x, *y)),
            _ => {}
        }
    }
    let extent = |ring: &Vec<(f32, f32)>| {
        let of = |pick: fn(&(f32, f32)) -> f32, best: fn(f32, f32) -> f32| ring.iter().map(pick).reduce(best).unwrap();
        [of(|at| at.0, f32::min), of(|at| at.1, f32::min), of(|at| at.0, f32::max), of(|at| at.1, f32::max)]
    };
    rings.iter().map(extent).collect()
}

#[test]
fn a_qr_code_is_drawn_module_by_module_where_it_belongs() {
    let code = QrCode::encode("7K3QX-9M2PD-4ABCD-EFGHJ".as_bytes(), Correction::M).unwrap();
    let side = code.side();
    let mut document = Document::handout("Code", Paper::A4, false);
    document.blocks =
        vec![Block::Qr(QrBlock { code: code.clone(), side_mm: 25.0, beside: vec![Span::plain("beside")] })];
    let parts = rings_of(&render(&document, noon()).unwrap());
    let points = |millimetres: f32| millimetres * 72.0 / 25.4;
    let module = points(25.0) / side as f32;
    // The margin of a hand-out is 25 mm at the left and 20 mm at the top, where the quiet zone begins.
    let (left, top) = (points(25.0), 841.89 - points(20.0) - 4.0 * module);
    let edge = side as f32 * module;
    for [x0, y0, x1, y1] in &parts {
        assert!(*x0 > left - 0.02 && *x1 < left + edge + 0.02, "beside the square: {x0} to {x1}");
        assert!(*y1 < top + 0.02 && *y0 > top - edge - 0.02, "above or below the square: {y0} to {y1}");
    }
    // Four points inside each module: a code that is shifted or of another size meets a neighbour.
    for place in 0..side * side {
        let (column, row) = (place % side, place / side);
        for (dx, dy) in [(0.1, 0.1), (0.9, 0.1), (0.1, 0.9), (0.9, 0.9)] {
            let (x, y) = (left + (column as f32 + dx) * module, top - (row as f32 + dy) * module);
            let is_dark = parts.iter().any(|[x0, y0, x1, y1]| *x0 < x && x < *x1 && *y0 < y && y < *y1);
            assert_eq!(is_dark, code.is_dark(column, row), "column {column}, row {row}");
        }
    }
}

#[test]
fn what_stands_on_one_page_becomes_smaller_and_stays_complete() {
    let sentences = |count: usize| {
        (0..count).map(|at| Block::paragraph(format!("Sentence{at:03} of a paper."))).collect::<Vec<_>>()
    };
    let pages = |count: usize| {
        let mut document = Document::handout("Paper", Paper::A6, false);
        for _ in 0..2 {
            document.blocks.push(Block::Bookmark("Paper".to_owned()));
            document.blocks.push(Block::OnePage(sentences(count)));
        }
        render(&document, noon()).unwrap()
    };
    assert_eq!(page_count(&pages(3)), 2);
    let full = pages(44);
    assert_eq!(page_count(&full), 2, "set smaller");
    assert_eq!(page_count(&pages(70)), 4, "goes on on a second page");
    let Some(text) = extracted(&full) else { return };
    assert_eq!(text.matches("Sentence043").count(), 2);
}

#[test]
fn a_hand_out_has_neither_cover_nor_running_title() {
    let mut document = Document::handout("Only metadata", Paper::A6, true);
    document.blocks = vec![Block::paragraph("First."), Block::PageBreak, Block::paragraph("Second.")];
    document.watermark = "SPECIMEN".to_owned();
    let pdf = render(&document, noon()).unwrap();
    let file = lopdf::Document::load_mem(&pdf).unwrap();
    let page = file.get_dictionary(*file.get_pages().get(&1).unwrap()).unwrap();
    let edges: Vec<f32> =
        page.get(b"MediaBox").unwrap().as_array().unwrap().iter().map(|edge| edge.as_float().unwrap()).collect();
    assert!((edges[2] - 297.64).abs() < 0.01 && (edges[3] - 419.53).abs() < 0.01, "{edges:?}");
    let Some(text) = extracted(&pdf) else { return };
    assert!(text.contains("Second.") && text.contains("page 2 of 2") && !text.contains("Only metadata"), "{text}");
}

#[test]
fn the_boxes_of_a_contest_are_never_cut_by_a_page() {
    let item = |at: usize| BoxItem {
        mark: BoxMark::Empty,
        text: vec![Span::plain(format!("Name{at:03}"))],
        note: String::new(),
    };
    let text = |count: usize| {
        let mut document = Document::handout("Ballot", Paper::A6, true);
        for contest in 0..2 {
            document.blocks.push(Block::heading(1, format!("Contest{contest}")));
            document.blocks.push(Block::paragraph("Mark one."));
            document.blocks.push(Block::Boxes((0..count).map(item).collect()));
        }
        extracted(&render(&document, noon()).unwrap())
    };
    let Some(text_of_two) = text(14) else { return };
    let pages: Vec<&str> = text_of_two.trim_end_matches('\u{c}').split('\u{c}').collect();
    assert_eq!(pages.len(), 2);
    assert!(
        !pages[0].contains("Contest1") && pages[1].contains("Contest1") && pages[1].contains("Name013"),
        "{text_of_two}"
    );
    // More than a page holds goes on, and nobody is lost.
    assert_eq!(text(60).unwrap_or_default().matches("Name059").count(), 2);
}
