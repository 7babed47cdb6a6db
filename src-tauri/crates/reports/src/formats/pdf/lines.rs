//! Breaking text into lines by the real widths of its characters.

use super::canvas::Item;
use super::theme::{BLACK, Ink};
use super::typeface::{Face, Faces, fitted, is_mark, points};

/// A piece of text with its look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Styled<'a> {
    pub(super) text: &'a str,
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) ink: Ink,
}

impl<'a> Styled<'a> {
    pub(super) fn new(text: &'a str, face: Face, size: f32) -> Self {
        Self { text, face, size, ink: BLACK }
    }

    pub(super) fn ink(mut self, ink: Ink) -> Self {
        self.ink = ink;
        self
    }
}

/// Neighbouring characters of one look.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) face: Face,
    pub(super) size: f32,
    pub(super) ink: Ink,
    /// From the beginning of the line.
    pub(super) x: f32,
}

/// A line of text.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) runs: Vec<Run>,
    pub(super) width: f32,
}

impl Line {
    /// Puts the line on a baseline.
    pub(super) fn draw(self, x: f32, baseline: f32, out: &mut Vec<Item>) {
        for run in self.runs {
            out.push(Item::Text {
                x: x + run.x,
                baseline,
                face: run.face,
                size: run.size,
                ink: run.ink,
                text: run.text,
            });
        }
    }
}

#[derive(Clone, Copy)]
struct Glyph {
    c: char,
    face: Face,
    size: f32,
    ink: Ink,
    width: f32,
}

/// Breaks text into lines no wider than `width`; never returns none.
///
/// Lines break at spaces. A word that is wider than a whole line (a digest, an address) breaks after a separator, or
/// anywhere where there is none. Spaces at a break are dropped, all others stay.
pub(super) fn wrap(faces: &Faces, parts: &[Styled<'_>], width: f32) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut glyphs: Vec<Glyph> = Vec::new();
    for part in parts {
        for c in part.text.chars() {
            if c == '\n' {
                break_line(&glyphs, width, &mut lines);
                glyphs.clear();
                continue;
            }
            faces.show(part.face, c, |face, c, advance| {
                let size = fitted(part.face, face, part.size);
                glyphs.push(Glyph { c, face, size, ink: part.ink, width: points(advance, size) });
            });
        }
    }
    break_line(&glyphs, width, &mut lines);
    lines
}

/// Breaks a large title into lines of about the same length, so that no single word stands in the last one.
pub(super) fn wrap_evenly(faces: &Faces, part: Styled<'_>, width: f32) -> Vec<Line> {
    let mut best = wrap(faces, &[part], width);
    for percent in [90u16, 80, 70, 60, 55] {
        let narrower = wrap(faces, &[part], width * f32::from(percent) / 100.0);
        if narrower.len() > best.len() {
            break;
        }
        best = narrower;
    }
    best
}

/// Breaks an id; one that needs several lines is cut into parts of equal length, which are easier to compare.
pub(super) fn wrap_id(faces: &Faces, part: Styled<'_>, width: f32) -> Vec<Line> {
    let lines = wrap(faces, &[part], width);
    if lines.len() < 2 || part.text.contains(|c: char| !c.is_ascii_alphanumeric()) {
        return lines;
    }
    let share = part.text.len().div_ceil(lines.len());
    let even = wrap(faces, &[part], faces.width(part.face, part.size, &part.text[..share]));
    if even.len() == lines.len() { even } else { lines }
}

/// Cuts a text to one line, with an ellipsis where something was cut. For running titles and chart labels only, whose
/// full text stands elsewhere.
pub(super) fn shorten(faces: &Faces, part: Styled<'_>, width: f32) -> Line {
    let flat = part.text.replace('\n', " ");
    let line = |text: &str| wrap(faces, &[Styled { text, ..part }], f32::INFINITY).swap_remove(0);
    let whole = line(&flat);
    if whole.width <= width {
        return whole;
    }
    let mut kept = flat.as_str();
    while let Some((at, _)) = kept.char_indices().next_back() {
        kept = &kept[..at];
        let cut = line(&format!("{}…", kept.trim_end()));
        if cut.width <= width {
            return cut;
        }
    }
    Line::default()
}

/// Width of the widest line of a text that is not wrapped, and of its widest word.
pub(super) fn extent(faces: &Faces, part: Styled<'_>) -> (f32, f32) {
    let (mut widest_line, mut widest_word) = (0.0f32, 0.0f32);
    for line in part.text.split('\n') {
        widest_line = widest_line.max(faces.width(part.face, part.size, line));
        for word in line.split(' ') {
            widest_word = widest_word.max(faces.width(part.face, part.size, word));
        }
    }
    (widest_line, widest_word)
}

/// Slack for sums of rounded widths, so a text fits the column that was measured for it.
const SLACK: f32 = 0.01;

fn break_line(glyphs: &[Glyph], width: f32, lines: &mut Vec<Line>) {
    let width = width + SLACK;
    let mut rest = glyphs;
    loop {
        let (cut, next) = first_cut(rest, width);
        lines.push(line_of(&rest[..cut]));
        rest = &rest[next..];
        if rest.is_empty() {
            return;
        }
    }
}

/// Where the line ends and where the next one begins.
fn first_cut(glyphs: &[Glyph], width: f32) -> (usize, usize) {
    let mut used = 0.0;
    let mut fits = 0;
    while fits < glyphs.len() {
        used += glyphs[fits].width;
        if used > width && glyphs[fits].c != ' ' {
            break;
        }
        fits += 1;
    }
    if fits == glyphs.len() {
        return (fits, fits);
    }
    let space = glyphs[..fits].iter().rposition(|glyph| glyph.c == ' ');
    let word_start = space.map_or(0, |at| at + 1);
    let word_end = glyphs[fits..].iter().position(|glyph| glyph.c == ' ').map_or(glyphs.len(), |at| fits + at);
    let word: f32 = glyphs[word_start..word_end].iter().map(|glyph| glyph.width).sum();
    if word_start > 0 && (word <= width || fits - word_start < 4) {
        return (word_start, skip_spaces(glyphs, word_start));
    }
    // The word fits no line: cut it after a separator in the second half of the line, or where the line is full.
    let separator = glyphs[..fits].iter().rposition(|glyph| is_separator(glyph.c)).map(|at| at + 1);
    let half = word_start + (fits - word_start) / 2;
    let mut cut = separator.filter(|at| *at > half).unwrap_or(fits).max(1);
    while cut > 1 && cut < glyphs.len() && is_mark(glyphs[cut].c) {
        cut -= 1;
    }
    (cut, skip_spaces(glyphs, cut))
}

fn skip_spaces(glyphs: &[Glyph], from: usize) -> usize {
    from + glyphs[from..].iter().take_while(|glyph| glyph.c == ' ').count()
}

fn is_separator(c: char) -> bool {
    matches!(c, '-' | '–' | '—' | '/' | '\\' | '.' | ':' | ';' | ',' | '_' | '@' | '&' | '=' | '?' | '|' | ']' | ')')
}

fn line_of(glyphs: &[Glyph]) -> Line {
    let end = glyphs.iter().rposition(|glyph| glyph.c != ' ').map_or(0, |at| at + 1);
    let mut line = Line::default();
    for glyph in &glyphs[..end] {
        match line.runs.last_mut() {
            Some(run) if run.face == glyph.face && run.size == glyph.size && run.ink == glyph.ink => {
                run.text.push(glyph.c);
            }
            _ => line.runs.push(Run {
                text: glyph.c.to_string(),
                face: glyph.face,
                size: glyph.size,
                ink: glyph.ink,
                x: line.width,
            }),
        }
        line.width += glyph.width;
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::pdf::typeface::faces;

    fn wrapped(text: &str, face: Face, width: f32) -> Vec<String> {
        wrap(faces().unwrap(), &[Styled::new(text, face, 10.0)], width)
            .into_iter()
            .map(|line| {
                assert!(line.width <= width + SLACK, "{} > {width}", line.width);
                line.runs.into_iter().map(|run| run.text).collect()
            })
            .collect()
    }

    #[test]
    fn lines_break_at_spaces_and_keep_every_word() {
        let lines = wrapped("one two three four five six", Face::Sans, 60.0);
        assert!(lines.len() > 1);
        assert_eq!(lines.join(" "), "one two three four five six");
    }

    #[test]
    fn a_digest_wider_than_the_line_is_cut_and_complete() {
        let digest = "0123456789abcdef".repeat(4);
        let lines = wrapped(&digest, Face::Mono, 100.0);
        assert!(lines.len() > 3);
        assert_eq!(lines.concat(), digest);
    }

    #[test]
    fn a_uuid_is_cut_after_a_hyphen() {
        let lines = wrapped("7f1d2c3b-4a59-4687-9f0e-112233445566", Face::Mono, 130.0);
        assert_eq!(lines, ["7f1d2c3b-4a59-4687-", "9f0e-112233445566"]);
    }

    #[test]
    fn a_digest_in_a_table_is_cut_into_equal_parts() {
        let digest = "0123456789abcdef".repeat(4);
        let lines = wrap_id(faces().unwrap(), Styled::new(&digest, Face::Mono, 10.0), 250.0);
        let lengths: Vec<usize> = lines.iter().map(|line| line.runs[0].text.len()).collect();
        assert_eq!(lengths, [32, 32]);
    }

    #[test]
    fn a_width_of_nothing_still_ends() {
        assert_eq!(wrapped_unchecked("abc def", 0.0).concat(), "abcdef");
    }

    fn wrapped_unchecked(text: &str, width: f32) -> Vec<String> {
        wrap(faces().unwrap(), &[Styled::new(text, Face::Sans, 10.0)], width)
            .into_iter()
            .map(|line| line.runs.into_iter().map(|run| run.text).collect())
            .collect()
    }

    #[test]
    fn leading_spaces_and_line_ends_stay() {
        assert_eq!(wrapped("  a\n\nb", Face::Mono, 100.0), ["  a", "", "b"]);
    }
}
