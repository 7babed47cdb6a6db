//! Vote signatures: which match, under which key and scheme, and what would make the others match.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::vote::filled;
use domain::{Finding, FindingCode, Instant, Job, KeyRing, Numbers, Place, SigningKey, VoteRecord, VoteView};
use importers::logbook::rows::Candidate;
use importers::logbook::rules::{self, SignatureScheme};
use rayon::prelude::*;
use store::Reader;
use verification::KeyedHash;
use verification::keyed::{search_micros, signature_bytes};

use super::pass::Seen;
use crate::Error;
use crate::audit::blocks::in_blocks_of;
use crate::import::SignaturesRead;

/// Votes of one election that may be searched for lost microseconds without asking.
const MAX_SEARCHES: usize = 1000;
/// A key shorter than this gives no weight.
const MIN_KEY_BYTES: usize = 16;
/// Ids of the audit log that are tried in place of a vote's own.
pub(crate) const MAX_IDS: usize = 20_000;
/// Values of a column that are tried in place of a vote's own.
const MAX_VALUES: usize = 20_000;
/// Values of a column that are tried for every vote.
const FEW_VALUES: usize = 200;
/// Mismatching votes in which the change is searched for.
const LOCALISED: usize = 5000;
/// Of these, votes for which every search is made, also those over many values.
const SEARCHED_IN_FULL: usize = 100;
/// Seconds that a changed time is searched in either direction.
const TIME_SEARCH_SECONDS: i64 = 86_400;

/// One key with what is known of it.
pub(crate) struct Key {
    prepared: KeyedHash,
    /// Word on where it came from.
    pub(crate) origin: String,
    /// What is wrong with it, if anything.
    weakness: Option<String>,
    /// True for keys that the origin's own check would use.
    is_origin_choice: bool,
    /// True for the default that an old release's source shows to everybody.
    is_published: bool,
}

/// What one signature showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No signature.
    Unsigned,
    /// Matches under a key (index) and scheme.
    Valid { key: usize, scheme: SignatureScheme },
    /// Matches nothing.
    Mismatch,
}

/// All signatures of an election. Votes are named by their numbers.
pub(crate) struct Signatures {
    /// Votes that match, by key (index) and scheme.
    pub(crate) valid: BTreeMap<(usize, SignatureScheme), Numbers>,
    /// Votes without signature.
    pub(crate) unsigned: Numbers,
    /// Votes that match nothing.
    pub(crate) mismatched: Numbers,
    /// Too many to search; cannot tell.
    pub(crate) not_searched: Numbers,
    /// True where there is no key to check with, or none fits anything.
    pub(crate) lacks_key: bool,
    /// True where a key was given by the user.
    pub(crate) has_origin_key: bool,
    /// Original candidate of votes whose change was localised, by number.
    pub(crate) original_candidate: HashMap<i64, String>,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

impl Signatures {
    /// Votes that match some key.
    pub(crate) fn valid_count(&self) -> usize {
        self.valid.values().map(Numbers::len).sum()
    }

    /// The key that the first matching vote matches.
    pub(crate) fn first_key<'a>(&self, signer: &'a Signer) -> Option<&'a Key> {
        let first = self.valid.iter().min_by_key(|(_, votes)| votes.first())?;
        signer.keys.get(first.0.0)
    }
}

/// Keys in the order of trying: the origin's choice, its fallback, the published default.
pub(crate) fn vote_keys(ring: &KeyRing) -> Vec<Key> {
    let own = ring.get("VOTE_SIGNING_KEY");
    let secret = ring.get("SECRET_KEY");
    let audit = ring.get("AUDIT_LOG_SIGNING_KEY");
    let same = |left: &SigningKey, right: &SigningKey| subtle_eq(left.bytes(), right.bytes());
    let mut keys = Vec::new();
    let mut push = |key: &SigningKey, is_origin_choice: bool, others: &[(&str, &[SigningKey])]| {
        let mut weakness = None;
        if key.bytes().len() < MIN_KEY_BYTES {
            weakness = Some(format!("it is shorter than {MIN_KEY_BYTES} bytes"));
        }
        if key.bytes() == rules::PUBLISHED_DEFAULT_KEY.as_bytes() {
            weakness = Some("it is the published default of an older release".to_owned());
        }
        for (purpose, list) in others {
            if list.iter().any(|other| same(key, other)) {
                weakness = Some(format!("the same key also serves as {purpose}"));
            }
        }
        let is_published = key.bytes() == rules::PUBLISHED_DEFAULT_KEY.as_bytes();
        keys.push(Key {
            prepared: KeyedHash::of(key),
            origin: key.origin().to_owned(),
            weakness,
            is_origin_choice,
            is_published,
        });
    };
    for key in own {
        push(key, true, &[("the key of the audit log", audit), ("the application's secret", secret)]);
    }
    for key in secret {
        // Without a key of its own the audit log falls back to the same secret.
        let others: &[(&str, &[SigningKey])] = if audit.is_empty() {
            &[("the key of the audit log", secret)]
        } else {
            &[("the key of the audit log", audit)]
        };
        push(key, own.is_empty(), others);
    }
    let default = SigningKey::new(rules::PUBLISHED_DEFAULT_KEY.as_bytes(), "the published default of an older release");
    push(&default, false, &[]);
    keys
}

fn subtle_eq(left: &[u8], right: &[u8]) -> bool {
    // Comparing keyed digests of both leaks nothing about either.
    KeyedHash::new(left).digest(b"same key") == KeyedHash::new(right).digest(b"same key")
}

/// Checks single signatures. One for all elections of a case.
pub(crate) struct Signer {
    /// Keys tried.
    pub(crate) keys: Vec<Key>,
    /// Where the votes stand that the check in the pass of reading left open; all others it saw are valid.
    open: Option<HashSet<Place>>,
    older_from: Option<Instant>,
    older_until: Option<Instant>,
}

impl Signer {
    /// Prepares the keys. `read` is what a check while reading showed, under the same keys.
    pub(crate) fn new(ring: &KeyRing, read: Option<&SignaturesRead>) -> Self {
        Self {
            keys: vote_keys(ring),
            open: read.map(|read| read.open.iter().copied().collect()),
            older_from: Instant::parse(rules::V1_SINCE),
            older_until: Instant::parse(rules::CURRENT_SCHEME_SINCE),
        }
    }

    /// What a signature shows, and whether the origin's own check would call it valid. `text` is room to write in.
    pub(crate) fn check(&self, vote: &VoteView<'_>, text: &mut String) -> (Outcome, bool) {
        let Some(signature) = filled(vote.vote_signature) else { return (Outcome::Unsigned, false) };
        if let Some(open) = &self.open
            && vote.place.is_some_and(|place| !open.contains(&place))
        {
            return (Outcome::Valid { key: 0, scheme: SignatureScheme::V4 }, true);
        }
        let Some(expected) = signature_bytes(signature) else { return (Outcome::Mismatch, false) };
        let mut fits = |vote: &VoteView<'_>, scheme| {
            rules::write_signed_text(vote, scheme, text);
            self.keys.iter().position(|key| key.prepared.fits(text.as_bytes(), &expected))
        };
        let current = fits(vote, SignatureScheme::V4).or_else(|| {
            let other = VoteView { position: Some(""), ..*vote };
            has_second_text(vote).then(|| fits(&other, SignatureScheme::V4)).flatten()
        });
        if let Some(key) = current {
            return (Outcome::Valid { key, scheme: SignatureScheme::V4 }, self.keys[key].is_origin_choice);
        }
        match fits(vote, SignatureScheme::V3) {
            Some(key) => (Outcome::Valid { key, scheme: SignatureScheme::V3 }, false),
            None => (Outcome::Mismatch, false),
        }
    }

    /// Whether an older release may have signed the vote over microseconds that were not stored.
    pub(crate) fn is_perhaps_older(&self, vote: &VoteView<'_>, at: Option<Instant>) -> bool {
        // A scheme cannot be older than its release; installations may have kept an old release for long.
        at.is_some()
            && at < self.older_until
            && at >= self.older_from
            && vote.vote_signature.and_then(signature_bytes).is_some()
    }
}

/// True where NULL and an empty contest cannot be told apart, so that either may have been signed.
fn has_second_text(vote: &VoteView<'_>) -> bool {
    vote.has_ambiguous_nulls && vote.position.is_none()
}

/// Texts that the current schemes may have signed for a vote.
fn current_texts(vote: &VoteView<'_>) -> Vec<String> {
    let mut texts = vec![rules::signed_text(vote)];
    if has_second_text(vote) {
        texts.push(rules::signed_text(&VoteView { position: Some(""), ..*vote }));
    }
    texts
}

/// Whether a vote's signature is valid under the newest scheme and the key of first choice: what is checked while reading.
pub(crate) fn quick_check(ring: &KeyRing) -> Option<impl Fn(&VoteView<'_>) -> bool + Sync + use<>> {
    let first = vote_keys(ring).into_iter().next().filter(|key| key.is_origin_choice)?.prepared;
    Some(move |vote: &VoteView<'_>| {
        thread_local!(static TEXT: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) });
        let Some(expected) = vote.vote_signature.and_then(signature_bytes) else { return false };
        TEXT.with_borrow_mut(|text| {
            rules::write_signed_text(vote, SignatureScheme::V4, text);
            first.fits(text.as_bytes(), &expected)
        })
    })
}

/// What the search for altered values draws on.
pub(crate) struct Clues<'a> {
    pub(crate) candidates: &'a [Candidate],
    /// When the audit log says that a vote was cast, by number.
    pub(crate) recorded_at: &'a HashMap<i64, Instant>,
    /// Vote ids that the audit log names, where they are few.
    pub(crate) recorded_ids: Option<&'a [String]>,
}

/// Draws conclusions from the signatures of an election.
pub(crate) fn conclude(
    reader: &Reader,
    seen: &Seen,
    signer: &Signer,
    clues: &Clues<'_>,
    job: &dyn Job,
) -> Result<Signatures, Error> {
    let mut signatures = Signatures {
        valid: seen.valid.clone(),
        unsigned: seen.unsigned.clone(),
        mismatched: seen.mismatched.clone(),
        not_searched: Numbers::default(),
        lacks_key: false,
        has_origin_key: signer.keys.iter().any(|key| key.is_origin_choice),
        original_candidate: HashMap::new(),
        findings: Vec::new(),
    };
    search_older(reader, seen, &mut signatures, signer, job)?;
    let signed = seen.votes.len() - signatures.unsigned.len();
    let valid = signatures.valid_count();
    signatures.lacks_key = signed > 0 && valid == 0 && (!signatures.has_origin_key || signed >= 5);
    findings(reader, seen, &mut signatures, signer, clues, signed, job)?;
    Ok(signatures)
}

/// Searches the lost microseconds of votes from before the current scheme.
fn search_older(
    reader: &Reader,
    seen: &Seen,
    signatures: &mut Signatures,
    signer: &Signer,
    job: &dyn Job,
) -> Result<(), Error> {
    let open = &seen.perhaps_older;
    let without = |all: &Numbers, some: &Numbers| all.iter().filter(|number| !some.contains(*number)).collect();
    if open.len() > MAX_SEARCHES {
        signatures.mismatched = without(&signatures.mismatched, open);
        signatures.not_searched = open.clone();
        return Ok(());
    }
    if open.is_empty() {
        return Ok(());
    }
    job.begin("Searching signatures of older releases", u64::try_from(open.len()).ok());
    let v2_since = Instant::parse(rules::V2_SINCE);
    let mut found = Numbers::default();
    for vote in reader.votes_by_number(&open.iter().collect::<Vec<_>>())? {
        let at = vote.voted_at.as_deref().and_then(Instant::parse);
        let Some(expected) = vote.vote_signature.as_deref().and_then(signature_bytes) else { continue };
        'searches: for search in rules::drift_searches(&vote.view()) {
            if search.scheme == SignatureScheme::V2 && at < v2_since {
                continue;
            }
            for (number, key) in signer.keys.iter().enumerate() {
                // The first release knew its own key or the published default; later ones fell back to the secret.
                let fits_release = match search.scheme {
                    SignatureScheme::V1 => key.is_origin_choice || key.is_published,
                    _ => !key.is_published,
                };
                if !fits_release {
                    continue;
                }
                if search_micros(&key.prepared, &search.prefix, &search.suffix, search.micros.clone(), &expected, job)
                    .is_some()
                {
                    signatures.valid.entry((number, search.scheme)).or_default().push(vote.number);
                    found.push(vote.number);
                    break 'searches;
                }
            }
        }
        job.advance(1);
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
    }
    signatures.mismatched = without(&signatures.mismatched, &found);
    Ok(())
}

fn findings(
    reader: &Reader,
    seen: &Seen,
    signatures: &mut Signatures,
    signer: &Signer,
    clues: &Clues<'_>,
    signed: usize,
    job: &dyn Job,
) -> Result<(), Error> {
    let total = seen.votes.len();
    let (unsigned, mismatched) = (signatures.unsigned.clone(), signatures.mismatched.clone());
    let mut found = Vec::new();
    if signed > 0 && !unsigned.is_empty() {
        let detail = format!("Votes without signature: {} of {total}. The others are signed.", unsigned.len());
        found.push(Finding::new(FindingCode::VoteUnsigned, detail).with_votes(unsigned));
    }
    if signatures.lacks_key {
        let detail = if signatures.has_origin_key {
            format!(
                "None of the {signed} signatures fits the key given: it is most likely not the key of this installation, or all votes were signed anew."
            )
        } else {
            format!("{signed} votes are signed, and no VOTE_SIGNING_KEY was given.")
        };
        found.push(Finding::new(FindingCode::KeyMissing, detail).about("signatures".to_owned(), None));
    } else if !signatures.not_searched.is_empty() {
        let detail = format!(
            "{} votes from before {} match no current signature. Older releases signed microseconds that were not stored; searching so many was not begun.",
            signatures.not_searched.len(),
            rules::CURRENT_SCHEME_SINCE
        );
        found.push(Finding::new(FindingCode::KeyMissing, detail).with_votes(signatures.not_searched.clone()));
    }
    if !signatures.lacks_key && !mismatched.is_empty() {
        let looked_at: Vec<i64> = mismatched.iter().take(LOCALISED).collect();
        let mut detail = format!("Votes that do not match their signature: {} of {total}.", mismatched.len());
        if looked_at.len() < mismatched.len() {
            detail.push_str(&format!(" What was changed was searched for in the first {LOCALISED} of them."));
        }
        found.push(Finding::new(FindingCode::SignatureMismatch, detail).with_votes(mismatched));
        job.begin("Searching for what was changed", u64::try_from(looked_at.len()).ok());
        let votes = reader.votes_by_number(&looked_at)?;
        let pairs = exchanged(&votes, &signer.keys);
        if !pairs.is_empty() {
            let detail =
                format!("Votes that carry a signature which belongs to another of these votes: {}.", pairs.len());
            let finding = Finding::new(FindingCode::SignaturesExchanged, detail);
            found.push(finding.with_votes(pairs.iter().copied().collect()));
        }
        let values = Values::gather(reader, seen, job)?;
        let localised: Vec<(&VoteRecord, Localised)> = votes
            .par_iter()
            .enumerate()
            .filter(|(_, vote)| !pairs.contains(&vote.number) && !job.is_cancelled())
            .filter_map(|(index, vote)| {
                let found = localise(vote, &signer.keys, clues, &values, index < SEARCHED_IN_FULL);
                job.advance(1);
                found.map(|it| (vote, it))
            })
            .collect();
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        for (vote, localised) in localised {
            if let Some(candidate) = localised.candidate {
                signatures.original_candidate.insert(vote.number, candidate);
            }
            let detail = format!("Vote {}: {}", vote.id, localised.sentence);
            let finding = Finding::new(FindingCode::SignatureLocalised, detail);
            found.push(finding.with_votes([vote.number].into_iter().collect()));
        }
    }
    let mut schemes: BTreeMap<SignatureScheme, Vec<&Numbers>> = BTreeMap::new();
    for ((_, scheme), votes) in &signatures.valid {
        schemes.entry(*scheme).or_default().push(votes);
    }
    let count_of = |votes: &[&Numbers]| votes.iter().map(|votes| votes.len()).sum::<usize>();
    if schemes.len() > 1 {
        let list: Vec<String> =
            schemes.iter().map(|(scheme, votes)| format!("{} under {}", count_of(votes), scheme.word())).collect();
        let finding = Finding::new(
            FindingCode::SchemesMixed,
            format!("Votes match different signature schemes: {}.", list.join(", ")),
        );
        let rarest = schemes.values().min_by_key(|votes| count_of(votes));
        let votes = rarest.into_iter().flatten().flat_map(|votes| votes.iter()).collect();
        found.push(finding.with_votes(votes));
    }
    for (number, key) in signer.keys.iter().enumerate() {
        let votes: Numbers = signatures
            .valid
            .iter()
            .filter(|((key, _), _)| *key == number)
            .flat_map(|(_, votes)| votes.iter())
            .collect();
        if let Some(weakness) = key.weakness.as_ref().filter(|_| !votes.is_empty()) {
            let detail = format!("Signatures fit {}, but {weakness}: anyone who knows it can sign.", key.origin);
            found.push(Finding::new(FindingCode::KeyWeak, detail).with_votes(votes));
        }
    }
    signatures.findings = found;
    Ok(())
}

/// Votes whose signature is the one that another mismatching vote should carry, by number.
fn exchanged(votes: &[VoteRecord], keys: &[Key]) -> BTreeSet<i64> {
    let mut owner_of: HashMap<String, i64> = HashMap::new();
    for vote in votes {
        for text in current_texts(&vote.view()) {
            for key in keys {
                owner_of.insert(key.prepared.hex(&text), vote.number);
            }
        }
    }
    let mut pairs = BTreeSet::new();
    for vote in votes {
        if let Some(owner) = vote.vote_signature.as_deref().and_then(|signature| owner_of.get(signature))
            && *owner != vote.number
        {
            pairs.insert(vote.number);
            pairs.insert(*owner);
        }
    }
    pairs
}

/// Texts that stand in a column of the election: the smallest ones, where there are many.
struct Values([BTreeSet<Option<String>>; 4]);

/// Columns that values are exchanged in.
const EXCHANGED: [&str; 4] = ["position", "voter_hash", "voter_id", "proxy_delegating_user_id"];

impl Values {
    fn gather(reader: &Reader, seen: &Seen, job: &dyn Job) -> Result<Self, Error> {
        let mut all = Self(std::array::from_fn(|_| BTreeSet::from([None, Some(String::new())])));
        let Some((first, last)) = seen.votes.span() else { return Ok(all) };
        in_blocks_of(
            reader,
            (first - 1, last),
            job,
            |reader, range| {
                let mut part: [BTreeSet<Option<String>>; 4] = Default::default();
                reader.scan_votes(range, &mut |vote, _| {
                    if vote.election_id == seen.election_id {
                        let texts = [vote.position, vote.voter_hash, vote.voter_id, vote.proxy_delegating_user_id];
                        for (set, text) in part.iter_mut().zip(texts) {
                            add_bounded(set, text);
                        }
                    }
                    true
                })?;
                Ok(part)
            },
            |part: [BTreeSet<Option<String>>; 4]| {
                for (set, part) in all.0.iter_mut().zip(part) {
                    for text in part {
                        add_bounded(set, text.as_deref());
                    }
                }
            },
        )?;
        Ok(all)
    }
}

/// Keeps the smallest values of a column.
fn add_bounded(set: &mut BTreeSet<Option<String>>, text: Option<&str>) {
    let is_full = set.len() >= MAX_VALUES;
    if is_full && set.last().is_some_and(|last| last.as_deref() <= text) {
        return;
    }
    if set.insert(text.map(str::to_owned)) && is_full {
        set.pop_last();
    }
}

struct Localised {
    sentence: String,
    candidate: Option<String>,
}

/// Puts known values in place of each signed field until the signature fits. Searches that try very many values are made
/// only `in_full`.
fn localise(vote: &VoteRecord, keys: &[Key], clues: &Clues<'_>, values: &Values, in_full: bool) -> Option<Localised> {
    let expected = vote.vote_signature.as_deref().map(str::to_lowercase).as_deref().and_then(signature_bytes)?;
    let mut text = String::new();
    let mut fits = |vote: &VoteRecord| {
        rules::write_signed_text(&vote.view(), SignatureScheme::V4, &mut text);
        keys.iter().any(|key| key.prepared.fits(text.as_bytes(), &expected))
    };
    let plain = |sentence: String| Some(Localised { sentence, candidate: None });
    if fits(vote) {
        return plain("the signature fits once it is written in lower case.".to_owned());
    }
    let mut tried = vote.clone();
    for candidate in clues.candidates {
        if candidate.id == vote.candidate_id {
            continue;
        }
        tried.candidate_id.clone_from(&candidate.id);
        if fits(&tried) {
            let now = clues
                .candidates
                .iter()
                .find(|other| other.id == vote.candidate_id)
                .map_or("an unknown candidate", |other| &other.name);
            return Some(Localised {
                sentence: format!(
                    "the signature fits if the candidate is {} ({}) instead of {now}.",
                    candidate.name, candidate.id
                ),
                candidate: Some(candidate.id.clone()),
            });
        }
    }
    tried.candidate_id.clone_from(&vote.candidate_id);
    // Time: what the audit log says, then every second of a day around.
    let recorded = clues.recorded_at.get(&vote.number);
    let stored = vote.voted_at.as_deref().and_then(Instant::parse);
    let mut instants: Vec<i64> = recorded.map(|at| at.seconds()).into_iter().collect();
    if let Some(stored) = stored.filter(|_| in_full) {
        for step in 1..=TIME_SEARCH_SECONDS {
            instants.push(stored.seconds() - step);
            instants.push(stored.seconds() + step);
        }
    }
    for seconds in instants {
        let instant = Instant::from_seconds(seconds);
        tried.voted_at = Some(instant.to_utc().date_and_time(' '));
        if fits(&tried) {
            let now = vote.voted_at.as_deref().unwrap_or("NULL");
            return plain(format!("the signature fits if it was cast at {} instead of {now}.", instant.to_display()));
        }
    }
    tried.voted_at.clone_from(&vote.voted_at);
    let swap = |tried: &mut VoteRecord, column: &str, value: Option<String>| {
        if let Some(field) = tried.column_mut(column) {
            *field = value;
        }
    };
    for (column, values) in EXCHANGED.iter().zip(&values.0) {
        if !in_full && values.len() > FEW_VALUES {
            continue;
        }
        for value in values {
            swap(&mut tried, column, value.clone());
            if fits(&tried) {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
                let now = vote.optional(column).map(shown).unwrap_or_default();
                return plain(format!("the signature fits if {column} is {} instead of {now}.", shown(value)));
            }
        }
        swap(&mut tried, column, vote.optional(column).cloned().flatten());
    }
    let choices: [(&str, Vec<Option<String>>); 3] = [
        ("vote_rank", std::iter::once(None).chain((0..=50).map(|rank| Some(rank.to_string()))).collect()),
        ("is_proxy_vote", vec![Some("0".to_owned()), Some("1".to_owned())]),
        ("is_manual", vec![Some("0".to_owned()), Some("1".to_owned())]),
    ];
    for (column, values) in choices {
        for value in values {
            swap(&mut tried, column, value.clone());
            if fits(&tried) {
                return plain(format!(
                    "the signature fits if {column} is {}.",
                    value.unwrap_or_else(|| "NULL".to_owned())
                ));
            }
        }
        swap(&mut tried, column, vote.optional(column).cloned().flatten());
    }
    for id in clues.recorded_ids.filter(|_| in_full).unwrap_or_default() {
        tried.id.clone_from(id);
        if fits(&tried) {
            return plain(format!("the signature fits if the vote's id is {id}, which the audit log names."));
        }
    }
    None
}
