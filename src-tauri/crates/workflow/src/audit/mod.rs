//! From stored evidence to claims with verdicts. One folder per source system composes its checks.

pub(crate) mod astra;
mod blocks;
pub(crate) mod electra;
mod judge;
pub(crate) mod logbook;
pub(crate) mod receipts;
pub(crate) mod scrutineer;

use std::collections::BTreeSet;

use domain::report::{AUDIT_SCHEMA, AuditChain, AuditReport, InputFile, ProgramName};
use domain::{EvidenceFile, Finding, FindingCode, Job, KeyRing};
use store::Reader;

use crate::Error;
use crate::import::SignaturesRead;

/// Tests every claim of a case's evidence. `read` is what was checked while its votes were read, under the same keys.
pub(crate) fn run(
    reader: &Reader,
    keys: &KeyRing,
    read: Option<&SignaturesRead>,
    job: &dyn Job,
) -> Result<AuditReport, Error> {
    let files = reader.evidence()?;
    let mut inputs: Vec<InputFile> = files
        .iter()
        .map(|file| InputFile {
            path: file.path.clone(),
            sha256: file.sha256.to_hex(),
            bytes: file.bytes,
            system: file.system.clone(),
            kind: file.kind.clone(),
            rows: file.rows,
        })
        .collect();
    inputs.sort_by(|left, right| (&left.path, &left.sha256).cmp(&(&right.path, &right.sha256)));
    let mut report = AuditReport {
        schema: AUDIT_SCHEMA.to_owned(),
        program: ProgramName::default(),
        inputs,
        elections: Vec::new(),
        audit_chain: None,
        findings: Vec::new(),
    };
    let path_of =
        |id: domain::FileId| files.iter().find(|file| file.id == id).map_or_else(String::new, |file| file.path.clone());
    let mut general = Vec::new();
    for system in systems(&files) {
        match system.as_str() {
            electra::SYSTEM => electra::run(reader, keys, job, &path_of, &mut report, &mut general)?,
            logbook::SYSTEM => logbook::run(reader, keys, read, job, &path_of, &mut report, &mut general)?,
            astra::SYSTEM => astra::run(reader, keys, job, &path_of, &mut report)?,
            scrutineer::SYSTEM => scrutineer::run(reader, keys, job, &path_of, &mut report)?,
            _ => {}
        }
    }
    report.elections.sort_by(|left, right| (&left.election_id, &left.system).cmp(&(&right.election_id, &right.system)));
    general.extend(unusable_tables(&files));
    let rejects = reader.rejects()?;
    if !rejects.is_empty() {
        let shown: Vec<String> = rejects.iter().take(5).map(crate::error::reject_line).collect();
        let mut finding = Finding::new(
            FindingCode::RowsRejected,
            format!("{} rows could not be read; the first: {}.", rejects.len(), shown.join("; ")),
        );
        for reject in &rejects {
            let file = files.iter().find(|file| file.path == reject.path);
            let place = file.map(|file| domain::Place { file: file.id, row: reject.row });
            finding.add(format!("row:{}:{}", reject.path, reject.row), place);
        }
        general.push(finding);
    }
    report.findings = judge::reported(general, claim_of_whole, &path_of);
    Ok(report)
}

/// I902: files that are named as a table of the system, and could not be read as that table.
fn unusable_tables(files: &[EvidenceFile]) -> Option<Finding> {
    let present = systems(files);
    let mut finding = Finding::new(FindingCode::FieldsMissing, String::new());
    let mut names = Vec::new();
    for file in files.iter().filter(|file| file.kind == "ignored") {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let Some((stem, _)) = name.split_once('.') else { continue };
        let is_named = |source: &importers::Source| present.contains(source.id) && !(source.columns)(stem).is_empty();
        let is_public = matches!(stem, "public-ballots" | "public-audit" | "tally_result");
        let is_table = importers::SOURCES.iter().any(is_named) || is_public && present.contains(astra::SYSTEM);
        if is_table {
            names.push(file.path.clone());
            finding.add(format!("file:{}", file.path), Some(domain::Place { file: file.id, row: 0 }));
        }
    }
    finding.detail = format!(
        "{} could not be read as the table that the name says: the columns that tell it are missing, or nothing stands in it. What \
         rests on it was not tested.",
        names.join(", ")
    );
    (!names.is_empty()).then_some(finding)
}

/// Ids and titles of the elections that a case speaks of.
pub(crate) fn election_titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    let mut titles: Vec<(String, String)> = elections(reader)?.into_iter().map(|(_, id, title)| (id, title)).collect();
    titles.sort();
    Ok(titles)
}

/// The system that an election of a case comes from; `None` where the case speaks of no such election.
pub(crate) fn system_of(reader: &Reader, election_id: &str) -> Result<Option<&'static str>, Error> {
    Ok(elections(reader)?.into_iter().find(|(_, id, _)| id == election_id).map(|(system, ..)| system))
}

/// Elections of a case: system, id, title.
fn elections(reader: &Reader) -> Result<Vec<(&'static str, String, String)>, Error> {
    let mut found = Vec::new();
    for system in systems(&reader.evidence()?) {
        let (name, titles) = match system.as_str() {
            logbook::SYSTEM => (logbook::SYSTEM, logbook::election_titles(reader)?),
            astra::SYSTEM => (astra::SYSTEM, astra::election_titles(reader)?),
            electra::SYSTEM => (electra::SYSTEM, electra::election_titles(reader)?),
            scrutineer::SYSTEM => (scrutineer::SYSTEM, scrutineer::election_titles(reader)?),
            _ => continue,
        };
        found.extend(titles.into_iter().map(|(id, title)| (name, id, title)));
    }
    Ok(found)
}

/// Checks the audit log and nothing else: the origin's own answer.
pub(crate) fn audit_chain(reader: &Reader, keys: &KeyRing, job: &dyn Job) -> Result<Option<AuditChain>, Error> {
    match logbook::audit_chain(reader, keys, job)? {
        Some(chain) => Ok(Some(chain)),
        None => electra::audit_chain(reader, keys, job),
    }
}

/// Entries of the stored audit log and the broken links between them, without any key; `None` without a log.
pub(crate) fn chain_links(reader: &Reader, job: &dyn Job) -> Result<Option<(u64, usize)>, Error> {
    if let Some(links) = logbook::chain_links(reader)? {
        return Ok(Some(links));
    }
    let chain = electra::audit_chain(reader, &KeyRing::default(), job)?;
    Ok(chain.map(|chain| {
        let broken = chain.errors.iter().filter(|error| error.kind == "chain_broken").count();
        (chain.total_checked, broken)
    }))
}

/// Systems that the evidence comes from, in order.
pub(crate) fn systems(files: &[EvidenceFile]) -> BTreeSet<String> {
    files.iter().map(|file| file.system.clone()).filter(|system| !system.is_empty()).collect()
}

/// The claim of a finding that belongs to no single election.
fn claim_of_whole(code: FindingCode) -> &'static str {
    if code.code().starts_with('C') { "audit.chain" } else { "" }
}
