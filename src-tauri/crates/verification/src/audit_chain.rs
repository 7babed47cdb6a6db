//! A numbered chain of audit entries: every hash is recomputed on its own, then neighbours are compared. Sound and
//! parallel, because a link needs nothing but the two stored hashes.

use domain::Numbers;
use domain::report::{AuditChain, ChainError};

/// One entry, reduced to what the chain needs.
#[derive(Clone, Debug)]
pub struct AuditLink {
    /// The origin's number.
    pub id: i64,
    /// Version of the hash rule; below 2 means unkeyed.
    pub version: i64,
    /// Previous hash as stored.
    pub previous: String,
    /// Own hash as stored.
    pub current: String,
    /// Whether the recomputed hash equals the stored one.
    pub hash_fits: bool,
}

/// Where a chain may begin and how far it must reach.
#[derive(Clone, Debug, Default)]
pub struct Boundaries {
    /// Previous hash of the very first entry.
    pub genesis: String,
    /// Attested ends of archives: last number and its hash.
    pub attested: Vec<(i64, String)>,
    /// Highest number up to which unkeyed entries are trusted.
    pub legacy_max_id: i64,
    /// Last number covered by the newest checkpoint that is not archived.
    pub checkpoint_last_id: Option<i64>,
}

/// What a run of entries showed. Runs that follow one another are put together by [`Summary::append`], so that blocks can
/// be looked at on several threads.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Entries.
    pub count: u64,
    /// The first one.
    pub first: Option<AuditLink>,
    /// The last one.
    pub last: Option<AuditLink>,
    /// Entries that do not follow the one before: its number, and theirs.
    pub breaks: Vec<(i64, i64)>,
    /// Keyed entries, and those of them whose hash fits.
    pub keyed: (u64, u64),
    /// Unkeyed entries, and those of them whose hash fits.
    pub unkeyed: (u64, u64),
    /// Entries whose hash does not fit.
    pub unfit: Numbers,
    /// Runs of one version with their numbers.
    versions: Vec<(i64, Numbers)>,
}

impl Summary {
    /// Adds an entry. Entries come in ascending order of number.
    pub fn add(&mut self, link: AuditLink) {
        if let Some(last) = self.last.as_ref().filter(|last| last.current != link.previous) {
            self.breaks.push((last.id, link.id));
        }
        self.count += 1;
        let kind = if link.version >= 2 { &mut self.keyed } else { &mut self.unkeyed };
        kind.0 += 1;
        kind.1 += u64::from(link.hash_fits);
        if !link.hash_fits {
            self.unfit.push(link.id);
        }
        match self.versions.last_mut() {
            Some((known, numbers)) if *known == link.version => numbers.push(link.id),
            _ => self.versions.push((link.version, [link.id].into_iter().collect())),
        }
        if self.first.is_none() {
            self.first = Some(link.clone());
        }
        self.last = Some(link);
    }

    /// Adds what the entries behind these showed.
    pub fn append(&mut self, mut later: Self) {
        let Some(first) = later.first.take() else { return };
        if let Some(last) = self.last.as_ref().filter(|last| last.current != first.previous) {
            self.breaks.push((last.id, first.id));
        }
        self.first.get_or_insert(first);
        self.last = later.last;
        self.count += later.count;
        self.breaks.append(&mut later.breaks);
        for (known, more) in [(&mut self.keyed, later.keyed), (&mut self.unkeyed, later.unkeyed)] {
            known.0 += more.0;
            known.1 += more.1;
        }
        self.unfit.append(later.unfit);
        for (version, numbers) in later.versions {
            match self.versions.last_mut() {
                Some((known, all)) if *known == version => all.append(numbers),
                _ => self.versions.push((version, numbers)),
            }
        }
    }

    /// Entries of an older version than one before them.
    pub fn fallen(&self) -> Numbers {
        let mut highest = 0;
        let mut fallen = Numbers::default();
        for (version, numbers) in &self.versions {
            if *version < highest {
                fallen.append(numbers.clone());
            }
            highest = highest.max(*version);
        }
        fallen
    }

    /// Entries that carry a hash without key.
    pub fn without_key(&self) -> Numbers {
        let mut unkeyed = Numbers::default();
        for (_, numbers) in self.versions.iter().filter(|(version, _)| *version < 2) {
            unkeyed.append(numbers.clone());
        }
        unkeyed
    }

    /// The answer that the origin's own check would give.
    pub fn origin_answer(&self, boundaries: &Boundaries) -> AuditChain {
        // Errors of one entry stand in this order.
        let mut errors: Vec<(i64, u8, &str)> = Vec::new();
        let beyond = self.without_key();
        errors.extend(
            beyond.iter().filter(|id| *id > boundaries.legacy_max_id).map(|id| (id, 0, "unkeyed_after_boundary")),
        );
        errors.extend(self.fallen().iter().map(|id| (id, 1, "version_downgrade")));
        errors.extend(self.unfit.iter().map(|id| (id, 2, "hash_mismatch")));
        errors.extend(self.breaks.iter().map(|(_, id)| (*id, 3, "chain_broken")));
        if let Some(first) = self.first.as_ref().filter(|first| !is_lawful_start(first, boundaries)) {
            errors.push((first.id, 3, "head_missing"));
        }
        let last_id = self.last.as_ref().map(|link| link.id);
        if let (Some(covered), Some(last)) = (boundaries.checkpoint_last_id, last_id)
            && covered > last
        {
            errors.push((last, 4, "tail_truncated"));
        }
        errors.sort_unstable();
        AuditChain {
            verified: errors.is_empty(),
            total_checked: self.count,
            first_id: self.first.as_ref().map(|link| link.id),
            last_id,
            errors: errors.into_iter().map(|(log_id, _, kind)| ChainError { log_id, kind: kind.to_owned() }).collect(),
        }
    }
}

/// True where the first entry starts from the genesis value or from an attested archive boundary before it.
pub fn is_lawful_start(first: &AuditLink, boundaries: &Boundaries) -> bool {
    first.previous == boundaries.genesis
        || boundaries.attested.iter().any(|(last_id, hash)| *hash == first.previous && *last_id < first.id)
}

/// Groups of entries that only exchanged their numbers: taken in the order of their links, the chain is whole.
///
/// Looks at each run of neighbouring breaks and tries to follow the links through the entries of the run. Answers the
/// numbers of the entries that stand in the wrong place.
pub fn exchanged(links: &[AuditLink]) -> Vec<Vec<i64>> {
    let mut groups = Vec::new();
    let is_broken = |index: usize| index > 0 && links[index].previous != links[index - 1].current;
    let mut index = 1;
    while index < links.len() {
        if !is_broken(index) {
            index += 1;
            continue;
        }
        let start = index;
        let mut end = index;
        // Breaks of one exchange may lie apart: take in everything until the links close again, within reason.
        let mut found = None;
        while end < links.len() && end - start < 4096 {
            if is_broken(end) || end == start {
                // An exchange at the end of the chain has no follower that breaks.
                for stop in [end, end + 1] {
                    if let Some(order) = follow(links, start, stop) {
                        found = Some((stop, order));
                    }
                }
                if found.is_some() {
                    break;
                }
            }
            end += 1;
        }
        match found {
            Some((stop, order)) => {
                let moved: Vec<i64> = order
                    .iter()
                    .zip(start..stop)
                    .filter(|(now, then)| **now != *then)
                    .map(|(now, _)| links[*now].id)
                    .collect();
                let mut moved = moved;
                moved.sort_unstable();
                if !moved.is_empty() {
                    groups.push(moved);
                }
                index = stop + 1;
            }
            None => index += 1,
        }
    }
    groups
}

/// Follows the links from the entry before `start` through all entries `start..stop`; `None` unless every entry is used
/// and the entry at `stop` follows the last.
fn follow(links: &[AuditLink], start: usize, stop: usize) -> Option<Vec<usize>> {
    if stop > links.len() || stop - start < 2 || stop - start > 256 {
        return None;
    }
    let mut left: Vec<usize> = (start..stop).collect();
    let mut previous = &links[start - 1].current;
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let at = left.iter().position(|index| links[*index].previous == *previous)?;
        let index = left.remove(at);
        previous = &links[index].current;
        order.push(index);
    }
    if stop < links.len() && links[stop].previous != *previous {
        return None;
    }
    Some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(count: i64) -> Vec<AuditLink> {
        (1..=count)
            .map(|id| AuditLink {
                id,
                version: 3,
                previous: format!("h{}", id - 1),
                current: format!("h{id}"),
                hash_fits: true,
            })
            .collect()
    }

    fn boundaries() -> Boundaries {
        Boundaries { genesis: "h0".to_owned(), ..Boundaries::default() }
    }

    /// The answer must not depend on how the entries are cut into runs.
    fn origin_answer(links: &[AuditLink], boundaries: &Boundaries) -> AuditChain {
        let in_runs_of = |size: usize| {
            let mut all = Summary::default();
            for run in links.chunks(size) {
                let mut summary = Summary::default();
                run.iter().cloned().for_each(|link| summary.add(link));
                all.append(summary);
            }
            all.origin_answer(boundaries)
        };
        let answer = in_runs_of(1000);
        for size in 1..4 {
            assert_eq!(in_runs_of(size), answer);
        }
        answer
    }

    fn kinds(links: &[AuditLink], boundaries: &Boundaries) -> Vec<(i64, String)> {
        origin_answer(links, boundaries).errors.into_iter().map(|error| (error.log_id, error.kind)).collect()
    }

    #[test]
    fn a_whole_chain_has_no_errors() {
        let answer = origin_answer(&chain(5), &boundaries());
        assert!(
            answer.verified && answer.total_checked == 5 && answer.first_id == Some(1) && answer.last_id == Some(5)
        );
        assert!(origin_answer(&[], &boundaries()).verified, "an empty table verifies");
    }

    #[test]
    fn a_deleted_entry_shows_at_its_follower() {
        let mut links = chain(5);
        links.remove(2);
        assert_eq!(kinds(&links, &boundaries()), [(4, "chain_broken".to_owned())]);
        assert!(exchanged(&links).is_empty());
    }

    #[test]
    fn exchanged_numbers_are_recognised() {
        for (left, right) in [(1, 2), (1, 3), (5, 6), (6, 7)] {
            let mut links = chain(8);
            let (a, b) = (links[left].id, links[right].id);
            links.swap(left, right);
            links[left].id = a;
            links[right].id = b;
            assert_eq!(exchanged(&links), [vec![a, b]], "{a} and {b}");
        }
    }

    #[test]
    fn boundaries_decide_about_heads_tails_and_old_versions() {
        let links = &chain(9)[4..];
        assert_eq!(kinds(links, &boundaries()), [(5, "head_missing".to_owned())]);
        let attested = Boundaries { attested: vec![(4, "h4".to_owned())], ..boundaries() };
        assert!(kinds(links, &attested).is_empty());
        let beyond = Boundaries { checkpoint_last_id: Some(12), ..attested.clone() };
        assert_eq!(kinds(links, &beyond), [(9, "tail_truncated".to_owned())]);
        let mut old = chain(3);
        old[0].version = 1;
        old[2].version = 2;
        let expected = [(1, "unkeyed_after_boundary".to_owned()), (3, "version_downgrade".to_owned())];
        assert_eq!(kinds(&old, &boundaries()), expected);
        assert_eq!(kinds(&old, &Boundaries { legacy_max_id: 1, ..boundaries() }), expected[1..]);
    }
}
