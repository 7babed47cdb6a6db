//! Sizes and colours. Everything stands on a grid of 6 pt, which is 8 px on screen.

use crate::Tone;

/// Colour as red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ink(pub(super) u8, pub(super) u8, pub(super) u8);

pub(super) const PAGE_WIDTH: f32 = 595.28;
pub(super) const PAGE_HEIGHT: f32 = 841.89;
/// Left and right margin.
pub(super) const SIDE: f32 = 54.0;
/// Width between the margins.
pub(super) const WIDTH: f32 = PAGE_WIDTH - 2.0 * SIDE;
/// Where content begins, from the top.
pub(super) const TOP: f32 = 78.0;
/// Where content ends, from the top.
pub(super) const BOTTOM: f32 = PAGE_HEIGHT - 72.0;
/// Baseline of the running title, from the top.
pub(super) const HEADER: f32 = 48.0;
/// Baseline of the page number, from the top.
pub(super) const FOOTER: f32 = PAGE_HEIGHT - 42.0;
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
