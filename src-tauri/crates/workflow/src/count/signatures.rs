//! Signatures beside Hart's cast vote records, checked with a key that a person gives: the one inside a signature proves
//! nothing, as anybody can put one there.

use std::path::{Path, PathBuf};

use importers::cvr::hart_signature::{Detached, PublicKey};
use importers::cvr::{self, SignedRecord};
use serde_json::{Value, json};
use tally::CannotCount;
use verification::rsa_pkcs1;
use verification::rsa_pss::RsaPublicKey;

use super::rctab::of_reading;
use crate::Error;

/// What the signatures of the records showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordSignatures {
    /// Records.
    pub records: u64,
    /// Signed with the key, over exactly these bytes.
    pub valid: u64,
    /// Records without a signature beside them: nothing is known of them.
    pub unsigned: Vec<String>,
    /// Records whose signature does not hold, and why.
    pub failed: Vec<(String, String)>,
}

/// Records that are named in the text answer.
const NAMED: usize = 10;

impl RecordSignatures {
    /// In words, a line each.
    pub fn told(&self) -> Vec<String> {
        let mut lines =
            vec![format!("Signatures of {} records: {} hold under the key given.", self.records, self.valid)];
        let unsigned = self.unsigned.len();
        if unsigned > 0 {
            let some: Vec<&str> = self.unsigned.iter().take(NAMED).map(String::as_str).collect();
            lines.push(format!("{unsigned} records have no signature beside them: {}.", some.join(", ")));
        }
        if !self.failed.is_empty() {
            lines.push(format!("{} signatures do not hold:", self.failed.len()));
            lines.extend(self.failed.iter().take(NAMED).map(|(path, why)| format!("  {path}: {why}.")));
        }
        lines
    }

    pub(super) fn to_json(&self) -> Value {
        let failed: Vec<Value> = self.failed.iter().map(|(path, why)| json!({"path": path, "reason": why})).collect();
        json!({"records": self.records, "valid": self.valid, "unsigned": self.unsigned, "failed": failed})
    }

    fn look(&mut self, record: &SignedRecord, keys: &[PublicKey]) {
        self.records += 1;
        let Some(signature) = &record.signature else {
            self.unsigned.push(record.path.clone());
            return;
        };
        match why_not(record, signature, keys) {
            None => self.valid += 1,
            Some(why) => self.failed.push((record.path.clone(), why)),
        }
    }
}

/// Why a signature does not hold; nothing where it does.
fn why_not(record: &SignedRecord, signature: &str, keys: &[PublicKey]) -> Option<String> {
    let signature = match Detached::parse(signature) {
        Ok(signature) => signature,
        Err(reason) => return Some(reason),
    };
    let name = record.path.rsplit('/').next().unwrap_or(&record.path);
    let is_signed_by =
        |key: &PublicKey| rsa_pkcs1::verify(&key.modulus, &key.exponent, &signature.signed, &signature.signature);
    if !keys.iter().any(is_signed_by) {
        Some("the key given did not make this signature".to_owned())
    } else if !signature.is_over(&record.record) {
        Some("the record is not the one that was signed; its bytes differ".to_owned())
    } else if signature.file != name {
        Some(format!("the signature was made for the file {}", signature.file))
    } else {
        None
    }
}

/// Checks the signatures of all Hart records that are counted.
pub(super) fn check(path: Option<&Path>, config: &Path, key_files: &[PathBuf]) -> Result<RecordSignatures, Error> {
    let mut keys = Vec::new();
    for file in key_files {
        keys.extend(read_keys(file)?);
    }
    let mut found = RecordSignatures::default();
    if !cvr::each_hart_record(path, config, &mut |record| found.look(&record, &keys)).map_err(of_reading)? {
        let message = "only records of Hart Verity are signed, and the configuration names none; leave --keys out";
        return Err(CannotCount::new("bad_option", message).into());
    }
    Ok(found)
}

/// Public keys: an `RSAKeyValue` as Hart gives it, or PEM.
fn read_keys(path: &Path) -> Result<Vec<PublicKey>, Error> {
    let failed = |reason: String| Error::Keys { path: path.display().to_string(), reason };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    if text.contains("-----BEGIN") {
        let keys = RsaPublicKey::from_pem(&text).map_err(|error| failed(error.to_string()))?;
        let numbers = |key: RsaPublicKey| {
            let (modulus, exponent) = key.numbers();
            PublicKey { modulus, exponent }
        };
        return Ok(keys.into_iter().map(numbers).collect());
    }
    let key = PublicKey::parse(&text);
    Ok(vec![key.map_err(|reason| failed(format!("{reason}; a public key is an RSAKeyValue or in PEM form")))?])
}
