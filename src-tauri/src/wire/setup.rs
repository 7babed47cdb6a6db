//! The rules of an election that is run here, under the same names as in a setup file, so that form and file are one thing.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::election::setup::Missing;
use workflow::domain::election::{Choices, Setup};

use super::error::{ErrorCode, ErrorView};

/// Everything that is decided before voting.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct SetupView {
    /// Title.
    pub title: String,
    /// What it is about.
    #[serde(default)]
    pub description: String,
    /// Zone in which times are shown, an IANA name.
    pub time_zone: String,
    /// When voting is meant to begin, ISO text.
    #[serde(default)]
    pub starts_at: Option<String>,
    /// When voting ends, ISO text.
    #[serde(default)]
    pub ends_at: Option<String>,
    /// Secret or identified ballots.
    pub ballots: SecrecyWord,
    /// What a second ballot of one voter does.
    pub second_ballot: SecondBallotWord,
    /// How many must take part.
    pub quorum: QuorumView,
    /// Voters may have several votes.
    pub weighted: bool,
    /// Others for whom one person may vote; 0 for nobody.
    pub most_proxies: u32,
    /// Officers who must attest a paper batch.
    pub paper_attestations: u32,
    /// Runoffs that may follow.
    pub most_runoffs: u32,
    /// Which runoff this is; 0 for the first vote.
    pub runoff_round: u32,
    /// Where voters ask.
    #[serde(default)]
    pub contact: String,
    /// Where and when one votes.
    #[serde(default)]
    pub place: String,
    /// Who is told of a roll back or an excluded vote.
    #[serde(default)]
    pub leadership: Vec<String>,
    /// Acts that need a second person.
    pub second_person: Vec<String>,
    /// Questions on the ballot.
    pub contests: Vec<ContestSetupView>,
}

/// Whether ballots can ever be linked to voters.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecrecyWord {
    /// Closing destroys what leads from a ballot to the voter.
    Secret,
    /// Ballots carry the voter's number.
    Identified,
}

/// What happens when a voter comes a second time.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecondBallotWord {
    /// It is refused.
    Refuse,
    /// It replaces the first.
    Replace,
}

/// How many must take part.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum QuorumView {
    /// Any number.
    None,
    /// So many percent of the eligible voters.
    Percentage(u32),
    /// So many voters.
    Voters(u64),
}

/// What a candidate needs beyond being first.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum VictoryView {
    /// More than the others.
    MostVotes,
    /// More than half.
    Majority,
    /// At least so many percent.
    Percentage(u32),
    /// At least so many votes.
    Votes(u64),
}

/// What a tie leads to.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TieWord {
    /// The order that was drawn before the first ballot.
    DrawnOrder,
    /// All who are level are elected.
    CoWinners,
    /// Nobody of them is elected.
    Undecided,
}

/// Whether a candidate stands.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StandingWord {
    /// Stands.
    Accepted,
    /// Has not answered.
    Nominated,
    /// Declined.
    Declined,
    /// Stood down.
    Withdrawn,
}

/// One question on the ballot.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ContestSetupView {
    /// Short id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Text under the title.
    #[serde(default)]
    pub description: String,
    /// Seats.
    pub seats: u32,
    /// Counting rule.
    pub method: String,
    /// Arithmetic, where the rule leaves it open.
    #[serde(default)]
    pub arithmetic: Option<String>,
    /// Most candidates that one ballot may name; 0 for no limit.
    pub most_choices: u32,
    /// Largest score.
    pub most_points: u16,
    /// Voters may write a name in.
    pub write_ins: bool,
    /// What is needed to win.
    pub victory: VictoryView,
    /// What a tie leads to.
    pub ties: TieWord,
    /// Who stands.
    pub candidates: Vec<CandidateSetupView>,
    /// Groups of which only so many may be elected.
    #[serde(default)]
    pub exclusion_groups: Vec<ExclusionGroupView>,
}

/// A candidate.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct CandidateSetupView {
    /// Short id, unique in the election.
    pub id: String,
    /// Name on the ballot paper.
    pub name: String,
    /// A few words for the voter.
    #[serde(default)]
    pub statement: String,
    /// Number on the roll.
    #[serde(default)]
    pub voter: String,
    /// Who named them.
    #[serde(default)]
    pub nominated_by: String,
    /// Whether they stand.
    pub standing: StandingWord,
}

/// Candidates of whom only so many may be elected.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
pub struct ExclusionGroupView {
    /// Name.
    pub name: String,
    /// Most that may be elected.
    pub most_elected: u32,
    /// Ids of its candidates.
    pub candidates: Vec<String>,
}

/// Something that stands in the way of opening, or that one should know before.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MissingView {
    /// A field of the setup, `roll`, the title of a contest.
    pub place: String,
    /// What is missing and what to do.
    pub text: String,
    /// True where the election cannot open so.
    pub is_blocking: bool,
}

impl From<Missing> for MissingView {
    fn from(missing: Missing) -> Self {
        Self { place: missing.place, text: missing.text, is_blocking: missing.is_blocking }
    }
}

impl SetupView {
    /// The rules for the window.
    ///
    /// # Errors
    /// [`ErrorView`] where the two shapes have come apart.
    pub fn of(setup: &Setup) -> Result<Self, ErrorView> {
        let value = serde_json::to_value(setup).map_err(|_| ErrorView::internal())?;
        serde_json::from_value(value).map_err(|_| ErrorView::internal())
    }

    /// The rules as the program takes them.
    ///
    /// # Errors
    /// [`ErrorView`] naming what is no time or no act.
    pub fn into_setup(self) -> Result<Setup, ErrorView> {
        let value = serde_json::to_value(self).map_err(|_| ErrorView::internal())?;
        serde_json::from_value(value).map_err(|error| {
            let message = format!("These rules cannot be kept: {error}.");
            ErrorView::new(ErrorCode::Refused, message, "Correct the field and save again.")
        })
    }
}

/// What was chosen on a ballot, by contest: a list of candidates, or points for each.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct ChoicesView(
    #[ts(type = "Record<string, string[] | Record<string, number>>")] pub serde_json::Map<String, serde_json::Value>,
);

impl ChoicesView {
    /// Choices as the program takes them.
    ///
    /// # Errors
    /// [`ErrorView`] where they are no choices.
    pub fn into_choices(self) -> Result<Choices, ErrorView> {
        serde_json::from_value(serde_json::Value::Object(self.0)).map_err(|_| {
            ErrorView::new(ErrorCode::Refused, "This ballot cannot be read.", "Begin again with the first question.")
        })
    }

    /// Choices for the window.
    pub fn of(choices: &Choices) -> Self {
        let value = serde_json::to_value(choices).unwrap_or_default();
        Self(value.as_object().cloned().unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The form says everything that a setup file can say.
    #[test]
    fn no_word_of_a_setup_is_lost_on_the_way_through_the_window() {
        let text = r#"{"title":"Board","time_zone":"Europe/Vienna","ends_at":"2099-01-01T00:00:00+00:00","ballots":"identified",
            "second_ballot":"replace","quorum":{"percentage":30},"weighted":true,"most_proxies":2,"paper_attestations":1,
            "most_runoffs":1,"contact":"office","place":"hall","leadership":["board@example.org"],"second_person":["close"],
            "contests":[{"id":"chair","title":"Chair","seats":2,"method":"approval","most_choices":2,"write_ins":true,
            "victory":{"votes":3},"ties":"co_winners","candidates":[{"id":"a","name":"A","statement":"s","voter":"1",
            "nominated_by":"2","standing":"nominated"}],"exclusion_groups":[{"name":"g","most_elected":1,"candidates":["a"]}]}]}"#;
        let setup: Setup = serde_json::from_str(text).expect("a setup");
        let back = SetupView::of(&setup).ok().and_then(|view| view.into_setup().ok()).expect("the same setup");
        assert_eq!(back, setup);
        let plain = Setup { title: "Plain".to_owned(), ..Setup::default() };
        assert_eq!(SetupView::of(&plain).ok().and_then(|view| view.into_setup().ok()), Some(plain));
    }
}
