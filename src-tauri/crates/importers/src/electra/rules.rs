//! The exact texts that Electra signs and hashes, rebuilt from the fields of a row.
//!
//! Everything is a JSON text as Python writes it ([`Json::canonical`], [`Json::canonical_compact`]). Times inside these
//! texts have one spelling, exports have five: [`signed_time`] leads from any of them to the one that was signed.

use std::fmt::Write as _;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::Instant;
use domain::digest::encode_hex;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::rows::{Entry, Line, Token, Vote};
use crate::json::Json;

/// Namespace of vote tokens (Electra, "Derivations").
const VOTE_NAMESPACE: [u8; 16] =
    [0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78];
/// What stands before the hash in the last line of a CSV export.
const FOOTER: &[u8] = b"# Content Hash:";
/// UTF-8 byte order mark.
const BOM: &[u8] = &[0xef, 0xbb, 0xbf];

/// A time as it stands in signed texts: UTC, `+00:00`, six digits of fraction or none. `None` for a text that is no time.
///
/// Electra, "Canonical JSON": PostgreSQL trims zeros, `COPY` writes a space, the API writes `Z`; all mean one instant.
pub fn signed_time(text: &str) -> Option<String> {
    Instant::parse(text).map(Instant::to_iso)
}

/// True where the text may have lost its microseconds: its fraction has three digits or none, as Django's `dumpdata` cuts it.
/// A time that was full in milliseconds looks the same.
pub fn may_lack_micros(text: &str) -> bool {
    text.get(19..).is_some_and(|rest| match rest.strip_prefix('.') {
        Some(fraction) => fraction.bytes().take_while(u8::is_ascii_digit).count() == 3,
        None => true,
    })
}

/// The thousand instants that a time cut to milliseconds may have been, the cut one first.
pub fn completions(cut: Instant) -> impl Iterator<Item = Instant> {
    (0..1000).map(move |micros| Instant { micros: cut.micros + micros })
}

/// Appends a time as it stands in signed texts. Faster than [`signed_time`], for searches.
pub fn push_time(instant: Instant, out: &mut String) {
    let clock = instant.to_utc();
    clock.push_date_and_time('T', out);
    if clock.micros != 0 {
        out.push('.');
        let mut scale = 100_000;
        while scale > 0 {
            out.push(char::from(b'0' + u8::try_from(clock.micros / scale % 10).unwrap_or(0)));
            scale /= 10;
        }
    }
    out.push_str("+00:00");
}

/// A text in which only the time is open, for trying several times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AroundTime {
    /// Everything before the time.
    pub before: String,
    /// Everything behind it.
    pub after: String,
}

impl AroundTime {
    /// The text with a time in it.
    pub fn with(&self, time: &str) -> String {
        [&self.before, time, &self.after].concat()
    }

    /// SHA-512 of the text with a time in it, in lower-case hex.
    pub fn sha512(&self, time: &str) -> String {
        let mut hasher = Sha512::new();
        hasher.update(&self.before);
        hasher.update(time);
        hasher.update(&self.after);
        encode_hex(&hasher.finalize())
    }
}

fn quoted(text: &str) -> String {
    Json::Text(text.to_owned()).canonical_compact()
}

/// The text under the content hash of an audit entry, around its time (Electra, "Content hash"): sixteen members in compact
/// form, sorted, with null address and election as empty texts.
pub fn content_text(entry: &Entry) -> AroundTime {
    let mut before = String::with_capacity(1024);
    let texts_before = [("action_description", entry.action_description.as_str()), ("action_type", &entry.action_type)];
    before.push('{');
    for (name, text) in texts_before {
        let _ = write!(before, "\"{name}\":{},", quoted(text));
    }
    let _ = write!(before, "\"chain_position\":{},", entry.chain_position);
    for (name, text) in [
        ("election_id", entry.election_id.as_deref().unwrap_or("")),
        ("error_details", &entry.error_details),
        ("id", &entry.id),
        ("ip_address", entry.ip_address.as_deref().unwrap_or("")),
    ] {
        let _ = write!(before, "\"{name}\":{},", quoted(text));
    }
    let _ = write!(before, "\"metadata\":{},", entry.metadata.canonical_compact());
    for (name, text) in [
        ("outcome", entry.outcome.as_str()),
        ("previous_hash", &entry.previous_hash),
        ("session_key", &entry.session_key),
        ("target_resource_id", &entry.target_resource_id),
        ("target_resource_type", &entry.target_resource_type),
    ] {
        let _ = write!(before, "\"{name}\":{},", quoted(text));
    }
    before.push_str("\"timestamp\":\"");
    let after = format!(
        "\",\"user_agent\":{},\"user_identifier\":{}}}",
        quoted(&entry.user_agent),
        quoted(&entry.user_identifier)
    );
    AroundTime { before, after }
}

/// The text under the signature of an audit entry (Electra, "Audit log, signature").
pub fn entry_signature_text(position: i64, content_hash: &str, time: &str) -> String {
    format!(
        "{{\"chain_position\": {position}, \"content_hash\": {}, \"timestamp\": {}}}",
        quoted(content_hash),
        quoted(time)
    )
}

/// The text under the signature of a token, with both times open (Electra, "Signed message").
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenText {
    /// Everything before the time of expiry.
    pub before: String,
    between: &'static str,
    after: String,
}

impl TokenText {
    /// Of a token.
    pub fn of(token: &Token) -> Self {
        Self {
            before: format!("{{\"election_id\": {}, \"expires_at\": \"", quoted(&token.election_id)),
            between: "\", \"issued_at\": \"",
            after: format!(
                "\", \"token_uuid\": {}, \"user_id\": {}}}",
                quoted(&token.token_uuid),
                quoted(&token.user_id)
            ),
        }
    }

    /// Appends everything behind [`TokenText::before`].
    pub fn complete(&self, expires_at: Instant, issued_at: Instant, out: &mut String) {
        push_time(expires_at, out);
        out.push_str(self.between);
        push_time(issued_at, out);
        out.push_str(&self.after);
    }

    /// The whole text.
    pub fn with(&self, expires_at: Instant, issued_at: Instant) -> String {
        let mut text = self.before.clone();
        self.complete(expires_at, issued_at, &mut text);
        text
    }
}

/// The text under the signature of a vote (Electra, "Votes, signature").
pub fn vote_signature_text(vote: &Vote) -> String {
    format!(
        "{{\"election_id\": {}, \"encrypted_data\": {}, \"encryption_nonce\": {}, \"vote_token\": {}}}",
        quoted(&vote.election_id),
        quoted(&vote.encrypted_data),
        quoted(&vote.encryption_nonce),
        quoted(&vote.vote_token)
    )
}

/// Bytes of a vote's signature; `None` where the text is no base64.
pub fn vote_signature(vote: &Vote) -> Option<Vec<u8>> {
    STANDARD.decode(vote.signature.trim()).ok()
}

/// What the votes table holds of a token: SHA-256 of the token's id as text (Electra, "Derivations").
pub fn ballot_token_hash(token_uuid: &str) -> String {
    sha256_hex(token_uuid.as_bytes())
}

/// The vote token that follows from a token, its election and its voter (Electra, "Derivations"): a UUID of version 5.
pub fn vote_token(token_uuid: &str, election_id: &str, user_id: &str) -> String {
    let name = sha256_hex(format!("{token_uuid}:{election_id}:{user_id}").as_bytes());
    let digest = Sha1::new_with_prefix(VOTE_NAMESPACE).chain_update(name).finalize();
    let mut id = [0u8; 16];
    id.copy_from_slice(&digest[..16]);
    id[6] = id[6] & 0x0f | 0x50;
    id[8] = id[8] & 0x3f | 0x80;
    let hex = encode_hex(&id);
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The texts of a line of the second log: under its content hash, and under its signature (Electra, "Second log").
pub fn line_texts(line: &Line) -> (String, String) {
    let hashed = Json::Object(line.members.clone());
    let mut signed = line.members.clone();
    signed.push(("content_hash".to_owned(), Json::Text(line.content_hash.clone())));
    (hashed.canonical(), Json::Object(signed).canonical())
}

/// The verification hash that the origin computes for an export (Electra, "Verification record"): it means to cover the time
/// of creation, which is not set yet, so the word `None` stands there. No key is in it.
pub fn verification_hash(content_hash: &str, requested_by: Option<&str>, address: Option<&str>) -> String {
    let text = format!("{content_hash}:None:{}:{}", requested_by.unwrap_or("None"), address.unwrap_or("None"));
    sha256_hex(text.as_bytes())
}

/// The hash that the last line of a CSV export states, and the one that its content has; `None` without such a line.
pub fn csv_footer(bytes: &[u8]) -> Option<(String, String)> {
    let starts: Vec<usize> = memchr::memmem::find_iter(bytes, FOOTER).collect();
    let at = starts.into_iter().rev().find(|at| *at == 0 || bytes[at - 1] == b'\n')?;
    let line = bytes[at + FOOTER.len()..].split(|byte| matches!(byte, b'\r' | b'\n')).next()?;
    let stated = String::from_utf8_lossy(line).trim_start_matches(',').trim().to_owned();
    Some((stated, sha256_hex(&bytes[..at])))
}

/// The same file as it was before an editor or a mail system touched it: what was undone, in words, and the bytes.
///
/// Line ends are written as CR LF by the origin, without a byte order mark.
pub fn mended(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    let bare = bytes.strip_prefix(BOM);
    let plain = bare.unwrap_or(bytes);
    let mut with_crlf = Vec::with_capacity(plain.len() + plain.len() / 32);
    for (index, byte) in plain.iter().enumerate() {
        if *byte == b'\n' && (index == 0 || plain[index - 1] != b'\r') {
            with_crlf.push(b'\r');
        }
        with_crlf.push(*byte);
    }
    let is_converted = with_crlf.len() != plain.len();
    if let Some(bare) = bare {
        all.push(("a byte order mark was put before it", bare.to_vec()));
    }
    if is_converted {
        let what = if bare.is_some() {
            "its line ends were converted and a byte order mark was put before it"
        } else {
            "its line ends were converted from CR LF to LF"
        };
        all.push((what, with_crlf));
    }
    all
}

/// SHA-256 in lower-case hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    encode_hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_an_instant_leads_to_the_signed_one() {
        for text in [
            "2026-03-03T09:51:38.465800+00:00",
            "2026-03-03T09:51:38.4658+00:00",
            "2026-03-03 09:51:38.4658+00",
            "2026-03-03T09:51:38.465800Z",
            "2026-03-03T10:51:38.4658+01:00",
        ] {
            assert_eq!(signed_time(text).as_deref(), Some("2026-03-03T09:51:38.465800+00:00"), "{text}");
        }
        assert_eq!(signed_time("2026-03-03 09:51:38+00").as_deref(), Some("2026-03-03T09:51:38+00:00"));
        assert_eq!(signed_time("yesterday"), None);
    }

    #[test]
    fn only_times_with_three_digits_or_none_may_lack_microseconds() {
        for (text, expected) in [
            ("2026-03-03T09:51:38.465Z", true),
            ("2026-03-03T09:51:38Z", true),
            ("2026-03-03T09:51:38.4658+00:00", false),
            ("2026-03-03T09:51:38.46+00:00", false),
            ("2026", false),
        ] {
            assert_eq!(may_lack_micros(text), expected, "{text}");
        }
        let cut = Instant::parse("2026-03-03T09:51:38.465Z").expect("a time");
        let all: Vec<String> = completions(cut).map(Instant::to_iso).collect();
        assert_eq!((all.len(), all[0].as_str()), (1000, "2026-03-03T09:51:38.465000+00:00"));
        assert_eq!(all[999], "2026-03-03T09:51:38.465999+00:00");
        let whole = Instant::parse("2026-03-03T09:51:38Z").expect("a time");
        assert_eq!(completions(whole).next().map(Instant::to_iso).as_deref(), Some("2026-03-03T09:51:38+00:00"));
    }

    #[test]
    fn both_writers_of_times_agree() {
        for micros in [0, 1, 999_999, 1_772_531_498_465_800, 1_772_531_498_000_000, 951_782_400_000_001] {
            let mut text = String::new();
            push_time(Instant { micros }, &mut text);
            assert_eq!(text, Instant { micros }.to_iso());
        }
    }

    #[test]
    fn a_version_5_id_is_the_published_one() {
        // RFC 9562, appendix A.4, has other input; Python: uuid.uuid5(namespace, sha256(b"a:b:c").hexdigest()).
        assert_eq!(vote_token("a", "b", "c"), "b426bf7b-02f8-5a23-bb20-cbefcc6b36bb");
    }

    #[test]
    fn a_file_that_an_editor_touched_is_mended() {
        let original = b"a,b\r\n1,2\r\n".to_vec();
        assert_eq!(mended(&original), []);
        assert_eq!(mended(b"a,b\n1,2\n"), [("its line ends were converted from CR LF to LF", original.clone())]);
        let marked = [BOM, b"a,b\n1,2\n"].concat();
        assert!(mended(&marked).iter().any(|(_, bytes)| *bytes == original));
    }

    #[test]
    fn the_last_footer_counts_and_only_at_the_start_of_a_line() {
        let body = b"x,# Content Hash:,aa\r\n";
        let file = [&body[..], b"# Content Hash:,", &[b'b'; 64], b"\r\n"].concat();
        assert_eq!(csv_footer(&file), Some(("b".repeat(64), sha256_hex(body))));
        assert_eq!(csv_footer(body), None);
    }
}
