//! Offline checks of an attestation log in the form of Rekor v1: the entry's body, its inclusion in the tree, the signed
//! checkpoint, the signed time (RFC 6962 for the tree; ECDSA over P-256 with SHA-256 for the signatures).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// A public key of an attestation log or of who attests.
#[derive(Clone, Debug, PartialEq)]
pub struct AttestationKey {
    key: VerifyingKey,
    /// SHA-256 over the key's DER form, hex.
    pub id: String,
}

impl AttestationKey {
    /// Reads a PEM public key; `None` where it is none on P-256.
    pub fn from_pem(pem: &str) -> Option<Self> {
        let key = VerifyingKey::from_public_key_pem(pem.trim()).ok()?;
        let der = key.to_public_key_der().ok()?;
        Some(Self { key, id: domain::digest::encode_hex(&Sha256::digest(der.as_bytes())) })
    }

    /// Whether a DER signature over a message is this key's.
    pub fn verifies(&self, message: &[u8], der: &[u8]) -> bool {
        Signature::from_der(der).is_ok_and(|signature| self.key.verify(message, &signature).is_ok())
    }
}

/// What of an entry was checked. `None` where it could not be, for want of the part or of a key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryCheck {
    /// Digest that the entry attests, hex.
    pub digest: String,
    /// The entry's id ends with the hash of its body.
    pub id_fits: bool,
    /// The signature in the body verifies over the message under the key in the body.
    pub signature_holds: Option<bool>,
    /// The key in the body is the one that the operator is known by.
    pub key_is_known: Option<bool>,
    /// The proof leads from the body to the root.
    pub is_included: Option<bool>,
    /// The checkpoint names size and root of the proof and is signed by the log.
    pub checkpoint_holds: Option<bool>,
    /// The time is signed by the log.
    pub time_holds: Option<bool>,
    /// Seconds since the epoch at which the log took it in.
    pub integrated_at: Option<i64>,
    /// Number in the log.
    pub index: Option<i64>,
    /// What is wrong, one sentence each.
    pub problems: Vec<String>,
}

/// Checks one entry as the log answered it. `message` is the text that should have been attested, where it is known;
/// `log_keys` and `signers` are the keys that the auditor trusts.
pub fn check_entry(
    entry_id: &str,
    entry: &Value,
    message: Option<&str>,
    log_keys: &[AttestationKey],
    signers: &[AttestationKey],
) -> EntryCheck {
    let mut check = EntryCheck {
        integrated_at: entry["integratedTime"].as_i64(),
        index: entry["logIndex"].as_i64(),
        ..EntryCheck::default()
    };
    let Some(body_text) = entry["body"].as_str() else {
        check.problems.push("the entry has no body".to_owned());
        return check;
    };
    let Some(body) = decode_base64(body_text) else {
        check.problems.push("the body is no base64".to_owned());
        return check;
    };
    let leaf = leaf_hash(&body);
    check.id_fits = entry_id.ends_with(&domain::digest::encode_hex(&leaf));
    if !check.id_fits {
        check.problems.push("the entry's id does not belong to its body".to_owned());
    }
    let parsed: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    check.digest = parsed.pointer("/spec/data/hash/value").and_then(Value::as_str).unwrap_or_default().to_owned();
    check_signature(&mut check, &parsed, message, signers);
    check_inclusion(&mut check, entry, leaf, log_keys);
    check_time(&mut check, entry, body_text, log_keys);
    check
}

fn check_signature(check: &mut EntryCheck, body: &Value, message: Option<&str>, signers: &[AttestationKey]) {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).and_then(decode_base64);
    let (Some(signature), Some(pem)) = (text("/spec/signature/content"), text("/spec/signature/publicKey/content"))
    else {
        check.problems.push("the body holds no signature".to_owned());
        return;
    };
    let Some(key) = std::str::from_utf8(&pem).ok().and_then(AttestationKey::from_pem) else {
        check.problems.push("the key in the body cannot be read".to_owned());
        check.signature_holds = Some(false);
        return;
    };
    if !signers.is_empty() {
        let is_known = signers.contains(&key);
        check.key_is_known = Some(is_known);
        if !is_known {
            check.problems.push("the key in the body is not the operator's".to_owned());
        }
    }
    // The signature covers the message; without the message only the digest is known, which cannot be put in its place.
    let Some(message) = message else { return };
    let holds = key.verifies(message.as_bytes(), &signature);
    check.signature_holds = Some(holds);
    if !holds {
        check.problems.push("the signature in the body does not fit the event".to_owned());
    }
}

fn check_inclusion(check: &mut EntryCheck, entry: &Value, leaf: [u8; 32], log_keys: &[AttestationKey]) {
    let proof = &entry["verification"]["inclusionProof"];
    if !proof.is_object() {
        return;
    }
    let hashes: Option<Vec<[u8; 32]>> =
        proof["hashes"].as_array().map(|list| list.iter().filter_map(|hash| decode_hash(hash.as_str()?)).collect());
    let whole = hashes.as_ref().map(Vec::len) == proof["hashes"].as_array().map(Vec::len);
    let root = proof["rootHash"].as_str().and_then(decode_hash);
    let (Some(hashes), Some(root), Some(index), Some(size), true) =
        (hashes, root, proof["logIndex"].as_u64(), proof["treeSize"].as_u64(), whole)
    else {
        check.is_included = Some(false);
        check.problems.push("the proof of inclusion is incomplete".to_owned());
        return;
    };
    let is_included = root_of(leaf, index, size, &hashes) == Some(root);
    check.is_included = Some(is_included);
    if !is_included {
        check.problems.push("the proof of inclusion does not lead to the root".to_owned());
    }
    let Some(checkpoint) = proof["checkpoint"].as_str() else { return };
    match checkpoint_is_sound(checkpoint, size, root, log_keys) {
        Ok(None) => {}
        Ok(Some(())) => check.checkpoint_holds = Some(true),
        Err(reason) => {
            check.checkpoint_holds = Some(false);
            check.problems.push(reason);
        }
    }
}

fn check_time(check: &mut EntryCheck, entry: &Value, body: &str, log_keys: &[AttestationKey]) {
    let Some(signature) = entry["verification"]["signedEntryTimestamp"].as_str().and_then(decode_base64) else { return };
    if log_keys.is_empty() {
        return;
    }
    let (Some(time), Some(log), Some(index)) = (check.integrated_at, entry["logID"].as_str(), check.index) else {
        check.time_holds = Some(false);
        check.problems.push("the signed time lacks its fields".to_owned());
        return;
    };
    let message = format!(
        r#"{{"body":{},"integratedTime":{time},"logID":{},"logIndex":{index}}}"#,
        Value::from(body),
        Value::from(log)
    );
    let holds = log_keys.iter().any(|key| key.id == log && key.verifies(message.as_bytes(), &signature));
    check.time_holds = Some(holds);
    if !holds {
        check.problems.push("the signed time does not verify under the log's key".to_owned());
    }
}

/// A signed note: origin, size, root, an empty line, then signatures. `Ok(None)` where no key is there to check it.
fn checkpoint_is_sound(
    note: &str,
    size: u64,
    root: [u8; 32],
    log_keys: &[AttestationKey],
) -> Result<Option<()>, String> {
    let (text, signatures) = note.split_once("\n\n").ok_or("the checkpoint has no signatures")?;
    let mut lines = text.lines();
    let (_, stated_size, stated_root) = (lines.next(), lines.next(), lines.next());
    if stated_size.and_then(|line| line.parse().ok()) != Some(size)
        || stated_root.and_then(decode_base64).as_deref() != Some(&root)
    {
        return Err("the checkpoint names another tree than the proof".to_owned());
    }
    if log_keys.is_empty() {
        return Ok(None);
    }
    let signed = format!("{text}\n");
    let holds = signatures.lines().filter_map(|line| line.strip_prefix("\u{2014} ")?.split_once(' ')).any(|(_, value)| {
        decode_base64(value).is_some_and(|bytes| {
            bytes.len() > 4 && log_keys.iter().any(|key| key.verifies(signed.as_bytes(), &bytes[4..]))
        })
    });
    if holds { Ok(Some(())) } else { Err("the checkpoint is not signed by the log's key".to_owned()) }
}

/// Hash of a leaf of the tree.
pub fn leaf_hash(body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update([0]).chain_update(body).finalize().into()
}

fn node(left: [u8; 32], right: [u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root that a proof leads to (RFC 6962, 2.1.1); `None` where the proof has the wrong length.
pub fn root_of(leaf: [u8; 32], index: u64, size: u64, proof: &[[u8; 32]]) -> Option<[u8; 32]> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut hash) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            hash = node(*sibling, hash);
            while at % 2 == 0 && at != 0 {
                at /= 2;
                last /= 2;
            }
        } else {
            hash = node(hash, *sibling);
        }
        at /= 2;
        last /= 2;
    }
    (last == 0).then_some(hash)
}

fn decode_hash(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0u8; 32];
    domain::digest::decode_lower_hex(text.as_bytes(), &mut bytes).map(|()| bytes)
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> String {
        let path = format!("{}/../../../tests/fixtures/astra/clean/rekor/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).expect("the fixture")
    }

    #[test]
    fn every_entry_of_the_fixture_holds_and_one_changed_byte_does_not() {
        let log = AttestationKey::from_pem(&fixture("log-public-key.pem")).expect("a key");
        let signer = AttestationKey::from_pem(&fixture("astra-signing-public-key.pem")).expect("a key");
        let entries: Value = serde_json::from_str(&fixture("entries.json")).expect("JSON");
        let entries = entries.as_object().expect("entries");
        assert!(entries.len() >= 4);
        for (id, entry) in entries {
            let check = check_entry(id, entry, None, &[log.clone()], &[signer.clone()]);
            assert_eq!(check.problems, Vec::<String>::new(), "{id}");
            let wanted = (check.is_included, check.checkpoint_holds, check.time_holds, check.key_is_known);
            assert_eq!(wanted, (Some(true), Some(true), Some(true), Some(true)));
            let other = check_entry(id, entry, None, &[signer.clone()], &[log.clone()]);
            assert_eq!((other.checkpoint_holds, other.time_holds, other.key_is_known), (Some(false), Some(false), Some(false)));
            let mut changed = entry.clone();
            changed["integratedTime"] = (check.integrated_at.expect("a time") + 1).into();
            assert_eq!(check_entry(id, &changed, None, &[log.clone()], &[]).time_holds, Some(false));
            let mut changed = entry.clone();
            changed["verification"]["inclusionProof"]["hashes"][0] = "00".repeat(32).into();
            assert_eq!(check_entry(id, &changed, None, &[log.clone()], &[]).is_included, Some(false));
        }
    }

    #[test]
    fn proofs_hold_for_every_leaf_of_every_small_tree() {
        fn tree(leaves: &[[u8; 32]]) -> [u8; 32] {
            match leaves {
                [one] => *one,
                many => {
                    let half = many.len().next_power_of_two() / 2;
                    node(tree(&many[..half]), tree(&many[half..]))
                }
            }
        }
        fn path(leaves: &[[u8; 32]], index: usize) -> Vec<[u8; 32]> {
            if leaves.len() == 1 {
                return Vec::new();
            }
            let half = leaves.len().next_power_of_two() / 2;
            let (mut proof, other) = if index < half {
                (path(&leaves[..half], index), tree(&leaves[half..]))
            } else {
                (path(&leaves[half..], index - half), tree(&leaves[..half]))
            };
            proof.push(other);
            proof
        }
        let leaves: Vec<[u8; 32]> = (0u8..20).map(|number| leaf_hash(&[number])).collect();
        for size in 1..=leaves.len() {
            for index in 0..size {
                let proof = path(&leaves[..size], index);
                let root = root_of(leaves[index], index as u64, size as u64, &proof);
                assert_eq!(root, Some(tree(&leaves[..size])), "{index} of {size}");
                assert_ne!(root_of(leaf_hash(b"x"), index as u64, size as u64, &proof), root);
            }
        }
    }
}
