//! Receipts against the exported ballots: included, replaced, absent, other content, malformed.

use importers::astra::receipts::Receipt;
use importers::astra::rules::{BallotContent, ballot_hash};
use store::Reader;

use super::sources::{self, Sources};
use crate::Error;
use crate::audit::receipts::{LookedUp, judge};
use domain::{EvidenceFile, ReceiptAnswer};

/// Looks receipts up, in the order given.
pub(crate) fn check(reader: &Reader, receipts: &[Receipt]) -> Result<LookedUp, Error> {
    let elections = sources::gather(reader)?;
    let mut files = reader.evidence()?;
    files.retain(|file| {
        let sets = elections.iter().flat_map(|election| election.ballots.iter().chain(&election.copies));
        sets.into_iter().any(|set| set.file == file.id)
    });
    let answers = receipts.iter().map(|receipt| answer(reader, &elections, &files, receipt));
    let answers = answers.collect::<Result<_, _>>()?;
    let election = match elections.as_slice() {
        [one] => one.title.clone(),
        _ => String::new(),
    };
    Ok(LookedUp { election, files, answers })
}

fn answer(
    reader: &Reader,
    elections: &[Sources],
    files: &[EvidenceFile],
    receipt: &Receipt,
) -> Result<ReceiptAnswer, Error> {
    let code = receipt.ballot_hash.trim().to_lowercase();
    let well_formed = code.len() == 64 && code.bytes().all(|byte| byte.is_ascii_hexdigit());
    let own: Vec<&Sources> = match receipt.election_id {
        Some(id) => {
            let named: Vec<&Sources> =
                elections.iter().filter(|election| election.id.as_deref() == Some(&id.to_string())).collect();
            // A receipt of another election is still looked for here, so that the voter learns where it belongs.
            if named.is_empty() { elections.iter().collect() } else { named }
        }
        None => elections.iter().collect(),
    };
    let mut found = None;
    if well_formed {
        for ballot in reader.ballots_by_hash(&code)? {
            let owner = own.iter().find(|election| {
                election.ballots.as_ref().is_some_and(|set| {
                    ballot.place.is_some_and(|place| place.file == set.file) && ballot.election_id == set.named
                })
            });
            if let Some(owner) = owner {
                found = Some((*owner, ballot));
                break;
            }
        }
    }
    let election = found.as_ref().map(|(owner, _)| *owner).or_else(|| own.first().copied());
    let ids = ranking_ids(receipt, election);
    let computed = match (&receipt.credential, &receipt.nonce, receipt.election_id, receipt.weight, &ids) {
        (Some(credential), Some(nonce), Some(election_id), Some(weight), Some(ranking)) => {
            Some(ballot_hash(&BallotContent { election_id, credential, ranking, weight, nonce }))
        }
        _ => None,
    };
    let hash_matches = computed.map(|computed| computed == receipt.ballot_hash.trim());
    let mut answer = ReceiptAnswer {
        receipt_hash: code,
        well_formed,
        hash_matches,
        found_in_public_ballots: found.is_some(),
        superseded: false,
        r#final: false,
        previous_chain_hash_matches: None,
        chain_hash_matches: None,
        ranking_matches_export: None,
        weight_matches_export: None,
        findings: Vec::new(),
        told: String::new(),
        place: None,
    };
    if let Some((owner, ballot)) = &found {
        answer.place = ballot.place.and_then(|place| {
            let file = files.iter().find(|file| file.id == place.file)?;
            Some((file.path.clone(), place.row))
        });
        answer.superseded = ballot.superseded_by.is_some();
        answer.r#final = !answer.superseded;
        let same = |held: &Option<String>, stored: &Option<String>| {
            held.as_ref()
                .map(|held| Some(held.trim().to_lowercase()) == stored.as_ref().map(|hash| hash.to_lowercase()))
        };
        answer.previous_chain_hash_matches = same(&receipt.previous_chain_hash, &ballot.previous_chain_hash);
        answer.chain_hash_matches = same(&receipt.chain_hash, &ballot.chain_hash);
        answer.weight_matches_export =
            receipt.weight.map(|weight| ballot.weight.as_deref() == Some(weight.to_string().as_str()));
        answer.ranking_matches_export = ranking_matches(receipt, owner, ballot.ranking.as_deref());
    }
    judge(&mut answer);
    Ok(answer)
}

/// The voter's ranking by ids: as given, or by the names of the candidates.
fn ranking_ids(receipt: &Receipt, election: Option<&Sources>) -> Option<Vec<i64>> {
    receipt.ranking_ids.clone().or_else(|| {
        let election = election?;
        receipt.ranking_names.as_ref()?.iter().map(|name| election.candidate_of(name)).collect()
    })
}

fn ranking_matches(receipt: &Receipt, election: &Sources, exported: Option<&str>) -> Option<bool> {
    let items: Vec<serde_json::Value> = serde_json::from_str(exported?).ok()?;
    let texts: Vec<String> =
        items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
    if let Some(ids) = ranking_ids(receipt, Some(election)) {
        let exported: Option<Vec<i64>> = texts.iter().map(|text| election.candidate_of(text)).collect();
        if let Some(exported) = exported {
            return Some(exported == ids);
        }
    }
    receipt.ranking_names.as_ref().map(|names| *names == texts)
}
