//! Two exports or cases of one election, row by row: what was added, removed or altered between them, and which audit entry that
//! was written in between explains it. What none explains is R313.
//!
//! NULL and an empty text are one here, since comma separated files cannot tell them apart.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use domain::{AuditSource, EvidenceFile, FileId, Job, KeyRing, Place};
use reports::documents;
use reports::documents::comparison::{ComparedRow, ComparedTable, ComparisonSheet, LedgerHead};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::Reader;

use crate::export::{make_folder, write_table, write_whole};
use crate::rows::{self, CaseRow};
use crate::{Case, Error, OneShot};

/// Name of the form.
const SCHEMA: &str = "scrutineer/compare/1";
/// Changed rows of one table that are named one by one.
const NAMED: usize = 50_000;
/// Longest text of a field that is told; beyond it the beginning.
const LONGEST: usize = 2_000;

/// What happened to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only in the second export.
    Added,
    /// Only in the first export.
    Removed,
    /// In both, with other content.
    Altered,
}

impl Change {
    /// The word in files.
    pub fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Altered => "altered",
        }
    }
}

/// A row that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowChange {
    /// How findings name it, or its own key.
    pub key: String,
    /// What happened.
    pub change: Change,
    /// Where it stands in the first export: file, row.
    pub before_at: Option<(String, u64)>,
    /// Where it stands in the second one.
    pub after_at: Option<(String, u64)>,
    /// Columns that differ: name, before, after. Of added and removed rows all that are filled.
    pub fields: Vec<(String, String, String)>,
    /// The audit entry that explains it, in a sentence; `None` where none does.
    pub explained: Option<String>,
}

/// One table of both exports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableComparison {
    /// Table.
    pub table: String,
    /// Rows in the first and in the second export.
    pub rows: (u64, u64),
    /// Rows that are equal in both.
    pub same: u64,
    /// Rows that differ; the first 50,000.
    pub changes: Vec<RowChange>,
    /// How many differ.
    pub changed: u64,
    /// False for answers and reports that the system wrote about itself: they tell their time, so they always differ.
    pub is_evidence: bool,
}

/// Two exports side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// What was compared: paths as given.
    pub compared: (String, String),
    /// Titles of their elections.
    pub titles: (Vec<String>, Vec<String>),
    /// Files of both, as they came.
    pub inputs: (Vec<EvidenceFile>, Vec<EvidenceFile>),
    /// The ledger entry up to which a side tells. An export that lies in no case has none.
    pub heads: (Option<LedgerHead>, Option<LedgerHead>),
    /// Tables by name.
    pub tables: Vec<TableComparison>,
    /// Tables that only one of both has: name, and true where it is the second.
    pub only_in_one: Vec<(String, bool)>,
}

impl Comparison {
    /// Rows of evidence that differ and that no audit entry explains.
    pub fn unexplained(&self) -> impl Iterator<Item = (&str, &RowChange)> {
        let evidence = self.tables.iter().filter(|table| table.is_evidence);
        evidence.flat_map(|table| {
            table.changes.iter().filter(|row| row.explained.is_none()).map(|row| (table.table.as_str(), row))
        })
    }

    /// The answer as scripts know it.
    pub fn to_json(&self) -> Value {
        let at = |place: &Option<(String, u64)>| place.as_ref().map(|(path, row)| json!({"path": path, "row": row}));
        let tables: Vec<Value> = (self.tables.iter())
            .map(|table| {
                let changes: Vec<Value> = (table.changes.iter())
                    .map(|row| {
                        let fields: Vec<Value> = (row.fields.iter())
                            .map(|(name, before, after)| json!({"column": name, "a": before, "b": after}))
                            .collect();
                        json!({
                            "key": row.key,
                            "change": row.change.word(),
                            "a": at(&row.before_at),
                            "b": at(&row.after_at),
                            "fields": fields,
                            "explained": row.explained,
                        })
                    })
                    .collect();
                json!({
                    "table": table.table,
                    "is_evidence": table.is_evidence,
                    "rows_a": table.rows.0,
                    "rows_b": table.rows.1,
                    "same": table.same,
                    "changed": table.changed,
                    "changes": changes,
                })
            })
            .collect();
        let subjects: BTreeSet<&str> = self.unexplained().map(|(_, row)| row.key.as_str()).collect();
        let text = domain::FindingCode::UnexplainedDifference.text();
        let findings: Vec<Value> = if subjects.is_empty() {
            Vec::new()
        } else {
            vec![json!({
                "code": text.code,
                "severity": "critical",
                "title": text.title,
                "subjects": subjects,
                "count": subjects.len(),
                "next_step": text.next_step,
            })]
        };
        let only: Vec<Value> = (self.only_in_one.iter())
            .map(|(name, is_second)| json!({"table": name, "in": if *is_second { "b" } else { "a" }}))
            .collect();
        let side = |path: &str, titles: &[String], inputs: &[EvidenceFile], head: &Option<LedgerHead>| {
            let inputs: Vec<Value> = (inputs.iter())
                .map(|file| json!({"path": file.path, "sha256": file.sha256.to_hex(), "bytes": file.bytes}))
                .collect();
            let mut side = json!({"path": path, "titles": titles, "inputs": inputs});
            if let Some((_, hash)) = head {
                side["ledger_head"] = json!(hash);
            }
            side
        };
        json!({
            "schema": SCHEMA,
            "a": side(&self.compared.0, &self.titles.0, &self.inputs.0, &self.heads.0),
            "b": side(&self.compared.1, &self.titles.1, &self.inputs.1, &self.heads.1),
            "tables": tables,
            "only_in_one": only,
            "findings": findings,
        })
    }
}

/// Compares two inputs, each a case or an export.
///
/// # Errors
/// Where one of them cannot be read, with file, row and column; where they come from different systems.
pub fn compare_exports(first: &Path, second: &Path, job: &dyn Job) -> Result<Comparison, Error> {
    let (first_side, second_side) = (Side::open(first, job)?, Side::open(second, job)?);
    let (before, after) = (first_side.case().reader()?, second_side.case().reader()?);
    let systems = |reader: &Reader| Ok::<_, Error>(crate::audit::systems(&reader.evidence()?));
    let (one, other) = (systems(&before)?, systems(&after)?);
    if one.is_disjoint(&other) {
        let names = |systems: &BTreeSet<String>| systems.iter().cloned().collect::<Vec<_>>().join(" and ");
        let (one, other) = (names(&one), names(&other));
        let (one, other) =
            (if one.is_empty() { "nothing" } else { &one }, if other.is_empty() { "nothing" } else { &other });
        return Err(Error::refused(format!(
            "{} holds {one} and {} holds {other}; two exports of one system can be compared",
            first.display(),
            second.display()
        )));
    }
    let titles = |reader: &Reader| -> Result<Vec<String>, Error> {
        let titles = crate::audit::election_titles(reader)?;
        Ok(titles.into_iter().map(|(id, title)| if title.is_empty() { id } else { title }).collect())
    };
    let mut comparison = Comparison {
        compared: (first.display().to_string(), second.display().to_string()),
        titles: (titles(&before)?, titles(&after)?),
        inputs: (before.evidence()?, after.evidence()?),
        heads: (first_side.head()?, second_side.head()?),
        tables: Vec::new(),
        only_in_one: Vec::new(),
    };
    job.begin("Comparing the rows", None);
    let between = Between::gather(&before, &after)?;
    let after_tables = rows::tables(&after)?;
    let before_tables = rows::tables(&before)?;
    for table in &before_tables {
        match after_tables.iter().find(|other| other.name == table.name) {
            Some(other) => comparison.tables.push(table_of((&before, table), (&after, other), &between, job)?),
            None => comparison.only_in_one.push((table.name.clone(), false)),
        }
    }
    let is_new = |name: &str| !before_tables.iter().any(|table| table.name == name);
    comparison
        .only_in_one
        .extend(after_tables.iter().filter(|table| is_new(&table.name)).map(|table| (table.name.clone(), true)));
    comparison.tables.sort_by(|left, right| left.table.cmp(&right.table));
    Ok(comparison)
}

impl Comparison {
    fn sheet(&self) -> ComparisonSheet {
        let place = |place: &Option<(String, u64)>| {
            place.as_ref().map_or_else(String::new, |(path, row)| format!("{path}, row {row}"))
        };
        let tables = self.tables.iter().map(|table| ComparedTable {
            name: table.table.clone(),
            rows: (table.rows.0, table.rows.1, table.same),
            changed: table.changed,
            is_evidence: table.is_evidence,
            changes: (table.changes.iter())
                .map(|row| ComparedRow {
                    key: row.key.clone(),
                    change: row.change.word().to_owned(),
                    places: (place(&row.before_at), place(&row.after_at)),
                    fields: row.fields.clone(),
                    explained: row.explained.clone().unwrap_or_default(),
                })
                .collect(),
        });
        let only = self.only_in_one.iter().map(|(name, is_second)| {
            format!("Only the {} export has the table {name}.", if *is_second { "second" } else { "first" })
        });
        let inputs = |files: &[EvidenceFile]| {
            files.iter().map(|file| (file.path.clone(), file.bytes, file.sha256.to_hex())).collect()
        };
        ComparisonSheet {
            compared: self.compared.clone(),
            titles: self.titles.clone(),
            inputs: (inputs(&self.inputs.0), inputs(&self.inputs.1)),
            heads: self.heads.clone(),
            tables: tables.collect(),
            only_in_one: only.collect(),
        }
    }

    /// What was found, in a sentence.
    pub fn sentence(&self) -> String {
        self.sheet().sentence()
    }

    /// Prints the comparison as PDF, and one CSV for each table that differs into a folder.
    ///
    /// # Errors
    /// [`Error::Output`] where a file cannot be written.
    pub fn write(&self, pdf: Option<&Path>, csv: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
        let sheet = self.sheet();
        let mut written = Vec::new();
        if let Some(path) = pdf {
            let document = documents::comparison::document(&sheet);
            let bytes = reports::render_pdf(&document, documents::count::undated())
                .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
            write_whole(path, &bytes)?;
            written.push(path.to_owned());
        }
        if let Some(folder) = csv {
            make_folder(folder)?;
            for table in documents::comparison::tables(&sheet) {
                let path = folder.join(format!("{}.csv", table.name));
                write_table(&table, &path)?;
                written.push(path);
            }
        }
        Ok(written)
    }
}

/// One of both, opened.
enum Side {
    Kept(Box<Case>),
    Read(Box<OneShot>),
}

impl Side {
    fn open(path: &Path, job: &dyn Job) -> Result<Self, Error> {
        if path.extension().is_some_and(|ending| ending == "scrutineer") {
            return Ok(Self::Kept(Box::new(Case::open(path)?)));
        }
        let inputs: [PathBuf; 1] = [path.to_owned()];
        Ok(Self::Read(Box::new(crate::audit_inputs(&inputs, None, &KeyRing::default(), None, None, job)?)))
    }

    /// The ledger entry up to which a kept case tells.
    fn head(&self) -> Result<Option<LedgerHead>, Error> {
        match self {
            Self::Kept(case) => Ok(case.printed_entry()?.map(|entry| (entry.number, entry.hash.to_hex()))),
            Self::Read(_) => Ok(None),
        }
    }

    fn case(&self) -> &Case {
        match self {
            Self::Kept(case) => case,
            Self::Read(done) => &done.case,
        }
    }
}

/// A row by its key and by how many rows of that key stand before it.
type Key = (String, u32);

fn digest(fields: &Map<String, Value>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for (name, value) in fields {
        if let Some(text) = value.as_str().filter(|text| !text.is_empty()) {
            for part in [name.as_str(), text] {
                hasher.update((part.len() as u64).to_le_bytes());
                hasher.update(part);
            }
        }
    }
    hasher.finalize().into()
}

/// Goes over the rows of a table with their keys.
fn each(
    (reader, table): (&Reader, &rows::CaseTable),
    job: &dyn Job,
    take: &mut dyn FnMut(Key, CaseRow),
) -> Result<(), Error> {
    let mut before: HashMap<String, u32> = HashMap::new();
    table.each(reader, &mut |row| {
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        job.advance(1);
        let number = before.entry(row.key.clone()).or_default();
        *number += 1;
        take((row.key.clone(), *number), row);
        Ok(())
    })
}

fn table_of(
    before: (&Reader, &rows::CaseTable),
    after: (&Reader, &rows::CaseTable),
    between: &Between,
    job: &dyn Job,
) -> Result<TableComparison, Error> {
    let mut found = TableComparison {
        table: before.1.name.clone(),
        rows: (0, 0),
        same: 0,
        changes: Vec::new(),
        changed: 0,
        is_evidence: true,
    };
    let mut known: HashMap<Key, [u8; 32]> = HashMap::new();
    // A document is one row with one field that holds all of it.
    let mut is_document = true;
    each(before, job, &mut |key, row| {
        found.rows.0 += 1;
        is_document &= row.fields.len() <= 1;
        known.insert(key, digest(&row.fields));
    })?;
    found.is_evidence = !is_document;
    let mut altered: BTreeMap<Key, Change> = BTreeMap::new();
    each(after, job, &mut |key, row| {
        found.rows.1 += 1;
        match known.remove(&key) {
            Some(sum) if sum == digest(&row.fields) => found.same += 1,
            Some(_) => {
                altered.insert(key, Change::Altered);
            }
            None => {
                altered.insert(key, Change::Added);
            }
        }
    })?;
    altered.extend(known.into_keys().map(|key| (key, Change::Removed)));
    found.changed = u64::try_from(altered.len()).unwrap_or(u64::MAX);
    let wanted: BTreeMap<Key, Change> = altered.into_iter().take(NAMED).collect();
    let files = |reader: &Reader| -> Result<HashMap<FileId, String>, Error> {
        Ok(reader.evidence()?.into_iter().map(|file| (file.id, file.path)).collect())
    };
    let (before_files, after_files) = (files(before.0)?, files(after.0)?);
    let mut pairs: BTreeMap<Key, (Option<CaseRow>, Option<CaseRow>)> = BTreeMap::new();
    each(before, job, &mut |key, row| {
        if wanted.contains_key(&key) {
            pairs.entry(key).or_default().0 = Some(row);
        }
    })?;
    each(after, job, &mut |key, row| {
        if wanted.contains_key(&key) {
            pairs.entry(key).or_default().1 = Some(row);
        }
    })?;
    for (key, (one, other)) in pairs {
        let Some(&change) = wanted.get(&key) else { continue };
        let at = |row: &Option<CaseRow>, files: &HashMap<FileId, String>| {
            let place: Place = row.as_ref()?.place?;
            Some((files.get(&place.file).cloned().unwrap_or_default(), place.row))
        };
        let fields = differing(one.as_ref(), other.as_ref());
        found.changes.push(RowChange {
            explained: between.explain(&found.table, &key.0, change, &fields, one.as_ref().or(other.as_ref())),
            key: key.0,
            change,
            before_at: at(&one, &before_files),
            after_at: at(&other, &after_files),
            fields,
        });
    }
    Ok(found)
}

fn differing(one: Option<&CaseRow>, other: Option<&CaseRow>) -> Vec<(String, String, String)> {
    let text = |row: Option<&CaseRow>, name: &str| -> String {
        let text = row.and_then(|row| row.fields.get(name)).and_then(Value::as_str).unwrap_or_default();
        if text.chars().count() <= LONGEST {
            text.to_owned()
        } else {
            text.chars().take(LONGEST).chain(['…']).collect()
        }
    };
    let names: Vec<&String> = (one.into_iter().chain(other)).flat_map(|row| row.fields.keys()).collect();
    let mut seen = BTreeSet::new();
    names
        .into_iter()
        .filter(|name| seen.insert(*name))
        .map(|name| (name.clone(), text(one, name), text(other, name)))
        .filter(|(_, before, after)| before != after)
        .collect()
}

/// Columns that an excluding entry explains.
const EXCLUSION: &[&str] = &["deleted_at", "deleted_by", "deletion_reason"];
/// Columns that closing empties.
const PURGED: &[&str] = &["ip_address", "user_agent"];

/// Events that are written because somebody looked: they change nothing.
const LOOKING: &[&str] = &["vote_integrity_check", "forensics_report_generated"];

/// Audit entries that one export has and the other has not: what happened between both.
struct Between {
    only_before: Vec<Entry>,
    only_after: Vec<Entry>,
    /// Number up to which both logs tell the same. Where one is longer, it went on; where both go on with entries of other
    /// times, they are copies that went on apart.
    common: i64,
    /// Numbers of entries that the second export keeps in an archive.
    archived: BTreeSet<i64>,
    /// True where, in one of two copies that went on apart, nothing followed but looks.
    is_only_looked_at: bool,
}

struct Entry {
    id: i64,
    at: String,
    event: String,
    text: String,
    name: String,
    previous: String,
    hash: String,
}

impl Between {
    fn gather(before: &Reader, after: &Reader) -> Result<Self, Error> {
        let mut archived = BTreeSet::new();
        after.scan_audit((i64::MIN, i64::MAX), &mut |_, entry| {
            if entry.source == AuditSource::Archive {
                archived.insert(entry.id);
            }
            true
        })?;
        let (mut before, mut after) = (entries(before)?, entries(after)?);
        let last = |entries: &BTreeMap<i64, Entry>| entries.keys().next_back().copied().unwrap_or(i64::MIN);
        let mut common = last(&before).min(last(&after));
        let mut pairs = before.iter().filter_map(|(id, entry)| Some((entry, after.get(id)?)));
        // Copies that went on apart have the same entry before, and write the next one at another time. An entry that was
        // edited in its place is no such thing.
        let parted = pairs.find(|(one, other)| one.hash != other.hash);
        if let Some((one, other)) = parted
            && one.previous == other.previous
            && one.at != other.at
        {
            common = one.id - 1;
        }
        let is_apart = common < last(&before).min(last(&after));
        before.retain(|id, _| *id > common);
        after.retain(|id, _| *id > common);
        let only_looks =
            |entries: &BTreeMap<i64, Entry>| entries.values().all(|entry| LOOKING.contains(&entry.event.as_str()));
        let is_only_looked_at = is_apart && (only_looks(&before) || only_looks(&after));
        Ok(Self {
            only_before: before.into_values().collect(),
            only_after: after.into_values().collect(),
            common,
            archived,
            is_only_looked_at,
        })
    }

    /// Why an entry of the log is in one export only, or differs.
    fn explain_entry(&self, id: i64, change: Change) -> Option<String> {
        if change == Change::Removed && self.archived.contains(&id) {
            return Some("The entry stands in the archive of the second export.".to_owned());
        }
        if id <= self.common {
            return None;
        }
        if change != Change::Altered {
            return Some("The log went on: this entry is newer than the other export.".to_owned());
        }
        let of = |entries: &[Entry]| entries.iter().find(|entry| entry.id == id).map(|entry| entry.at.clone());
        let is_another_time = of(&self.only_before) != of(&self.only_after);
        (self.is_only_looked_at && is_another_time).then(|| {
            format!("The exports come from copies that went on apart after entry {}; in one of them reports and checks were run, nothing else.", self.common)
        })
    }

    /// The entry that explains a change.
    fn explain(
        &self,
        table: &str,
        key: &str,
        change: Change,
        fields: &[(String, String, String)],
        row: Option<&CaseRow>,
    ) -> Option<String> {
        if table.starts_with("audit_log") {
            let id: i64 = key.strip_prefix("audit:").and_then(|id| id.parse().ok())?;
            return self.explain_entry(id, change);
        }
        let newer: Vec<&Entry> = match change {
            Change::Added => &self.only_after,
            Change::Removed => &self.only_before,
            // What was altered may stand in its old form in either of both.
            Change::Altered if self.only_after.is_empty() => &self.only_before,
            Change::Altered => &self.only_after,
        }
        .iter()
        .filter(|entry| !LOOKING.contains(&entry.event.as_str()))
        .collect();
        let id = key.split_once(':').map_or(key, |(_, id)| id);
        let only = |names: &[&str]| fields.iter().all(|(name, ..)| names.contains(&name.as_str()));
        let says = |entry: &&&Entry| !id.is_empty() && entry.text.contains(id);
        let found = if table == "votes" && change == Change::Altered {
            if only(EXCLUSION) {
                newer.iter().find(|entry| entry.event.contains("deleted") && says(entry))
            } else if only(PURGED) {
                newer.iter().find(|entry| entry.event.contains("closed"))
            } else {
                None
            }
        } else if table == "votes" {
            newer.iter().find(says)
        } else {
            // Other rows change with their election: the entry names them, or their election.
            let election = row.and_then(|row| row.fields.get("election_id")).and_then(Value::as_str).unwrap_or(id);
            newer
                .iter()
                .find(says)
                .or_else(|| newer.iter().find(|entry| !election.is_empty() && entry.text.contains(election)))
        };
        found.map(|entry| format!("{} was written between both exports.", entry.name))
    }
}

fn entries(reader: &Reader) -> Result<BTreeMap<i64, Entry>, Error> {
    let mut entries = BTreeMap::new();
    reader.scan_audit((i64::MIN, i64::MAX), &mut |_, entry| {
        let found = Entry {
            id: entry.id,
            at: entry.timestamp.unwrap_or_default(),
            text: entry.event_data.unwrap_or_default(),
            name: format!("audit:{} {}", entry.id, entry.event_type),
            event: entry.event_type,
            previous: entry.previous_hash.unwrap_or_default(),
            hash: entry.current_hash.unwrap_or_default(),
        };
        entries.insert(entry.id, found);
        true
    })?;
    Ok(entries)
}
