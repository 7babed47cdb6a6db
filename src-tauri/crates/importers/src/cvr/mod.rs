//! Readers of cast vote records: one file per maker, and the contest configuration that says what to read and how.
//!
//! A record is one ballot of one contest. Every reader goes through its file once, row by row, and hands each record to a
//! sink: [`read`] puts ballots that are marked alike together and answers a [`Contest`], [`convert`] writes them out one
//! by one. What a text on a ballot means (candidate, alias, write-in, overvote) is decided in one place, [`Reading`].

mod cdf;
mod cdf_json;
mod cdf_xml;
mod clear_ballot;
mod config;
pub mod convert;
mod delimited;
mod dominion;
mod dominion_csv;
mod ess;
mod generic_csv;
mod hart;
pub mod hart_signature;
mod sink;
#[cfg(test)]
mod tests;
mod workbook;
mod xml;

use std::path::{Path, PathBuf};

use domain::contest::{Contest, Mark};
use domain::rctab::RctabRules;

pub use config::{Config, Provider, Source};
pub use hart::{SignedRecord, each_record as each_hart_record};
use sink::{Gather, Record, Sink};

use crate::formats::ReadError;
use crate::inputs::InputError;

/// Why cast vote records cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CvrError {
    /// The configuration is no JSON, or says something that cannot be counted by. One sentence for each problem, each
    /// beginning with the member it is about.
    #[error("{path}: {}", problems.join("; "))]
    Config {
        /// The configuration.
        path: String,
        /// What is wrong.
        problems: Vec<String>,
    },
    /// A file with records cannot be read. Rows count from 1 with the header, as a spreadsheet shows them; records of a
    /// JSON or XML file count from 1.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// What is wrong and where.
        source: ReadError,
    },
    /// A folder or archive cannot be gathered.
    #[error(transparent)]
    Input(#[from] InputError),
}

impl CvrError {
    fn file(path: &Path, source: impl Into<ReadError>) -> Self {
        Self::File { path: path.display().to_string(), source: source.into() }
    }
}

/// Reads the records at `path` as a contest configuration of RCTab says.
///
/// `path` is the file, folder or archive with the records, or the folder around several sources; a source that is not
/// there is looked for where the configuration says. Excluded candidates are [`withdrawn`]; undeclared write-ins are a
/// candidate of their own, the last; ranks from 1; an overvote that names nobody is [`Mark::OVERVOTE`].
///
/// # Errors
/// [`CvrError`] with file, row and column, or with the member of the configuration.
///
/// [`withdrawn`]: domain::contest::Candidate::withdrawn
pub fn read(path: &Path, config: &Path) -> Result<(Contest, RctabRules), CvrError> {
    let config = Config::load(config)?;
    let mut gather = Gather::new(&config);
    read_to(Some(path), &config, &mut gather)?;
    Ok(gather.finish(&config))
}

/// Reads the records that a contest configuration names, at the places it names.
///
/// # Errors
/// As [`read`].
pub fn read_configured(config: &Path) -> Result<(Contest, RctabRules), CvrError> {
    let config = Config::load(config)?;
    let mut gather = Gather::new(&config);
    read_to(None, &config, &mut gather)?;
    Ok(gather.finish(&config))
}

fn read_to(path: Option<&Path>, config: &Config, sink: &mut dyn Sink) -> Result<(), CvrError> {
    for (number, source) in config.sources.iter().enumerate() {
        let at = locate(path, config, source);
        if !at.exists() {
            let problem = format!("cvrFileSources[{number}].filePath: {} is not there", source.path);
            return Err(CvrError::Config { path: config.path.display().to_string(), problems: vec![problem] });
        }
        sink.begin_source(source);
        let mut reading = Reading { config, source, at: at.clone(), sink, marks: Vec::new() };
        match source.provider {
            Provider::Ess => ess::read(&mut reading),
            Provider::Dominion if at.is_file() && has_ending(&at, "csv") => dominion_csv::read(&mut reading),
            Provider::Dominion => dominion::read(&mut reading),
            Provider::Hart => hart::read(&mut reading),
            Provider::ClearBallot => clear_ballot::read(&mut reading),
            Provider::Cdf if has_ending(&at, "xml") => cdf_xml::read(&mut reading),
            Provider::Cdf => cdf_json::read(&mut reading),
            Provider::GenericCsv => generic_csv::read(&mut reading),
        }?;
    }
    Ok(())
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(ending))
}

/// Where a source lies: at the path given, below it, or where the configuration says.
fn locate(path: Option<&Path>, config: &Config, source: &Source) -> PathBuf {
    let configured = config.path.parent().unwrap_or(Path::new("")).join(&source.path);
    let Some(given) = path else { return configured };
    let is_only = config.sources.len() == 1;
    let name = Path::new(&source.path).file_name();
    if given.is_dir() {
        let below = [Some(given.join(&source.path)), name.map(|name| given.join(name))];
        if let Some(found) = below.into_iter().flatten().find(|place| place.exists()) {
            return found;
        }
        let takes_folders = matches!(source.provider, Provider::Dominion | Provider::Hart);
        return if is_only && takes_folders { given.to_owned() } else { configured };
    }
    if is_only || given.file_name() == name { given.to_owned() } else { configured }
}

/// A source that is being read, and the record that is being put together.
struct Reading<'a> {
    config: &'a Config,
    source: &'a Source,
    /// The file or folder.
    at: PathBuf,
    sink: &'a mut dyn Sink,
    marks: Vec<Mark>,
}

impl Reading<'_> {
    fn broken(&self, row: u64, column: impl Into<String>, reason: impl Into<String>) -> CvrError {
        CvrError::file(&self.at, ReadError::broken(row, column, reason))
    }

    /// Takes a mark: the text that stands for somebody at a rank from 1.
    fn mark(&mut self, rank: u64, label: &str) -> Result<(), String> {
        let candidate = if !self.source.overvote_label.is_empty() && label == self.source.overvote_label {
            Mark::OVERVOTE
        } else if !self.source.write_in_label.is_empty() && label == self.source.write_in_label {
            return self.mark_write_in(rank);
        } else {
            self.config.candidate(label).ok_or_else(|| {
                format!(
                    "\"{label}\" is no candidate of the configuration; add it to candidates, or to the aliases of one"
                )
            })?
        };
        self.put(rank, candidate)
    }

    /// Takes a mark for somebody whose name the voter wrote in.
    fn mark_write_in(&mut self, rank: u64) -> Result<(), String> {
        let Some(place) = self.config.rules.write_ins else {
            return Err(
                "a vote for an undeclared write-in, and the configuration has no undeclaredWriteInLabel".to_owned()
            );
        };
        self.put(rank, place)
    }

    fn put(&mut self, rank: u64, candidate: u16) -> Result<(), String> {
        match u16::try_from(rank) {
            Ok(value) if value > 0 => self.marks.push(Mark { candidate, value }),
            _ => return Err(format!("rank {rank} is none; ranks go from 1 to 65,535")),
        }
        Ok(())
    }

    /// Hands the record over, with the marks taken since the last.
    ///
    /// # Errors
    /// A rank beyond `maxRankingsAllowed`, or more votes than can be counted.
    fn finish(&mut self, record: Record<'_>) -> Result<(), String> {
        self.marks.sort_by_key(|mark| mark.value);
        if let (Some(most), Some(last)) = (self.config.rules.max_rankings, self.marks.last())
            && u32::from(last.value) > most
        {
            return Err(format!(
                "rank {} is used, and maxRankingsAllowed of the configuration is {most}; set it to the number of ranks \
                 on the ballot",
                last.value
            ));
        }
        self.sink.record(&record, &self.marks)?;
        self.marks.clear();
        Ok(())
    }
}
