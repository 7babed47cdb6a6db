//! Bursts: Kulldorff's scan statistic over windows up to half an hour.
//!
//! The voting time is cut into stretches of about an hour. Null: given how many ballots each stretch has, they lie evenly
//! in it. So night and day, the days since letters went out, and any other change that takes hours is no burst; nor is stuffing
//! that takes an hour or more, which this test cannot see. p by Monte Carlo over the same counts of the stretches, and by
//! the largest window of each replicate, which corrects for all windows. What breaks the null: whatever brings people within minutes
//! (a reminder, a meeting, a closing queue). Such times are told as known events and are left out.

use std::collections::BTreeMap;

use super::draws::{Draws, Effort, sequential_p};
use super::{float, seconds};

/// A window with more ballots than expected.
#[derive(Clone, Debug, PartialEq)]
pub struct Burst {
    /// Second of its first ballot.
    pub from: i64,
    /// Second of its last ballot.
    pub to: i64,
    /// Ballots in it.
    pub votes: u64,
    /// Ballots expected in it.
    pub expected: f64,
    /// p-value, corrected for all windows of the election.
    pub p: f64,
}

/// Seconds of a stretch, as near as the voting time allows.
const STRETCH: i64 = 3600;
/// Cells of a stretch.
const CELLS: i64 = 60;
/// Cells that a window may have: up to half a stretch.
const WIDTHS: [usize; 10] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 30];
/// Ballots below which a window is none.
const FEW: u64 = 3;
/// Ballots of a stretch from which replicates draw the counts of its cells instead of single ballots.
const MANY: u64 = 1200;
/// Ballots below which no burst is looked for.
const LEAST: u64 = 5;

/// About an hour of voting time.
struct Stretch {
    /// First unit of time.
    start: i64,
    /// Units of time.
    length: i64,
    first_cell: usize,
    cells: i64,
    ballots: u64,
    /// Stretches between the same two events.
    segment: usize,
}

/// Voting time without known events, in cells.
struct Axis {
    stretches: Vec<Stretch>,
    /// Of each cell its stretch and its units.
    cells: Vec<(usize, i64)>,
}

impl Axis {
    fn new(segments: &[(i64, i64)], unit: i64) -> Self {
        let (mut stretches, mut cells) = (Vec::new(), Vec::new());
        for (segment, (first, last)) in segments.iter().enumerate() {
            let length = last - first + 1;
            let parts = ((length * unit + STRETCH / 2) / STRETCH).max(1);
            for part in 0..parts {
                let (start, end) = (first + length * part / parts, first + length * (part + 1) / parts);
                let count = CELLS.min(end - start);
                let first_cell = cells.len();
                for cell in 0..count {
                    let at = |cell: i64| (end - start) * cell / count;
                    cells.push((stretches.len(), at(cell + 1) - at(cell)));
                }
                stretches.push(Stretch { start, length: end - start, first_cell, cells: count, ballots: 0, segment });
            }
        }
        Self { stretches, cells }
    }

    /// The cell of a unit of time within a stretch.
    fn cell(stretch: &Stretch, offset: i64) -> usize {
        // The largest cell whose first unit, length * cell / cells rounded down, is not behind the offset.
        let cell = ((offset + 1) * stretch.cells - 1) / stretch.length;
        stretch.first_cell + usize::try_from(cell).unwrap_or(0)
    }

    /// Ballots by cell.
    fn count(&mut self, ballots: &[(i64, u32)]) -> Vec<u64> {
        let mut counts = vec![0u64; self.cells.len()];
        for (at, ballots) in ballots {
            let Some(stretch) = self.stretches.partition_point(|stretch| stretch.start <= *at).checked_sub(1) else {
                continue;
            };
            let stretch = &mut self.stretches[stretch];
            counts[Self::cell(stretch, *at - stretch.start)] += u64::from(*ballots);
            stretch.ballots += u64::from(*ballots);
        }
        counts
    }

    /// Lays the ballots of each stretch out anew.
    fn draw(&self, draws: &mut Draws, counts: &mut [u64]) {
        counts.fill(0);
        for stretch in &self.stretches {
            let cells = stretch.first_cell..stretch.first_cell + usize::try_from(stretch.cells).unwrap_or(0);
            if stretch.ballots >= MANY {
                let shares: Vec<f64> = self.cells[cells.clone()]
                    .iter()
                    .map(|(_, units)| seconds(*units) / seconds(stretch.length))
                    .collect();
                draws.scatter(stretch.ballots, &shares, &mut counts[cells]);
                continue;
            }
            for _ in 0..stretch.ballots {
                let offset = draws.below(u64::try_from(stretch.length).unwrap_or(1));
                counts[Self::cell(stretch, i64::try_from(offset).unwrap_or(0))] += 1;
            }
        }
    }

    /// The window with the largest log likelihood ratio: (ratio, first cell, last cell, expected).
    fn best(&self, counts: &[u64]) -> Option<(f64, usize, usize, f64)> {
        let mut best: Option<(f64, usize, usize, f64)> = None;
        for first in (0..counts.len()).filter(|cell| counts[*cell] > 0) {
            let home = &self.stretches[self.cells[first].0];
            // Ballots and units of the window, apart for its stretch and the next one.
            let (mut inside, mut own, mut next, mut done) = (0u64, 0i64, 0i64, 0usize);
            for width in WIDTHS {
                let last = first + width - 1;
                let Some((end, _)) = self.cells.get(last) else { break };
                let other = &self.stretches[*end];
                if other.segment != home.segment || *end > self.cells[first].0 + 1 {
                    break;
                }
                let added = first + done..=last;
                for ((stretch, units), ballots) in self.cells[added.clone()].iter().zip(&counts[added]) {
                    inside += ballots;
                    *(if *stretch == self.cells[first].0 { &mut own } else { &mut next }) += units;
                }
                done = width;
                if inside < FEW {
                    continue;
                }
                let (mut all, mut expected) = (home.ballots, float(home.ballots) * seconds(own) / seconds(home.length));
                if next > 0 {
                    all += other.ballots;
                    expected += float(other.ballots) * seconds(next) / seconds(other.length);
                }
                let here = float(inside);
                if here <= expected {
                    continue;
                }
                let outside = float(all - inside);
                let rest = if outside > 0.0 { outside * (outside / (float(all) - expected)).ln() } else { 0.0 };
                let score = here * (here / expected).ln() + rest;
                if best.is_none_or(|(other, ..)| score > other) {
                    best = Some((score, first, last, expected));
                }
            }
        }
        best
    }
}

/// The unit that times are stored in, in seconds: 60 where none has seconds.
pub(super) fn unit_of<'a>(mut times: impl Iterator<Item = &'a i64>) -> i64 {
    if times.all(|time| time.rem_euclid(60) == 0) { 60 } else { 1 }
}

/// Time from first to last without events, in units, both ends included.
fn segments(first: i64, last: i64, events: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut sorted = events.to_vec();
    sorted.sort_unstable();
    let (mut segments, mut from) = (Vec::new(), first);
    for (start, end) in sorted {
        if start > from {
            segments.push((from, (start - 1).min(last)));
        }
        from = from.max(end.saturating_add(1));
    }
    segments.push((from, last));
    segments.retain(|(from, to)| from <= to);
    segments
}

/// Scans for the most unusual burst. `ballots` by their second; `events` are first and last seconds that are left out.
///
/// Returns `None` for fewer than 5 ballots outside of events, or where no window holds more than expected.
pub fn scan(ballots: &BTreeMap<i64, u32>, events: &[(i64, i64)], effort: Effort, draws: &mut Draws) -> Option<Burst> {
    let unit = unit_of(ballots.keys());
    let in_units: Vec<(i64, i64)> =
        events.iter().map(|(from, to)| (from.div_euclid(unit), to.div_euclid(unit))).collect();
    let is_known = |at: i64| in_units.iter().any(|(from, to)| (*from..=*to).contains(&at));
    let kept: Vec<(i64, u32)> = ballots
        .iter()
        .map(|(second, count)| (second.div_euclid(unit), *count))
        .filter(|(at, _)| !is_known(*at))
        .collect();
    if kept.iter().map(|(_, count)| u64::from(*count)).sum::<u64>() < LEAST {
        return None;
    }
    let ((first, _), (last, _)) = (kept.first()?, kept.last()?);
    let mut axis = Axis::new(&segments(*first, *last, &in_units), unit);
    let counts = axis.count(&kept);
    let (score, first, last, expected) = axis.best(&counts)?;
    let mut simulated = vec![0u64; counts.len()];
    let p = sequential_p(effort, || {
        axis.draw(draws, &mut simulated);
        axis.best(&simulated).is_some_and(|(other, ..)| other >= score)
    });
    let start = |cell: usize| {
        let stretch = &axis.stretches[axis.cells[cell].0];
        let before: i64 = axis.cells[stretch.first_cell..cell].iter().map(|(_, units)| units).sum();
        stretch.start + before
    };
    // Told from its first ballot to its last.
    let (from, to) = (start(first), start(last) + axis.cells[last].1 - 1);
    let mut inside = ballots.range(from * unit..(to + 1) * unit).map(|(second, _)| *second);
    let from = inside.next()?;
    Some(Burst { from, to: inside.next_back().unwrap_or(from), votes: counts[first..=last].iter().sum(), expected, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_second(times: impl IntoIterator<Item = i64>) -> BTreeMap<i64, u32> {
        let mut ballots = BTreeMap::new();
        for time in times {
            *ballots.entry(time).or_default() += 1;
        }
        ballots
    }

    #[test]
    fn very_many_votes_show_a_burst_and_only_a_burst() {
        let mut counts: BTreeMap<i64, u32> = (0..36_000).map(|second| (second, 3)).collect();
        let even = scan(&counts, &[], Effort::SHORT, &mut Draws::new(1));
        assert!(even.is_none_or(|burst| burst.p > 0.05), "an even flow is no burst");
        for second in 20_000..20_200 {
            *counts.entry(second).or_default() += 12;
        }
        let burst = scan(&counts, &[], Effort::SHORT, &mut Draws::new(1)).expect("a burst");
        assert!(burst.p <= 0.001 && burst.from <= 20_000 && burst.to >= 20_150 && burst.to < 20_300, "{burst:?}");
    }

    #[test]
    fn evenly_spread_votes_are_no_burst_and_a_cluster_is() {
        let even: Vec<i64> = (0..60).map(|index| index * 300 + index * index % 97).collect();
        let burst = scan(&by_second(even.clone()), &[], Effort::FULL, &mut Draws::new(1));
        assert!(burst.is_none_or(|burst| burst.p > 0.05));
        let ballots = by_second(even.into_iter().chain((0..18).map(|index| 9_000 + index * 7)));
        let burst = scan(&ballots, &[], Effort::FULL, &mut Draws::new(1)).expect("a burst");
        assert!(burst.p <= 0.001 && burst.votes >= 18 && burst.from <= 9_000 && burst.to >= 9_119, "{burst:?}");
        // The same minutes told as an event; the rest is as even as before.
        let told = scan(&ballots, &[(8_900, 9_200)], Effort::FULL, &mut Draws::new(1));
        assert!(told.is_none_or(|burst| burst.p > 0.05));
        // An event elsewhere hides nothing.
        let elsewhere = scan(&ballots, &[(3_000, 4_000)], Effort::FULL, &mut Draws::new(1)).expect("a burst");
        assert!(elsewhere.p <= 0.001, "{elsewhere:?}");
    }

    #[test]
    fn day_and_night_are_no_burst() {
        // Ten days with 40 votes evenly from 9 to 17 o'clock, none at night.
        let times =
            (0..10).flat_map(|day| (0..40).map(move |vote| day * 86_400 + 32_400 + vote * 720 + vote * 31 % 300));
        let burst = scan(&by_second(times), &[], Effort::FULL, &mut Draws::new(3));
        assert!(burst.as_ref().is_none_or(|burst| burst.p > 0.05), "{burst:?}");
    }

    #[test]
    fn every_unit_of_time_lies_in_one_cell_as_long_as_it_says() {
        let mut axis = Axis::new(&segments(100, 7_900, &[(3_000, 3_010), (50, 120), (7_900, 8_000)]), 1);
        assert_eq!(axis.cells.iter().map(|(_, units)| units).sum::<i64>(), 7_801 - 21 - 11 - 1);
        let every: Vec<(i64, u32)> = (121..3_000).chain(3_011..7_900).map(|at| (at, 1)).collect();
        let counts = axis.count(&every);
        let units: Vec<u64> = axis.cells.iter().map(|(_, units)| u64::try_from(*units).expect("positive")).collect();
        assert_eq!(counts, units);
    }
}
