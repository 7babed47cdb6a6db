//! What the UI may ask for: one file for each screen. A command parses, calls `workflow` and converts.

pub(crate) mod audit;
pub(crate) mod booth;
pub(crate) mod case;
pub(crate) mod changes;
pub(crate) mod count;
pub(crate) mod findings;
pub(crate) mod imports;
pub(crate) mod incident_notices;
pub(crate) mod incident_office;
pub(crate) mod incidents;
pub(crate) mod investigate;
pub(crate) mod letters;
pub(crate) mod locker;
pub(crate) mod office;
pub(crate) mod outbox;
pub(crate) mod outcome;
pub(crate) mod own;
pub(crate) mod paper;
pub(crate) mod receipts;
pub(crate) mod reports;
pub(crate) mod response;
pub(crate) mod roll;
pub(crate) mod rows;
pub(crate) mod settings;

use std::path::Path;

use workflow::Case;

use crate::state::{Desk, OpenCase, in_background};
use crate::wire::case::{CaseView, ElectionName};
use crate::wire::error::ErrorView;

/// Opens a case file, makes it the open one, and describes it.
async fn open_path(desk: &Desk, path: &Path) -> Result<CaseView, ErrorView> {
    let owned = path.to_owned();
    let case = in_background(move || Case::open(&owned)).await??;
    let info = case.info()?;
    desk.put(case, path.to_owned(), &info.title);
    desk.read(describe).await
}

/// The open case as the frame of the window shows it.
fn describe(open: &OpenCase) -> Result<CaseView, workflow::Error> {
    let info = open.case.info()?;
    Ok(CaseView {
        title: info.title,
        path: open.path.display().to_string(),
        created_at: info.created_at,
        ledger_head: info.ledger_head,
        ledger_entries: info.ledger_entries,
        evidence_files: info.evidence_files,
        votes: info.votes,
        audit_entries: info.audit_entries,
        elections: info.elections.into_iter().map(|(id, title)| ElectionName { id, title }).collect(),
        has_report: info.has_report,
        has_office: !open.case.accounts()?.is_empty(),
        is_sample: open.is_sample,
    })
}
