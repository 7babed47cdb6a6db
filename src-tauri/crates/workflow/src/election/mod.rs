//! Elections that are run on this machine, act by act.
//!
//! Every act goes through [`Case::act`]: it checks in one transaction who acts, whether the phase allows it and whether an
//! incident forbids it, does the work, moves the election to its next phase and writes the ledger entry. Whatever is refused
//! leaves the case as it was, but for attempts that are themselves recorded.
//!
//! * `people` and `seal`: accounts, approvals, the key of the case;
//! * `setup` and `roll`: everything before opening;
//! * `open`, `booth`, `paper`: credentials and ballots;
//! * `change`: extension, exclusion, roll back, cancellation;
//! * `close`: the end of voting and what it destroys;
//! * `result`: count, certificate; `publish` and `event_log`: the public files;
//! * `inspect`: do the ballots stand as they were cast; `outbox`: messages; `status`: where an election stands.

mod booth;
mod chain;
mod change;
mod close;
pub(crate) mod counting;
mod event_log;
mod inspect;
pub(crate) mod open;
mod outbox;
mod paper;
mod people;
mod print;
mod publish;
pub(crate) mod result;
mod roll;
mod seal;
mod setup;
mod sheets;
mod status;
mod zone;

use domain::election::{ElectionAct, Facts, Phase};
use domain::{Instant, Sha256Digest};
use serde_json::{Map, Value, json};
use store::tables::native::election::ElectionRow;
use store::{Act, Change, Elections, LedgerEntry};

pub use self::booth::{Booth, Receipt, SignedIn};
pub(crate) use self::chain::BallotChain;
pub use self::change::Extension;
pub(crate) use self::change::reason_of;
pub use self::close::{CloseRequest, Closed, PostClose, PreClose, WhatCloseDestroys};
pub use self::counting::{CONTEST_METHODS, is_method};
pub use self::inspect::{BallotIntegrity, ElectionEvent, ElectionForensics};
pub use self::open::Letter;
pub use self::outbox::{Message, Notice, NoticeTemplate};
pub use self::paper::{Batch, PaperBallots};
pub use self::people::{Account, Approval, CaseKey, Person};
pub use self::print::LetterTargets;
pub use self::publish::{PrivacyGuard, PrivacyRisk, PublicForm, Published};
pub use self::result::{Certificate, ContestResult, ElectionResult, Outcome};
pub use self::roll::{Proxy, RollColumns, RollProblem, read_roll, read_roll_header};
pub use self::seal::Passphrase;
pub use self::setup::read_json_as;
pub use self::sheets::{ReceiptPaper, square_code};
pub use self::status::{ActState, ElectionSummary, Status, Turnout};
use crate::{Case, Error};

/// How far a clock may lie behind the newest act before nothing more is accepted, in microseconds.
const CLOCK_SLACK: i64 = 120 * 1_000_000;

/// Time and person of an act.
pub(crate) struct Stamp {
    /// Now, ISO text.
    pub(crate) at: String,
    /// Who acts.
    pub(crate) actor: String,
}

/// How grave an event is, in the words of the origin systems' audit logs.
#[derive(Clone, Copy)]
pub(crate) enum Gravity {
    Info,
    Warning,
    Critical,
}

impl Gravity {
    const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

impl Stamp {
    pub(crate) fn instant(&self) -> Instant {
        Instant::parse(&self.at).unwrap_or(Instant { micros: 0 })
    }

    /// Refused where the clock of the machine lies behind the newest act.
    fn check_clock(&self, newest: Option<&LedgerEntry>) -> Result<(), Error> {
        let newest = newest.and_then(|act| Instant::parse(&act.at));
        match newest.filter(|before| self.instant().micros + CLOCK_SLACK < before.micros) {
            None => Ok(()),
            Some(before) => Err(Error::refused(format!(
                "the clock of this machine says {}, but the newest act in the case is of {}; set the clock right, then go on. Nothing was changed",
                self.instant().to_display(),
                before.to_display()
            ))),
        }
    }

    /// Writes an event of an election: category, severity and election first, then what belongs to the event.
    pub(crate) fn event(
        &self,
        change: &Change<'_>,
        election: &ElectionRow,
        event: &str,
        gravity: Gravity,
        detail: Value,
    ) -> Result<(), Error> {
        self.event_at(&self.at, change, election, event, gravity, detail)
    }

    pub(super) fn event_at(
        &self,
        at: &str,
        change: &Change<'_>,
        election: &ElectionRow,
        event: &str,
        gravity: Gravity,
        detail: Value,
    ) -> Result<(), Error> {
        let mut all = Map::new();
        all.insert("category".to_owned(), json!("elections"));
        all.insert("severity".to_owned(), json!(gravity.word()));
        all.insert("election_id".to_owned(), json!(election.id));
        if let Value::Object(detail) = detail {
            all.extend(detail);
        }
        change.record(&Act { at, actor: &self.actor, act: event, detail: Value::Object(all) })?;
        Ok(())
    }
}

/// Names of the two people behind an act, for the ledger.
pub(super) fn people_of(by: &Approval) -> Value {
    json!(by.second.as_ref().map(|second| second.name().to_owned()))
}

pub(super) fn facts(elections: &Elections<'_>, row: &ElectionRow) -> Result<Facts, Error> {
    Ok(Facts { is_secret: row.setup.is_secret(), ballots: row.ballots, batches: elections.standing_batches(&row.id)? })
}

pub(super) fn find(elections: &Elections<'_>, id: &str) -> Result<ElectionRow, Error> {
    if let Some(row) = elections.election(id)? {
        return Ok(row);
    }
    let known: Vec<String> = elections.all()?.into_iter().map(|row| row.id).collect();
    let known = if known.is_empty() { "no election that is run here".to_owned() } else { known.join(", ") };
    Err(Error::NoElection { id: id.to_owned(), known })
}

/// "1 ballot was", "2 ballots were".
pub(super) fn ballots_were(ballots: u64) -> String {
    if ballots == 1 { "1 ballot was".to_owned() } else { format!("{ballots} ballots were") }
}

pub(super) fn hex(digest: Sha256Digest) -> String {
    digest.to_hex()
}

impl Case {
    /// Now, and who acts. Refused where the clock of the machine lies behind the newest act.
    pub(crate) fn stamp(&self, actor: &str) -> Result<Stamp, Error> {
        let stamp = self.unchecked_stamp(actor);
        stamp.check_clock(self.file()?.elections().newest_act()?.as_ref())?;
        Ok(stamp)
    }

    /// Now, and who acts, for a change that checks the clock itself.
    fn unchecked_stamp(&self, actor: &str) -> Stamp {
        Stamp { at: self.now(), actor: actor.to_owned() }
    }

    /// Runs a change of the case with errors that name it.
    pub(crate) fn change_case<T>(&mut self, work: impl FnOnce(&Change<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let path = self.path().to_owned();
        self.file_mut()?.change(work).map_err(|error| error.of_case(&path))
    }

    /// Runs an act of an election: who, whether now, the work, the next phase, all in one transaction. The work writes its
    /// events itself.
    pub(super) fn act<T>(
        &mut self,
        id: &str,
        act: ElectionAct,
        by: &Approval,
        work: impl FnOnce(&Change<'_>, &mut ElectionRow, &Stamp) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let stamp = self.stamp(by.first.name())?;
        self.change_case(|change| {
            let mut row = find(change, id)?;
            allow(change, &row, act, by)?;
            crate::incident::locks::pass(change, &mut row, act, by, &stamp)?;
            row.phase = next_phase(change, &row, act)?;
            let answer = work(change, &mut row, &stamp)?;
            change.put_election(&row)?;
            Ok(answer)
        })
    }
}

/// Checks phase and people for an act.
pub(super) fn allow(change: &Change<'_>, row: &ElectionRow, act: ElectionAct, by: &Approval) -> Result<(), Error> {
    // What stands in the way of everybody is told first.
    next_phase(change, row, act)?;
    people::check(change, act, by, &row.setup)
}

fn next_phase(elections: &Elections<'_>, row: &ElectionRow, act: ElectionAct) -> Result<Phase, Error> {
    row.phase.after(act, facts(elections, row)?).map_err(|refused| Error::refused(refused.0))
}
