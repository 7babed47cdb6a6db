//! Starts the window.

// A console would open beside the window on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

fn main() {
    scrutineer_desktop::run(std::env::args_os().skip(1));
}
