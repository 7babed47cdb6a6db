//! Anomalies with error control: nothing here accuses; each answer carries a p-value corrected for everything that was
//! looked at in one election, and random draws follow from a seed.
//!
//! * [`scan`]: bursts in time; null: within each hour ballots come evenly, whatever the hours have of each other;
//! * [`addresses`]: many ballots of one address, and gaps that vary too little;
//! * [`choices`]: runs of equal choices and drifting shares in the order of casting, and exclusions that depend on the choice;
//! * [`family`]: all of them over one election, together wrong in at most 5 of 100 honest elections (Holm);
//! * [`simulate`], [`self_test`]: honest and attacked elections, and how often the family speaks up in them.

pub mod addresses;
pub mod choices;
mod draws;
pub mod family;
pub mod scan;
pub mod self_test;
pub mod simulate;

pub use draws::{Draws, Effort};

#[allow(clippy::cast_precision_loss, reason = "counts of votes and seconds of an election are far below 2^53")]
fn float(count: u64) -> f64 {
    count as f64
}

#[allow(clippy::cast_precision_loss, reason = "seconds of an election are far below 2^53")]
fn seconds(span: i64) -> f64 {
    span as f64
}
