//! The case file: one SQLite database with everything a case holds. Nothing outside this crate knows SQL.
//!
//! * [`CaseFile`] creates, opens, checks and backs up a case;
//! * [`Import`] brings evidence in, all or nothing;
//! * [`Change`] decides and writes in one transaction, [`Elections`] reads elections that are run here, [`Incidents`]
//!   journals and the evidence locker;
//! * [`browse`] reads long tables by place, in an order, with a filter;
//! * [`tables`] reads and writes each table, SQL beside its row mapping.
//!
//! Every change of state and its ledger entry are one transaction. Evidence rows are protected by triggers against
//! update and delete; what we conclude lives in tables of its own.

pub mod browse;
mod case;
mod change;
mod error;
mod import;
mod medium;
mod migrate;
mod scrub;
pub mod tables;

pub use case::{Act, CaseFile, Integrity, Reader, Readers};
pub use change::{CaseMark, Change, Elections, Incidents};
pub use error::StoreError;
pub use import::{Import, ImportTotals};
pub use scrub::Scrubbed;
pub use tables::ledger::LedgerEntry;
