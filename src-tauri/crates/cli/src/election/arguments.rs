//! Options of `scrutineer election`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

/// Who acts in which case.
#[derive(Debug, Args)]
pub(crate) struct Acting {
    /// The case.
    pub(crate) case: PathBuf,
    /// Who acts: the name of an account.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) person: String,
    /// Second person, for acts that need two.
    #[arg(long, value_name = "NAME")]
    pub(crate) second: Option<String>,
    /// Goes on although an open incident holds the act back: why. Needs a second person; the result names it.
    #[arg(long, value_name = "REASON", requires = "second")]
    pub(crate) override_lock: Option<String>,
    /// Passphrases: lines NAME=passphrase or a JSON object; the name `case` is the passphrase of the case. Asked for at the terminal
    /// where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrases: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who acts on which election.
#[derive(Debug, Args)]
pub(crate) struct ActingOn {
    #[command(flatten)]
    pub(crate) acting: Acting,
    /// The election.
    #[arg(long, value_name = "ID")]
    pub(crate) election: String,
}

/// An election that is only looked at.
#[derive(Debug, Args)]
pub(crate) struct Looking {
    /// The case.
    pub(crate) case: PathBuf,
    /// The election.
    #[arg(long, value_name = "ID")]
    pub(crate) election: String,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Roles of accounts.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RoleName {
    /// Sets up elections and answers for every act.
    Administrator,
    /// Serves voters.
    Clerk,
    /// Reads and changes nothing.
    Auditor,
    /// Approves, attests, certifies.
    Witness,
}

/// What a candidate answered.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum AnswerName {
    /// Stands.
    Accepted,
    /// Does not stand.
    Declined,
    /// Stood down.
    Withdrawn,
}

/// Forms of a publication.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormName {
    /// Every ballot with its choices.
    Full,
    /// Codes and choices apart.
    Sealed,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ElectionCommand {
    /// Adds accounts; the first one is an administrator and comes with the passphrase of the case.
    #[command(after_help = "Example: scrutineer election account club.scrutineer --as Anna --name Ben --role witness")]
    Account {
        #[command(flatten)]
        acting: Acting,
        /// Name of the account to add or change; the person who acts where absent, for the first account.
        #[arg(long)]
        name: Option<String>,
        /// Role.
        #[arg(long, value_enum, default_value = "administrator")]
        role: RoleName,
        /// Switches the account off.
        #[arg(long)]
        off: bool,
    },
    /// Lists the elections of a case.
    List {
        /// The case.
        case: PathBuf,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Prints an example of a setup, to be changed and given to `new`.
    Template,
    /// Lists the counting rules that contests may name.
    Methods,
    /// Makes an election as a draft.
    #[command(after_help = "Example: scrutineer election new club.scrutineer --as Anna --setup board.json")]
    New {
        #[command(flatten)]
        acting: Acting,
        /// Title, where no setup is given.
        #[arg(long, required_unless_present = "setup")]
        title: Option<String>,
        /// The setup, JSON; `election template` prints one.
        #[arg(long, value_name = "FILE")]
        setup: Option<PathBuf>,
    },
    /// Puts another setup in place of a draft's.
    Set {
        #[command(flatten)]
        on: ActingOn,
        /// The setup, JSON; `election setup` prints the one there is.
        #[arg(long, value_name = "FILE")]
        setup: PathBuf,
    },
    /// Prints the setup of an election.
    Setup(Looking),
    /// Brings in the roll from CSV, all or nothing.
    #[command(
        after_help = "Example: scrutineer election roll club.scrutineer --as Anna --election ID --csv members.csv --column voter=Number"
    )]
    Roll {
        #[command(flatten)]
        on: ActingOn,
        /// The file.
        #[arg(long, value_name = "FILE")]
        csv: PathBuf,
        /// Which column holds what: voter, name, email, address, weight or groups = column.
        #[arg(long = "column", value_name = "WHAT=COLUMN")]
        columns: Vec<String>,
        /// Only shows what would come in.
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists what is missing before the election can open.
    Check(Looking),
    /// Begins or ends nominations.
    Nominations {
        #[command(flatten)]
        on: ActingOn,
        /// Ends them.
        #[arg(long)]
        end: bool,
    },
    /// Names a candidate.
    Nominate {
        #[command(flatten)]
        on: ActingOn,
        /// Contest.
        #[arg(long)]
        contest: String,
        /// Id of the candidate.
        #[arg(long)]
        id: String,
        /// Name on the ballot paper.
        #[arg(long)]
        name: String,
        /// Number on the roll.
        #[arg(long, default_value = "")]
        voter: String,
        /// Number on the roll of the person who names them.
        #[arg(long, default_value = "")]
        by: String,
    },
    /// Notes what a candidate answered.
    Answer {
        #[command(flatten)]
        on: ActingOn,
        /// Candidate.
        #[arg(long)]
        candidate: String,
        /// The answer.
        #[arg(long, value_enum)]
        answer: AnswerName,
    },
    /// Lets one person on the roll vote for another, or takes that back.
    Proxy {
        #[command(flatten)]
        on: ActingOn,
        /// Whose vote.
        #[arg(long, required_unless_present = "revoke")]
        voter: Option<String>,
        /// Who casts it.
        #[arg(long, required_unless_present = "revoke")]
        proxy: Option<String>,
        /// Why.
        #[arg(long, required_unless_present = "revoke")]
        reason: Option<String>,
        /// Number of the proxy to take back.
        #[arg(long, conflicts_with_all = ["voter", "proxy", "reason"])]
        revoke: Option<i64>,
    },
    /// Opens the election and issues credentials.
    Open(ActingOn),
    /// Prints credential letters, and writes them for a mail merge or as mails.
    #[command(
        after_help = "Example: scrutineer election letters club.scrutineer --as Anna --election ID --pdf letters.pdf"
    )]
    Letters {
        #[command(flatten)]
        on: ActingOn,
        /// One letter a page.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// One row a letter.
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
        /// One mail a voter with an address.
        #[arg(long, value_name = "DIR")]
        eml: Option<PathBuf>,
    },
    /// Withdraws a voter's credential and prints another one.
    Reissue {
        #[command(flatten)]
        on: ActingOn,
        /// Number on the roll.
        #[arg(long)]
        voter: String,
    },
    /// Casts ballots from a file, one JSON object a line: {"credential": "...", "choices": {"contest": ["candidate"]}}.
    #[command(
        after_help = "Example: scrutineer election cast club.scrutineer --as Cleo --election ID --ballots desk.jsonl --json"
    )]
    Cast {
        #[command(flatten)]
        on: ActingOn,
        /// The file; `-` for standard input.
        #[arg(long, value_name = "FILE")]
        ballots: PathBuf,
    },
    /// Enters, attests, voids or lists batches of paper ballots.
    Paper {
        #[command(subcommand)]
        command: PaperCommand,
    },
    /// Moves the end of voting later.
    Extend {
        #[command(flatten)]
        on: ActingOn,
        /// New end, such as 2026-11-21T18:00:00+01:00.
        #[arg(long)]
        end: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Leaves a vote out of the count; it is kept and shown.
    ExcludeVote {
        #[command(flatten)]
        on: ActingOn,
        /// Receipt code, or place in the chain.
        #[arg(long, value_name = "ID")]
        vote: String,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Lets a written-in name mean a candidate or another name.
    MergeWriteIns {
        #[command(flatten)]
        on: ActingOn,
        /// Contest.
        #[arg(long)]
        contest: String,
        /// The name as written.
        #[arg(long)]
        name: String,
        /// Candidate id, or `=` and a written-in name.
        #[arg(long)]
        into: String,
    },
    /// Looks at every ballot again: content, chain, signature, seal. For administrators and auditors.
    Integrity(ActingOn),
    /// Everything about an election: ballots, participation by the hour, acts. For administrators and auditors.
    Forensics(ActingOn),
    /// Shows what is looked at before closing.
    PreClose {
        #[command(flatten)]
        look: Looking,
        /// The page with its checklist.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
    },
    /// Ends voting; in a secret election destroys what leads from voters to ballots.
    Close {
        #[command(flatten)]
        on: ActingOn,
        /// Id or title, typed again.
        #[arg(long, value_name = "TEXT")]
        confirm: String,
        /// Why voting ends before the announced end.
        #[arg(long, value_name = "TEXT")]
        early_reason: Option<String>,
        /// Counts at once.
        #[arg(long)]
        count: bool,
    },
    /// Counts a closed election.
    Count(ActingOn),
    /// Prints the result.
    Result {
        #[command(flatten)]
        look: Looking,
        /// The result with all rounds.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// One CSV for each table.
        #[arg(long, value_name = "DIR")]
        csv: Option<PathBuf>,
    },
    /// Prints the ballot paper, as a specimen until the election is open.
    Ballot {
        #[command(flatten)]
        look: Looking,
        /// Where it goes.
        #[arg(long, value_name = "FILE")]
        pdf: PathBuf,
    },
    /// Two people certify the result.
    Certify {
        #[command(flatten)]
        on: ActingOn,
        /// Certificate with signature lines.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
    },
    /// Makes the signing key public.
    RevealKey(ActingOn),
    /// Shows what a publication could give away.
    PrivacyGuard(Looking),
    /// Publishes the certified result: files that anybody can verify.
    Publish {
        #[command(flatten)]
        on: ActingOn,
        /// Where the files go.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// In which form; the one that the privacy guard advises where absent.
        #[arg(long, value_enum)]
        form: Option<FormName>,
        /// Publishes in the chosen form although the guard advises another.
        #[arg(long)]
        accept_risks: bool,
    },
    /// Sets an election back: closed to open where ballots are identified, open to draft before the first ballot.
    RollBack {
        #[command(flatten)]
        on: ActingOn,
        /// Why.
        #[arg(long)]
        reason: String,
        /// New end of voting.
        #[arg(long)]
        end: Option<String>,
    },
    /// Gives an election up before it is certified.
    Cancel {
        #[command(flatten)]
        on: ActingOn,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Removes a draft.
    Delete(ActingOn),
    /// Copies rules and roll into a new draft.
    Clone {
        #[command(flatten)]
        on: ActingOn,
        /// Title of the copy.
        #[arg(long)]
        title: Option<String>,
    },
    /// Prepares, lists, writes out or confirms notices.
    Notice {
        #[command(subcommand)]
        command: NoticeCommand,
    },
    /// Shows where an election stands.
    Status(Looking),
    /// Does what is due: closes elections whose end has passed, counts closed ones.
    Advance {
        #[command(flatten)]
        acting: Acting,
        /// Only shows what is due.
        #[arg(long)]
        dry_run: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PaperCommand {
    /// Notes that a voter was handed a paper ballot; the credential is withdrawn.
    HandOut {
        #[command(flatten)]
        on: ActingOn,
        /// Number on the roll.
        #[arg(long)]
        voter: String,
    },
    /// Enters a batch, a first time or, with its number, a second time by another person.
    #[command(after_help = "The file is a JSON list: [{\"choices\": {\"chair\": [\"a\"]}, \"count\": 12}, ...]")]
    Enter {
        #[command(flatten)]
        on: ActingOn,
        /// The batch; a new one where absent.
        #[arg(long)]
        batch: Option<u64>,
        /// What a new batch is called.
        #[arg(long, default_value = "")]
        label: String,
        /// The ballots.
        #[arg(long, value_name = "FILE")]
        ballots: PathBuf,
    },
    /// Attests a batch.
    Attest {
        #[command(flatten)]
        on: ActingOn,
        /// The batch.
        #[arg(long)]
        batch: u64,
    },
    /// Voids a batch.
    Void {
        #[command(flatten)]
        on: ActingOn,
        /// The batch.
        #[arg(long)]
        batch: u64,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lists the batches.
    List(Looking),
}

#[derive(Debug, Subcommand)]
pub(crate) enum NoticeCommand {
    /// Prepares a notice from a template.
    #[command(
        after_help = "Example: scrutineer election notice prepare club.scrutineer --as Anna --election ID --template voter-extension --value reason=\"The hall was locked until noon\""
    )]
    Prepare {
        #[command(flatten)]
        on: ActingOn,
        /// Template.
        #[arg(long)]
        template: String,
        /// Values that the election itself does not know.
        #[arg(long = "value", value_name = "NAME=TEXT")]
        values: Vec<String>,
    },
    /// Writes the messages of a notice as .eml files.
    Write {
        #[command(flatten)]
        on: ActingOn,
        /// Number of the notice.
        #[arg(long)]
        notice: i64,
        /// Where they go.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Says that a notice went out.
    Confirm {
        #[command(flatten)]
        on: ActingOn,
        /// Number of the notice.
        #[arg(long)]
        notice: i64,
        /// How many went out.
        #[arg(long)]
        sent: u64,
        /// How many failed.
        #[arg(long, default_value_t = 0)]
        failed: u64,
        /// How many were skipped.
        #[arg(long, default_value_t = 0)]
        skipped: u64,
    },
    /// Lists the outbox.
    List(Looking),
}
