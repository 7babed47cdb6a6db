//! What every reader must do with any bytes at all. The property tests try it on drawn texts, the fuzzer on everything
//! it can think of; both call the same functions, which panic where a property does not hold.
//!
//! * `rows`: one way to collect what a reader hands out, so that a change of its interface is followed in one place;
//! * `delimited`: CSV and tab separated text against the csv crate, at every chunk size;
//! * `json`: rows out of JSON against serde_json, and the canonical form that audit hashes cover;
//! * `sql`: dumps against the writer of a dump;
//! * `files`: recognition, archives, key files, case files, the whole import;
//! * `stored`: what the store keeps in a shorter form.

pub mod delimited;
pub mod files;
pub mod json;
pub mod rows;
pub mod sql;
pub mod stored;
