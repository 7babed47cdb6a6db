//! SHA-256 digests as fixed arrays; hex only at the edges.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sha256Digest(pub [u8; 32]);

impl Sha256Digest {
    /// Reads 64 hexadecimal characters of either case.
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut bytes = [0u8; 32];
        decode_hex(text.as_bytes(), &mut bytes)?;
        Some(Self(bytes))
    }

    /// The lower-case hexadecimal form.
    pub fn to_hex(&self) -> String {
        encode_hex(&self.0)
    }
}

impl fmt::Display for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_hex())
    }
}

impl fmt::Debug for Sha256Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.to_hex())
    }
}

/// As 64 lower-case hexadecimal characters.
impl Serialize for Sha256Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for Sha256Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text)
            .ok_or_else(|| serde::de::Error::custom(format!("\"{text}\" is no SHA-256: 64 hexadecimal characters")))
    }
}

/// Values of hexadecimal digits by character; above 15 for everything else. Capital letters have 0x20 added.
const NIBBLES: [u8; 256] = {
    let mut table = [0xf0; 256];
    let mut value = 0u8;
    while value < 16 {
        let digit = DIGITS[value as usize];
        table[digit as usize] = value;
        if value > 9 {
            table[digit.to_ascii_uppercase() as usize] = 0x20 | value;
        }
        value += 1;
    }
    table
};
const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Lower-case hexadecimal text of `bytes`.
pub fn encode_hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    push_hex(bytes, &mut text);
    text
}

/// Appends the lower-case hexadecimal text of `bytes`.
pub fn push_hex(bytes: &[u8], out: &mut String) {
    let mut piece = [0u8; 64];
    for chunk in bytes.chunks(32) {
        for (pair, byte) in piece.chunks_exact_mut(2).zip(chunk) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        out.push_str(std::str::from_utf8(&piece[..chunk.len() * 2]).unwrap_or_default());
    }
}

/// Decodes hexadecimal text into `out`; `None` unless the text is exactly twice as long as `out`.
pub fn decode_hex(text: &[u8], out: &mut [u8]) -> Option<()> {
    decode(text, out, 0xc0)
}

/// [`decode_hex`] that refuses capital letters.
pub fn decode_lower_hex(text: &[u8], out: &mut [u8]) -> Option<()> {
    decode(text, out, 0xe0)
}

fn decode(text: &[u8], out: &mut [u8], refused: u8) -> Option<()> {
    if text.len() != out.len() * 2 {
        return None;
    }
    let mut seen = 0;
    for (pair, byte) in text.chunks_exact(2).zip(out) {
        let (high, low) = (NIBBLES[usize::from(pair[0])], NIBBLES[usize::from(pair[1])]);
        seen |= high | low;
        *byte = high << 4 | low & 15;
    }
    (seen & refused == 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_comes_back_as_it_went() {
        let digest = Sha256Digest([0xab; 32]);
        assert_eq!(Sha256Digest::from_hex(&digest.to_hex()), Some(digest));
    }

    #[test]
    fn capitals_are_digits_only_where_they_are_welcome() {
        let mut out = [0u8; 2];
        assert_eq!(decode_hex(b"aBfF", &mut out), Some(()));
        assert_eq!(out, [0xab, 0xff]);
        assert_eq!(decode_lower_hex(b"aBff", &mut out), None);
        assert_eq!(decode_lower_hex(b"09af", &mut out), Some(()));
        for foreign in 0..=255u8 {
            let is_digit = foreign.is_ascii_hexdigit();
            assert_eq!(decode_hex(&[foreign, b'0'], &mut out[..1]).is_some(), is_digit, "{foreign}");
        }
    }

    #[test]
    fn odd_or_foreign_text_is_no_digest() {
        assert_eq!(Sha256Digest::from_hex("ab"), None);
        assert_eq!(Sha256Digest::from_hex(&"g".repeat(64)), None);
    }
}
