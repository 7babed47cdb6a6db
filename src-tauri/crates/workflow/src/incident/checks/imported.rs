//! What the newest verification of imported evidence says to each check: its claims, and the findings that bear on it.

use domain::incident::CheckResult;
use domain::report::{AuditReport, ElectionReport, ReportedFinding, Verdict};
use domain::{AuditRecord, Sha256Digest};
use incidents::incident::event::CheckInput;
use serde_json::{Value, json};

use super::Said;

/// Claims and finding codes that bear on a check; a code may end in `*`.
fn bears_on(function: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match function {
        "check.election_status" => (&["procedure.lifecycle"], &["P705", "P701"]),
        "check.status_changes" => (&["procedure.lifecycle"], &["P701", "P705", "P706"]),
        "check.election_config" => (&["ballot.definition"], &["R304", "P706", "R308"]),
        "check.audit_chain" => {
            (&["events.attested"], &["C201", "C202", "C203", "C205", "C206", "C207", "C208", "C210"])
        }
        "check.anchor_truncation" => (&["ballots.chain", "votes.chain"], &["C205", "C207", "R301", "R302", "E603"]),
        "check.vote_signatures" => {
            (&["votes.signatures", "tokens.signatures"], &["S101", "S102", "S103", "S104", "S106", "S108"])
        }
        "check.vote_token_links" => (
            &["ballots.credentials", "ballots.accounted", "votes.accounted", "votes.voters"],
            &["R301", "R302", "R303", "R305"],
        ),
        "check.token_usage" => (&["ballots.credentials", "votes.voters"], &["R303", "R305", "A507"]),
        "check.double_votes" => (&["votes.voters", "ballots.replacement"], &["R311", "P708", "R306"]),
        "check.deleted_votes" => (&["votes.accounted", "ballots.accounted"], &["P702", "R302", "A506"]),
        "check.rollbacks" => (&["procedure.lifecycle"], &["P701"]),
        "check.voting_window" => (&["votes.period"], &["R310"]),
        "check.ballot_rate" => (&["votes.patterns"], &["A501", "A503"]),
        "check.ballot_replacements" => (&["ballots.replacement"], &["R306", "R307"]),
        "check.ip_clusters" => (&["votes.patterns"], &["A502"]),
        "check.turnout_quorum" => (&["result.figures"], &["R309"]),
        "check.cross_tables" => (
            &["votes.accounted", "ballots.accounted", "ballots.credentials"],
            &["R301", "R302", "R303", "R307", "R313"],
        ),
        "check.totals" => (&["result.figures"], &["R309"]),
        "check.recount" => (&["result.count"], &["T401", "T404", "T405"]),
        "check.privacy_links" => (&["secrecy.link"], &["P703", "P704", "P710"]),
        "check.all_integrity" => (
            &[
                "votes.signatures",
                "tokens.signatures",
                "votes.chain",
                "ballots.chain",
                "votes.accounted",
                "ballots.accounted",
                "ballots.credentials",
                "result.figures",
                "votes.period",
                "events.attested",
            ],
            &["S*", "C*", "R*"],
        ),
        "check.import_and_verify" => (&["*"], &["*"]),
        _ => return None,
    })
}

fn fits(pattern: &str, text: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == text, |start| text.starts_with(start))
}

/// What the evidence lacks for the checks that no conclusion answers.
fn lacking(function: &str) -> &'static str {
    match function {
        "check.login_failures" => {
            "Sign-ins are not part of the imported evidence; take the sign-in log into the locker and search it."
        }
        "check.credential_mail_counts" => {
            "Mail counts are not part of the conclusion; compare the roll with the mail log."
        }
        "check.admin_actions" => "List the entries of the person in the audit log; the conclusion does not group them.",
        _ => "The verification of imported evidence does not answer this check.",
    }
}

fn inputs(report: &AuditReport) -> Vec<CheckInput> {
    let input = |file: &domain::report::InputFile| {
        Some(CheckInput { name: file.path.clone(), sha256: Sha256Digest::from_hex(&file.sha256)? })
    };
    report.inputs.iter().filter_map(input).collect()
}

/// Severity of findings as a result: critical ones fail, major and minor ones warn.
fn result_of(findings: &[&ReportedFinding]) -> CheckResult {
    let has = |word: &str| findings.iter().any(|finding| finding.severity == word);
    if has("critical") {
        CheckResult::Fail
    } else if has("major") || has("minor") {
        CheckResult::Warn
    } else {
        CheckResult::Pass
    }
}

/// What a verification says about one election to a check.
pub(super) fn say(report: &AuditReport, election: &ElectionReport, function: &str) -> Said {
    let Some((claims, codes)) = bears_on(function) else { return Said::none(lacking(function)) };
    let claims: Vec<_> =
        election.claims.iter().filter(|claim| claims.iter().any(|pattern| fits(pattern, &claim.id))).collect();
    let found: Vec<&ReportedFinding> =
        election.findings.iter().filter(|finding| codes.iter().any(|code| fits(code, &finding.code))).collect();
    if claims.is_empty() && found.is_empty() {
        return Said::none("The export holds nothing that this check could look at.");
    }
    let worst = claims.iter().map(|claim| claim.verdict).min();
    let by_claims = match worst {
        Some(Verdict::Contradicted) => CheckResult::Fail,
        Some(Verdict::CannotTell) if claims.iter().all(|claim| claim.verdict == Verdict::CannotTell) => {
            CheckResult::NotApplicable
        }
        Some(Verdict::CannotTell) => CheckResult::Warn,
        Some(Verdict::Consistent | Verdict::Proved) => CheckResult::Pass,
        None => CheckResult::NotApplicable,
    };
    let by_findings = result_of(&found);
    let result =
        if found.is_empty() || super::weight(by_claims) > super::weight(by_findings) { by_claims } else { by_findings };
    let mut told: Vec<String> = claims
        .iter()
        .map(|claim| {
            format!("{} {}, {} checked, {} failed.", claim.id, claim.verdict.label(), claim.checked, claim.failed)
        })
        .collect();
    told.extend(found.iter().map(|finding| format!("{} ({}): {}", finding.code, finding.severity, finding.detail)));
    Said {
        result,
        summary: told.join(" "),
        findings: found.iter().map(|finding| finding.code.clone()).collect(),
        inputs: inputs(report),
    }
}

/// What a verification says about the audit log of a whole installation.
pub(super) fn say_of_log(report: &AuditReport, function: &str) -> Option<Said> {
    let (_, codes) = bears_on(function)?;
    let found: Vec<&ReportedFinding> =
        report.findings.iter().filter(|finding| codes.iter().any(|code| fits(code, &finding.code))).collect();
    let chain = report.audit_chain.as_ref().filter(|_| {
        matches!(
            function,
            "check.audit_chain" | "check.all_integrity" | "check.import_and_verify" | "check.anchor_truncation"
        )
    });
    if chain.is_none() && found.is_empty() {
        return None;
    }
    let by_chain = chain
        .map_or(CheckResult::NotApplicable, |chain| if chain.verified { CheckResult::Pass } else { CheckResult::Fail });
    let by_findings = result_of(&found);
    let result =
        if found.is_empty() || super::weight(by_chain) > super::weight(by_findings) { by_chain } else { by_findings };
    let mut told: Vec<String> = chain
        .iter()
        .map(|chain| format!("{} entries checked, {} breaks.", chain.total_checked, chain.errors.len()))
        .collect();
    told.extend(found.iter().map(|finding| format!("{} ({}): {}", finding.code, finding.severity, finding.detail)));
    Some(Said {
        result,
        summary: told.join(" "),
        findings: found.iter().map(|finding| finding.code.clone()).collect(),
        inputs: inputs(report),
    })
}

/// An entry of an imported audit log with the text of every field as it came.
pub(in crate::incident) fn audit_json(entry: &AuditRecord) -> Value {
    json!({
        "id": entry.id, "timestamp": entry.timestamp, "timestamp_nanos": entry.timestamp_nanos,
        "event_type": entry.event_type, "event_category": entry.event_category, "severity": entry.severity,
        "user_id": entry.user_id, "username": entry.username, "session_id": entry.session_id,
        "organization_id": entry.organization_id, "ip_address": entry.ip_address, "user_agent": entry.user_agent,
        "event_data": entry.event_data, "previous_hash": entry.previous_hash, "current_hash": entry.current_hash,
        "hash_version": entry.hash_version,
    })
}
