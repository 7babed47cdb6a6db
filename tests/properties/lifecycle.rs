//! The lifecycle against a plain model: 100,000 random walks over all acts, and a few dozen over a real case. The model is
//! written as the texts tell it, phase by phase, and knows nothing of the program's table.

use std::collections::BTreeSet;

use domain::Instant;
use domain::election::{ElectionAct as A, Facts, Phase, SecondBallot, Secrecy};
use testkit::office::Office;
use workflow::election::CloseRequest;

/// Numbers that follow from a seed.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}

/// What the texts say of an election, as plain facts.
#[derive(Clone, Debug, Default)]
struct Model {
    was_opened: bool,
    is_nominating: bool,
    is_voting: bool,
    has_ended: bool,
    is_counted: bool,
    is_certified: bool,
    is_published: bool,
    is_cancelled: bool,
    is_secret: bool,
    ballots: u64,
}

impl Model {
    fn word(&self) -> &'static str {
        match self {
            _ if self.is_cancelled => "cancelled",
            _ if self.is_published => "published",
            _ if self.is_certified => "certified",
            _ if self.is_counted => "tallied",
            _ if self.has_ended => "closed",
            _ if self.is_voting => "open",
            _ if self.is_nominating => "nominating",
            _ => "draft",
        }
    }

    /// Whether an act is possible, and if so does it.
    fn try_act(&mut self, act: A) -> bool {
        let is_before = !self.is_voting && !self.has_ended && !self.is_cancelled;
        let is_open = self.is_voting && !self.is_cancelled;
        let is_closed = self.has_ended && !self.is_counted && !self.is_cancelled;
        let possible = match act {
            A::Edit | A::ImportRoll | A::Nominate => is_before,
            A::OpenNominations | A::Open | A::Delete => is_before && !self.is_nominating,
            A::CloseNominations => is_before && self.is_nominating,
            A::PrintLetters | A::Cast | A::RecordPaper | A::AttestPaper | A::VoidPaper | A::Extend | A::Close => {
                is_open
            }
            A::Proxy => is_before || is_open,
            A::ExcludeVote | A::MergeWriteIns => is_open || is_closed,
            A::Count => is_closed,
            A::Certify => self.is_counted && !self.is_certified && !self.is_cancelled,
            A::Publish => self.is_certified && !self.is_published,
            A::RevealKey => self.has_ended && !self.is_cancelled,
            A::RollBack => (is_closed && !self.is_secret) || (is_open && self.ballots == 0),
            A::Cancel => !self.is_certified && !self.is_cancelled,
            A::Notify | A::Clone | A::Inspect | A::Override => true,
        };
        if !possible {
            return false;
        }
        match act {
            A::OpenNominations => self.is_nominating = true,
            A::CloseNominations => self.is_nominating = false,
            A::Open => (self.is_voting, self.was_opened) = (true, true),
            A::Cast => self.ballots += 1,
            A::Close => (self.is_voting, self.has_ended) = (false, true),
            A::Count => self.is_counted = true,
            A::Certify => self.is_certified = true,
            A::Publish => self.is_published = true,
            A::RollBack if self.has_ended => (self.is_voting, self.has_ended) = (true, false),
            A::RollBack => self.is_voting = false,
            A::Cancel => self.is_cancelled = true,
            _ => {}
        }
        true
    }
}

#[test]
fn a_hundred_thousand_walks_agree_with_the_model() {
    let mut draws = Draws(20_261_121);
    let mut reached = BTreeSet::new();
    for _ in 0..100_000 {
        let mut model = Model { is_secret: draws.below(2) == 0, ..Model::default() };
        let mut phase = Phase::Draft;
        for _ in 0..24 {
            let act = A::ALL[draws.below(A::ALL.len())];
            let facts = Facts { is_secret: model.is_secret, ballots: model.ballots, batches: 0 };
            let answer = phase.after(act, facts);
            let is_possible = model.try_act(act);
            assert_eq!(answer.is_ok(), is_possible, "{act:?} in {phase:?}: {model:?}, {answer:?}");
            match answer {
                Ok(next) => phase = next,
                Err(refused) => assert!(refused.0.contains(act.verb()) && refused.0.len() > 40, "{refused}"),
            }
            assert_eq!(phase.word(), model.word(), "after {act:?}");
            reached.insert(phase);
        }
    }
    assert_eq!(reached.len(), Phase::ALL.len(), "every phase was reached: {reached:?}");
}

#[test]
fn a_real_case_walks_as_the_model_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut office = Office::found(folder.path());
    let mut draws = Draws(7);
    let acts = [
        A::OpenNominations,
        A::CloseNominations,
        A::Open,
        A::Cast,
        A::Close,
        A::Count,
        A::Certify,
        A::RollBack,
        A::Cancel,
    ];
    for walk in 0..30 {
        let secrecy = if draws.below(2) == 0 { Secrecy::Secret } else { Secrecy::Identified };
        let id = office.draft(secrecy, SecondBallot::Replace, 4);
        let mut model = Model { is_secret: secrecy == Secrecy::Secret, ..Model::default() };
        for _ in 0..14 {
            let act = acts[draws.below(acts.len())];
            let (one, two, key, anna) = (office.one(), office.two(), office.key.clone(), office.anna.clone());
            let later = Instant { micros: office.clock.instant().micros + 7_200_000_000 };
            let answer = match act {
                A::OpenNominations => office.case.nominations(&anna, &id, true),
                A::CloseNominations => office.case.nominations(&anna, &id, false),
                A::Open => office.case.open_election(&one, &key, &id).map(|_| ()),
                A::Cast => office.case.open_booth(&anna, &key, &id).and_then(|mut booth| {
                    let letters = office.case.letters(&anna, &key, &id)?;
                    let code = &letters[draws.below(letters.len())].code;
                    office.cast(&mut booth, code, "ash", &["elm"]).map(|_| ())
                }),
                A::Close => {
                    let request = CloseRequest {
                        confirm: id.clone(),
                        early_reason: Some("Everybody has voted by now".to_owned()),
                        count_now: false,
                        by_clock: false,
                    };
                    office.case.close_election(&two, &key, &id, &request).map(|_| ())
                }
                A::Count => office.case.count_election(&two, &key, &id).map(|_| ()),
                A::Certify => office.case.certify_election(&two, &key, &id).map(|_| ()),
                A::RollBack => {
                    office.case.roll_back_election(&two, &id, "The count was disturbed", Some(later)).map(|_| ())
                }
                _ => office.case.cancel_election(&two, &key, &id, "The count was disturbed"),
            };
            let is_possible = model.try_act(act);
            assert_eq!(answer.is_ok(), is_possible, "walk {walk}, {act:?}: {model:?}, {answer:?}");
            let status = office.case.election_status(&id).expect("a status");
            assert_eq!(status.phase.word(), model.word(), "walk {walk}, after {act:?}");
            assert_eq!(status.turnout.ballots, model.ballots, "walk {walk}, after {act:?}");
        }
    }
    // Whatever was done and refused, the ledger tells it and verifies.
    office.reopen();
}
