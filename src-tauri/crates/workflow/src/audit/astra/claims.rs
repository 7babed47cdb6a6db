//! Claims of an Astra election with their verdicts.

use domain::report::{Claim, Verdict};
use domain::{Finding, FindingCode};
use serde_json::json;

use super::ballots::{Chain, Seen};
use super::count::Recount;
use super::dump::Tables;
use super::events::Attestations;
use super::secrecy::Secrecy;
use super::sources::{Origin, Sources, told};
use crate::audit::judge::Judge;
use importers::astra::rules::LEGACY_GENESIS;

/// Everything that claims are judged by.
pub(super) struct Basis<'a> {
    pub(super) sources: &'a Sources,
    pub(super) seen: &'a Seen,
    pub(super) chain: &'a Chain,
    pub(super) attestations: &'a Attestations,
    pub(super) recount: &'a Recount,
    pub(super) tables: &'a Tables,
    pub(super) secrecy: &'a Secrecy,
    pub(super) findings: &'a [Finding],
}

/// The claim that a finding speaks against.
pub(super) fn claim_of(code: FindingCode) -> &'static str {
    use FindingCode as F;
    match code {
        F::HashMismatch | F::LinkBroken | F::GenesisWrong | F::ChainFork | F::HeadDiffers | F::OrderDiffers => {
            "ballots.chain"
        }
        F::CountedFlagWrong | F::ReplacementWrong => "ballots.replacement",
        F::VoteUnaccounted | F::AccountedVoteMissing | F::UnexplainedDifference => "ballots.accounted",
        F::VoterUnknown | F::VotedTwice => "ballots.credentials",
        F::NotOnBallot | F::DefinitionAltered => "ballot.definition",
        F::TotalsDisagree | F::OutsidePeriod => "result.figures",
        F::RecountDiffers | F::CannotRecount | F::OrderDecides | F::TieBreakDecides | F::Sensitivity => "result.count",
        F::AttestationMismatch | F::AttestationsMissing | F::AttestedEventMissing | F::InclusionProofInvalid => {
            "events.attested"
        }
        F::LinkExists | F::ScrubIncomplete | F::BallotsRecognisable | F::CastingOrderKept => "secrecy.link",
        F::StepMissing | F::RulesChangedUnrecorded => "procedure.lifecycle",
        F::ReceiptNotFound | F::ReceiptContentDiffers | F::ReceiptReplaced | F::ReceiptMalformed => "receipts.held",
        _ => "",
    }
}

/// What was taken from a person or found out, as the end of an assumption.
fn said(parts: &[(&str, Option<&Origin>)]) -> String {
    let list: Vec<String> =
        parts.iter().filter_map(|(what, origin)| origin.and_then(|origin| told(what, origin))).collect();
    if list.is_empty() { String::new() } else { format!(" Taken for granted: {}.", list.join("; ")) }
}

/// All claims, by id.
#[allow(clippy::too_many_lines, reason = "one list of claims, each with its own words")]
pub(super) fn claims(basis: &Basis<'_>) -> Vec<Claim> {
    let (sources, seen) = (basis.sources, basis.seen);
    let mut judge = Judge::new(basis.findings, claim_of);
    let has_ballots = sources.has_ballots();
    let id = ("the election's number", Some(&sources.id_origin));
    if has_ballots {
        let (best, text) = match (&sources.id, sources.event("election_closed").is_some()) {
            (None, _) if basis.chain.genesis.as_deref() == Some(LEGACY_GENESIS) => (
                Verdict::Consistent,
                "The chain starts from the value that releases before 2026 used for every election, so it is not bound to this one; and it is an unkeyed hash.".to_owned(),
            ),
            (None, _) => (
                Verdict::CannotTell,
                "No file names the election's number, and no number up to a million has this genesis value.".to_owned(),
            ),
            (Some(_), true) => (
                Verdict::Consistent,
                "The chain is an unkeyed hash: whoever rewrites every link and the recorded head leaves no trace in it. Rankings and weights are outside it.".to_owned(),
            ),
            (Some(_), false) => (
                Verdict::Consistent,
                "The chain is an unkeyed hash, and without the event of closing its head is recorded nowhere else.".to_owned(),
            ),
        };
        judge.add(
            "ballots.chain",
            "The ballots are one chain, from the election's own genesis value to the recorded head.",
            best,
            seen.rows,
            &(text + &if sources.id.is_some() { said(&[id]) } else { String::new() }),
            json!({"head": basis.chain.answer.head, "rows": seen.rows}),
        );
        judge.add(
            "ballots.replacement",
            "A ballot counts unless a later one of the same credential replaced it.",
            Verdict::Consistent,
            seen.rows,
            "Marks and replacements stand outside the chain; they are compared with one another and, in dumps, with the log.",
            json!({"final": seen.finals, "replaced": seen.rows - seen.finals}),
        );
        let is_dump = sources.is_dump();
        let (best, text) = if basis.tables.rehashed > 0 {
            (
                Verdict::Consistent,
                format!("{} ballots were hashed again with the nonces of kept receipts.", basis.tables.rehashed),
            )
        } else if is_dump && sources.event("ballot_submitted").is_none() && seen.rows > 0 {
            (
                Verdict::CannotTell,
                "The export has neither entries of the log about ballots nor receipts to compare the ballots with."
                    .to_owned(),
            )
        } else if is_dump {
            (
                Verdict::Consistent,
                "Each ballot is compared with its entry in the log, which the database's owner could rewrite too."
                    .to_owned(),
            )
        } else {
            (
                Verdict::CannotTell,
                "Public files name neither credential nor nonce: only receipts that voters hold can prove what their ballots say.".to_owned(),
            )
        };
        judge.add(
            "ballots.accounted",
            "The exported ballots are those that were cast.",
            best,
            seen.rows,
            &text,
            json!({"hashed_again": basis.tables.rehashed}),
        );
        if let Some(credentials) = &sources.credentials {
            judge.add(
                "ballots.credentials",
                "Each ballot was cast with one issued credential, at its weight.",
                Verdict::Consistent,
                seen.rows,
                "Credentials and ballots come from the same database.",
                json!({"credentials": credentials.len()}),
            );
        }
    }
    let (best, text) = match sources.candidates.is_empty() {
        true => (Verdict::CannotTell, "No candidates are known; they stand in the audit log's first event.".to_owned()),
        false => {
            let attested = sources.event("election_started").is_some_and(|event| event.attestation.is_some());
            let text = if attested {
                "The list stands in the event of the opening, whose digest an outside log attests."
            } else {
                "The list is not attested outside."
            };
            (Verdict::Consistent, text.to_owned() + &said(&[("the candidates", Some(&sources.candidates_origin))]))
        }
    };
    judge.add(
        "ballot.definition",
        "Every ballot names only candidates of this election.",
        best,
        seen.rows,
        &text,
        json!({"candidates": sources.candidates.len()}),
    );
    attested(basis, &mut judge);
    judge.add(
        "procedure.lifecycle",
        "The election went through its steps in order, and every change of its end is recorded.",
        if sources.events.is_empty() { Verdict::CannotTell } else { Verdict::Consistent },
        u64::try_from(sources.events.len()).unwrap_or(u64::MAX),
        if sources.events.is_empty() {
            "There is no audit log in the export."
        } else {
            "Drafts, messages, refused ballots and views leave no event, so their absence proves nothing."
        },
        json!({"status": sources.status()}),
    );
    judge.add(
        "result.figures",
        "Ballots and weights agree with the recorded turnout.",
        if seen.rows == 0 && !has_ballots { Verdict::CannotTell } else { Verdict::Consistent },
        seen.finals,
        "Weights of public files stand outside the chain; they are compared with what events recorded.",
        json!({"ballots": seen.finals, "weight": seen.final_weight.to_string()}),
    );
    count_claim(basis, &mut judge);
    let (best, text) = match (sources.is_closed(), sources.is_dump()) {
        (false, _) => {
            (Verdict::CannotTell, "The election is not closed; until then the link is needed for replacing ballots.")
        }
        (true, true) => {
            (Verdict::Consistent, "Only this export was tested; backups, logs and sent messages may hold more.")
        }
        (true, false) => (
            Verdict::CannotTell,
            "Public files hold no names; whether the database still links them can only be told from a dump.",
        ),
    };
    judge.add(
        "secrecy.link",
        "Nobody can tell from the export who cast which ballot.",
        best,
        seen.finals,
        text,
        json!({"paths": basis.secrecy.paths.len()}),
    );
    judge.finish()
}

fn attested(basis: &Basis<'_>, judge: &mut Judge<'_>) {
    let found = basis.attestations;
    let (best, text) = if found.attested == 0 {
        (Verdict::CannotTell, "No event carries an attestation of an outside log.")
    } else if found.has_entries && found.has_log_key && found.proved < found.answered {
        (
            Verdict::CannotTell,
            "Some answers of the log lack their proof, checkpoint or signed time, or come from another log than the key that was given; the findings name them.",
        )
    } else if found.has_entries && found.has_log_key && found.proved > 0 {
        (
            Verdict::Consistent,
            "The log's signed answers were checked under the key given. The log shows that these events existed at their times, not that it was told of every event.",
        )
    } else if found.has_entries {
        (Verdict::Consistent, "The log's answers were checked, but not its signatures: its public key was not given.")
    } else {
        (Verdict::CannotTell, "Only the digests could be compared: give the log's answers and its public key.")
    };
    judge.add(
        "events.attested",
        "Attested events are as they were when the outside log took them in.",
        best,
        found.attested,
        text,
        json!({"expected": found.expected, "attested": found.attested, "matching": found.matching, "proved": found.proved}),
    );
}

fn count_claim(basis: &Basis<'_>, judge: &mut Judge<'_>) {
    let (sources, recount) = (basis.sources, basis.recount);
    let given = said(&[
        ("the seats", sources.seats.as_ref().map(|(_, origin)| origin)),
        ("the exclusion groups", sources.groups.as_ref().map(|(_, origin)| origin)),
        ("the candidates", Some(&sources.candidates_origin)),
    ]);
    let no_groups = if sources.groups.is_none() { " Exclusion groups are not known; none were applied." } else { "" };
    let (best, text) = match (&recount.missing, &recount.comparison) {
        (Some(missing), _) => (Verdict::CannotTell, format!("Nothing was counted: {missing}.")),
        (None, Some(comparison)) if comparison.agrees == Some(true) => (
            Verdict::Consistent,
            format!(
                "Counted again by the origin's rule in 80 digits; rankings and weights stand outside the chain.{given}{no_groups}"
            ),
        ),
        (None, Some(comparison)) if comparison.agrees == Some(false) => {
            (Verdict::Consistent, format!("Counted again by the origin's rule in 80 digits.{given}{no_groups}"))
        }
        (None, _) => (
            Verdict::CannotTell,
            format!("The ballots were counted, but no published result was given to compare with.{given}{no_groups}"),
        ),
    };
    judge.add(
        "result.count",
        "The published result follows from the ballots.",
        best,
        basis.seen.finals,
        &text,
        json!({"elected": recount.elected, "attested": basis.attestations.result_is_attested}),
    );
}
