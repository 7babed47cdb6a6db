//! Simulated elections: honest ones, and such with planted votes.
//!
//! Honest means: 150 to 600 people over three to ten days; ordinary ones come independently, at a rate that follows the hour of the day
//! (interpolated, so that it changes within each hour) and falls off with the days. A fifth or so votes within three hours of the letter
//! that opens voting, others after one to three reminders: these times are told as known events. One to three offices of 8 to 40
//! people share an address and are told. All others live in households of one to five, of whom two in five vote
//! shortly after the one before; one in twenty leaves no address. So the null of the tests is not granted: rates drift within the
//! hour, households are no geometric draw, and couples come together.
//!
//! There are two to five choices with drawn shares; in a household every second one chooses as the one before. Up to twelve votes
//! are left out, whatever their choice, and people open their letters' links once or a few times. Planted votes are all for one
//! choice.

use std::collections::BTreeMap;

use super::draws::Draws;
use super::family::{Address, Contest, MIN_RHYTHM, MIN_SHARED, Observed};
use super::{float, seconds};

/// Share of the day's busiest rate at each full hour.
const HOURS: [f64; 24] = [
    0.06, 0.03, 0.02, 0.02, 0.02, 0.05, 0.15, 0.35, 0.60, 0.80, 0.90, 0.85, 0.80, 0.75, 0.70, 0.70, 0.75, 0.85, 0.95,
    1.00, 0.95, 0.70, 0.40, 0.15,
];
/// Of a hundred households, how many have at least one, two, ... more people than one.
const LARGER: [u64; 4] = [38, 11, 4, 1];
/// Seconds after a letter that are told as its event.
const EVENT: i64 = 3 * 3600;
/// Mean seconds between letter and vote.
const ANSWER: f64 = 2700.0;
/// Mean seconds between people of one household who vote together.
const TOGETHER: f64 = 900.0;

/// What somebody plants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Votes at drawn moments of a few minutes, each from an address of its own, at an hour that people vote in, outside events.
    Stuffing {
        /// Minutes that they take.
        minutes: i64,
    },
    /// Votes of one address, each one to four minutes after the one before, the same gap with a jitter of 5 %.
    Script,
    /// Votes of one address, spread over the days as people's are.
    OneAddress,
    /// Votes of the choice that leads are left out; none is planted.
    Excluding,
}

/// One address of a simulated election.
struct Site {
    times: Vec<i64>,
    is_told: bool,
}

/// A simulated election.
pub struct Simulated {
    ballots: BTreeMap<i64, u32>,
    events: Vec<(i64, i64)>,
    sites: Vec<Site>,
    opens: i64,
    closes: i64,
    /// Seconds that planted votes took, and their address where they share one.
    planted: Option<((i64, i64), Option<usize>)>,
    /// Votes with their second and choice.
    votes: Vec<(i64, u32)>,
    /// Bounds of the choices within 0 to 1.
    bounds: Vec<f64>,
    /// Votes left out, by choice.
    excluded: BTreeMap<u32, u64>,
    openings: Vec<u64>,
}

/// What the tests are given of a simulated election.
pub struct Seen {
    addresses: Vec<Address>,
    events: Vec<(i64, i64)>,
    address_ballots: u64,
    address_count: u64,
    contests: Vec<Contest>,
    /// Place of the planted address among the addresses.
    pub planted: Option<usize>,
}

impl Simulated {
    /// Draws an honest election.
    pub fn honest(draws: &mut Draws) -> Self {
        let people = 150 + draws.below(451);
        let days = 3 + whole(draws.below(8));
        let opens = (7 + whole(draws.below(13))) * 3600 + whole(draws.below(3600));
        let mut election = Self {
            ballots: BTreeMap::new(),
            events: Vec::new(),
            sites: Vec::new(),
            opens,
            closes: opens + days * 86_400,
            planted: None,
            votes: Vec::new(),
            bounds: bounds(draws),
            excluded: BTreeMap::new(),
            openings: Vec::new(),
        };
        // Letters with the share of people who answer each of them.
        let mut letters = vec![(opens, 0.15 + 0.15 * draws.unit())];
        for _ in 0..=draws.below(3) {
            let day = 1 + whole(draws.below(u64::try_from(days - 1).unwrap_or(1)));
            let at = day * 86_400 + (8 + whole(draws.below(12))) * 3600 + whole(draws.below(3600));
            letters.push((at.min(election.closes - EVENT), 0.05 + 0.15 * draws.unit()));
        }
        election.events = letters.iter().map(|(at, _)| (*at, at + EVENT)).collect();
        let mut left = people;
        for _ in 0..=draws.below(3) {
            let office = 8 + draws.below(33);
            let times = (0..office).map(|_| election.moment(&letters, draws)).collect();
            election.sites.push(Site { times, is_told: true });
            left = left.saturating_sub(office);
        }
        while left > 0 {
            let drawn = draws.below(100);
            let more = LARGER.iter().filter(|share| drawn < **share).count();
            let size = u64::try_from(more + 1).unwrap_or(1).min(left);
            left -= size;
            let mut times = vec![election.moment(&letters, draws)];
            for _ in 1..size {
                let after = times[times.len() - 1] + exponential(TOGETHER, draws);
                let alone = draws.unit() > 0.4 || after > election.closes;
                times.push(if alone { election.moment(&letters, draws) } else { after });
            }
            if draws.unit() > 0.05 {
                election.sites.push(Site { times, is_told: false });
            } else {
                election.cast(&times, &Choosing::Household, draws);
            }
        }
        for site in std::mem::take(&mut election.sites) {
            let choosing = if site.is_told { Choosing::Alone } else { Choosing::Household };
            election.add(site, &choosing, draws);
        }
        for _ in 0..draws.below(13) {
            let at = usize::try_from(draws.below(u64::try_from(election.votes.len()).unwrap_or(1))).unwrap_or(0);
            let (_, choice) = election.votes.swap_remove(at);
            *election.excluded.entry(choice).or_default() += 1;
        }
        election.openings = (0..people).map(|_| 1 + u64::from(draws.unit() < 0.3) * (1 + draws.below(3))).collect();
        election
    }

    fn cast(&mut self, times: &[i64], choosing: &Choosing, draws: &mut Draws) {
        let mut before = None;
        for time in times {
            *self.ballots.entry(*time).or_default() += 1;
            let drawn = draws.unit();
            let own = u32::try_from(self.bounds.iter().filter(|bound| drawn > **bound).count()).unwrap_or(0);
            let choice = match (choosing, before) {
                (Choosing::All(choice), _) => *choice,
                (Choosing::Household, Some(before)) if draws.unit() < 0.5 => before,
                _ => own,
            };
            before = Some(choice);
            self.votes.push((*time, choice));
        }
    }

    fn add(&mut self, mut site: Site, choosing: &Choosing, draws: &mut Draws) {
        site.times.sort_unstable();
        self.cast(&site.times, choosing, draws);
        self.sites.push(site);
    }

    /// Leaves votes of the choice that leads out.
    fn exclude(&mut self, votes: u64) {
        let mut by_choice: BTreeMap<u32, u64> = BTreeMap::new();
        for (_, choice) in &self.votes {
            *by_choice.entry(*choice).or_default() += 1;
        }
        let Some((leader, _)) = by_choice.into_iter().max_by_key(|(_, votes)| *votes) else { return };
        let mut left = votes;
        self.votes.retain(|(_, choice)| {
            let goes = *choice == leader && left > 0;
            left -= u64::from(goes);
            !goes
        });
        *self.excluded.entry(leader).or_default() += votes - left;
    }

    /// When one person votes: after a letter, or as the hours and days go.
    fn moment(&self, letters: &[(i64, f64)], draws: &mut Draws) -> i64 {
        let mut drawn = draws.unit();
        for (at, share) in letters {
            if drawn <= *share {
                loop {
                    let after = exponential(ANSWER, draws);
                    if after <= EVENT {
                        return at + after;
                    }
                }
            }
            drawn -= share;
        }
        self.ordinary(draws)
    }

    /// A moment by hour and day, by thinning.
    fn ordinary(&self, draws: &mut Draws) -> i64 {
        loop {
            let after = whole(draws.below(u64::try_from(self.closes - self.opens).unwrap_or(1)));
            let time = self.opens + after;
            let hour = usize::try_from(time.rem_euclid(86_400) / 3600).unwrap_or(0);
            let part = seconds(time.rem_euclid(3600)) / 3600.0;
            let by_hour = HOURS[hour] * (1.0 - part) + HOURS[(hour + 1) % 24] * part;
            let by_day = 0.25 + 0.75 * (-seconds(after) / (2.5 * 86_400.0)).exp();
            if draws.unit() <= by_hour * by_day {
                return time;
            }
        }
    }

    /// Plants votes.
    pub fn plant(&mut self, attack: Attack, votes: u64, draws: &mut Draws) {
        if attack == Attack::Excluding {
            self.exclude(votes);
            return;
        }
        let choices = u64::try_from(self.bounds.len() + 1).unwrap_or(1);
        let choosing = Choosing::All(u32::try_from(draws.below(choices)).unwrap_or(0));
        let start = loop {
            let start = self.ordinary(draws);
            let is_apart = |(from, to): &(i64, i64)| start > *to || start + 3600 < *from;
            if start + 3600 < self.closes && self.events.iter().all(is_apart) {
                break start;
            }
        };
        let gap = seconds(60 + whole(draws.below(181)));
        let times: Vec<i64> = (0..votes)
            .map(|vote| match attack {
                Attack::Stuffing { minutes } => start + whole(draws.below(u64::try_from(minutes * 60).unwrap_or(1))),
                Attack::Script => start + rounded(gap * (float(vote) + 0.1 * (draws.unit() - 0.5))),
                Attack::OneAddress | Attack::Excluding => self.ordinary(draws),
            })
            .collect();
        let (from, to) = (times.iter().min().copied(), times.iter().max().copied());
        if let Attack::Stuffing { .. } = attack {
            for time in &times {
                self.add(Site { times: vec![*time], is_told: false }, &choosing, draws);
            }
        } else {
            self.add(Site { times, is_told: false }, &choosing, draws);
        }
        let shared = (!matches!(attack, Attack::Stuffing { .. })).then(|| self.sites.len() - 1);
        self.planted = from.zip(to).map(|span| (span, shared));
    }

    /// Whether a burst holds planted votes.
    pub fn is_planted(&self, from: i64, to: i64) -> bool {
        self.planted.is_some_and(|((first, last), _)| from <= last && to >= first)
    }

    /// What the tests see of it; without `is_told` nobody told of events and offices.
    pub fn seen(&self, is_told: bool) -> Seen {
        let mut seen = Seen {
            addresses: Vec::new(),
            events: if is_told { self.events.clone() } else { Vec::new() },
            address_ballots: 0,
            address_count: 0,
            contests: Vec::new(),
            planted: None,
        };
        // Votes of known events are not in the order that is judged.
        let mut order: Vec<(i64, u32)> = self.votes.clone();
        order.retain(|(time, _)| seen.events.iter().all(|(from, to)| time < from || time > to));
        order.sort_by_key(|(time, _)| *time);
        let mut contest =
            Contest { order: order.into_iter().map(|(_, choice)| choice).collect(), ..Contest::default() };
        for (_, choice) in &self.votes {
            contest.votes.entry(*choice).or_default().0 += 1;
        }
        for (choice, votes) in &self.excluded {
            contest.votes.entry(*choice).or_default().1 += votes;
        }
        seen.contests.push(contest);
        for (at, site) in self.sites.iter().enumerate().filter(|(_, site)| !(is_told && site.is_told)) {
            let ballots = u64::try_from(site.times.len()).unwrap_or(u64::MAX);
            seen.address_ballots += ballots;
            seen.address_count += 1;
            if ballots >= MIN_SHARED {
                if self.planted.is_some_and(|(_, shared)| shared == Some(at)) {
                    seen.planted = Some(seen.addresses.len());
                }
                let times = if ballots >= MIN_RHYTHM { site.times.clone() } else { Vec::new() };
                seen.addresses.push(Address { ballots, times });
            }
        }
        seen
    }

    /// The same in the form that the family takes.
    pub fn observed<'a>(&'a self, seen: &'a Seen) -> Observed<'a> {
        Observed {
            ballots: &self.ballots,
            events: &seen.events,
            addresses: &seen.addresses,
            address_ballots: seen.address_ballots,
            address_count: seen.address_count,
            contests: &seen.contests,
            openings: &self.openings,
        }
    }
}

/// How votes of one address are chosen.
enum Choosing {
    Alone,
    /// Every second one as the one before.
    Household,
    /// All of them this one.
    All(u32),
}

/// Upper bounds of two to five choices within 0 to 1, the last left away.
fn bounds(draws: &mut Draws) -> Vec<f64> {
    let parts: Vec<f64> = (0..2 + draws.below(4)).map(|_| 0.1 - draws.unit().ln()).collect();
    let all: f64 = parts.iter().sum();
    let mut sum = 0.0;
    parts[..parts.len() - 1]
        .iter()
        .map(|part| {
            sum += part / all;
            sum
        })
        .collect()
}

fn exponential(mean: f64, draws: &mut Draws) -> i64 {
    rounded(-draws.unit().ln() * mean)
}

#[allow(clippy::cast_possible_truncation, reason = "seconds of an election")]
fn rounded(value: f64) -> i64 {
    value.floor() as i64
}

fn whole(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
