//! One entry of a source system's audit log, with the text of every field as it came.

use crate::Place;

/// Which kind of export an audit entry came from; fuller ones come first and win over the later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AuditSource {
    /// The table itself, dumped.
    Table,
    /// Lines shipped to a collector.
    Shipped,
    /// An archive file of entries removed from the table.
    Archive,
    /// The official export, which leaves out fields and entries.
    Export,
    /// A list answer, without hashes.
    List,
}

impl AuditSource {
    /// All sources, fullest first.
    pub const ALL: [Self; 5] = [Self::Table, Self::Shipped, Self::Archive, Self::Export, Self::List];

    /// Number in the case file.
    pub fn number(self) -> i64 {
        match self {
            Self::Table => 0,
            Self::Shipped => 1,
            Self::Archive => 2,
            Self::Export => 3,
            Self::List => 4,
        }
    }

    /// Reads [`AuditSource::number`] back.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.number() == number)
    }
}

/// One audit entry. `None` is the database's NULL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where the row stands.
    pub place: Place,
    /// Kind of export.
    pub source: AuditSource,
    /// The origin's running number.
    pub id: i64,
    /// Time, as written.
    pub timestamp: Option<String>,
    /// Unix time in nanoseconds, decimal.
    pub timestamp_nanos: Option<String>,
    /// Event.
    pub event_type: String,
    /// Category (not hashed).
    pub event_category: Option<String>,
    /// Severity (not hashed).
    pub severity: Option<String>,
    /// Actor.
    pub user_id: Option<String>,
    /// Actor's name (not hashed).
    pub username: Option<String>,
    /// Session (not hashed).
    pub session_id: Option<String>,
    /// Organization.
    pub organization_id: Option<String>,
    /// Address.
    pub ip_address: Option<String>,
    /// Browser (not hashed).
    pub user_agent: Option<String>,
    /// JSON text as it came; `None` where the field is NULL.
    pub event_data: Option<String>,
    /// Hash of the predecessor.
    pub previous_hash: Option<String>,
    /// Hash of this entry.
    pub current_hash: Option<String>,
    /// Version of the hash rule; NULL means 1.
    pub hash_version: Option<i64>,
}
