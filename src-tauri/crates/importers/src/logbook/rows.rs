//! Typed views of the smaller tables. Fields that the checks do not need stay in the stored row.

use domain::vote::flag;
use domain::{Instant, Place, TableRow};

use crate::json::Json;

/// Fields of a row by name, read as what they mean.
struct Fields<'a>(&'a TableRow);

impl Fields<'_> {
    fn text(&self, name: &str) -> Option<String> {
        self.0
            .fields
            .iter()
            .find(|(field, _)| field == name)
            .and_then(|(_, value)| value.clone())
            .filter(|text| !text.is_empty())
    }

    fn integer(&self, name: &str) -> Option<i64> {
        self.text(name)?.trim().parse().ok()
    }

    fn flag(&self, name: &str) -> bool {
        flag(self.text(name).as_deref()).unwrap_or(false)
    }

    fn time(&self, name: &str) -> Option<Instant> {
        Instant::parse(&self.text(name)?)
    }

    fn json(&self, name: &str) -> Option<Json> {
        match Json::parse(&self.text(name)?)? {
            Json::Null => None,
            // JSON kept as text within JSON.
            Json::Text(inner) => Json::parse(&inner).filter(|value| *value != Json::Null),
            value => Some(value),
        }
    }

    fn texts(&self, name: &str) -> Option<Vec<String>> {
        let json = self.json(name)?;
        Some(json.as_array()?.iter().filter_map(|item| item.as_text().map(str::to_owned)).collect())
    }

    fn has(&self, name: &str) -> bool {
        self.0.fields.iter().any(|(field, _)| field == name)
    }
}

/// A row of `elections`.
#[derive(Clone, Debug)]
pub struct Election {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// Organization.
    pub organization_id: Option<String>,
    /// Title.
    pub title: String,
    /// Kind of election.
    pub election_type: Option<String>,
    /// Contests.
    pub positions: Vec<String>,
    /// Start of voting.
    pub start_date: Option<Instant>,
    /// End of voting.
    pub end_date: Option<Instant>,
    /// draft, nominations, open, closed, cancelled.
    pub status: String,
    /// Secret ballot.
    pub is_anonymous: bool,
    /// Choices allowed per contest.
    pub max_votes_per_position: i64,
    /// Who may vote, where restricted.
    pub eligible_voters: Option<Vec<String>>,
    /// simple_majority, supermajority, approval, ranked_choice.
    pub voting_method: String,
    /// most_votes, majority, supermajority, threshold.
    pub victory_condition: String,
    /// Votes needed under `threshold`.
    pub victory_threshold: Option<i64>,
    /// Percentage needed.
    pub victory_percentage: Option<i64>,
    /// What happens on a tie.
    pub tie_policy: Option<String>,
    /// Roll frozen at opening.
    pub roster: Option<Vec<String>>,
    /// Members allowed by override.
    pub overrides: Vec<String>,
    /// Salt of the voter hashes, while it exists.
    pub salt: Option<String>,
    /// True where the export has the column.
    pub has_salt_column: bool,
    /// none, percentage, count.
    pub quorum_type: String,
    /// Its value.
    pub quorum_value: Option<i64>,
    /// Newest link of the vote chain.
    pub last_chain_hash: Option<String>,
    /// True where the export has the column.
    pub has_chain_head_column: bool,
    /// Rollbacks as stored.
    pub rollback_history: Vec<Json>,
    /// Proxy authorizations as stored.
    pub proxy_authorizations: Vec<Json>,
    /// Whether a runoff follows.
    pub parent_election_id: Option<String>,
    /// When the row was made.
    pub created_at: Option<Instant>,
}

impl Election {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        let list = |name| fields.json(name).and_then(|json| json.as_array().map(<[Json]>::to_vec)).unwrap_or_default();
        let overrides = list("voter_overrides")
            .iter()
            .filter_map(|entry| {
                entry.get("user_id").and_then(Json::as_text).or_else(|| entry.as_text()).map(str::to_owned)
            })
            .collect();
        Self {
            place: row.place,
            id: row.key.clone(),
            organization_id: fields.text("organization_id"),
            title: fields.text("title").unwrap_or_default(),
            election_type: fields.text("election_type"),
            positions: fields.texts("positions").unwrap_or_default(),
            start_date: fields.time("start_date"),
            end_date: fields.time("end_date"),
            status: fields.text("status").unwrap_or_default(),
            is_anonymous: !fields.has("anonymous_voting") || fields.flag("anonymous_voting"),
            max_votes_per_position: fields.integer("max_votes_per_position").unwrap_or(1),
            eligible_voters: fields.texts("eligible_voters"),
            voting_method: fields.text("voting_method").unwrap_or_else(|| "simple_majority".to_owned()),
            victory_condition: fields.text("victory_condition").unwrap_or_else(|| "most_votes".to_owned()),
            victory_threshold: fields.integer("victory_threshold"),
            victory_percentage: fields.integer("victory_percentage"),
            tie_policy: fields.text("tie_policy"),
            roster: fields.texts("eligible_roster_snapshot"),
            overrides,
            salt: fields.text("voter_anonymity_salt"),
            has_salt_column: fields.has("voter_anonymity_salt"),
            quorum_type: fields.text("quorum_type").unwrap_or_else(|| "none".to_owned()),
            quorum_value: fields.integer("quorum_value"),
            last_chain_hash: fields.text("last_chain_hash"),
            has_chain_head_column: fields.has("last_chain_hash"),
            rollback_history: list("rollback_history"),
            proxy_authorizations: list("proxy_authorizations"),
            parent_election_id: fields.text("parent_election_id"),
            created_at: fields.time("created_at"),
        }
    }
}

/// A row of `candidates`.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// Election.
    pub election_id: String,
    /// Name on the ballot.
    pub name: String,
    /// Contest.
    pub position: Option<String>,
    /// Accepted the nomination.
    pub is_accepted: bool,
    /// Written in by a voter.
    pub is_write_in: bool,
    /// Write-in merged into another candidate.
    pub merged_into: Option<String>,
    /// Order on the ballot.
    pub display_order: i64,
    /// When the row was made.
    pub created_at: Option<Instant>,
}

impl Candidate {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            election_id: fields.text("election_id").unwrap_or_default(),
            name: fields.text("name").unwrap_or_default(),
            position: fields.text("position"),
            is_accepted: !fields.has("accepted") || fields.flag("accepted"),
            is_write_in: fields.flag("is_write_in"),
            merged_into: fields.text("merged_into_candidate_id"),
            display_order: fields.integer("display_order").unwrap_or(0),
            created_at: fields.time("created_at"),
        }
    }
}

/// A row of `voting_tokens`.
#[derive(Clone, Debug)]
pub struct Token {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// Election.
    pub election_id: String,
    /// SHA-256 of the raw token.
    pub token: Option<String>,
    /// Keyed hash of the voter.
    pub voter_hash: Option<String>,
    /// Issued.
    pub created_at: Option<Instant>,
    /// Not valid after.
    pub expires_at: Option<Instant>,
    /// All contests voted.
    pub is_used: bool,
    /// When that was.
    pub used_at: Option<Instant>,
    /// Test token.
    pub is_test: bool,
    /// First opened.
    pub first_accessed_at: Option<Instant>,
    /// Times opened.
    pub access_count: i64,
    /// Contests voted.
    pub positions_voted: Option<Vec<String>>,
}

impl Token {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            election_id: fields.text("election_id").unwrap_or_default(),
            token: fields.text("token"),
            voter_hash: fields.text("voter_hash"),
            created_at: fields.time("created_at"),
            expires_at: fields.time("expires_at"),
            is_used: fields.flag("used"),
            used_at: fields.time("used_at"),
            is_test: fields.flag("is_test"),
            first_accessed_at: fields.time("first_accessed_at"),
            access_count: fields.integer("access_count").unwrap_or(0),
            positions_voted: fields.texts("positions_voted"),
        }
    }
}

/// A row of `audit_log_checkpoints`.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// First entry covered.
    pub first_log_id: i64,
    /// Last entry covered.
    pub last_log_id: i64,
    /// Hash over all entry hashes.
    pub merkle_root: Option<String>,
    /// Hash over range, count and root.
    pub checkpoint_hash: Option<String>,
    /// Number of entries, as written.
    pub total_entries: String,
    /// True once the entries were archived.
    pub is_archived: bool,
    /// Hash of the last archived entry.
    pub last_log_hash: Option<String>,
    /// Keyed attestation of the boundary.
    pub archive_attestation: Option<String>,
}

impl Checkpoint {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            first_log_id: fields.integer("first_log_id").unwrap_or(0),
            last_log_id: fields.integer("last_log_id").unwrap_or(0),
            merkle_root: fields.text("merkle_root"),
            checkpoint_hash: fields.text("checkpoint_hash"),
            total_entries: fields.text("total_entries").unwrap_or_default(),
            is_archived: fields.text("archived_at").is_some(),
            last_log_hash: fields.text("last_log_hash"),
            archive_attestation: fields.text("archive_attestation"),
        }
    }
}

/// A row of `manual_ballot_batches`.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// Election.
    pub election_id: String,
    /// Officer who recorded it.
    pub recorded_by: Option<String>,
    /// pending, confirmed, voided.
    pub status: String,
    /// Attestations needed.
    pub required_attestations: i64,
    /// Paper ballots in it.
    pub ballots_cast: Option<i64>,
    /// When recorded.
    pub created_at: Option<Instant>,
}

impl Batch {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            election_id: fields.text("election_id").unwrap_or_default(),
            recorded_by: fields.text("recorded_by"),
            status: fields.text("status").unwrap_or_default(),
            required_attestations: fields.integer("required_attestations").unwrap_or(0),
            ballots_cast: fields.integer("ballots_cast"),
            created_at: fields.time("created_at"),
        }
    }
}

/// A row of `manual_ballot_attestations`.
#[derive(Clone, Debug)]
pub struct Attestation {
    /// Where it stands.
    pub place: Place,
    /// Id.
    pub id: String,
    /// Batch.
    pub batch_id: String,
    /// Officer.
    pub attested_by: Option<String>,
}

impl Attestation {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self {
            place: row.place,
            id: row.key.clone(),
            batch_id: fields.text("batch_id").unwrap_or_default(),
            attested_by: fields.text("attested_by"),
        }
    }
}

/// A row of `users`.
#[derive(Clone, Debug)]
pub struct User {
    /// Id.
    pub id: String,
    /// Status, `active` and others.
    pub status: Option<String>,
    /// Kind of membership.
    pub membership_type: Option<String>,
}

impl User {
    /// Reads a row.
    pub fn from_row(row: &TableRow) -> Self {
        let fields = Fields(row);
        Self { id: row.key.clone(), status: fields.text("status"), membership_type: fields.text("membership_type") }
    }
}
