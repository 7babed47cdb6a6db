//! Counting: a ballot file, or an election of a case, by a rule by its name.
//!
//! [`count_ballots`] counts files; [`Case::count`] counts what was imported. Both answer [`Counted`], which the command line
//! prints as JSON or as a table of rounds. `astra`, `logbook` and `own` (elections that were run with this
//! program) make the origins' own counts look like the others.

mod astra;
mod convert;
mod logbook;
mod own;
mod piles;
mod published;
mod rctab;
mod sensitivity;
mod signatures;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use convert::{RecordForm, convert_records};
use domain::Job;
use domain::contest::Contest;
use domain::count::{Pile, PileAsked};
use importers::inputs::InputSet;
pub(crate) use piles::Made;
use piles::Part;
pub use published::Compared;
use reports::documents::{self, count::CountSheet};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
pub use signatures::RecordSignatures;
use tally::methods::{simple, stv};
use tally::{CannotCount, Count};

use crate::export::{make_folder, write_table, write_whole};
use crate::{Case, Error};

/// Name of the JSON answer.
pub const COUNT_SCHEMA: &str = "scrutineer/count/1";

/// What is to be counted, and how.
#[derive(Clone, Debug, Default)]
pub struct CountRequest {
    /// Name of the rule, one of [`tally::METHODS`].
    pub rule: String,
    /// Seats, where the file does not tell them or another number is wanted.
    pub seats: Option<u32>,
    /// Arithmetic by name, for rules that leave it open.
    pub arithmetic: Option<String>,
    /// JSON with what the ballots themselves lack.
    pub config: Option<PathBuf>,
    /// Files with public keys, for records that are signed.
    pub keys: Vec<PathBuf>,
}

/// How an election of a case is to be counted: by its own rule where nothing is set, otherwise as a what-if.
#[derive(Clone, Debug, Default)]
pub struct CaseRequest {
    /// Name of the rule, one of [`tally::METHODS`].
    pub rule: Option<String>,
    /// Seats, for each contest.
    pub seats: Option<u32>,
    /// Arithmetic by name, for rules that leave it open.
    pub arithmetic: Option<String>,
}

/// A finished count with what a reader needs beside it.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The count.
    pub count: Count,
    /// Ids of the candidates by their places: the numbers of the ballot file, or the source's own.
    pub ids: Vec<String>,
    /// Title of the contest; may be empty.
    pub title: String,
    /// The origin's own result, where the rule belongs to an origin; otherwise an empty object.
    pub result: Value,
    /// Votes that were counted; `None` where the source does not say.
    pub votes: Option<u64>,
    /// Files that the ballots came from: path, SHA-256 in hex.
    pub files: Vec<(String, String)>,
    /// What was put right while reading.
    pub repairs: Vec<String>,
    /// What it would take to change the outcome, sentences.
    pub sensitivity: Vec<String>,
    /// How it compares with a published count, where one was given.
    pub compared: Option<Compared>,
    /// Set where this is not the election's own rule: what it is not, in a sentence.
    pub what_if: Option<String>,
    /// What the signatures of the records showed, where keys were given.
    pub signatures: Option<RecordSignatures>,
    /// Election of the case that was counted.
    pub(crate) election_id: Option<String>,
    /// Number and hash of the ledger entry up to which the counted case tells.
    pub(crate) ledger_head: Option<(i64, String)>,
    /// What the rounds were made of, for questions about piles.
    pub(crate) parts: Vec<Part>,
}

/// Counts a ballot file.
///
/// # Errors
/// [`Error::Input`] where it cannot be read, with line and column; [`Error::CannotCount`] where the rule gives no result.
pub fn count_ballots(path: &Path, request: &CountRequest) -> Result<Counted, Error> {
    if !tally::METHODS.iter().any(|method| method.name == request.rule) {
        return Err(unknown_rule(&request.rule).into());
    }
    let is_configured = rctab::is_config(path) || request.config.as_deref().is_some_and(rctab::is_config);
    if !request.keys.is_empty() && !is_configured {
        let message =
            "keys are for cast vote records of Hart Verity, which need a contest configuration; leave them out";
        return Err(CannotCount::new("bad_option", message).into());
    }
    let mut counted = match request.rule.as_str() {
        "astra-meek" if request.seats.is_some() || request.arithmetic.is_some() => {
            let message =
                "the election of Astra says how many seats it fills, and its rule how it calculates; leave both out";
            return Err(CannotCount::new("bad_option", message).into());
        }
        "astra-meek" => astra::count_file(path)?,
        "rctab" => rctab::count_file(path, request)?,
        _ if is_configured => rctab::count_file(path, request)?,
        _ => {
            let contest = importers::ballot_files::read(path).map_err(Error::from_reading)?;
            count_contest(contest, request)?
        }
    };
    if !request.keys.is_empty() {
        let (records, config) = match &request.config {
            Some(config) => (Some(path), config.as_path()),
            None => (None, path),
        };
        counted.signatures = Some(signatures::check(records, config, &request.keys)?);
    }
    counted.files = [Some(path), request.config.as_deref()].into_iter().flatten().flat_map(digests).collect();
    Ok(counted)
}

/// Most files of a folder whose digests are told.
const FILES_TOLD: usize = 500;

/// Digests of a file, or of the files of a folder.
fn digests(path: &Path) -> Vec<(String, String)> {
    let Ok(set) = InputSet::gather(&[path.to_owned()]) else { return Vec::new() };
    let files = set.files.iter().take(FILES_TOLD);
    files.filter_map(|file| Some((file.path.clone(), digest(&file.location).ok()?))).collect()
}

fn digest(path: &Path) -> std::io::Result<String> {
    let (mut file, mut hasher) = (std::fs::File::open(path)?, Sha256::new());
    let mut buffer = vec![0; 1 << 20];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(domain::digest::encode_hex(&hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Ids of the candidates as the source writes them.
fn names_of(contest: &Contest) -> Vec<String> {
    contest.candidates.iter().map(|candidate| candidate.id.clone()).collect()
}

impl Counted {
    fn of(count: Count, contest: &Contest, made: Made) -> Self {
        let part = Part { rounds: count.rounds.len(), position: 0, made };
        Self {
            count,
            ids: names_of(contest),
            election_id: None,
            ledger_head: None,
            signatures: None,
            parts: vec![part],
            title: contest.title.clone(),
            result: json!({}),
            votes: Some(contest.ballots.votes()),
            files: Vec::new(),
            sensitivity: Vec::new(),
            compared: None,
            repairs: contest.repairs.iter().map(|repair| repair.what.clone()).collect(),
            what_if: None,
        }
    }
}

/// Compares a count with a published one in a file, and keeps what was found in it.
///
/// # Errors
/// [`Error::Input`] where the file is no JSON, [`Error::CannotCount`] where it is of another rule or of no known kind.
pub fn compare_with(counted: &mut Counted, published: &Path) -> Result<(), Error> {
    counted.compared = Some(published::compare(counted, &read_json(published)?)?);
    Ok(())
}

/// Prints a count as PDF, and its tables as CSV files into a folder.
///
/// # Errors
/// [`Error::Output`] where a file cannot be written.
pub fn write_count(counted: &Counted, pdf: Option<&Path>, csv: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
    let mut written = Vec::new();
    if let Some(path) = pdf {
        let sheet = CountSheet {
            title: counted.title.clone(),
            files: counted.files.clone(),
            votes: counted.votes.map(|votes| votes.to_string()).unwrap_or_default(),
            what_if: counted.what_if.clone().unwrap_or_default(),
            repairs: counted.repairs.clone(),
            compared: counted.compared.as_ref().map(Compared::sentence).unwrap_or_default(),
            sensitivity: counted.sensitivity.clone(),
            ledger_head: counted.ledger_head.clone(),
        };
        let document = documents::count::document(&counted.count, &sheet);
        let bytes = reports::render_pdf(&document, documents::count::undated())
            .map_err(|error| Error::Output { path: path.display().to_string(), reason: error.to_string() })?;
        write_whole(path, &bytes)?;
        written.push(path.to_owned());
    }
    if let Some(folder) = csv {
        make_folder(folder)?;
        for table in documents::count::tables(&counted.count).into_iter().chain(counted.piles_table()) {
            let path = folder.join(format!("{}.csv", table.name));
            write_table(&table, &path)?;
            written.push(path);
        }
    }
    Ok(written)
}

/// A rule of transferable votes or a simple method, with what was chosen beside it.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    rule: String,
    seats: Option<u32>,
    arithmetic: Option<String>,
    quota: Option<stv::Quota>,
}

impl Manner {
    fn of(request: &CountRequest) -> Result<Self, Error> {
        let rule = request.rule.clone();
        let needs = match rule.as_str() {
            "rctab" => "a contest configuration, and counts cast vote records: give them with --ballots and --config",
            "astra-meek" => "an election of Astra with its tie-break texts",
            _ => "",
        };
        if !needs.is_empty() {
            return Err(CannotCount::new("bad_option", format!("the rule {rule} needs {needs}")).into());
        }
        let quota = match config_member(request, "quota")? {
            Some(name) => Some(stv::Quota::named(&name).ok_or_else(|| {
                let message = format!("{name} is no quota; choose droop, hagenbach-bischoff, hare or exact");
                CannotCount::new("bad_option", message)
            })?),
            None => None,
        };
        if !stv::is_rule(&rule) && (request.arithmetic.is_some() || quota.is_some()) {
            let message = format!("the rule {rule} leaves no choice of arithmetic or quota");
            return Err(CannotCount::new("bad_option", message).into());
        }
        Ok(Self { rule, seats: request.seats, arithmetic: request.arithmetic.clone(), quota })
    }

    fn options(&self) -> stv::Options {
        stv::Options { seats: self.seats, arithmetic: self.arithmetic.clone(), quota: self.quota }
    }

    fn count(&self, contest: &Contest) -> Result<Count, CannotCount> {
        if stv::is_rule(&self.rule) {
            stv::count(contest, &self.rule, &self.options())
        } else {
            simple::count(contest, &self.rule, self.seats)
        }
    }

    fn piles(&self, contest: &Contest, asked: &[PileAsked]) -> Result<Vec<Pile>, CannotCount> {
        if stv::is_rule(&self.rule) {
            stv::piles(contest, &self.rule, &self.options(), asked)
        } else {
            simple::piles(contest, &self.rule, self.seats, asked)
        }
    }
}

/// Counts a contest that was read.
fn count_contest(contest: Contest, request: &CountRequest) -> Result<Counted, Error> {
    if request.rule.starts_with("logbook-") {
        return Ok(logbook::count_contest(contest, request)?);
    }
    let manner = Manner::of(request)?;
    let count = manner.count(&contest)?;
    let sensitivity = sensitivity::told(&contest, &count, &|other| manner.count(other).ok());
    let contest = Arc::new(contest);
    Ok(Counted { sensitivity, ..Counted::of(count, &contest, Made::Contest(Arc::clone(&contest), manner)) })
}

/// Counts a contest of an election that is run here, by the rule that it names.
pub(crate) fn count_native(
    contest: &Contest,
    request: &CountRequest,
    groups: &[domain::election::ExclusionGroup],
) -> Result<Counted, Error> {
    if request.rule != "astra-meek" {
        return count_contest(contest.clone(), request);
    }
    let mut counted = astra::count_here(contest, request.seats.or(contest.seats).unwrap_or(1), groups)?;
    counted.votes = Some(contest.ballots.votes());
    Ok(counted)
}

/// A text member of the configuration.
fn config_member(request: &CountRequest, name: &str) -> Result<Option<String>, Error> {
    let Some(path) = &request.config else { return Ok(None) };
    let value = read_json(path)?;
    Ok(value[name].as_str().map(str::to_owned))
}

/// A JSON file, read whole.
fn read_json(path: &Path) -> Result<Value, Error> {
    let shown = path.display().to_string();
    let input = |row: u64, column: String, reason: String| {
        let message = if row == 0 {
            format!("{shown}: {reason}")
        } else {
            format!("{shown}: row {row}, column {column}: {reason}")
        };
        Error::Input { path: shown.clone(), row, column, message }
    };
    let bytes = std::fs::read(path).map_err(|error| input(0, String::new(), error.to_string()))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    serde_json::from_slice(bytes).map_err(|error| {
        input(error.line() as u64, error.column().to_string(), format!("this is no JSON of an election: {error}"))
    })
}

fn unknown_rule(name: &str) -> CannotCount {
    let known: Vec<&str> = tally::METHODS.iter().map(|method| method.name).collect();
    CannotCount::new("bad_option", format!("there is no rule named {name}; known are: {}", known.join(", ")))
}

impl Case {
    /// Counts an election of the case: by its own rule, or in another way as a what-if, which is marked as such.
    ///
    /// # Errors
    /// No such election, something the count needs is missing, or the rule gives no result.
    pub fn count(&self, election_id: &str, request: &CaseRequest, job: &dyn Job) -> Result<Counted, Error> {
        if let Some(rule) = &request.rule
            && !tally::METHODS.iter().any(|method| method.name == rule)
        {
            return Err(unknown_rule(rule).into());
        }
        let reader = self.reader()?;
        let counted = match astra::count_case(&reader, election_id, request, job)? {
            Some(counted) => counted,
            None => match own::count_case(&reader, election_id, request, job)? {
                Some(counted) => counted,
                None => logbook::count_case(self, &reader, election_id, request, job)?,
            },
        };
        let head = self.file()?.printed_head()?.map(|entry| (entry.number, entry.hash.to_hex()));
        Ok(Counted { election_id: Some(election_id.to_owned()), ledger_head: head, ..counted })
    }
}

/// An id as JSON: a number where it is written as one.
fn id(text: &str) -> Value {
    match text.parse::<u64>() {
        Ok(number) if number.to_string() == text => json!(number),
        _ => json!(text),
    }
}

impl Counted {
    fn id(&self, place: usize) -> Value {
        self.ids.get(place).map_or(Value::Null, |text| id(text))
    }

    fn id_list(&self, places: &[usize]) -> Value {
        places.iter().map(|place| self.id(*place)).collect()
    }

    /// The answer as scripts know it.
    pub fn to_json(&self) -> Value {
        let count = &self.count;
        let rounds: Vec<Value> = count
            .rounds
            .iter()
            .map(|round| {
                let votes: Map<String, Value> = (self.ids.iter().zip(&round.votes))
                    .filter_map(|(id, votes)| Some((id.clone(), json!(votes.as_ref()?))))
                    .collect();
                json!({
                    "round": round.round,
                    "votes": votes,
                    "elected": self.id_list(&round.elected),
                    "excluded": self.id_list(&round.excluded),
                    "exhausted": round.exhausted,
                    "transfers": round.transfers.iter().map(|transfer| json!({
                        "from": self.id(transfer.from),
                        "to": transfer.to.map(|to| self.id(to)),
                        "votes": transfer.votes,
                    })).collect::<Vec<_>>(),
                    "tie": round.tie.as_ref().map(|tie| json!({
                        "candidates": self.id_list(&tie.candidates),
                        "picked": self.id(tie.picked),
                        "picked_for": tie.picked_for,
                        "how": tie.how,
                    })),
                    "sentence": round.sentence,
                    "quota": round.quota,
                    "causes": round.causes,
                })
            })
            .collect();
        let candidates: Vec<Value> = (self.ids.iter().zip(&count.candidates))
            .map(|(text, name)| json!({"id": id(text), "name": name}))
            .collect();
        let mut answer = json!({"schema": COUNT_SCHEMA});
        if let Some(what_if) = &self.what_if {
            answer["what_if"] = json!(what_if);
        }
        answer["rule"] = json!(count.rule);
        answer["elected"] = self.id_list(&count.elected);
        answer["quota"] = json!(count.quota);
        answer["rounds"] = json!(rounds);
        answer["result"] = self.result.clone();
        answer["title"] = json!(self.title);
        answer["seats"] = json!(count.seats);
        answer["candidates"] = json!(candidates);
        answer["tie_dependent"] = json!(count.tie_dependent);
        answer["repairs"] = json!(self.repairs);
        answer["sensitivity"] = json!(self.sensitivity);
        if let Some(signatures) = &self.signatures {
            answer["signatures"] = signatures.to_json();
        }
        if let Some(compared) = &self.compared {
            let difference = &compared.first_difference;
            answer["compared"] = json!({"agrees": difference.is_none(), "first_difference": difference});
        }
        answer
    }

    /// The answer as a person reads it: who is elected, then round by round.
    pub fn to_text(&self) -> String {
        use std::fmt::Write as _;
        let count = &self.count;
        let mut out = String::new();
        let name = |place: usize| count.candidates.get(place).map_or("", String::as_str);
        let names = |places: &[usize]| places.iter().map(|place| name(*place)).collect::<Vec<_>>().join(", ");
        if let Some(what_if) = &self.what_if {
            let _ = writeln!(out, "NOT THE RESULT. {what_if}\n");
        }
        if !self.title.is_empty() {
            let _ = writeln!(out, "{}", self.title);
        }
        let quota = count.quota.as_ref().map_or_else(String::new, |quota| format!(", quota {quota}"));
        let _ = writeln!(
            out,
            "Rule {} {}, {}, seats {}{quota}",
            count.rule.name, count.rule.version, count.rule.arithmetic, count.seats
        );
        for repair in &self.repairs {
            let _ = writeln!(out, "Repaired: {repair}");
        }
        for line in self.signatures.iter().flat_map(RecordSignatures::told) {
            let _ = writeln!(out, "{line}");
        }
        let elected = if count.elected.is_empty() { "nobody".to_owned() } else { names(&count.elected) };
        let _ = writeln!(out, "Elected: {elected}");
        if let Some(compared) = &self.compared {
            let _ = writeln!(out, "{}", compared.sentence());
        }
        for sentence in &self.sensitivity {
            let _ = writeln!(out, "{sentence}");
        }
        if count.tie_dependent {
            let _ = writeln!(out, "A tie that no vote decided had a part in this.");
        }
        let wide =
            |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.chars().count()).max().unwrap_or(0).max(9);
        let left = wide(&mut count.candidates.iter().map(String::as_str)).min(60);
        for round in &count.rounds {
            let right = wide(&mut round.votes.iter().flatten().map(String::as_str));
            let quota = round.quota.as_ref().map_or_else(String::new, |quota| format!(", quota {quota}"));
            let _ = writeln!(out, "\nRound {}{quota}", round.round);
            for (place, votes) in round.votes.iter().enumerate() {
                let Some(votes) = votes else { continue };
                let mark = if round.elected.contains(&place) {
                    "  elected"
                } else if round.excluded.contains(&place) {
                    "  excluded"
                } else {
                    ""
                };
                let _ = writeln!(out, "  {:<left$}  {votes:>right$}{mark}", name(place));
            }
            let _ = writeln!(out, "  {:<left$}  {:>right$}", "exhausted", round.exhausted);
            let _ = writeln!(out, "  {}", round.sentence);
        }
        out
    }
}
