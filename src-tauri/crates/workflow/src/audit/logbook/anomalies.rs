//! Times and addresses of votes against what chance would give.

use domain::{Finding, FindingCode, Instant};
use store::Reader;
use verification::statistics::{Draws, address_p, gap_variation, regularity_p, scan, scan_binned};

use super::pass::Ties;
use super::ties::{self, Addresses, Voters};
use crate::Error;

/// Tests per election; p-values are multiplied by it.
const TESTS: f64 = 4.0;
/// Corrected p-value from which something is reported.
const LEVEL: f64 = 0.01;
/// Ballots below which the rhythm of an election means nothing.
const MIN_BALLOTS: usize = 20;
/// Variation of the gaps below which no queue of people comes.
const MACHINE_VARIATION: f64 = 0.15;
/// Ballots that the rhythm is judged by.
const MAX_BALLOTS: usize = 5000;
/// Votes below which a regular rhythm means nothing.
const MIN_RHYTHM: usize = 8;
/// Ballots from which the scan for bursts counts them in slices of time.
const MANY_BALLOTS: usize = 20_000;
/// Smallest p-value that the random draws of the rhythm can give.
const SMALLEST_P: f64 = 0.001;

/// What is looked at.
pub(crate) struct Ground<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) ties: &'a Ties,
    pub(crate) election: u32,
    pub(crate) voters: &'a Voters,
    pub(crate) addresses: &'a Addresses,
    /// Seed of the random draws; it is printed.
    pub(crate) seed: u64,
}

impl Ground<'_> {
    /// Looks at bursts, addresses and rhythms.
    pub(crate) fn check(&self) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        let mut draws = Draws::new(self.seed);
        findings.extend(self.burst(&mut draws)?);
        findings.extend(self.rhythm(&mut draws)?);
        findings.extend(self.addresses(&mut draws)?);
        Ok(findings)
    }

    fn ballots(&self) -> usize {
        self.voters.ballots.values().map(|count| usize::try_from(*count).unwrap_or(0)).sum()
    }

    /// Times of the first ballots, in order.
    fn times(&self, most: usize) -> Vec<i64> {
        let all = self.voters.ballots.iter().flat_map(|(second, count)| (0..*count).map(move |_| *second));
        all.take(most).collect()
    }

    fn votes_between(&self, from: i64, to: i64) -> Result<domain::Numbers, Error> {
        Ok(ties::votes_between(self.ties, self.election, from, to)?.into_iter().collect())
    }

    fn burst(&self, draws: &mut Draws) -> Result<Option<Finding>, Error> {
        let ballots = &self.voters.ballots;
        let (Some((first, _)), Some((last, _))) = (ballots.first_key_value(), ballots.last_key_value()) else {
            return Ok(None);
        };
        let burst = if self.ballots() <= MANY_BALLOTS {
            scan(&self.times(usize::MAX), (*first, *last), draws)
        } else {
            scan_binned(ballots, (*first, *last), draws)
        };
        let Some(burst) = burst else { return Ok(None) };
        let corrected = (burst.p * TESTS).min(1.0);
        if corrected > LEVEL {
            return Ok(None);
        }
        let finding = Finding::new(
            FindingCode::Burst,
            format!(
                "{} ballots between {} and {}, where {:.1} would be expected if ballots came evenly between the first and the last; p = {:.3}, corrected for {TESTS} tests {corrected:.3}, seed {}.",
                burst.votes,
                Instant::from_seconds(burst.from).to_display(),
                Instant::from_seconds(burst.to).to_display(),
                burst.expected,
                burst.p,
                self.seed,
            ),
        );
        Ok(Some(finding.with_votes(self.votes_between(burst.from, burst.to)?)))
    }

    /// Gaps between all ballots of the election.
    fn rhythm(&self, draws: &mut Draws) -> Result<Option<Finding>, Error> {
        if self.ballots() < MIN_BALLOTS {
            return Ok(None);
        }
        // Whole elections may well be steadier than chance (a queue at a desk): only a machine's cadence is told.
        let times = self.times(MAX_BALLOTS);
        let Some(variation) = gap_variation(&times).filter(|variation| *variation < MACHINE_VARIATION) else {
            return Ok(None);
        };
        let Some(p) = regularity_p(&times, draws) else { return Ok(None) };
        let finding = Finding::new(
            FindingCode::TooRegular,
            format!(
                "The gaps between the ballots of this election are nearly constant (coefficient of variation {variation:.2}, people's are near 1); p = {p:.3}, corrected {:.3}, seed {}.",
                (p * TESTS).min(1.0),
                self.seed
            ),
        );
        Ok(Some(finding.with_votes(self.votes_between(i64::MIN, i64::MAX)?)))
    }

    fn addresses(&self, draws: &mut Draws) -> Result<Vec<Finding>, Error> {
        let all = self.addresses;
        let total = u64::try_from(all.ballots).unwrap_or(u64::MAX);
        let known = u64::try_from(all.ballot_addresses).unwrap_or(u64::MAX);
        let rhythmic: Vec<u128> =
            all.shared.iter().filter(|address| address.count >= MIN_RHYTHM).map(|address| address.key).collect();
        #[allow(clippy::cast_precision_loss, reason = "a number of addresses")]
        let corrections = TESTS * rhythmic.len().max(1) as f64;
        // With more addresses no draw could be rare enough.
        let can_tell = SMALLEST_P * corrections <= LEVEL;
        let times = if can_tell && !rhythmic.is_empty() {
            ties::times_of(self.ties, &rhythmic, MAX_BALLOTS)?
        } else {
            Default::default()
        };
        let suspects: Vec<_> = all
            .shared
            .iter()
            .filter(|address| {
                let count = u64::try_from(address.count).unwrap_or(u64::MAX);
                times.contains_key(&address.key) || address_p(count, total, known) * TESTS <= LEVEL
            })
            .copied()
            .collect();
        let texts = ties::address_texts(self.reader, &suspects)?;
        let mut named: Vec<_> = texts.into_iter().zip(suspects).collect();
        named.sort_by(|left, right| left.0.cmp(&right.0));
        let mut findings = Vec::new();
        for (text, address) in named {
            let name = |code: FindingCode, detail: String| -> Result<Finding, Error> {
                let votes = ties::votes_from(self.ties, address.key)?.into_iter().collect();
                Ok(Finding::new(code, detail).about(format!("address:{text}"), None).with_votes(votes))
            };
            let count = address.count;
            let p = address_p(u64::try_from(count).unwrap_or(u64::MAX), total, known);
            let corrected = (p * TESTS).min(1.0);
            if corrected <= LEVEL {
                findings.push(name(
                    FindingCode::AddressConcentration,
                    format!(
                        "{count} of {total} ballots came from address {text}; {known} addresses were seen; p corrected for all addresses and {TESTS} tests {corrected:.4}."
                    ),
                )?);
            }
            if let Some(p) = times.get(&address.key).and_then(|times| regularity_p(times, draws)) {
                let corrected = (p * corrections).min(1.0);
                if corrected <= LEVEL {
                    findings.push(name(
                        FindingCode::TooRegular,
                        format!(
                            "The gaps between {count} ballots from address {text} vary less than people's do; p = {p:.3}, corrected {corrected:.3}, seed {}.",
                            self.seed
                        ),
                    )?);
                }
            }
        }
        Ok(findings)
    }
}
