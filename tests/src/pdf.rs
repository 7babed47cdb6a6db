//! The text of a PDF, as another program reads it.

use std::io::Write;
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
