//! The document model: what a report says, without a word about how it looks.
//!
//! A document is a plain value. Building one needs no file, clock or font, so its content is tested as text with
//! [`Document::to_text`]. Formats (`crate::formats`) turn it into bytes and know nothing about elections; the
//! documents themselves (`crate::documents`) know nothing about pages.

mod handout;
mod ledger_code;

use sha2::{Digest, Sha256};

pub use handout::{BoxItem, BoxMark, Layout, Paper, Placed, PlacedContent, QrBlock};

/// Weight of a statement. Printed as colour, shape and word together, never as colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Contradicts a claim about the result or the record.
    Critical,
    /// Leaves a claim unproved or a rule broken.
    Major,
    /// Deserves an explanation.
    Minor,
    /// Explains.
    Info,
    /// A claim held.
    Good,
    /// Says nothing for or against, such as "cannot tell".
    Neutral,
}

impl Tone {
    /// All tones, worst first.
    pub const ALL: [Self; 6] = [Self::Critical, Self::Major, Self::Minor, Self::Info, Self::Good, Self::Neutral];
}

impl From<domain::Severity> for Tone {
    fn from(severity: domain::Severity) -> Self {
        match severity {
            domain::Severity::Critical => Self::Critical,
            domain::Severity::Major => Self::Major,
            domain::Severity::Minor => Self::Minor,
            domain::Severity::Info => Self::Info,
        }
    }
}

/// Words that formats add on their own. They travel with the document, so a format needs no language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labels {
    /// Page number line; `{page}` and `{pages}` are filled in.
    pub page_of: String,
    /// Follows the title of a table that goes on on another page.
    pub continued: String,
    /// Heads the list of sections.
    pub contents: String,
    /// Stands in a table without rows.
    pub no_rows: String,
    /// Precedes [`Document::footer_id`].
    pub document_id: String,
    /// Word for [`Tone::Critical`].
    pub critical: String,
    /// Word for [`Tone::Major`].
    pub major: String,
    /// Word for [`Tone::Minor`].
    pub minor: String,
    /// Word for [`Tone::Info`].
    pub info: String,
    /// Word for [`Tone::Good`].
    pub good: String,
    /// Word for [`Tone::Neutral`].
    pub neutral: String,
}

impl Labels {
    /// The word for a tone.
    pub fn tone(&self, tone: Tone) -> &str {
        match tone {
            Tone::Critical => &self.critical,
            Tone::Major => &self.major,
            Tone::Minor => &self.minor,
            Tone::Info => &self.info,
            Tone::Good => &self.good,
            Tone::Neutral => &self.neutral,
        }
    }
}

impl Default for Labels {
    /// English.
    fn default() -> Self {
        Self {
            page_of: "page {page} of {pages}".to_owned(),
            continued: "continued".to_owned(),
            contents: "Contents".to_owned(),
            no_rows: "No rows.".to_owned(),
            document_id: "Document".to_owned(),
            critical: "Critical".to_owned(),
            major: "Major".to_owned(),
            minor: "Minor".to_owned(),
            info: "Info".to_owned(),
            good: "Good".to_owned(),
            neutral: "Neutral".to_owned(),
        }
    }
}

/// A finished report, ready for any format.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Printed at the head of every page and in the file's metadata.
    pub title: String,
    /// Second line of the cover; may be empty.
    pub subtitle: String,
    /// BCP 47 tag of the text, `en`, `de`, `el`.
    pub language: String,
    /// What stands on every page.
    pub layout: Layout,
    /// First page of a report.
    pub cover: Cover,
    /// A code on the cover, below its facts; see [`Document::carry_ledger_head`].
    pub code: Option<QrBlock>,
    /// Content in reading order.
    pub blocks: Vec<Block>,
    /// Short text that names this document on every page, such as the first digits of a digest; may be empty.
    pub footer_id: String,
    /// Word that is printed large and pale across every page, such as "Specimen"; may be empty.
    pub watermark: String,
    /// Words the formats add.
    pub labels: Labels,
}

/// What the first page answers at a glance.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    /// Large heading; usually the document's title or the election's name.
    pub title: String,
    /// The answer in one sentence.
    pub verdict: String,
    /// The answer in one or two words, as a badge.
    pub verdict_word: String,
    /// Colour and shape of the badge.
    pub tone: Tone,
    /// Facts that identify what was examined.
    pub facts: Vec<(String, String)>,
    /// Whether the content begins on a page of its own.
    pub is_own_page: bool,
}

/// A piece of text in one style.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The text.
    pub text: String,
    /// How it stands out.
    pub style: SpanStyle,
}

/// How a [`Span`] stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpanStyle {
    /// Running text.
    Plain,
    /// Bold.
    Strong,
    /// Monospace: ids, digests, file names, field names.
    Code,
    /// Large monospace: a code that is typed off the paper.
    LargeCode,
}

impl Span {
    /// Running text.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: SpanStyle::Plain }
    }

    /// Bold text.
    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: SpanStyle::Strong }
    }

    /// Large monospace text.
    pub fn large_code(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: SpanStyle::LargeCode }
    }

    /// Monospace text.
    pub fn code(text: impl Into<String>) -> Self {
        Self { text: text.into(), style: SpanStyle::Code }
    }
}

impl From<&str> for Span {
    fn from(text: &str) -> Self {
        Self::plain(text)
    }
}

impl From<String> for Span {
    fn from(text: String) -> Self {
        Self::plain(text)
    }
}

/// One unit of content.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A heading; level 1 also becomes a bookmark.
    Heading {
        /// 1 to 3; anything larger looks like 3.
        level: u8,
        /// The text.
        text: String,
    },
    /// Running text. `\n` begins a new line.
    Paragraph(Vec<Span>),
    /// Short items, each with a bullet.
    Bullets(Vec<Vec<Span>>),
    /// Names and values, one pair a line. A value that is one long hexadecimal word is set in monospace.
    KeyValues(Vec<(String, String)>),
    /// Rows and columns.
    Table(Table),
    /// Text whose spaces and line ends matter, in monospace.
    CodeLines(Vec<String>),
    /// A statement that must not be missed.
    Callout {
        /// Weight.
        tone: Tone,
        /// What was observed, in a line.
        title: String,
        /// The rest; may be empty. `\n` begins a new paragraph.
        text: String,
    },
    /// Counts over time.
    Timeline(Timeline),
    /// Lengths side by side.
    Bars(Bars),
    /// A QR code.
    Qr(QrBlock),
    /// Lines with a box in front.
    Boxes(Vec<BoxItem>),
    /// Lines to write on, from top to bottom; each row from left to right with what belongs on its lines.
    WritingLines(Vec<Vec<String>>),
    /// Something at a fixed place of the page.
    Placed(Placed),
    /// What follows begins at least that far from the top of the page.
    Below {
        /// Millimetres.
        millimetres: f32,
    },
    /// A bookmark that leads to what follows, where no heading does.
    Bookmark(String),
    /// Stands on one page alone, set smaller down to six tenths where it must; what does not fit then goes on on a second
    /// one.
    OnePage(Vec<Block>),
    /// What follows begins on a new page.
    PageBreak,
}

impl Block {
    /// A heading.
    pub fn heading(level: u8, text: impl Into<String>) -> Self {
        Self::Heading { level, text: text.into() }
    }

    /// A paragraph in one style.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(vec![Span::plain(text)])
    }

    /// A callout.
    pub fn callout(tone: Tone, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self::Callout { tone, title: title.into(), text: text.into() }
    }
}

/// Rows and columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// Printed above; may be empty.
    pub title: String,
    /// Left to right.
    pub columns: Vec<Column>,
    /// Top to bottom. A short row ends in empty cells; cells beyond the last column are added to it, not dropped.
    pub rows: Vec<Vec<String>>,
    /// Printed below, in small type; may be empty.
    pub note: String,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Header cell.
    pub header: String,
    /// How its cells are set.
    pub align: Align,
    /// Share of the width this column may claim beside the others; a column never takes more than its content needs
    /// while another one is short of room.
    pub weight: f32,
}

impl Column {
    /// Text, flush left.
    pub fn left(header: impl Into<String>, weight: f32) -> Self {
        Self { header: header.into(), align: Align::Left, weight }
    }

    /// Numbers, flush right.
    pub fn right(header: impl Into<String>, weight: f32) -> Self {
        Self { header: header.into(), align: Align::Right, weight }
    }

    /// Ids and digests, monospace.
    pub fn mono(header: impl Into<String>, weight: f32) -> Self {
        Self { header: header.into(), align: Align::Mono, weight }
    }
}

/// How the cells of a column are set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Align {
    /// Flush left.
    Left,
    /// Flush right; digits have equal widths, so places stand under one another.
    Right,
    /// Flush left in monospace.
    Mono,
}

/// Counts per time bucket with marked events.
///
/// Labels are ready-made texts: the document knows the election's time zone, a format does not. The numbers behind
/// the chart belong in a [`Table`] beside it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// Printed above, with the unit: "Votes recorded per hour".
    pub title: String,
    /// Equal steps of time, in order, none left out.
    pub buckets: Vec<Bucket>,
    /// Marked moments; any order.
    pub events: Vec<TimelineEvent>,
    /// Printed below, in small type; may be empty.
    pub note: String,
}

/// One step of a [`Timeline`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Start of the step, `14:00`.
    pub label: String,
    /// Things counted in it.
    pub count: u64,
}

/// A marked moment of a [`Timeline`].
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEvent {
    /// Position counted in buckets: 2.5 is the middle of the third one. Clamped to the chart.
    pub at: f32,
    /// When, in full.
    pub time: String,
    /// What happened, in a few words.
    pub label: String,
    /// Colour and shape of the marker.
    pub tone: Tone,
}

/// Lengths side by side, each named and told in words. The numbers belong in a [`Table`] as well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// Printed above; may be empty.
    pub title: String,
    /// From top to bottom.
    pub bars: Vec<Bar>,
    /// Printed below, in small type; may be empty.
    pub note: String,
}

/// One bar of [`Bars`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    /// What it is.
    pub label: String,
    /// Its length.
    pub value: u64,
    /// Its length in words.
    pub shown: String,
    /// Marked by a line across the bar, on the same scale.
    pub target: Option<u64>,
    /// End of the scale; the longest of all bars and targets where absent.
    pub of: Option<u64>,
}

impl Document {
    /// An English document without content.
    pub fn new(title: impl Into<String>, cover: Cover) -> Self {
        Self {
            title: title.into(),
            subtitle: String::new(),
            language: "en".to_owned(),
            layout: Layout::Report,
            cover,
            code: None,
            blocks: Vec::new(),
            footer_id: String::new(),
            watermark: String::new(),
            labels: Labels::default(),
        }
    }

    /// An English hand-out without content.
    pub fn handout(title: impl Into<String>, paper: Paper, is_numbered: bool) -> Self {
        let cover = Cover {
            title: String::new(),
            verdict: String::new(),
            verdict_word: String::new(),
            tone: Tone::Neutral,
            facts: Vec::new(),
            is_own_page: false,
        };
        Self { layout: Layout::Handout { paper, is_numbered }, ..Self::new(title, cover) }
    }

    /// SHA-256 of [`Document::to_text`]; the footer id is left out, so the id can be made of it.
    pub fn text_digest(&self) -> [u8; 32] {
        Sha256::digest(self.to_text().as_bytes()).into()
    }

    /// Sets the footer id to the first 16 hexadecimal digits of [`Document::text_digest`], in groups of four.
    pub fn stamp_footer_id(&mut self) {
        let mut id = String::with_capacity(19);
        for (place, byte) in self.text_digest().iter().take(8).enumerate() {
            if place > 0 && place % 2 == 0 {
                id.push(' ');
            }
            id.push_str(&format!("{byte:02x}"));
        }
        self.footer_id = id;
    }

    /// The content as plain text, one line per fact: for golden tests and for digests.
    ///
    /// Cells are separated by ` | `. Line ends inside a cell are shown as `⏎`, so every row stays one line.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            out.push_str(text);
            out.push('\n');
        };
        line(&format!("title: {}", self.title));
        line(&format!("subtitle: {}", self.subtitle));
        line(&format!("language: {}", self.language));
        if !self.watermark.is_empty() {
            line(&format!("across every page: {}", self.watermark));
        }
        match self.layout {
            Layout::Report => self.cover_text(&mut line),
            Layout::Handout { paper, .. } => line(&format!("paper: {paper:?}")),
        }
        for block in &self.blocks {
            line("");
            self.block_text(block, &mut line);
        }
        out
    }

    fn cover_text(&self, line: &mut impl FnMut(&str)) {
        line("");
        line(&format!("[{}] {}", self.labels.tone(self.cover.tone), self.cover.verdict_word));
        line(&format!("# {}", self.cover.title));
        line(&self.cover.verdict);
        for (name, value) in &self.cover.facts {
            line(&format!("{}: {}", one_line(name), one_line(value)));
        }
        if let Some(code) = &self.code {
            line(&code.to_text());
        }
    }

    fn block_text(&self, block: &Block, line: &mut impl FnMut(&str)) {
        match block {
            Block::Heading { level, text } => {
                line(&format!("{} {}", "#".repeat(usize::from((*level).clamp(1, 3)) + 1), one_line(text)));
            }
            Block::Paragraph(spans) => line(&spans_text(spans)),
            Block::Bullets(items) => {
                for item in items {
                    line(&format!("- {}", spans_text(item)));
                }
            }
            Block::KeyValues(pairs) => {
                for (name, value) in pairs {
                    line(&format!("{}: {}", one_line(name), one_line(value)));
                }
            }
            Block::Table(table) => {
                line(&format!("table: {}", table.title));
                line(&join_cells(table.columns.iter().map(|column| column.header.as_str())));
                for row in &table.rows {
                    line(&join_cells(row.iter().map(String::as_str)));
                }
                if table.rows.is_empty() {
                    line(&self.labels.no_rows);
                }
                if !table.note.is_empty() {
                    line(&format!("note: {}", table.note));
                }
            }
            Block::CodeLines(lines) => {
                for code in lines {
                    line(&format!("    {code}"));
                }
            }
            Block::Callout { tone, title, text } => {
                line(&format!("[{}] {title}", self.labels.tone(*tone)));
                if !text.is_empty() {
                    line(text);
                }
            }
            Block::Timeline(timeline) => {
                line(&format!("timeline: {}", timeline.title));
                for bucket in &timeline.buckets {
                    line(&format!("{} | {}", one_line(&bucket.label), bucket.count));
                }
                for event in &timeline.events {
                    let tone = self.labels.tone(event.tone);
                    line(&format!(
                        "event at {}: {} | [{tone}] {}",
                        event.at,
                        one_line(&event.time),
                        one_line(&event.label)
                    ));
                }
                if !timeline.note.is_empty() {
                    line(&format!("note: {}", timeline.note));
                }
            }
            Block::Bars(bars) => {
                line(&format!("bars: {}", bars.title));
                for bar in &bars.bars {
                    line(&format!("{} | {}", one_line(&bar.label), one_line(&bar.shown)));
                }
                if !bars.note.is_empty() {
                    line(&format!("note: {}", bars.note));
                }
            }
            Block::Qr(code) => line(&code.to_text()),
            Block::Boxes(boxes) => boxes.iter().for_each(|item| line(&item.to_text())),
            Block::WritingLines(rows) => {
                for row in rows {
                    let captions: Vec<String> = row.iter().map(|caption| format!("________ {caption}")).collect();
                    line(&join_cells(captions.iter().map(String::as_str)));
                }
            }
            Block::Placed(placed) => line(&placed.to_text()),
            Block::Below { millimetres } => line(&format!("below {millimetres} mm")),
            Block::Bookmark(title) => line(&format!("bookmark: {}", one_line(title))),
            Block::OnePage(blocks) => {
                line("---- one page");
                for block in blocks {
                    self.block_text(block, line);
                }
            }
            Block::PageBreak => line("----"),
        }
    }
}

fn spans_text(spans: &[Span]) -> String {
    let mut out = String::new();
    for span in spans {
        match span.style {
            SpanStyle::Plain => out.push_str(&span.text),
            SpanStyle::Strong => out.push_str(&format!("*{}*", span.text)),
            SpanStyle::Code | SpanStyle::LargeCode => out.push_str(&format!("`{}`", span.text)),
        }
    }
    out
}

fn join_cells<'a>(cells: impl Iterator<Item = &'a str>) -> String {
    cells.map(one_line).collect::<Vec<_>>().join(" | ")
}

fn one_line(text: &str) -> String {
    text.replace('\n', "⏎")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Document {
        let cover = Cover {
            title: "Board election".to_owned(),
            verdict: "Every figure follows from the export.".to_owned(),
            verdict_word: "Consistent".to_owned(),
            tone: Tone::Good,
            facts: vec![("Votes".to_owned(), "12".to_owned())],
            is_own_page: true,
        };
        let mut document = Document::new("Audit report", cover);
        document.blocks.push(Block::heading(1, "Claims"));
        document.blocks.push(Block::Paragraph(vec![Span::plain("See "), Span::code("votes.csv"), Span::plain(".")]));
        document.blocks.push(Block::Table(Table {
            title: "Totals".to_owned(),
            columns: vec![Column::left("Name", 2.0), Column::right("Votes", 1.0)],
            rows: vec![vec!["Blue\nlist".to_owned(), "7".to_owned()]],
            note: String::new(),
        }));
        document
    }

    #[test]
    fn text_shows_every_part_in_reading_order() {
        assert_eq!(
            document().to_text(),
            "title: Audit report\nsubtitle: \nlanguage: en\n\n[Good] Consistent\n# Board election\n\
             Every figure follows from the export.\nVotes: 12\n\n## Claims\n\nSee `votes.csv`.\n\n\
             table: Totals\nName | Votes\nBlue⏎list | 7\n"
        );
    }

    #[test]
    fn footer_id_depends_on_the_content_and_not_on_itself() {
        let mut first = document();
        first.stamp_footer_id();
        let before = first.footer_id.clone();
        first.stamp_footer_id();
        assert_eq!(first.footer_id, before, "the id is not part of what it names");
        first.blocks.push(Block::paragraph("More."));
        first.stamp_footer_id();
        assert_ne!(first.footer_id, before);
    }
}
