//! Elections that are run here: the list, the page of one, its rules, nominations, opening.

use tauri::State;
use workflow::domain::election::setup::CandidateSetup;
use workflow::domain::election::{Setup, Standing};
use workflow::election::CONTEST_METHODS;

use crate::state::Desk;
use crate::wire::count::RuleView;
use crate::wire::error::ErrorView;
use crate::wire::office::Approving;
use crate::wire::own::{OwnElectionLine, OwnElectionView};
use crate::wire::setup::{MissingView, SetupView};

/// Elections that are run in this case, oldest first.
#[tauri::command]
pub(crate) async fn own_elections(desk: State<'_, Desk>) -> Result<Vec<OwnElectionLine>, ErrorView> {
    let elections = desk.read(|open| open.case.own_elections()).await?;
    Ok(elections.into_iter().map(OwnElectionLine::from).collect())
}

/// The page of an election: where it stands, its rules, what is missing, what is possible for the one who is signed in.
#[tauri::command]
pub(crate) async fn own_election(desk: State<'_, Desk>, id: String) -> Result<OwnElectionView, ErrorView> {
    let role = desk.office().signed_in().map(|person| person.role());
    let read = desk.read(move |open| {
        let (case, setup) = (&open.case, open.case.election_setup(&id)?);
        Ok((case.election_status(&id)?, setup, case.missing_before_opening(&id)?, case.election_acts(&id, role)?))
    });
    let (status, setup, missing, acts) = read.await?;
    let missing = missing.into_iter().map(MissingView::from).collect();
    Ok(OwnElectionView::new(status, SetupView::of(&setup)?, missing, acts))
}

/// Counting rules that a contest may name.
#[tauri::command]
pub(crate) fn contest_methods() -> Vec<RuleView> {
    let rules = workflow::rules().into_iter().filter(|(name, _)| CONTEST_METHODS.contains(name));
    rules.map(|(name, title)| RuleView { name: name.to_owned(), title: title.to_owned() }).collect()
}

/// Makes an election as a draft; answers its id.
#[tauri::command]
pub(crate) async fn new_own_election(
    desk: State<'_, Desk>,
    title: String,
    time_zone: String,
) -> Result<String, ErrorView> {
    let setup = Setup { title, time_zone, ..Setup::default() };
    desk.act_alone(move |case, by| case.new_election(by, setup)).await
}

/// Puts other rules in place of a draft's.
#[tauri::command]
pub(crate) async fn set_own_election(desk: State<'_, Desk>, id: String, setup: SetupView) -> Result<(), ErrorView> {
    let setup = setup.into_setup()?;
    desk.act_alone(move |case, by| case.set_election(by, &id, setup).map(drop)).await
}

/// Removes a draft.
#[tauri::command]
pub(crate) async fn delete_own_election(desk: State<'_, Desk>, id: String) -> Result<(), ErrorView> {
    desk.act_alone(move |case, by| case.delete_election(by, &id)).await
}

/// Copies rules and roll of an election into a new draft; answers its id.
#[tauri::command]
pub(crate) async fn clone_own_election(desk: State<'_, Desk>, id: String) -> Result<String, ErrorView> {
    desk.act_alone(move |case, by| case.clone_election(by, &id, None)).await
}

/// Begins or ends nominations.
#[tauri::command]
pub(crate) async fn nominations(desk: State<'_, Desk>, id: String, are_open: bool) -> Result<(), ErrorView> {
    desk.act_alone(move |case, by| case.nominations(by, &id, are_open)).await
}

/// Names a candidate for a contest.
#[tauri::command]
pub(crate) async fn nominate(
    desk: State<'_, Desk>,
    id: String,
    contest: String,
    candidate: String,
    name: String,
    voter: String,
) -> Result<(), ErrorView> {
    let candidate = CandidateSetup { id: candidate, name, voter, ..CandidateSetup::default() };
    desk.act_alone(move |case, by| case.nominate(by, &id, &contest, candidate)).await
}

/// Notes that a candidate accepted, or declined.
#[tauri::command]
pub(crate) async fn answer_nomination(
    desk: State<'_, Desk>,
    id: String,
    candidate: String,
    accepts: bool,
) -> Result<(), ErrorView> {
    let standing = if accepts { Standing::Accepted } else { Standing::Declined };
    desk.act_alone(move |case, by| case.answer_nomination(by, &id, &candidate, standing)).await
}

/// Opens an election; answers how many credentials were issued.
#[tauri::command]
pub(crate) async fn open_own_election(
    desk: State<'_, Desk>,
    id: String,
    approving: Approving,
) -> Result<u64, ErrorView> {
    desk.act_with_key(approving, move |case, by, key| case.open_election(by, key, &id)).await
}
