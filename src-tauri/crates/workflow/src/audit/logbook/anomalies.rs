//! Times and addresses of votes against what chance would give.

use domain::{Finding, FindingCode, Instant};
use store::Reader;
use verification::statistics::Draws;
use verification::statistics::addresses::address_p;
use verification::statistics::family::{
    Address, Answer, LEVEL, MIN_RHYTHM, MOST_TIMES, Observed, SMALL, Unusual, What, can_ask_rhythm, effort_of, examine,
};

use super::known::Known;
use super::pass::Ties;
use super::ties::{self, Addresses, Voters};
use crate::Error;

/// What is looked at.
pub(crate) struct Ground<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) ties: &'a Ties,
    pub(crate) election: u32,
    pub(crate) voters: &'a Voters,
    pub(crate) addresses: &'a Addresses,
    /// Events and shared addresses that a person told of.
    pub(crate) known: &'a Known,
    /// Seed of the random draws; it is printed.
    pub(crate) seed: u64,
}

/// What was looked at, for the claim.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Looked {
    /// Ballots with a time.
    pub(crate) ballots: u64,
    pub(crate) tests: u64,
}

impl Ground<'_> {
    /// Looks at bursts, addresses and rhythms.
    pub(crate) fn check(&self) -> Result<(Vec<Finding>, Looked), Error> {
        let ballots: u64 = self.voters.ballots.values().map(|count| u64::from(*count)).sum();
        let effort = effort_of(ballots);
        let told: Vec<u128> = self.known.addresses.iter().map(|(address, _)| self.key_of(address)).collect();
        let told_ballots =
            if told.is_empty() { Default::default() } else { ties::times_of(self.ties, &told, usize::MAX)? };
        let told_ballots: Vec<usize> = told_ballots.values().map(Vec::len).filter(|ballots| *ballots > 0).collect();

        let rest = |all: usize, told: usize| u64::try_from(all.saturating_sub(told)).unwrap_or(u64::MAX);
        let address_ballots = rest(self.addresses.ballots, told_ballots.iter().sum());
        let address_count = rest(self.addresses.ballot_addresses, told_ballots.len());
        let mut shared = self.addresses.shared.clone();
        shared.retain(|address| !told.contains(&address.key));
        let count_of = |address: &ties::Address| u64::try_from(address.count).unwrap_or(u64::MAX);
        let rhythmic: Vec<u128> =
            shared.iter().filter(|address| count_of(address) >= MIN_RHYTHM).map(|address| address.key).collect();
        let mut times = if can_ask_rhythm(u64::try_from(rhythmic.len()).unwrap_or(u64::MAX), effort) {
            ties::times_of(self.ties, &rhythmic, MOST_TIMES)?
        } else {
            Default::default()
        };
        // Of very many addresses only those are named that can be found: Holm's factor never falls below the tests that are
        // certainly not rejected.
        let p_of = |address: &ties::Address| address_p(count_of(address), address_ballots, address_count);
        let small = shared.iter().filter(|address| p_of(address) <= LEVEL).count();
        let factor = rest(usize::try_from(address_count).unwrap_or(usize::MAX), small);
        #[allow(clippy::cast_precision_loss, reason = "a number of addresses")]
        shared.retain(|address| {
            let p = p_of(address);
            times.contains_key(&address.key) || p <= LEVEL && p * factor as f64 <= LEVEL
        });
        // In the order of their texts, so that draws do not depend on how the rows were written.
        let texts = ties::address_texts(self.reader, &shared)?;
        let mut named: Vec<(String, ties::Address)> = texts.into_iter().zip(shared).collect();
        named.sort_by(|left, right| left.0.cmp(&right.0));
        let addresses: Vec<Address> = named
            .iter()
            .map(|(_, address)| Address {
                ballots: count_of(address),
                times: times.remove(&address.key).unwrap_or_default(),
            })
            .collect();
        let events: Vec<(i64, i64)> =
            self.known.events.iter().map(|event| (event.from.seconds(), event.to.seconds())).collect();
        let observed = Observed {
            ballots: &self.voters.ballots,
            events: &events,
            addresses: &addresses,
            address_ballots,
            address_count,
        };
        let answer = examine(&observed, effort, &mut Draws::new(self.seed));
        let mut findings = Vec::new();
        for unusual in &answer.unusual {
            findings.push(self.finding(unusual, &answer, &observed, &named, ballots)?);
        }
        Ok((findings, Looked { ballots, tests: answer.tests }))
    }

    /// The key of an address on the piles.
    fn key_of(&self, address: &str) -> u128 {
        u128::from(self.election) << 64 | u128::from(self.ties.prints.short(address) | 1)
    }

    fn finding(
        &self,
        unusual: &Unusual,
        answer: &Answer,
        observed: &Observed<'_>,
        named: &[(String, ties::Address)],
        ballots: u64,
    ) -> Result<Finding, Error> {
        let (code, detail, address) = match &unusual.what {
            What::Burst(burst) => (
                FindingCode::Burst,
                format!(
                    "{} ballots between {} and {}, where {:.1} would be expected if the ballots of each hour came evenly.",
                    burst.votes,
                    Instant::from_seconds(burst.from).to_display(),
                    Instant::from_seconds(burst.to).to_display(),
                    burst.expected,
                ),
                None,
            ),
            What::Cadence(variation) => (
                FindingCode::TooRegular,
                format!(
                    "The gaps between the ballots of this election are nearly constant (coefficient of variation {variation:.2}, people's are near 1)."
                ),
                None,
            ),
            What::Concentration(at) => (
                FindingCode::AddressConcentration,
                format!(
                    "{} of {} ballots came from address {}; {} addresses were seen; neither an even spread nor households of any size explain it.",
                    named[*at].1.count, observed.address_ballots, named[*at].0, observed.address_count,
                ),
                Some(&named[*at]),
            ),
            What::Rhythm(at) => (
                FindingCode::TooRegular,
                format!(
                    "The gaps between {} ballots from address {} vary less than people's do.",
                    named[*at].1.count, named[*at].0,
                ),
                Some(&named[*at]),
            ),
        };
        let small = if ballots < SMALL {
            " With fewer than 100 ballots these tests have little power: what they do not name they cannot tell."
        } else {
            ""
        };
        let detail = format!(
            "{detail} p = {}, corrected (Holm) for all {} tests of this election {}, level {LEVEL}, seed {}.{}{small}",
            chance(unusual.p),
            answer.tests,
            chance(unusual.corrected),
            self.seed,
            self.known.told(),
        );
        let votes = match (&unusual.what, address) {
            (_, Some((_, address))) => ties::votes_from(self.ties, address.key)?,
            (What::Burst(burst), None) => ties::votes_between(self.ties, self.election, burst.from, burst.to)?,
            _ => ties::votes_between(self.ties, self.election, i64::MIN, i64::MAX)?,
        };
        let finding = Finding::new(code, detail).with_votes(votes.into_iter().collect());
        Ok(match address {
            Some((text, _)) => finding.about(format!("address:{text}"), None),
            None => finding,
        })
    }
}

/// A p-value with the digits that matter.
fn chance(p: f64) -> String {
    if p < 0.0001 { "below 0.0001".to_owned() } else { format!("{p:.4}") }
}
