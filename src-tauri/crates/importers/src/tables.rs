//! Telling which table a file holds, the same for every source system: by its columns, and by its name where they do not
//! tell.

use crate::formats::RawRow;
use crate::formats::delimited::{Dialect, Style};
use crate::inputs::FileHead;
use crate::reading::{Container, FileKind, RowError};

/// One table: its name, its columns in database order, and the fields that tell it from every other table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Name in the database.
    pub name: &'static str,
    /// Columns in database order.
    pub columns: &'static [&'static str],
    /// Columns that no other table has together.
    pub marks: &'static [&'static str],
}

impl FileKind {
    /// A file of rows of one table; an empty name where the container names the tables.
    pub fn table(name: &str, container: Container, dialect: Option<Dialect>) -> Self {
        Self { name: name.to_owned(), container, dialect, rows_in: None, envelope: None, holds_rows: true, poverty: 0 }
    }
}

/// True where the text is a list of table objects as phpMyAdmin writes it, with a table that is known.
pub fn is_php_my_admin(text: &str, tables: &[Table]) -> bool {
    text.contains("\"type\"")
        && text.contains("\"table\"")
        && text.contains("\"data\"")
        && tables.iter().any(|table| has_member(text, table.name))
}

/// Whether the text speaks of a member of this name.
pub fn has_member(text: &str, member: &str) -> bool {
    text.contains(&format!("\"{member}\""))
}

/// The table whose rows a JSON text holds.
pub fn of_json<'t>(head: &FileHead, text: &str, tables: &'t [Table]) -> Option<&'t Table> {
    // A first row that is longer than what was looked at shows only some of its marks; then the name must help.
    let is_cut = head.bytes.len() >= crate::inputs::HEAD_BYTES;
    let by_name = named(&head.name, tables).filter(|table| {
        let seen = table.marks.iter().filter(|mark| has_member(text, mark)).count();
        seen == table.marks.len() || (is_cut && seen > 0)
    });
    by_name.or_else(|| tables.iter().find(|table| table.marks.iter().all(|mark| has_member(text, mark))))
}

/// The first member name of an object.
pub fn first_key(text: &str) -> Option<String> {
    let rest = &text[text.find('"')? + 1..];
    Some(rest[..rest.find('"')?].to_owned())
}

/// True for the beginning of an SQL dump.
pub fn is_sql(text: &str) -> bool {
    let upper: String = text.chars().take(HEAD_SCAN).collect::<String>().to_ascii_uppercase();
    ["INSERT INTO", "INSERT IGNORE", "REPLACE INTO", "CREATE TABLE", "DROP TABLE", "COPY "]
        .iter()
        .any(|word| upper.contains(word))
        && (upper.starts_with("--")
            || upper.starts_with("/*")
            || upper.starts_with('#')
            || ["INSERT", "CREATE", "DROP", "SET ", "USE ", "REPLACE", "START", "BEGIN", "LOCK", "COPY "]
                .iter()
                .any(|word| upper.starts_with(word)))
}

/// Characters of the head that SQL is looked for in.
const HEAD_SCAN: usize = 32 << 10;

/// A dump that writes into one of the tables.
pub fn of_sql(text: &str, tables: &[Table]) -> Option<FileKind> {
    tables.iter().any(|table| is_target(text, table.name)).then(|| FileKind::table("", Container::Sql, None))
}

/// True where a statement names the table: behind INTO, TABLE, EXISTS or COPY, with quotes and schema as they come.
fn is_target(text: &str, table: &str) -> bool {
    text.match_indices(table).any(|(at, _)| {
        let after = text[at + table.len()..].chars().next();
        if after.is_some_and(|letter| letter.is_alphanumeric() || letter == '_') {
            return false;
        }
        let mut before = text[..at].trim_end_matches(['`', '"']);
        if let Some(rest) = before.strip_suffix('.') {
            before = rest.trim_end_matches(|letter: char| letter.is_alphanumeric() || "_`\"".contains(letter));
        }
        let word = before.trim_end().rsplit(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        before.ends_with(|letter: char| letter.is_ascii_whitespace() || "`\"".contains(letter))
            && ["INTO", "TABLE", "TABLES", "EXISTS", "COPY"].iter().any(|known| word.eq_ignore_ascii_case(known))
    })
}

/// Delimited text with the columns of one of the tables.
pub fn of_delimited(head: &FileHead, tables: &[Table]) -> Option<FileKind> {
    let named = named(&head.name, tables);
    let line_end = head.bytes.iter().position(|byte| *byte == b'\n').unwrap_or(head.bytes.len());
    let line = head.bytes[..line_end].strip_suffix(b"\r").unwrap_or(&head.bytes[..line_end]);
    let by_header = |delimiter: u8| {
        let names = Dialect::header_of(line, delimiter);
        let has_all = |table: &&Table| table.marks.iter().all(|mark| names.iter().any(|name| name == mark));
        named.filter(|table| has_all(table)).or_else(|| tables.iter().find(has_all))
    };
    let table = by_header(b',').or_else(|| by_header(b'\t')).or_else(|| by_header(b';')).or_else(|| {
        // Without a header the name must tell, and the number of fields must agree.
        let table = named?;
        let dialect = Dialect::detect(&head.bytes, table.columns);
        (dialect.columns.is_some() && first_record_len(&head.bytes, &dialect)? == table.columns.len()).then_some(table)
    })?;
    let dialect = Dialect::detect(&head.bytes, table.columns);
    let container = if dialect.delimiter == b'\t' { Container::Tsv } else { Container::Csv };
    Some(FileKind::table(table.name, container, Some(dialect)))
}

fn first_record_len(head: &[u8], dialect: &Dialect) -> Option<usize> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(dialect.delimiter).has_headers(false).flexible(true);
    match dialect.style {
        Style::Quoted => {}
        Style::Escaped => {
            builder.double_quote(false).escape(Some(b'\\'));
        }
        Style::Plain => {
            builder.quoting(false);
        }
    }
    let mut record = csv::ByteRecord::new();
    builder.from_reader(head).read_byte_record(&mut record).ok().filter(|is_there| *is_there).map(|_| record.len())
}

/// The table that a file name speaks of: the longest table name it starts with or contains.
pub fn named<'t>(name: &str, tables: &'t [Table]) -> Option<&'t Table> {
    tables.iter().filter(|table| name.contains(table.name)).max_by_key(|table| table.name.len())
}

/// A field that must have a value.
///
/// # Errors
/// [`RowError`] where it has none.
pub fn required<'a>(row: &'a RawRow, column: &str) -> Result<&'a str, RowError> {
    row.get(column).filter(|text| !text.is_empty()).ok_or_else(|| RowError::absent(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_told_by_the_tables_that_it_writes_into() {
        for text in [
            "INSERT INTO `votes` VALUES",
            "insert into votes (id)",
            "COPY public.votes (id) FROM stdin;",
            "CREATE TABLE IF NOT EXISTS `db`.`votes` (",
            "DROP TABLE \"votes\";",
        ] {
            assert!(is_target(text, "votes"), "{text}");
        }
        for text in ["COPY public.core_election (votes) FROM stdin;", "-- votes", "INTO votes_old", "INTO old_votes"] {
            assert!(!is_target(text, "votes"), "{text}");
        }
    }
}
