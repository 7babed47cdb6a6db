//! An election that is run on this machine: its rules, the people who act, its phases, and what they allow.
//!
//! * [`setup`]: what is decided before voting and frozen when it opens;
//! * [`phase`]: where an election stands and which act leads where ([`Phase::after`]), with a reason for each refusal;
//! * [`people`]: accounts, roles and what each role may do; which acts need a second person;
//! * [`ballot`]: what a voter chose, checked against the ballot paper.
//!
//! Words: a *voter* stands on the *roll*; a *credential* lets one voter vote; a *pseudonym* stands for the voter on a ballot of
//! a secret election: an HMAC of the voter's number under a salt that is destroyed at close.

pub mod ballot;
pub mod people;
pub mod phase;
pub mod setup;

pub use ballot::{BadChoice, Choice, Choices};
pub use people::{Role, SECOND_PERSON};
pub use phase::{ElectionAct, Facts, Phase, Refused};
pub use setup::{
    BallotKind, ContestSetup, ExclusionGroup, Missing, Quorum, RollEntry, SecondBallot, Secrecy, Setup, Standing,
    TiePolicy, Victory,
};
