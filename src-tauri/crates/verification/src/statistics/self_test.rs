//! How often the tests speak up: in honest elections, where it is an error, and in attacked ones, where it is their purpose.

use domain::Job;
use rayon::prelude::*;

use super::draws::{Draws, Effort};
use super::family::{Answer, What, examine};
use super::float;
use super::simulate::{Attack, Simulated};

/// Draws for each p-value of a simulated election. Fewer than an audit takes: sequential p-values are valid at any effort, so the
/// share of false findings is bounded alike and power is told a little too low.
pub const EFFORT: Effort = Effort::SHORT;
/// Attacks that are planted.
pub const ATTACKS: [Attack; 6] = [
    Attack::Stuffing { minutes: 2 },
    Attack::Stuffing { minutes: 10 },
    Attack::Stuffing { minutes: 60 },
    Attack::Script,
    Attack::OneAddress,
    Attack::Excluding,
];
/// Votes that an attack plants.
pub const VOTES: [u64; 4] = [5, 10, 20, 40];

/// Elections in which something was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flagged {
    /// Elections that were looked at.
    pub elections: u64,
    /// Elections with any finding.
    pub any: u64,
    /// Elections with a burst.
    pub burst: u64,
    /// Elections with many ballots of an address.
    pub concentration: u64,
    /// Elections with a cadence, or a rhythm of an address.
    pub rhythm: u64,
    /// Elections with a run of equal choices or a drifting share.
    pub order: u64,
    /// Elections with exclusions that depend on the choice.
    pub excluded: u64,
    /// Elections with a credential that was opened too often.
    pub openings: u64,
}

impl Flagged {
    /// Share of elections with any finding.
    pub fn share(&self) -> f64 {
        float(self.any) / float(self.elections.max(1))
    }

    /// Wilson's interval of the share at 95 %.
    pub fn interval(&self) -> (f64, f64) {
        let (count, share, z) = (float(self.elections.max(1)), self.share(), 1.959_963_985_f64);
        let middle = share + z * z / (2.0 * count);
        let half = z * (share * (1.0 - share) / count + z * z / (4.0 * count * count)).sqrt();
        let by = 1.0 + z * z / count;
        (((middle - half) / by).max(0.0), ((middle + half) / by).min(1.0))
    }

    fn add(mut self, other: Self) -> Self {
        self.elections += other.elections;
        self.any += other.any;
        self.burst += other.burst;
        self.concentration += other.concentration;
        self.rhythm += other.rhythm;
        self.order += other.order;
        self.excluded += other.excluded;
        self.openings += other.openings;
        self
    }

    /// One election; only findings that `is_meant` count.
    fn of(answer: &Answer, is_meant: impl Fn(&What) -> bool) -> Self {
        let has = |is: fn(&What) -> bool| {
            u64::from(answer.unusual.iter().any(|unusual| is(&unusual.what) && is_meant(&unusual.what)))
        };
        Self {
            elections: 1,
            any: has(|_| true),
            burst: has(|what| matches!(what, What::Burst(_))),
            concentration: has(|what| matches!(what, What::Concentration(_))),
            rhythm: has(|what| matches!(what, What::Cadence(_) | What::Rhythm(_))),
            order: has(|what| matches!(what, What::Run(..) | What::Drift(..))),
            excluded: has(|what| matches!(what, What::Excluded(..))),
            openings: has(|what| matches!(what, What::Openings(_))),
        }
    }
}

/// How often an attack of some votes was found: by a finding that names the planted votes or their address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Power {
    /// The attack.
    pub attack: Attack,
    /// Votes planted.
    pub votes: u64,
    /// Elections in which it was found.
    pub found: Flagged,
}

/// The answer of a self-test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Seed of all draws.
    pub seed: u64,
    /// Honest elections, events and offices told.
    pub honest: Flagged,
    /// The same elections with nothing told.
    pub untold: Flagged,
    /// Attacked elections.
    pub power: Vec<Power>,
}

impl Outcome {
    /// Whether honest elections are flagged no more often than the level allows, sampling error aside.
    pub fn holds(&self) -> bool {
        self.honest.interval().0 <= super::family::LEVEL
    }
}

/// Simulates honest elections, and a fifth as many for each attack and size. `None` where the job was stopped.
pub fn self_test(elections: u64, seed: u64, job: &dyn Job) -> Option<Outcome> {
    let mut seeds = Draws::new(seed);
    let run = |count: u64, seeds: &mut Draws, of: &(dyn Fn(&mut Draws) -> Flagged + Sync)| {
        let seeds: Vec<u64> = (0..count).map(|_| seeds.next_u64()).collect();
        let found = seeds.into_par_iter().map(|seed| {
            if job.is_cancelled() {
                return Flagged::default();
            }
            let flagged = of(&mut Draws::new(seed));
            job.advance(1);
            flagged
        });
        // Sums do not depend on the order.
        let found = found.reduce(Flagged::default, Flagged::add);
        (!job.is_cancelled()).then_some(found)
    };
    let honest = |is_told: bool| {
        move |draws: &mut Draws| {
            let election = Simulated::honest(draws);
            let seen = election.seen(is_told);
            Flagged::of(&examine(&election.observed(&seen), EFFORT, draws), |_| true)
        }
    };
    job.begin("Honest elections", Some(elections));
    let told = run(elections, &mut seeds, &honest(true))?;
    let some = (elections / 5).max(1);
    job.begin("Honest elections with nothing told", Some(some));
    // The same seeds, so the same elections.
    let untold = run(some, &mut Draws::new(seed), &honest(false))?;
    let mut power = Vec::new();
    job.begin("Attacked elections", Some(some * 24));
    for attack in ATTACKS {
        for votes in VOTES {
            let found = run(some, &mut seeds, &|draws: &mut Draws| {
                let mut election = Simulated::honest(draws);
                election.plant(attack, votes, draws);
                let seen = election.seen(true);
                let answer = examine(&election.observed(&seen), EFFORT, draws);
                Flagged::of(&answer, |what| match what {
                    What::Burst(burst) => election.is_planted(burst.from, burst.to) && attack != Attack::OneAddress,
                    What::Concentration(at) | What::Rhythm(at) => seen.planted == Some(*at),
                    // A run is the attacker's, whichever votes of it were planted; so is a share that moves with them.
                    What::Run(..) | What::Drift(..) => attack != Attack::Excluding,
                    What::Excluded(..) => attack == Attack::Excluding,
                    What::Cadence(_) | What::Openings(_) => false,
                })
            })?;
            power.push(Power { attack, votes, found });
        }
    }
    Some(Outcome { seed, honest: told, untold, power })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `SCRUTINEER_HARDEN` set, as many elections as the printed table.
    fn elections() -> u64 {
        if std::env::var_os("SCRUTINEER_HARDEN").is_some_and(|value| !value.is_empty()) { 1000 } else { 200 }
    }

    #[test]
    fn honest_elections_are_flagged_no_more_often_than_stated_and_attacks_are_found() {
        let outcome = self_test(elections(), 2026, &domain::Unwatched).expect("nobody stops it");
        assert!(outcome.holds(), "{:?} of honest elections, {:?}", outcome.honest, outcome.honest.interval());
        // The test of the test: what breaks the null is seen, so honest elections are quiet for a reason.
        assert!(outcome.untold.share() > 0.5, "{:?}", outcome.untold);
        let found = |attack: Attack, votes: u64| {
            let power = outcome.power.iter().find(|power| power.attack == attack && power.votes == votes);
            power.expect("in the table").found.share()
        };
        assert!(found(Attack::Stuffing { minutes: 2 }, 20) > 0.9);
        assert!(found(Attack::Stuffing { minutes: 10 }, 40) > 0.9);
        assert!(found(Attack::Script, 20) > 0.9);
        assert!(found(Attack::OneAddress, 20) > 0.9);
        assert!(found(Attack::Excluding, 40) > 0.8);
        for attack in ATTACKS {
            assert!(found(attack, 5) <= found(attack, 40), "{attack:?}: more votes are seen better");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_answer() {
        let run = || self_test(10, 7, &domain::Unwatched).expect("nobody stops it");
        assert_eq!(run(), run());
        assert_ne!(run().seed, self_test(1, 8, &domain::Unwatched).expect("nobody stops it").seed);
    }

    #[test]
    fn wilson_s_interval_is_that_of_the_tables() {
        // 50 of 1,000: 3.81 % to 6.53 %.
        let (low, high) = Flagged { elections: 1000, any: 50, ..Flagged::default() }.interval();
        assert!((low - 0.0381).abs() < 5e-5 && (high - 0.0653).abs() < 5e-5, "{low} {high}");
    }
}
