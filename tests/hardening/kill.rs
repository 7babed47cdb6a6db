//! The power goes out: the command is killed (-9) at a drawn moment of every act, and the case must be what it was before
//! or what it should have become. Twelve times in the ordinary run, two hundred times in `cargo xtask harden`.
//!
//! The moments are drawn evenly over the time that the act takes undisturbed. The seed is printed and may be given as
//! `SCRUTINEER_SEED`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::thread;
use std::time::Duration;

use testkit::generate::{Options, generate};
use testkit::program::{self, Ended, State, assert_sound, finish, is_in_full, scrutineer, state_of};

const KILLS_IN_FULL: u32 = 200;
const KILLS: u32 = 12;

/// A case and its surroundings, to be copied for each try.
struct Bed {
    _folder: tempfile::TempDir,
    root: PathBuf,
}

impl Bed {
    /// Two exports, and three folders: with an empty case, with one that holds evidence, with a verified one.
    fn new(votes: u64) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().to_owned();
        for (name, seed) in [("first", "first"), ("second", "second")] {
            let options =
                Options { votes, with_audit: name == "first", tamper: 8, seed: seed.to_owned(), ..Options::default() };
            generate(&Options { out: root.join(name), ..options }).expect("an export");
        }
        for name in ["empty", "filled", "verified"] {
            fs::create_dir(root.join(name)).expect("a folder");
        }
        let bed = Self { _folder: folder, root };
        let empty = bed.root.join("empty/case.scrutineer");
        bed.run(&["case", "new", "CASE"], &empty).expect(0);
        let filled = bed.copy("empty", "filled");
        bed.run(&["import", "CASE", "first"], &filled).expect(0);
        let verified = bed.copy("filled", "verified");
        bed.run(&["verify", "CASE", "--keys", "first/keys.env"], &verified).expect(1);
        bed
    }

    fn copy(&self, from: &str, to: &str) -> PathBuf {
        let to = self.root.join(to);
        let _ = fs::remove_dir_all(&to);
        fs::create_dir(&to).expect("a folder");
        for entry in fs::read_dir(self.root.join(from)).expect("a folder") {
            let entry = entry.expect("an entry");
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
        to.join("case.scrutineer")
    }

    /// Words of a command: CASE is the case, OUT its folder, and names of exports lie in the bed.
    fn start(&self, words: &[&str], case: &Path) -> Child {
        let folder = case.parent().expect("a folder");
        let word = |word: &&str| match word.split_once('/') {
            _ if *word == "CASE" => case.to_owned(),
            Some(("OUT", name)) => folder.join(name),
            Some(("first" | "second", _)) => self.root.join(word),
            _ if matches!(*word, "first" | "second") => self.root.join(word),
            _ => PathBuf::from(word),
        };
        scrutineer(words.iter().map(word)).start()
    }

    fn run(&self, words: &[&str], case: &Path) -> Ended {
        finish(self.start(words, case))
    }
}

/// An act to be interrupted.
struct Act {
    name: &'static str,
    /// The folder that it starts from.
    from: &'static str,
    words: Vec<&'static str>,
    /// Exit code when it is done.
    code: i32,
    took: Duration,
    before: State,
    after: State,
    /// Files beside the case when it is done, with what is in them.
    beside: BTreeMap<String, Vec<u8>>,
}

impl Act {
    /// Runs the act undisturbed, twice, so that files are warm when the time is taken.
    fn measured(bed: &Bed, name: &'static str, from: &'static str, words: &[&'static str], code: i32) -> Self {
        let case = bed.copy(from, "work");
        let before = state_of(&case);
        bed.run(words, &case).expect(code);
        let after = state_of(&case);
        let beside = beside(&case);
        let took = bed.run(words, &bed.copy(from, "work")).expect(code).took;
        Self { name, from, words: words.to_vec(), code, took, before, after, beside }
    }

    /// Kills the act after `delay`, looks at what is left, and lets the same act run to its end.
    fn interrupt(&self, bed: &Bed, delay: Duration) -> bool {
        let case = bed.copy(self.from, "work");
        let mut child = bed.start(&self.words, &case);
        thread::sleep(delay);
        let _ = child.kill();
        let ended = finish(child);
        let was_done = ended.code == Some(self.code);
        assert!(was_done || ended.code.is_none(), "{ended:?}");

        assert_sound(&case);
        let state = state_of(&case);
        if was_done {
            assert_eq!(essence(&state), essence(&self.after), "what was acknowledged is gone");
        } else {
            let choices = [essence(&self.before), essence(&self.after)];
            let is_whole = choices.contains(&essence(&state)) || self.is_between(&state);
            assert!(is_whole, "half done: {state:?}, before {:?}, after {:?}", self.before, self.after);
        }
        for (name, bytes) in beside(&case) {
            if let Some(whole) = self.beside.get(&name) {
                if name.ends_with(".scrutineer") {
                    assert_sound(&case.with_file_name(&name));
                    assert_eq!(state_of(&case.with_file_name(&name)).votes, self.before.votes, "{name}");
                } else {
                    assert!(bytes == *whole, "{name} is half written: {} of {} bytes", bytes.len(), whole.len());
                }
            }
        }

        // What is left over must not stand in the way, and must be gone when the act is done.
        let backup = case.with_file_name("copy.scrutineer");
        if self.name == "backup" && backup.exists() {
            fs::remove_file(&backup).expect("removed");
        }
        let again = bed.run(&self.words, &case);
        assert_eq!(again.code, Some(self.code), "{again:?}");
        assert_sound(&case);
        assert_eq!(state_of(&case).votes, self.after.votes);
        let names: Vec<String> = beside(&case).into_keys().collect();
        assert_eq!(names, self.beside.keys().cloned().collect::<Vec<_>>(), "something is left over");
        was_done
    }

    /// A command of several acts may have done the first alone: the PDF without the tables (its files are looked at one by
    /// one), or the import without the verification.
    fn is_between(&self, state: &State) -> bool {
        let without_acts = |state: &State| State { head: String::new(), acts: 0, ..state.clone() };
        let is_on_the_way = (self.before.acts..=self.after.acts).contains(&state.acts);
        match self.name {
            "report" => is_on_the_way && without_acts(state) == without_acts(&self.after),
            "audit" => {
                is_on_the_way
                    && !state.is_verified
                    && State { is_verified: true, ..without_acts(state) } == without_acts(&self.after)
            }
            _ => false,
        }
    }
}

/// What must agree between two runs: hashes cover the time, so they differ.
fn essence(state: &State) -> State {
    State { head: String::new(), ..state.clone() }
}

/// Files beside the case, sub-folders too. Those of the database's journal belong to the case.
fn beside(case: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![case.parent().expect("a folder").to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().expect("a name").to_string_lossy().into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if !matches!(name.as_str(), "case.scrutineer" | "case.scrutineer-wal" | "case.scrutineer-shm") {
                files.insert(name, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

/// Numbers that follow from a seed.
struct Draws(u64);

impl Draws {
    /// Evenly from 0 to 1.
    fn share(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        f64::from(u32::try_from(self.0 >> 32).unwrap_or(0)) / f64::from(u32::MAX)
    }
}

#[test]
fn a_killed_command_leaves_the_case_before_or_after_and_nothing_between() {
    let seed = std::env::var("SCRUTINEER_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(20_261_121);
    let kills = if is_in_full() { KILLS_IN_FULL } else { KILLS };
    println!("seed {seed}, {kills} kills of {}", program::path().display());
    let bed = Bed::new(if is_in_full() { 20_000 } else { 150 });
    let id = bed_election(&bed);
    let acts = [
        Act::measured(&bed, "first import", "empty", &["import", "CASE", "first"], 0),
        Act::measured(&bed, "second import", "filled", &["import", "CASE", "second"], 0),
        Act::measured(&bed, "verify", "filled", &["verify", "CASE", "--keys", "first/keys.env"], 1),
        Act::measured(
            &bed,
            "report",
            "verified",
            &["report", "forensics", "CASE", "--id", id, "--pdf", "OUT/report.pdf", "--csv", "OUT/csv"],
            0,
        ),
        Act::measured(&bed, "backup", "filled", &["case", "backup", "CASE", "OUT/copy.scrutineer"], 0),
        Act::measured(&bed, "audit", "empty", &["audit", "first", "--keys", "first/keys.env", "--case", "CASE"], 1),
    ];
    let mut draws = Draws(seed);
    let mut done = 0;
    for (number, act) in (1..=kills).zip(acts.iter().cycle()) {
        // Somewhat beyond the end, so that the last moments and the time after them are met too.
        let delay = act.took.mul_f64(draws.share() * 1.05);
        println!("kill {number}: {} after {delay:?} of {:?}", act.name, act.took);
        done += u32::from(act.interrupt(&bed, delay));
    }
    println!("{kills} kills, {done} of them after the end");
    assert!(done * 2 < kills, "most kills came too late to mean anything");
}

/// The election of the first export, kept for as long as the tests run.
fn bed_election(bed: &Bed) -> &'static str {
    let rows = testkit::json(&bed.root.join("first/elections.json"));
    Box::leak(rows[0]["id"].as_str().expect("an id").to_owned().into_boxed_str())
}
