//! Everything that a case says about one vote, ballot hash, token, address, person or event, and what stands around it in the log.
//!
//! A row speaks of a subject where its key is the subject, a field is, or a text holds it as a word of its own.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use domain::report::{AuditReport, ReportedFinding};
use domain::{FileId, Job};
use reports::documents::subject::{LogLine, SubjectFinding, SubjectRow, SubjectSheet, SubjectTable};
use serde_json::{Map, Value};

use crate::export::{make_folder, write_table, write_whole};
use crate::rows::{self, CaseRow};
use crate::{Case, Error};

/// Rows of one table that are told one by one.
const NAMED: usize = 200;
/// Entries of a log whose surroundings are shown.
const SURROUNDED: usize = 20;
/// Entries shown on each side of such an entry.
const AROUND: usize = 3;
/// The shortest text that is looked for inside longer ones.
const SHORTEST_WORD: usize = 4;
/// Longest text of a field that is told; beyond it the beginning.
const LONGEST: usize = 600;

impl Case {
    /// Looks through every row and finding for a subject.
    ///
    /// # Errors
    /// [`Error::Refused`] for an empty text, [`Error::Cancelled`], or the store's.
    pub fn about_subject(&self, asked: &str, job: &dyn Job) -> Result<SubjectSheet, Error> {
        let asked = asked.trim();
        if asked.is_empty() {
            return Err(Error::refused(
                "name what to look for: a vote, a hash, a token, an address, a person or an event",
            ));
        }
        let reader = self.reader()?;
        let files: BTreeMap<FileId, String> = reader.evidence()?.into_iter().map(|file| (file.id, file.path)).collect();
        let mut sheet = SubjectSheet {
            subject: asked.to_owned(),
            ledger_head: self.printed_head()?,
            inputs: files.len(),
            ..SubjectSheet::default()
        };
        job.begin("Looking through the rows", None);
        for table in rows::tables(&reader)? {
            let mut found = SubjectTable { name: table.name.clone(), ..SubjectTable::default() };
            let mut log = Log::default();
            table.each(&reader, &mut |row| {
                if job.is_cancelled() {
                    return Err(Error::Cancelled);
                }
                found.looked_at += 1;
                job.advance(1);
                let roles = roles(&row, asked);
                if !roles.is_empty() {
                    found.total += 1;
                    if found.rows.len() < NAMED {
                        found.rows.push(told(&row, &roles, &files));
                    }
                }
                if row.key.starts_with("audit:") {
                    log.take(&row, !roles.is_empty());
                }
                Ok(())
            })?;
            sheet.around.extend(log.lines);
            sheet.tables.push(found);
        }
        if let Some(report) = self.latest_report()? {
            sheet.findings = findings(&report, asked, &sheet.tables);
        }
        Ok(sheet)
    }

    /// Writes what [`Case::about_subject`] found: a PDF, and a CSV for each table into a folder; and records it.
    ///
    /// # Errors
    /// [`Error::Output`] where a file cannot be written.
    pub fn save_subject(
        &mut self,
        sheet: &SubjectSheet,
        pdf: Option<&Path>,
        csv: Option<&Path>,
    ) -> Result<Vec<PathBuf>, Error> {
        let mut written = Vec::new();
        if let Some(path) = pdf {
            let mut document = reports::documents::subject::document(sheet);
            self.carry_ledger_head(&mut document, &sheet.ledger_head)?;
            let bytes = reports::render_pdf(&document, self.instant())
                .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
            write_whole(path, &bytes)?;
            written.push(path.to_owned());
        }
        if let Some(folder) = csv {
            make_folder(folder)?;
            for table in reports::documents::subject::tables(sheet) {
                let path = folder.join(format!("{}.csv", table.name));
                write_table(&table, &path)?;
                written.push(path);
            }
        }
        if !written.is_empty() {
            let names: Vec<String> =
                written.iter().filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned())).collect();
            self.record("report.export", serde_json::json!({"report": "subject", "files": names}))?;
        }
        Ok(written)
    }
}

/// The columns in which a row speaks of the subject; `key` where the row is the subject.
fn roles(row: &CaseRow, asked: &str) -> Vec<String> {
    let is_key = row.key == asked || row.key.split_once(':').is_some_and(|(_, id)| id == asked);
    let columns = row.fields.iter().filter(|(_, value)| value.as_str().is_some_and(|text| speaks_of(text, asked)));
    is_key.then(|| "key".to_owned()).into_iter().chain(columns.map(|(name, _)| name.clone())).collect()
}

/// True where a text is the subject, or holds it as a word of its own.
fn speaks_of(text: &str, asked: &str) -> bool {
    if text.eq_ignore_ascii_case(asked) {
        return true;
    }
    if asked.len() < SHORTEST_WORD || text.len() <= asked.len() {
        return false;
    }
    let is_part = |letter: Option<char>| letter.is_some_and(|letter| letter.is_alphanumeric() || letter == '_');
    text.match_indices(asked)
        .any(|(at, _)| !is_part(text[..at].chars().next_back()) && !is_part(text[at + asked.len()..].chars().next()))
}

fn told(row: &CaseRow, roles: &[String], files: &BTreeMap<FileId, String>) -> SubjectRow {
    let place = row.place.map(|place| {
        let path = files.get(&place.file).map_or("", String::as_str);
        format!("{path}, row {}", place.row)
    });
    SubjectRow {
        key: row.key.clone(),
        place: place.unwrap_or_default(),
        columns: roles.to_vec(),
        fields: filled(&row.fields),
    }
}

/// Fields that hold something, long ones cut.
fn filled(fields: &Map<String, Value>) -> Vec<(String, String)> {
    let texts = fields.iter().filter_map(|(name, value)| Some((name, value.as_str()?)));
    texts
        .filter(|(_, text)| !text.is_empty())
        .map(|(name, text)| {
            let cut: String = text.chars().take(LONGEST).collect();
            let end = if cut.len() < text.len() { "…" } else { "" };
            (name.clone(), format!("{cut}{end}"))
        })
        .collect()
}

/// Entries of a log that speak of the subject, with those around them in the order of the log.
#[derive(Default)]
struct Log {
    before: VecDeque<LogLine>,
    lines: Vec<LogLine>,
    /// Entries behind the newest one found that are still shown.
    left: usize,
    found: usize,
}

impl Log {
    fn take(&mut self, row: &CaseRow, speaks: bool) {
        let text = |name: &str| row.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let line = LogLine {
            key: row.key.clone(),
            at: text("timestamp"),
            event: text("event_type"),
            who: text("username"),
            data: text("event_data").chars().take(LONGEST).collect(),
            speaks,
        };
        if speaks && self.found < SURROUNDED {
            self.found += 1;
            self.left = AROUND;
            self.lines.extend(self.before.drain(..));
            self.lines.push(line);
        } else if self.left > 0 {
            self.left -= 1;
            self.lines.push(line);
        } else {
            self.before.push_back(line);
            if self.before.len() > AROUND {
                self.before.pop_front();
            }
        }
    }
}

/// Findings that name the subject, or a row that speaks of it.
fn findings(report: &AuditReport, asked: &str, tables: &[SubjectTable]) -> Vec<SubjectFinding> {
    let keys: Vec<&str> = tables.iter().flat_map(|table| &table.rows).map(|row| row.key.as_str()).collect();
    let names = |finding: &ReportedFinding| -> Vec<String> {
        let subjects = finding.subjects.iter().filter(|subject| {
            keys.contains(&subject.as_str())
                || subject.as_str() == asked
                || subject.split_once(':').is_some_and(|(_, id)| id == asked)
        });
        subjects.cloned().collect()
    };
    let of_elections =
        report.elections.iter().flat_map(|one| one.findings.iter().map(move |finding| (one.title.as_str(), finding)));
    (of_elections.chain(report.findings.iter().map(|finding| ("", finding))))
        .filter_map(|(election, finding)| {
            let subjects = names(finding);
            (!subjects.is_empty()).then(|| SubjectFinding {
                code: finding.code.clone(),
                severity: finding.severity.clone(),
                title: finding.title.clone(),
                election: election.to_owned(),
                subjects,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_found_as_a_word_of_its_own() {
        assert!(speaks_of("10.0.0.7", "10.0.0.7"));
        assert!(speaks_of(r#"{"voter":"abcd-1","by":"x"}"#, "abcd-1"));
        assert!(!speaks_of("10.0.0.77", "10.0.0.7"), "another address");
        assert!(!speaks_of("xabcd", "abcd"));
        assert!(!speaks_of("a b c", "b"), "too short to be looked for inside texts");
        assert!(speaks_of("b", "B"));
    }
}
