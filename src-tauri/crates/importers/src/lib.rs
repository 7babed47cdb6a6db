//! Readers and rules of each source system. One folder per system; [`SOURCES`] lists them.
//!
//! This crate turns files into rows ([`read_inputs`]) and knows how each system builds the texts that it signs and
//! hashes. It checks nothing itself: `verification` holds the algorithms, `workflow` puts both together.

pub mod astra;
pub mod ballot_files;
pub mod cvr;
pub mod django;
pub mod electra;
pub mod formats;
pub mod inputs;
pub mod json;
pub mod logbook;
pub mod reading;
pub mod scrutineer;
pub mod tables;

pub use inputs::{InputSet, InputSource};
pub use reading::{ImportError, Intake, Piece, Receiver, read_inputs};

/// One source system.
#[derive(Clone, Copy)]
pub struct Source {
    /// Short id, used on the command line and in answers.
    pub id: &'static str,
    /// Name for people.
    pub title: &'static str,
    /// Tells what a file holds, from its name and first bytes.
    pub recognise: fn(&inputs::FileHead) -> Option<reading::FileKind>,
    /// Turns one raw row of a kind into a record.
    pub record: fn(&reading::FileKind, formats::RawRow, domain::Place) -> Result<domain::Record, reading::RowError>,
    /// Columns of a table, for files without a header.
    pub columns: fn(&str) -> &'static [&'static str],
    /// The table whose rows are single votes.
    pub votes_table: &'static str,
    /// The place in [`domain::vote::VOTE_COLUMNS`] of a column of that table; `None` where the source has no such table.
    pub vote_column: Option<fn(&str) -> Option<usize>>,
}

/// All source systems that can be imported. Ours comes first: its files say what they are, and some look like those of others.
pub const SOURCES: &[Source] = &[scrutineer::SOURCE, electra::SOURCE, logbook::SOURCE, astra::SOURCE];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn source_ids_are_unique() {
        let mut ids: Vec<_> = SOURCES.iter().map(|source| source.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), SOURCES.len());
    }
}
