//! The medium gives out: the disk fills at many different points of every act, or takes no writes at all.
//!
//! Both need a small disk of their own, which only the administrator may mount; without that right the tests say that
//! they were left out.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::generate::{Options, generate};
use testkit::program::{Ended, assert_sound, is_in_full, scrutineer, state_of};

/// A disk in memory, gone when dropped.
struct Disk {
    folder: tempfile::TempDir,
}

impl Disk {
    /// None where we may not mount.
    fn mount(bytes: u64) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let size = format!("size={bytes},mode=700");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &size, "scrutineer-test"]).arg(folder.path()).output();
        match mounted {
            Ok(output) if output.status.success() => Some(Self { folder }),
            _ => None,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn set_read_only(&self, is_read_only: bool) {
        let option = if is_read_only { "remount,ro" } else { "remount,rw" };
        let status = Command::new("mount").args(["-o", option]).arg(self.folder.path()).status();
        assert!(status.is_ok_and(|status| status.success()), "the disk could not be set {option}");
    }

    /// Bytes that may still be written.
    fn free(&self) -> u64 {
        let output = Command::new("df").args(["--block-size=1", "--output=avail"]).arg(self.folder.path()).output();
        let text = String::from_utf8(output.expect("df runs").stdout).expect("text");
        text.lines().nth(1).and_then(|line| line.trim().parse().ok()).expect("a number")
    }

    /// Writes a file that leaves so many bytes free.
    fn fill_up_to(&self, left: u64) {
        let taken = self.free().saturating_sub(left);
        fs::write(self.path("filler"), vec![1u8; usize::try_from(taken).expect("it fits")]).expect("filled");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Nothing is left to do where this fails; the folder then stays.
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

const DISK: u64 = 96 << 20;

/// Exports and cases beside the small disk.
struct Bed {
    root: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        let bed = Self { root: tempfile::tempdir().expect("a folder") };
        let options = Options { votes: 120, with_audit: true, ..Options::default() };
        for (name, seed) in [("first", "1"), ("second", "2")] {
            generate(&Options { out: bed.path(name), seed: seed.to_owned(), ..options.clone() }).expect("an export");
        }
        let case = bed.path("empty.scrutineer");
        scrutineer(["case".as_ref(), "new".as_ref(), case.as_os_str()]).end().expect(0);
        fs::copy(&case, bed.path("filled.scrutineer")).expect("a copy");
        bed.act(&["import", "CASE", "first"], &bed.path("filled.scrutineer"), &bed.root()).expect(0);
        fs::copy(bed.path("filled.scrutineer"), bed.path("verified.scrutineer")).expect("a copy");
        bed.act(&["verify", "CASE", "--keys", "first/keys.env"], &bed.path("verified.scrutineer"), &bed.root())
            .expect(0);
        bed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn root(&self) -> PathBuf {
        self.root.path().to_owned()
    }

    fn election(&self) -> String {
        let rows = testkit::json(&self.path("first/elections.json"));
        rows[0]["id"].as_str().expect("an id").to_owned()
    }

    /// Words of a command: CASE is the case, OUT/ a place in `out`, ID the election, and exports lie in the bed.
    fn act(&self, words: &[&str], case: &Path, out: &Path) -> Ended {
        let word = |word: &&str| match word.split_once('/') {
            _ if *word == "CASE" => case.to_owned(),
            _ if *word == "ID" => self.election().into(),
            Some(("OUT", name)) => out.join(name),
            Some(("first" | "second", _)) => self.path(word),
            _ if matches!(*word, "first" | "second") => self.path(word),
            _ => PathBuf::from(word),
        };
        scrutineer(words.iter().map(word)).end()
    }
}

const REPORT: [&str; 9] = ["report", "forensics", "CASE", "--id", "ID", "--pdf", "OUT/report.pdf", "--csv", "OUT/csv"];

#[test]
fn a_disk_that_fills_up_is_told_and_the_case_stays_as_it_was() {
    let Some(disk) = Disk::mount(DISK) else {
        println!("left out: a disk of its own may not be mounted here");
        return;
    };
    let bed = Bed::new();
    let acts: [(&str, &str, &[&str]); 5] = [
        ("first import", "empty", &["import", "CASE", "first"]),
        ("second import", "filled", &["import", "CASE", "second"]),
        ("verify", "filled", &["verify", "CASE", "--keys", "first/keys.env"]),
        ("report", "verified", &REPORT),
        ("backup", "filled", &["case", "backup", "CASE", "OUT/copy.scrutineer"]),
    ];
    let points = if is_in_full() { 40 } else { 3 };
    let case = disk.path("case.scrutineer");
    let mut refused = 0;
    for (name, from, words) in acts {
        // What the act needs when there is room enough.
        let prepare = || {
            for entry in fs::read_dir(disk.folder.path()).expect("a folder").filter_map(Result::ok) {
                let _ = fs::remove_dir_all(entry.path());
                let _ = fs::remove_file(entry.path());
            }
            fs::copy(bed.path(&format!("{from}.scrutineer")), &case).expect("a copy");
        };
        prepare();
        let room = disk.free();
        let before = state_of(&case);
        bed.act(words, &case, disk.folder.path()).expect(0);
        let after = state_of(&case);
        let needed = room - disk.free() + (256 << 10);
        for point in 0..points {
            prepare();
            let left = needed * point / points;
            disk.fill_up_to(left);
            let ended = bed.act(words, &case, disk.folder.path());
            let context = format!("{name} with {left} bytes free of {needed}: {ended:?}");
            assert!(!ended.err.contains("panicked"), "{context}");
            let is_done = ended.code == Some(0);
            if !is_done {
                refused += 1;
                assert!(ended.err.contains("full"), "the reason is missing: {context}");
                ended.expect_refusal();
            }
            fs::remove_file(disk.path("filler")).expect("room again");
            assert_sound(&case);
            let state = state_of(&case);
            if is_done {
                assert_eq!(state.votes, after.votes, "{context}");
            } else if name != "report" && name != "backup" {
                assert_eq!(state, before, "{context}");
            }
            assert_eq!((state.files >= before.files, state.votes >= before.votes), (true, true), "{context}");
            // The same act goes through once there is room; what it left behind is not in the way.
            if !is_done {
                let _ = fs::remove_file(disk.path("copy.scrutineer"));
                bed.act(words, &case, disk.folder.path()).expect(0);
                let mut names: Vec<String> = fs::read_dir(disk.folder.path())
                    .expect("a folder")
                    .filter_map(Result::ok)
                    .map(|entry| entry.file_name().to_string_lossy().into_owned())
                    .filter(|name| name.contains("part"))
                    .collect();
                names.sort();
                assert_eq!(names, Vec::<String>::new(), "left over: {context}");
            }
        }
    }
    assert!(refused >= points, "the disk was hardly ever full: {refused} times");
}

#[test]
fn a_medium_that_takes_no_writes_can_be_read() {
    let Some(disk) = Disk::mount(DISK) else {
        println!("left out: a disk of its own may not be mounted here");
        return;
    };
    let bed = Bed::new();
    let case = disk.path("case.scrutineer");
    fs::copy(bed.path("verified.scrutineer"), &case).expect("a copy");
    let before = state_of(&case);
    disk.set_read_only(true);

    assert_eq!(state_of(&case), before);
    assert_sound(&case);
    let reading: [&[&str]; 6] = [
        &["ledger", "CASE", "--verify"],
        &["forensics", "CASE", "--election", "ID", "--keys", "first/keys.env"],
        &["integrity", "CASE", "--election", "ID", "--keys", "first/keys.env"],
        &["results", "CASE", "--election", "ID"],
        &REPORT,
        &["case", "backup", "CASE", "OUT/copy.scrutineer"],
    ];
    for words in reading {
        bed.act(words, &case, &bed.root()).expect(0);
    }
    assert!(fs::read(bed.path("report.pdf")).expect("a report").starts_with(b"%PDF-"));
    assert_eq!(state_of(&bed.path("copy.scrutineer")).votes, before.votes);

    let writing: [&[&str]; 3] = [
        &["import", "CASE", "second"],
        &["verify", "CASE", "--keys", "first/keys.env"],
        &["case", "new", "OUT/new.scrutineer"],
    ];
    for words in writing {
        let ended = bed.act(words, &case, disk.folder.path()).expect_refusal();
        assert!(ended.err.contains("read-only"), "{ended:?}");
        assert!(ended.err.contains("opy the case"), "the next step is to copy the case: {ended:?}");
    }
    let ended = bed.act(&REPORT, &case, disk.folder.path()).expect_refusal();
    assert!(ended.err.contains("report.pdf") && ended.err.contains("ead-only"), "{ended:?}");

    disk.set_read_only(false);
    assert_eq!(state_of(&case), before, "nothing was written");
}
