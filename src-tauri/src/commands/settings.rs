//! What an export lacks and a person knows: typed in the window, or in a file. The verification afterwards is another act.

use serde_json::{Map, Value, json};
use tauri::{AppHandle, State};
use workflow::Assumed;

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::settings::SaidView;

/// The system whose exports are silent about these values.
const SYSTEM: &str = "astra";

/// Where values were taken from that were typed here.
const ORIGIN: &str = "the window";

/// Keeps what a person says about an election.
#[tauri::command]
pub(crate) async fn assume(desk: State<'_, Desk>, election_id: String, said: SaidView) -> Result<(), ErrorView> {
    desk.write(move |case| {
        let before = case.assumed(SYSTEM, &election_id)?;
        case.assume(SYSTEM, &changed(before, said))
    })
    .await
}

/// Asks for a file with what the export lacks and keeps it; false where the user cancelled.
#[tauri::command]
pub(crate) async fn assume_file(app: AppHandle, desk: State<'_, Desk>) -> Result<bool, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Settings)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(false) };
    let assumed = in_background(move || workflow::read_config_file(&path)).await??;
    desk.write(move |case| case.assume(SYSTEM, &assumed)).await?;
    Ok(true)
}

/// What was said before with what is said now. A file may say more than the window asks for, and that stays.
fn changed(before: Option<Assumed>, said: SaidView) -> Assumed {
    let (mut values, origin) = match before {
        None => (Map::new(), ORIGIN.to_owned()),
        Some(before) if before.origin.ends_with(ORIGIN) => (before.values, before.origin),
        Some(before) => (before.values, format!("{}, changed in {ORIGIN}", before.origin)),
    };
    let groups = said.groups.map(|groups| {
        let items = groups.into_iter().map(|group| {
            json!({
                "public_id": group.public_id,
                "name": group.name,
                "max_elected": group.max_elected,
                "candidate_ids": group.candidates,
            })
        });
        Value::Array(items.collect())
    });
    let now = [
        ("election_id", said.election_number.map(Value::from)),
        ("number_of_seats", said.seats.map(Value::from)),
        ("quorum", said.quorum.map(Value::from)),
        ("exclusion_groups", groups),
    ];
    for (name, value) in now {
        match value {
            Some(value) => drop(values.insert(name.to_owned(), value)),
            None => drop(values.shift_remove(name)),
        }
    }
    Assumed { origin, values }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_said_besides_stays_and_is_named() {
        let said = |seats| SaidView { seats, ..SaidView::default() };
        let typed = changed(None, said(Some(3)));
        assert_eq!((typed.origin.as_str(), Value::Object(typed.values)), (ORIGIN, json!({"number_of_seats": 3})));
        let Value::Object(values) = json!({"number_of_seats": 3, "candidates": []}) else { panic!("an object") };
        let file = Assumed { origin: "config.json".to_owned(), values };
        let merged = changed(Some(file), said(None));
        assert_eq!(merged.origin, "config.json, changed in the window");
        assert_eq!(Value::Object(merged.values.clone()), json!({"candidates": []}), "what is not known is taken back");
        assert_eq!(changed(Some(merged), said(Some(2))).origin, "config.json, changed in the window");
    }
}
