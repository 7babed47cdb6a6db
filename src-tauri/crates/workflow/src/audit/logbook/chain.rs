//! The vote chain of an election: the origin's own walk, and ours with excluded rows and the recorded head.

use std::io;

use domain::vote::filled;
use domain::{Finding, FindingCode, Instant, Job, Numbers};
use importers::logbook::rows::Election;
use store::Reader;
use verification::vote_chain::{self, ChainRow, Link, Segment, Walk};
use verification::{Piles, Slip};

use super::pass::{self, Seen, chain_rule, genesis};
use crate::Error;
use crate::audit::blocks::in_blocks_of;

/// Rows whose predecessor is searched for breaks, in all: a search costs one hash for each row and break.
const FORK_SEARCH: usize = 20_000_000;
/// Breaks that are looked at for a fork.
const FORK_BREAKS: usize = 200;
/// Rows that are walked at a time where the export stands in another order than time.
const RUN: usize = 65_536;

/// What the chain of an election showed.
pub(crate) struct VoteChain {
    /// The origin's own verdict.
    pub(crate) origin_verified: bool,
    /// Vote at which the origin reports the break.
    pub(crate) origin_break_at: Option<String>,
    /// Rows that carry a link.
    pub(crate) linked: u64,
    /// The newest link of our own walk.
    pub(crate) head: Option<String>,
    /// Whether the recorded head could be compared.
    pub(crate) is_head_compared: bool,
    /// What was found.
    pub(crate) findings: Vec<Finding>,
}

/// Linked runs of rows in order of time, and the same without excluded rows where there are any.
type Runs = (Vec<Segment>, Option<Vec<Segment>>);

/// The runs of a block; `None` where its rows hardly follow one another.
pub(crate) fn segments_of(rows: Vec<(ChainRow, bool)>) -> Option<Runs> {
    runs(rows, |rows| vote_chain::segments_if_linked(rows, &genesis(), &chain_rule))
}

fn runs(rows: Vec<(ChainRow, bool)>, find: impl Fn(Vec<ChainRow>) -> Option<Vec<Segment>>) -> Option<Runs> {
    let active = if rows.iter().any(|(_, is_deleted)| *is_deleted) {
        Some(find(rows.iter().filter(|(_, is_deleted)| !is_deleted).map(|(row, _)| row.clone()).collect())?)
    } else {
        None
    };
    Some((find(rows.into_iter().map(|(row, _)| row).collect())?, active))
}

/// Walks the rows of an election that stand in another order than time: they are sorted by time first, with bounded
/// memory.
pub(crate) fn walk_in_order_of_time(
    reader: &Reader,
    election: i64,
    seen: &mut Seen,
    job: &dyn Job,
) -> Result<(), Error> {
    let Some((first, last)) = seen.votes.span() else { return Ok(()) };
    job.begin("Putting the votes in order of time", u64::try_from(seen.votes.len()).ok());
    // Few slips only: time and number. They are sorted within slices of time.
    let width = seen.span_of_times().map_or(1, |(from, to)| (to.saturating_sub(from) / 4096).max(1));
    let piles = Piles::default();
    let mut slips = Vec::new();
    let mut failure: Option<io::Error> = None;
    reader.scan_votes((first - 1, last), &mut |vote, terms| {
        if terms.election == election && filled(vote.chain_hash).is_some() {
            let time = vote.voted_at.and_then(Instant::parse).map_or(i64::MIN, Instant::seconds);
            slips.push(Slip {
                key: time.div_euclid(width) as u128,
                order: time,
                number: vote.number,
                ..Slip::default()
            });
        }
        if slips.len() >= 4096 {
            failure = piles.add(&slips).err();
            slips.clear();
        }
        failure.is_none() && !job.is_cancelled()
    })?;
    if let Some(error) = failure {
        return Err(error.into());
    }
    piles.add(&slips)?;
    let slices = piles.groups(Vec::new, |slices: &mut Vec<(i64, Numbers)>, group| {
        slices.push((group[0].order, group.iter().map(|slip| slip.number).collect()));
        Ok::<(), Error>(())
    })?;
    let mut slices: Vec<(i64, Numbers)> = slices.into_iter().flatten().collect();
    slices.sort_by_key(|(time, _)| *time);
    let (mut all, mut active) = (Vec::new(), Vec::new());
    let mut rows: Vec<(ChainRow, bool)> = Vec::new();
    let mut has_deleted = false;
    let mut walk = |rows: Vec<(ChainRow, bool)>| {
        let found = runs(rows, |rows| Some(vote_chain::segments(rows, &genesis(), &chain_rule)));
        let (segments, without) = found.unwrap_or_default();
        has_deleted |= without.is_some();
        active.extend(without.unwrap_or_else(|| segments.clone()));
        all.extend(segments);
    };
    for (_, numbers) in slices {
        let numbers: Vec<i64> = numbers.iter().collect();
        for vote in reader.votes_by_number(&numbers)? {
            rows.push((row_of(&vote.view()), vote.is_deleted()));
        }
        job.advance(u64::try_from(numbers.len()).unwrap_or(0));
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        if rows.len() >= RUN {
            walk(std::mem::take(&mut rows));
        }
    }
    walk(rows);
    seen.segments = all;
    seen.active_segments = has_deleted.then_some(active);
    Ok(())
}

fn row_of(vote: &domain::VoteView<'_>) -> ChainRow {
    ChainRow {
        number: vote.number,
        time: vote.voted_at.and_then(Instant::parse).map_or(i64::MIN, Instant::seconds),
        hash: Link::of(vote.chain_hash.unwrap_or_default()),
        signature: Link::of(vote.vote_signature.unwrap_or_default()),
    }
}

/// Puts the runs together and compares the end.
pub(crate) fn check(
    reader: &Reader,
    seen: &mut Seen,
    election: Option<&Election>,
    has_votes_table: bool,
    job: &dyn Job,
) -> Result<VoteChain, Error> {
    let own = vote_chain::join(std::mem::take(&mut seen.segments), &genesis(), &chain_rule);
    let active = seen.active_segments.take().map(|segments| vote_chain::join(segments, &genesis(), &chain_rule));
    let origin = active.as_ref().unwrap_or(&own);
    let break_at = match origin.origin_break {
        None => None,
        Some(number) => reader.votes_by_number(&[number])?.pop().map(|vote| vote.id),
    };
    let mut chain = VoteChain {
        origin_verified: origin.is_whole(),
        origin_break_at: break_at,
        linked: seen.linked,
        head: own.last().map(Link::text),
        is_head_compared: false,
        findings: Vec::new(),
    };
    findings_of_walk(&mut chain, &own, forks(reader, &own, seen, job)?, reader)?;
    if own.is_whole() && !origin.is_whole() {
        let finding = Finding::new(
            FindingCode::DeletedRowsBreakOriginWalk,
            "The origin's check answers CHAIN_BROKEN because it leaves out excluded votes. With them every link holds.",
        );
        chain.findings.push(finding.with_votes(seen.deleted.clone()));
    }
    if own.is_whole() && own.chains.first().is_some_and(|chain| !chain.is_ascending()) {
        let finding = Finding::new(
            FindingCode::OrderDiffers,
            "The rows of the export stand in another order than the chain; the chain itself tells the order of casting.",
        );
        chain.findings.push(finding.about("votes".to_owned(), None));
    }
    if chain.linked > 0 && !seen.unlinked.is_empty() {
        let detail = format!(
            "Votes that stand outside the chain, without the link that the others carry: {}.",
            seen.unlinked.len()
        );
        chain.findings.push(Finding::new(FindingCode::LinkBroken, detail).with_votes(seen.unlinked.clone()));
    }
    if has_votes_table {
        compare_head(reader, &mut chain, &own, election)?;
    }
    Ok(chain)
}

/// Pairs of rows that claim the same predecessor; the second one begins a chain of its own.
fn forks(reader: &Reader, walk: &Walk, seen: &Seen, job: &dyn Job) -> Result<Vec<(i64, i64)>, Error> {
    let mut forks = walk.forks.clone();
    let breaks: Vec<ChainRow> = walk
        .breaks()
        .filter(|row| !forks.iter().any(|(_, second)| *second == row.number))
        .take(FORK_BREAKS)
        .cloned()
        .collect();
    let Some((first, last)) = seen.votes.span().filter(|_| !breaks.is_empty()) else { return Ok(forks) };
    if walk.starts_at_genesis {
        let rivals = vote_chain::followed(
            &[ChainRow { number: -1, time: 0, hash: genesis(), signature: genesis() }],
            &breaks,
            &chain_rule,
        );
        let start = walk.chains.first().and_then(Numbers::first);
        forks.extend(rivals.into_iter().filter_map(|(_, rival)| Some((start?, rival))));
    }
    // Where a full search would take too long, the rows around a break are looked at: rivals come soon after one another.
    let all = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
    let reach = i64::try_from(FORK_SEARCH / breaks.len()).unwrap_or(i64::MAX);
    let ranges: Vec<(i64, i64)> = if all.saturating_mul(breaks.len()) <= FORK_SEARCH {
        vec![(first - 1, last)]
    } else {
        let around = |row: &ChainRow| ((row.number - reach / 2).max(first) - 1, (row.number + reach / 2).min(last));
        breaks.iter().map(around).collect()
    };
    let mut pairs = Vec::new();
    for (index, range) in ranges.iter().enumerate() {
        let breaks = if ranges.len() == 1 { &breaks[..] } else { &breaks[index..=index] };
        in_blocks_of(
            reader,
            *range,
            job,
            |reader, range| {
                let mut rows = Vec::new();
                reader.scan_votes(range, &mut |vote, _| {
                    if filled(vote.chain_hash).is_some() && vote.election_id == seen.election_id {
                        rows.push(row_of(vote));
                    }
                    true
                })?;
                Ok(vote_chain::followed(&rows, breaks, &chain_rule))
            },
            |found: Vec<(i64, i64)>| pairs.extend(found),
        )?;
    }
    for (row, follower) in pairs {
        // The rival is the row that stands behind the common predecessor.
        for chain in &walk.chains {
            let mut numbers = chain.iter().skip_while(|number| *number != row).skip(1);
            if let Some(rival) = numbers.next().filter(|rival| *rival != follower) {
                forks.push((rival, follower));
            }
        }
    }
    forks.sort_unstable();
    forks.dedup();
    Ok(forks)
}

fn findings_of_walk(chain: &mut VoteChain, own: &Walk, forks: Vec<(i64, i64)>, reader: &Reader) -> Result<(), Error> {
    let mut breaks: Vec<i64> = own.breaks().map(|row| row.number).collect();
    for (first, second) in forks {
        let ids: Vec<String> = reader.votes_by_number(&[first, second])?.into_iter().map(|vote| vote.id).collect();
        let finding =
            Finding::new(FindingCode::ChainFork, format!("Votes {} both follow the same vote.", ids.join(" and ")));
        breaks.retain(|number| *number != second);
        chain.findings.push(finding.with_votes([first, second].into_iter().collect()));
    }
    if !own.starts_at_genesis && !breaks.is_empty() {
        let first = breaks.remove(0);
        let finding = Finding::new(
            FindingCode::GenesisWrong,
            "No vote starts from the genesis value: the beginning of the chain is missing or belongs to another election.",
        );
        chain.findings.push(finding.with_votes([first].into_iter().collect()));
    }
    if !breaks.is_empty() {
        let finding = Finding::new(
            FindingCode::LinkBroken,
            format!(
                "Votes that do not follow the vote before them: {}. There a vote is missing, was inserted or had its signature changed.",
                breaks.len()
            ),
        );
        chain.findings.push(finding.with_votes(breaks.into_iter().collect()));
    }
    Ok(())
}

fn compare_head(reader: &Reader, chain: &mut VoteChain, own: &Walk, election: Option<&Election>) -> Result<(), Error> {
    let Some(election) = election.filter(|election| election.has_chain_head_column) else { return Ok(()) };
    if chain.linked == 0 && election.last_chain_hash.is_none() {
        return Ok(());
    }
    chain.is_head_compared = true;
    if chain.head.as_deref() == election.last_chain_hash.as_deref() {
        return Ok(());
    }
    let mut finding = Finding::new(FindingCode::HeadDiffers, String::new());
    let Some(recorded) = election.last_chain_hash.as_deref() else {
        "The election records no chain head although its votes are chained.".clone_into(&mut finding.detail);
        finding.add(format!("election:{}", election.id), Some(election.place));
        chain.findings.push(finding);
        return Ok(());
    };
    let mut holder = None;
    reader.scan_votes((0, i64::MAX), &mut |vote, _| {
        if vote.election_id == election.id && vote.chain_hash == Some(recorded) {
            holder = Some(vote.number);
        }
        holder.is_none()
    })?;
    let order = || own.chains.iter().flat_map(Numbers::iter);
    match holder {
        Some(holder) => {
            let added: Numbers = order().skip_while(|number| *number != holder).skip(1).collect();
            finding.detail = format!("Votes behind the head that the election recorded: {}.", added.len());
            finding.votes = added;
        }
        None => {
            "The chain ends before, or beside, the head that the election recorded: votes at its end are missing or the head was changed.".clone_into(&mut finding.detail);
            match order().last() {
                Some(last) => finding.votes.push(last),
                None => finding.add(format!("election:{}", election.id), Some(election.place)),
            }
        }
    }
    chain.findings.push(finding);
    Ok(())
}
