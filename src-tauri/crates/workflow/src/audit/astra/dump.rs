//! Tables of a dump against one another: ballots and credentials, ballots and their entries, roll and figures; and the
//! same ballots in several files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{BallotRecord, Finding, FindingCode, Place};
use importers::astra::rows::Event;
use importers::astra::rules::{BallotContent, ballot_hash};
use importers::json::Json;
use store::Reader;

use super::sources::{BallotSet, Sources};
use crate::Error;

/// What was compared.
#[derive(Default)]
pub(super) struct Tables {
    /// Ballots whose content was hashed again with the nonce of a kept message.
    pub(super) rehashed: u64,
    pub(super) findings: Vec<Finding>,
}

fn each(reader: &Reader, set: &BallotSet, mut look: impl FnMut(BallotRecord)) -> Result<(), Error> {
    reader.scan_ballots((set.first - 1, set.last), &mut |ballot| {
        if ballot.election_id == set.named && ballot.place.is_some_and(|place| place.file == set.file) {
            look(ballot);
        }
        true
    })?;
    Ok(())
}

/// Compares the tables of a dump; says nothing where there is none.
pub(super) fn check(reader: &Reader, sources: &Sources) -> Result<Tables, Error> {
    let mut tables = Tables::default();
    if let Some(set) = &sources.ballots {
        if sources.is_dump() {
            no_columns(reader, set, &mut tables.findings)?;
            credentials(reader, sources, set, &mut tables.findings)?;
            entries(reader, sources, set, &mut tables.findings)?;
            participation(reader, sources, set, &mut tables.findings)?;
            tables.rehashed = contents(reader, sources, set, &mut tables.findings)?;
        }
        for copy in &sources.copies {
            compare(reader, sources, set, copy, &mut tables.findings)?;
        }
    }
    if sources.is_dump() {
        figures(sources, &mut tables.findings);
    }
    result(sources, &mut tables.findings);
    for subject in &sources.differs_from_said {
        let detail = "What was said about the candidate differs from the export; the export's own list counts.";
        tables.findings.push(Finding::new(FindingCode::DefinitionAltered, detail).about(subject.clone(), None));
    }
    Ok(tables)
}

/// Columns that a table of ballots always has, and this export leaves out.
fn no_columns(reader: &Reader, set: &BallotSet, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let mut filled = [false; 5];
    let mut rows = 0u64;
    each(reader, set, |ballot| {
        rows += 1;
        let columns = [&ballot.ranking, &ballot.weight, &ballot.is_counted, &ballot.credential, &ballot.created_at];
        for (filled, column) in filled.iter_mut().zip(columns) {
            *filled |= column.is_some();
        }
    })?;
    let names = ["ranking", "weight", "is_counted", "credential_public_id", "created_at"];
    for (name, _) in names.iter().zip(filled).filter(|(_, filled)| !filled && rows > 0) {
        let detail = format!("No ballot of the export has the column {name}: what rests on it cannot be tested.");
        findings.push(
            Finding::new(FindingCode::FieldsMissing, detail)
                .about(format!("column:{name}"), Some(super::sources::whole_file(set.file))),
        );
    }
    Ok(())
}

/// Every ballot was cast with a credential of the election, at its weight, and each credential has one final ballot.
fn credentials(reader: &Reader, sources: &Sources, set: &BallotSet, findings: &mut Vec<Finding>) -> Result<(), Error> {
    let Some(credentials) = &sources.credentials else { return Ok(()) };
    let weights: HashMap<&str, i64> =
        credentials.iter().map(|credential| (credential.public_id.as_str(), credential.weight)).collect();
    let mut unknown = Finding::new(
        FindingCode::VoterUnknown,
        "The ballot was cast with a credential that this election did not issue.",
    );
    let mut weight = Finding::new(
        FindingCode::TotalsDisagree,
        "The weight of the ballot is not the one that its credential was issued with.",
    );
    let mut finals: BTreeMap<String, Vec<(String, Option<Place>)>> = BTreeMap::new();
    each(reader, set, |ballot| {
        let Some(credential) = ballot.credential.clone() else { return };
        match weights.get(credential.as_str()) {
            None => unknown.add(ballot.subject(), ballot.place),
            Some(issued) => {
                if ballot.weight.as_deref().and_then(|text| text.parse::<i64>().ok()) != Some(*issued) {
                    weight.add(ballot.subject(), ballot.place);
                }
            }
        }
        if ballot.superseded_by.is_none() {
            finals.entry(credential).or_default().push((ballot.subject(), ballot.place));
        }
    })?;
    // A ballot is replaced by one of the same credential.
    let mut replaced: HashMap<String, (Option<String>, String, Option<Place>)> = HashMap::new();
    each(reader, set, |ballot| {
        let subject = ballot.subject();
        if let Some(target) = ballot.superseded_by {
            replaced.insert(target, (ballot.credential, subject, ballot.place));
        }
    })?;
    let mut foreign = Finding::new(
        FindingCode::ReplacementWrong,
        "The ballot is said to be replaced by a ballot that was cast with another credential.",
    );
    each(reader, set, |ballot| {
        if let Some((credential, subject, place)) = ballot.id.as_ref().and_then(|id| replaced.get(id))
            && *credential != ballot.credential
        {
            foreign.add(subject.clone(), *place);
        }
    })?;
    let mut twice = Finding::new(FindingCode::VotedTwice, "One credential has several ballots that nothing replaced.");
    for rows in finals.into_values().filter(|rows| rows.len() > 1) {
        for (subject, place) in rows {
            twice.add(subject, place);
        }
    }
    findings.extend([unknown, weight, twice, foreign].into_iter().filter(|finding| !finding.is_empty()));
    Ok(())
}

/// Every ballot has its entry, every entry its ballot, and both name the same replaced ballot.
fn entries(reader: &Reader, sources: &Sources, set: &BallotSet, findings: &mut Vec<Finding>) -> Result<(), Error> {
    if sources.events.iter().all(|event| event.is_from_public_file) {
        return Ok(());
    }
    let mut entries: HashMap<&str, (&Event, Option<&str>)> = HashMap::new();
    for event in sources.events.iter().filter(|event| event.event_type == "ballot_submitted") {
        if let Some(hash) = event.text("ballot_hash") {
            entries.insert(hash, (event, event.text("supersedes_ballot_hash")));
        }
    }
    let mut replaced: HashMap<String, String> = HashMap::new();
    each(reader, set, |ballot| {
        if let (Some(target), Some(hash)) = (ballot.superseded_by, ballot.ballot_hash) {
            replaced.insert(target, hash);
        }
    })?;
    let mut without = Finding::new(FindingCode::VoteUnaccounted, "No ballot_submitted entry names this ballot.");
    let mut other = Finding::new(
        FindingCode::ReplacementWrong,
        "The entry of the ballot names another replaced ballot than the table does.",
    );
    let mut seen: BTreeSet<String> = BTreeSet::new();
    each(reader, set, |ballot| {
        let hash = ballot.ballot_hash.clone().unwrap_or_default();
        match entries.get(hash.as_str()) {
            None => without.add(ballot.subject(), ballot.place),
            Some((event, supersedes)) => {
                let stored = ballot.id.as_ref().and_then(|id| replaced.get(id));
                if *supersedes != stored.map(String::as_str) {
                    other.add(ballot.subject(), ballot.place);
                    other.add(event.subject(), Some(event.place));
                    for hash in [*supersedes, stored.map(String::as_str)].into_iter().flatten() {
                        other.add(format!("ballot:{hash}"), None);
                    }
                }
            }
        }
        seen.insert(hash);
    })?;
    let mut absent =
        Finding::new(FindingCode::AccountedVoteMissing, "The entry names a ballot that is not in the table.");
    let mut lost: Vec<(&&str, &Event)> =
        entries.iter().filter(|(hash, _)| !seen.contains(**hash)).map(|(hash, (event, _))| (hash, *event)).collect();
    lost.sort_by(|left, right| left.0.cmp(right.0));
    for (hash, event) in lost {
        absent.add(format!("ballot:{hash}"), None);
        absent.add(event.subject(), Some(event.place));
    }
    findings.extend([without, other, absent].into_iter().filter(|finding| !finding.is_empty()));
    Ok(())
}

/// While receipts still lie in the outbox, their nonces prove the content of the ballots.
fn contents(reader: &Reader, sources: &Sources, set: &BallotSet, findings: &mut Vec<Finding>) -> Result<u64, Error> {
    let Some(messages) = &sources.messages else { return Ok(0) };
    let Some(election_id) = sources.id.as_deref().and_then(|id| id.parse::<i64>().ok()) else { return Ok(0) };
    let mut nonces: HashMap<String, String> = HashMap::new();
    for message in messages {
        for receipt in importers::astra::receipts::read(&message.content).into_iter().flatten() {
            if let Some(nonce) = receipt.nonce {
                nonces.insert(receipt.ballot_hash, nonce);
            }
        }
    }
    let mut rehashed = 0;
    let mut wrong = Finding::new(
        FindingCode::HashMismatch,
        "Hashed again with the nonce of its receipt, the stored ballot does not give its hash: credential, ranking or weight was altered.",
    );
    each(reader, set, |ballot| {
        let Some(nonce) = ballot.ballot_hash.as_ref().and_then(|hash| nonces.get(hash)) else { return };
        let ranking: Option<Vec<i64>> = ballot.ranking.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let weight = ballot.weight.as_deref().and_then(|text| text.parse().ok());
        let (Some(ranking), Some(weight), Some(credential)) = (ranking, weight, ballot.credential.as_deref()) else {
            return;
        };
        rehashed += 1;
        let content = BallotContent { election_id, credential, ranking: &ranking, weight, nonce };
        if Some(ballot_hash(&content)) != ballot.ballot_hash {
            wrong.add(ballot.subject(), ballot.place);
        }
    })?;
    if !wrong.is_empty() {
        findings.push(wrong);
    }
    Ok(rehashed)
}

/// Moments that an event and the ballots around it may lie apart.
const AROUND_MICROS: i64 = 2_000_000;

/// Who had voted when an event stated the turnout, counted again from the times of the ballots; and whether the quorum was
/// reached without an event that says so.
fn participation(
    reader: &Reader,
    sources: &Sources,
    set: &BallotSet,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    // Per ballot: cast, replaced, weight.
    let mut cast: HashMap<String, i64> = HashMap::new();
    let mut ballots: Vec<(i64, Option<String>, i64)> = Vec::new();
    let mut is_timed = true;
    each(reader, set, |ballot| {
        let at = ballot.created_at.as_deref().and_then(domain::Instant::parse);
        let weight = ballot.weight.as_deref().and_then(|text| text.parse().ok());
        match (at, weight, ballot.id) {
            (Some(at), Some(weight), Some(id)) => {
                cast.insert(id, at.micros);
                ballots.push((at.micros, ballot.superseded_by, weight));
            }
            _ => is_timed = false,
        }
    })?;
    if !is_timed {
        return Ok(());
    }
    let present = |at: i64| {
        let voting = ballots.iter().filter(|(since, by, _)| {
            *since <= at && by.as_ref().and_then(|by| cast.get(by)).is_none_or(|until| *until > at)
        });
        voting.fold((0i64, 0i64), |(count, weight), (_, _, own)| (count + 1, weight + own))
    };
    for event in sources.events.iter().filter(|event| !event.is_from_public_file) {
        let (Some(at), Some(count), Some(weight)) =
            (event.at, event.integer("participating_voter_count"), event.integer("participating_vote_weight_total"))
        else {
            continue;
        };
        let (before, after) = (present(at.micros - AROUND_MICROS), present(at.micros + AROUND_MICROS));
        let fits = |stated: i64, before: i64, after: i64| (before.min(after)..=before.max(after)).contains(&stated);
        if !fits(count, before.0, after.0) || !fits(weight, before.1, after.1) {
            let detail = format!(
                "{} states {count} voters of the weight {weight}; by the times of the ballots {} of the weight {} had voted then.",
                event.event_type, after.0, after.1
            );
            findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(event.subject(), Some(event.place)));
        }
    }
    let quorum = sources.election.as_ref().and_then(|election| election.quorum).filter(|quorum| *quorum > 0);
    if let (Some(quorum), Some(credentials)) = (quorum, &sources.credentials)
        && sources.event("election_started").is_some_and(|event| !event.is_from_public_file)
        && sources.event("quorum_reached").is_none()
    {
        let entitled = credentials.iter().filter(|credential| credential.weight > 0);
        let (voters, total) = entitled.fold((0i64, 0i64), |(count, sum), it| (count + 1, sum + it.weight));
        let needed = |eligible: i64| (eligible.saturating_mul(quorum) + 99) / 100;
        let (count, weight) = present(i64::MAX);
        if voters > 0 && count >= needed(voters) && weight >= needed(total) {
            let detail = format!(
                "{count} of {voters} voters of the weight {weight} of {total} voted, which reaches the quorum of {quorum} percent, but no quorum_reached event says so."
            );
            let place = sources.election.as_ref().map(|election| election.place);
            let subject = format!("election:{}", sources.id.as_deref().unwrap_or("unknown"));
            findings.push(Finding::new(FindingCode::StepMissing, detail).about(subject, place));
        }
    }
    Ok(())
}

/// Credentials, roll and the event of the opening name the same number of voters.
fn figures(sources: &Sources, findings: &mut Vec<Finding>) {
    let started = sources.event("election_started");
    let eligible = started.and_then(|event| event.integer("eligible_voters"));
    let credentials = sources.credentials.as_ref().and_then(|list| i64::try_from(list.len()).ok());
    let roll = sources.roll.as_ref().and_then(|list| i64::try_from(list.len()).ok());
    let is_open = !matches!(sources.status(), "draft" | "");
    let subject = || started.map_or_else(|| "election".to_owned(), Event::subject);
    let place = started.map(|event| event.place);
    if is_open {
        for (what, found) in [("credentials", credentials), ("entries of the roll", roll)] {
            if let (Some(found), Some(eligible)) = (found, eligible)
                && found != eligible
            {
                let detail = format!("{eligible} voters were entitled at the opening, but there are {found} {what}.");
                findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(subject(), place));
            }
        }
        if let (Some(credentials), Some(roll), None) = (credentials, roll, eligible)
            && credentials != roll
        {
            let detail = format!("There are {credentials} credentials for {roll} entries of the roll.");
            findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(subject(), place));
        }
    }
    if let (Some(event), Some(credentials)) = (sources.event("election_closed"), credentials)
        && let Some(affected) = event.integer("credentials_affected")
        && affected != credentials
    {
        let detail =
            format!("The close says that it took the name from {affected} credentials, but there are {credentials}.");
        findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(event.subject(), Some(event.place)));
    }
    if let Some(event) = started {
        let figures = ["emailed", "skipped", "failures"].map(|name| event.integer(name));
        if let ([Some(emailed), Some(skipped), Some(failures)], Some(eligible)) = (figures, eligible)
            && emailed + skipped + failures != eligible
        {
            let detail = format!(
                "The opening tells of {eligible} voters, but of {emailed} messages sent, {skipped} skipped and {failures} failed."
            );
            findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(event.subject(), place));
        }
    }
    if let (Some(election), Some(event)) = (&sources.election, started) {
        let listed: BTreeMap<i64, (String, String)> = super::sources::candidates_of_start(sources)
            .into_iter()
            .map(|candidate| (candidate.id, (candidate.name, candidate.tiebreak)))
            .collect();
        let mut altered = Finding::new(
            FindingCode::DefinitionAltered,
            "Candidates of the table differ from those that the opening recorded.",
        );
        for candidate in &sources.candidates {
            let same = listed.get(&candidate.id);
            if same.is_none_or(|(name, tiebreak)| *name != candidate.name || *tiebreak != candidate.tiebreak) {
                altered.add(format!("candidate:{}", candidate.id), Some(election.place));
            }
        }
        for id in listed.keys().filter(|id| sources.candidates.iter().all(|candidate| candidate.id != **id)) {
            altered.add(format!("candidate:{id}"), Some(event.place));
        }
        if !altered.is_empty() && !listed.is_empty() {
            findings.push(altered);
        }
    }
}

/// The stored result, the event that closed the count, and the rounds tell the same.
fn result(sources: &Sources, findings: &mut Vec<Finding>) {
    let Some((stored, _)) = &sources.published else { return };
    if let Some(event) = sources.event("tally_completed") {
        for name in ["quota", "elected", "eliminated", "forced_excluded"] {
            let told = event.payload.get(name).map(Json::canonical_compact);
            let kept =
                stored.get(name).and_then(|value| Json::parse(&value.to_string())).map(|json| json.canonical_compact());
            if told != kept {
                let detail = format!("The stored result and the event that recorded it name another {name}.");
                findings
                    .push(Finding::new(FindingCode::TotalsDisagree, detail).about(event.subject(), Some(event.place)));
            }
        }
    }
    let empty = Vec::new();
    let stored_rounds = stored["rounds"].as_array().unwrap_or(&empty);
    let rounds = stored_rounds.len();
    let told: Vec<&Event> = sources.events.iter().filter(|event| event.event_type == "tally_round").collect();
    for (event, round) in told.iter().zip(stored_rounds) {
        let Some(members) = round.as_object() else { continue };
        // The sentences are the origin's prose about the other members.
        let differs = members.iter().filter(|(name, _)| !matches!(name.as_str(), "audit_text" | "summary_text")).find(
            |(name, value)| {
                let kept = Json::parse(&value.to_string()).map(|json| json.canonical_compact());
                event.payload.get(name).map(Json::canonical_compact) != kept
            },
        );
        if let Some((name, _)) = differs {
            let detail = format!("The stored result and the event of the round name another {name}.");
            findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(event.subject(), Some(event.place)));
        }
    }
    if !told.is_empty() && told.len() != rounds {
        let detail = format!("The stored result has {rounds} rounds, the log {}.", told.len());
        findings.push(Finding::new(FindingCode::TotalsDisagree, detail).about(told[0].subject(), Some(told[0].place)));
    }
}

/// The same ballots in another file: what the files have in common must be the same.
fn compare(
    reader: &Reader,
    sources: &Sources,
    set: &BallotSet,
    copy: &BallotSet,
    findings: &mut Vec<Finding>,
) -> Result<(), Error> {
    type Told = (Option<String>, Option<String>, Option<String>, Option<bool>, Vec<String>);
    let told = |ballot: &BallotRecord| -> Told {
        // One file may rank by ids, the other by names.
        let items: Vec<serde_json::Value> =
            ballot.ranking.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
        let ranking = items.iter().map(|item| {
            let text = item.as_str().map_or_else(|| item.to_string(), str::to_owned);
            sources.candidate_of(&text).map_or(text, |id| id.to_string())
        });
        let (previous, chain) = (ballot.previous_chain_hash.clone(), ballot.chain_hash.clone());
        (previous, chain, ballot.weight.clone(), ballot.counts(), ranking.collect())
    };
    let mut own: HashMap<String, (Told, Option<Place>)> = HashMap::new();
    each(reader, set, |ballot| {
        own.insert(ballot.ballot_hash.clone().unwrap_or_default(), (told(&ballot), ballot.place));
    })?;
    let mut differs = Finding::new(
        FindingCode::UnexplainedDifference,
        "The ballot differs between two files of this export, or stands in one of them alone.",
    );
    let mut met: BTreeSet<String> = BTreeSet::new();
    each(reader, copy, |ballot| {
        let hash = ballot.ballot_hash.clone().unwrap_or_default();
        if own.get(&hash).is_none_or(|(known, _)| *known != told(&ballot)) {
            differs.add(ballot.subject(), ballot.place);
        }
        met.insert(hash);
    })?;
    let mut lost: Vec<(&String, Option<Place>)> =
        own.iter().filter(|(hash, _)| !met.contains(*hash)).map(|(hash, (_, place))| (hash, *place)).collect();
    lost.sort();
    for (hash, place) in lost {
        differs.add(format!("ballot:{hash}"), place);
    }
    if !differs.is_empty() {
        findings.push(differs);
    }
    Ok(())
}
