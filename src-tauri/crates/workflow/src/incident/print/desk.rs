//! Papers for the wall and the desk: the call list with the quick reference commands, and the page of a playbook.

use domain::incident::StepState;
use domain::paper::{Paper, PaperBox, PaperCommand, PaperPart, Remark, Weight};
use domain::{Instant, PaperSection, PaperTable, ReportLayout, Sha256Digest};
use incidents::command_fill::{self, EnvironmentProfile, KnownValues, QuickLine, incident_stamp};
use incidents::common::commands::{Command, Effect, Shell};
use incidents::common::contacts::Contact;
use incidents::incident::AppliedPlaybook;
use incidents::playbook::{DueFrom, GuardWhile, Playbook, Step};
use incidents::{Incident, Library};

use super::known::{acts, code, facts, points, table, text, words, yes};

/// What commands can be filled with, beside the profile of the office.
pub(super) fn known_values(incident: Option<&Incident>) -> KnownValues {
    let mut values = KnownValues::new();
    if let Some(incident) = incident {
        values.insert("incident_id".to_owned(), incident.id.to_string());
        if let Some(declared) = incident.declared_at() {
            values.insert("incident_stamp".to_owned(), incident_stamp(declared));
        }
        if let Some(election) = incident.elections.first() {
            values.insert("election_id".to_owned(), election.id.clone());
        }
    }
    values
}

/// The head of a paper that is about the procedures.
fn head(library: &Library, (id, title): (&str, &str), heading: &str, now: Instant, files: &[&str]) -> Paper {
    let mut made_from = vec![("Printed".to_owned(), now.to_display())];
    made_from.extend(files.iter().filter_map(|name| {
        let digest = library.digest_of(name)?;
        Some((format!("SHA-256 of {name}"), digest.to_hex()))
    }));
    Paper {
        id: id.to_owned(),
        title: title.to_owned(),
        heading: heading.to_owned(),
        control: library.control.marks(now),
        made_from,
        ..Paper::default()
    }
}

/// Builds the call list.
pub(super) fn call_list(
    library: &Library,
    layout: &ReportLayout,
    incident: Option<&Incident>,
    profile: &EnvironmentProfile,
    now: Instant,
) -> Paper {
    let about = (layout.id.as_str(), layout.title.as_str());
    let mut paper = head(library, about, "Whom to call, and what to type", now, &["contacts.toml", "commands.toml"]);
    let warnings = library.contacts.warnings().len();
    if warnings > 0 {
        (paper.state, paper.weight) = ("example values left".to_owned(), Weight::Major);
        paper.sentence = format!("{warnings} contacts and services still hold shipped examples; nobody answers there.");
        let title = "Fill in the office's own names and numbers before you rely on this list".to_owned();
        let text = "Entries with shipped examples are marked as such below.".to_owned();
        paper.remarks.push(Remark { weight: Weight::Major, title, text });
    } else {
        (paper.state, paper.weight) = ("filled in".to_owned(), Weight::Good);
        paper.sentence = "Every contact holds the office's own values.".to_owned();
    }
    if let Some(incident) = incident {
        paper.facts.push(("Incident".to_owned(), format!("{}: {}", incident.id, incident.title)));
    }
    for section in &layout.sections {
        let parts = match section.id.as_str() {
            "ladder" => vec![PaperPart::Table(ladder(library))],
            "others" => {
                let others = library.contacts.contacts.iter().filter(|contact| contact.ladder_level.is_none());
                vec![PaperPart::Table(contacts("contacts", others.collect()))]
            }
            "channels" => channels(library, incident),
            "commands" => commands(library, profile, &known_values(incident)),
            _ => vec![PaperPart::Nothing("This program does not know how to fill this section.".to_owned())],
        };
        paper.sections.push(PaperSection { id: section.id.clone(), title: section.title.clone(), parts });
    }
    paper
}

fn ladder(library: &Library) -> PaperTable {
    contacts("ladder", library.contacts.ladder())
}

fn contacts(name: &str, contacts: Vec<&Contact>) -> PaperTable {
    let is_ladder = name == "ladder";
    let rows = contacts.iter().map(|contact| {
        let or_none = |text: &str| if text.is_empty() { "not filled in".to_owned() } else { text.to_owned() };
        let mut row = vec![
            contact.role.clone(),
            or_none(&contact.name),
            or_none(&contact.phone),
            or_none(&contact.email),
            contact.when.clone(),
            if contact.example { "example" } else { "" }.to_owned(),
        ];
        if is_ladder {
            row.insert(0, contact.ladder_level.map_or_else(String::new, |level| level.to_string()));
        }
        row
    });
    let mut columns = vec![
        text("Role", 16),
        text("Name", 10),
        text("Telephone", 11),
        text("Mail", 13),
        text("When", 18),
        text("Note", 7),
    ];
    if is_ladder {
        columns.insert(0, text("Level", 5));
    }
    table(name, "Nobody is listed.", columns, rows.collect())
}

fn channels(library: &Library, incident: Option<&Incident>) -> Vec<PaperPart> {
    let of_incident = incident.and_then(|incident| incident.channel_name(library));
    let rows = library.contacts.channels.iter().map(|channel| {
        let name = match &of_incident {
            Some(name) if channel.id == "incident" => name.clone(),
            _ => channel.name.replace("{{declared_date}}", "YYYY-MM-DD").replace("{{declared_hhmm}}", "HHMM"),
        };
        vec![name, channel.purpose.clone()]
    });
    let services = library.contacts.services.iter().map(|service| {
        vec![service.name.clone(), service.address.clone(), if service.example { "example" } else { "" }.to_owned()]
    });
    vec![
        PaperPart::Table(table(
            "channels",
            "No channel is listed.",
            vec![text("Channel", 16), text("What for", 30)],
            rows.collect(),
        )),
        PaperPart::Table(table(
            "services",
            "No service is listed.",
            vec![text("Service", 14), code("Address", 24), text("Note", 8)],
            services.collect(),
        )),
    ]
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Look => "changes nothing",
        Effect::Change => "can be undone",
        Effect::Destructive => "cannot be undone",
    }
}

fn printed(library: &Library, line: &QuickLine, is_note: bool) -> PaperPart {
    // Each value that still stands in double braces, with its meaning; another fault is told as it is.
    let left = library.commands.placeholders.iter().filter(|one| line.text.contains(&format!("{{{{{}}}}}", one.id)));
    let left: Vec<String> = left.map(|one| format!("{} ({})", one.id, one.meaning)).collect();
    let is_value_missing = line.missing.contains("needs a value for");
    let missing = match (line.missing.is_empty(), line.has_examples) {
        (false, _) if is_value_missing => format!("To be filled in: {}.", left.join(", ")),
        (false, _) => format!("{}.", line.missing.trim_end_matches('.')),
        (true, true) => "Holds values of the example installation.".to_owned(),
        (true, false) => String::new(),
    };
    PaperPart::Command(PaperCommand {
        title: line.title.clone(),
        effect: effect(line.effect).to_owned(),
        is_destructive: line.effect == Effect::Destructive,
        note: line.note.clone().unwrap_or_default(),
        text: line.text.clone(),
        is_note,
        missing,
    })
}

fn commands(library: &Library, profile: &EnvironmentProfile, known: &KnownValues) -> Vec<PaperPart> {
    let parts = command_fill::quick_reference(&library.commands, profile, known);
    let mut all = vec![PaperPart::Text(
        "The program runs none of these. Keep the output as evidence. Values in double braces are missing from the profile of the installation."
            .to_owned(),
    )];
    for (part, quick) in parts.iter().zip(&library.commands.quick_reference) {
        all.push(PaperPart::Heading(part.title.clone()));
        let commands = quick.commands.iter().filter_map(|id| library.commands.command(id));
        all.extend(
            part.lines.iter().zip(commands).map(|(line, command)| printed(library, line, command.shell == Shell::Note)),
        );
    }
    all
}

/// A playbook with how far an incident is in it.
pub(super) struct Page<'a> {
    pub(super) playbook: &'a Playbook,
    pub(super) sha256: Sha256Digest,
    pub(super) applied: Option<&'a AppliedPlaybook>,
}

/// Builds the quick reference page of playbooks.
pub(super) fn quick_reference(
    library: &Library,
    pages: &[Page<'_>],
    incident: Option<&Incident>,
    profile: &EnvironmentProfile,
    now: Instant,
) -> Paper {
    let titles: Vec<&str> = pages.iter().map(|page| page.playbook.title.as_str()).collect();
    let about = (super::QUICK_REFERENCE, "Quick reference");
    let mut paper = head(library, about, &titles.join("; "), now, &[]);
    let severity = pages.first().map_or("", |page| page.playbook.default_severity.word());
    severity.clone_into(&mut paper.state);
    paper.sentence = pages.iter().map(|page| page.playbook.summary.as_str()).collect::<Vec<_>>().join(" ");
    if let Some(incident) = incident {
        paper.facts.push(("Incident".to_owned(), format!("{}: {}", incident.id, incident.title)));
    }
    for page in pages {
        let name = format!("SHA-256 of {}.toml", page.playbook.id);
        paper.made_from.push((name, page.sha256.to_hex()));
        paper.sections.push(PaperSection {
            id: page.playbook.id.clone(),
            title: page.playbook.title.clone(),
            parts: page_parts(library, page, profile, &known_values(incident)),
        });
    }
    paper.sections.push(PaperSection {
        id: "ladder".to_owned(),
        title: "Whom to call".to_owned(),
        parts: vec![PaperPart::Table(ladder(library))],
    });
    paper
}

fn page_parts(library: &Library, page: &Page<'_>, profile: &EnvironmentProfile, known: &KnownValues) -> Vec<PaperPart> {
    let playbook = page.playbook;
    let raise =
        playbook.raise.as_ref().map_or_else(String::new, |raise| format!("{} if {}", raise.to, raise.condition));
    let mut parts = vec![
        facts([
            ("Playbook", format!("{}, version {}", playbook.id, playbook.version)),
            ("About", words(playbook.category.word())),
            ("Severity to begin with", playbook.default_severity.to_string()),
            ("Raise to", raise),
        ]),
        PaperPart::Heading("How one notices it".to_owned()),
        points(playbook.signals.iter().map(|signal| signal.text.clone()).collect(), "No signal is listed."),
        PaperPart::Heading("What must not be done meanwhile".to_owned()),
        PaperPart::Table(guards(playbook)),
        PaperPart::Heading("What to do, in this order".to_owned()),
        PaperPart::Boxes(playbook.steps.iter().map(|step| step_box(library, page, step)).collect()),
    ];
    for decision in &playbook.decisions {
        parts.push(PaperPart::Heading(decision.question.clone()));
        let rows = decision
            .options
            .iter()
            .map(|option| vec![option.label.clone(), option.consequence.clone(), yes(option.irreversible)]);
        let columns = vec![text("Answer", 16), text("What follows", 28), text("Cannot be undone", 8)];
        let name = format!("decision-{}-{}", playbook.id, decision.id);
        parts.push(PaperPart::Table(table(&name, "No answer is listed.", columns, rows.collect())));
    }
    parts.push(PaperPart::Heading("Evidence to keep".to_owned()));
    let evidence = playbook.evidence.iter().map(|item| PaperBox {
        is_done: false,
        text: item.what.clone(),
        note: if item.required { "required".to_owned() } else { String::new() },
    });
    parts.push(boxes(evidence.collect(), "No item of evidence is asked for."));
    parts.push(PaperPart::Heading("Closed only when".to_owned()));
    let conditions = (1_usize..).zip(&playbook.close_when).map(|(number, sentence)| PaperBox {
        is_done: page.applied.is_some_and(|applied| applied.confirmed.contains_key(&number)),
        text: sentence.clone(),
        note: String::new(),
    });
    parts.push(boxes(conditions.collect(), "No condition is set."));
    let mut ids: Vec<&String> = playbook.steps.iter().flat_map(|step| &step.commands).collect();
    let mut seen = std::collections::BTreeSet::new();
    ids.retain(|id| seen.insert(id.as_str()));
    if !ids.is_empty() {
        parts.push(PaperPart::Heading("Commands".to_owned()));
        parts.extend(
            ids.into_iter()
                .filter_map(|id| library.commands.command(id))
                .map(|command| one(library, command, profile, known)),
        );
    }
    parts
}

fn boxes(boxes: Vec<PaperBox>, nothing: &str) -> PaperPart {
    if boxes.is_empty() { PaperPart::Nothing(nothing.to_owned()) } else { PaperPart::Boxes(boxes) }
}

fn one(library: &Library, command: &Command, profile: &EnvironmentProfile, known: &KnownValues) -> PaperPart {
    let mut set = library.commands.clone();
    set.quick_reference.truncate(1);
    if let Some(part) = set.quick_reference.first_mut() {
        part.commands = vec![command.id.clone()];
    }
    let lines = command_fill::quick_reference(&set, profile, known);
    let line = lines.first().and_then(|part| part.lines.first());
    line.map_or_else(
        || PaperPart::Nothing(command.title.clone()),
        |line| printed(library, line, command.shell == Shell::Note),
    )
}

fn guards(playbook: &Playbook) -> PaperTable {
    let rows = playbook.guards.iter().map(|guard| {
        let holds_while = match &guard.holds_while {
            GuardWhile::IncidentOpen => "the incident is open".to_owned(),
            GuardWhile::Always => "always".to_owned(),
            GuardWhile::Anonymized => "the election is anonymised".to_owned(),
            GuardWhile::CorruptionSuspected => "damage of stored data is suspected".to_owned(),
            GuardWhile::StepDone(step) => format!("the step \"{step}\" is done"),
        };
        vec![acts(&guard.blocks), holds_while, guard.message.clone()]
    });
    let columns = vec![text("Held back", 16), text("While", 12), text("Why", 30)];
    table(&format!("guards-{}", playbook.id), "Nothing is held back.", columns, rows.collect())
}

fn step_box(library: &Library, page: &Page<'_>, step: &Step) -> PaperBox {
    let mut notes = Vec::new();
    if step.required {
        notes.push("required".to_owned());
    }
    if let Some(due) = step.due {
        let from = match due.from {
            DueFrom::Declared => "the declaration",
            DueFrom::Resolved => "the resolution",
        };
        notes.push(match due.minutes {
            minutes if minutes >= 120 && minutes % 60 == 0 => format!("within {} hours of {from}", minutes / 60),
            minutes => format!("within {minutes} minutes of {from}"),
        });
    }
    if let Some(when) = &step.when {
        let decision = page.playbook.decision(&when.decision);
        let option = decision.and_then(|decision| decision.option(&when.option));
        let told = match (decision, option) {
            (Some(decision), Some(option)) => {
                format!("only where \"{}\" is answered \"{}\"", decision.question, option.label)
            }
            _ => format!("only where {} is {}", when.decision, when.option),
        };
        notes.push(told);
    }
    if let Some(template) = &step.template {
        let subject = library.template(template).map_or(template.as_str(), |known| known.id.as_str());
        notes.push(format!("message {subject}"));
    }
    if let Some(playbook) = &step.playbook {
        let title = library.playbook(playbook).map_or(playbook.as_str(), |file| file.playbook.title.as_str());
        notes.push(format!("see the playbook \"{title}\""));
    }
    let record = page.applied.and_then(|applied| applied.steps.get(&step.id));
    if let Some(record) = record {
        notes.push(format!("{} by {} on {}", words(record.state.word()), record.by, record.at.to_display()));
    }
    PaperBox {
        is_done: record.is_some_and(|record| record.state == StepState::Done),
        text: format!("{}. {}", step.order, step.text),
        note: notes.join(" · "),
    }
}
