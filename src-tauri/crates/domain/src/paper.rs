//! A paper about incidents, ready to be laid out: sections in the order of a layout, each with texts, facts and tables.
//!
//! What is said is put together where incidents, evidence and ledger are known; how it looks is the business of reports.
//! Every text of a paper can be visited, so that nothing escapes a redaction.

use crate::ProcedureControl;

/// How heavy a statement is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weight {
    /// Must be seen first.
    Critical,
    /// Something is broken or missing.
    Major,
    /// Deserves a look.
    Minor,
    /// Explains.
    Info,
    /// As it should be.
    Good,
    /// Neither.
    #[default]
    Neutral,
}

/// A paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Paper {
    /// Id of its layout, `one-page`.
    pub id: String,
    /// What kind of paper it is.
    pub title: String,
    /// What it is about.
    pub heading: String,
    /// The state in one or two words.
    pub state: String,
    /// How heavy the state is.
    pub weight: Weight,
    /// The state in a sentence.
    pub sentence: String,
    /// What identifies it, below the heading; empty values are not printed.
    pub facts: Vec<(String, String)>,
    /// What stands before all sections.
    pub remarks: Vec<Remark>,
    /// The sections in order.
    pub sections: Vec<PaperSection>,
    /// Document control of the procedures behind it.
    pub control: ProcedureControl,
    /// What it was made from: heads of chains, digests, versions.
    pub made_from: Vec<(String, String)>,
    /// True where it must stand on one page.
    pub is_one_page: bool,
}

/// A statement that must not be missed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remark {
    /// How heavy.
    pub weight: Weight,
    /// In a line.
    pub title: String,
    /// The rest; may be empty.
    pub text: String,
}

/// A section of a paper.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperSection {
    /// Id in the layout.
    pub id: String,
    /// Heading.
    pub title: String,
    /// From top to bottom.
    pub parts: Vec<PaperPart>,
}

/// A part of a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PaperPart {
    /// A heading below that of the section.
    Heading(String),
    /// Text of people; lines stay lines.
    Text(String),
    /// Says that nothing was recorded.
    Nothing(String),
    /// Names with values; empty values are not printed.
    Facts(Vec<(String, String)>),
    /// Short sentences.
    Points(Vec<String>),
    /// Rows and columns.
    Table(PaperTable),
    /// A statement that must not be missed.
    Remark(Remark),
    /// A command that somebody types.
    Command(PaperCommand),
    /// Lengths to compare.
    Bars(PaperBars),
    /// Things to tick.
    Boxes(Vec<PaperBox>),
    /// Lines to write on, row by row.
    Lines(Vec<Vec<String>>),
    /// What follows begins on a new page.
    PageBreak,
}

/// Rows and columns. The CSV of the table has the same cells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperTable {
    /// Name of its CSV file, without ending.
    pub name: String,
    /// Printed above; may be empty.
    pub title: String,
    /// Left to right.
    pub columns: Vec<PaperColumn>,
    /// Top to bottom.
    pub rows: Vec<Vec<String>>,
    /// Printed where there is no row.
    pub empty: String,
    /// Printed below; may be empty.
    pub note: String,
    /// True where each row is printed as a block of its own, with the first cell as its heading: for many or long columns.
    pub is_cards: bool,
}

/// A column of a [`PaperTable`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperColumn {
    /// Heading.
    pub name: String,
    /// What its cells hold.
    pub kind: ColumnKind,
    /// Share of the width beside the others, in tenths.
    pub weight: u16,
}

/// What the cells of a column hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColumnKind {
    /// Words.
    #[default]
    Text,
    /// Numbers.
    Number,
    /// Ids and digests.
    Code,
}

/// A command that somebody types. The program runs none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperCommand {
    /// What it is for.
    pub title: String,
    /// What it does to the system, in a word.
    pub effect: String,
    /// True where it cannot be undone.
    pub is_destructive: bool,
    /// What to know before; may be empty.
    pub note: String,
    /// The text; values that are missing stand as `{{name}}`.
    pub text: String,
    /// True where it is a thing to do and no command line.
    pub is_note: bool,
    /// What is missing before it can be typed; may be empty.
    pub missing: String,
}

/// Lengths to compare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperBars {
    /// Printed above.
    pub title: String,
    /// From top to bottom.
    pub bars: Vec<PaperBar>,
    /// Printed below; may be empty.
    pub note: String,
}

/// One bar.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperBar {
    /// What it is.
    pub label: String,
    /// Its length.
    pub value: u64,
    /// Its length in words.
    pub shown: String,
    /// What it is compared with, on the same scale.
    pub target: Option<u64>,
    /// The end of its scale; the longest of all bars where absent.
    pub of: Option<u64>,
}

/// A thing to tick.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PaperBox {
    /// True where it is done.
    pub is_done: bool,
    /// What to do.
    pub text: String,
    /// Small print; may be empty.
    pub note: String,
}

impl Paper {
    /// The section of this id.
    pub fn section(&self, id: &str) -> Option<&PaperSection> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// Visits every text that is printed, headings of the layout and document control included, in the order of the page.
    pub fn visit_texts(&mut self, visit: &mut dyn FnMut(&mut String)) {
        let Self {
            id: _,
            title,
            heading,
            state,
            weight: _,
            sentence,
            facts,
            remarks,
            sections,
            control,
            made_from,
            is_one_page: _,
        } = self;
        for text in [title, heading, state, sentence] {
            visit(text);
        }
        pairs(facts, visit);
        for remark in remarks {
            remark.visit_texts(visit);
        }
        for section in sections {
            let PaperSection { id: _, title, parts } = section;
            visit(title);
            for part in parts {
                part.visit_texts(visit);
            }
        }
        let ProcedureControl {
            title,
            version: _,
            status: _,
            owner,
            classification,
            is_draft: _,
            is_overdue: _,
            next_review_on: _,
            marks,
        } = control;
        for text in [title, owner, classification].into_iter().chain(marks) {
            visit(text);
        }
        pairs(made_from, visit);
    }
}

fn pairs(pairs: &mut [(String, String)], visit: &mut dyn FnMut(&mut String)) {
    for (name, value) in pairs {
        visit(name);
        visit(value);
    }
}

impl Remark {
    fn visit_texts(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.title);
        visit(&mut self.text);
    }
}

impl PaperPart {
    fn visit_texts(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Heading(text) | Self::Text(text) | Self::Nothing(text) => visit(text),
            Self::Facts(facts) => pairs(facts, visit),
            Self::Points(points) => points.iter_mut().for_each(visit),
            Self::Table(table) => {
                let PaperTable { name: _, title, columns, rows, empty, note, is_cards: _ } = table;
                visit(title);
                columns.iter_mut().for_each(|column| visit(&mut column.name));
                rows.iter_mut().flatten().for_each(&mut *visit);
                visit(empty);
                visit(note);
            }
            Self::Remark(remark) => remark.visit_texts(visit),
            Self::Command(command) => {
                let PaperCommand { title, effect, is_destructive: _, note, text, is_note: _, missing } = command;
                for text in [title, effect, note, text, missing] {
                    visit(text);
                }
            }
            Self::Bars(bars) => {
                let PaperBars { title, bars, note } = bars;
                visit(title);
                for bar in bars {
                    let PaperBar { label, value: _, shown, target: _, of: _ } = bar;
                    visit(label);
                    visit(shown);
                }
                visit(note);
            }
            Self::Boxes(boxes) => {
                for one in boxes {
                    let PaperBox { is_done: _, text, note } = one;
                    visit(text);
                    visit(note);
                }
            }
            Self::Lines(rows) => rows.iter_mut().flatten().for_each(visit),
            Self::PageBreak => {}
        }
    }
}
