//! The counting room: counts an election of the case or a ballot file, and prints what was counted last.

use domain::Unwatched;
use tauri::{AppHandle, State};
use workflow::domain::count::PileAsked;
use workflow::{Case, CaseRequest, CountRequest, Counted};

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::count::{CountView, PileView, RuleView};
use crate::wire::error::ErrorView;

/// Rules that can be chosen.
#[tauri::command]
pub(crate) fn count_rules() -> Vec<RuleView> {
    let rules = workflow::rules().into_iter();
    rules.map(|(name, title)| RuleView { name: name.to_owned(), title: title.to_owned() }).collect()
}

/// Counts an election of the case by its own rule, or in another way as a what-if.
#[tauri::command]
pub(crate) async fn count_election(
    desk: State<'_, Desk>,
    election_id: String,
    rule: Option<String>,
    seats: Option<u32>,
    arithmetic: Option<String>,
) -> Result<CountView, ErrorView> {
    let slot = desk.slot();
    let request = CaseRequest { rule, seats, arithmetic };
    let work = move || slot.beside(|path| Case::open(path)?.count(&election_id, &request, &Unwatched));
    Ok(answer(&desk, in_background(work).await??))
}

/// Asks for a ballot file and counts it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn count_file(
    app: AppHandle,
    desk: State<'_, Desk>,
    rule: String,
    seats: Option<u32>,
    arithmetic: Option<String>,
) -> Result<Option<CountView>, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Ballots)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    let request = CountRequest { rule, seats, arithmetic, ..CountRequest::default() };
    let counted = in_background(move || workflow::count_ballots(&path, &request)).await??;
    Ok(Some(answer(&desk, counted)))
}

/// Asks for a published result and compares what was counted last with it; nothing where the user cancelled.
#[tauri::command]
pub(crate) async fn compare_count(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<CountView>, ErrorView> {
    let Some(mut counted) = desk.counted() else { return Ok(None) };
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Published)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(None) };
    let compared = in_background(move || workflow::compare_with(&mut counted, &path).map(|()| counted)).await??;
    Ok(Some(answer(&desk, compared)))
}

/// Asks where to save the report of what was counted last, and prints it there; answers the path, or nothing where the user
/// cancelled or nothing was counted.
#[tauri::command]
pub(crate) async fn print_count(app: AppHandle, desk: State<'_, Desk>) -> Result<Option<String>, ErrorView> {
    let Some(counted) = desk.counted() else { return Ok(None) };
    let places = desk.places.clone();
    let ask = move || dialogs::save(&app, &places, "Save the count report", "Count.pdf", "pdf");
    let Some(path) = in_background(ask).await? else { return Ok(None) };
    let saved = path.display().to_string();
    in_background(move || workflow::write_count(&counted, Some(&path), None)).await??;
    Ok(Some(saved))
}

/// One pile of a round of what was counted last, some groups of it; nothing where nothing was counted.
#[tauri::command]
pub(crate) async fn count_pile(
    desk: State<'_, Desk>,
    round: usize,
    holder: Option<usize>,
    naming: Option<usize>,
    from: usize,
    limit: usize,
) -> Result<Option<PileView>, ErrorView> {
    let Some(counted) = desk.counted() else { return Ok(None) };
    let slot = desk.slot();
    let asked = [PileAsked { round, holder, naming, from, limit }];
    let work = move || {
        if counted.is_of_case() {
            slot.beside(|path| Case::open(path)?.piles(&counted, &asked))
        } else {
            counted.piles(&asked).map_err(ErrorView::from)
        }
    };
    Ok(in_background(work).await??.first().map(PileView::from))
}

fn answer(desk: &Desk, counted: Counted) -> CountView {
    let view = CountView::from(&counted);
    desk.hold_counted(counted);
    view
}
