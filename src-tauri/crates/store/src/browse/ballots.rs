//! Ranked ballots in the order of the case, with a filter.

use domain::BallotRecord;

use super::keys::{Kind, ranges};
use super::{Filter, Listing, Path, Segment, lower, runs, small};
use crate::tables::ballot;
use crate::{Reader, StoreError};

/// Ballots of which `text` is the beginning of a hash, or part of any other field.
fn filter(text: &str) -> Filter {
    let mut filter = Filter::default();
    if text.trim().is_empty() {
        return filter;
    }
    let (mut parts, mut values) = (Vec::new(), Vec::new());
    for column in ["ballot_hash", "previous_hash", "chain_hash", "superseded_by"] {
        for (low, high) in ranges(text, Kind::Hash) {
            parts.push(format!("{column} BETWEEN ? AND ?"));
            values.extend([low, high]);
        }
    }
    for column in ["election", "origin_id", "credential", "ranking", "is_counted", "created_at"] {
        parts.push(format!("instr(lower(coalesce({column}, '')), ?) > 0"));
        values.push(lower(text));
    }
    filter.require(format!("({})", parts.join(" OR ")), values);
    filter
}

impl Listing {
    /// Ballots; with a text only those that hold it.
    ///
    /// # Errors
    /// The database's.
    pub fn ballots(reader: &Reader, text: &str) -> Result<Self, StoreError> {
        // Numbers in the case run from 1 without a gap, and no row is ever deleted: the largest is the count.
        let last = reader.last_number("ballot")?;
        let segment = Segment { clause: "1".to_owned(), values: Vec::new(), path: Path::Numbers };
        Ok(Self::new("ballot", vec![segment], filter(text), (last > 0).then_some(1), small(last), last))
    }

    /// Ballots at places `from` to `from + limit`, as far as they are known.
    ///
    /// # Errors
    /// The database's.
    pub fn read_ballots(&self, reader: &Reader, from: u64, limit: u32) -> Result<Vec<BallotRecord>, StoreError> {
        let keys = self.slice(reader.connection(), from, limit)?;
        let mut found = Vec::with_capacity(keys.len());
        for (first, last) in runs(keys.iter().map(|key| key.number)) {
            ballot::scan(reader.connection(), (first - 1, last), &mut |ballot| {
                found.push(ballot);
                true
            })?;
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;

    #[test]
    fn a_search_asks_for_stored_and_written_hashes() {
        let found = filter(" AB12 ");
        assert!(found.values.iter().any(|value| matches!(value, Value::Blob(bytes) if bytes[..2] == [0xab, 0x12])));
        assert!(found.values.contains(&Value::Text("ab12".to_owned())));
        assert!(filter("  ").is_empty());
    }
}
