//! Names that files use of one another: every one must exist.

use crate::common::checklists::Checklist;
use crate::common::contacts::Contacts;
use crate::common::triggers::Triggers;
use crate::fields::Problems;
use crate::playbook::Playbook;

/// The ids that may be named.
pub(crate) struct Names {
    pub(crate) functions: Vec<String>,
    pub(crate) templates: Vec<String>,
    pub(crate) commands: Vec<String>,
    pub(crate) playbooks: Vec<String>,
}

impl Names {
    fn one(problems: &Problems, known: &[String], key: String, what: &str, id: &str) {
        if !id.is_empty() && !known.iter().any(|candidate| candidate == id) {
            problems.add(key, format!("there is no {what} \"{id}\""), format!("correct the name, or add the {what}"));
        }
    }

    fn function(&self, problems: &Problems, key: String, id: Option<&String>) {
        if let Some(id) = id {
            Self::one(problems, &self.functions, key, "function", id);
        }
    }

    fn template(&self, problems: &Problems, key: String, id: &str) {
        Self::one(problems, &self.templates, key, "template", id);
    }

    fn command(&self, problems: &Problems, key: String, id: &str) {
        Self::one(problems, &self.commands, key, "command", id);
    }

    fn playbook(&self, problems: &Problems, key: String, id: &str) {
        Self::one(problems, &self.playbooks, key, "playbook", id);
    }

    pub(crate) fn check_playbook(&self, playbook: &Playbook, problems: &Problems) {
        for id in &playbook.templates {
            self.template(problems, "templates".to_owned(), id);
        }
        for signal in &playbook.signals {
            self.function(problems, format!("signal[{}].auto", signal.id), signal.auto.as_ref());
        }
        for step in &playbook.steps {
            let key = |field: &str| format!("step[{}].{field}", step.id);
            self.function(problems, key("auto"), step.auto.as_ref());
            self.function(problems, key("offers"), step.offers.as_ref());
            if let Some(id) = &step.template {
                self.template(problems, key("template"), id);
            }
            if let Some(id) = &step.playbook {
                self.playbook(problems, key("playbook"), id);
            }
            for id in &step.commands {
                self.command(problems, key("commands"), id);
            }
        }
        for decision in &playbook.decisions {
            for option in &decision.options {
                let key = |field: &str| format!("decision[{}].option[{}].{field}", decision.id, option.id);
                self.function(problems, key("offers"), option.offers.as_ref());
                if let Some(id) = &option.playbook {
                    self.playbook(problems, key("playbook"), id);
                }
            }
        }
        for item in &playbook.evidence {
            self.function(problems, format!("evidence[{}].capture_with", item.id), Some(&item.capture_with));
        }
    }

    pub(crate) fn check_checklists(&self, lists: &[Checklist], problems: &Problems) {
        for list in lists {
            for item in &list.items {
                let key = |field: &str| format!("checklist[{}].item[{}].{field}", list.id, item.id);
                self.function(problems, key("auto"), item.auto.as_ref());
                for id in &item.commands {
                    self.command(problems, key("commands"), id);
                }
            }
        }
    }

    pub(crate) fn check_contacts(&self, contacts: &Contacts, problems: &Problems) {
        for contact in &contacts.contacts {
            if let Some(id) = &contact.command {
                self.command(problems, format!("contact[{}].command", contact.id), id);
            }
        }
    }

    pub(crate) fn check_triggers(&self, triggers: &Triggers, problems: &Problems) {
        for (number, trigger) in (1_u32..).zip(&triggers.findings) {
            self.playbook(problems, format!("finding[{number}].playbook"), &trigger.playbook);
        }
        for (number, trigger) in (1_u32..).zip(&triggers.events) {
            self.playbook(problems, format!("event[{number}].playbook"), &trigger.playbook);
        }
        for (number, rule) in (1_u32..).zip(&triggers.alerts) {
            self.playbook(problems, format!("alert[{number}].playbook"), &rule.playbook);
        }
        for watch in &triggers.watches {
            self.command(problems, format!("watch[{}].command", watch.id), &watch.command);
        }
    }
}
