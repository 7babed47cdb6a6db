//! One sentence for each record, as the timeline shows it.

use domain::incident::{EntryKind, StepState};

use super::event::{ActionPriority, CustodyAct, IncidentEvent, IncidentTime, Link};

fn because(reason: &str) -> String {
    if reason.trim().is_empty() { String::new() } else { format!(" because: {reason}") }
}

fn link(kind: &str, id: &str) -> Vec<Link> {
    vec![Link { kind: kind.to_owned(), id: id.to_owned() }]
}

/// Kind, text and links of the entry that a record makes.
pub(super) fn describe(event: &IncidentEvent) -> (EntryKind, String, Vec<Link>) {
    let plain = |kind: EntryKind, text: String| (kind, text, Vec::new());
    match event {
        IncidentEvent::Reported(report) => plain(EntryKind::Fact, format!("Reported: {}", report.title)),
        IncidentEvent::Declared(declaration) => {
            let doubt = if declaration.provisional { ", provisional" } else { "" };
            let drill = if declaration.is_drill { "Exercise declared" } else { "Declared" };
            let text = format!("{drill}: {} (severity {}{doubt})", declaration.title, declaration.severity);
            plain(EntryKind::Decision, text)
        }
        IncidentEvent::SeverityChanged { to, label, provisional, reason, .. } => {
            let label = if label.is_empty() { String::new() } else { format!(" ({label})") };
            let doubt = if *provisional { ", provisional" } else { "" };
            plain(EntryKind::Decision, format!("Severity is now {to}{label}{doubt}{}", because(reason)))
        }
        IncidentEvent::StatusChanged { to, reason } => {
            plain(EntryKind::Action, format!("Status is now {}{}", to.word().replace('_', " "), because(reason)))
        }
        IncidentEvent::CauseFound { text } => plain(EntryKind::Fact, format!("Cause: {text}")),
        IncidentEvent::TimeEntered { time, at, latest } => {
            let what = match time {
                IncidentTime::Began => "Harm began",
                IncidentTime::Detected => "First sign noticed",
                IncidentTime::Reported => "Reached the office",
                IncidentTime::Acknowledged => "First responder answered",
                IncidentTime::FirstAction => "First action",
                IncidentTime::Contained => "Contained",
            };
            let until = latest.map_or_else(String::new, |latest| format!(" to {}", latest.to_display()));
            plain(EntryKind::Fact, format!("{what}: {}{until}", at.to_display()))
        }
        IncidentEvent::Noted { kind, text, links } => (*kind, text.clone(), links.clone()),
        IncidentEvent::Corrected { entry, text } => {
            (EntryKind::Fact, format!("Correction of entry {entry}: {text}"), link("entry", &entry.to_string()))
        }
        IncidentEvent::RoleSet { role, person: Some(person) } => {
            plain(EntryKind::Action, format!("{person} takes the role \"{role}\""))
        }
        IncidentEvent::RoleSet { role, person: None } => {
            plain(EntryKind::Action, format!("Nobody holds the role \"{role}\" now"))
        }
        IncidentEvent::Acknowledged {} => plain(EntryKind::Action, "The first responder answered".to_owned()),
        IncidentEvent::ElectionAdded(election) => (
            EntryKind::Fact,
            format!("The election \"{}\" is concerned too", election.name),
            link("election", &election.id),
        ),
        IncidentEvent::PlaybookApplied(playbook) => {
            plain(EntryKind::Action, format!("The playbook \"{}\" {} is followed too", playbook.id, playbook.version))
        }
        IncidentEvent::StepChanged(change) => {
            let state = match change.state {
                StepState::Open => "is open again",
                StepState::Doing => "is being worked on",
                StepState::Done => "is done",
                StepState::Skipped => "is skipped",
                StepState::NotApplicable => "does not apply",
            };
            let result = if change.result.is_empty() { String::new() } else { format!(": {}", change.result) };
            let text = format!("Step \"{}\" {state}{}{result}", change.step, because(&change.reason));
            let links = [("evidence", &change.evidence), ("message", &change.messages), ("check", &change.checks)];
            let links =
                links.into_iter().flat_map(|(kind, ids)| ids.iter().flat_map(move |id| link(kind, id))).collect();
            (EntryKind::Action, text, links)
        }
        IncidentEvent::ChecklistChanged { checklist, item, done, note } => {
            let state = if *done { "is done" } else { "is open again" };
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            plain(EntryKind::Action, format!("Item \"{item}\" of \"{checklist}\" {state}{note}"))
        }
        IncidentEvent::DecisionTaken(choice) => {
            let second = choice.confirmation.second_person.as_ref();
            let second = second.map_or_else(String::new, |second| format!(", confirmed by {second}"));
            let text = format!("\"{}\" decided: {}{second}{}", choice.decision, choice.option, because(&choice.reason));
            plain(EntryKind::Decision, text)
        }
        IncidentEvent::OwnDecisionTaken(choice) => {
            let chosen = choice.options.get(choice.chosen).map_or("", |option| option.label.as_str());
            plain(EntryKind::Decision, format!("{} Decided: {chosen}{}", choice.question, because(&choice.reason)))
        }
        IncidentEvent::ConditionSet { condition, holds, reason } => {
            let word = format!("{condition:?}");
            let state = if *holds { "holds" } else { "does not hold" };
            plain(EntryKind::Fact, format!("Circumstance {} {state}{}", spaced(&word), because(reason)))
        }
        IncidentEvent::HoldSet { hold, blocks, message, .. } => {
            let acts = blocks.iter().map(|act| act.word().replace('_', " ")).collect::<Vec<_>>().join(", ");
            plain(EntryKind::Hold, format!("Hold \"{hold}\" on {acts}: {message}"))
        }
        IncidentEvent::HoldReleased { guard, second_person, reason } => {
            plain(EntryKind::Hold, format!("\"{guard}\" lifted, confirmed by {second_person}{}", because(reason)))
        }
        IncidentEvent::GuardOverridden { guard, act, election, second_person, reason } => (
            EntryKind::Hold,
            format!("\"{guard}\" overridden for {act}, confirmed by {second_person}{}", because(reason)),
            link("election", election),
        ),
        _ => describe_work(event),
    }
}

/// The other half of [`describe`].
fn describe_work(event: &IncidentEvent) -> (EntryKind, String, Vec<Link>) {
    let plain = |kind: EntryKind, text: String| (kind, text, Vec::new());
    match event {
        IncidentEvent::EvidenceLinked(item) => {
            (EntryKind::Evidence, format!("Evidence: {}", item.what), link("evidence", &item.evidence))
        }
        IncidentEvent::EvidenceExplained { item, reason } => {
            plain(EntryKind::Evidence, format!("Evidence \"{item}\" is missing{}", because(reason)))
        }
        IncidentEvent::CustodyEntered(entry) => {
            let act = match entry.act {
                CustodyAct::Captured => "captured",
                CustodyAct::Viewed => "viewed",
                CustodyAct::Exported => "exported",
                CustodyAct::Verified => "verified",
                CustodyAct::Transferred => "transferred",
                CustodyAct::Copied => "copied",
                CustodyAct::Sealed => "sealed",
                CustodyAct::Disposed => "disposed of",
            };
            let hash = match entry.hash_agreed {
                Some(true) => ", hash agrees",
                Some(false) => ", hash differs",
                None => "",
            };
            let text = format!("Evidence {} {act}{hash}{}", entry.evidence, because(&entry.why));
            (EntryKind::Evidence, text, link("evidence", &entry.evidence))
        }
        IncidentEvent::MessagePrepared(draft) => {
            let text = format!("Message to {} prepared: {}", draft.audience, draft.subject);
            (EntryKind::Message, text, link("message", &draft.message))
        }
        IncidentEvent::MessageApproved { message } => {
            (EntryKind::Message, format!("Message {message} approved"), link("message", message))
        }
        IncidentEvent::MessageSent { message, channel, .. } => {
            (EntryKind::Message, format!("Message {message} sent by {channel}"), link("message", message))
        }
        IncidentEvent::MessageWithdrawn { message, reason } => {
            (EntryKind::Message, format!("Message {message} withdrawn{}", because(reason)), link("message", message))
        }
        IncidentEvent::UpdateGiven { text } => plain(EntryKind::Message, format!("Update: {text}")),
        IncidentEvent::EscalationTried { level, role, person, method, reason } => plain(
            EntryKind::Escalation,
            format!("Level {level}: {person} ({role}) called by {method}{}", because(reason)),
        ),
        IncidentEvent::EscalationAcknowledged { level, person } => {
            plain(EntryKind::Escalation, format!("Level {level}: {person} took it"))
        }
        IncidentEvent::CheckRun(run) => {
            (EntryKind::Check, format!("{}: {}. {}", run.function, run.result, run.summary), link("check", &run.run))
        }
        IncidentEvent::AlarmJudged { run, is_false, reason } => {
            let word = if *is_false { "false" } else { "justified" };
            (EntryKind::Check, format!("The alarm of {run} was {word}{}", because(reason)), link("check", run))
        }
        IncidentEvent::ActionAdded(action) => {
            let priority = match action.priority {
                ActionPriority::High => "high",
                ActionPriority::Medium => "medium",
                ActionPriority::Low => "low",
            };
            let text = format!("Action item for {}, priority {priority}: {}", action.owner, action.text);
            (EntryKind::Action, text, link("action", &action.action))
        }
        IncidentEvent::ActionChanged { action, owner, due, reason } => (
            EntryKind::Action,
            format!("Action item {action}: {owner}, due {}{}", due.to_display(), because(reason)),
            link("action", action),
        ),
        IncidentEvent::ActionDone { action, proof } => {
            (EntryKind::Action, format!("Action item {action} is done: {proof}"), link("action", action))
        }
        IncidentEvent::ActionDropped { action, reason } => {
            (EntryKind::Action, format!("Action item {action} is given up{}", because(reason)), link("action", action))
        }
        IncidentEvent::ReviewScheduled { planned_for } => {
            plain(EntryKind::Action, format!("The review is planned for {}", planned_for.to_display()))
        }
        IncidentEvent::ReviewHeld { participants } => {
            plain(EntryKind::Action, format!("The review was held with {}", participants.join(", ")))
        }
        IncidentEvent::ReviewSigned { role } => plain(EntryKind::Action, format!("The review was signed as {role}")),
        IncidentEvent::SectionWritten { report, section, .. } => {
            plain(EntryKind::Action, format!("Text \"{section}\" of the report \"{report}\" written"))
        }
        IncidentEvent::Related { incident, how } => {
            (EntryKind::Fact, format!("Related to {incident}: {how}"), link("incident", incident.as_str()))
        }
        IncidentEvent::DuplicateOf { incident, reason } => (
            EntryKind::Decision,
            format!("Duplicate of {incident}{}", because(reason)),
            link("incident", incident.as_str()),
        ),
        IncidentEvent::AccessRestricted { people, reason } => {
            let who = if people.is_empty() { "everybody".to_owned() } else { people.join(", ") };
            plain(EntryKind::Action, format!("Access is for {who}{}", because(reason)))
        }
        IncidentEvent::ConflictMarked { person, reason } => {
            plain(EntryKind::Decision, format!("{person} is marked as conflicted{}", because(reason)))
        }
        IncidentEvent::ConflictLifted { person, second_person, reason } => plain(
            EntryKind::Decision,
            format!("{person} is no longer conflicted, confirmed by {second_person}{}", because(reason)),
        ),
        IncidentEvent::ClockStarted { title, start, .. } => {
            plain(EntryKind::Clock, format!("Deadline \"{title}\" runs from {}", start.to_display()))
        }
        IncidentEvent::ClockPaused { clock, reason } => {
            plain(EntryKind::Clock, format!("The clock \"{clock}\" stands still{}", because(reason)))
        }
        IncidentEvent::ClockResumed { clock } => plain(EntryKind::Clock, format!("The clock \"{clock}\" goes on")),
        IncidentEvent::ClockStopped { clock, outcome } => {
            plain(EntryKind::Clock, format!("The clock \"{clock}\" is met: {outcome}"))
        }
        IncidentEvent::CloseConditionConfirmed { playbook, condition, note } => {
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            plain(EntryKind::Action, format!("Condition {condition} of \"{playbook}\" confirmed{note}"))
        }
        IncidentEvent::FigureNoted { watch, value } => plain(EntryKind::Fact, format!("{watch}: {value}")),
        IncidentEvent::EstimateGiven { text, until } => {
            let until = until.map_or_else(String::new, |until| format!(" (until {})", until.to_display()));
            plain(EntryKind::Fact, format!("Estimate: {text}{until}"))
        }
        IncidentEvent::ClockJumped { before, after, elapsed_ms } => plain(
            EntryKind::Clock,
            format!(
                "The computer's clock was changed: from {} to {} in {} seconds",
                before.to_display(),
                after.to_display(),
                elapsed_ms / 1000
            ),
        ),
        // Taken by `describe`.
        _ => plain(EntryKind::Fact, String::new()),
    }
}

/// `MailFailing` as `mail failing`.
fn spaced(word: &str) -> String {
    let mut text = String::new();
    for letter in word.chars() {
        if letter.is_uppercase() && !text.is_empty() {
            text.push(' ');
        }
        text.extend(letter.to_lowercase());
    }
    text
}
