//! The real `scrutineer` command, driven from outside: what it prints, how it ends, how long it may take and how much
//! memory it may use.

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longest that a command may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_secs(90);

/// The environment variable that makes the journeys run in full (`cargo xtask harden`).
pub const IN_FULL: &str = "SCRUTINEER_HARDEN";

/// True where everything is to be tried, not only a small part.
pub fn is_in_full() -> bool {
    std::env::var_os(IN_FULL).is_some_and(|value| !value.is_empty())
}

/// The command as it was built: named by `SCRUTINEER_COMMAND`, else built now beside this test.
///
/// # Panics
/// Where it cannot be built.
pub fn path() -> &'static Path {
    static COMMAND: OnceLock<PathBuf> = OnceLock::new();
    COMMAND.get_or_init(|| {
        if let Some(path) = std::env::var_os("SCRUTINEER_COMMAND") {
            return path.into();
        }
        let own = std::env::current_exe().expect("this test lies somewhere");
        let folder = own.ancestors().nth(2).expect("a target folder").to_owned();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut build = Command::new(cargo);
        build.args(["build", "--quiet", "--locked", "--bin", "scrutineer"]).current_dir(root);
        if folder.ends_with("release") {
            build.arg("--release");
        }
        assert!(build.status().expect("cargo starts").success(), "the command does not build");
        folder.join(format!("scrutineer{}", std::env::consts::EXE_SUFFIX))
    })
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; none where a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
    /// How long it took.
    pub took: Duration,
}

impl Ended {
    /// The answer as JSON.
    ///
    /// # Panics
    /// Where it is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts that the command ended with `code`.
    ///
    /// # Panics
    /// Where it did not.
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Asserts a refusal as it must be: exit code 3, a message that starts with the program's name, a next step on a line
    /// of its own, and no panic.
    ///
    /// # Panics
    /// Where it is otherwise.
    pub fn expect_refusal(self) -> Self {
        assert!(!self.err.contains("panicked"), "{self:?}");
        assert_eq!(self.code, Some(3), "{self:?}");
        let message = self.err.lines().position(|line| line.starts_with("scrutineer: "));
        let next_step = message.and_then(|at| self.err.lines().nth(at + 1));
        assert!(next_step.is_some_and(|line| line.ends_with('.')), "a message and a next step are missing: {self:?}");
        self
    }
}

/// A command that has not started yet.
pub struct Run(Command);

/// `scrutineer` with arguments. It sees no keys of this machine's environment.
pub fn scrutineer<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Run {
    let mut command = Command::new(path());
    command.args(arguments);
    Run(quiet(command))
}

/// Leaves keys and colours of this machine out.
fn quiet(mut command: Command) -> Command {
    for name in ["VOTE_SIGNING_KEY", "AUDIT_LOG_SIGNING_KEY", "SECRET_KEY", "AUDIT_LOG_LEGACY_MAX_ID"] {
        command.env_remove(name);
    }
    // Whoever runs the tests keeps the own signing identity.
    command.env("SCRUTINEER_IDENTITY", std::env::temp_dir().join("scrutineer-tests-signing-identity"));
    command.env_remove("RUST_BACKTRACE").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

impl Run {
    /// Lets the command write at most so many bytes of memory of its own (Linux; elsewhere it has no bound).
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        if !cfg!(target_os = "linux") {
            return self;
        }
        let mut bounded = Command::new("prlimit");
        bounded.arg(format!("--data={bytes}")).arg("--").arg(self.0.get_program()).args(self.0.get_args());
        Self(quiet(bounded))
    }

    /// Temporary files go into this folder.
    #[must_use]
    pub fn with_temporary(mut self, folder: &Path) -> Self {
        self.0.env("TMPDIR", folder);
        self
    }

    /// Another program in front: its own arguments first, then the command with its arguments.
    #[must_use]
    pub fn behind<S: AsRef<OsStr>>(self, program: &str, arguments: impl IntoIterator<Item = S>) -> Self {
        let mut outer = Command::new(program);
        outer.args(arguments).arg(self.0.get_program()).args(self.0.get_args());
        Self(quiet(outer))
    }

    /// Starts the command without waiting for it.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn start(mut self) -> Child {
        self.0.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.0))
    }

    /// Runs the command to its end.
    ///
    /// # Panics
    /// Where it does not start.
    pub fn end(self) -> Ended {
        finish(self.start())
    }
}

/// Waits for a started command, and kills it where it hangs.
///
/// # Panics
/// Where the system does not answer.
pub fn finish(mut child: Child) -> Ended {
    let started = Instant::now();
    let out = drain(child.stdout.take());
    let err = drain(child.stderr.take());
    let status = loop {
        if let Some(status) = child.try_wait().expect("a child of ours") {
            break status;
        }
        if started.elapsed() > PATIENCE {
            // It ends like one that a signal ended, after a time that nobody takes for well.
            let _ = child.kill();
        }
        thread::sleep(Duration::from_millis(2));
    };
    Ended {
        code: status.code(),
        out: out.join().unwrap_or_default(),
        err: err.join().unwrap_or_default(),
        took: started.elapsed(),
    }
}

fn drain(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            // A pipe that breaks has said all it had to say.
            let _ = pipe.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// What must not change while a command is refused: the acts of a case, its votes and its entries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Newest ledger hash.
    pub head: String,
    /// Ledger entries.
    pub acts: u64,
    /// Votes.
    pub votes: u64,
    /// Audit entries.
    pub audit_entries: u64,
    /// Evidence files.
    pub files: u64,
    /// True once it was verified.
    pub is_verified: bool,
}

/// Opens a case and says what it holds; the ledger is verified by opening.
///
/// # Panics
/// Where the case does not open.
pub fn state_of(case: &Path) -> State {
    let answer =
        scrutineer([OsStr::new("case"), "info".as_ref(), case.as_ref(), "--json".as_ref()]).end().expect(0).json();
    let number = |value: &Value| value.as_u64().expect("a number");
    State {
        head: answer["ledger"]["head"].as_str().expect("a head").to_owned(),
        acts: number(&answer["ledger"]["entries"]),
        votes: number(&answer["votes"]),
        audit_entries: number(&answer["audit_entries"]),
        files: number(&answer["evidence_files"]),
        is_verified: answer["is_verified"].as_bool().expect("a claim"),
    }
}

/// Asserts that the ledger verifies and the kept evidence fits it.
///
/// # Panics
/// Where it does not.
pub fn assert_sound(case: &Path) {
    scrutineer([OsStr::new("case"), "verify".as_ref(), case.as_ref()]).end().expect(0);
}
