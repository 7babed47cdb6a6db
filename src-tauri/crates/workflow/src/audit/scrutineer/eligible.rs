//! Ballots and votes that count against what was frozen at opening.

use domain::{Finding, FindingCode, Severity};

use super::ballots::Seen;
use super::sources::{Document, Sources};

/// More ballots or votes than the frozen roll allows. A paper batch that two people let in beyond it is a broken rule with a record.
pub(super) fn check(sources: &Sources, seen: &Seen) -> Vec<Finding> {
    let mut findings = Vec::new();
    let place = sources.ballots.as_ref().and_then(Document::place);
    let is_overridden = sources
        .all("election_manual_ballots_recorded")
        .any(|event| event.detail["over_count_override"].as_bool() == Some(true));
    let votes = if sources.is_full() { seen.figures.votes } else { 0 };
    for (name, counted, what) in
        [("eligible_voters", seen.figures.counted, "ballots"), ("eligible_votes", votes, "votes")]
    {
        let Some(most) = sources.frozen(name).as_u64() else { continue };
        if counted <= most {
            continue;
        }
        let detail = format!("{counted} {what} count, but only {most} were on the roll when it was frozen.");
        let mut finding = Finding::new(FindingCode::TotalsDisagree, detail)
            .about(sources.subject(), place)
            .against("ballots.eligible");
        if is_overridden {
            finding.severity = Severity::Major;
            finding.detail.push_str(" Two people let a paper batch in beyond it, as the log records.");
        }
        findings.push(finding);
    }
    findings
}
