//! Looking closer: suspicions answered step by step, everything about one subject, and two exports beside each other.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::investigation::{Answer, Inquiry, Step};
use workflow::{Comparison, SubjectSheet};

use super::count;

/// Changed rows of one table that travel; the files have all.
const CHANGES_SHOWN: usize = 200;

/// What a step answers.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum AnswerWord {
    /// A finding says so.
    Yes,
    /// Every claim that would show it holds.
    No,
    /// Something needed is missing.
    CannotTell,
}

/// A suspicion that was looked into.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct InquiryView {
    /// Stable id.
    pub id: String,
    /// What was asked.
    pub title: String,
    /// All of it in one sentence.
    pub sentence: String,
    /// Steps in order.
    pub steps: Vec<StepView>,
    /// Who ran reports and checks on the election, in a sentence.
    pub who_looked: String,
    /// What the source could not have logged, sentences.
    pub not_logged: Vec<String>,
}

/// One step.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "InquiryStepView")]
pub struct StepView {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: AnswerWord,
    /// The answer in a sentence.
    pub sentence: String,
    /// Codes of the findings that it rests on.
    pub findings: Vec<String>,
    /// Rows that they name; the first twenty.
    pub evidence: Vec<String>,
}

impl From<Inquiry> for InquiryView {
    fn from(inquiry: Inquiry) -> Self {
        Self {
            id: inquiry.id,
            title: inquiry.title,
            sentence: inquiry.sentence,
            steps: inquiry.steps.into_iter().map(StepView::from).collect(),
            who_looked: inquiry.who_looked,
            not_logged: inquiry.not_logged,
        }
    }
}

impl From<Step> for StepView {
    fn from(step: Step) -> Self {
        Self {
            question: step.question,
            answer: match step.answer {
                Answer::Yes => AnswerWord::Yes,
                Answer::No => AnswerWord::No,
                Answer::CannotTell => AnswerWord::CannotTell,
            },
            sentence: step.sentence,
            findings: step.findings,
            evidence: step.evidence,
        }
    }
}

/// Everything about one subject.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SubjectView {
    /// What was looked for.
    pub subject: String,
    /// What was found, in a sentence.
    pub sentence: String,
    /// Findings that name it.
    pub findings: Vec<SubjectFindingView>,
    /// Tables with rows that speak of it.
    pub tables: Vec<SubjectTableView>,
    /// Entries of logs that speak of it, with those before and after.
    pub around: Vec<LogLineView>,
}

/// A finding that names the subject.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SubjectFindingView {
    /// Code.
    pub code: String,
    /// Severity, in a word.
    pub severity: String,
    /// What it says.
    pub title: String,
}

/// A table with rows that speak of the subject.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SubjectTableView {
    /// Table.
    pub name: String,
    /// Rows that speak of the subject.
    pub total: u64,
    /// The first of them.
    pub rows: Vec<SubjectRowView>,
}

/// A row that speaks of the subject.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SubjectRowView {
    /// How findings name it, or its own key.
    pub key: String,
    /// File and row.
    pub place: String,
    /// Columns that speak of the subject.
    pub columns: Vec<String>,
    /// What the row says: column, text.
    pub fields: Vec<(String, String)>,
}

/// An entry of a log.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LogLineView {
    /// How findings name it.
    pub key: String,
    /// Time as it came.
    pub at: String,
    /// Event.
    pub event: String,
    /// Who.
    pub who: String,
    /// True where it speaks of the subject.
    pub speaks: bool,
}

impl From<&SubjectSheet> for SubjectView {
    fn from(sheet: &SubjectSheet) -> Self {
        let findings = sheet.findings.iter().map(|finding| SubjectFindingView {
            code: finding.code.clone(),
            severity: finding.severity.clone(),
            title: finding.title.clone(),
        });
        let tables = sheet.tables.iter().filter(|table| table.total > 0).map(|table| SubjectTableView {
            name: table.name.clone(),
            total: table.total,
            rows: (table.rows.iter())
                .map(|row| SubjectRowView {
                    key: row.key.clone(),
                    place: row.place.clone(),
                    columns: row.columns.clone(),
                    fields: row.fields.clone(),
                })
                .collect(),
        });
        let around = sheet.around.iter().map(|line| LogLineView {
            key: line.key.clone(),
            at: line.at.clone(),
            event: line.event.clone(),
            who: line.who.clone(),
            speaks: line.speaks,
        });
        Self {
            subject: sheet.subject.clone(),
            sentence: sheet.sentence(),
            findings: findings.collect(),
            tables: tables.collect(),
            around: around.collect(),
        }
    }
}

/// The open case beside another export or case of the same election.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComparisonView {
    /// What the case was compared with.
    pub other: String,
    /// What was found, in a sentence.
    pub sentence: String,
    /// Rows that no audit entry explains.
    pub unexplained: u64,
    /// Tables of both.
    pub tables: Vec<ComparedTableView>,
    /// Tables that only one has, a sentence each.
    pub only_in_one: Vec<String>,
}

/// A table of both.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComparedTableView {
    /// Table.
    pub name: String,
    /// Rows in the case.
    pub rows_here: u64,
    /// Rows in the other.
    pub rows_there: u64,
    /// Equal rows.
    pub same: u64,
    /// Rows that differ.
    pub changed: u64,
    /// The first of them.
    pub changes: Vec<ComparedRowView>,
}

/// A row that differs.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ComparedRowView {
    /// How findings name it.
    pub key: String,
    /// `added`, `removed`, `altered`.
    pub change: String,
    /// Columns that differ: name, before, after.
    pub fields: Vec<(String, String, String)>,
    /// The audit entry that explains it; empty where none does.
    pub explained: String,
}

impl From<&Comparison> for ComparisonView {
    fn from(comparison: &Comparison) -> Self {
        let tables = comparison.tables.iter().map(|table| ComparedTableView {
            name: table.table.clone(),
            rows_here: table.rows.0,
            rows_there: table.rows.1,
            same: table.same,
            changed: table.changed,
            changes: (table.changes.iter().take(CHANGES_SHOWN))
                .map(|row| ComparedRowView {
                    key: row.key.clone(),
                    change: row.change.word().to_owned(),
                    fields: row.fields.clone(),
                    explained: row.explained.clone().unwrap_or_default(),
                })
                .collect(),
        });
        let only = comparison.only_in_one.iter().map(|(name, is_second)| {
            let whose = if *is_second { "the other export" } else { "this case" };
            format!("Only {whose} has the table {name}.")
        });
        Self {
            other: comparison.compared.1.clone(),
            sentence: comparison.sentence(),
            unexplained: count(comparison.unexplained().count()),
            tables: tables.collect(),
            only_in_one: only.collect(),
        }
    }
}

/// As what an answer is saved.
#[derive(Clone, Copy, Debug, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PrintKind {
    /// Pages.
    Pdf,
    /// A folder of tables.
    Csv,
}
