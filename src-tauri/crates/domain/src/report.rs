//! What an audit concludes: claims with verdicts, the origin's own answers, findings. This is the JSON contract of
//! `scrutineer audit --json`, field order included, and the input of every report.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::finding::Finding;
use crate::review::FindingReview;

/// Name of the JSON contract.
pub const AUDIT_SCHEMA: &str = "scrutineer/audit/1";

/// How far a claim is carried. Ordered from worst to best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence contradicts the claim.
    Contradicted,
    /// Something needed is missing. Never passes for proved.
    CannotTell,
    /// Only unkeyed or partial checks passed.
    Consistent,
    /// A keyed signature or an exact recomputation over complete data carries it.
    Proved,
}

impl Verdict {
    /// The word used in files and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::CannotTell => "cannot_tell",
            Self::Consistent => "consistent",
            Self::Proved => "proved",
        }
    }

    /// The word for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Contradicted => "contradicted",
            Self::CannotTell => "cannot tell",
            Self::Consistent => "consistent",
            Self::Proved => "proved",
        }
    }
}

/// One claim of the evidence and what its test showed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Claim {
    /// Stable id, `votes.signatures`.
    pub id: String,
    /// What the evidence claims, in a sentence.
    pub title: String,
    /// What the test showed.
    pub verdict: Verdict,
    /// Rows checked.
    pub checked: u64,
    /// Rows that failed.
    pub failed: u64,
    /// What the verdict rests on, in one sentence.
    pub assumption: String,
    /// Figures, by name.
    pub detail: Value,
}

/// A row in a file, by path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// Path relative to the input.
    pub path: String,
    /// Data row, from 1.
    pub row: u64,
}

/// One row that a finding concerns, with its place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConcernedRow {
    /// `vote:ID` and the like.
    pub subject: String,
    /// Path of the file; empty for a row that is absent.
    pub path: String,
    /// Data row, from 1; 0 for a row that is absent.
    pub row: u64,
}

/// A finding as it is told to the outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ReportedFinding {
    /// Printed code.
    pub code: String,
    /// Severity word.
    pub severity: String,
    /// One line.
    pub title: String,
    /// Rows concerned.
    pub subjects: Vec<String>,
    /// Number of rows concerned.
    pub count: u64,
    /// Where they stand.
    pub evidence: Vec<EvidenceRef>,
    /// Whether the outcome could be another.
    pub outcome_can_change: Option<bool>,
    /// What to do next.
    pub next_step: String,
    /// One or two sentences with the figures of this case.
    pub detail: String,
    /// The rule applied.
    pub rule: String,
    /// What else could explain it.
    pub innocent_causes: String,
    /// How the effect on the outcome was found out.
    pub outcome: String,
    /// The claim that it speaks against; empty where it speaks against none. Left out of the answer to scripts.
    #[serde(default)]
    pub claim: String,
    /// Each row concerned with its place, for reports and the window; left out of the answer to scripts.
    #[serde(default)]
    pub rows: Vec<ConcernedRow>,
    /// What a reviewer said about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<FindingReview>,
}

impl ReportedFinding {
    /// Builds the outside form; `path_of` names the file of a place.
    pub fn from_finding(finding: Finding, path_of: impl Fn(crate::FileId) -> String) -> Self {
        let finding = finding.settle();
        let text = finding.code.text();
        let mut rows: Vec<ConcernedRow> = finding
            .rows
            .iter()
            .map(|(subject, place)| ConcernedRow {
                subject: subject.clone(),
                path: path_of(place.file),
                row: place.row,
            })
            .collect();
        let placed: std::collections::BTreeSet<&String> = finding.rows.iter().map(|(subject, _)| subject).collect();
        rows.extend(finding.subjects.iter().filter(|subject| !placed.contains(subject)).map(|subject| ConcernedRow {
            subject: subject.clone(),
            path: String::new(),
            row: 0,
        }));
        rows.sort_by(|left, right| {
            (&left.subject, &left.path, left.row).cmp(&(&right.subject, &right.path, right.row))
        });
        let mut evidence: Vec<EvidenceRef> =
            finding.evidence.iter().map(|place| EvidenceRef { path: path_of(place.file), row: place.row }).collect();
        evidence.sort();
        evidence.dedup();
        Self {
            code: text.code.to_owned(),
            severity: finding.severity.word().to_owned(),
            title: text.title.to_owned(),
            detail: finding.detail,
            subjects: finding.subjects,
            count: finding.count,
            evidence,
            rule: text.rule.to_owned(),
            innocent_causes: text.innocent_causes.to_owned(),
            outcome_can_change: finding.outcome_can_change,
            outcome: finding.outcome_note,
            claim: String::new(),
            rows,
            review: None,
            next_step: text.next_step.to_owned(),
        }
    }
}

/// Sorts findings by code and then first subject.
pub fn sort_findings(findings: &mut [ReportedFinding]) {
    findings.sort_by(|left, right| {
        (&left.code, left.subjects.first(), &left.detail).cmp(&(&right.code, right.subjects.first(), &right.detail))
    });
}

/// An input file as it is told to the outside.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct InputFile {
    /// Path relative to the input.
    pub path: String,
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
    /// Source system, or empty.
    pub system: String,
    /// What it holds.
    pub kind: String,
    /// Records in it.
    pub rows: u64,
}

/// The program that answered.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ProgramName {
    /// Always `scrutineer`.
    pub name: String,
    /// Version.
    pub version: String,
}

impl Default for ProgramName {
    fn default() -> Self {
        Self { name: "scrutineer".to_owned(), version: crate::PROGRAM_VERSION.to_owned() }
    }
}

/// Exactly what the origin's integrity check would answer, without its `error` field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoteIntegrity {
    /// Election.
    pub election_id: String,
    /// Rows not excluded.
    pub total_votes: u64,
    /// Signatures that match.
    pub valid_signatures: u64,
    /// Rows without signature.
    pub unsigned_votes: u64,
    /// Rows whose signature does not match.
    pub tampered_votes: u64,
    /// Their ids.
    pub tampered_vote_ids: Vec<String>,
    /// Whether the origin's walk reaches every row.
    pub chain_verified: bool,
    /// Where it stops.
    pub chain_break_at: Option<String>,
    /// `PASS`, `FAIL` or `CHAIN_BROKEN`.
    pub integrity_status: String,
}

/// The walk over a chain of ranked ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotChain {
    /// Rows, replaced ballots included.
    pub rows: u64,
    /// True where one chain leads from the genesis value over every row to the head that the export names.
    pub verified: bool,
    /// Chain hash of the last row reached from the genesis value; the genesis value itself without rows.
    pub head: String,
    /// What breaks it, in the order of the export.
    pub breaks: Vec<BallotChainBreak>,
}

/// One break of a chain of ranked ballots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BallotChainBreak {
    /// `missing_genesis`, `chain_hash_mismatch`, `fork`, `cycle`, `disconnected`, `head_mismatch`.
    pub kind: String,
    /// Row as findings name it; empty where it concerns none.
    pub subject: String,
}

/// Published and recounted result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TallyComparison {
    /// The published result in the origin's own shape, or null.
    pub published: Value,
    /// The recount in the same shape, or null.
    pub recounted: Value,
    /// Whether both agree; null where one is missing.
    pub agrees: Option<bool>,
    /// The first difference, in a sentence.
    pub first_difference: Option<String>,
}

/// One break in an audit chain, as the origin's own check would name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainError {
    /// The origin's own number.
    pub log_id: i64,
    /// Kind of break.
    pub kind: String,
}

/// Exactly what the origin's audit chain check would answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditChain {
    /// True without errors.
    pub verified: bool,
    /// Entries checked.
    pub total_checked: u64,
    /// First number.
    pub first_id: Option<i64>,
    /// Last number.
    pub last_id: Option<i64>,
    /// Breaks in ascending order.
    pub errors: Vec<ChainError>,
}

/// A table that belongs to the report of an election: printed, written as CSV, shown in the window. Cells are texts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportTable {
    /// File name of the CSV, without ending.
    pub name: String,
    /// Heading.
    pub title: String,
    /// One sentence on how to read it; may be empty.
    pub note: String,
    /// Column names; one that ends in `#` holds numbers.
    pub columns: Vec<String>,
    /// Cells, one for each column.
    pub rows: Vec<Vec<String>>,
}

/// Everything about one election.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ElectionReport {
    /// Id as in the source.
    pub election_id: String,
    /// Title, or empty where the export holds none.
    pub title: String,
    /// Source system.
    pub system: String,
    /// Worst claim.
    pub verdict: Verdict,
    /// Claims by id.
    pub claims: Vec<Claim>,
    /// The origin's own check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vote_integrity: Option<VoteIntegrity>,
    /// The chain of ranked ballots, for sources that have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ballot_chain: Option<BallotChain>,
    /// Count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tally: Option<TallyComparison>,
    /// Findings by code and subject.
    pub findings: Vec<ReportedFinding>,
    /// One sentence for the cover.
    pub sentence: String,
    /// What the reports print beside the claims.
    pub exhibit: Value,
    /// Tables of the source's own kind.
    #[serde(default)]
    pub tables: Vec<ReportTable>,
}

/// The answer of an audit.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AuditReport {
    /// [`AUDIT_SCHEMA`].
    pub schema: String,
    /// Who answered.
    pub program: ProgramName,
    /// Input files by path.
    pub inputs: Vec<InputFile>,
    /// Elections by id.
    pub elections: Vec<ElectionReport>,
    /// The origin's own audit chain check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit_chain: Option<AuditChain>,
    /// Findings that belong to no single election.
    pub findings: Vec<ReportedFinding>,
}

impl AuditReport {
    /// The answer as scripts know it: without what only reports and the window need.
    pub fn contract(&self) -> Value {
        let strip_rows = |findings: Option<&mut Value>| {
            for finding in findings.and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
            {
                finding.shift_remove("rows");
                finding.shift_remove("claim");
            }
        };
        let mut value = serde_json::to_value(self).unwrap_or(Value::Null);
        strip_rows(value.get_mut("findings"));
        let elections = value.get_mut("elections").and_then(Value::as_array_mut);
        for election in elections.into_iter().flatten().filter_map(Value::as_object_mut) {
            election.shift_remove("sentence");
            election.shift_remove("exhibit");
            election.shift_remove("tables");
            strip_rows(election.get_mut("findings"));
            let claims = election.get_mut("claims").and_then(Value::as_array_mut);
            for claim in claims.into_iter().flatten().filter_map(Value::as_object_mut) {
                claim.shift_remove("title");
            }
        }
        value
    }

    /// What the export itself says where it names no election: the log of an installation, or files without claims.
    pub fn verdict_without_election(&self) -> Verdict {
        if self.findings.iter().any(|finding| finding.severity == "critical") {
            return Verdict::Contradicted;
        }
        match &self.audit_chain {
            Some(chain) if chain.verified => Verdict::Consistent,
            _ => Verdict::CannotTell,
        }
    }

    /// True where any claim is contradicted.
    pub fn is_contradicted(&self) -> bool {
        self.elections.iter().any(|election| election.verdict == Verdict::Contradicted)
            || self.findings.iter().any(|finding| finding.severity == "critical")
    }
}
