//! The rules, one file each (The Logbook's four methods share their frame and stand in one file).

pub mod astra;
pub mod logbook;
mod piles;
pub mod rctab;
pub mod simple;
pub mod stv;
