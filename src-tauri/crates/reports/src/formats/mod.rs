//! Renderings. A format knows the document model and nothing about elections.

pub mod csv;
pub mod paper;
pub mod pdf;
