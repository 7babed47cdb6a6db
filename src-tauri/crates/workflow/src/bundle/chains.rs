//! The chains of hashes of a case, link by link, so that anybody can hash them again (`FORMAT.md`, "Chains").

use std::collections::{HashMap, HashSet};

use domain::report::ElectionReport;
use domain::vote::filled;
use domain::{AuditRecord, AuditSource, FileId, Instant, TableRow};
use importers::electra::rules as electra_rules;
use importers::logbook::rules as logbook_rules;
use importers::scrutineer::rows::{BallotRow, EntryRow};
use importers::scrutineer::rules as own_rules;
use importers::scrutineer::tables as own_tables;
use importers::{astra, electra};
use serde_json::{Value, json};
use sha2::{Digest, Sha256, Sha512};
use store::Reader;
use verification::vote_chain::{self, ChainRow, Link as Hash};

use super::stage::Stage;
use crate::Error;
use crate::audit::logbook::{chain_genesis, chain_rule};

/// Problems of a chain that are named one by one.
const NAMED: usize = 100;
/// Votes whose links are put in order in memory; a chain of more is left out, and `bundle.json` lacks it.
const MOST_VOTES: u64 = 5_000_000;

/// How the links of a chain are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Sha256,
    Sha512,
}

impl Algorithm {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
        }
    }

    pub(super) fn named(word: &str) -> Option<Self> {
        [Self::Sha256, Self::Sha512].into_iter().find(|algorithm| algorithm.word() == word)
    }

    fn hex(self, text: &str) -> String {
        match self {
            Self::Sha256 => domain::digest::encode_hex(&Sha256::digest(text)),
            Self::Sha512 => domain::digest::encode_hex(&Sha512::digest(text)),
        }
    }
}

/// One link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) key: String,
    pub(super) previous: String,
    pub(super) text: Option<String>,
    pub(super) hash: String,
}

/// Checks a chain link by link; writer and reader share it.
pub(super) struct Walk {
    algorithm: Algorithm,
    expected: Option<String>,
    pub(super) links: u64,
    /// Links without a text that could be hashed.
    pub(super) untold: u64,
    pub(super) breaks: u64,
    pub(super) problems: Vec<Value>,
}

impl Walk {
    pub(super) fn new(algorithm: Algorithm, genesis: Option<&str>) -> Self {
        let expected = genesis.map(str::to_owned);
        Self { algorithm, expected, links: 0, untold: 0, breaks: 0, problems: Vec::new() }
    }

    /// Looks at the next link.
    pub(super) fn take(&mut self, link: &Link) {
        self.links += 1;
        self.untold += u64::from(link.text.is_none());
        if link.text.as_ref().is_some_and(|text| self.algorithm.hex(text) != link.hash) {
            self.problem("hash");
        }
        if self.expected.as_ref().is_some_and(|expected| *expected != link.previous) {
            self.problem("link");
        }
        self.expected = Some(link.hash.clone());
    }

    fn problem(&mut self, kind: &str) {
        self.breaks += 1;
        if self.problems.len() < NAMED {
            self.problems.push(json!({"place": self.links, "kind": kind}));
        }
    }

    /// Hash of the last link.
    pub(super) fn head(&self) -> Option<&str> {
        self.expected.as_deref().filter(|_| self.links > 0)
    }
}

/// A chain to be written.
struct Chain {
    name: String,
    algorithm: Algorithm,
    genesis: Option<String>,
}

impl Chain {
    fn new(name: &str, algorithm: Algorithm, genesis: Option<String>) -> Self {
        Self { name: name.to_owned(), algorithm, genesis }
    }

    fn write(
        self,
        stage: &mut Stage,
        each: impl FnOnce(&mut dyn FnMut(Link) -> std::io::Result<()>) -> Result<(), Error>,
    ) -> Result<Value, Error> {
        let path = format!("chains/{}.jsonl", self.name);
        let mut walk = Walk::new(self.algorithm, self.genesis.as_deref());
        stage.write(&path, |out| {
            each(&mut |link| {
                walk.take(&link);
                let line = json!({
                    "place": walk.links, "key": link.key, "previous": link.previous, "text": link.text, "hash": link.hash,
                });
                writeln!(out, "{line}")
            })
        })?;
        Ok(json!({
            "path": path,
            "name": self.name,
            "algorithm": self.algorithm.word(),
            "genesis": self.genesis,
            "links": walk.links,
            "untold": walk.untold,
            "breaks": walk.breaks,
            "head": walk.head(),
            "problems": walk.problems,
        }))
    }
}

/// Writes a chain whose links are at hand, hashed with SHA-256 from 64 zeros on.
pub(super) fn of_links(stage: &mut Stage, name: &str, links: impl Iterator<Item = Link>) -> Result<Value, Error> {
    Chain::new(name, Algorithm::Sha256, Some("0".repeat(64))).write(stage, |take| {
        for link in links {
            take(link)?;
        }
        Ok(())
    })
}

/// Writes the chains of a case.
pub(super) fn write(reader: &Reader, stage: &mut Stage, election: &ElectionReport) -> Result<Vec<Value>, Error> {
    let mut chains = match election.system.as_str() {
        "logbook" => logbook(reader, stage, &election.election_id)?,
        "astra" => astra_ballots(reader, stage, &election.election_id)?,
        "electra" => electra_log(reader, stage)?,
        "scrutineer" => own(reader, stage, &election.election_id)?,
        _ => Vec::new(),
    };
    chains.sort_by(|left, right| left["path"].as_str().cmp(&right["path"].as_str()));
    Ok(chains)
}

fn logbook(reader: &Reader, stage: &mut Stage, election_id: &str) -> Result<Vec<Value>, Error> {
    let mut chains = Vec::new();
    let votes = reader.vote_counts()?.into_iter().find(|(id, ..)| id == election_id).map_or(0, |(_, votes, _)| votes);
    if (1..=MOST_VOTES).contains(&votes) {
        let mut rows = Vec::new();
        let last = reader.last_vote_number()?;
        reader.scan_votes((0, last), &mut |vote, _| {
            if vote.election_id == election_id
                && let Some(hash) = filled(vote.chain_hash)
            {
                rows.push(ChainRow {
                    number: vote.number,
                    time: vote.voted_at.and_then(Instant::parse).map_or(i64::MIN, Instant::seconds),
                    hash: Hash::of(hash),
                    signature: Hash::of(vote.vote_signature.unwrap_or_default()),
                });
            }
            true
        })?;
        if !rows.is_empty() {
            chains.push(vote_chain(reader, stage, rows)?);
        }
    }
    for source in [AuditSource::Table, AuditSource::Shipped, AuditSource::Archive] {
        if reader.audit_sources()?.iter().any(|(known, ..)| *known == source) {
            chains.push(audit_log(reader, stage, source)?);
        }
    }
    Ok(chains)
}

/// The votes in the order in which they link, runs one after another.
fn vote_chain(reader: &Reader, stage: &mut Stage, mut rows: Vec<ChainRow>) -> Result<Value, Error> {
    rows.sort_by_key(|row| (row.time, row.number));
    let genesis = chain_genesis();
    let order: Vec<i64> = {
        let walk = vote_chain::join(vote_chain::segments(rows.clone(), &genesis, &chain_rule), &genesis, &chain_rule);
        walk.chains.iter().flat_map(|numbers| numbers.iter().collect::<Vec<_>>()).collect()
    };
    rows.sort_by_key(|row| row.number);
    let chain = Chain::new("votes", Algorithm::Sha256, Some(genesis.text()));
    chain.write(stage, |add| {
        let mut previous = genesis.text();
        for block in order.chunks(4096) {
            for vote in reader.votes_by_number(block)? {
                let Ok(at) = rows.binary_search_by_key(&vote.number, |row| row.number) else { continue };
                let hash = rows[at].hash.text();
                let text = format!("{previous}:{}", rows[at].signature.text());
                add(Link { key: vote.id, previous: previous.clone(), text: Some(text), hash: hash.clone() })?;
                previous = hash;
            }
        }
        Ok(())
    })
}

fn audit_log(reader: &Reader, stage: &mut Stage, source: AuditSource) -> Result<Value, Error> {
    let name = match source {
        AuditSource::Shipped => "audit_log_shipped",
        AuditSource::Archive => "audit_log_archived",
        _ => "audit_log",
    };
    Chain::new(name, Algorithm::Sha256, None).write(stage, |add| {
        let mut failure = None;
        reader.scan_audit((i64::MIN, i64::MAX), &mut |_, entry| {
            if entry.source == source {
                failure = add(audit_link(&entry)).err();
            }
            failure.is_none()
        })?;
        failure.map_or(Ok(()), |error| Err(error.into()))
    })
}

/// Entries under a key have no text here: nobody without the key can hash it.
fn audit_link(entry: &AuditRecord) -> Link {
    let version = logbook_rules::audit_version(entry);
    let hash = entry.current_hash.clone().unwrap_or_default();
    let text = (version == logbook_rules::AuditVersion::V1).then(|| {
        let texts = [logbook_rules::audit_text(entry, version), logbook_rules::legacy_audit_text(entry)];
        let fitting = texts.iter().flatten().find(|text| logbook_rules::sha256_hex(text) == hash).cloned();
        fitting.or_else(|| texts.into_iter().flatten().next())
    });
    Link {
        key: entry.id.to_string(),
        previous: entry.previous_hash.clone().unwrap_or_default(),
        text: text.flatten(),
        hash,
    }
}

fn astra_ballots(reader: &Reader, stage: &mut Stage, election_id: &str) -> Result<Vec<Value>, Error> {
    let mut chains = Vec::new();
    for run in reader.ballot_runs()? {
        if run.election.as_ref().is_some_and(|named| named != election_id) {
            continue;
        }
        let mut links: Vec<Option<Link>> = Vec::new();
        reader.scan_ballots((run.first - 1, run.last), &mut |ballot| {
            if ballot.election_id == run.election && ballot.place.is_some_and(|place| place.file == run.file) {
                let previous = ballot.previous_chain_hash.unwrap_or_default();
                let hash = ballot.ballot_hash.unwrap_or_default();
                links.push(Some(Link {
                    text: Some(format!("{previous}:{hash}")),
                    key: hash,
                    previous,
                    hash: ballot.chain_hash.unwrap_or_default(),
                }));
            }
            true
        })?;
        let starts = [astra::rules::genesis(election_id), astra::rules::LEGACY_GENESIS.to_owned()];
        let genesis = starts.into_iter().find(|start| links.iter().flatten().any(|link| link.previous == *start));
        let name = if chains.is_empty() { "ballots".to_owned() } else { format!("ballots_{}", chains.len() + 1) };
        let order = order_of_links(&links, genesis.as_deref());
        chains.push(Chain::new(&name, Algorithm::Sha256, genesis).write(stage, |add| {
            order.into_iter().try_for_each(|at| links[at].take().map_or(Ok(()), &mut *add))?;
            Ok(())
        })?);
    }
    Ok(chains)
}

/// Rows as they link; those that are not reached follow in the order of the export.
fn order_of_links(links: &[Option<Link>], genesis: Option<&str>) -> Vec<usize> {
    let mut followers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, link) in links.iter().enumerate().rev() {
        if let Some(link) = link {
            followers.entry(&link.previous).or_default().push(at);
        }
    }
    let mut order = Vec::with_capacity(links.len());
    let mut taken = HashSet::new();
    let mut starts = (0..links.len()).peekable();
    let mut last = genesis;
    loop {
        let next = last.and_then(|hash| followers.get_mut(hash)?.pop()).filter(|at| taken.insert(*at));
        let Some(at) = next.or_else(|| starts.find(|at| taken.insert(*at))) else { break };
        order.push(at);
        last = links[at].as_ref().map(|link| link.hash.as_str());
    }
    order
}

fn electra_log(reader: &Reader, stage: &mut Stage) -> Result<Vec<Value>, Error> {
    let rows = reader.rows(electra::tables::AUDIT_LOG)?;
    let mut entries: Vec<electra::rows::Entry> = rows.iter().filter_map(electra::rows::Entry::from_row).collect();
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    entries.sort_by_key(|entry| entry.chain_position);
    let chain = Chain::new("audit_log", Algorithm::Sha512, None).write(stage, |add| {
        for entry in entries {
            let around = electra_rules::content_text(&entry);
            let time = electra_rules::signed_time(&entry.timestamp.text);
            let text = time.map(|time| around.with(&time));
            let fits = text.as_ref().is_some_and(|text| Algorithm::Sha512.hex(text) == entry.content_hash);
            // A time that lost its digits in the export cannot be hashed again.
            let is_cut = electra_rules::may_lack_micros(&entry.timestamp.text);
            add(Link {
                key: entry.chain_position.to_string(),
                previous: entry.previous_hash,
                text: text.filter(|_| fits || !is_cut),
                hash: entry.content_hash,
            })?;
        }
        Ok(())
    })?;
    Ok(vec![chain])
}

/// Files of an election that was run with this program, by the document in them.
fn files_of(reader: &Reader, table: &str, election_id: &str) -> Result<HashSet<FileId>, Error> {
    let is_its = |row: &TableRow| {
        let text = row.fields.iter().find_map(|(_, value)| value.as_deref()).unwrap_or_default();
        serde_json::from_str::<Value>(text).is_ok_and(|document| document["election_id"] == election_id)
    };
    Ok(reader.rows(table)?.iter().filter(|row| is_its(row)).map(|row| row.place.file).collect())
}

fn own(reader: &Reader, stage: &mut Stage, election_id: &str) -> Result<Vec<Value>, Error> {
    let ballots_in = files_of(reader, own_tables::BALLOTS_FILE, election_id)?;
    let entries_in = files_of(reader, own_tables::AUDIT_FILE, election_id)?;
    let genesis = own_rules::genesis(election_id).to_hex();
    let ballots = Chain::new("ballots", Algorithm::Sha256, Some(genesis)).write(stage, |add| {
        let mut failure = None;
        reader.scan_rows(own_tables::BALLOTS, &mut |row| {
            if !ballots_in.contains(&row.place.file) {
                return true;
            }
            let ballot = BallotRow::from_row(&row);
            let text = format!("{}:{}", ballot.previous, ballot.hash);
            let link = Link { key: ballot.hash, previous: ballot.previous, text: Some(text), hash: ballot.chain };
            failure = add(link).err();
            failure.is_none()
        })?;
        failure.map_or(Ok(()), |error| Err(error.into()))
    })?;
    let entries = Chain::new("audit", Algorithm::Sha256, None).write(stage, |add| {
        for row in reader.rows(own_tables::ENTRIES)?.into_iter().filter(|row| entries_in.contains(&row.place.file)) {
            let entry = EntryRow::from_row(&row);
            let number = entry.number.unwrap_or(0);
            let text = entry.content.map(|content| {
                own_rules::entry_text(
                    number,
                    &content.at,
                    &content.actor,
                    &content.act,
                    &content.detail,
                    &entry.previous,
                )
            });
            add(Link { key: number.to_string(), previous: entry.previous, text, hash: entry.hash })?;
        }
        Ok(())
    })?;
    Ok(vec![ballots, entries])
}
