//! Audit events: their order, the extensions, the genesis value and the chain head that they record, turnout, attestations.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Finding, FindingCode, Instant, KeyRing};
use importers::astra::rows::Event;
use importers::astra::rules::{self, ATTESTED};
use importers::json::Json;
use serde_json::Value;
use verification::transparency::{AttestationKey, EntryCheck, check_entry};

use super::ballots::{Chain, Seen, short};
use super::sources::Sources;

/// Lifecycle, genesis value, chain head, figures.
pub(super) fn check(sources: &Sources, seen: &Seen, chain: &Chain) -> Vec<Finding> {
    let mut findings = Vec::new();
    order(sources, &mut findings);
    extensions(sources, &mut findings);
    anchors(sources, seen, chain, &mut findings);
    turnout(sources, seen, &mut findings);
    failures(sources, &mut findings);
    copies(sources, &mut findings);
    findings
}

fn of_kind<'a>(sources: &'a Sources, kind: &'a str) -> impl Iterator<Item = &'a Event> {
    sources.events.iter().filter(move |event| event.event_type == kind)
}

/// Started once, closed once, nothing before the start, rounds from 1 on without a gap.
fn order(sources: &Sources, findings: &mut Vec<Finding>) {
    stages(sources, findings);
    if sources.events.is_empty() {
        return;
    }
    for kind in ["election_started", "election_closed", "tally_completed"] {
        let found: Vec<&Event> = of_kind(sources, kind).collect();
        if found.len() > 1 {
            let detail = format!("{kind} is recorded {} times; it happens once.", found.len());
            let mut finding = Finding::new(FindingCode::StepMissing, detail);
            for event in found {
                finding.add(event.subject(), Some(event.place));
            }
            findings.push(finding);
        }
    }
    if sources.event("election_started").is_none() {
        let first = &sources.events[0];
        let detail =
            "The log has no election_started event, which carries genesis value, candidates and tie-break texts.";
        findings.push(Finding::new(FindingCode::StepMissing, detail).about(first.subject(), Some(first.place)));
    }
    let rank = |event: &Event| match event.event_type.as_str() {
        "election_started" => Some(0),
        "ballot_submitted" | "quorum_reached" | "election_end_extended" => Some(1),
        "election_closed" => Some(2),
        "tally_round" | "tally_completed" => Some(3),
        _ => None,
    };
    let mut highest: Option<(i32, &Event)> = None;
    for event in &sources.events {
        let Some(own) = rank(event) else { continue };
        if let Some((before, other)) = highest
            && own < before
        {
            let detail =
                format!("{} stands behind {}, which comes later in an election.", event.event_type, other.event_type);
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(event.subject(), Some(event.place)));
        }
        if highest.is_none_or(|(before, _)| own >= before) {
            highest = Some((own, event));
        }
    }
    for event in sources.events.iter().filter(|event| event.at.is_none()) {
        let detail = format!("{} has no date that can be read: {:?}.", event.event_type, event.at_text);
        findings.push(Finding::new(FindingCode::FieldsMissing, detail).about(event.subject(), Some(event.place)));
    }
    for pair in sources.events.windows(2) {
        if let (Some(before), Some(after)) = (&pair[0].at, &pair[1].at)
            && after < before
        {
            let detail = format!("{} is dated before the event in front of it.", pair[1].event_type);
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(pair[1].subject(), Some(pair[1].place)));
        }
    }
    let rounds: Vec<&Event> = of_kind(sources, "tally_round").collect();
    for (wanted, event) in (1..).zip(&rounds) {
        if event.integer("round") != Some(wanted) {
            let detail = format!("Round {wanted} of the count is expected here; the rounds run from 1 without a gap.");
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(event.subject(), Some(event.place)));
            break;
        }
    }
    if let (Some(closed), Some(tallied)) = (sources.event("election_closed"), sources.event("tally_completed"))
        && let (Some(closed_at), Some(tallied_at)) = (closed.at, tallied.at)
        && tallied_at < closed_at
    {
        let detail = "The count was completed before the election was closed.";
        findings.push(Finding::new(FindingCode::StepMissing, detail).about(tallied.subject(), Some(tallied.place)));
    }
    if let Some(election) = &sources.election
        && election.status != "draft"
        && sources.is_closed()
        && sources.event("election_closed").is_none()
    {
        let detail = "The election is closed, but no election_closed event says when and with which chain head.";
        findings.push(
            Finding::new(FindingCode::StepMissing, detail)
                .about(format!("election:{}", election.id), Some(election.place)),
        );
    }
}

/// The state of the election's row against what the events tell; and a public export, which exists only after the close.
fn stages(sources: &Sources, findings: &mut Vec<Finding>) {
    if let Some(election) = &sources.election {
        let subject = || format!("election:{}", election.id);
        let told = sources.told_status();
        if !told.is_empty() && election.status != told && sources.status() == told {
            let detail = format!("The election's row says {:?}, but the log tells that it is {told}.", election.status);
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(subject(), Some(election.place)));
        }
        if sources.event("tally_completed").is_some() && sources.published.is_none() {
            let detail = "The log tells of a completed count, but no result is stored.";
            findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(subject(), Some(election.place)));
        } else if election.status == "tallied" && !election.has_result {
            let detail = "The election's row says that it was counted, but no result is stored.";
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(subject(), Some(election.place)));
        }
    } else if sources.has_public_audit && sources.ballots_file.is_some() && sources.event("election_closed").is_none() {
        let detail = "Ballots are published only once an election is closed, but the public audit log has no election_closed event.";
        let last = sources.events.last();
        let subject = last.map_or_else(|| "election".to_owned(), Event::subject);
        findings.push(Finding::new(FindingCode::StepMissing, detail).about(subject, last.map(|event| event.place)));
    }
}

/// Between the end that closing stamps and its event lie moments.
const CLOSING_MICROS: i64 = 60 * 1_000_000;

/// Each extension begins where the one before ended, and only moves the end further away.
fn extensions(sources: &Sources, findings: &mut Vec<Finding>) {
    let mut planned: Option<String> = None;
    for event in of_kind(sources, "election_end_extended") {
        let (previous, next) = (event.text("previous_end_datetime"), event.text("new_end_datetime"));
        let instant = |text: Option<&str>| text.and_then(Instant::parse);
        if let Some(before) = &planned
            && instant(Some(before)) != instant(previous)
        {
            let detail = format!(
                "The extension says that the end was {} before, but the extension before it had set {before}: an extension is missing or was altered.",
                previous.unwrap_or("not set")
            );
            let finding =
                Finding { severity: domain::Severity::Major, ..Finding::new(FindingCode::StepMissing, detail) };
            findings.push(finding.about(event.subject(), Some(event.place)));
        }
        if instant(next) <= instant(previous) {
            let detail = "The extension does not move the end to a later time.";
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(event.subject(), Some(event.place)));
        }
        planned = next.map(str::to_owned);
    }
    let all: Vec<&Event> = of_kind(sources, "election_end_extended").collect();
    if !all.is_empty() {
        let detail = format!(
            "The end was moved {} times, each recorded. The reason is not: the origin has no field for it.",
            all.len()
        );
        let mut finding = Finding::new(FindingCode::RulesChangedUnrecorded, detail).as_info();
        for event in all {
            finding.add(event.subject(), Some(event.place));
        }
        findings.push(finding);
    }
    let Some(election) = &sources.election else { return };
    let mut say = |detail: String| {
        let finding = Finding::new(FindingCode::RulesChangedUnrecorded, detail);
        findings.push(finding.about(format!("election:{}", election.id), Some(election.place)));
    };
    if let (Some(planned), false) = (&planned, sources.is_closed())
        && let (Some(told), Some(stored)) = (Instant::parse(planned), election.end)
        && told != stored
    {
        say(format!(
            "The election ends at {}, but the last extension set its end to {}.",
            stored.to_display(),
            told.to_display()
        ));
    }
    let closed = sources.event("election_closed").filter(|event| event.payload.get("automation").is_none());
    if let (Some(end), Some(at), true) = (election.end, closed.and_then(|event| event.at), sources.is_closed())
        && (end.micros - at.micros).abs() > CLOSING_MICROS
    {
        say(format!(
            "Closing sets the end to its own moment, {}, but the election's row says {}.",
            at.to_display(),
            end.to_display()
        ));
    }
    let quorum = sources.events.iter().filter_map(|event| event.integer("quorum_percent")).next_back();
    if let (Some(told), Some(stored)) = (quorum, election.quorum)
        && told != stored
    {
        say(format!("The election's row asks for a quorum of {stored} percent, but the log recorded {told} percent."));
    }
}

/// Genesis value and chain head as the events record them.
fn anchors(sources: &Sources, seen: &Seen, chain: &Chain, findings: &mut Vec<Finding>) {
    let known = super::sources::genesis_of(sources, chain.genesis.as_deref());
    if let Some(started) = sources.event("election_started") {
        let stated = started.text("genesis_chain_hash").or_else(|| started.text("chain_anchor_hash"));
        if let (Some(stated), Some((genesis, _))) = (stated, &known)
            && stated != genesis
        {
            let detail = format!(
                "The event records {} as genesis value; that of this election is {}.",
                short(stated),
                short(genesis)
            );
            findings
                .push(Finding::new(FindingCode::GenesisWrong, detail).about(started.subject(), Some(started.place)));
        }
        if let Some(manifest) = started.payload.get("config_manifest")
            && started.text("config_manifest_sha256") != Some(rules::manifest_digest(manifest).as_str())
        {
            let detail = "The digest of the recorded configuration is not the one recorded beside it.";
            findings
                .push(Finding::new(FindingCode::HashMismatch, detail).about(started.subject(), Some(started.place)));
        }
    }
    headers(sources, chain, findings);
    let has_ballots_file = sources.has_ballots();
    if let Some(closed) = sources.event("election_closed")
        && let Some(stated) = closed.text("chain_head")
        && has_ballots_file
        && stated != chain.answer.head
    {
        let detail = format!(
            "The election was closed with the chain head {}, but the chain of the {} exported ballots ends at {}: ballots were added, removed or rewritten after closing, or the event was altered.",
            short(stated),
            seen.rows,
            short(&chain.answer.head)
        );
        let mut finding = Finding::new(FindingCode::HeadDiffers, detail).about(closed.subject(), Some(closed.place));
        finding.outcome_can_change = Some(true);
        "ballots may have been added or removed; the recount shows by how much the result differs"
            .clone_into(&mut finding.outcome_note);
        findings.push(finding);
    }
}

/// What later releases write beside the rows of their public files.
fn headers(sources: &Sources, chain: &Chain, findings: &mut Vec<Finding>) {
    let started = sources.event("election_started");
    let manifest = started.and_then(|event| event.payload.get("config_manifest")).map(rules::manifest_digest);
    let genesis = super::sources::genesis_of(sources, chain.genesis.as_deref()).map(|(genesis, _)| genesis);
    for (name, value, file) in &sources.headers {
        let (code, wanted) = match name.as_str() {
            "genesis_hash" => (FindingCode::GenesisWrong, genesis.clone()),
            "config_manifest_sha256" => (FindingCode::HashMismatch, manifest.clone()),
            // The head of the ballots file is compared where the chain is walked.
            _ if sources.ballots_file == Some(*file) => continue,
            _ => (FindingCode::HeadDiffers, Some(chain.answer.head.clone()).filter(|_| sources.has_ballots())),
        };
        if let Some(wanted) = wanted
            && wanted != *value
        {
            let detail =
                format!("The head of the file names {} as {name}, but it is {}.", short(value), short(&wanted));
            let place = Some(super::sources::whole_file(*file));
            findings.push(Finding::new(code, detail).about(name.clone(), place));
        }
    }
}

/// The nine figures of turnout that an event carries follow from one another.
fn quorum_figures(event: &Event, findings: &mut Vec<Finding>) {
    let figure = |name: &str| event.integer(name);
    let Some(percent) = figure("quorum_percent") else { return };
    let mut wrong = Vec::new();
    let required = |eligible: i64| {
        if percent > 0 && eligible > 0 { (eligible.saturating_mul(percent) + 99) / 100 } else { 0 }
    };
    let mut met = true;
    for (eligible, needed, present) in [
        ("eligible_voter_count", "required_participating_voter_count", "participating_voter_count"),
        ("eligible_vote_weight_total", "required_participating_vote_weight_total", "participating_vote_weight_total"),
    ] {
        let (Some(eligible), Some(stated), Some(present_figure)) = (figure(eligible), figure(needed), figure(present))
        else {
            return;
        };
        let wanted = required(eligible);
        if stated != wanted {
            wrong.push(format!("{needed} is {stated}, but {percent} percent of {eligible} are {wanted}"));
        }
        if present_figure > eligible {
            wrong.push(format!("{present} is {present_figure}, more than the {eligible} that were entitled"));
        }
        met &= wanted > 0 && present_figure >= wanted;
    }
    if event.payload.get("quorum_met").and_then(Json::as_bool).is_some_and(|stated| stated != met) {
        wrong.push(format!("quorum_met is {}, but the figures say {met}", !met));
    }
    if !wrong.is_empty() {
        let detail = format!("Figures of {} do not follow from one another: {}.", event.event_type, wrong.join("; "));
        findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(event.subject(), Some(event.place)));
    }
}

/// Turnout as the last event that states it recorded it.
fn turnout(sources: &Sources, seen: &Seen, findings: &mut Vec<Finding>) {
    let mut stated = sources
        .events
        .iter()
        .filter(|event: &&Event| matches!(event.event_type.as_str(), "election_end_extended" | "quorum_reached"));
    for event in stated.clone() {
        quorum_figures(event, findings);
    }
    let Some(last) = stated.next_back() else { return };
    let figure = |name: &str| last.integer(name);
    let (count, weight) = (figure("participating_voter_count"), figure("participating_vote_weight_total"));
    let (voters, total) = (figure("eligible_voter_count"), figure("eligible_vote_weight_total"));
    let finals = i64::try_from(seen.finals).unwrap_or(i64::MAX);
    let mut say = |detail: String| {
        let mut finding = Finding::new(FindingCode::TotalsDisagree, detail).about(last.subject(), Some(last.place));
        finding.outcome_can_change = Some(true);
        "weights and numbers of ballots decide the result".clone_into(&mut finding.outcome_note);
        findings.push(finding);
    };
    if !sources.has_ballots() {
        return;
    }
    match (count, weight) {
        (Some(count), Some(weight)) if count == finals && i128::from(weight) != seen.final_weight => say(format!(
            "{finals} voters had cast ballots of the weight {weight} when this was recorded. The export has as many final ballots, but of the weight {}: a weight was altered, or ballots were exchanged.",
            seen.final_weight
        )),
        (Some(count), _) if finals < count => say(format!(
            "{count} voters had cast ballots when this was recorded; the export has only {finals} final ballots. A ballot can be replaced, not taken back."
        )),
        (Some(count), Some(weight)) if finals > count && seen.final_weight < i128::from(weight) => say(format!(
            "{count} voters of the weight {weight} had cast ballots when this was recorded; the export has {finals} final ballots, more than then, but of the smaller weight {}.",
            seen.final_weight
        )),
        _ => {}
    }
    if voters.is_some_and(|voters| finals > voters) {
        say(format!("The export has {finals} final ballots, but only {} voters were entitled.", voters.unwrap_or(0)));
    }
    if total.is_some_and(|total| seen.final_weight > i128::from(total)) {
        say(format!(
            "The final ballots weigh {}, but all entitled voters together weigh {}.",
            seen.final_weight,
            total.unwrap_or(0)
        ));
    }
}

/// Failures that the log records, and the scrubbing of messages.
fn failures(sources: &Sources, findings: &mut Vec<Finding>) {
    // Both events are written in one act and name the same figures.
    if let (Some(scrubbed), Some(closed)) = (sources.event("election_anonymized"), sources.event("election_closed")) {
        for name in ["credentials_affected", "emails_scrubbed"] {
            if let (Some(left), Some(right)) = (scrubbed.integer(name), closed.integer(name))
                && left != right
            {
                let detail = format!(
                    "{name} is {left} in the one event and {right} in the other, which were written in one act."
                );
                let finding = Finding::new(FindingCode::TotalsDisagree, detail);
                let finding = finding.about(scrubbed.subject(), Some(scrubbed.place));
                findings.push(finding.about(closed.subject(), Some(closed.place)));
            }
        }
    }
    for event in of_kind(sources, "election_anonymized") {
        let is_odd = event.payload.get("scrub_anomaly").and_then(Json::as_bool) == Some(true)
            || matches!((event.integer("emails_scrubbed"), event.integer("credentials_affected")), (Some(mails), Some(credentials)) if mails < credentials);
        if is_odd {
            let number = |name: &str| event.integer(name).map_or_else(|| "?".to_owned(), |number| number.to_string());
            let detail = format!(
                "{} messages were scrubbed for {} credentials. Receipts count as messages too, so more messages than credentials would prove nothing either.",
                number("emails_scrubbed"),
                number("credentials_affected")
            );
            findings.push(Finding::new(FindingCode::ScrubIncomplete, detail).about(event.subject(), Some(event.place)));
        }
    }
    for (kind, what) in [("tally_failed", "A count failed"), ("election_close_failed", "Closing failed")] {
        for event in of_kind(sources, kind) {
            let detail = format!("{what}: {}", event.text("error").unwrap_or("no reason is recorded"));
            findings.push(
                Finding::new(FindingCode::StepMissing, detail).as_info().about(event.subject(), Some(event.place)),
            );
        }
    }
}

/// Copies of the log in other files must tell the same, event by event; one may end earlier.
fn copies(sources: &Sources, findings: &mut Vec<Finding>) {
    for copy in &sources.event_copies {
        let public = |event: &Event| match event.is_from_public_file {
            true => event.payload.canonical_compact(),
            false => rules::public_payload(&event.event_type, &event.payload).canonical_compact(),
        };
        let told: Vec<&Event> = sources
            .events
            .iter()
            .filter(|event| event.is_public && (event.is_from_public_file || event.event_type != "quorum_reached"))
            .collect();
        for (event, other) in told.iter().zip(copy) {
            if event.event_type != other.event_type || public(event) != public(other) {
                let detail =
                    format!("{} differs from the same event in another file of this export.", event.event_type);
                findings.push(
                    Finding::new(FindingCode::UnexplainedDifference, detail)
                        .about(event.subject(), Some(event.place))
                        .about(event.subject(), Some(other.place)),
                );
                break;
            }
        }
    }
}

/// What the attestations carry.
#[derive(Default)]
pub(super) struct Attestations {
    /// Events whose digest fits.
    pub(super) matching: u64,
    /// Events that carry an attestation.
    pub(super) attested: u64,
    /// Events that should be attested, attested or not.
    pub(super) expected: u64,
    /// Log entries that were given.
    pub(super) answered: u64,
    /// Log entries whose proof holds under a given key.
    pub(super) proved: u64,
    /// True where log entries were given.
    pub(super) has_entries: bool,
    /// True where a key of the log was given.
    pub(super) has_log_key: bool,
    /// Each entry with what was checked, for the reports.
    pub(super) checks: Vec<(String, String, EntryCheck)>,
    /// The published result is attested as it stands.
    pub(super) result_is_attested: Option<bool>,
    pub(super) findings: Vec<Finding>,
}

/// P-256 keys among the PEM files that were given.
fn keys_of(keys: &KeyRing) -> Vec<AttestationKey> {
    keys.get("PEM")
        .iter()
        .filter_map(|key| std::str::from_utf8(key.bytes()).ok())
        .filter_map(AttestationKey::from_pem)
        .collect()
}

/// Message of an event as it was attested.
fn message_of(event: &Event) -> String {
    match event.is_from_public_file {
        true => rules::canonical_message(&event.event_type, &event.payload),
        false => rules::canonical_message(&event.event_type, &rules::public_payload(&event.event_type, &event.payload)),
    }
}

/// Digests, missing attestations, proofs.
pub(super) fn attestations(sources: &Sources, keys: &KeyRing) -> Attestations {
    let mut found = Attestations::default();
    let mut messages: BTreeMap<String, (&Event, String)> = BTreeMap::new();
    let (mut without, mut failures) = (Vec::new(), 0usize);
    for event in &sources.events {
        failures += usize::from(event.event_type == "rekor_attestation_failed");
        let is_expected = ATTESTED.contains(&event.event_type.as_str());
        found.expected += u64::from(is_expected);
        let Some(attestation) = &event.attestation else {
            if is_expected {
                without.push(event);
            }
            continue;
        };
        found.attested += 1;
        let message = message_of(event);
        let digest = rules::sha256_hex(&message);
        if attestation.version.is_some_and(|version| version != 1) {
            continue;
        }
        if digest == attestation.digest {
            found.matching += 1;
        } else {
            let detail = format!(
                "{} was attested with the digest {}, but as exported it has {}.",
                event.event_type,
                short(&attestation.digest),
                short(&digest)
            );
            found
                .findings
                .push(Finding::new(FindingCode::AttestationMismatch, detail).about(event.subject(), Some(event.place)));
        }
        messages.insert(attestation.entry_id.clone(), (event, message));
    }
    if without.len() > failures && (found.attested > 0 || failures > 0) {
        let detail = format!(
            "{} events of attested kinds carry no attestation, but only {failures} failures are recorded.",
            without.len()
        );
        let mut finding = Finding::new(FindingCode::AttestationsMissing, detail);
        for event in &without {
            finding.add(event.subject(), Some(event.place));
        }
        found.findings.push(finding);
    }
    sequence(sources, &mut found.findings);
    if let Some((entries, path)) = &sources.log_entries {
        found.has_entries = true;
        entries_of(sources, entries, path, &keys_of(keys), &messages, &mut found);
    }
    found
}

/// The log numbers its entries in the order of time.
fn sequence(sources: &Sources, findings: &mut Vec<Finding>) {
    let mut last: Option<(i64, Option<Instant>)> = None;
    for event in &sources.events {
        let Some(attestation) = &event.attestation else { continue };
        let (Some(index), at) = (attestation.index, attestation.integrated_time.as_deref().and_then(Instant::parse))
        else {
            continue;
        };
        if let Some((before, before_at)) = last
            && (index <= before || (at.is_some() && at < before_at))
        {
            let detail = format!(
                "{} is attested under a number or at a time before the event in front of it.",
                event.event_type
            );
            findings.push(
                Finding::new(FindingCode::InclusionProofInvalid, detail).about(event.subject(), Some(event.place)),
            );
        }
        last = Some((index, at));
    }
}

fn entries_of(
    sources: &Sources,
    entries: &Value,
    path: &str,
    keys: &[AttestationKey],
    messages: &BTreeMap<String, (&Event, String)>,
    found: &mut Attestations,
) {
    let closed_at = sources
        .event("election_closed")
        .and_then(|event| {
            let attested =
                event.attestation.as_ref().and_then(|it| it.integrated_time.as_deref()).and_then(Instant::parse);
            // A date alone stands for the whole day.
            let day = if event.is_from_public_file { 86_399_999_999 } else { 0 };
            attested.or(event.at.map(|at| Instant { micros: at.micros + day }))
        })
        .map(Instant::seconds);
    let entry_of = |entry: &Value| entry["logID"].as_str().unwrap_or_default().to_owned();
    let logs: BTreeSet<String> = entries.as_object().into_iter().flatten().map(|(_, entry)| entry_of(entry)).collect();
    // A key that neither is a log's nor signed any entry was given as the log's, and is another's.
    let signs =
        |key: &AttestationKey| {
            entries.as_object().into_iter().flatten().any(|(id, entry)| {
                check_entry(id, entry, None, &[], std::slice::from_ref(key)).key_is_known == Some(true)
            })
        };
    let is_log_told = keys.iter().any(|key| logs.contains(&key.id));
    let has_log_key = is_log_told || keys.iter().any(|key| !signs(key));
    found.has_log_key = has_log_key;
    let (mut before, mut after): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (id, entry) in entries.as_object().into_iter().flatten() {
        let log = entry["logID"].as_str().unwrap_or_default();
        let of_log: Vec<AttestationKey> = keys.iter().filter(|key| key.id == log).cloned().collect();
        let signers: Vec<AttestationKey> =
            keys.iter().filter(|key| !logs.contains(&key.id) && (is_log_told || signs(key))).cloned().collect();
        found.answered += 1;
        let known = messages.get(id);
        let result = known.is_none().then(|| completed_message(sources)).flatten();
        let mut check = check_entry(id, entry, known.map(|(_, message)| message.as_str()), &of_log, &signers);
        if has_log_key && of_log.is_empty() {
            check.problems.push("the answer comes from a log whose key was not given".to_owned());
        }
        for (part, what) in [
            (check.is_included, "proof of inclusion"),
            (check.checkpoint_holds, "signed checkpoint"),
            (check.time_holds, "signed time"),
        ] {
            if part.is_none() && !of_log.is_empty() {
                check.problems.push(format!("there is no {what}"));
            }
        }
        let subject = known.map_or_else(|| format!("attestation:{id}"), |(event, _)| event.subject());
        let place = known.map(|(event, _)| event.place);
        let is_of_result = result.as_ref().is_some_and(|message| rules::sha256_hex(message) == check.digest);
        if let Some((event, _)) = known {
            let stated = event.attestation.as_ref();
            if stated.is_some_and(|stated| stated.digest != check.digest) {
                let detail =
                    format!("The log entry attests another digest than the one that {} states.", event.event_type);
                found
                    .findings
                    .push(Finding::new(FindingCode::AttestationMismatch, detail).about(subject.clone(), place));
            }
            let index = stated.and_then(|stated| stated.index);
            if index.is_some() && check.index.is_some() && index != check.index {
                let detail = format!("{} states another number in the log than the log does.", event.event_type);
                found
                    .findings
                    .push(Finding::new(FindingCode::InclusionProofInvalid, detail).about(subject.clone(), place));
            }
            let time = stated.and_then(|stated| stated.integrated_time.as_deref()).and_then(Instant::parse);
            if time.is_some() && time.map(Instant::seconds) != check.integrated_at {
                let detail = format!("{} states another time of attestation than the log.", event.event_type);
                found
                    .findings
                    .push(Finding::new(FindingCode::InclusionProofInvalid, detail).about(subject.clone(), place));
            }
        } else if is_of_result {
            found.result_is_attested = Some(true);
        } else if closed_at.is_some() && check.integrated_at > closed_at {
            after.push(id.clone());
        } else {
            before.push(id.clone());
        }
        if !check.problems.is_empty() {
            let detail = format!("The log entry {}: {}.", short(id), check.problems.join("; "));
            found.findings.push(Finding::new(FindingCode::InclusionProofInvalid, detail).about(subject.clone(), place));
        }
        let holds = [check.is_included, check.checkpoint_holds, check.time_holds];
        found.proved += u64::from(holds.iter().all(|part| *part == Some(true)));
        let what = match known {
            Some((event, _)) => event.event_type.clone(),
            None if is_of_result => "tally_completed, by the published result".to_owned(),
            None => "an event that the export leaves out".to_owned(),
        };
        found.checks.push((id.clone(), what, check));
    }
    if found.result_is_attested.is_none() && after.len() == 1 && completed_message(sources).is_some() {
        found.result_is_attested = Some(false);
    }
    // The public log never holds the quorum's event, and never those of the count: one entry each is expected.
    let has = |kind: &str| sources.event(kind).is_some();
    let expected_before = usize::from(!has("quorum_reached"));
    let expected_after = usize::from(!has("tally_completed") && found.result_is_attested != Some(true));
    for (list, expected, when, known) in [
        (before, expected_before, "before the close", "quorum_reached"),
        (after, expected_after, "after the close", "tally_completed"),
    ] {
        if list.is_empty() {
            continue;
        }
        let is_too_many = list.len() > expected;
        let detail = if is_too_many {
            format!(
                "{path} holds {} entries from {when} that no exported event belongs to. The export leaves out {expected} ({known}); the others attest events that were removed.",
                list.len()
            )
        } else {
            format!(
                "{path} holds an entry from {when} that no exported event belongs to: the export always leaves out {known}."
            )
        };
        let mut finding = Finding::new(FindingCode::AttestedEventMissing, detail);
        if !is_too_many {
            finding = finding.as_info();
        }
        for id in list {
            finding.add(format!("attestation:{id}"), None);
        }
        found.findings.push(finding);
    }
}

/// The message of the event that closes the count, made from the published result.
fn completed_message(sources: &Sources) -> Option<String> {
    let (result, _) = sources.published.as_ref()?;
    let mut payload = serde_json::Map::new();
    for name in ["quota", "elected", "eliminated", "forced_excluded", "algorithm"] {
        payload.insert(name.to_owned(), result.get(name)?.clone());
    }
    let payload = Json::parse(&Value::Object(payload).to_string())?;
    Some(rules::canonical_message("tally_completed", &payload))
}
