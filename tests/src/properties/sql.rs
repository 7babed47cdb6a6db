//! SQL dumps: any bytes are read alike at every chunk size, and rows written into a dump come back.

use std::fmt::Write;

use importers::formats::sql::read;

use super::rows::{Line, Outcome, at_every_chunk_size, collect};

/// Reads a dump.
///
/// # Panics
/// Where the size of the chunks changes the answer.
pub fn outcome(bytes: &[u8]) -> Outcome {
    at_every_chunk_size(bytes, |source| {
        collect(|receive| read(source, &|name| name == "votes" || name == "elections", receive))
    })
}

/// Rows of three columns, written as a dump writes them, come back exactly.
///
/// # Panics
/// Where they do not.
pub fn dumped_rows_come_back(rows: &[[Option<String>; 3]]) {
    if rows.is_empty() {
        return;
    }
    let mut dump = String::from(
        "-- dump\nCREATE TABLE `votes` (\n  `id` varchar(36),\n  `name` text COMMENT 'a, (b',\n  `data` json\n);\nINSERT INTO `votes` VALUES ",
    );
    for (index, row) in rows.iter().enumerate() {
        dump.push_str(if index > 0 { ",\n(" } else { "(" });
        for (index, field) in row.iter().enumerate() {
            if index > 0 {
                dump.push(',');
            }
            match field {
                None => dump.push_str("NULL"),
                Some(field) => {
                    let _ = write!(dump, "'{}'", escaped(field));
                }
            }
        }
        dump.push(')');
    }
    dump.push_str(";\nUNLOCK TABLES;\n");
    let expected: Vec<Line> = (1u64..)
        .zip(rows)
        .map(|(number, row)| {
            let fields =
                ["id", "name", "data"].iter().map(|name| (*name).to_owned()).zip(row.iter().cloned()).collect();
            Line::Row("votes".to_owned(), number, fields)
        })
        .collect();
    assert_eq!(outcome(dump.as_bytes()), Ok(expected), "{dump}");
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for letter in text.chars() {
        match letter {
            '\0' => out.push_str("\\0"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\u{1a}' => out.push_str("\\Z"),
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '"' => out.push_str("\\\""),
            other => out.push(other),
        }
    }
    out
}
