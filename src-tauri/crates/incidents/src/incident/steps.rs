//! Steps of playbooks: which apply, what each needs before it counts as done.

use domain::incident::{CheckResult, StepKind, StepState};

use super::event::{IncidentRecord, StepChange};
use super::{AppliedPlaybook, Incident, MessageState, Refusal, RefusalCode, StepRecord, Warning};
use crate::playbook::{PRESERVE_FIRST, Step};

/// Whether a step applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applies {
    /// It does.
    Yes,
    /// It hangs on a decision that has not been taken.
    Undecided(String),
    /// Another option was chosen in this decision.
    No(String),
}

impl AppliedPlaybook {
    pub(crate) fn applies(&self, step: &Step) -> Applies {
        let Some(when) = &step.when else { return Applies::Yes };
        match self.chosen.get(&when.decision) {
            None => Applies::Undecided(when.decision.clone()),
            Some(option) if *option == when.option => Applies::Yes,
            Some(_) => Applies::No(when.decision.clone()),
        }
    }

    /// How a step stands: a step that was never touched follows the decisions.
    pub fn state_of(&self, step: &Step) -> StepState {
        let recorded = self.steps.get(&step.id).map_or(StepState::Open, |record| record.state);
        match (recorded, self.applies(step)) {
            (StepState::Open | StepState::Doing, Applies::No(_)) => StepState::NotApplicable,
            (state, _) => state,
        }
    }

    /// True where the step of this id is done.
    pub(crate) fn is_done(&self, step: &str) -> bool {
        self.steps.get(step).is_some_and(|record| record.state == StepState::Done)
    }
}

impl Incident {
    pub(super) fn change_step(
        &mut self,
        record: &IncidentRecord,
        change: &StepChange,
    ) -> Result<Vec<Warning>, Refusal> {
        let place = self.place_of_playbook(&change.playbook)?;
        let applied = &self.playbooks[place];
        let Some(step) = applied.playbook.step(&change.step).cloned() else {
            let known: Vec<String> = applied.playbook.steps.iter().map(|step| step.id.clone()).collect();
            return Err(Refusal::unknown("step", &change.step, &known));
        };
        self.check_attachments(change)?;
        let before = applied.state_of(&step);
        let mut warnings = Vec::new();
        match change.state {
            StepState::NotApplicable => {
                return Err(Refusal::new(
                    RefusalCode::Step,
                    format!("the step \"{}\" is not applicable only if a decision says so", step.id),
                    "take the decision, or skip the step with a reason",
                ));
            }
            StepState::Skipped => {
                if step.required && change.reason.trim().is_empty() {
                    return Err(Refusal::reason(&format!("skipping the required step \"{}\"", step.id)));
                }
            }
            StepState::Open => {
                if before != StepState::Open && change.reason.trim().is_empty() {
                    return Err(Refusal::reason(&format!("opening the step \"{}\" again", step.id)));
                }
            }
            StepState::Doing | StepState::Done => {
                refuse_unless_it_applies(applied, &step)?;
                if change.state == StepState::Done {
                    self.check_fulfilled(&step, change)?;
                    warnings.extend(self.checks_that_did_not_pass(&step, change));
                }
                if step.kind == StepKind::Do && lacks_preservation(applied) {
                    warnings.push(Warning::EvidenceNotYetPreserved { step: step.id.clone() });
                }
            }
        }
        if warnings.iter().any(|warning| matches!(warning, Warning::EvidenceNotYetPreserved { .. })) {
            let breach = format!("{}/{}", change.playbook, step.id);
            if !self.order_breaches.contains(&breach) {
                self.order_breaches.push(breach);
            }
        }
        if matches!(change.state, StepState::Doing | StepState::Done) {
            self.note_first_step(record, step.phase);
        }
        let done = StepRecord {
            state: change.state,
            by: record.by.clone(),
            at: record.happened_at,
            result: change.result.clone(),
            reason: change.reason.clone(),
            evidence: change.evidence.clone(),
            messages: change.messages.clone(),
            checks: change.checks.clone(),
        };
        self.playbooks[place].steps.insert(step.id, done);
        Ok(warnings)
    }

    /// Everything that a change points at must be there.
    fn check_attachments(&self, change: &StepChange) -> Result<(), Refusal> {
        for id in &change.evidence {
            self.check_evidence(id)?;
        }
        for id in &change.messages {
            if self.message(id).is_none() {
                let known: Vec<String> = self.messages.iter().map(|message| message.draft.message.clone()).collect();
                return Err(Refusal::unknown("message", id, &known));
            }
        }
        for id in &change.checks {
            if !self.checks.iter().any(|check| check.run.run == *id) {
                let known: Vec<String> = self.checks.iter().map(|check| check.run.run.clone()).collect();
                return Err(Refusal::unknown("check run", id, &known));
            }
        }
        Ok(())
    }

    pub(super) fn check_evidence(&self, id: &str) -> Result<(), Refusal> {
        if self.evidence.iter().any(|item| item.id == id) {
            return Ok(());
        }
        let known: Vec<String> = self.evidence.iter().map(|item| item.id.clone()).collect();
        Err(Refusal::unknown("evidence", id, &known))
    }

    /// What each kind of step needs before it counts as done.
    fn check_fulfilled(&self, step: &Step, change: &StepChange) -> Result<(), Refusal> {
        let has_text = !change.result.trim().is_empty();
        let refuse = |why: String, instead: &str| Err(Refusal::new(RefusalCode::Step, why, instead));
        let name = &step.id;
        match step.kind {
            StepKind::Do => Ok(()),
            StepKind::Record if !has_text => {
                refuse(format!("the step \"{name}\" asks for a text"), "write down what it asks for")
            }
            StepKind::Capture if change.evidence.is_empty() => refuse(
                format!("the step \"{name}\" asks for evidence"),
                "take the evidence and name it, or skip the step with a reason",
            ),
            StepKind::Notify => self.check_was_told(step, change),
            StepKind::Check if change.checks.is_empty() && !has_text => {
                refuse(format!("the step \"{name}\" asks what was found"), "run the check or write the result")
            }
            StepKind::Decide => {
                let open = self.playbooks.iter().flat_map(|applied| {
                    let asked = applied.playbook.decisions.iter().filter(|decision| decision.after_step == *name);
                    asked
                        .filter(|decision| !applied.chosen.contains_key(&decision.id))
                        .map(|decision| &decision.question)
                });
                match open.collect::<Vec<_>>().first() {
                    Some(question) => refuse(format!("the question \"{question}\" is not decided"), "decide it first"),
                    None if !has_text && !self.asks(name) => {
                        refuse(format!("the step \"{name}\" asks for a decision"), "write what was decided")
                    }
                    None => Ok(()),
                }
            }
            StepKind::Escalate if self.escalations.is_empty() && !has_text => refuse(
                format!("for the step \"{name}\" nobody was called yet"),
                "record the call, or write how it was handed up",
            ),
            StepKind::Link if self.related.is_empty() && self.playbooks.len() < 2 && !has_text => refuse(
                format!("the step \"{name}\" asks for another playbook"),
                "take it up here, open a related incident, or write what was done",
            ),
            StepKind::Record | StepKind::Capture | StepKind::Check | StepKind::Escalate | StepKind::Link => Ok(()),
        }
    }

    fn asks(&self, step: &str) -> bool {
        let mut decisions = self.playbooks.iter().flat_map(|applied| &applied.playbook.decisions);
        decisions.any(|decision| decision.after_step == step)
    }

    fn check_was_told(&self, step: &Step, change: &StepChange) -> Result<(), Refusal> {
        let is_sent = |id: &String| self.message(id).is_some_and(|message| message.state == MessageState::Sent);
        let told_otherwise = step.template.is_none() && !change.result.trim().is_empty();
        if change.messages.iter().any(is_sent) || told_otherwise {
            return Ok(());
        }
        let (why, instead) = match &step.template {
            Some(template) => (
                format!("the step \"{}\" asks for a message that went out", step.id),
                format!("prepare it from the template \"{template}\", have it approved and confirm that it was sent"),
            ),
            None => (
                format!("the step \"{}\" asks whom you told", step.id),
                "name a message that was sent, or write who was told and how".to_owned(),
            ),
        };
        Err(Refusal::new(RefusalCode::Step, why, instead))
    }

    /// A check that did not pass never completes a step silently: a written result is needed, and there is a warning.
    fn checks_that_did_not_pass(&self, step: &Step, change: &StepChange) -> Vec<Warning> {
        let did_not_pass = |result: CheckResult| !matches!(result, CheckResult::Pass | CheckResult::NotApplicable);
        self.checks
            .iter()
            .filter(|check| change.checks.contains(&check.run.run) && did_not_pass(check.run.result))
            .map(|check| Warning::CheckDidNotPass { step: step.id.clone(), run: check.run.run.clone() })
            .collect()
    }
}

fn lacks_preservation(applied: &AppliedPlaybook) -> bool {
    applied.playbook.step(PRESERVE_FIRST).is_some() && !applied.is_done(PRESERVE_FIRST)
}

fn refuse_unless_it_applies(applied: &AppliedPlaybook, step: &Step) -> Result<(), Refusal> {
    let question = |decision: &str| {
        applied.playbook.decision(decision).map_or_else(|| decision.to_owned(), |known| known.question.clone())
    };
    match applied.applies(step) {
        Applies::Yes => Ok(()),
        Applies::Undecided(decision) => Err(Refusal::new(
            RefusalCode::Step,
            format!("the step \"{}\" hangs on the question \"{}\"", step.id, question(&decision)),
            "decide it first",
        )),
        Applies::No(decision) => Err(Refusal::new(
            RefusalCode::Step,
            format!("the step \"{}\" does not apply after the answer to \"{}\"", step.id, question(&decision)),
            "leave it, or decide the question again",
        )),
    }
}
