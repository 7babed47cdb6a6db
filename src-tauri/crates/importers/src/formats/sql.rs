//! Rows out of an SQL dump: the `INSERT` statements of mysqldump, mariadb-dump, phpMyAdmin and pg_dump, and the `COPY`
//! blocks of pg_dump. Column names come from the statement itself or from the `CREATE TABLE` before it. Everything else in
//! the dump is passed over.

use std::collections::HashMap;
use std::io::{BufReader, Read};

use super::{Gather, RawRow, ReadError, Receive};

/// Longest identifier or value that is taken into memory.
const MAX_TOKEN: usize = 64 << 20;

/// Reads the rows of all tables for which `is_table` is true.
///
/// # Errors
/// [`ReadError::Broken`] with the row where a statement ends early.
pub fn read(source: impl Read, is_table: &dyn Fn(&str) -> bool, receive: Receive<'_>) -> Result<(), ReadError> {
    let bytes = BufReader::with_capacity(1 << 20, source).bytes();
    let mut reader = Statements { bytes, ahead: Vec::new(), row: 0, has_plain_backslashes: false };
    let mut gather = Gather::new(receive);
    let mut columns_of: HashMap<String, Vec<String>> = HashMap::new();
    let mut rows_of: HashMap<String, u64> = HashMap::new();
    loop {
        let Some(word) = reader.word()? else { return gather.flush() };
        match word.to_ascii_uppercase().as_str() {
            "CREATE" => {
                if let Some((table, columns)) = reader.create_table()? {
                    columns_of.insert(table, columns);
                }
            }
            "INSERT" | "REPLACE" => {
                let table = reader.insert_target()?;
                let mut columns = reader.column_list()?;
                if columns.is_empty() {
                    columns = columns_of.get(&table).cloned().unwrap_or_default();
                }
                let is_wanted = is_table(&table);
                let number = rows_of.entry(table.clone()).or_default();
                loop {
                    let values = reader.tuple()?;
                    *number += 1;
                    reader.row = *number;
                    if is_wanted && values.len() == columns.len() {
                        let fields = columns.iter().cloned().zip(values).collect();
                        gather.row(RawRow { table: table.clone(), number: *number, fields })?;
                    } else if is_wanted {
                        let reason = format!("{} values, but {} columns are named", values.len(), columns.len());
                        gather.reject(*number, "", reason)?;
                    }
                    match reader.skip_space()? {
                        Some(b',') => {
                            reader.take()?;
                        }
                        None => return Err(reader.truncated()),
                        _ => break,
                    }
                }
                reader.skip_statement()?;
            }
            "COPY" => {
                let table = reader.name()?;
                let mut columns = reader.names_in_brackets()?;
                if columns.is_empty() {
                    columns = columns_of.get(&table).cloned().unwrap_or_default();
                }
                reader.skip_statement()?;
                reader.skip_line()?;
                let is_wanted = is_table(&table);
                if is_wanted {
                    gather.table(&table)?;
                }
                let number = rows_of.entry(table.clone()).or_default();
                while let Some(line) = reader.copy_line()? {
                    *number += 1;
                    reader.row = *number;
                    if !is_wanted {
                        continue;
                    }
                    let values = copy_values(&line).map_err(|()| ReadError::broken(*number, "", "not UTF-8 text"))?;
                    if values.len() == columns.len() {
                        let fields = columns.iter().cloned().zip(values).collect();
                        gather.row(RawRow { table: table.clone(), number: *number, fields })?;
                    } else {
                        let reason = format!("{} values, but {} columns are named", values.len(), columns.len());
                        gather.reject(*number, "", reason)?;
                    }
                }
            }
            // PostgreSQL says so itself where a backslash in a text is only a backslash.
            "SET" => {
                let name = reader.word()?.unwrap_or_default();
                if name == "standard_conforming_strings" {
                    reader.has_plain_backslashes = reader.statement_text()?.contains("on");
                } else {
                    reader.skip_statement()?;
                }
            }
            _ => reader.skip_statement()?,
        }
    }
}

/// The fields of a line of a `COPY` block: tabs between them, `\N` is NULL, a backslash escapes.
fn copy_values(line: &[u8]) -> Result<Vec<Option<String>>, ()> {
    line.split(|byte| *byte == b'\t')
        .map(|field| {
            if field == b"\\N" {
                return Ok(None);
            }
            let mut bytes = Vec::with_capacity(field.len());
            let mut rest = field.iter().copied();
            while let Some(byte) = rest.next() {
                bytes.push(match byte {
                    b'\\' => match rest.next() {
                        Some(b'b') => 8,
                        Some(b'f') => 12,
                        Some(b'n') => b'\n',
                        Some(b'r') => b'\r',
                        Some(b't') => b'\t',
                        Some(b'v') => 11,
                        Some(other) => other,
                        None => b'\\',
                    },
                    other => other,
                });
            }
            String::from_utf8(bytes).map(Some).map_err(|_| ())
        })
        .collect()
}

struct Statements<R: Read> {
    bytes: std::io::Bytes<BufReader<R>>,
    /// Bytes read but not taken, the next one last.
    ahead: Vec<u8>,
    row: u64,
    /// True where a backslash in a quoted text escapes nothing.
    has_plain_backslashes: bool,
}

impl<R: Read> Statements<R> {
    fn look(&mut self) -> Result<Option<u8>, ReadError> {
        if self.ahead.is_empty() {
            self.ahead.extend(self.bytes.next().transpose()?);
        }
        Ok(self.ahead.last().copied())
    }

    fn take(&mut self) -> Result<Option<u8>, ReadError> {
        self.look()?;
        Ok(self.ahead.pop())
    }

    fn truncated(&self) -> ReadError {
        ReadError::broken(self.row, "", "the dump ends in the middle of a statement; it is truncated")
    }

    fn need(&mut self) -> Result<u8, ReadError> {
        self.take()?.ok_or_else(|| self.truncated())
    }

    /// Passes over white space and comments; answers the next byte without taking it. Conditional comments of the server
    /// (`/*!40101 ... */`) are passed over like any other.
    fn skip_space(&mut self) -> Result<Option<u8>, ReadError> {
        loop {
            match self.look()? {
                Some(byte) if byte.is_ascii_whitespace() => {
                    self.take()?;
                }
                // A remark, or a command of psql.
                Some(b'#' | b'\\') => self.skip_line()?,
                Some(b'-') => {
                    self.take()?;
                    if self.look()? == Some(b'-') {
                        self.skip_line()?;
                    } else {
                        // A lone minus is the sign of a number: give it back.
                        self.ahead.push(b'-');
                        return Ok(Some(b'-'));
                    }
                }
                Some(b'/') => {
                    self.take()?;
                    if self.look()? != Some(b'*') {
                        self.ahead.push(b'/');
                        return Ok(Some(b'/'));
                    }
                    let mut last = 0u8;
                    self.take()?;
                    loop {
                        let byte = self.need()?;
                        if last == b'*' && byte == b'/' {
                            break;
                        }
                        last = byte;
                    }
                }
                other => return Ok(other),
            }
        }
    }

    fn skip_line(&mut self) -> Result<(), ReadError> {
        while let Some(byte) = self.take()? {
            if byte == b'\n' {
                break;
            }
        }
        Ok(())
    }

    /// A line of a `COPY` block without its end; `None` behind its `\.` line.
    fn copy_line(&mut self) -> Result<Option<Vec<u8>>, ReadError> {
        let mut line = Vec::new();
        loop {
            match self.take()? {
                Some(b'\n') => break,
                Some(byte) => line.push(byte),
                None => return Err(self.truncated()),
            }
            if line.len() > MAX_TOKEN {
                return Err(ReadError::broken(self.row, "", "a row is longer than 64 MiB"));
            }
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok((line != b"\\.").then_some(line))
    }

    /// The rest of a short statement.
    fn statement_text(&mut self) -> Result<String, ReadError> {
        let mut text = String::new();
        while let Some(byte) = self.take()? {
            if byte == b';' || text.len() > 1000 {
                break;
            }
            text.push(char::from(byte));
        }
        Ok(text)
    }

    /// Passes over the rest of a statement, strings included.
    fn skip_statement(&mut self) -> Result<(), ReadError> {
        loop {
            match self.skip_space()? {
                None => return Ok(()),
                Some(b';') => {
                    self.take()?;
                    return Ok(());
                }
                Some(quote @ (b'\'' | b'"' | b'`')) => {
                    self.quoted(quote)?;
                }
                Some(_) => {
                    self.take()?;
                }
            }
        }
    }

    /// A bare word; `None` at the end of the file. Stray separators are passed over.
    fn word(&mut self) -> Result<Option<String>, ReadError> {
        loop {
            match self.skip_space()? {
                None => return Ok(None),
                Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => break,
                Some(quote @ (b'\'' | b'"' | b'`')) => {
                    self.quoted(quote)?;
                }
                Some(_) => {
                    self.take()?;
                }
            }
        }
        let mut word = String::new();
        while let Some(byte) = self.look()? {
            if !(byte.is_ascii_alphanumeric() || byte == b'_') || word.len() > 200 {
                break;
            }
            word.push(char::from(byte));
            self.take()?;
        }
        Ok(Some(word))
    }

    /// A name: bare or in back quotes or double quotes, the last part of `schema.table`.
    fn name(&mut self) -> Result<String, ReadError> {
        loop {
            let name = match self.skip_space()? {
                Some(quote @ (b'`' | b'"')) => self.quoted(quote)?,
                Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => self.word()?.unwrap_or_default(),
                _ => return Err(ReadError::broken(self.row, "", "a table or column name was expected in the dump")),
            };
            if self.look()? == Some(b'.') {
                self.take()?;
                continue;
            }
            return Ok(name);
        }
    }

    fn create_table(&mut self) -> Result<Option<(String, Vec<String>)>, ReadError> {
        let word = self.word()?.unwrap_or_default();
        if !word.eq_ignore_ascii_case("TABLE") {
            self.skip_statement()?;
            return Ok(None);
        }
        let mut table = self.name()?;
        if table.eq_ignore_ascii_case("IF") {
            self.word()?;
            self.word()?;
            table = self.name()?;
        }
        if self.skip_space()? != Some(b'(') {
            self.skip_statement()?;
            return Ok(None);
        }
        self.take()?;
        let mut columns = Vec::new();
        loop {
            match self.skip_space()? {
                Some(b'`' | b'"') => columns.push(self.name()?),
                Some(byte) if byte.is_ascii_alphabetic() => {
                    let word = self.word()?.unwrap_or_default();
                    let upper = word.to_ascii_uppercase();
                    let is_key =
                        ["PRIMARY", "KEY", "UNIQUE", "CONSTRAINT", "INDEX", "FULLTEXT", "FOREIGN", "CHECK", "SPATIAL"];
                    if !is_key.contains(&upper.as_str()) {
                        columns.push(word);
                    }
                }
                Some(b')') => {
                    self.skip_statement()?;
                    return Ok(Some((table, columns)));
                }
                _ => return Err(self.truncated()),
            }
            // The rest of the definition, up to the comma or the closing bracket.
            let mut depth = 0usize;
            loop {
                match self.skip_space()? {
                    Some(quote @ (b'\'' | b'"' | b'`')) => {
                        self.quoted(quote)?;
                    }
                    Some(b'(') => {
                        depth += 1;
                        self.take()?;
                    }
                    Some(b')') if depth > 0 => {
                        depth -= 1;
                        self.take()?;
                    }
                    Some(b')') => break,
                    Some(b',') if depth == 0 => {
                        self.take()?;
                        break;
                    }
                    Some(_) => {
                        self.take()?;
                    }
                    None => return Err(self.truncated()),
                }
            }
        }
    }

    /// The table behind `INSERT [IGNORE] INTO`.
    fn insert_target(&mut self) -> Result<String, ReadError> {
        loop {
            match self.skip_space()? {
                Some(b'`' | b'"') => return self.name(),
                _ => {
                    let word = self.word()?.ok_or_else(|| self.truncated())?;
                    if word.eq_ignore_ascii_case("INTO") {
                        return self.name();
                    }
                }
            }
        }
    }

    /// `(a, b, c) VALUES`, or nothing before `VALUES`.
    fn column_list(&mut self) -> Result<Vec<String>, ReadError> {
        let columns = self.names_in_brackets()?;
        let word = self.word()?.unwrap_or_default();
        if !(word.eq_ignore_ascii_case("VALUES") || word.eq_ignore_ascii_case("VALUE")) {
            return Err(ReadError::broken(self.row, "", "VALUES was expected in an INSERT statement"));
        }
        Ok(columns)
    }

    /// `(a, b, c)`, or nothing.
    fn names_in_brackets(&mut self) -> Result<Vec<String>, ReadError> {
        let mut columns = Vec::new();
        if self.skip_space()? == Some(b'(') {
            self.take()?;
            loop {
                columns.push(self.name()?);
                match self.skip_space()? {
                    Some(b',') => {
                        self.take()?;
                    }
                    Some(b')') => {
                        self.take()?;
                        break;
                    }
                    _ => return Err(self.truncated()),
                }
            }
        }
        Ok(columns)
    }

    fn tuple(&mut self) -> Result<Vec<Option<String>>, ReadError> {
        if self.skip_space()? != Some(b'(') {
            return Err(self.truncated());
        }
        self.take()?;
        let mut values = Vec::new();
        loop {
            values.push(self.literal()?);
            match self.skip_space()? {
                Some(b',') => {
                    self.take()?;
                }
                Some(b')') => {
                    self.take()?;
                    return Ok(values);
                }
                _ => return Err(self.truncated()),
            }
        }
    }

    fn literal(&mut self) -> Result<Option<String>, ReadError> {
        match self.skip_space()? {
            Some(quote @ (b'\'' | b'"')) => self.quoted(quote).map(Some),
            Some(_) => {
                let mut text = String::new();
                while let Some(byte) = self.look()? {
                    if matches!(byte, b',' | b')') || byte.is_ascii_whitespace() {
                        break;
                    }
                    if matches!(byte, b'\'' | b'"') {
                        // _binary'..', b'1', x'ff'
                        let value = self.quoted(byte)?;
                        return Ok(Some(match text.to_ascii_lowercase().as_str() {
                            "b" => format!("b'{value}'"),
                            _ => value,
                        }));
                    }
                    if text.len() > MAX_TOKEN {
                        return Err(ReadError::broken(self.row, "", "a value is too long"));
                    }
                    text.push(char::from(byte));
                    self.take()?;
                }
                if text.to_ascii_lowercase().starts_with('_') {
                    return self.literal();
                }
                Ok((!text.eq_ignore_ascii_case("NULL")).then_some(text))
            }
            None => Err(self.truncated()),
        }
    }

    /// A quoted text with the server's escapes.
    fn quoted(&mut self, quote: u8) -> Result<String, ReadError> {
        self.take()?;
        let mut bytes = Vec::new();
        loop {
            let byte = self.need()?;
            if bytes.len() > MAX_TOKEN {
                return Err(ReadError::broken(self.row, "", "a value is longer than 64 MiB"));
            }
            if byte == quote {
                if self.look()? == Some(quote) {
                    self.take()?;
                    bytes.push(quote);
                    continue;
                }
                break;
            }
            if byte != b'\\' || quote == b'`' || self.has_plain_backslashes {
                bytes.push(byte);
                continue;
            }
            let escaped = self.need()?;
            bytes.push(match escaped {
                b'n' => b'\n',
                b't' => b'\t',
                b'r' => b'\r',
                b'0' => 0,
                b'b' => 8,
                b'Z' => 26,
                other => other,
            });
        }
        String::from_utf8(bytes).map_err(|_| ReadError::broken(self.row + 1, "", "not UTF-8 text"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::expand;
    use super::*;

    fn all(text: &str) -> Result<Vec<RawRow>, ReadError> {
        let mut items = Vec::new();
        read(text.as_bytes(), &|name| name == "votes", &mut |item| {
            items.push(item);
            true
        })?;
        Ok(items.iter().flat_map(|item| expand(item).expect("rows")).map(|row| row.expect("a row")).collect())
    }

    #[test]
    fn inserts_with_and_without_column_names() {
        let dump = r#"-- a comment; with a 'quote
/*!40101 SET NAMES utf8mb4 */;
CREATE TABLE `votes` (
  `id` varchar(36) NOT NULL,
  `data` longtext CHARACTER SET utf8mb4 DEFAULT NULL CHECK (json_valid(`data`)),
  `n` int(11) DEFAULT -1,
  PRIMARY KEY (`id`),
  KEY `x` (`n`,`id`)
) ENGINE=InnoDB COMMENT='semi;colon';
INSERT INTO `votes` VALUES ('a','it''s \"q\" \\ \n',-5),('b',NULL,0x1F);
INSERT INTO `other` (`id`) VALUES ('zzz');
INSERT IGNORE INTO `db`.`votes` (`n`, `id`) VALUES (b'1', _binary 'c');
"#;
        let rows = all(dump).expect("readable");
        let values: Vec<Vec<Option<String>>> =
            rows.iter().map(|row| row.fields.iter().map(|(_, value)| value.clone()).collect()).collect();
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(values[0], [text("a"), text("it's \"q\" \\ \n"), text("-5")]);
        assert_eq!(values[1], [text("b"), None, text("0x1F")]);
        assert_eq!(values[2], [text("b'1'"), text("c")]);
        assert_eq!(rows[2].number, 3);
    }

    #[test]
    fn copy_blocks_and_plain_backslashes_of_pg_dump() {
        let dump = "\\restrict x;y'z\n--\nSET standard_conforming_strings = on;\nCOPY public.votes (id, \"data\", n) FROM stdin;\n\
            a\tit's \\\\ \\n\\t\t\\N\nb\t\t2\n\\.\n\nSELECT setval('x;', 1);\nINSERT INTO public.votes (id) VALUES ('c\\d');\n\\unrestrict x\n";
        let rows = all(dump).expect("readable");
        let values: Vec<Vec<Option<&str>>> =
            rows.iter().map(|row| row.fields.iter().map(|(_, value)| value.as_deref()).collect()).collect();
        assert_eq!(
            values,
            [vec![Some("a"), Some("it's \\ \n\t"), None], vec![Some("b"), Some(""), Some("2")], vec![Some("c\\d")],]
        );
        assert_eq!(rows[2].number, 3);
        let error = all("COPY votes (id) FROM stdin;\na\nb\n").expect_err("truncated");
        assert!(error.to_string().starts_with("row 2"), "{error}");
    }

    #[test]
    fn a_truncated_dump_names_the_row() {
        let error = all("INSERT INTO `votes` (`id`) VALUES ('a'),('b").expect_err("truncated");
        assert!(error.to_string().starts_with("row 1"), "{error}");
    }
}
