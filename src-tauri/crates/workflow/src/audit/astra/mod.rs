//! Astra: our claims and findings.
//!
//! * [`sources`]: which files make up which election, and what a person said;
//! * [`ballots`]: every ballot once, and the chain; [`events`]: the audit log and its attestations;
//! * [`dump`]: tables against one another; [`count`]: the recount; [`secrecy`]: whether voters can be linked;
//! * [`receipts`]: what voters hold against the export.

mod ballots;
mod claims;
mod count;
mod dump;
mod events;
pub(crate) mod receipts;
mod secrecy;
mod sources;

use domain::report::{AuditReport, ElectionReport, ReportTable, Verdict};
use domain::{FileId, Finding, Job, KeyRing, Severity};
use serde_json::{Value, json};
use store::Reader;
use verification::Piles;

use self::ballots::{Chain, Seen};
use self::claims::Basis;
use self::count::Recount;
use self::sources::{Origin, Sources};
use crate::Error;
use crate::audit::judge;

/// Name of the system in answers.
pub(crate) const SYSTEM: &str = "astra";

/// Ids and titles of the elections that a case speaks of.
pub(crate) fn election_titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    sources::titles(reader)
}

/// Refuses files of different elections that were brought together as one.
pub(crate) fn belong_together(reader: &Reader) -> Result<(), Error> {
    sources::gather(reader).map(drop)
}

/// What is wrong with what a person said, with the member's name; `None` where all can be taken.
pub(crate) fn wrong_setting(values: &serde_json::Map<String, Value>) -> Option<String> {
    let numbers = [("number_of_seats", 1, 10_000), ("quorum", 0, 100), ("election_id", 0, i64::MAX)];
    for (name, least, most) in numbers {
        let Some(value) = values.get(name).filter(|value| !value.is_null()) else { continue };
        let number = match (name, value) {
            ("election_id", Value::String(text)) => text.trim().parse().ok(),
            _ => value.as_i64(),
        };
        if !number.is_some_and(|number| (least..=most).contains(&number)) {
            let range = if most == i64::MAX {
                "a whole number".to_owned()
            } else {
                format!("a whole number from {least} to {most}")
            };
            return Some(format!("{name} must be {range}, not {value}"));
        }
    }
    for name in ["candidates", "exclusion_groups"] {
        let Some(value) = values.get(name).filter(|value| !value.is_null()) else { continue };
        if !value.as_array().is_some_and(|items| items.iter().all(Value::is_object)) {
            return Some(format!("{name} must be a list of objects"));
        }
    }
    None
}

/// Tests every claim of a case's Astra evidence and adds to the report.
pub(crate) fn run(
    reader: &Reader,
    keys: &KeyRing,
    job: &dyn Job,
    path_of: &dyn Fn(FileId) -> String,
    report: &mut AuditReport,
) -> Result<(), Error> {
    let inputs: Vec<_> = reader.evidence()?.iter().map(|file| file.sha256).collect();
    for sources in sources::gather(reader)? {
        let seed = crate::audit::logbook::seed(&inputs, sources.id.as_deref().unwrap_or_default());
        report.elections.push(conclude(reader, keys, &sources, seed, job, path_of)?);
    }
    Ok(())
}

/// An election as its count takes it.
pub(crate) struct Countable {
    pub(crate) title: String,
    pub(crate) election: tally::methods::astra::Election,
    pub(crate) order: tally::methods::astra::Order,
    /// What the origin's count needs and nobody told.
    pub(crate) missing: Option<String>,
}

/// The final ballots of an election with what its count needs; nothing where the case has no such election.
pub(crate) fn countable(reader: &Reader, election_id: &str, job: &dyn Job) -> Result<Option<Countable>, Error> {
    let gathered = sources::gather(reader)?;
    let Some(sources) = gathered.iter().find(|it| it.id.as_deref().unwrap_or("unknown") == election_id) else {
        return Ok(None);
    };
    let seen = match &sources.ballots {
        Some(set) => ballots::look(reader, sources, set, job)?.0,
        None => Seen::default(),
    };
    let (election, order) = count::input(sources, &seen);
    let missing = count::what_is_missing(sources, &seen);
    Ok(Some(Countable { title: sources.title.clone(), election, order, missing }))
}

/// Goes over the final ballots of an election with their rankings; does nothing where the case has no such election.
pub(crate) fn each_final(
    reader: &Reader,
    election_id: &str,
    job: &dyn Job,
    each: &mut dyn FnMut(&domain::BallotRecord, &[i64]),
) -> Result<(), Error> {
    let gathered = sources::gather(reader)?;
    let found = gathered.iter().find(|it| it.id.as_deref().unwrap_or("unknown") == election_id);
    match found.and_then(|sources| Some((sources, sources.ballots.as_ref()?))) {
        Some((sources, set)) => ballots::each_final(reader, sources, set, job, each),
        None => Ok(()),
    }
}

fn conclude(
    reader: &Reader,
    keys: &KeyRing,
    sources: &Sources,
    seed: u64,
    job: &dyn Job,
    path_of: &dyn Fn(FileId) -> String,
) -> Result<ElectionReport, Error> {
    let (seen, hashes, mut findings) = match &sources.ballots {
        Some(set) => ballots::look(reader, sources, set, job)?,
        None => (Seen::default(), Piles::default(), Vec::new()),
    };
    let mut chain = ballots::walk(reader, sources, sources.ballots.as_ref(), &seen, job)?;
    findings.append(&mut chain.findings);
    findings.extend(ballots::replacements(reader, &hashes, &chain)?);
    findings.extend(events::check(sources, &seen, &chain));
    let mut attestations = events::attestations(sources, keys);
    findings.append(&mut attestations.findings);
    let mut tables = dump::check(reader, sources)?;
    if !reader.rejects()?.is_empty() {
        judge::spare_unread(&mut tables.findings);
    }
    findings.append(&mut tables.findings);
    job.begin("Counting again", None);
    let mut recount = count::recount(sources, &seen, seed);
    findings.append(&mut recount.findings);
    let mut secrecy = secrecy::check(sources, &seen);
    findings.append(&mut secrecy.findings);
    if job.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let basis = Basis {
        sources,
        seen: &seen,
        chain: &chain,
        attestations: &attestations,
        recount: &recount,
        tables: &tables,
        secrecy: &secrecy,
        findings: &findings,
    };
    let claims = claims::claims(&basis);
    let verdict = judge::worst(&claims);
    let sentence = sentence(&seen, &chain, &recount, verdict, &findings);
    let exhibit = json!({
        "status": sources.status(),
        "seats": sources.seats.as_ref().map(|(seats, _)| seats),
        "quorum": sources.quorum.as_ref().map(|(quorum, _)| quorum),
        "settings": settings(sources),
        "ballots": {"rows": seen.rows, "final": seen.finals, "replaced": seen.rows - seen.finals, "weight": seen.final_weight.to_string()},
        "candidates": sources.candidates.iter().map(|candidate| json!({"id": candidate.id, "name": candidate.name})).collect::<Vec<_>>(),
        "elected": recount.elected,
    });
    let tables = vec![
        result_table(sources, &recount),
        rounds_table(&recount),
        attestations_table(&attestations),
        secrecy.table(),
        events_table(sources),
    ];
    Ok(ElectionReport {
        tables,
        verdict,
        claims,
        ballot_chain: sources.has_ballots().then(|| chain.answer.clone()),
        tally: recount.comparison.clone(),
        findings: judge::reported(findings, claims::claim_of, path_of),
        sentence,
        exhibit,
        ..judge::blank(sources.id.as_deref().unwrap_or("unknown"), &sources.title, SYSTEM)
    })
}

/// What the count needs beside the ballots, and where it was taken from.
fn settings(sources: &Sources) -> Value {
    let setting = |found: Option<(i64, &Origin)>| {
        let (from, by) = match found {
            Some((_, Origin::Said(by))) => ("said", by.as_str()),
            Some((_, Origin::FoundOut(how))) => ("found", *how),
            Some((_, Origin::Export)) | None => ("export", ""),
        };
        json!({"value": found.map(|(value, _)| value), "from": from, "by": by})
    };
    let number = sources.id.as_deref().and_then(|id| id.parse().ok());
    let groups = sources.groups.as_ref();
    let mut told = setting(groups.map(|(groups, origin)| (i64::try_from(groups.len()).unwrap_or(0), origin)));
    let list = groups.map_or(&[][..], |(groups, _)| groups.as_slice()).iter().map(|group| {
        json!({"public_id": group.public_id, "name": group.name, "max_elected": group.max_elected, "candidates": group.candidates})
    });
    told["list"] = list.collect();
    json!({
        "election_number": setting(number.map(|number| (number, &sources.id_origin))),
        "seats": setting(sources.seats.as_ref().map(|(seats, origin)| (*seats, origin))),
        "quorum": setting(sources.quorum.as_ref().map(|(quorum, origin)| (*quorum, origin))),
        "groups": told,
    })
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|name| (*name).to_owned()).collect()
}

/// Everybody who stood, with what the recount made of them.
fn result_table(sources: &Sources, recount: &Recount) -> ReportTable {
    let rows = sources.candidates.iter().map(|candidate| {
        let name = if candidate.name.is_empty() { candidate.id.to_string() } else { candidate.name.clone() };
        let place = recount.elected.iter().position(|elected| *elected == name);
        let mark = match (place, recount.elected.is_empty()) {
            (Some(place), _) => format!("elected, seat {}", place + 1),
            (None, true) => String::new(),
            (None, false) => "not elected".to_owned(),
        };
        vec![candidate.id.to_string(), name, mark]
    });
    ReportTable {
        name: "candidates".to_owned(),
        title: "Candidates".to_owned(),
        note: recount.missing.as_ref().map_or_else(
            || "As counted again by the origin's rule.".to_owned(),
            |missing| format!("Nothing was counted: {missing}."),
        ),
        columns: names(&["Id#", "Name", "Recount"]),
        rows: rows.collect(),
    }
}

fn rounds_table(recount: &Recount) -> ReportTable {
    let rows = recount.story.iter().map(|(first, last, told)| {
        let rounds = if first == last { first.to_string() } else { format!("{first} to {last}") };
        vec![rounds, told.clone()]
    });
    ReportTable {
        name: "rounds".to_owned(),
        title: "Rounds of the recount".to_owned(),
        note: "Votes to four digits behind the point; the count itself keeps eighty.".to_owned(),
        columns: names(&["Round", "What happened"]),
        rows: rows.collect(),
    }
}

fn attestations_table(attestations: &events::Attestations) -> ReportTable {
    let word = |part: Option<bool>| {
        match part {
            Some(true) => "holds",
            Some(false) => "does not hold",
            None => "not checked",
        }
        .to_owned()
    };
    let rows = attestations.checks.iter().map(|(id, what, check)| {
        vec![
            what.clone(),
            check.index.map(|index| index.to_string()).unwrap_or_default(),
            check.integrated_at.map(|at| domain::Instant::from_seconds(at).to_display()).unwrap_or_default(),
            word(check.is_included),
            word(check.checkpoint_holds),
            word(check.time_holds),
            word(check.signature_holds),
            word(check.key_is_known),
            ballots::short(id),
        ]
    });
    ReportTable {
        name: "attestations".to_owned(),
        title: "Entries of the attestation log".to_owned(),
        note: "What the outside log answered for each event. It shows that an event existed at its time, not that the log was told of every event.".to_owned(),
        columns: names(&["Event", "Number#", "Taken in", "In the log", "Checkpoint", "Time", "Signature", "Operator's key", "Entry"]),
        rows: rows.collect(),
    }
}

fn events_table(sources: &Sources) -> ReportTable {
    let told =
        sources.events.iter().filter(|event| !matches!(event.event_type.as_str(), "ballot_submitted" | "tally_round"));
    let rows = told.map(|event| {
        let attested = if event.attestation.is_some() { "yes" } else { "" };
        vec![event.id.clone(), event.at_text.clone(), event.event_type.clone(), attested.to_owned()]
    });
    ReportTable {
        name: "events".to_owned(),
        title: "Audit events".to_owned(),
        note: "Without the events of single ballots and rounds. Public files carry dates alone.".to_owned(),
        columns: names(&["Id", "Time", "Event", "Attested"]),
        rows: rows.collect(),
    }
}

/// The first sentence of the verdict page.
fn sentence(seen: &Seen, chain: &Chain, recount: &Recount, verdict: Verdict, findings: &[Finding]) -> String {
    let head = format!("{} ballots checked, {} of them final", seen.rows, seen.finals);
    let critical: Vec<&Finding> = findings.iter().filter(|finding| finding.severity == Severity::Critical).collect();
    let elected = match (&recount.missing, recount.elected.as_slice()) {
        (None, [one]) => format!(" Counted again, {one} is elected."),
        (None, [_, ..]) => format!(" Counted again, {} are elected.", recount.elected.join(", ")),
        _ => String::new(),
    };
    match verdict {
        Verdict::Contradicted => {
            let mut titles: Vec<&str> = critical.iter().map(|finding| finding.code.text().title).collect();
            titles.dedup();
            let more = titles.len().saturating_sub(3);
            titles.truncate(3);
            let tail = if more > 0 { format!("; and {more} more") } else { String::new() };
            format!("{head}: {}{tail}.{elected}", titles.join("; "))
        }
        Verdict::CannotTell => {
            let chain = if chain.answer.verified {
                "the chain holds and nothing contradicts the record"
            } else {
                "nothing contradicts the record"
            };
            format!("{head}: {chain}, but some claims cannot be tested with this export.{elected}")
        }
        Verdict::Consistent | Verdict::Proved => format!("{head}: everything that could be tested fits.{elected}"),
    }
}
