//! Transferable votes: one file per rule, and the parts they share.
//!
//! Every rule takes a [`Contest`] and answers a [`Count`]. Equal ballots are counted once; no count depends on the order in
//! which ballots were read. Where a rule draws lots, the order that the source gives beforehand decides, and without one
//! the order of the ballot paper: each such tie is on record.
//!
//! What all rules do: candidates who stood down are passed over; a candidate named again counts once; a ballot without
//! any valid preference counts neither for the quota nor for anybody, and is told apart; candidates who share a rank end a
//! ballot there, except under Meek and Warren; a rank that was left out is passed over, except where a rule asks for
//! consecutive ones.
//!
//! The parts: `arithmetic` (what a number can do), `decimals`, `rational`, `papers` (ballots as preferences), `tree`
//! (rankings for Meek), `board` (piles and the record), `ties`, `gregory` (stages after Gregory).

mod arithmetic;
mod board;
mod cfer;
mod decimals;
mod dublin;
mod ers97;
mod gregory;
mod meek;
mod mpls;
mod papers;
mod piles;
mod qpq;
mod rational;
mod scotland;
mod ties;
mod tree;
mod wigm;
mod wright;

use domain::contest::Contest;
use num_bigint::BigInt;

pub use arithmetic::{ArithmeticName, Asked};
pub use gregory::Quota;

use crate::count::{Pile, PileAsked, Rule};
use crate::methods::piles::{Open, close};
use crate::{CannotCount, Count};
use arithmetic::Arithmetic;
pub(crate) use arithmetic::decimal_text;
use board::Board;
use decimals::Decimals;
use gregory::{Parcel, Plan};
use papers::{Papers, Reading};
use rational::{Fraction, Rationals};

/// Bits that a denominator may have under Meek.
const MOST_BITS: u64 = 20_000;

/// What a person may choose beyond the rule.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Seats; those of the contest where absent.
    pub seats: Option<u32>,
    /// Arithmetic by name, where the rule leaves a choice.
    pub arithmetic: Option<String>,
    /// Quota, for the rules that leave it open (`wigm` and those that begin with `gregory`).
    pub quota: Option<Quota>,
}

/// How the rules are carried out.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Stages(Plan),
    Minneapolis,
    Ers,
    Wright,
    Dail,
    Meek(meek::Plan),
    Quotients,
}

/// A rule with what it allows.
#[derive(Clone, Copy, Debug)]
struct Profile {
    name: &'static str,
    kind: Kind,
    arithmetic: ArithmeticName,
    /// True where another arithmetic may be asked for.
    is_free: bool,
    /// True where another quota may be asked for.
    has_free_quota: bool,
    gaps_end: bool,
}

const fn fixed(places: u32) -> ArithmeticName {
    ArithmeticName::Fixed { places }
}

const fn guarded(places: u32) -> ArithmeticName {
    ArithmeticName::Guarded { places, guard: 9 }
}

const fn set(name: &'static str, kind: Kind, arithmetic: ArithmeticName) -> Profile {
    Profile { name, kind, arithmetic, is_free: false, has_free_quota: false, gaps_end: false }
}

const fn free(name: &'static str, kind: Kind, arithmetic: ArithmeticName) -> Profile {
    Profile { is_free: true, ..set(name, kind, arithmetic) }
}

const fn variant(name: &'static str, parcel: Parcel) -> Profile {
    let plan = Plan { parcel, quota: Quota::Droop, ..wigm::PLAN };
    Profile { has_free_quota: true, ..free(name, Kind::Stages(plan), guarded(18)) }
}

/// All rules of this folder; their titles stand in [`crate::METHODS`].
const PROFILES: &[Profile] = &[
    Profile { gaps_end: true, ..set("scotland", Kind::Stages(scotland::PLAN), fixed(5)) },
    Profile { has_free_quota: true, ..free("wigm", Kind::Stages(wigm::PLAN), guarded(18)) },
    set("wigm-prf", Kind::Stages(wigm::PLAN), fixed(4)),
    set("wigm-prf-batch", Kind::Stages(wigm::BATCH), fixed(4)),
    free("meek", Kind::Meek(meek::MEEK), guarded(18)),
    set("meek-prf", Kind::Meek(meek::REFERENCE), fixed(9)),
    free("warren", Kind::Meek(meek::WARREN), guarded(18)),
    set("cfer", Kind::Stages(cfer::PLAN), fixed(5)),
    set("cfer-batch", Kind::Stages(cfer::BATCH), fixed(5)),
    set("mpls", Kind::Minneapolis, fixed(4)),
    Profile { gaps_end: true, ..set("ers97", Kind::Ers, fixed(2)) },
    set("wright", Kind::Wright, guarded(6)),
    Profile { gaps_end: true, ..set("dublin", Kind::Dail, fixed(0)) },
    free("qpq", Kind::Quotients, guarded(9)),
    variant("gregory-weighted", Parcel::Weighted),
    variant("gregory-inclusive", Parcel::Inclusive),
    variant("gregory-last-parcel", Parcel::Last),
];

/// Whether a rule of this name lives here.
pub fn is_rule(name: &str) -> bool {
    PROFILES.iter().any(|profile| profile.name == name)
}

/// The seats that a count fills: those asked for, else those of the contest.
///
/// # Errors
/// `seats_unknown` where neither names any, `no_seats`, `no_candidates`, `too_few_candidates`.
pub fn seats_of(contest: &Contest, asked: Option<u32>) -> Result<usize, CannotCount> {
    let standing = contest.candidates.iter().filter(|candidate| !candidate.withdrawn).count();
    if standing == 0 {
        return Err(CannotCount::new("no_candidates", "nobody stands in this contest, so there is nothing to count"));
    }
    let Some(seats) = asked.or(contest.seats) else {
        return Err(CannotCount::new(
            "seats_unknown",
            "the file does not say how many seats are to be filled; give the number with --seats",
        ));
    };
    if seats == 0 {
        return Err(CannotCount::new("no_seats", "no seat is to be filled; give one or more with --seats"));
    }
    let seats = seats as usize;
    if seats > standing {
        return Err(CannotCount::new(
            "too_few_candidates",
            format!(
                "{seats} seats are to be filled and only {standing} candidates stand, so all of them are in without a count"
            ),
        ));
    }
    Ok(seats)
}

/// Counts a contest by a rule of this folder.
///
/// # Errors
/// `no_candidates`, `no_seats`, `seats_unknown`, `too_few_candidates`, `no_ballots`, `bad_ballots` (choices without an order), `bad_option`
/// (an unknown rule, an arithmetic or a quota that the rule does not allow), `too_large`, `does_not_settle`.
pub fn count(contest: &Contest, rule: &str, options: &Options) -> Result<Count, CannotCount> {
    Ok(run(contest, rule, options, &[])?.0)
}

/// Counts once more and answers the piles that are asked for, in that order.
///
/// # Errors
/// As [`count`], and `bad_option` where there is no such round or candidate.
pub fn piles(contest: &Contest, rule: &str, options: &Options, asked: &[PileAsked]) -> Result<Vec<Pile>, CannotCount> {
    let (count, open) = run(contest, rule, options, asked)?;
    close(&count, asked, open)
}

fn run(
    contest: &Contest,
    rule: &str,
    options: &Options,
    asked: &[PileAsked],
) -> Result<(Count, Vec<Option<Open>>), CannotCount> {
    let Some(profile) = PROFILES.iter().find(|profile| profile.name == rule) else {
        return Err(CannotCount::new("bad_option", format!("there is no rule named {rule} for transferable votes")));
    };
    let (name, omega) = arithmetic_of(profile, options)?;
    let kind = with_quota(profile, options)?;
    let seats = seats_of(contest, options.seats)?;
    let equals_share = matches!(profile.kind, Kind::Meek(_));
    let papers = Papers::read(contest, Reading { gaps_end: profile.gaps_end, equals_share })?;
    if papers.valid == 0 {
        return Err(CannotCount::new("no_ballots", "no ballot names a candidate who stands, so nobody can be elected"));
    }
    let version = crate::METHODS.iter().find(|method| method.name == rule).map_or("1", |method| method.version);
    // Rules that iterate tell in the same words where they stop.
    let arithmetic = if equals_share { format!("o{omega}-{name}") } else { name.to_string() };
    let rule = Rule { name: profile.name, version, arithmetic };
    let run = Run { contest, papers: &papers, seats, kind, rule, omega, asked };
    match name {
        ArithmeticName::Rational { shown } => {
            run.with(&Rationals { shown }, &|share: &Fraction| share.bits() > MOST_BITS)
        }
        ArithmeticName::Fixed { places } => run.decimal(places, 0),
        ArithmeticName::Guarded { places, guard } => run.decimal(places, guard),
    }
}

fn arithmetic_of(profile: &Profile, options: &Options) -> Result<(ArithmeticName, u32), CannotCount> {
    let usual = profile.arithmetic;
    let Some(text) = &options.arithmetic else { return Ok((usual, usual.omega())) };
    let asked = Asked::parse(text, profile.name, usual)?;
    let name = asked.name.unwrap_or(usual);
    let omega = asked.omega.unwrap_or(name.omega());
    if !profile.is_free && (name, omega) != (usual, usual.omega()) {
        let bare = format!("the rule {} counts with {usual} and nothing else", profile.name);
        return Err(CannotCount::new("bad_option", bare));
    }
    Ok((name, omega))
}

fn with_quota(profile: &Profile, options: &Options) -> Result<Kind, CannotCount> {
    match (profile.kind, options.quota) {
        (kind, None) => Ok(kind),
        (Kind::Stages(plan), Some(quota)) if profile.has_free_quota => Ok(Kind::Stages(Plan { quota, ..plan })),
        (_, Some(_)) => Err(CannotCount::new(
            "bad_option",
            format!("the rule {} has a quota of its own; leave the option out", profile.name),
        )),
    }
}

/// A count about to be made.
struct Run<'a> {
    contest: &'a Contest,
    papers: &'a Papers,
    seats: usize,
    kind: Kind,
    rule: Rule,
    omega: u32,
    asked: &'a [PileAsked],
}

impl Run<'_> {
    fn decimal(self, places: u32, guard: u32) -> Result<(Count, Vec<Option<Open>>), CannotCount> {
        if decimals::fits(self.papers.all(), places + guard) {
            self.with(&Decimals::<i128>::new(places, guard), &|_| false)
        } else {
            self.with(&Decimals::<BigInt>::new(places, guard), &|_| false)
        }
    }

    fn with<A: Arithmetic>(
        self,
        math: &A,
        too_long: &dyn Fn(&A::Value) -> bool,
    ) -> Result<(Count, Vec<Option<Open>>), CannotCount> {
        let (contest, papers, seats) = (self.contest, self.papers, self.seats);
        let mut board = match self.kind {
            Kind::Meek(_) | Kind::Quotients => Board::empty(math, contest, papers, seats),
            _ => Board::deal(math, contest, papers, seats),
        };
        board.ask(self.asked);
        match self.kind {
            Kind::Stages(plan) => gregory::count(&mut board, plan),
            Kind::Minneapolis => mpls::count(&mut board),
            Kind::Ers => ers97::count(&mut board),
            Kind::Wright => wright::count(&mut board),
            Kind::Dail => dublin::count(&mut board),
            Kind::Quotients => qpq::count(&mut board),
            Kind::Meek(plan) => {
                let omega = (0..self.omega).fold(math.whole(1), |omega, _| math.div(&omega, &math.whole(10)));
                meek::count(&mut board, plan, omega, too_long)?;
            }
        }
        let open = board.take_notes();
        Ok((board.finish(self.rule), open))
    }
}

#[cfg(test)]
mod obvious;
#[cfg(test)]
mod obvious_ers;
#[cfg(test)]
mod obvious_parcels;
#[cfg(test)]
mod obvious_shares;
#[cfg(test)]
mod outside_tests;
#[cfg(test)]
mod piles_tests;
#[cfg(test)]
mod tests;
