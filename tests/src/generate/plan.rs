//! Everything about a generated export that is known before its first vote: ids, keys, candidates, and the changes.

use std::collections::BTreeMap;

use domain::digest::encode_hex;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Options;
use super::votes::clock;

/// Contests of each election; a voter casts one vote in each.
pub(super) const POSITIONS: [&str; 2] = ["Seat 1", "Seat 2"];
/// Candidates of each contest.
pub(super) const CANDIDATES: usize = 4;
/// Seconds that voting lasts.
pub(super) const WINDOW_SECONDS: u64 = 10 * 3600;

/// A change that somebody made in the database afterwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// The vote names another candidate.
    CandidateChanged,
    /// The vote was cast at another time.
    TimeChanged,
    /// The vote lost its signature.
    SignatureBlanked,
    /// One letter of the signature is another.
    SignatureGarbled,
    /// The vote counts for another contest.
    PositionChanged,
    /// The row is gone.
    RowDeleted,
    /// A row that nobody cast, without signature.
    RowInserted,
    /// The vote is called a test.
    MarkedAsTest,
    /// The data of an audit entry are others.
    EntryEdited,
    /// An audit entry is gone.
    EntryDeleted,
}

/// The changes of votes, in the order in which they are dealt out.
const VOTE_KINDS: [Kind; 8] = [
    Kind::CandidateChanged,
    Kind::TimeChanged,
    Kind::SignatureBlanked,
    Kind::SignatureGarbled,
    Kind::PositionChanged,
    Kind::RowDeleted,
    Kind::RowInserted,
    Kind::MarkedAsTest,
];

impl Kind {
    /// Its name in `planted.json`.
    pub fn word(self) -> &'static str {
        match self {
            Self::CandidateChanged => "candidate_changed",
            Self::TimeChanged => "time_changed",
            Self::SignatureBlanked => "signature_blanked",
            Self::SignatureGarbled => "signature_garbled",
            Self::PositionChanged => "position_changed",
            Self::RowDeleted => "row_deleted",
            Self::RowInserted => "row_inserted_unsigned",
            Self::MarkedAsTest => "marked_as_test",
            Self::EntryEdited => "entry_edited",
            Self::EntryDeleted => "entry_deleted",
        }
    }

    /// True for changes of the audit log.
    pub fn is_of_log(self) -> bool {
        matches!(self, Self::EntryEdited | Self::EntryDeleted)
    }
}

/// One change as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planted {
    /// Vote, or number of the audit entry.
    pub id: String,
    /// What was done.
    pub kind: Kind,
    /// Election.
    pub election_id: String,
    /// Data row in the file, from 1; none where the row is gone.
    pub row: Option<u64>,
}

/// One election.
pub(super) struct Election {
    pub(super) index: u64,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) salt: String,
    /// Candidate ids by contest.
    pub(super) candidates: [[String; CANDIDATES]; POSITIONS.len()],
    pub(super) votes: u64,
    /// Votes of the elections before it.
    pub(super) first: u64,
}

/// The whole export.
pub(super) struct Plan {
    pub(super) vote_key: String,
    pub(super) audit_key: String,
    pub(super) organization: String,
    pub(super) officer: String,
    pub(super) elections: Vec<Election>,
    /// By number of the vote over all elections.
    pub(super) changes: BTreeMap<u64, Kind>,
    pub(super) keeps_addresses: bool,
    seed: [u8; 8],
}

impl Plan {
    pub(super) fn new(options: &Options) -> Self {
        let digest = |what: &str| -> [u8; 32] { Sha256::digest(format!("{}|{what}", options.seed)).into() };
        let id = |what: &str| {
            let mut bytes = [0u8; 16];
            bytes.copy_from_slice(&digest(what)[..16]);
            uuid(bytes)
        };
        let mut seed = [0u8; 8];
        seed.copy_from_slice(&digest("votes")[..8]);
        let (share, rest) = (options.votes / options.elections, options.votes % options.elections);
        let mut first = 0;
        let elections = (0..options.elections)
            .map(|index| {
                let votes = share + u64::from(index < rest);
                let election = Election {
                    index,
                    id: id(&format!("election {index}")),
                    title: format!("Generated election {}", index + 1),
                    salt: encode_hex(&digest(&format!("salt {index}"))),
                    candidates: std::array::from_fn(|contest| {
                        std::array::from_fn(|choice| id(&format!("candidate {index} {contest} {choice}")))
                    }),
                    votes,
                    first,
                };
                first += votes;
                election
            })
            .collect();
        let mut plan = Self {
            vote_key: format!("generated-vote-key-{}", &encode_hex(&digest("vote key"))[..24]),
            audit_key: format!("generated-audit-key-{}", &encode_hex(&digest("audit key"))[..24]),
            organization: id("organization"),
            officer: id("officer"),
            elections,
            changes: BTreeMap::new(),
            keeps_addresses: options.stays_open,
            seed,
        };
        plan.deal(options);
        plan
    }

    /// Deals the changes out: one somewhere in each of as many equal stretches, every kind in turn.
    fn deal(&mut self, options: &Options) {
        let log_kinds: &[Kind] = if options.with_audit { &[Kind::EntryEdited, Kind::EntryDeleted] } else { &[] };
        let kinds: Vec<Kind> = VOTE_KINDS.iter().chain(log_kinds).copied().collect();
        for (index, kind) in (0..options.tamper).zip(kinds.iter().cycle()) {
            let (from, to) = (stretch(index, options), stretch(index + 1, options));
            let [draw, ..] = self.draws(u64::MAX, index);
            self.changes.insert(from + draw % (to - from).max(1), *kind);
        }
    }

    /// Four numbers that belong to a vote of an election and to nothing else.
    pub(super) fn draws(&self, election: u64, number: u64) -> [u64; 4] {
        let mut state = u64::from_le_bytes(self.seed)
            ^ election.wrapping_mul(0xd6e8_feb8_6659_fd93)
            ^ number.wrapping_mul(0xa076_1d64_78bd_642f);
        // SplitMix64: every step visits another state, and the output mixes all its bits.
        std::array::from_fn(|_| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = state;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        })
    }

    /// Rows of `elections`.
    pub(super) fn election_rows(&self, options: &Options, heads: &[String]) -> Value {
        let row = |(election, head): (&Election, &String)| {
            json!({
                "id": election.id,
                "organization_id": self.organization,
                "title": election.title,
                "election_type": "general",
                "positions": POSITIONS,
                "status": if options.stays_open { "open" } else { "closed" },
                "anonymous_voting": 1,
                "voting_method": "simple_majority",
                "victory_condition": "most_votes",
                "start_date": clock(0).replace('T', " "),
                "end_date": clock(WINDOW_SECONDS).replace('T', " "),
                "max_votes_per_position": 1,
                "quorum_type": "none",
                "quorum_value": null,
                "tie_policy": "co_winners",
                "voter_anonymity_salt": options.stays_open.then_some(&election.salt),
                "last_chain_hash": head,
                "rollback_history": null,
                "created_by": self.officer,
            })
        };
        self.elections.iter().zip(heads).map(row).collect()
    }

    /// Rows of `candidates`.
    pub(super) fn candidate_rows(&self) -> Value {
        let mut rows = Vec::new();
        for election in &self.elections {
            for (position, candidates) in POSITIONS.iter().zip(&election.candidates) {
                for (index, id) in candidates.iter().enumerate() {
                    rows.push(json!({
                        "id": id,
                        "election_id": election.id,
                        "user_id": null,
                        "name": format!("{position} choice {}", index + 1),
                        "position": position,
                        "accepted": 1,
                        "is_write_in": 0,
                        "merged_into_candidate_id": null,
                        "display_order": index,
                    }));
                }
            }
        }
        Value::Array(rows)
    }
}

/// Where the stretch of a change begins.
fn stretch(index: u64, options: &Options) -> u64 {
    let at = u128::from(options.votes) * u128::from(index) / u128::from(options.tamper.max(1));
    u64::try_from(at).unwrap_or(options.votes)
}

/// A random UUID out of 16 bytes.
pub(super) fn uuid(mut bytes: [u8; 16]) -> String {
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = encode_hex(&bytes);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The UUID of two drawn numbers.
pub(super) fn drawn_uuid(high: u64, low: u64) -> String {
    let mut bytes = [0u8; 16];
    bytes[..8].copy_from_slice(&high.to_be_bytes());
    bytes[8..].copy_from_slice(&low.to_be_bytes());
    uuid(bytes)
}
