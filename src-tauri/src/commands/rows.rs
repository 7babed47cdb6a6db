//! Rows of the case for the tables: evidence, votes, audit log, ledger.

use tauri::State;

use crate::state::Desk;
use crate::wire::case::{EvidenceRow, LedgerRow};
use crate::wire::error::ErrorView;
use crate::wire::rows::{AuditPage, AuditRow, PAGE_ROWS_MAX, VoteRow, VotesPage};

/// Evidence files.
#[tauri::command]
pub(crate) async fn evidence(desk: State<'_, Desk>) -> Result<Vec<EvidenceRow>, ErrorView> {
    let files = desk.read(|open| open.case.evidence()).await?;
    Ok(files.into_iter().map(EvidenceRow::from).collect())
}

/// Votes of an election after a row number.
#[tauri::command]
pub(crate) async fn votes_page(
    desk: State<'_, Desk>,
    election_id: String,
    after: i64,
    limit: u32,
) -> Result<VotesPage, ErrorView> {
    let limit = limit.min(PAGE_ROWS_MAX);
    let page = desk.read(move |open| open.case.votes_page(&election_id, after, limit)).await?;
    Ok(VotesPage { rows: page.rows.into_iter().map(VoteRow::from).collect(), total: page.total })
}

/// Audit entries after a number.
#[tauri::command]
pub(crate) async fn audit_page(desk: State<'_, Desk>, after: i64, limit: u32) -> Result<AuditPage, ErrorView> {
    let limit = limit.min(PAGE_ROWS_MAX);
    let page = desk.read(move |open| open.case.audit_page(after, limit)).await?;
    Ok(AuditPage { rows: page.rows.into_iter().map(AuditRow::from).collect(), total: page.total })
}

/// Every act in the case, oldest first.
#[tauri::command]
pub(crate) async fn ledger(desk: State<'_, Desk>) -> Result<Vec<LedgerRow>, ErrorView> {
    let entries = desk.read(|open| open.case.ledger()).await?;
    Ok(entries.into_iter().map(LedgerRow::from).collect())
}
