//! The documents: one file per report, each building a [`crate::Document`] from domain values.
//!
//! A document here is a pure function and is tested as text; how it looks is the business of [`crate::formats`].
pub mod forensics;
