//! Published reports against the rows: results, statistics, integrity, forensics.

use std::collections::BTreeMap;

use domain::report::{TallyComparison, VoteIntegrity};
use domain::{Finding, FindingCode, Instant, Place, TableRow};
use importers::logbook::rows::Token;
use serde_json::Value;

use super::pass::Seen;

/// One published document.
pub(crate) struct Published {
    pub(crate) place: Place,
    pub(crate) path: String,
    pub(crate) body: Value,
}

/// Documents of one kind that speak of an election.
pub(crate) fn documents(rows: &[TableRow], election_id: &str) -> Vec<Published> {
    rows.iter()
        .filter_map(|row| {
            let text = row.fields.first()?.1.as_deref()?;
            let body: Value = serde_json::from_str(text).ok()?;
            (body.get("election_id")?.as_str()? == election_id).then(|| Published {
                place: row.place,
                path: row.key.clone(),
                body,
            })
        })
        .collect()
}

fn candidates_of(list: Option<&Value>) -> BTreeMap<String, &Value> {
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some((entry.get("candidate_id")?.as_str()?.to_owned(), entry)))
        .collect()
}

fn is_equal(left: &Value, right: &Value) -> bool {
    match (left.as_f64(), right.as_f64()) {
        (Some(left), Some(right)) => (left - right).abs() < 1e-9,
        _ => left == right,
    }
}

/// The first difference between a published and a recounted list; ties may stand in any order.
fn list_difference(
    what: &str,
    published: Option<&Value>,
    recounted: Option<&Value>,
) -> Option<(String, Option<String>)> {
    let (published, recounted) = (candidates_of(published), candidates_of(recounted));
    for (id, ours) in &recounted {
        let name = ours.get("candidate_name").and_then(Value::as_str).unwrap_or(id);
        let Some(theirs) = published.get(id) else {
            return Some((format!("{what}: {name} is missing from the published result"), Some(id.clone())));
        };
        for field in ["vote_count", "is_winner", "is_tied", "percentage", "candidate_name", "position"] {
            let (Some(ours), Some(theirs)) = (ours.get(field), theirs.get(field)) else { continue };
            if !is_equal(ours, theirs) {
                return Some((
                    format!("{what}: {name}, {field}: published {theirs}, recounted {ours}"),
                    Some(id.clone()),
                ));
            }
        }
    }
    let extra = published.keys().find(|id| !recounted.contains_key(*id))?;
    Some((format!("{what}: {extra} is published, but is no candidate there"), Some(extra.clone())))
}

/// Compares a published result with the recount.
fn first_difference(published: &Value, recounted: &Value) -> Option<(String, Option<String>)> {
    let positions = |value: &Value| -> BTreeMap<String, Value> {
        value
            .get("results_by_position")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|entry| Some((entry.get("position")?.as_str()?.to_owned(), entry.clone())))
            .collect()
    };
    let (theirs, ours) = (positions(published), positions(recounted));
    for (position, ours) in &ours {
        let Some(theirs) = theirs.get(position) else {
            return Some((format!("{position} is missing from the published result"), None));
        };
        if let Some(difference) = list_difference(position, theirs.get("candidates"), ours.get("candidates")) {
            return Some(difference);
        }
        for field in ["total_votes", "is_tie"] {
            let (Some(ours), Some(theirs)) = (ours.get(field), theirs.get(field)) else { continue };
            if !is_equal(ours, theirs) {
                return Some((format!("{position}, {field}: published {theirs}, recounted {ours}"), None));
            }
        }
    }
    if let Some(position) = theirs.keys().find(|position| !ours.contains_key(*position)) {
        return Some((format!("{position} is published, but the election has no such contest"), None));
    }
    if let Some(difference) =
        list_difference("All contests together", published.get("overall_results"), recounted.get("overall_results"))
    {
        return Some(difference);
    }
    for field in [
        "total_votes",
        "total_eligible_voters",
        "voter_turnout_percentage",
        "quorum_met",
        "quorum_detail",
        "tie_policy",
    ] {
        let (Some(ours), Some(theirs)) = (recounted.get(field), published.get(field)) else { continue };
        if !is_equal(ours, theirs) {
            return Some((format!("{field}: published {theirs}, recounted {ours}"), None));
        }
    }
    None
}

/// T401: every published result against the recount. Answers the comparison for the report.
pub(crate) fn results(published: &[Published], recounted: &Value, findings: &mut Vec<Finding>) -> TallyComparison {
    let mut comparison =
        TallyComparison { published: Value::Null, recounted: recounted.clone(), agrees: None, first_difference: None };
    for document in published {
        let difference = first_difference(&document.body, recounted);
        if comparison.published.is_null() || (difference.is_some() && comparison.first_difference.is_none()) {
            comparison.published = document.body.clone();
            comparison.agrees = Some(difference.is_none());
            comparison.first_difference = difference.as_ref().map(|(sentence, _)| sentence.clone());
        }
        if let Some((sentence, candidate)) = difference {
            let mut finding = Finding::new(FindingCode::RecountDiffers, format!("{}: {sentence}.", document.path));
            let subject =
                candidate.map_or_else(|| format!("document:{}", document.path), |id| format!("candidate:{id}"));
            finding.add(subject, Some(document.place));
            findings.push(finding);
        }
    }
    comparison
}

/// R309: published statistics against the recomputed ones. In an open election more votes may have come since.
pub(crate) fn stats(published: &[Published], recomputed: &Value, is_open: bool, findings: &mut Vec<Finding>) {
    for document in published {
        let total = |value: &Value| value.get("total_votes_cast").and_then(Value::as_i64).unwrap_or(0);
        if is_open && total(&document.body) < total(recomputed) {
            continue;
        }
        let Some(members) = recomputed.as_object() else { continue };
        let differing: Vec<String> = members
            .iter()
            .filter_map(|(field, ours)| {
                let theirs = document.body.get(field)?;
                (!is_equal(ours, theirs)).then(|| format!("{field}: published {theirs}, recomputed {ours}"))
            })
            .collect();
        if !differing.is_empty() {
            let finding =
                Finding::new(FindingCode::TotalsDisagree, format!("{}: {}.", document.path, differing.join("; ")));
            findings.push(finding.about(format!("document:{}", document.path), Some(document.place)));
        }
    }
}

/// R309: a published integrity answer against what the same check answers on these rows.
pub(crate) fn integrity(
    published: &[Published],
    own: Option<&VoteIntegrity>,
    seen: &Seen,
    tokens: Option<&[Token]>,
    is_open: bool,
    findings: &mut Vec<Finding>,
) {
    let Some(own) = own.and_then(|own| serde_json::to_value(own).ok()) else { return };
    for document in published {
        let nested = document.body.get("vote_integrity");
        let body = nested.unwrap_or(&document.body);
        let total = |value: &Value| value.get("total_votes").and_then(Value::as_i64).unwrap_or(0);
        if is_open && total(body) < total(&own) {
            continue;
        }
        // A forensics report tells its own time by its newest entry: what came later it could not know.
        if let Some(made_at) = newest_entry(&document.body)
            && is_changed_since(seen, made_at)
        {
            continue;
        }
        let mut differing = Vec::new();
        for field in [
            "total_votes",
            "valid_signatures",
            "unsigned_votes",
            "tampered_votes",
            "chain_verified",
            "chain_break_at",
            "integrity_status",
        ] {
            if let (Some(ours), Some(theirs)) = (own.get(field), body.get(field))
                && !is_equal(ours, theirs)
            {
                differing.push(format!("{field}: published {theirs}, recomputed {ours}"));
            }
        }
        let ids = |value: &Value| -> std::collections::BTreeSet<String> {
            let list = value.get("tampered_vote_ids").and_then(Value::as_array);
            list.into_iter().flatten().filter_map(|id| id.as_str().map(str::to_owned)).collect()
        };
        if body.get("tampered_vote_ids").is_some() && ids(body) != ids(&own) {
            differing.push("tampered_vote_ids differ".to_owned());
        }
        if nested.is_some() {
            differing.extend(forensics_differences(&document.body, seen));
            if let Some(tokens) = tokens.filter(|_| !is_open) {
                differing.extend(token_differences(&document.body, tokens));
            }
        }
        if !differing.is_empty() {
            let finding =
                Finding::new(FindingCode::TotalsDisagree, format!("{}: {}.", document.path, differing.join("; ")));
            findings.push(finding.about(format!("document:{}", document.path), Some(document.place)));
        }
    }
}

/// Figures of a forensics report that follow from the votes alone.
fn forensics_differences(report: &Value, seen: &Seen) -> Vec<String> {
    let mut differing = Vec::new();
    let deleted = seen.deleted.len();
    if let Some(said) = report.pointer("/deleted_votes/count").and_then(Value::as_u64)
        && usize::try_from(said) != Ok(deleted)
    {
        differing.push(format!("deleted_votes: published {said}, recomputed {deleted}"));
    }
    if let Some(said) = report.get("voting_timeline").and_then(Value::as_object) {
        let ours = super::forensics::hours(&seen.minutes);
        let is_hourly = said.keys().all(|key| key.ends_with(":00") || key == "unknown");
        let said: BTreeMap<&str, i64> =
            said.iter().filter_map(|(key, count)| Some((key.as_str(), count.as_i64()?))).collect();
        let ours: BTreeMap<&str, i64> = ours.iter().map(|(key, count)| (key.as_str(), *count)).collect();
        if is_hourly && said != ours {
            differing.push("voting_timeline differs from the votes".to_owned());
        }
    }
    differing
}

/// Figures that follow from the credentials alone.
fn token_differences(report: &Value, tokens: &[Token]) -> Vec<String> {
    let used = tokens.iter().filter(|token| token.is_used).count();
    let figures = [("/voting_tokens/total_issued", tokens.len()), ("/voting_tokens/total_used", used)];
    let mut differing: Vec<String> = figures
        .into_iter()
        .filter_map(|(path, ours)| {
            let said = report.pointer(path)?.as_u64()?;
            (usize::try_from(said) != Ok(ours)).then(|| format!("{}: published {said}, recomputed {ours}", &path[15..]))
        })
        .collect();
    let used_of: BTreeMap<&str, bool> = tokens.iter().map(|token| (token.id.as_str(), token.is_used)).collect();
    for record in report.pointer("/voting_tokens/records").and_then(Value::as_array).into_iter().flatten() {
        let id = record.get("token_id").and_then(Value::as_str).unwrap_or_default();
        let said = record.get("used").and_then(Value::as_bool);
        match used_of.get(id) {
            None => differing.push(format!("credential {id} is in the report, but not in the table")),
            Some(used) if said.is_some() && said != Some(*used) => {
                differing.push(format!("credential {id}: used is published otherwise"))
            }
            Some(_) => {}
        }
    }
    differing
}

fn newest_entry(report: &Value) -> Option<Instant> {
    let entries = report.pointer("/audit_log/entries")?.as_array()?;
    entries.iter().filter_map(|entry| Instant::parse(entry.get("timestamp")?.as_str()?)).max()
}

/// Whether a vote was excluded, or cast and not excluded, later than a report that could not know of it.
fn is_changed_since(seen: &Seen, since: Instant) -> bool {
    [seen.newest_deletion, seen.newest_active].into_iter().flatten().any(|at| at.seconds() > since.seconds())
}
