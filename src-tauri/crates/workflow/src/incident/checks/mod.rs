//! Functions that steps and checklists may run. A check writes what it looked at and what it said; one that cannot be run on
//! this case answers `not_applicable` with the reason, and never "pass".
//!
//! * `imported`: what the newest verification concluded about imported evidence;
//! * `own`: elections that are run in this case.

mod imported;
mod own;

use std::collections::BTreeMap;

use domain::incident::{CheckResult, GuardedAct, StepState};
use domain::{Job, Sha256Digest};
use incidents::common::functions::FunctionKind;
use incidents::incident::event::{CheckInput, CheckRun};
use incidents::{Incident, IncidentEvent, Library};
use serde::Serialize;

use super::acts::{add_hold, step_change};
use super::journal::{journal_problems, locker_problems};
use super::{Recorded, Responders, StepReport};
use crate::election::CaseKey;
use crate::{Case, Error};

pub(super) use self::imported::audit_json;

/// What a check said about one election, or about the case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    pub(super) result: CheckResult,
    pub(super) summary: String,
    pub(super) findings: Vec<String>,
    pub(super) inputs: Vec<CheckInput>,
}

impl Said {
    pub(super) fn new(result: CheckResult, summary: impl Into<String>) -> Self {
        Self { result, summary: summary.into(), findings: Vec::new(), inputs: Vec::new() }
    }

    pub(super) fn pass(summary: impl Into<String>) -> Self {
        Self::new(CheckResult::Pass, summary)
    }

    pub(super) fn fail(summary: impl Into<String>) -> Self {
        Self::new(CheckResult::Fail, summary)
    }

    pub(super) fn none(summary: impl Into<String>) -> Self {
        Self::new(CheckResult::NotApplicable, summary)
    }

    /// Passes where `is_well`, else warns.
    pub(super) fn pass_if(is_well: bool, summary: impl Into<String>) -> Self {
        Self::new(if is_well { CheckResult::Pass } else { CheckResult::Warn }, summary)
    }
}

/// How much a result weighs where several are put together; what could not be checked never hides what was.
fn weight(result: CheckResult) -> u8 {
    match result {
        CheckResult::NotApplicable => 0,
        CheckResult::Pass => 1,
        CheckResult::Warn => 2,
        CheckResult::Error => 3,
        CheckResult::Fail => 4,
    }
}

/// Several answers as one: the gravest result, every sentence.
fn together(all: Vec<(String, Said)>) -> Said {
    let mut whole = Said::none("There was nothing to check.");
    let mut sentences = Vec::new();
    for (name, said) in all {
        if weight(said.result) > weight(whole.result) {
            whole.result = said.result;
        }
        sentences.push(if name.is_empty() { said.summary } else { format!("{name}: {}", said.summary) });
        whole.findings.extend(said.findings);
        whole.inputs.extend(said.inputs);
    }
    whole.findings.sort();
    whole.findings.dedup();
    whole.inputs.dedup();
    if !sentences.is_empty() {
        whole.summary = sentences.join(" ");
    }
    whole
}

/// Checks that one run of `check.all_integrity` holds.
const ALL_INTEGRITY: [&str; 5] =
    ["check.audit_chain", "check.vote_signatures", "check.vote_token_links", "check.totals", "check.voting_window"];

/// Everything that `check.import_and_verify` runs on an own election.
const EVERYTHING: [&str; 12] = [
    "check.audit_chain",
    "check.vote_signatures",
    "check.vote_token_links",
    "check.totals",
    "check.voting_window",
    "check.turnout_quorum",
    "check.deleted_votes",
    "check.rollbacks",
    "check.recount",
    "check.privacy_links",
    "check.cross_tables",
    "check.anchor_truncation",
];

/// Which check is to be run.
#[derive(Clone, Copy)]
pub struct CheckAsked<'a> {
    /// Function, for example `check.audit_chain`.
    pub function: &'a str,
    /// One of the elections concerned; all of them where absent.
    pub election: Option<&'a str>,
    /// The key that opens what is sealed in elections that are run here.
    pub key: Option<&'a CaseKey>,
}

impl Case {
    /// Runs a check and writes its outcome into the incident: the run's id and what it said.
    ///
    /// # Errors
    /// Refused for a function that does not exist or is no check.
    pub fn run_check(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        asked: &CheckAsked<'_>,
        job: &dyn Job,
    ) -> Result<(CheckRun, Recorded), Error> {
        let CheckAsked { function, election, key } = *asked;
        let incident = self.incident(id, Some(by))?;
        let run = self.check_of(library, &incident, function, election, key, job)?;
        let event = IncidentEvent::CheckRun(run.clone());
        let (_, recorded) = self.change_incident(by, id, |writing| writing.add(event))?;
        Ok((run, recorded))
    }

    fn check_of(
        &self,
        library: &Library,
        incident: &Incident,
        function: &str,
        election: Option<&str>,
        key: Option<&CaseKey>,
        job: &dyn Job,
    ) -> Result<CheckRun, Error> {
        let is_check = library.function(function).is_some_and(|known| known.kind == FunctionKind::Check);
        if !is_check {
            let known: Vec<&str> = library
                .functions
                .iter()
                .filter(|known| known.kind == FunctionKind::Check)
                .map(|known| known.id.as_str())
                .collect();
            return Err(Error::refused(format!("there is no check \"{function}\"; there are {}", known.join(", "))));
        }
        if let Some(election) = election.filter(|election| !incident.touches(election)) {
            return Err(Error::refused(format!(
                "{} does not concern the election {election}; add it first",
                incident.id
            )));
        }
        job.begin(&format!("Running {function}"), None);
        let said = self.say(incident, function, election, key, job)?;
        let mut parameters = BTreeMap::new();
        if let Some(election) = election {
            parameters.insert("election".to_owned(), election.to_owned());
        }
        Ok(CheckRun {
            run: format!("CHK-{}", incident.checks.len() + 1),
            function: function.to_owned(),
            program_version: domain::PROGRAM_VERSION.to_owned(),
            inputs: said.inputs,
            parameters,
            result: said.result,
            summary: said.summary,
            findings: said.findings,
        })
    }

    fn say(
        &self,
        incident: &Incident,
        function: &str,
        election: Option<&str>,
        key: Option<&CaseKey>,
        job: &dyn Job,
    ) -> Result<Said, Error> {
        if let Some(said) = self.say_of_case(incident, function, job)? {
            return Ok(said);
        }
        let parts: &[&str] = match function {
            "check.all_integrity" => &ALL_INTEGRITY,
            "check.import_and_verify" => &EVERYTHING,
            _ => std::slice::from_ref(&function),
        };
        let is_wanted = |id: &str| election.map_or(incident.touches(id), |wanted| wanted == id);
        let mut all: Vec<(String, Said)> = Vec::new();
        for own in self.own_elections()?.into_iter().filter(|own| is_wanted(&own.id)) {
            for part in parts {
                let said = self.say_of_own(&own.id, part, key)?;
                let name = if parts.len() > 1 { format!("{} ({part})", own.title) } else { own.title.clone() };
                all.push((name, said));
            }
        }
        if let Some(report) = self.latest_report()? {
            for one in report.elections.iter().filter(|one| is_wanted(&one.election_id)) {
                let name = if one.title.is_empty() { one.election_id.clone() } else { one.title.clone() };
                all.push((name, imported::say(&report, one, function)));
            }
            if report.elections.is_empty() || function == "check.audit_chain" {
                all.extend(imported::say_of_log(&report, function).map(|said| ("Audit log".to_owned(), said)));
            }
        } else if all.is_empty() {
            let reason = if self.evidence()?.is_empty() {
                "The case holds neither imported evidence nor an election that is run here; import an export first."
            } else {
                "The imported evidence was not verified yet; verify the case, then run the check again."
            };
            return Ok(Said::none(reason));
        }
        if all.is_empty() {
            return Ok(Said::none("The case holds nothing about the elections of this incident."));
        }
        Ok(together(all))
    }

    /// Checks that look at the case itself, not at elections.
    fn say_of_case(&self, incident: &Incident, function: &str, job: &dyn Job) -> Result<Option<Said>, Error> {
        let told = |problems: Vec<String>, well: String| {
            if problems.is_empty() { Said::pass(well) } else { Said::fail(problems.join(" ")) }
        };
        let handle = self.file()?.incidents();
        Ok(Some(match function {
            "check.own_journal" => {
                let ledger = self.ledger()?;
                let problems = journal_problems(&handle, &ledger)?;
                let head = CheckInput {
                    name: "ledger head".to_owned(),
                    sha256: ledger.last().map_or(Sha256Digest([0; 32]), |entry| entry.hash),
                };
                let well = format!("{} journals verify and end where the ledger says.", handle.ids()?.len());
                Said { inputs: vec![head], ..told(problems, well) }
            }
            "check.evidence_hash" => {
                let (mut problems, items) = locker_problems(&handle, job)?;
                let reader = self.reader()?;
                let integrity = reader
                    .recheck_evidence(&|| job.is_cancelled())
                    .map_err(|error| Error::from(error).of_case(self.path()))?;
                problems.extend(integrity.problems);
                let well = format!(
                    "{items} items of the locker and {} imported files have their hashes.",
                    integrity.files_checked
                );
                told(problems, well)
            }
            "check.db_integrity" => told(
                handle.database_problems()?,
                "The database of the case checks out, rows and references.".to_owned(),
            ),
            "check.open_incidents" => {
                let others: Vec<String> = self
                    .incidents(None)?
                    .into_iter()
                    .filter(|other| other.id != incident.id.as_str())
                    .filter(|other| other.status.is_none_or(domain::IncidentStatus::is_open))
                    .map(|other| other.id)
                    .collect();
                let mut held = Vec::new();
                let elections = self.file()?.elections();
                for row in elections.all()?.iter().filter(|row| incident.touches(&row.id)) {
                    held.extend(super::locks::sentences(&elections, row)?);
                }
                let told = if held.is_empty() { String::new() } else { format!(" {}", held.join(" ")) };
                Said::pass_if(
                    others.is_empty(),
                    if others.is_empty() {
                        format!("No other incident is open.{told}")
                    } else {
                        format!("Open too: {}.{told}", others.join(", "))
                    },
                )
            }
            _ => return Ok(None),
        }))
    }

    /// Runs what a step of a playbook names. A check that passes, or does not apply, completes the step; one that does not pass
    /// completes it only with a written result. Acts that need more than a click say which command does them.
    ///
    /// # Errors
    /// Refused where the step names no function, or one that this program does not run by itself.
    pub fn run_step(
        &mut self,
        by: &Responders,
        library: &Library,
        id: &str,
        report: &StepReport,
        key: Option<&CaseKey>,
        job: &dyn Job,
    ) -> Result<(Option<CheckRun>, Recorded), Error> {
        let incident = self.incident(id, Some(by))?;
        let draft = step_change(&incident, report)?;
        let step = incident.applied(&draft.playbook).and_then(|applied| applied.playbook.step(&draft.step));
        let Some(step) = step.cloned() else {
            return Err(Error::refused(format!("the playbook \"{}\" has no step \"{}\"", draft.playbook, draft.step)));
        };
        let Some(function) = step.auto.clone().or(step.offers.clone()) else {
            return Err(Error::refused(format!(
                "the step \"{}\" names no function; record what was done instead",
                step.id
            )));
        };
        let mut report = StepReport { playbook: Some(draft.playbook.clone()), ..report.clone() };
        if function.starts_with("check.") {
            let run = self.check_of(library, &incident, &function, None, key, job)?;
            report.checks.push(run.run.clone());
            let is_done =
                matches!(run.result, CheckResult::Pass | CheckResult::NotApplicable) || !report.result.is_empty();
            report.state = report.state.or(Some(if is_done { StepState::Done } else { StepState::Doing }));
            if report.result.is_empty() {
                report.result.clone_from(&run.summary);
            }
            let event = IncidentEvent::CheckRun(run.clone());
            let (_, recorded) = self.change_incident(by, id, |writing| {
                writing.add(event)?;
                let change = step_change(&writing.incident, &report)?;
                writing.add(IncidentEvent::StepChanged(change))
            })?;
            return Ok((Some(run), recorded));
        }
        match function.as_str() {
            "act.capture_snapshot" => {
                let item = incident.applied(&draft.playbook).and_then(|applied| {
                    applied
                        .playbook
                        .evidence
                        .iter()
                        .find(|item| item.capture_with == function)
                        .map(|item| item.id.clone())
                });
                let fulfils = item.map(|item| format!("{}/{item}", draft.playbook));
                let free =
                    fulfils.filter(|name| !incident.evidence.iter().any(|known| known.fulfils.as_ref() == Some(name)));
                let (preserved, _) = self.preserve(by, library, id, free.as_deref())?;
                report.evidence.extend(preserved.items.iter().map(|item| item.id.clone()));
                report.evidence.push(preserved.sealed_as.id);
                Ok((None, self.change_step(by, id, &report)?))
            }
            "act.seal_evidence" => {
                let (_, sealed) = self.seal_evidence(by, id, job)?;
                report.evidence.push(sealed.id);
                Ok((None, self.change_step(by, id, &report)?))
            }
            "act.hold_close_tally" | "act.hold_start" => {
                let blocks: &[GuardedAct] = if function == "act.hold_start" {
                    &[GuardedAct::Open]
                } else {
                    &[GuardedAct::Close, GuardedAct::Count, GuardedAct::Certify, GuardedAct::Publish]
                };
                let (_, recorded) = self.change_incident(by, id, |writing| {
                    add_hold(writing, blocks, None, &format!("Held back by the step \"{}\": {}", step.id, step.text))?;
                    let change = step_change(&writing.incident, &report)?;
                    writing.add(IncidentEvent::StepChanged(change))
                })?;
                Ok((None, recorded))
            }
            "act.open_incident" => Ok((None, self.change_step(by, id, &report)?)),
            other => {
                let does = library.function(other).map_or("", |known| known.does.as_str());
                Err(Error::refused(format!(
                    "\"{other}\" needs more than a click ({does}). {} Then record the step as done",
                    how_to(other)
                )))
            }
        }
    }
}

/// The command behind a function that takes more than a click.
fn how_to(function: &str) -> &'static str {
    match function {
        "act.capture_file" | "act.capture_note" | "act.capture_log_excerpt" => "Use `incident evidence add`.",
        "act.escalate" => "Use `incident escalate`.",
        "act.prepare_notice" => "Use `incident notice prepare`.",
        "act.release_hold" => "Use `incident release`.",
        "act.set_severity" => "Use `incident severity`.",
        "act.start_clock" | "act.mark_conflict" | "act.restrict_access" | "act.start_postmortem" => {
            "Use `incident record` or `incident review`."
        }
        "act.extend_election" => "Use `election extend`.",
        "act.retry_close_once" => "Use `election close`.",
        "act.retry_tally_once" => "Use `election count`.",
        "act.roll_back_status" => "Use `election roll-back`.",
        "act.exclude_vote" => "Use `election exclude-vote`.",
        "act.create_rerun" => "Use `election clone`.",
        "act.reissue_credential" => "Use `election reissue`.",
        _ => "Use `report` or `compare`, and take the file in with `incident evidence add`.",
    }
}
