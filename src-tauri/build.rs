//! Prepares the window's manifest, icons and permissions at build time.

fn main() {
    tauri_build::build();
}
