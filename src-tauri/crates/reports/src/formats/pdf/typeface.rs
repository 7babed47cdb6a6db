//! The bundled fonts: which characters they draw and how wide these are.

use std::sync::OnceLock;

use printpdf::{FontId, ParsedFont, PdfDocument, PdfFont, PdfFontHandle};

use super::theme::MONO_SCALE;
use crate::Error;

/// One of the bundled fonts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Face {
    Sans,
    Bold,
    Mono,
}

impl Face {
    const ALL: [Self; 3] = [Self::Sans, Self::Bold, Self::Mono];

    fn index(self) -> usize {
        match self {
            Self::Sans => 0,
            Self::Bold => 1,
            Self::Mono => 2,
        }
    }

    fn file(self) -> (&'static str, &'static [u8]) {
        match self {
            Self::Sans => ("NotoSans-Regular.ttf", include_bytes!("../../../fonts/NotoSans-Regular.ttf")),
            Self::Bold => ("NotoSans-Bold.ttf", include_bytes!("../../../fonts/NotoSans-Bold.ttf")),
            Self::Mono => ("NotoSansMono-Regular.ttf", include_bytes!("../../../fonts/NotoSansMono-Regular.ttf")),
        }
    }

    /// Name of the font in the file. Its first six letters become the subset tag, which must be capitals.
    fn id(self) -> FontId {
        let name = match self {
            Self::Sans => "SCRSAN",
            Self::Bold => "SCRBLD",
            Self::Mono => "SCRMON",
        };
        FontId(name.to_owned())
    }

    /// How drawing operators name the font.
    pub(super) fn handle(self) -> PdfFontHandle {
        PdfFontHandle::External(self.id())
    }
}

/// Stands for "cannot be drawn" in the width tables; no glyph is that wide.
const MISSING: u16 = u16::MAX;
/// The width tables cover the Basic Multilingual Plane; the fonts hold nothing of use beyond it.
const TABLE_LEN: usize = 0x1_0000;

/// The fonts, parsed once.
pub(super) struct Faces {
    parsed: [ParsedFont; 3],
    /// Advance of each character in thousandths of the font size.
    advances: [Vec<u16>; 3],
}

/// The bundled fonts.
///
/// # Errors
/// [`Error::Font`] where a font inside the program is damaged.
pub(super) fn faces() -> Result<&'static Faces, Error> {
    static FACES: OnceLock<Result<Faces, &'static str>> = OnceLock::new();
    FACES.get_or_init(Faces::load).as_ref().map_err(|name| Error::Font { name })
}

impl Faces {
    fn load() -> Result<Self, &'static str> {
        let parse = |face: Face| {
            let (name, bytes) = face.file();
            ParsedFont::from_bytes(bytes, 0, &mut Vec::new()).ok_or(name)
        };
        let parsed = [parse(Face::Sans)?, parse(Face::Bold)?, parse(Face::Mono)?];
        let advances = [0, 1, 2].map(|at: usize| advance_table(&parsed[at]));
        Ok(Self { parsed, advances })
    }

    /// Makes the fonts known to a PDF; those that no page uses are left out of the file.
    pub(super) fn register(&self, pdf: &mut PdfDocument) {
        for face in Face::ALL {
            pdf.resources.fonts.map.insert(face.id(), PdfFont::new(self.parsed[face.index()].clone()));
        }
    }

    /// Advance of a character in thousandths of the font size; `None` where the font cannot show it.
    fn advance(&self, face: Face, c: char) -> Option<u16> {
        let code = usize::try_from(u32::from(c)).ok()?;
        self.advances[face.index()].get(code).copied().filter(|advance| *advance != MISSING)
    }

    /// Hands out how a character is drawn: as it is, from another face, or as its code point.
    pub(super) fn show(&self, face: Face, c: char, mut draw: impl FnMut(Face, char, u16)) {
        if let Some(advance) = self.advance(face, c) {
            return draw(face, c, advance);
        }
        // The monospace holds arrows and mathematical signs that the sans lacks.
        if let Some(advance) = self.advance(Face::Mono, c) {
            return draw(Face::Mono, c, advance);
        }
        for shown in format!("[U+{:04X}]", u32::from(c)).chars() {
            draw(Face::Mono, shown, self.advance(Face::Mono, shown).unwrap_or(0));
        }
    }

    /// Width of a text set in one line.
    pub(super) fn width(&self, face: Face, size: f32, text: &str) -> f32 {
        let mut width = 0.0;
        for c in text.chars() {
            self.show(face, c, |drawn, _, advance| width += points(advance, fitted(face, drawn, size)));
        }
        width
    }
}

/// Thousandths of a font size in points.
pub(super) fn points(advance: u16, size: f32) -> f32 {
    f32::from(advance) * size / 1000.0
}

/// Size of a character that is `drawn` in another face than the `asked` one.
pub(super) fn fitted(asked: Face, drawn: Face, size: f32) -> f32 {
    if drawn == Face::Mono && asked != Face::Mono { size * MONO_SCALE } else { size }
}

fn advance_table(font: &ParsedFont) -> Vec<u16> {
    let units = u32::from(font.pdf_font_metrics.units_per_em).max(1);
    (0..TABLE_LEN)
        .map(|code| {
            let Some(c) = u32::try_from(code).ok().and_then(char::from_u32).filter(|c| has_shape(*c)) else {
                return MISSING;
            };
            let Some(glyph) = font.lookup_glyph_index(u32::from(c)).filter(|glyph| *glyph != 0) else {
                return MISSING;
            };
            // Rounded down like the widths that are written to the file, so both agree on where a line ends.
            let advance = u32::from(font.get_horizontal_advance(glyph)) * 1000 / units;
            u16::try_from(advance).unwrap_or(MISSING)
        })
        .collect()
}

/// False for characters that would print as nothing. Fonts hold empty glyphs for many of them, and a name with a
/// hidden direction mark must not look like the name without it.
fn has_shape(c: char) -> bool {
    !c.is_control()
        && !matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{115F}'..='\u{1160}'
                | '\u{17B4}'..='\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
        )
}

/// True for marks that sit on the letter before them.
pub(super) fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20F0}' | '\u{2DE0}'..='\u{2DFF}' | '\u{A66F}'..='\u{A67D}' | '\u{FE20}'..='\u{FE2F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(face: Face, text: &str) -> String {
        let mut out = String::new();
        for c in text.chars() {
            faces().unwrap().show(face, c, |_, c, _| out.push(c));
        }
        out
    }

    #[test]
    fn latin_greek_and_cyrillic_are_drawn_in_every_face() {
        let text = "Ångström Čeština Łódź Ελλάδα ΐΰώ Україна Ёжик ß € – “quoted” № 0123456789";
        for face in Face::ALL {
            assert_eq!(shown(face, text), text, "{face:?}");
        }
    }

    #[test]
    fn digits_have_equal_widths() {
        for face in Face::ALL {
            let width = faces().unwrap().width(face, 10.0, "0");
            for digit in "123456789".chars() {
                assert_eq!(faces().unwrap().width(face, 10.0, &digit.to_string()), width, "{face:?} {digit}");
            }
        }
    }

    #[test]
    fn a_character_without_glyph_or_shape_shows_its_code_point() {
        assert_eq!(shown(Face::Sans, "א"), "[U+05D0]");
        assert_eq!(shown(Face::Sans, "a\u{202E}b\u{200B}\0"), "a[U+202E]b[U+200B][U+0000]");
        assert_eq!(shown(Face::Bold, "😀"), "[U+1F600]");
    }
}
