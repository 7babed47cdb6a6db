//! The reconciliation page: what an import takes over and what it leaves.

use serde::Serialize;
use ts_rs::TS;

use super::count;

/// Rejected rows shown; the count tells how many there are.
pub const REJECTS_SHOWN: usize = 500;

/// What an import takes over.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanView {
    /// Files by path.
    pub files: Vec<PlanFile>,
    /// Rows for each table.
    pub tables: Vec<PlanTable>,
    /// Rows that cannot be taken over, the first [`REJECTS_SHOWN`].
    pub rejects: Vec<PlanReject>,
    /// Rows that cannot be taken over.
    pub rejects_total: u64,
    /// Rows that stand in several files with the same content.
    pub rows_known: u64,
    /// Files that are passed over.
    pub ignored: Vec<IgnoredFile>,
}

/// A file that is passed over.
#[derive(Clone, Debug, Serialize, TS)]
pub struct IgnoredFile {
    /// Path relative to the input.
    pub path: String,
    /// Why.
    pub reason: String,
}

/// One file.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlanFile {
    /// Path relative to the input.
    pub path: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256, hex.
    pub sha256: String,
    /// Source system.
    pub system: String,
    /// What it holds.
    pub kind: String,
    /// Records in it.
    pub rows: u64,
    /// Records rejected.
    pub rejected: u64,
}

/// One table.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlanTable {
    /// Name in the source.
    pub name: String,
    /// Rows that the case will hold.
    pub rows: u64,
}

/// One row that cannot be taken over.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlanReject {
    /// File.
    pub path: String,
    /// Row, from 1; 0 where the whole file is meant.
    pub row: u64,
    /// Column, or empty.
    pub column: String,
    /// What is wrong.
    pub reason: String,
}

impl From<workflow::ImportPlan> for PlanView {
    fn from(plan: workflow::ImportPlan) -> Self {
        Self {
            files: plan.files.into_iter().map(PlanFile::from).collect(),
            tables: plan.tables.into_iter().map(|(name, rows)| PlanTable { name, rows }).collect(),
            rejects_total: count(plan.rejects.len()),
            rejects: plan.rejects.into_iter().take(REJECTS_SHOWN).map(PlanReject::from).collect(),
            rows_known: plan.rows_known,
            ignored: plan.ignored.into_iter().map(|(path, reason)| IgnoredFile { path, reason }).collect(),
        }
    }
}

impl From<workflow::PlannedFile> for PlanFile {
    fn from(file: workflow::PlannedFile) -> Self {
        Self {
            path: file.path,
            bytes: file.bytes,
            sha256: file.sha256,
            system: file.system,
            kind: file.kind,
            rows: file.rows,
            rejected: file.rejected,
        }
    }
}

impl From<domain::evidence::Reject> for PlanReject {
    fn from(reject: domain::evidence::Reject) -> Self {
        Self { path: reject.path, row: reject.row, column: reject.column, reason: reject.reason }
    }
}
