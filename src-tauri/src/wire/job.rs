//! What long work tells the window, at most ten times a second.

use serde::Serialize;
use ts_rs::TS;

use super::error::ErrorView;
use super::investigate::{ComparisonView, SubjectView};
use super::plan::PlanView;
use super::report::ReportView;

/// News of a job.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum JobEvent {
    /// How far the current step is.
    Progress(Progress),
    /// The work is done.
    Done {
        /// What came out.
        outcome: JobOutcome,
    },
    /// The work failed; nothing was changed.
    Failed {
        /// Why.
        error: ErrorView,
    },
    /// The user stopped the work; nothing was changed.
    Cancelled,
}

/// How far the current step is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Name of the step.
    pub step: String,
    /// Items finished.
    pub done: u64,
    /// Items in all, where known.
    pub total: Option<u64>,
    /// Items per second, rounded.
    pub per_second: u64,
    /// Time left for this step in seconds, where it can be estimated.
    pub seconds_left: Option<u64>,
}

/// What came out of a job.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum JobOutcome {
    /// A dry run: what an import would take over.
    Planned {
        /// The reconciliation.
        plan: PlanView,
    },
    /// An import.
    Imported {
        /// The reconciliation.
        plan: PlanView,
    },
    /// An audit.
    Audited {
        /// The report.
        report: Box<ReportView>,
    },
    /// The case's own integrity check.
    Rechecked {
        /// What does not hold, in sentences; empty where everything holds.
        problems: Vec<String>,
    },
    /// Searching and sorting were prepared.
    Prepared {
        /// Indexes made.
        made: u64,
    },
    /// Everything about one subject was looked up.
    Subject {
        /// What was found.
        subject: Box<SubjectView>,
    },
    /// Two exports were compared.
    Compared {
        /// What differs.
        comparison: Box<ComparisonView>,
    },
    /// A report was written.
    Saved {
        /// Files written.
        paths: Vec<String>,
        /// Who signed what was written, in words; nothing where it carries no signature.
        signer: Option<String>,
    },
}
