//! Keys of imported systems: held in memory only, zeroed on drop, never printed.

use std::collections::BTreeMap;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// One secret. It has neither `Debug` nor a serialised form.
#[derive(Clone)]
pub struct SigningKey {
    secret: Zeroizing<Vec<u8>>,
    origin: String,
}

impl SigningKey {
    /// A key with a word on where it came from (never its value).
    pub fn new(secret: impl Into<Vec<u8>>, origin: impl Into<String>) -> Self {
        Self { secret: Zeroizing::new(secret.into()), origin: origin.into() }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.secret
    }

    /// Where the key came from, for the reader of a report.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}

/// Keys and settings by the origin system's own names.
#[derive(Clone, Default)]
pub struct KeyRing {
    keys: BTreeMap<String, Vec<SigningKey>>,
    settings: BTreeMap<String, String>,
    warnings: Vec<String>,
}

impl KeyRing {
    /// Adds a key under a name; the order of adding is the order of trying.
    pub fn add(&mut self, name: &str, key: SigningKey) {
        if !key.bytes().is_empty() {
            self.keys.entry(name.to_owned()).or_default().push(key);
        }
    }

    /// Adds a value that is no secret (a boundary, an id).
    pub fn set(&mut self, name: &str, value: &str) {
        self.settings.insert(name.to_owned(), value.to_owned());
    }

    /// Keys under a name.
    pub fn get(&self, name: &str) -> &[SigningKey] {
        self.keys.get(name).map_or(&[], Vec::as_slice)
    }

    /// A setting under a name.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.settings.get(name).map(String::as_str)
    }

    /// Keeps a remark about a value that was not usable.
    pub fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }

    /// Remarks about values that were not usable.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// True where no key at all is held.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Whether both hold the same keys under the same names, in the same order; constant time for keys of one length.
    pub fn is_same(&self, other: &Self) -> bool {
        self.keys.len() == other.keys.len()
            && self.keys.iter().zip(&other.keys).all(|((name, keys), (other_name, others))| {
                name == other_name
                    && keys.len() == others.len()
                    && keys.iter().zip(others).all(|(key, other)| key.bytes().ct_eq(other.bytes()).into())
            })
    }

    /// Names under which keys are held, for telling the user; never values.
    pub fn names(&self) -> Vec<&str> {
        self.keys.keys().map(String::as_str).collect()
    }
}
