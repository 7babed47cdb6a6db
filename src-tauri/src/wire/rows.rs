//! Pages of votes and audit entries, as the tables ask for them.

use domain::{AuditRecord, AuditSource, VoteRecord, vote};
use serde::Serialize;
use ts_rs::TS;

/// Most rows that one call returns.
pub const PAGE_ROWS_MAX: u32 = 2000;

/// A page of votes.
#[derive(Debug, Serialize, TS)]
pub struct VotesPage {
    /// Rows in the order of the export.
    pub rows: Vec<VoteRow>,
    /// Rows of the election in all.
    pub total: u64,
}

/// One vote.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct VoteRow {
    /// Position in the case, from 1.
    pub number: i64,
    /// Vote id.
    pub id: String,
    /// Contest.
    pub position: String,
    /// Candidate chosen.
    pub candidate_id: String,
    /// Rank, or empty.
    pub rank: String,
    /// When it was cast, as written.
    pub voted_at: String,
    /// Voter hash, or voter id in a named election, or empty.
    pub voter: String,
    /// Address, or empty.
    pub address: String,
    /// Signature, or empty.
    pub signature: String,
    /// Link of the vote chain, or empty.
    pub chain_hash: String,
    /// Marked as test.
    pub is_test: bool,
    /// Recorded from paper.
    pub is_paper: bool,
    /// Cast by a proxy.
    pub is_proxy: bool,
    /// When it was excluded, or empty.
    pub excluded_at: String,
    /// Why it was excluded, or empty.
    pub exclusion_reason: String,
}

impl From<VoteRecord> for VoteRow {
    fn from(vote: VoteRecord) -> Self {
        let is_set = |text: &Option<String>| vote::flag(text.as_deref()).unwrap_or(false);
        let (is_test, is_paper, is_proxy) =
            (is_set(&vote.is_test), is_set(&vote.is_manual), is_set(&vote.is_proxy_vote));
        let hash = vote.voter_hash.filter(|hash| !hash.is_empty());
        Self {
            number: vote.number,
            id: vote.id,
            position: vote.position.unwrap_or_default(),
            candidate_id: vote.candidate_id,
            rank: vote.vote_rank.unwrap_or_default(),
            voted_at: vote.voted_at.unwrap_or_default(),
            voter: hash.or(vote.voter_id).unwrap_or_default(),
            address: vote.ip_address.unwrap_or_default(),
            signature: vote.vote_signature.unwrap_or_default(),
            chain_hash: vote.chain_hash.unwrap_or_default(),
            is_test,
            is_paper,
            is_proxy,
            excluded_at: vote.deleted_at.unwrap_or_default(),
            exclusion_reason: vote.deletion_reason.unwrap_or_default(),
        }
    }
}

/// A page of audit entries.
#[derive(Debug, Serialize, TS)]
pub struct AuditPage {
    /// Rows by number.
    pub rows: Vec<AuditRow>,
    /// Rows in all.
    pub total: u64,
}

/// One audit entry.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditRow {
    /// The origin's number.
    pub id: i64,
    /// Time, as written.
    pub timestamp: String,
    /// Event.
    pub event_type: String,
    /// Category.
    pub category: String,
    /// Severity as the origin wrote it.
    pub severity: String,
    /// Who: the name where there is one, else the id.
    pub actor: String,
    /// Address.
    pub address: String,
    /// Content, JSON text as it came.
    pub data: String,
    /// Hash of the predecessor.
    pub previous_hash: String,
    /// Hash of the entry.
    pub hash: String,
    /// Version of the hash rule.
    pub hash_version: i64,
    /// Which kind of export the row came from.
    pub source: String,
}

impl From<AuditRecord> for AuditRow {
    fn from(entry: AuditRecord) -> Self {
        let name = entry.username.filter(|name| !name.is_empty());
        Self {
            id: entry.id,
            timestamp: entry.timestamp.unwrap_or_default(),
            event_type: entry.event_type,
            category: entry.event_category.unwrap_or_default(),
            severity: entry.severity.unwrap_or_default(),
            actor: name.or(entry.user_id).unwrap_or_default(),
            address: entry.ip_address.unwrap_or_default(),
            data: entry.event_data.unwrap_or_default(),
            previous_hash: entry.previous_hash.unwrap_or_default(),
            hash: entry.current_hash.unwrap_or_default(),
            hash_version: entry.hash_version.unwrap_or(1),
            source: match entry.source {
                AuditSource::Table => "table",
                AuditSource::Shipped => "shipped log",
                AuditSource::Archive => "archive",
                AuditSource::Export => "export",
                AuditSource::List => "list",
            }
            .to_owned(),
        }
    }
}
