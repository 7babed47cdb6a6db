//! Which files make up which election: public files by the genesis value of their chain, dumps by the election's number,
//! and what a person said where the export is silent.

use std::collections::{BTreeMap, BTreeSet};

use domain::{EvidenceFile, FileId, Place, TableRow};
use importers::astra::rows::{Candidate, Credential, Election, Event, ExclusionGroup, Message, RollEntry};
use importers::astra::rules::{self, LEGACY_GENESIS};
use importers::astra::tables::{LOG_ENTRIES, PUBLIC_AUDIT, PUBLIC_BALLOTS, TALLY_RESULT};
use importers::json::Json;
use serde_json::Value;
use store::Reader;
use store::tables::ballot::BallotRun;

use crate::Error;

/// Largest election number that is tried where nothing names it.
const MOST_ELECTIONS: u32 = 1_000_000;
/// Stages of an election in order.
const STAGES: [&str; 4] = ["draft", "open", "closed", "tallied"];
/// Ballots that are looked at to tell whose they are.
const FIRST_BALLOTS: usize = 200;

/// Ballots of one election in one file: numbers `first` to `last`, where `named` tells them from other elections.
#[derive(Clone, Debug)]
pub(super) struct BallotSet {
    pub(super) file: FileId,
    pub(super) named: Option<String>,
    pub(super) first: i64,
    pub(super) last: i64,
}

/// Where a value came from, for the assumption of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// The export.
    Export,
    /// A person, through this file or screen.
    Said(String),
    /// It was found out from the export, in this way.
    FoundOut(&'static str),
}

/// Everything about one election.
pub(super) struct Sources {
    /// Number; `None` where nothing names it and no number fits.
    pub(super) id: Option<String>,
    pub(super) id_origin: Origin,
    pub(super) title: String,
    pub(super) ballots: Option<BallotSet>,
    /// The same ballots in other files.
    pub(super) copies: Vec<BallotSet>,
    /// A table of ballots is there, without rows.
    pub(super) has_empty_ballots: bool,
    /// A public ballots file is there; with it one that names no chain head.
    pub(super) ballots_file: Option<FileId>,
    /// A public audit file is there, even one without events.
    pub(super) has_public_audit: bool,
    /// Chain head that the ballots file names, with the file.
    pub(super) head: Option<(String, FileId)>,
    /// What the public files of later releases say beside their rows: name, value, file.
    pub(super) headers: Vec<(String, String, FileId)>,
    /// Audit events, in the order of the export.
    pub(super) events: Vec<Event>,
    /// The same events in other files.
    pub(super) event_copies: Vec<Vec<Event>>,
    /// The row of the election; dumps only.
    pub(super) election: Option<Election>,
    pub(super) candidates: Vec<Candidate>,
    pub(super) candidates_origin: Origin,
    pub(super) groups: Option<(Vec<ExclusionGroup>, Origin)>,
    pub(super) seats: Option<(i64, Origin)>,
    pub(super) quorum: Option<(i64, Origin)>,
    /// Credentials; `None` where the export has no such table.
    pub(super) credentials: Option<Vec<Credential>>,
    pub(super) roll: Option<Vec<RollEntry>>,
    pub(super) messages: Option<Vec<Message>>,
    /// Published result with the path of its file.
    pub(super) published: Option<(Value, String)>,
    /// Where it stands.
    pub(super) published_at: Option<Place>,
    /// Answers of the attestation log with the path of their file.
    pub(super) log_entries: Option<(Value, String)>,
    /// Candidates, as a person names them, that differ from those of the export.
    pub(super) differs_from_said: Vec<String>,
}

impl Sources {
    fn new() -> Self {
        Self {
            id: None,
            id_origin: Origin::Export,
            title: String::new(),
            ballots: None,
            copies: Vec::new(),
            has_empty_ballots: false,
            ballots_file: None,
            has_public_audit: false,
            headers: Vec::new(),
            head: None,
            events: Vec::new(),
            event_copies: Vec::new(),
            election: None,
            candidates: Vec::new(),
            candidates_origin: Origin::Export,
            groups: None,
            seats: None,
            quorum: None,
            credentials: None,
            roll: None,
            messages: None,
            published: None,
            published_at: None,
            log_entries: None,
            differs_from_said: Vec::new(),
        }
    }

    /// True where the database's tables are there, not the public files alone.
    pub(super) fn is_dump(&self) -> bool {
        self.election.is_some() || self.credentials.is_some()
    }

    /// How far the election went: as its row says or as its events say, whichever is further. Nothing goes back.
    pub(super) fn status(&self) -> &str {
        let told = self.told_status();
        let Some(election) = &self.election else { return told };
        let rank = |status: &str| STAGES.iter().position(|known| *known == status);
        if rank(told) > rank(&election.status) { told } else { &election.status }
    }

    /// How far the election went as its events and its result say.
    pub(super) fn told_status(&self) -> &'static str {
        let has = |kind: &str| self.events.iter().any(|event| event.event_type == kind);
        match () {
            () if self.published.is_some() || has("tally_completed") => "tallied",
            () if has("election_closed") => "closed",
            () if has("election_started") => "open",
            () => "",
        }
    }

    /// True where the export has a place for ballots, even an empty one.
    pub(super) fn has_ballots(&self) -> bool {
        self.ballots.is_some() || self.head.is_some() || self.has_empty_ballots
    }

    /// True once nobody can vote any more.
    pub(super) fn is_closed(&self) -> bool {
        matches!(self.status(), "closed" | "tallied")
    }

    /// The first event of a kind.
    pub(super) fn event(&self, kind: &str) -> Option<&Event> {
        self.events.iter().find(|event| event.event_type == kind)
    }

    /// Id of a candidate by id or name as a ranking writes it.
    pub(super) fn candidate_of(&self, text: &str) -> Option<i64> {
        let by_name = self.candidates.iter().find(|candidate| !candidate.name.is_empty() && candidate.name == text);
        by_name.map(|candidate| candidate.id).or_else(|| {
            let id = text.parse::<i64>().ok()?;
            self.candidates.iter().any(|candidate| candidate.id == id).then_some(id)
        })
    }
}

/// What of one public ballots file tells whose it is.
struct PublicBallots {
    set: Option<BallotSet>,
    file: FileId,
    path: String,
    head: Option<String>,
    stated_id: Option<String>,
    headers: Vec<(String, String)>,
    /// Values that a chain may start from: previous hashes that no row carries as its own, among the first rows.
    start: Option<String>,
    names: BTreeSet<String>,
}

struct PublicAudit {
    path: String,
    file: FileId,
    headers: Vec<(String, String)>,
    events: Vec<Event>,
    stated_id: Option<String>,
    genesis: Option<String>,
    names: BTreeSet<String>,
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Puts the evidence of a case together, election by election.
pub(super) fn gather(reader: &Reader) -> Result<Vec<Sources>, Error> {
    let files: Vec<EvidenceFile> = reader.evidence()?.into_iter().filter(|file| file.system == super::SYSTEM).collect();
    let path_of =
        |id: FileId| files.iter().find(|file| file.id == id).map(|file| file.path.clone()).unwrap_or_default();
    let said = said(reader)?;
    let mut elections = dumps(reader, &files)?;
    public(reader, &files, &said, &mut elections)?;
    for (election, assumed) in pair_said(&mut elections, &said) {
        apply_said(election, assumed);
    }
    attach_documents(reader, &path_of, &mut elections)?;
    for election in &mut elections {
        settle(election);
    }
    elections.sort_by(|left, right| left.id.cmp(&right.id));
    Ok(elections)
}

/// Ids and titles of the elections that a case speaks of.
pub(super) fn titles(reader: &Reader) -> Result<Vec<(String, String)>, Error> {
    Ok(gather(reader)?.into_iter().map(|sources| (sources.id.unwrap_or_default(), sources.title)).collect())
}

// ---------------------------------------------------------------------------------------------------------------- dumps

/// Elections of database dumps. Where several dumps hold one election the latest stage counts.
fn dumps(reader: &Reader, files: &[EvidenceFile]) -> Result<Vec<Sources>, Error> {
    // A file of several tables is a dump of its own; files of one table each in a folder are one dump together.
    let dump_of = |file: FileId| -> String {
        let found = files.iter().find(|known| known.id == file);
        match found {
            Some(found) if found.kind.contains('+') || !found.kind.starts_with("core_") => {
                format!("file {}", found.id.0)
            }
            Some(found) => format!("folder {}", folder(&found.path)),
            None => String::new(),
        }
    };
    let mut rows: BTreeMap<(String, &str), Vec<TableRow>> = BTreeMap::new();
    for table in [
        "core_election",
        "core_candidate",
        "core_exclusiongroup",
        "core_exclusiongroupcandidate",
        "core_votingcredential",
        "core_electionroll",
        "core_auditlogentry",
        "post_office_email",
    ] {
        for row in reader.rows(table)? {
            rows.entry((dump_of(row.place.file), table)).or_default().push(row);
        }
    }
    let mut sets: BTreeMap<(String, String), BallotSet> = BTreeMap::new();
    for BallotRun { file, election: named, first, last } in reader.ballot_runs()? {
        let Some(named) = named else { continue };
        let set =
            sets.entry((dump_of(file), named.clone())).or_insert(BallotSet { file, named: Some(named), first, last });
        set.first = set.first.min(first);
        set.last = set.last.max(last);
    }
    let names: BTreeSet<String> =
        rows.keys().map(|(dump, _)| dump.clone()).chain(sets.keys().map(|(dump, _)| dump.clone())).collect();
    let rejected = reader.rejects()?;
    let mut found: BTreeMap<String, Vec<Sources>> = BTreeMap::new();
    for dump in names {
        let of = |table: &'static str| rows.get(&(dump.clone(), table)).map_or(&[][..], Vec::as_slice);
        let has = |table: &'static str| {
            rows.contains_key(&(dump.clone(), table)) || holds_table(files, &dump, &dump_of, table)
        };
        let stored: Vec<Election> = of("core_election").iter().map(Election::from_row).collect();
        let mut ids: BTreeSet<String> = stored.iter().map(|election| election.id.clone()).collect();
        ids.extend(sets.keys().filter(|(known, _)| *known == dump).map(|(_, id)| id.clone()));
        let members: Vec<(String, i64)> =
            of("core_exclusiongroupcandidate").iter().filter_map(ExclusionGroup::member).collect();
        for id in ids {
            let mut sources = Sources::new();
            sources.election = stored.iter().find(|election| election.id == id).cloned();
            sources.title = sources.election.as_ref().map(|election| election.name.clone()).unwrap_or_default();
            sources.seats = sources.election.as_ref().and_then(|election| Some((election.seats?, Origin::Export)));
            sources.quorum = sources.election.as_ref().and_then(|election| Some((election.quorum?, Origin::Export)));
            sources.published = sources.election.as_ref().and_then(|election| {
                let value = serde_json::from_str(election.tally_result.as_deref()?).ok()?;
                Some((value, "core_election.tally_result".to_owned()))
            });
            sources.published_at = sources.published.as_ref().and(sources.election.as_ref()).map(|it| it.place);
            sources.ballots = sets.get(&(dump.clone(), id.clone())).cloned();
            // Ballots that could not be read are no empty table.
            sources.has_empty_ballots = sources.ballots.is_none() && has("core_ballot") && rejected.is_empty();
            sources.candidates = of("core_candidate")
                .iter()
                .filter_map(Candidate::from_row)
                .filter(|candidate| candidate.election_id == id)
                .collect();
            if has("core_exclusiongroup") {
                let groups = of("core_exclusiongroup").iter().map(ExclusionGroup::from_row);
                let groups = groups.filter(|group| group.election_id == id).map(|mut group| {
                    let own = members.iter().filter(|(known, _)| *known == group.id).map(|(_, candidate)| *candidate);
                    group.candidates.extend(own);
                    group
                });
                let groups: Vec<ExclusionGroup> = groups.collect();
                // Groups without any member say that the table of members was left out, not that they bind nobody.
                let are_known = groups.is_empty() || groups.iter().any(|group| !group.candidates.is_empty());
                sources.groups = are_known.then_some((groups, Origin::Export));
            }
            let credentials = of("core_votingcredential").iter().map(Credential::from_row);
            sources.credentials =
                has("core_votingcredential").then(|| credentials.filter(|it| it.election_id == id).collect());
            let roll = of("core_electionroll").iter().map(RollEntry::from_row);
            sources.roll = has("core_electionroll").then(|| roll.filter(|it| it.election_id == id).collect());
            let messages = of("post_office_email").iter().map(Message::from_row);
            sources.messages = has("post_office_email")
                .then(|| messages.filter(|it| it.election_id == id || it.election_id.is_empty()).collect());
            let is_own = |row: &&TableRow| {
                row.fields.iter().any(|(name, value)| name == "election_id" && value.as_deref() == Some(&id))
            };
            sources.events = of("core_auditlogentry").iter().filter(is_own).map(Event::from_row).collect();
            // A dump gives rows in whatever order they lie; their numbers are the order in which they were written.
            sources.events.sort_by_key(|event| event.id.parse::<i64>().unwrap_or(i64::MAX));
            sources.id = Some(id.clone());
            found.entry(id).or_default().push(sources);
        }
    }
    // The latest stage: further on in its life, then the longer log.
    let stage = |sources: &Sources| {
        let status = STAGES.iter().position(|known| *known == sources.status());
        (status.unwrap_or(0), sources.events.len())
    };
    Ok(found.into_values().filter_map(|dumps| dumps.into_iter().rev().max_by_key(stage)).collect())
}

/// Whether a dump has a table, even an empty one: files list the tables that they name. Django's own dumps name no empty ones.
fn holds_table(files: &[EvidenceFile], dump: &str, dump_of: &dyn Fn(FileId) -> String, table: &str) -> bool {
    files.iter().filter(|file| dump_of(file.id) == dump).any(|file| file.kind.split('+').any(|kind| kind == table))
}

// --------------------------------------------------------------------------------------------------------- public files

/// Adds the elections of public files; refuses files that belong to different elections but lie together as one.
fn public(reader: &Reader, files: &[EvidenceFile], said: &[Said], elections: &mut Vec<Sources>) -> Result<(), Error> {
    let ballots = public_ballots(reader, files)?;
    let audits = public_audits(reader, files)?;
    let mut used = BTreeSet::new();
    let mut groups: Vec<(Option<usize>, Vec<usize>, Vec<usize>)> = Vec::new();
    // Files of one chain belong together; the first of each kind counts, the others are copies.
    for (at, file) in ballots.iter().enumerate() {
        let same = groups.iter_mut().find(|(first, ..)| {
            first.is_some_and(|first| ballots[first].start == file.start && ballots[first].start.is_some())
        });
        match same {
            Some((_, copies, _)) => copies.push(at),
            None => groups.push((Some(at), Vec::new(), Vec::new())),
        }
    }
    for (at, audit) in audits.iter().enumerate() {
        let fits = |file: &PublicBallots| file.start.is_some() && file.start == audit.genesis;
        if let Some((.., own)) = groups.iter_mut().find(|(first, ..)| first.is_some_and(|first| fits(&ballots[first])))
        {
            own.push(at);
            used.insert(at);
        }
    }
    for (at, audit) in audits.iter().enumerate() {
        // Rows of a copy further down are not kept twice: such a file stands there without events and tells nothing new.
        let is_bare_copy = audit.events.is_empty() && audits.iter().any(|other| !other.events.is_empty());
        if used.contains(&at) || is_bare_copy {
            continue;
        }
        // A chain that was tampered with may start anywhere: the folder and the names on the ballots tell then.
        let near = groups.iter_mut().find(|(first, _, own)| {
            first.is_some_and(|first| {
                let file = &ballots[first];
                let is_same_place = folder(&file.path) == folder(&audit.path) || ballots.len() == 1;
                is_same_place && (own.is_empty() || own.iter().all(|other| audits[*other].genesis == audit.genesis))
            })
        });
        match near {
            Some((Some(first), _, own)) => {
                refuse_mixed(&ballots[*first], audit)?;
                own.push(at);
            }
            _ => {
                let known = groups.iter_mut().find(|(first, _, own)| {
                    first.is_none() && own.iter().any(|other| audits[*other].genesis == audit.genesis)
                });
                match known {
                    Some((.., own)) => own.push(at),
                    None => groups.push((None, Vec::new(), vec![at])),
                }
            }
        }
    }
    // About the only election everything was said; what was said last counts, also of two numbers.
    let said_here = said.last().filter(|_| said.len() == 1 || (groups.len() == 1 && elections.is_empty()));
    for (first, copies, own) in groups {
        let file = first.map(|first| &ballots[first]);
        let audit = own.first().map(|at| &audits[*at]);
        let genesis = audit.and_then(|audit| audit.genesis.clone());
        let stated =
            file.and_then(|file| file.stated_id.clone()).or_else(|| audit.and_then(|audit| audit.stated_id.clone()));
        let (id, origin) = match (stated, said_here.and_then(|said| Some((said.id.clone()?, said.origin.clone())))) {
            (Some(id), _) => (Some(id), Origin::Export),
            (None, Some((id, from))) => (Some(id), Origin::Said(from)),
            _ => {
                let start = genesis.clone().or_else(|| file.and_then(|file| file.start.clone()));
                let found = start.and_then(|start| rules::election_of_genesis(&start, MOST_ELECTIONS));
                let how = "it is the number whose genesis value the chain starts from";
                (found.map(|id| id.to_string()), Origin::FoundOut(how))
            }
        };
        let position = elections.iter().position(|known| known.id.is_some() && known.id == id);
        let sources = match position {
            Some(at) => &mut elections[at],
            None => {
                elections.push(Sources::new());
                elections.last_mut().expect("just added")
            }
        };
        if sources.id.is_none() {
            (sources.id, sources.id_origin) = (id, origin);
        }
        let sets = file.into_iter().chain(copies.iter().map(|at| &ballots[*at])).filter_map(|file| file.set.clone());
        for set in sets {
            if sources.ballots.is_none() {
                sources.ballots = Some(set);
            } else {
                sources.copies.push(set);
            }
        }
        if let Some(file) = file {
            sources.head = file.head.clone().map(|head| (head, file.file));
            sources.ballots_file = Some(file.file);
            sources.headers.extend(file.headers.iter().map(|(name, value)| (name.clone(), value.clone(), file.file)));
        }
        for at in own {
            sources.has_public_audit = true;
            let audit = &audits[at];
            sources.headers.extend(audit.headers.iter().map(|(name, value)| (name.clone(), value.clone(), audit.file)));
            let events = audits[at].events.clone();
            if sources.events.is_empty() {
                sources.events = events;
            } else {
                sources.event_copies.push(events);
            }
        }
    }
    Ok(())
}

fn public_ballots(reader: &Reader, files: &[EvidenceFile]) -> Result<Vec<PublicBallots>, Error> {
    let mut sets: BTreeMap<FileId, BallotSet> = BTreeMap::new();
    for BallotRun { file, election: named, first, last } in reader.ballot_runs()? {
        if files.iter().any(|known| known.id == file && known.kind.contains(PUBLIC_BALLOTS)) {
            let set = sets.entry(file).or_insert(BallotSet { file, named: None, first, last });
            set.last = last;
            debug_assert!(named.is_none(), "public rows name no election");
        }
    }
    let envelopes = reader.rows(PUBLIC_BALLOTS)?;
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.kind.contains(PUBLIC_BALLOTS)) {
        let set = sets.get(&file.id).cloned();
        let envelope = envelopes.iter().find(|row| row.place.file == file.id).and_then(document);
        let text = |name: &str| envelope.as_ref().and_then(|json| json.get(name)?.as_text().map(str::to_owned));
        let head = text("chain_head");
        let headers = envelope.as_ref().map(headers_of).unwrap_or_default();
        let stated_id =
            envelope.as_ref().and_then(|json| json.get("election_id")?.as_integer()).map(|id| id.to_string());
        let (mut previous, mut own, mut names) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
        if let Some(set) = &set {
            let mut count = 0;
            reader.scan_ballots((set.first - 1, set.last), &mut |ballot| {
                previous.extend(ballot.previous_chain_hash);
                own.extend(ballot.chain_hash);
                let ranking: Vec<String> =
                    ballot.ranking.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
                names.extend(ranking);
                count += 1;
                count < FIRST_BALLOTS
            })?;
        }
        let start = text("genesis_hash")
            .or_else(|| previous.iter().find(|hash| !own.contains(*hash)).cloned())
            .or_else(|| head.clone().filter(|_| set.is_none()));
        found.push(PublicBallots {
            set,
            file: file.id,
            path: file.path.clone(),
            head,
            stated_id,
            headers,
            start,
            names,
        });
    }
    Ok(found)
}

fn public_audits(reader: &Reader, files: &[EvidenceFile]) -> Result<Vec<PublicAudit>, Error> {
    let mut events: BTreeMap<FileId, Vec<Event>> = BTreeMap::new();
    let mut envelopes: BTreeMap<FileId, Json> = BTreeMap::new();
    reader.scan_rows(PUBLIC_AUDIT, &mut |row| {
        match document(&row) {
            Some(json) => {
                envelopes.insert(row.place.file, json);
            }
            None => events.entry(row.place.file).or_default().push(Event::from_row(&row)),
        }
        true
    })?;
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.kind.contains(PUBLIC_AUDIT)) {
        let events = events.remove(&file.id).unwrap_or_default();
        let started = events.iter().find(|event| event.event_type == "election_started");
        let text = |name: &str| started.and_then(|event| event.text(name)).map(str::to_owned);
        let candidates = started.and_then(|event| event.payload.get("candidates")?.as_array()).unwrap_or_default();
        let names = candidates.iter().filter_map(Candidate::from_json).map(|candidate| candidate.name).collect();
        let stated_id =
            envelopes.get(&file.id).and_then(|json| json.get("election_id")?.as_integer()).map(|id| id.to_string());
        let genesis = text("genesis_chain_hash").or_else(|| text("chain_anchor_hash"));
        let headers = envelopes.get(&file.id).map(headers_of).unwrap_or_default();
        found.push(PublicAudit { path: file.path.clone(), file: file.id, headers, events, stated_id, genesis, names });
    }
    Ok(found)
}

/// Texts beside the rows that can be computed again.
fn headers_of(envelope: &Json) -> Vec<(String, String)> {
    ["genesis_hash", "chain_head", "config_manifest_sha256"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), envelope.get(name)?.as_text()?.to_owned())))
        .collect()
}

/// Refuses a ballots file and an audit file of different elections. A chain that starts elsewhere is no proof of that, since
/// it may have been tampered with: the names on the ballots decide.
fn refuse_mixed(ballots: &PublicBallots, audit: &PublicAudit) -> Result<(), Error> {
    let (Some(start), Some(genesis)) = (&ballots.start, &audit.genesis) else { return Ok(()) };
    if start == genesis || ballots.names.is_empty() || audit.names.is_empty() {
        let are_both_empty = ballots.names.is_empty() && start != genesis;
        let number = |hash: &str| rules::election_of_genesis(hash, MOST_ELECTIONS);
        if !(are_both_empty && number(start).is_some() && number(genesis).is_some()) {
            return Ok(());
        }
    } else {
        let known = ballots.names.iter().filter(|name| audit.names.contains(*name)).count();
        if known * 2 >= ballots.names.len() {
            return Ok(());
        }
    }
    let told = |hash: &str| {
        rules::election_of_genesis(hash, MOST_ELECTIONS)
            .map_or_else(|| "an election of unknown number".to_owned(), |id| format!("election {id}"))
    };
    let message = format!(
        "{} belongs to {}, {} to {}: choose the ballots and the audit log of one election, or put each election into a folder of its own",
        ballots.path,
        told(start),
        audit.path,
        told(genesis)
    );
    Err(Error::Input { path: ballots.path.clone(), row: 0, column: String::new(), message })
}

fn document(row: &TableRow) -> Option<Json> {
    match row.fields.as_slice() {
        [(name, Some(text))] if name == "json" => Json::parse(text),
        _ => None,
    }
}

// ------------------------------------------------------------------------------------------------- documents and persons

/// What a person said about an election.
struct Said {
    id: Option<String>,
    origin: String,
    values: Json,
}

/// What counts of it, oldest first: what was said later about an election replaces what was said before.
fn said(reader: &Reader) -> Result<Vec<Said>, Error> {
    let mut latest: Vec<Said> = Vec::new();
    for assumption in reader.assumptions()?.into_iter().filter(|it| it.system == super::SYSTEM) {
        let Some(values) = Json::parse(&assumption.body) else { continue };
        let id = Some(assumption.election.clone()).filter(|id| !id.is_empty());
        latest.retain(|known| known.id != id);
        latest.push(Said { id, origin: assumption.origin, values });
    }
    Ok(latest)
}

/// Each election with what was said about it: by number, or the only one with what was said last, best without another number.
fn pair_said<'a>(elections: &'a mut [Sources], said: &'a [Said]) -> Vec<(&'a mut Sources, &'a Said)> {
    let is_alone = elections.len() == 1;
    elections
        .iter_mut()
        .filter_map(|election| {
            let fits = |said: &&Said| said.id == election.id && said.id.is_some() || is_alone && said.id.is_none();
            let own = said.iter().rev().find(fits).or_else(|| said.last().filter(|_| is_alone));
            own.map(|own| (election, own))
        })
        .collect()
}

fn apply_said(sources: &mut Sources, said: &Said) {
    let origin = || Origin::Said(said.origin.clone());
    if sources.title.is_empty()
        && let Some(name) = said.values.get("name").and_then(Json::as_text)
    {
        sources.title = name.to_owned();
    }
    if sources.seats.is_none() {
        sources.seats = said.values.get("number_of_seats").and_then(Json::as_integer).map(|seats| (seats, origin()));
    }
    if sources.quorum.is_none() {
        sources.quorum = said.values.get("quorum").and_then(Json::as_integer).map(|quorum| (quorum, origin()));
    }
    if sources.groups.is_none()
        && let Some(groups) = said.values.get("exclusion_groups").and_then(Json::as_array)
    {
        sources.groups = Some((groups.iter().map(ExclusionGroup::from_json).collect(), origin()));
    }
    let named: Vec<Candidate> = said
        .values
        .get("candidates")
        .and_then(Json::as_array)
        .unwrap_or_default()
        .iter()
        .filter_map(Candidate::from_json)
        .collect();
    let started = candidates_of_start(sources);
    if sources.candidates.is_empty() && started.is_empty() {
        (sources.candidates, sources.candidates_origin) = (named, origin());
    } else if !named.is_empty() {
        // The export's own list counts; a difference is told.
        let own = if sources.candidates.is_empty() { &started } else { &sources.candidates };
        for candidate in own {
            let same = named.iter().find(|other| other.id == candidate.id);
            let fits = same.is_some_and(|other| other.name == candidate.name && other.tiebreak == candidate.tiebreak);
            if !fits {
                sources.differs_from_said.push(format!("candidate:{}", candidate.id));
            }
        }
    }
}

/// Candidates as the event of the opening lists them.
pub(super) fn candidates_of_start(sources: &Sources) -> Vec<Candidate> {
    let started = sources.event("election_started");
    let list = started.and_then(|event| {
        let manifest = event.payload.get("config_manifest");
        event.payload.get("candidates").or_else(|| manifest?.get("candidates"))?.as_array()
    });
    list.unwrap_or_default().iter().filter_map(Candidate::from_json).collect()
}

/// Published results and log answers: to the only election, to the one in the same folder, or to the one whose candidates
/// they name.
fn attach_documents(
    reader: &Reader,
    path_of: &dyn Fn(FileId) -> String,
    elections: &mut [Sources],
) -> Result<(), Error> {
    for row in reader.rows(TALLY_RESULT)? {
        let Some(value) = json_of(&row) else { continue };
        let elected: Vec<i64> =
            value["elected"].as_array().map(|ids| ids.iter().filter_map(Value::as_i64).collect()).unwrap_or_default();
        let is_alone = elections.len() == 1;
        let owner = elections.iter_mut().find(|election| {
            let known: Vec<i64> = candidates_of_start(election)
                .into_iter()
                .chain(election.candidates.clone())
                .map(|candidate| candidate.id)
                .collect();
            is_alone || (!elected.is_empty() && elected.iter().all(|id| known.contains(id)))
        });
        if let Some(owner) = owner
            && owner.published.is_none()
        {
            owner.published = Some((value, path_of(row.place.file)));
            owner.published_at = Some(row.place);
        }
    }
    for row in reader.rows(LOG_ENTRIES)? {
        let Some(value) = json_of(&row) else { continue };
        let is_alone = elections.len() == 1;
        let path = path_of(row.place.file);
        let owner = elections.iter_mut().find(|election| {
            let named = election.events.iter().filter_map(|event| event.attestation.as_ref());
            is_alone || named.into_iter().any(|attestation| value.get(&attestation.entry_id).is_some())
        });
        if let Some(owner) = owner
            && owner.log_entries.is_none()
        {
            owner.log_entries = Some((value, path));
        }
    }
    Ok(())
}

fn json_of(row: &TableRow) -> Option<Value> {
    serde_json::from_str(row.fields.first()?.1.as_deref()?).ok()
}

/// Fills in what follows from the rest.
fn settle(sources: &mut Sources) {
    if sources.candidates.is_empty() {
        sources.candidates = candidates_of_start(sources);
    }
    if sources.groups.is_none() {
        let started = sources.event("election_started");
        let manifest =
            started.and_then(|event| event.payload.get("config_manifest")?.get("exclusion_groups")?.as_array());
        sources.groups =
            manifest.map(|groups| (groups.iter().map(ExclusionGroup::from_json).collect(), Origin::Export));
    }
    sources.candidates.sort_by(|left, right| (&left.name, left.id).cmp(&(&right.name, right.id)));
    if let Some((groups, _)) = &mut sources.groups {
        groups.sort_by(|left, right| (&left.name, &left.id).cmp(&(&right.name, &right.id)));
    }
    if sources.seats.is_none()
        && let Some((result, _)) = &sources.published
        && let Some(seats) = result.pointer("/rounds/0/seats").and_then(Value::as_i64)
    {
        sources.seats = Some((seats, Origin::FoundOut("the published result names it in its rounds")));
    }
    // Events that only a fuller copy holds: the stored file is written before the tally's own events.
    for copy in std::mem::take(&mut sources.event_copies) {
        let is_longer = copy.len() > sources.events.len()
            && copy
                .iter()
                .zip(&sources.events)
                .all(|(left, right)| left.event_type == right.event_type && left.payload == right.payload);
        if is_longer && copy[sources.events.len()..].iter().all(|event| event.event_type.starts_with("tally_")) {
            let shorter = std::mem::replace(&mut sources.events, copy);
            sources.event_copies.push(shorter);
        } else {
            sources.event_copies.push(copy);
        }
    }
}

/// The value that the chain must start from, and a word on which kind it is; `None` without an election number.
pub(super) fn genesis_of(sources: &Sources, start: Option<&str>) -> Option<(String, &'static str)> {
    let started = sources.event("election_started");
    let stated = started.and_then(|event| event.text("genesis_chain_hash"));
    if start == Some(LEGACY_GENESIS) && stated.is_none_or(|stated| stated == LEGACY_GENESIS) {
        return Some((LEGACY_GENESIS.to_owned(), "of releases before 2026"));
    }
    let id = sources.id.as_deref()?;
    if let Some(manifest) = started.and_then(|event| event.payload.get("config_manifest")) {
        return Some((rules::genesis_v2(id, &rules::manifest_digest(manifest)), "second version"));
    }
    Some((rules::genesis(id), "of this election"))
}

/// Where a value came from, in words for an assumption.
pub(super) fn told(what: &str, origin: &Origin) -> Option<String> {
    match origin {
        Origin::Export => None,
        Origin::Said(from) => Some(format!("{what} as given in {from}")),
        Origin::FoundOut(how) => Some(format!("{what}: {how}")),
    }
}

/// A place for findings about a whole file.
pub(super) fn whole_file(file: FileId) -> Place {
    Place { file, row: 0 }
}
