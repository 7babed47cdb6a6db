//! Who acts in an incident: people who signed in, or, in a case without accounts, the user of this machine.
//!
//! Every active account may act in incidents, auditors among them: whoever sees a problem must be able to say so. What an
//! incident itself forbids (access, conflicts, two people) its own rules refuse; overriding a lock of an election asks for
//! the election's roles as well.

use store::Change;

use crate::election::{Approval, Person};
use crate::{Case, Error};

#[derive(Clone, Debug)]
enum Who {
    Account(Person),
    Named(String),
}

impl Who {
    fn name(&self) -> &str {
        match self {
            Self::Account(person) => person.name(),
            Self::Named(name) => name,
        }
    }
}

/// Who stands behind an act in an incident: one person, or two.
#[derive(Clone, Debug)]
pub struct Responders {
    first: Who,
    second: Option<Who>,
}

impl Responders {
    /// People who signed in.
    pub fn of(by: &Approval) -> Self {
        Self { first: Who::Account(by.first.clone()), second: by.second.clone().map(Who::Account) }
    }

    /// One person who signed in.
    pub fn of_person(person: &Person) -> Self {
        Self { first: Who::Account(person.clone()), second: None }
    }

    /// Name of the person who acts.
    pub fn name(&self) -> &str {
        self.first.name()
    }

    /// Name of the second person.
    pub fn second(&self) -> Option<&str> {
        self.second.as_ref().map(Who::name)
    }

    /// Name of the second person, which the act asks for.
    pub(super) fn second_or_refuse(&self, what: &str) -> Result<&str, Error> {
        self.second()
            .ok_or_else(|| Error::refused(format!("{what} needs a second person; name one who is not concerned")))
    }

    /// Checks that these people may act in the case as it is now.
    pub(super) fn check(&self, change: &Change<'_>) -> Result<(), Error> {
        let has_accounts = !change.people()?.is_empty();
        for who in [Some(&self.first), self.second.as_ref()].into_iter().flatten() {
            match who {
                Who::Named(name) if has_accounts => {
                    return Err(Error::refused(format!(
                        "this case has accounts, so {name} acts only after signing in with one of them"
                    )));
                }
                Who::Account(person) => {
                    let known = change.person(person.name())?;
                    if !known.is_some_and(|row| row.is_active && row.role == person.role()) {
                        return Err(Error::refused(format!(
                            "the account of {} was changed meanwhile; sign in again",
                            person.name()
                        )));
                    }
                }
                Who::Named(_) => {}
            }
        }
        Ok(())
    }
}

impl Case {
    /// The user of this machine, who acts in a case without accounts, and a second person by name where one is needed.
    ///
    /// # Errors
    /// Refused where the case has accounts: then people sign in.
    pub fn machine_user(&self, second: Option<&str>) -> Result<Responders, Error> {
        if !self.accounts()?.is_empty() {
            return Err(Error::refused("this case has accounts; sign in with one of them"));
        }
        let name = self.actor();
        let name = if name.trim().is_empty() { "unknown".to_owned() } else { name };
        Ok(Responders { first: Who::Named(name), second: second.map(|name| Who::Named(name.trim().to_owned())) })
    }
}
