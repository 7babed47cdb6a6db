//! The ballots of an election looked at again: hashes, chain, and with the key of the case signatures and the count.

use domain::Sha256Digest;
use importers::scrutineer::rules::{self, BallotBody};
use store::Elections;
use store::tables::native::ballot::NativeBallot;
use store::tables::native::election::ElectionRow;
use verification::keyed::KeyedHash;

use super::open::SIGNING_KEY;
use super::people::open_secret;
use super::{CaseKey, counting, find, result};
use crate::{Case, Error};

/// One ballot, looked at in its place of the chain.
pub(super) struct Looked {
    /// Its place is the next one, and it names the ballot before.
    pub(super) follows: bool,
    /// Its content gives its hash.
    pub(super) content_fits: bool,
    /// Its hash and the one before give its place in the chain.
    pub(super) link_fits: bool,
    /// Its signature; `None` without the key.
    pub(super) signature_fits: Option<bool>,
    /// What it says, where that can be read and belongs to this election.
    pub(super) body: Option<BallotBody>,
}

/// A chain of ballots from its beginning to its end.
pub(super) struct Walked {
    /// Ballots in it.
    pub(super) ballots: u64,
    /// The hash that it ends at.
    pub(super) head: Sha256Digest,
    /// True where it holds every ballot that the election and the ledger tell of.
    pub(super) is_whole: bool,
}

/// Looks at every ballot in the order of the chain.
pub(super) fn walk(
    elections: &Elections<'_>,
    row: &ElectionRow,
    signing: Option<&KeyedHash>,
    mut each: impl FnMut(&NativeBallot, Looked),
) -> Result<Walked, Error> {
    let mut head = rules::genesis(&row.id);
    let mut ballots = 0;
    let told = elections.newest_chain_hash_told(&row.id)?;
    let (mut holds_noted, mut holds_told) = (row.noted.ballots == 0, told.is_none());
    elections.each_ballot::<Error>(&row.id, |ballot| {
        ballots += 1;
        let looked = Looked {
            follows: ballot.position == ballots && ballot.previous == head,
            content_fits: rules::sha256(&ballot.body) == ballot.hash,
            link_fits: rules::link(ballot.previous, ballot.hash) == ballot.chain,
            signature_fits: signing
                .map(|signing| signing.fits(rules::signed_text(ballot.chain).as_bytes(), &ballot.signature)),
            body: counting::body_of(&ballot).ok().filter(|body| body.election == row.id),
        };
        head = ballot.chain;
        holds_noted |= ballots == row.noted.ballots && head == row.noted.head;
        holds_told |= told.as_ref().is_some_and(|told| *told == head.to_hex());
        each(&ballot, looked);
        Ok(())
    })?;
    Ok(Walked { ballots, head, is_whole: holds_noted && holds_told && head == row.chain_head })
}

/// Problems that are named one by one.
const NAMED: usize = 20;

/// What a look at the ballots of an election found.
#[derive(Clone, Debug, Default)]
pub(crate) struct BallotChain {
    /// Ballots in the chain.
    pub(crate) ballots: u64,
    /// Paper ballots among them.
    pub(crate) paper: u64,
    /// Ballots cast in a reopened window.
    pub(crate) reopened: u64,
    /// True where it holds every ballot that the election and the ledger tell of.
    pub(crate) is_whole: bool,
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
        let mut found = BallotChain { signatures_checked: signing.is_some(), ..BallotChain::default() };
        let walked = walk(&elections, &row, signing.as_ref(), |ballot, looked| {
            let wrong = [
                (looked.follows, "it does not follow the ballot before it"),
                (looked.content_fits && looked.body.is_some(), "its content does not fit its hash"),
                (looked.link_fits, "its place in the chain does not fit"),
                (looked.signature_fits != Some(false), "its signature does not fit"),
            ];
            for (_, what) in wrong.iter().filter(|(fits, _)| !fits) {
                if found.problems.len() < NAMED {
                    found.problems.push(format!("Ballot {}: {what}.", ballot.position));
                }
            }
            if let Some(body) = looked.body {
                found.paper += u64::from(body.batch.is_some());
                found.reopened += u64::from(body.reopened);
            }
        })?;
        found.ballots = walked.ballots;
        found.is_whole = walked.is_whole;
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
