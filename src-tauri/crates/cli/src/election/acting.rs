//! Passphrases: from a file, or asked for at the terminal. They never stand in an argument.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;
use workflow::election::{Approval, CaseKey, Passphrase, Person};
use workflow::{Case, Error};

use super::arguments::Acting;

/// Name under which the passphrase of the case stands.
const CASE: &str = "case";

/// Where passphrases come from.
pub(crate) struct Passphrases {
    known: Option<BTreeMap<String, Passphrase>>,
}

impl Passphrases {
    pub(super) fn of(acting: &Acting) -> Result<Self, Error> {
        Self::from_file(acting.passphrases.as_deref())
    }

    /// From a file, or asked for at the terminal where there is none.
    pub(crate) fn from_file(file: Option<&Path>) -> Result<Self, Error> {
        Ok(Self { known: file.map(read).transpose()? })
    }

    /// True where nobody is asked at the terminal.
    pub(crate) fn is_from_file(&self) -> bool {
        self.known.is_some()
    }

    /// The passphrase of a person, or of the case.
    pub(crate) fn get(&self, name: &str, what: &str) -> Result<Passphrase, Error> {
        if let Some(known) = &self.known {
            return known.get(&name.to_lowercase()).cloned().ok_or_else(|| Error::Keys {
                path: name.to_owned(),
                reason: format!("the passphrase file has none for {what}; add a line `{name}=...`"),
            });
        }
        rpassword::prompt_password(format!("Passphrase of {what}: ")).map(Passphrase::new).map_err(|_| Error::Keys {
            path: name.to_owned(),
            reason: format!("no passphrase for {what} was given; use --passphrases FILE where there is no terminal"),
        })
    }

    pub(crate) fn of_case(&self) -> Result<Passphrase, Error> {
        self.get(CASE, "the case")
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, Passphrase>, Error> {
    let failed = |reason: String| Error::Keys { path: path.display().to_string(), reason };
    let text = zeroize::Zeroizing::new(std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?);
    let mut known = BTreeMap::new();
    if text.trim_start().starts_with('{') {
        let values: BTreeMap<String, Value> = serde_json::from_str(&text)
            .map_err(|error| failed(format!("this is no JSON object of passphrases: {error}")))?;
        for (name, value) in values {
            if let Value::String(value) = value {
                known.insert(name.trim().to_lowercase(), Passphrase::new(value));
            }
        }
    } else {
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')) {
            let Some((name, value)) = line.split_once('=') else {
                return Err(failed("each line is NAME=passphrase".to_owned()));
            };
            known.insert(name.trim().to_lowercase(), Passphrase::new(value.trim()));
        }
    }
    Ok(known)
}

/// A case with the people who act in it.
pub(super) struct Office {
    pub(super) case: Case,
    pub(super) by: Approval,
    passphrases: Passphrases,
}

impl Office {
    /// Opens the case and lets everybody sign in.
    pub(super) fn open(acting: &Acting) -> Result<Self, Error> {
        let passphrases = Passphrases::of(acting)?;
        let mut case = Case::open(&acting.case)?;
        let first = case.sign_in(&acting.person, &passphrases.get(&acting.person, &acting.person)?)?;
        let second = match &acting.second {
            Some(name) => Some(case.sign_in(name, &passphrases.get(name, name)?)?),
            None => None,
        };
        Ok(Self { case, by: Approval { first, second, override_reason: acting.override_lock.clone() }, passphrases })
    }

    pub(super) fn person(&self) -> Person {
        self.by.first.clone()
    }

    /// The key of the case.
    pub(super) fn key(&mut self) -> Result<CaseKey, Error> {
        self.case.unlock(&self.passphrases.of_case()?)
    }
}
