//! Dominion's JSON export: a folder with manifests and `CvrExport.json`, or many of them with numbers.
//!
//! Sessions are read one by one, so that a file of some gigabytes needs no more memory than a small one. Where a ballot
//! was adjudicated, the version that is current counts. Marks that are ambiguous do not count; `IsVote` is false for all
//! ranks but the first, so it says nothing here.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer as _};

use super::sink::Record;
use super::{CvrError, Reading};
use crate::formats::ReadError;
use crate::inputs::InputSet;

/// An id: a number or a text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) String);

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: de::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match serde_json::Value::deserialize(from)? {
            serde_json::Value::String(text) => Ok(Self(text)),
            serde_json::Value::Number(number) => Ok(Self(number.to_string())),
            serde_json::Value::Bool(truth) => Ok(Self(truth.to_string())),
            _ => Err(de::Error::custom("a number or a text was expected")),
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Manifest {
    list: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Id,
    #[serde(default)]
    description: String,
    contest_id: Option<Id>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Session {
    tabulator_id: Option<Id>,
    batch_id: Option<Id>,
    record_id: Option<Id>,
    original: Version,
    modified: Option<Version>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    #[serde(default = "yes")]
    is_current: bool,
    precinct_id: Option<Id>,
    precinct_portion_id: Option<Id>,
    cards: Option<Vec<Card>>,
    contests: Option<Vec<Marked>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Card {
    #[serde(default)]
    contests: Vec<Marked>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Marked {
    id: Id,
    #[serde(default)]
    marks: Vec<Mark>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Mark {
    candidate_id: Id,
    rank: u64,
    #[serde(default)]
    is_ambiguous: bool,
}

fn yes() -> bool {
    true
}

/// What the manifests say.
struct Manifests {
    /// Candidates of the contest: description by id.
    candidates: HashMap<String, String>,
    precincts: HashMap<String, String>,
    portions: HashMap<String, String>,
}

pub(super) fn read(reading: &mut Reading<'_>) -> Result<(), CvrError> {
    let set = InputSet::gather(std::slice::from_ref(&reading.at))?;
    let find = |name: &str| {
        let is_it = |path: &str| path.rsplit('/').next() == Some(name);
        set.files.iter().find(|file| is_it(&file.path)).map(|file| file.location.clone())
    };
    let contest = reading.source.contest.clone();
    let contests = manifest(find("ContestManifest.json"))?;
    if !contests.iter().any(|entry| entry.id.0 == contest) {
        let reason = format!("ContestManifest.json has no contest with the Id {contest}; contestId names the contest");
        return Err(reading.broken(0, "", reason));
    }
    let of_contest = |entry: &Entry| entry.contest_id.as_ref().is_none_or(|id| id.0 == contest);
    let named = |entries: Vec<Entry>| entries.into_iter().map(|entry| (entry.id.0, entry.description)).collect();
    let candidates = manifest(find("CandidateManifest.json"))?.into_iter().filter(of_contest).collect();
    let manifests = Manifests {
        candidates: named(candidates),
        precincts: named(manifest(find("PrecinctManifest.json"))?),
        portions: named(manifest(find("PrecinctPortionManifest.json"))?),
    };
    let exports = exports(&set);
    if exports.is_empty() {
        return Err(reading.broken(0, "", "there is neither CvrExport.json nor CvrExport_1.json in it"));
    }
    let mut skipped = 0;
    for (name, location) in exports {
        let file = File::open(&location).map_err(|error| CvrError::file(&location, error))?;
        let mut sessions = Sessions {
            reading,
            manifests: &manifests,
            contest: &contest,
            row: 0,
            skipped: &mut skipped,
            failure: None,
        };
        let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 20, file));
        let outcome = json.deserialize_any(&mut sessions).and_then(|()| json.end());
        let (row, failure) = (sessions.row, sessions.failure.take());
        if let Err(error) = outcome {
            let reason = failure.unwrap_or_else(|| error.to_string());
            return Err(CvrError::file(Path::new(&name), ReadError::broken(row, "", reason)));
        }
    }
    if skipped > 0 {
        let what = format!(
            "{skipped} records were set aside by adjudication and have no current version; they are not counted."
        );
        reading.sink.repair(what);
    }
    Ok(())
}

/// The list of a manifest; empty where there is none.
fn manifest(location: Option<PathBuf>) -> Result<Vec<Entry>, CvrError> {
    let Some(location) = location else { return Ok(Vec::new()) };
    let file = File::open(&location).map_err(|error| CvrError::file(&location, error))?;
    let broken = |error: serde_json::Error| ReadError::broken(0, "", error.to_string());
    let read: Manifest =
        serde_json::from_reader(BufReader::new(file)).map_err(|error| CvrError::file(&location, broken(error)))?;
    Ok(read.list)
}

/// The exports in the order of their numbers.
fn exports(set: &InputSet) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(u64, String, PathBuf)> = Vec::new();
    for file in &set.files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        let number = name.strip_prefix("CvrExport").and_then(|rest| rest.strip_suffix(".json"));
        let number = match number {
            Some("") => Some(0),
            Some(rest) => rest.strip_prefix('_').and_then(|digits| digits.parse().ok()),
            None => None,
        };
        found.extend(number.map(|number| (number, file.path.clone(), file.location.clone())));
    }
    found.sort();
    // A single export holds all that numbered ones would.
    if found.first().is_some_and(|(number, ..)| *number == 0) {
        found.truncate(1);
    }
    found.into_iter().map(|(_, path, location)| (path, location)).collect()
}

/// Takes the sessions of a file one by one.
struct Sessions<'a, 'b> {
    reading: &'a mut Reading<'b>,
    manifests: &'a Manifests,
    contest: &'a str,
    row: u64,
    skipped: &'a mut u64,
    failure: Option<String>,
}

impl<'de> Visitor<'de> for &mut Sessions<'_, '_> {
    type Value = ();

    fn expecting(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str("an export of cast vote records with the member Sessions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut has_sessions = false;
        while let Some(name) = map.next_key::<String>()? {
            if name == "Sessions" {
                has_sessions = true;
                map.next_value_seed(&mut *self)?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if has_sessions { Ok(()) } else { Err(de::Error::missing_field("Sessions")) }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        self.row = 1;
        while let Some(session) = list.next_element::<Session>()? {
            if let Err(reason) = self.take(&session) {
                self.failure = Some(reason);
                return Err(de::Error::custom("a record cannot be taken"));
            }
            self.row += 1;
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for &mut Sessions<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_seq(self)
    }
}

impl Sessions<'_, '_> {
    fn take(&mut self, session: &Session) -> Result<(), String> {
        let version = match (&session.original, &session.modified) {
            (original, _) if original.is_current => original,
            (_, Some(modified)) => modified,
            _ => {
                *self.skipped += 1;
                return Ok(());
            }
        };
        let of_cards = version.cards.iter().flatten().flat_map(|card| &card.contests);
        let direct = version.contests.iter().flatten();
        let known = |id: &Option<Id>, names: &HashMap<String, String>, what: &str| -> Result<Option<String>, String> {
            let Some(Id(id)) = id else { return Ok(None) };
            match names.get(id) {
                Some(name) => Ok(Some(name.clone())),
                // Older exports come without the manifest.
                None if names.is_empty() => Ok(Some(id.clone())),
                None => Err(format!("{what} {id} is in no manifest")),
            }
        };
        let precinct = known(&version.precinct_id, &self.manifests.precincts, "the precinct")?;
        let portion = known(&version.precinct_portion_id, &self.manifests.portions, "the precinct portion")?;
        let text = |id: &Option<Id>| id.as_ref().map(|id| id.0.clone());
        let (tabulator, batch, id) = (text(&session.tabulator_id), text(&session.batch_id), text(&session.record_id));
        for marked in of_cards.chain(direct).filter(|marked| marked.id.0 == self.contest) {
            for mark in marked.marks.iter().filter(|mark| !mark.is_ambiguous) {
                let label = &mark.candidate_id.0;
                let is_known = self.manifests.candidates.is_empty()
                    || self.manifests.candidates.contains_key(label)
                    || *label == self.reading.source.write_in_label;
                if !is_known {
                    return Err(format!(
                        "candidate {label} does not belong to contest {} in the manifest",
                        self.contest
                    ));
                }
                let name = self::label(self.reading, self.manifests, label);
                self.reading.mark(mark.rank, name)?;
            }
            self.reading.finish(Record {
                id: id.as_deref(),
                tabulator: tabulator.as_deref(),
                batch: batch.as_deref(),
                precinct: precinct.as_deref(),
                portion: portion.as_deref(),
            })?;
        }
        Ok(())
    }
}

/// The id, or the candidate's name where the configuration knows that and not the id.
fn label<'c>(reading: &Reading<'_>, manifests: &'c Manifests, id: &'c str) -> &'c str {
    if reading.config.candidate(id).is_some() || id == reading.source.write_in_label {
        return id;
    }
    let name = manifests.candidates.get(id).map(String::as_str);
    name.filter(|name| reading.config.candidate(name).is_some()).unwrap_or(id)
}
