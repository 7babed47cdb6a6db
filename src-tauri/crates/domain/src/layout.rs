//! How printed incident reports are laid out, and what document control says about the procedures behind them.

use serde::{Deserialize, Serialize};

use crate::Instant;

/// Layout of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLayout {
    /// Unique.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Codes of the runbooks it comes from.
    pub sources: Vec<String>,
    /// The sections in order.
    pub sections: Vec<ReportSection>,
}

impl ReportLayout {
    /// The section of this id.
    pub fn section(&self, id: &str) -> Option<&ReportSection> {
        self.sections.iter().find(|section| section.id == id)
    }
}

/// Where a section comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionSource {
    /// Filled by the program.
    Auto,
    /// Written by staff.
    Text,
    /// A table of records.
    Table,
}

impl SectionSource {
    /// All of them.
    pub const ALL: &'static [SectionSource] = &[Self::Auto, Self::Text, Self::Table];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Text => "text",
            Self::Table => "table",
        }
    }
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportSection {
    /// Unique in the report.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Where it comes from.
    pub source: SectionSource,
    /// What it tells: columns of a table, or points of a text.
    pub fields: Vec<String>,
}

/// What document control says about the procedure set on a day, as reports print it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcedureControl {
    /// Name of the set.
    pub title: String,
    /// Version of the set.
    pub version: String,
    /// `draft`, `approved` or `withdrawn`.
    pub status: String,
    /// Who answers for it.
    pub owner: String,
    /// For whose eyes.
    pub classification: String,
    /// True unless the set is approved: print it as a draft.
    pub is_draft: bool,
    /// True where the day of the next review is past.
    pub is_overdue: bool,
    /// The day of the next review, midnight UTC; `None` where neither it nor the last change is known.
    pub next_review_on: Option<Instant>,
    /// One sentence for each mark.
    pub marks: Vec<String>,
}
