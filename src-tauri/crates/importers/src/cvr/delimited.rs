//! Rows of a comma separated file, one by one, within bounds.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::rc::Rc;

use super::CvrError;
use crate::formats::ReadError;

/// Most that one row may hold; an open quotation mark would swallow the rest of a file otherwise.
const MAX_ROW: usize = 64 << 20;

/// A comma separated file. Rows count from 1, with the header.
pub(super) struct Rows {
    reader: csv::Reader<Rationed<File>>,
    left: Rc<Cell<usize>>,
    record: csv::StringRecord,
    number: u64,
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Self, CvrError> {
        let file = File::open(path).map_err(|error| CvrError::file(path, error))?;
        let left = Rc::new(Cell::new(MAX_ROW));
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(Rationed { inner: file, left: left.clone() });
        Ok(Self { reader, left, record: csv::StringRecord::new(), number: 0 })
    }

    /// The next row with its number; `None` at the end.
    ///
    /// # Errors
    /// Text that is not UTF-8, a row without end, a medium that fails.
    pub(super) fn next(&mut self) -> Result<Option<(u64, &csv::StringRecord)>, ReadError> {
        self.left.set(MAX_ROW);
        self.number += 1;
        let number = self.number;
        let is_row = self.reader.read_record(&mut self.record).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::InvalidData => {
                ReadError::broken(number, "", error.to_string())
            }
            csv::ErrorKind::Io(error) => ReadError::Io(error),
            csv::ErrorKind::Utf8 { .. } => {
                ReadError::broken(number, "", "the text is not UTF-8; save the file as UTF-8 and read it again")
            }
            other => ReadError::broken(number, "", format!("the row cannot be read: {other:?}")),
        })?;
        if !is_row {
            return Ok(None);
        }
        if number == 1 && self.record.get(0).is_some_and(|cell| cell.starts_with('\u{feff}')) {
            let cells = self.record.iter().enumerate();
            self.record = cells
                .map(|(place, cell)| if place == 0 { cell.trim_start_matches('\u{feff}') } else { cell })
                .collect();
        }
        Ok(Some((number, &self.record)))
    }
}

/// Gives out only so many bytes until it is refilled.
struct Rationed<R> {
    inner: R,
    left: Rc<Cell<usize>>,
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.left.get();
        if left == 0 {
            let reason = "the row does not end within 64 MB; a quotation mark may be open";
            return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
        }
        let room = buffer.len().min(left);
        let count = self.inner.read(&mut buffer[..room])?;
        self.left.set(left - count);
        Ok(count)
    }
}
