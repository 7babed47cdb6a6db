//! Files of a bundle before they are put together, each with its digest: in a temporary folder, so that nothing is held in memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::container::{Writer, is_path};
use crate::Error;

/// A file that waits.
struct Waiting {
    content: Content,
    sha256: String,
}

enum Content {
    Bytes(Vec<u8>),
    File(PathBuf),
}

/// The files of a bundle by their paths.
pub(super) struct Stage {
    folder: tempfile::TempDir,
    files: BTreeMap<String, Waiting>,
}

/// Counts and hashes what passes through.
struct Hashing<W> {
    out: W,
    hasher: Sha256,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

impl Stage {
    pub(super) fn new() -> Result<Self, Error> {
        Ok(Self { folder: tempfile::tempdir()?, files: BTreeMap::new() })
    }

    /// Adds a small file.
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>) {
        let sha256 = domain::digest::encode_hex(&Sha256::digest(&bytes));
        self.files.insert(path.to_owned(), Waiting { content: Content::Bytes(bytes), sha256 });
    }

    /// Adds a file that is made piece by piece.
    pub(super) fn write(
        &mut self,
        path: &str,
        make: impl FnOnce(&mut dyn Write) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let waiting = self.folder.path().join(self.files.len().to_string());
        let mut out = Hashing { out: BufWriter::new(File::create(&waiting)?), hasher: Sha256::new() };
        make(&mut out)?;
        out.flush()?;
        let sha256 = domain::digest::encode_hex(&out.hasher.finalize());
        self.files.insert(path.to_owned(), Waiting { content: Content::File(waiting), sha256 });
        Ok(())
    }

    /// Adds what a source gives, if it has this digest. Answers whether it had.
    pub(super) fn copy(&mut self, path: &str, source: &mut dyn Read, sha256: &str) -> Result<bool, Error> {
        self.write(path, |out| Ok(io::copy(source, out).map(|_| ())?))?;
        let is_it = self.files.get(path).is_some_and(|waiting| waiting.sha256 == sha256);
        if !is_it {
            self.files.remove(path);
        }
        Ok(is_it)
    }

    /// Fails where a file has another digest; answers true.
    pub(super) fn must_be(&self, path: &str, sha256: &str) -> Result<bool, Error> {
        if self.files.get(path).is_some_and(|waiting| waiting.sha256 == sha256) {
            return Ok(true);
        }
        Err(Error::refused(format!(
            "{path}: the kept bytes do not fit their digest; the case is damaged, use a backup"
        )))
    }

    /// What the signature covers.
    pub(super) fn signed_manifest(&self) -> &[u8] {
        match self.files.get(super::MANIFEST).map(|waiting| &waiting.content) {
            Some(Content::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }

    /// A path that is free and close to the one wanted.
    pub(super) fn free_path(&self, wanted: &str) -> String {
        let plain: Vec<String> = (wanted.split(['/', '\\']))
            .filter(|part| !matches!(*part, "" | "." | ".."))
            .map(|part| part.chars().map(|letter| if letter.is_control() { '_' } else { letter }).collect())
            .collect();
        let path = format!("inputs/{}", if plain.is_empty() { "file".to_owned() } else { plain.join("/") });
        let is_free = |path: &String| {
            // A file and a folder of one name cannot both be unpacked.
            let inside = format!("{path}/");
            is_path(path)
                && !self.files.keys().any(|known| {
                    known.eq_ignore_ascii_case(path)
                        || known.starts_with(&inside)
                        || path.starts_with(&format!("{known}/"))
                })
        };
        std::iter::once(path.clone())
            .chain((2..).map(|number| format!("{path}~{number}")))
            .take(10_000)
            .find(is_free)
            .unwrap_or_else(|| format!("inputs/file~{}", self.files.len()))
    }

    /// The manifest of everything so far.
    pub(super) fn manifest(&self) -> String {
        self.files.iter().map(|(path, waiting)| format!("{}  {path}\n", waiting.sha256)).collect()
    }

    /// Number of files.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// Puts everything together.
    pub(super) fn finish<W: Write + Seek>(&self, out: W) -> io::Result<W> {
        let mut writer = Writer::new(out);
        for (path, waiting) in &self.files {
            match &waiting.content {
                Content::Bytes(bytes) => writer.add(path, &mut bytes.as_slice())?,
                Content::File(file) => writer.add(path, &mut BufReader::new(File::open(file)?))?,
            }
        }
        writer.finish()
    }
}
