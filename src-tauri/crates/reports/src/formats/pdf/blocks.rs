//! Turns the cover and the blocks of a document into pieces, and sets the running lines of each page.

use printpdf::Op;

use super::canvas::{self, Item, mark};
use super::flow::{Flow, Piece};
use super::lines::{Line, Styled, shorten, wrap, wrap_evenly, wrap_id};
use super::theme::{
    BLACK, BODY, COVER_TITLE, COVER_VERDICT, GREY, GROUND, HAIRLINE, HEADER, MONO_SCALE, RULE, STRONG_RULE, Sheet,
    Type, WATERMARK, ground_of, ink_of, mm,
};
use super::typeface::{Face, Faces};
use super::{bars, chart, forms, table};
use crate::document::Layout;
use crate::{Block, Cover, Document, Span, SpanStyle, Tone};

/// Sets the whole document.
pub(super) fn set_document(document: &Document, faces: &Faces, flow: &mut Flow) {
    if document.layout == Layout::Report {
        if let ([Block::OnePage(content)], false) = (&document.blocks[..], document.cover.is_own_page) {
            return set_one_page_report(content, document, faces, flow);
        }
        set_cover(document, faces, flow);
        if document.cover.is_own_page {
            flow.break_page();
        }
    }
    set_blocks(&document.blocks, document, faces, flow);
}

pub(super) fn set_blocks(blocks: &[Block], document: &Document, faces: &Faces, flow: &mut Flow) {
    for (at, block) in blocks.iter().enumerate() {
        match block {
            Block::Heading { level, text } => set_heading(*level, text, faces, flow),
            Block::Paragraph(spans) => {
                let announces =
                    matches!(blocks.get(at + 1), Some(Block::Table(_) | Block::Timeline(_) | Block::Boxes(_)));
                set_paragraph(spans, announces, faces, flow);
            }
            Block::Bullets(items) => set_bullets(items, faces, flow),
            Block::KeyValues(pairs) => set_key_values(pairs, 6.0, faces, flow),
            Block::Table(content) => table::set(content, &document.labels, faces, flow),
            Block::CodeLines(code) => set_code(code, faces, flow),
            Block::Callout { tone, title, text } => {
                set_callout(*tone, document.labels.tone(*tone), title, text, faces, flow);
            }
            Block::Timeline(timeline) => chart::set(timeline, &document.labels, faces, flow),
            Block::Bars(content) => bars::set(content, faces, flow),
            Block::Qr(code) => forms::set_qr(code, faces, flow),
            Block::Boxes(boxes) => forms::set_boxes(boxes, faces, flow),
            Block::WritingLines(rows) => forms::set_writing_lines(rows, faces, flow),
            Block::Placed(placed) => forms::set_placed(placed, faces, flow),
            Block::Below { millimetres } => flow.descend(mm(*millimetres)),
            Block::Bookmark(title) => flow.mark(title.replace('\n', " ")),
            Block::OnePage(content) => set_one_page(content, document, faces, flow),
            Block::PageBreak => flow.break_page(),
        }
    }
}

/// Sizes in percent that are tried until everything stands on one page.
const ONE_PAGE: [u16; 9] = [100, 95, 90, 85, 80, 75, 70, 65, 60];

fn set_one_page(blocks: &[Block], document: &Document, faces: &Faces, flow: &mut Flow) {
    for percent in ONE_PAGE {
        let mut page = Flow::new(flow.sheet.shrunk(percent));
        set_blocks(blocks, document, faces, &mut page);
        if page.pages() == 1 || Some(&percent) == ONE_PAGE.last() {
            return flow.append(page);
        }
    }
}

/// A report of one page: its cover stands on the same page as all content, in smaller type.
fn set_one_page_report(content: &[Block], document: &Document, faces: &Faces, flow: &mut Flow) {
    for percent in ONE_PAGE {
        let mut page = Flow::new(flow.sheet.shrunk(percent));
        set_small_cover(document, faces, &mut page);
        set_blocks(content, document, faces, &mut page);
        if page.pages() == 1 || Some(&percent) == ONE_PAGE.last() {
            *flow = page;
            return;
        }
    }
}

/// The cover as the head of a page: what it is, of what, how it stands, and what identifies it. A code stands in the corner,
/// where it takes no room from the content.
fn set_small_cover(document: &Document, faces: &Faces, flow: &mut Flow) {
    let (cover, sheet) = (&document.cover, flow.sheet);
    let code = document.code.as_ref().map(|code| forms::corner_code(code, &sheet, faces));
    let width = sheet.width() - code.as_ref().map_or(0.0, |code| code.width + 15.0);
    let lines = |text: &str, face: Face, kind: Type, ink| {
        line_pieces(wrap(faces, &[Styled::new(text, face, kind.size).ink(ink)], width), kind, 0.0)
    };
    let mut pieces = Vec::new();
    if document.title != cover.title {
        pieces.extend(lines(&document.title, Face::Bold, sheet.body, GREY));
    }
    pieces.extend(lines(&cover.title, Face::Bold, sheet.headings[0], BLACK));
    pieces.push(Piece { height: 6.0 * sheet.spacing, ..Piece::default() });
    pieces.push(badge(document, width, faces));
    pieces.push(Piece { height: 6.0 * sheet.spacing, ..Piece::default() });
    pieces.extend(lines(&cover.verdict, Face::Sans, sheet.body, BLACK));
    if let Some(code) = code {
        let height: f32 = pieces.iter().map(|piece| piece.height).sum();
        pieces.push(Piece { height: (code.height - height).max(0.0), ..Piece::default() });
        if let Some(first) = pieces.first_mut() {
            first.items.extend(code.items);
        }
    }
    push_all(pieces, 0.0, flow);
    set_key_values(&cover.facts, 9.0, faces, flow);
}

fn set_code_of_cover(document: &Document, faces: &Faces, flow: &mut Flow) {
    if let Some(code) = &document.code {
        forms::set_qr(code, faces, flow);
    }
}

/// Puts the document's mark behind what stands on the pages.
pub(super) fn set_watermark(word: &str, sheet: &Sheet, faces: &Faces, pages: &mut [Vec<Op>]) {
    const SIZE: f32 = 72.0;
    if word.is_empty() {
        return;
    }
    // What climbs at 45 degrees takes as much height as width, and both must fit the page.
    let room = sheet.page_width * 0.8 * std::f32::consts::SQRT_2;
    let width = faces.width(Face::Bold, SIZE, word);
    let size = (SIZE * room / width).min(SIZE * 1.5).floor();
    let Some(line) =
        wrap(faces, &[Styled::new(word, Face::Bold, size).ink(WATERMARK)], f32::INFINITY).into_iter().next()
    else {
        return;
    };
    let half = line.width * std::f32::consts::FRAC_1_SQRT_2 / 2.0;
    for page in pages {
        let mut behind = Vec::new();
        for run in &line.runs {
            let along = run.x * std::f32::consts::FRAC_1_SQRT_2;
            let item = Item::Climbing {
                x: sheet.page_width / 2.0 - half + along,
                y: sheet.page_height / 2.0 + half - along,
                face: run.face,
                size: run.size,
                ink: run.ink,
                text: run.text.clone(),
            };
            canvas::draw(&item, 0.0, 0.0, sheet.page_height, &mut behind);
        }
        page.splice(0..0, behind);
    }
}

/// Adds title, document id and page number to every page of a report; the cover already shows the title. A hand-out
/// of several pages has page numbers where its layout asks for them.
pub(super) fn set_running_lines(document: &Document, sheet: &Sheet, faces: &Faces, pages: &mut [Vec<Op>]) {
    let page_count = pages.len();
    let is_report = match document.layout {
        Layout::Report => true,
        Layout::Handout { is_numbered, .. } if is_numbered && page_count > 1 => false,
        Layout::Handout { .. } => return,
    };
    let width = sheet.width();
    for (at, page) in pages.iter_mut().enumerate() {
        let mut items = Vec::new();
        if at > 0 && is_report {
            let title = Styled::new(&document.title, Face::Sans, sheet.small.size).ink(GREY);
            shorten(faces, title, width).draw(0.0, HEADER, &mut items);
            rule(HEADER + 6.0, width, RULE, &mut items);
        }
        if is_report {
            rule(sheet.footer - 15.0, width, RULE, &mut items);
        }
        if !document.footer_id.is_empty() {
            let label = format!("{} ", document.labels.document_id);
            let parts = [
                Styled::new(&label, Face::Sans, sheet.small.size).ink(GREY),
                Styled::new(&document.footer_id, Face::Mono, sheet.small.size * MONO_SCALE).ink(GREY),
            ];
            wrap(faces, &parts, width * 0.7).swap_remove(0).draw(0.0, sheet.footer, &mut items);
        }
        let number = document
            .labels
            .page_of
            .replace("{pages}", &page_count.to_string())
            .replace("{page}", &(at + 1).to_string());
        let number = shorten(faces, Styled::new(&number, Face::Sans, sheet.small.size).ink(GREY), width * 0.3);
        let x = width - number.width;
        number.draw(x, sheet.footer, &mut items);
        for item in &items {
            canvas::draw(item, sheet.side, 0.0, sheet.page_height, page);
        }
    }
}

pub(super) fn rule(y: f32, width: f32, ink: super::theme::Ink, items: &mut Vec<Item>) {
    items.push(Item::Area { x: 0.0, y, width, height: HAIRLINE, ink });
}

/// Where the baseline lies in a line of this type.
pub(super) fn baseline(kind: Type) -> f32 {
    // Half of the spare leading above and below; 0.76 of the size is what the fonts need above the baseline.
    (kind.leading - kind.size) / 2.0 + kind.size * 0.83
}

/// One piece for each line.
pub(super) fn line_pieces(lines: Vec<Line>, kind: Type, x: f32) -> Vec<Piece> {
    lines
        .into_iter()
        .map(|line| {
            let mut items = Vec::new();
            line.draw(x, baseline(kind), &mut items);
            Piece { height: kind.leading, items, ..Piece::default() }
        })
        .collect()
}

/// Keeps the first two and the last two pieces together, so no line stands alone on a page.
fn keep_ends_together(pieces: &mut [Piece]) {
    let count = pieces.len();
    for (at, piece) in pieces.iter_mut().enumerate() {
        piece.is_kept_with_next = at + 1 < count && (at == 0 || at + 2 == count);
    }
}

pub(super) fn push_all(pieces: Vec<Piece>, space: f32, flow: &mut Flow) {
    for (at, mut piece) in pieces.into_iter().enumerate() {
        if at == 0 {
            piece.space = space * flow.sheet.spacing;
        }
        flow.push(piece);
    }
}

/// The first page of a report, or its head.
pub(super) fn set_cover(document: &Document, faces: &Faces, flow: &mut Flow) {
    let cover: &Cover = &document.cover;
    let width = flow.width();
    let mut pieces = Vec::new();
    // On a page of its own the cover begins lower, where a reader expects a title.
    let sink = if cover.is_own_page { 84.0 } else { 0.0 };
    pieces.push(Piece { height: sink, is_kept_with_next: true, ..Piece::default() });
    if document.title != cover.title {
        let kind = Styled::new(&document.title, Face::Bold, BODY.size).ink(GREY);
        pieces.extend(line_pieces(wrap(faces, &[kind], width), BODY, 0.0));
        pieces.push(Piece { height: 6.0, ..Piece::default() });
    }
    let title = Styled::new(&cover.title, Face::Bold, COVER_TITLE.size);
    pieces.extend(line_pieces(wrap_evenly(faces, title, width), COVER_TITLE, 0.0));
    if !document.subtitle.is_empty() {
        pieces.push(Piece { height: 6.0, ..Piece::default() });
        let subtitle = Styled::new(&document.subtitle, Face::Sans, 11.0).ink(GREY);
        pieces.extend(line_pieces(wrap(faces, &[subtitle], width), Type { size: 11.0, leading: 16.0 }, 0.0));
    }
    pieces.push(Piece { height: 30.0, ..Piece::default() });
    pieces.push(badge(document, width, faces));
    pieces.push(Piece { height: 15.0, ..Piece::default() });
    let verdict = Styled::new(&cover.verdict, Face::Sans, COVER_VERDICT.size);
    pieces.extend(line_pieces(wrap_evenly(faces, verdict, width), COVER_VERDICT, 0.0));
    for piece in &mut pieces {
        piece.is_kept_with_next = true;
    }
    if let Some(last) = pieces.last_mut() {
        last.is_kept_with_next = false;
    }
    push_all(pieces, 0.0, flow);
    set_key_values(&cover.facts, 36.0, faces, flow);
    set_code_of_cover(document, faces, flow);
}

/// The verdict as sign and word on a tinted ground.
fn badge(document: &Document, width: f32, faces: &Faces) -> Piece {
    let tone = document.cover.tone;
    let word =
        if document.cover.verdict_word.is_empty() { document.labels.tone(tone) } else { &document.cover.verdict_word };
    let word = shorten(faces, Styled::new(word, Face::Bold, 14.0).ink(ink_of(tone)), width - 60.0);
    let mut items = vec![
        Item::Area { x: 0.0, y: 0.0, width: word.width + 54.0, height: 36.0, ink: ground_of(tone) },
        Item::Area { x: 0.0, y: 0.0, width: 3.0, height: 36.0, ink: ink_of(tone) },
    ];
    mark(tone, 14.0, 10.0, 16.0, &mut items);
    word.draw(39.0, 23.0, &mut items);
    Piece { height: 36.0, items, ..Piece::default() }
}

fn set_heading(level: u8, text: &str, faces: &Faces, flow: &mut Flow) {
    let at = usize::from(level.clamp(1, 3)) - 1;
    let kind = flow.sheet.headings[at];
    let mut pieces = line_pieces(wrap(faces, &[Styled::new(text, Face::Bold, kind.size)], flow.width()), kind, 0.0);
    for piece in &mut pieces {
        piece.is_kept_with_next = true;
    }
    if level <= 1
        && let Some(first) = pieces.first_mut()
    {
        first.bookmark = Some(text.replace('\n', " "));
    }
    push_all(pieces, [30.0, 21.0, 15.0][at], flow);
}

pub(super) fn styled_spans<'a>(spans: &'a [Span], kind: Type, sheet: &Sheet) -> Vec<Styled<'a>> {
    spans
        .iter()
        .map(|span| match span.style {
            SpanStyle::Plain => Styled::new(&span.text, Face::Sans, kind.size),
            SpanStyle::Strong => Styled::new(&span.text, Face::Bold, kind.size),
            SpanStyle::Code => Styled::new(&span.text, Face::Mono, kind.size * MONO_SCALE),
            SpanStyle::LargeCode => Styled::new(&span.text, Face::Mono, sheet.large.size),
        })
        .collect()
}

/// Longest paragraph, in lines, that stays with the table it announces.
const ANNOUNCING: usize = 4;

fn set_paragraph(spans: &[Span], announces: bool, faces: &Faces, flow: &mut Flow) {
    let body = flow.sheet.body;
    let mut pieces = line_pieces(wrap(faces, &styled_spans(spans, body, &flow.sheet), flow.width()), body, 0.0);
    keep_ends_together(&mut pieces);
    if announces && pieces.len() <= ANNOUNCING {
        for piece in &mut pieces {
            piece.is_kept_with_next = true;
        }
    }
    push_all(pieces, 6.0, flow);
}

fn set_bullets(bullets: &[Vec<Span>], faces: &Faces, flow: &mut Flow) {
    const INDENT: f32 = 15.0;
    let (body, width) = (flow.sheet.body, flow.width() - INDENT);
    for (at, spans) in bullets.iter().enumerate() {
        let mut pieces = line_pieces(wrap(faces, &styled_spans(spans, body, &flow.sheet), width), body, INDENT);
        if let Some(first) = pieces.first_mut() {
            let bullet = shorten(faces, Styled::new("•", Face::Sans, body.size).ink(GREY), INDENT);
            bullet.draw(3.0, baseline(body), &mut first.items);
        }
        keep_ends_together(&mut pieces);
        push_all(pieces, if at == 0 { 6.0 } else { 3.0 }, flow);
    }
}

/// True for digests and ids: one long word of hexadecimal digits, as a reader compares them digit by digit.
fn is_id(value: &str) -> bool {
    value.len() >= 16
        && value.bytes().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b'-' | b':'))
        && value.bytes().any(|byte| byte.is_ascii_digit())
}

fn set_key_values(pairs: &[(String, String)], space: f32, faces: &Faces, flow: &mut Flow) {
    const GAP: f32 = 18.0;
    let sheet = flow.sheet;
    let room = 4.0 * sheet.tightness;
    let (body, cell, width) = (sheet.body, sheet.cell, sheet.width());
    // On a report a SHA-256 digest fits one line beside most names.
    let id_size = cell.size - 0.25;
    let widest = pairs
        .iter()
        .flat_map(|(name, _)| wrap(faces, &[Styled::new(name, Face::Sans, cell.size)], f32::INFINITY))
        .map(|line| line.width)
        .fold(0.0f32, f32::max);
    let name_width = widest.clamp((width * 0.2).min(96.0), width * 0.36);
    let left = name_width + GAP;
    let count = pairs.len();
    for (at, (name, value)) in pairs.iter().enumerate() {
        let name = wrap(faces, &[Styled::new(name, Face::Sans, cell.size).ink(GREY)], name_width);
        let value = if is_id(value) {
            wrap_id(faces, Styled::new(value, Face::Mono, id_size), width - left)
        } else {
            wrap(faces, &[Styled::new(value, Face::Sans, body.size)], width - left)
        };
        let mut name = name.into_iter();
        let mut value = value.into_iter();
        let rows = name.len().max(value.len());
        for row in 0..rows {
            let (top, bottom) = (row == 0, row + 1 == rows);
            let pad = if top { room } else { 0.0 };
            let mut items = Vec::new();
            if top && at == 0 {
                rule(0.0, width, RULE, &mut items);
            }
            if let Some(line) = name.next() {
                line.draw(0.0, pad + baseline(body), &mut items);
            }
            if let Some(line) = value.next() {
                line.draw(left, pad + baseline(body), &mut items);
            }
            let height = pad + body.leading + if bottom { room } else { 0.0 };
            if bottom {
                rule(height - HAIRLINE, width, RULE, &mut items);
            }
            // A pair stays whole unless it is longer than half a page.
            let is_short = rows < 24;
            flow.push(Piece {
                space: if top && at == 0 { space * sheet.spacing } else { 0.0 },
                height,
                items,
                is_kept_with_next: (is_short && !bottom) || (at == 0 && bottom && count > 1),
                ..Piece::default()
            });
        }
    }
}

fn set_code(code: &[String], faces: &Faces, flow: &mut Flow) {
    const PAD: f32 = 9.0;
    let (kind, width) = (flow.sheet.code, flow.width());
    let mut lines = Vec::new();
    for text in code {
        // A tab has no width of its own; four spaces are what a reader of code expects.
        let text = text.replace('\t', "    ");
        lines.extend(wrap(faces, &[Styled::new(&text, Face::Mono, kind.size)], width - 2.0 * PAD));
    }
    let count = lines.len();
    let mut pieces: Vec<Piece> = lines
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let above = if at == 0 { 6.0 } else { 0.0 };
            let below = if at + 1 == count { 6.0 } else { 0.0 };
            let height = above + kind.leading + below;
            let mut items = vec![Item::Area { x: 0.0, y: 0.0, width, height, ink: GROUND }];
            line.draw(PAD, above + baseline(kind), &mut items);
            Piece { height, items, ..Piece::default() }
        })
        .collect();
    keep_ends_together(&mut pieces);
    push_all(pieces, 9.0, flow);
}

fn set_callout(tone: Tone, word: &str, title: &str, text: &str, faces: &Faces, flow: &mut Flow) {
    const LEFT: f32 = 33.0;
    let (body, full_width, full) = (flow.sheet.body, flow.width(), flow.sheet.full());
    let room = 9.0 * flow.sheet.tightness;
    let width = full_width - LEFT - 12.0;
    let head = format!("{word}  ");
    let parts = [
        Styled::new(&head, Face::Bold, body.size).ink(ink_of(tone)),
        Styled::new(title, Face::Bold, body.size).ink(BLACK),
    ];
    let mut lines = wrap(faces, &parts, width);
    let head_lines = lines.len();
    if !text.is_empty() {
        lines.extend(wrap(faces, &[Styled::new(text, Face::Sans, body.size)], width));
    }
    let count = lines.len();
    #[allow(clippy::cast_precision_loss, reason = "a count of lines")]
    let is_whole = count as f32 * body.leading < full * 0.6;
    let mut pieces: Vec<Piece> = lines
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let above = match at {
                0 => room,
                _ if at == head_lines => 3.0,
                _ => 0.0,
            };
            let below = if at + 1 == count { room } else { 0.0 };
            let height = above + body.leading + below;
            // Neighbouring areas overlap by a hair, or a printer shows a white line between them.
            let overlap = if at == 0 { 0.0 } else { 0.3 };
            let mut items = vec![
                Item::Area { x: 0.0, y: -overlap, width: full_width, height: height + overlap, ink: ground_of(tone) },
                Item::Area { x: 0.0, y: -overlap, width: 3.0, height: height + overlap, ink: ink_of(tone) },
            ];
            if at == 0 {
                mark(tone, 14.0, above + 1.5, 11.0, &mut items);
            }
            line.draw(LEFT, above + baseline(body), &mut items);
            Piece { height, items, is_kept_with_next: is_whole && at + 1 < count, ..Piece::default() }
        })
        .collect();
    if !is_whole {
        keep_ends_together(&mut pieces);
    }
    push_all(pieces, 12.0, flow);
}

/// A small bold title above a table or chart.
pub(super) fn title_pieces(title: &str, suffix: &str, sheet: &Sheet, faces: &Faces) -> Vec<Piece> {
    if title.is_empty() {
        return Vec::new();
    }
    let body = sheet.body;
    let suffix = if suffix.is_empty() { String::new() } else { format!(" ({suffix})") };
    let parts = [Styled::new(title, Face::Bold, body.size), Styled::new(&suffix, Face::Sans, body.size).ink(GREY)];
    let mut pieces = line_pieces(wrap(faces, &parts, sheet.width()), body, 0.0);
    pieces.push(Piece { height: 3.0, ..Piece::default() });
    for piece in &mut pieces {
        piece.is_kept_with_next = true;
    }
    pieces
}

/// Small print below a table or chart.
pub(super) fn set_note(note: &str, faces: &Faces, flow: &mut Flow) {
    if note.is_empty() {
        return;
    }
    let small = flow.sheet.small;
    let lines = wrap(faces, &[Styled::new(note, Face::Sans, small.size).ink(GREY)], flow.width());
    let mut pieces = line_pieces(lines, small, 0.0);
    keep_ends_together(&mut pieces);
    push_all(pieces, 6.0, flow);
}

/// The strong rule that closes a header.
pub(super) fn strong_rule(y: f32, width: f32, items: &mut Vec<Item>) {
    items.push(Item::Area { x: 0.0, y, width, height: HAIRLINE * 1.5, ink: STRONG_RULE });
}

#[cfg(test)]
mod tests {
    use super::is_id;

    #[test]
    fn digests_and_uuids_are_set_in_monospace_and_words_are_not() {
        assert!(is_id("7f1d2c3b-4a59-4687-9f0e-112233445566"));
        assert!(is_id(&"0a".repeat(32)));
        assert!(!is_id("2026-03-01 10:00:00"));
        assert!(!is_id("deadbeef"));
        assert!(!is_id("Board election 2026"));
    }
}
