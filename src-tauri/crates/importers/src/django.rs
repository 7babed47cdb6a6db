//! Rows out of Django's `dumpdata`: objects of `model`, `pk` and `fields`, whatever the application.

use crate::formats::{RawRow, json_rows};
use crate::reading::RowError;

/// How one model becomes a table row.
#[derive(Clone, Copy, Debug)]
pub struct Model {
    /// `app.model`, in lower case as dumpdata writes it.
    pub name: &'static str,
    /// Its table.
    pub table: &'static str,
    /// Fields that point to other models: dumpdata leaves their `_id` out.
    pub foreign_keys: &'static [&'static str],
}

/// The row of the model's table, with the columns as the database names them; `None` for a model that is not listed.
///
/// # Errors
/// [`RowError`] where `model` or `fields` is missing or no object.
pub fn row(models: &[Model], raw: RawRow) -> Result<Option<RawRow>, RowError> {
    let name = raw.get("model").ok_or_else(|| RowError::absent("model"))?.to_ascii_lowercase();
    let Some(model) = models.iter().find(|model| model.name == name) else { return Ok(None) };
    let columns = columns(&raw, model.foreign_keys)?;
    Ok(Some(RawRow { table: model.table.to_owned(), number: raw.number, fields: columns }))
}

/// The columns that an object of a dump stands for, as the database names them, its key first.
///
/// # Errors
/// [`RowError`] where `fields` is missing or no object.
pub fn columns(raw: &RawRow, foreign_keys: &[&str]) -> Result<Vec<(String, Option<String>)>, RowError> {
    let fields = raw.get("fields").ok_or_else(|| RowError::absent("fields"))?;
    let members = json_rows::members(fields).map_err(|reason| RowError { column: "fields".to_owned(), reason })?;
    let mut columns = Vec::with_capacity(members.len() + 1);
    if let Some(key) = raw.get("pk") {
        columns.push(("id".to_owned(), Some(key.to_owned())));
    }
    for (name, value) in members {
        let name = if foreign_keys.contains(&name.as_str()) { format!("{name}_id") } else { name };
        columns.push((name, value));
    }
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_becomes_a_row_of_its_table() {
        let models =
            [Model { name: "core.ballot", table: "core_ballot", foreign_keys: &["election", "superseded_by"] }];
        let raw = |model: &str, fields: &str| RawRow {
            number: 7,
            fields: vec![
                ("model".to_owned(), Some(model.to_owned())),
                ("pk".to_owned(), Some("12".to_owned())),
                ("fields".to_owned(), Some(fields.to_owned())),
            ],
            ..RawRow::default()
        };
        let found = row(&models, raw("core.ballot", r#"{"election": 41, "ranking": [3, 1.0], "superseded_by": null}"#));
        let found = found.expect("readable").expect("a known model");
        assert_eq!((found.table.as_str(), found.number), ("core_ballot", 7));
        assert_eq!(found.get("id"), Some("12"));
        assert_eq!(found.get("election_id"), Some("41"));
        assert_eq!(found.get("ranking"), Some("[3, 1.0]"), "numbers keep their text");
        assert!(found.has("superseded_by_id") && found.get("superseded_by_id").is_none());
        assert_eq!(row(&models, raw("core.other", "{}")), Ok(None));
        assert_eq!(row(&models, raw("core.ballot", "[]")).expect_err("no object").column, "fields");
    }
}
