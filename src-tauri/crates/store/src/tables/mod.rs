//! One file per table: SQL beside its row mapping.

pub mod audit;
pub mod conclusion;
pub mod evidence;
pub mod ledger;
pub mod review;
pub mod short;
pub mod source_row;
pub mod vote;
