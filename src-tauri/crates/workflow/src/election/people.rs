//! Accounts: who may act in this case, and the passphrase of the case itself.

use domain::election::people::{self, Acting};
use domain::election::{ElectionAct, Role};
use serde_json::json;
use store::Change;
use store::tables::native::person::{CaseLock, PersonRow};
use zeroize::Zeroizing;

use super::Stamp;
use super::seal::{Passphrase, SealKey, random};
use crate::{Case, Error};

/// What the lock of a case seals.
const PROOF: &[u8] = b"scrutineer";
/// Place of the proof.
const PROOF_PLACE: &str = "case";

/// A person who showed their passphrase. There is no other way to one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    name: String,
    role: Role,
}

impl Person {
    /// Name of the account.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Role of the account.
    pub fn role(&self) -> Role {
        self.role
    }

    pub(crate) fn acting(&self) -> Acting<'_> {
        Acting { name: &self.name, role: self.role }
    }
}

/// Who stands behind an act: one person, or two.
#[derive(Clone, Debug)]
pub struct Approval {
    /// Who acts.
    pub first: Person,
    /// Who approves beside them.
    pub second: Option<Person>,
    /// Why they go on although an open incident holds the act back; `None` where they do not.
    pub override_reason: Option<String>,
}

impl Approval {
    /// One person alone.
    pub fn of(first: Person) -> Self {
        Self { first, second: None, override_reason: None }
    }

    /// Two people.
    pub fn of_two(first: Person, second: Person) -> Self {
        Self { first, second: Some(second), override_reason: None }
    }

    /// The same people, who override what an open incident holds back, for this act alone.
    #[must_use]
    pub fn overriding(self, reason: &str) -> Self {
        Self { override_reason: Some(reason.to_owned()), ..self }
    }
}

/// An account as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Name.
    pub name: String,
    /// Role.
    pub role: Role,
    /// False where it was switched off.
    pub is_active: bool,
}

/// The key of the case, from its passphrase; wiped when it is dropped.
#[derive(Clone)]
pub struct CaseKey(pub(super) SealKey);

impl Case {
    /// The accounts of the case, by name.
    ///
    /// # Errors
    /// The store's.
    pub fn accounts(&self) -> Result<Vec<Account>, Error> {
        let people = self.file()?.elections().people()?;
        Ok(people.into_iter().map(|row| Account { name: row.name, role: row.role, is_active: row.is_active }).collect())
    }

    /// Adds the first account, an administrator, and sets the passphrase of the case, which seals the keys of its elections.
    ///
    /// # Errors
    /// Refused where there are accounts already or a passphrase is too short.
    pub fn found_office(
        &mut self,
        name: &str,
        passphrase: &Passphrase,
        case_passphrase: &Passphrase,
    ) -> Result<Person, Error> {
        let row = account_row(name, Role::Administrator, passphrase)?;
        case_passphrase.must_be_fit("the case")?;
        let salt: [u8; 16] = random()?;
        let key = case_passphrase.derive(&salt)?;
        let lock = CaseLock { salt: salt.to_vec(), proof: key.seal(PROOF_PLACE, PROOF)? };
        let stamp = self.stamp(&row.name)?;
        self.change_case(|change| {
            if !change.people()?.is_empty() {
                return Err(Error::refused("this case has accounts already; an administrator adds more of them"));
            }
            change.put_person(&row)?;
            change.put_case_lock(&lock)?;
            stamp.note(change, "person.add", json!({"name": row.name, "role": row.role.word()}))?;
            Ok(Person { name: row.name.clone(), role: row.role })
        })
    }

    /// Adds an account, or gives one another role, passphrase or state. An administrator does that.
    ///
    /// # Errors
    /// Refused where the person may not, the passphrase is too short, or nobody could administrate any more.
    pub fn put_account(
        &mut self,
        by: &Person,
        name: &str,
        role: Role,
        passphrase: Option<&Passphrase>,
        is_active: bool,
    ) -> Result<(), Error> {
        let stamp = self.stamp(&by.name)?;
        if by.role != Role::Administrator {
            return Err(Error::refused(format!(
                "{} has the role {}; only an administrator changes accounts",
                by.name,
                by.role.word()
            )));
        }
        let fresh = passphrase.map(|passphrase| account_row(name, role, passphrase)).transpose()?;
        self.change_case(|change| {
            let known = change.person(name.trim())?;
            let row = match (fresh, known.clone()) {
                (Some(fresh), _) => PersonRow { is_active, ..fresh },
                (None, Some(known)) => PersonRow { role, is_active, ..known },
                (None, None) => return Err(Error::refused(format!("{name} has no account yet and needs a passphrase"))),
            };
            let others = change.people()?;
            let is_last = !others
                .iter()
                .any(|other| other.name != row.name && other.is_active && other.role == Role::Administrator);
            if is_last && (row.role != Role::Administrator || !row.is_active) {
                return Err(Error::refused(
                    "this is the only administrator, and somebody must be able to act; make another one first",
                ));
            }
            change.put_person(&row)?;
            let act = if known.is_some() { "person.change" } else { "person.add" };
            let detail = json!({"name": row.name, "role": row.role.word(), "active": row.is_active, "new_passphrase": passphrase.is_some()});
            stamp.note(change, act, detail)?;
            Ok(())
        })
    }

    /// Checks a passphrase. A wrong one is recorded.
    ///
    /// # Errors
    /// Refused where there is no such account, it is switched off, or the passphrase is wrong; the message does not say which.
    pub fn sign_in(&mut self, name: &str, passphrase: &Passphrase) -> Result<Person, Error> {
        let row = self.file()?.elections().person(name.trim())?;
        // The work is the same whether there is such an account or not.
        let stored = row.as_ref().map_or(NOBODY, |row| row.passphrase.as_str());
        let fits = passphrase.fits(stored);
        match row {
            Some(row) if fits && row.is_active => Ok(Person { name: row.name, role: row.role }),
            _ => {
                self.record("person.sign_in_refused", json!({"name": name.trim()}))?;
                Err(Error::refused(format!(
                    "{} could not sign in: there is no active account of this name, or the passphrase is wrong; try again, or ask an administrator for a new passphrase",
                    name.trim()
                )))
            }
        }
    }

    /// Derives the key of the case from its passphrase.
    ///
    /// # Errors
    /// Refused where the passphrase is wrong, or none was set.
    pub fn unlock(&mut self, passphrase: &Passphrase) -> Result<CaseKey, Error> {
        let Some(lock) = self.file()?.elections().case_lock()? else {
            return Err(Error::refused("this case has no accounts yet; add the first administrator"));
        };
        let key = passphrase.derive(&lock.salt)?;
        match key.open(PROOF_PLACE, &lock.proof) {
            Some(proof) if proof.as_slice() == PROOF => Ok(CaseKey(key)),
            _ => {
                self.record("case.unlock_refused", json!({}))?;
                Err(Error::refused(
                    "this is not the passphrase of the case; it is the one that was set with the first account, and without it the keys of its elections stay sealed",
                ))
            }
        }
    }
}

/// The stored form of a passphrase that nobody has.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c2NydXRpbmVlcnNhbHQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

fn account_row(name: &str, role: Role, passphrase: &Passphrase) -> Result<PersonRow, Error> {
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() || name.chars().count() > 80 || name.chars().any(char::is_control) {
        return Err(Error::refused("an account needs a name of 1 to 80 letters"));
    }
    passphrase.must_be_fit(&name)?;
    Ok(PersonRow { role, passphrase: passphrase.to_stored()?, is_active: true, name })
}

/// Checks that the people behind an act may do it, and still have their accounts.
pub(super) fn check(
    change: &Change<'_>,
    act: ElectionAct,
    by: &Approval,
    setup: &domain::election::Setup,
) -> Result<(), Error> {
    for person in [Some(&by.first), by.second.as_ref()].into_iter().flatten() {
        let known = change.person(&person.name)?;
        if !known.is_some_and(|row| row.is_active && row.role == person.role) {
            return Err(Error::refused(format!("the account of {} was changed meanwhile; sign in again", person.name)));
        }
    }
    let second = by.second.as_ref().map(Person::acting);
    people::check(act, by.first.acting(), second, &setup.second_person).map_err(|refused| Error::refused(refused.0))
}

/// Opens a sealed secret of an election.
pub(super) fn open_secret(
    elections: &store::Elections<'_>,
    key: &CaseKey,
    election: &str,
    kind: &str,
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let sealed = elections.secret(election, kind)?.ok_or_else(|| {
        Error::refused(format!("the {} of this election is not there any more", kind.replace('_', " ")))
    })?;
    key.0.open(&secret_place(election, kind), &sealed).ok_or_else(|| {
        Error::refused(format!(
            "the {} of this election does not open with this key: it was altered, or belongs to another case",
            kind.replace('_', " ")
        ))
    })
}

/// Seals a secret of an election.
pub(super) fn keep_secret(
    change: &Change<'_>,
    key: &CaseKey,
    election: &str,
    kind: &str,
    secret: &[u8],
) -> Result<(), Error> {
    change.put_secret(election, kind, &key.0.seal(&secret_place(election, kind), secret)?)?;
    Ok(())
}

fn secret_place(election: &str, kind: &str) -> String {
    format!("{election}/{kind}")
}

impl Stamp {
    /// Writes an act that belongs to no election.
    pub(super) fn note(&self, change: &Change<'_>, act: &str, detail: serde_json::Value) -> Result<(), Error> {
        change.record(&store::Act { at: &self.at, actor: &self.actor, act, detail })?;
        Ok(())
    }
}
