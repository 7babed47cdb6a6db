//! Bars: a name, a length, the length in words, and a line where the target lies.
//!
//! Like the timeline, bars are as wide as the page.

use super::blocks::{baseline, set_note, title_pieces};
use super::canvas::Item;
use super::flow::{Flow, Piece};
use super::lines::{Styled, wrap};
use super::theme::{ACCENT, CELL, GROUND, STRONG_RULE};
use super::typeface::{Face, Faces};
use crate::Bars;

/// Room for the names.
const NAMES: f32 = 150.0;
/// Room for the lengths in words.
const WORDS: f32 = 132.0;
const GAP: f32 = 9.0;
/// Most bars that stay on one page together.
const TOGETHER: usize = 16;

/// Sets bars.
pub(super) fn set(bars: &Bars, faces: &Faces, flow: &mut Flow) {
    let mut space = 12.0;
    let sheet = flow.sheet;
    for piece in title_pieces(&bars.title, "", &sheet, faces) {
        flow.push(Piece { space: std::mem::take(&mut space), ..piece });
    }
    let longest = bars.bars.iter().flat_map(|bar| [Some(bar.value), bar.target]).flatten().max().unwrap_or(0);
    let room = sheet.width() - NAMES - WORDS - 2.0 * GAP;
    let left = NAMES + GAP;
    let count = bars.bars.len();
    for (at, bar) in bars.bars.iter().enumerate() {
        let name = wrap(faces, &[Styled::new(&bar.label, Face::Sans, CELL.size)], NAMES);
        let words = wrap(faces, &[Styled::new(&bar.shown, Face::Sans, CELL.size)], WORDS);
        let lines = name.len().max(words.len()).max(1);
        let height = as_f32(lines) * CELL.leading + 6.0;
        let scale = bar.of.unwrap_or(longest);
        let mut items = vec![Item::Area { x: left, y: 3.0, width: room, height: height - 6.0, ink: GROUND }];
        if bar.value > 0 {
            // What is not nothing is never invisible.
            let width = (share(bar.value, scale) * room).max(0.75);
            items.push(Item::Area { x: left, y: 3.0, width, height: height - 6.0, ink: ACCENT });
        }
        if let Some(target) = bar.target {
            let x = left + share(target, scale) * room;
            items.push(Item::Area { x: x - 0.5, y: 1.0, width: 1.0, height: height - 2.0, ink: STRONG_RULE });
        }
        for (x, lines) in [(0.0, name), (left + room + GAP, words)] {
            for (row, line) in lines.into_iter().enumerate() {
                line.draw(x, 3.0 + as_f32(row) * CELL.leading + baseline(CELL), &mut items);
            }
        }
        let is_last = at + 1 == count;
        let is_kept_with_next = if is_last { !bars.note.is_empty() } else { count <= TOGETHER || at == 0 };
        flow.push(Piece { space: std::mem::take(&mut space), height, items, is_kept_with_next, ..Piece::default() });
    }
    set_note(&bars.note, faces, flow);
}

#[allow(clippy::cast_precision_loss, reason = "a count of lines")]
fn as_f32(count: usize) -> f32 {
    count as f32
}

fn share(value: u64, scale: u64) -> f32 {
    if scale == 0 {
        return 0.0;
    }
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a share between 0 and 1, for the length of a bar"
    )]
    let share = (value.min(scale) as f64 / scale as f64) as f32;
    share
}
