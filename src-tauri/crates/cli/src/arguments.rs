//! Commands and options.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Opens what an election system exported and proves or disproves every claim in it. Works offline.
#[derive(Debug, Parser)]
#[command(name = "scrutineer", version, propagate_version = true)]
pub(crate) struct Arguments {
    /// Says nothing but the answer.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Paper of the PDF files that the command writes; receipt slips keep their own size.
    #[arg(long, global = true, value_enum, value_name = "SIZE", default_value = "a4")]
    pub(crate) paper: PaperName,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Paper of a printer.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum PaperName {
    /// 210 x 297 mm.
    A4,
    /// 8.5 x 11 inches.
    Letter,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Imports, verifies, counts and reports in one go.
    #[command(after_help = "Example: scrutineer audit export/ --keys keys.env --out report/")]
    Audit(AuditArguments),
    /// Makes, shows, checks or copies a case file.
    #[command(after_help = "Example: scrutineer case new dispute.scrutineer --title \"Officer election 2026\"")]
    Case {
        #[command(subcommand)]
        command: CaseCommand,
    },
    /// Brings files into a case, all or nothing.
    #[command(after_help = "Example: scrutineer import dispute.scrutineer export.zip --dry-run")]
    Import(ImportArguments),
    /// Tests every claim of a case again.
    #[command(after_help = "Example: scrutineer verify dispute.scrutineer --keys keys.env --json")]
    Verify(VerifyArguments),
    /// Counts an election of a case, or a file of ballots, by a rule by its name.
    #[command(
        after_help = "Examples:\n  scrutineer count --ballots ward3.blt --rule scotland\n  scrutineer count --ballots board.blt --rule meek --seats 3 --arithmetic guarded-p18-g9 --json\n  scrutineer count dispute.scrutineer --election ID\n  scrutineer count dispute.scrutineer --election ID --rule meek --seats 2 --csv tables/"
    )]
    Count(CountArguments),
    /// Writes the cast vote records that a contest configuration names as one file, a flat CSV or NIST SP 1500-103.
    #[command(after_help = "Example: scrutineer convert contest.json --to cdf --out records.json")]
    Convert(ConvertArguments),
    /// Prints the forensics report in the origin's field names.
    #[command(after_help = "Example: scrutineer forensics dispute.scrutineer --election ID --json")]
    Forensics(OriginArguments),
    /// Prints the origin's integrity check, recomputed.
    #[command(after_help = "Example: scrutineer integrity dispute.scrutineer --election ID --keys keys.env --json")]
    Integrity(OriginArguments),
    /// Prints the origin's statistics, recomputed.
    #[command(after_help = "Example: scrutineer stats dispute.scrutineer --election ID --json")]
    Stats(OriginArguments),
    /// Prints the origin's results, recomputed.
    #[command(after_help = "Example: scrutineer results dispute.scrutineer --election ID --json")]
    Results(OriginArguments),
    /// Writes a report of a verified case.
    #[command(
        after_help = "Example: scrutineer report forensics dispute.scrutineer --id ID --pdf report.pdf --csv tables/"
    )]
    Report(ReportArguments),
    /// Looks up what voters hold: one receipt, a list, a receipt message or a CSV.
    #[command(after_help = "Example: scrutineer receipt export/ --receipt receipt.txt --json")]
    Receipt(ReceiptArguments),
    /// Runs elections on this machine: set up, open, vote, close, count, certify, publish.
    #[command(after_help = "Example: scrutineer election status club.scrutineer --election ID")]
    Election {
        #[command(subcommand)]
        command: crate::election::arguments::ElectionCommand,
    },
    /// Responds to what goes wrong: declare, work through a playbook, keep evidence, tell people, review.
    #[command(
        after_help = "Example: scrutineer incident declare club.scrutineer --title \"Receipts do not arrive\" --playbook email-failure"
    )]
    Incident {
        #[command(subcommand)]
        command: Box<crate::incident::arguments::IncidentCommand>,
    },
    /// Looks into suspicions about an election of a verified case, question by question.
    #[command(
        after_help = "Examples:\n  scrutineer investigate dispute.scrutineer --election ID --scenario voted-twice\n  scrutineer investigate dispute.scrutineer --subject 203.0.113.7 --pdf subject.pdf"
    )]
    Investigate(InvestigateArguments),
    /// Compares two exports or cases of one election, row by row.
    #[command(after_help = "Example: scrutineer compare october/ november/ --json")]
    Compare(CompareArguments),
    /// Writes the evidence bundle of an election, or checks one.
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        after_help = "Examples:\n  scrutineer bundle dispute.scrutineer --election ID -o bundle.zip\n  scrutineer bundle verify bundle.zip --signer lusab-babad-gutih-tugad-mudof"
    )]
    Bundle {
        #[command(subcommand)]
        command: Option<BundleCommand>,
        #[command(flatten)]
        write: Option<BundleArguments>,
    },
    /// Says how often the tests of times and addresses speak up in simulated elections.
    #[command(after_help = "Example: scrutineer statistics self-test --elections 1000 --seed 2026 --json")]
    Statistics {
        #[command(subcommand)]
        command: StatisticsCommand,
    },
    /// Shows who signs bundles on this machine: five words and the public key.
    #[command(after_help = "Example: scrutineer identity --json")]
    Identity {
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Prints the ledger of a case, verified.
    #[command(after_help = "Example: scrutineer ledger dispute.scrutineer --verify --export ledger.json")]
    Ledger(LedgerArguments),
}

impl Command {
    /// Whether the command works on a case that lasts.
    pub(crate) fn has_case(&self) -> bool {
        match self {
            Self::Audit(arguments) => arguments.case.is_some(),
            Self::Count(arguments) => arguments.case.is_some(),
            Self::Convert(_)
            | Self::Compare(_)
            | Self::Identity { .. }
            | Self::Statistics { .. }
            | Self::Bundle { command: Some(_), .. } => false,
            Self::Receipt(arguments) => {
                arguments.inputs.iter().any(|input| input.extension().is_some_and(|ending| ending == "scrutineer"))
            }
            _ => true,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct KeyArguments {
    /// File with the origin's keys: NAME=value lines or JSON. May be given several times.
    #[arg(long = "keys", value_name = "FILE")]
    pub(crate) keys: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AuditArguments {
    /// Files, folders or ZIP archives; several are one export.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Source system; told from the files where absent.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(workflow::system_ids()))]
    pub(crate) system: Option<String>,
    #[command(flatten)]
    pub(crate) keys: KeyArguments,
    /// What the export itself lacks, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Keeps the case in this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) case: Option<PathBuf>,
    /// Writes report.pdf, report.json, csv/*.csv and bundle.zip into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Worker threads; the answer does not depend on it.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CaseCommand {
    /// Makes a new case file.
    New {
        /// The file, ending in .scrutineer.
        file: PathBuf,
        /// Title; the file's name where absent.
        #[arg(long)]
        title: Option<String>,
    },
    /// Shows what a case holds.
    Info {
        /// The case.
        file: PathBuf,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Checks ledger, evidence and row counts.
    Verify {
        /// The case.
        file: PathBuf,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
    /// Copies a case, complete and consistent.
    Backup {
        /// The case.
        file: PathBuf,
        /// The new file.
        destination: PathBuf,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ImportArguments {
    /// The case.
    pub(crate) case: PathBuf,
    /// Files, folders or ZIP archives.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Source system; told from the files where absent.
    #[arg(long, value_name = "NAME", value_parser = clap::builder::PossibleValuesParser::new(workflow::system_ids()))]
    pub(crate) system: Option<String>,
    /// What the export itself lacks, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only shows what would come in.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Keeps originals larger than 64 MiB in the case as well.
    #[arg(long)]
    pub(crate) keep_original: bool,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The case.
    pub(crate) case: PathBuf,
    /// Only this election.
    #[arg(long, value_name = "ID")]
    pub(crate) election: Option<String>,
    #[command(flatten)]
    pub(crate) keys: KeyArguments,
    /// Worker threads.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct OriginArguments {
    /// The case.
    pub(crate) case: PathBuf,
    /// The election.
    #[arg(long, value_name = "ID")]
    pub(crate) election: String,
    #[command(flatten)]
    pub(crate) keys: KeyArguments,
    /// Prints one compact JSON document (the default is the same, indented).
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("what").required(true).args(["case", "ballots"]))]
pub(crate) struct CountArguments {
    /// The case.
    #[arg(requires = "election", conflicts_with = "config")]
    pub(crate) case: Option<PathBuf>,
    /// The election of the case.
    #[arg(long, value_name = "ID", requires = "case")]
    pub(crate) election: Option<String>,
    /// Ballots without a case: a BLT, ABIF or PrefLib file, cast vote records (a file or folder, with --config), or the JSON
    /// that Astra's count is given.
    #[arg(long, value_name = "FILE", requires = "rule")]
    pub(crate) ballots: Option<PathBuf>,
    /// The rule. With a case, the election's own where absent; another one is a what-if and marked as such.
    #[arg(long, value_name = "NAME")]
    pub(crate) rule: Option<String>,
    /// Seats to fill; those of the file or the election where absent. With a case it is a what-if and marked as such.
    #[arg(long, value_name = "N")]
    pub(crate) seats: Option<u32>,
    /// How to calculate, where the rule leaves it open: fixed-p5-d5, guarded-p18-g9, rational, integer.
    #[arg(long, value_name = "A")]
    pub(crate) arithmetic: Option<String>,
    /// What the ballots themselves lack, as JSON; for cast vote records the contest configuration.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// File with a public key (RSAKeyValue or PEM) that Hart's cast vote records are signed with: checks the signature beside
    /// each. One that does not hold makes the exit code 1. May be given several times.
    #[arg(long = "keys", value_name = "FILE", requires = "ballots")]
    pub(crate) keys: Vec<PathBuf>,
    /// A published result to compare with: Astra's tally_result.json, a detailed report of RCTab, or an answer of this
    /// command. A difference makes the exit code 1.
    #[arg(long, value_name = "FILE")]
    pub(crate) published: Option<PathBuf>,
    /// Prints the count report into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: Option<PathBuf>,
    /// Folder for one CSV per table; piles.csv has which ballots lie where, of each pile and round the largest 100 groups at
    /// most and the rest in one row.
    #[arg(long, value_name = "DIR")]
    pub(crate) csv: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What cast vote records can be written as.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum FormName {
    /// One row for each record, one column for each rank.
    Csv,
    /// NIST SP 1500-103, JSON.
    Cdf,
}

#[derive(Debug, Args)]
pub(crate) struct ConvertArguments {
    /// The contest configuration; it says where the records lie.
    #[arg(value_name = "CONFIG")]
    pub(crate) config: PathBuf,
    /// The form to write.
    #[arg(long, value_name = "FORM")]
    pub(crate) to: FormName,
    /// The file to write.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The instant that a CDF report states, such as 2026-11-03T20:00:00Z; the date of the contest where absent.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) generated: Option<String>,
}

/// Reports that can be printed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum ReportName {
    /// Claims, findings, timeline, tables and audit trail of an election.
    Forensics,
    /// The result with every round, counted again; of an election that is run here, its own result.
    Results,
    /// One page for readers who are not technical; of a certified election that is run here, the certificate that two people signed.
    Certificate,
    /// Whether anybody can find out who voted how.
    Anonymity,
    /// Everything about an incident; `incident print` has more papers and choices.
    Incident,
    /// The review of an incident.
    PostMortem,
    /// Every access to the evidence of an incident.
    Custody,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArguments {
    /// The report.
    pub(crate) name: ReportName,
    /// The case.
    pub(crate) case: PathBuf,
    /// The election, or the incident.
    #[arg(long, value_name = "ID")]
    pub(crate) id: String,
    /// Where the PDF goes.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: PathBuf,
    /// Folder for one CSV per table.
    #[arg(long, value_name = "DIR")]
    pub(crate) csv: Option<PathBuf>,
    /// Who prints a paper about an incident, where the case has accounts.
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) person: Option<String>,
    /// Passphrases: lines NAME=passphrase or a JSON object. Asked for at the terminal where absent.
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrases: Option<PathBuf>,
    /// Folder with the office's own playbooks and lists.
    #[arg(long, value_name = "DIR")]
    pub(crate) playbooks: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ReceiptArguments {
    /// The case, or files, folders or archives of an export.
    #[arg(required = true, value_name = "CASE|INPUT")]
    pub(crate) inputs: Vec<PathBuf>,
    /// Receipts: JSON, CSV, codes one a line, or the text of a receipt message.
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: PathBuf,
    /// What the export itself lacks, as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Prints the statement for the voter into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: Option<PathBuf>,
    /// Writes one row a receipt into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) csv: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The first: a case, or files, a folder or an archive of an export.
    #[arg(value_name = "A")]
    pub(crate) first: PathBuf,
    /// The second.
    #[arg(value_name = "B")]
    pub(crate) second: PathBuf,
    /// Prints the comparison into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) pdf: Option<PathBuf>,
    /// Folder for one CSV for each table that differs.
    #[arg(long, value_name = "DIR")]
    pub(crate) csv: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BundleArguments {
    /// The case.
    pub(crate) case: PathBuf,
    /// The election; absent for an export that names none.
    #[arg(long, value_name = "ID")]
    pub(crate) election: Option<String>,
    /// Where the bundle goes.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// File or folder with originals that the case keeps by their digests only. May be given several times.
    #[arg(long, value_name = "PATH")]
    pub(crate) originals: Vec<PathBuf>,
    /// Leaves out originals that are not at hand; their digests are in the bundle all the same.
    #[arg(long)]
    pub(crate) without_originals: bool,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InvestigateArguments {
    /// The case.
    pub(crate) case: PathBuf,
    /// The election whose suspicions are looked into.
    #[arg(long, value_name = "ID", required_unless_present = "subject")]
    pub(crate) election: Option<String>,
    /// Only this one: count-differs, voted-twice, administrator-manipulated, suspicious-rollback, audit-trail-intact, secrecy.
    #[arg(long, value_name = "NAME", conflicts_with = "subject")]
    pub(crate) scenario: Option<String>,
    /// Everything about one vote, ballot hash, token, address, person or event instead, with what stands before and after it in the log.
    #[arg(long, value_name = "TEXT", conflicts_with = "election")]
    pub(crate) subject: Option<String>,
    /// Prints what was found about the subject into this file.
    #[arg(long, value_name = "FILE", requires = "subject")]
    pub(crate) pdf: Option<PathBuf>,
    /// Folder for its tables.
    #[arg(long, value_name = "DIR", requires = "subject")]
    pub(crate) csv: Option<PathBuf>,
    /// Prints one JSON document.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BundleCommand {
    /// Checks a bundle with nothing but the bundle.
    Verify {
        /// The bundle.
        file: PathBuf,
        /// The five words of who should have signed.
        #[arg(long, value_name = "WORDS")]
        signer: Option<String>,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum StatisticsCommand {
    /// Simulates honest elections, of which at most 5 % may be flagged, and a fifth as many for each planted attack.
    SelfTest {
        /// Honest elections.
        #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        elections: u64,
        /// Seed of all draws; the same seed gives the same answer.
        #[arg(long, value_name = "N", default_value_t = 2026)]
        seed: u64,
        /// Prints one JSON document.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct LedgerArguments {
    /// The case.
    pub(crate) case: PathBuf,
    /// Verifies every entry and says so.
    #[arg(long)]
    pub(crate) verify: bool,
    /// Writes the entries as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
}
