//! Tables: column widths, rows, and the header that returns on every page.

use std::rc::Rc;

use super::blocks::{baseline, set_note, strong_rule, title_pieces};
use super::canvas::Item;
use super::flow::{Flow, Piece};
use super::lines::{Line, Styled, extent, wrap, wrap_id};
use super::theme::{BLACK, GREY, HAIRLINE, RULE, Sheet};
use super::typeface::{Face, Faces};
use crate::{Align, Labels, Table};

/// Room between two columns.
const GAP: f32 = 12.0;
/// Room above and below the text of a row, where the page is not set smaller.
const PAD: f32 = 3.0;

/// A column with its place.
#[derive(Clone, Copy)]
struct Slot {
    x: f32,
    /// Width of the text, without the gap.
    width: f32,
    align: Align,
}

/// Sets a table.
pub(super) fn set(table: &Table, labels: &Labels, faces: &Faces, flow: &mut Flow) {
    if table.columns.is_empty() {
        return;
    }
    let sheet = flow.sheet;
    let slots = slots(table, &sheet, faces);
    let header = header_piece(table, &slots, &sheet, faces);
    let lead = Rc::new(lead_piece(title_pieces(&table.title, &labels.continued, &sheet, faces), &header));
    let mut space = 12.0 * sheet.tightness;
    for piece in title_pieces(&table.title, "", &sheet, faces) {
        flow.push(Piece { space: std::mem::take(&mut space), ..piece });
    }
    flow.push(Piece { space, is_kept_with_next: true, ..header });

    let has_note = !table.note.is_empty();
    if table.rows.is_empty() {
        let empty = wrap(faces, &[Styled::new(&labels.no_rows, Face::Sans, sheet.cell.size).ink(GREY)], sheet.width());
        let cells = vec![(0, empty)];
        for piece in row_pieces(cells, &slots, &lead, &sheet) {
            flow.push(Piece { is_kept_with_next: has_note || piece.is_kept_with_next, ..piece });
        }
    }
    for (at, row) in table.rows.iter().enumerate() {
        let is_last = at + 1 == table.rows.len();
        let pieces = row_pieces(cells(row, &slots, &sheet, faces), &slots, &lead, &sheet);
        let count = pieces.len();
        for (part, piece) in pieces.into_iter().enumerate() {
            let is_kept = piece.is_kept_with_next || (has_note && is_last && part + 1 == count);
            flow.push(Piece { is_kept_with_next: is_kept, ..piece });
        }
    }
    set_note(&table.note, faces, flow);
}

fn cell_style<'a>(text: &'a str, align: Align, sheet: &Sheet) -> Styled<'a> {
    match align {
        Align::Left | Align::Right => Styled::new(text, Face::Sans, sheet.cell.size).ink(BLACK),
        Align::Mono => Styled::new(text, Face::Mono, sheet.code.size).ink(BLACK),
    }
}

fn header_style<'a>(text: &'a str, sheet: &Sheet) -> Styled<'a> {
    Styled::new(text, Face::Bold, sheet.cell.size - 0.5).ink(GREY)
}

/// Shares the width among the columns.
///
/// Each column claims its weight's share, but no more than its widest cell needs while others are short of room. No
/// column becomes narrower than the words of its header and, for numbers, than its widest number. Ids and words stay
/// in one piece as long as the columns keep some room to share.
fn slots(table: &Table, sheet: &Sheet, faces: &Faces) -> Vec<Slot> {
    let count = table.columns.len();
    let mut least = vec![0.0f32; count];
    let mut wanted = vec![0.0f32; count];
    for (at, column) in table.columns.iter().enumerate() {
        let (line, word) = extent(faces, header_style(&column.header, sheet));
        least[at] = word;
        wanted[at] = line.min(word * 2.0).max(word);
    }
    let mut whole = least.clone();
    for row in &table.rows {
        for (at, cell) in row.iter().enumerate().take(count) {
            let align = table.columns[at].align;
            let (line, word) = extent(faces, cell_style(cell, align, sheet));
            wanted[at] = wanted[at].max(line);
            whole[at] = whole[at].max(word);
            if align == Align::Right {
                least[at] = least[at].max(line);
            }
        }
    }
    #[allow(clippy::cast_precision_loss, reason = "a count of columns")]
    let available = sheet.width() - GAP * (count - 1) as f32;
    for at in 0..count {
        let others: f32 = least.iter().sum::<f32>() - least[at];
        if others + whole[at] <= available * 0.8 {
            least[at] = least[at].max(whole[at]);
        }
    }
    let weights: Vec<f32> = table
        .columns
        .iter()
        .map(|column| if column.weight.is_finite() && column.weight > 0.0 { column.weight } else { 0.01 })
        .collect();
    let widths = share(available, &weights, &least, &wanted, |at| table.columns[at].align != Align::Right);
    let mut x = 0.0;
    widths
        .into_iter()
        .zip(&table.columns)
        .map(|(width, column)| {
            let slot = Slot { x, width, align: column.align };
            x += width + GAP;
            slot
        })
        .collect()
}

fn share(
    available: f32,
    weights: &[f32],
    least: &[f32],
    wanted: &[f32],
    takes_spare_room: impl Fn(usize) -> bool,
) -> Vec<f32> {
    let count = weights.len();
    let total_least: f32 = least.iter().sum();
    if total_least >= available {
        // Hopelessly narrow: shrink everything alike, long words are cut.
        return least.iter().map(|width| width * available / total_least).collect();
    }
    let mut widths: Vec<Option<f32>> = vec![None; count];
    loop {
        let taken: f32 = widths.iter().flatten().sum();
        let open: Vec<usize> = (0..count).filter(|at| widths[*at].is_none()).collect();
        let open_weight: f32 = open.iter().map(|at| weights[*at]).sum();
        if open.is_empty() {
            break;
        }
        let claim = |at: usize| (available - taken) * weights[at] / open_weight;
        // First those that must have more than their share, then those that need less, then the rest as it is.
        let (mut fixed_any, mut fixed) = (false, Vec::new());
        for at in &open {
            if claim(*at) < least[*at] {
                fixed.push((*at, least[*at]));
            }
        }
        if fixed.is_empty() {
            for at in &open {
                if claim(*at) >= wanted[*at] {
                    fixed.push((*at, wanted[*at]));
                }
            }
        }
        for (at, width) in fixed {
            widths[at] = Some(width);
            fixed_any = true;
        }
        if !fixed_any {
            for at in &open {
                widths[*at] = Some(claim(*at));
            }
        }
    }
    let mut widths: Vec<f32> = widths.into_iter().flatten().collect();
    let spare = available - widths.iter().sum::<f32>();
    if spare > 0.0 {
        let anyone = !(0..count).any(&takes_spare_room);
        let takers: Vec<usize> = (0..count).filter(|at| anyone || takes_spare_room(*at)).collect();
        let weight: f32 = takers.iter().map(|at| weights[*at]).sum();
        for at in takers {
            widths[at] += spare * weights[at] / weight;
        }
    }
    widths
}

fn header_piece(table: &Table, slots: &[Slot], sheet: &Sheet, faces: &Faces) -> Piece {
    let cells: Vec<Vec<Line>> = table
        .columns
        .iter()
        .zip(slots)
        .map(|(column, slot)| wrap(faces, &[header_style(&column.header, sheet)], slot.width))
        .collect();
    let rows = cells.iter().map(Vec::len).max().unwrap_or(1);
    let mut items = Vec::new();
    for (lines, slot) in cells.into_iter().zip(slots) {
        // Short headers stand at the bottom, next to what they head.
        let first = rows - lines.len();
        for (at, line) in lines.into_iter().enumerate() {
            let x = if slot.align == Align::Right { slot.x + slot.width - line.width } else { slot.x };
            line.draw(x, pad(sheet) + line_top(first + at, sheet) + baseline(sheet.cell), &mut items);
        }
    }
    let height = line_top(rows, sheet) + 2.0 * pad(sheet);
    strong_rule(height - HAIRLINE * 1.5, sheet.width(), &mut items);
    Piece { height, items, ..Piece::default() }
}

/// The title and header as one piece, for the pages that follow.
fn lead_piece(title: Vec<Piece>, header: &Piece) -> Piece {
    let mut lead = Piece::default();
    for piece in title.iter().chain(std::iter::once(header)) {
        lead.items.extend(piece.items.iter().cloned().map(|item| moved_down(item, lead.height)));
        lead.height += piece.height;
    }
    lead
}

fn moved_down(mut item: Item, by: f32) -> Item {
    match &mut item {
        Item::Text { baseline, .. } => *baseline += by,
        Item::Area { y, .. } => *y += by,
        Item::Shape { points, .. } => points.iter_mut().for_each(|point| point.1 += by),
        Item::Mosaic { parts, .. } => parts.iter_mut().for_each(|part| {
            part[1] += by;
            part[3] += by;
        }),
        Item::Climbing { y, .. } => *y += by,
    }
    item
}

fn pad(sheet: &Sheet) -> f32 {
    PAD * sheet.tightness
}

fn line_top(line: usize, sheet: &Sheet) -> f32 {
    #[allow(clippy::cast_precision_loss, reason = "a count of lines")]
    let line = line as f32;
    line * sheet.cell.leading
}

/// The lines of each cell with the number of its column.
fn cells(row: &[String], slots: &[Slot], sheet: &Sheet, faces: &Faces) -> Vec<(usize, Vec<Line>)> {
    let last = slots.len() - 1;
    let surplus = (row.len() > slots.len()).then(|| row[last..].join(" | "));
    slots
        .iter()
        .enumerate()
        .filter_map(|(at, slot)| {
            let text = surplus.as_ref().filter(|_| at == last).or_else(|| row.get(at))?;
            let style = cell_style(text, slot.align, sheet);
            let lines = match slot.align {
                Align::Mono => wrap_id(faces, style, slot.width),
                Align::Left | Align::Right => wrap(faces, &[style], slot.width),
            };
            Some((at, lines))
        })
        .collect()
}

/// One piece for a row, or several where it is taller than a page.
fn row_pieces(cells: Vec<(usize, Vec<Line>)>, slots: &[Slot], lead: &Rc<Piece>, sheet: &Sheet) -> Vec<Piece> {
    let rows = cells.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
    let mut fitting = 1;
    while line_top(fitting + 1, sheet) + 2.0 * pad(sheet) + lead.height <= sheet.full() {
        fitting += 1;
    }
    let parts = rows.div_ceil(fitting);
    let mut pieces: Vec<Piece> = (0..parts)
        .map(|part| {
            let lines = (rows - part * fitting).min(fitting);
            Piece { height: line_top(lines, sheet) + 2.0 * pad(sheet), lead: Some(Rc::clone(lead)), ..Piece::default() }
        })
        .collect();
    for (column, lines) in cells {
        let slot = slots[column];
        for (at, line) in lines.into_iter().enumerate() {
            let x = if slot.align == Align::Right { slot.x + slot.width - line.width } else { slot.x };
            let y = pad(sheet) + line_top(at % fitting, sheet) + baseline(sheet.cell);
            line.draw(x, y, &mut pieces[at / fitting].items);
        }
    }
    if let Some(piece) = pieces.last_mut() {
        let y = piece.height - HAIRLINE;
        piece.items.push(Item::Area { x: 0.0, y, width: sheet.width(), height: HAIRLINE, ink: RULE });
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::share;

    #[test]
    fn widths_fill_the_page_whatever_the_weights() {
        for weights in [[1.0, 1.0, 1.0], [5.0, 0.1, 2.0]] {
            for wanted in [[10.0, 20.0, 30.0], [900.0, 20.0, 700.0], [0.0, 0.0, 0.0]] {
                let least = wanted.map(|width: f32| width.min(15.0));
                let widths = share(300.0, &weights, &least, &wanted, |at| at == 0);
                assert!((widths.iter().sum::<f32>() - 300.0).abs() < 0.1, "{widths:?}");
                for (width, least) in widths.iter().zip(least) {
                    assert!(*width >= least - 0.01, "{widths:?}");
                }
            }
        }
    }

    #[test]
    fn a_small_column_leaves_its_room_to_a_large_one() {
        let widths = share(300.0, &[1.0, 1.0], &[10.0, 10.0], &[40.0, 500.0], |_| true);
        assert_eq!(widths, [40.0, 260.0]);
    }
}
