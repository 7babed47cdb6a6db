//! The vote chain of an election: the origin's own walk, and ours with excluded rows and the recorded head.

use domain::vote::non_empty;
use domain::{Finding, FindingCode, Instant, VoteRecord};
use importers::logbook::rows::Election;
use importers::logbook::rules;
use verification::vote_chain::{self, ChainLink, Walk};

use super::signatures::subject;

/// What the chain of an election showed.
pub(crate) struct VoteChain {
    /// The origin's own verdict.
    pub(crate) origin_verified: bool,
    /// Vote at which the origin reports the break.
    pub(crate) origin_break_at: Option<String>,
    /// Rows that carry a link.
    pub(crate) linked: u64,
    /// Links broken, heads differing, rows outside.
    pub(crate) failed: u64,
    /// The newest link of our own walk.
    pub(crate) head: Option<String>,
    /// Whether the recorded head could be compared.
    pub(crate) is_head_compared: bool,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

fn links(votes: &[VoteRecord], keep: impl Fn(&VoteRecord) -> bool) -> (Vec<usize>, Vec<ChainLink>) {
    votes
        .iter()
        .enumerate()
        .filter(|(_, vote)| keep(vote) && non_empty(&vote.chain_hash).is_some())
        .map(|(index, vote)| {
            let link = ChainLink {
                hash: vote.chain_hash.clone().unwrap_or_default(),
                signature: vote.vote_signature.clone().unwrap_or_default(),
                time: vote.voted_at.as_deref().and_then(Instant::parse).map_or(i64::MIN, |instant| instant.micros),
            };
            (index, link)
        })
        .unzip()
}

/// Walks the chain twice and compares its end.
pub(crate) fn check(votes: &[VoteRecord], election: Option<&Election>, has_votes_table: bool) -> VoteChain {
    let (active, active_links) = links(votes, |vote| !vote.is_deleted());
    let origin = vote_chain::walk(&active_links, rules::VOTE_GENESIS, rules::vote_link);
    let has_deleted = votes.iter().any(VoteRecord::is_deleted);
    let (all, all_links) = if has_deleted { links(votes, |_| true) } else { (active.clone(), active_links) };
    let own =
        if has_deleted { vote_chain::walk(&all_links, rules::VOTE_GENESIS, rules::vote_link) } else { origin.clone() };
    let mut chain = VoteChain {
        origin_verified: origin.is_whole(),
        origin_break_at: origin.origin_break.map(|row| votes[active[row]].id.clone()),
        linked: u64::try_from(all.len()).unwrap_or(u64::MAX),
        failed: 0,
        head: own.last().map(|row| all_links[row].hash.clone()),
        is_head_compared: false,
        findings: Vec::new(),
    };
    let vote = |row: usize| &votes[all[row]];
    findings_of_walk(&mut chain, &own, &vote);
    if own.is_whole() && !origin.is_whole() {
        let mut finding = Finding::new(
            FindingCode::DeletedRowsBreakOriginWalk,
            "The origin's check answers CHAIN_BROKEN because it leaves out excluded votes. With them every link holds.",
        );
        for excluded in votes.iter().filter(|vote| vote.is_deleted()) {
            finding.add(subject(excluded), excluded.place);
        }
        chain.findings.push(finding);
    }
    if own.is_whole() && own.segments.first().is_some_and(|segment| !segment.is_sorted()) {
        let finding = Finding::new(
            FindingCode::OrderDiffers,
            "The rows of the export stand in another order than the chain; the chain itself tells the order of casting.",
        );
        chain.findings.push(finding.about("votes".to_owned(), None));
    }
    outside(&mut chain, votes);
    if has_votes_table {
        compare_head(&mut chain, &own, votes, &all, election);
    }
    chain.failed = chain
        .findings
        .iter()
        .filter(|finding| finding.severity == domain::Severity::Critical)
        .map(|finding| u64::try_from(finding.subjects.len()).unwrap_or(0))
        .sum();
    chain
}

fn findings_of_walk<'a>(chain: &mut VoteChain, own: &Walk, vote: &impl Fn(usize) -> &'a VoteRecord) {
    let mut breaks = own.break_rows();
    for (first, second) in &own.forks {
        let mut finding = Finding::new(
            FindingCode::ChainFork,
            format!("Votes {} and {} both follow the same vote.", vote(*first).id, vote(*second).id),
        );
        for row in [*first, *second] {
            finding.add(subject(vote(row)), vote(row).place);
        }
        breaks.retain(|row| row != second);
        chain.findings.push(finding);
    }
    if !own.starts_at_genesis
        && let Some(first) = breaks.first().copied()
    {
        breaks.remove(0);
        let finding = Finding::new(
            FindingCode::GenesisWrong,
            "No vote starts from the genesis value: the beginning of the chain is missing or belongs to another election.",
        );
        chain.findings.push(finding.about(subject(vote(first)), vote(first).place));
    }
    if !breaks.is_empty() {
        let mut finding = Finding::new(
            FindingCode::LinkBroken,
            format!(
                "Votes that do not follow the vote before them: {}. There a vote is missing, was inserted or had its signature changed.",
                breaks.len()
            ),
        );
        for row in breaks {
            finding.add(subject(vote(row)), vote(row).place);
        }
        chain.findings.push(finding);
    }
}

/// Votes without a link in an election whose other votes are chained.
fn outside(chain: &mut VoteChain, votes: &[VoteRecord]) {
    if chain.linked == 0 {
        return;
    }
    let mut finding = Finding::new(FindingCode::LinkBroken, String::new());
    for vote in votes.iter().filter(|vote| non_empty(&vote.chain_hash).is_none()) {
        finding.add(subject(vote), vote.place);
    }
    if !finding.subjects.is_empty() {
        finding.detail = format!(
            "Votes that stand outside the chain, without the link that the others carry: {}.",
            finding.subjects.len()
        );
        chain.findings.push(finding);
    }
}

fn compare_head(chain: &mut VoteChain, own: &Walk, votes: &[VoteRecord], all: &[usize], election: Option<&Election>) {
    let Some(election) = election.filter(|election| election.has_chain_head_column) else { return };
    if all.is_empty() && election.last_chain_hash.is_none() {
        return;
    }
    chain.is_head_compared = true;
    if chain.head.as_deref() == election.last_chain_hash.as_deref() {
        return;
    }
    let recorded = election.last_chain_hash.as_deref();
    let order: Vec<usize> = own.segments.iter().flatten().copied().collect();
    let at = order.iter().position(|row| votes[all[*row]].chain_hash.as_deref() == recorded);
    let mut finding = Finding::new(FindingCode::HeadDiffers, String::new());
    match (at, recorded) {
        (Some(at), Some(_)) => {
            let added = &order[at + 1..];
            finding.detail = format!("Votes behind the head that the election recorded: {}.", added.len());
            for row in added {
                finding.add(subject(&votes[all[*row]]), votes[all[*row]].place);
            }
        }
        (_, None) => {
            "The election records no chain head although its votes are chained.".clone_into(&mut finding.detail);
            finding.add(format!("election:{}", election.id), Some(election.place));
        }
        (None, Some(_)) => {
            "The chain ends before, or beside, the head that the election recorded: votes at its end are missing or the head was changed.".clone_into(&mut finding.detail);
            if let Some(last) = own.last() {
                finding.add(subject(&votes[all[last]]), votes[all[last]].place);
            } else {
                finding.add(format!("election:{}", election.id), Some(election.place));
            }
        }
    }
    chain.findings.push(finding);
}
