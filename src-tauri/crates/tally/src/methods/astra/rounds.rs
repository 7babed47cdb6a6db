//! The count itself: shares are adjusted round by round until they rest, then the last candidate is excluded.
//!
//! Steps and their order are the origin's, also where another order would look more natural: whether a round has
//! converged is said before the seats that remain are filled, and the totals of a round are those before its new shares.

use super::CountError;
use super::ballots::{Ballots, Totals};
use super::contest::Contest;
use super::outcome::{ForcedExclusion, Outcome, Round, TieBreak, TieKind};
use super::ties::Standing;
use crate::decimal::Decimal;

/// Where a candidate stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Hopeful,
    Elected,
    Out,
}

/// What happens in a round, gathered until it is recorded.
#[derive(Default)]
struct Events {
    elected: Vec<usize>,
    filled: Vec<usize>,
    eliminated: Option<usize>,
    forced: Vec<ForcedExclusion>,
    ties: Vec<TieBreak>,
    /// Who reached the quota; none in a round that excludes.
    reached: Option<Vec<usize>>,
}

/// A count under way. Candidates are places of the contest.
pub(super) struct Count<'a, B> {
    contest: &'a Contest,
    ballots: &'a B,
    quota: Decimal,
    /// First preferences at the start.
    first: Vec<Decimal>,
    state: Vec<State>,
    shares: Vec<Decimal>,
    /// Totals kept at the end of the last round that adjusted shares.
    prior: Vec<Decimal>,
    elected: Vec<usize>,
    eliminated: Vec<usize>,
    forced: Vec<usize>,
    rounds: Vec<Round>,
}

impl<'a, B: Ballots> Count<'a, B> {
    pub(super) fn new(contest: &'a Contest, ballots: &'a B, first: Vec<Decimal>) -> Self {
        let candidates = contest.ids.len();
        Self {
            contest,
            ballots,
            quota: Decimal::from(contest.quota),
            first,
            state: vec![State::Hopeful; candidates],
            shares: vec![Decimal::ONE; candidates],
            prior: vec![Decimal::ZERO; candidates],
            elected: Vec::new(),
            eliminated: Vec::new(),
            forced: Vec::new(),
            rounds: Vec::new(),
        }
    }

    pub(super) fn run(mut self) -> Result<Outcome, CountError> {
        while self.seats_left() > 0 && self.state.iter().any(|state| *state != State::Out) {
            self.let_shares_rest()?;
            if self.seats_left() == 0 || !self.state.contains(&State::Hopeful) {
                break;
            }
            self.exclude_the_last();
        }
        let contest = self.contest;
        Ok(Outcome {
            quota: contest.quota,
            seats: contest.seats,
            elected: self.ids(&self.elected),
            eliminated: self.ids(&self.eliminated),
            forced_excluded: self.ids(&self.forced),
            rounds: self.rounds,
            names: contest.ids.iter().copied().zip(contest.names.iter().cloned()).collect(),
            max_iterations: contest.max_iterations,
            epsilon: contest.epsilon,
        })
    }

    fn seats_left(&self) -> usize {
        self.contest.seats.saturating_sub(self.elected.len())
    }

    fn ids(&self, places: &[usize]) -> Vec<i64> {
        places.iter().map(|place| self.contest.ids[*place]).collect()
    }

    fn standing<'b>(&'b self, totals: &'b Totals) -> Standing<'b> {
        let tiebreaks = &self.contest.tiebreaks;
        Standing { prior: &self.prior, incoming: &totals.incoming, first: &self.first, tiebreaks }
    }

    fn let_shares_rest(&mut self) -> Result<(), CountError> {
        for _ in 0..self.contest.max_iterations {
            if self.adjust_shares() {
                return Ok(());
            }
        }
        Err(CountError::value("Meek STV did not converge within max_iterations"))
    }

    /// One round of a phase; answers whether the phase is over.
    fn adjust_shares(&mut self) -> bool {
        let totals = self.ballots.hand_down(&self.shares);
        let mut events = Events::default();
        let bar = self.quota.minus(&self.contest.epsilon);
        let is_over_bar = |place: &usize| self.state[*place] == State::Hopeful && totals.retained[*place] >= bar;
        let reached: Vec<usize> = self.contest.by_table.iter().copied().filter(is_over_bar).collect();
        let mut winners = self.by_total(&reached, &totals, &mut events);
        winners.truncate(self.seats_left());
        let has_winners = !winners.is_empty();
        for winner in winners {
            // Somebody elected a moment ago may have thrown this one out.
            if self.state[winner] == State::Hopeful {
                self.elect(winner, &mut events);
            }
        }
        let largest_change = self.set_shares(&totals);
        // Exclusions by groups prevent it as well, and never come without a winner.
        let has_converged = largest_change < self.contest.epsilon && !has_winners;
        events.reached = Some(reached);
        let is_complete = self.finish(events, &totals, has_converged, largest_change);
        // The origin forgets those who are out, but nobody asks for them again.
        self.prior = totals.retained;
        has_converged || (is_complete && (self.seats_left() == 0 || !self.state.contains(&State::Hopeful)))
    }

    /// Candidates by what they keep, most first; level ones by the tie rules, with a record each time.
    fn by_total(&self, reached: &[usize], totals: &Totals, events: &mut Events) -> Vec<usize> {
        let kept = &totals.retained;
        let mut sorted = reached.to_vec();
        sorted.sort_by(|one, other| kept[*other].cmp(&kept[*one]));
        let mut ordered = Vec::with_capacity(sorted.len());
        for level in sorted.chunk_by(|one, other| kept[*one] == kept[*other]) {
            if level.len() == 1 {
                ordered.extend(level);
                continue;
            }
            let (cut, record) = self.standing(totals).cut(TieKind::ElectionOrder, level, &self.contest.ids);
            ordered.extend(cut);
            events.ties.push(record);
        }
        ordered
    }

    /// Elects a candidate, and throws out the rest of every group that is full by now.
    fn elect(&mut self, winner: usize, events: &mut Events) {
        self.state[winner] = State::Elected;
        self.elected.push(winner);
        events.elected.push(winner);
        for group in &self.contest.groups {
            let elected = group.members.iter().filter(|member| self.state[**member] == State::Elected).count();
            if elected < group.max_elected {
                continue;
            }
            for member in group.members.iter().copied() {
                if self.state[member] != State::Hopeful {
                    continue;
                }
                self.state[member] = State::Out;
                self.shares[member] = Decimal::ZERO;
                self.forced.push(member);
                events.forced.push(ForcedExclusion {
                    candidate: self.contest.ids[member],
                    group_public_id: group.public_id.clone(),
                    group_name: group.name.clone(),
                    triggered_by: self.contest.ids[winner],
                });
            }
        }
    }

    /// Gives the elected the shares that leave them a quota; answers the largest change.
    fn set_shares(&mut self, totals: &Totals) -> Decimal {
        let mut largest = Decimal::ZERO;
        for place in &self.elected {
            let incoming = &totals.incoming[*place];
            let Some(share) = self.quota.over(incoming).filter(|_| incoming.is_positive()) else {
                continue;
            };
            let share = if share > Decimal::ONE { Decimal::ONE } else { share };
            let change = share.minus(&self.shares[*place]).abs();
            if change > largest {
                largest = change;
            }
            self.shares[*place] = share;
        }
        largest
    }

    /// Excludes the hopeful candidate who keeps least.
    fn exclude_the_last(&mut self) {
        let totals = self.ballots.hand_down(&self.shares);
        let mut events = Events::default();
        let hopeful = || self.places_in(State::Hopeful);
        let Some(least) = hopeful().map(|place| totals.retained[place]).min() else {
            return;
        };
        let last: Vec<usize> = hopeful().filter(|place| totals.retained[*place] == least).collect();
        let mut out = last[0];
        if last.len() > 1 {
            let (order, record) = self.standing(&totals).cut(TieKind::Elimination, &last, &self.contest.ids);
            out = order[0];
            events.ties.push(record);
        }
        self.state[out] = State::Out;
        self.shares[out] = Decimal::ZERO;
        self.eliminated.push(out);
        events.eliminated = Some(out);
        self.finish(events, &totals, true, Decimal::ZERO);
    }

    fn places_in(&self, state: State) -> impl Iterator<Item = usize> {
        (0..self.state.len()).filter(move |place| self.state[*place] == state)
    }

    /// Fills the seats if exactly as many candidates are left, and records the round; answers whether the count is
    /// complete. Groups are not looked at here, as the origin does not.
    fn finish(&mut self, mut events: Events, totals: &Totals, has_converged: bool, largest_change: Decimal) -> bool {
        let is_hopeful = |place: &usize| self.state[*place] == State::Hopeful;
        let mut eligible: Vec<usize> = self.contest.by_name.iter().copied().filter(is_hopeful).collect();
        if self.seats_left() > 0 && eligible.len() == self.seats_left() {
            let standing = self.standing(totals);
            eligible.sort_by(|one, other| standing.by_all(*other, *one));
            for place in &eligible {
                self.state[*place] = State::Elected;
            }
            self.elected.extend(&eligible);
            events.elected.extend(&eligible);
            events.filled = std::mem::take(&mut eligible);
        }
        let is_complete = self.seats_left() == 0 || eligible.is_empty() || eligible.len() == self.seats_left();
        let contest = self.contest;
        let with_ids = |numbers: &[Decimal]| contest.ids.iter().copied().zip(numbers.iter().copied()).collect();
        self.rounds.push(Round {
            iteration: self.rounds.len() + 1,
            elected: self.ids(&events.elected),
            elected_to_fill: self.ids(&events.filled),
            eliminated: events.eliminated.map(|place| contest.ids[place]),
            forced_exclusions: events.forced,
            tie_breaks: events.ties,
            eligible: self.ids(&eligible),
            retention_factors: with_ids(&self.shares),
            retained_totals: with_ids(&totals.retained),
            has_converged,
            largest_change,
            elected_total: self.elected.len(),
            is_complete,
            quota_reached: events.reached.map(|places| self.ids(&places)),
        });
        is_complete
    }
}
