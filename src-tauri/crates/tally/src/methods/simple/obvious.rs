//! A second count by the simple methods, for tests: slow and obvious, written from what the rules say. Every vote is a paper
//! of its own, a paper is asked about each candidate or each two of them, and nothing is shared with the rules but names.
//!
//! A tally finds the numbers; [`Tally::choose`] then elects by an order of the candidates in the place of a lot. So a tie is
//! what another order would change, and tests find out by going through all orders.

use std::collections::BTreeSet;

use domain::contest::{Contest, Mark, MarksAre};

/// One paper: what it says of each candidate who stands, where it says anything.
struct Paper {
    says: Vec<Option<u16>>,
    /// The best rank that is overvoted.
    overvoted: Option<u16>,
}

/// Papers of a contest.
pub(super) struct Papers {
    are: MarksAre,
    pub(super) standing: Vec<usize>,
    papers: Vec<Paper>,
}

impl Papers {
    pub(super) fn of(contest: &Contest) -> Self {
        let mut papers = Vec::new();
        for ballot in contest.ballots.iter() {
            for _ in 0..ballot.votes {
                let says = (0_u16..).zip(&contest.candidates).map(|(candidate, it)| {
                    let mark = ballot.marks.iter().find(|mark| mark.candidate == candidate);
                    mark.filter(|_| !it.withdrawn).map(|mark| mark.value)
                });
                let overvotes = ballot.marks.iter().filter(|mark| mark.candidate == Mark::OVERVOTE);
                papers.push(Paper { says: says.collect(), overvoted: overvotes.map(|mark| mark.value).min() });
            }
        }
        let standing = (0..contest.candidates.len()).filter(|it| !contest.candidates[*it].withdrawn).collect();
        Self { are: contest.marks_are, standing, papers }
    }

    pub(super) fn len(&self) -> usize {
        self.papers.len()
    }

    /// How much a paper likes a candidate: more is better; nothing where it does not name him.
    fn liking(&self, paper: &Paper, candidate: usize) -> Option<i64> {
        paper.says[candidate].map(|value| match self.are {
            MarksAre::Ranks => -i64::from(value),
            MarksAre::Scores => i64::from(value),
            MarksAre::Choices => 1,
        })
    }

    /// Papers that like one more than the other, of whom a paper that does not name him likes him least.
    fn prefer(&self, one: usize, other: usize) -> u64 {
        let prefers = |it: &&Paper| self.liking(it, one) > self.liking(it, other);
        self.papers.iter().filter(prefers).count() as u64
    }

    fn score(&self, paper: &Paper, candidate: usize) -> u64 {
        match (self.are, paper.says[candidate]) {
            (_, None) => 0,
            (MarksAre::Choices, Some(_)) => 1,
            (_, Some(value)) => u64::from(value),
        }
    }
}

/// Numbers of a count.
pub(super) enum Tally {
    /// The largest win. Numbers are doubled, so that halves are whole.
    Sums { doubled: Vec<u64>, lost: u64 },
    /// Sums of scores; who scores higher on more papers.
    Star { sums: Vec<u64>, over: Vec<Vec<u64>> },
    /// Strengths of the strongest paths; how many each one beats.
    Paths { strength: Vec<Vec<u64>>, beaten: Vec<u64> },
    /// Papers that prefer one to the other.
    Locks { over: Vec<Vec<u64>>, beaten: Vec<u64> },
}

/// Elected by an order, in turn, and what else the order decided: the two of a run-off, or the victories that were kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    pub(super) elected: Vec<usize>,
    pub(super) finalists: Vec<usize>,
    pub(super) kept: BTreeSet<(usize, usize)>,
}

/// Tallies by the name of the rule.
pub(super) fn tally(papers: &Papers, candidates: usize, rule: &str) -> Tally {
    let table = |value: &dyn Fn(usize, usize) -> u64| -> Vec<Vec<u64>> {
        (0..candidates).map(|one| (0..candidates).map(|other| value(one, other)).collect()).collect()
    };
    let sums = |value: &dyn Fn(&Paper, usize) -> u64| -> Vec<u64> {
        (0..candidates).map(|it| papers.papers.iter().map(|paper| value(paper, it)).sum()).collect()
    };
    let over = || table(&|one, other| papers.prefer(one, other));
    let beaten = |over: &[Vec<u64>]| -> Vec<u64> {
        let beats = |one: usize| papers.standing.iter().filter(move |it| over[one][**it] > over[**it][one]);
        (0..candidates).map(|one| beats(one).count() as u64).collect()
    };
    match rule {
        "plurality" => {
            let doubled = sums(&|paper, it| if first_choice(papers, paper) == Some(it) { 2 } else { 0 });
            let lost = papers.papers.iter().filter(|paper| first_choice(papers, paper).is_none()).count();
            Tally::Sums { doubled, lost: lost as u64 }
        }
        "approval" => {
            let chooses = |paper: &Paper, it: usize| match papers.are {
                MarksAre::Scores => paper.says[it] > Some(0),
                MarksAre::Ranks | MarksAre::Choices => paper.says[it].is_some(),
            };
            let is_blank = |paper: &&Paper| !(0..candidates).any(|it| chooses(paper, it));
            let lost = papers.papers.iter().filter(is_blank).count() as u64;
            Tally::Sums { doubled: sums(&|paper, it| if chooses(paper, it) { 2 } else { 0 }), lost }
        }
        "score" => Tally::Sums { doubled: sums(&|paper, it| 2 * papers.score(paper, it)), lost: 0 },
        "borda" => {
            let is_blank = |paper: &&Paper| paper.says.iter().all(Option::is_none);
            let lost = papers.papers.iter().filter(is_blank).count() as u64;
            Tally::Sums { doubled: sums(&|paper, it| points(papers, paper, it)), lost }
        }
        "star" => {
            let higher = |one: usize, other: usize| {
                let is_higher = |paper: &&Paper| papers.score(paper, one) > papers.score(paper, other);
                papers.papers.iter().filter(is_higher).count() as u64
            };
            Tally::Star { sums: sums(&|paper, it| papers.score(paper, it)), over: table(&higher) }
        }
        "schulze" => {
            let over = over();
            let strength = |one, other| strongest(&over, &papers.standing, &[one], other);
            Tally::Paths { strength: table(&strength), beaten: beaten(&over) }
        }
        _ => {
            let over = over();
            Tally::Locks { beaten: beaten(&over), over }
        }
    }
}

/// The only candidate whom nobody else on the paper equals or betters.
fn first_choice(papers: &Papers, paper: &Paper) -> Option<usize> {
    let likings: Vec<(usize, i64)> =
        papers.standing.iter().filter_map(|it| Some((*it, papers.liking(paper, *it)?))).collect();
    let best = likings.iter().map(|(_, liking)| *liking).max()?;
    let is_void = match papers.are {
        MarksAre::Ranks => paper.overvoted.is_some_and(|rank| -i64::from(rank) >= best),
        MarksAre::Scores => best == 0,
        MarksAre::Choices => paper.overvoted.is_some(),
    };
    let mut firsts = likings.into_iter().filter(|(_, liking)| *liking == best);
    let (first, _) = firsts.next()?;
    if is_void || firsts.next().is_some() { None } else { Some(first) }
}

/// Doubled points: the n candidates give n - 1 down to 0 points to the places of the paper, and those who share places
/// share the points: two for each whom the paper puts lower or does not name, one for each put level.
fn points(papers: &Papers, paper: &Paper, candidate: usize) -> u64 {
    let Some(own) = papers.liking(paper, candidate) else { return 0 };
    let others = papers.standing.iter().filter(|it| **it != candidate);
    others
        .map(|other| match papers.liking(paper, *other) {
            Some(liking) if liking > own => 0,
            Some(liking) if liking == own => 1,
            _ => 2,
        })
        .sum()
}

/// The strongest of all paths of victories that start with `path` and end at `to`: as strong as its weakest victory.
fn strongest(over: &[Vec<u64>], standing: &[usize], path: &[usize], to: usize) -> u64 {
    let from = path[path.len() - 1];
    let mut best = 0;
    for &next in standing.iter().filter(|it| !path.contains(it)) {
        if over[from][next] > over[next][from] {
            let longer = [path, &[next]].concat();
            let rest = if next == to { u64::MAX } else { strongest(over, standing, &longer, to) };
            best = best.max(over[from][next].min(rest));
        }
    }
    best
}

/// Whether one reaches the other over victories that are kept.
fn reaches(kept: &BTreeSet<(usize, usize)>, one: usize, other: usize) -> bool {
    kept.iter().any(|&(winner, loser)| winner == one && (loser == other || reaches(kept, loser, other)))
}

impl Tally {
    /// Elects by an order of all who stand.
    pub(super) fn choose(&self, order: &[usize], seats: usize) -> Chosen {
        let mut chosen = Chosen { elected: Vec::new(), finalists: Vec::new(), kept: BTreeSet::new() };
        match self {
            Self::Sums { doubled, .. } => {
                chosen.elected = in_turn(order, seats, |other, one| doubled[other] > doubled[one]);
            }
            Self::Paths { strength, .. } => {
                chosen.elected = in_turn(order, seats, |other, one| strength[other][one] > strength[one][other]);
            }
            Self::Locks { over, .. } => {
                chosen.kept = locked(over, order);
                chosen.elected = in_turn(order, seats, |other, one| reaches(&chosen.kept, other, one));
            }
            Self::Star { sums, over } => star(&mut chosen, sums, over, order),
        }
        chosen
    }

    /// Numbers that a round shows, doubled.
    pub(super) fn shown(&self) -> Vec<u64> {
        match self {
            Self::Sums { doubled, .. } => doubled.clone(),
            Self::Star { sums: numbers, .. }
            | Self::Paths { beaten: numbers, .. }
            | Self::Locks { beaten: numbers, .. } => numbers.iter().map(|it| it * 2).collect(),
        }
    }
}

/// Again and again the first in the order of those whom nobody left precedes.
fn in_turn(order: &[usize], seats: usize, precedes: impl Fn(usize, usize) -> bool) -> Vec<usize> {
    let mut elected: Vec<usize> = Vec::new();
    while elected.len() < seats {
        let left: Vec<usize> = order.iter().copied().filter(|it| !elected.contains(it)).collect();
        let next = left.iter().copied().find(|one| !left.iter().any(|other| precedes(*other, *one)));
        elected.push(next.expect("nobody precedes himself"));
    }
    elected
}

fn locked(over: &[Vec<u64>], order: &[usize]) -> BTreeSet<(usize, usize)> {
    let mut victories: Vec<(usize, usize)> = Vec::new();
    // Defeats of the last in the order go first, those by the first in the order before the others.
    for &loser in order.iter().rev() {
        victories.extend(order.iter().filter(|it| over[**it][loser] > over[loser][**it]).map(|it| (*it, loser)));
    }
    let mut kept = BTreeSet::new();
    while !victories.is_empty() {
        let mut best = 0;
        for at in 1..victories.len() {
            let ((won, lost), (most, least)) = (victories[at], victories[best]);
            let is_larger = over[won][lost] > over[most][least];
            let is_as_large = over[won][lost] == over[most][least];
            if is_larger || (is_as_large && over[lost][won] < over[least][most]) {
                best = at;
            }
        }
        let (winner, loser) = victories.remove(best);
        if !reaches(&kept, loser, winner) {
            kept.insert((winner, loser));
        }
    }
    kept
}

fn star(chosen: &mut Chosen, sums: &[u64], over: &[Vec<u64>], order: &[usize]) {
    let ranked = in_turn(order, order.len(), |other, one| sums[other] > sums[one]);
    let [first, second, ..] = ranked[..] else {
        chosen.elected = ranked;
        return;
    };
    chosen.finalists = vec![first, second];
    let behind: Vec<usize> = ranked[1..].iter().copied().filter(|it| sums[*it] == sums[second]).collect();
    if let ([one, other], true) = (&behind[..], sums[first] > sums[second])
        && over[*other][*one] > over[*one][*other]
    {
        chosen.finalists[1] = *other;
    }
    let second = chosen.finalists[1];
    chosen.elected = vec![if over[second][first] > over[first][second] { second } else { first }];
}
