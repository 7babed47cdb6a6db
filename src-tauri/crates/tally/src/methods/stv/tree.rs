//! Rankings as a tree: ballots with the same beginning are handed down together. A step costs the nodes below candidates
//! that are elected or excluded, not the ballots.

use super::arithmetic::Arithmetic;
use super::papers::Papers;

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
            self.hand_down_shared(math, (*votes, groups), shares, keep, &mut handed);
        }
        handed
    }

    /// One kind of ballots with shared ranks: each rank is divided equally among those of it who are not out, and what
    /// they do not keep goes on to the next rank.
    fn hand_down_shared<A: Arithmetic>(
        &self,
        math: &A,
        (votes, groups): (u64, &[Vec<u16>]),
        shares: &[A::Value],
        keep: Keep,
        handed: &mut Handed<A::Value>,
    ) {
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
                handed.votes[candidate] += &math.times(&kept, votes);
                rest -= &kept;
            }
            if rest == zero {
                return;
            }
        }
        handed.exhausted += &math.times(&rest, votes);
    }
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
