//! Receipts, the same for every source system: what was looked up in, and what is concluded from how a receipt compares.

use domain::{EvidenceFile, FindingCode, ReceiptAnswer};

/// What receipts were looked up in, and what was found.
pub(crate) struct LookedUp {
    /// Title of the election; empty where there are several.
    pub(crate) election: String,
    /// Files with ballots.
    pub(crate) files: Vec<EvidenceFile>,
    /// In the order given.
    pub(crate) answers: Vec<ReceiptAnswer>,
}

/// Findings and the words for the voter.
pub(crate) fn judge(answer: &mut ReceiptAnswer) {
    let mut codes = Vec::new();
    let differs = [
        (answer.ranking_matches_export, "the ranking"),
        (answer.weight_matches_export, "the weight"),
        (answer.previous_chain_hash_matches, "the place in the chain"),
        (answer.chain_hash_matches, "the chain hash"),
    ];
    let wrong: Vec<&str> = differs.iter().filter(|(fits, _)| *fits == Some(false)).map(|(_, what)| *what).collect();
    // A receipt that does not even fit itself cannot speak against the export.
    let is_sound = answer.well_formed && answer.hash_matches != Some(false);
    let mut told = Vec::new();
    if !answer.well_formed {
        codes.push(FindingCode::ReceiptMalformed);
        told.push(
            "This is no receipt code: it must be 64 letters from 0-9 and a-f. Copy it again from the receipt message."
                .to_owned(),
        );
    } else if !answer.found_in_public_ballots {
        if is_sound {
            codes.push(FindingCode::ReceiptNotFound);
        }
        told.push("No ballot with this receipt code is in the export. If the receipt belongs to this election, the ballot is missing: keep the receipt and show it to the auditor.".to_owned());
    } else {
        told.push(match answer.superseded {
            true => {
                "Your ballot is in the export. It was replaced by a later ballot of yours, and that one counts instead."
                    .to_owned()
            }
            false => "Your ballot is in the export, and it is the one that counts.".to_owned(),
        });
        if is_sound && !wrong.is_empty() {
            codes.push(FindingCode::ReceiptContentDiffers);
            told.push(format!(
                "But {} in the export is not what your receipt says. Keep the receipt and show it to the auditor.",
                wrong.join(" and ")
            ));
        }
        if answer.superseded {
            codes.push(FindingCode::ReceiptReplaced);
        }
    }
    match answer.hash_matches {
        Some(false) if answer.well_formed => {
            codes.push(FindingCode::ReceiptMalformed);
            told.push("The details on the receipt do not give its own code, so one of them was copied wrongly or belongs to another ballot: compare election, credential, nonce, weight and ranking with the message.".to_owned());
        }
        Some(true) => told.push("The details on the receipt give its own code.".to_owned()),
        _ => {}
    }
    codes.sort();
    codes.dedup();
    answer.findings = codes.into_iter().map(|code| code.code().to_owned()).collect();
    answer.told = told.join(" ");
}
