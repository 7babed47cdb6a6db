//! Who signs evidence bundles on this machine: made once, kept in a file that only its owner can read.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use verification::signing::SigningIdentity;
use zeroize::Zeroizing;

use crate::Error;

/// Environment variable that names another file.
pub const IDENTITY_FILE: &str = "SCRUTINEER_IDENTITY";
/// First line of the file.
const HEAD: &str = "scrutineer signing identity 1";

/// The signing identity of this machine's user.
pub struct Identity {
    pub(crate) signing: SigningIdentity,
    /// File that holds it.
    pub path: PathBuf,
    /// True where it was made just now.
    pub is_new: bool,
}

impl Identity {
    /// The identity of this machine's user; made where there is none yet.
    ///
    /// # Errors
    /// [`Error::Keys`] where the file is damaged, [`Error::Output`] where none can be made.
    pub fn of_this_machine() -> Result<Self, Error> {
        let path = default_path().ok_or_else(|| Error::Keys {
            path: IDENTITY_FILE.to_owned(),
            reason: "this system names no folder for the signing identity; name a file in this environment variable"
                .to_owned(),
        })?;
        Self::at(&path)
    }

    /// The identity in a file; made where there is none yet.
    ///
    /// # Errors
    /// As [`Identity::of_this_machine`].
    pub fn at(path: &Path) -> Result<Self, Error> {
        match fs::read_to_string(path) {
            Ok(text) => {
                let text = Zeroizing::new(text);
                let seed = seed_of(&text).ok_or_else(|| Error::Keys {
                    path: path.display().to_string(),
                    reason: "this is no signing identity; put the file of the backup in its place, or move it away to make a new one".to_owned(),
                })?;
                Ok(Self { signing: SigningIdentity::from_seed(&seed), path: path.to_owned(), is_new: false })
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::make(path),
            Err(error) => Err(Error::Keys { path: path.display().to_string(), reason: error.to_string() }),
        }
    }

    fn make(path: &Path) -> Result<Self, Error> {
        let failed = |error: std::io::Error| Error::Output {
            path: path.display().to_string(),
            reason: format!("the signing identity cannot be kept: {error}"),
        };
        let mut seed = Zeroizing::new([0u8; 32]);
        getrandom::fill(seed.as_mut())
            .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        // A temporary file is readable by its owner only, and appears under its name complete or not at all.
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        let text = Zeroizing::new(format!("{HEAD}\n{}\n", STANDARD.encode(seed.as_ref())));
        file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => Ok(Self { signing: SigningIdentity::from_seed(&seed), path: path.to_owned(), is_new: true }),
            // Another run of this program was faster.
            Err(error) if error.error.kind() == std::io::ErrorKind::AlreadyExists => Self::at(path),
            Err(error) => Err(failed(error.error)),
        }
    }

    /// Five words that name it.
    pub fn words(&self) -> String {
        self.signing.public().words()
    }

    /// The public key for `openssl`, PEM.
    pub fn pem(&self) -> String {
        self.signing.public().pem()
    }

    /// The public key for `minisign`.
    pub fn minisign_key(&self) -> String {
        self.signing.public().minisign_key()
    }
}

fn seed_of(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut lines = text.lines();
    if lines.next()? != HEAD {
        return None;
    }
    let bytes = Zeroizing::new(STANDARD.decode(lines.next()?).ok()?);
    Some(Zeroizing::new(<[u8; 32]>::try_from(bytes.as_slice()).ok()?))
}

/// Where the identity lies: beside the data of other programs of this user.
fn default_path() -> Option<PathBuf> {
    if let Some(named) = std::env::var_os(IDENTITY_FILE).filter(|named| !named.is_empty()) {
        return Some(named.into());
    }
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let folder = if cfg!(windows) {
        of("APPDATA")?.join("Scrutineer")
    } else if cfg!(target_os = "macos") {
        of("HOME")?.join("Library/Application Support/Scrutineer")
    } else {
        of("XDG_DATA_HOME").or_else(|| Some(of("HOME")?.join(".local/share")))?.join("scrutineer")
    };
    Some(folder.join("signing-identity"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_made_once_and_read_by_nobody_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("deep/identity");
        let made = Identity::at(&path).expect("made");
        let read = Identity::at(&path).expect("read");
        assert!(made.is_new && !read.is_new);
        assert_eq!(made.words(), read.words());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(&path).expect("there").permissions().mode();
            assert_eq!(mode & 0o077, 0, "others may not read it");
        }
        fs::write(&path, "something else\n").expect("written");
        assert!(matches!(Identity::at(&path), Err(Error::Keys { .. })), "it is not replaced in silence");
    }
}
