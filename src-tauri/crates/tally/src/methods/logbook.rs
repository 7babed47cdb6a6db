//! The Logbook's count, as its release of August 2026 computes it: plurality, supermajority, approval, ranked choice,
//! victory conditions, quorum, paper batches, merged write-ins.
//!
//! The answers are the origin's own shapes (`results`, `stats`). Percentages are binary floats rounded to two digits, half
//! to even, because the origin rounds them so and compares winners against the rounded value. What the origin does not
//! do, this count does not do either: several seats still elect only the top count, a tie within ranked choice is cut by
//! the smallest id and not reported.

mod piles;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::VoteView;
use domain::vote::{filled, non_empty};
pub use piles::piles;
use serde::{Deserialize, Serialize};

/// What the count needs to know of an election.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Id.
    pub election_id: String,
    /// Title.
    pub title: String,
    /// Status as stored.
    pub status: String,
    /// Contests in ballot order.
    pub positions: Vec<String>,
    /// Secret ballot: voters are told apart by hash, else by id.
    pub is_anonymous: bool,
    /// simple_majority, supermajority, approval, ranked_choice.
    pub voting_method: String,
    /// most_votes, majority, supermajority, threshold.
    pub victory_condition: String,
    /// Votes needed.
    pub victory_threshold: Option<i64>,
    /// Percentage needed.
    pub victory_percentage: Option<i64>,
    /// co_winners or another policy.
    pub tie_policy: Option<String>,
    /// Choices allowed per contest.
    pub max_votes_per_position: i64,
    /// none, percentage, count.
    pub quorum_type: String,
    /// Its value.
    pub quorum_value: Option<i64>,
    /// Persons who may vote.
    pub eligible: u64,
}

/// A candidate as the count sees it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
    /// Contest.
    pub position: Option<String>,
    /// Write-in merged into this candidate.
    pub merged_into: Option<String>,
}

/// A paper batch as the count sees it.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Id.
    pub id: String,
    /// True until attested: its votes are not counted.
    pub is_pending: bool,
    /// Paper ballots recorded.
    pub ballots_cast: Option<i64>,
}

/// The origin's `results`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Election.
    pub election_id: String,
    /// Title.
    pub election_title: String,
    /// Status.
    pub status: String,
    /// Votes counted.
    pub total_votes: i64,
    /// Persons who may vote.
    pub total_eligible_voters: u64,
    /// Voters of them, percent.
    pub voter_turnout_percentage: f64,
    /// One entry per contest.
    pub results_by_position: Vec<PositionResult>,
    /// The same rule over all votes together; meaningless with several contests, but the origin prints it.
    pub overall_results: Vec<CandidateResult>,
    /// Whether enough voters took part.
    pub quorum_met: bool,
    /// The origin's sentence about it.
    pub quorum_detail: Option<String>,
    /// As stored.
    pub tie_policy: Option<String>,
}

/// One contest of [`Results`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PositionResult {
    /// Contest.
    pub position: String,
    /// Vote rows, also in ranked choice.
    pub total_votes: i64,
    /// Candidates, most votes first.
    pub candidates: Vec<CandidateResult>,
    /// Whether the top is tied and undecided.
    pub is_tie: bool,
}

/// One candidate of [`Results`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateResult {
    /// Id.
    pub candidate_id: String,
    /// Name.
    pub candidate_name: String,
    /// Contest.
    pub position: Option<String>,
    /// Votes; in ranked choice those of the last round.
    pub vote_count: i64,
    /// Percent of the base, two digits.
    pub percentage: f64,
    /// Elected.
    pub is_winner: bool,
    /// Tied at the top without a decision.
    pub is_tied: bool,
}

/// The origin's `stats`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stats {
    /// Election.
    pub election_id: String,
    /// Candidates, merged ones included.
    pub total_candidates: usize,
    /// Votes counted.
    pub total_votes_cast: i64,
    /// Persons who may vote.
    pub total_eligible_voters: u64,
    /// Persons who voted.
    pub total_voters: i64,
    /// Percent.
    pub voter_turnout_percentage: f64,
    /// Votes per contest; votes without contest are left out.
    pub votes_by_position: BTreeMap<String, i64>,
    /// Paper votes.
    pub manual_votes: i64,
    /// The others.
    pub electronic_votes: i64,
    /// Always null.
    pub voting_timeline: Option<()>,
}

/// Elected and tied candidates of one contest: what two counts are compared by.
pub type Outcome = BTreeMap<String, (BTreeSet<String>, BTreeSet<String>)>;

/// One round of ranked choice, for the reader; the origin prints only the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Votes per candidate still in the race.
    pub votes: BTreeMap<String, i64>,
    /// Ballots without a candidate still in the race.
    pub exhausted: i64,
    /// Candidate dropped, if any.
    pub dropped: Option<String>,
    /// Candidates with the same lowest count; more than one means that the id decided.
    pub lowest: BTreeSet<String>,
}

type Preference = (i64, i64, usize);

/// A count that votes are added to and taken from.
#[derive(Clone, Debug)]
pub struct Count {
    rules: Rules,
    candidates: Vec<Candidate>,
    batches: HashMap<String, Batch>,
    index_of: HashMap<String, usize>,
    /// Votes per contest and candidate id. Candidates that nobody knows are counted into the contest's total.
    counts: BTreeMap<(Option<String>, String), i64>,
    /// Rows per contest.
    rows: BTreeMap<Option<String>, i64>,
    /// Voters with counted votes that were counted elsewhere, and the same per contest: see [`Count::count_voters_apart`].
    apart: Option<(i64, BTreeMap<Option<String>, i64>)>,
    /// Vote rows per voter, all contests.
    voters: HashMap<String, i64>,
    /// The same per contest, for approval.
    voters_by_position: HashMap<(Option<String>, String), i64>,
    /// Paper votes per contest, candidate and batch.
    paper: BTreeMap<(Option<String>, String, Option<String>), i64>,
    /// Ranked ballots per contest and voter: (rank, order of the row, candidate).
    ballots: BTreeMap<(Option<String>, String), BTreeSet<Preference>>,
    total: i64,
}

impl Count {
    /// An empty count.
    pub fn new(rules: Rules, candidates: Vec<Candidate>, batches: Vec<Batch>) -> Self {
        let index_of = candidates.iter().enumerate().map(|(index, candidate)| (candidate.id.clone(), index)).collect();
        Self {
            rules,
            candidates,
            batches: batches.into_iter().map(|batch| (batch.id.clone(), batch)).collect(),
            index_of,
            counts: BTreeMap::new(),
            rows: BTreeMap::new(),
            apart: None,
            voters: HashMap::new(),
            voters_by_position: HashMap::new(),
            paper: BTreeMap::new(),
            ballots: BTreeMap::new(),
            total: 0,
        }
    }

    /// The rules counted by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Candidates in the order given.
    pub fn candidates(&self) -> &[Candidate] {
        &self.candidates
    }

    /// True where the origin counts the vote: not excluded, no test, not of a pending batch.
    pub fn counts_vote(&self, vote: &VoteView<'_>) -> bool {
        let is_pending = filled(vote.manual_batch_id)
            .and_then(|batch| self.batches.get(batch))
            .is_some_and(|batch| batch.is_pending);
        !vote.is_deleted() && !vote.is_test_ballot() && !is_pending
    }

    /// Adds a vote if the origin counts it.
    pub fn add(&mut self, vote: &VoteView<'_>) {
        if self.counts_vote(vote) {
            self.change(vote, 1);
        }
    }

    /// Takes back a vote that was added.
    pub fn remove(&mut self, vote: &VoteView<'_>) {
        if self.counts_vote(vote) {
            self.change(vote, -1);
        }
    }

    /// Adds a vote whether or not the origin counts it.
    pub fn add_always(&mut self, vote: &VoteView<'_>) {
        self.change(vote, 1);
    }

    /// Tells how many voters there are, in all and per contest, where somebody else counts them: votes then no longer
    /// change their number, but for voters named to [`Count::watch_voter`].
    pub fn count_voters_apart(&mut self, total: i64, by_position: BTreeMap<Option<String>, i64>) {
        self.apart = Some((total, by_position));
    }

    /// Takes one of the voters counted apart into the count, with their counted votes per contest: for votes that will be
    /// added or taken back.
    pub fn watch_voter(&mut self, identity: &str, votes: &BTreeMap<Option<String>, i64>) {
        let total: i64 = votes.values().sum();
        if self.apart.is_none() || self.voters.contains_key(identity) {
            return;
        }
        self.voters.insert(identity.to_owned(), total);
        if let Some((voters, by_position)) = &mut self.apart {
            *voters -= i64::from(total > 0);
            for (position, count) in votes.iter().filter(|(_, count)| **count > 0) {
                bump(by_position, position.clone(), -1);
                self.voters_by_position.insert((position.clone(), identity.to_owned()), *count);
            }
        }
    }

    /// Adds votes of persons who are not known, one each.
    pub fn add_unknown(&mut self, position: Option<&str>, candidate_id: &str, votes: i64) {
        if self.rules.voting_method == "ranked_choice" {
            for number in 0..votes {
                let voter = format!("unknown {number}");
                self.add_always(&VoteView {
                    number: i64::MAX - number,
                    candidate_id,
                    position,
                    voter_hash: Some(&voter),
                    voter_id: Some(&voter),
                    vote_rank: Some("1"),
                    ..VoteView::default()
                });
            }
            return;
        }
        self.add_rows(position, candidate_id, votes);
        let (voters, by_position) = self.apart.get_or_insert_default();
        *voters += votes;
        bump(by_position, position.map(str::to_owned), votes);
    }

    /// Adds votes that were counted already, without their voters: neither paper nor ranked.
    pub fn add_rows(&mut self, position: Option<&str>, candidate_id: &str, votes: i64) {
        let position = position.map(str::to_owned);
        self.total += votes;
        bump(&mut self.rows, position.clone(), votes);
        bump(&mut self.counts, (position, candidate_id.to_owned()), votes);
    }

    fn change(&mut self, vote: &VoteView<'_>, by: i64) {
        self.add_rows(vote.position, vote.candidate_id, by);
        let position = || vote.position.map(str::to_owned);
        let identity = filled(if self.rules.is_anonymous { vote.voter_hash } else { vote.voter_id });
        if let Some(identity) = identity.filter(|it| self.apart.is_none() || self.voters.contains_key(*it)) {
            *self.voters.entry(identity.to_owned()).or_default() += by;
            if self.rules.voting_method == "approval" {
                *self.voters_by_position.entry((position(), identity.to_owned())).or_default() += by;
            }
        }
        if vote.is_paper() {
            let batch = filled(vote.manual_batch_id).map(str::to_owned);
            bump(&mut self.paper, (position(), vote.candidate_id.to_owned(), batch), by);
        }
        if self.rules.voting_method == "ranked_choice" {
            // Rows without identity share the key "None", as they do at the origin.
            let voter = vote.identity().unwrap_or("None").to_owned();
            let rank = vote.vote_rank.and_then(|text| text.parse().ok()).unwrap_or(i64::MAX);
            let candidate = self.index_of.get(vote.candidate_id).copied().unwrap_or(usize::MAX);
            let ballot = self.ballots.entry((position(), voter)).or_default();
            if by > 0 {
                ballot.insert((rank, vote.number, candidate));
            } else {
                ballot.remove(&(rank, vote.number, candidate));
            }
        }
    }

    /// Votes counted.
    pub fn total(&self) -> i64 {
        self.total
    }

    /// Votes of a candidate in a contest as cast, before merging.
    pub fn votes_of(&self, position: Option<&str>, candidate_id: &str) -> i64 {
        self.counts.get(&(position.map(str::to_owned), candidate_id.to_owned())).copied().unwrap_or(0)
    }

    /// The origin's `stats`.
    pub fn stats(&self) -> Stats {
        let voters = self.voter_total();
        let manual: i64 = self.paper.values().sum();
        Stats {
            election_id: self.rules.election_id.clone(),
            total_candidates: self.candidates.len(),
            total_votes_cast: self.total,
            total_eligible_voters: self.rules.eligible,
            total_voters: voters,
            voter_turnout_percentage: percent(voters, i64::try_from(self.rules.eligible).unwrap_or(i64::MAX)),
            votes_by_position: self
                .rows
                .iter()
                .filter_map(|(position, count)| {
                    let position = position.as_deref().filter(|text| !text.is_empty())?;
                    (*count > 0).then(|| (position.to_owned(), *count))
                })
                .collect(),
            manual_votes: manual,
            electronic_votes: self.total - manual,
            voting_timeline: None,
        }
    }

    /// Persons who voted: distinct identities, and the paper ballots by estimate or record, whichever is more.
    pub fn voter_total(&self) -> i64 {
        self.known_voters() + self.paper_voters()
    }

    /// Different identities.
    fn known_voters(&self) -> i64 {
        let here = i64::try_from(self.voters.values().filter(|count| **count > 0).count()).unwrap_or(i64::MAX);
        here + self.apart.as_ref().map_or(0, |(voters, _)| *voters)
    }

    fn paper_voters(&self) -> i64 {
        let is_single = matches!(self.rules.voting_method.as_str(), "simple_majority" | "supermajority")
            && self.rules.max_votes_per_position <= 1;
        let mut estimate: BTreeMap<(&Option<String>, &str), i64> = BTreeMap::new();
        let mut batches: BTreeMap<&Option<String>, BTreeSet<&str>> = BTreeMap::new();
        for ((position, candidate, batch), count) in self.paper.iter().filter(|(_, count)| **count > 0) {
            let key = if is_single { (position, "") } else { (position, candidate.as_str()) };
            *estimate.entry(key).or_default() += count;
            batches.entry(position).or_default().extend(batch.as_deref());
        }
        let recorded_of = |id: &str| self.batches.get(id).and_then(|batch| batch.ballots_cast).unwrap_or(0);
        let recorded = if is_single {
            batches.values().map(|ids| ids.iter().map(|id| recorded_of(id)).sum::<i64>()).max()
        } else {
            batches.values().flatten().map(|id| recorded_of(id)).max()
        };
        estimate.values().copied().max().unwrap_or(0).max(recorded.unwrap_or(0))
    }

    /// The origin's `results`.
    pub fn results(&self) -> Results {
        let voters = self.voter_total();
        let eligible = i64::try_from(self.rules.eligible).unwrap_or(i64::MAX);
        let (quorum_met, quorum_detail) = self.quorum(voters, eligible);
        let finish = |mut list: Vec<CandidateResult>| {
            if !quorum_met {
                for entry in &mut list {
                    entry.is_winner = false;
                }
            }
            list
        };
        let results_by_position = self
            .rules
            .positions
            .iter()
            .map(|position| {
                let candidates = finish(self.list(Some(position)));
                PositionResult {
                    position: position.clone(),
                    total_votes: self.rows.get(&Some(position.clone())).copied().unwrap_or(0),
                    is_tie: candidates.iter().any(|entry| entry.is_tied),
                    candidates,
                }
            })
            .collect();
        Results {
            election_id: self.rules.election_id.clone(),
            election_title: self.rules.title.clone(),
            status: self.rules.status.clone(),
            total_votes: self.total,
            total_eligible_voters: self.rules.eligible,
            voter_turnout_percentage: percent(voters, eligible),
            results_by_position,
            overall_results: finish(self.list(None)),
            quorum_met,
            quorum_detail,
            tie_policy: self.rules.tie_policy.clone(),
        }
    }

    /// Who is elected and who is tied, per contest; elections without contests have one named by the empty text.
    pub fn outcome(&self) -> Outcome {
        let results = self.results();
        let names = |list: &[CandidateResult], pick: fn(&CandidateResult) -> bool| {
            list.iter().filter(|entry| pick(entry)).map(|entry| entry.candidate_id.clone()).collect()
        };
        let outcome =
            |list: &[CandidateResult]| (names(list, |entry| entry.is_winner), names(list, |entry| entry.is_tied));
        if results.results_by_position.is_empty() {
            return BTreeMap::from([(String::new(), outcome(&results.overall_results))]);
        }
        results.results_by_position.iter().map(|entry| (entry.position.clone(), outcome(&entry.candidates))).collect()
    }

    fn quorum(&self, voters: i64, eligible: i64) -> (bool, Option<String>) {
        let value = self.rules.quorum_value.filter(|value| *value != 0);
        let (is_met, mut detail) = match (self.rules.quorum_type.as_str(), value) {
            ("percentage", Some(value)) => {
                let exact = if eligible > 0 { float(voters) / float(eligible) * 100.0 } else { 0.0 };
                let detail = format!("Quorum requires {value}% turnout. Actual: {exact:.1}% ({voters}/{eligible}).");
                (exact >= float(value), detail)
            }
            ("count", Some(value)) => (voters >= value, format!("Quorum requires {value} voters. Actual: {voters}.")),
            _ => return (true, None),
        };
        if !is_met {
            detail.push_str(" Quorum NOT met \u{2014} results are advisory only.");
        }
        (is_met, Some(detail))
    }

    /// Candidates of a contest (`None`: of all), merged write-ins left out, with their own and merged votes.
    fn list(&self, position: Option<&str>) -> Vec<CandidateResult> {
        let members: Vec<usize> = (0..self.candidates.len())
            .filter(|index| position.is_none() || self.candidates[*index].position.as_deref() == position)
            .collect();
        let live: Vec<usize> =
            members.iter().copied().filter(|index| non_empty(&self.candidates[*index].merged_into).is_none()).collect();
        let mut list = if self.rules.voting_method == "ranked_choice" {
            self.ranked_list(position, &members, &live)
        } else {
            self.plain_list(position, &members, &live)
        };
        // Ties keep the order of the candidates, which the origin leaves to the database.
        list.sort_by_key(|entry| std::cmp::Reverse(entry.vote_count));
        list
    }

    /// Where a vote for a candidate goes: merged write-ins count for their target, one level deep.
    fn target_of(&self, members: &[usize]) -> HashMap<&str, &str> {
        members
            .iter()
            .map(|index| {
                let candidate = &self.candidates[*index];
                (candidate.id.as_str(), non_empty(&candidate.merged_into).unwrap_or(&candidate.id))
            })
            .collect()
    }

    fn plain_list(&self, position: Option<&str>, members: &[usize], live: &[usize]) -> Vec<CandidateResult> {
        let target = self.target_of(members);
        let mut votes: HashMap<&str, i64> = HashMap::new();
        let mut rows = 0;
        for ((contest, candidate), count) in &self.counts {
            if position.is_some() && contest.as_deref() != position {
                continue;
            }
            rows += count;
            let candidate = candidate.as_str();
            *votes.entry(target.get(candidate).copied().unwrap_or(candidate)).or_default() += count;
        }
        let base = if self.rules.voting_method == "approval" {
            let distinct = match position {
                None => self.known_voters(),
                Some(_) => {
                    let of_contest = |((contest, _), count): &(&(Option<String>, String), &i64)| {
                        contest.as_deref() == position && **count > 0
                    };
                    let here = self.voters_by_position.iter().filter(of_contest).count();
                    let apart = self.apart.as_ref().and_then(|(_, by)| by.get(&position.map(str::to_owned)));
                    i64::try_from(here).unwrap_or(i64::MAX) + apart.copied().unwrap_or(0)
                }
            };
            if distinct == 0 { rows } else { distinct }
        } else {
            rows
        };
        let mut list: Vec<CandidateResult> = live
            .iter()
            .map(|index| {
                let count = votes.get(self.candidates[*index].id.as_str()).copied().unwrap_or(0);
                self.entry(*index, count, percent(count, base))
            })
            .collect();
        self.decide(&mut list, base);
        list
    }

    fn entry(&self, index: usize, vote_count: i64, percentage: f64) -> CandidateResult {
        let candidate = &self.candidates[index];
        CandidateResult {
            candidate_id: candidate.id.clone(),
            candidate_name: candidate.name.clone(),
            position: candidate.position.clone(),
            vote_count,
            percentage,
            is_winner: false,
            is_tied: false,
        }
    }

    fn decide(&self, list: &mut [CandidateResult], base: i64) {
        let needed = self.rules.victory_percentage;
        match self.rules.victory_condition.as_str() {
            "majority" => {
                for entry in list {
                    entry.is_winner = base > 0 && entry.vote_count > base / 2;
                }
            }
            "supermajority" => {
                let needed = float(needed.filter(|value| *value != 0).unwrap_or(67));
                for entry in list {
                    entry.is_winner = base > 0 && entry.percentage >= needed;
                }
            }
            "threshold" => {
                let votes_needed = self.rules.victory_threshold.filter(|value| *value != 0);
                for entry in list {
                    entry.is_winner = match (votes_needed, needed.filter(|value| *value != 0)) {
                        (Some(votes), _) => entry.vote_count >= votes,
                        (None, Some(needed)) => entry.percentage >= float(needed),
                        (None, None) => false,
                    };
                }
            }
            _ => {
                let top = list.iter().map(|entry| entry.vote_count).max().unwrap_or(0);
                if top <= 0 {
                    return;
                }
                let leaders = list.iter().filter(|entry| entry.vote_count == top).count();
                let policy = self.rules.tie_policy.as_deref().unwrap_or("co_winners");
                for entry in list.iter_mut().filter(|entry| entry.vote_count == top) {
                    if leaders == 1 || policy == "co_winners" {
                        entry.is_winner = true;
                    } else {
                        entry.is_tied = true;
                    }
                }
            }
        }
    }

    fn ranked_list(&self, position: Option<&str>, members: &[usize], live: &[usize]) -> Vec<CandidateResult> {
        let (rounds, winner) = self.rank(position, members, live);
        let empty = BTreeMap::new();
        let last = rounds.last().map_or(&empty, |round| &round.votes);
        let continuing: i64 = last.values().sum();
        let has_rows = self
            .rows
            .iter()
            .any(|(contest, count)| *count > 0 && (position.is_none() || contest.as_deref() == position));
        live.iter()
            .map(|index| {
                let id = &self.candidates[*index].id;
                let count = last.get(id).copied().unwrap_or(0);
                let mut entry = self.entry(*index, count, percent(count, continuing));
                entry.is_winner = has_rows && winner.as_deref() == Some(id);
                entry
            })
            .collect()
    }

    /// The rounds of ranked choice in a contest, for the reader.
    pub fn rounds(&self, position: &str) -> Vec<Round> {
        let members: Vec<usize> = (0..self.candidates.len())
            .filter(|index| self.candidates[*index].position.as_deref() == Some(position))
            .collect();
        let live: Vec<usize> =
            members.iter().copied().filter(|index| non_empty(&self.candidates[*index].merged_into).is_none()).collect();
        self.rank(Some(position), &members, &live).0
    }

    /// All candidates that could win ranked choice in a contest, were each tie for the lowest place cut another way.
    /// Stops looking after 256 ways.
    pub fn possible_winners(&self, position: &str) -> BTreeSet<String> {
        let members: Vec<usize> = (0..self.candidates.len())
            .filter(|index| self.candidates[*index].position.as_deref() == Some(position))
            .collect();
        let live: BTreeSet<&str> = members
            .iter()
            .map(|index| &self.candidates[*index])
            .filter(|candidate| non_empty(&candidate.merged_into).is_none())
            .map(|candidate| candidate.id.as_str())
            .collect();
        let ballots = self.ranked_ballots(Some(position), &members);
        let total = ballots.len();
        let mut winners = BTreeSet::new();
        let mut ways = vec![live];
        let mut seen = BTreeSet::new();
        while let Some(active) = ways.pop() {
            if active.is_empty() || seen.len() > 256 || !seen.insert(active.clone()) {
                continue;
            }
            let mut votes: BTreeMap<&str, usize> = active.iter().map(|id| (*id, 0)).collect();
            for ballot in &ballots {
                if let Some(id) = ballot.iter().find(|id| active.contains(*id)) {
                    *votes.entry(id).or_default() += 1;
                }
            }
            let most = votes.values().copied().max().unwrap_or(0);
            if most * 2 > total || active.len() == 1 {
                winners.extend(votes.iter().filter(|(_, count)| **count == most).map(|(id, _)| (*id).to_owned()));
                continue;
            }
            let least = votes.values().copied().min().unwrap_or(0);
            for id in votes.iter().filter(|(_, count)| **count == least).map(|(id, _)| *id) {
                let mut rest = active.clone();
                rest.remove(id);
                ways.push(rest);
            }
        }
        winners
    }

    /// Preferences of each ballot with merged write-ins resolved. Over all contests the origin groups rows by voter alone.
    fn ranked_ballots(&self, position: Option<&str>, members: &[usize]) -> Vec<Vec<&str>> {
        let target = self.target_of(members);
        let mut merged: BTreeMap<&str, BTreeSet<Preference>> = BTreeMap::new();
        for ((contest, voter), ballot) in &self.ballots {
            if (position.is_none() || contest.as_deref() == position) && !ballot.is_empty() {
                merged.entry(voter).or_default().extend(ballot);
            }
        }
        merged
            .values()
            .map(|ballot| {
                ballot
                    .iter()
                    .filter_map(|(_, _, index)| self.candidates.get(*index))
                    .map(|candidate| {
                        let own = candidate.id.as_str();
                        let into = non_empty(&candidate.merged_into).unwrap_or(own);
                        target.get(own).map_or(own, |_| into)
                    })
                    .collect()
            })
            .collect()
    }

    fn rank(&self, position: Option<&str>, members: &[usize], live: &[usize]) -> (Vec<Round>, Option<String>) {
        let ballots = self.ranked_ballots(position, members);
        let total = i64::try_from(ballots.len()).unwrap_or(i64::MAX);
        let mut active: BTreeSet<&str> = live.iter().map(|index| self.candidates[*index].id.as_str()).collect();
        let mut rounds = Vec::new();
        let mut winner = None;
        for _ in 0..live.len() {
            let mut votes: BTreeMap<String, i64> = active.iter().map(|id| ((*id).to_owned(), 0)).collect();
            let mut exhausted = 0;
            for ballot in &ballots {
                match ballot.iter().find(|id| active.contains(*id)) {
                    Some(id) => *votes.entry((*id).to_owned()).or_default() += 1,
                    None => exhausted += 1,
                }
            }
            let lowest_count = votes.values().copied().min().unwrap_or(0);
            let leader = votes.iter().max_by_key(|(id, count)| (**count, std::cmp::Reverse((*id).clone())));
            let leader = leader.map(|(id, count)| (id.clone(), *count));
            let mut round = Round { votes, exhausted, dropped: None, lowest: BTreeSet::new() };
            let is_won = leader.as_ref().is_some_and(|(_, count)| count * 2 > total);
            if is_won || active.len() == 1 {
                winner = leader.map(|(id, _)| id);
                rounds.push(round);
                break;
            }
            round.lowest =
                round.votes.iter().filter(|(_, count)| **count == lowest_count).map(|(id, _)| id.clone()).collect();
            round.dropped = round.lowest.first().cloned();
            if let Some(dropped) = &round.dropped {
                active.remove(dropped.as_str());
            }
            rounds.push(round);
        }
        (rounds, winner)
    }
}

fn bump<K: Ord>(map: &mut BTreeMap<K, i64>, key: K, by: i64) {
    *map.entry(key).or_default() += by;
}

#[allow(clippy::cast_precision_loss, reason = "counts of votes are far below 2^53")]
fn float(value: i64) -> f64 {
    value as f64
}

/// Percent with two digits, half to even on the binary value, as the origin's language rounds.
fn percent(part: i64, base: i64) -> f64 {
    if base <= 0 {
        return 0.0;
    }
    let exact = float(part) / float(base) * 100.0;
    format!("{exact:.2}").parse().unwrap_or(exact)
}

#[cfg(test)]
mod tests {
    use domain::VoteRecord;

    use super::*;

    fn rules(method: &str) -> Rules {
        Rules {
            positions: vec!["Chief".to_owned()],
            is_anonymous: true,
            voting_method: method.to_owned(),
            victory_condition: "most_votes".to_owned(),
            max_votes_per_position: 1,
            quorum_type: "none".to_owned(),
            eligible: 10,
            ..Rules::default()
        }
    }

    fn candidates(ids: &[&str]) -> Vec<Candidate> {
        ids.iter()
            .map(|id| Candidate {
                id: (*id).to_owned(),
                name: id.to_uppercase(),
                position: Some("Chief".to_owned()),
                merged_into: None,
            })
            .collect()
    }

    fn vote(number: i64, voter: &str, candidate: &str, rank: Option<i64>) -> VoteRecord {
        VoteRecord {
            number,
            id: format!("v{number}"),
            candidate_id: candidate.to_owned(),
            voter_hash: Some(voter.to_owned()),
            position: Some("Chief".to_owned()),
            vote_rank: rank.map(|rank| rank.to_string()),
            ..VoteRecord::default()
        }
    }

    #[test]
    fn two_of_three_miss_a_supermajority_of_67() {
        let mut rules = rules("simple_majority");
        rules.victory_condition = "supermajority".to_owned();
        let mut count = Count::new(rules, candidates(&["a", "b"]), Vec::new());
        for (number, candidate) in [(1, "a"), (2, "a"), (3, "b")] {
            count.add(&vote(number, &number.to_string(), candidate, None).view());
        }
        let list = &count.results().results_by_position[0].candidates;
        assert_eq!((list[0].vote_count, list[0].percentage, list[0].is_winner), (2, 66.67, false));
    }

    #[test]
    fn a_merged_write_in_counts_for_its_target() {
        let mut list = candidates(&["a", "b", "c"]);
        list[2].merged_into = Some("a".to_owned());
        let mut count = Count::new(rules("simple_majority"), list, Vec::new());
        for (number, candidate) in [(1, "a"), (2, "c"), (3, "b")] {
            count.add(&vote(number, &number.to_string(), candidate, None).view());
        }
        let shown = &count.results().results_by_position[0].candidates;
        assert_eq!(
            shown.iter().map(|entry| (entry.candidate_id.as_str(), entry.vote_count)).collect::<Vec<_>>(),
            [("a", 2), ("b", 1)]
        );
    }

    #[test]
    fn taking_votes_back_restores_the_count() {
        let mut count = Count::new(rules("ranked_choice"), candidates(&["a", "b", "c"]), Vec::new());
        count.add(&vote(1, "x", "a", Some(1)).view());
        let before = count.results();
        let extra = vote(2, "y", "b", Some(1));
        count.add(&extra.view());
        assert_ne!(count.results(), before);
        count.remove(&extra.view());
        assert_eq!(count.results(), before);
    }

    #[test]
    fn voters_counted_apart_give_the_same_answers() {
        let mut rules = rules("approval");
        rules.quorum_type = "count".to_owned();
        rules.quorum_value = Some(2);
        let votes = [vote(1, "x", "a", None), vote(2, "x", "b", None), vote(3, "y", "a", None)];
        let mut here = Count::new(rules.clone(), candidates(&["a", "b"]), Vec::new());
        let mut apart = Count::new(rules, candidates(&["a", "b"]), Vec::new());
        for vote in &votes {
            here.add(&vote.view());
            apart.add_rows(vote.position.as_deref(), &vote.candidate_id, 1);
        }
        let chief = Some("Chief".to_owned());
        apart.count_voters_apart(2, BTreeMap::from([(chief.clone(), 2)]));
        assert_eq!(apart.results(), here.results());
        apart.watch_voter("y", &BTreeMap::from([(chief, 1)]));
        assert_eq!(apart.results(), here.results());
        here.remove(&votes[2].view());
        apart.remove(&votes[2].view());
        assert!(!here.results().quorum_met);
        assert_eq!(apart.results(), here.results());
    }

    #[test]
    fn the_last_two_tied_lose_the_smaller_id() {
        let mut count = Count::new(rules("ranked_choice"), candidates(&["a", "b"]), Vec::new());
        count.add(&vote(1, "x", "a", Some(1)).view());
        count.add(&vote(2, "x", "b", Some(2)).view());
        count.add(&vote(3, "y", "b", Some(1)).view());
        let rounds = count.rounds("Chief");
        assert_eq!(rounds[0].lowest.len(), 2, "the tie is visible here");
        let shown = &count.results().results_by_position[0].candidates;
        assert_eq!((shown[0].candidate_id.as_str(), shown[0].vote_count, shown[0].is_winner), ("b", 2, true));
    }
}
