//! People of the case: accounts, who is signed in, who approves. Passphrases and credentials only ever come in, and are wiped.

use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;
use workflow::domain::election::Role;
use workflow::election::{Account, Passphrase, Person};
use zeroize::Zeroizing;

/// What a person is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    /// Sets up elections and answers for every act.
    Administrator,
    /// Serves voters.
    Clerk,
    /// Reads everything and changes nothing.
    Auditor,
    /// Approves as second person, attests, certifies.
    Witness,
}

/// An account of the case.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// Name.
    pub name: String,
    /// Role.
    pub role: RoleWord,
    /// False where it was switched off.
    pub is_active: bool,
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PersonView {
    /// Name.
    pub name: String,
    /// Role.
    pub role: RoleWord,
}

/// The people of the open case.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OfficeView {
    /// Accounts; empty before the first administrator was added.
    pub accounts: Vec<AccountView>,
    /// Who is signed in; null where the office is locked.
    pub person: Option<PersonView>,
    /// True while the key of the case is held in memory.
    pub has_key: bool,
    /// Minutes without any input after which the office locks itself.
    pub idle_minutes: u64,
    /// Election whose desk is open; null where none is.
    pub booth: Option<String>,
}

/// A passphrase on its way in. It has neither `Debug` nor a way back.
pub struct Secret(pub(crate) Passphrase);

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Passphrase::new(text)))
    }
}

/// A credential as it was typed or scanned. It has neither `Debug` nor a way back.
pub struct Typed(pub(crate) Zeroizing<String>);

impl<'de> Deserialize<'de> for Typed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self(Zeroizing::new(text)))
    }
}

/// A person who signs in or approves.
#[derive(Deserialize, TS)]
pub struct Signing {
    /// Name of the account.
    pub name: String,
    /// Own passphrase.
    #[ts(type = "string")]
    pub passphrase: Secret,
}

/// What an act asks for beside the person who is signed in.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Approving {
    /// Second person, where the rules ask for one.
    pub second: Option<Signing>,
    /// Passphrase of the case, where its key is needed and not held.
    #[ts(type = "string | null")]
    pub case_passphrase: Option<Secret>,
    /// Why two people go on although an incident holds the act back.
    pub override_reason: Option<String>,
}

/// An account that is added or changed.
#[derive(Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AccountAsked {
    /// Name.
    pub name: String,
    /// Role.
    pub role: RoleWord,
    /// New passphrase; null leaves the old one.
    #[ts(type = "string | null")]
    pub passphrase: Option<Secret>,
    /// False switches it off.
    pub is_active: bool,
}

impl From<Role> for RoleWord {
    fn from(role: Role) -> Self {
        match role {
            Role::Administrator => Self::Administrator,
            Role::Clerk => Self::Clerk,
            Role::Auditor => Self::Auditor,
            Role::Witness => Self::Witness,
        }
    }
}

impl From<RoleWord> for Role {
    fn from(role: RoleWord) -> Self {
        match role {
            RoleWord::Administrator => Self::Administrator,
            RoleWord::Clerk => Self::Clerk,
            RoleWord::Auditor => Self::Auditor,
            RoleWord::Witness => Self::Witness,
        }
    }
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        Self { name: account.name, role: account.role.into(), is_active: account.is_active }
    }
}

impl From<&Person> for PersonView {
    fn from(person: &Person) -> Self {
        Self { name: person.name().to_owned(), role: person.role().into() }
    }
}
