//! The exact texts that an election of this program hashes and signs. Voting builds them, verification rebuilds them.
//!
//! All hashes are SHA-256 and written as 64 lower-case hex letters.
//!
//! * ballot hash: of the ballot's body, a compact JSON object with the members below in this order;
//! * genesis: of the text `scrutineer election ID`;
//! * chain hash: of the previous chain hash, a colon and the ballot hash, as hex texts;
//! * signature: HMAC-SHA-256 under the key of the election, of the text `ballot:` and the chain hash in hex;
//! * seal: HMAC-SHA-256 under the same key, of the text that [`closing_text`] builds, made when voting ends;
//! * ledger entry: of the text that [`entry_text`] builds.

use domain::Sha256Digest;
use domain::election::Choices;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Version of these rules, stored with each election.
pub const VERSION: u32 = 1;

/// What a ballot says; its JSON is what the ballot hash covers. Members stand in ascending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BallotBody {
    /// Batch of paper ballots; `null` for a ballot that a voter cast.
    pub batch: Option<u64>,
    /// Choices by contest; contests without a choice are left out.
    pub choices: Choices,
    /// Election.
    pub election: String,
    /// 16 random bytes, hex.
    pub nonce: String,
    /// Set where voting had been reopened when the ballot was cast.
    pub reopened: bool,
    /// Who voted: a pseudonym of 64 hex letters in a secret election, the number on the roll in an identified one, `null` on
    /// paper.
    pub voter: Option<String>,
    /// Votes that the ballot stands for.
    pub weight: u64,
}

impl BallotBody {
    /// The text that is hashed.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a ballot holds texts and numbers only")
    }
}

/// SHA-256 of a text.
pub fn sha256(text: &str) -> Sha256Digest {
    Sha256Digest(Sha256::digest(text).into())
}

/// What the chain of an election starts from.
pub fn genesis(election_id: &str) -> Sha256Digest {
    sha256(&format!("scrutineer election {election_id}"))
}

/// The chain hash of a ballot.
pub fn link(previous: Sha256Digest, ballot: Sha256Digest) -> Sha256Digest {
    sha256(&format!("{}:{}", previous.to_hex(), ballot.to_hex()))
}

/// The text under a ballot's signature.
pub fn signed_text(chain: Sha256Digest) -> String {
    format!("ballot:{}", chain.to_hex())
}

/// The text under the seal that ends voting: nothing can be added behind the last ballot or taken from the end.
pub fn closing_text(election_id: &str, ballots: u64, chain_head: Sha256Digest) -> String {
    format!("closed:{election_id}:{ballots}:{}", chain_head.to_hex())
}

/// The text under a voter's pseudonym, whose key is the salt of the election.
pub fn pseudonym_text(election_id: &str, voter: &str) -> String {
    format!("voter:{election_id}:{voter}")
}

/// The text whose hash is made known before the first ballot and which tells the order that cuts ties: candidate ids, and a
/// random value so that the hash cannot be guessed.
pub fn tie_order_text(election_id: &str, order: &[String], nonce: &str) -> String {
    format!("ties:{election_id}:{}:{nonce}", order.join(","))
}

/// The text under the hash of a ledger entry. The detail is the JSON text itself, the hash before is hex.
pub fn entry_text(number: u64, at: &str, actor: &str, act: &str, detail: &str, previous: &str) -> String {
    format!("{number}\n{at}\n{actor}\n{act}\n{detail}\n{previous}")
}

#[cfg(test)]
mod tests {
    use domain::election::Choice;

    use super::*;

    /// Computed with Python's hashlib and hmac from the description above.
    #[test]
    fn texts_and_hashes_agree_with_an_independent_calculation() {
        let body = BallotBody {
            batch: None,
            choices: [("chair".to_owned(), Choice::Listed(vec!["a".into(), "=Jo \"Ünal\"".into()]))].into(),
            election: "E1".into(),
            nonce: "00112233445566778899aabbccddeeff".into(),
            reopened: false,
            voter: Some("ab".repeat(32)),
            weight: 2,
        };
        let ballot = sha256(&body.text());
        assert_eq!(genesis("E1").to_hex(), "2c11aea38f8358c228211f0f36b7d76ddc5d87d2f54e8296d211897f30397f66");
        assert_eq!(ballot.to_hex(), "e0305b3c7adc1ecaedc59b010871876ac723ca57b1b4a36bac95245029fc0ed1");
        assert_eq!(
            link(genesis("E1"), ballot).to_hex(),
            "d2e6d7a9752aee1ad4b26bc40d1e73f101270b703c730804d80e4823fa762d79"
        );
    }
}
