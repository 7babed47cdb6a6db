//! Receipts against the exported ballots: included, replaced, absent, other content, malformed.

use importers::astra::receipts::Receipt;
use importers::astra::rules::{BallotContent, ballot_hash};
use store::Reader;

use super::sources::{self, Sources};
use crate::Error;
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

/// Findings and the words for the voter.
fn judge(answer: &mut ReceiptAnswer) {
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
