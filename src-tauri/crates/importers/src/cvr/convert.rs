//! Cast vote records of any maker written out one by one: as a flat CSV with one column for each rank, or as NIST
//! SP 1500-103 in JSON. Both have the form in which RCTab converts.
//!
//! One thing differs from RCTab's JSON: a candidate whom a source calls by an alias is written under his name here, as in
//! the list of candidates; RCTab points to a selection of the alias, which its list does not have.

use std::io::Write;
use std::path::Path;

use domain::contest::Mark;
use domain::rctab::SliceKind;
use serde_json::{Value, json};

use super::config::{Config, Provider, Source};
use super::sink::{Record, Sink};
use super::{CvrError, read_to};

/// The word for an overvoted rank, and for a rank left empty.
const OVERVOTE: &str = "overvote";
const UNDERVOTE: &str = "undervote";

/// Writes the records that a contest configuration names as CSV: source, maker, contest, ids, precinct, then one column
/// for each rank. Candidates of an overvoted rank stand in one cell, each on its line.
///
/// # Errors
/// As [`super::read`]; where the output cannot be written the error names the configuration.
pub fn to_csv(config: &Path, to: &mut dyn Write) -> Result<(), CvrError> {
    let config = Config::load(config)?;
    let declared = config.candidates.len() - usize::from(config.rules.write_ins.is_some());
    let ranks = config.rules.max_rankings.and_then(|most| usize::try_from(most).ok()).unwrap_or(declared);
    let mut writer = csv::Writer::from_writer(to);
    let names = [
        "Source Filepath",
        "CVR Provider",
        "Contest Id",
        "RCTab CVR Id",
        "Tabulator Id",
        "Batch Id",
        "Vendor Id",
        "Precinct",
        "Precinct Portion",
    ];
    let header = names.into_iter().map(str::to_owned).chain((1..=ranks).map(|rank| format!("Rank {rank}")));
    let failed = |error: csv::Error| CvrError::file(&config.path, std::io::Error::other(error));
    writer.write_record(header).map_err(failed)?;
    let mut rows = Csv { config: &config, writer, ranks, names: Numbered::default() };
    read_to(None, &config, &mut rows)?;
    rows.writer.flush().map_err(|error| CvrError::file(&config.path, error))
}

/// Writes the records that a contest configuration names as NIST SP 1500-103. `generated`: the instant that the report
/// states, in the form of ISO 8601.
///
/// # Errors
/// As [`to_csv`].
pub fn to_cdf(config: &Path, generated: &str, to: &mut dyn Write) -> Result<(), CvrError> {
    let config = Config::load(config)?;
    let failed = |error: std::io::Error| CvrError::file(&config.path, error);
    to.write_all(b"{\"@type\":\"CVR.CastVoteRecordReport\",\"CVR\":[").map_err(failed)?;
    let mut records = Cdf { config: &config, to, names: Numbered::default(), precincts: Vec::new(), is_first: true };
    read_to(None, &config, &mut records)?;
    let rest = records.rest(generated);
    let rest = rest.to_string();
    // The members behind the records: without the brace that opens them.
    to.write_all(b"],").and_then(|()| to.write_all(&rest.as_bytes()[1..])).map_err(failed)
}

/// The source that is being read, and the number of its record.
#[derive(Default)]
struct Numbered {
    path: String,
    provider: &'static str,
    contest: String,
    file: String,
    is_numbered_with_dash: bool,
    is_numbered: bool,
    record: u64,
}

impl Numbered {
    fn begin(&mut self, source: &Source) {
        let (provider, is_numbered) = match source.provider {
            Provider::Ess => ("ess", true),
            Provider::Cdf => ("cdf", true),
            Provider::Dominion => ("dominion", false),
            Provider::Hart => ("hart", false),
            Provider::ClearBallot => ("clearBallot", false),
            Provider::GenericCsv => ("genericCsv", false),
        };
        let name = source.path.rsplit(['/', '\\']).next().unwrap_or(&source.path);
        *self = Self {
            path: source.path.clone(),
            provider,
            contest: if source.provider == Provider::Cdf { String::new() } else { source.contest.clone() },
            file: name.to_owned(),
            is_numbered_with_dash: source.provider == Provider::Ess,
            is_numbered,
            record: 0,
        };
    }

    /// The name that RCTab gives the next record where its maker gives none; empty for makers whose records have names.
    fn next(&mut self) -> String {
        self.record += 1;
        match (self.is_numbered, self.is_numbered_with_dash) {
            (false, _) => String::new(),
            (true, true) => format!("{}-{}", self.file, self.record),
            (true, false) => format!("{}({})", self.file, self.record),
        }
    }
}

fn name(config: &Config, candidate: u16) -> &str {
    config.candidates.get(usize::from(candidate)).map_or(OVERVOTE, |candidate| candidate.name.as_str())
}

struct Csv<'a, 'b> {
    config: &'a Config,
    writer: csv::Writer<&'b mut dyn Write>,
    ranks: usize,
    names: Numbered,
}

impl Sink for Csv<'_, '_> {
    fn begin_source(&mut self, source: &Source) {
        self.names.begin(source);
    }

    fn record(&mut self, record: &Record<'_>, marks: &[Mark]) -> Result<(), String> {
        let own = self.names.next();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let mut row = vec![
            self.names.path.clone(),
            self.names.provider.to_owned(),
            self.names.contest.clone(),
            own,
            text(record.tabulator),
            text(record.batch),
            text(record.id),
            text(record.precinct),
            text(record.portion),
        ];
        for rank in 1..=self.ranks {
            let at = marks.iter().filter(|mark| usize::from(mark.value) == rank);
            let names: Vec<&str> = at.map(|mark| name(self.config, mark.candidate)).collect();
            row.push(if names.is_empty() { UNDERVOTE.to_owned() } else { names.join("\n") });
        }
        self.writer.write_record(row).map_err(|error| error.to_string())
    }

    fn repair(&mut self, _what: String) {}
}

struct Cdf<'a, 'b> {
    config: &'a Config,
    to: &'b mut dyn Write,
    names: Numbered,
    precincts: Vec<String>,
    is_first: bool,
}

impl Sink for Cdf<'_, '_> {
    fn begin_source(&mut self, source: &Source) {
        self.names.begin(source);
    }

    fn record(&mut self, record: &Record<'_>, marks: &[Mark]) -> Result<(), String> {
        let own = self.names.next();
        let id = tame(if own.is_empty() { record.id.unwrap_or_default() } else { &own });
        let snapshot = format!("ballot-{id}");
        let mut cvr = json!({ "@type": "CVR", "BallotPrePrintedId": id });
        if self.config.rules.slices.contains(&SliceKind::Precinct) {
            cvr["BallotStyleUnitId"] = json!(self.unit(record.precinct.unwrap_or_default()));
        }
        cvr["CVRSnapshot"] = json!([{
            "@id": snapshot,
            "@type": "CVR.CVRSnapshot",
            "CVRContest": [{
                "@type": "CVR.CVRContest",
                "CVRContestSelection": selections(self.config, marks),
                "ContestId": "contest-001",
            }],
            "Type": "original",
        }]);
        cvr["CurrentSnapshotId"] = json!(snapshot);
        cvr["ElectionId"] = json!("election-001");
        let comma = if std::mem::replace(&mut self.is_first, false) { "" } else { "," };
        write!(self.to, "{comma}{cvr}").map_err(|error| error.to_string())
    }

    fn repair(&mut self, _what: String) {}
}

impl Cdf<'_, '_> {
    /// Id of a precinct; precincts are numbered as they appear.
    fn unit(&mut self, name: &str) -> String {
        let place = self.precincts.iter().position(|known| known == name).unwrap_or_else(|| {
            self.precincts.push(name.to_owned());
            self.precincts.len() - 1
        });
        format!("gpu-{}", place + 1)
    }

    /// What all records share.
    fn rest(&self, generated: &str) -> Value {
        let mut names: Vec<&str> = self.config.candidates.iter().map(|candidate| candidate.name.as_str()).collect();
        if self.config.sources.iter().any(|source| !source.overvote_label.is_empty()) {
            names.push(OVERVOTE);
        }
        names.sort_unstable();
        let candidates: Vec<Value> =
            names.iter().map(|name| json!({ "@id": format!("c-{}", key(name)), "Name": name })).collect();
        let selections: Vec<Value> = names
            .iter()
            .map(|name| {
                let key = key(name);
                json!({ "@id": format!("cs-{key}"), "@type": "ContestSelection", "CandidateIds": [format!("c-{key}")] })
            })
            .collect();
        let heading = &self.config.rules.heading;
        let mut units = vec![json!({
            "@id": "gpu-election",
            "@type": "GpUnit",
            "Name": heading.jurisdiction,
            "OtherType": "Election Scope Jurisdiction",
            "Type": "other",
        })];
        units.extend(self.precincts.iter().zip(1..).map(|(name, number)| {
            json!({ "@id": format!("gpu-{number}"), "@type": "GpUnit", "Name": name, "Type": "precinct" })
        }));
        json!({
            "Election": [{
                "@id": "election-001",
                "@type": "Election",
                "Candidate": candidates,
                "Contest": [{
                    "@id": "contest-001",
                    "@type": "CandidateContest",
                    "ContestSelection": selections,
                    "Name": heading.contest,
                }],
                "ElectionScopeId": "gpu-election",
            }],
            "GeneratedDate": generated,
            "GpUnit": units,
            "ReportGeneratingDeviceIds": ["rd-001"],
            "ReportingDevice": [{
                "@id": "rd-001",
                "@type": "CVR.ReportingDevice",
                "Application": "Scrutineer",
                "Manufacturer": "Scrutineer",
            }],
            "Version": "1.0.0",
        })
    }
}

/// One selection for each candidate, in the order of their first ranks.
fn selections(config: &Config, marks: &[Mark]) -> Vec<Value> {
    let mut order: Vec<u16> = Vec::new();
    for mark in marks {
        if !order.contains(&mark.candidate) {
            order.push(mark.candidate);
        }
    }
    let positions = |candidate: u16| -> Vec<Value> {
        let of = marks.iter().filter(|mark| mark.candidate == candidate);
        of.map(|mark| {
            json!({
                "@type": "CVR.SelectionPosition",
                "HasIndication": "yes",
                "IsAllocable": "unknown",
                "NumberVotes": 1,
                "Rank": mark.value,
            })
        })
        .collect()
    };
    let selection = |candidate: u16| {
        json!({
            "@type": "CVR.CVRContestSelection",
            "ContestSelectionId": format!("cs-{}", key(name(config, candidate))),
            "SelectionPosition": positions(candidate),
        })
    };
    order.into_iter().map(selection).collect()
}

/// A text with everything but letters, digits, points, dashes and underscores as one underscore each run.
fn tame(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut was_wild = false;
    for letter in text.chars() {
        let is_tame = letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_');
        if is_tame {
            out.push(letter);
        } else if !was_wild {
            out.push('_');
        }
        was_wild = !is_tame;
    }
    out
}

fn key(name: &str) -> String {
    tame(name).to_lowercase()
}
