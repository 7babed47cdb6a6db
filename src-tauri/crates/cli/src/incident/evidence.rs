//! Commands of the evidence locker.

use serde_json::json;
use workflow::Error;
use workflow::domain::Job;
use workflow::incident::incidents::IncidentEvent;
use workflow::incident::incidents::incident::event::{CustodyAct, CustodyEntry};
use workflow::incident::{About, LogQuery};

use super::arguments::{AboutArguments, EvidenceCommand};
use super::office::Response;
use super::run::plain;
use crate::run::{CONTRADICTED, DONE};

fn about(arguments: AboutArguments) -> About {
    About {
        what: arguments.what,
        why: arguments.why,
        source: arguments.source,
        sensitivity: arguments.sensitivity,
        fulfils: arguments.fulfils,
        ..About::default()
    }
}

pub(super) fn run(command: EvidenceCommand, job: &dyn Job) -> Result<u8, Error> {
    use EvidenceCommand as C;
    match command {
        C::Add { on, files, note, about: said } => {
            let mut office = Response::on(&on)?;
            let said = about(said);
            let (mut items, mut last) = (Vec::new(), None);
            if let Some(note) = note {
                let (item, recorded) = office.case.add_evidence_note(&office.by, &on.id, &note, &said)?;
                items.push(item);
                last = Some(recorded);
            }
            for file in &files {
                let (item, recorded) = office.case.add_evidence_file(&office.by, &on.id, file, &said)?;
                items.push(item);
                last = Some(recorded);
            }
            let lines: Vec<String> =
                items.iter().map(|item| format!("{}  {}  {}", item.id, item.sha256, item.name)).collect();
            Ok(last.map_or(DONE, |recorded| office.told(&recorded, json!({"items": items}), &lines.join("\n"))))
        }
        C::Preserve(on) => {
            let mut office = Response::on(&on)?;
            let (preserved, recorded) = office.case.preserve(&office.by, &office.playbooks, &on.id, None)?;
            let mut lines: Vec<String> =
                preserved.items.iter().map(|item| format!("{}  {}  {}", item.id, item.sha256, item.name)).collect();
            lines.push(format!("Sealed as {}", preserved.sealed_as.id));
            Ok(office.told(&recorded, json!({"preserved": preserved}), &lines.join("\n")))
        }
        C::List(on) => {
            let office = Response::on(&on)?;
            let items = office.case.locker(Some(&on.id), Some(&office.by))?;
            let lines: Vec<String> = items
                .iter()
                .map(|item| {
                    format!("{}  {}  {} bytes  {}  {}", item.id, item.sha256, item.bytes, item.name, item.about.what)
                })
                .collect();
            Ok(office.show(&json!({"schema": "scrutineer/evidence/1", "items": items}), &lines.join("\n")))
        }
        C::Verify { on, item } => {
            let mut office = Response::on(&on)?;
            let checks = office.case.verify_evidence(&office.by, &on.id, item.as_deref(), job)?;
            let is_whole = checks.iter().all(|check| check.is_whole);
            let lines: Vec<String> = checks
                .iter()
                .map(|check| {
                    let told = if check.is_whole { "as it came".to_owned() } else { check.problems.join("; ") };
                    format!("{} ({}): {told}", check.id, check.name)
                })
                .collect();
            office.show(
                &json!({"schema": "scrutineer/evidence-verify/1", "verified": is_whole, "items": checks}),
                &lines.join("\n"),
            );
            Ok(if is_whole { DONE } else { CONTRADICTED })
        }
        C::Export { desk, item, out, why } => {
            let mut office = Response::open(&desk)?;
            let written = office.case.export_evidence(&office.by, &item, &out, &why)?;
            let text = format!("{}  {}  {}", written.id, written.sha256, out.display());
            Ok(office.show(&json!({"item": written, "file": out.display().to_string()}), &text))
        }
        C::Search { desk, item, text, from, to, after, limit, why } => {
            let mut office = Response::open(&desk)?;
            let query = LogQuery { text, from, to, after, limit };
            let page = office.case.search_log(&office.by, &item, &query, &why)?;
            let mut lines: Vec<String> =
                page.lines.iter().map(|line| format!("{:>8}  {}", line.number, line.text)).collect();
            if !page.is_complete {
                let last = page.lines.last().map_or(0, |line| line.number);
                lines.push(format!("There are more; go on with --after {last}."));
            }
            Ok(office.show(&json!(page), &lines.join("\n")))
        }
        C::Pin { desk, item, line, note } => {
            let mut office = Response::open(&desk)?;
            let recorded = office.case.pin_line(&office.by, &item, line, &note)?;
            Ok(office.recorded(&recorded, &format!("Line {line} of {item} is entry {}.", recorded.entry)))
        }
        C::Excerpt { desk, item, lines, about: said } => {
            let mut office = Response::open(&desk)?;
            let (taken, recorded) = office.case.capture_log_excerpt(&office.by, &item, lines, &about(said))?;
            let text = format!("{}  {}  {}", taken.id, taken.sha256, taken.name);
            Ok(office.told(&recorded, json!({"item": taken}), &text))
        }
        C::Transfer { on, item, from, to, why } => {
            let text = format!("{item} was handed over by {from} to {to}.");
            let entry = CustodyEntry { evidence: item, act: CustodyAct::Transferred, from, to, why, hash_agreed: None };
            plain(&on, IncidentEvent::CustodyEntered(entry), &text)
        }
        C::Explain { on, item, reason } => {
            plain(&on, IncidentEvent::EvidenceExplained { item, reason }, "The reason is recorded.")
        }
        C::Seal(on) => {
            let mut office = Response::on(&on)?;
            let (manifest, item) = office.case.seal_evidence(&office.by, &on.id, job)?;
            let text = format!("{} items are sealed as {}, SHA-256 {}", manifest.items.len(), item.id, item.sha256);
            Ok(office.show(&json!({"manifest": manifest, "item": item}), &text))
        }
        C::Custody(on) => {
            let office = Response::on(&on)?;
            let sheet = office.case.custody_sheet(&on.id, Some(&office.by))?;
            let mut lines = Vec::new();
            for (item, accesses) in &sheet.items {
                lines.push(format!("{}  {}  {}", item.id, item.name, item.sha256));
                for line in accesses {
                    let act = json!(line.entry.act);
                    let hash = match line.entry.hash_agreed {
                        Some(true) => ", hash agrees",
                        Some(false) => ", hash DIFFERS",
                        None => "",
                    };
                    let to = if line.entry.to.is_empty() { String::new() } else { format!(" to {}", line.entry.to) };
                    lines.push(format!(
                        "  {} {}: {}{to}{hash} {}",
                        line.at.to_display(),
                        line.by,
                        act.as_str().unwrap_or_default(),
                        line.entry.why
                    ));
                }
            }
            lines.push(format!("Journal head {}, ledger head {}", sheet.journal_head, sheet.ledger_head));
            Ok(office.show(&json!(sheet), &lines.join("\n")))
        }
    }
}
