//! Elections that were run with this program: one more source system, whose publication passes the same checks as any other.
//!
//! * [`rules`]: the texts that it hashes and signs.

pub mod rules;
