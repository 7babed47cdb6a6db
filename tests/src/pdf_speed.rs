//! How long a report of thousands of pages takes, and the peer it is measured against: the same table drawn with reportlab's
//! canvas, the fastest way that library knows, with the same fonts embedded.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use domain::Instant as Moment;
use reports::{Block, Column, Cover, Document, Table, Tone};

/// Rows that a page of a report holds, where each cell is one line.
const ROWS_A_PAGE: usize = 36;
const COLUMNS: [&str; 5] = ["Row", "Vote", "Name", "Cast at", "Weight"];

/// Row of the table, from 0: what the peer writes too.
fn row(number: usize) -> Vec<String> {
    let id = (number as u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
    let hex = format!("{id:032x}");
    vec![
        (number + 1).to_string(),
        [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-"),
        format!("Voter {number}"),
        format!("2026-03-01 {:02}:{:02}:{:02}", number / 3600 % 24, number / 60 % 60, number % 60),
        "1.00".to_owned(),
    ]
}

/// A report with one long table, about so many pages.
fn report(pages: usize) -> Document {
    let cover = Cover {
        title: "A long report".to_owned(),
        verdict: "Nothing is said here; it is only measured.".to_owned(),
        verdict_word: "measured".to_owned(),
        tone: Tone::Neutral,
        facts: vec![("Pages".to_owned(), pages.to_string())],
        is_own_page: true,
    };
    let mut document = Document::new("A long report", cover);
    document.blocks.push(Block::Table(Table {
        title: "Votes".to_owned(),
        columns: vec![
            Column::right(COLUMNS[0], 0.6),
            Column::mono(COLUMNS[1], 2.6),
            Column::left(COLUMNS[2], 1.2),
            Column::left(COLUMNS[3], 1.4),
            Column::right(COLUMNS[4], 0.6),
        ],
        rows: (0..pages * ROWS_A_PAGE).map(row).collect(),
        note: String::new(),
    }));
    document.stamp_footer_id();
    document
}

/// Writes a report of about so many pages; answers how many it has.
///
/// # Errors
/// It cannot be rendered or written.
pub fn write(pages: usize, path: &Path) -> Result<usize, Box<dyn std::error::Error>> {
    let bytes = reports::render_pdf(&report(pages), Moment { micros: 0 })?;
    std::fs::write(path, &bytes)?;
    // Each page of a file is one object that says so; the tree of pages says "Pages".
    let text = bytes.windows(11).filter(|part| part.starts_with(b"/Type/Page") && part[10] != b's');
    Ok(text.count())
}

/// Draws the same table with reportlab; answers the seconds, without starting the interpreter. `None` where it is not installed.
///
/// # Errors
/// It is installed and fails.
pub fn peer(pages: usize, path: &Path) -> Result<Option<f64>, Box<dyn std::error::Error>> {
    let fonts = Path::new(env!("CARGO_MANIFEST_DIR")).join("../src-tauri/crates/reports/fonts");
    // A system's own Python has the libraries of its packages, whatever else comes first in the path.
    for python in ["python3", "/usr/bin/python3"] {
        let has = Command::new(python).args(["-c", "import reportlab.pdfgen.canvas"]).output();
        if !has.is_ok_and(|output| output.status.success()) {
            continue;
        }
        let output = Command::new(python)
            .args(["-c", PEER, &pages.to_string(), &ROWS_A_PAGE.to_string()])
            .args([&fonts, path])
            .output()?;
        let seconds = String::from_utf8(output.stdout)?.trim().parse::<f64>();
        return match seconds {
            Ok(seconds) => Ok(Some(seconds)),
            Err(_) => Err(format!("reportlab: {}", String::from_utf8_lossy(&output.stderr)).into()),
        };
    }
    Ok(None)
}

/// Runs `work` and answers the seconds it took, with what it answered.
///
/// # Errors
/// Those of `work`.
pub fn timed<T, E>(work: impl FnOnce() -> Result<T, E>) -> Result<(f64, T), E> {
    let started = Instant::now();
    let done = work()?;
    Ok((started.elapsed().as_secs_f64(), done))
}

/// What each page of a report has: running title, header, rows with rules, id, page number with total.
const PEER: &str = r#"
import sys, time
from reportlab.pdfgen import canvas
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
pages, rows, fonts, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]
started = time.perf_counter()
for name, file in (("sans", "NotoSans-Regular"), ("bold", "NotoSans-Bold"), ("mono", "NotoSansMono-Regular")):
    pdfmetrics.registerFont(TTFont(name, f"{fonts}/{file}.ttf"))
out = canvas.Canvas(path, pagesize=(595.28, 841.89), pageCompression=1)
number = 0
for page in range(pages):
    out.setFont("sans", 8)
    out.drawString(54, 793.89, "A long report")
    out.drawString(54, 42, "Document 0123 4567 89ab cdef")
    out.drawRightString(541.28, 42, f"page {page + 1} of {pages}")
    out.line(54, 787, 541.28, 787)
    out.line(54, 57, 541.28, 57)
    out.setFont("bold", 8.5)
    for x, name in ((54, "Row"), (110, "Vote"), (320, "Name"), (400, "Cast at"), (510, "Weight")):
        out.drawString(x, 750, name)
    y = 732
    for _ in range(rows):
        digits = f"{number * 0x9e3779b97f4a7c15f39cc0605cedc835 % 2**128:032x}"
        out.setFont("sans", 9)
        out.drawRightString(95, y, str(number + 1))
        out.setFont("mono", 8.5)
        out.drawString(110, y, f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}")
        out.setFont("sans", 9)
        out.drawString(320, y, f"Voter {number}")
        out.drawString(400, y, f"2026-03-01 {number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}")
        out.drawRightString(541.28, y, "1.00")
        out.line(54, y - 5, 541.28, y - 5)
        number += 1
        y -= 18
    out.showPage()
out.save()
print(time.perf_counter() - started)
"#;
