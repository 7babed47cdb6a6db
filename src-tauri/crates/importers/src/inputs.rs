//! From what the user names (files, folders, ZIP archives) to a list of files in the order in which they count.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use tempfile::TempDir;

/// Most bytes that one archive may unpack to.
const MAX_UNPACKED: u64 = 64 << 30;
/// Most that a single archive member may grow while unpacking, once it is larger than [`SMALL_MEMBER`].
const MAX_RATIO: u64 = 500;
/// Members up to this size may grow as they like.
const SMALL_MEMBER: u64 = 64 << 20;
/// Most files in one input.
const MAX_FILES: usize = 100_000;
/// Bytes that recognition may look at.
pub const HEAD_BYTES: usize = 256 << 10;

/// One file to read.
#[derive(Clone, Debug)]
pub struct InputSource {
    /// Path relative to the input, with `/` between parts.
    pub path: String,
    /// Where the bytes are.
    pub location: PathBuf,
    /// Folders between the input and the file.
    pub depth: usize,
    /// Size in bytes.
    pub bytes: u64,
}

/// Name and first bytes of a file, unpacked where it is compressed.
#[derive(Clone, Debug)]
pub struct FileHead {
    /// File name in lower case without folders and without `.gz`.
    pub name: String,
    /// First bytes.
    pub bytes: Vec<u8>,
    /// True where the file is compressed.
    pub is_gzip: bool,
}

/// All files of an import; keeps unpacked archives until dropped.
#[derive(Debug, Default)]
pub struct InputSet {
    /// Files, nearest to the input first.
    pub files: Vec<InputSource>,
    /// Entries that were passed over, with the reason.
    pub skipped: Vec<(String, String)>,
    unpacked: Vec<TempDir>,
}

/// Why an input could not be gathered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// A path that cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// What the system says.
        source: io::Error,
    },
    /// An archive that must not be unpacked.
    #[error("{path}: {reason}")]
    Archive {
        /// The archive, and the member behind a colon.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nothing to read.
    #[error("{path}: there is no file in it")]
    Empty {
        /// The inputs as given.
        path: String,
    },
}

impl InputSet {
    /// Gathers the files of several inputs that are one export.
    ///
    /// # Errors
    /// [`InputError`] where a path cannot be read, an archive is hostile, or nothing is there.
    pub fn gather(inputs: &[PathBuf]) -> Result<Self, InputError> {
        let mut set = Self::default();
        for input in inputs {
            let name = file_name(input);
            let meta = std::fs::metadata(input)
                .map_err(|source| InputError::Unreadable { path: input.display().to_string(), source })?;
            let prefix = if inputs.len() > 1 { format!("{name}/") } else { String::new() };
            if meta.is_dir() {
                set.walk(input, &prefix, 0)?;
            } else if !meta.is_file() {
                // A pipe would make us wait for ever, a device may never end, and neither can be read twice.
                return Err(InputError::Unreadable {
                    path: input.display().to_string(),
                    source: io::Error::other("neither a file nor a folder; save what it holds to a file"),
                });
            } else if is_zip(input)? && !is_workbook(&name) {
                set.unpack(input, &prefix)?;
            } else {
                set.files.push(InputSource { path: name, location: input.clone(), depth: 0, bytes: meta.len() });
            }
        }
        if set.files.is_empty() {
            let path = inputs.iter().map(|input| input.display().to_string()).collect::<Vec<_>>().join(", ");
            return Err(InputError::Empty { path });
        }
        set.files.sort_by(|left, right| left.path.cmp(&right.path));
        Ok(set)
    }

    fn walk(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<(), InputError> {
        let unreadable = |source| InputError::Unreadable { path: folder.display().to_string(), source };
        if depth > 32 {
            self.skipped.push((prefix.to_owned(), "folders are nested too deep".to_owned()));
            return Ok(());
        }
        let mut entries: Vec<_> =
            std::fs::read_dir(folder).map_err(unreadable)?.collect::<Result<_, _>>().map_err(unreadable)?;
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = format!("{prefix}{name}");
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_symlink() {
                self.skipped.push((path, "links are not followed".to_owned()));
            } else if kind.is_dir() {
                self.walk(&entry.path(), &format!("{path}/"), depth + 1)?;
            } else if kind.is_file() {
                if self.files.len() >= MAX_FILES {
                    return Err(InputError::Archive {
                        path: folder.display().to_string(),
                        reason: format!("more than {MAX_FILES} files; name the folder that holds the export"),
                    });
                }
                let bytes = entry.metadata().map_err(unreadable)?.len();
                self.files.push(InputSource { path, location: entry.path(), depth, bytes });
            } else {
                self.skipped.push((path, "neither a file nor a folder".to_owned()));
            }
        }
        Ok(())
    }

    fn unpack(&mut self, archive: &Path, prefix: &str) -> Result<(), InputError> {
        let shown = archive.display().to_string();
        let unreadable = |source| InputError::Unreadable { path: shown.clone(), source };
        let hostile = |member: &str, reason: &str| InputError::Archive {
            path: format!("{shown}: {member}"),
            reason: reason.to_owned(),
        };
        let mut zip = zip::ZipArchive::new(File::open(archive).map_err(unreadable)?).map_err(|error| {
            InputError::Archive { path: shown.clone(), reason: format!("the ZIP archive is damaged: {error}") }
        })?;
        if members_named(archive).map_err(unreadable)?.is_some_and(|named| named != zip.len()) {
            return Err(hostile(
                "",
                "a member stands in it twice, so nobody can tell which one counts; unpack it by hand",
            ));
        }
        let folder = tempfile::tempdir().map_err(unreadable)?;
        let mut total = 0u64;
        if zip.len() > MAX_FILES {
            return Err(hostile("", &format!("more than {MAX_FILES} members")));
        }
        for index in 0..zip.len() {
            let shown_name =
                zip.name_for_index(index).and_then(Result::ok).map_or_else(|| index.to_string(), Into::into);
            let mut member = zip.by_index(index).map_err(|error| {
                let is_encrypted = matches!(
                    error,
                    zip::result::ZipError::UnsupportedArchive(zip::result::ZipError::PASSWORD_REQUIRED)
                );
                let encrypted = "it is encrypted; unpack the archive with its password and import the folder";
                hostile(&shown_name, if is_encrypted { encrypted.to_owned() } else { error.to_string() }.as_str())
            })?;
            let name = match member.name() {
                Ok(name) => name.into_owned(),
                Err(error) => {
                    return Err(hostile(&index.to_string(), &format!("the member's name cannot be read: {error}")));
                }
            };
            if member.is_dir() {
                continue;
            }
            if member.is_symlink() {
                self.skipped.push((format!("{prefix}{name}"), "links are not followed".to_owned()));
                continue;
            }
            if member.enclosed_name().is_none() || name.starts_with('/') || name.contains(['\\', '\0']) {
                return Err(hostile(&name, "the name leads outside the archive; nothing was unpacked from it"));
            }
            let packed = member.compressed_size().max(1);
            // The member's own name never touches the disk: a number does.
            let location = folder.path().join(format!("{index}"));
            let mut out = File::create(&location).map_err(unreadable)?;
            let mut written = 0u64;
            let mut buffer = vec![0u8; 1 << 20];
            loop {
                let count = member
                    .read(&mut buffer)
                    .map_err(|error| hostile(&name, &format!("cannot be unpacked: {error}")))?;
                if count == 0 {
                    break;
                }
                written += count as u64;
                total += count as u64;
                if total > MAX_UNPACKED || (written > SMALL_MEMBER && written / packed > MAX_RATIO) {
                    return Err(hostile(
                        &name,
                        "grows beyond all measure while unpacking; unpack it by hand if you trust it",
                    ));
                }
                io::Write::write_all(&mut out, &buffer[..count]).map_err(unreadable)?;
            }
            let depth = name.matches('/').count();
            self.files.push(InputSource { path: format!("{prefix}{name}"), location, depth, bytes: written });
        }
        self.unpacked.push(folder);
        Ok(())
    }
}

impl InputSource {
    /// Name and first bytes, for recognition.
    ///
    /// # Errors
    /// What the system says.
    pub fn head(&self) -> io::Result<FileHead> {
        let mut name = self.path.rsplit('/').next().unwrap_or(&self.path).to_lowercase();
        let mut magic = Vec::new();
        File::open(&self.location)?.take(2).read_to_end(&mut magic)?;
        let is_gzip = magic == [0x1f, 0x8b];
        if is_gzip && let Some(stem) = name.strip_suffix(".gz") {
            name = stem.to_owned();
        }
        let mut bytes = Vec::new();
        if is_gzip {
            MultiGzDecoder::new(File::open(&self.location)?).take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
        } else {
            File::open(&self.location)?.take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
        }
        Ok(FileHead { name, bytes, is_gzip })
    }
}

/// Members that the end of an archive speaks of; none where it does not say (a long archive, text behind the end).
fn members_named(archive: &Path) -> io::Result<Option<usize>> {
    const END: usize = 22;
    let mut file = File::open(archive)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(END as u64)))?;
    let mut end = Vec::with_capacity(END);
    file.read_to_end(&mut end)?;
    let is_end = end.len() == END && end.starts_with(b"PK\x05\x06");
    let named = is_end.then(|| usize::from(u16::from_le_bytes([end[10], end[11]])));
    Ok(named.filter(|named| *named < usize::from(u16::MAX)))
}

/// A workbook is a ZIP archive too, but one file of evidence.
fn is_workbook(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xlsx"))
}

fn is_zip(path: &Path) -> Result<bool, InputError> {
    let unreadable = |source| InputError::Unreadable { path: path.display().to_string(), source };
    let mut magic = Vec::new();
    File::open(path).map_err(unreadable)?.take(4).read_to_end(&mut magic).map_err(unreadable)?;
    Ok(magic == b"PK\x03\x04" || magic == b"PK\x05\x06")
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}
