//! Short forms of texts that are not lossy: a canonical UUID is 16 bytes, 64 lower-case hex letters are 32 bytes, a
//! canonical time is seconds, a canonical number is an integer. Anything else is kept as the exact text.

use domain::Instant;
use domain::digest::{decode_hex, encode_hex};
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
}

impl ToSql for Short {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Null => ToSqlOutput::Owned(Value::Null),
            Self::Integer(number) => ToSqlOutput::Owned(Value::Integer(*number)),
            Self::Bytes16(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Bytes32(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

/// Ids: 16 bytes where the text is a UUID in its canonical form.
pub fn id(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    let bytes = text.as_bytes();
    if bytes.len() == 36 && [8, 13, 18, 23].iter().all(|at| bytes[*at] == b'-') {
        let mut digits = [0u8; 32];
        let mut count = 0;
        for byte in bytes {
            if *byte == b'-' {
                continue;
            }
            if count == 32 {
                return Short::Text(text.to_owned());
            }
            digits[count] = *byte;
            count += 1;
        }
        let mut value = [0u8; 16];
        if count == 32 && is_lower_hex(&digits) && decode_hex(&digits, &mut value).is_some() {
            return Short::Bytes16(value);
        }
    }
    Short::Text(text.to_owned())
}

/// Hashes: 32 bytes where the text is 64 lower-case hex letters.
pub fn hash(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    let mut value = [0u8; 32];
    if text.len() == 64 && is_lower_hex(text.as_bytes()) && decode_hex(text.as_bytes(), &mut value).is_some() {
        return Short::Bytes32(value);
    }
    Short::Text(text.to_owned())
}

/// Times: seconds where the text is exactly `YYYY-MM-DD HH:MM:SS`.
pub fn time(text: Option<&str>) -> Short {
    let Some(text) = text else { return Short::Null };
    match Instant::parse(text) {
        Some(instant) if instant.to_utc().date_and_time(' ') == text => Short::Integer(instant.seconds()),
        _ => Short::Text(text.to_owned()),
    }
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
    match value {
        ValueRef::Blob(bytes) => {
            let hex = encode_hex(bytes);
            Some(if hex.len() == 32 {
                format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            } else {
                hex
            })
        }
        other => plain_text(other),
    }
}

/// The exact text of a hash column.
pub fn hash_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Blob(bytes) => Some(encode_hex(bytes)),
        other => plain_text(other),
    }
}

/// The exact text of a time column.
pub fn time_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Integer(seconds) => Some(Instant::from_seconds(seconds).to_utc().date_and_time(' ')),
        other => plain_text(other),
    }
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

fn is_lower_hex(text: &[u8]) -> bool {
    text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
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
