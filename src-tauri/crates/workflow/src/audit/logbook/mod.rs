//! The Logbook: its own answers, our claims and findings.
//!
//! * [`log`]: the audit chain and what its entries say; [`facts`]: the same per election;
//! * [`pass`]: one look at every vote, in blocks; [`ties`]: what must be compared over all votes;
//! * [`signatures`], [`chain`]: votes one by one and as a chain;
//! * [`reconcile`]: votes against entries, credentials, roll, ballot, period;
//! * [`published`]: published reports against the rows; [`outcome`]: what it means for who won;
//! * [`anomalies`]: times and addresses, without what a person [`known`] told of; [`forensics`]: the origin's report, recomputed.

mod anomalies;
mod ballots;
mod chain;
mod choices;
mod claims;
mod facts;
mod forensics;
mod known;
mod log;
mod outcome;
mod pass;
mod published;
mod reconcile;
mod signatures;
mod ties;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Mutex;

use domain::finding::LISTED_ROWS;
use domain::report::{AuditChain, AuditReport, ElectionReport, VoteIntegrity};
use domain::{FileId, Finding, FindingCode, Job, KeyRing, Sha256Digest, VoteView};
use importers::logbook::rows::{Attestation, Batch, Candidate, Election, Token, User};
use serde_json::Value;
use store::Reader;
use tally::methods::logbook::Count;

pub(crate) use ballots::Voted;
pub(crate) use facts::Facts;
pub(crate) use known::wrong_setting;
pub(crate) use pass::{chain_rule, genesis as chain_genesis};
pub(crate) use signatures::quick_check;

use self::pass::{Plan, Seen, Sources, Ties};
use self::signatures::{Clues, Signer};
use self::ties::{Addresses, Matched, Terms, Voters};
use crate::Error;
use crate::audit::blocks::in_blocks;
use crate::audit::judge;
use crate::import::SignaturesRead;

/// Name of the system in answers.
pub(crate) const SYSTEM: &str = "logbook";
/// Rows of tokens, excluded votes and audit entries that a stored conclusion keeps; the forensics command gives all.
const KEPT_ROWS: usize = 5000;

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

/// Title and voting method of an election; nothing where the case has none of this id.
pub(crate) fn voting_method(reader: &Reader, election_id: &str) -> Result<Option<(String, String)>, Error> {
    for row in reader.rows("elections")? {
        let election = Election::from_row(&row);
        if election.id == election_id {
            return Ok(Some((election.title, election.voting_method)));
        }
    }
    let is_known = reader.vote_counts()?.into_iter().any(|(id, ..)| id == election_id);
    Ok(is_known.then(|| (String::new(), String::new())))
}

/// Entries of the live audit log and links that do not hold, which needs no key; `None` where there is no log.
pub(crate) fn chain_links(reader: &Reader) -> Result<Option<(u64, usize)>, Error> {
    log::links(reader)
}

/// Seed of all random draws of an election: SHA-256 over the sorted input digests and the election id, first 8 bytes.
pub(super) fn seed(inputs: &[Sha256Digest], election_id: &str) -> u64 {
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

/// Tests every claim of a case's Logbook evidence and adds to the report. `read` is what was checked while the votes were
/// read, under the same keys.
pub(crate) fn run(
    reader: &Reader,
    keys: &KeyRing,
    read: Option<&SignaturesRead>,
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
    let elections = elections(reader, &tables)?;
    let ties = Ties::default();
    let mut log = log::check(reader, keys, &organizations, &elections, &ties, KEPT_ROWS, job)?;
    report.audit_chain.clone_from(&log.chain);
    general.append(&mut log.findings);
    let mut conflicts = conflict_findings(reader)?;
    let signer = Signer::new(keys, read);
    let case =
        Case { reader, tables: &tables, log: &log, signer: &signer, ties: &ties, path_of, elections: &elections };
    let votes = case.look(None, job)?;
    for (index, votes) in votes.into_iter().enumerate() {
        let (election, _) = case.conclude(index, votes, &mut conflicts, KEPT_ROWS, job)?;
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
    let elections = elections(reader, &tables)?;
    let Some(index) = elections.iter().position(|id| id == election_id) else {
        return Err(Error::NoElection { id: election_id.to_owned(), known: elections.join(", ") });
    };
    let ties = Ties::default();
    let log = log::check(reader, keys, &BTreeSet::new(), &elections, &ties, usize::MAX, job)?;
    let path_of = |_: FileId| String::new();
    let signer = Signer::new(keys, None);
    let case = Case {
        reader,
        tables: &tables,
        log: &log,
        signer: &signer,
        ties: &ties,
        path_of: &path_of,
        elections: &elections,
    };
    let votes = case.look(Some(index), job)?.into_iter().nth(index).unwrap_or_default();
    Ok(case.conclude(index, votes, &mut BTreeMap::new(), usize::MAX, job)?.1)
}

/// Ids of all elections that the case speaks of, in order.
fn elections(reader: &Reader, tables: &Tables) -> Result<Vec<String>, Error> {
    let mut ids: BTreeSet<String> = tables.elections.iter().map(|election| election.id.clone()).collect();
    ids.extend(reader.vote_counts()?.into_iter().map(|(id, ..)| id));
    Ok(ids.into_iter().collect())
}

/// Checks the signatures of all votes of a case and nothing else: how many match.
pub(crate) fn count_valid(reader: &Reader, keys: &KeyRing, job: &dyn Job) -> Result<SignaturesRead, Error> {
    let signer = Signer::new(keys, None);
    let mut all = SignaturesRead::default();
    in_blocks(
        reader,
        reader.last_vote_number()?,
        job,
        |reader, range| {
            let (mut part, mut text) = (SignaturesRead::default(), String::with_capacity(300));
            reader.scan_votes(range, &mut |vote, _| {
                part.checked += 1;
                if !signer.check(vote, &mut text).1 {
                    part.open.extend(vote.place);
                }
                true
            })?;
            Ok(part)
        },
        |mut part: SignaturesRead| {
            all.checked += part.checked;
            all.open.append(&mut part.open);
        },
    )?;
    Ok(all)
}

/// Checks the audit log and nothing else: the origin's own answer.
pub(crate) fn audit_chain(reader: &Reader, keys: &KeyRing, job: &dyn Job) -> Result<Option<AuditChain>, Error> {
    Ok(log::check(reader, keys, &BTreeSet::new(), &[], &Ties::default(), 0, job)?.chain)
}

/// Looks for votes and voters that stand more often than allowed while votes are read, before they have numbers or their
/// elections are known: one vote for each contest counts as allowed, and one for each candidate and rank.
#[derive(Default)]
pub(crate) struct Repeats {
    ties: Ties,
    slips: Mutex<[Vec<verification::Slip>; 2]>,
    failure: Mutex<Option<std::io::Error>>,
}

impl Repeats {
    /// Takes a vote in.
    pub(crate) fn add(&self, vote: &VoteView<'_>) {
        let (by_id, by_voter) = pass::early_slips(vote, &self.ties.prints);
        let Ok(mut slips) = self.slips.lock() else { return };
        slips[0].push(by_id);
        slips[1].extend(by_voter);
        if slips[0].len() >= pass::EARLY_SLIPS {
            let full = std::mem::take(&mut *slips);
            drop(slips);
            self.lay(&full);
        }
    }

    fn lay(&self, slips: &[Vec<verification::Slip>; 2]) {
        let laid = self.ties.by_id.add(&slips[0]).and_then(|()| self.ties.by_voter.add(&slips[1]));
        if let (Err(error), Ok(mut failure)) = (laid, self.failure.lock()) {
            failure.get_or_insert(error);
        }
    }

    /// Groups of votes with one id, and of votes of one voter.
    pub(crate) fn count(self) -> Result<(usize, usize), Error> {
        let rest = self.slips.lock().map(|mut slips| std::mem::take(&mut *slips)).unwrap_or_default();
        self.lay(&rest);
        if let Some(error) = self.failure.lock().ok().and_then(|mut failure| failure.take()) {
            return Err(error.into());
        }
        let terms = [Terms { allowed: 1, ..Terms::default() }];
        let ids = ties::match_entries(&self.ties, &terms, false, false)?;
        let voters = ties::compare_voters(&self.ties, &terms)?;
        Ok((ids[0].same_id.len(), voters[0].repeats.len()))
    }
}

/// R313 by row: votes by their id, other rows by table and key.
fn conflict_findings(reader: &Reader) -> Result<BTreeMap<String, Finding>, Error> {
    let mut findings: BTreeMap<String, Finding> = BTreeMap::new();
    let sources = reader.audit_sources()?;
    let newest_entry =
        sources.into_iter().find(|(source, ..)| *source == domain::AuditSource::Table).map(|(.., newest)| newest);
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
struct Case<'a> {
    reader: &'a Reader,
    tables: &'a Tables,
    log: &'a log::Log,
    signer: &'a Signer,
    ties: &'a Ties,
    path_of: &'a dyn Fn(FileId) -> String,
    /// Ids, in order.
    elections: &'a [String],
}

/// What the votes of one election showed, put together over all of them.
#[derive(Default)]
struct Votes {
    seen: Seen,
    matched: Matched,
    voters: Voters,
    same_dedup: Vec<Vec<i64>>,
    addresses: Addresses,
    voted: HashSet<String>,
    voted_contests: HashSet<(String, String)>,
}

impl Tables {
    fn election(&self, id: &str) -> Option<&Election> {
        self.elections.iter().find(|election| election.id == id)
    }

    fn of<T: Clone>(list: &[T], is_wanted: impl Fn(&T) -> bool) -> Vec<T> {
        list.iter().filter(|row| is_wanted(row)).cloned().collect()
    }

    /// What matching votes needs to know of an election.
    fn terms_of(&self, id: &str) -> Terms {
        let election = self.election(id);
        let method = election.map_or("", |election| election.voting_method.as_str());
        Terms {
            has_all_members: false,
            has_tokens: self.has_tokens && self.tokens.iter().any(|token| token.election_id == id),
            is_ranked: method == "ranked_choice",
            is_approval: method == "approval",
            allowed: election
                .map_or(1, |election| usize::try_from(election.max_votes_per_position.max(1)).unwrap_or(1)),
        }
    }
}

impl Case<'_> {
    /// Looks at all votes, or those of one election only, and answers for each election what they showed.
    fn look(&self, only: Option<usize>, job: &dyn Job) -> Result<Vec<Votes>, Error> {
        let (tables, log) = (self.tables, self.log);
        let facts: Vec<Facts<'_>> = self.elections.iter().map(|id| facts::gather(log, id)).collect();
        let mut terms = Vec::new();
        let mut plans: BTreeMap<i64, Plan<'_>> = BTreeMap::new();
        let users = tables.has_users.then_some(tables.users.as_slice());
        let tokens: Vec<Vec<Token>> =
            self.elections.iter().map(|id| Tables::of(&tables.tokens, |token| token.election_id == *id)).collect();
        let candidates: Vec<Vec<Candidate>> = self
            .elections
            .iter()
            .map(|id| Tables::of(&tables.candidates, |candidate| candidate.election_id == *id))
            .collect();
        for (index, id) in self.elections.iter().enumerate() {
            let election = tables.election(id);
            let (known_hashes, has_all_members) = reconcile::known_hashes(election, &tokens[index], users);
            terms.push(Terms { has_all_members, ..tables.terms_of(id) });
            let Some(term) = self.reader.term_number(id).filter(|_| only.is_none_or(|only| only == index)) else {
                continue;
            };
            let batches = tables.batches.iter().filter(|batch| batch.election_id == *id);
            let sources = Sources {
                index: u32::try_from(index).unwrap_or(u32::MAX),
                election,
                candidates: tables.has_candidates.then_some(candidates[index].as_slice()),
                tokens: &tokens[index],
                facts: &facts[index],
                known_hashes,
                members: users.map(|users| reconcile::members(election, Some(users)).into_iter().collect()),
                pending: batches
                    .clone()
                    .filter(|batch| batch.status == "pending")
                    .map(|batch| batch.id.as_str())
                    .collect(),
                batches: tables.has_batches.then(|| batches.map(|batch| batch.id.as_str()).collect()),
                log_begins_at: log.begins_at,
                is_log_complete: log.is_complete,
            };
            plans.insert(term, Plan::new(sources, self.reader));
        }
        let mut seen = pass::look(self.reader, &plans, self.signer, self.ties, job)?;
        job.begin("Comparing votes, entries and voters", None);
        let matched = ties::match_entries(self.ties, &terms, log.is_complete, log.begins_at.is_none())?;
        let voters = ties::compare_voters(self.ties, &terms)?;
        let same_dedup = ties::same_dedup(self.ties, terms.len())?;
        let addresses = ties::count_addresses(self.ties, terms.len())?;
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let found = matched.into_iter().zip(voters).zip(same_dedup.into_iter().zip(addresses));
        Ok(self
            .elections
            .iter()
            .zip(found)
            .map(|(id, ((matched, voters), (same_dedup, addresses)))| {
                let term = self.reader.term_number(id);
                let plan = term.and_then(|term| plans.get(&term));
                Votes {
                    seen: term.and_then(|term| seen.remove(&term)).unwrap_or_default(),
                    matched,
                    voters,
                    same_dedup,
                    addresses,
                    voted: plan.map(Plan::voted).unwrap_or_default(),
                    voted_contests: plan.map(Plan::voted_contests).unwrap_or_default(),
                }
            })
            .collect())
    }

    /// The count under the origin's rule.
    fn count(&self, election: &Election, candidates: &[Candidate], batches: &[Batch], votes: &Votes) -> Count {
        let active = self.tables.users.iter().filter(|user| user.status.as_deref() == Some("active")).count();
        let mut count = outcome::empty_count(election, candidates, batches, u64::try_from(active).unwrap_or(u64::MAX));
        let text = |term: u32| (term != u32::MAX).then(|| self.reader.term(i64::from(term)).to_owned());
        if election.voting_method != "ranked_choice" {
            let by_position = &votes.voters.counted_by_position;
            count.count_voters_apart(
                votes.voters.counted,
                by_position.iter().map(|(position, count)| (text(*position), *count)).collect(),
            );
        }
        for ((position, candidate), rows) in &votes.seen.rows {
            let position = position.map(|position| self.reader.term(position));
            count.add_rows(position, self.reader.term(*candidate), *rows);
        }
        for vote in &votes.seen.ballots {
            count.add(&vote.view());
        }
        count
    }

    /// Takes the voters of votes that may be counted another way into the count, where their number decides anything.
    fn watch_voters(&self, election: &Election, count: &mut Count, findings: &[Finding]) -> Result<(), Error> {
        let rules = count.rules();
        if rules.voting_method == "ranked_choice" || (rules.voting_method != "approval" && rules.quorum_type == "none")
        {
            return Ok(());
        }
        let judged = findings.iter().filter(|finding| finding.severity <= domain::Severity::Major);
        let numbers: BTreeSet<i64> = judged.flat_map(|finding| finding.votes.iter()).collect();
        let mut identities: BTreeMap<u128, String> = BTreeMap::new();
        for numbers in numbers.into_iter().collect::<Vec<_>>().chunks(4096) {
            for vote in self.reader.votes_by_number(numbers)? {
                let identity = if election.is_anonymous { vote.voter_hash } else { vote.voter_id };
                if let Some(identity) = identity.filter(|text| !text.is_empty()) {
                    identities.insert(self.ties.prints.of(&[&election.id, "voter", &identity]), identity);
                }
            }
        }
        let mut known = ties::counted_votes(self.ties, &identities.keys().copied().collect())?;
        for (key, identity) in identities {
            let votes = known.remove(&key).unwrap_or_default();
            let text = |term: u32| (term != u32::MAX).then(|| self.reader.term(i64::from(term)).to_owned());
            count.watch_voter(&identity, &votes.into_iter().map(|(term, count)| (text(term), count)).collect());
        }
        Ok(())
    }

    /// Names the votes of a finding, as many as are named one by one.
    fn name_votes(&self, finding: &mut Finding) -> Result<(), Error> {
        let mut numbers: Vec<i64> = std::mem::take(&mut finding.votes).iter().collect();
        numbers.sort_unstable();
        numbers.dedup();
        let listed = numbers.len().min(LISTED_ROWS);
        finding.unlisted += u64::try_from(numbers.len() - listed).unwrap_or(0);
        for vote in self.reader.votes_by_number(&numbers[..listed])? {
            finding.add(format!("vote:{}", vote.id), vote.place);
        }
        Ok(())
    }

    #[allow(clippy::too_many_lines, reason = "the steps of one audit in their order")]
    fn conclude(
        &self,
        index: usize,
        mut votes: Votes,
        conflicts: &mut BTreeMap<String, Finding>,
        limit: usize,
        job: &dyn Job,
    ) -> Result<(ElectionReport, OriginAnswers), Error> {
        let (tables, reader, id) = (self.tables, self.reader, self.elections[index].as_str());
        let election = tables.election(id);
        let mut candidates = Tables::of(&tables.candidates, |candidate| candidate.election_id == id);
        candidates.sort_by(|left, right| {
            (left.display_order, &left.created_at, &left.id).cmp(&(right.display_order, &right.created_at, &right.id))
        });
        let tokens = Tables::of(&tables.tokens, |token| token.election_id == id);
        let batches = Tables::of(&tables.batches, |batch| batch.election_id == id);
        let facts = facts::gather(self.log, id);
        let is_open = election.is_none_or(|election| election.status == "open");
        let total = votes.seen.votes.len();

        let clues = Clues {
            candidates: &candidates,
            recorded_at: &votes.matched.recorded_at,
            recorded_ids: self.log.recorded_ids.as_deref(),
        };
        let signatures = signatures::conclude(reader, &votes.seen, self.signer, &clues, job)?;
        let chain = chain::check(reader, &mut votes.seen, election, tables.has_votes, job)?;
        let integrity = if !signatures.lacks_key || signatures.has_origin_key || total == 0 {
            Some(self.origin_integrity(id, &votes.seen, &chain)?)
        } else {
            None
        };
        let mut findings = signatures.findings.clone();
        findings.extend(chain.findings.iter().cloned());
        let scope = reconcile::Scope {
            reader,
            seen: &votes.seen,
            matched: &votes.matched,
            voters: &votes.voters,
            same_dedup: &votes.same_dedup,
            voted: &votes.voted,
            voted_contests: &votes.voted_contests,
            election,
            candidates: tables.has_candidates.then_some(candidates.as_slice()),
            all_candidates: &tables.candidates,
            tokens: tables.has_tokens.then_some(tokens.as_slice()),
            batches: tables.has_batches.then_some(batches.as_slice()),
            attestations: &tables.attestations,
            log: self.log,
            facts: &facts,
            has_votes_table: tables.has_votes,
        };
        findings.extend(scope.findings()?);
        job.begin("Looking at times and addresses", None);
        let known = known::known(reader, id)?;
        let ground = anomalies::Ground {
            reader,
            ties: self.ties,
            election: u32::try_from(index).unwrap_or(u32::MAX),
            voters: &votes.voters,
            addresses: &votes.addresses,
            known: &known,
            choices: &votes.seen.choices,
            candidates: &candidates,
            tokens: &tokens,
            seed: seed(&reader.evidence()?.into_iter().map(|file| file.sha256).collect::<Vec<_>>(), id),
        };
        let (unusual, looked) = ground.check()?;
        findings.extend(unusual);
        findings.extend(self.own_conflicts(id, conflicts)?);

        let published = |name: &str| published::documents(&tables.documents[name], id);
        let can_count = election.is_some() && tables.has_candidates && (tables.has_votes || total > 0);
        let mut count =
            election.filter(|_| can_count).map(|election| self.count(election, &candidates, &batches, &votes));
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
        if tables.has_votes || total > 0 {
            for name in ["integrity", "forensics"] {
                published::integrity(
                    &published(name),
                    integrity.as_ref(),
                    &votes.seen,
                    tables.has_tokens.then_some(tokens.as_slice()),
                    is_open,
                    &mut findings,
                );
            }
        }
        if let (Some(count), Some(election)) = (&mut count, election) {
            self.watch_voters(election, count, &findings)?;
            let places = candidates.iter().map(|candidate| (candidate.id.as_str(), candidate.place)).collect();
            let ground = outcome::Ground { count, reader, originals: &signatures.original_candidate, places };
            for finding in &mut findings {
                ground.judge(finding)?;
            }
            ground.sensitivity(&mut findings);
        }
        let material = forensics::Material {
            reader,
            election_id: id,
            election,
            seen: &votes.seen,
            addresses: &votes.addresses,
            tokens: &tokens,
            listing: &self.log.listings[index],
            facts: &facts,
            integrity: integrity.as_ref(),
            limit,
        };
        let forensics = forensics::report(&material)?;
        let basis = claims::Basis {
            votes: total,
            election,
            signatures: &signatures,
            signer: self.signer,
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
            known: &known,
            looked,
            findings: &findings,
        };
        let claims = claims::claims(&basis);
        let verdict = judge::worst(&claims);
        let sentence = claims::sentence(&basis, verdict, count.as_ref());
        let mut integrity_answer =
            integrity.as_ref().map_or(Value::Null, |integrity| to_value(serde_json::to_value(integrity)));
        if let Some(members) = integrity_answer.as_object_mut() {
            members.insert("error".to_owned(), Value::Null);
        }
        for finding in &mut findings {
            self.name_votes(finding)?;
        }
        let reported = judge::reported(findings, claims::claim_of, self.path_of);
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
            ballot_chain: None,
            tally,
            findings: reported,
            sentence,
            exhibit,
            tables: Vec::new(),
        };
        Ok((report, OriginAnswers { integrity: integrity_answer, stats, results, forensics }))
    }

    /// R313 of this election's votes.
    fn own_conflicts(&self, id: &str, conflicts: &mut BTreeMap<String, Finding>) -> Result<Vec<Finding>, Error> {
        let mut own = Vec::new();
        for subject in conflicts.keys().cloned().collect::<Vec<_>>() {
            let Some(vote) = subject.strip_prefix("vote:") else { continue };
            if self.reader.vote_by_id(vote)?.is_some_and(|vote| vote.election_id == id) {
                own.extend(conflicts.remove(&subject));
            }
        }
        Ok(own)
    }

    /// Exactly what the origin's integrity check would answer.
    fn origin_integrity(&self, id: &str, seen: &Seen, chain: &chain::VoteChain) -> Result<VoteIntegrity, Error> {
        let mut ids = Vec::new();
        for numbers in seen.origin_tampered.iter().collect::<Vec<_>>().chunks(4096) {
            ids.extend(self.reader.votes_by_number(numbers)?.into_iter().map(|vote| vote.id));
        }
        let status = match (ids.len(), chain.origin_verified) {
            (1.., _) => "FAIL",
            (0, false) => "CHAIN_BROKEN",
            (0, true) => "PASS",
        };
        Ok(VoteIntegrity {
            election_id: id.to_owned(),
            total_votes: seen.active,
            valid_signatures: seen.origin_valid,
            unsigned_votes: seen.active_unsigned,
            tampered_votes: u64::try_from(ids.len()).unwrap_or(u64::MAX),
            tampered_vote_ids: ids,
            chain_verified: chain.origin_verified,
            chain_break_at: chain.origin_break_at.clone(),
            integrity_status: status.to_owned(),
        })
    }
}
