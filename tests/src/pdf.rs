//! A PDF as other programs see it: its text, its fonts, whether its structure is sound.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// Text of each page in the order in which it was drawn; `None`, with a word on standard error, where the reader is missing.
///
/// # Panics
/// Where the reader fails on the file.
pub fn pages(pdf: &[u8]) -> Option<Vec<String>> {
    let child = Command::new("pdftotext")
        .args(["-raw", "-enc", "UTF-8", "-", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: pdftotext is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().expect("it was asked for");
    let bytes = pdf.to_vec();
    let feeder = std::thread::spawn(move || stdin.write_all(&bytes));
    let output = child.wait_with_output().expect("it runs");
    feeder.join().expect("fed").expect("it reads everything");
    assert!(output.status.success(), "the file cannot be read");
    let text = String::from_utf8(output.stdout).expect("text");
    let mut pages: Vec<String> = text.split('\u{c}').map(str::to_owned).collect();
    if pages.last().is_some_and(String::is_empty) {
        pages.pop();
    }
    Some(pages)
}

/// The same without any space, so that a text is found however its lines were broken.
pub fn solid(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// Checks the structure of a file with `qpdf --check`; says on standard error that this was left out where qpdf is missing.
///
/// # Panics
/// Where qpdf finds a fault or has a doubt.
pub fn check(path: &Path) {
    let Ok(output) = Command::new("qpdf").arg("--check").arg(path).output() else {
        eprintln!("left out: qpdf is not installed");
        return;
    };
    assert!(output.status.success(), "{}: {output:?}", path.display());
    assert!(output.stderr.is_empty(), "{}: {output:?}", path.display());
}

/// Asserts that each font of a file is embedded, and no more of it than is used; says on standard error that this was left out
/// where pdffonts is missing.
///
/// # Panics
/// Where a font is not.
pub fn check_fonts(path: &Path) {
    let Ok(output) = Command::new("pdffonts").arg(path).output() else {
        eprintln!("left out: pdffonts is not installed");
        return;
    };
    let text = String::from_utf8(output.stdout).expect("text");
    let fonts: Vec<&str> = text.lines().skip(2).collect();
    assert!(!fonts.is_empty(), "{}: no font", path.display());
    for font in fonts {
        // From the right: object (two numbers), then whether it is mapped to Unicode, a subset, embedded.
        let facts: Vec<&str> = font.split_whitespace().rev().skip(2).take(3).collect();
        assert_eq!(facts, ["yes", "yes", "yes"], "{}: {font}", path.display());
        // Six capitals and a plus sign mark a font of which only what is used is there.
        assert_eq!(font.find('+'), Some(6), "{}: {font}", path.display());
    }
}
