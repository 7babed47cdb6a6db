//! The signing key of an election: which of the keys that are there is the one whose hash was committed before the first ballot.

use domain::{Finding, FindingCode, KeyRing, digest};
use importers::scrutineer::tables::KEY_NAME;
use sha2::{Digest, Sha256};
use verification::keyed::KeyedHash;
use zeroize::Zeroizing;

use super::sources::{Document, Sources};

/// Shortest key that carries weight, in bytes.
const SHORTEST: usize = 16;

/// The key that signatures are checked under.
pub(super) struct Key {
    pub(super) keyed: KeyedHash,
    /// Where it came from, for the reader.
    pub(super) origin: String,
    /// True where the export holds it: then everybody can sign.
    pub(super) is_public: bool,
    /// True where its hash is the one that was committed.
    pub(super) is_committed: bool,
}

/// What was found about keys.
#[derive(Default)]
pub(super) struct Keys {
    pub(super) key: Option<Key>,
    /// Why there is none, a sentence.
    pub(super) missing: String,
    pub(super) findings: Vec<Finding>,
}

fn bytes_of(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let text = text.trim();
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let mut bytes = Zeroizing::new(vec![0u8; text.len() / 2]);
    digest::decode_hex(text.as_bytes(), &mut bytes)?;
    Some(bytes)
}

/// Chooses the key: those given come first, then the one that lies in the export.
pub(super) fn choose(sources: &Sources, ring: &KeyRing) -> Keys {
    let mut keys = Keys::default();
    let committed = sources.frozen("signing_key_sha256");
    let fits = |bytes: &[u8]| committed.as_str().map(|hash| digest::encode_hex(&Sha256::digest(bytes)) == hash);
    let key_place = sources.key.as_ref().and_then(Document::place).or(sources.place());
    let given = ring.get(KEY_NAME).iter().filter_map(|key| {
        let text = std::str::from_utf8(key.bytes()).ok()?;
        Some((bytes_of(text)?, key.origin().to_owned()))
    });
    let given: Vec<_> = given.collect();
    let named = sources.key.as_ref().and_then(|file| file.text_of(KEY_NAME));
    let revealed = sources.election.as_ref().and_then(|file| file.value["frozen"]["revealed_key"].as_str());
    let own = named.or(revealed).and_then(bytes_of);
    let is_public = own.as_ref().is_some_and(|own| fits(own) != Some(false));
    let was_given = !ring.get(KEY_NAME).is_empty();
    if own.as_ref().is_some_and(|own| fits(own) == Some(false)) {
        let detail = "The signing key in the export is not the one whose hash was committed before the first ballot: whatever is signed under it carries no weight.";
        keys.findings.push(Finding::new(FindingCode::KeyWeak, detail).about(sources.subject(), key_place));
    }
    let own = own.map(|bytes| (bytes, format!("{KEY_NAME} of the export itself")));
    let found = given.into_iter().chain(own).find(|(bytes, _)| fits(bytes) != Some(false));
    match found {
        Some((bytes, origin)) => {
            if bytes.len() < SHORTEST {
                let detail =
                    format!("The signing key has {} bytes; one shorter than {SHORTEST} can be guessed.", bytes.len());
                keys.findings
                    .push(Finding::new(FindingCode::KeyWeak, detail).about(sources.subject(), sources.place()));
            }
            let is_committed = fits(&bytes) == Some(true);
            keys.key = Some(Key { keyed: KeyedHash::new(&bytes), origin, is_public, is_committed });
        }
        None => {
            keys.missing = if was_given {
                "The key that was given is not the one whose hash was committed before the first ballot.".to_owned()
            } else {
                format!("The signing key was not given ({KEY_NAME}), and the export does not hold it.")
            };
            let finding = Finding::new(FindingCode::KeyMissing, keys.missing.clone());
            keys.findings.push(finding.about(sources.subject(), sources.place()));
        }
    }
    keys
}
