//! The audit log of a Logbook installation: the chain, its archives and checkpoints, and what its entries say per election.
//!
//! Entries are read in blocks of the origin's numbers, on all threads. What stays in memory are the events that change an
//! election; that a vote was cast goes onto the piles, where it is matched with the vote.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::finding::LISTED_ROWS;
use domain::report::AuditChain;
use domain::{AuditRecord, AuditSource, Finding, FindingCode, Instant, Job, KeyRing, Place};
use importers::json::Json;
use importers::logbook::events::{self, Event};
use importers::logbook::rows::Checkpoint;
use importers::logbook::rules::{self, AuditVersion};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use store::Reader;
use verification::audit_chain::{self, AuditLink, Boundaries, Summary};
use verification::{Fingerprints, KeyedHash, Slip};

use super::pass::{Ties, kind, mark};
use super::signatures::MAX_IDS;
use crate::Error;

/// Missing numbers of one gap that are named one by one.
const NAMED_GAP: i64 = 10_000;
/// Entries before this instant may have been hashed over microseconds that were not stored.
const DRIFTING_UNTIL: &str = "2026-07-08 00:00:00";
/// Entries of a block.
const BLOCK: usize = 16_384;
/// Blocks in work at a time, for each thread.
const WAVE: usize = 4;
/// Entries that the origin's report lists.
pub(crate) const ORIGIN_ENTRIES: usize = 200;
/// Breaks around which they are searched.
const EXCHANGE_BREAKS: usize = 5000;
/// How far around a break entries that exchanged their places are searched.
const EXCHANGE_REACH: usize = 300;

/// One entry with its content read.
pub(crate) struct Entry {
    /// As stored.
    pub(crate) record: AuditRecord,
    /// What it says.
    pub(crate) event: Event,
    /// When.
    pub(crate) at: Option<Instant>,
    /// The election that it names.
    pub(crate) election_id: Option<String>,
}

/// What is kept of all entries that speak of an election.
#[derive(Default)]
pub(crate) struct Listing {
    /// How many there are.
    pub(crate) total: usize,
    /// The newest that the origin would list, newest first.
    pub(crate) newest: Vec<AuditRecord>,
    /// The oldest, up to the limit asked for, oldest first.
    pub(crate) oldest: Vec<AuditRecord>,
    actors: HashSet<u64>,
}

impl Listing {
    /// Different persons who acted.
    pub(crate) fn actors(&self) -> usize {
        self.actors.len()
    }

    fn append(&mut self, other: Self, limit: usize) {
        self.total += other.total;
        self.newest.extend(other.newest);
        // Newest first; entries of one second stand as they were written.
        self.newest.sort_by_key(|entry| (std::cmp::Reverse(events::time_of(entry)), entry.id));
        self.newest.truncate(ORIGIN_ENTRIES);
        self.oldest.extend(other.oldest);
        self.oldest.sort_by_key(|entry| (events::time_of(entry), entry.id));
        self.oldest.truncate(limit);
        self.actors.extend(other.actors);
    }
}

/// The whole log.
pub(crate) struct Log {
    /// Entries that say more than that a vote was cast, by number, the fullest copy of each.
    pub(crate) entries: Vec<Entry>,
    /// Ballots of several votes, by election: when and how many votes.
    pub(crate) submissions: BTreeMap<String, Vec<(Option<Instant>, i64)>>,
    /// What reports list, by election.
    pub(crate) listings: Vec<Listing>,
    /// Ids of votes that entries name, where they are few.
    pub(crate) recorded_ids: Option<Vec<String>>,
    /// The origin's own answer; `None` where it cannot be known (no log, or no key for keyed entries).
    pub(crate) chain: Option<AuditChain>,
    /// Whether the log is a table dump or shipped lines, so that absence of an entry means something.
    pub(crate) is_complete: bool,
    /// True where all entries verify and carry a key.
    pub(crate) is_proved: bool,
    /// True where nothing could be checked for want of a key.
    pub(crate) lacks_key: bool,
    /// Entries before this instant are archived and not in the export.
    pub(crate) begins_at: Option<Instant>,
    /// Numbers of entries that are known to be missing.
    pub(crate) missing: u64,
    /// Entries checked.
    pub(crate) checked: u64,
    /// Entries that failed.
    pub(crate) failed: u64,
    /// Word on the key that fits, never its value.
    pub(crate) key_origin: Option<String>,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

impl Log {
    /// Entries of one election, in order of their numbers.
    pub(crate) fn of<'a>(&'a self, election_id: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| entry.election_id.as_deref() == Some(election_id))
    }
}

pub(crate) fn subject(id: i64) -> String {
    format!("audit:{id}")
}

/// Keys in the order in which the origin would take them.
pub(crate) fn audit_keys(keys: &KeyRing) -> &[domain::SigningKey] {
    let own = keys.get("AUDIT_LOG_SIGNING_KEY");
    if own.is_empty() { keys.get("SECRET_KEY") } else { own }
}

/// The key that the hash fits; 0 for a hash without key that fits.
fn fitting_key(
    entry: &AuditRecord,
    version: AuditVersion,
    keys: &[KeyedHash],
    data: Option<Option<&Json>>,
) -> Option<usize> {
    let text = rules::audit_text_of(entry, version, data)?;
    let current = entry.current_hash.as_deref()?;
    match version {
        AuditVersion::V1 => (rules::sha256_hex(&text) == current).then_some(0),
        AuditVersion::V2 | AuditVersion::V3 => {
            let expected = verification::keyed::signature_bytes(current)?;
            keys.iter().position(|key| key.fits(text.as_bytes(), &expected))
        }
    }
}

/// The chain of one kind of export, with what is not the chain's own.
#[derive(Default)]
struct Chain {
    summary: Summary,
    /// When the first entry was written.
    begins_at: Option<Instant>,
    /// Unkeyed entries whose hash does not fit: number, whether an older form fits, whether it is old enough for drift.
    unfit_old: Vec<(i64, bool, bool)>,
    keys_used: BTreeSet<usize>,
}

impl Chain {
    fn add(&mut self, entry: &AuditRecord, fits: Option<usize>, drifting_until: Option<Instant>) {
        let version = entry.hash_version.unwrap_or(1).max(1);
        if self.summary.first.is_none() {
            self.begins_at = events::time_of(entry);
        }
        if version >= 2 {
            self.keys_used.extend(fits);
        } else if fits.is_none() {
            let is_literal = rules::legacy_audit_text(entry)
                .is_some_and(|text| Some(rules::sha256_hex(&text).as_str()) == entry.current_hash.as_deref());
            self.unfit_old.push((entry.id, is_literal, events::time_of(entry) < drifting_until));
        }
        self.summary.add(link_of(entry, fits.is_some()));
    }

    fn append(&mut self, mut later: Self) {
        if self.summary.first.is_none() {
            self.begins_at = later.begins_at;
        }
        self.summary.append(later.summary);
        self.unfit_old.append(&mut later.unfit_old);
        self.keys_used.append(&mut later.keys_used);
    }
}

fn link_of(entry: &AuditRecord, hash_fits: bool) -> AuditLink {
    AuditLink {
        id: entry.id,
        version: entry.hash_version.unwrap_or(1).max(1),
        previous: entry.previous_hash.clone().unwrap_or_default(),
        current: entry.current_hash.clone().unwrap_or_default(),
        hash_fits,
    }
}

/// What one block of entries showed.
#[derive(Default)]
struct Block {
    live: Chain,
    archived: Chain,
    entries: Vec<Entry>,
    submissions: BTreeMap<String, Vec<(Option<Instant>, i64)>>,
    listings: Vec<Listing>,
    recorded_ids: Vec<String>,
    unhashed: Vec<(i64, Place, String)>,
    names: BTreeMap<u64, u64>,
    /// Users that stand under several names, by their key.
    several: HashSet<u64>,
    /// Entries that are neither in the table nor archived.
    foreign: Vec<(i64, Place)>,
    exported: u64,
    exported_unfit: Vec<(i64, Place)>,
}

/// What a block is looked at with.
struct Lens<'a> {
    live_source: Option<AuditSource>,
    keys: &'a [KeyedHash],
    organizations: &'a BTreeSet<String>,
    elections: &'a [String],
    index_of: HashMap<&'a str, u32>,
    ties: &'a Ties,
    limit: usize,
    drifting_until: Option<Instant>,
}

/// Checks the log. `elections` are the ids in the order in which slips name them; `limit` is how many entries of an election
/// are kept for reports.
pub(crate) fn check(
    reader: &Reader,
    keys: &KeyRing,
    organizations: &BTreeSet<String>,
    elections: &[String],
    ties: &Ties,
    limit: usize,
    job: &dyn Job,
) -> Result<Log, Error> {
    let sources = reader.audit_sources()?;
    let total: u64 = sources.iter().map(|(_, count, ..)| count).sum();
    job.begin("Checking the audit log", Some(total));
    let checkpoints: Vec<Checkpoint> = reader.rows("audit_log_checkpoints")?.iter().map(Checkpoint::from_row).collect();
    let signing = audit_keys(keys);
    let prepared: Vec<KeyedHash> = signing.iter().map(KeyedHash::of).collect();
    let has = |source: AuditSource| sources.iter().any(|(known, ..)| *known == source);
    let live_source = [AuditSource::Table, AuditSource::Shipped].into_iter().find(|source| has(*source));
    let lens = Lens {
        live_source,
        keys: &prepared,
        organizations,
        elections,
        index_of: elections.iter().map(String::as_str).zip(0..).collect(),
        ties,
        limit,
        drifting_until: Instant::parse(DRIFTING_UNTIL),
    };
    let mut all = Block::default();
    all.listings.resize_with(elections.len(), Listing::default);
    in_blocks(reader, job, |reader, range| lens.look(reader, range), |block| all.append(block, limit))?;

    let mut log = Log {
        entries: std::mem::take(&mut all.entries),
        submissions: std::mem::take(&mut all.submissions),
        listings: std::mem::take(&mut all.listings),
        recorded_ids: None,
        chain: None,
        is_complete: live_source.is_some(),
        is_proved: false,
        lacks_key: false,
        begins_at: None,
        missing: 0,
        checked: 0,
        failed: 0,
        key_origin: None,
        findings: Vec::new(),
    };
    all.recorded_ids.sort();
    all.recorded_ids.dedup();
    log.recorded_ids = (all.recorded_ids.len() <= MAX_IDS).then(|| std::mem::take(&mut all.recorded_ids));
    if let Some(live_source) = live_source {
        check_live(&mut log, reader, &all, &checkpoints, &prepared, keys, live_source)?;
        let fitting = all.live.keys_used.first().and_then(|index| signing.get(*index));
        log.key_origin = fitting.map(|key| key.origin().to_owned());
        if !all.several.is_empty() {
            // Rare enough for a second look, now that it is known who is meant.
            all.unhashed.clear();
            let users = |user: &str| all.several.contains(&ties.prints.short(user));
            let mut unhashed = Vec::new();
            in_blocks(
                reader,
                &domain::Unwatched,
                |reader, range| {
                    let mut found = Vec::new();
                    reader.scan_audit(range, &mut |_, entry| {
                        if entry.source == live_source {
                            let data = entry.event_data.as_deref().and_then(events::data_of);
                            found.extend(unhashed_fields(&entry, data.as_ref(), &users));
                        }
                        true
                    })?;
                    Ok(found)
                },
                |found: Vec<(i64, Place, String)>| unhashed.extend(found),
            )?;
            all.unhashed = unhashed;
        }
        if !all.unhashed.is_empty() {
            let mut finding = Finding::new(FindingCode::UnhashedFieldDiffers, String::new());
            let mut sentences = BTreeMap::new();
            for (id, place, sentence) in &all.unhashed {
                finding.add(subject(*id), Some(*place));
                sentences.insert(*id, sentence.clone());
            }
            finding.detail = sentences.into_values().take(1000).collect::<Vec<_>>().join("; ") + ".";
            log.findings.push(finding);
        }
        if live_source == AuditSource::Table {
            check_shipped(&mut log, &all);
        }
    }
    log.checked += all.exported;
    log.failed += u64::try_from(all.exported_unfit.len()).unwrap_or(u64::MAX);
    if !all.exported_unfit.is_empty() {
        let mut finding = Finding::new(
            FindingCode::HashMismatch,
            "Exported audit entries do not match their hash under any organization and version known.",
        );
        for (id, place) in &all.exported_unfit {
            finding.add(subject(*id), Some(*place));
        }
        log.findings.push(finding);
    }
    Ok(log)
}

/// Hands the entries out in blocks to all threads, and what they make of them back in order.
fn in_blocks<P: Send>(
    reader: &Reader,
    job: &dyn Job,
    look: impl Fn(&Reader, (i64, i64)) -> Result<P, Error> + Sync,
    mut take: impl FnMut(P),
) -> Result<(), Error> {
    let readers = reader.others();
    for ranges in reader.audit_blocks(BLOCK)?.chunks(WAVE * rayon::current_num_threads().max(1)) {
        let blocks: Vec<P> = ranges
            .par_iter()
            .map(|range| {
                let block = readers.lend(|reader| look(reader, *range))?;
                job.advance(u64::try_from(BLOCK).unwrap_or(0));
                Ok(block)
            })
            .collect::<Result<_, Error>>()?;
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        blocks.into_iter().for_each(&mut take);
    }
    Ok(())
}

impl Lens<'_> {
    fn look(&self, reader: &Reader, range: (i64, i64)) -> Result<Block, Error> {
        let mut block = Block::default();
        block.listings.resize_with(self.elections.len(), Listing::default);
        let mut slips: Vec<Slip> = Vec::new();
        let mut listed: Vec<(AuditRecord, Vec<usize>, bool)> = Vec::new();
        // Entries of one number stand together: the fullest copy tells whether the others are known.
        let mut known: Option<i64> = None;
        reader.scan_audit(range, &mut |number, entry| {
            let raw = entry.event_data.as_deref().map(Json::parse);
            let is_live = Some(entry.source) == self.live_source;
            let is_archived = entry.source == AuditSource::Archive;
            if is_live || is_archived {
                let version = rules::audit_version(&entry);
                let fits = fitting_key(&entry, version, self.keys, raw.as_ref().map(Option::as_ref));
                let chain = if is_live { &mut block.live } else { &mut block.archived };
                chain.add(&entry, fits, self.drifting_until);
            }
            if matches!(entry.source, AuditSource::Table | AuditSource::Archive) {
                known = Some(entry.id);
            } else if known != Some(entry.id) {
                block.foreign.push((entry.id, entry.place));
            }
            if entry.source == AuditSource::Export {
                self.look_at_export(&entry, &mut block);
            }
            let data = raw.flatten().and_then(events::opened);
            if is_live {
                block.unhashed.extend(unhashed_fields(&entry, data.as_ref(), &|_| false));
                block.add_name(&entry, &self.ties.prints);
            }
            self.keep(number, entry, data.as_ref(), &mut block, &mut slips, &mut listed);
            true
        })?;
        self.ties.by_id.add(&slips)?;
        self.list(listed, &mut block);
        Ok(block)
    }

    fn look_at_export(&self, entry: &AuditRecord, block: &mut Block) {
        block.exported += 1;
        if self.keys.is_empty() || self.organizations.is_empty() {
            return;
        }
        let data = entry.event_data.as_deref().map(Json::parse);
        let fits = self.organizations.iter().map(Some).chain([None]).any(|organization| {
            let entry = AuditRecord { organization_id: organization.cloned(), ..entry.clone() };
            [AuditVersion::V3, AuditVersion::V2, AuditVersion::V1]
                .into_iter()
                .any(|version| fitting_key(&entry, version, self.keys, data.as_ref().map(Option::as_ref)).is_some())
        });
        if !fits {
            block.exported_unfit.push((entry.id, entry.place));
        }
    }

    /// Keeps what is needed of an entry: events that say something, votes as slips, the rest for lists.
    fn keep(
        &self,
        number: i64,
        entry: AuditRecord,
        data: Option<&Json>,
        block: &mut Block,
        slips: &mut Vec<Slip>,
        listed: &mut Vec<(AuditRecord, Vec<usize>, bool)>,
    ) {
        let event = events::event_of(&entry, data);
        let at = events::time_of(&entry);
        let election_id = events::election_of(data);
        let own = election_id.as_deref().and_then(|id| self.index_of.get(id)).copied();
        let text = entry.event_data.as_deref().unwrap_or_default();
        let mut speaks_of: Vec<usize> = own.and_then(|own| usize::try_from(own).ok()).into_iter().collect();
        if !matches!(event, Event::VoteCast { .. } | Event::BallotSubmitted { .. }) {
            let others = self.elections.iter().enumerate().filter(|(_, id)| text.contains(id.as_str()));
            speaks_of.extend(others.map(|(index, _)| index));
            speaks_of.sort_unstable();
            speaks_of.dedup();
        }
        if !speaks_of.is_empty() {
            listed.push((entry.clone(), speaks_of.clone(), own.is_some()));
        }
        match event {
            Event::VoteCast { vote_id, by_token, .. } => {
                let named = if entry.user_id.is_some() { mark::NAMES_USER } else { 0 };
                slips.push(Slip {
                    key: self.ties.prints.of(&[&vote_id]),
                    kind: kind::ENTRY,
                    order: entry.id,
                    number,
                    time: at.map_or(i64::MIN, Instant::seconds),
                    marks: [own.unwrap_or(u32::MAX), 0, 0, 0],
                    flags: named | if by_token { mark::BY_TOKEN } else { 0 },
                    tag: 0,
                });
                if block.recorded_ids.len() <= MAX_IDS {
                    block.recorded_ids.push(vote_id);
                }
            }
            Event::BallotSubmitted { votes } => {
                if let Some(election_id) = election_id {
                    block.submissions.entry(election_id).or_default().push((at, votes));
                }
            }
            Event::Other if speaks_of.is_empty() => {}
            event => block.entries.push(Entry { record: entry, event, at, election_id }),
        }
    }

    fn list(&self, mut listed: Vec<(AuditRecord, Vec<usize>, bool)>, block: &mut Block) {
        let own_of = |entry: &AuditRecord| {
            let data = entry.event_data.as_deref().and_then(events::data_of);
            events::election_of(data.as_ref())
        };
        for (entry, elections, _) in &listed {
            for index in elections {
                let listing = &mut block.listings[*index];
                listing.total += 1;
                listing.actors.extend(entry.user_id.as_deref().map(|user| self.ties.prints.short(user)));
            }
        }
        listed.sort_by_key(|(entry, ..)| (events::time_of(entry), entry.id));
        for (entry, elections, _) in &listed {
            for index in elections {
                let oldest = &mut block.listings[*index].oldest;
                if oldest.len() < self.limit {
                    oldest.push(entry.clone());
                }
            }
        }
        listed.sort_by_key(|(entry, ..)| (std::cmp::Reverse(events::time_of(entry)), entry.id));
        for (entry, elections, has_own) in &listed {
            let is_of_module = entry.event_category.as_deref().is_none_or(|category| category == events::CATEGORY);
            for index in elections.iter().filter(|_| *has_own && is_of_module) {
                let newest = &mut block.listings[*index].newest;
                if newest.len() < ORIGIN_ENTRIES && own_of(entry).as_deref() == Some(self.elections[*index].as_str()) {
                    newest.push(entry.clone());
                }
            }
        }
    }
}

impl Block {
    fn add_name(&mut self, entry: &AuditRecord, prints: &Fingerprints) {
        if let (Some(user), Some(name)) = (entry.user_id.as_deref(), entry.username.as_deref()) {
            let name = prints.short(name);
            if *self.names.entry(prints.short(user)).or_insert(name) != name {
                self.several.insert(prints.short(user));
            }
        }
    }

    fn append(&mut self, mut later: Self, limit: usize) {
        self.live.append(later.live);
        self.archived.append(later.archived);
        self.entries.append(&mut later.entries);
        for (election, more) in later.submissions {
            self.submissions.entry(election).or_default().extend(more);
        }
        for (listing, more) in self.listings.iter_mut().zip(later.listings) {
            if more.total > 0 {
                listing.append(more, limit);
            }
        }
        if self.recorded_ids.len() <= MAX_IDS {
            self.recorded_ids.append(&mut later.recorded_ids);
        }
        self.unhashed.append(&mut later.unhashed);
        for (user, name) in later.names {
            if *self.names.entry(user).or_insert(name) != name {
                self.several.insert(user);
            }
        }
        self.several.extend(later.several);
        self.foreign.append(&mut later.foreign);
        self.exported += later.exported;
        self.exported_unfit.append(&mut later.exported_unfit);
    }
}

/// C210: severity, category and actor's name are not hashed; the event type implies them.
fn unhashed_fields(
    entry: &AuditRecord,
    data: Option<&Json>,
    has_several_names: &dyn Fn(&str) -> bool,
) -> Option<(i64, Place, String)> {
    let expected = events::expected_severities(entry, data);
    if expected.is_empty() {
        return None;
    }
    let mut fields = Vec::new();
    if let Some(severity) = entry.severity.as_deref()
        && !expected.contains(&severity)
    {
        fields.push(format!("severity is {severity}, expected {}", expected.join(" or ")));
    }
    if let Some(category) = entry.event_category.as_deref()
        && category != events::CATEGORY
    {
        fields.push(format!("category is {category}, expected {}", events::CATEGORY));
    }
    if entry.user_id.is_none() && entry.username.is_some() {
        fields.push("a user name without a user".to_owned());
    }
    if entry.user_id.as_deref().is_some_and(has_several_names) {
        fields.push("the same user under several names".to_owned());
    }
    (!fields.is_empty())
        .then(|| (entry.id, entry.place, format!("entry {} ({}): {}", entry.id, entry.event_type, fields.join(", "))))
}

/// R313: an entry that was shipped but is neither in the table nor archived.
fn check_shipped(log: &mut Log, all: &Block) {
    let (Some(first), Some(last)) = (&all.live.summary.first, &all.live.summary.last) else { return };
    let mut finding = Finding::new(FindingCode::UnexplainedDifference, String::new());
    for (id, place) in &all.foreign {
        // Before the first entry an archive may have taken it; behind the last it came after the dump.
        let is_within = *id >= first.id && *id <= last.id;
        let is_head = *id < first.id && first.previous != rules::AUDIT_GENESIS && all.archived.summary.count == 0;
        if is_within || is_head {
            finding.add(subject(*id), Some(*place));
        }
    }
    if !finding.subjects.is_empty() {
        finding.detail = format!(
            "Entries that were shipped, exported or listed and are absent from the table: {}.",
            finding.subjects.len()
        );
        log.findings.push(finding);
    }
}

/// Entries of the live log and links that do not hold, which needs no key; `None` where there is no log.
pub(crate) fn links(reader: &Reader) -> Result<Option<(u64, usize)>, Error> {
    let sources = reader.audit_sources()?;
    let live = sources.iter().find(|(source, ..)| matches!(source, AuditSource::Table | AuditSource::Shipped));
    let Some((live, count, ..)) = live.copied() else { return Ok(None) };
    let mut chain = Chain::default();
    in_blocks(
        reader,
        &domain::Unwatched,
        |reader, range| {
            let mut chain = Chain::default();
            reader.scan_audit(range, &mut |_, entry| {
                if entry.source == live {
                    chain.add(&entry, Some(0), None);
                }
                true
            })?;
            Ok(chain)
        },
        |later| chain.append(later),
    )?;
    Ok(Some((count, chain.summary.breaks.len())))
}

#[allow(clippy::too_many_lines, reason = "one walk over one chain; the steps share its intermediate lists")]
fn check_live(
    log: &mut Log,
    reader: &Reader,
    all: &Block,
    checkpoints: &[Checkpoint],
    keys: &[KeyedHash],
    ring: &KeyRing,
    live_source: AuditSource,
) -> Result<(), Error> {
    let live = &all.live.summary;
    let legacy_max_id = ring.setting("AUDIT_LOG_LEGACY_MAX_ID").and_then(|text| text.parse().ok()).unwrap_or(0);
    let attestation_fits = |checkpoint: &Checkpoint| {
        let text = rules::attestation_text(
            checkpoint.first_log_id,
            checkpoint.last_log_id,
            checkpoint.last_log_hash.as_deref().unwrap_or_default(),
        );
        checkpoint
            .archive_attestation
            .as_deref()
            .and_then(verification::keyed::signature_bytes)
            .is_some_and(|expected| keys.iter().any(|key| key.fits(text.as_bytes(), &expected)))
    };
    let boundaries = Boundaries {
        genesis: rules::AUDIT_GENESIS.to_owned(),
        attested: checkpoints
            .iter()
            .filter(|checkpoint| checkpoint.is_archived && attestation_fits(checkpoint))
            .filter_map(|checkpoint| Some((checkpoint.last_log_id, checkpoint.last_log_hash.clone()?)))
            .collect(),
        legacy_max_id,
        checkpoint_last_id: checkpoints
            .iter()
            .filter(|checkpoint| !checkpoint.is_archived)
            .max_by_key(|checkpoint| checkpoint.last_log_id)
            .map(|checkpoint| checkpoint.last_log_id),
    };
    let (keyed_total, keyed_fit) = live.keyed;
    let has_keyed = keyed_total > 0;
    log.checked = live.count;
    log.lacks_key = has_keyed && keys.is_empty();
    // A wrong key fits nothing at all; then single entries must not be accused.
    let is_wrong_key = !keys.is_empty() && keyed_total >= 5 && keyed_fit == 0;
    if log.lacks_key || is_wrong_key {
        let detail = if is_wrong_key {
            format!(
                "None of the {keyed_total} keyed audit entries fits the key given: it is most likely not the key of this installation."
            )
        } else {
            format!("{keyed_total} audit entries carry a keyed hash, and no AUDIT_LOG_SIGNING_KEY was given.")
        };
        let mut finding = Finding::new(FindingCode::KeyMissing, detail);
        finding.add("audit-log".to_owned(), None);
        log.findings.push(finding);
        log.lacks_key = true;
    }
    if !(has_keyed && keys.is_empty()) {
        log.chain = Some(live.origin_answer(&boundaries));
    }

    let mut bad: BTreeSet<i64> = BTreeSet::new();
    let about = |finding: &mut Finding, id: i64| finding.add(subject(id), place_of(reader, id, live_source));

    // Hashes.
    let (old_total, old_fit) = live.unkeyed;
    let old: HashMap<i64, (bool, bool)> =
        all.live.unfit_old.iter().map(|(id, is_literal, is_old)| (*id, (*is_literal, *is_old))).collect();
    let mut altered = Vec::new();
    let mut legacy = 0usize;
    for id in live.unfit.iter() {
        match old.get(&id) {
            None if log.lacks_key => {}
            Some((is_literal, is_old)) if *is_literal || (*is_old && old_fit * 2 < old_total) => legacy += 1,
            _ => altered.push(id),
        }
    }
    if !altered.is_empty() {
        let mut finding = Finding::new(
            FindingCode::HashMismatch,
            format!(
                "Audit entries that do not match their hash: {}. A hashed field was changed after it was written, or the entry was written without the key.",
                altered.len()
            ),
        );
        for id in &altered {
            about(&mut finding, *id);
        }
        bad.extend(&altered);
        log.findings.push(finding);
    }

    // Links.
    let exchanged = exchanged(reader, live, live_source)?;
    let moved: BTreeSet<i64> = exchanged.iter().flatten().copied().collect();
    if !exchanged.is_empty() {
        let groups: Vec<String> = exchanged
            .iter()
            .map(|group| group.iter().map(ToString::to_string).collect::<Vec<_>>().join(", "))
            .collect();
        let mut finding = Finding::new(
            FindingCode::LinkBroken,
            format!(
                "Entries exchanged their numbers: {}. Their hashes are valid; taken in the order of their links the chain is whole.",
                groups.join("; ")
            ),
        );
        for id in &moved {
            about(&mut finding, *id);
        }
        bad.extend(&moved);
        log.findings.push(finding);
    }
    let mut gaps = Finding::new(FindingCode::LinkBroken, String::new());
    let mut sentences = Vec::new();
    for (before, id) in live.breaks.iter().copied() {
        let is_of_exchange = moved.contains(&id) || moved.contains(&before);
        if is_of_exchange {
            continue;
        }
        about(&mut gaps, id);
        bad.insert(id);
        let absent = id - before - 1;
        if absent > 0 {
            log.missing += u64::try_from(absent).unwrap_or(0);
            for id in before + 1..id.min(before + 1 + NAMED_GAP) {
                gaps.add(subject(id), None);
            }
            let range = if absent == 1 { (before + 1).to_string() } else { format!("{} to {}", before + 1, id - 1) };
            sentences.push(format!("entry {id} does not follow entry {before}; number {range} is missing"));
        } else {
            sentences.push(format!("entry {id} does not follow entry {before}"));
        }
    }
    if !gaps.subjects.is_empty() {
        gaps.detail = format!("The chain is broken: {}.", sentences.join("; "));
        log.findings.push(gaps);
    }

    // Head.
    let joined = join_archive(log, reader, &all.archived, keys, &mut bad);
    if let Some(first) = &live.first {
        let is_lawful = audit_chain::is_lawful_start(first, &boundaries);
        if !is_lawful {
            let mut finding = Finding::new(
                FindingCode::HeadMissing,
                format!(
                    "The log begins with entry {}, which does not start from the genesis value, and no archive attestation that fits the key covers what came before.",
                    first.id
                ),
            );
            about(&mut finding, first.id);
            if joined.is_none() {
                for id in 1..first.id.min(1 + NAMED_GAP) {
                    finding.add(subject(id), None);
                }
                log.missing += u64::try_from(first.id - 1).unwrap_or(0);
            }
            bad.insert(first.id);
            log.findings.push(finding);
        }
        if first.previous != rules::AUDIT_GENESIS && joined.is_none() {
            log.begins_at = all.live.begins_at;
        }
        if let Some((last_id, last_hash)) = &joined
            && *last_hash != first.previous
        {
            let mut finding = Finding::new(
                FindingCode::LinkBroken,
                format!("The archive ends with entry {last_id}, but entry {} does not follow it.", first.id),
            );
            about(&mut finding, first.id);
            finding.add(subject(*last_id), None);
            bad.insert(first.id);
            log.findings.push(finding);
        }
    }

    // Versions.
    let fallen = live.fallen();
    if let Some(first) = fallen.first() {
        let mut finding = Finding::new(
            FindingCode::VersionDowngrade,
            format!(
                "Entries that use an older hash version than entries before them: {}, the first is number {first}.",
                fallen.len(),
            ),
        );
        for id in fallen.iter() {
            about(&mut finding, id);
        }
        bad.extend(fallen.iter());
        log.findings.push(finding);
    }
    let is_fallen: HashSet<i64> = fallen.iter().collect();
    let unkeyed: Vec<i64> = live.without_key().iter().filter(|id| !is_fallen.contains(id)).collect();
    if has_keyed && !unkeyed.is_empty() {
        let beyond = unkeyed.iter().filter(|id| **id > legacy_max_id).count();
        let mut detail = format!("Entries that carry a hash without key: {}.", unkeyed.len());
        if beyond > 0 {
            detail.push_str(&format!(" Beyond the trusted boundary: {beyond} (number {legacy_max_id}); give AUDIT_LOG_LEGACY_MAX_ID as the installation had it."));
        }
        if legacy > 0 {
            detail.push_str(&format!(" Written under older rules and not verifiable: {legacy}."));
        }
        let mut finding = Finding::new(FindingCode::UnkeyedRows, detail);
        for id in unkeyed.iter().take(LISTED_ROWS) {
            about(&mut finding, *id);
        }
        finding.unlisted = u64::try_from(unkeyed.len().saturating_sub(LISTED_ROWS)).unwrap_or(0);
        log.findings.push(finding);
    }

    // Tail and checkpoints.
    if let (Some(covered), Some(last)) = (boundaries.checkpoint_last_id, &live.last)
        && covered > last.id
    {
        let mut finding = Finding::new(
            FindingCode::HeadDiffers,
            format!("A checkpoint covers entries up to {covered}, but the log ends with entry {}.", last.id),
        );
        about(&mut finding, last.id);
        for id in last.id + 1..=covered.min(last.id + NAMED_GAP) {
            finding.add(subject(id), None);
        }
        log.missing += u64::try_from(covered - last.id).unwrap_or(0);
        bad.insert(last.id);
        log.findings.push(finding);
    }
    check_checkpoints(log, reader, live_source, checkpoints, &attestation_fits, &mut bad)?;
    log.failed = u64::try_from(bad.len()).unwrap_or(u64::MAX);
    log.is_proved = bad.is_empty() && has_keyed && !log.lacks_key && unkeyed.is_empty();
    Ok(())
}

/// Where the entry of a kind of export stands.
fn place_of(reader: &Reader, id: i64, source: AuditSource) -> Option<Place> {
    let mut place = None;
    // An entry whose place cannot be read is named without it.
    let _ = reader.scan_audit((id.saturating_sub(1), id), &mut |_, entry| {
        if entry.source == source {
            place = Some(entry.place);
        }
        true
    });
    place
}

/// Groups of entries that only exchanged their numbers, searched around the breaks.
fn exchanged(reader: &Reader, live: &Summary, source: AuditSource) -> Result<Vec<Vec<i64>>, Error> {
    let mut groups = Vec::new();
    let mut breaks = live.breaks.iter().copied().take(EXCHANGE_BREAKS).peekable();
    while let Some((before, id)) = breaks.next() {
        let mut links: Vec<AuditLink> = Vec::new();
        let (mut last_break, mut behind) = (id, 0usize);
        reader.scan_audit((before.saturating_sub(1), i64::MAX), &mut |_, entry| {
            if entry.source != source {
                return true;
            }
            while breaks.next_if(|(_, next)| *next <= entry.id).is_some() {
                (last_break, behind) = (entry.id, 0);
            }
            behind += usize::from(entry.id > last_break);
            links.push(link_of(&entry, true));
            behind < EXCHANGE_REACH
        })?;
        groups.extend(audit_chain::exchanged(&links));
    }
    Ok(groups)
}

/// Names what is wrong with the archive's own chain and answers its last entry: number and hash.
fn join_archive(
    log: &mut Log,
    reader: &Reader,
    archived: &Chain,
    keys: &[KeyedHash],
    bad: &mut BTreeSet<i64>,
) -> Option<(i64, String)> {
    let last = archived.summary.last.as_ref()?;
    log.checked += archived.summary.count;
    let can_check_keyed = !keys.is_empty() && !log.lacks_key;
    let is_old: HashSet<i64> = archived.unfit_old.iter().map(|(id, ..)| *id).collect();
    let mut altered = Finding::new(FindingCode::HashMismatch, "Entries of the archive do not match their hash.");
    for id in archived.summary.unfit.iter().filter(|id| can_check_keyed || is_old.contains(id)) {
        altered.add(subject(id), place_of(reader, id, AuditSource::Archive));
        bad.insert(id);
    }
    let mut broken = Finding::new(FindingCode::LinkBroken, "The archive's chain is broken.");
    for (_, id) in &archived.summary.breaks {
        broken.add(subject(*id), place_of(reader, *id, AuditSource::Archive));
        bad.insert(*id);
    }
    for finding in [altered, broken] {
        if !finding.subjects.is_empty() {
            log.findings.push(finding);
        }
    }
    Some((last.id, last.current.clone()))
}

fn check_checkpoints(
    log: &mut Log,
    reader: &Reader,
    live_source: AuditSource,
    checkpoints: &[Checkpoint],
    attestation_fits: &dyn Fn(&Checkpoint) -> bool,
    bad: &mut BTreeSet<i64>,
) -> Result<(), Error> {
    for checkpoint in checkpoints {
        let mut hasher = Sha256::new();
        let mut covered = 0u64;
        let mut last_covered: Option<(i64, bool, String)> = None;
        // An archived copy of a number comes before a live one.
        reader.scan_audit((checkpoint.first_log_id.saturating_sub(1), checkpoint.last_log_id), &mut |_, entry| {
            let is_archived = entry.source == AuditSource::Archive;
            if is_archived || entry.source == live_source {
                let hash = entry.current_hash.unwrap_or_default();
                match &mut last_covered {
                    Some((id, was_archived, known)) if *id == entry.id => {
                        if is_archived && !*was_archived {
                            (*was_archived, *known) = (true, hash);
                        }
                    }
                    _ => {
                        if let Some((_, _, hash)) = last_covered.take() {
                            hasher.update(hash);
                        }
                        covered += 1;
                        last_covered = Some((entry.id, is_archived, hash));
                    }
                }
            }
            true
        })?;
        if let Some((_, _, hash)) = &last_covered {
            hasher.update(hash);
        }
        let root = domain::digest::encode_hex(&hasher.finalize());
        let is_full = checkpoint.total_entries == covered.to_string();
        let own = rules::checkpoint_text(
            &checkpoint.first_log_id.to_string(),
            &checkpoint.last_log_id.to_string(),
            &checkpoint.total_entries,
            checkpoint.merkle_root.as_deref().unwrap_or_default(),
        );
        let mut problems = Vec::new();
        if Some(rules::sha256_hex(&own).as_str()) != checkpoint.checkpoint_hash.as_deref() {
            problems.push("its own hash does not fit its range, count and root");
        }
        if is_full && Some(root.as_str()) != checkpoint.merkle_root.as_deref() {
            problems.push("its root does not fit the entries it covers");
        }
        if !is_full
            && !checkpoint.is_archived
            && last_covered.as_ref().is_some_and(|(id, ..)| *id == checkpoint.last_log_id)
        {
            problems.push("entries it counted are absent");
        }
        if checkpoint.is_archived
            && let Some((id, true, hash)) = &last_covered
            && *id == checkpoint.last_log_id
            && Some(hash.as_str()) != checkpoint.last_log_hash.as_deref()
        {
            problems.push("the archive does not end with the hash it recorded");
        }
        if !problems.is_empty() {
            let mut finding = Finding::new(
                FindingCode::HeadDiffers,
                format!(
                    "Checkpoint {} over entries {} to {}: {}.",
                    checkpoint.id,
                    checkpoint.first_log_id,
                    checkpoint.last_log_id,
                    problems.join("; ")
                ),
            );
            finding.add(format!("checkpoint:{}", checkpoint.id), Some(checkpoint.place));
            finding.add(subject(checkpoint.last_log_id), None);
            bad.insert(checkpoint.last_log_id);
            log.findings.push(finding);
        }
        if checkpoint.is_archived && !log.lacks_key && !attestation_fits(checkpoint) {
            let is_told = log.findings.iter().any(|finding| finding.code == FindingCode::HeadMissing);
            if !is_told {
                let mut finding = Finding::new(
                    FindingCode::HeadMissing,
                    format!(
                        "The attestation of the archive up to entry {} does not fit the key.",
                        checkpoint.last_log_id
                    ),
                );
                finding.add(subject(checkpoint.last_log_id), None);
                finding.add(format!("checkpoint:{}", checkpoint.id), Some(checkpoint.place));
                bad.insert(checkpoint.last_log_id);
                log.findings.push(finding);
            }
        }
    }
    Ok(())
}
