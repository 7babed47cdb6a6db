//! What an export lacks and a person knows: typed in the window, or in a file. The verification afterwards is another act.

use serde_json::{Map, Value, json};
use tauri::{AppHandle, State};
use workflow::Assumed;

use crate::dialogs::{self, Wanted};
use crate::state::{Desk, in_background};
use crate::wire::error::ErrorView;
use crate::wire::known::KnownView;
use crate::wire::settings::SaidView;

/// The system whose exports are silent about seats, quorum and groups.
const SILENT: &str = "astra";

/// The system whose votes are tested for their times and addresses.
const TIMED: &str = "logbook";

/// Members with what is known about times and addresses.
const EVENTS: &str = "known_events";
const ADDRESSES: &str = "shared_addresses";

/// Where values were taken from that were typed here.
const ORIGIN: &str = "the window";

/// Keeps what a person says about an election.
#[tauri::command]
pub(crate) async fn assume(desk: State<'_, Desk>, election_id: String, said: SaidView) -> Result<(), ErrorView> {
    desk.write(move |case| {
        let before = case.assumed(SILENT, &election_id)?;
        case.assume(SILENT, &changed(before, values_of(said)))
    })
    .await
}

/// What was said about when and from where the votes of an election came.
#[tauri::command]
pub(crate) async fn known(desk: State<'_, Desk>, election_id: String) -> Result<KnownView, ErrorView> {
    desk.read(move |open| {
        let said = open.case.assumed(TIMED, &election_id)?;
        let list = |name: &str| said.as_ref().and_then(|said| said.values.get(name)).cloned().unwrap_or_default();
        Ok(KnownView {
            events: serde_json::from_value(list(EVENTS)).unwrap_or_default(),
            addresses: serde_json::from_value(list(ADDRESSES)).unwrap_or_default(),
        })
    })
    .await
}

/// Keeps what a person says about that.
#[tauri::command]
pub(crate) async fn say_known(desk: State<'_, Desk>, election_id: String, said: KnownView) -> Result<(), ErrorView> {
    desk.write(move |case| {
        let before = case.assumed(TIMED, &election_id)?;
        let now = [
            ("election_id", Some(Value::from(election_id))),
            (EVENTS, Some(json!(said.events))),
            (ADDRESSES, Some(json!(said.addresses))),
        ];
        case.assume(TIMED, &changed(before, now))
    })
    .await
}

/// Asks for a file with what the export lacks and keeps it; false where the user cancelled.
#[tauri::command]
pub(crate) async fn assume_file(app: AppHandle, desk: State<'_, Desk>, system: String) -> Result<bool, ErrorView> {
    let places = desk.places.clone();
    let chosen = in_background(move || dialogs::open(&app, &places, Wanted::Settings)).await?;
    let Some(path) = chosen.into_iter().next() else { return Ok(false) };
    let assumed = in_background(move || workflow::read_config_file(&path)).await??;
    desk.write(move |case| case.assume(&system, &assumed)).await?;
    Ok(true)
}

/// What was said before with what is said now. A file may say more than the window asks for, and that stays.
fn changed<const N: usize>(before: Option<Assumed>, now: [(&str, Option<Value>); N]) -> Assumed {
    let (mut values, origin) = match before {
        None => (Map::new(), ORIGIN.to_owned()),
        Some(before) if before.origin.ends_with(ORIGIN) => (before.values, before.origin),
        Some(before) => (before.values, format!("{}, changed in {ORIGIN}", before.origin)),
    };
    for (name, value) in now {
        match value {
            Some(value) => drop(values.insert(name.to_owned(), value)),
            None => drop(values.shift_remove(name)),
        }
    }
    Assumed { origin, values }
}

/// What was typed, by the origin's own names.
fn values_of(said: SaidView) -> [(&'static str, Option<Value>); 4] {
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
    [
        ("election_id", said.election_number.map(Value::from)),
        ("number_of_seats", said.seats.map(Value::from)),
        ("quorum", said.quorum.map(Value::from)),
        ("exclusion_groups", groups),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_said_besides_stays_and_is_named() {
        let said = |seats| values_of(SaidView { seats, ..SaidView::default() });
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
