//! The table of contents: where each section of a long report begins.
//!
//! It stands behind the cover, and what follows begins on a new page, so that the pages of the sections are known before it is
//! set: the report is laid out without it first.

use super::blocks;
use super::canvas::Item;
use super::flow::{Bookmark, Flow, Laid, Piece};
use super::lines::{Styled, wrap};
use super::theme::{HAIRLINE, RULE, Sheet};
use super::typeface::{Face, Faces};
use crate::Document;
use crate::document::Layout;

/// Fewest sections that are listed.
const SECTIONS: usize = 4;
/// Fewest pages of a report whose sections are listed; a shorter one is leafed through as fast.
const PAGES: usize = 6;

/// Lays out a document, with a table of contents where it is long enough.
pub(super) fn lay_out(document: &Document, faces: &Faces, sheet: Sheet) -> Laid {
    let mut flow = Flow::new(sheet);
    blocks::set_document(document, faces, &mut flow);
    let plain = flow.finish();
    let is_wanted =
        document.layout == Layout::Report && plain.bookmarks.len() >= SECTIONS && plain.pages.len() >= PAGES;
    if !is_wanted {
        return plain;
    }
    let content = match document.cover.is_own_page {
        true => plain.without_first(head(document, faces, sheet, None).pages.len()),
        false => {
            let mut flow = Flow::new(sheet);
            blocks::set_blocks(&document.blocks, document, faces, &mut flow);
            flow.finish()
        }
    };
    // Where the numbers stand does not depend on them, so the first attempt tells how many pages come before.
    let before = head(document, faces, sheet, Some((&content, 0))).pages.len();
    head(document, faces, sheet, Some((&content, before))).followed_by(content)
}

/// The cover, and the sections of what follows on page `before` and later: below the cover where all of them fit there and the
/// cover is no page of its own, else on the next page.
fn head(document: &Document, faces: &Faces, sheet: Sheet, listed: Option<(&Laid, usize)>) -> Laid {
    let cover = || {
        let mut flow = Flow::new(sheet);
        blocks::set_cover(document, faces, &mut flow);
        flow
    };
    let alone = cover().finish();
    let Some((content, before)) = listed else { return alone };
    let mut below = cover();
    set(&document.labels.contents, content, before, faces, &mut below);
    let below = below.finish();
    if !document.cover.is_own_page && below.pages.len() == alone.pages.len() {
        return below;
    }
    let mut behind = cover();
    behind.break_page();
    set(&document.labels.contents, content, before, faces, &mut behind);
    behind.finish()
}

/// Sets the list: title on the left, page on the right, each row a link.
fn set(title: &str, content: &Laid, before: usize, faces: &Faces, flow: &mut Flow) {
    /// Between the title and the number.
    const GAP: f32 = 18.0;
    /// Above and below the text of a row.
    const ROOM: f32 = 4.0;
    let (sheet, width) = (flow.sheet, flow.width());
    let (heading, body) = (sheet.headings[0], sheet.body);
    let line = wrap(faces, &[Styled::new(title, Face::Bold, heading.size)], width);
    let mut pieces = blocks::line_pieces(line, heading, 0.0);
    pieces.push(Piece { height: 6.0, ..Piece::default() });
    for piece in &mut pieces {
        piece.is_kept_with_next = true;
    }
    blocks::push_all(pieces, 30.0, flow);
    let number_width = faces.width(Face::Sans, body.size, "0000");
    for (target, Bookmark { title, page, .. }) in content.bookmarks.iter().enumerate() {
        let mut items = Vec::new();
        let lines = wrap(faces, &[Styled::new(title, Face::Sans, body.size)], width - number_width - GAP);
        let mut height = ROOM;
        for line in lines {
            line.draw(0.0, height + blocks::baseline(body), &mut items);
            height += body.leading;
        }
        let number = (before + page + 1).to_string();
        // Beside the last line of the title, where the eye arrives.
        let baseline = height - body.leading + blocks::baseline(body);
        let right = width - faces.width(Face::Sans, body.size, &number);
        for number in wrap(faces, &[Styled::new(&number, Face::Sans, body.size)], width) {
            number.draw(right, baseline, &mut items);
        }
        height += ROOM;
        items.push(Item::Area { x: 0.0, y: height - HAIRLINE, width, height: HAIRLINE, ink: RULE });
        flow.push(Piece { height, items, link: Some(target), ..Piece::default() });
    }
}
