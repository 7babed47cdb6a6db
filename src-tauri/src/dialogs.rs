//! Native dialogs, opened from this side so that the UI needs no permission for them.
//!
//! In an automated test (`SCRUTINEER_E2E_DIR`) no dialog opens: the answer to "open" is the text of `dialog-open.txt` (one
//! path a line), the answer to "save" that of `dialog-save.txt`. A missing or empty file stands for "cancel".

use std::fs;
use std::path::{Path, PathBuf};

use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FilePath};

use crate::places::{CASE_ENDING, Places};

/// What an "open" dialog asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// One folder.
    Folder,
    /// Files to import.
    Files,
    /// One folder with originals that the case keeps by their digests only.
    Originals,
    /// One case.
    Case,
    /// One file with keys.
    Keys,
    /// One file with receipts.
    Receipts,
    /// One file with ballots.
    Ballots,
    /// One file with a published result.
    Published,
    /// One file with what an export lacks.
    Settings,
    /// One file with a roll.
    Roll,
    /// One file with paper ballots.
    Paper,
    /// One folder to write into.
    Target,
    /// Files for the evidence locker.
    Evidence,
    /// One export of a monitoring system.
    Alerts,
}

/// Asks for existing files; empty where the user cancelled.
pub(crate) fn open(app: &AppHandle, places: &Places, wanted: Wanted) -> Vec<PathBuf> {
    if let Some(dir) = places.test_dir() {
        return answers(dir, "dialog-open.txt");
    }
    let dialog = app.dialog().file();
    let chosen = match wanted {
        Wanted::Folder => {
            dialog.set_title("Choose the folder of the export").blocking_pick_folder().map(|one| vec![one])
        }
        Wanted::Originals => {
            dialog.set_title("Choose the folder where the originals lie").blocking_pick_folder().map(|one| vec![one])
        }
        Wanted::Files => dialog.set_title("Choose the files of the export").blocking_pick_files(),
        Wanted::Case => dialog
            .set_title("Open a case")
            .add_filter("Scrutineer case", &[CASE_ENDING])
            .blocking_pick_file()
            .map(|one| vec![one]),
        Wanted::Keys => dialog.set_title("Choose the file with the keys").blocking_pick_file().map(|one| vec![one]),
        Wanted::Receipts => {
            dialog.set_title("Choose the file with the receipts").blocking_pick_file().map(|one| vec![one])
        }
        Wanted::Published => dialog.set_title("Choose the published result").blocking_pick_file().map(|one| vec![one]),
        Wanted::Ballots => {
            dialog.set_title("Choose the file with the ballots").blocking_pick_file().map(|one| vec![one])
        }
        Wanted::Roll => dialog
            .set_title("Choose the roll")
            .add_filter("Table (CSV)", &["csv", "txt", "tsv"])
            .blocking_pick_file()
            .map(|one| vec![one]),
        Wanted::Paper => {
            dialog.set_title("Choose the file with the paper ballots").blocking_pick_file().map(|one| vec![one])
        }
        Wanted::Evidence => dialog.set_title("Choose the files to keep as evidence").blocking_pick_files(),
        Wanted::Alerts => dialog
            .set_title("Choose the export of the monitoring system")
            .add_filter("JSON", &["json"])
            .blocking_pick_file()
            .map(|one| vec![one]),
        Wanted::Target => dialog.set_title("Choose a folder").blocking_pick_folder().map(|one| vec![one]),
        Wanted::Settings => {
            dialog.set_title("Choose the file with what the export lacks").blocking_pick_file().map(|one| vec![one])
        }
    };
    chosen.unwrap_or_default().into_iter().filter_map(|path| path.into_path().ok()).collect()
}

/// Asks where to save; `None` where the user cancelled. The ending is added where it is missing.
pub(crate) fn save(app: &AppHandle, places: &Places, title: &str, name: &str, ending: &str) -> Option<PathBuf> {
    let path = match places.test_dir() {
        Some(dir) => answers(dir, "dialog-save.txt").into_iter().next(),
        None => {
            let dialog = app.dialog().file().set_title(title).set_file_name(name);
            let dialog = if ending.is_empty() { dialog } else { dialog.add_filter(ending, &[ending]) };
            dialog.blocking_save_file().map(FilePath::into_path).and_then(Result::ok)
        }
    }?;
    Some(with_ending(path, ending))
}

/// The path with its ending added where it is missing; a dot in the name is no ending.
pub(crate) fn with_ending(mut path: PathBuf, ending: &str) -> PathBuf {
    if !ending.is_empty() && path.extension().is_none_or(|found| found != ending) {
        let mut text = path.into_os_string();
        text.push(".");
        text.push(ending);
        path = PathBuf::from(text);
    }
    path
}

fn answers(dir: &Path, name: &str) -> Vec<PathBuf> {
    let text = fs::read_to_string(dir.join(name)).unwrap_or_default();
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(PathBuf::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_ending_is_added_and_a_dot_in_the_name_is_kept() {
        assert_eq!(with_ending("report".into(), "pdf"), PathBuf::from("report.pdf"));
        assert_eq!(with_ending("report.pdf".into(), "pdf"), PathBuf::from("report.pdf"));
        assert_eq!(with_ending("v1.2".into(), "pdf"), PathBuf::from("v1.2.pdf"));
        assert_eq!(with_ending("folder".into(), ""), PathBuf::from("folder"));
    }
}
