//! The words of incident response that several crates need: severities, phases, statuses, timeline kinds, locks.
//!
//! What they mean and how they follow from one another is the business of the crate `incidents`; here they only have
//! names, so that reports can print them and the store can keep them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Instant;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$variant_doc])* #[serde(rename = $word)] $variant,)*
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &'static [$name] = &[$($name::$variant,)*];

            /// The word used in files and answers.
            pub fn word(self) -> &'static str {
                match self {
                    $($name::$variant => $word,)*
                }
            }

            /// Reads the word used in files.
            pub fn from_word(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|candidate| candidate.word() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.word())
            }
        }
    };
}

words! {
    /// The canonical scale. Logic uses its rank; screens and reports show it beside the label of the source's scale.
    IncidentSeverity {
        /// Rank 0: integrity or privacy of an open or counted election is broken or nearly so, or nobody can vote.
        Critical = "critical",
        /// Rank 1: integrity or privacy may be affected, or many cannot vote.
        High = "high",
        /// Rank 2: limited effect and a way around.
        Medium = "medium",
        /// Rank 3: cosmetic; certain that integrity is not concerned.
        Low = "low",
    }
}

impl IncidentSeverity {
    /// 0 for critical to 3 for low.
    pub fn rank(self) -> u8 {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }

    /// True where `self` is graver than `other`.
    pub fn is_above(self, other: Self) -> bool {
        self.rank() < other.rank()
    }

    /// The next graver one; critical stays critical.
    pub fn one_up(self) -> Self {
        match self {
            Self::Critical | Self::High => Self::Critical,
            Self::Medium => Self::High,
            Self::Low => Self::Medium,
        }
    }
}

words! {
    /// What an incident is about.
    IncidentCategory {
        /// Votes, counts or records may not be what they should be.
        Integrity = "integrity",
        /// People cannot vote, sign in or be reached.
        Availability = "availability",
        /// Personal data or the secrecy of the vote.
        Privacy = "privacy",
        /// Intrusion, malware, credentials in wrong hands.
        Security = "security",
        /// A slip, a refused act, a minor fault.
        Operations = "operations",
        /// A question about an election that has to be answered.
        Investigation = "investigation",
    }
}

words! {
    /// Where an incident stands.
    IncidentStatus {
        /// It reached the office.
        Reported = "reported",
        /// It was declared; clocks run, guards hold.
        Declared = "declared",
        /// Somebody looks for the cause.
        Investigating = "investigating",
        /// The damage is being held.
        Contained = "contained",
        /// The remedy works; it is being watched.
        Monitoring = "monitoring",
        /// It is over.
        Resolved = "resolved",
        /// The review was held.
        Reviewed = "reviewed",
        /// Nothing is left to do.
        Closed = "closed",
        /// There was nothing.
        FalseAlarm = "false_alarm",
        /// Another incident is about the same.
        Duplicate = "duplicate",
    }
}

impl IncidentStatus {
    /// True from the declaration until it is resolved: guards hold during this time.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Declared | Self::Investigating | Self::Contained | Self::Monitoring)
    }

    /// True once nothing more is expected of anybody.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Closed | Self::FalseAlarm | Self::Duplicate)
    }
}

words! {
    /// Spans of time after the declaration. They guide, and do not change by themselves.
    ResponsePhase {
        /// 0 to 15 minutes.
        Triage = "triage",
        /// 15 to 60 minutes.
        Response = "response",
        /// 1 to 4 hours.
        Resolution = "resolution",
        /// 4 to 72 hours.
        FollowUp = "follow_up",
    }
}

words! {
    /// The part of the work that a step of a playbook belongs to.
    StepPhase {
        /// Find out what it is.
        Triage = "triage",
        /// Hold the damage.
        Containment = "containment",
        /// Look for the cause.
        Investigation = "investigation",
        /// Bring back what was lost.
        Recovery = "recovery",
        /// Learn from it.
        FollowUp = "follow_up",
    }
}

words! {
    /// What a step of a playbook asks for.
    StepKind {
        /// Act.
        Do = "do",
        /// Find out; it has a result.
        Check = "check",
        /// Choose.
        Decide = "decide",
        /// Write down; a text is needed.
        Record = "record",
        /// Keep evidence; an item is needed.
        Capture = "capture",
        /// Tell; a message is needed.
        Notify = "notify",
        /// Hand up.
        Escalate = "escalate",
        /// Go on with another playbook.
        Link = "link",
    }
}

words! {
    /// How far a step is.
    StepState {
        /// Nobody began.
        Open = "open",
        /// Somebody works on it.
        Doing = "doing",
        /// Done.
        Done = "done",
        /// Left out; a required one needs a reason.
        Skipped = "skipped",
        /// Another option was chosen in the decision it hangs on.
        NotApplicable = "not_applicable",
    }
}

words! {
    /// What an entry of the timeline tells.
    EntryKind {
        /// Something was seen or learned.
        Fact = "fact",
        /// Something was done.
        Action = "action",
        /// Something was decided.
        Decision = "decision",
        /// Somebody was told.
        Message = "message",
        /// A check was run.
        Check = "check",
        /// Evidence was taken, moved or looked at.
        Evidence = "evidence",
        /// A clock was started, paused, met or missed.
        Clock = "clock",
        /// Somebody higher up was called.
        Escalation = "escalation",
        /// A guard or hold was set, lifted or overridden.
        Hold = "hold",
    }
}

words! {
    /// Which clock. Sources and figures: the crate `incidents`.
    ClockKind {
        /// From the declaration to the last required item of the first look.
        FirstLook = "first_look",
        /// From the report to the first responder's action.
        Respond = "respond",
        /// From the last update to the next.
        Update = "update",
        /// From the declaration to the resolution.
        Resolve = "resolve",
        /// Critical and unresolved: the director must know.
        DirectorNotice = "director_notice",
        /// From the resolution to a date for the review.
        ReviewScheduled = "review_scheduled",
        /// From the resolution to the review itself.
        ReviewHeld = "review_held",
        /// Personal data: from awareness to the notice to the authority. It cannot be paused.
        AuthorityNotice = "authority_notice",
        /// From the declaration to a message to voters.
        VoterNotice = "voter_notice",
        /// A step of a playbook with a due time.
        Step = "step",
        /// An action item of the review.
        ActionItem = "action_item",
        /// A deadline that somebody named.
        Named = "named",
    }
}

words! {
    /// What a check said.
    CheckResult {
        /// As it should be.
        Pass = "pass",
        /// Worth a look.
        Warn = "warn",
        /// Not as it should be.
        Fail = "fail",
        /// The data does not allow the check.
        NotApplicable = "not_applicable",
        /// The check itself could not be run.
        Error = "error",
    }
}

words! {
    /// An act that a guard can hold back. The first seven are the election's own, in the lifecycle's words.
    GuardedAct {
        /// Open the election for voting (`election.start`).
        Open = "open",
        /// End voting (`election.close`).
        Close = "close",
        /// Count (`election.tally`).
        Count = "count",
        /// Certify the result (`election.certify`).
        Certify = "certify",
        /// Publish the result (`election.publish`).
        Publish = "publish",
        /// Set a closed election back to open (`election.reopen`).
        RollBack = "roll_back",
        /// Set a later end (`election.extend`).
        Extend = "extend",
        /// Administer the election at all (`election.admin`).
        Administer = "administer",
        /// Change election data by hand (`data.edit`).
        EditData = "edit_data",
        /// Delete election data by hand (`data.delete`).
        DeleteData = "delete_data",
        /// Hold a role in the incident (`incident.assign`).
        AssignRole = "assign_role",
    }
}

impl GuardedAct {
    /// The id that playbooks use.
    pub fn playbook_id(self) -> &'static str {
        match self {
            Self::Open => "election.start",
            Self::Close => "election.close",
            Self::Count => "election.tally",
            Self::Certify => "election.certify",
            Self::Publish => "election.publish",
            Self::RollBack => "election.reopen",
            Self::Extend => "election.extend",
            Self::Administer => "election.admin",
            Self::EditData => "data.edit",
            Self::DeleteData => "data.delete",
            Self::AssignRole => "incident.assign",
        }
    }

    /// Reads the id that playbooks use.
    pub fn from_playbook_id(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|act| act.playbook_id() == id)
    }
}

/// Number of an incident: `INC-YYYY-MM-DD-NNN`, the day of the declaration in UTC and a running number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IncidentId(String);

impl IncidentId {
    /// The `number`-th incident (from 1) of the day on which `declared_at` falls in UTC.
    pub fn new(declared_at: Instant, number: u32) -> Self {
        let date = declared_at.to_utc().date_and_time('T');
        Self(format!("INC-{}-{number:03}", date.split('T').next().unwrap_or_default()))
    }

    /// Reads `INC-YYYY-MM-DD-NNN`; the running number may have more digits.
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix("INC-")?;
        let (date, number) = rest.split_at_checked(10)?;
        let number = number.strip_prefix('-')?;
        Instant::parse(&format!("{date}T00:00:00"))?;
        let is_number = number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IncidentId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<IncidentId> for String {
    fn from(id: IncidentId) -> Self {
        id.0
    }
}

impl TryFrom<String> for IncidentId {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("\"{text}\" is no incident number; write INC-YYYY-MM-DD-NNN"))
    }
}

/// Why an act on an election is held back now, in the form that the lifecycle shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lock {
    /// The incident that holds it back; `None` for a rule that holds without any incident.
    pub incident: Option<IncidentId>,
    /// Title of the incident; empty without one.
    pub incident_title: String,
    /// Id of the guard or hold.
    pub guard: String,
    /// Id of the election; `None` where every election of the case is concerned.
    pub election: Option<String>,
    /// What is held back.
    pub blocks: Vec<GuardedAct>,
    /// Why, and what to do instead.
    pub message: String,
    /// True where two people with a written reason may go on all the same.
    pub override_allowed: bool,
    /// Since when; `None` where it holds always.
    pub since: Option<Instant>,
}

impl Lock {
    /// True where the lock holds this act back.
    pub fn holds_back(&self, act: GuardedAct) -> bool {
        self.blocks.contains(&act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_incidents_are_read_as_they_are_written() {
        let declared = Instant::parse("2026-02-10T23:59:59Z").expect("time");
        let id = IncidentId::new(declared, 7);
        assert_eq!(id.as_str(), "INC-2026-02-10-007");
        assert_eq!(IncidentId::parse(id.as_str()), Some(id));
        assert_eq!(IncidentId::new(declared, 1234).as_str(), "INC-2026-02-10-1234");
        for broken in
            ["INC-2026-02-30-001", "INC-2026-02-10-1", "INC-2026-02-10", "2026-02-10-001", "INC-é026-02-10-001"]
        {
            assert_eq!(IncidentId::parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn words_and_playbook_ids_come_back() {
        for act in GuardedAct::ALL {
            assert_eq!(GuardedAct::from_word(act.word()), Some(*act));
            assert_eq!(GuardedAct::from_playbook_id(act.playbook_id()), Some(*act));
        }
        for status in IncidentStatus::ALL {
            assert_eq!(IncidentStatus::from_word(status.word()), Some(*status));
            let json = serde_json::to_string(status).expect("a word");
            assert_eq!(json, format!("\"{}\"", status.word()), "serde and word agree");
        }
    }

    #[test]
    fn one_step_up_ends_at_critical() {
        assert_eq!(IncidentSeverity::Low.one_up(), IncidentSeverity::Medium);
        assert_eq!(IncidentSeverity::Critical.one_up(), IncidentSeverity::Critical);
        assert!(IncidentSeverity::Critical.is_above(IncidentSeverity::High));
        assert!(!IncidentSeverity::High.is_above(IncidentSeverity::High));
    }
}
