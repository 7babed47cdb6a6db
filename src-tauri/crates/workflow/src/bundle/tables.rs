//! The rows of a case as the bundle holds them (`FORMAT.md`, "Rows"), and what was concluded about each ballot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use domain::report::{AuditReport, ElectionReport, ReportedFinding, Verdict};
use domain::{FileId, Place};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Reader;
use verification::merkle::MerkleRoot;

use super::stage::Stage;
use crate::Error;
use crate::rows::{self, CaseRow};

/// A table in the bundle.
pub(super) struct Table {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) rows: u64,
}

/// What one row of the table of ballots is known by.
struct Known {
    key: String,
    sha256: [u8; 32],
    place: Option<Place>,
}

/// Writes rows of one table.
struct Lines<'a, W> {
    out: W,
    files: &'a BTreeMap<FileId, String>,
    rows: u64,
    /// Where set, what each row is known by.
    known: Option<Vec<Known>>,
}

impl<W: Write> Lines<'_, W> {
    fn add(&mut self, CaseRow { place, key, fields }: CaseRow) -> std::io::Result<()> {
        self.rows += 1;
        let path = place.and_then(|place| self.files.get(&place.file)).map_or("", String::as_str);
        let row = place.map_or(0, |place| place.row);
        let line = json!({"place": self.rows, "file": path, "row": row, "key": key, "fields": fields}).to_string();
        if let Some(known) = &mut self.known {
            known.push(Known { key, sha256: Sha256::digest(&line).into(), place });
        }
        writeln!(self.out, "{line}")
    }
}

/// A name that can stand in a path.
pub(super) fn plain_name(text: &str) -> String {
    let letters =
        text.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' });
    letters.take(60).collect()
}

/// Writes every table of the case, and the verdicts about the ballots of the election.
pub(super) fn write(
    reader: &Reader,
    stage: &mut Stage,
    report: &AuditReport,
    election: &ElectionReport,
    files: &BTreeMap<FileId, String>,
) -> Result<(Vec<Table>, Value), Error> {
    let mut tables = Vec::new();
    let mut known = Vec::new();
    let mut ballots_in = None;
    for table in rows::tables(reader)? {
        let is_ballots = table.holds_ballots_of(&election.system);
        let path = format!("tables/{}.jsonl", plain_name(&table.name));
        let mut count = 0;
        stage.write(&path, |out| {
            let mut lines = Lines { out, files, rows: 0, known: is_ballots.then(Vec::new) };
            table.each(reader, &mut |row| Ok(lines.add(row)?))?;
            count = lines.rows;
            known = lines.known.take().unwrap_or_else(|| std::mem::take(&mut known));
            Ok(())
        })?;
        if is_ballots {
            ballots_in = Some(path.clone());
        }
        tables.push(Table { name: table.name, path, rows: count });
    }
    let findings: Vec<&ReportedFinding> = election.findings.iter().chain(&report.findings).collect();
    let verdicts = verdicts(stage, is_signed(election), &findings, &known, files, ballots_in.as_deref())?;
    Ok((tables, verdicts))
}

/// How much a finding weighs against a row.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    None,
    Lesser,
    Critical,
}

impl Weight {
    fn of(finding: &ReportedFinding) -> Self {
        match finding.severity.as_str() {
            "critical" => Self::Critical,
            "info" => Self::None,
            _ => Self::Lesser,
        }
    }
}

/// No verdicts, for what has no table of ballots.
pub(super) fn no_verdicts(stage: &mut Stage) -> Result<Value, Error> {
    verdicts(stage, false, &[], &[], &BTreeMap::new(), None)
}

/// True where signatures of ballots were checked.
fn is_signed(election: &ElectionReport) -> bool {
    election.claims.iter().any(|claim| {
        matches!(claim.id.as_str(), "votes.signatures" | "ballots.signatures")
            && matches!(claim.verdict, Verdict::Proved | Verdict::Contradicted | Verdict::Consistent)
            && claim.checked > 0
    })
}

fn verdicts(
    stage: &mut Stage,
    is_signed: bool,
    findings: &[&ReportedFinding],
    known: &[Known],
    files: &BTreeMap<FileId, String>,
    table: Option<&str>,
) -> Result<Value, Error> {
    let ids: HashMap<&str, FileId> = files.iter().map(|(id, path)| (path.as_str(), *id)).collect();
    let mut by_place: HashMap<(FileId, u64), Vec<&ReportedFinding>> = HashMap::new();
    let mut by_subject: HashMap<&str, Vec<&ReportedFinding>> = HashMap::new();
    for &finding in findings {
        let rows = finding.rows.iter().map(|row| (row.path.as_str(), row.row));
        let evidence = finding.evidence.iter().map(|place| (place.path.as_str(), place.row));
        let places: BTreeSet<(FileId, u64)> = rows
            .chain(evidence)
            .filter(|(_, row)| *row > 0)
            .filter_map(|(path, row)| Some((*ids.get(path)?, row)))
            .collect();
        for place in places {
            by_place.entry(place).or_default().push(finding);
        }
        for subject in &finding.subjects {
            by_subject.entry(subject).or_default().push(finding);
        }
    }
    let mut tree = MerkleRoot::default();
    let mut summary: BTreeMap<&str, u64> = BTreeMap::new();
    stage.write("verdicts.jsonl", |out| {
        for (place, row) in (1u64..).zip(known) {
            let of_place = row.place.and_then(|place| by_place.get(&(place.file, place.row)));
            let of_subject = by_subject.get(row.key.as_str());
            let mut codes: BTreeSet<&str> = BTreeSet::new();
            let mut worst = Weight::None;
            for finding in of_place.into_iter().chain(of_subject).flatten() {
                codes.insert(&finding.code);
                worst = worst.max(Weight::of(finding));
            }
            let verdict = match worst {
                Weight::Critical => "contradicted",
                Weight::Lesser => "questioned",
                Weight::None if is_signed => "signed",
                Weight::None => "unchallenged",
            };
            let line =
                json!({"place": place, "key": row.key, "row_sha256": domain::digest::encode_hex(&row.sha256), "verdict": verdict, "codes": codes})
                    .to_string();
            tree.add(line.as_bytes());
            *summary.entry(verdict).or_default() += 1;
            writeln!(out, "{line}")?;
        }
        Ok(())
    })?;
    Ok(json!({
        "table": table,
        "rows": known.len(),
        "merkle_root": tree.root().to_hex(),
        "summary": summary,
    }))
}
