//! Who may act, and which acts need a second person.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{ElectionAct, Refused};

/// What a person is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets up elections and answers for every act.
    Administrator,
    /// Serves voters: desk, paper, letters, notices.
    Clerk,
    /// Reads everything and changes nothing.
    Auditor,
    /// Approves as second person, attests paper batches, certifies.
    Witness,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 4] = [Self::Administrator, Self::Clerk, Self::Auditor, Self::Witness];

    /// The word on the command line and in the store.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Administrator => "administrator",
            Self::Clerk => "clerk",
            Self::Auditor => "auditor",
            Self::Witness => "witness",
        }
    }

    /// The role of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.word() == word)
    }

    /// Whether the role may begin an act. Looking at forensics, integrity and statistics is for administrators and auditors;
    /// results are for everybody once they are visible.
    pub const fn may(self, act: ElectionAct) -> bool {
        use ElectionAct as A;
        match act {
            A::Inspect => matches!(self, Self::Administrator | Self::Auditor),
            A::Certify | A::AttestPaper => matches!(self, Self::Administrator | Self::Witness | Self::Clerk),
            A::Cast | A::RecordPaper | A::PrintLetters | A::Notify | A::Nominate => {
                matches!(self, Self::Administrator | Self::Clerk)
            }
            _ => matches!(self, Self::Administrator),
        }
    }

    /// Whether the role may stand beside another person as the second one.
    pub const fn may_second(self) -> bool {
        matches!(self, Self::Administrator | Self::Witness)
    }
}

/// Acts that may be made to need a second person; an election that says nothing asks for one in all of them. Certifying and
/// overriding a lock always need two.
pub const SECOND_PERSON: [ElectionAct; 7] = [
    ElectionAct::Close,
    ElectionAct::ExcludeVote,
    ElectionAct::RollBack,
    ElectionAct::Extend,
    ElectionAct::Publish,
    ElectionAct::RevealKey,
    ElectionAct::Cancel,
];

/// A person as far as rules care.
#[derive(Clone, Copy, Debug)]
pub struct Acting<'a> {
    /// Name of the account.
    pub name: &'a str,
    /// Its role.
    pub role: Role,
}

/// Checks that the people who stand behind an act may do so. `needs_second` holds the acts that the election's rules give two
/// people.
///
/// # Errors
/// [`Refused`], saying who may do it.
pub fn check(
    act: ElectionAct,
    first: Acting<'_>,
    second: Option<Acting<'_>>,
    needs_second: &BTreeSet<ElectionAct>,
) -> Result<(), Refused> {
    if !first.role.may(act) {
        let allowed: Vec<&str> = Role::ALL.into_iter().filter(|role| role.may(act)).map(Role::word).collect();
        return Err(Refused(format!(
            "{} has the role {}, which may not {}; ask a person with the role {}",
            first.name,
            first.role.word(),
            act.verb(),
            allowed.join(" or ")
        )));
    }
    let always = matches!(act, ElectionAct::Certify | ElectionAct::Override);
    if !always && !needs_second.contains(&act) {
        return Ok(());
    }
    let Some(second) = second else {
        return Err(Refused(format!(
            "to {} needs a second person; an administrator or witness must approve with their own passphrase",
            act.verb()
        )));
    };
    if second.name == first.name {
        return Err(Refused(format!(
            "to {} needs two different people, and {} was named twice; choose another second person",
            act.verb(),
            first.name
        )));
    }
    if !second.role.may_second() {
        return Err(Refused(format!(
            "{} has the role {}, which cannot approve as second person; ask an administrator or witness",
            second.name,
            second.role.word()
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, role: Role) -> Acting<'_> {
        Acting { name, role }
    }

    #[test]
    fn two_different_people_close() {
        let needs: BTreeSet<_> = SECOND_PERSON.into();
        let (anna, ben) = (person("Anna", Role::Administrator), person("Ben", Role::Witness));
        let close = |second| check(ElectionAct::Close, anna, second, &needs);
        assert!(close(Some(ben)).is_ok());
        assert!(close(None).unwrap_err().0.contains("second person"));
        assert!(close(Some(anna)).unwrap_err().0.contains("two different people"));
        assert!(close(Some(person("Cleo", Role::Clerk))).unwrap_err().0.contains("cannot approve"));
        assert!(check(ElectionAct::Close, anna, None, &BTreeSet::new()).is_ok(), "where the rules ask for one only");
        assert!(check(ElectionAct::Certify, anna, None, &BTreeSet::new()).is_err(), "certifying always takes two");
    }

    #[test]
    fn auditors_change_nothing() {
        for act in ElectionAct::ALL {
            assert_eq!(Role::Auditor.may(act), act == ElectionAct::Inspect, "{act:?}");
        }
    }
}
