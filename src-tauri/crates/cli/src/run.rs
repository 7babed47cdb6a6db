//! What each command does.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use workflow::domain::report::AuditReport;
use workflow::domain::{KeyRing, ReceiptAnswer};
use workflow::{
    COUNT_SCHEMA, Case, CaseRequest, CountRequest, Error, ErrorCode, ImportPlan, IntegrityPaper, OriginAnswer,
    PaperSize, RecordForm, ReportKind,
};

use crate::arguments::{
    Arguments, AuditArguments, CaseCommand, Command, CompareArguments, ConvertArguments, CountArguments, FormName,
    ImportArguments, InvestigateArguments, KeyArguments, LedgerArguments, OriginArguments, PaperName, ReceiptArguments,
    ReportArguments, ReportName, VerifyArguments,
};
use crate::progress::Progress;

/// Done, nothing contradicted.
pub(crate) const DONE: u8 = 0;
/// Done, at least one claim contradicted.
pub(crate) const CONTRADICTED: u8 = 1;
/// Wrong use.
const USAGE: u8 = 2;
/// Input or case unreadable.
pub(crate) const UNREADABLE: u8 = 3;
/// Refused by a rule.
pub(crate) const REFUSED: u8 = 4;
/// Cancelled.
const CANCELLED: u8 = 130;

/// Runs a command and answers its exit code.
pub(crate) fn run(arguments: Arguments) -> u8 {
    let progress = Arc::new(Progress::new(arguments.quiet));
    let on_interrupt = Arc::clone(&progress);
    // A second Ctrl-C ends the process at once; nothing is half done then either.
    let _ = ctrlc::set_handler(move || {
        if workflow::domain::Job::is_cancelled(&*on_interrupt) {
            std::process::exit(i32::from(CANCELLED));
        }
        on_interrupt.cancel();
    });
    workflow::print_on(match arguments.paper {
        PaperName::A4 => PaperSize::A4,
        PaperName::Letter => PaperSize::Letter,
    });
    let has_case = arguments.command.has_case();
    let outcome = dispatch(arguments.command, arguments.quiet, &progress);
    progress.end();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            let code = match error.code() {
                ErrorCode::Cancelled => CANCELLED,
                ErrorCode::Refused => REFUSED,
                ErrorCode::NotFound => USAGE,
                ErrorCode::Input | ErrorCode::Case | ErrorCode::Locked | ErrorCode::Output => UNREADABLE,
            };
            let mut next_step = error.next_step();
            if !has_case {
                // Nothing was kept that could have changed.
                next_step = next_step
                    .replace(" The case is as it was.", "")
                    .replace(", then import it once more", ", and try again");
            }
            say(&format!("scrutineer: {error}\n{next_step}"));
            code
        }
    }
}

pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{text}");
}

/// Lines for people, on standard output.
pub(crate) fn tell(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

pub(crate) fn answer(value: &Value) {
    let mut out = std::io::stdout().lock();
    let _ = serde_json::to_writer_pretty(&mut out, value);
    let _ = writeln!(out);
}

fn keys_of(arguments: &KeyArguments, is_quiet: bool) -> Result<KeyRing, Error> {
    let mut keys = KeyRing::default();
    if arguments.keys.is_empty() {
        keys = workflow::read_keys_environment();
    }
    for file in &arguments.keys {
        workflow::read_key_file(file, &mut keys)?;
    }
    if !is_quiet {
        for warning in keys.warnings() {
            say(&format!("Warning: {warning}"));
        }
        for name in keys.names() {
            for key in keys.get(name) {
                say(&format!("Key: {}", key.origin()));
            }
        }
    }
    Ok(keys)
}

fn set_threads(threads: Option<usize>) {
    if let Some(threads) = threads {
        // Fails only where the pool exists already, and then its size stands.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
    }
}

fn dispatch(command: Command, is_quiet: bool, progress: &Progress) -> Result<u8, Error> {
    match command {
        Command::Audit(arguments) => audit(&arguments, is_quiet, progress),
        Command::Case { command } => case(command, progress),
        Command::Import(arguments) => import(&arguments, progress),
        Command::Verify(arguments) => verify(&arguments, is_quiet, progress),
        Command::Count(arguments) => count(&arguments, progress),
        Command::Convert(arguments) => convert(&arguments),
        Command::Forensics(arguments) => origin(&arguments, OriginAnswer::Forensics, is_quiet, progress),
        Command::Integrity(arguments) => origin(&arguments, OriginAnswer::Integrity, is_quiet, progress),
        Command::Stats(arguments) => origin(&arguments, OriginAnswer::Stats, is_quiet, progress),
        Command::Results(arguments) => origin(&arguments, OriginAnswer::Results, is_quiet, progress),
        Command::Report(arguments) => report(&arguments, progress),
        Command::Receipt(arguments) => receipt(&arguments, progress),
        Command::Election { command } => crate::election::run(command),
        Command::Incident { command } => crate::incident::run(*command, progress),
        Command::Investigate(arguments) => match (&arguments.subject, &arguments.election) {
            (Some(subject), _) => about_subject(&arguments, subject, progress),
            (None, election) => investigate(
                &arguments.case,
                election.as_deref().unwrap_or_default(),
                arguments.scenario.as_deref(),
                arguments.json,
            ),
        },
        Command::Compare(arguments) => compare(&arguments, progress),
        Command::Bundle { command, write } => crate::bundle::run(command, write.as_ref(), progress),
        Command::Statistics { command } => crate::statistics::run(&command, progress),
        Command::Identity { json } => crate::bundle::identity(json),
        Command::Ledger(arguments) => ledger(&arguments),
    }
}

fn code_of(report: &AuditReport) -> u8 {
    if report.is_contradicted() { CONTRADICTED } else { DONE }
}

fn config_of(config: Option<&PathBuf>) -> Result<Option<workflow::Assumed>, Error> {
    config.map(|path| workflow::read_config_file(path)).transpose()
}

fn audit(arguments: &AuditArguments, is_quiet: bool, progress: &Progress) -> Result<u8, Error> {
    set_threads(arguments.threads);
    let assumed = config_of(arguments.config.as_ref())?;
    let keys = keys_of(&arguments.keys, is_quiet)?;
    let mut done = workflow::audit_inputs(
        &arguments.inputs,
        arguments.system.as_deref(),
        &keys,
        arguments.case.as_deref(),
        assumed.as_ref(),
        progress,
    )?;
    progress.end();
    if let Some(folder) = &arguments.out {
        let mut written = workflow::write_reports(&done.case, &done.report, folder)?;
        written.extend(crate::bundle::of_audit(&mut done, &arguments.inputs, folder, progress)?);
        progress.end();
        if !is_quiet {
            say(&format!("{} files written to {}.", written.len(), folder.display()));
        }
    }
    if arguments.json {
        answer(&done.report.contract());
    } else {
        print_plan(&done.plan);
        print_report(&done.report);
    }
    Ok(code_of(&done.report))
}

fn receipt(arguments: &ReceiptArguments, progress: &Progress) -> Result<u8, Error> {
    let receipts = workflow::read_receipts_file(&arguments.receipt)?;
    let assumed = config_of(arguments.config.as_ref())?;
    let (pdf, csv) = (arguments.pdf.as_deref(), arguments.csv.as_deref());
    let statement = match arguments.inputs.as_slice() {
        [one] if one.extension().is_some_and(|extension| extension == "scrutineer") => {
            let mut case = Case::open(one)?;
            let statement = case.check_receipts(&receipts)?;
            case.save_receipts(&statement, pdf, csv)?;
            statement
        }
        inputs => {
            let statement = workflow::check_receipts_in(inputs, &receipts, assumed.as_ref(), progress)?;
            workflow::write_receipts(&statement, pdf, csv)?;
            statement
        }
    };
    progress.end();
    let answers = &statement.answers;
    if arguments.json {
        self::answer(&json!({"schema": "scrutineer/receipt/1", "receipts": answers}));
    } else {
        for answer in answers {
            println!("{}\n  {}", answer.receipt_hash, answer.told);
            if !answer.findings.is_empty() {
                println!("  {}", answer.findings.join(", "));
            }
        }
    }
    Ok(if answers.iter().any(ReceiptAnswer::is_contradiction) { CONTRADICTED } else { DONE })
}

fn print_plan(plan: &ImportPlan) {
    for (path, reason) in &plan.ignored {
        println!("Ignored: {path}: {reason}.");
    }
    for reject in plan.rejects.iter().take(20) {
        let column = if reject.column.is_empty() { String::new() } else { format!(", column {}", reject.column) };
        println!("Not read: {}, row {}{column}: {}.", reject.path, reject.row, reject.reason);
    }
    if plan.rejects.len() > 20 {
        println!("Not read: {} more rows.", plan.rejects.len() - 20);
    }
}

fn print_report(report: &AuditReport) {
    for election in &report.elections {
        let title = if election.title.is_empty() { &election.election_id } else { &election.title };
        println!("\n{title}\n  {}: {}", election.verdict.label(), election.sentence);
        for claim in &election.claims {
            println!(
                "  {:<22} {:<12} {} checked, {} failed",
                claim.id,
                claim.verdict.label(),
                claim.checked,
                claim.failed
            );
        }
        print_findings(&election.findings);
    }
    if let Some(chain) = &report.audit_chain {
        let word = if chain.verified { "verified" } else { "not verified" };
        println!("\nAudit log\n  {word}: {} entries, {} breaks.", chain.total_checked, chain.errors.len());
    }
    if report.elections.is_empty() && report.audit_chain.is_none() {
        println!("\nThe files name no election, so nothing was tested. Add its ballots or votes, or its audit log.");
    }
    print_findings(&report.findings);
}

fn print_findings(findings: &[workflow::domain::report::ReportedFinding]) {
    for finding in findings {
        println!("  {} {:<8} {}", finding.code, finding.severity, finding.detail);
        for row in finding.rows.iter().take(8) {
            let place = if row.path.is_empty() {
                "not in the export".to_owned()
            } else if row.row == 0 {
                row.path.clone()
            } else {
                format!("{}, row {}", row.path, row.row)
            };
            println!("      {} ({place})", row.subject);
        }
        if finding.rows.len() > 8 {
            println!("      and {} more", finding.rows.len() - 8);
        }
    }
}

fn case(command: CaseCommand, progress: &Progress) -> Result<u8, Error> {
    match command {
        CaseCommand::New { file, title } => {
            let name = file.file_stem().map_or_else(|| "Case".to_owned(), |name| name.to_string_lossy().into_owned());
            Case::create(&file, title.as_deref().unwrap_or(&name))?;
            println!("{}", file.display());
        }
        CaseCommand::Info { file, json: is_json } => {
            let info = Case::open(&file)?.info()?;
            let elections: Vec<_> =
                info.elections.iter().map(|(id, title)| json!({"election_id": id, "title": title})).collect();
            if is_json {
                answer(&json!({
                    "schema": "scrutineer/case/1",
                    "title": info.title,
                    "created_at": info.created_at,
                    "ledger": {"entries": info.ledger_entries, "head": info.ledger_head},
                    "evidence_files": info.evidence_files,
                    "votes": info.votes,
                    "audit_entries": info.audit_entries,
                    "elections": elections,
                    "is_verified": info.has_report,
                }));
            } else {
                println!(
                    "{}\nMade {}\nEvidence files {}, votes {}, audit entries {}",
                    info.title, info.created_at, info.evidence_files, info.votes, info.audit_entries
                );
                for (id, title) in &info.elections {
                    println!("Election {id} {title}");
                }
                println!("Ledger {} entries, head {}", info.ledger_entries, info.ledger_head);
            }
        }
        CaseCommand::Verify { file, json: is_json } => {
            let recheck = Case::open(&file)?.recheck(progress)?;
            if is_json {
                answer(
                    &json!({"schema": "scrutineer/case-verify/1", "verified": recheck.problems.is_empty(), "files_checked": recheck.files_checked, "problems": recheck.problems}),
                );
            } else if recheck.problems.is_empty() {
                println!("The ledger verifies; {} evidence files fit their digests.", recheck.files_checked);
            } else {
                for problem in &recheck.problems {
                    println!("{problem}");
                }
            }
            return Ok(if recheck.problems.is_empty() { DONE } else { CONTRADICTED });
        }
        CaseCommand::Backup { file, destination } => {
            let mut case = Case::open(&file)?;
            case.backup(&destination)?;
            note_read_only(&case);
            println!("{}", destination.display());
        }
    }
    Ok(DONE)
}

fn plan_json(plan: &ImportPlan, is_dry: bool) -> Value {
    let files: Vec<_> = plan
        .files
        .iter()
        .map(|file| json!({"path": file.path, "sha256": file.sha256, "bytes": file.bytes, "system": file.system, "kind": file.kind, "rows": file.rows, "rejected": file.rejected}))
        .collect();
    let rejects: Vec<_> = plan
        .rejects
        .iter()
        .map(|reject| json!({"path": reject.path, "row": reject.row, "column": reject.column, "reason": reject.reason}))
        .collect();
    let ignored: Vec<_> = plan.ignored.iter().map(|(path, reason)| json!({"path": path, "reason": reason})).collect();
    let tables: serde_json::Map<String, Value> =
        plan.tables.iter().map(|(name, rows)| (name.clone(), (*rows).into())).collect();
    json!({"schema": "scrutineer/import/1", "dry_run": is_dry, "files": files, "tables": tables, "rows_known": plan.rows_known, "rejects": rejects, "ignored": ignored})
}

fn import(arguments: &ImportArguments, progress: &Progress) -> Result<u8, Error> {
    let assumed = config_of(arguments.config.as_ref())?;
    let plan = if arguments.dry_run {
        // The case must exist and open, so that a dry run fails where the import would.
        Case::open(&arguments.case)?;
        Case::plan_import(&arguments.inputs, arguments.system.as_deref(), progress)?
    } else {
        let mut case = Case::open(&arguments.case)?;
        let plan =
            case.import_with(&arguments.inputs, arguments.system.as_deref(), arguments.keep_original, progress)?;
        if let Some(assumed) = &assumed {
            case.assume(plan.system(), assumed)?;
        }
        plan
    };
    progress.end();
    if arguments.json {
        answer(&plan_json(&plan, arguments.dry_run));
    } else {
        for file in &plan.files {
            println!("{:<40} {:<24} {:>9} rows {:>6} rejected", file.path, file.kind, file.rows, file.rejected);
        }
        for (table, rows) in &plan.tables {
            println!("New in {table}: {rows}");
        }
        print_plan(&plan);
    }
    Ok(DONE)
}

fn verify(arguments: &VerifyArguments, is_quiet: bool, progress: &Progress) -> Result<u8, Error> {
    set_threads(arguments.threads);
    let keys = keys_of(&arguments.keys, is_quiet)?;
    let mut case = Case::open(&arguments.case)?;
    let mut report = case.verify(&keys, progress)?;
    progress.end();
    if let Some(id) = &arguments.election {
        let known: Vec<String> = report.elections.iter().map(|election| election.election_id.clone()).collect();
        report.elections.retain(|election| election.election_id == *id);
        if report.elections.is_empty() {
            return Err(Error::NoElection { id: id.clone(), known: known.join(", ") });
        }
    }
    if arguments.json {
        answer(&report.contract());
    } else {
        print_report(&report);
    }
    Ok(code_of(&report))
}

fn count(arguments: &CountArguments, progress: &Progress) -> Result<u8, Error> {
    let counted = match (&arguments.case, &arguments.ballots) {
        (Some(case), _) => {
            let election = arguments.election.as_deref().unwrap_or_default();
            let request = CaseRequest {
                rule: arguments.rule.clone(),
                seats: arguments.seats,
                arithmetic: arguments.arithmetic.clone(),
            };
            Case::open(case)?.count(election, &request, progress)
        }
        (None, ballots) => {
            let request = CountRequest {
                rule: arguments.rule.clone().unwrap_or_default(),
                seats: arguments.seats,
                arithmetic: arguments.arithmetic.clone(),
                config: arguments.config.clone(),
                keys: arguments.keys.clone(),
            };
            workflow::count_ballots(ballots.as_deref().unwrap_or(Path::new("")), &request)
        }
    };
    progress.end();
    let counted = counted.and_then(|mut counted| {
        if let Some(published) = &arguments.published {
            workflow::compare_with(&mut counted, published)?;
        }
        workflow::write_count(&counted, arguments.pdf.as_deref(), arguments.csv.as_deref())?;
        Ok(counted)
    });
    let differs = |counted: &workflow::Counted| {
        counted.compared.as_ref().is_some_and(|compared| compared.first_difference.is_some())
            || counted.signatures.as_ref().is_some_and(|signatures| !signatures.failed.is_empty())
    };
    let code = match &counted {
        Ok(counted) if differs(counted) => CONTRADICTED,
        _ => DONE,
    };
    match counted {
        Ok(counted) if arguments.json => answer(&counted.to_json()),
        Ok(counted) => print!("{}", counted.to_text()),
        Err(error) => {
            let (kind, message) = match &error {
                Error::CannotCount(why) => (why.kind, why.message.clone()),
                other => ("input", other.to_string()),
            };
            if arguments.json {
                answer(&json!({"schema": COUNT_SCHEMA, "error": {"type": kind, "message": message}}));
            }
            return Err(error);
        }
    }
    Ok(code)
}

fn convert(arguments: &ConvertArguments) -> Result<u8, Error> {
    let form = match arguments.to {
        FormName::Csv => RecordForm::Csv,
        FormName::Cdf => RecordForm::Cdf,
    };
    workflow::convert_records(&arguments.config, form, arguments.generated.as_deref(), &arguments.out)?;
    println!("{}", arguments.out.display());
    Ok(DONE)
}

fn origin(arguments: &OriginArguments, kind: OriginAnswer, is_quiet: bool, progress: &Progress) -> Result<u8, Error> {
    let keys = keys_of(&arguments.keys, is_quiet || arguments.json)?;
    let value = Case::open(&arguments.case)?.origin_answer(kind, &arguments.election, &keys, progress)?;
    progress.end();
    if value.is_null() {
        return Err(Error::NotYet {
            message: "this answer cannot be computed: the export lacks a table or the key that it needs".to_owned(),
        });
    }
    answer(&value);
    Ok(DONE)
}

fn report(arguments: &ReportArguments, progress: &Progress) -> Result<u8, Error> {
    let of_incident = match arguments.name {
        ReportName::Forensics | ReportName::Results | ReportName::Certificate | ReportName::Anonymity => None,
        ReportName::Incident => Some("incident-report"),
        ReportName::PostMortem => Some("post-mortem"),
        ReportName::Custody => Some("custody-sheet"),
    };
    if let Some(document) = of_incident {
        return crate::incident::print::report(arguments, document, progress);
    }
    let mut case = Case::open(&arguments.case)?;
    let (id, pdf, csv) = (arguments.id.as_str(), arguments.pdf.as_path(), arguments.csv.as_deref());
    let is_own = case.own_elections()?.iter().any(|election| election.id == id);
    let written = match arguments.name {
        ReportName::Results if is_own => case.print_result(id, Some(pdf), csv)?,
        ReportName::Results => {
            let counted = case.count(id, &CaseRequest::default(), progress)?;
            workflow::write_count(&counted, Some(pdf), csv)?
        }
        ReportName::Certificate if is_own => {
            case.print_certificate(id, pdf)?;
            vec![pdf.to_owned()]
        }
        ReportName::Certificate => case.save_integrity(IntegrityPaper::Certificate, id, pdf, csv)?,
        ReportName::Anonymity => case.save_integrity(IntegrityPaper::Anonymity, id, pdf, csv)?,
        _ => {
            let mut written = case.save_report(id, ReportKind::Pdf, pdf)?;
            if let Some(folder) = csv {
                written.extend(case.save_report(id, ReportKind::Csv, folder)?);
            }
            written
        }
    };
    progress.end();
    note_read_only(&case);
    for path in written {
        println!("{}", path.display());
    }
    Ok(DONE)
}

/// Says that an act which belongs into the ledger could not be written there.
fn note_read_only(case: &Case) {
    if case.is_read_only() {
        say("Note: the case lies on a read-only medium, so its ledger does not record this.");
    }
}

fn investigate(case: &Path, election: &str, scenario: Option<&str>, as_json: bool) -> Result<u8, Error> {
    let inquiries = Case::open(case)?.investigate(election, scenario)?;
    if as_json {
        answer(&json!({"schema": "scrutineer/investigation/1", "election_id": election, "inquiries": inquiries}));
        return Ok(DONE);
    }
    for inquiry in &inquiries {
        tell(&format!("{} ({})\n  {}", inquiry.title, inquiry.id, inquiry.sentence));
        for step in &inquiry.steps {
            tell(&format!("  {}\n    {}", step.question, step.sentence));
            if !step.evidence.is_empty() {
                tell(&format!("    {}", step.evidence.join(", ")));
            }
        }
        tell("");
    }
    if let Some(inquiry) = inquiries.first() {
        tell(&inquiry.who_looked);
        for text in &inquiry.not_logged {
            tell(&format!("  Not logged: {text}"));
        }
    }
    Ok(DONE)
}

fn about_subject(arguments: &InvestigateArguments, subject: &str, progress: &Progress) -> Result<u8, Error> {
    let mut case = Case::open(&arguments.case)?;
    let sheet = case.about_subject(subject, progress)?;
    progress.end();
    case.save_subject(&sheet, arguments.pdf.as_deref(), arguments.csv.as_deref())?;
    if arguments.json {
        let mut value = serde_json::to_value(&sheet).unwrap_or_default();
        value["schema"] = json!("scrutineer/subject/1");
        answer(&value);
        return Ok(DONE);
    }
    tell(&format!("{}: {}", sheet.subject, sheet.sentence()));
    for finding in &sheet.findings {
        tell(&format!("  {} {}: {}", finding.code, finding.severity, finding.title));
    }
    for table in sheet.tables.iter().filter(|table| table.total > 0) {
        tell(&format!("  {}: {} rows", table.name, table.total));
        for row in table.rows.iter().take(SHOWN_CHANGES) {
            tell(&format!("    {} ({}; {})", row.key, row.columns.join(", "), row.place));
        }
    }
    for line in &sheet.around {
        let mark = if line.speaks { "*" } else { " " };
        tell(&format!("  {mark} {} {} {} {}", line.at, line.key, line.event, line.who));
    }
    Ok(DONE)
}

/// Rows of one table that are shown on the terminal.
const SHOWN_CHANGES: usize = 20;

fn compare(arguments: &CompareArguments, progress: &Progress) -> Result<u8, Error> {
    let comparison = workflow::compare_exports(&arguments.first, &arguments.second, progress)?;
    comparison.write(arguments.pdf.as_deref(), arguments.csv.as_deref())?;
    progress.end();
    let unexplained = comparison.unexplained().count();
    if arguments.json {
        answer(&comparison.to_json());
    } else {
        for table in &comparison.tables {
            let (first, second) = table.rows;
            tell(&format!(
                "{}: {first} rows and {second}, {} the same, {} different",
                table.table, table.same, table.changed
            ));
            for row in table.changes.iter().filter(|_| table.is_evidence).take(SHOWN_CHANGES) {
                let columns: Vec<&str> = row.fields.iter().map(|(name, ..)| name.as_str()).collect();
                let explained = row.explained.as_deref().unwrap_or("No audit entry explains it (R313).");
                let what = if row.change == workflow::Change::Altered { columns.join(", ") } else { String::new() };
                tell(&format!("  {} {} {what}: {explained}", row.change.word(), row.key).replace(" : ", ": "));
            }
            let more = table.changes.len().saturating_sub(SHOWN_CHANGES);
            if table.is_evidence && more > 0 {
                tell(&format!("  and {more} more; --csv DIR or --json tells all"));
            }
        }
        for (name, is_second) in &comparison.only_in_one {
            tell(&format!("Only the {} has the table {name}.", if *is_second { "second" } else { "first" }));
        }
        tell(&format!("{unexplained} changed rows are explained by no audit entry."));
    }
    Ok(if unexplained > 0 { CONTRADICTED } else { DONE })
}

fn ledger(arguments: &LedgerArguments) -> Result<u8, Error> {
    // Opening verifies the whole chain; a broken one is refused there.
    let case = Case::open(&arguments.case)?;
    let entries = case.ledger()?;
    if let Some(path) = &arguments.export {
        let list: Vec<_> = entries
            .iter()
            .map(|entry| {
                let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_else(|_| entry.detail.clone().into());
                json!({"number": entry.number, "at": entry.at, "actor": entry.actor, "act": entry.act, "detail": detail, "previous": entry.previous.to_hex(), "hash": entry.hash.to_hex()})
            })
            .collect();
        write_json(path, &json!({"schema": "scrutineer/ledger/1", "entries": list}))?;
    }
    if arguments.verify {
        println!(
            "{} entries verified, head {}",
            entries.len(),
            entries.last().map(|entry| entry.hash.to_hex()).unwrap_or_default()
        );
    } else if arguments.export.is_none() {
        for entry in entries {
            println!("{:>5} {} {:<18} {:<12} {}", entry.number, entry.at, entry.act, entry.actor, entry.detail);
        }
    }
    Ok(DONE)
}

fn write_json(path: &Path, value: &Value) -> Result<(), Error> {
    let failed = |error: std::io::Error| Error::Output { path: path.display().to_string(), reason: error.to_string() };
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    std::fs::write(path, bytes).map_err(failed)
}
