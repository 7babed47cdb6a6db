//! Large public exports of Astra, made on the spot: the ballots with their chain, the events that open and close the
//! election, and what the export lacks as a settings file. For measuring; what must be found is told by the fixtures.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use domain::digest::encode_hex;
use importers::astra::rules::{self, BallotContent};
use importers::json::Json;
use serde_json::{Value, json};

const ELECTION: i64 = 5001;
const CANDIDATES: i64 = 8;
const RANKS_MAX: u64 = 6;
/// A ballot that is replaced is so by the ballot this many rows later.
const REPLACED_AFTER: u64 = 997;
const WEIGHTS: [i64; 9] = [1, 1, 1, 1, 1, 1, 3, 5, 15];

/// Well-mixed bits of a number.
fn mixed(number: u64) -> u64 {
    let mut bits = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// One ballot in ten is replaced by a later one of the same voter.
fn is_replaced(row: u64, rows: u64) -> bool {
    row % 10 == 3 && row + REPLACED_AFTER < rows
}

struct Cast {
    ranking: Vec<i64>,
    weight: i64,
    hash: String,
}

fn cast(row: u64, rows: u64) -> Cast {
    let is_replacement = row >= REPLACED_AFTER && is_replaced(row - REPLACED_AFTER, rows);
    let voter = mixed(if is_replacement { row - REPLACED_AFTER } else { row });
    let mut left: Vec<i64> = (1..=CANDIDATES).map(|place| ELECTION * 1000 + place).collect();
    let mut bits = mixed(row ^ (1 << 62));
    let ranks = 1 + bits % RANKS_MAX;
    let ranking = (0..ranks).map(|_| {
        bits = mixed(bits);
        let place = usize::try_from(bits % u64::try_from(left.len()).unwrap_or(1)).unwrap_or(0);
        left.remove(place)
    });
    let ranking: Vec<i64> = ranking.collect();
    let weight = WEIGHTS[usize::try_from(voter % 9).unwrap_or(0)];
    let credential = format!("{voter:016x}{:016x}", mixed(voter));
    let nonce = format!("{:016x}{:016x}", mixed(row ^ (1 << 61)), mixed(row ^ (1 << 60)));
    let content =
        BallotContent { election_id: ELECTION, credential: &credential, ranking: &ranking, weight, nonce: &nonce };
    Cast { hash: rules::ballot_hash(&content), ranking, weight }
}

fn name_of(id: i64) -> String {
    format!("cand{:03}", id - ELECTION * 1000)
}

/// Writes an election with so many ballots into a folder: `public-ballots.json`, `public-audit.json`,
/// `election-config.json`.
///
/// # Errors
/// The folder cannot be written.
pub fn generate(out: &Path, ballots: u64) -> io::Result<()> {
    fs::create_dir_all(out)?;
    let mut file = BufWriter::new(File::create(out.join("public-ballots.json"))?);
    let genesis = rules::genesis(&ELECTION.to_string());
    let mut previous = genesis.clone();
    file.write_all(b"{\"ballots\": [")?;
    for row in 0..ballots {
        let Cast { ranking, weight, hash } = cast(row, ballots);
        let chain = encode_hex(&rules::link(&previous, &hash));
        let replaced = is_replaced(row, ballots);
        let by = if replaced { json!(cast(row + REPLACED_AFTER, ballots).hash) } else { Value::Null };
        let ranking: Vec<String> = ranking.into_iter().map(name_of).collect();
        let comma = if row == 0 { "" } else { ", " };
        write!(
            file,
            "{comma}{{\"ballot_hash\": \"{hash}\", \"chain_hash\": \"{chain}\", \"is_counted\": {}, \"previous_chain_hash\": \"{previous}\", \
             \"ranking\": {}, \"superseded_by\": {by}, \"weight\": {weight}}}",
            !replaced,
            json!(ranking),
        )?;
        previous = chain;
    }
    write!(file, "], \"chain_head\": \"{previous}\"}}")?;
    file.into_inner()?.sync_all()?;
    let candidates: Vec<Value> = (1..=CANDIDATES)
        .map(|place| {
            let id = ELECTION * 1000 + place;
            let tiebreak = format!("{:08x}-0000-4000-8000-{place:012}", mixed(place.unsigned_abs()) >> 32);
            json!({"freeipa_username": name_of(id), "id": id, "tiebreak_uuid": tiebreak})
        })
        .collect();
    let event = |event_type: &str, payload: Value, day: &str| {
        let message = Json::parse(&payload.to_string()).map(|payload| rules::canonical_message(event_type, &payload));
        json!({"event_type": event_type, "payload": payload, "timestamp": day, "timestamping": {
            "canonical_message_version": 1, "message_digest_hex": rules::sha256_hex(&message.unwrap_or_default()),
        }})
    };
    let events = [
        event("election_started", json!({"candidates": candidates, "genesis_chain_hash": genesis}), "2026-01-05"),
        event("election_closed", json!({"chain_head": previous}), "2026-01-19"),
    ];
    let algorithm = json!({"name": "Meek STV (High-Precision Variant)", "version": "1.0"});
    let write = |name: &str, value: Value| fs::write(out.join(name), value.to_string());
    write("public-audit.json", json!({"algorithm": algorithm, "audit_log": events}))?;
    write("election-config.json", json!({"election_id": ELECTION, "number_of_seats": 3, "exclusion_groups": []}))
}
