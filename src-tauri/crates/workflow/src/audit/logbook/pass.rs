//! One look at every vote of a case, in blocks, on all threads: what each check needs to know is gathered on the way, so
//! that no check holds the votes themselves.
//!
//! What must be compared over all votes (ids, voters, stored hashes, addresses) goes onto [`Piles`] as slips.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;

use domain::time::WallClock;
use domain::vote::{filled, flag};
use domain::{Instant, Job, Numbers, VoteRecord, VoteView};
use importers::logbook::rows::{Candidate, Election, Token};
use importers::logbook::rules::{self, SignatureScheme};
use store::Reader;
use store::tables::vote::VoteTerms;
use verification::vote_chain::{self, ChainRow, Link, Segment};
use verification::{Fingerprints, KeyedHash, Piles, Slip};

use super::choices::Choices;
use super::signatures::{Outcome, Signer};
use super::{Facts, chain};
use crate::Error;
use crate::audit::blocks::in_blocks;

/// Kinds of slips.
pub(crate) mod kind {
    /// A vote by its id.
    pub(crate) const VOTE: u32 = 0;
    /// An audit entry by the vote id that it names.
    pub(crate) const ENTRY: u32 = 1;
    /// A vote by its voter.
    pub(crate) const VOTER: u32 = 2;
    /// A vote by the identity that the count tells voters apart by, where that is another one.
    pub(crate) const COUNTED_VOTER: u32 = 3;
    /// A vote by the hash that its member would have had by credential.
    pub(crate) const OTHER_PATH: u32 = 4;
    /// A vote by its stored second-vote hash.
    pub(crate) const DEDUP: u32 = 5;
    /// A vote by its address.
    pub(crate) const ADDRESS: u32 = 6;
    /// A ballot by the address of its first vote.
    pub(crate) const BALLOT: u32 = 7;
}

/// Flags of slips.
pub(crate) mod mark {
    /// The vote should have an entry of its own.
    pub(crate) const NEEDS_ENTRY: u32 = 1;
    /// Its voter hash is nobody's who is known.
    pub(crate) const UNKNOWN_VOTER: u32 = 2;
    /// It was cast before its credential was issued.
    pub(crate) const BEFORE_CREDENTIAL: u32 = 4;
    /// An entry that names its member would break secrecy.
    pub(crate) const SECRET: u32 = 8;
    /// Its signature does not match, so the entry's time is wanted.
    pub(crate) const MISMATCHED: u32 = 16;
    /// Cast by a person, counted or not: neither excluded nor test nor paper.
    pub(crate) const PERSON: u32 = 32;
    /// The count counts it for this identity.
    pub(crate) const COUNTED: u32 = 64;
    /// It stands where one voter may vote once.
    pub(crate) const SINGLE: u32 = 128;
    /// The voter hash, not the member's id, tells who voted.
    pub(crate) const BY_HASH: u32 = 256;
    /// The entry was written for a credential.
    pub(crate) const BY_TOKEN: u32 = 512;
    /// The entry names its member.
    pub(crate) const NAMES_USER: u32 = 1024;
}

/// Everything that is to be compared over all votes.
#[derive(Default)]
pub(crate) struct Ties {
    pub(crate) prints: Fingerprints,
    pub(crate) by_id: Piles,
    pub(crate) by_voter: Piles,
    pub(crate) by_dedup: Piles,
    pub(crate) by_address: Piles,
}

/// The credentials of one voter hash.
#[derive(Default)]
struct Credential {
    is_test: bool,
    is_real: bool,
    created: Option<Instant>,
}

/// What the pass needs to know of an election.
pub(crate) struct Plan<'a> {
    /// Number of the election within this run.
    pub(crate) index: u32,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) election: Option<&'a Election>,
    /// Contest of each candidate, both as terms of the case; `None` where the export has no candidates.
    ballot: Option<HashMap<i64, Option<i64>>>,
    credentials: HashMap<&'a str, Credential>,
    known_hashes: HashSet<String>,
    members: Option<HashSet<&'a str>>,
    batches: Option<HashSet<&'a str>>,
    pending: HashSet<&'a str>,
    salt: Option<KeyedHash>,
    /// Entries before this instant are not in the export.
    log_begins_at: Option<Instant>,
    is_log_complete: bool,
    is_ranked: bool,
    /// Few enough credentials that their contests are compared one by one.
    has_few_tokens: bool,
    /// Voter hashes seen, and contests seen for credentials.
    voted: Mutex<HashSet<String>>,
    voted_contests: Mutex<HashSet<(String, String)>>,
    used_hashes: HashSet<&'a str>,
}

/// What a plan is made from.
pub(crate) struct Sources<'a> {
    pub(crate) index: u32,
    pub(crate) election: Option<&'a Election>,
    pub(crate) candidates: Option<&'a [Candidate]>,
    pub(crate) tokens: &'a [Token],
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) known_hashes: HashSet<String>,
    pub(crate) members: Option<HashSet<&'a str>>,
    pub(crate) batches: Option<HashSet<&'a str>>,
    pub(crate) pending: HashSet<&'a str>,
    pub(crate) log_begins_at: Option<Instant>,
    pub(crate) is_log_complete: bool,
}

impl<'a> Plan<'a> {
    pub(crate) fn new(sources: Sources<'a>, reader: &Reader) -> Self {
        let mut credentials: HashMap<&str, Credential> = HashMap::new();
        for token in sources.tokens {
            let Some(hash) = token.voter_hash.as_deref() else { continue };
            let credential = credentials.entry(hash).or_default();
            if token.is_test {
                credential.is_test = true;
            } else {
                credential.is_real = true;
                if let Some(created) = token.created_at {
                    credential.created = Some(credential.created.map_or(created, |known| known.min(created)));
                }
            }
        }
        // A term that no vote uses cannot be the vote's: it stands as a number that no term has.
        let term = |text: &str| reader.term_number(text).unwrap_or(-1);
        let ballot = sources
            .candidates
            .map(|candidates| candidates.iter().map(|it| (term(&it.id), it.position.as_deref().map(term))).collect());
        let salt = sources.election.and_then(|election| election.salt.as_ref());
        Self {
            index: sources.index,
            facts: sources.facts,
            election: sources.election,
            ballot,
            credentials,
            known_hashes: sources.known_hashes,
            members: sources.members,
            batches: sources.batches,
            pending: sources.pending,
            salt: salt.map(|salt| KeyedHash::new(salt.as_bytes())),
            log_begins_at: sources.log_begins_at,
            is_log_complete: sources.is_log_complete,
            is_ranked: sources.election.is_some_and(|election| election.voting_method == "ranked_choice"),
            has_few_tokens: sources.tokens.len() <= 2000,
            voted: Mutex::default(),
            voted_contests: Mutex::default(),
            used_hashes: sources.tokens.iter().filter_map(|token| token.voter_hash.as_deref()).collect(),
        }
    }

    fn is_anonymous(&self) -> bool {
        self.election.is_some_and(|election| election.is_anonymous)
    }

    /// Voter hashes of credentials that votes carry.
    pub(crate) fn voted(&self) -> HashSet<String> {
        self.voted.lock().map(|voted| voted.clone()).unwrap_or_default()
    }

    /// The same with the contests voted for, where there are few credentials.
    pub(crate) fn voted_contests(&self) -> HashSet<(String, String)> {
        self.voted_contests.lock().map(|voted| voted.clone()).unwrap_or_default()
    }

    /// Whether the origin counts the vote.
    fn counts(&self, vote: &VoteView<'_>) -> bool {
        let is_pending = filled(vote.manual_batch_id).is_some_and(|batch| self.pending.contains(batch));
        !vote.is_deleted() && !vote.is_test_ballot() && !is_pending
    }
}

/// Votes of one paper batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct PaperVotes {
    pub(crate) votes: Numbers,
    pub(crate) candidates: BTreeMap<String, i64>,
}

/// What the votes of one election showed.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) election_id: String,
    pub(crate) votes: Numbers,
    /// Not excluded.
    pub(crate) active: u64,
    // Signatures.
    pub(crate) unsigned: Numbers,
    pub(crate) active_unsigned: u64,
    pub(crate) valid: BTreeMap<(usize, SignatureScheme), Numbers>,
    pub(crate) mismatched: Numbers,
    /// Of these, votes that an older release may have signed over microseconds that were not stored.
    pub(crate) perhaps_older: Numbers,
    /// Votes, not excluded and signed, that the origin's own check would call altered.
    pub(crate) origin_tampered: Numbers,
    pub(crate) origin_valid: u64,
    // Chain.
    pub(crate) linked: u64,
    pub(crate) unlinked: Numbers,
    pub(crate) segments: Vec<Segment>,
    /// The same without excluded votes, from the first block on that holds one.
    pub(crate) active_segments: Option<Vec<Segment>>,
    /// The rows of some block hardly follow one another: the export stands in another order than time.
    pub(crate) is_scattered: bool,
    span: Option<(i64, i64)>,
    pub(crate) deleted: Numbers,
    // Comparisons.
    pub(crate) not_on_ballot: Numbers,
    pub(crate) wrong_test_mark: Numbers,
    pub(crate) outside: BTreeMap<&'static str, Numbers>,
    pub(crate) unknown_voters: Numbers,
    pub(crate) reopened: Vec<Numbers>,
    pub(crate) excluded_unrecorded: Numbers,
    pub(crate) resurrected: Numbers,
    pub(crate) paper: BTreeMap<String, PaperVotes>,
    pub(crate) paper_without_batch: Numbers,
    pub(crate) paper_votes: Numbers,
    pub(crate) by_proxy: Numbers,
    pub(crate) by_row: Numbers,
    pub(crate) by_address: Numbers,
    // The origin's report.
    pub(crate) proxies: Numbers,
    pub(crate) minutes: BTreeMap<String, i64>,
    pub(crate) without_address: i64,
    pub(crate) newest_deletion: Option<Instant>,
    pub(crate) newest_active: Option<Instant>,
    // Count.
    pub(crate) rows: BTreeMap<(Option<i64>, i64), i64>,
    /// For the tests of their order.
    pub(crate) choices: Choices,
    /// Paper votes, and all votes of a ranked election.
    pub(crate) ballots: Vec<VoteRecord>,
}

impl Seen {
    /// First and last time of a linked vote.
    pub(crate) fn span_of_times(&self) -> Option<(i64, i64)> {
        self.span
    }

    fn new(reopened: usize) -> Self {
        Self { reopened: vec![Numbers::default(); reopened], ..Self::default() }
    }

    /// Adds what a later block showed.
    fn append(&mut self, later: Self) {
        self.votes.append(later.votes);
        self.active += later.active;
        self.unsigned.append(later.unsigned);
        self.active_unsigned += later.active_unsigned;
        for (under, votes) in later.valid {
            self.valid.entry(under).or_default().append(votes);
        }
        self.mismatched.append(later.mismatched);
        self.perhaps_older.append(later.perhaps_older);
        self.origin_tampered.append(later.origin_tampered);
        self.origin_valid += later.origin_valid;
        self.linked += later.linked;
        self.unlinked.append(later.unlinked);
        self.is_scattered |= later.is_scattered;
        self.span = match (self.span, later.span) {
            (Some((first, last)), Some((from, to))) => Some((first.min(from), last.max(to))),
            (one, other) => one.or(other),
        };
        match (&mut self.active_segments, later.active_segments) {
            (None, None) => {}
            (Some(known), Some(more)) => known.extend(more),
            (Some(known), None) => known.extend(later.segments.iter().cloned()),
            (None, Some(more)) => {
                let mut all = self.segments.clone();
                all.extend(more);
                self.active_segments = Some(all);
            }
        }
        self.segments.extend(later.segments);
        self.deleted.append(later.deleted);
        self.not_on_ballot.append(later.not_on_ballot);
        self.wrong_test_mark.append(later.wrong_test_mark);
        for (reason, votes) in later.outside {
            self.outside.entry(reason).or_default().append(votes);
        }
        self.unknown_voters.append(later.unknown_voters);
        for (known, more) in self.reopened.iter_mut().zip(later.reopened) {
            known.append(more);
        }
        self.excluded_unrecorded.append(later.excluded_unrecorded);
        self.resurrected.append(later.resurrected);
        for (batch, more) in later.paper {
            let known = self.paper.entry(batch).or_default();
            known.votes.append(more.votes);
            for (candidate, count) in more.candidates {
                *known.candidates.entry(candidate).or_default() += count;
            }
        }
        self.paper_without_batch.append(later.paper_without_batch);
        self.paper_votes.append(later.paper_votes);
        self.by_proxy.append(later.by_proxy);
        self.by_row.append(later.by_row);
        self.by_address.append(later.by_address);
        self.proxies.append(later.proxies);
        for (minute, count) in later.minutes {
            *self.minutes.entry(minute).or_default() += count;
        }
        self.without_address += later.without_address;
        self.newest_deletion = self.newest_deletion.max(later.newest_deletion);
        self.newest_active = self.newest_active.max(later.newest_active);
        for (row, count) in later.rows {
            *self.rows.entry(row).or_default() += count;
        }
        self.choices.append(later.choices);
        self.ballots.extend(later.ballots);
    }
}

/// The part of one election in one block.
struct Part {
    seen: Seen,
    chain: Vec<(ChainRow, bool)>,
    minutes: BTreeMap<i64, i64>,
}

/// Slips of one block.
#[derive(Default)]
struct Slips {
    by_id: Vec<Slip>,
    by_voter: Vec<Slip>,
    by_dedup: Vec<Slip>,
    by_address: Vec<Slip>,
}

/// Looks at all votes. Elections are told by their term in the case; those without a plan are passed over.
pub(crate) fn look(
    reader: &Reader,
    plans: &BTreeMap<i64, Plan<'_>>,
    signer: &Signer,
    ties: &Ties,
    job: &dyn Job,
) -> Result<BTreeMap<i64, Seen>, Error> {
    let last = reader.last_vote_number()?;
    job.begin("Checking the votes", u64::try_from(last).ok());
    let mut seen: BTreeMap<i64, Seen> =
        plans.iter().map(|(term, plan)| (*term, Seen::new(plan.facts.reopened.len()))).collect();
    for (term, seen) in &mut seen {
        reader.term(*term).clone_into(&mut seen.election_id);
    }
    in_blocks(
        reader,
        last,
        job,
        |reader, range| look_at_block(reader, range, plans, signer, ties),
        |parts: BTreeMap<i64, Seen>| {
            for (term, part) in parts {
                if let Some(seen) = seen.get_mut(&term) {
                    seen.append(part);
                }
            }
        },
    )?;
    for (term, seen) in &mut seen {
        if seen.is_scattered || seen.segments.len() > vote_chain::ALL_PAIRS {
            chain::walk_in_order_of_time(reader, *term, seen, job)?;
        }
    }
    Ok(seen)
}

/// Early slips that are collected before they are laid out.
pub(crate) const EARLY_SLIPS: usize = 4096;

/// Slips of a vote that is only being read: by its id, and by its voter, contest, rank and candidate told by short keys.
pub(crate) fn early_slips(vote: &VoteView<'_>, prints: &Fingerprints) -> (Slip, Option<Slip>) {
    let place = vote.place.map_or(0, |place| (place.file.0 << 40) | i64::try_from(place.row).unwrap_or(0));
    let is_person = !vote.is_deleted() && !vote.is_test_ballot() && !vote.is_paper();
    let slip = Slip {
        kind: kind::VOTE,
        number: place,
        order: place,
        marks: [0, vote.position.map_or(0, |position| prints.half(position)), 0, 0],
        flags: if is_person { mark::PERSON } else { 0 },
        ..Slip::default()
    };
    let by_voter = vote.identity().filter(|_| is_person).map(|identity| {
        let rank = vote.vote_rank.unwrap_or_default();
        let key = prints.of(&[vote.election_id, identity, vote.position.unwrap_or_default(), rank]);
        Slip { key, kind: kind::VOTER, ..slip }
    });
    (Slip { key: prints.of(&[vote.id]), ..slip }, by_voter)
}

fn slip_of(vote: &VoteView<'_>, terms: VoteTerms, election: u32, prints: &Fingerprints, flags: u32) -> Slip {
    let small = |term: Option<i64>| term.and_then(|term| u32::try_from(term).ok()).unwrap_or(u32::MAX);
    Slip {
        kind: kind::VOTE,
        number: vote.number,
        order: vote.number,
        time: vote.voted_at.and_then(Instant::parse).map_or(i64::MIN, Instant::seconds),
        marks: [
            election,
            small(terms.position),
            small(Some(terms.candidate)),
            vote.vote_rank.map_or(0, |rank| prints.half(rank) | 1),
        ],
        flags,
        tag: filled(vote.ip_address).map_or(0, |address| prints.short(address) | 1),
        ..Slip::default()
    }
}

fn look_at_block(
    reader: &Reader,
    range: (i64, i64),
    plans: &BTreeMap<i64, Plan<'_>>,
    signer: &Signer,
    ties: &Ties,
) -> Result<BTreeMap<i64, Seen>, Error> {
    let mut parts: BTreeMap<i64, Part> = BTreeMap::new();
    let mut slips = Slips::default();
    let mut text = String::with_capacity(300);
    reader.scan_votes(range, &mut |vote, terms| {
        if let Some(plan) = plans.get(&terms.election) {
            let part = parts.entry(terms.election).or_insert_with(|| Part {
                seen: Seen::new(plan.facts.reopened.len()),
                chain: Vec::new(),
                minutes: BTreeMap::new(),
            });
            part.look(vote, terms, plan, signer, &ties.prints, &mut slips, &mut text);
        }
        true
    })?;
    ties.by_id.add(&slips.by_id)?;
    ties.by_voter.add(&slips.by_voter)?;
    ties.by_dedup.add(&slips.by_dedup)?;
    ties.by_address.add(&slips.by_address)?;
    Ok(parts.into_iter().map(|(term, part)| (term, part.settle())).collect())
}

impl Part {
    #[allow(clippy::too_many_arguments, reason = "one place where everything about a vote comes together")]
    fn look(
        &mut self,
        vote: &VoteView<'_>,
        terms: VoteTerms,
        plan: &Plan<'_>,
        signer: &Signer,
        prints: &Fingerprints,
        slips: &mut Slips,
        text: &mut String,
    ) {
        let number = vote.number;
        let seen = &mut self.seen;
        let at = vote.voted_at.and_then(Instant::parse);
        let (is_deleted, is_test, is_paper) = (vote.is_deleted(), vote.is_test_ballot(), vote.is_paper());
        let election = plan.index;
        let mut flags = 0;
        seen.votes.push(number);
        seen.active += u64::from(!is_deleted);
        if is_deleted {
            seen.deleted.push(number);
            seen.newest_deletion = seen.newest_deletion.max(vote.deleted_at.and_then(Instant::parse));
        } else {
            seen.newest_active = seen.newest_active.max(at);
        }

        let (outcome, is_valid_for_origin) = signer.check(vote, text);
        match outcome {
            Outcome::Unsigned => {
                seen.unsigned.push(number);
                seen.active_unsigned += u64::from(!is_deleted);
            }
            Outcome::Valid { key, scheme } => seen.valid.entry((key, scheme)).or_default().push(number),
            Outcome::Mismatch => {
                seen.mismatched.push(number);
                flags |= mark::MISMATCHED;
                if signer.is_perhaps_older(vote, at) {
                    seen.perhaps_older.push(number);
                }
            }
        }
        if !is_deleted && outcome != Outcome::Unsigned {
            if is_valid_for_origin {
                seen.origin_valid += 1;
            } else {
                seen.origin_tampered.push(number);
            }
        }

        match filled(vote.chain_hash) {
            Some(hash) => {
                seen.linked += 1;
                let row = ChainRow {
                    number,
                    time: at.map_or(i64::MIN, Instant::seconds),
                    hash: Link::of(hash),
                    signature: Link::of(vote.vote_signature.unwrap_or_default()),
                };
                self.chain.push((row, is_deleted));
            }
            None => seen.unlinked.push(number),
        }

        let entry = plan.ballot.as_ref().map(|ballot| ballot.get(&terms.candidate));
        let is_elsewhere = match entry {
            None => false,
            Some(None) => true,
            Some(Some(stands_for)) => stands_for.is_some() && terms.position.is_some() && *stands_for != terms.position,
        };
        if is_elsewhere {
            seen.not_on_ballot.push(number);
        }
        let hash = filled(vote.voter_hash);
        let credential = hash.and_then(|hash| plan.credentials.get(hash));
        if !is_paper {
            let by_token = credential.and_then(|credential| match (credential.is_test, credential.is_real) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            });
            let should_be = test_by_dedup(vote, is_test).or(by_token);
            if should_be.is_some_and(|should| should != is_test) || by_token.is_some_and(|should| should != is_test) {
                seen.wrong_test_mark.push(number);
            }
            match (hash, filled(vote.voter_id)) {
                (Some(hash), _) => {
                    if !plan.known_hashes.contains(hash) {
                        flags |= mark::UNKNOWN_VOTER;
                    }
                }
                (None, Some(id)) => {
                    if plan.members.as_ref().is_some_and(|members| !members.contains(id)) {
                        seen.unknown_voters.push(number);
                    }
                }
                // A ballot without any voter: only paper has none.
                (None, None) => seen.unknown_voters.push(number),
            }
        }
        if let Some(hash) = hash.filter(|hash| plan.used_hashes.contains(hash)) {
            if let Ok(mut voted) = plan.voted.lock()
                && !voted.contains(hash)
            {
                voted.insert(hash.to_owned());
            }
            if plan.has_few_tokens
                && let (Some(position), Ok(mut voted)) = (vote.position, plan.voted_contests.lock())
            {
                voted.insert((hash.to_owned(), position.to_owned()));
            }
        }
        if let Some(at) = at.filter(|_| !is_test) {
            let election = plan.election;
            let reason = if election.and_then(|it| it.start_date).is_some_and(|start| at.seconds() < start.seconds()) {
                Some("before the start")
            } else if election.and_then(|it| it.end_date).is_some_and(|end| at.seconds() > end.seconds()) {
                Some("after the end")
            } else if !plan.facts.was_open(at) {
                Some("while voting was not open")
            } else {
                let created = credential.and_then(|credential| credential.created);
                if created.is_some_and(|created| at.seconds() < created.seconds()) {
                    flags |= mark::BEFORE_CREDENTIAL;
                }
                None
            };
            if let Some(reason) = reason {
                seen.outside.entry(reason).or_default().push(number);
            }
        }
        if let Some(at) = at {
            for (window, votes) in plan.facts.reopened.iter().zip(&mut seen.reopened) {
                if window.holds(at) {
                    votes.push(number);
                }
            }
        }
        let batch = filled(vote.manual_batch_id);
        if is_deleted {
            let is_voided_paper = batch.is_some_and(|batch| plan.facts.voided.contains(batch));
            if plan.is_log_complete && !plan.facts.excluded.contains(vote.id) && !is_voided_paper {
                seen.excluded_unrecorded.push(number);
            }
        } else if plan.facts.excluded.contains(vote.id) {
            seen.resurrected.push(number);
        }
        if let Some(batch) = vote.manual_batch_id.filter(|_| plan.batches.is_some()) {
            let paper = seen.paper.entry(batch.to_owned()).or_default();
            paper.votes.push(number);
            *paper.candidates.entry(vote.candidate_id.to_owned()).or_default() += 1;
        }
        if is_paper {
            seen.paper_votes.push(number);
        }
        if is_paper && plan.batches.as_ref().is_some_and(|known| !batch.is_some_and(|batch| known.contains(batch))) {
            seen.paper_without_batch.push(number);
        }
        let is_proxy = flag(vote.is_proxy_vote).unwrap_or(true);
        if plan.is_anonymous() {
            if !is_proxy {
                flags |= mark::SECRET;
            }
            if filled(vote.proxy_delegating_user_id).is_some() {
                seen.by_proxy.push(number);
            }
            if filled(vote.voter_id).is_some() {
                seen.by_row.push(number);
            }
            if filled(vote.ip_address).is_some() {
                seen.by_address.push(number);
            }
        }
        if is_proxy && !is_deleted {
            seen.proxies.push(number);
        }
        if !is_deleted {
            *self.minutes.entry(minute_of(vote.voted_at)).or_default() += 1;
        }

        seen.choices.add(vote, terms, at.map(Instant::seconds));

        // The count.
        let is_counted = plan.counts(vote);
        if is_counted {
            if is_paper || plan.is_ranked {
                seen.ballots.push(vote.to_record());
            } else {
                *seen.rows.entry((terms.position, terms.candidate)).or_default() += 1;
            }
        }

        // Slips.
        let is_covered_paper = is_paper && plan.facts.paper.contains_key(batch.unwrap_or_default());
        if !is_covered_paper && (plan.log_begins_at.is_none() || at >= plan.log_begins_at) {
            flags |= mark::NEEDS_ENTRY;
        }
        let address = filled(vote.ip_address);
        if is_counted {
            flags |= mark::COUNTED;
        }
        if !is_deleted && !is_test {
            flags |= mark::SINGLE;
            if !is_paper {
                flags |= mark::PERSON;
            }
        }
        if hash.is_some() {
            flags |= mark::BY_HASH;
        }
        let slip = slip_of(vote, terms, election, prints, flags);
        slips.by_id.push(Slip { key: prints.of(&[vote.id]), ..slip });
        let identity = vote.identity();
        let counted_identity = filled(if plan.is_anonymous() { vote.voter_hash } else { vote.voter_id });
        let of_election = |name: &str, text: &str| prints.of(&[vote.election_id, name, text]);
        let is_one = identity == counted_identity;
        if let Some(identity) = identity {
            let flags = if is_one { flags } else { flags & !mark::COUNTED };
            slips.by_voter.push(Slip { key: of_election("voter", identity), kind: kind::VOTER, flags, ..slip });
        } else if flags & mark::PERSON != 0 {
            let flags = flags & !mark::COUNTED;
            slips.by_voter.push(Slip { key: of_election("vote", vote.id), kind: kind::VOTER, flags, ..slip });
        }
        if let Some(identity) = counted_identity.filter(|_| !is_one && is_counted) {
            let key = of_election("voter", identity);
            slips.by_voter.push(Slip { key, kind: kind::COUNTED_VOTER, ..slip });
        }
        if let (Some(salt), Some(id)) = (&plan.salt, filled(vote.voter_id)) {
            let hash = salt.hex(&rules::voter_hash_text(id, vote.election_id));
            slips.by_voter.push(Slip { key: of_election("voter", &hash), kind: kind::OTHER_PATH, ..slip });
        }
        if let Some(dedup) = filled(vote.vote_dedup_hash) {
            slips.by_dedup.push(Slip { key: of_election("dedup", dedup), kind: kind::DEDUP, ..slip });
        }
        match address {
            Some(address) if !is_deleted => {
                let key = u128::from(election) << 64 | u128::from(prints.short(address) | 1);
                slips.by_address.push(Slip { key, kind: kind::ADDRESS, ..slip });
            }
            None if !is_deleted => seen.without_address += 1,
            _ => {}
        }
    }

    /// Ends the part: the chain of the block, and minutes as texts.
    fn settle(mut self) -> Seen {
        let times = || self.chain.iter().map(|(row, _)| row.time);
        self.seen.span = times().min().zip(times().max());
        self.chain.sort_by_key(|(row, _)| (row.time, row.number));
        match chain::segments_of(self.chain) {
            Some((all, active)) => (self.seen.segments, self.seen.active_segments) = (all, active),
            None => self.seen.is_scattered = true,
        }
        self.seen.minutes = self.minutes.into_iter().map(|(minute, count)| (minute_text(minute), count)).collect();
        self.seen
    }
}

/// Minutes since the epoch on the wall clock of the text; the largest number for a text that is no time.
fn minute_of(text: Option<&str>) -> i64 {
    text.and_then(WallClock::parse).map_or(i64::MAX, |clock| {
        let wall = WallClock { offset_seconds: None, ..clock };
        wall.instant().seconds().div_euclid(60)
    })
}

fn minute_text(minute: i64) -> String {
    if minute == i64::MAX {
        return "unknown".to_owned();
    }
    Instant::from_seconds(minute * 60).to_utc().date_and_time(' ')[..16].to_owned()
}

/// Whether the stored hash says that the vote was cast as a test; `None` where it says nothing. The mark that the vote
/// carries is tried first.
fn test_by_dedup(vote: &VoteView<'_>, is_test: bool) -> Option<bool> {
    let stored = filled(vote.vote_dedup_hash)?;
    let identity = vote.identity()?;
    let rank = format!("rank:{}", vote.vote_rank.unwrap_or_default());
    let candidate = format!("cand:{}", vote.candidate_id);
    let fits = |as_test: bool, discriminator: Option<&str>| {
        let of_test = format!("test:{identity}");
        let voter = if as_test { &of_test } else { identity };
        rules::sha256_hex(&rules::dedup_text(vote.election_id, voter, vote.position, discriminator)) == stored
    };
    for as_test in [is_test, !is_test] {
        for discriminator in [None, Some(rank.as_str()), Some(candidate.as_str())] {
            if fits(as_test, discriminator) {
                return Some(as_test);
            }
        }
    }
    None
}

/// Rule of the vote chain.
pub(crate) fn chain_rule(previous: &Link, signature: &Link) -> [u8; 32] {
    rules::vote_link_digest(&previous.text(), &signature.text())
}

/// Where the vote chain begins.
pub(crate) fn genesis() -> Link {
    Link::of(rules::VOTE_GENESIS)
}
