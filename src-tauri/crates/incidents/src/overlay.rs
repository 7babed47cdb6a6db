//! Lays an office's tables over a shipped common file.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use crate::draft::forget_positions;
use crate::fields::{Fields, Problem, Problems, parse_document};

/// The shipped file with the office's tables: the same id takes the place, a new one is added at the end, single keys
/// replace single keys. Tables that have no id (`[[finding]]` of the triggers) go first, where they are found first.
///
/// # Errors
/// The problems of a file that is no TOML or of another schema.
pub(crate) fn lay_over(shipped: &DocumentMut, file: &str, bytes: &[u8]) -> Result<DocumentMut, Vec<Problem>> {
    let office = parse_document(file, bytes).map_err(|problem| vec![problem])?;
    let problems = Problems::new(file);
    Fields::root(office.as_table(), &problems).schema_1();
    let problems = problems.into_list();
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut merged = shipped.clone();
    lay_table_over(merged.as_table_mut(), office.as_table());
    Ok(merged)
}

fn lay_table_over(base: &mut Table, over: &Table) {
    for (key, item) in over.iter().filter(|(key, _)| *key != "schema") {
        let tables = as_tables(item);
        match (base.get_mut(key), tables, item) {
            (Some(Item::ArrayOfTables(known)), Some(own), _) => *known = lay_list_over(key, known, &own),
            (Some(Item::Table(known)), _, Item::Table(own)) => lay_table_over(known, own),
            _ => {
                base.insert(key, item.clone());
            }
        }
    }
}

fn as_tables(item: &Item) -> Option<ArrayOfTables> {
    item.clone().into_array_of_tables().ok()
}

/// The keys by which tables of a list are told apart, in the order in which they are looked for.
const IDENTITIES: &[&str] = &["id", "level", "name", "type"];

fn identity(table: &Table) -> Option<String> {
    IDENTITIES.iter().find_map(|key| {
        let item = table.get(key)?;
        item.as_str().map(str::to_owned).or_else(|| item.as_integer().map(|number| number.to_string()))
    })
}

fn lay_list_over(key: &str, known: &ArrayOfTables, own: &ArrayOfTables) -> ArrayOfTables {
    let mut tables: Vec<Table> = known.iter().cloned().collect();
    let mut first: Vec<Table> = Vec::new();
    for table in own.iter() {
        let id = identity(table);
        let place = id.as_ref().and_then(|id| tables.iter().position(|other| identity(other).as_ref() == Some(id)));
        match (id, place) {
            (Some(_), Some(place)) => tables[place] = table.clone(),
            (Some(_), None) => tables.push(table.clone()),
            (None, _) => first.push(table.clone()),
        }
    }
    let mut list = ArrayOfTables::new();
    let ladder_last = key == "escalation";
    first.append(&mut tables);
    if ladder_last {
        first.sort_by_key(|table| table.get("level").and_then(Item::as_integer).unwrap_or(i64::MAX));
    }
    for mut table in first {
        // Positions of two files would shuffle the tables when the text is written.
        forget_positions(&mut table);
        list.push(table);
    }
    list
}
