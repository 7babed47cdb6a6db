//! What a person knows about when and from where votes came: tests of times and addresses leave it out and name it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What was said about an election.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KnownView {
    /// Events that brought many people within a short time.
    pub events: Vec<KnownEventView>,
    /// Addresses that many people share.
    pub addresses: Vec<SharedAddressView>,
}

/// An event that brought votes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KnownEventView {
    /// Beginning, as exports write times; without offset it means UTC.
    pub from: String,
    /// End.
    pub to: String,
    /// What it was.
    pub what: String,
}

/// An address that many people share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SharedAddressView {
    /// The address as the export writes it.
    pub address: String,
    /// Where it is.
    pub what: String,
}
