//! What a person knows about the times and addresses of votes: events that bring many people within minutes, and addresses
//! that many people share. Tests leave both out, and whoever reads a finding or the claim reads what was left out.
//!
//! In the file for `--config`: `known_events`, a list of `{"from": TIME, "to": TIME, "what": TEXT}`, and `shared_addresses`, a list of
//! `{"address": TEXT, "what": TEXT}`. Times are as in exports (`2026-02-10T14:00:00Z`); one without offset means UTC.

use domain::Instant;
use serde_json::{Map, Value};
use store::Reader;

use crate::Error;

/// An event that brought votes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) from: Instant,
    pub(super) to: Instant,
    pub(super) what: String,
}

/// What was said about one election.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// Where it was taken from.
    pub(super) origin: String,
    pub(super) events: Vec<Event>,
    /// Addresses, each with what it is.
    pub(super) addresses: Vec<(String, String)>,
}

impl Known {
    /// What was left out, as a sentence with a space before it; nothing where nothing was said.
    pub(super) fn told(&self) -> String {
        if self.events.is_empty() && self.addresses.is_empty() {
            return String::new();
        }
        let events = self.events.iter().map(|event| {
            format!("ballots from {} to {} ({})", event.from.to_display(), event.to.to_display(), event.what)
        });
        let addresses = self.addresses.iter().map(|(address, what)| format!("address {address} ({what})"));
        let parts: Vec<String> = events.chain(addresses).collect();
        format!(" Left out, as {} says: {}.", self.origin, parts.join("; "))
    }
}

/// What is wrong with the members that this file knows, in words; nothing where they can be taken.
pub(crate) fn wrong_setting(values: &Map<String, Value>) -> Option<String> {
    read(values, "").err()
}

/// What counts of what was said about an election: said by its id, or about none by name. What was said last counts.
pub(super) fn known(reader: &Reader, election: &str) -> Result<Known, Error> {
    let said = reader.assumptions()?;
    let about = |name: &str| said.iter().rev().find(|it| it.system == super::SYSTEM && it.election == name);
    let Some(found) = about(election).or_else(|| about("")) else { return Ok(Known::default()) };
    let Ok(Value::Object(values)) = serde_json::from_str(&found.body) else { return Ok(Known::default()) };
    // It was checked when it was said.
    Ok(read(&values, &found.origin).unwrap_or_default())
}

/// A member of a list with its place in words.
type Item = (String, Map<String, Value>);

fn read(values: &Map<String, Value>, origin: &str) -> Result<Known, String> {
    let mut known = Known { origin: origin.to_owned(), ..Known::default() };
    let list = |name: &'static str| -> Result<Vec<Item>, String> {
        match values.get(name) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(items)) => {
                let item = |(at, item): (usize, &Value)| match item {
                    Value::Object(members) => Ok((format!("{name}, item {}", at + 1), members.clone())),
                    _ => Err(format!("{name}, item {}: an object was expected", at + 1)),
                };
                items.iter().enumerate().map(item).collect()
            }
            Some(_) => Err(format!("{name} must be a list of objects")),
        }
    };
    let text = |at: &str, members: &Map<String, Value>, name: &str| -> Result<String, String> {
        let text = members.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or_else(|| format!("{at}: {name} must be a text"))
    };
    for (at, members) in list("known_events")? {
        let time = |name: &str| -> Result<Instant, String> {
            let text = text(&at, &members, name)?;
            Instant::parse(&text)
                .ok_or_else(|| format!("{at}: {name} must be a time such as 2026-02-10T14:00:00Z, not {text:?}"))
        };
        let (from, to) = (time("from")?, time("to")?);
        if to < from {
            return Err(format!("{at}: the event ends before it begins"));
        }
        known.events.push(Event { from, to, what: text(&at, &members, "what")? });
    }
    for (at, members) in list("shared_addresses")? {
        known.addresses.push((text(&at, &members, "address")?, text(&at, &members, "what")?));
    }
    known.events.sort_by_key(|event| (event.from, event.to));
    known.addresses.sort();
    known.addresses.dedup_by(|left, right| left.0 == right.0);
    Ok(known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn taken(value: &Value) -> Result<Known, String> {
        read(value.as_object().expect("an object"), "board.json")
    }

    #[test]
    fn events_and_addresses_are_named_with_their_source() {
        let known = taken(&json!({
            "known_events": [{"from": "2026-02-10T18:00:00+01:00", "to": "2026-02-10 18:00:00", "what": "reminder"}],
            "shared_addresses": [{"address": "203.0.113.7", "what": "station computer"}],
        }))
        .expect("sound");
        assert_eq!((known.events[0].from.seconds(), known.events[0].to.seconds()), (1_770_742_800, 1_770_746_400));
        let told = known.told();
        for part in ["board.json", "reminder", "203.0.113.7 (station computer)"] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(taken(&json!({"name": "no word about either"})).expect("sound").told(), "");
    }

    #[test]
    fn what_cannot_be_taken_is_named_by_item() {
        for (value, part) in [
            (json!({"known_events": {}}), "known_events must be a list"),
            (json!({"known_events": ["noon"]}), "known_events, item 1: an object"),
            (json!({"known_events": [{"from": "noon", "to": "one", "what": "lunch"}]}), "item 1: from must be a time"),
            (
                json!({"known_events": [{"from": "2026-02-10T18:00:00Z", "to": "2026-02-10T17:00:00Z", "what": "x"}]}),
                "ends before it begins",
            ),
            (
                json!({"shared_addresses": [{"address": "203.0.113.7"}]}),
                "shared_addresses, item 1: what must be a text",
            ),
        ] {
            let problem = taken(&value).expect_err("refused");
            assert!(problem.contains(part), "{problem}");
        }
    }
}
