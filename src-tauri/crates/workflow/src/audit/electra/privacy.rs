//! What ties a voter to a vote. In this system the tie is there by design: the vote token follows from token, election and
//! voter without any secret, so whoever holds the tables can tell who cast which ciphertext. That is an assumption of the
//! claim, not an accusation; the choice itself stays sealed. Only numbers are told: naming the rows would print the ties.

use std::collections::{BTreeMap, BTreeSet};

use domain::report::ReportTable;
use domain::{Finding, FindingCode};
use importers::electra::rows::UsageNote;

use super::log::{Checked, Log};
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
    /// By an address that only one person used.
    pub(crate) addresses: u64,
}

impl Ties {
    pub(crate) fn any(&self) -> u64 {
        self.derived + self.notes + self.entries + self.addresses
    }

    /// For reports: ways with their numbers.
    pub(crate) fn table(&self) -> ReportTable {
        let ways = [
            (
                "derived vote token",
                self.derived,
                "The vote token follows from token, election and voter without any secret, so the tables alone tell whose it is.",
            ),
            ("notes on tokens", self.notes, "A note of the token's use names the vote, and the token names the voter."),
            ("audit entries", self.entries, "An entry of the audit log names the vote and the person who cast it."),
            (
                "addresses",
                self.addresses,
                "The vote keeps the address that it came from, and in the audit log only one person used that address.",
            ),
        ];
        ReportTable {
            name: "secrecy".to_owned(),
            title: "Ways from a voter to a vote".to_owned(),
            note: "How many votes each way would tie to a voter. What they chose stays sealed. The links themselves are never printed."
                .to_owned(),
            columns: ["Way", "Votes#", "How"].map(str::to_owned).to_vec(),
            rows: ways.map(|(way, votes, how)| vec![way.to_owned(), votes.to_string(), how.to_owned()]).to_vec(),
        }
    }
}

/// Addresses that only one person used, as far as the log tells.
fn own_addresses(log: &Log) -> BTreeSet<&str> {
    let mut users: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Checked { entry, .. } in &log.entries {
        // The origin writes this word where it means to name nobody.
        if let (Some(address), false) =
            (entry.ip_address.as_deref(), matches!(entry.user_identifier.as_str(), "" | "System"))
        {
            users.entry(address).or_default().insert(&entry.user_identifier);
        }
    }
    users.into_iter().filter(|(_, people)| people.len() == 1).map(|(address, _)| address).collect()
}

/// Counts the ties of an election's votes and tells them, as information.
pub(crate) fn check(
    election_id: &str,
    votes: &[&CheckedVote],
    usage: &[UsageNote],
    log: &Log,
) -> (Ties, Option<Finding>) {
    let mut ties = Ties::default();
    let own = own_addresses(log);
    let noted: BTreeSet<&str> =
        usage.iter().filter(|note| note.ballot_token_id.is_some()).filter_map(|note| note.vote_id.as_deref()).collect();
    for vote in votes {
        ties.derived += u64::from(vote.token().is_some());
        ties.addresses += u64::from(vote.vote.submitted_ip.as_deref().is_some_and(|address| own.contains(address)));
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
         token, {} by notes on tokens, {} by audit entries that name vote and person, {} by an address that only one person used. \
         What they chose stays sealed. Restrict access to these tables.",
        ties.derived, ties.notes, ties.entries, ties.addresses
    );
    let is_any = ties.any() > 0;
    let finding =
        Finding::new(FindingCode::LinkExists, detail).as_info().about(format!("election:{election_id}"), None);
    (ties, is_any.then_some(finding))
}
