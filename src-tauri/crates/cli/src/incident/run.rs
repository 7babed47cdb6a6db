//! What each incident command does: who acts, one use case, the answer.

use serde_json::json;
use workflow::Error;
use workflow::domain::Job;
use workflow::domain::incident::{GuardedAct, IncidentStatus};
use workflow::incident::incidents::IncidentEvent;
use workflow::incident::incidents::incident::event::{ActionPriority, Confirmation, Link, PlaybookChoice};
use workflow::incident::{CheckAsked, EscalationCall, NewIncident, StepReport, TickedItem};

use super::arguments::{DeclareArguments, IncidentCommand, On, PriorityName};
use super::office::Response;
use super::{evidence, kinds, notice, playbooks, print, show};
use crate::run::{CONTRADICTED, DONE};

pub(crate) fn run(command: IncidentCommand, job: &dyn Job) -> Result<u8, Error> {
    use IncidentCommand as C;
    match command {
        C::Report { desk, title, description, elections, reporter } => {
            let mut office = Response::open(&desk)?;
            let recorded = office.case.report_incident(&office.by, &title, &description, &elections, &reporter)?;
            Ok(office.recorded(&recorded, &recorded.incident))
        }
        C::Declare(arguments) => declare(*arguments),
        C::List(desk) => show::list(&desk),
        C::Show { on, timeline } => show::show(&on, timeline),
        C::Record { on, text, kind, links, event, at } => {
            let event = match event {
                Some(event) => serde_json::from_str(&event)
                    .map_err(|error| kinds::refused(format!("--event is no record of an incident: {error}")))?,
                None => IncidentEvent::Noted {
                    kind,
                    text: text.unwrap_or_default(),
                    links: links.into_iter().map(|(kind, id)| Link { kind, id }).collect(),
                },
            };
            let mut office = Response::on(&on)?;
            let recorded = office.case.record_in_incident(&office.by, &on.id, at, event)?;
            Ok(office.recorded(&recorded, &format!("Entry {} of {}.", recorded.entry, recorded.incident)))
        }
        C::Step { on, step, playbook, run, state, result, reason, evidence, messages, checks } => {
            let report = StepReport { playbook, step, state, result, reason, evidence, messages, checks };
            step_of(&on, &report, run, job)
        }
        C::Tick { on, list, item, undo, note } => {
            let mut office = Response::on(&on)?;
            let tick = TickedItem { checklist: list, item, done: !undo, note };
            let recorded = office.case.tick(&office.by, &office.playbooks, &on.id, &tick)?;
            let word = if tick.done { "done" } else { "open again" };
            Ok(office.recorded(&recorded, &format!("{} of {}: {word}.", tick.item, tick.checklist)))
        }
        C::Check { on, function, election } => {
            let mut office = Response::on(&on)?;
            let key = office.key()?;
            let asked = CheckAsked { function: &function, election: election.as_deref(), key: key.as_ref() };
            let (run, recorded) = office.case.run_check(&office.by, &office.playbooks, &on.id, &asked, job)?;
            let text = format!("{}: {}. {}", run.run, run.result.word().replace('_', " "), run.summary);
            office.told(&recorded, json!({"check": run}), &text);
            Ok(if kinds::is_contradiction(run.result) { CONTRADICTED } else { DONE })
        }
        C::Decide { on, playbook, decision, option, reason, evidence, confirm, accept_consequence } => {
            let mut office = Response::on(&on)?;
            let choice = PlaybookChoice {
                playbook,
                decision,
                option,
                reason,
                evidence,
                confirmation: Confirmation {
                    second_person: None,
                    typed: confirm,
                    consequence_accepted: accept_consequence,
                },
            };
            let recorded = office.case.decide(&office.by, &on.id, choice)?;
            Ok(office.recorded(&recorded, "The decision is recorded."))
        }
        C::Hold { on, acts, election, reason } => {
            let mut office = Response::on(&on)?;
            let usual = [GuardedAct::Close, GuardedAct::Count, GuardedAct::Certify, GuardedAct::Publish];
            let acts = if acts.is_empty() { usual.to_vec() } else { acts };
            let recorded = office.case.hold(&office.by, &on.id, &acts, election, &reason)?;
            let words: Vec<&str> = acts.iter().map(|act| act.word()).collect();
            Ok(office.recorded(&recorded, &format!("Held back: {}.", words.join(", ").replace('_', " "))))
        }
        C::Release { on, guard, reason } => {
            let mut office = Response::on(&on)?;
            let recorded = office.case.release_hold(&office.by, &on.id, &guard, &reason)?;
            Ok(office.recorded(&recorded, &format!("\"{guard}\" is lifted.")))
        }
        C::Override { on, guard, act, election, reason } => {
            let mut office = Response::on(&on)?;
            let recorded = office.case.note_override(&office.by, &on.id, &guard, act, &election, &reason)?;
            Ok(office.recorded(&recorded, &format!("\"{guard}\" is overridden for {act}; every report names it.")))
        }
        C::Role { on, role, person } => {
            let mut office = Response::on(&on)?;
            let text = match &person {
                Some(person) => format!("{person} takes the role {role}."),
                None => format!("Nobody holds the role {role} now."),
            };
            let recorded = office.case.set_incident_role(&office.by, &office.playbooks, &on.id, &role, person)?;
            Ok(office.recorded(&recorded, &text))
        }
        C::Severity { on, to, provisional, reason } => {
            let event =
                IncidentEvent::SeverityChanged { to, scale: String::new(), label: String::new(), provisional, reason };
            plain(&on, event, &format!("The severity is {to}."))
        }
        C::Acknowledge(on) => plain(&on, IncidentEvent::Acknowledged {}, "Acknowledged."),
        C::Cause { on, text } => plain(&on, IncidentEvent::CauseFound { text }, "The cause is recorded."),
        C::Add { on, playbook, election } => {
            let mut office = Response::on(&on)?;
            let recorded = match (playbook, election) {
                (Some(playbook), _) => office.case.apply_playbook(&office.by, &office.playbooks, &on.id, &playbook)?,
                (None, election) => {
                    office.case.add_election_to_incident(&office.by, &on.id, &election.unwrap_or_default())?
                }
            };
            Ok(office.recorded(&recorded, "Added."))
        }
        C::Evidence { command } => evidence::run(command, job),
        C::Notice { command } => notice::run(command),
        C::Escalate { on, level, person, method, reason, taken } => {
            if taken {
                let (level, person) = (level.unwrap_or_default(), person.unwrap_or_default());
                let text = format!("{person} took it.");
                return plain(&on, IncidentEvent::EscalationAcknowledged { level, person }, &text);
            }
            let mut office = Response::on(&on)?;
            let call = EscalationCall { level, role: None, person, method, reason: reason.unwrap_or_default() };
            let recorded = office.case.escalate(&office.by, &office.playbooks, &on.id, &call)?;
            for warning in office.playbooks.contacts.warnings().iter().take(1) {
                crate::run::say(&format!("Note: {warning}."));
            }
            Ok(office.recorded(&recorded, "The call is recorded; nobody is called by this program."))
        }
        C::Status { on, to, reason } => set_status(&on, to, &reason),
        C::Resolve { on, reason } => set_status(&on, IncidentStatus::Resolved, &reason),
        C::Close(on) => set_status(&on, IncidentStatus::Closed, ""),
        C::Review { on, plan, held, sign, report, section, text } => {
            let mut events = Vec::new();
            events.extend(plan.map(|planned_for| IncidentEvent::ReviewScheduled { planned_for }));
            if !held.is_empty() {
                events.push(IncidentEvent::ReviewHeld { participants: held });
            }
            events.extend(sign.map(|role| IncidentEvent::ReviewSigned { role }));
            if let (Some(section), Some(text)) = (section, text) {
                events.push(IncidentEvent::SectionWritten { report, section, text });
            }
            if events.is_empty() {
                return Err(kinds::refused(
                    "say what happens: --plan TIME, --held NAME, --sign ROLE, or --section with --text",
                ));
            }
            let mut office = Response::on(&on)?;
            let mut last = None;
            for event in events {
                last = Some(office.case.record_in_incident(&office.by, &on.id, None, event)?);
            }
            Ok(last.map_or(DONE, |recorded| office.recorded(&recorded, "The review is recorded.")))
        }
        C::Action { on, text, owner, priority, due, done, drop, reason } => {
            let reason = reason.unwrap_or_default();
            if let Some(action) = done {
                return plain(&on, IncidentEvent::ActionDone { action, proof: reason }, "Done.");
            }
            if let Some(action) = drop {
                return plain(&on, IncidentEvent::ActionDropped { action, reason }, "Given up.");
            }
            let mut office = Response::on(&on)?;
            let priority = match priority {
                PriorityName::High => ActionPriority::High,
                PriorityName::Medium => ActionPriority::Medium,
                PriorityName::Low => ActionPriority::Low,
            };
            let (text, owner) = (text.unwrap_or_default(), owner.unwrap_or_default());
            let (id, recorded) = office.case.add_action_item(&office.by, &on.id, &text, &owner, priority, due)?;
            Ok(office.told(&recorded, json!({"action": id}), &id))
        }
        C::Confirm { on, playbook, condition, note } => {
            let mut office = Response::on(&on)?;
            let incident = office.case.incident(&on.id, Some(&office.by))?;
            let only = incident.playbooks.first().filter(|_| incident.playbooks.len() == 1);
            let Some(playbook) = playbook.or_else(|| only.map(|applied| applied.playbook.id.clone())) else {
                return Err(kinds::refused("say which playbook is meant (--playbook)"));
            };
            let event = IncidentEvent::CloseConditionConfirmed { playbook, condition, note };
            let recorded = office.case.record_in_incident(&office.by, &on.id, None, event)?;
            Ok(office.recorded(&recorded, "Confirmed."))
        }
        C::Print(arguments) => print::run(*arguments, job),
        C::Bundle { on, out } => print::bundle(&on, &out, job),
        C::Metrics { cases, playbooks, csv, pdf, month, json } => {
            if let Some(pdf) = pdf {
                print::metrics(&cases, playbooks.as_deref(), month, &pdf)?;
            }
            show::metrics(&cases, playbooks.as_deref(), csv.as_deref(), json)
        }
        C::Playbooks { command } => playbooks::run(command),
        C::Commands { command, profile, values, warning_read, playbooks, json } => playbooks::commands(
            command.as_deref(),
            profile.as_deref(),
            values,
            warning_read,
            playbooks.as_deref(),
            json,
        ),
        C::Rules { out, playbooks } => playbooks::rules(out.as_deref(), playbooks.as_deref()),
        C::ImportAlerts { on, file } => {
            let mut office = Response::on(&on)?;
            let (taken, recorded) = office.case.import_alerts(&office.by, &office.playbooks, &on.id, &file)?;
            let mut lines = vec![format!(
                "{} entries added, {} known already; the file is {}.",
                taken.entries, taken.known, taken.evidence.id
            )];
            lines.extend(
                taken.proposals.iter().map(|one| format!("{} offers the playbook {}.", one.because, one.playbook)),
            );
            Ok(office.told(&recorded, json!({"taken": taken}), &lines.join("\n")))
        }
    }
}

fn declare(arguments: DeclareArguments) -> Result<u8, Error> {
    let mut office = Response::open(&arguments.desk)?;
    let new = NewIncident {
        title: arguments.title,
        description: arguments.description,
        elections: arguments.elections,
        category: arguments.category,
        severity: arguments.severity,
        label: arguments.label,
        is_provisional: arguments.provisional,
        playbook: arguments.playbook,
        finding: arguments.finding,
        lead: arguments.lead,
        reported_at: arguments.reported,
        detected_at: arguments.detected,
        is_drill: arguments.drill,
        system: arguments.system,
        profile: arguments.profile,
    };
    let recorded = office.case.declare_incident(&office.by, &office.playbooks, &new, arguments.id.as_deref())?;
    let view = office.case.incident_view(&office.playbooks, &recorded.incident, Some(&office.by))?;
    let playbook = view.incident.playbooks.first().map(|applied| applied.playbook.id.clone());
    let text = match &playbook {
        Some(playbook) => format!("{}: {}, playbook {playbook}", recorded.incident, view.severity_label),
        None => format!("{}: {}, no playbook", recorded.incident, view.severity_label),
    };
    Ok(office.told(&recorded, json!({"severity": view.incident.severity(), "playbook": playbook}), &text))
}

fn step_of(on: &On, report: &StepReport, run: bool, job: &dyn Job) -> Result<u8, Error> {
    let mut office = Response::on(on)?;
    if !run {
        let recorded = office.case.change_step(&office.by, &on.id, report)?;
        return Ok(office.recorded(&recorded, &format!("Step {} is recorded.", report.step)));
    }
    let key = office.key()?;
    let (run, recorded) = office.case.run_step(&office.by, &office.playbooks, &on.id, report, key.as_ref(), job)?;
    let Some(run) = run else {
        return Ok(office.recorded(&recorded, &format!("Step {} is done.", report.step)));
    };
    let text = format!("{}: {}. {}", run.run, run.result.word().replace('_', " "), run.summary);
    office.told(&recorded, json!({"check": run}), &text);
    Ok(if kinds::is_contradiction(run.result) { CONTRADICTED } else { DONE })
}

fn set_status(on: &On, to: IncidentStatus, reason: &str) -> Result<u8, Error> {
    let mut office = Response::on(on)?;
    let recorded = office.case.set_incident_status(&office.by, &on.id, to, reason)?;
    Ok(office.recorded(&recorded, &format!("{} is {}.", recorded.incident, to.word().replace('_', " "))))
}

/// A record that needs nothing but itself.
pub(super) fn plain(on: &On, event: IncidentEvent, text: &str) -> Result<u8, Error> {
    let mut office = Response::on(on)?;
    let recorded = office.case.record_in_incident(&office.by, &on.id, None, event)?;
    Ok(office.recorded(&recorded, text))
}
