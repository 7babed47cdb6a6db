//! What an export says about a receipt that a voter holds.

use serde::Serialize;

use crate::FindingCode;

/// What the export says about one receipt, in the words of the command line's contract. It names no choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReceiptAnswer {
    /// The receipt code in the form in which it was looked for.
    pub receipt_hash: String,
    /// 64 hex letters, whatever their case.
    pub well_formed: bool,
    /// The receipt's content gives its own code; `None` where the receipt does not carry all of it.
    pub hash_matches: Option<bool>,
    /// A ballot with the code is in the export.
    pub found_in_public_ballots: bool,
    /// A later ballot replaced it.
    pub superseded: bool,
    /// It is the last of its credential.
    pub r#final: bool,
    /// The ballot follows the hash that the receipt names.
    pub previous_chain_hash_matches: Option<bool>,
    /// The ballot has the chain hash that the receipt names.
    pub chain_hash_matches: Option<bool>,
    /// The exported ranking is the one that the voter names.
    pub ranking_matches_export: Option<bool>,
    /// The exported weight is the one that the receipt names.
    pub weight_matches_export: Option<bool>,
    /// Codes of findings.
    pub findings: Vec<String>,
    /// For the voter, in plain words, without a choice.
    #[serde(skip)]
    pub told: String,
    /// File and row of the ballot that was found.
    #[serde(skip)]
    pub place: Option<(String, u64)>,
}

impl ReceiptAnswer {
    /// True where the receipt speaks against the export.
    pub fn is_contradiction(&self) -> bool {
        let against = [FindingCode::ReceiptNotFound, FindingCode::ReceiptContentDiffers];
        self.findings.iter().any(|code| against.iter().any(|one| one.code() == code))
    }
}

/// Receipts that were looked up together, with all that a printed statement names.
#[derive(Clone, Debug)]
pub struct ReceiptStatement {
    /// Title of the election; empty where the export does not name one.
    pub election: String,
    /// Files with the ballots that were searched: path, SHA-256 in hex, rows.
    pub files: Vec<(String, String, u64)>,
    /// Ledger head of the case, hex; empty where there was no case.
    pub ledger_head: String,
    /// Number of the entry that is the ledger head, from 1; 0 where there was no case.
    pub ledger_number: i64,
    /// When the receipts were looked up, ISO text; for an export without a case, the newest instant that it holds.
    pub at: String,
    /// The answers, in the order of the receipts.
    pub answers: Vec<ReceiptAnswer>,
}
