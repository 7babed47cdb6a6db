//! What was told of an incident: timeline, messages, the review with its action items.

use std::collections::BTreeMap;

use serde::Serialize;
use ts_rs::TS;
use workflow::incident::NoticeText;
use workflow::incident::incidents::common::reports::SectionSource;
use workflow::incident::incidents::common::templates::Template;
use workflow::incident::incidents::incident::{ActionItem, ActionState, MessageRecord, TimelineEntry};
use workflow::incident::incidents::{Incident, Library, messages};

use super::{iso, word};

/// An entry of the timeline.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EntryView {
    /// From 1, in the order of the records.
    pub number: u64,
    /// When it happened.
    pub happened_at: String,
    /// When it was written down.
    pub recorded_at: String,
    /// True where it was written down more than a minute after it happened.
    pub is_late: bool,
    /// Who wrote it down.
    pub by: String,
    /// Word of its kind.
    pub kind: String,
    /// What it tells.
    pub text: String,
    /// What it points at: kind and id.
    pub links: Vec<(String, String)>,
    /// The entry that it corrects.
    pub corrects: Option<u64>,
    /// True where a later entry corrects it.
    pub is_corrected: bool,
}

impl From<&TimelineEntry> for EntryView {
    fn from(entry: &TimelineEntry) -> Self {
        Self {
            number: entry.number,
            happened_at: entry.happened_at.to_iso(),
            recorded_at: entry.recorded_at.to_iso(),
            is_late: entry.recorded_at.seconds() - entry.happened_at.seconds() > 60,
            by: entry.by.clone(),
            kind: entry.kind.word().to_owned(),
            text: entry.text.clone(),
            links: entry.links.iter().map(|link| (link.kind.clone(), link.id.clone())).collect(),
            corrects: entry.corrects,
            is_corrected: !entry.corrected_by.is_empty(),
        }
    }
}

impl EntryView {
    /// The timeline in the order of what happened.
    pub fn all(incident: &Incident) -> Vec<Self> {
        let mut timeline: Vec<&TimelineEntry> = incident.timeline.iter().collect();
        timeline.sort_by_key(|entry| (entry.happened_at, entry.number));
        timeline.into_iter().map(Self::from).collect()
    }
}

/// A message of an incident.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IncidentMessage {
    /// Id.
    pub id: String,
    /// Template; empty for a text of one's own.
    pub template: String,
    /// For whom.
    pub audience: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// By which way it is meant to go.
    pub channel: String,
    /// Word of its state.
    pub state: String,
    /// Who prepared it, and when.
    pub prepared: (String, String),
    /// Who approved it, and when.
    pub approved: Option<(String, String)>,
    /// Who confirmed that it went out, and when.
    pub sent: Option<(String, String)>,
}

impl From<&MessageRecord> for IncidentMessage {
    fn from(record: &MessageRecord) -> Self {
        let who = |by: &Option<String>, at: Option<workflow::domain::Instant>| by.clone().zip(iso(at));
        Self {
            id: record.draft.message.clone(),
            template: record.draft.template.clone(),
            audience: record.draft.audience.clone(),
            subject: record.draft.subject.clone(),
            body: record.draft.body.clone(),
            channel: record.draft.channel.clone(),
            state: word(&record.state),
            prepared: (record.prepared_by.clone(), record.prepared_at.to_iso()),
            approved: who(&record.approved_by, record.approved_at),
            sent: who(&record.sent_by, record.sent_at),
        }
    }
}

/// A value that a message needs.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MessageField {
    /// Name.
    pub name: String,
    /// What is known or proposed.
    pub offered: String,
    /// True where it may stay empty.
    pub is_optional: bool,
}

/// A template of a message.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MessageTemplate {
    /// Id.
    pub id: String,
    /// For whom.
    pub audience: String,
    /// On which occasion.
    pub when: String,
    /// What it takes, with what incident and election know.
    pub fields: Vec<MessageField>,
    /// Subject with its placeholders.
    pub subject: String,
    /// Text with its placeholders.
    pub body: String,
    /// True where a playbook of the incident offers it.
    pub is_offered: bool,
}

impl MessageTemplate {
    /// A template with what is known of its values.
    pub fn new(template: &Template, known: &BTreeMap<String, String>, is_offered: bool) -> Self {
        let fields = messages::fields(template).into_iter().map(|field| MessageField {
            offered: known.get(&field.name).cloned().unwrap_or(field.offered),
            is_optional: field.optional,
            name: field.name,
        });
        Self {
            id: template.id.clone(),
            audience: template.audience.clone(),
            when: template.when.clone(),
            fields: fields.collect(),
            subject: template.subject.clone(),
            body: template.body.clone(),
            is_offered,
        }
    }
}

/// A message as it would stand.
#[derive(Clone, Debug, Serialize, TS)]
pub struct MessagePreview {
    /// For whom.
    pub audience: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
}

impl From<NoticeText> for MessagePreview {
    fn from(text: NoticeText) -> Self {
        Self { audience: text.audience, subject: text.subject, body: text.body }
    }
}

/// An action item.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ActionLine {
    /// Id.
    pub id: String,
    /// What is to be done.
    pub text: String,
    /// Word of the priority.
    pub priority: String,
    /// Who does it.
    pub owner: String,
    /// Until when.
    pub due: String,
    /// `open`, `done` or `dropped`.
    pub state: String,
    /// What shows that it is done, or why it was dropped.
    pub told: String,
}

impl From<&ActionItem> for ActionLine {
    fn from(item: &ActionItem) -> Self {
        let (state, told) = match &item.state {
            ActionState::Open => ("open", String::new()),
            ActionState::Done { proof, .. } => ("done", proof.clone()),
            ActionState::Dropped { reason, .. } => ("dropped", reason.clone()),
        };
        Self {
            id: item.id.clone(),
            text: item.text.clone(),
            priority: word(&item.priority),
            owner: item.owner.clone(),
            due: item.due.to_iso(),
            state: state.to_owned(),
            told,
        }
    }
}

/// A part of a report that people write.
#[derive(Clone, Debug, Serialize, TS)]
pub struct SectionLine {
    /// Report.
    pub report: String,
    /// Section.
    pub section: String,
    /// Heading.
    pub title: String,
    /// Text; empty while nobody wrote it.
    pub text: String,
}

/// The review.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IncidentReview {
    /// True where one is expected.
    pub is_needed: bool,
    /// The day that was set.
    pub planned_for: Option<String>,
    /// When it was held.
    pub held_at: Option<String>,
    /// Who took part.
    pub participants: Vec<String>,
    /// Who signed: person, as what, when.
    pub signatures: Vec<(String, String, String)>,
    /// Parts that people write.
    pub sections: Vec<SectionLine>,
    /// Action items.
    pub actions: Vec<ActionLine>,
}

/// Reports whose parts people write, in the order in which they come up.
const WRITTEN: [&str; 2] = ["incident-report", "post-mortem"];

impl IncidentReview {
    /// The review as it stands.
    pub fn new(incident: &Incident, library: &Library) -> Self {
        let review = &incident.review;
        let mut sections = Vec::new();
        for layout in WRITTEN.iter().filter_map(|id| library.report(id)) {
            let written = layout.sections.iter().filter(|section| section.source == SectionSource::Text);
            sections.extend(written.map(|section| SectionLine {
                report: layout.id.clone(),
                section: section.id.clone(),
                title: section.title.clone(),
                text: incident.sections.get(&format!("{}/{}", layout.id, section.id)).cloned().unwrap_or_default(),
            }));
        }
        Self {
            is_needed: incident.needs_review(),
            planned_for: iso(review.planned_for),
            held_at: iso(review.held_at),
            participants: review.participants.clone(),
            signatures: review
                .signatures
                .iter()
                .map(|signed| (signed.person.clone(), signed.role.clone(), signed.at.to_iso()))
                .collect(),
            sections,
            actions: incident.actions.iter().map(ActionLine::from).collect(),
        }
    }
}
