//! What papers need that are handed out, filled in or posted: fixed places, codes, boxes, lines to write on.

use crate::QrCode;
use crate::document::{Span, one_line, spans_text};

/// What stands on every page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// A whole sheet with cover, running title, page numbers.
    #[default]
    Report,
    /// Only what the blocks say; the cover is not printed.
    Handout {
        /// Size of the pages; a whole sheet is the one that is printed on, A4 or Letter.
        paper: Paper,
        /// Whether pages are numbered where there are several.
        is_numbered: bool,
    },
}

/// Size of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// 210 x 297 mm.
    #[default]
    A4,
    /// 8.5 x 11 inches.
    Letter,
    /// 105 x 148 mm.
    A6,
}

/// A QR code with text to its right.
#[derive(Clone, Debug, PartialEq)]
pub struct QrBlock {
    /// The code.
    pub code: QrCode,
    /// Side of the dark square in millimetres; its quiet zone is kept free around it.
    pub side_mm: f32,
    /// Beside the code. `\n` begins a new line.
    pub beside: Vec<Span>,
}

/// A line with a box in front.
#[derive(Clone, Debug, PartialEq)]
pub struct BoxItem {
    /// The box.
    pub mark: BoxMark,
    /// Text behind it; where there is none, a line to write on.
    pub text: Vec<Span>,
    /// Small print below; may be empty.
    pub note: String,
}

/// A box on paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoxMark {
    /// To be marked with a cross.
    Empty,
    /// Marked.
    Ticked,
    /// Wide enough for a number.
    Number,
}

/// Something at a fixed place of a page, in millimetres from its upper left corner. It takes no room from other blocks.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// Left edge.
    pub left_mm: f32,
    /// Upper edge.
    pub top_mm: f32,
    /// Width.
    pub width_mm: f32,
    /// Height.
    pub height_mm: f32,
    /// What stands there.
    pub content: PlacedContent,
}

/// What stands at a [`Placed`] place.
#[derive(Clone, Debug, PartialEq)]
pub enum PlacedContent {
    /// Text; set smaller where it would not fit the height.
    Text {
        /// The text; `\n` begins a new line.
        text: String,
        /// Wished size in points.
        size_pt: f32,
        /// Grey, such as a sender's address.
        is_quiet: bool,
    },
    /// A thin line along the upper edge.
    Rule,
}

impl QrBlock {
    pub(super) fn to_text(&self) -> String {
        let payload = match std::str::from_utf8(self.code.payload()) {
            Ok(text) => one_line(text),
            Err(_) => self.code.payload().iter().map(|byte| format!("{byte:02x}")).collect(),
        };
        format!("qr code of {} mm: {payload}\n{}", self.side_mm, spans_text(&self.beside)).trim_end().to_owned()
    }
}

impl BoxItem {
    pub(super) fn to_text(&self) -> String {
        let mark = match self.mark {
            BoxMark::Empty => "[ ]",
            BoxMark::Ticked => "[x]",
            BoxMark::Number => "[__]",
        };
        let text = if self.text.is_empty() { "________".to_owned() } else { spans_text(&self.text) };
        if self.note.is_empty() {
            format!("{mark} {text}")
        } else {
            format!("{mark} {text} / {}", one_line(&self.note))
        }
    }
}

impl Placed {
    pub(super) fn to_text(&self) -> String {
        let Self { left_mm, top_mm, width_mm, height_mm, content } = self;
        let content = match content {
            PlacedContent::Text { text, .. } => one_line(text),
            PlacedContent::Rule => "rule".to_owned(),
        };
        format!("at {left_mm}, {top_mm} mm, {width_mm} x {height_mm} mm: {content}")
    }
}
