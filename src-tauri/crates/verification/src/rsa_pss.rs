//! RSA-PSS signatures with the longest salt the key allows, checked with public keys alone.
//!
//! The public operation is done here on top of a big integer crate, because two things are needed that signature
//! libraries do not give: the salt length that the origin uses (the maximum, not the digest's length), and the opened
//! signature itself. [`RsaPublicKey::open`] does the costly part once; the [`Opened`] signature then tests any number of
//! candidate texts with two hashes each, which is how a signed time that was not stored is found again ([`search`]).
//!
//! Rule: RFC 8017, sections 8.1.2 and 9.1.2. Nothing here is secret, so nothing needs to run in constant time.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Job, Sha256Digest};
use num_bigint::BigUint;
use rayon::prelude::*;
use sha2::{Digest, Sha256, Sha512};

/// Largest modulus that is taken; a larger one only costs time.
const MAX_BITS: u64 = 16_384;
/// Smallest modulus that is taken: below it there is no room for a SHA-512 frame, and no weight in the signature.
const MIN_BITS: u64 = 1024;
/// `rsaEncryption`, 1.2.840.113549.1.1.1, in DER.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
/// Candidates that one thread tries before it looks whether to go on.
const STRETCH: u64 = 8192;

/// Why a PEM text holds no usable key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PemError {
    /// No `BEGIN PUBLIC KEY` or `BEGIN RSA PUBLIC KEY` in the text.
    #[error("the text holds no public key; a block that begins with BEGIN PUBLIC KEY was expected")]
    NoPublicKey,
    /// A private key where the public one belongs.
    #[error("this is a private key; give the public key, which is all that a check needs")]
    PrivateKey,
    /// The block is damaged.
    #[error("the key's text is damaged; copy the file again")]
    Damaged,
    /// Another kind of key.
    #[error("the key is no RSA key")]
    NotRsa,
    /// A modulus out of bounds, or an exponent that no key has.
    #[error("the RSA key has an impossible size")]
    Size,
}

/// The hash that a signature is made over and masked with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PssHash {
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

impl PssHash {
    /// Bytes of a digest.
    pub fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// Never true; beside [`PssHash::len`] for form's sake.
    pub fn is_empty(self) -> bool {
        false
    }

    fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut hasher = D::new();
            for part in parts {
                hasher.update(part);
            }
            hasher.finalize().to_vec()
        }
        match self {
            Self::Sha256 => of::<Sha256>(parts),
            Self::Sha512 => of::<Sha512>(parts),
        }
    }
}

/// An RSA public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RsaPublicKey {
    modulus: BigUint,
    exponent: u64,
    bits: u64,
    fingerprint: Sha256Digest,
}

/// A signature with the frame taken off: what it was made over can be tested text by text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    hash: PssHash,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl RsaPublicKey {
    /// Reads every public key of a PEM text.
    ///
    /// # Errors
    /// [`PemError`] for the first block that is no usable key, and for a text without any.
    pub fn from_pem(text: &str) -> Result<Vec<Self>, PemError> {
        let mut keys = Vec::new();
        let mut rest = text;
        while let Some((_, behind)) = rest.split_once("-----BEGIN ") {
            let (label, behind) = behind.split_once("-----").ok_or(PemError::Damaged)?;
            let (body, behind) = behind.split_once("-----END ").ok_or(PemError::Damaged)?;
            rest = behind;
            if label.ends_with("PRIVATE KEY") {
                return Err(PemError::PrivateKey);
            }
            if !matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY") {
                continue;
            }
            let packed: String = body.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
            let der = STANDARD.decode(packed).map_err(|_| PemError::Damaged)?;
            keys.push(if label == "PUBLIC KEY" { Self::from_spki(&der)? } else { Self::from_pkcs1(&der)? });
        }
        if keys.is_empty() { Err(PemError::NoPublicKey) } else { Ok(keys) }
    }

    /// Reads a SubjectPublicKeyInfo in DER.
    fn from_spki(der: &[u8]) -> Result<Self, PemError> {
        let (outer, behind) = element(der, 0x30).ok_or(PemError::Damaged)?;
        let (algorithm, behind_algorithm) = element(outer, 0x30).ok_or(PemError::Damaged)?;
        let (oid, _) = element(algorithm, 0x06).ok_or(PemError::Damaged)?;
        if oid != RSA_ENCRYPTION {
            return Err(PemError::NotRsa);
        }
        let (bits, behind_bits) = element(behind_algorithm, 0x03).ok_or(PemError::Damaged)?;
        match bits.split_first() {
            Some((0, key)) if behind.is_empty() && behind_bits.is_empty() => Self::from_pkcs1(key),
            _ => Err(PemError::Damaged),
        }
    }

    fn from_pkcs1(der: &[u8]) -> Result<Self, PemError> {
        let (inner, behind) = element(der, 0x30).ok_or(PemError::Damaged)?;
        let (modulus, behind_modulus) = element(inner, 0x02).ok_or(PemError::Damaged)?;
        let (exponent, behind_exponent) = element(behind_modulus, 0x02).ok_or(PemError::Damaged)?;
        if !behind.is_empty() || !behind_exponent.is_empty() {
            return Err(PemError::Damaged);
        }
        let is_negative = |number: &[u8]| number.first().is_none_or(|byte| byte & 0x80 != 0);
        if is_negative(modulus) || is_negative(exponent) {
            return Err(PemError::Damaged);
        }
        let modulus = BigUint::from_bytes_be(modulus);
        let bits = modulus.bits();
        let exponent = u64::try_from(BigUint::from_bytes_be(exponent)).map_err(|_| PemError::Size)?;
        if !(MIN_BITS..=MAX_BITS).contains(&bits) || exponent < 3 || exponent % 2 == 0 || !modulus.bit(0) {
            return Err(PemError::Size);
        }
        let fingerprint = Sha256Digest(Sha256::digest(spki(&modulus, exponent)).into());
        Ok(Self { modulus, exponent, bits, fingerprint })
    }

    /// Bits of the modulus.
    pub fn bits(&self) -> u64 {
        self.bits
    }

    /// Modulus and exponent, most significant byte first.
    pub fn numbers(&self) -> (Vec<u8>, Vec<u8>) {
        (self.modulus.to_bytes_be(), BigUint::from(self.exponent).to_bytes_be())
    }

    /// SHA-256 over the key's SubjectPublicKeyInfo in DER: the name of the key in reports.
    pub fn fingerprint(&self) -> Sha256Digest {
        self.fingerprint
    }

    /// Whether the signature is one over the text, with the longest salt that the key allows.
    pub fn verify(&self, hash: PssHash, text: &[u8], signature: &[u8]) -> bool {
        self.open(hash, signature).is_some_and(|opened| opened.fits(text))
    }

    /// Takes the frame off a signature; `None` where there is no frame with the longest salt under this key.
    ///
    /// A frame that holds was made by the key's holder, whatever the text was: a foreign signature has one by chance once
    /// in some hundred thousand.
    pub fn open(&self, hash: PssHash, signature: &[u8]) -> Option<Opened> {
        let bytes = |bits: u64| usize::try_from(bits.div_ceil(8)).ok();
        if signature.len() != bytes(self.bits)? {
            return None;
        }
        let number = BigUint::from_bytes_be(signature);
        if number >= self.modulus {
            return None;
        }
        let frame_bits = self.bits - 1;
        let frame_len = bytes(frame_bits)?;
        let opened = self.raise(&number).to_bytes_be();
        // Where the frame is a byte shorter than the modulus, that byte must be zero, and so not be there.
        let mut frame = vec![0u8; frame_len.checked_sub(opened.len())?];
        frame.extend_from_slice(&opened);
        let data_len = frame_len.checked_sub(hash.len() + 1)?;
        let (masked, tail) = frame.split_at(data_len);
        let (digest, mark) = tail.split_at(hash.len());
        if mark != [0xbc] {
            return None;
        }
        let unused = u32::try_from(u64::try_from(frame_len).ok()? * 8 - frame_bits).ok()?;
        let first_mask = 0xffu8 >> unused;
        if masked.first()? & !first_mask != 0 {
            return None;
        }
        let mut data: Vec<u8> =
            masked.iter().zip(mask(hash, digest, data_len)).map(|(byte, mask)| byte ^ mask).collect();
        *data.first_mut()? &= first_mask;
        // With the longest salt there is no padding: the separator stands first.
        match data.split_first() {
            Some((1, salt)) => Some(Opened { hash, salt: salt.to_vec(), digest: digest.to_vec() }),
            _ => None,
        }
    }

    /// `number` to the public exponent: square and multiply from the highest bit. A public exponent has few bits, so plain
    /// steps beat a general routine, which prepares for exponents as long as the modulus.
    fn raise(&self, number: &BigUint) -> BigUint {
        let mut power = number.clone();
        for bit in (0..self.exponent.ilog2()).rev() {
            power = &power * &power % &self.modulus;
            if self.exponent >> bit & 1 == 1 {
                power = power * number % &self.modulus;
            }
        }
        power
    }
}

impl Opened {
    /// Whether the signature was made over the text.
    pub fn fits(&self, text: &[u8]) -> bool {
        self.fits_digest(&self.hash.digest(&[text]))
    }

    fn fits_digest(&self, digest: &[u8]) -> bool {
        self.hash.digest(&[&[0; 8], digest, &self.salt]) == self.digest
    }
}

/// Searches the text that an opened SHA-256 signature was made over: `prefix`, then what `complete` writes for a number.
///
/// Tries `0..count` on all threads and answers the smallest number that fits, so that the answer does not depend on the
/// number of cores. `None` where nothing fits, the signature is of another hash, or the job was cancelled.
pub fn search(
    opened: &Opened,
    prefix: &str,
    count: u64,
    complete: &(dyn Fn(u64, &mut String) + Sync),
    job: &dyn Job,
) -> Option<u64> {
    if opened.hash != PssHash::Sha256 {
        return None;
    }
    let found = AtomicU64::new(u64::MAX);
    let begun = Sha256::new_with_prefix(prefix);
    let stretches: Vec<u64> = (0..count.div_ceil(STRETCH)).collect();
    stretches.into_par_iter().for_each(|stretch| {
        let start = stretch * STRETCH;
        if found.load(Ordering::Relaxed) < start || job.is_cancelled() {
            return;
        }
        let mut text = String::with_capacity(256);
        for number in start..(start + STRETCH).min(count) {
            text.clear();
            complete(number, &mut text);
            let mut hasher = begun.clone();
            hasher.update(&text);
            if opened.fits_digest(&hasher.finalize()) {
                found.fetch_min(number, Ordering::Relaxed);
                return;
            }
        }
    });
    let found = found.into_inner();
    (found != u64::MAX && !job.is_cancelled()).then_some(found)
}

/// MGF1: as many bytes of mask as asked for.
fn mask(hash: PssHash, seed: &[u8], len: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(len + hash.len());
    for counter in 0u32.. {
        if bytes.len() >= len {
            break;
        }
        bytes.extend_from_slice(&hash.digest(&[seed, &counter.to_be_bytes()]));
    }
    bytes.truncate(len);
    bytes
}

/// Content of the DER element at the beginning, and what stands behind it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (short, rest) = rest.split_first()?;
    let (len, rest) = match *short {
        short @ 0..=0x7f => (usize::from(short), rest),
        long @ 0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x0f))?;
            (digits.iter().fold(0usize, |len, digit| len << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    (*found == tag).then(|| rest.split_at_checked(len)).flatten()
}

/// The key as SubjectPublicKeyInfo in DER, whichever way it was given.
fn spki(modulus: &BigUint, exponent: u64) -> Vec<u8> {
    fn wrapped(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
        let content: Vec<u8> = parts.concat();
        let digits: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
        let mut out = vec![tag];
        match (content.len(), u8::try_from(digits.len())) {
            (0..=0x7f, _) => out.push(digits.first().copied().unwrap_or(0)),
            (_, count) => {
                out.push(0x80 | count.unwrap_or(0));
                out.extend_from_slice(&digits);
            }
        }
        out.extend_from_slice(&content);
        out
    }
    let integer = |number: &BigUint| {
        let digits = number.to_bytes_be();
        let sign: &[u8] = if digits.first().is_some_and(|digit| digit & 0x80 != 0) { &[0] } else { &[] };
        wrapped(0x02, &[sign, &digits])
    };
    let key = wrapped(0x30, &[&integer(modulus), &integer(&BigUint::from(exponent))]);
    let algorithm = wrapped(0x30, &[&wrapped(0x06, &[RSA_ENCRYPTION]), &[0x05, 0x00]]);
    wrapped(0x30, &[&algorithm, &wrapped(0x03, &[&[0], &key])])
}

#[cfg(test)]
mod tests {
    use domain::Unwatched;
    use domain::digest::decode_hex;
    use serde_json::Value;

    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let mut out = vec![0; hex.len() / 2];
        decode_hex(hex.as_bytes(), &mut out).expect("hex");
        out
    }

    fn text<'a>(value: &'a Value, name: &str) -> &'a str {
        value[name].as_str().unwrap_or_else(|| panic!("{name} is a text"))
    }

    fn vectors() -> Vec<Value> {
        let file = include_str!("../../../../tests/fixtures/rsa_pss/vectors.json");
        serde_json::from_str(file).expect("vectors")
    }

    fn key(pem: &str) -> RsaPublicKey {
        let mut keys = RsaPublicKey::from_pem(pem).expect("a key");
        assert_eq!(keys.len(), 1);
        keys.remove(0)
    }

    fn origin_key() -> RsaPublicKey {
        key(include_str!("../../../../tests/fixtures/electra/keys/public_key.pem"))
    }

    #[test]
    fn signatures_of_keys_of_odd_sizes_fit_and_short_salts_do_not() {
        for vector in vectors() {
            let key = key(text(&vector, "public_key"));
            assert_eq!(Some(key.bits()), vector["bits"].as_u64());
            let hash = if vector["hash"] == "sha256" { PssHash::Sha256 } else { PssHash::Sha512 };
            let signed = text(&vector, "text").as_bytes();
            let signature = bytes(text(&vector, "signature"));
            assert!(key.verify(hash, signed, &signature), "{} {}", vector["bits"], vector["hash"]);
            assert!(!key.verify(hash, b"another text", &signature));
            assert!(!key.verify(hash, signed, &bytes(text(&vector, "short_salt"))), "a salt of 32 bytes is refused");
            for place in [0, signature.len() / 2, signature.len() - 1] {
                let mut altered = signature.clone();
                altered[place] ^= 1;
                assert!(!key.verify(hash, signed, &altered), "byte {place}");
            }
            let other = if hash == PssHash::Sha256 { PssHash::Sha512 } else { PssHash::Sha256 };
            assert!(!key.verify(other, signed, &signature));
        }
    }

    #[test]
    fn signatures_of_the_wrong_length_or_beyond_the_modulus_are_refused() {
        let key = origin_key();
        for signature in [vec![], vec![0xff; 511], vec![0xff; 512], vec![0xff; 513], vec![0; 512]] {
            assert_eq!(key.open(PssHash::Sha512, &signature), None, "{} bytes", signature.len());
        }
    }

    #[test]
    fn a_key_is_named_by_the_digest_of_its_der_form() {
        let expected: Value =
            serde_json::from_str(include_str!("../../../../tests/fixtures/electra/expected.json")).expect("JSON");
        let key = origin_key();
        assert_eq!(key.fingerprint().to_hex(), text(&expected, "public_key_sha256_der"));
        assert_eq!(Some(key.bits()), expected["key_bits"].as_u64());
    }

    #[test]
    fn a_pkcs1_block_gives_the_same_key() {
        let key = origin_key();
        let der = STANDARD
            .decode(
                include_str!("../../../../tests/fixtures/electra/keys/public_key.pem")
                    .lines()
                    .filter(|line| !line.starts_with("-----"))
                    .collect::<String>(),
            )
            .expect("base64");
        // What stands in the bit string of a SubjectPublicKeyInfo is the PKCS#1 form.
        let at = der.windows(2).rposition(|pair| pair == [0x30, 0x82]).expect("the inner sequence");
        let pem =
            format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", STANDARD.encode(&der[at..]));
        assert_eq!(RsaPublicKey::from_pem(&pem), Ok(vec![key]));
    }

    #[test]
    fn texts_without_a_usable_key_say_why() {
        let of = |text: &str| RsaPublicKey::from_pem(text).expect_err("no key");
        assert_eq!(of("VOTE_SIGNING_KEY=abc"), PemError::NoPublicKey);
        assert_eq!(of("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), PemError::PrivateKey);
        assert_eq!(of("-----BEGIN PUBLIC KEY-----\nAAAA"), PemError::Damaged);
        assert_eq!(of("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"), PemError::Damaged);
        let pem = include_str!("../../../../tests/fixtures/electra/keys/public_key.pem");
        assert_eq!(of(&pem.replacen("MIIC", "MIIB", 1)), PemError::Damaged, "a length that is not the key's");
    }

    #[test]
    fn a_lost_ending_of_a_signed_text_is_found_and_the_smallest_counts() {
        let vector = vectors().into_iter().find(|vector| vector["hash"] == "sha256").expect("a vector");
        let opened = key(text(&vector, "public_key"))
            .open(PssHash::Sha256, &bytes(text(&vector, "signature")))
            .expect("a frame");
        let signed = text(&vector, "text");
        let (prefix, bits) = ("A text for a key of ", vector["bits"].as_u64().expect("bits"));
        let rest = signed.strip_prefix(&format!("{prefix}{bits}")).expect("the text");
        let complete = |number: u64, out: &mut String| {
            // Every number is tried twice; the earlier place counts.
            out.push_str(&(number / 2).to_string());
            out.push_str(rest);
        };
        assert_eq!(search(&opened, prefix, 100_000, &complete, &Unwatched), Some(bits * 2));
        assert_eq!(search(&opened, prefix, bits * 2, &complete, &Unwatched), None);
    }
}
