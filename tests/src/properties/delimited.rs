//! Delimited text in its three styles. The csv crate says what the fields are; how a field is NULL is said here again.

use importers::formats::delimited::{Dialect, Style, read};

use super::rows::{Line, Outcome, Refused, at_every_chunk_size, collect};

/// The columns of a file without a header.
pub const COLUMNS: [&str; 3] = ["id", "name", "data"];

/// A way to write delimited text.
pub fn dialect(style: Style, delimiter: u8, has_header: bool) -> Dialect {
    let columns = (!has_header).then(|| COLUMNS.iter().map(|name| (*name).to_owned()).collect());
    Dialect { delimiter, style, columns }
}

/// Reads bytes in a dialect.
pub fn outcome(bytes: &[u8], dialect: &Dialect) -> Outcome {
    at_every_chunk_size(bytes, |source| collect(|receive| read(source, dialect, receive)))
}

/// Bytes in a dialect give the rows that the csv crate sees in them. The style with escapes has no such judge: it must
/// only give the same rows at every chunk size.
///
/// # Panics
/// Where the property does not hold.
pub fn agrees_with_the_csv_crate(bytes: &[u8], dialect: &Dialect) {
    let found = outcome(bytes, dialect);
    if dialect.style != Style::Escaped {
        assert_eq!(found, reference(bytes, dialect), "{dialect:?}");
    }
}

fn reference(bytes: &[u8], dialect: &Dialect) -> Outcome {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(dialect.delimiter).flexible(true).has_headers(false).quoting(dialect.style == Style::Quoted);
    let mut records = builder.from_reader(bytes).into_byte_records().map(|record| record.map_err(|_| Refused));
    let columns = match &dialect.columns {
        Some(columns) => columns.clone(),
        None => header(&records.next().ok_or(Refused)??)?,
    };
    if ends_inside_quotes(bytes, dialect) {
        return Err(Refused);
    }
    let has_open_end = !matches!(bytes.last(), Some(b'\n' | b'\r'));
    let records: Vec<_> = records.collect::<Result<_, _>>()?;
    if has_open_end && records.last().is_some_and(|last| last.len() < columns.len()) {
        // The file ends in the middle of a row.
        return Err(Refused);
    }
    let mut lines = Vec::new();
    for (number, record) in (1u64..).zip(records) {
        let fields: Option<Vec<_>> = record
            .iter()
            .zip(&columns)
            .map(|(field, name)| {
                let text = std::str::from_utf8(field).ok()?;
                Some((name.clone(), value(text, dialect.style)))
            })
            .collect();
        lines.push(match fields {
            Some(fields) if record.len() == columns.len() => Line::Row(String::new(), number, fields),
            _ => Line::Reject(number),
        });
    }
    Ok(lines)
}

/// True where a record behind the text would not be one of its own.
fn ends_inside_quotes(bytes: &[u8], dialect: &Dialect) -> bool {
    let longer = [bytes, b"\nprobe\n"].concat();
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(dialect.delimiter).flexible(true).has_headers(false).quoting(dialect.style == Style::Quoted);
    let last = builder.from_reader(longer.as_slice()).into_byte_records().last();
    !last.is_some_and(|record| record.is_ok_and(|record| record.len() == 1 && &record[0] == b"probe"))
}

fn header(record: &csv::ByteRecord) -> Result<Vec<String>, Refused> {
    let mut columns: Vec<String> = Vec::new();
    for (index, field) in record.iter().enumerate() {
        let field = if index == 0 { field.strip_prefix(b"\xef\xbb\xbf").unwrap_or(field) } else { field };
        let name = std::str::from_utf8(field).map_err(|_| Refused)?.trim().trim_matches(['"', '`']).to_owned();
        if columns.contains(&name) {
            return Err(Refused);
        }
        columns.push(name);
    }
    Ok(columns)
}

fn value(text: &str, style: Style) -> Option<String> {
    match (style, text) {
        (_, "\\N" | "NULL") | (Style::Quoted, "") => None,
        (Style::Plain, text) => Some(without_escapes(text)),
        _ => Some(text.to_owned()),
    }
}

/// The escapes of the SQL client's batch output, taken back one by one.
fn without_escapes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let (plain, taken) = match behind.as_bytes().first() {
            Some(b'n') => ("\n", 1),
            Some(b't') => ("\t", 1),
            Some(b'r') => ("\r", 1),
            Some(b'0') => ("\0", 1),
            Some(b'\\') => ("\\", 1),
            _ => ("\\", 0),
        };
        out.push_str(plain);
        rest = &behind[taken..];
    }
    out.push_str(rest);
    out
}

/// Rows written as `SELECT ... INTO OUTFILE` writes them come back exactly.
///
/// # Panics
/// Where they do not.
pub fn escaped_rows_come_back(rows: &[[Option<String>; 3]]) {
    let mut text = Vec::new();
    for row in rows {
        for (index, field) in row.iter().enumerate() {
            if index > 0 {
                text.push(b',');
            }
            match field {
                None => text.extend(b"\\N"),
                Some(field) => {
                    text.push(b'"');
                    for byte in field.bytes() {
                        match byte {
                            0 => text.extend(b"\\0"),
                            b'"' | b'\\' | b'\n' => text.extend([b'\\', byte]),
                            other => text.push(other),
                        }
                    }
                    text.push(b'"');
                }
            }
        }
        text.push(b'\n');
    }
    let expected: Vec<Line> = (1u64..)
        .zip(rows)
        .map(|(number, row)| {
            let fields = COLUMNS.iter().map(|name| (*name).to_owned()).zip(row.iter().cloned()).collect();
            Line::Row(String::new(), number, fields)
        })
        .collect();
    assert_eq!(outcome(&text, &dialect(Style::Escaped, b',', false)), Ok(expected));
}
