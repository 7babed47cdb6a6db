//! The contest configuration of RCTab: sources, candidates, rules, and what is wrong with it.
//!
//! Numbers may stand as texts, as RCTab writes them; names of options of its older releases are understood. All problems
//! are told at once, each with the member it is about.
//!
//! Source: RCTab's technical data package, section 25, Configuration File Parameters.

mod members;
mod rules;
mod sources;

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::contest::Mark;
use domain::rctab::{Heading, OvervoteRule, RctabRules, SliceKind};
use serde_json::Value;

use super::CvrError;
use members::Members;
pub use sources::{Provider, Source};

/// Name under which all undeclared write-ins are counted.
pub(super) const WRITE_INS: &str = "Undeclared Write-ins";
/// A configuration is a few pages; a larger file is something else.
const MAX_BYTES: u64 = 16 << 20;

/// A configuration that can be counted by.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it was read from; sources are relative to its folder.
    pub path: PathBuf,
    /// The sources in order.
    pub sources: Vec<Source>,
    /// The candidates in order; undeclared write-ins last, where any source can have them.
    pub candidates: Vec<Nominee>,
    /// The rules.
    pub rules: RctabRules,
    places: HashMap<String, u16>,
}

/// A candidate of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nominee {
    /// Name in reports.
    pub name: String,
    /// Votes for an excluded candidate go to the next choice from the beginning.
    pub is_excluded: bool,
}

impl Config {
    /// Reads and checks a configuration.
    ///
    /// # Errors
    /// [`CvrError::File`] where it cannot be read, [`CvrError::Config`] with all problems otherwise.
    pub fn load(path: &Path) -> Result<Self, CvrError> {
        let problem = |problem: String| CvrError::Config { path: path.display().to_string(), problems: vec![problem] };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(|error| CvrError::file(path, error))?;
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(|error| CvrError::file(path, error))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(problem("larger than 16 MB; a contest configuration was expected".to_owned()));
        }
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let value: Value = serde_json::from_slice(text).map_err(|error| problem(format!("no JSON: {error}")))?;
        Self::from_json(path, &value)
    }

    fn from_json(path: &Path, value: &Value) -> Result<Self, CvrError> {
        let mut problems = Vec::new();
        let root = Members::new(value, "");
        let output = root.child("outputSettings", &mut problems);
        let heading = Heading {
            contest: output.text("contestName", &mut problems),
            date: output.text("contestDate", &mut problems),
            jurisdiction: output.text("contestJurisdiction", &mut problems),
            office: output.text("contestOffice", &mut problems),
        };
        if heading.contest.is_empty() {
            problems.push(format!("{}: the contest needs a name", output.at("contestName")));
        }
        let mut slices = Vec::new();
        for (member, kind) in [("tabulateByPrecinct", SliceKind::Precinct), ("tabulateByBatch", SliceKind::Batch)] {
            if output.flag(member, &mut problems) {
                slices.push(kind);
            }
        }
        let sources = sources::read(&root, &mut problems);
        let rules = root.child("rules", &mut problems);
        let mut config = Self {
            path: path.to_owned(),
            sources,
            candidates: Vec::new(),
            rules: rules::read(&rules, &mut problems),
            places: HashMap::new(),
        };
        config.rules.heading = heading;
        config.rules.slices = slices;
        config.nominate(&root, &mut problems);
        config.check_together(&mut problems);
        if problems.is_empty() {
            Ok(config)
        } else {
            Err(CvrError::Config { path: path.display().to_string(), problems })
        }
    }

    /// The place of a candidate by name, alias or code.
    pub(super) fn candidate(&self, name: &str) -> Option<u16> {
        self.places.get(name).copied()
    }

    fn nominate(&mut self, root: &Members<'_>, problems: &mut Vec<String>) {
        let list = root.list("candidates", problems);
        if list.len() >= Mark::MAX_CANDIDATES {
            problems.push("candidates: more than 65,533".to_owned());
            return;
        }
        for (candidate, place) in list.iter().zip(0u16..) {
            let name = candidate.text("name", problems);
            if name.is_empty() {
                problems.push(format!("{}: every candidate needs a name", candidate.at("name")));
            }
            let mut names = vec![name.clone()];
            names.extend(candidate.texts("aliases", problems));
            names.push(candidate.text("code", problems));
            let mut own = Vec::new();
            for (number, alias) in names.iter().enumerate() {
                if alias.is_empty() || own.contains(&alias) {
                    continue;
                }
                own.push(alias);
                if alias == WRITE_INS || self.sources.iter().any(|source| source.has_label(alias)) {
                    problems
                        .push(format!("{}: \"{alias}\" is a label, and cannot name a candidate", candidate.at("name")));
                }
                if self.places.insert(alias.clone(), place).is_some() {
                    let member = if number == 0 { "name" } else { "aliases" };
                    problems.push(format!("{}: \"{alias}\" names two candidates", candidate.at(member)));
                }
            }
            self.candidates.push(Nominee { name, is_excluded: candidate.flag("excluded", problems) });
        }
        if self.candidates.iter().all(|candidate| candidate.is_excluded) {
            problems.push("candidates: at least one who is not excluded is needed".to_owned());
        }
        let has_write_ins =
            self.sources.iter().any(|source| !source.write_in_label.is_empty() || source.is_blank_a_write_in);
        if has_write_ins {
            self.rules.write_ins = u16::try_from(self.candidates.len()).ok();
            self.candidates.push(Nominee { name: WRITE_INS.to_owned(), is_excluded: false });
        }
    }

    /// What sources and rules must agree about.
    fn check_together(&self, problems: &mut Vec<String>) {
        for (number, source) in self.sources.iter().enumerate() {
            let at = |member: &str| format!("cvrFileSources[{number}].{member}");
            if !source.overvote_label.is_empty() && self.rules.overvotes == OvervoteRule::ExhaustIfSeveralContinue {
                problems.push(format!(
                    "{}: with a label nobody can tell which candidates were marked; overvoteRule must be \
                     alwaysSkipToNextRank or exhaustImmediately",
                    at("overvoteLabel")
                ));
            }
            if source.provider != Provider::Ess {
                continue;
            }
            for (kind, member, column) in [
                (SliceKind::Precinct, "precinctColumnIndex", source.precinct_column),
                (SliceKind::Batch, "batchColumnIndex", source.batch_column),
            ] {
                if self.rules.slices.contains(&kind) && column.is_none() {
                    problems.push(format!("{}: needed, as results are asked for by {}", at(member), kind.name()));
                }
            }
            if source.overvote_delimiter.is_empty() && self.rules.overvotes == OvervoteRule::ExhaustIfSeveralContinue {
                problems.push(format!(
                    "{}: needed, as overvoteRule exhaustIfMultipleContinuing must know which candidates were marked",
                    at("overvoteDelimiter")
                ));
            }
        }
    }
}
