//! What a workbook holds beside its cells: rows that are there and empty, and pictures.
//!
//! Spreadsheet programs leave such rows behind where a format was set or a row was cleared. RCTab counts every one as a
//! ballot that ranks nobody, and so must a recount; the reader of the cells does not see them. Pictures float above the
//! cells: ES&S puts the picture of a write-in where its text would stand.

use std::collections::HashSet;
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

/// Cells (row from 1, column from 0) on which a picture of the first sheet begins.
///
/// # Errors
/// A sentence where the workbook is damaged.
pub(super) fn pictures(path: &Path) -> Result<HashSet<(u64, usize)>, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| error.to_string())?;
    let sheet = first_sheet(&mut archive)?;
    let mut found = HashSet::new();
    let (folder, name) = sheet.rsplit_once('/').unwrap_or(("", &sheet));
    let links = format!("{folder}/_rels/{name}.rels");
    if archive.index_for_name(&links).is_none() {
        return Ok(found);
    }
    let is_drawing = |link: &xml::Element| link.attribute("Type").is_some_and(|kind| kind.ends_with("/drawing"));
    let targets: Vec<String> = part(&mut archive, &links)?
        .iter()
        .filter(|link| is_drawing(link))
        .filter_map(|link| link.attribute("Target"))
        .map(|target| match (target.strip_prefix("../"), target.strip_prefix('/')) {
            (Some(beside), _) => format!("xl/{beside}"),
            (None, Some(absolute)) => absolute.to_owned(),
            (None, None) => format!("{folder}/{target}"),
        })
        .collect();
    for target in targets {
        let member = archive.by_name(&target).map_err(|error| format!("{target}: {error}"))?;
        let number =
            |anchor: &xml::Element, name: &str| -> Option<u64> { anchor.child("from")?.text_of(name)?.parse().ok() };
        xml::each_child(BufReader::new(member), |anchor| {
            if anchor.child("pic").is_some()
                && let (Some(row), Some(column)) = (number(&anchor, "row"), number(&anchor, "col"))
            {
                found.insert((row + 1, usize::try_from(column).unwrap_or(usize::MAX)));
            }
            Ok(())
        })
        .map_err(|error| format!("{target}: {error}"))?;
    }
    Ok(found)
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

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    /// A workbook with these parts, and nothing else that a spreadsheet program would want.
    fn book(parts: &[(&str, &str)]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut archive = zip::ZipWriter::new(file.reopen().unwrap());
        for (name, text) in parts {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap();
        file
    }

    const BOOK: (&str, &str) = (
        "xl/workbook.xml",
        "<workbook xmlns:r='x'><sheets><sheet name='CVR' sheetId='1' r:id='rId7'/><sheet name='b' r:id='rId8'/></sheets></workbook>",
    );
    const PARTS: (&str, &str) = (
        "xl/_rels/workbook.xml.rels",
        "<Relationships><Relationship Id='rId8' Target='worksheets/b.xml'/><Relationship Id='rId7' Target='worksheets/a.xml'/></Relationships>",
    );
    const SHEET: (&str, &str) = (
        "xl/worksheets/a.xml",
        "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c></row><row r='2'/><row/><row r='9'> </row><row r='10'><c/></row></sheetData></worksheet>",
    );

    #[test]
    fn rows_without_cells_are_found_by_their_numbers() {
        let book = book(&[BOOK, PARTS, SHEET]);
        assert_eq!(empty_rows(book.path()).unwrap(), [2, 3, 9]);
        assert_eq!(pictures(book.path()).unwrap().len(), 0);
    }

    #[test]
    fn a_picture_is_found_by_the_cell_it_begins_on() {
        let links = "<Relationships><Relationship Id='r' Type='http://x/relationships/drawing' Target='../drawings/d.xml'/></Relationships>";
        let drawing = "<xdr:wsDr xmlns:xdr='x'><xdr:twoCellAnchor><xdr:from><xdr:col>3</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:pic/></xdr:twoCellAnchor>\
                       <xdr:twoCellAnchor><xdr:from><xdr:col>4</xdr:col><xdr:row>1</xdr:row></xdr:from><xdr:sp/></xdr:twoCellAnchor></xdr:wsDr>";
        let book =
            book(&[BOOK, PARTS, SHEET, ("xl/worksheets/_rels/a.xml.rels", links), ("xl/drawings/d.xml", drawing)]);
        assert_eq!(pictures(book.path()).unwrap().into_iter().collect::<Vec<_>>(), [(2, 3)]);
    }

    #[test]
    fn a_damaged_workbook_is_told() {
        assert!(empty_rows(book(&[BOOK]).path()).unwrap_err().contains("workbook.xml.rels"));
        assert!(empty_rows(book(&[BOOK, PARTS]).path()).unwrap_err().contains("worksheets/a.xml"));
    }
}
