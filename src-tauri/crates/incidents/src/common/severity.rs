//! `severity.toml`: levels with their labels and minutes, phases, ladder, words for notices, targets, profiles.

use std::collections::BTreeMap;

use domain::incident::{IncidentSeverity, ResponsePhase};
use serde::Serialize;

use crate::fields::Fields;

/// Everything of `severity.toml`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeverityTable {
    /// What a doubtful incident starts with.
    pub provisional_default: IncidentSeverity,
    /// The four levels, the gravest first.
    pub levels: Vec<Level>,
    /// Spans of time after the declaration.
    pub phases: Vec<PhaseSpan>,
    /// Who is called when.
    pub ladder: Vec<LadderStep>,
    /// State of an incident and the word for it in notices.
    pub status_words: Vec<StatusWord>,
    /// Where news go and what they say.
    pub communication: Communication,
    /// Deadlines of the review.
    pub review: ReviewRules,
    /// What the metrics are compared with.
    pub targets: Targets,
    /// Other figures that can be chosen as a profile.
    pub alternatives: BTreeMap<String, Alternative>,
}

/// One level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// Canonical word.
    pub severity: IncidentSeverity,
    /// Labels by scale (`ps`, `electra`, `astra`, `sev`, `logbook`).
    pub labels: BTreeMap<String, String>,
    /// What it means.
    pub meaning: String,
    /// Minutes to the first responder's action.
    pub respond_within_min: u32,
    /// Minutes to the resolution.
    pub resolve_target_min: u32,
    /// Minutes between updates.
    pub update_every_min: u32,
    /// Examples.
    pub examples: Vec<String>,
}

/// A span of time after the declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PhaseSpan {
    /// Which.
    pub phase: ResponsePhase,
    /// First minute.
    pub from_min: u32,
    /// Minute at which it ends.
    pub to_min: u32,
}

/// A step of the escalation ladder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LadderStep {
    /// From 1.
    pub level: u32,
    /// Id of the contact.
    pub role: String,
    /// Minutes after which it is due.
    pub after_min: u32,
    /// Under which condition, in words.
    pub condition: String,
}

/// State of an incident and the word for it in notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StatusWord {
    /// A status, or `identified`: investigating with the cause entered.
    pub id: String,
    /// The word outside.
    pub external: String,
}

/// Where news go and what they say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Communication {
    /// Inside.
    pub internal: String,
    /// Outside.
    pub external: String,
    /// What belongs into each.
    pub content: Vec<String>,
    /// Minutes to the end of the first look.
    pub first_assessment_within_min: u32,
}

/// Deadlines of the review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ReviewRules {
    /// Minutes from the resolution to a date, for critical and high.
    pub schedule_within_min: u32,
    /// Minutes from the resolution to the review.
    pub hold_within_min: u32,
    /// Days for an action item without a date of its own.
    pub action_items_target_days: u32,
    /// Share of action items done, in thousandths.
    pub action_items_target_permille: u32,
    /// Share of reviews held, in thousandths.
    pub completion_target_permille: u32,
}

/// What the metrics are compared with, in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Targets {
    /// Began to detected.
    pub mttd_min: u32,
    /// Detected to first action.
    pub mttr_respond_min: u32,
    /// Detected to resolved, critical ones.
    pub mttr_resolve_critical_min: u32,
}

/// Figures that take the place of others when a profile is chosen. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Alternative {
    /// Minutes between updates by severity.
    pub update_every_min: BTreeMap<IncidentSeverity, u32>,
    /// Minutes to the acknowledgement, whatever the severity.
    pub acknowledge_within_min: Option<u32>,
    /// Minutes after which the second, third and fourth level of the ladder are called.
    pub ladder_after_min: [Option<u32>; 3],
    /// Working days (Monday to Friday, UTC) from the resolution to the review.
    pub review_within_business_days: Option<u32>,
}

impl SeverityTable {
    /// The level of a severity.
    pub fn level(&self, severity: IncidentSeverity) -> &Level {
        self.levels.iter().find(|level| level.severity == severity).expect("reading demands all four levels")
    }

    pub(crate) fn read(root: &Fields<'_>) -> Self {
        root.schema_1();
        let default = root.word("provisional_default", IncidentSeverity::ALL, IncidentSeverity::word);
        let communication = root.optional_table("communication");
        let review = root.optional_table("review");
        let targets = root.optional_table("targets");
        for (key, table) in [("communication", &communication), ("review", &review), ("targets", &targets)] {
            if table.is_none() {
                root.problem(key, "the table is missing", format!("add [{key}]"));
            }
        }
        let number = |table: &Option<Fields<'_>>, key: &str| table.as_ref().map_or(0, |table| table.number(key));
        let permille = |key: &str| review.as_ref().and_then(|table| table.optional_permille(key)).unwrap_or(1000);
        Self {
            provisional_default: default.unwrap_or(IncidentSeverity::High),
            levels: read_levels(root),
            phases: read_phases(root),
            ladder: read_ladder(root),
            status_words: root
                .tables("status")
                .iter()
                .map(|fields| StatusWord { id: fields.text("id"), external: fields.text("external") })
                .collect(),
            communication: Communication {
                internal: communication.as_ref().map_or_else(String::new, |table| table.text("internal")),
                external: communication.as_ref().map_or_else(String::new, |table| table.text("external")),
                content: communication.as_ref().map_or_else(Vec::new, |table| table.texts("content")),
                first_assessment_within_min: number(&communication, "first_assessment_within_min"),
            },
            review: ReviewRules {
                schedule_within_min: number(&review, "schedule_within_min"),
                hold_within_min: number(&review, "hold_within_min"),
                action_items_target_days: number(&review, "action_items_target_days"),
                action_items_target_permille: permille("action_items_target_rate"),
                completion_target_permille: permille("completion_target_rate"),
            },
            targets: Targets {
                mttd_min: number(&targets, "mttd_min"),
                mttr_respond_min: number(&targets, "mttr_respond_min"),
                mttr_resolve_critical_min: number(&targets, "mttr_resolve_critical_min"),
            },
            alternatives: read_alternatives(root),
        }
    }
}

fn read_levels(root: &Fields<'_>) -> Vec<Level> {
    let mut levels = Vec::new();
    for fields in root.tables("level") {
        let Some(severity) = fields.word("id", IncidentSeverity::ALL, IncidentSeverity::word) else { continue };
        let rank = fields.number("rank");
        if rank != u32::from(severity.rank()) {
            fields.problem("rank", format!("{severity} has the rank {rank}"), format!("write {}", severity.rank()));
        }
        levels.push(Level {
            severity,
            labels: fields.text_map("labels"),
            meaning: fields.text("meaning"),
            respond_within_min: fields.number("respond_within_min"),
            resolve_target_min: fields.number("resolve_target_min"),
            update_every_min: fields.number("update_every_min"),
            examples: fields.texts("examples"),
        });
    }
    levels.sort_by_key(|level| level.severity.rank());
    for severity in IncidentSeverity::ALL {
        match levels.iter().filter(|level| level.severity == *severity).count() {
            1 => {}
            0 => root.problem("level", format!("the level {severity} is missing"), "add it; all four are needed"),
            _ => root.problem("level", format!("the level {severity} stands twice"), "keep one"),
        }
    }
    levels
}

fn read_phases(root: &Fields<'_>) -> Vec<PhaseSpan> {
    let mut phases: Vec<PhaseSpan> = Vec::new();
    for fields in root.tables("phase") {
        let Some(phase) = fields.word("id", ResponsePhase::ALL, ResponsePhase::word) else { continue };
        let span = PhaseSpan { phase, from_min: fields.number("from_min"), to_min: fields.number("to_min") };
        if span.to_min <= span.from_min || phases.last().is_some_and(|before| before.to_min != span.from_min) {
            fields.problem("from_min", "the phases do not follow one another", "let each begin where the last ends");
        }
        phases.push(span);
    }
    if phases.len() != ResponsePhase::ALL.len() {
        root.problem("phase", "four phases are expected", "write triage, response, resolution and follow_up once each");
    }
    phases
}

fn read_ladder(root: &Fields<'_>) -> Vec<LadderStep> {
    let mut ladder = Vec::new();
    for (place, fields) in (1_u32..).zip(root.tables("escalation")) {
        let level = fields.number("level");
        if level != place {
            fields.problem("level", format!("level {level} stands at place {place}"), "number the levels from 1");
        }
        ladder.push(LadderStep {
            level,
            role: fields.text("role"),
            after_min: fields.number("after_min"),
            condition: fields.text("condition"),
        });
    }
    ladder
}

fn read_alternatives(root: &Fields<'_>) -> BTreeMap<String, Alternative> {
    let mut found = BTreeMap::new();
    let Some(all) = root.optional_table("alternatives") else { return found };
    for name in all.keys() {
        let Some(fields) = all.optional_table(&name) else { continue };
        let mut alternative = Alternative {
            acknowledge_within_min: fields.optional_number("acknowledge_within_min"),
            ladder_after_min: [
                fields.optional_number("secondary_after_min").or(fields.optional_number("second_after_min")),
                fields.optional_number("lead_after_min").or(fields.optional_number("third_after_min")),
                fields.optional_number("fourth_after_min"),
            ],
            review_within_business_days: fields.optional_number("review_within_business_days"),
            ..Alternative::default()
        };
        if let Some(updates) = fields.optional_table("update_every_min") {
            for word in updates.keys() {
                match IncidentSeverity::from_word(&word) {
                    Some(severity) => {
                        alternative.update_every_min.insert(severity, updates.number(&word));
                    }
                    None => updates.problem(&word, "this is no severity", "write critical, high, medium or low"),
                }
            }
        }
        found.insert(name, alternative);
    }
    found
}
