//! `cargo xtask bench`: speed and memory as ratios to a peer that ran beside, because a shared machine's seconds mean little.
//!
//! Every measurement is a process of its own, so that its peak of memory is its own; measurement and peer take turns, and
//! the median of the rounds is printed. With `--large` ten million votes are measured too.
#![allow(clippy::print_stdout, reason = "a tool talks to the person who started it")]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
use std::time::Instant;

use domain::Unwatched;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use tally::methods::stv;
use testkit::ballot_speed::{self, Peer};
use testkit::generate::{Options, generate};
use testkit::pdf_speed;
use workflow::{Browser, Case, VoteFilter, VotesQuery};

const USAGE: &str = "Usage: cargo xtask bench [--large] [--rounds N] [--data DIR]";
/// Votes of the ordinary run.
const VOTES: u64 = 1_000_000;
/// Entries of the audit log that is measured.
const ENTRIES: u64 = 500_000;
/// Ballots that are cast one by one.
const BALLOTS_CAST: usize = 10_000;
/// Name of the ballot file within its folder.
const BALLOTS: &str = "ballots.blt";
/// Pages of the report that is measured.
const REPORT_PAGES: usize = 2_000;
/// Rows of a page.
const PAGE: u32 = 200;

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("measure") => measure(&arguments[1..]),
        _ => run(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}\n{USAGE}");
            ExitCode::FAILURE
        }
    }
}

/// What one process took.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    seconds: f64,
    peak_mb: f64,
    /// What the measurement itself counted.
    figure: f64,
}

/// One line of the answer.
struct Line {
    name: &'static str,
    ratio: f64,
    bar: &'static str,
    is_met: bool,
    remark: String,
}

struct Bench {
    program: PathBuf,
    data: PathBuf,
    rounds: usize,
    lines: Vec<Line>,
}

fn run(arguments: &[String]) -> Answer<()> {
    let (mut is_large, mut rounds, mut data) = (false, 5, PathBuf::from("target/bench"));
    let mut rest = arguments.iter();
    while let Some(name) = rest.next() {
        match name.as_str() {
            "--large" => is_large = true,
            "--rounds" => rounds = rest.next().ok_or("--rounds needs a number")?.parse()?,
            "--data" => data = rest.next().ok_or("--data needs a folder")?.into(),
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    let mut bench = Bench { program: std::env::current_exe()?, data, rounds, lines: Vec::new() };
    bench.ordinary()?;
    bench.report()?;
    if is_large {
        bench.large()?;
    }
    bench.print();
    Ok(())
}

impl Bench {
    /// An export of so many votes, made once.
    fn export(&self, name: &str, options: Options) -> Answer<PathBuf> {
        let out = self.data.join(name);
        if !out.join("keys.env").exists() {
            println!("Making {} votes in {} ...", options.votes, out.display());
            generate(&Options { out: out.clone(), ..options })?;
        }
        Ok(out)
    }

    /// An Astra export of so many ballots, made once.
    fn astra(&self, name: &str, ballots: u64) -> Answer<PathBuf> {
        let out = self.data.join(name);
        if !out.join("election-config.json").exists() {
            println!("Making {ballots} ranked ballots in {} ...", out.display());
            testkit::generate::astra::generate(&out, ballots)?;
        }
        Ok(out)
    }

    /// A BLT file of so many ballots for six of 20 candidates, up to six preferences each, made once.
    fn ballot_file(&self, ballots: u64) -> Answer<PathBuf> {
        let out = self.data.join("ballots");
        let path = out.join(BALLOTS);
        if !path.exists() {
            println!("Making {ballots} ballots in {} ...", path.display());
            fs::create_dir_all(&out)?;
            let mut text = String::from("20 6\n");
            let mut state = 11_u64;
            let mut below = |limit: usize| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                usize::try_from(state % limit as u64).unwrap_or(0)
            };
            for _ in 0..ballots {
                let mut left: Vec<u32> = (1..=20).collect();
                text.push('1');
                for _ in 0..1 + below(6) {
                    let at = below(left.len()) / 2;
                    text.push_str(&format!(" {}", left.remove(at)));
                }
                text.push_str(" 0\n");
            }
            text.push_str("0\n");
            (1..=20).for_each(|number| text.push_str(&format!("\"Candidate {number}\"\n")));
            fs::write(&path, text + "\"Bench\"\n")?;
        }
        Ok(out)
    }

    /// Runs one measurement in a process of its own.
    fn take(&self, what: &str, threads: usize, paths: &[&Path]) -> Answer<Taken> {
        let output = Command::new(&self.program).args(["measure", what, &threads.to_string()]).args(paths).output()?;
        taken(what, output)
    }

    /// The peer of imports: the database's own shell reading the same file into a plain table.
    fn sqlite(&self, csv: &Path) -> Answer<Taken> {
        let file = self.data.join("peer.db");
        let _ = fs::remove_file(&file);
        let started = Instant::now();
        let status = Command::new("sqlite3")
            .arg(&file)
            .arg(format!(".import --csv {} t", csv.display()))
            .status()
            .map_err(|error| format!("sqlite3, which imports are compared with, cannot be run: {error}"))?;
        let seconds = started.elapsed().as_secs_f64();
        let _ = fs::remove_file(&file);
        if !status.success() {
            return Err("sqlite3 could not import the file".into());
        }
        Ok(Taken { seconds, ..Taken::default() })
    }

    fn add(&mut self, name: &'static str, ratio: f64, bar: &'static str, is_met: bool, remark: String) {
        println!("{name}: {ratio:.3} ({remark})");
        self.lines.push(Line { name, ratio, bar, is_met, remark });
    }

    fn ordinary(&mut self) -> Answer<()> {
        let export = self.export("votes", Options { votes: VOTES, tamper: 8, ..Options::default() })?;
        let csv = export.join("votes.csv");
        let csv_mb = megabytes(&csv)?;
        let (case, spare) = (self.data.join("votes.scrutineer"), self.data.join("spare.scrutineer"));
        self.take("import", 2, &[&export, &case])?;
        let (mut peer, mut import, mut repeats) = (Vec::new(), Vec::new(), Vec::new());
        let (mut from_csv, mut one, mut two) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            peer.push(self.sqlite(&csv)?);
            import.push(self.take("import", 2, &[&export, &spare])?);
            repeats.push(self.take("import-repeats", 2, &[&export, &spare])?);
            from_csv.push(self.take("check-files", 2, &[&export, &case])?);
            two.push(self.take("check-case", 2, &[&export, &case])?);
            one.push(self.take("check-case", 1, &[&export, &case])?);
        }
        let of = |taken: &[Taken], peer: &[Taken]| ratio(taken, peer);
        let seconds = |taken: &[Taken]| format!("{:.2} s", median(taken.iter().map(|it| it.seconds).collect()));
        let against = |left: &[Taken], right: &[Taken]| format!("{} against {}", seconds(left), seconds(right));
        let value = of(&import, &peer);
        self.add(
            "import and check 1M / sqlite3 .import",
            value,
            "at most 0.40",
            value <= 0.40,
            against(&import, &peer),
        );
        let value = of(&repeats, &peer);
        self.add(
            "the same with repeats / sqlite3 .import",
            value,
            "at most 0.50",
            value <= 0.50,
            against(&repeats, &peer),
        );
        let value = of(&two, &from_csv);
        self.add(
            "check again from the case / from the CSV",
            value,
            "at most 1.3",
            value <= 1.3,
            against(&two, &from_csv),
        );
        let value = of(&one, &two);
        self.add("check again, one thread / two", value, "at least 1.7", value >= 1.7, against(&one, &two));
        let value = megabytes(&case)? / csv_mb;
        self.add("case file / CSV", value, "at most 0.45", value <= 0.45, format!("{csv_mb:.0} MB of CSV"));

        fs::create_dir_all(&self.data)?;
        let cast = self.take("ballots", 2, &[&self.data, &self.data])?;
        let remark = format!("{BALLOTS_CAST} ballots in {:.1} s together with the peer's", cast.seconds);
        self.add(
            "a ballot cast / a bare transaction of its bytes",
            cast.figure,
            "at most 2.0",
            cast.figure <= 2.0,
            remark,
        );
        let rows = self.take("ballot-rows", 2, &[&self.data, &self.data])?;
        let remark = "the ballot, its act, the mark at its credential".to_owned();
        self.add(
            "a ballot cast / a bare transaction of three such rows",
            rows.figure,
            "below 2.0",
            rows.figure < 2.0,
            remark,
        );

        let log = self.export("log", Options { votes: ENTRIES, with_audit: true, ..Options::default() })?;
        let log_case = self.data.join("log.scrutineer");
        self.take("import", 2, &[&log, &log_case])?;
        let json = self.export("json", Options { votes: VOTES / 2, as_json: true, ..Options::default() })?;
        let (mut one, mut two, mut import, mut plain) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut whole = Vec::new();
        for _ in 0..self.rounds {
            two.push(self.take("chain", 2, &[&log, &log_case])?);
            one.push(self.take("chain", 1, &[&log, &log_case])?);
            import.push(self.take("import", 2, &[&json, &spare])?);
            plain.push(self.take("serde", 1, &[&json, &spare])?);
        }
        let value = of(&one, &two);
        self.add("audit chain, one thread / two", value, "at least 1.6", value >= 1.6, against(&one, &two));
        let value = of(&plain, &import);
        self.add(
            "serde_json::from_reader / JSON import",
            value,
            "at least 2.0",
            value >= 2.0,
            against(&plain, &import),
        );
        let ranked = self.astra("astra", VOTES)?;
        let mut counted = Vec::new();
        for _ in 0..self.rounds {
            counted.push(self.take("audit", 2, &[&ranked, &spare])?);
            whole.push(self.take("audit", 2, &[&export, &spare])?);
        }
        let value = ratio(&counted, &whole);
        let remark = format!("{}, recount included", against(&counted, &whole));
        self.add(
            "Astra: 1M ballots to the verdict / The Logbook: 1M votes",
            value,
            "at most 2.0",
            value <= 2.0,
            remark,
        );
        let ballots = self.ballot_file(VOTES)?;
        let mut counts = Vec::new();
        for _ in 0..self.rounds {
            counts.push(self.take("count", 2, &[&ballots, &spare])?);
        }
        let value = median(counts.iter().map(|it| it.seconds / it.figure).collect());
        let read = median(counts.iter().map(|it| it.figure).collect());
        let remark = format!("{} against {read:.2} s", seconds(&counts));
        self.add("Meek count of 1M ballots, 20 candidates / reading them", value, "below 1", value < 1.0, remark);
        let seconds = median(whole.iter().map(|it| it.seconds).collect());
        let peak = median(whole.iter().map(|it| it.peak_mb).collect());
        println!("From the files of 1M votes to the verdict: {seconds:.1} s, {peak:.0} MB.");
        Ok(())
    }

    /// A report of thousands of pages against reportlab, which draws the same table.
    fn report(&mut self) -> Answer<()> {
        /// Milliseconds of reportlab for a page, measured once beside a prototype of ours.
        const KNOWN: f64 = 3.6;
        fs::create_dir_all(&self.data)?;
        let pages = REPORT_PAGES.to_string();
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.min(3) {
            let output = Command::new(&self.program).args(["measure", "pdf", &pages]).arg(&self.data).output()?;
            ours.push(taken("pdf", output)?);
            theirs.extend(pdf_speed::peer(REPORT_PAGES, &self.data.join("peer.pdf"))?);
        }
        #[allow(clippy::cast_precision_loss, reason = "a few thousand pages")]
        let asked = REPORT_PAGES as f64;
        let page = median(ours.iter().map(|it| it.seconds * 1000.0 / it.figure).collect());
        let (peer, from) = match theirs.is_empty() {
            true => (KNOWN, "reportlab is not installed; it took once"),
            false => (median(theirs.into_iter().map(|seconds| seconds * 1000.0 / asked).collect()), "reportlab took"),
        };
        let remark = format!("{page:.2} ms a page, {from} {peer:.2} ms");
        self.add("PDF report, time of a page / reportlab", page / peer, "at most 0.6", page / peer <= 0.6, remark);
        let peak = median(ours.iter().map(|it| it.peak_mb).collect());
        let pages = median(ours.iter().map(|it| it.figure).collect());
        let remark = format!("{peak:.0} MB for {pages:.0} pages");
        self.add("PDF report of 2,000 pages, peak memory / 700 MB", peak / 700.0, "below 1", peak < 700.0, remark);
        Ok(())
    }

    fn large(&mut self) -> Answer<()> {
        let small = self.export("votes", Options { votes: VOTES, tamper: 8, ..Options::default() })?;
        let large = self.export("large", Options { votes: VOTES * 10, tamper: 8, ..Options::default() })?;
        let (case, spare) = (self.data.join("large.scrutineer"), self.data.join("spare.scrutineer"));
        let (mut one, mut ten) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds.min(3) {
            one.push(self.take("audit", 2, &[&small, &spare])?);
            ten.push(self.take("audit", 2, &[&large, &case])?);
        }
        let peak = |taken: &[Taken]| median(taken.iter().map(|it| it.peak_mb).collect());
        let seconds = |taken: &[Taken]| median(taken.iter().map(|it| it.seconds).collect());
        let remark = format!("whole audit, {:.0} MB against {:.0} MB", peak(&ten), peak(&one));
        let value = peak(&ten) / peak(&one);
        self.add(
            "peak memory at 10M / at 1M",
            value,
            "at most 1.2, 120 MB",
            value <= 1.2 && peak(&ten) < 120.0,
            remark,
        );
        let ranked = (self.astra("astra", VOTES)?, self.astra("astra-large", VOTES * 10)?);
        let of_one = [self.take("audit", 2, &[&ranked.0, &spare])?];
        let of_ten = [self.take("audit", 2, &[&ranked.1, &spare])?];
        let value = peak(&of_ten) / peak(&of_one);
        let remark = format!("whole audit, {:.0} MB against {:.0} MB", peak(&of_ten), peak(&of_one));
        self.add("Astra: peak memory at 10M / at 1M", value, "at most 1.2", value <= 1.2, remark);
        let value = seconds(&ten) / seconds(&one) / 10.0;
        let remark = format!("whole audit, {:.1} s against {:.1} s", seconds(&ten), seconds(&one));
        self.add("time at 10M / ten times 1M", value, "at most 1.3", value <= 1.3, remark);
        let value = megabytes(&case)? / megabytes(&large.join("votes.csv"))?;
        self.add("case file / CSV at 10M", value, "at most 0.45", value <= 0.45, String::new());
        let (mut top, mut deep) = (Vec::new(), Vec::new());
        for _ in 0..self.rounds {
            top.push(self.take("page-top", 1, &[&large, &case])?);
            deep.push(self.take("page-deep", 1, &[&large, &case])?);
        }
        let figure = |taken: &[Taken]| median(taken.iter().map(|it| it.figure).collect());
        let value = figure(&deep) / figure(&top);
        let remark = format!("{:.2} ms against {:.2} ms", figure(&deep), figure(&top));
        self.add("page at depth 10M / at depth 0", value, "at most 3", value <= 3.0, remark);
        let mut filtered = Vec::new();
        for _ in 0..self.rounds {
            filtered.push(self.take("page-filtered", 1, &[&large, &case])?);
        }
        let (worst, bare) = (figure(&filtered), figure(&top));
        let remark = format!("slowest answer of all filters and depths {worst:.1} ms, bar 50 ms");
        self.add("filtered page, slowest / page at depth 0", worst / bare, "under 50 ms", worst < 50.0, remark);
        Ok(())
    }

    fn print(&self) {
        println!("\n| Measured | Ratio | Bar | |\n| --- | --- | --- | --- |");
        for line in &self.lines {
            let met = if line.is_met { "met" } else { "MISSED" };
            println!("| {} | {:.2} | {} | {met}; {} |", line.name, line.ratio, line.bar, line.remark);
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Median of the ratios of each round: what both lived through together.
fn ratio(taken: &[Taken], peer: &[Taken]) -> f64 {
    median(taken.iter().zip(peer).map(|(taken, peer)| taken.seconds / peer.seconds).collect())
}

/// What a measurement printed.
fn taken(what: &str, output: Output) -> Answer<Taken> {
    let text = String::from_utf8(output.stdout)?;
    let numbers: Vec<f64> = text.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    match numbers[..] {
        [seconds, peak_mb, figure] => Ok(Taken { seconds, peak_mb, figure }),
        _ => Err(format!("{what}: {text}{}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

fn megabytes(path: &Path) -> io::Result<f64> {
    #[allow(clippy::cast_precision_loss, reason = "sizes of files are far below 2^53")]
    let bytes = fs::metadata(path)?.len() as f64;
    Ok(bytes / 1e6)
}

/// One measurement: prints seconds, peak memory in MB, and a figure of its own.
fn measure(arguments: &[String]) -> Answer<()> {
    if let [what, pages, folder] = arguments
        && what == "pdf"
    {
        let path = Path::new(folder).join("report.pdf");
        let (seconds, pages) = pdf_speed::timed(|| pdf_speed::write(pages.parse()?, &path))?;
        println!("{seconds} {} {pages}", peak_mb());
        return Ok(());
    }
    let [what, threads, export, case] = arguments else {
        return Err("measure WHAT THREADS EXPORT CASE, or measure pdf PAGES DIR".into());
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let (export, case) = (Path::new(export), Path::new(case));
    let mut keys = domain::KeyRing::default();
    if export.join("keys.env").exists() {
        workflow::read_key_file(&export.join("keys.env"), &mut keys)?;
    }
    let inputs = inputs(export)?;
    let job = &Unwatched;
    if matches!(what.as_str(), "import" | "import-repeats" | "audit") {
        // The file of the round before goes before the clock starts, as the peer's does.
        for ending in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(format!("{}{ending}", case.display()));
        }
    }
    let fresh = || Case::create(case, "bench");
    let mut started = Instant::now();
    let mut figure = 0.0;
    match what.as_str() {
        "import" => {
            fresh()?.import_checked(&inputs, None, false, Some(&keys), job)?;
        }
        "import-repeats" => {
            let (_, found) = fresh()?.import_looking_for_repeats(&inputs, None, &keys, job)?;
            assert_eq!(found, (0, 0), "nothing stands twice in a generated export");
        }
        "audit" => {
            let mut case = fresh()?;
            let settings = export.join("election-config.json");
            let assumed = settings.exists().then(|| workflow::read_config_file(&settings)).transpose()?;
            let plan = case.import_checked(&inputs, None, false, Some(&keys), job)?;
            if let Some(assumed) = assumed {
                case.assume(plan.system(), &assumed)?;
            }
            case.verify(&keys, job)?;
        }
        "check-files" => {
            Case::check_files(&inputs, None, &keys, job)?;
        }
        "check-case" => {
            Case::open(case)?.check_signatures(&keys, job)?;
        }
        "chain" => {
            let answer = Case::open(case)?.check_audit_chain(&keys, job)?.ok_or("no audit log")?;
            assert!(answer.verified, "the chain of the generated log holds");
        }
        "serde" => {
            let file = BufReader::with_capacity(1 << 16, File::open(export.join("votes.json"))?);
            let Rows(count) = serde_json::from_reader(file)?;
            assert!(count > 0, "rows were read");
        }
        "count" => {
            let contest = importers::ballot_files::read(&export.join(BALLOTS))?;
            figure = started.elapsed().as_secs_f64();
            started = Instant::now();
            let options = stv::Options { arithmetic: Some("fixed-p9".to_owned()), ..stv::Options::default() };
            let count = stv::count(&contest, "meek", &options)?;
            assert_eq!(count.elected.len(), 6, "all seats are filled");
        }
        "page-top" | "page-deep" => {
            let case = Case::open(case)?;
            let info = case.info()?;
            let election = info.elections.first().ok_or("no election")?.0.clone();
            let after = if what == "page-top" { 0 } else { i64::try_from(info.votes)? - 1000 };
            case.votes_page(&election, after, PAGE)?;
            let times = (0..50).map(|step| -> Answer<f64> {
                let started = Instant::now();
                let page = case.votes_page(&election, after + step, PAGE)?;
                assert_eq!(page.rows.len(), 200, "a full page");
                Ok(started.elapsed().as_secs_f64() * 1000.0)
            });
            figure = median(times.collect::<Answer<_>>()?);
        }
        "page-filtered" => {
            let election = Case::open(case)?.info()?.elections.first().ok_or("no election")?.0.clone();
            figure = slowest_filtered_page(case, &election)?;
        }
        "ballots" => figure = ballot_speed::ratio_to_bare(export, BALLOTS_CAST, Peer::OneRow)?,
        "ballot-rows" => figure = ballot_speed::ratio_to_bare(export, BALLOTS_CAST, Peer::ThreeRows)?,
        other => return Err(format!("nothing is measured under the name {other}").into()),
    }
    println!("{} {} {figure}", started.elapsed().as_secs_f64(), peak_mb());
    Ok(())
}

/// Milliseconds of the slowest answer among many filters, while the search runs and at three depths when it is done.
fn slowest_filtered_page(case: &Path, election: &str) -> Answer<f64> {
    let mut browser = Browser::open(case, None)?;
    let candidate = browser.choices(election).first().map(|choice| choice.id.clone());
    let filters = [
        VoteFilter { id: "7ab".to_owned(), ..VoteFilter::default() },
        VoteFilter { voter: "0c".to_owned(), ..VoteFilter::default() },
        VoteFilter { candidate, ..VoteFilter::default() },
        VoteFilter { address: "10.0.".to_owned(), ..VoteFilter::default() },
        VoteFilter { is_excluded: true, ..VoteFilter::default() },
    ];
    let mut slowest = 0.0_f64;
    for filter in filters {
        let query = VotesQuery { filter, ..VotesQuery::default() };
        let mut asked = |from: u64, limit: u32| -> Answer<_> {
            let started = Instant::now();
            let extent = browser.votes(election, &query, from, limit)?.extent;
            slowest = slowest.max(started.elapsed().as_secs_f64() * 1000.0);
            Ok(extent)
        };
        let mut extent = asked(0, PAGE)?;
        while !extent.is_done {
            extent = asked(0, 0)?;
        }
        for from in [0, extent.known / 2, extent.known.saturating_sub(u64::from(PAGE))] {
            asked(from, PAGE)?;
        }
    }
    Ok(slowest)
}

/// The files of an export that are evidence: keys and the list of planted changes stay out.
fn inputs(export: &Path) -> io::Result<Vec<PathBuf>> {
    let mut inputs: Vec<PathBuf> = fs::read_dir(export)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    const NO_EVIDENCE: [&str; 3] = ["keys.env", "planted.json", "election-config.json"];
    inputs.retain(|path| path.file_name().is_some_and(|name| NO_EVIDENCE.iter().all(|other| name != *other)));
    inputs.sort();
    Ok(inputs)
}

/// Peak of memory, as the system counts it; 0 where it does not tell.
fn peak_mb() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) / 1000.0
}

/// Rows of a JSON list, read the plain way and dropped one by one.
struct Rows(u64);

impl<'de> serde::Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Rows;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a list of rows")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Rows, A::Error> {
                let mut count = 0;
                while list.next_element::<Row>()?.is_some() {
                    count += 1;
                }
                Ok(Rows(count))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// One row with its texts.
struct Row {
    _fields: BTreeMap<String, Option<String>>,
}

impl<'de> serde::Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Row;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Row, A::Error> {
                let mut fields = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    fields.insert(name, map.next_value::<Cell>()?.0);
                }
                Ok(Row { _fields: fields })
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

struct Cell(Option<String>);

impl<'de> serde::Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Cell;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
                Ok(Cell(Some(text.to_owned())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Cell, E> {
                Ok(Cell(Some(number.to_string())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Cell, E> {
                Ok(Cell(Some(number.to_string())))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Cell, E> {
                Ok(Cell(Some(value.to_string())))
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Cell(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
