//! What an election prints beside letters and certificate: result, ballot paper, receipt, the pages around a close.

use std::path::{Path, PathBuf};

use domain::Instant;
use importers::scrutineer::rules;
use reports::documents::{ballot, close, election_result, receipt_slip};
use serde_json::{Value, json};
use store::tables::native::election::ElectionRow;

use super::print::render;
use super::{ContestResult, ElectionResult, Outcome, Receipt, find, zone};
use crate::export::{make_folder, write_table};
use crate::{Case, Error};

/// Paper of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptPaper {
    /// A6, for a small printer.
    Slip,
    /// A4.
    Sheet,
}

/// A contest as the result report shows it, from the stored count.
fn contest_of(row: &ElectionRow, contest: &ContestResult) -> election_result::Contest {
    let setup = row.setup.contest(&contest.id);
    let count = &contest.count;
    let known: Vec<(String, String)> = count["candidates"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|candidate| {
            let id = match &candidate["id"] {
                Value::String(id) => id.clone(),
                other => other.to_string(),
            };
            (id, candidate["name"].as_str().unwrap_or_default().to_owned())
        })
        .collect();
    let candidates: Vec<(String, String)> = if known.is_empty() {
        setup
            .into_iter()
            .flat_map(|setup| setup.standing().map(|candidate| (candidate.id.clone(), candidate.name.clone())))
            .collect()
    } else {
        known
    };
    let place = |id: &Value| {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        candidates.iter().position(|(known, _)| *known == id)
    };
    let places = |value: &Value| value.as_array().into_iter().flatten().filter_map(place).collect::<Vec<usize>>();
    let rounds: Vec<election_result::CountedRound> = count["rounds"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|round| election_result::CountedRound {
            round: round["round"].as_u64().and_then(|number| usize::try_from(number).ok()).unwrap_or_default(),
            votes: candidates.iter().map(|(id, _)| round["votes"][id.as_str()].as_str().map(str::to_owned)).collect(),
            quota: round["quota"].as_str().map(str::to_owned),
            elected: places(&round["elected"]),
            excluded: places(&round["excluded"]),
            exhausted: round["exhausted"].as_str().unwrap_or_default().to_owned(),
            sentence: round["sentence"].as_str().unwrap_or_default().to_owned(),
        })
        .collect();
    let last = |id: &str| {
        let mut votes = rounds.iter().rev();
        let at = candidates.iter().position(|(known, _)| known == id);
        at.and_then(|at| votes.find_map(|round| round.votes.get(at).cloned().flatten()))
            .unwrap_or_else(|| "0".to_owned())
    };
    let shown: Vec<election_result::Candidate> = candidates
        .iter()
        .map(|(id, name)| election_result::Candidate {
            name: name.clone(),
            votes: last(id),
            is_written_in: domain::election::ballot::written_in(id).is_some(),
        })
        .collect();
    let text = rules::tie_order_text(&row.id, &contest.tie_order, &contest.tie_order_nonce);
    let rule = &count["rule"];
    election_result::Contest {
        title: contest.title.clone(),
        rule: match rule["name"].as_str() {
            Some(name) => format!("{name} {}", rule["version"].as_str().unwrap_or_default()),
            None => setup.map(|setup| setup.method.clone()).unwrap_or_default(),
        },
        seats: contest.seats,
        outcome: match contest.outcome {
            Outcome::Decided => election_result::ContestOutcome::Decided,
            Outcome::PartlyDecided => election_result::ContestOutcome::PartlyDecided,
            Outcome::Undecided => election_result::ContestOutcome::Undecided,
            Outcome::NoVotes => election_result::ContestOutcome::NoVotes,
            Outcome::QuorumNotMet => election_result::ContestOutcome::QuorumNotMet,
        },
        votes: contest.votes,
        elected: contest.elected.iter().filter_map(|id| place(&json!(id))).collect(),
        candidates: shown,
        sentences: contest.sentences.clone(),
        rounds,
        tie_order: (!contest.tie_order.is_empty()).then(|| election_result::TieOrder {
            order: contest
                .tie_order
                .iter()
                .map(|id| setup.map_or_else(|| id.clone(), |setup| setup.shown(id)))
                .collect(),
            nonce: contest.tie_order_nonce.clone(),
            commitment: row.facts["tie_order_sha256"][contest.id.as_str()].as_str().unwrap_or_default().to_owned(),
            text,
            decided: count["tie_dependent"].as_bool().unwrap_or(false) || !contest.tied.is_empty(),
        }),
    }
}

/// A text as a QR code for the screen: modules along one side with the light rim, and the dark ones as the data of an SVG path.
/// Nothing where no code holds as much.
pub fn square_code(text: &str) -> Option<(u32, String)> {
    let code = reports::QrCode::encode(text.as_bytes(), reports::Correction::M)?;
    let rim = reports::QrCode::QUIET_ZONE;
    let runs = code.runs().into_iter();
    let path = runs.map(|(row, from, to)| format!("M{} {}h{}v1h-{}z", from + rim, row + rim, to - from, to - from));
    Some((u32::try_from(code.side() + 2 * rim).ok()?, path.collect()))
}

impl Case {
    fn result_sheet(&self, id: &str) -> Result<(ElectionResult, election_result::ElectionResult), Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let result = self
            .election_result(id)?
            .ok_or_else(|| Error::refused("this election is not counted yet; count it first"))?;
        let zone_name = &row.setup.time_zone;
        let told = |at: Option<&String>| zone::told(at, zone_name);
        let exclusions = elections.exclusions(id)?.into_iter().map(|exclusion| election_result::Exclusion {
            ballot: format!("ballot {}", exclusion.position),
            reason: exclusion.reason,
            person: if exclusion.second.is_empty() {
                exclusion.excluded_by
            } else {
                format!("{} and {}", exclusion.excluded_by, exclusion.second)
            },
            at: told(Some(&exclusion.excluded_at)),
        });
        let batches = self.paper_batches(id)?.into_iter().map(|batch| election_result::PaperBatch {
            label: batch.label,
            ballots: batch.ballots,
            state: batch.state,
            entered_by: batch.entered_by,
            attested_by: batch.attested_by,
        });
        let sheet = election_result::ElectionResult {
            election: result.title.clone(),
            election_id: result.election_id.clone(),
            period: format!("{} to {} ({zone_name})", told(row.opened_at.as_ref()), told(row.closed_at.as_ref())),
            counted_at: format!("{} ({zone_name})", told(Some(&result.counted_at))),
            // What the report tells with people and times is not told twice.
            remarks: result.remarks.iter().filter(|remark| !ElectionResult::is_figure(remark)).cloned().collect(),
            exclusions: exclusions.collect(),
            batches: batches.collect(),
            participation: election_result::Participation {
                eligible: result.eligible_voters,
                voters: result.voters,
                quorum_required: result.quorum_required,
                ballots: result.ballots,
                counted: result.ballots_counted,
                replaced: result.ballots_replaced,
                excluded: result.ballots_excluded,
                blank: result.ballots_blank,
                paper: result.ballots_paper,
                reopened: result.ballots_reopened,
            },
            contests: result.contests.iter().map(|contest| contest_of(&row, contest)).collect(),
            chain_head: result.chain_head.clone(),
            rules_sha256: row.facts["setup_sha256"].as_str().unwrap_or_default().to_owned(),
            result_sha256: result.sha256(),
            files: Vec::new(),
            ledger_head: self.printed_head()?,
        };
        Ok((result, sheet))
    }

    /// Prints the result with all rounds, as PDF and as one CSV for each table.
    ///
    /// # Errors
    /// Refused before the count.
    pub fn print_result(&mut self, id: &str, pdf: Option<&Path>, csv: Option<&Path>) -> Result<Vec<PathBuf>, Error> {
        let (result, sheet) = self.result_sheet(id)?;
        let mut written = Vec::new();
        if let Some(path) = pdf {
            let mut document = election_result::document(&sheet);
            self.carry_ledger_head(&mut document, &sheet.ledger_head)?;
            render(&document, &result.counted_at, path)?;
            written.push(path.to_owned());
        }
        if let Some(folder) = csv {
            make_folder(folder)?;
            for table in election_result::tables(&sheet) {
                let path = folder.join(format!("{}.csv", table.name));
                write_table(&table, &path)?;
                written.push(path);
            }
        }
        self.record("report.print", json!({"election": id, "report": "result", "files": written.len()}))?;
        Ok(written)
    }

    /// Prints the ballot paper, as a specimen until the election is open.
    ///
    /// # Errors
    /// No such election.
    pub fn print_ballot(&self, id: &str, pdf: &Path) -> Result<(), Error> {
        let row = find(&self.file()?.elections(), id)?;
        let sheet = ballot::BallotSheet {
            is_specimen: row.opened_at.is_none(),
            is_contest_a_page: false,
            hand_in: row.setup.place.clone(),
        };
        render(&ballot::document(&row.setup, &sheet), &row.created_at, pdf)
    }

    /// Prints what a voter keeps.
    ///
    /// # Errors
    /// [`Error::Output`].
    pub fn print_receipt(&self, receipt: &Receipt, paper: ReceiptPaper, pdf: &Path) -> Result<(), Error> {
        let row = find(&self.file()?.elections(), &receipt.election_id)?;
        let slip = receipt_slip::ReceiptSlip {
            election: receipt.title.clone(),
            code: receipt.ballot_hash.clone(),
            nonce: receipt.nonce.clone(),
            votes: receipt.weight,
            position: receipt.position,
            previous_chain_hash: receipt.previous_chain_hash.clone(),
            chain_hash: receipt.chain_hash.clone(),
            replaces: receipt.replaces,
            published: row.setup.contact.clone(),
            paper: match paper {
                ReceiptPaper::Slip => reports::Paper::A6,
                ReceiptPaper::Sheet => reports::Paper::A4,
            },
        };
        // A receipt of a secret election tells no time.
        let at = row.opened_at.clone().unwrap_or_default();
        render(&receipt_slip::document(&slip), &at, pdf)
    }

    /// Prints the page that is looked at before a close.
    ///
    /// # Errors
    /// Refused unless the election is open.
    pub fn print_pre_close(&self, id: &str, pdf: &Path) -> Result<(), Error> {
        use close::{CheckItem, CheckState};
        let page = self.pre_close(id)?;
        let row = find(&self.file()?.elections(), id)?;
        let zone_name = &row.setup.time_zone;
        let turnout = &page.turnout;
        let item = |text: &str, note: String, is_done: bool| CheckItem {
            text: text.to_owned(),
            is_required: true,
            note,
            state: if is_done { CheckState::Done } else { CheckState::Open },
        };
        let quorum = match turnout.quorum_required {
            0 => "no quorum is asked for".to_owned(),
            required if turnout.quorum_met => format!("quorum of {required} met"),
            required => format!("quorum of {required} not met"),
        };
        let checklist = vec![
            item("Name, id and state (open) are those intended", String::new(), false),
            item("Now against the configured end: not early by mistake", String::new(), !page.is_early),
            item("Participation seen; quorum met or not is stated", quorum, false),
            item("Unusual ballot volume and reports of trouble noted", String::new(), page.remarks.is_empty()),
            item("No open incident that argues for extending", String::new(), page.incidents.is_empty()),
            item("Ending early: notice to voters is prepared", String::new(), !page.is_early || page.early_end_notice),
            item("What closing destroys was read; count now or later is chosen", String::new(), false),
            item("Type the election id or name to confirm", String::new(), false),
        ];
        let destroys = if page.destroys.is_secret {
            vec![
                format!("Which of {} credentials belongs to whom", page.destroys.credentials),
                format!("The text of {} messages with credentials", page.destroys.messages),
                "The salt of the voters' pseudonyms".to_owned(),
            ]
        } else {
            Vec::new()
        };
        let sheet = close::PreClose {
            election: page.title.clone(),
            election_id: page.election_id.clone(),
            now: zone::told(Some(&page.now), zone_name),
            ends: zone::told(page.ends_at.as_ref(), zone_name),
            is_early: page.is_early,
            eligible: turnout.eligible_voters,
            voters: turnout.voters,
            quorum_required: turnout.quorum_required,
            ballots: turnout.ballots,
            remarks: page.remarks.clone(),
            incidents: page.incidents.clone(),
            destroys,
            checklist,
            people: Vec::new(),
            ledger_head: self.printed_head()?,
        };
        let at = Instant::parse(&page.now).map(Instant::to_iso).unwrap_or_default();
        let mut document = close::before(&sheet);
        self.carry_ledger_head(&mut document, &sheet.ledger_head)?;
        render(&document, &at, pdf)
    }
}
