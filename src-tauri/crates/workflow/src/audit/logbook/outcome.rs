//! Whether an observation could change who won: the count with and without the votes concerned.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Finding, FindingCode, Numbers, Place, Severity, VoteRecord, VoteView};
use importers::logbook::rows::{Batch, Candidate, Election};
use store::Reader;
use tally::methods::logbook::{Batch as CountedBatch, Candidate as CountedCandidate, Count, Outcome, Rules};

use crate::Error;

/// An empty count under the election's rules.
pub(crate) fn empty_count(
    election: &Election,
    candidates: &[Candidate],
    batches: &[Batch],
    active_members: u64,
) -> Count {
    let eligible = match (&election.roster, &election.eligible_voters) {
        (Some(roster), _) => roster.iter().chain(&election.overrides).collect::<BTreeSet<_>>().len(),
        (None, Some(list)) => list.len(),
        (None, None) => usize::try_from(active_members).unwrap_or(0),
    };
    let rules = Rules {
        election_id: election.id.clone(),
        title: election.title.clone(),
        status: election.status.clone(),
        positions: election.positions.clone(),
        is_anonymous: election.is_anonymous,
        voting_method: election.voting_method.clone(),
        victory_condition: election.victory_condition.clone(),
        victory_threshold: election.victory_threshold,
        victory_percentage: election.victory_percentage,
        tie_policy: election.tie_policy.clone(),
        max_votes_per_position: election.max_votes_per_position,
        quorum_type: election.quorum_type.clone(),
        quorum_value: election.quorum_value,
        eligible: u64::try_from(eligible).unwrap_or(0),
    };
    let candidates = candidates
        .iter()
        .map(|candidate| CountedCandidate {
            id: candidate.id.clone(),
            name: candidate.name.clone(),
            position: candidate.position.clone(),
            merged_into: candidate.merged_into.clone(),
        })
        .collect();
    let batches = batches
        .iter()
        .map(|batch| CountedBatch {
            id: batch.id.clone(),
            is_pending: batch.status == "pending",
            ballots_cast: batch.ballots_cast,
        })
        .collect();
    Count::new(rules, candidates, batches)
}

/// What the comparison needs of an election.
pub(crate) struct Ground<'a> {
    pub(crate) count: &'a Count,
    pub(crate) reader: &'a Reader,
    /// Original candidates of localised votes, by number.
    pub(crate) originals: &'a HashMap<i64, String>,
    /// Where each candidate's row stands.
    pub(crate) places: HashMap<&'a str, Place>,
}

impl Ground<'_> {
    fn place(&self, id: &str) -> Option<Place> {
        self.places.get(id).copied()
    }

    fn name(&self, id: &str) -> String {
        self.count
            .candidates()
            .iter()
            .find(|candidate| candidate.id == id)
            .map_or_else(|| id.to_owned(), |candidate| candidate.name.clone())
    }

    fn describe(&self, outcome: &Outcome) -> String {
        let parts: Vec<String> = outcome
            .iter()
            .map(|(position, (winners, tied))| {
                let names: Vec<String> = winners.iter().map(|id| self.name(id)).collect();
                let who = match (names.is_empty(), tied.is_empty()) {
                    (false, _) => names.join(" and "),
                    (true, false) => "a tie".to_owned(),
                    (true, true) => "nobody".to_owned(),
                };
                if position.is_empty() { who } else { format!("{position}: {who}") }
            })
            .collect();
        parts.join("; ")
    }

    /// Fills in whether the outcome could be another without the observation.
    pub(crate) fn judge(&self, finding: &mut Finding) -> Result<(), Error> {
        let is_small = finding.severity > Severity::Major && finding.code != FindingCode::EqualRuns;
        if is_small || finding.outcome_can_change.is_some() {
            return Ok(());
        }
        let known = finding.votes.clone();
        let named = finding.subjects.iter().filter(|subject| subject.starts_with("vote:")).count();
        // Votes that are only named are absent ones.
        let absent = named + usize::try_from(finding.unlisted).unwrap_or(0);
        let now = self.count.outcome();
        let (can_change, note) = match finding.code {
            FindingCode::VoteUnsigned
            | FindingCode::VoteUnaccounted
            | FindingCode::VoterUnknown
            | FindingCode::OutsidePeriod
            | FindingCode::NotOnBallot
            | FindingCode::VotedTwice
            | FindingCode::VotingReopened
            | FindingCode::Burst
            | FindingCode::AddressConcentration
            | FindingCode::TooRegular => self.without(&known, &now)?,
            FindingCode::SignatureMismatch | FindingCode::SignaturesExchanged => self.altered(&known, &now)?,
            FindingCode::AccountedVoteMissing => self.added(absent, &now),
            FindingCode::EqualRuns => self.without(&known, &now)?,
            FindingCode::TestFlagWrong | FindingCode::VoteExcluded | FindingCode::ExclusionsBiased => {
                self.restored(&known, &now)?
            }
            FindingCode::DefinitionAltered => {
                let touched: BTreeSet<&str> =
                    finding.subjects.iter().filter_map(|subject| subject.strip_prefix("candidate:")).collect();
                let is_winner = now
                    .values()
                    .any(|(winners, tied)| winners.iter().chain(tied).any(|id| touched.contains(id.as_str())));
                let rules = finding.subjects.iter().any(|subject| subject.starts_with("election:"));
                let note = if is_winner {
                    "A candidate whose row differs is among the elected."
                } else {
                    "No elected candidate's row differs."
                };
                (Some(is_winner || rules), note.to_owned())
            }
            FindingCode::RecountDiffers => (
                Some(
                    finding.detail.contains("is_winner")
                        || finding.detail.contains("is_tied")
                        || finding.detail.contains("vote_count"),
                ),
                "The recount is the outcome that the rows support.".to_owned(),
            ),
            FindingCode::LinkBroken | FindingCode::ChainFork | FindingCode::GenesisWrong | FindingCode::HeadDiffers => {
                if known.is_empty() {
                    return Ok(());
                }
                self.without(&known, &now)?
            }
            _ => return Ok(()),
        };
        finding.outcome_can_change = can_change;
        finding.outcome_note = note;
        Ok(())
    }

    /// Hands over votes by their numbers, a few at a time.
    fn each(&self, votes: &Numbers, mut each: impl FnMut(&VoteRecord)) -> Result<(), Error> {
        let numbers: Vec<i64> = votes.iter().collect();
        for numbers in numbers.chunks(4096) {
            self.reader.votes_by_number(numbers)?.iter().for_each(&mut each);
        }
        Ok(())
    }

    fn without(&self, known: &Numbers, now: &Outcome) -> Result<(Option<bool>, String), Error> {
        let mut count = self.count.clone();
        self.each(known, |vote| count.remove(&vote.view()))?;
        let then = count.outcome();
        let with = self.describe(now);
        Ok(if then == *now {
            (Some(false), format!("The outcome is the same with and without these votes ({with})."))
        } else {
            (Some(true), format!("With these votes: {with}. Without them: {}.", self.describe(&then)))
        })
    }

    fn restored(&self, known: &Numbers, now: &Outcome) -> Result<(Option<bool>, String), Error> {
        let mut count = self.count.clone();
        self.each(known, |vote| {
            let vote = vote.view();
            if count.counts_vote(&vote) {
                count.remove(&vote);
            } else {
                count.add_always(&vote);
            }
        })?;
        let then = count.outcome();
        Ok(if then == *now {
            (
                Some(false),
                format!("The outcome is the same if these votes counted the other way ({}).", self.describe(now)),
            )
        } else {
            (
                Some(true),
                format!(
                    "As counted: {}. If these votes counted the other way: {}.",
                    self.describe(now),
                    self.describe(&then)
                ),
            )
        })
    }

    /// Altered votes: without them, with their original candidates, and with all of them moved to any other candidate.
    fn altered(&self, known: &Numbers, now: &Outcome) -> Result<(Option<bool>, String), Error> {
        let (without, note) = self.without(known, now)?;
        if without == Some(true) {
            return Ok((without, note));
        }
        let mut count = self.count.clone();
        self.each(known, |vote| {
            if let Some(original) = self.originals.get(&vote.number) {
                count.remove(&vote.view());
                count.add(&VoteView { candidate_id: original, ..vote.view() });
            }
        })?;
        let then = count.outcome();
        if then != *now {
            return Ok((
                Some(true),
                format!("As stored: {}. With the original candidates: {}.", self.describe(now), self.describe(&then)),
            ));
        }
        if known.iter().all(|number| self.originals.contains_key(&number)) {
            return Ok((
                Some(false),
                format!(
                    "The outcome is the same with the original candidates and without these votes ({}).",
                    self.describe(now)
                ),
            ));
        }
        for candidate in self.count.candidates() {
            let mut count = self.count.clone();
            self.each(known, |vote| {
                if vote.position == candidate.position {
                    count.remove(&vote.view());
                    count.add(&VoteView { candidate_id: &candidate.id, ..vote.view() });
                }
            })?;
            let then = count.outcome();
            if then != *now {
                return Ok((
                    Some(true),
                    format!(
                        "The outcome changes if these votes were for {}: {}.",
                        candidate.name,
                        self.describe(&then)
                    ),
                ));
            }
        }
        Ok((Some(false), format!("The outcome is the same whatever these votes were ({}).", self.describe(now))))
    }

    /// Votes whose content is not known: any candidate may have had them all.
    fn added(&self, absent: usize, now: &Outcome) -> (Option<bool>, String) {
        for candidate in self.count.candidates() {
            let mut count = self.count.clone();
            let votes = i64::try_from(absent).unwrap_or(i64::MAX);
            count.add_unknown(candidate.position.as_deref(), &candidate.id, votes);
            let then = count.outcome();
            if then != *now {
                return (
                    Some(true),
                    format!("If the {absent} absent votes were for {}: {}.", candidate.name, self.describe(&then)),
                );
            }
        }
        (Some(false), format!("The {absent} absent votes could not change the outcome ({}).", self.describe(now)))
    }

    /// T402 and T403: ties and margins.
    pub(crate) fn sensitivity(&self, findings: &mut Vec<Finding>) {
        let results = self.count.results();
        let rules = self.count.rules();
        for position in &results.results_by_position {
            if position.total_votes == 0 {
                continue;
            }
            if rules.voting_method == "ranked_choice" {
                let possible = self.count.possible_winners(&position.position);
                if possible.len() > 1 {
                    let names: Vec<String> = possible.iter().map(|id| self.name(id)).collect();
                    let mut finding = Finding::new(
                        FindingCode::TieBreakDecides,
                        format!(
                            "{}: a tie for the lowest place is cut by the smallest candidate id. Cut another way, the winner could be {}.",
                            position.position,
                            names.join(" or ")
                        ),
                    );
                    for id in possible {
                        finding.add(format!("candidate:{id}"), self.place(&id));
                    }
                    findings.push(finding);
                }
                continue;
            }
            if position.is_tie {
                let mut finding = Finding::new(
                    FindingCode::TieBreakDecides,
                    format!(
                        "{}: the highest counts are equal; the tie policy is {}.",
                        position.position,
                        rules.tie_policy.as_deref().unwrap_or("not set")
                    ),
                );
                for entry in position.candidates.iter().filter(|entry| entry.is_tied) {
                    finding.add(format!("candidate:{}", entry.candidate_id), self.place(&entry.candidate_id));
                }
                findings.push(finding);
            }
            if let [first, second, ..] = position.candidates.as_slice()
                && rules.victory_condition == "most_votes"
                && first.vote_count > second.vote_count
            {
                let margin = first.vote_count - second.vote_count;
                let needed = margin / 2 + 1;
                let equal = (margin + 1) / 2;
                let finding = Finding::new(
                    FindingCode::Sensitivity,
                    format!(
                        "{}: {} leads {} by {margin} votes. {equal} altered votes would reach a tie or more, {needed} would change the winner.",
                        position.position, first.candidate_name, second.candidate_name
                    ),
                );
                findings.push(
                    finding
                        .about(format!("candidate:{}", first.candidate_id), self.place(&first.candidate_id))
                        .about(format!("candidate:{}", second.candidate_id), self.place(&second.candidate_id)),
                );
            }
        }
    }
}

/// Winners by contest, for a sentence.
pub(crate) fn winners(count: &Count) -> BTreeMap<String, Vec<String>> {
    let results = count.results();
    results
        .results_by_position
        .iter()
        .map(|position| {
            let names = position
                .candidates
                .iter()
                .filter(|entry| entry.is_winner)
                .map(|entry| entry.candidate_name.clone())
                .collect();
            (position.position.clone(), names)
        })
        .collect()
}
