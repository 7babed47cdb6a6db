//! One stored choice, with the text of every field as it came.
//!
//! Fields stay text because signatures cover text: a parsed time or a normalised id could hide an altered byte. The
//! readers of meaning below (`is_truthy`, `wall_clock`) never change what is stored.

use crate::Place;

/// One row of a votes table. `None` is the database's NULL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoteRecord {
    /// Position in the case, from 1, in the order of the export.
    pub number: i64,
    /// Where the row stands.
    pub place: Option<Place>,
    /// Vote id.
    pub id: String,
    /// Election the vote belongs to.
    pub election_id: String,
    /// Candidate chosen.
    pub candidate_id: String,
    /// Voter, where the election is named.
    pub voter_id: Option<String>,
    /// Keyed hash of the voter.
    pub voter_hash: Option<String>,
    /// Contest.
    pub position: Option<String>,
    /// Rank of the choice, in ranked elections.
    pub vote_rank: Option<String>,
    /// When the vote was cast, as written.
    pub voted_at: Option<String>,
    /// Signature, hex.
    pub vote_signature: Option<String>,
    /// Hash that the source uses to refuse a second vote.
    pub vote_dedup_hash: Option<String>,
    /// Link of the vote chain.
    pub chain_hash: Option<String>,
    /// Hash of the receipt.
    pub receipt_hash: Option<String>,
    /// Test ballot.
    pub is_test: Option<String>,
    /// Recorded from paper.
    pub is_manual: Option<String>,
    /// Officer who recorded a paper vote.
    pub recorded_by: Option<String>,
    /// Paper batch.
    pub manual_batch_id: Option<String>,
    /// Cast by a proxy.
    pub is_proxy_vote: Option<String>,
    /// The proxy.
    pub proxy_voter_id: Option<String>,
    /// The authorization used.
    pub proxy_authorization_id: Option<String>,
    /// The member for whom the proxy voted.
    pub proxy_delegating_user_id: Option<String>,
    /// Network address.
    pub ip_address: Option<String>,
    /// Browser.
    pub user_agent: Option<String>,
    /// When the vote was excluded.
    pub deleted_at: Option<String>,
    /// Who excluded it.
    pub deleted_by: Option<String>,
    /// Why.
    pub deletion_reason: Option<String>,
    /// True where the file cannot tell NULL from an empty text (comma separated files).
    pub has_ambiguous_nulls: bool,
}

/// A [`VoteRecord`] whose texts belong to somebody else: what readers and checks pass along without copying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VoteView<'a> {
    /// Position in the case, from 1; 0 before it has one.
    pub number: i64,
    /// Where the row stands.
    pub place: Option<Place>,
    /// Vote id.
    pub id: &'a str,
    /// Election the vote belongs to.
    pub election_id: &'a str,
    /// Candidate chosen.
    pub candidate_id: &'a str,
    /// Voter, where the election is named.
    pub voter_id: Option<&'a str>,
    /// Keyed hash of the voter.
    pub voter_hash: Option<&'a str>,
    /// Contest.
    pub position: Option<&'a str>,
    /// Rank of the choice, in ranked elections.
    pub vote_rank: Option<&'a str>,
    /// When the vote was cast, as written.
    pub voted_at: Option<&'a str>,
    /// Signature, hex.
    pub vote_signature: Option<&'a str>,
    /// Hash that the source uses to refuse a second vote.
    pub vote_dedup_hash: Option<&'a str>,
    /// Link of the vote chain.
    pub chain_hash: Option<&'a str>,
    /// Hash of the receipt.
    pub receipt_hash: Option<&'a str>,
    /// Test ballot.
    pub is_test: Option<&'a str>,
    /// Recorded from paper.
    pub is_manual: Option<&'a str>,
    /// Officer who recorded a paper vote.
    pub recorded_by: Option<&'a str>,
    /// Paper batch.
    pub manual_batch_id: Option<&'a str>,
    /// Cast by a proxy.
    pub is_proxy_vote: Option<&'a str>,
    /// The proxy.
    pub proxy_voter_id: Option<&'a str>,
    /// The authorization used.
    pub proxy_authorization_id: Option<&'a str>,
    /// The member for whom the proxy voted.
    pub proxy_delegating_user_id: Option<&'a str>,
    /// Network address.
    pub ip_address: Option<&'a str>,
    /// Browser.
    pub user_agent: Option<&'a str>,
    /// When the vote was excluded.
    pub deleted_at: Option<&'a str>,
    /// Who excluded it.
    pub deleted_by: Option<&'a str>,
    /// Why.
    pub deletion_reason: Option<&'a str>,
    /// True where the file cannot tell NULL from an empty text.
    pub has_ambiguous_nulls: bool,
}

impl<'a> VoteView<'a> {
    /// The text of a column by its name; `None` for NULL and for unknown names.
    pub fn column(&self, name: &str) -> Option<&'a str> {
        match name {
            "id" => Some(self.id),
            "election_id" => Some(self.election_id),
            "candidate_id" => Some(self.candidate_id),
            "voter_id" => self.voter_id,
            "voter_hash" => self.voter_hash,
            "position" => self.position,
            "vote_rank" => self.vote_rank,
            "voted_at" => self.voted_at,
            "vote_signature" => self.vote_signature,
            "vote_dedup_hash" => self.vote_dedup_hash,
            "chain_hash" => self.chain_hash,
            "receipt_hash" => self.receipt_hash,
            "is_test" => self.is_test,
            "is_manual" => self.is_manual,
            "recorded_by" => self.recorded_by,
            "manual_batch_id" => self.manual_batch_id,
            "is_proxy_vote" => self.is_proxy_vote,
            "proxy_voter_id" => self.proxy_voter_id,
            "proxy_authorization_id" => self.proxy_authorization_id,
            "proxy_delegating_user_id" => self.proxy_delegating_user_id,
            "ip_address" => self.ip_address,
            "user_agent" => self.user_agent,
            "deleted_at" => self.deleted_at,
            "deleted_by" => self.deleted_by,
            "deletion_reason" => self.deletion_reason,
            _ => None,
        }
    }
}

/// Names of the columns of a votes table in their canonical order, with access to each optional one.
pub const VOTE_COLUMNS: [&str; 25] = [
    "id",
    "election_id",
    "candidate_id",
    "voter_id",
    "voter_hash",
    "position",
    "vote_rank",
    "voted_at",
    "vote_signature",
    "vote_dedup_hash",
    "chain_hash",
    "receipt_hash",
    "is_test",
    "is_manual",
    "recorded_by",
    "manual_batch_id",
    "is_proxy_vote",
    "proxy_voter_id",
    "proxy_authorization_id",
    "proxy_delegating_user_id",
    "ip_address",
    "user_agent",
    "deleted_at",
    "deleted_by",
    "deletion_reason",
];

/// Columns of [`VOTE_COLUMNS`] that the signature or a chain covers.
pub const PROTECTED_VOTE_COLUMNS: [&str; 13] = [
    "election_id",
    "candidate_id",
    "voter_id",
    "voter_hash",
    "position",
    "vote_rank",
    "voted_at",
    "vote_signature",
    "chain_hash",
    "is_manual",
    "is_proxy_vote",
    "proxy_delegating_user_id",
    "vote_dedup_hash",
];

impl VoteRecord {
    /// The text of a column by its name; `None` for NULL and for unknown names.
    pub fn column(&self, name: &str) -> Option<&str> {
        self.view().column(name)
    }

    /// A nullable column by its name.
    pub fn optional(&self, name: &str) -> Option<&Option<String>> {
        Some(match name {
            "voter_id" => &self.voter_id,
            "voter_hash" => &self.voter_hash,
            "position" => &self.position,
            "vote_rank" => &self.vote_rank,
            "voted_at" => &self.voted_at,
            "vote_signature" => &self.vote_signature,
            "vote_dedup_hash" => &self.vote_dedup_hash,
            "chain_hash" => &self.chain_hash,
            "receipt_hash" => &self.receipt_hash,
            "is_test" => &self.is_test,
            "is_manual" => &self.is_manual,
            "recorded_by" => &self.recorded_by,
            "manual_batch_id" => &self.manual_batch_id,
            "is_proxy_vote" => &self.is_proxy_vote,
            "proxy_voter_id" => &self.proxy_voter_id,
            "proxy_authorization_id" => &self.proxy_authorization_id,
            "proxy_delegating_user_id" => &self.proxy_delegating_user_id,
            "ip_address" => &self.ip_address,
            "user_agent" => &self.user_agent,
            "deleted_at" => &self.deleted_at,
            "deleted_by" => &self.deleted_by,
            "deletion_reason" => &self.deletion_reason,
            _ => return None,
        })
    }

    /// A column by its name, to fill it.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "voter_id" => &mut self.voter_id,
            "voter_hash" => &mut self.voter_hash,
            "position" => &mut self.position,
            "vote_rank" => &mut self.vote_rank,
            "voted_at" => &mut self.voted_at,
            "vote_signature" => &mut self.vote_signature,
            "vote_dedup_hash" => &mut self.vote_dedup_hash,
            "chain_hash" => &mut self.chain_hash,
            "receipt_hash" => &mut self.receipt_hash,
            "is_test" => &mut self.is_test,
            "is_manual" => &mut self.is_manual,
            "recorded_by" => &mut self.recorded_by,
            "manual_batch_id" => &mut self.manual_batch_id,
            "is_proxy_vote" => &mut self.is_proxy_vote,
            "proxy_voter_id" => &mut self.proxy_voter_id,
            "proxy_authorization_id" => &mut self.proxy_authorization_id,
            "proxy_delegating_user_id" => &mut self.proxy_delegating_user_id,
            "ip_address" => &mut self.ip_address,
            "user_agent" => &mut self.user_agent,
            "deleted_at" => &mut self.deleted_at,
            "deleted_by" => &mut self.deleted_by,
            "deletion_reason" => &mut self.deletion_reason,
            _ => return None,
        })
    }

    /// The same, borrowed.
    pub fn view(&self) -> VoteView<'_> {
        VoteView {
            number: self.number,
            place: self.place,
            id: &self.id,
            election_id: &self.election_id,
            candidate_id: &self.candidate_id,
            voter_id: self.voter_id.as_deref(),
            voter_hash: self.voter_hash.as_deref(),
            position: self.position.as_deref(),
            vote_rank: self.vote_rank.as_deref(),
            voted_at: self.voted_at.as_deref(),
            vote_signature: self.vote_signature.as_deref(),
            vote_dedup_hash: self.vote_dedup_hash.as_deref(),
            chain_hash: self.chain_hash.as_deref(),
            receipt_hash: self.receipt_hash.as_deref(),
            is_test: self.is_test.as_deref(),
            is_manual: self.is_manual.as_deref(),
            recorded_by: self.recorded_by.as_deref(),
            manual_batch_id: self.manual_batch_id.as_deref(),
            is_proxy_vote: self.is_proxy_vote.as_deref(),
            proxy_voter_id: self.proxy_voter_id.as_deref(),
            proxy_authorization_id: self.proxy_authorization_id.as_deref(),
            proxy_delegating_user_id: self.proxy_delegating_user_id.as_deref(),
            ip_address: self.ip_address.as_deref(),
            user_agent: self.user_agent.as_deref(),
            deleted_at: self.deleted_at.as_deref(),
            deleted_by: self.deleted_by.as_deref(),
            deletion_reason: self.deletion_reason.as_deref(),
            has_ambiguous_nulls: self.has_ambiguous_nulls,
        }
    }

    /// Voter hash where it is neither NULL nor empty, otherwise the voter id.
    pub fn identity(&self) -> Option<&str> {
        non_empty(&self.voter_hash).or_else(|| non_empty(&self.voter_id))
    }

    /// True where the vote was excluded by a soft delete.
    pub fn is_deleted(&self) -> bool {
        non_empty(&self.deleted_at).is_some()
    }

    /// True for a test ballot.
    pub fn is_test_ballot(&self) -> bool {
        is_truthy(&self.is_test)
    }

    /// True for a vote recorded from paper.
    pub fn is_paper(&self) -> bool {
        is_truthy(&self.is_manual)
    }
}

impl<'a> VoteView<'a> {
    /// Fills a column by its place in [`VOTE_COLUMNS`]; the first three take no NULL.
    pub fn set(&mut self, column: usize, value: Option<&'a str>) {
        match column {
            0 => self.id = value.unwrap_or_default(),
            1 => self.election_id = value.unwrap_or_default(),
            2 => self.candidate_id = value.unwrap_or_default(),
            3 => self.voter_id = value,
            4 => self.voter_hash = value,
            5 => self.position = value,
            6 => self.vote_rank = value,
            7 => self.voted_at = value,
            8 => self.vote_signature = value,
            9 => self.vote_dedup_hash = value,
            10 => self.chain_hash = value,
            11 => self.receipt_hash = value,
            12 => self.is_test = value,
            13 => self.is_manual = value,
            14 => self.recorded_by = value,
            15 => self.manual_batch_id = value,
            16 => self.is_proxy_vote = value,
            17 => self.proxy_voter_id = value,
            18 => self.proxy_authorization_id = value,
            19 => self.proxy_delegating_user_id = value,
            20 => self.ip_address = value,
            21 => self.user_agent = value,
            22 => self.deleted_at = value,
            23 => self.deleted_by = value,
            24 => self.deletion_reason = value,
            _ => {}
        }
    }

    /// Voter hash where it is neither NULL nor empty, otherwise the voter id.
    pub fn identity(&self) -> Option<&'a str> {
        filled(self.voter_hash).or(filled(self.voter_id))
    }

    /// True where the vote was excluded by a soft delete.
    pub fn is_deleted(&self) -> bool {
        filled(self.deleted_at).is_some()
    }

    /// True for a test ballot.
    pub fn is_test_ballot(&self) -> bool {
        flag(self.is_test).unwrap_or(true)
    }

    /// True for a vote recorded from paper.
    pub fn is_paper(&self) -> bool {
        flag(self.is_manual).unwrap_or(true)
    }

    /// A copy that owns its texts.
    pub fn to_record(&self) -> VoteRecord {
        let own = |value: Option<&str>| value.map(str::to_owned);
        VoteRecord {
            number: self.number,
            place: self.place,
            id: self.id.to_owned(),
            election_id: self.election_id.to_owned(),
            candidate_id: self.candidate_id.to_owned(),
            voter_id: own(self.voter_id),
            voter_hash: own(self.voter_hash),
            position: own(self.position),
            vote_rank: own(self.vote_rank),
            voted_at: own(self.voted_at),
            vote_signature: own(self.vote_signature),
            vote_dedup_hash: own(self.vote_dedup_hash),
            chain_hash: own(self.chain_hash),
            receipt_hash: own(self.receipt_hash),
            is_test: own(self.is_test),
            is_manual: own(self.is_manual),
            recorded_by: own(self.recorded_by),
            manual_batch_id: own(self.manual_batch_id),
            is_proxy_vote: own(self.is_proxy_vote),
            proxy_voter_id: own(self.proxy_voter_id),
            proxy_authorization_id: own(self.proxy_authorization_id),
            proxy_delegating_user_id: own(self.proxy_delegating_user_id),
            ip_address: own(self.ip_address),
            user_agent: own(self.user_agent),
            deleted_at: own(self.deleted_at),
            deleted_by: own(self.deleted_by),
            deletion_reason: own(self.deletion_reason),
            has_ambiguous_nulls: self.has_ambiguous_nulls,
        }
    }
}

/// The text, unless it is empty.
pub fn filled(value: Option<&str>) -> Option<&str> {
    value.filter(|text| !text.is_empty())
}

/// The text, unless it is NULL or empty.
pub fn non_empty(value: &Option<String>) -> Option<&str> {
    value.as_deref().filter(|text| !text.is_empty())
}

/// Reads a stored flag: NULL, empty, 0 and false are false; any other number and true are true; other text is `None`.
pub fn flag(value: Option<&str>) -> Option<bool> {
    let text = match value {
        None | Some("") => return Some(false),
        Some(text) => text.trim(),
    };
    match text {
        "0" | "false" | "False" | "FALSE" | "b'0'" | "f" | "\0" => Some(false),
        "1" | "true" | "True" | "TRUE" | "b'1'" | "t" | "\u{1}" => Some(true),
        other => other.parse::<i64>().ok().map(|number| number != 0),
    }
}

/// [`flag`], taking unreadable text as true: a value that is not recognisably "no" must not pass for "no".
pub fn is_truthy(value: &Option<String>) -> bool {
    flag(value.as_deref()).unwrap_or(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_can_be_read_and_filled() {
        let mut vote = VoteRecord::default();
        for name in &VOTE_COLUMNS[3..] {
            *vote.column_mut(name).expect("known column") = Some((*name).to_owned());
            assert_eq!(vote.column(name), Some(*name), "{name} comes back");
        }
        (vote.id, vote.election_id, vote.candidate_id) = ("id".into(), "election_id".into(), "candidate_id".into());
        let mut view = VoteView::default();
        for (column, name) in VOTE_COLUMNS.iter().enumerate() {
            view.set(column, Some(name));
        }
        assert_eq!(view, vote.view());
        assert_eq!(view.to_record(), vote);
    }

    #[test]
    fn flags_read_all_dump_forms() {
        for text in [None, Some(""), Some("0"), Some("false"), Some("b'0'")] {
            assert_eq!(flag(text), Some(false), "{text:?}");
        }
        for text in ["1", "2", "-1", "true", "True", "b'1'"] {
            assert_eq!(flag(Some(text)), Some(true), "{text}");
        }
        assert_eq!(flag(Some("maybe")), None);
    }
}
