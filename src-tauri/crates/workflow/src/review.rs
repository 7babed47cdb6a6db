//! Review marks: a reviewer calls a finding explained or confirmed, with a reason. The finding stays in every report, with
//! the mark beside it; each change of a mark is an entry of the ledger.

use domain::Sha256Digest;
use domain::report::{AuditReport, ReportedFinding};
use domain::review::{FindingReview, Mark, MarkedFinding};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::tables::review::ReviewMark;

use crate::{Case, Error};

/// What a finding is, whatever a later verification says about it besides. A finding without subjects is told by its
/// detail.
pub fn finding_key(election_id: &str, finding: &ReportedFinding) -> MarkedFinding {
    let mut hasher = Sha256::new();
    for subject in &finding.subjects {
        hasher.update(subject);
        hasher.update([b'\n']);
    }
    if finding.subjects.is_empty() {
        hasher.update(&finding.detail);
    }
    MarkedFinding {
        election_id: election_id.to_owned(),
        code: finding.code.clone(),
        subjects: Sha256Digest(hasher.finalize().into()),
    }
}

/// The finding that a key names.
pub fn finding_of<'a>(report: &'a AuditReport, key: &MarkedFinding) -> Option<&'a ReportedFinding> {
    let of_election = report.elections.iter().filter(|election| election.election_id == key.election_id);
    let findings = of_election.flat_map(|election| &election.findings);
    let general = report.findings.iter().filter(|_| key.election_id.is_empty());
    findings
        .chain(general)
        .filter(|finding| finding.code == key.code)
        .find(|finding| finding_key(&key.election_id, finding) == *key)
}

/// Puts marks beside the findings that they belong to. A mark whose finding is gone says nothing.
pub(crate) fn add_marks(report: &mut AuditReport, marks: Vec<ReviewMark>) {
    if marks.is_empty() {
        return;
    }
    let mark_one = |election_id: &str, finding: &mut ReportedFinding| {
        if !marks.iter().any(|mark| mark.finding.code == finding.code && mark.finding.election_id == election_id) {
            return;
        }
        let key = finding_key(election_id, finding);
        finding.review = marks.iter().find(|mark| mark.finding == key).map(|mark| FindingReview {
            mark: mark.mark,
            reason: mark.reason.clone(),
            by: mark.by.clone(),
            at: mark.at.clone(),
        });
    };
    for election in &mut report.elections {
        for finding in &mut election.findings {
            mark_one(&election.election_id, finding);
        }
    }
    for finding in &mut report.findings {
        mark_one("", finding);
    }
}

impl Case {
    /// Marks a finding of the newest conclusion.
    ///
    /// # Errors
    /// [`Error::NotYet`] without a reason where one is needed, or where there is no such finding.
    pub fn mark_finding(&mut self, finding: &MarkedFinding, mark: Mark, reason: &str) -> Result<(), Error> {
        let reason = reason.trim();
        if mark == Mark::Explained && reason.is_empty() {
            return Err(Error::NotYet { message: "an explained finding needs a reason".to_owned() });
        }
        self.require_finding(finding)?;
        let mut detail = detail_of(finding);
        detail["mark"] = mark.word().into();
        detail["reason"] = reason.into();
        self.change("review.mark", detail, |file, act| {
            let mark = ReviewMark {
                finding: finding.clone(),
                mark,
                reason: reason.to_owned(),
                by: act.actor.to_owned(),
                at: act.at.to_owned(),
            };
            file.mark(act, &mark)
        })
    }

    /// Takes the mark of a finding back. What was said before stays in the ledger.
    ///
    /// # Errors
    /// [`Error::NotYet`] where there is no such finding.
    pub fn unmark_finding(&mut self, finding: &MarkedFinding) -> Result<(), Error> {
        self.require_finding(finding)?;
        self.change("review.withdraw", detail_of(finding), |file, act| file.unmark(act, finding))
    }

    fn require_finding(&self, finding: &MarkedFinding) -> Result<(), Error> {
        let report = self.latest_report()?;
        if report.is_some_and(|report| finding_of(&report, finding).is_some()) {
            return Ok(());
        }
        Err(Error::NotYet {
            message: "the newest verification has no such finding; look at its findings again".to_owned(),
        })
    }
}

fn detail_of(finding: &MarkedFinding) -> serde_json::Value {
    json!({"election": finding.election_id, "code": finding.code, "subjects": finding.subjects.to_hex()})
}
