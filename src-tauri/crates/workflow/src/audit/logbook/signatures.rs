//! Vote signatures: which match, under which key and scheme, and what would make the others match.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::vote::non_empty;
use domain::{Finding, FindingCode, Instant, Job, KeyRing, SigningKey, VoteRecord};
use importers::logbook::rows::Candidate;
use importers::logbook::rules::{self, SignatureScheme};
use rayon::prelude::*;
use verification::KeyedHash;
use verification::keyed::{search_micros, signature_bytes};

use super::Accounted;
use crate::Error;

/// Votes of one election that may be searched for lost microseconds without asking.
const MAX_SEARCHES: usize = 1000;
/// A key shorter than this gives no weight.
const MIN_KEY_BYTES: usize = 16;
/// Ids of the audit log that are tried in place of a vote's own.
const MAX_IDS: usize = 20_000;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No signature.
    Unsigned,
    /// Matches under a key (index) and scheme.
    Valid { key: usize, scheme: SignatureScheme },
    /// Matches nothing.
    Mismatch,
    /// Too many to search; cannot tell.
    NotSearched,
}

/// All signatures of an election.
pub(crate) struct Signatures {
    /// One outcome per vote, in order.
    pub(crate) outcomes: Vec<Outcome>,
    /// Whether the origin's own check would call the signature valid.
    pub(crate) origin_valid: Vec<bool>,
    /// Keys tried.
    pub(crate) keys: Vec<Key>,
    /// True where there is no key to check with, or none fits anything.
    pub(crate) lacks_key: bool,
    /// True where a key was given by the user.
    pub(crate) has_origin_key: bool,
    /// Original candidate of votes whose change was localised.
    pub(crate) original_candidate: HashMap<usize, String>,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

pub(crate) fn subject(vote: &VoteRecord) -> String {
    format!("vote:{}", vote.id)
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

/// Texts that the current schemes may have signed for a vote: NULL and empty contests cannot be told apart in some files.
fn current_texts(vote: &VoteRecord) -> Vec<(SignatureScheme, String)> {
    let mut texts = Vec::with_capacity(2);
    let mut text = String::new();
    rules::write_signed_text(vote, SignatureScheme::V4, &mut text);
    texts.push((SignatureScheme::V4, text.clone()));
    if vote.has_ambiguous_nulls && vote.position.is_none() {
        let mut other = vote.clone();
        other.position = Some(String::new());
        rules::write_signed_text(&other, SignatureScheme::V4, &mut text);
        texts.push((SignatureScheme::V4, text.clone()));
    }
    texts
}

fn check_one(vote: &VoteRecord, keys: &[Key], text: &mut String) -> (Outcome, bool) {
    let Some(signature) = non_empty(&vote.vote_signature) else { return (Outcome::Unsigned, false) };
    let Some(expected) = signature_bytes(signature) else { return (Outcome::Mismatch, false) };
    rules::write_signed_text(vote, SignatureScheme::V4, text);
    for (index, key) in keys.iter().enumerate() {
        if key.prepared.fits(text.as_bytes(), &expected) {
            return (Outcome::Valid { key: index, scheme: SignatureScheme::V4 }, key.is_origin_choice);
        }
    }
    for (scheme, text) in current_texts(vote).into_iter().skip(1) {
        if let Some(index) = keys.iter().position(|key| key.prepared.fits(text.as_bytes(), &expected)) {
            return (Outcome::Valid { key: index, scheme }, keys[index].is_origin_choice);
        }
    }
    rules::write_signed_text(vote, SignatureScheme::V3, text);
    match keys.iter().position(|key| key.prepared.fits(text.as_bytes(), &expected)) {
        Some(index) => (Outcome::Valid { key: index, scheme: SignatureScheme::V3 }, false),
        None => (Outcome::Mismatch, false),
    }
}

/// Checks all votes of an election.
pub(crate) fn check(
    votes: &[VoteRecord],
    ring: &KeyRing,
    candidates: &[Candidate],
    accounted: &HashMap<String, Accounted>,
    job: &dyn Job,
) -> Result<Signatures, Error> {
    let keys = vote_keys(ring);
    job.begin("Checking vote signatures", u64::try_from(votes.len()).ok());
    let checked: Vec<(Outcome, bool)> = votes
        .par_chunks(2048)
        .flat_map_iter(|chunk| {
            let mut text = String::with_capacity(300);
            let outcomes: Vec<_> = chunk.iter().map(|vote| check_one(vote, &keys, &mut text)).collect();
            job.advance(u64::try_from(chunk.len()).unwrap_or(0));
            outcomes
        })
        .collect();
    if job.is_cancelled() {
        return Err(Error::Cancelled);
    }
    let (mut outcomes, origin_valid): (Vec<_>, Vec<_>) = checked.into_iter().unzip();
    search_older(votes, &mut outcomes, &keys, job)?;
    let has_origin_key = keys.iter().any(|key| key.is_origin_choice);
    let signed = outcomes.iter().filter(|outcome| **outcome != Outcome::Unsigned).count();
    let valid = outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Valid { .. })).count();
    let lacks_key = signed > 0 && valid == 0 && (!has_origin_key || signed >= 5);
    let mut signatures = Signatures {
        outcomes,
        origin_valid,
        keys,
        lacks_key,
        has_origin_key,
        original_candidate: HashMap::new(),
        findings: Vec::new(),
    };
    findings(votes, &mut signatures, candidates, accounted, signed);
    Ok(signatures)
}

/// Searches the lost microseconds of votes from before the current scheme.
fn search_older(votes: &[VoteRecord], outcomes: &mut [Outcome], keys: &[Key], job: &dyn Job) -> Result<(), Error> {
    let until = Instant::parse(rules::CURRENT_SCHEME_SINCE);
    // A scheme cannot be older than its release; installations may have kept an old release for long.
    let (v1_since, v2_since) = (Instant::parse(rules::V1_SINCE), Instant::parse(rules::V2_SINCE));
    let open: Vec<usize> = votes
        .iter()
        .zip(outcomes.iter())
        .enumerate()
        .filter(|(_, (vote, outcome))| {
            let at = vote.voted_at.as_deref().and_then(Instant::parse);
            **outcome == Outcome::Mismatch
                && at.is_some()
                && at < until
                && at >= v1_since
                && vote.vote_signature.as_deref().and_then(signature_bytes).is_some()
        })
        .map(|(index, _)| index)
        .collect();
    if open.len() > MAX_SEARCHES {
        for index in open {
            outcomes[index] = Outcome::NotSearched;
        }
        return Ok(());
    }
    if !open.is_empty() {
        job.begin("Searching signatures of older releases", u64::try_from(open.len()).ok());
    }
    for index in open {
        let vote = &votes[index];
        let at = vote.voted_at.as_deref().and_then(Instant::parse);
        let Some(expected) = vote.vote_signature.as_deref().and_then(signature_bytes) else { continue };
        'searches: for search in rules::drift_searches(vote) {
            if search.scheme == SignatureScheme::V2 && at < v2_since {
                continue;
            }
            for (number, key) in keys.iter().enumerate() {
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
                    outcomes[index] = Outcome::Valid { key: number, scheme: search.scheme };
                    break 'searches;
                }
            }
        }
        job.advance(1);
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
    }
    Ok(())
}

fn findings(
    votes: &[VoteRecord],
    signatures: &mut Signatures,
    candidates: &[Candidate],
    accounted: &HashMap<String, Accounted>,
    signed: usize,
) {
    let of = |wanted: &Outcome| -> Vec<usize> {
        signatures
            .outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| *outcome == wanted)
            .map(|(index, _)| index)
            .collect()
    };
    let unsigned = of(&Outcome::Unsigned);
    let mismatched = of(&Outcome::Mismatch);
    let not_searched = of(&Outcome::NotSearched);
    let mut found = Vec::new();
    let name_all = |finding: &mut Finding, indices: &[usize]| {
        for index in indices {
            finding.add(subject(&votes[*index]), votes[*index].place);
        }
    };
    if signed > 0 && !unsigned.is_empty() {
        let mut finding = Finding::new(
            FindingCode::VoteUnsigned,
            format!("Votes without signature: {} of {}. The others are signed.", unsigned.len(), votes.len()),
        );
        name_all(&mut finding, &unsigned);
        found.push(finding);
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
    } else if !not_searched.is_empty() {
        let detail = format!(
            "{} votes from before {} match no current signature. Older releases signed microseconds that were not stored; searching so many was not begun.",
            not_searched.len(),
            rules::CURRENT_SCHEME_SINCE
        );
        let mut finding = Finding::new(FindingCode::KeyMissing, detail);
        name_all(&mut finding, &not_searched);
        found.push(finding);
    }
    if !signatures.lacks_key && !mismatched.is_empty() {
        let mut finding = Finding::new(
            FindingCode::SignatureMismatch,
            format!("Votes that do not match their signature: {} of {}.", mismatched.len(), votes.len()),
        );
        name_all(&mut finding, &mismatched);
        found.push(finding);
        let pairs = exchanged(votes, &mismatched, &signatures.keys);
        if !pairs.is_empty() {
            let mut finding = Finding::new(
                FindingCode::SignaturesExchanged,
                format!("Votes that carry a signature which belongs to another of these votes: {}.", pairs.len()),
            );
            name_all(&mut finding, &pairs.iter().copied().collect::<Vec<_>>());
            found.push(finding);
        }
        let localised: Vec<(usize, Localised)> = mismatched
            .par_iter()
            .filter(|index| !pairs.contains(index))
            .filter_map(|index| {
                localise(&votes[*index], &signatures.keys, candidates, accounted, votes).map(|it| (*index, it))
            })
            .collect();
        for (index, localised) in localised {
            if let Some(candidate) = localised.candidate {
                signatures.original_candidate.insert(index, candidate);
            }
            found.push(
                Finding::new(
                    FindingCode::SignatureLocalised,
                    format!("Vote {}: {}", votes[index].id, localised.sentence),
                )
                .about(subject(&votes[index]), votes[index].place),
            );
        }
    }
    let mut schemes: BTreeMap<SignatureScheme, usize> = BTreeMap::new();
    let mut used: BTreeSet<usize> = BTreeSet::new();
    for outcome in &signatures.outcomes {
        if let Outcome::Valid { key, scheme } = outcome {
            *schemes.entry(*scheme).or_default() += 1;
            used.insert(*key);
        }
    }
    if schemes.len() > 1 {
        let list: Vec<String> =
            schemes.iter().map(|(scheme, count)| format!("{count} under {}", scheme.word())).collect();
        let mut finding = Finding::new(
            FindingCode::SchemesMixed,
            format!("Votes match different signature schemes: {}.", list.join(", ")),
        );
        let rarest = schemes.iter().min_by_key(|(_, count)| **count).map(|(scheme, _)| *scheme);
        for (index, outcome) in signatures.outcomes.iter().enumerate() {
            if matches!(outcome, Outcome::Valid { scheme, .. } if Some(*scheme) == rarest) {
                finding.add(subject(&votes[index]), votes[index].place);
            }
        }
        found.push(finding);
    }
    for key in used {
        if let Some(weakness) = &signatures.keys[key].weakness {
            let mut finding = Finding::new(
                FindingCode::KeyWeak,
                format!(
                    "Signatures fit {}, but {weakness}: anyone who knows it can sign.",
                    signatures.keys[key].origin
                ),
            );
            for (index, outcome) in signatures.outcomes.iter().enumerate() {
                if matches!(outcome, Outcome::Valid { key: used, .. } if *used == key) {
                    finding.add(subject(&votes[index]), votes[index].place);
                }
            }
            found.push(finding);
        }
    }
    signatures.findings = found;
}

/// Votes whose signature is the one that another mismatching vote should carry.
fn exchanged(votes: &[VoteRecord], mismatched: &[usize], keys: &[Key]) -> BTreeSet<usize> {
    let mut owner_of: HashMap<String, usize> = HashMap::new();
    for index in mismatched {
        for (_, text) in current_texts(&votes[*index]) {
            for key in keys {
                owner_of.insert(key.prepared.hex(&text), *index);
            }
        }
    }
    let mut pairs = BTreeSet::new();
    for index in mismatched {
        if let Some(owner) = votes[*index].vote_signature.as_deref().and_then(|signature| owner_of.get(signature))
            && owner != index
        {
            pairs.insert(*index);
            pairs.insert(*owner);
        }
    }
    pairs
}

struct Localised {
    sentence: String,
    candidate: Option<String>,
}

/// Puts known values in place of each signed field until the signature fits.
fn localise(
    vote: &VoteRecord,
    keys: &[Key],
    candidates: &[Candidate],
    accounted: &HashMap<String, Accounted>,
    votes: &[VoteRecord],
) -> Option<Localised> {
    let expected = vote.vote_signature.as_deref().map(str::to_lowercase).as_deref().and_then(signature_bytes)?;
    let mut text = String::new();
    let mut fits = |vote: &VoteRecord| {
        rules::write_signed_text(vote, SignatureScheme::V4, &mut text);
        keys.iter().any(|key| key.prepared.fits(text.as_bytes(), &expected))
    };
    let plain = |sentence: String| Some(Localised { sentence, candidate: None });
    if fits(vote) {
        return plain("the signature fits once it is written in lower case.".to_owned());
    }
    let mut tried = vote.clone();
    for candidate in candidates {
        if candidate.id == vote.candidate_id {
            continue;
        }
        tried.candidate_id.clone_from(&candidate.id);
        if fits(&tried) {
            let now = candidates
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
    let recorded = accounted.get(&vote.id).and_then(|entry| entry.at);
    let stored = vote.voted_at.as_deref().and_then(Instant::parse);
    let mut instants: Vec<i64> = recorded.map(Instant::seconds).into_iter().collect();
    if let Some(stored) = stored {
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
    let values_of = |column: &str| -> BTreeSet<Option<String>> {
        votes.iter().filter_map(|other| other.optional(column).cloned()).chain([None, Some(String::new())]).collect()
    };
    for column in ["position", "voter_hash", "voter_id", "proxy_delegating_user_id"] {
        for value in values_of(column).into_iter().take(20_000) {
            swap(&mut tried, column, value.clone());
            if fits(&tried) {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "NULL".to_owned());
                let now = vote.optional(column).map(shown).unwrap_or_default();
                return plain(format!("the signature fits if {column} is {} instead of {now}.", shown(&value)));
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
    if accounted.len() <= MAX_IDS {
        let mut ids: Vec<&String> = accounted.keys().collect();
        ids.sort();
        for id in ids {
            tried.id.clone_from(id);
            if fits(&tried) {
                return plain(format!("the signature fits if the vote's id is {id}, which the audit log names."));
            }
        }
    }
    None
}
