//! A chain over votes without an order column: the order is found again from the hashes.
//!
//! Each row carries `hash = H(previous, signature)`. From the genesis value, the next row is the one whose hash fits; its
//! hash is the next `previous`. Rows are tried in time order within a small window first, so an honest chain costs one or
//! two hashes per row; only where nothing fits are all remaining rows tried.

/// One row of the chain.
#[derive(Clone, Debug)]
pub struct ChainLink {
    /// The row's hash as stored.
    pub hash: String,
    /// Its signature text; empty where there is none.
    pub signature: String,
    /// Time order; rows of equal time keep the order of the export.
    pub time: i64,
}

/// What the walk found. Rows are named by their index in the input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    /// Runs of linked rows in order of walking; the first starts from the genesis value, if any row does.
    pub segments: Vec<Vec<usize>>,
    /// True where the first segment starts from the genesis value.
    pub starts_at_genesis: bool,
    /// Pairs of rows that claim the same predecessor; the second one is not in the chain of the first.
    pub forks: Vec<(usize, usize)>,
    /// The remaining row with the smallest time when the walk from the genesis value stopped: where the origin's own
    /// check reports the break.
    pub origin_break: Option<usize>,
}

impl Walk {
    /// True where every row is reached from the genesis value.
    pub fn is_whole(&self) -> bool {
        self.origin_break.is_none()
    }

    /// The last row of the last segment.
    pub fn last(&self) -> Option<usize> {
        self.segments.last().and_then(|segment| segment.last()).copied()
    }

    /// Rows that begin a segment behind the first: the rows at which a link is broken.
    pub fn break_rows(&self) -> Vec<usize> {
        let skip = usize::from(self.starts_at_genesis);
        self.segments.iter().skip(skip).filter_map(|segment| segment.first()).copied().collect()
    }
}

/// Rows tried in time order before all remaining ones are.
const WINDOW: usize = 64;

/// Finds the order of the rows again. `link` computes the next hash from the previous one and a signature.
pub fn walk(rows: &[ChainLink], genesis: &str, link: impl Fn(&str, &str) -> String) -> Walk {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|index| (rows[*index].time, *index));
    let mut remaining = Remaining::new(&order);
    let mut result = Walk::default();
    let mut previous = genesis.to_owned();
    let mut segment = Vec::new();
    let mut is_first = true;
    // Walking from an arbitrary start costs a scan of everything that is left, so it stops being worth it.
    let mut full_scans = 0usize;
    loop {
        let fits = |index: usize| link(&previous, &rows[index].signature) == rows[index].hash;
        let mut next = remaining.iter().take(WINDOW).find(|index| fits(*index));
        if next.is_none() && full_scans < 2000 {
            full_scans += 1;
            next = remaining.iter().skip(WINDOW).find(|index| fits(*index));
        }
        match next {
            Some(index) => {
                remaining.remove(index);
                previous.clone_from(&rows[index].hash);
                segment.push(index);
            }
            None => {
                if is_first {
                    result.starts_at_genesis = !segment.is_empty() || rows.is_empty();
                    result.origin_break = remaining.first();
                    is_first = false;
                }
                if !segment.is_empty() {
                    result.segments.push(std::mem::take(&mut segment));
                }
                let Some(index) = remaining.first() else { break };
                remaining.remove(index);
                previous.clone_from(&rows[index].hash);
                segment.push(index);
            }
        }
    }
    result.forks = forks(rows, &result, genesis, &link);
    result
}

/// Looks whether the start of a broken segment follows a row that has a successor already.
fn forks(rows: &[ChainLink], walk: &Walk, genesis: &str, link: &impl Fn(&str, &str) -> String) -> Vec<(usize, usize)> {
    let mut forks = Vec::new();
    for start in walk.break_rows().into_iter().take(200) {
        let follows = |previous: &str| link(previous, &rows[start].signature) == rows[start].hash;
        if walk.starts_at_genesis && follows(genesis) {
            if let Some(first) = walk.segments.first().and_then(|segment| segment.first()) {
                forks.push((*first, start));
            }
            continue;
        }
        for segment in &walk.segments {
            for pair in segment.windows(2) {
                if pair[1] != start && pair[0] != start && follows(&rows[pair[0]].hash) {
                    forks.push((pair[1], start));
                }
            }
        }
    }
    forks
}

/// Indices not yet walked, in time order, with removal in constant time.
struct Remaining {
    next: Vec<usize>,
    position: Vec<usize>,
    previous: Vec<usize>,
    order: Vec<usize>,
}

impl Remaining {
    fn new(order: &[usize]) -> Self {
        let count = order.len();
        let mut position = vec![0; count];
        for (at, index) in order.iter().enumerate() {
            position[*index] = at;
        }
        // Slot `count` is the head and the end of the ring.
        let next = (0..=count).map(|at| if at == count { 0 } else { at + 1 }).collect();
        let previous = (0..=count).map(|at| if at == 0 { count } else { at - 1 }).collect();
        Self { next, position, previous, order: order.to_vec() }
    }

    fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        let end = self.order.len();
        let mut at = self.next[end];
        std::iter::from_fn(move || {
            if at == end {
                return None;
            }
            let index = self.order[at];
            at = self.next[at];
            Some(index)
        })
    }

    fn first(&self) -> Option<usize> {
        self.iter().next()
    }

    fn remove(&mut self, index: usize) {
        let at = self.position[index];
        let (before, after) = (self.previous[at], self.next[at]);
        self.next[before] = after;
        self.previous[after] = before;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(previous: &str, signature: &str) -> String {
        format!("<{previous}|{signature}>")
    }

    fn chain(count: usize) -> Vec<ChainLink> {
        let mut previous = "G".to_owned();
        (0..count)
            .map(|index| {
                let signature = format!("s{index}");
                previous = link(&previous, &signature);
                ChainLink { hash: previous.clone(), signature, time: i64::try_from(index / 3).expect("small") }
            })
            .collect()
    }

    #[test]
    fn a_shuffled_chain_is_found_again() {
        let mut rows = chain(200);
        rows.reverse();
        for row in &mut rows {
            row.time = 7;
        }
        let walk = walk(&rows, "G", link);
        assert!(walk.is_whole() && walk.segments.len() == 1);
        assert_eq!(walk.last(), Some(0), "the first row of the export was cast last");
    }

    #[test]
    fn a_missing_row_splits_the_chain_at_its_successor() {
        let mut rows = chain(10);
        rows.remove(4);
        let walk = walk(&rows, "G", link);
        assert_eq!(walk.origin_break, Some(4));
        assert_eq!(walk.break_rows(), [4]);
        assert!(walk.starts_at_genesis && walk.forks.is_empty());
    }

    #[test]
    fn a_missing_head_is_no_genesis() {
        let walk = walk(&chain(5)[1..], "G", link);
        assert!(!walk.starts_at_genesis);
        assert_eq!(walk.break_rows(), [0]);
    }

    #[test]
    fn two_rows_after_one_are_a_fork() {
        let mut rows = chain(5);
        let hash = link(&rows[1].hash, "rival");
        rows.push(ChainLink { hash, signature: "rival".to_owned(), time: 9 });
        let walk = walk(&rows, "G", link);
        assert_eq!(walk.forks, [(2, 5)]);
    }

    #[test]
    fn an_altered_signature_breaks_only_its_own_link() {
        let mut rows = chain(6);
        rows[3].signature.clear();
        let walk = walk(&rows, "G", link);
        assert_eq!(walk.break_rows(), [3], "the rows behind it follow its hash");
        assert_eq!(walk.segments.len(), 2);
    }
}
