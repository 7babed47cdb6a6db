//! Signatures and chains: algorithms only. This crate knows no source system, no files and no case; it is given texts,
//! keys and hashes and answers what fits.
//!
//! Work is split over rayon's pool and collected in order, so an answer never depends on the number of cores.

pub mod audit_chain;
pub mod keyed;
pub mod merkle;
pub mod piles;
pub mod rsa_pkcs1;
pub mod rsa_pss;
pub mod signing;
pub mod statistics;
pub mod transparency;
pub mod vote_chain;

pub use keyed::KeyedHash;
pub use piles::{Fingerprints, Piles, Slip};
pub use rsa_pss::{Opened, PssHash, RsaPublicKey};
