//! Evidence files, their bytes, rejects and conflicts.

use std::io::{Read, Write};

use domain::evidence::{Conflict, EvidenceFile, Reject};
use domain::{FileId, Place, Sha256Digest};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use crate::StoreError;

/// Bytes of the original in one stored piece.
pub const CHUNK_BYTES: usize = 4 << 20;

fn file(row: &Row<'_>) -> rusqlite::Result<EvidenceFile> {
    Ok(EvidenceFile {
        id: FileId(row.get("id")?),
        path: row.get("path")?,
        sha256: Sha256Digest(row.get("sha256")?),
        bytes: u64::try_from(row.get::<_, i64>("bytes")?).unwrap_or(0),
        system: row.get("system")?,
        kind: row.get("kind")?,
        rows: u64::try_from(row.get::<_, i64>("row_count")?).unwrap_or(0),
        is_kept: row.get("is_kept")?,
    })
}

/// All evidence files by number.
pub fn files(connection: &Connection) -> Result<Vec<EvidenceFile>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM evidence_file ORDER BY id")?;
    let found = statement.query_map([], file)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Numbers of the files that cannot tell NULL from an empty text.
pub fn ambiguous_files(connection: &Connection) -> Result<Vec<i64>, StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT id FROM evidence_file WHERE has_ambiguous_nulls = 1 ORDER BY id")?;
    let found = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// Stores the bytes of a file in compressed pieces.
pub fn keep(connection: &Connection, id: FileId, mut source: impl Read) -> Result<(), StoreError> {
    let io = |source| StoreError::Io { path: std::path::PathBuf::new(), source };
    let mut insert =
        connection.prepare_cached("INSERT INTO evidence_chunk (file_id, sequence, data) VALUES (?1, ?2, ?3)")?;
    for sequence in 0i64.. {
        let mut piece = Vec::new();
        source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut piece).map_err(io)?;
        if piece.is_empty() {
            break;
        }
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&piece).map_err(io)?;
        insert.execute(params![id.0, sequence, encoder.finish().map_err(io)?])?;
    }
    Ok(())
}

/// SHA-256 over the kept bytes of a file.
pub fn kept_digest(connection: &Connection, id: FileId) -> Result<Sha256Digest, StoreError> {
    let mut hasher = Sha256::new();
    each_kept(connection, id, &mut |piece| {
        hasher.update(piece);
        Ok(())
    })?;
    Ok(Sha256Digest(hasher.finalize().into()))
}

/// Writes the kept bytes of a file.
pub fn copy_kept(connection: &Connection, id: FileId, out: &mut dyn Write) -> Result<(), StoreError> {
    each_kept(connection, id, &mut |piece| {
        out.write_all(piece).map_err(|source| StoreError::Io { path: std::path::PathBuf::new(), source })
    })
}

fn each_kept(
    connection: &Connection,
    id: FileId,
    each: &mut dyn FnMut(&[u8]) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut statement =
        connection.prepare_cached("SELECT data FROM evidence_chunk WHERE file_id = ?1 ORDER BY sequence")?;
    let mut rows = statement.query([id.0])?;
    while let Some(row) = rows.next()? {
        let data: Vec<u8> = row.get(0)?;
        let mut piece = Vec::new();
        DeflateDecoder::new(&data[..])
            .take(CHUNK_BYTES as u64 + 1)
            .read_to_end(&mut piece)
            .map_err(|error| StoreError::Value { table: "evidence_chunk", reason: error.to_string() })?;
        each(&piece)?;
    }
    Ok(())
}

/// Writes a rejected row.
pub fn add_reject(connection: &Connection, reject: &Reject) -> Result<(), StoreError> {
    connection
        .prepare_cached("INSERT INTO reject (path, row, field, reason) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![reject.path, i64::try_from(reject.row).unwrap_or(i64::MAX), reject.column, reject.reason])?;
    Ok(())
}

/// All rejected rows.
pub fn rejects(connection: &Connection) -> Result<Vec<Reject>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM reject ORDER BY id")?;
    let found = statement
        .query_map([], |row| {
            Ok(Reject {
                path: row.get("path")?,
                row: u64::try_from(row.get::<_, i64>("row")?).unwrap_or(0),
                column: row.get("field")?,
                reason: row.get("reason")?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// Writes a difference between two files.
pub fn add_conflict(connection: &Connection, conflict: &Conflict) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO conflict (tbl, key, field, is_protected, kept, other, file_id, row) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            conflict.table,
            conflict.key,
            conflict.column,
            conflict.is_protected,
            conflict.kept,
            conflict.other,
            conflict.place.file.0,
            i64::try_from(conflict.place.row).unwrap_or(i64::MAX)
        ])?;
    Ok(())
}

/// All differences between files.
pub fn conflicts(connection: &Connection) -> Result<Vec<Conflict>, StoreError> {
    let mut statement = connection.prepare_cached("SELECT * FROM conflict ORDER BY id")?;
    let found = statement
        .query_map([], |row| {
            Ok(Conflict {
                table: row.get("tbl")?,
                key: row.get("key")?,
                column: row.get("field")?,
                is_protected: row.get("is_protected")?,
                kept: row.get("kept")?,
                other: row.get("other")?,
                place: place(row)?,
            })
        })?
        .collect::<Result<_, _>>()?;
    Ok(found)
}

/// The place columns of a row.
pub(crate) fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok(Place { file: FileId(row.get("file_id")?), row: u64::try_from(row.get::<_, i64>("row")?).unwrap_or(0) })
}

/// Tables whose rows are evidence; each has `number` as its key.
pub const EVIDENCE_TABLES: [&str; 4] = ["vote", "audit_entry", "source_row", "ballot"];

/// Rows of a block of [`rows_digest`].
pub const DIGEST_BLOCK: i64 = 65_536;

/// How a digest over rows was made; the ledger says which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigestRule {
    /// One SHA-256 over all rows: cases of the first releases.
    Whole,
    /// SHA-256 over the SHA-256 of each [`DIGEST_BLOCK`] numbers, so that blocks can be computed side by side.
    Blocks,
}

/// SHA-256 over the rows of an evidence table behind a number, every column with its type: what the ledger records at an
/// import, and what a second look computes again. Answers the last number and the digest. New votes are digested row by row
/// instead, see `vote::rows_digest`.
pub fn rows_digest(
    connection: &Connection,
    table: &str,
    after: i64,
    up_to: i64,
    rule: DigestRule,
) -> Result<(i64, Sha256Digest), StoreError> {
    let mut whole = Sha256::new();
    let last = last_number(connection, table, after)?.min(up_to);
    match rule {
        DigestRule::Whole => hash_rows(connection, table, (after, last), rule, &mut whole)?,
        DigestRule::Blocks => {
            for block in blocks(after, last) {
                whole.update(block_digest(connection, table, block)?);
            }
        }
    }
    Ok((last, Sha256Digest(whole.finalize().into())))
}

/// [`rows_digest`] by blocks, on all cores. The file must hold what is committed only.
pub fn rows_digest_side_by_side(
    path: &std::path::Path,
    table: &str,
    after: i64,
) -> Result<(i64, Sha256Digest), StoreError> {
    let open = || {
        Ok::<_, StoreError>(Connection::open_with_flags(
            path,
            rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?)
    };
    let last = last_number(&open()?, table, after)?;
    let blocks: Vec<(i64, i64)> = blocks(after, last).collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let cores = std::thread::available_parallelism().map_or(1, usize::from).min(blocks.len().max(1));
    let work = || -> Result<Vec<(usize, [u8; 32])>, StoreError> {
        let connection = open()?;
        let mut digests = Vec::new();
        loop {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let Some(block) = blocks.get(index) else { return Ok(digests) };
            digests.push((index, block_digest(&connection, table, *block)?));
        }
    };
    let mut digests = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let found = threads.into_iter().map(|thread| thread.join().expect("hashing does not panic"));
        found.collect::<Result<Vec<_>, _>>()
    })?
    .concat();
    digests.sort_unstable();
    let mut whole = Sha256::new();
    for (_, digest) in digests {
        whole.update(digest);
    }
    Ok((last, Sha256Digest(whole.finalize().into())))
}

fn last_number(connection: &Connection, table: &str, after: i64) -> Result<i64, StoreError> {
    if !EVIDENCE_TABLES.contains(&table) {
        return Err(StoreError::Value { table: "ledger", reason: format!("no evidence table is named {table}") });
    }
    let last = connection.query_row(&format!("SELECT coalesce(max(number), 0) FROM {table}"), [], |row| row.get(0));
    Ok(last.map(|last: i64| last.max(after))?)
}

/// Blocks begin where the numbers of an import begin.
fn blocks(after: i64, last: i64) -> impl Iterator<Item = (i64, i64)> {
    let count = (last - after + DIGEST_BLOCK - 1) / DIGEST_BLOCK;
    (0..count).map(move |index| {
        let start = after + index * DIGEST_BLOCK;
        (start, (start + DIGEST_BLOCK).min(last))
    })
}

fn block_digest(connection: &Connection, table: &str, block: (i64, i64)) -> Result<[u8; 32], StoreError> {
    let mut hasher = Sha256::new();
    hash_rows(connection, table, block, DigestRule::Blocks, &mut hasher)?;
    Ok(hasher.finalize().into())
}

fn hash_rows(
    connection: &Connection,
    table: &str,
    (after, up_to): (i64, i64),
    rule: DigestRule,
    hasher: &mut Sha256,
) -> Result<(), StoreError> {
    use rusqlite::types::ValueRef;
    let mut statement = connection
        .prepare_cached(&format!("SELECT * FROM {table} WHERE number > ?1 AND number <= ?2 ORDER BY number"))?;
    let columns = statement.column_count();
    let mut rows = statement.query(params![after, up_to])?;
    let mut text = Vec::with_capacity(512);
    while let Some(row) = rows.next()? {
        text.clear();
        for index in 0..columns {
            let number;
            let (tag, bytes): (u8, &[u8]) = match row.get_ref(index)? {
                ValueRef::Null => (0, &[]),
                ValueRef::Integer(value) => {
                    number = value.to_be_bytes();
                    (1, &number)
                }
                ValueRef::Real(value) => {
                    number = value.to_be_bytes();
                    (2, &number)
                }
                ValueRef::Text(bytes) => (3, bytes),
                ValueRef::Blob(bytes) => (4, bytes),
            };
            text.push(tag);
            // Numbers have one length, so theirs is not written in blocks.
            if rule == DigestRule::Whole || tag > 2 {
                text.extend_from_slice(&u64::try_from(bytes.len()).unwrap_or(u64::MAX).to_be_bytes());
            }
            text.extend_from_slice(bytes);
        }
        hasher.update(&text);
    }
    Ok(())
}
