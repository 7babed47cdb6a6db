//! The receipt desk: what the export says about receipts that voters hold. No choice of a voter travels here.

use serde::Serialize;
use ts_rs::TS;
use workflow::domain::ReceiptAnswer;

use super::count;
use super::report::ROWS_SHOWN;

/// What was found about receipts.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptsView {
    /// The first [`ROWS_SHOWN`] receipts; where there are more, those that speak against the export come first.
    pub receipts: Vec<ReceiptView>,
    /// Receipts looked up.
    pub total: u64,
    /// Receipts whose ballot is in the export.
    pub included: u64,
    /// Receipts that speak against the export.
    pub contradicting: u64,
}

/// What was found about one receipt. A check is null where the receipt does not name what it needs.
#[derive(Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptView {
    /// Place among the receipts given, from 1.
    pub number: u64,
    /// Receipt code as it was looked for.
    pub code: String,
    /// For the voter, in plain words, without a choice.
    pub told: String,
    /// True where it speaks against the export.
    pub is_contradicting: bool,
    /// It has the form of a receipt code.
    pub is_well_formed: bool,
    /// A ballot with this code is in the export.
    pub is_included: bool,
    /// A later ballot of the same voter replaced it.
    pub is_replaced: bool,
    /// The details on the receipt give its own code.
    pub fits_itself: Option<bool>,
    /// It stands in the chain where the receipt says.
    pub place_fits: Option<bool>,
    /// The exported ranking is the one that the receipt names.
    pub ranking_fits: Option<bool>,
    /// The exported weight is the one that the receipt names.
    pub weight_fits: Option<bool>,
}

impl From<Vec<ReceiptAnswer>> for ReceiptsView {
    fn from(answers: Vec<ReceiptAnswer>) -> Self {
        let mut receipts: Vec<ReceiptView> = (1..).zip(answers).map(ReceiptView::from).collect();
        let matching = |fits: fn(&ReceiptView) -> bool| count(receipts.iter().filter(|one| fits(one)).count());
        let (included, contradicting) = (matching(|one| one.is_included), matching(|one| one.is_contradicting));
        let total = count(receipts.len());
        if receipts.len() > ROWS_SHOWN {
            receipts.sort_by_key(|one| !one.is_contradicting);
            receipts.truncate(ROWS_SHOWN);
        }
        Self { receipts, total, included, contradicting }
    }
}

impl From<(u64, ReceiptAnswer)> for ReceiptView {
    fn from((number, answer): (u64, ReceiptAnswer)) -> Self {
        let place_fits = match (answer.previous_chain_hash_matches, answer.chain_hash_matches) {
            (None, None) => None,
            (before, own) => Some(before != Some(false) && own != Some(false)),
        };
        Self {
            number,
            is_contradicting: answer.is_contradiction(),
            code: answer.receipt_hash,
            told: answer.told,
            is_well_formed: answer.well_formed,
            is_included: answer.found_in_public_ballots,
            is_replaced: answer.superseded,
            fits_itself: answer.hash_matches,
            place_fits,
            ranking_fits: answer.ranking_matches_export,
            weight_fits: answer.weight_matches_export,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(found: bool) -> ReceiptAnswer {
        ReceiptAnswer {
            receipt_hash: "ab".repeat(32),
            well_formed: true,
            hash_matches: None,
            found_in_public_ballots: found,
            superseded: false,
            r#final: found,
            previous_chain_hash_matches: None,
            chain_hash_matches: found.then_some(true),
            ranking_matches_export: None,
            weight_matches_export: None,
            findings: if found { Vec::new() } else { vec!["K801".to_owned()] },
            told: "Your ballot is in the export.".to_owned(),
            place: None,
        }
    }

    #[test]
    fn a_place_is_told_only_where_the_receipt_names_one() {
        assert_eq!(ReceiptView::from((1, answer(true))).place_fits, Some(true));
        assert_eq!(ReceiptView::from((1, answer(false))).place_fits, None);
        let moved = ReceiptAnswer { previous_chain_hash_matches: Some(false), ..answer(true) };
        assert_eq!(ReceiptView::from((1, moved)).place_fits, Some(false));
    }

    #[test]
    fn of_many_receipts_those_against_the_export_are_shown_first_and_keep_their_number() {
        let mut answers: Vec<_> = (0..ROWS_SHOWN).map(|_| answer(true)).collect();
        answers.push(answer(false));
        let view = ReceiptsView::from(answers);
        assert_eq!((view.total, view.included, view.contradicting), (501, 500, 1));
        assert_eq!((view.receipts.len(), view.receipts[0].number), (ROWS_SHOWN, 501));
    }
}
