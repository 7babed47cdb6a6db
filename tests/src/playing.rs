//! Plays incidents through the use cases: declared, worked on step by step as each kind of step demands, closed.

use domain::Unwatched;
use domain::incident::{IncidentStatus, StepKind, StepState};
use workflow::incident::incidents::incident::event::{Confirmation, PlaybookChoice};
use workflow::incident::incidents::playbook::DueFrom;
use workflow::incident::incidents::{IncidentEvent, Library};
use workflow::incident::{About, EscalationCall, NewIncident, Responders, StepReport};

use crate::office::Office;

/// Anna, and Ben beside her.
pub fn anna(office: &Office) -> Responders {
    Responders::of(&office.two())
}

/// Declares an incident: its number.
pub fn declare(office: &mut Office, library: &Library, new: NewIncident) -> String {
    let by = anna(office);
    office.case.declare_incident(&by, library, &new, None).expect("declared").incident
}

/// An incident of which nothing but the title is said.
pub fn titled(title: &str) -> NewIncident {
    NewIncident { title: title.to_owned(), ..NewIncident::default() }
}

/// Does what a step asks for, as its kind demands, through the use cases.
pub fn do_step(office: &mut Office, library: &Library, incident: &str, playbook: &str, step: &str, option: usize) {
    let by = anna(office);
    let view = office.case.incident(incident, Some(&by)).expect("there");
    let applied = view.applied(playbook).expect("in use").clone();
    let asked = applied.playbook.step(step).expect("there").clone();
    let decisions: Vec<_> =
        applied.playbook.decisions.iter().filter(|decision| decision.after_step == step).cloned().collect();
    let decide = |office: &mut Office| {
        for decision in &decisions {
            let chosen = &decision.options[option.min(decision.options.len() - 1)];
            let choice = PlaybookChoice {
                playbook: playbook.to_owned(),
                decision: decision.id.clone(),
                option: chosen.id.clone(),
                reason: "It is the better way".to_owned(),
                evidence: Vec::new(),
                confirmation: Confirmation {
                    second_person: None,
                    typed: Some(incident.to_owned()),
                    consequence_accepted: true,
                },
            };
            office.case.decide(&by, incident, choice).expect("decided");
        }
    };
    if asked.kind == StepKind::Decide {
        decide(office);
    }
    let mut report = StepReport {
        playbook: Some(playbook.to_owned()),
        step: step.to_owned(),
        result: "Written down.".to_owned(),
        ..StepReport::default()
    };
    match (asked.kind, asked.auto.as_deref()) {
        (StepKind::Check, Some(function)) if function.starts_with("check.") => {
            let (run, _) =
                office.case.run_step(&by, library, incident, &report, None, &Unwatched).expect("the check runs");
            assert_eq!(run.expect("a run").function, function);
            return;
        }
        (StepKind::Capture, Some("act.capture_snapshot")) => {
            office.case.run_step(&by, library, incident, &report, None, &Unwatched).expect("preserved");
            return;
        }
        (StepKind::Capture, _) => {
            let (item, _) = office
                .case
                .add_evidence_note(&by, incident, "What was seen", &About::default())
                .expect("the note is kept");
            report.evidence = vec![item.id];
        }
        (StepKind::Notify, _) => {
            if let Some(template) = &asked.template {
                report.messages = vec![send(office, library, incident, template)];
            }
        }
        (StepKind::Escalate, _) => {
            let call = EscalationCall { level: Some(1), reason: asked.text.clone(), ..EscalationCall::default() };
            office.case.escalate(&by, library, incident, &call).expect("called");
        }
        _ => {}
    }
    office.case.change_step(&by, incident, &report).unwrap_or_else(|error| panic!("{playbook}/{step}: {error}"));
    if asked.kind != StepKind::Decide {
        decide(office);
    }
}

/// Fills, approves and confirms a message; everything that is not known gets a value.
pub fn send(office: &mut Office, library: &Library, incident: &str, template: &str) -> String {
    let by = anna(office);
    let placeholders = &library.template(template).expect("shipped").placeholders;
    let values = placeholders.iter().map(|name| (name.clone(), format!("({name})"))).collect();
    let (message, _) = office
        .case
        .prepare_incident_notice(&by, library, incident, template, &values, None, "mail")
        .unwrap_or_else(|error| panic!("{template}: {error}"));
    office.case.approve_incident_notice(&by, incident, &message).expect("approved");
    office.case.confirm_incident_notice(&by, library, incident, &message, "").expect("sent");
    message
}

/// Works through every open step that applies, in order.
pub fn work(office: &mut Office, library: &Library, incident: &str, after_resolution: bool, option: usize) {
    let by = anna(office);
    loop {
        let steps = office.case.incident(incident, Some(&by)).expect("there").steps();
        let next = steps.into_iter().find(|view| {
            let is_later = view.step.due.is_some_and(|due| due.from == DueFrom::Resolved);
            view.state == StepState::Open && view.waits_for.is_none() && (after_resolution || !is_later)
        });
        let Some(view) = next else { return };
        office.clock.pass(20);
        do_step(office, library, incident, &view.playbook, &view.step.id, option);
    }
}

/// Sets the status.
pub fn set_status(office: &mut Office, incident: &str, to: IncidentStatus) {
    let by = anna(office);
    office.case.set_incident_status(&by, incident, to, "").unwrap_or_else(|error| panic!("{to}: {error}"));
}

/// From the resolution to the end: review, what is missing, conditions, closed.
pub fn finish(office: &mut Office, library: &Library, incident: &str, option: usize) {
    let by = anna(office);
    let known = office.case.incident(incident, Some(&by)).expect("there");
    if known.needs_review() {
        office.clock.pass(3600);
        let participants = vec!["Anna".to_owned(), "Ben".to_owned()];
        let held = IncidentEvent::ReviewHeld { participants };
        office.case.record_in_incident(&by, incident, None, held).expect("held");
    }
    work(office, library, incident, true, option);
    if known.needs_review() {
        set_status(office, incident, IncidentStatus::Reviewed);
    }
    let known = office.case.incident(incident, Some(&by)).expect("there");
    for applied in &known.playbooks {
        let id = &applied.playbook.id;
        for item in applied.playbook.evidence.iter().filter(|item| item.required) {
            let item = format!("{id}/{}", item.id);
            if !known.evidence.iter().any(|record| record.fulfils.as_ref() == Some(&item)) {
                let event = IncidentEvent::EvidenceExplained { item, reason: "The machine is gone".to_owned() };
                office.case.record_in_incident(&by, incident, None, event).expect("explained");
            }
        }
        for condition in 1..=applied.playbook.close_when.len() {
            let event = IncidentEvent::CloseConditionConfirmed { playbook: id.clone(), condition, note: String::new() };
            office.case.record_in_incident(&by, incident, None, event).expect("confirmed");
        }
    }
    set_status(office, incident, IncidentStatus::Closed);
}
