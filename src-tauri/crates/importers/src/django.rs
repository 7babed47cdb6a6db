//! Django's own export of tables, `manage.py dumpdata`: a list of `{"model": ..., "pk": ..., "fields": {...}}`. Two things
//! differ from a table's rows: the key stands outside the fields, and a foreign key has the name of the relation, not of its
//! column. Times lose their microseconds, which no reader can give back.

use crate::formats::{RawRow, json_rows, outline};
use crate::reading::RowError;

/// How models become tables of a source.
pub struct Models {
    /// The table of a model, from its label (`audit.auditlog`) and the columns of a row.
    pub table_of: fn(model: &str, columns: &[&str]) -> Option<&'static str>,
    /// Relations: their column is called the same with `_id` behind it.
    pub foreign_keys: &'static [&'static str],
}

/// True where the text begins like a dump and one of the models in it belongs to the source.
pub fn is_dump(text: &str, models: &Models) -> bool {
    let members = outline::members(text);
    let first = outline::first_names(&members, 2);
    if !["model", "fields"].iter().all(|name| first.contains(name)) {
        return false;
    }
    members.iter().enumerate().any(|(at, member)| {
        if member.depth != 2 || member.name != "model" {
            return false;
        }
        // The fields of this object, as far as the text goes; its key may stand before or behind them.
        let own = members[at..].iter().take_while(|other| other.depth != 2 || other.object == member.object);
        let names: Vec<String> = own
            .filter(|other| other.depth == 3)
            .map(|other| models.column(other.name))
            .chain(["id".to_owned()])
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        (models.table_of)(member.text.unwrap_or_default(), &names).is_some()
    })
}

impl Models {
    fn column(&self, field: &str) -> String {
        if self.foreign_keys.contains(&field) { format!("{field}_id") } else { field.to_owned() }
    }

    /// The row of a table that an object of a dump stands for; `None` where its model is none of the source's.
    ///
    /// # Errors
    /// [`RowError`] where the object is none of a dump.
    pub fn row(&self, object: &RawRow) -> Result<Option<RawRow>, RowError> {
        let model = object.get("model").ok_or_else(|| RowError::absent("model"))?;
        let fields = object.get("fields").ok_or_else(|| RowError::absent("fields"))?;
        let fields = json_rows::fields_of(fields).map_err(|reason| RowError { column: "fields".to_owned(), reason })?;
        let key = object.get("pk").map(str::to_owned);
        let columns: Vec<(String, Option<String>)> = std::iter::once(("id".to_owned(), key))
            .chain(fields.into_iter().map(|(name, value)| (self.column(&name), value)))
            .collect();
        let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        let table = (self.table_of)(model, &names);
        Ok(table.map(|table| RawRow { table: table.to_owned(), number: object.number, fields: columns }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: Models = Models {
        table_of: |model, columns| (model == "shop.order" && columns.contains(&"buyer_id")).then_some("shop_order"),
        foreign_keys: &["buyer"],
    };

    fn object(model: &str, fields: &str) -> RawRow {
        let text = |text: &str| Some(text.to_owned());
        let fields =
            vec![("model".to_owned(), text(model)), ("pk".to_owned(), text("7")), ("fields".to_owned(), text(fields))];
        RawRow { table: String::new(), number: 3, fields }
    }

    #[test]
    fn an_object_of_a_dump_becomes_a_row_with_the_columns_of_its_table() {
        let row = MODELS.row(&object("shop.order", r#"{"buyer": "b", "note": null, "more": {"a": [1.0]}}"#));
        let row = row.expect("readable").expect("a row");
        assert_eq!((row.table.as_str(), row.number), ("shop_order", 3));
        assert_eq!((row.get("id"), row.get("buyer_id"), row.get("note")), (Some("7"), Some("b"), None));
        assert_eq!(row.get("more"), Some(r#"{"a": [1.0]}"#), "numbers and spaces stay as they came");
        assert_eq!(MODELS.row(&object("auth.group", "{}")), Ok(None));
        assert!(MODELS.row(&object("shop.order", "[]")).is_err());
    }

    #[test]
    fn a_dump_is_told_by_any_of_its_models() {
        let dump = r#"[{"model": "auth.group", "pk": 1, "fields": {"name": "x"}},
            {"model": "shop.order", "pk": 1, "fields": {"note": null, "buyer": "b"}}]"#;
        assert!(is_dump(dump, &MODELS));
        assert!(!is_dump(&dump.replace("shop.order", "shop.cart"), &MODELS));
        assert!(!is_dump(r#"[{"model": "shop.order", "year": 1}]"#, &MODELS));
    }
}
