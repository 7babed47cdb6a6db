//! The public keys that were given, and what a signature says under them.

use std::collections::BTreeMap;

use domain::KeyRing;
use verification::{Opened, PssHash, RsaPublicKey};

/// Name under which the ring holds PEM texts.
const PEM: &str = "PEM";

/// What a signature showed under all keys that were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signed {
    /// It fits the text under the key of this number.
    Valid(usize),
    /// It was made with the key of this number, but over another text.
    OtherText(usize, Opened),
    /// It was made with none of the keys, or is no signature at all.
    Foreign,
    /// There is none.
    Unsigned,
    /// No key was given.
    Unchecked,
}

impl Signed {
    /// True where it fits.
    pub(crate) fn is_valid(&self) -> bool {
        matches!(self, Self::Valid(_))
    }

    /// True where it is there, could be checked and does not fit.
    pub(crate) fn is_bad(&self) -> bool {
        matches!(self, Self::OtherText(..) | Self::Foreign)
    }
}

/// Public keys in the order in which they were given, each once.
pub(crate) struct Keys {
    keys: Vec<(RsaPublicKey, String)>,
    /// Texts that hold no usable public key: where they came from, and why.
    pub(crate) unusable: Vec<String>,
}

impl Keys {
    pub(crate) fn of(ring: &KeyRing) -> Self {
        let mut all = Self { keys: Vec::new(), unusable: Vec::new() };
        for given in ring.get(PEM) {
            let read = std::str::from_utf8(given.bytes())
                .map_err(|_| "the file is no text".to_owned())
                .and_then(|text| RsaPublicKey::from_pem(text).map_err(|error| error.to_string()));
            match read {
                Ok(keys) => {
                    for key in keys {
                        if all.keys.iter().all(|(known, _)| *known != key) {
                            all.keys.push((key, given.origin().to_owned()));
                        }
                    }
                }
                Err(reason) => all.unusable.push(format!("{}: {reason}", given.origin())),
            }
        }
        all
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// How a report names a key: where it came from and the start of its fingerprint.
    pub(crate) fn name(&self, number: usize) -> String {
        self.keys.get(number).map_or_else(String::new, |(key, origin)| {
            format!("{origin} ({} bits, SHA-256 {}…)", key.bits(), &key.fingerprint().to_hex()[..16])
        })
    }

    /// All names.
    pub(crate) fn names(&self) -> String {
        (0..self.keys.len()).map(|number| self.name(number)).collect::<Vec<_>>().join(", ")
    }

    /// Checks a signature. `fits` says whether an opened signature was made over the text, or one of the texts, in question.
    pub(crate) fn check(&self, hash: PssHash, signature: Option<&[u8]>, fits: impl Fn(&Opened) -> bool) -> Signed {
        if self.keys.is_empty() {
            return Signed::Unchecked;
        }
        let Some(signature) = signature else { return Signed::Foreign };
        let mut other = Signed::Foreign;
        for (number, (key, _)) in self.keys.iter().enumerate() {
            if let Some(opened) = key.open(hash, signature) {
                if fits(&opened) {
                    return Signed::Valid(number);
                }
                other = Signed::OtherText(number, opened);
            }
        }
        other
    }

    /// How many rows each key verified, for a claim's figures.
    pub(crate) fn counts<'a>(&self, signed: impl Iterator<Item = &'a Signed>) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        for signed in signed {
            if let Signed::Valid(number) = signed {
                *counts.entry(self.name(*number)).or_default() += 1;
            }
        }
        counts
    }
}

/// Bytes of a signature in hex of either case; `None` for other text.
pub(crate) fn hex_bytes(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0u8; text.len() / 2];
    domain::digest::decode_hex(text.as_bytes(), &mut bytes)?;
    Some(bytes)
}
