//! What becomes of the records of a reader.

use std::collections::HashMap;

use domain::contest::{Candidate, Contest, Mark, MarksAre};
use domain::rctab::{RctabRules, SLICE_SEPARATOR, SliceKind};

use super::config::{Config, Source};

/// What stands on a record beside its marks; `None` where the source does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Record<'a> {
    /// The maker's own name of the record.
    pub(super) id: Option<&'a str>,
    /// The machine.
    pub(super) tabulator: Option<&'a str>,
    /// The batch.
    pub(super) batch: Option<&'a str>,
    /// The precinct.
    pub(super) precinct: Option<&'a str>,
    /// A part of the precinct.
    pub(super) portion: Option<&'a str>,
}

/// Takes records in the order of the sources and rows.
pub(super) trait Sink {
    /// The records that follow are of this source.
    fn begin_source(&mut self, _source: &Source) {}

    /// One record; marks by rank, ascending.
    ///
    /// # Errors
    /// A sentence where the record cannot be taken.
    fn record(&mut self, record: &Record<'_>, marks: &[Mark]) -> Result<(), String>;

    /// Records were passed over, told to the user.
    fn repair(&mut self, what: String);
}

/// Puts records that are marked alike together.
pub(super) struct Gather {
    contest: Contest,
    kinds: Vec<SliceKind>,
    slices: HashMap<String, u32>,
    name: String,
}

impl Gather {
    pub(super) fn new(config: &Config) -> Self {
        let candidates = config.candidates.iter().zip(1..).map(|(candidate, number)| Candidate {
            id: number.to_string(),
            name: candidate.name.clone(),
            withdrawn: candidate.is_excluded,
        });
        let contest = Contest {
            title: config.rules.heading.contest.clone(),
            seats: Some(config.rules.winners),
            candidates: candidates.collect(),
            marks_are: MarksAre::Ranks,
            ..Contest::default()
        };
        let kinds = config.rules.slices.clone();
        Self { contest, kinds, slices: HashMap::new(), name: String::new() }
    }

    pub(super) fn finish(self, config: &Config) -> (Contest, RctabRules) {
        (self.contest, config.rules.clone())
    }
}

impl Sink for Gather {
    fn record(&mut self, record: &Record<'_>, marks: &[Mark]) -> Result<(), String> {
        let ballots = &mut self.contest.ballots;
        if self.kinds.is_empty() {
            return ballots.add(1, marks).map_err(|error| error.to_string());
        }
        self.name.clear();
        for (place, kind) in self.kinds.iter().enumerate() {
            if place > 0 {
                self.name.push(SLICE_SEPARATOR);
            }
            let part = match kind {
                SliceKind::Precinct => record.precinct,
                SliceKind::Batch => record.batch,
            };
            self.name.push_str(part.unwrap_or_default());
        }
        let slice = match self.slices.get(&self.name) {
            Some(slice) => *slice,
            None => {
                let slice = ballots.slice(&self.name);
                self.slices.insert(self.name.clone(), slice);
                slice
            }
        };
        ballots.add_to(slice, 1, marks).map_err(|error| error.to_string())
    }

    fn repair(&mut self, what: String) {
        self.contest.repairs.push(domain::contest::Repair { place: None, what });
    }
}
