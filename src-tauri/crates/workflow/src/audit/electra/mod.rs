//! Electra: its own answer about the audit chain, our claims and findings.
//!
//! * [`keys`]: the public keys that were given; [`log`]: the signed hash chain; [`jsonl`]: the second log;
//! * [`tokens`], [`votes`]: signatures of tokens and votes one by one;
//! * [`reconcile`]: votes, tokens, entries and election rows against each other; [`privacy`]: what ties voters to votes;
//! * [`exports`]: delivered analytics files against their records and the log;
//! * [`claims`]: what all of it says about each election.
//!
//! Electra counts nothing: votes are sealed with keys that only the voters' devices hold, and the server has no tally. So
//! there is no result to recount; the figures that it publishes are turnouts.

mod claims;
mod exports;
mod jsonl;
mod keys;
mod log;
mod printed;
mod privacy;
mod reconcile;
mod tokens;
mod votes;

use std::collections::{BTreeMap, BTreeSet};

use domain::report::{AuditChain, AuditReport, ElectionReport};
use domain::vote::flag;
use domain::{FileId, Finding, FindingCode, Job, KeyRing, Place, TableRow};
use importers::electra::rows::{Election, ExportRecord, QueuedVote, Time, Token, UsageNote, User, Vote, VoteToken};
use importers::electra::tables;
use importers::json::Json;
use serde_json::json;
use store::Reader;

use self::claims::Basis;
use self::exports::Exports;
use self::keys::Keys;
use self::log::Log;
use self::reconcile::{Ground, Has};
use self::tokens::CheckedToken;
use self::votes::CheckedVote;
use super::judge;
use crate::Error;

/// Name of the system in answers.
pub(crate) const SYSTEM: &str = "electra";

/// All tables of a case but the logs.
struct Tables {
    elections: Vec<Election>,
    tokens: Vec<CheckedToken>,
    votes: Vec<CheckedVote>,
    vote_tokens: Vec<VoteToken>,
    usage: Vec<UsageNote>,
    /// The origin's own notes on votes; `None` where the table is not in the export.
    notes: Option<Vec<UsageNote>>,
    queues: Vec<QueuedVote>,
    exports: Vec<ExportRecord>,
    users: Vec<User>,
    has: Has,
    has_users: bool,
}

impl Tables {
    fn load(reader: &Reader, keys: &Keys, job: &dyn Job) -> Result<Self, Error> {
        fn typed<T>(reader: &Reader, table: &str, read: fn(&TableRow) -> T) -> Result<Vec<T>, Error> {
            Ok(reader.rows(table)?.iter().map(read).collect())
        }
        let files = reader.evidence()?;
        let filled: BTreeSet<String> = reader.tables()?.into_iter().map(|(table, _)| table).collect();
        // A table without rows is there all the same.
        let has = |table: &str| {
            filled.contains(table) || files.iter().any(|file| file.kind.split('+').any(|kind| kind == table))
        };
        let elections = typed(reader, tables::ELECTIONS, Election::from_row)?;
        let tokens = tokens::check(typed(reader, tables::TOKENS, Token::from_row)?, &elections, keys, job);
        let votes = votes::check(typed(reader, tables::VOTES, Vote::from_row)?, &tokens, keys);
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let mut queues = typed(reader, tables::BALLOT_QUEUE, QueuedVote::from_row)?;
        queues.extend(typed(reader, tables::VOTE_QUEUE, QueuedVote::from_row)?);
        Ok(Self {
            elections,
            tokens,
            votes,
            vote_tokens: typed(reader, tables::VOTE_TOKENS, VoteToken::from_row)?,
            usage: typed(reader, tables::USAGE_LOG, UsageNote::from_row)?,
            notes: has(tables::VOTE_NOTES)
                .then(|| typed(reader, tables::VOTE_NOTES, UsageNote::from_row))
                .transpose()?,
            queues,
            exports: typed(reader, tables::EXPORTS, ExportRecord::from_row)?,
            users: typed(reader, tables::USERS, User::from_row)?,
            has: Has { votes: has(tables::VOTES), tokens: has(tables::TOKENS), vote_tokens: has(tables::VOTE_TOKENS) },
            has_users: has(tables::USERS),
        })
    }

    /// Rows that leave an audit entry each, with their times.
    fn acts(&self) -> Vec<(String, &Time, Place)> {
        let votes = self.votes.iter().map(|vote| (vote.subject(), &vote.vote.submitted_at, vote.vote.place));
        let tokens = self.tokens.iter().map(|token| (token.subject(), &token.token.issued_at, token.token.place));
        let exports =
            self.exports.iter().map(|record| (format!("export:{}", record.id), &record.created_at, record.place));
        votes.chain(tokens).chain(exports).collect()
    }
}

/// Tests every claim of a case's Electra evidence and adds to the report.
pub(crate) fn run(
    reader: &Reader,
    ring: &KeyRing,
    job: &dyn Job,
    path_of: &dyn Fn(FileId) -> String,
    report: &mut AuditReport,
    general: &mut Vec<Finding>,
) -> Result<(), Error> {
    let keys = Keys::of(ring);
    let tables = Tables::load(reader, &keys, job)?;
    let emails: BTreeMap<String, String> =
        tables.users.iter().map(|user| (user.email.clone(), user.id.clone())).collect();
    let mut log = log::check(reader, &keys, &emails, job)?;
    report.audit_chain.clone_from(&log.chain);
    general.append(&mut log.findings);
    if let Some(finding) = reconcile::later_than_log(&log, &tables.acts()) {
        log.is_refuted_from_outside = true;
        general.push(finding);
    }
    let mut lines = jsonl::check(reader, &keys)?;
    general.append(&mut lines.findings);
    if lines.named_voters > 0 {
        let text = format!(
            "{} lines of the second log name the voter in full beside the mark that is meant to hide them. Restrict access to \
             these files.",
            lines.named_voters
        );
        general.push(Finding::new(FindingCode::LinkExists, text).as_info());
    }
    let mut exports = exports::check(reader, &tables.exports, &tables.votes, tables.has.votes, &log)?;
    general.append(&mut exports.findings);
    general.extend(conflicts(reader, &log)?);
    let users: Option<BTreeSet<String>> =
        tables.has_users.then(|| tables.users.iter().map(|user| user.id.clone()).collect());
    let second_log = json!({"lines": lines.count, "valid_signatures": lines.valid});
    let whole = Whole {
        second_log: &second_log,
        keys: &keys,
        tables: &tables,
        log: &log,
        exports: &exports,
        users: users.as_ref(),
        path_of,
        has_rejects: !reader.rejects()?.is_empty(),
    };
    let mut ids = named_elections(&tables, &log);
    ids.extend(lines.elections);
    for id in ids {
        report.elections.push(whole.conclude(&id));
    }
    Ok(())
}

/// Checks the audit log and nothing else: the origin's own answer.
pub(crate) fn audit_chain(reader: &Reader, ring: &KeyRing, job: &dyn Job) -> Result<Option<AuditChain>, Error> {
    Ok(log::check(reader, &Keys::of(ring), &BTreeMap::new(), job)?.chain)
}

/// Ids of all elections that tables or entries speak of.
fn named_elections(tables: &Tables, log: &Log) -> BTreeSet<String> {
    let mut ids: BTreeSet<String> = tables.elections.iter().map(|election| election.id.clone()).collect();
    ids.extend(tables.tokens.iter().map(|token| token.token.election_id.clone()));
    ids.extend(tables.votes.iter().map(|vote| vote.vote.election_id.clone()));
    ids.extend(tables.vote_tokens.iter().map(|row| row.election_id.clone()));
    ids.extend(log.entries.iter().filter_map(|checked| checked.entry.election_id.clone()));
    ids.remove("");
    ids
}

/// Ids and titles of the elections that a case speaks of.
pub(crate) fn election_titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    let elections = reader.rows(tables::ELECTIONS)?;
    Ok(elections.iter().map(Election::from_row).map(|election| (election.id, election.title)).collect())
}

/// What all elections of a case share.
struct Whole<'a> {
    second_log: &'a serde_json::Value,
    keys: &'a Keys,
    tables: &'a Tables,
    log: &'a Log,
    exports: &'a Exports,
    users: Option<&'a BTreeSet<String>>,
    path_of: &'a dyn Fn(FileId) -> String,
    /// Rows of some file could not be read.
    has_rejects: bool,
}

impl Whole<'_> {
    fn conclude(&self, id: &str) -> ElectionReport {
        let tables = self.tables;
        let election = tables.elections.iter().find(|election| election.id == id);
        let tokens: Vec<&CheckedToken> = tables.tokens.iter().filter(|token| token.token.election_id == id).collect();
        let votes: Vec<&CheckedVote> = tables.votes.iter().filter(|vote| vote.vote.election_id == id).collect();
        let mut findings = tokens::findings(&tokens, self.keys);
        findings.extend(votes::findings(&votes, self.keys));
        let ground = Ground {
            election_id: id,
            election,
            tokens: &tokens,
            all_tokens: &tables.tokens,
            votes: &votes,
            vote_tokens: &tables.vote_tokens,
            queues: &tables.queues,
            usage: &tables.usage,
            notes: tables.notes.as_deref(),
            log: self.log,
            has: &tables.has,
            users: self.users,
        };
        let mut compared = ground.compare();
        if self.has_rejects {
            judge::spare_unread(&mut compared.findings);
        }
        findings.append(&mut compared.findings);
        let (ties, linked) = privacy::check(id, &votes, &tables.usage, self.log);
        findings.extend(linked);
        if election.is_none() && !tables.elections.is_empty() && (!votes.is_empty() || !tokens.is_empty()) {
            let text = "The elections table has no row of this election, although votes or tokens belong to it.";
            findings.push(Finding::new(FindingCode::FieldsMissing, text).about(format!("election:{id}"), None));
        }
        findings.extend(self.exports.figures.get(id).into_iter().flatten().cloned());
        let basis = Basis {
            election_id: id,
            has_election: election.is_some(),
            votes: &votes,
            tokens: &tokens,
            keys: self.keys,
            log: self.log,
            has: &tables.has,
            compared: &compared,
            ties: &ties,
            exports: self.exports,
            findings: &findings,
        };
        let claims = claims::claims(&basis);
        let verdict = judge::worst(&claims);
        let sentence = claims::sentence(&basis, verdict);
        let mut printed = vec![
            printed::tokens(&tokens),
            printed::votes(&votes, tables.has.tokens),
            ties.table(),
            printed::entries(self.log, id),
            printed::exports(&tables.exports),
        ];
        printed.retain(|table| !table.rows.is_empty() && (table.name != "secrecy" || ties.any() > 0));
        let title = election.map_or_else(|| self.title_in_log(id), |election| election.title.clone());
        ElectionReport {
            verdict,
            claims,
            sentence,
            exhibit: json!({
                "election_id": id,
                "extra": {"tokens": tokens.len(), "votes": votes.len(), "exports": {
                    "files": self.exports.files, "records": self.exports.records, "anchored": self.exports.anchored,
                }, "second_log": self.second_log},
            }),
            findings: judge::reported(findings, claims::claim_of, self.path_of),
            tables: printed,
            ..judge::blank(id, &title, SYSTEM)
        }
    }

    /// The title that audit entries name, where the election row is not in the export.
    fn title_in_log(&self, id: &str) -> String {
        let of_election = self.log.entries.iter().filter(|checked| checked.entry.election_id.as_deref() == Some(id));
        of_election
            .filter_map(|checked| checked.entry.metadata.get("election_title").and_then(Json::as_text))
            .next_back()
            .unwrap_or_default()
            .to_owned()
    }
}

/// Differences between files that are told one by one.
const CONFLICTS_TOLD: usize = 20;

/// R313: rows that stand in several files with different content. Notations of the same value are no difference.
fn conflicts(reader: &Reader, log: &Log) -> Result<Option<Finding>, Error> {
    let documents =
        [tables::EXPORT_FILE, tables::TURNOUT, tables::AUDIT_VERIFICATION, tables::AUDIT_API, tables::AUDIT_API_PAGE];
    let mut all = Finding::new(FindingCode::UnexplainedDifference, String::new());
    let mut told: Vec<String> = Vec::new();
    let mut rows: BTreeSet<String> = BTreeSet::new();
    for conflict in reader.conflicts()? {
        let (kept, other) = (conflict.kept.as_str(), conflict.other.as_str());
        let is_flag = matches!(kept, "true" | "false" | "t" | "f") && matches!(other, "true" | "false" | "t" | "f");
        if is_flag && flag(Some(kept)) == flag(Some(other)) || documents.contains(&conflict.table.as_str()) {
            continue;
        }
        let subject = match conflict.table.as_str() {
            tables::VOTES => format!("vote:{}", conflict.key),
            tables::TOKENS => format!("token:{}", conflict.key),
            tables::AUDIT_LOG => log
                .position_of(&conflict.key)
                .map_or_else(|| format!("audit:{}", conflict.key), |position| format!("audit:{position}")),
            table => format!("{table}:{}", conflict.key),
        };
        let detail = if conflict.column.is_empty() {
            format!("{subject} stands in one file and is absent from the file that counts.")
        } else {
            format!("{subject}, {}: {kept:?} in the file that counts, {other:?} in another.", conflict.column)
        };
        told.push(detail);
        rows.insert(subject.clone());
        all.add(subject, Some(conflict.place));
    }
    if all.is_empty() {
        return Ok(None);
    }
    let shown = told.iter().take(CONFLICTS_TOLD).cloned().collect::<Vec<_>>().join(" ");
    let more = told.len().saturating_sub(CONFLICTS_TOLD);
    let rest = if more > 0 { format!(" And {more} more differences.") } else { String::new() };
    all.detail = format!("Rows that differ between files of this export: {}. {shown}{rest}", rows.len());
    Ok(Some(all))
}
