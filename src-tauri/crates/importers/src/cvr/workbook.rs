//! What a workbook holds beside its cells: rows that are there and empty.
//!
//! Spreadsheet programs leave such rows behind where a format was set or a row was cleared. RCTab counts every one as a
//! ballot that ranks nobody, and so must a recount; the reader of the cells does not see them.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use zip::ZipArchive;

use super::xml;

/// Most bytes of the lists of parts.
const MAX_PARTS: u64 = 16 << 20;

/// Numbers, from 1, of the rows of the first sheet that have no cells.
///
/// # Errors
/// A sentence where the workbook is damaged.
pub(super) fn empty_rows(path: &Path) -> Result<Vec<u64>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let sheet = first_sheet(&mut archive)?;
    let member = archive.by_name(&sheet).map_err(|error| format!("{sheet}: {error}"))?;
    let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 16, member));
    let mut buffer = Vec::new();
    let (mut number, mut is_empty) = (0u64, false);
    let mut found = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(|error| format!("{sheet}: {error}"))? {
            Event::Start(tag) if tag.local_name().as_ref() == "row" => {
                number = row_number(&tag, number);
                is_empty = true;
            }
            Event::Empty(tag) if tag.local_name().as_ref() == "row" => {
                number = row_number(&tag, number);
                found.push(number);
            }
            Event::Start(tag) | Event::Empty(tag) if tag.local_name().as_ref() == "c" => is_empty = false,
            Event::End(tag) if tag.local_name().as_ref() == "row" && is_empty => {
                found.push(number);
                is_empty = false;
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}

/// The number that a row states, or the one after the last.
fn row_number(tag: &quick_xml::events::BytesStart<'_>, last: u64) -> u64 {
    let stated = tag.attributes().flatten().find(|attribute| attribute.key.as_ref() == "r");
    stated.and_then(|attribute| attribute.value.parse().ok()).unwrap_or(last + 1)
}

/// Name of the part that holds the first sheet.
fn first_sheet<R: Read + std::io::Seek>(archive: &mut ZipArchive<R>) -> Result<String, String> {
    let book = part(archive, "xl/workbook.xml")?;
    let sheets = book.iter().find(|element| element.name == "sheets");
    let sheet = sheets.and_then(|sheets| sheets.child("sheet")).ok_or("the workbook names no sheet")?;
    // Its own id is a number; the one that leads to the part has a prefix, which is left out here.
    let id = sheet.attributes.iter().rfind(|(name, _)| name == "id").map(|(_, id)| id.clone());
    let parts = part(archive, "xl/_rels/workbook.xml.rels")?;
    let is_it = |element: &&xml::Element| element.attribute("Id") == id.as_deref();
    let target = parts.iter().find(is_it).and_then(|element| element.attribute("Target"));
    let target = target.ok_or("the first sheet of the workbook has no part")?;
    Ok(match target.strip_prefix('/') {
        Some(absolute) => absolute.to_owned(),
        None => format!("xl/{target}"),
    })
}

fn part<R: Read + std::io::Seek>(archive: &mut ZipArchive<R>, name: &str) -> Result<Vec<xml::Element>, String> {
    let member = archive.by_name(name).map_err(|error| format!("{name}: {error}"))?;
    xml::document(BufReader::new(member.take(MAX_PARTS))).map_err(|error| format!("{name}: {error}"))
}
