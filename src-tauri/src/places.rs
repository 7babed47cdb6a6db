//! Where the program keeps its own files: the list of recent cases, and the cases made from the sample.
//!
//! For automated tests only: the environment variable `SCRUTINEER_E2E_DIR` names a folder that takes the place of all of
//! these, and of the native dialogs (see `dialogs.rs`).

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tauri::{AppHandle, Manager};

use crate::wire::case::RecentCase;

/// Names the folder that automated tests use in place of dialogs and of the user's folders.
const TEST_DIR_VARIABLE: &str = "SCRUTINEER_E2E_DIR";

/// Recent cases kept.
const RECENT_MAX: usize = 8;

/// Ending of a case file.
pub(crate) const CASE_ENDING: &str = "scrutineer";

/// Our folders.
#[derive(Clone, Debug)]
pub(crate) struct Places {
    data: PathBuf,
    test: Option<PathBuf>,
}

impl Places {
    /// Finds the folders of this user, or those of an automated test.
    pub(crate) fn find(app: &AppHandle) -> Result<Self, tauri::Error> {
        let test = env::var_os(TEST_DIR_VARIABLE).filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let data = match &test {
            Some(dir) => dir.clone(),
            None => app.path().app_data_dir()?,
        };
        Ok(Self { data, test })
    }

    /// The folder of an automated test, if one runs.
    pub(crate) fn test_dir(&self) -> Option<&Path> {
        self.test.as_deref()
    }

    /// Where the sample's files are written.
    pub(crate) fn sample(&self) -> PathBuf {
        self.data.join("sample")
    }

    /// Where the office keeps its own playbooks, contacts and values of commands.
    pub(crate) fn office(&self) -> PathBuf {
        self.data.join("office")
    }

    /// A path for a new case that no file has yet.
    pub(crate) fn fresh_case(&self, name: &str) -> io::Result<PathBuf> {
        let folder = if self.test.is_some() { self.data.clone() } else { self.data.join("cases") };
        fs::create_dir_all(&folder)?;
        let numbered = |number: u32| match number {
            1 => folder.join(format!("{name}.{CASE_ENDING}")),
            _ => folder.join(format!("{name} {number}.{CASE_ENDING}")),
        };
        let free = (1..=u32::MAX).map(numbered).find(|path| !path.exists());
        free.ok_or_else(|| io::Error::other("no free name"))
    }

    /// Cases opened before, newest first. An unreadable list is an empty one: it only saves typing.
    pub(crate) fn recent(&self) -> Vec<RecentCase> {
        let text = fs::read_to_string(self.recent_file()).unwrap_or_default();
        serde_json::from_str(&text).unwrap_or_default()
    }

    /// Puts a case at the top of the list.
    pub(crate) fn remember(&self, case: RecentCase) {
        let mut list = self.recent();
        list.retain(|known| known.path != case.path);
        list.insert(0, case);
        list.truncate(RECENT_MAX);
        self.write_recent(&list);
    }

    /// Takes a case off the list; the file stays.
    pub(crate) fn forget(&self, path: &str) {
        let mut list = self.recent();
        list.retain(|known| known.path != path);
        self.write_recent(&list);
    }

    /// A list that cannot be written is no reason to disturb anyone: the case itself is safe.
    fn write_recent(&self, list: &[RecentCase]) {
        let Ok(text) = serde_json::to_string_pretty(list) else { return };
        let file = self.recent_file();
        let draft = file.with_extension("json.new");
        let is_written = fs::create_dir_all(&self.data).and_then(|()| fs::write(&draft, text)).is_ok();
        if is_written {
            let _ = fs::rename(&draft, &file);
        }
    }

    fn recent_file(&self) -> PathBuf {
        self.data.join("recent.json")
    }

    #[cfg(test)]
    pub(crate) fn in_folder(folder: &Path) -> Self {
        Self { data: folder.to_owned(), test: Some(folder.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let folder = env::temp_dir().join(format!("scrutineer-places-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).expect("scratch folder");
        folder
    }

    #[test]
    fn the_newest_case_is_first_and_stands_once() {
        let folder = scratch("recent");
        let places = Places::in_folder(&folder);
        let case = |path: &str| RecentCase { path: path.to_owned(), title: path.to_owned() };
        for path in ["a", "b", "a"] {
            places.remember(case(path));
        }
        assert_eq!(places.recent(), [case("a"), case("b")]);
        places.forget("a");
        assert_eq!(places.recent(), [case("b")]);
        fs::remove_dir_all(folder).expect("scratch folder goes");
    }

    #[test]
    fn a_fresh_case_never_takes_a_name_in_use() {
        let folder = scratch("fresh");
        let places = Places::in_folder(&folder);
        let first = places.fresh_case("Sample").expect("a name");
        fs::write(&first, "").expect("file");
        let second = places.fresh_case("Sample").expect("another name");
        assert!(second.ends_with("Sample 2.scrutineer"), "{}", second.display());
        fs::remove_dir_all(folder).expect("scratch folder goes");
    }
}
