//! `contacts.toml`: roles with their duties, contacts with their place on the ladder, channels, outside services.

use domain::incident::IncidentSeverity;
use serde::Serialize;

use crate::fields::Fields;
use crate::placeholders;

/// Everything of `contacts.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Contacts {
    /// Roles in an incident.
    pub roles: Vec<Role>,
    /// Whom to call.
    pub contacts: Vec<Contact>,
    /// Where to write.
    pub channels: Vec<Channel>,
    /// Services outside.
    pub services: Vec<Service>,
}

/// A role in an incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Role {
    /// Unique.
    pub id: String,
    /// Shown.
    pub title: String,
    /// What the person does.
    pub duties: Vec<String>,
    /// From which severity on somebody must hold it.
    pub required_from: Option<IncidentSeverity>,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Contact {
    /// Unique.
    pub id: String,
    /// What the person is.
    pub role: String,
    /// Name of the person; empty until the office fills it in.
    pub name: String,
    /// Place on the escalation ladder, from 1.
    pub ladder_level: Option<u32>,
    /// Telephone number; may be empty.
    pub phone: String,
    /// Mail address; may be empty.
    pub email: String,
    /// When to call.
    pub when: String,
    /// Command that calls.
    pub command: Option<String>,
    /// True while the values are the shipped examples.
    pub example: bool,
}

/// Where to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Unique.
    pub id: String,
    /// Name; may hold `{{declared_date}}` and `{{declared_hhmm}}`.
    pub name: String,
    /// What for.
    pub purpose: String,
}

/// A service outside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Unique.
    pub id: String,
    /// Shown.
    pub name: String,
    /// Address.
    pub address: String,
    /// True while the address is the shipped example.
    pub example: bool,
}

impl Contacts {
    /// One sentence for each entry that still holds shipped example values.
    pub fn warnings(&self) -> Vec<String> {
        let contacts = self.contacts.iter().filter(|contact| contact.example).map(|contact| {
            format!("The contact \"{}\" still holds example values; fill in the office's own", contact.role)
        });
        let services = self.services.iter().filter(|service| service.example).map(|service| {
            format!("The service \"{}\" still holds an example address; fill in the office's own", service.name)
        });
        contacts.chain(services).collect()
    }

    /// The ladder, from the first level on.
    pub fn ladder(&self) -> Vec<&Contact> {
        let mut ladder: Vec<&Contact> = self.contacts.iter().filter(|contact| contact.ladder_level.is_some()).collect();
        ladder.sort_by_key(|contact| contact.ladder_level);
        ladder
    }

    pub(crate) fn read(root: &Fields<'_>) -> Self {
        root.schema_1();
        let contacts = Self {
            roles: root.tables("role").iter().map(read_role).collect(),
            contacts: root.tables("contact").iter().map(read_contact).collect(),
            channels: root.tables("channel").iter().map(read_channel).collect(),
            services: root.tables("service").iter().map(read_service).collect(),
        };
        root.ids_once("role", &contacts.roles.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>());
        root.ids_once("contact", &contacts.contacts.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>());
        root.ids_once("channel", &contacts.channels.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>());
        root.ids_once("service", &contacts.services.iter().map(|entry| entry.id.clone()).collect::<Vec<_>>());
        contacts
    }
}

fn read_role(fields: &Fields<'_>) -> Role {
    Role {
        id: fields.text("id"),
        title: fields.text("title"),
        duties: fields.texts("duties"),
        required_from: fields.optional_word("required_from", IncidentSeverity::ALL, IncidentSeverity::word),
    }
}

fn read_contact(fields: &Fields<'_>) -> Contact {
    Contact {
        id: fields.text("id"),
        role: fields.text("role"),
        name: fields.text_or_empty("name"),
        ladder_level: fields.optional_number("ladder_level"),
        phone: fields.text_or_empty("phone"),
        email: fields.text_or_empty("email"),
        when: fields.text("when"),
        command: fields.optional_text("command"),
        example: fields.optional_flag("example"),
    }
}

fn read_channel(fields: &Fields<'_>) -> Channel {
    let channel = Channel { id: fields.text("id"), name: fields.text("name"), purpose: fields.text("use") };
    for name in placeholders::names(&channel.name) {
        if !matches!(name.as_str(), "declared_date" | "declared_hhmm") {
            let reason = format!("{{{{{name}}}}} is not known here");
            fields.problem("name", reason, "write {{declared_date}} or {{declared_hhmm}}");
        }
    }
    channel
}

fn read_service(fields: &Fields<'_>) -> Service {
    Service {
        id: fields.text("id"),
        name: fields.text("name"),
        address: fields.text("address"),
        example: fields.optional_flag("example"),
    }
}
