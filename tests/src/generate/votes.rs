//! Votes as The Logbook casts them: identity, signature, double-vote hash, receipt, chain.
//!
//! Written from the published format alone, without the
//! program's own rules: a mistake there must not hide behind the same mistake here.

use std::fmt::Write;
use std::ops::Range;

use domain::digest::encode_hex;
use hmac::{Hmac, KeyInit, Mac};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::plan::{Election, POSITIONS, Plan, WINDOW_SECONDS, drawn_uuid};

/// Votes computed at a time.
const BLOCK: u64 = 1 << 15;
/// Votes that each voter casts.
const CONTESTS: u64 = POSITIONS.len() as u64;
/// Sets the numbers drawn for a voter apart from those drawn for a vote.
const VOTERS: u64 = 1 << 32;

/// HMAC-SHA-256 under one key, prepared once.
#[derive(Clone)]
pub struct Keyed(Hmac<Sha256>);

impl Keyed {
    /// Prepares a key.
    pub fn new(key: &str) -> Self {
        Self(Hmac::new_from_slice(key.as_bytes()).expect("HMAC accepts keys of any length"))
    }

    /// The keyed hash of a text, hex.
    pub fn hex(&self, text: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(text.as_bytes());
        encode_hex(&mac.finalize().into_bytes())
    }
}

/// The parts of a signed text, for an ordinary vote (no rank, no proxy, not on paper).
#[derive(Clone, Copy, Debug)]
pub struct SignedFields<'a> {
    /// Vote.
    pub vote: &'a str,
    /// Election.
    pub election: &'a str,
    /// Candidate.
    pub candidate: &'a str,
    /// Hash of the voter, or the voter.
    pub voter: &'a str,
    /// Contest.
    pub position: &'a str,
    /// `YYYY-MM-DDTHH:MM:SS`.
    pub voted_at: &'a str,
}

impl SignedFields<'_> {
    /// The signed text.
    pub fn text(&self) -> String {
        let Self { vote, election, candidate, voter, position, voted_at } = self;
        format!("{vote}:{election}:{candidate}:{voter}:{position}:None:False:None:{voted_at}:False")
    }
}

/// One cast vote.
pub(super) struct Cast {
    pub(super) id: String,
    pub(super) contest: usize,
    pub(super) choice: usize,
    pub(super) voter: String,
    /// Seconds since voting began.
    pub(super) second: u64,
    pub(super) signature: String,
    pub(super) dedup: String,
    pub(super) receipt: String,
    pub(super) chain: String,
    pub(super) address: String,
}

/// What one vote hands to the next: the link of the chain, and the time.
pub(super) struct Course {
    link: String,
    /// Microseconds since voting began.
    micros: u64,
}

impl Default for Course {
    fn default() -> Self {
        Self { link: "GENESIS".to_owned(), micros: 0 }
    }
}

impl Course {
    fn link(&mut self, signature: &str) -> String {
        self.link = sha256(&format!("{}:{signature}", self.link));
        self.link.clone()
    }

    /// The second in which the next voter comes, of as many as are still to come.
    ///
    /// People come independently of one another: the gaps are exponential. The logarithm is approximated in whole
    /// numbers, so that every machine makes the same export.
    fn next_second(&mut self, draw: u64, voters_to_come: u64) -> u64 {
        /// The mean of the approximation, in 65536ths of a power of two.
        const MEAN: u128 = 98_304;
        let end = (WINDOW_SECONDS - 1) * 1_000_000;
        let power = draw.leading_zeros();
        let fraction = draw.checked_shl(power + 1).unwrap_or(0) >> 48;
        let length = (u64::from(power) << 16) + (65_536 - fraction);
        let left = u128::from(end - self.micros);
        let gap = left * u128::from(length) / MEAN / u128::from(voters_to_come.max(1));
        self.micros = u64::try_from(u128::from(self.micros) + gap).unwrap_or(end).min(end);
        self.micros / 1_000_000
    }

    /// The newest link.
    pub(super) fn head(self) -> String {
        self.link
    }
}

/// Cuts an election into blocks.
pub(super) fn blocks(votes: u64) -> impl Iterator<Item = Range<u64>> {
    (0..votes.div_ceil(BLOCK)).map(move |index| index * BLOCK..((index + 1) * BLOCK).min(votes))
}

/// Computes a block of votes. Only time and chain need one vote after the other.
pub(super) fn cast(plan: &Plan, election: &Election, range: Range<u64>, course: &mut Course) -> Vec<Cast> {
    let signing = Keyed::new(&plan.vote_key);
    let hashing = Keyed::new(&election.salt);
    let voters = election.votes.div_ceil(CONTESTS);
    let mut second = course.micros / 1_000_000;
    let numbered: Vec<(u64, u64)> = range
        .map(|number| {
            if number % CONTESTS == 0 {
                let [_, _, draw, _] = plan.draws(election.index + VOTERS, number / CONTESTS);
                second = course.next_second(draw, voters - number / CONTESTS);
            }
            (number, second)
        })
        .collect();
    let mut votes: Vec<Cast> = numbered
        .into_par_iter()
        .map(|(number, second)| one(plan, election, (number, second), &signing, &hashing))
        .collect();
    for vote in &mut votes {
        vote.chain = course.link(&vote.signature);
    }
    votes
}

fn one(plan: &Plan, election: &Election, (number, second): (u64, u64), signing: &Keyed, hashing: &Keyed) -> Cast {
    let (voter_number, contest) = (number / CONTESTS, usize::try_from(number % CONTESTS).unwrap_or(0));
    let [high, low, choice, nonce] = plan.draws(election.index, number);
    let [user_high, user_low, ..] = plan.draws(election.index + VOTERS, voter_number);
    let user = drawn_uuid(user_high, user_low);
    let voter = hashing.hex(&format!("{user}:{}", election.id));
    let id = drawn_uuid(high, low);
    let candidates = &election.candidates[contest];
    // The square of an evenly drawn share leans towards the first candidates, as real votes do.
    let share = choice >> 48;
    let choice = usize::try_from((((share * share) >> 16) * candidates.len() as u64) >> 16).unwrap_or(0);
    let position = POSITIONS[contest];
    let signature = signing.hex(
        &SignedFields {
            vote: &id,
            election: &election.id,
            candidate: &candidates[choice],
            voter: &voter,
            position,
            voted_at: &clock(second),
        }
        .text(),
    );
    let dedup = sha256(&format!("{}:{voter}:{position}", election.id));
    let receipt = sha256(&format!("{id}:{signature}:{nonce:016x}{choice:016x}"));
    // Each voter has an address of their own: a network of sixteen million.
    let [_, a, b, c] = u32::try_from(voter_number % (1 << 24)).unwrap_or(0).to_be_bytes();
    let address = format!("10.{a}.{b}.{c}");
    Cast { id, contest, choice, voter, second, signature, dedup, receipt, chain: String::new(), address }
}

fn sha256(text: &str) -> String {
    encode_hex(&Sha256::digest(text))
}

/// The time of a second after the beginning: noon of 10 February 2026, and never past the end of the month.
pub(super) fn clock(second: u64) -> String {
    let mut text = String::with_capacity(19);
    let seconds = 12 * 3600 + second;
    let (day, hour, minute, second) = (10 + seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    // Writing into a text cannot fail.
    let _ = write!(text, "2026-02-{day:02}T{hour:02}:{minute:02}:{second:02}");
    text
}

/// Seconds since 1970 at the beginning of voting.
pub(super) const BEGINNING: u64 = 1_770_724_800;
