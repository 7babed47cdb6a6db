//! Large Logbook exports made on the spot: for measuring, for trying the program at home, and for tests that need more
//! rows than a fixture should have.
//!
//! Everything follows from the options, so two runs write the same bytes. Rows are computed in blocks on all cores and
//! written as they come; memory does not grow with the number of votes. What was changed afterwards, as somebody with
//! the database in hand would change it, is listed in `planted.json`.
//!
//! * `plan`: ids, keys, and which row is changed how;
//! * `votes`: the cast votes, signed and chained;
//! * `log`: the audit log;
//! * `output`: files, also in another order than that of casting;
//! * [`astra`]: the same for public exports of Astra, without changes.

pub mod astra;
mod log;
mod output;
mod plan;
mod votes;

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

use output::{Layout, VotesFile};
use plan::Plan;
pub use plan::{Kind, Planted};
pub use votes::{Keyed, SignedFields};

/// What to make.
#[derive(Clone, Debug)]
pub struct Options {
    /// Votes cast, over all elections.
    pub votes: u64,
    /// Folder; made where it is missing.
    pub out: PathBuf,
    /// Elections; votes are shared out evenly.
    pub elections: u64,
    /// One audit entry for each vote, and those that open and close the elections.
    pub with_audit: bool,
    /// JSON lists instead of CSV.
    pub as_json: bool,
    /// Elections stay open: addresses and salts are there, no closing entry.
    pub stays_open: bool,
    /// Votes stand in the order of their ids, not in that of casting.
    pub is_shuffled: bool,
    /// Rows to change afterwards.
    pub tamper: u64,
    /// Another seed gives other ids, choices and changes.
    pub seed: String,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            votes: 1000,
            out: PathBuf::new(),
            elections: 1,
            with_audit: false,
            as_json: false,
            stays_open: false,
            is_shuffled: false,
            tamper: 0,
            seed: "1".to_owned(),
        }
    }
}

/// Writes an export and answers what was planted in it.
///
/// Files: `votes`, `elections.json`, `candidates.json`, `audit_logs` where asked for, `keys.env`, `planted.json`.
///
/// # Errors
/// Where the options cannot be met or the folder cannot be written.
pub fn generate(options: &Options) -> io::Result<Vec<Planted>> {
    let refuse = |reason: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, reason));
    if options.elections == 0 || options.votes < options.elections {
        return refuse("there must be at least one election, and at least one vote in each");
    }
    if options.tamper > options.votes / 4 {
        return refuse("at most one vote in four can be changed");
    }
    fs::create_dir_all(&options.out)?;
    let plan = Plan::new(options);
    let layout = if options.as_json { Layout::Json } else { Layout::Csv };
    let mut file = VotesFile::create(options, layout)?;
    let mut log = options.with_audit.then(|| log::Log::create(&plan, options, layout)).transpose()?;
    let mut heads = Vec::new();
    for election in &plan.elections {
        if let Some(log) = &mut log {
            log.opened(election)?;
        }
        let mut course = votes::Course::default();
        for range in votes::blocks(election.votes) {
            let cast = votes::cast(&plan, election, range.clone(), &mut course);
            file.write(&plan, election, range.start, &cast)?;
            if let Some(log) = &mut log {
                for (number, vote) in range.zip(&cast) {
                    log.cast(election, number, vote)?;
                }
            }
        }
        if let Some(log) = &mut log
            && !options.stays_open
        {
            log.closed(election)?;
        }
        heads.push(course.head());
    }
    let mut planted = file.finish(&plan)?;
    if let Some(log) = log {
        planted.extend(log.finish()?);
    }
    write_json(options, "elections.json", &plan.election_rows(options, &heads))?;
    write_json(options, "candidates.json", &plan.candidate_rows())?;
    let keys = format!("VOTE_SIGNING_KEY={}\nAUDIT_LOG_SIGNING_KEY={}\n", plan.vote_key, plan.audit_key);
    fs::write(options.out.join("keys.env"), keys)?;
    write_json(options, "planted.json", &summary(options, &planted))?;
    Ok(planted)
}

fn summary(options: &Options, planted: &[Planted]) -> Value {
    let list: Vec<Value> = planted
        .iter()
        .map(|it| json!({"id": it.id, "kind": it.kind.word(), "election_id": it.election_id, "row": it.row}))
        .collect();
    json!({
        "votes_cast": options.votes,
        "elections": options.elections,
        "seed": options.seed,
        "rows": "data rows from 1 in the votes file or the audit log; null where the row was taken out",
        "planted": list,
    })
}

fn write_json(options: &Options, name: &str, value: &Value) -> io::Result<()> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    fs::File::create(options.out.join(name))?.write_all(&bytes)
}
