//! Elections that were run with this program: one more source system, whose publication passes the same checks as any other.
//!
//! * [`rules`]: the texts that it hashes and signs;
//! * [`tables`]: its public files, how they are recognised and read;
//! * [`rows`]: typed views of their rows.
//!
//! The public files; all JSON is UTF-8, hashes are SHA-256 in lower-case hex, times are ISO texts.
//!
//! | file | `schema` | holds |
//! | --- | --- | --- |
//! | `election.json` | `scrutineer/election/1` | `election_id`, `title`, `phase`, the `setup` that was frozen, times, `frozen` (what was committed at opening and sealed at closing), `ballots`, `chain_head` |
//! | `ballots.json` | `scrutineer/ballots/1` | `form` (`full`, `sealed`), `genesis`, `chain_head`; `ballots`: `position`, `ballot_hash`, `previous_chain_hash`, `chain_hash`, `signature`, `excluded` (`null`, or `reason` and `at`), and `body` in the full form ([`rules::BallotBody`]) or `voter` in the sealed one; `piles` in the sealed form: by contest each `choice` with its `votes` |
//! | `audit.json` | `scrutineer/audit-log/1` | `entries_of_other_matters`, `ledger_head`; `entries`: `number`, `previous`, `hash`, and `at`, `actor`, `act`, `detail` (the text that is hashed) or `withheld` (`voting`, `other_matter`) |
//! | `result.json` | `scrutineer/result/1` | the result, compact: its bytes are what `result_sha256` covers |
//! | `certificate.json` | `scrutineer/certificate/1` | who certified which result, and a signature over the certificate with an empty `signature`, compact |
//! | `signing-key.json` | none | `SCRUTINEER_SIGNING_KEY`, hex, where it was revealed |
//! | `event-log.json` | none (`@type`) | the entries that are not withheld, in the common data format NIST SP 1500-101 |
//! | `SHA256SUMS` | none | digests of all other files |

pub mod rows;
pub mod rules;
pub mod tables;

use crate::Source;

/// The registry entry.
pub const SOURCE: Source = Source {
    id: "scrutineer",
    title: "Scrutineer",
    recognise: tables::recognise,
    record: tables::record,
    columns: tables::columns,
    votes_table: "",
    vote_column: None,
};
