//! Fills the sections of a layout: what staff wrote, what the records tell, tables. A section that nothing is known about says
//! so.

use domain::incident::{EntryKind, IncidentStatus, StepPhase, StepState};
use domain::paper::{Paper, PaperPart, PaperTable, Remark, Weight};
use domain::report::Verdict;
use domain::{ReportLayout, ReportSection, SectionSource};
use incidents::incident::event::IncidentTime;

use super::known::{Known, acts, cut, facts, points, shown, span, table, text, told_at, utc, utc_or, words, yes};
use super::tables;

/// Letters that a text may have on the one page, and in a cell there.
const PAGE_TEXT: usize = 520;
const PAGE_CELL: usize = 150;
/// Rows that a table may have there.
const PAGE_ROWS: usize = 5;
/// Open steps that a briefing names.
const NEXT_STEPS: usize = 8;

/// Builds a paper about one incident.
pub(super) fn paper(known: &Known<'_>, layout: &ReportLayout) -> Paper {
    let mut paper = known.paper(&layout.id, &layout.title);
    paper.is_one_page = layout.id == "one-page";
    let incident = known.incident();
    if !incident.overrides.is_empty() && layout.id != "call-list" {
        let told: Vec<String> = incident
            .overrides
            .iter()
            .map(|one| {
                format!(
                    "The lock \"{}\" was overridden for \"{}\" by {} and {} on {}: {}",
                    one.guard,
                    words(one.act.word()),
                    one.by,
                    one.second_person,
                    one.at.to_display(),
                    if paper.is_one_page { cut(&one.reason, PAGE_CELL) } else { one.reason.clone() }
                )
            })
            .collect();
        let told = if paper.is_one_page { shortest(told) } else { told };
        let title = "Two people went on although a hold was in force".to_owned();
        paper.remarks.push(Remark { weight: Weight::Major, title, text: told.join("\n") });
    }
    if incident.is_drill {
        let title = "This is an exercise, no real incident".to_owned();
        paper.remarks.push(Remark { weight: Weight::Info, title, text: String::new() });
    }
    let broken: Vec<String> = known
        .hashed
        .iter()
        .filter(|check| !check.is_whole)
        .map(|check| format!("{} ({}): {}", check.id, check.name, check.problems.join("; ")))
        .collect();
    if !broken.is_empty() {
        let title = "Evidence is not as it came".to_owned();
        paper.remarks.push(Remark { weight: Weight::Critical, title, text: broken.join("\n") });
    }
    for section in &layout.sections {
        paper.sections.push(domain::PaperSection {
            id: section.id.clone(),
            title: section.title.clone(),
            parts: parts(known, &layout.id, section),
        });
    }
    paper
}

/// At most as many sentences as the one page has room for.
fn shortest(mut told: Vec<String>) -> Vec<String> {
    let more = told.len().saturating_sub(3);
    told.truncate(3);
    if more > 0 {
        told.push(format!("{more} more stand in the incident report."));
    }
    told
}

fn parts(known: &Known<'_>, report: &str, section: &ReportSection) -> Vec<PaperPart> {
    let own = format!("{report}/{}", section.id);
    match (report, section.id.as_str()) {
        ("post-mortem", "header") => review_identity(known),
        ("one-page", "header") => page_identity(known),
        (_, "header") => identity(known),
        ("post-mortem", "timeline") => vec![PaperPart::Table(tables::moments(known))],
        (_, "timeline") => vec![PaperPart::Table(tables::timeline(known))],
        (_, "clocks") => vec![PaperPart::Table(tables::clocks(known, false))],
        ("post-mortem", "actions") => vec![PaperPart::Table(tables::actions(known))],
        (_, "actions") => steps(known),
        (_, "checks") => vec![PaperPart::Table(tables::checks(known))],
        ("one-page", "decisions") => page_decisions(known),
        (_, "decisions" | "list") => vec![PaperPart::Table(tables::decisions(known))],
        (_, "overrides") => vec![PaperPart::Table(tables::overrides(known))],
        ("stakeholder-briefing", "holds") => vec![PaperPart::Table(tables::held_now(known))],
        (_, "holds") => holds(known),
        (_, "comms") => vec![PaperPart::Table(tables::messages(known))],
        (_, "escalations") => vec![PaperPart::Table(tables::escalations(known))],
        (_, "evidence") => evidence(known),
        (_, "response") => response(known),
        (_, "playbook") => improvements(known, &own),
        (_, "now") => now(known),
        (_, "done") => vec![PaperPart::Table(latest(known))],
        (_, "proved") => proved(known),
        (_, "options") => options(known),
        (_, "next") => next(known, &own),
        (_, "impact") => impact(known, report, &own),
        (_, "detection") => detection(known, &own),
        (_, "open") => open(known, &own),
        (_, "sign") => sign(known, &own),
        (_, "followup") => follow_up(known, &own),
        (_, "resolution" | "recovery") => resolution(known, &own),
        (_, "cause" | "root") => cause(known, &own),
        (_, "summary" | "what" | "situation") => summary(known, report, &own),
        _ => other(known, &own, section),
    }
}

/// A section that only staff can fill, or that this program does not know.
fn other(known: &Known<'_>, own: &str, section: &ReportSection) -> Vec<PaperPart> {
    if let Some(written) = known.written(&[own]) {
        return vec![PaperPart::Text(written)];
    }
    let told = match section.source {
        SectionSource::Text => "Nothing was written here.",
        SectionSource::Auto | SectionSource::Table => "This program does not know how to fill this section.",
    };
    vec![PaperPart::Nothing(told.to_owned())]
}

fn identity(known: &Known<'_>) -> Vec<PaperPart> {
    let incident = known.incident();
    let playbooks: Vec<String> = incident
        .playbooks
        .iter()
        .map(|applied| {
            let playbook = &applied.playbook;
            format!(
                "{} ({}), version {}, SHA-256 {}",
                playbook.title,
                playbook.id,
                playbook.version,
                applied.sha256.to_hex()
            )
        })
        .collect();
    let others: Vec<String> = incident
        .roles
        .iter()
        .filter(|(role, _)| role.as_str() != "lead")
        .map(|(role, person)| format!("{}: {person}", known.role_title(role)))
        .collect();
    let conflicts: Vec<String> = incident
        .conflicts
        .iter()
        .map(|one| {
            let until = one.lifted.map_or_else(String::new, |at| format!(", cleared {}", at.to_display()));
            format!("{} since {}{until}: {}", one.person, one.since.to_display(), one.reason)
        })
        .collect();
    let related: Vec<String> = incident.related.iter().map(|(id, how)| format!("{id}: {how}")).collect();
    vec![facts([
        ("Incident", incident.id.to_string()),
        ("Title", incident.title.clone()),
        ("Election", known.elections()),
        ("Severity", known.view.severity_label.clone()),
        ("Status", status(known)),
        ("About", words(incident.category.word())),
        ("System", incident.system.clone()),
        ("Playbook", if playbooks.is_empty() { "none in use".to_owned() } else { playbooks.join("\n") }),
        ("Lead", known.lead()),
        ("Other roles", others.join("\n")),
        ("Part of the matter", conflicts.join("\n")),
        (
            "Access",
            if incident.access.is_empty() { String::new() } else { format!("only {}", incident.access.join(", ")) },
        ),
        ("Related", related.join("\n")),
        ("Duplicate of", incident.duplicate_of.as_ref().map_or_else(String::new, ToString::to_string)),
        ("Report time", known.view.now.to_display()),
    ])]
}

/// The status with the word for notices where it is another.
fn status(known: &Known<'_>) -> String {
    let own = words(known.incident().status().word());
    let outside = &known.view.external_status;
    if outside.eq_ignore_ascii_case(&own) { own } else { format!("{own} (in notices: {outside})") }
}

fn page_identity(known: &Known<'_>) -> Vec<PaperPart> {
    let incident = known.incident();
    vec![facts([
        ("Incident", incident.id.to_string()),
        ("Election", cut(&known.elections(), PAGE_CELL)),
        ("Severity", known.view.severity_label.clone()),
        ("Status", status(known)),
        ("Lead", known.lead()),
        ("Report time", known.view.now.to_display()),
    ])]
}

fn review_identity(known: &Known<'_>) -> Vec<PaperPart> {
    let incident = known.incident();
    let review = &incident.review;
    let date = match (review.held_at, review.planned_for) {
        (Some(at), _) => format!("held {}", at.to_display()),
        (None, Some(at)) => format!("planned for {}", at.to_display()),
        (None, None) => "not held, and no day was set".to_owned(),
    };
    let participants =
        if review.participants.is_empty() { "nobody recorded".to_owned() } else { review.participants.join(", ") };
    let author = incident.roles.get("scribe").cloned().unwrap_or_else(|| known.lead());
    let word = words(incident.status().word());
    let is_over = match incident.status() {
        IncidentStatus::Closed => String::new(),
        status if status.is_final() => " (closed)".to_owned(),
        _ => " (open)".to_owned(),
    };
    vec![facts([
        ("Incident", format!("{}: {}", incident.id, incident.title)),
        ("Election", known.elections()),
        ("Date", date),
        ("Author", author),
        ("Participants", participants),
        ("Severity", known.view.severity_label.clone()),
        ("Status", format!("{word}{is_over}")),
    ])]
}

fn summary(known: &Known<'_>, report: &str, own: &str) -> Vec<PaperPart> {
    let names = ["incident-report/summary", "post-mortem/summary", "one-page/what", "stakeholder-briefing/situation"];
    let mut all = vec![own];
    all.extend(names);
    let is_page = report == "one-page";
    let fit = |text: String| if is_page { cut(&text, PAGE_TEXT) } else { text };
    let incident = known.incident();
    let mut parts = Vec::new();
    match known.written(&all) {
        Some(written) => parts.push(PaperPart::Text(fit(written))),
        None if incident.description.trim().is_empty() => {
            parts
                .push(PaperPart::Nothing("No summary was written, and nothing was described on declaring.".to_owned()));
        }
        None => parts.push(PaperPart::Text(fit(format!("As described on declaring: {}", incident.description.trim())))),
    }
    if is_page {
        let noticed = known.written(&["incident-report/detection"]);
        let noticed = noticed.map_or_else(String::new, |text| cut(&text, PAGE_CELL * 2));
        let at = incident.times.at(IncidentTime::Detected);
        parts.push(facts([("First sign noticed", shown(at, "not known")), ("How", noticed)]));
    }
    parts
}

fn impact(known: &Known<'_>, report: &str, own: &str) -> Vec<PaperPart> {
    let names = [own, "incident-report/impact", "post-mortem/impact", "one-page/impact"];
    let is_page = report == "one-page";
    let mut parts = vec![match known.written(&names) {
        Some(written) if is_page => PaperPart::Text(cut(&written, PAGE_TEXT)),
        Some(written) => PaperPart::Text(written),
        None => PaperPart::Nothing("The impact was not written down.".to_owned()),
    }];
    let incident = known.incident();
    let from = incident.times.at(IncidentTime::Began).or(incident.times.at(IncidentTime::Detected));
    let until = incident.times.resolved;
    let lasted = from.map_or_else(String::new, |from| match until {
        Some(until) => format!("{} (from {} to {})", span(from, until), from.to_display(), until.to_display()),
        None => format!("{} so far (since {})", span(from, known.view.now), from.to_display()),
    });
    if report == "post-mortem" {
        parts.push(facts([("It lasted", lasted), ("Elections", known.elections())]));
        parts.push(PaperPart::Heading("Messages".to_owned()));
        parts.push(PaperPart::Table(tables::messages(known)));
    } else {
        parts.push(facts([("It lasted", lasted)]));
    }
    parts
}

fn detection(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let incident = known.incident();
    let text = match known.written(&[own]) {
        Some(written) => PaperPart::Text(written),
        None => PaperPart::Nothing("Nobody wrote down how it was noticed; the records tell these times.".to_owned()),
    };
    let at = |time| shown(incident.times.at(time), "not known");
    vec![
        text,
        facts([
            ("First sign noticed", at(IncidentTime::Detected)),
            ("Reached the office", at(IncidentTime::Reported)),
            ("Declared", shown(incident.declared_at(), "not declared")),
        ]),
    ]
}

fn steps(known: &Known<'_>) -> Vec<PaperPart> {
    let tables = tables::steps(known);
    if tables.is_empty() {
        return vec![PaperPart::Nothing("No playbook was in use.".to_owned())];
    }
    tables.into_iter().map(PaperPart::Table).collect()
}

fn holds(known: &Known<'_>) -> Vec<PaperPart> {
    let mut all = vec![tables::held_now(known), tables::holds(known), tables::guards(known), tables::released(known)];
    for (one, title) in
        all.iter_mut().zip(["Held back now", "Set by hand", "Guards of the playbooks", "Lifted by two people"])
    {
        title.clone_into(&mut one.title);
    }
    let mut parts: Vec<PaperPart> = all.into_iter().map(PaperPart::Table).collect();
    parts.push(PaperPart::Table(PaperTable { title: "Overridden".to_owned(), ..tables::overrides(known) }));
    parts
}

fn evidence(known: &Known<'_>) -> Vec<PaperPart> {
    let manifest = known.sheet.items.iter().rev().map(|(item, _)| item).find(|item| item.name == "manifest.json");
    let manifest = manifest.map_or_else(
        || "the evidence was not sealed".to_owned(),
        |item| format!("{}, SHA-256 {}, {}", item.id, item.sha256, told_at(&item.captured_at)),
    );
    vec![
        facts([("Manifest", manifest), ("Items", known.sheet.items.len().to_string())]),
        PaperPart::Table(tables::evidence(known)),
        PaperPart::Table(PaperTable { title: "Missing".to_owned(), ..tables::missing(known) }),
    ]
}

fn cause(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let written = known.written(&[own, "post-mortem/root", "incident-report/cause"]);
    let recorded = known.incident().cause.clone();
    vec![match (written, recorded) {
        (Some(written), Some(cause)) if written.trim() != cause.trim() => {
            PaperPart::Text(format!("{written}\nAs recorded during the incident: {cause}"))
        }
        (Some(written), _) => PaperPart::Text(written),
        (None, Some(cause)) => PaperPart::Text(cause),
        (None, None) => PaperPart::Nothing("No cause was recorded.".to_owned()),
    }]
}

fn resolution(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let incident = known.incident();
    let mut parts = Vec::new();
    if let Some(written) = known.written(&[own, "incident-report/resolution", "post-mortem/recovery"]) {
        parts.push(PaperPart::Text(written));
    }
    let resolved = incident.statuses.iter().rfind(|entry| entry.status == IncidentStatus::Resolved);
    match (resolved, incident.times.resolved) {
        (Some(entry), Some(at)) => parts.push(facts([
            ("Resolved", at.to_display()),
            ("By", entry.by.clone()),
            ("How it ended", entry.reason.clone()),
        ])),
        _ => parts.push(PaperPart::Nothing("It is not resolved.".to_owned())),
    }
    let recovery = known.view.steps.iter().filter(|view| view.step.phase == StepPhase::Recovery);
    let rows: Vec<Vec<String>> = recovery
        .filter(|view| view.state == StepState::Done)
        .filter_map(|view| {
            let record = view.record.as_ref()?;
            Some(vec![view.step.text.clone(), record.by.clone(), utc(record.at), record.result.clone()])
        })
        .collect();
    let columns = vec![text("Step of the recovery", 24), text("Who", 8), text("When (UTC)", 9), text("Result", 18)];
    parts.push(PaperPart::Table(table("recovery", "No step of the recovery was recorded.", columns, rows)));
    parts
}

fn open(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let mut parts = Vec::new();
    match known.written(&[own]) {
        Some(written) => parts.push(PaperPart::Text(written)),
        None => parts.push(PaperPart::Nothing("Nothing was written about open points and limits.".to_owned())),
    }
    parts.push(PaperPart::Heading("Left to do before it can be closed".to_owned()));
    let left: Vec<String> = known.view.obstacle_sentences.iter().map(|told| sentence(told)).collect();
    let nothing = match known.incident().status().is_final() {
        true => "It is closed; nothing is left.",
        false => "Nothing is left.",
    };
    parts.push(points(left, nothing));
    if !known.incident().order_breaches.is_empty() {
        parts.push(PaperPart::Heading("Done before evidence was preserved".to_owned()));
        parts.push(PaperPart::Points(known.incident().order_breaches.clone()));
    }
    parts
}

/// Begins with a capital letter and ends with a full stop.
fn sentence(told: &str) -> String {
    let mut letters = told.chars();
    let first = letters.next().map_or_else(String::new, |letter| letter.to_uppercase().collect());
    let rest = letters.as_str();
    let end = if rest.ends_with('.') { "" } else { "." };
    format!("{first}{rest}{end}")
}

fn sign(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let mut parts: Vec<PaperPart> = known.written(&[own]).map(PaperPart::Text).into_iter().collect();
    let lead = known.incident().roles.get("lead").map_or_else(String::new, |name| format!(" ({name})"));
    parts.push(PaperPart::Lines(vec![
        vec![format!("Incident lead{lead}"), "Place and date".to_owned()],
        vec!["For the body that answers for the election".to_owned(), "Place and date".to_owned()],
    ]));
    parts
}

fn follow_up(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let mut parts = vec![match known.written(&[own]) {
        Some(written) => PaperPart::Text(written),
        None => PaperPart::Nothing("No follow-up date was written down.".to_owned()),
    }];
    parts.push(PaperPart::Table(tables::signatures(known)));
    parts.push(PaperPart::Lines(vec![vec!["Signed off by".to_owned(), "Place and date".to_owned()]]));
    parts
}

fn response(known: &Known<'_>) -> Vec<PaperPart> {
    let incident = known.incident();
    let at = |time| incident.times.at(time);
    let between = |from: Option<domain::Instant>, to: Option<domain::Instant>| match (from, to) {
        (Some(from), Some(to)) if to >= from => span(from, to),
        (Some(_), Some(_)) => "the times contradict one another".to_owned(),
        _ => "not known: one of the two times is not recorded".to_owned(),
    };
    let detected = at(IncidentTime::Detected);
    vec![
        facts([
            ("Time to detect", between(at(IncidentTime::Began), detected)),
            ("Time to acknowledge", between(at(IncidentTime::Reported), at(IncidentTime::Acknowledged))),
            ("Time to respond", between(detected, at(IncidentTime::FirstAction))),
            ("Time to contain", between(detected, at(IncidentTime::Contained))),
            ("Time to resolve", between(detected, incident.times.resolved)),
        ]),
        PaperPart::Table(tables::clocks(known, true)),
        PaperPart::Table(tables::skipped(known)),
        PaperPart::Table(tables::escalations(known)),
    ]
}

/// What was changed or is to be changed: follow-up steps with what came out.
fn improvements(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let mut parts: Vec<PaperPart> = known.written(&[own]).map(PaperPart::Text).into_iter().collect();
    let follow_up = known.view.steps.iter().filter(|view| view.step.phase == StepPhase::FollowUp);
    let rows: Vec<Vec<String>> = follow_up
        .filter_map(|view| {
            let record = view.record.as_ref()?;
            Some(vec![
                view.step.text.clone(),
                words(view.state.word()),
                if record.result.is_empty() { record.reason.clone() } else { record.result.clone() },
                record.by.clone(),
            ])
        })
        .collect();
    let columns = vec![text("Step", 22), text("State", 7), text("What came of it", 24), text("Who", 8)];
    parts.push(PaperPart::Table(table("improvements", "No improvement was recorded.", columns, rows)));
    parts
}

fn now(known: &Known<'_>) -> Vec<PaperPart> {
    let incident = known.incident();
    let mut by_election: std::collections::BTreeMap<String, Vec<domain::GuardedAct>> = Default::default();
    for (election, lock) in known.locks() {
        by_election.entry(election).or_default().extend(&lock.blocks);
    }
    let held: Vec<String> = by_election
        .into_iter()
        .map(|(election, mut blocks)| {
            blocks.sort();
            blocks.dedup();
            format!("{election}: {}", acts(&blocks))
        })
        .collect();
    let held = if held.is_empty() { "nothing".to_owned() } else { cut(&held.join("; "), PAGE_CELL * 2) };
    let late: Vec<String> = known
        .view
        .clocks
        .iter()
        .filter(|clock| known.view.late.contains(&clock.clock.id))
        .map(|clock| clock.clock.title.to_lowercase())
        .collect();
    let estimate = incident.estimate.as_ref().map_or_else(
        || "none given".to_owned(),
        |estimate| {
            let until = estimate.until.map_or_else(String::new, |until| format!(" ({})", until.to_display()));
            cut(&format!("{}{until}", estimate.text), PAGE_CELL)
        },
    );
    let update = incident.next_update_due(known.view.now);
    vec![facts([
        ("State", status(known)),
        ("On hold", held),
        ("Late", if late.is_empty() { "nothing".to_owned() } else { cut(&late.join(", "), PAGE_CELL) }),
        ("Estimate", estimate),
        ("Next update", shown(update, "none due")),
    ])]
}

/// The latest entries that tell of work; what happened to evidence fills its own sheet.
fn latest(known: &Known<'_>) -> PaperTable {
    let entries = tables::entries(known);
    let told: Vec<_> = entries.iter().rev().filter(|entry| entry.kind != EntryKind::Evidence).take(PAGE_ROWS).collect();
    let rows =
        told.into_iter().rev().map(|entry| vec![utc(entry.happened_at), entry.by.clone(), cut(&entry.text, PAGE_CELL)]);
    let columns = vec![text("Time (UTC)", 10), text("Who", 9), text("What", 40)];
    table("latest", "Nothing was recorded yet.", columns, rows.collect())
}

/// Decisions that wait: playbook, question, step, options.
fn waiting<'a>(known: &'a Known<'_>) -> Vec<(&'a incidents::playbook::Decision, Option<domain::Instant>)> {
    let mut waiting = Vec::new();
    if known.incident().status().is_final() {
        return waiting;
    }
    for applied in &known.incident().playbooks {
        for decision in &applied.playbook.decisions {
            let view = known
                .view
                .steps
                .iter()
                .find(|view| view.playbook == applied.playbook.id && view.step.id == decision.after_step);
            let is_reached = view.is_none_or(|view| view.waits_for.is_none() && view.state != StepState::NotApplicable);
            if is_reached && !applied.chosen.contains_key(&decision.id) {
                waiting.push((decision, view.and_then(|view| view.due)));
            }
        }
    }
    waiting
}

fn page_decisions(known: &Known<'_>) -> Vec<PaperPart> {
    let decisions = &known.incident().decisions;
    let rows = decisions.iter().rev().take(PAGE_ROWS).rev().map(|one| {
        let second = one.confirmation.second_person.as_ref().map_or_else(String::new, |name| format!(" and {name}"));
        vec![utc(one.at), cut(&one.question, PAGE_CELL), cut(&one.chosen, PAGE_CELL), format!("{}{second}", one.by)]
    });
    let columns = vec![text("Time (UTC)", 10), text("Decision taken", 20), text("Chosen", 16), text("By", 10)];
    let mut waits: Vec<String> =
        waiting(known).into_iter().take(PAGE_ROWS).map(|(decision, _)| cut(&decision.question, PAGE_CELL)).collect();
    if waits.is_empty() {
        waits.push("none".to_owned());
    }
    vec![
        PaperPart::Table(table("decisions-taken", "No decision was taken yet.", columns, rows.collect())),
        facts([("Decisions needed", waits.join("\n"))]),
    ]
}

fn proved(known: &Known<'_>) -> Vec<PaperPart> {
    let order = [Verdict::Proved, Verdict::Consistent, Verdict::CannotTell, Verdict::Contradicted];
    let rows = order.iter().flat_map(|verdict| {
        known.claims.iter().filter(move |(_, claim)| claim.verdict == *verdict).map(|(election, claim)| {
            vec![verdict.label().to_owned(), election.clone(), claim.title.clone(), claim.assumption.clone()]
        })
    });
    let columns = vec![text("Standing", 9), text("Election", 10), text("What", 22), text("Rests on", 22)];
    let empty =
        "No verification of this case is about the elections of this incident, so nothing can be called proved.";
    let checks = known.incident().checks.iter().map(|check| {
        vec![check.run.function.clone(), words(check.run.result.word()), check.run.summary.clone(), utc(check.at)]
    });
    let check_columns = vec![text("Check", 14), text("Result", 8), text("What it found", 26), text("When (UTC)", 9)];
    let check_table = table("checks", "No check was run.", check_columns, checks.collect());
    vec![
        PaperPart::Table(table("claims", empty, columns, rows.collect())),
        PaperPart::Table(PaperTable { title: "Checks run in this incident".to_owned(), ..check_table }),
    ]
}

fn options(known: &Known<'_>) -> Vec<PaperPart> {
    let lead = known.lead();
    let rows = waiting(known).into_iter().flat_map(|(decision, due)| {
        let lead = lead.clone();
        decision.options.iter().map(move |option| {
            let who = match option.irreversible {
                true => "two people, neither of them part of the matter".to_owned(),
                false => format!("the incident lead ({lead})"),
            };
            vec![
                decision.question.clone(),
                option.label.clone(),
                option.consequence.clone(),
                yes(option.irreversible),
                who,
                utc_or(due, "no time set"),
            ]
        })
    });
    let columns = vec![
        text("Question", 16),
        text("Option", 14),
        text("Consequence", 22),
        text("Cannot be undone", 8),
        text("Who may decide", 12),
        text("By when (UTC)", 9),
    ];
    vec![PaperPart::Table(table("options", "No decision is waiting.", columns, rows.collect()))]
}

fn next(known: &Known<'_>, own: &str) -> Vec<PaperPart> {
    let mut parts: Vec<PaperPart> = known.written(&[own]).map(PaperPart::Text).into_iter().collect();
    let open: Vec<String> = known
        .view
        .steps
        .iter()
        .filter(|view| matches!(view.state, StepState::Open | StepState::Doing) && view.waits_for.is_none())
        .filter(|view| view.step.required)
        .take(NEXT_STEPS)
        .map(|view| {
            let due = view.due.map_or_else(String::new, |due| format!(" (due {})", due.to_display()));
            format!("{}{due}", view.step.text)
        })
        .collect();
    parts.push(points(open, "No required step is open."));
    let update = known.incident().next_update_due(known.view.now);
    parts.push(facts([("Next report", shown(update, "none due"))]));
    parts
}
