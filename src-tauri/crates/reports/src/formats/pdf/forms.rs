//! Codes, boxes, lines to write on, and what stands at a fixed place.

use super::blocks::{baseline, line_pieces, push_all, styled_spans};
use super::canvas::Item;
use super::flow::{Flow, Piece};
use super::lines::{Line, Styled, wrap};
use super::theme::{BLACK, GREY, HAIRLINE, Ink, STRONG_RULE, Sheet, Type, mm};
use super::typeface::{Face, Faces};
use crate::QrCode;
use crate::document::{BoxItem, BoxMark, Placed, PlacedContent, QrBlock};

/// Sets a code with its text. The code begins at the margin, which is its quiet zone on the left.
pub(super) fn set_qr(block: &QrBlock, faces: &Faces, flow: &mut Flow) {
    /// Least room between code and text.
    const GAP: f32 = 15.0;
    let side = mm(block.side_mm).clamp(1.0, flow.width());
    let module = side / as_f32(block.code.side());
    let quiet = module * as_f32(QrCode::QUIET_ZONE);
    let mut items = vec![Item::Mosaic { parts: mosaic(&block.code, module, 0.0, quiet), ink: Ink(0, 0, 0) }];
    let left = side + quiet.max(GAP);
    let body = flow.sheet.body;
    let lines = wrap(faces, &styled_spans(&block.beside, body, &flow.sheet), (flow.width() - left).max(1.0));
    let leadings: Vec<f32> = lines.iter().map(|line| leading(line, body)).collect();
    let text_height: f32 = leadings.iter().sum();
    let height = (side + 2.0 * quiet).max(text_height + 2.0 * quiet);
    let mut y = (height - text_height) / 2.0;
    for (line, leading) in lines.into_iter().zip(leadings) {
        let size = line.runs.iter().map(|run| run.size).fold(body.size, f32::max);
        line.draw(left, y + baseline(Type { size, leading }), &mut items);
        y += leading;
    }
    push_all(vec![Piece { height, items, ..Piece::default() }], 3.0, flow);
}

/// Line height for the largest letter in a line.
fn leading(line: &Line, body: Type) -> f32 {
    line.runs.iter().map(|run| run.size * 1.375).fold(body.leading, f32::max)
}

fn mosaic(code: &QrCode, module: f32, left: f32, top: f32) -> Vec<[f32; 4]> {
    let at = |place: usize| as_f32(place) * module;
    let part = |(row, from, to)| [left + at(from), top + at(row), left + at(to), top + at(row + 1)];
    code.runs().into_iter().map(part).collect()
}

/// A code in the upper right corner of the content, with the first words of its text below.
pub(super) fn corner_code(block: &QrBlock, sheet: &Sheet, faces: &Faces) -> CornerCode {
    /// The smallest square that a telephone reads without trouble at the size of a ledger head.
    const SIDE_MM: f32 = 17.0;
    let side = mm(SIDE_MM);
    let module = side / as_f32(block.code.side());
    let caption = block.beside.first().map_or("", |span| span.text.as_str());
    let lines = wrap(faces, &[Styled::new(caption, Face::Sans, sheet.small.size).ink(GREY)], f32::INFINITY);
    let width = lines.iter().map(|line| line.width).fold(side, f32::max);
    let left = sheet.width() - side;
    let mut items = vec![Item::Mosaic { parts: mosaic(&block.code, module, left, 0.0), ink: Ink(0, 0, 0) }];
    let mut height = side + module * as_f32(QrCode::QUIET_ZONE);
    for line in lines {
        let x = sheet.width() - line.width;
        line.draw(x, height + baseline(sheet.small), &mut items);
        height += sheet.small.leading;
    }
    CornerCode { items, width, height }
}

/// What [`corner_code`] draws, and the room it takes.
pub(super) struct CornerCode {
    pub(super) items: Vec<Item>,
    pub(super) width: f32,
    pub(super) height: f32,
}

fn as_f32(count: usize) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "a count of modules")]
    {
        count as f32
    }
}

/// Sets lines with boxes. They stay on one page where they fit one: who stands overleaf on a ballot is overlooked.
pub(super) fn set_boxes(boxes: &[BoxItem], faces: &Faces, flow: &mut Flow) {
    let (body, small) = (flow.sheet.body, flow.sheet.small);
    let side = body.size * 1.25;
    // One indent for all, so that names stand under one another.
    let is_wide = boxes.iter().any(|item| item.mark == BoxMark::Number);
    let indent = if is_wide { side * 2.4 } else { side } + body.size;
    let width = flow.width() - indent;
    for (at, item) in boxes.iter().enumerate() {
        let is_last = at + 1 == boxes.len();
        let mut pieces = line_pieces(wrap(faces, &styled_spans(&item.text, body, &flow.sheet), width), body, indent);
        if let Some(first) = pieces.first_mut() {
            let top = (body.leading - side) / 2.0;
            let box_width = if item.mark == BoxMark::Number { side * 2.4 } else { side };
            frame(box_width, side, top, &mut first.items);
            if item.mark == BoxMark::Ticked {
                let points = [(0.16, 0.54), (0.27, 0.42), (0.44, 0.60), (0.75, 0.22), (0.86, 0.33), (0.44, 0.82)];
                let points = points.iter().map(|(x, y)| (x * side, top + y * side)).collect();
                first.items.push(Item::Shape { points, ink: BLACK });
            }
            if item.text.is_empty() {
                let y = top + side;
                first.items.push(Item::Area { x: indent, y, width, height: 0.75, ink: STRONG_RULE });
            }
        }
        if !item.note.is_empty() {
            let note = wrap(faces, &[Styled::new(&item.note, Face::Sans, small.size).ink(GREY)], width);
            pieces.extend(line_pieces(note, small, indent));
        }
        let count = pieces.len();
        for (place, piece) in pieces.iter_mut().enumerate() {
            piece.is_kept_with_next = !is_last || place + 1 < count;
        }
        // Boxes of neighbours must not be taken for one another, and handwriting needs more room than print.
        let room = if item.text.is_empty() { 1.1 } else { 0.55 };
        push_all(pieces, body.leading * room / flow.sheet.spacing.max(0.1), flow);
    }
}

fn frame(width: f32, height: f32, top: f32, items: &mut Vec<Item>) {
    const THICK: f32 = 0.9;
    let mut bar = |x: f32, y: f32, width: f32, height: f32| {
        items.push(Item::Area { x, y, width, height, ink: BLACK });
    };
    bar(0.0, top, width, THICK);
    bar(0.0, top + height - THICK, width, THICK);
    bar(0.0, top, THICK, height);
    bar(width - THICK, top, THICK, height);
}

/// Sets lines to write on; all rows stay on one page.
pub(super) fn set_writing_lines(rows: &[Vec<String>], faces: &Faces, flow: &mut Flow) {
    const GAP: f32 = 18.0;
    let small = flow.sheet.small;
    let room = mm(13.0) * flow.sheet.spacing;
    let mut pieces = Vec::new();
    for row in rows {
        let count = as_f32(row.len().max(1));
        let width = (flow.width() - GAP * (count - 1.0)) / count;
        let mut items = Vec::new();
        let mut height = room;
        for (at, caption) in row.iter().enumerate() {
            let x = (width + GAP) * as_f32(at);
            items.push(Item::Area { x, y: room, width, height: 0.75, ink: STRONG_RULE });
            let lines = wrap(faces, &[Styled::new(caption, Face::Sans, small.size).ink(GREY)], width);
            height = height.max(room + 3.0 + as_f32(lines.len()) * small.leading);
            for (place, line) in lines.into_iter().enumerate() {
                line.draw(x, room + 3.0 + as_f32(place) * small.leading + baseline(small), &mut items);
            }
        }
        pieces.push(Piece { height, items, is_kept_with_next: true, ..Piece::default() });
    }
    if let Some(last) = pieces.last_mut() {
        last.is_kept_with_next = false;
    }
    push_all(pieces, 6.0, flow);
}

/// Sets what stands at a fixed place.
pub(super) fn set_placed(placed: &Placed, faces: &Faces, flow: &mut Flow) {
    let (left, top) = (mm(placed.left_mm), mm(placed.top_mm));
    let (width, height) = (mm(placed.width_mm), mm(placed.height_mm));
    let mut items = Vec::new();
    match &placed.content {
        PlacedContent::Text { text, size_pt, is_quiet } => {
            let ink = if *is_quiet { GREY } else { BLACK };
            let (kind, lines) = fitted(text, *size_pt, ink, width, height, faces);
            for (at, line) in lines.into_iter().enumerate() {
                line.draw(left, top + as_f32(at) * kind.leading + baseline(kind), &mut items);
            }
        }
        PlacedContent::Rule => {
            items.push(Item::Area { x: left, y: top, width, height: HAIRLINE, ink: STRONG_RULE });
        }
    }
    flow.place(&items);
}

/// Lines at the largest size, up to the wished one, at which they fit the height.
fn fitted(text: &str, wished: f32, ink: Ink, width: f32, height: f32, faces: &Faces) -> (Type, Vec<Line>) {
    const LEAST: f32 = 4.0;
    let mut size = wished.max(LEAST);
    loop {
        let kind = Type { size, leading: size * 1.25 };
        let lines = wrap(faces, &[Styled::new(text, Face::Sans, size).ink(ink)], width);
        if as_f32(lines.len()) * kind.leading <= height || size <= LEAST {
            return (kind, lines);
        }
        size = (size - 0.25).max(LEAST);
    }
}
