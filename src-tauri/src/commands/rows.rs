//! Rows of the case for the tables: evidence, votes, audit log, credentials, addresses, ledger.
//!
//! A page of a long table comes in some forty milliseconds, filtered or not: it holds what was found so far and says how
//! far the search is. Asked for no rows, the search only goes on.

use tauri::State;
use tauri::ipc::Channel;
use workflow::{AuditFilter, RowsQuery, VotesQuery};

use crate::jobs::{Access, JobId};
use crate::state::Desk;
use crate::wire::case::{EvidenceRow, LedgerRow};
use crate::wire::error::ErrorView;
use crate::wire::exhibit::{AddressVotes, AddressesPage, all_addresses};
use crate::wire::job::{JobEvent, JobOutcome};
use crate::wire::rows::{
    AuditAsked, AuditPage, AuditRow, ChoiceView, CredentialRow, CredentialsAsked, CredentialsPage, ExportTable,
    TablePage, TableRowView, VoteRow, VotesAsked, VotesPage,
};

/// Evidence files.
#[tauri::command]
pub(crate) async fn evidence(desk: State<'_, Desk>) -> Result<Vec<EvidenceRow>, ErrorView> {
    let files = desk.read(|open| open.case.evidence()).await?;
    Ok(files.into_iter().map(EvidenceRow::from).collect())
}

/// Votes of an election at a place.
#[tauri::command]
pub(crate) async fn votes_page(
    desk: State<'_, Desk>,
    election_id: String,
    asked: VotesAsked,
    from: u64,
    limit: u32,
) -> Result<VotesPage, ErrorView> {
    desk.look(move |looking| {
        let browser = &mut looking.browser;
        let page = browser.votes(&election_id, &VotesQuery::from(asked), from, limit)?;
        Ok(VotesPage {
            rows: page.rows.into_iter().map(|(_, vote)| VoteRow::new(vote, browser)).collect(),
            extent: page.extent.into(),
            is_sortable: page.is_sortable,
            is_prepared: browser.is_prepared()?,
        })
    })
    .await
}

/// Place of a vote among those asked for, by its number; nothing where it is not among them, or not found yet.
#[tauri::command]
pub(crate) async fn vote_place(
    desk: State<'_, Desk>,
    election_id: String,
    asked: VotesAsked,
    number: i64,
) -> Result<Option<u64>, ErrorView> {
    desk.look(move |looking| looking.browser.place_of_vote(&election_id, &VotesQuery::from(asked), number)).await
}

/// What could be voted for in an election.
#[tauri::command]
pub(crate) async fn choices(desk: State<'_, Desk>, election_id: String) -> Result<Vec<ChoiceView>, ErrorView> {
    let choices = desk.look(move |looking| Ok(looking.browser.choices(&election_id))).await?;
    Ok(choices.into_iter().map(ChoiceView::from).collect())
}

/// Audit entries at a place.
#[tauri::command]
pub(crate) async fn audit_page(
    desk: State<'_, Desk>,
    asked: AuditAsked,
    from: u64,
    limit: u32,
) -> Result<AuditPage, ErrorView> {
    desk.look(move |looking| {
        let (filter, is_named) = <(AuditFilter, bool)>::from(asked);
        let browser = &mut looking.browser;
        let page = browser.audit(&filter, is_named, from, limit)?;
        let rows = page.rows.into_iter().map(|(number, entry)| AuditRow::new(number, entry, browser)).collect();
        Ok(AuditPage { rows, extent: page.extent.into() })
    })
    .await
}

/// Place of an audit entry among those asked for, by the origin's number.
#[tauri::command]
pub(crate) async fn audit_place(desk: State<'_, Desk>, asked: AuditAsked, id: i64) -> Result<Option<u64>, ErrorView> {
    desk.look(move |looking| {
        let (filter, is_named) = <(AuditFilter, bool)>::from(asked);
        looking.browser.place_of_audit(&filter, is_named, id)
    })
    .await
}

/// Credentials of an election at a place.
#[tauri::command]
pub(crate) async fn credentials_page(
    desk: State<'_, Desk>,
    election_id: String,
    asked: CredentialsAsked,
    from: u64,
    limit: u32,
) -> Result<CredentialsPage, ErrorView> {
    desk.look(move |looking| {
        let browser = &mut looking.browser;
        let page = browser.credentials(&election_id, &RowsQuery::from(asked), from, limit)?;
        let rows = page.rows.into_iter().map(|(number, row)| CredentialRow::new(number, row, browser)).collect();
        Ok(CredentialsPage { rows, extent: page.extent.into() })
    })
    .await
}

/// Tables of the export that have no screen of their own.
#[tauri::command]
pub(crate) async fn tables(desk: State<'_, Desk>) -> Result<Vec<ExportTable>, ErrorView> {
    desk.look(|looking| {
        let tables = looking.browser.tables()?.into_iter();
        let view =
            |(name, rows): (String, u64)| Ok(ExportTable { columns: looking.browser.columns(&name)?, name, rows });
        tables.map(view).collect()
    })
    .await
}

/// Rows of a table at a place.
#[tauri::command]
pub(crate) async fn table_page(
    desk: State<'_, Desk>,
    table: String,
    text: String,
    from: u64,
    limit: u32,
) -> Result<TablePage, ErrorView> {
    desk.look(move |looking| {
        let browser = &mut looking.browser;
        let page = browser.table(&table, &text, from, limit)?;
        let rows = page.rows.into_iter().map(|(number, row)| TableRowView::new(number, row, browser)).collect();
        Ok(TablePage { rows, extent: page.extent.into() })
    })
    .await
}

/// Addresses of an election at a place, those with most votes first, of those that begin with a text.
#[tauri::command]
pub(crate) async fn addresses_page(
    desk: State<'_, Desk>,
    election_id: String,
    text: String,
    from: u64,
    limit: u32,
) -> Result<AddressesPage, ErrorView> {
    desk.look(move |looking| {
        if looking.addresses.as_ref().is_none_or(|(known, _)| *known != election_id) {
            let report = looking.browser.report();
            let election =
                report.iter().flat_map(|report| &report.elections).find(|one| one.election_id == election_id);
            let found = election.map(|election| all_addresses(&election.exhibit)).unwrap_or_default();
            looking.addresses = Some((election_id, found));
        }
        let all = looking.addresses.as_ref().map_or(&[][..], |(_, addresses)| addresses);
        let text = text.trim();
        let fitting = || all.iter().filter(|one| one.address.starts_with(text));
        let (from, limit) = (usize::try_from(from).unwrap_or(usize::MAX), usize::try_from(limit).unwrap_or(0));
        let rows: Vec<AddressVotes> = fitting().skip(from).take(limit).cloned().collect();
        Ok(AddressesPage { rows, total: u64::try_from(fitting().count()).unwrap_or(0) })
    })
    .await
}

/// Makes what searching and sorting millions of votes needs; gives way to any other work.
#[tauri::command]
pub(crate) async fn prepare_search(desk: State<'_, Desk>, channel: Channel<JobEvent>) -> Result<JobId, ErrorView> {
    let slot = desk.slot();
    desk.jobs.start(Access::Tends, channel, move |job| {
        let prepared = slot.beside(|path| workflow::prepare_search(path, job))?;
        slot.look_anew();
        Ok(JobOutcome::Prepared { made: u64::try_from(prepared.made).unwrap_or(0) })
    })
}

/// Every act in the case, oldest first.
#[tauri::command]
pub(crate) async fn ledger(desk: State<'_, Desk>) -> Result<Vec<LedgerRow>, ErrorView> {
    let entries = desk.read(|open| open.case.ledger()).await?;
    Ok(entries.into_iter().map(LedgerRow::from).collect())
}
