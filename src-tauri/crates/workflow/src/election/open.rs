//! Opening: freezes rules, roll and ballot paper, draws keys and the order that cuts ties, issues credentials.

use std::collections::BTreeMap;

use domain::election::{ElectionAct, RollEntry};
use domain::{Instant, Sha256Digest, digest};
use importers::scrutineer::rules;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::tables::native::credential::CredentialRow;
use store::tables::native::election::ElectionRow;
use store::{Change, Elections};
use zeroize::Zeroizing;

use super::people::{keep_secret, open_secret};
use super::roll::roll_digest;
use super::seal::{SealKey, random, shuffle};
use super::{Approval, CaseKey, Gravity, Person, find, hex, setup};
use crate::{Case, Error};

/// Secret: the key that signs ballots.
pub(super) const SIGNING_KEY: &str = "signing_key";
/// Secret: the salt of the voters' pseudonyms. Destroyed at close.
pub(super) const SALT: &str = "salt";
/// Secret: the key that seals which voter a credential belongs to. Destroyed at close.
pub(super) const LINK_KEY: &str = "link_key";
/// Secret until the count: the order that cuts ties.
pub(super) const TIE_ORDER: &str = "tie_order";

/// Letters of a credential: no `I`, `L`, `O`, `U`, which are misread.
const CODE_LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a credential in all: 100 random bits.
const CODE_LENGTH: usize = 20;

/// What the link of a credential holds, sealed.
#[derive(Serialize, Deserialize)]
pub(super) struct Link {
    pub(super) voter: String,
    pub(super) code: Zeroizing<String>,
}

/// The order that cuts ties, by contest, with the value that keeps its hash from being guessed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct TieOrder {
    pub(crate) order: Vec<String>,
    pub(crate) nonce: String,
}

/// A credential with whom it goes to.
#[derive(Clone)]
pub struct Letter {
    /// The voter.
    pub voter: RollEntry,
    /// Who votes for them, where somebody does: the letter goes there.
    pub proxy: Option<RollEntry>,
    /// The code in groups of five letters.
    pub code: Zeroizing<String>,
}

/// A credential as it is typed, in its one form: capitals without dashes, and letters that look alike are one.
pub(super) fn normal_code(typed: &str) -> Zeroizing<String> {
    let mut code = String::with_capacity(CODE_LENGTH);
    for letter in typed.chars().filter(|letter| letter.is_ascii_alphanumeric()) {
        code.push(match letter.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    }
    Zeroizing::new(code)
}

pub(super) fn code_hash(normal: &str) -> Vec<u8> {
    Sha256::digest(format!("credential:{normal}")).to_vec()
}

fn new_code() -> Result<Zeroizing<String>, Error> {
    let bytes: [u8; CODE_LENGTH] = random()?;
    let mut code = Zeroizing::new(String::with_capacity(CODE_LENGTH + 3));
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % 5 == 0 {
            code.push('-');
        }
        code.push(char::from(CODE_LETTERS[usize::from(byte % 32)]));
    }
    Ok(code)
}

pub(super) fn link_place(election: &str, id: &[u8]) -> String {
    format!("{election}/{}", digest::encode_hex(id))
}

pub(super) fn open_link(key: &SealKey, row: &CredentialRow) -> Result<Link, Error> {
    let damaged =
        || Error::refused("the link of this credential cannot be opened: it was altered, or the election is closed");
    let sealed = row.link.as_ref().ok_or_else(damaged)?;
    let opened = key.open(&link_place(&row.election, &row.id), sealed).ok_or_else(damaged)?;
    serde_json::from_slice(&opened).map_err(|_| damaged())
}

pub(super) fn link_key(elections: &Elections<'_>, key: &CaseKey, election: &str) -> Result<SealKey, Error> {
    let bytes = open_secret(elections, key, election, LINK_KEY)?;
    SealKey::from_bytes(&bytes).ok_or_else(|| Error::refused("the link key of this election is damaged"))
}

/// Makes one credential for a voter; `comes_after` where another one was withdrawn for it.
fn issue(
    change: &Change<'_>,
    link_key: &SealKey,
    election: &str,
    voter: &RollEntry,
    comes_after: bool,
) -> Result<(), Error> {
    let id: [u8; 16] = random()?;
    let code = new_code()?;
    let code_hash = code_hash(&normal_code(&code));
    let link = Link { voter: voter.voter.clone(), code };
    let text = Zeroizing::new(serde_json::to_vec(&link).unwrap_or_default());
    let link = link_key.seal(&link_place(election, &id), &text)?;
    change.add_credential(&CredentialRow {
        election: election.to_owned(),
        id: id.to_vec(),
        code_hash,
        weight: voter.weight,
        is_valid: true,
        uses: 0,
        comes_after,
        link: Some(link),
    })?;
    Ok(())
}

fn sha256(bytes: &[u8]) -> Sha256Digest {
    Sha256Digest(Sha256::digest(bytes).into())
}

impl Case {
    /// Opens an election: freezes it, draws its secrets and issues a credential for each voter. Hashes of the salt, the link
    /// key and the order that cuts ties get into the ledger before the first ballot.
    ///
    /// # Errors
    /// Refused with everything that is missing.
    pub fn open_election(&mut self, by: &Approval, key: &CaseKey, id: &str) -> Result<u64, Error> {
        self.act(id, ElectionAct::Open, by, |change, row, stamp| {
            // The phase is open from here on, so what is missing is asked as if it were the draft that it was.
            let before = ElectionRow { phase: domain::election::Phase::Draft, ..row.clone() };
            let missing = setup::missing(change, &before, stamp.instant())?;
            let blocking: Vec<String> = missing
                .into_iter()
                .filter(|missing| missing.is_blocking)
                .map(|missing| format!("{}: {}", missing.place, missing.text))
                .collect();
            if !blocking.is_empty() {
                return Err(Error::refused(format!("this election cannot open yet. {}", blocking.join(" "))));
            }
            let mut roll = change.roll(id)?;
            shuffle(&mut roll)?;
            let link_key = SealKey::random()?;
            let salt = Zeroizing::new(random::<32>()?);
            let signing = Zeroizing::new(random::<32>()?);
            let ties = draw_tie_orders(row)?;
            keep_secret(change, key, id, LINK_KEY, link_key.bytes())?;
            if row.setup.is_secret() {
                keep_secret(change, key, id, SALT, salt.as_ref())?;
            }
            keep_secret(change, key, id, SIGNING_KEY, signing.as_ref())?;
            keep_secret(change, key, id, TIE_ORDER, serde_json::to_string(&ties).unwrap_or_default().as_bytes())?;
            for voter in &roll {
                issue(change, &link_key, id, voter, false)?;
            }
            let credentials = u64::try_from(roll.len()).unwrap_or(u64::MAX);
            let votes: u64 = roll.iter().map(|voter| voter.weight).sum();
            let planned = row.setup.starts_at;
            row.opened_at = Some(stamp.at.clone());
            let commitments: BTreeMap<&String, String> = ties
                .iter()
                .map(|(contest, tie)| (contest, hex(rules::sha256(&rules::tie_order_text(id, &tie.order, &tie.nonce)))))
                .collect();
            let frozen = json!({
                "rules_version": rules::VERSION,
                "setup_sha256": hex(sha256(serde_json::to_string(&row.setup.public()).unwrap_or_default().as_bytes())),
                "roll_sha256": roll_digest(&roll),
                "eligible_voters": credentials,
                "eligible_votes": votes,
                "genesis": hex(rules::genesis(id)),
                "signing_key_sha256": hex(sha256(signing.as_ref())),
                "salt_sha256": row.setup.is_secret().then(|| hex(sha256(salt.as_ref()))),
                "link_key_sha256": hex(sha256(link_key.bytes())),
                "tie_order_sha256": commitments,
            });
            let overrides = row.facts["lock_overrides"].take();
            row.facts = frozen.clone();
            if !overrides.is_null() {
                row.facts["lock_overrides"] = overrides;
            }
            let candidates: usize = row.setup.contests.iter().map(|contest| contest.standing().count()).sum();
            let mut detail = json!({
                "title": row.setup.title,
                "candidate_count": candidates,
                "start_adjusted_to_open_time": planned.is_some_and(|planned| planned > stamp.instant()),
                "roster_frozen_count": credentials,
                "ends_at": row.ends_at,
                "second_person": super::people_of(by),
            });
            if let (Some(detail), Some(frozen)) = (detail.as_object_mut(), frozen.as_object()) {
                detail.extend(frozen.clone());
            }
            stamp.event(change, row, "election_opened", Gravity::Info, detail)?;
            Ok(credentials)
        })
    }

    /// The credentials of an open election with whom they go to, by name. Reading them is recorded.
    ///
    /// # Errors
    /// Refused unless the election is open.
    pub fn letters(&mut self, by: &Person, key: &CaseKey, id: &str) -> Result<Vec<Letter>, Error> {
        self.act(id, ElectionAct::PrintLetters, &Approval::of(by.clone()), |change, row, stamp| {
            let link_key = link_key(change, key, id)?;
            let roll: BTreeMap<String, RollEntry> =
                change.roll(id)?.into_iter().map(|entry| (entry.voter.clone(), entry)).collect();
            let proxies: BTreeMap<String, String> = change
                .proxies(id)?
                .into_iter()
                .filter(|granted| granted.revoked_at.is_none())
                .map(|granted| (granted.voter, granted.proxy))
                .collect();
            let mut letters = Vec::new();
            for credential in change.credentials(id)?.iter().filter(|credential| credential.is_valid) {
                let link = open_link(&link_key, credential)?;
                let Some(voter) = roll.get(&link.voter) else { continue };
                let proxy = proxies.get(&link.voter).and_then(|proxy| roll.get(proxy)).cloned();
                letters.push(Letter { voter: voter.clone(), proxy, code: link.code });
            }
            letters.sort_by(|a, b| (&a.voter.name, &a.voter.voter).cmp(&(&b.voter.name, &b.voter.voter)));
            let detail = json!({
                "title": row.setup.title,
                "recipients": letters.len(),
                "failed": 0,
                "skipped_empty_ballot": 0,
            });
            stamp.event(change, row, "credential_letters_printed", Gravity::Info, detail)?;
            Ok(letters)
        })
    }

    /// Withdraws the credential of a voter who has not voted and issues another, for a lost or leaked letter. Where the rules
    /// allow replacement ballots, it may be done after voting as well: the new ballot takes the place of the old one.
    ///
    /// # Errors
    /// Refused where the voter is not on the roll, or voted already and may not vote again.
    pub fn reissue_credential(&mut self, by: &Person, key: &CaseKey, id: &str, voter: &str) -> Result<Letter, Error> {
        self.act(id, ElectionAct::PrintLetters, &Approval::of(by.clone()), |change, row, stamp| {
            let link_key = link_key(change, key, id)?;
            let (voter, _) = withdraw(change, row, key, &link_key, voter)?;
            issue(change, &link_key, id, &voter, true)?;
            let issued = newest_link(change, &link_key, id, &voter.voter)?;
            // In a secret election nothing tells whose credential it was, so nothing can be told from its later use.
            let whose = (!row.setup.is_secret()).then(|| voter.voter.clone());
            let detail = json!({"title": row.setup.title, "voter": whose});
            stamp.event(change, row, "credential_reissued", Gravity::Warning, detail)?;
            Ok(Letter { voter, proxy: None, code: issued })
        })
    }

    /// Withdraws the credential of a voter who is handed a paper ballot.
    ///
    /// # Errors
    /// Refused where the voter is not on the roll or voted already.
    pub fn hand_out_paper(&mut self, by: &Person, key: &CaseKey, id: &str, voter: &str) -> Result<(), Error> {
        self.act(id, ElectionAct::RecordPaper, &Approval::of(by.clone()), |change, row, stamp| {
            let link_key = link_key(change, key, id)?;
            let (voter, has_voted) = withdraw(change, row, key, &link_key, voter)?;
            if has_voted {
                return Err(Error::refused(format!("{} has voted at the desk already", voter.name)));
            }
            let whose = (!row.setup.is_secret()).then(|| voter.voter.clone());
            let detail = json!({"title": row.setup.title, "voter": whose});
            stamp.event(change, row, "paper_ballot_handed_out", Gravity::Info, detail)
        })
    }
}

/// Withdraws a voter's credential; answers the voter and whether they voted.
fn withdraw(
    change: &Change<'_>,
    row: &ElectionRow,
    key: &CaseKey,
    link_key: &SealKey,
    voter: &str,
) -> Result<(RollEntry, bool), Error> {
    let entry = change.voter(&row.id, voter)?.ok_or_else(|| {
        Error::refused(format!("{voter} is not on the roll of this election; look the number up in the roll"))
    })?;
    let voter_key = super::booth::VoterKeys::of(change, key, row)?.of_voter(&entry.voter)?;
    let has_voted = change.ballot_of(&row.id, &voter_key)?.is_some();
    if has_voted && row.setup.second_ballot == domain::election::SecondBallot::Refuse {
        return Err(Error::refused(format!(
            "{} has voted already, and the rules of this election allow no replacement ballot",
            entry.name
        )));
    }
    for credential in change.credentials(&row.id)?.iter().filter(|credential| credential.is_valid) {
        if open_link(link_key, credential)?.voter == entry.voter {
            change.withdraw_credentials(&row.id, Some(&credential.id))?;
            return Ok((entry, has_voted));
        }
    }
    Err(Error::refused(format!("{} has no valid credential: it was withdrawn, perhaps for a paper ballot", entry.name)))
}

fn newest_link(change: &Change<'_>, link_key: &SealKey, id: &str, voter: &str) -> Result<Zeroizing<String>, Error> {
    for credential in change.credentials(id)?.iter().filter(|credential| credential.is_valid) {
        let link = open_link(link_key, credential)?;
        if link.voter == voter {
            return Ok(link.code);
        }
    }
    Err(Error::refused("the new credential cannot be found"))
}

/// Draws, for each contest, an order of its candidates.
fn draw_tie_orders(row: &ElectionRow) -> Result<BTreeMap<String, TieOrder>, Error> {
    let mut drawn = BTreeMap::new();
    for contest in &row.setup.contests {
        let mut order: Vec<String> = contest.standing().map(|candidate| candidate.id.clone()).collect();
        shuffle(&mut order)?;
        let nonce = digest::encode_hex(&random::<16>()?);
        drawn.insert(contest.id.clone(), TieOrder { order, nonce });
    }
    Ok(drawn)
}

impl Case {
    /// When voting ends, extensions included.
    ///
    /// # Errors
    /// No such election.
    pub fn election_end(&self, id: &str) -> Result<Option<Instant>, Error> {
        let row = find(&self.file()?.elections(), id)?;
        Ok(row.ends_at.as_deref().and_then(Instant::parse))
    }
}
