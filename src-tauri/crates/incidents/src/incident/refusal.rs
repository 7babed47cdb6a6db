//! Why a record was not taken, and what could be done instead; and what is worth a warning although it was taken.

use std::fmt;

use serde::Serialize;

/// What kind of rule refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The record is of another version, another incident, or from the future.
    Record,
    /// The incident is not there yet, or was declared before.
    Declaration,
    /// The status does not allow it.
    Status,
    /// Something named does not exist.
    Unknown,
    /// Something of this id exists already.
    Repeated,
    /// A reason or text is missing.
    ReasonMissing,
    /// Two different people are needed, neither of them conflicted.
    TwoPeople,
    /// The person may not act in this incident.
    Person,
    /// A choice that cannot be taken back is not confirmed.
    NotConfirmed,
    /// It cannot be taken back.
    Irreversible,
    /// A step does not apply, or lacks what it asks for.
    Step,
    /// A guard does not allow it.
    Guard,
    /// A clock does not allow it.
    Clock,
    /// Something is left to do before the incident can be closed.
    NotFinished,
    /// The frozen playbook does not fit its hash or cannot be read.
    Playbook,
}

/// A record that was not taken; the incident is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[error("{why}; {instead}")]
pub struct Refusal {
    /// What kind of rule refused.
    pub code: RefusalCode,
    /// What is wrong.
    pub why: String,
    /// What could be done instead.
    pub instead: String,
}

impl Refusal {
    pub(crate) fn new(code: RefusalCode, why: impl Into<String>, instead: impl Into<String>) -> Self {
        Self { code, why: why.into(), instead: instead.into() }
    }

    pub(crate) fn unknown(what: &str, id: &str, known: &[String]) -> Self {
        let instead = if known.is_empty() {
            format!("there is no {what} yet")
        } else {
            format!("known here: {}", known.join(", "))
        };
        Self::new(RefusalCode::Unknown, format!("there is no {what} \"{id}\" in this incident"), instead)
    }

    pub(crate) fn repeated(what: &str, id: &str) -> Self {
        Self::new(RefusalCode::Repeated, format!("there is a {what} \"{id}\" already"), "give it another id")
    }

    pub(crate) fn reason(what: &str) -> Self {
        Self::new(RefusalCode::ReasonMissing, format!("{what} needs a reason"), "write why")
    }
}

/// What is worth a word although the record was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// Something was done before evidence was preserved.
    EvidenceNotYetPreserved {
        /// The step that was done.
        step: String,
    },
    /// The lead should not do the technical work.
    LeadIsTechnical {
        /// Who holds both roles.
        person: String,
    },
    /// Irreversible or risky without a second look: a check that failed is filed under a done step.
    CheckDidNotPass {
        /// The step.
        step: String,
        /// The run.
        run: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EvidenceNotYetPreserved { step } => write!(
                formatter,
                "The step \"{step}\" changes something before evidence was preserved; the order is recorded. \
                 Preserve what can still be preserved"
            ),
            Self::LeadIsTechnical { person } => write!(
                formatter,
                "{person} leads and does the technical work; name somebody else for one of the two if you can"
            ),
            Self::CheckDidNotPass { step, run } => write!(
                formatter,
                "The step \"{step}\" is done although the check \"{run}\" did not pass; say in the result what it means"
            ),
        }
    }
}
