//! Key files: `NAME=value` lines or a JSON object, with the origin's own names.

use std::path::Path;

use domain::{KeyRing, SigningKey};
use verification::rsa_pss::RsaPublicKey;
use verification::transparency::AttestationKey;
use zeroize::Zeroizing;

use crate::Error;

/// Names that hold secrets. Other names are settings.
const SECRET_NAMES: &[&str] =
    &["VOTE_SIGNING_KEY", "AUDIT_LOG_SIGNING_KEY", "SECRET_KEY", importers::scrutineer::tables::KEY_NAME];
/// Settings that are no secrets.
const SETTING_NAMES: &[&str] = &["AUDIT_LOG_LEGACY_MAX_ID", "ORGANIZATION_ID"];
/// Largest key file.
const MAX_BYTES: u64 = 1 << 20;

/// Reads a key file into a ring that may hold keys already.
///
/// # Errors
/// [`Error::Keys`] where the file cannot be read or is neither form.
pub fn read_key_file(path: &Path, ring: &mut KeyRing) -> Result<(), Error> {
    let shown = path.display().to_string();
    let failed = |reason: String| Error::Keys { path: shown.clone(), reason };
    let meta = std::fs::metadata(path).map_err(|error| failed(error.to_string()))?;
    if meta.len() > MAX_BYTES {
        return Err(failed("the file is far too large to be a key file".to_owned()));
    }
    let is_pem = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("pem"));
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| {
        failed(match error.kind() {
            std::io::ErrorKind::InvalidData => "the file is no text; a public key is given in PEM form".to_owned(),
            _ => error.to_string(),
        })
    })?);
    if is_pem && !text.contains("-----BEGIN") {
        return Err(failed("the file holds no key in PEM form (-----BEGIN PUBLIC KEY-----)".to_owned()));
    }
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    read_into(&text, &format!("file {name}"), ring).map_err(failed)
}

/// Reads keys from pasted text.
///
/// # Errors
/// [`Error::Keys`] where the text is neither form.
pub fn read_keys_text(text: &str, origin: &str) -> Result<KeyRing, Error> {
    let mut ring = KeyRing::default();
    read_into(text, origin, &mut ring).map_err(|reason| Error::Keys { path: origin.to_owned(), reason })?;
    Ok(ring)
}

/// Reads keys of the known names from the process environment.
pub fn read_keys_environment() -> KeyRing {
    let mut ring = KeyRing::default();
    for name in SECRET_NAMES.iter().chain(SETTING_NAMES) {
        if let Ok(value) = std::env::var(name) {
            add(&mut ring, name, &Zeroizing::new(value), "the environment");
        }
    }
    ring
}

fn add(ring: &mut KeyRing, name: &str, value: &str, origin: &str) {
    if value.is_empty() {
        return;
    }
    match name {
        "AUDIT_LOG_LEGACY_MAX_ID" => {
            if value.trim().parse::<i64>().is_ok() {
                ring.set(name, value.trim());
            } else {
                ring.warn(format!("{name} of {origin} is ignored: a whole number was expected."));
            }
        }
        _ if SETTING_NAMES.contains(&name) => ring.set(name, value),
        _ => ring.add(name, SigningKey::new(value.as_bytes(), format!("{name} of {origin}"))),
    }
}

fn read_into(text: &str, origin: &str, ring: &mut KeyRing) -> Result<(), String> {
    let text = text.trim_start_matches('\u{feff}');
    // Programs that make keys put remarks in front of them.
    let is_pem = text.lines().any(|line| line.starts_with("-----BEGIN "));
    if is_pem && !text.trim_start().starts_with('{') {
        let text = &text[text.find("-----BEGIN ").unwrap_or(0)..];
        if AttestationKey::from_pem(text).is_none() {
            RsaPublicKey::from_pem(text).map_err(|error| error.to_string())?;
        }
        ring.add("PEM", SigningKey::new(text.as_bytes(), origin.to_owned()));
        return Ok(());
    }
    if text.trim_start().starts_with('{') {
        let members: std::collections::BTreeMap<String, serde_json::Value> = serde_json::from_str(text)
            .map_err(|error| format!("the JSON is broken at line {}, column {}", error.line(), error.column()))?;
        for (name, value) in members {
            let value = match value {
                serde_json::Value::String(text) => Zeroizing::new(text),
                serde_json::Value::Number(number) => Zeroizing::new(number.to_string()),
                _ => continue,
            };
            add(ring, &name, &value, origin);
        }
        return Ok(());
    }
    let mut is_any = false;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let line = line.strip_prefix("export ").unwrap_or(line);
        let Some((name, value)) = line.split_once('=') else {
            return Err(format!("line {}: NAME=value was expected", number + 1));
        };
        let value = value.trim();
        let quoted = ['"', '\''].into_iter().find_map(|quote| value.strip_prefix(quote)?.strip_suffix(quote));
        add(ring, name.trim(), quoted.unwrap_or(value), origin);
        is_any = true;
    }
    if is_any { Ok(()) } else { Err("there is no NAME=value line in it".to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_give_the_same_keys() {
        let lines =
            read_keys_text("# comment\nVOTE_SIGNING_KEY=\"a b\"\nexport SECRET_KEY=x=y\n", "test").expect("lines");
        let json = read_keys_text(r#"{"VOTE_SIGNING_KEY": "a b", "SECRET_KEY": "x=y"}"#, "test").expect("json");
        for ring in [lines, json] {
            assert_eq!(ring.get("VOTE_SIGNING_KEY")[0].bytes(), b"a b");
            assert_eq!(ring.get("SECRET_KEY")[0].bytes(), b"x=y");
        }
    }

    #[test]
    fn text_where_a_number_belongs_is_ignored_with_a_warning() {
        let ring = read_keys_text(r#"{"AUDIT_LOG_LEGACY_MAX_ID": "0 except set 32"}"#, "test").expect("json");
        assert_eq!(ring.setting("AUDIT_LOG_LEGACY_MAX_ID"), None);
        assert_eq!(ring.warnings().len(), 1);
    }

    #[test]
    fn an_error_never_shows_the_text() {
        let error = read_keys_text("very secret words without a name", "test").err().expect("refused");
        assert!(!error.to_string().contains("secret"));
    }
}
