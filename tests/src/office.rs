//! A small office for elections that are run on this machine: a case with people, a clock that is moved by hand, a roll, and
//! elections in whatever phase a test needs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Instant;
use domain::election::setup::{CandidateSetup, ContestSetup};
use domain::election::{Choice, Choices, Phase, Role, RollEntry, SecondBallot, Secrecy, Setup};
use workflow::election::{Approval, Booth, CaseKey, CloseRequest, Passphrase, Person, Receipt};
use workflow::{Case, Clock, Error};

/// A clock that stands until it is moved.
#[derive(Clone)]
pub struct HandClock(Arc<AtomicI64>);

impl HandClock {
    /// Stands at noon of 21 November 2026.
    pub fn new() -> Self {
        let noon = Instant::parse("2026-11-21T12:00:00+00:00").expect("a time");
        Self(Arc::new(AtomicI64::new(noon.micros)))
    }

    /// Moves by so many seconds, backwards where negative.
    pub fn pass(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::Relaxed);
    }

    /// What it shows.
    pub fn instant(&self) -> Instant {
        Instant { micros: self.0.load(Ordering::Relaxed) }
    }
}

impl Default for HandClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for HandClock {
    fn now(&self) -> String {
        self.instant().to_iso()
    }

    fn actor(&self) -> String {
        "tester".to_owned()
    }
}

/// Passphrase of the case.
pub const CASE_PASSPHRASE: &str = "the passphrase of the case";

/// A case with Anna (administrator), Ben (witness), Cleo (clerk) and Dora (auditor).
pub struct Office {
    /// The case.
    pub case: Case,
    /// Its clock.
    pub clock: HandClock,
    /// The key of the case.
    pub key: CaseKey,
    /// Administrator.
    pub anna: Person,
    /// Witness.
    pub ben: Person,
    /// Clerk.
    pub cleo: Person,
    /// Auditor.
    pub dora: Person,
    /// Where the case lies.
    pub path: PathBuf,
}

fn passphrase(name: &str) -> Passphrase {
    Passphrase::new(format!("{name} has a passphrase"))
}

impl Office {
    /// Founds an office in a folder.
    pub fn found(folder: &Path) -> Self {
        let path = folder.join("office.scrutineer");
        let clock = HandClock::new();
        let mut case = Case::create_with(&path, "Office", Box::new(clock.clone())).expect("a case");
        let anna = case
            .found_office("Anna", &passphrase("Anna"), &Passphrase::new(CASE_PASSPHRASE))
            .expect("the first administrator");
        for (name, role) in [("Ben", Role::Witness), ("Cleo", Role::Clerk), ("Dora", Role::Auditor)] {
            case.put_account(&anna, name, role, Some(&passphrase(name)), true).expect("an account");
        }
        let mut sign_in = |name: &str| case.sign_in(name, &passphrase(name)).expect("signed in");
        let (ben, cleo, dora) = (sign_in("Ben"), sign_in("Cleo"), sign_in("Dora"));
        let key = case.unlock(&Passphrase::new(CASE_PASSPHRASE)).expect("unlocked");
        Self { case, clock, key, anna, ben, cleo, dora, path }
    }

    /// Closes the case and opens it again.
    pub fn reopen(self) -> Self {
        let Self { case, clock, key, anna, ben, cleo, dora, path } = self;
        drop(case);
        let case = Case::open_with(&path, Box::new(clock.clone())).expect("opens again");
        Self { case, clock, key, anna, ben, cleo, dora, path }
    }

    /// Anna alone.
    pub fn one(&self) -> Approval {
        Approval::of(self.anna.clone())
    }

    /// Anna, and Ben beside her.
    pub fn two(&self) -> Approval {
        Approval::of_two(self.anna.clone(), self.ben.clone())
    }

    /// An election of two contests with so many voters, as a draft: its id.
    pub fn draft(&mut self, secrecy: Secrecy, second_ballot: SecondBallot, voters: usize) -> String {
        let setup = Setup {
            ballots: secrecy,
            second_ballot,
            ends_at: Some(Instant { micros: self.clock.instant().micros + 7200 * 1_000_000 }),
            ..setup()
        };
        self.draft_of(setup, voters)
    }

    /// An election of any rules, as a draft with a roll.
    pub fn draft_of(&mut self, setup: Setup, voters: usize) -> String {
        let anna = self.anna.clone();
        let id = self.case.new_election(&anna, setup).expect("a draft");
        self.case.put_roll(&anna, &id, &roll(voters)).expect("a roll");
        id
    }

    /// Opens an election; the codes by voter.
    pub fn open(&mut self, id: &str) -> Vec<(String, String)> {
        let (by, key, cleo) = (self.one(), self.key.clone(), self.cleo.clone());
        self.case.open_election(&by, &key, id).expect("opened");
        let letters = self.case.letters(&cleo, &key, id).expect("letters");
        letters.into_iter().map(|letter| (letter.voter.voter, letter.code.to_string())).collect()
    }

    /// A desk.
    pub fn booth(&mut self, id: &str) -> Booth {
        let (key, cleo) = (self.key.clone(), self.cleo.clone());
        self.case.open_booth(&cleo, &key, id).expect("a desk")
    }

    /// Casts a ballot for one chair and an order of the board.
    ///
    /// # Errors
    /// The program's.
    pub fn cast(&mut self, booth: &mut Booth, code: &str, chair: &str, board: &[&str]) -> Result<Receipt, Error> {
        self.case.cast(booth, code, &choices(chair, board))
    }

    /// Closes without counting.
    ///
    /// # Errors
    /// The program's.
    pub fn close(&mut self, id: &str) -> Result<(), Error> {
        let (by, key) = (self.two(), self.key.clone());
        let request = CloseRequest {
            confirm: id.to_owned(),
            early_reason: Some("Everybody present has voted".to_owned()),
            count_now: false,
            by_clock: false,
        };
        self.case.close_election(&by, &key, id, &request).map(|_| ())
    }

    /// Brings a fresh election into a phase, with two ballots where it was open.
    pub fn in_phase(&mut self, phase: Phase, secrecy: Secrecy) -> String {
        let id = self.draft(secrecy, SecondBallot::Refuse, 6);
        let (anna, two, key) = (self.anna.clone(), self.two(), self.key.clone());
        let reason = "The hall burnt down yesterday";
        match phase {
            Phase::Draft => return id,
            Phase::Nominating => {
                self.case.nominations(&anna, &id, true).expect("nominations");
                return id;
            }
            Phase::Cancelled => {
                self.case.cancel_election(&two, &key, &id, reason).expect("cancelled");
                return id;
            }
            _ => {}
        }
        let codes = self.open(&id);
        let mut booth = self.booth(&id);
        for (_, code) in codes.iter().take(2) {
            self.cast(&mut booth, code, "ash", &["elm"]).expect("cast");
        }
        if phase > Phase::Open {
            self.close(&id).expect("closed");
        }
        if phase > Phase::Closed {
            self.case.count_election(&two, &key, &id).expect("counted");
        }
        if phase > Phase::Tallied {
            self.case.certify_election(&two, &key, &id).expect("certified");
        }
        if phase > Phase::Certified {
            let folder = self.path.with_file_name(format!("public-{id}"));
            self.case.publish_election(&two, &id, &folder, None, false).expect("published");
        }
        id
    }
}

/// So many voters.
pub fn roll(voters: usize) -> Vec<RollEntry> {
    (1..=voters)
        .map(|number| RollEntry {
            voter: format!("M{number:04}"),
            name: format!("Member {number}"),
            email: format!("member{number}@example.org"),
            address: format!("{number} Long Road\n1000 Town"),
            weight: 1,
            groups: Vec::new(),
        })
        .collect()
}

/// One chair by plurality, two board members by transferable vote; no end.
pub fn setup() -> Setup {
    let contest = |id: &str, seats: u32, method: &str, candidates: &[&str]| ContestSetup {
        id: id.to_owned(),
        title: id.to_uppercase(),
        seats,
        method: method.to_owned(),
        candidates: candidates
            .iter()
            .map(|id| CandidateSetup { id: (*id).to_owned(), name: id.to_uppercase(), ..CandidateSetup::default() })
            .collect(),
        ..ContestSetup::default()
    };
    Setup {
        title: "Board".to_owned(),
        contact: "the office".to_owned(),
        place: "the hall".to_owned(),
        leadership: vec!["board@example.org".to_owned()],
        contests: vec![
            contest("chair", 1, "plurality", &["ash", "birch"]),
            contest("board", 2, "scotland", &["cedar", "elm", "fir"]),
        ],
        ..Setup::default()
    }
}

/// A ballot for one chair and an order of the board; an empty text abstains.
pub fn choices(chair: &str, board: &[&str]) -> Choices {
    let mut choices = Choices::new();
    if !chair.is_empty() {
        choices.insert("chair".to_owned(), Choice::Listed(vec![chair.to_owned()]));
    }
    choices.insert("board".to_owned(), Choice::Listed(board.iter().map(|id| (*id).to_owned()).collect()));
    choices
}
