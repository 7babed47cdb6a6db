//! Receipts of elections that were run with this program against their publication.
//!
//! A receipt holds code, nonce, weight and chain place. With the voter's choices the code can be computed again; the pseudonym
//! that it covers stands beside the ballot in both forms of the publication.

use std::collections::{BTreeMap, HashMap};

use domain::election::Choices;
use domain::{FileId, ReceiptAnswer};
use importers::astra::receipts::Receipt;
use importers::scrutineer::rows::BallotRow;
use importers::scrutineer::rules::{self, BallotBody};
use importers::scrutineer::tables::BALLOTS;
use store::Reader;

use super::sources::{self, Sources};
use crate::Error;
use crate::audit::receipts::{LookedUp, judge};

fn code_of(receipt: &Receipt) -> String {
    receipt.ballot_hash.trim().to_lowercase()
}

/// A ballot that a receipt asks for.
struct Found {
    row: BallotRow,
    /// A later ballot of the same voter is there.
    is_replaced: bool,
}

fn voter_of(row: &BallotRow, body: Option<&BallotBody>) -> Option<String> {
    body.and_then(|body| body.voter.clone()).or_else(|| row.voter.clone())
}

/// Looks receipts up, in the order given.
pub(crate) fn check(reader: &Reader, receipts: &[Receipt]) -> Result<LookedUp, Error> {
    let elections = sources::gather(reader)?;
    let in_use: Vec<FileId> = elections.iter().filter_map(|it| it.ballots.as_ref()).map(|file| file.file).collect();
    let wanted: Vec<String> = receipts.iter().map(code_of).collect();
    let mut found: BTreeMap<String, Found> = BTreeMap::new();
    // The wanted ballots of each voter that have not been replaced so far.
    let mut newest: HashMap<(FileId, String), String> = HashMap::new();
    reader.scan_rows(BALLOTS, &mut |row| {
        if !in_use.contains(&row.place.file) {
            return true;
        }
        let row = BallotRow::from_row(&row);
        let body = row.content().map(|(body, _)| body);
        if let Some(voter) = voter_of(&row, body.as_ref()) {
            let key = (row.place.file, voter);
            if let Some(before) = newest.remove(&key).and_then(|code| found.get_mut(&code)) {
                before.is_replaced = true;
            }
            if wanted.contains(&row.hash) {
                newest.insert(key, row.hash.clone());
            }
        }
        if wanted.contains(&row.hash) {
            found.insert(row.hash.clone(), Found { row, is_replaced: false });
        }
        true
    })?;
    let mut files = reader.evidence()?;
    files.retain(|file| in_use.contains(&file.id));
    let answers = receipts.iter().map(|receipt| {
        let found = found.get(&code_of(receipt));
        let owner = found.and_then(|found| {
            elections.iter().find(|it| it.ballots.as_ref().is_some_and(|file| file.file == found.row.place.file))
        });
        let place = found.and_then(|found| {
            let file = files.iter().find(|file| file.id == found.row.place.file)?;
            Some((file.path.clone(), found.row.place.row))
        });
        answer(receipt, found, owner, place)
    });
    let answers = answers.collect();
    let election = match elections.as_slice() {
        [one] => one.title.clone(),
        _ => String::new(),
    };
    Ok(LookedUp { election, files, answers })
}

fn answer(
    receipt: &Receipt,
    found: Option<&Found>,
    owner: Option<&Sources>,
    place: Option<(String, u64)>,
) -> ReceiptAnswer {
    let code = code_of(receipt);
    let well_formed = code.len() == 64 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut answer = ReceiptAnswer {
        receipt_hash: code.clone(),
        well_formed,
        hash_matches: None,
        found_in_public_ballots: found.is_some(),
        superseded: false,
        r#final: false,
        previous_chain_hash_matches: None,
        chain_hash_matches: None,
        ranking_matches_export: None,
        weight_matches_export: None,
        findings: Vec::new(),
        told: String::new(),
        place,
    };
    let Some(found) = found else {
        judge(&mut answer);
        return answer;
    };
    let row = &found.row;
    let body = row.content().map(|(body, _)| body);
    answer.superseded = found.is_replaced;
    answer.r#final = !found.is_replaced;
    let same = |held: &Option<String>, stored: &str| held.as_ref().map(|held| held.trim().to_lowercase() == stored);
    let is_at_place = receipt.position.is_none_or(|position| row.position == Some(position));
    answer.previous_chain_hash_matches = same(&receipt.previous_chain_hash, &row.previous)
        .map(|is_same| is_same && is_at_place)
        .or((!is_at_place).then_some(false));
    answer.chain_hash_matches = same(&receipt.chain_hash, &row.chain);
    answer.weight_matches_export =
        receipt.weight.zip(body.as_ref()).map(|(held, body)| u64::try_from(held) == Ok(body.weight));
    let choices = receipt.choices.as_deref().and_then(|text| serde_json::from_str::<Choices>(text).ok());
    // A voter writes choices as on the ballot paper; the ballot holds them in their one form.
    let setup = owner.and_then(|it| it.setup.as_ref());
    let choices = choices.map(|choices| setup.and_then(|setup| setup.accept(&choices).ok()).unwrap_or(choices));
    answer.ranking_matches_export = choices.as_ref().zip(body.as_ref()).map(|(held, body)| *held == body.choices);
    if let (Some(choices), Some(nonce), Some(owner)) = (choices, &receipt.nonce, owner) {
        let held = BallotBody {
            batch: None,
            choices,
            election: owner.id.clone(),
            nonce: nonce.trim().to_owned(),
            reopened: false,
            voter: voter_of(row, body.as_ref()),
            weight: receipt.weight.and_then(|weight| u64::try_from(weight).ok()).unwrap_or(1),
        };
        // A receipt does not say whether voting had been reopened.
        let fits = |reopened| rules::sha256(&BallotBody { reopened, ..held.clone() }.text()).to_hex() == code;
        answer.hash_matches = Some(fits(false) || fits(true));
    } else if let (Some(nonce), Some(body)) = (&receipt.nonce, &body) {
        // Without choices only the random value can be compared; a wrong one was copied wrongly.
        answer.hash_matches = (nonce.trim() != body.nonce).then_some(false);
    }
    judge(&mut answer);
    if row.excluded.is_some() {
        answer.r#final = false;
        answer.told.push_str(" It was excluded from the count; the publication names the reason.");
    }
    answer
}
