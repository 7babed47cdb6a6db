//! Votes against everything else: audit entries, credentials, roll, ballot, period. What the origin cannot see.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use domain::finding::LISTED_ROWS;
use domain::vote::non_empty;
use domain::{Finding, FindingCode, Instant, Numbers, Place};
use importers::logbook::events::{self, Event};
use importers::logbook::rows::{Attestation, Batch, Candidate, Election, Token, User};
use importers::logbook::rules;
use store::Reader;
use verification::KeyedHash;

use super::Facts;
use super::log::{Entry, Log};
use super::pass::{PaperVotes, Seen};
use super::ties::{Matched, Voters};
use crate::Error;

/// Seconds that a vote may differ from the entry of a ballot that names no votes.
const SUBMISSION_SECONDS: i64 = 5;

/// Everything of one election that is compared.
pub(crate) struct Scope<'a> {
    /// The case.
    pub(crate) reader: &'a Reader,
    /// What its votes showed.
    pub(crate) seen: &'a Seen,
    /// Votes and entries that do not find one another.
    pub(crate) matched: &'a Matched,
    /// Its voters.
    pub(crate) voters: &'a Voters,
    /// Votes with one second-vote hash.
    pub(crate) same_dedup: &'a [Vec<i64>],
    /// Voter hashes of credentials that votes carry.
    pub(crate) voted: &'a HashSet<String>,
    /// The same with the contests voted for, where there are few credentials.
    pub(crate) voted_contests: &'a HashSet<(String, String)>,
    /// Its row, where the export has it.
    pub(crate) election: Option<&'a Election>,
    /// Its candidates; `None` where the export has no such table.
    pub(crate) candidates: Option<&'a [Candidate]>,
    /// All candidates of the export.
    pub(crate) all_candidates: &'a [Candidate],
    /// Its tokens; `None` where the export has no such table.
    pub(crate) tokens: Option<&'a [Token]>,
    /// Paper batches; `None` where the export has no such table.
    pub(crate) batches: Option<&'a [Batch]>,
    /// Attestations of paper batches.
    pub(crate) attestations: &'a [Attestation],
    /// The audit log.
    pub(crate) log: &'a Log,
    /// What its entries say of this election.
    pub(crate) facts: &'a Facts<'a>,
    /// True where the export has a votes table.
    pub(crate) has_votes_table: bool,
}

/// Members who may vote: the roll, and those admitted by hand.
pub(crate) fn members<'a>(election: Option<&'a Election>, users: Option<&'a [User]>) -> BTreeSet<&'a str> {
    let mut members: BTreeSet<&str> = users.unwrap_or(&[]).iter().map(|user| user.id.as_str()).collect();
    if let Some(election) = election {
        members.extend(election.roster.iter().flatten().map(String::as_str));
        members.extend(election.overrides.iter().map(String::as_str));
    }
    members
}

/// Hashes that a voter of an election may carry, with whether the list is complete.
pub(crate) fn known_hashes(
    election: Option<&Election>,
    tokens: &[Token],
    users: Option<&[User]>,
) -> (HashSet<String>, bool) {
    let mut hashes: HashSet<String> = tokens.iter().filter_map(|token| token.voter_hash.clone()).collect();
    let mut is_complete = false;
    if let Some(election) = election
        && let Some(salt) = &election.salt
    {
        let keyed = KeyedHash::new(salt.as_bytes());
        is_complete = users.is_some() || election.roster.is_some();
        let of_member = |id: &str| keyed.hex(&rules::voter_hash_text(id, &election.id));
        hashes.extend(members(Some(election), users).into_iter().map(of_member));
    }
    (hashes, is_complete)
}

fn push(findings: &mut Vec<Finding>, mut finding: Finding, detail: impl FnOnce(usize) -> String) {
    if !finding.is_empty() {
        let count = finding.subjects.iter().collect::<BTreeSet<_>>().len() + finding.votes.len();
        if finding.detail.is_empty() {
            finding.detail = detail(count);
        }
        findings.push(finding);
    }
}

impl Scope<'_> {
    /// All findings of the election that come from comparing.
    pub(crate) fn findings(&self) -> Result<Vec<Finding>, Error> {
        let mut findings = Vec::new();
        self.votes_and_entries(&mut findings)?;
        self.voters(&mut findings);
        self.definitions(&mut findings);
        self.test_marks(&mut findings);
        self.choices(&mut findings);
        self.period(&mut findings);
        self.repeats(&mut findings)?;
        self.credentials(&mut findings);
        self.paper(&mut findings);
        self.procedure(&mut findings);
        self.secrecy(&mut findings)?;
        Ok(findings)
    }

    /// R301 and R302.
    fn votes_and_entries(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        if !self.log.is_complete {
            return Ok(());
        }
        let open = without_submitted(&self.matched.unaccounted, self.facts.submissions, &self.seen.paper_votes);
        let finding = Finding::new(FindingCode::VoteUnaccounted, String::new()).with_votes(open);
        push(findings, finding, |count| {
            format!(
                "Votes that no audit entry names: {count}. Each vote leaves an entry; a paper vote is covered by its batch."
            )
        });
        if !self.has_votes_table {
            return Ok(());
        }
        let absent = self.matched.missing.len();
        let mut finding = Finding::new(FindingCode::AccountedVoteMissing, String::new());
        let listed = &self.matched.missing[..absent.min(LISTED_ROWS)];
        for entry in self.reader.audit_by_position(listed)? {
            if let Event::VoteCast { vote_id, .. } = events::event(&entry) {
                finding.add(format!("vote:{vote_id}"), None);
                finding.add(super::log::subject(entry.id), Some(entry.place));
            }
        }
        finding.unlisted = u64::try_from(absent - listed.len()).unwrap_or(0);
        push(findings, finding, |_| format!("Votes that the audit log names and the votes table lacks: {absent}."));
        Ok(())
    }

    /// R303.
    fn voters(&self, findings: &mut Vec<Finding>) {
        let mut unknown: Vec<i64> =
            self.seen.unknown_voters.iter().chain(self.matched.unknown_voters.iter().copied()).collect();
        unknown.sort_unstable();
        let finding = Finding::new(FindingCode::VoterUnknown, String::new()).with_votes(unknown.into_iter().collect());
        push(findings, finding, |count| {
            format!("Votes whose voter matches no credential issued and no member of the roll: {count}.")
        });
    }

    /// R304: candidates and rules against the entries that recorded them.
    fn definitions(&self, findings: &mut Vec<Finding>) {
        if !self.log.is_complete {
            return;
        }
        let mut finding = Finding::new(FindingCode::DefinitionAltered, String::new());
        let mut sentences = Vec::new();
        if let Some(candidates) = self.candidates {
            self.candidate_rows(candidates, &mut finding, &mut sentences);
        }
        if let Some(election) = self.election
            && let Some(created) = &self.facts.created
        {
            let is_updated = |field: &str| {
                self.facts
                    .updated
                    .iter()
                    .any(|(_, fields)| fields.is_empty() || fields.iter().any(|name| name == field))
            };
            let mut differ = |field: &str, now: &str, then: &str| {
                sentences.push(format!("{field} of the election is {now:?}, but {then:?} was recorded"));
                finding.add(format!("election:{}", election.id), Some(election.place));
            };
            if let Some(title) = &created.title
                && *title != election.title
                && !is_updated("title")
            {
                differ("title", &election.title, title);
            }
            if let Some(method) = &created.method
                && *method != election.voting_method
                && !is_updated("voting_method")
            {
                differ("voting_method", &election.voting_method, method);
            }
            if let Some(is_anonymous) = created.is_anonymous
                && is_anonymous != election.is_anonymous
                && !is_updated("anonymous_voting")
            {
                differ("anonymous_voting", &election.is_anonymous.to_string(), &is_anonymous.to_string());
            }
        }
        if !sentences.is_empty() {
            finding.detail = sentences.join("; ") + ".";
        }
        push(findings, finding, |_| String::new());
    }

    fn candidate_rows(&self, candidates: &[Candidate], finding: &mut Finding, sentences: &mut Vec<String>) {
        let recorded = &self.facts.candidates;
        let is_runoff =
            self.election.is_some_and(|election| election.parent_election_id.is_some()) || self.facts.is_clone;
        let starts_late = self.log.begins_at.is_some();
        for candidate in candidates {
            let id = format!("candidate:{}", candidate.id);
            match recorded.get(&candidate.id) {
                Some(record) => {
                    if let Some(name) = &record.name
                        && *name != candidate.name
                        && unescape_html(&candidate.name) != *name
                    {
                        sentences.push(format!(
                            "candidate {} is named {:?}, but {:?} was recorded",
                            candidate.id, candidate.name, name
                        ));
                        finding.add(id.clone(), Some(candidate.place));
                    }
                    if record.is_position_known
                        && record.position.as_deref().unwrap_or_default()
                            != candidate.position.as_deref().unwrap_or_default()
                    {
                        sentences.push(format!(
                            "candidate {} stands for {:?}, but {:?} was recorded",
                            candidate.id,
                            candidate.position.as_deref().unwrap_or_default(),
                            record.position.as_deref().unwrap_or_default()
                        ));
                        finding.add(id.clone(), Some(candidate.place));
                    }
                    if record.is_deleted {
                        sentences
                            .push(format!("candidate {} was recorded as deleted, but is on the ballot", candidate.id));
                        finding.add(id.clone(), Some(candidate.place));
                    }
                }
                None => {
                    let is_automatic = candidate.is_write_in || matches!(candidate.name.as_str(), "Approve" | "Deny");
                    if !is_automatic && !is_runoff && !starts_late && !recorded.is_empty() {
                        sentences.push(format!("no entry records candidate {} ({})", candidate.id, candidate.name));
                        finding.add(id.clone(), Some(candidate.place));
                    }
                }
            }
            let merged = self.facts.merged.get(&candidate.id);
            if non_empty(&candidate.merged_into) != merged.map(String::as_str) {
                let shown = |target: Option<&str>| target.map_or_else(|| "nothing".to_owned(), str::to_owned);
                sentences.push(format!(
                    "candidate {} is merged into {}, but {} was recorded",
                    candidate.id,
                    shown(non_empty(&candidate.merged_into)),
                    shown(merged.map(String::as_str))
                ));
                finding.add(id, Some(candidate.place));
            }
        }
        for (id, record) in recorded {
            if !record.is_deleted && !candidates.iter().any(|candidate| candidate.id == *id) {
                sentences.push(format!(
                    "candidate {id} ({}) was recorded, but is absent",
                    record.name.as_deref().unwrap_or("without name")
                ));
                finding.add(format!("candidate:{id}"), None);
                finding.evidence.push(record.place);
            }
        }
    }

    /// R305: test marks against credentials and against the hash that refuses second votes.
    fn test_marks(&self, findings: &mut Vec<Finding>) {
        let votes = self.seen.wrong_test_mark.clone();
        let finding = Finding::new(FindingCode::TestFlagWrong, String::new()).with_votes(votes);
        push(findings, finding, |count| {
            format!(
                "Votes whose test mark contradicts their credential or their stored hash: {count}. A vote marked as test is not counted."
            )
        });
    }

    /// R308.
    fn choices(&self, findings: &mut Vec<Finding>) {
        let Some(candidates) = self.candidates else { return };
        let votes = self.seen.not_on_ballot.clone();
        let finding = Finding::new(FindingCode::NotOnBallot, String::new()).with_votes(votes);
        let elsewhere = self.all_candidates.len() > candidates.len();
        push(findings, finding, |count| {
            let hint = if elsewhere { " The export also holds candidates of other elections." } else { "" };
            format!("Votes that name a candidate who does not stand in that contest of this election: {count}.{hint}")
        });
    }

    /// R310.
    fn period(&self, findings: &mut Vec<Finding>) {
        let before: Numbers = self.matched.before_credential.iter().copied().collect();
        let mut reasons: BTreeMap<&str, usize> =
            self.seen.outside.iter().map(|(reason, votes)| (*reason, votes.len())).collect();
        if !before.is_empty() {
            reasons.insert("before the credential was issued", before.len());
        }
        let mut votes: Vec<i64> = self.seen.outside.values().flat_map(Numbers::iter).chain(before.iter()).collect();
        votes.sort_unstable();
        let finding = Finding::new(FindingCode::OutsidePeriod, String::new()).with_votes(votes.into_iter().collect());
        let parts: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        push(findings, finding, |count| {
            format!("Votes cast outside the voting period: {count} ({}).", parts.join(", "))
        });
    }

    /// R311.
    fn repeats(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let mut sentences = Vec::new();
        let mut groups = self.voters.repeats.clone();
        if self.election.is_some_and(|election| election.voting_method == "ranked_choice") {
            groups = self.of_one_rank_or_candidate(groups)?;
        }
        groups.extend(self.matched.same_id.iter().chain(self.same_dedup).cloned());
        let double = &self.voters.two_paths;
        if !double.is_empty() {
            sentences.push(format!("members who voted once by credential and once logged in: {}", double.len()));
        }
        if !groups.is_empty() {
            sentences
                .push(format!("voters, ids or stored hashes that stand more often than allowed: {}", groups.len()));
        }
        let votes: BTreeSet<i64> = groups.iter().chain(double).flatten().copied().collect();
        let mut finding = Finding::new(FindingCode::VotedTwice, String::new()).with_votes(votes.into_iter().collect());
        if !sentences.is_empty() {
            finding.detail = sentences.join("; ") + ".";
        }
        push(findings, finding, |_| String::new());
        Ok(())
    }

    /// Ranks were compared by a short key: an exact look at what it brought together.
    fn of_one_rank_or_candidate(&self, groups: Vec<Vec<i64>>) -> Result<Vec<Vec<i64>>, Error> {
        let mut exact = Vec::new();
        for group in groups {
            let votes = self.reader.votes_by_number(&group)?;
            let is_one = |pair: &[domain::VoteRecord]| {
                pair[0].vote_rank == pair[1].vote_rank || pair[0].candidate_id == pair[1].candidate_id
            };
            if votes.windows(2).all(is_one) {
                exact.push(group);
            }
        }
        Ok(exact)
    }

    /// R309: a credential that is marked as used although no vote carries its voter.
    fn credentials(&self, findings: &mut Vec<Finding>) {
        let Some(tokens) = self.tokens else { return };
        if !self.has_votes_table {
            return;
        }
        let voted = self.voted;
        let mut finding = Finding::new(FindingCode::TotalsDisagree, String::new());
        for token in tokens.iter().filter(|token| !token.is_test) {
            let has_voted = token.voter_hash.as_deref().is_some_and(|hash| voted.contains(hash));
            let says_so =
                token.is_used || token.positions_voted.as_ref().is_some_and(|positions| !positions.is_empty());
            // A blank ballot (only abstentions) is used without a vote.
            if says_so && !has_voted && !self.facts.has_abstentions {
                finding.add(format!("token:{}", token.id), Some(token.place));
            }
        }
        push(findings, finding, |count| format!("Credentials marked as used whose voter no vote carries: {count}."));
        // A plain ballot that covers every contest uses its credential up.
        if let Some(election) = self.election.filter(|election| {
            !election.positions.is_empty()
                && matches!(election.voting_method.as_str(), "simple_majority" | "supermajority")
                && election.max_votes_per_position <= 1
        }) {
            let mut finding = Finding::new(FindingCode::TotalsDisagree, String::new());
            for token in tokens.iter().filter(|token| !token.is_used && !token.is_test) {
                let said = token.positions_voted.as_deref().unwrap_or(&[]);
                if election.positions.iter().all(|position| said.contains(position)) {
                    finding.add(format!("token:{}", token.id), Some(token.place));
                }
            }
            push(findings, finding, |count| {
                format!("Credentials that voted for every contest, but are marked as unused: {count}.")
            });
        }
        let mut finding = Finding::new(FindingCode::TotalsDisagree, String::new());
        let contests = self.voted_contests;
        let known: HashSet<&str> =
            self.election.map(|election| election.positions.iter().map(String::as_str).collect()).unwrap_or_default();
        let few = tokens.len() <= 2000;
        for token in tokens.iter().filter(|token| few && !token.is_test) {
            let (Some(hash), Some(said)) = (token.voter_hash.as_deref(), token.positions_voted.as_ref()) else {
                continue;
            };
            let mut said = said.iter().filter(|position| known.contains(position.as_str()));
            let has_voted = |position: &String| contests.contains(&(hash.to_owned(), position.clone()));
            if voted.contains(hash) && said.any(|position| !has_voted(position)) {
                finding.add(format!("token:{}", token.id), Some(token.place));
            }
        }
        push(findings, finding, |count| {
            format!("Credentials that name a contest they voted for, without a vote for it: {count}.")
        });
    }

    /// R309 and P705 for paper batches.
    fn paper(&self, findings: &mut Vec<Finding>) {
        let Some(batches) = self.batches else { return };
        let names: HashMap<&str, &str> = self
            .candidates
            .unwrap_or(&[])
            .iter()
            .map(|candidate| (candidate.id.as_str(), candidate.name.as_str()))
            .collect();
        for batch in batches {
            let empty = PaperVotes::default();
            let paper = self.seen.paper.get(&batch.id).unwrap_or(&empty);
            if let Some(recorded) = self.facts.paper.get(&batch.id) {
                let mut found: BTreeMap<&str, i64> = BTreeMap::new();
                for (candidate, count) in &paper.candidates {
                    *found.entry(names.get(candidate.as_str()).copied().unwrap_or_default()).or_default() += count;
                }
                let said: BTreeMap<&str, i64> =
                    recorded.breakdown.iter().fold(BTreeMap::new(), |mut said, (name, count)| {
                        *said.entry(name.as_str()).or_default() += count;
                        said
                    });
                let total = i64::try_from(paper.votes.len()).unwrap_or(0);
                let is_total_wrong = recorded.total.is_some_and(|recorded| recorded != total);
                if is_total_wrong || (self.candidates.is_some() && !said.is_empty() && said != found) {
                    let mut finding = Finding::new(
                        FindingCode::TotalsDisagree,
                        format!(
                            "Paper batch {}: {} votes are stored, {} were recorded, or their split over the candidates differs.",
                            batch.id,
                            total,
                            recorded.total.unwrap_or(0)
                        ),
                    );
                    finding.add(format!("batch:{}", batch.id), Some(batch.place));
                    findings.push(finding.with_votes(paper.votes.clone()));
                }
            } else if self.log.is_complete && self.log.begins_at.is_none() {
                let mut finding = Finding::new(
                    FindingCode::VoteUnaccounted,
                    format!("No audit entry records paper batch {}.", batch.id),
                );
                finding.add(format!("batch:{}", batch.id), Some(batch.place));
                findings.push(finding);
            }
            let officers: Vec<Option<&str>> = self
                .attestations
                .iter()
                .filter(|attestation| attestation.batch_id == batch.id)
                .map(|attestation| attestation.attested_by.as_deref())
                .collect();
            let distinct: BTreeSet<_> = officers.iter().flatten().collect();
            let mut problems = Vec::new();
            if batch.status == "confirmed" && i64::try_from(distinct.len()).unwrap_or(0) < batch.required_attestations {
                problems.push(format!(
                    "it is confirmed with {} of {} attestations",
                    distinct.len(),
                    batch.required_attestations
                ));
            }
            if batch.recorded_by.is_some() && officers.contains(&batch.recorded_by.as_deref()) {
                problems.push("it was attested by the officer who recorded it".to_owned());
            }
            if batch.status == "confirmed"
                && self.log.is_complete
                && self.log.begins_at.is_none()
                && batch.required_attestations > 0
                && !self.facts.confirmed.contains(&batch.id)
            {
                problems.push("no audit entry records its confirmation".to_owned());
            }
            if batch.status != "voided" && self.facts.voided.contains(&batch.id) {
                problems.push("the audit log says that it was voided".to_owned());
            }
            if batch.status == "voided"
                && self.log.is_complete
                && self.log.begins_at.is_none()
                && !self.facts.voided.contains(&batch.id)
            {
                problems.push("it is voided, but no audit entry says so".to_owned());
            }
            if !problems.is_empty() {
                let mut finding = Finding::new(
                    FindingCode::StepMissing,
                    format!("Paper batch {}: {}.", batch.id, problems.join("; ")),
                );
                finding.add(format!("batch:{}", batch.id), Some(batch.place));
                findings.push(finding.with_votes(paper.votes.clone()));
            }
        }
        let votes = self.seen.paper_without_batch.clone();
        let finding = Finding::new(FindingCode::VoteUnaccounted, String::new()).with_votes(votes);
        push(findings, finding, |count| format!("Paper votes that belong to no paper batch: {count}."));
    }

    /// P701, P702, P705, P706, P707, P708.
    fn procedure(&self, findings: &mut Vec<Finding>) {
        let facts = self.facts;
        for (window, votes) in facts.reopened.iter().zip(&self.seen.reopened) {
            let mut finding = Finding::new(FindingCode::VotingReopened, String::new());
            finding.add(super::log::subject(window.log_id), Some(window.place));
            finding.detail = format!(
                "Voting was reopened at {} ({}); {} votes were cast until it was closed again.",
                window.from.to_display(),
                window.reason.as_deref().unwrap_or("no reason recorded"),
                votes.len()
            );
            findings.push(finding.with_votes(votes.clone()));
        }
        let of = |code: FindingCode, votes: &Numbers| Finding::new(code, String::new()).with_votes(votes.clone());
        push(findings, of(FindingCode::VoteExcluded, &self.seen.deleted), |count| {
            format!("Votes excluded from the count: {count}. Each names who did it, when and why.")
        });
        push(findings, of(FindingCode::StepMissing, &self.seen.excluded_unrecorded), |count| {
            format!("Votes excluded without an audit entry that says so: {count}.")
        });
        push(findings, of(FindingCode::StepMissing, &self.seen.resurrected), |count| {
            format!("Votes that count although the audit log says that they were excluded: {count}.")
        });
        self.lifecycle(findings);
        self.rules_after_opening(findings);
        let mut checks = Finding::new(FindingCode::ChecksRun, String::new());
        for (id, place) in &facts.checks {
            checks.add(super::log::subject(*id), Some(*place));
        }
        push(findings, checks, |count| {
            format!("Reports and integrity checks run: {count}. The log does not name who ran them.")
        });
        let mut refused = Finding::new(FindingCode::SecondVotesRefused, String::new());
        for (id, place) in &facts.refused {
            refused.add(super::log::subject(*id), Some(*place));
        }
        push(findings, refused, |count| format!("Second votes refused: {count}."));
    }

    fn lifecycle(&self, findings: &mut Vec<Finding>) {
        let Some(election) = self.election else { return };
        if !self.log.is_complete || self.log.begins_at.is_some() {
            return;
        }
        let facts = self.facts;
        let mut problems = Vec::new();
        if !self.seen.votes.is_empty() && facts.openings.is_empty() {
            problems.push("votes were cast, but no entry records the opening".to_owned());
        }
        let last = facts.last_state.as_deref();
        match (election.status.as_str(), last) {
            ("closed", Some("closed")) | ("open", Some("open")) => {}
            ("closed", _) => problems.push("the election is closed, but no entry records the closing".to_owned()),
            ("open", Some(other)) => problems.push(format!("the election is open, but the last entry left it {other}")),
            ("draft" | "nominations", Some("open" | "closed")) => {
                problems.push("the election is a draft, but the last entry left it open or closed".to_owned());
            }
            _ => {}
        }
        if !problems.is_empty() {
            let finding = Finding::new(FindingCode::StepMissing, problems.join("; ") + ".");
            findings.push(finding.about(format!("election:{}", election.id), Some(election.place)));
        }
        // The election row keeps a list of rollbacks of its own.
        let in_row = election.rollback_history.len();
        if in_row != facts.rollbacks {
            let finding = Finding::new(
                FindingCode::StepMissing,
                format!("The election names {in_row} rollbacks, the audit log {}.", facts.rollbacks),
            );
            findings.push(finding.about(format!("election:{}", election.id), Some(election.place)));
        }
    }

    /// P706: changes after opening.
    fn rules_after_opening(&self, findings: &mut Vec<Finding>) {
        let Some(election) = self.election else { return };
        let facts = self.facts;
        let opened = facts.openings.first().copied();
        for (entry, fields) in &facts.updated {
            if let (Some(opened), Some(at)) = (opened, entry.at)
                && at >= opened
            {
                let is_recorded_extension =
                    fields.iter().all(|field| matches!(field.as_str(), "end_date" | "results_visible_immediately"));
                let mut finding = Finding::new(
                    FindingCode::RulesChangedUnrecorded,
                    format!(
                        "After opening these fields were changed, and the change is recorded: {}.",
                        fields.join(", ")
                    ),
                );
                if is_recorded_extension {
                    finding = finding.as_info();
                }
                findings.push(finding.about(super::log::subject(entry.record.id), Some(entry.record.place)));
            }
        }
        if !self.log.is_complete {
            return;
        }
        let is_end_recorded =
            facts.updated.iter().any(|(_, fields)| fields.is_empty() || fields.iter().any(|field| field == "end_date"));
        if let (Some(end), Some(tokens)) = (election.end_date, self.tokens)
            && !is_end_recorded
        {
            let differing: Vec<&Token> = tokens
                .iter()
                .filter(|token| {
                    let Some(expires) = token.expires_at else { return false };
                    // Credentials end with the election, at most 30 days ahead; superseded ones end earlier.
                    let is_cut =
                        token.created_at.is_some_and(|created| end.seconds() - created.seconds() > 30 * 86_400);
                    !is_cut && expires.seconds() != end.seconds()
                })
                .collect();
            let is_all = !tokens.is_empty() && differing.len() == tokens.len();
            if is_all || differing.iter().any(|token| token.expires_at > election.end_date) {
                let mut finding = Finding::new(
                    FindingCode::RulesChangedUnrecorded,
                    "The end of voting differs from the end that the credentials were issued for, and no entry records the change.".to_owned(),
                );
                finding.add(format!("election:{}", election.id), Some(election.place));
                findings.push(finding);
            }
        }
        if let (Some(frozen), Some(roster)) = (facts.roll_frozen, election.roster.as_ref()) {
            let now = i64::try_from(roster.len()).unwrap_or(0);
            if now != frozen {
                let finding = Finding::new(
                    FindingCode::RulesChangedUnrecorded,
                    format!("The roll held {frozen} persons at opening and holds {now} now."),
                );
                findings.push(finding.about(format!("election:{}", election.id), Some(election.place)));
            }
        }
    }

    /// P703: who could still tell who voted for whom.
    fn secrecy(&self, findings: &mut Vec<Finding>) -> Result<(), Error> {
        let Some(election) = self.election.filter(|election| election.is_anonymous) else { return Ok(()) };
        let seen = self.seen;
        if seen.votes.is_empty() {
            return Ok(());
        }
        let is_closed = election.status == "closed";
        let mut add = |mut finding: Finding| {
            if !finding.is_empty() {
                if !is_closed {
                    finding = finding.as_info();
                }
                findings.push(finding);
            }
        };
        if election.salt.is_some() {
            let detail = "The salt of the voter hashes still exists: whoever has it and the member list can tell who cast each vote.";
            add(Finding::new(FindingCode::LinkExists, detail)
                .about(format!("election:{}", election.id), Some(election.place)));
        }
        let linked = |votes: Numbers, detail: String| Finding::new(FindingCode::LinkExists, detail).with_votes(votes);
        let by_log = &self.matched.by_log;
        let votes = by_log.iter().map(|(vote, _)| *vote).collect();
        let detail = format!("Votes for which the audit log names both voter and vote: {}.", by_log.len());
        let mut finding = linked(votes, detail);
        let entries: Vec<i64> = by_log.iter().take(LISTED_ROWS).map(|(_, entry)| *entry).collect();
        finding.evidence = self.reader.audit_by_position(&entries)?.into_iter().map(|entry| entry.place).collect();
        add(finding);
        let count = seen.by_proxy.len();
        let detail = format!("Proxy votes that name the member they were cast for: {count}.");
        add(linked(seen.by_proxy.clone(), detail));
        add(linked(seen.by_row.clone(), format!("Votes that name their voter: {}.", seen.by_row.len())));
        let count = seen.by_address.len();
        let detail = format!("Votes that still carry the network address they came from: {count}.");
        add(linked(seen.by_address.clone(), detail));
        Ok(())
    }
}

/// Votes without an entry of their own, less those that a ballot of several votes covers: each such entry stands for as
/// many votes of its seconds as it says, in order.
fn without_submitted(open: &[(i64, i64)], submissions: &[(Option<Instant>, i64)], paper: &Numbers) -> Numbers {
    if submissions.is_empty() {
        return open.iter().map(|(_, number)| *number).collect();
    }
    let mut by_second: BTreeMap<i64, VecDeque<i64>> = BTreeMap::new();
    for (second, number) in open.iter().filter(|(_, number)| !paper.contains(*number)) {
        by_second.entry(*second).or_default().push_back(*number);
    }
    let mut left: BTreeSet<i64> = open.iter().map(|(_, number)| *number).collect();
    for (at, count) in submissions {
        for _ in 0..*count {
            // The first in order among those near in time; votes without a readable time are near to everything.
            let near = |second: &i64| match at {
                None => true,
                Some(at) => *second == i64::MIN || (*second - at.seconds()).abs() <= SUBMISSION_SECONDS,
            };
            let range = match at {
                None => i64::MIN..=i64::MAX,
                Some(at) => at.seconds() - SUBMISSION_SECONDS..=at.seconds() + SUBMISSION_SECONDS,
            };
            let timeless = by_second.get(&i64::MIN).and_then(|numbers| numbers.front()).map(|first| (*first, i64::MIN));
            let next = by_second
                .range(range)
                .filter(|(second, _)| near(second))
                .filter_map(|(second, numbers)| Some((*numbers.front()?, *second)))
                .chain(timeless)
                .min();
            let Some((number, second)) = next else { break };
            left.remove(&number);
            if let Some(numbers) = by_second.get_mut(&second) {
                numbers.pop_front();
                if numbers.is_empty() {
                    by_second.remove(&second);
                }
            }
        }
    }
    left.into_iter().collect()
}

/// Names of written-in candidates are stored with HTML escapes.
fn unescape_html(text: &str) -> String {
    text.replace("&#x27;", "'").replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

/// A time in which voting was open again.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) log_id: i64,
    pub(crate) place: Place,
    pub(crate) from: Instant,
    pub(crate) to: Option<Instant>,
    pub(crate) reason: Option<String>,
}

impl Window {
    pub(crate) fn holds(&self, at: Instant) -> bool {
        at.seconds() >= self.from.seconds() && self.to.is_none_or(|to| at < to)
    }
}

/// Entry of a fact that needs its whole entry.
pub(crate) type Update<'a> = (&'a Entry, Vec<String>);
