//! Elections that were run with this program: our claims and findings about their public files, as about any other export.
//!
//! * [`sources`]: which files make up which election; [`keys`]: which signing key counts;
//! * [`ballots`]: every ballot once; [`signed`]: seal, certificate, digests; [`log`]: the entries as a chain;
//! * [`events`]: log and files against each other; [`count`]: the recount; [`secrecy`]: whether voters can be linked;
//! * [`receipts`]: what voters hold against the publication.

mod ballots;
mod claims;
mod count;
mod eligible;
mod events;
mod keys;
mod log;
pub(crate) mod receipts;
mod secrecy;
mod signed;
mod sources;

use domain::contest::Contest;
use domain::election::Setup;
use domain::report::{AuditReport, ElectionReport, ReportTable, Verdict};
use domain::{FileId, Finding, Job, KeyRing, Severity};
use serde_json::json;
use store::Reader;

use self::claims::Basis;
use self::count::Recount;
use self::sources::Sources;
use crate::Error;
use crate::audit::judge;

/// Name of the system in answers.
pub(crate) const SYSTEM: &str = "scrutineer";

/// Ids and titles of the elections that a case speaks of.
pub(crate) fn election_titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    sources::titles(reader)
}

/// Tests every claim of a case's evidence of this kind and adds to the report.
pub(crate) fn run(
    reader: &Reader,
    keys: &KeyRing,
    job: &dyn Job,
    path_of: &dyn Fn(FileId) -> String,
    report: &mut AuditReport,
) -> Result<(), Error> {
    for sources in sources::gather(reader)? {
        report.elections.push(conclude(reader, keys, sources, job, path_of)?);
    }
    Ok(())
}

/// An election as its count takes it.
pub(crate) struct Countable {
    pub(crate) title: String,
    pub(crate) setup: Setup,
    /// In the order of the ballot paper.
    pub(crate) contests: Vec<Contest>,
    /// The whole result, counted again; null where a rule gives none.
    pub(crate) result: serde_json::Value,
}

/// The ballots of an election that count, contest by contest; nothing where the case has no such election.
pub(crate) fn countable(reader: &Reader, election_id: &str, job: &dyn Job) -> Result<Option<Countable>, Error> {
    let Some(sources) = sources::gather(reader)?.into_iter().find(|it| it.id == election_id) else { return Ok(None) };
    let (Some(setup), Some(_)) = (sources.setup.clone(), &sources.ballots) else {
        return Err(Error::NotYet {
            message: "this election cannot be counted: import election.json with its rules and ballots.json".to_owned(),
        });
    };
    let seen = ballots::look(reader, &sources, None, job)?;
    let contests = count::contests(&sources, &setup, &seen)?;
    let result = count::recount(&sources, &seen)?.result;
    let result = result.and_then(|result| serde_json::to_value(result).ok()).unwrap_or_default();
    Ok(Some(Countable { title: sources.title, setup, contests, result }))
}

fn conclude(
    reader: &Reader,
    ring: &KeyRing,
    mut sources: Sources,
    job: &dyn Job,
    path_of: &dyn Fn(FileId) -> String,
) -> Result<ElectionReport, Error> {
    let mut findings = std::mem::take(&mut sources.findings);
    let sources = &sources;
    let mut keys = keys::choose(sources, ring);
    let mut seen = ballots::look(reader, sources, keys.key.as_ref(), job)?;
    let mut signed = signed::check(sources, &seen, keys.key.as_ref());
    let mut log = log::check(sources);
    findings.append(&mut keys.findings);
    findings.append(&mut seen.findings);
    findings.append(&mut signed.findings);
    findings.append(&mut log.findings);
    findings.extend(eligible::check(sources, &seen));
    findings.extend(events::check(sources, &seen, &log));
    job.begin("Counting again", None);
    let mut recount = count::recount(sources, &seen)?;
    findings.append(&mut recount.findings);
    let mut secrecy = secrecy::check(sources, &seen);
    findings.append(&mut secrecy.findings);
    if job.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let basis = Basis {
        sources,
        keys: &keys,
        seen: &seen,
        log: &log,
        signed: &signed,
        recount: &recount,
        secrecy: &secrecy,
        findings: &findings,
    };
    let claims = claims::claims(&basis);
    let verdict = judge::worst(&claims);
    let sentence = sentence(&seen, &recount, verdict, &findings);
    let exhibit = json!({
        "status": sources.election.as_ref().and_then(|file| file.text_of("phase")),
        "form": sources.ballots.as_ref().and_then(|file| file.text_of("form")),
        "ballots": {
            "rows": seen.rows,
            "counted": seen.figures.counted,
            "replaced": seen.figures.replaced,
            "excluded": seen.figures.excluded,
            "paper": seen.figures.paper,
        },
        "key": keys.key.as_ref().map(|key| key.origin.clone()),
    });
    let tables = vec![result_table(&recount), secrecy.table(), events_table(sources)];
    Ok(ElectionReport {
        tables,
        verdict,
        claims,
        ballot_chain: sources.ballots.is_some().then(|| seen.answer()),
        tally: recount.comparison.clone(),
        findings: judge::reported(findings, claims::claim_of, path_of),
        sentence,
        exhibit,
        ..judge::blank(&sources.id, &sources.title, SYSTEM)
    })
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// Contests with what the recount made of them.
fn result_table(recount: &Recount) -> ReportTable {
    let contests = recount.result.as_ref().map_or(&[][..], |result| &result.contests);
    let rows = contests.iter().map(|contest| {
        let elected =
            if contest.elected_names.is_empty() { "nobody".to_owned() } else { contest.elected_names.join(", ") };
        vec![
            contest.title.clone(),
            contest.seats.to_string(),
            contest.votes.to_string(),
            elected,
            contest.sentences.join(" "),
        ]
    });
    ReportTable {
        name: "contests".to_owned(),
        title: "Contests as counted again".to_owned(),
        note: recount.missing.as_ref().map_or_else(String::new, |missing| format!("Nothing was compared: {missing}.")),
        columns: names(&["Contest", "Seats#", "Votes#", "Elected", "What decided"]),
        rows: rows.collect(),
    }
}

fn events_table(sources: &Sources) -> ReportTable {
    let rows = sources.events.iter().map(|event| {
        let severity = event.text("severity").unwrap_or_default().to_owned();
        vec![event.number.to_string(), event.at.clone(), event.act.clone(), severity]
    });
    ReportTable {
        name: "events".to_owned(),
        title: "Entries of the log".to_owned(),
        note: "Entries that would tell when a ballot was cast are published by their hashes only.".to_owned(),
        columns: names(&["Number#", "Time", "Event", "Severity"]),
        rows: rows.collect(),
    }
}

/// The first sentence of the verdict page.
fn sentence(seen: &ballots::Seen, recount: &Recount, verdict: Verdict, findings: &[Finding]) -> String {
    let head = format!("{} ballots checked, {} of them count", seen.rows, seen.figures.counted);
    let contests = recount.result.as_ref().map_or(&[][..], |result| &result.contests);
    let elected: Vec<String> = contests
        .iter()
        .filter(|contest| !contest.elected_names.is_empty())
        .map(|contest| format!("{}: {}", contest.title, contest.elected_names.join(", ")))
        .collect();
    let elected =
        if elected.is_empty() { String::new() } else { format!(" Counted again, elected are {}.", elected.join("; ")) };
    match verdict {
        Verdict::Contradicted => {
            let critical = findings.iter().filter(|finding| finding.severity == Severity::Critical);
            let mut titles: Vec<&str> = critical.map(|finding| finding.code.text().title).collect();
            titles.dedup();
            let more = titles.len().saturating_sub(3);
            titles.truncate(3);
            let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("{head}: {}{tail}.{elected}", titles.join("; "))
        }
        Verdict::CannotTell => {
            format!(
                "{head}: nothing contradicts the record, but some claims cannot be tested with these files or without the key.{elected}"
            )
        }
        Verdict::Consistent | Verdict::Proved => format!("{head}: everything that could be tested fits.{elected}"),
    }
}
