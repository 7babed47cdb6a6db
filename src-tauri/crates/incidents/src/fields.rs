//! Reads tables of TOML field by field and gathers every problem with its key path, instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;
use toml_edit::{Item, TableLike, Value};

/// One thing that is wrong with one field of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// File name as given.
    pub file: String,
    /// Key path, for example `step[retry].due_min`; tables of a list go by their id, or by their place from 1. Empty
    /// where the whole file is meant.
    pub key: String,
    /// What is wrong.
    pub reason: String,
    /// What to do about it.
    pub advice: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            write!(formatter, "{}: {}; {}", self.file, self.reason, self.advice)
        } else {
            write!(formatter, "{}, {}: {}; {}", self.file, self.key, self.reason, self.advice)
        }
    }
}

/// The problems of one file, gathered while it is read.
#[derive(Debug)]
pub(crate) struct Problems {
    file: String,
    list: RefCell<Vec<Problem>>,
}

impl Problems {
    pub(crate) fn new(file: &str) -> Self {
        Self { file: file.to_owned(), list: RefCell::default() }
    }

    pub(crate) fn add(&self, key: impl Into<String>, reason: impl Into<String>, advice: impl Into<String>) {
        let problem =
            Problem { file: self.file.clone(), key: key.into(), reason: reason.into(), advice: advice.into() };
        self.list.borrow_mut().push(problem);
    }

    pub(crate) fn into_list(self) -> Vec<Problem> {
        self.list.into_inner()
    }
}

/// One table of a file with its key path.
#[derive(Clone)]
pub(crate) struct Fields<'a> {
    table: &'a dyn TableLike,
    problems: &'a Problems,
    path: String,
}

impl<'a> Fields<'a> {
    pub(crate) fn root(table: &'a dyn TableLike, problems: &'a Problems) -> Self {
        Self { table, problems, path: String::new() }
    }

    /// The key path of a field of this table.
    pub(crate) fn path_of(&self, key: &str) -> String {
        match (self.path.is_empty(), key.is_empty()) {
            (true, _) => key.to_owned(),
            (false, true) => self.path.clone(),
            (false, false) => format!("{}.{key}", self.path),
        }
    }

    pub(crate) fn problem(&self, key: &str, reason: impl Into<String>, advice: impl Into<String>) {
        self.problems.add(self.path_of(key), reason, advice);
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|item| !item.is_none())
    }

    fn wrong_kind(&self, key: &str, item: &Item, wanted: &str) {
        self.problem(key, format!("{wanted} is expected, not {}", kind_of(item)), format!("write {wanted}"));
    }

    fn missing(&self, key: &str, wanted: &str) {
        self.problem(key, "the key is missing", format!("add it with {wanted}"));
    }

    /// A text that must be there and say something.
    pub(crate) fn text(&self, key: &str) -> String {
        if !self.has(key) {
            self.missing(key, "a text");
            return String::new();
        }
        let text = self.optional_text(key).unwrap_or_default();
        if text.trim().is_empty() && self.table.get(key).is_some_and(Item::is_str) {
            self.problem(key, "the text is empty", "write what belongs there");
        }
        text
    }

    /// A text that may be absent.
    pub(crate) fn optional_text(&self, key: &str) -> Option<String> {
        let item = self.table.get(key)?;
        let text = item.as_str();
        if text.is_none() {
            self.wrong_kind(key, item, "a text in quotes");
        }
        text.map(str::to_owned)
    }

    /// A text that may be absent or empty.
    pub(crate) fn text_or_empty(&self, key: &str) -> String {
        self.optional_text(key).unwrap_or_default()
    }

    /// A whole number from 0 that must be there.
    pub(crate) fn number(&self, key: &str) -> u32 {
        if !self.has(key) {
            self.missing(key, "a whole number");
        }
        self.optional_number(key).unwrap_or_default()
    }

    /// A whole number from 0 that may be absent.
    pub(crate) fn optional_number(&self, key: &str) -> Option<u32> {
        let item = self.table.get(key)?;
        let number = item.as_integer().and_then(|number| u32::try_from(number).ok());
        if number.is_none() {
            self.wrong_kind(key, item, "a whole number from 0 to 4294967295");
        }
        number
    }

    /// A share between 0 and 1, in thousandths.
    pub(crate) fn optional_permille(&self, key: &str) -> Option<u32> {
        let item = self.table.get(key)?;
        let share = item.as_float().or_else(|| item.as_integer().and_then(|n| i32::try_from(n).ok()).map(f64::from));
        let permille = share.filter(|share| (0.0..=1.0).contains(share)).and_then(|share| {
            let wanted = (share * 1000.0).round();
            (0..=1000u32).find(|candidate| f64::from(*candidate) >= wanted)
        });
        if permille.is_none() {
            self.wrong_kind(key, item, "a share between 0 and 1");
        }
        permille
    }

    /// `true` or `false` that must be there.
    pub(crate) fn flag(&self, key: &str) -> bool {
        if !self.has(key) {
            self.missing(key, "true or false");
        }
        self.optional_flag(key)
    }

    /// `true` or `false`; absent means `false`.
    pub(crate) fn optional_flag(&self, key: &str) -> bool {
        let Some(item) = self.table.get(key) else { return false };
        let flag = item.as_bool();
        if flag.is_none() {
            self.wrong_kind(key, item, "true or false");
        }
        flag.unwrap_or_default()
    }

    /// A list of texts that must be there.
    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        if !self.has(key) {
            self.missing(key, "a list of texts");
        }
        self.optional_texts(key)
    }

    /// A list of texts; absent means empty.
    pub(crate) fn optional_texts(&self, key: &str) -> Vec<String> {
        let Some(item) = self.table.get(key) else { return Vec::new() };
        let Some(array) = item.as_array() else {
            self.wrong_kind(key, item, "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for (number, value) in (1_u32..).zip(array.iter()) {
            match value.as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => self.problem(&format!("{key}[{number}]"), "a text is expected", "write a text in quotes"),
            }
        }
        texts
    }

    /// A table of texts; absent means empty.
    pub(crate) fn text_map(&self, key: &str) -> BTreeMap<String, String> {
        let Some(fields) = self.optional_table(key) else { return BTreeMap::new() };
        fields.keys().into_iter().filter_map(|name| fields.optional_text(&name).map(|text| (name, text))).collect()
    }

    /// The names of all keys of this table.
    pub(crate) fn keys(&self) -> Vec<String> {
        self.table.iter().map(|(name, _)| name.to_owned()).collect()
    }

    /// A table below this one.
    pub(crate) fn optional_table(&self, key: &str) -> Option<Fields<'a>> {
        let item = self.table.get(key)?;
        let table = item.as_table_like();
        if table.is_none() {
            self.wrong_kind(key, item, "a table");
        }
        table.map(|table| Fields { table, problems: self.problems, path: self.path_of(key) })
    }

    /// A list of tables, `[[key]]` or `key = [{ ... }]`; absent means empty.
    pub(crate) fn tables(&self, key: &str) -> Vec<Fields<'a>> {
        let Some(item) = self.table.get(key) else { return Vec::new() };
        let mut found: Vec<&'a dyn TableLike> = Vec::new();
        match item {
            Item::ArrayOfTables(tables) => found.extend(tables.iter().map(|table| table as &dyn TableLike)),
            Item::Value(Value::Array(values)) => {
                for (number, value) in (1_u32..).zip(values.iter()) {
                    match value.as_inline_table() {
                        Some(table) => found.push(table),
                        None => self.problem(
                            &format!("{key}[{number}]"),
                            "a table is expected",
                            "write { id = \"...\", ... }",
                        ),
                    }
                }
            }
            other => self.wrong_kind(key, other, "a list of tables"),
        }
        (1_u32..)
            .zip(found)
            .map(|(number, table)| {
                let id = table.get("id").and_then(Item::as_str).map_or_else(|| number.to_string(), str::to_owned);
                Fields { table, problems: self.problems, path: self.path_of(&format!("{key}[{id}]")) }
            })
            .collect()
    }

    /// One of the given words, which must be there.
    pub(crate) fn word<T: Copy>(&self, key: &str, all: &[T], word_of: fn(T) -> &'static str) -> Option<T> {
        if !self.has(key) {
            self.missing(key, &one_of(all, word_of));
            return None;
        }
        self.optional_word(key, all, word_of)
    }

    /// One of the given words, which may be absent.
    pub(crate) fn optional_word<T: Copy>(&self, key: &str, all: &[T], word_of: fn(T) -> &'static str) -> Option<T> {
        let text = self.optional_text(key)?;
        let found = all.iter().copied().find(|candidate| word_of(*candidate) == text);
        if found.is_none() {
            self.problem(key, format!("\"{text}\" is not known here"), format!("write {}", one_of(all, word_of)));
        }
        found
    }

    /// Complains about ids that stand twice in a list of tables.
    pub(crate) fn ids_once(&self, key: &str, ids: &[String]) {
        for (place, id) in ids.iter().enumerate() {
            if !id.is_empty() && ids[..place].contains(id) {
                self.problem(&format!("{key}[{id}].id"), format!("the id \"{id}\" stands twice"), "give each its own");
            }
        }
    }

    /// Refuses every `schema` but 1.
    pub(crate) fn schema_1(&self) {
        match self.table.get("schema").map(Item::as_integer) {
            Some(Some(1)) => {}
            Some(Some(other)) => self.problem(
                "schema",
                format!("schema {other} is not known to this version of the program"),
                "use a newer program, or write the file in schema 1",
            ),
            Some(None) => self.problem("schema", "a whole number is expected", "write schema = 1"),
            None => self.missing("schema", "1"),
        }
    }
}

fn one_of<T: Copy>(all: &[T], word_of: fn(T) -> &'static str) -> String {
    format!("one of {}", all.iter().map(|word| word_of(*word)).collect::<Vec<_>>().join(", "))
}

fn kind_of(item: &Item) -> &'static str {
    match item {
        Item::None => "nothing",
        Item::Table(_) | Item::Value(Value::InlineTable(_)) => "a table",
        Item::ArrayOfTables(_) => "a list of tables",
        Item::Value(Value::String(_)) => "a text",
        Item::Value(Value::Integer(_) | Value::Float(_)) => "this number",
        Item::Value(Value::Boolean(_)) => "true or false",
        Item::Value(Value::Datetime(_)) => "a date",
        Item::Value(Value::Array(_)) => "a list",
    }
}

/// Takes a file apart; a file that is no TOML gives one problem with the place.
pub(crate) fn parse_document(file: &str, bytes: &[u8]) -> Result<toml_edit::DocumentMut, Problem> {
    let problem = |reason: String, advice: &str| Problem {
        file: file.to_owned(),
        key: String::new(),
        reason,
        advice: advice.to_owned(),
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        problem(format!("byte {} is no UTF-8", error.valid_up_to() + 1), "save the file as UTF-8 text")
    })?;
    text.parse::<toml_edit::DocumentMut>().map_err(|error| {
        let before = error.span().map_or("", |span| text.get(..span.start).unwrap_or_default());
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        let message = error.message().replace('\n', ", ");
        problem(format!("line {line}, column {column} is no TOML ({message})"), "correct the place and load it again")
    })
}
