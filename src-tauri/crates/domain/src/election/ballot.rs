//! What a voter chose, contest by contest, checked against the ballot paper.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{BallotKind, ContestSetup, Setup};

/// Longest name that can be written in, in characters.
pub const LONGEST_WRITE_IN: usize = 80;

/// What was chosen in one contest. A candidate is named by id, a written-in name by `=` and the name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Choice {
    /// Candidates: in order of preference where the contest is ranked, by id otherwise.
    Listed(Vec<String>),
    /// Points of each candidate.
    Scored(BTreeMap<String, u16>),
}

impl Choice {
    /// Whether nothing is chosen.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Listed(list) => list.is_empty(),
            Self::Scored(scores) => scores.is_empty(),
        }
    }

    /// Every candidate or written-in name that is marked.
    pub fn names(&self) -> Vec<&str> {
        match self {
            Self::Listed(list) => list.iter().map(String::as_str).collect(),
            Self::Scored(scores) => scores.keys().map(String::as_str).collect(),
        }
    }
}

/// Choices of one ballot by contest; a contest that is left out is an abstention.
pub type Choices = BTreeMap<String, Choice>;

/// A ballot that cannot be accepted as it is: which contest, and what to change.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{contest}: {reason}")]
pub struct BadChoice {
    /// Title of the contest, or what was given for it.
    pub contest: String,
    /// What is wrong and what to do.
    pub reason: String,
}

/// The written-in name of a mark; `None` for a candidate on the ballot paper.
pub fn written_in(mark: &str) -> Option<&str> {
    mark.strip_prefix('=')
}

impl Setup {
    /// Checks a ballot against the ballot paper and puts it into its one form: abstentions left out, names tidied, marks of
    /// unranked contests in order of id.
    ///
    /// # Errors
    /// [`BadChoice`] for the first contest that does not fit.
    pub fn accept(&self, choices: &Choices) -> Result<Choices, BadChoice> {
        let mut accepted = Choices::new();
        for (id, choice) in choices {
            let Some(contest) = self.contest(id) else {
                let reason = "there is no such contest on this ballot; leave it out".to_owned();
                return Err(BadChoice { contest: id.clone(), reason });
            };
            if !choice.is_blank() {
                let choice =
                    contest.accept(choice).map_err(|reason| BadChoice { contest: contest.title.clone(), reason })?;
                accepted.insert(id.clone(), choice);
            }
        }
        Ok(accepted)
    }
}

impl ContestSetup {
    fn accept(&self, choice: &Choice) -> Result<Choice, String> {
        let names: Vec<String> = choice.names().into_iter().map(|name| self.tidy(name)).collect::<Result<_, _>>()?;
        let mut seen = BTreeSet::new();
        if let Some(twice) = names.iter().find(|name| !seen.insert(name.to_lowercase())) {
            return Err(format!("{} is marked twice; mark each candidate once", self.shown(twice)));
        }
        let kind = self.kind();
        if kind == BallotKind::One && names.len() > 1 {
            return Err(format!("{} candidates are marked, and this contest takes one; choose one", names.len()));
        }
        let most = usize::try_from(self.most_choices).unwrap_or(usize::MAX);
        if most > 0 && names.len() > most {
            return Err(format!("{} candidates are marked, and at most {most} may be; remove some", names.len()));
        }
        match (kind, choice) {
            (BallotKind::Scores, Choice::Scored(scores)) => {
                if let Some((name, points)) = scores.iter().find(|(_, points)| **points > self.most_points) {
                    return Err(format!(
                        "{} has {points} points, and at most {} may be given",
                        self.shown(name),
                        self.most_points
                    ));
                }
                Ok(Choice::Scored(names.into_iter().zip(scores.values().copied()).collect()))
            }
            (BallotKind::Scores, Choice::Listed(_)) => Err("points are wanted for each candidate".to_owned()),
            (_, Choice::Scored(_)) => Err("candidates are wanted, not points".to_owned()),
            (BallotKind::Ranked, Choice::Listed(_)) => Ok(Choice::Listed(names)),
            (BallotKind::One | BallotKind::Several, Choice::Listed(_)) => {
                let mut names = names;
                names.sort();
                Ok(Choice::Listed(names))
            }
        }
    }

    /// The one form of a mark.
    fn tidy(&self, name: &str) -> Result<String, String> {
        let Some(written) = written_in(name) else {
            return if self.standing().any(|candidate| candidate.id == name) {
                Ok(name.to_owned())
            } else {
                Err(format!("there is no candidate {name} on this ballot"))
            };
        };
        if !self.write_ins {
            return Err("names cannot be written in here; choose one of the candidates".to_owned());
        }
        let words: Vec<&str> = written.split_whitespace().collect();
        let tidied = words.join(" ");
        if tidied.is_empty() {
            return Err("the written-in name is empty; write a name or leave it out".to_owned());
        }
        if tidied.chars().count() > LONGEST_WRITE_IN {
            return Err(format!("a written-in name has at most {LONGEST_WRITE_IN} letters; shorten it"));
        }
        if tidied.chars().any(char::is_control) {
            return Err("the written-in name holds signs that cannot be printed; write it again".to_owned());
        }
        Ok(format!("={tidied}"))
    }

    /// A mark as people read it.
    pub fn shown(&self, mark: &str) -> String {
        match written_in(mark) {
            Some(written) => format!("{written} (written in)"),
            None => {
                let candidate = self.candidates.iter().find(|candidate| candidate.id == mark);
                candidate.map_or_else(|| mark.to_owned(), |candidate| candidate.name.clone())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::setup::CandidateSetup;
    use super::*;

    fn paper() -> Setup {
        let contest = |id: &str, method: &str| ContestSetup {
            id: id.into(),
            title: id.to_uppercase(),
            seats: 1,
            method: method.into(),
            most_points: 5,
            candidates: ["a", "b", "c"]
                .map(|name| CandidateSetup {
                    id: format!("{id}-{name}"),
                    name: name.into(),
                    ..CandidateSetup::default()
                })
                .into(),
            ..ContestSetup::default()
        };
        let mut setup = Setup {
            contests: [("one", "plurality"), ("many", "approval"), ("order", "scotland"), ("points", "score")]
                .map(|(id, method)| contest(id, method))
                .into(),
            ..Setup::default()
        };
        setup.contests[2].write_ins = true;
        setup.contests[1].most_choices = 2;
        setup
    }

    fn listed(contest: &str, marks: &[&str]) -> Choices {
        Choices::from([(contest.to_owned(), Choice::Listed(marks.iter().map(|mark| (*mark).to_owned()).collect()))])
    }

    #[test]
    fn a_ballot_gets_its_one_form() {
        let setup = paper();
        assert_eq!(
            setup.accept(&listed("many", &["many-c", "many-a"])).unwrap(),
            listed("many", &["many-a", "many-c"])
        );
        assert_eq!(
            setup.accept(&listed("order", &["order-c", "order-a"])).unwrap(),
            listed("order", &["order-c", "order-a"])
        );
        assert_eq!(setup.accept(&listed("order", &["=  Jo \t Doe "])).unwrap(), listed("order", &["=Jo Doe"]));
        assert!(setup.accept(&listed("one", &[])).unwrap().is_empty(), "an abstention is left out");
    }

    #[test]
    fn what_does_not_fit_the_paper_is_refused_with_the_contest() {
        let setup = paper();
        let cases: &[(&str, &[&str], &str)] = &[
            ("none", &["x"], "no such contest"),
            ("one", &["one-a", "one-b"], "takes one"),
            ("one", &["many-a"], "no candidate many-a"),
            ("many", &["many-a", "many-b", "many-c"], "at most 2"),
            ("order", &["order-a", "order-a"], "marked twice"),
            ("order", &["=Jo", "=jo"], "marked twice"),
            ("order", &["= "], "empty"),
            ("one", &["=Jo"], "cannot be written in"),
            ("points", &["points-a"], "points are wanted"),
        ];
        for (contest, marks, wanted) in cases {
            let error = setup.accept(&listed(contest, marks)).unwrap_err();
            assert!(error.to_string().contains(wanted), "{error}");
        }
        let scores =
            |points| Choices::from([("points".to_owned(), Choice::Scored([("points-a".to_owned(), points)].into()))]);
        assert!(setup.accept(&scores(5)).is_ok());
        assert!(setup.accept(&scores(6)).unwrap_err().reason.contains("at most 5"));
    }
}
