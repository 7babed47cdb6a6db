//! Incidents: the list, one on its board, a declaration, and records that people write into the journal.

use tauri::State;
use workflow::domain::{FindingCode, Instant};
use workflow::incident::NewIncident;

use crate::state::Desk;
use crate::wire::error::ErrorView;
use crate::wire::incident::RecordedView;
use crate::wire::incident::board::{BoardView, ClocksView};
use crate::wire::incident::declare::{DeclareAsked, DeclareView, IncidentLine};
use crate::wire::incident::record::{self, RecordAsked};
use crate::wire::office::Approving;

/// Severities of findings, the gravest first.
const SEVERITIES: [&str; 4] = ["critical", "major", "minor", "info"];

/// Every incident of the case, oldest first.
#[tauri::command]
pub(crate) async fn incidents(desk: State<'_, Desk>) -> Result<Vec<IncidentLine>, ErrorView> {
    let list = desk.look_at_incidents(|case, viewer| case.incidents(viewer)).await?;
    Ok(list.into_iter().map(IncidentLine::from).collect())
}

/// One incident with everything that is known about it now.
#[tauri::command]
pub(crate) async fn incident(desk: State<'_, Desk>, id: String) -> Result<BoardView, ErrorView> {
    let library = desk.library()?;
    desk.look_at_incidents(move |case, viewer| {
        let view = case.incident_view(&library, &id, viewer)?;
        Ok(BoardView::new(&view, &library))
    })
    .await
}

/// The clocks of an incident, for a look every few seconds.
#[tauri::command]
pub(crate) async fn incident_clocks(desk: State<'_, Desk>, id: String) -> Result<ClocksView, ErrorView> {
    let library = desk.library()?;
    let reading = desk.look_at_incidents(move |case, viewer| case.incident_view(&library, &id, viewer));
    Ok(ClocksView::from(&reading.await?))
}

/// What the dialog of a declaration offers.
#[tauri::command]
pub(crate) async fn declare_form(desk: State<'_, Desk>) -> Result<DeclareView, ErrorView> {
    let library = desk.library()?;
    desk.look_at_incidents(move |case, _| {
        let mut found: Vec<(usize, String)> = Vec::new();
        if let Some(report) = case.latest_report()? {
            let of_elections = report.elections.iter().flat_map(|election| &election.findings);
            let rank =
                |severity: &str| SEVERITIES.iter().position(|word| *word == severity).unwrap_or(SEVERITIES.len());
            found.extend(
                of_elections.chain(&report.findings).map(|finding| (rank(&finding.severity), finding.code.clone())),
            );
        }
        found.sort();
        found.dedup();
        let findings: Vec<FindingCode> = found.iter().filter_map(|(_, code)| FindingCode::from_code(code)).collect();
        let people = case.accounts()?.into_iter().filter(|account| account.is_active);
        let people = people.map(|account| account.name).collect();
        Ok(DeclareView::new(&library, &findings, case.known_elections()?, people))
    })
    .await
}

/// Declares an incident; its clocks run and its guards hold from now on.
#[tauri::command]
pub(crate) async fn declare_incident(desk: State<'_, Desk>, asked: DeclareAsked) -> Result<RecordedView, ErrorView> {
    let library = desk.library()?;
    let new = NewIncident::from(asked);
    desk.respond_alone(move |case, by| case.declare_incident(by, &library, &new, None)).await.map(Into::into)
}

/// Writes a record into the journal; `happened` where it was before now.
#[tauri::command]
pub(crate) async fn record_incident(
    desk: State<'_, Desk>,
    id: String,
    record: RecordAsked,
    happened: Option<String>,
    approving: Approving,
) -> Result<RecordedView, ErrorView> {
    let event = record::read(record)?;
    let happened = happened.as_deref().and_then(Instant::parse);
    desk.respond(approving, move |case, by, _| case.record_in_incident(by, &id, happened, event(by)))
        .await
        .map(Into::into)
}

/// Takes up one more playbook.
#[tauri::command]
pub(crate) async fn apply_playbook(
    desk: State<'_, Desk>,
    id: String,
    playbook: String,
) -> Result<RecordedView, ErrorView> {
    let library = desk.library()?;
    desk.respond_alone(move |case, by| case.apply_playbook(by, &library, &id, &playbook)).await.map(Into::into)
}

/// Adds an election that is concerned too.
#[tauri::command]
pub(crate) async fn add_incident_election(
    desk: State<'_, Desk>,
    id: String,
    election: String,
) -> Result<RecordedView, ErrorView> {
    desk.respond_alone(move |case, by| case.add_election_to_incident(by, &id, &election)).await.map(Into::into)
}
