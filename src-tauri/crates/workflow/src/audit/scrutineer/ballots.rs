//! One look at every published ballot: its content, its hashes, its signature, its place; then which of them count.
//!
//! Ballots are read in the order of the file, in pieces whose hashes are computed on all cores. Of each voter only the last
//! place is kept, and each way of marking once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::election::{Choices, SecondBallot};
use domain::report::{BallotChain, BallotChainBreak};
use domain::{FileId, Finding, FindingCode, Job, Sha256Digest};
use importers::scrutineer::rows::BallotRow;
use importers::scrutineer::rules::{self, BallotBody};
use importers::scrutineer::tables::BALLOTS;
use rayon::prelude::*;
use store::Reader;
use verification::keyed::signature_bytes;

use super::keys::Key;
use super::sources::{Sources, whole};
use crate::Error;
use crate::election::counting::BallotFigures;

/// Ballots of a piece.
const PIECE: usize = 4096;

/// What the look at all ballots gathered.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) rows: u64,
    /// Hash of the last ballot, or the genesis value.
    pub(super) head: String,
    pub(super) breaks: Vec<BallotChainBreak>,
    /// Signatures that fit.
    pub(super) signed: u64,
    /// Ballots whose content was there and hashed again.
    pub(super) hashed: u64,
    pub(super) figures: BallotFigures,
    /// Ballots that voters cast, replaced and excluded ones among them.
    pub(super) cast_by_voters: u64,
    /// Chain hashes of those, in an election whose log names them.
    pub(super) voters_chain: Vec<(String, String)>,
    /// Excluded ballots: place in the chain, hash, batch, where it stands, what the file says about it.
    pub(super) excluded: Vec<Excluded>,
    /// Each way of marking a whole ballot with its votes and ballots, as they first appeared; full form only.
    pub(super) ways: Vec<(Choices, u64, u64)>,
    /// Ballots that count, by weight.
    pub(super) weights: BTreeMap<u64, u64>,
    /// Names of members that no ballot should have.
    pub(super) unknown: BTreeSet<String>,
    /// Voters whose text is no pseudonym.
    pub(super) unmasked: u64,
    pub(super) findings: Vec<Finding>,
}

/// An excluded ballot.
pub(super) struct Excluded {
    pub(super) position: u64,
    pub(super) hash: String,
    pub(super) batch: Option<u64>,
    pub(super) place: domain::Place,
    /// Why, as the ballots file says.
    pub(super) reason: String,
}

/// What one ballot shows by itself.
struct Checked {
    row: BallotRow,
    body: Option<BallotBody>,
    is_hash_right: bool,
    is_link_right: bool,
    /// `None` without a key.
    signature: Option<bool>,
    is_on_paper: bool,
}

/// Findings that name ballots, in the order in which they are told.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Wrong {
    Hash,
    Unreadable,
    ChainHash,
    Link,
    Genesis,
    Position,
    Signature,
    Unsigned,
    Choices,
    Weight,
    Unmarked,
    Marked,
    Twice,
}

impl Wrong {
    fn told(self) -> (FindingCode, &'static str, &'static str) {
        use FindingCode as F;
        match self {
            Self::Hash => (
                F::HashMismatch,
                "ballots.hashes",
                "ballots carry a hash that their content does not give: the content or the hash was altered.",
            ),
            Self::Unreadable => (
                F::HashMismatch,
                "ballots.hashes",
                "ballots have a content that is not in the one form that is hashed: a member is missing, unknown, twice or of another kind.",
            ),
            Self::ChainHash => (
                F::HashMismatch,
                "ballots.chain",
                "ballots carry a chain hash that does not follow from the hash before and their own hash.",
            ),
            Self::Link => (
                F::LinkBroken,
                "ballots.chain",
                "ballots do not follow the ballot before them: between them one is missing, was added or moved.",
            ),
            Self::Genesis => (
                F::GenesisWrong,
                "ballots.chain",
                "The first ballot does not follow the genesis value of this election.",
            ),
            Self::Position => {
                (F::LinkBroken, "ballots.chain", "ballots stand at another place than the one they name.")
            }
            Self::Signature => (
                F::SignatureMismatch,
                "ballots.signatures",
                "ballots carry a signature that the key of the election does not give.",
            ),
            Self::Unsigned => (F::VoteUnsigned, "ballots.signatures", "ballots carry no signature."),
            Self::Choices => (
                F::NotOnBallot,
                "ballot.definition",
                "ballots name something that was not on the ballot paper, or are marked as it does not allow.",
            ),
            Self::Weight => (
                F::TotalsDisagree,
                "ballots.eligible",
                "ballots stand for several votes, or for none, in an election where each has one.",
            ),
            Self::Unmarked => (
                F::OutsidePeriod,
                "ballots.reopened",
                "ballots were cast after voting had been reopened and are not marked so.",
            ),
            Self::Marked => (
                F::OutsidePeriod,
                "ballots.reopened",
                "ballots are marked as cast in a reopened window that the log does not know.",
            ),
            Self::Twice => (
                F::VotedTwice,
                "ballots.single",
                "ballots are of voters who have more than one, and the rules refuse a second one.",
            ),
        }
    }
}

struct Look<'a> {
    sources: &'a Sources,
    key: Option<&'a Key>,
    is_full: bool,
    /// Ballots up to this place were cast before voting was reopened.
    before_reopening: Option<u64>,
    wrong: BTreeMap<Wrong, Finding>,
    seen: Seen,
    /// The last place of each voter.
    last: HashMap<String, u64>,
    /// Voters who have more than one ballot.
    repeated: BTreeSet<String>,
}

impl Look<'_> {
    /// What a ballot shows without its neighbours.
    fn check(&self, row: BallotRow) -> Checked {
        let content = row.content();
        let (body, is_exact) = match content {
            Some((body, is_exact)) => (Some(body), is_exact),
            None => (None, false),
        };
        let is_hash_right = !self.is_full
            || row.computed_hash().is_some_and(|hash| hash.to_hex() == row.hash) && (is_exact || body.is_none());
        let is_link_right = row.computed_chain().is_some_and(|chain| chain.to_hex() == row.chain);
        let signature = self.key.map(|key| {
            let stated = row.signature.as_deref().and_then(signature_bytes);
            let chain = Sha256Digest::from_hex(&row.chain);
            chain
                .zip(stated)
                .is_some_and(|(chain, stated)| key.keyed.fits(rules::signed_text(chain).as_bytes(), &stated))
        });
        let is_on_paper = match (&body, &self.sources.setup) {
            (Some(body), Some(setup)) => {
                body.election == self.sources.id
                    && setup.accept(&body.choices).is_ok_and(|accepted| accepted == body.choices)
            }
            _ => true,
        };
        Checked { row, body, is_hash_right, is_link_right, signature, is_on_paper }
    }

    fn accuse(&mut self, wrong: Wrong, row: &BallotRow) {
        let (code, claim, _) = wrong.told();
        let finding = self.wrong.entry(wrong).or_insert_with(|| Finding::new(code, String::new()).against(claim));
        if finding.subjects.len() < domain::finding::LISTED_ROWS {
            finding.add(row.subject(), Some(row.place));
        } else {
            finding.unlisted += 1;
        }
    }

    fn take(&mut self, checked: &Checked) {
        let row = &checked.row;
        self.seen.rows += 1;
        let place = self.seen.rows;
        if !checked.is_hash_right {
            self.accuse(Wrong::Hash, row);
        }
        if self.is_full && checked.body.is_none() {
            self.accuse(Wrong::Unreadable, row);
        }
        self.seen.hashed += u64::from(self.is_full && checked.body.is_some());
        let mut broken = |kind: &str| {
            self.seen.breaks.push(BallotChainBreak { kind: kind.to_owned(), subject: row.subject() });
        };
        let (mut is_first_wrong, mut is_link_broken) = (false, false);
        if !checked.is_link_right {
            broken("chain_hash_mismatch");
        }
        if row.previous != self.seen.head {
            is_first_wrong = place == 1;
            is_link_broken = place > 1;
            broken(if place == 1 { "missing_genesis" } else { "disconnected" });
        }
        for (is_wrong, wrong) in [
            (!checked.is_link_right, Wrong::ChainHash),
            (is_first_wrong, Wrong::Genesis),
            (is_link_broken, Wrong::Link),
            (row.position != Some(place), Wrong::Position),
            (!checked.is_on_paper, Wrong::Choices),
        ] {
            if is_wrong {
                self.accuse(wrong, row);
            }
        }
        row.chain.clone_into(&mut self.seen.head);
        match (&row.signature, checked.signature) {
            (None, _) => self.accuse(Wrong::Unsigned, row),
            (_, Some(false)) => self.accuse(Wrong::Signature, row),
            (_, fits) => self.seen.signed += u64::from(fits == Some(true)),
        }
        self.seen.unknown.extend(row.unknown.iter().cloned());
        if !self.is_full && row.body.is_some() {
            self.seen.unknown.insert("body".to_owned());
        }
        self.body(checked, place);
    }

    /// What hangs on who voted and with which weight.
    fn body(&mut self, checked: &Checked, place: u64) {
        let row = &checked.row;
        let is_secret = self.sources.setup.as_ref().is_none_or(domain::election::Setup::is_secret);
        let voter =
            if self.is_full { checked.body.as_ref().and_then(|body| body.voter.clone()) } else { row.voter.clone() };
        if let Some(voter) = voter {
            self.seen.cast_by_voters += 1;
            if is_secret {
                self.seen.unmasked += u64::from(Sha256Digest::from_hex(&voter).is_none());
            } else {
                self.seen.voters_chain.push((row.chain.clone(), row.subject()));
            }
            if self.last.insert(voter.clone(), place).is_some() {
                self.repeated.insert(voter);
            }
        }
        if let Some(excluded) = &row.excluded {
            let told: serde_json::Value = serde_json::from_str(excluded).unwrap_or_default();
            self.seen.excluded.push(Excluded {
                position: place,
                hash: row.hash.clone(),
                batch: checked.body.as_ref().and_then(|body| body.batch),
                place: row.place,
                reason: told["reason"].as_str().unwrap_or_default().to_owned(),
            });
        }
        let Some(body) = &checked.body else { return };
        let is_weighted = self.sources.setup.as_ref().is_none_or(|setup| setup.weighted);
        if body.weight == 0 || (body.weight != 1 && (!is_weighted || body.voter.is_none())) {
            self.accuse(Wrong::Weight, row);
        }
        match (self.before_reopening, body.reopened) {
            (Some(before), false) if place > before => self.accuse(Wrong::Unmarked, row),
            (Some(before), true) if place <= before => self.accuse(Wrong::Marked, row),
            (None, true) if !self.sources.entries.is_empty() => self.accuse(Wrong::Marked, row),
            _ => {}
        }
    }
}

/// Hands over the ballots of a file in order, in pieces.
fn pieces(
    reader: &Reader,
    file: FileId,
    job: &dyn Job,
    mut take: impl FnMut(Vec<BallotRow>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut piece = Vec::with_capacity(PIECE);
    let mut failed = None;
    reader.scan_rows(BALLOTS, &mut |row| {
        if row.place.file == file {
            piece.push(BallotRow::from_row(&row));
        }
        if piece.len() == PIECE {
            job.advance(u64::try_from(PIECE).unwrap_or(0));
            failed = take(std::mem::replace(&mut piece, Vec::with_capacity(PIECE))).err();
            if job.is_cancelled() {
                failed = Some(Error::Cancelled);
            }
        }
        failed.is_none()
    })?;
    match failed {
        Some(error) => Err(error),
        None => take(piece),
    }
}

/// Looks at all ballots of an election.
pub(super) fn look(reader: &Reader, sources: &Sources, key: Option<&Key>, job: &dyn Job) -> Result<Seen, Error> {
    let genesis = rules::genesis(&sources.id).to_hex();
    let Some(file) = &sources.ballots else { return Ok(Seen { head: genesis, ..Seen::default() }) };
    let mut look = Look {
        sources,
        key,
        is_full: sources.is_full(),
        before_reopening: before_reopening(sources),
        wrong: BTreeMap::new(),
        seen: Seen { head: genesis.clone(), ..Seen::default() },
        last: HashMap::new(),
        repeated: BTreeSet::new(),
    };
    job.begin("Checking ballots", sources.election.as_ref().and_then(|it| it.value["ballots"].as_u64()));
    pieces(reader, file.file, job, |piece| {
        let checked: Vec<Checked> = piece.into_par_iter().map(|row| look.check(row)).collect();
        for checked in &checked {
            look.take(checked);
        }
        Ok(())
    })?;
    count(reader, file.file, &mut look, job)?;
    let Look { wrong, mut seen, .. } = look;
    for (kind, mut finding) in wrong {
        let many = u64::try_from(finding.subjects.len()).unwrap_or(u64::MAX).saturating_add(finding.unlisted);
        let (_, _, told) = kind.told();
        finding.detail =
            if kind == Wrong::Genesis { told.to_owned() } else { format!("{many} of {} {told}", seen.rows) };
        seen.findings.push(finding);
    }
    for (name, stated) in [
        ("genesis", file.text_of("genesis").map(str::to_owned)),
        ("frozen.genesis", sources.frozen("genesis").as_str().map(str::to_owned)),
    ] {
        if let Some(stated) = stated
            && stated != genesis
        {
            let detail = format!("The {name} that is stated is not the one that the election's id gives.");
            seen.findings.push(
                Finding::new(FindingCode::GenesisWrong, detail)
                    .about(sources.subject(), file.place())
                    .against("ballots.chain"),
            );
        }
    }
    heads(sources, &mut seen);
    Ok(seen)
}

/// Ballots that were in the chain when voting ended for the first time, where it was reopened afterwards.
fn before_reopening(sources: &Sources) -> Option<u64> {
    let reopened = sources.all("election_rollback").find(|event| event.text("to_status") == Some("open"))?;
    let closed = sources.all("election_closed").filter(|event| event.number < reopened.number).last()?;
    closed.number_of("ballots")
}

/// Which ballots count: the last one of each voter, unless it was excluded; an excluded one brings no earlier one back.
fn count(reader: &Reader, file: FileId, look: &mut Look<'_>, job: &dyn Job) -> Result<(), Error> {
    let is_full = look.is_full;
    let refuses = look.sources.setup.as_ref().is_some_and(|setup| setup.second_ballot == SecondBallot::Refuse);
    let (last, mut figures) = (std::mem::take(&mut look.last), BallotFigures::default());
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut ways: Vec<(Choices, u64, u64)> = Vec::new();
    let mut weights: BTreeMap<u64, u64> = BTreeMap::new();
    pieces(reader, file, job, |piece| {
        let piece: Vec<(BallotRow, Option<BallotBody>)> = piece
            .into_par_iter()
            .map(|row| (row.content().map(|(body, _)| body), row))
            .map(|(body, row)| (row, body))
            .collect();
        for (row, body) in piece {
            figures.all += 1;
            figures.reopened += u64::from(body.as_ref().is_some_and(|body| body.reopened));
            let voter = if is_full { body.as_ref().and_then(|body| body.voter.clone()) } else { row.voter.clone() };
            let is_last = voter.as_ref().is_none_or(|voter| last.get(voter) == Some(&figures.all));
            if refuses && voter.as_ref().is_some_and(|voter| look.repeated.contains(voter)) {
                look.accuse(Wrong::Twice, &row);
            }
            if row.excluded.is_some() {
                figures.excluded += 1;
            } else if !is_last {
                figures.replaced += 1;
            } else {
                figures.counted += 1;
                figures.paper += u64::from(voter.is_none());
                let Some(body) = body else { continue };
                figures.votes = figures.votes.saturating_add(body.weight);
                figures.blank += u64::from(body.choices.is_empty());
                *weights.entry(body.weight).or_default() += 1;
                let text = serde_json::to_string(&body.choices).unwrap_or_default();
                let next = ways.len();
                let at = *places.entry(text).or_insert(next);
                if at == next {
                    ways.push((body.choices, 0, 0));
                }
                ways[at].1 = ways[at].1.saturating_add(body.weight);
                ways[at].2 += 1;
            }
        }
        Ok(())
    })?;
    look.seen.figures = figures;
    look.seen.ways = ways;
    look.seen.weights = weights;
    Ok(())
}

/// C205: the end of the chain and the number of ballots against everything that records them.
fn heads(sources: &Sources, seen: &mut Seen) {
    let closed = sources.last("election_closed");
    let certificate = sources.certificate.as_ref().map(|(file, _)| file);
    let result = sources.result.as_ref().map(|(file, _)| file);
    let recorded = [
        ("the ballots file", sources.ballots.as_ref().map(|file| (&file.value, file.place()))),
        ("the election file", sources.election.as_ref().map(|file| (&file.value, file.place()))),
        ("the event of the close", closed.map(|event| (&event.detail, Some(event.place)))),
        ("the certificate", certificate.map(|file| (&file.value, file.place()))),
        ("the result", result.map(|file| (&file.value, file.place()))),
    ];
    for (what, found) in recorded {
        let Some((value, place)) = found else { continue };
        let head = value["chain_head"].as_str().filter(|head| *head != seen.head);
        let rows = value["ballots"].as_u64().filter(|rows| *rows != seen.rows);
        if head.is_none() && rows.is_none() {
            continue;
        }
        let mut told = format!("The chain of ballots does not end as {what} records it");
        if let Some(rows) = rows {
            told.push_str(&format!(": {rows} ballots there, {} in the chain", seen.rows));
        }
        told.push('.');
        seen.breaks.push(BallotChainBreak { kind: "head_mismatch".to_owned(), subject: String::new() });
        let place = place.or(sources.ballots.as_ref().map(|file| whole(file.file)));
        seen.findings.push(
            Finding::new(FindingCode::HeadDiffers, told).about(sources.subject(), place).against("ballots.chain"),
        );
    }
}

impl Seen {
    /// The answer about the chain, in the shape of all ballot chains.
    pub(super) fn answer(&self) -> BallotChain {
        BallotChain {
            rows: self.rows,
            verified: self.breaks.is_empty(),
            head: self.head.clone(),
            breaks: self.breaks.clone(),
        }
    }
}
