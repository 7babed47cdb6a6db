//! RSA signatures after PKCS #1 v1.5 with SHA-256, checked with a public key.
//!
//! The whole frame that a correct signature opens to is built and compared, nothing of it is parsed: then there is no
//! padding that a forger could use.
//!
//! Rule: RFC 8017, section 8.2.2. Nothing here is secret, so nothing needs to run in constant time.

use num_bigint::BigUint;
use sha2::{Digest, Sha256};

/// Bits of a modulus that is taken. Below there is no weight in a signature, above it only costs time.
const BITS: std::ops::RangeInclusive<u64> = 1024..=16_384;
/// `DigestInfo` of SHA-256 up to the digest, in DER.
const SHA256: [u8; 19] =
    [0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20];

/// Whether `signature` is one over `text` by the key with this modulus and exponent, most significant byte first.
///
/// False as well where the key has an impossible size: such a key proves nothing.
pub fn verify(modulus: &[u8], exponent: &[u8], text: &[u8], signature: &[u8]) -> bool {
    let (modulus, exponent) = (BigUint::from_bytes_be(modulus), BigUint::from_bytes_be(exponent));
    let is_odd = |number: &BigUint| number.bit(0);
    let is_key = BITS.contains(&modulus.bits()) && is_odd(&modulus) && is_odd(&exponent);
    // An exponent of 1 would let every frame pass, a long one would only cost time.
    if !is_key || !(2..=64).contains(&exponent.bits()) {
        return false;
    }
    let Ok(length) = usize::try_from(modulus.bits().div_ceil(8)) else { return false };
    let number = BigUint::from_bytes_be(signature);
    if signature.len() != length || number >= modulus {
        return false;
    }
    let mut frame = vec![0xff; length - SHA256.len() - 32];
    let padding = frame.len();
    (frame[0], frame[1], frame[padding - 1]) = (0, 1, 0);
    frame.extend_from_slice(&SHA256);
    frame.extend_from_slice(&Sha256::digest(text));
    number.modpow(&exponent, &modulus) == BigUint::from_bytes_be(&frame)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let mut out = vec![0; hex.len() / 2];
        domain::digest::decode_hex(hex.as_bytes(), &mut out).expect("hex");
        out
    }

    // A key that was made for this test and thrown away.
    const MODULUS: &str = "f0c47dba7631bf5973b35c1446af95d34ebdf382c5b065d2a16fa4c65695d6f80d4275377b5e2670df3b00381123d966baa8c96144a2309cb856cdc663d3f01a64bcc94e7e6e7831e87dffae5d78a1d3b101daf1f58b92e12fc457a158f4d26a56332a58cea41117ef72b5d8da53a9e9d7ed6b3c3a8b04d954e80c6570dba21b";
    const SIGNATURE: &str = "6baf080b65c8288a2ea795303c134fbb4d910cd78937095d23aad781aabc4ef78067635168fb4ace9f33f793dbb2e2c08796223953ed3b4a7839f2d04e4ff364b27421d9ee3b2b8d6fe9f702a70f475066140741663ca356e358b8ab657e99ef94f745ba5c8c62a7d9a57e186818e5b25b5fd79e130a3f826c1bb2ec87482aab";

    #[test]
    fn a_signature_fits_its_text_and_no_other() {
        let (modulus, signature) = (bytes(MODULUS), bytes(SIGNATURE));
        assert!(verify(&modulus, &[1, 0, 1], b"a text", &signature));
        assert!(!verify(&modulus, &[1, 0, 1], b"another text", &signature));
        for place in [0, 64, 127] {
            let mut altered = signature.clone();
            altered[place] ^= 1;
            assert!(!verify(&modulus, &[1, 0, 1], b"a text", &altered), "byte {place}");
        }
    }

    #[test]
    fn impossible_keys_and_lengths_are_refused() {
        let (modulus, signature) = (bytes(MODULUS), bytes(SIGNATURE));
        assert!(!verify(&modulus[1..], &[1, 0, 1], b"a text", &signature[1..]), "too short a modulus");
        assert!(!verify(&modulus, &[1], b"a text", &signature), "an exponent of one");
        assert!(!verify(&modulus, &[], b"a text", &signature));
        assert!(!verify(&modulus, &[1, 0, 1], b"a text", &signature[..127]));
        assert!(!verify(&modulus, &[1, 0, 1], b"a text", &[0xff; 128]), "beyond the modulus");
        assert!(!verify(&[], &[1, 0, 1], b"a text", &[]));
    }
}
