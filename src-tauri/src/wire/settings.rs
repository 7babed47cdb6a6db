//! What a count needs beside the ballots, where each of it was taken from, and what a person says where an export is silent.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// What the count needs beside the ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsView {
    /// The election's number.
    pub election_number: SettingView,
    /// How many are elected.
    pub seats: SettingView,
    /// Votes that are needed for a valid election.
    pub quorum: SettingView,
    /// How many groups there are of whom only so many may be elected.
    pub groups: SettingView,
    /// Those groups.
    pub group_list: Vec<GroupView>,
    /// Everybody who stands, as far as they are known.
    pub candidates: Vec<StandingView>,
}

/// One value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingView {
    /// The value; null where it is not known.
    pub value: Option<i64>,
    /// Where it was taken from.
    pub source: SourceWord,
    /// The file or screen that it was said in, or how it was found out; empty otherwise.
    pub by: String,
}

/// Where a value was taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SourceWord {
    /// Nowhere: it is not known.
    Missing,
    /// The export.
    Export,
    /// A person.
    Said,
    /// It follows from the export.
    Found,
}

/// Candidates of whom only so many may be elected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GroupView {
    /// The source's own name of it; empty where a person named it here.
    pub public_id: String,
    /// Name.
    pub name: String,
    /// Most that may be elected.
    pub max_elected: i64,
    /// Candidates by id.
    pub candidates: Vec<i64>,
}

/// One who stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct StandingView {
    /// Id.
    pub id: i64,
    /// Name; empty where only the id is known.
    pub name: String,
}

/// What a person says in the window. Null stands for "not known".
#[derive(Clone, Debug, Default, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SaidView {
    /// The election's number.
    pub election_number: Option<i64>,
    /// How many are elected.
    pub seats: Option<i64>,
    /// Votes that are needed for a valid election.
    pub quorum: Option<i64>,
    /// All groups; empty where there are none.
    pub groups: Option<Vec<GroupView>>,
}

impl SettingsView {
    /// Reads what an exhibit tells; nothing for a source that needs nothing besides, or a conclusion of an older version.
    pub fn of(exhibit: &Value) -> Option<Self> {
        let settings = exhibit.get("settings")?;
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let groups = list(&settings["groups"]["list"]).into_iter().map(|group| GroupView {
            public_id: text(&group["public_id"]),
            name: text(&group["name"]),
            max_elected: group["max_elected"].as_i64().unwrap_or(0),
            candidates: list(&group["candidates"]).iter().filter_map(Value::as_i64).collect(),
        });
        let candidates = list(&exhibit["candidates"]).into_iter().filter_map(|candidate| {
            Some(StandingView { id: candidate["id"].as_i64()?, name: text(&candidate["name"]) })
        });
        Some(Self {
            election_number: SettingView::of(&settings["election_number"]),
            seats: SettingView::of(&settings["seats"]),
            quorum: SettingView::of(&settings["quorum"]),
            groups: SettingView::of(&settings["groups"]),
            group_list: groups.collect(),
            candidates: candidates.collect(),
        })
    }
}

impl SettingView {
    fn of(setting: &Value) -> Self {
        let source = match (setting["value"].as_i64(), setting["from"].as_str()) {
            (None, _) => SourceWord::Missing,
            (_, Some("said")) => SourceWord::Said,
            (_, Some("found")) => SourceWord::Found,
            _ => SourceWord::Export,
        };
        Self { value: setting["value"].as_i64(), source, by: setting["by"].as_str().unwrap_or_default().to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_value_names_where_it_was_taken_from() {
        let view = SettingsView::of(&json!({
            "candidates": [{"id": 4103, "name": "Amber"}],
            "settings": {
                "election_number": {"value": 41, "from": "found", "by": "the chain starts from it"},
                "seats": {"value": 3, "from": "said", "by": "the window"},
                "quorum": {"value": null, "from": "export"},
                "groups": {"value": 1, "from": "export", "by": "", "list": [
                    {"public_id": "g", "name": "Same employer", "max_elected": 1, "candidates": [4103]}]},
            },
        }))
        .expect("settings");
        let sources = [&view.election_number, &view.seats, &view.quorum, &view.groups].map(|setting| setting.source);
        assert_eq!(sources, [SourceWord::Found, SourceWord::Said, SourceWord::Missing, SourceWord::Export]);
        assert_eq!((view.seats.value, view.seats.by.as_str()), (Some(3), "the window"));
        assert_eq!((view.group_list[0].candidates.as_slice(), view.candidates[0].id), (&[4103][..], 4103));
        assert_eq!(SettingsView::of(&json!({"seats": 3})), None, "a conclusion of an older version");
    }
}
