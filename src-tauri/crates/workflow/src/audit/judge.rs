//! From findings to claims, the same for every source system: a critical finding contradicts the claim that its code speaks
//! against; without one the claim is as good as the check that was possible.

use std::collections::BTreeSet;

use domain::report::{Claim, ElectionReport, ReportedFinding, Verdict, sort_findings};
use domain::{FileId, Finding, FindingCode, Severity};

/// The claim that a finding of a code speaks against, in one source system.
pub(crate) type ClaimOf = fn(FindingCode) -> &'static str;

/// The claim that a finding speaks against: the one it names, or that of its code.
fn claim_against(finding: &Finding, claim_of: ClaimOf) -> &'static str {
    finding.claim.unwrap_or_else(|| claim_of(finding.code))
}

/// Collects the claims of an election.
pub(crate) struct Judge<'a> {
    findings: &'a [Finding],
    claim_of: ClaimOf,
    claims: Vec<Claim>,
}

impl<'a> Judge<'a> {
    /// Judges by these findings.
    pub(crate) fn new(findings: &'a [Finding], claim_of: ClaimOf) -> Self {
        Self { findings, claim_of, claims: Vec::new() }
    }

    /// Adds a claim; `best` is what it can be without findings against it.
    pub(crate) fn add(
        &mut self,
        id: &str,
        title: &str,
        best: Verdict,
        checked: u64,
        assumption: &str,
        detail: serde_json::Value,
    ) {
        let against: Vec<&Finding> =
            self.findings.iter().filter(|finding| claim_against(finding, self.claim_of) == id).collect();
        let critical = against.iter().filter(|finding| finding.severity == Severity::Critical);
        let failed: u64 = {
            let rows: BTreeSet<&String> = critical
                .clone()
                .flat_map(|finding| &finding.subjects)
                .filter(|subject| !subject.starts_with("audit:"))
                .collect();
            let votes: BTreeSet<i64> = critical.clone().flat_map(|finding| finding.votes.iter()).collect();
            let unlisted: u64 = critical.clone().map(|finding| finding.unlisted).sum();
            u64::try_from(rows.len() + votes.len()).unwrap_or(u64::MAX).saturating_add(unlisted)
        };
        let is_against = critical.count() > 0;
        let verdict = if is_against { Verdict::Contradicted } else { best };
        // What stands in no row (a result, a head) counts as one.
        let failed = failed.max(u64::from(is_against));
        self.push(Claim {
            id: id.to_owned(),
            title: title.to_owned(),
            verdict,
            checked: checked.max(failed),
            failed,
            assumption: assumption.to_owned(),
            detail,
        });
    }

    /// Adds a claim that was judged elsewhere.
    pub(crate) fn push(&mut self, claim: Claim) {
        self.claims.push(claim);
    }

    /// All claims by id.
    pub(crate) fn finish(mut self) -> Vec<Claim> {
        self.claims.sort_by(|left, right| left.id.cmp(&right.id));
        self.claims
    }
}

/// Where rows of a table could not be read, a row that another table misses there may be one of them: such findings accuse
/// nobody.
pub(crate) fn spare_unread(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|finding| finding.severity == Severity::Critical) {
        if matches!(
            finding.code,
            FindingCode::AccountedVoteMissing | FindingCode::VoterUnknown | FindingCode::VoteUnaccounted
        ) {
            finding.severity = Severity::Major;
            finding
                .detail
                .push_str(" Rows of this export could not be read (I901), and what is missing may be among them.");
        }
    }
}

/// The worst verdict of all claims.
pub(crate) fn worst(claims: &[Claim]) -> Verdict {
    claims.iter().map(|claim| claim.verdict).min().unwrap_or(Verdict::CannotTell)
}

/// The outside form of findings, in order, each with its claim.
pub(crate) fn reported(
    findings: Vec<Finding>,
    claim_of: ClaimOf,
    path_of: &dyn Fn(FileId) -> String,
) -> Vec<ReportedFinding> {
    let mut reported: Vec<ReportedFinding> = findings
        .into_iter()
        .map(|finding| {
            let claim = claim_against(&finding, claim_of);
            ReportedFinding { claim: claim.to_owned(), ..ReportedFinding::from_finding(finding, path_of) }
        })
        .collect();
    sort_findings(&mut reported);
    reported
}

/// An election without anything said about it yet, for systems to fill in.
pub(crate) fn blank(election_id: &str, title: &str, system: &str) -> ElectionReport {
    ElectionReport {
        election_id: election_id.to_owned(),
        title: title.to_owned(),
        system: system.to_owned(),
        verdict: Verdict::CannotTell,
        claims: Vec::new(),
        vote_integrity: None,
        ballot_chain: None,
        tally: None,
        findings: Vec::new(),
        sentence: String::new(),
        exhibit: serde_json::Value::Null,
        tables: Vec::new(),
    }
}
