//! A chain over votes without an order column: the order is found again from the hashes.
//!
//! Each row carries `hash = H(previous, signature)`. Rows are taken in the order of their times. [`segments`] looks at one
//! block of rows and finds the runs that are linked: after a row comes the row of a small window whose hash fits. Blocks need
//! nothing of each other, so they can be looked at on several threads. [`join`] then puts the runs together: a run follows
//! another where its first row's hash fits the other's last. An honest chain costs one or two hashes a row.

use std::collections::VecDeque;

use domain::Numbers;
use rayon::prelude::*;

/// A hash or signature as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// 64 lower-case hexadecimal letters.
    Plain([u8; 32]),
    /// Any other text.
    Text(Box<str>),
}

impl Link {
    /// Reads the text of a hash column.
    pub fn of(text: &str) -> Self {
        let mut bytes = [0u8; 32];
        match domain::digest::decode_lower_hex(text.as_bytes(), &mut bytes) {
            Some(()) => Self::Plain(bytes),
            None => Self::Text(text.into()),
        }
    }

    /// Appends the text.
    pub fn push(&self, out: &mut String) {
        match self {
            Self::Plain(bytes) => domain::digest::push_hex(bytes, out),
            Self::Text(text) => out.push_str(text),
        }
    }

    /// The text.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.push(&mut text);
        text
    }
}

/// One row of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainRow {
    /// Number of the row; rows of equal time stand in this order.
    pub number: i64,
    /// Time in seconds.
    pub time: i64,
    /// The row's hash as stored.
    pub hash: Link,
    /// Its signature; the empty text where there is none.
    pub signature: Link,
}

impl ChainRow {
    fn key(&self) -> (i64, i64) {
        (self.time, self.number)
    }
}

/// The rule of a chain: the hash that follows a previous hash and a signature.
pub type Rule<'a> = dyn Fn(&Link, &Link) -> [u8; 32] + Sync + 'a;

fn follows(previous: &Link, row: &ChainRow, rule: &Rule<'_>) -> bool {
    matches!(&row.hash, Link::Plain(hash) if rule(previous, &row.signature) == *hash)
}

/// A run of linked rows.
#[derive(Clone, Debug)]
pub struct Segment {
    /// Its first row.
    pub head: ChainRow,
    /// Hash of its last row.
    pub tail: Link,
    /// Its rows in the order of the chain.
    pub rows: Numbers,
    /// The row that comes first in time.
    earliest: (i64, i64),
}

impl Segment {
    fn begin(head: ChainRow) -> Self {
        let mut rows = Numbers::default();
        rows.push(head.number);
        Self { tail: head.hash.clone(), rows, earliest: head.key(), head }
    }

    fn add(&mut self, row: ChainRow) {
        self.rows.push(row.number);
        self.earliest = self.earliest.min(row.key());
        self.tail = row.hash;
    }

    /// Number of its last row.
    pub fn last(&self) -> i64 {
        self.rows.iter().last().unwrap_or(self.head.number)
    }
}

/// Rows that are looked at ahead, at least; all rows of one second are.
const WINDOW: usize = 64;
/// Rows that are looked at ahead, at most.
const WIDEST: usize = 4096;

/// Rows after which a block may be given up.
const PATIENCE: usize = 512;

/// Finds the runs of linked rows in a block. `rows` stand in the order of time and number. `None` where hardly any row
/// follows another, so that the block holds scattered rows of the chain: then it must be put together in another way.
pub fn segments_if_linked(rows: Vec<ChainRow>, genesis: &Link, rule: &Rule<'_>) -> Option<Vec<Segment>> {
    find(rows, genesis, rule, true)
}

/// [`segments_if_linked`] that does not give up.
pub fn segments(rows: Vec<ChainRow>, genesis: &Link, rule: &Rule<'_>) -> Vec<Segment> {
    find(rows, genesis, rule, false).unwrap_or_default()
}

fn find(rows: Vec<ChainRow>, genesis: &Link, rule: &Rule<'_>, may_give_up: bool) -> Option<Vec<Segment>> {
    let mut found: Vec<Segment> = Vec::new();
    let mut taken = 0usize;
    let mut rows = rows.into_iter().peekable();
    let mut ahead: VecDeque<ChainRow> = VecDeque::new();
    let mut current: Option<Segment> = None;
    let mut is_first = true;
    loop {
        while let Some(next) = rows.peek() {
            let is_near = ahead.front().is_some_and(|first| next.time <= first.time.saturating_add(1));
            if ahead.len() >= WINDOW && !(is_near && ahead.len() < WIDEST) {
                break;
            }
            ahead.extend(rows.next());
        }
        let tail = match &current {
            Some(segment) => Some(&segment.tail),
            None if is_first => Some(genesis),
            None => None,
        };
        let place = match tail {
            Some(tail) => ahead.iter().position(|row| follows(tail, row, rule)),
            None => None,
        };
        match (place.and_then(|place| ahead.remove(place)), &mut current) {
            (Some(row), Some(segment)) => {
                // A row that the others have long left behind has its place elsewhere.
                while ahead.len() >= WINDOW
                    && ahead.front().is_some_and(|first| first.time.saturating_add(2) < row.time)
                {
                    found.extend(ahead.pop_front().map(Segment::begin));
                }
                segment.add(row);
            }
            (Some(row), None) => current = Some(Segment::begin(row)),
            (None, _) => {
                found.extend(current.take());
                match ahead.pop_front() {
                    Some(row) => current = Some(Segment::begin(row)),
                    None => return Some(found),
                }
            }
        }
        is_first = false;
        taken += 1;
        if may_give_up && taken >= PATIENCE && found.len() * 4 > taken {
            return None;
        }
    }
}

/// What all segments of a chain make together.
#[derive(Clone, Debug, Default)]
pub struct Walk {
    /// The segments, those that follow one another joined; the first starts from the genesis value, if any does.
    pub chains: Vec<Numbers>,
    /// First rows of the chains, and the hash of the last row of each.
    pub ends: Vec<(ChainRow, Link)>,
    /// True where the first chain starts from the genesis value.
    pub starts_at_genesis: bool,
    /// Pairs of rows that claim the same predecessor, so far as the joining showed it; the second one begins a chain.
    pub forks: Vec<(i64, i64)>,
    /// The row with the smallest time that the chain from the genesis value does not reach: where the origin's own check
    /// reports the break.
    pub origin_break: Option<i64>,
}

impl Walk {
    /// True where every row is reached from the genesis value.
    pub fn is_whole(&self) -> bool {
        self.origin_break.is_none()
    }

    /// Hash of the last row of the last chain.
    pub fn last(&self) -> Option<&Link> {
        self.ends.last().map(|(_, tail)| tail)
    }

    /// First rows of all chains but the one from the genesis value: the rows at which a link is broken.
    pub fn breaks(&self) -> impl Iterator<Item = &ChainRow> {
        self.ends.iter().skip(usize::from(self.starts_at_genesis)).map(|(head, _)| head)
    }
}

/// Segments for which every pair is tried; above, a segment is tried only against those near to it.
pub const ALL_PAIRS: usize = 4000;
/// How near.
const NEAR: usize = 64;

/// Puts segments together. They may come from several blocks, in any order.
pub fn join(mut segments: Vec<Segment>, genesis: &Link, rule: &Rule<'_>) -> Walk {
    segments.sort_by_key(|segment| segment.earliest);
    let count = segments.len();
    // For each segment, what it follows: the genesis value is place `count`.
    let before: Vec<Option<usize>> = segments
        .par_iter()
        .enumerate()
        .map(|(index, segment)| {
            let fits = |other: &usize| *other != index && follows(&segments[*other].tail, &segment.head, rule);
            if index > 0 && fits(&(index - 1)) {
                return Some(index - 1);
            }
            if follows(genesis, &segment.head, rule) {
                return Some(count);
            }
            let near = if count <= ALL_PAIRS { count } else { NEAR };
            (index.saturating_sub(near)..(index + near).min(count)).find(fits)
        })
        .collect();
    let mut after: Vec<Option<usize>> = vec![None; count + 1];
    let mut walk = Walk::default();
    let mut is_head = vec![false; count];
    for (index, before) in before.iter().enumerate() {
        match before {
            None => is_head[index] = true,
            Some(before) => match after[*before] {
                None => after[*before] = Some(index),
                Some(rival) => {
                    walk.forks.push((segments[rival].head.number, segments[index].head.number));
                    is_head[index] = true;
                }
            },
        }
    }
    walk.starts_at_genesis = count == 0 || after[count].is_some();
    let mut is_used = vec![false; count];
    let starts: Vec<usize> = after[count].into_iter().chain((0..count).filter(|index| is_head[*index])).collect();
    // A ring of segments has no head; it is cut at its earliest.
    for start in starts.into_iter().chain(0..count) {
        if is_used[start] {
            continue;
        }
        let mut numbers = Numbers::default();
        let mut last = start;
        let mut next = Some(start);
        while let Some(index) = next.filter(|index| !is_used[*index]) {
            is_used[index] = true;
            numbers.append(segments[index].rows.clone());
            last = index;
            next = after[index];
        }
        walk.chains.push(numbers);
        walk.ends.push((segments[start].head.clone(), segments[last].tail.clone()));
        if walk.chains.len() == 1 && walk.starts_at_genesis {
            walk.origin_break = remaining(&segments, &is_used);
        }
    }
    if !walk.starts_at_genesis {
        walk.origin_break = remaining(&segments, &vec![false; count]);
    }
    walk
}

fn remaining(segments: &[Segment], is_used: &[bool]) -> Option<i64> {
    let open = segments.iter().zip(is_used).filter(|(_, is_used)| !**is_used);
    open.map(|(segment, _)| segment.earliest).min().map(|(_, number)| number)
}

/// Which rows of a block have one of these rows behind them that belongs elsewhere: pairs of (row, follower).
pub fn followed(rows: &[ChainRow], breaks: &[ChainRow], rule: &Rule<'_>) -> Vec<(i64, i64)> {
    let mut pairs = Vec::new();
    for row in rows {
        for broken in breaks {
            if row.number != broken.number && follows(&row.hash, broken, rule) {
                pairs.push((row.number, broken.number));
            }
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    fn rule(previous: &Link, signature: &Link) -> [u8; 32] {
        Sha256::digest(format!("<{}|{}>", previous.text(), signature.text())).into()
    }

    fn genesis() -> Link {
        Link::of("G")
    }

    fn chain(count: i64) -> Vec<ChainRow> {
        let mut previous = genesis();
        (0..count)
            .map(|number| {
                let signature = Link::of(&format!("s{number}"));
                previous = Link::Plain(rule(&previous, &signature));
                ChainRow { number, time: number / 3, hash: previous.clone(), signature }
            })
            .collect()
    }

    fn walk(mut rows: Vec<ChainRow>, block: usize) -> Walk {
        rows.sort_by_key(ChainRow::key);
        let blocks = rows.chunks(block);
        join(blocks.flat_map(|block| segments(block.to_vec(), &genesis(), &rule)).collect(), &genesis(), &rule)
    }

    fn broken(walk: &Walk) -> Vec<i64> {
        walk.breaks().map(|row| row.number).collect()
    }

    #[test]
    fn a_shuffled_chain_is_found_again_in_blocks_of_any_size() {
        for block in [1, 7, 50, 1000] {
            let mut rows = chain(200);
            let count = i64::try_from(rows.len()).expect("small");
            for row in &mut rows {
                row.time = 7;
                row.number = count - row.number;
            }
            let walk = walk(rows, block);
            assert!(walk.is_whole() && walk.chains.len() == 1, "blocks of {block}: {:?}", walk.chains);
            let order: Vec<i64> = walk.chains[0].iter().collect();
            assert_eq!(order, (1..=count).rev().collect::<Vec<_>>(), "the last row of the export was cast first");
        }
    }

    #[test]
    fn a_missing_row_splits_the_chain_at_its_successor() {
        for block in [2, 3, 100] {
            let mut rows = chain(10);
            rows.remove(4);
            let walk = walk(rows, block);
            assert_eq!(walk.origin_break, Some(5));
            assert_eq!(broken(&walk), [5]);
            assert!(walk.starts_at_genesis && walk.forks.is_empty());
        }
    }

    #[test]
    fn a_missing_head_is_no_genesis() {
        let walk = walk(chain(5)[1..].to_vec(), 2);
        assert!(!walk.starts_at_genesis);
        assert_eq!(broken(&walk), [1]);
        assert_eq!(walk.origin_break, Some(1));
    }

    #[test]
    fn a_row_with_a_wrong_time_keeps_its_place() {
        for block in [10, 500] {
            let mut rows = chain(400);
            rows[100].time = 500;
            rows[250].time = 0;
            let walk = walk(rows, block);
            assert!(walk.is_whole(), "blocks of {block}: {:?}", broken(&walk));
            assert!(walk.chains[0].is_ascending());
        }
    }

    #[test]
    fn two_rows_after_one_are_a_fork() {
        let mut rows = chain(5);
        let signature = Link::of("rival");
        let hash = Link::Plain(rule(&rows[1].hash, &signature));
        rows.push(ChainRow { number: 5, time: 9, hash, signature });
        let walk = walk(rows.clone(), 100);
        assert_eq!(broken(&walk), [5]);
        let breaks: Vec<ChainRow> = walk.breaks().cloned().collect();
        assert_eq!(followed(&rows, &breaks, &rule), [(1, 5)]);
    }

    #[test]
    fn an_altered_signature_breaks_only_its_own_link() {
        let mut rows = chain(6);
        rows[3].signature = Link::of("");
        let walk = walk(rows, 100);
        assert_eq!(broken(&walk), [3], "the rows behind it follow its hash");
        assert_eq!(walk.chains.len(), 2);
    }
}
