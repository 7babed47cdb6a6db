//! Cutting ties: by lot, by the votes of earlier rounds, by an order given beforehand or drawn once.

use domain::rctab::{RctabRules, TieRule};

use super::amount::Amount;
use super::lots::{self, Generator};
use super::rounds::Round;
use crate::count::CannotCount;

/// A tie, and how it was cut.
#[derive(Clone, Debug)]
pub(super) struct Cut {
    /// Who were level, by name.
    pub(super) level: Vec<u16>,
    pub(super) picked: u16,
    /// True where the best was looked for, false where the last.
    pub(super) is_election: bool,
    pub(super) votes: Amount,
    pub(super) how: String,
    /// True where votes of an earlier round decided: then nobody's choice and no chance did.
    pub(super) is_by_votes: bool,
}

/// What ties are cut with during one pass.
pub(super) struct Ties<'a> {
    rule: TieRule,
    names: &'a [String],
    /// Candidates from best to last, where the rule has such an order.
    order: Vec<u16>,
    generator: Generator,
}

impl<'a> Ties<'a> {
    /// Draws the order of the candidates, where the rule wants one. `declared` are all candidates of the configuration,
    /// excluded ones too.
    pub(super) fn new(rules: &RctabRules, names: &'a [String], declared: Vec<u16>) -> Self {
        let mut generator = Generator::new(rules.seed.unwrap_or(0));
        let mut order = declared;
        if rules.ties == TieRule::DrawnOrder {
            order.sort_by(|one, other| lots::compare(&names[usize::from(*one)], &names[usize::from(*other)]));
            generator.shuffle(&mut order);
        }
        Self { rule: rules.ties, names, order, generator }
    }

    /// Picks one of the candidates who are level at these votes.
    pub(super) fn cut(
        &mut self,
        is_election: bool,
        mut level: Vec<u16>,
        votes: Amount,
        earlier: &[Round],
    ) -> Result<Cut, CannotCount> {
        let name = |place: &u16| self.names[usize::from(*place)].as_str();
        level.sort_by(|one, other| lots::compare(name(one), name(other)));
        let mut is_by_votes = false;
        let (picked, how) = match self.rule {
            TieRule::Random => self.draw(&level),
            TieRule::Ask => return Err(self.must_ask(&level, earlier.len() + 1)),
            TieRule::CandidateOrder | TieRule::DrawnOrder => self.by_order(is_election, &level),
            TieRule::EarlierRoundsThenRandom | TieRule::EarlierRoundsThenAsk => {
                let (left, round) = self.by_earlier_rounds(is_election, &level, earlier);
                if let ([only], Some(round)) = (left.as_slice(), round) {
                    is_by_votes = true;
                    (*only, format!("votes of round {round}"))
                } else if self.rule == TieRule::EarlierRoundsThenAsk {
                    return Err(self.must_ask(&left, earlier.len() + 1));
                } else {
                    let (picked, how) = self.draw(&left);
                    (picked, format!("earlier rounds level, then {how}"))
                }
            }
        };
        Ok(Cut { level, picked, is_election, votes, how, is_by_votes })
    }

    fn draw(&mut self, level: &[u16]) -> (u16, String) {
        let place = self.generator.place(level.len());
        (level[place], format!("lot (place {} of {} drawn from the seed)", place + 1, level.len()))
    }

    fn by_order(&self, is_election: bool, level: &[u16]) -> (u16, String) {
        let among = |place: &&u16| level.contains(place);
        let found = if is_election { self.order.iter().find(among) } else { self.order.iter().rev().find(among) };
        // Undeclared write-ins stand in no order; they can only be level alone or with a declared candidate.
        let picked = found.or(level.first()).copied().unwrap_or(0);
        let how = if self.rule == TieRule::DrawnOrder {
            "order drawn from the seed before the count"
        } else {
            "order given beforehand"
        };
        (picked, how.to_owned())
    }

    /// Who is left when the votes of each earlier round were compared, latest first, and the round that left only one.
    /// Those left stand in the order in which the origin would draw from them.
    fn by_earlier_rounds(&self, is_election: bool, level: &[u16], earlier: &[Round]) -> (Vec<u16>, Option<usize>) {
        let mut left = level.to_vec();
        for (place, round) in earlier.iter().enumerate().rev() {
            let votes = |candidate: &u16| round.whole.of(*candidate);
            let best = if is_election { left.iter().map(votes).max() } else { left.iter().map(votes).min() };
            let walked = self.in_set_order(&left);
            left = walked.into_iter().filter(|candidate| Some(votes(candidate)) == best).collect();
            if left.len() == 1 {
                return (left, Some(place + 1));
            }
        }
        (left, None)
    }

    fn in_set_order(&self, list: &[u16]) -> Vec<u16> {
        let names: Vec<&str> = list.iter().map(|place| self.names[usize::from(*place)].as_str()).collect();
        let place_of = |name: &str| names.iter().position(|one| *one == name).map(|place| list[place]);
        lots::set_order(&names).into_iter().filter_map(place_of).collect()
    }

    fn must_ask(&self, level: &[u16], round: usize) -> CannotCount {
        let names: Vec<_> = level.iter().map(|place| self.names[usize::from(*place)].as_str()).collect();
        CannotCount::new(
            "tie",
            format!(
                "round {round} ends in a tie between {}, and the configuration leaves it to a person; put the candidates \
                 in the order that the person decides on and set tiebreakMode to useCandidateOrder",
                names.join(", ")
            ),
        )
    }
}
