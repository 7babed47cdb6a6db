//! The window of Scrutineer: commands that parse, call `workflow` and convert. It decides nothing about evidence.
//!
//! * `commands/` one file for each screen; each command is a few lines
//! * `wire/` the JSON shapes, with their TypeScript twins
//! * `jobs.rs` long work on threads of its own: progress at most ten times a second, cancelling
//! * `state.rs` what is open; `office.rs` who is signed in; `places.rs` where our own files lie; `dialogs.rs` the native dialogs; `sample.rs` the sample
//!
//! The UI has no permission but its own commands: no file system, no shell, no network. Paths that the user chose stay on
//! this side. Started with `--sample` the window shows the bundled sample; with the path of a case it opens that case.

mod commands;
mod dialogs;
mod jobs;
mod office;
mod places;
mod sample;
mod state;
pub mod wire;

use std::ffi::OsString;
use std::path::PathBuf;
use std::thread;
use std::time::Duration;

use tauri::{DragDropEvent, Manager, WindowEvent};

use state::{Desk, Opening};

/// Time between two looks at whether anybody is still there.
const IDLE_LOOK: Duration = Duration::from_secs(5);

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
            let desk = Desk::new(opening, places);
            let office = desk.office();
            app.manage(desk);
            thread::spawn(move || {
                loop {
                    thread::sleep(IDLE_LOOK);
                    office.lock_if_idle();
                }
            });
            Ok(())
        })
        .on_window_event(|window, event| {
            if let WindowEvent::CloseRequested { api, .. } = event
                && window.state::<Desk>().office().has_booth()
            {
                // A desk for voters is closed by a clerk, not by its window.
                api.prevent_close();
            }
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
            commands::investigate::inquiries,
            commands::investigate::look_up_subject,
            commands::investigate::print_subject,
            commands::investigate::compare_with,
            commands::investigate::print_comparison,
            commands::settings::assume,
            commands::settings::assume_file,
            commands::settings::known,
            commands::settings::say_known,
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
            commands::reports::print_on,
            commands::office::office,
            commands::office::found_office,
            commands::office::sign_in,
            commands::office::sign_out,
            commands::office::touch_office,
            commands::office::set_idle_minutes,
            commands::office::put_account,
            commands::own::own_elections,
            commands::own::own_election,
            commands::own::contest_methods,
            commands::own::new_own_election,
            commands::own::set_own_election,
            commands::own::delete_own_election,
            commands::own::clone_own_election,
            commands::own::nominations,
            commands::own::nominate,
            commands::own::answer_nomination,
            commands::own::open_own_election,
            commands::roll::choose_roll,
            commands::roll::plan_roll,
            commands::roll::import_roll,
            commands::roll::roll_page,
            commands::roll::proxies,
            commands::roll::grant_proxy,
            commands::roll::revoke_proxy,
            commands::letters::write_letters,
            commands::letters::reissue_credential,
            commands::booth::open_booth,
            commands::booth::booth,
            commands::booth::sign_in_voter,
            commands::booth::cast_ballot,
            commands::booth::leave_voter,
            commands::booth::close_booth,
            commands::paper::paper_batches,
            commands::paper::enter_paper,
            commands::paper::choose_paper_file,
            commands::paper::attest_paper,
            commands::paper::void_paper,
            commands::paper::hand_out_paper,
            commands::changes::extend_election,
            commands::changes::exclude_vote,
            commands::changes::merge_write_ins,
            commands::changes::roll_back_election,
            commands::changes::cancel_election,
            commands::outbox::notices,
            commands::outbox::notice_templates,
            commands::outbox::prepare_notice,
            commands::outbox::notice_messages,
            commands::outbox::write_notice,
            commands::outbox::confirm_notice,
            commands::outcome::pre_close,
            commands::outcome::close_own_election,
            commands::outcome::post_close,
            commands::outcome::count_own_election,
            commands::outcome::own_result,
            commands::outcome::certify_election,
            commands::outcome::certificate,
            commands::outcome::print_certificate,
            commands::outcome::privacy_guard,
            commands::outcome::publish_election,
            commands::outcome::reveal_key,
            commands::incidents::incidents,
            commands::incidents::incident,
            commands::incidents::incident_clocks,
            commands::incidents::declare_form,
            commands::incidents::declare_incident,
            commands::incidents::record_incident,
            commands::incidents::apply_playbook,
            commands::incidents::add_incident_election,
            commands::response::change_step,
            commands::response::run_step,
            commands::response::run_check,
            commands::response::tick_item,
            commands::response::take_decision,
            commands::response::set_incident_role,
            commands::response::note_call,
            commands::response::hold_back,
            commands::response::note_override,
            commands::response::add_action,
            commands::incident_notices::incident_templates,
            commands::incident_notices::preview_incident_notice,
            commands::incident_notices::prepare_incident_notice,
            commands::incident_notices::approve_incident_notice,
            commands::incident_notices::confirm_incident_notice,
            commands::incident_notices::write_incident_notice,
            commands::locker::locker,
            commands::locker::add_evidence,
            commands::locker::add_evidence_note,
            commands::locker::verify_evidence,
            commands::locker::seal_evidence,
            commands::locker::export_evidence,
            commands::locker::search_log,
            commands::locker::pin_line,
            commands::locker::take_excerpt,
            commands::locker::import_alerts,
            commands::incident_office::contacts,
            commands::incident_office::save_contacts,
            commands::incident_office::incident_commands,
            commands::incident_office::save_command_values,
            commands::incident_office::incident_metrics,
            commands::incident_office::export_metrics,
            commands::incident_office::incident_papers,
            commands::incident_office::print_incident,
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
            // A command stands two blanks deep; what stands deeper belongs to one that takes several lines.
            .filter(|line| !line.starts_with("    "))
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
