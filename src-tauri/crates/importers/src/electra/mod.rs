//! Electra: a voting server on Django and PostgreSQL with a signed audit chain, signed tokens and signed votes.
//!
//! * [`tables`]: its tables and files, how they are recognised and read;
//! * [`rows`]: typed views of the rows that the checks need;
//! * [`rules`]: the texts it signs and hashes; [`turnout`]: the figures it publishes.
//!
//! Studied version: Django 4.2 with PostgreSQL 15, as published in 2026.

pub mod rows;
pub mod rules;
pub mod tables;
pub mod turnout;
#[cfg(test)]
mod vectors;

use crate::Source;

/// The registry entry. Votes are sealed: they name no candidate, so they are rows like any other.
pub const SOURCE: Source = Source {
    id: "electra",
    title: "Electra",
    recognise: tables::recognise,
    record: tables::record,
    columns: tables::columns,
    votes_table: "",
    vote_column: None,
};
