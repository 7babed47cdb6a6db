//! Ids and hashes that a person types: in full or only their beginning, as ranges of what is stored.
//!
//! A canonical id or hash is stored as bytes, anything else as its exact text; so each search asks for both.

use rusqlite::types::Value;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ids: 16 bytes.
    Id,
    /// Hashes: 32 bytes.
    Hash,
}

/// Ranges, both ends included, that hold every stored form of a text that begins with `typed`.
pub(crate) fn ranges(typed: &str, kind: Kind) -> Vec<(Value, Value)> {
    let typed = typed.trim();
    let mut found = vec![(Value::Text(typed.to_owned()), Value::Text(format!("{typed}\u{10FFFF}")))];
    let digits: Vec<u8> =
        typed.to_ascii_lowercase().bytes().filter(|byte| *byte != b'-' || kind == Kind::Hash).collect();
    let bytes = match kind {
        Kind::Id => 16,
        Kind::Hash => 32,
    };
    let is_well_placed = kind == Kind::Hash || dashes_fit(typed);
    if digits.is_empty() || digits.len() > bytes * 2 || !is_well_placed || !digits.iter().all(u8::is_ascii_hexdigit) {
        return found;
    }
    found.push((Value::Blob(filled(&digits, bytes, b'0')), Value::Blob(filled(&digits, bytes, b'f'))));
    found
}

/// True where every dash stands where an id has one, or none was typed at all.
fn dashes_fit(typed: &str) -> bool {
    let bytes = typed.as_bytes();
    let has_dash = bytes.contains(&b'-');
    let is_dash_place = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    !has_dash || bytes.iter().enumerate().all(|(at, byte)| (*byte == b'-') == is_dash_place(at))
}

fn filled(digits: &[u8], bytes: usize, fill: u8) -> Vec<u8> {
    let digit = |at: usize| {
        let letter = digits.get(at).copied().unwrap_or(fill);
        if letter.is_ascii_digit() { letter - b'0' } else { letter - b'a' + 10 }
    };
    (0..bytes).map(|at| digit(at * 2) << 4 | digit(at * 2 + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_of_an_id_is_a_range_of_bytes() {
        let blobs = |typed: &str, kind| {
            ranges(typed, kind)
                .into_iter()
                .filter_map(|(low, high)| match (low, high) {
                    (Value::Blob(low), Value::Blob(high)) => Some((low, high)),
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        let found = blobs("66F86b6e-6", Kind::Id);
        assert_eq!(found[0].0[..5], [0x66, 0xf8, 0x6b, 0x6e, 0x60]);
        assert_eq!(found[0].1[..5], [0x66, 0xf8, 0x6b, 0x6e, 0x6f]);
        assert_eq!((found[0].0[15], found[0].1[15]), (0, 0xff));
        assert!(blobs("66f8-6b6e", Kind::Id).is_empty(), "no id has a dash there");
        assert!(blobs("member 7", Kind::Hash).is_empty());
        assert_eq!(blobs(&"ab".repeat(32), Kind::Hash)[0].0, vec![0xab; 32]);
        assert!(blobs(&"ab".repeat(33), Kind::Hash).is_empty(), "longer than any hash");
    }

    #[test]
    fn every_search_asks_for_odd_texts_too() {
        assert_eq!(ranges("v1", Kind::Id)[0].0, Value::Text("v1".to_owned()));
    }
}
