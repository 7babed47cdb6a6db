//! Electra: a voting server on Django and PostgreSQL with a signed audit chain, signed tokens and signed votes.
//!
//! * [`rows`]: typed views of its tables;
//! * [`rules`]: the texts it signs and hashes;
//!
//! Studied version: Django 4.2 with PostgreSQL 15, as published in 2026.

pub mod rows;
pub mod rules;
#[cfg(test)]
mod vectors;
