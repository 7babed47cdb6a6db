//! Publication: the files that anybody can verify, and a look beforehand at what they could give away.
//!
//! | file | holds |
//! | --- | --- |
//! | `election.json` | rules, ballot paper, what was committed at opening, the seal of the close |
//! | `ballots.json` | every ballot with its hash, its chain and its signature; with choices, or without |
//! | `audit.json` | the ledger entries of the election, and hashes of those that stay private |
//! | `result.json` | the result with rounds, as it was certified |
//! | `certificate.json` | who certified it |
//! | `event-log.json` | the same entries in the common data format NIST SP 1500-101 |
//! | `signing-key.json` | the signing key, where it was revealed |
//! | `SHA256SUMS`, `README.txt` | digests, and how to check |
//!
//! In the *sealed* form ballots are published without their choices, and the choices apart, each way of marking once with its
//! votes: nobody who watched who voted when can read a vote off the order. Voters still find their own code.
//!
//! Members of the files: `importers/src/scrutineer/mod.rs`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use domain::election::{ElectionAct, Phase};
use importers::scrutineer::rules;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Elections;
use store::tables::native::election::ElectionRow;

use super::result::newest;
use super::{Approval, ElectionResult, Gravity, counting, event_log, find, hex};
use crate::export::{make_folder, write_whole};
use crate::{Case, Error};

/// In which form ballots are published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PublicForm {
    /// With their choices, in the order of the chain.
    Full,
    /// Codes in the order of the chain, choices apart.
    Sealed,
}

/// Something that a publication could give away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrivacyRisk {
    /// A short stable name: `order`, `unique_ballots`, `small_election`, `small_weight_group`, `small_paper_group`, `unanimous`.
    pub name: &'static str,
    /// How many ballots it is about.
    pub ballots: u64,
    /// What could be learned, and by whom.
    pub text: String,
    /// True where the sealed form removes it.
    pub sealed_helps: bool,
}

/// What a publication could give away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PrivacyGuard {
    /// The risks; empty where nothing was found.
    pub risks: Vec<PrivacyRisk>,
    /// The form that the guard advises.
    pub advised: PublicForm,
}

/// Files that were written.
#[derive(Clone, Debug)]
pub struct Published {
    /// In which form.
    pub form: PublicForm,
    /// Paths.
    pub files: Vec<PathBuf>,
    /// SHA-256 of `SHA256SUMS`, hex: the one digest that stands for all.
    pub digest: String,
}

/// Fewest ballots that hide one another.
const FEW: u64 = 5;

/// Looks for what a publication could give away. Identified ballots hide nothing.
pub(super) fn guard(elections: &Elections<'_>, row: &ElectionRow) -> Result<PrivacyGuard, Error> {
    let mut risks = Vec::new();
    if !row.setup.is_secret() {
        return Ok(PrivacyGuard { risks, advised: PublicForm::Full });
    }
    let (mut ways, mut weights): (BTreeMap<String, u64>, BTreeMap<u64, u64>) = Default::default();
    let mut by_contest: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    let (mut paper, mut desk) = (0, 0);
    let figures = counting::each_counted(elections, &row.id, |body| {
        *ways.entry(serde_json::to_string(&body.choices).unwrap_or_default()).or_default() += 1;
        *weights.entry(body.weight).or_default() += 1;
        *(if body.batch.is_some() { &mut paper } else { &mut desk }) += 1;
        for (contest, choice) in &body.choices {
            let way = serde_json::to_string(choice).unwrap_or_default();
            *by_contest.entry(contest.clone()).or_default().entry(way).or_default() += 1;
        }
        Ok(())
    })?;
    let mut tell =
        |name, ballots, sealed_helps, text: String| risks.push(PrivacyRisk { name, ballots, text, sealed_helps });
    let unique = ways.values().filter(|votes| **votes == 1).count();
    let unique = u64::try_from(unique).unwrap_or(u64::MAX);
    if desk > 0 {
        tell(
            "order",
            desk,
            true,
            "Ballots stand in the order in which they were cast. Whoever wrote down who voted when could read votes off it.".to_owned(),
        );
    }
    if unique > 0 {
        tell(
            "unique_ballots",
            unique,
            true,
            format!(
                "{unique} of {} ballots are marked like no other. Somebody who was told how to mark a ballot could be checked.",
                figures.counted
            ),
        );
    }
    if figures.counted > 0 && figures.counted < FEW {
        tell(
            "small_election",
            figures.counted,
            false,
            format!("Only {} ballots count, so the totals alone tell much.", figures.counted),
        );
    }
    for (weight, ballots) in &weights {
        if weights.len() > 1 && *ballots < FEW {
            tell(
                "small_weight_group",
                *ballots,
                true,
                format!(
                    "Only {ballots} ballots stand for {weight} votes, so who has so many votes could be found out."
                ),
            );
        }
    }
    for (ballots, what) in [(paper, "on paper"), (desk, "at the desk")] {
        if paper > 0 && desk > 0 && ballots < FEW {
            tell(
                "small_paper_group",
                ballots,
                true,
                format!("Only {ballots} ballots were cast {what}, so whose they are could be known."),
            );
        }
    }
    for (contest, ways) in &by_contest {
        let title = row.setup.contest(contest).map_or(contest.as_str(), |contest| contest.title.as_str());
        if let [votes] = ways.values().copied().collect::<Vec<u64>>()[..]
            && votes == figures.counted
        {
            tell(
                "unanimous",
                votes,
                false,
                format!("Everybody voted alike for {title}, so everybody's vote is known."),
            );
        }
    }
    let advised = if risks.iter().any(|risk| risk.sealed_helps) { PublicForm::Sealed } else { PublicForm::Full };
    Ok(PrivacyGuard { risks, advised })
}

fn pretty(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn election_file(row: &ElectionRow) -> Value {
    json!({
        "schema": "scrutineer/election/1",
        "election_id": row.id,
        "title": row.setup.title,
        "phase": row.phase.word(),
        "setup": row.setup.public(),
        "parent": row.parent,
        "opened_at": row.opened_at,
        "ends_at": row.ends_at,
        "closed_at": row.closed_at,
        "counted_at": row.counted_at,
        "certified_at": row.certified_at,
        "cancelled_at": row.cancelled_at,
        "frozen": row.facts,
        "ballots": row.ballots,
        "chain_head": hex(row.chain_head),
    })
}

fn ballots_file(elections: &Elections<'_>, row: &ElectionRow, form: PublicForm) -> Result<Value, Error> {
    let excluded: BTreeMap<u64, _> =
        elections.exclusions(&row.id)?.into_iter().map(|exclusion| (exclusion.position, exclusion)).collect();
    let mut ballots = Vec::new();
    elections.each_ballot::<Error>(&row.id, |ballot| {
        let body = counting::body_of(&ballot)?;
        let exclusion = excluded.get(&ballot.position);
        let mut entry = json!({
            "position": ballot.position,
            "ballot_hash": hex(ballot.hash),
            "previous_chain_hash": hex(ballot.previous),
            "chain_hash": hex(ballot.chain),
            "signature": domain::digest::encode_hex(&ballot.signature),
            "excluded": exclusion.map(|row| json!({"reason": row.reason, "at": row.excluded_at})),
        });
        match form {
            PublicForm::Full => entry["body"] = json!(body),
            // The pseudonym shows which ballots were replaced; it leads nowhere.
            PublicForm::Sealed => entry["voter"] = json!(body.voter),
        }
        ballots.push(entry);
        Ok(())
    })?;
    let mut file = json!({
        "schema": "scrutineer/ballots/1",
        "election_id": row.id,
        "form": form,
        "genesis": hex(rules::genesis(&row.id)),
        "chain_head": hex(row.chain_head),
        "ballots": ballots,
    });
    if form == PublicForm::Sealed {
        let mut piles: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
        counting::each_counted(elections, &row.id, |body| {
            for contest in &row.setup.contests {
                let way = body.choices.get(&contest.id).map(|choice| serde_json::to_string(choice).unwrap_or_default());
                if let Some(way) = way {
                    *piles.entry(&contest.id).or_default().entry(way).or_default() += body.weight;
                }
            }
            Ok(())
        })?;
        let listed = |ways: &BTreeMap<String, u64>| -> Value {
            ways.iter()
                .map(|(way, votes)| json!({"choice": serde_json::from_str::<Value>(way).unwrap_or_default(), "votes": votes}))
                .collect()
        };
        file["piles"] = piles.iter().map(|(contest, ways)| ((*contest).to_owned(), listed(ways))).collect();
    }
    Ok(file)
}

/// Acts that tell when a ballot was cast: in a secret election only their hashes are published.
const PRIVATE_ACTS: &[&str] = &["ballot_submitted_token", "vote_double_attempt_token"];

fn is_own(entry: &store::LedgerEntry, row: &ElectionRow) -> bool {
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    detail["election_id"] == json!(row.id)
}

fn is_private(entry: &store::LedgerEntry, row: &ElectionRow) -> bool {
    row.setup.is_secret() && PRIVATE_ACTS.contains(&entry.act.as_str())
}

/// The entries of an election. Whatever lies between its first and its last one is there at least by its hash, so that nobody can
/// leave an entry out without breaking a link.
fn audit_file(ledger: &[store::LedgerEntry], row: &ElectionRow) -> Value {
    let mut entries = Vec::new();
    let mut others = 0u64;
    for entry in ledger {
        let is_own = is_own(entry, row);
        others += u64::from(!is_own);
        if !is_own && entries.is_empty() {
            continue;
        }
        let mut public = json!({"number": entry.number, "previous": hex(entry.previous), "hash": hex(entry.hash)});
        if !is_own {
            public["withheld"] = json!("other_matter");
        } else if is_private(entry, row) {
            public["withheld"] = json!("voting");
        } else {
            public["at"] = json!(entry.at);
            public["actor"] = json!(entry.actor);
            public["act"] = json!(entry.act);
            public["detail"] = json!(entry.detail);
        }
        entries.push(public);
    }
    json!({
        "schema": "scrutineer/audit-log/1",
        "election_id": row.id,
        "entries_of_other_matters": others,
        "ledger_head": ledger.last().map(|entry| hex(entry.hash)),
        "entries": entries,
    })
}

fn readme(row: &ElectionRow, form: PublicForm, has_key: bool) -> String {
    let ballots = match form {
        PublicForm::Full => {
            "ballots.json holds every ballot with its choices. Its ballot hash is the SHA-256 of the member\n\"body\" as compact JSON in the order given."
        }
        PublicForm::Sealed => {
            "ballots.json holds the code of every ballot without its choices, and under \"piles\" each way of\nmarking with its votes. A voter finds the code of the receipt there, and can compute it from\nthe own choices and the nonce."
        }
    };
    let key = if has_key {
        "signing-key.json holds the key of the signatures, which was made public after voting had ended.\n"
    } else {
        "The key of the signatures was not made public: hashes and chain can be checked without it.\n"
    };
    format!(
        "{}\nElection {}\n\nThese files were written by Scrutineer {}. To check them:\n\n  sha256sum -c SHA256SUMS\n  scrutineer audit .\n\n{ballots}\n\
         The chain hash of a ballot is the SHA-256 of the previous chain hash, a colon and the ballot hash;\nthe first one follows the SHA-256 of \"scrutineer election {}\".\n{key}\
         audit.json holds the ledger entries of this election. The hash of an entry is the SHA-256 of its number,\ntime, person, act, detail and previous hash, joined by line ends. Entries that would tell when a ballot\nwas cast, and entries of other matters, are given by their hashes only. event-log.json holds the others in\nthe common data format NIST SP 1500-101.\n",
        row.setup.title,
        row.id,
        domain::PROGRAM_VERSION,
        row.id
    )
}

impl Case {
    /// What a publication of an election could give away.
    ///
    /// # Errors
    /// No such election.
    pub fn privacy_guard(&self, id: &str) -> Result<PrivacyGuard, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        guard(&elections, &row)
    }

    /// Publishes a certified election: moves it to its last phase and writes the public files into a folder. Once published, the
    /// files can be written again in the same form.
    ///
    /// # Errors
    /// Refused unless it is certified, and where the guard advises another form than the one asked for and the risks were not
    /// accepted.
    pub fn publish_election(
        &mut self,
        by: &Approval,
        id: &str,
        folder: &Path,
        form: Option<PublicForm>,
        accepts_risks: bool,
    ) -> Result<Published, Error> {
        let row = find(&self.file()?.elections(), id)?;
        let guard = self.privacy_guard(id)?;
        let known = row.facts["public_form"].clone();
        let form = match (row.phase, serde_json::from_value::<PublicForm>(known)) {
            (Phase::Published, Ok(known)) => known,
            _ => form.unwrap_or(guard.advised),
        };
        if row.phase != Phase::Published
            && form == PublicForm::Full
            && guard.advised == PublicForm::Sealed
            && !accepts_risks
        {
            let risks: Vec<&str> = guard.risks.iter().map(|risk| risk.text.as_str()).collect();
            return Err(Error::refused(format!(
                "publishing every ballot with its choices could give votes away. {} Publish in the sealed form, or accept these risks",
                risks.join(" ")
            )));
        }
        if row.phase != Phase::Published {
            self.act(id, ElectionAct::Publish, by, |change, row, stamp| {
                row.published_at = Some(stamp.at.clone());
                row.facts["public_form"] = json!(form);
                let detail = json!({
                    "title": row.setup.title,
                    "form": form,
                    "risks": guard.risks.iter().map(|risk| risk.name).collect::<Vec<_>>(),
                    "second_person": super::people_of(by),
                });
                stamp.event(change, row, "election_published", Gravity::Info, detail)
            })?;
        }
        self.write_public_files(id, folder, form)
    }

    /// Writes the files of a publication again, as they were published.
    pub(crate) fn publish_again(&mut self, id: &str, folder: &Path) -> Result<Published, Error> {
        let row = find(&self.file()?.elections(), id)?;
        let form = serde_json::from_value::<PublicForm>(row.facts["public_form"].clone());
        match (row.phase, form) {
            (Phase::Published, Ok(form)) => self.write_public_files(id, folder, form),
            _ => Err(Error::refused(
                "the bundle of an election that is run here holds what was published, and it is not published yet; publish it first",
            )),
        }
    }

    fn write_public_files(&mut self, id: &str, folder: &Path, form: PublicForm) -> Result<Published, Error> {
        let elections = self.file()?.elections();
        let row = find(&elections, id)?;
        let result: ElectionResult =
            newest(&elections, id, "result")?.ok_or_else(|| Error::refused("there is no result to publish"))?;
        let certificate: Option<super::Certificate> = newest(&elections, id, "certificate")?;
        let mut ledger = self.ledger()?;
        // The same files come out whenever they are written: nothing behind the publication belongs to them.
        let is_last = |entry: &store::LedgerEntry| entry.act == "election_published" && is_own(entry, &row);
        if let Some(last) = ledger.iter().rposition(is_last) {
            ledger.truncate(last + 1);
        }
        let mut files: Vec<(&str, Vec<u8>)> = vec![
            ("audit.json", pretty(&audit_file(&ledger, &row))),
            ("ballots.json", pretty(&ballots_file(&elections, &row, form)?)),
            ("certificate.json", pretty(&certificate)),
            ("election.json", pretty(&election_file(&row))),
            (
                "event-log.json",
                pretty(&event_log::document(&ledger, &row, &|entry| is_own(entry, &row) && !is_private(entry, &row))),
            ),
            ("result.json", result.bytes()),
        ];
        let key = row.facts["revealed_key"].as_str();
        files.push(("README.txt", readme(&row, form, key.is_some()).into_bytes()));
        if let Some(key) = key {
            files.push(("signing-key.json", pretty(&json!({"SCRUTINEER_SIGNING_KEY": key}))));
        }
        make_folder(folder)?;
        let mut written = Vec::new();
        let mut sums = String::new();
        for (name, bytes) in &files {
            let path = folder.join(name);
            write_whole(&path, bytes)?;
            sums.push_str(&format!("{}  {name}\n", domain::digest::encode_hex(&Sha256::digest(bytes))));
            written.push(path);
        }
        let path = folder.join("SHA256SUMS");
        write_whole(&path, sums.as_bytes())?;
        written.push(path);
        let digest = domain::digest::encode_hex(&Sha256::digest(&sums));
        self.record("report.export", json!({"election": id, "files": "public files", "sha256sums": digest}))?;
        Ok(Published { form, files: written, digest })
    }
}
