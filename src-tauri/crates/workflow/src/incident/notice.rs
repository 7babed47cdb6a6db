//! Messages of an incident: filled from a template with what incident and election know, looked at, edited, approved, written
//! out, and confirmed as sent by a person. The program sends nothing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::{Instant, digest};
use incidents::common::templates::Template;
use incidents::incident::MessageRecord;
use incidents::incident::event::{IncidentTime, MessageDraft};
use incidents::{Incident, IncidentEvent, Library, messages, metrics, severity};
use serde::Serialize;
use serde_json::json;

use super::{Recorded, Responders};
use crate::election::Message;
use crate::export::{make_folder, write_whole};
use crate::{Case, Error};

/// A message as it would stand, before anything is written down.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeText {
    /// Template.
    pub template: String,
    /// For whom.
    pub audience: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// The values that were used.
    pub values: BTreeMap<String, String>,
    /// True where it is the regular update of the response team.
    pub is_update: bool,
}

/// Files that a message was written into.
#[derive(Clone, Debug, Serialize)]
pub struct NoticeFiles {
    /// Mail file.
    pub eml: PathBuf,
    /// The text to copy.
    pub txt: PathBuf,
}

fn span(from: Option<Instant>, to: Instant) -> String {
    from.map_or_else(String::new, |from| metrics::hours_and_minutes(to.micros.saturating_sub(from.micros) / 1000))
}

/// The message template, unless it is secret: credentials and receipts belong to the election's own outbox.
fn template_of<'a>(library: &'a Library, id: &str) -> Result<&'a Template, Error> {
    let Some(template) = library.template(id) else {
        let known: Vec<&str> =
            library.templates.iter().filter(|template| !template.secret).map(|template| template.id.as_str()).collect();
        return Err(Error::refused(format!("there is no message template \"{id}\"; there are {}", known.join(", "))));
    };
    if template.secret {
        return Err(Error::refused(format!(
            "\"{id}\" holds a credential or receipt, which must not stand in the journal of an incident; prepare it with `scrutineer election notice prepare`, where it is scrubbed when the election closes"
        )));
    }
    Ok(template)
}

impl Case {
    /// What incident and election know of the values of a message.
    fn known_values(&self, library: &Library, incident: &Incident) -> Result<BTreeMap<String, String>, Error> {
        let now = self.instant();
        let shown = |at: Option<Instant>| at.map_or_else(String::new, Instant::to_display);
        let declared = incident.declared_at();
        let (label, interval) = incident.severities.last().map_or_else(Default::default, |entry| {
            let minutes =
                incident.figures.as_ref().and_then(|figures| figures.update_min.get(&entry.severity).copied());
            let interval = minutes.map_or_else(String::new, |minutes| format!("{minutes} minutes"));
            (severity::printed(&library.severity, entry.severity, &entry.scale), interval)
        });
        let checks: Vec<String> =
            incident.checks.iter().map(|check| format!("{}: {}", check.run.function, check.run.result)).collect();
        let actions: Vec<String> = incident.actions.iter().map(|action| action.text.clone()).collect();
        let section = |name: &str| incident.sections.get(name).cloned().unwrap_or_default();
        let last_call = incident.escalations.last();
        let manifest = self.file()?.incidents().locker(Some(incident.id.as_str()))?;
        let manifest = manifest.iter().rev().find(|item| item.name == "manifest.json");
        let mut values: Vec<(&str, String)> = vec![
            ("incident_id", incident.id.to_string()),
            ("title", incident.title.clone()),
            ("short_description", incident.title.clone()),
            ("severity_label", label),
            ("status", incident.external_status(library)),
            ("incident_lead", incident.roles.get("lead").cloned().unwrap_or_default()),
            ("channel", incident.channel_name(library).unwrap_or_default()),
            ("now", now.to_display()),
            ("declared_time", shown(declared)),
            ("detected_time", shown(incident.times.at(IncidentTime::Detected))),
            ("aware_time", shown(incident.times.at(IncidentTime::Detected))),
            (
                "started_time",
                shown(incident.times.at(IncidentTime::Began).or(incident.times.at(IncidentTime::Detected))),
            ),
            ("resolved_time", shown(incident.times.resolved)),
            ("duration", span(incident.times.at(IncidentTime::Detected), incident.times.resolved.unwrap_or(now))),
            ("elapsed", span(declared, now)),
            ("update_interval", interval),
            ("update_number", (incident.updates.len() + 1).to_string()),
            ("next_update_time", shown(incident.next_update_due(now))),
            ("root_cause", incident.cause.clone().unwrap_or_default()),
            ("impact", section("incident-report/impact")),
            ("eta", incident.estimate.as_ref().map_or_else(String::new, |estimate| estimate.text.clone())),
            ("level", last_call.map_or_else(String::new, |call| call.level.to_string())),
            ("last_contact", last_call.map_or_else(String::new, |call| call.person.clone())),
            ("checks_list", checks.join("; ")),
            ("actions_list", actions.join("; ")),
            ("review_time", shown(incident.review.planned_for)),
            ("evidence_package_id", manifest.map_or_else(String::new, |_| incident.id.to_string())),
            ("manifest_hash", manifest.map_or_else(String::new, |item| item.sha256.to_hex())),
            ("time_zone", "UTC".to_owned()),
        ];
        if let Some(election) = incident.elections.first() {
            values.push(("election_name", election.name.clone()));
            values.push(("election_id", election.id.clone()));
            if let Some(row) = self.file()?.elections().election(&election.id)? {
                let time = |at: &Option<String>| shown(at.as_deref().and_then(Instant::parse));
                for name in ["end_time", "new_end_time", "right_end_time", "announced_end", "original_end"] {
                    values.push((name, time(&row.ends_at)));
                }
                values.push(("closed_time", time(&row.closed_at)));
                values.push(("published_time", time(&row.published_at)));
                values.push(("voting_url", row.setup.place.clone()));
                values.push(("receipt_url", row.setup.place.clone()));
                values.push(("contact_point", row.setup.contact.clone()));
                let is_open = row.phase == domain::election::Phase::Open;
                values.push(("voting_available", if is_open { "possible" } else { "not possible" }.to_owned()));
            }
        }
        Ok(values
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value))
            .collect())
    }

    /// What incident and election know of the values of a message, for a form that a person completes.
    ///
    /// # Errors
    /// As [`Case::incident`].
    pub fn incident_notice_values(
        &self,
        library: &Library,
        id: &str,
        viewer: Option<&Responders>,
    ) -> Result<BTreeMap<String, String>, Error> {
        let incident = self.incident(id, viewer)?;
        self.known_values(library, &incident)
    }

    /// Fills a message without writing anything down.
    ///
    /// # Errors
    /// Refused for secret templates, and with every value that is missing.
    pub fn preview_notice(
        &self,
        library: &Library,
        id: &str,
        template: &str,
        values: &BTreeMap<String, String>,
        viewer: Option<&Responders>,
    ) -> Result<NoticeText, Error> {
        let template = template_of(library, template)?;
        let incident = self.incident(id, viewer)?;
        let mut all = self.known_values(library, &incident)?;
        all.retain(|name, _| template.placeholders.contains(name));
        all.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
        let filled = messages::fill(template, &all).map_err(|error| Error::refused(error.to_string()))?;
        Ok(NoticeText {
            template: filled.template,
            audience: filled.audience,
            subject: filled.subject,
            body: filled.body,
            values: all,
            is_update: filled.is_update,
        })
    }

    /// Prepares a message as it stands; its id is the answer. An edited text takes the place of the filled one.
    ///
    /// # Errors
    /// As [`Case::preview_notice`].
    #[allow(clippy::too_many_arguments, reason = "who, where, from what, with what, and what was edited")]
    pub fn prepare_incident_notice(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        template: &str,
        values: &BTreeMap<String, String>,
        edited: Option<(&str, &str)>,
        channel: &str,
    ) -> Result<(String, Recorded), Error> {
        let mut text = self.preview_notice(library, id, template, values, Some(by))?;
        if let Some((subject, body)) = edited {
            (text.subject, text.body) = (subject.trim().to_owned(), body.to_owned());
        }
        let sha256 = library.digest_of("templates.toml");
        self.add_message(by, id, text, sha256, channel)
    }

    /// Prepares a message that no template holds.
    ///
    /// # Errors
    /// Refused without subject or text.
    pub fn prepare_own_notice(
        &mut self,
        by: &Responders,
        id: &str,
        audience: &str,
        (subject, body): (&str, &str),
        channel: &str,
    ) -> Result<(String, Recorded), Error> {
        let text = NoticeText {
            template: String::new(),
            audience: audience.to_owned(),
            subject: subject.trim().to_owned(),
            body: body.to_owned(),
            values: BTreeMap::new(),
            is_update: false,
        };
        self.add_message(by, id, text, None, channel)
    }

    fn add_message(
        &mut self,
        by: &Responders,
        id: &str,
        text: NoticeText,
        template_sha256: Option<domain::Sha256Digest>,
        channel: &str,
    ) -> Result<(String, Recorded), Error> {
        self.change_incident(by, id, |writing| {
            let message = format!("M-{}", writing.incident.messages.len() + 1);
            writing.add(IncidentEvent::MessagePrepared(MessageDraft {
                message: message.clone(),
                template: text.template,
                template_sha256,
                values: text.values,
                subject: text.subject,
                body: text.body,
                audience: text.audience,
                channel: channel.to_owned(),
                secret: false,
            }))?;
            Ok(message)
        })
    }

    /// Approves a message as it stands.
    ///
    /// # Errors
    /// Refused unless it is prepared.
    pub fn approve_incident_notice(&mut self, by: &Responders, id: &str, message: &str) -> Result<Recorded, Error> {
        self.record_in_incident(by, id, None, IncidentEvent::MessageApproved { message: message.to_owned() })
    }

    /// Notes that an approved message went out. A regular update starts the clock of the next one.
    ///
    /// # Errors
    /// Refused unless it is approved.
    pub fn confirm_incident_notice(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        message: &str,
        channel: &str,
    ) -> Result<Recorded, Error> {
        let work = |writing: &mut super::journal::Writing<'_>| {
            let known = writing.incident.message(message);
            let template = known.and_then(|known| library.template(&known.draft.template));
            let is_update = template.is_some_and(Template::is_update);
            let way = known.map_or("", |known| known.draft.channel.as_str());
            let channel = if channel.is_empty() { way } else { channel }.to_owned();
            writing.add(IncidentEvent::MessageSent { message: message.to_owned(), channel, is_update })
        };
        Ok(self.change_incident(by, id, work)?.1)
    }

    /// Writes a message out as a mail file and as text to copy.
    ///
    /// # Errors
    /// Refused unless it is approved; or where the folder cannot be written.
    pub fn write_incident_notice(
        &mut self,
        viewer: &Responders,
        id: &str,
        message: &str,
        folder: &Path,
    ) -> Result<NoticeFiles, Error> {
        let incident = self.incident(id, Some(viewer))?;
        let known: Vec<&str> = incident.messages.iter().map(|message| message.draft.message.as_str()).collect();
        let Some(record) = incident.message(message) else {
            return Err(Error::refused(format!("{id} has no message {message}; it has {}", known.join(", "))));
        };
        if record.approved_at.is_none() {
            return Err(Error::refused(format!(
                "{message} is not approved yet; have somebody read and approve it first"
            )));
        }
        let (eml, text) = files_of(record);
        make_folder(folder)?;
        let files = NoticeFiles {
            eml: folder.join(format!("{id}-{message}.eml")),
            txt: folder.join(format!("{id}-{message}.txt")),
        };
        write_whole(&files.eml, eml.as_bytes())?;
        write_whole(&files.txt, text.as_bytes())?;
        self.record("report.export", json!({"incident": id, "message": message, "sha256": sha256_hex(&text)}))?;
        Ok(files)
    }
}

fn sha256_hex(text: &str) -> String {
    use sha2::Digest as _;
    digest::encode_hex(&sha2::Sha256::digest(text))
}

fn files_of(record: &MessageRecord) -> (String, String) {
    let draft = &record.draft;
    let message = Message {
        to_name: draft.audience.clone(),
        to_email: "unsent@localhost.invalid".to_owned(),
        subject: draft.subject.clone(),
        body: draft.body.clone(),
    };
    let eml = message.to_eml("", record.approved_at.unwrap_or(record.prepared_at));
    (eml, format!("{}\n\n{}", draft.subject, draft.body))
}
