//! An audit's report, cut to what a screen can hold. The JSON export has every row.

use std::collections::BTreeMap;

use domain::report::{
    AuditReport, BallotChain, Claim, ConcernedRow, ElectionReport, EvidenceRef, ReportTable, ReportedFinding,
    TallyComparison,
};
use domain::review::Mark;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use workflow::Browser;

use super::count;
use super::exhibit::ExhibitView;
use super::settings::SettingsView;

/// Rows of a finding that are sent to the window; the count tells how many there are.
pub const ROWS_SHOWN: usize = 500;

/// A report.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ReportView {
    /// Elections by id.
    pub elections: Vec<ElectionView>,
    /// Findings that belong to no single election.
    pub findings: Vec<FindingView>,
    /// What the origin's own audit chain check would answer.
    pub audit_chain: Option<AuditChainView>,
}

/// One election.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ElectionView {
    /// Id as in the source.
    pub id: String,
    /// Title, or empty.
    pub title: String,
    /// Source system.
    pub system: String,
    /// Worst claim.
    pub verdict: VerdictWord,
    /// The first sentence of the verdict page.
    pub sentence: String,
    /// Claims by id.
    pub claims: Vec<ClaimView>,
    /// Findings of this election.
    pub findings: Vec<FindingView>,
    /// What the origin's own check would answer.
    pub origin_check: Option<OriginCheckView>,
    /// Published result against recount.
    pub tally: Option<TallyView>,
    /// The chain of ranked ballots, for sources that have one.
    pub ballot_chain: Option<BallotChainView>,
    /// Timeline, exclusions, reopenings, credentials, addresses; null for a source that records nothing of the kind.
    pub exhibit: Option<ExhibitView>,
    /// Names of candidates by id, where the result names them.
    pub candidates: BTreeMap<String, String>,
    /// What the count needs beside the ballots; null for a source whose export has it all.
    pub settings: Option<SettingsView>,
    /// Tables of the source's own kind.
    pub tables: Vec<TableView>,
}

/// The walk over a chain of ranked ballots.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BallotChainView {
    /// Rows, replaced ballots included.
    pub rows: u64,
    /// True where one chain leads from its beginning over every row to the head that the export names.
    pub is_verified: bool,
    /// Chain hash of the last row reached.
    pub head: String,
    /// Breaks, the first [`ROWS_SHOWN`].
    pub breaks: Vec<BallotChainBreakView>,
    /// Breaks.
    pub breaks_total: u64,
}

/// One break of a chain of ranked ballots.
#[derive(Clone, Debug, Serialize, TS)]
pub struct BallotChainBreakView {
    /// Kind of break.
    pub kind: String,
    /// Row as findings name it; empty where it concerns none.
    pub subject: String,
}

/// A table of the source's own kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableView {
    /// Name of the exported file, without ending.
    pub name: String,
    /// Heading.
    pub title: String,
    /// How to read it; may be empty.
    pub note: String,
    /// Columns.
    pub columns: Vec<TableColumn>,
    /// Cells, one for each column; the first [`ROWS_SHOWN`] rows.
    pub rows: Vec<Vec<String>>,
    /// Rows in all.
    pub rows_total: u64,
}

/// A column of such a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableColumn {
    /// Heading.
    pub title: String,
    /// True where it holds numbers.
    pub is_number: bool,
}

/// How far a claim is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VerdictWord {
    /// The evidence contradicts the claim.
    Contradicted,
    /// Something needed is missing.
    CannotTell,
    /// Only unkeyed or partial checks passed.
    Consistent,
    /// A keyed signature or an exact recomputation carries it.
    Proved,
}

impl From<domain::Verdict> for VerdictWord {
    fn from(verdict: domain::Verdict) -> Self {
        match verdict {
            domain::Verdict::Contradicted => Self::Contradicted,
            domain::Verdict::CannotTell => Self::CannotTell,
            domain::Verdict::Consistent => Self::Consistent,
            domain::Verdict::Proved => Self::Proved,
        }
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SeverityWord {
    /// Contradicts a claim about the result or the record.
    Critical,
    /// Leaves a claim unproved or a rule broken.
    Major,
    /// Deserves an explanation.
    Minor,
    /// Explains.
    Info,
}

impl SeverityWord {
    /// A word of the contract. A word that a later version adds is shown as the heaviest rather than overlooked.
    fn from_word(word: &str) -> Self {
        match word {
            "info" => Self::Info,
            "minor" => Self::Minor,
            "major" => Self::Major,
            _ => Self::Critical,
        }
    }
}

/// One claim.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ClaimView {
    /// Stable id.
    pub id: String,
    /// What the evidence claims.
    pub title: String,
    /// What the test showed.
    pub verdict: VerdictWord,
    /// Rows checked.
    pub checked: u64,
    /// Rows that failed.
    pub failed: u64,
    /// What the verdict rests on.
    pub assumption: String,
    /// Figures by name, as text.
    pub figures: Vec<(String, String)>,
}

/// One finding.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FindingView {
    /// Printed code.
    pub code: String,
    /// Weight.
    pub severity: SeverityWord,
    /// One line.
    pub title: String,
    /// The figures of this case.
    pub detail: String,
    /// Rows concerned, the first [`ROWS_SHOWN`].
    pub subjects: Vec<String>,
    /// Rows concerned.
    pub count: u64,
    /// Where they stand, the first [`ROWS_SHOWN`].
    pub evidence: Vec<PlaceView>,
    /// The rule applied.
    pub rule: String,
    /// What else could explain it.
    pub innocent_causes: String,
    /// Whether the outcome could be another.
    pub outcome_can_change: Option<bool>,
    /// How that was found out.
    pub outcome: String,
    /// What to do next.
    pub next_step: String,
    /// Claim that it speaks against.
    pub claim: String,
    /// Election that it belongs to; empty for the whole case.
    pub election_id: String,
    /// Names it together with election and code: a digest over its subjects.
    pub key: String,
    /// What a reviewer said about it.
    pub review: Option<ReviewView>,
}

/// What a reviewer said about a finding.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ReviewView {
    /// Explained or confirmed.
    pub mark: MarkWord,
    /// Why.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// A reviewer's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum MarkWord {
    /// There is an innocent cause.
    Explained,
    /// It is as it seems.
    Confirmed,
}

impl From<Mark> for MarkWord {
    fn from(mark: Mark) -> Self {
        match mark {
            Mark::Explained => Self::Explained,
            Mark::Confirmed => Self::Confirmed,
        }
    }
}

impl From<MarkWord> for Mark {
    fn from(word: MarkWord) -> Self {
        match word {
            MarkWord::Explained => Self::Explained,
            MarkWord::Confirmed => Self::Confirmed,
        }
    }
}

/// Rows that a finding concerns.
#[derive(Debug, Serialize, TS)]
pub struct ConcernedPage {
    /// Rows by subject.
    pub rows: Vec<ConcernedView>,
    /// Rows in all.
    pub total: u64,
}

/// One row that a finding concerns.
#[derive(Debug, Serialize, TS)]
pub struct ConcernedView {
    /// `vote:ID` and the like.
    pub subject: String,
    /// Where it stands; no path for a row that is absent.
    pub place: PlaceView,
}

impl From<&ConcernedRow> for ConcernedView {
    fn from(row: &ConcernedRow) -> Self {
        Self { subject: row.subject.clone(), place: PlaceView { path: row.path.clone(), row: row.row } }
    }
}

impl PlaceView {
    /// A place in a file of the case.
    pub(crate) fn of(place: domain::Place, browser: &Browser) -> Self {
        Self { path: browser.path_of(place.file), row: place.row }
    }

    /// No place.
    pub(crate) fn nowhere() -> Self {
        Self { path: String::new(), row: 0 }
    }
}

/// A row in a file.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlaceView {
    /// Path relative to the input.
    pub path: String,
    /// Row, from 1.
    pub row: u64,
}

/// What the origin's own check of the votes would answer.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OriginCheckView {
    /// Rows not excluded.
    pub total_votes: u64,
    /// Signatures that match.
    pub valid_signatures: u64,
    /// Rows without signature.
    pub unsigned_votes: u64,
    /// Rows whose signature does not match.
    pub tampered_votes: u64,
    /// Whether the origin's walk reaches every row.
    pub chain_verified: bool,
    /// `PASS`, `FAIL` or `CHAIN_BROKEN`.
    pub status: String,
}

/// What the origin's own check of the audit log would answer.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AuditChainView {
    /// True without errors.
    pub is_verified: bool,
    /// Entries checked.
    pub total_checked: u64,
    /// Breaks, the first [`ROWS_SHOWN`].
    pub errors: Vec<ChainErrorView>,
    /// Breaks.
    pub errors_total: u64,
}

/// One break.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChainErrorView {
    /// The origin's number.
    pub log_id: i64,
    /// Kind of break.
    pub kind: String,
}

/// Published result against recount.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TallyView {
    /// A published result is in the evidence.
    pub is_published: bool,
    /// A recount was possible.
    pub is_recounted: bool,
    /// Whether both agree; null where one is missing.
    pub agrees: Option<bool>,
    /// The first difference.
    pub first_difference: Option<String>,
    /// Votes by contest and candidate, where the origin's result shape has them.
    pub contests: Vec<ContestView>,
}

/// One contest of a result.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ContestView {
    /// Contest.
    pub position: String,
    /// Candidates in the order of the result.
    pub candidates: Vec<CandidateView>,
}

/// One candidate's figures.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CandidateView {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Votes as published.
    pub published: Option<String>,
    /// Votes as recounted.
    pub recounted: Option<String>,
    /// Winner of the published result.
    pub is_published_winner: bool,
    /// Winner of the recount.
    pub is_recounted_winner: bool,
}

/// What to write, and in which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportKind {
    /// A report for people.
    Pdf,
    /// Tables.
    Csv,
    /// The contract of the command line.
    Json,
    /// The evidence bundle.
    Bundle,
    /// One page for readers who are not technical.
    Certificate,
    /// Whether anybody can find out who voted how.
    Anonymity,
}

/// Paper of a printer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PaperWord {
    /// 210 x 297 mm.
    A4,
    /// 8.5 x 11 inches.
    Letter,
}

impl From<AuditReport> for ReportView {
    fn from(report: AuditReport) -> Self {
        Self {
            elections: report.elections.into_iter().map(ElectionView::from).collect(),
            findings: report.findings.into_iter().map(|finding| FindingView::new("", finding)).collect(),
            audit_chain: report.audit_chain.map(|chain| AuditChainView {
                is_verified: chain.verified,
                total_checked: chain.total_checked,
                errors_total: count(chain.errors.len()),
                errors: chain
                    .errors
                    .iter()
                    .take(ROWS_SHOWN)
                    .map(|error| ChainErrorView { log_id: error.log_id, kind: error.kind.to_string() })
                    .collect(),
            }),
        }
    }
}

impl From<ElectionReport> for ElectionView {
    fn from(election: ElectionReport) -> Self {
        let mut candidates = BTreeMap::new();
        if let Some(tally) = &election.tally {
            collect_names(&tally.published, &mut candidates);
            collect_names(&tally.recounted, &mut candidates);
        }
        Self {
            verdict: election.verdict.into(),
            sentence: election.sentence,
            claims: election.claims.into_iter().map(ClaimView::from).collect(),
            findings: election
                .findings
                .into_iter()
                .map(|finding| FindingView::new(&election.election_id, finding))
                .collect(),
            origin_check: election.vote_integrity.map(|check| OriginCheckView {
                total_votes: check.total_votes,
                valid_signatures: check.valid_signatures,
                unsigned_votes: check.unsigned_votes,
                tampered_votes: check.tampered_votes,
                chain_verified: check.chain_verified,
                status: check.integrity_status,
            }),
            tally: election.tally.map(TallyView::from),
            ballot_chain: election.ballot_chain.map(BallotChainView::from),
            exhibit: ExhibitView::of(&election.exhibit),
            candidates,
            settings: SettingsView::of(&election.exhibit),
            tables: election.tables.into_iter().map(TableView::from).collect(),
            id: election.election_id,
            title: election.title,
            system: election.system,
        }
    }
}

impl From<BallotChain> for BallotChainView {
    fn from(chain: BallotChain) -> Self {
        let breaks_total = count(chain.breaks.len());
        let breaks = chain.breaks.into_iter().take(ROWS_SHOWN);
        Self {
            rows: chain.rows,
            is_verified: chain.verified,
            head: chain.head,
            breaks: breaks.map(|one| BallotChainBreakView { kind: one.kind, subject: one.subject }).collect(),
            breaks_total,
        }
    }
}

impl From<ReportTable> for TableView {
    fn from(mut table: ReportTable) -> Self {
        let rows_total = count(table.rows.len());
        table.rows.truncate(ROWS_SHOWN);
        let columns = table.columns.into_iter().map(|column| match column.strip_suffix('#') {
            Some(title) => TableColumn { title: title.to_owned(), is_number: true },
            None => TableColumn { title: column, is_number: false },
        });
        Self {
            name: table.name,
            title: table.title,
            note: table.note,
            columns: columns.collect(),
            rows: table.rows,
            rows_total,
        }
    }
}

impl From<Claim> for ClaimView {
    fn from(claim: Claim) -> Self {
        let figures = match &claim.detail {
            Value::Object(members) => members.iter().filter_map(|(name, value)| figure(name, value)).collect(),
            _ => Vec::new(),
        };
        Self {
            id: claim.id,
            title: claim.title,
            verdict: claim.verdict.into(),
            checked: claim.checked,
            failed: claim.failed,
            assumption: claim.assumption,
            figures,
        }
    }
}

/// A single value as text; lists and objects are for the JSON export.
fn figure(name: &str, value: &Value) -> Option<(String, String)> {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    Some((name.replace('_', " "), text))
}

impl FindingView {
    fn new(election_id: &str, mut finding: ReportedFinding) -> Self {
        let key = workflow::finding_key(election_id, &finding).subjects.to_hex();
        finding.subjects.truncate(ROWS_SHOWN);
        finding.evidence.truncate(ROWS_SHOWN);
        Self {
            severity: SeverityWord::from_word(&finding.severity),
            code: finding.code,
            title: finding.title,
            detail: finding.detail,
            subjects: finding.subjects,
            count: finding.count,
            evidence: finding.evidence.into_iter().map(PlaceView::from).collect(),
            rule: finding.rule,
            innocent_causes: finding.innocent_causes,
            outcome_can_change: finding.outcome_can_change,
            outcome: finding.outcome,
            next_step: finding.next_step,
            claim: finding.claim,
            election_id: election_id.to_owned(),
            key,
            review: finding.review.map(|review| ReviewView {
                mark: review.mark.into(),
                reason: review.reason,
                by: review.by,
                at: review.at,
            }),
        }
    }
}

impl From<EvidenceRef> for PlaceView {
    fn from(place: EvidenceRef) -> Self {
        Self { path: place.path, row: place.row }
    }
}

impl From<TallyComparison> for TallyView {
    fn from(tally: TallyComparison) -> Self {
        Self {
            contests: contests(&tally.published, &tally.recounted),
            is_published: !tally.published.is_null(),
            is_recounted: !tally.recounted.is_null(),
            agrees: tally.agrees,
            first_difference: tally.first_difference,
        }
    }
}

/// Brings both results together, contest by contest; a candidate of either side is shown.
fn contests(published: &Value, recounted: &Value) -> Vec<ContestView> {
    let mut found: Vec<ContestView> = Vec::new();
    for (result, is_published) in [(published, true), (recounted, false)] {
        for contest in list(result, "results_by_position") {
            let position = contest.get("position").and_then(Value::as_str).unwrap_or_default();
            let at = found.iter().position(|known| known.position == position).unwrap_or_else(|| {
                found.push(ContestView { position: position.to_owned(), candidates: Vec::new() });
                found.len() - 1
            });
            for candidate in list(contest, "candidates") {
                add_candidate(&mut found[at].candidates, candidate, is_published);
            }
        }
    }
    found
}

fn add_candidate(candidates: &mut Vec<CandidateView>, value: &Value, is_published: bool) {
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let id = text("candidate_id");
    let at = candidates.iter().position(|known| known.id == id).unwrap_or_else(|| {
        candidates.push(CandidateView {
            id,
            name: text("candidate_name"),
            published: None,
            recounted: None,
            is_published_winner: false,
            is_recounted_winner: false,
        });
        candidates.len() - 1
    });
    let votes = value.get("vote_count").filter(|votes| !votes.is_null()).map(ToString::to_string);
    let is_winner = value.get("is_winner").and_then(Value::as_bool).unwrap_or(false);
    if is_published {
        candidates[at].published = votes;
        candidates[at].is_published_winner = is_winner;
    } else {
        candidates[at].recounted = votes;
        candidates[at].is_recounted_winner = is_winner;
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Finds every object that names a candidate beside its id, wherever the origin's result shape has it.
fn collect_names(value: &Value, names: &mut BTreeMap<String, String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        Value::Object(members) => {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            if let (Some(id), Some(name)) = (text("candidate_id"), text("candidate_name").or_else(|| text("name"))) {
                names.insert(id.to_owned(), name.to_owned());
            }
            members.values().for_each(|member| collect_names(member, names));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn candidates_are_named_from_the_result() {
        let result =
            json!({"results_by_position": [{"candidates": [{"candidate_id": "c1", "candidate_name": "Ada"}]}]});
        let mut names = BTreeMap::new();
        collect_names(&result, &mut names);
        assert_eq!(names.get("c1").map(String::as_str), Some("Ada"));
    }

    #[test]
    fn both_results_stand_side_by_side() {
        let result = |votes: u64, wins: bool| {
            json!({"results_by_position": [{"position": "Chief", "candidates": [
                {"candidate_id": "c1", "candidate_name": "Ada", "vote_count": votes, "is_winner": wins}]}]})
        };
        let contests = contests(&result(13, true), &result(12, false));
        assert_eq!(contests.len(), 1, "one contest, not one for each side");
        let candidate = &contests[0].candidates[0];
        assert_eq!((candidate.published.as_deref(), candidate.recounted.as_deref()), (Some("13"), Some("12")));
        assert!(candidate.is_published_winner && !candidate.is_recounted_winner);
    }

    #[test]
    fn a_long_table_is_cut_and_its_numbers_are_marked() {
        let view = TableView::from(ReportTable {
            columns: vec!["Round#".to_owned(), "What happened".to_owned()],
            rows: vec![vec!["1".to_owned(), "Ada is elected".to_owned()]; ROWS_SHOWN + 1],
            ..ReportTable::default()
        });
        let columns: Vec<_> = view.columns.iter().map(|column| (column.title.as_str(), column.is_number)).collect();
        assert_eq!(columns, [("Round", true), ("What happened", false)]);
        assert_eq!((view.rows.len(), view.rows_total), (ROWS_SHOWN, 501));
    }

    #[test]
    fn an_unknown_severity_is_not_overlooked() {
        assert_eq!(SeverityWord::from_word("minor"), SeverityWord::Minor);
        assert_eq!(SeverityWord::from_word("new"), SeverityWord::Critical);
    }
}
