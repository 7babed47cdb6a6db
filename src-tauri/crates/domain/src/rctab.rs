//! The options of the ranked-choice count `rctab`, as a contest configuration of RCTab states them.
//!
//! They stand here because the reader of the configuration and the count both need them. The configuration's own names
//! of the members are given with each option; what the options mean is explained where they are applied
//! (`tally::methods::rctab`).

/// Between the names of a precinct and a batch where [`crate::Ballots::slices`] names both.
pub const SLICE_SEPARATOR: char = '\u{1f}';

/// Everything that a contest configuration says about counting and reporting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RctabRules {
    /// What the report calls the contest.
    pub heading: Heading,
    /// `winnerElectionMode`.
    pub mode: WinnerMode,
    /// `numberOfWinners`; 0 with [`WinnerMode::BottomsUpPercentage`] alone.
    pub winners: u32,
    /// `multiSeatBottomsUpPercentageThreshold`, of the active ballots.
    pub percentage: Option<Percentage>,
    /// `overvoteRule`.
    pub overvotes: OvervoteRule,
    /// `tiebreakMode`.
    pub ties: TieRule,
    /// `randomSeed`.
    pub seed: Option<i64>,
    /// `decimalPlacesForVoteArithmetic`, 1 to 20; every product and quotient is cut after so many decimals.
    pub decimal_places: u32,
    /// `minimumVoteThreshold`, votes.
    pub minimum_votes: u64,
    /// `maxSkippedRanksAllowed`, ranks in a row; `None` for any number.
    pub max_skipped_ranks: Option<u32>,
    /// `maxRankingsAllowed`; `None` for as many as a ballot holds (`max`).
    pub max_rankings: Option<u32>,
    /// `nonIntegerWinningThreshold`: the threshold has decimals.
    pub has_fractional_threshold: bool,
    /// `hareQuota`: votes divided by seats, rounded up.
    pub is_hare: bool,
    /// `doesFirstRoundDetermineThreshold`: later rounds keep the threshold of round 1.
    pub is_first_threshold_kept: bool,
    /// `batchElimination`: all who cannot catch up are eliminated at once.
    pub eliminates_batches: bool,
    /// `cutoffElimination`: the first elimination takes all below the threshold of the round.
    pub eliminates_below_threshold: bool,
    /// `continueUntilTwoCandidatesRemain`: rounds go on after the winner is known.
    pub continues_until_two: bool,
    /// `exhaustOnDuplicateCandidate`: a candidate ranked twice ends the ballot.
    pub exhausts_on_duplicate: bool,
    /// `stopTabulationEarlyAfterRound`.
    pub stop_after_round: Option<u32>,
    /// Place of the candidate that stands for all undeclared write-ins, where a source has any.
    pub write_ins: Option<u16>,
    /// What [`crate::Ballots::slices`] names, in the order of the names; empty where results are not told apart.
    pub slices: Vec<SliceKind>,
}

/// `outputSettings` of the configuration: texts for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heading {
    /// `contestName`.
    pub contest: String,
    /// `contestDate`, as written.
    pub date: String,
    /// `contestJurisdiction`.
    pub jurisdiction: String,
    /// `contestOffice`.
    pub office: String,
}

/// A percentage as written: `15` or `12.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Percentage {
    /// Its digits without the point: 15 or 125.
    pub units: u32,
    /// Digits behind the point: 0 or 1.
    pub decimals: u32,
}

/// How winners are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WinnerMode {
    /// One winner, who has more than half of the active votes.
    SingleWinner,
    /// Several seats, surpluses are transferred; at most one is elected in a round.
    OneWinnerPerRound,
    /// Several seats, surpluses are transferred; all who reach the threshold are elected.
    ManyWinnersPerRound,
    /// Eliminations until as many are left as seats; no surpluses.
    BottomsUp,
    /// Eliminations until all who are left have more than a percentage.
    BottomsUpPercentage,
    /// One single-winner count for each seat, without those elected before.
    MultiPass,
}

/// What becomes of a ballot that has several candidates at one rank.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OvervoteRule {
    /// The rank is passed over.
    SkipRank,
    /// The ballot ends.
    Exhaust,
    /// The ballot ends where two of them are still in the count, and counts for the only one otherwise.
    ExhaustIfSeveralContinue,
}

/// How a tie is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TieRule {
    /// By lot, drawn from the seed.
    Random,
    /// A person decides; a count that meets a tie stops.
    Ask,
    /// By the votes of earlier rounds, latest first; then by lot.
    EarlierRoundsThenRandom,
    /// By the votes of earlier rounds, latest first; then a person decides.
    EarlierRoundsThenAsk,
    /// By the order of the candidates in the configuration: earlier is better.
    CandidateOrder,
    /// By one order for all ties, drawn from the seed.
    DrawnOrder,
}

/// Parts of the electorate that results are told for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SliceKind {
    /// Precincts.
    Precinct,
    /// Batches of ballots.
    Batch,
}

impl SliceKind {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Precinct => "precinct",
            Self::Batch => "batch",
        }
    }
}

impl TieRule {
    /// Whether a seed is needed.
    pub fn needs_seed(self) -> bool {
        matches!(self, Self::Random | Self::EarlierRoundsThenRandom | Self::DrawnOrder)
    }
}

impl Default for RctabRules {
    /// One winner by majority, ties by the order of the candidates, overvoted ranks passed over.
    fn default() -> Self {
        Self {
            heading: Heading::default(),
            mode: WinnerMode::SingleWinner,
            winners: 1,
            percentage: None,
            overvotes: OvervoteRule::SkipRank,
            ties: TieRule::CandidateOrder,
            seed: None,
            decimal_places: 4,
            minimum_votes: 0,
            max_skipped_ranks: None,
            max_rankings: None,
            has_fractional_threshold: false,
            is_hare: false,
            is_first_threshold_kept: false,
            eliminates_batches: false,
            eliminates_below_threshold: false,
            continues_until_two: false,
            exhausts_on_duplicate: false,
            stop_after_round: None,
            write_ins: None,
            slices: Vec::new(),
        }
    }
}
