//! Decisions: options with their consequences; what cannot be taken back needs two people and a typed name.

use super::event::{Confirmation, IncidentRecord, OwnChoice, PlaybookChoice};
use super::{DecisionRecord, Incident, Refusal, RefusalCode};

impl Incident {
    pub(super) fn take_decision(&mut self, record: &IncidentRecord, choice: &PlaybookChoice) -> Result<(), Refusal> {
        let place = self.place_of_playbook(&choice.playbook)?;
        let applied = &self.playbooks[place];
        let Some(decision) = applied.playbook.decision(&choice.decision) else {
            let known: Vec<String> = applied.playbook.decisions.iter().map(|decision| decision.id.clone()).collect();
            return Err(Refusal::unknown("decision", &choice.decision, &known));
        };
        let Some(option) = decision.option(&choice.option) else {
            let known: Vec<String> = decision.options.iter().map(|option| option.id.clone()).collect();
            return Err(Refusal::unknown("option", &choice.option, &known));
        };
        let before = applied.chosen.get(&decision.id).and_then(|chosen| decision.option(chosen));
        if let Some(before) = before.filter(|before| before.irreversible && before.id != option.id) {
            return Err(Refusal::new(
                RefusalCode::Irreversible,
                format!("\"{}\" was chosen and cannot be taken back", before.label),
                "write into the timeline what has changed since",
            ));
        }
        self.check_confirmation(record, option.irreversible, &choice.confirmation, &choice.reason)?;
        for id in &choice.evidence {
            self.check_evidence(id)?;
        }
        let done = DecisionRecord {
            entry: self.next_entry(),
            source: Some(format!("{}/{}", choice.playbook, decision.id)),
            question: decision.question.clone(),
            options: decision.options.iter().map(|one| (one.label.clone(), one.consequence.clone())).collect(),
            chosen: option.label.clone(),
            consequence: option.consequence.clone(),
            irreversible: option.irreversible,
            by: record.by.clone(),
            at: record.happened_at,
            reason: choice.reason.clone(),
            evidence: choice.evidence.clone(),
            confirmation: choice.confirmation.clone(),
        };
        self.decisions.push(done);
        self.playbooks[place].chosen.insert(choice.decision.clone(), choice.option.clone());
        Ok(())
    }

    pub(super) fn take_own_decision(&mut self, record: &IncidentRecord, choice: &OwnChoice) -> Result<(), Refusal> {
        if choice.question.trim().is_empty() || choice.options.len() < 2 {
            return Err(Refusal::new(
                RefusalCode::ReasonMissing,
                "a decision needs a question and at least two options",
                "write what could be chosen; doing nothing is an option too",
            ));
        }
        let Some(option) = choice.options.get(choice.chosen) else {
            let known: Vec<String> = choice.options.iter().map(|option| option.label.clone()).collect();
            return Err(Refusal::unknown("option", &choice.chosen.to_string(), &known));
        };
        if choice.options.iter().any(|option| option.label.trim().is_empty() || option.consequence.trim().is_empty()) {
            return Err(Refusal::new(
                RefusalCode::ReasonMissing,
                "an option lacks its label or its consequence",
                "write what follows from each before choosing",
            ));
        }
        self.check_confirmation(record, choice.irreversible, &choice.confirmation, &choice.reason)?;
        for id in &choice.evidence {
            self.check_evidence(id)?;
        }
        let done = DecisionRecord {
            entry: self.next_entry(),
            source: None,
            question: choice.question.clone(),
            options: choice.options.iter().map(|one| (one.label.clone(), one.consequence.clone())).collect(),
            chosen: option.label.clone(),
            consequence: option.consequence.clone(),
            irreversible: choice.irreversible,
            by: record.by.clone(),
            at: record.happened_at,
            reason: choice.reason.clone(),
            evidence: choice.evidence.clone(),
            confirmation: choice.confirmation.clone(),
        };
        self.decisions.push(done);
        Ok(())
    }

    fn check_confirmation(
        &self,
        record: &IncidentRecord,
        irreversible: bool,
        confirmation: &Confirmation,
        reason: &str,
    ) -> Result<(), Refusal> {
        self.check_is_person(record, "a decision")?;
        if reason.trim().is_empty() {
            return Err(Refusal::reason("a decision"));
        }
        if let Some(second) = confirmation.second_person.as_deref().filter(|_| !irreversible) {
            return self.check_two(record, second, "the decision");
        }
        if !irreversible {
            return Ok(());
        }
        let second = confirmation.second_person.as_deref().unwrap_or_default();
        self.check_two(record, second, "a decision that cannot be taken back")?;
        if !confirmation.consequence_accepted {
            return Err(Refusal::new(
                RefusalCode::NotConfirmed,
                "the consequence was not accepted",
                "show it and have it accepted before the decision is taken",
            ));
        }
        let typed = confirmation.typed.as_deref().unwrap_or_default().trim();
        let is_typed = if self.elections.is_empty() {
            typed == self.id.as_str()
        } else {
            self.elections.iter().any(|election| typed == election.id || typed == election.name)
        };
        if typed.is_empty() || !is_typed {
            let instead = if self.elections.is_empty() {
                format!("type {}", self.id)
            } else {
                let known: Vec<String> =
                    self.elections.iter().map(|election| format!("{} or {}", election.id, election.name)).collect();
                format!("type the id or the name of the election: {}", known.join(", "))
            };
            let why = "a decision that cannot be taken back was not confirmed by typing";
            return Err(Refusal::new(RefusalCode::NotConfirmed, why, instead));
        }
        Ok(())
    }
}
