//! The Logbook: its own answers, our claims and findings.
//!
//! * [`log`]: the audit chain and what its entries say; [`facts`]: the same per election;
//! * [`signatures`], [`chain`]: votes one by one and as a chain;
//! * [`reconcile`]: votes against entries, credentials, roll, ballot, period;
//! * [`published`]: published reports against the rows; [`outcome`]: what it means for who won;
//! * [`anomalies`]: times and addresses; [`forensics`]: the origin's report, recomputed.

mod anomalies;
mod chain;
mod claims;
mod facts;
mod forensics;
mod log;
mod outcome;
mod published;
mod reconcile;
mod signatures;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::report::{AuditReport, ElectionReport, ReportedFinding, VoteIntegrity, sort_findings};
use domain::{FileId, Finding, FindingCode, Job, KeyRing, Sha256Digest, VoteRecord};
use importers::logbook::rows::{Attestation, Batch, Candidate, Election, Token, User};
use serde_json::Value;
use store::Reader;
use store::tables::vote::Page;

pub(crate) use facts::{Accounted, Facts};

use crate::Error;

/// Name of the system in answers.
const SYSTEM: &str = "logbook";
/// Votes read at a time.
const PAGE: u32 = 8192;
/// Rows of tokens and audit entries that a stored conclusion keeps; the forensics command gives all.
const KEPT_ROWS: usize = 100_000;

/// The origin's own answers for one election.
pub(crate) struct OriginAnswers {
    pub(crate) integrity: Value,
    pub(crate) stats: Value,
    pub(crate) results: Value,
    pub(crate) forensics: Value,
}

/// All smaller tables of a case.
struct Tables {
    elections: Vec<Election>,
    candidates: Vec<Candidate>,
    has_candidates: bool,
    tokens: Vec<Token>,
    has_tokens: bool,
    users: Vec<User>,
    has_users: bool,
    batches: Vec<Batch>,
    has_batches: bool,
    attestations: Vec<Attestation>,
    documents: BTreeMap<&'static str, Vec<domain::TableRow>>,
    has_votes: bool,
}

impl Tables {
    fn load(reader: &Reader) -> Result<Self, Error> {
        let files = reader.evidence()?;
        let has = |table: &str| files.iter().any(|file| file.kind.split('+').any(|kind| kind == table));
        let rows = |table: &str| -> Result<Vec<domain::TableRow>, Error> { Ok(reader.rows(table)?) };
        let mut documents = BTreeMap::new();
        for name in ["forensics", "integrity", "results", "stats"] {
            documents.insert(name, rows(name)?);
        }
        Ok(Self {
            elections: rows("elections")?.iter().map(Election::from_row).collect(),
            candidates: rows("candidates")?.iter().map(Candidate::from_row).collect(),
            has_candidates: has("candidates"),
            tokens: rows("voting_tokens")?.iter().map(Token::from_row).collect(),
            has_tokens: has("voting_tokens"),
            users: rows("users")?.iter().map(User::from_row).collect(),
            has_users: has("users"),
            batches: rows("manual_ballot_batches")?.iter().map(Batch::from_row).collect(),
            has_batches: has("manual_ballot_batches"),
            attestations: rows("manual_ballot_attestations")?.iter().map(Attestation::from_row).collect(),
            documents,
            has_votes: has("votes"),
        })
    }
}

/// Ids and titles of the elections that a case speaks of.
pub(crate) fn election_titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    let mut titles: BTreeMap<String, String> =
        reader.vote_counts()?.into_iter().map(|(id, ..)| (id, String::new())).collect();
    for row in reader.rows("elections")? {
        let election = Election::from_row(&row);
        titles.insert(election.id, election.title);
    }
    Ok(titles.into_iter().collect())
}

/// Entries of the live audit log and links that do not hold, which needs no key; `None` where there is no log.
pub(crate) fn chain_links(reader: &Reader) -> Result<Option<(u64, usize)>, Error> {
    let entries = log::load(reader)?;
    let of = |source: domain::AuditSource| entries.iter().filter(|entry| entry.source == source).collect::<Vec<_>>();
    let live =
        [domain::AuditSource::Table, domain::AuditSource::Shipped].into_iter().map(of).find(|live| !live.is_empty());
    Ok(live.map(|live| {
        let broken = live.windows(2).filter(|pair| pair[1].previous_hash != pair[0].current_hash).count();
        (u64::try_from(live.len()).unwrap_or(u64::MAX), broken)
    }))
}

/// All votes of an election in the order of the export.
fn votes_of(reader: &Reader, election_id: &str, first: i64, job: &dyn Job) -> Result<Vec<VoteRecord>, Error> {
    let mut votes = Vec::new();
    let mut after = first - 1;
    loop {
        let page = reader.votes(Page {
            election_id: Some(election_id),
            after_number: after,
            up_to_number: i64::MAX,
            limit: PAGE,
        })?;
        let Some(last) = page.last() else { break };
        after = last.number;
        votes.extend(page);
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
    }
    Ok(votes)
}

/// Seed of all random draws of an election: SHA-256 over the sorted input digests and the election id, first 8 bytes.
fn seed(inputs: &[Sha256Digest], election_id: &str) -> u64 {
    use sha2::{Digest, Sha256};
    let mut sorted: Vec<String> = inputs.iter().map(Sha256Digest::to_hex).collect();
    sorted.sort();
    let mut hasher = Sha256::new();
    for digest in sorted {
        hasher.update(digest);
    }
    hasher.update(election_id);
    let digest: [u8; 32] = hasher.finalize().into();
    u64::from_be_bytes([digest[0], digest[1], digest[2], digest[3], digest[4], digest[5], digest[6], digest[7]])
}

/// Tests every claim of a case's Logbook evidence and adds to the report.
pub(crate) fn run(
    reader: &Reader,
    keys: &KeyRing,
    job: &dyn Job,
    path_of: &dyn Fn(FileId) -> String,
    report: &mut AuditReport,
    general: &mut Vec<Finding>,
) -> Result<(), Error> {
    let tables = Tables::load(reader)?;
    let organizations: BTreeSet<String> = tables
        .elections
        .iter()
        .filter_map(|election| election.organization_id.clone())
        .chain(keys.setting("ORGANIZATION_ID").map(str::to_owned))
        .collect();
    let mut log = log::check(reader, keys, &organizations, job)?;
    report.audit_chain.clone_from(&log.chain);
    general.append(&mut log.findings);
    let mut conflicts = conflict_findings(reader)?;
    let context = Context::new(reader, &tables, &log, keys, path_of)?;
    for (id, first) in context.elections() {
        let (election, _) = context.analyse(&id, first, &mut conflicts, KEPT_ROWS, job)?;
        report.elections.push(election);
    }
    general.extend(conflicts.into_values());
    Ok(())
}

/// The origin's own answers for one election.
pub(crate) fn origin_answers(
    reader: &Reader,
    keys: &KeyRing,
    election_id: &str,
    job: &dyn Job,
) -> Result<OriginAnswers, Error> {
    let tables = Tables::load(reader)?;
    let log = log::check(reader, keys, &BTreeSet::new(), job)?;
    let path_of = |_: FileId| String::new();
    let context = Context::new(reader, &tables, &log, keys, &path_of)?;
    let elections = context.elections();
    let Some((id, first)) = elections.iter().find(|(id, _)| id == election_id) else {
        let known = elections.into_iter().map(|(id, _)| id).collect::<Vec<_>>().join(", ");
        return Err(Error::NoElection { id: election_id.to_owned(), known });
    };
    Ok(context.analyse(id, *first, &mut BTreeMap::new(), usize::MAX, job)?.1)
}

/// R313 by row: votes by their id, other rows by table and key.
fn conflict_findings(reader: &Reader) -> Result<BTreeMap<String, Finding>, Error> {
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    let newest_entry = log::load(reader)?
        .iter()
        .filter(|entry| entry.source == domain::AuditSource::Table)
        .map(|entry| entry.id)
        .max();
    for conflict in reader.conflicts()? {
        if !conflict.is_protected {
            continue;
        }
        let is_absent = conflict.column.is_empty();
        if conflict.table == "audit_logs" && is_absent && conflict.key.parse::<i64>().ok() > newest_entry {
            // Written after the nearer export was made.
            continue;
        }
        let subject = match conflict.table.as_str() {
            "votes" => format!("vote:{}", conflict.key),
            "audit_logs" => format!("audit:{}", conflict.key),
            table => format!("{table}:{}", conflict.key),
        };
        let detail = if is_absent {
            format!("{subject} stands in one file and is absent from the file that counts.")
        } else {
            format!(
                "{subject}, {}: {:?} in the file that counts, {:?} in another.",
                conflict.column, conflict.kept, conflict.other
            )
        };
        let finding = findings
            .entry(subject.clone())
            .or_insert_with(|| Finding::new(FindingCode::UnexplainedDifference, String::new()));
        if !finding.detail.is_empty() {
            finding.detail.push(' ');
        }
        finding.detail.push_str(&detail);
        finding.add(subject, Some(conflict.place));
    }
    Ok(findings)
}

/// What all elections of a case share.
struct Context<'a> {
    reader: &'a Reader,
    tables: &'a Tables,
    log: &'a log::Log,
    keys: &'a KeyRing,
    path_of: &'a dyn Fn(FileId) -> String,
    accounted: HashMap<String, Accounted>,
    digests: Vec<Sha256Digest>,
    counts: Vec<(String, u64, i64)>,
}

impl<'a> Context<'a> {
    fn new(
        reader: &'a Reader,
        tables: &'a Tables,
        log: &'a log::Log,
        keys: &'a KeyRing,
        path_of: &'a dyn Fn(FileId) -> String,
    ) -> Result<Self, Error> {
        Ok(Self {
            reader,
            tables,
            log,
            keys,
            path_of,
            accounted: facts::accounted(log),
            digests: reader.evidence()?.into_iter().map(|file| file.sha256).collect(),
            counts: reader.vote_counts()?,
        })
    }

    /// Elections by id with the number of their first vote.
    fn elections(&self) -> Vec<(String, i64)> {
        let mut elections: BTreeMap<String, i64> =
            self.tables.elections.iter().map(|election| (election.id.clone(), 1)).collect();
        for (id, _, first) in &self.counts {
            elections.insert(id.clone(), *first);
        }
        elections.into_iter().collect()
    }

    fn analyse(
        &self,
        id: &str,
        first: i64,
        conflicts: &mut BTreeMap<String, Finding>,
        limit: usize,
        job: &dyn Job,
    ) -> Result<(ElectionReport, OriginAnswers), Error> {
        let tables = self.tables;
        let votes = votes_of(self.reader, id, first, job)?;
        let election = tables.elections.iter().find(|election| election.id == id);
        let mut candidates: Vec<Candidate> =
            tables.candidates.iter().filter(|candidate| candidate.election_id == id).cloned().collect();
        candidates.sort_by(|left, right| {
            (left.display_order, &left.created_at, &left.id).cmp(&(right.display_order, &right.created_at, &right.id))
        });
        let tokens: Vec<Token> = tables.tokens.iter().filter(|token| token.election_id == id).cloned().collect();
        let batches: Vec<Batch> = tables.batches.iter().filter(|batch| batch.election_id == id).cloned().collect();
        let facts = facts::gather(self.log, id);
        let is_open = election.is_none_or(|election| election.status == "open");

        let signatures = signatures::check(&votes, self.keys, &candidates, &self.accounted, job)?;
        let chain = chain::check(&votes, election, tables.has_votes);
        let integrity = (!signatures.lacks_key || signatures.has_origin_key || votes.is_empty())
            .then(|| origin_integrity(id, &votes, &signatures, &chain));
        let mut findings = signatures.findings.clone();
        findings.extend(chain.findings.iter().cloned());
        let scope = reconcile::Scope {
            votes: &votes,
            election,
            candidates: tables.has_candidates.then_some(candidates.as_slice()),
            all_candidates: &tables.candidates,
            tokens: tables.has_tokens.then_some(tokens.as_slice()),
            users: tables.has_users.then_some(tables.users.as_slice()),
            batches: tables.has_batches.then_some(batches.as_slice()),
            attestations: &tables.attestations,
            log: self.log,
            facts: &facts,
            accounted: &self.accounted,
            has_votes_table: tables.has_votes,
        };
        findings.extend(scope.findings());
        job.begin("Looking at times and addresses", None);
        findings.extend(anomalies::check(&votes, seed(&self.digests, id)));
        let own: Vec<String> = conflicts
            .keys()
            .filter(|subject| {
                subject.strip_prefix("vote:").is_some_and(|vote| votes.iter().any(|known| known.id == vote))
            })
            .cloned()
            .collect();
        findings.extend(own.iter().filter_map(|subject| conflicts.remove(subject)));

        let published = |name: &str| published::documents(&tables.documents[name], id);
        let members = tables.users.iter().filter(|user| user.status.as_deref() == Some("active")).count();
        let can_count = election.is_some() && tables.has_candidates && (tables.has_votes || !votes.is_empty());
        let count = election.filter(|_| can_count).map(|election| {
            let mut count = outcome::empty_count(election, &candidates, &batches, u64::try_from(members).unwrap_or(0));
            for vote in &votes {
                count.add(vote);
            }
            count
        });
        let to_value = |value: Result<Value, serde_json::Error>| value.unwrap_or(Value::Null);
        let results = count.as_ref().map_or(Value::Null, |count| to_value(serde_json::to_value(count.results())));
        let stats = count.as_ref().map_or(Value::Null, |count| to_value(serde_json::to_value(count.stats())));
        let published_results = published("results");
        let tally = if count.is_some() {
            let comparison = published::results(&published_results, &results, &mut findings);
            published::stats(&published("stats"), &stats, is_open, &mut findings);
            Some(comparison)
        } else {
            if let Some(document) = published_results.first() {
                let finding = Finding::new(
                    FindingCode::CannotRecount,
                    "A result is published, but the export lacks the votes, the candidates or the election's rules.",
                );
                findings.push(finding.about(format!("document:{}", document.path), Some(document.place)));
            }
            None
        };
        if tables.has_votes || !votes.is_empty() {
            for name in ["integrity", "forensics"] {
                published::integrity(
                    &published(name),
                    integrity.as_ref(),
                    &votes,
                    tables.has_tokens.then_some(tokens.as_slice()),
                    is_open,
                    &mut findings,
                );
            }
        }
        if let Some(count) = &count {
            let places = candidates.iter().map(|candidate| (candidate.id.as_str(), candidate.place)).collect();
            let ground = outcome::Ground { count, votes: &votes, originals: &signatures.original_candidate, places };
            for finding in &mut findings {
                ground.judge(finding);
            }
            ground.sensitivity(&mut findings);
        }
        let material = forensics::Material {
            election_id: id,
            election,
            votes: &votes,
            tokens: &tokens,
            log: self.log,
            facts: &facts,
            integrity: integrity.as_ref(),
            limit,
        };
        let forensics = forensics::report(&material);
        let basis = claims::Basis {
            votes: &votes,
            election,
            signatures: &signatures,
            chain: &chain,
            log: self.log,
            tally: tally.as_ref(),
            has_tokens: tables.has_tokens && !tokens.is_empty(),
            has_users: tables.has_users,
            has_votes: tables.has_votes,
            has_candidates: tables.has_candidates,
            has_documents: !published("stats").is_empty()
                || !published("integrity").is_empty()
                || !published("forensics").is_empty(),
            findings: &findings,
        };
        let claims = claims::claims(&basis);
        let verdict = claims::worst(&claims);
        let sentence = claims::sentence(&basis, verdict, count.as_ref());
        let mut integrity_answer =
            integrity.as_ref().map_or(Value::Null, |integrity| to_value(serde_json::to_value(integrity)));
        if let Some(members) = integrity_answer.as_object_mut() {
            members.insert("error".to_owned(), Value::Null);
        }
        let mut reported: Vec<ReportedFinding> =
            findings.into_iter().map(|finding| ReportedFinding::from_finding(finding, self.path_of)).collect();
        sort_findings(&mut reported);
        let mut exhibit = forensics.clone();
        if let Some(extra) = exhibit.get_mut("extra").and_then(Value::as_object_mut) {
            extra.insert("results".to_owned(), results.clone());
            extra.insert("stats".to_owned(), stats.clone());
        }
        let report = ElectionReport {
            election_id: id.to_owned(),
            title: election.map(|election| election.title.clone()).unwrap_or_default(),
            system: SYSTEM.to_owned(),
            verdict,
            claims,
            vote_integrity: integrity,
            tally,
            findings: reported,
            sentence,
            exhibit,
        };
        Ok((report, OriginAnswers { integrity: integrity_answer, stats, results, forensics }))
    }
}

/// Exactly what the origin's integrity check would answer.
fn origin_integrity(
    id: &str,
    votes: &[VoteRecord],
    signatures: &signatures::Signatures,
    chain: &chain::VoteChain,
) -> VoteIntegrity {
    let mut answer = VoteIntegrity {
        election_id: id.to_owned(),
        total_votes: 0,
        valid_signatures: 0,
        unsigned_votes: 0,
        tampered_votes: 0,
        tampered_vote_ids: Vec::new(),
        chain_verified: chain.origin_verified,
        chain_break_at: chain.origin_break_at.clone(),
        integrity_status: String::new(),
    };
    for (index, vote) in votes.iter().enumerate().filter(|(_, vote)| !vote.is_deleted()) {
        answer.total_votes += 1;
        if signatures.outcomes[index] == signatures::Outcome::Unsigned {
            answer.unsigned_votes += 1;
        } else if signatures.origin_valid[index] {
            answer.valid_signatures += 1;
        } else {
            answer.tampered_votes += 1;
            answer.tampered_vote_ids.push(vote.id.clone());
        }
    }
    answer.integrity_status = match (answer.tampered_votes, answer.chain_verified) {
        (1.., _) => "FAIL",
        (0, false) => "CHAIN_BROKEN",
        (0, true) => "PASS",
    }
    .to_owned();
    answer
}
