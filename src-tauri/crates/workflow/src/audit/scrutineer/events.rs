//! What the log records against what the other files say, both ways: what was committed and frozen at opening, the seal of the
//! close, exclusions, the result, the certificate, the form of the publication, the order of the steps.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Finding, FindingCode, Severity, digest};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ballots::Seen;
use super::log::Log;
use super::sources::{Event, Sources};

/// The claim about files and log.
const CLAIM: &str = "audit.events";

fn sha256(text: &str) -> String {
    digest::encode_hex(&Sha256::digest(text))
}

/// Collects findings about what the log and a file say differently.
struct Compare<'a> {
    sources: &'a Sources,
    findings: Vec<Finding>,
}

impl Compare<'_> {
    fn say(&mut self, finding: Finding, event: Option<&Event>) {
        let finding = match event {
            Some(event) => finding.about(event.subject.clone(), Some(event.place)),
            None => finding.about(self.sources.subject(), self.sources.place()),
        };
        self.findings.push(finding);
    }

    fn altered(&mut self, claim: &'static str, event: &Event, detail: String) {
        self.say(Finding::new(FindingCode::DefinitionAltered, detail).against(claim), Some(event));
    }

    /// A value that an event and a file both name.
    fn same(&mut self, claim: &'static str, event: &Event, what: &str, logged: &Value, stated: &Value) {
        if logged != stated {
            self.altered(claim, event, format!("{what} is not what the log recorded."));
        }
    }
}

/// Compares log and files. Without entries there is nothing to compare.
pub(super) fn check(sources: &Sources, seen: &Seen, log: &Log) -> Vec<Finding> {
    if sources.entries.is_empty() {
        return Vec::new();
    }
    let mut compare = Compare { sources, findings: Vec::new() };
    opened(&mut compare);
    closed(&mut compare);
    exclusions(&mut compare, seen);
    accounted(&mut compare, seen, log);
    counted(&mut compare);
    published(&mut compare);
    steps(&mut compare, seen);
    event_log(&mut compare);
    compare.findings
}

/// Members that opening freezes and the election file repeats.
const FROZEN: &[&str] = &[
    "rules_version",
    "setup_sha256",
    "roll_sha256",
    "eligible_voters",
    "eligible_votes",
    "genesis",
    "signing_key_sha256",
    "salt_sha256",
    "link_key_sha256",
    "tie_order_sha256",
];

fn opened(compare: &mut Compare<'_>) {
    let sources = compare.sources;
    let (Some(event), Some(file)) = (sources.last("election_opened"), &sources.election) else { return };
    for name in FROZEN {
        compare.same(
            CLAIM,
            event,
            &format!("The frozen value {name}"),
            &event.detail[*name],
            &file.value["frozen"][*name],
        );
    }
    compare.same(CLAIM, event, "The time of opening", &Value::from(event.at.as_str()), &file.value["opened_at"]);
    if let Some(setup) = &sources.setup {
        // Others may read the file in another way than this program does: the text itself must be the frozen one.
        let read = serde_json::to_value(setup).unwrap_or_default();
        let text = serde_json::to_string(setup).unwrap_or_default();
        if event.text("setup_sha256") != Some(sha256(&text).as_str()) || read != file.value["setup"] {
            compare.altered(
                "ballot.definition",
                event,
                "The rules and candidates in the election file are not those whose hash was committed when the election opened.".to_owned(),
            );
        }
        if file.value["title"] != setup.title.as_str() {
            compare.altered(
                "ballot.definition",
                event,
                "The title in the election file is not that of the rules.".to_owned(),
            );
        }
    }
}

fn closed(compare: &mut Compare<'_>) {
    let sources = compare.sources;
    let Some(file) = &sources.election else { return };
    if let Some(event) = sources.last("election_closed") {
        compare.same(CLAIM, event, "The seal of the close", &event.detail["seal"], &file.value["frozen"]["seal"]);
        compare.same(CLAIM, event, "The time of the close", &Value::from(event.at.as_str()), &file.value["closed_at"]);
        compare.same(CLAIM, event, "The end of voting", &event.detail["announced_end"], &file.value["ends_at"]);
        let is_reopened = sources.all("election_rollback").any(|event| event.text("to_status") == Some("open"));
        let announced = sources
            .last("election_extended")
            .filter(|extended| sources.last("election_opened").is_none_or(|opened| opened.number < extended.number))
            .map(|event| event.detail["new_end"].clone())
            .or_else(|| sources.last("election_opened").map(|event| event.detail["ends_at"].clone()));
        if !is_reopened && announced.is_some_and(|announced| announced != event.detail["announced_end"]) {
            let detail = "The end of voting that held at the close is neither the one of the opening nor that of the last extension.";
            compare.say(Finding::new(FindingCode::RulesChangedUnrecorded, detail), Some(event));
        }
    }
    for event in sources.all("election_extended") {
        let told = |name: &str| {
            event.text(name).and_then(domain::Instant::parse).map(domain::Instant::to_display).unwrap_or_default()
        };
        let detail = format!(
            "The end of voting was moved from {} to {}: {}",
            told("previous_end"),
            told("new_end"),
            event.text("reason").unwrap_or("no reason is recorded")
        );
        compare.say(Finding::new(FindingCode::RulesChangedUnrecorded, detail).as_info(), Some(event));
    }
    for (act, member, what) in [
        ("election_counted", "counted_at", "The time of the count"),
        ("election_certified", "certified_at", "The time of the certification"),
        ("election_cancelled", "cancelled_at", "The time of the cancellation"),
    ] {
        if let Some(event) = sources.last(act) {
            compare.same(CLAIM, event, what, &Value::from(event.at.as_str()), &file.value[member]);
        }
    }
}

/// Exclusions in the ballots file against those in the log, both ways.
fn exclusions(compare: &mut Compare<'_>, seen: &Seen) {
    let sources = compare.sources;
    let single: BTreeMap<&str, &Event> =
        sources.all("vote_soft_deleted").filter_map(|event| Some((event.text("vote_id")?, event))).collect();
    let voided: BTreeMap<u64, &Event> = sources
        .all("election_manual_ballots_voided")
        .filter_map(|event| Some((event.number_of("batch_id")?, event)))
        .collect();
    let mut of_batches: BTreeMap<u64, u64> = BTreeMap::new();
    let mut unknown = Finding::new(FindingCode::UnexplainedDifference, "").against(CLAIM);
    let mut told = Finding::new(FindingCode::VoteExcluded, "");
    let mut unexplained = 0u64;
    for ballot in &seen.excluded {
        let subject = format!("ballot:{}", ballot.hash);
        let event = single.get(ballot.hash.as_str());
        let is_single = event.is_some_and(|event| {
            event.number_of("position_in_chain") == Some(ballot.position)
                && event.text("reason") == Some(ballot.reason.as_str())
        });
        let of_batch = ballot.batch.and_then(|batch| voided.get(&batch)).filter(|event| {
            event.text("reason").is_some_and(|reason| ballot.reason.ends_with(&format!(" voided: {reason}")))
        });
        if is_single || of_batch.is_some() {
            if let (false, Some(batch)) = (is_single, ballot.batch) {
                *of_batches.entry(batch).or_default() += 1;
            }
        } else if !sources.is_full() && event.is_none() {
            // Without the content nothing tells the batch of a ballot: their number must do.
            unexplained += 1;
        } else {
            unknown.add(subject.clone(), Some(ballot.place));
        }
        told.add(subject, Some(ballot.place));
    }
    let listed: BTreeSet<&str> = seen.excluded.iter().map(|ballot| ballot.hash.as_str()).collect();
    for (hash, event) in &single {
        if !listed.contains(hash) && sources.ballots.is_some() {
            unknown.add(format!("ballot:{hash}"), None);
            unknown.add(event.subject.clone(), Some(event.place));
        }
    }
    let in_batches: u64 = voided.values().filter_map(|event| event.number_of("count")).sum();
    for (batch, event) in &voided {
        let found = of_batches.get(batch).copied().unwrap_or(0);
        if sources.is_full() && event.number_of("count").is_some_and(|count| count != found) {
            unknown.add(event.subject.clone(), Some(event.place));
        }
    }
    if !sources.is_full() && sources.ballots.is_some() && unexplained != in_batches {
        unknown.add(sources.subject(), sources.place());
    }
    if !unknown.is_empty() {
        unknown.detail = "Exclusions in the ballots file and in the log differ: a ballot is left out and no event says so, or an event names a ballot that is not left out, or place or reason differ.".to_owned();
        compare.findings.push(unknown);
    }
    if !told.is_empty() {
        let after = single
            .values()
            .filter(|event| sources.last("election_closed").is_some_and(|closed| closed.number < event.number));
        told.detail = format!(
            "Ballots that are left out of the count and stay in the chain: {}. Excluded after the close: {}.",
            seen.excluded.len(),
            after.count()
        );
        compare.findings.push(told);
    }
}

/// Each ballot of a voter leaves an entry: by its chain hash where the log is open, by number where it is withheld.
fn accounted(compare: &mut Compare<'_>, seen: &Seen, log: &Log) {
    let sources = compare.sources;
    let Some(setup) = sources.setup.as_ref().filter(|_| sources.ballots.is_some()) else { return };
    if setup.is_secret() {
        let (ballots, entries) = (seen.cast_by_voters, log.withheld_voting);
        if entries < ballots {
            let detail =
                format!("{ballots} ballots were cast by voters, but only {entries} entries of voting are in the log.");
            compare.say(Finding::new(FindingCode::VoteUnaccounted, detail).against(CLAIM), None);
        }
        let refused = entries.saturating_sub(ballots);
        if refused > 0 && setup.second_ballot == domain::election::SecondBallot::Replace {
            let detail = format!(
                "{entries} entries of voting are in the log, but only {ballots} ballots of voters are in the chain, and the rules refuse no second ballot that could account for the others."
            );
            compare.say(Finding::new(FindingCode::AccountedVoteMissing, detail).against(CLAIM), None);
        } else if refused > 0 {
            let detail =
                format!("{refused} entries of voting belong to no ballot: so often a second ballot was refused.");
            compare.say(Finding::new(FindingCode::SecondVotesRefused, detail), None);
        }
        return;
    }
    let cast = ["ballot_submitted_token", "proxy_vote_cast"];
    let mut logged: BTreeMap<&str, &Event> = BTreeMap::new();
    for event in sources.events.iter().filter(|event| cast.contains(&event.act.as_str())) {
        if let Some(chain) = event.text("chain_hash") {
            logged.insert(chain, event);
        }
    }
    let mut alone = Finding::new(
        FindingCode::VoteUnaccounted,
        "Ballots of voters are in the chain, and no entry of the log accounts for them.",
    )
    .against(CLAIM);
    let mut known = BTreeSet::new();
    for (chain, subject) in &seen.voters_chain {
        known.insert(chain.as_str());
        if !logged.contains_key(chain.as_str()) {
            alone.add(subject.clone(), sources.ballots.as_ref().and_then(super::sources::Document::place));
        }
    }
    let mut absent =
        Finding::new(FindingCode::AccountedVoteMissing, "The log accounts for ballots that are not in the chain.")
            .against(CLAIM);
    for (chain, event) in &logged {
        if !known.contains(chain) {
            absent.add(event.subject.clone(), Some(event.place));
        }
    }
    compare.findings.extend([alone, absent].into_iter().filter(|finding| !finding.is_empty()));
}

fn counted(compare: &mut Compare<'_>) {
    let sources = compare.sources;
    let digest_of = |file: &super::sources::Document| {
        sources.beside.iter().find(|(_, beside)| beside.id == file.file).map(|(_, beside)| beside.sha256.to_hex())
    };
    let result = sources.result.as_ref().and_then(|(file, _)| digest_of(file));
    let certificate = sources.certificate.as_ref();
    let text = certificate.and_then(|(_, read)| read.as_ref()).map(|read| sha256(&read.text()));
    let mut differ = |event: Option<&Event>, recorded: Option<&str>, actual: Option<&str>, what: &str| {
        if let (Some(recorded), Some(actual)) = (recorded, actual)
            && recorded != actual
        {
            compare.say(Finding::new(FindingCode::HashMismatch, what).against("certificate.digests"), event);
        }
    };
    let (counted, certified) = (sources.last("election_counted"), sources.last("election_certified"));
    differ(
        counted,
        counted.and_then(|event| event.text("result_sha256")),
        result.as_deref(),
        "The result is not the one that was counted: its digest is not the one in the event of the count.",
    );
    differ(
        certified,
        certified.and_then(|event| event.text("result_sha256")),
        result.as_deref(),
        "The result is not the one that was certified: its digest is not the one in the event of the certification.",
    );
    differ(
        certified,
        certified.and_then(|event| event.text("certificate_sha256")),
        text.as_deref(),
        "The certificate is not the one whose digest the event of the certification records.",
    );
    let frozen = sources.election.as_ref().and_then(|file| file.value["frozen"]["certificate_sha256"].as_str());
    differ(None, frozen, text.as_deref(), "The certificate is not the one whose digest the election file names.");
    let stated = certificate.and_then(|(file, _)| file.text_of("result_sha256"));
    differ(None, stated, result.as_deref(), "The result is not the one that the certificate names.");
    if let (Some(event), Some((file, _))) = (counted, &sources.result) {
        let elected: serde_json::Map<String, Value> = file.value["contests"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|contest| (contest["id"].as_str().unwrap_or_default().to_owned(), contest["elected"].clone()))
            .collect();
        compare.same(CLAIM, event, "Who is elected", &event.detail["elected"], &Value::Object(elected));
    }
}

fn published(compare: &mut Compare<'_>) {
    let sources = compare.sources;
    if let (Some(event), Some(file)) = (sources.last("election_published"), &sources.ballots) {
        compare.same(CLAIM, event, "The form of the ballots file", &event.detail["form"], &file.value["form"]);
    }
    if let Some(event) = sources.last("election_key_revealed") {
        let committed = sources.frozen("signing_key_sha256");
        compare.same(CLAIM, event, "The revealed key", &event.detail["signing_key_sha256"], &committed);
    }
}

/// The steps of the lifecycle in their order, and what was set back.
fn steps(compare: &mut Compare<'_>, seen: &Seen) {
    let sources = compare.sources;
    let reached = match sources.election.as_ref().and_then(|file| file.text_of("phase")) {
        Some("published") => 5,
        Some("certified") => 4,
        Some("tallied") => 3,
        Some("closed") => 2,
        Some("open") => 1,
        _ => 0,
    };
    let acts = ["election_opened", "election_closed", "election_counted", "election_certified", "election_published"];
    let mut before = 0;
    for act in acts.iter().take(reached) {
        match sources.last(act) {
            None => {
                let detail = format!("The log holds no event {act}, though the election is past that step.");
                compare.say(Finding::new(FindingCode::StepMissing, detail), None);
            }
            Some(event) if event.number < before => {
                let detail = format!("The event {act} stands before the step that leads to it.");
                compare.say(Finding::new(FindingCode::StepMissing, detail), Some(event));
            }
            Some(event) => before = event.number,
        }
    }
    let is_child = sources.election.as_ref().is_some_and(|file| !file.value["parent"].is_null());
    if !is_child && sources.last("election_created").is_none() {
        let detail = "The log does not begin with the creation of the election.";
        compare.say(Finding::new(FindingCode::StepMissing, detail), None);
    }
    for event in sources.all("election_rollback").filter(|event| event.text("to_status") == Some("open")) {
        let detail = format!(
            "Voting was reopened after it had ended; {} ballots were cast in the reopened window. Reason: {}",
            seen.figures.reopened,
            event.text("reason").unwrap_or("none is recorded")
        );
        let mut finding = Finding::new(FindingCode::VotingReopened, detail);
        finding.severity = Severity::Major;
        compare.say(finding, Some(event));
    }
}

/// The event log in the common data format tells the same entries.
fn event_log(compare: &mut Compare<'_>) {
    let sources = compare.sources;
    let (Some(file), Some(_)) = (&sources.event_log, &sources.audit) else { return };
    let told: Vec<&Value> = file.value["Device"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|device| device["Event"].as_array().into_iter().flatten())
        .collect();
    let shown: Vec<_> = sources.entries.iter().filter_map(|entry| Some((entry, entry.content.as_ref()?))).collect();
    let fits = |told: &Value,
                (entry, content): &(
        &importers::scrutineer::rows::EntryRow,
        &importers::scrutineer::rows::EntryContent,
    )| {
        let is = |name: &str, text: &str| told[name].as_str() == Some(text);
        is("Sequence", &entry.number.unwrap_or(0).to_string())
            && is("Hash", &entry.hash)
            && is("Id", &content.act)
            && is("TimeStamp", &content.at)
            && is("UserId", &content.actor)
            && is("Details", &content.detail)
    };
    if told.len() != shown.len() || !told.iter().zip(&shown).all(|(told, shown)| fits(told, shown)) {
        let detail = "The event log in the common data format and the audit file do not tell the same entries.";
        compare.findings.push(
            Finding::new(FindingCode::UnexplainedDifference, detail)
                .about(sources.subject(), file.place())
                .against(CLAIM),
        );
    }
}
