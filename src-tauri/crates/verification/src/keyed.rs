//! Keyed hashes (HMAC-SHA-256): prepared once per key, compared in constant time.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use domain::digest::{decode_hex, encode_hex};
use domain::{Job, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use rayon::prelude::*;
use sha2::Sha256;

/// HMAC-SHA-256 under one key, with both padded states prepared.
#[derive(Clone)]
pub struct KeyedHash {
    prepared: Hmac<Sha256>,
}

impl KeyedHash {
    /// Prepares a key of any length.
    pub fn new(key: &[u8]) -> Self {
        // HMAC takes keys of every length, so this cannot fail.
        let prepared = Hmac::<Sha256>::new_from_slice(key).expect("HMAC accepts keys of any length");
        Self { prepared }
    }

    /// Prepares a signing key.
    pub fn of(key: &SigningKey) -> Self {
        Self::new(key.bytes())
    }

    /// The keyed hash of a text.
    pub fn digest(&self, text: &[u8]) -> [u8; 32] {
        let mut mac = self.prepared.clone();
        mac.update(text);
        mac.finalize().into_bytes().into()
    }

    /// The keyed hash as lower-case hex.
    pub fn hex(&self, text: &str) -> String {
        encode_hex(&self.digest(text.as_bytes()))
    }

    /// Whether `expected` is the keyed hash of `text`; constant time.
    pub fn fits(&self, text: &[u8], expected: &[u8; 32]) -> bool {
        let mut mac = self.prepared.clone();
        mac.update(text);
        mac.verify_slice(expected).is_ok()
    }
}

/// Reads a signature as origins compare it: exact text, so only 64 lower-case hex letters can ever match.
pub fn signature_bytes(text: &str) -> Option<[u8; 32]> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    let mut bytes = [0u8; 32];
    decode_hex(text.as_bytes(), &mut bytes)?;
    Some(bytes)
}

/// Searches the lost microseconds of a signed time: tries `prefix`, then `.micros` (nothing for zero), then `suffix`.
///
/// Returns the smallest number of microseconds that fits, so the answer does not depend on the number of cores. `None`
/// where nothing fits or the job was cancelled.
pub fn search_micros(
    keyed: &KeyedHash,
    prefix: &str,
    suffix: &str,
    range: Range<u32>,
    expected: &[u8; 32],
    job: &dyn Job,
) -> Option<u32> {
    let found = AtomicU32::new(u32::MAX);
    let mut seconds = keyed.prepared.clone();
    seconds.update(prefix.as_bytes());
    let chunk = 8192u32;
    let starts: Vec<u32> = (range.start..range.end).step_by(chunk as usize).collect();
    starts.into_par_iter().for_each(|start| {
        if found.load(Ordering::Relaxed) < start || job.is_cancelled() {
            return;
        }
        let mut digits = *b".000000";
        for micros in start..(start + chunk).min(range.end) {
            let mut mac = seconds.clone();
            if micros > 0 {
                let mut rest = micros;
                for place in (1..7).rev() {
                    digits[place] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
                    rest /= 10;
                }
                mac.update(&digits);
            }
            mac.update(suffix.as_bytes());
            if mac.verify_slice(expected).is_ok() {
                found.fetch_min(micros, Ordering::Relaxed);
                return;
            }
        }
    });
    let found = found.into_inner();
    (found != u32::MAX && !job.is_cancelled()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_vector_fits() {
        // RFC 4231, test case 2.
        let keyed = KeyedHash::new(b"Jefe");
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(keyed.hex("what do ya want for nothing?"), expected);
        let bytes = signature_bytes(expected).expect("hex");
        assert!(keyed.fits(b"what do ya want for nothing?", &bytes));
        assert!(!keyed.fits(b"what do ya want for nothing!", &bytes));
    }

    #[test]
    fn upper_case_hex_never_matches() {
        assert_eq!(signature_bytes(&"AB".repeat(32)), None);
        assert!(signature_bytes(&"ab".repeat(32)).is_some());
    }

    #[test]
    fn lost_microseconds_are_found() {
        let keyed = KeyedHash::new(b"key");
        let expected = keyed.digest(b"a:2026-02-10T09:00:00.123456+00:00");
        let find =
            |range| search_micros(&keyed, "a:2026-02-10T09:00:00", "+00:00", range, &expected, &domain::Unwatched);
        assert_eq!(find(0..1_000_000), Some(123_456));
        assert_eq!(find(123_457..1_000_000), None);
        let whole = keyed.digest(b"a:2026-02-10T09:00:00+00:00");
        assert_eq!(
            search_micros(&keyed, "a:2026-02-10T09:00:00", "+00:00", 0..10, &whole, &domain::Unwatched),
            Some(0)
        );
    }
}
