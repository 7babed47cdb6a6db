//! Options of `scrutineer incident`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use workflow::domain::incident::{
    EntryKind, GuardedAct, IncidentCategory, IncidentSeverity, IncidentStatus, StepState,
};
use workflow::domain::{FindingCode, Instant};

use super::kinds;

/// Who acts in which case, with which playbooks.
#[derive(Debug, Args)]
pub(crate) struct Desk {
    /// The case.
    pub(crate) case: PathBuf,
    /// Who acts: the name of an account. In a case without accounts the user of this machine acts.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Second person, where two are needed.
    #[arg(long, value_name = "NAME")]
    pub(crate) second: Option<String>,
    /// Passphrases: lines NAME=passphrase or a JSON object. Asked for at the terminal where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrases: Option<PathBuf>,
    /// Folder with the office's own playbooks and lists.
    #[arg(long, value_name = "DIR")]
    pub(crate) playbooks: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Who acts in which incident.
#[derive(Debug, Args)]
pub(crate) struct On {
    #[command(flatten)]
    pub(crate) desk: Desk,
    /// The incident, INC-YYYY-MM-DD-NNN.
    #[arg(long, value_name = "INC")]
    pub(crate) id: String,
}

/// How grave an action item is.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PriorityName {
    /// Before the next election.
    High,
    /// Soon.
    Medium,
    /// When there is time.
    Low,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IncidentCommand {
    /// Writes down what reached the office, before anything is declared.
    #[command(after_help = "Example: scrutineer incident report club.scrutineer --title \"A member cannot sign in\"")]
    Report {
        #[command(flatten)]
        desk: Desk,
        /// One line.
        #[arg(long)]
        title: String,
        /// What was told.
        #[arg(long, default_value = "")]
        description: String,
        /// Elections concerned.
        #[arg(long = "election", value_name = "ID")]
        elections: Vec<String>,
        /// Who told it.
        #[arg(long, default_value = "")]
        reporter: String,
    },
    /// Declares an incident: clocks run and guards hold from now on.
    #[command(
        after_help = "Examples:\n  scrutineer incident declare club.scrutineer --title \"Votes look altered\" --finding S101 --election ID\n  scrutineer incident declare club.scrutineer --title \"Mail fails\" --playbook email-failure --severity medium"
    )]
    Declare(Box<DeclareArguments>),
    /// Lists the incidents of a case.
    #[command(after_help = "Example: scrutineer incident list club.scrutineer --json")]
    List(Desk),
    /// Shows an incident: status, clocks, steps, checklists, guards, what is left to do.
    #[command(after_help = "Example: scrutineer incident show club.scrutineer --id INC-2026-11-21-001")]
    Show {
        #[command(flatten)]
        on: On,
        /// Shows the whole timeline.
        #[arg(long)]
        timeline: bool,
    },
    /// Adds an entry to the timeline, or any record given as JSON.
    #[command(
        after_help = "Examples:\n  scrutineer incident record club.scrutineer --id INC --text \"The printer is out of paper\"\n  scrutineer incident record club.scrutineer --id INC --event '{\"cause_found\":{\"text\":\"an expired certificate\"}}'"
    )]
    Record {
        #[command(flatten)]
        on: On,
        /// What the entry tells.
        #[arg(long, required_unless_present = "event")]
        text: Option<String>,
        /// What kind of entry.
        #[arg(long, value_parser = kinds::entry_kind(), default_value = "fact")]
        kind: EntryKind,
        /// What it points at, for example finding=S101 or vote=ID.
        #[arg(long = "link", value_name = "KIND=ID", value_parser = kinds::pair)]
        links: Vec<(String, String)>,
        /// A record as JSON.
        #[arg(long, value_name = "JSON", conflicts_with_all = ["text", "links"])]
        event: Option<String>,
        /// When it happened; now where absent.
        #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
        at: Option<Instant>,
    },
    /// Changes a step of a playbook, or runs what it names.
    #[command(
        after_help = "Examples:\n  scrutineer incident step club.scrutineer --id INC --step preserve-first --run\n  scrutineer incident step club.scrutineer --id INC --step assess --result \"Only the newsletter is affected\""
    )]
    Step {
        #[command(flatten)]
        on: On,
        /// The step.
        #[arg(long)]
        step: String,
        /// Its playbook, where the incident follows several.
        #[arg(long)]
        playbook: Option<String>,
        /// Runs the check or act that the step names.
        #[arg(long)]
        run: bool,
        /// To what; done where absent.
        #[arg(long, value_parser = kinds::step_state())]
        state: Option<StepState>,
        /// What came out.
        #[arg(long, default_value = "")]
        result: String,
        /// Why it is skipped or opened again.
        #[arg(long, default_value = "")]
        reason: String,
        /// Evidence that belongs to it.
        #[arg(long = "evidence", value_name = "EV")]
        evidence: Vec<String>,
        /// Messages that were sent.
        #[arg(long = "message", value_name = "M")]
        messages: Vec<String>,
        /// Checks that were run.
        #[arg(long = "check", value_name = "CHK")]
        checks: Vec<String>,
    },
    /// Ticks an item of a checklist.
    Tick {
        #[command(flatten)]
        on: On,
        /// The checklist.
        #[arg(long)]
        list: String,
        /// The item.
        #[arg(long)]
        item: String,
        /// Takes the tick back.
        #[arg(long)]
        undo: bool,
        /// A word about it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Runs a check and writes its outcome into the timeline. Exit code 1 where it failed.
    #[command(
        after_help = "Example: scrutineer incident check club.scrutineer --id INC --function check.all_integrity"
    )]
    Check {
        #[command(flatten)]
        on: On,
        /// The check.
        #[arg(long)]
        function: String,
        /// Only this election.
        #[arg(long, value_name = "ID")]
        election: Option<String>,
    },
    /// Takes a decision that a playbook asks for.
    #[command(
        after_help = "Example: scrutineer incident decide club.scrutineer --id INC --decision after-retry --option yes --reason \"It worked\""
    )]
    Decide {
        #[command(flatten)]
        on: On,
        /// Its playbook, where the incident follows several.
        #[arg(long, default_value = "")]
        playbook: String,
        /// The decision.
        #[arg(long)]
        decision: String,
        /// The option.
        #[arg(long)]
        option: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Evidence it rests on.
        #[arg(long = "evidence", value_name = "EV")]
        evidence: Vec<String>,
        /// Id or name of the election, typed, for what cannot be taken back.
        #[arg(long, value_name = "TEXT")]
        confirm: Option<String>,
        /// Accepts the consequence that was shown.
        #[arg(long)]
        accept_consequence: bool,
    },
    /// Holds acts on an election back.
    Hold {
        #[command(flatten)]
        on: On,
        /// What is held back; close, count, certify and publish where absent.
        #[arg(long = "act", value_parser = kinds::act())]
        acts: Vec<GuardedAct>,
        /// Only this election.
        #[arg(long, value_name = "ID")]
        election: Option<String>,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lifts a hold or a guard; needs a second person.
    Release {
        #[command(flatten)]
        on: On,
        /// The hold or guard.
        #[arg(long)]
        guard: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Notes that two people go on although a guard holds, for an election that is not run here.
    Override {
        #[command(flatten)]
        on: On,
        /// The hold or guard.
        #[arg(long)]
        guard: String,
        /// The act.
        #[arg(long, value_parser = kinds::act())]
        act: GuardedAct,
        /// The election.
        #[arg(long, value_name = "ID")]
        election: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Gives a role to a person.
    Role {
        #[command(flatten)]
        on: On,
        /// The role.
        #[arg(long)]
        role: String,
        /// Who; nobody where absent.
        #[arg(long)]
        person: Option<String>,
    },
    /// Changes the severity; lowering needs a reason.
    Severity {
        #[command(flatten)]
        on: On,
        /// To what.
        #[arg(long, value_parser = kinds::severity())]
        to: IncidentSeverity,
        /// As a precaution.
        #[arg(long)]
        provisional: bool,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Says that the first responder answers.
    Acknowledge(On),
    /// Names the cause.
    Cause {
        #[command(flatten)]
        on: On,
        /// What it is.
        #[arg(long)]
        text: String,
    },
    /// Takes up one more playbook, or adds an election that is concerned too.
    #[command(group = clap::ArgGroup::new("what").required(true).args(["playbook", "election"]))]
    Add {
        #[command(flatten)]
        on: On,
        /// The playbook.
        #[arg(long)]
        playbook: Option<String>,
        /// The election.
        #[arg(long, value_name = "ID")]
        election: Option<String>,
    },
    /// Takes, lists, verifies, searches, exports and seals evidence.
    Evidence {
        #[command(subcommand)]
        command: EvidenceCommand,
    },
    /// Prepares, approves, writes out and confirms messages.
    Notice {
        #[command(subcommand)]
        command: NoticeCommand,
    },
    /// Notes that the next level of the ladder was called, or that somebody took it.
    #[command(
        after_help = "Example: scrutineer incident escalate club.scrutineer --id INC --reason \"No answer for 15 minutes\""
    )]
    Escalate {
        #[command(flatten)]
        on: On,
        /// The level; the next one where absent, 0 beside the ladder.
        #[arg(long)]
        level: Option<u32>,
        /// Who was called; the contact of the level where absent.
        #[arg(long)]
        person: Option<String>,
        /// By which way.
        #[arg(long, default_value = "telephone")]
        method: String,
        /// Why.
        #[arg(long, required_unless_present = "taken")]
        reason: Option<String>,
        /// Says that the person took it.
        #[arg(long, requires_all = ["level", "person"])]
        taken: bool,
    },
    /// Sets the status.
    Status {
        #[command(flatten)]
        on: On,
        /// To what.
        #[arg(long, value_parser = kinds::status())]
        to: IncidentStatus,
        /// Why; needed for a step back.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Says that it is over; guards are released.
    Resolve {
        #[command(flatten)]
        on: On,
        /// How it ended.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Plans, holds or signs the review, or writes one of its texts.
    #[command(
        after_help = "Examples:\n  scrutineer incident review club.scrutineer --id INC --held Anna --held Ben\n  scrutineer incident review club.scrutineer --id INC --section lessons --text \"Test the mail before opening\""
    )]
    Review {
        #[command(flatten)]
        on: On,
        /// Plans it for this time.
        #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
        plan: Option<Instant>,
        /// It was held; who took part.
        #[arg(long = "held", value_name = "NAME")]
        held: Vec<String>,
        /// Signs it, as what.
        #[arg(long, value_name = "ROLE")]
        sign: Option<String>,
        /// Report that a text belongs to.
        #[arg(long, default_value = "post-mortem")]
        report: String,
        /// Section that a text belongs to.
        #[arg(long, requires = "text")]
        section: Option<String>,
        /// The text.
        #[arg(long, requires = "section")]
        text: Option<String>,
    },
    /// Adds an action item, or says that one is done or given up.
    #[command(group = clap::ArgGroup::new("what").required(true).args(["text", "done", "drop"]))]
    Action {
        #[command(flatten)]
        on: On,
        /// What is to be done.
        #[arg(long, requires = "owner")]
        text: Option<String>,
        /// Who does it.
        #[arg(long)]
        owner: Option<String>,
        /// How grave.
        #[arg(long, value_enum, default_value = "medium")]
        priority: PriorityName,
        /// Until when; 30 days where absent.
        #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
        due: Option<Instant>,
        /// The item that is done.
        #[arg(long, value_name = "A", requires = "reason")]
        done: Option<String>,
        /// The item that is given up.
        #[arg(long, value_name = "A", requires = "reason")]
        drop: Option<String>,
        /// What shows that it is done, or why it is given up.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Confirms one of the sentences under which the incident may be closed.
    Confirm {
        #[command(flatten)]
        on: On,
        /// Its playbook, where the incident follows several.
        #[arg(long)]
        playbook: Option<String>,
        /// Place in the list, from 1; `show` lists them.
        #[arg(long)]
        condition: usize,
        /// A word about it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Closes the incident; refused with everything that is left to do.
    Close(On),
    /// Prints a document as PDF, with a CSV for each of its tables; lists the documents where none is named.
    #[command(
        after_help = "Examples:\n  scrutineer incident print club.scrutineer --document one-page --id INC-2026-11-21-001 --pdf page.pdf\n  scrutineer incident print club.scrutineer --document incident-report --id INC-2026-11-21-001 --pdf report.pdf --csv tables/ --redact\n  scrutineer incident print club.scrutineer --document quick-reference --playbook email-failure --pdf wall.pdf"
    )]
    Print(Box<PrintArguments>),
    /// Writes the evidence bundle: evidence untouched, journal, report, custody sheet and ledger, signed. It leaves the locker with
    /// it, which the custody log tells.
    #[command(
        after_help = "Example: scrutineer incident bundle club.scrutineer --id INC-2026-11-21-001 -o incident.zip"
    )]
    Bundle {
        #[command(flatten)]
        on: On,
        /// Where the bundle goes.
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Computes metrics over the incidents of one or several cases.
    #[command(
        after_help = "Example: scrutineer incident metrics 2025.scrutineer 2026.scrutineer --csv metrics/ --pdf metrics.pdf"
    )]
    Metrics {
        /// The cases.
        #[arg(required = true, value_name = "CASE")]
        cases: Vec<PathBuf>,
        /// Folder with the office's own playbooks and lists.
        #[arg(long, value_name = "DIR")]
        playbooks: Option<PathBuf>,
        /// Writes metrics.csv and incidents.csv into this folder.
        #[arg(long, value_name = "DIR")]
        csv: Option<PathBuf>,
        /// Prints the report with charts into this file.
        #[arg(long, value_name = "FILE")]
        pdf: Option<PathBuf>,
        /// Only incidents of this month, for the report, such as 2026-11.
        #[arg(long, value_name = "MONTH", requires = "pdf")]
        month: Option<String>,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Lists, shows or checks playbooks.
    #[command(after_help = "Example: scrutineer incident playbooks check our-playbooks/")]
    Playbooks {
        #[command(subcommand)]
        command: PlaybookCommand,
    },
    /// Fills the placeholders of a command for copying; the program runs none of them.
    #[command(
        after_help = "Example: scrutineer incident commands --command logs-app --value namespace=votes --id INC-2026-11-21-001"
    )]
    Commands {
        /// The command; all are listed where absent.
        #[arg(long)]
        command: Option<String>,
        /// Profile of the installation, JSON: {"name": "...", "values": {...}, "use_examples": false}.
        #[arg(long, value_name = "FILE")]
        profile: Option<PathBuf>,
        /// Values of placeholders.
        #[arg(long = "value", value_name = "NAME=TEXT", value_parser = kinds::pair)]
        values: Vec<(String, String)>,
        /// Says that the warning of a destructive command was read.
        #[arg(long)]
        warning_read: bool,
        /// Folder with the office's own playbooks and lists.
        #[arg(long, value_name = "DIR")]
        playbooks: Option<PathBuf>,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Writes the alert rules as a Prometheus rules file.
    #[command(after_help = "Example: scrutineer incident rules -o election-incidents.yml")]
    Rules {
        /// Where it goes; standard output where absent.
        #[arg(short, long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Folder with the office's own playbooks and lists.
        #[arg(long, value_name = "DIR")]
        playbooks: Option<PathBuf>,
    },
    /// Takes an export of Alertmanager or Kubernetes events: the file as evidence, its rows into the timeline.
    #[command(after_help = "Example: scrutineer incident import-alerts club.scrutineer --id INC alerts.json")]
    ImportAlerts {
        #[command(flatten)]
        on: On,
        /// The export.
        file: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct DeclareArguments {
    #[command(flatten)]
    pub(crate) desk: Desk,
    /// One line.
    #[arg(long)]
    pub(crate) title: String,
    /// What is seen, by whom, since when.
    #[arg(long, default_value = "")]
    pub(crate) description: String,
    /// Elections concerned; all may be where absent.
    #[arg(long = "election", value_name = "ID")]
    pub(crate) elections: Vec<String>,
    /// Playbook; the one that fits the finding where absent.
    #[arg(long)]
    pub(crate) playbook: Option<String>,
    /// A finding that it comes from, for example S101.
    #[arg(long, value_name = "CODE", value_parser = kinds::finding)]
    pub(crate) finding: Option<FindingCode>,
    /// Severity; the playbook's, or high, where absent.
    #[arg(long, value_parser = kinds::severity())]
    pub(crate) severity: Option<IncidentSeverity>,
    /// Severity as reported in another scale, for example electra=P1.
    #[arg(long, value_name = "SCALE=LABEL", value_parser = kinds::label)]
    pub(crate) label: Option<(String, String)>,
    /// The severity is a precaution.
    #[arg(long)]
    pub(crate) provisional: bool,
    /// What it is about; the playbook's where absent.
    #[arg(long, value_parser = kinds::category())]
    pub(crate) category: Option<IncidentCategory>,
    /// Who leads.
    #[arg(long)]
    pub(crate) lead: Option<String>,
    /// When it reached the office; now where absent.
    #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
    pub(crate) reported: Option<Instant>,
    /// When the first sign was noticed.
    #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
    pub(crate) detected: Option<Instant>,
    /// System concerned, for the metrics.
    #[arg(long, default_value = "")]
    pub(crate) system: String,
    /// Profile of clocks.
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// An exercise.
    #[arg(long)]
    pub(crate) drill: bool,
    /// An incident that was reported before.
    #[arg(long, value_name = "INC")]
    pub(crate) id: Option<String>,
}

/// Personal data that is blacked out.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum RedactName {
    /// All of them.
    All,
    /// Names of people that the incident, its roles and the contacts know.
    Names,
    /// Mail addresses.
    Emails,
    /// Telephone numbers.
    Phones,
    /// Addresses of computers.
    Addresses,
}

/// What is printed.
#[derive(Debug, Args)]
pub(crate) struct PrintArguments {
    #[command(flatten)]
    pub(crate) desk: Desk,
    /// The document.
    #[arg(long, value_name = "DOCUMENT")]
    pub(crate) document: Option<String>,
    /// The incident, INC-YYYY-MM-DD-NNN.
    #[arg(long, value_name = "INC")]
    pub(crate) id: Option<String>,
    /// The playbook of a quick reference page.
    #[arg(long, value_name = "PLAYBOOK")]
    pub(crate) playbook: Option<String>,
    /// The item of a custody sheet; all where absent.
    #[arg(long, value_name = "EV")]
    pub(crate) item: Option<String>,
    /// The month of the metrics, such as 2026-11; all where absent.
    #[arg(long, value_name = "MONTH")]
    pub(crate) month: Option<String>,
    /// Where the PDF goes.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: Option<PathBuf>,
    /// Folder for a CSV of each table.
    #[arg(long, value_name = "DIR")]
    pub(crate) csv: Option<PathBuf>,
    /// Blacks out personal data; everything where no kind is named.
    #[arg(long, value_enum, value_delimiter = ',', num_args = 0..)]
    pub(crate) redact: Option<Vec<RedactName>>,
    /// Profile of the installation for commands, JSON: {"name": "...", "values": {...}, "use_examples": false}.
    #[arg(long, value_name = "FILE")]
    pub(crate) profile: Option<PathBuf>,
    /// Values of placeholders in commands.
    #[arg(long = "value", value_name = "NAME=TEXT", value_parser = kinds::pair)]
    pub(crate) values: Vec<(String, String)>,
}

/// What is said of evidence.
#[derive(Debug, Args)]
pub(crate) struct AboutArguments {
    /// What it is.
    #[arg(long, default_value = "")]
    pub(crate) what: String,
    /// Why it is kept.
    #[arg(long, default_value = "")]
    pub(crate) why: String,
    /// Person, system or command that it comes from.
    #[arg(long, default_value = "")]
    pub(crate) source: String,
    /// public, internal, personal or voting secret.
    #[arg(long, default_value = "internal")]
    pub(crate) sensitivity: String,
    /// Item of a playbook that it is, as PLAYBOOK/ITEM.
    #[arg(long, value_name = "PLAYBOOK/ITEM")]
    pub(crate) fulfils: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvidenceCommand {
    /// Takes files, or typed text.
    #[command(
        after_help = "Example: scrutineer incident evidence add club.scrutineer --id INC app.log --why \"Errors since noon\""
    )]
    Add {
        #[command(flatten)]
        on: On,
        /// The files.
        #[arg(required_unless_present = "note")]
        files: Vec<PathBuf>,
        /// Typed text.
        #[arg(long, conflicts_with = "files")]
        note: Option<String>,
        #[command(flatten)]
        about: AboutArguments,
    },
    /// Preserves what the case knows: reports, logs with hashes, a note of the time, sealed in one act.
    Preserve(On),
    /// Lists evidence.
    List(On),
    /// Hashes evidence again, one item or all. Exit code 1 where a byte is not as it came.
    Verify {
        #[command(flatten)]
        on: On,
        /// The item.
        #[arg(long, value_name = "EV")]
        item: Option<String>,
    },
    /// Writes an item out.
    Export {
        #[command(flatten)]
        desk: Desk,
        /// The item.
        #[arg(long, value_name = "EV")]
        item: String,
        /// Where it goes.
        #[arg(short, long, value_name = "FILE")]
        out: PathBuf,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Searches a log file of the locker.
    #[command(
        after_help = "Example: scrutineer incident evidence search club.scrutineer --item EV-0002 --text timeout --from 2026-11-21T10:00:00Z"
    )]
    Search {
        #[command(flatten)]
        desk: Desk,
        /// The item.
        #[arg(long, value_name = "EV")]
        item: String,
        /// Text that a line holds.
        #[arg(long, default_value = "")]
        text: String,
        /// Not before.
        #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
        from: Option<Instant>,
        /// Not after.
        #[arg(long, value_name = "TIME", value_parser = kinds::instant)]
        to: Option<Instant>,
        /// Only lines behind this number.
        #[arg(long, default_value_t = 0)]
        after: u64,
        /// At most so many lines.
        #[arg(long, default_value_t = 200)]
        limit: usize,
        /// Why.
        #[arg(long, default_value = "Search")]
        why: String,
    },
    /// Pins a line of a log to the timeline.
    Pin {
        #[command(flatten)]
        desk: Desk,
        /// The item.
        #[arg(long, value_name = "EV")]
        item: String,
        /// The line, from 1.
        #[arg(long)]
        line: u64,
        /// A word about it.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Takes a range of lines of a log as an item of its own.
    Excerpt {
        #[command(flatten)]
        desk: Desk,
        /// The item.
        #[arg(long, value_name = "EV")]
        item: String,
        /// The lines.
        #[arg(long, value_name = "FROM-TO", value_parser = kinds::range)]
        lines: (u64, u64),
        #[command(flatten)]
        about: AboutArguments,
    },
    /// Notes that an item was handed over.
    Transfer {
        #[command(flatten)]
        on: On,
        /// The item.
        #[arg(long, value_name = "EV")]
        item: String,
        /// From whom.
        #[arg(long)]
        from: String,
        /// To whom.
        #[arg(long)]
        to: String,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Says why required evidence is missing.
    Explain {
        #[command(flatten)]
        on: On,
        /// PLAYBOOK/ITEM.
        #[arg(long)]
        item: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Seals all evidence of an incident under a manifest.
    Seal(On),
    /// Shows every access to every item.
    Custody(On),
}

#[derive(Debug, Subcommand)]
pub(crate) enum NoticeCommand {
    /// Shows a message as it would stand.
    Preview(FillArguments),
    /// Prepares a message.
    #[command(
        after_help = "Example: scrutineer incident notice prepare club.scrutineer --id INC --template short-banner --value impact=\"Nobody can vote.\""
    )]
    Prepare {
        #[command(flatten)]
        fill: FillArguments,
        /// Edited subject.
        #[arg(long, requires = "body")]
        subject: Option<String>,
        /// File with the edited text.
        #[arg(long, value_name = "FILE", requires = "subject")]
        body: Option<PathBuf>,
        /// By which way it is to go.
        #[arg(long, default_value = "mail")]
        channel: String,
    },
    /// Approves a message as it stands.
    Approve(OneMessage),
    /// Writes an approved message as .eml and .txt.
    Write {
        #[command(flatten)]
        one: OneMessage,
        /// Where they go.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Says that an approved message went out.
    Sent {
        #[command(flatten)]
        one: OneMessage,
        /// By which way; as prepared where absent.
        #[arg(long, default_value = "")]
        channel: String,
    },
    /// Gives a message up.
    Withdraw {
        #[command(flatten)]
        one: OneMessage,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Notes an update that was given by voice.
    Update {
        #[command(flatten)]
        on: On,
        /// What was told.
        #[arg(long)]
        text: String,
    },
    /// Lists the messages.
    List(On),
}

/// A message that is named.
#[derive(Debug, Args)]
pub(crate) struct OneMessage {
    #[command(flatten)]
    pub(crate) on: On,
    /// The message.
    #[arg(long, value_name = "M")]
    pub(crate) message: String,
}

/// A template with its values.
#[derive(Debug, Args)]
pub(crate) struct FillArguments {
    #[command(flatten)]
    pub(crate) on: On,
    /// Template.
    #[arg(long)]
    pub(crate) template: String,
    /// Values that incident and election do not know.
    #[arg(long = "value", value_name = "NAME=TEXT", value_parser = kinds::pair)]
    pub(crate) values: Vec<(String, String)>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PlaybookCommand {
    /// Lists the playbooks.
    List {
        /// Folder with the office's own.
        #[arg(long, value_name = "DIR")]
        playbooks: Option<PathBuf>,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Shows a playbook.
    Show {
        /// Its id.
        playbook: String,
        /// Folder with the office's own.
        #[arg(long, value_name = "DIR")]
        playbooks: Option<PathBuf>,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Checks an office's folder: a message for each field that is wrong. Exit code 3 where there are any.
    Check {
        /// The folder.
        folder: PathBuf,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
}
