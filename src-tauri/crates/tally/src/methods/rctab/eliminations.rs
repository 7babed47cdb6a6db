//! Who is eliminated in a round in which nobody was elected. The first way that finds somebody is taken, and it alone.

use domain::rctab::WinnerMode;

use super::amount::Amount;
use super::rounds::{Pass, Round, State};
use crate::count::CannotCount;

/// Why candidates were eliminated together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Nobody was.
    Nothing,
    /// Undeclared write-ins cannot win.
    WriteIns,
    /// Below the minimum.
    Minimum,
    /// Below the threshold of the first elimination.
    Cutoff,
    /// Together fewer votes than the next one, who cannot be caught up with.
    Batch,
    /// Fewest votes, perhaps by a tie.
    Fewest,
}

impl Pass<'_> {
    pub(super) fn eliminate(&mut self, round: &mut Round) -> Result<(), CannotCount> {
        let inside: Vec<u16> = (0u16..).take(self.states.len()).filter(|place| self.is_continuing(*place)).collect();
        let votes: Vec<(u16, Amount)> = inside.iter().map(|place| (*place, round.whole.of(*place))).collect();
        let below = |bar: Amount| -> Vec<u16> {
            votes.iter().filter(|(_, votes)| *votes < bar).map(|(place, _)| *place).collect()
        };
        let minimum = Amount::whole(self.rules.minimum_votes);
        let write_ins: Vec<u16> = inside.iter().copied().filter(|place| Some(*place) == self.rules.write_ins).collect();
        let ways = [
            (Why::WriteIns, Vec::new()),
            (Why::Minimum, below(minimum)),
            (Why::Cutoff, if self.is_cutoff_due() { below(round.threshold) } else { Vec::new() }),
            (Why::Batch, if self.rules.eliminates_batches { self.batch(&votes) } else { Vec::new() }),
        ];
        let has_write_ins = write_ins.iter().any(|place| round.whole.of(*place).is_positive());
        let found = ways.into_iter().find_map(|(why, found)| match why {
            Why::WriteIns => has_write_ins.then(|| (why, write_ins.clone())),
            _ => (!found.is_empty()).then_some((why, found)),
        });
        let (why, out) = match found {
            Some(found) => found,
            None => (Why::Fewest, vec![self.last(&votes, round)?]),
        };
        let declared = inside.iter().filter(|place| !write_ins.contains(place));
        if why != Why::Fewest && declared.clone().count() > 0 && declared.clone().all(|place| out.contains(place)) {
            let message = if why == Why::Minimum {
                "all candidates are below the minimum number of votes, so that nobody would be left; lower minimumVoteThreshold"
            } else {
                "no candidate reaches the threshold at which the others are cut off, so that nobody would be left; \
                 lower multiSeatBottomsUpPercentageThreshold"
            };
            return Err(CannotCount::new("nobody_left", message));
        }
        for place in &out {
            self.states[usize::from(*place)] = State::Eliminated;
        }
        round.eliminated = out;
        self.sort_by_name(&mut round.eliminated);
        round.why = why;
        Ok(())
    }

    /// The cut-off is made once, before any declared candidate was eliminated.
    fn is_cutoff_due(&self) -> bool {
        let is_first = self
            .states
            .iter()
            .zip(0u16..)
            .all(|(state, place)| *state != State::Eliminated || Some(place) == self.rules.write_ins);
        self.rules.eliminates_below_threshold && self.mode == WinnerMode::BottomsUpPercentage && is_first
    }

    /// All from the bottom up who together have fewer votes than the next one. A single one is no batch.
    fn batch(&self, votes: &[(u16, Amount)]) -> Vec<u16> {
        let mut sorted = votes.to_vec();
        sorted.sort_by_key(|(_, votes)| *votes);
        let mut seen = 0;
        let mut sum = Amount::ZERO;
        // How many go, and how many went before that was last raised.
        let (mut out, mut before) = (0, 0);
        for level in sorted.chunk_by(|one, other| one.1 == other.1) {
            if sum < level[0].1 && seen > out {
                (before, out) = (out, seen);
            }
            sum = level.iter().fold(sum, |sum, (_, votes)| sum.plus(*votes));
            seen += level.len();
        }
        // Two must be left where rounds go on until two are.
        if self.rules.continues_until_two && out + self.eliminated() + 1 == self.candidates() {
            out = before;
        }
        if out > 1 { sorted[..out].iter().map(|(place, _)| *place).collect() } else { Vec::new() }
    }

    /// The candidate with the fewest votes.
    fn last(&mut self, votes: &[(u16, Amount)], round: &mut Round) -> Result<u16, CannotCount> {
        let fewest = votes.iter().map(|(_, votes)| *votes).min().unwrap_or(Amount::ZERO);
        let level: Vec<u16> = votes.iter().filter(|(_, votes)| *votes == fewest).map(|(place, _)| *place).collect();
        if let [only] = level.as_slice() {
            return Ok(*only);
        }
        let cut = self.ties.cut(false, level, fewest, &self.rounds)?;
        let picked = cut.picked;
        round.tie = Some(cut);
        Ok(picked)
    }
}
