//! Brings a fresh Debian or Ubuntu machine, which has Rust and Node, to the point where everything builds.
//!
//! System packages come from apt, UI packages from npm's lock file. What is already there is left alone; what will be
//! installed is listed first. A machine that is not Debian-like is told what it needs and trusted to have it.

use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::house::{self, House};

/// What the window is built from and shown with.
pub(crate) const BUILD_PACKAGES: &[&str] =
    &["libwebkit2gtk-4.1-dev", "librsvg2-dev", "libayatana-appindicator3-dev", "libxdo-dev", "libssl-dev"];

/// What the end-to-end tests need besides: a display without a screen, the window's driver, a reader and a
/// checker of PDF.
pub(crate) const TEST_PACKAGES: &[&str] = &["xvfb", "webkit2gtk-driver", "poppler-utils", "qpdf"];

/// The oldest Node that Vite runs on, as (major, minor).
const NODE_AT_LEAST: (u32, u32) = (20, 19);

/// Installs those of `packages` that are missing, after showing the list.
///
/// # Errors
/// The person said no, sudo is missing where it is needed, or apt failed.
pub(crate) fn system_packages(packages: &[&str]) -> Result<()> {
    if house::output("dpkg-query", &["--version"]).is_none() || house::output("apt-get", &["--version"]).is_none() {
        println!(
            "This is not a Debian or Ubuntu machine; please make sure these are there, by the names they have here:"
        );
        println!("  {}", packages.join(" "));
        return Ok(());
    }
    let missing: Vec<&str> = packages.iter().copied().filter(|package| !is_installed(package)).collect();
    if missing.is_empty() {
        println!("System packages: all {} are there.", packages.len());
        return Ok(());
    }
    println!("These system packages are missing and will be installed with apt:");
    for package in &missing {
        println!("  {package}");
    }
    if house::may_ask() && !agreed("Install them now? [Y/n] ")? {
        bail!("nothing was installed; by hand: sudo apt-get install {}", missing.join(" "));
    }
    let is_root = house::output("id", &["-u"]).as_deref() == Some("0");
    if !is_root && house::output("sudo", &["--version"]).is_none() {
        bail!("sudo is missing; as root: apt-get install {}", missing.join(" "));
    }
    house::run(apt(is_root).args(["update", "--quiet"]))?;
    house::run(apt(is_root).args(["install", "--quiet", "--yes", "--no-install-recommends"]).args(&missing))
}

fn is_installed(package: &str) -> bool {
    let status = house::output("dpkg-query", &["--show", "--showformat=${db:Status-Status}", package]);
    status.as_deref() == Some("installed")
}

/// apt-get that never asks; through sudo unless we are root, and through sudo without a password where nobody can type.
fn apt(is_root: bool) -> Command {
    let quiet = ["DEBIAN_FRONTEND=noninteractive", "apt-get"];
    if is_root {
        let mut command = Command::new("env");
        command.args(quiet);
        return command;
    }
    let mut command = Command::new("sudo");
    if !house::may_ask() {
        command.arg("--non-interactive");
    }
    command.arg("env").args(quiet);
    command
}

fn agreed(question: &str) -> Result<bool> {
    print!("{question}");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

/// Fails with a plain sentence when Node or npm is missing or too old.
///
/// # Errors
/// As said.
pub(crate) fn node() -> Result<()> {
    let (major, minor) = NODE_AT_LEAST;
    let version = house::output("node", &["--version"])
        .with_context(|| format!("Node is missing; Scrutineer's window needs Node {major}.{minor} or newer"))?;
    let found = parse_version(&version).with_context(|| format!("Node's version `{version}` cannot be read"))?;
    if found < NODE_AT_LEAST {
        bail!("Node {version} is too old; Scrutineer's window needs Node {major}.{minor} or newer");
    }
    let npm = house::output("npm", &["--version"]).context("npm is missing; it usually comes with Node")?;
    println!("Node {version}, npm {npm}.");
    Ok(())
}

/// "v20.20.2" as (20, 20).
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut numbers = text.trim().trim_start_matches('v').split('.').map(|part| part.parse().ok());
    Some((numbers.next()??, numbers.next()??))
}

/// Makes `ui/dist`, which the window's binary carries inside itself; quick when nothing has changed.
///
/// Everything that compiles the desktop crate calls this first, as its build stops where `ui/dist` is missing.
///
/// # Errors
/// npm or the build failed, or `ui/` holds no package.
pub(crate) fn ui(house: &House) -> Result<()> {
    ui_packages(house)?;
    ui_build(house)
}

/// Installs the UI's packages as the lock file says, unless that very lock file was installed before.
fn ui_packages(house: &House) -> Result<()> {
    let lock = house.path("ui/package-lock.json");
    let wanted = fs::read(&lock).with_context(|| format!("{} cannot be read", lock.display()))?;
    // npm ci deletes and fetches everything, so what it installed last is remembered beside the packages.
    let installed = house.path("ui/node_modules/.scrutineer-installed-lock.json");
    if fs::read(&installed).is_ok_and(|found| found == wanted) {
        println!("UI packages: as the lock file says.");
        return Ok(());
    }
    house::run(&mut house.command("npm", "ui", ["ci", "--no-audit", "--no-fund"]))?;
    fs::write(&installed, wanted).with_context(|| format!("{} cannot be written", installed.display()))
}

/// Builds the UI unless it is newer than all it is made from: new files, even equal ones, make cargo compile the window
/// once more.
fn ui_build(house: &House) -> Result<()> {
    let built = fs::metadata(house.path("ui/dist/index.html")).and_then(|file| file.modified());
    if let Ok(built) = built
        && newest(&house.path("ui"))? < built
    {
        println!("UI build: newer than its sources.");
        return Ok(());
    }
    house::run(&mut house.command("npm", "ui", ["run", "build"]))
}

/// When the newest file below `folder` was written, leaving out what was built or installed there.
fn newest(folder: &Path) -> Result<SystemTime> {
    let mut newest = SystemTime::UNIX_EPOCH;
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let entry = entry?;
        let is_made = matches!(entry.file_name().to_str(), Some("dist" | "node_modules"));
        if !is_made {
            let path = entry.path();
            newest = newest.max(if path.is_dir() { self::newest(&path)? } else { entry.metadata()?.modified()? });
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_compare_by_number() {
        assert_eq!(parse_version("v20.20.2"), Some((20, 20)));
        assert!(parse_version("v9.99.0").unwrap() < NODE_AT_LEAST);
        assert_eq!(parse_version("nightly"), None);
    }

    #[test]
    fn a_package_nobody_has_counts_as_missing() {
        assert!(!is_installed("scrutineer-package-that-does-not-exist"));
    }
}
