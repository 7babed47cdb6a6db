//! The lifecycle of an election on this machine, act by act: what each phase allows, what closing destroys, what stays for
//! good, and what is said where something is refused.

use std::path::Path;

use domain::Instant;
use domain::election::setup::CandidateSetup;
use domain::election::{ElectionAct, Facts, Phase, SecondBallot, Secrecy, Standing, TiePolicy, Victory};
use testkit::office::{self, CASE_PASSPHRASE, Office, choices};
use workflow::election::{Booth, CloseRequest, Closed, Outcome, PaperBallots, Passphrase};
use workflow::{Case, Error, ErrorCode};

const REASON: &str = "A reason of more than ten letters";

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a folder")
}

fn refusal<T>(answer: Result<T, Error>) -> String {
    match answer {
        Ok(_) => panic!("it should have been refused"),
        Err(error) => {
            assert_eq!(error.code(), ErrorCode::Refused, "{error}");
            error.to_string()
        }
    }
}

/// Tries an act on an election, with everything that it needs.
fn attempt(office: &mut Office, id: &str, act: ElectionAct) -> Result<(), Error> {
    use ElectionAct as A;
    let (one, two, key) = (office.one(), office.two(), office.key.clone());
    let (anna, cleo) = (office.anna.clone(), office.cleo.clone());
    let later = Instant { micros: office.clock.instant().micros + 3 * 86_400 * 1_000_000 };
    let case = &mut office.case;
    match act {
        A::Edit => {
            let setup = case.election_setup(id)?;
            case.set_election(&anna, id, setup).map(|_| ())
        }
        A::ImportRoll => case.put_roll(&anna, id, &office::roll(6)),
        A::OpenNominations => case.nominations(&anna, id, true),
        A::CloseNominations => case.nominations(&anna, id, false),
        A::Nominate => case.answer_nomination(&cleo, id, "ash", Standing::Accepted),
        A::Open => case.open_election(&one, &key, id).map(|_| ()),
        A::PrintLetters => case.letters(&cleo, &key, id).map(|_| ()),
        A::Cast => case.open_booth(&cleo, &key, id).map(|_| ()),
        A::RecordPaper => {
            let paper = [PaperBallots { choices: choices("ash", &[]), count: 1 }];
            case.enter_paper(&one, &key, id, None, "", &paper).map(|_| ())
        }
        A::AttestPaper => case.attest_paper(&cleo, &key, id, 1).map(|_| ()),
        A::VoidPaper => case.void_paper(&one, id, 1, REASON),
        A::Proxy => case.grant_proxy(&anna, id, "M0001", "M0002", REASON).map(|_| ()),
        A::Extend => case.extend_election(&two, id, later, REASON).map(|_| ()),
        A::ExcludeVote => case.exclude_vote(&two, id, "1", REASON).map(|_| ()),
        A::MergeWriteIns => case.merge_write_ins(&anna, id, "chair", "somebody", "ash"),
        A::Notify => {
            let values = [("right_end_time", "noon"), ("explanation", "a slip")];
            let values = values.map(|(name, text)| (name.to_owned(), text.to_owned())).into();
            case.prepare_notice(&cleo, None, id, "voter-correction", &values).map(|_| ())
        }
        A::Close => office.close(id),
        A::Count => case.count_election(&two, &key, id).map(|_| ()),
        A::Certify => case.certify_election(&two, &key, id).map(|_| ()),
        A::Publish => {
            let out = office.path.with_file_name(format!("out-{id}"));
            office.case.publish_election(&two, id, &out, None, false).map(|_| ())
        }
        A::RevealKey => case.reveal_key(&two, &key, id).map(|_| ()),
        A::RollBack => case.roll_back_election(&two, id, REASON, Some(later)).map(|_| ()),
        A::Cancel => case.cancel_election(&two, &key, id, REASON),
        A::Delete => case.delete_election(&anna, id),
        A::Clone => case.clone_election(&anna, id, None).map(|_| ()),
        A::Inspect | A::Override => case.election_status(id).map(|_| ()),
    }
}

#[test]
fn every_act_is_refused_where_the_phase_forbids_it() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    for secrecy in [Secrecy::Secret, Secrecy::Identified] {
        for phase in Phase::ALL {
            // An election that refuses everything it can is enough for all refusals of its phase.
            let id = office.in_phase(phase, secrecy);
            let has_ballots = phase > Phase::Nominating && phase != Phase::Cancelled;
            let facts =
                Facts { is_secret: secrecy == Secrecy::Secret, ballots: if has_ballots { 2 } else { 0 }, batches: 0 };
            let before = office.case.ledger().expect("a ledger").len();
            for act in ElectionAct::ALL {
                let Err(expected) = phase.after(act, facts) else { continue };
                // The public files of a published election can be written again.
                if (act, phase) == (ElectionAct::Publish, Phase::Published) {
                    continue;
                }
                let told = refusal(attempt(&mut office, &id, act));
                assert_eq!(told, expected.0, "{act:?} in {phase:?}");
                assert_eq!(
                    office.case.election_status(&id).expect("a status").phase,
                    phase,
                    "{act:?} changed the phase"
                );
            }
            assert_eq!(
                office.case.ledger().expect("a ledger").len(),
                before,
                "a refused act leaves no trace in {phase:?}"
            );
            // Each allowed one is possible on an election of its own.
            for act in ElectionAct::ALL {
                let is_special = matches!(act, ElectionAct::AttestPaper | ElectionAct::VoidPaper | ElectionAct::Proxy);
                if phase.after(act, facts).is_err() || is_special {
                    continue;
                }
                let id = office.in_phase(phase, secrecy);
                // Write-ins are not allowed in this election, but merging a name changes nothing then.
                attempt(&mut office, &id, act).unwrap_or_else(|error| panic!("{act:?} in {phase:?}: {error}"));
                if act != ElectionAct::Delete {
                    let now = office.case.election_status(&id).expect("a status").phase;
                    assert_eq!(Ok(now), phase.after(act, facts), "{act:?} in {phase:?}");
                }
            }
        }
    }
}

/// The bytes of the case and of everything beside it.
fn raw(folder: &Path) -> Vec<(String, Vec<u8>)> {
    std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .map(|path| (path.display().to_string(), std::fs::read(&path).expect("read")))
        .collect()
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn after_the_close_nothing_leads_from_a_voter_to_a_ballot() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Replace, 60);
    let codes = office.open(&id);
    let (anna, key) = (office.anna.clone(), office.key.clone());
    let values = [("voting_url".to_owned(), "the hall".to_owned())].into();
    let notice = office
        .case
        .prepare_notice(&anna, Some(&key), &id, "voter-credential", &values)
        .expect("messages with credentials");
    assert_eq!(office.case.notice_messages(Some(&key), &id, notice).expect("readable").len(), 60);
    let mut booth = office.booth(&id);
    for (number, (_, code)) in codes.iter().enumerate().take(45) {
        office.cast(&mut booth, code, if number % 3 == 0 { "ash" } else { "birch" }, &["elm", "fir"]).expect("cast");
    }
    // Everything sealed that leads from voters to ballots, as it lies in the file while voting goes on.
    let reader = store::Reader::open(&office.path).expect("a reader");
    let elections = reader.elections();
    let mut gone: Vec<Vec<u8>> =
        elections.credentials(&id).expect("credentials").into_iter().filter_map(|row| row.link).collect();
    assert_eq!(gone.len(), 60);
    for kind in ["salt", "link_key"] {
        gone.push(elections.secret(&id, kind).expect("read").expect("there while open"));
    }
    let sealed = elections.notices(&id).expect("notices").remove(0).messages.expect("sealed messages");
    gone.push(sealed.as_bytes()[..64].to_vec());
    drop(reader);
    let before = raw(folder.path());
    assert!(gone.iter().all(|needle| before.iter().any(|(_, bytes)| holds(bytes, needle))), "the search can find them");
    let two = office.two();
    let request = CloseRequest {
        confirm: " BOARD ".to_owned(),
        early_reason: Some("Everybody present has voted".to_owned()),
        count_now: false,
        by_clock: false,
    };
    let closed = office.case.close_election(&two, &key, &id, &request).expect("closed");
    assert_eq!(closed.scrubbed().found, 0);
    assert!(
        closed.scrubbed().searched_for >= 62 && closed.scrubbed().bytes_searched > 100_000,
        "{:?}",
        closed.scrubbed()
    );
    office.case.backup(&folder.path().join("backup.scrutineer")).expect("a backup");
    let after = raw(folder.path());
    assert!(after.iter().any(|(path, _)| path.ends_with("backup.scrutineer")));
    for (path, bytes) in &after {
        for needle in &gone {
            assert!(!holds(bytes, needle), "{path} still holds what closing destroys");
        }
        for (voter, code) in &codes {
            assert!(!holds(bytes, code.as_bytes()), "{path} holds the code of {voter}");
        }
        assert!(!holds(bytes, b"Your credential:"), "{path} holds a message");
    }
    // Rows, ids and times: credentials in the order of random ids, ballots without times, the ledger by the hour.
    let reader = store::Reader::open(&office.path).expect("a reader");
    let elections = reader.elections();
    assert!(elections.credentials(&id).expect("credentials").iter().all(|row| row.link.is_none()));
    elections
        .each_ballot::<store::StoreError>(&id, |ballot| {
            assert_eq!(ballot.cast_at, None);
            assert!(codes.iter().all(|(voter, _)| !ballot.body.contains(voter.as_str())), "a ballot names a voter");
            Ok(())
        })
        .expect("ballots");
    let ledger = office.case.ledger().expect("a ledger");
    let cast = ledger.iter().filter(|entry| entry.act == "ballot_submitted_token");
    let times: std::collections::BTreeSet<&str> = cast.map(|entry| entry.at.as_str()).collect();
    assert_eq!(times.len(), 1, "45 ballots within an hour share one time: {times:?}");
    for (voter, _) in &codes {
        assert!(
            ledger.iter().all(|entry| !entry.detail.contains(&format!("\"{voter}\""))),
            "an act of a secret election names {voter}"
        );
    }
    for event in ["election_closed", "election_anonymized", "election_scrubbed"] {
        assert_eq!(ledger.iter().filter(|entry| entry.act == event).count(), 1, "{event}");
    }
}

#[test]
fn a_close_that_was_cut_off_is_finished_later() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let codes = office.open(&id);
    let mut booth = office.booth(&id);
    office.cast(&mut booth, &codes[0].1, "ash", &["elm"]).expect("cast");
    // Somebody else reads an older state, so the journal cannot be emptied.
    let reader = store::Reader::open(&office.path).expect("a reader");
    let mut told = String::new();
    let read = reader.elections().each_ballot::<store::StoreError>(&id, |_| {
        told = refusal(office.close(&id));
        Ok(())
    });
    read.expect("read");
    assert!(told.contains("another program reads this case") && told.contains("is closed"), "{told}");
    let status = office.case.election_status(&id).expect("a status");
    assert_eq!(status.phase, Phase::Closed);
    assert!(status.remarks.iter().any(|remark| remark.contains("not yet destroyed")), "{:?}", status.remarks);
    let (two, key) = (office.two(), office.key.clone());
    assert!(refusal(office.case.count_election(&two, &key, &id)).contains("finish that"));
    office.close(&id).expect("now it is finished");
    office.case.count_election(&two, &key, &id).expect("counted");
}

#[test]
fn what_is_refused_says_why() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let other = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let (codes, other_codes) = (office.open(&id), office.open(&other));
    let mut booth = office.booth(&id);
    assert!(refusal(office.case.sign_in("Anna", &Passphrase::new("a wrong one"))).contains("could not sign in"));
    assert!(refusal(office.case.sign_in("Nobody", &Passphrase::new("a wrong one"))).contains("could not sign in"));
    assert!(refusal(office.case.unlock(&Passphrase::new("a wrong one"))).contains("not the passphrase of the case"));
    office.case.unlock(&Passphrase::new(CASE_PASSPHRASE)).expect("the right one");
    let mut cast = |office: &mut Office, code: &str| office.cast(&mut booth, code, "ash", &["elm"]);
    assert!(refusal(cast(&mut office, "AAAAA-AAAAA-AAAAA-AAAAA")).contains("not known"));
    assert!(refusal(cast(&mut office, " - ")).contains("no credential was typed"));
    assert!(refusal(cast(&mut office, &other_codes[0].1)).contains("another election"));
    cast(&mut office, &codes[0].1.to_lowercase().replace('-', "")).expect("cast however it is typed");
    assert!(refusal(cast(&mut office, &codes[0].1)).contains("already"));
    let attempts = |office: &Office| {
        office.case.ledger().expect("a ledger").iter().filter(|entry| entry.act == "vote_double_attempt_token").count()
    };
    assert_eq!(attempts(&office), 1, "a second attempt is recorded");
    let (cleo, key) = (office.cleo.clone(), office.key.clone());
    // A new credential makes no second vote, and one that was withdrawn makes none at all.
    assert!(refusal(office.case.reissue_credential(&cleo, &key, &id, &codes[0].0)).contains("voted already"));
    let fresh = office.case.reissue_credential(&cleo, &key, &id, &codes[1].0).expect("another credential");
    assert!(refusal(cast(&mut office, &codes[1].1)).contains("withdrawn"));
    cast(&mut office, &fresh.code).expect("the new one");
    office.case.hand_out_paper(&cleo, &key, &id, &codes[2].0).expect("a paper ballot");
    assert!(refusal(cast(&mut office, &codes[2].1)).contains("withdrawn"));
    let mut second = office.booth(&id);
    assert!(refusal(office.case.cast(&mut second, &codes[3].1, &choices("oak", &[]))).contains("no candidate oak"));
    // The clock is set back, and then the end passes.
    office.clock.pass(-3600);
    let told = refusal(cast(&mut office, &codes[3].1));
    assert!(told.contains("clock") && told.contains("Nothing was changed"), "{told}");
    office.clock.pass(3600 + 7200);
    assert!(refusal(cast(&mut office, &codes[3].1)).contains("voting has ended"));
    assert_eq!(office.case.election_status(&id).expect("a status").turnout.ballots, 2);
}

#[test]
fn a_desk_sees_what_was_changed_beside_it() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Identified, SecondBallot::Replace, 8);
    let codes = office.open(&id);
    let (mut left, mut right) = (office.booth(&id), office.booth(&id));
    let cast = |office: &mut Office, booth: &mut Booth, number: usize| {
        office.cast(booth, &codes[number].1, "ash", &["elm"]).map(|receipt| receipt.position)
    };
    // Two desks write one chain, and a third program on the same file takes part.
    assert_eq!(cast(&mut office, &mut left, 0).expect("cast"), 1);
    assert_eq!(cast(&mut office, &mut left, 1).expect("cast"), 2);
    assert_eq!(cast(&mut office, &mut right, 2).expect("cast"), 3);
    assert_eq!(cast(&mut office, &mut left, 3).expect("cast"), 4);
    let (clock, cleo, key) = (office.clock.clone(), office.cleo.clone(), office.key.clone());
    let mut elsewhere = Case::open_with(&office.path, Box::new(clock)).expect("the case opens again");
    let mut far = elsewhere.open_booth(&cleo, &key, &id).expect("a desk");
    assert_eq!(elsewhere.cast(&mut far, &codes[4].1, &choices("birch", &["fir"])).expect("cast").position, 5);
    assert_eq!(cast(&mut office, &mut left, 5).expect("cast"), 6);
    assert_eq!(elsewhere.cast(&mut far, &codes[4].1, &choices("ash", &["fir"])).expect("replaced").position, 7);
    let dora = office.dora.clone();
    let found = office.case.check_election(&dora, &key, &id).expect("checked");
    assert_eq!((found.total_votes, found.integrity_status), (7, "PASS"));
    // Voting goes on longer, which the desk takes in.
    office.clock.pass(3600 + 7200);
    assert!(refusal(cast(&mut office, &mut left, 6)).contains("voting has ended"));
    let (two, later) = (office.two(), Instant { micros: office.clock.instant().micros + 86_400 * 1_000_000 });
    office.case.extend_election(&two, &id, later, REASON).expect("extended");
    assert_eq!(cast(&mut office, &mut left, 6).expect("cast"), 8);
    // The account of the clerk is switched off.
    let anna = office.anna.clone();
    office.case.put_account(&anna, "Cleo", domain::election::Role::Clerk, None, false).expect("switched off");
    assert!(refusal(cast(&mut office, &mut left, 7)).contains("sign in again"));
    office.case.put_account(&anna, "Cleo", domain::election::Role::Clerk, None, true).expect("switched on");
    assert_eq!(cast(&mut office, &mut left, 7).expect("cast"), 9);
    // The election is closed.
    office.close(&id).expect("closed");
    assert!(refusal(cast(&mut office, &mut left, 7)).contains("closed"));
}

#[test]
fn an_open_election_of_a_case_of_the_layout_before_goes_on_where_it_was() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let codes = office.open(&id);
    let mut booth = office.booth(&id);
    for (_, code) in &codes[..2] {
        office.cast(&mut booth, code, "ash", &["elm"]).expect("cast");
    }
    let (cleo, key) = (office.cleo.clone(), office.key.clone());
    let fresh = office.case.reissue_credential(&cleo, &key, &id, &codes[2].0).expect("another credential");
    drop(booth);
    // As the program before wrote it: the row of the election tells the chain, ballots have indexes, credentials no mark.
    let file = rusqlite::Connection::open(&office.path).expect("a database");
    file.execute_batch(
        "UPDATE native_election SET
             ballots = (SELECT max(position) FROM native_ballot WHERE election = native_election.id),
             chain_head = (SELECT chain FROM native_ballot WHERE election = native_election.id ORDER BY position DESC LIMIT 1);
         CREATE INDEX native_ballot_by_voter ON native_ballot (election, voter, position);
         CREATE INDEX native_ballot_by_hash ON native_ballot (hash);
         ALTER TABLE native_credential DROP COLUMN comes_after;
         PRAGMA user_version = 5;",
    )
    .expect("set back");
    drop(file);
    let mut office = office.reopen();
    let mut booth = office.booth(&id);
    assert!(refusal(office.cast(&mut booth, &codes[0].1, "ash", &["elm"])).contains("already"));
    assert!(refusal(office.cast(&mut booth, &codes[2].1, "ash", &["elm"])).contains("withdrawn"));
    assert_eq!(office.cast(&mut booth, &fresh.code, "birch", &["fir"]).expect("cast").position, 3);
    assert_eq!(office.cast(&mut booth, &codes[3].1, "birch", &["fir"]).expect("cast").position, 4);
    let dora = office.dora.clone();
    let found = office.case.check_election(&dora, &key, &id).expect("checked");
    assert_eq!((found.total_votes, found.integrity_status), (4, "PASS"));
    office.close(&id).expect("closed");
    assert_eq!(office.case.count_election(&office.two(), &key, &id).expect("counted").ballots, 4);
}

#[test]
fn people_do_what_their_role_allows() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Identified, SecondBallot::Refuse, 6);
    let (cleo, dora, ben, key) = (office.cleo.clone(), office.dora.clone(), office.ben.clone(), office.key.clone());
    let alone = |person: &workflow::election::Person| workflow::election::Approval::of(person.clone());
    for person in [&cleo, &dora, &ben] {
        let told = refusal(office.case.open_election(&alone(person), &key, &id));
        assert!(told.contains(person.name()) && told.contains("administrator"), "{told}");
    }
    office.open(&id);
    assert!(refusal(office.case.open_booth(&dora, &key, &id)).contains("auditor"));
    let later = Instant { micros: office.clock.instant().micros + 86_400 * 1_000_000 };
    let one = office.one();
    assert!(refusal(office.case.extend_election(&one, &id, later, REASON)).contains("second person"));
    let twice = workflow::election::Approval::of_two(office.anna.clone(), office.anna.clone());
    assert!(refusal(office.case.extend_election(&twice, &id, later, REASON)).contains("two different people"));
    let two = office.two();
    let past = Instant { micros: office.clock.instant().micros - 1 };
    assert!(refusal(office.case.extend_election(&two, &id, past, REASON)).contains("only move later"));
    assert!(refusal(office.case.extend_election(&two, &id, later, "no")).contains("10 to 500"));
    office.case.extend_election(&two, &id, later, REASON).expect("extended");
    // An account that is switched off acts no more, even where its person had signed in before.
    let anna = office.anna.clone();
    office.case.put_account(&anna, "Ben", domain::election::Role::Witness, None, false).expect("switched off");
    let later = Instant { micros: later.micros + 1_000_000 };
    assert!(refusal(office.case.extend_election(&two, &id, later, REASON)).contains("sign in again"));
    let told = refusal(office.case.put_account(&anna, "Anna", domain::election::Role::Clerk, None, true));
    assert!(told.contains("only administrator"), "{told}");
}

/// Retention and anonymity (the rules of the runbooks): nothing that was ever counted, written or issued is removed by an act.
#[test]
fn no_act_removes_a_vote_a_credential_or_a_record() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    for secrecy in [Secrecy::Secret, Secrecy::Identified] {
        let id = office.draft(secrecy, SecondBallot::Replace, 8);
        let codes = office.open(&id);
        let mut booth = office.booth(&id);
        for (_, code) in codes.iter().take(5) {
            office.cast(&mut booth, code, "ash", &["elm"]).expect("cast");
        }
        office.cast(&mut booth, &codes[0].1, "birch", &["fir"]).expect("replaced");
        let two = office.two();
        let vote = office.case.exclude_vote(&two, &id, "3", "Two ballots in one envelope").expect("excluded");
        let figures = |office: &Office| {
            let reader = store::Reader::open(&office.path).expect("a reader");
            let elections = reader.elections();
            let mut ballots = Vec::new();
            elections
                .each_ballot::<store::StoreError>(&id, |ballot| {
                    ballots.push(ballot.hash);
                    Ok(())
                })
                .expect("ballots");
            let credentials: Vec<_> =
                elections.credentials(&id).expect("credentials").into_iter().map(|row| (row.id, row.uses)).collect();
            (ballots, credentials, elections.exclusions(&id).expect("exclusions").len())
        };
        let before = figures(&office);
        assert_eq!((before.0.len(), before.1.len(), before.2), (6, 8, 1));
        assert_eq!(before.1.iter().map(|(_, uses)| uses).sum::<u64>(), 6, "the use history stays");
        office.close(&id).expect("closed");
        if secrecy == Secrecy::Identified {
            let later = Instant { micros: office.clock.instant().micros + 86_400 * 1_000_000 };
            office.case.roll_back_election(&two, &id, REASON, Some(later)).expect("rolled back");
            let mut booth = office.booth(&id);
            office.cast(&mut booth, &codes[6].1, "ash", &["elm"]).expect("cast in the reopened window");
            let status = office.case.election_status(&id).expect("a status");
            assert!(status.leadership_not_yet_told, "leadership waits to be told");
            let notices = office.case.notices(&id).expect("notices");
            let waiting: Vec<&str> = notices.iter().map(|notice| notice.template.as_str()).collect();
            assert_eq!(waiting, ["leadership-vote-excluded", "leadership-rollback"]);
            let anna = office.anna.clone();
            for notice in &notices {
                office.case.confirm_notice(&anna, &id, notice.id, (1, 0, 0)).expect("told");
            }
            assert!(!office.case.election_status(&id).expect("a status").leadership_not_yet_told);
            office.close(&id).expect("closed again");
        }
        let (key, reason) = (office.key.clone(), "The count was disturbed by an alarm");
        let result = office.case.count_election(&two, &key, &id).expect("counted");
        if secrecy == Secrecy::Identified {
            assert_eq!(result.ballots_reopened, 1, "marked for good");
            assert!(result.remarks.iter().any(|remark| remark.contains("reopened")), "{:?}", result.remarks);
        }
        assert!(result.remarks.iter().any(|remark| remark.contains("excluded")), "{:?}", result.remarks);
        office.case.cancel_election(&two, &key, &id, reason).expect("cancelled");
        let after = figures(&office);
        assert!(after.0.starts_with(&before.0) && after.1.len() == 8 && after.2 == 1);
        let ledger = office.case.ledger().expect("a ledger");
        let excluded = ledger.iter().find(|entry| entry.act == "vote_soft_deleted" && entry.detail.contains(&vote));
        assert!(excluded.is_some_and(|entry| entry.actor == "Anna" && entry.detail.contains("Two ballots")));
        assert_eq!(
            ledger.iter().filter(|entry| entry.act == "election_rollback" && entry.detail.contains(&id)).count(),
            usize::from(secrecy == Secrecy::Identified)
        );
    }
}

/// The time of the newest act.
fn case_now(case: &Case) -> String {
    case.ledger().expect("a ledger").last().map(|entry| entry.at.clone()).unwrap_or_default()
}

#[test]
fn a_failed_count_leaves_the_election_closed_and_can_be_tried_again() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let mut setup = office::setup();
    setup.ends_at = Some(Instant { micros: office.clock.instant().micros + 7_200_000_000 });
    setup.contests[1].method = "star".to_owned();
    let mut wrong = setup.clone();
    let id = office.draft_of(setup, 6);
    let told = office.case.missing_before_opening(&id).expect("a list");
    assert!(
        told.iter().any(|missing| missing.is_blocking && missing.text.contains("could not be counted")),
        "{told:?}"
    );
    wrong.contests[1].method = "scotland".to_owned();
    let anna = office.anna.clone();
    office.case.set_election(&anna, &id, wrong).expect("put right");
    let codes = office.open(&id);
    let mut booth = office.booth(&id);
    for (_, code) in &codes {
        office.cast(&mut booth, code, "ash", &["elm", "fir"]).expect("cast");
    }
    // A rule that cannot count two seats gets into the frozen rules behind the program's back.
    drop(booth);
    let now = case_now(&office.case);
    let mut file = store::CaseFile::open(&office.path).expect("opens");
    file.change::<_, store::StoreError>(|change| {
        let mut row = change.election(&id)?.expect("the election");
        row.setup.contests[1].method = "star".to_owned();
        row.setup.contests[1].most_points = 5;
        change.put_election(&row)?;
        change.record(&store::Act { at: &now, actor: "somebody", act: "meddled", detail: serde_json::json!({}) })?;
        Ok(())
    })
    .expect("meddled");
    drop(file);
    let (two, key) = (office.two(), office.key.clone());
    let request = CloseRequest {
        confirm: id.clone(),
        early_reason: Some("Everybody has voted by now".to_owned()),
        count_now: true,
        by_clock: false,
    };
    let closed = office.case.close_election(&two, &key, &id, &request).expect("closed");
    let Closed::ClosedNotCounted { error, .. } = &closed else {
        panic!("a rule for one seat was given two: {closed:?}")
    };
    assert!(
        closed.sentence("Board").contains(error.as_str())
            && closed.sentence("Board").contains("closed, but the count failed")
    );
    let status = office.case.election_status(&id).expect("a status");
    assert_eq!((status.phase, status.turnout.ballots), (Phase::Closed, 6));
    assert!(office.case.count_election(&two, &key, &id).is_err(), "tried again, with the same answer");
    let failures = office.case.ledger().expect("a ledger");
    assert_eq!(
        failures
            .iter()
            .filter(|entry| entry.act == "election_count_failed" && entry.detail.contains(error.as_str()))
            .count(),
        2
    );
}

#[test]
fn quorum_victory_and_ties_decide_as_the_rules_say() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    // Votes for ash and birch, the rules, and who is elected.
    let cases: [(usize, usize, Victory, TiePolicy, u32, Outcome, usize); 7] = [
        (3, 2, Victory::MostVotes, TiePolicy::DrawnOrder, 0, Outcome::Decided, 1),
        (3, 3, Victory::MostVotes, TiePolicy::DrawnOrder, 0, Outcome::Decided, 1),
        (3, 3, Victory::MostVotes, TiePolicy::CoWinners, 0, Outcome::Decided, 2),
        (3, 3, Victory::MostVotes, TiePolicy::Undecided, 0, Outcome::Undecided, 0),
        (3, 3, Victory::Majority, TiePolicy::DrawnOrder, 0, Outcome::Undecided, 0),
        (4, 2, Victory::Percentage(67), TiePolicy::DrawnOrder, 0, Outcome::Undecided, 0),
        (3, 2, Victory::MostVotes, TiePolicy::DrawnOrder, 70, Outcome::QuorumNotMet, 0),
    ];
    for (ash, birch, victory, ties, quorum, outcome, elected) in cases {
        let mut setup = office::setup();
        setup.ends_at = Some(Instant { micros: office.clock.instant().micros + 7_200_000_000 });
        setup.contests.truncate(1);
        setup.contests[0].victory = victory;
        setup.contests[0].ties = ties;
        setup.most_runoffs = 1;
        if quorum > 0 {
            setup.quorum = domain::election::Quorum::Percentage(quorum);
        }
        let id = office.draft_of(setup, 8);
        let codes = office.open(&id);
        let mut booth = office.booth(&id);
        for (number, (_, code)) in codes.iter().enumerate().take(ash + birch) {
            let chair = if number < ash { "ash" } else { "birch" };
            let choices = [("chair".to_owned(), domain::election::Choice::Listed(vec![chair.to_owned()]))].into();
            office.case.cast(&mut booth, code, &choices).expect("cast");
        }
        office.close(&id).expect("closed");
        let (two, key) = (office.two(), office.key.clone());
        let result = office.case.count_election(&two, &key, &id).expect("counted");
        let contest = &result.contests[0];
        assert_eq!((contest.outcome, contest.elected.len()), (outcome, elected), "{ash}:{birch} {victory:?} {ties:?}");
        if elected == 1 && ash == birch {
            assert_eq!(contest.elected[0], contest.tie_order[0], "the order that was drawn decides");
        }
        let runoffs: Vec<_> = office
            .case
            .own_elections()
            .expect("elections")
            .into_iter()
            .filter(|one| one.title == "Board: runoff 1")
            .collect();
        assert_eq!(!runoffs.is_empty(), outcome == Outcome::Undecided, "{victory:?} {ties:?}");
        for runoff in runoffs {
            let setup = office.case.election_setup(&runoff.id).expect("a setup");
            assert_eq!((setup.runoff_round, setup.contests[0].candidates.len()), (1, 2));
            let anna = office.anna.clone();
            office.case.delete_election(&anna, &runoff.id).expect("deleted");
        }
        let certificate = office.case.certify_election(&two, &key, &id).expect("certified");
        assert_eq!(certificate.result_sha256, result.sha256());
        assert_eq!(certificate.signed_by.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["Anna", "Ben"]);
    }
}

#[test]
fn paper_is_entered_twice_by_two_people_and_attested() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let mut setup = office::setup();
    setup.ends_at = Some(Instant { micros: office.clock.instant().micros + 7_200_000_000 });
    setup.paper_attestations = 1;
    let id = office.draft_of(setup, 10);
    office.open(&id);
    let (one, key) = (office.one(), office.key.clone());
    let cleo = workflow::election::Approval::of(office.cleo.clone());
    let pile = |count| {
        vec![
            PaperBallots { choices: choices("ash", &["elm"]), count },
            PaperBallots { choices: choices("birch", &[]), count: 2 },
        ]
    };
    let first = office.case.enter_paper(&cleo, &key, &id, None, "Box 1", &pile(3)).expect("entered");
    assert_eq!((first.state.as_str(), first.ballots), ("entered", 5));
    assert!(refusal(office.case.enter_paper(&cleo, &key, &id, Some(1), "", &pile(3))).contains("another person"));
    let second = office.case.enter_paper(&one, &key, &id, Some(1), "", &pile(4)).expect("entered again");
    assert_eq!((second.state.as_str(), second.differences.len()), ("differs", 1));
    assert_eq!((second.differences[0].1, second.differences[0].2), (3, 4));
    let agreed = office.case.enter_paper(&one, &key, &id, Some(1), "", &pile(3)).expect("corrected");
    assert_eq!(agreed.state, "pending");
    assert_eq!(
        office.case.election_status(&id).expect("a status").turnout.ballots,
        0,
        "not counted before it is attested"
    );
    let (anna, ben) = (office.anna.clone(), office.ben.clone());
    assert!(refusal(office.case.attest_paper(&anna, &key, &id, 1)).contains("entered this batch"));
    assert_eq!(office.case.attest_paper(&ben, &key, &id, 1).expect("attested").state, "counted");
    let turnout = office.case.election_status(&id).expect("a status").turnout;
    assert_eq!((turnout.ballots, turnout.paper, turnout.voters), (5, 5, 5));
    assert!(
        refusal(office.case.enter_paper(&cleo, &key, &id, None, "", &pile(6))).contains("13 ballots stand against 10")
    );
    office.case.void_paper(&one, &id, 1, "The box was counted twice").expect("voided");
    let turnout = office.case.election_status(&id).expect("a status").turnout;
    assert_eq!((turnout.ballots, turnout.excluded, turnout.voters), (5, 5, 0), "the ballots stay in the chain");
    let bad = [PaperBallots { choices: choices("oak", &[]), count: 1 }];
    assert!(refusal(office.case.enter_paper(&cleo, &key, &id, None, "", &bad)).contains("line 1"));
}

#[test]
fn a_ballot_that_was_altered_behind_the_programs_back_is_found() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.in_phase(Phase::Closed, Secrecy::Secret);
    let (dora, cleo, key) = (office.dora.clone(), office.cleo.clone(), office.key.clone());
    assert!(refusal(office.case.check_election(&cleo, &key, &id)).contains("administrator or auditor"));
    let found = office.case.check_election(&dora, &key, &id).expect("checked");
    assert_eq!((found.total_votes, found.valid_signatures, found.integrity_status), (2, 2, "PASS"));
    assert_eq!(found.seal_fits, Some(true));
    let after = office.case.post_close(&id).expect("read again");
    assert!(after.closed.is_some() && after.anonymized.is_some() && after.searched.is_some(), "{after:?}");
    assert_eq!((after.phase, after.links_left), (Phase::Closed, 0));
    for (sql, tampered, breaks) in [
        ("UPDATE native_ballot SET body = replace(body, 'ash', 'elm') WHERE position = 1", vec![1], None),
        ("UPDATE native_ballot SET signature = zeroblob(32) WHERE position = 2", vec![2], None),
        ("UPDATE native_ballot SET previous = zeroblob(32) WHERE position = 2", vec![2], Some(2)),
        ("DELETE FROM native_ballot WHERE position = 2", vec![], Some(2)),
    ] {
        let copy = folder.path().join("altered.scrutineer");
        let _ = std::fs::remove_file(&copy);
        office.case.backup(&copy).expect("a copy");
        let connection = rusqlite::Connection::open(&copy).expect("opens");
        connection
            .execute_batch(&format!(
                "DROP TRIGGER native_ballot_is_never_changed; DROP TRIGGER native_ballot_is_never_deleted; {sql}"
            ))
            .expect(sql);
        drop(connection);
        let mut case = Case::open_with(&copy, Box::new(office.clock.clone())).expect("opens");
        let found = case.check_election(&dora, &key, &id).expect("checked");
        assert_eq!(
            (found.tampered_votes, found.chain_break_at, found.integrity_status),
            (tampered, breaks, "FAIL"),
            "{sql}"
        );
        let ledger = case.ledger().expect("a ledger");
        assert!(
            ledger.last().is_some_and(|entry| entry.act == "vote_integrity_check" && entry.detail.contains("critical"))
        );
        let again = case.check_election(&dora, &key, &id).expect("checked");
        assert_eq!((again.chain_break_at, again.integrity_status), (breaks, "FAIL"), "a look changes nothing: {sql}");
    }
}

#[test]
fn nominations_and_clones() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.draft(Secrecy::Secret, SecondBallot::Refuse, 6);
    let (anna, cleo) = (office.anna.clone(), office.cleo.clone());
    office.case.nominations(&anna, &id, true).expect("open");
    let candidate = |id: &str, voter: &str, by: &str| CandidateSetup {
        id: id.to_owned(),
        name: id.to_uppercase(),
        voter: voter.to_owned(),
        nominated_by: by.to_owned(),
        ..CandidateSetup::default()
    };
    office.case.nominate(&cleo, &id, "chair", candidate("own", "M0001", "M0001")).expect("named");
    office.case.nominate(&cleo, &id, "chair", candidate("asked", "M0002", "M0003")).expect("named");
    assert!(refusal(office.case.nominate(&cleo, &id, "chair", candidate("own", "", ""))).contains("already"));
    assert!(
        refusal(office.case.nominate(&cleo, &id, "chair", candidate("x", "M9999", ""))).contains("not on the roll")
    );
    assert!(refusal(office.case.nominate(&cleo, &id, "none", candidate("x", "", ""))).contains("no contest none"));
    let standing = |office: &Office| -> Vec<String> {
        office.case.election_setup(&id).expect("a setup").contests[0].standing().map(|one| one.id.clone()).collect()
    };
    assert_eq!(standing(&office), ["ash", "birch", "own"], "who names themselves has accepted");
    office.case.answer_nomination(&cleo, &id, "asked", Standing::Accepted).expect("accepted");
    office.case.answer_nomination(&cleo, &id, "ash", Standing::Withdrawn).expect("stood down");
    office.case.nominations(&anna, &id, false).expect("closed");
    assert_eq!(standing(&office), ["birch", "own", "asked"]);
    let clone = office.case.clone_election(&anna, &id, Some("Board again")).expect("a copy");
    let setup = office.case.election_setup(&clone).expect("a setup");
    assert_eq!((setup.title.as_str(), setup.ends_at, setup.contests[0].candidates.len()), ("Board again", None, 4));
    assert_eq!(office.case.roll(&clone).expect("a roll").len(), 6);
    assert!(
        office.case.missing_before_opening(&clone).expect("a list").iter().any(|missing| missing.place == "ends_at")
    );
    let (one, key) = (office.one(), office.key.clone());
    assert!(refusal(office.case.open_election(&one, &key, &clone)).contains("when voting ends"));
}

#[test]
fn an_import_into_a_case_with_an_election_keeps_the_election() {
    let folder = folder();
    let mut office = Office::found(folder.path());
    let id = office.in_phase(Phase::Open, Secrecy::Secret);
    let export = testkit::logbook().join("02_clean_closed");
    office.case.import(&[export], None, &domain::Unwatched).expect("imported");
    let mut office = office.reopen();
    assert_eq!(office.case.election_status(&id).expect("still there").turnout.ballots, 2);
    office.close(&id).expect("closed");
    let mut case = Case::open(&office.path).expect("opens");
    assert_eq!(case.recheck(&domain::Unwatched).expect("checked").problems, Vec::<String>::new());
}
