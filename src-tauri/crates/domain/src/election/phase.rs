//! Where an election stands, and which act leads where.
//!
//! ```mermaid
//! stateDiagram-v2
//!     [*] --> draft
//!     draft --> nominating: open nominations
//!     nominating --> draft: close nominations
//!     draft --> open: open
//!     open --> draft: roll back (no ballot yet)
//!     open --> closed: close
//!     closed --> open: roll back (identified ballots only)
//!     closed --> tallied: count
//!     tallied --> certified: certify
//!     certified --> published: publish
//!     draft --> cancelled: cancel
//!     nominating --> cancelled: cancel
//!     open --> cancelled: cancel
//!     closed --> cancelled: cancel
//!     tallied --> cancelled: cancel
//! ```
//!
//! There is no way back from a count, and none from closing a secret election.

use serde::{Deserialize, Serialize};

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Being set up.
    Draft,
    /// Candidates are named and answer.
    Nominating,
    /// Ballots are accepted.
    Open,
    /// Voting has ended.
    Closed,
    /// Counted.
    Tallied,
    /// Two people signed the result.
    Certified,
    /// The files are out.
    Published,
    /// Given up before it was certified.
    Cancelled,
}

/// What can be done with an election.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ElectionAct {
    /// Change title, period, contests, rules.
    Edit,
    /// Bring in or replace the roll.
    ImportRoll,
    /// Begin to accept nominations.
    OpenNominations,
    /// End nominations.
    CloseNominations,
    /// Name a candidate, accept or decline.
    Nominate,
    /// Begin voting.
    Open,
    /// Print or export credential letters.
    PrintLetters,
    /// Accept a ballot at the desk.
    Cast,
    /// Enter a batch of paper ballots.
    RecordPaper,
    /// Attest a batch.
    AttestPaper,
    /// Void a batch.
    VoidPaper,
    /// Let one person vote for another, or take that back.
    Proxy,
    /// Move the end later.
    Extend,
    /// Leave a vote out of the count, keeping it.
    ExcludeVote,
    /// Say which written-in names mean the same candidate.
    MergeWriteIns,
    /// Prepare a message, confirm that it went out.
    Notify,
    /// End voting.
    Close,
    /// Count.
    Count,
    /// Sign the result.
    Certify,
    /// Write the public files.
    Publish,
    /// Make the signing key public.
    RevealKey,
    /// Set back to open, or to draft.
    RollBack,
    /// Give up.
    Cancel,
    /// Remove a draft.
    Delete,
    /// Copy the rules into a new draft.
    Clone,
    /// Run forensics, integrity or statistics.
    Inspect,
    /// Do what an open incident forbids.
    Override,
}

impl ElectionAct {
    /// All acts.
    pub const ALL: [Self; 27] = [
        Self::Edit,
        Self::ImportRoll,
        Self::OpenNominations,
        Self::CloseNominations,
        Self::Nominate,
        Self::Open,
        Self::PrintLetters,
        Self::Cast,
        Self::RecordPaper,
        Self::AttestPaper,
        Self::VoidPaper,
        Self::Proxy,
        Self::Extend,
        Self::ExcludeVote,
        Self::MergeWriteIns,
        Self::Notify,
        Self::Close,
        Self::Count,
        Self::Certify,
        Self::Publish,
        Self::RevealKey,
        Self::RollBack,
        Self::Cancel,
        Self::Delete,
        Self::Clone,
        Self::Inspect,
        Self::Override,
    ];

    /// What one does, after "to" or "may not".
    pub const fn verb(self) -> &'static str {
        match self {
            Self::Edit => "change the election",
            Self::ImportRoll => "change the roll",
            Self::OpenNominations => "open nominations",
            Self::CloseNominations => "close nominations",
            Self::Nominate => "nominate",
            Self::Open => "open the election",
            Self::PrintLetters => "print credential letters",
            Self::Cast => "cast a ballot",
            Self::RecordPaper => "record paper ballots",
            Self::AttestPaper => "attest a paper batch",
            Self::VoidPaper => "void a paper batch",
            Self::Proxy => "change a proxy",
            Self::Extend => "extend the election",
            Self::ExcludeVote => "exclude a vote",
            Self::MergeWriteIns => "merge write-ins",
            Self::Notify => "send a notice",
            Self::Close => "close the election",
            Self::Count => "count",
            Self::Certify => "certify the result",
            Self::Publish => "publish",
            Self::RevealKey => "reveal the signing key",
            Self::RollBack => "roll the election back",
            Self::Cancel => "cancel the election",
            Self::Delete => "delete the election",
            Self::Clone => "clone the election",
            Self::Inspect => "inspect the election",
            Self::Override => "override a lock",
        }
    }
}

/// What the rules of an act ask for beside the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Ballots carry no voter.
    pub is_secret: bool,
    /// Ballots that were cast, replaced and excluded ones among them.
    pub ballots: u64,
    /// Batches of paper ballots that wait for attestation or were counted.
    pub batches: u64,
}

/// Why an act is refused, and what is possible instead: a whole sentence or two.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refused(pub String);

impl Phase {
    /// All phases.
    pub const ALL: [Self; 8] = [
        Self::Draft,
        Self::Nominating,
        Self::Open,
        Self::Closed,
        Self::Tallied,
        Self::Certified,
        Self::Published,
        Self::Cancelled,
    ];

    /// The word in the store, on the command line and in reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Nominating => "nominating",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Tallied => "tallied",
            Self::Certified => "certified",
            Self::Published => "published",
            Self::Cancelled => "cancelled",
        }
    }

    /// The phase of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|phase| phase.word() == word)
    }

    /// The phase after an act; the same phase for acts that only change something within it.
    ///
    /// # Errors
    /// [`Refused`] where the act is not allowed now, with the reason and what is possible instead.
    pub fn after(self, act: ElectionAct, facts: Facts) -> Result<Self, Refused> {
        use ElectionAct as A;
        use Phase as P;
        match (act, self) {
            (A::Edit | A::ImportRoll, P::Draft | P::Nominating) => Ok(self),
            (A::Nominate, P::Draft | P::Nominating) => Ok(self),
            (A::Proxy, P::Draft | P::Nominating | P::Open) => Ok(self),
            (A::OpenNominations, P::Draft) => Ok(P::Nominating),
            (A::CloseNominations, P::Nominating) => Ok(P::Draft),
            (A::Open, P::Draft) => Ok(P::Open),
            (A::Cast | A::RecordPaper | A::AttestPaper | A::VoidPaper | A::PrintLetters | A::Extend, P::Open) => {
                Ok(self)
            }
            (A::ExcludeVote | A::MergeWriteIns, P::Open | P::Closed) => Ok(self),
            (A::Close, P::Open) => Ok(P::Closed),
            (A::Count, P::Closed) => Ok(P::Tallied),
            (A::Certify, P::Tallied) => Ok(P::Certified),
            (A::Publish, P::Certified) => Ok(P::Published),
            (A::RevealKey, P::Closed | P::Tallied | P::Certified | P::Published) => Ok(self),
            (A::RollBack, P::Closed) if !facts.is_secret => Ok(P::Open),
            (A::RollBack, P::Open) if facts.ballots == 0 && facts.batches == 0 => Ok(P::Draft),
            (A::Cancel, P::Draft | P::Nominating | P::Open | P::Closed | P::Tallied) => Ok(P::Cancelled),
            (A::Delete, P::Draft) => Ok(P::Draft),
            (A::Notify | A::Clone | A::Inspect | A::Override, _) => Ok(self),
            _ => Err(self.refusal(act, facts)),
        }
    }

    fn refusal(self, act: ElectionAct, facts: Facts) -> Refused {
        use ElectionAct as A;
        use Phase as P;
        let why: String = match (act, self) {
            (A::RollBack, P::Closed) => {
                "the election was anonymized when it closed, so it is final; make a replacement election with `clone`".into()
            }
            (A::RollBack, P::Open) => format!(
                "{} were already accepted, so voting cannot be undone; extend, close or cancel the election",
                if facts.ballots == 0 { "paper batches".to_owned() } else { format!("{} ballots", facts.ballots) }
            ),
            (A::RollBack, P::Draft | P::Nominating) => "it was not opened yet, so there is nothing to set back".into(),
            (A::RollBack, _) => {
                "a count is final; if the result is in dispute, open an incident, and make a replacement election with `clone` if it must be held again".into()
            }
            (A::Close | A::Cast | A::RecordPaper | A::AttestPaper | A::VoidPaper | A::Extend | A::PrintLetters, P::Draft | P::Nominating) => {
                "voting has not begun; open the election first".into()
            }
            (A::PrintLetters, _) => "credentials can be printed only while the election is open; afterwards nobody knows whose they were".into(),
            (A::Extend, _) => "voting has ended, and an end time moves only while the election is open; a replacement election can be made with `clone`".into(),
            (A::Cast | A::RecordPaper | A::AttestPaper | A::VoidPaper, _) => "voting has ended; no ballot is accepted any more".into(),
            (A::Close, _) => "it is closed already".into(),
            (A::Count, P::Draft | P::Nominating | P::Open) => "ballots are counted after voting has ended; close the election first".into(),
            (A::Count, _) => "it is counted already, and a count is final; compare with `count`, which changes nothing".into(),
            (A::Certify, P::Draft | P::Nominating | P::Open | P::Closed) => "there is no result to sign; count the election first".into(),
            (A::Certify, _) => "the result is certified already".into(),
            (A::Publish, P::Published) => "it is published already; export the public files again with `election files`".into(),
            (A::Publish, _) => "only a certified result is published; certify it first".into(),
            (A::RevealKey, _) => "the key signs ballots until voting has ended; close the election first".into(),
            (A::Edit | A::ImportRoll | A::Proxy, _) => {
                "ballot, roll and rules were frozen when the election opened; only its end can move, with `extend`".into()
            }
            (A::Nominate | A::OpenNominations, P::Nominating) => "nominations are open already".into(),
            (A::Nominate | A::OpenNominations, _) => "nominations end before the election opens; a new election can be made with `clone`".into(),
            (A::CloseNominations, _) => "nominations are not open".into(),
            (A::Open, P::Nominating) => "nominations are still open; close them first".into(),
            (A::Open, P::Open) => "it is open already".into(),
            (A::Open, _) => "it was held already; make a replacement election with `clone`".into(),
            (A::ExcludeVote | A::MergeWriteIns, P::Draft | P::Nominating) => "there are no ballots yet".into(),
            (A::ExcludeVote | A::MergeWriteIns, _) => "a count is final; if the result is in dispute, open an incident".into(),
            (A::Delete, _) => "only drafts are deleted; an election that was opened stays, and `cancel` ends it".into(),
            (A::Cancel, P::Cancelled) => "it is cancelled already".into(),
            (A::Cancel, _) => "a certified result stands; if it is in dispute, open an incident".into(),
            (A::Notify | A::Clone | A::Inspect | A::Override, _) => "this act is possible in every phase".into(),
        };
        if self == P::Cancelled && !matches!(act, A::Cancel) {
            return Refused(format!("cannot {}: the election is cancelled; make a new one with `clone`", act.verb()));
        }
        Refused(format!("cannot {} while the election is {}: {why}", act.verb(), self.word()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: Facts = Facts { is_secret: true, ballots: 3, batches: 0 };

    /// The whole table, written out: what each act leads to from each phase of a secret election with ballots.
    #[test]
    fn every_act_in_every_phase() {
        let table: &[(ElectionAct, [&str; 8])] = {
            use ElectionAct as A;
            // draft, nominating, open, closed, tallied, certified, published, cancelled
            &[
                (A::Edit, ["draft", "nominating", "", "", "", "", "", ""]),
                (A::ImportRoll, ["draft", "nominating", "", "", "", "", "", ""]),
                (A::OpenNominations, ["nominating", "", "", "", "", "", "", ""]),
                (A::CloseNominations, ["", "draft", "", "", "", "", "", ""]),
                (A::Nominate, ["draft", "nominating", "", "", "", "", "", ""]),
                (A::Open, ["open", "", "", "", "", "", "", ""]),
                (A::PrintLetters, ["", "", "open", "", "", "", "", ""]),
                (A::Cast, ["", "", "open", "", "", "", "", ""]),
                (A::RecordPaper, ["", "", "open", "", "", "", "", ""]),
                (A::AttestPaper, ["", "", "open", "", "", "", "", ""]),
                (A::VoidPaper, ["", "", "open", "", "", "", "", ""]),
                (A::Proxy, ["draft", "nominating", "open", "", "", "", "", ""]),
                (A::Extend, ["", "", "open", "", "", "", "", ""]),
                (A::ExcludeVote, ["", "", "open", "closed", "", "", "", ""]),
                (A::MergeWriteIns, ["", "", "open", "closed", "", "", "", ""]),
                (A::Close, ["", "", "closed", "", "", "", "", ""]),
                (A::Count, ["", "", "", "tallied", "", "", "", ""]),
                (A::Certify, ["", "", "", "", "certified", "", "", ""]),
                (A::Publish, ["", "", "", "", "", "published", "", ""]),
                (A::RevealKey, ["", "", "", "closed", "tallied", "certified", "published", ""]),
                (A::RollBack, ["", "", "", "", "", "", "", ""]),
                (A::Cancel, ["cancelled", "cancelled", "cancelled", "cancelled", "cancelled", "", "", ""]),
                (A::Delete, ["draft", "", "", "", "", "", "", ""]),
            ]
        };
        for (act, row) in table {
            for (phase, expected) in Phase::ALL.into_iter().zip(row) {
                let answer = phase.after(*act, SECRET);
                assert_eq!(answer.as_ref().map_or("", |phase| phase.word()), *expected, "{act:?} in {phase:?}");
                if let Err(refused) = answer {
                    assert!(refused.0.starts_with("cannot ") && refused.0.contains(':'), "{}", refused.0);
                    assert!(refused.0.contains(phase.word()), "names where it stands: {}", refused.0);
                }
            }
        }
        let identified = Facts { is_secret: false, ..SECRET };
        assert_eq!(Phase::Closed.after(ElectionAct::RollBack, identified), Ok(Phase::Open));
        assert!(Phase::Open.after(ElectionAct::RollBack, identified).is_err(), "ballots were accepted");
        let unused = Facts { ballots: 0, ..SECRET };
        assert_eq!(Phase::Open.after(ElectionAct::RollBack, unused), Ok(Phase::Draft));
        for act in [ElectionAct::Notify, ElectionAct::Clone, ElectionAct::Inspect, ElectionAct::Override] {
            for phase in Phase::ALL {
                assert_eq!(phase.after(act, SECRET), Ok(phase));
            }
        }
    }
}
