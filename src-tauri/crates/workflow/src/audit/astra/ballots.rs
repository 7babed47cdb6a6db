//! One look at every ballot: its link, its marks, what it weighs and ranks; then the walk over the chain.
//!
//! Blocks of ballots are looked at on all threads. A block keeps the runs of rows that follow one another, so memory does
//! not grow with the ballots; what must be compared over all rows (hashes, replacements) goes over piles.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError};

use domain::report::{BallotChain, BallotChainBreak};
use domain::{BallotRecord, Finding, FindingCode, Job};
use importers::astra::rules;
use store::Reader;
use verification::{Fingerprints, Piles, Slip};

use super::sources::{BallotSet, Sources};
use crate::Error;
use crate::audit::blocks::in_blocks_of;

/// Rows that are kept one by one for a count in the order of the export; where there are more, equal rankings are put
/// together.
pub(super) const COUNTED_IN_ORDER: u64 = 20_000;
/// Rows that one finding of this pass names.
const NAMED: usize = domain::finding::LISTED_ROWS;

/// Rows that follow one another in the order of the export.
#[derive(Clone, Debug)]
struct Run {
    first: i64,
    last: i64,
    /// Previous hash of the first row.
    start: String,
    /// Chain hash of the last row.
    end: String,
    rows: u64,
}

/// A final ballot as the count takes it.
#[derive(Clone, Debug)]
pub(super) struct FinalBallot {
    pub(super) ranking: Vec<i64>,
    pub(super) weight: i64,
}

/// What the look at all ballots gathered.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) rows: u64,
    /// Ballots that nothing replaced.
    pub(super) finals: u64,
    pub(super) final_weight: i128,
    /// Rows whose chain hash does not follow from their own fields.
    wrong_hash: Vec<i64>,
    /// Rows without a hash that can be read.
    incomplete: Vec<i64>,
    /// Rows whose mark of counting contradicts what replaced them.
    wrong_mark: Vec<i64>,
    /// Rows that rank somebody who is no candidate, or nobody, or somebody twice.
    not_on_ballot: Vec<i64>,
    wrong_weight: Vec<i64>,
    runs: Vec<Run>,
    /// Final ballots in the order of the export; empty where it has more than [`COUNTED_IN_ORDER`] rows.
    pub(super) in_order: Vec<FinalBallot>,
    /// Final ballots by ranking and weight: for the count, and for questions of secrecy.
    pub(super) alike: Alike,
    /// Newest time of casting.
    pub(super) last_at: Option<domain::Instant>,
    /// Times of casting that stand in the rows.
    pub(super) timed: u64,
    /// Rows that have a ranking, a weight, a mark of counting: a column that no row has was left out of the export.
    pub(super) ranked: u64,
    pub(super) weighted: u64,
    marked: u64,
    /// Rows cast before the start or after the close.
    early: Vec<i64>,
    late: Vec<i64>,
}

fn is_hash(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
}

/// How many ballots there are of each ranking and weight.
type Alike = BTreeMap<(Vec<i64>, i64), u64>;

struct Look<'a> {
    /// Of all blocks together: sums do not depend on which block came first.
    alike: Mutex<Alike>,
    /// Start and close, where they are known.
    period: (Option<domain::Instant>, Option<domain::Instant>),
    /// Whether there are few enough ballots to be counted in the order of the export.
    keeps_order: bool,
    names: Names<'a>,
    prints: &'a Fingerprints,
    by_hash: &'a Piles,
}

/// Ballots between two looks at whether the job was cancelled.
const STRETCH: i64 = 50_000;

/// Kinds of slips.
const ROW: u32 = 0;
const REPLACED: u32 = 1;

impl Look<'_> {
    fn block(&self, reader: &Reader, set: &BallotSet, range: (i64, i64)) -> Result<Seen, Error> {
        let mut seen = Seen::default();
        let mut slips = Vec::new();
        reader.scan_ballots(range, &mut |ballot| {
            if set.named == ballot.election_id && ballot.place.is_some_and(|place| place.file == set.file) {
                self.row(&mut seen, &mut slips, ballot);
            }
            true
        })?;
        self.by_hash.add(&slips)?;
        let mut alike = self.alike.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, count) in std::mem::take(&mut seen.alike) {
            *alike.entry(kind).or_default() += count;
        }
        Ok(seen)
    }

    fn row(&self, seen: &mut Seen, slips: &mut Vec<Slip>, ballot: BallotRecord) {
        let number = ballot.number;
        seen.rows += 1;
        let (hash, previous, chain) =
            (ballot.ballot_hash.as_deref(), ballot.previous_chain_hash.as_deref(), ballot.chain_hash.as_deref());
        if is_hash(hash) && is_hash(previous) && is_hash(chain) {
            let (hash, previous, chain) =
                (hash.unwrap_or_default(), previous.unwrap_or_default(), chain.unwrap_or_default());
            let mut stated = [0u8; 32];
            let read = domain::digest::decode_lower_hex(chain.as_bytes(), &mut stated);
            if read.is_none() || stated != rules::link(previous, hash) {
                seen.wrong_hash.push(number);
            }
            match seen.runs.last_mut() {
                Some(run) if run.end == previous => {
                    run.last = number;
                    run.rows += 1;
                    chain.clone_into(&mut run.end);
                }
                _ => seen.runs.push(Run {
                    first: number,
                    last: number,
                    start: previous.to_owned(),
                    end: chain.to_owned(),
                    rows: 1,
                }),
            }
        } else {
            seen.incomplete.push(number);
        }
        seen.ranked += u64::from(ballot.ranking.is_some());
        seen.weighted += u64::from(ballot.weight.is_some());
        seen.marked += u64::from(ballot.is_counted.is_some());
        let is_final = ballot.superseded_by.is_none();
        if ballot.counts() != Some(is_final) {
            seen.wrong_mark.push(number);
        }
        // In dumps rows are replaced by number, in public files by hash; both are rows of the same election.
        let own_key = |ballot: &BallotRecord| match &ballot.id {
            Some(id) => self.prints.of(&["id", id]),
            None => self.prints.of(&["hash", ballot.ballot_hash.as_deref().unwrap_or_default()]),
        };
        slips.push(Slip { key: own_key(&ballot), kind: ROW, order: number, number, ..Slip::default() });
        if ballot.id.is_some() {
            let key = self.prints.of(&["hash", hash.unwrap_or_default()]);
            slips.push(Slip { key, kind: ROW, order: number, number, ..Slip::default() });
        }
        if let Some(target) = &ballot.superseded_by {
            let kind = if ballot.id.is_some() { "id" } else { "hash" };
            slips.push(Slip {
                key: self.prints.of(&[kind, target]),
                kind: REPLACED,
                order: number,
                number,
                ..Slip::default()
            });
        }
        let weight = ballot.weight.as_deref().and_then(|text| text.parse::<i64>().ok());
        if !weight.is_some_and(|weight| (1..=1_000_000).contains(&weight)) {
            seen.wrong_weight.push(number);
        }
        let ranking = self.names.ranking(&ballot);
        match &ranking {
            Some((ranking, is_plain)) => {
                let distinct: BTreeSet<&i64> = ranking.iter().collect();
                let is_sound = *is_plain
                    && !ranking.is_empty()
                    && distinct.len() == ranking.len()
                    && (self.names.ids.is_empty() || ranking.iter().all(|id| *id >= 0));
                if !is_sound {
                    seen.not_on_ballot.push(number);
                }
            }
            None => seen.not_on_ballot.push(number),
        }
        if let Some(at) = ballot.created_at.as_deref().and_then(domain::Instant::parse) {
            seen.timed += 1;
            seen.last_at = seen.last_at.max(Some(at));
            if self.period.0.is_some_and(|start| at < start) {
                seen.early.push(number);
            }
            if self.period.1.is_some_and(|end| at > end) {
                seen.late.push(number);
            }
        }
        if is_final {
            let (ranking, weight) = (ranking.map(|(ranking, _)| ranking).unwrap_or_default(), weight.unwrap_or(0));
            seen.finals += 1;
            seen.final_weight += i128::from(weight);
            if self.keeps_order {
                seen.in_order.push(FinalBallot { ranking: ranking.clone(), weight });
            }
            *seen.alike.entry((ranking, weight)).or_default() += 1;
        }
    }
}

/// Candidates by the texts that rankings name them by.
struct Names<'a> {
    sources: &'a Sources,
    /// Ids of candidates by name.
    ids: HashMap<&'a str, i64>,
}

impl<'a> Names<'a> {
    fn of(sources: &'a Sources) -> Self {
        let named = |candidate: &&importers::astra::rows::Candidate| !candidate.name.is_empty();
        let ids =
            sources.candidates.iter().filter(named).map(|candidate| (candidate.name.as_str(), candidate.id)).collect();
        Self { sources, ids }
    }

    /// Candidates by id; somebody who is no candidate is -1. Numbers in other notations are taken as the origin's count takes
    /// them: texts as numbers, `true` as 1, fractions cut; anything else is left out there and makes the ranking unsound
    /// here. `None` where the ranking cannot be read.
    fn ranking(&self, ballot: &BallotRecord) -> Option<(Vec<i64>, bool)> {
        let items: Vec<serde_json::Value> = serde_json::from_str(ballot.ranking.as_deref()?).ok()?;
        let mut is_sound = true;
        let known = |id: i64| {
            let is_known = self.ids.is_empty() || self.sources.candidates.iter().any(|candidate| candidate.id == id);
            if is_known { id } else { -1 }
        };
        let ranking = items.iter().filter_map(|item| match item {
            serde_json::Value::String(text) => {
                Some(self.ids.get(text.as_str()).copied().or_else(|| self.sources.candidate_of(text)).unwrap_or(-1))
            }
            serde_json::Value::Number(number) if number.is_i64() => number.as_i64().map(known),
            serde_json::Value::Number(number) => {
                is_sound = false;
                let text = number.to_string();
                text.split('.').next().and_then(|whole| whole.parse().ok()).map(known)
            }
            serde_json::Value::Bool(value) => {
                is_sound = false;
                Some(known(i64::from(*value)))
            }
            _ => {
                is_sound = false;
                None
            }
        });
        let ranking = ranking.collect();
        Some((ranking, is_sound))
    }
}

/// Goes over the ballots that nothing replaced, with their rankings as the count takes them.
pub(super) fn each_final(
    reader: &Reader,
    sources: &Sources,
    set: &BallotSet,
    job: &dyn Job,
    each: &mut dyn FnMut(&BallotRecord, &[i64]),
) -> Result<(), Error> {
    let names = Names::of(sources);
    let mut after = set.first - 1;
    while after < set.last {
        if job.is_cancelled() {
            return Err(Error::Cancelled);
        }
        let up_to = after.saturating_add(STRETCH).min(set.last);
        reader.scan_ballots((after, up_to), &mut |ballot| {
            let is_of_set = set.named == ballot.election_id && ballot.place.is_some_and(|place| place.file == set.file);
            if is_of_set && ballot.superseded_by.is_none() {
                let ranking = names.ranking(&ballot).map(|(ranking, _)| ranking).unwrap_or_default();
                each(&ballot, &ranking);
            }
            true
        })?;
        after = up_to;
    }
    Ok(())
}

impl Seen {
    fn append(&mut self, mut other: Self) {
        self.rows += other.rows;
        self.finals += other.finals;
        self.final_weight += other.final_weight;
        self.timed += other.timed;
        self.ranked += other.ranked;
        self.weighted += other.weighted;
        self.marked += other.marked;
        self.last_at = self.last_at.max(other.last_at);
        for (own, more) in [
            (&mut self.wrong_hash, &mut other.wrong_hash),
            (&mut self.incomplete, &mut other.incomplete),
            (&mut self.wrong_mark, &mut other.wrong_mark),
            (&mut self.not_on_ballot, &mut other.not_on_ballot),
            (&mut self.wrong_weight, &mut other.wrong_weight),
            (&mut self.early, &mut other.early),
            (&mut self.late, &mut other.late),
        ] {
            own.append(more);
        }
        let mut runs = other.runs.into_iter();
        if let (Some(last), Some(first)) = (self.runs.last_mut(), runs.as_slice().first())
            && last.end == first.start
        {
            last.last = first.last;
            last.end.clone_from(&first.end);
            last.rows += first.rows;
            runs.next();
        }
        self.runs.extend(runs);
        self.in_order.append(&mut other.in_order);
    }
}

/// Looks at all ballots of an election once. Answers also their hashes and what replaced them, for [`replacements`].
pub(super) fn look(
    reader: &Reader,
    sources: &Sources,
    set: &BallotSet,
    job: &dyn Job,
) -> Result<(Seen, Piles, Vec<Finding>), Error> {
    let (prints, by_hash) = (Fingerprints::default(), Piles::default());
    let rows = u64::try_from(set.last - set.first + 1).unwrap_or(u64::MAX);
    let election = sources.election.as_ref();
    let closed = sources.event("election_closed").and_then(|event| event.at.filter(|_| !event.is_from_public_file));
    let end = closed.or_else(|| election.and_then(|election| election.end)).filter(|_| sources.is_closed());
    let look = Look {
        period: (election.and_then(|election| election.start), end),
        alike: Mutex::default(),
        keeps_order: rows <= COUNTED_IN_ORDER,
        names: Names::of(sources),
        prints: &prints,
        by_hash: &by_hash,
    };
    let mut seen = Seen::default();
    job.begin("Checking ballots", Some(rows));
    in_blocks_of(
        reader,
        (set.first - 1, set.last),
        job,
        |reader, range| look.block(reader, set, range),
        |block| seen.append(block),
    )?;
    seen.alike = std::mem::take(&mut *look.alike.lock().unwrap_or_else(PoisonError::into_inner));
    for (having, accused) in [
        (seen.ranked, &mut seen.not_on_ballot),
        (seen.weighted, &mut seen.wrong_weight),
        (seen.marked, &mut seen.wrong_mark),
    ] {
        if having == 0 {
            accused.clear();
        }
    }
    let mut findings = Vec::new();
    let mut say = |code: FindingCode, numbers: &[i64], detail: String| -> Result<(), Error> {
        if !numbers.is_empty() {
            findings.push(name(reader, Finding::new(code, detail), numbers)?);
        }
        Ok(())
    };
    let count = |numbers: &[i64]| numbers.len();
    say(
        FindingCode::FieldsMissing,
        &seen.incomplete,
        format!("{} ballots lack a hash, or it is not 64 lower-case hex letters.", count(&seen.incomplete)),
    )?;
    say(
        FindingCode::CountedFlagWrong,
        &seen.wrong_mark,
        "A ballot counts exactly when nothing replaced it; these marks say something else. The origin's count goes by the replacement, its lists by the mark.".to_owned(),
    )?;
    if !sources.candidates.is_empty() {
        say(
            FindingCode::NotOnBallot,
            &seen.not_on_ballot,
            "A ranking names somebody who was no candidate, names somebody twice, or is empty. The hash of the ballot does not protect the exported ranking.".to_owned(),
        )?;
    }
    say(
        FindingCode::TotalsDisagree,
        &seen.wrong_weight,
        "A weight is a whole number from 1 to 1,000,000; no credential has another.".to_owned(),
    )?;
    for (numbers, detail) in [
        (&seen.early, "The ballot was cast before the election was opened."),
        (&seen.late, "The ballot was cast after the election was closed."),
    ] {
        say(FindingCode::OutsidePeriod, numbers, detail.to_owned())?;
    }
    Ok((seen, by_hash, findings))
}

/// Names ballots in a finding.
fn name(reader: &Reader, mut finding: Finding, numbers: &[i64]) -> Result<Finding, Error> {
    for ballot in reader.ballots_by_number(&numbers[..numbers.len().min(NAMED)])? {
        finding.add(ballot.subject(), ballot.place);
    }
    finding.unlisted = u64::try_from(numbers.len().saturating_sub(NAMED)).unwrap_or(0);
    Ok(finding)
}

/// What the comparison of hashes and replacements over all rows showed.
#[derive(Default)]
struct Pairs {
    /// Rows that share a hash.
    same: Vec<i64>,
    /// Rows replaced by nothing that is there.
    nowhere: Vec<i64>,
    /// Rows replaced by themselves or by an earlier row.
    earlier: Vec<i64>,
    /// Rows that were replaced by one and the same row.
    shared: Vec<i64>,
}

/// Compares hashes and replacements over all rows. Only a ballot further on in the chain can replace one.
pub(super) fn replacements(reader: &Reader, by_hash: &Piles, chain: &Chain) -> Result<Vec<Finding>, Error> {
    let mut findings = Vec::new();
    let found = by_hash.groups(Pairs::default, |pairs: &mut Pairs, group: &[Slip]| -> Result<(), Error> {
        let rows: Vec<i64> = group.iter().filter(|slip| slip.kind == ROW).map(|slip| slip.number).collect();
        let replaced: Vec<i64> = group.iter().filter(|slip| slip.kind == REPLACED).map(|slip| slip.number).collect();
        if rows.len() > 1 {
            pairs.same.extend(&rows);
        }
        match rows.first() {
            None => pairs.nowhere.extend(&replaced),
            Some(target) => {
                let target = chain.position(*target);
                pairs.earlier.extend(replaced.iter().filter(|number| chain.position(**number) >= target));
            }
        }
        if replaced.len() > 1 {
            pairs.shared.extend(&replaced);
        }
        Ok(())
    })?;
    let all = |of: fn(&Pairs) -> &Vec<i64>| -> Vec<i64> {
        let mut numbers: Vec<i64> = found.iter().flat_map(|pairs| of(pairs).iter().copied()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        numbers
    };
    for (code, numbers, detail) in [
        (
            FindingCode::VotedTwice,
            all(|pairs| &pairs.same),
            "The same ballot stands in the export more than once: each submission has a hash of its own.",
        ),
        (
            FindingCode::ReplacementWrong,
            all(|pairs| &pairs.nowhere),
            "The ballot is said to be replaced by one that is not in the export.",
        ),
        (
            FindingCode::ReplacementWrong,
            all(|pairs| &pairs.earlier),
            "The ballot is said to be replaced by itself or by an earlier one; only a later one can replace it.",
        ),
        (
            FindingCode::ReplacementWrong,
            all(|pairs| &pairs.shared),
            "Several ballots are said to be replaced by the same one; each replaces one.",
        ),
    ] {
        if !numbers.is_empty() {
            findings.push(name(reader, Finding::new(code, detail), &numbers)?);
        }
    }
    Ok(findings)
}

/// What the walk over the chain showed.
pub(super) struct Chain {
    /// The origin's shape of the answer.
    pub(super) answer: BallotChain,
    /// The value it was walked from.
    pub(super) genesis: Option<String>,
    /// First rows of the runs with the place of each run in the chain, by row.
    places: Vec<(i64, usize)>,
    pub(super) findings: Vec<Finding>,
}

impl Chain {
    /// Where a row stands in the chain, to be compared with other rows.
    fn position(&self, number: i64) -> (usize, i64) {
        let at = self.places.partition_point(|(first, _)| *first <= number);
        (at.checked_sub(1).map_or(usize::MAX, |at| self.places[at].1), number)
    }
}

/// Walks the chain from the genesis value.
#[allow(clippy::too_many_lines, reason = "one walk with all that can go wrong on it")]
pub(super) fn walk(
    reader: &Reader,
    sources: &Sources,
    set: Option<&BallotSet>,
    seen: &Seen,
    job: &dyn Job,
) -> Result<Chain, Error> {
    let ends: BTreeSet<&str> = seen.runs.iter().map(|run| run.end.as_str()).collect();
    let start = seen.runs.iter().map(|run| run.start.as_str()).find(|start| !ends.contains(start));
    let known = super::sources::genesis_of(sources, start);
    let genesis = known.as_ref().map(|(genesis, _)| genesis.clone()).or_else(|| start.map(str::to_owned));
    let mut findings = Vec::new();
    let mut breaks: Vec<(i64, BallotChainBreak)> = Vec::new();
    let subject_of = |number: i64| -> Result<String, Error> {
        Ok(reader.ballots_by_number(&[number])?.first().map(BallotRecord::subject).unwrap_or_default())
    };
    for number in seen.incomplete.iter().chain(&seen.wrong_hash).take(NAMED) {
        breaks.push((
            *number,
            BallotChainBreak { kind: "chain_hash_mismatch".to_owned(), subject: subject_of(*number)? },
        ));
    }
    if !seen.wrong_hash.is_empty() {
        let detail = format!(
            "{} of {} ballots carry a chain hash that does not follow from their previous hash and ballot hash: one of the three was altered.",
            seen.wrong_hash.len(),
            seen.rows
        );
        findings.push(name(reader, Finding::new(FindingCode::HashMismatch, detail), &seen.wrong_hash)?);
    }
    let runs = split_at_forks(reader, set, &seen.runs, genesis.as_deref(), job)?;
    let mut by_start: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, run) in runs.iter().enumerate() {
        by_start.entry(&run.start).or_default().push(at);
    }
    // Forks: several rows behind one hash, wherever they lie.
    for rivals in by_start.values().filter(|rivals| rivals.len() > 1) {
        let numbers: Vec<i64> = rivals.iter().map(|at| runs[*at].first).collect();
        for number in &numbers[1..] {
            breaks.push((*number, BallotChainBreak { kind: "fork".to_owned(), subject: subject_of(*number)? }));
        }
        let detail = format!("{} ballots claim the same predecessor.", numbers.len());
        findings.push(name(reader, Finding::new(FindingCode::ChainFork, detail), &numbers)?);
    }
    // The walk: from the genesis value, at a fork along the branch that goes on longest.
    let mut reached = vec![false; runs.len()];
    let mut order = Vec::new();
    let mut head = genesis.clone().unwrap_or_default();
    let mut has_cycle = false;
    while let Some(next) = by_start.get(head.as_str()) {
        let free: Vec<usize> = next.iter().copied().filter(|at| !reached[*at]).collect();
        let Some(best) = free.into_iter().max_by_key(|at| (length(&runs, &by_start, *at), std::cmp::Reverse(*at)))
        else {
            has_cycle = true;
            break;
        };
        reached[best] = true;
        order.push(best);
        head.clone_from(&runs[best].end);
    }
    if has_cycle {
        let last = order.last().map_or(0, |at| runs[*at].last);
        breaks.push((last, BallotChainBreak { kind: "cycle".to_owned(), subject: subject_of(last)? }));
        let detail = "The chain leads back to a ballot that it passed before.";
        findings.push(name(reader, Finding::new(FindingCode::LinkBroken, detail), &[last])?);
    }
    let first_row = runs.iter().map(|run| run.first).min();
    let starts_wrong = !runs.is_empty() && order.is_empty();
    if let (true, Some(first)) = (starts_wrong, first_row) {
        breaks.push((first, BallotChainBreak { kind: "missing_genesis".to_owned(), subject: subject_of(first)? }));
        let other = start.and_then(|start| rules::election_of_genesis(start, 1_000_000));
        let other = other.map(|id| format!(" It starts from the value of election {id}.")).unwrap_or_default();
        let detail = format!(
            "No ballot follows the genesis value {}.{other}",
            known.as_ref().map_or("of this election", |(_, kind)| kind)
        );
        findings.push(name(reader, Finding::new(FindingCode::GenesisWrong, detail), &[first])?);
        // What there is can still be walked, so that the other breaks are told too.
        if let Some(start) = start {
            head = start.to_owned();
            while let Some(next) = by_start.get(head.as_str()).and_then(|next| next.iter().find(|at| !reached[**at])) {
                reached[*next] = true;
                order.push(*next);
                head.clone_from(&runs[*next].end);
            }
        }
    }
    let rivals: BTreeSet<usize> = by_start.values().filter(|rivals| rivals.len() > 1).flatten().copied().collect();
    let lost: Vec<usize> = (0..runs.len()).filter(|at| !reached[*at]).collect();
    let disconnected: Vec<i64> = lost.iter().filter(|at| !rivals.contains(at)).map(|at| runs[*at].first).collect();
    if !disconnected.is_empty() {
        let rows: u64 = lost.iter().map(|at| runs[*at].rows).sum();
        for number in &disconnected {
            breaks.push((*number, BallotChainBreak { kind: "disconnected".to_owned(), subject: subject_of(*number)? }));
        }
        let detail = format!(
            "{rows} of {} ballots are not reached from the genesis value: before {} a ballot is missing, or a link was altered.",
            seen.rows,
            if disconnected.len() == 1 { "the one named" } else { "each of those named" }
        );
        findings.push(name(reader, Finding::new(FindingCode::LinkBroken, detail), &disconnected)?);
    }
    let reached_rows: u64 = order.iter().map(|at| runs[*at].rows).sum();
    let is_in_order = order.windows(2).all(|pair| runs[pair[0]].last < runs[pair[1]].first);
    if lost.is_empty() && !is_in_order && !starts_wrong {
        let detail = "The rows stand in another order than the chain; the links put them right.";
        findings.push(
            Finding::new(FindingCode::OrderDiffers, detail)
                .about("ballots".to_owned(), set.map(|set| super::sources::whole_file(set.file))),
        );
    }
    let is_whole = reached_rows == seen.rows && breaks.is_empty();
    if let Some((stated, file)) = &sources.head
        && *stated != head
    {
        let last = order.last().map(|at| runs[*at].last);
        let subject = last.map(subject_of).transpose()?.unwrap_or_default();
        breaks.push((i64::MAX, BallotChainBreak { kind: "head_mismatch".to_owned(), subject: subject.clone() }));
        let detail =
            format!("The file names {} as its chain head, but the chain ends at {}.", short(stated), short(&head));
        let mut finding = Finding::new(FindingCode::HeadDiffers, detail);
        match last.map(|last| reader.ballots_by_number(&[last])).transpose()?.and_then(|rows| rows.into_iter().next()) {
            Some(ballot) => finding.add(ballot.subject(), ballot.place),
            None => finding.add("ballots".to_owned(), Some(super::sources::whole_file(*file))),
        }
        findings.push(finding);
    }
    breaks.sort_by(|left, right| (left.0, &left.1.kind).cmp(&(right.0, &right.1.kind)));
    let has_head = sources.head.as_ref().is_none_or(|(stated, _)| *stated == head);
    let mut rank = vec![usize::MAX; runs.len()];
    for (place, run) in order.iter().enumerate() {
        rank[*run] = place;
    }
    let mut places: Vec<(i64, usize)> = runs.iter().zip(rank).map(|(run, rank)| (run.first, rank)).collect();
    places.sort_unstable();
    if genesis.as_deref() == Some(rules::LEGACY_GENESIS) && !runs.is_empty() {
        let detail = "The chain starts from the value that releases before 2026 used for every election.";
        let first = runs.iter().map(|run| run.first).min().unwrap_or_default();
        findings.push(name(reader, Finding::new(FindingCode::GenesisWrong, detail).as_info(), &[first])?);
    }
    if let (Some(file), None) = (sources.ballots_file, &sources.head) {
        let detail = "The file names no chain head, which every public file of ballots does: whether its end is whole cannot be told from it.";
        let place = Some(super::sources::whole_file(file));
        findings.push(Finding::new(FindingCode::FieldsMissing, detail).about("chain_head".to_owned(), place));
    }
    let answer = BallotChain {
        rows: seen.rows,
        verified: is_whole && has_head && !starts_wrong && known.is_some(),
        head,
        breaks: breaks.into_iter().map(|(_, broken)| broken).collect(),
    };
    Ok(Chain { answer, genesis, places, findings })
}

/// A hash as reports show it.
pub(super) fn short(hash: &str) -> String {
    match (hash.get(..8), hash.get(hash.len().saturating_sub(8)..)) {
        (Some(head), Some(tail)) if hash.len() > 20 => format!("{head}…{tail}"),
        _ => hash.to_owned(),
    }
}

/// Rows on the longest way from a run on.
fn length(runs: &[Run], by_start: &BTreeMap<&str, Vec<usize>>, from: usize) -> u64 {
    let (mut total, mut at, mut steps) = (0, from, 0);
    loop {
        total += runs[at].rows;
        steps += 1;
        match by_start.get(runs[at].end.as_str()).and_then(|next| next.first()) {
            Some(next) if steps <= runs.len() => at = *next,
            _ => return total,
        }
    }
}

/// Runs cut where a row elsewhere follows one of their middle rows, so that forks lie at the ends of runs.
fn split_at_forks(
    reader: &Reader,
    set: Option<&BallotSet>,
    runs: &[Run],
    genesis: Option<&str>,
    job: &dyn Job,
) -> Result<Vec<Run>, Error> {
    let ends: BTreeSet<&str> = runs.iter().map(|run| run.end.as_str()).collect();
    let wanted: BTreeSet<&str> = runs
        .iter()
        .map(|run| run.start.as_str())
        .filter(|start| Some(*start) != genesis && !ends.contains(start))
        .collect();
    let (false, Some(set)) = (wanted.is_empty(), set) else { return Ok(runs.to_vec()) };
    let mut cuts: Vec<(i64, String)> = Vec::new();
    in_blocks_of(
        reader,
        (set.first - 1, set.last),
        job,
        |reader, range| {
            let mut found = Vec::new();
            reader.scan_ballots(range, &mut |ballot| {
                if ballot.election_id == set.named
                    && ballot.place.is_some_and(|place| place.file == set.file)
                    && let Some(hash) = ballot.chain_hash
                    && wanted.contains(hash.as_str())
                {
                    found.push((ballot.number, hash));
                }
                true
            })?;
            Ok(found)
        },
        |found: Vec<(i64, String)>| cuts.extend(found),
    )?;
    let mut parts = Vec::new();
    for run in runs {
        let mut rest = run.clone();
        for (number, hash) in cuts.iter().filter(|(number, _)| (run.first..run.last).contains(number)) {
            let mut rows = 0;
            let mut next = None;
            reader.scan_ballots((rest.first - 1, rest.last), &mut |ballot| {
                if ballot.election_id != set.named || ballot.place.is_none_or(|place| place.file != set.file) {
                    return true;
                }
                if ballot.number > *number {
                    next = Some(ballot.number);
                    return false;
                }
                rows += 1;
                true
            })?;
            let Some(next) = next else { continue };
            let head = Run { last: *number, end: hash.clone(), rows, ..rest.clone() };
            rest = Run { first: next, start: hash.clone(), rows: rest.rows.saturating_sub(rows), ..rest };
            parts.push(head);
        }
        parts.push(rest);
    }
    Ok(parts)
}
