//! Writes the TypeScript twins of the wire types: `export-types [FOLDER]`, by default into `ui/src/ipc/generated`.

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ui/src/ipc/generated");
    let folder = env::args_os().nth(1).map_or_else(default, PathBuf::from);
    match scrutineer_desktop::wire::export_types(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The types cannot be written to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
