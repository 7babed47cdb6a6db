//! Short forms of texts that are not lossy: a canonical UUID is 16 bytes, 64 lower-case hex letters are 32 bytes, a
//! canonical time is seconds, a canonical number is an integer. Anything else is kept as the exact text.

use domain::Instant;
use domain::digest::{decode_lower_hex, encode_hex, push_hex};
use rusqlite::ToSql;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// A value as stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Short {
    /// NULL.
    Null,
    /// A whole number.
    Integer(i64),
    /// 16 or 32 bytes.
    Bytes16([u8; 16]),
    /// 32 bytes.
    Bytes32([u8; 32]),
    /// The exact text.
    Text(String),
    /// A text that repeats, by its number in a list that is not the case's yet.
    Term(usize),
}

impl ToSql for Short {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Bytes16(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Bytes32(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
            Self::Term(_) => return Err(rusqlite::Error::InvalidParameterName("a term without a number".to_owned())),
        })
    }
}

/// Ids: 16 bytes where the text is a UUID in its canonical form.
pub fn id(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    uuid(text).map_or_else(|| Short::Text(text.to_owned()), Short::Bytes16)
}

fn uuid(text: &str) -> Option<[u8; 16]> {
    let bytes: &[u8; 36] = text.as_bytes().try_into().ok()?;
    if [8, 13, 18, 23].iter().any(|at| bytes[*at] != b'-') {
        return None;
    }
    let mut value = [0u8; 16];
    for (from, to) in [(0..8, 0..4), (9..13, 4..6), (14..18, 6..8), (19..23, 8..10), (24..36, 10..16)] {
        decode_lower_hex(&bytes[from], &mut value[to])?;
    }
    Some(value)
}

/// Hashes: 32 bytes where the text is 64 lower-case hex letters.
pub fn hash(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    let mut value = [0u8; 32];
    match decode_lower_hex(text.as_bytes(), &mut value) {
        Some(()) => Short::Bytes32(value),
        None => Short::Text(text.to_owned()),
    }
}

/// Times: seconds where the text is exactly `YYYY-MM-DD HH:MM:SS`.
pub fn time(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    Instant::seconds_of_canonical(text).map_or_else(|| Short::Text(text.to_owned()), Short::Integer)
}

/// Numbers: an integer where the text is its canonical decimal form.
pub fn number(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    match text.parse::<i64>() {
        Ok(value) if value.to_string() == text => Short::Integer(value),
        _ => Short::Text(text.to_owned()),
    }
}

/// The exact text of an id column.
pub fn id_text(value: ValueRef<'_>) -> Option<String> {
    owned(value, push_id)
}

/// The exact text of a hash column.
pub fn hash_text(value: ValueRef<'_>) -> Option<String> {
    owned(value, push_hash)
}

/// The exact text of a time column.
pub fn time_text(value: ValueRef<'_>) -> Option<String> {
    owned(value, push_time)
}

fn owned(value: ValueRef<'_>, push: fn(ValueRef<'_>, &mut String) -> bool) -> Option<String> {
    let mut text = String::new();
    push(value, &mut text).then_some(text)
}

/// Appends the exact text of an id column; false for NULL.
pub fn push_id(value: ValueRef<'_>, out: &mut String) -> bool {
    let ValueRef::Blob(bytes) = value else { return push_plain(value, out) };
    if let [a, b, c, d, e, f, g, h, i, j, rest @ ..] = bytes
        && rest.len() == 6
    {
        for part in [&[*a, *b, *c, *d][..], &[*e, *f], &[*g, *h], &[*i, *j]] {
            push_hex(part, out);
            out.push('-');
        }
        push_hex(rest, out);
    } else {
        push_hex(bytes, out);
    }
    true
}

/// Appends the exact text of a hash column; false for NULL.
pub fn push_hash(value: ValueRef<'_>, out: &mut String) -> bool {
    let ValueRef::Blob(bytes) = value else { return push_plain(value, out) };
    push_hex(bytes, out);
    true
}

/// Appends the exact text of a time column; false for NULL.
pub fn push_time(value: ValueRef<'_>, out: &mut String) -> bool {
    let ValueRef::Integer(seconds) = value else { return push_plain(value, out) };
    Instant::from_seconds(seconds).to_utc().push_date_and_time(' ', out);
    true
}

/// Appends the exact text of a number or text column; false for NULL.
pub fn push_plain(value: ValueRef<'_>, out: &mut String) -> bool {
    match value {
        ValueRef::Null => return false,
        ValueRef::Text(bytes) => out.push_str(&String::from_utf8_lossy(bytes)),
        other => out.push_str(&plain_text(other).unwrap_or_default()),
    }
    true
}

/// The exact text of a number or text column.
pub fn plain_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(encode_hex(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back(short: &Short, read: fn(ValueRef<'_>) -> Option<String>) -> Option<String> {
        let stored = short.to_sql().expect("storable");
        match &stored {
            ToSqlOutput::Borrowed(value) => read(*value),
            ToSqlOutput::Owned(value) => read(ValueRef::from(value)),
            _ => None,
        }
    }

    #[test]
    fn every_text_comes_back_exactly() {
        let uuid = "0a1b2c3d-0000-4fff-8abc-0123456789ab";
        let upper = uuid.to_uppercase();
        let hash64 = "ab".repeat(32);
        let texts = [
            uuid,
            &upper,
            &hash64,
            "",
            "x",
            "2026-02-10 15:30:00",
            "2026-02-10T15:30:00",
            "2026-02-10 15:30:00.5",
            "12",
            "012",
            "-0",
            "+1",
            " 1",
            "0a1b2c3d00004fff8abc0123456789ab----",
            "9999-12-31 23:59:59",
            "-1",
        ];
        for text in texts {
            assert_eq!(back(&id(Some(text)), id_text).as_deref(), Some(text));
            assert_eq!(back(&hash(Some(text)), hash_text).as_deref(), Some(text));
            assert_eq!(back(&time(Some(text)), time_text).as_deref(), Some(text));
            assert_eq!(back(&number(Some(text)), plain_text).as_deref(), Some(text));
        }
        assert!(matches!(id(Some(uuid)), Short::Bytes16(_)) && matches!(hash(Some(&hash64)), Short::Bytes32(_)));
        assert_eq!(id(None), Short::Null);
    }
}
