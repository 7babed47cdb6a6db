//! The rows of a case as the bundle holds them (`FORMAT.md`, "Rows"), and what was concluded about each ballot.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;

use domain::report::{AuditReport, ElectionReport, ReportedFinding, Verdict};
use domain::vote::VOTE_COLUMNS;
use domain::{AuditRecord, BallotRecord, FileId, Place, VoteView};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::Reader;
use verification::merkle::MerkleRoot;

use super::stage::Stage;
use crate::Error;

/// Name of the table of votes.
pub(super) const VOTES: &str = "votes";
/// Name of the table of ranked ballots.
pub(super) const BALLOTS: &str = "ballots";
/// Name of the audit log.
const AUDIT_LOG: &str = "audit_log";

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
    fn add(&mut self, place: Option<Place>, key: &str, fields: Value) -> std::io::Result<()> {
        self.rows += 1;
        let path = place.and_then(|place| self.files.get(&place.file)).map_or("", String::as_str);
        let row = place.map_or(0, |place| place.row);
        let line = json!({"place": self.rows, "file": path, "row": row, "key": key, "fields": fields}).to_string();
        if let Some(known) = &mut self.known {
            known.push(Known { key: key.to_owned(), sha256: Sha256::digest(&line).into(), place });
        }
        writeln!(self.out, "{line}")
    }
}

fn vote_fields(vote: &VoteView<'_>) -> Value {
    let fields: Map<String, Value> =
        VOTE_COLUMNS.iter().map(|name| ((*name).to_owned(), vote.column(name).into())).collect();
    Value::Object(fields)
}

fn ballot_fields(ballot: &BallotRecord) -> Value {
    json!({
        "election_id": ballot.election_id,
        "id": ballot.id,
        "credential": ballot.credential,
        "ballot_hash": ballot.ballot_hash,
        "previous_chain_hash": ballot.previous_chain_hash,
        "chain_hash": ballot.chain_hash,
        "ranking": ballot.ranking,
        "weight": ballot.weight,
        "is_counted": ballot.is_counted,
        "superseded_by": ballot.superseded_by,
        "created_at": ballot.created_at,
    })
}

fn entry_fields(entry: &AuditRecord) -> Value {
    json!({
        "id": entry.id.to_string(),
        "timestamp": entry.timestamp,
        "timestamp_nanos": entry.timestamp_nanos,
        "event_type": entry.event_type,
        "event_category": entry.event_category,
        "severity": entry.severity,
        "user_id": entry.user_id,
        "username": entry.username,
        "session_id": entry.session_id,
        "organization_id": entry.organization_id,
        "ip_address": entry.ip_address,
        "user_agent": entry.user_agent,
        "event_data": entry.event_data,
        "previous_hash": entry.previous_hash,
        "current_hash": entry.current_hash,
        "hash_version": entry.hash_version.map(|version| version.to_string()),
    })
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
    files: &BTreeMap<FileId, String>,
) -> Result<(Vec<Table>, Value), Error> {
    let election = &report.elections[0];
    let mut tables = Vec::new();
    let mut known = Vec::new();
    let mut ballots_in = None;
    let mut add = |stage: &mut Stage, name: &str, is_ballots: bool, each: &mut EachRow<'_>| -> Result<(), Error> {
        let path = format!("tables/{}.jsonl", plain_name(name));
        let mut rows = 0;
        stage.write(&path, |out| {
            let mut lines = Lines { out, files, rows: 0, known: is_ballots.then(Vec::new) };
            each(&mut |place, key, fields| lines.add(place, key, fields))?;
            rows = lines.rows;
            known = lines.known.take().unwrap_or_else(|| std::mem::take(&mut known));
            Ok(())
        })?;
        if is_ballots {
            ballots_in = Some(path.clone());
        }
        tables.push(Table { name: name.to_owned(), path, rows });
        Ok(())
    };
    let last_vote = reader.last_vote_number()?;
    if last_vote > 0 {
        add(stage, VOTES, election.system == "logbook", &mut |row| {
            scan(|keep| {
                reader.scan_votes((0, last_vote), &mut |vote, _| {
                    keep(row(vote.place, &format!("vote:{}", vote.id), vote_fields(vote)))
                })
            })
        })?;
    }
    let last_ballot = reader.ballot_count()?;
    if last_ballot > 0 {
        add(stage, BALLOTS, election.system == "astra", &mut |row| {
            scan(|keep| {
                reader.scan_ballots((0, last_ballot), &mut |ballot| {
                    keep(row(ballot.place, &ballot.subject(), ballot_fields(&ballot)))
                })
            })
        })?;
    }
    if reader.audit_count()? > 0 {
        add(stage, AUDIT_LOG, false, &mut |row| {
            scan(|keep| {
                reader.scan_audit((i64::MIN, i64::MAX), &mut |_, entry| {
                    keep(row(Some(entry.place), &entry.id.to_string(), entry_fields(&entry)))
                })
            })
        })?;
    }
    for (name, _) in reader.tables()? {
        let is_ballots = match election.system.as_str() {
            "scrutineer" => name == importers::scrutineer::tables::BALLOTS,
            "electra" => name == "votes",
            _ => false,
        };
        // Two tables of one name would share a path.
        let shown = if tables_hold(&name, last_vote, last_ballot) { format!("{name}_rows") } else { name.clone() };
        add(stage, &shown, is_ballots, &mut |row| {
            scan(|keep| {
                reader.scan_rows(&name, &mut |found| {
                    let fields: Map<String, Value> =
                        found.fields.iter().map(|(name, value)| (name.clone(), value.clone().into())).collect();
                    let hash = fields.get("ballot_hash").and_then(Value::as_str).filter(|_| is_ballots);
                    let key = hash.map_or_else(|| found.key.clone(), |hash| format!("ballot:{hash}"));
                    keep(row(Some(found.place), &key, Value::Object(fields)))
                })
            })
        })?;
    }
    let findings: Vec<&ReportedFinding> = election.findings.iter().chain(&report.findings).collect();
    let verdicts = verdicts(stage, election, &findings, &known, files, ballots_in.as_deref())?;
    Ok((tables, verdicts))
}

fn tables_hold(name: &str, votes: i64, ballots: i64) -> bool {
    name == VOTES && votes > 0 || name == BALLOTS && ballots > 0 || name == AUDIT_LOG
}

type AddRow<'a> = dyn FnMut(Option<Place>, &str, Value) -> std::io::Result<()> + 'a;
type EachRow<'a> = dyn FnMut(&mut AddRow<'_>) -> Result<(), Error> + 'a;

/// Runs a scan whose rows may fail to be written: the first failure ends it.
fn scan(
    each: impl FnOnce(&mut dyn FnMut(std::io::Result<()>) -> bool) -> Result<(), store::StoreError>,
) -> Result<(), Error> {
    let mut failure = None;
    each(&mut |written| {
        failure = written.err();
        failure.is_none()
    })?;
    failure.map_or(Ok(()), |error: std::io::Error| Err(error.into()))
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

fn verdicts(
    stage: &mut Stage,
    election: &ElectionReport,
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
    let is_signed = election.claims.iter().any(|claim| {
        matches!(claim.id.as_str(), "votes.signatures" | "ballots.signatures")
            && matches!(claim.verdict, Verdict::Proved | Verdict::Contradicted | Verdict::Consistent)
            && claim.checked > 0
    });
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
