//! The identity that signs evidence bundles: Ed25519 (RFC 8032), told as five words, and in the forms of OpenSSL and minisign.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Bytes before the key in its SubjectPublicKeyInfo (RFC 8410).
const SPKI_HEAD: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
/// What minisign writes before a signature of the plain text.
const PLAIN: [u8; 2] = *b"Ed";
/// First line of a signature file.
const SIGNATURE_COMMENT: &str = "untrusted comment: signature of an evidence bundle";
/// Second comment of a signature file, which is signed too.
const TRUSTED_COMMENT: &str = "scrutineer bundle 1";

/// Who signs. The key is wiped when this is dropped.
pub struct SigningIdentity(SigningKey);

/// Who signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublicIdentity([u8; 32]);

impl SigningIdentity {
    /// The identity of 32 random bytes.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(SigningKey::from_bytes(seed))
    }

    /// Its public side.
    pub fn public(&self) -> PublicIdentity {
        PublicIdentity(self.0.verifying_key().to_bytes())
    }

    /// Signs bytes. The same bytes give the same signature.
    pub fn sign(&self, bytes: &[u8]) -> [u8; 64] {
        self.0.sign(bytes).to_bytes()
    }

    /// A signature of [`SigningIdentity::sign`] as a file of minisign.
    pub fn minisign(&self, signature: &[u8; 64]) -> String {
        let both = [signature.as_slice(), TRUSTED_COMMENT.as_bytes()].concat();
        minisign_text(&self.public(), signature, &self.sign(&both))
    }
}

fn minisign_text(signer: &PublicIdentity, signature: &[u8; 64], global: &[u8; 64]) -> String {
    let line = STANDARD.encode([PLAIN.as_slice(), &signer.key_id(), signature].concat());
    format!("{SIGNATURE_COMMENT}\n{line}\ntrusted comment: {TRUSTED_COMMENT}\n{}\n", STANDARD.encode(global))
}

impl PublicIdentity {
    /// The key's 32 bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a PEM public key; `None` where it is no Ed25519 key in exactly the form of [`PublicIdentity::pem`].
    pub fn from_pem(pem: &str) -> Option<Self> {
        let body = pem.strip_prefix("-----BEGIN PUBLIC KEY-----\n")?.strip_suffix("\n-----END PUBLIC KEY-----\n")?;
        let der = STANDARD.decode(body).ok()?;
        let key: [u8; 32] = der.strip_prefix(&SPKI_HEAD)?.try_into().ok()?;
        let found = Self(key);
        (found.pem() == pem && VerifyingKey::from_bytes(&key).is_ok_and(|key| !key.is_weak())).then_some(found)
    }

    /// The key for `openssl pkeyutl`.
    pub fn pem(&self) -> String {
        let body = STANDARD.encode([SPKI_HEAD.as_slice(), &self.0].concat());
        format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n")
    }

    /// The key for `minisign`.
    pub fn minisign_key(&self) -> String {
        let line = STANDARD.encode([PLAIN.as_slice(), &self.key_id(), &self.0].concat());
        format!("untrusted comment: minisign public key {}\n{line}\n", self.key_number())
    }

    /// Base64 of the key.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.0)
    }

    fn key_id(&self) -> [u8; 8] {
        let digest: [u8; 32] = Sha256::digest(self.0).into();
        let mut id = [0; 8];
        id.copy_from_slice(&digest[..8]);
        id
    }

    /// The key id as minisign prints it.
    pub fn key_number(&self) -> String {
        format!("{:016X}", u64::from_le_bytes(self.key_id()))
    }

    /// Ten bytes of the key's hash as five words that can be read out on the telephone.
    pub fn words(&self) -> String {
        let digest = Sha256::digest(self.0);
        let words: Vec<String> =
            digest[..10].chunks(2).map(|pair| word(u16::from_be_bytes([pair[0], pair[1]]))).collect();
        words.join("-")
    }

    /// Whether a signature over bytes is this identity's, by the strict rule: no other bytes verify in its place.
    pub fn verifies(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else { return false };
        VerifyingKey::from_bytes(&self.0).is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
    }

    /// Whether a text is the minisign file of a signature, to the letter, and its second signature holds.
    pub fn verifies_minisign(&self, text: &str, signature: &[u8; 64]) -> bool {
        let global = text.trim_end().rsplit('\n').next().and_then(|line| STANDARD.decode(line).ok());
        let Some(global) = global.and_then(|bytes| <[u8; 64]>::try_from(bytes).ok()) else { return false };
        let both = [signature.as_slice(), TRUSTED_COMMENT.as_bytes()].concat();
        minisign_text(self, signature, &global) == text && self.verifies(&both, &global)
    }
}

/// Sixteen bits as a word: consonant, vowel, consonant, vowel, consonant.
fn word(bits: u16) -> String {
    const CONSONANTS: &[u8; 16] = b"bdfghjklmnprstvz";
    const VOWELS: &[u8; 4] = b"aiou";
    let consonant = |shift: u32| char::from(CONSONANTS[usize::from(bits >> shift & 15)]);
    let vowel = |shift: u32| char::from(VOWELS[usize::from(bits >> shift & 3)]);
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8032, section 7.1, test 2.
    #[test]
    fn a_published_signature_is_met() {
        let mut seed = [0; 32];
        let secret = b"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb";
        domain::digest::decode_hex(secret, &mut seed).expect("hex");
        let identity = SigningIdentity::from_seed(&seed);
        let public = identity.public();
        assert_eq!(
            domain::digest::encode_hex(public.bytes()),
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
        );
        let signature = identity.sign(&[0x72]);
        assert_eq!(
            domain::digest::encode_hex(&signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
        assert!(public.verifies(&[0x72], &signature));
        assert!(!public.verifies(&[0x73], &signature));
        let text = identity.minisign(&signature);
        assert!(public.verifies_minisign(&text, &signature));
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            let is_held = String::from_utf8(bytes).is_ok_and(|text| public.verifies_minisign(&text, &signature));
            assert!(!is_held, "letter {place} is not looked at");
        }
        assert_eq!(PublicIdentity::from_pem(&public.pem()), Some(public));
    }

    /// The published examples of the way to write numbers as words: 127.0.0.1 is lusab-babad, 63.84.220.193 is gutih-tugad.
    #[test]
    fn numbers_are_words() {
        assert_eq!([word(0x7f00), word(0x0001)], ["lusab", "babad"]);
        assert_eq!([word(0x3f54), word(0xdcc1)], ["gutih", "tugad"]);
    }
}
