//! The power goes out, the disk fills up, the medium takes no writes, while people vote: no ballot whose receipt was shown may
//! be lost, and none may be half there.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use domain::election::{SecondBallot, Secrecy};
use testkit::office::{CASE_PASSPHRASE, Office};
use testkit::program::{self, is_in_full};

/// Receipts of an interrupted desk, and how the case must look.
struct Desk {
    _folder: tempfile::TempDir,
    case: PathBuf,
    id: String,
    codes: Vec<String>,
}

impl Desk {
    fn new(voters: usize) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut office = Office::found(folder.path());
        // The command takes the machine's clock, which is later than the test's.
        let setup = domain::election::Setup {
            ballots: Secrecy::Secret,
            second_ballot: SecondBallot::Refuse,
            ends_at: domain::Instant::parse("2099-01-01T00:00:00+00:00"),
            ..testkit::office::setup()
        };
        let id = office.draft_of(setup, voters);
        let codes = office.open(&id).into_iter().map(|(_, code)| code).collect();
        let case = folder.path().join("kept.scrutineer");
        office.case.backup(&case).expect("a copy");
        fs::write(
            folder.path().join("passphrases.env"),
            format!("case={CASE_PASSPHRASE}\nCleo=Cleo has a passphrase\n"),
        )
        .expect("written");
        Self { _folder: folder, case, id, codes }
    }

    fn copy(&self, folder: &Path) -> PathBuf {
        let copy = folder.join("desk.scrutineer");
        fs::copy(&self.case, &copy).expect("a copy");
        fs::copy(self.case.with_file_name("passphrases.env"), folder.join("passphrases.env")).expect("a copy");
        copy
    }

    /// Casts for everybody, and is killed after so many receipts and a moment; answers the receipts that were shown.
    fn interrupted(&self, case: &Path, receipts: usize, moment: Duration) -> Vec<String> {
        let ballots: String = self
            .codes
            .iter()
            .map(|code| format!("{{\"credential\": \"{code}\", \"choices\": {{\"chair\": [\"ash\"], \"board\": [\"elm\", \"fir\"]}}}}\n"))
            .collect();
        let file = case.with_file_name("ballots.jsonl");
        fs::write(&file, ballots).expect("written");
        let mut child = Command::new(program::path())
            .args(["-q", "election", "cast"])
            .arg(case)
            .args(["--election", &self.id, "--as", "Cleo", "--ballots"])
            .arg(&file)
            .arg("--passphrases")
            .arg(case.with_file_name("passphrases.env"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut shown = Vec::new();
        let mut lines = BufReader::new(child.stdout.take().expect("its answers")).lines();
        while shown.len() < receipts {
            let Some(Ok(line)) = lines.next() else { break };
            shown.push(line);
        }
        thread::sleep(moment);
        let _ = child.kill();
        // What it had shown before it died was shown.
        shown.extend(lines.map_while(Result::ok));
        let _ = child.wait();
        shown.iter().filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
    }
}

/// Hashes of the ballots in a case; asserts that their chain holds together.
fn chain_of(case: &Path, id: &str) -> BTreeSet<String> {
    let opened = workflow::Case::open(case).expect("the case opens and its ledger verifies");
    let status = opened.election_status(id).expect("a status");
    let reader = store::Reader::open(case).expect("a reader");
    let mut head = importers::scrutineer::rules::genesis(id);
    let mut hashes = BTreeSet::new();
    reader
        .elections()
        .each_ballot::<store::StoreError>(id, |ballot| {
            assert_eq!(ballot.previous, head, "ballot {} hangs in the air", ballot.position);
            assert_eq!(importers::scrutineer::rules::sha256(&ballot.body), ballot.hash);
            assert_eq!(importers::scrutineer::rules::link(head, ballot.hash), ballot.chain);
            head = ballot.chain;
            hashes.insert(ballot.hash.to_hex());
            Ok(())
        })
        .expect("ballots");
    assert_eq!(status.chain_head, head.to_hex(), "the head of the election is the last ballot");
    let cast = opened.ledger().expect("a ledger").iter().filter(|entry| entry.act == "ballot_submitted_token").count();
    assert_eq!(cast, hashes.len(), "each ballot has its act and each act its ballot");
    hashes
}

#[test]
fn no_acknowledged_ballot_is_lost_when_the_power_goes_out() {
    let kills = if is_in_full() { 100 } else { 5 };
    let desk = Desk::new(60);
    let folder = tempfile::tempdir().expect("a folder");
    let (mut seed, mut shown_in_all) = (20_261_121_u64, 0);
    for kill in 0..kills {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let receipts = usize::try_from(seed >> 40).unwrap_or(0) % 40;
        let moment = Duration::from_micros((seed >> 20) % 20_000);
        let case = desk.copy(folder.path());
        let shown = desk.interrupted(&case, receipts, moment);
        let kept = chain_of(&case, &desk.id);
        for hash in &shown {
            assert!(kept.contains(hash), "kill {kill}: the receipt {hash} was shown and its ballot is gone");
        }
        assert!(kept.len() <= shown.len() + 1, "kill {kill}: {} ballots, {} receipts", kept.len(), shown.len());
        shown_in_all += shown.len();
        for name in ["desk.scrutineer-wal", "desk.scrutineer-shm"] {
            let _ = fs::remove_file(folder.path().join(name));
        }
    }
    assert!(shown_in_all > kills * 5, "{shown_in_all} receipts in {kills} kills mean little");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_or_a_medium_without_writes_refuses_ballots_and_loses_none() {
    let desk = Desk::new(30);
    let disk = tempfile::tempdir().expect("a folder");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=6m,mode=700", "scrutineer-test"])
        .arg(disk.path())
        .output()
        .is_ok_and(|output| output.status.success());
    if !mounted {
        println!("left out: only the administrator may mount a small disk");
        return;
    }
    let case = desk.copy(disk.path());
    // Fill the disk, but for a little.
    let mut filler = fs::File::create(disk.path().join("filler")).expect("a file");
    let block = vec![1u8; 16 << 10];
    while filler.write_all(&block).is_ok() {}
    drop(filler);
    let filler = disk.path().join("filler");
    let length = fs::metadata(&filler).expect("there").len();
    fs::File::options().write(true).open(&filler).and_then(|file| file.set_len(length - (400 << 10))).expect("shorter");
    let shown = desk.interrupted(&case, usize::MAX, Duration::ZERO);
    let _ = fs::remove_file(&filler);
    let kept = chain_of(&case, &desk.id);
    assert!(shown.len() < 30, "the disk did fill up");
    assert!(
        shown.iter().all(|hash| kept.contains(hash)) && kept.len() == shown.len(),
        "{} of {}",
        kept.len(),
        shown.len()
    );
    let read_only = Command::new("mount").args(["-o", "remount,ro"]).arg(disk.path()).status();
    if read_only.is_ok_and(|status| status.success()) {
        let before = kept.len();
        let told = Command::new(program::path())
            .args(["-q", "election", "extend"])
            .arg(&case)
            .args([
                "--election",
                &desk.id,
                "--as",
                "Cleo",
                "--end",
                "2099-02-01T00:00:00Z",
                "--reason",
                "A reason long enough",
            ])
            .arg("--passphrases")
            .arg(case.with_file_name("passphrases.env"))
            .output()
            .expect("it runs");
        assert_ne!(told.status.code(), Some(0));
        assert!(!String::from_utf8_lossy(&told.stderr).contains("panicked"));
        assert_eq!(chain_of(&case, &desk.id).len(), before);
    }
    let _ = Command::new("umount").arg("--lazy").arg(disk.path()).status();
}
