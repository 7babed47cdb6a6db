//! A small JSON reader that keeps what hashes depend on: the text of every number and the order of keys.
//!
//! `serde_json` turns `1.0` into a float and large integers into something else; an audit hash covers the exact text, so
//! this reader keeps it. Nesting is limited, so a hostile document cannot exhaust the stack.

use std::collections::HashMap;
use std::fmt::Write as _;

/// Deepest nesting accepted.
pub const MAX_DEPTH: usize = 128;

/// A JSON value with numbers as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// The number's text as written.
    Number(String),
    /// Decoded text.
    Text(String),
    /// Elements.
    Array(Vec<Json>),
    /// Members in the order written; a repeated key keeps its last value, as the origin's parser does.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a whole document; `None` for anything that is not exactly one JSON value.
    pub fn parse(text: &str) -> Option<Self> {
        let mut reader = Reader { bytes: text.as_bytes(), text, at: 0 };
        reader.space();
        let value = reader.value(0)?;
        reader.space();
        (reader.at == reader.bytes.len()).then_some(value)
    }

    /// A member of an object.
    pub fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(members) => members.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Text of a string value.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A whole number, also where it is written as text.
    pub fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Number(text) | Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// True or false, also written as 0 and 1.
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Number(text) | Self::Text(text) => domain::vote::flag(Some(text)),
            _ => None,
        }
    }

    /// Elements of an array.
    pub fn as_array(&self) -> Option<&[Json]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text that the origin hashes: keys sorted by code point at every level, `, ` and `: ` as separators, everything
    /// beyond ASCII escaped, floats in their shortest form.
    pub fn canonical(&self) -> String {
        self.sorted_text(", ", ": ")
    }

    /// The same text without the spaces after `,` and `:`, as systems write it that ask their encoder for compact
    /// separators.
    pub fn canonical_compact(&self) -> String {
        self.sorted_text(",", ":")
    }

    fn sorted_text(&self, between_items: &str, after_key: &str) -> String {
        let mut out = String::new();
        self.write_sorted(between_items, after_key, &mut out);
        out
    }

    fn write_sorted(&self, between_items: &str, after_key: &str, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(true) => out.push_str("true"),
            Self::Bool(false) => out.push_str("false"),
            Self::Number(text) => write_number(text, out),
            Self::Text(text) => write_ascii_string(text, out),
            Self::Array(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        out.push_str(between_items);
                    }
                    item.write_sorted(between_items, after_key, out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                let mut sorted: Vec<_> = members.iter().collect();
                // UTF-8 order is code point order.
                sorted.sort_by(|left, right| left.0.cmp(&right.0));
                out.push('{');
                for (index, (key, value)) in sorted.into_iter().enumerate() {
                    if index > 0 {
                        out.push_str(between_items);
                    }
                    write_ascii_string(key, out);
                    out.push_str(after_key);
                    value.write_sorted(between_items, after_key, out);
                }
                out.push('}');
            }
        }
    }

    /// The Python literal form that version-1 audit entries were hashed over before 2026-04-11: single quotes, `True`,
    /// `None`, keys in the order written.
    pub fn python_literal(&self) -> String {
        match self {
            Self::Null => "None".to_owned(),
            Self::Bool(true) => "True".to_owned(),
            Self::Bool(false) => "False".to_owned(),
            Self::Number(text) => {
                let mut out = String::new();
                write_number(text, &mut out);
                out
            }
            Self::Text(text) => python_text(text),
            Self::Array(items) => {
                let parts: Vec<_> = items.iter().map(Self::python_literal).collect();
                format!("[{}]", parts.join(", "))
            }
            Self::Object(members) => {
                let parts: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("{}: {}", python_text(key), value.python_literal()))
                    .collect();
                format!("{{{}}}", parts.join(", "))
            }
        }
    }
}

fn python_text(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::new();
    out.push(quote);
    for letter in text.chars() {
        match letter {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            letter if letter == quote => {
                out.push('\\');
                out.push(letter);
            }
            letter if u32::from(letter) < 32 || u32::from(letter) == 127 => {
                let _ = write!(out, "\\x{:02x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push(quote);
    out
}

/// Integers stay exact; everything with a point or an exponent takes Python's shortest form.
fn write_number(text: &str, out: &mut String) {
    if !text.contains(['.', 'e', 'E']) {
        out.push_str(if text == "-0" { "0" } else { text });
        return;
    }
    match text.parse::<f64>() {
        Ok(value) => out.push_str(&python_float(value)),
        Err(_) => out.push_str(text),
    }
}

/// `repr` of a Python float: shortest digits that read back, exponent form below 1e-4 and from 1e16.
pub fn python_float(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".to_owned() } else { "-Infinity".to_owned() };
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0.0".to_owned() } else { "0.0".to_owned() };
    }
    // Rust's exponent form has the shortest digits too: "6.667e1".
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    if !(-4..16).contains(&exponent) {
        let point = if digits.len() > 1 { format!("{}.{}", &digits[..1], &digits[1..]) } else { digits };
        let mark = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{point}e{mark}{:02}", exponent.abs());
    }
    let plain = format!("{value}");
    if plain.contains('.') { plain } else { format!("{plain}.0") }
}

fn write_ascii_string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            ' '..='~' => out.push(letter),
            other => {
                let mut units = [0u16; 2];
                for unit in other.encode_utf16(&mut units) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    out.push('"');
}

/// Keeps the last value of a repeated key, in the place of the first.
fn last_of_each(members: Vec<(String, Json)>) -> Vec<(String, Json)> {
    let mut kept: Vec<(String, Json)> = Vec::with_capacity(members.len());
    let mut place_of: HashMap<String, usize> = HashMap::new();
    let has_many = members.len() > 16;
    for (key, value) in members {
        // A hostile object has a hundred thousand keys; an ordinary one is not worth a table.
        let known = if has_many { place_of.get(&key).copied() } else { kept.iter().position(|(name, _)| *name == key) };
        match known {
            Some(place) => kept[place].1 = value,
            None => {
                if has_many {
                    place_of.insert(key.clone(), kept.len());
                }
                kept.push((key, value));
            }
        }
    }
    kept
}

struct Reader<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Reader<'_> {
    fn space(&mut self) {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn take(&mut self, literal: &str) -> Option<()> {
        if self.bytes[self.at..].starts_with(literal.as_bytes()) {
            self.at += literal.len();
            return Some(());
        }
        None
    }

    fn value(&mut self, depth: usize) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        match self.bytes.get(self.at)? {
            b'n' => self.take("null").map(|()| Json::Null),
            b't' => self.take("true").map(|()| Json::Bool(true)),
            b'f' => self.take("false").map(|()| Json::Bool(false)),
            b'"' => self.string().map(Json::Text),
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                self.space();
                if self.take("]").is_some() {
                    return Some(Json::Array(items));
                }
                loop {
                    self.space();
                    items.push(self.value(depth + 1)?);
                    self.space();
                    if self.take("]").is_some() {
                        return Some(Json::Array(items));
                    }
                    self.take(",")?;
                }
            }
            b'{' => {
                self.at += 1;
                let mut members: Vec<(String, Json)> = Vec::new();
                self.space();
                if self.take("}").is_some() {
                    return Some(Json::Object(members));
                }
                loop {
                    self.space();
                    let key = self.string()?;
                    self.space();
                    self.take(":")?;
                    self.space();
                    let value = self.value(depth + 1)?;
                    members.push((key, value));
                    self.space();
                    if self.take("}").is_some() {
                        return Some(Json::Object(last_of_each(members)));
                    }
                    self.take(",")?;
                }
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        let digits = |reader: &mut Self| {
            let from = reader.at;
            while reader.bytes.get(reader.at).is_some_and(u8::is_ascii_digit) {
                reader.at += 1;
            }
            (reader.at > from).then_some(())
        };
        let _ = self.take("-");
        if self.bytes.get(self.at) == Some(&b'0') {
            self.at += 1;
        } else {
            digits(self)?;
        }
        if self.take(".").is_some() {
            digits(self)?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            digits(self)?;
        }
        Some(Json::Number(self.text[start..self.at].to_owned()))
    }

    fn string(&mut self) -> Option<String> {
        self.take("\"")?;
        let mut out = String::new();
        loop {
            let run = self.at;
            while !matches!(self.bytes.get(self.at)?, b'"' | b'\\' | 0..=31) {
                self.at += 1;
            }
            out.push_str(&self.text[run..self.at]);
            match self.bytes[self.at] {
                b'"' => {
                    self.at += 1;
                    return Some(out);
                }
                b'\\' => {
                    let escape = *self.bytes.get(self.at + 1)?;
                    self.at += 2;
                    match escape {
                        b'"' => out.push('"'),
                        b'\\' => out.push('\\'),
                        b'/' => out.push('/'),
                        b'b' => out.push('\u{8}'),
                        b'f' => out.push('\u{c}'),
                        b'n' => out.push('\n'),
                        b'r' => out.push('\r'),
                        b't' => out.push('\t'),
                        b'u' => {
                            let first = self.hex4()?;
                            let unit = if (0xd800..0xdc00).contains(&first) {
                                self.take("\\u")?;
                                let second = self.hex4()?;
                                if !(0xdc00..0xe000).contains(&second) {
                                    return None;
                                }
                                0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                            } else {
                                first
                            };
                            out.push(char::from_u32(unit)?);
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_read_as_python_writes_them() {
        for (text, expected) in [
            ("66.67", "66.67"),
            ("1e22", "1e+22"),
            ("1.0", "1.0"),
            ("0.0000001", "1e-07"),
            ("-0.0", "-0.0"),
            ("12345678901234567890", "12345678901234567890"),
            ("1e15", "1000000000000000.0"),
            ("1e16", "1e+16"),
            ("0.0001", "0.0001"),
            ("0.00001", "1e-05"),
            ("1.5e300", "1.5e+300"),
        ] {
            assert_eq!(Json::parse(text).expect("number").canonical(), expected, "{text}");
        }
    }

    #[test]
    fn keys_are_sorted_and_letters_escaped() {
        let json =
            Json::parse(r#"{"z": 1, "a": {"y": [1, 2.5, true, null], "b": "x"}, "é": "🗳\/\u007f"}"#).expect("json");
        assert_eq!(
            json.canonical(),
            r#"{"a": {"b": "x", "y": [1, 2.5, true, null]}, "z": 1, "\u00e9": "\ud83d\uddf3/\u007f"}"#
        );
        assert_eq!(
            json.canonical_compact(),
            r#"{"a":{"b":"x","y":[1,2.5,true,null]},"z":1,"\u00e9":"\ud83d\uddf3/\u007f"}"#
        );
    }

    #[test]
    fn commas_and_colons_inside_texts_are_the_same_in_both_forms() {
        let json = Json::parse(r#"["a, b: c", {}, []]"#).expect("json");
        assert_eq!(json.canonical(), r#"["a, b: c", {}, []]"#);
        assert_eq!(json.canonical_compact(), r#"["a, b: c",{},[]]"#);
    }

    #[test]
    fn broken_documents_are_refused() {
        for text in ["", "{", "[1,]", "{\"a\"}", "01", "1.", "\"\\ud800\"", "nul", "1 2", "\"\n\""] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
        assert_eq!(Json::parse(&"[".repeat(100_000)), None, "deep nesting ends in an answer");
    }

    #[test]
    fn a_repeated_key_keeps_its_last_value_in_small_and_in_large_objects() {
        for others in [2, 40_000] {
            let members: String = (0..others).map(|number| format!("\"k{number}\": {number}, ")).collect();
            let json = Json::parse(&format!("{{\"a\": 1, {members}\"a\": 2}}")).expect("JSON");
            let Json::Object(kept) = &json else { panic!("an object") };
            assert_eq!((kept.len(), &kept[0]), (others + 1, &("a".to_owned(), Json::Number("2".to_owned()))));
        }
    }
}
