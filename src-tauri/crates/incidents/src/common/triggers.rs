//! `triggers.toml`: what proposes which playbook. A proposal is one click; nothing is declared by itself.

use std::collections::BTreeMap;

use domain::FindingCode;
use domain::incident::IncidentSeverity;
use serde::Serialize;

use crate::fields::Fields;

/// Everything of `triggers.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Triggers {
    /// By finding code.
    pub findings: Vec<FindingTrigger>,
    /// By entry of an audit log.
    pub events: Vec<EventTrigger>,
    /// The severity that an alert's label stands for.
    pub alert_severity: BTreeMap<String, IncidentSeverity>,
    /// By monitoring alert.
    pub alerts: Vec<AlertRule>,
    /// Figures to watch by hand.
    pub watches: Vec<Watch>,
}

/// Finding codes that propose a playbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FindingTrigger {
    /// Printed codes.
    pub codes: Vec<String>,
    /// Id of the playbook.
    pub playbook: String,
}

/// How grave an entry of an audit log is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventSeverity {
    /// Usual.
    Info,
    /// Unusual.
    Warning,
    /// A control failed.
    Critical,
}

impl EventSeverity {
    /// All of them, the lightest first.
    pub const ALL: &'static [EventSeverity] = &[Self::Info, Self::Warning, Self::Critical];

    /// The word of a file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }

    /// Reads the word of a log.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|candidate| candidate.word() == word)
    }
}

/// An entry of an audit log that proposes a playbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventTrigger {
    /// Event type as the log writes it.
    pub event: String,
    /// The lightest severity that proposes.
    pub severity: EventSeverity,
    /// Id of the playbook.
    pub playbook: String,
}

/// A monitoring alert, known by name, with the rule that raises it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertRule {
    /// Name of the alert.
    pub name: String,
    /// What it means.
    pub summary: String,
    /// Expression of the monitoring system.
    pub expression: String,
    /// Seconds it must hold.
    pub for_seconds: u32,
    /// Label `severity`.
    pub label_severity: String,
    /// Id of the playbook.
    pub playbook: String,
}

/// A figure to watch by hand while an incident is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Watch {
    /// Unique.
    pub id: String,
    /// Shown.
    pub title: String,
    /// Command that shows it.
    pub command: String,
}

impl Triggers {
    pub(crate) fn read(root: &Fields<'_>) -> Self {
        root.schema_1();
        let mut triggers = Self::default();
        for fields in root.tables("finding") {
            let codes = fields.texts("codes");
            for code in codes.iter().filter(|code| FindingCode::from_code(code).is_none()) {
                fields.problem("codes", format!("there is no finding \"{code}\""), "write a code of the program");
            }
            triggers.findings.push(FindingTrigger { codes, playbook: fields.text("playbook") });
        }
        for fields in root.tables("event") {
            triggers.events.push(EventTrigger {
                event: fields.text("type"),
                severity: fields
                    .word("severity", EventSeverity::ALL, EventSeverity::word)
                    .unwrap_or(EventSeverity::Critical),
                playbook: fields.text("playbook"),
            });
        }
        if let Some(fields) = root.optional_table("alert_severity") {
            for label in fields.keys() {
                if let Some(severity) = fields.word(&label, IncidentSeverity::ALL, IncidentSeverity::word) {
                    triggers.alert_severity.insert(label, severity);
                }
            }
        }
        for fields in root.tables("alert") {
            let label_severity = fields.text("label_severity");
            if !label_severity.is_empty() && !triggers.alert_severity.contains_key(&label_severity) {
                fields.problem(
                    "label_severity",
                    format!("\"{label_severity}\" has no severity"),
                    "add it to [alert_severity]",
                );
            }
            triggers.alerts.push(AlertRule {
                name: fields.text("name"),
                summary: fields.text("summary"),
                expression: fields.text("expression"),
                for_seconds: fields.number("for_seconds"),
                label_severity,
                playbook: fields.text("playbook"),
            });
        }
        for fields in root.tables("watch") {
            triggers.watches.push(Watch {
                id: fields.text("id"),
                title: fields.text("title"),
                command: fields.text("command"),
            });
        }
        root.ids_once("watch", &triggers.watches.iter().map(|watch| watch.id.clone()).collect::<Vec<_>>());
        triggers
    }
}
