//! The end of an election: the pages before and after closing, the result, the certificate, the public files.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::LedgerEntry;
use workflow::election::{
    Certificate, Closed, ContestResult, ElectionResult, Outcome, PostClose, PreClose, PrivacyGuard, PublicForm,
    Published,
};

use super::count;
use super::own::{PhaseWord, TurnoutView};

/// What is looked at before an election is closed.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PreCloseView {
    /// Election.
    pub election_id: String,
    /// Its title.
    pub title: String,
    /// Now, ISO text.
    pub now: String,
    /// When voting is to end.
    pub ends_at: Option<String>,
    /// True where that lies in the future.
    pub is_early: bool,
    /// Who took part.
    pub turnout: TurnoutView,
    /// Unusual things.
    pub remarks: Vec<String>,
    /// Incidents that are open.
    pub incidents: Vec<String>,
    /// True where a notice of the early end is prepared.
    pub has_early_notice: bool,
    /// True where closing destroys what leads from voters to ballots.
    pub is_secret: bool,
    /// Credentials whose voters are forgotten.
    pub credentials: u64,
    /// Messages with credentials that are scrubbed.
    pub messages: u64,
}

impl From<PreClose> for PreCloseView {
    fn from(page: PreClose) -> Self {
        Self {
            election_id: page.election_id,
            title: page.title,
            now: page.now,
            ends_at: page.ends_at,
            is_early: page.is_early,
            turnout: page.turnout.into(),
            remarks: page.remarks,
            incidents: page.incidents,
            has_early_notice: page.early_end_notice,
            is_secret: page.destroys.is_secret,
            credentials: page.destroys.credentials,
            messages: page.destroys.messages,
        }
    }
}

/// How closing ended.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ClosedWord {
    /// To be counted later.
    Closed,
    /// Closed and counted.
    ClosedAndCounted,
    /// Closed, but the count failed.
    ClosedNotCounted,
}

/// How closing ended, in words and figures.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ClosedView {
    /// Which of the three.
    pub outcome: ClosedWord,
    /// In a sentence.
    pub sentence: String,
    /// The exact error of the count; empty without one.
    pub error: String,
    /// Bytes of the case that were searched for what was destroyed.
    pub bytes_searched: u64,
    /// Secrets that were searched for.
    pub searched_for: u64,
    /// Secrets that were found.
    pub found: u64,
}

impl ClosedView {
    /// What closing an election of this title came to.
    pub fn new(closed: &Closed, title: &str) -> Self {
        let scrubbed = closed.scrubbed();
        let (outcome, error) = match closed {
            Closed::Closed { .. } => (ClosedWord::Closed, String::new()),
            Closed::ClosedAndCounted { .. } => (ClosedWord::ClosedAndCounted, String::new()),
            Closed::ClosedNotCounted { error, .. } => (ClosedWord::ClosedNotCounted, error.clone()),
        };
        Self {
            outcome,
            sentence: closed.sentence(title),
            error,
            bytes_searched: scrubbed.bytes_searched,
            searched_for: scrubbed.searched_for,
            found: scrubbed.found,
        }
    }
}

/// A public event of the ledger.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PublicEvent {
    /// Number in the ledger.
    pub number: i64,
    /// When, ISO text.
    pub at: String,
    /// Who.
    pub actor: String,
    /// Hash of the entry.
    pub hash: String,
}

impl From<LedgerEntry> for PublicEvent {
    fn from(entry: LedgerEntry) -> Self {
        Self { number: entry.number, at: entry.at, actor: entry.actor, hash: entry.hash.to_hex() }
    }
}

/// What is looked at after an election was closed, read again from the store.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PostCloseView {
    /// Where it stands now.
    pub phase: PhaseWord,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// True in a secret election.
    pub is_secret: bool,
    /// The public event "closed".
    pub closed: Option<PublicEvent>,
    /// The public event "anonymized".
    pub anonymized: Option<PublicEvent>,
    /// The search of the raw bytes.
    pub searched: Option<PublicEvent>,
    /// Links from credentials to voters that are still there.
    pub links_left: u64,
}

impl From<PostClose> for PostCloseView {
    fn from(page: PostClose) -> Self {
        Self {
            phase: page.phase.into(),
            closed_at: page.closed_at,
            is_secret: page.is_secret,
            closed: page.closed.map(PublicEvent::from),
            anonymized: page.anonymized.map(PublicEvent::from),
            searched: page.searched.map(PublicEvent::from),
            links_left: page.links_left,
        }
    }
}

/// How a contest ended.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeWord {
    /// Every seat is filled.
    Decided,
    /// Some seats stay empty.
    PartlyDecided,
    /// Nobody reached what the rules ask for.
    Undecided,
    /// Nobody voted in the contest.
    NoVotes,
    /// Too few took part.
    QuorumNotMet,
}

/// The result of one contest.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ContestResultView {
    /// Contest.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Seats.
    pub seats: u32,
    /// Names of the elected, in order of election.
    pub elected: Vec<String>,
    /// How it ended.
    pub outcome: OutcomeWord,
    /// Votes in the contest.
    pub votes: u64,
    /// What decided, in sentences.
    pub sentences: Vec<String>,
    /// Candidates who are level for the last seat.
    pub tied: Vec<String>,
    /// Candidates of the count by their places.
    pub candidates: Vec<String>,
    /// Rounds: votes of each candidate, and what happened.
    pub rounds: Vec<ResultRound>,
}

/// One round of a count.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ResultRound {
    /// Number, from 1.
    pub round: u64,
    /// Votes of each candidate; null for one that is out.
    pub votes: Vec<Option<String>>,
    /// Votes without a candidate.
    pub exhausted: String,
    /// What happened and why.
    pub sentence: String,
}

/// The result of an election.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnResultView {
    /// When it was counted, ISO text.
    pub counted_at: String,
    /// Voters on the roll.
    pub eligible_voters: u64,
    /// Voters who took part.
    pub voters: u64,
    /// Voters that the rules ask for.
    pub quorum_required: u64,
    /// Whether they took part.
    pub is_quorum_met: bool,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Ballots that count.
    pub counted: u64,
    /// Ballots that a later one replaced.
    pub replaced: u64,
    /// Ballots that were excluded.
    pub excluded: u64,
    /// Ballots without any choice.
    pub blank: u64,
    /// Paper ballots that count.
    pub paper: u64,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// SHA-256 of the result.
    pub sha256: String,
    /// What else a reader must know.
    pub remarks: Vec<String>,
    /// Contests in the order of the ballot paper.
    pub contests: Vec<ContestResultView>,
}

impl From<&ElectionResult> for OwnResultView {
    fn from(result: &ElectionResult) -> Self {
        Self {
            counted_at: result.counted_at.clone(),
            eligible_voters: result.eligible_voters,
            voters: result.voters,
            quorum_required: result.quorum_required,
            is_quorum_met: result.quorum_met,
            ballots: result.ballots,
            counted: result.ballots_counted,
            replaced: result.ballots_replaced,
            excluded: result.ballots_excluded,
            blank: result.ballots_blank,
            paper: result.ballots_paper,
            chain_head: result.chain_head.clone(),
            sha256: result.sha256(),
            remarks: result.remarks.clone(),
            contests: result.contests.iter().map(ContestResultView::from).collect(),
        }
    }
}

impl From<&ContestResult> for ContestResultView {
    fn from(contest: &ContestResult) -> Self {
        let list = |value: &serde_json::Value| value.as_array().cloned().unwrap_or_default();
        let text = |value: &serde_json::Value| match value {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        let candidates = list(&contest.count["candidates"]);
        let rounds = list(&contest.count["rounds"]).into_iter().zip(1..).map(|(round, number)| ResultRound {
            round: number,
            votes: candidates
                .iter()
                .map(|candidate| round["votes"][text(&candidate["id"])].as_str())
                .map(|votes| votes.map(str::to_owned))
                .collect(),
            exhausted: text(&round["exhausted"]),
            sentence: text(&round["sentence"]),
        });
        Self {
            id: contest.id.clone(),
            title: contest.title.clone(),
            seats: contest.seats,
            elected: contest.elected_names.clone(),
            outcome: match contest.outcome {
                Outcome::Decided => OutcomeWord::Decided,
                Outcome::PartlyDecided => OutcomeWord::PartlyDecided,
                Outcome::Undecided => OutcomeWord::Undecided,
                Outcome::NoVotes => OutcomeWord::NoVotes,
                Outcome::QuorumNotMet => OutcomeWord::QuorumNotMet,
            },
            votes: contest.votes,
            sentences: contest.sentences.clone(),
            tied: contest.tied.clone(),
            rounds: rounds.collect(),
            candidates: candidates.iter().map(|candidate| text(&candidate["name"])).collect(),
        }
    }
}

/// A certified result.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CertificateView {
    /// When, ISO text.
    pub certified_at: String,
    /// Who signed: name and role.
    pub signed_by: Vec<(String, String)>,
    /// Who could use the signing key.
    pub key_holders: Vec<String>,
    /// SHA-256 of the result.
    pub result_sha256: String,
    /// Signature.
    pub signature: String,
}

impl From<Certificate> for CertificateView {
    fn from(certificate: Certificate) -> Self {
        Self {
            certified_at: certificate.certified_at,
            signed_by: certificate.signed_by,
            key_holders: certificate.key_holders,
            result_sha256: certificate.result_sha256,
            signature: certificate.signature,
        }
    }
}

/// In which form ballots are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PublicFormWord {
    /// With their choices, in the order of the chain.
    Full,
    /// Codes in the order of the chain, choices apart.
    Sealed,
}

impl From<PublicForm> for PublicFormWord {
    fn from(form: PublicForm) -> Self {
        match form {
            PublicForm::Full => Self::Full,
            PublicForm::Sealed => Self::Sealed,
        }
    }
}

impl From<PublicFormWord> for PublicForm {
    fn from(form: PublicFormWord) -> Self {
        match form {
            PublicFormWord::Full => Self::Full,
            PublicFormWord::Sealed => Self::Sealed,
        }
    }
}

/// What a publication could give away.
#[derive(Clone, Debug, Serialize, TS)]
pub struct GuardView {
    /// The risks.
    pub risks: Vec<RiskView>,
    /// The form that the guard advises.
    pub advised: PublicFormWord,
}

/// Something that a publication could give away.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RiskView {
    /// What could be learned, and by whom.
    pub text: String,
    /// How many ballots it is about.
    pub ballots: u64,
    /// True where the sealed form removes it.
    pub sealed_helps: bool,
}

impl From<PrivacyGuard> for GuardView {
    fn from(guard: PrivacyGuard) -> Self {
        let risks = guard.risks.into_iter();
        Self {
            risks: risks
                .map(|risk| RiskView { text: risk.text, ballots: risk.ballots, sealed_helps: risk.sealed_helps })
                .collect(),
            advised: guard.advised.into(),
        }
    }
}

/// Files that were written.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PublishedView {
    /// In which form.
    pub form: PublicFormWord,
    /// The folder.
    pub folder: String,
    /// How many files.
    pub files: u64,
    /// SHA-256 of `SHA256SUMS`.
    pub digest: String,
}

impl PublishedView {
    /// What was written into a folder.
    pub fn new(published: &Published, folder: String) -> Self {
        Self {
            form: published.form.into(),
            folder,
            files: count(published.files.len()),
            digest: published.digest.clone(),
        }
    }
}
