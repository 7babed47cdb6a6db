//! Whether anything in the publication of a secret election leads from a voter to a ballot. It says how many voters a way would
//! expose and how it goes, never which.

use domain::report::ReportTable;
use domain::{Finding, FindingCode, digest};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::ballots::Seen;
use super::sources::Sources;

/// Fewest ballots that hide one another.
const FEW: u64 = 5;

/// One way from a voter to a ballot.
struct Way {
    name: &'static str,
    voters: u64,
    told: String,
    code: FindingCode,
}

/// What the test of secrecy showed.
#[derive(Default)]
pub(super) struct Secrecy {
    ways: Vec<Way>,
    pub(super) findings: Vec<Finding>,
}

impl Secrecy {
    /// Ways that lead from a voter to a ballot by themselves.
    pub(super) fn links(&self) -> usize {
        self.ways.iter().filter(|way| way.code == FindingCode::LinkExists).count()
    }

    /// For reports.
    pub(super) fn table(&self) -> ReportTable {
        ReportTable {
            name: "secrecy".to_owned(),
            title: "Ways from a voter to a ballot".to_owned(),
            note: "How many voters each way could expose. The links themselves are never printed.".to_owned(),
            columns: ["Way", "Voters#", "How"].map(str::to_owned).to_vec(),
            rows: self
                .ways
                .iter()
                .map(|way| vec![way.name.to_owned(), way.voters.to_string(), way.told.clone()])
                .collect(),
        }
    }
}

/// Tests every way that a publication could open. Identified ballots hide nothing and are not tested.
pub(super) fn check(sources: &Sources, seen: &Seen) -> Secrecy {
    let mut secrecy = Secrecy::default();
    if !sources.setup.as_ref().is_some_and(domain::election::Setup::is_secret) {
        return secrecy;
    }
    links(sources, seen, &mut secrecy.ways);
    patterns(sources, seen, &mut secrecy.ways);
    for code in [FindingCode::LinkExists, FindingCode::BallotsRecognisable, FindingCode::CastingOrderKept] {
        let told: Vec<&str> = secrecy.ways.iter().filter(|way| way.code == code).map(|way| way.told.as_str()).collect();
        if !told.is_empty() {
            secrecy.findings.push(Finding::new(code, told.join(" ")).about(sources.subject(), sources.place()));
        }
    }
    destroyed(sources, &mut secrecy.findings);
    secrecy
}

/// What leads from a voter to a ballot by itself.
fn links(sources: &Sources, seen: &Seen, ways: &mut Vec<Way>) {
    let mut open = |name, voters, told: String| ways.push(Way { name, voters, told, code: FindingCode::LinkExists });
    if seen.unmasked > 0 {
        open(
            "named voters",
            seen.unmasked,
            format!("{} ballots carry something else than a pseudonym for their voter.", seen.unmasked),
        );
    }
    if !seen.unknown.is_empty() {
        let names: Vec<&str> = seen.unknown.iter().map(String::as_str).collect();
        open(
            "more than a ballot holds",
            seen.rows,
            format!("Ballots carry members that a published ballot does not have: {}.", names.join(", ")),
        );
    }
    let voting = ["ballot_submitted_token", "vote_double_attempt_token", "proxy_vote_cast"];
    let timed = sources.events.iter().filter(|event| voting.contains(&event.act.as_str())).count();
    if timed > 0 {
        let timed = u64::try_from(timed).unwrap_or(u64::MAX);
        open(
            "times of casting",
            timed,
            format!(
                "{timed} entries of the log tell when a ballot was cast: whoever knows who came when knows the ballot."
            ),
        );
    }
    for (name, what) in [("salt_sha256", "salt of the pseudonyms"), ("link_key_sha256", "key of the credentials")] {
        let hash = sources.frozen(name);
        let Some(hash) = hash.as_str() else { continue };
        if hash == sources.frozen("signing_key_sha256").as_str().unwrap_or_default() || holds_secret(sources, hash) {
            open(
                "kept secret",
                seen.cast_by_voters,
                format!(
                    "The publication holds the {what}, which closing should have destroyed: with it the numbers on the roll lead to ballots."
                ),
            );
        }
    }
}

/// Whether a text of the files is the hex form of bytes with this digest.
fn holds_secret(sources: &Sources, hash: &str) -> bool {
    let is_it = |text: &str| {
        let mut bytes = [0u8; 32];
        digest::decode_hex(text.as_bytes(), &mut bytes).is_some() && digest::encode_hex(&Sha256::digest(bytes)) == hash
    };
    fn any(value: &Value, is_it: &dyn Fn(&str) -> bool) -> bool {
        match value {
            Value::String(text) => is_it(text),
            Value::Array(items) => items.iter().any(|item| any(item, is_it)),
            Value::Object(members) => members.values().any(|member| any(member, is_it)),
            _ => false,
        }
    }
    let documents = [&sources.election, &sources.ballots, &sources.audit, &sources.key];
    documents.into_iter().flatten().any(|file| any(&file.value, &is_it))
        || sources.events.iter().any(|event| any(&event.detail, &is_it))
}

/// What outside knowledge could join: none of it leads anywhere by itself.
fn patterns(sources: &Sources, seen: &Seen, ways: &mut Vec<Way>) {
    let mut tell = |name, voters, code, told: String| {
        if voters > 0 {
            ways.push(Way { name, voters, told, code });
        }
    };
    let unique = u64::try_from(seen.ways.iter().filter(|(_, _, ballots)| *ballots == 1).count()).unwrap_or(u64::MAX);
    tell(
        "unique ballots",
        unique,
        FindingCode::BallotsRecognisable,
        format!(
            "{unique} of {} counted ballots are marked like no other: somebody who was told how to mark a ballot could be checked.",
            seen.figures.counted
        ),
    );
    let is_weighted = seen.weights.len() > 1;
    let few: u64 = seen.weights.values().filter(|ballots| is_weighted && **ballots < FEW).sum();
    tell(
        "rare weights",
        few,
        FindingCode::BallotsRecognisable,
        format!(
            "{few} counted ballots have a weight that fewer than {FEW} share: whoever knows who has so many votes knows the ballot."
        ),
    );
    let told = if sources.is_full() {
        "Ballots stand with their choices in the order in which they were cast, without times: whoever noted in which order people voted could follow it."
    } else {
        "The codes stand in the order in which ballots were cast, but the choices stand apart from them: the order leads to a code, not to a vote."
    };
    tell("order of casting", seen.cast_by_voters, FindingCode::CastingOrderKept, told.to_owned());
}

/// What closing must have destroyed, as the log says.
fn destroyed(sources: &Sources, findings: &mut Vec<Finding>) {
    let Some(closed) = sources.last("election_closed") else { return };
    let mut say = |code, detail: String| {
        findings.push(Finding::new(code, detail).about(closed.subject.clone(), Some(closed.place)));
    };
    if closed.detail["anonymity_salt_destroyed"].as_bool() != Some(true)
        || sources.last("election_anonymized").is_none()
    {
        say(
            FindingCode::LinkExists,
            "The log does not say that closing destroyed what leads from voters to ballots.".to_owned(),
        );
    }
    if let Some(event) = sources.last("election_anonymized") {
        for name in ["salt_sha256", "link_key_sha256"] {
            if event.detail[name] != sources.frozen(name) {
                say(
                    FindingCode::LinkExists,
                    format!("What was destroyed is not what was committed at opening ({name})."),
                );
            }
        }
        if event.detail["scrub_anomaly"].as_bool() == Some(true) {
            say(
                FindingCode::ScrubIncomplete,
                format!(
                    "{} messages were scrubbed for {} credentials.",
                    event.number_of("emails_scrubbed").unwrap_or(0),
                    event.number_of("credentials_affected").unwrap_or(0)
                ),
            );
        }
        match sources.last("election_scrubbed").and_then(|event| event.number_of("found")) {
            Some(0) => {}
            Some(found) => say(
                FindingCode::LinkExists,
                format!(
                    "After the close {found} byte strings of what was to be destroyed were still in the case file."
                ),
            ),
            None => say(
                FindingCode::StepMissing,
                "The log does not say that the case file was searched for what closing destroyed.".to_owned(),
            ),
        }
    }
}
