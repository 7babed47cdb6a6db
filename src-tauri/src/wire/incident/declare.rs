//! The list of incidents, and what a declaration offers and says.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use workflow::domain::{FindingCode, Instant};
use workflow::incident::incidents::severity::{SCALES, label};
use workflow::incident::incidents::{Library, triggers};
use workflow::incident::{IncidentSummary, NewIncident};

use super::{GravityWord, IncidentElection, iso};

/// An incident in the list.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct IncidentLine {
    /// Number.
    pub id: String,
    /// One line; empty where access is restricted to others.
    pub title: String,
    /// Word of the status; null where its journal cannot be read.
    pub status: Option<String>,
    /// True while it is declared and not resolved.
    pub is_open: bool,
    /// Severity.
    pub severity: Option<GravityWord>,
    /// What it is about, in a word.
    pub category: Option<String>,
    /// An exercise.
    pub is_drill: bool,
    /// Elections concerned.
    pub elections: Vec<IncidentElection>,
    /// Who leads.
    pub lead: Option<String>,
    /// When it was declared.
    pub declared_at: Option<String>,
    /// When it was resolved.
    pub resolved_at: Option<String>,
    /// Kinds of clocks that are overdue.
    pub late: Vec<String>,
    /// True where access is restricted to others.
    pub is_restricted: bool,
    /// Why its journal cannot be relied on.
    pub problem: Option<String>,
}

impl From<IncidentSummary> for IncidentLine {
    fn from(one: IncidentSummary) -> Self {
        Self {
            id: one.id,
            title: one.title,
            is_open: one.status.is_some_and(|status| status.is_open()),
            status: one.status.map(|status| status.word().to_owned()),
            severity: one.severity.map(GravityWord::from),
            category: one.category.map(|category| category.word().to_owned()),
            is_drill: one.is_drill,
            elections: one.elections.iter().map(IncidentElection::from).collect(),
            lead: one.lead,
            declared_at: iso(one.declared_at),
            resolved_at: iso(one.resolved_at),
            late: one.late.iter().map(|kind| kind.word().to_owned()).collect(),
            is_restricted: one.is_restricted,
            problem: one.problem,
        }
    }
}

/// A playbook that can be taken up.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlaybookLine {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// What it is about, in a word.
    pub category: String,
    /// Severity that goes with it.
    pub severity: GravityWord,
    /// How one notices it; searched too.
    pub signals: Vec<String>,
    /// Why it is proposed; empty where nothing proposes it.
    pub because: String,
}

/// What a scale calls each severity.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ScaleView {
    /// Id.
    pub id: String,
    /// Title.
    pub title: String,
    /// Labels of critical, high, medium and low, in this order.
    pub labels: Vec<String>,
}

/// What the dialog of a declaration offers.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeclareView {
    /// Playbooks; those that findings propose stand first.
    pub playbooks: Vec<PlaybookLine>,
    /// Elections of the case.
    pub elections: Vec<IncidentElection>,
    /// Scales of the sources.
    pub scales: Vec<ScaleView>,
    /// People who could lead.
    pub people: Vec<String>,
    /// Profiles of clocks.
    pub profiles: Vec<String>,
    /// Files of the office that were left out, with why.
    pub left_out: Vec<String>,
}

impl DeclareView {
    /// Puts the dialog together; `findings` are those of the case, the gravest first.
    pub fn new(
        library: &Library,
        findings: &[FindingCode],
        elections: Vec<(String, String)>,
        people: Vec<String>,
    ) -> Self {
        let proposed: Vec<_> = findings.iter().filter_map(|code| triggers::for_finding(library, *code)).collect();
        let rank = |id: &str| proposed.iter().position(|one| one.playbook == id).unwrap_or(usize::MAX);
        let mut playbooks: Vec<PlaybookLine> = library
            .playbooks
            .iter()
            .map(|file| PlaybookLine {
                id: file.playbook.id.clone(),
                title: file.playbook.title.clone(),
                summary: file.playbook.summary.clone(),
                category: file.playbook.category.word().to_owned(),
                severity: file.playbook.default_severity.into(),
                signals: file.playbook.signals.iter().map(|signal| signal.text.clone()).collect(),
                because: proposed
                    .iter()
                    .find(|one| one.playbook == file.playbook.id)
                    .map(|one| one.because.clone())
                    .unwrap_or_default(),
            })
            .collect();
        playbooks.sort_by_key(|line| rank(&line.id));
        let labels = |scale: &str| {
            let severities = workflow::domain::incident::IncidentSeverity::ALL.iter();
            severities.map(|severity| label(&library.severity, *severity, scale).to_owned()).collect()
        };
        Self {
            playbooks,
            elections: elections.into_iter().map(|(id, name)| IncidentElection { id, name }).collect(),
            scales: SCALES
                .iter()
                .map(|(id, title)| ScaleView { id: (*id).to_owned(), title: (*title).to_owned(), labels: labels(id) })
                .collect(),
            people,
            profiles: library.severity.alternatives.keys().cloned().collect(),
            left_out: library.left_out.iter().flat_map(|left| &left.problems).map(ToString::to_string).collect(),
        }
    }
}

/// A declaration, as the dialog gives it.
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeclareAsked {
    /// One line.
    pub title: String,
    /// What is seen.
    pub description: String,
    /// Playbook; null for none, or the one that the finding proposes.
    pub playbook: Option<String>,
    /// Severity; null leaves it to label and playbook.
    pub severity: Option<GravityWord>,
    /// Scale of the source; empty for the canonical one.
    pub scale: String,
    /// Label in that scale.
    pub label: String,
    /// True while the severity is a precaution.
    pub is_provisional: bool,
    /// Elections concerned; empty where all may be.
    pub elections: Vec<String>,
    /// Who leads.
    pub lead: Option<String>,
    /// Code of the finding that it comes from.
    pub finding: Option<String>,
    /// When the first sign was noticed, ISO text.
    pub detected_at: Option<String>,
    /// An exercise.
    pub is_drill: bool,
    /// Profile of clocks.
    pub profile: Option<String>,
}

impl From<DeclareAsked> for NewIncident {
    fn from(asked: DeclareAsked) -> Self {
        let some = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Self {
            title: asked.title,
            description: asked.description,
            elections: asked.elections,
            category: None,
            severity: asked.severity.map(Into::into),
            label: (!asked.scale.is_empty() && !asked.label.is_empty()).then_some((asked.scale, asked.label)),
            is_provisional: asked.is_provisional,
            playbook: some(asked.playbook),
            finding: asked.finding.as_deref().and_then(FindingCode::from_code),
            lead: some(asked.lead),
            reported_at: None,
            detected_at: asked.detected_at.as_deref().and_then(Instant::parse),
            is_drill: asked.is_drill,
            system: String::new(),
            profile: some(asked.profile),
        }
    }
}
