//! Edits a file of the set without losing what the program does not know: unknown keys, comments and order stay.
//!
//! A field is named as in the messages of the loader: `title`, `step[retry].due_min`,
//! `decision[after-retry].option[yes].label`, `contact[primary].phone`.

use serde::Serialize;
use toml_edit::{Array, ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, Value, value};

use crate::embedded::COMMON;
use crate::fields::{Problem, parse_document};
use crate::library::{Library, OfficeFile};

/// A file that is being edited.
#[derive(Clone, Debug)]
pub struct Draft {
    file: String,
    document: DocumentMut,
}

/// The value of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum DraftValue {
    /// A text.
    Text(String),
    /// A whole number from 0.
    Number(u32),
    /// True or false.
    Flag(bool),
    /// A list of texts.
    Texts(Vec<String>),
    /// The key is not there; setting it takes the key away.
    Absent,
}

/// Why an edit was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error, Serialize)]
#[non_exhaustive]
pub enum DraftError {
    /// A part of the key path leads nowhere.
    #[error("{file}: \"{part}\" of \"{path}\" is not there; look at the ids of the file")]
    NoSuchPlace {
        /// File.
        file: String,
        /// Key path.
        path: String,
        /// Its part.
        part: String,
    },
    /// The path names a table or a list of tables, not a single field.
    #[error("{file}: \"{path}\" is no single field; name one of its keys")]
    NotAField {
        /// File.
        file: String,
        /// Key path.
        path: String,
    },
    /// The id is taken.
    #[error("{file}: \"{path}\" has the id \"{id}\" already; give the new one another")]
    Taken {
        /// File.
        file: String,
        /// Key path.
        path: String,
        /// Id.
        id: String,
    },
}

impl Draft {
    /// Opens a file; it need not be free of problems, only TOML.
    ///
    /// # Errors
    /// The place at which it is no TOML.
    pub fn open(file: &str, bytes: &[u8]) -> Result<Self, Problem> {
        Ok(Self { file: file.to_owned(), document: parse_document(file, bytes)? })
    }

    /// A copy of a playbook that is in use, to be changed and kept in the office's folder.
    pub fn of_playbook(library: &Library, id: &str) -> Option<Self> {
        let file = library.playbook(id)?;
        Self::open(&format!("{id}.toml"), file.text.as_bytes()).ok()
    }

    /// A copy of a shipped common file, for example `contacts.toml`.
    pub fn of_common(name: &str) -> Option<Self> {
        let (_, text) = COMMON.iter().find(|(known, _)| *known == name)?;
        Self::open(name, text.as_bytes()).ok()
    }

    /// The file name.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The text as it would be written.
    pub fn text(&self) -> String {
        self.document.to_string()
    }

    /// The draft as a file of the office's folder.
    pub fn to_office_file(&self) -> OfficeFile {
        OfficeFile { name: self.file.clone(), bytes: self.text().into_bytes() }
    }

    /// What is wrong with the draft if it lay in the office's folder beside `others`. A changed playbook must have a
    /// higher version than the one in use.
    pub fn problems(&self, library: &Library, others: &[OfficeFile]) -> Vec<Problem> {
        let mut problems = Library::problems_of(&self.to_office_file(), others);
        let id = self.file.trim_end_matches(".toml");
        if let (Some(used), Some(DraftValue::Text(version))) = (library.playbook(id), self.get("version")) {
            let is_changed = used.text != self.text();
            if is_changed && numbers(&version) <= numbers(&used.playbook.version) {
                problems.push(Problem {
                    file: self.file.clone(),
                    key: "version".to_owned(),
                    reason: format!("the playbook was changed and its version is still {version}"),
                    advice: format!("raise it above {}", used.playbook.version),
                });
            }
        }
        problems
    }

    /// The value of a field; `None` where the path leads nowhere or names a table.
    pub fn get(&self, path: &str) -> Option<DraftValue> {
        let (parents, key) = split(path);
        let mut table: &dyn TableLike = self.document.as_table();
        for part in parents {
            table = step_into(table, part)?;
        }
        match table.get(key) {
            None => Some(DraftValue::Absent),
            Some(item) => read_value(item),
        }
    }

    /// Sets a field, adds it, or takes it away with [`DraftValue::Absent`]. Comments beside it stay.
    ///
    /// # Errors
    /// A path that leads nowhere or to a table.
    pub fn set(&mut self, path: &str, wanted: DraftValue) -> Result<(), DraftError> {
        let file = self.file.clone();
        let (parents, key) = split(path);
        let table = self.table_at(path, &parents)?;
        if table.get(key).is_some_and(|item| read_value(item).is_none()) {
            return Err(DraftError::NotAField { file, path: path.to_owned() });
        }
        let mut fresh = match wanted {
            DraftValue::Absent => {
                table.remove(key);
                return Ok(());
            }
            DraftValue::Text(text) => Value::from(text),
            DraftValue::Number(number) => Value::from(i64::from(number)),
            DraftValue::Flag(flag) => Value::from(flag),
            DraftValue::Texts(texts) => Value::Array(texts.into_iter().collect::<Array>()),
        };
        match table.get_mut(key).and_then(Item::as_value_mut) {
            Some(old) => {
                *fresh.decor_mut() = old.decor().clone();
                *old = fresh;
            }
            None => {
                table.insert(key, Item::Value(fresh));
            }
        }
        Ok(())
    }

    /// Adds a table with this id to a list (`step`, `decision[scope].option`), at a place from 1 or at the end.
    ///
    /// # Errors
    /// A path that leads nowhere, or an id that is taken.
    pub fn add(&mut self, list: &str, id: &str, place: Option<usize>) -> Result<(), DraftError> {
        let file = self.file.clone();
        let taken = || DraftError::Taken { file: file.clone(), path: list.to_owned(), id: id.to_owned() };
        self.change_list(list, |tables| {
            if tables.iter().any(|table| id_of(table).as_deref() == Some(id)) {
                return Err(taken());
            }
            let mut table = Table::new();
            table.insert("id", value(id));
            table.decor_mut().set_prefix("\n");
            let place = place.map_or(tables.len(), |place| place.saturating_sub(1).min(tables.len()));
            tables.insert(place, table);
            Ok(())
        })
    }

    /// Takes a table out of a list.
    ///
    /// # Errors
    /// A path or id that leads nowhere.
    pub fn remove(&mut self, list: &str, id: &str) -> Result<(), DraftError> {
        let missing = self.missing(list, id);
        self.change_list(list, |tables| {
            let place = tables.iter().position(|table| id_of(table).as_deref() == Some(id)).ok_or(missing)?;
            tables.remove(place);
            Ok(())
        })
    }

    /// Moves a table of a list to a place from 1. Steps are numbered anew.
    ///
    /// # Errors
    /// A path or id that leads nowhere.
    pub fn move_to(&mut self, list: &str, id: &str, place: usize) -> Result<(), DraftError> {
        let missing = self.missing(list, id);
        self.change_list(list, |tables| {
            let from = tables.iter().position(|table| id_of(table).as_deref() == Some(id)).ok_or(missing)?;
            let table = tables.remove(from);
            tables.insert(place.saturating_sub(1).min(tables.len()), table);
            Ok(())
        })
    }

    fn missing(&self, path: &str, part: &str) -> DraftError {
        DraftError::NoSuchPlace { file: self.file.clone(), path: path.to_owned(), part: part.to_owned() }
    }

    fn table_at(&mut self, path: &str, parents: &[&str]) -> Result<&mut dyn TableLike, DraftError> {
        let file = self.file.clone();
        let mut table: &mut dyn TableLike = self.document.as_table_mut();
        for part in parents {
            table = step_into_mut(table, part).ok_or_else(|| DraftError::NoSuchPlace {
                file: file.clone(),
                path: path.to_owned(),
                part: (*part).to_owned(),
            })?;
        }
        Ok(table)
    }

    /// Gives the tables of a list to `change` and writes them back, in the form in which the list was written.
    fn change_list(
        &mut self,
        list: &str,
        change: impl FnOnce(&mut Vec<Table>) -> Result<(), DraftError>,
    ) -> Result<(), DraftError> {
        let (parents, key) = split(list);
        let is_numbered = list == "step";
        let parent = self.table_at(list, &parents)?;
        let is_inline = parent.get(key).is_some_and(Item::is_value);
        let mut tables: Vec<Table> = match parent.get(key).cloned().map(Item::into_array_of_tables) {
            Some(Ok(tables)) => tables.into_iter().collect(),
            _ => Vec::new(),
        };
        change(&mut tables)?;
        if is_numbered {
            for (number, table) in (1_i64..).zip(&mut tables) {
                table.insert("order", value(number));
            }
        }
        let fresh = if is_inline {
            let rows: Array = tables.into_iter().map(Table::into_inline_table).map(Value::InlineTable).collect();
            let mut rows = rows;
            for row in rows.iter_mut() {
                row.decor_mut().set_prefix("\n  ");
                if let Some(table) = row.as_inline_table_mut() {
                    InlineTable::fmt(table);
                }
            }
            rows.set_trailing("\n");
            Item::Value(Value::Array(rows))
        } else {
            let mut array = ArrayOfTables::new();
            for mut table in tables {
                forget_positions(&mut table);
                array.push(table);
            }
            Item::ArrayOfTables(array)
        };
        match parent.get_mut(key) {
            Some(old) => *old = fresh,
            None => {
                parent.insert(key, fresh);
            }
        }
        Ok(())
    }
}

/// Tables keep the place they had in the file; after a change of order the order of the list counts.
pub(crate) fn forget_positions(table: &mut Table) {
    table.set_position(None);
    for (_, item) in table.iter_mut() {
        match item {
            Item::Table(inner) => forget_positions(inner),
            Item::ArrayOfTables(list) => list.iter_mut().for_each(forget_positions),
            Item::None | Item::Value(_) => {}
        }
    }
}

fn split(path: &str) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.split('.').collect();
    let key = parts.pop().unwrap_or_default();
    (parts, key)
}

/// `step[retry]` as `step` and `retry`.
fn key_and_id(part: &str) -> (&str, Option<&str>) {
    match part.split_once('[') {
        Some((key, id)) => (key, Some(id.trim_end_matches(']'))),
        None => (part, None),
    }
}

fn id_of(table: &Table) -> Option<String> {
    table.get("id").and_then(Item::as_str).map(str::to_owned)
}

fn is_meant(table: &dyn TableLike, id: &str) -> bool {
    table.get("id").and_then(Item::as_str) == Some(id)
}

fn step_into<'a>(table: &'a dyn TableLike, part: &str) -> Option<&'a dyn TableLike> {
    let (key, id) = key_and_id(part);
    let item = table.get(key)?;
    let Some(id) = id else { return item.as_table_like() };
    match item {
        Item::ArrayOfTables(tables) => {
            tables.iter().find(|table| is_meant(*table, id)).map(|table| table as &dyn TableLike)
        }
        Item::Value(Value::Array(values)) => values
            .iter()
            .filter_map(Value::as_inline_table)
            .find(|table| is_meant(*table, id))
            .map(|table| table as &dyn TableLike),
        _ => None,
    }
}

fn step_into_mut<'a>(table: &'a mut dyn TableLike, part: &str) -> Option<&'a mut dyn TableLike> {
    let (key, id) = key_and_id(part);
    let item = table.get_mut(key)?;
    let Some(id) = id else { return item.as_table_like_mut() };
    match item {
        Item::ArrayOfTables(tables) => {
            tables.iter_mut().find(|table| is_meant(*table, id)).map(|table| table as &mut dyn TableLike)
        }
        Item::Value(Value::Array(values)) => values
            .iter_mut()
            .filter_map(Value::as_inline_table_mut)
            .find(|table| is_meant(*table, id))
            .map(|table| table as &mut dyn TableLike),
        _ => None,
    }
}

fn read_value(item: &Item) -> Option<DraftValue> {
    match item.as_value()? {
        Value::String(text) => Some(DraftValue::Text(text.value().clone())),
        Value::Integer(number) => u32::try_from(*number.value()).ok().map(DraftValue::Number),
        Value::Boolean(flag) => Some(DraftValue::Flag(*flag.value())),
        Value::Array(values) => {
            let texts: Option<Vec<String>> = values.iter().map(|value| value.as_str().map(str::to_owned)).collect();
            texts.map(DraftValue::Texts)
        }
        Value::Float(_) | Value::Datetime(_) | Value::InlineTable(_) => None,
    }
}

fn numbers(version: &str) -> Vec<u64> {
    version.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> (Library, Draft) {
        let library = Library::shipped();
        let text = library.playbook("tally-failure").expect("shipped").text.clone();
        let text = text.replacen(
            "[[step]]\norder = 10",
            "x-office = \"keep me\" # and me\n\n[[step]]\nx-unknown = [1, 2]\norder = 10",
            1,
        );
        (library, Draft::open("tally-failure.toml", text.as_bytes()).expect("TOML"))
    }

    #[test]
    fn an_untouched_file_comes_back_byte_for_byte() {
        for file in &Library::shipped().playbooks {
            let draft = Draft::open(&file.playbook.id, file.text.as_bytes()).expect("TOML");
            assert_eq!(draft.text(), file.text);
        }
        for (name, text) in COMMON {
            assert_eq!(Draft::of_common(name).expect("shipped").text(), *text);
        }
    }

    #[test]
    fn one_changed_field_changes_one_line_and_keeps_unknown_keys() {
        let (library, mut draft) = draft();
        let before = draft.text();
        draft.set("step[retry].text", DraftValue::Text("Try \"once\".".to_owned())).expect("there");
        draft.set("version", DraftValue::Text("1.0.1".to_owned())).expect("there");
        let after = draft.text();
        let changed: Vec<(&str, &str)> = before.lines().zip(after.lines()).filter(|(old, new)| old != new).collect();
        assert_eq!(changed.len(), 2, "{changed:?}");
        assert_eq!(before.lines().count(), after.lines().count());
        assert!(after.contains("x-office = \"keep me\" # and me") && after.contains("x-unknown = [1, 2]"));
        assert_eq!(draft.problems(&library, &[]), []);
        let office = Library::with_office(&[draft.to_office_file()]);
        let playbook = &office.playbook("tally-failure").expect("loaded").playbook;
        assert_eq!(playbook.step("retry").expect("there").text, "Try \"once\".");
    }

    #[test]
    fn a_change_without_a_higher_version_is_told() {
        let (library, mut draft) = draft();
        draft.set("summary", DraftValue::Text("Other.".to_owned())).expect("there");
        let problems = draft.problems(&library, &[]);
        assert_eq!(problems.len(), 1);
        assert_eq!(problems[0].key, "version");
    }

    #[test]
    fn fields_are_read_set_added_and_taken_away() {
        let (_, mut draft) = draft();
        assert_eq!(draft.get("step[retry].order"), Some(DraftValue::Number(10)));
        assert_eq!(draft.get("step[retry].required"), Some(DraftValue::Flag(true)));
        assert_eq!(draft.get("decision[after-retry].option[no].label"), Some(DraftValue::Text("No".to_owned())));
        assert_eq!(draft.get("step[retry].due_min"), Some(DraftValue::Absent));
        assert_eq!(draft.get("step[nothing].text"), None);
        draft.set("step[retry].due_min", DraftValue::Number(30)).expect("added");
        draft.set("step[retry].due_from", DraftValue::Text("declared".to_owned())).expect("added");
        draft.set("step[retry].commands", DraftValue::Absent).expect("taken away");
        assert_eq!(draft.get("step[retry].commands"), Some(DraftValue::Absent));
        assert!(matches!(draft.set("step[nothing].text", DraftValue::Flag(true)), Err(DraftError::NoSuchPlace { .. })));
        assert!(matches!(draft.set("step", DraftValue::Flag(true)), Err(DraftError::NotAField { .. })));
    }

    #[test]
    fn steps_and_options_can_be_added_moved_and_removed() {
        let (library, mut draft) = draft();
        draft.add("step", "call-vendor", Some(6)).expect("new");
        for (key, text) in [("phase", "containment"), ("kind", "escalate"), ("text", "Call the vendor.")] {
            draft.set(&format!("step[call-vendor].{key}"), DraftValue::Text(text.to_owned())).expect("there");
        }
        draft.set("step[call-vendor].required", DraftValue::Flag(false)).expect("there");
        draft.add("decision[after-retry].option", "later", None).expect("new");
        for key in ["label", "consequence"] {
            let path = format!("decision[after-retry].option[later].{key}");
            draft.set(&path, DraftValue::Text("Later".to_owned())).expect("there");
        }
        draft.set("decision[after-retry].option[later].irreversible", DraftValue::Flag(false)).expect("there");
        draft.move_to("step", "escalate", 1).expect("there");
        draft.remove("step", "stuck").expect("there");
        draft.set("version", DraftValue::Text("1.1.0".to_owned())).expect("there");
        assert_eq!(draft.problems(&library, &[]), [], "{}", draft.text());
        let office = Library::with_office(&[draft.to_office_file()]);
        let playbook = &office.playbook("tally-failure").expect("loaded").playbook;
        let ids: Vec<&str> = playbook.steps.iter().map(|step| step.id.as_str()).collect();
        assert_eq!(ids[0], "escalate");
        assert_eq!(ids[6], "call-vendor", "it was the sixth before the other moved to the front");
        assert!(!ids.contains(&"stuck"));
        assert_eq!(playbook.decision("after-retry").expect("there").options.len(), 3);
        assert!(matches!(draft.add("step", "status", None), Err(DraftError::Taken { .. })));
        assert!(matches!(draft.remove("step", "stuck"), Err(DraftError::NoSuchPlace { .. })));
    }

    #[test]
    fn contacts_and_inline_lists_are_edited_too() {
        let library = Library::shipped();
        let mut contacts = Draft::of_common("contacts.toml").expect("shipped");
        contacts.set("contact[primary].phone", DraftValue::Text("112".to_owned())).expect("there");
        contacts.set("contact[primary].example", DraftValue::Flag(false)).expect("there");
        assert_eq!(contacts.problems(&library, &[]), []);
        let mut lists = Draft::of_common("checklists.toml").expect("shipped");
        lists.add("checklist[restored].item", "tell-voters", Some(1)).expect("new");
        lists.set("checklist[restored].item[tell-voters].text", DraftValue::Text("Tell voters".into())).expect("there");
        lists.set("checklist[restored].item[tell-voters].required", DraftValue::Flag(true)).expect("there");
        assert_eq!(lists.problems(&library, &[]), [], "{}", lists.text());
        let office = Library::with_office(&[contacts.to_office_file(), lists.to_office_file()]);
        assert_eq!(office.left_out, []);
        assert_eq!(office.checklist("restored").expect("there").items[0].id, "tell-voters");
        assert_eq!(office.checklist("restored").expect("there").items.len(), 5);
        assert_eq!(office.contacts.warnings().len() + 1, library.contacts.warnings().len());
    }
}
