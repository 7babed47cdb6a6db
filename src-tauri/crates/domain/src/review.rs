//! What a reviewer says about a finding: explained or confirmed, by whom, when and why. The finding itself stays.

use serde::{Deserialize, Serialize};

use crate::Sha256Digest;

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// There is an innocent cause, which the reason names.
    Explained,
    /// It is as it seems.
    Confirmed,
}

impl Mark {
    /// The word used in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Explained => "explained",
            Self::Confirmed => "confirmed",
        }
    }

    /// Reads [`Mark::word`] back.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Explained, Self::Confirmed].into_iter().find(|mark| mark.word() == word)
    }
}

/// Names a finding by what it is, so that a mark outlives a new verification that finds the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MarkedFinding {
    /// Election; empty for a finding about the whole case.
    pub election_id: String,
    /// Printed code.
    pub code: String,
    /// SHA-256 over the subjects.
    pub subjects: Sha256Digest,
}

/// A reviewer's word about a finding, as reports print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingReview {
    /// What is said.
    pub mark: Mark,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When, ISO text.
    pub at: String,
}
