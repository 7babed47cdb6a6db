//! Messages that wait to be sent. The text of one that holds credentials never crosses into the window.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::election::{Message, Notice, NoticeTemplate};

use super::count;

/// Messages of a notice that are shown.
const SHOWN: usize = 20;

/// A notice in the outbox.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NoticeView {
    /// Number.
    pub id: i64,
    /// Template.
    pub template: String,
    /// Who it is for.
    pub audience: String,
    /// When it was prepared, ISO text.
    pub prepared_at: String,
    /// By whom.
    pub prepared_by: String,
    /// How many messages.
    pub recipients: u64,
    /// Holds or points to a credential.
    pub is_secret: bool,
    /// False once its text was scrubbed.
    pub has_text: bool,
    /// When a person confirmed that it went out.
    pub sent_at: Option<String>,
    /// How many went out, failed, were skipped.
    pub outcome: Option<(u64, u64, u64)>,
}

impl From<Notice> for NoticeView {
    fn from(notice: Notice) -> Self {
        Self {
            id: notice.id,
            template: notice.template,
            audience: notice.audience,
            prepared_at: notice.prepared_at,
            prepared_by: notice.prepared_by,
            recipients: notice.recipients,
            is_secret: notice.is_secret,
            has_text: notice.has_text,
            sent_at: notice.sent_at,
            outcome: notice.outcome,
        }
    }
}

/// A value that a template still needs.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TemplateField {
    /// Name.
    pub name: String,
    /// What is proposed.
    pub offered: String,
    /// True where it may stay empty.
    pub is_optional: bool,
}

/// A template with what it still needs.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TemplateView {
    /// Name.
    pub id: String,
    /// For whom.
    pub audience: String,
    /// On which occasion.
    pub when: String,
    /// What it still needs.
    pub fields: Vec<TemplateField>,
    /// Holds a credential.
    pub is_secret: bool,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
}

impl From<NoticeTemplate> for TemplateView {
    fn from(template: NoticeTemplate) -> Self {
        let fields = template.fields.into_iter();
        Self {
            id: template.id,
            audience: template.audience,
            when: template.when,
            fields: fields.map(|(name, offered, is_optional)| TemplateField { name, offered, is_optional }).collect(),
            is_secret: template.is_secret,
            subject: template.subject,
            body: template.body,
        }
    }
}

/// A message as it would be sent.
#[derive(Clone, Debug, Serialize, TS)]
pub struct MessageView {
    /// Recipient.
    pub to: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// Messages of a notice, the first ones.
#[derive(Clone, Debug, Serialize, TS)]
pub struct MessagesView {
    /// Messages.
    pub messages: Vec<MessageView>,
    /// All of them.
    pub total: u64,
}

impl From<Vec<Message>> for MessagesView {
    fn from(messages: Vec<Message>) -> Self {
        let total = count(messages.len());
        let shown = messages.into_iter().take(SHOWN).map(|message| {
            let to = match (message.to_name.is_empty(), message.to_email.is_empty()) {
                (_, true) => message.to_name,
                (true, false) => message.to_email,
                (false, false) if message.to_name == message.to_email => message.to_email,
                (false, false) => format!("{} <{}>", message.to_name, message.to_email),
            };
            MessageView { to, subject: message.subject, body: message.body }
        });
        Self { messages: shown.collect(), total }
    }
}

/// What was written where.
#[derive(Clone, Debug, Serialize, TS)]
pub struct WrittenView {
    /// How many letters or messages.
    pub count: u64,
    /// Where.
    pub path: String,
}

/// In which form letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum LetterForm {
    /// One letter a page.
    Pdf,
    /// One row a letter.
    Csv,
    /// One mail a voter with an address.
    Eml,
}
