//! Typed views of the rows that the checks need.

use domain::{Instant, Place, TableRow};

use super::tables::PUBLIC_AUDIT;
use crate::json::Json;

fn field<'a>(row: &'a TableRow, name: &str) -> Option<&'a str> {
    row.fields.iter().find(|(field, _)| field == name).and_then(|(_, value)| value.as_deref())
}

fn text(row: &TableRow, name: &str) -> String {
    field(row, name).unwrap_or_default().to_owned()
}

/// Attestation of an event, as the export states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attestation {
    /// Id of the log entry: tree id and leaf hash, hex.
    pub entry_id: String,
    /// Number in the log.
    pub index: Option<i64>,
    /// Time at which the log took it in, as written.
    pub integrated_time: Option<String>,
    /// Digest of the canonical message, hex.
    pub digest: String,
    /// Version of the canonical message.
    pub version: Option<i64>,
}

/// An audit event.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Where it stands.
    pub place: Place,
    /// How findings name it: the database's number, or the place in the public list from 1.
    pub id: String,
    /// Kind.
    pub event_type: String,
    /// Payload, as exported or stored.
    pub payload: Json,
    /// Whether the payload is the public one already.
    pub is_from_public_file: bool,
    /// Whether the event is public.
    pub is_public: bool,
    /// Time; public files carry the date alone, which stands for its first moment.
    pub at: Option<Instant>,
    /// Date or time, as written.
    pub at_text: String,
    /// Attestation.
    pub attestation: Option<Attestation>,
}

impl Event {
    /// Reads a row of either kind.
    pub fn from_row(row: &TableRow) -> Self {
        let payload = field(row, "payload").and_then(Json::parse).unwrap_or(Json::Null);
        let is_from_public_file = row.table == PUBLIC_AUDIT;
        let (id, attestation) = if is_from_public_file {
            let stated = field(row, "timestamping").and_then(Json::parse);
            (row.place.row.to_string(), stated.as_ref().map(attestation_of))
        } else {
            let entry = field(row, "rekor_log_id").filter(|entry| !entry.is_empty());
            let number = |name: &str| field(row, name).and_then(|text| text.parse().ok());
            let attestation = entry.map(|entry| Attestation {
                entry_id: entry.to_owned(),
                index: number("rekor_log_index"),
                integrated_time: field(row, "rekor_integrated_time").map(str::to_owned),
                digest: text(row, "rekor_message_digest_hex"),
                version: number("rekor_canonical_message_version"),
            });
            (text(row, "id"), attestation)
        };
        let at_text = text(row, "timestamp");
        Self {
            place: row.place,
            id,
            event_type: text(row, "event_type"),
            payload,
            is_from_public_file,
            is_public: is_from_public_file || matches!(field(row, "is_public"), Some("true" | "t" | "1")),
            at: Instant::parse(&at_text).or_else(|| Instant::parse(&format!("{at_text}T00:00:00Z"))),
            at_text,
            attestation,
        }
    }

    /// How findings name it.
    pub fn subject(&self) -> String {
        format!("audit:{}", self.id)
    }

    /// A text of the payload.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.payload.get(name).and_then(Json::as_text)
    }

    /// A whole number of the payload.
    pub fn integer(&self, name: &str) -> Option<i64> {
        self.payload.get(name).and_then(Json::as_integer)
    }
}

fn attestation_of(stated: &Json) -> Attestation {
    let text = |name: &str| stated.get(name).and_then(Json::as_text).map(str::to_owned);
    Attestation {
        entry_id: text("rekor_log_id").unwrap_or_default(),
        index: stated.get("rekor_log_index").and_then(Json::as_integer),
        integrated_time: text("rekor_integrated_time"),
        digest: text("message_digest_hex").unwrap_or_default(),
        version: stated.get("canonical_message_version").and_then(Json::as_integer),
    }
}

/// A row of `core_election`.
#[derive(Clone, Debug, PartialEq)]
pub struct Election {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Seats.
    pub seats: Option<i64>,
    /// Quorum in percent.
    pub quorum: Option<i64>,
    /// `draft`, `open`, `closed`, `tallied`, `deleted`.
    pub status: String,
    /// Start.
    pub start: Option<Instant>,
    /// End; planned until it is closed.
    pub end: Option<Instant>,
    /// Whether anything stands where the result belongs.
    pub has_result: bool,
    /// Stored result, JSON text; `None` before the tally.
    pub tally_result: Option<String>,
    /// Where the row stands.
    pub place: Place,
}

impl Election {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let number = |name: &str| field(row, name).and_then(|text| text.trim().parse().ok());
        Self {
            id: text(row, "id"),
            name: text(row, "name"),
            seats: number("number_of_seats"),
            quorum: number("quorum"),
            status: text(row, "status"),
            start: field(row, "start_datetime").and_then(Instant::parse),
            end: field(row, "end_datetime").and_then(Instant::parse),
            has_result: field(row, "tally_result").is_some_and(|text| !matches!(text.trim(), "" | "{}" | "null")),
            tally_result: field(row, "tally_result")
                .filter(|text| Json::parse(text).is_some_and(|json| json.get("quota").is_some()))
                .map(str::to_owned),
            place: row.place,
        }
    }
}

/// A candidate, as a table, an event or a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Id.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Text that decides the last tie.
    pub tiebreak: String,
    /// Election; empty where the source names none.
    pub election_id: String,
}

impl Candidate {
    /// Reads a row of `core_candidate`.
    pub fn from_row(row: &TableRow) -> Option<Self> {
        Some(Self {
            id: field(row, "id")?.parse().ok()?,
            name: text(row, "freeipa_username"),
            tiebreak: text(row, "tiebreak_uuid"),
            election_id: text(row, "election_id"),
        })
    }

    /// Reads an item of an event's or a person's list.
    pub fn from_json(item: &Json) -> Option<Self> {
        let text = |name: &str| item.get(name).and_then(Json::as_text).unwrap_or_default().to_owned();
        Some(Self {
            id: item.get("id").and_then(Json::as_integer)?,
            name: text("freeipa_username"),
            tiebreak: text("tiebreak_uuid"),
            election_id: String::new(),
        })
    }
}

/// Candidates of whom only so many may be elected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExclusionGroup {
    /// Row number; empty where a person gave it.
    pub id: String,
    /// Public id.
    pub public_id: String,
    /// Name.
    pub name: String,
    /// Most that may be elected.
    pub max_elected: i64,
    /// Candidates by id.
    pub candidates: Vec<i64>,
    /// Election; empty where a person gave it.
    pub election_id: String,
}

impl ExclusionGroup {
    /// Reads a row of `core_exclusiongroup`; its candidates stand in another table.
    pub fn from_row(row: &TableRow) -> Self {
        Self {
            id: text(row, "id"),
            public_id: text(row, "public_id"),
            name: text(row, "name"),
            max_elected: field(row, "max_elected").and_then(|text| text.parse().ok()).unwrap_or(0),
            // Django's own dumps hold the members here, database dumps in a table of their own.
            candidates: field(row, "candidates").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
            election_id: text(row, "election_id"),
        }
    }

    /// Reads an item of a person's list.
    pub fn from_json(item: &Json) -> Self {
        let text = |name: &str| item.get(name).and_then(Json::as_text).unwrap_or_default().to_owned();
        let ids = item.get("candidate_ids").and_then(Json::as_array).unwrap_or_default();
        Self {
            id: String::new(),
            public_id: text("public_id"),
            name: text("name"),
            max_elected: item.get("max_elected").and_then(Json::as_integer).unwrap_or(0),
            candidates: ids.iter().filter_map(Json::as_integer).collect(),
            election_id: String::new(),
        }
    }

    /// The group and the candidate that a row of `core_exclusiongroupcandidate` joins.
    pub fn member(row: &TableRow) -> Option<(String, i64)> {
        Some((field(row, "exclusion_group_id")?.to_owned(), field(row, "candidate_id")?.parse().ok()?))
    }
}

/// A row of `core_votingcredential`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Row number.
    pub id: i64,
    /// What the voter was given.
    pub public_id: String,
    /// Voter; gone after closing.
    pub username: Option<String>,
    /// Weight.
    pub weight: i64,
    /// Election.
    pub election_id: String,
    /// Where the row stands.
    pub place: Place,
}

impl Credential {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        Self {
            id: field(row, "id").and_then(|text| text.parse().ok()).unwrap_or(0),
            public_id: text(row, "public_id"),
            username: field(row, "freeipa_username").filter(|name| !name.is_empty()).map(str::to_owned),
            weight: field(row, "weight").and_then(|text| text.parse().ok()).unwrap_or(0),
            election_id: text(row, "election_id"),
            place: row.place,
        }
    }
}

/// A row of `core_electionroll`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RollEntry {
    /// Row number.
    pub id: i64,
    /// Voter.
    pub username: String,
    /// Election.
    pub election_id: String,
}

impl RollEntry {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        Self {
            id: field(row, "id").and_then(|text| text.parse().ok()).unwrap_or(0),
            username: text(row, "freeipa_username"),
            election_id: text(row, "election_id"),
        }
    }
}

/// A queued message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Row number.
    pub id: String,
    /// Election that its context names; empty where it names none.
    pub election_id: String,
    /// Who gets it.
    pub recipient: String,
    /// Its text and its context together.
    pub content: String,
    /// Where the row stands.
    pub place: Place,
}

impl Message {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let context = field(row, "context").and_then(Json::parse).unwrap_or(Json::Null);
        let election_id = context.get("election_id").and_then(Json::as_integer).map(|id| id.to_string());
        let content = ["message", "html_message", "context"].map(|name| text(row, name)).join("\n");
        Self {
            id: text(row, "id"),
            election_id: election_id.unwrap_or_default(),
            recipient: text(row, "to"),
            content,
            place: row.place,
        }
    }

    /// True where it holds a credential: the way to vote, and the credential behind it.
    pub fn has_credential(&self) -> bool {
        self.content.contains("#credential=") && self.content.contains("/vote/")
    }
}
