//! Findings: the rows that one concerns, and what a reviewer says about it.

use domain::Sha256Digest;
use domain::review::MarkedFinding;
use tauri::State;

use crate::state::Desk;
use crate::wire::error::{ErrorCode, ErrorView};
use crate::wire::report::{ConcernedPage, ConcernedView, MarkWord, ReportView};

/// Most rows of one answer.
const ROWS_MAX: usize = 2000;

/// Rows that a finding concerns, at a place.
#[tauri::command]
pub(crate) async fn finding_rows(
    desk: State<'_, Desk>,
    election_id: String,
    code: String,
    key: String,
    from: u64,
    limit: u32,
) -> Result<ConcernedPage, ErrorView> {
    let finding = named(election_id, code, &key)?;
    desk.look(move |looking| {
        let found = looking.browser.report().and_then(|report| workflow::finding_of(report, &finding));
        let rows = found.map_or(&[][..], |finding| &finding.rows);
        let (from, limit) = (usize::try_from(from).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
        Ok(ConcernedPage {
            rows: rows.iter().skip(from).take(limit.min(ROWS_MAX)).map(ConcernedView::from).collect(),
            total: u64::try_from(rows.len()).unwrap_or(0),
        })
    })
    .await
}

/// Marks a finding as explained or confirmed, and answers with the report as it is then.
#[tauri::command]
pub(crate) async fn mark_finding(
    desk: State<'_, Desk>,
    election_id: String,
    code: String,
    key: String,
    mark: MarkWord,
    reason: String,
) -> Result<Option<ReportView>, ErrorView> {
    let finding = named(election_id, code, &key)?;
    desk.write(move |case| case.mark_finding(&finding, mark.into(), &reason)).await?;
    Ok(desk.read(|open| open.case.latest_report()).await?.map(ReportView::from))
}

/// Takes the mark of a finding back, and answers with the report as it is then.
#[tauri::command]
pub(crate) async fn unmark_finding(
    desk: State<'_, Desk>,
    election_id: String,
    code: String,
    key: String,
) -> Result<Option<ReportView>, ErrorView> {
    let finding = named(election_id, code, &key)?;
    desk.write(move |case| case.unmark_finding(&finding)).await?;
    Ok(desk.read(|open| open.case.latest_report()).await?.map(ReportView::from))
}

fn named(election_id: String, code: String, key: &str) -> Result<MarkedFinding, ErrorView> {
    let subjects = Sha256Digest::from_hex(key).ok_or_else(|| {
        ErrorView::new(ErrorCode::NotFound, "There is no such finding.", "Look at the list of findings again.")
    })?;
    Ok(MarkedFinding { election_id, code, subjects })
}
