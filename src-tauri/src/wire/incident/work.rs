//! The work on an incident: steps, checklists, decisions, checks, figures to watch, evidence that is asked for.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::incident::StepState;
use workflow::incident::StepReport;
use workflow::incident::incidents::incident::{CheckRecord, ChecklistView, DecisionRecord, StepView, WatchedFigure};
use workflow::incident::incidents::{Incident, Library};

use super::{GravityWord, iso};

/// A playbook in use.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlaybookView {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// Version that is frozen into this incident.
    pub version: String,
    /// To which severity it says to raise, and if what is so.
    pub raise: Option<(GravityWord, String)>,
    /// Templates that it offers.
    pub templates: Vec<String>,
    /// Sentences that must be true before closing: the sentence, and who confirmed it; empty where nobody did.
    pub close_when: Vec<(String, String)>,
}

impl PlaybookView {
    /// Those in use.
    pub fn all(incident: &Incident) -> Vec<Self> {
        let view = |applied: &workflow::incident::incidents::incident::AppliedPlaybook| {
            let playbook = &applied.playbook;
            let confirmed = |place: usize| match applied.confirmed.get(&place) {
                None => String::new(),
                Some(note) if note.is_empty() => "confirmed".to_owned(),
                Some(note) => note.clone(),
            };
            Self {
                id: playbook.id.clone(),
                title: playbook.title.clone(),
                summary: playbook.summary.clone(),
                version: playbook.version.clone(),
                raise: playbook.raise.as_ref().map(|raise| (raise.to.into(), raise.condition.clone())),
                templates: playbook.templates.clone(),
                close_when: (1..).zip(&playbook.close_when).map(|(at, text)| (text.clone(), confirmed(at))).collect(),
            }
        };
        incident.playbooks.iter().map(view).collect()
    }
}

/// A step as it stands.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StepLine {
    /// Playbook.
    pub playbook: String,
    /// Step.
    pub id: String,
    /// Part of the work, in a word.
    pub phase: String,
    /// What it asks for, in a word.
    pub kind: String,
    /// What to do.
    pub text: String,
    /// True where skipping needs a reason.
    pub is_required: bool,
    /// Word of its state.
    pub state: String,
    /// The question that it waits for; null where it can be done.
    pub waits_for: Option<String>,
    /// When it is due.
    pub due: Option<String>,
    /// Function that the program runs or offers, with what it does.
    pub function: Option<(String, String)>,
    /// Message to prepare.
    pub template: Option<String>,
    /// Other playbook to open: id and title.
    pub other: Option<(String, String)>,
    /// Commands to show.
    pub commands: Vec<String>,
    /// What came out.
    pub result: String,
    /// Why it was skipped.
    pub reason: String,
    /// Who changed it last, and when.
    pub by: Option<(String, String)>,
    /// Checks that were run for it.
    pub checks: Vec<String>,
    /// Checks, evidence and messages that belong to it.
    pub attached: Vec<String>,
}

impl StepLine {
    /// A step with the question that it waits for in words.
    pub fn new(view: &StepView, incident: &Incident, library: &Library) -> Self {
        let step = &view.step;
        let question = |decision: &String| {
            let applied = incident.applied(&view.playbook);
            let known = applied.and_then(|applied| applied.playbook.decision(decision));
            known.map_or_else(|| decision.clone(), |known| known.question.clone())
        };
        let function = step.auto.clone().or(step.offers.clone());
        let does = |id: &str| library.function(id).map_or_else(String::new, |function| function.does.clone());
        let record = view.record.as_ref();
        Self {
            playbook: view.playbook.clone(),
            id: step.id.clone(),
            phase: step.phase.word().to_owned(),
            kind: step.kind.word().to_owned(),
            text: step.text.clone(),
            is_required: step.required,
            state: view.state.word().to_owned(),
            waits_for: view.waits_for.as_ref().map(question),
            due: iso(view.due),
            function: function.map(|id| {
                let does = does(&id);
                (id, does)
            }),
            template: step.template.clone(),
            other: step.playbook.as_ref().map(|id| titled(id, library)),
            commands: step.commands.clone(),
            result: record.map(|record| record.result.clone()).unwrap_or_default(),
            reason: record.map(|record| record.reason.clone()).unwrap_or_default(),
            by: record.map(|record| (record.by.clone(), record.at.to_iso())),
            checks: record.map(|record| record.checks.clone()).unwrap_or_default(),
            attached: record.map_or_else(Vec::new, |record| {
                [&record.checks, &record.evidence, &record.messages].into_iter().flatten().cloned().collect()
            }),
        }
    }
}

/// A checklist as it stands.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChecklistBox {
    /// Id.
    pub id: String,
    /// Heading.
    pub title: String,
    /// The items.
    pub items: Vec<ChecklistLine>,
}

/// An item of a checklist.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChecklistLine {
    /// Id.
    pub id: String,
    /// What to do.
    pub text: String,
    /// True where it must be done.
    pub is_required: bool,
    /// True where it is ticked.
    pub is_done: bool,
    /// Who ticked it, when, with what word.
    pub mark: Option<(String, String, String)>,
    /// When it is due.
    pub due: Option<String>,
    /// What the program can do for it.
    pub function: Option<(String, String)>,
    /// Commands to show.
    pub commands: Vec<String>,
}

impl ChecklistBox {
    /// A checklist with its marks.
    pub fn new(view: &ChecklistView, library: &Library) -> Self {
        let does = |id: &String| {
            let does = library.function(id).map_or_else(String::new, |function| function.does.clone());
            (id.clone(), does)
        };
        let items = view.items.iter().map(|line| ChecklistLine {
            id: line.item.id.clone(),
            text: line.item.text.clone(),
            is_required: line.item.required,
            is_done: line.mark.as_ref().is_some_and(|mark| mark.done),
            mark: line.mark.as_ref().map(|mark| (mark.by.clone(), mark.at.to_iso(), mark.note.clone())),
            due: iso(line.due),
            function: line.item.auto.as_ref().map(does),
            commands: line.item.commands.clone(),
        });
        Self { id: view.id.clone(), title: view.title.clone(), items: items.collect() }
    }
}

/// A playbook with its title.
fn titled(id: &str, library: &Library) -> (String, String) {
    let title = library.playbook(id).map_or_else(|| id.to_owned(), |file| file.playbook.title.clone());
    (id.to_owned(), title)
}

/// An answer to a question.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OptionLine {
    /// Id.
    pub id: String,
    /// Shown.
    pub label: String,
    /// What follows from it.
    pub consequence: String,
    /// True where it cannot be taken back.
    pub is_irreversible: bool,
    /// Playbook to go on with: id and title.
    pub playbook: Option<(String, String)>,
}

/// A question that a playbook asks.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DecisionAsked {
    /// Playbook.
    pub playbook: String,
    /// Decision.
    pub id: String,
    /// Step after which it is asked.
    pub after_step: String,
    /// The question.
    pub question: String,
    /// The answers.
    pub options: Vec<OptionLine>,
    /// Id of the option that was chosen.
    pub chosen: Option<String>,
}

impl DecisionAsked {
    /// Those of all playbooks in use.
    pub fn all(incident: &Incident, library: &Library) -> Vec<Self> {
        let mut all = Vec::new();
        for applied in &incident.playbooks {
            all.extend(applied.playbook.decisions.iter().map(|decision| {
                Self {
                    playbook: applied.playbook.id.clone(),
                    id: decision.id.clone(),
                    after_step: decision.after_step.clone(),
                    question: decision.question.clone(),
                    options: decision
                        .options
                        .iter()
                        .map(|option| OptionLine {
                            id: option.id.clone(),
                            label: option.label.clone(),
                            consequence: option.consequence.clone(),
                            is_irreversible: option.irreversible,
                            playbook: option.playbook.as_ref().map(|id| titled(id, library)),
                        })
                        .collect(),
                    chosen: applied.chosen.get(&decision.id).cloned(),
                }
            }));
        }
        all
    }
}

/// A decision that was taken.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DecisionTaken {
    /// The question.
    pub question: String,
    /// Every option with its consequence.
    pub options: Vec<(String, String)>,
    /// Label of the chosen one.
    pub chosen: String,
    /// What follows from it.
    pub consequence: String,
    /// True where it cannot be taken back.
    pub is_irreversible: bool,
    /// Who decided.
    pub by: String,
    /// Who stood beside; null for nobody.
    pub second: Option<String>,
    /// When.
    pub at: String,
    /// Why.
    pub reason: String,
}

impl From<&DecisionRecord> for DecisionTaken {
    fn from(record: &DecisionRecord) -> Self {
        Self {
            question: record.question.clone(),
            options: record.options.clone(),
            chosen: record.chosen.clone(),
            consequence: record.consequence.clone(),
            is_irreversible: record.irreversible,
            by: record.by.clone(),
            second: record.confirmation.second_person.clone(),
            at: record.at.to_iso(),
            reason: record.reason.clone(),
        }
    }
}

/// A check that was run.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CheckView {
    /// Number.
    pub run: String,
    /// Function.
    pub function: String,
    /// Word of the result.
    pub result: String,
    /// In a sentence.
    pub summary: String,
    /// Findings, by code.
    pub findings: Vec<String>,
    /// When.
    pub at: String,
    /// Who ran it.
    pub by: String,
    /// True where it raised an alarm.
    pub is_alarm: bool,
    /// How the alarm was judged: whether it was false, and why.
    pub judged: Option<(bool, String)>,
}

impl From<&CheckRecord> for CheckView {
    fn from(record: &CheckRecord) -> Self {
        Self {
            run: record.run.run.clone(),
            function: record.run.function.clone(),
            result: record.run.result.word().to_owned(),
            summary: record.run.summary.clone(),
            findings: record.run.findings.clone(),
            at: record.at.to_iso(),
            by: record.by.clone(),
            is_alarm: record.is_alarm(),
            judged: record.judged_false.clone(),
        }
    }
}

/// A figure to watch by hand.
#[derive(Clone, Debug, Serialize, TS)]
pub struct WatchLine {
    /// Id.
    pub id: String,
    /// Shown.
    pub title: String,
    /// Command that shows it.
    pub command: String,
    /// What was read, the oldest first: value, when, who.
    pub values: Vec<(String, String, String)>,
}

impl WatchLine {
    /// Those of the set, with what was read.
    pub fn all(incident: &Incident, library: &Library) -> Vec<Self> {
        let line = |read: &WatchedFigure| (read.value.clone(), read.at.to_iso(), read.by.clone());
        let watch = library.triggers.watches.iter();
        watch
            .map(|figure| Self {
                id: figure.id.clone(),
                title: figure.title.clone(),
                command: figure.command.clone(),
                values: incident.figures_watched.iter().filter(|read| read.watch == figure.id).map(line).collect(),
            })
            .collect()
    }
}

/// Required evidence of a playbook.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MissingEvidence {
    /// `PLAYBOOK/ITEM`.
    pub item: String,
    /// What it is.
    pub what: String,
    /// True where it must be there or be explained.
    pub is_required: bool,
    /// Why it is missing; empty where nobody said.
    pub explained: String,
}

impl MissingEvidence {
    /// What the playbooks ask for and is not in the locker.
    pub fn all(incident: &Incident) -> Vec<Self> {
        let mut all = Vec::new();
        for applied in &incident.playbooks {
            for wanted in &applied.playbook.evidence {
                let item = format!("{}/{}", applied.playbook.id, wanted.id);
                if incident.evidence.iter().any(|known| known.fulfils.as_deref() == Some(item.as_str())) {
                    continue;
                }
                let explained = incident.evidence_explained.get(&item).cloned().unwrap_or_default();
                all.push(Self { item, what: wanted.what.clone(), is_required: wanted.required, explained });
            }
        }
        all
    }
}

/// A change of a step, as a person says it.
#[derive(Clone, Debug, Deserialize, TS)]
pub struct StepAsked {
    /// Playbook.
    pub playbook: String,
    /// Step.
    pub step: String,
    /// Word of the state; null leaves it to what is run.
    pub state: Option<String>,
    /// What came out.
    pub result: String,
    /// Why it is skipped or opened again.
    pub reason: String,
    /// Evidence that belongs to it.
    pub evidence: Vec<String>,
    /// Messages that were sent.
    pub messages: Vec<String>,
    /// Checks that were run for it.
    pub checks: Vec<String>,
}

impl From<StepAsked> for StepReport {
    fn from(asked: StepAsked) -> Self {
        Self {
            playbook: Some(asked.playbook),
            step: asked.step,
            state: asked.state.as_deref().and_then(StepState::from_word),
            result: asked.result,
            reason: asked.reason,
            evidence: asked.evidence,
            messages: asked.messages,
            checks: asked.checks,
        }
    }
}

/// A choice that a playbook asks for.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ChoiceAsked {
    /// Playbook.
    pub playbook: String,
    /// Decision.
    pub decision: String,
    /// Option.
    pub option: String,
    /// Why.
    pub reason: String,
    /// Id or name of the election, as typed; empty where nothing had to be typed.
    pub typed: String,
    /// True where the consequence was read and accepted.
    pub is_accepted: bool,
}
