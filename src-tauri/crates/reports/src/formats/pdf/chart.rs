//! The timeline: bars for counts, a line and a sign for each event, labels beside what they name.
//!
//! A chart is as wide as the page.
//! Event labels in the chart are cut where room ends; the list below it holds each in full.

use super::blocks::{baseline, set_note, title_pieces};
use super::canvas::{Item, mark};
use super::flow::{Flow, Piece};
use super::lines::{Line, Styled, shorten, wrap};
use super::theme::{ACCENT, CELL, GREY, HAIRLINE, RULE, SMALL, STRONG_RULE, WHITE, ink_of};
use super::typeface::{Face, Faces};
use crate::{Labels, Timeline, TimelineEvent};

/// Height of the tallest bar.
const BARS: f32 = 84.0;
/// Room for the count above the tallest bar.
const PEAK: f32 = 12.0;
/// Height of a row of event labels.
const LANE: f32 = 13.0;
/// More rows than this would bury the bars; further events keep their sign and their entry in the list.
const LANES_MAX: usize = 6;
const SIGN: f32 = 7.0;
/// Room between two labels of the time axis.
const LABEL_GAP: f32 = 8.0;

/// An event's label with its place.
struct Label {
    line: Line,
    x: f32,
    lane: usize,
}

/// Sets a timeline.
pub(super) fn set(timeline: &Timeline, labels: &Labels, faces: &Faces, flow: &mut Flow) {
    let sheet = flow.sheet;
    let mut space = 12.0;
    for piece in title_pieces(&timeline.title, "", &sheet, faces) {
        flow.push(Piece { space: std::mem::take(&mut space), ..piece });
    }
    let mut events: Vec<&TimelineEvent> = timeline.events.iter().collect();
    events.sort_by(|left, right| left.at.total_cmp(&right.at));
    let has_more = !events.is_empty() || !timeline.note.is_empty();
    let chart = chart_piece(timeline, &events, sheet.width(), faces);
    flow.push(Piece { space, is_kept_with_next: has_more, ..chart });
    set_event_list(&events, labels, !timeline.note.is_empty(), faces, flow);
    set_note(&timeline.note, faces, flow);
}

fn chart_piece(timeline: &Timeline, events: &[&TimelineEvent], full: f32, faces: &Faces) -> Piece {
    let mut items = Vec::new();
    let count = timeline.buckets.len().max(1);
    let step = full / as_f32(count);
    let xs: Vec<f32> = events
        .iter()
        .map(|event| if event.at.is_finite() { event.at * step } else { 0.0 })
        // A sign at the very edge stays inside the chart.
        .map(|x| x.clamp(SIGN / 2.0, full - SIGN / 2.0))
        .collect();
    let placed = place_labels(events, &xs, full, faces);
    let lanes = placed.iter().flatten().map(|label| label.lane + 1).max().unwrap_or(0);
    let top = as_f32(lanes) * LANE + if events.is_empty() { 0.0 } else { 3.0 };
    let base = top + PEAK + BARS;

    // Lines first, so that bars and labels cover them.
    for ((x, event), label) in xs.iter().zip(events).zip(&placed) {
        let from = label.as_ref().map_or(top, |label| lane_top(lanes, label.lane) + LANE / 2.0);
        items.push(Item::Area { x: x - 0.375, y: from, width: 0.75, height: base - from, ink: ink_of(event.tone) });
    }
    draw_bars(timeline, full, base, faces, &mut items);
    for ((x, event), label) in xs.iter().zip(events).zip(placed) {
        let sign_left = x - SIGN / 2.0;
        let Some(label) = label else {
            mark(event.tone, sign_left, top, SIGN, &mut items);
            continue;
        };
        let y = lane_top(lanes, label.lane);
        let width = label.line.width + 3.0;
        items.push(Item::Area { x: label.x - 1.5, y: y + 1.0, width, height: LANE - 2.0, ink: WHITE });
        mark(event.tone, sign_left, y + 3.0, SIGN, &mut items);
        label.line.draw(label.x, y + 9.3, &mut items);
    }
    Piece { height: base + 18.0, items, ..Piece::default() }
}

fn lane_top(lanes: usize, lane: usize) -> f32 {
    as_f32(lanes - 1 - lane) * LANE
}

/// Finds a row for each label, so that none covers another and few lines are crossed.
///
/// A label stands to the right of its sign, or to the left where the chart ends. Whatever is placed first takes the
/// lowest row; those to the left of their signs go from left to right and the others from right to left, so that a
/// label passes above the lines it meets.
fn place_labels(events: &[&TimelineEvent], xs: &[f32], full: f32, faces: &Faces) -> Vec<Option<Label>> {
    let mut placed: Vec<Option<Label>> = events.iter().map(|_| None).collect();
    let room = SIGN / 2.0 + 4.0;
    let lines: Vec<Line> = events
        .iter()
        .map(|event| shorten(faces, Styled::new(&event.label, Face::Sans, SMALL.size), full * 0.45))
        .collect();
    let is_left = |at: usize| xs[at] + room + lines[at].width > full;
    let order = (0..events.len()).filter(|at| is_left(*at)).chain((0..events.len()).rev().filter(|at| !is_left(*at)));
    for at in order {
        let line = lines[at].clone();
        let x = if is_left(at) { xs[at] - room - line.width } else { xs[at] + room };
        let (from, to) = (x.min(xs[at] - SIGN), (x + line.width).max(xs[at] + SIGN));
        let mut lane = 0;
        for (other, label) in placed.iter().enumerate() {
            let Some(label) = label else { continue };
            let (other_from, other_to) =
                (label.x.min(xs[other] - SIGN), (label.x + label.line.width).max(xs[other] + SIGN));
            if from < other_to + 4.0 && other_from < to + 4.0 {
                lane = lane.max(label.lane + 1);
            }
        }
        if lane < LANES_MAX {
            placed[at] = Some(Label { line, x, lane });
        }
    }
    placed
}

fn draw_bars(timeline: &Timeline, full: f32, base: f32, faces: &Faces, items: &mut Vec<Item>) {
    let step = full / as_f32(timeline.buckets.len().max(1));
    let peak = timeline.buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0);
    if peak == 0 {
        // An axis without any bar would leave the reader guessing.
        small("0", faces).draw(0.0, base - 2.5, items);
    }
    let gap = if step > 3.0 { (step * 0.15).min(3.0) } else { 0.0 };
    let mut has_peak_label = false;
    let mut next_free = 0.0f32;
    let last = timeline.buckets.len().saturating_sub(1);
    // The last label is always shown; others give way to it.
    let last_label = timeline.buckets.last().map(|bucket| small(&bucket.label, faces));
    let last_label_x = last_label.as_ref().map_or(full, |line| centred(line, last, step, full));
    let widest = timeline.buckets.iter().map(|bucket| small(&bucket.label, faces).width).fold(0.0f32, f32::max);
    let stride = [1, 2, 3, 4, 6, 12, 24, 60, 120, 240, 480, 1440]
        .into_iter()
        // Half a width more than a label, because the first one is pushed to the right by the edge of the chart.
        .find(|stride| as_f32(*stride) * step >= widest * 1.5 + LABEL_GAP)
        .unwrap_or(last.max(1));
    let counts_fit = timeline.buckets.iter().all(|bucket| small(&grouped(bucket.count), faces).width + 4.0 <= step);
    for (at, bucket) in timeline.buckets.iter().enumerate() {
        let x = as_f32(at) * step;
        let height = ratio(bucket.count, peak) * BARS;
        if bucket.count > 0 {
            // A bucket that is not empty is never invisible.
            let height = height.max(0.75);
            let width = step - gap;
            items.push(Item::Area { x: x + gap / 2.0, y: base - height, width, height, ink: ACCENT });
        }
        let is_peak = bucket.count == peak && peak > 0 && !has_peak_label;
        if is_peak || (counts_fit && bucket.count > 0) {
            has_peak_label |= is_peak;
            let line = small(&grouped(bucket.count), faces);
            let left = (x + (step - line.width) / 2.0).clamp(0.0, (full - line.width).max(0.0));
            let top = base - height - 10.0;
            items.push(Item::Area { x: left - 1.0, y: top, width: line.width + 2.0, height: 9.5, ink: WHITE });
            line.draw(left, base - height - 2.5, items);
        }
        if at != last && at % stride != 0 {
            continue;
        }
        let line = small(&bucket.label, faces);
        let left = centred(&line, at, step, full);
        let right = left + line.width;
        if at == last || (left >= next_free && right + LABEL_GAP <= last_label_x) {
            next_free = right + LABEL_GAP;
            items.push(Item::Area { x: x - 0.25, y: base, width: HAIRLINE, height: 3.0, ink: STRONG_RULE });
            line.draw(left, base + 12.0, items);
        }
    }
    items.push(Item::Area { x: 0.0, y: base - HAIRLINE / 2.0, width: full, height: HAIRLINE, ink: STRONG_RULE });
}

fn small(text: &str, faces: &Faces) -> Line {
    shorten(faces, Styled::new(text, Face::Sans, SMALL.size - 0.5).ink(GREY), f32::INFINITY)
}

/// Where a label begins that is centred below the start of its bucket.
fn centred(line: &Line, bucket: usize, step: f32, full: f32) -> f32 {
    (as_f32(bucket) * step - line.width / 2.0).clamp(0.0, (full - line.width).max(0.0))
}

fn set_event_list(events: &[&TimelineEvent], labels: &Labels, has_note: bool, faces: &Faces, flow: &mut Flow) {
    const LEFT: f32 = 18.0;
    const GAP: f32 = 12.0;
    let full = flow.width();
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| faces.width(Face::Sans, CELL.size, text)).fold(0.0f32, f32::max)
    };
    let time_width = widest(&mut events.iter().map(|event| event.time.as_str())).min(full * 0.3);
    let word_width = widest(&mut events.iter().map(|event| labels.tone(event.tone))).min(full * 0.2);
    let word_left = LEFT + time_width + GAP;
    let text_left = word_left + word_width + GAP;
    for (at, event) in events.iter().enumerate() {
        let mut items = Vec::new();
        let word = Styled::new(labels.tone(event.tone), Face::Sans, CELL.size).ink(ink_of(event.tone));
        let columns = [
            (LEFT, wrap(faces, &[Styled::new(&event.time, Face::Sans, CELL.size)], time_width)),
            (word_left, wrap(faces, &[word], word_width)),
            (text_left, wrap(faces, &[Styled::new(&event.label, Face::Sans, CELL.size)], full - text_left)),
        ];
        let rows = columns.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1);
        let height = as_f32(rows) * CELL.leading + 6.0;
        mark(event.tone, 3.0, 5.0, 8.0, &mut items);
        for (x, lines) in columns {
            for (row, line) in lines.into_iter().enumerate() {
                line.draw(x, 3.0 + as_f32(row) * CELL.leading + baseline(CELL), &mut items);
            }
        }
        items.push(Item::Area { x: 0.0, y: height - HAIRLINE, width: full, height: HAIRLINE, ink: RULE });
        let is_last = at + 1 == events.len();
        flow.push(Piece {
            space: if at == 0 { 3.0 } else { 0.0 },
            height,
            items,
            is_kept_with_next: (at == 0 && !is_last) || (is_last && has_note),
            ..Piece::default()
        });
    }
}

/// Digits in groups of three, with the narrow space of ISO 80000 that no language reads as a decimal sign.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    if digits.len() < 5 {
        return digits;
    }
    let mut out = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202F}');
        }
        out.push(digit);
    }
    out
}

#[allow(clippy::cast_precision_loss, reason = "counts of bars and lines stay far below 2^24")]
fn as_f32(count: usize) -> f32 {
    count as f32
}

fn ratio(count: u64, peak: u64) -> f32 {
    if peak == 0 {
        return 0.0;
    }
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        reason = "a share between 0 and 1, for the height of a bar"
    )]
    let share = (count as f64 / peak as f64) as f32;
    share
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn large_counts_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(9999), "9999");
        assert_eq!(grouped(1_234_567), "1\u{202F}234\u{202F}567");
    }
}
