//! What ties a voter to a vote. In this system the tie is there by design: the vote token follows from token, election and
//! voter without any secret, so whoever holds the tables can tell who cast which ciphertext. That is an assumption of the
//! claim, not an accusation; the choice itself stays sealed. Only numbers are told: naming the rows would print the ties.

use domain::{Finding, FindingCode};
use importers::electra::rows::UsageNote;

use super::log::Log;
use super::votes::CheckedVote;

/// How many votes of an election each way ties to a voter.
#[derive(Default)]
pub(crate) struct Ties {
    /// By the derived vote token.
    pub(crate) derived: u64,
    /// By notes on tokens that name the vote.
    pub(crate) notes: u64,
    /// By audit entries that name vote and person.
    pub(crate) entries: u64,
}

/// Counts the ties of an election's votes and tells them, as information.
pub(crate) fn check(
    election_id: &str,
    votes: &[&CheckedVote],
    usage: &[UsageNote],
    log: &Log,
) -> (Ties, Option<Finding>) {
    let mut ties = Ties::default();
    let noted: std::collections::BTreeSet<&str> =
        usage.iter().filter(|note| note.ballot_token_id.is_some()).filter_map(|note| note.vote_id.as_deref()).collect();
    for vote in votes {
        ties.derived += u64::from(vote.token().is_some());
        ties.notes += u64::from(noted.contains(vote.vote.id.as_str()));
    }
    for checked in log.of_kind("vote_cast") {
        let entry = &checked.entry;
        if entry.election_id.as_deref() == Some(election_id)
            // The origin writes this word where it means to name nobody.
            && (entry.user_id.is_some() || !matches!(entry.user_identifier.as_str(), "" | "System"))
            && !entry.target_resource_id.is_empty()
        {
            ties.entries += 1;
        }
    }
    let detail = format!(
        "The link between voter and vote exists, by the origin's design: {} votes can be tied to a named voter by their derived vote \
         token, {} by notes on tokens, {} by audit entries that name vote and person. What they chose stays sealed. Restrict access \
         to these tables.",
        ties.derived, ties.notes, ties.entries
    );
    let is_any = ties.derived + ties.notes + ties.entries > 0;
    let finding =
        Finding::new(FindingCode::LinkExists, detail).as_info().about(format!("election:{election_id}"), None);
    (ties, is_any.then_some(finding))
}
