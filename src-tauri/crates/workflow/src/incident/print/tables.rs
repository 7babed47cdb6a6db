//! The tables of an incident: timeline, clocks, steps, checks, decisions, holds, messages, calls, evidence, action items.

use domain::Instant;
use domain::incident::{IncidentStatus, StepState};
use domain::paper::PaperTable;
use incidents::ClockState;
use incidents::incident::event::{ActionPriority, CustodyAct, IncidentTime};
use incidents::incident::{ActionState, DecisionRecord, MessageState, TimelineEntry};

use super::known::{Known, acts, moment, number, seconds, table, text, told_at, utc, utc_or, words, yes};

/// Entries in the order in which things happened.
pub(super) fn entries<'a>(known: &'a Known<'_>) -> Vec<&'a TimelineEntry> {
    let mut entries: Vec<&TimelineEntry> = known.incident().timeline.iter().collect();
    entries.sort_by_key(|entry| (entry.happened_at, entry.number));
    entries
}

fn entry_text(entry: &TimelineEntry) -> String {
    let mut told = entry.text.clone();
    if !entry.corrected_by.is_empty() {
        let by: Vec<String> = entry.corrected_by.iter().map(u64::to_string).collect();
        told.push_str(&format!(" (corrected by entry {})", by.join(", ")));
    }
    told
}

pub(super) fn timeline(known: &Known<'_>) -> PaperTable {
    let row = |entry: &&TimelineEntry| {
        let evidence: Vec<&str> =
            entry.links.iter().filter(|link| link.kind == "evidence").map(|link| link.id.as_str()).collect();
        vec![
            entry.number.to_string(),
            utc(entry.happened_at),
            utc(entry.recorded_at),
            entry.by.clone(),
            entry_text(entry),
            evidence.join(", "),
        ]
    };
    let columns = vec![
        number("No."),
        text("Happened (UTC)", 11),
        text("Written down (UTC)", 11),
        text("Who", 9),
        text("Entry", 40),
        text("Evidence", 8),
    ];
    table("timeline", "No entry was recorded.", columns, entries(known).iter().map(row).collect())
}

/// How a clock stands, and by how much.
fn standing(state: &ClockState) -> (&'static str, String) {
    match state {
        ClockState::Met { left_s } => ("met in time", format!("{} left", seconds(*left_s))),
        ClockState::MetLate { by_s } => ("met late", format!("{} late", seconds(*by_s))),
        ClockState::Overdue { by_s } => ("overdue", format!("{} late", seconds(*by_s))),
        ClockState::EndedLate { by_s } => ("missed", format!("{} late", seconds(*by_s))),
        ClockState::Running { left_s } => ("running", format!("{} left", seconds(*left_s))),
        ClockState::Paused { left_s } => ("paused", format!("{} left", seconds(*left_s))),
        ClockState::Ended => ("no longer needed", String::new()),
    }
}

pub(super) fn clocks(known: &Known<'_>, only_late: bool) -> PaperTable {
    let clocks = known.view.clocks.iter().filter(|clock| !only_late || clock.is_late);
    let rows = clocks.map(|clock| {
        let (word, by) = standing(&clock.state);
        vec![
            clock.clock.title.clone(),
            utc(clock.clock.start),
            utc(clock.clock.due),
            utc_or(clock.clock.met_at, ""),
            word.to_owned(),
            by,
        ]
    });
    let columns = vec![
        text("Clock", 22),
        text("Started (UTC)", 11),
        text("Due (UTC)", 11),
        text("Met (UTC)", 11),
        text("Standing", 10),
        text("By how much", 9),
    ];
    let (name, empty) = match only_late {
        true => ("clocks-missed", "No clock was missed."),
        false => ("clocks", "No clock was started."),
    };
    table(name, empty, columns, rows.collect())
}

/// One table for each playbook in use.
pub(super) fn steps(known: &Known<'_>) -> Vec<PaperTable> {
    let incident = known.incident();
    let mut tables = Vec::new();
    for applied in &incident.playbooks {
        let playbook = &applied.playbook;
        let steps = known.view.steps.iter().filter(|view| view.playbook == playbook.id);
        let rows = steps.map(|view| {
            let record = view.record.as_ref();
            let waits = view.waits_for.as_ref().map(|decision| format!("waits for the decision \"{decision}\""));
            let result = record.map_or_else(|| waits.unwrap_or_default(), |record| record.result.clone());
            vec![
                view.step.order.to_string(),
                if view.step.required { format!("{} (required)", view.step.text) } else { view.step.text.clone() },
                words(view.state.word()),
                record.map_or_else(String::new, |record| record.by.clone()),
                record.map_or_else(String::new, |record| utc(record.at)),
                result,
                record.map_or_else(String::new, |record| record.reason.clone()),
            ]
        });
        let columns = vec![
            number("No."),
            text("Step", 26),
            text("State", 8),
            text("Who", 8),
            text("When (UTC)", 9),
            text("Result", 16),
            text("Left out because", 10),
        ];
        let mut one = table(&format!("steps-{}", playbook.id), "It has no step.", columns, rows.collect());
        one.title = format!("{}, version {}", playbook.title, playbook.version);
        tables.push(one);
    }
    tables
}

/// Steps that were left out.
pub(super) fn skipped(known: &Known<'_>) -> PaperTable {
    let skipped = known.view.steps.iter().filter(|view| view.state == StepState::Skipped);
    let rows = skipped.map(|view| {
        let record = view.record.as_ref();
        vec![
            view.step.text.clone(),
            record.map_or_else(String::new, |record| record.by.clone()),
            record.map_or_else(String::new, |record| record.reason.clone()),
        ]
    });
    let columns = vec![text("Step left out", 30), text("Who", 8), text("Because", 20)];
    table("steps-skipped", "No step was left out.", columns, rows.collect())
}

pub(super) fn checks(known: &Known<'_>) -> PaperTable {
    let rows = known.incident().checks.iter().map(|check| {
        let function = known.library.function(&check.run.function);
        let judged = check.judged_false.as_ref().map_or_else(String::new, |(is_false, reason)| {
            format!("{}: {reason}", if *is_false { "judged a false alarm" } else { "judged a true alarm" })
        });
        let inputs = check.run.inputs.iter().map(|input| format!("{}, SHA-256 {}", input.name, input.sha256.to_hex()));
        let parameters = check.run.parameters.iter().map(|(name, value)| format!("{name} = {value}"));
        vec![
            format!("{} {}", check.run.run, check.run.function),
            function.map_or_else(String::new, |function| function.does.clone()),
            utc(check.at),
            check.by.clone(),
            words(check.run.result.word()),
            check.run.summary.clone(),
            check.run.findings.join(", "),
            judged,
            inputs.collect::<Vec<_>>().join("\n"),
            parameters.collect::<Vec<_>>().join("\n"),
            check.run.program_version.clone(),
        ]
    });
    let columns = [
        "Check",
        "What it does",
        "When (UTC)",
        "Run by",
        "Result",
        "What it found",
        "Findings",
        "Alarm",
        "Inputs",
        "Settings",
        "Program version",
    ];
    cards("checks", "No check was run.", &columns, rows.collect())
}

fn cards(name: &str, empty: &str, columns: &[&str], rows: Vec<Vec<String>>) -> PaperTable {
    let columns = columns.iter().map(|column| text(column, 10)).collect();
    PaperTable { is_cards: true, ..table(name, empty, columns, rows) }
}

fn decision_row((number, decision): (usize, &DecisionRecord)) -> Vec<String> {
    let options: Vec<String> =
        decision.options.iter().map(|(label, consequence)| format!("{label}: {consequence}")).collect();
    vec![
        number.to_string(),
        utc(decision.at),
        decision.question.clone(),
        options.join("\n"),
        decision.chosen.clone(),
        decision.consequence.clone(),
        if decision.irreversible { "cannot be undone" } else { "can be undone" }.to_owned(),
        decision.by.clone(),
        decision.confirmation.second_person.clone().unwrap_or_default(),
        decision.reason.clone(),
        decision.evidence.join(", "),
    ]
}

pub(super) fn decisions(known: &Known<'_>) -> PaperTable {
    let rows = (1..).zip(&known.incident().decisions).map(decision_row).collect();
    let columns = [
        "Decision",
        "Time (UTC)",
        "Question",
        "Options considered",
        "Chosen",
        "Consequence accepted",
        "Undoing it",
        "By",
        "Second person",
        "Reason",
        "Evidence",
    ];
    cards("decisions", "No decision was recorded.", &columns, rows)
}

pub(super) fn overrides(known: &Known<'_>) -> PaperTable {
    let name_of = |id: &str| {
        let election = known.incident().elections.iter().find(|one| one.id == id);
        election.map_or_else(|| id.to_owned(), |one| format!("{} ({})", one.name, one.id))
    };
    let rows = (1..).zip(&known.incident().overrides).map(|(number, one)| {
        let number: usize = number;
        vec![
            number.to_string(),
            utc(one.at),
            one.guard.clone(),
            words(one.act.word()),
            name_of(&one.election),
            one.by.clone(),
            one.second_person.clone(),
            one.reason.clone(),
            yes(one.is_in_force),
        ]
    });
    let columns = [
        "Override",
        "Time (UTC)",
        "Hold",
        "Act allowed",
        "Election",
        "By",
        "Second person",
        "Reason",
        "Still in force",
    ];
    cards("overrides", "No hold was overridden.", &columns, rows.collect())
}

/// What is held back now.
pub(super) fn held_now(known: &Known<'_>) -> PaperTable {
    let rows = known.locks().into_iter().map(|(election, lock)| {
        vec![lock.guard.clone(), election, acts(&lock.blocks), utc_or(lock.since, "always"), lock.message.clone()]
    });
    let columns =
        vec![text("Hold", 12), text("Election", 12), text("Held back", 12), text("Since (UTC)", 9), text("Why", 28)];
    table("held-now", "Nothing is held back now.", columns, rows.collect())
}

/// Holds set by hand, and what became of them.
pub(super) fn holds(known: &Known<'_>) -> PaperTable {
    let incident = known.incident();
    let rows = incident.holds.iter().map(|hold| {
        let is_lifted = incident.released.iter().any(|release| release.is_in_force && release.guard == hold.id);
        vec![
            hold.id.clone(),
            acts(&hold.blocks),
            hold.election.clone().unwrap_or_else(|| "every election of the incident".to_owned()),
            utc(hold.since),
            hold.by.clone(),
            hold.message.clone(),
            yes(is_lifted),
        ]
    });
    let columns = vec![
        text("Hold", 8),
        text("Held back", 12),
        text("Election", 12),
        text("Since (UTC)", 9),
        text("By", 8),
        text("Why", 20),
        text("Lifted", 6),
    ];
    table("holds", "No hold was set by hand.", columns, rows.collect())
}

/// Holds and guards that two people lifted.
pub(super) fn released(known: &Known<'_>) -> PaperTable {
    let rows = known.incident().released.iter().map(|release| {
        vec![
            release.guard.clone(),
            utc(release.at),
            release.by.clone(),
            release.second_person.clone(),
            release.reason.clone(),
            yes(release.is_in_force),
        ]
    });
    let columns = vec![
        text("Hold", 12),
        text("Lifted (UTC)", 9),
        text("By", 9),
        text("Second person", 9),
        text("Reason", 22),
        text("Still lifted", 6),
    ];
    table("released", "No hold was lifted by two people.", columns, rows.collect())
}

/// What the playbooks in use hold back while the incident is open.
pub(super) fn guards(known: &Known<'_>) -> PaperTable {
    let applied = known.incident().playbooks.iter();
    let rows = applied.flat_map(|applied| {
        applied.playbook.guards.iter().map(|guard| {
            vec![
                guard.id.clone(),
                acts(&guard.blocks),
                guard.message.clone(),
                if guard.override_allowed { "by two people" } else { "by nobody" }.to_owned(),
            ]
        })
    });
    let columns = vec![text("Guard", 13), text("Holds back", 14), text("Why", 30), text("Can be overridden", 9)];
    table("guards", "The playbooks in use have no guard.", columns, rows.collect())
}

fn by_at(by: Option<&String>, at: Option<Instant>) -> String {
    match (by, at) {
        (Some(by), Some(at)) => format!("{by}, {}", at.to_display()),
        _ => String::new(),
    }
}

pub(super) fn messages(known: &Known<'_>) -> PaperTable {
    let rows = known.incident().messages.iter().map(|message| {
        let state = match message.state {
            MessageState::Prepared => "prepared, not approved",
            MessageState::Approved => "approved, not sent",
            MessageState::Sent => "sent",
            MessageState::Withdrawn => "given up",
        };
        let draft = &message.draft;
        vec![
            draft.message.clone(),
            state.to_owned(),
            utc_or(message.sent_at, ""),
            message.sent_by.clone().unwrap_or_default(),
            draft.audience.clone(),
            if message.sent_channel.is_empty() { draft.channel.clone() } else { message.sent_channel.clone() },
            draft.template.clone(),
            by_at(Some(&message.prepared_by), Some(message.prepared_at)),
            by_at(message.approved_by.as_ref(), message.approved_at),
            draft.subject.clone(),
            draft.body.clone(),
        ]
    });
    let columns = [
        "Message",
        "State",
        "Time (UTC)",
        "Sent by",
        "For whom",
        "By which way",
        "Template",
        "Prepared",
        "Approved",
        "Subject",
        "Text",
    ];
    cards("messages", "No message was prepared.", &columns, rows.collect())
}

pub(super) fn escalations(known: &Known<'_>) -> PaperTable {
    let rows = known.incident().escalations.iter().map(|call| {
        vec![
            utc(call.tried_at),
            if call.level == 0 { "beside the ladder".to_owned() } else { call.level.to_string() },
            words(&call.role),
            call.person.clone(),
            call.method.clone(),
            call.reason.clone(),
            call.by.clone(),
            utc_or(call.acknowledged_at, "not taken"),
        ]
    });
    let columns = vec![
        text("Called (UTC)", 9),
        text("Level", 6),
        text("Role", 8),
        text("Person", 10),
        text("How", 8),
        text("Why", 18),
        text("Called by", 8),
        text("Taken (UTC)", 9),
    ];
    table("escalations", "Nobody was called.", columns, rows.collect())
}

/// Items of evidence, with the last time their hash was looked at.
pub(super) fn evidence(known: &Known<'_>) -> PaperTable {
    let rows = known.sheet.items.iter().map(|(item, lines)| {
        let last = lines.iter().rfind(|line| line.entry.act == CustodyAct::Verified);
        let hashed = known.hashed.iter().find(|check| check.id == item.id);
        let is_whole = hashed.map(|check| check.is_whole).or(last.and_then(|line| line.entry.hash_agreed));
        let result = match is_whole {
            Some(true) => "every byte as it came".to_owned(),
            Some(false) => {
                let problems = hashed.map_or_else(String::new, |check| check.problems.join("; "));
                format!("NOT as it came: {problems}")
            }
            None => "not looked at since it came".to_owned(),
        };
        vec![
            item.id.clone(),
            item.about.what.clone(),
            item.name.clone(),
            item.sha256.clone(),
            format!("{} bytes", item.bytes),
            item.captured_by.clone(),
            told_at(&item.captured_at),
            utc_or(last.map(|line| line.at), "never"),
            result,
            item.about.fulfils.clone().unwrap_or_default(),
        ]
    });
    let columns = [
        "Item",
        "Description",
        "Name",
        "SHA-256",
        "Size",
        "Captured by",
        "Captured at",
        "Verified (UTC)",
        "Result",
        "Asked for by the playbook as",
    ];
    cards("evidence", "No evidence was kept.", &columns, rows.collect())
}

/// Evidence that a playbook asks for and that is missing, with the reason.
pub(super) fn missing(known: &Known<'_>) -> PaperTable {
    let rows = known.sheet.missing.iter().map(|(item, why)| vec![item.clone(), why.clone()]);
    let columns = vec![text("Evidence that is missing", 20), text("Because", 30)];
    table("evidence-missing", "No missing evidence had to be explained.", columns, rows.collect())
}

pub(super) fn actions(known: &Known<'_>) -> PaperTable {
    let rows = known.incident().actions.iter().map(|action| {
        let priority = match action.priority {
            ActionPriority::High => "high",
            ActionPriority::Medium => "medium",
            ActionPriority::Low => "low",
        };
        let state = match &action.state {
            ActionState::Open if action.due < known.view.now => "open, overdue".to_owned(),
            ActionState::Open => "open".to_owned(),
            ActionState::Done { at, proof } => format!("done {}: {proof}", utc(*at)),
            ActionState::Dropped { at, reason } => format!("given up {}: {reason}", utc(*at)),
        };
        vec![action.id.clone(), priority.to_owned(), action.text.clone(), action.owner.clone(), utc(action.due), state]
    });
    let columns = vec![
        text("Action", 6),
        text("Priority", 7),
        text("What", 26),
        text("Owner", 9),
        text("Due (UTC)", 9),
        text("State", 16),
    ];
    table("actions", "No action was agreed.", columns, rows.collect())
}

/// When it began, was noticed, answered, contained, mitigated, resolved.
pub(super) fn moments(known: &Known<'_>) -> PaperTable {
    let incident = known.incident();
    let of_records = "from the records";
    let entered = |time: IncidentTime| {
        let stamp = incident.times.known.get(&time);
        let at = stamp.map_or_else(String::new, |stamp| match stamp.latest {
            Some(latest) => format!("{} to {}", utc(stamp.at), utc(latest)),
            None => utc(stamp.at),
        });
        let source = stamp.map_or("", |stamp| if stamp.is_entered { "entered by a person" } else { of_records });
        (moment(time), at, source)
    };
    let status = |name: &'static str, wanted: IncidentStatus| {
        let at = incident.statuses.iter().rfind(|entry| entry.status == wanted).map(|entry| utc(entry.at));
        (name, at.unwrap_or_default(), of_records)
    };
    let known_at = |name: &'static str, at: Option<Instant>| (name, utc_or(at, ""), of_records);
    let moments = [
        entered(IncidentTime::Began),
        entered(IncidentTime::Detected),
        entered(IncidentTime::Reported),
        known_at("Declared", incident.times.declared),
        entered(IncidentTime::Acknowledged),
        entered(IncidentTime::FirstAction),
        entered(IncidentTime::Contained),
        status("Mitigated (being watched)", IncidentStatus::Monitoring),
        known_at("Resolved", incident.times.resolved),
        known_at("Review held", incident.review.held_at),
        known_at("Ended", incident.times.ended),
    ];
    let rows = moments.into_iter().map(|(name, at, source)| match at.is_empty() {
        true => vec![name.to_owned(), "not recorded".to_owned(), String::new()],
        false => vec![name.to_owned(), at, source.to_owned()],
    });
    let columns = vec![text("Moment", 16), text("Time (UTC)", 20), text("Source", 14)];
    table("moments", "", columns, rows.collect())
}

/// Signatures under the review.
pub(super) fn signatures(known: &Known<'_>) -> PaperTable {
    let rows = known
        .incident()
        .review
        .signatures
        .iter()
        .map(|one| vec![one.person.clone(), known.role_title(&one.role), utc(one.at)]);
    let columns = vec![text("Signed in the program by", 20), text("As", 16), text("Time (UTC)", 14)];
    table("signatures", "Nobody has signed in the program yet.", columns, rows.collect())
}
