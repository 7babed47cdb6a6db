//! Astra elections: ranked ballots in a public hash chain, counted by a Meek rule, on Django and PostgreSQL.
//!
//! * [`tables`]: its public files and database tables, how they are recognised and read;
//! * [`rows`]: typed views of the rows that the checks need;
//! * [`rules`]: the texts it hashes and attests;
//! * [`receipts`]: what a voter holds, in every form it is handed over.
//!
//! Studied version: June 2026, with the forms before January 2026 and the unmerged second chain version.

pub mod receipts;
pub mod rows;
pub mod rules;
pub mod tables;
#[cfg(test)]
mod vectors;

use crate::Source;

/// The registry entry.
pub const SOURCE: Source = Source {
    id: "astra",
    title: "Astra",
    recognise: tables::recognise,
    record: tables::record,
    columns: tables::columns,
    votes_table: "",
    vote_column: None,
};
