//! Whether voters can be linked to their ballots from what the export itself holds. It says how many, and by which path,
//! never which voter cast which ballot.

use std::collections::{BTreeMap, BTreeSet};

use domain::report::ReportTable;
use domain::{Finding, FindingCode, Severity};

use super::ballots::Seen;
use super::sources::Sources;

/// Electorates below this are small enough for ballots to be guessed from who voted.
const SMALL: u64 = 20;

/// One way from a voter to a ballot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) name: &'static str,
    /// Voters that it exposes.
    pub(super) voters: u64,
    /// How it goes, in a sentence.
    pub(super) told: String,
}

/// What the test of secrecy showed.
#[derive(Default)]
pub(super) struct Secrecy {
    pub(super) paths: Vec<Path>,
    pub(super) findings: Vec<Finding>,
}

impl Secrecy {
    /// For reports: paths with their numbers.
    pub(super) fn table(&self) -> ReportTable {
        let row = |path: &Path| vec![path.name.to_owned(), path.voters.to_string(), path.told.clone()];
        ReportTable {
            name: "secrecy".to_owned(),
            title: "Ways from a voter to a ballot".to_owned(),
            note: "How many voters each way would expose. The links themselves are never printed.".to_owned(),
            columns: ["Way", "Voters#", "How"].map(str::to_owned).to_vec(),
            rows: self.paths.iter().map(row).collect(),
        }
    }
}

/// Tests every path that the export could open.
pub(super) fn check(sources: &Sources, seen: &Seen) -> Secrecy {
    let mut secrecy = Secrecy::default();
    let credentials = sources.credentials.as_deref().unwrap_or_default();
    let roll = sources.roll.as_deref().unwrap_or_default();
    let named = count(credentials.iter().filter(|credential| credential.username.is_some()).count());
    if named > 0 {
        secrecy.paths.push(Path {
            name: "names beside credentials",
            voters: named,
            told: format!(
                "{named} credentials still carry the name of their voter, and each ballot carries its credential."
            ),
        });
    }
    if let Some(pairs) = order_of_issue(sources) {
        let told = match pairs.proved {
            Some((fitting, known)) => format!(
                "Credentials were issued in the order of names: {fitting} of {known} that still carry a name stand at its place in the sorted roll."
            ),
            None => "Credentials are issued in the order of names, and the roll keeps all names: the n-th credential belongs to the n-th name.".to_owned(),
        };
        secrecy.paths.push(Path { name: "order of issue", voters: pairs.voters, told });
    }
    let messages = sources.messages.as_deref().unwrap_or_default();
    let holding: BTreeSet<&str> = messages
        .iter()
        .filter(|message| message.has_credential() || has_nonce(&message.content))
        .map(|message| message.recipient.as_str())
        .collect();
    if !holding.is_empty() {
        secrecy.paths.push(Path {
            name: "kept messages",
            voters: count(holding.len()),
            told: format!(
                "Kept messages to {} people hold their credential or the receipt of their ballot.",
                holding.len()
            ),
        });
    }
    patterns(seen, roll.len(), &mut secrecy);
    conclude(sources, seen, &mut secrecy);
    secrecy
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn has_nonce(text: &str) -> bool {
    text.contains("Submission nonce") || text.contains("\"nonce\"")
}

struct Pairs {
    voters: u64,
    /// Where names are still there: how many stand at their place, of how many.
    proved: Option<(u64, u64)>,
}

/// Pairs credentials by number with the sorted roll; tells only whether and for how many it works.
fn order_of_issue(sources: &Sources) -> Option<Pairs> {
    let (credentials, roll) = (sources.credentials.as_ref()?, sources.roll.as_ref()?);
    if credentials.is_empty() || credentials.len() != roll.len() {
        return None;
    }
    let mut by_number: Vec<_> = credentials.iter().collect();
    by_number.sort_by_key(|credential| credential.id);
    let mut names: Vec<String> = roll.iter().map(|entry| entry.username.to_lowercase()).collect();
    names.sort();
    let known: Vec<bool> = by_number
        .iter()
        .zip(&names)
        .filter_map(|(credential, name)| credential.username.as_ref().map(|own| own.to_lowercase() == *name))
        .collect();
    let fitting = known.iter().filter(|fits| **fits).count();
    if !known.is_empty() && fitting * 10 < known.len() * 9 {
        return None;
    }
    Some(Pairs {
        voters: count(by_number.len()),
        proved: (!known.is_empty()).then(|| (count(fitting), count(known.len()))),
    })
}

/// Ballots that stand alone by what they rank, by their weight, or by when they were cast.
fn patterns(seen: &Seen, roll: usize, secrecy: &mut Secrecy) {
    if seen.finals == 0 {
        return;
    }
    let unique: u64 = seen.alike.values().filter(|count| **count == 1).count().try_into().unwrap_or(u64::MAX);
    let mut weights: BTreeMap<i64, u64> = BTreeMap::new();
    for ((_, weight), ballots) in &seen.alike {
        *weights.entry(*weight).or_default() += ballots;
    }
    let lone: u64 = weights.values().filter(|count| **count == 1).sum();
    if unique > 0 {
        secrecy.paths.push(Path {
            name: "unique rankings",
            voters: unique,
            told: format!("{unique} of {} counted ballots rank like no other of their weight: whoever promised or demanded such a ranking can recognise it.", seen.finals),
        });
    }
    if lone > 0 {
        secrecy.paths.push(Path {
            name: "unique weights",
            voters: lone,
            told: format!("{lone} counted ballots have a weight that no other has: whoever knows a voter's weight knows the ballot."),
        });
    }
    secrecy.paths.push(Path {
        name: "order of casting",
        voters: seen.finals,
        told: if seen.timed > 0 {
            "Each ballot carries the moment of its casting: access logs or witnesses of that moment name its voter.".to_owned()
        } else {
            "Ballots stand in the order of casting, without times: whoever noted the order in which people voted can follow it.".to_owned()
        },
    });
    let electorate = if roll > 0 { count(roll) } else { seen.finals };
    if electorate < SMALL {
        secrecy.paths.push(Path {
            name: "small electorate",
            voters: seen.finals,
            told: format!("Only {electorate} people could vote or did: ballots can be guessed from who they are."),
        });
    }
}

/// After closing a path from the database is a broken promise; before, and for what every export shows, it is told.
fn conclude(sources: &Sources, seen: &Seen, secrecy: &mut Secrecy) {
    let subject = format!("election:{}", sources.id.as_deref().unwrap_or("unknown"));
    let place = sources.election.as_ref().map(|election| election.place);
    let is_link = |path: &&Path| matches!(path.name, "names beside credentials" | "order of issue" | "kept messages");
    let links: Vec<&Path> = secrecy.paths.iter().filter(is_link).collect();
    let mut findings = Vec::new();
    // Where nobody voted there is nothing to be linked to.
    let has_votes = seen.finals > 0 || !sources.has_ballots();
    if !links.is_empty() && has_votes {
        let most = links.iter().map(|path| path.voters).max().unwrap_or(0);
        let told: Vec<&str> = links.iter().map(|path| path.told.as_str()).collect();
        let detail = format!("Up to {most} voters can be linked to their ballots. {}", told.join(" "));
        let mut finding = Finding::new(FindingCode::LinkExists, detail).about(subject.clone(), place);
        if !sources.is_closed() {
            finding = finding.as_info();
        }
        findings.push(finding);
    }
    for (code, names) in [
        (FindingCode::BallotsRecognisable, ["unique rankings", "unique weights", "small electorate"].as_slice()),
        (FindingCode::CastingOrderKept, ["order of casting"].as_slice()),
    ] {
        let own: Vec<&Path> = secrecy.paths.iter().filter(|path| names.contains(&path.name)).collect();
        if own.is_empty() {
            continue;
        }
        let told: Vec<&str> = own.iter().map(|path| path.told.as_str()).collect();
        let mut finding = Finding::new(code, told.join(" ")).about(subject.clone(), place);
        finding.severity = Severity::Info;
        findings.push(finding);
    }
    secrecy.findings = findings;
}
