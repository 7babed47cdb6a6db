//! Votes one by one: is the signature theirs, and which token do they follow from?
//!
//! The origin never checks a vote's signature when the vote is cast, and only its own key makes one that fits. A signature
//! that does not fit therefore has two explanations that the tables cannot part: the vote was altered, or it came with junk.

use std::collections::HashMap;

use domain::{Finding, FindingCode};
use importers::electra::rows::Vote;
use importers::electra::rules;
use rayon::prelude::*;
use verification::PssHash;

use super::keys::{Keys, Signed};
use super::tokens::CheckedToken;

/// A vote with what its checks showed.
pub(crate) struct CheckedVote {
    pub(crate) vote: Vote,
    pub(crate) signed: Signed,
    /// Number of the token whose derived vote token it carries.
    pub(crate) by_vote_token: Option<usize>,
    /// Number of the token whose hash it carries.
    pub(crate) by_token_hash: Option<usize>,
}

impl CheckedVote {
    pub(crate) fn subject(&self) -> String {
        format!("vote:{}", self.vote.id)
    }

    /// The token that both derivations lead to.
    pub(crate) fn token(&self) -> Option<usize> {
        self.by_vote_token.filter(|token| self.by_token_hash == Some(*token))
    }
}

/// Checks all votes.
pub(crate) fn check(votes: Vec<Vote>, tokens: &[CheckedToken], keys: &Keys) -> Vec<CheckedVote> {
    let by_vote_token: HashMap<&str, usize> =
        tokens.iter().enumerate().map(|(number, checked)| (checked.vote_token.as_str(), number)).collect();
    let by_token_hash: HashMap<&str, usize> =
        tokens.iter().enumerate().map(|(number, checked)| (checked.token_hash.as_str(), number)).collect();
    votes
        .into_par_iter()
        .map(|vote| {
            let signed = if vote.signature.is_empty() {
                Signed::Unsigned
            } else {
                let text = rules::vote_signature_text(&vote);
                let bytes = rules::vote_signature(&vote);
                keys.check(PssHash::Sha256, bytes.as_deref(), |opened| opened.fits(text.as_bytes()))
            };
            CheckedVote {
                by_vote_token: by_vote_token.get(vote.vote_token.as_str()).copied(),
                by_token_hash: by_token_hash.get(vote.ballot_token_hash.as_str()).copied(),
                vote,
                signed,
            }
        })
        .collect()
}

/// Findings about the signatures of the votes of one election.
pub(crate) fn findings(votes: &[&CheckedVote], keys: &Keys) -> Vec<Finding> {
    let mut findings = Vec::new();
    let of = |is_meant: &dyn Fn(&Signed) -> bool| -> Vec<&CheckedVote> {
        votes.iter().copied().filter(|checked| is_meant(&checked.signed)).collect()
    };
    let mut add = |code: FindingCode, about: &[&CheckedVote], text: String| {
        if about.is_empty() {
            return;
        }
        let mut finding = Finding::new(code, text);
        for checked in about {
            finding.add(checked.subject(), Some(checked.vote.place));
        }
        findings.push(finding);
    };
    let unsigned = of(&|signed| *signed == Signed::Unsigned);
    add(FindingCode::VoteUnsigned, &unsigned, format!("{} votes carry no signature.", unsigned.len()));
    let unchecked = of(&|signed| *signed == Signed::Unchecked);
    let text = format!("{} votes are signed; the origin's public key checks them.", unchecked.len());
    add(FindingCode::KeyMissing, &unchecked, text);
    let altered = of(&|signed| matches!(signed, Signed::OtherText(..)));
    let foreign = of(&|signed| *signed == Signed::Foreign);
    let valid = of(&Signed::is_valid).len();
    if valid + altered.len() == 0 && !foreign.is_empty() {
        let text = format!(
            "None of the {} signatures of votes was made with a key that was given ({}).",
            foreign.len(),
            keys.names()
        );
        add(FindingCode::KeyMissing, &foreign, text);
        return findings;
    }
    let text = format!(
        "{} votes carry a signature of the key over other fields: ciphertext, nonce, election or vote token were altered after \
         signing, or belong to another vote.",
        altered.len()
    );
    add(FindingCode::SignatureMismatch, &altered, text);
    let text = format!(
        "{} votes carry a signature that was not made with the key. The origin takes any text as a signature when a vote is cast, \
         so such a vote may have come like this from a voter's device; it may also have been put in place of an altered vote.",
        foreign.len()
    );
    add(FindingCode::SignatureMismatch, &foreign, text);
    findings
}
