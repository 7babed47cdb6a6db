//! The window of Scrutineer: commands that parse, call `workflow` and convert. It decides nothing about evidence.
//!
//! * `commands/` one file for each screen; each command is a few lines
//! * `wire/` the JSON shapes, with their TypeScript twins
//! * `jobs.rs` long work on threads of its own: progress at most ten times a second, cancelling
//! * `state.rs` what is open; `places.rs` where our own files lie; `dialogs.rs` the native dialogs; `sample.rs` the sample
//!
//! The UI has no permission but its own commands: no file system, no shell, no network. Paths that the user chose stay on
//! this side. Started with `--sample` the window shows the bundled sample; with the path of a case it opens that case.

mod commands;
mod dialogs;
mod jobs;
mod places;
mod sample;
mod state;
pub mod wire;

use std::ffi::OsString;
use std::path::PathBuf;

use tauri::{DragDropEvent, Manager, WindowEvent};

use state::{Desk, Opening};

/// Opens the window and returns when it is closed.
///
/// # Panics
/// When the machine cannot show a window at all.
pub fn run(arguments: impl Iterator<Item = OsString>) {
    let opening = read_arguments(arguments);
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .setup(move |app| {
            let places = places::Places::find(app.handle())?;
            app.manage(Desk::new(opening, places));
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::DragDrop(event) = event {
                let desk = window.state::<Desk>();
                match event {
                    DragDropEvent::Enter { .. } => desk.files_over(),
                    DragDropEvent::Leave => desk.files_left(),
                    DragDropEvent::Drop { paths, .. } => desk.files_dropped(paths.clone()),
                    _ => {}
                }
            }
        })
        .invoke_handler(tauri::generate_handler![
            commands::case::start,
            commands::case::new_case,
            commands::case::open_case,
            commands::case::open_recent,
            commands::case::forget_recent,
            commands::case::close_case,
            commands::case::case_info,
            commands::case::recheck,
            commands::imports::watch_drops,
            commands::imports::choose_folder,
            commands::imports::choose_files,
            commands::imports::choose_sample,
            commands::imports::plan_import,
            commands::imports::import,
            commands::imports::cancel_job,
            commands::audit::keys_held,
            commands::audit::choose_key_file,
            commands::audit::audit,
            commands::audit::report,
            commands::rows::evidence,
            commands::rows::votes_page,
            commands::rows::vote_place,
            commands::rows::choices,
            commands::rows::audit_page,
            commands::rows::audit_place,
            commands::rows::credentials_page,
            commands::rows::tables,
            commands::rows::table_page,
            commands::rows::addresses_page,
            commands::rows::prepare_search,
            commands::findings::finding_rows,
            commands::findings::mark_finding,
            commands::findings::unmark_finding,
            commands::settings::assume,
            commands::settings::assume_file,
            commands::receipts::check_receipts,
            commands::receipts::check_receipt_file,
            commands::receipts::print_receipts,
            commands::receipts::forget_receipts,
            commands::count::count_rules,
            commands::count::count_election,
            commands::count::count_file,
            commands::count::compare_count,
            commands::count::print_count,
            commands::count::count_pile,
            commands::rows::ledger,
            commands::reports::export,
        ])
        .run(tauri::generate_context!())
        .expect("the machine can show a window");
}

/// `--sample`, the path of a case, or neither.
fn read_arguments(arguments: impl Iterator<Item = OsString>) -> Opening {
    let mut opening = Opening::default();
    for argument in arguments {
        if argument == "--sample" {
            opening.is_sample = true;
        } else if !argument.to_string_lossy().starts_with('-') {
            opening.case = Some(PathBuf::from(argument));
        }
    }
    opening
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The UI's table of commands and the handler's list are two texts; a command missing on one side fails only when used.
    #[test]
    fn the_ui_and_the_window_name_the_same_commands() {
        let handler = include_str!("lib.rs").split("generate_handler![").nth(1).and_then(|rest| rest.split(']').next());
        let mut registered: Vec<&str> =
            handler.expect("a handler").split(',').filter_map(|path| path.trim().rsplit("::").next()).collect();
        registered.retain(|name| !name.is_empty());
        let contract = include_str!("../../ui/src/ipc/contract.ts");
        let table =
            |name: &str| contract.split(name).nth(1).and_then(|rest| rest.split("\n}").next()).expect("a table");
        let mut declared: Vec<&str> = ["interface Commands {", "interface JobCommands {"]
            .iter()
            .flat_map(|name| table(name).lines())
            .filter_map(|line| line.trim().split_once(": ").map(|(name, _)| name))
            .chain(["watch_drops"])
            .collect();
        registered.sort_unstable();
        declared.sort_unstable();
        assert_eq!(registered, declared);
    }

    #[test]
    fn arguments_name_the_sample_or_a_case() {
        let read = |arguments: &[&str]| read_arguments(arguments.iter().map(OsString::from));
        assert!(read(&["--sample"]).is_sample);
        assert_eq!(read(&["a.scrutineer"]).case, Some(PathBuf::from("a.scrutineer")));
        assert_eq!(read(&["--unknown"]).case, None, "an option is no path");
    }
}
