//! Claims of an election with their verdicts: a critical finding contradicts its claim, missing evidence leaves it open,
//! unkeyed or partial checks make it consistent, keyed or exact ones prove it.

use std::collections::BTreeSet;

use domain::investigation::BALLOTS_NEEDED;
use domain::report::{Claim, TallyComparison, Verdict};
use domain::{Finding, FindingCode, Severity};
use importers::logbook::rows::Election;
use serde_json::json;
use tally::methods::logbook::Count;
use verification::statistics::family::{LEVEL, SMALL};

use super::anomalies::Looked;
use super::chain::VoteChain;
use super::known::Known;
use super::log::Log;
use super::outcome;
use super::signatures::{Signatures, Signer};
use crate::audit::judge::Judge;

/// Everything that claims are judged by.
pub(crate) struct Basis<'a> {
    pub(crate) votes: usize,
    pub(crate) election: Option<&'a Election>,
    pub(crate) signatures: &'a Signatures,
    pub(crate) signer: &'a Signer,
    pub(crate) chain: &'a VoteChain,
    pub(crate) log: &'a Log,
    pub(crate) tally: Option<&'a TallyComparison>,
    pub(crate) has_tokens: bool,
    pub(crate) has_users: bool,
    pub(crate) has_votes: bool,
    pub(crate) has_candidates: bool,
    pub(crate) has_documents: bool,
    pub(crate) known: &'a Known,
    pub(crate) looked: Looked,
    pub(crate) findings: &'a [Finding],
}

/// The claim that a finding speaks against.
pub(super) fn claim_of(code: FindingCode) -> &'static str {
    use FindingCode as F;
    match code {
        F::SignatureMismatch
        | F::VoteUnsigned
        | F::KeyMissing
        | F::KeyWeak
        | F::SchemesMixed
        | F::SignaturesExchanged
        | F::SignatureLocalised
        | F::DocumentSignatureMismatch => "votes.signatures",
        F::HashMismatch
        | F::LinkBroken
        | F::GenesisWrong
        | F::ChainFork
        | F::HeadDiffers
        | F::DeletedRowsBreakOriginWalk
        | F::OrderDiffers => "votes.chain",
        F::VoteUnaccounted | F::AccountedVoteMissing | F::UnexplainedDifference => "votes.accounted",
        F::VoterUnknown | F::TestFlagWrong | F::VotedTwice => "votes.voters",
        F::NotOnBallot | F::DefinitionAltered => "ballot.definition",
        F::OutsidePeriod => "votes.period",
        F::RecountDiffers | F::CannotRecount | F::TieBreakDecides | F::Sensitivity => "result.count",
        F::TotalsDisagree => "result.figures",
        F::LinkExists => "secrecy.link",
        F::VotingReopened | F::VoteExcluded | F::StepMissing | F::RulesChangedUnrecorded => "procedure.lifecycle",
        _ => "votes.patterns",
    }
}

/// All claims, by id.
pub(crate) fn claims(basis: &Basis<'_>) -> Vec<Claim> {
    let mut judge = Judge::new(basis.findings, claim_of);
    let votes = u64::try_from(basis.votes).unwrap_or(u64::MAX);
    let signed = basis.votes - basis.signatures.unsigned.len();
    let valid = basis.signatures.valid_count();
    let has_open = !basis.signatures.not_searched.is_empty();
    let key = basis.signatures.first_key(basis.signer).map_or_else(|| "none".to_owned(), |key| key.origin.clone());
    let (best, assumption) = if votes == 0 {
        (Verdict::Consistent, "There are no votes to check.".to_owned())
    } else if signed == 0 {
        (Verdict::CannotTell, "No vote carries a signature; releases before signing wrote none.".to_owned())
    } else if basis.signatures.lacks_key || has_open {
        (Verdict::CannotTell, "A key that fits is missing.".to_owned())
    } else {
        (Verdict::Proved, format!("Only holders of the key can sign; the key that fits is {key}."))
    };
    judge.add(
        "votes.signatures",
        "Every vote is signed and unaltered.",
        best,
        votes,
        &assumption,
        json!({"signed": signed, "valid": valid, "key": key}),
    );

    let (best, assumption) = if votes == 0 {
        (Verdict::Consistent, "There are no votes to chain.")
    } else if basis.chain.linked == 0 {
        (Verdict::CannotTell, "The votes carry no chain; releases before March 2026 wrote none.")
    } else if !basis.chain.is_head_compared {
        (
            Verdict::Consistent,
            "The chain carries no key, and its head is not in the export: votes cut off its end would not show.",
        )
    } else {
        (
            Verdict::Consistent,
            "The chain carries no key: whoever can write the table can link it anew; signatures protect the content.",
        )
    };
    judge.add(
        "votes.chain",
        "No vote was removed, inserted or moved.",
        best,
        basis.chain.linked,
        assumption,
        json!({"head": basis.chain.head, "head_compared": basis.chain.is_head_compared}),
    );

    let (best, assumption) = if votes == 0 {
        (Verdict::Consistent, "There are no votes to account for.")
    } else if !basis.log.is_complete {
        (Verdict::CannotTell, "The export holds no complete audit log.")
    } else if basis.log.is_proved && basis.log.begins_at.is_none() {
        (Verdict::Proved, "Every entry of the audit log carries a keyed hash that fits.")
    } else {
        (Verdict::Consistent, "The audit log itself is not proved in full.")
    };
    judge.add(
        "votes.accounted",
        "Each vote has its audit entry, and each entry its vote.",
        best,
        votes,
        assumption,
        json!({}),
    );

    let is_named = basis.election.is_some_and(|election| !election.is_anonymous);
    let has_salt = basis.election.is_some_and(|election| election.salt.is_some());
    let (best, assumption) = if votes == 0 {
        (Verdict::Consistent, "There are no votes.")
    } else if basis.has_tokens || (has_salt && basis.has_users) {
        (Verdict::Consistent, "Credentials and roll are not signed; they are taken as the export holds them.")
    } else if is_named && (basis.has_users || basis.election.is_some_and(|election| election.roster.is_some())) {
        (Verdict::Consistent, "The roll is not signed; it is taken as the export holds it.")
    } else {
        (Verdict::CannotTell, "The export holds neither credentials nor the salt that would tie votes to the roll.")
    };
    judge.add("votes.voters", "Each vote comes from one entitled voter, once.", best, votes, assumption, json!({}));

    let (best, assumption) = if !basis.has_candidates {
        (Verdict::CannotTell, "The export holds no candidates table.")
    } else if basis.log.is_complete {
        (Verdict::Consistent, "Candidate rows are not signed; they are compared with the audit log.")
    } else {
        (Verdict::CannotTell, "Candidate rows are not signed, and there is no audit log to compare them with.")
    };
    judge.add("ballot.definition", "The ballot is the one that was recorded.", best, votes, assumption, json!({}));

    let (best, assumption) = if basis.election.is_none() {
        (Verdict::CannotTell, "The export holds no election row.")
    } else {
        (Verdict::Consistent, "Times are those of the origin's clock.")
    };
    judge.add("votes.period", "Every vote was cast while voting was open.", best, votes, assumption, json!({}));

    let (best, assumption) = match basis.tally {
        None => (Verdict::CannotTell, "The export lacks votes, candidates or the election's rules."),
        Some(tally) if tally.published.is_null() => {
            (Verdict::Consistent, "No published result is in the export; the count stands alone.")
        }
        Some(_) => (Verdict::Proved, "Recounted exactly from the rows under the origin's own rule."),
    };
    judge.add("result.count", "The published result follows from the votes.", best, votes, assumption, json!({}));
    if basis.has_documents {
        judge.add(
            "result.figures",
            "Published figures agree with the rows.",
            if basis.has_votes { Verdict::Proved } else { Verdict::CannotTell },
            votes,
            "Recomputed from the rows; figures made before the last change of the rows are left out.",
            json!({}),
        );
    } else if basis.findings.iter().any(|finding| claim_of(finding.code) == "result.figures") {
        judge.add(
            "result.figures",
            "Figures agree with the rows.",
            Verdict::Consistent,
            votes,
            "Recomputed from the rows.",
            json!({}),
        );
    }
    if basis.election.is_some_and(|election| election.is_anonymous) && votes > 0 {
        judge.add(
            "secrecy.link",
            "Nobody can tell who cast which vote.",
            Verdict::Consistent,
            votes,
            "Only what the export holds was looked at; copies elsewhere may hold more.",
            json!({}),
        );
    }
    judge.add(
        "procedure.lifecycle",
        "Opening, closing and changes followed the rules.",
        if basis.log.is_complete && basis.election.is_some() { Verdict::Consistent } else { Verdict::CannotTell },
        votes,
        if basis.log.is_complete {
            "Acts that the origin does not log cannot be seen."
        } else {
            "The export holds no complete audit log."
        },
        json!({}),
    );
    if basis.looked.tests > 0 {
        let told = basis.known.told();
        let is_small = basis.looked.ballots < SMALL;
        let small = if is_small {
            " With fewer than 100 ballots the tests have little power: where they name nothing, they cannot tell."
        } else {
            ""
        };
        let mut detail = json!({"tests": basis.looked.tests, "level": LEVEL});
        if is_small {
            detail[BALLOTS_NEEDED] = json!(SMALL);
        }
        judge.add(
            "votes.patterns",
            "Times and addresses of the votes are such as people leave.",
            Verdict::Consistent,
            basis.looked.ballots,
            &format!(
                "Chance is tested, not proved: {} tests at a common level of {LEVEL}.{told}{small}",
                basis.looked.tests
            ),
            detail,
        );
    }
    // The log of the whole installation carries the claims above; a break in it speaks against them all.
    if basis.log.checked > 0 {
        let verdict = if basis.log.failed > 0 {
            Verdict::Contradicted
        } else if basis.log.lacks_key || !basis.log.is_complete {
            Verdict::CannotTell
        } else if basis.log.is_proved {
            Verdict::Proved
        } else {
            Verdict::Consistent
        };
        judge.push(Claim {
            id: "audit.chain".to_owned(),
            title: "The audit log is complete and unaltered.".to_owned(),
            verdict,
            checked: basis.log.checked,
            failed: basis.log.failed,
            assumption: match (&basis.log.key_origin, basis.log.is_complete) {
                (Some(origin), true) => format!("Only holders of the key can write entries; the key that fits is {origin}. Entries cut off the end since the last checkpoint would not show."),
                (None, true) => "No key fits; an unkeyed hash shows accident, not intent.".to_owned(),
                (_, false) => "Only a partial export of the log is there; gaps mean nothing.".to_owned(),
            },
            detail: json!({"missing": basis.log.missing}),
        });
    }
    judge.finish()
}

/// The first sentence of the verdict page and the cover.
pub(crate) fn sentence(basis: &Basis<'_>, verdict: Verdict, count: Option<&Count>) -> String {
    let votes = basis.votes;
    let of = |code: FindingCode| -> usize {
        let told = || {
            basis.findings.iter().filter(move |finding| finding.code == code && finding.severity == Severity::Critical)
        };
        let is_meant = |subject: &&String| subject.starts_with("vote:") || subject.starts_with("candidate:");
        let named: BTreeSet<&String> = told().flat_map(|finding| &finding.subjects).filter(is_meant).collect();
        let votes: BTreeSet<i64> = told().flat_map(|finding| finding.votes.iter()).collect();
        named.len() + votes.len() + told().map(|finding| usize::try_from(finding.unlisted).unwrap_or(0)).sum::<usize>()
    };
    let plural =
        |count: usize, one: &str, many: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {many}") };
    let mut parts = Vec::new();
    for (code, one, many) in [
        (FindingCode::SignatureMismatch, "does not match its signature", "do not match their signature"),
        (FindingCode::VoteUnsigned, "is unsigned", "are unsigned"),
        (FindingCode::AccountedVoteMissing, "is missing", "are missing"),
        (FindingCode::VoteUnaccounted, "has no audit entry", "have no audit entry"),
        (FindingCode::VotedTwice, "stands where one voter voted twice", "stand where one voter voted twice"),
        (FindingCode::TestFlagWrong, "is wrongly marked as test or not", "are wrongly marked as test or not"),
        (FindingCode::OutsidePeriod, "was cast outside the voting period", "were cast outside the voting period"),
        (FindingCode::NotOnBallot, "names nobody on the ballot", "name nobody on the ballot"),
        (FindingCode::LinkExists, "can still be linked to its voter", "can still be linked to their voters"),
    ] {
        let count = of(code);
        if count > 0 {
            parts.push(plural(count, one, many));
        }
    }
    let altered = of(FindingCode::DefinitionAltered);
    if altered > 0 {
        parts.push(plural(altered, "candidate differs from the audit log", "candidates differ from the audit log"));
    }
    let head = format!("{} checked", plural(votes, "vote", "votes"));
    let can_change = basis
        .findings
        .iter()
        .any(|finding| finding.severity == Severity::Critical && finding.outcome_can_change == Some(true));
    let winners = count.map(|count| {
        let list: Vec<String> = outcome::winners(count)
            .into_iter()
            .map(|(position, names)| {
                format!("{position}: {}", if names.is_empty() { "nobody".to_owned() } else { names.join(" and ") })
            })
            .collect();
        list.join("; ")
    });
    match verdict {
        Verdict::Contradicted => {
            let what = if parts.is_empty() { "the record contradicts itself".to_owned() } else { parts.join(", ") };
            let tail = if can_change { " The outcome could change." } else { " No effect on the outcome was found." };
            format!("{head}: {what}.{tail}")
        }
        Verdict::CannotTell => {
            let open = "some claims cannot be tested with this export or without a key";
            format!("{head}: nothing contradicts the record, but {open}.")
        }
        Verdict::Consistent | Verdict::Proved => {
            let who =
                winners.filter(|text| !text.is_empty()).map(|text| format!(" Elected: {text}.")).unwrap_or_default();
            format!("{head}: everything that could be tested fits.{who}")
        }
    }
}
