//! The words of Scrutineer: what an election export holds, what we conclude from it, and how sure we are.
//!
//! This crate knows no file formats, no SQL, no threads and no clock. The other crates speak to each other in these
//! types.
//!
//! # Glossary
//! * **evidence**: a file as it came, byte for byte; an *evidence row* is one record of it with file and row number.
//! * **ranked ballot**: one row that orders candidates, linked to the row before it by a chain hash.
//! * **vote**: one stored choice (one row) of an export; a *ballot* is all votes of one voter for one contest.
//! * **credential** (token): what lets a person vote without naming them; **receipt**: what lets a voter find a vote.
//! * **roll**: who may vote. **contest** (position): one question on the ballot.
//! * **claim**: something the evidence asserts and we test; **verdict**: what the test showed.
//! * **finding**: one observation with a stable code, its rows, its rule and its innocent explanations.
//! * **election**: here one that is run on this machine; *open*, *close*, *count*, *certify*, *publish* are its acts.
//! * **incident**: something that went wrong and how it was dealt with; **lock**: an act that an open incident holds back.
//! * **chain head**: the newest hash of a hash chain. **ledger**: our own chain of every act in a case.

pub mod audit;
pub mod ballot;
pub mod contest;
pub mod count;
pub mod digest;
pub mod election;
pub mod evidence;
pub mod finding;
pub mod incident;
pub mod investigation;
pub mod job;
pub mod keys;
pub mod layout;
pub mod numbers;
pub mod paper;
pub mod rctab;
pub mod receipt;
pub mod records;
pub mod report;
pub mod review;
pub mod time;
pub mod vote;

pub use audit::{AuditRecord, AuditSource};
pub use ballot::BallotRecord;
pub use contest::{Ballots, Contest, Mark};
pub use digest::Sha256Digest;
pub use evidence::{EvidenceFile, FileId, Place};
pub use finding::{Finding, FindingCode, Severity};
pub use incident::{GuardedAct, IncidentId, IncidentSeverity, IncidentStatus, Lock};
pub use job::{Job, Unwatched};
pub use keys::{KeyRing, SigningKey};
pub use layout::{ProcedureControl, ReportLayout, ReportSection, SectionSource};
pub use numbers::Numbers;
pub use paper::{Paper, PaperPart, PaperSection, PaperTable};
pub use rctab::RctabRules;
pub use receipt::{ReceiptAnswer, ReceiptStatement};
pub use records::{ReadFile, Record, TableRow};
pub use report::{Claim, Verdict};
pub use time::Instant;
pub use vote::{VoteRecord, VoteView};

/// Version of the program, printed in every answer and report.
pub const PROGRAM_VERSION: &str = env!("CARGO_PKG_VERSION");
