//! The ZIP file of a bundle: one way to write it, to the byte (`FORMAT.md`, "The container"). So a reader can write it again
//! and compare, and no byte of it is left unlooked at.

use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::Crc;

/// Bytes that a bundle may have, one more than the most.
pub(super) const TOO_LARGE: u64 = u32::MAX as u64;
/// Entries that a bundle may have, one more than the most.
const TOO_MANY: usize = u16::MAX as usize;
const VERSION: u16 = 20;
/// UNIX, version 2.0 of the specification.
const MADE_BY: u16 = 0x0314;
/// Paths are UTF-8.
const FLAGS: u16 = 0x0800;
/// 1980-01-01.
const DATE: u16 = 0x0021;
/// A plain file that all may read.
const MODE: u32 = 0x81A4_0000;
const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";

/// One file of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) crc: u32,
    pub(super) bytes: u32,
    /// Place of its local header.
    offset: u32,
}

impl Entry {
    /// What both headers share, from "version needed" to the length of the extra fields.
    fn shared(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for number in [VERSION, FLAGS, 0, 0, DATE] {
            out.extend(number.to_le_bytes());
        }
        for number in [self.crc, self.bytes, self.bytes] {
            out.extend(number.to_le_bytes());
        }
        let length = u16::try_from(self.path.len()).unwrap_or(u16::MAX);
        out.extend(length.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    fn local(&self) -> Vec<u8> {
        [LOCAL.as_slice(), &self.shared(), self.path.as_bytes()].concat()
    }

    fn central(&self) -> Vec<u8> {
        let mut out = [CENTRAL.as_slice(), &MADE_BY.to_le_bytes(), &self.shared()].concat();
        // No comment, first disk, no internal attributes.
        out.extend([0; 6]);
        out.extend(MODE.to_le_bytes());
        out.extend(self.offset.to_le_bytes());
        out.extend(self.path.as_bytes());
        out
    }

    /// Where its bytes begin.
    fn content(&self) -> u64 {
        u64::from(self.offset) + 30 + self.path.len() as u64
    }
}

fn end_of(entries: &[Entry], begins: u32, size: u32) -> Vec<u8> {
    let count = u16::try_from(entries.len()).unwrap_or(u16::MAX);
    let mut out = END.to_vec();
    for number in [0, 0, count, count] {
        out.extend(number.to_le_bytes());
    }
    out.extend(size.to_le_bytes());
    out.extend(begins.to_le_bytes());
    out.extend([0, 0]);
    out
}

fn wrong(what: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.into())
}

/// Whether a path may stand in a bundle.
pub(super) fn is_path(path: &str) -> bool {
    path.len() < 1 << 15
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
        && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// Writes a bundle entry by entry, in the order of their paths.
pub(super) struct Writer<W> {
    out: W,
    at: u64,
    entries: Vec<Entry>,
}

impl<W: Write + Seek> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, at: 0, entries: Vec::new() }
    }

    /// Adds a file with everything that a source gives.
    pub(super) fn add(&mut self, path: &str, source: &mut dyn Read) -> io::Result<()> {
        let is_next = self.entries.last().is_none_or(|last| last.path.as_bytes() < path.as_bytes());
        if !is_path(path) || !is_next || self.entries.len() + 1 >= TOO_MANY {
            return Err(wrong(format!("{path} cannot be put into a bundle at this place")));
        }
        let full = || io::Error::new(io::ErrorKind::FileTooLarge, "a bundle holds less than 4 GiB");
        let offset = u32::try_from(self.at).map_err(|_| full())?;
        let mut entry = Entry { path: path.to_owned(), crc: 0, bytes: 0, offset };
        self.out.write_all(&entry.local())?;
        let (mut crc, mut bytes) = (Crc::new(), 0u64);
        let mut buffer = vec![0; 1 << 16];
        loop {
            let read = source.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            crc.update(&buffer[..read]);
            bytes += read as u64;
            if entry.content() + bytes >= TOO_LARGE {
                return Err(full());
            }
            self.out.write_all(&buffer[..read])?;
        }
        entry.crc = crc.sum();
        entry.bytes = u32::try_from(bytes).map_err(|_| full())?;
        self.at = entry.content() + bytes;
        self.out.seek(SeekFrom::Start(u64::from(offset)))?;
        self.out.write_all(&entry.local())?;
        self.out.seek(SeekFrom::Start(self.at))?;
        self.entries.push(entry);
        Ok(())
    }

    /// Writes the directory.
    pub(super) fn finish(mut self) -> io::Result<W> {
        let directory: Vec<u8> = self.entries.iter().flat_map(Entry::central).collect();
        let size = directory.len() as u64;
        if self.at + size + 22 >= TOO_LARGE {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a bundle holds less than 4 GiB"));
        }
        self.out.write_all(&directory)?;
        let number = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        self.out.write_all(&end_of(&self.entries, number(self.at), number(size)))?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// An open bundle. Its container was compared with what [`Writer`] writes; the contents were not looked at.
pub(super) struct Bundle<R> {
    source: R,
    pub(super) entries: Vec<Entry>,
}

impl<R: Read + Seek> Bundle<R> {
    /// Reads the directory and compares every byte outside the contents.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] with what is wrong, in a sentence without full stop.
    pub(super) fn open(mut source: R) -> io::Result<Self> {
        let length = source.seek(SeekFrom::End(0))?;
        if !(22..TOO_LARGE).contains(&length) {
            return Err(wrong("this is no bundle: a bundle has at least an end record and less than 4 GiB"));
        }
        let mut end = [0; 22];
        source.seek(SeekFrom::Start(length - 22))?;
        source.read_exact(&mut end)?;
        let number = |at: usize| u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]);
        let (size, begins) = (number(12), number(16));
        if end[..4] != END || u64::from(begins) + u64::from(size) + 22 != length {
            return Err(wrong("the end of the file is not that of a bundle; was it cut off or added to?"));
        }
        let mut directory = vec![0; usize::try_from(size).map_err(|_| wrong("the directory is too large"))?];
        source.seek(SeekFrom::Start(u64::from(begins)))?;
        source.read_exact(&mut directory)?;
        let entries = entries_of(&directory)?;
        let again: Vec<u8> = entries.iter().flat_map(Entry::central).collect();
        if again != directory || end_of(&entries, begins, size) != end {
            return Err(wrong("the directory is not written as a bundle's is"));
        }
        let mut at = 0;
        for (place, entry) in entries.iter().enumerate() {
            let is_next = place == 0 || entries[place - 1].path.as_bytes() < entry.path.as_bytes();
            if !is_path(&entry.path) || !is_next || u64::from(entry.offset) != at {
                return Err(wrong(format!("the entry {} does not stand where it belongs", entry.path.escape_debug())));
            }
            let expected = entry.local();
            let mut found = vec![0; expected.len()];
            source.seek(SeekFrom::Start(at))?;
            source.read_exact(&mut found)?;
            if found != expected {
                return Err(wrong(format!("the header of {} differs from the directory", entry.path.escape_debug())));
            }
            at = entry.content() + u64::from(entry.bytes);
        }
        if at != u64::from(begins) {
            return Err(wrong("there are bytes between the last entry and the directory, or some are missing"));
        }
        Ok(Self { source, entries })
    }

    /// A file of the bundle, to be read once; `None` where there is none of this path.
    pub(super) fn read(&mut self, path: &str) -> io::Result<Option<impl Read + '_>> {
        let Some(entry) = self.entries.iter().find(|entry| entry.path == path) else { return Ok(None) };
        self.source.seek(SeekFrom::Start(entry.content()))?;
        Ok(Some((&mut self.source).take(u64::from(entry.bytes))))
    }
}

fn entries_of(directory: &[u8]) -> io::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    let mut rest = directory;
    while !rest.is_empty() {
        let cut = || wrong("the directory is cut off");
        let head: &[u8; 46] = rest.first_chunk().ok_or_else(cut)?;
        let number = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
        let length = usize::from(u16::from_le_bytes([head[28], head[29]]));
        let path = rest.get(46..46 + length).ok_or_else(cut)?;
        let path = std::str::from_utf8(path).map_err(|_| wrong("a path is not UTF-8"))?;
        entries.push(Entry { path: path.to_owned(), crc: number(16), bytes: number(20), offset: number(42) });
        rest = &rest[46 + length..];
    }
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = Writer::new(Cursor::new(Vec::new()));
        for (path, text) in
            [("MANIFEST", "one\n"), ("inputs/Wählerverzeichnis.csv", ""), ("tables/votes.jsonl", "{}\n{}\n")]
        {
            writer.add(path, &mut text.as_bytes()).expect("added");
        }
        writer.finish().expect("finished").into_inner()
    }

    #[test]
    fn a_common_reader_reads_it() {
        let mut archive = zip::ZipArchive::new(Cursor::new(sample())).expect("a ZIP file");
        let mut text = String::new();
        archive.by_name("tables/votes.jsonl").expect("there").read_to_string(&mut text).expect("text");
        assert_eq!((archive.len(), text.as_str()), (3, "{}\n{}\n"));
    }

    #[test]
    fn every_bit_of_the_container_is_looked_at() {
        let bytes = sample();
        let bundle = Bundle::open(Cursor::new(bytes.clone())).expect("a bundle");
        let contents: Vec<(usize, usize)> = (bundle.entries.iter())
            .map(|entry| (usize::try_from(entry.content()).expect("small"), entry.bytes as usize))
            .collect();
        for at in 0..bytes.len() {
            if contents.iter().any(|(begin, length)| (*begin..begin + length).contains(&at)) {
                continue;
            }
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[at] ^= 1 << bit;
                assert!(Bundle::open(Cursor::new(changed)).is_err(), "bit {bit} of byte {at} is not looked at");
            }
        }
        for longer in
            [[bytes.as_slice(), b"x"].concat(), [b"x", bytes.as_slice()].concat(), bytes[..bytes.len() - 1].to_vec()]
        {
            assert!(Bundle::open(Cursor::new(longer)).is_err());
        }
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for path in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a\\b", "a\nb", "a/."] {
            assert!(Writer::new(Cursor::new(Vec::new())).add(path, &mut io::empty()).is_err(), "{path:?}");
        }
    }
}
