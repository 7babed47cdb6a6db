//! How a case file is opened where it lies: for writing, or, on a medium that takes no writes, for reading alone.
//!
//! A case is kept in WAL mode, and SQLite opens such a file only where it can make two files beside it, even to read it.
//! On a read-only medium nobody can write, so the file is opened as immutable, which needs neither. That would overlook
//! what a journal beside it holds; a case with such a journal is refused there.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::StoreError;

/// A file of the database beside the case: its name with a suffix.
pub(crate) fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Removes a database that was given up, with what lies beside it. What is not there is gone already.
pub(crate) fn discard(path: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let _ = std::fs::remove_file(side_file(path, suffix));
    }
}

/// Opens a case for writing, or for reading where it cannot be written; the second part is true then.
pub(crate) fn open(path: &Path) -> Result<(Connection, bool), StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(3))?;
    // A writer elsewhere holds this lock; reading would work, two writers must not.
    let locked = connection
        .query_row("PRAGMA application_id", [], |_| Ok(()))
        .and_then(|()| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK"));
    match locked {
        Ok(()) => Ok((connection, false)),
        Err(error) if refuses_writes(&error, path) => {
            drop(connection);
            Ok((open_for_reading(path)?, true))
        }
        Err(error) => Err(error.into()),
    }
}

/// Opens a case for reading, on any medium.
pub(crate) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    let connection =
        Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    let readable = connection.query_row("PRAGMA schema_version", [], |_| Ok(()));
    let Err(error) = readable else { return Ok(connection) };
    if !refuses_writes(&error, path) {
        return Err(error.into());
    }
    let journal = side_file(path, "-wal");
    if std::fs::metadata(&journal).is_ok_and(|journal| journal.len() > 0) {
        return Err(StoreError::UnclosedReadOnly { path: path.to_owned(), journal });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(immutable_uri(path), flags)?)
}

/// Bytes that a database file lacks at its end, by what its header says of its size. `None` where nothing is missing, or
/// where a journal beside it may hold the rest.
pub(crate) fn missing_bytes(path: &Path, header: &[u8; 32]) -> Option<u64> {
    if std::fs::metadata(side_file(path, "-wal")).is_ok_and(|journal| journal.len() > 0) {
        return None;
    }
    let page = match u16::from_be_bytes([header[16], header[17]]) {
        1 => 65_536,
        size => u64::from(size),
    };
    let pages = u64::from(u32::from_be_bytes([header[28], header[29], header[30], header[31]]));
    let there = std::fs::metadata(path).ok()?.len();
    (page * pages).checked_sub(there).filter(|missing| *missing > 0)
}

/// True where the database failed because file or folder take no writes.
fn refuses_writes(error: &rusqlite::Error, path: &Path) -> bool {
    match error.sqlite_error_code() {
        Some(ErrorCode::ReadOnly) => true,
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
            matches!(trial(path), Err(error) if is_refusal(&error))
        }
        _ => false,
    }
}

/// True for the two ways in which a system says that nothing may be written.
pub(crate) fn is_refusal(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied)
}

/// Writes as much beside the case as the database needs there to begin, and removes it again: tells why it could not.
pub(crate) fn trial(path: &Path) -> io::Result<()> {
    let beside = side_file(path, "-trial");
    let written = std::fs::write(&beside, vec![0u8; 64 << 10]);
    let _ = std::fs::remove_file(&beside);
    written
}

/// `file:` with the path's bytes, everything unusual as `%XX`.
fn immutable_uri(path: &Path) -> String {
    let mut uri = String::from(if cfg!(windows) { "file:///" } else { "file:" });
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' if cfg!(windows) => uri.push('/'),
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => uri.push(char::from(*byte)),
            b':' if cfg!(windows) => uri.push(':'),
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri + "?immutable=1"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_can_be_opened_as_immutable() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a case? #1 %41 ä.scrutineer");
        Connection::open(&path).and_then(|made| made.execute_batch("CREATE TABLE t (x)")).expect("made");
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
        let read = Connection::open_with_flags(immutable_uri(&path), flags).expect("opens");
        assert_eq!(read.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).expect("read"), 0);
        assert!(read.execute_batch("INSERT INTO t VALUES (1)").is_err());
    }

    #[test]
    fn a_trial_leaves_nothing_behind() {
        let folder = tempfile::tempdir().expect("a folder");
        trial(&folder.path().join("case.scrutineer")).expect("writable");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
        assert!(trial(&folder.path().join("missing/case.scrutineer")).is_err());
    }
}
