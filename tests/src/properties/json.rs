//! JSON: rows cut out of a long text against a strict parser that sees all of it at once, and the canonical form.

use std::fmt;

use importers::formats::json_rows::{Layout, read};
use importers::json::Json;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::rows::{Line, Outcome, Refused, at_every_chunk_size, collect};

/// Names that stand for tables.
const TABLES: [&str; 2] = ["votes", "elections"];
/// The member of an envelope that holds its rows.
const MEMBER: &str = "entries";

/// What a text is taken for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Tables by name, a list, lines, or a document.
    Tables,
    /// Every object is a row.
    Rows,
    /// An envelope around rows.
    Envelope,
}

/// Reads bytes in a form.
pub fn outcome(bytes: &[u8], form: Form) -> Outcome {
    let is_table = |name: &str| TABLES.contains(&name);
    at_every_chunk_size(bytes, |source| {
        let layout = match form {
            Form::Tables => Layout::Tables(&is_table),
            Form::Rows => Layout::Rows,
            Form::Envelope => Layout::RowsIn(MEMBER),
        };
        collect(|receive| read(source, layout, receive))
    })
}

/// Exactly what the strict parser accepts is accepted, with the same rows. Bytes that are no UTF-8 have no strict answer
/// (one bad row must not cost the others): there only the chunks must agree. So it is with the tables of phpMyAdmin,
/// whose objects are read member by member.
///
/// # Panics
/// Where the property does not hold.
pub fn agrees_with_the_strict_parser(bytes: &[u8], form: Form) {
    let found = outcome(bytes, form);
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if text.contains("\"table\"") && text.contains("\"type\"") {
        if found.is_ok() {
            assert!(all_values(text).is_some(), "{form:?}: accepted, but no JSON");
        }
        return;
    }
    assert_eq!(found, reference(text, form), "{form:?}");
}

/// Every value of a text that holds one value or several, each in its own text.
fn all_values(text: &str) -> Option<Vec<&RawValue>> {
    serde_json::Deserializer::from_str(text).into_iter::<&RawValue>().collect::<Result<_, _>>().ok()
}

fn reference(text: &str, form: Form) -> Outcome {
    let start = text.trim_start_matches([' ', '\t', '\n', '\r']);
    if start.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| Refused)?;
        return Ok(rows("", &items));
    }
    if !start.starts_with('{') {
        return Err(Refused);
    }
    let is_keyed = match form {
        Form::Rows => false,
        Form::Envelope => true,
        Form::Tables => first_text(start).is_some_and(|name| TABLES.contains(&name)),
    };
    if is_keyed {
        let Members(members) = serde_json::from_str(text).map_err(|_| Refused)?;
        let (mut lines, mut others) = (Vec::new(), Vec::new());
        for (name, value) in members {
            let table = match form {
                Form::Envelope => (name == MEMBER).then_some(""),
                _ => TABLES.contains(&name.as_str()).then_some(name.as_str()),
            };
            if let (Some(table), Ok(items)) = (table, serde_json::from_str::<Vec<&RawValue>>(value.get())) {
                lines.extend(rows(table, &items));
            } else {
                others.push(format!("{}:{}", serde_json::to_string(&name).unwrap_or_default(), value.get()));
            }
        }
        if form == Form::Envelope {
            // What stands around the rows comes behind them.
            lines.push(Line::Document(format!("{{{}}}", others.join(","))));
        }
        return Ok(lines);
    }
    let values = all_values(text).ok_or(Refused)?;
    match (form, values.as_slice()) {
        (Form::Tables, [document]) => Ok(vec![Line::Document(document.get().to_owned())]),
        // What follows a document that is no object makes it broken; objects behind one another are lines.
        (Form::Tables, [_, second, ..]) if !second.get().starts_with('{') => Err(Refused),
        _ => Ok(rows("", &values)),
    }
}

/// The first text in quotes, as a reader that takes nothing apart sees it.
fn first_text(text: &str) -> Option<&str> {
    text.split('"').nth(1).filter(|_| text.matches('"').count() > 1)
}

fn rows(table: &str, items: &[&RawValue]) -> Vec<Line> {
    (1u64..)
        .zip(items)
        .filter(|(_, item)| !(table.is_empty() && is_preamble(item)))
        .map(|(number, item)| match fields(item) {
            Some(fields) => Line::Row(table.to_owned(), number, fields),
            None => Line::Reject(number),
        })
        .collect()
}

/// The fields of an object that names none twice and whose texts are text.
fn fields(item: &RawValue) -> Option<Vec<(String, Option<String>)>> {
    let Members(members) = serde_json::from_str(item.get()).ok()?;
    let mut fields: Vec<(String, Option<String>)> = Vec::new();
    for (name, value) in members {
        if fields.iter().any(|(known, _)| *known == name) {
            return None;
        }
        let text = value.get();
        let value = match text.as_bytes()[0] {
            b'n' => None,
            b'"' => Some(serde_json::from_str(text).ok()?),
            _ => Some(text.to_owned()),
        };
        fields.push((name, value));
    }
    Some(fields)
}

fn is_preamble(item: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Preamble {
        r#type: String,
    }
    item.get().len() < 4096
        && serde_json::from_str::<Preamble>(item.get())
            .is_ok_and(|preamble| preamble.r#type == "header" || preamble.r#type == "database")
}

/// Members of an object in the order written, repeated ones too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry().map_err(A::Error::custom)? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// Texts nested deeper are beyond what the canonical form is made for.
const DEEPEST: usize = 100;

/// The reader that keeps number texts accepts what the strict parser accepts; its canonical form means the same, is its
/// own canonical form, and holds ASCII alone.
///
/// # Panics
/// Where the property does not hold.
pub fn canonical_form_holds(text: &str) {
    let found = Json::parse(text);
    let strict = serde_json::from_str::<serde_json::Value>(text);
    if depth(text) > DEEPEST {
        return;
    }
    let Some(found) = found else {
        let reason = strict.err().map(|error| error.to_string());
        assert!(reason.is_some(), "refused although it is JSON");
        return;
    };
    let canonical = found.canonical();
    assert!(canonical.is_ascii(), "{canonical:?}");
    // Numbers beyond all bounds are infinite in the origin's own form, which is no JSON.
    if canonical.contains("Infinity") {
        return;
    }
    let again = Json::parse(&canonical).expect("the canonical form is JSON");
    assert_eq!(again.canonical(), canonical, "the canonical form is its own");
    match strict {
        Ok(strict) => {
            let back: serde_json::Value = serde_json::from_str(&canonical).expect("the canonical form is strict JSON");
            assert!(means_the_same(&back, &strict), "{canonical} is not {strict}");
        }
        // serde_json refuses half a surrogate pair, which the origin's parser takes.
        Err(error) => {
            let reason = error.to_string();
            let is_known =
                reason.contains("surrogate") || reason.contains("hex escape") || reason.contains("number out of range");
            assert!(is_known, "accepted although it is no JSON: {reason}");
        }
    }
}

fn means_the_same(left: &serde_json::Value, right: &serde_json::Value) -> bool {
    use serde_json::Value;
    match (left, right) {
        // serde_json rounds long fractions to a neighbour at times; the canonical form does not.
        (Value::Number(left), Value::Number(right)) => match (left.as_f64(), right.as_f64()) {
            (Some(left), Some(right)) => (left - right).abs() <= left.abs() * 4.0 * f64::EPSILON,
            _ => left == right,
        },
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| means_the_same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, value)| right.get(name).is_some_and(|other| means_the_same(value, other)))
        }
        (left, right) => left == right,
    }
}

/// At least as many levels as the text nests.
fn depth(text: &str) -> usize {
    let mut depth = 0usize;
    let mut deepest = 0;
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}
