//! Nothing leaves the machine, and no key leaves the memory: a whole audit is watched while it runs, and everything it
//! leaves behind is searched.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use testkit::generate::{Options, generate};
use testkit::program::{scrutineer, state_of};
use workflow::Case;

struct Bed {
    root: tempfile::TempDir,
}

impl Bed {
    fn new() -> Self {
        let bed = Self { root: tempfile::tempdir().expect("a folder") };
        let options = Options { votes: 150, tamper: 6, with_audit: true, ..Options::default() };
        generate(&Options { out: bed.path("export"), ..options }).expect("an export");
        bed
    }

    fn path(&self, name: &str) -> PathBuf {
        self.root.path().join(name)
    }

    fn audit(&self, more: &[&str]) -> Vec<String> {
        let shown = |name: &str| self.path(name).display().to_string();
        let mut words = vec!["audit".to_owned(), shown("export"), "--keys".to_owned(), shown("export/keys.env")];
        words.extend(["--out".to_owned(), shown("report")]);
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    }
}

/// Lines of a system call log that speak of the internet.
fn internet(log: &Path) -> Vec<String> {
    let text = fs::read_to_string(log).expect("a log");
    text.lines().filter(|line| line.contains("AF_INET")).map(str::to_owned).collect()
}

#[test]
fn an_audit_opens_no_connection() {
    let bed = Bed::new();
    let log = bed.path("calls.log");
    let watch = ["-f", "-e", "trace=network", "-o", log.to_str().expect("a plain name")];
    // The watch itself must be able to see one, or it proves nothing. Nobody listens there; the attempt is what counts.
    let control = Command::new("strace").args(watch).args(["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/9"]).output();
    if control.is_err() || !log.is_file() || internet(&log).is_empty() {
        println!("left out: there is no strace here that can watch a program");
        return;
    }
    scrutineer(bed.audit(&[])).behind("strace", watch).end().expect(1);
    assert!(bed.path("report/report.pdf").is_file(), "the whole audit ran");
    assert_eq!(internet(&log), Vec::<String>::new());
}

#[test]
fn no_key_is_left_anywhere() {
    let bed = Bed::new();
    let keys = fs::read_to_string(bed.path("export/keys.env")).expect("keys");
    let secrets: Vec<Vec<u8>> =
        keys.lines().filter_map(|line| line.split_once('=')).flat_map(|(_, key)| forms(key)).collect();
    assert_eq!(secrets.len(), 2 * 5);
    let temporary = bed.path("temporary");
    fs::create_dir(&temporary).expect("a folder");

    let case = bed.path("case.scrutineer");
    let shown = case.display().to_string();
    let first = scrutineer(bed.audit(&["--case", &shown, "--json"])).with_temporary(&temporary).end().expect(1);
    // A case that stays open elsewhere keeps its journal: what later acts write is there to be searched.
    let open = Case::open(&case).expect("opens");
    let keys = bed.path("export/keys.env").display().to_string();
    let id = testkit::json(&bed.path("export/elections.json"))[0]["id"].as_str().expect("an id").to_owned();
    let verified = scrutineer(["verify", &shown, "--keys", &keys]).with_temporary(&temporary).end().expect(1);
    let origin = scrutineer(["forensics", &shown, "--election", &id, "--keys", &keys]).end().expect(0);
    let ledger = scrutineer(["ledger", &shown]).end().expect(0);
    assert!(bed.path("case.scrutineer-wal").metadata().is_ok_and(|wal| wal.len() > 0), "the journal is there");

    let mut searched = 0;
    for ended in [&first, &verified, &origin, &ledger] {
        for text in [&ended.out, &ended.err] {
            assert_eq!(hit(text.as_bytes(), &secrets), None, "{text}");
        }
    }
    let mut folders = vec![bed.root.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("keys.env") {
                let bytes = fs::read(&path).expect("a file");
                assert_eq!(hit(&bytes, &secrets), None, "{}", path.display());
                searched += 1;
            }
        }
    }
    assert!(searched > 10, "{searched} files");
    assert_eq!(fs::read_dir(&temporary).expect("a folder").count(), 0, "temporary files are gone");
    // The search itself must be able to find one.
    assert!(hit(&fs::read(bed.path("export/keys.env")).expect("keys"), &secrets).is_some());
    drop(open);
    assert!(state_of(&case).is_verified);
}

fn hit(bytes: &[u8], secrets: &[Vec<u8>]) -> Option<String> {
    secrets
        .iter()
        .find(|secret| bytes.windows(secret.len()).any(|window| window == secret.as_slice()))
        .map(|secret| String::from_utf8_lossy(secret).into_owned())
}

/// A key as itself, as hex in both cases, and as base64 in both alphabets.
fn forms(key: &str) -> Vec<Vec<u8>> {
    let hex = domain::digest::encode_hex(key.as_bytes());
    let standard = base64(key.as_bytes(), b"+/");
    let for_addresses = base64(key.as_bytes(), b"-_");
    vec![key.as_bytes().to_owned(), hex.to_uppercase().into_bytes(), hex.into_bytes(), standard, for_addresses]
}

/// Without the last letters, which depend on what follows.
fn base64(bytes: &[u8], last_two: &[u8; 2]) -> Vec<u8> {
    let alphabet: Vec<u8> = (b'A'..=b'Z').chain(b'a'..=b'z').chain(b'0'..=b'9').chain(*last_two).collect();
    let mut out = Vec::new();
    for three in bytes.chunks_exact(3) {
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        out.extend([18, 12, 6, 0].map(|shift| alphabet[((bits >> shift) & 63) as usize]));
    }
    out
}
