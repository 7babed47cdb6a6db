//! Typed views of the rows that the checks need. Ids are compared as text; fields that no check needs stay in the stored row.

use domain::vote::flag;
use domain::{Instant, Place, TableRow};

use crate::json::Json;

/// Fields of a row by name, read as what they mean.
#[derive(Clone, Copy)]
struct Fields<'a>(&'a TableRow);

impl<'a> Fields<'a> {
    fn get(self, name: &str) -> Option<&'a str> {
        self.0.fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.as_deref())
    }

    /// Text of a column that is never NULL: a CSV export writes an empty text and NULL alike.
    fn text(self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    fn optional(self, name: &str) -> Option<String> {
        self.get(name).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn flag(self, name: &str) -> Option<bool> {
        self.get(name).and_then(|text| flag(Some(text)))
    }

    fn time(self, name: &str) -> Time {
        Time::of(self.get(name).unwrap_or_default())
    }

    /// A JSON column. Text that is no JSON stands as text, so that it cannot pass for something else.
    fn json(self, name: &str) -> Json {
        match self.get(name) {
            None => Json::Null,
            Some(text) => Json::parse(text).unwrap_or_else(|| Json::Text(text.to_owned())),
        }
    }

    fn has(self, name: &str) -> bool {
        self.0.fields.iter().any(|(field, _)| field == name)
    }
}

/// A time column: the text as it came and the instant, where it is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// As it came; empty for NULL.
    pub text: String,
    /// What it means.
    pub instant: Option<Instant>,
}

impl Time {
    fn of(text: &str) -> Self {
        Self { text: text.to_owned(), instant: Instant::parse(text) }
    }
}

/// A row of `audit_log`.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// What happened, as a word.
    pub action_type: String,
    /// In a sentence.
    pub action_description: String,
    /// Who did it; outside the hash.
    pub user_id: Option<String>,
    /// The same person's e-mail, inside the hash.
    pub user_identifier: String,
    /// Session.
    pub session_key: String,
    /// Address.
    pub ip_address: Option<String>,
    /// Program.
    pub user_agent: String,
    /// Election.
    pub election_id: Option<String>,
    /// Kind of thing that was acted on.
    pub target_resource_type: String,
    /// Its id.
    pub target_resource_id: String,
    /// success, failure, error, warning.
    pub outcome: String,
    /// Figures of the act.
    pub metadata: Json,
    /// What went wrong.
    pub error_details: String,
    /// When the entry was made.
    pub timestamp: Time,
    /// Content hash of the entry before, as stored.
    pub previous_hash: String,
    /// Content hash, as stored.
    pub content_hash: String,
    /// Place in the chain, from 1.
    pub chain_position: i64,
    /// Signature in hex; empty where the origin could not sign.
    pub signature: String,
    /// Whether the export has the column of signatures.
    pub has_signature: bool,
    /// Mark that guards against saving again; outside the hash. `None` where the export lacks the column.
    pub is_sealed: Option<bool>,
}

impl Entry {
    /// Reads a row; `None` where the position is no number, which the reader of the table refuses already.
    pub fn from_row(row: &TableRow) -> Option<Self> {
        let fields = Fields(row);
        Some(Self {
            place: row.place,
            id: row.key.clone(),
            action_type: fields.text("action_type"),
            action_description: fields.text("action_description"),
            user_id: fields.optional("user_id"),
            user_identifier: fields.text("user_identifier"),
            session_key: fields.text("session_key"),
            ip_address: fields.optional("ip_address"),
            user_agent: fields.text("user_agent"),
            election_id: fields.optional("election_id"),
            target_resource_type: fields.text("target_resource_type"),
            target_resource_id: fields.text("target_resource_id"),
            outcome: fields.text("outcome"),
            metadata: fields.json("metadata"),
            error_details: fields.text("error_details"),
            timestamp: fields.time("timestamp"),
            previous_hash: fields.text("previous_hash"),
            content_hash: fields.text("content_hash"),
            chain_position: fields.get("chain_position")?.trim().parse().ok()?,
            signature: fields.text("signature"),
            has_signature: row.fields.iter().any(|(name, _)| name == "signature"),
            is_sealed: fields.flag("is_sealed"),
        })
    }
}

/// An entry as the API lists it: without hashes and signature, so it can be compared, but never verified.
#[derive(Clone, Debug)]
pub struct ListedEntry {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// What happened, as a word.
    pub action_type: String,
    /// Place in the chain.
    pub chain_position: Option<i64>,
    /// When.
    pub timestamp: Time,
    /// Who, as text.
    pub user_identifier: String,
    /// success, failure, error, warning.
    pub outcome: String,
    /// Columns that only the detailed list has, by their name.
    pub details: Vec<(&'static str, Option<String>)>,
}

impl ListedEntry {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        let details =
            ["action_description", "ip_address", "target_resource_type", "target_resource_id", "error_details"]
                .into_iter()
                .filter(|name| fields.has(name))
                .map(|name| (name, fields.optional(name)))
                .collect();
        Self {
            place: row.place,
            id: row.key.clone(),
            action_type: fields.text("action_type"),
            chain_position: fields.get("chain_position").and_then(|text| text.parse().ok()),
            timestamp: fields.time("timestamp"),
            user_identifier: fields.text("user_identifier"),
            outcome: fields.text("outcome"),
            details,
        }
    }
}

/// A line of the second log.
#[derive(Clone, Debug)]
pub struct Line {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// What happened.
    pub event_type: String,
    /// When.
    pub timestamp: Time,
    /// The voter or person, raw.
    pub user_id: Option<String>,
    /// Election that the event is about.
    pub election_id: Option<String>,
    /// Hash as stored.
    pub content_hash: String,
    /// Signature in hex.
    pub signature: String,
    /// Every hashed member.
    pub members: Vec<(String, Json)>,
}

/// Members of a line that are texts whatever they look like.
const LINE_TEXTS: &[&str] = &["id", "timestamp", "event_type", "user_id", "version", "system"];
/// Members of a line that its hash does not cover.
const LINE_UNHASHED: &[&str] = &["content_hash", "signature", "signed_at"];

impl Line {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        let members = row
            .fields
            .iter()
            .filter(|(name, _)| !LINE_UNHASHED.contains(&name.as_str()))
            .map(|(name, value)| {
                let value = match value {
                    None => Json::Null,
                    Some(text) if LINE_TEXTS.contains(&name.as_str()) => Json::Text(text.clone()),
                    Some(text) => Json::parse(text).unwrap_or_else(|| Json::Text(text.clone())),
                };
                (name.clone(), value)
            })
            .collect();
        let data = fields.json("data");
        Self {
            place: row.place,
            id: row.key.clone(),
            event_type: fields.text("event_type"),
            timestamp: fields.time("timestamp"),
            user_id: fields.optional("user_id"),
            election_id: data.get("election_id").and_then(Json::as_text).map(str::to_owned),
            content_hash: fields.text("content_hash"),
            signature: fields.text("signature"),
            members,
        }
    }
}

/// A row of `elections_election`.
#[derive(Clone, Debug)]
pub struct Election {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// draft, active, completed, cancelled.
    pub status: String,
    /// Begin of voting.
    pub start_time: Time,
    /// End of voting.
    pub end_time: Time,
    /// When the row was made.
    pub created_at: Time,
}

impl Election {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            title: fields.text("title"),
            status: fields.text("status"),
            start_time: fields.time("start_time"),
            end_time: fields.time("end_time"),
            created_at: fields.time("created_at"),
        }
    }
}

/// A row of `ballots_ballot_token`.
#[derive(Clone, Debug)]
pub struct Token {
    /// Where it stands.
    pub place: Place,
    /// Id of the row.
    pub id: String,
    /// The token itself.
    pub token_uuid: String,
    /// Signature in hex of either case.
    pub signature: String,
    /// Voter.
    pub user_id: String,
    /// Election.
    pub election_id: String,
    /// issued, used, expired, invalidated; outside the signature.
    pub status: String,
    /// When issued, as stored.
    pub issued_at: Time,
    /// When it expires, as stored.
    pub expires_at: Time,
}

impl Token {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            token_uuid: fields.text("token_uuid"),
            signature: fields.text("signature"),
            user_id: fields.text("user_id"),
            election_id: fields.text("election_id"),
            status: fields.text("status"),
            issued_at: fields.time("issued_at"),
            expires_at: fields.time("expires_at"),
        }
    }
}

/// A row of `votes_vote`.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Where it stands.
    pub place: Place,
    /// Id of the row.
    pub id: String,
    /// What ties it to its token.
    pub vote_token: String,
    /// Ciphertext in base64.
    pub encrypted_data: String,
    /// Nonce in base64.
    pub encryption_nonce: String,
    /// Signature in base64.
    pub signature: String,
    /// Election.
    pub election_id: String,
    /// cast, verified, invalidated; outside the signature.
    pub status: String,
    /// Hash of the token; outside the signature.
    pub ballot_token_hash: String,
    /// When it came; outside the signature.
    pub submitted_at: Time,
    /// From where.
    pub submitted_ip: Option<String>,
}

impl Vote {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            vote_token: fields.text("vote_token"),
            encrypted_data: fields.text("encrypted_data"),
            encryption_nonce: fields.text("encryption_nonce"),
            signature: fields.text("signature"),
            election_id: fields.text("election_id"),
            status: fields.text("status"),
            ballot_token_hash: fields.text("ballot_token_hash"),
            submitted_at: fields.time("submitted_at"),
            submitted_ip: fields.optional("submitted_ip"),
        }
    }
}

/// A row of `votes_vote_token`.
#[derive(Clone, Debug)]
pub struct VoteToken {
    /// Where it stands.
    pub place: Place,
    /// Id of the row.
    pub id: String,
    /// Vote token.
    pub vote_token: String,
    /// Hash of the token.
    pub ballot_token_hash: String,
    /// Election.
    pub election_id: String,
    /// Whether the vote was cast.
    pub is_used: bool,
}

impl VoteToken {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            vote_token: fields.text("vote_token"),
            ballot_token_hash: fields.text("ballot_token_hash"),
            election_id: fields.text("election_id"),
            is_used: fields.flag("is_used").unwrap_or(false),
        }
    }
}

/// A row of `ballots_usage_log` or `votes_audit_log`: unhashed notes beside tokens and votes.
#[derive(Clone, Debug)]
pub struct UsageNote {
    /// Where it stands.
    pub place: Place,
    /// Id of the row.
    pub id: String,
    /// What happened.
    pub action: String,
    /// Token concerned.
    pub ballot_token_id: Option<String>,
    /// Vote concerned.
    pub vote_id: Option<String>,
    /// Vote token, in full.
    pub vote_token: Option<String>,
    /// success, failure, error.
    pub result: Option<String>,
}

impl UsageNote {
    /// Reads a row of either table.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        let metadata = fields.json("metadata");
        let told = |name: &str| metadata.get(name).and_then(Json::as_text).map(str::to_owned);
        Self {
            place: row.place,
            id: row.key.clone(),
            action: fields.text("action"),
            ballot_token_id: fields.optional("ballot_token_id"),
            vote_id: fields.optional("vote_id").or_else(|| told("vote_id")),
            vote_token: fields.optional("vote_token").or_else(|| told("vote_token")),
            result: fields.optional("result"),
        }
    }
}

/// A row of `ballots_offline_queue` or `votes_offline_queue`.
#[derive(Clone, Debug)]
pub struct QueuedVote {
    /// Where it stands.
    pub place: Place,
    /// Id of the row.
    pub id: String,
    /// Token that it was sent with.
    pub ballot_token_id: String,
    /// Whether the server says that it took it over.
    pub is_synced: bool,
}

impl QueuedVote {
    /// Reads a row of either table.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            ballot_token_id: fields.text("ballot_token_id"),
            is_synced: fields.flag("is_synced").unwrap_or(false),
        }
    }
}

/// A row of `analytics_export_verification`.
#[derive(Clone, Debug)]
pub struct ExportRecord {
    /// Where it stands.
    pub place: Place,
    /// Id of the row.
    pub id: String,
    /// csv, xlsx, pdf.
    pub export_type: String,
    /// SHA-256 of the delivered file, in hex.
    pub content_hash: String,
    /// Hash over that, the person and the address.
    pub verification_hash: String,
    /// Name of the delivered file.
    pub filename: String,
    /// Its size in bytes.
    pub file_size: Option<u64>,
    /// Who asked for it.
    pub requested_by_id: Option<String>,
    /// When.
    pub created_at: Time,
    /// From where.
    pub request_ip: Option<String>,
}

impl ExportRecord {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            export_type: fields.text("export_type"),
            content_hash: fields.text("content_hash"),
            verification_hash: fields.text("verification_hash"),
            filename: fields.text("filename"),
            file_size: fields.get("file_size").and_then(|text| text.trim().parse().ok()),
            requested_by_id: fields.optional("requested_by_id"),
            created_at: fields.time("created_at"),
            request_ip: fields.optional("request_ip"),
        }
    }
}

/// A row of `electra_auth_user`.
#[derive(Clone, Debug)]
pub struct User {
    /// Id.
    pub id: String,
    /// E-mail, by which the audit log names people.
    pub email: String,
    /// student, staff, candidate, admin, electoral_committee.
    pub role: String,
}

impl User {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self { id: row.key.clone(), email: fields.text("email"), role: fields.text("role") }
    }
}
