//! The ballots of an election looked at again: hashes, chain, and with the key of the case signatures and the count.

use importers::scrutineer::rules;
use verification::keyed::KeyedHash;

use super::open::SIGNING_KEY;
use super::people::open_secret;
use super::{CaseKey, counting, find, result};
use crate::{Case, Error};

/// Problems that are named one by one.
const NAMED: usize = 20;

/// What a look at the ballots of an election found.
#[derive(Clone, Debug, Default)]
pub(crate) struct BallotChain {
    /// Ballots in the chain.
    pub(crate) ballots: u64,
    /// Ballots that the election itself names.
    pub(crate) ballots_named: u64,
    /// Paper ballots among them.
    pub(crate) paper: u64,
    /// Ballots cast in a reopened window.
    pub(crate) reopened: u64,
    /// True where the chain ends at the head that the election names.
    pub(crate) ends_at_head: bool,
    /// True where signatures were checked.
    pub(crate) signatures_checked: bool,
    /// What does not fit, in sentences; the first twenty.
    pub(crate) problems: Vec<String>,
}

impl Case {
    /// Computes hashes and chain of all ballots again, and the signatures where the key of the case is given.
    pub(crate) fn ballot_chain(&self, id: &str, key: Option<&CaseKey>) -> Result<BallotChain, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let signing = key.map(|key| open_secret(&elections, key, id, SIGNING_KEY)).transpose()?;
        let signing = signing.map(|secret| KeyedHash::new(&secret));
        let mut found =
            BallotChain { ballots_named: row.ballots, signatures_checked: signing.is_some(), ..BallotChain::default() };
        let mut previous = rules::genesis(id);
        elections.each_ballot::<Error>(id, |ballot| {
            found.ballots += 1;
            let at = ballot.position;
            let mut problem = |what: &str| {
                if found.problems.len() < NAMED {
                    found.problems.push(format!("Ballot {at}: {what}."));
                }
            };
            if ballot.position != found.ballots {
                problem("a ballot before it is missing");
            }
            if rules::sha256(&ballot.body) != ballot.hash {
                problem("its content does not fit its hash");
            }
            if ballot.previous != previous || rules::link(ballot.previous, ballot.hash) != ballot.chain {
                problem("its place in the chain does not fit");
            }
            if let Some(signing) = &signing
                && signing.hex(&rules::signed_text(ballot.chain)) != domain::digest::encode_hex(&ballot.signature)
            {
                problem("its signature does not fit");
            }
            previous = ballot.chain;
            // A body that cannot be read does not fit its hash either.
            if let Ok(body) = counting::body_of(&ballot) {
                found.paper += u64::from(body.batch.is_some());
                found.reopened += u64::from(body.reopened);
            }
            Ok(())
        })?;
        found.ends_at_head = previous == row.chain_head;
        Ok(found)
    }

    /// SHA-256 of the result that the ballots give now, as it would have been written at a time.
    pub(crate) fn count_again(&self, id: &str, key: &CaseKey, at: &str) -> Result<String, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let ties = result::tie_orders(&elections, key, &row)?;
        Ok(result::count_election(&elections, &row, &ties, at)?.sha256())
    }
}
