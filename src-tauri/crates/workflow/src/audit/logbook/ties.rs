//! What the slips of the pass show once they lie together: votes against entries, voters against themselves, addresses.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use domain::Instant;
use store::Reader;
use verification::Slip;

use super::pass::{Ties, kind, mark};
use crate::Error;

/// Addresses that the exhibit lists.
const LISTED_ADDRESSES: usize = 10_000;
/// The same for one pile; far more than can lie on one.
const LISTED_PER_PILE: usize = 2000;
/// Votes from one address above which the origin calls it suspicious.
pub(crate) const ORIGIN_SUSPICIOUS: usize = 5;
/// Ballots from one address below which nothing is concluded.
const FEW_BALLOTS: usize = 3;

/// What matching needs to know of an election.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Terms {
    /// All voter hashes that can be are known.
    pub(crate) has_all_members: bool,
    /// Credentials are in the export.
    pub(crate) has_tokens: bool,
    pub(crate) is_ranked: bool,
    pub(crate) is_approval: bool,
    /// Votes allowed for one contest.
    pub(crate) allowed: usize,
}

/// Votes and entries of one election that do not find one another, or do and should not.
#[derive(Default)]
pub(crate) struct Matched {
    /// Votes that no entry names: time and number.
    pub(crate) unaccounted: Vec<(i64, i64)>,
    /// Entries, by their number in the case, that name a vote which is absent.
    pub(crate) missing: Vec<i64>,
    pub(crate) unknown_voters: Vec<i64>,
    pub(crate) before_credential: Vec<i64>,
    /// Votes with the entry that names their member.
    pub(crate) by_log: Vec<(i64, i64)>,
    pub(crate) recorded_at: HashMap<i64, Instant>,
    /// Votes that share an id.
    pub(crate) same_id: Vec<Vec<i64>>,
}

impl Matched {
    fn append(&mut self, mut other: Self) {
        self.unaccounted.append(&mut other.unaccounted);
        self.missing.append(&mut other.missing);
        self.unknown_voters.append(&mut other.unknown_voters);
        self.before_credential.append(&mut other.before_credential);
        self.by_log.append(&mut other.by_log);
        self.recorded_at.extend(other.recorded_at);
        self.same_id.append(&mut other.same_id);
    }

    fn sort(&mut self) {
        self.unaccounted.sort_unstable_by_key(|(_, number)| *number);
        self.missing.sort_unstable();
        self.unknown_voters.sort_unstable();
        self.before_credential.sort_unstable();
        self.by_log.sort_unstable();
        self.same_id.sort_unstable();
    }
}

/// Matches votes with audit entries.
pub(crate) fn match_entries(
    ties: &Ties,
    elections: &[Terms],
    is_log_complete: bool,
    is_log_from_start: bool,
) -> Result<Vec<Matched>, Error> {
    let new = || elections.iter().map(|_| Matched::default()).collect::<Vec<_>>();
    let parts = ties.by_id.groups(new, |matched, group| {
        let first_entry = group.partition_point(|slip| slip.kind == kind::VOTE);
        let (votes, entries) = group.split_at(first_entry);
        let entry = entries.first();
        let of = |slip: &Slip| usize::try_from(slip.marks[0]).unwrap_or(usize::MAX);
        for vote in votes {
            let Some(matched) = matched.get_mut(of(vote)) else { continue };
            let terms = elections[of(vote)];
            let has = |flag: u32| vote.flags & flag != 0;
            let by_token = entry.is_some_and(|entry| entry.flags & mark::BY_TOKEN != 0);
            if entry.is_none() && is_log_complete && has(mark::NEEDS_ENTRY) {
                matched.unaccounted.push((vote.time, vote.number));
            }
            let is_lost = entry.is_none() && is_log_complete && is_log_from_start;
            if has(mark::UNKNOWN_VOTER) && (terms.has_all_members || (terms.has_tokens && (by_token || is_lost))) {
                matched.unknown_voters.push(vote.number);
            }
            if has(mark::BEFORE_CREDENTIAL) && (entry.is_none() || by_token) {
                matched.before_credential.push(vote.number);
            }
            let Some(entry) = entry else { continue };
            if has(mark::SECRET) && entry.flags & mark::NAMES_USER != 0 {
                matched.by_log.push((vote.number, entry.number));
            }
            if has(mark::MISMATCHED) && entry.time != i64::MIN {
                matched.recorded_at.insert(vote.number, Instant::from_seconds(entry.time));
            }
        }
        for same in votes.chunk_by(|left, right| left.marks[0] == right.marks[0]) {
            if let (2.., Some(matched)) = (same.len(), matched.get_mut(of(&same[0]))) {
                matched.same_id.push(same.iter().map(|slip| slip.number).collect());
            }
        }
        for entry in entries {
            if let Some(matched) = matched.get_mut(of(entry))
                && !votes.iter().any(|vote| vote.marks[0] == entry.marks[0])
            {
                matched.missing.push(entry.number);
            }
        }
        Ok::<(), Error>(())
    })?;
    Ok(together(parts, elections.len(), Matched::append, Matched::sort))
}

fn together<T: Default>(parts: Vec<Vec<T>>, count: usize, append: impl Fn(&mut T, T), sort: impl Fn(&mut T)) -> Vec<T> {
    let mut all: Vec<T> = (0..count).map(|_| T::default()).collect();
    for part in parts {
        for (known, more) in all.iter_mut().zip(part) {
            append(known, more);
        }
    }
    all.iter_mut().for_each(sort);
    all
}

/// The voters of one election.
#[derive(Default)]
pub(crate) struct Voters {
    /// Voters with a vote that counts.
    pub(crate) counted: i64,
    /// The same per contest, for approval.
    pub(crate) counted_by_position: BTreeMap<u32, i64>,
    /// Ballots by the second of their first vote: persons only.
    pub(crate) ballots: BTreeMap<i64, u32>,
    /// Votes of one voter that stand more often than allowed.
    pub(crate) repeats: Vec<Vec<i64>>,
    /// Votes of one member by credential and logged in.
    pub(crate) two_paths: Vec<Vec<i64>>,
}

impl Voters {
    fn append(&mut self, mut other: Self) {
        self.counted += other.counted;
        for (position, count) in other.counted_by_position {
            *self.counted_by_position.entry(position).or_default() += count;
        }
        self.repeats.append(&mut other.repeats);
        self.two_paths.append(&mut other.two_paths);
    }

    fn sort(&mut self) {
        self.repeats.sort_unstable();
        self.two_paths.sort_unstable();
    }
}

/// Compares the votes of each voter with one another, and lays ballots beside their addresses.
pub(crate) fn compare_voters(ties: &Ties, elections: &[Terms]) -> Result<Vec<Voters>, Error> {
    let new = || elections.iter().map(|_| Voters::default()).collect::<Vec<_>>();
    // Every pile holds ballots of most seconds, so the seconds are counted in one place, not once a pile.
    let ballots: Vec<Mutex<BTreeMap<i64, u32>>> = elections.iter().map(|_| Mutex::default()).collect();
    let parts = ties.by_voter.groups(new, |voters, group| {
        let index = usize::try_from(group[0].marks[0]).unwrap_or(usize::MAX);
        let (Some(voters), Some(terms)) = (voters.get_mut(index), elections.get(index)) else { return Ok(()) };
        let is_counted =
            |slip: &&Slip| slip.flags & mark::COUNTED != 0 && matches!(slip.kind, kind::VOTER | kind::COUNTED_VOTER);
        if group.iter().any(|slip| is_counted(&slip)) {
            voters.counted += 1;
            if terms.is_approval {
                let mut positions: Vec<u32> = group.iter().filter(is_counted).map(|slip| slip.marks[1]).collect();
                positions.sort_unstable();
                positions.dedup();
                for position in positions {
                    *voters.counted_by_position.entry(position).or_default() += 1;
                }
            }
        }
        let people: Vec<&Slip> =
            group.iter().filter(|slip| slip.kind == kind::VOTER && slip.flags & mark::PERSON != 0).collect();
        let timed = people.iter().filter(|slip| slip.time != i64::MIN);
        if let Some(first) = timed.min_by_key(|slip| (slip.time, slip.number)) {
            if let Ok(mut ballots) = ballots[index].lock() {
                *ballots.entry(first.time).or_default() += 1;
            }
            if first.tag != 0 {
                let key = u128::from(first.marks[0]) << 64 | u128::from(first.tag);
                ties.by_address.add(&[Slip { key, kind: kind::BALLOT, order: first.time, ..**first }])?;
            }
        }
        repeats(&people, terms, &mut voters.repeats);
        two_paths(group, &mut voters.two_paths);
        Ok::<(), Error>(())
    })?;
    let mut voters = together(parts, elections.len(), Voters::append, Voters::sort);
    for (voters, ballots) in voters.iter_mut().zip(ballots) {
        voters.ballots = ballots.into_inner().unwrap_or_default();
    }
    Ok(voters)
}

fn repeats(people: &[&Slip], terms: &Terms, found: &mut Vec<Vec<i64>>) {
    if people.len() < 2 {
        return;
    }
    let mut by_position: BTreeMap<u32, Vec<&Slip>> = BTreeMap::new();
    for slip in people {
        by_position.entry(slip.marks[1]).or_default().push(slip);
    }
    for votes in by_position.into_values().filter(|votes| votes.len() > 1) {
        let same = |mark: usize| -> Vec<Vec<i64>> {
            let mut by: BTreeMap<u32, Vec<i64>> = BTreeMap::new();
            for vote in &votes {
                by.entry(vote.marks[mark]).or_default().push(vote.number);
            }
            // No rank is no rank that could stand twice.
            by.into_iter().filter(|(value, group)| group.len() > 1 && *value != 0).map(|(_, group)| group).collect()
        };
        if terms.is_ranked {
            found.extend(same(3));
            found.extend(same(2));
        } else if terms.is_approval {
            found.extend(same(2));
        } else if votes.len() > terms.allowed {
            found.push(votes.iter().map(|vote| vote.number).collect());
        } else {
            found.extend(same(2));
        }
    }
}

/// Members who voted by credential and again logged in.
fn two_paths(group: &[Slip], found: &mut Vec<Vec<i64>>) {
    let single = |slip: &&Slip| slip.flags & mark::SINGLE != 0;
    for logged_in in group.iter().filter(|slip| slip.kind == kind::OTHER_PATH).filter(single) {
        let by_token = group
            .iter()
            .filter(|slip| slip.kind == kind::VOTER && slip.flags & mark::BY_HASH != 0)
            .filter(single)
            .rfind(|slip| slip.marks[1] == logged_in.marks[1]);
        if let Some(by_token) = by_token {
            found.push(vec![by_token.number, logged_in.number]);
        }
    }
}

/// Votes of one election that carry the same second-vote hash.
pub(crate) fn same_dedup(ties: &Ties, elections: usize) -> Result<Vec<Vec<Vec<i64>>>, Error> {
    let new = || vec![Vec::new(); elections];
    let parts = ties.by_dedup.groups(new, |found: &mut Vec<Vec<Vec<i64>>>, group| {
        let index = usize::try_from(group[0].marks[0]).unwrap_or(usize::MAX);
        if let (2.., Some(found)) = (group.len(), found.get_mut(index)) {
            found.push(group.iter().map(|slip| slip.number).collect());
        }
        Ok::<(), Error>(())
    })?;
    Ok(together(parts, elections, |known, mut more| known.append(&mut more), |groups| groups.sort_unstable()))
}

/// One address, by a vote that carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Key of its group.
    pub(crate) key: u128,
    /// Votes, or ballots, from it.
    pub(crate) count: usize,
    /// The first of them.
    pub(crate) number: i64,
}

/// The addresses of one election.
#[derive(Default)]
pub(crate) struct Addresses {
    /// Different addresses of votes that are not excluded.
    pub(crate) known: usize,
    /// The addresses with most votes, and all that the origin calls suspicious.
    pub(crate) votes: Vec<Address>,
    /// Ballots that have an address, and different addresses of ballots.
    pub(crate) ballots: usize,
    pub(crate) ballot_addresses: usize,
    /// Addresses of several ballots.
    pub(crate) shared: Vec<Address>,
}

impl Addresses {
    fn append(&mut self, mut other: Self) {
        other.cut(LISTED_PER_PILE);
        self.known += other.known;
        self.votes.append(&mut other.votes);
        self.ballots += other.ballots;
        self.ballot_addresses += other.ballot_addresses;
        self.shared.append(&mut other.shared);
    }

    fn cut(&mut self, most: usize) {
        self.votes.sort_unstable_by_key(|address| (std::cmp::Reverse(address.count), address.number));
        let suspicious = self.votes.partition_point(|address| address.count > ORIGIN_SUSPICIOUS);
        self.votes.truncate(most.max(suspicious));
    }

    fn sort(&mut self) {
        self.cut(LISTED_ADDRESSES);
        self.shared.sort_unstable_by_key(|address| address.number);
    }
}

/// Counts votes and ballots by address. Ballots must lie on the piles already.
pub(crate) fn count_addresses(ties: &Ties, elections: usize) -> Result<Vec<Addresses>, Error> {
    let new = || (0..elections).map(|_| Addresses::default()).collect::<Vec<_>>();
    let parts = ties.by_address.groups(new, |found, group| {
        let index = usize::try_from(group[0].marks[0]).unwrap_or(usize::MAX);
        let Some(found) = found.get_mut(index) else { return Ok(()) };
        let (votes, ballots) = group.split_at(group.partition_point(|slip| slip.kind == kind::ADDRESS));
        let address = |slips: &[Slip]| {
            slips.first().map(|slip| Address { key: slip.key, count: slips.len(), number: slip.number })
        };
        if let Some(address) = address(votes) {
            found.known += 1;
            found.votes.push(address);
            if found.votes.len() >= LISTED_PER_PILE * 2 {
                found.cut(LISTED_PER_PILE);
            }
        }
        if let Some(address) = address(ballots) {
            found.ballots += address.count;
            found.ballot_addresses += 1;
            if address.count >= FEW_BALLOTS {
                found.shared.push(address);
            }
        }
        Ok::<(), Error>(())
    })?;
    Ok(together(parts, elections, Addresses::append, Addresses::sort))
}

/// Times of the ballots from some addresses, at most `most` of each, in order.
pub(crate) fn times_of(ties: &Ties, keys: &[u128], most: usize) -> Result<BTreeMap<u128, Vec<i64>>, Error> {
    let parts = ties.by_address.groups(BTreeMap::new, |found: &mut BTreeMap<u128, Vec<i64>>, group| {
        if keys.contains(&group[0].key) {
            let times = group.iter().filter(|slip| slip.kind == kind::BALLOT).map(|slip| slip.time).take(most);
            found.insert(group[0].key, times.collect());
        }
        Ok::<(), Error>(())
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// Numbers of persons' votes from an address.
pub(crate) fn votes_from(ties: &Ties, key: u128) -> Result<Vec<i64>, Error> {
    let is_wanted = |slip: &Slip| slip.key == key && slip.kind == kind::ADDRESS && slip.flags & mark::PERSON != 0;
    gather(&ties.by_address, &is_wanted)
}

/// Numbers of persons' votes of an election within a time, both seconds included.
pub(crate) fn votes_between(ties: &Ties, election: u32, from: i64, to: i64) -> Result<Vec<i64>, Error> {
    let is_wanted = |slip: &Slip| {
        slip.kind == kind::VOTER
            && slip.marks[0] == election
            && slip.flags & mark::PERSON != 0
            && (from..=to).contains(&slip.time)
    };
    gather(&ties.by_voter, &is_wanted)
}

fn gather(piles: &verification::Piles, is_wanted: &(dyn Fn(&Slip) -> bool + Sync)) -> Result<Vec<i64>, Error> {
    let parts = piles.groups(Vec::new, |found: &mut Vec<i64>, group| {
        found.extend(group.iter().filter(|slip| is_wanted(slip)).map(|slip| slip.number));
        Ok::<(), Error>(())
    })?;
    let mut found: Vec<i64> = parts.into_iter().flatten().collect();
    found.sort_unstable();
    Ok(found)
}

/// Counted votes per contest (as terms) of some voters of an election, by their key.
pub(crate) fn counted_votes(
    ties: &Ties,
    keys: &std::collections::HashSet<u128>,
) -> Result<HashMap<u128, BTreeMap<u32, i64>>, Error> {
    let parts = ties.by_voter.groups(HashMap::new, |found: &mut HashMap<u128, BTreeMap<u32, i64>>, group| {
        if keys.contains(&group[0].key) {
            let votes = found.entry(group[0].key).or_default();
            for slip in group {
                if slip.flags & mark::COUNTED != 0 && matches!(slip.kind, kind::VOTER | kind::COUNTED_VOTER) {
                    *votes.entry(slip.marks[1]).or_default() += 1;
                }
            }
        }
        Ok::<(), Error>(())
    })?;
    Ok(parts.into_iter().flatten().collect())
}

/// Texts of the addresses of votes, by number.
pub(crate) fn address_texts(reader: &Reader, addresses: &[Address]) -> Result<Vec<String>, Error> {
    let numbers: Vec<i64> = addresses.iter().map(|address| address.number).collect();
    let votes = reader.votes_by_number(&numbers)?;
    Ok(votes.into_iter().map(|vote| vote.ip_address.unwrap_or_default()).collect())
}
