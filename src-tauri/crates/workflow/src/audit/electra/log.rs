//! The signed hash chain: every entry on its own, then as a chain, then against what stands outside of it.
//!
//! An entry is protected three times: its hash covers its content, the next entry covers its hash, and a signature covers
//! hash, place and time. Which of the three fail together tells what was done ([`Patterns`]).

use std::collections::{BTreeMap, BTreeSet};

use domain::finding::LISTED_ROWS;
use domain::report::{AuditChain, ChainError};
use domain::{Finding, FindingCode, Instant, Job, Place, Severity};
use importers::electra::rows::{Entry, ListedEntry};
use importers::electra::{rules, tables};
use importers::json::Json;
use rayon::prelude::*;
use store::Reader;
use verification::{Opened, PssHash};

use super::keys::{Keys, Signed, hex_bytes};
use crate::Error;

/// Gaps of more positions than this are counted, but not named one by one.
const NAMED_GAP: i64 = 100_000;
/// Entries in a row, up to an end of the log and sound in themselves, from which another key is likelier than tampering.
const OTHER_KEY_RUN: usize = 5;
/// Entries that were written by people or programs at one moment may come to the log in another order.
const TURNED_MICROS: i64 = 1_000_000;
/// Acts that always have a user, so that a missing one was taken away.
const ACTS_WITH_USER: &[&str] = &[
    "user_login",
    "user_logout",
    "election_created",
    "election_updated",
    "election_activated",
    "election_completed",
    "election_cancelled",
    "token_issued",
    "token_invalidated",
];

/// An entry with what its own checks showed.
pub(crate) struct Checked {
    pub(crate) entry: Entry,
    /// When it was written, microseconds restored where that was possible.
    pub(crate) time: Option<Instant>,
    /// True where the microseconds had to be found again.
    pub(crate) is_restored: bool,
    pub(crate) hash_fits: bool,
    pub(crate) signed: Signed,
}

impl Checked {
    fn of(entry: Entry, keys: &Keys) -> Self {
        let text = rules::content_text(&entry);
        let stored = entry.timestamp.instant;
        let fits = |time: &Instant| text.sha512(&time.to_iso()) == entry.content_hash;
        let may_lack = rules::may_lack_micros(&entry.timestamp.text);
        let found =
            stored.and_then(
                |stored| {
                    if may_lack { rules::completions(stored).find(fits) } else { Some(stored).filter(fits) }
                },
            );
        let candidates: Vec<Instant> = match (found, stored) {
            (Some(time), _) => vec![time],
            (None, Some(stored)) if may_lack => rules::completions(stored).collect(),
            (None, stored) => stored.into_iter().collect(),
        };
        let is_signed_over = |opened: &Opened| {
            candidates.iter().any(|time| {
                let text = rules::entry_signature_text(entry.chain_position, &entry.content_hash, &time.to_iso());
                opened.fits(text.as_bytes())
            })
        };
        let signed = if entry.signature.is_empty() {
            Signed::Unsigned
        } else {
            keys.check(PssHash::Sha512, hex_bytes(&entry.signature).as_deref(), is_signed_over)
        };
        Self {
            time: found.or(stored),
            is_restored: found.is_some() && found != stored,
            hash_fits: found.is_some(),
            signed,
            entry,
        }
    }

    fn subject(&self) -> String {
        subject(self.entry.chain_position)
    }

    /// What the finding needs to name it.
    pub(crate) fn named(&self) -> (String, Option<Place>) {
        (self.subject(), Some(self.entry.place))
    }
}

fn subject(position: i64) -> String {
    format!("audit:{position}")
}

/// The log of an export.
pub(crate) struct Log {
    /// Entries by position; two of one position stand in the order of the export.
    pub(crate) entries: Vec<Checked>,
    /// Entries as the API lists them.
    pub(crate) listed: Vec<ListedEntry>,
    /// The origin's own answer; `None` without a log.
    pub(crate) chain: Option<AuditChain>,
    /// Findings about the log as a whole.
    pub(crate) findings: Vec<Finding>,
    /// True where no signature fits and none was made with a key given: the key is another.
    pub(crate) lacks_key: bool,
    /// True where a signature was made wrongly or altered, as far as can be told.
    pub(crate) has_bad_signatures: bool,
    /// True where something outside of the log shows that its end is missing or that it was altered.
    pub(crate) is_refuted_from_outside: bool,
}

impl Log {
    /// Place in the chain of the entry with an id.
    pub(crate) fn position_of(&self, id: &str) -> Option<i64> {
        self.entries.iter().find(|checked| checked.entry.id == id).map(|checked| checked.entry.chain_position)
    }

    /// True where the log is there.
    pub(crate) fn is_there(&self) -> bool {
        !self.entries.is_empty()
    }

    /// True where the log is there from its first entry on, so that what it does not hold did not happen before its end.
    pub(crate) fn is_complete(&self) -> bool {
        self.entries.first().is_some_and(|first| first.entry.chain_position == 1)
            && self
                .chain
                .as_ref()
                .is_some_and(|chain| !chain.errors.iter().any(|error| error.kind == "missing_position"))
    }

    /// Entries of a kind that succeeded.
    pub(crate) fn of_kind<'a>(&'a self, action_type: &'a str) -> impl Iterator<Item = &'a Checked> {
        self.entries.iter().filter(move |checked| checked.entry.action_type == action_type)
    }

    /// Time of the newest entry.
    pub(crate) fn newest(&self) -> Option<Instant> {
        self.entries.iter().filter_map(|checked| checked.time).max()
    }

    /// The newest entry.
    pub(crate) fn last(&self) -> Option<&Checked> {
        self.entries.last()
    }

    pub(crate) fn restored(&self) -> usize {
        self.entries.iter().filter(|checked| checked.is_restored).count()
    }
}

/// Reads and checks the log.
pub(crate) fn check(
    reader: &Reader,
    keys: &Keys,
    emails: &BTreeMap<String, String>,
    job: &dyn Job,
) -> Result<Log, Error> {
    let rows = reader.rows(tables::AUDIT_LOG)?;
    job.begin("Checking the audit log", u64::try_from(rows.len()).ok());
    let entries: Vec<Entry> = rows.iter().filter_map(Entry::from_row).collect();
    let mut in_file_order: Vec<(Place, i64)> = entries.iter().map(|it| (it.place, it.chain_position)).collect();
    let mut entries: Vec<Checked> = entries
        .into_par_iter()
        .map(|entry| {
            let checked = Checked::of(entry, keys);
            job.advance(1);
            checked
        })
        .collect();
    if job.is_cancelled() {
        return Err(Error::Cancelled);
    }
    entries.sort_by_key(|checked| (checked.entry.chain_position, checked.entry.place));
    let listed: Vec<ListedEntry> = reader.rows(tables::AUDIT_API)?.iter().map(ListedEntry::from_row).collect();
    let mut log = Log {
        entries,
        listed,
        chain: None,
        findings: Vec::new(),
        lacks_key: false,
        has_bad_signatures: false,
        is_refuted_from_outside: false,
    };
    if log.is_there() {
        let patterns = Patterns::of(&log.entries, !keys.is_empty());
        log.chain = Some(patterns.origin_answer());
        log.lacks_key = patterns.is_other_key;
        let mut findings = patterns.findings(keys);
        findings.extend(unhashed(&log.entries, emails));
        in_file_order.sort_by_key(|(place, _)| *place);
        findings.extend(order(&in_file_order));
        findings.extend(turned_times(&log.entries));
        findings.extend(anchors(&log.entries));
        log.findings = findings;
    }
    let outside = outside_counts(reader, &log)?;
    log.findings.extend(outside);
    let listed = against_list(&log);
    log.findings.extend(listed);
    let is_critical = |finding: &Finding, codes: &[FindingCode]| {
        finding.severity == Severity::Critical && codes.contains(&finding.code)
    };
    log.has_bad_signatures =
        log.findings.iter().any(|finding| is_critical(finding, &[FindingCode::DocumentSignatureMismatch]));
    let outside = [FindingCode::HeadDiffers, FindingCode::UnexplainedDifference, FindingCode::LinkBroken];
    log.is_refuted_from_outside = log.findings.iter().any(|finding| is_critical(finding, &outside));
    Ok(log)
}

/// What fails where, by position.
struct Patterns<'a> {
    entries: &'a [Checked],
    by_position: BTreeMap<i64, Vec<usize>>,
    first: i64,
    last: i64,
    unfit: BTreeSet<i64>,
    bad: BTreeSet<i64>,
    unsigned: BTreeSet<i64>,
    broken: BTreeSet<i64>,
    /// Runs of positions that are not there: first and last.
    gaps: Vec<(i64, i64)>,
    repeated: BTreeSet<i64>,
    has_keys: bool,
    is_other_key: bool,
}

impl<'a> Patterns<'a> {
    fn of(entries: &'a [Checked], has_keys: bool) -> Self {
        let mut by_position: BTreeMap<i64, Vec<usize>> = BTreeMap::new();
        for (index, checked) in entries.iter().enumerate() {
            by_position.entry(checked.entry.chain_position).or_default().push(index);
        }
        let (first, last) = match (by_position.first_key_value(), by_position.last_key_value()) {
            (Some((first, _)), Some((last, _))) => (*first, *last),
            _ => (0, 0),
        };
        let of = |is_meant: fn(&Checked) -> bool| -> BTreeSet<i64> {
            entries.iter().filter(|checked| is_meant(checked)).map(|checked| checked.entry.chain_position).collect()
        };
        let mut broken = BTreeSet::new();
        let mut gaps = Vec::new();
        let mut expected = 1;
        for (position, here) in &by_position {
            if *position > expected {
                gaps.push((expected, position - 1));
            }
            expected = expected.max(position.saturating_add(1));
            for index in here {
                let previous = &entries[*index].entry.previous_hash;
                let fits = match (position, by_position.get(&position.saturating_sub(1))) {
                    (..=0, _) => false,
                    (1, _) => previous.is_empty(),
                    // What is missing is told as missing; whether it was followed cannot be seen.
                    (_, None) => true,
                    (_, Some(before)) => before.iter().any(|before| entries[*before].entry.content_hash == *previous),
                };
                if !fits {
                    broken.insert(*position);
                }
            }
        }
        let is_signed = |checked: &Checked| checked.signed.is_valid() || checked.signed.is_bad();
        let is_foreign = |checked: &Checked| checked.signed == Signed::Foreign;
        let is_other_key = entries.iter().any(is_signed) && entries.iter().filter(|it| is_signed(it)).all(is_foreign);
        Self {
            unfit: of(|checked| !checked.hash_fits),
            bad: of(|checked| checked.signed.is_bad()),
            unsigned: of(|checked| checked.signed == Signed::Unsigned),
            repeated: by_position.iter().filter(|(_, here)| here.len() > 1).map(|(position, _)| *position).collect(),
            entries,
            by_position,
            first,
            last,
            broken,
            gaps,
            has_keys,
            is_other_key,
        }
    }

    /// The answer that the origin's chain check would give, in the words of the contract.
    fn origin_answer(&self) -> AuditChain {
        let mut errors: Vec<(i64, u8, &str)> = Vec::new();
        for (rank, kind, positions) in [
            (0, "hash_mismatch", &self.unfit),
            (1, "invalid_signature", &self.bad),
            (2, "unsigned", &self.unsigned),
            (3, "chain_broken", &self.broken),
            (5, "duplicate_position", &self.repeated),
        ] {
            errors.extend(positions.iter().map(|position| (*position, rank, kind)));
        }
        for (from, to) in &self.gaps {
            let named = (*to).min(from.saturating_add(NAMED_GAP));
            errors.extend((*from..=named).map(|position| (position, 4, "missing_position")));
        }
        errors.sort_unstable();
        AuditChain {
            // Without a key the origin's own check cannot pass either.
            verified: errors.is_empty() && self.has_keys,
            total_checked: u64::try_from(self.entries.len()).unwrap_or(u64::MAX),
            first_id: Some(self.first),
            last_id: Some(self.last),
            errors: errors.into_iter().map(|(log_id, _, kind)| ChainError { log_id, kind: kind.to_owned() }).collect(),
        }
    }

    fn at(&self, position: i64) -> impl Iterator<Item = &Checked> {
        self.by_position.get(&position).into_iter().flatten().map(|index| &self.entries[*index])
    }

    /// Names all entries of some positions.
    fn about(&self, mut finding: Finding, positions: impl IntoIterator<Item = i64>) -> Finding {
        for position in positions {
            let mut is_there = false;
            for checked in self.at(position) {
                finding.add(checked.subject(), Some(checked.entry.place));
                is_there = true;
            }
            if !is_there {
                finding.add(subject(position), None);
            }
        }
        finding
    }

    /// Neighbouring positions of a set, as runs. Positions that are not there do not part a run.
    fn runs(&self, positions: &BTreeSet<i64>) -> Vec<Vec<i64>> {
        let mut runs: Vec<Vec<i64>> = Vec::new();
        let mut is_open = false;
        for position in self.by_position.keys() {
            if !positions.contains(position) {
                is_open = false;
            } else if let Some(run) = runs.last_mut().filter(|_| is_open) {
                run.push(*position);
            } else {
                runs.push(vec![*position]);
                is_open = true;
            }
        }
        runs
    }

    fn findings(&self, keys: &Keys) -> Vec<Finding> {
        let mut findings = Vec::new();
        findings.extend(self.unfit_findings());
        findings.extend(self.link_findings());
        findings.extend(self.gap_findings());
        for position in &self.repeated {
            let count = self.at(*position).count();
            let text =
                format!("Position {position} stands {count} times in the log; the origin's database allows it once.");
            findings.push(self.about(Finding::new(FindingCode::ChainFork, text), [*position]));
        }
        findings.extend(self.signature_findings(keys));
        findings.extend(self.unsigned_finding());
        findings
    }

    /// C201: what was altered without making the hash again.
    fn unfit_findings(&self) -> Vec<Finding> {
        self.runs(&self.unfit)
            .into_iter()
            .map(|run| {
                let mut text = format!(
                    "{}: the content does not give the stored hash{}. The entry was altered after it was written.",
                    named_run("Entry", "Entries", &run),
                    if run.iter().any(|position| self.bad.contains(position)) {
                        ", and the signature does not fit its hash, place and time either"
                    } else if self.has_keys {
                        ", while the signature still fits the hash, the place and the time: one of the other fields was edited in place"
                    } else {
                        ""
                    }
                );
                for (position, own) in self.exchanged(&run) {
                    text.push_str(&format!(
                        " With position {own} the content of entry {position} gives its hash: the entries were exchanged."
                    ));
                }
                self.about(Finding::new(FindingCode::HashMismatch, text), run)
            })
            .collect()
    }

    /// Entries whose content gives their hash with the position of another entry of the run.
    fn exchanged(&self, run: &[i64]) -> Vec<(i64, i64)> {
        if !(2..=64).contains(&run.len()) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for position in run {
            for checked in self.at(*position) {
                let Some(time) = checked.time else { continue };
                let own = run.iter().filter(|other| *other != position).find(|other| {
                    let moved = Entry { chain_position: **other, ..checked.entry.clone() };
                    rules::content_text(&moved).sha512(&time.to_iso()) == checked.entry.content_hash
                });
                found.extend(own.map(|own| (*position, *own)));
            }
        }
        found
    }

    /// C202 and C203: entries that do not carry the hash of the one before.
    fn link_findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut links = self.broken.clone();
        if links.remove(&1) {
            let text = "The first entry must carry an empty previous hash, and carries another.";
            findings.push(self.about(Finding::new(FindingCode::GenesisWrong, text), [1]));
        }
        for run in self.runs(&links) {
            let first = run[0];
            let why = if self.bad.contains(&(first - 1)) && !self.unfit.contains(&(first - 1)) {
                format!(
                    " Entry {} was altered and its hash made again without the key: the hash that entry {first} carries is the \
                     one it had before.",
                    first - 1
                )
            } else {
                String::new()
            };
            let text = format!(
                "{}: the previous hash is not the hash of the entry before.{why}",
                named_run("Entry", "Entries", &run)
            );
            findings.push(self.about(Finding::new(FindingCode::LinkBroken, text), run));
        }
        findings
    }

    /// C202 and C207: positions that are not there. The row behind the gap is named with them.
    fn gap_findings(&self) -> Vec<Finding> {
        let one = |(from, to): &(i64, i64)| {
            let missing = if from == to { format!("Entry {from} is") } else { format!("Entries {from} to {to} are") };
            let (code, text) = if *from == 1 {
                (
                    FindingCode::HeadMissing,
                    format!("{missing} not in the export: the log begins at entry {}, which follows another.", to + 1),
                )
            } else {
                (
                    FindingCode::LinkBroken,
                    format!("{missing} missing: positions are given out without gaps, so rows were taken out."),
                )
            };
            let most = i64::try_from(LISTED_ROWS).unwrap_or(i64::MAX);
            let listed = (*to).min(from.saturating_add(most - 1));
            let mut finding = self.about(Finding::new(code, text), (*from..=listed).chain([to + 1]));
            finding.unlisted = u64::try_from(to - listed).unwrap_or(0);
            finding
        };
        self.gaps.iter().map(one).collect()
    }

    /// S103 and S108: signatures that do not fit. A wrong key is suspected before anything else.
    fn signature_findings(&self, keys: &Keys) -> Vec<Finding> {
        let signed = self.entries.len() - self.unsigned.len().min(self.entries.len());
        if signed == 0 {
            return Vec::new();
        }
        if !self.has_keys {
            let text = format!(
                "{signed} entries of the audit log carry signatures. The origin's public key checks them; it is no secret.{}",
                unusable(keys)
            );
            return vec![Finding::new(FindingCode::KeyMissing, text)];
        }
        if self.is_other_key {
            let state = if self.unfit.is_empty() && self.broken.is_empty() && self.gaps.is_empty() {
                "Every hash and every link holds, so another key is likelier than tampering"
            } else {
                "The signatures cannot tell anything"
            };
            let text = format!(
                "None of the {signed} signatures of the audit log was made with a key that was given ({}). {state}; whoever can \
                 write the log could sign it anew with a key of their own, so make sure whose key fits.{}",
                keys.names(),
                unusable(keys)
            );
            return vec![Finding::new(FindingCode::KeyMissing, text)];
        }
        self.runs(&self.bad).iter().map(|run| self.bad_run(run)).collect()
    }

    fn bad_run(&self, run: &[i64]) -> Finding {
        let (from, to) = (run[0], run[run.len() - 1]);
        let is_sound = |position: &i64| !self.unfit.contains(position) && !self.broken.contains(position);
        let all = || run.iter().flat_map(|position| self.at(*position));
        let is_foreign = all().all(|checked| checked.signed == Signed::Foreign);
        let touches_end = to == self.last || from == self.first;
        let what = named_run("Entry", "Entries", run);
        if is_foreign && touches_end && run.len() >= OTHER_KEY_RUN && run.iter().all(is_sound) {
            let text = format!(
                "{what}: the signatures were made with none of the keys given, while every hash and link holds, and the other \
                 entries are signed with the key. So an end of the log was written anew by somebody with a key of their own, or the \
                 origin changed its key, of which it keeps no record: where it did, give the other key as well."
            );
            return self.about(Finding::new(FindingCode::DocumentSignatureMismatch, text), run.iter().copied());
        }
        let copied: Vec<String> = all()
            .filter_map(|checked| {
                let twin = self.entries.iter().find(|other| {
                    other.entry.signature == checked.entry.signature
                        && other.entry.chain_position != checked.entry.chain_position
                        && other.signed.is_valid()
                })?;
                Some(format!(
                    " Entry {} carries the signature of entry {}.",
                    checked.entry.chain_position, twin.entry.chain_position
                ))
            })
            .collect();
        let why = if run.iter().any(|position| self.unfit.contains(position)) {
            " Time, place or hash were altered after signing."
        } else if to == self.last && run.len() > 1 && run.iter().all(is_sound) {
            " From there to the end every hash and link was made again, and only the key was lacking: an entry was altered, or \
             one was taken out and the rest numbered anew."
        } else if !copied.is_empty() {
            " It was written by somebody without the key."
        } else if is_foreign {
            " No signature of this length and form can be made by the origin's program with its key."
        } else {
            " The signature was made with the key, but over another hash: the content was altered and its hash made again."
        };
        let text = format!("{what}: the signature does not fit.{why}{}", copied.concat());
        self.about(Finding::new(FindingCode::DocumentSignatureMismatch, text), run.iter().copied())
    }

    /// S108, weaker: entries without signature, which the origin itself leaves where it cannot use its key.
    fn unsigned_finding(&self) -> Option<Finding> {
        if self.unsigned.is_empty() {
            return None;
        }
        if self.entries.iter().all(|checked| !checked.entry.has_signature) {
            let text = "The export leaves out the signatures of the audit log: nothing but the unkeyed hashes protects it here.";
            let finding = Finding::new(FindingCode::FieldsMissing, text);
            return Some(self.about(finding, self.unsigned.iter().copied().take(1)));
        }
        let is_covered = |position: &i64| {
            !self.unfit.contains(position)
                && self.at(position + 1).any(|next| next.signed.is_valid() && next.hash_fits)
                && !self.broken.contains(&(position + 1))
        };
        let covered = self.unsigned.iter().filter(|position| is_covered(position)).count();
        let text = format!(
            "{} of {} entries carry no signature. The origin stores an entry unsigned where it cannot use its key. {covered} of \
             them are followed by a signed entry that carries their hash, which vouches for their content.",
            self.unsigned.len(),
            self.entries.len()
        );
        let finding =
            Finding { severity: Severity::Major, ..Finding::new(FindingCode::DocumentSignatureMismatch, text) };
        Some(self.about(finding, self.unsigned.iter().copied()))
    }
}

fn unusable(keys: &Keys) -> String {
    if keys.unusable.is_empty() { String::new() } else { format!(" Not usable: {}.", keys.unusable.join("; ")) }
}

fn named_run(one: &str, many: &str, run: &[i64]) -> String {
    match run {
        [only] => format!("{one} {only}"),
        [first, .., last] => format!("{many} {first} to {last}"),
        [] => String::new(),
    }
}

/// C210: columns outside the hash against what the hashed content implies.
fn unhashed(entries: &[Checked], emails: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let has_seals = entries.iter().any(|checked| checked.entry.is_sealed == Some(true));
    let mut unsealed = Finding::new(
        FindingCode::UnhashedFieldDiffers,
        "The seal of an entry is set right after it is written; these are not sealed. The mark is not part of the hash and \
         only guards against saving again.",
    );
    unsealed.severity = Severity::Minor;
    // Who stands behind an e-mail: the users table, or other entries of the log.
    let mut known: BTreeMap<&str, &str> = BTreeMap::new();
    for checked in entries {
        if let Some(user) = &checked.entry.user_id {
            known.entry(&checked.entry.user_identifier).or_insert(user);
        }
    }
    known.extend(emails.iter().map(|(email, id)| (email.as_str(), id.as_str())));
    let mut actors = Finding::new(
        FindingCode::UnhashedFieldDiffers,
        "The user of these entries is not the person whom the hashed e-mail names. The column is not part of the hash.",
    );
    for checked in entries {
        let entry = &checked.entry;
        let (subject, place) = checked.named();
        if has_seals && entry.is_sealed == Some(false) {
            unsealed.add(subject.clone(), place);
        }
        if entry.user_identifier.is_empty() {
            continue;
        }
        let differs = match &entry.user_id {
            None => ACTS_WITH_USER.contains(&entry.action_type.as_str()),
            Some(user) => known.get(entry.user_identifier.as_str()).is_some_and(|known| known != user),
        };
        if differs {
            actors.add(subject, place);
        }
    }
    findings.extend([unsealed, actors].into_iter().filter(|finding| !finding.is_empty()));
    findings
}

/// R312: rows that stand in another order than their positions, which some exports do not keep.
fn order(in_file_order: &[(Place, i64)]) -> Option<Finding> {
    let turned = in_file_order.windows(2).filter(|pair| pair[0].0.file == pair[1].0.file && pair[1].1 < pair[0].1);
    let mut finding = Finding::new(
        FindingCode::OrderDiffers,
        "The rows of the audit log stand in another order than their positions; the chain was checked by position.",
    );
    for pair in turned {
        finding.add(subject(pair[1].1), Some(pair[1].0));
    }
    (!finding.is_empty()).then_some(finding)
}

/// P705, as information: times that run backwards along the chain.
fn turned_times(entries: &[Checked]) -> Option<Finding> {
    let mut finding = Finding::new(
        FindingCode::StepMissing,
        "The time of these entries is earlier than that of the entry before. Times are those of the origin's clock, taken \
         before an entry gets its place.",
    )
    .as_info();
    for pair in entries.windows(2) {
        if let [Some(before), Some(here)] = [pair[0].time, pair[1].time]
            && here.micros + TURNED_MICROS < before.micros
        {
            finding.add(pair[1].subject(), Some(pair[1].entry.place));
        }
    }
    (!finding.is_empty()).then_some(finding)
}

fn count_in(json: &Json, path: &[&str]) -> Option<i64> {
    path.iter().try_fold(json, |at, name| at.get(name))?.as_integer()
}

/// Entries that say how many entries there were before them: anchors that a signature holds. And, as information, which
/// checks were run.
fn anchors(entries: &[Checked]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut runs = Vec::new();
    for checked in entries {
        let metadata = &checked.entry.metadata;
        let is_full = metadata.get("verification_type").and_then(Json::as_text) == Some("full");
        let counted = count_in(metadata, &["results_summary", "total_entries"]);
        if counted.is_some() {
            runs.push(checked);
        }
        let told = counted.filter(|_| is_full).or_else(|| count_in(metadata, &["stats_summary", "total_entries"]));
        let position = checked.entry.chain_position;
        if let Some(told) = told.filter(|told| *told > position - 1) {
            let text = format!(
                "Entry {position} records that the log had {told} entries before it, but its position leaves room for {} only: \
                 entries before it were taken out and the rest numbered anew.",
                position - 1
            );
            let (subject, place) = checked.named();
            findings.push(Finding::new(FindingCode::LinkBroken, text).about(subject, place));
        }
    }
    if !runs.is_empty() {
        let failed = runs
            .iter()
            .filter(|checked| {
                checked.entry.metadata.get("results_summary").and_then(|it| it.get("is_valid"))
                    != Some(&Json::Bool(true))
            })
            .count();
        let mut finding = Finding::new(
            FindingCode::ChecksRun,
            format!(
                "The origin's own check of the audit log was run {} times; {failed} of them found an error.",
                runs.len()
            ),
        );
        for checked in runs {
            let (subject, place) = checked.named();
            finding.add(subject, place);
        }
        findings.push(finding);
    }
    findings
}

/// C205: more entries were counted outside of the log than it holds.
fn outside_counts(reader: &Reader, log: &Log) -> Result<Vec<Finding>, Error> {
    let Some(last) = log.last() else { return Ok(Vec::new()) };
    let held = last.entry.chain_position;
    let mut findings = Vec::new();
    for (document, member, what) in [
        (tables::AUDIT_API_PAGE, "count", "A page of the API"),
        (tables::AUDIT_VERIFICATION, "total_entries", "The server's answer to a verification"),
    ] {
        for row in reader.rows(document)? {
            let text = row.fields.iter().find_map(|(_, value)| value.as_deref()).unwrap_or_default();
            let told = Json::parse(text).and_then(|json| count_in(&json, &[member]));
            if let Some(told) = told.filter(|told| *told > held) {
                let text = format!("{what} counts {told} entries, but the log ends at entry {held}.");
                let finding =
                    Finding::new(FindingCode::HeadDiffers, text).about(last.subject(), Some(last.entry.place));
                findings.push(finding.about(format!("document:{}", row.key), Some(row.place)));
            }
        }
    }
    Ok(findings)
}

/// What the API lists against the log: entries that the log lacks, and fields that differ. Without a log, what the list
/// alone can show.
fn against_list(log: &Log) -> Vec<Finding> {
    if log.listed.is_empty() {
        return Vec::new();
    }
    if !log.is_there() {
        let mut finding = Finding::new(
            FindingCode::FieldsMissing,
            format!(
                "{} entries of the audit log are there as the API lists them: without hashes and signatures, so they can not be \
                 verified. What the server says of its own chain is a claim, not evidence.",
                log.listed.len()
            ),
        );
        for listed in &log.listed {
            finding.add(listed_subject(listed), Some(listed.place));
        }
        return vec![finding];
    }
    let mut by_position: BTreeMap<i64, &Checked> = BTreeMap::new();
    for checked in &log.entries {
        by_position.entry(checked.entry.chain_position).or_insert(checked);
    }
    let held = log.last().map_or(0, |last| last.entry.chain_position);
    let mut cut = Finding::new(
        FindingCode::HeadDiffers,
        format!(
            "The API lists entries behind entry {held}, where the log ends: its end was cut off, or it was exported earlier."
        ),
    );
    let mut findings = Vec::new();
    for listed in &log.listed {
        let Some(position) = listed.chain_position else { continue };
        if position > held {
            cut.add(subject(position), Some(listed.place));
            continue;
        }
        let Some(checked) = by_position.get(&position) else { continue };
        let differing = differing(listed, checked);
        if !differing.is_empty() {
            let text = format!(
                "Entry {position} is another in the API's list than in the log: {} differ.",
                differing.join(", ")
            );
            let finding = Finding::new(FindingCode::UnexplainedDifference, text);
            let (subject, place) = checked.named();
            findings.push(finding.about(subject.clone(), place).about(subject, Some(listed.place)));
        }
    }
    if !cut.is_empty() {
        if let Some(last) = log.last() {
            cut.add(last.subject(), Some(last.entry.place));
        }
        findings.push(cut);
    }
    findings
}

fn listed_subject(listed: &ListedEntry) -> String {
    listed.chain_position.map_or_else(|| format!("audit:{}", listed.id), subject)
}

/// Names of the columns in which a listed entry differs. Times are compared by instant, to the millisecond where the log
/// has no more.
fn differing(listed: &ListedEntry, checked: &Checked) -> Vec<&'static str> {
    let entry = &checked.entry;
    let mut names = Vec::new();
    for (name, left, right) in [
        ("id", &listed.id, &entry.id),
        ("action_type", &listed.action_type, &entry.action_type),
        ("user_identifier", &listed.user_identifier, &entry.user_identifier),
        ("outcome", &listed.outcome, &entry.outcome),
    ] {
        // A blank person is shown as the system.
        if left != right && !(name == "user_identifier" && right.is_empty()) {
            names.push(name);
        }
    }
    if let (Some(left), Some(right)) = (listed.timestamp.instant, checked.time) {
        let is_cut = rules::may_lack_micros(&entry.timestamp.text) && !checked.hash_fits;
        if left != right && !(is_cut && left.micros.div_euclid(1000) == right.micros.div_euclid(1000)) {
            names.push("timestamp");
        }
    }
    for (name, value) in &listed.details {
        let own = match *name {
            "action_description" => Some(&entry.action_description),
            "ip_address" => entry.ip_address.as_ref(),
            "target_resource_type" => Some(&entry.target_resource_type),
            "target_resource_id" => Some(&entry.target_resource_id),
            _ => Some(&entry.error_details),
        };
        if value.as_ref() != own.filter(|text| !text.is_empty()) {
            names.push(name);
        }
    }
    names
}
