//! The audit log of a Logbook installation: the chain, its archives and checkpoints, and what its entries say per election.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::report::AuditChain;
use domain::{AuditRecord, AuditSource, Finding, FindingCode, Instant, Job, KeyRing, Place};
use importers::logbook::events::{self, Event};
use importers::logbook::rows::Checkpoint;
use importers::logbook::rules::{self, AuditVersion};
use rayon::prelude::*;
use store::Reader;
use verification::KeyedHash;
use verification::audit_chain::{self, AuditLink, Boundaries};

use crate::Error;

/// Missing numbers of one gap that are named one by one.
const NAMED_GAP: i64 = 10_000;
/// Entries before this instant may have been hashed over microseconds that were not stored.
const DRIFTING_UNTIL: &str = "2026-07-08 00:00:00";

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

/// The whole log.
pub(crate) struct Log {
    /// All entries by number, the fullest copy of each.
    pub(crate) entries: Vec<Entry>,
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

/// Reads all entries: by number, the fullest copy first.
pub(crate) fn load(reader: &Reader) -> Result<Vec<AuditRecord>, Error> {
    let mut entries = Vec::new();
    let mut after = (i64::MIN, i64::MIN);
    loop {
        let page = reader.audit_entries(after, 4096)?;
        let Some((number, last)) = page.last() else { break };
        after = (last.id, *number);
        entries.extend(page.into_iter().map(|(_, entry)| entry));
    }
    Ok(entries)
}

/// Keys in the order in which the origin would take them.
pub(crate) fn audit_keys(keys: &KeyRing) -> &[domain::SigningKey] {
    let own = keys.get("AUDIT_LOG_SIGNING_KEY");
    if own.is_empty() { keys.get("SECRET_KEY") } else { own }
}

fn hash_fits(entry: &AuditRecord, version: AuditVersion, keys: &[KeyedHash]) -> bool {
    let Some(text) = rules::audit_text(entry, version) else { return false };
    let Some(current) = entry.current_hash.as_deref() else { return false };
    match version {
        AuditVersion::V1 => rules::sha256_hex(&text) == current,
        AuditVersion::V2 | AuditVersion::V3 => verification::keyed::signature_bytes(current)
            .is_some_and(|expected| keys.iter().any(|key| key.fits(text.as_bytes(), &expected))),
    }
}

/// Checks the log.
pub(crate) fn check(
    reader: &Reader,
    keys: &KeyRing,
    organizations: &BTreeSet<String>,
    job: &dyn Job,
) -> Result<Log, Error> {
    let records = load(reader)?;
    job.begin("Checking the audit log", u64::try_from(records.len()).ok());
    let checkpoints: Vec<Checkpoint> = reader.rows("audit_log_checkpoints")?.iter().map(Checkpoint::from_row).collect();
    let signing = audit_keys(keys);
    let prepared: Vec<KeyedHash> = signing.iter().map(KeyedHash::of).collect();
    let has = |source: AuditSource| records.iter().any(|entry| entry.source == source);
    let live_source = [AuditSource::Table, AuditSource::Shipped].into_iter().find(|source| has(*source));

    let mut log = Log {
        entries: Vec::new(),
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
    let live: Vec<&AuditRecord> = records.iter().filter(|entry| Some(entry.source) == live_source).collect();
    let archived: Vec<&AuditRecord> = records.iter().filter(|entry| entry.source == AuditSource::Archive).collect();
    if let Some(live_source) = live_source {
        let fits: Vec<bool> =
            live.par_iter().map(|entry| hash_fits(entry, rules::audit_version(entry), &prepared)).collect();
        job.advance(u64::try_from(live.len()).unwrap_or(0));
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        check_live(&mut log, &live, &fits, &archived, &checkpoints, &prepared, keys);
        if let Some((origin, _)) = signing.iter().zip(&prepared).find(|(_, key)| {
            live.iter().any(|entry| {
                let version = rules::audit_version(entry);
                version != AuditVersion::V1 && hash_fits(entry, version, std::slice::from_ref(key))
            })
        }) {
            log.key_origin = Some(origin.origin().to_owned());
        }
        check_unhashed(&mut log, &live);
        if live_source == AuditSource::Table {
            check_shipped(&mut log, &records, &live, &archived);
        }
    }
    check_export(&mut log, &records, &prepared, organizations);
    log.entries = records
        .into_iter()
        .map(|record| Entry {
            event: events::event(&record),
            at: events::time_of(&record),
            election_id: events::election_of(&record),
            record,
        })
        .collect();
    Ok(log)
}

#[allow(clippy::too_many_lines, reason = "one walk over one chain; the steps share its intermediate lists")]
fn check_live(
    log: &mut Log,
    live: &[&AuditRecord],
    fits: &[bool],
    archived: &[&AuditRecord],
    checkpoints: &[Checkpoint],
    keys: &[KeyedHash],
    ring: &KeyRing,
) {
    let place_of: HashMap<i64, Place> = live.iter().map(|entry| (entry.id, entry.place)).collect();
    let links: Vec<AuditLink> = live
        .iter()
        .zip(fits)
        .map(|(entry, fits)| AuditLink {
            id: entry.id,
            version: entry.hash_version.unwrap_or(1).max(1),
            previous: entry.previous_hash.clone().unwrap_or_default(),
            current: entry.current_hash.clone().unwrap_or_default(),
            hash_fits: *fits,
        })
        .collect();
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
    let has_keyed = links.iter().any(|link| link.version >= 2);
    let keyed_total = links.iter().filter(|link| link.version >= 2).count();
    let keyed_fit = links.iter().filter(|link| link.version >= 2 && link.hash_fits).count();
    log.checked = u64::try_from(links.len()).unwrap_or(u64::MAX);
    log.lacks_key = has_keyed && keys.is_empty();
    let answer = audit_chain::origin_answer(&links, &boundaries);
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
        log.chain = Some(answer.clone());
    }

    let mut bad: BTreeSet<i64> = BTreeSet::new();
    let of_kind = |kind: &str| -> Vec<i64> {
        answer.errors.iter().filter(|error| error.kind == kind).map(|error| error.log_id).collect()
    };
    let about = |finding: &mut Finding, id: i64| finding.add(subject(id), place_of.get(&id).copied());

    // Hashes.
    let old_total = links.iter().filter(|link| link.version < 2).count();
    let old_fit = links.iter().filter(|link| link.version < 2 && link.hash_fits).count();
    let drifting_until = Instant::parse(DRIFTING_UNTIL);
    let mut altered = Vec::new();
    let mut legacy = Vec::new();
    for (link, entry) in links.iter().zip(live).filter(|(link, _)| !link.hash_fits) {
        if link.version >= 2 && log.lacks_key {
            continue;
        }
        if link.version < 2 {
            let is_literal = rules::legacy_audit_text(entry)
                .is_some_and(|text| Some(rules::sha256_hex(&text).as_str()) == entry.current_hash.as_deref());
            let is_old = events::time_of(entry) < drifting_until;
            if is_literal || (is_old && old_fit * 2 < old_total) {
                legacy.push(link.id);
                continue;
            }
        }
        altered.push(link.id);
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
    let exchanged = audit_chain::exchanged(&links);
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
    for (index, link) in links.iter().enumerate().skip(1) {
        let before = &links[index - 1];
        if link.previous == before.current {
            continue;
        }
        let is_of_exchange = moved.contains(&link.id) || moved.contains(&before.id);
        if is_of_exchange {
            continue;
        }
        about(&mut gaps, link.id);
        bad.insert(link.id);
        let absent = link.id - before.id - 1;
        if absent > 0 {
            log.missing += u64::try_from(absent).unwrap_or(0);
            for id in before.id + 1..link.id.min(before.id + 1 + NAMED_GAP) {
                about(&mut gaps, id);
            }
            let range =
                if absent == 1 { (before.id + 1).to_string() } else { format!("{} to {}", before.id + 1, link.id - 1) };
            sentences.push(format!("entry {} does not follow entry {}; number {range} is missing", link.id, before.id));
        } else {
            sentences.push(format!("entry {} does not follow entry {}", link.id, before.id));
        }
    }
    if !gaps.subjects.is_empty() {
        gaps.detail = format!("The chain is broken: {}.", sentences.join("; "));
        log.findings.push(gaps);
    }

    // Head.
    let joined = join_archive(log, archived, keys, &mut bad);
    if let Some(first) = links.first() {
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
                    about(&mut finding, id);
                }
                log.missing += u64::try_from(first.id - 1).unwrap_or(0);
            }
            bad.insert(first.id);
            log.findings.push(finding);
        }
        if first.previous != rules::AUDIT_GENESIS && joined.is_none() {
            log.begins_at = events::time_of(live[0]);
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
    let fallen = of_kind("version_downgrade");
    if !fallen.is_empty() {
        let mut finding = Finding::new(
            FindingCode::VersionDowngrade,
            format!(
                "Entries that use an older hash version than entries before them: {}, the first is number {}.",
                fallen.len(),
                fallen[0]
            ),
        );
        for id in &fallen {
            about(&mut finding, *id);
        }
        bad.extend(&fallen);
        log.findings.push(finding);
    }
    let unkeyed: Vec<i64> =
        links.iter().filter(|link| link.version < 2 && !fallen.contains(&link.id)).map(|link| link.id).collect();
    if has_keyed && !unkeyed.is_empty() {
        let beyond = unkeyed.iter().filter(|id| **id > legacy_max_id).count();
        let mut detail = format!("Entries that carry a hash without key: {}.", unkeyed.len());
        if beyond > 0 {
            detail.push_str(&format!(" Beyond the trusted boundary: {beyond} (number {legacy_max_id}); give AUDIT_LOG_LEGACY_MAX_ID as the installation had it."));
        }
        if !legacy.is_empty() {
            detail.push_str(&format!(" Written under older rules and not verifiable: {}.", legacy.len()));
        }
        let mut finding = Finding::new(FindingCode::UnkeyedRows, detail);
        for id in &unkeyed {
            about(&mut finding, *id);
        }
        log.findings.push(finding);
    }

    // Tail and checkpoints.
    if let (Some(covered), Some(last)) = (boundaries.checkpoint_last_id, links.last())
        && covered > last.id
    {
        let mut finding = Finding::new(
            FindingCode::HeadDiffers,
            format!("A checkpoint covers entries up to {covered}, but the log ends with entry {}.", last.id),
        );
        about(&mut finding, last.id);
        for id in last.id + 1..=covered.min(last.id + NAMED_GAP) {
            about(&mut finding, id);
        }
        log.missing += u64::try_from(covered - last.id).unwrap_or(0);
        bad.insert(last.id);
        log.findings.push(finding);
    }
    check_checkpoints(log, live, archived, checkpoints, &attestation_fits, &mut bad);
    log.failed = u64::try_from(bad.len()).unwrap_or(u64::MAX);
    log.is_proved = bad.is_empty() && has_keyed && !log.lacks_key && unkeyed.is_empty();
}

/// Verifies archive entries on their own and answers the last one: number and hash.
fn join_archive(
    log: &mut Log,
    archived: &[&AuditRecord],
    keys: &[KeyedHash],
    bad: &mut BTreeSet<i64>,
) -> Option<(i64, String)> {
    let last = archived.last()?;
    let mut altered = Finding::new(FindingCode::HashMismatch, "Entries of the archive do not match their hash.");
    let mut broken = Finding::new(FindingCode::LinkBroken, "The archive's chain is broken.");
    let mut previous: Option<&str> = None;
    for entry in archived {
        log.checked += 1;
        let version = rules::audit_version(entry);
        let can_check = version == AuditVersion::V1 || (!keys.is_empty() && !log.lacks_key);
        if can_check && !hash_fits(entry, version, keys) {
            altered.add(subject(entry.id), Some(entry.place));
            bad.insert(entry.id);
        }
        if let Some(previous) = previous
            && entry.previous_hash.as_deref() != Some(previous)
        {
            broken.add(subject(entry.id), Some(entry.place));
            bad.insert(entry.id);
        }
        previous = entry.current_hash.as_deref();
    }
    for finding in [altered, broken] {
        if !finding.subjects.is_empty() {
            log.findings.push(finding);
        }
    }
    Some((last.id, last.current_hash.clone().unwrap_or_default()))
}

fn check_checkpoints(
    log: &mut Log,
    live: &[&AuditRecord],
    archived: &[&AuditRecord],
    checkpoints: &[Checkpoint],
    attestation_fits: &dyn Fn(&Checkpoint) -> bool,
    bad: &mut BTreeSet<i64>,
) {
    for checkpoint in checkpoints {
        let range = checkpoint.first_log_id..=checkpoint.last_log_id;
        let mut covered: Vec<&&AuditRecord> =
            archived.iter().chain(live).filter(|entry| range.contains(&entry.id)).collect();
        covered.sort_by_key(|entry| entry.id);
        covered.dedup_by_key(|entry| entry.id);
        let root = rules::sha256_hex(
            &covered.iter().map(|entry| entry.current_hash.as_deref().unwrap_or_default()).collect::<String>(),
        );
        let is_full = checkpoint.total_entries == covered.len().to_string();
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
            && !covered.is_empty()
            && !checkpoint.is_archived
            && covered.last().map(|entry| entry.id) == Some(checkpoint.last_log_id)
        {
            problems.push("entries it counted are absent");
        }
        if checkpoint.is_archived
            && let Some(last) = archived.iter().find(|entry| entry.id == checkpoint.last_log_id)
            && last.current_hash != checkpoint.last_log_hash
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
}

/// C210: severity, category and actor's name are not hashed; the event type implies them.
fn check_unhashed(log: &mut Log, live: &[&AuditRecord]) {
    let names: HashMap<&str, BTreeSet<&str>> = live.iter().fold(HashMap::new(), |mut names, entry| {
        if let (Some(user), Some(name)) = (entry.user_id.as_deref(), entry.username.as_deref()) {
            names.entry(user).or_insert_with(BTreeSet::new).insert(name);
        }
        names
    });
    let mut finding = Finding::new(FindingCode::UnhashedFieldDiffers, String::new());
    let mut sentences = BTreeMap::new();
    for entry in live {
        let expected = events::expected_severities(entry);
        if expected.is_empty() {
            continue;
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
        if let Some(user) = entry.user_id.as_deref()
            && names.get(user).is_some_and(|names| names.len() > 1)
        {
            fields.push("the same user under several names".to_owned());
        }
        if !fields.is_empty() {
            finding.add(subject(entry.id), Some(entry.place));
            sentences.insert(entry.id, format!("entry {} ({}): {}", entry.id, entry.event_type, fields.join(", ")));
        }
    }
    if !finding.subjects.is_empty() {
        finding.detail = sentences.into_values().collect::<Vec<_>>().join("; ") + ".";
        log.findings.push(finding);
    }
}

/// R313: an entry that was shipped but is neither in the table nor archived.
fn check_shipped(log: &mut Log, records: &[AuditRecord], live: &[&AuditRecord], archived: &[&AuditRecord]) {
    let (Some(first), Some(last)) = (live.first(), live.last()) else { return };
    let known: HashSet<i64> = live.iter().chain(archived).map(|entry| entry.id).collect();
    let mut finding = Finding::new(
        FindingCode::UnexplainedDifference,
        "Entries that were shipped, exported or listed are absent from the table.",
    );
    for entry in
        records.iter().filter(|entry| entry.source != AuditSource::Table && entry.source != AuditSource::Archive)
    {
        // Before the first entry an archive may have taken it; behind the last it came after the dump.
        let is_within = entry.id >= first.id && entry.id <= last.id;
        let is_head =
            entry.id < first.id && first.previous_hash.as_deref() != Some(rules::AUDIT_GENESIS) && archived.is_empty();
        if (is_within || is_head) && !known.contains(&entry.id) {
            finding.add(subject(entry.id), Some(entry.place));
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

/// The official export leaves out organization and hash version: each entry is tried with every known organization and
/// version. What fits none is altered; gaps mean nothing.
fn check_export(log: &mut Log, records: &[AuditRecord], keys: &[KeyedHash], organizations: &BTreeSet<String>) {
    let mut finding = Finding::new(
        FindingCode::HashMismatch,
        "Exported audit entries do not match their hash under any organization and version known.",
    );
    for entry in records.iter().filter(|entry| entry.source == AuditSource::Export) {
        log.checked += 1;
        if keys.is_empty() || organizations.is_empty() {
            continue;
        }
        let fits = organizations.iter().map(Some).chain([None]).any(|organization| {
            let mut entry = entry.clone();
            entry.organization_id = organization.cloned();
            [AuditVersion::V3, AuditVersion::V2, AuditVersion::V1]
                .into_iter()
                .any(|version| hash_fits(&entry, version, keys))
        });
        if !fits {
            finding.add(subject(entry.id), Some(entry.place));
            log.failed += 1;
        }
    }
    if !finding.subjects.is_empty() {
        log.findings.push(finding);
    }
}
