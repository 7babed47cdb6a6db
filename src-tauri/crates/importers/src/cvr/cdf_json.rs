//! NIST SP 1500-103 as JSON. The file is read twice, once for what all records share and once for the records, one by
//! one, because their order in the file is free.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

use super::cdf::{self, Names, Position, Selected, Stated, StatedSelection};
use super::dominion::Id;
use super::sink::Record;
use super::{CvrError, Reading};

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    election: Vec<Election>,
    #[serde(default)]
    gp_unit: Vec<Named>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Election {
    #[serde(default)]
    candidate: Vec<Named>,
    #[serde(default)]
    contest: Vec<Contest>,
}

#[derive(Deserialize)]
struct Named {
    #[serde(rename = "@id")]
    id: String,
    #[serde(rename = "Name", default)]
    name: String,
}

#[derive(Deserialize)]
struct Contest {
    #[serde(rename = "@id")]
    id: String,
    #[serde(rename = "Name", default)]
    name: String,
    #[serde(rename = "ContestSelection", default)]
    selections: Vec<Selection>,
}

#[derive(Deserialize)]
struct Selection {
    #[serde(rename = "@id")]
    id: String,
    #[serde(rename = "CandidateIds", default)]
    candidates: Vec<String>,
    #[serde(rename = "IsWriteIn")]
    is_write_in: Option<Id>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cvr {
    ballot_pre_printed_id: Option<Id>,
    unique_id: Option<Id>,
    batch_id: Option<Id>,
    ballot_style_unit_id: Option<Id>,
    current_snapshot_id: Id,
    #[serde(rename = "CVRSnapshot", default)]
    snapshots: Vec<Snapshot>,
}

#[derive(Deserialize)]
struct Snapshot {
    #[serde(rename = "@id")]
    id: Id,
    #[serde(rename = "CVRContest", default)]
    contests: Vec<Voted>,
}

#[derive(Deserialize)]
struct Voted {
    #[serde(rename = "ContestId")]
    contest: Id,
    #[serde(rename = "CVRContestSelection", default)]
    selected: Vec<VotedSelection>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct VotedSelection {
    contest_selection_id: Id,
    rank: Option<Id>,
    #[serde(default)]
    selection_position: Vec<VotedPosition>,
}

#[derive(Deserialize)]
struct VotedPosition {
    #[serde(rename = "Rank")]
    rank: Option<Id>,
    #[serde(rename = "HasIndication")]
    has_indication: Option<Id>,
    #[serde(rename = "IsAllocable")]
    is_allocable: Option<Id>,
    #[serde(rename = "CVRWriteIn")]
    write_in: Option<IgnoredAny>,
}

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let open = |reading: &Reading<'_>| {
        let file = File::open(&reading.at).map_err(|error| CvrError::file(&reading.at, error))?;
        Ok::<_, CvrError>(BufReader::with_capacity(1 << 20, file))
    };
    let head: Head = serde_json::from_reader(open(reading)?)
        .map_err(|error| reading.broken(0, "", format!("no report of cast vote records: {error}")))?;
    let names = names(reading, head).map_err(|reason| reading.broken(0, "", reason))?;
    let mut json = serde_json::Deserializer::from_reader(open(reading)?);
    let mut records = Records { reading, names: &names, row: 0, failure: None };
    let outcome = json.deserialize_any(&mut records).and_then(|()| json.end());
    let (row, failure) = (records.row, records.failure.take());
    outcome.map_err(|error| reading.broken(row, "", failure.unwrap_or_else(|| error.to_string())))
}

fn names(reading: &Reading<'_>, head: Head) -> Result<Names, String> {
    let mut candidates = HashMap::new();
    let mut contests = Vec::new();
    for election in head.election {
        for candidate in election.candidate {
            if candidates.insert(candidate.id.clone(), candidate.name).is_some() {
                return Err(format!("candidate {} stands twice in the report", candidate.id));
            }
        }
        contests.extend(election.contest.into_iter().map(|contest| Stated {
            id: contest.id,
            name: contest.name,
            selections: contest.selections.into_iter().map(stated).collect(),
        }));
    }
    let units = head.gp_unit.into_iter().map(|unit| (unit.id, unit.name)).collect();
    Names::find(&reading.source.contest, &contests, &candidates, units)
}

fn stated(selection: Selection) -> StatedSelection {
    let is_write_in = selection.is_write_in.is_some_and(|flag| flag.0 == "true" || flag.0 == "yes");
    StatedSelection { id: selection.id, candidates: selection.candidates, is_write_in }
}

/// Takes the records of the report one by one.
struct Records<'a, 'b> {
    reading: &'a mut Reading<'b>,
    names: &'a Names,
    row: u64,
    failure: Option<String>,
}

impl<'de> Visitor<'de> for &mut Records<'_, '_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("a report with the member CVR")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if name == "CVR" {
                map.next_value_seed(&mut *self)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.row = 1;
        while let Some(cvr) = list.next_element::<Cvr>()? {
            if let Err(reason) = self.take(cvr) {
                self.failure = Some(reason);
                return Err(de::Error::custom("a record cannot be taken"));
            }
            self.row += 1;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Records<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl Records<'_, '_> {
    fn take(&mut self, cvr: Cvr) -> Result<(), String> {
        let current = cvr.current_snapshot_id.0;
        let snapshot = cvr.snapshots.into_iter().find(|snapshot| snapshot.id.0 == current);
        let snapshot = snapshot.ok_or_else(|| format!("the current snapshot {current} is not in the record"))?;
        let Some(voted) = snapshot.contests.into_iter().find(|voted| voted.contest.0 == self.names.contest) else {
            return Ok(());
        };
        let selected: Vec<Selected> = voted.selected.into_iter().map(selected).collect();
        let text = |id: &Option<Id>| id.as_ref().map(|id| id.0.clone());
        let (printed, unique) = (text(&cvr.ballot_pre_printed_id), text(&cvr.unique_id));
        let (batch, unit) = (text(&cvr.batch_id), text(&cvr.ballot_style_unit_id));
        let record =
            Record { id: printed.as_deref().or(unique.as_deref()), batch: batch.as_deref(), ..Record::default() };
        cdf::take(self.reading, self.names, &selected, record, unit.as_deref())
    }
}

fn selected(voted: VotedSelection) -> Selected {
    let word = |id: Option<Id>| id.map(|id| id.0).unwrap_or_default();
    let position = |position: VotedPosition| Position {
        rank: position.rank.map(|rank| rank.0),
        has_indication: word(position.has_indication),
        is_allocable: word(position.is_allocable),
        is_write_in: position.write_in.is_some(),
    };
    Selected {
        selection: voted.contest_selection_id.0,
        status: String::new(),
        rank: voted.rank.map(|rank| rank.0),
        positions: voted.selection_position.into_iter().map(position).collect(),
    }
}
