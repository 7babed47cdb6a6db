//! Proposals: a finding, an entry of an audit log or a monitoring alert offers the fitting playbook. One click; nothing
//! is declared by itself. The alert rules can be written out as a rules file for Prometheus.

use domain::FindingCode;
use domain::incident::IncidentSeverity;
use serde::Serialize;

use crate::common::triggers::EventSeverity;
use crate::library::Library;

/// A playbook that is offered, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Playbook.
    pub playbook: String,
    /// Its title.
    pub title: String,
    /// Severity that goes with it.
    pub severity: IncidentSeverity,
    /// Why it is offered.
    pub because: String,
}

fn propose(library: &Library, id: &str, severity: Option<IncidentSeverity>, because: String) -> Option<Proposal> {
    let playbook = &library.playbook(id)?.playbook;
    Some(Proposal {
        playbook: playbook.id.clone(),
        title: playbook.title.clone(),
        severity: severity.unwrap_or(playbook.default_severity),
        because,
    })
}

/// What a finding offers.
pub fn for_finding(library: &Library, code: FindingCode) -> Option<Proposal> {
    let trigger =
        library.triggers.findings.iter().find(|trigger| trigger.codes.iter().any(|one| one == code.code()))?;
    propose(library, &trigger.playbook, None, format!("{}: {}", code.code(), code.text().title))
}

/// What an entry of an imported or own audit log offers; an entry lighter than the trigger's severity offers nothing.
pub fn for_event(library: &Library, event: &str, severity: EventSeverity) -> Option<Proposal> {
    let trigger = library.triggers.events.iter().find(|known| known.event == event && severity >= known.severity)?;
    propose(library, &trigger.playbook, None, format!("Audit entry {event} of severity {}", severity.word()))
}

/// What a monitoring alert offers, by its name; its label `severity` gives the severity.
pub fn for_alert(library: &Library, name: &str, label_severity: Option<&str>) -> Option<Proposal> {
    let rule = library.triggers.alerts.iter().find(|rule| rule.name == name)?;
    let label = label_severity.unwrap_or(&rule.label_severity);
    let severity = library.triggers.alert_severity.get(label).copied();
    propose(library, &rule.playbook, severity, format!("Alert {name}: {}", rule.summary))
}

/// The alert rules as a Prometheus rules file (YAML).
pub fn prometheus_rules(library: &Library) -> String {
    let mut text = String::from("groups:\n  - name: election-incidents\n    rules:\n");
    for rule in &library.triggers.alerts {
        let title = library.playbook(&rule.playbook).map_or("", |file| file.playbook.title.as_str());
        let lines = [
            ("      - alert: ", quoted(&rule.name)),
            ("        expr: ", quoted(&rule.expression)),
            ("        for: ", format!("{}s", rule.for_seconds)),
            ("        labels:\n          severity: ", quoted(&rule.label_severity)),
            ("        annotations:\n          summary: ", quoted(&rule.summary)),
            ("          playbook: ", quoted(&rule.playbook)),
            ("          playbook_title: ", quoted(title)),
        ];
        for (key, value) in lines {
            text.push_str(key);
            text.push_str(&value);
            text.push('\n');
        }
    }
    text
}

/// A YAML scalar in double quotes; JSON's escapes are a part of YAML's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_events_and_alerts_offer_their_playbook() {
        let library = Library::shipped();
        let offered = for_finding(&library, FindingCode::SignatureMismatch).expect("S101 offers one");
        assert_eq!((offered.playbook.as_str(), offered.severity), ("admin-manipulation", IncidentSeverity::Critical));
        assert_eq!(for_finding(&library, FindingCode::Burst).expect("A501").playbook, "ballot-stuffing");
        assert_eq!(for_finding(&library, FindingCode::ChecksRun), None, "information offers nothing");
        let chain = for_event(&library, "audit_integrity_check", EventSeverity::Critical).expect("critical offers");
        assert_eq!(chain.playbook, "audit-chain-break");
        assert_eq!(for_event(&library, "audit_integrity_check", EventSeverity::Warning), None);
        assert_eq!(for_event(&library, "tally_failed", EventSeverity::Info).expect("info").playbook, "tally-failure");
        assert_eq!(for_event(&library, "vote_cast", EventSeverity::Critical), None);
        let slow = for_alert(&library, "HighErrorRate", None).expect("known by name");
        assert_eq!((slow.playbook.as_str(), slow.severity), ("performance-degradation", IncidentSeverity::Medium));
        let down = for_alert(&library, "ElectraDown", Some("critical")).expect("known");
        assert_eq!((down.playbook.as_str(), down.severity), ("application-unavailable", IncidentSeverity::Critical));
        assert_eq!(for_alert(&library, "Other", Some("critical")), None);
    }

    #[test]
    fn the_rules_file_is_what_prometheus_reads() {
        let expected = r#"groups:
  - name: election-incidents
    rules:
      - alert: "ElectraDown"
        expr: "up{job=\"electra\"} == 0"
        for: 60s
        labels:
          severity: "critical"
        annotations:
          summary: "The service does not answer"
          playbook: "application-unavailable"
          playbook_title: "Voting application unavailable"
      - alert: "HighErrorRate"
        expr: "rate(http_requests_total{status=~\"5..\"}[5m]) > 0.1"
        for: 120s
        labels:
          severity: "warning"
        annotations:
          summary: "Many requests end with a server error"
          playbook: "performance-degradation"
          playbook_title: "Slow or overloaded service"
"#;
        assert_eq!(prometheus_rules(&Library::shipped()), expected);
    }
}
