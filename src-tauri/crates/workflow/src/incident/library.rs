//! The playbooks and common files in use: the shipped ones, with the files of an office's folder laid over them.

use std::path::Path;

use incidents::{Library, OfficeFile};

use crate::Error;

/// Largest file that is taken for a playbook.
const LARGEST: u64 = 4 << 20;

/// Reads the shipped set, with an office's folder laid over it where one is named. Files with problems are left out and
/// listed in the library; all others load.
///
/// # Errors
/// Where the folder cannot be read at all.
pub fn read_library(folder: Option<&Path>) -> Result<Library, Error> {
    let Some(folder) = folder else { return Ok(Library::shipped()) };
    let mut files = Vec::new();
    read_folder(folder, folder, &mut files)?;
    files.sort_by(|one: &OfficeFile, other| one.name.cmp(&other.name));
    Ok(Library::with_office(&files))
}

fn read_folder(root: &Path, folder: &Path, files: &mut Vec<OfficeFile>) -> Result<(), Error> {
    let failed = |path: &Path, error: std::io::Error| Error::Input {
        path: path.display().to_string(),
        row: 0,
        column: String::new(),
        message: format!("{}: {error}", path.display()),
    };
    for entry in std::fs::read_dir(folder).map_err(|error| failed(folder, error))? {
        let path = entry.map_err(|error| failed(folder, error))?.path();
        if path.is_dir() && folder == root {
            read_folder(root, &path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            let size = std::fs::metadata(&path).map_err(|error| failed(&path, error))?.len();
            let bytes =
                if size > LARGEST { Vec::new() } else { std::fs::read(&path).map_err(|error| failed(&path, error))? };
            let name = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            files.push(OfficeFile { name, bytes });
        }
    }
    Ok(())
}
