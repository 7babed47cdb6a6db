//! The use cases: make and open a case, import, verify, report. The one public API under the window and the command line.
//!
//! * [`Case`] is an open case;
//! * [`audit_inputs`] is the one-shot audit of files without a lasting case;
//! * [`election`] runs elections on this machine, [`incident`] responds to what goes wrong;
//! * `audit/` holds one folder per source system: what its own checks would answer, and what we conclude.
//!
//! This crate joins the others: it hands rows from `importers` to `store`, texts and hashes to `verification`, votes to
//! `tally`, conclusions to `reports`.

mod assumption;
mod audit;
mod browse;
pub mod bundle;
mod case;
mod compare;
mod count;
pub mod election;
mod error;
mod export;
mod identity;
mod import;
pub mod incident;
mod investigation;
mod keys;
mod oneshot;
mod receipts;
mod review;
mod rows;
mod subject;

/// Rules of counting: name and what each is, in a line.
pub fn rules() -> Vec<(&'static str, &'static str)> {
    tally::METHODS.iter().map(|method| (method.name, method.title)).collect()
}

/// Ids of the systems whose exports can be imported.
pub fn system_ids() -> Vec<&'static str> {
    importers::SOURCES.iter().map(|source| source.id).collect()
}

pub use assumption::{Assumed, read_config_file};
pub use browse::{Browser, Choice, Page, Prepared, RowsQuery, VotesQuery, prepare_search};
pub use case::{AuditPage, Case, CaseInfo, Clock, FixedClock, OriginAnswer, Recheck, SystemClock, VotesPage};
pub use compare::{Change, Comparison, RowChange, TableComparison, compare_exports};
pub use count::{
    COUNT_SCHEMA, CaseRequest, Compared, CountRequest, Counted, RecordForm, RecordSignatures, compare_with,
    convert_records, count_ballots, write_count,
};
pub use domain;
pub use error::{Error, ErrorCode};
pub use export::{PaperSize, ReportKind, print_on, write_reports};
pub use identity::{IDENTITY_FILE, Identity};
pub use import::{ImportPlan, PlannedFile, SignaturesRead};
pub use keys::{read_key_file, read_keys_environment, read_keys_text};
pub use oneshot::{OneShot, audit_inputs};
pub use receipts::{check_receipts_in, read_receipts_file, read_receipts_text, write_receipts};
pub use reports::documents::integrity::IntegrityPaper;
pub use reports::documents::subject::{LogLine, SubjectFinding, SubjectRow, SubjectSheet, SubjectTable};
pub use review::{finding_key, finding_of};
pub use store::LedgerEntry;
pub use store::browse::{AuditFilter, Extent, VoteFilter, VoteSort};
pub use verification::statistics;
