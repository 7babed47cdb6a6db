//! The Logbook: a member database with an election module, on MySQL or MariaDB.
//!
//! * [`tables`]: its tables and documents, how they are recognised and read;
//! * [`rows`]: typed views of the rows that the checks need;
//! * [`rules`]: the texts it signs and hashes, in every version;
//! * [`events`]: what its audit entries say;
//!
//! Studied version: August 2026, with its history back to February 2026.

pub mod events;
pub mod rows;
pub mod rules;
pub mod tables;
#[cfg(test)]
mod vectors;

use crate::Source;

/// The registry entry.
pub const SOURCE: Source = Source {
    id: "logbook",
    title: "The Logbook",
    recognise: tables::recognise,
    record: tables::record,
    columns: tables::columns,
    votes_table: "votes",
    vote_column: Some(tables::vote_column),
};
