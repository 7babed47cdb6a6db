//! Making sure that what was deleted is gone from the file, its journal and its free pages, not only from its tables.

use std::collections::HashMap;
use std::io::Read as _;
use std::path::Path;

use crate::medium::side_file;
use crate::{CaseFile, StoreError};

/// What a scrub did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Bytes of the case file and of the files beside it that were searched afterwards.
    pub bytes_searched: u64,
    /// Different byte strings that were looked for.
    pub searched_for: u64,
    /// Of these, how many were still there.
    pub found: u64,
}

impl CaseFile {
    /// Writes the whole case anew from what it holds now, empties its journal, and searches the raw bytes for what must be gone.
    /// The journal cannot be emptied while another handle reads an older state; then the answer is [`StoreError::Locked`], and
    /// the scrub can be repeated.
    ///
    /// # Errors
    /// Where another program holds the case, the disk is full, or the file cannot be read.
    pub fn scrub(&mut self, gone: &[Vec<u8>]) -> Result<Scrubbed, StoreError> {
        self.must_be_writable()?;
        let path = self.path().to_owned();
        let mut run = || -> Result<(), StoreError> {
            self.set_aside_in_memory()?;
            self.empty_journal()?;
            self.connection.execute_batch("VACUUM")?;
            self.empty_journal()
        };
        run().map_err(|error| error.explain(&path))?;
        let needles = Needles::new(gone);
        let mut scrubbed = Scrubbed { searched_for: needles.all, ..Scrubbed::default() };
        let mut seen = vec![false; gone.len()];
        for suffix in ["", "-wal", "-shm", "-journal"] {
            scrubbed.bytes_searched += needles.search(&side_file(&path, suffix), &mut seen)?;
        }
        scrubbed.found = u64::try_from(seen.iter().filter(|seen| **seen).count()).unwrap_or(u64::MAX);
        Ok(scrubbed)
    }

    fn empty_journal(&self) -> Result<(), StoreError> {
        let is_busy: bool =
            self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0))? != 0;
        if is_busy { Err(StoreError::Locked { path: self.path().to_owned() }) } else { Ok(()) }
    }
}

/// Bytes that a needle is found by.
const HEAD: usize = 8;

/// Byte strings by their first bytes, so that one walk looks for all.
struct Needles<'a> {
    by_head: HashMap<[u8; HEAD], Vec<usize>>,
    gone: &'a [Vec<u8>],
    longest: usize,
    all: u64,
}

impl<'a> Needles<'a> {
    fn new(gone: &'a [Vec<u8>]) -> Self {
        let mut by_head: HashMap<[u8; HEAD], Vec<usize>> = HashMap::new();
        let mut all = 0;
        for (number, needle) in gone.iter().enumerate() {
            if let Some(head) = needle.first_chunk::<HEAD>() {
                by_head.entry(*head).or_default().push(number);
                all += 1;
            }
        }
        Self { by_head, gone, longest: gone.iter().map(Vec::len).max().unwrap_or(0), all }
    }

    /// Marks what a file holds; answers its size. A file that is not there has none.
    fn search(&self, path: &Path, seen: &mut [bool]) -> Result<u64, StoreError> {
        let failed = |source| StoreError::Io { path: path.to_owned(), source };
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(failed(error)),
        };
        let (mut window, mut bytes) = (Vec::new(), 0u64);
        loop {
            let kept = window.len();
            let read = file.by_ref().take(4 << 20).read_to_end(&mut window).map_err(failed)?;
            if read == 0 {
                return Ok(bytes);
            }
            bytes += u64::try_from(read).unwrap_or(0);
            debug_assert!(kept < self.longest.max(1));
            for (at, head) in window.array_windows_of() {
                for number in self.by_head.get(&head).into_iter().flatten() {
                    if window[at..].starts_with(&self.gone[*number]) {
                        seen[*number] = true;
                    }
                }
            }
            let keep = window.len().min(self.longest.saturating_sub(1));
            window.drain(..window.len() - keep);
        }
    }
}

/// All places with the bytes that begin there.
trait Windows {
    fn array_windows_of(&self) -> impl Iterator<Item = (usize, [u8; HEAD])>;
}

impl Windows for Vec<u8> {
    fn array_windows_of(&self) -> impl Iterator<Item = (usize, [u8; HEAD])> {
        self.windows(HEAD).enumerate().filter_map(|(at, head)| Some((at, head.try_into().ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Act;

    #[test]
    fn what_was_deleted_is_gone_from_every_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("case.scrutineer");
        let mut case = CaseFile::create(&path, "t", "2026-01-01T00:00:00+00:00").expect("made");
        let act = |act| Act { at: "2026-01-01T00:00:00+00:00", actor: "t", act, detail: serde_json::json!({}) };
        let secret = |number: u8| -> Vec<u8> { (0..60).map(|byte: u8| byte.wrapping_mul(37) ^ number).collect() };
        case.change::<_, StoreError>(|change| {
            change.put_election(&crate::tables::native::election::sample("E1"))?;
            for number in 0..200 {
                change.put_secret("E1", &format!("kind {number}"), &secret(number))?;
            }
            change.record(&act("made"))?;
            Ok(())
        })
        .expect("written");
        let gone: Vec<Vec<u8>> = (0..200).map(secret).collect();
        assert_eq!(case.scrub(&gone).expect("scrubbed").found, 200, "what is still held is found");
        case.change::<_, StoreError>(|change| {
            for number in 0..200 {
                change.destroy_secret("E1", &format!("kind {number}"))?;
            }
            change.record(&act("destroyed"))?;
            Ok(())
        })
        .expect("written");
        let scrubbed = case.scrub(&gone).expect("scrubbed");
        assert_eq!((scrubbed.found, scrubbed.searched_for), (0, 200));
        let raw = std::fs::read(&path).expect("read");
        assert!(gone.iter().all(|needle| !raw.windows(needle.len()).any(|window| window == needle.as_slice())));
        assert_eq!(
            raw.len() as u64 + std::fs::metadata(side_file(&path, "-shm")).map_or(0, |shm| shm.len()),
            scrubbed.bytes_searched
        );
    }

    #[test]
    fn a_reader_of_an_older_state_stands_in_the_way() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("case.scrutineer");
        let mut case = CaseFile::create(&path, "t", "2026-01-01T00:00:00+00:00").expect("made");
        let other = rusqlite::Connection::open(&path).expect("opens");
        other.execute_batch("BEGIN; SELECT * FROM case_info").expect("reads");
        let act = Act { at: "x", actor: "t", act: "made", detail: serde_json::json!({}) };
        case.write(&act, |_| Ok(())).expect("written");
        assert!(matches!(case.scrub(&[]), Err(StoreError::Locked { .. })));
        other.execute_batch("COMMIT").expect("done");
        case.scrub(&[]).expect("now it can");
    }
}
