//! Rows out of JSON: an array of objects, one object a line, an object of arrays by table name, or a list of table
//! objects as phpMyAdmin writes it. Streaming: one row is held at a time, however long the file.

use std::borrow::Cow;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::{Content, Item, PIECE_BYTES, RawPiece, ReadError, Receive, RowEvent, hand_over};

/// Largest row that is taken into memory.
const MAX_ROW: usize = 64 << 20;
/// Largest document that is taken into memory.
const MAX_DOCUMENT: usize = 256 << 20;
/// Bytes asked of the medium at a time.
const CHUNK: usize = 1 << 20;

/// What a top-level object is.
#[derive(Clone, Copy)]
pub enum Layout<'a> {
    /// Tables by name where its first member is one of these; otherwise a document.
    Tables(&'a dyn Fn(&str) -> bool),
    /// Every top-level object is a row.
    Rows,
    /// An envelope: the rows stand in this member. Its other members come as a document behind the rows.
    RowsIn(&'a str),
}

/// Reads all rows or the one document of a JSON file.
///
/// # Errors
/// [`ReadError::Broken`] with the row where the text ends early or is no JSON.
pub fn read(source: impl Read, layout: Layout<'_>, receive: Receive<'_>) -> Result<(), ReadError> {
    let mut scanner = Scanner::new(source);
    match scanner.peek()? {
        None => Err(ReadError::broken(0, "", "the file is empty")),
        Some(b'[') => {
            scanner.advance();
            rows_of_array(&mut scanner, "", receive)?;
            expect_end(&mut scanner)
        }
        Some(b'{') => {
            let is_keyed = match layout {
                Layout::RowsIn(_) => true,
                Layout::Rows => false,
                Layout::Tables(is_table) => scanner.first_key()?.is_some_and(|name| is_table(&name)),
            };
            if is_keyed {
                return keyed_tables(&mut scanner, layout, receive);
            }
            if matches!(layout, Layout::Tables(_)) {
                scanner.most = MAX_DOCUMENT;
            }
            let mut first = Vec::new();
            scanner.value(1, &mut first)?;
            scanner.most = MAX_ROW;
            if matches!(layout, Layout::Rows) || scanner.peek()? == Some(b'{') {
                return lines(&mut scanner, &first, receive);
            }
            expect_end(&mut scanner)?;
            receive_document(&first, receive)
        }
        Some(_) => Err(ReadError::broken(0, "", "the text is no JSON: it starts with neither [ nor {")),
    }
}

/// Reads one object a line. Blank lines are passed over.
fn lines(scanner: &mut Scanner<impl Read>, first: &[u8], receive: Receive<'_>) -> Result<(), ReadError> {
    let mut gather = Gather::new("", receive);
    gather.bytes.extend_from_slice(first);
    gather.end_of_value(1)?;
    let mut number = 1;
    while scanner.peek()?.is_some() {
        number += 1;
        scanner.value(number, &mut gather.bytes)?;
        gather.end_of_value(number)?;
    }
    gather.flush()
}

/// Collects values of one table into pieces.
struct Gather<'a, 'b> {
    table: &'b str,
    receive: Receive<'a>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
    first: u64,
}

impl<'a, 'b> Gather<'a, 'b> {
    fn new(table: &'b str, receive: Receive<'a>) -> Self {
        Self { table, receive, bytes: Vec::new(), ends: Vec::new(), first: 1 }
    }

    /// The value just appended to `bytes` is row `number`.
    fn end_of_value(&mut self, number: u64) -> Result<(), ReadError> {
        if self.ends.is_empty() {
            self.first = number;
        }
        self.ends.push(self.bytes.len());
        if self.bytes.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    /// Takes back what was appended to `bytes` since the last row.
    fn drop_value(&mut self) -> Result<(), ReadError> {
        self.bytes.truncate(self.ends.last().copied().unwrap_or(0));
        self.flush()
    }

    fn flush(&mut self) -> Result<(), ReadError> {
        if self.ends.is_empty() {
            return Ok(());
        }
        let rows = u64::try_from(self.ends.len()).unwrap_or(u64::MAX);
        let bytes = std::mem::replace(&mut self.bytes, Vec::with_capacity(PIECE_BYTES + (PIECE_BYTES >> 4)));
        let objects = Objects { bytes, ends: std::mem::take(&mut self.ends) };
        let content = Content::Objects(objects);
        let piece = RawPiece { table: self.table.to_owned(), first_row: self.first, rows, content };
        hand_over(self.receive, Item::Piece(piece))
    }
}

fn receive_document(bytes: &[u8], receive: Receive<'_>) -> Result<(), ReadError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| ReadError::broken(1, "", format!("not UTF-8 text at byte {}", error.valid_up_to())))?;
    // The strict parser has the last word on what is JSON.
    serde_json::from_str::<&RawValue>(text).map_err(|error| ReadError::broken(1, "", error.to_string()))?;
    hand_over(receive, Item::Document(text.to_owned()))
}

fn expect_end(scanner: &mut Scanner<impl Read>) -> Result<(), ReadError> {
    match scanner.peek()? {
        None => Ok(()),
        Some(_) => Err(ReadError::broken(0, "", "there is more text behind the end of the JSON document")),
    }
}

/// Reads the elements of an array whose `[` is behind us, up to and including its `]`.
fn rows_of_array(scanner: &mut Scanner<impl Read>, table: &str, receive: Receive<'_>) -> Result<(), ReadError> {
    let mut number = 0u64;
    if scanner.peek()? == Some(b']') {
        scanner.advance();
        return Ok(());
    }
    let mut gather = Gather::new(table, receive);
    loop {
        number += 1;
        if table.is_empty() && scanner.is_table_object()? {
            gather.flush()?;
            table_object(scanner, gather.receive)?;
        } else {
            let start = gather.bytes.len();
            scanner.value(number, &mut gather.bytes)?;
            if table.is_empty() && is_php_my_admin_preamble(&gather.bytes[start..]) {
                gather.drop_value()?;
            } else {
                gather.end_of_value(number)?;
            }
        }
        match scanner.peek()? {
            Some(b',') => scanner.advance(),
            Some(b']') => {
                scanner.advance();
                return gather.flush();
            }
            Some(_) => return Err(ReadError::broken(number, "", "a comma or the end of the list was expected")),
            None => {
                return Err(ReadError::broken(number, "", "the file ends in the middle of the list; it is truncated"));
            }
        }
    }
}

fn is_php_my_admin_preamble(value: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Preamble {
        r#type: String,
    }
    value.len() < 4096
        && value.windows(6).take(64).any(|window| window == b"\"type\"")
        && serde_json::from_slice::<Preamble>(value).is_ok_and(|it| it.r#type == "header" || it.r#type == "database")
}

/// `{"type":"table","name":"votes",...,"data":[rows]}`
fn table_object(scanner: &mut Scanner<impl Read>, receive: Receive<'_>) -> Result<(), ReadError> {
    scanner.advance();
    let mut name = String::new();
    let mut is_first = true;
    while let Some(key) = next_member(scanner, &mut is_first)? {
        if key == "data" && scanner.peek()? == Some(b'[') {
            scanner.advance();
            rows_of_array(scanner, &name, receive)?;
        } else {
            let value = strict_value(scanner)?;
            if key == "name" {
                name = serde_json::from_slice(&value).unwrap_or_default();
            }
        }
    }
    Ok(())
}

/// The name of the next member of an object whose `{` is behind us; `None` behind its `}`. Commas stand between members
/// and nowhere else.
fn next_member(scanner: &mut Scanner<impl Read>, is_first: &mut bool) -> Result<Option<String>, ReadError> {
    let next = scanner.peek()?;
    if next == Some(b'}') {
        scanner.advance();
        return Ok(None);
    }
    if !std::mem::replace(is_first, false) {
        if next != Some(b',') {
            return Err(unexpected(next, "a comma or the end of the object was expected"));
        }
        scanner.advance();
    }
    match scanner.peek()? {
        Some(b'"') => scanner.key().map(Some),
        other => Err(unexpected(other, "a member name was expected")),
    }
}

fn unexpected(next: Option<u8>, expected: &str) -> ReadError {
    ReadError::broken(0, "", if next.is_some() { expected } else { "the file ends inside an object; it is truncated" })
}

/// A value that is passed over must be JSON all the same: the strict parser has the last word.
fn strict_value(scanner: &mut Scanner<impl Read>) -> Result<Vec<u8>, ReadError> {
    let mut value = Vec::new();
    scanner.value(0, &mut value)?;
    match serde_json::from_slice::<&RawValue>(&value) {
        Ok(_) => Ok(value),
        Err(error) => Err(ReadError::broken(0, "", error.to_string())),
    }
}

/// `{"votes": [rows], "elections": [rows]}`
fn keyed_tables(scanner: &mut Scanner<impl Read>, layout: Layout<'_>, receive: Receive<'_>) -> Result<(), ReadError> {
    scanner.advance();
    let mut is_first = true;
    let mut envelope = Vec::new();
    while let Some(key) = next_member(scanner, &mut is_first)? {
        let table = match layout {
            Layout::Tables(is_table) => is_table(&key).then_some(key.as_str()),
            Layout::RowsIn(member) => (key == member).then_some(""),
            Layout::Rows => None,
        };
        if let Some(table) = table
            && scanner.peek()? == Some(b'[')
        {
            scanner.advance();
            if !table.is_empty() {
                hand_over(receive, Item::Table(table.to_owned()))?;
            }
            rows_of_array(scanner, table, receive)?;
        } else {
            let value = strict_value(scanner)?;
            if matches!(layout, Layout::RowsIn(_)) {
                envelope.push(if envelope.is_empty() { b'{' } else { b',' });
                envelope.extend(serde_json::to_vec(&key).unwrap_or_default());
                envelope.push(b':');
                envelope.extend(value);
                if envelope.len() > MAX_DOCUMENT {
                    return Err(ReadError::broken(0, &key, "the document around the rows is too large"));
                }
            }
        }
    }
    expect_end(scanner)?;
    if matches!(layout, Layout::RowsIn(_)) {
        if envelope.is_empty() {
            envelope.push(b'{');
        }
        envelope.push(b'}');
        receive_document(&envelope, receive)?;
    }
    Ok(())
}

/// Objects of a piece, one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Objects {
    bytes: Vec<u8>,
    /// Where each one ends.
    ends: Vec<usize>,
}

impl Objects {
    pub(super) fn each_row(&self, first: u64, receive: &mut dyn FnMut(RowEvent<'_>)) -> Result<(), ReadError> {
        let mut names: Vec<String> = Vec::new();
        let mut start = 0;
        for (number, end) in (first..).zip(&self.ends) {
            let bytes = &self.bytes[start..*end];
            start = *end;
            let reject = |reason: String| RowEvent::Reject { number, column: "", reason };
            let text = match std::str::from_utf8(bytes) {
                Ok(text) => text,
                Err(error) => {
                    receive(reject(format!("not UTF-8 text at byte {} of the row", error.valid_up_to())));
                    continue;
                }
            };
            match serde_json::from_str::<Members<'_>>(text) {
                Ok(Members(fields)) => {
                    let is_known = fields.len() == names.len()
                        && !names.is_empty()
                        && fields.iter().zip(&names).all(|((name, _), known)| name == known);
                    if !is_known {
                        if let Some(name) = repeated(&fields) {
                            receive(reject(format!("the field {name} stands twice in the row")));
                            continue;
                        }
                        names = fields.iter().map(|(name, _)| name.clone().into_owned()).collect();
                        receive(RowEvent::Names(&names));
                    }
                    let values: Vec<_> = fields.into_iter().map(|(_, value)| value).collect();
                    receive(RowEvent::Row { number, values: &values });
                }
                // A row that is no JSON breaks the file; JSON that is no row costs this row alone.
                Err(error) if serde_json::from_str::<&RawValue>(text).is_err() => {
                    return Err(ReadError::broken(number, "", error.to_string()));
                }
                Err(error) => receive(reject(error.to_string())),
            }
        }
        Ok(())
    }
}

/// Members of a JSON object with their values as text: texts decoded, everything else as written, null as `None`.
///
/// # Errors
/// The reason, where the text is no object or names a member twice.
pub fn members(text: &str) -> Result<Vec<(String, Option<String>)>, String> {
    let Members(fields) = serde_json::from_str(text).map_err(|error| error.to_string())?;
    if let Some(name) = repeated(&fields) {
        return Err(format!("the field {name} stands twice"));
    }
    Ok(fields.into_iter().map(|(name, value)| (name.into_owned(), value.map(Cow::into_owned))).collect())
}

fn repeated(fields: &[Field<'_>]) -> Option<String> {
    let mut seen = std::collections::HashSet::with_capacity(fields.len());
    fields.iter().find(|(name, _)| !seen.insert(name.as_ref())).map(|(name, _)| name.clone().into_owned())
}

type Field<'a> = (Cow<'a, str>, Option<Cow<'a, str>>);

/// Members of an object with their values as text.
struct Members<'a>(Vec<Field<'a>>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a row as a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut fields = Vec::with_capacity(26);
                while let Some(name) = map.next_key_seed(Text)? {
                    let raw: &RawValue = map.next_value()?;
                    let text = raw.get();
                    let value = match text.as_bytes() {
                        [b'n', ..] => None,
                        [b'"', inner @ .., b'"'] if memchr::memchr(b'\\', inner).is_none() => {
                            Some(Cow::Borrowed(&text[1..text.len() - 1]))
                        }
                        [b'"', ..] => {
                            Some(Cow::Owned(serde_json::from_str::<String>(text).map_err(serde::de::Error::custom)?))
                        }
                        _ => Some(Cow::Borrowed(text)),
                    };
                    fields.push((name, value));
                }
                Ok(Members(fields))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

/// A text, borrowed where it holds no escapes.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a name")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// Cuts JSON text into values without building them: strings and brackets are all it understands.
struct Scanner<R> {
    source: R,
    buffer: Vec<u8>,
    at: usize,
    is_ended: bool,
    /// Largest value that is taken.
    most: usize,
}

impl<R: Read> Scanner<R> {
    fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), at: 0, is_ended: false, most: MAX_ROW }
    }

    /// Reads more; false at the end of the file. What lies before `keep_from` is dropped, and `at` moves along.
    fn fill(&mut self, keep_from: usize) -> Result<bool, ReadError> {
        if self.is_ended {
            return Ok(false);
        }
        self.buffer.drain(..keep_from);
        self.at -= keep_from;
        let old = self.buffer.len();
        self.buffer.resize(old + CHUNK, 0);
        let count = loop {
            match self.source.read(&mut self.buffer[old..]) {
                Ok(count) => break count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        };
        self.buffer.truncate(old + count);
        self.is_ended = count == 0;
        Ok(count > 0)
    }

    /// The next byte that is no white space, without taking it.
    fn peek(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            while let Some(byte) = self.buffer.get(self.at) {
                if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                    return Ok(Some(*byte));
                }
                self.at += 1;
            }
            if !self.fill(self.at)? {
                return Ok(None);
            }
        }
    }

    fn advance(&mut self) {
        self.at += 1;
    }

    /// The first member name of the object that begins here, without taking anything.
    fn first_key(&mut self) -> Result<Option<String>, ReadError> {
        while self.buffer.len() - self.at < 4096 && self.fill(self.at)? {}
        let rest = &self.buffer[self.at..];
        let Some(open) = rest.iter().position(|byte| *byte == b'"') else { return Ok(None) };
        let Some(close) = rest[open + 1..].iter().position(|byte| *byte == b'"') else { return Ok(None) };
        Ok(String::from_utf8(rest[open + 1..open + 1 + close].to_vec()).ok())
    }

    /// True where the object that begins here is a table of a phpMyAdmin export.
    fn is_table_object(&mut self) -> Result<bool, ReadError> {
        if self.peek()? != Some(b'{') || self.first_key()?.as_deref() != Some("type") {
            return Ok(false);
        }
        let rest = &self.buffer[self.at..(self.at + 200).min(self.buffer.len())];
        let text: Vec<u8> = rest.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
        Ok(text.starts_with(br#"{"type":"table","#))
    }

    /// A member name and its colon.
    fn key(&mut self) -> Result<String, ReadError> {
        let mut raw = Vec::new();
        self.value(0, &mut raw)?;
        if self.peek()? != Some(b':') {
            return Err(ReadError::broken(0, "", "a colon was expected behind a member name"));
        }
        self.advance();
        serde_json::from_slice(&raw).map_err(|error| ReadError::broken(0, "", error.to_string()))
    }

    /// Appends the bytes of the next value to `out`.
    fn value(&mut self, row: u64, out: &mut Vec<u8>) -> Result<(), ReadError> {
        let truncated = || ReadError::broken(row, "", "the file ends in the middle of this row; it is truncated");
        if self.peek()?.is_none() {
            return Err(truncated());
        }
        let before = out.len();
        let (mut depth, mut in_string) = (0usize, false);
        loop {
            let bytes = &self.buffer[self.at..];
            let (taken, is_ended) = Self::step_over(bytes, &mut depth, &mut in_string);
            out.extend_from_slice(&bytes[..taken]);
            self.at += taken;
            if is_ended {
                break;
            }
            if out.len() - before > self.most {
                let reason = format!("a single value is larger than {} MiB", self.most >> 20);
                return Err(ReadError::broken(row, "", reason));
            }
            if !self.fill(self.at)? {
                // A bare word or number may end with the file.
                if depth == 0 && !in_string && out.len() > before {
                    break;
                }
                return Err(truncated());
            }
        }
        if out.len() == before {
            return Err(ReadError::broken(row, "", "a value was expected"));
        }
        Ok(())
    }

    /// Goes over bytes of a value; answers how many belong to it, and whether it ended there. A backslash at the very end
    /// is left for the next call, which then sees what it escapes.
    fn step_over(bytes: &[u8], depth: &mut usize, in_string: &mut bool) -> (usize, bool) {
        let mut at = 0;
        while at < bytes.len() {
            if *in_string {
                match memchr::memchr2(b'"', b'\\', &bytes[at..]) {
                    None => return (bytes.len(), false),
                    Some(found) if bytes[at + found] == b'"' => {
                        at += found + 1;
                        *in_string = false;
                        if *depth == 0 {
                            return (at, true);
                        }
                    }
                    Some(found) if at + found + 1 < bytes.len() => at += found + 2,
                    Some(found) => return (at + found, false),
                }
                continue;
            }
            match bytes[at] {
                b'"' => *in_string = true,
                b'{' | b'[' => *depth += 1,
                b'}' | b']' if *depth == 0 => return (at, true),
                b'}' | b']' => {
                    *depth -= 1;
                    if *depth == 0 {
                        return (at + 1, true);
                    }
                }
                b',' | b':' if *depth == 0 => return (at, true),
                byte if *depth == 0 && byte.is_ascii_whitespace() => return (at, true),
                _ => {}
            }
            at += 1;
        }
        (at, false)
    }
}

#[cfg(test)]
mod tests {
    use super::super::RawRow;
    use super::super::tests::expand;
    use super::*;

    /// Hands out one byte at a time, so that every chunk edge is met.
    struct Dripping<'a>(&'a [u8]);

    impl Read for Dripping<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            match self.0.split_first() {
                Some((first, rest)) if !buffer.is_empty() => {
                    buffer[0] = *first;
                    self.0 = rest;
                    Ok(1)
                }
                _ => Ok(0),
            }
        }
    }

    type Row = Result<RawRow, (u64, String, String)>;

    fn all(text: &str) -> Result<Vec<Row>, ReadError> {
        let mut items = Vec::new();
        let is_table = |name: &str| name == "votes" || name == "elections";
        read(Dripping(text.as_bytes()), Layout::Tables(&is_table), &mut |item| {
            items.push(item);
            true
        })?;
        let mut rows = Vec::new();
        for item in &items {
            rows.extend(expand(item)?);
        }
        Ok(rows)
    }

    fn row(table: &str, number: u64, fields: &[(&str, Option<&str>)]) -> Row {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
        Ok(RawRow { table: table.to_owned(), number, fields })
    }

    #[test]
    fn the_same_row_in_every_container() {
        let object = r#"{"id": "a\"[", "n": 12345678901234567890, "x": null, "j": {"k": [1.0, "}"]}}"#;
        let expect = |table| {
            row(
                table,
                1,
                &[
                    ("id", Some("a\"[")),
                    ("n", Some("12345678901234567890")),
                    ("x", None),
                    ("j", Some(r#"{"k": [1.0, "}"]}"#)),
                ],
            )
        };
        assert_eq!(all(&format!("[{object}]")).expect("array"), [expect("")]);
        assert_eq!(all(&format!("{{\"votes\": [{object}], \"note\": 1}}")).expect("keyed"), [expect("votes")]);
        let php = format!(
            r#"[{{"type":"header","version":"5"}}, {{"type":"table","name":"votes","database":"d","data":[{object}]}}]"#
        );
        assert_eq!(all(&php).expect("phpMyAdmin"), [expect("votes")]);
        let lines = all(&format!("{object}\n\n{object}\n")).expect("lines");
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0], expect(""));
    }

    #[test]
    fn a_single_line_is_a_row_where_rows_are_expected() {
        let mut rows = Vec::new();
        let text = "{\"id\": \"a\"}\n";
        read(text.as_bytes(), Layout::Rows, &mut |item| {
            rows.extend(expand(&item).expect("readable"));
            true
        })
        .expect("one line");
        assert_eq!(rows, [row("", 1, &[("id", Some("a"))])]);
    }

    #[test]
    fn truncated_text_names_the_row() {
        for text in ["[{\"id\": 1}, {\"id\"", "[{\"id\": 1}", "[{\"id\": 1},", "{\"a\": 1}\n{\"a\": "] {
            let error = all(text).expect_err("truncated");
            assert!(matches!(error, ReadError::Broken { .. }), "{text}: {error}");
        }
        let error = all("[{\"id\": 1}, {\"id\"").expect_err("truncated");
        assert!(error.to_string().starts_with("row 2"), "{error}");
    }

    #[test]
    fn what_the_strict_parser_refuses_is_refused() {
        for text in [
            "[{\"id\": 01}]",
            "[{\"id\": tru}]",
            "[{'id': 1}]",
            "{\"a\": 1} x",
            "[{\"id\": 1}] 2",
            "[1 2]",
            "{\"votes\": [],}",
            "{,\"votes\": []}",
            "{\"votes\": [],, \"elections\": []}",
            "{\"votes\": [] \"elections\": []}",
            "{\"votes\": [], \"note\": tru}",
            "[{\"type\": \"table\", \"name\": \"votes\" \"data\": []}]",
            "[5\"x\"]",
            "{\"a\": 1}\n{\"b\": 2}\n5x",
            "{\"election_\"",
            "{\"a\": \"b\" is_test\"\u{0}",
            "[\u{c}{\"id\": 1}]",
        ] {
            assert!(all(text).is_err(), "{text}");
        }
        // JSON all the same, though no row.
        let rows = all("[{\"\\ud800\": 1}, {\"id\": 2}]").expect("readable");
        assert!(matches!(&rows[0], Err((1, ..))), "{rows:?}");
    }

    #[test]
    fn a_repeated_field_rejects_the_row_only() {
        let items = all(r#"[{"id": 1, "id": 2}, {"id": 3}]"#).expect("readable");
        assert!(matches!(&items[0], Err((1, _, reason)) if reason.contains("twice")), "{items:?}");
        assert_eq!(items[1], row("", 2, &[("id", Some("3"))]));
    }

    #[test]
    fn a_row_beyond_all_measure_is_refused_and_a_wide_one_read() {
        let spaces = std::io::repeat(b' ').take(70 << 20);
        let outcome = read(b"[{\"id\":".chain(spaces), Layout::Rows, &mut |_| true);
        assert!(outcome.expect_err("refused").to_string().contains("row 1: a single value is larger than 64 MiB"));

        let wide: Vec<String> = (0..50_000).map(|number| format!("\"c{number}\": {number}")).collect();
        let wide = wide.join(",");
        let mut items = Vec::new();
        read(format!("[{{{wide}}}, {{{wide}, \"c49000\": 1}}]").as_bytes(), Layout::Rows, &mut |item| {
            items.push(item);
            true
        })
        .expect("read");
        let rows: Vec<_> = items.iter().flat_map(|item| expand(item).expect("read")).collect();
        assert!(matches!(&rows[0], Ok(row) if row.fields.len() == 50_000));
        assert!(matches!(&rows[1], Err((2, _, reason)) if reason.contains("c49000")));
    }
}
