//! Who may depend on whom, and which libraries have one owner.
//!
//! ```text
//! domain <- importers verification tally incidents reports store <- workflow <- cli, scrutineer-desktop, testkit
//! ```

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::manifest::Manifest;
use crate::house::House;

/// Each crate of ours with the crates of ours it may use. A new crate gets a line here.
const MAY_USE: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("importers", &["domain"]),
    ("verification", &["domain"]),
    ("tally", &["domain"]),
    ("incidents", &["domain"]),
    ("reports", &["domain"]),
    ("store", &["domain"]),
    ("workflow", &["domain", "importers", "verification", "tally", "incidents", "reports", "store"]),
    ("cli", &["domain", "workflow"]),
    ("scrutineer-desktop", &["domain", "workflow"]),
    // The journeys look behind the public API where a test must tamper with something.
    ("testkit", &["domain", "importers", "verification", "tally", "incidents", "reports", "store", "workflow", "cli"]),
    ("xtask", &[]),
];

/// Libraries that belong to one crate, so that one place can be looked at for what they do.
const OWNERS: &[(&str, &str)] = &[
    ("rusqlite", "store"),
    ("libsqlite3-sys", "store"),
    ("printpdf", "reports"),
    ("lopdf", "reports"),
    ("qrcodegen", "reports"),
    ("tauri", "scrutineer-desktop"),
    ("tauri-build", "scrutineer-desktop"),
    ("wry", "scrutineer-desktop"),
];

/// Scrutineer is offline as a property: nothing that can open a connection is a direct dependency.
const NETWORK: &[&str] = &[
    "async-std",
    "attohttpc",
    "awc",
    "curl",
    "h2",
    "hyper",
    "hyper-util",
    "isahc",
    "mio",
    "native-tls",
    "openssl",
    "quinn",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "surf",
    "tiny_http",
    "tokio",
    "tonic",
    "tungstenite",
    "ureq",
];

/// Everything wrong with the manifests.
pub(super) fn problems(house: &House) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for path in manifests(house)? {
        let text = fs::read_to_string(&path).with_context(|| format!("{} cannot be read", path.display()))?;
        let shown = path.strip_prefix(&house.root).unwrap_or(&path).display().to_string();
        problems.extend(judge(&Manifest::read(&text)).into_iter().map(|problem| format!("{shown}: {problem}")));
    }
    Ok(problems)
}

/// The shell, the build tasks, the tests and every folder of `crates/`.
fn manifests(house: &House) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> =
        ["src-tauri", "src-tauri/xtask", "tests"].iter().map(|dir| house.path(dir).join("Cargo.toml")).collect();
    let crates = house.path("src-tauri/crates");
    for entry in fs::read_dir(&crates).with_context(|| format!("{} cannot be read", crates.display()))? {
        let path = entry?.path().join("Cargo.toml");
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn judge(manifest: &Manifest) -> Vec<String> {
    let name = manifest.name.as_str();
    let Some((_, allowed)) = MAY_USE.iter().find(|(crate_name, _)| *crate_name == name) else {
        return vec![format!(
            "the crate `{name}` has no place yet; give it a line in the table MAY_USE of xtask's tidy"
        )];
    };
    let mut problems = Vec::new();
    for dependency in manifest.dependencies.iter().map(String::as_str) {
        let is_ours = MAY_USE.iter().any(|(crate_name, _)| *crate_name == dependency);
        if is_ours && !allowed.contains(&dependency) {
            problems.push(format!("`{name}` may not use `{dependency}`: what both need belongs in `domain`"));
        }
        let owner = OWNERS.iter().find(|(library, _)| *library == dependency).map(|(_, owner)| *owner);
        let owner = owner.or_else(|| dependency.starts_with("tauri-plugin-").then_some("scrutineer-desktop"));
        // The bench compares with a bare database.
        let is_peer = name == "testkit" && dependency == "rusqlite";
        if owner.is_some_and(|owner| owner != name) && !is_peer {
            problems.push(format!("only `{}` may use `{dependency}`", owner.unwrap_or_default()));
        }
        if NETWORK.contains(&dependency) || dependency.starts_with("tauri-plugin-http") {
            problems.push(format!("`{dependency}` can open connections; Scrutineer stays offline"));
        }
    }
    if !manifest.shares_lints {
        problems.push("the shared lints are missing: [lints] workspace = true".to_owned());
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(name: &str, dependencies: &[&str]) -> Manifest {
        let dependencies = dependencies.iter().map(|name| (*name).to_owned()).collect();
        Manifest { name: name.to_owned(), dependencies, shares_lints: true }
    }

    #[test]
    fn arrows_may_not_turn_round() {
        assert!(judge(&manifest("workflow", &["domain", "store"])).is_empty());
        assert!(judge(&manifest("domain", &["store"]))[0].contains("may not use `store`"));
    }

    #[test]
    fn the_middle_crates_may_not_use_one_another() {
        assert_eq!(judge(&manifest("tally", &["verification"])).len(), 1);
    }

    #[test]
    fn a_library_with_an_owner_stays_there() {
        assert!(judge(&manifest("store", &["rusqlite"])).is_empty());
        assert!(judge(&manifest("workflow", &["rusqlite"]))[0].contains("only `store`"));
        assert!(judge(&manifest("cli", &["tauri-plugin-dialog"]))[0].contains("only `scrutineer-desktop`"));
    }

    #[test]
    fn nothing_may_reach_the_network() {
        assert!(judge(&manifest("importers", &["reqwest"]))[0].contains("offline"));
    }

    #[test]
    fn a_crate_without_a_place_or_without_lints_is_named() {
        assert!(judge(&manifest("helpers", &[]))[0].contains("no place"));
        assert_eq!(judge(&Manifest { shares_lints: false, ..manifest("domain", &[]) }).len(), 1);
    }
}
