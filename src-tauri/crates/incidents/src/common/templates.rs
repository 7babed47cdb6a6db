//! `templates.toml`: the messages with placeholders. Filling is in [`crate::messages`].

use std::collections::BTreeMap;

use serde::Serialize;

use crate::fields::Fields;
use crate::placeholders;

/// One message template.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Template {
    /// Unique.
    pub id: String,
    /// For whom.
    pub audience: String,
    /// On which occasion.
    pub when: String,
    /// Codes of the runbooks it comes from.
    pub sources: Vec<String>,
    /// Every name that stands in subject or body.
    pub placeholders: Vec<String>,
    /// Those that may stay empty.
    pub optional: Vec<String>,
    /// Texts that are proposed.
    pub offered: BTreeMap<String, String>,
    /// True where it holds a credential or a receipt: kept in the outbox only, scrubbed when the election closes.
    pub secret: bool,
    /// Subject line.
    pub subject: String,
    /// Text.
    pub body: String,
}

impl Template {
    /// True where voters or the public are told.
    pub fn is_for_voters(&self) -> bool {
        is_for_voters(&self.audience)
    }

    /// True where it is a regular word to the response team, which starts the clock of the next update.
    pub fn is_update(&self) -> bool {
        matches!(self.audience.as_str(), "response team" | "any channel")
    }
}

/// True where an audience means voters, the public or the people concerned.
pub fn is_for_voters(audience: &str) -> bool {
    ["voter", "public", "people"].iter().any(|word| audience.contains(word))
}

pub(crate) fn read(root: &Fields<'_>) -> Vec<Template> {
    root.schema_1();
    let templates: Vec<Template> = root.tables("template").iter().map(read_template).collect();
    root.ids_once("template", &templates.iter().map(|template| template.id.clone()).collect::<Vec<_>>());
    templates
}

fn read_template(fields: &Fields<'_>) -> Template {
    let template = Template {
        id: fields.text("id"),
        audience: fields.text("audience"),
        when: fields.text("when"),
        sources: fields.texts("sources"),
        placeholders: fields.texts("placeholders"),
        optional: fields.optional_texts("optional"),
        offered: fields.text_map("offered"),
        secret: fields.optional_flag("secret"),
        subject: fields.text("subject"),
        body: fields.text("body"),
    };
    let found = placeholders::names(&format!("{}\n{}", template.subject, template.body));
    for reason in placeholders::disagreements(&template.placeholders, &found) {
        fields.problem("placeholders", reason, "list exactly the names that stand in subject and body");
    }
    for (key, names) in
        [("optional", template.optional.clone()), ("offered", template.offered.keys().cloned().collect())]
    {
        for name in names.iter().filter(|name| !template.placeholders.contains(name)) {
            fields.problem(key, format!("\"{name}\" is no placeholder of this template"), "correct or remove it");
        }
    }
    if template.subject.contains(['\n', '\r']) {
        fields.problem("subject", "the subject has several lines", "write it in one line");
    }
    template
}
