//! Lists, the board of one incident, metrics.

use std::path::{Path, PathBuf};

use serde_json::json;
use workflow::Error;
use workflow::domain::incident::StepState;
use workflow::incident::incidents::ClockState;
use workflow::incident::{IncidentView, metrics_csv, metrics_of_cases, read_library};

use super::arguments::{Desk, On};
use super::office::Response;
use crate::run::{DONE, answer, say, tell};

pub(super) fn list(desk: &Desk) -> Result<u8, Error> {
    let office = Response::open(desk)?;
    let all = office.case.incidents(Some(&office.by))?;
    let mut lines: Vec<String> = all
        .iter()
        .map(|one| {
            let status = one.status.map_or("unreadable", |status| status.word());
            let severity = one.severity.map_or("", |severity| severity.word());
            let late = if one.late.is_empty() { String::new() } else { format!("  late: {}", one.late.len()) };
            let title = match (&one.problem, one.is_restricted) {
                (Some(problem), _) => problem.clone(),
                (None, true) => "restricted to named people".to_owned(),
                (None, false) => one.title.clone(),
            };
            format!("{}  {status:13} {severity:8}  {title}{late}", one.id)
        })
        .collect();
    if lines.is_empty() {
        lines.push("No incidents.".to_owned());
    }
    Ok(office.show(&json!({"schema": "scrutineer/incidents/1", "incidents": all}), &lines.join("\n")))
}

pub(super) fn show(on: &On, timeline: bool) -> Result<u8, Error> {
    let office = Response::on(on)?;
    let view = office.case.incident_view(&office.playbooks, &on.id, Some(&office.by))?;
    let lines = board(&view, timeline);
    Ok(office.show(&json!(view), &lines.join("\n")))
}

fn clock_words(state: &ClockState) -> String {
    match state {
        ClockState::Met { .. } => "met".to_owned(),
        ClockState::MetLate { .. } => "met LATE".to_owned(),
        ClockState::Overdue { .. } => "OVERDUE".to_owned(),
        ClockState::EndedLate { .. } => "missed".to_owned(),
        ClockState::Running { .. } => "running".to_owned(),
        ClockState::Paused { .. } => "paused".to_owned(),
        ClockState::Ended => "ended".to_owned(),
    }
}

fn board(view: &IncidentView, timeline: bool) -> Vec<String> {
    let incident = &view.incident;
    let mut lines = vec![
        format!("{}  {}", incident.id, incident.title),
        format!("{}, {}, {}", view.severity_label, incident.status().word().replace('_', " "), incident.category),
    ];
    if let Some(phase) = view.phase {
        lines.push(format!("Phase: {}", phase.word().replace('_', " ")));
    }
    for election in &incident.elections {
        lines.push(format!("Election: {} {}", election.id, election.name));
    }
    lines.extend(incident.roles.iter().map(|(role, person)| format!("{role}: {person}")));
    lines.extend(view.vacant_roles.iter().map(|(id, title)| format!("Nobody holds {id} ({title})")));
    lines.push("\nClocks".to_owned());
    for clock in &view.clocks {
        let due = clock.clock.due.to_display();
        lines.push(format!("  {:28} due {due}  {}", clock.clock.id, clock_words(&clock.state)));
    }
    for guard in &view.guards {
        for lock in &guard.locks {
            let acts: Vec<String> = lock.blocks.iter().map(|act| act.word().replace('_', " ")).collect();
            let whose = guard.election.as_ref().map_or_else(String::new, |election| format!(" on {}", election.name));
            let word = if guard.is_enforced { "Holds back" } else { "To be held back" };
            lines.push(format!("{word}{whose}: {} ({}) {}", acts.join(", "), lock.guard, lock.message));
        }
    }
    for list in &view.checklists {
        lines.push(format!("\n{} [{}]", list.title, list.id));
        for item in &list.items {
            let mark = if item.mark.as_ref().is_some_and(|mark| mark.done) { "x" } else { " " };
            lines.push(format!("  [{mark}] {:16} {}", item.item.id, item.item.text));
        }
    }
    let mut playbook = "";
    for step in view.steps.iter().filter(|step| step.state != StepState::NotApplicable) {
        if step.playbook != playbook {
            playbook = &step.playbook;
            lines.push(format!("\nPlaybook {playbook}"));
        }
        let mark = match step.state {
            StepState::Done => "x",
            StepState::Skipped => "-",
            StepState::Doing => ">",
            StepState::Open | StepState::NotApplicable => " ",
        };
        let wait = step.waits_for.as_ref().map_or_else(String::new, |decision| format!(" (after {decision})"));
        let auto = step.step.auto.as_ref().map_or_else(String::new, |auto| format!(" [{auto}]"));
        lines.push(format!("  [{mark}] {:20} {}{auto}{wait}", step.step.id, step.step.text));
    }
    for applied in &incident.playbooks {
        for decision in applied.playbook.decisions.iter().filter(|one| !applied.chosen.contains_key(&one.id)) {
            lines.push(format!("\n{} [{}, after {}]", decision.question, decision.id, decision.after_step));
            for option in &decision.options {
                lines.push(format!("  {}: {}. {}", option.id, option.label, option.consequence));
            }
        }
    }
    for proposal in &view.escalation {
        let level = proposal.level.map_or_else(|| "next level".to_owned(), |level| format!("level {level}"));
        lines.push(format!("Consider calling the {level}: {}", proposal.reason));
    }
    if !view.obstacle_sentences.is_empty() {
        lines.push("\nLeft to do before it can be closed".to_owned());
        lines.extend(view.obstacle_sentences.iter().map(|text| format!("  {text}")));
    }
    lines.push("\nTimeline".to_owned());
    let mut entries: Vec<_> = incident.timeline.iter().collect();
    entries.sort_by_key(|entry| (entry.happened_at, entry.number));
    let skipped = if timeline { 0 } else { entries.len().saturating_sub(5) };
    for entry in entries.into_iter().skip(skipped) {
        lines.push(format!("  {} {} {}: {}", entry.number, entry.happened_at.to_display(), entry.by, entry.text));
    }
    lines.push(format!("\n{} records, head {}", view.records, view.journal_head));
    lines
}

pub(super) fn metrics(
    cases: &[PathBuf],
    playbooks: Option<&Path>,
    csv: Option<&Path>,
    is_json: bool,
) -> Result<u8, Error> {
    let library = read_library(playbooks)?;
    let metrics = metrics_of_cases(cases, &library)?;
    for left in &metrics.left_out {
        say(&format!("Left out: {left}"));
    }
    let (table, log) = metrics_csv(&metrics)?;
    if let Some(folder) = csv {
        let failed =
            |error: std::io::Error| Error::Output { path: folder.display().to_string(), reason: error.to_string() };
        std::fs::create_dir_all(folder).map_err(failed)?;
        std::fs::write(folder.join("metrics.csv"), &table).map_err(failed)?;
        std::fs::write(folder.join("incidents.csv"), &log).map_err(failed)?;
    }
    if is_json {
        answer(&json!(metrics));
    } else {
        tell(String::from_utf8_lossy(&table).trim_end());
    }
    Ok(DONE)
}
