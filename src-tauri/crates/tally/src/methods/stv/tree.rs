//! Rankings as a tree: ballots with the same beginning are handed down together. A step costs the nodes below candidates
//! that are elected or excluded, not the ballots.

use super::arithmetic::Arithmetic;
use super::papers::Papers;
use super::piles::Slip;

/// How an elected candidate keeps a part of what reaches him.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// His share of it (Meek).
    Share,
    /// As much as his share, or all of it where less is left of the ballot (Warren).
    AtMost,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    candidate: u16,
    /// Ballots that come through here.
    through: u64,
    /// Ballots that end here.
    ending: u64,
    /// The node behind all below this one.
    behind: u32,
}

/// All ballots, ready to be handed down again and again.
pub(crate) struct Tree<'a> {
    nodes: Vec<Node>,
    papers: &'a Papers,
}

/// What one handing down gives.
pub(crate) struct Handed<V> {
    /// Votes of each candidate.
    pub(crate) votes: Vec<V>,
    /// Votes that nobody kept.
    pub(crate) exhausted: V,
}

impl<'a> Tree<'a> {
    /// Builds the tree; papers are sorted.
    pub(crate) fn grow(papers: &'a Papers) -> Self {
        let mut nodes: Vec<Node> = Vec::new();
        let mut path: Vec<usize> = Vec::new();
        for paper in papers.list() {
            let prefs = papers.prefs(paper);
            let same =
                path.iter().zip(prefs).take_while(|&(&node, &candidate)| nodes[node].candidate == candidate).count();
            close(&mut nodes, &mut path, same);
            for &candidate in &prefs[same..] {
                path.push(nodes.len());
                nodes.push(Node { candidate, through: 0, ending: 0, behind: 0 });
            }
            for &node in &path {
                nodes[node].through += paper.votes;
            }
            if let Some(&last) = path.last() {
                nodes[last].ending += paper.votes;
            }
        }
        close(&mut nodes, &mut path, 0);
        Self { nodes, papers }
    }

    /// Hands all ballots down by the candidates' shares: 1 keeps all, 0 nothing. What a ballot gives is rounded up.
    pub(crate) fn hand_down<A: Arithmetic>(&self, math: &A, shares: &[A::Value], keep: Keep) -> Handed<A::Value> {
        let one = math.whole(1);
        let zero = math.zero();
        let mut handed = Handed { votes: vec![zero.clone(); shares.len()], exhausted: zero.clone() };
        // Nodes whose rest is being handed down: where they end, and what was left above them.
        let mut above: Vec<(usize, A::Value)> = Vec::new();
        let mut rest = one.clone();
        let mut at = 0;
        while at < self.nodes.len() {
            while above.last().is_some_and(|(behind, _)| *behind <= at) {
                rest = above.pop().map_or_else(|| one.clone(), |(_, rest)| rest);
            }
            let node = &self.nodes[at];
            let candidate = usize::from(node.candidate);
            let share = &shares[candidate];
            let behind = node.behind as usize;
            if *share == one {
                handed.votes[candidate] += &math.times(&rest, node.through);
                at = behind;
                continue;
            }
            let mut left = rest.clone();
            if *share != zero {
                let kept = kept(math, &rest, share, keep);
                handed.votes[candidate] += &math.times(&kept, node.through);
                left -= &kept;
            }
            if left == zero {
                at = behind;
                continue;
            }
            if node.ending > 0 {
                handed.exhausted += &math.times(&left, node.ending);
            }
            above.push((behind, std::mem::replace(&mut rest, left)));
            at += 1;
        }
        for (votes, groups) in &self.papers.shared {
            let rest = of_shared(math, groups, shares, keep, |candidate, kept| {
                handed.votes[candidate] += &math.times(&kept, *votes);
            });
            handed.exhausted += &math.times(&rest, *votes);
        }
        handed
    }

    /// What of each kind of ballots lies with whom by the candidates' shares, of those wanted: the same steps as
    /// [`Tree::hand_down`], ballot by ballot.
    pub(crate) fn slips<A: Arithmetic>(
        &self,
        math: &A,
        shares: &[A::Value],
        keep: Keep,
        wanted: &[Option<usize>],
    ) -> Vec<Slip<A::Value>> {
        let (zero, one) = (math.zero(), math.whole(1));
        let mut slips = Vec::new();
        let mut lay = |holder: Option<usize>, paper: usize, ballots: u64, worth: A::Value| {
            if worth != zero && wanted.contains(&holder) {
                slips.push(Slip { holder, paper, ballots, worth });
            }
        };
        for (number, paper) in self.papers.list().iter().enumerate() {
            let mut rest = one.clone();
            for candidate in self.papers.prefs(paper).iter().map(|&candidate| usize::from(candidate)) {
                let share = &shares[candidate];
                if *share == zero {
                    continue;
                }
                let kept = if *share == one { rest.clone() } else { kept(math, &rest, share, keep) };
                rest -= &kept;
                lay(Some(candidate), number, paper.votes, kept);
                if rest == zero {
                    break;
                }
            }
            lay(None, number, paper.votes, rest);
        }
        for (number, (votes, groups)) in (self.papers.list().len()..).zip(&self.papers.shared) {
            let rest = of_shared(math, groups, shares, keep, |candidate, kept| {
                lay(Some(candidate), number, *votes, kept);
            });
            lay(None, number, *votes, rest);
        }
        slips
    }
}

/// What of one ballot with shared ranks each candidate keeps: each rank is divided equally among those of it who are not out,
/// and what they do not keep goes on to the next rank. Answers what nobody keeps.
fn of_shared<A: Arithmetic>(
    math: &A,
    groups: &[Vec<u16>],
    shares: &[A::Value],
    keep: Keep,
    mut keeps: impl FnMut(usize, A::Value),
) -> A::Value {
    let zero = math.zero();
    let mut rest = math.whole(1);
    for group in groups {
        let there: Vec<usize> =
            group.iter().map(|&candidate| usize::from(candidate)).filter(|&it| shares[it] != zero).collect();
        if there.is_empty() {
            continue;
        }
        let part = math.div(&rest, &math.whole(there.len() as u64));
        for candidate in there {
            let kept = kept(math, &part, &shares[candidate], keep);
            rest -= &kept;
            keeps(candidate, kept);
        }
        if rest == zero {
            break;
        }
    }
    rest
}

fn kept<A: Arithmetic>(math: &A, rest: &A::Value, share: &A::Value, keep: Keep) -> A::Value {
    match keep {
        Keep::Share => math.mul_up(rest, share),
        Keep::AtMost => rest.min(share).clone(),
    }
}

/// Ends the nodes of a path from a depth on.
fn close(nodes: &mut [Node], path: &mut Vec<usize>, depth: usize) {
    let behind = u32::try_from(nodes.len()).expect("fewer nodes than 32 bits count");
    for node in path.drain(depth..) {
        nodes[node].behind = behind;
    }
}
