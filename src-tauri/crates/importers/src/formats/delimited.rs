//! Rows out of delimited text: CSV with a header, the SQL client's tab separated output, and `SELECT ... INTO OUTFILE`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use super::{Content, Gather, Item, Names, PIECE_BYTES, RawPiece, RawRow, ReadError, Receive, RowEvent, hand_over};

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

/// Longest row that is taken into memory.
const MAX_ROW: usize = 64 << 20;

/// Most fields of a row with escapes: each takes more memory than its separator.
const MAX_FIELDS: usize = 1 << 20;

/// Reads all rows of a delimited file.
///
/// # Errors
/// [`ReadError::Broken`] for a header that names a column twice or none at all, and for a text that ends inside quotes or in
/// the middle of a row.
pub fn read(source: impl Read, dialect: &Dialect, receive: Receive<'_>) -> Result<(), ReadError> {
    match dialect.style {
        Style::Escaped => read_escaped(source, dialect, receive),
        Style::Quoted | Style::Plain => read_lines(source, dialect, PIECE_BYTES, receive),
    }
}

fn read_lines(
    mut source: impl Read,
    dialect: &Dialect,
    piece_bytes: usize,
    receive: Receive<'_>,
) -> Result<(), ReadError> {
    let dialect = Arc::new(dialect.clone());
    let mut columns: Option<Names> = dialect.columns.clone().map(Arc::new);
    let mut buffer: Vec<u8> = Vec::new();
    let mut first_row = 1u64;
    let mut is_start = true;
    let mut wanted = piece_bytes;
    let mut cut = Cut::default();
    loop {
        let is_ended = fill(&mut source, &mut buffer, wanted)?;
        if is_start && buffer.starts_with(b"\xef\xbb\xbf") {
            buffer.drain(..3);
        }
        is_start = false;
        if columns.is_none() {
            // The header is a record like any other; it is taken off before the rows are counted.
            cut.scan(&buffer, &dialect, true);
            if cut.rows == 0 && !is_ended {
                if buffer.len() > MAX_ROW {
                    return Err(too_long(0));
                }
                wanted = (buffer.len() * 2).min(MAX_ROW + 1);
                continue;
            }
            if cut.rows == 0 && cut.state == State::Quoted {
                return Err(ReadError::broken(0, "", "the file ends inside a quoted field; it is truncated"));
            }
            let end = if cut.rows == 0 { buffer.len() } else { cut.end };
            let mut record = csv::ByteRecord::new();
            if !next(&mut csv_reader(&buffer[..end], &dialect), &mut record, 0)? {
                return Err(ReadError::broken(0, "", "the file is empty"));
            }
            columns = Some(Arc::new(header(&record)?));
            buffer.drain(..end);
            cut = Cut::default();
            wanted = piece_bytes;
            if !is_ended && buffer.len() < piece_bytes {
                continue;
            }
        }
        let Some(columns) = &columns else { continue };
        cut.scan(&buffer, &dialect, false);
        let (end, rows) = if is_ended {
            if cut.state == State::Quoted {
                let row = first_row + cut.rows;
                return Err(ReadError::broken(row, "", "the file ends inside a quoted field; it is truncated"));
            }
            let is_open = cut.state != State::StartRecord;
            if is_open && is_cut_off(&buffer[cut.end..], &dialect, columns.len())? {
                let row = first_row + cut.rows;
                return Err(ReadError::broken(row, "", "the file ends in the middle of this row; it is truncated"));
            }
            (buffer.len(), cut.rows + u64::from(is_open))
        } else {
            (cut.end, cut.rows)
        };
        if rows > 0 {
            let rest = buffer[end..].to_vec();
            buffer.truncate(end);
            let bytes = std::mem::replace(&mut buffer, rest);
            let lines = Lines { bytes, columns: columns.clone(), dialect: dialect.clone(), is_plain: !cut.is_odd };
            let piece = RawPiece { table: String::new(), first_row, rows, content: Content::Lines(lines) };
            hand_over(receive, Item::Piece(piece))?;
            first_row += rows;
            cut = Cut::default();
            wanted = piece_bytes;
        } else if buffer.len() > MAX_ROW {
            return Err(too_long(first_row));
        } else {
            // Never more than the longest row is taken in, or one that is too long would pass with the end of the file.
            wanted = (buffer.len().max(piece_bytes) * 2).min(MAX_ROW + 1);
        }
        if is_ended {
            return Ok(());
        }
    }
}

/// True where the last line, which has no end, has fewer fields than the table has columns.
fn is_cut_off(line: &[u8], dialect: &Dialect, columns: usize) -> Result<bool, ReadError> {
    let mut record = csv::ByteRecord::new();
    // Behind a line end, or the library would drop a byte order mark that stands here.
    Ok(next(&mut csv_reader(b"\n".chain(line), dialect), &mut record, 0)? && record.len() < columns)
}

fn too_long(row: u64) -> ReadError {
    ReadError::broken(row, "", "a row is longer than 64 MiB; a quotation mark is probably not closed")
}

/// Reads until the buffer holds `wanted` bytes; true at the end of the file.
fn fill(source: &mut impl Read, buffer: &mut Vec<u8>, wanted: usize) -> Result<bool, ReadError> {
    let mut at = buffer.len();
    if at >= wanted {
        return Ok(false);
    }
    buffer.resize(wanted, 0);
    let is_ended = loop {
        if at == wanted {
            break false;
        }
        match source.read(&mut buffer[at..]) {
            Ok(0) => break true,
            Ok(count) => at += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    };
    buffer.truncate(at);
    Ok(is_ended)
}

/// Where the reader stands within a record; the same states as the CSV library has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    StartRecord,
    StartField,
    InField,
    Quoted,
    /// Behind a quotation mark within quotes: the end of the quotes, or half of a doubled mark.
    QuoteInQuotes,
}

/// Finds where records end, without taking them apart.
#[derive(Clone, Copy, Debug, Default)]
struct Cut {
    state: State,
    /// Bytes looked at.
    at: usize,
    /// Behind the last record that is complete.
    end: usize,
    /// Complete records.
    rows: u64,
    /// True where quotes, carriage returns or blank lines were met, so that rows need the careful reader.
    is_odd: bool,
}

impl Cut {
    fn scan(&mut self, buffer: &[u8], dialect: &Dialect, only_one: bool) {
        let has_quotes = dialect.style == Style::Quoted;
        let new = &buffer[self.at..];
        let is_between = !matches!(self.state, State::Quoted | State::QuoteInQuotes);
        let is_simple = is_between
            && !only_one
            && memchr::memchr(b'\r', new).is_none()
            && !(has_quotes && memchr::memchr(b'"', new).is_some())
            && memchr::memmem::find(new, b"\n\n").is_none()
            && !(self.state == State::StartRecord && new.first() == Some(&b'\n'));
        if is_simple {
            if let Some(last) = memchr::memrchr(b'\n', new) {
                self.end = self.at + last + 1;
                self.rows += u64::try_from(memchr::memchr_iter(b'\n', new).count()).unwrap_or(0);
            }
            self.at = buffer.len();
            match new.last() {
                None => {}
                Some(b'\n') => self.state = State::StartRecord,
                Some(last) if *last == dialect.delimiter => self.state = State::StartField,
                Some(_) => self.state = State::InField,
            }
            return;
        }
        self.is_odd = true;
        while self.at < buffer.len() {
            let byte = buffer[self.at];
            let is_end = matches!(byte, b'\n' | b'\r');
            self.at += 1;
            self.state = match self.state {
                State::StartRecord if is_end => {
                    self.end = self.at;
                    State::StartRecord
                }
                State::StartRecord | State::StartField if has_quotes && byte == b'"' => State::Quoted,
                State::Quoted if byte == b'"' => State::QuoteInQuotes,
                State::Quoted => {
                    self.at += memchr::memchr(b'"', &buffer[self.at..]).unwrap_or(buffer.len() - self.at);
                    State::Quoted
                }
                State::QuoteInQuotes if byte == b'"' => State::Quoted,
                _ if is_end => {
                    self.end = self.at;
                    self.rows += 1;
                    if only_one {
                        self.state = State::StartRecord;
                        return;
                    }
                    State::StartRecord
                }
                _ if byte == dialect.delimiter => State::StartField,
                _ => {
                    let rest = &buffer[self.at..];
                    self.at += memchr::memchr3(dialect.delimiter, b'\n', b'\r', rest).unwrap_or(rest.len());
                    State::InField
                }
            };
        }
    }
}

fn csv_reader<R: Read>(source: R, dialect: &Dialect) -> csv::Reader<R> {
    let mut builder = csv::ReaderBuilder::new();
    builder.delimiter(dialect.delimiter).flexible(true).has_headers(false).buffer_capacity(1 << 16);
    builder.quoting(dialect.style == Style::Quoted).from_reader(source)
}

/// Lines of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lines {
    bytes: Vec<u8>,
    columns: Names,
    dialect: Arc<Dialect>,
    /// Neither quotes nor carriage returns nor blank lines: fields are what stands between separators.
    is_plain: bool,
}

impl Lines {
    pub(super) fn each_row(&self, first: u64, receive: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ReadError> {
        receive(RowEvent::Names(&self.columns));
        match std::str::from_utf8(&self.bytes) {
            Ok(text) if self.is_plain => self.plain_rows(text, first, receive),
            _ => self.careful_rows(first, receive)?,
        }
        Ok(())
    }

    fn plain_rows(&self, text: &str, first: u64, receive: &mut dyn FnMut(RowEvent<'_>)) {
        let mut number = first;
        let mut values = Vec::with_capacity(self.columns.len());
        let mut start = 0;
        let ends = memchr::memchr2_iter(self.dialect.delimiter, b'\n', text.as_bytes());
        let last = (!text.ends_with('\n')).then_some(text.len());
        let mut count = 0;
        for end in ends.chain(last) {
            count += 1;
            if count <= self.columns.len() {
                values.push(value(&text[start..end], self.dialect.style));
            }
            start = end + 1;
            if end == text.len() || text.as_bytes()[end] == b'\n' {
                if count == self.columns.len() {
                    receive(RowEvent::Row { number, values: &values });
                } else {
                    receive(RowEvent::Reject { number, column: "", reason: miscounted(count, self.columns.len()) });
                }
                number += 1;
                count = 0;
                values.clear();
            }
        }
    }

    fn careful_rows(&self, first: u64, receive: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ReadError> {
        // The library drops a byte order mark at the start of its input, but only a file has one, not a piece of it.
        let before: &[u8] = if self.bytes.starts_with(b"\xef\xbb\xbf") { b"\n" } else { b"" };
        let mut reader = csv_reader(before.chain(self.bytes.as_slice()), &self.dialect);
        let mut record = csv::ByteRecord::new();
        let mut number = first;
        while next(&mut reader, &mut record, number)? {
            self.careful_row(&record, number, receive);
            number += 1;
        }
        Ok(())
    }

    fn careful_row(&self, record: &csv::ByteRecord, number: u64, receive: &mut dyn FnMut(RowEvent<'_>)) {
        if record.len() != self.columns.len() {
            let reason = miscounted(record.len(), self.columns.len());
            return receive(RowEvent::Reject { number, column: "", reason });
        }
        let mut values = Vec::with_capacity(record.len());
        for (name, field) in self.columns.iter().zip(record) {
            let Ok(text) = std::str::from_utf8(field) else {
                return receive(RowEvent::Reject { number, column: name, reason: "not UTF-8 text".to_owned() });
            };
            values.push(value(text, self.dialect.style));
        }
        receive(RowEvent::Row { number, values: &values });
    }
}

fn miscounted(fields: usize, columns: usize) -> String {
    format!("{fields} fields, but the table has {columns} columns")
}

fn value(text: &str, style: Style) -> Option<Cow<'_, str>> {
    match (style, text) {
        (_, "\\N" | "NULL") | (Style::Quoted, "") => None,
        (Style::Plain, text) if text.contains('\\') => Some(Cow::Owned(unescape(text))),
        (_, text) => Some(Cow::Borrowed(text)),
    }
}

fn next(reader: &mut csv::Reader<impl Read>, record: &mut csv::ByteRecord, row: u64) -> Result<bool, ReadError> {
    reader.read_byte_record(record).map_err(|error| match error.into_kind() {
        csv::ErrorKind::Io(error) => ReadError::Io(error),
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

/// Largest field of a file with escapes.
const MAX_FIELD: usize = 64 << 20;

/// `SELECT ... INTO OUTFILE`: NULL is `\N` without quotes, so quotes must be seen, which the csv crate hides.
fn read_escaped(source: impl Read, dialect: &Dialect, receive: Receive<'_>) -> Result<(), ReadError> {
    let mut bytes = std::io::BufReader::with_capacity(1 << 18, source).bytes();
    let mut gather = Gather::new(receive);
    let mut columns = dialect.columns.clone();
    let mut number = 0u64;
    loop {
        let Some(fields) = escaped_record(&mut bytes, dialect.delimiter, number + 1)? else { return gather.flush() };
        let Some(columns) = &columns else {
            let record = csv::ByteRecord::from(fields.into_iter().map(Option::unwrap_or_default).collect::<Vec<_>>());
            columns = Some(header(&record)?);
            continue;
        };
        number += 1;
        if fields.len() != columns.len() {
            gather.reject(number, "", miscounted(fields.len(), columns.len()))?;
            continue;
        }
        let mut row = RawRow { table: String::new(), number, fields: Vec::with_capacity(columns.len()) };
        let mut broken = None;
        for (name, field) in columns.iter().zip(fields) {
            match field.map(String::from_utf8).transpose() {
                Ok(value) => row.fields.push((name.clone(), value)),
                Err(_) => broken = Some(name),
            }
        }
        match broken {
            Some(column) => gather.reject(number, column, "not UTF-8 text".to_owned())?,
            None => gather.row(row)?,
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
        let Some(byte) = bytes.next().transpose()? else {
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
        if fields.len() > MAX_FIELDS {
            return Err(ReadError::broken(row, "", "the row goes on without an end; the file is damaged or no table"));
        }
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
    use super::super::tests::expand;
    use super::*;

    const COLUMNS: [&str; 3] = ["id", "name", "data"];

    type Rows = Vec<Result<RawRow, (u64, String, String)>>;

    fn all(text: &[u8]) -> Result<Rows, ReadError> {
        let mut items = Vec::new();
        read(text, &Dialect::detect(text, &COLUMNS), &mut |item| {
            items.push(item);
            true
        })?;
        let mut rows = Vec::new();
        for item in &items {
            rows.extend(expand(item)?);
        }
        Ok(rows)
    }

    fn values(row: &Result<RawRow, (u64, String, String)>) -> Vec<Option<&str>> {
        match row {
            Ok(row) => row.fields.iter().map(|(_, value)| value.as_deref()).collect(),
            Err(other) => panic!("a row was expected, not {other:?}"),
        }
    }

    #[test]
    fn three_ways_to_write_the_same_row() {
        let quoted = b"id,name,data\n1,,\"{\"\"a\"\": \"\"b,\nc\"\"}\"\n";
        let escaped = b"1,\\N,\"{\\\"a\\\": \\\"b,\nc\\\"}\"\n";
        let plain = b"id\tname\tdata\n1\tNULL\t{\"a\": \"b,\\nc\"}\n";
        for text in [&quoted[..], &escaped[..], &plain[..]] {
            let rows = all(text).expect("readable");
            assert_eq!(
                values(&rows[0]),
                [Some("1"), None, Some("{\"a\": \"b,\nc\"}")],
                "{}",
                String::from_utf8_lossy(text)
            );
        }
    }

    #[test]
    fn a_quoted_word_null_is_a_word() {
        let rows = all(b"1,\"NULL\",\\N\n2,\"\\\\N\",\"\"\n").expect("readable");
        assert_eq!(values(&rows[0]), [Some("1"), Some("NULL"), None]);
        assert_eq!(values(&rows[1]), [Some("2"), Some("\\N"), Some("")]);
    }

    #[test]
    fn a_column_named_twice_is_refused_by_name() {
        let error = all(b"id,name,id\n1,2,3\n").expect_err("duplicate");
        assert!(error.to_string().contains("column id"), "{error}");
    }

    #[test]
    fn a_short_row_and_foreign_bytes_are_rejected_with_their_place() {
        let rows = all(b"id,name,data\n1,2\n1,\xff,3\n4,5,6\n").expect("readable");
        assert!(matches!(&rows[0], Err((1, ..))));
        assert!(matches!(&rows[1], Err((2, column, _)) if column == "name"));
        assert_eq!(values(&rows[2])[0], Some("4"));
    }

    #[test]
    fn a_text_that_ends_inside_quotes_is_truncated() {
        let error = all(b"id,name,data\n1,2,3\n4,\"5,6\n").expect_err("truncated");
        assert!(error.to_string().starts_with("row 2") && error.to_string().contains("truncated"), "{error}");
    }

    #[test]
    fn a_last_row_with_too_few_fields_and_no_end_is_truncated() {
        let error = all(b"id,name,data\n1,2,3\n4,5").expect_err("truncated");
        assert!(error.to_string().starts_with("row 2") && error.to_string().contains("truncated"), "{error}");
        assert_eq!(all(b"id,name,data\n1,2,3\n4,5\n").expect("readable").len(), 2, "a short row is no end of the file");
        assert_eq!(all(b"id,name,data\n1,2,3").expect("readable").len(), 1);
    }

    /// Whatever the text, pieces of every size hold the rows that the library reads from the whole.
    #[test]
    fn pieces_hold_what_the_library_reads_from_the_whole() {
        let parts = ["a", "b,", "\"", "\"\"", "\n", "\r\n", "\r", ",", "x\"y", "\n\n", "1,2,3\n", "\u{feff}"];
        let mut seed = 7u64;
        for round in 0..3000 {
            let mut text = String::from("id,name,data\n");
            for _ in 0..12 {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                text.push_str(parts[usize::try_from(seed >> 33).expect("small") % parts.len()]);
            }
            let dialect = Dialect { delimiter: b',', style: Style::Quoted, columns: None };
            let whole: Vec<Vec<Vec<u8>>> = csv_reader(text.as_bytes(), &dialect)
                .byte_records()
                .skip(1)
                .map(|record| record.expect("memory").iter().map(<[u8]>::to_vec).collect())
                .collect();
            let mut cut = Cut::default();
            let body = &text.as_bytes()[13..];
            let mut counted = 0;
            for until in (0..=body.len()).step_by(1 + round % 5).chain([body.len()]) {
                cut.scan(&body[..until], &dialect, false);
                counted = cut.rows;
            }
            let records = counted + u64::from(cut.state != State::StartRecord);
            assert_eq!(usize::try_from(records), Ok(whole.len()), "{text:?}");
            let is_cut_off = cut.state != State::StartRecord && whole.last().is_some_and(|last| last.len() < 3);
            if cut.state == State::Quoted || is_cut_off {
                assert!(all(text.as_bytes()).expect_err("truncated").to_string().contains("truncated"), "{text:?}");
                continue;
            }
            let mut rows = Vec::new();
            read_lines(text.as_bytes(), &dialect, 1 + round % 40, &mut |item| {
                rows.extend(expand(&item).expect("readable"));
                true
            })
            .expect("readable");
            assert_eq!(rows.len(), whole.len(), "{text:?}");
            for (row, record) in rows.iter().zip(&whole) {
                let Ok(row) = row else {
                    assert_ne!(record.len(), 3, "{text:?}");
                    continue;
                };
                for ((_, value), field) in row.fields.iter().zip(record) {
                    assert_eq!(value.as_deref().unwrap_or("").as_bytes(), field, "{text:?}");
                }
            }
        }
    }

    #[test]
    fn a_row_without_an_end_is_refused_by_its_number() {
        let head = b"id,name,data\n1,2,3\n";
        for (style, delimiter) in [(Style::Quoted, b','), (Style::Escaped, b','), (Style::Plain, b'\t')] {
            let head: Vec<u8> = head.iter().map(|byte| if *byte == b',' { delimiter } else { *byte }).collect();
            let endless = std::io::repeat(delimiter).take(200 << 20);
            let dialect = Dialect { delimiter, style, columns: None };
            let error = read(head.chain(endless), &dialect, &mut |_| true).expect_err("refused").to_string();
            assert!(error.starts_with("row 2: "), "{style:?}: {error}");
        }
    }

    #[test]
    fn a_header_behind_a_blank_line_is_found_and_one_in_open_quotes_refused() {
        let dialect = Dialect { delimiter: b',', style: Style::Quoted, columns: None };
        let read_all = |text: &str| read(text.as_bytes(), &dialect, &mut |_| true);
        assert!(read_all("\nid").is_ok() && read_all("\n\r\nid,name\n1,2\n").is_ok());
        assert!(read_all("\"id").expect_err("refused").to_string().contains("truncated"));
    }
}
