//! Reads a playbook, with all rules that one file alone can break.

use domain::incident::{GuardedAct, IncidentCategory, IncidentSeverity, StepKind, StepPhase};

use super::{
    Decision, DecisionOption, Due, DueFrom, EvidenceItem, Guard, GuardWhile, Playbook, Raise, Signal, Step, When,
};
use crate::fields::{Fields, Problem, Problems, parse_document};

impl Playbook {
    /// Reads one file and checks what can be checked without the others: schema, ids, order, conditions, words.
    ///
    /// # Errors
    /// Every problem found, one for each field.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<Self, Vec<Problem>> {
        let document = parse_document(file, bytes).map_err(|problem| vec![problem])?;
        let problems = Problems::new(file);
        let playbook = read(&Fields::root(document.as_table(), &problems), file);
        match (playbook, problems.into_list()) {
            (Some(playbook), list) if list.is_empty() => Ok(playbook),
            (_, list) => Err(list),
        }
    }
}

fn read(root: &Fields<'_>, file: &str) -> Option<Playbook> {
    root.schema_1();
    let id = root.text("id");
    let expected = file.rsplit(['/', '\\']).next().unwrap_or(file).trim_end_matches(".toml");
    if !id.is_empty() && id != expected {
        root.problem("id", format!("the id \"{id}\" differs from the file name"), format!("write id = \"{expected}\""));
    }
    let version = root.text("version");
    if !version.is_empty() && !is_three_numbers(&version) {
        root.problem("version", format!("\"{version}\" is not three numbers"), "write it as 1.0.0");
    }
    let category = root.word("category", IncidentCategory::ALL, IncidentCategory::word);
    let default_severity = root.word("default_severity", IncidentSeverity::ALL, IncidentSeverity::word);
    let raise = read_raise(root);
    let decisions = read_decisions(root);
    let steps = read_steps(root, &decisions);
    for decision in &decisions {
        if !decision.after_step.is_empty() && !steps.iter().any(|step| step.id == decision.after_step) {
            root.problem(
                &format!("decision[{}].after_step", decision.id),
                format!("there is no step \"{}\"", decision.after_step),
                "name a step of this file",
            );
        }
    }
    let guards = read_guards(root, &steps);
    Some(Playbook {
        id,
        title: root.text("title"),
        summary: root.text("summary"),
        version,
        category: category?,
        default_severity: default_severity?,
        raise,
        sources: root.texts("sources"),
        templates: root.texts("templates"),
        close_when: root.texts("close_when"),
        signals: read_signals(root),
        guards,
        steps,
        decisions,
        evidence: read_evidence(root),
    })
}

fn is_three_numbers(version: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    parts.len() == 3 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

fn read_raise(root: &Fields<'_>) -> Option<Raise> {
    let to = root.optional_word("raise_to", IncidentSeverity::ALL, IncidentSeverity::word);
    let condition = root.optional_text("raise_if");
    match (root.has("raise_to"), root.has("raise_if")) {
        (true, false) => root.problem("raise_if", "the key is missing", "say when to raise the severity"),
        (false, true) => root.problem("raise_to", "the key is missing", "say to which severity to raise it"),
        _ => {}
    }
    Some(Raise { to: to?, condition: condition? })
}

fn read_signals(root: &Fields<'_>) -> Vec<Signal> {
    let read = |fields: &Fields<'_>| Signal {
        id: fields.text("id"),
        text: fields.text("text"),
        auto: fields.optional_text("auto"),
        threshold: fields.optional_text("threshold"),
    };
    let signals: Vec<Signal> = root.tables("signal").iter().map(read).collect();
    root.ids_once("signal", &signals.iter().map(|signal| signal.id.clone()).collect::<Vec<_>>());
    signals
}

fn read_guards(root: &Fields<'_>, steps: &[Step]) -> Vec<Guard> {
    let mut guards = Vec::new();
    for fields in root.tables("guard") {
        let mut blocks = Vec::new();
        for name in fields.texts("blocks") {
            match GuardedAct::from_playbook_id(&name) {
                Some(act) => blocks.push(act),
                None => {
                    let known = GuardedAct::ALL.iter().map(|act| act.playbook_id()).collect::<Vec<_>>().join(", ");
                    fields.problem("blocks", format!("\"{name}\" is no act"), format!("write one of {known}"));
                }
            }
        }
        let condition = fields.text("while");
        let holds_while = GuardWhile::parse(&condition);
        match &holds_while {
            None if !condition.is_empty() => fields.problem(
                "while",
                format!("\"{condition}\" is no condition"),
                "write incident_open, always, anonymized, corruption_suspected or \"step:ID done\"",
            ),
            Some(GuardWhile::StepDone(step)) if !steps.iter().any(|known| known.id == *step) => {
                fields.problem("while", format!("there is no step \"{step}\""), "name a step of this file");
            }
            _ => {}
        }
        let overriding = fields.word("override", &["two_person", "none"], |word| word);
        guards.push(Guard {
            id: fields.text("id"),
            blocks,
            holds_while: holds_while.unwrap_or(GuardWhile::Always),
            override_allowed: overriding == Some("two_person"),
            message: fields.text("message"),
        });
    }
    root.ids_once("guard", &guards.iter().map(|guard| guard.id.clone()).collect::<Vec<_>>());
    guards
}

/// Reads `due_min` with `due_from`; one without the other is a problem.
pub(crate) fn read_due(fields: &Fields<'_>) -> Option<Due> {
    let minutes = fields.optional_number("due_min");
    let from = fields.optional_word("due_from", DueFrom::ALL, DueFrom::word);
    match (fields.has("due_min"), fields.has("due_from")) {
        (true, false) => fields.problem("due_from", "the key is missing", "write declared or resolved beside due_min"),
        (false, true) => fields.problem("due_min", "the key is missing", "write the minutes beside due_from"),
        _ => {}
    }
    Some(Due { minutes: minutes?, from: from? })
}

fn read_steps(root: &Fields<'_>, decisions: &[Decision]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (place, fields) in (1_u32..).zip(root.tables("step")) {
        let order = fields.number("order");
        if fields.has("order") && order != place {
            fields.problem(
                "order",
                format!("the {place}. step has the number {order}"),
                "number the steps from 1 in the order in which they stand",
            );
        }
        let phase = fields.word("phase", StepPhase::ALL, StepPhase::word);
        let kind = fields.word("kind", StepKind::ALL, StepKind::word);
        steps.push(Step {
            order,
            id: fields.text("id"),
            phase: phase.unwrap_or(StepPhase::Triage),
            kind: kind.unwrap_or(StepKind::Do),
            text: fields.text("text"),
            required: fields.flag("required"),
            due: read_due(&fields),
            when: read_when(&fields, decisions),
            auto: fields.optional_text("auto"),
            offers: fields.optional_text("offers"),
            template: fields.optional_text("template"),
            playbook: fields.optional_text("playbook"),
            commands: fields.optional_texts("commands"),
        });
    }
    if steps.is_empty() {
        root.problem("step", "there is no step", "add at least one [[step]]");
    }
    root.ids_once("step", &steps.iter().map(|step| step.id.clone()).collect::<Vec<_>>());
    steps
}

fn read_when(fields: &Fields<'_>, decisions: &[Decision]) -> Option<When> {
    let text = fields.optional_text("when")?;
    let Some((decision_id, option_id)) = text.split_once('=') else {
        fields.problem("when", format!("\"{text}\" is no condition"), "write DECISION=OPTION");
        return None;
    };
    match decisions.iter().find(|decision| decision.id == decision_id) {
        None => fields.problem("when", format!("there is no decision \"{decision_id}\""), "name one of this file"),
        Some(decision) if decision.option(option_id).is_none() => {
            let known = decision.options.iter().map(|option| option.id.as_str()).collect::<Vec<_>>().join(", ");
            fields.problem(
                "when",
                format!("the decision \"{decision_id}\" has no option \"{option_id}\""),
                format!("write one of {known}"),
            );
        }
        Some(_) => {}
    }
    Some(When { decision: decision_id.to_owned(), option: option_id.to_owned() })
}

fn read_decisions(root: &Fields<'_>) -> Vec<Decision> {
    let mut decisions = Vec::new();
    for fields in root.tables("decision") {
        let options: Vec<DecisionOption> = fields.tables("option").iter().map(read_option).collect();
        if options.len() < 2 {
            fields.problem("option", "a decision needs at least two options", "add [[decision.option]]");
        }
        fields.ids_once("option", &options.iter().map(|option| option.id.clone()).collect::<Vec<_>>());
        decisions.push(Decision {
            id: fields.text("id"),
            after_step: fields.text("after_step"),
            question: fields.text("question"),
            options,
        });
    }
    root.ids_once("decision", &decisions.iter().map(|decision| decision.id.clone()).collect::<Vec<_>>());
    decisions
}

fn read_option(fields: &Fields<'_>) -> DecisionOption {
    DecisionOption {
        id: fields.text("id"),
        label: fields.text("label"),
        consequence: fields.text("consequence"),
        irreversible: fields.flag("irreversible"),
        offers: fields.optional_text("offers"),
        playbook: fields.optional_text("playbook"),
    }
}

fn read_evidence(root: &Fields<'_>) -> Vec<EvidenceItem> {
    let read = |fields: &Fields<'_>| EvidenceItem {
        id: fields.text("id"),
        what: fields.text("what"),
        capture_with: fields.text("capture_with"),
        required: fields.flag("required"),
    };
    let items: Vec<EvidenceItem> = root.tables("evidence").iter().map(read).collect();
    root.ids_once("evidence", &items.iter().map(|item| item.id.clone()).collect::<Vec<_>>());
    items
}
