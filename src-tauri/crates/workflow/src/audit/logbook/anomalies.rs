//! What is unusual in times and addresses (A5). Never above `major`, never an accusation, always with its p-value.

use std::collections::{BTreeMap, HashMap};

use domain::vote::non_empty;
use domain::{Finding, FindingCode, Instant, VoteRecord};
use verification::statistics::{Draws, address_p, gap_variation, regularity_p, scan};

use super::signatures::subject;

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

/// Looks at bursts, addresses and rhythms. `seed` is printed.
pub(crate) fn check(votes: &[VoteRecord], seed: u64) -> Vec<Finding> {
    let mut findings = Vec::new();
    let people: Vec<&VoteRecord> =
        votes.iter().filter(|vote| !vote.is_deleted() && !vote.is_test_ballot() && !vote.is_paper()).collect();
    // One time per voter: the votes of one ballot come together by nature.
    let mut first_of: HashMap<&str, (i64, &VoteRecord)> = HashMap::new();
    for vote in &people {
        let Some(at) = vote.voted_at.as_deref().and_then(Instant::parse) else { continue };
        let voter = vote.identity().unwrap_or(&vote.id);
        let entry = first_of.entry(voter).or_insert((at.seconds(), vote));
        if at.seconds() < entry.0 {
            *entry = (at.seconds(), vote);
        }
    }
    let mut ballots: Vec<(i64, &VoteRecord)> = first_of.into_values().collect();
    ballots.sort_by_key(|(at, vote)| (*at, vote.number));
    let mut draws = Draws::new(seed);
    findings.extend(burst(&ballots, &people, seed, &mut draws));
    findings.extend(rhythm(&ballots, &people, seed, &mut draws));
    findings.extend(addresses(&ballots, &people, seed, &mut draws));
    findings
}

fn burst(ballots: &[(i64, &VoteRecord)], people: &[&VoteRecord], seed: u64, draws: &mut Draws) -> Option<Finding> {
    let times: Vec<i64> = ballots.iter().map(|(at, _)| *at).collect();
    let burst = scan(&times, (*times.first()?, *times.last()?), draws)?;
    let corrected = (burst.p * TESTS).min(1.0);
    if corrected > LEVEL {
        return None;
    }
    let mut finding = Finding::new(
        FindingCode::Burst,
        format!(
            "{} ballots between {} and {}, where {:.1} would be expected if ballots came evenly between the first and the last; p = {:.3}, corrected for {TESTS} tests {corrected:.3}, seed {seed}.",
            burst.votes,
            Instant::from_seconds(burst.from).to_display(),
            Instant::from_seconds(burst.to).to_display(),
            burst.expected,
            burst.p,
        ),
    );
    for vote in people {
        let at = vote.voted_at.as_deref().and_then(Instant::parse).map(Instant::seconds);
        if at.is_some_and(|at| (burst.from..=burst.to).contains(&at)) {
            finding.add(subject(vote), vote.place);
        }
    }
    Some(finding)
}

/// Gaps between all ballots of the election.
fn rhythm(ballots: &[(i64, &VoteRecord)], people: &[&VoteRecord], seed: u64, draws: &mut Draws) -> Option<Finding> {
    if ballots.len() < MIN_BALLOTS {
        return None;
    }
    // Whole elections may well be steadier than chance (a queue at a desk): only a machine's cadence is told.
    let times: Vec<i64> = ballots.iter().map(|(at, _)| *at).take(MAX_BALLOTS).collect();
    let variation = gap_variation(&times)?;
    if variation >= MACHINE_VARIATION {
        return None;
    }
    let p = regularity_p(&times, draws)?;
    let mut finding = Finding::new(
        FindingCode::TooRegular,
        format!(
            "The gaps between the ballots of this election are nearly constant (coefficient of variation {variation:.2}, people's are near 1); p = {p:.3}, corrected {:.3}, seed {seed}.",
            (p * TESTS).min(1.0)
        ),
    );
    for vote in people {
        finding.add(subject(vote), vote.place);
    }
    Some(finding)
}

fn addresses(ballots: &[(i64, &VoteRecord)], people: &[&VoteRecord], seed: u64, draws: &mut Draws) -> Vec<Finding> {
    let mut by_address: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for (at, vote) in ballots {
        if let Some(address) = non_empty(&vote.ip_address) {
            by_address.entry(address).or_default().push(*at);
        }
    }
    let total: u64 = by_address.values().map(|times| u64::try_from(times.len()).unwrap_or(0)).sum();
    let known = u64::try_from(by_address.len()).unwrap_or(0);
    let rhythmic = by_address.values().filter(|times| times.len() >= MIN_RHYTHM).count().max(1);
    let mut findings = Vec::new();
    for (address, times) in &by_address {
        let count = u64::try_from(times.len()).unwrap_or(0);
        let corrected = (address_p(count, total, known) * TESTS).min(1.0);
        let mut name = |code: FindingCode, detail: String| {
            let mut finding = Finding::new(code, detail);
            finding.add(format!("address:{address}"), None);
            for vote in people.iter().filter(|vote| vote.ip_address.as_deref() == Some(address)) {
                finding.add(subject(vote), vote.place);
            }
            findings.push(finding);
        };
        if corrected <= LEVEL {
            name(
                FindingCode::AddressConcentration,
                format!(
                    "{count} of {total} ballots came from address {address}; {known} addresses were seen; p corrected for all addresses and {TESTS} tests {corrected:.4}."
                ),
            );
        }
        if times.len() >= MIN_RHYTHM
            && let Some(p) = regularity_p(times, draws)
        {
            #[allow(clippy::cast_precision_loss, reason = "a number of addresses")]
            let corrected = (p * TESTS * rhythmic as f64).min(1.0);
            if corrected <= LEVEL {
                name(
                    FindingCode::TooRegular,
                    format!(
                        "The gaps between {count} ballots from address {address} vary less than people's do; p = {p:.3}, corrected {corrected:.3}, seed {seed}."
                    ),
                );
            }
        }
    }
    findings
}
