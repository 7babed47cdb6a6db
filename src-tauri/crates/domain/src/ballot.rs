//! One row of a ranked ballot chain, with the text of every field as it came.

use crate::Place;

/// A stored ballot that ranks candidates. `None` is NULL, or a field that this kind of export leaves out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BallotRecord {
    /// Number of the row in the case; 0 before it has one.
    pub number: i64,
    /// Where the row stands.
    pub place: Option<Place>,
    /// Election; public exports do not name it.
    pub election_id: Option<String>,
    /// The origin's own row number; public exports leave it out.
    pub id: Option<String>,
    /// Public id of the credential that cast it; public exports leave it out.
    pub credential: Option<String>,
    /// Receipt code: hash of the content, hex.
    pub ballot_hash: Option<String>,
    /// Chain hash of the row before, hex.
    pub previous_chain_hash: Option<String>,
    /// Chain hash of this row, hex.
    pub chain_hash: Option<String>,
    /// Preference order as JSON text: candidates by id or by name.
    pub ranking: Option<String>,
    /// Weight, decimal.
    pub weight: Option<String>,
    /// Whether it counts, as written.
    pub is_counted: Option<String>,
    /// What replaced it: a ballot hash in public exports, a row number in dumps.
    pub superseded_by: Option<String>,
    /// Time of casting, as written.
    pub created_at: Option<String>,
}

impl BallotRecord {
    /// Whether it is marked as counted; `None` where the mark cannot be read.
    pub fn counts(&self) -> Option<bool> {
        match self.is_counted.as_deref() {
            Some("true" | "t" | "1" | "True") => Some(true),
            Some("false" | "f" | "0" | "False") => Some(false),
            _ => None,
        }
    }

    /// How findings name it.
    pub fn subject(&self) -> String {
        format!("ballot:{}", self.ballot_hash.as_deref().unwrap_or("without hash"))
    }
}
