//! Sizes and colours. Everything stands on a grid of 6 pt, which is 8 px on screen.

use crate::Tone;
use crate::document::{Layout, Paper};

/// Colour as red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink(pub(super) u8, pub(super) u8, pub(super) u8);

/// Left and right margin of a report.
const SIDE: f32 = 54.0;
/// Where content of a report begins, from the top.
const TOP: f32 = 78.0;
/// Where content of a report ends, from the lower edge.
const BOTTOM: f32 = 72.0;
/// Baseline of the running title, from the top.
pub(super) const HEADER: f32 = 48.0;
/// Baseline of the page number of a report, from the lower edge.
const FOOTER: f32 = 42.0;
/// Thickness of a rule.
pub(super) const HAIRLINE: f32 = 0.5;

/// Text.
pub(super) const BLACK: Ink = Ink(0x1B, 0x1F, 0x24);
/// Labels and small print.
pub(super) const GREY: Ink = Ink(0x55, 0x5D, 0x68);
/// Rules between rows.
pub(super) const RULE: Ink = Ink(0xD5, 0xD9, 0xDE);
/// Rules below headers.
pub(super) const STRONG_RULE: Ink = Ink(0x6B, 0x73, 0x7D);
/// Ground of code.
pub(super) const GROUND: Ink = Ink(0xF4, 0xF5, 0xF7);
/// Bars of a chart.
pub(super) const ACCENT: Ink = Ink(0x3B, 0x6E, 0x8F);
/// A word across the page: seen, and no hindrance to reading what stands over it.
pub(super) const WATERMARK: Ink = Ink(0xE6, 0xE8, 0xEB);
pub(super) const WHITE: Ink = Ink(0xFF, 0xFF, 0xFF);

/// Colour of a tone; readable as text on white and on [`ground_of`].
pub(super) fn ink_of(tone: Tone) -> Ink {
    match tone {
        Tone::Critical => Ink(0xA8, 0x1E, 0x22),
        Tone::Major => Ink(0x9A, 0x42, 0x00),
        Tone::Minor => Ink(0x70, 0x55, 0x00),
        Tone::Info => Ink(0x1B, 0x59, 0x9A),
        Tone::Good => Ink(0x1A, 0x66, 0x3A),
        Tone::Neutral => Ink(0x4A, 0x52, 0x5E),
    }
}

/// Ground behind a callout of a tone.
pub(super) fn ground_of(tone: Tone) -> Ink {
    match tone {
        Tone::Critical => Ink(0xFC, 0xF1, 0xF1),
        Tone::Major => Ink(0xFD, 0xF3, 0xEB),
        Tone::Minor => Ink(0xFB, 0xF6, 0xE4),
        Tone::Info => Ink(0xEF, 0xF5, 0xFB),
        Tone::Good => Ink(0xEE, 0xF7, 0xF1),
        Tone::Neutral => Ink(0xF3, 0xF4, 0xF6),
    }
}

/// A font size with its line height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Type {
    pub(super) size: f32,
    pub(super) leading: f32,
}

pub(super) const BODY: Type = Type { size: 9.5, leading: 14.0 };
pub(super) const CELL: Type = Type { size: 8.5, leading: 12.0 };
pub(super) const SMALL: Type = Type { size: 8.0, leading: 11.0 };
pub(super) const CODE: Type = Type { size: 7.75, leading: 12.0 };
pub(super) const HEADINGS: [Type; 3] =
    [Type { size: 16.0, leading: 21.0 }, Type { size: 12.0, leading: 16.0 }, Type { size: 10.0, leading: 14.0 }];
pub(super) const COVER_TITLE: Type = Type { size: 25.0, leading: 32.0 };
pub(super) const COVER_VERDICT: Type = Type { size: 16.0, leading: 24.0 };
/// Monospace letters look larger than the text around them; this evens them out.
pub(super) const MONO_SCALE: f32 = 0.91;

/// Width and height of paper.
fn size_of(paper: Paper) -> (f32, f32) {
    match paper {
        Paper::A4 => (595.28, 841.89),
        Paper::Letter => (612.0, 792.0),
        Paper::A6 => (mm(105.0), mm(148.0)),
    }
}

/// Millimetres in points.
pub(super) fn mm(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// A page: its size, its margins and the type that is set on it. All lengths in points, heights from the top.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sheet {
    pub(super) page_width: f32,
    pub(super) page_height: f32,
    /// Left and right margin.
    pub(super) side: f32,
    /// Where content begins.
    pub(super) top: f32,
    /// Where content ends.
    pub(super) bottom: f32,
    /// Baseline of the page number.
    pub(super) footer: f32,
    /// By how much room between blocks is larger than on a report.
    pub(super) spacing: f32,
    /// By how much room inside of rows and boxes is smaller than elsewhere: where a page is set smaller.
    pub(super) tightness: f32,
    pub(super) body: Type,
    /// A code that is typed off the paper.
    pub(super) large: Type,
    pub(super) cell: Type,
    pub(super) small: Type,
    pub(super) code: Type,
    pub(super) headings: [Type; 3],
}

impl Sheet {
    /// A page of a report on paper of a size.
    pub(super) fn report(paper: Paper) -> Self {
        let (page_width, page_height) = size_of(paper);
        Self {
            page_width,
            page_height,
            side: SIDE,
            top: TOP,
            bottom: page_height - BOTTOM,
            footer: page_height - FOOTER,
            spacing: 1.0,
            tightness: 1.0,
            body: BODY,
            large: Type { size: 16.0, leading: 22.0 },
            cell: CELL,
            small: SMALL,
            code: CODE,
            headings: HEADINGS,
        }
    }

    /// The page of a layout where the printer holds `paper`; slips keep their own size.
    pub(super) fn of(layout: Layout, paper: Paper) -> Self {
        let report = Self::report(paper);
        let Layout::Handout { paper: asked, .. } = layout else { return report };
        let (page_width, page_height) = size_of(if asked == Paper::A6 { asked } else { paper });
        match asked {
            // Side margins of a business letter; type that is read at arm's length.
            Paper::A4 | Paper::Letter => Self {
                side: mm(25.0),
                top: mm(20.0),
                bottom: page_height - mm(20.0),
                footer: page_height - mm(12.0),
                body: Type { size: 10.5, leading: 15.0 },
                cell: Type { size: 9.5, leading: 13.5 },
                code: Type { size: 9.0, leading: 14.0 },
                ..report
            },
            Paper::A6 => Self {
                page_width,
                page_height,
                side: mm(8.0),
                top: mm(8.0),
                bottom: page_height - mm(8.0),
                footer: page_height - mm(4.0),
                spacing: 0.5,
                tightness: 1.0,
                body: Type { size: 7.5, leading: 10.0 },
                large: Type { size: 10.0, leading: 14.0 },
                cell: Type { size: 7.0, leading: 9.5 },
                small: Type { size: 6.0, leading: 8.0 },
                code: Type { size: 6.5, leading: 9.0 },
                headings: [
                    Type { size: 12.0, leading: 15.5 },
                    Type { size: 10.0, leading: 13.0 },
                    Type { size: 8.0, leading: 11.0 },
                ],
            },
        }
    }

    /// Width between the margins.
    pub(super) fn width(&self) -> f32 {
        self.page_width - 2.0 * self.side
    }

    /// Height of the content.
    pub(super) fn full(&self) -> f32 {
        self.bottom - self.top
    }

    /// The same page with smaller type and less room between blocks.
    pub(super) fn shrunk(self, percent: u16) -> Self {
        let by = f32::from(percent) / 100.0;
        let smaller = |kind: Type| Type { size: kind.size * by, leading: kind.leading * by };
        Self {
            spacing: self.spacing * by,
            tightness: self.tightness * by,
            body: smaller(self.body),
            large: smaller(self.large),
            cell: smaller(self.cell),
            small: smaller(self.small),
            code: smaller(self.code),
            headings: self.headings.map(smaller),
            ..self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(ink: Ink) -> f64 {
        let part = |value: u8| {
            let value = f64::from(value) / 255.0;
            if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(ink.0) + 0.7152 * part(ink.1) + 0.0722 * part(ink.2)
    }

    fn contrast(text: Ink, ground: Ink) -> f64 {
        (luminance(ground) + 0.05) / (luminance(text) + 0.05)
    }

    #[test]
    fn every_text_colour_passes_wcag_aa_on_its_ground() {
        for tone in Tone::ALL {
            assert!(contrast(ink_of(tone), WHITE) >= 4.5, "{tone:?} on white");
            assert!(contrast(ink_of(tone), ground_of(tone)) >= 4.5, "{tone:?} on its ground");
            assert!(contrast(BLACK, ground_of(tone)) >= 4.5, "text on the ground of {tone:?}");
        }
        assert!(contrast(GREY, WHITE) >= 4.5);
        assert!(contrast(BLACK, GROUND) >= 4.5);
        assert!(contrast(ACCENT, WHITE) >= 3.0, "bars are shapes, not text");
    }
}
