//! Whom to call, as the office keeps it; commands to copy.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::incident::incidents::Library;
use workflow::incident::incidents::command_fill::FilledCommand;
use workflow::incident::incidents::common::contacts::{Channel, Contact, Service};

/// Whom to call.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ContactLine {
    /// Id.
    pub id: String,
    /// What the person is.
    pub role: String,
    /// Name.
    pub name: String,
    /// Place on the ladder, from 1; null beside it.
    pub level: Option<u32>,
    /// Telephone number.
    pub phone: String,
    /// Mail address.
    pub email: String,
    /// When to call.
    pub when: String,
    /// True while the values are the shipped examples.
    pub is_example: bool,
}

impl From<&Contact> for ContactLine {
    fn from(contact: &Contact) -> Self {
        Self {
            id: contact.id.clone(),
            role: contact.role.clone(),
            name: contact.name.clone(),
            level: contact.ladder_level,
            phone: contact.phone.clone(),
            email: contact.email.clone(),
            when: contact.when.clone(),
            is_example: contact.example,
        }
    }
}

/// A service outside, or a channel.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ServiceLine {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Address, or what a channel is for.
    pub address: String,
    /// True while it is the shipped example.
    pub is_example: bool,
}

impl From<&Service> for ServiceLine {
    fn from(service: &Service) -> Self {
        Self {
            id: service.id.clone(),
            name: service.name.clone(),
            address: service.address.clone(),
            is_example: service.example,
        }
    }
}

impl From<&Channel> for ServiceLine {
    fn from(channel: &Channel) -> Self {
        Self { id: channel.id.clone(), name: channel.name.clone(), address: channel.purpose.clone(), is_example: false }
    }
}

/// Everybody who can be called.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ContactsView {
    /// The ladder first, then everybody else.
    pub contacts: Vec<ContactLine>,
    /// Services outside.
    pub services: Vec<ServiceLine>,
    /// Where to write.
    pub channels: Vec<ServiceLine>,
    /// Where the office's own files lie.
    pub folder: String,
}

impl ContactsView {
    /// The contacts in use.
    pub fn new(library: &Library, folder: String) -> Self {
        let contacts = &library.contacts;
        let beside = contacts.contacts.iter().filter(|contact| contact.ladder_level.is_none());
        Self {
            contacts: contacts.ladder().into_iter().chain(beside).map(ContactLine::from).collect(),
            services: contacts.services.iter().map(ServiceLine::from).collect(),
            channels: contacts.channels.iter().map(ServiceLine::from).collect(),
            folder,
        }
    }
}

/// A command to copy. The program runs none.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CommandView {
    /// Id.
    pub id: String,
    /// What it is for.
    pub title: String,
    /// `look`, `change` or `destructive`.
    pub effect: String,
    /// Where it is typed: `sh`, `psql`, or `note` for a thing to do.
    pub shell: String,
    /// What to know before; for a destructive one the warning.
    pub note: String,
    /// The text; null for a destructive one whose warning was not read, and where a value is missing.
    pub text: Option<String>,
    /// Values that are missing or break a rule, in a sentence.
    pub problem: String,
    /// Placeholders: name, meaning, value in use.
    pub placeholders: Vec<(String, String, String)>,
    /// Names of values that are those of the example installation.
    pub examples: Vec<String>,
}

impl CommandView {
    /// A command that was filled, or why it was not.
    pub fn new(
        library: &Library,
        id: &str,
        filled: Result<FilledCommand, String>,
        values: &std::collections::BTreeMap<String, String>,
        is_warning_read: bool,
    ) -> Option<Self> {
        use workflow::incident::incidents::command_fill::WarningRead;
        let command = library.commands.command(id)?;
        let placeholders = command.placeholders.iter().map(|name| {
            let known = library.commands.placeholder(name);
            let meaning = known.map_or_else(String::new, |known| known.meaning.clone());
            let default = known.map_or_else(String::new, |known| known.default.clone());
            (name.clone(), meaning, values.get(name).cloned().unwrap_or(default))
        });
        let warning = filled.as_ref().ok().and_then(|filled| filled.warning().map(str::to_owned));
        let text = filled.as_ref().ok().and_then(|filled| {
            let text = if is_warning_read { Some(filled.text_after(WarningRead)) } else { filled.text() };
            text.map(str::to_owned)
        });
        Some(Self {
            id: command.id.clone(),
            title: command.title.clone(),
            effect: command.effect.word().to_owned(),
            shell: command.shell.word().to_owned(),
            note: warning.or_else(|| command.note.clone()).unwrap_or_default(),
            text,
            placeholders: placeholders.collect(),
            examples: filled.as_ref().map_or_else(|_| Vec::new(), |filled| filled.examples.clone()),
            problem: filled.err().unwrap_or_default(),
        })
    }
}
