//! PDF: pages for print and screen, on the paper that was chosen but for slips.
//!
//! The way of a document: `blocks` turns each block into pieces that may not be cut, `flow` sets the pieces on
//! pages, `contents` lists the sections of a long report, `canvas` turns what is on a page into drawing operators, `marks` makes
//! bookmarks and links, and this module writes the file.
//!
//! Same document and date, same bytes. The library would write a random `/ID`; here it is taken from the file's own
//! content. Fonts carry fixed names, positions are rounded to a hundredth of a point, streams are compressed by a
//! library of our choice, and no trigonometric function is used, because its last digit differs between systems.
//!
//! Text is printed as it is or visibly not at all: a character that no bundled font can draw, and one that has no
//! shape of its own (control characters, direction marks, zero-width spaces), is printed as its code point, such as
//! `[U+05D0]`. Text runs from left to right; no ligatures are formed.
//!
//! Left out: tags for screen readers and PDF/A, which the library does not write.

mod bars;
mod blocks;
mod canvas;
mod chart;
mod contents;
mod flow;
mod forms;
mod lines;
mod marks;
mod table;
mod theme;
mod typeface;

use std::io;

use domain::Instant;
use lopdf::{Dictionary, Object, StringFormat};
use printpdf::{PdfDocument, PdfPage, PdfParseErrorSeverity, PdfSaveOptions, Pt};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::{Document, Error, Paper};
use flow::Laid;

/// At 6 a file of 2,000 pages is a thirtieth smaller and takes half as long again.
const COMPRESSION_LEVEL: u8 = 4;
/// Length of the file's id.
const ID_BYTES: usize = 16;

/// Renders a document to the bytes of a PDF file, on the paper of [`super::paper::print_on`].
///
/// `created_at` goes into the file's metadata only; it is printed on no page.
///
/// # Errors
/// Only where the program itself is damaged; no text makes rendering fail.
pub fn render(document: &Document, created_at: Instant) -> Result<Vec<u8>, Error> {
    render_on(super::paper::chosen(), document, created_at)
}

fn render_on(paper: Paper, document: &Document, created_at: Instant) -> Result<Vec<u8>, Error> {
    let faces = typeface::faces()?;
    let sheet = theme::Sheet::of(document.layout, paper);
    let Laid { mut pages, bookmarks, links } = contents::lay_out(document, faces, sheet);
    blocks::set_watermark(&document.watermark, &sheet, faces, &mut pages);
    blocks::set_running_lines(document, &sheet, faces, &mut pages);

    let mut pdf = PdfDocument::new(&document.title);
    faces.register(&mut pdf);
    pdf.pages = pages
        .into_iter()
        .map(|ops| {
            let mut page = PdfPage::new(printpdf::Mm(210.0), printpdf::Mm(297.0), ops);
            for area in [&mut page.media_box, &mut page.trim_box, &mut page.crop_box] {
                area.width = Pt(sheet.page_width);
                area.height = Pt(sheet.page_height);
            }
            page
        })
        .collect();

    let mut warnings = Vec::new();
    let options = PdfSaveOptions { image_optimization: None, ..PdfSaveOptions::default() };
    let mut file = pdf.to_lopdf_document(&options, &mut warnings);
    // The library keeps going where a font or an operator cannot be written; a report with holes is worse than none.
    if let Some(fault) = warnings.into_iter().find(|warning| warning.severity == PdfParseErrorSeverity::Error) {
        return Err(Error::PdfIncomplete { detail: fault.msg });
    }
    drop(pdf);
    describe(&mut file, document, created_at)?;
    marks::set(&mut file, &bookmarks, &links, &sheet).map_err(incomplete)?;
    compress(&mut file);
    let blank = Object::String(vec![0; ID_BYTES], StringFormat::Hexadecimal);
    file.trailer.set("ID", vec![blank.clone(), blank]);
    let mut bytes = bytes_of(&mut file)?;
    set_id(&mut bytes).ok_or_else(|| Error::PdfBytes(io::Error::other("the trailer has no place for the id")))?;
    Ok(bytes)
}

/// Writes the id over its place in the trailer: the beginning of the digest of the file with zeros there.
fn set_id(bytes: &mut [u8]) -> Option<()> {
    let id = domain::digest::encode_hex(&Sha256::digest(&*bytes)[..ID_BYTES]);
    let blank = [b'0'; 2 * ID_BYTES];
    for _ in 0..2 {
        let at = bytes.windows(blank.len()).rposition(|part| part == blank)?;
        bytes[at..at + blank.len()].copy_from_slice(id.as_bytes());
    }
    Some(())
}

/// Compresses the contents of the pages and the fonts, on all threads: each of them stands alone, so the bytes are the same.
///
/// Not with the library's own method: that one takes whatever deflate library the whole program was built with, and
/// another crate's wish for a faster one would change the bytes of every report. This one is written in plain Rust
/// and gives the same bytes on every processor.
fn compress(file: &mut lopdf::Document) {
    file.objects.par_iter_mut().for_each(|(_, object)| {
        if let Object::Stream(stream) = object
            && !stream.dict.has(b"Filter")
        {
            let packed = miniz_oxide::deflate::compress_to_vec_zlib(&stream.content, COMPRESSION_LEVEL);
            stream.dict.set("Filter", "FlateDecode");
            stream.set_content(packed);
        }
    });
}

fn bytes_of(file: &mut lopdf::Document) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    file.save_to(&mut bytes).map_err(|error| Error::PdfBytes(io::Error::other(error)))?;
    Ok(bytes)
}

/// Sets title, author, language and date, and removes the random id.
fn describe(file: &mut lopdf::Document, document: &Document, created_at: Instant) -> Result<(), Error> {
    // Bookmarks with styles and the language entry need more than the 1.3 the library announces.
    "1.7".clone_into(&mut file.version);
    file.trailer.remove(b"ID");

    let clock = created_at.to_utc();
    let date = format!(
        "D:{:04}{:02}{:02}{:02}{:02}{:02}Z",
        clock.year, clock.month, clock.day, clock.hour, clock.minute, clock.second
    );
    let mut info = Dictionary::new();
    info.set("Title", text(&document.title));
    if !document.subtitle.is_empty() {
        info.set("Subject", text(&document.subtitle));
    }
    info.set("Author", text("Scrutineer"));
    info.set("Creator", text("Scrutineer"));
    info.set("Producer", text(&format!("Scrutineer {}", domain::PROGRAM_VERSION)));
    info.set("CreationDate", Object::string_literal(date.clone()));
    info.set("ModDate", Object::string_literal(date));
    let info_id = file.trailer.get(b"Info").and_then(Object::as_reference).map_err(incomplete)?;
    file.set_object(info_id, info);

    let catalog = file.catalog_mut().map_err(incomplete)?;
    catalog.set("Lang", text(&document.language));
    catalog.set("ViewerPreferences", {
        let mut preferences = Dictionary::new();
        preferences.set("DisplayDocTitle", true);
        preferences
    });
    Ok(())
}

fn incomplete(error: lopdf::Error) -> Error {
    Error::PdfIncomplete { detail: error.to_string() }
}

/// A text of the metadata: UTF-16 with a byte order mark, the one form every reader takes for all alphabets.
fn text(value: &str) -> Object {
    let mut bytes = vec![0xFE, 0xFF];
    bytes.extend(value.encode_utf16().flat_map(u16::to_be_bytes));
    Object::String(bytes, StringFormat::Hexadecimal)
}

#[cfg(test)]
mod tests;
