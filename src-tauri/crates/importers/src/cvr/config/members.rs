//! Members of a JSON object, read leniently and named in full where they are wrong.

use serde_json::Value;

/// An object of the configuration, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Members<'a> {
    value: &'a Value,
    place: String,
}

impl<'a> Members<'a> {
    pub(super) fn new(value: &'a Value, place: impl Into<String>) -> Self {
        Self { value, place: place.into() }
    }

    /// Full name of a member.
    pub(super) fn at(&self, member: &str) -> String {
        if self.place.is_empty() { member.to_owned() } else { format!("{}.{member}", self.place) }
    }

    pub(super) fn has(&self, member: &str) -> bool {
        self.value.get(member).is_some()
    }

    pub(super) fn child(&self, member: &str, problems: &mut Vec<String>) -> Members<'a> {
        let child = Members::new(&self.value[member], self.at(member));
        if !child.value.is_object() {
            problems.push(format!("{}: missing; an object was expected", child.place));
        }
        child
    }

    pub(super) fn list(&self, member: &str, problems: &mut Vec<String>) -> Vec<Members<'a>> {
        let Some(items) = self.value[member].as_array() else {
            problems.push(format!("{}: missing; a list was expected", self.at(member)));
            return Vec::new();
        };
        let place = |number: usize| format!("{}[{number}]", self.at(member));
        items.iter().enumerate().map(|(number, item)| Members::new(item, place(number))).collect()
    }

    /// A text; a number as written; empty where the member is missing.
    pub(super) fn text(&self, member: &str, problems: &mut Vec<String>) -> String {
        match &self.value[member] {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                problems.push(format!("{}: a text was expected", self.at(member)));
                String::new()
            }
        }
    }

    /// Texts of a list; none where the member is missing.
    pub(super) fn texts(&self, member: &str, problems: &mut Vec<String>) -> Vec<String> {
        match &self.value[member] {
            Value::Null => Vec::new(),
            Value::Array(items) if items.iter().all(Value::is_string) => {
                items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
            }
            _ => {
                problems.push(format!("{}: a list of texts was expected", self.at(member)));
                Vec::new()
            }
        }
    }

    /// True or false, also as text; false where the member is missing or empty.
    pub(super) fn flag(&self, member: &str, problems: &mut Vec<String>) -> bool {
        match &self.value[member] {
            Value::Null => false,
            Value::Bool(truth) => *truth,
            Value::String(text) if text.eq_ignore_ascii_case("true") => true,
            Value::String(text) if text.is_empty() || text.eq_ignore_ascii_case("false") => false,
            _ => {
                problems.push(format!("{}: true or false was expected", self.at(member)));
                false
            }
        }
    }

    /// A whole number within bounds; `None` where the member is missing or empty.
    pub(super) fn number(&self, member: &str, from: i64, to: i64, problems: &mut Vec<String>) -> Option<i64> {
        let text = self.text(member, problems);
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match text.parse::<i64>() {
            Ok(number) if (from..=to).contains(&number) => Some(number),
            _ => {
                problems.push(format!("{}: {text:?} is no whole number from {from} to {to}", self.at(member)));
                None
            }
        }
    }

    /// A whole number within bounds that must be there; the lower bound where it is wrong, with a problem.
    pub(super) fn needed(&self, member: &str, from: i64, to: i64, problems: &mut Vec<String>) -> i64 {
        let before = problems.len();
        self.number(member, from, to, problems).unwrap_or_else(|| {
            if problems.len() == before {
                problems.push(format!("{}: missing; a whole number from {from} to {to} was expected", self.at(member)));
            }
            from
        })
    }

    /// One of several options by name; each may have older names too. The first where it is wrong, with a problem.
    pub(super) fn option<T: Copy>(&self, member: &str, options: &[(&[&str], T)], problems: &mut Vec<String>) -> T {
        let text = self.text(member, problems);
        let found = options.iter().find(|(names, _)| names.contains(&text.as_str()));
        found.map_or_else(
            || {
                let names: Vec<_> = options.iter().map(|(names, _)| names[0]).collect();
                problems.push(format!("{}: {text:?} is none of {}", self.at(member), names.join(", ")));
                options[0].1
            },
            |(_, option)| *option,
        )
    }
}
