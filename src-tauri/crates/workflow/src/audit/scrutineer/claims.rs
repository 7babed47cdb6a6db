//! Claims of an election that was run with this program, with their verdicts.
//!
//! What a signature carries is *proved* only under a key that is not in everybody's hands: the key is a shared secret, so whoever
//! has it can sign. A key that lies in the export itself shows accident, not intent. What needs no key (a recount over all
//! ballots, an order against the hash that was committed) is proved by computing it again.

use domain::report::{Claim, Verdict};
use domain::{Finding, FindingCode};
use serde_json::json;

use super::ballots::Seen;
use super::count::Recount;
use super::keys::Keys;
use super::log::Log;
use super::secrecy::Secrecy;
use super::signed::Signed;
use super::sources::Sources;
use crate::audit::judge::Judge;

/// Everything that claims are judged by.
pub(super) struct Basis<'a> {
    pub(super) sources: &'a Sources,
    pub(super) keys: &'a Keys,
    pub(super) seen: &'a Seen,
    pub(super) log: &'a Log,
    pub(super) signed: &'a Signed,
    pub(super) recount: &'a Recount,
    pub(super) secrecy: &'a Secrecy,
    pub(super) findings: &'a [Finding],
}

/// The claim that a finding speaks against, where it names none itself.
pub(super) fn claim_of(code: FindingCode) -> &'static str {
    use FindingCode as F;
    match code {
        F::SignatureMismatch | F::VoteUnsigned | F::KeyMissing | F::KeyWeak => "ballots.signatures",
        F::RecountDiffers | F::CannotRecount | F::TieBreakDecides | F::Sensitivity => "result.count",
        F::LinkExists | F::ScrubIncomplete | F::BallotsRecognisable | F::CastingOrderKept => "secrecy.link",
        F::StepMissing | F::RulesChangedUnrecorded | F::VotingReopened => "procedure.lifecycle",
        F::VoteExcluded | F::SecondVotesRefused => "audit.events",
        _ => "",
    }
}

/// What carries a signature, and how it is told.
struct Carried {
    verdict: Verdict,
    told: String,
}

fn carried(keys: &Keys) -> Carried {
    match &keys.key {
        None => Carried { verdict: Verdict::CannotTell, told: keys.missing.clone() },
        Some(key) if !key.is_committed => Carried {
            verdict: Verdict::Consistent,
            told: format!(
                "Checked under {}; no hash of the key that was committed is there to compare it with.",
                key.origin
            ),
        },
        Some(key) if key.is_public => Carried {
            verdict: Verdict::Consistent,
            told: format!(
                "Checked under {}, whose hash was committed before the first ballot. The export holds the key, and whoever has it can sign: this shows that nothing was altered by somebody without the key.",
                key.origin
            ),
        },
        Some(key) => Carried {
            verdict: Verdict::Proved,
            told: format!(
                "Only holders of the key can sign; it is {}, and its hash was committed before the first ballot.",
                key.origin
            ),
        },
    }
}

/// All claims, by id.
pub(super) fn claims(basis: &Basis<'_>) -> Vec<Claim> {
    let mut judge = Judge::new(basis.findings, claim_of);
    let carried = carried(basis.keys);
    if basis.sources.ballots.is_some() {
        of_ballots(basis, &carried, &mut judge);
    }
    of_log(basis, &carried, &mut judge);
    of_result(basis, &carried, &mut judge);
    judge.finish()
}

/// The verdict of what hashes alone show, or signatures over them where there is a key.
fn hashed(basis: &Basis<'_>, carried: &Carried) -> (Verdict, String) {
    if carried.verdict == Verdict::Proved && basis.seen.signed == basis.seen.rows && basis.signed.seal == Some(true) {
        (Verdict::Proved, format!("Every link and the end of the chain are signed. {}", carried.told))
    } else {
        let told = "Hashes alone are unkeyed: whoever computes all of them again, with every place where the end of the chain is recorded, leaves no trace in them.";
        (Verdict::Consistent, told.to_owned())
    }
}

fn of_ballots(basis: &Basis<'_>, carried: &Carried, judge: &mut Judge<'_>) {
    let (sources, seen) = (basis.sources, basis.seen);
    let (chained, chained_told) = hashed(basis, carried);
    if sources.is_full() {
        judge.add(
            "ballots.hashes",
            "The hash of every ballot follows from its content.",
            chained,
            seen.hashed,
            &chained_told,
            json!({"hashed_again": seen.hashed}),
        );
    }
    judge.add(
        "ballots.chain",
        "The ballots are one chain, from the election's own genesis value to the recorded head.",
        chained,
        seen.rows,
        &chained_told,
        json!({"head": seen.head, "rows": seen.rows}),
    );
    judge.add(
        "ballots.signatures",
        "Every ballot is signed with the key of the election.",
        carried.verdict,
        seen.rows,
        &carried.told,
        json!({"valid": seen.signed}),
    );
    let (seal, told) = match basis.signed.seal {
        Some(_) => (carried.verdict, carried.told.clone()),
        None => (Verdict::CannotTell, basis.signed.seal_missing.clone()),
    };
    judge.add(
        "ballots.seal",
        "The seal of the close covers the number of ballots and the last of them: none was added behind it or taken from the end.",
        seal,
        1,
        &told,
        json!({}),
    );
    let setup = sources.setup.as_ref();
    let has_setup = setup.is_some();
    let known = |best: Verdict| if has_setup { best } else { Verdict::CannotTell };
    let told = |text: &str| {
        if has_setup { text.to_owned() } else { "The election file with the rules is not there.".to_owned() }
    };
    let secret = setup.is_none_or(domain::election::Setup::is_secret);
    judge.add(
        "ballots.single",
        "Of each voter one ballot counts, the last one; where the rules refuse a second one, there is none.",
        known(Verdict::Consistent),
        seen.rows,
        &told(if secret {
            "Ballots of one voter carry one pseudonym; that two pseudonyms are two voters rests on the salt that is destroyed. Paper ballots carry none."
        } else {
            "Ballots carry the number on the roll; paper ballots carry none."
        }),
        json!({"counted": seen.figures.counted, "replaced": seen.figures.replaced, "excluded": seen.figures.excluded}),
    );
    judge.add(
        "ballots.eligible",
        "No more ballots and votes count than voters and votes were on the roll when it was frozen.",
        if sources.frozen("eligible_voters").is_u64() { known(Verdict::Consistent) } else { Verdict::CannotTell },
        seen.figures.counted,
        &told("The roll itself is not public; its size, its votes and its digest were committed at opening."),
        json!({
            "eligible_voters": sources.frozen("eligible_voters"),
            "eligible_votes": sources.frozen("eligible_votes"),
            "votes": if sources.is_full() { json!(seen.figures.votes) } else { json!(null) },
        }),
    );
    judge.add(
        "ballot.definition",
        "Ballots name only what was on the ballot paper, and the ballot paper is the one that was frozen.",
        if sources.last("election_opened").is_some() { known(chained) } else { known(Verdict::Consistent) },
        seen.rows.max(basis.recount.piles),
        &told("The rules are compared with the hash in the event of the opening."),
        json!({"contests": setup.map(|setup| setup.contests.len())}),
    );
    if sources.is_full() && sources.entries.iter().any(|entry| entry.content.is_some()) {
        judge.add(
            "ballots.reopened",
            "Ballots of a reopened window are marked so, and no others.",
            chained,
            seen.rows,
            "The mark is part of the content that is hashed; the window is the one of the log.",
            json!({"reopened": seen.figures.reopened}),
        );
    }
    if secret && has_setup {
        judge.add(
            "secrecy.link",
            "Nobody can tell from the publication who cast which ballot.",
            if sources.last("election_closed").is_some() { Verdict::Consistent } else { Verdict::CannotTell },
            seen.figures.counted,
            "Only this publication was tested; what was noted outside (who came when), backups of the case made before the close, and letters may hold more.",
            json!({"links": basis.secrecy.links()}),
        );
    }
}

fn of_log(basis: &Basis<'_>, carried: &Carried, judge: &mut Judge<'_>) {
    let (sources, log) = (basis.sources, basis.log);
    let is_there = !sources.entries.is_empty();
    let absent = "The audit file is not there.";
    let is_carried = log.is_anchored && basis.signed.certificate == Some(true) && carried.verdict == Verdict::Proved;
    let (chain, told) = if !is_there {
        (Verdict::CannotTell, absent.to_owned())
    } else if is_carried {
        (
            Verdict::Proved,
            format!(
                "The signed certificate names the ledger head before it, so it carries every entry up to the certification. {}",
                carried.told
            ),
        )
    } else {
        (
            Verdict::Consistent,
            "The chain of entries is an unkeyed hash. Entries that are withheld are given by their hashes.".to_owned(),
        )
    };
    judge.add(
        "audit.chain",
        "The log of the election is complete from its first entry to its last, and none was altered.",
        chain,
        log.entries,
        &told,
        json!({"entries": log.entries, "withheld_voting": log.withheld_voting, "withheld_other": log.withheld_other}),
    );
    judge.add(
        "audit.events",
        "What the log records and what the other files say is the same.",
        chain,
        log.shown,
        if is_there {
            "Commitments, closing, exclusions, voided batches, result and certificate are compared both ways."
        } else {
            absent
        },
        json!({"events": sources.events.len()}),
    );
    judge.add(
        "procedure.lifecycle",
        "The election went through its steps in order, and every change after opening is recorded.",
        if is_there { Verdict::Consistent } else { Verdict::CannotTell },
        log.shown,
        if is_there { "Times are those of the machine that ran the election." } else { absent },
        json!({"phase": sources.election.as_ref().and_then(|file| file.text_of("phase"))}),
    );
}

fn of_result(basis: &Basis<'_>, carried: &Carried, judge: &mut Judge<'_>) {
    let (sources, recount) = (basis.sources, basis.recount);
    let (looked, fitting) = recount.ties;
    judge.add(
        "ties.commitment",
        "The orders that cut ties are those whose hashes were committed before the first ballot.",
        if looked == 0 { Verdict::CannotTell } else { Verdict::Proved },
        looked,
        if looked == 0 {
            "Result or commitment is not there."
        } else {
            "Computed again from order and random value; the hash stands in the event of the opening, or in the election file where there is no log."
        },
        json!({"orders": looked, "fitting": fitting}),
    );
    let has_ballots = sources.ballots.is_some();
    let is_whole = basis.seen.breaks.is_empty();
    let (best, told) = match (&recount.missing, sources.is_full()) {
        (Some(missing), _) => (Verdict::CannotTell, format!("Nothing was compared: {missing}.")),
        (None, true) if is_whole => (
            Verdict::Proved,
            "Every contest was counted again from all ballots by the rule that it names, with the order that cuts ties, quorum, victory condition and tie policy.".to_owned(),
        ),
        (None, true) => (Verdict::Consistent, "Counted again from the ballots that are there; their chain is not whole.".to_owned()),
        (None, false) => (
            Verdict::Consistent,
            "Counted again from the piles. The piles stand apart from the codes: that they hold the choices of these ballots can be told only by who holds the case.".to_owned(),
        ),
    };
    judge.add(
        "result.count",
        "The published result follows from the ballots under the rules of the election.",
        best,
        if has_ballots { basis.seen.figures.counted } else { 0 },
        &told,
        json!({"contests": recount.result.as_ref().map(|result| result.contests.len())}),
    );
    if sources.certificate.as_ref().is_none_or(|(_, read)| read.is_none()) {
        judge.add(
            "certificate.signature",
            "Two people certified this result.",
            Verdict::CannotTell,
            0,
            "There is no certificate that can be read.",
            json!({}),
        );
    } else {
        judge.add(
            "certificate.signature",
            "Two people certified this result.",
            carried.verdict,
            1,
            &carried.told,
            json!({"key_holders": sources.certificate.as_ref().map(|(file, _)| file.value["key_holders"].clone())}),
        );
        judge.add(
            "certificate.digests",
            "The published result is the one that was counted and certified, byte for byte.",
            if sources.result.is_some() { Verdict::Proved } else { Verdict::CannotTell },
            1,
            "The digest of the result is computed again and compared with the certificate and with the events of count and certification.",
            json!({}),
        );
    }
    judge.add(
        "files.sums",
        "The files are those whose digests were published with them.",
        if sources.sums.is_some() { Verdict::Consistent } else { Verdict::CannotTell },
        basis.signed.files,
        if sources.sums.is_some() {
            "Digests beside the files show accident, not intent; the digest of SHA256SUMS itself can be compared with one that was announced."
        } else {
            "SHA256SUMS is not there."
        },
        json!({}),
    );
}
