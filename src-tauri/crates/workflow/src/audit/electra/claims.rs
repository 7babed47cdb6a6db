//! Claims about one election, and the sentence that sums them up.

use domain::report::{Claim, Verdict};
use domain::{Finding, FindingCode, Severity};
use serde_json::json;

use super::exports::Exports;
use super::keys::{Keys, Signed};
use super::log::Log;
use super::privacy::Ties;
use super::reconcile::{Compared, Has};
use super::tokens::{CheckedToken, TokenState};
use super::votes::CheckedVote;
use crate::audit::judge::Judge;

/// What the claims are judged by.
pub(crate) struct Basis<'a> {
    pub(crate) election_id: &'a str,
    pub(crate) has_election: bool,
    pub(crate) votes: &'a [&'a CheckedVote],
    pub(crate) tokens: &'a [&'a CheckedToken],
    pub(crate) keys: &'a Keys,
    pub(crate) log: &'a Log,
    pub(crate) has: &'a Has,
    pub(crate) compared: &'a Compared,
    pub(crate) ties: &'a Ties,
    pub(crate) exports: &'a Exports,
    pub(crate) findings: &'a [Finding],
}

/// The claim that a finding of an election speaks against.
pub(crate) fn claim_of(code: FindingCode) -> &'static str {
    use FindingCode as F;
    match code {
        F::SignatureMismatch | F::VoteUnsigned | F::SignaturesExchanged => "votes.signatures",
        F::DocumentSignatureMismatch | F::SignatureLocalised => "tokens.signatures",
        F::VoteUnaccounted | F::AccountedVoteMissing | F::UnexplainedDifference | F::UnhashedFieldDiffers => {
            "votes.accounted"
        }
        F::VoterUnknown | F::VotedTwice => "votes.voters",
        F::OutsidePeriod => "votes.period",
        F::TotalsDisagree => "result.figures",
        F::LinkExists => "secrecy.link",
        F::StepMissing | F::RulesChangedUnrecorded => "procedure.lifecycle",
        _ => "",
    }
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// All claims, by id.
pub(crate) fn claims(basis: &Basis<'_>) -> Vec<Claim> {
    let mut judge = Judge::new(basis.findings, claim_of);
    vote_signatures(basis, &mut judge);
    token_signatures(basis, &mut judge);
    let (votes, tokens) = (count(basis.votes.len()), count(basis.tokens.len()));
    let compared = basis.compared;

    let (best, assumption) = match (basis.has.votes, basis.has.tokens) {
        (false, _) => (Verdict::CannotTell, "The export holds no votes table."),
        (_, false) if votes > 0 => (Verdict::CannotTell, "The export holds no token table."),
        _ => (
            Verdict::Consistent,
            "Vote token and token hash follow from the token without any key; that the token was issued rests on its signature.",
        ),
    };
    judge.add(
        "votes.voters",
        "Each vote follows from one token that was issued, and each voter has one.",
        best,
        votes,
        assumption,
        json!({"linked": compared.linked, "tokens": tokens, "used": compared.used_tokens}),
    );

    let (best, assumption) = if !basis.has.votes {
        (Verdict::CannotTell, "The export holds no votes table.")
    } else if !basis.log.is_there() || !basis.log.is_complete() {
        (Verdict::CannotTell, "The export holds no complete audit log.")
    } else if is_proved(basis.log) {
        (Verdict::Proved, "Every entry of the audit log is signed, and every signature fits.")
    } else {
        (Verdict::Consistent, "The audit log itself is not proved in full.")
    };
    judge.add(
        "votes.accounted",
        "Each vote and each token has its audit entry, and each entry its row.",
        best,
        votes,
        assumption,
        json!({
            "vote_cast_entries": compared.cast_entries,
            "token_issued_entries": compared.issue_entries,
            "used_tokens_without_vote": compared.used_without_vote,
        }),
    );

    let (best, assumption) = if !basis.has.votes {
        (Verdict::CannotTell, "The export holds no votes table.")
    } else if basis.has_election {
        (Verdict::Consistent, "Times of votes are not signed; they are compared with those of their audit entries.")
    } else {
        (Verdict::CannotTell, "The export holds no election row.")
    };
    judge.add("votes.period", "Every vote was cast while voting was open.", best, votes, assumption, json!({}));

    if let Some(figures) = basis.exports.compared.get(basis.election_id) {
        judge.add(
            "result.figures",
            "Published turnout agrees with the votes.",
            Verdict::Proved,
            *figures,
            "Counted from the votes table up to the time of the figure.",
            json!({}),
        );
    }
    if votes > 0 {
        judge.add(
            "secrecy.link",
            "Nobody can tell what a voter chose.",
            Verdict::Consistent,
            votes,
            "Choices are sealed with keys that only the voters' devices hold. Who cast which vote can be told from the tables, by the \
             origin's design.",
            json!({"by_vote_token": basis.ties.derived, "by_notes": basis.ties.notes, "by_entries": basis.ties.entries, "by_addresses": basis.ties.addresses}),
        );
    }
    let is_known = basis.log.is_complete() && basis.has_election;
    judge.add(
        "procedure.lifecycle",
        "Opening, closing and changes followed the rules.",
        if is_known { Verdict::Consistent } else { Verdict::CannotTell },
        votes,
        if is_known {
            "The origin's plain status address writes no entry, and its failures to write one are swallowed."
        } else {
            "The export holds no complete audit log, or no election row."
        },
        json!({}),
    );
    if let Some(claim) = chain(basis.log, basis.keys) {
        judge.push(claim);
    }
    judge.finish()
}

/// True where every entry is signed and fits, from the first on.
pub(crate) fn is_proved(log: &Log) -> bool {
    log.chain.as_ref().is_some_and(|chain| chain.verified)
}

/// The log of the whole installation carries the claims of every election; a break in it speaks against them all.
fn chain(log: &Log, keys: &Keys) -> Option<Claim> {
    let chain = log.chain.as_ref()?;
    let failed: std::collections::BTreeSet<i64> = chain
        .errors
        .iter()
        .filter(|error| !(log.lacks_key && error.kind == "invalid_signature"))
        .map(|error| error.log_id)
        .collect();
    let hard = chain.errors.iter().any(|error| match error.kind.as_str() {
        "invalid_signature" => log.has_bad_signatures,
        "unsigned" => false,
        _ => true,
    });
    let verdict = if hard || log.is_refuted_from_outside {
        Verdict::Contradicted
    } else if chain.verified {
        Verdict::Proved
    } else {
        Verdict::CannotTell
    };
    let by_key = keys.counts(log.entries.iter().map(|checked| &checked.signed));
    let ranges = ranges(log, keys);
    let assumption = if keys.is_empty() {
        "No key was given; hashes and links without signatures show no more than accidents.".to_owned()
    } else if log.lacks_key {
        "None of the keys given made the signatures.".to_owned()
    } else if log.restored() > 0 {
        format!(
            "Verified after restoring the microseconds of {} entries, which the export had cut; entries cut off the end would not show.",
            log.restored()
        )
    } else {
        "Only holders of the private key can sign; entries cut off the end would not show in the chain.".to_owned()
    };
    Some(Claim {
        id: "audit.chain".to_owned(),
        title: "The audit log is complete and unaltered.".to_owned(),
        verdict,
        checked: chain.total_checked,
        failed: count(failed.len()),
        assumption,
        detail: json!({"by_key": by_key, "ranges": ranges, "restored_times": log.restored()}),
    })
}

/// Which key verified which positions, in order.
fn ranges(log: &Log, keys: &Keys) -> Vec<serde_json::Value> {
    let mut ranges: Vec<(usize, i64, i64)> = Vec::new();
    for checked in &log.entries {
        let Signed::Valid(key) = checked.signed else { continue };
        let position = checked.entry.chain_position;
        match ranges.last_mut() {
            Some((known, _, to)) if *known == key => *to = position,
            _ => ranges.push((key, position, position)),
        }
    }
    ranges.into_iter().map(|(key, from, to)| json!({"key": keys.name(key), "from": from, "to": to})).collect()
}

fn vote_signatures(basis: &Basis<'_>, judge: &mut Judge<'_>) {
    let votes = count(basis.votes.len());
    let valid = count(basis.votes.iter().filter(|vote| vote.signed.is_valid()).count());
    let unsigned = count(basis.votes.iter().filter(|vote| vote.signed == Signed::Unsigned).count());
    let (best, assumption) = if !basis.has.votes {
        (Verdict::CannotTell, "The export holds no votes table.")
    } else if votes == 0 {
        (Verdict::Consistent, "There are no votes to check.")
    } else if basis.keys.is_empty() || valid == 0 {
        (Verdict::CannotTell, "A key that fits is missing.")
    } else {
        (
            Verdict::Proved,
            "Only holders of the server's private key can sign; time, address and status of a vote are not signed.",
        )
    };
    judge.add(
        "votes.signatures",
        "Every vote is signed and unaltered.",
        best,
        votes,
        assumption,
        json!({"valid": valid, "unsigned": unsigned, "by_key": basis.keys.counts(basis.votes.iter().map(|vote| &vote.signed))}),
    );
}

fn token_signatures(basis: &Basis<'_>, judge: &mut Judge<'_>) {
    let tokens = count(basis.tokens.len());
    let of = |is_meant: &dyn Fn(&TokenState) -> bool| {
        count(basis.tokens.iter().filter(|token| is_meant(&token.state)).count())
    };
    let genuine = of(&TokenState::is_genuine);
    let open = of(&|state| *state == TokenState::NotSearched);
    let (best, assumption) = if !basis.has.tokens {
        (Verdict::CannotTell, "The export holds no token table.")
    } else if tokens == 0 {
        (Verdict::Consistent, "There are no tokens to check.")
    } else if basis.keys.is_empty() || genuine == 0 || open > 0 {
        (Verdict::CannotTell, "A key that fits is missing, or the search for signed times was cut short.")
    } else {
        (Verdict::Proved, "Only holders of the server's private key can sign; the status of a token is not signed.")
    };
    judge.add(
        "tokens.signatures",
        "Every token was issued by the origin and is unaltered.",
        best,
        tokens,
        assumption,
        json!({
            "valid_as_stored": of(&|state| *state == TokenState::Valid),
            "valid_with_restored_times": of(&|state| *state == TokenState::Restored),
            "signed_before_stored_time": of(&|state| matches!(state, TokenState::Drifted { .. })),
            "not_searched": open,
        }),
    );
}

/// The first sentence of the verdict page and the cover.
pub(crate) fn sentence(basis: &Basis<'_>, verdict: Verdict) -> String {
    let plural =
        |count: u64, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    let head = format!(
        "{} and {} checked",
        plural(count(basis.votes.len()), "sealed vote", "sealed votes"),
        plural(count(basis.tokens.len()), "token", "tokens")
    );
    let critical: Vec<&Finding> =
        basis.findings.iter().filter(|finding| finding.severity == Severity::Critical).collect();
    match verdict {
        Verdict::Contradicted if critical.is_empty() => {
            format!("{head}: the audit log, which carries this election, contradicts itself.")
        }
        Verdict::Contradicted => {
            let what: Vec<&str> = critical.iter().take(3).map(|finding| finding.code.text().title).collect();
            format!("{head}: {}.", what.join("; "))
        }
        Verdict::CannotTell => {
            format!(
                "{head}: nothing contradicts the record, but some claims cannot be tested with this export or without a key."
            )
        }
        Verdict::Consistent | Verdict::Proved => {
            format!(
                "{head}: everything that could be tested fits. The votes are sealed, so there is no count to repeat."
            )
        }
    }
}
