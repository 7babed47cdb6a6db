//! Piles to look through: which ballots lie where in a round. Counts keep no record of this; a count is made again with the
//! question, and only the page that was asked for becomes texts.

use domain::contest::{Contest, Mark, MarksAre};
use num_bigint::BigInt;

use crate::CannotCount;
use crate::count::{Count, Pile, PileAsked, PileGroup};
use exact::Exact;

/// Ballots of one kind on a pile.
#[derive(Clone, Debug)]
pub(crate) struct Piece<V> {
    /// The kind, a number of the caller's.
    pub(crate) kind: usize,
    /// Why they count no further; empty where they do.
    pub(crate) ends: &'static str,
    pub(crate) ballots: u64,
    /// What of each of them lies here.
    pub(crate) worth: V,
}

/// How a count shows its pieces.
pub(crate) trait Showing {
    /// Numbers of the count.
    type Value: Ord + Clone;

    /// `value` × `ballots`.
    fn times(&self, value: &Self::Value, ballots: u64) -> Self::Value;
    /// The number as it is shown.
    fn exact(&self, value: &Self::Value) -> Exact;
    /// Candidates by rank of a kind of ballots.
    fn ranking(&self, kind: usize) -> Vec<Vec<usize>>;
}

/// The page that was asked for, of pieces on one pile. The votes of the round are put in by [`close`].
pub(crate) fn page<S: Showing>(showing: &S, asked: &PileAsked, mut pieces: Vec<Piece<S::Value>>) -> Open {
    pieces.sort_by(|one, other| (one.kind, one.ends, &one.worth).cmp(&(other.kind, other.ends, &other.worth)));
    pieces.dedup_by(|next, first| {
        let is_same = (next.kind, next.ends) == (first.kind, first.ends) && next.worth == first.worth;
        if is_same {
            first.ballots += next.ballots;
        }
        is_same
    });
    let mut all = Exact::default();
    for piece in &pieces {
        all.add(&showing.exact(&showing.times(&piece.worth, piece.ballots)));
    }
    if let Some(named) = asked.naming {
        pieces.retain(|piece| showing.ranking(piece.kind).iter().any(|rank| rank.contains(&named)));
    }
    let mut sized: Vec<(S::Value, Piece<S::Value>)> =
        pieces.into_iter().map(|piece| (showing.times(&piece.worth, piece.ballots), piece)).collect();
    // The order of pieces so far decides among equals.
    sized.sort_by(|one, other| other.0.cmp(&one.0));
    let mut together = Exact::default();
    let mut ballots = 0_u64;
    let mut unlisted = Exact::default();
    let listed = asked.from..asked.from.saturating_add(asked.limit);
    for (place, (votes, piece)) in sized.iter().enumerate() {
        let votes = showing.exact(votes);
        together.add(&votes);
        if !listed.contains(&place) {
            unlisted.add(&votes);
        }
        ballots = ballots.saturating_add(piece.ballots);
    }
    let listed = sized.iter().skip(asked.from).take(asked.limit).map(|(votes, piece)| PileGroup {
        ranking: showing.ranking(piece.kind),
        ends: piece.ends,
        ballots: piece.ballots,
        worth: showing.exact(&piece.worth).to_string(),
        votes: showing.exact(votes).to_string(),
        ids: Vec::new(),
        rows: 0,
    });
    let pile = Pile {
        round: asked.round,
        holder: asked.holder,
        groups: sized.len(),
        ballots,
        together: together.to_string(),
        unlisted: unlisted.to_string(),
        listed: listed.collect(),
        ..Pile::default()
    };
    Open { pile, all }
}

/// A pile whose votes in the round are not known yet.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pile: Pile,
    /// Votes of all its ballots, also of those not asked for.
    all: Exact,
}

/// Puts the votes of the rounds to the piles.
///
/// # Errors
/// `bad_option` where a round or a candidate does not exist.
pub(crate) fn close(count: &Count, asked: &[PileAsked], open: Vec<Option<Open>>) -> Result<Vec<Pile>, CannotCount> {
    asked
        .iter()
        .zip(open)
        .map(|(asked, open)| {
            let wrong = |message: String| CannotCount::new("bad_option", message);
            let Some(round) = count.rounds.get(asked.round.wrapping_sub(1)) else {
                let rounds = count.rounds.len();
                return Err(wrong(format!("this count has {rounds} rounds, so there is no round {}", asked.round)));
            };
            let held = match asked.holder {
                None => Some(&round.exhausted),
                Some(place) => round
                    .votes
                    .get(place)
                    .ok_or_else(|| wrong(format!("this contest has {} candidates", count.candidates.len())))?
                    .as_ref(),
            };
            let votes = held.cloned().unwrap_or_else(|| "0".to_owned());
            let Some(Open { mut pile, all }) = open else {
                return Ok(Pile { round: asked.round, holder: asked.holder, votes, ..Pile::default() });
            };
            let mut loose = Exact::parse(&votes);
            loose.subtract(&all);
            pile.loose = (!loose.is_zero()).then(|| loose.to_string());
            pile.votes = votes;
            Ok(pile)
        })
        .collect()
}

/// Candidates by rank as the ballots of a contest have them. A rank that was left out, or of which the source only says that
/// it was overvoted, is empty.
pub(crate) fn ranking_of(contest: &Contest, kind: usize) -> Vec<Vec<usize>> {
    let mut marks: Vec<Mark> = contest.ballots.get(kind).marks.to_vec();
    match contest.marks_are {
        MarksAre::Ranks => {}
        MarksAre::Scores => marks.sort_by_key(|mark| std::cmp::Reverse(mark.value)),
        MarksAre::Choices => marks.iter_mut().for_each(|mark| mark.value = 1),
    }
    let mut ranking = Vec::new();
    let mut next = 1;
    for rank in marks.chunk_by(|one, other| one.value == other.value) {
        let number = u32::from(rank[0].value);
        if contest.marks_are == MarksAre::Ranks && number > next {
            ranking.push(Vec::new());
        }
        next = number + 1;
        let named = rank.iter().map(|mark| mark.candidate).filter(|candidate| *candidate != Mark::OVERVOTE);
        ranking.push(named.map(usize::from).collect());
    }
    ranking
}

/// Whole ballots of a contest, each in one piece: for counts that pass nothing on in fractions.
pub(crate) struct Whole<'a>(pub(crate) &'a Contest);

impl Showing for Whole<'_> {
    type Value = u128;

    fn times(&self, value: &u128, ballots: u64) -> u128 {
        value * u128::from(ballots)
    }

    fn exact(&self, value: &u128) -> Exact {
        Exact::new(BigInt::from(*value), 0)
    }

    fn ranking(&self, kind: usize) -> Vec<Vec<usize>> {
        ranking_of(self.0, kind)
    }
}

pub(crate) mod exact {
    //! Decimals of any length, for sums over numbers that were rounded somewhere else.

    use std::fmt;

    use num_bigint::BigInt;

    /// `units` / 10^`places`.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub(crate) struct Exact {
        units: BigInt,
        places: u32,
    }

    impl Exact {
        pub(crate) fn new(units: BigInt, places: u32) -> Self {
            Self { units, places }
        }

        /// Reads what counts write; anything else is zero.
        pub(crate) fn parse(text: &str) -> Self {
            let (text, exponent) = text.split_once(['E', 'e']).unwrap_or((text, "0"));
            let (whole, part) = text.split_once('.').unwrap_or((text, ""));
            let exponent: i64 = exponent.parse().unwrap_or(0);
            let Ok(mut units) = format!("{whole}{part}").parse::<BigInt>() else { return Self::default() };
            let places = i64::try_from(part.len()).unwrap_or(0) - exponent;
            if places < 0 {
                units *= BigInt::from(10).pow(u32::try_from(-places).unwrap_or(0));
            }
            Self { units, places: u32::try_from(places.max(0)).unwrap_or(0) }
        }

        pub(crate) fn add(&mut self, other: &Self) {
            self.combine(other, |units, other| *units += other);
        }

        pub(crate) fn subtract(&mut self, other: &Self) {
            self.combine(other, |units, other| *units -= other);
        }

        fn combine(&mut self, other: &Self, how: impl Fn(&mut BigInt, &BigInt)) {
            let ten = || BigInt::from(10);
            if self.places < other.places {
                self.units *= ten().pow(other.places - self.places);
                self.places = other.places;
            }
            if other.places < self.places {
                how(&mut self.units, &(&other.units * ten().pow(self.places - other.places)));
            } else {
                how(&mut self.units, &other.units);
            }
        }

        pub(crate) fn is_zero(&self) -> bool {
            self.units == BigInt::ZERO
        }
    }

    impl fmt::Display for Exact {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.write_str(&crate::methods::stv::decimal_text(&self.units, self.places))
        }
    }
}
