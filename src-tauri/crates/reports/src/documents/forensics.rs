//! The forensics report: what an audit concluded about an election, printed so that a reader without this program can
//! follow every line back to a file and a row.

use domain::Instant;
use domain::investigation::investigate;
use domain::report::{AuditReport, ConcernedRow, ElectionReport, ReportTable, ReportedFinding, Verdict};
use domain::review::{FindingReview, Mark};
use serde_json::Value;

use super::CsvTable;
use crate::document::{Block, Bucket, Column, Cover, Document, Table, Timeline, TimelineEvent, Tone};

/// Rows that a printed table shows; the CSV twin has all.
const PRINTED_ROWS: usize = 200;
/// Bars that the timeline shows at most.
const BARS: usize = 60;

pub(super) fn tone_of(verdict: Verdict) -> Tone {
    match verdict {
        Verdict::Contradicted => Tone::Critical,
        Verdict::CannotTell => Tone::Minor,
        Verdict::Consistent => Tone::Info,
        Verdict::Proved => Tone::Good,
    }
}

pub(super) fn severity_tone(word: &str) -> Tone {
    match word {
        "critical" => Tone::Critical,
        "major" => Tone::Major,
        "minor" => Tone::Minor,
        _ => Tone::Info,
    }
}

fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) => items.iter().map(|item| text(Some(item))).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    }
}

fn at<'a>(value: &'a Value, path: &str) -> Option<&'a Value> {
    value.pointer(path)
}

fn rows_at<'a>(value: &'a Value, path: &str) -> &'a [Value] {
    at(value, path).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Says how many rows of a table are on file only, with a space behind it; nothing where all are printed.
fn more_rows(total: usize, printed: usize, file: &str) -> String {
    match total.saturating_sub(printed) {
        0 => String::new(),
        more => format!("{more} more rows stand in {file}.csv. "),
    }
}

/// A moment of the evidence with the fraction of its second, where it has one: the table on file has it too.
fn exact_time(text: &str) -> String {
    let Some(instant) = Instant::parse(text) else { return text.to_owned() };
    let shown = instant.to_display().replace(" UTC", "");
    match instant.micros.rem_euclid(1_000_000) {
        0 => shown,
        micros => format!("{shown}.{micros:06}"),
    }
}

fn shown_time(text: &str) -> String {
    Instant::parse(text).map_or_else(|| text.to_owned(), |instant| instant.to_display())
}

/// The newest instant that the evidence of a report speaks of: its clock.
pub fn newest_instant(report: &AuditReport) -> Instant {
    let mut newest = Instant { micros: 0 };
    for election in &report.elections {
        let exhibit = &election.exhibit;
        let times =
            rows_at(exhibit, "/extra/audit_entries").iter().chain(rows_at(exhibit, "/extra/events")).filter_map(
                |entry| entry.get("timestamp").or_else(|| entry.get("at")).and_then(Value::as_str).map(str::to_owned),
            );
        let minutes = at(exhibit, "/extra/votes_by_minute").and_then(Value::as_object);
        let minutes = minutes.into_iter().flatten().map(|(minute, _)| format!("{minute}:00"));
        for instant in times.chain(minutes).filter_map(|text| Instant::parse(&text)) {
            newest = newest.max(instant);
        }
    }
    newest
}

/// Builds the report about one election, or about all.
pub fn document(report: &AuditReport, election_id: Option<&str>, ledger_head: &str, rejects: &[String]) -> Document {
    let elections: Vec<&ElectionReport> =
        report.elections.iter().filter(|election| election_id.is_none_or(|id| id == election.election_id)).collect();
    let mut document = Document::new("Election forensics report", cover(report, &elections, ledger_head));
    document.subtitle = match elections.as_slice() {
        [_] | [] => String::new(),
        many => format!("{} elections", many.len()),
    };
    for election in &elections {
        election_blocks(&mut document.blocks, report, election, elections.len() > 1);
    }
    general_blocks(&mut document.blocks, report);
    appendix(&mut document.blocks, report, ledger_head, rejects);
    document.stamp_footer_id();
    document
}

fn cover(report: &AuditReport, elections: &[&ElectionReport], ledger_head: &str) -> Cover {
    let verdict = elections.iter().map(|election| election.verdict).min();
    let is_log_broken = report.findings.iter().any(|finding| finding.severity == "critical");
    let (word, tone) = match verdict {
        _ if is_log_broken => ("contradicted".to_owned(), Tone::Critical),
        Some(verdict) => (verdict.label().to_owned(), tone_of(verdict)),
        None => {
            let verdict = report.verdict_without_election();
            (verdict.label().to_owned(), tone_of(verdict))
        }
    };
    let title = match elections {
        [one] if !one.title.is_empty() => one.title.clone(),
        [one] => format!("Election {}", one.election_id),
        [] => "Audit log of an installation".to_owned(),
        many => format!("{} elections", many.len()),
    };
    let sentence = match elections {
        [one] => one.sentence.clone(),
        [] => audit_sentence(report),
        many => {
            let count = |wanted: Verdict| many.iter().filter(|election| election.verdict == wanted).count();
            format!(
                "{} elections checked: {} contradicted, {} cannot tell, {} consistent, {} proved.",
                many.len(),
                count(Verdict::Contradicted),
                count(Verdict::CannotTell),
                count(Verdict::Consistent),
                count(Verdict::Proved)
            )
        }
    };
    let mut facts = Vec::new();
    if let [one] = elections {
        facts.push(("Election".to_owned(), one.election_id.clone()));
        facts.push(("Status at export".to_owned(), text(at(&one.exhibit, "/election_status"))));
    }
    facts.push(("Input files".to_owned(), report.inputs.len().to_string()));
    facts.push(("Program".to_owned(), format!("{} {}", report.program.name, report.program.version)));
    facts.push(("Ledger head".to_owned(), ledger_head.to_owned()));
    facts.retain(|(_, value)| !value.is_empty());
    Cover { title, verdict: sentence, verdict_word: word, tone, facts, is_own_page: true }
}

fn audit_sentence(report: &AuditReport) -> String {
    match &report.audit_chain {
        Some(chain) if chain.verified => format!("{} audit entries checked: the chain is whole.", chain.total_checked),
        Some(chain) => {
            format!("{} audit entries checked: {} breaks of the chain.", chain.total_checked, chain.errors.len())
        }
        None => "The audit log could not be checked with what the export holds.".to_owned(),
    }
}

fn election_blocks(blocks: &mut Vec<Block>, report: &AuditReport, election: &ElectionReport, is_one_of_many: bool) {
    if is_one_of_many {
        blocks.push(Block::heading(1, if election.title.is_empty() { &election.election_id } else { &election.title }));
        blocks.push(Block::callout(tone_of(election.verdict), election.verdict.label(), election.sentence.clone()));
        // The cover of a report about several names none; the tables on file begin each row with it.
        let mut facts = vec![
            ("Election".to_owned(), election.election_id.clone()),
            ("Status at export".to_owned(), text(at(&election.exhibit, "/election_status"))),
        ];
        facts.retain(|(_, value)| !value.is_empty());
        blocks.push(Block::KeyValues(facts));
    }
    let level = if is_one_of_many { 2 } else { 1 };
    blocks.push(Block::heading(level, "Claims"));
    blocks.push(Block::paragraph(
        "Each claim of the export was tested. Proved: a keyed signature or an exact recomputation over complete data carries it. Consistent: only unkeyed or partial checks passed. Cannot tell: something needed is missing. Contradicted: the evidence speaks against it.",
    ));
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::left("Claim", 3.0),
            Column::left("Verdict", 1.3),
            Column::right("Checked", 0.9),
            Column::right("Failed", 0.8),
            Column::left("What it rests on", 4.0),
        ],
        rows: election
            .claims
            .iter()
            .map(|claim| {
                vec![
                    claim.title.clone(),
                    claim.verdict.label().to_owned(),
                    claim.checked.to_string(),
                    claim.failed.to_string(),
                    claim.assumption.clone(),
                ]
            })
            .collect(),
        ..Table::default()
    }));
    if let Some(integrity) = &election.vote_integrity {
        blocks.push(Block::heading(level, "What the origin's own check answers"));
        blocks.push(Block::KeyValues(vec![
            ("Status".to_owned(), integrity.integrity_status.clone()),
            ("Votes".to_owned(), integrity.total_votes.to_string()),
            ("Valid signatures".to_owned(), integrity.valid_signatures.to_string()),
            ("Unsigned votes".to_owned(), integrity.unsigned_votes.to_string()),
            ("Altered votes".to_owned(), integrity.tampered_votes.to_string()),
            (
                "Chain".to_owned(),
                match &integrity.chain_break_at {
                    None => "whole".to_owned(),
                    Some(id) => format!("broken at vote {id}"),
                },
            ),
        ]));
    }
    findings_blocks(blocks, &election.findings, level, "Findings");
    investigation_blocks(blocks, report, election, level);
    results_blocks(blocks, election, level);
    own_tables(blocks, election, level);
    timeline_blocks(blocks, election, level);
    for table in printed_tables(election) {
        blocks.push(Block::heading(level, &table.0));
        blocks.push(Block::Table(table.1));
    }
}

/// Every suspicion, question by question.
fn investigation_blocks(blocks: &mut Vec<Block>, report: &AuditReport, election: &ElectionReport, level: u8) {
    blocks.push(Block::heading(level, "Questions that are asked in a dispute"));
    let inquiries = investigate(report, election);
    for inquiry in &inquiries {
        blocks.push(Block::heading(level + 1, &inquiry.title));
        blocks.push(Block::paragraph(inquiry.sentence.clone()));
        blocks.push(Block::Table(Table {
            columns: vec![Column::left("Question", 2.5), Column::left("Answer", 0.9), Column::left("Why", 4.5)],
            rows: (inquiry.steps.iter())
                .map(|step| vec![step.question.clone(), step.answer.label().to_owned(), step.sentence.clone()])
                .collect(),
            ..Table::default()
        }));
    }
    if let Some(inquiry) = inquiries.first() {
        blocks.push(Block::heading(level + 1, "Who looked, and what could not be logged"));
        blocks.push(Block::paragraph(inquiry.who_looked.clone()));
        blocks.push(Block::Bullets(
            inquiry.not_logged.iter().map(|text| vec![crate::document::Span::plain(text.clone())]).collect(),
        ));
    }
}

/// The questions as a table: one row a question.
fn investigation_table(report: &AuditReport, elections: &[&ElectionReport]) -> CsvTable {
    let mut rows = Vec::new();
    for election in elections {
        for inquiry in investigate(report, election) {
            for step in inquiry.steps {
                rows.push(vec![
                    election.election_id.clone(),
                    inquiry.id.clone(),
                    step.question,
                    step.answer.label().to_owned(),
                    step.sentence,
                    step.findings.join(" "),
                    step.evidence.join(" "),
                    step.claims.join(" "),
                ]);
            }
        }
    }
    let columns = ["election_id", "scenario", "question", "answer", "why", "findings", "evidence", "claims"];
    CsvTable { name: "investigation".to_owned(), columns: columns.map(str::to_owned).to_vec(), rows }
}

fn findings_blocks(blocks: &mut Vec<Block>, findings: &[ReportedFinding], level: u8, title: &str) {
    blocks.push(Block::heading(level, title));
    if findings.is_empty() {
        blocks.push(Block::paragraph("Nothing was found."));
        return;
    }
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::left("Code", 0.7),
            Column::left("Severity", 0.9),
            Column::left("What was observed", 4.5),
            Column::right("Rows", 0.6),
            Column::left("Outcome", 1.1),
        ],
        rows: findings
            .iter()
            .map(|finding| {
                vec![
                    finding.code.clone(),
                    finding.severity.clone(),
                    finding.title.clone(),
                    finding.count.to_string(),
                    outcome_word(finding).to_owned(),
                ]
            })
            .collect(),
        ..Table::default()
    }));
    for finding in findings {
        blocks.push(Block::heading(level + 1, format!("{} {}", finding.code, finding.title)));
        blocks.push(Block::callout(severity_tone(&finding.severity), finding.code.clone(), finding.detail.clone()));
        let mut facts = vec![
            ("Rule".to_owned(), finding.rule.clone()),
            ("Innocent causes".to_owned(), finding.innocent_causes.clone()),
            ("Outcome".to_owned(), finding.outcome.clone()),
            ("Next step".to_owned(), finding.next_step.clone()),
            ("Review".to_owned(), review_sentence(finding)),
        ];
        facts.retain(|(_, value)| !value.is_empty());
        blocks.push(Block::KeyValues(facts));
        blocks.push(Block::Table(subjects_table(finding)));
    }
}

/// What a reviewer said, by whom and when; empty where nobody did.
fn review_sentence(finding: &ReportedFinding) -> String {
    let Some(review) = &finding.review else { return String::new() };
    let word = match review.mark {
        Mark::Explained => "Explained",
        Mark::Confirmed => "Confirmed",
    };
    let reason = if review.reason.is_empty() { String::new() } else { format!(": {}", review.reason) };
    format!("{word} by {} on {}{reason}", review.by, shown_time(&review.at))
}

fn outcome_word(finding: &ReportedFinding) -> &'static str {
    match finding.outcome_can_change {
        Some(true) => "could change",
        Some(false) => "unchanged",
        None => "",
    }
}

fn subjects_table(finding: &ReportedFinding) -> Table {
    let shown = PRINTED_ROWS.min(60);
    let rows = finding.rows.len();
    Table {
        columns: vec![Column::mono("Concerned", 3.0), Column::left("Evidence file", 2.6), Column::right("Row", 0.6)],
        rows: finding.rows.iter().take(shown).map(place_cells).collect(),
        note: more_rows(rows, shown, "findings").trim_end().to_owned(),
        ..Table::default()
    }
}

fn place_cells(row: &ConcernedRow) -> Vec<String> {
    let is_absent = row.path.is_empty();
    vec![
        row.subject.clone(),
        if is_absent { "not in the export".to_owned() } else { row.path.clone() },
        if is_absent { String::new() } else { row.row.to_string() },
    ]
}

fn results_blocks(blocks: &mut Vec<Block>, election: &ElectionReport, level: u8) {
    let Some(tally) = &election.tally else { return };
    blocks.push(Block::heading(level, "Result, recounted"));
    let agreement = match (tally.agrees, &tally.first_difference) {
        (Some(true), _) => "The recount agrees with the published result.".to_owned(),
        (Some(false), Some(difference)) => {
            format!(
                "The recount differs from the published result. First difference: {}.",
                difference.trim_end_matches('.')
            )
        }
        (Some(false), None) => "The recount differs from the published result.".to_owned(),
        (None, _) if tally.published.is_null() => "No published result is in the export.".to_owned(),
        (None, _) => "The published result could not be counted again.".to_owned(),
    };
    blocks.push(Block::paragraph(agreement));
    for position in rows_at(&tally.recounted, "/results_by_position") {
        blocks.push(Block::Table(Table {
            title: format!("{}, {} votes", text(position.get("position")), text(position.get("total_votes"))),
            columns: vec![
                Column::left("Candidate", 4.0),
                Column::mono("Id", 2.6),
                Column::right("Votes", 1.0),
                Column::right("Percent", 1.0),
                Column::left("", 1.2),
            ],
            rows: rows_at(position, "/candidates")
                .iter()
                .map(|entry| {
                    let is = |name: &str| entry.get(name).and_then(Value::as_bool).unwrap_or(false);
                    let mark = match (is("is_winner"), is("is_tied")) {
                        (true, _) => "elected",
                        (_, true) => "tied",
                        _ => "",
                    };
                    let percent = entry
                        .get("percentage")
                        .and_then(Value::as_f64)
                        .map(|value| format!("{value:.2}"))
                        .unwrap_or_default();
                    vec![
                        text(entry.get("candidate_name")),
                        text(entry.get("candidate_id")),
                        text(entry.get("vote_count")),
                        percent,
                        mark.to_owned(),
                    ]
                })
                .collect(),
            ..Table::default()
        }));
    }
    let quorum = text(at(&tally.recounted, "/quorum_detail"));
    if !quorum.is_empty() {
        blocks.push(Block::paragraph(quorum));
    }
}

/// Votes per piece of time, as (start in seconds, count), with the length of a piece in minutes.
fn buckets(election: &ElectionReport) -> (Vec<(i64, u64)>, i64) {
    let minutes: Vec<(i64, u64)> = at(&election.exhibit, "/extra/votes_by_minute")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(minute, count)| Some((Instant::parse(&format!("{minute}:00"))?.seconds(), count.as_u64()?)))
        .collect();
    let (Some(first), Some(last)) = (minutes.iter().map(|(at, _)| *at).min(), minutes.iter().map(|(at, _)| *at).max())
    else {
        return (Vec::new(), 1);
    };
    let bars = i64::try_from(BARS).unwrap_or(60);
    let span = (last - first) / 60 + 1;
    let length = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1440, 10_080, 43_200]
        .into_iter()
        .find(|length| span / length < bars)
        .unwrap_or(span / bars + 1);
    let start = first - first.rem_euclid(length * 60);
    let count = usize::try_from((last - start) / (length * 60) + 1).unwrap_or(1);
    let mut pieces: Vec<(i64, u64)> =
        (0..count).map(|index| (start + i64::try_from(index).unwrap_or(0) * length * 60, 0)).collect();
    for (at, votes) in minutes {
        let index = usize::try_from((at - start) / (length * 60)).unwrap_or(0);
        if let Some(piece) = pieces.get_mut(index) {
            piece.1 += votes;
        }
    }
    (pieces, length)
}

fn timeline_blocks(blocks: &mut Vec<Block>, election: &ElectionReport, level: u8) {
    let (pieces, length) = buckets(election);
    let Some((start, _)) = pieces.first().copied() else { return };
    blocks.push(Block::heading(level, "Votes over time"));
    let label = |seconds: i64| Instant::from_seconds(seconds).to_utc().date_and_time(' ')[..16].to_owned();
    let events = rows_at(&election.exhibit, "/extra/events")
        .iter()
        .filter_map(|event| {
            let when = Instant::parse(event.get("at")?.as_str()?)?;
            let kind = event.get("kind")?.as_str()?;
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a position on paper")]
            let at = ((when.seconds() - start) as f64 / (length * 60) as f64) as f32;
            let tone = match kind {
                "rolled_back" | "excluded" => Tone::Major,
                _ => Tone::Info,
            };
            Some(TimelineEvent {
                at,
                time: label(when.seconds()),
                label: event.get("text")?.as_str()?.to_owned(),
                tone,
            })
        })
        .collect();
    blocks.push(Block::Timeline(Timeline {
        title: format!(
            "Votes not excluded, per {}",
            if length == 1 { "minute".to_owned() } else { format!("{length} minutes") }
        ),
        buckets: pieces.iter().map(|(at, count)| Bucket { label: label(*at), count: *count }).collect(),
        events,
        note: "Times are UTC.".to_owned(),
    }));
    let counted: Vec<Vec<String>> =
        pieces.iter().filter(|(_, count)| *count > 0).map(|(at, count)| vec![label(*at), count.to_string()]).collect();
    blocks.push(Block::Table(Table {
        title: "The same in figures".to_owned(),
        columns: vec![Column::left("From (UTC)", 2.0), Column::right("Votes", 1.0)],
        rows: counted,
        note: if length > 1 { "Each minute stands in timeline.csv.".to_owned() } else { String::new() },
    }));
}

/// A table that is both printed and written as CSV: file name, heading, columns, rows.
type DetailTable = (&'static str, &'static str, Vec<Column>, Vec<Vec<String>>);

/// A column of a [`ReportTable`]: as wide as its longest cell asks for, within reason.
fn own_column(table: &ReportTable, at: usize) -> Column {
    let name = table.columns[at].trim_end_matches('#');
    let longest = table.rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let weight = match longest.max(name.chars().count()) {
        0..=8 => 0.8,
        9..=24 => 1.5,
        25..=60 => 2.5,
        _ => 5.0,
    };
    if table.columns[at].ends_with('#') { Column::right(name, weight) } else { Column::left(name, weight) }
}

/// Tables of the source's own kind, as blocks.
fn own_tables(blocks: &mut Vec<Block>, election: &ElectionReport, level: u8) {
    for table in election.tables.iter().filter(|table| !table.rows.is_empty()) {
        blocks.push(Block::heading(level, &table.title));
        if !table.note.is_empty() {
            blocks.push(Block::paragraph(table.note.clone()));
        }
        let rows = table.rows.iter().take(PRINTED_ROWS).cloned().collect();
        let note = more_rows(table.rows.len(), PRINTED_ROWS, &table.name).trim_end().to_owned();
        let columns = (0..table.columns.len()).map(|at| own_column(table, at)).collect();
        blocks.push(Block::Table(Table { columns, rows, note, ..Table::default() }));
    }
}

/// Tables of an election that are both printed and written as CSV.
fn detail_tables(election: &ElectionReport) -> Vec<DetailTable> {
    let exhibit = &election.exhibit;
    let pick = |path: &str, names: &[&str]| -> Vec<Vec<String>> {
        rows_at(exhibit, path).iter().map(|row| names.iter().map(|name| text(row.get(*name))).collect()).collect()
    };
    let counts = |path: &str| -> Vec<Vec<String>> {
        let members = at(exhibit, path).and_then(Value::as_object);
        members.into_iter().flatten().map(|(key, count)| vec![key.clone(), count.to_string()]).collect()
    };
    let audit = rows_at(exhibit, "/extra/audit_entries")
        .iter()
        .map(|row| {
            vec![
                text(row.get("id")),
                text(row.get("timestamp")),
                text(row.get("event_type")),
                text(row.get("severity")),
                text(row.get("user_id")),
                row.get("event_data").map(Value::to_string).unwrap_or_default(),
            ]
        })
        .collect();
    vec![
        (
            "deleted_votes",
            "Excluded votes",
            vec![
                Column::mono("vote_id", 2.6),
                Column::left("position", 1.0),
                Column::left("deleted_at", 1.6),
                Column::mono("deleted_by", 2.6),
                Column::left("deletion_reason", 2.4),
            ],
            pick("/deleted_votes/records", &["vote_id", "position", "deleted_at", "deleted_by", "deletion_reason"]),
        ),
        (
            "rollbacks",
            "Rollbacks",
            vec![
                Column::left("timestamp", 1.8),
                Column::mono("performed_by", 2.6),
                Column::left("from_status", 0.9),
                Column::left("to_status", 0.9),
                Column::left("reason", 3.0),
            ],
            pick("/rollback_history", &["timestamp", "performed_by", "from_status", "to_status", "reason"]),
        ),
        (
            "tokens",
            "Credentials",
            vec![
                Column::mono("token_id", 2.6),
                Column::left("used", 0.6),
                Column::left("created_at", 1.6),
                Column::left("first_accessed_at", 1.6),
                Column::left("used_at", 1.6),
                Column::right("access_count", 0.8),
                Column::left("positions_voted", 1.4),
            ],
            pick(
                "/voting_tokens/records",
                &["token_id", "used", "created_at", "first_accessed_at", "used_at", "access_count", "positions_voted"],
            ),
        ),
        (
            "addresses",
            "Votes per address",
            vec![Column::mono("address", 3.0), Column::right("votes", 1.0)],
            counts("/extra/votes_by_address"),
        ),
        (
            "proxy_votes",
            "Proxy votes",
            vec![
                Column::mono("vote_id", 2.6),
                Column::left("position", 1.0),
                Column::mono("proxy_voter_id", 2.6),
                Column::mono("delegating_user_id", 2.6),
            ],
            pick("/proxy_voting/proxy_votes", &["vote_id", "position", "proxy_voter_id", "delegating_user_id"]),
        ),
        (
            "audit_entries",
            "Audit trail",
            vec![
                Column::right("id", 0.6),
                Column::left("timestamp", 1.7),
                Column::left("event_type", 1.9),
                Column::left("severity", 0.8),
                Column::mono("user_id", 1.6),
                Column::mono("event_data", 4.0),
            ],
            audit,
        ),
    ]
}

fn printed_tables(election: &ElectionReport) -> Vec<(String, Table)> {
    detail_tables(election)
        .into_iter()
        .filter(|(_, _, _, rows)| !rows.is_empty())
        .map(|(name, heading, mut columns, mut rows)| {
            let total = rows.len();
            // On paper an extract is enough; the file has all.
            let limit = if name == "audit_entries" { 60 } else { PRINTED_ROWS };
            rows.truncate(limit);
            if name == "audit_entries" {
                // The content of an entry is long; the file has it.
                columns.remove(5);
                for row in &mut rows {
                    row.remove(5);
                }
            }
            for column in &mut columns {
                column.header = column.header.replace('_', " ");
            }
            for row in &mut rows {
                for (cell, column) in row.iter_mut().zip(&columns) {
                    if column.header.ends_with(" at") || column.header == "timestamp" {
                        *cell = exact_time(cell);
                    }
                }
            }
            let mut note = more_rows(total, limit, name);
            if name == "audit_entries" {
                note.push_str("What each entry says stands in audit_entries.csv. ");
            }
            note.push_str("Times are UTC.");
            (heading.to_owned(), Table { columns, rows, note, ..Table::default() })
        })
        .collect()
}

fn general_blocks(blocks: &mut Vec<Block>, report: &AuditReport) {
    if report.audit_chain.is_none() && report.findings.is_empty() {
        return;
    }
    blocks.push(Block::heading(1, "Audit log of the installation"));
    if let Some(chain) = &report.audit_chain {
        blocks.push(Block::KeyValues(vec![
            (
                "The origin's own check".to_owned(),
                if chain.verified { "verified".to_owned() } else { "not verified".to_owned() },
            ),
            ("Entries checked".to_owned(), chain.total_checked.to_string()),
            (
                "First and last number".to_owned(),
                match (chain.first_id, chain.last_id) {
                    (Some(first), Some(last)) => format!("{first} to {last}"),
                    _ => "none".to_owned(),
                },
            ),
            ("Breaks".to_owned(), chain.errors.len().to_string()),
        ]));
        if !chain.errors.is_empty() {
            blocks.push(Block::Table(Table {
                columns: vec![Column::right("Entry", 1.0), Column::left("Break", 4.0)],
                rows: chain
                    .errors
                    .iter()
                    .take(PRINTED_ROWS)
                    .map(|error| vec![error.log_id.to_string(), error.kind.replace('_', " ")])
                    .collect(),
                note: more_rows(chain.errors.len(), PRINTED_ROWS, "audit_chain_errors").trim_end().to_owned(),
                ..Table::default()
            }));
        }
    }
    findings_blocks(blocks, &report.findings, 1, "Findings about the installation");
}

fn appendix(blocks: &mut Vec<Block>, report: &AuditReport, ledger_head: &str, rejects: &[String]) {
    blocks.push(Block::heading(1, "Appendix: inputs and program"));
    blocks.push(Block::paragraph(
        "Every figure of this report comes from these files. Anyone can compute their SHA-256 and compare.",
    ));
    blocks.push(Block::Table(Table {
        columns: vec![
            Column::left("File", 2.4),
            Column::left("Holds", 1.4),
            Column::right("Rows", 0.7),
            Column::right("Bytes", 0.9),
            Column::mono("SHA-256", 4.6),
        ],
        rows: report
            .inputs
            .iter()
            .map(|input| {
                vec![
                    input.path.clone(),
                    input.kind.replace('_', " "),
                    input.rows.to_string(),
                    input.bytes.to_string(),
                    input.sha256.clone(),
                ]
            })
            .collect(),
        ..Table::default()
    }));
    if !rejects.is_empty() {
        blocks.push(Block::heading(2, "Rows that could not be read"));
        blocks.push(Block::CodeLines(rejects.iter().take(PRINTED_ROWS).cloned().collect()));
        if rejects.len() > PRINTED_ROWS {
            blocks.push(Block::paragraph(format!("{} more could not be read.", rejects.len() - PRINTED_ROWS)));
        }
    }
    blocks.push(Block::KeyValues(vec![
        ("Program".to_owned(), format!("{} {}", report.program.name, report.program.version)),
        ("Ledger head".to_owned(), ledger_head.to_owned()),
    ]));
}

/// One CSV table per printed table, complete, and the findings and claims.
pub fn tables(report: &AuditReport, election_id: Option<&str>) -> Vec<CsvTable> {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let elections: Vec<&ElectionReport> =
        report.elections.iter().filter(|election| election_id.is_none_or(|id| id == election.election_id)).collect();
    let mut claims = Vec::new();
    let mut findings = Vec::new();
    let mut timeline = Vec::new();
    let mut results = Vec::new();
    let mut details: Vec<CsvTable> = Vec::new();
    for election in &elections {
        let id = &election.election_id;
        for claim in &election.claims {
            claims.push(vec![
                id.clone(),
                claim.id.clone(),
                claim.title.clone(),
                claim.verdict.word().to_owned(),
                claim.checked.to_string(),
                claim.failed.to_string(),
                claim.assumption.clone(),
            ]);
        }
        findings.extend(finding_rows(id, &election.findings));
        if let Some(minutes) = at(&election.exhibit, "/extra/votes_by_minute").and_then(Value::as_object) {
            timeline.extend(minutes.iter().map(|(minute, count)| vec![id.clone(), minute.clone(), count.to_string()]));
        }
        if let Some(tally) = &election.tally {
            for position in rows_at(&tally.recounted, "/results_by_position") {
                for entry in rows_at(position, "/candidates") {
                    results.push(vec![
                        id.clone(),
                        text(position.get("position")),
                        text(entry.get("candidate_id")),
                        text(entry.get("candidate_name")),
                        text(entry.get("vote_count")),
                        text(entry.get("percentage")),
                        text(entry.get("is_winner")),
                        text(entry.get("is_tied")),
                    ]);
                }
            }
        }
        for own in &election.tables {
            let rows = own.rows.iter().map(|row| {
                let mut row = row.clone();
                row.insert(0, id.clone());
                row
            });
            match details.iter_mut().find(|table| table.name == own.name) {
                Some(table) => table.rows.extend(rows),
                None => {
                    let names =
                        own.columns.iter().map(|name| name.trim_end_matches('#').to_lowercase().replace(' ', "_"));
                    let columns = std::iter::once("election_id".to_owned()).chain(names).collect();
                    details.push(CsvTable { name: own.name.clone(), columns, rows: rows.collect() });
                }
            }
        }
        if !election.tables.is_empty() {
            continue;
        }
        for (name, _, columns, rows) in detail_tables(election) {
            let rows = rows.into_iter().map(|mut row| {
                row.insert(0, id.clone());
                row
            });
            match details.iter_mut().find(|table| table.name == name) {
                Some(table) => table.rows.extend(rows),
                None => {
                    let columns = std::iter::once("election_id".to_owned())
                        .chain(columns.into_iter().map(|column| column.header))
                        .collect();
                    details.push(CsvTable { name: name.to_owned(), columns, rows: rows.collect() });
                }
            }
        }
    }
    findings.extend(finding_rows("", &report.findings));
    let inputs = report
        .inputs
        .iter()
        .map(|input| {
            vec![
                input.path.clone(),
                input.system.clone(),
                input.kind.clone(),
                input.rows.to_string(),
                input.bytes.to_string(),
                input.sha256.clone(),
            ]
        })
        .collect();
    let mut tables = vec![
        CsvTable {
            name: "claims".to_owned(),
            columns: owned(&["election_id", "claim", "title", "verdict", "checked", "failed", "assumption"]),
            rows: claims,
        },
        CsvTable {
            name: "findings".to_owned(),
            columns: owned(&[
                "election_id",
                "code",
                "severity",
                "title",
                "detail",
                "subject",
                "path",
                "row",
                "outcome_can_change",
                "outcome",
                "innocent_causes",
                "next_step",
                "review",
                "review_reason",
                "reviewed_by",
                "reviewed_at",
            ]),
            rows: findings,
        },
        investigation_table(report, &elections),
        CsvTable {
            name: "inputs".to_owned(),
            columns: owned(&["path", "system", "kind", "rows", "bytes", "sha256"]),
            rows: inputs,
        },
        CsvTable {
            name: "timeline".to_owned(),
            columns: owned(&["election_id", "minute_utc", "votes"]),
            rows: timeline,
        },
        CsvTable {
            name: "results".to_owned(),
            columns: owned(&[
                "election_id",
                "position",
                "candidate_id",
                "candidate_name",
                "vote_count",
                "percentage",
                "is_winner",
                "is_tied",
            ]),
            rows: results,
        },
    ];
    if let Some(chain) = &report.audit_chain {
        tables.push(CsvTable {
            name: "audit_chain_errors".to_owned(),
            columns: owned(&["log_id", "kind"]),
            rows: chain.errors.iter().map(|error| vec![error.log_id.to_string(), error.kind.clone()]).collect(),
        });
    }
    tables.extend(details);
    tables
}

fn finding_rows(election_id: &str, findings: &[ReportedFinding]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    for finding in findings {
        let review = finding.review.as_ref();
        let said = |part: fn(&FindingReview) -> &str| review.map_or("", part).to_owned();
        // A finding about no single row has a line too, or its review would be lost here.
        let whole = [ConcernedRow { subject: String::new(), path: String::new(), row: 0 }];
        for row in if finding.rows.is_empty() { &whole[..] } else { &finding.rows } {
            let is_absent = row.path.is_empty();
            rows.push(vec![
                election_id.to_owned(),
                finding.code.clone(),
                finding.severity.clone(),
                finding.title.clone(),
                finding.detail.clone(),
                row.subject.clone(),
                row.path.clone(),
                if is_absent { String::new() } else { row.row.to_string() },
                finding.outcome_can_change.map(|can| can.to_string()).unwrap_or_default(),
                finding.outcome.clone(),
                finding.innocent_causes.clone(),
                finding.next_step.clone(),
                said(|review| review.mark.word()),
                said(|review| &review.reason),
                said(|review| &review.by),
                said(|review| &review.at),
            ]);
        }
    }
    rows
}
