//! Rows out of delimited text: CSV with a header, the SQL client's tab separated output, and `SELECT ... INTO OUTFILE`.

use std::collections::HashSet;
use std::io::Read;

use super::{Item, RawRow, ReadError, Receive};

/// How a delimited file is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Field separator.
    pub delimiter: u8,
    /// Quotes and escapes.
    pub style: Style,
    /// Columns, where the file has no header line.
    pub columns: Option<Vec<String>>,
}

/// Quotes and escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// RFC 4180: quotes are doubled. An empty field is NULL.
    Quoted,
    /// Quotes are escaped by a backslash; NULL is `\N`.
    Escaped,
    /// No quotes; backslash escapes; NULL is the word or `\N`.
    Plain,
}

impl Dialect {
    /// Tells the dialect from the first bytes of a file; `columns` are those of the table, for files without a header.
    pub fn detect(head: &[u8], columns: &[&str]) -> Self {
        let line_end = head.iter().position(|byte| *byte == b'\n').unwrap_or(head.len());
        let first = &head[..line_end];
        let count = |byte: u8| first.iter().filter(|it| **it == byte).count();
        let delimiter = if count(b'\t') > 0 && count(b'\t') >= count(b',') {
            b'\t'
        } else if count(b';') > count(b',') {
            b';'
        } else {
            b','
        };
        let has_header = Self::header_of(first, delimiter).iter().any(|name| columns.contains(&name.as_str()));
        let has = |needle: &[u8]| head.windows(needle.len()).any(|window| window == needle);
        let style = if delimiter == b'\t' {
            Style::Plain
        } else if has(b"\\N") || (has(b"\\\"") && !has(b"\"\"")) {
            Style::Escaped
        } else {
            Style::Quoted
        };
        let columns = (!has_header).then(|| columns.iter().map(|name| (*name).to_owned()).collect());
        Self { delimiter, style, columns }
    }

    /// The names of a header line.
    pub fn header_of(line: &[u8], delimiter: u8) -> Vec<String> {
        let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        line.split(|byte| *byte == delimiter)
            .map(|name| String::from_utf8_lossy(name).trim().trim_matches('"').trim_matches('`').to_owned())
            .collect()
    }
}

/// Reads all rows of a delimited file.
///
/// # Errors
/// [`ReadError::Broken`] for a header that names a column twice or none at all.
pub fn read(source: impl Read, dialect: &Dialect, receive: Receive<'_>) -> Result<(), ReadError> {
    let source = Bounded { source, delimiter: dialect.delimiter, bytes: 0, separators: 0 };
    if dialect.style == Style::Escaped {
        return read_escaped(source, dialect, receive);
    }
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(dialect.delimiter).flexible(true).has_headers(false).buffer_capacity(1 << 18);
    match dialect.style {
        Style::Quoted | Style::Escaped => {}
        Style::Plain => {
            builder.quoting(false);
        }
    }
    let mut reader = builder.from_reader(source);
    let mut record = csv::ByteRecord::new();
    let columns = match &dialect.columns {
        Some(columns) => columns.clone(),
        None => {
            if !next(&mut reader, &mut record, 0)? {
                return Err(ReadError::broken(0, "", "the file is empty"));
            }
            header(&record)?
        }
    };
    let mut number = 0u64;
    while next(&mut reader, &mut record, number + 1)? {
        number += 1;
        let item = row(&record, &columns, dialect.style, number);
        if !receive(item) {
            return Err(ReadError::Cancelled);
        }
    }
    Ok(())
}

/// Most bytes between two line ends.
const MAX_LINE: usize = 128 << 20;
/// Most separators between two line ends, once the line is long.
const MAX_SEPARATORS: usize = 1 << 20;
/// A line that is longer has its separators counted.
const LONG_LINE: usize = 1 << 20;

/// Stops a file that would be one endless row: its fields would fill the memory.
struct Bounded<R> {
    source: R,
    delimiter: u8,
    /// Since the last line end.
    bytes: usize,
    separators: usize,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.source.read(buffer)?;
        let read = &buffer[..count];
        match memchr::memrchr(b'\n', read) {
            Some(end) => (self.bytes, self.separators) = (count - end, 0),
            None => self.bytes += count,
        }
        if self.bytes > LONG_LINE {
            self.separators += memchr::memchr_iter(self.delimiter, read).count();
        }
        if self.bytes > MAX_LINE || self.separators > MAX_SEPARATORS {
            let reason = "the row goes on without an end; the file is damaged or no table";
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, reason));
        }
        Ok(count)
    }
}

/// An endless row is named; what the medium says stands for itself.
fn located(error: std::io::Error, row: u64) -> ReadError {
    match error.kind() {
        std::io::ErrorKind::InvalidData => ReadError::broken(row, "", error.to_string()),
        _ => ReadError::Io(error),
    }
}

fn next(reader: &mut csv::Reader<impl Read>, record: &mut csv::ByteRecord, row: u64) -> Result<bool, ReadError> {
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => located(error, row),
        other => ReadError::broken(row, "", format!("{other:?}")),
    })
}

fn header(record: &csv::ByteRecord) -> Result<Vec<String>, ReadError> {
    let mut columns: Vec<String> = Vec::with_capacity(record.len());
    let mut known: HashSet<String> = HashSet::with_capacity(record.len());
    for (index, field) in record.iter().enumerate() {
        let field = if index == 0 { field.strip_prefix(b"\xef\xbb\xbf").unwrap_or(field) } else { field };
        let name = std::str::from_utf8(field)
            .map_err(|_| {
                ReadError::broken(0, (index + 1).to_string(), "the header is not UTF-8 text; save the file as UTF-8")
            })?
            .trim()
            .trim_matches(['"', '`'])
            .to_owned();
        if !known.insert(name.clone()) {
            return Err(ReadError::broken(0, name, "this column stands twice in the header; remove or rename one"));
        }
        columns.push(name);
    }
    Ok(columns)
}

fn row(record: &csv::ByteRecord, columns: &[String], style: Style, number: u64) -> Item {
    let reject =
        |column: &str, reason: String| Item::Reject { table: String::new(), number, column: column.to_owned(), reason };
    if record.len() != columns.len() {
        let reason = format!("{} fields, but the table has {} columns", record.len(), columns.len());
        return reject("", reason);
    }
    let mut fields = Vec::with_capacity(columns.len());
    for (name, field) in columns.iter().zip(record.iter()) {
        let Ok(text) = std::str::from_utf8(field) else {
            return reject(name, "not UTF-8 text".to_owned());
        };
        let value = match (style, text) {
            (_, "\\N" | "NULL") => None,
            (Style::Quoted, "") => None,
            (Style::Plain, text) if text.contains('\\') => Some(unescape(text)),
            (_, text) => Some(text.to_owned()),
        };
        fields.push((name.clone(), value));
    }
    Item::Row(RawRow { table: String::new(), number, fields })
}

/// Largest field of a file with escapes.
const MAX_FIELD: usize = 64 << 20;

/// `SELECT ... INTO OUTFILE`: NULL is `\N` without quotes, so quotes must be seen, which the csv crate hides.
fn read_escaped(source: impl Read, dialect: &Dialect, receive: Receive<'_>) -> Result<(), ReadError> {
    let mut bytes = std::io::BufReader::with_capacity(1 << 18, source).bytes();
    let mut columns = dialect.columns.clone();
    let mut number = 0u64;
    loop {
        let Some(fields) = escaped_record(&mut bytes, dialect.delimiter, number + 1)? else { return Ok(()) };
        let Some(columns) = &columns else {
            let record = csv::ByteRecord::from(fields.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>());
            columns = Some(header(&record)?);
            continue;
        };
        number += 1;
        let reject = |column: &str, reason: String| Item::Reject {
            table: String::new(),
            number,
            column: column.to_owned(),
            reason,
        };
        let item = if fields.len() == columns.len() {
            let mut row = RawRow { table: String::new(), number, fields: Vec::with_capacity(columns.len()) };
            let mut broken = None;
            for (name, field) in columns.iter().zip(fields) {
                match field.map(String::from_utf8).transpose() {
                    Ok(value) => row.fields.push((name.clone(), value)),
                    Err(_) => broken = Some(reject(name, "not UTF-8 text".to_owned())),
                }
            }
            broken.unwrap_or(Item::Row(row))
        } else {
            reject("", format!("{} fields, but the table has {} columns", fields.len(), columns.len()))
        };
        if !receive(item) {
            return Err(ReadError::Cancelled);
        }
    }
}

/// One record; `None` at the end of the file. A field without quotes that is `\N` is NULL.
fn escaped_record(
    bytes: &mut impl Iterator<Item = std::io::Result<u8>>,
    delimiter: u8,
    row: u64,
) -> Result<Option<Vec<Option<Vec<u8>>>>, ReadError> {
    let mut fields = Vec::new();
    let mut field: Vec<u8> = Vec::new();
    let (mut is_quoted, mut in_quotes, mut is_null, mut is_any) = (false, false, false, false);
    let truncated = || ReadError::broken(row, "", "the file ends inside a quoted field; it is truncated");
    loop {
        let Some(byte) = bytes.next().transpose().map_err(|error| located(error, row))? else {
            if in_quotes {
                return Err(truncated());
            }
            if !is_any {
                return Ok(None);
            }
            fields.push(if is_null && !is_quoted { None } else { Some(field) });
            return Ok(Some(fields));
        };
        is_any = true;
        if field.len() > MAX_FIELD {
            return Err(ReadError::broken(row, "", "a field is longer than 64 MiB"));
        }
        match byte {
            b'\\' => {
                let escaped = bytes.next().transpose()?.ok_or_else(truncated)?;
                match escaped {
                    b'N' if !in_quotes && field.is_empty() => is_null = true,
                    b'0' => field.push(0),
                    other => field.push(other),
                }
            }
            b'"' if in_quotes => in_quotes = false,
            b'"' if field.is_empty() && !is_quoted => {
                is_quoted = true;
                in_quotes = true;
            }
            _ if in_quotes => field.push(byte),
            b'\n' => {
                if !is_quoted && field.last() == Some(&b'\r') {
                    field.pop();
                }
                fields.push(if is_null && !is_quoted { None } else { Some(field) });
                return Ok(Some(fields));
            }
            b'\r' if is_quoted => {}
            _ if byte == delimiter => {
                fields.push(if is_null && !is_quoted { None } else { Some(std::mem::take(&mut field)) });
                (is_quoted, is_null) = (false, false);
                field.clear();
            }
            _ => field.push(byte),
        }
    }
}

/// Takes back the escapes of the SQL client's batch output.
fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\\') => out.push('\\'),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
            None => out.push('\\'),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 3] = ["id", "name", "data"];

    fn all(text: &[u8]) -> Result<Vec<Item>, ReadError> {
        let mut items = Vec::new();
        read(text, &Dialect::detect(text, &COLUMNS), &mut |item| {
            items.push(item);
            true
        })?;
        Ok(items)
    }

    fn values(item: &Item) -> Vec<Option<&str>> {
        match item {
            Item::Row(row) => row.fields.iter().map(|(_, value)| value.as_deref()).collect(),
            other => panic!("a row was expected, not {other:?}"),
        }
    }

    #[test]
    fn three_ways_to_write_the_same_row() {
        let quoted = b"id,name,data\n1,,\"{\"\"a\"\": \"\"b,\nc\"\"}\"\n";
        let escaped = b"1,\\N,\"{\\\"a\\\": \\\"b,\nc\\\"}\"\n";
        let plain = b"id\tname\tdata\n1\tNULL\t{\"a\": \"b,\\nc\"}\n";
        for text in [&quoted[..], &escaped[..], &plain[..]] {
            let items = all(text).expect("readable");
            assert_eq!(
                values(&items[0]),
                [Some("1"), None, Some("{\"a\": \"b,\nc\"}")],
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn a_quoted_word_null_is_a_word() {
        let items = all(b"1,\"NULL\",\\N\n2,\"\\\\N\",\"\"\n").expect("readable");
        assert_eq!(values(&items[0]), [Some("1"), Some("NULL"), None]);
        assert_eq!(values(&items[1]), [Some("2"), Some("\\N"), Some("")]);
    }

    #[test]
    fn a_column_named_twice_is_refused_by_name() {
        let error = all(b"id,name,id\n1,2,3\n").expect_err("duplicate");
        assert!(error.to_string().contains("column id"), "{error}");
    }

    #[test]
    fn a_short_row_and_foreign_bytes_are_rejected_with_their_place() {
        let items = all(b"id,name,data\n1,2\n1,\xff,3\n4,5,6\n").expect("readable");
        assert!(matches!(&items[0], Item::Reject { number: 1, .. }));
        assert!(matches!(&items[1], Item::Reject { number: 2, column, .. } if column == "name"));
        assert_eq!(values(&items[2])[0], Some("4"));
    }

    #[test]
    fn a_row_without_an_end_is_refused_by_its_number() {
        let head = b"id,name,data\n1,2,3\n";
        for (style, delimiter) in [(Style::Quoted, b','), (Style::Escaped, b','), (Style::Plain, b'\t')] {
            let head: Vec<u8> = head.iter().map(|byte| if *byte == b',' { delimiter } else { *byte }).collect();
            let endless = std::io::repeat(delimiter).take(40 << 20);
            let dialect = Dialect { delimiter, style, columns: None };
            let error = read(head.chain(endless), &dialect, &mut |_| true).expect_err("refused").to_string();
            assert!(error.starts_with("row 2: ") && error.contains("without an end"), "{style:?}: {error}");
        }
    }
}
