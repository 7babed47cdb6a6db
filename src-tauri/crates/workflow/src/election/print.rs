//! What an election prints and writes for people: letters, receipts, certificate, result, messages.

use std::path::{Path, PathBuf};

use domain::Instant;
use domain::election::SecondBallot;
use reports::documents::{certificate, letters};
use serde_json::json;
use store::tables::native::election::ElectionRow;

use super::{CaseKey, Letter, Message, Person, find, outbox, zone};
use crate::export::{make_folder, write_table, write_whole};
use crate::{Case, Error};

/// Where credential letters go.
#[derive(Clone, Debug, Default)]
pub struct LetterTargets {
    /// One letter a page.
    pub pdf: Option<PathBuf>,
    /// One row a letter, for a mail merge.
    pub csv: Option<PathBuf>,
    /// One mail for each voter with an address.
    pub eml: Option<PathBuf>,
}

/// What the printed letters share.
fn common(row: &ElectionRow, at: &str) -> letters::Letters {
    let zone = &row.setup.time_zone;
    let now = Instant::parse(at).unwrap_or(Instant { micros: 0 });
    letters::Letters {
        election: row.setup.title.clone(),
        sender: row.setup.contact.clone(),
        date: zone::in_zone(now, zone).split(',').next().unwrap_or_default().to_owned(),
        begins: String::new(),
        ends: zone::told(row.ends_at.as_ref(), zone),
        time_zone: zone.clone(),
        place: row.setup.place.clone(),
        contact: row.setup.contact.clone(),
        may_vote_again: row.setup.second_ballot == SecondBallot::Replace,
        window_right: false,
    }
}

fn printed(letter: &Letter) -> letters::Letter {
    let to = letter.proxy.as_ref().unwrap_or(&letter.voter);
    letters::Letter {
        name: to.name.clone(),
        address: to.address.clone(),
        email: to.email.clone(),
        votes_for: if letter.proxy.is_some() { letter.voter.name.clone() } else { String::new() },
        credential: letter.code.to_string(),
        votes: letter.voter.weight,
    }
}

/// `letters.pdf`, then `letters-2.pdf` and so on.
fn numbered(path: &Path, number: usize) -> PathBuf {
    if number == 0 {
        return path.to_owned();
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    path.with_file_name(format!("{stem}-{}.pdf", number + 1))
}

pub(super) fn render(document: &reports::Document, at: &str, path: &Path) -> Result<(), Error> {
    let at = Instant::parse(at).unwrap_or(Instant { micros: 0 });
    let bytes = reports::render_pdf(document, at)
        .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
    write_whole(path, &bytes)
}

impl Case {
    /// Writes credential letters; answers how many, and the files.
    ///
    /// # Errors
    /// Refused unless the election is open; [`Error::Output`] where a file cannot be written.
    pub fn write_letters(
        &mut self,
        by: &Person,
        key: &CaseKey,
        id: &str,
        targets: &LetterTargets,
    ) -> Result<(usize, Vec<PathBuf>), Error> {
        let letters = self.letters(by, key, id)?;
        Ok((letters.len(), self.write_set(&letters, id, targets)?))
    }

    fn write_set(&self, letters: &[Letter], id: &str, targets: &LetterTargets) -> Result<Vec<PathBuf>, Error> {
        let row = find(&self.file()?.elections(), id)?;
        let at = self.now();
        let common = common(&row, &at);
        let printed: Vec<letters::Letter> = letters.iter().map(printed).collect();
        let mut written = Vec::new();
        if let Some(path) = &targets.pdf {
            for (number, part) in printed.chunks(letters::PER_FILE).enumerate() {
                let path = numbered(path, number);
                render(&letters::document(&common, part), &at, &path)?;
                written.push(path);
            }
        }
        if let Some(path) = &targets.csv {
            write_table(&letters::table(&common, &printed), path)?;
            written.push(path.clone());
        }
        if let Some(folder) = &targets.eml {
            let template = outbox::template("voter-credential")?;
            let mut messages = Vec::new();
            for letter in printed.iter().filter(|letter| !letter.email.is_empty()) {
                let mut values = outbox::known_values(&row);
                values.insert("voter_name".to_owned(), letter.name.clone());
                values.insert("credential".to_owned(), letter.credential.clone());
                values.entry("voting_url".to_owned()).and_modify(|place| or_else(place, "at the desk"));
                values.entry("contact_point".to_owned()).and_modify(|contact| or_else(contact, "the office"));
                let (subject, body) = outbox::fill(&template, &values)?;
                messages.push(Message { to_name: letter.name.clone(), to_email: letter.email.clone(), subject, body });
            }
            let now = Instant::parse(&at).unwrap_or(Instant { micros: 0 });
            write_messages(&messages, &row.setup.title, now, folder)?;
            written.push(folder.clone());
        }
        Ok(written)
    }

    /// Withdraws the credential of a voter, issues another and writes its one letter; answers the files.
    ///
    /// # Errors
    /// As [`Case::reissue_credential`], and [`Error::Output`] where a file cannot be written: the credential is then issued anew
    /// once more.
    pub fn write_reissued(
        &mut self,
        by: &Person,
        key: &CaseKey,
        id: &str,
        voter: &str,
        targets: &LetterTargets,
    ) -> Result<Vec<PathBuf>, Error> {
        let letter = self.reissue_credential(by, key, id, voter)?;
        self.write_set(&[letter], id, targets)
    }

    /// Writes the messages of a notice as mail files; answers how many.
    ///
    /// # Errors
    /// As [`Case::notice_messages`], and [`Error::Output`].
    pub fn write_notice(&self, key: Option<&CaseKey>, id: &str, notice: i64, folder: &Path) -> Result<usize, Error> {
        let messages = self.notice_messages(key, id, notice)?;
        let setup = self.election_setup(id)?;
        let at = Instant::parse(&self.now()).unwrap_or(Instant { micros: 0 });
        write_messages(&messages, &setup.title, at, folder)
    }

    /// Prints the certificate of an election.
    ///
    /// # Errors
    /// Refused before it is certified.
    pub fn print_certificate(&mut self, id: &str, pdf: &Path) -> Result<(), Error> {
        let certificate = self
            .certificate(id)?
            .ok_or_else(|| Error::refused("this election is not certified yet; certify it first"))?;
        let result = self.election_result(id)?.ok_or_else(|| Error::refused("this election is not counted yet"))?;
        let zone = self.election_setup(id)?.time_zone;
        let outcome = |contest: &super::ContestResult| {
            let names = contest.elected_names.join(", ");
            let text = if names.is_empty() { "Nobody is elected.".to_owned() } else { format!("Elected: {names}.") };
            (contest.title.clone(), text)
        };
        let mut document = certificate::document(&certificate::Certificate {
            election: certificate.title.clone(),
            election_id: certificate.election_id.clone(),
            certified_at: format!("{} ({zone})", zone::told(Some(&certificate.certified_at), &zone)),
            signers: certificate
                .signed_by
                .iter()
                .map(|(name, role)| certificate::Signer { name: name.clone(), role: role.clone() })
                .collect(),
            outcomes: result.contests.iter().map(outcome).collect(),
            remarks: result.remarks.clone(),
            result_sha256: certificate.result_sha256.clone(),
            chain_head: certificate.chain_head.clone(),
            ballots: certificate.ballots,
            ballots_counted: result.ballots_counted,
            key_holders: certificate.key_holders.clone(),
            signature: certificate.signature.clone(),
            ledger_head: certificate.ledger_head.clone(),
        });
        self.carry_ledger_head(&mut document, &certificate.ledger_head)?;
        render(&document, &certificate.certified_at, pdf)?;
        self.record("report.print", json!({"election": id, "report": "certificate"}))
    }
}

/// A text that must not be empty in a letter.
fn or_else(text: &mut String, otherwise: &str) {
    if text.trim().is_empty() {
        otherwise.clone_into(text);
    }
}

fn write_messages(messages: &[Message], from: &str, at: Instant, folder: &Path) -> Result<usize, Error> {
    make_folder(folder)?;
    for (number, message) in messages.iter().enumerate() {
        let path = folder.join(format!("{:05}.eml", number + 1));
        write_whole(&path, message.to_eml(from, at).as_bytes())?;
    }
    Ok(messages.len())
}
