//! Messages: prepared from templates into an outbox, since the machine is offline. A person sends them and says so here.
//!
//! Messages that hold or point to a credential are kept sealed and scrubbed when a secret election closes.

use std::collections::BTreeMap;

use domain::Instant;
use domain::election::{ElectionAct, Phase, RollEntry};
use incidents::Library;
use incidents::common::templates::Template;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::tables::native::election::ElectionRow;
use store::tables::native::notice::NoticeRow;
use store::{Change, Elections};

use super::open::{link_key, open_link};
use super::{Approval, CaseKey, Gravity, Person, Stamp, find};
use crate::{Case, Error};

/// Who is written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// Those whom the rules name.
    Leadership,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Name of the recipient.
    pub to_name: String,
    /// Address; empty where none is known.
    pub to_email: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// A notice as it stands in the outbox.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Number.
    pub id: i64,
    /// Template.
    pub template: String,
    /// Who it is for.
    pub audience: String,
    /// When it was prepared.
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

impl Message {
    /// The message as a mail file (RFC 5322): headers in ASCII, text in UTF-8 as base64.
    pub fn to_eml(&self, from: &str, date: Instant) -> String {
        let clock = date.to_utc();
        let encoded = |text: &str| {
            if text.is_ascii() && !text.chars().any(char::is_control) {
                text.to_owned()
            } else {
                // Words of 40 bytes at most, cut between letters, as RFC 2047 asks.
                let mut words: Vec<String> = vec![String::new()];
                for letter in text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }) {
                    if words.last().is_some_and(|word| word.len() + letter.len_utf8() > 40) {
                        words.push(String::new());
                    }
                    if let Some(word) = words.last_mut() {
                        word.push(letter);
                    }
                }
                let words: Vec<String> =
                    words.iter().map(|word| format!("=?UTF-8?B?{}?=", base64(word.as_bytes()))).collect();
                words.join("\r\n ")
            }
        };
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = usize::try_from(clock.month - 1).ok().and_then(|month| months.get(month)).unwrap_or(&"Jan");
        let body = base64(self.body.replace("\r\n", "\n").replace('\n', "\r\n").as_bytes());
        let lines: Vec<&str> = body.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        let address = |name: &str, email: &str| {
            let email: String =
                email.chars().filter(|letter| !letter.is_control() && *letter != '<' && *letter != '>').collect();
            if name.is_empty() { email } else { format!("{} <{email}>", quoted(&encoded(name))) }
        };
        format!(
            "From: {}\r\nTo: {}\r\nSubject: {}\r\nDate: {} {month} {} {:02}:{:02}:{:02} +0000\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\nX-Unsent: 1\r\n\r\n{}\r\n",
            address(from, "unsent@localhost.invalid"),
            address(&self.to_name, &self.to_email),
            encoded(&self.subject),
            clock.day,
            clock.year,
            clock.hour,
            clock.minute,
            clock.second,
            lines.join("\r\n")
        )
    }
}

fn quoted(name: &str) -> String {
    if name.starts_with("=?") { name.to_owned() } else { format!("\"{}\"", name.replace(['\\', '"'], "")) }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Fills a template; every name that is not optional needs a value.
pub(super) fn fill(template: &Template, values: &BTreeMap<String, String>) -> Result<(String, String), Error> {
    let value = |name: &str| -> Option<String> {
        values.get(name).filter(|value| !value.trim().is_empty()).cloned().or_else(|| {
            template
                .optional
                .iter()
                .any(|optional| optional == name)
                .then(|| values.get(name).cloned().unwrap_or_default())
        })
    };
    let missing: Vec<&str> =
        template.placeholders.iter().map(String::as_str).filter(|name| value(name).is_none()).collect();
    if !missing.is_empty() {
        return Err(Error::refused(format!(
            "the notice {} still needs: {}; give each of them a value",
            template.id,
            missing.join(", ")
        )));
    }
    let put = |text: &str| {
        let mut text = text.to_owned();
        for name in &template.placeholders {
            text = text.replace(&format!("{{{{{name}}}}}"), &value(name).unwrap_or_default());
        }
        text
    };
    Ok((put(&template.subject), put(&template.body)))
}

pub(super) fn template(id: &str) -> Result<Template, Error> {
    let library = Library::shipped();
    library.template(id).cloned().ok_or_else(|| Error::refused(format!("there is no message template {id}")))
}

/// What the election itself knows of the values of a template.
pub(super) fn known_values(row: &ElectionRow) -> BTreeMap<String, String> {
    let shown = |at: Option<&String>| super::zone::told(at, &row.setup.time_zone);
    let second = match row.setup.second_ballot {
        domain::election::SecondBallot::Replace => {
            "You may vote again until the deadline; only your last ballot counts."
        }
        domain::election::SecondBallot::Refuse => "",
    };
    [
        ("election_name", row.setup.title.clone()),
        ("election_id", row.id.clone()),
        ("start_time", shown(row.opened_at.as_ref())),
        ("end_time", shown(row.ends_at.as_ref())),
        ("new_end_time", shown(row.ends_at.as_ref())),
        ("right_end_time", shown(row.ends_at.as_ref())),
        ("announced_end", shown(row.ends_at.as_ref())),
        ("closed_time", shown(row.closed_at.as_ref())),
        ("time_zone", row.setup.time_zone.clone()),
        ("voting_url", row.setup.place.clone()),
        ("receipt_url", row.setup.place.clone()),
        ("contact_point", row.setup.contact.clone()),
        ("replacement_sentence", second.to_owned()),
        ("voting_available", if row.phase == Phase::Open { "possible" } else { "not possible" }.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}

/// A template with what must still be said before a notice is prepared from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeTemplate {
    /// Name.
    pub id: String,
    /// For whom.
    pub audience: String,
    /// On which occasion.
    pub when: String,
    /// Values that the election itself does not know: name, what is proposed, whether it may stay empty.
    pub fields: Vec<(String, String, bool)>,
    /// Holds or points to a credential.
    pub is_secret: bool,
    /// Subject, with `{{name}}` for each value that is not known yet.
    pub subject: String,
    /// Text, with `{{name}}` for each value that is not known yet.
    pub body: String,
}

/// Puts a notice for leadership into the outbox; part of the act that it tells of.
pub(super) fn tell_leadership(
    change: &Change<'_>,
    row: &ElectionRow,
    stamp: &Stamp,
    id: &str,
    values: &[(&str, String)],
    audience: Audience,
) -> Result<(), Error> {
    let template = template(id)?;
    let mut all = known_values(row);
    all.extend(values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    let (subject, body) = fill(&template, &all)?;
    let Audience::Leadership = audience;
    let leaders =
        if row.setup.leadership.is_empty() { vec!["Leadership".to_owned()] } else { row.setup.leadership.clone() };
    let messages: Vec<Message> = leaders
        .iter()
        .map(|leader| Message {
            to_name: leader.clone(),
            to_email: if leader.contains('@') { leader.clone() } else { String::new() },
            subject: subject.clone(),
            body: body.clone(),
        })
        .collect();
    add(change, row, stamp, &template, &messages, None)?;
    Ok(())
}

/// Stores a notice, sealed where it is secret.
fn add(
    change: &Change<'_>,
    row: &ElectionRow,
    stamp: &Stamp,
    template: &Template,
    messages: &[Message],
    key: Option<&CaseKey>,
) -> Result<i64, Error> {
    let text = zeroize::Zeroizing::new(serde_json::to_string(messages).unwrap_or_default());
    let stored = match (template.secret, key) {
        (false, _) => text.to_string(),
        (true, Some(key)) => base64(&link_key(change, key, &row.id)?.seal(&notice_place(&row.id), text.as_bytes())?),
        (true, None) => return Err(Error::refused("a message with a credential needs the key of the case")),
    };
    let notice = NoticeRow {
        id: 0,
        template: template.id.clone(),
        audience: template.audience.clone(),
        prepared_at: stamp.at.clone(),
        prepared_by: stamp.actor.clone(),
        is_secret: template.secret,
        messages: Some(stored),
        recipients: u64::try_from(messages.len()).unwrap_or(u64::MAX),
        approved_by: None,
        sent_at: None,
        outcome: None,
    };
    let id = change.add_notice(&row.id, &notice)?;
    let detail = json!({"title": row.setup.title, "notice": id, "template": template.id, "recipients": messages.len()});
    stamp.event(change, row, "election_notice_prepared", Gravity::Info, detail)?;
    Ok(id)
}

fn notice_place(election: &str) -> String {
    format!("{election}/notices")
}

/// Leadership that was not told yet, by notice.
pub(super) fn leadership_waits(elections: &Elections<'_>, id: &str) -> Result<bool, Error> {
    let notices = elections.notices(id)?;
    Ok(notices.iter().any(|notice| notice.template.starts_with("leadership-") && notice.sent_at.is_none()))
}

impl Case {
    /// Prepares a notice from a template: to everybody on the roll, to those who have not voted (`voter-reminder`), with each
    /// voter's credential (`voter-credential`), or to leadership. `values` are what the election itself does not know.
    ///
    /// # Errors
    /// Refused where a value is missing, naming each.
    pub fn prepare_notice(
        &mut self,
        by: &Person,
        key: Option<&CaseKey>,
        id: &str,
        template_id: &str,
        values: &BTreeMap<String, String>,
    ) -> Result<i64, Error> {
        let template = template(template_id)?;
        let by = Approval::of(by.clone());
        self.act(id, ElectionAct::Notify, &by, |change, row, stamp| {
            let mut all = known_values(row);
            all.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
            let leaders =
                || row.setup.leadership.iter().map(|leader| (leader.clone(), leader.clone())).collect::<Vec<_>>();
            let to_all = |voters: Vec<RollEntry>| -> Result<Vec<Message>, Error> {
                let (subject, body) = fill(&template, &all)?;
                let message = |voter: RollEntry| Message {
                    to_name: voter.name,
                    to_email: voter.email,
                    subject: subject.clone(),
                    body: body.clone(),
                };
                Ok(voters.into_iter().map(message).collect())
            };
            let messages = match template_id {
                "voter-credential" => {
                    let key =
                        key.ok_or_else(|| Error::refused("messages with credentials need the passphrase of the case"))?;
                    credential_messages(change, row, key, &template, &all)?
                }
                "voter-reminder" => to_all(without_ballot(change, row, key)?)?,
                "voter-receipt" => {
                    return Err(Error::refused("a receipt is handed over at the desk; nobody keeps whose it is"));
                }
                _ if template.is_for_voters() => to_all(change.roll(id)?)?,
                _ => {
                    let (subject, body) = fill(&template, &all)?;
                    let mut to = leaders();
                    if to.is_empty() {
                        to.push((template.audience.clone(), String::new()));
                    }
                    to.into_iter()
                        .map(|(name, email)| Message {
                            to_name: name,
                            to_email: if email.contains('@') { email } else { String::new() },
                            subject: subject.clone(),
                            body: body.clone(),
                        })
                        .collect()
                }
            };
            add(change, row, stamp, &template, &messages, key)
        })
    }

    /// Templates that an election can send to voters, with what each still needs. The acts themselves prepare what leadership is
    /// told of a roll back or an excluded vote, and receipts are handed over at the desk.
    ///
    /// # Errors
    /// No such election.
    pub fn notice_templates(&self, id: &str) -> Result<Vec<NoticeTemplate>, Error> {
        let row = find(&self.file()?.elections(), id)?;
        let known = known_values(&row);
        let is_asked = |name: &str| {
            !matches!(name, "voter_name" | "credential") && known.get(name).is_none_or(|value| value.trim().is_empty())
        };
        let put = |text: &str| {
            let named = known.iter().filter(|(_, value)| !value.trim().is_empty());
            named.fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{{name}}}}}"), value))
        };
        let library = Library::shipped();
        let own = library
            .templates
            .iter()
            .filter(|template| template.id.starts_with("voter-") && template.id != "voter-receipt");
        Ok(own
            .map(|template| NoticeTemplate {
                id: template.id.clone(),
                audience: template.audience.clone(),
                when: template.when.clone(),
                fields: template
                    .placeholders
                    .iter()
                    .filter(|name| is_asked(name))
                    .map(|name| {
                        let offered = template.offered.get(name).cloned().unwrap_or_default();
                        (name.clone(), offered, template.optional.contains(name))
                    })
                    .collect(),
                is_secret: template.secret,
                subject: put(&template.subject),
                body: put(&template.body),
            })
            .collect())
    }

    /// The outbox of an election.
    ///
    /// # Errors
    /// No such election.
    pub fn notices(&self, id: &str) -> Result<Vec<Notice>, Error> {
        let elections = self.file()?.elections();
        find(&elections, id)?;
        let notices = elections.notices(id)?;
        Ok(notices
            .into_iter()
            .map(|row| Notice {
                id: row.id,
                template: row.template,
                audience: row.audience,
                prepared_at: row.prepared_at,
                prepared_by: row.prepared_by,
                recipients: row.recipients,
                is_secret: row.is_secret,
                has_text: row.messages.is_some(),
                sent_at: row.sent_at,
                outcome: row.outcome,
            })
            .collect())
    }

    /// The messages of a notice.
    ///
    /// # Errors
    /// Refused where they were scrubbed, or are sealed and the key is missing.
    pub fn notice_messages(&self, key: Option<&CaseKey>, id: &str, notice: i64) -> Result<Vec<Message>, Error> {
        let elections = self.file()?.elections();
        let unreadable = || Error::refused(format!("the messages of notice {notice} cannot be read"));
        let row = elections
            .notice(id, notice)?
            .ok_or_else(|| Error::refused(format!("there is no notice {notice} in this election")))?;
        let Some(text) = row.messages else {
            return Err(Error::refused(
                "this notice held credentials, and its text was scrubbed when the election closed",
            ));
        };
        if !row.is_secret {
            return serde_json::from_str(&text).map_err(|_| unreadable());
        }
        use base64::Engine as _;
        let key =
            key.ok_or_else(|| Error::refused("this notice holds credentials; give the passphrase of the case"))?;
        let sealed = base64::engine::general_purpose::STANDARD.decode(text).map_err(|_| unreadable())?;
        let opened = link_key(&elections, key, id)?.open(&notice_place(id), &sealed).ok_or_else(unreadable)?;
        serde_json::from_slice(&opened).map_err(|_| unreadable())
    }

    /// Says that a notice went out, and how well.
    ///
    /// # Errors
    /// Refused where the figures do not add up, or it was confirmed already.
    pub fn confirm_notice(
        &mut self,
        by: &Person,
        id: &str,
        notice: i64,
        outcome: (u64, u64, u64),
    ) -> Result<(), Error> {
        let by = Approval::of(by.clone());
        self.act(id, ElectionAct::Notify, &by, |change, row, stamp| {
            let known = change
                .notice(id, notice)?
                .ok_or_else(|| Error::refused(format!("there is no notice {notice} in this election")))?;
            if known.sent_at.is_some() {
                return Err(Error::refused(format!("notice {notice} was confirmed already")));
            }
            let (sent, failed, skipped) = outcome;
            if sent.checked_add(failed).and_then(|sum| sum.checked_add(skipped)) != Some(known.recipients) {
                return Err(Error::refused(format!(
                    "notice {notice} has {} recipients; sent, failed and skipped must add up to that",
                    known.recipients
                )));
            }
            change.confirm_notice(notice, &stamp.actor, &stamp.at, outcome)?;
            let (event, detail) = match known.template.as_str() {
                "voter-credential" => (
                    "ballot_emails_sent",
                    json!({"title": row.setup.title, "recipients": sent, "failed": failed, "skipped_empty_ballot": skipped}),
                ),
                "voter-reminder" => (
                    "election_reminder_sent",
                    json!({"title": row.setup.title, "reminded": sent, "failed": failed, "skipped": skipped, "superseded_tokens_expired": 0}),
                ),
                template => (
                    "election_notice_sent",
                    json!({"title": row.setup.title, "notice": notice, "template": template, "sent": sent, "failed": failed, "skipped": skipped}),
                ),
            };
            stamp.event(change, row, event, Gravity::Info, detail)
        })
    }
}

/// One message for each voter, with the credential.
pub(super) fn credential_messages(
    change: &Change<'_>,
    row: &ElectionRow,
    key: &CaseKey,
    template: &Template,
    values: &BTreeMap<String, String>,
) -> Result<Vec<Message>, Error> {
    if row.phase != Phase::Open {
        return Err(Error::refused("credentials are sent while the election is open"));
    }
    let link_key = link_key(change, key, &row.id)?;
    let roll: BTreeMap<String, RollEntry> =
        change.roll(&row.id)?.into_iter().map(|entry| (entry.voter.clone(), entry)).collect();
    let mut messages = Vec::new();
    for credential in change.credentials(&row.id)?.iter().filter(|credential| credential.is_valid) {
        let link = open_link(&link_key, credential)?;
        let Some(voter) = roll.get(&link.voter) else { continue };
        let mut values = values.clone();
        values.insert("voter_name".to_owned(), voter.name.clone());
        values.insert("credential".to_owned(), link.code.to_string());
        let (subject, body) = fill(template, &values)?;
        messages.push(Message { to_name: voter.name.clone(), to_email: voter.email.clone(), subject, body });
    }
    messages.sort_by(|a, b| (&a.to_name, &a.to_email).cmp(&(&b.to_name, &b.to_email)));
    Ok(messages)
}

/// Voters without a ballot.
fn without_ballot(change: &Change<'_>, row: &ElectionRow, key: Option<&CaseKey>) -> Result<Vec<RollEntry>, Error> {
    if row.phase != Phase::Open {
        return Err(Error::refused("reminders are sent while the election is open"));
    }
    let key = key.ok_or_else(|| Error::refused("to know who has not voted needs the passphrase of the case"))?;
    let voted = change.who_voted(&row.id)?;
    let keys = super::booth::VoterKeys::of(change, key, row)?;
    let mut without = Vec::new();
    for voter in change.roll(&row.id)? {
        if !voted.contains(&keys.of_voter(&voter.voter)?) {
            without.push(voter);
        }
    }
    Ok(without)
}
