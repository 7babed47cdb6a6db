//! A numbered chain of audit entries: every hash is recomputed on its own, then neighbours are compared. Sound and
//! parallel, because a link needs nothing but the two stored hashes.

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

/// Gives the answer that the origin's own check would give. Entries must be in ascending order of number.
pub fn origin_answer(links: &[AuditLink], boundaries: &Boundaries) -> AuditChain {
    let mut errors = Vec::new();
    let mut highest_version = 0;
    for (index, link) in links.iter().enumerate() {
        let mut error = |kind: &str| errors.push(ChainError { log_id: link.id, kind: kind.to_owned() });
        if link.version < 2 && link.id > boundaries.legacy_max_id {
            error("unkeyed_after_boundary");
        }
        if link.version < highest_version {
            error("version_downgrade");
        }
        highest_version = highest_version.max(link.version);
        if !link.hash_fits {
            error("hash_mismatch");
        }
        match index.checked_sub(1) {
            Some(before) => {
                if link.previous != links[before].current {
                    error("chain_broken");
                }
            }
            None => {
                if !is_lawful_start(link, boundaries) {
                    error("head_missing");
                }
            }
        }
    }
    let last_id = links.last().map(|link| link.id);
    if let (Some(covered), Some(last)) = (boundaries.checkpoint_last_id, last_id)
        && covered > last
    {
        errors.push(ChainError { log_id: last, kind: "tail_truncated".to_owned() });
    }
    AuditChain {
        verified: errors.is_empty(),
        total_checked: u64::try_from(links.len()).unwrap_or(u64::MAX),
        first_id: links.first().map(|link| link.id),
        last_id,
        errors,
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
