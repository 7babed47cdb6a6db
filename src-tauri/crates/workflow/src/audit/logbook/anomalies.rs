//! Times, addresses and order of votes, exclusions and openings of credentials, against what chance would give.

use domain::{Finding, FindingCode, Instant, Numbers, Place};
use importers::logbook::rows::{Candidate, Token};
use store::Reader;
use verification::statistics::Draws;
use verification::statistics::addresses::address_p;
use verification::statistics::choices::{Drift, Excluded, Run};
use verification::statistics::family::{
    Address, Answer, LEVEL, MIN_RHYTHM, MOST_TIMES, Observed, SMALL, Unusual, What, can_ask_rhythm, effort_of, examine,
};

use super::choices::{Choices, Named};
use super::known::Known;
use super::pass::Ties;
use super::ties::{self, Addresses, Voters};
use crate::Error;

/// Openings of a credential that count; more are told, but count as these, so that no absurd figure takes time.
const MOST_OPENINGS: u64 = 10_000;

/// What is looked at.
pub(crate) struct Ground<'a> {
    pub(crate) reader: &'a Reader,
    pub(crate) ties: &'a Ties,
    pub(crate) election: u32,
    pub(crate) voters: &'a Voters,
    pub(crate) addresses: &'a Addresses,
    /// Events and shared addresses that a person told of.
    pub(crate) known: &'a Known,
    pub(crate) choices: &'a Choices,
    pub(crate) candidates: &'a [Candidate],
    pub(crate) tokens: &'a [Token],
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
    /// Asks all questions.
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
        let (contests, contest_names) = self.choices.contests(self.reader, self.known);
        let mut opened: Vec<&Token> =
            self.tokens.iter().filter(|token| !token.is_test && token.access_count > 0).collect();
        opened.sort_by(|left, right| left.id.cmp(&right.id));
        let openings: Vec<u64> =
            opened.iter().map(|token| token.access_count.unsigned_abs().min(MOST_OPENINGS)).collect();
        let observed = Observed {
            ballots: &self.voters.ballots,
            events: &events,
            addresses: &addresses,
            address_ballots,
            address_count,
            contests: &contests,
            openings: &openings,
        };
        let answer = examine(&observed, effort, &mut Draws::new(self.seed));
        let mut findings = Vec::new();
        for unusual in &answer.unusual {
            let told = match &unusual.what {
                What::Run(at, run) => self.run(&contest_names[*at], run),
                What::Drift(at, drift) => self.drift(&contest_names[*at], drift),
                What::Excluded(at, excluded) => self.excluded(&contest_names[*at], excluded),
                What::Openings(at) => self.openings(opened[*at], &openings),
                _ => self.by_time(&unusual.what, &observed, &named)?,
            };
            findings.push(self.finding(told, unusual, &answer, ballots));
        }
        Ok((findings, Looked { ballots, tests: answer.tests }))
    }

    /// The key of an address on the piles.
    fn key_of(&self, address: &str) -> u128 {
        u128::from(self.election) << 64 | u128::from(self.ties.prints.short(address) | 1)
    }

    /// Bursts, addresses, cadence and rhythm.
    fn by_time(&self, what: &What, observed: &Observed<'_>, named: &[(String, ties::Address)]) -> Result<Told, Error> {
        let (code, detail, address) = match what {
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
            other => return Err(Error::refused(format!("{other:?} is no test of times"))),
        };
        let votes = match (what, address) {
            (_, Some((_, address))) => ties::votes_from(self.ties, address.key)?,
            (What::Burst(burst), None) => ties::votes_between(self.ties, self.election, burst.from, burst.to)?,
            _ => ties::votes_between(self.ties, self.election, i64::MIN, i64::MAX)?,
        };
        Ok(Told {
            code,
            detail,
            votes: votes.into_iter().collect(),
            subject: address.map(|(text, _)| (format!("address:{text}"), None)),
        })
    }

    /// Name and id of a candidate.
    fn name<'b>(&self, contest: &'b Named, choice: u32) -> (String, &'b str) {
        let id = usize::try_from(choice).ok().and_then(|at| contest.candidates.get(at)).map_or("", String::as_str);
        let known = self.candidates.iter().find(|candidate| candidate.id == id);
        let name = known.map_or_else(|| format!("candidate {id}"), |candidate| candidate.name.clone());
        let name = if contest.position.is_empty() { name } else { format!("{name} ({})", contest.position) };
        (name, id)
    }

    fn run(&self, contest: &Named, run: &Run) -> Told {
        let (name, _) = self.name(contest, run.choice);
        let length = usize::try_from(run.length).unwrap_or(0);
        let votes: Vec<i64> = contest.numbers.iter().skip(run.first).take(length).copied().collect();
        Told {
            code: FindingCode::EqualRuns,
            detail: format!(
                "{} votes in a row, in the order of casting, are for {name}; its {} votes fall into {} runs.",
                run.length, run.of.0, run.of.1
            ),
            votes: Numbers::from_iter(sorted(votes)),
            subject: None,
        }
    }

    fn drift(&self, contest: &Named, drift: &Drift) -> Told {
        let (name, id) = self.name(contest, drift.choice);
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        Told {
            code: FindingCode::ShareDrifts,
            detail: format!(
                "Of the first {} votes {} were for {name}, of the {} after them {}.",
                drift.before,
                percent(drift.shares.0),
                contest.numbers.len() - drift.before,
                percent(drift.shares.1),
            ),
            votes: Numbers::default(),
            subject: Some((format!("candidate:{id}"), None)),
        }
    }

    fn excluded(&self, contest: &Named, excluded: &Excluded) -> Told {
        let (name, _) = self.name(contest, excluded.choice);
        let votes = usize::try_from(excluded.choice).ok().and_then(|at| contest.excluded.get(at));
        Told {
            code: FindingCode::ExclusionsBiased,
            detail: format!(
                "Of {} votes that were left out {} were for {name}, who had {} of all {} votes (Fisher's exact test).",
                excluded.excluded.1, excluded.excluded.0, excluded.all.0, excluded.all.1
            ),
            votes: votes.cloned().unwrap_or_default(),
            subject: None,
        }
    }

    fn openings(&self, token: &Token, openings: &[u64]) -> Told {
        Told {
            code: FindingCode::CredentialUseImprobable,
            detail: format!(
                "The link of this credential was opened {} times; the {} credentials that were opened at all were opened {} times together.",
                token.access_count,
                openings.len(),
                openings.iter().sum::<u64>(),
            ),
            votes: Numbers::default(),
            subject: Some((format!("token:{}", token.id), Some(token.place))),
        }
    }

    /// With the chances, and what was left out.
    fn finding(&self, told: Told, unusual: &Unusual, answer: &Answer, ballots: u64) -> Finding {
        let small = if ballots < SMALL {
            " With fewer than 100 ballots these tests have little power: what they do not name they cannot tell."
        } else {
            ""
        };
        let detail = format!(
            "{} p = {}, corrected (Holm) for all {} tests of this election {}, level {LEVEL}, seed {}.{}{small}",
            told.detail,
            chance(unusual.p),
            answer.tests,
            chance(unusual.corrected),
            self.seed,
            self.known.told(),
        );
        let finding = Finding::new(told.code, detail).with_votes(told.votes);
        match told.subject {
            Some((subject, place)) => finding.about(subject, place),
            None => finding,
        }
    }
}

/// What a finding says before its chances.
struct Told {
    code: FindingCode,
    detail: String,
    votes: Numbers,
    subject: Option<(String, Option<Place>)>,
}

fn sorted(mut numbers: Vec<i64>) -> Vec<i64> {
    numbers.sort_unstable();
    numbers
}

/// A p-value with the digits that matter.
fn chance(p: f64) -> String {
    if p < 0.0001 { "below 0.0001".to_owned() } else { format!("{p:.4}") }
}
