//! `checklists.toml`: lists that every incident uses.

use domain::incident::{IncidentSeverity, ResponsePhase};
use serde::Serialize;

use crate::fields::Fields;
use crate::playbook::Due;

/// The list of the first five minutes.
pub const FIRST_LOOK: &str = "initial-assessment";

/// One list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// Unique.
    pub id: String,
    /// Heading.
    pub title: String,
    /// Codes of the runbooks it comes from.
    pub sources: Vec<String>,
    /// True where the items follow one another.
    pub order_matters: bool,
    /// Severities it is for; empty for all.
    pub applies_to: Vec<IncidentSeverity>,
    /// The phase it belongs to.
    pub phase: Option<ResponsePhase>,
    /// The items.
    pub items: Vec<ChecklistItem>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChecklistItem {
    /// Unique in the list.
    pub id: String,
    /// What to do.
    pub text: String,
    /// True where it must be done.
    pub required: bool,
    /// Function that the program runs for it.
    pub auto: Option<String>,
    /// When it is due.
    pub due: Option<Due>,
    /// Commands to show.
    pub commands: Vec<String>,
}

pub(crate) fn read(root: &Fields<'_>) -> Vec<Checklist> {
    root.schema_1();
    let lists: Vec<Checklist> = root.tables("checklist").iter().map(read_list).collect();
    root.ids_once("checklist", &lists.iter().map(|list| list.id.clone()).collect::<Vec<_>>());
    lists
}

fn read_list(fields: &Fields<'_>) -> Checklist {
    let mut applies_to = Vec::new();
    for word in fields.optional_texts("applies_to") {
        match IncidentSeverity::from_word(&word) {
            Some(severity) => applies_to.push(severity),
            None => fields.problem(
                "applies_to",
                format!("\"{word}\" is no severity"),
                "write critical, high, medium or low",
            ),
        }
    }
    let items: Vec<ChecklistItem> = fields
        .tables("item")
        .iter()
        .map(|item| ChecklistItem {
            id: item.text("id"),
            text: item.text("text"),
            required: item.flag("required"),
            auto: item.optional_text("auto"),
            due: crate::playbook::read_due(item),
            commands: item.optional_texts("commands"),
        })
        .collect();
    if items.is_empty() {
        fields.problem("item", "the list is empty", "add at least one item");
    }
    fields.ids_once("item", &items.iter().map(|item| item.id.clone()).collect::<Vec<_>>());
    Checklist {
        id: fields.text("id"),
        title: fields.text("title"),
        sources: fields.texts("sources"),
        order_matters: fields.optional_flag("order_matters"),
        applies_to,
        phase: fields.optional_word("phase", ResponsePhase::ALL, ResponsePhase::word),
        items,
    }
}
