//! Votes against everything else: audit entries, credentials, roll, ballot, period. What the origin cannot see.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use domain::vote::{flag, non_empty};
use domain::{Finding, FindingCode, Instant, Place, VoteRecord};
use importers::logbook::events::Event;
use importers::logbook::rows::{Attestation, Batch, Candidate, Election, Token, User};
use importers::logbook::rules;
use verification::KeyedHash;

use super::log::{Entry, Log};
use super::signatures::subject;
use super::{Accounted, Facts};

/// Seconds that a vote may differ from the entry of a ballot that names no votes.
const SUBMISSION_SECONDS: i64 = 5;

/// Everything of one election that is compared.
pub(crate) struct Scope<'a> {
    /// Votes of the election.
    pub(crate) votes: &'a [VoteRecord],
    /// Its row, where the export has it.
    pub(crate) election: Option<&'a Election>,
    /// Its candidates; `None` where the export has no such table.
    pub(crate) candidates: Option<&'a [Candidate]>,
    /// All candidates of the export.
    pub(crate) all_candidates: &'a [Candidate],
    /// Its tokens; `None` where the export has no such table.
    pub(crate) tokens: Option<&'a [Token]>,
    /// Members; `None` where the export has no such table.
    pub(crate) users: Option<&'a [User]>,
    /// Paper batches; `None` where the export has no such table.
    pub(crate) batches: Option<&'a [Batch]>,
    /// Attestations of paper batches.
    pub(crate) attestations: &'a [Attestation],
    /// The audit log.
    pub(crate) log: &'a Log,
    /// What its entries say of this election.
    pub(crate) facts: &'a Facts<'a>,
    /// Entries by vote id.
    pub(crate) accounted: &'a HashMap<String, Accounted>,
    /// True where the export has a votes table.
    pub(crate) has_votes_table: bool,
}

fn instant(vote: &VoteRecord) -> Option<Instant> {
    vote.voted_at.as_deref().and_then(Instant::parse)
}

fn push(findings: &mut Vec<Finding>, mut finding: Finding, detail: impl FnOnce(usize) -> String) {
    if !finding.subjects.is_empty() {
        let count = finding.subjects.iter().collect::<BTreeSet<_>>().len();
        if finding.detail.is_empty() {
            finding.detail = detail(count);
        }
        findings.push(finding);
    }
}

impl Scope<'_> {
    fn is_anonymous(&self) -> bool {
        self.election.is_some_and(|election| election.is_anonymous)
    }

    /// All findings of the election that come from comparing.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.votes_and_entries(&mut findings);
        self.voters(&mut findings);
        self.definitions(&mut findings);
        self.test_marks(&mut findings);
        self.choices(&mut findings);
        self.period(&mut findings);
        self.repeats(&mut findings);
        self.credentials(&mut findings);
        self.paper(&mut findings);
        self.procedure(&mut findings);
        self.secrecy(&mut findings);
        findings
    }

    /// R301 and R302.
    fn votes_and_entries(&self, findings: &mut Vec<Finding>) {
        if !self.log.is_complete {
            return;
        }
        let mut open: Vec<&VoteRecord> = self
            .votes
            .iter()
            .filter(|vote| !self.accounted.contains_key(&vote.id))
            .filter(|vote| {
                !(vote.is_paper()
                    && self.facts.paper.contains_key(non_empty(&vote.manual_batch_id).unwrap_or_default()))
            })
            // What an archive took away cannot be missed.
            .filter(|vote| self.log.begins_at.is_none() || instant(vote) >= self.log.begins_at)
            .collect();
        for (at, count) in &self.facts.submissions {
            let mut left = usize::try_from(*count).unwrap_or(0);
            open.retain(|vote| {
                let is_near = match (instant(vote), at) {
                    (Some(vote), Some(at)) => (vote.seconds() - at.seconds()).abs() <= SUBMISSION_SECONDS,
                    _ => true,
                };
                let is_taken = left > 0 && is_near && !vote.is_paper();
                left -= usize::from(is_taken);
                !is_taken
            });
        }
        let mut finding = Finding::new(FindingCode::VoteUnaccounted, String::new());
        for vote in open {
            finding.add(subject(vote), vote.place);
        }
        push(findings, finding, |count| {
            format!(
                "Votes that no audit entry names: {count}. Each vote leaves an entry; a paper vote is covered by its batch."
            )
        });
        if !self.has_votes_table {
            return;
        }
        let present: HashSet<&str> = self.votes.iter().map(|vote| vote.id.as_str()).collect();
        let mut finding = Finding::new(FindingCode::AccountedVoteMissing, String::new());
        let mut absent = 0;
        for entry in &self.facts.casts {
            if let Event::VoteCast { vote_id, .. } = &entry.event
                && !present.contains(vote_id.as_str())
            {
                absent += 1;
                finding.add(format!("vote:{vote_id}"), None);
                finding.add(super::log::subject(entry.record.id), Some(entry.record.place));
            }
        }
        push(findings, finding, |_| format!("Votes that the audit log names and the votes table lacks: {absent}."));
    }

    /// Hashes that a voter of this election may carry, with whether the list is complete.
    fn known_hashes(&self) -> (HashSet<String>, bool) {
        let mut hashes: HashSet<String> =
            self.tokens.unwrap_or(&[]).iter().filter_map(|token| token.voter_hash.clone()).collect();
        let mut is_complete = false;
        if let Some(election) = self.election
            && let Some(salt) = &election.salt
        {
            let keyed = KeyedHash::new(salt.as_bytes());
            let members: BTreeSet<&str> = self.members();
            is_complete = self.users.is_some() || election.roster.is_some();
            hashes.extend(members.into_iter().map(|id| keyed.hex(&rules::voter_hash_text(id, &election.id))));
        }
        (hashes, is_complete)
    }

    fn members(&self) -> BTreeSet<&str> {
        let mut members: BTreeSet<&str> = self.users.unwrap_or(&[]).iter().map(|user| user.id.as_str()).collect();
        if let Some(election) = self.election {
            members.extend(election.roster.iter().flatten().map(String::as_str));
            members.extend(election.overrides.iter().map(String::as_str));
        }
        members
    }

    /// R303.
    fn voters(&self, findings: &mut Vec<Finding>) {
        let (hashes, has_all_members) = self.known_hashes();
        let members = self.members();
        let mut finding = Finding::new(FindingCode::VoterUnknown, String::new());
        for vote in self.votes.iter().filter(|vote| !vote.is_paper()) {
            let entry = self.accounted.get(&vote.id);
            let is_unknown = match (non_empty(&vote.voter_hash), non_empty(&vote.voter_id)) {
                (Some(hash), _) if hashes.contains(hash) => false,
                (Some(_), _) => {
                    let cast_by_token = entry.is_some_and(|entry| entry.by_token);
                    let unaccounted = entry.is_none() && self.log.is_complete && self.log.begins_at.is_none();
                    has_all_members
                        || (self.tokens.is_some_and(|tokens| !tokens.is_empty()) && (cast_by_token || unaccounted))
                }
                (None, Some(id)) => self.users.is_some() && !members.contains(id),
                // A ballot without any voter: only paper has none.
                (None, None) => true,
            };
            if is_unknown {
                finding.add(subject(vote), vote.place);
            }
        }
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
        let mut kinds: HashMap<&str, (bool, bool)> = HashMap::new();
        for token in self.tokens.unwrap_or(&[]) {
            if let Some(hash) = token.voter_hash.as_deref() {
                let kind = kinds.entry(hash).or_default();
                if token.is_test {
                    kind.0 = true;
                } else {
                    kind.1 = true;
                }
            }
        }
        let mut finding = Finding::new(FindingCode::TestFlagWrong, String::new());
        for vote in self.votes.iter().filter(|vote| !vote.is_paper()) {
            let is_test = vote.is_test_ballot();
            let by_dedup = self.test_by_dedup(vote);
            let by_token = non_empty(&vote.voter_hash).and_then(|hash| match kinds.get(hash) {
                Some((true, false)) => Some(true),
                Some((false, true)) => Some(false),
                _ => None,
            });
            let should_be = by_dedup.or(by_token);
            let contradicts =
                should_be.is_some_and(|should| should != is_test) || by_token.is_some_and(|should| should != is_test);
            if contradicts {
                finding.add(subject(vote), vote.place);
            }
        }
        push(findings, finding, |count| {
            format!(
                "Votes whose test mark contradicts their credential or their stored hash: {count}. A vote marked as test is not counted."
            )
        });
    }

    /// Whether the stored hash says that the vote was cast as a test; `None` where it says nothing.
    fn test_by_dedup(&self, vote: &VoteRecord) -> Option<bool> {
        let stored = non_empty(&vote.vote_dedup_hash)?;
        let identity = vote.identity()?;
        let rank = format!("rank:{}", vote.vote_rank.as_deref().unwrap_or_default());
        let candidate = format!("cand:{}", vote.candidate_id);
        for discriminator in [None, Some(rank.as_str()), Some(candidate.as_str())] {
            for (is_test, voter) in [(false, identity.to_owned()), (true, format!("test:{identity}"))] {
                let text = rules::dedup_text(&vote.election_id, &voter, vote.position.as_deref(), discriminator);
                if rules::sha256_hex(&text) == stored {
                    return Some(is_test);
                }
            }
        }
        None
    }

    /// R308.
    fn choices(&self, findings: &mut Vec<Finding>) {
        let Some(candidates) = self.candidates else { return };
        let by_id: HashMap<&str, &Candidate> =
            candidates.iter().map(|candidate| (candidate.id.as_str(), candidate)).collect();
        let mut finding = Finding::new(FindingCode::NotOnBallot, String::new());
        for vote in self.votes {
            let is_wrong = match by_id.get(vote.candidate_id.as_str()) {
                None => true,
                Some(candidate) => match (&candidate.position, &vote.position) {
                    (Some(stands_for), Some(position)) => stands_for != position,
                    _ => false,
                },
            };
            if is_wrong {
                finding.add(subject(vote), vote.place);
            }
        }
        let elsewhere = self.all_candidates.len() > candidates.len();
        push(findings, finding, |count| {
            let hint = if elsewhere { " The export also holds candidates of other elections." } else { "" };
            format!("Votes that name a candidate who does not stand in that contest of this election: {count}.{hint}")
        });
    }

    /// R310.
    fn period(&self, findings: &mut Vec<Finding>) {
        let mut finding = Finding::new(FindingCode::OutsidePeriod, String::new());
        let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
        let created: HashMap<&str, Instant> = self
            .tokens
            .unwrap_or(&[])
            .iter()
            .filter(|token| !token.is_test)
            .filter_map(|token| Some((token.voter_hash.as_deref()?, token.created_at?)))
            .fold(HashMap::new(), |mut earliest, (hash, at)| {
                earliest.entry(hash).and_modify(|known: &mut Instant| *known = (*known).min(at)).or_insert(at);
                earliest
            });
        for vote in self.votes.iter().filter(|vote| !vote.is_test_ballot()) {
            let Some(at) = instant(vote) else { continue };
            let election = self.election;
            let reason = if election.and_then(|it| it.start_date).is_some_and(|start| at.seconds() < start.seconds()) {
                Some("before the start")
            } else if election.and_then(|it| it.end_date).is_some_and(|end| at.seconds() > end.seconds()) {
                Some("after the end")
            } else if !self.facts.was_open(at) {
                Some("while voting was not open")
            } else if self.accounted.get(&vote.id).is_none_or(|entry| entry.by_token)
                && non_empty(&vote.voter_hash)
                    .and_then(|hash| created.get(hash))
                    .is_some_and(|created| at.seconds() < created.seconds())
            {
                Some("before the credential was issued")
            } else {
                None
            };
            if let Some(reason) = reason {
                *reasons.entry(reason).or_default() += 1;
                finding.add(subject(vote), vote.place);
            }
        }
        let parts: Vec<String> = reasons.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        push(findings, finding, |count| {
            format!("Votes cast outside the voting period: {count} ({}).", parts.join(", "))
        });
    }

    /// R311.
    fn repeats(&self, findings: &mut Vec<Finding>) {
        let mut finding = Finding::new(FindingCode::VotedTwice, String::new());
        let mut sentences = Vec::new();
        let method = self.election.map_or("", |election| election.voting_method.as_str());
        let allowed =
            self.election.map_or(1, |election| usize::try_from(election.max_votes_per_position.max(1)).unwrap_or(1));
        let mut seen: HashMap<(&str, Option<&str>), Vec<&VoteRecord>> = HashMap::new();
        let counted = self.votes.iter().filter(|vote| !vote.is_deleted() && !vote.is_test_ballot());
        for vote in counted.clone().filter(|vote| !vote.is_paper()) {
            if let Some(identity) = vote.identity() {
                seen.entry((identity, vote.position.as_deref())).or_default().push(vote);
            }
        }
        let mut groups: Vec<Vec<&VoteRecord>> = Vec::new();
        let mut keys: Vec<_> = seen.keys().copied().collect();
        keys.sort_unstable();
        for key in keys {
            let votes = &seen[&key];
            if votes.len() < 2 {
                continue;
            }
            let same = |key: fn(&VoteRecord) -> Option<&str>| -> Vec<Vec<&VoteRecord>> {
                let mut by: BTreeMap<&str, Vec<&VoteRecord>> = BTreeMap::new();
                for vote in votes {
                    if let Some(value) = key(vote) {
                        by.entry(value).or_default().push(vote);
                    }
                }
                by.into_values().filter(|group| group.len() > 1).collect()
            };
            let by_candidate = same(|vote| Some(&vote.candidate_id));
            if method == "ranked_choice" {
                groups.extend(same(|vote| vote.vote_rank.as_deref()));
                groups.extend(by_candidate);
            } else if method == "approval" {
                groups.extend(by_candidate);
            } else if votes.len() > allowed {
                groups.push(votes.clone());
            } else {
                groups.extend(by_candidate);
            }
        }
        let mut by_key: [HashMap<&str, Vec<&VoteRecord>>; 2] = [HashMap::new(), HashMap::new()];
        for vote in self.votes {
            by_key[0].entry(vote.id.as_str()).or_default().push(vote);
            if let Some(hash) = non_empty(&vote.vote_dedup_hash) {
                by_key[1].entry(hash).or_default().push(vote);
            }
        }
        for map in by_key {
            let mut repeated: Vec<_> = map.into_values().filter(|group| group.len() > 1).collect();
            repeated.sort_by_key(|group| group[0].number);
            groups.extend(repeated);
        }
        let double = self.two_paths(counted);
        if !double.is_empty() {
            sentences.push(format!("members who voted once by credential and once logged in: {}", double.len()));
        }
        if !groups.is_empty() {
            sentences
                .push(format!("voters, ids or stored hashes that stand more often than allowed: {}", groups.len()));
        }
        for vote in groups.into_iter().chain(double).flatten() {
            finding.add(subject(vote), vote.place);
        }
        if !sentences.is_empty() {
            finding.detail = sentences.join("; ") + ".";
        }
        push(findings, finding, |_| String::new());
    }

    /// Members of a named election who voted by token and again logged in, found while the salt exists.
    fn two_paths<'b>(&self, counted: impl Iterator<Item = &'b VoteRecord> + Clone) -> Vec<Vec<&'b VoteRecord>> {
        let Some((election, salt)) = self.election.and_then(|election| Some((election, election.salt.as_ref()?)))
        else {
            return Vec::new();
        };
        let keyed = KeyedHash::new(salt.as_bytes());
        let mut by_token: HashMap<(&str, Option<&str>), &VoteRecord> = HashMap::new();
        for vote in counted.clone() {
            if let Some(hash) = non_empty(&vote.voter_hash) {
                by_token.insert((hash, vote.position.as_deref()), vote);
            }
        }
        counted
            .filter_map(|vote| {
                let id = non_empty(&vote.voter_id)?;
                let hash = keyed.hex(&rules::voter_hash_text(id, &election.id));
                by_token.get(&(hash.as_str(), vote.position.as_deref())).map(|other| vec![*other, vote])
            })
            .collect()
    }

    /// R309: a credential that is marked as used although no vote carries its voter.
    fn credentials(&self, findings: &mut Vec<Finding>) {
        let Some(tokens) = self.tokens else { return };
        if !self.has_votes_table {
            return;
        }
        let voted: HashSet<&str> = self.votes.iter().filter_map(|vote| non_empty(&vote.voter_hash)).collect();
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
        let positions = |hash: &str| -> BTreeSet<&str> {
            self.votes
                .iter()
                .filter(|vote| vote.voter_hash.as_deref() == Some(hash))
                .filter_map(|vote| vote.position.as_deref())
                .collect()
        };
        let known: HashSet<&str> =
            self.election.map(|election| election.positions.iter().map(String::as_str).collect()).unwrap_or_default();
        let few = tokens.len() <= 2000;
        for token in tokens.iter().filter(|token| few && !token.is_test) {
            let (Some(hash), Some(said)) = (token.voter_hash.as_deref(), token.positions_voted.as_ref()) else {
                continue;
            };
            let said: BTreeSet<&str> =
                said.iter().map(String::as_str).filter(|position| known.contains(position)).collect();
            let found = positions(hash);
            if voted.contains(hash) && said.iter().any(|position| !found.contains(position)) {
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
            let votes: Vec<&VoteRecord> =
                self.votes.iter().filter(|vote| vote.manual_batch_id.as_deref() == Some(&batch.id)).collect();
            if let Some(recorded) = self.facts.paper.get(&batch.id) {
                let mut found: BTreeMap<&str, i64> = BTreeMap::new();
                for vote in &votes {
                    *found.entry(names.get(vote.candidate_id.as_str()).copied().unwrap_or_default()).or_default() += 1;
                }
                let said: BTreeMap<&str, i64> =
                    recorded.breakdown.iter().fold(BTreeMap::new(), |mut said, (name, count)| {
                        *said.entry(name.as_str()).or_default() += count;
                        said
                    });
                let total = i64::try_from(votes.len()).unwrap_or(0);
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
                    for vote in &votes {
                        finding.add(subject(vote), vote.place);
                    }
                    findings.push(finding);
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
                for vote in votes {
                    finding.add(subject(vote), vote.place);
                }
                findings.push(finding);
            }
        }
        let known: HashSet<&str> = batches.iter().map(|batch| batch.id.as_str()).collect();
        let mut finding = Finding::new(FindingCode::VoteUnaccounted, String::new());
        for vote in self.votes.iter().filter(|vote| vote.is_paper()) {
            if !non_empty(&vote.manual_batch_id).is_some_and(|batch| known.contains(batch)) {
                finding.add(subject(vote), vote.place);
            }
        }
        push(findings, finding, |count| format!("Paper votes that belong to no paper batch: {count}."));
    }

    /// P701, P702, P705, P706, P707, P708.
    fn procedure(&self, findings: &mut Vec<Finding>) {
        let facts = self.facts;
        for window in &facts.reopened {
            let mut finding = Finding::new(FindingCode::VotingReopened, String::new());
            finding.add(super::log::subject(window.log_id), Some(window.place));
            let mut count = 0;
            for vote in self.votes {
                if instant(vote).is_some_and(|at| window.holds(at)) {
                    count += 1;
                    finding.add(subject(vote), vote.place);
                }
            }
            finding.detail = format!(
                "Voting was reopened at {} ({}); {count} votes were cast until it was closed again.",
                window.from.to_display(),
                window.reason.as_deref().unwrap_or("no reason recorded")
            );
            findings.push(finding);
        }
        let mut finding = Finding::new(FindingCode::VoteExcluded, String::new());
        let mut unrecorded = Finding::new(FindingCode::StepMissing, String::new());
        for vote in self.votes.iter().filter(|vote| vote.is_deleted()) {
            finding.add(subject(vote), vote.place);
            let is_voided_paper = non_empty(&vote.manual_batch_id).is_some_and(|batch| facts.voided.contains(batch));
            if self.log.is_complete && !facts.excluded.contains(&vote.id) && !is_voided_paper {
                unrecorded.add(subject(vote), vote.place);
            }
        }
        push(findings, finding, |count| {
            format!("Votes excluded from the count: {count}. Each names who did it, when and why.")
        });
        push(findings, unrecorded, |count| format!("Votes excluded without an audit entry that says so: {count}."));
        let mut resurrected = Finding::new(FindingCode::StepMissing, String::new());
        for vote in self.votes.iter().filter(|vote| !vote.is_deleted() && facts.excluded.contains(&vote.id)) {
            resurrected.add(subject(vote), vote.place);
        }
        push(findings, resurrected, |count| {
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
        if !self.votes.is_empty() && facts.openings.is_empty() {
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
    fn secrecy(&self, findings: &mut Vec<Finding>) {
        let Some(election) = self.election else { return };
        if !self.is_anonymous() || self.votes.is_empty() {
            return;
        }
        let is_closed = election.status == "closed";
        let mut add = |mut finding: Finding| {
            if !finding.subjects.is_empty() {
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
        let mut by_log = Finding::new(FindingCode::LinkExists, String::new());
        let mut by_proxy = Finding::new(FindingCode::LinkExists, String::new());
        let mut by_row = Finding::new(FindingCode::LinkExists, String::new());
        let mut by_address = Finding::new(FindingCode::LinkExists, String::new());
        for vote in self.votes {
            let is_proxy = flag(vote.is_proxy_vote.as_deref()).unwrap_or(true);
            if let Some(entry) = self.accounted.get(&vote.id)
                && entry.names_user
                && !is_proxy
            {
                by_log.add(subject(vote), vote.place);
                by_log.evidence.push(entry.place);
            }
            if non_empty(&vote.proxy_delegating_user_id).is_some() {
                by_proxy.add(subject(vote), vote.place);
            }
            if non_empty(&vote.voter_id).is_some() {
                by_row.add(subject(vote), vote.place);
            }
            if non_empty(&vote.ip_address).is_some() {
                by_address.add(subject(vote), vote.place);
            }
        }
        by_log.detail = format!("Votes for which the audit log names both voter and vote: {}.", by_log.subjects.len());
        by_proxy.detail = format!("Proxy votes that name the member they were cast for: {}.", by_proxy.subjects.len());
        by_row.detail = format!("Votes that name their voter: {}.", by_row.subjects.len());
        by_address.detail =
            format!("Votes that still carry the network address they came from: {}.", by_address.subjects.len());
        for finding in [by_log, by_proxy, by_row, by_address] {
            add(finding);
        }
    }
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
    fn holds(&self, at: Instant) -> bool {
        at.seconds() >= self.from.seconds() && self.to.is_none_or(|to| at < to)
    }
}

/// Entry of a fact that needs its whole entry.
pub(crate) type Update<'a> = (&'a Entry, Vec<String>);
