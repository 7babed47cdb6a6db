//! Who acts: people who sign in where the case has accounts, the user of this machine elsewhere; and the playbooks in use.

use serde_json::{Value, json};
use workflow::election::{Approval, CaseKey};
use workflow::incident::incidents::Library;
use workflow::incident::{Recorded, Responders, read_library};
use workflow::{Case, Error};

use super::arguments::{Desk, On};
use crate::election::acting::Passphrases;
use crate::run::{DONE, answer, say, tell};

/// An open case with the people who act in it.
pub(super) struct Response {
    pub(super) case: Case,
    pub(super) by: Responders,
    pub(super) playbooks: Library,
    passphrases: Passphrases,
    json: bool,
}

impl Response {
    /// Opens the case; everybody named signs in.
    pub(super) fn open(desk: &Desk) -> Result<Self, Error> {
        let passphrases = Passphrases::from_file(desk.passphrases.as_deref())?;
        let mut case = Case::open(&desk.case)?;
        let by = match &desk.person {
            None => case.machine_user(desk.second.as_deref()).map_err(|error| match error {
                Error::Refused { message } => Error::Refused { message: format!("{message} (--as NAME)") },
                other => other,
            })?,
            Some(name) if case.accounts()?.is_empty() => {
                return Err(Error::Refused {
                    message: format!(
                        "this case has no accounts, so {name} cannot sign in; leave --as out and the user of this machine acts"
                    ),
                });
            }
            Some(name) => {
                let first = case.sign_in(name, &passphrases.get(name, name)?)?;
                Responders::of(&match &desk.second {
                    Some(second) => Approval::of_two(first, case.sign_in(second, &passphrases.get(second, second)?)?),
                    None => Approval::of(first),
                })
            }
        };
        Ok(Self { playbooks: library(desk)?, case, by, passphrases, json: desk.json })
    }

    /// [`Response::open`] for an incident that is named.
    pub(super) fn on(on: &On) -> Result<Self, Error> {
        Self::open(&on.desk)
    }

    /// The key of the case, where the passphrase was given in a file.
    pub(super) fn key(&mut self) -> Result<Option<CaseKey>, Error> {
        if self.case.accounts()?.is_empty() || !self.passphrases.is_from_file() {
            return Ok(None);
        }
        match self.passphrases.of_case() {
            Ok(passphrase) => self.case.unlock(&passphrase).map(Some),
            Err(_) => Ok(None),
        }
    }

    /// Says what was recorded.
    pub(super) fn recorded(&self, recorded: &Recorded, text: &str) -> u8 {
        self.told(recorded, json!({}), text)
    }

    /// Says what was recorded, with more members.
    pub(super) fn told(&self, recorded: &Recorded, more: Value, text: &str) -> u8 {
        if self.json {
            let mut value = json!({
                "incident": recorded.incident, "entry": recorded.entry, "warnings": recorded.warnings, "message": text,
            });
            if let (Some(value), Value::Object(more)) = (value.as_object_mut(), more) {
                value.extend(more);
            }
            answer(&value);
        } else {
            for warning in &recorded.warnings {
                say(&format!("Note: {warning}."));
            }
            tell(text);
        }
        DONE
    }

    /// One document, or lines for people.
    pub(super) fn show(&self, value: &Value, lines: &str) -> u8 {
        if self.json {
            answer(value);
        } else {
            tell(lines);
        }
        DONE
    }
}

/// The playbooks in use; files of the office that were left out are told of.
pub(super) fn library(desk: &Desk) -> Result<Library, Error> {
    let library = read_library(desk.playbooks.as_deref())?;
    for left in &library.left_out {
        for problem in &left.problems {
            say(&format!("Left out: {problem}"));
        }
    }
    Ok(library)
}
