//! Who may act: conflicts, access, two different people.

use super::event::{IncidentRecord, PROGRAM};
use super::{Incident, Refusal, RefusalCode};

/// True where two names mean one person: capital letters and spaces around or between do not tell people apart.
pub fn same_person(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(one) == plain(other)
}

impl Incident {
    /// True while a person is part of the matter.
    pub fn is_conflicted(&self, person: &str) -> bool {
        self.conflicts.iter().any(|conflict| conflict.lifted.is_none() && same_person(&conflict.person, person))
    }

    /// True where a person may see and change the incident.
    pub fn may_act(&self, person: &str) -> bool {
        let is_named = self.access.is_empty() || self.access.iter().any(|name| same_person(name, person));
        person == PROGRAM || is_named && !self.is_conflicted(person)
    }

    /// Refuses a record whose writer may not act.
    pub(super) fn check_writer(&self, record: &IncidentRecord) -> Result<(), Refusal> {
        let person = record.by.as_str();
        if person.trim().is_empty() {
            return Err(Refusal::new(RefusalCode::Person, "nobody is named as the writer", "name the person who acts"));
        }
        if person == PROGRAM {
            return Ok(());
        }
        if self.is_conflicted(person) {
            let why = format!("{person} is marked as conflicted in {}", self.id);
            return Err(Refusal::new(RefusalCode::Person, why, "let somebody act who is not part of the matter"));
        }
        if !self.may_act(person) {
            let why = format!("{} is restricted to named people, and {person} is not among them", self.id);
            return Err(Refusal::new(RefusalCode::Person, why, format!("ask {}", self.access.join(", "))));
        }
        Ok(())
    }

    /// Refuses the program where a person must answer for something.
    pub(super) fn check_is_person(&self, record: &IncidentRecord, what: &str) -> Result<(), Refusal> {
        if same_person(&record.by, PROGRAM) {
            let why = format!("{what} must be a person's act");
            return Err(Refusal::new(RefusalCode::Person, why, "name the person who answers for it"));
        }
        Ok(())
    }

    /// Refuses unless two different people act, neither of them conflicted, both with access.
    pub(super) fn check_two(&self, record: &IncidentRecord, second: &str, what: &str) -> Result<(), Refusal> {
        self.check_is_person(record, what)?;
        let refuse = |why: String| {
            Err(Refusal::new(RefusalCode::TwoPeople, why, "name a second person who is not part of the matter"))
        };
        if second.trim().is_empty() || same_person(second, PROGRAM) {
            return refuse(format!("{what} needs a second person"));
        }
        if same_person(second, &record.by) {
            return refuse(format!("{what} needs two different people, and {second} is the first one"));
        }
        if self.is_conflicted(second) {
            return refuse(format!("{second} is marked as conflicted and cannot confirm {what}"));
        }
        if !self.may_act(second) {
            return refuse(format!("{second} has no access to {} and cannot confirm {what}", self.id));
        }
        Ok(())
    }
}
