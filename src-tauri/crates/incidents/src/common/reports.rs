//! `reports.toml`: which sections a printed report has and where each comes from.

use serde::Serialize;

use crate::fields::Fields;

/// Layout of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

pub(crate) fn read(root: &Fields<'_>) -> Vec<ReportLayout> {
    root.schema_1();
    let mut layouts = Vec::new();
    for fields in root.tables("report") {
        let sections: Vec<ReportSection> = fields
            .tables("section")
            .iter()
            .map(|section| ReportSection {
                id: section.text("id"),
                title: section.text("title"),
                source: section.word("source", SectionSource::ALL, SectionSource::word).unwrap_or(SectionSource::Text),
                fields: section.optional_texts("fields"),
            })
            .collect();
        if sections.is_empty() {
            fields.problem("section", "the report has no section", "add at least one");
        }
        fields.ids_once("section", &sections.iter().map(|section| section.id.clone()).collect::<Vec<_>>());
        layouts.push(ReportLayout {
            id: fields.text("id"),
            title: fields.text("title"),
            sources: fields.texts("sources"),
            sections,
        });
    }
    root.ids_once("report", &layouts.iter().map(|layout| layout.id.clone()).collect::<Vec<_>>());
    layouts
}
