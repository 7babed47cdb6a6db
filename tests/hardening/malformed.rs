//! More than three hundred inputs that are not as they should be, made from the fixtures: each is read correctly with its
//! rejects named, or refused with a message that names the file and a next step, within bounds of time and memory, and a
//! refusal leaves the case as it was. The ordinary run takes every ninth of them, `cargo xtask harden` all.
//!
//! * `malformed/inputs`: files that are brought in;
//! * `malformed/archives`: ZIP and gzip;
//! * `malformed/cases`: case files that are not sound.

#[path = "malformed/archives.rs"]
mod archives;
#[path = "malformed/cases.rs"]
mod cases;
#[path = "malformed/inputs.rs"]
mod inputs;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Unwatched;
use testkit::logbook;
use testkit::program::{Ended, is_in_full, scrutineer};
use workflow::Case;

/// Memory of its own that a command may write.
const MEMORY: u64 = 512 << 20;
/// Longest that the optimised command of `cargo xtask harden` may take over one input.
const SECONDS: u64 = 20;
/// The same for one that was built for tests, on a busy machine.
const SECONDS_UNOPTIMISED: u64 = 60;
/// One in so many is tried in the ordinary run.
const SHARE: usize = 9;

/// What an input must lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Must {
    /// Refused; nothing of it can be used.
    Refuse,
    /// Refused, and the message names the place in the file.
    RefuseAt(&'static str),
    /// Read without a reject.
    Read,
    /// Read, with a reject that names its row.
    Reject,
    /// Refused, or read with the bad rows rejected, or read because the text is taken as it stands.
    EndWell,
}

/// One input.
struct Bad {
    /// What is wrong with it.
    what: String,
    must: Must,
    /// Makes the input in a folder of its own and answers its path.
    make: Box<dyn Fn(&Path) -> PathBuf>,
}

impl Bad {
    fn new(what: impl Into<String>, must: Must, make: impl Fn(&Path) -> PathBuf + 'static) -> Self {
        Self { what: what.into(), must, make: Box::new(make) }
    }

    /// A file with a name and bytes.
    fn file(what: impl Into<String>, must: Must, name: &str, bytes: Vec<u8>) -> Self {
        let name = name.to_owned();
        Self::new(what, must, move |folder| {
            let path = folder.join(&name);
            fs::write(&path, &bytes).expect("written");
            path
        })
    }
}

/// A fixture's bytes.
fn fixture(name: &str) -> Vec<u8> {
    fs::read(logbook().join("02_clean_closed").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A case that holds something, and what it holds.
struct Bed {
    folder: tempfile::TempDir,
    case: PathBuf,
    sound: Vec<u8>,
}

impl Bed {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (case, copy) = (folder.path().join("case.scrutineer"), folder.path().join("sound.scrutineer"));
        let mut made = Case::create(&case, "bad input").expect("a case");
        made.import(&[logbook().join("50_burst/votes.csv")], None, &Unwatched).expect("a good import");
        made.backup(&copy).expect("a copy");
        drop(made);
        let sound = fs::read(&copy).expect("the copy");
        let bed = Self { folder, case, sound };
        bed.restore();
        bed
    }

    fn restore(&self) {
        for suffix in ["-wal", "-shm"] {
            let _ = fs::remove_file(self.case.with_extension(format!("scrutineer{suffix}")));
        }
        fs::write(&self.case, &self.sound).expect("restored");
    }

    /// Acts, votes and entries of the case; opening verifies the ledger.
    fn state(&self) -> (String, u64, u64, u64) {
        let info = Case::open(&self.case).and_then(|case| case.info()).expect("the case opens");
        (info.ledger_head, info.votes, info.audit_entries, info.evidence_files)
    }

    /// A fresh folder for one input.
    fn place(&self) -> PathBuf {
        let place = self.folder.path().join("input");
        let _ = fs::remove_dir_all(&place);
        fs::create_dir(&place).expect("a folder");
        place
    }

    /// Tries one input; answers what is wrong with how it went.
    fn problem(&self, bad: &Bad) -> Option<String> {
        let before = self.state();
        let input = (bad.make)(&self.place());
        let words = ["import".as_ref(), self.case.as_os_str(), input.as_os_str(), "--json".as_ref()];
        let ended = scrutineer(words).with_memory(MEMORY).end();
        let name = input.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let problem = judge(bad, &ended, &name);
        let problem = problem.or_else(|| match ended.code {
            Some(3) => (self.state() != before).then(|| "the case changed although the input was refused".to_owned()),
            _ => {
                // What was taken in is tested like anything else, and must not trip the checks either.
                let verified =
                    scrutineer(["verify".as_ref(), self.case.as_os_str(), "--json".as_ref()]).with_memory(MEMORY).end();
                let ended_well = matches!(verified.code, Some(0 | 1)) && !verified.err.contains("panicked");
                (!ended_well).then(|| format!("the verification of what was read went wrong: {verified:?}"))
            }
        });
        if ended.code != Some(3) || problem.is_some() {
            self.restore();
        }
        problem.map(|problem| format!("{}: {problem}\n    {}", bad.what, shortened(&ended)))
    }
}

fn judge(bad: &Bad, ended: &Ended, name: &str) -> Option<String> {
    if ended.err.contains("panicked") || !matches!(ended.code, Some(0 | 3)) {
        return Some("it neither read nor refused".to_owned());
    }
    let seconds = if is_in_full() { SECONDS } else { SECONDS_UNOPTIMISED };
    if ended.took > Duration::from_secs(seconds) {
        return Some(format!("it took {:?}", ended.took));
    }
    if ended.code == Some(3) {
        if matches!(bad.must, Must::Read | Must::Reject) {
            return Some("it refused what it must read".to_owned());
        }
        let mut lines = ended.err.lines().skip_while(|line| !line.starts_with("scrutineer: "));
        let message = lines.next().unwrap_or_default();
        // What is wrong with a member is told by the member's name.
        if !message.contains(name) && !name.ends_with(".zip") {
            return Some(format!("the message does not name {name}"));
        }
        if !lines.next().is_some_and(|line| line.ends_with('.')) {
            return Some("there is no next step".to_owned());
        }
        return match bad.must {
            Must::RefuseAt(place) if !message.contains(place) => Some(format!("the message does not say {place:?}")),
            _ => None,
        };
    }
    if matches!(bad.must, Must::Refuse | Must::RefuseAt(_)) {
        return Some("it was read".to_owned());
    }
    let answer = ended.json();
    let rejects = answer["rejects"].as_array().cloned().unwrap_or_default();
    let is_named = rejects.iter().all(|reject| {
        reject["row"].as_u64().is_some_and(|row| row > 0)
            && ["path", "reason"].iter().all(|field| reject[*field].as_str().is_some_and(|text| !text.is_empty()))
    });
    match bad.must {
        _ if !is_named => Some("a reject lacks its place or its reason".to_owned()),
        Must::Read if !rejects.is_empty() => Some(format!("rejected: {rejects:?}")),
        Must::Reject if rejects.is_empty() => Some("nothing was rejected".to_owned()),
        _ => None,
    }
}

fn shortened(ended: &Ended) -> String {
    let cut = |text: &str| text.chars().take(600).collect::<String>();
    format!("code {:?} after {:?}, said {:?}, answered {:?}", ended.code, ended.took, cut(&ended.err), cut(&ended.out))
}

#[test]
fn every_malformed_input_is_read_or_refused_in_words() {
    let bed = Bed::new();
    let all: Vec<Bad> = inputs::all().into_iter().chain(archives::all()).collect();
    assert!(all.len() >= 300, "only {} inputs", all.len());
    let chosen = all.iter().enumerate().filter(|(number, _)| is_in_full() || number % SHARE == 0);
    let mut tried = 0;
    let mut slowest = (Duration::ZERO, String::new());
    let mut problems = Vec::new();
    for (_, bad) in chosen {
        tried += 1;
        if is_in_full() {
            println!("{}", bad.what);
        }
        let started = std::time::Instant::now();
        problems.extend(bed.problem(bad));
        slowest = slowest.max((started.elapsed(), bad.what.clone()));
    }
    println!("{tried} of {} inputs; the slowest took {:?}: {}", all.len(), slowest.0, slowest.1);
    assert!(problems.is_empty(), "{} of {tried}:\n{}", problems.len(), problems.join("\n"));
}
