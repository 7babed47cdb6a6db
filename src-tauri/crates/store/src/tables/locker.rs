//! The evidence locker: files of any size in pieces of 4 MiB, compressed, each with the SHA-256 of its bytes as they came, so
//! that one byte that flipped is found and named. Reading and writing hold one piece at a time.

use std::io::{Read, Write};

use domain::Sha256Digest;
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::tables::evidence::CHUNK_BYTES;
use crate::{Change, Incidents, StoreError};

/// An item of the locker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockerItem {
    /// Number in the case, from 1.
    pub number: i64,
    /// Incident that it belongs to.
    pub incident: String,
    /// Name as given.
    pub name: String,
    /// SHA-256 of all bytes.
    pub sha256: Sha256Digest,
    /// Size.
    pub bytes: u64,
    /// Pieces that it is kept in.
    pub pieces: u64,
    /// When, ISO text.
    pub captured_at: String,
    /// By whom.
    pub captured_by: String,
    /// What it is, why, from where, JSON.
    pub about: String,
}

/// What is known of an item before its bytes are read.
#[derive(Clone, Debug)]
pub struct NewItem<'a> {
    /// Incident that it belongs to.
    pub incident: &'a str,
    /// Name as given.
    pub name: &'a str,
    /// When, ISO text.
    pub captured_at: &'a str,
    /// By whom.
    pub captured_by: &'a str,
    /// What it is, why, from where, JSON.
    pub about: &'a str,
}

/// A piece whose stored bytes are not those that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenPiece {
    /// Which piece, from 1.
    pub piece: u64,
    /// First byte of the file that it holds, from 0.
    pub from: u64,
    /// First byte behind it.
    pub to: u64,
    /// What is wrong.
    pub reason: String,
}

/// What a second look at an item found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockerCheck {
    /// SHA-256 of the bytes as they are now; `None` where a piece cannot be read at all.
    pub sha256: Option<Sha256Digest>,
    /// Pieces that are not as they came.
    pub broken: Vec<BrokenPiece>,
    /// True where every piece is as it came and together they are the file.
    pub is_whole: bool,
}

fn size(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn item(row: &rusqlite::Row<'_>) -> rusqlite::Result<LockerItem> {
    Ok(LockerItem {
        number: row.get("number")?,
        incident: row.get("incident")?,
        name: row.get("name")?,
        sha256: Sha256Digest(row.get("sha256")?),
        bytes: size(row.get("bytes")?),
        pieces: size(row.get("pieces")?),
        captured_at: row.get("captured_at")?,
        captured_by: row.get("captured_by")?,
        about: row.get("about")?,
    })
}

struct Piece {
    bytes: u64,
    sha256: Sha256Digest,
    data: Vec<u8>,
}

impl Piece {
    /// The bytes as they came, or why they are not.
    fn open(&self) -> Result<Vec<u8>, String> {
        let mut plain = Vec::with_capacity(usize::try_from(self.bytes).unwrap_or(0).min(CHUNK_BYTES));
        DeflateDecoder::new(&self.data[..])
            .take(CHUNK_BYTES as u64 + 1)
            .read_to_end(&mut plain)
            .map_err(|error| format!("it cannot be unpacked ({error})"))?;
        if u64::try_from(plain.len()).ok() != Some(self.bytes) {
            return Err(format!("it holds {} bytes instead of {}", plain.len(), self.bytes));
        }
        if Sha256Digest(Sha256::digest(&plain).into()) != self.sha256 {
            return Err("its bytes do not have the hash that was kept when they came".to_owned());
        }
        Ok(plain)
    }
}

impl Incidents<'_> {
    /// All items, or those of one incident, in order.
    ///
    /// # Errors
    /// The database's.
    pub fn locker(&self, incident: Option<&str>) -> Result<Vec<LockerItem>, StoreError> {
        let sql = "SELECT * FROM locker_item WHERE ?1 IS NULL OR incident = ?1 ORDER BY number";
        let mut statement = self.0.prepare_cached(sql)?;
        let found = statement.query_map([incident], item)?.collect::<Result<_, _>>()?;
        Ok(found)
    }

    /// One item.
    ///
    /// # Errors
    /// The database's.
    pub fn locker_item(&self, number: i64) -> Result<Option<LockerItem>, StoreError> {
        let mut statement = self.0.prepare_cached("SELECT * FROM locker_item WHERE number = ?1")?;
        Ok(statement.query_row([number], item).optional()?)
    }

    fn piece(&self, number: i64, sequence: u64) -> Result<Option<Piece>, StoreError> {
        let sql = "SELECT bytes, sha256, data FROM locker_chunk WHERE item = ?1 AND sequence = ?2";
        let mut statement = self.0.prepare_cached(sql)?;
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Piece { bytes: size(row.get(0)?), sha256: Sha256Digest(row.get(1)?), data: row.get(2)? })
        };
        let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
        Ok(statement.query_row([number, sequence], read).optional()?)
    }

    /// Hands over the bytes of an item piece by piece, each one checked, until `each` answers false.
    ///
    /// # Errors
    /// What `each` answers, the database's, or [`StoreError::Value`] for a piece that is not as it came.
    pub fn read_locker<E: From<StoreError>>(
        &self,
        item: &LockerItem,
        mut each: impl FnMut(&[u8]) -> Result<bool, E>,
    ) -> Result<(), E> {
        for sequence in 0..item.pieces {
            let broken = |reason: String| StoreError::Value {
                table: "locker_chunk",
                reason: format!("{}, piece {}: {reason}", item.name, sequence + 1),
            };
            let piece = self.piece(item.number, sequence)?.ok_or_else(|| broken("it is missing".to_owned()))?;
            if !each(&piece.open().map_err(broken)?)? {
                break;
            }
        }
        Ok(())
    }

    /// Hashes the bytes of an item again and names every piece that is not as it came. `None` where it was stopped.
    ///
    /// # Errors
    /// The database's.
    pub fn check_locker(
        &self,
        item: &LockerItem,
        is_cancelled: &dyn Fn() -> bool,
    ) -> Result<Option<LockerCheck>, StoreError> {
        let (mut hasher, mut broken, mut from, mut is_readable) = (Sha256::new(), Vec::new(), 0_u64, true);
        for sequence in 0..item.pieces {
            if is_cancelled() {
                return Ok(None);
            }
            let left = item.bytes.saturating_sub(from);
            let to = from + left.min(CHUNK_BYTES as u64);
            let opened = match self.piece(item.number, sequence)? {
                Some(piece) => piece.open(),
                None => Err("it is missing".to_owned()),
            };
            match opened {
                Ok(plain) => hasher.update(&plain),
                Err(reason) => {
                    is_readable = false;
                    broken.push(BrokenPiece { piece: sequence + 1, from, to, reason });
                }
            }
            from = to;
        }
        let sha256 = is_readable.then(|| Sha256Digest(hasher.finalize().into()));
        Ok(Some(LockerCheck { is_whole: sha256 == Some(item.sha256), sha256, broken }))
    }
}

impl Change<'_> {
    /// Reads a source to its end into the locker, hashing on the way, then reads back what was stored and compares.
    ///
    /// # Errors
    /// What the source answers, as [`StoreError::Io`] without a path, the database's, or where what is read back differs.
    pub fn add_locker_item(&self, new: &NewItem<'_>, mut source: impl Read) -> Result<LockerItem, StoreError> {
        let io = |source| StoreError::Io { path: std::path::PathBuf::new(), source };
        let connection = self.connection();
        let number: i64 =
            connection.query_row("SELECT coalesce(max(number), 0) + 1 FROM locker_item", [], |row| row.get(0))?;
        let (mut whole, mut bytes, mut pieces) = (Sha256::new(), 0_u64, 0_u64);
        let mut piece = Vec::with_capacity(CHUNK_BYTES);
        loop {
            piece.clear();
            source.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut piece).map_err(io)?;
            if piece.is_empty() {
                break;
            }
            whole.update(&piece);
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(&piece).map_err(io)?;
            let length = i64::try_from(piece.len()).unwrap_or(i64::MAX);
            connection
                .prepare_cached(
                    "INSERT INTO locker_chunk (item, sequence, bytes, sha256, data) VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    number,
                    i64::try_from(pieces).unwrap_or(i64::MAX),
                    length,
                    <[u8; 32]>::from(Sha256::digest(&piece)),
                    encoder.finish().map_err(io)?
                ])?;
            bytes += size(length);
            pieces += 1;
        }
        let stored = LockerItem {
            number,
            incident: new.incident.to_owned(),
            name: new.name.to_owned(),
            sha256: Sha256Digest(whole.finalize().into()),
            bytes,
            pieces,
            captured_at: new.captured_at.to_owned(),
            captured_by: new.captured_by.to_owned(),
            about: new.about.to_owned(),
        };
        connection
            .prepare_cached(
                "INSERT INTO locker_item (number, incident, name, sha256, bytes, pieces, captured_at, captured_by, about)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                stored.number,
                stored.incident,
                stored.name,
                stored.sha256.0,
                i64::try_from(stored.bytes).unwrap_or(i64::MAX),
                i64::try_from(stored.pieces).unwrap_or(i64::MAX),
                stored.captured_at,
                stored.captured_by,
                stored.about
            ])?;
        let again = self.incidents().check_locker(&stored, &|| false)?;
        if !again.is_some_and(|again| again.is_whole) {
            let reason = format!("{} was not stored as it came; look at the disk and take it in again", stored.name);
            return Err(StoreError::Value { table: "locker_chunk", reason });
        }
        Ok(stored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Act, CaseFile};

    fn new_item<'a>() -> NewItem<'a> {
        NewItem { incident: "INC-2026-11-21-001", name: "app.log", captured_at: "", captured_by: "t", about: "{}" }
    }

    /// Bytes that do not compress, the same every time.
    fn noise(count: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            bytes.extend_from_slice(&state.to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    #[test]
    fn files_of_all_sizes_come_back_and_one_flipped_byte_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut case = CaseFile::create(&folder.path().join("case.scrutineer"), "t", "").expect("made");
        for (number, count) in (1i64..).zip([0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, 2 * CHUNK_BYTES + 7]) {
            let bytes = noise(count);
            let item = case
                .change::<_, StoreError>(|change| {
                    change.record(&Act { at: "", actor: "t", act: "made", detail: serde_json::json!({}) })?;
                    change.add_locker_item(&new_item(), &bytes[..])
                })
                .expect("stored");
            assert_eq!((item.number, item.bytes), (number, count as u64));
            assert_eq!(item.sha256.0, <[u8; 32]>::from(Sha256::digest(&bytes)));
            let mut back = Vec::new();
            case.incidents()
                .read_locker::<StoreError>(&item, |piece| {
                    back.extend_from_slice(piece);
                    Ok(true)
                })
                .expect("read");
            assert_eq!(back, bytes);
        }
        for sql in [
            "DELETE FROM locker_item",
            "UPDATE locker_item SET name = ''",
            "DELETE FROM locker_chunk",
            "UPDATE locker_chunk SET bytes = 0",
        ] {
            assert!(case.connection.execute_batch(sql).is_err(), "{sql}");
        }
        // Somebody with another program takes the triggers away and changes one byte of the second piece.
        let item = case.incidents().locker_item(5).expect("read").expect("there");
        let mut data: Vec<u8> = case
            .connection
            .query_row("SELECT data FROM locker_chunk WHERE item = 5 AND sequence = 1", [], |row| row.get(0))
            .expect("data");
        data[1000] ^= 1;
        case.connection.execute_batch("DROP TRIGGER locker_chunk_is_never_changed").expect("dropped");
        case.connection
            .execute("UPDATE locker_chunk SET data = ?1 WHERE item = 5 AND sequence = 1", [data])
            .expect("changed");
        let check = case.incidents().check_locker(&item, &|| false).expect("checked").expect("not stopped");
        assert!(!check.is_whole);
        let [broken] = &check.broken[..] else { panic!("{check:?}") };
        assert_eq!((broken.piece, broken.from, broken.to), (2, CHUNK_BYTES as u64, 2 * CHUNK_BYTES as u64));
        let error = case.incidents().read_locker::<StoreError>(&item, |_| Ok(true)).expect_err("not as it came");
        assert!(error.to_string().contains("app.log, piece 2"), "{error}");
        assert_eq!(case.incidents().check_locker(&item, &|| true).expect("stopped"), None);
    }
}
