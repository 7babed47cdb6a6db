//! `cargo xtask bench`: speed and memory as ratios to a peer in the same run.
//!
//! The work is done by a program of the package `testkit`, built as it is released; its options are passed on.

use anyhow::Result;

use crate::house::{self, House};
use crate::setup;

/// Runs the task.
pub(crate) fn run(house: &House, options: &[String]) -> Result<()> {
    setup::system_packages(&["sqlite3"])?;
    house::run(house.cargo(["run", "--quiet", "--locked", "--release", "--bin", "bench", "--"]).args(options))
}
