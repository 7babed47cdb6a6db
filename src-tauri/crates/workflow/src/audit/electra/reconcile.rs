//! Votes, tokens, audit entries and election rows against each other. What only one side knows is not judged: a table that is
//! not in the export makes a claim undecided, never wrong.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{Finding, FindingCode, Instant, Place, Severity};
use importers::electra::rows::{Election, QueuedVote, Time, UsageNote, VoteToken};
use importers::electra::rules;
use importers::json::Json;

use super::log::{Checked, Log};
use super::tokens::CheckedToken;
use super::votes::CheckedVote;

/// Between a vote's row and its entry lie at most a few moments; more means that one of the times was altered.
const SAME_MOMENT_MICROS: i64 = 60 * 1_000_000;

/// A row and its entry are written one after the other; the last row of a log may be a moment newer than its entry.
const SAME_ACT_MICROS: i64 = 1_000_000;

/// Everything that is compared for one election.
pub(crate) struct Ground<'a> {
    pub(crate) election_id: &'a str,
    pub(crate) election: Option<&'a Election>,
    pub(crate) tokens: &'a [&'a CheckedToken],
    pub(crate) all_tokens: &'a [CheckedToken],
    pub(crate) votes: &'a [&'a CheckedVote],
    pub(crate) vote_tokens: &'a [VoteToken],
    pub(crate) queues: &'a [QueuedVote],
    pub(crate) usage: &'a [UsageNote],
    pub(crate) notes: Option<&'a [UsageNote]>,
    pub(crate) log: &'a Log,
    pub(crate) has: &'a Has,
    /// Ids of people, where the table is there.
    pub(crate) users: Option<&'a BTreeSet<String>>,
}

/// Which tables are in the export.
pub(crate) struct Has {
    pub(crate) votes: bool,
    pub(crate) tokens: bool,
    pub(crate) vote_tokens: bool,
}

/// What the comparison showed, with figures for the claims.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) findings: Vec<Finding>,
    pub(crate) linked: u64,
    pub(crate) used_tokens: u64,
    pub(crate) used_without_vote: u64,
    pub(crate) cast_entries: u64,
    pub(crate) issue_entries: u64,
}

/// One finding that gathers rows.
struct Gathered(Finding);

impl Gathered {
    fn new(code: FindingCode, severity: Option<Severity>, text: &str) -> Self {
        let finding = Finding::new(code, text);
        Self(Finding { severity: severity.unwrap_or(finding.severity), ..finding })
    }

    fn add(&mut self, subject: String, place: Option<Place>) {
        self.0.add(subject, place);
    }

    fn into(self, findings: &mut Vec<Finding>) {
        if !self.0.is_empty() {
            findings.push(self.0);
        }
    }
}

impl Ground<'_> {
    /// Compares everything.
    pub(crate) fn compare(&self) -> Compared {
        let mut compared = Compared::default();
        self.votes_with_tokens(&mut compared);
        self.used_tokens(&mut compared);
        self.votes_with_entries(&mut compared);
        self.tokens_with_entries(&mut compared);
        self.companions(&mut compared);
        self.notes(&mut compared);
        self.queues(&mut compared);
        self.statuses(&mut compared);
        self.title(&mut compared);
        self.period(&mut compared);
        self.lifecycle(&mut compared);
        compared
    }

    /// R303 and R311: each vote follows from one token of its election, and no token has two votes.
    fn votes_with_tokens(&self, compared: &mut Compared) {
        if !self.has.votes {
            return;
        }
        let mut seen: HashMap<&str, Vec<&CheckedVote>> = HashMap::new();
        for vote in self.votes {
            seen.entry(&vote.vote.vote_token).or_default().push(vote);
        }
        let mut by_hash: HashMap<&str, Vec<&CheckedVote>> = HashMap::new();
        for vote in self.votes {
            by_hash.entry(&vote.vote.ballot_token_hash).or_default().push(vote);
        }
        let mut twice = Gathered::new(
            FindingCode::VotedTwice,
            None,
            "Several votes carry the same vote token or the same token's hash; one token gives one vote.",
        );
        for vote in self.votes {
            let same = [seen.get(vote.vote.vote_token.as_str()), by_hash.get(vote.vote.ballot_token_hash.as_str())];
            if same.into_iter().flatten().any(|same| same.len() > 1) {
                twice.add(vote.subject(), Some(vote.vote.place));
            }
        }
        twice.into(&mut compared.findings);
        let mut voters: HashMap<&str, Vec<&CheckedToken>> = HashMap::new();
        for token in self.tokens {
            voters.entry(&token.token.user_id).or_default().push(token);
        }
        let mut tokens_twice = Gathered::new(
            FindingCode::VotedTwice,
            None,
            "One voter holds several tokens of the election; the origin's database allows one for ever.",
        );
        for token in self.tokens {
            if voters.get(token.token.user_id.as_str()).is_some_and(|tokens| tokens.len() > 1) {
                tokens_twice.add(token.subject(), Some(token.token.place));
            }
        }
        tokens_twice.into(&mut compared.findings);
        if !self.has.tokens {
            return;
        }
        let mut orphans = Gathered::new(
            FindingCode::VoterUnknown,
            None,
            "Votes that follow from no token that was issued: vote token and token hash are both derived from the token, its \
             election and its voter.",
        );
        let mut half = Gathered::new(
            FindingCode::VoterUnknown,
            None,
            "Votes whose vote token and token hash do not lead to the same token. The hash is outside the signature.",
        );
        let mut foreign =
            Gathered::new(FindingCode::VoterUnknown, None, "Votes that follow from a token of another election.");
        for vote in self.votes {
            let here = (vote.subject(), Some(vote.vote.place));
            match (vote.by_vote_token, vote.by_token_hash) {
                (None, None) => orphans.add(here.0, here.1),
                (Some(left), Some(right)) if left == right => {
                    if self.all_tokens.get(left).is_some_and(|token| token.token.election_id != self.election_id) {
                        foreign.add(here.0, here.1);
                    } else {
                        compared.linked += 1;
                    }
                }
                _ => half.add(here.0, here.1),
            }
        }
        for gathered in [orphans, half, foreign] {
            gathered.into(&mut compared.findings);
        }
    }

    /// Used tokens have a vote, but for submissions that the origin itself loses; votes belong to used tokens.
    fn used_tokens(&self, compared: &mut Compared) {
        if !self.has.tokens {
            return;
        }
        let used: Vec<&CheckedToken> =
            self.tokens.iter().copied().filter(|token| token.token.status == "used").collect();
        compared.used_tokens = count(used.len());
        if !self.has.votes {
            return;
        }
        let voted: BTreeSet<&str> = self
            .votes
            .iter()
            .filter_map(|vote| vote.by_vote_token.or(vote.by_token_hash))
            .filter_map(|number| self.all_tokens.get(number))
            .map(|token| token.token.id.as_str())
            .collect();
        let queued: BTreeSet<&str> = self
            .queues
            .iter()
            .filter(|queued| queued.is_synced)
            .map(|queued| queued.ballot_token_id.as_str())
            .chain(
                self.usage
                    .iter()
                    .filter(|note| note.action == "offline_submission")
                    .filter_map(|note| note.ballot_token_id.as_deref()),
            )
            .collect();
        let mut lost = Gathered::new(
            FindingCode::AccountedVoteMissing,
            Some(Severity::Major),
            "Offline submissions that the server confirmed, and for which it stored no vote. The origin's program loses every \
             offline submission in this way: the voter was told that the vote is in, and it is not.",
        );
        let mut gone = Gathered::new(
            FindingCode::AccountedVoteMissing,
            None,
            "Tokens that are used, and no vote follows from them: the vote was removed, or the token's status was changed.",
        );
        let mut open = Gathered::new(
            FindingCode::UnhashedFieldDiffers,
            None,
            "Tokens with a vote that are not marked as used: the status is outside the signature, and the token could vote again.",
        );
        for token in self.tokens {
            let id = token.token.id.as_str();
            let here = (token.subject(), Some(token.token.place));
            let is_used = token.token.status == "used";
            match (voted.contains(id), queued.contains(id), is_used) {
                (false, true, _) => lost.add(here.0, here.1),
                (false, false, true) => gone.add(here.0, here.1),
                (true, _, false) => open.add(here.0, here.1),
                _ => {}
            }
            compared.used_without_vote += u64::from(is_used && !voted.contains(id));
        }
        for gathered in [lost, gone, open] {
            gathered.into(&mut compared.findings);
        }
    }

    /// Entries of this election and kind that succeeded.
    fn entries<'b>(&'b self, kind: &'b str) -> impl Iterator<Item = &'b Checked> {
        self.log.of_kind(kind).filter(|checked| {
            checked.entry.outcome == "success" && checked.entry.election_id.as_deref() == Some(self.election_id)
        })
    }

    /// R301 and R302: each vote has its entry, each entry its vote; and what the entry says of the vote, which a signature
    /// holds, against the vote's own unsigned columns.
    fn votes_with_entries(&self, compared: &mut Compared) {
        if !self.log.is_there() {
            return;
        }
        let mut by_vote: BTreeMap<&str, Vec<&Checked>> = BTreeMap::new();
        for checked in self.entries("vote_cast") {
            by_vote.entry(&checked.entry.target_resource_id).or_default().push(checked);
            compared.cast_entries += 1;
        }
        if !self.has.votes {
            return;
        }
        let ids: BTreeSet<&str> = self.votes.iter().map(|vote| vote.vote.id.as_str()).collect();
        let mut unaccounted = Gathered::new(
            FindingCode::VoteUnaccounted,
            None,
            "Votes without an audit entry. The origin writes one for every vote that is cast, but swallows every failure to \
             write one.",
        );
        let mut differs = Gathered::new(
            FindingCode::UnhashedFieldDiffers,
            None,
            "Votes whose time, address or token differ from what their audit entry says. These columns of a vote are not signed, \
             those of the entry are.",
        );
        for vote in self.votes {
            let Some(entries) = by_vote.get(vote.vote.id.as_str()) else {
                if self.log.is_complete() {
                    unaccounted.add(vote.subject(), Some(vote.vote.place));
                }
                continue;
            };
            for checked in entries {
                let told = checked.entry.metadata.get("vote_token_hash").and_then(Json::as_text).unwrap_or_default();
                let start = told.trim_end_matches('.');
                let is_moved = match (vote.vote.submitted_at.instant, checked.time) {
                    (Some(vote), Some(entry)) => (vote.micros - entry.micros).abs() > SAME_MOMENT_MICROS,
                    _ => false,
                };
                let is_elsewhere =
                    vote.vote.submitted_ip.is_some() && vote.vote.submitted_ip != checked.entry.ip_address;
                if !vote.vote.vote_token.starts_with(start) || is_moved || is_elsewhere {
                    differs.add(vote.subject(), Some(vote.vote.place));
                    differs.add(checked.named().0, checked.named().1);
                }
            }
        }
        unaccounted.into(&mut compared.findings);
        differs.into(&mut compared.findings);
        let mut absent = Gathered::new(
            FindingCode::AccountedVoteMissing,
            None,
            "Audit entries of votes that are not in the votes table. The origin never deletes a vote.",
        );
        let mut repeated = Gathered::new(FindingCode::VotedTwice, None, "One vote has several audit entries.");
        for (vote, entries) in &by_vote {
            if !ids.contains(vote) {
                absent.add(format!("vote:{vote}"), None);
                for checked in entries {
                    absent.add(checked.named().0, checked.named().1);
                }
            } else if entries.len() > 1 {
                repeated.add(format!("vote:{vote}"), None);
                for checked in entries {
                    repeated.add(checked.named().0, checked.named().1);
                }
            }
        }
        absent.into(&mut compared.findings);
        repeated.into(&mut compared.findings);
    }

    /// The same for tokens: issue and revocation.
    fn tokens_with_entries(&self, compared: &mut Compared) {
        let mut unknown =
            Gathered::new(FindingCode::VoterUnknown, None, "Tokens of people who are not in the users table.");
        if let Some(users) = self.users {
            for token in self.tokens.iter().filter(|token| !users.contains(&token.token.user_id)) {
                unknown.add(token.subject(), Some(token.token.place));
            }
        }
        unknown.into(&mut compared.findings);
        if !self.log.is_there() {
            return;
        }
        let mut issued: BTreeMap<&str, &Checked> = BTreeMap::new();
        for checked in self.entries("token_issued") {
            issued.insert(&checked.entry.target_resource_id, checked);
            compared.issue_entries += 1;
        }
        if !self.has.tokens {
            return;
        }
        let mut unaccounted = Gathered::new(
            FindingCode::VoterUnknown,
            None,
            "Tokens whose issue is in no audit entry, although the log is there from its beginning.",
        );
        let mut other = Gathered::new(
            FindingCode::VoterUnknown,
            None,
            "Tokens that the audit log says were issued to somebody else.",
        );
        for token in self.tokens {
            match issued.get(token.token.id.as_str()) {
                None if self.log.is_complete() => unaccounted.add(token.subject(), Some(token.token.place)),
                None => {}
                Some(checked) if checked.entry.user_id.as_ref().is_some_and(|user| *user != token.token.user_id) => {
                    other.add(token.subject(), Some(token.token.place));
                    other.add(checked.named().0, checked.named().1);
                }
                Some(_) => {}
            }
        }
        unaccounted.into(&mut compared.findings);
        other.into(&mut compared.findings);
        let ids: BTreeMap<&str, &CheckedToken> =
            self.tokens.iter().map(|token| (token.token.id.as_str(), *token)).collect();
        let mut absent = Gathered::new(
            FindingCode::AccountedVoteMissing,
            None,
            "Audit entries of the issue of tokens that are not in the token table.",
        );
        for (id, checked) in &issued {
            if !ids.contains_key(id) {
                absent.add(format!("token:{id}"), None);
                absent.add(checked.named().0, checked.named().1);
            }
        }
        absent.into(&mut compared.findings);
        self.revocations(&ids, compared);
    }

    fn revocations(&self, ids: &BTreeMap<&str, &CheckedToken>, compared: &mut Compared) {
        let mut revived = Gathered::new(
            FindingCode::UnhashedFieldDiffers,
            None,
            "Tokens that the audit log says were revoked, and whose status says otherwise.",
        );
        let mut revoked: BTreeSet<&str> = BTreeSet::new();
        for checked in self.entries("token_invalidated") {
            let id = checked.entry.metadata.get("token_id").and_then(Json::as_text).unwrap_or_default();
            revoked.insert(id);
            if let Some(token) = ids.get(id).filter(|token| token.token.status != "invalidated") {
                revived.add(token.subject(), Some(token.token.place));
                revived.add(checked.named().0, checked.named().1);
            }
        }
        revived.into(&mut compared.findings);
        if self.log.is_complete() {
            let mut silent = Gathered::new(
                FindingCode::StepMissing,
                Some(Severity::Minor),
                "Tokens that are marked as revoked without an audit entry that says so.",
            );
            for token in self.tokens {
                if token.token.status == "invalidated" && !revoked.contains(token.token.id.as_str()) {
                    silent.add(token.subject(), Some(token.token.place));
                }
            }
            silent.into(&mut compared.findings);
        }
    }

    /// C210: the unsigned notes on votes and tokens against the votes.
    fn notes(&self, compared: &mut Compared) {
        if !self.has.votes {
            return;
        }
        let known: BTreeMap<&str, &CheckedVote> =
            self.votes.iter().map(|vote| (vote.vote.id.as_str(), *vote)).collect();
        if let Some(notes) = self.notes {
            let cast: BTreeSet<&str> = notes
                .iter()
                .filter(|note| {
                    note.action == "cast_vote" && note.result.as_deref().is_none_or(|result| result == "success")
                })
                .filter_map(|note| note.vote_id.as_deref())
                .collect();
            let mut silent = Gathered::new(
                FindingCode::UnhashedFieldDiffers,
                None,
                "Votes without a note of their casting in the origin's own table of notes, which is neither hashed nor signed.",
            );
            for vote in self.votes.iter().filter(|vote| !cast.contains(vote.vote.id.as_str())) {
                silent.add(vote.subject(), Some(vote.vote.place));
            }
            silent.into(&mut compared.findings);
            let own_tokens: BTreeSet<&str> = self.votes.iter().map(|vote| vote.vote.vote_token.as_str()).collect();
            let mut lost = Gathered::new(
                FindingCode::UnhashedFieldDiffers,
                None,
                "Notes of the casting of votes that are not in the votes table.",
            );
            for note in notes.iter().filter(|note| note.action == "cast_vote") {
                let is_own = note.vote_token.as_deref().is_some_and(|token| own_tokens.contains(token));
                if let Some(id) = note.vote_id.as_deref().filter(|id| is_own && !known.contains_key(id)) {
                    lost.add(format!("vote:{id}"), Some(note.place));
                }
            }
            lost.into(&mut compared.findings);
        }
        let mut other = Gathered::new(
            FindingCode::UnhashedFieldDiffers,
            None,
            "Notes of the use of a token that name a vote of another token.",
        );
        for note in self.usage {
            let vote = note.vote_id.as_deref().and_then(|id| known.get(id));
            if let (Some(vote), Some(token)) = (vote, note.ballot_token_id.as_deref())
                && let Some(own) = vote.token().and_then(|number| self.all_tokens.get(number))
                && own.token.id != token
            {
                other.add(vote.subject(), Some(note.place));
                other.add(format!("token:{token}"), None);
            }
        }
        other.into(&mut compared.findings);
    }

    /// Offline submissions beside a vote, of no known token, or still waiting.
    fn queues(&self, compared: &mut Compared) {
        if !self.has.tokens {
            return;
        }
        let own: BTreeMap<&str, &CheckedToken> =
            self.tokens.iter().map(|token| (token.token.id.as_str(), *token)).collect();
        let all: BTreeSet<&str> = self.all_tokens.iter().map(|token| token.token.id.as_str()).collect();
        let voted: BTreeSet<&str> = self
            .votes
            .iter()
            .filter_map(|vote| vote.token().and_then(|number| self.all_tokens.get(number)))
            .map(|token| token.token.id.as_str())
            .collect();
        let mut twice = Gathered::new(
            FindingCode::VotedTwice,
            Some(Severity::Minor),
            "Tokens with a vote and an offline submission beside it: the voter, or somebody with the token, sent two.",
        );
        let mut unknown = Gathered::new(
            FindingCode::VoterUnknown,
            Some(Severity::Major),
            "Offline submissions with a token that is not in the token table.",
        );
        let mut waiting = Finding::new(
            FindingCode::AccountedVoteMissing,
            "Offline submissions that still wait to be taken over; they are no votes yet.",
        )
        .as_info();
        for queued in self.queues {
            let id = queued.ballot_token_id.as_str();
            let subject = || format!("token:{id}");
            // A submission names no election: one without a known token is told with the first election.
            let is_first = self.all_tokens.first().is_some_and(|token| token.token.election_id == self.election_id);
            if !all.contains(id) && is_first {
                unknown.add(subject(), Some(queued.place));
            } else if own.contains_key(id) && voted.contains(id) {
                twice.add(subject(), Some(queued.place));
            } else if own.contains_key(id) && !queued.is_synced {
                waiting.add(subject(), Some(queued.place));
            }
        }
        twice.into(&mut compared.findings);
        unknown.into(&mut compared.findings);
        if !waiting.is_empty() {
            compared.findings.push(waiting);
        }
    }

    /// P702: nothing in the origin's program moves a vote past `cast`, and only cast votes are counted as turnout.
    fn statuses(&self, compared: &mut Compared) {
        let mut moved = Gathered::new(
            FindingCode::VoteExcluded,
            None,
            "Votes that no longer have the status \"cast\". The origin's program has no act that changes it, and such votes are not \
             counted as turnout: somebody changed the database.",
        );
        for vote in self.votes.iter().filter(|vote| vote.vote.status != "cast") {
            moved.add(vote.subject(), Some(vote.vote.place));
        }
        moved.into(&mut compared.findings);
    }

    /// R304: the title of the election's row against the newest entry that names it.
    fn title(&self, compared: &mut Compared) {
        let Some(election) = self.election else { return };
        let told = self.log.entries.iter().rev().find_map(|checked| {
            let entry = &checked.entry;
            let is_own = entry.election_id.as_deref() == Some(self.election_id) && checked.hash_fits;
            let told = entry.metadata.get("new_data").and_then(|data| data.get("title"));
            let told = told.or_else(|| entry.metadata.get("election_title"));
            told.and_then(Json::as_text).filter(|_| is_own).map(|title| (title, checked))
        });
        if let Some((title, checked)) = told
            && title != election.title
        {
            let text = format!(
                "The election's row is titled {:?}; the newest audit entry that names it says {title:?}.",
                election.title
            );
            let (subject, place) = checked.named();
            let finding = Finding::new(FindingCode::DefinitionAltered, text);
            let finding = finding.about(format!("election:{}", election.id), Some(election.place));
            compared.findings.push(finding.about(subject, place));
        }
    }

    /// C210: each vote has one companion row that says the same.
    fn companions(&self, compared: &mut Compared) {
        if !self.has.vote_tokens || !self.has.votes {
            return;
        }
        let mut by_token: BTreeMap<&str, Vec<&VoteToken>> = BTreeMap::new();
        for row in self.vote_tokens {
            by_token.entry(&row.vote_token).or_default().push(row);
        }
        let votes: BTreeSet<&str> = self.votes.iter().map(|vote| vote.vote.vote_token.as_str()).collect();
        let mut differs = Gathered::new(
            FindingCode::UnhashedFieldDiffers,
            None,
            "Votes whose companion row is missing, stands twice, says that it is unused, or names another token or election.",
        );
        for vote in self.votes {
            let rows = by_token.get(vote.vote.vote_token.as_str()).map_or(&[][..], Vec::as_slice);
            let is_sound = matches!(rows, [row] if row.is_used
                && row.ballot_token_hash == vote.vote.ballot_token_hash
                && row.election_id == vote.vote.election_id);
            if !is_sound {
                differs.add(vote.subject(), Some(vote.vote.place));
            }
        }
        differs.into(&mut compared.findings);
        let mut alone = Gathered::new(
            FindingCode::AccountedVoteMissing,
            None,
            "Companion rows of votes that are not in the votes table: each vote writes one.",
        );
        let of_here = self.vote_tokens.iter().filter(|row| row.election_id == self.election_id && row.is_used);
        for row in of_here.filter(|row| !votes.contains(row.vote_token.as_str())) {
            alone.add(format!("vote-token:{}", row.vote_token), Some(row.place));
        }
        alone.into(&mut compared.findings);
    }

    /// R310: votes outside the voting period as it is stored or as the log recorded it, or outside their token's time.
    fn period(&self, compared: &mut Compared) {
        let recorded = self.recorded_window();
        let stored =
            self.election.map(|election| (election.start_time.instant, election.end_time.instant)).unwrap_or_default();
        let window = (stored.0.or(recorded.0), stored.1.or(recorded.1));
        let mut outside =
            Gathered::new(FindingCode::OutsidePeriod, None, "Votes that came before voting began or after it ended.");
        let mut unfit = Gathered::new(
            FindingCode::OutsidePeriod,
            None,
            "Votes that came before their token was issued or after it had expired.",
        );
        let mut timeless = Gathered::new(
            FindingCode::FieldsMissing,
            None,
            "Votes whose time cannot be read: whether they came within the voting period cannot be told.",
        );
        for vote in self.votes {
            let Some(at) = vote.vote.submitted_at.instant else {
                timeless.add(vote.subject(), Some(vote.vote.place));
                continue;
            };
            if window.0.is_some_and(|begin| at < begin) || window.1.is_some_and(|end| at > end) {
                outside.add(vote.subject(), Some(vote.vote.place));
            }
            if let Some(token) = vote.token().and_then(|number| self.all_tokens.get(number)) {
                let (issued, expires) = (token.token.issued_at.instant, token.token.expires_at.instant);
                if issued.is_some_and(|issued| at < issued) || expires.is_some_and(|expires| at > expires) {
                    unfit.add(vote.subject(), Some(vote.vote.place));
                }
            }
        }
        outside.into(&mut compared.findings);
        unfit.into(&mut compared.findings);
        timeless.into(&mut compared.findings);
        // Some exports cut times to milliseconds.
        let moved = |stored: Option<&Time>, recorded: Option<Instant>| match (stored, recorded) {
            (Some(Time { text, instant: Some(stored) }), Some(recorded)) => {
                let unit = if rules::may_lack_micros(text) { 1000 } else { 1 };
                stored.micros / unit != recorded.micros / unit
            }
            _ => false,
        };
        if let Some(election) = self.election
            && (moved(Some(&election.start_time), recorded.0) || moved(Some(&election.end_time), recorded.1))
        {
            let shown = |time: Option<Instant>| time.map_or_else(|| "unknown".to_owned(), |time| time.to_iso());
            let text = format!(
                "The election row says that voting ran from {} to {}; the newest audit entry that names the times says {} to {}.",
                election.start_time.text,
                election.end_time.text,
                shown(recorded.0),
                shown(recorded.1)
            );
            let finding = Finding::new(FindingCode::RulesChangedUnrecorded, text);
            compared.findings.push(finding.about(format!("election:{}", election.id), Some(election.place)));
        }
    }

    /// Begin and end of voting as the newest entries recorded them.
    fn recorded_window(&self) -> (Option<Instant>, Option<Instant>) {
        let mut window = (None, None);
        for kind in ["election_created", "election_updated", "election_activated"] {
            for checked in self.entries(kind) {
                let metadata = &checked.entry.metadata;
                let told = metadata.get("new_data").unwrap_or(metadata);
                let time = |name: &str| told.get(name).and_then(Json::as_text).and_then(Instant::parse);
                let position = checked.entry.chain_position;
                for (place, time) in [(&mut window.0, time("start_time")), (&mut window.1, time("end_time"))] {
                    if let Some(time) = time
                        && place.is_none_or(|(known, _): (i64, Instant)| known < position)
                    {
                        *place = Some((position, time));
                    }
                }
            }
        }
        (window.0.map(|(_, time)| time), window.1.map(|(_, time)| time))
    }

    /// P705 and P706: the election's status against the steps that the log holds.
    fn lifecycle(&self, compared: &mut Compared) {
        let Some(election) = self.election else { return };
        let about = |finding: Finding| finding.about(format!("election:{}", election.id), Some(election.place));
        if self.log.is_complete() {
            for (step, statuses, what) in [
                ("election_created", &["draft", "active", "completed", "cancelled"][..], "creation"),
                ("election_activated", &["active", "completed"][..], "activation"),
                ("election_completed", &["completed"][..], "closing"),
                ("election_cancelled", &["cancelled"][..], "cancellation"),
            ] {
                // An entry that a later cut took away is missing with its time; the cut is told elsewhere.
                if statuses.contains(&election.status.as_str()) && self.entries(step).next().is_none() {
                    let text = format!(
                        "The election is {}, and the log has no entry of its {what}. The plain status address of the origin writes \
                         none; an edit of the database does not either.",
                        election.status
                    );
                    let finding = Finding::new(FindingCode::StepMissing, text);
                    compared.findings.push(about(Finding { severity: Severity::Minor, ..finding }));
                }
            }
        }
        for (step, statuses) in [("election_completed", &["completed"][..]), ("election_cancelled", &["cancelled"][..])]
        {
            if let Some(checked) = self.entries(step).last()
                && !statuses.contains(&election.status.as_str())
            {
                let text = format!(
                    "The log holds the step {step}, after which no other follows, but the election row says {}.",
                    election.status
                );
                let (subject, place) = checked.named();
                compared.findings.push(about(Finding::new(FindingCode::StepMissing, text)).about(subject, place));
            }
        }
        let mut extended = Finding::new(
            FindingCode::RulesChangedUnrecorded,
            "Changes of the election after its activation, with the audit entries that record them.",
        )
        .as_info();
        let opened = self.entries("election_activated").map(|checked| checked.entry.chain_position).min();
        for checked in self.entries("election_updated") {
            if opened.is_some_and(|opened| checked.entry.chain_position > opened) {
                let (subject, place) = checked.named();
                extended.add(subject, place);
            }
        }
        if !extended.is_empty() {
            compared.findings.push(extended);
        }
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// C205: rows that are newer than the newest entry of the log, each of which leaves an entry. Such rows stand where the log's
/// end was cut off, or where it was exported before the tables.
pub(crate) fn later_than_log(log: &Log, rows: &[(String, &Time, Place)]) -> Option<Finding> {
    let (newest, last) = (log.newest()?, log.last()?);
    let later: Vec<_> = rows
        .iter()
        .filter(|(_, time, _)| time.instant.is_some_and(|at| at.micros > newest.micros + SAME_ACT_MICROS))
        .collect();
    let mut finding = Finding::new(
        FindingCode::HeadDiffers,
        format!(
            "{} rows of other tables are newer than entry {}, with which the log ends, and each of them leaves an entry. The end of \
             the log was cut off, or it was exported before the tables. The chain itself cannot show a cut at its end.",
            later.len(),
            last.entry.chain_position
        ),
    );
    for (subject, _, place) in &later {
        finding.add(subject.clone(), Some(*place));
    }
    if finding.is_empty() {
        return None;
    }
    let (subject, place) = last.named();
    Some(finding.about(subject, place))
}
