//! Voting at the desk: a credential, a ballot, a receipt.

use domain::election::{Choices, ElectionAct, SecondBallot, Setup};
use domain::{Instant, Sha256Digest, digest};
use importers::scrutineer::rules::{self, BallotBody};
use serde::Serialize;
use serde_json::json;
use store::tables::native::ballot::NativeBallot;
use store::tables::native::credential::CredentialRow;
use store::tables::native::election::ElectionRow;
use store::{CaseMark, Change, Elections};
use verification::keyed::KeyedHash;

use super::open::{SALT, SIGNING_KEY, code_hash, link_key, normal_code, open_link};
use super::people::open_secret;
use super::seal::{SealKey, random};
use super::{Approval, CaseKey, Gravity, Person, Stamp, allow, find, hex};
use crate::{Case, Error};

/// A desk that accepts ballots of one election: who serves it, and the keys that it needs, wiped when it is dropped.
pub struct Booth {
    election: String,
    clerk: Person,
    signing: KeyedHash,
    salt: Option<KeyedHash>,
    link_key: SealKey,
    /// The election after the desk's last ballot, and the state of the case that this holds for.
    known: Option<(CaseMark, ElectionRow)>,
}

/// What the voter keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Election.
    pub election_id: String,
    /// Its title.
    pub title: String,
    /// The receipt code: the hash of the ballot.
    pub ballot_hash: String,
    /// Random value of the ballot; with it and the choices anybody can compute the code again.
    pub nonce: String,
    /// Votes that the ballot stands for.
    pub weight: u64,
    /// Place in the chain, from 1.
    pub position: u64,
    /// Chain hash before.
    pub previous_chain_hash: String,
    /// Chain hash of the ballot.
    pub chain_hash: String,
    /// True where it took the place of an earlier ballot.
    pub replaces: bool,
}

/// What the desk may show once a credential was accepted; nothing tells who it belongs to.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Rules and ballot paper.
    pub setup: Setup,
    /// Votes of the credential.
    pub weight: u64,
    /// True where a ballot was cast with it that a new one will replace.
    pub has_voted: bool,
}

/// The voter as ballots carry them: a pseudonym in a secret election, the number otherwise.
fn voter_text(setup: &Setup, salt: Option<&KeyedHash>, election: &str, voter: &str) -> Result<String, Error> {
    if !setup.is_secret() {
        return Ok(voter.to_owned());
    }
    let salt = salt.ok_or_else(|| Error::refused("the salt of this election is gone, so no ballot can be accepted"))?;
    Ok(salt.hex(&rules::pseudonym_text(election, voter)))
}

/// As the store looks for it: short where it is a hash.
fn stored_voter(text: &str) -> Vec<u8> {
    Sha256Digest::from_hex(text).map_or_else(|| text.as_bytes().to_vec(), |digest| digest.0.to_vec())
}

/// The keys under which the ballots of voters are found.
pub(super) struct VoterKeys<'a> {
    row: &'a ElectionRow,
    salt: Option<KeyedHash>,
}

impl<'a> VoterKeys<'a> {
    pub(super) fn of(elections: &Elections<'_>, key: &CaseKey, row: &'a ElectionRow) -> Result<Self, Error> {
        Ok(Self { row, salt: salt_of(elections, key, row)? })
    }

    pub(super) fn of_voter(&self, voter: &str) -> Result<Vec<u8>, Error> {
        Ok(stored_voter(&voter_text(&self.row.setup, self.salt.as_ref(), &self.row.id, voter)?))
    }
}

/// The salt of the pseudonyms, where the election is secret.
fn salt_of(elections: &Elections<'_>, key: &CaseKey, row: &ElectionRow) -> Result<Option<KeyedHash>, Error> {
    let salt = row.setup.is_secret().then(|| open_secret(elections, key, &row.id, SALT)).transpose()?;
    Ok(salt.map(|salt| KeyedHash::new(&salt)))
}

/// Builds, signs and stores the next ballot of a chain.
pub(super) fn add_ballot(
    change: &Change<'_>,
    row: &mut ElectionRow,
    signing: &KeyedHash,
    body: BallotBody,
    cast_at: Option<&str>,
) -> Result<NativeBallot, Error> {
    let text = body.text();
    let hash = rules::sha256(&text);
    let chain = rules::link(row.chain_head, hash);
    let ballot = NativeBallot {
        position: row.ballots + 1,
        voter: body.voter.as_deref().map(stored_voter),
        body: text,
        hash,
        previous: row.chain_head,
        chain,
        signature: signing.digest(rules::signed_text(chain).as_bytes()),
        cast_at: cast_at.map(str::to_owned),
    };
    change.add_ballot(&row.id, &ballot)?;
    row.ballots = ballot.position;
    row.chain_head = chain;
    Ok(ballot)
}

/// A time that tells the hour and no more, but never one before the newest act: so the ledger cannot be laid beside a list of who
/// came when.
fn hour_of(stamp: &Stamp, change: &Change<'_>) -> Result<String, Error> {
    const HOUR: i64 = 3600;
    let seconds = stamp.instant().seconds();
    let hour = Instant::from_seconds(seconds - seconds.rem_euclid(HOUR));
    let newest = change.newest_act()?.and_then(|act| Instant::parse(&act.at));
    Ok(newest.filter(|newest| *newest > hour).unwrap_or(hour).to_iso())
}

impl Booth {
    /// The election.
    pub fn election(&self) -> &str {
        &self.election
    }

    /// The election, after a look whether it accepts ballots and the clerk may take them. Where nobody wrote into the case since
    /// the desk's last ballot, both are as they were then.
    fn election_now(&mut self, change: &Change<'_>) -> Result<ElectionRow, Error> {
        if let Some((mark, row)) = self.known.take()
            && mark == change.mark()?
        {
            return Ok(row);
        }
        let row = find(change, &self.election)?;
        allow(change, &row, ElectionAct::Cast, &Approval::of(self.clerk.clone()))?;
        Ok(row)
    }
}

/// Why a credential or a ballot is refused while voting goes on.
enum NotNow {
    /// Nothing is worth recording.
    Refused(String),
    /// A second ballot where there may be none: it is recorded.
    SecondBallot,
}

fn check_credential(
    change: &Elections<'_>,
    row: &ElectionRow,
    typed: &str,
    now: Instant,
) -> Result<Result<CredentialRow, NotNow>, Error> {
    let refuse = |text: &str| Ok(Err(NotNow::Refused(text.to_owned())));
    let code = normal_code(typed);
    if code.is_empty() {
        return refuse("no credential was typed; type the letters of the letter, or scan its code");
    }
    let Some(credential) = change.credential_by_code(&code_hash(&code))? else {
        return refuse("this credential is not known; check each letter, there is no I, L, O or U in it");
    };
    if credential.election != row.id {
        return refuse("this credential belongs to another election; ask for the letter of this one");
    }
    if !credential.is_valid {
        return refuse(
            "this credential was withdrawn, perhaps because another one or a paper ballot was handed out; ask the clerk",
        );
    }
    if row.ends_at.as_deref().and_then(Instant::parse).is_some_and(|end| now >= end) {
        return refuse("voting has ended; ballots are accepted until the end that was announced");
    }
    if credential.uses > 0 && row.setup.second_ballot == SecondBallot::Refuse {
        return Ok(Err(NotNow::SecondBallot));
    }
    Ok(Ok(credential))
}

const HAS_VOTED: &str = "a ballot was cast with this credential already, and the rules of this election allow no second one; the attempt was recorded";

impl Case {
    /// Sets up a desk.
    ///
    /// # Errors
    /// Refused unless the election is open and the person may serve voters.
    pub fn open_booth(&mut self, by: &Person, key: &CaseKey, id: &str) -> Result<Booth, Error> {
        let stamp = self.stamp(by.name())?;
        let approval = Approval::of(by.clone());
        self.change_case(|change| {
            let row = find(change, id)?;
            allow(change, &row, ElectionAct::Cast, &approval)?;
            let salt = salt_of(change, key, &row)?;
            let signing = KeyedHash::new(&open_secret(change, key, id, SIGNING_KEY)?);
            stamp.event(change, &row, "desk_opened", Gravity::Info, json!({"title": row.setup.title}))?;
            Ok(Booth {
                election: id.to_owned(),
                clerk: by.clone(),
                signing,
                salt,
                link_key: link_key(change, key, id)?,
                known: None,
            })
        })
    }

    /// Looks at a credential before the ballot is shown.
    ///
    /// # Errors
    /// Refused with what the voter can do; a second attempt is recorded where there may be none.
    pub fn sign_in_voter(&mut self, booth: &Booth, typed: &str) -> Result<SignedIn, Error> {
        let stamp = self.stamp(booth.clerk.name())?;
        let elections = self.file()?.elections();
        let row = find(&elections, &booth.election)?;
        row.phase
            .after(ElectionAct::Cast, super::facts(&elections, &row)?)
            .map_err(|refused| Error::refused(refused.0))?;
        match check_credential(&elections, &row, typed, stamp.instant())? {
            Ok(credential) => {
                Ok(SignedIn { setup: row.setup, weight: credential.weight, has_voted: credential.uses > 0 })
            }
            Err(NotNow::Refused(message)) => Err(Error::refused(message)),
            Err(NotNow::SecondBallot) => {
                self.change_case(|change| second_attempt(change, &row, &stamp))?;
                Err(Error::refused(HAS_VOTED))
            }
        }
    }

    /// Casts a ballot. Once this answers, the ballot is on the disk.
    ///
    /// # Errors
    /// Refused with what the voter can do; nothing was cast then. A second attempt is recorded where there may be none.
    pub fn cast(&mut self, booth: &mut Booth, typed: &str, choices: &Choices) -> Result<Receipt, Error> {
        let stamp = self.unchecked_stamp(booth.clerk.name());
        let outcome = self.change_case(|change| {
            stamp.check_clock(change.newest_act()?.as_ref())?;
            let mut row = booth.election_now(change)?;
            let credential = match check_credential(change, &row, typed, stamp.instant())? {
                Ok(credential) => credential,
                Err(NotNow::Refused(message)) => return Err(Error::refused(message)),
                Err(NotNow::SecondBallot) => {
                    second_attempt(change, &row, &stamp)?;
                    return Ok(None);
                }
            };
            let choices = row.setup.accept(choices).map_err(|bad| Error::refused(bad.to_string()))?;
            let voter = open_link(&booth.link_key, &credential)?.voter;
            let text = voter_text(&row.setup, booth.salt.as_ref(), &row.id, &voter)?;
            // Only who holds a second credential can have voted with another one than this.
            let replaces = credential.uses > 0
                || credential.comes_after && change.ballot_of(&row.id, &stored_voter(&text))?.is_some();
            if replaces && row.setup.second_ballot == SecondBallot::Refuse {
                // A credential that was issued anew does not make a second vote.
                second_attempt(change, &row, &stamp)?;
                return Ok(None);
            }
            // In a secret election not even that somebody voted for another may stand beside a ballot.
            let proxy = if row.setup.is_secret() { None } else { change.proxy_of(&row.id, &voter)? };
            let body = BallotBody {
                batch: None,
                choices,
                election: row.id.clone(),
                nonce: digest::encode_hex(&random::<16>()?),
                reopened: row.facts["reopened_at"].is_string(),
                voter: Some(text),
                weight: credential.weight,
            };
            let (nonce, weight) = (body.nonce.clone(), body.weight);
            let (voted, abstained) = (body.choices.len(), row.setup.contests.len().saturating_sub(body.choices.len()));
            let cast_at = (!row.setup.is_secret()).then_some(stamp.at.as_str());
            let ballot = add_ballot(change, &mut row, &booth.signing, body, cast_at)?;
            change.use_credential(&row.id, &credential.id)?;
            let at = if row.setup.is_secret() { hour_of(&stamp, change)? } else { stamp.at.clone() };
            let mut detail = json!({"votes_cast": voted, "abstentions": abstained, "chain_hash": hex(ballot.chain)});
            let event = match &proxy {
                Some(granted) => {
                    detail["vote_id"] = json!(hex(ballot.hash));
                    detail["delegating_user_id"] = json!(granted.voter);
                    detail["proxy_user_id"] = json!(granted.proxy);
                    detail["authorization_id"] = json!(granted.id);
                    detail["anonymous"] = json!(false);
                    "proxy_vote_cast"
                }
                None => "ballot_submitted_token",
            };
            stamp.event_at(&at, change, &row, event, Gravity::Info, detail)?;
            let receipt = Receipt {
                election_id: row.id.clone(),
                title: row.setup.title.clone(),
                ballot_hash: hex(ballot.hash),
                nonce,
                weight,
                position: ballot.position,
                previous_chain_hash: hex(ballot.previous),
                chain_hash: hex(ballot.chain),
                replaces,
            };
            Ok(Some((receipt, (change.mark()?, row))))
        })?;
        let (receipt, known) = outcome.ok_or_else(|| Error::refused(HAS_VOTED))?;
        booth.known = Some(known);
        Ok(receipt)
    }
}

/// Records that somebody came a second time, without who.
fn second_attempt(change: &Change<'_>, row: &ElectionRow, stamp: &Stamp) -> Result<(), Error> {
    let detail = json!({"type": "bulk_ballot_submission"});
    let at = if row.setup.is_secret() { hour_of(stamp, change)? } else { stamp.at.clone() };
    stamp.event_at(&at, change, row, "vote_double_attempt_token", Gravity::Warning, detail)
}
