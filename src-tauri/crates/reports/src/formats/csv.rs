//! CSV: one fact per row, readable by programs and safe to open in a spreadsheet.
//!
//! The rules, in the order they are applied to a cell:
//! 1. NUL and other control characters become visible: `U+0007` is written `[U+0007]`. Only tab, carriage return and
//!    line feed stay as they are; the quoting of RFC 4180 carries them.
//! 2. A cell that begins with `=`, `+`, `-`, `@`, tab, carriage return or line feed gets a leading apostrophe, because
//!    a spreadsheet would run it as a formula. A plain decimal number keeps its sign: `-5` and `+3.2` stay, `-5+A1` and
//!    `-1e3` do not. The full-width forms `＝ ＋ － ＠` are treated like their ASCII twins, as some spreadsheets do.
//!
//! Header cells follow the same rules. Line ends are `\n`, the encoding is UTF-8 without a byte order mark.

use std::borrow::Cow;

use crate::Error;

/// Writes a header row and the rows below it.
///
/// # Errors
/// [`Error::CsvCells`] where a row does not have one cell for each column.
pub fn write_csv<Row: AsRef<[String]>>(
    columns: &[&str],
    rows: impl IntoIterator<Item = Row>,
) -> Result<Vec<u8>, Error> {
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).flexible(true).from_writer(Vec::new());
    writer
        .write_record(columns.iter().map(|column| safe_cell(column).into_owned()))
        .map_err(|source| Error::Csv { row: 0, source })?;
    let mut row_number = 0u64;
    for row in rows {
        row_number += 1;
        let cells = row.as_ref();
        if cells.len() != columns.len() {
            return Err(Error::CsvCells { row: row_number, expected: columns.len(), found: cells.len() });
        }
        writer
            .write_record(cells.iter().map(|cell| safe_cell(cell).into_owned()))
            .map_err(|source| Error::Csv { row: row_number, source })?;
    }
    writer.into_inner().map_err(|error| Error::Csv { row: row_number, source: csv::Error::from(error.into_error()) })
}

/// Makes one cell harmless; see the module's rules.
pub fn safe_cell(cell: &str) -> Cow<'_, str> {
    let shown = show_controls(cell);
    let is_risky = shown.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    if is_risky && !is_plain_number(&shown) { Cow::Owned(format!("'{shown}")) } else { shown }
}

fn show_controls(cell: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
    if !cell.contains(is_hidden) {
        return Cow::Borrowed(cell);
    }
    let mut out = String::with_capacity(cell.len() + 16);
    for c in cell.chars() {
        if is_hidden(c) {
            out.push_str(&format!("[U+{:04X}]", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// An optional sign, digits, and at most one point or comma with digits on both sides.
fn is_plain_number(cell: &str) -> bool {
    let digits = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let (whole, fraction) = match digits.split_once(['.', ',']) {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    all_digits(whole) && fraction.is_none_or(all_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_cell(cell: &str) -> String {
        let bytes = write_csv(&["c"], [[cell.to_owned()]]).unwrap();
        String::from_utf8(bytes).unwrap().strip_prefix("c\n").unwrap().to_owned()
    }

    #[test]
    fn formulas_in_free_text_are_defused() {
        assert_eq!(one_cell("=HYPERLINK(1)"), "'=HYPERLINK(1)\n");
        assert_eq!(one_cell("@SUM(A1)"), "'@SUM(A1)\n");
        assert_eq!(one_cell("-5+A1"), "'-5+A1\n");
        assert_eq!(one_cell("+cmd"), "'+cmd\n");
        assert_eq!(one_cell("\tx"), "'\tx\n");
        assert_eq!(one_cell("\r=1"), "\"'\r=1\"\n");
        assert_eq!(one_cell("＝1"), "'＝1\n");
        assert_eq!(one_cell("-"), "'-\n");
    }

    #[test]
    fn numbers_keep_their_sign() {
        for number in ["-5", "+3.2", "-0,75", "12", "3.14"] {
            assert_eq!(
                one_cell(number),
                if number.contains(',') { format!("\"{number}\"\n") } else { format!("{number}\n") }
            );
        }
        assert_eq!(one_cell("-1e3"), "'-1e3\n", "a spreadsheet would rewrite it");
        assert_eq!(one_cell("-1.2.3"), "'-1.2.3\n");
    }

    #[test]
    fn quotes_commas_and_line_ends_survive() {
        assert_eq!(one_cell("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"\n");
    }

    #[test]
    fn control_characters_become_visible() {
        assert_eq!(one_cell("a\0b\u{7}"), "a[U+0000]b[U+0007]\n");
    }

    #[test]
    fn a_control_character_cannot_hide_a_formula() {
        assert_eq!(one_cell("\0=1"), "[U+0000]=1\n");
    }

    #[test]
    fn header_stands_alone_without_rows() {
        let bytes = write_csv(&["id", "name"], std::iter::empty::<Vec<String>>()).unwrap();
        assert_eq!(bytes, b"id,name\n");
    }

    #[test]
    fn a_row_with_a_missing_cell_is_refused() {
        let error = write_csv(&["id", "name"], [vec!["1".to_owned()]]).unwrap_err();
        assert!(matches!(error, Error::CsvCells { row: 1, expected: 2, found: 1 }), "{error}");
    }
}
