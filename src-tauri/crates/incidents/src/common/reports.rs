//! `reports.toml`: which sections a printed report has and where each comes from.

pub use domain::layout::{ReportLayout, ReportSection, SectionSource};

use crate::fields::Fields;

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
