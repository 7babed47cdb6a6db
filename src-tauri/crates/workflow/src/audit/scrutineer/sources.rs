//! Which public files make up which election, and what they say.

use std::collections::{BTreeMap, BTreeSet};

use domain::election::Setup;
use domain::{EvidenceFile, FileId, Finding, FindingCode, Place, TableRow};
use importers::scrutineer::rows::EntryRow;
use importers::scrutineer::tables as kinds;
use serde_json::Value;
use store::Reader;

use crate::Error;
use crate::election::{Certificate, ElectionResult};

/// A document with where it lies.
#[derive(Clone)]
pub(super) struct Document {
    pub(super) file: FileId,
    pub(super) value: Value,
    pub(super) text: String,
}

impl Document {
    /// A text member.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.value[name].as_str()
    }

    pub(super) fn place(&self) -> Option<Place> {
        Some(whole(self.file))
    }
}

/// A file as a place: no row of it is meant.
pub(super) fn whole(file: FileId) -> Place {
    Place { file, row: 0 }
}

/// An event of the log: an entry whose content is there.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) number: u64,
    pub(super) at: String,
    pub(super) act: String,
    pub(super) detail: Value,
    pub(super) place: Place,
    pub(super) subject: String,
    /// Hash of the entry before it.
    pub(super) previous: String,
}

impl Event {
    /// A text of the detail.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.detail[name].as_str()
    }

    /// A whole number of the detail.
    pub(super) fn number_of(&self, name: &str) -> Option<u64> {
        self.detail[name].as_u64()
    }
}

/// Everything that an export says about one election.
#[derive(Default)]
pub(super) struct Sources {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) election: Option<Document>,
    /// The rules, where they can be read.
    pub(super) setup: Option<Setup>,
    /// Everything of the ballots file but the ballots.
    pub(super) ballots: Option<Document>,
    /// Everything of the audit file but the entries.
    pub(super) audit: Option<Document>,
    pub(super) entries: Vec<EntryRow>,
    /// Entries whose content is there, in the order of the file.
    pub(super) events: Vec<Event>,
    pub(super) result: Option<(Document, Option<ElectionResult>)>,
    pub(super) certificate: Option<(Document, Option<Certificate>)>,
    pub(super) key: Option<Document>,
    pub(super) event_log: Option<Document>,
    pub(super) sums: Option<(FileId, Vec<(String, String)>)>,
    /// Files of the same folder: name, file.
    pub(super) beside: Vec<(String, EvidenceFile)>,
    /// What is wrong with the files as files.
    pub(super) findings: Vec<Finding>,
}

impl Sources {
    /// True where every ballot is there with its choices.
    pub(super) fn is_full(&self) -> bool {
        self.ballots.as_ref().is_some_and(|file| file.text_of("form") == Some("full"))
    }

    /// The last event of a kind.
    pub(super) fn last(&self, act: &str) -> Option<&Event> {
        self.events.iter().rev().find(|event| event.act == act)
    }

    /// All events of a kind.
    pub(super) fn all<'a>(&'a self, act: &'a str) -> impl Iterator<Item = &'a Event> {
        self.events.iter().filter(move |event| event.act == act)
    }

    /// What was committed at opening or sealed at closing: as the log says, or the election file where there is no log.
    pub(super) fn frozen(&self, name: &str) -> Value {
        let logged = ["election_opened", "election_closed"];
        let found = logged.iter().filter_map(|act| self.last(act)).map(|event| event.detail[name].clone());
        let file = self.election.as_ref().map(|file| file.value["frozen"][name].clone());
        found.chain(file).find(|value| !value.is_null()).unwrap_or_default()
    }

    /// Where the election file lies, or any file.
    pub(super) fn place(&self) -> Option<Place> {
        let known = [&self.election, &self.ballots, &self.audit];
        let results = self.result.as_ref().map(|(file, _)| file);
        known.into_iter().flatten().chain(results).next().and_then(Document::place)
    }

    /// How findings name the election.
    pub(super) fn subject(&self) -> String {
        format!("election:{}", self.id)
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn document(row: &TableRow) -> Option<Document> {
    let text = row.fields.iter().find_map(|(_, value)| value.clone())?;
    let value = serde_json::from_str(&text).unwrap_or_default();
    Some(Document { file: row.place.file, value, text })
}

/// Ids and titles of the elections that a case speaks of.
pub(super) fn titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    Ok(gather(reader)?.into_iter().map(|sources| (sources.id, sources.title)).collect())
}

/// Puts the evidence of a case together, election by election, in order of their ids.
pub(super) fn gather(reader: &Reader) -> Result<Vec<Sources>, Error> {
    let files = reader.evidence()?;
    let own = |id: FileId| files.iter().find(|file| file.id == id && file.system == super::SYSTEM);
    let lost = lost_rows(reader)?;
    let mut elections: BTreeMap<String, Sources> = BTreeMap::new();
    for kind in
        [kinds::ELECTION, kinds::BALLOTS_FILE, kinds::AUDIT_FILE, kinds::RESULT, kinds::CERTIFICATE, kinds::EVENT_LOG]
    {
        for row in reader.rows(kind)? {
            if own(row.place.file).is_none() {
                continue;
            }
            let Some(found) = document(&row) else { continue };
            let name = if kind == kinds::EVENT_LOG { "ElectionId" } else { "election_id" };
            let Some(id) = found.text_of(name).map(str::to_owned) else { continue };
            let sources = elections.entry(id.clone()).or_insert_with(|| Sources { id, ..Sources::default() });
            let title = found.text_of("title").unwrap_or_default();
            if sources.title.is_empty() {
                title.clone_into(&mut sources.title);
            }
            let before = place_of_kind(sources, kind);
            if let Some(before) = before {
                sources.findings.extend(copy(&files, before, found.file));
                continue;
            }
            if lost.contains(&found.file) {
                sources.findings.push(unread(&files, found.file));
                continue;
            }
            take(sources, kind, found);
        }
    }
    let entries: Vec<EntryRow> = reader.rows(kinds::ENTRIES)?.iter().map(EntryRow::from_row).collect();
    let (keys, sums) = (reader.rows(kinds::SIGNING_KEY)?, reader.rows(kinds::SUMS)?);
    for sources in elections.values_mut() {
        if let Some(audit) = &sources.audit {
            sources.entries = entries.iter().filter(|entry| entry.place.file == audit.file).cloned().collect();
            sources.events = sources.entries.iter().filter_map(event).collect();
        }
        let home = sources.place().and_then(|place| own(place.file)).map(|file| folder(&file.path).to_owned());
        let is_near = |row: &&TableRow| own(row.place.file).map(|file| folder(&file.path).to_owned()) == home;
        sources.key = keys.iter().find(is_near).and_then(document);
        sources.sums = sums.iter().find(is_near).map(|row| {
            let text = row.fields.iter().find_map(|(_, value)| value.clone()).unwrap_or_default();
            let lines = text.lines().filter_map(|line| line.split_once("  "));
            (row.place.file, lines.map(|(sum, name)| (name.to_owned(), sum.to_owned())).collect())
        });
        let beside = files.iter().filter(|file| Some(folder(&file.path)) == home.as_deref());
        sources.beside =
            beside.map(|file| (file.path.rsplit('/').next().unwrap_or(&file.path).to_owned(), file.clone())).collect();
    }
    Ok(elections.into_values().collect())
}

fn place_of_kind(sources: &Sources, kind: &str) -> Option<FileId> {
    match kind {
        kinds::ELECTION => sources.election.as_ref().map(|file| file.file),
        kinds::BALLOTS_FILE => sources.ballots.as_ref().map(|file| file.file),
        kinds::AUDIT_FILE => sources.audit.as_ref().map(|file| file.file),
        kinds::RESULT => sources.result.as_ref().map(|(file, _)| file.file),
        kinds::CERTIFICATE => sources.certificate.as_ref().map(|(file, _)| file.file),
        _ => sources.event_log.as_ref().map(|file| file.file),
    }
}

fn take(sources: &mut Sources, kind: &str, found: Document) {
    match kind {
        kinds::ELECTION => {
            sources.setup = serde_json::from_value(found.value["setup"].clone()).ok();
            if sources.setup.is_none() {
                let detail =
                    "The rules in the election file cannot be read: a member is missing, unknown or of another kind.";
                sources.findings.push(
                    Finding::new(FindingCode::FieldsMissing, detail)
                        .about(sources.subject(), found.place())
                        .against("ballot.definition"),
                );
            }
            sources.election = Some(found);
        }
        kinds::BALLOTS_FILE => sources.ballots = Some(found),
        kinds::AUDIT_FILE => sources.audit = Some(found),
        kinds::RESULT => {
            let read = serde_json::from_str(&found.text).ok();
            sources.result = Some((found, read));
        }
        kinds::CERTIFICATE => {
            let read = serde_json::from_str(&found.text).ok();
            sources.certificate = Some((found, read));
        }
        _ => sources.event_log = Some(found),
    }
}

fn event(entry: &EntryRow) -> Option<Event> {
    let content = entry.content.as_ref()?;
    Some(Event {
        number: entry.number.unwrap_or(0),
        at: content.at.clone(),
        act: content.act.clone(),
        detail: serde_json::from_str(&content.detail).unwrap_or_default(),
        place: entry.place,
        subject: entry.subject(),
        previous: entry.previous.clone(),
    })
}

/// Files some of whose rows were not taken over, since a file nearer to the input holds rows of the same kind.
fn lost_rows(reader: &Reader) -> Result<BTreeSet<FileId>, Error> {
    let conflicts = reader.conflicts()?;
    let ours = |table: &str| table == kinds::BALLOTS || table == kinds::ENTRIES;
    Ok(conflicts.iter().filter(|conflict| ours(&conflict.table)).map(|conflict| conflict.place.file).collect())
}

fn path_of(files: &[EvidenceFile], id: FileId) -> String {
    files.iter().find(|file| file.id == id).map(|file| file.path.clone()).unwrap_or_default()
}

/// I902: a file whose rows are not in the case.
fn unread(files: &[EvidenceFile], file: FileId) -> Finding {
    let path = path_of(files, file);
    let detail = format!(
        "The rows of {path} were not read, since a file nearer to the input holds rows of the same kind; audit the folder of this election by itself."
    );
    Finding::new(FindingCode::FieldsMissing, detail)
        .about(format!("file:{path}"), Some(whole(file)))
        .against("files.sums")
}

/// R313: a second file of the same kind for the same election that says something else.
fn copy(files: &[EvidenceFile], first: FileId, second: FileId) -> Option<Finding> {
    let of = |id: FileId| files.iter().find(|file| file.id == id);
    let (first, second) = (of(first)?, of(second)?);
    (first.sha256 != second.sha256).then(|| {
        let detail =
            format!("{} and {} are of one election and differ; the first one was tested.", first.path, second.path);
        Finding::new(FindingCode::UnexplainedDifference, detail)
            .about(format!("file:{}", second.path), Some(whole(second.id)))
            .against("files.sums")
    })
}
