//! Delivered analytics files: against their verification records, against themselves, against the rows, and the records
//! against the signed log.
//!
//! The hashes of a record carry no key: whoever can write the database can make them anew. Only the audit entry of an export,
//! which repeats the verification hash, is signed; file, record and entry together carry a verdict.

use std::collections::BTreeMap;

use domain::{EvidenceFile, Finding, FindingCode, Instant, Place, Severity, TableRow};
use importers::electra::rows::ExportRecord;
use importers::electra::turnout::{Share, Turnout, generated_at};
use importers::electra::{rules, tables};
use importers::json::Json;
use store::Reader;

use super::log::{Checked, Log};
use super::votes::CheckedVote;
use crate::Error;

/// What the files and records showed.
#[derive(Default)]
pub(crate) struct Exports {
    pub(crate) findings: Vec<Finding>,
    /// Findings about published figures, by election.
    pub(crate) figures: BTreeMap<String, Vec<Finding>>,
    /// Published figures that were compared, by election.
    pub(crate) compared: BTreeMap<String, u64>,
    pub(crate) files: u64,
    pub(crate) records: u64,
    /// Files that equal their record, whose verification hash a signed entry repeats.
    pub(crate) anchored: u64,
}

/// Checks all files and records.
pub(crate) fn check(
    reader: &Reader,
    records: &[ExportRecord],
    votes: &[CheckedVote],
    has_votes: bool,
    log: &Log,
) -> Result<Exports, Error> {
    let mut exports = Exports { records: u64::try_from(records.len()).unwrap_or(u64::MAX), ..Exports::default() };
    let entries = completed(log);
    for record in records {
        exports.findings.extend(of_record(record, entries.get(record.id.as_str()).copied(), log));
    }
    let texts = reader.rows(tables::EXPORT_FILE)?;
    let ground = Ground { records, entries: &entries, votes, has_votes };
    for file in reader.evidence()?.iter().filter(|file| file.kind == tables::EXPORT_FILE) {
        let text = texts.iter().find(|row| row.place.file == file.id).and_then(text_of);
        ground.file(file, text, &mut exports);
    }
    for row in reader.rows(tables::TURNOUT)? {
        if let Some(json) = text_of(&row).and_then(Json::parse) {
            ground.figures(&Turnout::of_api(&json), &format!("document:{}", row.key), row.place, &mut exports);
        }
    }
    Ok(exports)
}

fn text_of(row: &TableRow) -> Option<&str> {
    row.fields.first().and_then(|(_, value)| value.as_deref())
}

fn subject(record: &ExportRecord) -> String {
    format!("export:{}", record.id)
}

/// Entries of completed exports by the id of their record.
fn completed(log: &Log) -> BTreeMap<&str, &Checked> {
    log.of_kind("admin_action")
        .filter_map(|checked| {
            let metadata = &checked.entry.metadata;
            metadata.get("verification_hash")?;
            Some((metadata.get("export_id")?.as_text()?, checked))
        })
        .collect()
}

/// A record against itself and against its signed entry.
fn of_record(record: &ExportRecord, entry: Option<&Checked>, log: &Log) -> Vec<Finding> {
    let mut findings = Vec::new();
    let (by, address) = (record.requested_by_id.as_deref(), record.request_ip.as_deref());
    if rules::verification_hash(&record.content_hash, by, address) != record.verification_hash {
        let text = format!(
            "The verification hash of the record of {} does not follow from its content hash, person and address: one of them was \
             altered.",
            record.filename
        );
        findings.push(Finding::new(FindingCode::AttestationMismatch, text).about(subject(record), Some(record.place)));
    }
    match entry {
        Some(checked) => {
            let told = |name: &str| checked.entry.metadata.get(name);
            let size = record.file_size.and_then(|size| i64::try_from(size).ok());
            let is_same = told("verification_hash").and_then(Json::as_text) == Some(record.verification_hash.as_str())
                && told("filename").and_then(Json::as_text) == Some(record.filename.as_str())
                && told("file_size").and_then(Json::as_integer) == size;
            if !is_same {
                let text = format!(
                    "The record of {} differs from audit entry {} in hash, name or size; the entry was signed when the file was \
                     delivered.",
                    record.filename, checked.entry.chain_position
                );
                let (subject_of_entry, place) = checked.named();
                let finding = Finding::new(FindingCode::AttestationMismatch, text);
                findings.push(finding.about(subject(record), Some(record.place)).about(subject_of_entry, place));
            }
        }
        None if log.is_complete() && record.created_at.instant <= log.newest() => {
            let text = format!(
                "The log has no entry of the export of {}, although it reaches beyond that time. The origin swallows failures to write \
                 an entry.",
                record.filename
            );
            let finding =
                Finding::new(FindingCode::AttestationsMissing, text).about(subject(record), Some(record.place));
            findings.push(finding);
        }
        None => {}
    }
    findings
}

/// What files are compared with.
struct Ground<'a> {
    records: &'a [ExportRecord],
    entries: &'a BTreeMap<&'a str, &'a Checked>,
    votes: &'a [CheckedVote],
    has_votes: bool,
}

impl Ground<'_> {
    fn file(&self, file: &EvidenceFile, text: Option<&str>, exports: &mut Exports) {
        exports.files += 1;
        let place = Place { file: file.id, row: 1 };
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let digest = file.sha256.to_hex();
        let footer = text.and_then(|text| rules::csv_footer(text.as_bytes()));
        let has_sound_footer = footer.as_ref().is_none_or(|(stated, ours)| stated == ours);
        let about = |code: FindingCode, text: String| {
            Finding::new(code, text).about(format!("file:{}", file.path), Some(place))
        };
        let exact = self.records.iter().find(|record| record.content_hash == digest);
        if let Some(record) = exact {
            let entry = self.entries.get(record.id.as_str());
            exports.anchored += u64::from(entry.is_some_and(|entry| {
                entry.hash_fits
                    && entry.signed.is_valid()
                    && entry.entry.metadata.get("verification_hash").and_then(Json::as_text)
                        == Some(record.verification_hash.as_str())
            }));
            if record.file_size.is_some_and(|size| size != file.bytes) {
                let text = format!("{name} is the delivered file, but its record states another size.");
                exports
                    .findings
                    .push(about(FindingCode::AttestationMismatch, text).about(subject(record), Some(record.place)));
            }
        } else if let Some((what, record)) = self.mended(text) {
            let text = format!(
                "{name} is the delivered file, but {what} on its way, as editors and mail programs do. With that undone its hash is \
                 the recorded one."
            );
            exports.findings.push(
                about(FindingCode::AttestationMismatch, text).about(subject(record), Some(record.place)).as_info(),
            );
        } else if let Some(record) = self.meant(name, text) {
            let own = match (&footer, has_sound_footer) {
                (None, _) => "",
                (Some(_), true) => {
                    " Its own last line fits its content: that hash has no key, so whoever altered the file could make it anew."
                }
                (Some(_), false) => " Its own last line does not fit its content either.",
            };
            let text = format!(
                "{name} is not the file that was delivered: its SHA-256 is not the one of its verification record ({}).{own}",
                record.filename
            );
            exports
                .findings
                .push(about(FindingCode::AttestationMismatch, text).about(subject(record), Some(record.place)));
        } else if let Some(entry) = self.delivered(name) {
            let (by, address) = (entry.entry.user_id.as_deref(), entry.entry.ip_address.as_deref());
            let told = entry.entry.metadata.get("verification_hash").and_then(Json::as_text).unwrap_or_default();
            let (subject_of_entry, place_of_entry) = entry.named();
            let is_proved = [by, None].into_iter().any(|by| {
                [address, None].into_iter().any(|address| rules::verification_hash(&digest, by, address) == told)
            });
            let says = if is_proved { "" } else { ", and whether this is that file cannot be told without the record" };
            let text = format!(
                "Audit entry {} says that {name} was delivered, but its verification record is not in the export{says}.",
                entry.entry.chain_position
            );
            let finding = about(FindingCode::AttestationsMissing, text);
            // Where other records are there, this one was taken out of their table.
            let finding = if self.records.is_empty() { finding.as_info() } else { finding };
            exports.findings.push(finding.about(subject_of_entry, place_of_entry));
        } else if !has_sound_footer {
            let mended = text.is_some_and(|text| {
                rules::mended(text.as_bytes())
                    .iter()
                    .any(|(_, bytes)| rules::csv_footer(bytes).is_some_and(|(stated, ours)| stated == ours))
            });
            let finding = if mended {
                let text = format!(
                    "The last line of {name} fits its content once its line ends and marks are as the origin writes them."
                );
                about(FindingCode::AttestationMismatch, text).as_info()
            } else {
                about(
                    FindingCode::AttestationMismatch,
                    format!("The hash in the last line of {name} does not fit its content."),
                )
            };
            exports.findings.push(finding);
        } else {
            let text = format!(
                "There is no verification record of {name} in the export, so nothing outside of the file speaks for it."
            );
            let finding = about(FindingCode::AttestationsMissing, text);
            exports.findings.push(Finding { severity: Severity::Info, ..finding });
        }
        if let Some(text) = text {
            self.figures(&Turnout::of_csv(text), &format!("file:{}", file.path), place, exports);
        }
    }

    /// The signed entry of the delivery of a file by its name.
    fn delivered(&self, name: &str) -> Option<&Checked> {
        self.entries.values().copied().find(|checked| {
            let told = checked.entry.metadata.get("filename").and_then(Json::as_text);
            told.is_some_and(|told| told.eq_ignore_ascii_case(name))
        })
    }

    /// The record that a file belongs to once what an editor did is undone.
    fn mended(&self, text: Option<&str>) -> Option<(&'static str, &ExportRecord)> {
        rules::mended(text?.as_bytes()).into_iter().find_map(|(what, bytes)| {
            let digest = rules::sha256_hex(&bytes);
            self.records.iter().find(|record| record.content_hash == digest).map(|record| (what, record))
        })
    }

    /// The record that a file is meant to belong to: by its name, or by the time of making that stands in it.
    fn meant(&self, name: &str, text: Option<&str>) -> Option<&ExportRecord> {
        let made = text.and_then(generated_at);
        self.records.iter().find(|record| record.filename.eq_ignore_ascii_case(name)).or_else(|| {
            self.records
                .iter()
                .find(|record| made.is_some() && record.created_at.instant == made && record.export_type == "csv")
        })
    }

    /// Votes of an election that had come when a figure was made.
    fn votes_until(&self, election_id: &str, made: Option<Instant>) -> u64 {
        let counted = self.votes.iter().filter(|vote| {
            vote.vote.election_id == election_id
                && vote.vote.status == "cast"
                && (made.is_none() || vote.vote.submitted_at.instant.is_none_or(|at| Some(at) <= made))
        });
        u64::try_from(counted.count()).unwrap_or(u64::MAX)
    }

    /// R309: published votes of each election against the rows that had been cast by then.
    fn figures(&self, turnout: &Turnout, subject: &str, place: Place, exports: &mut Exports) {
        let sum: u64 = turnout.votes_cast.iter().map(|(_, votes)| votes).sum();
        if let Some(total) = turnout.total.filter(|total| *total != sum) {
            let text = format!("{total} votes are published in total, and {sum} when the elections are added up.");
            let finding = Finding::new(FindingCode::TotalsDisagree, text).about(subject.to_owned(), Some(place));
            exports.findings.push(finding);
        }
        for ((election_id, votes), share) in turnout.votes_cast.iter().zip(&turnout.shares) {
            let Some(eligible) = share.eligible else { continue };
            let (percent, category) = Share::of(*votes, eligible);
            if share.percent.trim_end_matches('%') != percent || share.category != category {
                let text = format!(
                    "{votes} of {eligible} voters are {percent} percent ({category}); published are {} ({}).",
                    share.percent, share.category
                );
                let finding = Finding::new(FindingCode::TotalsDisagree, text);
                let finding =
                    finding.about(format!("election:{election_id}"), None).about(subject.to_owned(), Some(place));
                exports.figures.entry(election_id.clone()).or_default().push(finding);
            }
        }
        if !self.has_votes {
            return;
        }
        for (day, told) in &turnout.days {
            let of_day = |vote: &&CheckedVote| {
                let at = vote.vote.submitted_at.instant;
                vote.vote.status == "cast"
                    && at.is_some_and(|at| at.to_iso().starts_with(day.as_str()))
                    && (turnout.made_at.is_none() || at <= turnout.made_at)
            };
            let held = u64::try_from(self.votes.iter().filter(of_day).count()).unwrap_or(u64::MAX);
            if *told != held {
                let text =
                    format!("{told} votes are published for {day}, and the votes table holds {held} of that day.");
                let finding = Finding::new(FindingCode::TotalsDisagree, text).about(subject.to_owned(), Some(place));
                exports.findings.push(finding);
            }
        }
        for (election_id, told) in &turnout.votes_cast {
            *exports.compared.entry(election_id.clone()).or_default() += 1;
            let held = self.votes_until(election_id, turnout.made_at);
            if *told != held {
                let text = format!(
                    "{told} votes are published, and the votes table holds {held} that had been cast when the figure was made."
                );
                let finding = Finding::new(FindingCode::TotalsDisagree, text);
                let finding =
                    finding.about(format!("election:{election_id}"), None).about(subject.to_owned(), Some(place));
                exports.figures.entry(election_id.clone()).or_default().push(finding);
            }
        }
    }
}
