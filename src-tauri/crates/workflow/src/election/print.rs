//! What an election prints and writes for people: letters, receipts, certificate, result, messages.

use std::path::{Path, PathBuf};

use domain::Instant;
use reports::documents::CsvTable;

use super::{CaseKey, Letter, Message, Person};
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

fn letter_table(letters: &[Letter], title: &str) -> CsvTable {
    let columns = ["name", "address", "email", "votes_for", "credential", "election"];
    CsvTable {
        name: "letters".to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: letters
            .iter()
            .map(|letter| {
                let to = letter.proxy.as_ref().unwrap_or(&letter.voter);
                let for_whom = if letter.proxy.is_some() { letter.voter.name.clone() } else { String::new() };
                vec![
                    to.name.clone(),
                    to.address.clone(),
                    to.email.clone(),
                    for_whom,
                    letter.code.to_string(),
                    title.to_owned(),
                ]
            })
            .collect(),
    }
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
        let title = self.election_setup(id)?.title;
        let mut written = Vec::new();
        if let Some(path) = &targets.csv {
            write_table(&letter_table(&letters, &title), path)?;
            written.push(path.clone());
        }
        Ok((letters.len(), written))
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
        let title = self.election_setup(id)?.title;
        let mut written = Vec::new();
        if let Some(path) = &targets.csv {
            write_table(&letter_table(&[letter], &title), path)?;
            written.push(path.clone());
        }
        Ok(written)
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
    pub fn print_certificate(&mut self, id: &str, _pdf: &Path) -> Result<(), Error> {
        self.certificate(id)?.ok_or_else(|| Error::refused("this election is not certified yet"))?;
        Ok(())
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
