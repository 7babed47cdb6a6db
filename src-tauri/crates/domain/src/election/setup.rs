//! What is decided before voting: period, contests with candidates and counting rules, quorum, who approves. Frozen when the
//! election opens.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::ElectionAct;
use super::people::SECOND_PERSON;
use crate::Instant;

/// Whether ballots can ever be linked to voters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secrecy {
    /// Ballots carry a pseudonym; closing destroys what leads from it to the voter.
    #[default]
    Secret,
    /// Ballots carry the voter's number, for good.
    Identified,
}

/// What happens when a voter comes a second time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondBallot {
    /// It is refused, and the attempt is recorded.
    #[default]
    Refuse,
    /// It replaces the first; the last one counts.
    Replace,
}

/// How many must take part for the result to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quorum {
    /// Any number.
    #[default]
    None,
    /// So many percent of the eligible voters, 1 to 100.
    Percentage(u32),
    /// So many voters.
    Voters(u64),
}

impl Quorum {
    /// Voters that are needed of so many eligible ones; a part of a voter counts as a whole one.
    pub fn required(self, eligible: u64) -> u64 {
        match self {
            Self::None => 0,
            Self::Percentage(percent) => eligible.saturating_mul(u64::from(percent)).div_ceil(100),
            Self::Voters(voters) => voters,
        }
    }
}

/// What a candidate needs beyond being first, for rules that count choices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Victory {
    /// More than the others.
    #[default]
    MostVotes,
    /// More than half of the ballots with a choice in the contest.
    Majority,
    /// At least so many percent of the ballots with a choice in the contest.
    Percentage(u32),
    /// At least so many votes.
    Votes(u64),
}

/// What happens when candidates are level for the last seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TiePolicy {
    /// The order that was drawn and committed before the first ballot.
    #[default]
    DrawnOrder,
    /// All who are level are elected.
    CoWinners,
    /// Nobody of them is elected; the responsible body decides, or a runoff where there is one.
    Undecided,
}

/// What one marks on the ballot paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BallotKind {
    /// One candidate.
    One,
    /// As many as one likes, or as many as the contest says.
    Several,
    /// An order.
    Ranked,
    /// Points for each.
    Scores,
}

impl BallotKind {
    /// The kind of ballot that a counting rule asks for.
    pub fn of_method(method: &str) -> Self {
        match method {
            "plurality" => Self::One,
            "approval" => Self::Several,
            "score" | "star" => Self::Scores,
            _ => Self::Ranked,
        }
    }
}

/// Whether a candidate stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stands.
    #[default]
    Accepted,
    /// Was named and has not answered.
    Nominated,
    /// Was named and declined.
    Declined,
    /// Stood down before the election opened.
    Withdrawn,
}

/// A candidate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CandidateSetup {
    /// Short id within the election: letters, digits, `-`, `_`, `.`.
    pub id: String,
    /// Name on the ballot paper.
    pub name: String,
    /// A few words for the voter.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub statement: String,
    /// Number on the roll of the person who stands, where known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub voter: String,
    /// Who named them; empty for a candidate who was entered by the administrator.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub nominated_by: String,
    /// Whether they stand.
    #[serde(default)]
    pub standing: Standing,
}

/// Candidates of whom only so many may be elected.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExclusionGroup {
    /// Name of the group.
    pub name: String,
    /// Most that may be elected.
    pub most_elected: u32,
    /// Ids of its candidates.
    pub candidates: Vec<String>,
}

/// One question on the ballot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestSetup {
    /// Short id within the election.
    pub id: String,
    /// Title on the ballot paper.
    pub title: String,
    /// Text under the title.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Seats to fill.
    #[serde(default = "one")]
    pub seats: u32,
    /// Counting rule by its name.
    pub method: String,
    /// Arithmetic by its name, where the rule leaves it open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arithmetic: Option<String>,
    /// Most candidates that one ballot may name; 0 for no limit.
    #[serde(default)]
    pub most_choices: u32,
    /// Largest score.
    #[serde(default = "five")]
    pub most_points: u16,
    /// Voters may write a name in.
    #[serde(default)]
    pub write_ins: bool,
    /// What is needed to win.
    #[serde(default)]
    pub victory: Victory,
    /// What a tie leads to.
    #[serde(default)]
    pub ties: TiePolicy,
    /// Who stands, in the order of the ballot paper.
    pub candidates: Vec<CandidateSetup>,
    /// Groups of which only so many may be elected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclusion_groups: Vec<ExclusionGroup>,
}

fn one() -> u32 {
    1
}

fn five() -> u16 {
    5
}

impl ContestSetup {
    /// What one marks on its ballot paper.
    pub fn kind(&self) -> BallotKind {
        BallotKind::of_method(&self.method)
    }

    /// Candidates on the ballot paper.
    pub fn standing(&self) -> impl Iterator<Item = &CandidateSetup> {
        self.candidates.iter().filter(|candidate| candidate.standing == Standing::Accepted)
    }
}

/// Everything that is decided before voting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setup {
    /// Title.
    pub title: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Zone in which times are shown, an IANA name such as `Europe/Vienna`.
    #[serde(default = "utc")]
    pub time_zone: String,
    /// When voting is meant to begin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts_at: Option<Instant>,
    /// When voting ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<Instant>,
    /// Secret or identified ballots.
    #[serde(default)]
    pub ballots: Secrecy,
    /// What a second ballot of one voter does.
    #[serde(default)]
    pub second_ballot: SecondBallot,
    /// How many must take part.
    #[serde(default)]
    pub quorum: Quorum,
    /// Voters may have several votes.
    #[serde(default)]
    pub weighted: bool,
    /// One person may vote for another; so many others at most, 0 for nobody.
    #[serde(default)]
    pub most_proxies: u32,
    /// Officers who must attest a paper batch beside the two who entered it, 0 to 3.
    #[serde(default)]
    pub paper_attestations: u32,
    /// Runoffs that may follow where a contest stays undecided.
    #[serde(default)]
    pub most_runoffs: u32,
    /// Which runoff this is; 0 for the first vote.
    #[serde(default)]
    pub runoff_round: u32,
    /// Where voters ask, printed on letters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub contact: String,
    /// Where and when one votes, printed on letters.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// Who is told of a roll back or an excluded vote: names or addresses.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leadership: Vec<String>,
    /// Acts that need a second person.
    #[serde(default = "all_second_person")]
    pub second_person: BTreeSet<ElectionAct>,
    /// Questions on the ballot.
    #[serde(default)]
    pub contests: Vec<ContestSetup>,
}

fn utc() -> String {
    "UTC".to_owned()
}

fn all_second_person() -> BTreeSet<ElectionAct> {
    SECOND_PERSON.into()
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            title: String::new(),
            description: String::new(),
            time_zone: utc(),
            starts_at: None,
            ends_at: None,
            ballots: Secrecy::default(),
            second_ballot: SecondBallot::default(),
            quorum: Quorum::default(),
            weighted: false,
            most_proxies: 0,
            paper_attestations: 0,
            most_runoffs: 0,
            runoff_round: 0,
            contact: String::new(),
            place: String::new(),
            leadership: Vec::new(),
            second_person: all_second_person(),
            contests: Vec::new(),
        }
    }
}

/// A voter on the roll.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RollEntry {
    /// Number or other id, unique on the roll.
    pub voter: String,
    /// Name.
    pub name: String,
    /// E-mail address; may be empty.
    #[serde(default)]
    pub email: String,
    /// Postal address, lines divided by line ends; may be empty.
    #[serde(default)]
    pub address: String,
    /// Votes that the voter has, from 1.
    #[serde(default = "one_vote")]
    pub weight: u64,
    /// Groups that the voter belongs to.
    #[serde(default)]
    pub groups: Vec<String>,
}

fn one_vote() -> u64 {
    1
}

/// Something that stands in the way of opening, or that one should know before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// Where: a field of the setup, `roll`, a contest.
    pub place: String,
    /// What is missing and what to do.
    pub text: String,
    /// True where the election cannot open so.
    pub is_blocking: bool,
}

impl Setup {
    /// Whether ballots carry no voter.
    pub fn is_secret(&self) -> bool {
        self.ballots == Secrecy::Secret
    }

    /// The rules as everybody may read them: without the addresses of leadership, which are no rule of the vote. This form is
    /// published, and opening commits to its hash.
    #[must_use]
    pub fn public(&self) -> Self {
        Self { leadership: Vec::new(), ..self.clone() }
    }

    /// The contest of an id.
    pub fn contest(&self, id: &str) -> Option<&ContestSetup> {
        self.contests.iter().find(|contest| contest.id == id)
    }

    /// Everything that is missing or doubtful in the rules alone, in the order of the form. `is_method` tells whether there is
    /// a counting rule of a name that can count an election of this program.
    pub fn missing(&self, now: Instant, is_method: &dyn Fn(&str) -> bool) -> Vec<Missing> {
        let mut found = Vec::new();
        let mut tell = |place: &str, is_blocking: bool, text: String| {
            found.push(Missing { place: place.to_owned(), text, is_blocking });
        };
        if self.title.trim().is_empty() {
            tell("title", true, "The election has no title.".into());
        }
        match self.ends_at {
            None => tell("ends_at", true, "It is not said when voting ends.".into()),
            Some(end) if end <= now => tell("ends_at", true, "The end of voting has passed; set a later one.".into()),
            Some(end) if self.starts_at.is_some_and(|start| end <= start) => {
                tell("ends_at", true, "Voting ends before it begins; set a later end.".into());
            }
            Some(_) => {}
        }
        if self.starts_at.is_some_and(|start| start > now) {
            tell("starts_at", false, "It opens earlier than planned.".into());
        }
        match self.quorum {
            Quorum::Percentage(percent) if !(1..=100).contains(&percent) => {
                tell("quorum", true, format!("A quorum of {percent} percent cannot be; give 1 to 100."));
            }
            Quorum::Voters(0) => tell("quorum", true, "A quorum of 0 voters is no quorum; leave it out.".into()),
            _ => {}
        }
        if self.paper_attestations > 3 {
            tell("paper_attestations", true, "At most 3 officers attest a paper batch.".into());
        }
        if self.contact.trim().is_empty() {
            tell("contact", false, "Letters will not say where voters can ask.".into());
        }
        if self.contests.is_empty() {
            tell("contests", true, "There is nothing to vote on; add a contest.".into());
        }
        let mut seen = BTreeSet::new();
        let mut candidate_ids: BTreeMap<&str, &str> = BTreeMap::new();
        for contest in &self.contests {
            let place = if contest.title.is_empty() { contest.id.as_str() } else { contest.title.as_str() };
            if !is_id(&contest.id) {
                tell(
                    place,
                    true,
                    format!("`{}` is no id for a contest; use letters, digits, `-`, `_` and `.`.", contest.id),
                );
            } else if !seen.insert(contest.id.as_str()) {
                tell(place, true, format!("Two contests have the id {}.", contest.id));
            }
            if contest.title.trim().is_empty() {
                tell(place, true, "The contest has no title.".into());
            }
            contest.tell_missing(place, is_method, &mut tell);
            for candidate in &contest.candidates {
                if !is_id(&candidate.id) {
                    let text =
                        format!("`{}` is no id for a candidate; use letters, digits, `-`, `_` and `.`.", candidate.id);
                    tell(place, true, text);
                } else if let Some(other) = candidate_ids.insert(&candidate.id, place) {
                    tell(
                        place,
                        true,
                        format!(
                            "The candidate id {} stands in {other} too; ids are unique in the election.",
                            candidate.id
                        ),
                    );
                }
                if candidate.name.trim().is_empty() {
                    tell(place, true, format!("Candidate {} has no name.", candidate.id));
                }
            }
        }
        found
    }
}

impl ContestSetup {
    fn tell_missing(&self, place: &str, is_method: &dyn Fn(&str) -> bool, tell: &mut dyn FnMut(&str, bool, String)) {
        let standing = self.standing().count();
        if self.seats == 0 {
            tell(place, true, "No seat is to be filled; give 1 or more.".into());
        }
        if standing == 0 && !self.write_ins {
            tell(place, true, "Nobody stands; enter candidates, or allow write-ins.".into());
        } else if standing <= usize::try_from(self.seats).unwrap_or(usize::MAX) && !self.write_ins {
            tell(place, false, format!("{standing} stand for {} seats, so everybody can be elected.", self.seats));
        }
        let waiting = self.candidates.iter().filter(|candidate| candidate.standing == Standing::Nominated).count();
        if waiting > 0 {
            tell(place, false, format!("{waiting} nominated have not answered and will not be on the ballot."));
        }
        if !is_method(&self.method) {
            tell(
                place,
                true,
                format!(
                    "There is no counting rule `{}` for elections held here; `election methods` lists them.",
                    self.method
                ),
            );
        }
        let counts_choices = matches!(self.kind(), BallotKind::One | BallotKind::Several);
        if !counts_choices && self.victory != Victory::MostVotes {
            tell(
                place,
                true,
                format!(
                    "The rule {} decides by itself who wins; leave the victory condition at most_votes.",
                    self.method
                ),
            );
        }
        if !counts_choices && self.ties != TiePolicy::DrawnOrder {
            tell(
                place,
                true,
                format!("The rule {} cuts ties by an order; leave the tie policy at drawn_order.", self.method),
            );
        }
        if self.victory != Victory::MostVotes && self.seats > 1 && self.kind() == BallotKind::One {
            tell(
                place,
                false,
                "With one choice per ballot, several candidates can hardly each reach the victory condition.".into(),
            );
        }
        if let Victory::Percentage(percent) = self.victory
            && !(1..=100).contains(&percent)
        {
            tell(place, true, format!("{percent} percent cannot be reached or always is; give 1 to 100."));
        }
        if !self.exclusion_groups.is_empty() && self.method != "astra-meek" {
            tell(
                place,
                true,
                format!("The rule {} knows no exclusion groups; use astra-meek, or remove the groups.", self.method),
            );
        }
        for group in &self.exclusion_groups {
            for id in &group.candidates {
                if !self.candidates.iter().any(|candidate| candidate.id == *id) {
                    tell(place, true, format!("The group {} names {id}, who does not stand here.", group.name));
                }
            }
        }
    }
}

/// Whether a text can be an id: 1 to 60 letters, digits, `-`, `_`, `.` of ASCII.
pub fn is_id(text: &str) -> bool {
    (1..=60).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready() -> Setup {
        Setup {
            title: "Board".into(),
            ends_at: Some(Instant::from_seconds(1000)),
            contact: "the office".into(),
            contests: vec![ContestSetup {
                id: "chair".into(),
                title: "Chair".into(),
                seats: 1,
                method: "plurality".into(),
                candidates: ["a", "b"]
                    .map(|id| CandidateSetup { id: id.into(), name: id.to_uppercase(), ..CandidateSetup::default() })
                    .into(),
                ..ContestSetup::default()
            }],
            ..Setup::default()
        }
    }

    fn told(change: impl FnOnce(&mut Setup)) -> Vec<String> {
        let mut setup = ready();
        change(&mut setup);
        let missing =
            setup.missing(Instant::from_seconds(10), &|name| matches!(name, "plurality" | "scotland" | "astra-meek"));
        missing.into_iter().filter(|missing| missing.is_blocking).map(|missing| missing.text).collect()
    }

    #[test]
    fn what_stands_in_the_way_of_opening_is_told() {
        assert_eq!(told(|_| ()), Vec::<String>::new());
        type Change = fn(&mut Setup);
        let changes: &[(Change, &str)] = &[
            (|setup| setup.title.clear(), "no title"),
            (|setup| setup.ends_at = None, "when voting ends"),
            (|setup| setup.ends_at = Some(Instant::from_seconds(5)), "has passed"),
            (|setup| setup.starts_at = Some(Instant::from_seconds(2000)), "before it begins"),
            (|setup| setup.quorum = Quorum::Percentage(101), "1 to 100"),
            (|setup| setup.contests.clear(), "nothing to vote on"),
            (|setup| setup.contests[0].seats = 0, "No seat"),
            (|setup| setup.contests[0].candidates.clear(), "Nobody stands"),
            (|setup| setup.contests[0].method = "guess".into(), "no counting rule"),
            (|setup| setup.contests[0].candidates[1].id = "a".into(), "unique"),
            (|setup| setup.contests[0].candidates[1].id = "a b".into(), "no id"),
            (|setup| setup.contests.push(setup.contests[0].clone()), "Two contests"),
            (
                |setup| {
                    setup.contests[0].method = "scotland".into();
                    setup.contests[0].victory = Victory::Majority;
                },
                "victory condition",
            ),
        ];
        for (change, wanted) in changes {
            let told = told(change);
            assert!(told.iter().any(|text| text.contains(wanted)), "{wanted}: {told:?}");
        }
    }

    #[test]
    fn a_part_of_a_voter_is_a_whole_one_for_the_quorum() {
        assert_eq!(Quorum::Percentage(50).required(5), 3);
        assert_eq!(Quorum::Percentage(33).required(200), 66);
        assert_eq!(Quorum::Voters(7).required(5), 7);
        assert_eq!(Quorum::None.required(5), 0);
    }
}
