//! An election that is run here as its page shows it: where it stands, who took part, what is possible now.

use serde::Serialize;
use ts_rs::TS;
use workflow::domain::election::{ElectionAct, Phase};
use workflow::election::{ActState, ElectionSummary, Status, Turnout};

use super::incident::held::LockView;
use super::setup::{MissingView, SetupView};

/// Where an election stands.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PhaseWord {
    /// Being set up.
    Draft,
    /// Candidates are named and answer.
    Nominating,
    /// Ballots are accepted.
    Open,
    /// Voting has ended.
    Closed,
    /// Counted.
    Tallied,
    /// Signed by two people.
    Certified,
    /// The files are out.
    Published,
    /// Given up.
    Cancelled,
}

impl From<Phase> for PhaseWord {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Draft => Self::Draft,
            Phase::Nominating => Self::Nominating,
            Phase::Open => Self::Open,
            Phase::Closed => Self::Closed,
            Phase::Tallied => Self::Tallied,
            Phase::Certified => Self::Certified,
            Phase::Published => Self::Published,
            Phase::Cancelled => Self::Cancelled,
        }
    }
}

macro_rules! act_words {
    ($($act:ident),* $(,)?) => {
        /// What can be done with an election.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum ActWord {
            $(#[doc = stringify!($act)] $act,)*
        }

        impl From<ElectionAct> for ActWord {
            fn from(act: ElectionAct) -> Self {
                match act {
                    $(ElectionAct::$act => Self::$act,)*
                }
            }
        }
    };
}

act_words!(
    Edit,
    ImportRoll,
    OpenNominations,
    CloseNominations,
    Nominate,
    Open,
    PrintLetters,
    Cast,
    RecordPaper,
    AttestPaper,
    VoidPaper,
    Proxy,
    Extend,
    ExcludeVote,
    MergeWriteIns,
    Notify,
    Close,
    Count,
    Certify,
    Publish,
    RevealKey,
    RollBack,
    Cancel,
    Delete,
    Clone,
    Inspect,
    Override,
);

/// Whether an act is possible now.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ActView {
    /// The act.
    pub act: ActWord,
    /// Why not; empty where it is possible.
    pub refused: String,
    /// True where a second person must approve.
    pub needs_second: bool,
}

impl From<ActState> for ActView {
    fn from(state: ActState) -> Self {
        Self { act: state.act.into(), refused: state.refused.unwrap_or_default(), needs_second: state.needs_second }
    }
}

/// An election in the list.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnElectionLine {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub phase: PhaseWord,
    /// When voting is to end, ISO text.
    pub ends_at: Option<String>,
    /// True where closing has not yet finished destroying.
    pub is_scrubbing: bool,
}

impl From<ElectionSummary> for OwnElectionLine {
    fn from(summary: ElectionSummary) -> Self {
        Self {
            id: summary.id,
            title: summary.title,
            phase: summary.phase.into(),
            ends_at: summary.ends_at,
            is_scrubbing: summary.is_scrubbing,
        }
    }
}

/// Who took part.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnoutView {
    /// Voters on the roll.
    pub eligible_voters: u64,
    /// Votes that they have together.
    pub eligible_votes: u64,
    /// Voters with a ballot that counts.
    pub voters: u64,
    /// Ballots in the chain.
    pub ballots: u64,
    /// Ballots that a later one replaced.
    pub replaced: u64,
    /// Ballots that were excluded.
    pub excluded: u64,
    /// Paper ballots that count.
    pub paper: u64,
    /// Voters that the quorum asks for; 0 without one.
    pub quorum_required: u64,
    /// Whether they took part.
    pub is_quorum_met: bool,
}

impl From<Turnout> for TurnoutView {
    fn from(turnout: Turnout) -> Self {
        Self {
            eligible_voters: turnout.eligible_voters,
            eligible_votes: turnout.eligible_votes,
            voters: turnout.voters,
            ballots: turnout.ballots,
            replaced: turnout.replaced,
            excluded: turnout.excluded,
            paper: turnout.paper,
            quorum_required: turnout.quorum_required,
            is_quorum_met: turnout.quorum_met,
        }
    }
}

/// The page of an election.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OwnElectionView {
    /// Id.
    pub id: String,
    /// Where it stands.
    pub phase: PhaseWord,
    /// Rules.
    pub setup: SetupView,
    /// When voting began, ended and so on, ISO texts.
    pub opened_at: Option<String>,
    /// When voting is to end, extensions included.
    pub ends_at: Option<String>,
    /// When it ended.
    pub closed_at: Option<String>,
    /// When it was counted.
    pub counted_at: Option<String>,
    /// When it was certified.
    pub certified_at: Option<String>,
    /// When it was published.
    pub published_at: Option<String>,
    /// When it was cancelled.
    pub cancelled_at: Option<String>,
    /// Hash of the newest ballot.
    pub chain_head: String,
    /// Who took part.
    pub turnout: TurnoutView,
    /// What one should know.
    pub remarks: Vec<String>,
    /// True until a person confirms that leadership was told.
    pub is_leadership_waiting: bool,
    /// What is missing before opening.
    pub missing: Vec<MissingView>,
    /// Every act, with why it is not possible.
    pub acts: Vec<ActView>,
    /// What incidents and standing rules hold back.
    pub locks: Vec<LockView>,
}

impl OwnElectionView {
    /// Puts together what the page shows.
    pub fn new(status: Status, setup: SetupView, missing: Vec<MissingView>, acts: Vec<ActState>) -> Self {
        Self {
            id: status.election_id,
            phase: status.phase.into(),
            setup,
            opened_at: status.opened_at,
            ends_at: status.ends_at,
            closed_at: status.closed_at,
            counted_at: status.counted_at,
            certified_at: status.certified_at,
            published_at: status.published_at,
            cancelled_at: status.cancelled_at,
            chain_head: status.chain_head,
            turnout: status.turnout.into(),
            remarks: status.remarks,
            is_leadership_waiting: status.leadership_not_yet_told,
            missing,
            acts: acts.into_iter().map(ActView::from).collect(),
            locks: status.locks.into_iter().map(LockView::from).collect(),
        }
    }
}
