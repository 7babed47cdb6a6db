//! Severity: labels of the sources' scales, and proposals to raise. Nothing is changed by itself.

use domain::incident::IncidentSeverity;
use serde::Serialize;

use crate::common::severity::SeverityTable;
use crate::common::triggers::EventSeverity;
use crate::playbook::Playbook;

/// The scales that the shipped table knows; an office may add others as labels.
pub const SCALES: &[(&str, &str)] = &[
    ("ps", "Political Sphere, P0 to P3"),
    ("electra", "Electra, P0 to P3"),
    ("astra", "Astra, High to Low"),
    ("sev", "SEV0 to SEV3"),
    ("logbook", "The Logbook, severity of log events"),
];

/// The severity that a label of a scale means. Where a label stands for two (Astra's High), the lighter one: raising
/// it takes a reason that [`proposals`] looks for. `None` for a label or scale that is not known; treat that as doubt.
pub fn from_label(table: &SeverityTable, scale: &str, label: &str) -> Option<IncidentSeverity> {
    let has_label = |known: &&String| known.eq_ignore_ascii_case(label.trim());
    let level = table.levels.iter().rev().find(|level| level.labels.get(scale).filter(has_label).is_some());
    level.map(|level| level.severity).or_else(|| IncidentSeverity::from_word(label).filter(|_| scale.is_empty()))
}

/// The label of a severity in a scale; the canonical word where the scale is not known.
pub fn label<'a>(table: &'a SeverityTable, severity: IncidentSeverity, scale: &str) -> &'a str {
    table.level(severity).labels.get(scale).map_or(severity.word(), String::as_str)
}

/// The label and the canonical word, as screens and reports print them: `P0 (critical)`.
pub fn printed(table: &SeverityTable, severity: IncidentSeverity, scale: &str) -> String {
    let label = label(table, severity, scale);
    if label == severity.word() { severity.word().to_owned() } else { format!("{label} ({severity})") }
}

/// Severity of an incident of which nothing is certain yet: it is to be flagged provisional.
pub fn in_doubt(table: &SeverityTable) -> IncidentSeverity {
    table.provisional_default
}

/// What an entry of an audit log proposes by its own severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EventProposal {
    /// Nothing.
    Nothing,
    /// Open a review.
    Review,
    /// Declare an incident of this severity.
    Declare(IncidentSeverity),
}

/// Critical proposes `high`, a warning a review, info nothing.
pub fn of_log_event(severity: EventSeverity) -> EventProposal {
    match severity {
        EventSeverity::Critical => EventProposal::Declare(IncidentSeverity::High),
        EventSeverity::Warning => EventProposal::Review,
        EventSeverity::Info => EventProposal::Nothing,
    }
}

/// What is known about the election when a severity is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SeverityContext {
    /// Seconds to the opening, where it lies ahead.
    pub opens_in_s: Option<i64>,
    /// Seconds to the end of voting, where it lies ahead.
    pub closes_in_s: Option<i64>,
    /// True while voting is open.
    pub is_open: bool,
    /// True once ballots were counted.
    pub is_counted: bool,
    /// True once the count was published.
    pub is_published: bool,
    /// Voters on the roll.
    pub voters_total: u64,
    /// Voters affected, as far as known.
    pub voters_affected: u64,
    /// True where a signature or a chain failed.
    pub integrity_check_failed: bool,
    /// True where harm to integrity or privacy is confirmed.
    pub harm_confirmed: bool,
    /// True where nobody can vote.
    pub nobody_can_vote: bool,
}

/// A reason to set another severity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeverityProposal {
    /// To what.
    pub to: IncidentSeverity,
    /// Why.
    pub reason: String,
}

const DAY_SECONDS: i64 = 86_400;

/// Every reason to raise `now`, each of which can be taken or left. Each election context raises by one step.
pub fn proposals(
    now: IncidentSeverity,
    context: &SeverityContext,
    playbook: Option<&Playbook>,
) -> Vec<SeverityProposal> {
    let mut found = Vec::new();
    let mut propose = |to: IncidentSeverity, reason: &str| {
        if to.is_above(now) {
            found.push(SeverityProposal { to, reason: reason.to_owned() });
        }
    };
    let is_live = context.is_open || context.is_counted;
    if is_live && (context.harm_confirmed || context.nobody_can_vote) {
        let reason = if context.harm_confirmed {
            "The election is open or counted, and harm to integrity or privacy is confirmed"
        } else {
            "The election is open or counted, and nobody can vote"
        };
        propose(IncidentSeverity::Critical, reason);
    }
    let up = now.one_up();
    let is_near = |seconds: Option<i64>| seconds.is_some_and(|seconds| (0..=DAY_SECONDS).contains(&seconds));
    if is_near(context.opens_in_s) {
        propose(up, "The election opens within 24 hours");
    }
    if is_near(context.closes_in_s) {
        propose(up, "The election closes within 24 hours");
    }
    if context.is_published {
        propose(up, "The count is already published");
    }
    if u128::from(context.voters_affected) * 10 > u128::from(context.voters_total) && context.voters_total > 0 {
        propose(up, "More than 10 % of the roll is affected");
    }
    if context.integrity_check_failed {
        propose(up, "A signature or a chain failed its check");
    }
    if let Some(raise) = playbook.and_then(|playbook| playbook.raise.as_ref()) {
        propose(raise.to, &format!("Raise if {}", raise.condition));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Library;

    #[test]
    fn labels_map_as_the_canonical_scale_says() {
        let table = Library::shipped().severity;
        // Section 2.2 of the domain model: canonical, P-scale, Astra, SEV.
        let rows = [
            (IncidentSeverity::Critical, "P0", "High", "SEV0"),
            (IncidentSeverity::High, "P1", "High", "SEV1"),
            (IncidentSeverity::Medium, "P2", "Medium", "SEV2"),
            (IncidentSeverity::Low, "P3", "Low", "SEV3"),
        ];
        for (severity, p, astra, sev) in rows {
            for (scale, text) in [("ps", p), ("electra", p), ("astra", astra), ("sev", sev)] {
                assert_eq!(label(&table, severity, scale), text);
                if scale != "astra" {
                    assert_eq!(from_label(&table, scale, text), Some(severity), "{scale} {text}");
                }
            }
        }
        assert_eq!(from_label(&table, "astra", "High"), Some(IncidentSeverity::High), "raised to critical on reasons");
        assert_eq!(from_label(&table, "astra", "medium"), Some(IncidentSeverity::Medium));
        assert_eq!(from_label(&table, "", "critical"), Some(IncidentSeverity::Critical));
        assert_eq!(from_label(&table, "astra", "P0"), None);
        assert_eq!(printed(&table, IncidentSeverity::Critical, "astra"), "High (critical)");
        assert_eq!(printed(&table, IncidentSeverity::Low, ""), "low");
        assert_eq!(in_doubt(&table), IncidentSeverity::High);
    }

    #[test]
    fn contexts_propose_and_change_nothing() {
        let none = SeverityContext { voters_total: 100, voters_affected: 10, ..SeverityContext::default() };
        assert_eq!(proposals(IncidentSeverity::Medium, &none, None), [], "exactly 10 % is not more than 10 %");
        let day = SeverityContext { closes_in_s: Some(86_400), voters_affected: 11, ..none };
        let found = proposals(IncidentSeverity::Medium, &day, None);
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|proposal| proposal.to == IncidentSeverity::High), "one step up each");
        let later = SeverityContext { closes_in_s: Some(86_401), ..none };
        assert_eq!(proposals(IncidentSeverity::Medium, &later, None), []);
        let harm = SeverityContext { is_open: true, harm_confirmed: true, ..none };
        assert_eq!(proposals(IncidentSeverity::High, &harm, None)[0].to, IncidentSeverity::Critical);
        assert_eq!(proposals(IncidentSeverity::Critical, &harm, None), [], "nothing is above critical");
        let library = Library::shipped();
        let leak = &library.playbook("credential-leakage").expect("shipped").playbook;
        let found = proposals(IncidentSeverity::High, &none, Some(leak));
        assert_eq!(found[0].reason, "Raise if many credentials exposed while voting is open, or misuse confirmed");
    }

    #[test]
    fn log_events_propose_by_their_own_severity() {
        assert_eq!(of_log_event(EventSeverity::Critical), EventProposal::Declare(IncidentSeverity::High));
        assert_eq!(of_log_event(EventSeverity::Warning), EventProposal::Review);
        assert_eq!(of_log_event(EventSeverity::Info), EventProposal::Nothing);
    }
}
