//! Passphrases, sealed secrets and random values. Nothing here is ever printed, logged or serialised in the clear.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use crate::Error;

/// Shortest passphrase, in characters.
pub(super) const SHORTEST_PASSPHRASE: usize = 8;

/// What a person typed; wiped when it is dropped.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase as typed.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Refuses what is too short to be set.
    pub(super) fn must_be_fit(&self, of: &str) -> Result<(), Error> {
        if self.0.chars().count() >= SHORTEST_PASSPHRASE {
            return Ok(());
        }
        Err(Error::refused(format!(
            "the passphrase of {of} is too short; choose at least {SHORTEST_PASSPHRASE} characters, several words are best"
        )))
    }

    /// The Argon2id string to keep.
    pub(super) fn to_stored(&self) -> Result<String, Error> {
        let hashed = Argon2::default().hash_password(self.0.as_bytes());
        hashed.map(|hash| hash.to_string()).map_err(|_| no_randomness())
    }

    /// Whether it is the one that was kept; constant time.
    pub(super) fn fits(&self, stored: &str) -> bool {
        PasswordHash::new(stored)
            .is_ok_and(|stored| Argon2::default().verify_password(self.0.as_bytes(), &stored).is_ok())
    }

    /// The key that is derived from it with a salt.
    pub(super) fn derive(&self, salt: &[u8]) -> Result<SealKey, Error> {
        let mut key = Zeroizing::new([0u8; 32]);
        Argon2::default()
            .hash_password_into(self.0.as_bytes(), salt, key.as_mut())
            .map_err(|_| Error::refused("the lock of this case cannot be opened: its salt is damaged"))?;
        Ok(SealKey(key))
    }
}

/// A key that seals other secrets.
#[derive(Clone)]
pub(crate) struct SealKey(Zeroizing<[u8; 32]>);

impl SealKey {
    /// A random key.
    pub(super) fn random() -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// The bytes, to be sealed under another key.
    pub(super) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key of sealed bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// Seals bytes for one place; they open only there.
    pub(super) fn seal(&self, place: &str, secret: &[u8]) -> Result<Vec<u8>, Error> {
        let nonce: [u8; 24] = random()?;
        let payload = Payload { msg: secret, aad: place.as_bytes() };
        let sealed = self
            .cipher()
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| Error::refused("a secret is too long to be sealed"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Opens what was sealed for a place; `None` under another key, for another place, or where it was altered.
    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
        let payload = Payload { msg: sealed, aad: place.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new((&*self.0).into())
    }
}

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| no_randomness())?;
    Ok(bytes)
}

/// A random number below a bound, every one as likely.
fn below(bound: u64) -> Result<u64, Error> {
    let rest = (u64::MAX % bound + 1) % bound;
    loop {
        let drawn = u64::from_le_bytes(random()?);
        if drawn <= u64::MAX - rest {
            return Ok(drawn % bound);
        }
    }
}

/// Puts things into a random order, every one as likely.
pub(super) fn shuffle<T>(things: &mut [T]) -> Result<(), Error> {
    for last in (1..things.len()).rev() {
        let other = below(u64::try_from(last).unwrap_or(u64::MAX) + 1)?;
        things.swap(last, usize::try_from(other).unwrap_or(last));
    }
    Ok(())
}

fn no_randomness() -> Error {
    Error::refused("the operating system gives no random values, so nothing secret can be made; restart the machine")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_with_its_key_in_its_place_and_unaltered() {
        let key = Passphrase::new("correct horse").derive(b"0123456789abcdef").unwrap();
        let sealed = key.seal("here", b"the secret").unwrap();
        assert!(!sealed.windows(10).any(|part| part == b"the secret"));
        assert_eq!(key.open("here", &sealed).unwrap().as_slice(), b"the secret");
        assert!(key.open("there", &sealed).is_none());
        assert!(Passphrase::new("correct house").derive(b"0123456789abcdef").unwrap().open("here", &sealed).is_none());
        let mut altered = sealed.clone();
        altered[30] ^= 1;
        assert!(key.open("here", &altered).is_none());
        assert_ne!(key.seal("here", b"the secret").unwrap(), sealed, "never twice the same");
    }

    #[test]
    fn a_passphrase_is_kept_as_a_slow_salted_hash() {
        let passphrase = Passphrase::new("correct horse");
        let stored = passphrase.to_stored().unwrap();
        assert!(stored.starts_with("$argon2id$v=19$") && !stored.contains("horse"));
        assert!(passphrase.fits(&stored) && !Passphrase::new("correct house").fits(&stored));
        assert!(!passphrase.fits("nonsense"));
    }

    #[test]
    fn every_order_is_as_likely() {
        let mut seen = std::collections::BTreeMap::<Vec<u8>, u32>::new();
        for _ in 0..6000 {
            let mut order = vec![1, 2, 3];
            shuffle(&mut order).unwrap();
            *seen.entry(order).or_default() += 1;
        }
        // Six orders, 1000 each on average, standard deviation 29: seven of them are out of reach of chance.
        assert!(seen.len() == 6 && seen.values().all(|count| (800..1200).contains(count)), "{seen:?}");
    }
}
